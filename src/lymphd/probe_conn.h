/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection of the prober: the only code of lymph that connects to a stranger. Its send
 * function holds the second of the three gates (judge when it asks, here, the kernel's fence):
 * nothing leaves for an address that is not ours, not to be probed or protected. Every connection ends by time,
 * bytes or finding, with a reset, and leaves nothing behind.
 */
#ifndef LYMPHD_PROBE_CONN_H
#define LYMPHD_PROBE_CONN_H

#include "conf/conf.h"
#include "host/loop.h"
#include "probe/talk.h"

#define CONN_SYN   (900 * (msec)1)   /* the first connection: before the kernel would ask twice */
#define CONN_LATER (5 * MSEC_SECOND) /* further ones */

enum conn_state {
	CONN_NONE,
	CONN_WAIT, /* for the answer to our SYN */
	CONN_UP,   /* established, nothing said yet */
	CONN_TALK,
	CONN_DONE, /* closed; found says what */
};

struct conn {
	enum conn_state state;
	int fd;
	struct loop_event *event;
	const uint8_t *digest;    /* of the look, for the black box */
	unsigned port_no;         /* the owner's */
	bool first;
	msec began;               /* the conversation */
	msec until;               /* give up waiting for the connection, or for more words */
	enum found found;
	enum look_reason refused; /* REASON_NOT_OURS when the gate said no */
	struct probe_talk talk;
	void (*kick)(void *arg);  /* something happened, look at state */
	void *arg;
};

/* Opens c (state CONN_NONE, kick and arg set) to target:port. If that cannot even begin the state
 * is CONN_DONE at once. */
void conn_open(struct conn *c, struct loop *l, const struct conf *conf, const struct addr *target,
    uint16_t port, unsigned vantage, msec now);
/* Begins the conversation on an established connection. */
void conn_talk(struct conn *c, const struct probe_check *check, const struct probe_goal *g);
/* Looks at the clock; over: when the time of this port is up. */
void conn_tick(struct conn *c, msec now, msec over);
/* Closes it, whatever it is doing. */
void conn_drop(struct conn *c);

#endif
