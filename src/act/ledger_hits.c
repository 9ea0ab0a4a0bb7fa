/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an order has stopped, see ledger_hits.h. The actuator counts by place, and a place outlives the
 * order on it; so a new order's count begins where the one before ended. Must never grow beyond what
 * the actuator itself counts.
 */
#include "act/ledger_hits.h"

#include <stdlib.h>

#include "base/tree.h"
#include "host/log.h"

#define PLACES_TOP (SET_N * 65536) /* the counters there can be, see ruleset.c */

struct count {
	uint64_t packets, bytes;
};

struct hit {
	struct tree_node node;
	struct act_entry place;
	uint64_t order;
	struct count base, last; /* when the order came; at the last look */
};

struct hits {
	struct tree by_place;
};

static int
cmp(const struct tree_node *a, const struct tree_node *b)
{
	return act_entry_cmp(&TREE_ENTRY(a, struct hit, node)->place,
	    &TREE_ENTRY(b, struct hit, node)->place);
}

struct hits *
hits_new(void)
{
	struct hits *h = calloc(1, sizeof *h);
	if (!h)
		fatal_oom();
	tree_init(&h->by_place, cmp);
	return h;
}

void
hits_free(struct hits *h)
{
	struct tree_node *n;
	while (h && (n = h->by_place.root) != NULL) {
		tree_del(&h->by_place, n);
		free(TREE_ENTRY(n, struct hit, node));
	}
	free(h);
}

void
hits_take(struct hits *h, const struct act_entry *place, uint64_t order, uint64_t *packets,
    uint64_t *bytes)
{
	struct hit key = { .place = *place };
	struct hit *x = TREE_ENTRY(tree_find(&h->by_place, &key.node), struct hit, node);
	if (!x && h->by_place.count < PLACES_TOP) {
		if (!(x = calloc(1, sizeof *x)))
			fatal_oom();
		x->place = *place;
		x->order = order; /* nobody before it, or nobody we know of */
		tree_add(&h->by_place, &x->node);
	}
	if (!x)
		return;
	if (*packets < x->last.packets) /* the actuator forgot, and began anew */
		x->base = x->last = (struct count) { 0 };
	if (x->order != order)
		x->base = x->last;
	x->order = order;
	x->last = (struct count) { *packets, *bytes };
	*packets -= x->base.packets;
	*bytes -= x->base.bytes;
}
