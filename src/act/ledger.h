/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hand's ledger: what should be in force, and the comparison with what is. Holds each order by
 * number and by place, asks the conscience, puts and drops through an actuator, re-asserts leases at
 * half-life, compares, repairs, and holds back where a person flushed. Time is clock_boot(), always an
 * argument: the wall clock never reaches it, so no jump of it moves an order's end.
 */
#ifndef ACT_LEDGER_H
#define ACT_LEDGER_H

#include "act/act.h"
#include "act/conscience.h"

struct ledger;

/* What it tells its owner, who must not call the ledger from inside. */
struct ledger_cb {
	msec (*now)(void *arg); /* clock_boot(), for what begins inside the ledger: a list that ends */
	/* In force and read back, gone, refused (rule), held, failed (err). */
	void (*in)(uint64_t order, void *arg);
	void (*gone)(uint64_t order, void *arg);
	void (*refused)(uint64_t order, enum act_rule rule, void *arg);
	void (*held)(uint64_t order, void *arg);
	void (*failed)(uint64_t order, int err, void *arg);
	/* In the actuator, in no list: drop it (ledger_drop) or let it run out (do nothing). */
	void (*strange)(uint64_t order, void *arg);
	void (*hit)(uint64_t order, uint64_t packets, uint64_t bytes, void *arg);
	/* A comparison ended. */
	void (*compared)(void *arg);
};

/* act, policy and cb stay the caller's and outlive it. lease: ms, see lymphd.conf. */
struct ledger *ledger_new(struct act *act, const struct policy *p, msec lease,
    const struct ledger_cb *cb, void *arg);
void ledger_free(struct ledger *l);
/* Taken by the ledger. Entries it now refuses are dropped. */
void ledger_conscience(struct ledger *l, struct conscience *c, msec now);
/* may false: everything is flushed at once and nothing is put. True after false: waits for a list
 * (ledger_sync). restore: as in msg_mode. 0 or the flush's error. */
int ledger_mode(struct ledger *l, bool may, uint32_t restore, msec now);
/* A person lifts what was held. */
void ledger_release(struct ledger *l, msec now);

/* The list of all that should be in force: begin, puts, end. At the end, what is known but was not
 * listed is told as strange; then a comparison begins. */
void ledger_sync(struct ledger *l, bool end, msec now);
/* left: ms to live. An order known already keeps its end. Nothing is done before ledger_commit. */
void ledger_put(struct ledger *l, const struct order *o, msec left, msec now);
void ledger_drop(struct ledger *l, uint64_t order, msec now);
/* Carries out what was put and dropped; call-backs come from inside. */
void ledger_commit(struct ledger *l, msec now);
/* Begins a comparison: list, repair, re-assert what is past half its lease, hits. -EBUSY: one runs. */
int ledger_compare(struct ledger *l, msec now);

struct ledger_state {
	uint64_t desired, actual, missing, extra, repaired, reasserted, refused[RULE_N];
	uint32_t held;   /* sets, a bit each */
	uint32_t hour[RUNG_N];
	bool table, compared;
};
void ledger_state(const struct ledger *l, msec now, struct ledger_state *ret);

#endif
