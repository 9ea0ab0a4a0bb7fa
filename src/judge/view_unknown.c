/* SPDX-License-Identifier: BSD-2-Clause */
/* How much of what reporters said nobody knows yet, counted from the claims of the cases. Reads only. */
#include <stdlib.h>

#include "judge/parts.h"
#include "judge/view.h"

static int
by_key(const void *a, const void *b)
{
	return key_cmp(&((const struct view_unknown *)a)->key, &((const struct view_unknown *)b)->key);
}

bool
view_unknown(const struct judge *j, struct view_unknown *v, size_t n)
{
	if (j->claims > VIEW_CLAIMS)
		return false;
	for (struct tree_node *t = tree_first(&j->of[STATE_CASE]); t; t = tree_next(&j->of[STATE_CASE], t)) {
		const struct kase *c = (const struct kase *)TREE_ENTRY(t, struct obj, node);
		for (uint32_t i = 0; i < c->claims_n; i++) {
			const struct claim *a = c->claim[i];
			if (a->settled || a->wrong)
				continue;
			struct view_unknown want = { .key = a->key }, *x = bsearch(&want, v, n, sizeof(*v), by_key);
			if (x)
				x->by[class_row(c->key.cls)->family]++;
		}
	}
	return true;
}
