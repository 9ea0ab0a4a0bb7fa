/* SPDX-License-Identifier: BSD-2-Clause */
/* Longest-prefix match, see lpm.h. struct lpm_node starts with its tree_node; the casts rely on it. */
#include "base/lpm.h"

static const struct lpm_node *
lpm_of(const struct tree_node *n)
{
	return (const struct lpm_node *)n;
}

static int
cmp(const struct tree_node *a, const struct tree_node *b)
{
	return prefix_cmp(&lpm_of(a)->prefix, &lpm_of(b)->prefix);
}

void
lpm_init(struct lpm *l)
{
	*l = (struct lpm){ 0 };
	tree_init(&l->tree, cmp);
}

struct lpm_node *
lpm_add(struct lpm *l, struct lpm_node *n)
{
	struct tree_node *twin = tree_add(&l->tree, &n->node);
	if (!twin)
		l->used[n->prefix.a.fam == 6][n->prefix.len]++;
	return (struct lpm_node *)twin;
}

void
lpm_del(struct lpm *l, struct lpm_node *n)
{
	if (tree_del(&l->tree, &n->node))
		l->used[n->prefix.a.fam == 6][n->prefix.len]--;
}

struct lpm_node *
lpm_find(const struct lpm *l, const struct addr *a)
{
	for (int len = (int)addr_bits(a); a->fam && len >= 0; len--) {
		if (!l->used[a->fam == 6][len])
			continue;
		struct lpm_node key = { .prefix = prefix_of(a, (unsigned)len) };
		struct tree_node *hit = tree_find(&l->tree, &key.node);
		if (hit)
			return (struct lpm_node *)hit;
	}
	return NULL;
}

bool
lpm_touches(const struct lpm *l, const struct prefix *p)
{
	for (unsigned len = 0; p->a.fam && len <= addr_bits(&p->a); len++) {
		if (!l->used[p->a.fam == 6][len])
			continue;
		/* Shorter than p: the one around it. As long, or longer: the first inside it. */
		struct lpm_node key = { .prefix = prefix_of(&p->a, len) };
		const struct tree_node *n = tree_from(&l->tree, &key.node);
		const struct prefix *hit = n ? &lpm_of(n)->prefix : NULL;
		if (!hit || hit->len != len || hit->a.fam != p->a.fam)
			continue;
		if (len < p->len ? prefix_has(hit, &p->a) : prefix_has(p, &hit->a))
			return true;
	}
	return false;
}

struct lpm_node *
lpm_first(const struct lpm *l)
{
	return (struct lpm_node *)tree_first(&l->tree);
}

struct lpm_node *
lpm_next(const struct lpm *l, const struct lpm_node *n)
{
	return (struct lpm_node *)tree_next(&l->tree, &n->node);
}
