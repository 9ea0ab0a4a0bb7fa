/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operator says of all cases at once: the mode, and the never-touch prefixes said by command.
 * Neither makes an order; they only hold back and withdraw. */
#include "judge/orders.h"

#include <string.h>

/* Orders keep their numbers and their ends: only whether they are carried changes. */
void
mode_set(struct judge *j, const struct mode_set *s)
{
	struct tree_node *n;
	j->m.mode = s->mode;
	j->m.panic = s->panic;
	tell(j, EVENT_MODE, 0, j->seq, s->mode + (s->panic ? 2u : 0u), 0);
	for (n = tree_first(&j->standing); n; n = tree_next(&j->standing, n))
		order_flip(j, TREE_ENTRY(n, struct given, standing), mode_would(j));
}

size_t
protect_key(const struct prefix *p, uint8_t key[STATE_KEY])
{
	key[0] = p->a.fam;
	key[1] = p->len;
	memcpy(key + 2, p->a.b, sizeof(p->a.b));
	return 2 + sizeof(p->a.b);
}

/* In both directions: what holds a protected address is not to be touched either. */
bool
mode_touchable(const struct judge *j, const struct prefix *p)
{
	return !lpm_touches(&j->policy->protect, p) && !lpm_touches(&j->protect, p);
}

static bool
overlap(const struct prefix *a, const struct prefix *b)
{
	return a->len <= b->len ? prefix_has(a, &b->a) : prefix_has(b, &a->a);
}

/* By the whole list, or by what is new on it: then most orders need only a glance. A ticket touches
 * nothing. */
static void
sweep(struct judge *j, const struct prefix *only)
{
	struct tree_node *n;
	for (n = tree_first(&j->standing); n; n = tree_next(&j->standing, n)) {
		const struct order *o = &TREE_ENTRY(n, struct given, standing)->order;
		bool near = only && ((!o->all && overlap(only, &o->target)) || overlap(only, &o->peer));
		if (o->rung < RUNG_NOTIFY || (only && !near))
			continue;
		if (!only && (o->all || mode_touchable(j, &o->target)) && mode_touchable(j, &o->peer))
			continue;
		struct kase *c = case_by_no(j, o->case_no);
		if (!c || c->order[o->rung] != o->no)
			continue;
		order_end(j, c, o->rung, true);
		case_due(j, c);
	}
}

void
mode_sweep(struct judge *j)
{
	sweep(j, NULL);
}

void
mode_protect(struct judge *j, const struct protect_set *s)
{
	uint8_t key[STATE_KEY];
	struct prefix p = prefix_of(&s->prefix.a, s->prefix.len);
	size_t n = protect_key(&p, key);
	struct protect *x = (struct protect *)obj_find(j, STATE_PROTECT, key, n);
	if (!p.a.fam || s->on == (x != NULL))
		return;
	if (x) {
		lpm_del(&j->protect, &x->lpm);
		obj_drop(j, &x->o);
		return;
	}
	x = judge_alloc(j, sizeof(*x));
	x->lpm.prefix = p;
	x->uid = s->uid;
	obj_add(j, &x->o, STATE_PROTECT, key, n);
	lpm_add(&j->protect, &x->lpm);
	sweep(j, &p);
}
