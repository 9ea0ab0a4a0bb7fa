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
	uint64_t held = wants ? shred_held(p->e, &f, case_no) : 0;
	p->held += held != 0;
	if (held && p->job)
		scope_hold(&p->job->scope, held);
	if (held && !p->first)
		p->first = seq;
	if (wants && !held)
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
			r = room_forget(e, p->v[i]);
		if (r == 0 && what & STORE_FACT)
			r = reply_forget(e, p->v[i]);
		int was = r < 0 ? r : store_shred(e->store, p->v[i], what);
		r = was < 0 ? was : 0;
		done->bodies += was > 0 && was & STORE_BODY;
		done->facts += was > 0 && was & STORE_FACT;
	}
	e->keep->changed = true;
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
