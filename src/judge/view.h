/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking at the judge without moving it: lists for tables, and the explanation of one case. The
 * explanation is made of numbers and enums; whoever prints it owns the words. All values are copies
 * taken at `now`; nothing here changes state.
 */
#ifndef JUDGE_VIEW_H
#define JUDGE_VIEW_H

#include "judge/judge.h"
#include "judge/view_orders.h"

#define VIEW_LINES 64 /* groups and pool members shown at most; more are counted */

/* One independent group (or one pool member) in a score. */
struct view_group {
	struct key key;            /* its strongest report's reporter; zero: unsigned or own sensor */
	char name[NAME_TEXT];      /* operator's name, "" if none */
	char sender[NAME_TEXT];    /* self-declared: hostile text */
	enum standing standing;
	bool own_probe;            /* our own check */
	bool own_flows;            /* ... made by own flows */
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
	uint8_t proof_by;          /* enum method that last verified it; 0: none */
	/* What own flows last answered; seen_at 0: nothing. */
	msec seen_at;
	bool seen_covered, seen_active, seen_answered;
	/* What a filter from the line would have to name, as flows saw it; scope.proto 0: nothing. */
	struct { struct prefix peer; uint16_t port; uint8_t proto; uint32_t samples, sampling; } scope;
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
	struct population population; /* lines not 0: about the victim of many lines */
};

/* Cases in number order from *no on; false at the end. *no becomes the next number. */
bool view_case_next(const struct judge *j, uint64_t *no, msec now, struct view_case *ret);
/* The case with this number; false if none. */
bool view_case(const struct judge *j, uint64_t no, msec now, struct view_case *ret);
void view_score(const struct judge *j, uint64_t case_no, msec now, struct view_score *ret);
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

/* The one of this key; false if it is not known (or forgotten). */
bool view_reporter_of(const struct judge *j, const struct key *key, msec now, struct view_reporter *ret);

/* The reporter the operator calls so; false if none. Costs nothing worth a word. */
bool view_reporter_named(const struct judge *j, const char *name, msec now,
    struct view_reporter *ret);

/* Claims without an outcome in the cases that are remembered, by family. v: n of them, keys in order, by
 * zero. False, and nothing done: there are more than VIEW_CLAIMS claims to look through. */
#define VIEW_CLAIMS 1000000
struct view_unknown {
	struct key key;
	uint32_t by[FAMILY_N];
};
bool view_unknown(const struct judge *j, struct view_unknown *v, size_t n);

struct view_totals {
	uint64_t facts, reports, unsigned_reports, looks, orders, cases, reporters;
	uint64_t by_state[CASE_STATE_N];
	uint64_t looks_pending, claims_dropped, backlog;
	bool flow_source;
};
void view_totals(const struct judge *j, struct view_totals *ret);

#endif
