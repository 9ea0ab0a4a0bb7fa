/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flows in order of when they ended, see past_sort.h. A fixed window: when it is full its older half
 * goes on. Logs are nearly in order, so that is what the merging is quick at.
 */
#include "lymph/past_sort.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct mark {
	msec last;
	uint32_t i;
};

struct past_sort {
	struct flow *v;
	struct mark *mark, *spare;
	struct flow *kept;
	size_t n, room;
	msec gone; /* the last that went on */
	uint64_t late;
	flow_sink *sink;
	void *arg;
};

struct past_sort *
past_sort_new(size_t room, flow_sink *sink, void *arg)
{
	struct past_sort *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	*s = (struct past_sort){ .v = malloc(room * sizeof(*s->v)),
		.kept = malloc(room * sizeof(*s->kept)),
		.mark = malloc(room * sizeof(*s->mark)),
		.spare = malloc(room * sizeof(*s->spare)),
		.room = room,
		.gone = INT64_MIN,
		.sink = sink,
		.arg = arg };
	if (!s->v || !s->kept || !s->mark || !s->spare) {
		past_sort_free(s);
		return NULL;
	}
	return s;
}

void
past_sort_free(struct past_sort *s)
{
	if (!s)
		return;
	free(s->v);
	free(s->kept);
	free(s->mark);
	free(s->spare);
	free(s);
}

uint64_t
past_sort_late(const struct past_sort *s)
{
	return s->late;
}

/* Two runs that stand side by side; equal ones stay as they came. */
static void
merge(struct past_sort *s, size_t from, size_t mid, size_t to)
{
	struct mark *m = s->mark;
	if (m[mid - 1].last <= m[mid].last)
		return;
	memcpy(s->spare + from, m + from, (to - from) * sizeof(*m));
	size_t a = from, b = mid;
	for (size_t k = from; k < to; k++) {
		bool left = b == to || (a < mid && s->spare[a].last <= s->spare[b].last);
		m[k] = s->spare[left ? a++ : b++];
	}
}

static void
order(struct past_sort *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->mark[i] = (struct mark){ s->v[i].last, (uint32_t)i };
	for (size_t w = 1; w < s->n; w *= 2)
		for (size_t i = 0; i + w < s->n; i += 2 * w)
			merge(s, i, i + w, i + 2 * w < s->n ? i + 2 * w : s->n);
}

/* The oldest n go on. */
static void
release(struct past_sort *s, size_t n)
{
	struct flow batch[FLOW_BATCH];
	size_t k = 0;
	order(s);
	for (size_t i = 0; i < n; i++) {
		const struct flow *f = &s->v[s->mark[i].i];
		s->late += f->last < s->gone;
		if (f->last > s->gone)
			s->gone = f->last;
		batch[k++] = *f;
		if (k == FLOW_BATCH || i + 1 == n) {
			s->sink(s->arg, batch, k);
			k = 0;
		}
	}
	for (size_t i = n; i < s->n; i++)
		s->kept[i - n] = s->v[s->mark[i].i];
	struct flow *v = s->v;
	s->v = s->kept;
	s->kept = v;
	s->n -= n;
}

void
past_sort_add(struct past_sort *s, const struct flow *f)
{
	if (s->n == s->room)
		release(s, s->room / 2);
	s->v[s->n++] = *f;
}

void
past_sort_flush(struct past_sort *s)
{
	release(s, s->n);
}
