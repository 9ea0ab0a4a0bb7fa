/* SPDX-License-Identifier: BSD-2-Clause */
/* Syslog: the examples of RFC 5424 and RFC 3164, dialects in use, framings whole and in pieces; real lines
 * where the folder of samples is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/syslog.h"

#define NOW INT64_C(1795348800000) /* 2026-11-22T12:00:00Z */
static const struct logtime_ref ref = { .now = NOW };

static struct syslog_msg
good(const char *s)
{
	struct syslog_msg m;
	const char *rule = "";
	if (syslog_parse(s, strlen(s), &ref, &m, &rule) != 0)
		fail_msg("%s: %s", s, rule);
	return m;
}

static void
is(const struct syslog_part *p, const char *want)
{
	if (!want) {
		assert_null(p->s);
		return;
	}
	assert_non_null(p->s);
	assert_int_equal(p->n, strlen(want));
	assert_memory_equal(p->s, want, p->n);
}

static void
bad(const char *s, const char *want)
{
	struct syslog_msg m;
	const char *rule = "";
	assert_int_equal(syslog_parse(s, strlen(s), &ref, &m, &rule), -EBADMSG);
	assert_non_null(strstr(rule, want));
}

static void
test_modern(void **state)
{
	(void)state;
	struct syslog_msg m = good("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - "
				   "\xef\xbb\xbf'su root' failed for lonvick on /dev/pts/8");
	assert_true(m.modern && m.pri);
	assert_int_equal(m.facility, 4);
	assert_int_equal(m.severity, 2);
	assert_int_equal(m.at, INT64_C(1065910455003));
	assert_false(m.zone_assumed);
	is(&m.host, "mymachine.example.com");
	is(&m.app, "su");
	is(&m.procid, NULL);
	is(&m.msgid, "ID47");
	is(&m.data, NULL);
	is(&m.text, "'su root' failed for lonvick on /dev/pts/8");

	m = good("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.");
	assert_int_equal(m.at, INT64_C(1061727255000));
	is(&m.procid, "8710");

	m = good("<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 "
		 "[exampleSDID@32473 iut=\"3\" eventSource=\"Application\" eventID=\"1011\"]"
		 "[examplePriority@32473 class=\"high\"] BOMAn application event log entry...");
	is(&m.data, "[exampleSDID@32473 iut=\"3\" eventSource=\"Application\" eventID=\"1011\"]"
		    "[examplePriority@32473 class=\"high\"]");
	is(&m.text, "BOMAn application event log entry...");

	m = good("<0>1 - - - - - -");
	assert_int_equal(m.at, 0);
	is(&m.text, "");
	m = good("<0>1 - - - - - [a b=\"x\\\"y\\]\\\\\"]");
	is(&m.data, "[a b=\"x\\\"y\\]\\\\\"]");
}

static void
test_modern_broken(void **state)
{
	(void)state;
	char host[400] = "<1>1 - ";
	memset(host + 7, 'h', 256);
	strcpy(host + 263, " - - - -");
	bad(host, "6.2.4");
	bad("<1>1 yesterday host app - - - x", "6.2.3");
	bad("<1>1 - - - -", "6.2.6");
	bad("<1>1 - - - - - ", "6.3");
	bad("<1>1 - - - - - -x", "6.3");
	bad("<1>1 - - - - - [a b=\"x]", "6.3");
	bad("<1>1 - - - - - [a b=\"x\"", "6.3");
	bad("<1>1 - - - - - [a b=x]", "6.3");
	bad("<1>1 - - - - - [ b=\"x\"]", "6.3");
	bad("<1>1 - - - - - [a b=\"x]y\"]", "6.3");
}

static void
test_old(void **state)
{
	(void)state;
	struct syslog_msg m = good("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8");
	assert_false(m.modern);
	assert_true(m.zone_assumed && m.year_assumed);
	assert_int_equal(m.at, INT64_C(1791756855000)); /* of this year */
	is(&m.host, "mymachine");
	is(&m.app, "su");
	is(&m.text, "'su root' failed for lonvick on /dev/pts/8");
	m = good("<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!");
	is(&m.host, "10.0.0.99");
	is(&m.app, NULL);
	is(&m.text, "Use the BFG!");
	m = good("Use the BFG!");
	assert_false(m.pri);
	assert_int_equal(m.facility, 1);
	assert_int_equal(m.severity, 5);
	is(&m.text, "Use the BFG!");
	m = good("<86>Nov 22 11:00:00 sshd[4242]: Failed password for root from 192.0.2.7 port 4711 ssh2");
	is(&m.host, NULL);
	is(&m.app, "sshd");
	is(&m.procid, "4242");
	m = good("<86>2026-11-22T11:00:00.123456+01:00 gw sshd[1]: x");
	assert_int_equal(m.at, INT64_C(1795341600123));
	is(&m.host, "gw");
	m = good("<189>Nov 22 11:00:00.123: %SEC-6-IPACCESSLOGP: list 101 denied tcp 192.0.2.7(1) -> 198.51.100.1(22), 1 packet");
	assert_int_equal(m.at, INT64_C(1795345200123));
	is(&m.app, "%SEC-6-IPACCESSLOGP");
	m = good("<30>lymph: no stamp");
	is(&m.app, "lymph");
	is(&m.text, "no stamp");
	m = good("<192>Nov 22 11:00:00 h a: x"); /* no such priority: text */
	assert_false(m.pri);
	m = good("<01>x: y");
	assert_false(m.pri);
	m = good("");
	is(&m.text, "");
}

static void
test_line(void **state)
{
	(void)state;
	char buf[256];
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "<38>1 2026-11-22T11:00:00Z gw sshd 42 - [x y=\"z\"] Failed password",
		    "2026-11-22T11:00:00Z gw sshd[42]: Failed password" },
		{ "<134>1 - pfSense.home filterlog 12345 - - 4,,,1000", "pfSense.home filterlog[12345]: 4,,,1000" },
		{ "<38>Nov  2 11:00:00 gw sshd[42]: x", "Nov  2 11:00:00 gw sshd[42]: x" },
		{ "<38>kernel: x", "kernel: x" },
		{ "nothing at all", "nothing at all" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct syslog_msg m = good(rows[i].in);
		size_t n = syslog_line(&m, buf, sizeof(buf));
		assert_int_equal(n, strlen(rows[i].out));
		assert_memory_equal(buf, rows[i].out, n);
		for (size_t size = 0; size < n; size++)
			assert_int_equal(syslog_line(&m, buf, size), size);
	}
}

static char heard[65536];
static size_t messages;
static size_t longest;

static int
sink(const char *s, size_t n, void *arg)
{
	(void)arg;
	size_t at = strlen(heard);
	snprintf(heard + at, sizeof(heard) - at, "{%.*s}", (int)(n < 80 ? n : 80), s);
	messages++;
	if (n > longest)
		longest = n;
	return 0;
}

/* The same, however the bytes are cut. */
static void
stream(const char *in, size_t n, const char *want)
{
	static struct syslog_stream st;
	static const size_t cuts[] = { 1, 2, 3, 7, 64, 1 << 20 };
	for (size_t c = 0; c < sizeof(cuts) / sizeof(cuts[0]); c++) {
		memset(&st, 0, sizeof(st));
		heard[0] = '\0';
		for (size_t at = 0; at < n; at += cuts[c])
			assert_int_equal(syslog_feed(&st, in + at, n - at < cuts[c] ? n - at : cuts[c], sink, NULL), 0);
		assert_int_equal(syslog_end(&st, sink, NULL), 0);
		assert_string_equal(heard, want);
	}
}

static void
test_stream(void **state)
{
	(void)state;
#define S(in, want) stream(in, sizeof(in) - 1, want)
	S("<1>a\n<2>b\r\n\n<3>c", "{<1>a}{<2>b}{<3>c}");
	S("5 <1>ab4 <2>c6 <3>d\ne", "{<1>ab}{<2>c}{<3>d\ne}");
	S("5 <1>ab<2>line\n4 <3>c", "{<1>ab}{<2>line}{<3>c}");
	S("2026-11-22 a line that begins with digits\n7 of them\n", "{2026-11-22 a line that begins with digits}{7 of them}");
	S("<1>a\0<2>b\0", "{<1>a}{<2>b}");
	S("10 <1>cut", ""); /* promised more: not whole */
	S("12345678 <1>x\n", "{12345678 <1>x}");
	S("0 <1>x\n", "{0 <1>x}");
	S("", "");
	S("5", "{5}");
#undef S
}

static void
test_stream_caps(void **state)
{
	(void)state;
	static struct syslog_stream st;
	static char big[3 * SYSLOG_MESSAGE];
	memset(&st, 0, sizeof(st));
	memset(big, 'x', sizeof(big));
	heard[0] = '\0';
	messages = longest = 0;
	memcpy(big, "<1>", 3);
	syslog_feed(&st, big, sizeof(big), sink, NULL);
	syslog_feed(&st, "\n<2>after\n", 10, sink, NULL);
	assert_int_equal(messages, 2);
	assert_int_equal(st.over, 1);
	assert_int_equal(longest, SYSLOG_MESSAGE);
	assert_non_null(strstr(heard, "{<2>after}"));
	/* Counted: the rest of what was promised is passed over, ends of lines and all. */
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = i % 8 ? 'y' : '\n';
	memcpy(big, "150000 <1>x", 11);
	messages = longest = 0;
	syslog_feed(&st, big, 150007, sink, NULL);
	syslog_feed(&st, "5 <2>ok", 7, sink, NULL);
	assert_int_equal(messages, 2);
	assert_int_equal(st.over, 2);
	assert_true(longest > SYSLOG_MESSAGE - 16 && longest < SYSLOG_MESSAGE);
}

/* Every line of the samples is read as something: never more bytes than it has, and what is printed as RFC
 * 5424 is RFC 5424. */
static void
test_real(void **state)
{
	(void)state;
	static const char *const names[] = { "pfsense-rfc5424-filterlog/pfsense-rfc5424-filterlog.log",
		"pfsense-rfc5424-nginx/pfsense-rfc5424-nginx.log", "opnsense-sshd/opnsense-sshd.log",
		"pf-logs/pf-logs.log", "syslog-logs/syslog-logs.log" };
	const char *data = getenv("LYMPH_DATA");
	char path[512], line[16384];
	unsigned read = 0, modern = 0, files = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/logs/crowdsec-hub/%s", data ? data : ".", names[i]);
		FILE *f = fopen(path, "r");
		if (!f)
			continue;
		files++;
		while (fgets(line, sizeof(line), f)) {
			struct syslog_msg m;
			const char *rule = "";
			size_t n = strcspn(line, "\n");
			int rc = syslog_parse(line, n, &ref, &m, &rule);
			if (rc < 0)
				fail_msg("%s: %.60s: %s", names[i], line, rule);
			read++;
			modern += m.modern;
			if (n)
				assert_true(m.text.s + m.text.n == line + n);
			if (m.modern)
				assert_true(m.at && m.host.s && m.app.s);
		}
		fclose(f);
	}
	if (!files) {
		print_message("no samples in %s: set LYMPH_DATA\n", data ? data : "(unset)");
		skip();
	}
	print_message("%u real lines in %u files, %u of them RFC 5424\n", read, files, modern);
	assert_true(modern > 0 && read > modern);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modern),
		cmocka_unit_test(test_modern_broken),
		cmocka_unit_test(test_old),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_stream_caps),
		cmocka_unit_test(test_real),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
