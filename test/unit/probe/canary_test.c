/* SPDX-License-Identifier: BSD-2-Clause */
/* What the canary makes of requests, and that its answers carry nothing of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probe/canary.h"

#define T "00112233445566778899aabbccddeeff"

static const struct {
	const char *request;
	enum canary_want want;
} rows[] = {
	{ "GET /" T " HTTP/1.0\r\n\r\n", CANARY_SIGHT },
	{ "GET /" T " HTTP/1.1\r\nHost: x\r\nVia: squid\r\n\r\n", CANARY_SIGHT },
	{ "GET /" T " HTTP/1.0\n\n", CANARY_SIGHT },
	{ "GET http://192.0.2.9/" T " HTTP/1.0\r\n\r\n", CANARY_SIGHT },
	{ "GET HTTP://[2001:db8::9]:8000/" T " HTTP/1.1\r\n\r\n", CANARY_SIGHT },
	{ "GET / HTTP/1.1\r\n\r\n", CANARY_WHY },
	{ "GET /why HTTP/1.1\r\n\r\n", CANARY_WHY },
	{ "GET http://canary/why HTTP/1.1\r\n\r\n", CANARY_WHY },
	{ "GET /" T "0 HTTP/1.0\r\n\r\n", CANARY_OTHER },
	{ "GET /0011223344556677889 HTTP/1.0\r\n\r\n", CANARY_OTHER },
	{ "GET /00112233445566778899AABBCCDDEEFF HTTP/1.0\r\n\r\n", CANARY_OTHER },
	{ "GET http://canary HTTP/1.0\r\n\r\n", CANARY_OTHER },
	{ "GET ftp://canary/" T " HTTP/1.0\r\n\r\n", CANARY_OTHER },
	{ "GET /../why HTTP/1.0\r\n\r\n", CANARY_OTHER },
	{ "POST /" T " HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", CANARY_OTHER },
	{ "HEAD /why HTTP/1.0\r\n\r\n", CANARY_OTHER },
	{ "PUT / HTTP/1.0\r\n\r\n", CANARY_OTHER },
	{ "GET /" T " HTTP/1.0\r\n", CANARY_MORE },
	{ "GET /", CANARY_MORE },
	{ "G", CANARY_MORE },
	{ "", CANARY_MORE },
	{ "\5\1", CANARY_BROKEN },
	{ "get / HTTP/1.0\r\n\r\n", CANARY_BROKEN },
	{ "GET /\r\n\r\n", CANARY_BROKEN },
	{ "GET / FTP/1.0\r\n\r\n", CANARY_BROKEN },
	{ "GET\n\n", CANARY_BROKEN },
	{ "\n\n", CANARY_BROKEN },
};

static void
test_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t token[CANARY_TOKEN] = { 0xee }, untouched = 0xee;
		size_t n = strlen(rows[i].request);
		enum canary_want w = canary_parse((const uint8_t *)rows[i].request, n, token);
		if (w != rows[i].want)
			fail_msg("%s: %d, not %d", rows[i].request, w, rows[i].want);
		if (w == CANARY_SIGHT)
			for (unsigned k = 0; k < CANARY_TOKEN; k++)
				assert_int_equal(token[k], k * 0x11);
		else
			assert_int_equal(token[0], untouched);
		for (size_t k = 0; k < n && rows[i].want != CANARY_BROKEN && w == CANARY_SIGHT; k++)
			assert_int_equal(canary_parse((const uint8_t *)rows[i].request, k, token), CANARY_MORE);
	}
}

static void
test_long(void **state)
{
	(void)state;
	uint8_t b[CANARY_REQUEST + 1], token[CANARY_TOKEN];
	memset(b, 'A', sizeof(b));
	assert_int_equal(canary_parse(b, CANARY_REQUEST - 1, token), CANARY_MORE);
	assert_int_equal(canary_parse(b, CANARY_REQUEST, token), CANARY_BROKEN);
	assert_int_equal(canary_parse(b, CANARY_REQUEST + 1, token), CANARY_BROKEN);
	b[10] = '\0';
	assert_int_equal(canary_parse(b, 20, token), CANARY_BROKEN);
}

static void
test_answers(void **state)
{
	(void)state;
	char buf[CANARY_ANSWER], name[128];
	uint8_t secret[CANARY_TOKEN];
	memset(secret, 0xab, sizeof(secret));
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int w = CANARY_MORE; w <= CANARY_BROKEN; w++) {
		size_t n = canary_answer((enum canary_want)w, secret, name, buf);
		if (w == CANARY_MORE || w == CANARY_BROKEN) {
			assert_int_equal(n, 0);
			continue;
		}
		assert_int_equal(n, strlen(buf));
		const char *body = strstr(buf, "\r\n\r\n");
		char length[40];
		snprintf(length, sizeof(length), "Content-Length: %zu\r\n", strlen(body + 4));
		assert_non_null(strstr(buf, length));
		assert_non_null(strstr(buf, "Connection: close\r\n"));
		assert_int_equal(strstr(buf, "abababababababababababababababab\n") != NULL, w == CANARY_SIGHT);
		assert_int_equal(strncmp(buf, "HTTP/1.1 404", 12) == 0, w == CANARY_OTHER);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
