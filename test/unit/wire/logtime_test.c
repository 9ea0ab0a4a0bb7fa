/* SPDX-License-Identifier: BSD-2-Clause */
/* Time stamps: each format of the ladder, what is assumed, and what is no time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/logtime.h"

static msec
plus_one(msec local, void *arg)
{
	(void)local;
	return *(msec *)arg;
}

static msec
at(const char *s)
{
	msec t = 0;
	if (msec_parse(s, strlen(s), &t) < 0)
		fail_msg("bad time in the test: %s", s);
	return t;
}

/* Reference: 22 November 2026, 02:00 UTC; the reporter's zone is +01:00. */
static void
ladder(void **state)
{
	(void)state;
	static const struct {
		const char *text, *when; /* when NULL: no time */
		int zone, year;          /* assumed */
	} s[] = {
		{ "2026-11-22T01:45:00Z x", "2026-11-22T01:45:00Z", 0, 0 },
		{ "2026-11-22T01:45:00.123456789Z x", "2026-11-22T01:45:00.123Z", 0, 0 },
		{ "2026-11-22T02:45:00,5+01:00 x", "2026-11-22T01:45:00.5Z", 0, 0 },
		{ "2026-11-22T02:45:00+0100", "2026-11-22T01:45:00Z", 0, 0 },
		{ "2026-11-22T02:45:00+01", "2026-11-22T01:45:00Z", 0, 0 },
		{ "2026-11-22T02:45:00", "2026-11-22T01:45:00Z", 1, 0 },
		{ "2026-11-22 02:45:00,123 INFO", "2026-11-22T01:45:00.123Z", 1, 0 },
		{ "2026-11-22 01:45:00 UTC [12]", "2026-11-22T01:45:00Z", 0, 0 },
		{ "2026-11-22 02:45:00 +0100 x", "2026-11-22T01:45:00Z", 0, 0 },
		{ "2026-11-22\t02:45:00\tx", "2026-11-22T01:45:00Z", 1, 0 },
		{ "20261122T014500Z x", "2026-11-22T01:45:00Z", 0, 0 },
		{ "2026/11/22 02:45:00 [error] 1#1: x", "2026-11-22T01:45:00Z", 1, 0 },
		{ "192.0.2.1 - - [22/Nov/2026:01:45:00 +0000] \"GET / HTTP/1.1\"", "2026-11-22T01:45:00Z", 0, 0 },
		{ "192.0.2.1 - - [22/Nov/2026:03:45:00 +0200] \"GET /2020-01-01T00:00:00Z", "2026-11-22T01:45:00Z", 0, 0 },
		{ "haproxy[1]: 192.0.2.1:1 [22/Nov/2026:02:45:00.123] f", "2026-11-22T01:45:00.123Z", 1, 0 },
		{ "22/Nov/2026 02:45:00 x", "2026-11-22T01:45:00Z", 1, 0 },
		{ "22-Nov-2026 02:45:00.250 client", "2026-11-22T01:45:00.25Z", 1, 0 },
		{ "22-11-2026 04:45:00 +0300 PROXY.3128", "2026-11-22T01:45:00Z", 0, 0 },
		{ "22.11.2026 02:45:00", "2026-11-22T01:45:00Z", 1, 0 },
		{ "[Sun Nov 22 02:45:00.123456 2026] [core:error]", "2026-11-22T01:45:00.123Z", 1, 0 },
		{ "[Sun Nov  1 02:45:00 2026]", "2026-11-01T01:45:00Z", 1, 0 },
		{ "Date: Sun, 22 Nov 2026 02:45:00 +0100", "2026-11-22T01:45:00Z", 0, 0 },
		{ "Sun, 22 Nov 2026 01:45:00 GMT", "2026-11-22T01:45:00Z", 0, 0 },
		{ "22 Nov 2026 02:45:00", "2026-11-22T01:45:00Z", 1, 0 },
		{ "Nov 22 2026 02:45:00: %ASA-6", "2026-11-22T01:45:00Z", 1, 0 },
		{ "Nov 22 02:45:00 host sshd[1]: x", "2026-11-22T01:45:00Z", 1, 1 },
		{ "Nov  2 02:45:00 host sshd[1]: x", "2026-11-02T01:45:00Z", 1, 1 },
		{ "Dec 31 23:59:59 host", "2025-12-31T22:59:59Z", 1, 1 },
		{ "Feb 29 12:00:00 host", "2024-02-29T11:00:00Z", 1, 1 },
		{ "<34>1 2026-11-22T01:45:00.003Z host app - - -", "2026-11-22T01:45:00.003Z", 0, 0 },
		{ "1795311900.123    456 192.0.2.1 TCP_MISS/200 1 GET http://x/", "2026-11-22T01:45:00.123Z", 0, 0 },
		{ "1795311900", "2026-11-22T01:45:00Z", 0, 0 },
		{ "1795311900123 x", "2026-11-22T01:45:00.123Z", 0, 0 },
		{ "type=X msg=audit(1795311900.123:45): x", "2026-11-22T01:45:00.123Z", 0, 0 },
		{ "{\"level\":\"info\",\"ts\":1795311900.5,\"x\":1}", "2026-11-22T01:45:00.5Z", 0, 0 },
		{ "{\"timestamp\":\"2026-11-22T02:45:00.000001+0100\",\"flow_id\":1234567890}", "2026-11-22T01:45:00Z", 0, 0 },
		/* a later stamp with a zone, near the first: better */
		{ "Nov 22 02:45:00 host app: at 2026-11-22T01:45:00.7Z x", "2026-11-22T01:45:00.7Z", 0, 0 },
		/* a later stamp far away is something else */
		{ "Nov 22 02:45:00 host app: cookie 2024-01-01T00:00:00Z", "2026-11-22T01:45:00Z", 1, 1 },
		/* no time */
		{ "", NULL, 0, 0 },
		{ "no time at all", NULL, 0, 0 },
		{ "2026-13-22T01:45:00Z", NULL, 0, 0 },
		{ "2026-02-30T01:45:00Z", NULL, 0, 0 },
		{ "2026-11-22T25:45:00Z", NULL, 0, 0 },
		{ "2026-11-22T01:45:0", NULL, 0, 0 },
		{ "x2026-11-22T01:45:00Z", NULL, 0, 0 },
		{ "2026-11-22T01:45:00Zulu", NULL, 0, 0 },
		{ "id 1795311900 is no time here", NULL, 0, 0 },
		{ "x=1795311900", NULL, 0, 0 },
		{ "0000000001", NULL, 0, 0 },
		{ "Nov 31 02:45:00", NULL, 0, 0 },
		{ "1234", NULL, 0, 0 },
	};
	msec zone = MSEC_HOUR;
	struct logtime_ref ref = { .now = at("2026-11-22T02:00:00Z"), .zone = plus_one, .arg = &zone };
	for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		struct logtime t;
		size_t n = strlen(s[i].text);
		char got[MSEC_TEXT] = "none", *exact = malloc(n);
		assert_non_null(exact);
		memcpy(exact, s[i].text, n);
		int rc = logtime_find(&ref, exact, n, &t);
		free(exact);
		if (rc == 0)
			msec_print(t.at, got);
		if ((rc == 0) != (s[i].when != NULL) || (rc == 0 && t.at != at(s[i].when)))
			fail_msg("\"%s\": %s (%s)", s[i].text, got, rc == 0 ? t.format : "-");
		if (rc == 0 && (t.zone_assumed != s[i].zone || t.year_assumed != s[i].year))
			fail_msg("\"%s\": zone assumed %d, year assumed %d", s[i].text, t.zone_assumed, t.year_assumed);
	}
}

/* A year is assumed so that nothing lies ahead by more than a day: the turn of the year. */
static void
year(void **state)
{
	(void)state;
	static const struct {
		const char *now, *text, *when;
	} s[] = {
		{ "2027-01-01T00:10:00Z", "Dec 31 23:59:59 x", "2026-12-31T23:59:59Z" },
		{ "2027-01-01T00:10:00Z", "Jan  1 00:05:00 x", "2027-01-01T00:05:00Z" },
		{ "2026-12-31T23:50:00Z", "Jan  1 00:05:00 x", "2027-01-01T00:05:00Z" }, /* their clock is fast */
		{ "2026-12-30T12:00:00Z", "Jan  1 00:05:00 x", "2026-01-01T00:05:00Z" },
		{ "2028-03-01T00:00:00Z", "Feb 29 01:00:00 x", "2028-02-29T01:00:00Z" },
		{ "2028-02-01T00:00:00Z", "Feb 29 01:00:00 x", "2024-02-29T01:00:00Z" },
	};
	for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		struct logtime_ref ref = { .now = at(s[i].now) };
		struct logtime t;
		assert_int_equal(logtime_find(&ref, s[i].text, strlen(s[i].text), &t), 0);
		char got[MSEC_TEXT];
		assert_string_equal(msec_print(t.at, got), s[i].when);
	}
}

static void
whole(void **state)
{
	(void)state;
	struct logtime_ref ref = { .now = at("2026-11-22T02:00:00Z") };
	struct logtime t;
	assert_int_equal(logtime_parse(&ref, "2026-11-22 01:45:00", 19, &t), 0);
	assert_true(t.zone_assumed);
	assert_int_equal(logtime_parse(&ref, "2026-11-22 01:45:00 or so", 25, &t), -22);
	assert_int_equal(logtime_parse(&ref, "yesterday", 9, &t), -22);
	assert_int_equal(logtime_parse(&ref, "", 0, &t), -22);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ladder),
		cmocka_unit_test(year),
		cmocka_unit_test(whole),
	};
	return cmocka_run_group_tests_name("wire/logtime", tests, NULL, NULL);
}
