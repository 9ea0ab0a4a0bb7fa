/* SPDX-License-Identifier: BSD-2-Clause */
/* Buckets in rows of eight ways, see hear_reports_quota.h. A bucket is one number, the time at which it
 * will be full again (the virtual scheduling of ITU-T I.371): taking moves it into the future, by at most
 * an hour from now. */
#include "lymphd/hear_reports_quota.h"

#include <stdlib.h>

#include <sodium.h>

#include "host/log.h"

#define WAYS 8
#define HOUR (INT64_C(3600) * 1000000) /* microseconds */

void
quota_init(struct quota *q, uint32_t per_hour)
{
	*q = (struct quota){ .per_hour = per_hour };
	if (per_hour == 0)
		return;
	q->bucket = calloc(QUOTA_SLOTS, sizeof(*q->bucket));
	if (!q->bucket)
		fatal_oom();
	randombytes_buf(q->secret, sizeof(q->secret));
}

void
quota_clear(struct quota *q)
{
	free(q->bucket);
	*q = (struct quota){ 0 };
}

static struct quota_bucket *
find(struct quota *q, const void *who, size_t n, int64_t now)
{
	_Static_assert(sizeof(q->secret) == crypto_shorthash_KEYBYTES, "SipHash-2-4");
	uint64_t h;
	crypto_shorthash((unsigned char *)&h, who, n, q->secret);
	struct quota_bucket *row = q->bucket + h % (QUOTA_SLOTS / WAYS) * WAYS, *least = row;
	h = h ? h : 1;
	for (struct quota_bucket *b = row; b < row + WAYS; b++) {
		if (b->who == h)
			return b;
		if (b->full < least->full)
			least = b;
	}
	q->evicted += least->who && least->full > now;
	*least = (struct quota_bucket){ .who = h };
	return least;
}

static int64_t
cost_of(const struct quota *q, uint32_t units)
{
	return units < q->per_hour ? HOUR / q->per_hour * units : HOUR;
}

msec
quota_take(struct quota *q, const void *who, size_t n, uint32_t units, msec now)
{
	if (!q->bucket)
		return 0;
	int64_t t = now * 1000;
	struct quota_bucket *b = find(q, who, n, t);
	int64_t full = (b->full > t ? b->full : t) + cost_of(q, units);
	if (full > t + HOUR) {
		q->refused++;
		return (full - t - HOUR + 999) / 1000;
	}
	b->full = full;
	return 0;
}

msec
quota_queue(struct quota *q, const void *who, size_t n, uint32_t units, msec now, enum quota_turn turn)
{
	if (!q->bucket)
		return 0;
	int64_t t = now * 1000, cost = cost_of(q, units);
	struct quota_bucket *b = find(q, who, n, t);
	int64_t full = (b->full > t ? b->full : t) + cost;
	int64_t place = full - HOUR; /* so many are there from then on */
	if (place <= t && (b->last <= t || turn == QUOTA_WAITED)) {
		b->full = full;
		return 0;
	}
	q->refused++;
	if (b->last > t && b->last + cost > place)
		place = b->last + cost; /* behind those that wait */
	if (turn != QUOTA_PASSES)
		b->last = place;
	return (place - t + 999) / 1000;
}

uint32_t
quota_units(size_t n)
{
	return 1 + (uint32_t)(n / QUOTA_UNIT);
}

struct prefix
quota_network(const struct addr *a)
{
	return prefix_of(a, a->fam == 6 ? 48 : a->fam == 4 ? 24 : 0);
}
