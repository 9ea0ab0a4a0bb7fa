/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One forgetting, a step at a time, see edge_keep.h: the records about somebody, then the addresses in the
 * orders of their cases, their mails, and as the last the fact that named them. It must never be finished
 * while that can still be read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "lymphd/edge_shred_own.h"

void
shred_job_free(struct keep_job *job)
{
	free(job->cases);
	free(job->lease);
	*job = (struct keep_job){ 0 };
}

bool
shred_job_has(const struct keep_job *job, uint64_t no)
{
	size_t low = 0, high = job->cases_n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (job->cases[mid] < no)
			low = mid + 1;
		else
			high = mid;
	}
	return no && low < job->cases_n && job->cases[low] == no;
}

void
shred_job_case(struct keep_job *job, uint64_t no)
{
	size_t at = job->cases_n;
	if (!no || job->set.what == KEEP_REPORTER || shred_job_has(job, no))
		return;
	if (job->cases_n == job->cases_room) {
		job->cases_room = job->cases_room ? job->cases_room * 2 : 16;
		job->cases = reallocarray(job->cases, job->cases_room, sizeof(*job->cases));
		if (!job->cases)
			fatal_oom();
	}
	while (at > 0 && job->cases[at - 1] > no)
		at--;
	memmove(&job->cases[at + 1], &job->cases[at], (job->cases_n - at) * sizeof(*job->cases));
	job->cases[at] = no;
	job->cases_n++;
}

static void
job_lease(struct keep_job *job, const struct lease_seen *l)
{
	if (job->leases == job->leases_room) {
		job->leases_room = job->leases_room ? job->leases_room * 2 : 16;
		job->lease = reallocarray(job->lease, job->leases_room, sizeof(*job->lease));
		if (!job->lease)
			fatal_oom();
	}
	job->lease[job->leases++] = (struct keep_lease){ l->addr, l->from, l->to };
}

/* An address the line had then, by the leases read so far: they stand before what they explain. */
static bool
leased(const struct keep_job *job, const struct fact *f)
{
	const struct addr *a = shred_subject(f);
	msec when = f->kind == FACT_REPORT ? f->report.event
		    : f->kind == FACT_FLOW ? f->flow.when
					   : f->at;
	for (size_t i = 0; a && i < job->leases; i++)
		if (addr_eq(a, &job->lease[i].addr) && job->lease[i].from <= when &&
		    when < job->lease[i].to)
			return true;
	return false;
}

static bool
job_wants(struct shred_pick *p, const struct fact *f, uint64_t seq, uint64_t case_no)
{
	struct keep_job *job = p->job;
	bool mine = shred_about(p->e, &job->set, f);
	if (seq == job->seq)
		return false; /* itself, in the end */
	if (mine && job->set.what == KEEP_LINE && f->kind == FACT_LEASE)
		job_lease(job, &f->lease);
	mine |= job->set.what == KEEP_LINE && leased(job, f);
	if (mine)
		shred_job_case(job, case_no);
	return mine || shred_job_has(job, case_no);
}

/* The state was changed by the fact itself, when it was said: from here on it can be replayed. */
static int
job_mark(struct edge *e, const struct keep_job *job)
{
	int r = edge_begin(e);
	if (r < 0)
		return r;
	r = shred_mark(e, job->seq);
	return edge_end(e, r);
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
	e->keep->n.bodies += done.bodies;
	if (end)
		job->stage = JOB_ORDERS;
	return 0;
}

static int
job_orders(struct edge *e, struct keep_job *job)
{
	if (job->order_at == job->cases_n) {
		job->stage = JOB_MAILS;
		return 0;
	}
	int r = edge_begin(e);
	if (r < 0)
		return r;
	size_t i = job->order_at;
	for (; r == 0 && i < job->cases_n && i < job->order_at + SHRED_CASES; i++)
		r = shred_strip(e, job->cases[i]);
	r = edge_end(e, r);
	if (r == 0)
		job->order_at = i;
	return r;
}

/* The fact that named who is forgotten, once the audit knows that it was said. */
static int
job_self(struct edge *e, struct keep_job *job)
{
	struct shred_pick p = { .v = { job->seq }, .n = 1 };
	struct shred_count done = { 0 };
	if (e->c->warden && e->audited.seq < job->seq)
		return 0; /* soon */
	int r = shred_picked(e, &p, STORE_FACT, &done);
	if (r == 0)
		job->stage = JOB_TIDY;
	return r;
}

int
shred_job_step(struct edge *e, struct keep_job *job)
{
	int r = 0;
	switch (job->stage) {
	case JOB_MARK:
		if ((r = job_mark(e, job)) == 0)
			job->stage = JOB_FACTS;
		break;
	case JOB_FACTS: r = job_facts(e, job); break;
	case JOB_ORDERS: r = job_orders(e, job); break;
	case JOB_MAILS:
		r = keep_mails(e, job, &job->mail_at, &job->held);
		if (r == 0)
			job->stage = JOB_SELF;
		break;
	case JOB_SELF: r = job_self(e, job); break;
	case JOB_TIDY:
		r = shred_tidy(e);
		if (r == 0)
			job->stage = JOB_FOLD;
		break;
	case JOB_FOLD:
		r = store_fold(e->store);
		return r == -EBUSY ? 1 : r; /* whoever reads will be done */
	}
	return r < 0 ? r : 1;
}
