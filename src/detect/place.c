/* SPDX-License-Identifier: BSD-2-Clause */
/* Interfaces and the sources behind them, see place.h. */
#include "detect/place.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define PROBES 8

/* A range of addresses: IPv4 as numbers below 2^32, IPv6 by its first 64 bits. */
struct range {
	uint64_t from, to;
};

struct bounds {
	struct range *r[2];
	uint32_t n[2];
};

struct places {
	const struct sights *sights;
	struct bounds *of;      /* one for each row of sights->iface */
	size_t bytes;
};

static uint64_t
number(const struct addr *a)
{
	uint64_t v;
	memcpy(&v, a->b, sizeof(v));
	v = be64toh(v);
	return a->fam == 4 ? v >> 32 : v;
}

/* The bits of a prefix's numbers that it leaves open. */
static uint64_t
host_of(const struct prefix *p)
{
	unsigned bits = p->a.fam == 4 ? 32 : 64;
	unsigned len = p->len < bits ? p->len : bits;
	return len ? (UINT64_C(1) << (bits - len)) - 1 : bits == 64 ? UINT64_MAX : UINT32_MAX;
}

static int
by_from(const void *x, const void *y)
{
	const struct range *a = x, *b = y;
	return (a->from > b->from) - (a->from < b->from);
}

/* Sorted, and overlapping ones made one, so that one binary search tells. */
static void
tidy(struct bounds *b)
{
	for (int f = 0; f < 2; f++) {
		if (!b->n[f])
			continue;
		qsort(b->r[f], b->n[f], sizeof(*b->r[f]), by_from);
		uint32_t k = 0;
		for (uint32_t i = 1; i < b->n[f]; i++) {
			struct range *last = &b->r[f][k];
			if (b->r[f][i].from > last->to)
				b->r[f][++k] = b->r[f][i];
			else if (b->r[f][i].to > last->to)
				last->to = b->r[f][i].to;
		}
		b->n[f] = k + 1;
	}
}

static bool
compile(struct bounds *b, const struct iface_row *row)
{
	for (int f = 0; f < 2 && row->prefixes; f++)
		if (!(b->r[f] = calloc(row->prefixes, sizeof(*b->r[f]))))
			return false;
	for (uint32_t i = 0; i < row->prefixes; i++) {
		const struct prefix *p = &row->prefix[i];
		int f = p->a.fam == 6;
		b->r[f][b->n[f]++] = (struct range){ number(&p->a), number(&p->a) | host_of(p) };
	}
	tidy(b);
	return true;
}

struct places *
places_new(const struct sights *s)
{
	struct places *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->sights = s;
	p->of = calloc(s->ifaces + 1, sizeof(*p->of));
	bool ok = p->of != NULL;
	for (size_t i = 0; ok && i < s->ifaces; i++) {
		ok = compile(&p->of[i], &s->iface[i]);
		p->bytes += sizeof(*p->of) + 2 * s->iface[i].prefixes * sizeof(struct range);
	}
	if (!ok) {
		places_free(p);
		return NULL;
	}
	return p;
}

void
places_free(struct places *p)
{
	for (size_t i = 0; p && p->of && i < p->sights->ifaces; i++) {
		free(p->of[i].r[0]);
		free(p->of[i].r[1]);
	}
	if (p)
		free(p->of);
	free(p);
}

/* The range v is in; NULL: none. */
static const struct range *
range_of(const struct places *p, const struct iface_row *row, int f, uint64_t v)
{
	const struct bounds *b = &p->of[row - p->sights->iface];
	uint32_t low = 0, high = b->n[f];
	while (low < high) { /* the last range that begins at or before v */
		uint32_t mid = low + (high - low) / 2;
		if (b->r[f][mid].from <= v)
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 && v <= b->r[f][low - 1].to ? &b->r[f][low - 1] : NULL;
}

bool
place_belongs(const struct places *p, const struct iface_row *row, const struct addr *a)
{
	return range_of(p, row, a->fam == 6, number(a)) != NULL;
}

bool
place_within(const struct places *p, const struct iface_row *row, const struct prefix *own)
{
	const struct range *r = range_of(p, row, own->a.fam == 6, number(&own->a));
	return r && (number(&own->a) | host_of(own)) <= r->to;
}

/* Not configured interfaces give way first, then whoever was silent longest. */
struct iface *
place_iface(struct detect *d, uint16_t exporter, uint32_t ifindex)
{
	uint32_t h = (ifindex * UINT32_C(0x9e3779b1)) ^ (exporter * UINT32_C(0x85ebca77));
	h ^= h >> 15;
	struct iface *give = NULL;
	for (uint32_t i = 0; i < PROBES; i++) {
		struct iface *x = &d->iface[(h + i) % IFACES];
		if (x->used && x->exporter == exporter && x->ifindex == ifindex)
			return x;
		if (!give || (give->used && (!x->used || (give->row && !x->row) ||
		    (!give->row == !x->row && x->seen < give->seen))))
			give = x;
		if (!x->used)
			break;
	}
	const struct iface_row *row = sights_iface_of(d->conf.sights, exporter, ifindex);
	if (!ifindex && row && row->side != SIDE_TAP)
		row = NULL; /* "all others" does not mean "not told" */
	d->moves += give->used;
	*give = (struct iface){ .row = row, .ifindex = ifindex, .exporter = exporter, .used = true,
		.side = (uint8_t)(row ? row->side : SIDE_UNKNOWN) };
	return give;
}

size_t
places_bytes(const struct places *p)
{
	return p->bytes;
}
