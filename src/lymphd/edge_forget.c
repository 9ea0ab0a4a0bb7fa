/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One forgetting, a step at a time, see edge_keep.h: all that is to go is looked for and written down first;
 * then the records go, the addresses in the orders of their cases, the mails, and as the last the fact that
 * named who it was. It must never be finished while that can still be read.
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
	if (seq == job->seq)
		return false; /* itself, in the end */
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
	const struct keep_scope *s = &job->scope;
	if (job->order_at >= s->cases_n) {
		job->stage = JOB_MAILS;
		return 0;
	}
	int r = edge_begin(e);
	if (r < 0)
		return r;
	size_t i = job->order_at;
	for (; r == 0 && i < s->cases_n && i < job->order_at + SHRED_CASES; i++)
		if (!shred_held(e, NULL, s->cases[i].no))
			r = shred_strip(e, s->cases[i].no);
	r = edge_end(e, r);
	if (r == 0)
		job->order_at = i;
	return r;
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
		job->stage = JOB_DROP;
	return r;
}

/* What was written down of him goes in a transaction of its own: the key of the fact goes even when its
 * transaction is cut short, and then nobody knows any more that something is left. */
static int
job_drop(struct edge *e, struct keep_job *job)
{
	int r = edge_begin(e);
	if (r < 0)
		return r;
	r = scope_drop(e, job->seq, &job->scope);
	if (r == 0)
		r = store_number_set(e->store, FOLD_OWED, 1);
	r = edge_end(e, r);
	if (r == 0)
		job->stage = JOB_SELF;
	return r;
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
	case JOB_DROP: r = job_drop(e, job); break;
	case JOB_SELF: return job_self(e, job);
	}
	return r < 0 ? r : 1;
}
