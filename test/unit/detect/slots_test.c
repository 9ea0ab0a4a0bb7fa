/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of lines against a plain list, while it fills up, is full and pushes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect/slots.h"

#define LINES 100
#define KEYS  1000

static const uint64_t seed[2] = { 7, 9 };

/* Whoever was made is found as long as nobody was pushed out for him, and only he. */
static void
agrees(struct detect *d, const uint32_t *seen, uint64_t *lost)
{
	uint32_t n = 0;
	for (uint64_t key = 1; key <= KEYS; key++) {
		const struct line *l = line_find(d, key);
		if (!l)
			continue;
		assert_int_equal(l->key, key);
		assert_int_equal(l->since, seen[key]);
		n++;
	}
	assert_int_equal(n, d->stats.lines);
	*lost = d->stats.evicted;
}

static void
filling_up(void **state)
{
	(void)state;
	struct detect d = { .slots = slots_new(LINES, seed), .sec = 1000 };
	uint32_t made[KEYS + 1] = { 0 };
	uint64_t lost = 0, r = 1;
	assert_non_null(d.slots);
	/* With room, nobody is lost, whichever bucket he is in. */
	for (uint64_t key = 1; key <= LINES; key++) {
		made[key] = d.sec;
		assert_non_null(line_make(&d, key, 1));
		agrees(&d, made, &lost);
	}
	assert_int_equal(lost, 0);
	assert_int_equal(d.stats.lines, LINES);
	/* Full: the new push out the old, and what is left is found in one look or two. */
	for (int i = 0; i < 4000; i++) {
		d.sec += 3;
		r = r * UINT64_C(6364136223846793005) + 1442695040888963407u;
		uint64_t key = (r >> 33) % KEYS + 1;
		bool there = line_find(&d, key) != NULL;
		struct line *l = line_make(&d, key, 1);
		if (l && !there)
			made[key] = d.sec;
		agrees(&d, made, &lost);
	}
	assert_in_range(lost, 1000, 4000);
	slots_free(d.slots);
}

/* As many as there is room for: nobody is lost. */
static void
crowded(void **state)
{
	(void)state;
	enum { MANY = 100000 };
	struct detect d = { .slots = slots_new(MANY, seed), .sec = 1000 };
	assert_non_null(d.slots);
	for (uint64_t key = 1; key <= MANY; key++)
		assert_non_null(line_make(&d, key, 1));
	for (uint64_t key = 1; key <= MANY; key++) {
		const struct line *l = line_find(&d, key);
		assert_non_null(l);
		assert_int_equal(l->key, key);
	}
	assert_int_equal(d.stats.evicted, 0);
	slots_free(d.slots);
}

/* What was asked for ahead is what is found. */
static void
asked_ahead(void **state)
{
	(void)state;
	struct detect d = { .slots = slots_new(LINES, seed), .sec = 1000 };
	assert_non_null(d.slots);
	for (uint64_t key = 1; key <= LINES; key++)
		assert_non_null(line_make(&d, key, 1));
	for (uint64_t key = 1; key <= KEYS; key++)
		assert_ptr_equal(slots_ask_line(d.slots, slots_ask_index(d.slots, key), key), line_find(&d, key));
	slots_free(d.slots);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filling_up),
		cmocka_unit_test(crowded),
		cmocka_unit_test(asked_ahead),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
