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
	struct detect d = { .slots = slots_new(LINES, 0, seed), .sec = 1000 };
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
	struct detect d = { .slots = slots_new(MANY, 0, seed), .sec = 1000 };
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
	struct detect d = { .slots = slots_new(LINES, 0, seed), .sec = 1000 };
	assert_non_null(d.slots);
	for (uint64_t key = 1; key <= LINES; key++)
		assert_non_null(line_make(&d, key, 1));
	for (uint64_t key = 1; key <= KEYS; key++)
		assert_ptr_equal(slots_ask_line(d.slots, slots_ask_index(d.slots, key, 0), key), line_find(&d, key));
	slots_free(d.slots);
}

/* By its place a line is found, or not found, as by its hash: while the table fills up, is full and pushes
 * out, and whatever stood at the place before. */
static void
by_place(void **state)
{
	(void)state;
	struct detect d = { .slots = slots_new(LINES, 4 * LINES, seed), .sec = 1000 };
	assert_non_null(d.slots);
	uint64_t r = 1, stale = 0, none = 0;
	for (int i = 0; i < 20000; i++) {
		d.sec += i % 3;
		r = r * UINT64_C(6364136223846793005) + 1442695040888963407u;
		uint64_t key = (r >> 33) % (4 * LINES) + 1;
		bool make = r >> 32 & 1;
		struct slot_asked a = slots_ask_index(d.slots, key, (uint32_t)key);
		assert_null(a.bucket);
		struct line *l = slots_ask_line(d.slots, a, key);
		stale += l && l->key != key;
		none += !l && !make;
		if (!l || l->key != key)
			l = slots_line(&d, a, key, 1, make);
		assert_ptr_equal(l, line_find(&d, key));
		assert_true(!l || l->key == key);
		assert_true(!make || l || d.stats.refused);
	}
	assert_true(stale > 100 && none > 100);
	slots_free(d.slots);
	/* Far more addresses than lines: by hash. */
	d.slots = slots_new(LINES, 5 * LINES + 4, seed);
	assert_non_null(d.slots);
	assert_non_null(slots_ask_index(d.slots, 1, 1).bucket);
	slots_free(d.slots);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filling_up),
		cmocka_unit_test(crowded),
		cmocka_unit_test(asked_ahead),
		cmocka_unit_test(by_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
