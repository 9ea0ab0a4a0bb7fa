/* SPDX-License-Identifier: BSD-2-Clause */
/* What a desk command is about: whole lists or nothing, and errors that name the word or line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lymph/desk_pick.h"

static void
test_number(void **state)
{
	static const char *const bad[] = { "", "0", "00", "-1", "+1", " 1", "1 ", "1x", "0x1", "1e3", "b3",
		"m1", "1234567890123456789", "9999999999999999999999" };
	int64_t v = -7;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (pick_number(bad[i], &v))
			fail_msg("takes \"%s\"", bad[i]);
	assert_int_equal(v, -7);
	assert_true(pick_number("7", &v));
	assert_int_equal(v, 7);
	assert_true(pick_number("007", &v));
	assert_int_equal(v, 7);
	assert_true(pick_number("999999999999999999", &v));
	assert_true(v == INT64_C(999999999999999999));
}

static void
test_words(void **state)
{
	static const char *const good[] = { "3", "1", "3", "2" }, *const bad[] = { "3", "x\033[2J", "2" };
	char why[PICK_WHY];
	json_t *list = json_array();
	(void)state;
	assert_int_equal(pick_words(list, good, 4, why), 0);
	assert_int_equal(json_array_size(list), 3); /* each once, in order */
	assert_int_equal(json_integer_value(json_array_get(list, 0)), 3);
	assert_int_equal(json_integer_value(json_array_get(list, 2)), 2);
	json_array_clear(list);
	assert_int_equal(pick_words(list, bad, 3, why), -1);
	assert_non_null(strstr(why, "\"x\033[2J\" is no number"));
	json_decref(list);
}

static int
lines(const char *text, size_t n, json_t *list, char why[PICK_WHY])
{
	FILE *f = fmemopen((void *)(uintptr_t)text, n, "r");
	int r = pick_lines(list, f, why);
	fclose(f);
	return r;
}

static void
test_lines(void **state)
{
	static const char good[] = "1\n\n  22 \r\n# all of these\n333 # last week\n\t4";
	char why[PICK_WHY], long_line[400];
	json_t *list = json_array();
	(void)state;
	assert_int_equal(lines(good, sizeof(good) - 1, list, why), 0);
	assert_int_equal(json_array_size(list), 4);
	assert_int_equal(json_integer_value(json_array_get(list, 2)), 333);
	assert_int_equal(json_integer_value(json_array_get(list, 3)), 4);
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "1\ncase 2\n", "line 2: \"case 2\" is no number" },
		{ "1\n2 3\n", "line 2: \"2 3\" is no number" },
		{ "1\n2,\n", "line 2: \"2,\" is no number" },
		{ "\n\n0\n", "line 3: \"0\" is no number" },
		{ "-1", "line 1: \"-1\" is no number" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(lines(bad[i].text, strlen(bad[i].text), list, why), -1);
		assert_string_equal(why, bad[i].why);
	}
	memset(long_line, '1', sizeof(long_line));
	assert_int_equal(lines(long_line, sizeof(long_line), list, why), -1);
	assert_string_equal(why, "line 1 is too long, or no text");
	/* A NUL hides nothing that would be taken for something else. */
	json_array_clear(list);
	assert_int_equal(lines("7\0garbage\n8\n", 12, list, why), -1);
	json_decref(list);
}

static void
test_most(void **state)
{
	char *text = NULL, why[PICK_WHY];
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	json_t *list = json_array();
	(void)state;
	for (int i = 1; i <= PICK_MOST; i++)
		fprintf(f, "%d\n", i);
	fflush(f);
	assert_int_equal(lines(text, n, list, why), 0);
	assert_int_equal(json_array_size(list), PICK_MOST);
	fprintf(f, "%d\n", PICK_MOST + 1);
	fclose(f);
	json_array_clear(list);
	assert_int_equal(lines(text, n, list, why), -1);
	assert_non_null(strstr(why, "--filter"));
	json_decref(list);
	free(text);
}

static void
test_filter(void **state)
{
	static const char *const good[] = { "state=acted", "class=open-proxy", "line=C-1001",
		"prefix=192.0.2.0/24", "assignee=", "rung=filter", "snoozed=no" };
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "state", "KEY=VALUE" },
		{ "", "KEY=VALUE" },
		{ "=x", "no filter by \"\"" },
		{ "stat=acted", "no filter by \"stat\"" },
		{ "statex=acted", "no filter by \"statex\"" },
		{ "state=", "state= lacks a value" },
		{ "prefix=192.0.2.1/24", "is no prefix" },
		{ "prefix=all", "is no prefix" },
		{ "snoozed=maybe", "yes or no" },
		{ "line=\xff", "UTF-8" },
	};
	char why[PICK_WHY];
	json_t *o = json_object();
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(pick_filter(o, bad[i].text, why), -1);
		if (!strstr(why, bad[i].why))
			fail_msg("\"%s\": %s", bad[i].text, why);
	}
	assert_int_equal(json_object_size(o), 0);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(pick_filter(o, good[i], why), 0);
	assert_true(json_is_false(json_object_get(o, "snoozed")));
	assert_string_equal(json_string_value(json_object_get(o, "assignee")), "");
	assert_int_equal(pick_filter(o, "state=open", why), -1);
	assert_non_null(strstr(why, "two filters by state"));
	assert_string_equal(json_string_value(json_object_get(o, "state")), "acted");
	json_decref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_most),
		cmocka_unit_test(test_filter),
	};
	return cmocka_run_group_tests_name("pick", tests, NULL, NULL);
}
