/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and prefixes, see addr.h. Text goes through inet_pton: one grammar, no surprises. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

int
addr_parse(const char *s, size_t n, struct addr *ret)
{
	char text[ADDR_TEXT];
	uint8_t six[16];
	struct addr a = { 0 };

	if (n == 0 || n >= sizeof(text) || memchr(s, '\0', n))
		return -EINVAL;
	memcpy(text, s, n);
	text[n] = '\0';
	if (inet_pton(AF_INET, text, a.b) == 1) {
		a.fam = 4;
	} else if (inet_pton(AF_INET6, text, six) == 1) {
		if (memcmp(six, mapped, sizeof(mapped)) == 0) {
			a.fam = 4;
			memcpy(a.b, six + 12, 4);
		} else {
			a.fam = 6;
			memcpy(a.b, six, 16);
		}
	} else {
		return -EINVAL;
	}
	*ret = a;
	return 0;
}

char *
addr_print(const struct addr *a, char buf[ADDR_TEXT])
{
	if (a->fam == 4)
		inet_ntop(AF_INET, a->b, buf, ADDR_TEXT);
	else if (a->fam == 6)
		inet_ntop(AF_INET6, a->b, buf, ADDR_TEXT);
	else
		memcpy(buf, "-", 2);
	return buf;
}

int
addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->fam != b->fam)
		return a->fam < b->fam ? -1 : 1;
	return memcmp(a->b, b->b, sizeof(a->b));
}

bool
addr_eq(const struct addr *a, const struct addr *b)
{
	return addr_cmp(a, b) == 0;
}

bool
addr_is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };
	return a->fam == 4 ? a->b[0] == 127 : a->fam == 6 && memcmp(a->b, one, 16) == 0;
}

unsigned
addr_bits(const struct addr *a)
{
	return a->fam == 4 ? 32 : a->fam == 6 ? 128 : 0;
}

struct prefix
prefix_of(const struct addr *a, unsigned len)
{
	struct prefix p = { .a = *a };
	if (len > addr_bits(a))
		len = addr_bits(a);
	p.len = (uint8_t)len;
	for (unsigned i = 0; i < sizeof(p.a.b); i++) {
		if (len >= 8 * (i + 1))
			continue;
		if (len <= 8 * i)
			p.a.b[i] = 0;
		else
			p.a.b[i] &= (uint8_t)(0xff00 >> (len - 8 * i));
	}
	return p;
}

int
prefix_parse(const char *s, size_t n, struct prefix *ret)
{
	struct addr a;
	const char *slash = n ? memchr(s, '/', n) : NULL;
	size_t an = slash ? (size_t)(slash - s) : n;
	if (addr_parse(s, an, &a) < 0)
		return -EINVAL;
	unsigned len = addr_bits(&a);
	if (slash) {
		const char *d = slash + 1, *end = s + n;
		if (d == end || end - d > 3 || (*d == '0' && end - d > 1))
			return -EINVAL;
		/* "::ffff:192.0.2.0/120" would need its length rebased: not worth the doubt. */
		if (a.fam == 4 && memchr(s, ':', an))
			return -EINVAL;
		unsigned v = 0;
		for (; d < end; d++) {
			if (*d < '0' || *d > '9')
				return -EINVAL;
			v = v * 10 + (unsigned)(*d - '0');
		}
		if (v > len)
			return -EINVAL;
		len = v;
	}
	struct prefix p = prefix_of(&a, len);
	if (!addr_eq(&p.a, &a))
		return -EDOM;
	*ret = p;
	return 0;
}

char *
prefix_print(const struct prefix *p, char buf[PREFIX_TEXT])
{
	char a[ADDR_TEXT];
	snprintf(buf, PREFIX_TEXT, "%s/%u", addr_print(&p->a, a), p->len);
	return buf;
}

bool
prefix_has(const struct prefix *p, const struct addr *a)
{
	if (p->a.fam == 0 || p->a.fam != a->fam)
		return false;
	struct prefix q = prefix_of(a, p->len);
	return addr_eq(&q.a, &p->a);
}

int
prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	if (a->a.fam != b->a.fam)
		return a->a.fam < b->a.fam ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->a.b, b->a.b, sizeof(a->a.b));
}
