/* SPDX-License-Identifier: BSD-2-Clause */
/* Mails put off: each is known by its name until its time, as many as a folder holds; what there is no room for
 * is forgotten and counted, those due first before all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <sodium.h>

#include "lymphd/watch_later.h"

#define T0 INT64_C(1000000)

static void
test_known(void **state)
{
	(void)state;
	struct later l;
	char name[32];
	unsigned known = 0;
	later_init(&l);
	assert_int_equal(later_until(&l, "1.M1P1.a"), 0);
	later_put(&l, "1.M1P1.a", T0 + 5, T0);
	later_put(&l, "1.M1P1.a", T0 + 7, T0);
	assert_int_equal(later_until(&l, "1.M1P1.a"), T0 + 7);
	later_drop(&l, "1.M1P1.a");
	later_drop(&l, "1.M1P1.a");
	assert_int_equal(later_until(&l, "1.M1P1.a"), 0);
	for (int i = 0; i < 30000; i++) {
		snprintf(name, sizeof(name), "1.M%dP1.a", i);
		later_put(&l, name, T0 + 1 + i, T0);
	}
	for (int i = 0; i < 30000; i++) {
		snprintf(name, sizeof(name), "1.M%dP1.a", i);
		known += later_until(&l, name) == T0 + 1 + i;
	}
	assert_int_equal(known + l.forgotten, 30000);
	assert_true(l.forgotten < 100);
	later_clear(&l);
}

static void
test_full(void **state)
{
	(void)state;
	struct later l;
	char name[32];
	unsigned known = 0;
	later_init(&l);
	for (unsigned i = 0; i < 4 * LATER_SLOTS; i++) {
		snprintf(name, sizeof(name), "%u", i);
		later_put(&l, name, T0 + 1 + i, T0);
	}
	assert_in_range(l.forgotten, 3 * LATER_SLOTS, 4 * LATER_SLOTS);
	for (unsigned i = 3 * LATER_SLOTS; i < 4 * LATER_SLOTS; i++) {
		snprintf(name, sizeof(name), "%u", i);
		known += later_until(&l, name) != 0;
	}
	assert_true(known > LATER_SLOTS / 10 * 8); /* who waits longest is remembered */
	/* Whose time has come is no loss. */
	uint64_t forgotten = l.forgotten;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "new %u", i);
		later_put(&l, name, T0 + MSEC_DAY + 1, T0 + MSEC_DAY);
	}
	assert_int_equal(l.forgotten, forgotten);
	later_clear(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_known), cmocka_unit_test(test_full) };
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
