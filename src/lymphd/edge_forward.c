/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Subscriptions: reports about somebody's space, sent on to him by mail, in the journal's order and within
 * minutes, see edge_grant.h. What was looked at is kept in the transaction that lays the mails up, so none is
 * forgotten and none goes twice; nor does one count that was not laid up after all. Must never send a report
 * back to the mail domain it came from, nor one that has been sent on there before, whoever brings it back:
 * two desks that subscribe to one another stop after one exchange.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "lymphd/edge_grant.h"
#include "lymphd/edge_speak.h"
#include "store/keep.h"
#include "wire/claim.h"
#include "wire/xarf_outward.h"

#define EVERY     (2 * MSEC_SECOND)
#define MORE      50            /* ms, when there is more to look at */
#define AGAIN     (10 * MSEC_SECOND) /* after a failure: each has the whole judge built anew */
#define WALK      2000          /* facts looked at in a turn */
#define HITS      32            /* reports sent on in one transaction */
#define SAVE      10000         /* facts looked at without a hit before that is kept */
#define PER_HOUR  600           /* to one subscriber; he may read the rest by token */
#define REMEMBER  (14 * MSEC_DAY) /* which ids went: nothing takes longer to come back */
#define KNOWN     200000        /* of these at a time; more is not sent on */
#define TIDY      2000          /* of these let go at a time; while so many are over, at once again */
#define TIDY_EACH MSEC_HOUR
#define NUMBER    "forwarded"   /* the fact looked at last */
#define ID_NAME   24            /* grant, id */

struct hit {
	uint64_t seq, case_no;
	struct fact f;
};

/* What is counted while a transaction is open. */
struct counts {
	struct forward_totals n;
	size_t known; /* rows of SHELF_FORWARDED */
	struct grant_count each[GRANTS];
};

struct forward {
	uint64_t at, kept; /* looked at so far; as the store has it */
	size_t known;
	msec tidied;
	struct loop_event *timer;
	struct forward_totals n;
	struct counts before; /* the turn at hand */
	struct hit hit[HITS];
	size_t hits, walked;
	uint64_t last;
	bool more;
};

static bool
sends(const struct grant *g)
{
	return g->kind == GRANT_SUBSCRIPTION && g->mail[0];
}

static bool
wants(struct edge *e, const struct grant *g, const struct hit *h)
{
	return sends(g) && h->seq > g->since && grant_lasts(g, e->now) &&
	    grant_covers(g, &h->f.report.subject, h->f.report.cls);
}

/* Does anybody? */
static bool
wanted(struct edge *e, const struct hit *h)
{
	struct grant_held *x;
	size_t it = 0;
	if (!policy_find(e->c->conf->policy, &h->f.report.subject))
		return false; /* not ours any more */
	while ((x = grants_next(e, &it)) != NULL)
		if (wants(e, &x->g, h))
			return true;
	return false;
}

static int
see(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct edge *e = arg;
	struct forward *w = e->forward;
	struct hit h = { .seq = seq, .case_no = case_no };
	int r = fact_decode(bytes, n, &h.f);
	if (r < 0)
		return r;
	if (w->walked++ == WALK || w->hits == HITS) {
		w->more = true;
		return 1;
	}
	w->last = seq;
	if (h.f.kind == FACT_REPORT && wanted(e, &h))
		w->hit[w->hits++] = h;
	return 0;
}

/* --- one report to one subscriber ---------------------------------------------------------------- */

static size_t
name_of(const struct grant *g, const struct report *p, uint8_t name[ID_NAME])
{
	struct writer w = writer_of(name, ID_NAME);
	w64(&w, g->no);
	wbytes(&w, p->id, sizeof(p->id));
	return ID_NAME;
}

/* It came from there. */
static bool
is_own(const struct grant *g, const struct report *p)
{
	struct identity i = { 0 };
	const char *at = strchr(g->mail, '@');
	if (!at || !identity_make(IDENTITY_DKIM, at + 1, &i))
		return false;
	struct key key = identity_key(&i);
	return key_cmp(&key, &p->key) == 0;
}

static bool
sent_before(struct edge *e, const uint8_t *name, size_t n)
{
	void *old = NULL;
	size_t old_n;
	bool there = store_shelved(e->store, SHELF_FORWARDED, name, n, &old, &old_n) == 0;
	free(old);
	return there;
}

static bool
has_room(struct edge *e, struct grant_count *n)
{
	if (e->now - n->hour >= MSEC_HOUR) {
		n->hour = e->now;
		n->hour_sent = 0;
	}
	return n->hour_sent < PER_HOUR && e->forward->known < KNOWN;
}

static int
lay_up(struct edge *e, const struct grant *g, const struct hit *h)
{
	bool evidence = g->flags & GRANT_EVIDENCE && read_proven(e, &h->f.report);
	void *body = NULL, *sig = NULL;
	size_t n = 0, sig_n = 0, len = 0;
	if (evidence && store_body(e->store, h->seq, &body, &n, &sig, &sig_n) < 0)
		body = NULL;
	if (body)
		blackbox_note(h->f.report.body_hash);
	char *text = xarf_outward(&h->f.report, e->c->conf->name, evidence, body, n, &len);
	if (body)
		blackbox_clear();
	int r = text ? speak_report(e, SPEAK_FORWARD, g->mail, NULL, &h->f, h->case_no, text, len, 0, false) : 1;
	free(text);
	free(body);
	free(sig);
	return r;
}

static int
send_on(struct edge *e, struct grant_held *x, const struct hit *h)
{
	uint8_t name[ID_NAME], blob[8];
	struct writer w = writer_of(blob, sizeof(blob));
	size_t n = name_of(&x->g, &h->f.report, name);
	if (is_own(&x->g, &h->f.report) || sent_before(e, name, n)) {
		x->n.again++;
		e->forward->n.again++;
		return 0;
	}
	int r = has_room(e, &x->n) ? lay_up(e, &x->g, h) : 1;
	if (r != 0) {
		x->n.left += r > 0;
		e->forward->n.left += r > 0;
		return r < 0 ? r : 0;
	}
	x->n.sent++;
	x->n.hour_sent++;
	e->forward->n.sent++;
	e->forward->known++;
	w64(&w, (uint64_t)e->now);
	return store_shelve(e->store, SHELF_FORWARDED, name, n, blob, sizeof(blob));
}

static int
send_all(struct edge *e, const struct hit *h)
{
	struct grant_held *x;
	size_t it = 0;
	int r = 0;
	while (r == 0 && (x = grants_next(e, &it)) != NULL)
		if (wants(e, &x->g, h))
			r = send_on(e, x, h);
	return r;
}

/* --- turns --------------------------------------------------------------------------------------- */

static void
counts_of(const struct edge *e, struct counts *ret)
{
	const struct grant_held *x;
	size_t it = 0;
	ret->n = e->forward->n;
	ret->known = e->forward->known;
	while ((x = grants_next(e, &it)) != NULL)
		ret->each[it - 1] = x->n;
}

static void
counts_set(struct edge *e, const struct counts *c)
{
	struct grant_held *x;
	size_t it = 0;
	e->forward->n = c->n;
	e->forward->known = c->known;
	while ((x = grants_next(e, &it)) != NULL)
		x->n = c->each[it - 1];
}

static int
commit(struct edge *e)
{
	struct forward *w = e->forward;
	counts_of(e, &w->before);
	int r = edge_begin(e);
	for (size_t i = 0; r == 0 && i < w->hits; i++)
		r = send_all(e, &w->hit[i]);
	if (r == 0)
		r = store_number_set(e->store, NUMBER, w->last);
	r = edge_end(e, r);
	if (r < 0)
		counts_set(e, &w->before); /* the same come again: nobody's share of the hour is used up by that */
	else
		w->kept = w->last;
	return r;
}

/* 1: there is more; 0; negative errno. */
static int
turn(struct edge *e)
{
	struct forward *w = e->forward;
	static struct log_limit limit;
	unsigned held;
	w->hits = w->walked = 0;
	w->more = false;
	w->last = w->at;
	edge_now(e);
	int r = store_each_fact(e->store, w->at + 1, see, e);
	if (r >= 0 && (w->hits || w->last - w->kept > SAVE))
		r = commit(e);
	if (r >= 0)
		w->at = w->last;
	else if (log_may(&limit, &held))
		log_warn("reports are not sent on: %s (%u more)", strerror(-r), held);
	return r < 0 ? r : w->more;
}

struct old {
	struct edge *e;
	uint8_t name[TIDY][ID_NAME];
	size_t n, left;
};

static int
see_old(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	struct old *o = arg;
	struct reader r = reader_of(blob, n);
	msec at = (msec)r64(&r);
	bool gone = o->e->now - at > REMEMBER && name_n == ID_NAME;
	if (gone && o->n < TIDY)
		memcpy(o->name[o->n++], name, ID_NAME);
	else
		o->left++;
	return 0;
}

/* Ids that cannot come back any more. */
static void
tidy(struct edge *e)
{
	static struct old o; /* large */
	struct forward *w = e->forward;
	o.e = e;
	o.n = o.left = 0;
	w->tidied = e->now;
	int r = store_each_shelved(e->store, SHELF_FORWARDED, see_old, &o);
	if (r < 0)
		return;
	w->known = o.left + o.n;
	r = o.n ? edge_begin(e) : 0;
	for (size_t i = 0; r == 0 && i < o.n; i++)
		r = store_shelve(e->store, SHELF_FORWARDED, o.name[i], ID_NAME, NULL, 0);
	if (o.n && edge_end(e, r) == 0) {
		w->known = o.left;
		w->tidied = o.n == TIDY ? 0 : e->now;
	}
}

static void
on_timer(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	struct forward *w = e->forward;
	struct grant_held *x;
	size_t it = 0;
	bool any = false;
	(void)fd, (void)ready;
	while ((x = grants_next(e, &it)) != NULL)
		any |= sends(&x->g);
	int r = any ? turn(e) : 0;
	if (any && r >= 0 && e->now - w->tidied > TIDY_EACH)
		tidy(e);
	loop_timer_in(w->timer, r < 0 ? AGAIN : r ? MORE : EVERY);
}

int
forward_from(struct edge *e, uint64_t seq)
{
	struct forward *w = e->forward;
	struct grant_held *x;
	size_t it = 0;
	while ((x = grants_next(e, &it)) != NULL)
		if (sends(&x->g))
			return 0; /* it goes on where it is */
	w->at = w->kept = seq;
	return store_number_set(e->store, NUMBER, seq);
}

void
forward_start(struct edge *e)
{
	struct forward *w = e->forward = calloc(1, sizeof(*w));
	if (!w)
		fatal_oom();
	int r = store_number(e->store, NUMBER, &w->at);
	if (r < 0)
		fatal("cannot read what was sent on: %s", strerror(-r));
	w->kept = w->at;
	edge_now(e);
	tidy(e);
	w->timer = loop_timer(e->c->loop, on_timer, e);
	loop_timer_in(w->timer, EVERY);
}

struct forward_totals
forward_totals(const struct edge *e)
{
	return e->forward ? e->forward->n : (struct forward_totals){ 0 };
}
