/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a case and the rules around it, one by one. */
#include "world.h"

static enum case_state
state_of(const struct world *w, uint64_t no)
{
	return world_case(w, no).state;
}

static uint64_t
say(struct world *w, unsigned key, const char *subject, enum evidence e)
{
	struct report r = report_of(key, subject, e);
	r.event = w->now;
	return world_report(w, &r);
}

/* Acted, recheck at the order's end, probation, closed as fixed; then a relapse. */
static void
test_whole_life(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no = say(&w, 1, "192.0.2.1", EVIDENCE_TEXT);
	assert_int_equal(state_of(&w, no), CASE_OPEN);
	world_answer(&w, VERDICT_OPEN);
	assert_int_equal(state_of(&w, no), CASE_ACTED);
	world_wait(&w, MSEC_HOUR + 1);
	assert_true(world_answer(&w, VERDICT_OPEN)); /* the second verification */
	assert_int_equal(world_case(&w, no).verified_times, 2);
	assert_false(world_answer(&w, VERDICT_OPEN));
	world_wait(&w, 9 * MSEC_DAY);
	assert_int_equal(state_of(&w, no), CASE_RECHECK);
	world_answer(&w, VERDICT_OPEN);
	assert_int_equal(state_of(&w, no), CASE_ACTED);
	assert_int_equal(w.orders[RUNG_FILTER], 2);
	world_wait(&w, 9 * MSEC_DAY);
	assert_int_equal(state_of(&w, no), CASE_RECHECK);
	world_answer(&w, VERDICT_CLOSED);
	world_answer(&w, VERDICT_CLOSED);
	assert_int_equal(state_of(&w, no), CASE_PROBATION);
	world_wait(&w, 29 * MSEC_DAY);
	struct view_case c = world_case(&w, no);
	assert_int_equal(c.state, CASE_CLOSED);
	assert_int_equal(c.closed_as, CLOSE_FIXED);
	assert_int_equal(c.rung, RUNG_LOG);
	uint32_t k = c.k;
	assert_int_equal(say(&w, 7, "192.0.2.1", EVIDENCE_TEXT), no);
	world_answer(&w, VERDICT_OPEN);
	assert_int_equal(w.events[EVENT_CASE_REOPENED], 1);
	c = world_case(&w, no);
	assert_int_equal(c.state, CASE_ACTED);
	assert_int_equal(c.k, k + 1);
	world_free(&w);
}

static void
test_forgotten_in_the_end(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no = say(&w, 1, "192.0.2.2", EVIDENCE_TEXT);
	world_answer(&w, VERDICT_CLOSED);
	world_answer(&w, VERDICT_AUTH);
	assert_int_equal(state_of(&w, no), CASE_CLOSED);
	world_wait(&w, 91 * MSEC_DAY);
	struct view_case v;
	assert_false(view_case(w.judge, no, w.now, &v));
	assert_int_equal(say(&w, 1, "192.0.2.2", EVIDENCE_TEXT), no + 1);
	world_free(&w);
}

static void
test_fades(void **state)
{
	(void)state;
	struct world w = world_new(2);
	struct report r =
	    report_of(1, "203.0.113.5", EVIDENCE_TEXT); /* no policy: never looked at */
	uint64_t no = world_report(&w, &r);
	assert_int_equal(w.looks[0], 0);
	world_wait(&w, 10 * MSEC_DAY);
	assert_int_equal(state_of(&w, no), CASE_OPEN);
	world_wait(&w, 20 * MSEC_DAY);
	assert_int_equal(state_of(&w, no), CASE_CLOSED);
	assert_int_equal(world_case(&w, no).closed_as, CLOSE_FADED);
	world_free(&w);
}

static void
test_contested_stays_at_ticket(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_pin(&w, 1, Q32(90, 100), false, 0);
	world_pin(&w, 2, Q32(90, 100), false, 0);
	say(&w, 1, "192.0.2.3", EVIDENCE_TEXT);
	uint64_t no = say(&w, 2, "192.0.2.3", EVIDENCE_TEXT);
	assert_int_equal(state_of(&w, no), CASE_WATCHED);
	world_answer(&w, VERDICT_CLOSED);
	world_answer(&w, VERDICT_CLOSED);
	struct view_case c = world_case(&w, no);
	assert_true(c.contested);
	assert_int_equal(c.state, CASE_WATCHED);
	assert_int_equal(c.rung, RUNG_TICKET);
	assert_int_equal(w.events[EVENT_DEBIT] + w.events[EVENT_CREDIT], 0);
	world_free(&w);
}

static void
test_inconclusive_is_a_ticket(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_pin(&w, 1, Q32(90, 100), false, 0);
	uint64_t no = say(&w, 1, "192.0.2.3", EVIDENCE_STRONG);
	assert_int_equal(world_case(&w, no).rung, RUNG_WATCH);
	world_answer(&w, VERDICT_NO_ANSWER);
	world_wait(&w, 6 * MSEC_MINUTE);
	world_answer(&w, VERDICT_NO_ANSWER);
	world_answer(&w, VERDICT_NO_ANSWER);
	assert_false(world_answer(&w, VERDICT_NO_ANSWER));
	assert_int_equal(w.looks[0], 2);
	assert_int_equal(w.looks[1], 1);
	assert_int_equal(world_case(&w, no).rung, RUNG_TICKET);
	world_free(&w);
}

static void
test_one_vantage_looks_twice(void **state)
{
	(void)state;
	struct world w = world_new(1);
	uint64_t no = say(&w, 1, "192.0.2.3", EVIDENCE_TEXT);
	world_answer(&w, VERDICT_CLOSED);
	assert_int_equal(state_of(&w, no), CASE_OPEN);
	assert_false(world_answer(&w, VERDICT_CLOSED));
	world_wait(&w, 6 * MSEC_MINUTE);
	assert_true(world_answer(&w, VERDICT_CLOSED));
	assert_int_equal(state_of(&w, no), CASE_CLOSED);
	assert_int_equal(w.looks[1], 0);
	world_free(&w);
}

static void
test_no_lease_no_more_than_a_ticket(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no = say(&w, 1, "198.51.100.7", EVIDENCE_TEXT);
	world_answer(&w, VERDICT_OPEN);
	assert_int_equal(world_case(&w, no).rung, RUNG_TICKET);
	assert_int_equal(w.orders[RUNG_NOTIFY] + w.orders[RUNG_FILTER], 0);
	struct fact f = { .kind = FACT_LEASE, .lease = { .addr = addr_of("198.51.100.8"),
		.line = "line-8", .from = w.now - MSEC_HOUR, .to = MSEC_NEVER } };
	world_step(&w, &f);
	no = say(&w, 1, "198.51.100.8", EVIDENCE_TEXT);
	assert_string_equal(world_case(&w, no).line, "line-8");
	/* Somebody else's address by the time the answer comes: it proves nothing about line-8. */
	world_wait(&w, MSEC_MINUTE);
	f.kind = FACT_LEASE;
	f.lease = (struct lease_seen){ .addr = addr_of("198.51.100.8"), .line = "line-9",
		.from = w.now, .to = MSEC_NEVER };
	world_step(&w, &f);
	world_answer(&w, VERDICT_OPEN);
	assert_int_equal(world_case(&w, no).verified_times, 0);
	world_free(&w);
}

static void
test_policy_and_never_touch(void **state)
{
	(void)state;
	struct world w = world_new(2);
	struct prefix p;
	assert_int_equal(prefix_parse("192.0.2.66", 10, &p), 0);
	uint64_t no = say(&w, 1, "192.0.2.66", EVIDENCE_TEXT);
	assert_int_equal(policy_protect(w.policy, &p), 0); /* while the look is under way */
	world_answer(&w, VERDICT_OPEN);
	struct view_gate g[RUNG_N];
	view_gates(w.judge, no, w.now, g);
	assert_int_equal(g[RUNG_FILTER].missing, GATE_TOUCHABLE);
	assert_int_equal(w.orders[RUNG_FILTER] + w.orders[RUNG_NOTIFY], 0);
	/* Not ours at all: no case. Critical: no probe. */
	assert_int_equal(say(&w, 1, "8.8.8.8", EVIDENCE_TEXT), 0);
	say(&w, 1, "203.0.113.200", EVIDENCE_TEXT);
	assert_int_equal(w.looks[0], 1);
	world_free(&w);
}

/* Same AS, same sender, same evidence: one group each. Weak evidence together at most one half. */
static void
test_groups_and_weak_cap(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no = 0;
	struct view_score s;
	for (unsigned k = 1; k <= 3; k++) {
		world_pin(&w, k, Q32(90, 100), false, 0);
		struct report r = report_of(k, "192.0.2.4", EVIDENCE_TEXT);
		r.origin_as = k < 3 ? 64500 : 0;
		r.evidence_hash[0] = k > 1 ? 9 : 0;
		no = world_report(&w, &r);
	}
	view_score(w.judge, no, w.now, &s);
	assert_int_equal(s.groups, 1);
	assert_q(s.score, "0.540");
	for (unsigned k = 11; k <= 15; k++) {
		world_pin(&w, k, Q32(90, 100), false, 0);
		no = say(&w, k, "192.0.2.6", EVIDENCE_WEAK);
	}
	view_score(w.judge, no, w.now, &s);
	assert_int_equal(s.groups, 5);
	assert_q(s.score, "0.500");
	/* An unproven key with both their senders does not weld two proven ones together. */
	for (unsigned k = 21; k <= 22; k++) {
		world_pin(&w, k, Q32(90, 100), false, 0);
		no = say(&w, k, "192.0.2.8", EVIDENCE_TEXT);
	}
	struct report r = report_of(99, "192.0.2.8", EVIDENCE_TEXT);
	r.evidence_hash[3] = 1;
	memcpy(r.sender_hash, report_of(21, "192.0.2.8", EVIDENCE_TEXT).sender_hash, 16);
	world_report(&w, &r);
	view_score(w.judge, no, w.now, &s);
	assert_int_equal(s.groups, 2);
	world_free(&w);
}

static void
test_unsigned_of_one_origin_count_once(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no = 0;
	for (uint8_t i = 0; i < 10; i++) {
		struct report r = report_of(0, "192.0.2.4", EVIDENCE_TEXT);
		r.from = addr_of("198.18.0.1");
		r.sender_hash[0] = (uint8_t)(i + 1);
		no = world_report(&w, &r);
	}
	assert_q(world_case(&w, no).score, "0.050");
	world_free(&w);
}

static void
take_over(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	assert_int_equal(judge_restore(arg, kind, key, key_len, blob, n), 0);
}

/* A name finds its reporter while it has it, among any number of keys, and no other. */
static void
test_names(void **state)
{
	(void)state;
	struct world w = world_new(2);
	struct view_reporter v;
	for (unsigned k = 1; k <= 9; k++)
		say(&w, k, "192.0.2.1", EVIDENCE_TEXT);
	assert_false(view_reporter_named(w.judge, "desk", w.now, &v));
	assert_false(view_reporter_named(w.judge, "", w.now, &v));
	static const struct {
		unsigned key;
		const char *name;
	} said[] = { { 7, "desk" }, { 3, "noc" }, { 7, "help desk" }, { 8, "desk" }, { 3, "" } };
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct fact f = { .kind = FACT_REPORTER,
			.reporter = { .key = key_of(said[i].key), .as = 64500 } };
		strcpy(f.reporter.name, said[i].name);
		world_step(&w, &f);
		struct key k = key_of(said[i].key);
		assert_int_equal(view_reporter_named(w.judge, said[i].name, w.now, &v), said[i].name[0] != 0);
		if (said[i].name[0]) {
			assert_int_equal(key_cmp(&v.key, &k), 0);
			assert_int_equal(v.as, 64500);
		}
	}
	assert_true(view_reporter_named(w.judge, "help desk", w.now, &v));
	assert_false(view_reporter_named(w.judge, "noc", w.now, &v));
	assert_false(view_reporter_named(w.judge, "des", w.now, &v));
	struct judge *next = judge_new(world_oom);
	judge_each(w.judge, take_over, next);
	assert_int_equal(judge_restored(next, w.policy, w.now), 0);
	assert_true(view_reporter_named(next, "desk", w.now, &v));
	assert_false(view_reporter_named(next, "noc", w.now, &v));
	judge_free(next);
	world_free(&w);
}

/* 1/k to the k-th group; none to an unproven one that came after the verification. */
static void
test_credits(void **state)
{
	(void)state;
	struct world w = world_new(2);
	for (unsigned k = 1; k <= 4; k++) {
		w.now += MSEC_MINUTE;
		say(&w, k, "192.0.2.1", EVIDENCE_TEXT);
	}
	world_answer(&w, VERDICT_OPEN);
	assert_q(world_reporter(&w, 1).family[FAMILY_OPEN_SERVICE].a, "2.000");
	assert_q(world_reporter(&w, 2).family[FAMILY_OPEN_SERVICE].a, "1.500");
	assert_q(world_reporter(&w, 3).family[FAMILY_OPEN_SERVICE].a, "1.333");
	assert_q(world_reporter(&w, 4).family[FAMILY_OPEN_SERVICE].a, "1.000");
	say(&w, 5, "192.0.2.1", EVIDENCE_TEXT);
	world_wait(&w, MSEC_HOUR + 1);
	world_answer(&w, VERDICT_OPEN);
	assert_q(world_reporter(&w, 5).family[FAMILY_OPEN_SERVICE].a, "1.000");
	assert_true(world_reporter(&w, 1).family[FAMILY_OPEN_SERVICE].pooled);
	for (unsigned line = 10; line < 14; line++) {
		char a[16];
		snprintf(a, sizeof(a), "192.0.2.%u", line);
		say(&w, 1, a, EVIDENCE_TEXT);
		world_answer(&w, VERDICT_OPEN);
		assert_int_equal(world_reporter(&w, 1).family[FAMILY_OPEN_SERVICE].pooled, line < 13);
	}
	world_free(&w);
}

/* The second to say so, but after the verification: an echo earns nothing while unproven. */
static void
test_no_credit_for_an_echo(void **state)
{
	(void)state;
	struct world w = world_new(2);
	say(&w, 1, "192.0.2.1", EVIDENCE_TEXT);
	world_answer(&w, VERDICT_OPEN);
	w.now += MSEC_MINUTE;
	say(&w, 2, "192.0.2.1", EVIDENCE_TEXT);
	world_wait(&w, MSEC_HOUR + 1);
	assert_true(world_answer(&w, VERDICT_OPEN));
	assert_q(world_reporter(&w, 1).family[FAMILY_OPEN_SERVICE].a, "2.000");
	assert_q(world_reporter(&w, 2).family[FAMILY_OPEN_SERVICE].a, "1.000");
	world_free(&w);
}

/* Reports join a look done within the hour; news after it may look again. Without a flow source
 * even four closed looks cost nobody rank. */
static void
test_look_is_fresh_for_an_hour(void **state)
{
	(void)state;
	struct world w = world_new(2);
	say(&w, 1, "192.0.2.2", EVIDENCE_TEXT);
	world_answer(&w, VERDICT_CLOSED);
	world_answer(&w, VERDICT_CLOSED);
	world_wait(&w, 50 * MSEC_MINUTE);
	say(&w, 2, "192.0.2.2", EVIDENCE_TEXT);
	assert_false(world_answer(&w, VERDICT_CLOSED));
	world_wait(&w, 11 * MSEC_MINUTE);
	say(&w, 3, "192.0.2.2", EVIDENCE_TEXT);
	assert_true(world_answer(&w, VERDICT_CLOSED));
	assert_true(world_answer(&w, VERDICT_CLOSED));
	assert_int_equal(w.looks[0], 2);
	assert_int_equal(w.looks[1], 2);
	for (unsigned k = 1; k <= 3; k++)
		assert_int_equal(world_reporter(&w, k).family[FAMILY_OPEN_SERVICE].wrong, 0);
	world_free(&w);
}

/* Four closed looks and flows that covered the line cost rank, from the second line on; an answered
 * exchange clears; no flow source, no verdict. */
static void
test_verified_false(void **state)
{
	(void)state;
	for (int source = 0; source < 2; source++) {
		struct world w = world_new(2);
		w.policy->flow_source = source;
		static const char *const lines[] = { "192.0.2.30", "192.0.2.31", "192.0.2.32" };
		for (int i = 0; i < 3; i++) {
			say(&w, 1, lines[i], EVIDENCE_TEXT);
			if (i == 1) {
				struct fact f = { .kind = FACT_FLOW,
					.flow = { .subject = addr_of(lines[i]),
					    .port = 3128,
					    .cls = CLASS_OPEN_PROXY,
					    .when = w.now,
					    .answered_inbound = true } };
				world_step(&w, &f);
			}
			for (int pair = 0; pair < 2; pair++) {
				while (world_answer(&w, VERDICT_CLOSED))
					;
				if (pair == 1 && source)
					world_flows(&w, (struct flow_seen){ .covered = true });
				world_wait(&w, MSEC_HOUR + MSEC_MINUTE);
			}
			struct view_reporter v = world_reporter(&w, 1);
			static const unsigned wrong[] = { 1, 1, 2 };
			assert_int_equal(
			    v.family[FAMILY_OPEN_SERVICE].wrong, source ? wrong[i] : 0);
			char q[Q32_TEXT];
			assert_string_equal(q32_print(v.family[FAMILY_OPEN_SERVICE].b, 2, q),
			    source && i == 2 ? "5.00" : "4.00");
		}
		assert_int_equal(w.looks[0], source ? 6 : 3);
		assert_int_equal(w.asks, source ? 5 : 0); /* the cleared line is not asked about again */
		world_free(&w);
	}
}

static void
test_canaries_on_two_days(void **state)
{
	(void)state;
	struct world w = world_new(2);
	struct fact f = { .kind = FACT_CANARY, .canary.key = key_of(5) };
	for (int i = 0; i < 3; i++)
		world_step(&w, &f);
	assert_q(world_reporter(&w, 5).family[FAMILY_BOT].b, "4.000");
	w.now += MSEC_DAY;
	f.kind = FACT_CANARY;
	f.canary.key = key_of(5);
	world_step(&w, &f);
	assert_q(world_reporter(&w, 5).family[FAMILY_BOT].b, "24.000");
	world_free(&w);
}

/* One group may hold one order in force per rung here (5 % of few lines); the rest waits. */
static void
test_cap_and_backlog(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no[2];
	struct view_totals t;
	w.policy->lines = 20;
	for (int i = 0; i < 2; i++) {
		struct report r = report_of(1, i ? "192.0.2.41" : "192.0.2.40", EVIDENCE_TEXT);
		r.origin_as = 64500;
		no[i] = world_report(&w, &r);
		world_answer(&w, VERDICT_OPEN);
	}
	assert_int_equal(w.orders[RUNG_FILTER], 1);
	assert_int_equal(w.orders[RUNG_TICKET], 2);
	assert_true(w.events[EVENT_BACKLOG] > 0);
	view_totals(w.judge, &t);
	assert_int_equal(t.backlog, 1);
	assert_int_equal(world_case(&w, no[1]).rung, RUNG_TICKET);
	world_wait(&w, 9 * MSEC_DAY);
	while (world_answer(&w, VERDICT_CLOSED))
		;
	assert_int_equal(state_of(&w, no[0]), CASE_PROBATION);
	view_totals(w.judge, &t);
	assert_int_equal(t.backlog, 0);
	world_free(&w);
}

/* A class no check can verify is notified on score alone; one that only flows can is a ticket. */
static void
test_not_checkable(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_pin(&w, 1, Q32(90, 100), false, 0);
	struct report r = report_of(1, "192.0.2.50", EVIDENCE_STRONG);
	r.cls = CLASS_C2_SERVER;
	assert_int_equal(world_case(&w, world_report(&w, &r)).rung, RUNG_NOTIFY);
	r.cls = CLASS_SCANNER;
	assert_int_equal(world_case(&w, world_report(&w, &r)).rung, RUNG_TICKET);
	assert_int_equal(w.looks[0], 0);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_life),
		cmocka_unit_test(test_forgotten_in_the_end),
		cmocka_unit_test(test_fades),
		cmocka_unit_test(test_contested_stays_at_ticket),
		cmocka_unit_test(test_inconclusive_is_a_ticket),
		cmocka_unit_test(test_one_vantage_looks_twice),
		cmocka_unit_test(test_no_lease_no_more_than_a_ticket),
		cmocka_unit_test(test_policy_and_never_touch),
		cmocka_unit_test(test_groups_and_weak_cap),
		cmocka_unit_test(test_unsigned_of_one_origin_count_once),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_credits),
		cmocka_unit_test(test_no_credit_for_an_echo),
		cmocka_unit_test(test_look_is_fresh_for_an_hour),
		cmocka_unit_test(test_verified_false),
		cmocka_unit_test(test_canaries_on_two_days),
		cmocka_unit_test(test_cap_and_backlog),
		cmocka_unit_test(test_not_checkable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
