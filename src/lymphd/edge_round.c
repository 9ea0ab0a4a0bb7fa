/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timers of keep { }, a step at a time, see edge_keep.h: evidence first, then the names in old cases,
 * the stories of older ones, mails. It must never touch a case that is not closed.
 */
#include "lymphd/edge_shred_own.h"

/* Evidence of a case that is not closed stays as long as it is needed. */
static int
pick_body(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct shred_pick *p = arg;
	struct view_case v;
	struct fact f;
	bool read = bytes && fact_decode(bytes, n, &f) == 0;
	if (case_no && view_case(p->e->judge, case_no, p->e->now, &v) && v.state != CASE_CLOSED)
		return 0;
	if (shred_held(p->e, read ? &f : NULL, case_no))
		p->held++;
	else
		p->v[p->n++] = seq;
	return 0;
}

static int
round_bodies(struct edge *e, struct keep_round *r)
{
	struct shred_pick p = { .e = e };
	struct shred_count done = { 0 };
	uint64_t next = 0;
	int rc = store_each_body(e->store, r->at, e->now - e->c->conf->keep.bodies, SHRED_MOST, &next, pick_body, &p);
	if (rc == 0)
		rc = shred_picked(e, &p, STORE_BODY, &done);
	if (rc < 0)
		return rc;
	e->keep->n.bodies += done.bodies;
	r->held += p.held;
	r->at = next;
	return next != 0;
}

/* What has no case and nobody's word in it. */
static bool
of_no_case(struct shred_pick *p, const struct fact *f, uint64_t seq, uint64_t case_no)
{
	(void)p, (void)seq;
	return !case_no && (f->kind == FACT_REPORT || f->kind == FACT_LOOK || f->kind == FACT_FLOW ||
			       f->kind == FACT_LEASE || f->kind == FACT_CANARY);
}

#define FACTS_AT "facts without a case"

static int
round_facts(struct edge *e, struct keep_round *r)
{
	struct shred_pick p = { .e = e, .to = UINT64_MAX, .before = e->now - e->c->conf->keep.cases,
		.wants = of_no_case };
	struct shred_count done = { 0 };
	int rc = r->at ? 0 : store_number(e->store, FACTS_AT, &r->at);
	p.last = r->at;
	if (rc == 0)
		rc = store_each_fact(e->store, r->at + 1, shred_pick_fact, &p);
	bool end = rc == 0 || rc == 2;
	if (rc >= 0)
		rc = shred_picked(e, &p, STORE_FACT | STORE_BODY, &done);
	if (rc < 0)
		return rc;
	/* What a hold kept here is looked at again. */
	r->held += p.held;
	if (!r->first)
		r->first = p.first;
	r->at = p.last;
	e->keep->n.bodies += done.bodies;
	if (!end)
		return 1;
	rc = edge_begin(e);
	if (rc == 0)
		rc = store_number_set(e->store, FACTS_AT, r->first ? r->first - 1 : r->at);
	return edge_end(e, rc);
}

static int
newest(const struct store_event *ev, void *arg)
{
	*(uint64_t *)arg = ev->seq;
	return 0;
}

/* Case no is past: its facts go, SHRED_MOST at a time; then its orders' addresses; in the end its story. 1: come
 * again for the same. */
static int
past_case(struct edge *e, struct keep_round *r, uint64_t no, msec last)
{
	struct shred_pick p = { .e = e, .to = UINT64_MAX, .before = MSEC_NEVER };
	struct shred_count done = { 0 };
	if (shred_held(e, NULL, no)) { /* all of it, whatever of it can still be read */
		r->held++;
		return 0;
	}
	int rc = store_case_facts(e->store, no, 0, shred_pick_fact, &p);
	bool more = rc == 1;
	if (rc >= 0)
		rc = shred_picked(e, &p, STORE_FACT | STORE_BODY, &done);
	if (rc < 0)
		return rc;
	r->held += p.held;
	e->keep->n.bodies += done.bodies;
	e->keep->n.cases += done.facts && !more;
	if (more && p.n)
		return 1;
	bool drop = last < e->now - e->c->conf->keep.events && !p.held;
	if (p.held || (!done.facts && !drop))
		return 0;
	uint64_t seq = 0;
	rc = store_case_events(e->store, no, 1, newest, &seq);
	if (rc == 0)
		rc = edge_begin(e);
	if (rc < 0)
		return rc;
	rc = shred_mark(e, seq);
	if (rc == 0)
		rc = shred_strip(e, no);
	if (rc == 0 && drop)
		rc = store_case_drop(e->store, no);
	e->keep->changed = true;
	rc = edge_end(e, rc);
	if (rc == 0)
		e->keep->n.events += drop;
	return rc;
}

/* Cases the judge has given up, longest ago. */
static int
round_cases(struct edge *e, struct keep_round *r)
{
	struct view_case v;
	for (int i = 0; i < SHRED_CASES; i++) {
		uint64_t no;
		msec first, last, due = e->now - e->c->conf->keep.cases;
		int rc = store_case_after(e->store, r->at, &no, &first, &last);
		if (rc < 0 || !no || first >= due)
			return rc; /* all behind it began later */
		if (first && last < due && !view_case(e->judge, no, e->now, &v) &&
		    (rc = past_case(e, r, no, last)))
			return rc;
		r->at = no;
	}
	return 1;
}

static int
round_mails(struct edge *e, struct keep_round *r)
{
	return keep_mails(e, NULL, &r->at, &r->held);
}

static int
round_rest(struct edge *e, struct keep_round *r)
{
	(void)r;
	int more = shred_tidy(e), rc = more < 0 ? more : edge_begin(e);
	if (rc < 0)
		return rc;
	rc = store_aside_strip(e->store, e->now - e->c->conf->keep.asides);
	rc = edge_end(e, rc);
	return rc < 0 ? rc : more;
}

int
shred_round_step(struct edge *e, struct keep_round *r)
{
	static int (*const stages[ROUND_DONE])(struct edge *e, struct keep_round *r) = {
		[ROUND_BODIES] = round_bodies,
		[ROUND_FACTS] = round_facts,
		[ROUND_CASES] = round_cases,
		[ROUND_MAILS] = round_mails,
		[ROUND_REST] = round_rest,
	};
	edge_now(e);
	int rc = stages[r->stage](e, r);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		r->stage++;
		r->at = 0;
	}
	return 1;
}
