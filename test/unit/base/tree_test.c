/* SPDX-License-Identifier: BSD-2-Clause */
/* The ordered set against a plain array that does the same, under a long random run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/tree.h"

struct item {
	struct tree_node node;
	int key;
	bool in;
};

static int
cmp(const struct tree_node *a, const struct tree_node *b)
{
	return TREE_ENTRY(a, struct item, node)->key - TREE_ENTRY(b, struct item, node)->key;
}

static uint32_t
next_random(uint32_t *s)
{
	*s = *s * 1664525 + 1013904223;
	return *s >> 8;
}

static int
depth(const struct tree_node *n)
{
	if (!n)
		return 0;
	int l = depth(n->left), r = depth(n->right);
	return 1 + (l > r ? l : r);
}

#define N 2000

static void
test_against_array(void **state)
{
	(void)state;
	static struct item items[N];
	struct tree t;
	uint32_t seed = 7;
	size_t count = 0;
	tree_init(&t, cmp);
	for (int i = 0; i < N; i++)
		items[i].key = i;
	for (int step = 0; step < 40000; step++) {
		struct item *it = &items[next_random(&seed) % N];
		struct item probe = { .key = it->key };
		assert_ptr_equal(tree_find(&t, &probe.node), it->in ? &it->node : NULL);
		if (it->in) {
			assert_ptr_equal(tree_add(&t, &probe.node), &it->node);
			assert_ptr_equal(tree_del(&t, &probe.node), &it->node);
			count--;
		} else {
			assert_null(tree_del(&t, &probe.node));
			assert_null(tree_add(&t, &it->node));
			count++;
		}
		it->in = !it->in;
		assert_int_equal(t.count, count);
		if (step % 1000)
			continue;
		struct tree_node *n = tree_first(&t);
		for (int i = 0; i < N; i++) {
			struct item from = { .key = i };
			if (!items[i].in)
				continue;
			assert_ptr_equal(n, &items[i].node);
			assert_ptr_equal(tree_from(&t, &from.node), n);
			n = tree_next(&t, n);
		}
		assert_null(n);
		assert_true(depth(t.root) <= 24);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_against_array) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
