/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines under watch: their flows, and nobody else's, kept for a while in rings of fixed size. */
#include <stdlib.h>

#include "detect/watch.h"

struct watched {
	uint64_t line;          /* key; 0: free */
	uint32_t until;         /* s */
	uint32_t kept;          /* flows ever put into the ring */
	struct flow *ring;      /* WATCH_RING */
};

struct watches {
	struct watched w[WATCHED];
	struct flow *flows;
	uint32_t used;          /* places in use: looked up only while it is not 0 */
};

struct watches *
watches_new(void)
{
	struct watches *x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	x->flows = calloc((size_t)WATCHED * WATCH_RING, sizeof(*x->flows));
	if (!x->flows) {
		free(x);
		return NULL;
	}
	for (size_t i = 0; i < WATCHED; i++)
		x->w[i].ring = &x->flows[i * WATCH_RING];
	return x;
}

void
watches_free(struct watches *x)
{
	if (x)
		free(x->flows);
	free(x);
}

static uint64_t
key_of(const struct detect *d, const struct addr *a)
{
	uint16_t own = own_find(d->own, a);
	return own ? own_key(d->own, own, a) : 0;
}

static struct watched *
find(struct watches *x, uint64_t key)
{
	for (size_t i = 0; key && i < WATCHED; i++)
		if (x->w[i].line == key)
			return &x->w[i];
	return NULL;
}

/* A line that appears may be one that was asked for before it was there. */
void
watch_line(struct detect *d, struct line *l)
{
	struct watched *w = d->watches->used ? find(d->watches, l->key) : NULL;
	l->watch = w ? (uint16_t)(w - d->watches->w + 1) : 0;
}

void
watch_keep(struct detect *d, struct line *l, const struct flow *f)
{
	struct watched *w = &d->watches->w[l->watch - 1];
	if (w->line != l->key || w->until < d->sec) {
		l->watch = 0;
		return;
	}
	w->ring[w->kept++ % WATCH_RING] = *f;
}

bool
detect_watch(struct detect *d, const struct prefix *subject, msec until)
{
	uint64_t key = key_of(d, &subject->a);
	struct watched *w = find(d->watches, key);
	for (size_t i = 0; key && !w && i < WATCHED; i++)
		if (!d->watches->w[i].line || d->watches->w[i].until < d->sec)
			w = &d->watches->w[i];
	if (!w)
		return false;
	msec s = until / 1000;
	if (w->line != key)
		w->kept = 0;
	d->watches->used += !w->line;
	w->line = key;
	w->until = s < 0 ? 0 : s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
	struct line *l = line_find(d, key);
	if (l)
		watch_line(d, l);
	return true;
}

size_t
detect_kept(const struct detect *d, const struct addr *a, struct flow *ret, size_t most)
{
	const struct watched *w = find(d->watches, key_of(d, a));
	if (!w)
		return 0;
	size_t n = w->kept < WATCH_RING ? w->kept : WATCH_RING;
	if (n > most)
		n = most;
	for (size_t i = 0; i < n; i++)
		ret[i] = w->ring[(w->kept - n + i) % WATCH_RING];
	return n;
}

size_t
watch_memory(const struct detect *d, struct memory_row *ret)
{
	*ret = (struct memory_row){ "watched lines", d->watches->used, WATCHED,
		WATCH_RING * sizeof(struct flow), d->watches->used * WATCH_RING * sizeof(struct flow) };
	return 1;
}
