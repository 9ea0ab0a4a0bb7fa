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
	bool two_way;         /* the newest claims a handshake */
	bool bitten;          /* and that was with a canary, as flows say: rank has had it */
	msec event, arrival;  /* of the newest */
	msec first, first_arrival; /* when it counts as first said, and came */
	uint64_t seq;         /* of the newest */
	uint64_t home;        /* case it was made about, when that is merged into this one; else 0 */
};

enum outcome { OUTCOME_NONE, OUTCOME_OPEN, OUTCOME_CLOSED, OUTCOME_UNSURE };

/* One port of a case under check: looks from vantage 0, then 1, one retry. */
struct slot {
	struct tree_node by_no, by_rank; /* in judge.looks and judge.queue while asked */
	struct place *place;  /* in the other orders of the queue while asked */
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
	uint64_t owner;       /* whose report it is looked at for: its key's first bytes; 0: unsigned */
	uint32_t as, turn;    /* and of which AS; turn: among the looks of that AS, by key */
	msec false_at;        /* four looks said closed; own flows were asked then. 0: nothing waits */
	msec false_event, false_until; /* of the event asked about; how long the answer may take */
	uint8_t false_tries;
};

/* What a filter would have to name, as own flows last saw the line at work. proto 0: nothing. */
struct scope {
	struct prefix peer;   /* fam 0: many */
	uint16_t port;        /* on the other side */
	uint8_t proto;
	uint32_t samples, sampling;
};

enum seen_bit { SEEN_COVERED = 1, SEEN_ACTIVE = 2, SEEN_ANSWERED = 4 };

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
	uint8_t proof_by;     /* enum method that last verified it */
	uint8_t seen;         /* what own flows last answered: enum seen_bit */
	struct scope scope;
	struct population pop; /* lines not 0: the case is about the victim of many */
	q32 wait_score;
	uint32_t reports, verified_times, k, rechecks, claims_n;
	msec opened, last_report, verified_at, verified_first, proof_at, closed_at, active_at;
	msec again_at, recheck_at, pair_at, fade_at, probation_end; /* MSEC_NEVER: not due */
	msec recheck_from;
	msec seen_at;         /* of the last answer of own flows; 0: none */
	msec asked_at, quiet_at; /* of this recheck by flows: last asked, first seen quiet; 0: not yet */
	msec ask_at;          /* own flows are asked again then */
	msec hold_at;         /* a quarantine waits for desk hours or the breaker until then */
	msec snoozed;         /* off the desk's list until then; 0: not */
	char *assignee;       /* NULL: nobody */
	uint64_t merged_into; /* 0: stands for itself */
	int64_t flow_window, told_window; /* of the contact, and of its telling */
	uint32_t flow_windows, asks_left;
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
	uint64_t last_ask;             /* number of the last question to own flows */
	uint64_t turns;                /* looks done, for whose turn was longest ago */
};

struct judge {
	void (*oom)(void);
	const struct policy *policy;
	struct meta m;
	struct obj meta;
	struct tree of[KINDS];
	struct tree by_key, by_due, by_wait, spare, looks, queue, stale, charges, by_name, by_case;
	struct tree turns, by_turn, by_owner, by_audit, nets; /* of the queue, too */
	struct walk *walk;    /* over the queue */
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
