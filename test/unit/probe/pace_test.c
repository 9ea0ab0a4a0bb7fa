/* SPDX-License-Identifier: BSD-2-Clause */
/* The prober's pace under made-up time. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probe/pace.h"

static struct addr
addr4(uint8_t c, uint8_t d)
{
	return (struct addr) { .fam = 4, .b = { 192, 0, c, d } };
}

static void
test_target(void **state)
{
	(void)state;
	struct pace p;
	struct addr a = addr4(2, 1);
	unsigned opened = 0;
	pace_init(&p, 100000, 6, 4, 1000, 0);
	for (int i = 0; i < 10; i++)
		opened += pace_open(&p, &a, 0) == 0;
	assert_int_equal(opened, 4); /* sockets at a time */
	for (int i = 0; i < 4; i++)
		pace_close(&p, &a);
	assert_int_equal(pace_open(&p, &a, 0), 0); /* the fifth of the burst */
	pace_close(&p, &a);
	assert_int_equal(pace_open(&p, &a, 0), -EAGAIN);
	assert_int_equal(pace_open(&p, &a, 199), -EAGAIN);
	opened = 0;
	for (msec now = 200; now < 10200; now++)
		if (pace_open(&p, &a, now) == 0) {
			pace_close(&p, &a);
			opened++;
		}
	assert_int_equal(opened, 50); /* then five a second */
	pace_clear(&p);
}

static void
test_net(void **state)
{
	(void)state;
	struct pace p;
	unsigned opened = 0;
	pace_init(&p, 100000, 6, 4, 1000, 0);
	for (unsigned d = 0; d < 256; d++) {
		struct addr a = addr4(2, (uint8_t)d);
		opened += pace_open(&p, &a, 0) == 0;
	}
	assert_int_equal(opened, PACE_NET);
	struct addr other = addr4(3, 1), first = addr4(2, 0), again = addr4(2, 200);
	assert_int_equal(pace_open(&p, &other, 0), 0);
	assert_int_equal(pace_open(&p, &again, 0), -EAGAIN);
	pace_close(&p, &first);
	assert_int_equal(pace_open(&p, &again, 0), 0);
	pace_clear(&p);

	/* IPv6 by /48. */
	opened = 0;
	for (unsigned i = 0; i < 256; i++) {
		struct addr a = { .fam = 6, .b = { 0x20, 1, 0xd, 0xb8, 0, 1, 0, (uint8_t)i } };
		opened += pace_open(&p, &a, 0) == 0;
	}
	assert_int_equal(opened, PACE_NET);
	pace_clear(&p);
}

static void
test_node(void **state)
{
	(void)state;
	struct pace p;
	unsigned syns = 0, looks = 0;
	pace_init(&p, 100, 6, 4, 100000, 0);
	for (msec now = 0; now < 10000; now++)
		for (unsigned k = 0; k < 2; k++) {
			struct addr a = { .fam = 4, .b = { 10, (uint8_t)k, (uint8_t)(now >> 8), (uint8_t)now } };
			if (pace_open(&p, &a, now) == 0) {
				syns++;
				pace_close(&p, &a);
			}
			looks += pace_look(&p, now);
		}
	assert_in_range(syns, 1000, 1011);
	assert_in_range(looks, 60, 66);
	pace_clear(&p);

	pace_init(&p, 100000, 6, 4, 3, 0);
	syns = 0;
	for (unsigned d = 0; d < 10; d++) {
		struct addr a = addr4(2, (uint8_t)d);
		syns += pace_open(&p, &a, 0) == 0;
	}
	assert_int_equal(syns, 3);
	pace_clear(&p);
}

/* Any number of targets: the table stays capped, and busy ones are never forgotten. */
static void
test_cap(void **state)
{
	(void)state;
	struct pace p;
	struct addr busy = addr4(2, 1);
	msec now = 0;
	pace_init(&p, 1000000, 6, 4, 100000, 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pace_open(&p, &busy, 0), 0);
	for (unsigned i = 0; i < 5 * PACE_TARGETS; i++) {
		struct addr a = { .fam = 4, .b = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } };
		if (pace_open(&p, &a, now) == 0)
			pace_close(&p, &a);
		assert_true(p.targets.count <= PACE_TARGETS);
		now += i % 64 == 0;
	}
	now += MSEC_MINUTE;
	assert_int_equal(pace_open(&p, &busy, now), -EAGAIN); /* its four sockets are still open */
	for (int i = 0; i < 4; i++)
		pace_close(&p, &busy);
	assert_int_equal(pace_open(&p, &busy, now), 0);
	pace_close(&p, &busy);
	assert_int_equal(p.sockets, 0);
	assert_int_equal(p.nets.count, 0);
	pace_clear(&p);
}

/* A clock that stands still or falls gives nothing away. */
static void
test_clock(void **state)
{
	(void)state;
	struct bucket b;
	bucket_init(&b, 5, 1, 1000);
	assert_true(bucket_has(&b, 1000));
	bucket_take(&b);
	assert_false(bucket_has(&b, 0));
	assert_false(bucket_has(&b, 1000));
	assert_true(bucket_has(&b, INT64_MAX / 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_net),
		cmocka_unit_test(test_node),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_clock),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
