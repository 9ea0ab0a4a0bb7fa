/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is due to go, a step at a time, see edge_keep.h: records of somebody who is to be forgotten, and
 * what the timers of keep { } say. Each step is one small transaction. It must never shred a record a hold
 * in force is about, nor one the mark is not behind: the journal could not be replayed from anywhere.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_keep.h"

#define LOOK   1000 /* records looked at in a step */
#define SHRED  100  /* records shredded in a step */
#define CASES  20   /* old cases looked at in a step */
#define TIDY   500

/* --- what a record is about ---------------------------------------------------------------------- */

static bool
same_subject(const struct edge *e, const struct keep_set *k, const struct addr *a)
{
	struct prefix own = policy_subject(policy_find(e->c->conf->policy, &k->addr), &k->addr);
	return prefix_has(&own, a);
}

static bool
about_address(const struct edge *e, const struct keep_set *k, const struct fact *f)
{
	switch (f->kind) {
	case FACT_REPORT: return same_subject(e, k, &f->report.subject);
	case FACT_LOOK: return same_subject(e, k, &f->look.target);
	case FACT_FLOW: return same_subject(e, k, &f->flow.subject);
	case FACT_LEASE: return addr_eq(&f->lease.addr, &k->addr);
	default: return false;
	}
}

/* By the lease itself, or a prefix that is one line; whose an address was, only its lease can say. */
static bool
about_line(const struct edge *e, const struct keep_set *k, const struct fact *f)
{
	const struct addr *a = f->kind == FACT_REPORT ? &f->report.subject
			       : f->kind == FACT_LOOK ? &f->look.target
			       : f->kind == FACT_FLOW ? &f->flow.subject
						      : NULL;
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

struct pick {
	struct edge *e;
	struct keep_job *job;   /* or by time: */
	msec before;
	bool loose;             /* only of no case */
	uint64_t v[SHRED], last; /* last: looked at up to here */
	size_t n, looked;
	uint64_t held;
};

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
	const struct addr *a = f->kind == FACT_REPORT ? &f->report.subject
			       : f->kind == FACT_LOOK ? &f->look.target
			       : f->kind == FACT_FLOW ? &f->flow.subject
						      : NULL;
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
job_wants(struct pick *p, const struct fact *f, uint64_t seq, uint64_t case_no)
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

/* What has no case and nobody's word in it. */
static bool
time_wants(const struct pick *p, const struct fact *f, uint64_t case_no)
{
	return f->at < p->before && !case_no &&
	    (f->kind == FACT_REPORT || f->kind == FACT_LOOK || f->kind == FACT_FLOW ||
		f->kind == FACT_LEASE || f->kind == FACT_CANARY);
}

static int
pick_fact(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct pick *p = arg;
	struct fact f;
	int r = fact_decode(bytes, n, &f);
	if (r < 0)
		return r;
	if (p->job ? seq > p->job->seq : f.at >= p->before)
		return 2; /* the end */
	p->last = seq;
	bool open = f.kind == FACT_CONF || f.kind == FACT_TICK || f.kind == FACT_MODE ||
	    f.kind == FACT_PROTECT;
	bool wants = !open &&
	    (p->job ? job_wants(p, &f, seq, case_no) : !p->loose || time_wants(p, &f, case_no));
	if (wants && shred_held(p->e, &f, case_no))
		p->held++;
	else if (wants)
		p->v[p->n++] = seq;
	return p->n == SHRED || ++p->looked == LOOK;
}

/* The mark has to stand behind what goes; in the transaction at hand. */
static int
mark_behind(struct edge *e, uint64_t seq)
{
	uint64_t mark = 0, last = 0;
	msec at;
	int r = store_mark(e->store, &mark);
	if (r == 0 && mark < seq)
		r = store_last(e->store, &last, &at);
	return r < 0 || mark >= seq ? r : store_mark_set(e->store, last);
}

struct count {
	uint64_t facts, bodies;
};

static int
shred_all(struct edge *e, const struct pick *p, unsigned what, struct count *done)
{
	int r = p->n ? edge_begin(e) : 0;
	if (!p->n || r < 0)
		return r;
	if (what & STORE_FACT)
		r = mark_behind(e, p->v[p->n - 1]);
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

/* An order of a case that is forgotten says what was done and when, no more to whom. */
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

static int
strip_case(struct edge *e, uint64_t no)
{
	struct strip s = { .e = e };
	int r = store_case_events(e->store, no, 0, strip_order, &s);
	if (r == 0)
		e->keep->n.orders += s.stripped;
	return r;
}

/* --- one forgetting ------------------------------------------------------------------------------ */

void
shred_job_free(struct keep_job *job)
{
	free(job->cases);
	free(job->lease);
	*job = (struct keep_job){ 0 };
}

static int
tidy(struct edge *e)
{
	int r = edge_begin(e);
	if (r < 0)
		return r;
	int more = store_mark_tidy(e->store, TIDY);
	r = edge_end(e, more < 0 ? more : 0);
	return r < 0 ? r : more;
}

/* The state was changed by the fact itself, when it was said: from here on it can be replayed. */
static int
job_mark(struct edge *e, const struct keep_job *job)
{
	int r = edge_begin(e);
	if (r < 0)
		return r;
	r = mark_behind(e, job->seq);
	return edge_end(e, r);
}

static int
job_facts(struct edge *e, struct keep_job *job)
{
	struct pick p = { .e = e, .job = job, .last = job->at };
	struct count done = { 0 };
	int r = store_each_fact(e->store, job->at, pick_fact, &p);
	bool end = r == 0 || r == 2;
	if (r >= 0)
		r = shred_all(e, &p, STORE_FACT | STORE_BODY, &done);
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
	for (; r == 0 && i < job->cases_n && i < job->order_at + CASES; i++)
		r = strip_case(e, job->cases[i]);
	r = edge_end(e, r);
	if (r == 0)
		job->order_at = i;
	return r;
}

/* The fact that named who is forgotten, once the audit knows that it was said. */
static int
job_self(struct edge *e, struct keep_job *job)
{
	struct pick p = { .v = { job->seq }, .n = 1 };
	struct count done = { 0 };
	if (e->c->warden && e->audited.seq < job->seq)
		return 0; /* soon */
	int r = shred_all(e, &p, STORE_FACT, &done);
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
		r = tidy(e);
		if (r == 0)
			job->stage = JOB_FOLD;
		break;
	case JOB_FOLD:
		r = store_fold(e->store);
		return r == -EBUSY ? 1 : r; /* whoever reads will be done */
	}
	return r < 0 ? r : 1;
}

/* --- the timers ---------------------------------------------------------------------------------- */

/* Evidence of a case that is not closed stays as long as it is needed. */
static int
pick_body(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct pick *p = arg;
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
	struct pick p = { .e = e };
	struct count done = { 0 };
	uint64_t next = 0;
	int rc = store_each_body(e->store, r->at, e->now - e->c->conf->keep.bodies, SHRED, &next, pick_body, &p);
	if (rc == 0)
		rc = shred_all(e, &p, STORE_BODY, &done);
	if (rc < 0)
		return rc;
	e->keep->n.bodies += done.bodies;
	r->held += p.held;
	r->at = next;
	return next != 0;
}

#define FACTS_AT "facts without a case"

static int
round_facts(struct edge *e, struct keep_round *r)
{
	struct pick p = { .e = e, .before = e->now - e->c->conf->keep.cases, .loose = true };
	struct count done = { 0 };
	int rc = r->at ? 0 : store_number(e->store, FACTS_AT, &r->at);
	p.last = r->at;
	if (rc == 0)
		rc = store_each_fact(e->store, r->at + 1, pick_fact, &p);
	bool end = rc == 0 || rc == 2;
	if (rc >= 0)
		rc = shred_all(e, &p, STORE_FACT | STORE_BODY, &done);
	if (rc < 0)
		return rc;
	/* What a hold kept here is looked at again, from the start. */
	r->held += p.held;
	r->again |= p.held > 0;
	r->at = p.last;
	e->keep->n.bodies += done.bodies;
	if (!end)
		return 1;
	rc = edge_begin(e);
	if (rc == 0)
		rc = store_number_set(e->store, FACTS_AT, r->again ? 0 : r->at);
	return edge_end(e, rc);
}

static int
newest(const struct store_event *ev, void *arg)
{
	*(uint64_t *)arg = ev->seq;
	return 0;
}

/* Case no is past: its facts go, SHRED at a time; then its orders' addresses; in the end its story. 1: come
 * again for the same. */
static int
past_case(struct edge *e, struct keep_round *r, uint64_t no, msec last)
{
	struct pick p = { .e = e, .before = MSEC_NEVER };
	struct count done = { 0 };
	int rc = store_case_facts(e->store, no, 0, pick_fact, &p);
	bool more = rc == 1;
	if (rc >= 0)
		rc = shred_all(e, &p, STORE_FACT | STORE_BODY, &done);
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
	rc = mark_behind(e, seq);
	if (rc == 0)
		rc = strip_case(e, no);
	if (rc == 0 && drop)
		rc = store_case_drop(e->store, no);
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
	for (int i = 0; i < CASES; i++) {
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
	int more = tidy(e), rc = more < 0 ? more : edge_begin(e);
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
