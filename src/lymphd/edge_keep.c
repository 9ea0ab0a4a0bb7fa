/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holds, and what is to be forgotten, as the journal has them; and the timer that does it all in small
 * steps, see edge_keep.h. A forgetting whose own fact can still be read is not finished: so a crash at any
 * moment only delays it, and so does a hold: when one ends, what waited for it goes on, and the timers begin a
 * round. It must never forget what a hold in force is about.
 */
#include "lymphd/edge_keep.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge_pgp.h"

#define STEP  20                 /* ms between two steps: the intake goes first */
#define RETRY (10 * MSEC_SECOND) /* after a failed one */
#define ROUND MSEC_HOUR          /* between two rounds of the timers */

static msec
round_after(void)
{
	return clock_span("LYMPH_KEEP_MS", ROUND);
}

/* --- as the journal has it ----------------------------------------------------------------------- */

static struct keep_hold *
hold_of(struct keep *k, uint64_t no)
{
	for (size_t i = 0; i < k->holds; i++)
		if (k->hold[i].no == no)
			return &k->hold[i];
	return NULL;
}

static struct keep_job *
job_of(struct keep *k, uint64_t seq)
{
	for (size_t i = 0; i < k->jobs; i++)
		if (k->job[i].seq == seq)
			return &k->job[i];
	return NULL;
}

const struct keep_job *
keep_job_of(const struct edge *e, uint64_t seq)
{
	return job_of(e->keep, seq);
}

const struct keep_job *
keep_job_next(const struct edge *e, size_t *it)
{
	return e->keep && *it < e->keep->jobs ? &e->keep->job[(*it)++] : NULL;
}

/* There is something to do: it waits for no hold, or one it waited for has ended. */
static bool
job_ready(struct keep *k, const struct keep_job *job, msec now)
{
	for (size_t i = 0; job->stage == JOB_WAITS && i < job->scope.holds; i++) {
		const struct keep_hold *h = hold_of(k, job->scope.hold[i].no);
		if (!h || !keep_hold_lasts(h, now))
			return true;
	}
	return job->stage != JOB_WAITS;
}

static size_t
jobs_ready(const struct edge *e)
{
	size_t n = 0;
	for (size_t i = 0; i < e->keep->jobs; i++)
		n += job_ready(e->keep, &e->keep->job[i], e->now);
	return n;
}

static void
hold_drop(struct keep *k, uint64_t no)
{
	struct keep_hold *h = hold_of(k, no);
	if (!h)
		return;
	scope_free(&h->scope);
	k->holds--;
	memmove(h, h + 1, (size_t)(&k->hold[k->holds] - h) * sizeof(*h));
}

/* scope: what is known of it already, taken. */
static void
learn(struct keep *k, uint64_t seq, msec at, const struct keep_set *s, const struct keep_scope *scope)
{
	if (s->verb == KEEP_HOLD && k->holds < KEEP_HOLDS)
		k->hold[k->holds++] = (struct keep_hold){ .no = seq, .at = at, .set = *s, .scope = *scope };
	else if (s->verb == KEEP_DROP)
		hold_drop(k, s->no);
	else if (s->verb == KEEP_DONE && job_of(k, s->no))
		job_of(k, s->no)->stage = JOB_SELF;
	else if (s->verb == KEEP_FORGET && k->jobs < KEEP_JOBS + KEEP_WAITS)
		k->job[k->jobs++] = (struct keep_job){ .seq = seq, .said = at, .set = *s, .at = 1, .scope = *scope };
}

static int
see(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct keep_scope none = { 0 };
	struct fact f;
	(void)case_no;
	int r = fact_decode(bytes, n, &f);
	if (r == 0 && f.kind == FACT_KEEP)
		learn(arg, seq, f.at, &f.keep, &none);
	return r;
}

static struct keep_scope *
scope_of_fact(struct edge *e, uint64_t no)
{
	struct keep *k = e->keep;
	struct keep_hold *h = hold_of(k, no);
	struct keep_job *job = job_of(k, no);
	return job ? &job->scope : h ? &h->scope : NULL;
}

static void
see_key(const struct key *key, void *arg)
{
	scope_key(arg, key);
}

/* What only the judge knows and will not any more: the cases it would forget, who was called after whom. */
static void
scope_of_judge(struct edge *e, const struct keep_set *s, struct keep_scope *ret)
{
	struct key who;
	uint64_t stand, n = keep_cases(e, s, NULL, 0, &stand), *no = calloc(n + 1, sizeof(*no));
	if (!no)
		fatal_oom();
	keep_cases(e, s, no, n, &stand);
	for (uint64_t i = 0; i < n; i++)
		scope_case(ret, no[i]);
	free(no);
	if (s->what != KEEP_REPORTER)
		return;
	memcpy(who.b, s->key, KEY_BYTES);
	keys_his(e, &who, see_key, ret);
}

/* What goes with the fact, in its transaction. by: who is forgotten, as he stood before. */
static int
said_with(struct edge *e, const struct keep_set *s, uint64_t seq, struct keep_scope *scope,
    const struct view_reporter *by)
{
	const struct keep_hold *h = hold_of(e->keep, s->no);
	int r = 0;
	if (s->verb == KEEP_HOLD)
		return store_number_set(e->store, HOLDS_AT, 0);
	if (s->verb == KEEP_DROP)
		return h ? scope_drop(e, s->no, &h->scope) : -ENOENT;
	for (size_t i = 0; r == 0 && i < scope->keys; i++)
		r = keys_rename(e, by, &scope->key[i].key);
	if (r == 0 && s->what == KEEP_REPORTER)
		r = keys_forget(e, &by->key);
	return r < 0 ? r : scope_keep(e, seq, scope);
}

int
keep_said(struct edge *e, struct keep_set *s, uint64_t *seq)
{
	struct keep *k = e->keep;
	struct view_reporter by = { .as = 0 };
	struct keep_scope scope = { 0 };
	if (s->verb == KEEP_HOLD && k->holds == KEEP_HOLDS)
		return -E2BIG;
	if (s->verb == KEEP_FORGET && (jobs_ready(e) >= KEEP_JOBS || k->jobs == KEEP_JOBS + KEEP_WAITS))
		return -E2BIG;
	if (s->verb == KEEP_DROP && !hold_of(k, s->no))
		return -ENOENT;
	if (s->verb == KEEP_FORGET && s->what == KEEP_REPORTER)
		randombytes_buf(s->alias, sizeof(s->alias));
	if (s->verb == KEEP_FORGET)
		scope_of_judge(e, s, &scope);
	struct fact f = { .kind = FACT_KEEP, .keep = *s };
	memcpy(by.key.b, s->key, KEY_BYTES);
	view_reporter_of(e->judge, &by.key, edge_now(e), &by);
	int r = edge_begin(e);
	if (r == 0) {
		r = edge_fact(e, &f, NULL, NULL, NULL);
		r = edge_end(e, r < 0 ? r : said_with(e, s, f.seq, &scope, &by));
		edge_settled(e);
	}
	if (r < 0) {
		scope_free(&scope);
		return r;
	}
	*seq = f.seq;
	learn(k, f.seq, f.at, s, &scope);
	if (s->verb == KEEP_HOLD)
		k->seen = 0; /* from the beginning */
	if (s->verb == KEEP_DROP)
		k->due = true; /* timers catch up, too */
	if (s->verb == KEEP_FORGET && s->what == KEEP_REPORTER)
		keys_forgotten(e, &by.key);
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

/* A hold whose time is over ends by a fact, as one that people end: so it is in the audit, and stays ended
 * whatever the clock does. */
static int
step_holds(struct edge *e)
{
	struct keep *k = e->keep;
	size_t i = 0;
	while (i < k->holds && keep_hold_lasts(&k->hold[i], e->now))
		i++;
	if (i == k->holds)
		return 0;
	struct keep_set s = { .verb = KEEP_DROP, .no = k->hold[i].no, .uid = UID_LYMPH,
		.text = "its time is over" };
	uint64_t seq;
	int r = keep_said(e, &s, &seq);
	if (r < 0)
		return r;
	word_audit(e, 0);
	return 1;
}

static struct keep_job *
job_next(struct edge *e)
{
	struct keep *k = e->keep;
	for (size_t i = 0; i < k->jobs; i++)
		if (job_ready(k, &k->job[i], e->now))
			return &k->job[i];
	return NULL;
}

static int
step_job(struct edge *e, struct keep_job *job)
{
	struct keep *k = e->keep;
	if (job->stage == JOB_WAITS)
		log_info("fact %llu: a hold has ended: what it kept is forgotten now", (unsigned long long)job->seq);
	int r = shred_job_step(e, job);
	if (r > 0 && job->stage == JOB_WAITS) {
		log_warn("fact %llu: %llu records of it stay until the holds about them end",
		    (unsigned long long)job->seq, (unsigned long long)job->held);
		k->fold = k->owed = true;
	}
	if (r)
		return r;
	log_info("fact %llu: forgotten; %llu facts and %llu bodies were shredded", (unsigned long long)job->seq,
	    (unsigned long long)job->shredded, (unsigned long long)job->bodies);
	scope_free(&job->scope);
	k->jobs--;
	memmove(job, job + 1, (size_t)(&k->job[k->jobs] - job) * sizeof(*job));
	k->fold = k->owed = true;
	return 1;
}

/* What was taken out leaves the state of earlier marks, and the log. 0: it was not to be, or somebody reads:
 * nothing waits for that. */
static int
step_fold(struct edge *e)
{
	struct keep *k = e->keep;
	if (!k->fold || clock_mono() < k->fold_at)
		return 0;
	int r = shred_tidy(e);
	if (r)
		return r;
	r = store_fold(e->store);
	if (r == -EBUSY) {
		k->fold_at = clock_mono() + RETRY;
		return 0;
	}
	if (r == 0 && k->owed && (r = edge_begin(e)) == 0)
		r = edge_end(e, store_number_set(e->store, FOLD_OWED, 0));
	if (r < 0)
		return r;
	k->fold = k->owed = false;
	return 1;
}

static int
step_round(struct edge *e)
{
	struct keep *k = e->keep;
	msec at;
	if (k->round.stage == ROUND_DONE && clock_mono() < k->round_at && !k->due)
		return 0;
	if (k->round.stage == ROUND_DONE) {
		k->due = false;
		k->round = (struct keep_round){ .stage = ROUND_BODIES };
		int r = store_last(e->store, &k->round_to, &at);
		return r < 0 ? r : 1;
	}
	int r = shred_round_step(e, &k->round);
	if (r < 0 || k->round.stage != ROUND_DONE)
		return r;
	k->n.held = k->round.held;
	k->n.round = edge_now(e);
	k->fold |= k->changed;
	k->changed = false;
	k->round_at = clock_mono() + round_after();
	return 1;
}

/* Until the first hold ends by itself. */
static msec
holds_last(const struct edge *e)
{
	msec first = ROUND;
	for (size_t i = 0; i < e->keep->holds; i++) {
		msec left = e->keep->hold[i].set.until - e->now;
		if (e->keep->hold[i].set.until && left < first)
			first = left > 0 ? left : 1;
	}
	return first;
}

/* What holds are about is learnt first, as far as it concerns what is to go: facts come all the time. Then
 * forgettings, one after the other, but those that wait; then the timers. */
static void
on_timer(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	struct keep *k = e->keep;
	(void)fd, (void)ready;
	edge_now(e);
	int r = step_holds(e);
	struct keep_job *job = job_next(e);
	if (r == 0)
		r = holds_learn(e, job ? job->seq : k->round_to);
	if (r == 0)
		r = job ? step_job(e, job) : step_fold(e);
	if (r == 0)
		r = step_round(e);
	if (r < 0)
		return failed(e, r);
	msec next = k->fold && k->fold_at < k->round_at ? k->fold_at : k->round_at, now = clock_mono();
	next = next > now ? next - now : 1;
	loop_timer_in(k->timer, r ? STEP : next < holds_last(e) ? next : holds_last(e));
}

void
keep_totals(const struct edge *e, struct keep_totals *ret)
{
	*ret = (struct keep_totals){ 0 };
	if (!e->keep)
		return;
	*ret = e->keep->n;
	size_t ready = jobs_ready(e);
	ret->jobs = ready + e->keep->owed;
	ret->waits = e->keep->jobs - ready;
	for (size_t i = 0; i < e->keep->jobs; i++)
		ret->kept += e->keep->job[i].stage == JOB_WAITS ? e->keep->job[i].held : 0;
	for (size_t i = 0; i < e->keep->holds; i++)
		ret->holds += keep_hold_lasts(&e->keep->hold[i], e->now);
	store_shredded(e->store, &ret->facts);
	store_mark(e->store, &ret->mark);
}

void
keep_start(struct edge *e)
{
	struct keep *k = e->keep = calloc(1, sizeof(*k));
	uint64_t owed = 0;
	msec at;
	if (!k)
		fatal_oom();
	int r = store_people_facts(e->store, 0, see, k);
	if (r == 0)
		r = scope_read(e, scope_of_fact);
	if (r == 0)
		r = store_number(e->store, HOLDS_AT, &k->seen);
	if (r == 0)
		r = store_number(e->store, FOLD_OWED, &owed);
	if (r == 0)
		r = store_last(e->store, &k->round_to, &at);
	if (r < 0)
		fatal("cannot read the holds: %s", strerror(-r));
	for (size_t i = 0; i < k->jobs; i++) {
		struct keep_job *job = &k->job[i];
		job->again = job->scope.holds;
		if (job->stage != JOB_SELF)
			job->stage = job->again ? JOB_WAITS : job->scope.whole ? JOB_FACTS : JOB_SEEK;
	}
	k->fold = k->owed = owed != 0;
	k->timer = loop_timer(e->c->loop, on_timer, e);
	loop_timer_in(k->timer,
	    jobs_ready(e) || k->owed ? 0 : round_after() < ROUND ? round_after() : MSEC_MINUTE);
}
