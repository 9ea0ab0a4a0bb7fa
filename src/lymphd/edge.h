/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge role's edge: everything around the pure judge. It stamps facts with the clock, refuses
 * what is not ours, keeps each report exactly once, commits facts, state and orders in one
 * transaction, and only then answers. Held together by judge.c (the role); the control socket
 * (control.c) reads through it and submits the operator's facts.
 */
#ifndef LYMPHD_EDGE_H
#define LYMPHD_EDGE_H

#include "judge/judge.h"
#include "judge/view.h"
#include "lymphd/role.h"
#include "store/store.h"

struct edge {
	struct role_ctx *c;
	struct judge *judge;
	struct store *store;
	msec now;                /* last stamp; never falls */
	struct msg_roles roles;  /* last word of the warden */
	uint64_t full, conflicts, repeats, not_ours, aside; /* counters for status */
};

/* now = max(previous, wall clock). */
msec edge_now(struct edge *e);
/* Stamps and commits one fact at once, outside the batch (operator's facts). 0 or negative errno;
 * -ENOSPC leaves everything as before. */
int edge_submit(struct edge *e, struct fact *f);

/* control.c: finds the control group; before the box, for it reads /etc/group. Not called: only root
 * may change something. */
void control_init(const struct role_ctx *c);
/* Serves the control socket handed in by the warden, if any. */
void control_start(struct edge *e);

#endif
