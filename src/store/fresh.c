/* SPDX-License-Identifier: BSD-2-Clause */
/* The newest report ids in order, see fresh.h. It never outlives or replaces what is on disk. */
#include "store/fresh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
cmp(const struct tree_node *a, const struct tree_node *b)
{
	const struct fresh_entry *x = TREE_ENTRY(a, struct fresh_entry, node);
	const struct fresh_entry *y = TREE_ENTRY(b, struct fresh_entry, node);
	int c = memcmp(x->id, y->id, sizeof(x->id));
	if (c == 0)
		c = (x->head > y->head) - (x->head < y->head);
	return c ? c : (x->seq > y->seq) - (x->seq < y->seq);
}

void
fresh_init(struct fresh *f)
{
	*f = (struct fresh){ 0 };
	tree_init(&f->tree, cmp);
}

int
fresh_add(struct fresh *f, const uint8_t id[16], uint64_t head, uint64_t seq)
{
	if (f->n == f->room) {
		size_t room = f->room ? f->room * 2 : 1024;
		void *v = reallocarray(f->v, room, sizeof(struct fresh_entry *));
		if (!v)
			return -ENOMEM;
		f->v = v;
		f->room = room;
	}
	struct fresh_entry *e = malloc(sizeof(*e));
	if (!e)
		return -ENOMEM;
	memcpy(e->id, id, sizeof(e->id));
	e->head = head;
	e->seq = seq;
	tree_add(&f->tree, &e->node);
	f->v[f->n++] = e;
	return 0;
}

void
fresh_drop(struct fresh *f, const uint8_t id[16], uint64_t seq)
{
	for (size_t i = 0; i < f->n; i++) {
		struct fresh_entry *e = f->v[i];
		if (e->seq != seq || memcmp(e->id, id, sizeof(e->id)) != 0)
			continue;
		tree_del(&f->tree, &e->node);
		free(e);
		memmove(&f->v[i], &f->v[i + 1], (f->n - i - 1) * sizeof(f->v[0]));
		f->n--;
		f->kept -= i < f->kept;
		return;
	}
}

void
fresh_keep(struct fresh *f)
{
	f->kept = f->n;
}

void
fresh_undo(struct fresh *f)
{
	while (f->n > f->kept) {
		struct fresh_entry *e = f->v[--f->n];
		tree_del(&f->tree, &e->node);
		free(e);
	}
}

void
fresh_clear(struct fresh *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->v[i]);
	free(f->v);
	fresh_init(f);
}

struct fresh_entry *
fresh_from(const struct fresh *f, const uint8_t id[16], uint64_t head)
{
	struct fresh_entry key = { .head = head };
	memcpy(key.id, id, sizeof(key.id));
	return TREE_ENTRY(tree_from(&f->tree, &key.node), struct fresh_entry, node);
}

struct fresh_entry *
fresh_next(const struct fresh *f, const struct fresh_entry *e)
{
	return TREE_ENTRY(tree_next(&f->tree, &e->node), struct fresh_entry, node);
}
