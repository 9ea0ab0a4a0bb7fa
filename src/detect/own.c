/* SPDX-License-Identifier: BSD-2-Clause */
/* The map of own prefixes, see own.h. Leaves are pushed: a look-up ends at the first entry that is no
 * node, so one of a foreign address mostly costs one read of the root. */
#include "detect/own.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define ROOT  65536
#define FAN   256
#define ROWS  65535
#define PLACES (UINT64_C(1) << 31)
#define NODE  UINT32_C(0x80000000) /* the rest is a node's number, else a row's */

struct trie {
	uint32_t *root;
	uint32_t (*node)[FAN];
	uint32_t nodes, room;
};

struct own {
	struct trie trie[2]; /* IPv4, IPv6 */
	struct own_row *row; /* from 1 */
	size_t rows;
	uint64_t places;
};

/* The node e names, made if need be: until now all of it was what e said. 0: out of memory. */
static uint32_t
node_of(struct trie *t, uint32_t e)
{
	if (e & NODE)
		return e & ~NODE;
	if (t->nodes == t->room) {
		uint32_t room = t->room ? 2 * t->room : 64;
		void *p = realloc(t->node, room * sizeof(*t->node));
		if (!p)
			return 0;
		t->node = p;
		t->room = room;
	}
	uint32_t n = ++t->nodes;
	for (size_t i = 0; i < FAN; i++)
		t->node[n - 1][i] = e;
	return n;
}

/* Shorter prefixes come first, so what is overwritten is always less specific. */
static bool
trie_add(struct trie *t, const struct prefix *p, uint32_t value)
{
	unsigned depth = 16;
	unsigned at = (unsigned)p->a.b[0] << 8 | p->a.b[1];
	uint32_t in = 0; /* node; 0: the root */
	while (p->len > depth) {
		uint32_t n = node_of(t, in ? t->node[in - 1][at] : t->root[at]);
		if (!n)
			return false;
		*(in ? &t->node[in - 1][at] : &t->root[at]) = n | NODE;
		in = n;
		at = p->a.b[depth / 8];
		depth += 8;
	}
	uint32_t *e = in ? &t->node[in - 1][at] : &t->root[at];
	for (unsigned i = 0; i < 1U << (depth - p->len); i++)
		e[i] = value;
	return true;
}

static uint64_t
bits64(const struct addr *a)
{
	uint64_t v; /* asked twice a flow: one load and a swap */
	memcpy(&v, a->b, sizeof(v));
	return be64toh(v);
}

static bool
build(struct own *o, const struct policy *p, size_t *left_out)
{
	for (const struct lpm_node *n = lpm_first(&p->rows); n; n = lpm_next(&p->rows, n)) {
		if (o->rows == ROWS) {
			++*left_out;
			continue;
		}
		const struct policy_row *r = LPM_ENTRY(n, struct policy_row, lpm);
		struct own_row *w = &o->row[++o->rows];
		bool six = n->prefix.a.fam == 6;
		w->row = r;
		w->shared = r->kind == KIND_CGNAT_POOL;
		w->unit = !six ? 32 : r->delegated ? r->delegated : 64;
		w->single = six && n->prefix.len > 64;
		if (w->unit > 64)
			w->unit = w->single ? n->prefix.len : 64;
		if (!six && o->places < PLACES) {
			w->first = (uint32_t)(bits64(&n->prefix.a) >> 32);
			w->place = (uint32_t)o->places + 1;
			o->places += UINT64_C(1) << (32 - n->prefix.len);
		}
		if (!trie_add(&o->trie[six], &n->prefix, (uint32_t)o->rows))
			return false;
	}
	return true;
}

struct own *
own_new(const struct policy *p, size_t *left_out)
{
	struct own *o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	*left_out = 0;
	o->row = calloc((p->rows.tree.count < ROWS ? p->rows.tree.count : ROWS) + 1, sizeof(*o->row));
	for (int f = 0; f < 2; f++)
		o->trie[f].root = calloc(ROOT, sizeof(uint32_t));
	if (!o->row || !o->trie[0].root || !o->trie[1].root || !build(o, p, left_out)) {
		own_free(o);
		return NULL;
	}
	return o;
}

void
own_free(struct own *o)
{
	if (!o)
		return;
	for (int f = 0; f < 2; f++) {
		free(o->trie[f].root);
		free(o->trie[f].node);
	}
	free(o->row);
	free(o);
}

uint16_t
own_find(const struct own *o, const struct addr *a)
{
	const struct trie *t = &o->trie[a->fam == 6];
	if (!a->fam)
		return 0;
	uint16_t two;
	memcpy(&two, a->b, sizeof(two));
	uint32_t e = t->root[be16toh(two)];
	for (unsigned i = 2; e & NODE; i++)
		e = t->node[(e & ~NODE) - 1][a->b[i]];
	return (uint16_t)e;
}

const struct own_row *
own_row(const struct own *o, uint16_t no)
{
	return &o->row[no];
}

size_t
own_rows(const struct own *o)
{
	return o->rows;
}

size_t
own_bytes(const struct own *o)
{
	size_t n = sizeof(*o) + (o->rows + 1) * sizeof(*o->row);
	for (int f = 0; f < 2; f++)
		n += ROOT * sizeof(uint32_t) + o->trie[f].room * sizeof(*o->trie[f].node);
	return n;
}

/* Multicast is nobody's address: its numbers name the rows that are one line, and 0 (::/64). */
#define SINGLE UINT64_C(0xff00000000000000)

uint64_t
own_key(const struct own *o, uint16_t no, const struct addr *a)
{
	const struct own_row *w = &o->row[no];
	uint64_t v = bits64(a);
	if (a->fam == 4)
		return v >> 32 | UINT64_C(1) << 32;
	if (w->single)
		return SINGLE | no;
	v &= w->unit ? ~UINT64_C(0) << (64 - w->unit) : 0;
	/* The words of IPv4 are numbers below 2^33; an own ::/31 is no prefix anybody has. */
	return v >> 33 ? v : SINGLE | UINT64_C(1) << 48;
}

struct prefix
own_prefix(const struct own *o, uint16_t no, uint64_t key)
{
	const struct own_row *w = &o->row[no];
	struct prefix p = { .len = w->unit };
	if (w->row->lpm.prefix.a.fam == 4) {
		p.a.fam = 4;
		for (int i = 0; i < 4; i++)
			p.a.b[i] = (uint8_t)(key >> (24 - 8 * i));
		return p;
	}
	if (key >= SINGLE)
		return w->row->lpm.prefix;
	p.a.fam = 6;
	for (int i = 0; i < 8; i++)
		p.a.b[i] = (uint8_t)(key >> (56 - 8 * i));
	return p;
}

uint32_t
own_places(const struct own *o)
{
	return o->places < PLACES ? (uint32_t)o->places : 0;
}

uint32_t
own_place(const struct own *o, uint16_t no, uint64_t key)
{
	const struct own_row *w = &o->row[no];
	return w->place ? w->place + ((uint32_t)key - w->first) : 0;
}
