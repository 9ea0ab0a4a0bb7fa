/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose look is next: half by score, half by turns of networks and keys, one in twenty by lot, and no
 * network of ours knocked at from all sides. */
#include "judge/parts.h"
#include "world.h"

/* Reports 10.A.x.y by key, from AS; different subjects, one look each. */
static void
report(struct world *w, unsigned key, uint32_t as, unsigned a, unsigned n)
{
	char subject[32];
	snprintf(subject, sizeof(subject), "10.%u.%u.%u", a, n >> 8, n & 255);
	struct report r = report_of(key, subject, EVIDENCE_TEXT);
	r.origin_as = as;
	r.event = w->now;
	world_report(w, &r);
}

static struct world
wide_world(void)
{
	struct world w = world_new(2);
	world_prefix(w.policy, "10.0.0.0/8", KIND_RESIDENTIAL, "");
	w.policy->flow_source = true;
	return w;
}

/* Closes looks one by one as a probe with one hand would, until one of 10.A is among them. */
static unsigned
served_after(struct world *w, unsigned a, unsigned most)
{
	for (unsigned i = 0; i < most; i++) {
		struct look l;
		size_t it = 0;
		assert_true(judge_pending(w->judge, &it, &l));
		if (l.target.b[1] == a)
			return i;
		assert_true(world_answer(w, VERDICT_CLOSED));
	}
	return most;
}

/* Each look comes by once, whatever orders it stands in. */
static void
test_a_walk_is_whole(void **state)
{
	(void)state;
	struct world w = wide_world();
	static uint8_t seen[1000];
	struct look l;
	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < 300; i++)
		report(&w, 1 + i % 7, 64500 + i % 5, 1 + i % 3, i);
	for (int round = 0; round < 2; round++) {
		unsigned n = 0;
		for (size_t it = 0; judge_pending(w.judge, &it, &l); n++) {
			unsigned at = (unsigned)l.target.b[2] << 8 | l.target.b[3];
			assert_int_equal(seen[at], round);
			seen[at]++;
		}
		assert_int_equal(n, 300);
		world_restart(&w);
	}
	world_free(&w);
}

/* The order is made of what is kept: the same after a restart, at any time. */
static void
test_the_order_is_kept(void **state)
{
	(void)state;
	struct world w = wide_world();
	for (unsigned i = 0; i < 200; i++)
		report(&w, 1 + i % 11, 64500 + i % 4, 1 + i % 3, i);
	for (int n = 0; n < 60; n++) {
		uint64_t before[20], after[20];
		struct look l;
		size_t it = 0;
		for (int i = 0; i < 20 && judge_pending(w.judge, &it, &l); i++)
			before[i] = l.no;
		world_restart(&w);
		it = 0;
		for (int i = 0; i < 20 && judge_pending(w.judge, &it, &l); i++)
			after[i] = l.no;
		assert_memory_equal(before, after, sizeof(before));
		world_answer(&w, n % 3 ? VERDICT_CLOSED : VERDICT_NO_ANSWER);
	}
	world_free(&w);
}

/* What is sure goes before all. */
static void
test_urgent_first(void **state)
{
	(void)state;
	struct world w = wide_world();
	struct look l;
	size_t it = 0;
	for (unsigned i = 0; i < 500; i++)
		report(&w, 1 + i, 64500, 1, i);
	assert_true(world_answer(&w, VERDICT_CLOSED)); /* so that it is not the turn of the score */
	world_pin(&w, 2000, Q32(90, 100), false, 0);
	struct report r = report_of(2000, "10.9.0.1", EVIDENCE_STRONG);
	r.origin_as = 64500;
	world_report(&w, &r);
	assert_true(judge_pending(w.judge, &it, &l));
	assert_int_equal(l.target.b[1], 9);
	world_free(&w);
}

/* One report of another network, or of another key of the same, waits for a turn, not for the flood. */
static void
test_a_turn_each(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++) {
		struct world w = wide_world();
		for (unsigned i = 0; i < 2000; i++)
			report(&w, 1 + i % 3, 64500, 1, i);
		report(&w, 3000, same ? 64500 : 64501, 2, 1);
		assert_true(served_after(&w, 2, 40) < 20);
		/* And so does its next. */
		while (world_answer(&w, VERDICT_CLOSED) && served_after(&w, 2, 1) == 0)
			;
		report(&w, 3000, same ? 64500 : 64501, 3, 1);
		assert_true(served_after(&w, 3, 60) < 30);
		world_free(&w);
	}
}

/* Many networks of one attacker: each has its turn before another has its second. */
static void
test_networks_in_turn(void **state)
{
	(void)state;
	struct world w = wide_world();
	for (unsigned i = 0; i < 2000; i++)
		report(&w, 1 + i, 60000 + i % 50, 1, i);
	report(&w, 3000, 64501, 2, 1);
	assert_true(served_after(&w, 2, 400) < 130); /* 50 turns, every other look */
	world_free(&w);
}

/* Who names a target first does not keep it in his own long line. */
static void
test_named_first_is_no_hiding(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++) {
		struct world w = wide_world();
		for (unsigned i = 0; i < 3000; i++) /* of higher score each */
			report(&w, 1 + i / 1000, 64500, 1, i % 1000);
		report(&w, 1, 64500, 2, 1);
		report(&w, 3000, same ? 64500 : 64501, 2, 1);
		struct slot want = { .look.no = 1001 };
		struct tree_node *n = tree_find(&w.judge->looks, &want.by_no);
		assert_int_equal(TREE_ENTRY(n, struct slot, by_no)->as, same ? 64500 : 64501);
		assert_true(served_after(&w, 2, 40) < 10);
		world_free(&w);
	}
}

/* In a flood of equal reports even the last of one key is drawn now and then. */
static void
test_some_by_lot(void **state)
{
	(void)state;
	struct world w = wide_world();
	unsigned late = 0;
	struct look l;
	for (unsigned i = 0; i < 2000; i++)
		report(&w, 1, 64500, 1, i);
	for (int i = 0; i < 400; i++) {
		size_t it = 0;
		assert_true(judge_pending(w.judge, &it, &l));
		late += ((unsigned)l.target.b[2] << 8 | l.target.b[3]) >= 1000;
		assert_true(world_answer(&w, VERDICT_CLOSED));
	}
	assert_in_range(late, 4, 30); /* half of one in twenty */
	world_free(&w);
}

/* At most so many of one /24 stand before other networks of ours. */
static void
test_one_network_at_a_time(void **state)
{
	(void)state;
	struct world w = wide_world();
	struct look l;
	unsigned at = 0, of_one = 0;
	for (unsigned i = 0; i < 250; i++)
		report(&w, 1 + i, 64500, 1, i);
	for (unsigned i = 0; i < 100; i++)
		report(&w, 1000 + i, 64500, 2, i << 8);
	for (size_t it = 0; judge_pending(w.judge, &it, &l); at++)
		of_one += at < NET_LOOKS + 100 && l.target.b[1] == 1;
	assert_int_equal(at, 350);
	assert_int_equal(of_one, NET_LOOKS);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_walk_is_whole),
		cmocka_unit_test(test_the_order_is_kept),
		cmocka_unit_test(test_urgent_first),
		cmocka_unit_test(test_a_turn_each),
		cmocka_unit_test(test_networks_in_turn),
		cmocka_unit_test(test_named_first_is_no_hiding),
		cmocka_unit_test(test_some_by_lot),
		cmocka_unit_test(test_one_network_at_a_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
