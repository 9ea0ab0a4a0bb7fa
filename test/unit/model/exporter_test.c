/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of exporters: who is one, and which row an interface has. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../parse.h"
#include "model/exporter.h"

static void
test_who(void **state)
{
	struct sights *s = sights_new();
	struct exporter_row a = { .addr = addr("192.0.2.1"), .name = "edge1" };
	struct exporter_row b = { .addr = addr("192.0.2.1"), .port = 5000, .name = "edge2" };
	(void)state;
	assert_int_equal(sights_exporter(s, &a), 0);
	assert_int_equal(sights_exporter(s, &b), 1);
	assert_int_equal(sights_exporter(s, &b), -EEXIST);
	assert_int_equal(sights_who(s, &a.addr, 5000), 1);
	assert_int_equal(sights_who(s, &a.addr, 5001), 0);
	struct addr other = addr("192.0.2.2");
	assert_int_equal(sights_who(s, &other, 5000), -ENOENT);
	assert_int_equal(sights_named(s, "edge2"), 1);
	assert_int_equal(sights_named(s, "edge3"), -ENOENT);
	sights_free(s);
}

static void
test_narrowest(void **state)
{
	struct sights *s = sights_new();
	struct exporter_row a = { .addr = addr("192.0.2.1"), .name = "a" },
			    b = { .addr = addr("192.0.2.2"), .name = "b" };
	struct prefix own = { .a = addr("198.51.100.0"), .len = 24 };
	struct iface_row rest = { .side = SIDE_CORE, .to = UINT32_MAX },
			 some = { .side = SIDE_CUSTOMER, .from = 10, .to = 19, .prefix = &own, .prefixes = 1 },
			 one = { .side = SIDE_BORDER, .from = 12, .to = 12 },
			 none = { .exporter = 7 };
	(void)state;
	sights_exporter(s, &a);
	sights_exporter(s, &b);
	assert_int_equal(sights_iface(s, &rest), 0);
	assert_int_equal(sights_iface(s, &some), 0);
	assert_false(s->border);
	assert_int_equal(sights_iface(s, &one), 0);
	assert_true(s->border);
	assert_int_equal(sights_iface(s, &one), -EEXIST);
	assert_int_equal(sights_iface(s, &none), -ENOENT);
	own.len = 8; /* the table has its own copy */
	assert_int_equal(sights_iface_of(s, 0, 12)->side, SIDE_BORDER);
	assert_int_equal(sights_iface_of(s, 0, 19)->side, SIDE_CUSTOMER);
	assert_int_equal(sights_iface_of(s, 0, 19)->prefix[0].len, 24);
	assert_int_equal(sights_iface_of(s, 0, 20)->side, SIDE_CORE);
	assert_null(sights_iface_of(s, 1, 12));
	sights_free(s);
	s = sights_tap();
	assert_int_equal(sights_iface_of(s, 0, 0)->side, SIDE_TAP);
	sights_free(s);
}

static void
test_words(void **state)
{
	(void)state;
	for (int i = 0; i < SIDE_N; i++)
		assert_int_equal(side_by_name(side_name((enum side)i)), i);
	for (int i = 0; i < SAV_N; i++)
		assert_int_equal(sav_by_name(sav_name((enum sav)i)), i);
	for (int i = 0; i < NAT_N; i++)
		assert_int_equal(nat_by_name(nat_name((enum nat)i)), i);
	for (int i = 0; i < METERS_N; i++)
		assert_int_equal(meters_by_name(meters_name((enum meters)i)), i);
	assert_int_equal(side_by_name("inside"), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_narrowest),
		cmocka_unit_test(test_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
