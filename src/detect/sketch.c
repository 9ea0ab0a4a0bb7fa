/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of heavy keys, see sketch.h. One bucket is two cache lines, read together. */
#include "detect/sketch.h"

#include <stdlib.h>

#include "detect/bigtable.h"
#include "detect/mix.h"

#define BUCKETS 16384
#define SLOTS   10
#define EPOCH   4  /* s: loads halve */
#define MEMORY  16 /* epochs: the lines are forgotten */

struct bucket {
	uint32_t tag[SLOTS], load[SLOTS], lines[SLOTS];
	uint32_t epoch, spare;
} __attribute__((aligned(64)));

struct sketch {
	struct bucket *bucket;
	void *base;
};

struct sketch *
sketch_new(void)
{
	struct sketch *x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	x->bucket = bigtable_new(BUCKETS, sizeof(*x->bucket), &x->base);
	if (!x->bucket) {
		free(x);
		return NULL;
	}
	return x;
}

void
sketch_free(struct sketch *x)
{
	if (x)
		free(x->base);
	free(x);
}

size_t
sketch_bytes(void)
{
	return BUCKETS * sizeof(struct bucket);
}

static struct bucket *
bucket_of(const struct sketch *x, uint64_t tag)
{
	return &x->bucket[tag >> 8 & (BUCKETS - 1)];
}

void
sketch_ask(const struct sketch *x, uint64_t tag)
{
	const char *b = (const char *)bucket_of(x, tag);
	__builtin_prefetch(b, 1);
	__builtin_prefetch(b + 64, 1);
}

static void
age(struct bucket *b, uint32_t epoch)
{
	uint32_t n = epoch - b->epoch;
	bool forget = epoch / MEMORY != b->epoch / MEMORY;
	for (int i = 0; i < SLOTS; i++) {
		b->load[i] = n < 32 ? b->load[i] >> n : 0;
		if (forget)
			b->lines[i] = 0;
	}
	b->epoch = epoch;
}

uint32_t
sketch_add(struct sketch *x, uint64_t tag, uint32_t load, unsigned group, uint32_t sec, uint64_t *ret)
{
	struct bucket *b = bucket_of(x, tag);
	uint32_t t = (uint32_t)(tag >> 32), epoch = sec / EPOCH;
	int at = -1, least = 0;
	if (b->epoch != epoch)
		age(b, epoch);
	for (int i = 0; i < SLOTS && at < 0; i++)
		at = b->tag[i] == t ? i : -1;
	for (int i = 1; at < 0 && i < SLOTS; i++)
		least = b->load[i] < b->load[least] ? i : least;
	if (at < 0 && b->load[least] > load) {
		b->load[least] -= load;
		*ret = 0;
		return 0;
	}
	if (at < 0) {
		at = least;
		b->tag[at] = t;
		b->load[at] = b->lines[at] = 0;
	}
	b->load[at] = add_sat32(b->load[at], load);
	b->lines[at] |= UINT32_C(1) << (group & 31);
	*ret = b->load[at];
	return b->lines[at];
}
