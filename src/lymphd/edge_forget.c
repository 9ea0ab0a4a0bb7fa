/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One forgetting, a step at a time, see edge_keep.h: all that is to go is looked for and written down first;
 * then the records go, the addresses in the orders of their cases, the mails, and as the last the fact that
 * named who it was. What a hold keeps it waits for: it lies on the shelf with the holds' numbers, and when one
 * of these ends looks at all of it again. It must never be finished while that fact can still be read, nor
 * take what came after it was said.
 */
#include "lymphd/edge_shred_own.h"

/* --- what goes ----------------------------------------------------------------------------------- */

struct seeking {
	struct edge *e;
	struct keep_job *job;
	size_t looked;
};

static int
seek_fact(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct seeking *s = arg;
	struct fact f;
	int r = fact_decode(bytes, n, &f);
	if (r < 0)
		return r;
	if (seq >= s->job->seq)
		return 2;
	s->job->at = seq + 1;
	scope_learn(s->e, &s->job->scope, &s->job->set, &f, case_no);
	return ++s->looked == SHRED_LOOK;
}

static int
job_seek(struct edge *e, struct keep_job *job)
{
	struct seeking s = { .e = e, .job = job };
	int r = store_each_fact(e->store, job->at, seek_fact, &s);
	if (r == 0 || r == 2) {
		job->stage = JOB_BEGIN;
		job->at = 1;
	}
	return r < 0 ? r : 0;
}

/* The state was changed by the fact itself, when it was said: from here on it can be replayed. */
static int
job_begin(struct edge *e, struct keep_job *job)
{
	int r = edge_begin(e);
	if (r < 0)
		return r;
	r = shred_mark(e, job->seq);
	if (r == 0)
		r = scope_keep(e, job->seq, &job->scope);
	if (r == 0)
		r = scope_whole(e, job->seq);
	r = edge_end(e, r);
	if (r < 0)
		scope_unkept(&job->scope);
	else
		job->stage = JOB_FACTS;
	return r;
}

/* --- and goes ------------------------------------------------------------------------------------ */

static bool
job_wants(struct shred_pick *p, const struct fact *f, uint64_t seq, uint64_t case_no)
{
	const struct keep_job *job = p->job;
	if (f->kind == FACT_KEEP && keep_job_of(p->e, seq))
		return false; /* itself, in the end; and another that waits does so, too */
	return scope_about(p->e, &job->scope, &job->set, f) || scope_has_case(&job->scope, case_no);
}

static int
job_facts(struct edge *e, struct keep_job *job)
{
	struct shred_pick p = { .e = e, .job = job, .to = job->seq, .before = MSEC_NEVER, .wants = job_wants,
		.last = job->at };
	struct shred_count done = { 0 };
	int r = store_each_fact(e->store, job->at, shred_pick_fact, &p);
	bool end = r == 0 || r == 2;
	if (r >= 0)
		r = shred_picked(e, &p, STORE_FACT | STORE_BODY, &done);
	if (r < 0)
		return r;
	job->at = p.last + 1;
	job->shredded += done.facts;
	job->bodies += done.bodies;
	job->held += p.held;
	e->keep->n.bodies += done.bodies;
	if (end)
		job->stage = JOB_ORDERS;
	return 0;
}

static int
job_orders(struct edge *e, struct keep_job *job)
{
	struct keep_scope *s = &job->scope;
	if (job->order_at >= s->cases_n) {
		job->stage = JOB_MAILS;
		return 0;
	}
	int r = edge_begin(e);
	if (r < 0)
		return r;
	size_t i = job->order_at;
	uint64_t held = 0;
	for (; r == 0 && i < s->cases_n && i < job->order_at + SHRED_CASES; i++) {
		uint64_t hold = shred_held(e, NULL, s->cases[i].no);
		if (hold)
			scope_hold(s, hold);
		else
			r = shred_strip(e, s->cases[i].no);
		held += hold != 0;
	}
	r = edge_end(e, r);
	if (r < 0)
		return r;
	job->order_at = i;
	job->held += held;
	return 0;
}

static int
job_mails(struct edge *e, struct keep_job *job)
{
	int r = keep_mails(e, job, &job->mail_at, &job->held);
	if (r == 0)
		job->stage = JOB_ASIDES;
	return r;
}

/* Nothing parses what was set aside, so nobody can say whom it is about: all that was there. */
static int
job_asides(struct edge *e, struct keep_job *job)
{
	int r = edge_begin(e);
	if (r < 0)
		return r;
	r = store_aside_strip(e->store, job->said + 1);
	r = edge_end(e, r);
	if (r == 0)
		job->stage = scope_waits(&job->scope) ? JOB_WAIT : JOB_DROP;
	return r;
}

/* What holds keep of it: their numbers are written down, so that a restart does not look for them again. */
static int
job_wait(struct edge *e, struct keep_job *job)
{
	int r = edge_begin(e);
	if (r < 0)
		return r;
	r = scope_wait(e, job->seq, &job->scope);
	if (r == 0)
		r = store_number_set(e->store, FOLD_OWED, 1);
	r = edge_end(e, r);
	if (r < 0) {
		scope_unkept(&job->scope);
		return r;
	}
	scope_passed(&job->scope);
	job->stage = JOB_WAITS;
	return 0;
}

/* All of it once more. */
static int
job_again(struct edge *e, struct keep_job *job)
{
	(void)e;
	scope_pass(&job->scope);
	job->again = true;
	job->at = 1;
	job->mail_at = job->held = 0;
	job->order_at = 0;
	job->stage = JOB_FACTS;
	return 0;
}

static int
say_done(struct edge *e, const struct keep_job *job)
{
	struct fact f = { .kind = FACT_KEEP, .keep = { .verb = KEEP_DONE, .no = job->seq, .uid = UID_LYMPH } };
	return edge_fact(e, &f, NULL, NULL, NULL);
}

/* What was written down of him goes in a transaction of its own: the key of the fact goes even when its
 * transaction is cut short, and then nobody knows any more that something is left. Who asked for it long ago is
 * told by the audit that it is done. */
static int
job_drop(struct edge *e, struct keep_job *job)
{
	int r = edge_begin(e);
	if (r < 0)
		return r;
	r = scope_drop(e, job->seq, &job->scope);
	if (r == 0)
		r = store_number_set(e->store, FOLD_OWED, 1);
	if (r == 0 && job->again)
		r = say_done(e, job);
	r = edge_end(e, r);
	if (r < 0)
		return r;
	job->stage = JOB_SELF;
	if (job->again) {
		edge_settled(e);
		word_audit(e, 0);
	}
	return 0;
}

/* The fact that named who is forgotten, once the audit knows that it was said. 0: that was all. */
static int
job_self(struct edge *e, struct keep_job *job)
{
	if (e->c->warden && e->audited.seq < job->seq)
		return 1; /* soon */
	int r = edge_begin(e);
	if (r < 0)
		return r;
	r = shred_mark(e, job->seq);
	if (r == 0)
		r = store_shred(e->store, job->seq, STORE_FACT);
	return edge_end(e, r < 0 ? r : 0);
}

int
shred_job_step(struct edge *e, struct keep_job *job)
{
	int r = 0;
	edge_now(e);
	switch (job->stage) {
	case JOB_SEEK: r = job_seek(e, job); break;
	case JOB_BEGIN: r = job_begin(e, job); break;
	case JOB_FACTS: r = job_facts(e, job); break;
	case JOB_ORDERS: r = job_orders(e, job); break;
	case JOB_MAILS: r = job_mails(e, job); break;
	case JOB_ASIDES: r = job_asides(e, job); break;
	case JOB_WAIT: r = job_wait(e, job); break;
	case JOB_WAITS: r = job_again(e, job); break;
	case JOB_DROP: r = job_drop(e, job); break;
	case JOB_SELF: return job_self(e, job);
	}
	return r < 0 ? r : 1;
}
