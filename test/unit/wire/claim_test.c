/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims to reports: every class, the same bytes twice, hostile names, no port, the evidence as
 * it came. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <sodium.h>

#include "wire/claim.h"

#define LINE "2026-11-22T01:00:00Z sshd: Failed password for root from 192.0.2.1 port 40000\n"

static struct claim
claim(enum class_id cls)
{
	struct claim c = { .subject = { 4, { 192, 0, 2, 1 } },
		.port = 40000,
		.cls = cls,
		.evidence = EVIDENCE_TEXT,
		.event = 1795309200000,
		.count = 7,
		.what = "a test, row 1",
		.text = LINE,
		.text_n = strlen(LINE) };
	return c;
}

static struct claim_from
from(const char *domain)
{
	struct claim_from f = { .arrived = 1795312800000, .origin = { 1, 2, 3 } };
	if (domain)
		assert_true(identity_make(IDENTITY_DKIM, domain, &f.identity));
	return f;
}

static void
test_every_class(void **state)
{
	(void)state;
	struct claim_from f = from("example.org");
	for (enum class_id cls = CLASS_NONE + 1; cls < CLASS_N; cls++) {
		struct claim c = claim(cls);
		struct xarf_why why = { "", "" };
		struct report r;
		struct xarf *x;
		size_t n;
		for (unsigned portless = 0; portless < 2; portless++) {
			c.port = portless ? 0 : 40000;
			char *s = claim_report(&c, &f, &n, &r, &why);
			if (portless &&
			    cls == CLASS_KNOWN_DEFECTIVE) { /* the schema cannot do without */
				assert_null(s);
				assert_string_equal(why.field, "service_port");
				continue;
			}
			if (!s)
				fail_msg("%s: %s: %s", class_row(cls)->name, why.field, why.rule);
			assert_int_equal(r.cls, cls);
			assert_int_equal(r.port, c.port);
			assert_int_equal(r.evidence, EVIDENCE_TEXT);
			assert_int_equal(r.count, 7);
			assert_int_equal(r.event, c.event);
			assert_true(addr_eq(&r.subject, &c.subject));
			assert_string_equal(r.sender, "example.org");
			struct key k = identity_key(&f.identity);
			assert_int_equal(key_cmp(&r.key, &k), 0);
			assert_int_equal(xarf_parse(s, n, &x, &why), 0);
			xarf_free(x);
			free(s);
		}
	}
}

/* RFC 9562 5.8, and known values: a change of these would count old mail again. */
static void
test_stable(void **state)
{
	(void)state;
	struct claim c = claim(CLASS_LOGIN_ATTACKER);
	struct claim_from f = from("example.org");
	struct xarf_why why;
	struct report a, b;
	char hex[65], uuid[UUID_TEXT];
	size_t n, m;
	char *s = claim_report(&c, &f, &n, &a, &why), *t;
	assert_non_null(s);
	t = claim_report(&c, &f, &m, &b, &why);
	assert_int_equal(n, m);
	assert_memory_equal(s, t, n);
	assert_memory_equal(a.id, b.id, 16);
	assert_int_equal(a.id[6] >> 4, 8);
	assert_int_equal(a.id[8] >> 6, 2);
	assert_string_equal(uuid_print(a.id, uuid), "88e0dc1d-c0aa-843a-b6ab-a4d296f530df");
	free(t);
	struct key k = identity_key(&f.identity);
	sodium_bin2hex(hex, sizeof(hex), k.b, 32);
	assert_string_equal(
	    hex, "8efd1a626e6a1d6fa7ccf5cbdac244f5d255ad9edc265a88be604901f588383f");
	/* Whatever makes it another claim makes another id; a later reading does not. */
	f.arrived += 1000;
	t = claim_report(&c, &f, &m, &b, &why);
	assert_memory_equal(a.id, b.id, 16);
	assert_memory_equal(s, t, n);
	free(t);
	for (int i = 0; i < 8; i++) {
		struct claim d = c;
		struct claim_from g = f;
		d.port = i == 0 ? 40001 : d.port;
		d.event += i == 1;
		d.cls = i == 2 ? CLASS_SCANNER : d.cls;
		d.subject.b[3] = i == 3 ? 2 : 1;
		g.origin[31] = i == 4;
		/* One batch of lines holds both. */
		d.evidence = i == 5 ? EVIDENCE_WEAK : d.evidence;
		d.two_way_claim ^= i == 6;
		d.zone_assumed ^= i == 7;
		t = claim_report(&d, &g, &m, &b, &why);
		assert_non_null(t);
		assert_memory_not_equal(a.id, b.id, 16);
		free(t);
	}
	free(s);
}

static void
test_hostile(void **state)
{
	(void)state;
	struct claim c = claim(CLASS_SCANNER);
	struct claim_from f = from(NULL);
	struct xarf_why why = { "", "" };
	struct report r;
	char long_name[2000], buf[16];
	size_t n;
	memset(long_name, 0xc3, sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	f.org = long_name;
	f.contact = "\x1b[2J no address";
	f.domain = "evil\r\nX: y";
	c.text = "\xff\xfe\0 192.0.2.1 bytes";
	c.text_n = 20;
	char *s = claim_report(&c, &f, &n, &r, &why);
	if (!s)
		fail_msg("%s: %s", why.field, why.rule);
	assert_true(key_is_zero(&r.key));
	assert_string_equal(r.sender, "evil  X: y");
	assert_null(memchr(s, 0x1b, n));
	free(s);
	assert_int_equal(claim_clean("a\xc3\xa4\xe2\x82", 5, buf, sizeof(buf)), 5);
	assert_string_equal(buf, "a\xc3\xa4??");
	assert_int_equal(claim_clean("aaa\xc3\xa4", 5, buf, 5), 3); /* no half character */
	assert_int_equal(claim_clean("\xed\xa0\x80", 3, buf, sizeof(buf)), 3);
	assert_string_equal(buf, "???");
}

static void
test_long_evidence(void **state)
{
	(void)state;
	struct claim c = claim(CLASS_SCANNER);
	struct claim_from f = from(NULL);
	struct xarf_why why;
	struct report r;
	size_t len = strlen(LINE), lines = 3000, n;
	char *text = malloc(len * lines);
	for (size_t i = 0; i < lines; i++)
		memcpy(text + i * len, LINE, len);
	c.text = text;
	c.text_n = len * lines;
	char *s = claim_report(&c, &f, &n, &r, &why);
	assert_non_null(s);
	json_t *o = json_loadb(s, n, 0, NULL);
	json_int_t size = json_integer_value(
	    json_object_get(json_array_get(json_object_get(o, "evidence"), 0), "size"));
	assert_true(size <= CLAIM_TEXT && size > (json_int_t)(CLAIM_TEXT - len));
	assert_int_equal((size_t)size % len, 0);
	json_decref(o);
	free(s);
	free(text);
}

static void
test_cve(void **state)
{
	(void)state;
	struct claim c = claim(CLASS_KNOWN_DEFECTIVE);
	struct claim_from f = from(NULL);
	struct xarf_why why;
	struct report r;
	size_t n;
	static const struct {
		const char *text, *want;
	} rows[] = { { "192.0.2.1 cve-2021-44228 seen", "CVE-2021-44228" },
		{ "192.0.2.1", "CVE-0000-0000" },
		{ "CVE-2021-1 CVE-20x1-4444 CVE-2019-00011", "CVE-2019-00011" },
		{ "CVE-", "CVE-0000-0000" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		c.text = rows[i].text;
		c.text_n = strlen(rows[i].text);
		char *s = claim_report(&c, &f, &n, &r, &why);
		assert_non_null(s);
		json_t *o = json_loadb(s, n, 0, NULL);
		assert_string_equal(json_string_value(json_object_get(o, "cve_id")), rows[i].want);
		json_decref(o);
		free(s);
	}
}

static void
test_future(void **state)
{
	(void)state;
	struct claim c = claim(CLASS_SCANNER);
	struct claim_from f = from("example.org");
	struct xarf_why why = { "", "" };
	struct report r;
	size_t n;
	f.now = c.event - XARF_FUTURE;
	char *s = claim_report(&c, &f, &n, &r, &why);
	assert_non_null(s);
	uint8_t hash[32];
	crypto_hash_sha256(hash, (const uint8_t *)s, n);
	assert_memory_equal(r.body_hash, hash, sizeof(hash));
	free(s);
	f.now--;
	assert_null(claim_report(&c, &f, &n, &r, &why));
	assert_string_equal(why.field, "last_seen");
	assert_string_equal(why.rule, XARF_AHEAD);
}

static void
test_refused(void **state)
{
	(void)state;
	struct claim c = claim(CLASS_NONE);
	struct claim_from f = from(NULL);
	struct xarf_why why;
	struct report r;
	size_t n;
	assert_null(claim_report(&c, &f, &n, &r, &why));
	assert_string_equal(why.field, "type");
	c = claim(CLASS_BOT);
	c.subject.fam = 0;
	assert_null(claim_report(&c, &f, &n, &r, &why));
	assert_string_equal(why.field, "source_identifier");
}

static void
test_protocol(void **state)
{
	(void)state;
	static const struct {
		enum class_id cls;
		uint8_t proto;
		const char *want;
	} rows[] = { { CLASS_DDOS_SOURCE, 6, "tcp" }, { CLASS_DDOS_SOURCE, 0, "udp" },
		{ CLASS_DDOS_SOURCE, 47, "udp" }, { CLASS_DDOS_SOURCE, 1, "icmp" },
		{ CLASS_SPAM_SOURCE, 6, "other" }, { CLASS_SPOOFED_SOURCE, 1, "udp" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct claim c = claim(rows[i].cls);
		struct claim_from f = from(NULL);
		struct xarf_why why;
		struct report r;
		size_t n;
		c.proto = rows[i].proto;
		c.far_port = 23;
		char *s = claim_report(&c, &f, &n, &r, &why);
		assert_non_null(s);
		json_t *o = json_loadb(s, n, 0, NULL);
		assert_string_equal(
		    json_string_value(json_object_get(o, "protocol")), rows[i].want);
		assert_int_equal(json_integer_value(json_object_get(o, "destination_port")), 23);
		json_decref(o);
		free(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_class),
		cmocka_unit_test(test_stable), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_long_evidence), cmocka_unit_test(test_cve),
		cmocka_unit_test(test_future), cmocka_unit_test(test_refused), cmocka_unit_test(test_protocol) };
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
