/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the desk's commands: what is asked for becomes a list of acts and a list of what was left out
 * (control_pick.c, control_see.c); the acts are shown, kept for a second person, or made facts (control_desk.c).
 */
#ifndef LYMPHD_CONTROL_DESK_H
#define LYMPHD_CONTROL_DESK_H

#include "lymphd/control.h"

#define DESK_MOST 50000 /* targets of one command */

/* What is asked for, with its targets fixed. */
struct request {
	struct desk_act like;  /* verb, as, until, into, name, text, rungs as given; the rest zero */
	uint64_t *no;          /* targets: orders or cases, as the verb has it; owned */
	size_t n;
	uint64_t batch;        /* not 0: takes that batch back; like.verb and no mean nothing */
};

struct acts {
	struct desk_act *v; /* owned */
	size_t n, room;
	uint64_t orders;    /* orders it gives or takes away, for the rule of two people */
	bool wide;          /* one of them wider than an address or a delegated prefix */
	json_t *skipped;    /* owned */
};

/* From the arguments. 0 or refused. */
int request_read(struct control_call *k, struct request *ret);
/* What would be done, now. Both free what they hold with the functions below. */
int request_acts(struct control_call *k, const struct request *q, struct acts *ret);
void request_free(struct request *q);
void acts_free(struct acts *a);
const char *request_verb(const struct request *q);

/* Appends what waits for a second person, oldest first. */
void desk_pendings(json_t *list);

#endif
