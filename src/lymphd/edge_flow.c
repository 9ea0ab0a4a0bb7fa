/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What own flows say, on its way into the journal: a finding about a line is a report of one of our own
 * sensors and, while it goes on, a word of own flows about that line; one about many lines is a
 * population. Collected for a moment, then one transaction for all, and only then said to be done. It
 * must never say so before the commit, nor keep one finding twice.
 */
#include "lymphd/edge_flows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge.h"

#define FINDINGS  64            /* on the way at a time: hear-flow's credit */
#define ANSWERS   512
#define BATCH_AGE 5             /* ms */
#define RETRY     MSEC_SECOND   /* after a failed commit, or while the disk is full */
#define GROUPS    64            /* populations remembered, to know a repeated one */

struct flow_word {
	struct flow_seen seen;
	uint64_t case_no;
	char *text; /* of a sample of flows; else NULL */
};

struct population_had {
	uint64_t group;
	msec to;
};

struct flows {
	struct msg_finding item[FINDINGS];
	size_t n;
	struct flow_word answer[ANSWERS];
	size_t answers;
	struct loop_event *turn;
	struct flows_totals t, before; /* before: as of the last commit */
	struct population_had had[GROUPS], had_before[GROUPS];
};

/* --- what may be believed ------------------------------------------------------------------------ */

bool
flows_addr_sane(const struct addr *a, bool may_be_none)
{
	static const uint8_t zero[16], mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	if (a->fam == 4)
		return memcmp(a->b + 4, zero, 12) == 0;
	if (a->fam == 6)
		return memcmp(a->b, mapped, 12) != 0;
	return a->fam == 0 && may_be_none && memcmp(a->b, zero, 16) == 0;
}

bool
flows_prefix_sane(const struct prefix *p)
{
	struct prefix same = prefix_of(&p->a, p->len);
	return flows_addr_sane(&p->a, true) && p->len <= addr_bits(&p->a) && addr_eq(&same.a, &p->a);
}

static bool
believable(const struct edge *e, const struct finding *f)
{
	bool ok = finding_sane(f) && flows_addr_sane(&f->subject, true) && flows_prefix_sane(&f->peer);
	for (int i = 0; ok && i < FINDING_PEERS; i++)
		ok = flows_addr_sane(&f->sample[i], true);
	return ok && f->to <= e->now + MSEC_HOUR && (f->detector != DETECT_POPULATION || f->peer.a.fam);
}

/* --- taking one, inside the transaction ---------------------------------------------------------- */

static bool
sensor_known(struct edge *e, const struct key *key)
{
	struct view_reporter v;
	return view_reporter_of(e->judge, key, e->now, &v) && v.standing == STANDING_OWN;
}

/* Each detector is a reporter; it is said once, when it speaks for the first time. */
static int
introduce(struct edge *e, enum detector d)
{
	struct fact f = { .kind = FACT_REPORTER,
		.reporter = { .key = detector_key(d), .standing = STANDING_OWN } };
	if (sensor_known(e, &f.reporter.key))
		return 0;
	snprintf(f.reporter.name, sizeof(f.reporter.name), "own-%s", detector_row(d)->name);
	return edge_fact(e, &f, NULL, NULL, NULL);
}

static char *
body_text(const struct edge *e, const struct finding *f)
{
	json_t *o = finding_json(f, exporter_name(e, f->exporter));
	char *text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (!text)
		fatal_oom();
	return text;
}

/* Bytes of a flood that an order which stands for its line would have kept from leaving. */
static void
count_spared(struct edge *e, const struct finding *f, uint64_t case_no)
{
	struct view_case v;
	struct order o;
	bool stands;
	if (f->detector != DETECT_FLOOD || !case_no || !view_case(e->judge, case_no, e->now, &v))
		return;
	uint64_t no = v.order[RUNG_FILTER] ? v.order[RUNG_FILTER] : v.order[RUNG_QUARANTINE];
	if (!no || !view_order(e->judge, no, &o, &stands) || !stands || o.asked || f->to <= f->from)
		return;
	msec from = o.at > f->from ? o.at : f->from;
	if (from < f->to) /* as if it was sent evenly */
		e->flows->t.spared_bytes += (uint64_t)((double)f->bytes * (double)(f->to - from) /
		    (double)(f->to - f->from));
}

static int
set_aside(struct edge *e, const struct report *r, const char *text)
{
	struct store_aside a = { .at = edge_now(e), .role = "judge", .bytes = text, .len = strlen(text) };
	memcpy(a.digest, r->body_hash, sizeof(a.digest));
	return store_aside(e->store, &a);
}

/* The judge does not say whose case a word of own flows is: the case shall find it all the same. */
static int
of_case(struct edge *e, const struct fact *f, uint64_t seq, uint64_t case_no, uint32_t kind)
{
	struct store_event ev = { .seq = seq, .case_no = case_no, .a = seq, .at = f->at, .kind = kind };
	int r = case_no ? store_fact_case(e->store, seq, case_no) : 0;
	return r == 0 && case_no ? store_event(e->store, &ev) : r;
}

static int
take_report(struct edge *e, const struct finding *f, struct report *r, const char *text)
{
	struct store_body body = { .bytes = text, .len = strlen(text), .sig = "", .sig_len = 0 };
	struct fact fact = { .kind = FACT_REPORT }, word = { .kind = FACT_FLOW };
	uint64_t case_no = 0, seq;
	if (r->event > e->now)
		r->event = e->now;
	fact.report = *r;
	int rc = introduce(e, f->detector);
	if (rc == 0)
		rc = edge_fact(e, &fact, &body, &case_no, NULL);
	if (rc == 0 && finding_seen(f, alerts_spoofed(e, f->exporter, f->iface, f->to), &word.flow)) {
		rc = edge_fact(e, &word, NULL, NULL, &seq);
		if (rc == 0)
			rc = of_case(e, &word, seq, case_no, EVENT_FLOWS_SAID);
	}
	if (rc == 0)
		count_spared(e, f, case_no);
	return rc;
}

static int
take_line(struct edge *e, const struct finding *f, struct report *r)
{
	struct store_seen seen;
	struct flows *x = e->flows;
	if (!policy_find(e->c->conf->policy, &f->subject)) {
		x->t.not_ours++;
		return 0;
	}
	int rc = store_find_report(e->store, r, &seen);
	if (rc != -ENOENT) {
		x->t.repeats += rc == 0;
		return rc;
	}
	char *text = body_text(e, f);
	if (blackbox_refuses(r->body_hash)) {
		rc = set_aside(e, r, text);
	} else {
		blackbox_note(r->body_hash);
		rc = take_report(e, f, r, text);
		x->t.by[f->detector] += rc == 0;
	}
	free(text);
	return rc;
}

static int
take_population(struct edge *e, const struct finding *f)
{
	struct flows *x = e->flows;
	struct population_had *had = &x->had[f->group % GROUPS];
	struct fact fact = { .kind = FACT_POPULATION };
	finding_population(f, &fact.population);
	if (had->group == f->group && had->to >= f->to && had->to) {
		x->t.repeats++;
		return 0;
	}
	int rc = edge_fact(e, &fact, NULL, NULL, NULL);
	if (rc == 0) {
		*had = (struct population_had){ f->group, f->to };
		x->t.by[f->detector]++;
	}
	return rc;
}

static int
take(struct edge *e, const struct finding *f)
{
	struct report r;
	struct flows *x = e->flows;
	edge_now(e);
	if (!believable(e, f)) {
		x->t.refused++;
		return 0;
	}
	if (f->detector == DETECT_POPULATION)
		return take_population(e, f);
	if (finding_report(f, &r))
		return take_line(e, f, &r);
	alerts_add(e, f);
	x->t.by[f->detector]++;
	return 0;
}

static int
take_answer(struct edge *e, const struct flow_word *a)
{
	struct fact f = { .kind = FACT_FLOW, .flow = a->seen };
	struct store_body body = { .bytes = a->text, .len = a->text ? strlen(a->text) : 0, .sig = "" };
	uint64_t seq;
	int r = edge_fact(e, &f, a->text ? &body : NULL, NULL, &seq);
	return r < 0 ? r : of_case(e, &f, seq, a->case_no, a->text ? EVENT_FLOWS_KEPT : EVENT_FLOWS_SAID);
}

/* --- the batch ----------------------------------------------------------------------------------- */

/* All or nothing; on failure store and judge are as before. */
static int
take_all(struct edge *e)
{
	struct flows *x = e->flows;
	x->before = x->t;
	memcpy(x->had_before, x->had, sizeof(x->had));
	int r = edge_begin(e);
	for (size_t i = 0; r == 0 && i < x->n; i++)
		r = take(e, &x->item[i].finding);
	for (size_t i = 0; r == 0 && i < x->answers; i++)
		r = take_answer(e, &x->answer[i]);
	r = edge_end(e, r);
	if (r == 0)
		return 0;
	x->t = x->before;
	memcpy(x->had, x->had_before, sizeof(x->had));
	return r;
}

static void
answers_done(struct flows *x)
{
	for (size_t i = 0; i < x->answers; i++)
		free(x->answer[i].text);
	x->t.answers += x->answers;
	x->answers = 0;
}

/* A number of hear-flow's is never used twice: one of its earlier lives is nobody else's. */
static void
findings_done(struct edge *e)
{
	struct flows *x = e->flows;
	struct chan *hear = e->c->peer[ROLE_HEAR_FLOW];
	for (size_t i = 0; hear && i < x->n; i++) {
		struct msg_finding_done d = { .no = x->item[i].no };
		chan_send(hear, M_FINDING_DONE, &d, NULL, 0, -1);
	}
	if (hear && x->n)
		chan_grant(hear, (uint32_t)x->n, (uint32_t)(x->n * sizeof(struct msg_finding)));
	x->n = 0;
}

static void
flush(struct edge *e)
{
	static struct log_limit limit;
	unsigned held;
	struct flows *x = e->flows;
	if (!x->n && !x->answers)
		return;
	int r = edge_tight(e) ? -ENOSPC : take_all(e);
	blackbox_clear();
	if (r == 0) {
		answers_done(x);
		r = alerts_save(e);
	}
	if (r < 0) { /* findings stay: a second time those that are committed are known */
		if (log_may(&limit, &held))
			log_warn("cannot store what own flows say: %s (%u more)", strerror(-r), held);
		loop_timer_in(x->turn, RETRY);
		return;
	}
	findings_done(e);
	edge_settled(e);
}

static void
on_turn(int fd, int ready, void *arg)
{
	(void)fd, (void)ready;
	flush(arg);
}

static void
soon(struct flows *x)
{
	if (x->n + x->answers == 1)
		loop_timer_in(x->turn, BATCH_AGE);
}

void
flows_finding(struct edge *e, const struct msg_finding *m)
{
	struct flows *x = e->flows;
	if (x->n == FINDINGS) { /* more than it has credit for: kept there, sent again */
		e->broken++;
		return;
	}
	x->item[x->n++] = *m;
	if (x->n == FINDINGS)
		loop_timer_in(x->turn, 0);
	else
		soon(x);
}

static void
add_answer(struct edge *e, const struct flow_word *a)
{
	struct flows *x = e->flows;
	if (x->answers == ANSWERS) {
		x->t.answers_lost++;
		free(a->text);
		return;
	}
	x->answer[x->answers++] = *a;
	soon(x);
}

void
flows_answer(struct edge *e, const struct flow_seen *seen, uint64_t case_no)
{
	add_answer(e, &(struct flow_word){ .seen = *seen, .case_no = case_no });
}

void
flows_sample(struct edge *e, const struct flow_seen *seen, uint64_t case_no, char *text)
{
	add_answer(e, &(struct flow_word){ .seen = *seen, .case_no = case_no, .text = text });
}

const struct flows_totals *
flows_totals(const struct edge *e)
{
	return &e->flows->t;
}

static void
flows_up(struct edge *e)
{
	chan_grant(e->c->peer[ROLE_HEAR_FLOW], FINDINGS - (uint32_t)e->flows->n,
	    (FINDINGS - (uint32_t)e->flows->n) * (uint32_t)sizeof(struct msg_finding));
}

/* Populations told just before the end: what hear-flow sends again is known by them. */
static int
see_fact(uint64_t seq, uint64_t case_no, const void *p, size_t n, void *arg)
{
	struct flows *x = arg;
	struct fact f;
	(void)seq, (void)case_no;
	if (fact_decode(p, n, &f) == 0 && f.kind == FACT_POPULATION)
		x->had[f.population.group % GROUPS] =
		    (struct population_had){ f.population.group, f.population.to };
	return 0;
}

static void
flows_start(struct edge *e)
{
	struct flows *x = calloc(1, sizeof(*x));
	uint64_t seq = 0;
	if (!x)
		fatal_oom();
	e->flows = x;
	x->turn = loop_timer(e->c->loop, on_turn, e);
	int r = store_last(e->store, &seq, &(msec){ 0 });
	if (r == 0)
		r = store_each_fact(e->store, seq > 4096 ? seq - 4096 : 0, see_fact, x);
	if (r < 0)
		fatal("cannot read the end of the journal: %s", strerror(-r));
}

/* --- all of it ----------------------------------------------------------------------------------- */

void
telemetry_start(struct edge *e)
{
	alerts_start(e);
	flows_start(e);
	asks_start(e);
	watch_start(e);
	kept_start(e);
	state_start(e);
}

void
telemetry_up(struct edge *e)
{
	flows_up(e);
	asks_up(e);
	watch_up(e);
}

void
telemetry_down(struct edge *e)
{
	state_down(e);
	kept_down(e);
	asks_down(e);
	watch_down(e);
}

void
telemetry_room(struct edge *e)
{
	asks_up(e);
}
