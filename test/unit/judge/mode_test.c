/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operator says of the whole: mode and panic, never-touch, and the gates that wait for a clock. */
#include "world.h"

#define MANY 50000

static struct view_desk
desk(const struct world *w)
{
	struct view_desk v;
	view_desk(w->judge, &v);
	return v;
}

static size_t
told(const struct world *w)
{
	size_t n = 0;
	for (size_t i = 0; i < w->out.n; i++)
		n += w->out.v[i].kind == EFFECT_ORDER;
	return n;
}

/* Orders are would in observe and in panic, and turn by the same numbers. */
static void
test_flips(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no = world_proven(&w, "192.0.2.1");
	struct view_case c = world_case(&w, no);
	static const struct {
		enum mode mode;
		bool panic, would, turns;
	} steps[] = {
		{ MODE_OBSERVE, false, true, false },
		{ MODE_ENFORCE, false, false, true },
		{ MODE_ENFORCE, false, false, false },
		{ MODE_ENFORCE, true, true, true },
		{ MODE_OBSERVE, true, true, false },
		{ MODE_ENFORCE, true, true, false },
		{ MODE_ENFORCE, false, false, true },
		{ MODE_OBSERVE, false, true, true },
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct order was = world_order(&w, c.order[RUNG_FILTER], &(bool){ 0 });
		world_mode(&w, steps[i].mode, steps[i].panic);
		assert_int_equal(told(&w), steps[i].turns ? 3 : 0);
		assert_int_equal(desk(&w).mode, steps[i].mode);
		assert_int_equal(desk(&w).panic, steps[i].panic);
		assert_int_equal(desk(&w).enforced, steps[i].would ? 0 : 2);
		assert_int_equal(desk(&w).standing, 3);
		for (enum rung r = RUNG_TICKET; r < RUNG_QUARANTINE; r++)
			assert_int_equal(world_order(&w, c.order[r], &(bool){ 0 }).would, steps[i].would);
		struct order is = world_order(&w, c.order[RUNG_FILTER], &(bool){ 0 });
		assert_int_equal(is.expiry, was.expiry);
		world_restart(&w);
		assert_int_equal(desk(&w).enforced, steps[i].would ? 0 : 2);
	}
	assert_int_equal(w.events[EVENT_MODE], 8);
	world_mode(&w, MODE_ENFORCE, false);
	no = world_proven(&w, "192.0.2.7");
	assert_false(world_order(&w, world_case(&w, no).order[RUNG_FILTER], &(bool){ 0 }).would);
	assert_int_equal(desk(&w).enforced, 4);
	world_free(&w);
}

/* As many as a node carries, in one step. Ended ones stay as they were. */
static void
test_flips_many(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_prefix(w.policy, "198.18.0.0/15", KIND_RESIDENTIAL, "");
	w.policy->params.order_share = 100;
	world_pin(&w, 3, Q32(90, 100), true, 0);
	struct report r = report_of(3, "198.18.0.0", EVIDENCE_STRONG);
	for (unsigned i = 0; i < MANY; i++) {
		r.subject.b[1] = (uint8_t)(18 + (i >> 16));
		r.subject.b[2] = (uint8_t)(i >> 8);
		r.subject.b[3] = (uint8_t)i;
		world_report(&w, &r);
	}
	uint64_t standing = desk(&w).standing;
	assert_true(standing >= MANY);
	struct order o;
	uint64_t it = 0;
	assert_true(view_standing_next(w.judge, &it, &o));
	world_desk(&w, DESK_UNDO, o.no, NULL);
	world_mode(&w, MODE_ENFORCE, false);
	assert_int_equal(told(&w), standing - 1);
	assert_true(world_order(&w, o.no, &(bool){ 0 }).would);
	it = 0;
	while (view_standing_next(w.judge, &it, &o))
		assert_false(o.would);
	world_free(&w);
}

/* Holding it or held by it, the prefix is not touched; taken off the list, it may be again. */
static void
test_never_touch(void **state)
{
	(void)state;
	static const char *const near[] = { "192.0.2.0/24", "192.0.2.1", "0.0.0.0/0" };
	for (size_t i = 0; i < 3; i++) {
		struct world w = world_new(2);
		world_mode(&w, MODE_ENFORCE, false);
		uint64_t no = world_proven(&w, "192.0.2.1");
		struct view_case c = world_case(&w, no);
		world_protect(&w, "192.0.2.2", true);
		world_protect(&w, "2001:db8::/32", true);
		assert_int_equal(told(&w), 0);
		world_protect(&w, near[i], true);
		assert_int_equal(told(&w), 2);
		bool standing;
		assert_true(world_order(&w, c.order[RUNG_FILTER], &standing).dropped);
		assert_false(standing);
		assert_true(world_order(&w, c.order[RUNG_NOTIFY], &standing).dropped);
		assert_false(world_order(&w, c.order[RUNG_TICKET], &standing).dropped);
		assert_true(standing);
		assert_int_equal(desk(&w).enforced, 0);
		assert_true(world_missing(&w, no, RUNG_FILTER) & GATE_TOUCHABLE);
		world_restart(&w);
		assert_true(world_missing(&w, no, RUNG_FILTER) & GATE_TOUCHABLE);
		unsigned looks = w.looks[0];
		world_wait(&w, 2 * MSEC_HOUR);
		assert_int_equal(w.looks[0], looks);
		world_protect(&w, near[i], true); /* said twice */
		world_protect(&w, near[i], false);
		assert_int_equal(world_missing(&w, no, RUNG_FILTER) & GATE_TOUCHABLE, 0);
		world_wait(&w, MSEC_DAY);
		assert_true(world_answer(&w, VERDICT_OPEN));
		assert_true(world_case(&w, no).order[RUNG_FILTER] > c.order[RUNG_FILTER]);
		world_free(&w);
	}
}

/* A delegated prefix that holds a protected address is not touched as a whole, the proven address in it
 * may be filtered. */
static void
test_never_touch_inside(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_prefix(w.policy, "2001:db8:1::/48", KIND_RESIDENTIAL, "line-6");
	world_protect(&w, "2001:db8:1::53", true);
	struct report r = report_of(1, "2001:db8:1::9", EVIDENCE_TEXT);
	uint64_t no = world_report(&w, &r);
	assert_true(world_answer(&w, VERDICT_OPEN));
	assert_int_equal(world_missing(&w, no, RUNG_NOTIFY), GATE_TOUCHABLE);
	assert_int_equal(world_missing(&w, no, RUNG_FILTER), 0);
	assert_int_equal(w.orders[RUNG_NOTIFY], 0);
	assert_int_equal(w.orders[RUNG_FILTER], 1);
	world_free(&w);
}

static void
test_protect_list(void **state)
{
	(void)state;
	struct world w = world_new(2);
	static const char *const said[] = { "203.0.113.0/24", "192.0.2.1", "198.51.100.0/25", "2001:db8::/32" };
	static const char *const want[] = { "198.51.100.0/25", "192.0.2.1/32", "2001:db8::/32" };
	char text[PREFIX_TEXT];
	struct prefix p;
	size_t n = 0;
	for (int i = 0; i < 4; i++)
		world_protect(&w, said[i], true);
	world_protect(&w, said[0], false);
	world_protect(&w, said[0], false);
	world_restart(&w);
	for (size_t it = 0; view_protect_next(w.judge, &it, &p); n++)
		assert_string_equal(prefix_print(&p, text), want[n]);
	assert_int_equal(n, 3);
	world_free(&w);
}

/* A new configuration with more on its list withdraws, too. */
static void
test_never_touch_by_configuration(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no = world_proven(&w, "192.0.2.1");
	struct prefix p;
	assert_int_equal(prefix_parse("192.0.2.0/30", 12, &p), 0);
	assert_int_equal(policy_protect(w.policy, &p), 0);
	struct fact f = { .kind = FACT_CONF, .conf = { .text = "", .policy = w.policy } };
	world_step(&w, &f);
	assert_int_equal(told(&w), 2);
	assert_int_equal(world_case(&w, no).order[RUNG_FILTER], 0);
	world_free(&w);
}

/* Filters on what flows verify have nothing to go by yet. */
static void
test_scope(void **state)
{
	(void)state;
	struct world w = world_new(2);
	struct report r = report_of(1, "192.0.2.60", EVIDENCE_STRONG);
	world_pin(&w, 1, Q32(90, 100), false, 0);
	r.cls = CLASS_SCANNER;
	uint64_t no = world_report(&w, &r);
	struct fact f = { .kind = FACT_FLOW, .flow = { .subject = addr_of("192.0.2.60"), .port = 23,
		.cls = CLASS_SCANNER, .when = w.now, .active = true } };
	world_step(&w, &f);
	assert_int_equal(world_case(&w, no).verified_times, 1);
	assert_int_equal(w.orders[RUNG_NOTIFY], 1);
	assert_int_equal(w.orders[RUNG_FILTER], 0);
	assert_int_equal(world_missing(&w, no, RUNG_FILTER), GATE_SCOPE);
	world_free(&w);
}

/* Too many filters in an hour hold new quarantines until an hour with fewer has passed. */
static void
test_breaker(void **state)
{
	(void)state;
	struct world w = world_new(2);
	char a[16];
	world_reach(&w);
	w.policy->lines = 100000;
	w.policy->quarantine = 1u << CLASS_OPEN_PROXY;
	w.policy->params.breaker_filters = 3;
	w.now = T0 / MSEC_HOUR * MSEC_HOUR + 90 * MSEC_MINUTE;
	uint64_t no = world_proven(&w, "192.0.2.1");
	world_wait(&w, MSEC_HOUR + 1); /* half past the hour */
	for (unsigned i = 20; i < 23; i++) {
		assert_false(desk(&w).breaker);
		snprintf(a, sizeof(a), "192.0.2.%u", i);
		struct report r = report_of(i, a, EVIDENCE_TEXT);
		r.event = w.now;
		uint64_t other = world_report(&w, &r);
		while (world_case(&w, other).verified_times == 0)
			assert_true(world_answer(&w, VERDICT_OPEN));
	}
	assert_true(desk(&w).breaker);
	assert_int_equal(w.events[EVENT_BREAKER], 1);
	world_active(&w, "192.0.2.1");
	while (world_answer(&w, VERDICT_OPEN))
		;
	assert_int_equal(world_case(&w, no).verified_times, 2);
	assert_int_equal(world_missing(&w, no, RUNG_QUARANTINE), GATE_BREAKER);
	assert_int_equal(w.orders[RUNG_QUARANTINE], 0);
	world_restart(&w);
	world_wait(&w, MSEC_HOUR); /* the hour that tripped it, and half of the next */
	assert_true(desk(&w).breaker);
	assert_int_equal(w.orders[RUNG_QUARANTINE], 0);
	while (world_answer(&w, VERDICT_OPEN))
		;
	world_active(&w, "192.0.2.1");
	world_wait(&w, 29 * MSEC_MINUTE);
	assert_true(desk(&w).breaker);
	world_active(&w, "192.0.2.1");
	world_wait(&w, MSEC_MINUTE);
	assert_false(desk(&w).breaker);
	assert_int_equal(w.events[EVENT_BREAKER], 2);
	assert_int_equal(world_missing(&w, no, RUNG_QUARANTINE), 0);
	assert_int_equal(w.orders[RUNG_QUARANTINE], 1);
	world_free(&w);
}

/* Three groups that are sure need no attack to be active; they wait for the desk to be there. */
static void
test_desk_hours(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_reach(&w);
	w.policy->quarantine = 1u << CLASS_OPEN_PROXY;
	w.policy->desk_from = 7 * 60;
	w.policy->desk_to = 17 * 60;
	w.now = (T0 / MSEC_DAY + 1) * MSEC_DAY + 19 * MSEC_HOUR;
	uint64_t no = 0;
	for (unsigned k = 1; k <= 3; k++) {
		world_pin(&w, k, Q32(90, 100), false, 0);
		struct report r = report_of(k, "192.0.2.1", EVIDENCE_STRONG);
		r.event = w.now;
		no = world_report(&w, &r);
	}
	assert_true(world_answer(&w, VERDICT_OPEN));
	world_wait(&w, MSEC_HOUR + 1);
	assert_true(world_answer(&w, VERDICT_OPEN));
	assert_int_equal(world_missing(&w, no, RUNG_QUARANTINE), GATE_HOURS);
	world_wait(&w, 11 * MSEC_HOUR - 2);
	assert_int_equal(w.orders[RUNG_QUARANTINE], 0);
	world_wait(&w, 1);
	assert_int_equal(w.orders[RUNG_QUARANTINE], 1);
	world_free(&w);

	w = world_new(2); /* an active attack waits for nobody */
	world_reach(&w);
	w.policy->quarantine = 1u << CLASS_OPEN_PROXY;
	w.policy->desk_from = 22 * 60; /* over midnight */
	w.policy->desk_to = 6 * 60;
	w.now = (T0 / MSEC_DAY + 1) * MSEC_DAY + 12 * MSEC_HOUR;
	world_twice(&w, "192.0.2.1");
	assert_int_equal(w.orders[RUNG_QUARANTINE], 1);
	world_free(&w);
}

/* What the hour has no more room for comes in the next. */
static void
test_quarantines_an_hour(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_reach(&w);
	w.policy->lines = 100000;
	w.policy->quarantine = 1u << CLASS_OPEN_PROXY;
	w.policy->params.quarantine_per_hour = 1;
	w.now = (T0 / MSEC_HOUR + 1) * MSEC_HOUR;
	world_proven(&w, "192.0.2.1");
	uint64_t no = world_proven(&w, "192.0.2.7");
	world_wait(&w, MSEC_HOUR + MSEC_MINUTE);
	world_active(&w, "192.0.2.1");
	world_active(&w, "192.0.2.7");
	while (world_answer(&w, VERDICT_OPEN))
		;
	assert_int_equal(w.orders[RUNG_QUARANTINE], 1);
	assert_int_equal(world_missing(&w, no, RUNG_QUARANTINE), GATE_CAP);
	world_wait(&w, 58 * MSEC_MINUTE);
	assert_int_equal(w.orders[RUNG_QUARANTINE], 1);
	world_active(&w, "192.0.2.7");
	world_wait(&w, MSEC_MINUTE);
	assert_int_equal(w.orders[RUNG_QUARANTINE], 2);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flips),
		cmocka_unit_test(test_flips_many),
		cmocka_unit_test(test_never_touch),
		cmocka_unit_test(test_never_touch_inside),
		cmocka_unit_test(test_protect_list),
		cmocka_unit_test(test_never_touch_by_configuration),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_breaker),
		cmocka_unit_test(test_desk_hours),
		cmocka_unit_test(test_quarantines_an_hour),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
