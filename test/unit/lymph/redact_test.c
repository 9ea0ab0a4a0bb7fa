/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is taken out of a log line, what stays, and that the recognisers and the server's reading of evidence
 * make of the rest what they made of the whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "lymph/redact.h"
#include "wire/recog.h"
#include "wire/xarf.h"

static struct redact r;

static int
tear_down(void **state)
{
	(void)state;
	redact_free(&r);
	memset(&r, 0, sizeof(r));
	return 0;
}

static void
become(const char *what, const char *subject, const char *line, const char *want)
{
	size_t n;
	assert_true(redact_add(&r, what));
	assert_int_equal(addr_parse(subject, strlen(subject), &r.subject), 0);
	char *got = redact_line(&r, line, strlen(line), &n);
	assert_non_null(got);
	if (n != strlen(want) || memcmp(got, want, n) != 0)
		fail_msg("\"%.*s\", not \"%s\"", (int)n, got, want);
	free(got);
}

static void
test_words(void **state)
{
	(void)state;
	become("all-but", "192.0.2.1", "from 192.0.2.1 to 198.51.100.7:443 and 198.51.100.7, 10.0.0.9",
	    "from 192.0.2.1 to 203.0.113.1:443 and 203.0.113.1, 203.0.113.2");
	become("all-but", "192.0.2.1", "192.0.2.1.4711 > 10.0.0.9.22: S 1:2(0) at 01:45:00 2001:db8:5::1 fe80::1%eth0",
	    "192.0.2.1.4711 > 203.0.113.2.22: S 1:2(0) at 01:45:00 2001:db8::1 2001:db8::2%eth0");
	become("all-but", "192.0.2.1", "MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00 v1.2.3 x1.2.3.4",
	    "MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00 v1.2.3 x1.2.3.4");
	become("all-but", "2001:db8::1", "[2001:DB8:0::1]:80 [2001:db8::9]:81", "[2001:DB8:0::1]:80 [2001:db8::3]:81");
	become("all-but", "192.0.2.1", "to=<ann.lee@mail.example.net>, ann.lee@mail.example.net, a@b, @x",
	    "to=<mail1@redacted.invalid>, mail1@redacted.invalid, a@b, @x");
	become("all-but", "192.0.2.1", "\"GET /a?b=c&d=192.0.2.9 HTTP/1.1\" why?no https://x.example/?", 
	    "\"GET /a?redacted HTTP/1.1\" why?no https://x.example/?");
	become("user", "192.0.2.1", "Failed password for invalid user Ann from 192.0.2.1; user=<Ann>, USER=bob",
	    "Failed password for invalid user user1 from 192.0.2.1; user=<user1>, USER=user2");
	/* Labels end in the letters a to f, too; nor does one of nothing else hide an address. */
	become("all-but", "192.0.2.1", "source:198.51.100.1 remote:198.51.100.2, node:2001:db8::77 (client:198.51.100.3:22)",
	    "source:203.0.113.3 remote:203.0.113.4, node:2001:db8::4 (client:203.0.113.5:22)");
	become("all-but", "192.0.2.1", "face:198.51.100.1 1:198.51.100.1 source:192.0.2.1 a:b:198.51.100.1",
	    "face:203.0.113.3 1:203.0.113.3 source:192.0.2.1 a:b:203.0.113.3");
	become("all-but", "192.0.2.1", "HWaddr:00:11:22:33:44:55 [00:11:22:33:44:55:66:77:88:99:aa:bb:08:00] 01:45:00.123",
	    "HWaddr:00:11:22:33:44:55 [00:11:22:33:44:55:66:77:88:99:aa:bb:08:00] 01:45:00.123");
	become("Shop", "192.0.2.1", "a.shop.example SHOPPING", "a.redacted.example redactedPING");
	assert_false(redact_add(&r, ""));
}

static void
test_many(void **state)
{
	(void)state;
	char line[64];
	size_t n;
	assert_true(redact_add(&r, "all-but"));
	assert_int_equal(addr_parse("203.0.113.5", 11, &r.subject), 0);
	for (unsigned i = 0; i < 6000; i++) {
		snprintf(line, sizeof(line), "10.%u.%u.1 u%u@example.net user=n%u", i >> 8, i & 255, i, i);
		char *got = redact_line(&r, line, strlen(line), &n);
		assert_non_null(got);
		assert_null(memmem(got, n, "203.0.113.5 ", 12)); /* nobody becomes the accused */
		assert_null(memmem(got, n, "10.", 3));
		assert_null(memmem(got, n, "example", 7));
		free(got);
	}
	assert_true(r.knowns <= REDACT_KNOWN);
}

/* Any bytes; the sanitizers look on. */
static void
test_bytes(void **state)
{
	(void)state;
	uint8_t bytes[300];
	size_t n;
	assert_true(redact_add(&r, "all-but"));
	assert_true(redact_add(&r, "\xff"));
	for (int i = 0; i < 2000; i++) {
		size_t len = (size_t)i % sizeof(bytes);
		randombytes_buf(bytes, sizeof(bytes));
		for (size_t k = 0; k < len && i % 2; k++)
			bytes[k] = (uint8_t)"0123456789abcdef.:@?/ =<-[user%"[bytes[k] % 31];
		char *copy = malloc(len + 1);
		memcpy(copy, bytes, len);
		char *got = redact_line(&r, copy, len, &n);
		assert_non_null(got);
		free(got);
		free(copy);
	}
}

static const struct {
	enum class_id cls;
	const char *line;
} known[] = {
	{ CLASS_LOGIN_ATTACKER, "Nov 22 01:45:00 h sshd[1]: Failed password for root from 192.0.2.1 port 4711 ssh2" },
	{ CLASS_LOGIN_ATTACKER, "Nov 22 01:45:00 h sshd[1]: Failed password for invalid user ann from 192.0.2.1 port 4711 ssh2" },
	{ CLASS_LOGIN_ATTACKER, "Nov 22 01:45:00 h sshd[1]: Invalid user ann from 192.0.2.1 port 4711" },
	{ CLASS_LOGIN_ATTACKER, "Nov 22 01:45:00 h dovecot: imap-login: Disconnected (auth failed, 3 attempts in 10 secs):"
	    " user=<ann@example.net>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.77, TLS, rport=5555" },
	{ CLASS_LOGIN_ATTACKER, "Nov 22 01:45:00 h postfix/smtpd[1]: warning: x[192.0.2.1]: SASL LOGIN authentication"
	    " failed: x" },
	{ CLASS_LOGIN_ATTACKER, "192.0.2.1 - bob [22/Nov/2026:01:45:03 +0000] \"POST /wp-login.php?u=1 HTTP/1.1\" 200 6"
	    " \"-\" \"x\"" },
	{ CLASS_OPEN_PROXY, "192.0.2.1 - ann [22/Nov/2026:01:45:00 +0000] \"GET /a?b=c HTTP/1.1\" 200 6 \"-\" \"x\"" },
	{ CLASS_SCANNER, "Nov 22 01:45:00 h kernel: [1.2] DROP IN=eth0 OUT= MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00"
	    " SRC=192.0.2.1 DST=198.51.100.7 LEN=60 TOS=0x00 PREC=0x00 TTL=50 ID=1 DF PROTO=TCP SPT=4711 DPT=23"
	    " WINDOW=1 RES=0x00 SYN URGP=0" },
};

/* What the server makes of it: a text that names the accused one, or not. */
static enum evidence
evidence_of(enum class_id cls, const char *line, size_t n)
{
	struct xarf_item item = { "text/plain", "log", line, n };
	struct xarf_why why = { "", "" };
	struct xarf *doc;
	struct report rep;
	size_t len;
	struct xarf_new d = { .timestamp = 1795305600000, .first_seen = 1795305600000, .cls = cls, .org = "o", .contact = "a@example.net",
		.domain = "example.net", .subject = r.subject, .source_port = 4711, .service_port = 3128,
		.items = &item, .item_count = 1, .handshake = -1, .count = 1 };
	memset(d.id, 5, sizeof(d.id));
	uuid_v4(d.id);
	char *s = xarf_build(&d, &len, &why);
	if (!s)
		fail_msg("%s: %s", why.field, why.rule);
	assert_int_equal(xarf_parse(s, len, &doc, &why), 0);
	assert_int_equal(xarf_report(doc, &rep, &why), 0);
	xarf_free(doc);
	free(s);
	return rep.evidence;
}

static void
test_recognised(void **state)
{
	(void)state;
	struct logfind f;
	assert_int_equal(addr_parse("192.0.2.1", 9, &r.subject), 0);
	assert_int_equal(logfind_init(&f, &r.subject), 0);
	assert_true(redact_add(&r, "all-but"));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct recog *rec;
		const struct recog_row *row, *after;
		const char *line = known[i].line;
		size_t n;
		unsigned long taken = r.taken;
		assert_int_equal(recog_new(known[i].cls, &rec), 0);
		enum recog_says says = recog_line(rec, &f, line, strlen(line), &row);
		char *got = redact_line(&r, line, strlen(line), &n);
		assert_non_null(got);
		assert_int_equal(says, RECOG_SUPPORTS);
		assert_true(r.taken > taken || strstr(line, "postfix"));
		if (recog_line(rec, &f, got, n, &after) != says || after != row)
			fail_msg("no more recognised: %.*s", (int)n, got);
		assert_int_equal(evidence_of(known[i].cls, got, n), evidence_of(known[i].cls, line, strlen(line)));
		assert_int_equal(evidence_of(known[i].cls, got, n), EVIDENCE_TEXT);
		assert_null(memmem(got, n, "ann", 3));
		assert_null(memmem(got, n, "198.51.100.7", 12));
		free(got);
		recog_free(rec);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_words, tear_down),
		cmocka_unit_test_teardown(test_many, tear_down),
		cmocka_unit_test_teardown(test_bytes, tear_down),
		cmocka_unit_test_teardown(test_recognised, tear_down),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
