/* SPDX-License-Identifier: BSD-2-Clause */
/* Nobody outside may read anything, and nothing can be given. For tests whose subject is something else. */
#ifndef TEST_NO_GRANTS_H
#define TEST_NO_GRANTS_H

#include "lymphd/edge_grant.h"

struct grant_held *
grants_next(const struct edge *e, size_t *it)
{
	(void)e, (void)it;
	return NULL;
}

struct grant_held *
grants_named(const struct edge *e, const char *name)
{
	(void)e, (void)name;
	return NULL;
}

int
grants_add(struct edge *e, struct grant *g, uint8_t secret[READ_TOKEN])
{
	(void)e, (void)g, (void)secret;
	return -E2BIG;
}

int
grants_remove(struct edge *e, const char *name, enum grant_kind kind, uid_t uid)
{
	(void)e, (void)name, (void)kind, (void)uid;
	return -ENOENT;
}

struct read_totals
read_totals(const struct edge *e)
{
	(void)e;
	return (struct read_totals){ 0 };
}

#endif
