/* SPDX-License-Identifier: BSD-2-Clause */
/* The prober's pace, see pace.h. */
#include "probe/pace.h"

#include <errno.h>
#include <stdlib.h>

void
bucket_init(struct bucket *b, int64_t rate, int64_t burst, msec now)
{
	burst *= 1000;
	*b = (struct bucket) { .level = burst, .rate = rate, .burst = burst, .last = now };
}

bool
bucket_has(struct bucket *b, msec now)
{
	msec gone = now > b->last ? now - b->last : 0;
	if (gone > MSEC_MINUTE) /* keeps the product small; no bucket takes longer to fill */
		gone = MSEC_MINUTE;
	b->level += gone * b->rate;
	if (b->level > b->burst)
		b->level = b->burst;
	b->last = now > b->last ? now : b->last;
	return b->level >= 1000;
}

void
bucket_take(struct bucket *b)
{
	b->level -= 1000;
}

static int
target_cmp(const struct tree_node *a, const struct tree_node *b)
{
	return addr_cmp(&TREE_ENTRY(a, struct pace_target, node)->addr,
	    &TREE_ENTRY(b, struct pace_target, node)->addr);
}

static int
net_cmp(const struct tree_node *a, const struct tree_node *b)
{
	return prefix_cmp(&TREE_ENTRY(a, struct pace_net, node)->net,
	    &TREE_ENTRY(b, struct pace_net, node)->net);
}

void
pace_init(struct pace *p, unsigned syns_per_s, unsigned looks_per_s, unsigned per_target,
    unsigned max_sockets, msec now)
{
	*p = (struct pace) { .per_target = per_target, .max_sockets = max_sockets };
	/* A burst of a tenth of a second: 100/s shall not mean 100 at once. */
	bucket_init(&p->syns, syns_per_s, syns_per_s / 10 + 1, now);
	bucket_init(&p->looks, looks_per_s, looks_per_s, now);
	tree_init(&p->targets, target_cmp);
	tree_init(&p->nets, net_cmp);
	TAILQ_INIT(&p->idle);
}

void
pace_clear(struct pace *p)
{
	struct tree_node *n;
	while ((n = tree_first(&p->targets)) != NULL) {
		tree_del(&p->targets, n);
		free(TREE_ENTRY(n, struct pace_target, node));
	}
	while ((n = tree_first(&p->nets)) != NULL) {
		tree_del(&p->nets, n);
		free(TREE_ENTRY(n, struct pace_net, node));
	}
	TAILQ_INIT(&p->idle);
	p->sockets = 0;
}

static struct pace_target *
target_find(struct pace *p, const struct addr *a)
{
	struct pace_target key = { .addr = *a };
	return TREE_ENTRY(tree_find(&p->targets, &key.node), struct pace_target, node);
}

static struct pace_net *
net_find(struct pace *p, const struct addr *a)
{
	struct pace_net key = { .net = prefix_of(a, a->fam == 6 ? 48 : 24) };
	return TREE_ENTRY(tree_find(&p->nets, &key.node), struct pace_net, node);
}

static void
target_drop(struct pace *p, struct pace_target *t)
{
	TAILQ_REMOVE(&p->idle, t, idle);
	tree_del(&p->targets, &t->node);
	free(t);
}

static struct pace_target *
target_get(struct pace *p, const struct addr *a, msec now)
{
	struct pace_target *t = target_find(p, a), *old;
	if (t)
		return t;
	/* Those whose allowance is full again teach us nothing. */
	while ((old = TAILQ_FIRST(&p->idle)) != NULL) {
		bucket_has(&old->fresh, now);
		if (old->fresh.level < old->fresh.burst && p->targets.count < PACE_TARGETS)
			break;
		target_drop(p, old);
	}
	if (p->targets.count >= PACE_TARGETS)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->addr = *a;
	bucket_init(&t->fresh, PACE_RATE, PACE_BURST, now);
	tree_add(&p->targets, &t->node);
	TAILQ_INSERT_TAIL(&p->idle, t, idle);
	return t;
}

int
pace_open(struct pace *p, const struct addr *a, msec now)
{
	if (p->sockets >= p->max_sockets || !bucket_has(&p->syns, now))
		return -EAGAIN;
	struct pace_net *n = net_find(p, a);
	if (n && n->sockets >= PACE_NET)
		return -EAGAIN;
	struct pace_target *t = target_get(p, a, now);
	if (!t)
		return -ENOMEM;
	if (t->sockets >= p->per_target || !bucket_has(&t->fresh, now))
		return -EAGAIN;
	if (!n) {
		n = calloc(1, sizeof(*n));
		if (!n)
			return -ENOMEM;
		n->net = prefix_of(a, a->fam == 6 ? 48 : 24);
		tree_add(&p->nets, &n->node);
	}
	bucket_take(&p->syns);
	bucket_take(&t->fresh);
	if (t->sockets++ == 0)
		TAILQ_REMOVE(&p->idle, t, idle);
	n->sockets++;
	p->sockets++;
	return 0;
}

void
pace_close(struct pace *p, const struct addr *a)
{
	struct pace_target *t = target_find(p, a);
	struct pace_net *n = net_find(p, a);
	if (t && t->sockets && --t->sockets == 0)
		TAILQ_INSERT_TAIL(&p->idle, t, idle);
	if (n && n->sockets && --n->sockets == 0) {
		tree_del(&p->nets, &n->node);
		free(n);
	}
	if (p->sockets)
		p->sockets--;
}

bool
pace_look(struct pace *p, msec now)
{
	if (!bucket_has(&p->looks, now))
		return false;
	bucket_take(&p->looks);
	return true;
}
