/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeping and forgetting as cardboard: there are no holds, and what is said is remembered. For tests
 * whose subject is something else. */
#ifndef TEST_NO_KEEP_H
#define TEST_NO_KEEP_H

#include "lymphd/edge_keep.h"

static struct keep_set keep_last;
static uint64_t keep_against; /* what keep_hold_against returns */

int
keep_said(struct edge *e, struct keep_set *k, uint64_t *seq)
{
	(void)e;
	keep_last = *k;
	*seq = 77;
	return 0;
}

uint64_t
keep_hold_against(struct edge *e, const struct keep_set *k)
{
	(void)e, (void)k;
	return keep_against;
}

bool
keep_holds_known(struct edge *e)
{
	(void)e;
	return true;
}

uint64_t
keep_cases(const struct edge *e, const struct keep_set *k, uint64_t *no, size_t most, uint64_t *standing)
{
	(void)e, (void)k, (void)no, (void)most;
	*standing = 0;
	return 0;
}

bool
keep_hold_next(const struct edge *e, size_t *it, struct keep_hold *ret)
{
	(void)e, (void)it, (void)ret;
	return false;
}

const struct keep_job *
keep_job_next(const struct edge *e, size_t *it)
{
	(void)e, (void)it;
	return NULL;
}

bool
keep_hold_lasts(const struct keep_hold *h, msec now)
{
	(void)h, (void)now;
	return true;
}

void
keep_totals(const struct edge *e, struct keep_totals *ret)
{
	(void)e;
	*ret = (struct keep_totals){ 0 };
}

#endif
