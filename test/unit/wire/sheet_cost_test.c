/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a table may cost, in steps and not by the clock: bytes searched ahead, lines that are no row, work
 * between two looks at the others. The tables are the worst we know of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheet_make.h"
#include "wire/sheet_own.h"

#define HEAD "\"timestamp\",\"ip\",\"protocol\",\"port\",\"hostname\",\"tag\",\"asn\",\"geo\"\n"
#define ROW  "2026-11-21 03:04:05,198.51.100.7,udp,53,host.example.net,openresolver,64500,NL\n"

static const struct logtime_ref ref = { .now = INT64_C(1795312800000) };

static bool
nobody(const struct addr *a, void *arg)
{
	(void)a, (void)arg;
	return false;
}

static int
never(const struct claim *c, void *arg)
{
	(void)c, (void)arg;
	fail_msg("nobody is accused");
	return 0;
}

/* Rows of `unit`, over and over, with a LF behind each `every` bytes. */
static void
searched(const char *unit, size_t every)
{
	size_t n = 1u << 20, w = strlen(unit), used;
	char *s = malloc(n);
	struct csv c;
	assert_non_null(s);
	for (size_t i = 0; i < n; i++)
		s[i] = every && i % every == every - 1 ? '\n' : unit[i % w];
	assert_int_equal(csv_init(&c), 0);
	for (size_t i = 0; i < n; i += used) {
		size_t give = n - i < 65536 ? n - i : 65536;
		if (csv_feed(&c, s + i, give, &used) == 1)
			csv_drop(&c);
	}
	if (c.looked > n + n / 16)
		fail_msg("\"%s\": %llu bytes searched of %zu", unit, (unsigned long long)c.looked, n);
	csv_fini(&c);
	free(s);
}

static void
test_search(void **state)
{
	(void)state;
	searched("\r", 0);
	searched("a\r", 0);
	searched("a\r", 4000);
	searched("\"a\"\r", 3000);
	searched("aaaaaaaaaaaaaaa\r", 4097);
	searched(ROW, 0);
}

static int
read_blank(const char *between, size_t times, struct sheet_counts *ret, const char **rule)
{
	struct buf b = { 0 };
	struct sheet *s;
	size_t used;
	buf_text(&b, HEAD);
	for (size_t i = 0; i < times; i++)
		buf_text(&b, between);
	assert_int_equal(sheet_new("x.csv", nobody, &ref, never, NULL, &s), 0);
	*rule = "";
	int rc = sheet_feed(s, b.p, b.n, true, &used, rule);
	*ret = *sheet_counted(s);
	sheet_free(s);
	buf_free(&b);
	return rc;
}

static void
test_blank(void **state)
{
	(void)state;
	struct sheet_counts n;
	const char *rule;
	assert_int_equal(read_blank("\n", 100000, &n, &rule), -EBADMSG);
	assert_string_equal(rule, "more blank lines and comments than rows");
	assert_int_equal(read_blank("#\r", 100000, &n, &rule), -EBADMSG);
	assert_in_range(n.blank, 1, 5000);
	assert_int_equal(read_blank(HEAD, 100000, &n, &rule), -EBADMSG);
	/* A few, and two ends to each line as some write them, are no harm. */
	assert_int_equal(read_blank("\n", 3000, &n, &rule), 0);
	assert_int_equal(read_blank(ROW "\r\n", 50000, &n, &rule), 0);
	assert_int_equal(n.rows, 50000);
	assert_int_equal(n.blank, 50000);
}

/* A large table, packed and handed in at once: what is done in a step is bounded, and all of it is done. */
static void
test_steps(void **state)
{
	(void)state;
	size_t n = strlen(HEAD), rows = 300000, at = 0, used;
	char *s = malloc(n + rows * 128);
	uint64_t dice = 7;
	struct buf packed = { 0 };
	struct sheet *t;
	const char *rule = "";
	unsigned steps = 0;
	int rc = 1;
	assert_non_null(s);
	memcpy(s, HEAD, n);
	for (size_t i = 0; i < rows; i++) { /* not so alike that it is a bomb */
		dice = dice * 6364136223846793005u + 1442695040888963407u;
		n += (size_t)sprintf(s + n, "2026-11-21 03:04:05,198.51.100.7,udp,53,h%016llx.example.net,x,64500,NL\n",
		    (unsigned long long)dice);
	}
	make_gzip(&packed, s, n);
	free(s);
	assert_int_equal(sheet_new("x.csv.gz", nobody, &ref, never, NULL, &t), 0);
	while (rc == 1) {
		struct sheet_counts was = *sheet_counted(t);
		rc = sheet_step(t, packed.p + at, packed.n - at, true, &used, &rule);
		at += used;
		const struct sheet_counts *is = sheet_counted(t);
		uint64_t work = is->unpacked - was.unpacked + SHEET_LINE * (is->rows - was.rows);
		if (work > SHEET_STEP + UNPACK_OUT + SHEET_LINE)
			fail_msg("%llu of work in a step", (unsigned long long)work);
		steps++;
	}
	if (rc != 0)
		fail_msg("%s", rule);
	assert_int_equal(sheet_counted(t)->rows, rows);
	assert_int_equal(sheet_counted(t)->unpacked, n);
	assert_in_range(steps, n / SHEET_STEP, 4 * n / SHEET_STEP);
	sheet_free(t);
	buf_free(&packed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_blank),
		cmocka_unit_test(test_steps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
