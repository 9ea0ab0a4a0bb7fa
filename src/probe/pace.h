/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast a prober may knock: connections per second and checks per second for the whole node,
 * sockets and new connections per target, sockets per neighbourhood (/24, /48). Time is an
 * argument. A target is remembered for as long as its allowance is not full again; the table is capped and
 * forgets the longest idle first.
 */
#ifndef PROBE_PACE_H
#define PROBE_PACE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/addr.h"
#include "base/msec.h"
#include "base/tree.h"

#define PACE_BURST   5    /* new connections to one target at once ... */
#define PACE_RATE    5    /* ... then so many per second */
#define PACE_NET     64   /* sockets per /24 or /48 */
#define PACE_TARGETS 2048 /* targets remembered */

/* A token bucket in thousandths, so whole milliseconds add whole units. */
struct bucket {
	int64_t level, rate, burst; /* rate in tokens per second, the others in 1/1000 tokens */
	msec last;
};
void bucket_init(struct bucket *b, int64_t rate, int64_t burst, msec now);
bool bucket_has(struct bucket *b, msec now);
void bucket_take(struct bucket *b);

struct pace_target {
	struct tree_node node;
	TAILQ_ENTRY(pace_target) idle;
	struct addr addr;
	struct bucket fresh;
	unsigned sockets;
};

struct pace_net {
	struct tree_node node;
	struct prefix net;
	unsigned sockets;
};

struct pace {
	struct bucket syns, looks;
	struct tree targets, nets;
	TAILQ_HEAD(pace_idle, pace_target) idle; /* without sockets, longest idle first */
	unsigned per_target, sockets, max_sockets;
};

void pace_init(struct pace *p, unsigned syns_per_s, unsigned looks_per_s, unsigned per_target,
    unsigned max_sockets, msec now);
void pace_clear(struct pace *p);
/* One more connection to a: 0 and it is counted, until pace_close; -EAGAIN: not yet; -ENOMEM. */
int pace_open(struct pace *p, const struct addr *a, msec now);
void pace_close(struct pace *p, const struct addr *a);
/* One more full check: true and it is counted. */
bool pace_look(struct pace *p, msec now);

#endif
