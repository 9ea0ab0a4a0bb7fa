/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is due to go: whom a record is about, the walk that picks records, and their end, each step one small
 * transaction. Who is to be forgotten says edge_forget.c, whose time is over edge_round.c. It must never
 * shred a record a hold in force is about, nor one the mark is not behind: the journal could not be replayed
 * from anywhere.
 */
#include <errno.h>
#include <string.h>

#include "lymphd/edge_answers.h"
#include "lymphd/edge_shred_own.h"

#define TIDY 500 /* objects of state a step tidies */

/* --- what a record is about ---------------------------------------------------------------------- */

static bool
same_subject(const struct edge *e, const struct keep_set *k, const struct addr *a)
{
	struct prefix own = policy_subject(policy_find(e->c->conf->policy, &k->addr), &k->addr);
	return prefix_has(&own, a);
}

const struct addr *
shred_subject(const struct fact *f)
{
	switch (f->kind) {
	case FACT_REPORT: return &f->report.subject;
	case FACT_LOOK: return &f->look.target;
	case FACT_FLOW: return &f->flow.subject;
	default: return NULL;
	}
}

static bool
about_address(const struct edge *e, const struct keep_set *k, const struct fact *f)
{
	const struct addr *a = shred_subject(f);
	if (f->kind == FACT_LEASE)
		return addr_eq(&f->lease.addr, &k->addr);
	return a && same_subject(e, k, a);
}

/* By the lease itself, or a prefix that is one line; whose an address was, only its lease can say. */
static bool
about_line(const struct edge *e, const struct keep_set *k, const struct fact *f)
{
	const struct addr *a = shred_subject(f);
	if (f->kind == FACT_LEASE)
		return strncmp(f->lease.line, k->line, sizeof(f->lease.line)) == 0;
	const struct policy_row *row = a ? policy_find(e->c->conf->policy, a) : NULL;
	return row && row->line[0] && strncmp(row->line, k->line, LINE_TEXT) == 0;
}

static bool
about_key(const struct keep_set *k, const struct fact *f)
{
	const struct key *key = f->kind == FACT_REPORT	   ? &f->report.key
				: f->kind == FACT_REPORTER ? &f->reporter.key
				: f->kind == FACT_CANARY   ? &f->canary.key
							   : NULL;
	return key && memcmp(key->b, k->key, KEY_BYTES) == 0;
}

bool
shred_about(const struct edge *e, const struct keep_set *k, const struct fact *f)
{
	if (f->kind == FACT_KEEP) /* an earlier word about the same */
		return f->keep.verb != KEEP_DROP && f->keep.what != KEEP_CASE && keep_same(&f->keep, k);
	switch ((enum keep_what)k->what) {
	case KEEP_ADDRESS: return about_address(e, k, f);
	case KEEP_LINE: return about_line(e, k, f);
	case KEEP_REPORTER: return about_key(k, f);
	default: return false;
	}
}

/* Whose line a case is, the judge knows, if it still has it. */
static bool
case_of_line(const struct edge *e, uint64_t case_no, const char *line)
{
	struct view_case v;
	return case_no && view_case(e->judge, case_no, e->now, &v) && strcmp(v.line, line) == 0;
}

bool
shred_held(struct edge *e, const struct fact *f, uint64_t case_no)
{
	struct keep_hold h;
	size_t it = 0;
	while (keep_hold_next(e, &it, &h)) {
		if (!keep_hold_lasts(&h, e->now))
			continue;
		if (h.set.what == KEEP_CASE ? h.set.no == case_no
					    : f && shred_about(e, &h.set, f))
			return true;
		if (h.set.what == KEEP_LINE && case_of_line(e, case_no, h.set.line))
			return true;
	}
	return false;
}

/* --- records ------------------------------------------------------------------------------------- */

int
shred_pick_fact(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct shred_pick *p = arg;
	struct fact f;
	int r = fact_decode(bytes, n, &f);
	if (r < 0)
		return r;
	if (seq > p->to || f.at >= p->before)
		return 2;
	p->last = seq;
	bool wants = !fact_open(f.kind) && (!p->wants || p->wants(p, &f, seq, case_no));
	if (wants && shred_held(p->e, &f, case_no))
		p->held++;
	else if (wants)
		p->v[p->n++] = seq;
	return p->n == SHRED_MOST || ++p->looked == SHRED_LOOK;
}

int
shred_mark(struct edge *e, uint64_t seq)
{
	uint64_t mark = 0, last = 0;
	msec at;
	int r = store_mark(e->store, &mark);
	if (r == 0 && mark < seq)
		r = store_last(e->store, &last, &at);
	return r < 0 || mark >= seq ? r : store_mark_set(e->store, last);
}

int
shred_picked(struct edge *e, const struct shred_pick *p, unsigned what, struct shred_count *done)
{
	int r = p->n ? edge_begin(e) : 0;
	if (!p->n || r < 0)
		return r;
	if (what & STORE_FACT)
		r = shred_mark(e, p->v[p->n - 1]);
	for (size_t i = 0; r == 0 && i < p->n; i++) {
		if (what & STORE_BODY)
			room_forget(e, p->v[i]);
		if (what & STORE_FACT)
			reply_forget(e, p->v[i]);
		int was = store_shred(e->store, p->v[i], what);
		r = was < 0 ? was : 0;
		done->bodies += was > 0 && was & STORE_BODY;
		done->facts += was > 0 && was & STORE_FACT;
	}
	return edge_end(e, r);
}

/* --- orders -------------------------------------------------------------------------------------- */

struct strip {
	struct edge *e;
	uint64_t stripped;
};

static int
strip_order(const struct store_event *ev, void *arg)
{
	struct strip *s = arg;
	struct order o;
	if (ev->kind != EVENT_ORDER && ev->kind != EVENT_ASKED)
		return 0;
	int r = store_order_get(s->e->store, ev->a, &o);
	if (r == -ENOENT || (r == 0 && !o.target.a.fam && !o.peer.a.fam))
		return 0;
	if (r == 0) {
		memset(&o.target, 0, sizeof(o.target));
		memset(&o.peer, 0, sizeof(o.peer));
		r = store_order(s->e->store, &o);
		s->stripped++;
	}
	return r;
}

int
shred_strip(struct edge *e, uint64_t case_no)
{
	struct strip s = { .e = e };
	int r = store_case_events(e->store, case_no, 0, strip_order, &s);
	if (r == 0)
		e->keep->n.orders += s.stripped;
	return r;
}

int
shred_tidy(struct edge *e)
{
	int r = edge_begin(e);
	if (r < 0)
		return r;
	int more = store_mark_tidy(e->store, TIDY);
	r = edge_end(e, more < 0 ? more : 0);
	return r < 0 ? r : more;
}
