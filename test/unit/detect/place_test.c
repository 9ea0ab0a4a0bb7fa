/* SPDX-License-Identifier: BSD-2-Clause */
/* Which sources belong behind an interface: address by address, and a whole prefix at once. */
#include "detect/place.h"
#include "../parse.h"

/* Whole means: the first and the last address, and none between lies outside. */
static void
whole(void **state)
{
	(void)state;
	static const char *behind[] = { "198.18.0.0/25", "198.18.0.128/25", "198.18.4.0/25", "198.18.5.0/24",
		"2001:db8::/40", "2001:db8:100::/41" };
	static const struct {
		const char *own;
		bool within;
	} row[] = {
		{ "198.18.0.0/25", true }, { "198.18.0.64/26", true }, { "198.18.0.7/32", true },
		{ "198.18.0.0/23", false }, { "198.18.4.0/24", false }, { "198.18.4.128/25", false },
		{ "198.18.5.0/24", true }, { "0.0.0.0/0", false }, { "198.18.4.0/23", false },
		{ "2001:db8::/40", true }, { "2001:db8:80::/41", true }, { "2001:db8::/32", false },
		{ "2001:db8:180::/41", false }, { "2001:db8:12:3400::/56", true }, { "::/0", false },
	};
	struct prefix p[6];
	for (size_t i = 0; i < 6; i++)
		p[i] = pfx(behind[i]);
	struct exporter_row e = { .addr = { 4, { 127, 0, 0, 1 } }, .name = "edge" };
	struct iface_row in = { .side = SIDE_CUSTOMER, .from = 1, .to = 1, .prefix = p, .prefixes = 6 };
	struct sights *s = sights_new();
	assert_non_null(s);
	assert_true(sights_exporter(s, &e) >= 0 && sights_iface(s, &in) >= 0);
	struct places *places = places_new(s);
	assert_non_null(places);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct prefix own = pfx(row[i].own);
		if (place_within(places, &s->iface[0], &own) != row[i].within)
			fail_msg("%s", row[i].own);
		assert_true(!row[i].within || place_belongs(places, &s->iface[0], &own.a));
	}
	places_free(places);
	sights_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(whole) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
