/* SPDX-License-Identifier: BSD-2-Clause */
/* The design's worked examples, number by number. */
#include "world.h"

static void
test_unknown_key_then_pinned(void **state)
{
	(void)state;
	struct world w = world_new(2);
	struct report r = report_of(1, "192.0.2.1", EVIDENCE_TEXT);
	uint64_t no = world_report(&w, &r);
	assert_true(no != 0);
	assert_q(world_case(&w, no).score, "0.050");
	assert_int_equal(w.looks[0], 1);
	assert_int_equal(w.looks[1], 0);
	assert_true(world_answer(&w, VERDICT_OPEN));
	struct view_case c = world_case(&w, no);
	assert_q(c.score, "0.905");
	assert_int_equal(c.state, CASE_ACTED);
	assert_int_equal(c.rung, RUNG_FILTER);
	assert_int_equal(c.port, 3128);
	assert_string_equal(c.line, "line-1");
	assert_int_equal(w.orders[RUNG_TICKET], 1);
	assert_int_equal(w.orders[RUNG_NOTIFY], 1);
	assert_int_equal(w.orders[RUNG_FILTER], 1);
	struct order o;
	uint64_t it = 3;
	assert_true(view_order_next(w.judge, &it, &o));
	assert_int_equal(o.rung, RUNG_FILTER);
	assert_true(o.would);
	assert_int_equal(o.proto, 6);
	assert_int_equal(o.port, 3128);
	assert_int_equal(o.inbound, 1);
	assert_in_range(o.expiry - w.now, 8 * MSEC_DAY, 9 * MSEC_DAY);

	world_pin(&w, 2, Q32(90, 100), false, 0);
	r = report_of(2, "192.0.2.1", EVIDENCE_TEXT);
	assert_int_equal(world_report(&w, &r), no);
	assert_q(world_case(&w, no).score, "0.956");
	struct view_score s;
	view_score(w.judge, no, w.now, &s);
	assert_int_equal(s.groups, 2);
	assert_int_equal(s.shown, 3);
	assert_true(s.group[0].own_probe);
	assert_q(s.group[1].w, "0.540");
	assert_true(s.group[2].pooled);
	assert_q(s.group[2].w, "0.050");
	world_free(&w);
}

static void
test_pinned_alone(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_pin(&w, 2, Q32(90, 100), false, 0);
	struct report r = report_of(2, "192.0.2.1", EVIDENCE_TEXT);
	uint64_t no = world_report(&w, &r);
	assert_q(world_case(&w, no).score, "0.540");
	assert_true(world_answer(&w, VERDICT_OPEN));
	assert_q(world_case(&w, no).score, "0.954");
	world_free(&w);
}

static void
test_notify_on_sight(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_pin(&w, 3, Q32(90, 100), true, 36 * MSEC_HOUR);
	struct report r = report_of(3, "192.0.2.7", EVIDENCE_STRONG);
	r.event = w.now - MSEC_DAY;
	uint64_t no = world_report(&w, &r);
	assert_q(world_case(&w, no).score, "0.900");
	assert_int_equal(w.orders[RUNG_NOTIFY], 1);
	assert_int_equal(w.orders[RUNG_FILTER], 0);
	struct view_gate g[RUNG_N];
	view_gates(w.judge, no, w.now, g);
	assert_true(g[RUNG_NOTIFY].open);
	assert_int_equal(g[RUNG_FILTER].missing, GATE_VERIFIED);
	assert_true(world_answer(&w, VERDICT_OPEN));
	assert_int_equal(w.orders[RUNG_NOTIFY], 1);
	assert_int_equal(w.orders[RUNG_FILTER], 1);
	world_free(&w);
}

/* On sight in one class is not on sight in another. */
static void
test_on_sight_is_by_class(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_pin(&w, 3, Q32(90, 100), true, 36 * MSEC_HOUR);
	struct report r = report_of(3, "192.0.2.7", EVIDENCE_STRONG);
	r.cls = CLASS_EXPOSED_SERVICE;
	world_report(&w, &r);
	assert_int_equal(w.orders[RUNG_NOTIFY], 0);
	world_free(&w);
}

/* The operator's own rule: a ticket when three network operators say so, at whatever score. */
static void
test_operators_rule(void **state)
{
	(void)state;
	struct world w = world_new(2);
	w.policy->params.ticket_networks = 3;
	for (unsigned key = 1; key <= 4; key++) {
		struct fact f = { .kind = FACT_REPORTER, .reporter = { .key = key_of(key),
			.standing = key == 1 ? STANDING_ORG : STANDING_NETWORK } };
		world_step(&w, &f);
	}
	for (unsigned key = 1; key <= 4; key++) {
		struct report r = report_of(key, "192.0.2.9", EVIDENCE_WEAK);
		world_report(&w, &r);
		assert_int_equal(w.orders[RUNG_TICKET], key == 4);
	}
	assert_int_equal(w.orders[RUNG_NOTIFY], 0);
	world_free(&w);
}

static void
test_a_thousand_unknown_keys(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no = 0;
	for (unsigned i = 1; i <= 1000; i++) {
		struct report r = report_of(i, "192.0.2.9", EVIDENCE_TEXT);
		w.now += 3000;
		no = world_report(&w, &r);
		if (i == 500)
			assert_true(world_answer(&w, VERDICT_NO_ANSWER));
	}
	assert_q(world_case(&w, no).score, "0.250");
	while (world_answer(&w, VERDICT_CLOSED))
		;
	struct view_case c = world_case(&w, no);
	assert_int_equal(c.state, CASE_CLOSED);
	assert_int_equal(c.closed_as, CLOSE_NOT_FOUND);
	assert_int_equal(c.reports, 1000);
	/* One look from each vantage and one retry, however many reports came. */
	assert_int_equal(w.looks[0], 2);
	assert_int_equal(w.looks[1], 1);
	for (int r = RUNG_TICKET; r < RUNG_N; r++)
		assert_int_equal(w.orders[r], 0);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_key_then_pinned),
		cmocka_unit_test(test_pinned_alone),
		cmocka_unit_test(test_notify_on_sight),
		cmocka_unit_test(test_on_sight_is_by_class),
		cmocka_unit_test(test_operators_rule),
		cmocka_unit_test(test_a_thousand_unknown_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
