/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers of registries in the shapes of the five, the bootstrap, URLs and DNS: what is taken, what is refused,
 * and that nothing in them reaches out of its field. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../parse.h"
#include "base/cursor.h"
#include "base/range.h"
#include "base/special.h"
#include "wire/dns.h"
#include "wire/json.h"
#include "wire/rdap.h"

#define NET(first, last, more) \
	"{\"objectClassName\":\"ip network\",\"startAddress\":\"" first "\",\"endAddress\":\"" last "\"" more "}"
#define CARD(fn, more) "\"vcardArray\":[\"vcard\",[[\"version\",{},\"text\",\"4.0\"],[\"fn\",{},\"text\",\"" fn "\"]" more "]]"
#define EMAIL(a) ",[\"email\",{},\"text\",\"" a "\"]"

static int
read_text(const char *s, struct rdap_net *ret, char rule[RDAP_RULE])
{
	void *exact = malloc(strlen(s));
	memcpy(exact, s, strlen(s));
	int r = rdap_read(exact, strlen(s), ret, rule);
	free(exact);
	return r;
}

static struct rdap_net
good(const char *s)
{
	struct rdap_net r;
	char rule[RDAP_RULE] = "";
	if (read_text(s, &r, rule) < 0)
		fail_msg("%s", rule);
	return r;
}

static void
bad(const char *s, int err, const char *rule_part)
{
	struct rdap_net r = { .mail = "untouched" };
	char rule[RDAP_RULE] = "";
	assert_int_equal(read_text(s, &r, rule), err);
	assert_string_equal(r.mail, "untouched");
	if (rule_part && !strstr(rule, rule_part))
		fail_msg("\"%s\" does not speak of %s", rule, rule_part);
}

static void
test_shapes(void **state)
{
	(void)state;
	/* ARIN: the contact inside the registrant. */
	struct rdap_net r = good(NET("203.0.113.0", "203.0.113.255", ",\"handle\":\"NET-203-0-113-0-1\",\"name\":\"EX\","
		"\"entities\":[{\"roles\":[\"registrant\"]," CARD("Example Org", "") ",\"entities\":["
		"{\"roles\":[\"technical\"]," CARD("T", EMAIL("tech@example.net")) "},"
		"{\"roles\":[\"abuse\"]," CARD("A", EMAIL("abuse@example.net")) "}]}]"));
	assert_string_equal(r.mail, "abuse@example.net");
	assert_string_equal(r.name, "Example Org");
	assert_int_equal(r.from, RDAP_ABUSE);
	assert_true(addr_eq(&r.last, &(struct addr){ 4, { 203, 0, 113, 255 } }));
	/* RIPE: beside the others; a v6 range that is no prefix; preferred mail by pref. */
	r = good(NET("2001:db8::", "2001:db8:2:ffff:ffff:ffff:ffff:ffff", ",\"name\":\"NL-EX\",\"entities\":["
		"{\"roles\":[\"administrative\"]," CARD("X", EMAIL("a@x.example")) "},{\"roles\":[\"technical\",\"abuse\"],"
		"\"vcardArray\":[\"vcard\",[[\"email\",{},\"text\",\"second@x.example\"],"
		"[\"email\",{\"pref\":\"1\"},\"text\",\"mailto:first@x.example\"]]]}]"));
	assert_string_equal(r.mail, "first@x.example");
	assert_string_equal(r.name, "NL-EX");
	/* The nearest contact counts, and one without an address is passed over. */
	r = good(NET("192.0.2.0", "192.0.2.9", ",\"entities\":[{\"roles\":[\"abuse\"]},"
		"{\"roles\":[\"registrant\"],\"entities\":[{\"roles\":[\"abuse\"]," CARD("deep", EMAIL("deep@x.example")) "}]},"
		"{\"roles\":[\"abuse\"]," CARD("near", EMAIL("near@x.example")) "}]"));
	assert_string_equal(r.mail, "near@x.example");
	/* AFRINIC: nothing but a remark; APNIC: one that names two, so none. */
	r = good(NET("192.0.2.0", "192.0.2.9", ",\"remarks\":[{\"title\":\"r\",\"description\":[\"Hello\","
		"\"Send abuse reports to <abuse@r.example>.\"]}]"));
	assert_string_equal(r.mail, "abuse@r.example");
	assert_int_equal(r.from, RDAP_REMARK);
	r = good(NET("192.0.2.0", "192.0.2.9", ",\"remarks\":[{\"description\":[\"abuse: a@r.example or b@r.example\","
		"\"sales@r.example\"]}]"));
	assert_int_equal(r.from, RDAP_NOBODY);
	assert_string_equal(r.mail, "");
	/* One contact for all that lies near, and one for abuse alone deeper down; an address said to be for abuse;
	 * the ends of the range as some early servers wrote them. */
	r = good("{\"startAddress\":\"192.0.2.0/32\",\"endAddress\":\"192.0.2.255/32\",\"entities\":["
		"{\"roles\":[\"noc\",\"technical\",\"abuse\"]," CARD("all", EMAIL("hostmaster@x.example")) "},"
		"{\"roles\":[\"registrant\"],\"entities\":[{\"roles\":[\"abuse\"],\"vcardArray\":[\"vcard\",["
		"[\"email\",{\"pref\":\"1\"},\"text\",\"info@x.example\"],"
		"[\"email\",{\"type\":\"abuse\"},\"text\",\"network-abuse@x.example\"]]]}]}]}");
	assert_string_equal(r.mail, "network-abuse@x.example");
	assert_true(addr_eq(&r.last, &(struct addr){ 4, { 192, 0, 2, 255 } }));
	/* A link to a national registry. */
	r = good(NET("192.0.2.0", "192.0.2.9", ",\"links\":[{\"rel\":\"self\",\"type\":\"application/rdap+json\","
		"\"href\":\"https://a.example/ip/192.0.2.0\"},{\"rel\":\"related\",\"type\":\"application/rdap+json\","
		"\"href\":\"https://nir.example/ip/192.0.2.0\"}]"));
	assert_string_equal(r.related, "https://nir.example/ip/192.0.2.0");
}

static void
test_hostile(void **state)
{
	(void)state;
	char *big = malloc(RDAP_BYTES + 2), rule[RDAP_RULE];
	struct rdap_net r;
	bad("", -EBADMSG, "RFC 8259");
	bad("<html>", -EBADMSG, "RFC 8259");
	bad("[]", -EBADMSG, "object");
	bad("null", -EBADMSG, NULL);
	bad("{\"errorCode\":404,\"title\":\"not found\"}", -ENOENT, NULL);
	bad("{\"errorCode\":500}", -EBADMSG, "startAddress");
	bad("{\"objectClassName\":\"domain\"}", -EBADMSG, "objectClassName");
	bad("{\"objectClassName\":\"ip network\",\"startAddress\":\"192.0.2.1\"}", -EBADMSG, "endAddress");
	bad(NET("192.0.2.9", "192.0.2.1", ""), -EBADMSG, "range");
	bad(NET("192.0.2.9", "2001:db8::", ""), -EBADMSG, "range");
	bad(NET("192.0.2.0/24", "192.0.2.255", ""), -EBADMSG, "startAddress");
	bad("{\"a\":1,\"a\":2}", -EBADMSG, "each key once");
	memset(big, '[', RDAP_BYTES + 1);
	assert_int_equal(rdap_read(big, RDAP_BYTES, &r, rule), -EBADMSG);
	assert_int_equal(rdap_read(big, RDAP_BYTES + 1, &r, rule), -EBADMSG);
	assert_non_null(strstr(rule, "1 MiB"));
	/* Ten thousand contacts: capped, and the first good one still found. */
	size_t n = (size_t)sprintf(big, "{\"objectClassName\":\"ip network\",\"startAddress\":\"192.0.2.0\","
		"\"endAddress\":\"192.0.2.9\",\"entities\":[{\"roles\":[\"abuse\"]," CARD("a", EMAIL("a@b.example")) "}");
	for (int i = 0; i < 3000; i++)
		n += (size_t)sprintf(big + n, ",{\"roles\":[\"abuse\"]}");
	n += (size_t)sprintf(big + n, "]}");
	assert_int_equal(rdap_read(big, n, &r, rule), 0);
	assert_string_equal(r.mail, "a@b.example");
	free(big);
	/* Wrong types everywhere say nothing and break nothing. */
	r = good(NET("192.0.2.0", "192.0.2.9", ",\"name\":7,\"entities\":[1,null,{\"roles\":\"abuse\"},{\"roles\":[1,\"abuse\"],"
		"\"vcardArray\":{\"email\":1}},{\"roles\":[\"abuse\"],\"vcardArray\":[\"vcard\",[[\"email\"],[7],"
		"[\"email\",{},\"text\",[\"x@y.example\"]],[\"email\",[],\"text\",\"x@y.example\"]]]}],\"remarks\":{\"a\":1},"
		"\"links\":[null,{\"href\":7}]"));
	assert_string_equal(r.mail, "");
	/* Controls do not get through; the name is cut at a character. */
	r = good(NET("192.0.2.0", "192.0.2.9", ",\"name\":\"a\\u001b[31mb\\nc\\u009bd\""));
	assert_string_equal(r.name, "a [31mb c d");
	r = good(NET("192.0.2.0", "192.0.2.9", ",\"name\":\""
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"\xc3\xa4\""));
	assert_true(strlen(r.name) < RDAP_NAME && strlen(r.name) % 2 == 0);
}

static void
test_mail(void **state)
{
	static const char *const yes[] = { "abuse@example.net", "a.b+c@x.example", "x@xn--bcher-kva.example" };
	static const char *const no[] = { "", "@", "a@b", "abuse", "a@b..c", "a b@c.de", "a@c.de,b@c.de", "a@[192.0.2.1]",
		"\"a\"@c.de", ".a@c.de", "a.@c.de", "a..b@c.de", "a@-c.de", "a@c.de\n", "a\r\nBcc: x@y.z", "a@c.de>", "<a@c.de",
		"\xc3\xa4@c.de", "a@b@c.de", "a@c.de.", "a@127.0.0.1", "a@x.0x7f" };
	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (!rdap_mail_ok(yes[i], strlen(yes[i])))
			fail_msg("%s is one", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (rdap_mail_ok(no[i], strlen(no[i])))
			fail_msg("%s is none", no[i]);
}

static void
test_url(void **state)
{
	static const char *const no[] = { "", "http://", "https:///x", "ftp://a.example/", "file:///etc/passwd", "https://a@b.example/",
		"https://a.example:0/", "https://a.example:65536/", "https://a.example:80x/", "https://a b/", "https://a\\b/",
		"https://127.1/", "https://0x7f000001/", "https://1/", "https://[::1/", "https://[127.0.0.1]/", "https://a..b/",
		"https://a.example/#f", "https://a.example/\n", "https://.a/", "https://a./", "https://[::1]x/", "https://::1/" };
	struct url u;
	(void)state;
	assert_int_equal(url_split("https://RDAP.Example:8443/ip/?a=b", &u), 0);
	assert_string_equal(u.host, "rdap.example");
	assert_true(u.tls && u.port == 8443 && u.path == 25 && !u.addr.fam);
	assert_int_equal(url_split("http://[2001:db8::1]", &u), 0);
	assert_string_equal(u.host, "2001:db8::1");
	assert_true(!u.tls && u.port == 80 && u.addr.fam == 6);
	assert_int_equal(url_split("http://192.0.2.1:81/", &u), 0);
	assert_true(u.addr.fam == 4 && u.port == 81);
	assert_int_equal(url_split("http://[::ffff:127.0.0.1]/", &u), 0);
	assert_true(addr_is_special(&u.addr));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (url_split(no[i], &u) == 0)
			fail_msg("%s is none", no[i]);
}

static void
boot(struct rdap_boot *b, const char *s, int err)
{
	char rule[RDAP_RULE] = "";
	int r = rdap_boot_read(b, s, strlen(s), rule);
	if (r != err)
		fail_msg("%d: %s", r, rule);
}

static void
test_boot(void **state)
{
	struct rdap_boot *b = rdap_boot_new();
	struct addr a = addr("198.51.100.7"), six = addr("2001:db8::1"), none = addr("192.0.2.1");
	char url[URL_TEXT];
	(void)state;
	boot(b, "{\"version\":\"1.0\",\"publication\":\"x\",\"services\":[[[\"198.0.0.0/8\",\"203.0.0.0/8\"],"
		"[\"http://plain.example/\",\"https://a.example/rdap\"]],[[\"198.51.100.0/24\"],[\"https://b.example/\"]],"
		"[[\"1.0.0.0/8\"],[\"gopher://x/\"]]]}", 0);
	boot(b, "{\"version\":\"1.0\",\"services\":[[[\"2001:c00::/23\"],[\"https://six.example/\"]]]}", 0);
	assert_string_equal(rdap_boot_find(b, &a), "https://b.example/");
	a = addr("198.1.1.1");
	assert_string_equal(rdap_boot_find(b, &a), "https://a.example/rdap/");
	assert_string_equal(rdap_boot_find(b, &six), "https://six.example/");
	assert_null(rdap_boot_find(b, &none));
	assert_int_equal(rdap_ask(rdap_boot_find(b, &six), &six, url), 0);
	assert_string_equal(url, "https://six.example/ip/2001:db8::1");
	/* What is wrong leaves the table as it was. */
	boot(b, "{\"version\":\"1.0\",\"services\":[[[\"198.0.0.0/8\"],[\"https://evil.example/\"]],[[\"x\"],[\"https://c.example/\"]]]}",
	    -EBADMSG);
	boot(b, "{\"version\":\"2.0\",\"services\":[]}", -EBADMSG);
	boot(b, "{\"version\":\"1.0\",\"services\":[[[\"198.0.0.0/8\"]]]}", -EBADMSG);
	assert_string_equal(rdap_boot_find(b, &a), "https://a.example/rdap/");
	assert_int_equal(rdap_boot_rows(b), 4);
	rdap_boot_free(b);
}

/* --- DNS ----------------------------------------------------------------------------------------- */

struct reply {
	uint8_t b[1500];
	struct writer w;
};

static void
wname(struct writer *w, const char *s)
{
	while (*s) {
		size_t n = strcspn(s, ".");
		w8(w, (uint8_t)n);
		wbytes(w, s, n);
		s += n + (s[n] == '.');
	}
	w8(w, 0);
}

static void
reply(struct reply *r, uint16_t id, uint16_t flags, const char *name, uint16_t type, uint16_t answers)
{
	r->w = writer_of(r->b, sizeof(r->b));
	w16(&r->w, id);
	w16(&r->w, flags);
	w16(&r->w, 1);
	w16(&r->w, answers);
	w32(&r->w, 0);
	wname(&r->w, name);
	w16(&r->w, type);
	w16(&r->w, 1);
}

static void
record(struct reply *r, const char *owner, uint16_t type, uint32_t ttl, const void *data, uint16_t n)
{
	if (owner)
		wname(&r->w, owner);
	else
		w16(&r->w, 0xc00c); /* the question's name */
	w16(&r->w, type);
	w16(&r->w, 1);
	w32(&r->w, ttl);
	w16(&r->w, n);
	wbytes(&r->w, data, n);
}

static int
told(const struct reply *r, size_t *n, uint32_t *ttl)
{
	struct addr v[4];
	size_t len = writer_len(&r->w);
	uint8_t *exact = malloc(len);
	memcpy(exact, r->b, len);
	int rc = dns_told(exact, len, 7, "rdap.example", DNS_A, v, 4, n, ttl);
	free(exact);
	return rc;
}

static void
test_dns(void **state)
{
	static const uint8_t four[] = { 192, 0, 2, 1 }, alias[] = "\3cdn\7example";
	struct reply r;
	uint8_t q[DNS_QUERY_MOST];
	size_t n = 0;
	uint32_t ttl = 0;
	(void)state;
	assert_int_equal(dns_ask(7, "rdap.example", DNS_A, true, q), 12 + 14 + 4 + 11);
	assert_int_equal(dns_ask(7, "rdap.example", DNS_A, false, q), 12 + 14 + 4);
	assert_int_equal(q[11], 0);
	assert_int_equal(dns_ask(7, "a..b", DNS_A, true, q), 0);
	reply(&r, 7, 0x8180, "RDAP.example", DNS_A, 3);
	record(&r, "cdn.example", DNS_A, 60, four, 4); /* before the alias, as some write it */
	record(&r, NULL, 5, 300, alias, sizeof(alias));
	record(&r, "other.example", DNS_A, 1, four, 4); /* of somebody else */
	assert_int_equal(told(&r, &n, &ttl), 0);
	assert_int_equal(n, 1);
	assert_int_equal(ttl, 60);
	reply(&r, 8, 0x8180, "rdap.example", DNS_A, 0);
	assert_int_equal(told(&r, &n, &ttl), -EPROTO); /* another's number */
	reply(&r, 7, 0x8180, "rdap.exampl", DNS_A, 0);
	assert_int_equal(told(&r, &n, &ttl), -EPROTO);
	reply(&r, 7, 0x0180, "rdap.example", DNS_A, 0);
	assert_int_equal(told(&r, &n, &ttl), -EPROTO); /* a question */
	reply(&r, 7, 0x8183, "rdap.example", DNS_A, 0);
	assert_int_equal(told(&r, &n, &ttl), -ENOENT);
	reply(&r, 7, 0x8182, "rdap.example", DNS_A, 0);
	assert_int_equal(told(&r, &n, &ttl), -EAGAIN);
	reply(&r, 7, 0x8180, "rdap.example", DNS_A, 0);
	assert_int_equal(told(&r, &n, &ttl), -ENOENT);
	reply(&r, 7, 0x8180, "rdap.example", DNS_A, 1); /* less than it says */
	assert_int_equal(told(&r, &n, &ttl), -EPROTO);
	/* Aliases in a ring, and names that point at themselves. */
	static const uint8_t back[] = "\4rdap\7example";
	reply(&r, 7, 0x8180, "rdap.example", DNS_A, 2);
	record(&r, NULL, 5, 300, alias, sizeof(alias));
	record(&r, "cdn.example", 5, 300, back, sizeof(back));
	assert_int_equal(told(&r, &n, &ttl), -ENOENT);
	reply(&r, 7, 0x8180, "rdap.example", DNS_A, 1);
	size_t here = writer_len(&r.w);
	w16(&r.w, (uint16_t)(0xc000 | here));
	w16(&r.w, DNS_A);
	w16(&r.w, 1);
	w32(&r.w, 1);
	w16(&r.w, 4);
	wbytes(&r.w, four, 4);
	assert_int_equal(told(&r, &n, &ttl), -EPROTO);
}

static void
test_range(void **state)
{
	struct addr first = addr("192.0.2.0"), last = addr("192.0.3.127"), a = addr("192.0.3.5");
	char buf[PREFIX_TEXT];
	(void)state;
	struct prefix p = range_around(&first, &last, &a);
	assert_string_equal(prefix_print(&p, buf), "192.0.3.0/25");
	a = addr("192.0.2.200");
	p = range_around(&first, &last, &a);
	assert_string_equal(prefix_print(&p, buf), "192.0.2.0/24");
	p = range_around(&a, &a, &a);
	assert_string_equal(prefix_print(&p, buf), "192.0.2.200/32");
	first = addr("::");
	last = addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	a = addr("2001:db8::1");
	p = range_around(&first, &last, &a);
	assert_int_equal(p.len, 0);
	struct addr end = prefix_last(&p);
	assert_true(addr_eq(&end, &last));
	assert_int_equal(addr_next(&last).fam, 0);
	a = addr("192.0.2.255");
	first = addr_next(&a);
	a = addr("192.0.3.0");
	assert_true(addr_eq(&first, &a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_mail),
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_boot),
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_range),
	};
	json_warm();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
