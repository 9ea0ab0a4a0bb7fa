/* SPDX-License-Identifier: BSD-2-Clause */
/* Values out of the cells of a flow log, see flowtext_own.h: numbers, ports, times, addresses as other
 * sensors print them. Never guesses: what does not read whole is refused. */
#include <errno.h>
#include <string.h>

#include "wire/flowtext_own.h"

#define COUNT_MAX ((uint64_t)1 << 53)     /* what every JSON writer can say exactly */
#define TIME_MAX  ((msec)253402300799000) /* the end of year 9999 */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool
piece_is(struct piece s, const char *text)
{
	for (size_t i = 0; i < s.n; i++)
		if (!text[i] || lower(s.p[i]) != lower(text[i]))
			return false;
	return text[s.n] == '\0';
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

int
piece_number(struct piece s, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0;
	for (; i < s.n && digit(s.p[i]); i++) {
		v = v * 10 + (uint64_t)(s.p[i] - '0');
		if (v > COUNT_MAX)
			return -EINVAL;
	}
	if (i == 0)
		return -EINVAL;
	if (i < s.n && s.p[i] == '.')
		for (i++; i < s.n && digit(s.p[i]);)
			i++;
	if (i < s.n)
		return -EINVAL;
	*ret = v;
	return 0;
}

static int
hex(struct piece s, uint64_t most, uint64_t *ret)
{
	uint64_t v = 0;
	if (s.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < s.n; i++) {
		char c = lower(s.p[i]);
		int d = digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
		if (d < 0)
			return -EINVAL;
		v = v << 4 | (uint64_t)d;
		if (v > most)
			return -EINVAL;
	}
	*ret = v;
	return 0;
}

int
piece_port(struct piece s, uint16_t *ret)
{
	uint64_t v;
	int r = s.n > 2 && s.p[0] == '0' && lower(s.p[1]) == 'x'
		    ? hex((struct piece){ s.p + 2, s.n - 2 }, UINT16_MAX, &v)
		    : piece_number(s, &v);
	if (r < 0 || v > UINT16_MAX)
		return -EINVAL;
	*ret = (uint16_t)v;
	return 0;
}

int
piece_flags(struct piece s, uint8_t *ret)
{
	static const char letter[] = "FSRPAU"; /* in the order of the bits, RFC 9293 3.1 */
	uint8_t v = 0;
	uint64_t n;
	if (s.n > 2 && s.p[0] == '0' && lower(s.p[1]) == 'x') {
		if (hex((struct piece){ s.p + 2, s.n - 2 }, 0xfff, &n) < 0)
			return -EINVAL;
		*ret = (uint8_t)(n & 0x3f);
		return 0;
	}
	for (size_t i = 0; i < s.n; i++) {
		const char *at = s.p[i] ? strchr(letter, s.p[i]) : NULL;
		if (at)
			v |= (uint8_t)(1u << (at - letter));
		else if (!strchr(".ECWNXcewnx", s.p[i]) || !s.p[i])
			return -EINVAL;
	}
	*ret = v;
	return 0;
}

int
piece_addr(struct piece s, struct addr *ret)
{
	struct addr a = { .fam = 4 };
	size_t i = 0;
	for (unsigned k = 0; k < 4;
	     k++) { /* the common case by hand: it is most of a line's cost */
		unsigned v = 0, digits = 0;
		for (; i < s.n && digit(s.p[i]) && digits < 4; i++, digits++)
			v = v * 10 + (unsigned)(s.p[i] - '0');
		if (digits == 0 || digits > 3 || v > 255 ||
		    (digits > 1 && s.p[i - digits] == '0') ||
		    (k < 3 && (i >= s.n || s.p[i++] != '.')))
			return addr_parse(s.p, s.n, ret);
		a.b[k] = (uint8_t)v;
	}
	if (i < s.n)
		return addr_parse(s.p, s.n, ret);
	*ret = a;
	return 0;
}

/* Digits behind a point as milliseconds; *i goes behind them. */
static msec
fraction(struct piece s, size_t *i)
{
	msec v = 0, unit = 100;
	for (; *i < s.n && digit(s.p[*i]); (*i)++, unit /= 10)
		v += (msec)(s.p[*i] - '0') * unit;
	return v;
}

int
piece_seconds(struct piece s, msec *ret)
{
	msec v = 0;
	size_t i = 0;
	for (; i < s.n && digit(s.p[i]); i++) {
		v = v * 10 + (s.p[i] - '0');
		if (v > TIME_MAX)
			return -EINVAL;
	}
	if (i == 0)
		return -EINVAL;
	bool ms = v >= 100000000000; /* no seconds of a year we know: some write milliseconds */
	v *= ms ? 1 : 1000;
	if (i < s.n && s.p[i] == '.') {
		i++;
		msec f = fraction(s, &i);
		v += ms ? 0 : f;
	}
	if (i < s.n &&
	    lower(s.p[i]) == 'e') { /* 5.96e-06: too small to be seen; larger ones nobody writes */
		if (++i >= s.n || s.p[i++] != '-')
			return -EINVAL;
		v = 0;
		while (i < s.n && digit(s.p[i]))
			i++;
	}
	if (i != s.n || v > TIME_MAX)
		return -EINVAL;
	*ret = v;
	return 0;
}

/* n digits at *i as a number from..to; -1: not there. */
static int
part(struct piece s, size_t *i, size_t n, int from, int to)
{
	int v = 0;
	if (s.n - *i < n)
		return -1;
	for (size_t k = 0; k < n; k++) {
		char c = s.p[*i + k];
		if (!digit(c))
			return -1;
		v = v * 10 + (c - '0');
	}
	*i += n;
	return v < from || v > to ? -1 : v;
}

static bool
mark(struct piece s, size_t *i, const char *any)
{
	if (*i >= s.n || !s.p[*i] || !strchr(any, s.p[*i]))
		return false;
	(*i)++;
	return true;
}

/* "", "Z", "+01:00", "+0100", with a blank before it or not: what to take off. */
static int
zone(struct piece s, size_t *i, msec *ret)
{
	*ret = 0;
	mark(s, i, " ");
	if (*i == s.n || (*i + 1 == s.n && mark(s, i, "Zz")))
		return 0;
	bool west = *i < s.n && s.p[*i] == '-';
	if (!mark(s, i, "+-"))
		return -EINVAL;
	int h = part(s, i, 2, 0, 23);
	mark(s, i, ":");
	int m = part(s, i, 2, 0, 59);
	if (h < 0 || m < 0 || *i != s.n)
		return -EINVAL;
	*ret = (h * MSEC_HOUR + m * MSEC_MINUTE) * (west ? -1 : 1);
	return 0;
}

int
piece_time(struct piece s, msec *ret)
{
	size_t i = 0;
	msec off, ms = 0;
	if (s.n < 10 || (s.p[4] != '-' && s.p[4] != '/'))
		return piece_seconds(s, ret);
	int y = part(s, &i, 4, 1, 9999);
	bool ok = mark(s, &i, "-/");
	int mo = part(s, &i, 2, 1, 12);
	ok = mark(s, &i, "-/") && ok;
	int d = part(s, &i, 2, 1, 31);
	ok = mark(s, &i, " T") && ok;
	int h = part(s, &i, 2, 0, 23);
	ok = mark(s, &i, ":") && ok;
	int mi = part(s, &i, 2, 0, 59);
	ok = mark(s, &i, ":") && ok;
	int sec = part(s, &i, 2, 0, 60);
	if (!ok || y < 0 || mo < 0 || d < 0 || h < 0 || mi < 0 || sec < 0)
		return -EINVAL;
	if (mark(s, &i, ".,"))
		ms = fraction(s, &i);
	if (zone(s, &i, &off) < 0)
		return -EINVAL;
	msec v = msec_civil_days(y, mo, d) * MSEC_DAY + h * MSEC_HOUR + mi * MSEC_MINUTE +
		 sec * MSEC_SECOND + ms - off;
	if (v < 0)
		return -EINVAL;
	*ret = v;
	return 0;
}

/* IANA protocol numbers by the names Argus, Zeek, Suricata and nfdump print. Argus names what it thinks
 * UDP carries. */
static const struct {
	const char *name;
	uint8_t no;
} protocols[] = {
	{ "tcp", 6 },
	{ "udp", 17 },
	{ "icmp", 1 },
	{ "icmp6", 58 },
	{ "ipv6-icmp", 58 },
	{ "icmpv6", 58 },
	{ "igmp", 2 },
	{ "gre", 47 },
	{ "esp", 50 },
	{ "ah", 51 },
	{ "sctp", 132 },
	{ "ospf", 89 },
	{ "ospfigp", 89 },
	{ "pim", 103 },
	{ "vrrp", 112 },
	{ "rtp", 17 },
	{ "rtcp", 17 },
	{ "udt", 17 },
	{ "ipv6", 41 },
	{ "ipip", 4 },
	{ "ipnip", 4 },
	{ "ipencap", 4 },
	{ "rsvp", 46 },
	{ "eigrp", 88 },
	{ "l2tp", 115 },
	{ "dccp", 33 },
	{ "udplite", 136 },
	{ "ipv6-frag", 44 },
	{ "ipv6-no", 59 },
};

int
piece_proto(struct piece s, uint8_t fam, uint8_t *ret)
{
	uint64_t n;
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	if (s.n == 0)
		return -ENOENT;
	if (piece_number(s, &n) == 0) {
		if (n > UINT8_MAX)
			return -ENOENT;
		*ret = (uint8_t)n;
		return 0;
	}
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (piece_is(s, protocols[i].name)) {
			*ret =
			    protocols[i].no == IPP_ICMP && fam == 6 ? IPP_ICMP6 : protocols[i].no;
			return 0;
		}
	return -ENOENT;
}
