/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gathering, see gather.h. A fixed table, found by a hash that need not be secret: a chain is never longer
 * than the table. Must never mix what is weak with what is strong.
 */
#include "wire/gather.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define BUCKETS  2048
#define LEFT_OUT 48 /* of the line that says how many are missing */

struct bundle {
	TAILQ_ENTRY(bundle) age;
	struct bundle *next; /* in its bucket */
	unsigned bucket;
	struct claim c;
	uint64_t lines, left_out;
	size_t head_n, tail_n;
	char head[GATHER_HEAD], tail[GATHER_TAIL];
};

struct gather {
	TAILQ_HEAD(gather_age, bundle) age;
	struct bundle *bucket[BUCKETS];
	size_t n;
	char text[GATHER_HEAD + LEFT_OUT + GATHER_TAIL];
};

struct gather *
gather_new(void)
{
	struct gather *g = calloc(1, sizeof(*g));
	if (g)
		TAILQ_INIT(&g->age);
	return g;
}

static void
unlink_bundle(struct gather *g, struct bundle *b)
{
	struct bundle **at = &g->bucket[b->bucket];
	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	TAILQ_REMOVE(&g->age, b, age);
	g->n--;
	free(b);
}

void
gather_free(struct gather *g)
{
	if (!g)
		return;
	while (!TAILQ_EMPTY(&g->age))
		unlink_bundle(g, TAILQ_FIRST(&g->age));
	free(g);
}

size_t
gather_count(const struct gather *g)
{
	return g->n;
}

static bool
alike(const struct claim *a, const struct claim *b)
{
	return addr_eq(&a->subject, &b->subject) && a->cls == b->cls &&
	       a->evidence == b->evidence && a->two_way_claim == b->two_way_claim &&
	       a->zone_assumed == b->zone_assumed;
}

static unsigned
bucket_of(const struct claim *c)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	for (size_t i = 0; i < sizeof(c->subject.b); i++)
		h = (h ^ c->subject.b[i]) * 16777619u;
	h = (h ^ (uint32_t)c->cls) * 16777619u;
	h = (h ^ ((uint32_t)c->evidence << 1 | c->two_way_claim)) * 16777619u;
	return (h ^ h >> 16) % BUCKETS;
}

/* Drops lines from the front of the tail until n more bytes fit. */
static void
tail_room(struct bundle *b, size_t n)
{
	while (b->tail_n && b->tail_n + n > sizeof(b->tail)) {
		char *end = memchr(b->tail, '\n', b->tail_n);
		size_t gone = end ? (size_t)(end - b->tail) + 1 : b->tail_n;
		memmove(b->tail, b->tail + gone, b->tail_n - gone);
		b->tail_n -= gone;
		b->left_out++;
	}
}

static void
add_text(struct bundle *b, const char *s, size_t n)
{
	b->lines++;
	if (b->lines == 1 && n + 1 > sizeof(b->head))
		n = sizeof(b->head) - 1; /* what names the subject stands in front */
	if (b->tail_n == 0 && b->left_out == 0 && b->head_n + n + 1 <= sizeof(b->head)) {
		memcpy(b->head + b->head_n, s, n);
		b->head_n += n;
		b->head[b->head_n++] = '\n';
		return;
	}
	if (n + 1 > sizeof(b->tail))
		n = sizeof(b->tail) - 1;
	tail_room(b, n + 1);
	memcpy(b->tail + b->tail_n, s, n);
	b->tail_n += n;
	b->tail[b->tail_n++] = '\n';
}

static void
merge(struct bundle *b, const struct claim *c)
{
	struct claim *o = &b->c;
	o->count = o->count + c->count < o->count ? UINT32_MAX : o->count + c->count;
	if (c->first && (!o->first || c->first < o->first))
		o->first = c->first;
	if (c->event > o->event)
		o->event = c->event;
	if (o->far_port != c->far_port)
		o->far_port = 0;
	if (o->proto != c->proto)
		o->proto = 0;
	if (!o->port)
		o->port = c->port;
}

static int
give(struct gather *g, struct bundle *b, claim_cb *cb, void *arg)
{
	size_t n = b->head_n;
	struct claim c = b->c;
	memcpy(g->text, b->head, n);
	if (b->left_out)
		n += (size_t)snprintf(g->text + n, LEFT_OUT, "[%llu lines left out]\n",
		    (unsigned long long)b->left_out);
	memcpy(g->text + n, b->tail, b->tail_n);
	c.text = g->text;
	c.text_n = n + b->tail_n;
	int rc = cb(&c, arg);
	if (rc == 0)
		unlink_bundle(g, b);
	return rc;
}

int
gather_add(struct gather *g, const struct claim *c, claim_cb *cb, void *arg)
{
	unsigned bucket = bucket_of(c);
	struct bundle *b = g->bucket[bucket];
	while (b && !alike(&b->c, c))
		b = b->next;
	if (b) {
		merge(b, c);
		add_text(b, c->text, c->text_n);
		return 0;
	}
	int rc = g->n == GATHER_OPEN ? give(g, TAILQ_FIRST(&g->age), cb, arg) : 0;
	if (rc)
		return rc;
	b = malloc(sizeof(*b));
	if (!b)
		return -ENOMEM;
	b->c = *c;
	b->lines = b->left_out = 0;
	b->head_n = b->tail_n = 0;
	b->bucket = bucket;
	b->next = g->bucket[bucket];
	g->bucket[bucket] = b;
	TAILQ_INSERT_TAIL(&g->age, b, age);
	g->n++;
	add_text(b, c->text, c->text_n);
	return 0;
}

int
gather_flush(struct gather *g, claim_cb *cb, void *arg)
{
	while (!TAILQ_EMPTY(&g->age)) {
		int rc = give(g, TAILQ_FIRST(&g->age), cb, arg);
		if (rc)
			return rc;
	}
	return 0;
}
