/* SPDX-License-Identifier: BSD-2-Clause */
/* The check of raw JSON: what passes, what does not, by which rule and at which byte. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/json.h"

static void
test_good(void **state)
{
	(void)state;
	static const char *const rows[] = { "{}", "[]", " {\"a\" : [1, -2.5e+3, true, false, null]} \n", "0",
		"\"\\u00e9\\ud83e\\udda0\\n\"", "\"\xc3\xa9\xf0\x9f\xa6\xa0\x7f\"", "-0.0E-1", "[[[[]]]]" };
	struct json_why why;
	json_t *j;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(json_read(rows[i], strlen(rows[i]), 16, 100, &j, &why), 0);
		json_decref(j);
	}
}

#define ROW(s, at, rule) { s, sizeof(s) - 1, at, rule, -EBADMSG }
static void
test_bad(void **state)
{
	(void)state;
	static const struct {
		const char *s;
		size_t n, at;
		const char *rule;
		int rc;
	} rows[] = {
		ROW("", 0, "RFC 8259 2"),
		ROW("  ", 2, "RFC 8259 3"),
		ROW("{} x", 3, "nothing after"),
		ROW("{}\0", 2, "nothing after"),
		ROW("{\"a\":1,}", 7, "a key"),
		ROW("{\"a\" 1}", 5, "a colon"),
		ROW("[1 2]", 3, "a comma"),
		ROW("[1,]", 3, "RFC 8259 3"),
		ROW("[01]", 3, "leading zeros"),
		ROW("[+1]", 1, "RFC 8259 3"),
		ROW("[1.]", 3, "a digit"),
		ROW("[.1]", 1, "RFC 8259 3"),
		ROW("[1e]", 3, "a digit"),
		ROW("[NaN]", 1, "RFC 8259 3"),
		ROW("[tru]", 1, "RFC 8259 3"),
		ROW("'a'", 0, "RFC 8259 3"),
		ROW("\"a", 2, "the string ends"),
		ROW("\"a\\", 3, "the string ends"),
		ROW("\"\\x\"", 2, "an escape"),
		ROW("\"\\u12g4\"", 3, "four hexadecimal"),
		ROW("\"\\u0000\"", 7, "NUL"),
		ROW("\"a\0b\"", 2, "NUL"),
		ROW("\"a\nb\"", 2, "control characters"),
		ROW("\"\\ud800\"", 7, "surrogates"),
		ROW("\"\\udc00\"", 7, "surrogates"),
		ROW("\"\\ud800\\u0041\"", 13, "surrogates"),
		ROW("\"\xff\"", 1, "UTF-8"),
		ROW("\"\xc0\x80\"", 1, "UTF-8"),
		ROW("\"\xc3\"", 1, "UTF-8"),
		ROW("\"\xed\xa0\x80\"", 1, "UTF-8"),
		ROW("\"\xf4\x90\x80\x80\"", 1, "UTF-8"),
		ROW("\"\xe2\x82", 1, "UTF-8"),
		ROW("\xef\xbb\xbf{}", 0, "RFC 8259 3"),
		ROW("{\"a\":1,\"a\":2}", 10, "each key once"),
		ROW("[99999999999999999999]", 21, "64 bits"),
		ROW("[1e999]", 6, "64 bits"),
		{ "[[[[[]]]]]", 10, 4, "too deep", -E2BIG },
		{ "[1,2,3,4,5,6,7,8]", 17, 15, "too many", -E2BIG },
	};
	struct json_why why;
	json_t *j;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *s = malloc(rows[i].n ? rows[i].n : 1);
		memcpy(s, rows[i].s, rows[i].n);
		assert_int_equal(json_read(s, rows[i].n, 4, 8, &j, &why), rows[i].rc);
		if (!strstr(why.rule, rows[i].rule) || why.at != rows[i].at)
			fail_msg("row %zu (%s): \"%s\" at %zu", i, rows[i].s, why.rule, why.at);
		free(s);
	}
}

/* The caps themselves: 16 deep and 10,000 values pass, one more does not. */
static void
test_caps(void **state)
{
	(void)state;
	char deep[34], *many = malloc(30000);
	struct json_why why;
	memset(deep, '[', 17);
	memset(deep + 17, ']', 17);
	assert_int_equal(json_scan(deep + 1, 32, 16, 10000, &why), 0);
	assert_int_equal(json_scan(deep, 34, 16, 10000, &why), -E2BIG);
	assert_int_equal(why.at, 16);
	for (int n = 9999; n <= 10000; n++) { /* and the list itself */
		char *p = many;
		*p++ = '[';
		for (int i = 0; i < n; i++) {
			*p++ = '1';
			*p++ = i < n - 1 ? ',' : ']';
		}
		assert_int_equal(json_scan(many, (size_t)(p - many), 16, 10000, &why), n == 9999 ? 0 : -E2BIG);
	}
	free(many);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_caps),
	};
	json_warm();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
