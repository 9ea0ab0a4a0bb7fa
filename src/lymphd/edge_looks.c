/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks: the judge's list of what to look at, handed to probe as its credit allows, most urgent
 * first; results come back, `open` only after the canary's word is joined to probe's. A look nobody
 * answers is asked again twice, then given up as inconclusive. It must never journal a result for a
 * look it did not ask for, nor an `open` that one side alone claims.
 */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/tree.h"
#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge.h"
#include "lymphd/join.h"

#define ASKED_MOST   4096
#define TRIES        3
#define ANSWER_IN    (60 * MSEC_SECOND) /* beyond what the looks before it take */
#define RETRY        MSEC_SECOND /* after a failed commit */
#define CANARY_CREDITS 256

/* One look probe was asked for. */
struct asked {
	struct tree_node node;
	struct look look;
	msec at;           /* mono: when it was handed over; 0: has to be asked again */
	unsigned tries;
	bool settled;      /* result waits in `done` or in the join */
};

struct result {
	struct result *next;
	struct look_result r;
};

struct looks {
	struct tree asked;
	struct join join;
	struct result *done, **tail; /* results not yet committed */
	struct loop_event *timer;    /* time over: joins, answers, a failed commit */
	struct loop_event *turn;     /* commit what is done */
	bool starved;                /* no credit: nothing to hand out until there is */
};

static int
cmp(const struct tree_node *a, const struct tree_node *b)
{
	uint64_t x = TREE_ENTRY(a, struct asked, node)->look.no;
	uint64_t y = TREE_ENTRY(b, struct asked, node)->look.no;
	return (x > y) - (x < y);
}

static struct asked *
find(struct looks *l, uint64_t no)
{
	struct asked key = { .look.no = no };
	return TREE_ENTRY(tree_find(&l->asked, &key.node), struct asked, node);
}

static void
put_result(struct edge *e, const struct look_result *r)
{
	struct looks *l = e->looks;
	struct result *x = malloc(sizeof(*x));
	struct asked *a = find(l, r->no);
	if (!x)
		fatal_oom();
	*x = (struct result){ .r = *r };
	*l->tail = x;
	l->tail = &x->next;
	if (a)
		a->settled = true;
	loop_timer_in(l->turn, 0);
}

/* For the black box: a look by number and target. */
static void
digest_of(const struct look_result *r, uint8_t ret[32])
{
	crypto_hash_sha256_state st;
	crypto_hash_sha256_init(&st);
	crypto_hash_sha256_update(&st, (const uint8_t *)"look", 4);
	crypto_hash_sha256_update(&st, (const uint8_t *)&r->no, sizeof(r->no));
	crypto_hash_sha256_update(&st, r->target.b, sizeof(r->target.b));
	crypto_hash_sha256_final(&st, ret);
}

static int
commit_done(struct edge *e)
{
	int r = edge_begin(e);
	for (struct result *x = e->looks->done; r == 0 && x; x = x->next) {
		struct fact f = { .kind = FACT_LOOK, .look = x->r };
		uint8_t digest[32];
		digest_of(&x->r, digest);
		blackbox_note(digest);
		if (blackbox_refuses(digest)) {
			f.look.verdict = VERDICT_INCONCLUSIVE;
			f.look.reason = REASON_SET_ASIDE;
		}
		r = edge_fact(e, &f, NULL, NULL, NULL);
	}
	r = edge_end(e, r);
	blackbox_clear();
	return r;
}

static void
drop_done(struct looks *l)
{
	while (l->done) {
		struct result *x = l->done;
		struct asked *a = find(l, x->r.no);
		if (a)
			tree_del(&l->asked, &a->node);
		free(a);
		l->done = x->next;
		free(x);
	}
	l->tail = &l->done;
}

static void
complain(int r)
{
	static struct log_limit limit;
	unsigned held = 0;
	if (log_may(&limit, &held))
		log_warn("cannot store the result of a look: %s (%u more)", strerror(-r), held);
}

static void
on_turn(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	(void)fd;
	(void)ready;
	if (!e->looks->done)
		return;
	int r = commit_done(e);
	if (r == 0) {
		drop_done(e->looks);
		return edge_settled(e);
	}
	complain(r);
	loop_timer_in(e->looks->turn, RETRY);
}

/* An answer we stop waiting for. */
static void
give_up(struct edge *e, struct asked *a)
{
	msec now = edge_now(e);
	struct look_result r = {
		.no = a->look.no,
		.cls = a->look.cls,
		.target = a->look.target,
		.port = a->look.port,
		.vantage = a->look.vantage,
		.verdict = VERDICT_INCONCLUSIVE,
		.reason = REASON_OVERLOAD,
		.began = now,
		.ended = now,
	};
	e->looks_lost++;
	put_result(e, &r);
}

/* Hands time-outs on and says when the next is due. */
static msec
expire(struct edge *e, msec mono)
{
	struct looks *l = e->looks;
	struct look_result r;
	while (join_over(&l->join, mono, &r)) {
		e->one_sided++;
		put_result(e, &r);
	}
	/* Probe holds what it was handed and works it off at the configured pace. */
	msec due = join_due(&l->join);
	msec patience = ANSWER_IN + (msec)l->asked.count * MSEC_SECOND / e->c->conf->looks_per_s;
	for (struct tree_node *n = tree_first(&l->asked); n; n = tree_next(&l->asked, n)) {
		struct asked *a = TREE_ENTRY(n, struct asked, node);
		if (a->settled || !a->at)
			continue;
		if (mono - a->at < patience) {
			if (a->at + patience < due)
				due = a->at + patience;
		} else if (a->tries < TRIES) {
			a->at = 0;
		} else {
			give_up(e, a);
		}
	}
	return due;
}

static void
arm(struct edge *e)
{
	msec mono = clock_mono(), due = expire(e, mono);
	if (due == MSEC_NEVER)
		return loop_timer_off(e->looks->timer);
	loop_timer_in(e->looks->timer, due - mono + 1);
}

/* Hands one look over. False: no more now. */
static bool
ask(struct edge *e, struct chan *probe, struct asked *a, const struct look *look)
{
	struct looks *l = e->looks;
	struct msg_look m = { .look = *look };
	if (!a && l->asked.count >= ASKED_MOST)
		return false;
	if (chan_send(probe, M_LOOK, &m, NULL, 0, -1) < 0) {
		l->starved = true;
		return false;
	}
	if (!a) {
		a = calloc(1, sizeof(*a));
		if (!a)
			fatal_oom();
		a->look = *look;
		tree_add(&l->asked, &a->node);
	}
	a->at = clock_mono();
	a->tries++;
	return true;
}

/* Hands out what the judge waits for, as credit allows. */
static void
pump(struct edge *e)
{
	struct chan *probe = e->c->peer[ROLE_PROBE];
	struct look look;
	size_t it = 0;
	bool some = false;
	if (!probe || e->looks->starved)
		return;
	while (judge_pending(e->judge, &it, &look)) {
		struct asked *a = find(e->looks, look.no);
		if (a && (a->at || a->settled))
			continue;
		if (!ask(e, probe, a, &look))
			break;
		some = true;
	}
	if (some)
		arm(e);
}

static void
on_timer(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	arm(arg);
	pump(arg);
}

void
looks_room(struct edge *e)
{
	e->looks->starved = false;
	pump(e);
}

static bool
addr_sane(const struct addr *a)
{
	return a->fam == 0 || a->fam == 4 || a->fam == 6;
}

/* Is this the answer to a look we asked for, and could probe have written it? */
static struct asked *
asked_for(struct edge *e, const struct look_result *r)
{
	struct asked *a = find(e->looks, r->no);
	if (!a || a->settled || r->cls != a->look.cls || r->vantage != a->look.vantage ||
	    !addr_sane(&r->target) || !addr_eq(&r->target, &a->look.target) ||
	    (unsigned)r->verdict >= VERDICT_N || (unsigned)r->reason >= REASON_N ||
	    (unsigned)r->method >= PROBE_N)
		return NULL;
	return a;
}

/* Our own address at the canary proves nothing about anybody; and the canary, asked like a proxy for its
 * own page, gives the page. */
static bool
self_proof(const struct edge *e, const struct look_result *r)
{
	return conf_is_self(e->c->conf, &r->egress) || conf_is_self(e->c->conf, &r->target);
}

static void
joined(struct edge *e, struct look_result *r)
{
	if (r->verdict == VERDICT_OPEN && self_proof(e, r)) {
		r->verdict = VERDICT_INCONCLUSIVE;
		r->reason = REASON_ONE_SIDED;
	}
	e->one_sided += r->verdict != VERDICT_OPEN;
	put_result(e, r);
}

void
looks_done(struct edge *e, const struct msg_look_done *d)
{
	struct asked *a = asked_for(e, &d->result);
	struct look_result r = d->result;
	if (!a) { /* a look asked twice is answered twice; anything else is not honest */
		e->broken++;
		return;
	}
	r.egress = (struct addr){ 0 }; /* the canary's word only */
	if (r.port == 0)
		r.port = a->look.port;
	if (r.verdict != VERDICT_OPEN) {
		put_result(e, &r);
		return;
	}
	expire(e, clock_mono());
	a->settled = true;
	struct msg_look_done claim = *d;
	claim.result = r;
	if (join_claim(&e->looks->join, clock_mono(), &claim, &r))
		joined(e, &r);
	arm(e);
}

void
looks_sighting(struct edge *e, const struct msg_token_seen *t)
{
	struct look_result r;
	if (t->egress.fam != 4 && t->egress.fam != 6)
		e->broken++;
	else if (join_sighting(&e->looks->join, clock_mono(), t, &r))
		joined(e, &r);
	if (e->c->peer[ROLE_HEAR_CANARY])
		chan_grant(e->c->peer[ROLE_HEAR_CANARY], 1, sizeof(*t));
}

void
looks_canary_up(struct edge *e)
{
	chan_grant(e->c->peer[ROLE_HEAR_CANARY], CANARY_CREDITS,
	    CANARY_CREDITS * sizeof(struct msg_token_seen));
}

void
looks_down(struct edge *e)
{
	struct looks *l = e->looks;
	for (struct tree_node *n = tree_first(&l->asked); n; n = tree_next(&l->asked, n)) {
		struct asked *a = TREE_ENTRY(n, struct asked, node);
		if (a->settled || !a->at)
			continue;
		a->at = 0;
		if (a->tries >= TRIES)
			give_up(e, a);
	}
}

void
looks_start(struct edge *e)
{
	struct looks *l = calloc(1, sizeof(*l));
	if (!l || join_init(&l->join) < 0)
		fatal_oom();
	tree_init(&l->asked, cmp);
	l->tail = &l->done;
	e->looks = l;
	e->after = pump;
	l->timer = loop_timer(e->c->loop, on_timer, e);
	l->turn = loop_timer(e->c->loop, on_turn, e);
}
