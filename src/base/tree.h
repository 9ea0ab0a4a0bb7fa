/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ordered set of nodes that live inside the caller's structs (AA tree). Order comes from the
 * compare function alone, never from a hash or an address, so walking it is deterministic and
 * strangers cannot flood a bucket. Find, add and remove are O(log n); nothing is allocated.
 */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include <stddef.h>

struct tree_node {
	struct tree_node *left, *right;
	unsigned level;
};

typedef int tree_cmp(const struct tree_node *a, const struct tree_node *b);

struct tree {
	struct tree_node *root;
	tree_cmp *cmp;
	size_t count;
};

/* The struct of type T whose member m is at n; NULL stays NULL. */
#define TREE_ENTRY(n, T, m) ((T *)tree_entry((n), offsetof(T, m)))
void *tree_entry(const struct tree_node *n, size_t offset);

void tree_init(struct tree *t, tree_cmp *cmp);
/* The node equal to key, or NULL. key may be a node in a struct on the stack. */
struct tree_node *tree_find(const struct tree *t, const struct tree_node *key);
/* The first node not below key, or NULL. */
struct tree_node *tree_from(const struct tree *t, const struct tree_node *key);
/* Adds n and returns NULL; or returns the equal node already there and adds nothing. */
struct tree_node *tree_add(struct tree *t, struct tree_node *n);
/* Removes the node equal to key and returns it, or NULL. */
struct tree_node *tree_del(struct tree *t, const struct tree_node *key);
struct tree_node *tree_first(const struct tree *t);
/* The node after n in order, or NULL; n itself need not be in the tree any more. */
struct tree_node *tree_next(const struct tree *t, const struct tree_node *n);

#endif
