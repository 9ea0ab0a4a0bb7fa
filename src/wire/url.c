/* SPDX-License-Identifier: BSD-2-Clause */
/* URLs, see url.h. Must never take one that two programs would read differently: no user part, no
 * backslash, no control or blank, one port. */
#include "wire/url.h"

#include <errno.h>
#include <string.h>

bool
url_host_ok(const char *s, size_t n)
{
	size_t label = 0;
	if (n == 0 || n >= URL_HOST)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = s[i], low = (char)(c | 0x20);
		bool word = (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9');
		if (c == '.' ? label == 0 || s[i - 1] == '-' : !word && (c != '-' || label == 0))
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label > 0 && s[n - 1] != '-';
}

bool
url_host_numeric(const char *s, size_t n)
{
	size_t last = n;
	while (last > 0 && s[last - 1] != '.')
		last--;
	return last < n && s[last] >= '0' && s[last] <= '9';
}

static int
port_parse(const char *s, size_t n, uint16_t *ret)
{
	unsigned v = 0;
	if (n == 0 || n > 5)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -EINVAL;
		v = v * 10 + (unsigned)(s[i] - '0');
	}
	if (v == 0 || v > 65535)
		return -EINVAL;
	*ret = (uint16_t)v;
	return 0;
}

/* "HOST", "[ADDRESS]", with ":PORT" or without. */
static int
authority_parse(const char *s, size_t n, struct url *u)
{
	const char *close = n && s[0] == '[' ? memchr(s, ']', n) : NULL;
	const char *host = close ? s + 1 : s, *colon;
	size_t host_n = close ? (size_t)(close - host) : n;
	if (n && s[0] == '[' && !close)
		return -EINVAL;
	colon = close ? (close + 1 < s + n ? close + 1 : NULL) : memchr(s, ':', n);
	if (colon && (*colon != ':' || port_parse(colon + 1, (size_t)(s + n - colon - 1), &u->port) < 0))
		return -EINVAL;
	if (colon && !close)
		host_n = (size_t)(colon - s);
	if (host_n == 0 || host_n >= URL_HOST)
		return -EINVAL;
	bool is_addr = addr_parse(host, host_n, &u->addr) == 0;
	if (close ? !is_addr || !memchr(host, ':', host_n) : !is_addr && !url_host_ok(host, host_n))
		return -EINVAL;
	if (!is_addr && url_host_numeric(host, host_n))
		return -EINVAL;
	for (size_t i = 0; i < host_n; i++)
		u->host[i] = host[i] >= 'A' && host[i] <= 'Z' ? (char)(host[i] | 0x20) : host[i];
	u->host[host_n] = '\0';
	return 0;
}

int
url_split(const char *s, struct url *ret)
{
	struct url u = { .port = 80 };
	size_t n = strlen(s), at = 7;
	if (n >= URL_TEXT)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || strchr("\"\\<>^`{|}#", s[i]))
			return -EINVAL;
	if (strncmp(s, "https://", 8) == 0) {
		u.tls = true;
		u.port = 443;
		at = 8;
	} else if (strncmp(s, "http://", 7) != 0) {
		return -EINVAL;
	}
	size_t end = at + strcspn(s + at, "/?");
	if (memchr(s + at, '@', end - at) || authority_parse(s + at, end - at, &u) < 0)
		return -EINVAL;
	u.path = end;
	*ret = u;
	return 0;
}
