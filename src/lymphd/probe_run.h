/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One look in work: a SYN to each port first; a port that answers is then asked by every method of
 * the class, each on its own connection and the first on the one that is there. The methods start a
 * little apart, so that a proxy that answers at once is asked once or twice, and one that keeps us
 * waiting does not make us wait in a row. Ends at the first proof, or when all has been said, or
 * when its time is up; never later.
 */
#ifndef LYMPHD_PROBE_RUN_H
#define LYMPHD_PROBE_RUN_H

#include <sys/queue.h>

#include "lymphd/probe_conn.h"
#include "model/look.h"
#include "probe/check.h"
#include "probe/pace.h"

#define RUN_CONNS   8                   /* more than this to one target is never sensible */
#define RUN_APART   250                 /* ms between the starts of two methods on a port */
#define RUN_PORT    (15 * MSEC_SECOND)  /* all methods of one port together */
#define RUN_MUTE    (5 * MSEC_SECOND)   /* for a first byte, where another method had its answer */
#define RUN_LONGEST (60 * MSEC_SECOND)  /* all ports together */

/* What all looks share. */
struct run_env {
	struct loop *loop;
	const struct conf *conf;
	struct pace pace;
	unsigned held; /* looks with an answered port, waiting for the rate of full checks */
	void (*kick)(void *arg);
	void *arg;
};

struct run_port {
	uint16_t port;
	bool begun, answered, ended;
	uint8_t next, live; /* next check to start; connections at work */
	msec last, over;    /* last start; when this port's time is up */
	enum found of[PROBE_N];
};

struct run {
	TAILQ_ENTRY(run) link;
	struct run_env *env;
	struct look look;
	uint8_t digest[32];
	const struct probe_check *const *checks;
	struct run_port port[CLASS_PORTS];
	struct conn conn[RUN_CONNS];
	unsigned ports;
	bool full, held;    /* counted as a full check; waiting to be */
	bool ended;
	msec over;
	struct look_result result;
	uint8_t token[PROBE_TOKEN], secret[PROBE_TOKEN]; /* of the proof */
};

/* Fills r (zeroed) for a look; may end it at once (no check, no canary). */
void run_begin(struct run *r, struct run_env *env, const struct look *look, msec now);
/* Goes on as far as pace and time allow. True when it has ended: result is complete. */
bool run_step(struct run *r, msec now);
/* Drops all connections. */
void run_drop(struct run *r);

#endif
