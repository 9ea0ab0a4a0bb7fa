/* SPDX-License-Identifier: BSD-2-Clause */
/* Buckets of hear-reports: an hour's worth at once, then what time gives back; strangers cannot push a
 * source that has used up its share out of the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "lymphd/hear_reports_quota.h"

#define T0 INT64_C(1000000)

static void
test_hour(void **state)
{
	(void)state;
	struct quota q;
	quota_init(&q, 60);
	for (int i = 0; i < 60; i++)
		assert_int_equal(quota_take(&q, "a", 1, 1, T0), 0);
	assert_int_equal(quota_take(&q, "a", 1, 1, T0), MSEC_MINUTE);
	assert_int_equal(quota_take(&q, "a", 1, 2, T0), 2 * MSEC_MINUTE);
	assert_int_equal(quota_take(&q, "b", 1, 1, T0), 0); /* another's */
	assert_int_equal(quota_take(&q, "a", 1, 1, T0 + MSEC_MINUTE), 0);
	assert_int_equal(quota_take(&q, "a", 1, 1, T0 + MSEC_MINUTE), MSEC_MINUTE);
	assert_int_equal(q.refused, 3);
	/* After an hour of silence it is full, and no fuller. */
	for (int i = 0; i < 60; i++)
		assert_int_equal(quota_take(&q, "a", 1, 1, T0 + 9 * MSEC_HOUR), 0);
	assert_true(quota_take(&q, "a", 1, 1, T0 + 9 * MSEC_HOUR) > 0);
	/* More than an hour's worth: possible, from a full one. */
	assert_int_equal(quota_take(&q, "c", 1, 4711, T0), 0);
	assert_int_equal(quota_take(&q, "c", 1, 4711, T0), MSEC_HOUR);
	quota_clear(&q);
}

/* Those that wait come one after the other, each when it was told to, and nobody goes before them. */
static void
test_queue(void **state)
{
	(void)state;
	struct quota q;
	msec now = T0;
	quota_init(&q, 60);
	for (int i = 0; i < 60; i++)
		assert_int_equal(quota_queue(&q, "a", 1, 1, now, i % 2 ? QUOTA_PASSES : QUOTA_COMES), 0);
	for (int i = 1; i <= 100; i++)
		assert_int_equal(quota_queue(&q, "a", 1, 1, now, QUOTA_COMES), i * MSEC_MINUTE);
	assert_int_equal(quota_queue(&q, "b", 1, 1, now, QUOTA_COMES), 0); /* another's */
	/* Whoever passes takes no place, however often. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(quota_queue(&q, "a", 1, 1, now, QUOTA_PASSES), 101 * MSEC_MINUTE);
	for (int i = 1; i <= 100; i++) {
		now = T0 + i * MSEC_MINUTE;
		if (i < 100) /* there is one, and it is not theirs */
			assert_int_equal(quota_queue(&q, "a", 1, 1, now, QUOTA_PASSES), (101 - i) * MSEC_MINUTE);
		assert_int_equal(quota_queue(&q, "a", 1, 1, now, QUOTA_WAITED), 0);
	}
	quota_clear(&q);
	/* Late, all at once: as many as there are, and the others again in order. A large one waits for its like. */
	quota_init(&q, 60);
	assert_int_equal(quota_queue(&q, "a", 1, 60, T0, QUOTA_COMES), 0);
	assert_int_equal(quota_queue(&q, "a", 1, 10, T0, QUOTA_COMES), 10 * MSEC_MINUTE);
	assert_int_equal(quota_queue(&q, "a", 1, 1, T0, QUOTA_COMES), 11 * MSEC_MINUTE);
	assert_int_equal(quota_queue(&q, "a", 1, 1, T0, QUOTA_COMES), 12 * MSEC_MINUTE);
	now = T0 + 11 * MSEC_MINUTE;
	assert_int_equal(quota_queue(&q, "a", 1, 1, now, QUOTA_WAITED), 0);
	assert_int_equal(quota_queue(&q, "a", 1, 10, now, QUOTA_WAITED), 0);
	assert_int_equal(quota_queue(&q, "a", 1, 1, now, QUOTA_WAITED), 2 * MSEC_MINUTE); /* it was too early */
	assert_int_equal(quota_queue(&q, "a", 1, 1, now + 2 * MSEC_MINUTE, QUOTA_WAITED), 0);
	assert_int_equal(quota_queue(&q, "a", 1, 1, now + 3 * MSEC_MINUTE, QUOTA_COMES), 0); /* nobody waits */
	quota_clear(&q);
}

static void
test_none(void **state)
{
	(void)state;
	struct quota q;
	quota_init(&q, 0);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(quota_take(&q, "a", 1, 9, T0) + quota_queue(&q, "a", 1, 9, T0, QUOTA_COMES), 0);
	quota_clear(&q);
}

static void
test_strangers(void **state)
{
	(void)state;
	struct quota q;
	quota_init(&q, 100);
	assert_int_equal(quota_take(&q, "busy", 4, 100, T0), 0);
	for (uint32_t i = 0; i < 10 * QUOTA_SLOTS; i++)
		assert_int_equal(quota_take(&q, &i, sizeof(i), 1, T0), 0);
	assert_true(q.evicted > 8 * QUOTA_SLOTS);
	assert_true(quota_take(&q, "busy", 4, 1, T0) > 0);
	/* Whoever is full again is no loss. */
	uint64_t lost = q.evicted;
	for (uint32_t i = 0; i < 1000; i++)
		quota_take(&q, &(uint32_t){ ~i }, 4, 1, T0 + 2 * MSEC_HOUR);
	assert_int_equal(q.evicted, lost);
	quota_clear(&q);
}

static void
test_networks(void **state)
{
	(void)state;
	static const struct {
		const char *addr, *net;
	} rows[] = { { "192.0.2.77", "192.0.2.0/24" }, { "2001:db8:1:2::3", "2001:db8:1::/48" } };
	char text[PREFIX_TEXT];
	for (size_t i = 0; i < 2; i++) {
		struct addr a;
		assert_int_equal(addr_parse(rows[i].addr, strlen(rows[i].addr), &a), 0);
		struct prefix p = quota_network(&a);
		assert_string_equal(prefix_print(&p, text), rows[i].net);
	}
	assert_int_equal(quota_network(&(struct addr){ 0 }).len, 0);
	assert_int_equal(quota_units(0), 1);
	assert_int_equal(quota_units(5u << 20), 81);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_hour), cmocka_unit_test(test_queue), cmocka_unit_test(test_none),
		cmocka_unit_test(test_strangers), cmocka_unit_test(test_networks) };
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
