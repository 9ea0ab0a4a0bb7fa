/* SPDX-License-Identifier: BSD-2-Clause */
/* What strangers must not be able to do to each other, to a line, or to the judge's memory. */
#include "judge/parts.h"
#include "world.h"

static struct kase *
only_case(struct world *w)
{
	struct kase *c = case_by_no(w->judge, 1);
	assert_non_null(c);
	return c;
}

static bool
asked(struct world *w, const char *subject, uint16_t port)
{
	struct addr a = addr_of(subject);
	struct look l;
	for (size_t it = 0; judge_pending(w->judge, &it, &l);)
		if (addr_eq(&l.target, &a) && l.port == port)
			return true;
	return false;
}

/* A new port in every report must not keep us from where a proven source points. */
static void
test_ports_without_end(void **state)
{
	struct world w = world_new(2);
	struct report r = report_of(0, "192.0.2.1", EVIDENCE_TEXT);
	(void)state;
	world_pin(&w, 7, Q32(90, 100), false, 0);
	for (unsigned i = 0; i < 200; i++) {
		r = report_of(100 + i, "192.0.2.1", EVIDENCE_TEXT);
		r.port = (uint16_t)(40000 + i);
		world_report(&w, &r);
	}
	assert_true(w.looks[0] <= SLOTS);
	/* An unknown one that names a usual port is looked at with the class's ports. */
	r = report_of(300, "192.0.2.1", EVIDENCE_TEXT);
	world_report(&w, &r);
	assert_true(asked(&w, "192.0.2.1", 0));
	r = report_of(7, "192.0.2.1", EVIDENCE_TEXT);
	world_report(&w, &r);
	assert_true(asked(&w, "192.0.2.1", 3128));
	assert_true(w.looks[0] <= SLOTS);
	world_free(&w);
}

/* Who is in a full case already is heard again, and pushes nobody out by it. */
static void
test_full_case_hears_its_own(void **state)
{
	struct world w = world_new(2);
	struct report r;
	(void)state;
	world_pin(&w, 7, Q32(10, 100), false, 0);
	r = report_of(7, "192.0.2.1", EVIDENCE_TEXT);
	world_report(&w, &r);
	for (unsigned i = 0; i < CLAIMS; i++) {
		r = report_of(100 + i, "192.0.2.1", EVIDENCE_TEXT);
		world_report(&w, &r);
	}
	struct kase *c = only_case(&w);
	assert_int_equal(c->claims_n, CLAIMS);
	w.now += MSEC_DAY;
	for (unsigned i = 0; i < 10; i++) {
		r = report_of(7, "192.0.2.1", EVIDENCE_TEXT);
		world_report(&w, &r);
	}
	assert_int_equal(c->claims_n, CLAIMS);
	unsigned capped = w.events[EVENT_REPORT_CAPPED];
	r = report_of(100, "192.0.2.1", EVIDENCE_TEXT);
	r.event = w.now;
	world_report(&w, &r);
	assert_int_equal(w.events[EVENT_REPORT_CAPPED], capped);
	world_free(&w);
}

/* An order follows the address that was proven, whatever is reported about its neighbour on the line. */
static void
test_order_stays_with_the_proven(void **state)
{
	struct world w = world_new(2);
	struct report r = report_of(1, "2001:db8:1::1", EVIDENCE_TEXT);
	struct order o;
	uint64_t no = 0;
	bool filter = false;
	struct addr proven = addr_of("2001:db8:1::1");
	(void)state;
	world_prefix(w.policy, "2001:db8:1::/48", KIND_RESIDENTIAL, "line-6");
	world_report(&w, &r);
	r = report_of(2, "2001:db8:1::bad", EVIDENCE_TEXT);
	r.port = 0;
	world_report(&w, &r);
	while (world_answer(&w, VERDICT_OPEN) && !only_case(&w)->verified)
		;
	r = report_of(3, "2001:db8:1::bad", EVIDENCE_TEXT);
	world_report(&w, &r);
	while (view_order_next(w.judge, &no, &o))
		if (o.rung == RUNG_FILTER) {
			filter = true;
			assert_true(addr_eq(&o.target.a, &proven));
		}
	assert_true(filter);
	assert_true(addr_eq(&only_case(&w)->target, &proven));
	world_free(&w);
}

/* Not even asked for. */
static void
test_no_look_at_the_protected(void **state)
{
	struct world w = world_new(2);
	struct prefix p;
	struct report r = report_of(1, "192.0.2.53", EVIDENCE_TEXT);
	(void)state;
	assert_int_equal(prefix_parse("192.0.2.53", 10, &p), 0);
	assert_int_equal(policy_protect(w.policy, &p), 0);
	world_report(&w, &r);
	assert_int_equal(w.looks[0] + w.looks[1], 0);
	world_free(&w);
}

/* Another's name on one's report, and an earlier time, do not take over the other's credit. */
static void
test_borrowed_name(void **state)
{
	struct world w = world_new(2);
	struct report honest = report_of(1, "192.0.2.1", EVIDENCE_TEXT), thief;
	struct view_reporter v;
	(void)state;
	world_report(&w, &honest);
	w.now += 10 * MSEC_MINUTE;
	thief = report_of(2, "192.0.2.1", EVIDENCE_TEXT);
	memcpy(thief.sender_hash, honest.sender_hash, sizeof(thief.sender_hash));
	thief.event = T0 - 30 * MSEC_MINUTE;
	world_report(&w, &thief);
	assert_true(world_answer(&w, VERDICT_OPEN));
	assert_int_equal(w.events[EVENT_CREDIT], 1);
	assert_true(view_reporter_next(w.judge, NULL, w.now, &v));
	assert_int_equal(key_cmp(&v.key, &honest.key), 0);
	assert_int_equal(v.family[FAMILY_OPEN_SERVICE].right, 1);
	world_free(&w);
}

/* Cases are as many as may be; those that mean something stay. */
static void
test_cases_have_a_cap(void **state)
{
	struct world w = world_new(2);
	struct report r = report_of(1, "192.0.2.1", EVIDENCE_TEXT);
	char text[32];
	(void)state;
	w.judge->cap_cases = 16;
	world_report(&w, &r);
	assert_true(world_answer(&w, VERDICT_OPEN));
	for (unsigned i = 2; i < 200; i++) {
		snprintf(text, sizeof(text), "192.0.2.%u", i);
		r = report_of(0, text, EVIDENCE_TEXT);
		assert_true(world_report(&w, &r) > 0);
		judge_dirty(w.judge, NULL, NULL);
		assert_true(w.judge->of[STATE_CASE].count <= 16);
	}
	assert_true(only_case(&w)->verified);
	assert_int_equal(w.judge->claims, 16);
	/* None to forget: the report is kept, no case is. */
	for (struct tree_node *n = tree_first(&w.judge->of[STATE_CASE]); n;
	     n = tree_next(&w.judge->of[STATE_CASE], n)) {
		struct kase *c = (struct kase *)TREE_ENTRY(n, struct obj, node);
		c->contested = true;
		case_due(w.judge, c);
	}
	r = report_of(0, "192.0.2.250", EVIDENCE_TEXT);
	assert_int_equal(world_report(&w, &r), 0);
	assert_int_equal(w.judge->of[STATE_CASE].count, 16);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports_without_end),
		cmocka_unit_test(test_full_case_hears_its_own),
		cmocka_unit_test(test_order_stays_with_the_proven),
		cmocka_unit_test(test_no_look_at_the_protected),
		cmocka_unit_test(test_borrowed_name),
		cmocka_unit_test(test_cases_have_a_cap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
