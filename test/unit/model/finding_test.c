/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings: words a person can read, and the reports they become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/finding.h"

#define TEN_OH_ONE (10 * MSEC_HOUR + MSEC_MINUTE)

static struct finding
scan(void)
{
	struct finding f = { .detector = DETECT_SCAN, .proto = 6, .port = { 23, 2323 }, .distinct = 41,
		.permille = 1000, .from = TEN_OH_ONE, .to = TEN_OH_ONE + 8 * MSEC_MINUTE, .sampling = 1000,
		.samples = 44, .source = SOURCE_PROVEN, .lines = 1 };
	assert_int_equal(addr_parse("198.51.100.7", 12, &f.subject), 0);
	return f;
}

static void
test_text(void **state)
{
	char buf[FINDING_TEXT];
	struct finding f = scan();
	(void)state;
	assert_string_equal(finding_print(&f, buf), "41 addresses on tcp/23,2323, 100 % SYN-only, "
		"10:01-10:09, sampled 1:1000, 44 samples");
	f.sampling = 0;
	f.source = SOURCE_UNPROVEN;
	assert_string_equal(finding_print(&f, buf), "41 addresses on tcp/23,2323, 100 % SYN-only, "
		"10:01-10:09, sampling unknown, 44 samples, source not proven");
	f = (struct finding){ .detector = DETECT_POPULATION, .proto = 17, .port = { 80 }, .lines = 213,
		.pps = 426000, .bps = UINT64_C(2556000000), .error_permille = 62, .mean_size = 750,
		.sampling = 1, .samples = 1000, .from = TEN_OH_ONE, .to = TEN_OH_ONE };
	assert_int_equal(addr_parse("192.0.2.0", 9, &f.peer.a), 0);
	f.peer.len = 24;
	assert_string_equal(finding_print(&f, buf), "213 lines at 192.0.2.0/24, udp/80, 426 kpps, "
		"2.5 Gbit/s (+-6 %), 750 bytes each, 10:01-10:01, unsampled, 1000 samples");
}

/* No detector without words, none that overruns. */
static void
test_longest(void **state)
{
	char buf[FINDING_TEXT];
	struct finding f;
	(void)state;
	for (int d = 0; d < DETECTORS; d++) {
		memset(&f, 0xff, sizeof(f));
		f.detector = (uint8_t)d;
		f.flood = 0;
		f.peer.a.fam = f.subject.fam = 6;
		f.peer.len = 128;
		f.from = f.to = MSEC_NEVER - 1;
		memset(f.indicator, 'x', sizeof(f.indicator));
		finding_print(&f, buf);
		assert_true(strlen(buf) > 30 && strlen(buf) < FINDING_TEXT - 1);
	}
	f.detector = DETECTORS;
	assert_string_equal(finding_print(&f, buf), "");
}

static void
test_sane(void **state)
{
	struct finding f = scan(), g;
	(void)state;
	assert_true(finding_sane(&f));
	g = f, g.detector = DETECTORS;
	assert_false(finding_sane(&g));
	g = f, g.subject.fam = 5;
	assert_false(finding_sane(&g));
	g = f, g.source = 3;
	assert_false(finding_sane(&g));
	g = f, g.permille = 1001;
	assert_false(finding_sane(&g));
	g = f, g.to = g.from - 1;
	assert_false(finding_sane(&g));
	g = f, strcpy(g.indicator, "a\x1b[2J");
	assert_false(finding_sane(&g));
	memset(g.indicator, 'a', sizeof(g.indicator)); /* no end */
	assert_false(finding_sane(&g));
	g = f, g.samples = 0;
	assert_false(finding_sane(&g));
}

static void
test_report(void **state)
{
	struct finding f = scan();
	struct report r, same;
	(void)state;
	assert_true(finding_report(&f, &r));
	assert_int_equal(r.cls, CLASS_SCANNER);
	assert_int_equal(r.evidence, EVIDENCE_STRONG);
	assert_int_equal(r.port, 0); /* the ports are the far side's */
	assert_true(addr_eq(&r.subject, &f.subject));
	assert_true(finding_report(&f, &same));
	assert_memory_equal(r.id, same.id, sizeof(r.id));
	f.distinct++;
	assert_true(finding_report(&f, &same));
	assert_memory_not_equal(r.id, same.id, sizeof(r.id));
	f.source = SOURCE_UNPROVEN;
	assert_true(finding_report(&f, &r));
	assert_int_equal(r.evidence, EVIDENCE_WEAK);
	f.source = SOURCE_PROVEN;
	f.active = 1;
	for (f.samples = 1; f.samples <= 9; f.samples++) { /* few never act; one contact is one */
		struct flow_seen seen;
		bool few = f.samples < FINDING_LEAST;
		f.detector = DETECT_SCAN;
		assert_true(finding_report(&f, &r));
		assert_int_equal(r.evidence, few ? EVIDENCE_WEAK : EVIDENCE_STRONG);
		assert_int_equal(finding_seen(&f, false, &seen), !few);
		f.detector = DETECT_C2;
		assert_true(finding_report(&f, &r));
		assert_int_equal(r.evidence, EVIDENCE_STRONG);
	}
	f.detector = DETECT_OUTBREAK;
	assert_false(finding_report(&f, &r));
	for (int d = 1; d < DETECTORS; d++) {
		struct key a = detector_key((enum detector)d), b = detector_key((enum detector)(d - 1));
		assert_int_not_equal(key_cmp(&a, &b), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_sane),
		cmocka_unit_test(test_report),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
