/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the judge keeps in memory. Every kept thing leads with a struct obj, so that finding, storing
 * and hashing go by one key; everything else in these structs that is not written by codec.c is an
 * index that judge_restored() can make again.
 */
#ifndef JUDGE_STATE_H
#define JUDGE_STATE_H

#include "judge/kept.h"

/* The reports of one key (or unsigned source) of one grade of evidence in one case. */
struct claim {
	struct key key;
	struct reporter *who; /* NULL: unsigned, or forgotten */
	uint8_t evidence_hash[16], sender_hash[16];
	struct addr from, subject;
	uint32_t as, reports, k;
	uint16_t port;
	uint8_t evidence;
	bool settled, wrong;  /* rank has had this outcome */
	bool debited;         /* by a verdict of the desk, which may take it back */
	msec event, arrival;  /* of the newest */
	msec first, first_arrival; /* when it counts as first said, and came */
	uint64_t seq;         /* of the newest */
	uint64_t home;        /* case it was made about, when that is merged into this one; else 0 */
};

enum outcome { OUTCOME_NONE, OUTCOME_OPEN, OUTCOME_CLOSED, OUTCOME_UNSURE };

/* One port of a case under check: looks from vantage 0, then 1, one retry. */
struct slot {
	struct tree_node by_no, by_rank; /* in judge.looks and judge.queue while asked */
	struct look look;     /* no 0: nothing asked */
	struct addr target;
	uint16_t port;
	bool used, retried;
	uint8_t retry_vantage, outcome, pairs; /* pairs: closed from all vantages, in a row */
	msec retry_at;        /* MSEC_NEVER: no retry due */
	msec began, done_at;  /* of the last cycle */
	msec pair_began, pair_done; /* of the first closed pair */
	uint8_t verdict[VANTAGES];
	msec at[VANTAGES];
	uint8_t closed;       /* vantages that said closed in this cycle, a bit each */
};

struct case_key {
	char line[LINE_TEXT]; /* "": by subject */
	struct prefix subject;
	enum class_id cls;
};

/* Key: its number. */
struct kase {
	struct obj o;
	struct tree_node by_key, by_due, by_wait, by_spare;
	struct case_key key;
	uint64_t no;
	enum case_state state;
	enum close_as closed_as;
	struct prefix subject;
	struct addr target;
	uint16_t proven_port;
	bool verified, contested, unsure, attributable, acted_once;
	bool spare;           /* in judge.spare: may be forgotten when there are too many */
	uint8_t latched;      /* a bit per rung */
	uint8_t waiting;      /* rungs in the backlog, a bit per rung */
	uint8_t barred;       /* rungs the desk rejected or undid here, a bit per rung */
	uint8_t asked;        /* rungs whose order waits for a person, a bit per rung */
	bool ask_spent;       /* nobody answered; asked again after a new verification */
	q32 wait_score;
	uint32_t reports, verified_times, k, rechecks, claims_n;
	msec opened, last_report, verified_at, verified_first, proof_at, closed_at, active_at;
	msec again_at, recheck_at, pair_at, fade_at, probation_end; /* MSEC_NEVER: not due */
	msec recheck_from;
	msec hold_at;         /* a quarantine waits for desk hours or the breaker until then */
	msec snoozed;         /* off the desk's list until then; 0: not */
	char *assignee;       /* NULL: nobody */
	uint64_t merged_into; /* 0: stands for itself */
	int64_t flow_window;
	uint32_t flow_windows;
	uint64_t order[RUNG_N]; /* number of the order in force or asked for; 0: none */
	msec order_end[RUNG_N];
	msec due;
	struct slot slot[SLOTS];
	struct claim *claim[CLAIMS]; /* by key, then evidence, then source */
};

struct meta {
	uint64_t facts, reports, unsigned_reports, looks, orders, last_case, last_look, last_order;
	uint64_t claims_dropped, forgotten, quarantine_hour, quarantines;
	msec now, pruned_hour;
	uint64_t mode, panic;          /* enum mode; bool */
	uint64_t filters, filter_hour; /* filters given in that hour */
	msec breaker_at;               /* quarantines are held at least until then; 0: not held */
	uint64_t desk_missed;          /* words of the desk about what is not there (any more) */
};

struct judge {
	void (*oom)(void);
	const struct policy *policy;
	struct meta m;
	struct obj meta;
	struct tree of[KINDS];
	struct tree by_key, by_due, by_wait, spare, looks, queue, stale, charges, by_name, by_case;
	struct tree standing; /* orders in force or asked for, by number */
	struct lpm protect;   /* never touched, beside the policy's own */
	uint64_t asked, would, enforced; /* of the standing */
	struct obj *dirty, **dirty_end;
	struct effects *out;
	uint64_t seq;    /* of the fact at hand */
	size_t cap_reporters, cap_cases, claims; /* claims: of all cases */
	uint8_t *buf;    /* for encoding */
	bool room;       /* an order ended in this step: the backlog may move */
};

#define P(j, name) ((j)->policy->params.name)

#endif
