/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door for CrowdSec's agents and bouncers, at the judge's edge: who may come, kept on a shelf and told to
 * hear-alerts, and what is in force, for those bouncers whose scope has it. Only staff let somebody in.
 */
#ifndef LYMPHD_EDGE_DOOR_H
#define LYMPHD_EDGE_DOOR_H

#include <stdbool.h>
#include <stddef.h>

#include "lymphd/msg.h"

#define DOOR_WAITING  64               /* machines that wait for staff; the oldest gives way after ... */
#define DOOR_WAITS    (24 * MSEC_HOUR)
#define DOOR_BOUNCERS 64
#define DOOR_KEY_TEXT 44               /* of a bouncer's key, with its end */

struct edge;

/* Reads who is known. Fatal when it cannot. */
void door_start(struct edge *e);
/* hear-alerts is (again) there; is gone. */
void door_up(struct edge *e);
void door_down(struct edge *e);
/* Something of hear-alerts: treated as captured. */
void door_register(struct edge *e, const struct msg_door_register *m);
void door_seen(struct edge *e, const struct msg_door_seen *m);
void door_counted(struct edge *e, const struct msg_door_counts *m);

/* What staff do; each is a fact, committed with what it changes. 0 or negative errno: -ENOENT, -EALREADY,
 * -EEXIST, -E2BIG, or the store's. */
int door_approve(struct edge *e, const char *name, const char *org, uid_t uid);
int door_remove(struct edge *e, enum door_kind kind, const char *name, uid_t uid);
/* Makes a key for a bouncer; it is told once and only its hash is kept. */
int door_bouncer(struct edge *e, const char *name, const struct door_scope *scope, uid_t uid,
    char key[DOOR_KEY_TEXT]);

/* Machines and bouncers, by kind and name: after NULL the first. */
const struct door_row *door_next(const struct edge *e, const struct door_row *after);
const struct door_row *door_find(const struct edge *e, enum door_kind kind, const char *name);
/* Is there such a machine, and was it let in? Whom hear-alerts may speak for. */
bool door_lets(const struct edge *e, const char *name);
/* What hear-alerts last said of it; NULL: nothing since it started. */
const struct msg_door_seen *door_seen_of(const struct edge *e, const struct door_row *r);
const struct msg_door_counts *door_counts(const struct edge *e);
/* Orders beyond those that can be told, at the last telling. */
uint64_t door_over(const struct edge *e);

#endif
