/* SPDX-License-Identifier: BSD-2-Clause */
/* A door nobody comes to. For tests whose subject is something else. */
#ifndef TEST_NO_DOOR_H
#define TEST_NO_DOOR_H

#include "lymphd/edge_door.h"

int
door_approve(struct edge *e, const char *name, const char *org, uid_t uid)
{
	(void)e, (void)name, (void)org, (void)uid;
	return -2; /* ENOENT */
}

int
door_remove(struct edge *e, enum door_kind kind, const char *name, uid_t uid)
{
	(void)e, (void)kind, (void)name, (void)uid;
	return -2;
}

int
door_bouncer(struct edge *e, const char *name, const struct door_scope *scope, uid_t uid, char key[DOOR_KEY_TEXT])
{
	(void)e, (void)name, (void)scope, (void)uid;
	key[0] = '\0';
	return -7; /* E2BIG */
}

const struct door_row *
door_next(const struct edge *e, const struct door_row *after)
{
	(void)e, (void)after;
	return NULL;
}

const struct door_row *
door_find(const struct edge *e, enum door_kind kind, const char *name)
{
	(void)e, (void)kind, (void)name;
	return NULL;
}

const struct msg_door_seen *
door_seen_of(const struct edge *e, const struct door_row *r)
{
	(void)e, (void)r;
	return NULL;
}

const struct msg_door_counts *
door_counts(const struct edge *e)
{
	static const struct msg_door_counts none;
	(void)e;
	return &none;
}

uint64_t
door_over(const struct edge *e)
{
	(void)e;
	return 0;
}

#endif
