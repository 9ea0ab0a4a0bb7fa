/* SPDX-License-Identifier: BSD-2-Clause */
/* Each method against scripted targets: whole, and one byte at a time, with the same outcome. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probe/check.h"
#include "probe/http.h"
#include "probe/socks.h"

#define SECRET "00112233445566778899aabbccddeeff"
#define TOKEN  "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
#define OK     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
#define GET    "GET /" TOKEN " HTTP/1.0\r\nHost: 192.0.2.9\r\nUser-Agent: lymph-probe/1 (+http://192.0.2.9/why)\r\n\r\n"
#define GET6   "GET /" TOKEN " HTTP/1.0\r\nHost: [2001:db8::9]:8000\r\nUser-Agent: lymph-probe/1 (+http://[2001:db8::9]/why)\r\n\r\n"

#define B(s) (s), sizeof(s) - 1

struct script {
	const char *name;
	const struct probe_check *check;
	bool six;
	struct {
		const char *want; /* what we say */
		size_t want_n;
		const char *answer; /* then what the target says */
		size_t answer_n;
	} step[4];
	enum probe_end end;
	enum found found;
};

static const struct script scripts[] = {
	{ "connect relays", &check_http_connect, false, {
	    { B("CONNECT 192.0.2.9:80 HTTP/1.1\r\nHost: 192.0.2.9\r\nUser-Agent: lymph-probe/1 (+http://192.0.2.9/why)\r\n\r\n"),
	      B("HTTP/1.1 200 Connection established\r\n\r\n") }, { B(GET), B(OK SECRET "\n") } },
	    PROBE_OVERDUE, FOUND_OPEN },
	{ "connect relays, IPv6, secret at the end", &check_http_connect, true, {
	    { B("CONNECT [2001:db8::9]:8000 HTTP/1.1\r\nHost: [2001:db8::9]:8000\r\nUser-Agent: lymph-probe/1 (+http://[2001:db8::9]/why)\r\n\r\n"),
	      B("HTTP/1.0 200 ok\n\n") }, { B(GET6), B("HTTP/1.1 200 OK\n\n" SECRET) } },
	    PROBE_EOF, FOUND_OPEN },
	{ "connect after 100", &check_http_connect, false, {
	    { NULL, 0, B("HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n") },
	    { B(GET), B(OK SECRET "\n") } }, PROBE_OVERDUE, FOUND_OPEN },
	{ "connect wants a password", &check_http_connect, false, {
	    { NULL, 0, B("HTTP/1.1 407 Proxy Authentication Required\r\n") } }, PROBE_EOF, FOUND_AUTH },
	{ "connect forbidden", &check_http_connect, false, {
	    { NULL, 0, B("HTTP/1.1 403 Forbidden\r\n\r\n" SECRET "\n") } }, PROBE_EOF, FOUND_CLOSED },
	{ "connect could not reach the canary", &check_http_connect, false, {
	    { NULL, 0, B("HTTP/1.1 503 Service Unavailable\r\n\r\n") } }, PROBE_EOF, FOUND_ONE_SIDED },
	{ "connect: a web server says 200 to everything", &check_http_connect, false, {
	    { NULL, 0, B(OK "<html>hello</html>\n") } }, PROBE_SILENT, FOUND_CLOSED },
	{ "connect agreed, then nothing", &check_http_connect, false, {
	    { NULL, 0, B(OK) } }, PROBE_EOF, FOUND_ONE_SIDED },
	{ "connect agreed, then 404", &check_http_connect, false, {
	    { NULL, 0, B(OK) }, { B(GET), B("HTTP/1.1 404 Not Found\r\n\r\n") } }, PROBE_EOF, FOUND_CLOSED },
	{ "connect: SSH server", &check_http_connect, false, {
	    { NULL, 0, B("SSH-2.0-OpenSSH_9.2\r\n") } }, PROBE_SILENT, FOUND_CLOSED },
	{ "connect: one byte, then too late", &check_http_connect, false, {
	    { NULL, 0, B("H") } }, PROBE_OVERDUE, FOUND_SLOW },
	{ "connect: mute", &check_http_connect, false, { { NULL, 0, B("") } }, PROBE_OVERDUE, FOUND_MUTE },
	{ "connect: closes without a word", &check_http_connect, false, { { NULL, 0, B("") } }, PROBE_EOF,
	    FOUND_CLOSED },

	{ "get relays", &check_http_get, false, {
	    { B("GET http://192.0.2.9/" TOKEN " HTTP/1.0\r\nHost: 192.0.2.9\r\nUser-Agent: lymph-probe/1 (+http://192.0.2.9/why)\r\n\r\n"),
	      B(OK SECRET "\n") } }, PROBE_OVERDUE, FOUND_OPEN },
	{ "get relays, IPv6, chunked", &check_http_get, true, {
	    { B("GET http://[2001:db8::9]:8000/" TOKEN " HTTP/1.0\r\nHost: [2001:db8::9]:8000\r\nUser-Agent: lymph-probe/1 (+http://[2001:db8::9]/why)\r\n\r\n"),
	      B(OK "21\r\n" SECRET "\n\r\n0\r\n\r\n") } }, PROBE_OVERDUE, FOUND_OPEN },
	{ "get echoes the token", &check_http_get, false, {
	    { NULL, 0, B(OK TOKEN "\n") } }, PROBE_EOF, FOUND_CLOSED },
	{ "get: more than a secret in the line", &check_http_get, false, {
	    { NULL, 0, B(OK SECRET "0\nx" SECRET "\n") } }, PROBE_EOF, FOUND_CLOSED },
	{ "get: secret in a header", &check_http_get, false, {
	    { NULL, 0, B("HTTP/1.1 200 OK\r\n" SECRET "\r\n\r\nhello\n") } }, PROBE_EOF, FOUND_CLOSED },
	{ "get: redirect", &check_http_get, false, {
	    { NULL, 0, B("HTTP/1.1 302 Found\r\nLocation: http://198.51.100.1/x\r\n\r\n") } }, PROBE_EOF,
	    FOUND_CLOSED },
	{ "get wants a password", &check_http_get, false, {
	    { NULL, 0, B("HTTP/1.0 407 x\r\n") } }, PROBE_EOF, FOUND_AUTH },
	{ "get: stops within the head", &check_http_get, false, {
	    { NULL, 0, B("HTTP/1.1 200 OK\r\nX: ") } }, PROBE_OVERDUE, FOUND_SLOW },

	{ "socks5 relays", &check_socks5, false, { { B("\5\1\0"), B("\5\0") },
	    { B("\5\1\0\1\300\0\2\11\0\120"), B("\5\0\0\1\0\0\0\0\0\0") }, { B(GET), B(OK SECRET "\n") } },
	    PROBE_OVERDUE, FOUND_OPEN },
	{ "socks5 relays, IPv6, bound by name", &check_socks5, true, { { B("\5\1\0"), B("\5\0") },
	    { B("\5\1\0\4\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\11\37\100"), B("\5\0\0\3\2ab\0\0") },
	    { B(GET6), B(OK SECRET "\n") } }, PROBE_OVERDUE, FOUND_OPEN },
	{ "socks5 wants a password", &check_socks5, false, { { NULL, 0, B("\5\377") } }, PROBE_EOF, FOUND_AUTH },
	{ "socks5 picks a password", &check_socks5, false, { { NULL, 0, B("\5\2") } }, PROBE_EOF, FOUND_AUTH },
	{ "socks5 forbids", &check_socks5, false, { { NULL, 0, B("\5\0") },
	    { NULL, 0, B("\5\2\0\1\0\0\0\0\0\0") } }, PROBE_EOF, FOUND_CLOSED },
	{ "socks5 cannot reach", &check_socks5, false, { { NULL, 0, B("\5\0") },
	    { NULL, 0, B("\5\4\0\1\0\0\0\0\0\0") } }, PROBE_EOF, FOUND_ONE_SIDED },
	{ "socks5: unknown code", &check_socks5, false, { { NULL, 0, B("\5\0") }, { NULL, 0, B("\5\311") } },
	    PROBE_EOF, FOUND_CLOSED },
	{ "socks5: HTTP server", &check_socks5, false, { { NULL, 0, B("HTTP/1.1 400 Bad Request\r\n\r\n") } },
	    PROBE_EOF, FOUND_CLOSED },
	{ "socks5 agreed, then nothing", &check_socks5, false, { { NULL, 0, B("\5\0") },
	    { NULL, 0, B("\5\0\0\1\0\0\0\0\0\0") } }, PROBE_EOF, FOUND_ONE_SIDED },

	{ "socks4 relays", &check_socks4, false, {
	    { B("\4\1\0\120\300\0\2\11lymph\0"), B("\0\132\0\0\0\0\0\0") }, { B(GET), B(OK SECRET "\n") } },
	    PROBE_OVERDUE, FOUND_OPEN },
	{ "socks4 rejects", &check_socks4, false, { { NULL, 0, B("\0\133\0\0\0\0\0\0") } }, PROBE_EOF,
	    FOUND_CLOSED },
	{ "socks4 wants identd", &check_socks4, false, { { NULL, 0, B("\0\135") } }, PROBE_EOF, FOUND_AUTH },
	{ "socks4: a SOCKS5 server says 05 ff", &check_socks4, false, { { NULL, 0, B("\5\377") } }, PROBE_EOF,
	    FOUND_CLOSED },
	{ "socks4a relays", &check_socks4a, false, {
	    { B("\4\1\0\120\0\0\0\1lymph\000192.0.2.9\0"), B("\0\132\0\0\0\0\0\0") },
	    { B(GET), B(OK SECRET "\n") } }, PROBE_OVERDUE, FOUND_OPEN },
	{ "socks4a, IPv6", &check_socks4a, true, {
	    { B("\4\1\37\100\0\0\0\1lymph\0002001:db8::9\0"), B("\0\132\0\0\0\0\0\0") },
	    { B(GET6), B(OK SECRET "\n") } }, PROBE_OVERDUE, FOUND_OPEN },
};

static struct probe_goal
goal(bool six)
{
	struct probe_goal g = { .port = six ? 8000 : 80 };
	const char *a = six ? "2001:db8::9" : "192.0.2.9";
	assert_int_equal(addr_parse(a, strlen(a), &g.canary), 0);
	for (unsigned i = 0; i < PROBE_TOKEN; i++)
		g.token[i] = (uint8_t)(0xa0 + i);
	return g;
}

static void
play(const struct script *s, size_t chunk)
{
	struct probe_talk t;
	struct probe_goal g = goal(s->six);
	enum probe_step step = PROBE_SEND;
	probe_begin(&t, s->check, &g);
	assert_int_equal(t.found, FOUND_NOTHING);
	for (unsigned i = 0; i < 4 && (s->step[i].want || s->step[i].answer); i++) {
		if (s->step[i].want) {
			assert_int_equal(t.out_len, s->step[i].want_n);
			assert_memory_equal(t.out, s->step[i].want, t.out_len);
		}
		probe_sent(&t);
		for (size_t at = 0; at < s->step[i].answer_n && step != PROBE_DONE; at += chunk) {
			size_t n = s->step[i].answer_n - at;
			step = probe_feed(&t, (const uint8_t *)s->step[i].answer + at, n < chunk ? n : chunk);
		}
	}
	if (step != PROBE_DONE)
		probe_finish(&t, s->end);
	if (t.found != s->found)
		fail_msg("%s: %d, not %d", s->name, t.found, s->found);
	if (t.found == FOUND_OPEN)
		for (unsigned i = 0; i < PROBE_TOKEN; i++)
			assert_int_equal(t.secret[i], i * 0x11);
}

static void
test_scripts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		play(&scripts[i], 4096);
		play(&scripts[i], 1);
		play(&scripts[i], 7);
	}
}

/* Endless bytes end at the cap, exactly, whatever they are. */
static void
test_flood(void **state)
{
	(void)state;
	static const char *const floods[] = { "x", "HTTP/1.1 200 OK\r\nA: ", "HTTP/1.1 100 Continue\r\n\r\n" };
	for (const struct probe_check *const *c = check_list(CLASS_OPEN_PROXY); *c; c++)
		for (unsigned f = 0; f < 3; f++) {
			struct probe_talk t;
			struct probe_goal g = goal(false);
			enum probe_step step = PROBE_MORE;
			probe_begin(&t, *c, &g);
			for (unsigned i = 0; i < 10000 && step != PROBE_DONE; i++) {
				size_t n = strlen(floods[f]);
				probe_sent(&t);
				step = probe_feed(&t, (const uint8_t *)floods[f], f == 1 && i ? 1 : n);
			}
			assert_int_equal(step, PROBE_DONE);
			assert_int_equal(t.found, FOUND_FLOOD);
			assert_int_equal(t.in, PROBE_READ_CAP);
		}
}

/* A page that does not begin with the secret is not read to its end. */
static void
test_long_page(void **state)
{
	(void)state;
	struct probe_talk t;
	struct probe_goal g = goal(false);
	uint8_t page[2000];
	memset(page, 'a', sizeof(page));
	memcpy(page, OK, sizeof(OK) - 1);
	probe_begin(&t, &check_http_get, &g);
	assert_int_equal(probe_feed(&t, page, sizeof(page)), PROBE_DONE);
	assert_int_equal(t.found, FOUND_CLOSED);
	assert_true(t.in < 400);
}

static void
test_list(void **state)
{
	(void)state;
	const uint16_t ports[] = { 8000, 443, 80 };
	struct addr six = goal(true).canary, none = { 0 };
	unsigned n = 0, sixes = 0;
	for (const struct probe_check *const *c = check_list(CLASS_OPEN_PROXY); *c; c++, n++) {
		sixes += check_fits(*c, &six);
		assert_false(check_fits(*c, &none));
	}
	assert_int_equal(n, 5);
	assert_int_equal(sixes, 4);
	assert_null(*check_list(CLASS_SCANNER));
	assert_null(*check_list(CLASS_N));
	assert_int_equal(check_port(&check_http_connect, ports, 3), 443);
	assert_int_equal(check_port(&check_http_get, ports, 3), 80);
	assert_int_equal(check_port(&check_http_connect, ports, 1), 8000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_long_page),
		cmocka_unit_test(test_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
