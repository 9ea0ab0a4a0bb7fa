/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of lines and suspects, see slots.h. */
#include "detect/slots.h"

#include <stdlib.h>
#include <string.h>

#include "detect/bigtable.h"

#define WAYS   5
#define STILL  10           /* s: whoever was seen since is not pushed out */
#define WORTH  (6 * 3600)   /* s: a suspect is kept that much longer */
#define SPARSE 4            /* addresses a line: more are not worth their places */
#define TRIES  8            /* suspects looked at for the least interesting */

struct bucket {
	uint64_t key[WAYS];
	uint32_t line[WAYS];    /* 1 + place; 0: free */
	uint32_t away;          /* lines that would be here first, but are in their other bucket */
} __attribute__((aligned(64)));

struct slots {
	uint64_t seed[2];
	struct bucket *bucket;
	uint64_t buckets;
	struct line *line;
	struct suspect *suspect;
	uint32_t *known;        /* by own_place(); NULL: places are not used */
	uint32_t places;
	void *base[4];          /* of bucket, line, suspect and known, as bigtable_new() gave them */
	uint32_t lines, used, suspects, hand;
};

struct slots *
slots_new(uint32_t lines, uint32_t places, const uint64_t seed[2])
{
	struct slots *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->seed[0] = seed[0];
	s->seed[1] = seed[1] | 1;
	s->lines = lines ? lines : 1;
	s->buckets = s->lines * UINT64_C(2) / WAYS + 2; /* two entries a line */
	s->bucket = bigtable_new(s->buckets, sizeof(*s->bucket), &s->base[0]);
	s->line = bigtable_new(s->lines, sizeof(*s->line), &s->base[1]);
	s->suspect = bigtable_new(SUSPECTS, sizeof(*s->suspect), &s->base[2]);
	s->places = places / SPARSE <= s->lines ? places : 0;
	if (s->places)
		s->known = bigtable_new(s->places + 1UL, sizeof(*s->known), &s->base[3]);
	if (!s->bucket || !s->line || !s->suspect || (s->places && !s->known)) {
		slots_free(s);
		return NULL;
	}
	return s;
}

void
slots_free(struct slots *s)
{
	if (!s)
		return;
	for (int i = 0; i < 4; i++)
		free(s->base[i]);
	free(s);
}

struct pair {
	struct bucket *b[2];
};

static uint64_t
hash_of(const struct slots *s, uint64_t key)
{
	uint64_t h = (key ^ s->seed[0]) * s->seed[1];
	h = (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* Of the two that a key may be in. */
static struct bucket *
first_of(const struct slots *s, uint64_t h)
{
	return &s->bucket[(h >> 32) * s->buckets >> 32];
}

static struct bucket *
second_of(const struct slots *s, uint64_t h)
{
	return &s->bucket[(h & UINT32_MAX) * s->buckets >> 32];
}

static struct pair
buckets_of(const struct slots *s, uint64_t key)
{
	uint64_t h = hash_of(s, key);
	return (struct pair){ { first_of(s, h), second_of(s, h) } };
}

static struct line *
find_in(const struct slots *s, const struct bucket *b, uint64_t key)
{
	for (int w = 0; w < WAYS; w++)
		if (b->key[w] == key)
			return &s->line[b->line[w] - 1];
	return NULL;
}

static struct line *
find(const struct slots *s, uint64_t key)
{
	uint64_t h = hash_of(s, key);
	const struct bucket *b = first_of(s, h);
	struct line *l = find_in(s, b, key);
	return l || !b->away ? l : find_in(s, second_of(s, h), key);
}

struct slot_asked
slots_ask_index(const struct slots *s, uint64_t key, uint32_t place)
{
	struct slot_asked a = { 0 };
	if (place && s->known) {
		a.known = &s->known[place];
		__builtin_prefetch(a.known);
	} else {
		a.bucket = first_of(s, hash_of(s, key));
		__builtin_prefetch(a.bucket);
	}
	return a;
}

struct line *
slots_ask_line(const struct slots *s, struct slot_asked a, uint64_t key)
{
	struct line *l;
	if (a.known)
		l = *a.known ? &s->line[*a.known - 1] : NULL;
	else if (!(l = find_in(s, a.bucket, key)) && a.bucket->away)
		l = find(s, key);
	if (l)
		for (size_t i = 0; i < sizeof(*l); i += 64)
			__builtin_prefetch((const char *)l + i, 1);
	return l;
}

__attribute__((noinline)) struct line *
slots_line(struct detect *d, struct slot_asked a, uint64_t key, uint16_t own, bool make)
{
	/* Nothing at its place says that there is no line. */
	if (a.known && !*a.known && !make)
		return NULL;
	struct line *l = make ? line_make(d, key, own) : line_find(d, key);
	if (a.known)
		*a.known = l ? (uint32_t)(l - d->slots->line) + 1 : 0;
	return l;
}

struct line *
line_find(struct detect *d, uint64_t key)
{
	return find(d->slots, key);
}

/* When l would not be missed any more: the earlier, the sooner it goes. */
static uint64_t
worth(struct detect *d, const struct line *l)
{
	return (uint64_t)l->seen + (suspect_of(d, l) ? WORTH : 0);
}

/* The least interesting line of the two buckets; NULL: none that may go. */
static struct line *
least(struct detect *d, struct pair p, struct bucket **in, int *way)
{
	struct line *ret = NULL;
	for (int i = 0; i < 2; i++)
		for (int w = 0; w < WAYS; w++) {
			if (!p.b[i]->line[w])
				continue;
			struct line *l = &d->slots->line[p.b[i]->line[w] - 1];
			if (l->seen + STILL > d->sec || (ret && worth(d, l) >= worth(d, ret)))
				continue;
			ret = l;
			*in = p.b[i];
			*way = w;
		}
	return ret;
}

static bool
free_way(struct pair p, struct bucket **in, int *way)
{
	int room[2] = { -1, -1 }, n[2] = { 0, 0 };
	for (int i = 0; i < 2; i++)
		for (int w = 0; w < WAYS; w++)
			if (p.b[i]->line[w])
				n[i]++;
			else if (room[i] < 0)
				room[i] = w;
	/* The first, so that one read mostly suffices; once it fills up, the emptier one. */
	int i = n[0] >= WAYS - 1 && n[1] < n[0];
	if (room[i] < 0)
		return false;
	*in = p.b[i];
	*way = room[i];
	return true;
}

/* Both full: an entry that has room in its other bucket moves there (Pagh and Rodler 2001, one step). */
static bool
make_way(const struct slots *s, struct pair p, struct bucket **in, int *way)
{
	for (int i = 0; i < 2; i++)
		for (int w = 0; w < WAYS; w++) {
			struct bucket *b = p.b[i];
			struct pair q = buckets_of(s, b->key[w]);
			struct bucket *to = q.b[q.b[0] == b];
			for (int v = 0; to != b && v < WAYS; v++) {
				if (to->line[v])
					continue;
				to->key[v] = b->key[w];
				to->line[v] = b->line[w];
				q.b[0]->away += b == q.b[0] ? 1 : UINT32_MAX;
				*in = b;
				*way = w;
				return true;
			}
		}
	return false;
}

/* key's entry in b is given to another. */
static void
leaves(const struct slots *s, const struct bucket *b, uint64_t key)
{
	struct pair p = buckets_of(s, key);
	p.b[0]->away -= b != p.b[0];
}

struct line *
line_make(struct detect *d, uint64_t key, uint16_t own)
{
	struct slots *s = d->slots;
	struct line *l = find(s, key);
	if (l)
		return l;
	struct pair p = buckets_of(s, key);
	struct bucket *b = NULL;
	int way = 0;
	if (s->used < s->lines && (free_way(p, &b, &way) || make_way(s, p, &b, &way))) {
		l = &s->line[s->used++];
	} else {
		l = least(d, p, &b, &way);
		if (!l) {
			d->stats.refused++;
			return NULL;
		}
		struct suspect *old = suspect_of(d, l);
		if (old)
			old->line = 0;
		leaves(s, b, l->key);
		d->stats.evicted++;
		d->stats.lines--;
	}
	*l = (struct line){ .key = key, .own = own, .since = d->sec, .seen = d->sec };
	b->key[way] = key;
	b->line[way] = (uint32_t)(l - s->line) + 1;
	p.b[0]->away += b != p.b[0];
	d->stats.lines++;
	return l;
}

struct suspect *
suspect_of(struct detect *d, const struct line *l)
{
	if (!l->suspect)
		return NULL;
	struct suspect *s = &d->slots->suspect[l->suspect - 1];
	return s->line == l->key ? s : NULL;
}

struct suspect *
suspect_make(struct detect *d, struct line *l)
{
	struct slots *t = d->slots;
	struct suspect *s = suspect_of(d, l);
	if (s) {
		s->seen = d->sec;
		return s;
	}
	if (t->suspects < SUSPECTS) {
		s = &t->suspect[t->suspects++];
	} else {
		for (int i = 0; i < TRIES; i++) {
			struct suspect *x = &t->suspect[t->hand];
			t->hand = (t->hand + 1) % SUSPECTS;
			/* A level is worth as many minutes of silence as it has points. */
			if (!s || (x->line ? x->seen + 60ULL * x->level : 0) <
			    (s->line ? s->seen + 60ULL * s->level : 0))
				s = x;
		}
		d->suspects_evicted += s->line != 0;
	}
	*s = (struct suspect){ .line = l->key, .own = l->own, .seen = d->sec };
	l->suspect = (uint32_t)(s - t->suspect) + 1;
	return s;
}

void
suspect_raise(struct detect *d, struct suspect *s, enum detector no, unsigned level)
{
	s->told[no].held = d->sec;
	s->told[no].level = (uint16_t)level;
	if (level >= s->level || s->seen + 3600 < d->sec)
		s->level = (uint16_t)level;
	s->seen = d->sec;
}

struct suspect *
slots_suspect(const struct slots *s, uint32_t place)
{
	return place < s->suspects ? &s->suspect[place] : NULL;
}

size_t
slots_memory(const struct slots *s, struct memory_row *ret)
{
	ret[0] = (struct memory_row){ "lines", s->used, s->lines, sizeof(struct line),
		(uint64_t)s->used * sizeof(struct line) };
	ret[1] = (struct memory_row){ "index of lines", s->used, s->buckets * WAYS,
		sizeof(struct bucket) / WAYS, s->buckets * sizeof(struct bucket) + s->places * sizeof(*s->known) };
	ret[2] = (struct memory_row){ "suspects", s->suspects, SUSPECTS, sizeof(struct suspect),
		(uint64_t)s->suspects * sizeof(struct suspect) };
	return 3;
}
