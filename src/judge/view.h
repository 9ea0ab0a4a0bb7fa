/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking at the judge without moving it: lists for tables, and the explanation of one case. The
 * explanation is made of numbers and enums; whoever prints it owns the words. All values are copies
 * taken at `now`; nothing here changes state.
 */
#ifndef JUDGE_VIEW_H
#define JUDGE_VIEW_H

#include "judge/judge.h"

#define VIEW_LINES 64 /* groups and pool members shown at most; more are counted */

/* One independent group (or one pool member) in a score. */
struct view_group {
	struct key key;            /* its strongest report's reporter; zero: unsigned or own sensor */
	char name[NAME_TEXT];      /* operator's name, "" if none */
	char sender[NAME_TEXT];    /* self-declared: hostile text */
	enum standing standing;
	bool own_probe;            /* our own check */
	bool pinned, weak, pooled;
	uint32_t reports, keys;    /* in this group */
	q32 t, e, d, w;            /* trust, evidence, decay, and what counts after caps */
	enum evidence evidence;
	msec event, arrival;
	uint64_t seq;              /* journal seq of the strongest report */
};

struct view_score {
	q32 score;                 /* S */
	q32 pool, pool_raw;        /* after and before its cap */
	uint32_t pool_keys, pool_reports;
	q32 weak, weak_raw;        /* one-way evidence together */
	uint32_t groups, shown;    /* groups in all; rows filled below */
	struct view_group group[VIEW_LINES];
};

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
	GATE_SCOPE = 1048576,    /* a port is proven, so that there is something to filter on */
};

struct view_gate {
	enum rung rung;
	bool open;        /* holds now */
	bool latched;     /* reached once, kept until the case closes */
	uint32_t holds;   /* conditions that hold */
	uint32_t missing; /* conditions that would open it and do not hold */
};

struct view_case {
	uint64_t no;
	enum case_state state;
	enum close_as closed_as;
	enum class_id cls;
	struct prefix subject;
	struct addr target;        /* the address looked at */
	uint16_t port;
	char line[LINE_TEXT];      /* "": not attributable */
	enum line_kind kind;
	char party[PARTY_TEXT];
	msec opened, last_report, last_look, verified_at, closed_at, next;
	uint32_t reports, verified_times, k;
	bool contested;
	enum verdict last_verdict[VANTAGES];
	msec last_look_at[VANTAGES];
	enum rung rung;            /* highest latched */
	q32 score;
	uint32_t looks_pending;
	/* What the desk did. */
	char assignee[DESK_NAME];  /* "" nobody */
	msec snoozed;              /* until then; 0: not */
	uint64_t merged_into;      /* 0: stands for itself */
	uint8_t barred;            /* rungs rejected or undone here, a bit each */
	uint64_t order[RUNG_N];    /* orders in force or asked for; 0: none */
};

/* Cases in number order from *no on; false at the end. *no becomes the next number. */
bool view_case_next(const struct judge *j, uint64_t *no, msec now, struct view_case *ret);
/* The case with this number; false if none. */
bool view_case(const struct judge *j, uint64_t no, msec now, struct view_case *ret);
void view_score(const struct judge *j, uint64_t case_no, msec now, struct view_score *ret);
/* All rungs, lowest first. */
void view_gates(const struct judge *j, uint64_t case_no, msec now, struct view_gate ret[RUNG_N]);
/* Cases of one address, any class: like view_case_next over those only. */
bool view_case_of(const struct judge *j, const struct addr *a, uint64_t *no, msec now,
    struct view_case *ret);

struct view_reporter {
	struct key key;
	char name[NAME_TEXT], org[NAME_TEXT], sender[NAME_TEXT];
	enum standing standing;
	bool pinned;
	uint32_t notify_on_sight; /* classes, a bit each */
	q32 pin;
	msec first, last, delay;
	uint64_t reports;
	uint32_t as; /* 0: not said */
	struct {
		q32 a, b, t;
		uint32_t right, wrong, lines; /* counted outcomes; different lines credited */
		bool pooled;
	} family[FAMILY_N];
	q32 all_t; /* all-class trust */
};

/* Reporters in key order after *key (zero key first: pass NULL to start); false at the end. */
bool view_reporter_next(const struct judge *j, const struct key *after, msec now,
    struct view_reporter *ret);

/* The reporter the operator calls so; false if none. Costs nothing worth a word. */
bool view_reporter_named(const struct judge *j, const char *name, msec now,
    struct view_reporter *ret);

struct view_totals {
	uint64_t facts, reports, unsigned_reports, looks, orders, cases, reporters;
	uint64_t by_state[CASE_STATE_N];
	uint64_t looks_pending, claims_dropped, backlog;
	bool flow_source;
};
void view_totals(const struct judge *j, struct view_totals *ret);
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
	uint64_t standing, enforced; /* orders that stand; of them not would, from RUNG_NOTIFY up */
	uint64_t missed;      /* words of the desk about what was not there (any more) */
};
void view_desk(const struct judge *j, struct view_desk *ret);
/* Never-touch prefixes said by command, in order; false at the end. *it starts at 0. */
bool view_protect_next(const struct judge *j, size_t *it, struct prefix *ret);
/* Orders, oldest first: like view_case_next. */
bool view_order_next(const struct judge *j, uint64_t *no, struct order *ret);

#endif
