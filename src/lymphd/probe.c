/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Role probe: takes looks from the judge, does them at the configured pace, answers each with one
 * LOOK_DONE. It decides nothing about whom to look at and believes nothing a target says beyond the
 * check's state machine; a proof is a token and a secret, which the judge compares with what the
 * canary saw. Must never send to an address its own gate has not let pass (probe_conn.c), and never
 * make up a result: what could not be tried is inconclusive.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/probe_run.h"
#include "lymphd/role.h"

#define WINDOW   256 /* looks taken from the judge at a time */
#define ACTIVE   128 /* of them at work at a time */
#define TOGETHER 2   /* of those at one target */
#define SOCKETS  384 /* of all together */
#define TICK     20  /* ms, while anything is at work */

TAILQ_HEAD(runs, run);

struct prober {
	struct role_ctx *c;
	struct run_env env;
	struct runs waiting, urgent, active;
	unsigned taken, working;
	struct loop_event *tick;
};

static void
on_kick(void *arg)
{
	struct prober *p = arg;
	loop_timer_in(p->tick, 0);
}

static void
run_done(struct prober *p, struct run *r)
{
	struct msg_look_done done = { .result = r->result };
	if (r->result.verdict == VERDICT_OPEN) {
		memcpy(done.token, r->token, sizeof(done.token));
		memcpy(done.secret, r->secret, sizeof(done.secret));
	}
	struct chan *judge = p->c->peer[ROLE_JUDGE];
	if (judge) {
		chan_send(judge, M_LOOK_DONE, &done, NULL, 0, -1);
		chan_grant(judge, 1, sizeof(struct msg_look));
	}
	p->taken--;
	free(r);
}

/* Answers a look that is not begun. */
static void
look_refuse(struct prober *p, const struct look *look, enum look_reason reason)
{
	struct run *r = calloc(1, sizeof(*r));
	if (!r)
		fatal_oom();
	r->result = (struct look_result) { .no = look->no, .cls = look->cls, .target = look->target,
		.port = look->port, .vantage = look->vantage, .verdict = VERDICT_INCONCLUSIVE,
		.reason = reason, .began = clock_real() };
	r->result.ended = r->result.began;
	p->taken++;
	run_done(p, r);
}

static bool
target_busy(const struct prober *p, const struct addr *target)
{
	const struct run *r;
	unsigned n = 0;
	TAILQ_FOREACH (r, &p->active, link)
		n += addr_eq(&r->look.target, target);
	return n >= TOGETHER;
}

/* The judge's order is kept, urgent ones before all; only a target that is being looked at already
 * lets others pass, so that many looks at one slow target do not hold up the rest. */
static struct run *
next_waiting(struct prober *p, struct runs **from)
{
	struct runs *const lists[] = { &p->urgent, &p->waiting };
	struct run *r;
	for (unsigned i = 0; i < 2; i++)
		TAILQ_FOREACH (r, lists[i], link)
			if (!target_busy(p, &r->look.target)) {
				*from = lists[i];
				return r;
			}
	return NULL;
}

/* Begins waiting looks while there is room: not while full checks lag behind the SYNs. */
static void
begin_some(struct prober *p, msec now)
{
	struct runs *from;
	struct run *r;
	unsigned lag = 2 * p->c->conf->looks_per_s;
	while (p->working < ACTIVE && p->env.held <= lag && bucket_has(&p->env.pace.syns, now) &&
	    (r = next_waiting(p, &from)) != NULL) {
		TAILQ_REMOVE(from, r, link);
		struct look look = r->look;
		run_begin(r, &p->env, &look, now);
		if (from == &p->urgent)
			TAILQ_INSERT_HEAD(&p->active, r, link);
		else
			TAILQ_INSERT_TAIL(&p->active, r, link);
		p->working++;
		/* Each takes its SYN now, so that the next asks the bucket anew. */
		run_step(r, now);
	}
}

static void
on_tick(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	struct prober *p = arg;
	struct run *r, *next;
	msec now = clock_mono();
	for (r = TAILQ_FIRST(&p->active); r; r = next) {
		next = TAILQ_NEXT(r, link);
		if (!r->ended && !run_step(r, now))
			continue;
		TAILQ_REMOVE(&p->active, r, link);
		p->working--;
		run_done(p, r);
	}
	begin_some(p, now);
	if (p->working || p->taken)
		loop_timer_in(p->tick, TICK);
}

/* The black box knows a look by what is looked at, not by its number: a retry is the same look. */
static void
look_digest(const struct look *look, uint8_t ret[32])
{
	uint8_t key[1 + 16 + 2 + 1 + 1] = { look->target.fam };
	memcpy(key + 1, look->target.b, 16);
	key[17] = (uint8_t)(look->port >> 8);
	key[18] = (uint8_t)look->port;
	key[19] = (uint8_t)look->cls;
	key[20] = look->vantage;
	crypto_generichash(ret, 32, key, sizeof(key), NULL, 0);
}

static void
take_look(struct prober *p, const struct look *look)
{
	uint8_t digest[32];
	bool sane = (unsigned)look->cls < CLASS_N && look->vantage < VANTAGES &&
	    (look->target.fam == 4 || look->target.fam == 6);
	if (!sane || p->taken >= WINDOW) {
		look_refuse(p, look, sane ? REASON_OVERLOAD : REASON_LOCAL);
		return;
	}
	look_digest(look, digest);
	if (blackbox_refuses(digest)) {
		look_refuse(p, look, REASON_SET_ASIDE);
		return;
	}
	blackbox_note(digest);
	struct run *r = calloc(1, sizeof(*r));
	if (!r)
		fatal_oom();
	r->look = *look;
	memcpy(r->digest, digest, sizeof(r->digest));
	TAILQ_INSERT_TAIL(look->urgent ? &p->urgent : &p->waiting, r, link);
	p->taken++;
	loop_timer_in(p->tick, 0);
	blackbox_clear();
}

static void
probe_init(struct role_ctx *c)
{
	uint8_t warm[16];
	const struct conf *conf = c->conf;
	if (sodium_init() < 0)
		fatal("no random numbers");
	randombytes_buf(warm, sizeof(warm)); /* before the box */
	struct prober *p = calloc(1, sizeof(*p));
	if (!p)
		fatal_oom();
	unsigned each = conf->per_target < RUN_CONNS ? conf->per_target : RUN_CONNS;
	p->c = c;
	p->env = (struct run_env) { .loop = c->loop, .conf = conf, .kick = on_kick, .arg = p };
	pace_init(&p->env.pace, conf->syns_per_s, conf->looks_per_s, each, SOCKETS, clock_mono());
	TAILQ_INIT(&p->waiting);
	TAILQ_INIT(&p->urgent);
	TAILQ_INIT(&p->active);
	c->state = p;
}

static void
probe_start(struct role_ctx *c)
{
	struct prober *p = c->state;
	p->tick = loop_timer(c->loop, on_tick, p);
}

static void
probe_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	if (from == ROLE_JUDGE && m->type == M_LOOK)
		take_look(c->state, &((const struct msg_look *)m->body)->look);
}

static void
probe_peer_up(struct role_ctx *c, enum role_id id)
{
	if (id == ROLE_JUDGE)
		chan_grant(c->peer[id], WINDOW, WINDOW * sizeof(struct msg_look));
}

/* A judge that comes back asks again for what it still wants to know. */
static void
probe_peer_down(struct role_ctx *c, enum role_id id)
{
	struct prober *p = c->state;
	struct runs *const lists[] = { &p->active, &p->urgent, &p->waiting };
	struct run *r;
	if (id != ROLE_JUDGE)
		return;
	for (unsigned i = 0; i < 3; i++)
		while ((r = TAILQ_FIRST(lists[i])) != NULL) {
			TAILQ_REMOVE(lists[i], r, link);
			if (lists[i] == &p->active)
				run_drop(r);
			free(r);
		}
	p->taken = p->working = 0;
	loop_timer_off(p->tick);
}

const struct role role_probe = {
	.id = ROLE_PROBE,
	.name = "probe",
	.promises = BOX_CHAN | BOX_CONNECT,
	.rlimit_as = UINT64_C(512) << 20,
	.peers = 1u << ROLE_JUDGE,
	.init = probe_init,
	.start = probe_start,
	.message = probe_message,
	.peer_up = probe_peer_up,
	.peer_down = probe_peer_down,
};
