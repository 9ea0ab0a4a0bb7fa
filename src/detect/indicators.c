/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of indicators, see indicators.h: parsed line by line, sorted, found through one word of a
 * filter and then a hash. A line that is not understood is told and left out; none stops the others. The
 * look-up must cost one read of memory for an address that is not listed, which is nearly every one.
 */
#include "detect/indicators.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/special.h"
#include "detect/mix.h"

#define SAME_ADDR 64 /* rows of one address that are looked at */

struct indicators {
	struct indicator *row; /* by address, then those with a port first */
	size_t rows;
	uint64_t *filter;      /* four bits of one word an address */
	uint64_t filter_mask;
	uint32_t *index;       /* 1 + first row of an address */
	uint64_t index_mask;
	uint64_t seed;
};

struct text {
	const char *p;
	size_t n;
};

static struct text
trim(struct text t)
{
	while (t.n && (*t.p == ' ' || *t.p == '\t'))
		t.p++, t.n--;
	while (t.n && strchr(" \t\r", t.p[t.n - 1]))
		t.n--;
	return t;
}

/* Cuts *from at the first c; without one takes all. */
static struct text
cut(struct text *from, char c)
{
	const char *at = from->n ? memchr(from->p, c, from->n) : NULL;
	struct text head = { from->p, at ? (size_t)(at - from->p) : from->n };
	size_t skip = head.n + (at ? 1 : 0);
	from->p += skip;
	from->n -= skip;
	return trim(head);
}

static int
number(struct text t, unsigned most)
{
	unsigned v = 0;
	if (t.n == 0 || t.n > 5)
		return -EINVAL;
	for (size_t i = 0; i < t.n; i++) {
		if (t.p[i] < '0' || t.p[i] > '9')
			return -EINVAL;
		v = v * 10 + (unsigned)(t.p[i] - '0');
	}
	return v == 0 || v > most ? -EINVAL : (int)v;
}

/* By name only: a number there would be a prefix length, and a prefix is no indicator. */
static int
proto_of(struct text t)
{
	static const struct {
		const char *name;
		int no;
	} known[] = { { "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "gre", 47 }, { "icmpv6", 58 } };
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (t.n == strlen(known[i].name) && memcmp(t.p, known[i].name, t.n) == 0)
			return known[i].no;
	return -EINVAL;
}

/* address[:port][/proto]; IPv6 with a port in brackets. */
static const char *
target_parse(struct text t, struct indicator *r)
{
	const char *slash = t.n ? memrchr(t.p, '/', t.n) : NULL;
	if (slash) {
		size_t left = (size_t)(slash - t.p);
		int proto = proto_of(trim((struct text){ slash + 1, t.n - left - 1 }));
		if (proto < 0)
			return "the protocol is tcp, udp, icmp, icmpv6 or gre; a prefix is no indicator";
		r->proto = (uint8_t)proto;
		t = trim((struct text){ t.p, left });
	}
	const char *colon = t.n ? memrchr(t.p, ':', t.n) : NULL;
	const char *first = t.n ? memchr(t.p, ':', t.n) : NULL;
	bool bracket = t.n && t.p[0] == '[';
	if (colon && (bracket ? colon > t.p && colon[-1] == ']' : colon == first)) {
		size_t left = (size_t)(colon - t.p);
		int port = number((struct text){ colon + 1, t.n - left - 1 }, 65535);
		if (port < 0)
			return "a port is 1 to 65535";
		r->port = (uint16_t)port;
		t.n = left;
	}
	if (bracket) {
		if (t.n < 2 || t.p[t.n - 1] != ']')
			return "an IPv6 address with a port stands in brackets";
		t = (struct text){ t.p + 1, t.n - 2 };
	}
	if (addr_parse(t.p, t.n, &r->addr))
		return "the first field is an address, not a name or a prefix";
	return addr_is_special(&r->addr) ? "a private or special-purpose address is no indicator" : NULL;
}

/* A date (its first instant, or for an end its last) or a date-time. */
static int
when_parse(struct text t, bool end, msec *ret)
{
	char full[32];
	if (t.n == 0)
		return 0;
	if (t.n != 10)
		return msec_parse(t.p, t.n, ret);
	memcpy(full, t.p, 10);
	memcpy(full + 10, "T00:00:00Z", 10);
	msec day;
	if (msec_parse(full, 20, &day))
		return -EINVAL;
	*ret = day + (end ? MSEC_DAY : 0);
	return 0;
}

static const char *
id_parse(struct text t, struct indicator *r)
{
	for (size_t i = 0; i < t.n; i++) {
		char c = t.p[i];
		bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!ok && (c == '\0' || !strchr("._-", c)))
			return "an id is of letters, digits, '.', '_' and '-'";
	}
	memcpy(r->id, t.p, t.n < sizeof(r->id) ? t.n : sizeof(r->id) - 1);
	return NULL;
}

/* NULL: *ret is filled. */
static const char *
row_parse(struct text line, struct indicator *ret)
{
	struct indicator r = { .to = MSEC_NEVER };
	const char *rule = target_parse(cut(&line, ','), &r);
	if (rule)
		return rule;
	if (when_parse(cut(&line, ','), false, &r.from) || when_parse(cut(&line, ','), true, &r.to))
		return "valid-from and valid-to are RFC 3339 dates, or empty";
	if (r.to <= r.from)
		return "it ends before it begins";
	rule = id_parse(cut(&line, ','), &r);
	if (!rule && line.n)
		rule = "a line has four fields";
	if (!rule)
		*ret = r;
	return rule;
}

static int
row_cmp(const void *pa, const void *pb)
{
	const struct indicator *a = pa, *b = pb;
	int c = addr_cmp(&a->addr, &b->addr);
	if (c)
		return c;
	if (a->port != b->port) /* those without a port last */
		return (uint16_t)(a->port - 1) < (uint16_t)(b->port - 1) ? -1 : 1;
	if (a->proto != b->proto)
		return a->proto > b->proto ? -1 : 1;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return strcmp(a->id, b->id);
}

static uint64_t
filter_bits(uint64_t h)
{
	return UINT64_C(1) << (h & 63) | UINT64_C(1) << (h >> 6 & 63) | UINT64_C(1) << (h >> 12 & 63) |
	    UINT64_C(1) << (h >> 18 & 63);
}

static int
build(struct indicators *x)
{
	uint64_t words = 64, places = 64;
	while (words * 4 < x->rows) /* 16 bits an address */
		words *= 2;
	while (places < x->rows * 2)
		places *= 2;
	x->filter = calloc(words, sizeof(*x->filter));
	x->index = calloc(places, sizeof(*x->index));
	if (!x->filter || !x->index)
		return -ENOMEM;
	x->filter_mask = words - 1;
	x->index_mask = places - 1;
	for (size_t i = 0; i < x->rows; i++) {
		if (i && addr_eq(&x->row[i - 1].addr, &x->row[i].addr))
			continue;
		uint64_t h = mix_addr(&x->row[i].addr, x->seed), at = h >> 24 & x->index_mask;
		x->filter[h >> 24 & x->filter_mask] |= filter_bits(h);
		while (x->index[at])
			at = (at + 1) & x->index_mask;
		x->index[at] = (uint32_t)(i + 1);
	}
	return 0;
}

struct indicators *
indicators_parse(const char *text, size_t n, uint64_t seed, size_t *skipped, size_t *bad_line,
    const char **rule)
{
	struct indicators *x = calloc(1, sizeof(*x));
	struct text all = { text, n };
	size_t room = 0, bad = 0, first = 0;
	const char *why = NULL;
	if (!x)
		return NULL;
	x->seed = seed;
	for (size_t no = 1; all.n; no++) {
		struct text line = cut(&all, '\n');
		line = cut(&line, '#');
		if (line.n == 0)
			continue;
		struct indicator r;
		const char *wrong = x->rows == INDICATORS ? "more than 1,000,000 indicators" : row_parse(line, &r);
		if (wrong) {
			if (bad++ == 0)
				first = no, why = wrong;
			continue;
		}
		if (x->rows == room) {
			room = room ? room * 2 : 256;
			struct indicator *more = realloc(x->row, room * sizeof(r));
			if (!more)
				goto fail;
			x->row = more;
		}
		x->row[x->rows++] = r;
	}
	if (x->rows)
		qsort(x->row, x->rows, sizeof(x->row[0]), row_cmp);
	if (build(x))
		goto fail;
	*skipped = bad;
	*bad_line = first;
	*rule = why;
	return x;
fail:
	indicators_free(x);
	return NULL;
}

void
indicators_free(struct indicators *x)
{
	if (!x)
		return;
	free(x->row);
	free(x->filter);
	free(x->index);
	free(x);
}

size_t
indicators_count(const struct indicators *x)
{
	return x ? x->rows : 0;
}

const struct indicator *
indicators_find(const struct indicators *x, const struct addr *a, uint8_t proto, uint16_t port, msec when)
{
	if (!x || !x->rows)
		return NULL;
	uint64_t h = mix_addr(a, x->seed), bits = filter_bits(h);
	if ((x->filter[h >> 24 & x->filter_mask] & bits) != bits)
		return NULL;
	for (uint64_t at = h >> 24 & x->index_mask; x->index[at]; at = (at + 1) & x->index_mask) {
		const struct indicator *r = &x->row[x->index[at] - 1], *end = x->row + x->rows;
		if (!addr_eq(&r->addr, a))
			continue;
		for (unsigned i = 0; i < SAME_ADDR && r < end && addr_eq(&r->addr, a); i++, r++)
			if ((!r->port || r->port == port) && (!r->proto || r->proto == proto) &&
			    when >= r->from && when < r->to)
				return r;
		return NULL;
	}
	return NULL;
}
