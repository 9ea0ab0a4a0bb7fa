/* SPDX-License-Identifier: BSD-2-Clause */
/* Every back end of the store for one list of tests: BOTH(test) is a row for each. */
#ifndef TEST_BACKS_H
#define TEST_BACKS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>

#include "store/store.h"

struct back {
	bool lasts; /* survives a close */
	char dir[64];
	struct store *s;
};

static void
back_open(struct back *b)
{
	assert_int_equal(b->lasts ? store_sqlite_open(b->dir, 0, &b->s) : store_ram_open(&b->s), 0);
}

/* Closes and opens again where that means something. */
static void
back_again(struct back *b)
{
	if (!b->lasts)
		return;
	store_close(b->s);
	back_open(b);
}

static int
set_up(void **state)
{
	struct back *b = calloc(1, sizeof(*b));
	b->lasts = *state == NULL;
	strcpy(b->dir, "/tmp/lymph-store-XXXXXX");
	if (b->lasts)
		assert_non_null(mkdtemp(b->dir));
	back_open(b);
	*state = b;
	return 0;
}

static int
tear_down(void **state)
{
	struct back *b = *state;
	char cmd[96];
	store_close(b->s);
	snprintf(cmd, sizeof(cmd), "%s/small", b->dir);
	umount2(cmd, MNT_DETACH); /* in case a test stopped halfway */
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", b->dir);
	if (b->lasts)
		assert_int_equal(system(cmd), 0);
	free(b);
	return 0;
}

#define BOTH(t)                                                                                    \
	{ "sqlite: " #t, t, set_up, tear_down, NULL }, { "ram: " #t, t, set_up, tear_down, &(int){ 1 } }

#endif
