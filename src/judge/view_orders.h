/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other half of view.h: gates, orders, and what the desk and the operator did. Changes nothing,
 * either.
 */
#ifndef JUDGE_VIEW_ORDERS_H
#define JUDGE_VIEW_ORDERS_H

#include "judge/judge.h"

/* Why a rung is or is not reached: one bit per condition of its gate, set when it holds. */
enum gate_bit {
	GATE_SCORE = 1,          /* S >= sure_from */
	GATE_VERIFIED = 2,
	GATE_NOT_CHECKABLE = 4,
	GATE_INCONCLUSIVE = 8,   /* checked, contested or inconclusive */
	GATE_ON_SIGHT = 16,      /* a source marked notify-on-sight */
	GATE_TWICE = 32,         /* verified twice, at least look_again apart */
	GATE_GROUPS = 64,        /* S >= quarantine_from out of enough groups */
	GATE_ACTIVE = 128,       /* attack active in own flows */
	GATE_POLICY = 256,       /* the policy allows this rung */
	GATE_CLASS = 512,        /* the class allows this rung */
	GATE_REACH = 1024,       /* always-reach is configured */
	GATE_LEASE = 2048,       /* the line behind the address is known */
	GATE_CAP = 4096,         /* room under the cap */
	GATE_TOUCHABLE = 8192,   /* not on the never-touch list */
	GATE_APPROVED = 16384,   /* a person approved, or enabled for this class */
	GATE_ANSWERED = 32768,   /* own flows show an answered inbound exchange */
	GATE_RULE = 65536,       /* the operator's own rule: enough network operators say so */
	GATE_HOURS = 131072,     /* inside desk hours, or an attack is active */
	GATE_BREAKER = 262144,   /* the circuit breaker is closed */
	GATE_NOT_BARRED = 524288, /* nobody at the desk rejected or undid this rung in this case */
	GATE_SCOPE = 1048576,    /* a port is proven, or seen in own flows: something to filter on */
};

struct view_gate {
	enum rung rung;
	bool open;        /* holds now */
	bool latched;     /* reached once, kept until the case closes */
	uint32_t holds;   /* conditions that hold */
	uint32_t missing; /* conditions that would open it and do not hold */
};

/* All rungs, lowest first. */
void view_gates(const struct judge *j, uint64_t case_no, msec now, struct view_gate ret[RUNG_N]);

/* Orders, oldest first: like view_case_next. */
bool view_order_next(const struct judge *j, uint64_t *no, struct order *ret);
/* The order with this number, and whether it still stands (in force, would be, or asked for). */
bool view_order(const struct judge *j, uint64_t no, struct order *ret, bool *standing);
/* Orders of one case, oldest first, ended ones too: like view_case_next. */
bool view_order_of(const struct judge *j, uint64_t case_no, uint64_t *no, struct order *ret,
    bool *standing);
/* Orders that stand, in number order: like view_case_next. */
bool view_standing_next(const struct judge *j, uint64_t *no, struct order *ret);
/* Whether an order asked for would be given if approved now; else *missing are the other gates that
 * do not hold (0: it is not asked for any more). */
bool view_approvable(const struct judge *j, uint64_t no, msec now, uint32_t *missing);
/* Rungs a RELEASE of the case would withdraw (in force, asked for, waiting), a bit each. */
uint8_t view_releases(const struct judge *j, uint64_t case_no);
/* Whether MERGE of one into the other would do anything: 0, -ENOENT, -EALREADY (it is merged),
 * -EXDEV (another class), -ELOOP (itself, or merged into it). */
int view_mergeable(const struct judge *j, uint64_t case_no, uint64_t into);
struct view_desk {
	enum mode mode;
	bool panic, breaker;  /* breaker: quarantines are held */
	uint64_t asked;       /* orders that wait for a person */
	uint64_t would;       /* orders that would be, in another mode */
	uint64_t standing, enforced; /* orders that stand; of them not would, from RUNG_NOTIFY up */
	uint64_t missed;      /* words of the desk about what was not there (any more) */
};
void view_desk(const struct judge *j, struct view_desk *ret);
/* Never-touch prefixes said by command, in order; false at the end. *it starts at 0. */
bool view_protect_next(const struct judge *j, size_t *it, struct prefix *ret);
/* Is a on the never-touch list, by configuration or by command? */
bool view_protected(const struct judge *j, const struct addr *a);

#endif
