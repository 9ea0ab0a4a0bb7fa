/* SPDX-License-Identifier: BSD-2-Clause */
/* AA tree (A. Andersson, "Balanced search trees made simple", 1993), see tree.h.
 * Recursion is as deep as the tree is high: at most 2 log2(n). */
#include "base/tree.h"

void *
tree_entry(const struct tree_node *n, size_t offset)
{
	return n ? (char *)(size_t)n - offset : NULL;
}

void
tree_init(struct tree *t, tree_cmp *cmp)
{
	*t = (struct tree){ .cmp = cmp };
}

struct tree_node *
tree_find(const struct tree *t, const struct tree_node *key)
{
	struct tree_node *n = t->root;
	while (n) {
		int c = t->cmp(key, n);
		if (c == 0)
			return n;
		n = c < 0 ? n->left : n->right;
	}
	return NULL;
}

struct tree_node *
tree_from(const struct tree *t, const struct tree_node *key)
{
	struct tree_node *n = t->root, *best = NULL;
	while (n) {
		if (t->cmp(key, n) <= 0) {
			best = n;
			n = n->left;
		} else {
			n = n->right;
		}
	}
	return best;
}

struct tree_node *
tree_first(const struct tree *t)
{
	struct tree_node *n = t->root;
	while (n && n->left)
		n = n->left;
	return n;
}

struct tree_node *
tree_next(const struct tree *t, const struct tree_node *key)
{
	struct tree_node *n = t->root, *best = NULL;
	while (n) {
		if (t->cmp(key, n) < 0) {
			best = n;
			n = n->left;
		} else {
			n = n->right;
		}
	}
	return best;
}

static struct tree_node *
skew(struct tree_node *n)
{
	struct tree_node *l = n->left;
	if (!l || l->level != n->level)
		return n;
	n->left = l->right;
	l->right = n;
	return l;
}

static struct tree_node *
split(struct tree_node *n)
{
	struct tree_node *r = n->right;
	if (!r || !r->right || r->right->level != n->level)
		return n;
	n->right = r->left;
	r->left = n;
	r->level++;
	return r;
}

static struct tree_node *
insert(struct tree *t, struct tree_node *at, struct tree_node *n, struct tree_node **twin)
{
	if (!at)
		return n;
	int c = t->cmp(n, at);
	if (c == 0) {
		*twin = at;
		return at;
	}
	if (c < 0)
		at->left = insert(t, at->left, n, twin);
	else
		at->right = insert(t, at->right, n, twin);
	return split(skew(at));
}

struct tree_node *
tree_add(struct tree *t, struct tree_node *n)
{
	struct tree_node *twin = NULL;
	*n = (struct tree_node){ .level = 1 };
	t->root = insert(t, t->root, n, &twin);
	if (!twin)
		t->count++;
	return twin;
}

static struct tree_node *
rebalance(struct tree_node *n)
{
	unsigned l = n->left ? n->left->level : 0, r = n->right ? n->right->level : 0;
	unsigned want = (l < r ? l : r) + 1;
	if (n->level <= want)
		return n;
	n->level = want;
	if (n->right && n->right->level > want)
		n->right->level = want;
	n = skew(n);
	if (n->right)
		n->right = skew(n->right);
	if (n->right && n->right->right)
		n->right->right = skew(n->right->right);
	n = split(n);
	if (n->right)
		n->right = split(n->right);
	return n;
}

static struct tree_node *
take_first(struct tree_node *at, struct tree_node **first)
{
	if (!at->left) {
		*first = at;
		return at->right;
	}
	at->left = take_first(at->left, first);
	return rebalance(at);
}

static struct tree_node *
extract(struct tree *t, struct tree_node *at, const struct tree_node *key, struct tree_node **out)
{
	if (!at)
		return NULL;
	int c = t->cmp(key, at);
	if (c < 0) {
		at->left = extract(t, at->left, key, out);
	} else if (c > 0) {
		at->right = extract(t, at->right, key, out);
	} else {
		*out = at;
		if (!at->right)
			return at->left;
		struct tree_node *heir;
		struct tree_node *right = take_first(at->right, &heir);
		*heir = (struct tree_node){ .left = at->left, .right = right, .level = at->level };
		at = heir;
	}
	return rebalance(at);
}

struct tree_node *
tree_del(struct tree *t, const struct tree_node *key)
{
	struct tree_node *out = NULL;
	t->root = extract(t, t->root, key, &out);
	if (out)
		t->count--;
	return out;
}
