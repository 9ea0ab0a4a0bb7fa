/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of indicators: what a line means, which lines are refused and told, when a row holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../parse.h"
#include "detect/indicators.h"
#include "detect/mix.h"

static struct indicators *
parse(const char *text, size_t *skipped, size_t *bad, const char **rule)
{
	struct indicators *x = indicators_parse(text, strlen(text), 42, skipped, bad, rule);
	assert_non_null(x);
	return x;
}

static const char *
id_of(const struct indicators *x, const char *a, uint8_t proto, uint16_t port, const char *when)
{
	struct addr at = addr(a);
	msec t = 0;
	assert_int_equal(msec_parse(when, strlen(when), &t), 0);
	const struct indicator *r = indicators_find(x, &at, proto, port, t);
	return r ? r->id : "none";
}

#define NOW "2026-11-22T09:00:00Z"

static void
test_rows(void **state)
{
	(void)state;
	size_t skipped, bad;
	const char *rule;
	struct indicators *x = parse("# a comment\n"
				     "203.0.113.9:23/tcp, 2026-11-01, 2026-11-22, feed.A-1\r\n"
				     "203.0.113.9,,,any # the same without a port\n"
				     "\n"
				     "[2001:db8::7]:6667/tcp,2026-11-22T08:00:00Z,,six\n"
				     "2001:db8::8,2026-12-01,,later\n"
				     "203.0.113.10/udp,,2026-11-21,\n"
				     "203.0.113.11:80,,,abcdefghijklmnopqrstuvwxyz0123456789",
	    &skipped, &bad, &rule);
	assert_int_equal(indicators_count(x), 6);
	assert_int_equal(skipped, 0);
	assert_null(rule);
	assert_string_equal(id_of(x, "203.0.113.9", 6, 23, NOW), "feed.A-1");
	assert_string_equal(id_of(x, "203.0.113.9", 6, 24, NOW), "any");
	assert_string_equal(id_of(x, "203.0.113.9", 17, 23, NOW), "any");
	/* The last day is whole. */
	assert_string_equal(id_of(x, "203.0.113.9", 6, 23, "2026-11-22T23:59:59Z"), "feed.A-1");
	assert_string_equal(id_of(x, "203.0.113.9", 6, 23, "2026-11-23T00:00:00Z"), "any");
	assert_string_equal(id_of(x, "2001:db8::7", 6, 6667, NOW), "six");
	assert_string_equal(id_of(x, "2001:db8::7", 6, 6667, "2026-11-22T07:59:59Z"), "none");
	assert_string_equal(id_of(x, "2001:db8::8", 6, 1, NOW), "none");
	assert_string_equal(id_of(x, "203.0.113.10", 17, 5, NOW), "none");
	assert_string_equal(id_of(x, "203.0.113.11", 6, 80, NOW), "abcdefghijklmnopqrstuvwxyz01234");
	assert_string_equal(id_of(x, "203.0.113.12", 6, 80, NOW), "none");
	indicators_free(x);
}

static void
test_refused(void **state)
{
	(void)state;
	static const char *const lines[] = { "example.org,,,x", "10.1.2.3,,,x", "192.168.0.1:23,,,x",
		"224.0.0.251,,,x", "::1,,,x", "fe80::1,,,x", "203.0.113.1:0,,,x", "203.0.113.1:65536,,,x",
		"203.0.113.1:,,,x", "203.0.113.1/icq,,,x", "203.0.113.0/24/tcp,,,x", "203.0.113.1/256,,,x", "203.0.113.0/24,,,x",
		"203.0.113.1,yesterday,,x", "203.0.113.1,2026-11-22,2026-11-20,x", "203.0.113.1,,,a b",
		"203.0.113.1,,,\x1b[31m", "203.0.113.1,,,x,more", "[203.0.113.1,,,x", "[2001:db8::1:5,,,x", ",,,",
		"127.0.0.1,,,x", "::ffff:10.0.0.1,,,x", "203.0.113.1,2026-13-01,,x" };
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char text[256];
		size_t skipped, bad;
		const char *rule;
		snprintf(text, sizeof(text), "203.0.113.200,,,good\n%s\n203.0.113.201,,,good\n", lines[i]);
		struct indicators *x = parse(text, &skipped, &bad, &rule);
		if (skipped != 1 || bad != 2 || !rule)
			fail_msg("not refused: %s", lines[i]);
		assert_int_equal(indicators_count(x), 2);
		indicators_free(x);
	}
}

static void
test_many(void **state)
{
	(void)state;
	size_t n = 0, skipped, bad, false_hits = 0;
	const char *rule;
	char *text = malloc(64 * 60000);
	assert_non_null(text);
	for (unsigned i = 0; i < 60000; i++)
		n += (size_t)sprintf(text + n, "198.%u.%u.%u:%u,,,i%u\n", 51 + i % 3, i >> 8 & 255, i & 255,
		    1 + i % 60000, i);
	struct indicators *x = indicators_parse(text, n, 7, &skipped, &bad, &rule);
	free(text);
	assert_non_null(x);
	assert_int_equal(indicators_count(x), 60000);
	for (unsigned i = 0; i < 60000; i++) {
		struct addr a = { 4, { 198, (uint8_t)(51 + i % 3), (uint8_t)(i >> 8), (uint8_t)i } };
		const struct indicator *r = indicators_find(x, &a, 6, (uint16_t)(1 + i % 60000), 5);
		assert_non_null(r);
		assert_int_equal(r->port, 1 + i % 60000);
		a.b[0] = 199;
		false_hits += indicators_find(x, &a, 6, 1, 5) != NULL;
	}
	assert_int_equal(false_hits, 0);
	indicators_free(x);
	assert_null(indicators_find(NULL, &(struct addr){ 4, { 1 } }, 6, 1, 5));
	indicators_free(NULL);
}

static void
test_sums(void **state)
{
	(void)state;
	assert_int_equal(mix_distinct(1024, 1024), 0);
	assert_in_range(mix_distinct(1024, 1014), 10, 10);
	assert_in_range(mix_distinct(1024, 512), 709, 711);
	assert_in_range(mix_distinct(1024, 0), 7090, 7105);
	for (uint32_t v = 1; v < 1u << 31; v += v / 3 + 1) {
		uint32_t back = small_value(small_of(v));
		assert_true(back <= v && v - back <= v / 1024);
	}
	assert_int_equal(root64(0), 0);
	assert_int_equal(root64(UINT64_C(999999) * 999999), 999999);
	assert_int_equal(error_of(0), 1960);
	assert_in_range(error_of(30), 356, 359);
	assert_in_range(error_of(10000), 19, 20);
	struct addr a = addr("192.0.2.1"), b = addr("192.0.2.254"), c = addr("192.0.3.1"), d = addr("2001:db8:1:2::1");
	assert_true(mix_net(&a) == mix_net(&b) && mix_net(&a) != mix_net(&c));
	assert_true(mix_net(&d) == (UINT64_C(1) << 48 | UINT64_C(0x20010db80001)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_sums),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
