/* SPDX-License-Identifier: BSD-2-Clause */
/* The two-sided proof: either order, neither side alone, bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lymphd/join.h"

static struct msg_look_done
claim(uint64_t no, uint8_t secret)
{
	struct msg_look_done d = { .result = { .no = no, .verdict = VERDICT_OPEN } };
	memcpy(d.token, &no, sizeof(no));
	d.secret[0] = secret;
	return d;
}

static struct msg_token_seen
sighting(uint64_t no, uint8_t secret)
{
	struct msg_token_seen t = { .egress = { .fam = 4, .b = { 192, 0, 2, 1 } } };
	memcpy(t.token, &no, sizeof(no));
	t.secret[0] = secret;
	return t;
}

static struct join j;
static struct look_result r;

static int
set_up(void **state)
{
	(void)state;
	r = (struct look_result){ 0 };
	return join_init(&j);
}

static int
tear_down(void **state)
{
	(void)state;
	join_free(&j);
	return 0;
}

static void
test_either_order(void **state)
{
	(void)state;
	struct msg_look_done d = claim(1, 7), d2 = claim(2, 7);
	struct msg_token_seen t = sighting(1, 7), t2 = sighting(2, 7);
	assert_false(join_sighting(&j, 0, &t, &r));
	assert_true(join_claim(&j, 3000, &d, &r));
	assert_int_equal(r.verdict, VERDICT_OPEN);
	assert_int_equal(r.no, 1);
	assert_int_equal(r.egress.fam, 4);
	assert_false(join_claim(&j, 3000, &d2, &r));
	assert_int_equal(join_due(&j), 6001);
	assert_true(join_sighting(&j, 6000, &t2, &r));
	assert_int_equal(r.verdict, VERDICT_OPEN);
	assert_int_equal(r.no, 2);
	assert_int_equal(j.pairs, 2);
	assert_int_equal(join_due(&j), MSEC_NEVER);
	assert_false(join_over(&j, 99999, &r));
}

static void
test_too_late(void **state)
{
	(void)state;
	struct msg_look_done d = claim(1, 7), d2 = claim(2, 7);
	struct msg_token_seen t = sighting(1, 7), t2 = sighting(2, 7);
	assert_false(join_sighting(&j, 0, &t, &r));
	assert_false(join_claim(&j, 3001, &d, &r));
	assert_false(join_over(&j, 6001, &r));
	assert_true(join_over(&j, 6002, &r));
	assert_int_equal(r.verdict, VERDICT_INCONCLUSIVE);
	assert_int_equal(r.reason, REASON_ONE_SIDED);
	assert_int_equal(r.egress.fam, 0);
	assert_false(join_claim(&j, 7000, &d2, &r));
	assert_false(join_sighting(&j, 10001, &t2, &r));
	assert_true(join_over(&j, 10001, &r));
	assert_int_equal(r.no, 2);
	assert_int_equal(j.one_sided, 2);
}

static void
test_other_secret(void **state)
{
	(void)state;
	struct msg_look_done d = claim(1, 7);
	struct msg_token_seen t = sighting(1, 8);
	assert_false(join_sighting(&j, 0, &t, &r));
	assert_false(join_claim(&j, 1, &d, &r));
	assert_false(join_sighting(&j, 2, &t, &r));
	assert_true(join_claim(&j, 3, &d, &r)); /* twice the same claim */
	assert_int_equal(r.verdict, VERDICT_INCONCLUSIVE);
	assert_true(join_over(&j, 5000, &r));
	assert_int_equal(r.verdict, VERDICT_INCONCLUSIVE);
}

/* A proof is used up: the second claim on one sighting proves nothing. */
static void
test_once(void **state)
{
	(void)state;
	struct msg_look_done d = claim(1, 7);
	struct msg_token_seen t = sighting(1, 7);
	assert_false(join_sighting(&j, 0, &t, &r));
	assert_true(join_claim(&j, 1, &d, &r));
	assert_false(join_claim(&j, 2, &d, &r));
}

static void
test_bounded(void **state)
{
	(void)state;
	struct msg_token_seen t;
	struct msg_look_done d;
	for (uint64_t i = 1; i <= JOIN_CAP + 10; i++) {
		t = sighting(i, 1);
		assert_false(join_sighting(&j, 5, &t, &r));
	}
	assert_int_equal(j.sightings.evicted, 10);
	d = claim(10, 1); /* pushed out */
	assert_false(join_claim(&j, 6, &d, &r));
	d = claim(11, 1); /* still there */
	assert_true(join_claim(&j, 6, &d, &r));
	for (uint64_t i = 0; i < JOIN_CAP + 20; i++) {
		while (join_over(&j, 7, &r))
			assert_int_equal(r.reason, REASON_ONE_SIDED);
		d = claim(100000 + i, 1);
		assert_false(join_claim(&j, 7, &d, &r));
	}
	assert_true(j.claims.head - j.claims.tail <= JOIN_CAP);
	size_t left = 0;
	while (join_over(&j, 90000, &r))
		left++;
	assert_int_equal(left, JOIN_CAP);
	t = sighting(11, 1);
	assert_false(join_sighting(&j, 90000, &t, &r)); /* the old ones are gone by now */
	assert_int_equal(j.sightings.head - j.sightings.tail, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_either_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_late, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_secret, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
