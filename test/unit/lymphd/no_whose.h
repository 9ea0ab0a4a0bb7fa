/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking registries as cardboard: nobody is known. For tests whose subject is something else. */
#ifndef TEST_NO_WHOSE_H
#define TEST_NO_WHOSE_H

#include <errno.h>

#include "lymphd/edge_whose.h"

int
whose_of(struct edge *e, const struct addr *a, struct whose *ret)
{
	(void)e, (void)a, (void)ret;
	return -ENOENT;
}

void
whose_wait(struct edge *e, whose_told_cb *cb)
{
	(void)e, (void)cb;
}

void
whose_totals(const struct edge *e, struct whose_totals *ret)
{
	(void)e;
	*ret = (struct whose_totals){ 0 };
}

#endif
