/* SPDX-License-Identifier: BSD-2-Clause */
/* A small network for the judge's tests: policies, keys, facts in one line each. */
#ifndef TEST_JUDGE_WORLD_H
#define TEST_JUDGE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "judge/view.h"

#define T0 (INT64_C(1700000000000))

struct world {
	struct policy *policy;
	struct judge *judge;
	struct effects out; /* of the last step */
	uint64_t seq;
	msec now;
	unsigned looks[VANTAGES], orders[RUNG_N]; /* in all */
	unsigned events[EVENT_N];
	unsigned asks;
	struct flow_ask ask; /* the last */
};

static void
world_oom(void)
{
	abort();
}

static struct addr
addr_of(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

static struct key
key_of(unsigned n)
{
	struct key k = { .b = { 1, (uint8_t)(n >> 8), (uint8_t)n } };
	return k;
}

static inline void
world_prefix(struct policy *p, const char *prefix, enum line_kind kind, const char *line)
{
	const struct kind_row *k = kind_row(kind);
	struct policy_row row = { .kind = kind, .probe = k->probe, .notify = k->notify, .top = k->top };
	assert_int_equal(prefix_parse(prefix, strlen(prefix), &row.lpm.prefix), 0);
	snprintf(row.line, sizeof(row.line), "%s", line);
	assert_int_equal(policy_add(p, &row), 0);
}

static inline uint64_t
world_step(struct world *w, struct fact *f)
{
	uint64_t no = 0;
	f->seq = ++w->seq;
	f->at = w->now;
	effects_clear(&w->out);
	judge_step(w->judge, f, &w->out, &no);
	for (size_t i = 0; i < w->out.n; i++) {
		const struct effect *e = &w->out.v[i];
		if (e->kind == EFFECT_LOOK)
			w->looks[e->look.vantage]++;
		else if (e->kind == EFFECT_ORDER)
			w->orders[e->order.rung] += !e->order.dropped;
		else if (e->kind == EFFECT_ASK)
			w->asks++, w->ask = e->ask;
		else
			w->events[e->event.kind]++;
	}
	return no;
}

static inline struct world
world_new(unsigned vantages)
{
	struct world w = { .policy = policy_new(), .judge = judge_new(world_oom), .now = T0 };
	w.policy->vantages = (uint8_t)vantages;
	world_prefix(w.policy, "192.0.2.0/24", KIND_RESIDENTIAL, "");
	world_prefix(w.policy, "192.0.2.1", KIND_RESIDENTIAL, "line-1");
	world_prefix(w.policy, "198.51.100.0/24", KIND_DYNAMIC, "");
	world_prefix(w.policy, "203.0.113.0/25", KIND_NONE, "");
	world_prefix(w.policy, "203.0.113.128/25", KIND_CRITICAL, "");
	struct fact f = { .kind = FACT_CONF, .conf = { .text = "", .policy = w.policy } };
	world_step(&w, &f);
	return w;
}

static inline void
world_free(struct world *w)
{
	effects_free(&w->out);
	judge_free(w->judge);
	policy_free(w->policy);
}

static inline struct report
report_of(unsigned key, const char *subject, enum evidence e)
{
	struct report r = { .cls = CLASS_OPEN_PROXY, .evidence = e, .subject = addr_of(subject),
		.port = 3128, .event = T0, .count = 1 };
	if (key) {
		r.key = key_of(key);
		r.sender_hash[0] = (uint8_t)(key >> 8);
		r.sender_hash[1] = (uint8_t)key;
		r.sender_hash[15] = 1;
	}
	return r;
}

static inline uint64_t
world_report(struct world *w, const struct report *r)
{
	struct fact f = { .kind = FACT_REPORT, .report = *r };
	return world_step(w, &f);
}

static inline void
world_pin(struct world *w, unsigned key, q32 pin, bool on_sight, msec delay)
{
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .key = key_of(key), .pinned = true,
		.pin = pin, .notify_on_sight = on_sight ? 1u << CLASS_OPEN_PROXY : 0, .delay = delay } };
	world_step(w, &f);
}

/* Answers the most urgent look asked for; false: none is. */
static inline bool
world_answer(struct world *w, enum verdict v)
{
	struct look l;
	size_t it = 0;
	if (!judge_pending(w->judge, &it, &l))
		return false;
	struct fact f = { .kind = FACT_LOOK, .look = { .no = l.no, .cls = l.cls, .target = l.target,
		.port = l.port, .vantage = l.vantage, .verdict = v } };
	world_step(w, &f);
	return true;
}

static inline void
world_wait(struct world *w, msec d)
{
	struct fact f = { .kind = FACT_TICK };
	w->now += d;
	world_step(w, &f);
}

static inline struct view_case
world_case(const struct world *w, uint64_t no)
{
	struct view_case v;
	assert_true(view_case(w->judge, no, w->now, &v));
	return v;
}

static inline struct view_reporter
world_reporter(const struct world *w, unsigned key)
{
	struct view_reporter v;
	struct key k = key_of(key);
	const struct key *after = NULL;
	while (view_reporter_next(w->judge, after, w->now, &v)) {
		if (key_cmp(&v.key, &k) == 0)
			return v;
		after = &v.key;
	}
	fail_msg("no reporter %u", key);
	return v;
}

static inline void
world_mode(struct world *w, enum mode m, bool panic)
{
	struct fact f = { .kind = FACT_MODE, .mode = { .mode = (uint8_t)m, .panic = panic } };
	world_step(w, &f);
}

static inline void
world_protect(struct world *w, const char *prefix, bool on)
{
	struct fact f = { .kind = FACT_PROTECT, .protect.on = on };
	assert_int_equal(prefix_parse(prefix, strlen(prefix), &f.protect.prefix), 0);
	world_step(w, &f);
}

/* Somebody (1001) does something; more is what the verb takes besides its target. */
static inline uint64_t
world_desk(struct world *w, enum desk_verb verb, uint64_t target, const struct desk_act *more)
{
	struct fact f = { .kind = FACT_DESK };
	if (more)
		f.desk = *more;
	f.desk.verb = (uint8_t)verb;
	f.desk.target = target;
	f.desk.uid = 1001;
	return world_step(w, &f);
}

static inline struct order
world_order(const struct world *w, uint64_t no, bool *standing)
{
	struct order o;
	assert_true(view_order(w->judge, no, &o, standing));
	return o;
}

static inline void
world_active(struct world *w, const char *subject)
{
	struct fact f = { .kind = FACT_FLOW, .flow = { .subject = addr_of(subject), .port = 3128,
		.cls = CLASS_OPEN_PROXY, .when = w->now, .active = true } };
	world_step(w, &f);
}

/* The answer of own flows to what they were last asked: `says` of covered, active, answered. */
static inline void
world_flows(struct world *w, struct flow_seen says)
{
	struct fact f = { .kind = FACT_FLOW, .flow = says };
	assert_true(w->asks > 0);
	f.flow.subject = w->ask.subject;
	f.flow.port = w->ask.port;
	f.flow.cls = w->ask.cls;
	f.flow.when = w->ask.when;
	world_step(w, &f);
}

/* Reported and proven, once. */
static inline uint64_t
world_proven(struct world *w, const char *subject)
{
	struct report r = report_of(1, subject, EVIDENCE_TEXT);
	r.event = w->now;
	uint64_t no = world_report(w, &r);
	while (world_case(w, no).verified_times == 0)
		assert_true(world_answer(w, VERDICT_OPEN));
	return no;
}

/* Twice proven and active: all that a quarantine needs of the case itself. */
static inline uint64_t
world_twice(struct world *w, const char *subject)
{
	uint64_t no = world_proven(w, subject);
	world_wait(w, MSEC_HOUR + 1);
	world_active(w, subject);
	assert_true(world_answer(w, VERDICT_OPEN));
	assert_int_equal(world_case(w, no).verified_times, 2);
	return no;
}

static void
world_take(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	assert_int_equal(judge_restore(arg, kind, key, key_len, blob, n), 0);
}

/* Stopped and started again. */
static inline void
world_restart(struct world *w)
{
	struct judge *next = judge_new(world_oom);
	judge_each(w->judge, world_take, next);
	assert_int_equal(judge_restored(next, w->policy, w->now), 0);
	judge_free(w->judge);
	w->judge = next;
}

static inline void
world_reach(struct world *w)
{
	struct prefix p;
	assert_int_equal(prefix_parse("198.18.0.53", 11, &p), 0);
	assert_int_equal(policy_reach(w->policy, &p), 0);
}

static inline uint32_t
world_missing(const struct world *w, uint64_t no, enum rung r)
{
	struct view_gate g[RUNG_N];
	view_gates(w->judge, no, w->now, g);
	return g[r].missing;
}

/* To three digits, as the design states them. */
#define assert_q(value, text)                                                                         \
	do {                                                                                          \
		char q_[Q32_TEXT];                                                                    \
		assert_string_equal(q32_print((value), 3, q_), text);                                 \
	} while (0)

#endif
