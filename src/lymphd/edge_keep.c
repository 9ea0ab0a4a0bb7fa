/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holds, and what is to be forgotten, as the journal has them; and the timer that does it all in small
 * steps, see edge_keep.h. A forgetting whose own fact can still be read is not finished: so a crash at any
 * moment only delays it. It must never forget what a hold in force is about.
 */
#include "lymphd/edge_keep.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"

#define STEP  20                 /* ms between two steps: the intake goes first */
#define RETRY (10 * MSEC_SECOND) /* after a failed one */
#define ROUND MSEC_HOUR          /* between two rounds of the timers */

static msec
round_after(void)
{
#ifdef LYMPH_TESTHOOKS
	const char *s = getenv("LYMPH_KEEP_MS");
	if (s)
		return strtoll(s, NULL, 10);
#endif
	return ROUND;
}

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

bool
keep_case_about(const struct edge *e, const struct keep_set *k, uint64_t case_no)
{
	struct view_case v;
	if (k->what == KEEP_CASE)
		return k->no == case_no;
	return case_no && view_case(e->judge, case_no, e->now, &v) && case_about(e, k, &v);
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

/* Whether a hold is on one of those cases, or on what such a case is about. */
static bool
hold_on_cases(const struct edge *e, const struct keep_set *hold, const struct keep_set *k)
{
	struct view_case v;
	uint64_t next = 0;
	if (hold->what == KEEP_REPORTER || k->what == KEEP_REPORTER)
		return false; /* a report under hold stays; shred_held looks at each */
	while (view_case_next(e->judge, &next, e->now, &v))
		if (!v.population.lines && case_about(e, k, &v) && case_about(e, hold, &v))
			return true;
	return false;
}

uint64_t
keep_hold_against(struct edge *e, const struct keep_set *k)
{
	msec now = edge_now(e);
	for (size_t i = 0; i < e->keep->holds; i++) {
		const struct keep_hold *h = &e->keep->hold[i];
		if (keep_hold_lasts(h, now) && (keep_same(&h->set, k) || hold_on_cases(e, &h->set, k)))
			return h->no;
	}
	return 0;
}

/* --- as the journal has it ----------------------------------------------------------------------- */

static bool
hold_drop(struct keep *k, uint64_t no)
{
	for (size_t i = 0; i < k->holds; i++) {
		if (k->hold[i].no != no)
			continue;
		k->holds--;
		memmove(&k->hold[i], &k->hold[i + 1], (k->holds - i) * sizeof(k->hold[0]));
		return true;
	}
	return false;
}

static void
learn(struct keep *k, uint64_t seq, msec at, const struct keep_set *s)
{
	if (s->verb == KEEP_HOLD && k->holds < KEEP_HOLDS)
		k->hold[k->holds++] = (struct keep_hold){ .no = seq, .at = at, .set = *s };
	else if (s->verb == KEEP_DROP)
		hold_drop(k, s->no);
	else if (s->verb == KEEP_FORGET && k->jobs < KEEP_JOBS)
		k->job[k->jobs++] = (struct keep_job){ .seq = seq, .set = *s, .at = 1 };
}

static int
see(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct fact f;
	(void)case_no;
	int r = fact_decode(bytes, n, &f);
	if (r == 0 && f.kind == FACT_KEEP)
		learn(arg, seq, f.at, &f.keep);
	return r;
}

int
keep_said(struct edge *e, struct keep_set *s, uint64_t *seq)
{
	struct keep *k = e->keep;
	bool there = s->verb != KEEP_DROP;
	if (s->verb == KEEP_HOLD ? k->holds == KEEP_HOLDS : s->verb == KEEP_FORGET && k->jobs == KEEP_JOBS)
		return -E2BIG;
	for (size_t i = 0; i < k->holds && !there; i++)
		there = k->hold[i].no == s->no;
	if (!there)
		return -ENOENT;
	if (s->verb == KEEP_FORGET && s->what == KEEP_REPORTER)
		randombytes_buf(s->alias, sizeof(s->alias));
	uint64_t cases[64], stand;
	size_t most = sizeof(cases) / sizeof(cases[0]);
	uint64_t n = s->verb == KEEP_FORGET ? keep_cases(e, s, cases, most, &stand) : 0;
	struct fact f = { .kind = FACT_KEEP, .keep = *s };
	int r = edge_submit(e, &f);
	if (r < 0)
		return r;
	*seq = f.seq;
	learn(k, f.seq, f.at, s);
	for (size_t i = 0; i < n && i < most && s->verb == KEEP_FORGET; i++)
		shred_job_case(&k->job[k->jobs - 1], cases[i]);
	loop_timer_in(k->timer, 0);
	return 0;
}

/* --- the timer ----------------------------------------------------------------------------------- */

static void
failed(struct edge *e, int err)
{
	static struct log_limit limit;
	unsigned held;
	e->keep->n.failed++;
	if (log_may(&limit, &held))
		log_warn("cannot forget what is due: %s (%u more)", strerror(-err), held);
	loop_timer_in(e->keep->timer, RETRY);
}

/* Forgettings first, one after the other; then the timers. */
static int
step(struct edge *e)
{
	struct keep *k = e->keep;
	if (!k->jobs)
		return k->round.stage == ROUND_DONE ? 0 : shred_round_step(e, &k->round);
	int r = shred_job_step(e, &k->job[0]);
	if (r)
		return r;
	log_info("fact %llu: forgotten; %llu facts and %llu bodies were shredded",
	    (unsigned long long)k->job[0].seq, (unsigned long long)k->job[0].shredded,
	    (unsigned long long)k->job[0].bodies);
	shred_job_free(&k->job[0]);
	k->jobs--;
	memmove(&k->job[0], &k->job[1], k->jobs * sizeof(k->job[0]));
	return 1;
}

static void
on_timer(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	struct keep *k = e->keep;
	(void)fd, (void)ready;
	if (k->round.stage == ROUND_DONE && !k->jobs)
		k->round = (struct keep_round){ .stage = ROUND_BODIES };
	int r = step(e);
	if (r < 0)
		return failed(e, r);
	if (k->round.stage == ROUND_DONE && !k->jobs) {
		k->n.held = k->round.held;
		k->n.round = edge_now(e);
		loop_timer_in(k->timer, round_after());
		return;
	}
	loop_timer_in(k->timer, STEP);
}

void
keep_totals(const struct edge *e, struct keep_totals *ret)
{
	*ret = (struct keep_totals){ 0 };
	if (!e->keep)
		return;
	*ret = e->keep->n;
	ret->jobs = e->keep->jobs;
	for (size_t i = 0; i < e->keep->holds; i++)
		ret->holds += keep_hold_lasts(&e->keep->hold[i], e->now);
	store_shredded(e->store, &ret->facts);
	store_mark(e->store, &ret->mark);
}

void
keep_start(struct edge *e)
{
	e->keep = calloc(1, sizeof(*e->keep));
	if (!e->keep)
		fatal_oom();
	int r = store_people_facts(e->store, 0, see, e->keep);
	if (r < 0)
		fatal("cannot read the holds: %s", strerror(-r));
	e->keep->timer = loop_timer(e->c->loop, on_timer, e);
	loop_timer_in(e->keep->timer, e->keep->jobs ? 0 : round_after() < ROUND ? round_after() : MSEC_MINUTE);
}
