/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Legal holds at the judge's edge: what each is about, and whether a record is. The judge gives cases up, and
 * leases end, so what a hold is about is learnt from the journal, which it follows, and kept. It must never
 * say that nothing is held before the journal was looked through to its end.
 */
#include <string.h>

#include "lymphd/edge_shred_own.h"

#define LOOK  1000  /* facts looked at in a step */
#define STEPS 20    /* ... at once, for somebody who waits for an answer */
#define FACTS 10000 /* of past cases, for the same */

bool
keep_hold_lasts(const struct keep_hold *h, msec now)
{
	return h->set.until == 0 || h->set.until > now;
}

bool
keep_hold_next(const struct edge *e, size_t *it, struct keep_hold *ret)
{
	if (!e->keep || *it >= e->keep->holds)
		return false;
	*ret = e->keep->hold[(*it)++];
	return true;
}

/* --- what they are about ------------------------------------------------------------------------- */

/* Case v is about it, as far as the judge knows. */
static bool
case_about(const struct edge *e, const struct keep_set *k, const struct view_case *v)
{
	struct prefix own;
	switch ((enum keep_what)k->what) {
	case KEEP_CASE: return v->no == k->no;
	case KEEP_LINE: return strcmp(v->line, k->line) == 0;
	case KEEP_ADDRESS:
		own = policy_subject(policy_find(e->c->conf->policy, &k->addr), &k->addr);
		return prefix_cmp(&v->subject, &own) == 0 || addr_eq(&v->target, &k->addr);
	default: return false;
	}
}

static bool
holds_case(const struct edge *e, const struct keep_hold *h, uint64_t no)
{
	struct view_case v;
	if (h->set.what == KEEP_CASE)
		return no == h->set.no;
	return no && (scope_has_case(&h->scope, no) ||
			 (view_case(e->judge, no, e->now, &v) && case_about(e, &h->set, &v)));
}

struct learning {
	struct edge *e;
	uint64_t last;
	size_t looked;
};

static int
learn_fact(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct learning *l = arg;
	struct fact f;
	int r = fact_decode(bytes, n, &f);
	if (r < 0)
		return r;
	l->last = seq;
	for (size_t i = 0; i < l->e->keep->holds; i++) {
		struct keep_hold *h = &l->e->keep->hold[i];
		if (h->set.what != KEEP_LINE && h->set.what != KEEP_ADDRESS)
			continue; /* a case by its number, a reporter by what he signed */
		if (!scope_learn(l->e, &h->scope, &h->set, &f, case_no) && holds_case(l->e, h, case_no))
			scope_case(&h->scope, case_no);
	}
	return ++l->looked == LOOK;
}

static int
holds_keep(struct edge *e, uint64_t at)
{
	struct keep *k = e->keep;
	int r = edge_begin(e);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < k->holds; i++)
		r = scope_keep(e, k->hold[i].no, &k->hold[i].scope);
	if (r == 0)
		r = store_number_set(e->store, HOLDS_AT, at);
	r = edge_end(e, r);
	for (size_t i = 0; r < 0 && i < k->holds; i++)
		scope_unkept(&k->hold[i].scope);
	return r;
}

int
holds_learn(struct edge *e, uint64_t to)
{
	struct keep *k = e->keep;
	struct learning l = { .e = e, .last = k->seen };
	uint64_t last = 0;
	size_t fresh = 0;
	msec at;
	int r = k->holds && k->seen < to ? store_last(e->store, &last, &at) : 0;
	if (r < 0 || k->seen >= last)
		return r;
	r = store_each_fact(e->store, k->seen + 1, learn_fact, &l);
	if (r < 0)
		return r;
	if (r == 0)
		l.last = last;
	for (size_t i = 0; i < k->holds; i++)
		fresh += k->hold[i].scope.fresh;
	if ((fresh || r == 0) && (r = holds_keep(e, l.last)) < 0)
		return r;
	k->seen = l.last;
	return 1;
}

bool
keep_holds_known(struct edge *e)
{
	uint64_t last;
	msec at;
	return !e->keep->holds || (store_last(e->store, &last, &at) == 0 && e->keep->seen >= last);
}

/* --- whether they are in the way ----------------------------------------------------------------- */

uint64_t
shred_held(struct edge *e, const struct fact *f, uint64_t case_no)
{
	for (size_t i = 0; i < e->keep->holds; i++) {
		const struct keep_hold *h = &e->keep->hold[i];
		if (keep_hold_lasts(h, e->now) &&
		    (holds_case(e, h, case_no) || (f && scope_about(e, &h->scope, &h->set, f))))
			return h->no;
	}
	return 0;
}

uint64_t
keep_cases(const struct edge *e, const struct keep_set *k, uint64_t *no, size_t most, uint64_t *standing)
{
	struct view_case v;
	uint64_t next = 0, n = 0, stand = 0;
	while (k->what != KEEP_REPORTER && view_case_next(e->judge, &next, e->now, &v)) {
		bool any = false;
		if (v.population.lines || !case_about(e, k, &v))
			continue;
		if (no && n < most)
			no[n] = v.no;
		n++;
		for (unsigned r = RUNG_NOTIFY; r < RUNG_N; r++)
			any |= v.order[r] != 0;
		stand += any;
	}
	*standing = stand;
	return n;
}

/* Whether a case that both are about is one of those the judge has. */
static bool
shares_case(const struct edge *e, const struct keep_hold *h, const struct keep_set *k)
{
	struct view_case v;
	uint64_t next = 0;
	while (view_case_next(e->judge, &next, e->now, &v))
		if (!v.population.lines && case_about(e, k, &v) && holds_case(e, h, v.no))
			return true;
	return false;
}

/* An address the held line had; a line that had the held address. */
static bool
shares_lease(const struct edge *e, const struct keep_hold *h, const struct keep_set *k)
{
	struct fact f = { .kind = FACT_LEASE };
	for (size_t i = 0; i < h->scope.leases; i++) {
		f.lease = h->scope.lease[i].seen;
		if (shred_about(e, k, &f))
			return true;
	}
	return false;
}

struct past {
	const struct edge *e;
	const struct keep_set *k;
	size_t left;
	bool found;
};

static int
past_fact(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct past *p = arg;
	struct fact f;
	(void)seq, (void)case_no;
	p->found = fact_decode(bytes, n, &f) == 0 && shred_about(p->e, p->k, &f);
	return p->found || --p->left == 0;
}

/* A case the judge has given up. */
static bool
shares_past(const struct edge *e, const struct keep_hold *h, const struct keep_set *k)
{
	struct past p = { .e = e, .k = k, .left = FACTS };
	if (h->set.what == KEEP_CASE)
		store_case_facts(e->store, h->set.no, 0, past_fact, &p);
	for (size_t i = 0; i < h->scope.cases_n && p.left && !p.found; i++)
		store_case_facts(e->store, h->scope.cases[i].no, 0, past_fact, &p);
	return p.found;
}

static bool
against(const struct edge *e, const struct keep_hold *h, const struct keep_set *k)
{
	if (keep_same(&h->set, k))
		return true;
	if (h->set.what == KEEP_REPORTER || k->what == KEEP_REPORTER)
		return false; /* a report under hold stays; shred_held looks at each */
	return shares_case(e, h, k) || shares_lease(e, h, k) || shares_past(e, h, k);
}

uint64_t
keep_hold_against(struct edge *e, const struct keep_set *k)
{
	msec now = edge_now(e);
	for (int i = 0; i < STEPS && holds_learn(e, UINT64_MAX) == 1; i++)
		;
	for (size_t i = 0; i < e->keep->holds; i++) {
		const struct keep_hold *h = &e->keep->hold[i];
		if (keep_hold_lasts(h, now) && against(e, h, k))
			return h->no;
	}
	return 0;
}
