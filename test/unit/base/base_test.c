/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, times, fixed-point numbers, escaping; and the model's tables on top of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/escape.h"
#include "base/lpm.h"
#include "base/msec.h"
#include "base/q32.h"
#include "model/class.h"
#include "model/fact.h"
#include "model/params.h"
#include "model/policy.h"

static int
parse(const char *s, struct addr *a)
{
	return addr_parse(s, strlen(s), a);
}

static void
test_addr(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
	} good[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
		{ "::", "::" },
	};
	static const char *const bad[] = { "", "192.0.2", "192.0.2.01", "192.0.2.256", "[::1]", "::1%lo",
		"192.0.2.0/24", " 192.0.2.1", "1:2:3:4:5:6:7:8:9", "example.com" };
	struct addr a = { .fam = 9 };
	char buf[ADDR_TEXT];
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(parse(good[i].in, &a), 0);
		assert_string_equal(addr_print(&a, buf), good[i].out);
	}
	a.fam = 9;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i], &a), -EINVAL);
		assert_int_equal(a.fam, 9);
	}
	assert_int_equal(addr_parse("1.2.3.4\0", 8, &a), -EINVAL);
}

static void
test_prefix(void **state)
{
	(void)state;
	struct prefix p;
	struct addr in, out;
	char buf[PREFIX_TEXT];
	assert_int_equal(prefix_parse("198.18.0.0/15", 13, &p), 0);
	assert_string_equal(prefix_print(&p, buf), "198.18.0.0/15");
	parse("198.19.255.255", &in);
	parse("198.20.0.0", &out);
	assert_true(prefix_has(&p, &in));
	assert_false(prefix_has(&p, &out));
	assert_int_equal(prefix_parse("198.18.0.1/15", 13, &p), -EDOM);
	assert_int_equal(prefix_parse("198.18.0.0/33", 13, &p), -EINVAL);
	assert_int_equal(prefix_parse("198.18.0.0/", 11, &p), -EINVAL);
	assert_int_equal(prefix_parse("198.18.0.0/08", 13, &p), -EINVAL);
	assert_int_equal(prefix_parse("2001:db8::/32", 13, &p), 0);
	parse("2001:db8:ffff::1", &in);
	assert_true(prefix_has(&p, &in));
	assert_int_equal(prefix_parse("0.0.0.0/0", 9, &p), 0);
	assert_true(prefix_has(&p, &out));
	assert_false(prefix_has(&p, &in));
}

static void
test_time(void **state)
{
	(void)state;
	msec t;
	char buf[MSEC_TEXT];
	static const char *const bad[] = { "2026-11-22T01:45:00", "2026-13-01T00:00:00Z",
		"2025-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T01:45:00.Z",
		"2026-11-22T01:45:00+2:00", "2026-11-22T01:45:00Zx" };
	assert_int_equal(msec_parse("2026-11-22T01:45:00Z", 20, &t), 0);
	assert_int_equal(t, INT64_C(1795311900000));
	assert_string_equal(msec_print(t, buf), "2026-11-22T01:45:00Z");
	assert_int_equal(msec_parse("2026-11-22T03:45:00.25+02:00", 28, &t), 0);
	assert_string_equal(msec_print(t, buf), "2026-11-22T01:45:00.250Z");
	assert_int_equal(msec_parse("1900-02-28T23:59:59Z", 20, &t), 0);
	assert_string_equal(msec_print(t, buf), "1900-02-28T23:59:59Z");
	assert_int_equal(msec_parse("2024-02-29T00:00:00Z", 20, &t), 0);
	assert_string_equal(msec_print(INT64_MAX, buf), "-");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(msec_parse(bad[i], strlen(bad[i]), &t), -EINVAL);
}

static void
test_q32(void **state)
{
	(void)state;
	char buf[Q32_TEXT];
	q32 v;
	assert_int_equal(q32_parse("0.905", 5, &v), 0);
	assert_string_equal(q32_print(v, 3, buf), "0.905");
	assert_int_equal(q32_parse("1", 1, &v), 0);
	assert_int_equal(v, Q32_ONE);
	assert_int_equal(q32_parse("", 0, &v), -EINVAL);
	assert_int_equal(q32_parse("0.", 2, &v), -EINVAL);
	assert_int_equal(q32_parse("-1", 2, &v), -EINVAL);
	assert_int_equal(q32_mul(Q32(54, 100), Q32_ONE), Q32(54, 100));
	assert_int_equal(q32_div(Q32_ONE, 5 * Q32_ONE), Q32(1, 5));
	/* Halving, and a root squared: the constants are what they say. */
	assert_int_equal(q32_decay(0, MSEC_DAY), Q32_ONE);
	assert_int_equal(q32_decay(-5, MSEC_DAY), Q32_ONE);
	assert_int_equal(q32_decay(MSEC_DAY, MSEC_DAY), Q32_ONE / 2);
	assert_int_equal(q32_decay(3 * MSEC_DAY, MSEC_DAY), Q32_ONE / 8);
	assert_int_equal(q32_decay(100 * MSEC_DAY, MSEC_DAY), 0);
	q32 r = q32_decay(MSEC_DAY / 2, MSEC_DAY);
	assert_int_equal(r, UINT64_C(3037000500));
	for (msec half = 2; half < (msec)1 << 40; half *= 2) {
		q32 one = q32_decay(1, half), two = q32_decay(2, half);
		q32 sq = q32_mul(one, one);
		assert_true(sq + 2 >= two && sq <= two + 2);
		assert_true(one < Q32_ONE || half > (msec)1 << 31);
	}
	for (msec age = 0; age < 400; age++)
		assert_true(q32_decay(age + 1, 17) < q32_decay(age, 17) || q32_decay(age, 17) == 0);
}

static void
test_escape(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain text", "plain text" },
		{ "\033[2Jx", "\\x1b[2Jx" },
		{ "a\nb\tc\\d", "a\\nb\\tc\\\\d" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xe2\x80\xae evil", "\\u{202e} evil" },
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "\xc0\x80", "\\xc0\\x80" },
		{ "\xc2\x9b""31m", "\\x9b31m" },
		{ "\x7f", "\\x7f" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	};
	char buf[64];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(escape_tty(rows[i].in, strlen(rows[i].in), buf, sizeof(buf)),
		    rows[i].out);
	assert_string_equal(escape_tty("a\0b", 3, buf, sizeof(buf)), "a\\x00b");
	assert_string_equal(escape_tty("0123456789", 10, buf, 8), "0123...");
	assert_string_equal(escape_tty("0123456", 7, buf, 8), "0123456");
	assert_string_equal(escape_tty("abc", 3, buf, 1), "");
}

static void
test_model(void **state)
{
	(void)state;
	struct params p;
	char buf[PARAM_TEXT];
	params_default(&p);
	for (size_t i = 0; i < param_count; i++) {
		const struct param_row *r = &param_rows[i];
		int64_t v;
		assert_true(r->def >= r->min && r->def <= r->max);
		assert_int_equal(param_parse(r->kind, param_print(r->kind, r->def, buf), &v), 0);
		/* What is printed parses back to within the last digit shown. */
		assert_true(v - r->def < 1000000 && r->def - v < 1000000);
	}
	assert_int_equal(params_set(&p, params_row("false_from"), 0), -EDOM);
	assert_int_equal(class_by_xarf("vulnerability", "open_service", "open-proxy"), CLASS_OPEN_PROXY);
	assert_int_equal(class_by_xarf("vulnerability", "open_service", "rdp"), CLASS_AMPLIFIER);
	assert_int_equal(class_by_xarf("infrastructure", "botnet", NULL), CLASS_BOT);
	assert_int_equal(class_by_xarf("content", "phishing", NULL), CLASS_NONE);
	for (int c = CLASS_NONE + 1; c < CLASS_N; c++)
		assert_int_equal(class_by_name(class_row(c)->name, strlen(class_row(c)->name)), c);
}

static void
test_policy(void **state)
{
	(void)state;
	struct policy *p = policy_new();
	struct policy_row row = { .kind = KIND_RESIDENTIAL, .delegated = 56 };
	struct addr a;
	prefix_parse("192.0.2.0/24", 12, &row.lpm.prefix);
	assert_int_equal(policy_add(p, &row), 0);
	assert_int_equal(policy_add(p, &row), -EEXIST);
	row.kind = KIND_CRITICAL;
	strcpy(row.line, "hospital");
	prefix_parse("192.0.2.7/32", 12, &row.lpm.prefix);
	assert_int_equal(policy_add(p, &row), 0);
	assert_int_equal(p->lines, 257);
	parse("192.0.2.7", &a);
	assert_int_equal(policy_find(p, &a)->kind, KIND_CRITICAL);
	parse("192.0.2.8", &a);
	assert_int_equal(policy_find(p, &a)->kind, KIND_RESIDENTIAL);
	parse("192.0.3.8", &a);
	assert_null(policy_find(p, &a));
	policy_free(p);
}

static void
test_fact_round_trip(void **state)
{
	(void)state;
	uint8_t a[FACT_BYTES], b[FACT_BYTES];
	struct fact f = { .kind = FACT_REPORT, .at = 1234567890123 }, g;
	memset(f.report.key.b, 7, KEY_BYTES);
	strcpy(f.report.sender, "example.net");
	f.report.cls = CLASS_OPEN_PROXY;
	f.report.evidence = EVIDENCE_TEXT;
	parse("2001:db8::7", &f.report.subject);
	f.report.port = 3128;
	f.report.event = -5;
	f.report.count = 17;
	struct writer w = writer_of(a, sizeof(a));
	fact_encode(&w, &f);
	assert_false(w.bad);
	size_t n = writer_len(&w);
	assert_int_equal(fact_decode(a, n, &g), 0);
	struct writer v = writer_of(b, sizeof(b));
	fact_encode(&v, &g);
	assert_int_equal(writer_len(&v), n);
	assert_memory_equal(a, b, n);
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(fact_decode(a, cut, &g), -EBADMSG);
	a[0] = 2; /* of a kind that has no second version */
	assert_int_equal(fact_decode(a, n, &g), -EBADMSG);
	a[0] = 3;
	assert_int_equal(fact_decode(a, n, &g), -ENOTSUP);
}

/* What own flows say, as it is written and as it was before it had a coverage. */
static void
test_fact_of_flows(void **state)
{
	(void)state;
	uint8_t a[FACT_BYTES];
	struct fact f = { .kind = FACT_FLOW, .at = 1234567890123 }, g;
	parse("192.0.2.7", &f.flow.subject);
	f.flow.port = 3128;
	f.flow.cls = CLASS_SCANNER;
	f.flow.when = 1234567890000;
	f.flow.active = f.flow.covered = true;
	f.flow.proto = 6;
	f.flow.far_port = 23;
	f.flow.samples = 41;
	f.flow.sampling = 1000;
	assert_int_equal(prefix_parse("198.51.100.0/24", 15, &f.flow.peer), 0);
	struct writer w = writer_of(a, sizeof(a));
	fact_encode(&w, &f);
	assert_false(w.bad);
	size_t n = writer_len(&w);
	assert_int_equal(fact_decode(a, n, &g), 0);
	assert_memory_equal(&g.flow, &f.flow, sizeof(f.flow));
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(fact_decode(a, cut, &g), -EBADMSG);
	a[0] = 1;
	assert_int_equal(fact_decode(a, n, &g), -EBADMSG);
	size_t old = 1 + 1 + 8 + 5 + 2 + 1 + 8 + 2;
	assert_int_equal(fact_decode(a, old, &g), 0);
	assert_int_equal(g.flow.port, 3128);
	assert_true(g.flow.active);
	assert_false(g.flow.covered);
	assert_int_equal(g.flow.far_port | g.flow.proto | g.flow.peer.a.fam, 0);
	assert_int_equal(g.flow.samples | g.flow.sampling, 0);
}

static void
test_fact_of_a_population(void **state)
{
	(void)state;
	uint8_t a[FACT_BYTES];
	struct fact f = { .kind = FACT_POPULATION, .at = 1234567890123 }, g;
	f.population = (struct population){ .group = 7, .proto = 17, .port = 53, .lines = 200,
		.samples = 900, .sampling = 1000, .mean_size = 600, .pps = 400000,
		.bps = 2400000000, .source = 2, .from = 1234567880000, .to = 1234567890000 };
	assert_int_equal(prefix_parse("198.51.100.7", 12, &f.population.victim), 0);
	struct writer w = writer_of(a, sizeof(a));
	fact_encode(&w, &f);
	assert_false(w.bad);
	assert_int_equal(fact_decode(a, writer_len(&w), &g), 0);
	assert_memory_equal(&g.population, &f.population, sizeof(f.population));
	assert_int_equal(fact_decode(a, writer_len(&w) - 1, &g), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addr),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_q32),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_fact_round_trip),
		cmocka_unit_test(test_fact_of_flows),
		cmocka_unit_test(test_fact_of_a_population),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
