/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hand says of the orders it was given, and how they fare, for those who ask. Hand is treated as
 * captured: it can say what became of an order, and nothing else; no word of it becomes a fact.
 */
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "lymphd/edge_carry.h"

#define RETRY_REFUSED MSEC_MINUTE /* hand had no room where we saw some */
#define STRANGERS     100000      /* drops of what we know nothing of, waiting at most */

const uint32_t orders_bucket_top[ORDERS_BUCKETS] = { 500, 1000, 2000, 3000, 5000, 7500, 10000, 15000,
	25000, 50000, 100000, 1000000, 10000000, UINT32_MAX };

static void
measure(struct orders *os, int64_t since)
{
	int64_t took = clock_micro() - since;
	int i = 0;
	while (took > orders_bucket_top[i] && i < ORDERS_BUCKETS - 1)
		i++;
	os->t.bucket[i]++;
	os->sample[os->t.measured++ % SAMPLES] = took < UINT32_MAX ? (uint32_t)took : UINT32_MAX;
	os->t.micro_sum += (uint64_t)took;
}

static void
is_in(struct orders *os, struct carried *x)
{
	if (x->since)
		measure(os, x->since);
	x->since = 0;
	if (!x->was_in) {
		carry_hour(os);
		os->hour[os->hour_at % HOUR_PARTS][x->rung]++;
	}
	x->was_in = true;
	carry_become(os, x, CARRY_IN, RULE_NONE);
}

void
orders_done(struct edge *e, const struct msg_order_done *m)
{
	struct orders *os = e->orders;
	struct carried *x = carry_find(os, m->order);
	if (m->done >= DONE_N || m->rule >= RULE_N ||
	    (m->done == DONE_REFUSED && m->rule == RULE_NONE)) {
		os->t.broken++;
		return;
	}
	if (!x || x->state == CARRY_TODO) { /* its end, or its next change, is on the way */
		os->t.stray += !x;
		return;
	}
	if (x->drop) {
		/* Whatever came before: only its end counts. What cannot be withdrawn now is told as
		 * strange at the next comparison. */
		if (m->done != DONE_IN)
			carry_forget(os, x);
		return;
	}
	switch ((enum done)m->done) {
	case DONE_IN: is_in(os, x); break;
	case DONE_GONE: carry_become(os, x, CARRY_ENDED, RULE_NONE); break;
	case DONE_REFUSED: carry_refuse(os, x, m->rule, clock_mono() + RETRY_REFUSED); break;
	case DONE_HELD: carry_become(os, x, CARRY_HELD, RULE_NONE); break;
	case DONE_FAILED: carry_become(os, x, CARRY_FAILED, RULE_NONE); break;
	case DONE_N: break;
	}
	x->err = m->done == DONE_FAILED ? m->err : 0;
}

/* In the kernel and in no list: withdrawn, unless it has merely run out by our clock. */
void
orders_strange(struct edge *e, const struct msg_strange *m)
{
	struct orders *os = e->orders;
	struct carried *x = carry_find(os, m->order);
	struct order o;
	bool standing, known = view_order(e->judge, m->order, &o, &standing);
	if (x && !x->drop) {
		if (x->state != CARRY_TODO) /* it is to be there: say so again */
			carry_become(os, x, CARRY_TODO, RULE_NONE);
	} else if (x) {
		carry_become(os, x, CARRY_TODO, RULE_NONE);
	} else if (known && !o.would && !o.asked && !o.dropped && o.expiry <= edge_now(e)) {
		return;
	} else if (os->strangers < STRANGERS) {
		x = carry_add(os, m->order, 0, 0);
		x->drop = true;
		os->strangers++;
	} else {
		os->t.broken++;
	}
	orders_pump(e);
}

void
orders_hits(struct edge *e, const struct msg_hits *m)
{
	struct orders *os = e->orders;
	if (m->n > HITS_EACH) {
		os->t.broken++;
		return;
	}
	for (uint32_t i = 0; i < m->n; i++) {
		struct carried *x = carry_find(os, m->hit[i].order);
		if (!x || x->drop)
			continue;
		x->packets = m->hit[i].packets;
		x->bytes = m->hit[i].bytes;
		x->counted = true;
	}
}

void
orders_hand(struct edge *e, const struct msg_hand_state *m)
{
	struct orders *os = e->orders;
	os->t.hand = *m;
	os->t.heard = clock_mono();
	if (os->link == LINK_WAIT && (int32_t)(m->mode_no - (uint32_t)os->need) >= 0)
		carry_list(e);
}

void
orders_state(const struct edge *e, uint64_t no, struct carry_state *ret)
{
	const struct carried *x = carry_find(e->orders, no);
	*ret = (struct carry_state){ 0 };
	if (!x || x->drop)
		return;
	*ret = (struct carry_state){ .state = x->state,
		.rule = x->rule,
		.err = x->err,
		.counted = x->counted,
		.packets = x->packets,
		.bytes = x->bytes };
}

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

uint32_t
orders_took(const struct edge *e, unsigned percent)
{
	uint32_t v[SAMPLES];
	const struct orders *os = e->orders;
	size_t n = os->t.measured < SAMPLES ? os->t.measured : SAMPLES;
	if (!n)
		return 0;
	memcpy(v, os->sample, n * sizeof(*v));
	qsort(v, n, sizeof(*v), by_size);
	return v[(n - 1) * percent / 100];
}

void
orders_totals(const struct edge *e, struct orders_totals *ret)
{
	*ret = e->orders->t;
}
