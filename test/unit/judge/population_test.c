/* SPDX-License-Identifier: BSD-2-Clause */
/* Many lines at one victim: one case, one question to a person, one order from all lines; never by rule,
 * never at what is ours or protected, never for long. */
#include "world.h"

#define VICTIM "100.64.7.9/32"

static uint64_t
attack(struct world *w, const char *victim, uint16_t port, uint32_t sampling)
{
	struct fact f = { .kind = FACT_POPULATION, .population = { .group = 1, .proto = 17, .port = port,
		.lines = 213, .samples = 400, .sampling = sampling, .mean_size = 750, .pps = 400000,
		.bps = UINT64_C(2400000000), .source = 1, .from = w->now - 8000, .to = w->now } };
	assert_int_equal(prefix_parse(victim, strlen(victim), &f.population.victim), 0);
	return world_step(w, &f);
}

static uint64_t
filter_of(const struct world *w, uint64_t no)
{
	return world_case(w, no).order[RUNG_FILTER];
}

static void
test_one_order(void **state)
{
	struct world w = world_new(2);
	bool stands;
	(void)state;
	world_mode(&w, MODE_ENFORCE, false);
	uint64_t no = attack(&w, VICTIM, 80, 1000);
	assert_true(no);
	uint64_t ask = filter_of(&w, no);
	struct order o = world_order(&w, ask, &stands);
	assert_true(ask && stands && o.asked && o.all && !o.inbound);
	assert_int_equal(o.proto, 17);
	assert_int_equal(o.port, 80);
	assert_int_equal(o.target.len, 0);
	assert_int_equal(o.peer.len, 32);
	assert_int_equal(w.orders[RUNG_TICKET], 1);
	/* Told again: the same question, not another; nobody else is touched. */
	world_wait(&w, MSEC_MINUTE);
	assert_int_equal(attack(&w, VICTIM, 80, 1000), no);
	assert_int_equal(filter_of(&w, no), ask);
	assert_int_equal(w.orders[RUNG_FILTER], 1);
	assert_int_equal(world_desk(&w, DESK_APPROVE, ask, NULL), no);
	o = world_order(&w, ask, &stands);
	assert_true(stands && !o.asked && !o.would && o.by == 1001 && o.all);
	assert_true(o.expiry - w.now <= MSEC_HOUR);
	assert_int_equal(world_case(&w, no).population.lines, 213);
	/* It ends by itself; while the attack goes on a person is asked again. */
	for (int i = 0; i < 9; i++) {
		world_wait(&w, 7 * MSEC_MINUTE);
		attack(&w, VICTIM, 80, 1000);
	}
	uint64_t again = filter_of(&w, no);
	assert_true(again && again != ask);
	assert_true(world_order(&w, again, &stands).asked);
	/* A day of peace closes the case. */
	world_wait(&w, 2 * MSEC_DAY);
	assert_int_equal(world_case(&w, no).state, CASE_CLOSED);
	world_free(&w);
}

static void
test_not_by_rule(void **state)
{
	struct world w = world_new(2);
	(void)state;
	world_mode(&w, MODE_ENFORCE, false);
	assert_int_equal(attack(&w, "192.0.2.9/32", 80, 1000), 0);    /* ours */
	assert_int_equal(attack(&w, "192.0.0.0/16", 80, 1000), 0);    /* too wide */
	uint64_t no = attack(&w, "100.64.8.0/24", 0, 0);              /* rates nobody knows */
	assert_true(no);
	assert_int_equal(filter_of(&w, no), 0);
	world_protect(&w, "100.64.9.1/32", true);
	no = attack(&w, "100.64.9.0/24", 0, 1000);
	assert_int_equal(filter_of(&w, no), 0);
	/* Protected while it waits: the question goes. */
	no = attack(&w, VICTIM, 80, 1000);
	assert_true(filter_of(&w, no));
	world_protect(&w, "192.0.2.77/32", true); /* another place: nothing follows */
	assert_true(filter_of(&w, no));
	world_protect(&w, VICTIM, true);
	assert_int_equal(filter_of(&w, no), 0);
	/* Gone before anybody answered: too late to approve. */
	no = attack(&w, "100.64.7.10/32", 80, 1000);
	uint64_t ask = filter_of(&w, no);
	world_wait(&w, 11 * MSEC_MINUTE);
	world_desk(&w, DESK_APPROVE, ask, NULL);
	bool stands;
	assert_true(world_order(&w, ask, &stands).asked);
	/* Rejected: not asked again for that case. */
	world_desk(&w, DESK_REJECT, ask, NULL);
	attack(&w, "100.64.7.10/32", 80, 1000);
	assert_int_equal(filter_of(&w, no), 0);
	world_free(&w);
}

/* Another port while a person looks at the first: what he approves is not what he gets. */
static void
test_moved(void **state)
{
	struct world w = world_new(2);
	bool stands;
	(void)state;
	world_mode(&w, MODE_ENFORCE, false);
	uint64_t no = attack(&w, VICTIM, 80, 1000), first = filter_of(&w, no);
	attack(&w, VICTIM, 0, 1000);
	uint64_t second = filter_of(&w, no);
	assert_int_not_equal(first, second);
	assert_int_equal(world_desk(&w, DESK_APPROVE, first, NULL), 0);
	world_desk(&w, DESK_APPROVE, second, NULL);
	assert_int_equal(world_order(&w, second, &stands).port, 0);
	assert_true(stands && !world_order(&w, second, &stands).asked);
	world_free(&w);
}

static void
see_nothing(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	assert_int_equal(judge_restore(arg, kind, key, key_len, blob, n), 0);
}

static void
test_kept(void **state)
{
	struct world w = world_new(2);
	(void)state;
	uint64_t no = attack(&w, VICTIM, 80, 1000);
	struct judge *old = w.judge, *twin = judge_new(world_oom);
	judge_each(old, see_nothing, twin);
	assert_int_equal(judge_restored(twin, w.policy, w.now), 0);
	w.judge = twin;
	struct view_case v = world_case(&w, no);
	assert_int_equal(v.population.lines, 213);
	assert_int_equal(v.population.bps, UINT64_C(2400000000));
	judge_free(old);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_order),
		cmocka_unit_test(test_not_by_rule),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
