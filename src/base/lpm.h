/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Longest-prefix match over nodes that live inside the caller's structs. One ordered set of
 * prefixes plus the lengths in use: a look-up tries those lengths from long to short.
 */
#ifndef BASE_LPM_H
#define BASE_LPM_H

#include "base/addr.h"
#include "base/tree.h"

struct lpm_node {
	struct tree_node node;
	struct prefix prefix;
};

struct lpm {
	struct tree tree;
	uint32_t used[2][129]; /* nodes of that length, IPv4 and IPv6 */
};

#define LPM_ENTRY(n, T, m) ((T *)tree_entry((const struct tree_node *)(n), offsetof(T, m)))

void lpm_init(struct lpm *l);
/* NULL, or the node that already holds this very prefix (nothing added). */
struct lpm_node *lpm_add(struct lpm *l, struct lpm_node *n);
/* Takes n, which is in l, out of it. */
void lpm_del(struct lpm *l, struct lpm_node *n);
/* The most specific prefix that holds a, or NULL. */
struct lpm_node *lpm_find(const struct lpm *l, const struct addr *a);
/* True when a prefix of l holds p, or lies inside p. */
bool lpm_touches(const struct lpm *l, const struct prefix *p);
struct lpm_node *lpm_first(const struct lpm *l);
struct lpm_node *lpm_next(const struct lpm *l, const struct lpm_node *n);

#endif
