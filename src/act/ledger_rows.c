/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the ledger, see ledger_rows.h: a slab in chunks, two open-addressing hashes of indices with
 * linear probing and backward shift, and a binary heap of ends. */
#include "act/ledger_rows.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "host/log.h"

#define CHUNK_BITS 13
#define CHUNK      (1u << CHUNK_BITS)
#define FIRST      1024 /* slots */

enum by { BY_NO, BY_PLACE, BY_N };

struct slots {
	uint32_t *at; /* index of a row; 0: free */
	uint32_t mask, n;
};

struct rows {
	struct row **chunk;
	uint32_t chunks, top; /* indices 1 ... top were handed out */
	uint32_t free;        /* list by row.down */
	uint64_t count, wanted, victims;
	struct slots by[BY_N];
	uint32_t *heap, heap_n, heap_room; /* from 1 */
	uint64_t seed[2];
};

static struct row *
row(const struct rows *r, uint32_t i)
{
	return &r->chunk[i >> CHUNK_BITS][i & (CHUNK - 1)];
}

static void *
resize(void *p, size_t n, size_t each)
{
	p = reallocarray(p, n, each);
	if (!p)
		fatal_oom();
	return p;
}

struct rows *
rows_new(void)
{
	struct rows *r = calloc(1, sizeof *r);
	if (!r)
		fatal_oom();
	/* Without entropy the seed is guessable, and the worst of that is a slow look-up. */
	if (getrandom(r->seed, sizeof r->seed, GRND_NONBLOCK) < 0)
		r->seed[0] = (uint64_t)(size_t)r;
	r->seed[0] |= 1;
	for (int i = 0; i < BY_N; i++) {
		r->by[i].mask = FIRST - 1;
		r->by[i].at = calloc(FIRST, sizeof(uint32_t));
		if (!r->by[i].at)
			fatal_oom();
	}
	return r;
}

void
rows_free(struct rows *r)
{
	if (!r)
		return;
	for (uint32_t i = 0; i < r->chunks; i++)
		free(r->chunk[i]);
	free(r->chunk);
	for (int i = 0; i < BY_N; i++)
		free(r->by[i].at);
	free(r->heap);
	free(r);
}

/* Hashes. */

static uint64_t
mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 m = (unsigned __int128)a * b;
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static uint32_t
hash(const struct rows *r, enum by by, const struct act_entry *e)
{
	const uint64_t odd = 0x9e3779b97f4a7c15u;
	uint64_t h, w[2];
	if (by == BY_NO)
		return (uint32_t)mix(e->order ^ r->seed[0], r->seed[1] ^ odd);
	memcpy(w, e->target.a.b, sizeof w);
	h = mix(w[0] ^ r->seed[0], w[1] ^ r->seed[1] ^ odd);
	h ^= (uint64_t)e->port << 32 | (uint64_t)e->proto << 24 | (uint64_t)e->target.len << 16 |
	    (uint64_t)e->target.a.fam << 8 | e->set;
	return (uint32_t)mix(h ^ r->seed[1], r->seed[0] ^ odd);
}

static bool
same(enum by by, const struct act_entry *a, const struct act_entry *b)
{
	return by == BY_NO ? a->order == b->order : act_entry_cmp(a, b) == 0;
}

/* The slot that holds e, or the free one where it would stand. */
static uint32_t *
slot(const struct rows *r, enum by by, const struct act_entry *e)
{
	const struct slots *s = &r->by[by];
	uint32_t i = hash(r, by, e) & s->mask;
	while (s->at[i] && !same(by, &row(r, s->at[i])->e, e))
		i = (i + 1) & s->mask;
	return &s->at[i];
}

static void
slots_grow(struct rows *r, enum by by)
{
	struct slots *s = &r->by[by], old = *s;
	s->mask = 2 * s->mask + 1;
	s->at = calloc((size_t)s->mask + 1, sizeof *s->at);
	if (!s->at)
		fatal_oom();
	for (uint32_t i = 0; i <= old.mask; i++)
		if (old.at[i])
			*slot(r, by, &row(r, old.at[i])->e) = old.at[i];
	free(old.at);
}

static void
slot_add(struct rows *r, enum by by, uint32_t *at, uint32_t i)
{
	struct slots *s = &r->by[by];
	*at = i;
	if (++s->n * (uint64_t)3 > ((uint64_t)s->mask + 1) * 2)
		slots_grow(r, by);
}

/* Frees a slot and moves those behind it that would no longer be found. */
static void
slot_del(struct rows *r, enum by by, uint32_t *at)
{
	struct slots *s = &r->by[by];
	uint32_t hole = (uint32_t)(at - s->at), i = hole;
	for (;;) {
		i = (i + 1) & s->mask;
		if (!s->at[i])
			break;
		uint32_t home = hash(r, by, &row(r, s->at[i])->e) & s->mask;
		if (((i - home) & s->mask) < ((i - hole) & s->mask))
			continue; /* its home lies behind the hole */
		s->at[hole] = s->at[i];
		hole = i;
	}
	s->at[hole] = 0;
	s->n--;
}

struct row *
rows_by_no(const struct rows *r, uint64_t no)
{
	struct act_entry key = { .order = no };
	uint32_t i = *slot(r, BY_NO, &key);
	return i ? row(r, i) : NULL;
}

struct row *
rows_at(const struct rows *r, const struct act_entry *place)
{
	uint32_t i = *slot(r, BY_PLACE, place);
	return i ? row(r, i) : NULL;
}

struct row *
rows_down(const struct rows *r, const struct row *x)
{
	return x->down ? row(r, x->down) : NULL;
}

/* Rows. */

struct row *
rows_add(struct rows *r, const struct act_entry *e)
{
	uint32_t i = r->free;
	if (i) {
		r->free = row(r, i)->down;
	} else {
		i = ++r->top;
		if (i >> CHUNK_BITS == r->chunks) {
			r->chunk = resize(r->chunk, r->chunks + 1, sizeof *r->chunk);
			r->chunk[r->chunks++] = resize(NULL, CHUNK, sizeof(struct row));
		}
	}
	struct row *x = row(r, i);
	*x = (struct row){ .e = *e, .me = i };
	slot_add(r, BY_NO, slot(r, BY_NO, e), i);
	r->count++;
	return x;
}

void
rows_del(struct rows *r, struct row *x)
{
	slot_del(r, BY_NO, slot(r, BY_NO, &x->e));
	x->e.order = 0;
	x->down = r->free;
	r->free = x->me;
	r->count--;
}

/* Ends. */

static void
heap_set(struct rows *r, uint32_t at, uint32_t i)
{
	r->heap[at] = i;
	row(r, i)->heap = at;
}

static void
heap_fix(struct rows *r, uint32_t at)
{
	uint32_t i = r->heap[at];
	msec end = row(r, i)->e.end;
	for (; at > 1 && row(r, r->heap[at / 2])->e.end > end; at /= 2)
		heap_set(r, at, r->heap[at / 2]);
	for (uint32_t kid; (kid = 2 * at) <= r->heap_n; at = kid) {
		kid += kid < r->heap_n &&
		    row(r, r->heap[kid + 1])->e.end < row(r, r->heap[kid])->e.end;
		if (row(r, r->heap[kid])->e.end >= end)
			break;
		heap_set(r, at, r->heap[kid]);
	}
	heap_set(r, at, i);
}

static void
heap_add(struct rows *r, struct row *x)
{
	if (r->heap_n + 1 >= r->heap_room) {
		r->heap_room = r->heap_room ? r->heap_room * 2 : FIRST;
		r->heap = resize(r->heap, r->heap_room, sizeof *r->heap);
	}
	heap_set(r, ++r->heap_n, x->me);
	heap_fix(r, r->heap_n);
}

static void
heap_del(struct rows *r, struct row *x)
{
	uint32_t at = x->heap, last = r->heap[r->heap_n--];
	x->heap = 0;
	if (last == x->me)
		return;
	heap_set(r, at, last);
	heap_fix(r, at);
}

struct row *
rows_first_end(const struct rows *r)
{
	return r->heap_n ? row(r, r->heap[1]) : NULL;
}

/* Places: the slot holds the highest number, the others hang below it in order. */

static bool
victim(const struct row *x)
{
	return x->e.set == SET_VICTIM4 || x->e.set == SET_VICTIM6;
}

void
rows_want(struct rows *r, struct row *x)
{
	uint32_t *at = slot(r, BY_PLACE, &x->e);
	x->up = x->down = 0;
	for (x->down = *at; x->down && row(r, x->down)->e.order > x->e.order;) {
		x->up = x->down;
		x->down = row(r, x->up)->down;
	}
	if (x->down)
		row(r, x->down)->up = x->me;
	if (x->up)
		row(r, x->up)->down = x->me;
	else if (*at)
		*at = x->me;
	else
		slot_add(r, BY_PLACE, at, x->me);
	heap_add(r, x);
	x->flags |= ROW_WANT;
	r->wanted++;
	r->victims += victim(x);
}

void
rows_unwant(struct rows *r, struct row *x)
{
	if (!x->up) {
		uint32_t *at = slot(r, BY_PLACE, &x->e);
		if (x->down)
			*at = x->down;
		else
			slot_del(r, BY_PLACE, at);
	} else {
		row(r, x->up)->down = x->down;
	}
	if (x->down)
		row(r, x->down)->up = x->up;
	x->up = x->down = 0;
	heap_del(r, x);
	x->flags &= (uint16_t)~ROW_WANT;
	r->wanted--;
	r->victims -= victim(x);
}

uint32_t
rows_top(const struct rows *r)
{
	return r->top;
}

struct row *
rows_nth(const struct rows *r, uint32_t i)
{
	struct row *x = row(r, i);
	return x->e.order ? x : NULL;
}

uint64_t
rows_count(const struct rows *r)
{
	return r->count;
}

uint64_t
rows_victims(const struct rows *r)
{
	return r->victims;
}

uint64_t
rows_wanted(const struct rows *r)
{
	return r->wanted;
}

uint64_t
rows_places(const struct rows *r)
{
	return r->by[BY_PLACE].n;
}
