/* SPDX-License-Identifier: BSD-2-Clause */
/* The orders of the judge's indexes. Every one is total and rests on stored values alone, never on
 * an address in memory, so that a walk is the same after a restart. */
#include <string.h>

#include "judge/parts.h"

static int
cmp_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
cmp_msec(msec a, msec b)
{
	return a < b ? -1 : a > b;
}

static int
by_object(const struct tree_node *x, const struct tree_node *y)
{
	const struct obj *a = TREE_ENTRY(x, const struct obj, node);
	const struct obj *b = TREE_ENTRY(y, const struct obj, node);
	size_t n = a->key_len < b->key_len ? a->key_len : b->key_len;
	int c = memcmp(a->key, b->key, n);
	return c ? c : (int)a->key_len - (int)b->key_len;
}

static int
by_key(const struct tree_node *x, const struct tree_node *y)
{
	const struct case_key *a = &TREE_ENTRY(x, const struct kase, by_key)->key;
	const struct case_key *b = &TREE_ENTRY(y, const struct kase, by_key)->key;
	int c = memcmp(a->line, b->line, sizeof(a->line));
	if (c == 0)
		c = prefix_cmp(&a->subject, &b->subject);
	return c ? c : (int)a->cls - (int)b->cls;
}

static int
by_due(const struct tree_node *x, const struct tree_node *y)
{
	const struct kase *a = TREE_ENTRY(x, const struct kase, by_due);
	const struct kase *b = TREE_ENTRY(y, const struct kase, by_due);
	int c = cmp_msec(a->due, b->due);
	return c ? c : cmp_u64(a->no, b->no);
}

/* The backlog: highest score first. */
static int
by_wait(const struct tree_node *x, const struct tree_node *y)
{
	const struct kase *a = TREE_ENTRY(x, const struct kase, by_wait);
	const struct kase *b = TREE_ENTRY(y, const struct kase, by_wait);
	int c = cmp_u64(b->wait_score, a->wait_score);
	return c ? c : cmp_u64(a->no, b->no);
}

static int
by_spare(const struct tree_node *x, const struct tree_node *y)
{
	return cmp_u64(TREE_ENTRY(x, const struct kase, by_spare)->no,
	    TREE_ENTRY(y, const struct kase, by_spare)->no);
}

static int
by_look(const struct tree_node *x, const struct tree_node *y)
{
	return cmp_u64(TREE_ENTRY(x, const struct slot, by_no)->look.no,
	    TREE_ENTRY(y, const struct slot, by_no)->look.no);
}

static int
by_rank(const struct tree_node *x, const struct tree_node *y)
{
	const struct look *a = &TREE_ENTRY(x, const struct slot, by_rank)->look;
	const struct look *b = &TREE_ENTRY(y, const struct slot, by_rank)->look;
	int c = (int)b->urgent - (int)a->urgent;
	if (c == 0)
		c = cmp_u64(b->score, a->score);
	return c ? c : cmp_u64(a->no, b->no);
}

/* Whose turn was longest ago. */
static int
turns(const struct tree_node *x, const struct tree_node *y)
{
	const struct turn *a = TREE_ENTRY(x, const struct turn, by_served);
	const struct turn *b = TREE_ENTRY(y, const struct turn, by_served);
	int c = cmp_u64(a->served, b->served);
	return c ? c : cmp_u64(a->as, b->as);
}

static int
by_turn(const struct tree_node *x, const struct tree_node *y)
{
	const struct slot *a = TREE_ENTRY(x, const struct place, by_turn)->slot;
	const struct slot *b = TREE_ENTRY(y, const struct place, by_turn)->slot;
	int c = cmp_u64(a->as, b->as);
	if (c == 0)
		c = cmp_u64(a->turn, b->turn);
	return c ? c : cmp_u64(a->look.no, b->look.no);
}

/* The last of an owner first. */
static int
by_owner(const struct tree_node *x, const struct tree_node *y)
{
	const struct slot *a = TREE_ENTRY(x, const struct place, by_owner)->slot;
	const struct slot *b = TREE_ENTRY(y, const struct place, by_owner)->slot;
	int c = cmp_u64(a->as, b->as);
	if (c == 0)
		c = cmp_u64(a->owner, b->owner);
	if (c == 0)
		c = cmp_u64(b->turn, a->turn);
	return c ? c : cmp_u64(a->look.no, b->look.no);
}

static int
by_audit(const struct tree_node *x, const struct tree_node *y)
{
	const struct place *a = TREE_ENTRY(x, const struct place, by_audit);
	const struct place *b = TREE_ENTRY(y, const struct place, by_audit);
	int c = cmp_u64(a->audit, b->audit);
	return c ? c : cmp_u64(a->slot->look.no, b->slot->look.no);
}

static int
nets(const struct tree_node *x, const struct tree_node *y)
{
	return prefix_cmp(&TREE_ENTRY(x, const struct net, node)->prefix,
	    &TREE_ENTRY(y, const struct net, node)->prefix);
}

static int
by_stale(const struct tree_node *x, const struct tree_node *y)
{
	const struct reporter *a = TREE_ENTRY(x, const struct reporter, stale);
	const struct reporter *b = TREE_ENTRY(y, const struct reporter, stale);
	int c = cmp_msec(a->last, b->last);
	return c ? c : memcmp(a->o.key, b->o.key, KEY_BYTES);
}

static int
by_charge(const struct tree_node *x, const struct tree_node *y)
{
	const struct charge *a = TREE_ENTRY(x, const struct charge, node);
	const struct charge *b = TREE_ENTRY(y, const struct charge, node);
	int c = (int)a->rung - (int)b->rung;
	return c ? c : memcmp(a->whom, b->whom, sizeof(a->whom));
}

/* Two may have the same name: the operator is asked not to, a journal may hold it. */
static int
by_name(const struct tree_node *x, const struct tree_node *y)
{
	const struct reporter *a = TREE_ENTRY(x, const struct reporter, by_name);
	const struct reporter *b = TREE_ENTRY(y, const struct reporter, by_name);
	int c = strcmp(a->name, b->name);
	return c ? c : memcmp(a->o.key, b->o.key, KEY_BYTES);
}

/* The standing ones by number alone; of one case, by case and number. */
static int
standing(const struct tree_node *x, const struct tree_node *y)
{
	return cmp_u64(TREE_ENTRY(x, const struct given, standing)->order.no,
	    TREE_ENTRY(y, const struct given, standing)->order.no);
}

static int
by_case(const struct tree_node *x, const struct tree_node *y)
{
	const struct order *a = &TREE_ENTRY(x, const struct given, by_case)->order;
	const struct order *b = &TREE_ENTRY(y, const struct given, by_case)->order;
	int c = cmp_u64(a->case_no, b->case_no);
	return c ? c : cmp_u64(a->no, b->no);
}

_Static_assert(KINDS == STATE_TURN + 1, "a tree for each kind");

void
index_init(struct judge *j)
{
	for (int i = 0; i < KINDS; i++)
		tree_init(&j->of[i], by_object);
	tree_init(&j->by_key, by_key);
	tree_init(&j->by_due, by_due);
	tree_init(&j->by_wait, by_wait);
	tree_init(&j->spare, by_spare);
	tree_init(&j->looks, by_look);
	tree_init(&j->queue, by_rank);
	tree_init(&j->turns, turns);
	tree_init(&j->by_turn, by_turn);
	tree_init(&j->by_owner, by_owner);
	tree_init(&j->by_audit, by_audit);
	tree_init(&j->nets, nets);
	tree_init(&j->stale, by_stale);
	tree_init(&j->charges, by_charge);
	tree_init(&j->by_name, by_name);
	tree_init(&j->by_case, by_case);
	tree_init(&j->standing, standing);
	lpm_init(&j->protect);
}

struct kase *
index_case(const struct judge *j, const struct case_key *key)
{
	struct kase k = { .key = *key };
	return TREE_ENTRY(tree_find(&j->by_key, &k.by_key), struct kase, by_key);
}
