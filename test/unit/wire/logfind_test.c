/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding an address: every form that names it, every form that only looks so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/logfind.h"

struct sample {
	const char *text, *hit; /* hit NULL: does not name it */
};

static void
check(const char *address, const struct sample *s, size_t n)
{
	struct addr a;
	struct logfind f;
	assert_int_equal(addr_parse(address, strlen(address), &a), 0);
	assert_int_equal(logfind_init(&f, &a), 0);
	for (size_t i = 0; i < n; i++) {
		struct logfind_hit h = { 0 };
		size_t len = strlen(s[i].text);
		char *exact = malloc(len); /* no byte to spare: an over-read is seen */
		assert_non_null(exact);
		memcpy(exact, s[i].text, len);
		int rc = logfind_next(&f, exact, len, 0, &h);
		if (rc != (s[i].hit != NULL))
			fail_msg("%s in \"%s\": %s", address, s[i].text, rc ? "found" : "not found");
		if (rc && (h.n != strlen(s[i].hit) || memcmp(exact + h.at, s[i].hit, h.n) != 0))
			fail_msg("%s in \"%s\": found \"%.*s\"", address, s[i].text, (int)h.n, exact + h.at);
		free(exact);
	}
}

static void
four(void **state)
{
	(void)state;
#define IT "192.0.2.1"
	static const struct sample s[] = {
		{ "192.0.2.1", IT },
		{ "192.0.2.1 - - [22/Nov/2026:01:45:00 +0000] \"GET / HTTP/1.1\" 200 1", IT },
		{ "from 192.0.2.1.", IT },
		{ "from 192.0.2.1...", IT },
		{ "[192.0.2.1]", IT },
		{ "<192.0.2.1>,", IT },
		{ "192.0.2.1:80", IT },
		{ "192.0.2.1:80: hello", IT },
		{ "192.0.2.1#5353", IT },
		{ "192.0.2.1.48362 192.0.2.9.1080", IT },
		{ "IP 192.0.2.1.80 > 198.51.100.1.443: Flags", IT },
		{ "IP 198.51.100.1.443 > 192.0.2.1.80: Flags", IT },
		{ "192.0.2.1/443", IT },
		{ "192.0.2.1/24", IT },
		{ "192.0.2.1/32", IT },
		{ "http://192.0.2.1/x", IT },
		{ "http://u@192.0.2.1:8080/x", IT },
		{ "/192.0.2.1:4711", IT },
		{ "client:192.0.2.1", IT },
		{ "face:192.0.2.1", IT },
		{ "a::b:192.0.2.1:80", NULL },
		{ "src=192.0.2.1;dst=x", IT },
		{ "SRC=192.0.2.1 DST=198.51.100.1", IT },
		{ "198.51.100.1-192.0.2.1", IT },
		{ "192.0.2.1-198.51.100.1", IT },
		{ "192.0.2.1->198.51.100.1", IT },
		{ "\"192.0.2.1\"", IT },
		{ "192.0.2.1,10.0.0.1", IT },
		{ "\xe2\x80\x9c" "192.0.2.1\xe2\x80\x9d", IT },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "::FFFF:192.0.2.1", "::FFFF:192.0.2.1" },
		{ "[::ffff:192.0.2.1]:443", "::ffff:192.0.2.1" },
		{ "0:0:0:0:0:ffff:192.0.2.1", "0:0:0:0:0:ffff:192.0.2.1" },
		{ "::ffff:192.0.2.1.443", "::ffff:192.0.2.1" },
		{ "::ffff:c000:201", "::ffff:c000:201" },
		{ "::FFFF:C000:0201 -", "::FFFF:C000:0201" },
		{ "0000:0000:0000:0000:0000:ffff:c000:0201", "0000:0000:0000:0000:0000:ffff:c000:0201" },
		/* not it */
		{ "", NULL },
		{ "11.192.0.2.1", NULL },
		{ "1192.0.2.1", NULL },
		{ "192.0.2.11", NULL },
		{ "192.0.2.1.2.3", NULL },
		{ "192.0.2.1.99999", NULL },
		{ "192.0.2.1.example.net", NULL },
		{ "192.0.2.1.in-addr.arpa", NULL },
		{ "192.0.2.1.zen.dnsbl.example", NULL },
		{ "192-0-2-1.example.net", NULL },
		{ "192.0.2.1-static.example.net", NULL },
		{ "ip-192.0.2.1.example.net", NULL },
		{ "v192.0.2.1", NULL },
		{ "x_192.0.2.1", NULL },
		{ "192.0.2.1rc1", NULL },
		{ "1.2.0.192.in-addr.arpa", NULL },
		{ "64:ff9b::192.0.2.1", NULL },
		{ "64:ff9b::192.0.2.1.443", NULL },
		{ "::192.0.2.1", NULL },
		{ "::ffff:c000:2010", NULL },
		{ "2001:db8:ffff:c000:201::", NULL },
		{ "192.0.2.10 192.0.2.12 and then 192.0.2.1", IT },
	};
	check("192.0.2.1", s, sizeof(s) / sizeof(s[0]));
	static const struct sample net[] = {
		{ "192.0.2.0/24", NULL },
		{ "192.0.2.0/24, said 192.0.2.0", "192.0.2.0" },
		{ "192.0.2.0/443", "192.0.2.0" },
		{ "192.0.2.0:80/tcp", "192.0.2.0" },
		{ "192.0.2.0/24x", "192.0.2.0" },
	};
	check("192.0.2.0", net, sizeof(net) / sizeof(net[0]));
	static const struct sample reverse[] = { { "1.2.0.192.in-addr.arpa", NULL }, { "1.2.0.192", "1.2.0.192" } };
	check("1.2.0.192", reverse, 2);
}

static void
six(void **state)
{
	(void)state;
	static const struct sample s[] = {
		{ "2001:db8::1", "2001:db8::1" },
		{ "2001:DB8::1 -", "2001:DB8::1" },
		{ "2001:dB8:0:0:0:0:0:1", "2001:dB8:0:0:0:0:0:1" },
		{ "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:0db8:0000:0000:0000:0000:0000:0001" },
		{ "2001:db8::0.0.0.1", "2001:db8::0.0.0.1" },
		{ "2001:db8:0::0:1", "2001:db8:0::0:1" },
		{ "[2001:db8::1]:443", "2001:db8::1" },
		{ "2001:db8::1%eth0", "2001:db8::1" },
		{ "2001:db8::1.443 > ", "2001:db8::1" },
		{ "2001:db8::1: refused", "2001:db8::1" },
		{ "2001:db8::1.", "2001:db8::1" },
		{ "2001:db8:0:0:0:0:0:1:443", "2001:db8:0:0:0:0:0:1" },
		{ "2001:db8::1/64", "2001:db8::1" },
		{ "addr:2001:db8::1", "2001:db8::1" },
		{ "source:2001:db8::1", "2001:db8::1" },
		{ "src=2001:db8::1", "2001:db8::1" },
		{ "\"2001:db8::1\"", "2001:db8::1" },
		{ "2001:db8::11", NULL },
		{ "2001:db8::1:1", NULL },
		{ "12001:db8::1", NULL },
		{ "2001:db8::1:443", NULL }, /* another address */
		{ "a:2001:db8::1", NULL },
		{ "2001:db8::1g", NULL },
		{ "2001:db8::1-x", NULL },
		{ "1.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", NULL },
		{ "2001-db8--1.example.net", NULL },
		{ "2001:db8:1::", NULL },
		{ "2001:db8::2 2001:db8::1", "2001:db8::1" },
	};
	check("2001:db8::1", s, sizeof(s) / sizeof(s[0]));
	static const struct sample far[] = {
		{ "::1", "::1" }, { "0:0:0:0:0:0:0:1", "0:0:0:0:0:0:0:1" }, { "::0.0.0.1", "::0.0.0.1" },
		{ "::2", NULL }, { "source:::1", "::1" }, { "12:34:56", NULL }, { "1::1", NULL },
	};
	check("::1", far, sizeof(far) / sizeof(far[0]));
	static const struct sample end[] = {
		{ "2001:db8:abcd::", "2001:db8:abcd::" }, { "2001:db8:abcd:::", "2001:db8:abcd::" },
		{ "2001:0DB8:ABCD:0::0:0:0 x", "2001:0DB8:ABCD:0::0:0:0" }, { "2001:db8:abcd::/48", NULL },
	};
	check("2001:db8:abcd::", end, sizeof(end) / sizeof(end[0]));
	static const struct sample nat64[] = {
		{ "64:ff9b::192.0.2.1", "64:ff9b::192.0.2.1" }, { "64:ff9b::c000:201", "64:ff9b::c000:201" },
		{ "192.0.2.1", NULL },
	};
	check("64:ff9b::c000:201", nat64, sizeof(nat64) / sizeof(nat64[0]));
}

/* All mentions in one buffer, in order, each once. */
static void
many(void **state)
{
	(void)state;
	static const char text[] = "192.0.2.1 ::ffff:c000:201\n192.0.2.10\n192.0.2.1:1 192.0.2.1";
	static const size_t at[] = { 0, 10, 37, 49 };
	struct addr a;
	struct logfind f;
	struct logfind_hit h;
	size_t from = 0, i = 0;
	addr_parse("192.0.2.1", 9, &a);
	logfind_init(&f, &a);
	while (logfind_next(&f, text, sizeof(text) - 1, from, &h)) {
		assert_true(i < 4);
		assert_int_equal(h.at, at[i++]);
		from = h.at + h.n;
	}
	assert_int_equal(i, 4);
	assert_int_equal(logfind_init(&f, &(struct addr){ 0 }), -22);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four),
		cmocka_unit_test(six),
		cmocka_unit_test(many),
	};
	return cmocka_run_group_tests_name("wire/logfind", tests, NULL, NULL);
}
