/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What leaves the hook's outbox: rows that hook answered, and all of them when lymph leaves enforce. Each
 * is a transaction of its own. It must never take a row out that may still have to be told.
 */
#include "lymphd/edge.h"

/* Rows up to no. */
static int
take_out(struct edge *e, uint64_t no)
{
	int r = edge_begin(e);
	if (r == 0)
		r = store_out_done(e->store, STORE_TO_HOOK, no);
	return edge_end(e, r);
}

int
outbox_leave(struct edge *e)
{
	int r = take_out(e, INT64_MAX);
	if (r == 0)
		hooked_forget(e);
	return r;
}

static void
on_tidy(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	uint64_t no = hooked_answered(e);
	(void)fd, (void)ready;
	if (!no)
		return;
	if (take_out(e, no) == 0)
		hooked_tidied(e, no);
	else
		loop_timer_in(e->tidy, HOOKED_TIDY);
}

void
outbox_start(struct edge *e)
{
	e->tidy = loop_timer(e->c->loop, on_tidy, e);
}
