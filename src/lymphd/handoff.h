/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The common half of a role that hears: what it has handed to another role and was not answered yet. In
 * order, as credit allows; kept until the answer and sent again when the other comes back, which tells
 * repeats. Large bodies travel as sealed memory. It never forgets one by itself: the owner drops it.
 */
#ifndef LYMPHD_HANDOFF_H
#define LYMPHD_HANDOFF_H

#include "lymphd/role.h"

/* One of them, part of what the owner keeps; zero before use. */
struct handed {
	struct handed *prev, *next; /* oldest first */
	uint16_t type;         /* enum msg_type */
	void *msg;             /* its struct, which begins with a uint64_t ticket; that is set here */
	const uint8_t *tail;   /* what follows it: stays as it is until answered or dropped */
	size_t len, head;      /* bytes of tail; the first `head` of them are never in sealed memory */
	bool sealed;           /* the tail stands in sealed memory, too: fd, which is sent as it is (head 0) */
	int fd;                /* the owner's */
	void *owner;
	msec since;            /* mono: when it was given */
	unsigned slot;
	bool in, sent;         /* in the queue; the other has it */
};

struct handoff {
	struct role_ctx *c;
	enum role_id to;
	struct handed *first, *last, **slot;
	unsigned slots, n;
	uint64_t serial;       /* of tickets; their low part is the slot */
	const struct handoff *before; /* while something of it waits, nothing is sent of this one; or NULL */
};

/* At most `slots` at a time. Two on one channel: their serials begin far apart, for tickets to differ. */
void handoff_init(struct handoff *h, struct role_ctx *c, enum role_id to, unsigned slots);
/* False: full. type, msg, tail, len, head and owner are set. */
bool handoff_give(struct handoff *h, struct handed *x);
/* Forgets one, if it is in. */
void handoff_drop(struct handoff *h, struct handed *x);
/* The one an answer is for, out of the queue; NULL: dropped meanwhile, or never sent. */
struct handed *handoff_answered(struct handoff *h, uint64_t ticket);
/* Sends what waits: when the other is there, has room, and now and then. */
void handoff_pump(struct handoff *h);
/* The other is gone: all of it waits again. */
void handoff_down(struct handoff *h);

#endif
