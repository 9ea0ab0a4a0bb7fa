/* SPDX-License-Identifier: BSD-2-Clause */
/* The outbox as cardboard: nothing leaves. For tests whose subject is something else. */
#ifndef TEST_NO_SPEAK_H
#define TEST_NO_SPEAK_H

#include <errno.h>

#include "lymphd/edge_speak.h"

const char *
speak_kind_name(enum speak_kind k)
{
	(void)k;
	return "";
}

const char *
speak_state_name(enum speak_state s)
{
	(void)s;
	return "";
}

const char *
speak_no_name(enum speak_no n)
{
	(void)n;
	return "none";
}

uint64_t
speak_next(struct edge *e, uint64_t no)
{
	(void)e, (void)no;
	return 0;
}

int
speak_head(struct edge *e, uint64_t no, struct speak_head *ret)
{
	(void)e, (void)no, (void)ret;
	return -ENOENT;
}

int
speak_body(struct edge *e, uint64_t no, struct speak_body *ret)
{
	(void)e, (void)no, (void)ret;
	return -ENOENT;
}

char *
speak_print(const struct edge *e, const struct speak_head *h, const struct speak_body *b, size_t *n)
{
	(void)e, (void)h, (void)b, (void)n;
	return NULL;
}

struct speak_totals
speak_totals(struct edge *e)
{
	(void)e;
	return (struct speak_totals){ .waiting = 1 };
}

int
speak_each_dead(struct edge *e, speak_dead_cb *cb, void *arg)
{
	(void)e, (void)cb, (void)arg;
	return 0;
}

int
speak_drop(struct edge *e, uint64_t no, uid_t uid, const char *text)
{
	(void)e, (void)no, (void)uid, (void)text;
	return -ENOENT;
}

int
speak_revive(struct edge *e, const char *address, uid_t uid, const char *text)
{
	(void)e, (void)address, (void)uid, (void)text;
	return -ENOENT;
}

#endif
