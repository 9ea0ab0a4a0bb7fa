/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge's parts that give, hold back and withdraw orders, to each other; on top of parts.h.
 */
#ifndef JUDGE_ORDERS_H
#define JUDGE_ORDERS_H

#include "judge/parts.h"

#define RUNG_BIT(r) ((uint8_t)(1u << (r)))

/* orders.c: the life of one order. */
struct given *order_find(const struct judge *j, uint64_t no);
/* What an order of that rung would be about: the address proven for a filter, else the subject. */
struct prefix order_target(const struct kase *c, enum rung r);
/* There is something to filter on: protocol, port, direction, peer. ret: may be NULL. */
bool order_scope(const struct kase *c, struct order *ret);
bool order_room(const struct judge *j, enum rung r, const struct claim *lead, msec now);
bool order_hour_full(const struct judge *j, msec now); /* no more quarantines in this hour */
/* asked: it waits for a person. */
void order_put(struct judge *j, struct kase *c, enum rung r, const struct tally *t, bool asked,
    msec now);
/* Gives the one asked for. by: who approved it, 0: the rule. */
void order_give(struct judge *j, struct kase *c, enum rung r, const struct tally *t, uint32_t by,
    msec now);
void order_end(struct judge *j, struct kase *c, enum rung r, bool drop);
bool order_expire(struct judge *j, struct kase *c, msec now); /* true: one above ticket ended */
/* Rungs that wait for room under a cap, a bit each. */
void order_wait(struct judge *j, struct kase *c, uint8_t rungs, q32 score);
void order_drop(struct judge *j, struct kase *c); /* all of the case, and what waits */
void order_flip(struct judge *j, struct given *g, bool would);
void order_index(struct judge *j, struct given *g);
/* What it charges to one key it charges to another from now on. */
void order_alias(struct judge *j, struct given *g, const uint8_t key[KEY_BYTES],
    const uint8_t alias[KEY_BYTES]);

/* ladder.c: gates. */
struct gates {
	uint32_t have[RUNG_N], missing[RUNG_N]; /* enum gate_bit */
	bool open[RUNG_N];
};
void ladder_gates(const struct judge *j, const struct kase *c, const struct tally *t, msec now,
    struct gates *ret);
void ladder_climb(struct judge *j, struct kase *c, const struct tally *t, msec now); /* NULL: weigh */
void ladder_release(struct judge *j, msec now); /* backlog, after orders ended */
/* A person approves the order asked for. False: other gates do not hold (any more), and are in
 * *missing; nothing changed. */
bool ladder_approve(struct judge *j, struct kase *c, enum rung r, uint32_t by, msec now);
bool ladder_approvable(const struct judge *j, const struct kase *c, enum rung r,
    const struct tally *t, msec now, uint32_t *missing);

/* population.c: many lines, one victim. */
bool population_is(const struct kase *c);
void population_scope(const struct kase *c, struct order *ret);
bool population_same(const struct kase *c, const struct order *o);
msec population_expiry(const struct judge *j, msec now);
void population_gates(const struct judge *j, const struct kase *c, msec now, struct gates *ret);
void population_climb(struct judge *j, struct kase *c, msec now);
uint64_t population_seen(struct judge *j, const struct population *p, msec now);
void population_timer(struct judge *j, struct kase *c, msec now);

/* breaker.c: what holds back any order. */
bool mode_would(const struct judge *j);
void breaker_count(struct judge *j, msec now); /* a filter was given */
void breaker_timer(struct judge *j, msec now);

/* mode.c: what the operator says of the whole. */
void mode_set(struct judge *j, const struct mode_set *s);
void mode_protect(struct judge *j, const struct protect_set *s);
void mode_sweep(struct judge *j); /* withdraws what touches the never-touch list */
bool mode_touchable(const struct judge *j, const struct prefix *p);
size_t protect_key(const struct prefix *p, uint8_t key[STATE_KEY]);

/* forget.c: a line, an address or a reporter is no more known. */
void forget_said(struct judge *j, const struct keep_set *p, msec now);

/* desk.c: what staff say of cases and orders. Returns the case it is about, 0: none. */
uint8_t desk_releases(const struct kase *c); /* rungs a RELEASE would withdraw, a bit each */
uint64_t desk_act(struct judge *j, const struct desk_act *p, msec now);

#endif
