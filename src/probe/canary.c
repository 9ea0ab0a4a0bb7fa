/* SPDX-License-Identifier: BSD-2-Clause */
/* The canary's little HTTP, see canary.h. */
#include "probe/canary.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* True when the head is complete. A body nobody needs is not waited for. */
static int
head_done(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\n')
			continue;
		size_t k = i + 1;
		if (k < n && p[k] == '\r')
			k++;
		if (k < n && p[k] == '\n')
			return 1;
	}
	return 0;
}

static int
hex_token(const char *s, uint8_t token[CANARY_TOKEN])
{
	uint8_t t[CANARY_TOKEN] = { 0 };
	for (unsigned i = 0; i < 2 * CANARY_TOKEN; i++) {
		char c = s[i];
		int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
		if (d < 0)
			return -1;
		t[i / 2] = (uint8_t)(t[i / 2] << 4 | d);
	}
	memcpy(token, t, CANARY_TOKEN);
	return 0;
}

/* Path of a request target: itself, or what follows the authority of an absolute http URI. */
static const char *
path_of(const char *s, size_t *n)
{
	const size_t scheme = 7;
	if (*n < scheme || strncasecmp(s, "http://", scheme) != 0)
		return s;
	const char *slash = memchr(s + scheme, '/', *n - scheme);
	if (!slash)
		return NULL;
	*n -= (size_t)(slash - s);
	return slash;
}

enum canary_want
canary_parse(const uint8_t *p, size_t n, uint8_t token[CANARY_TOKEN])
{
	const char *s = (const char *)p;
	size_t see = n < 4 ? n : 4;
	if (n > CANARY_REQUEST || memchr(p, '\0', n))
		return CANARY_BROKEN;
	/* A method is letters: anything else need not be waited for. */
	for (size_t i = 0; i < see; i++)
		if ((s[i] < 'A' || s[i] > 'Z') && !(i == 3 && s[i] == ' '))
			return CANARY_BROKEN;
	if (!head_done(p, n))
		return n == CANARY_REQUEST ? CANARY_BROKEN : CANARY_MORE;
	const char *end = memchr(s, '\n', n), *to = s + 4;
	if (memcmp(s, "GET ", 4) != 0)
		return CANARY_OTHER;
	const char *space = memchr(to, ' ', (size_t)(end - to));
	if (!space || end - space < 6 || memcmp(space, " HTTP/", 6) != 0)
		return CANARY_BROKEN;
	size_t len = (size_t)(space - to);
	const char *path = path_of(to, &len);
	if (!path || len == 0 || path[0] != '/')
		return CANARY_OTHER;
	if (len == 1 + 2 * CANARY_TOKEN && hex_token(path + 1, token) == 0)
		return CANARY_SIGHT;
	if (len == 1 || (len == 4 && memcmp(path, "/why", 4) == 0))
		return CANARY_WHY;
	return CANARY_OTHER;
}

static const char why_text[] =
    "This address belongs to the abuse desk of %s.\n"
    "\n"
    "When somebody reports that a line of ours can be misused (for example as an open proxy),\n"
    "we look ourselves before we believe it: our prober asks that line, and no other, to fetch\n"
    "a one-time page from here. If the page is fetched, the line relays for strangers, and we\n"
    "tell its owner. The prober connects to a few ports, reads at most 4 KB from each, tries\n"
    "no password, changes nothing, and only ever tests addresses of this network.\n"
    "\n"
    "If you see such a visit on a line of yours, somebody accused that line.\n"
    "Questions, or a wrong guess of ours: abuse@%s\n";

size_t
canary_answer(enum canary_want w, const uint8_t secret[CANARY_TOKEN], const char *name,
    char buf[CANARY_ANSWER])
{
	char body[1400] = "not here\n";
	const char *status = "404 Not Found";
	if (w == CANARY_MORE || w == CANARY_BROKEN)
		return 0;
	if (w != CANARY_OTHER)
		status = "200 OK";
	if (w == CANARY_WHY)
		snprintf(body, sizeof(body), why_text, name, name);
	if (w == CANARY_SIGHT) {
		for (unsigned i = 0; i < CANARY_TOKEN; i++)
			snprintf(body + 2 * i, 3, "%02x", secret[i]);
		memcpy(body + 2 * CANARY_TOKEN, "\n", 2);
	}
	int n = snprintf(buf, CANARY_ANSWER,
	    "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n"
	    "Cache-Control: no-store\r\nConnection: close\r\n\r\n%s", status, strlen(body), body);
	return n > 0 && n < CANARY_ANSWER ? (size_t)n : 0;
}
