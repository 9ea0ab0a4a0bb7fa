/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledger from inside: shared by its files (the orders, the comparison, what both do to a row),
 * by nobody else. */
#ifndef ACT_LEDGER_OWN_H
#define ACT_LEDGER_OWN_H

#include "act/conscience.h"
#include "act/ledger_hits.h"
#include "act/ledger_rows.h"

#define HOUR_SLOTS 61         /* minutes: sixty whole ones and the one that runs */
#define TOGETHER   32768      /* changes handed to the actuator at a time */
#define UNKNOWN_TOP 65536     /* drops of numbers not known, before the first list */
#define HELD_ALL   ((1u << SET_N) - 1)

struct ledger_cb;

struct ledger {
	struct act *act;
	const struct policy *policy;
	const struct ledger_cb *cb;
	void *arg;
	msec lease;
	struct conscience *con;
	struct rows *rows;
	struct hits *hits;

	bool may, on;       /* what M_MODE said; with the conscience's ceiling */
	bool known;         /* what the actuator holds was read since we began, or we emptied it */
	bool fresh;         /* the sets carry no sentinels yet, and nobody flushed them */
	bool synced, unsaid; /* the judge gave a whole list; what it left out is still to be told */
	uint32_t epoch;     /* of that list */
	uint32_t held;
	uint32_t doubt;     /* sets whose sentinel the last list lacked, though it had entries */
	uint8_t lacked[SET_N]; /* in so many lists, one after the other */
	bool table, compared;

	bool listing, again, idle; /* idle: the list that runs is of no use any more */
	uint32_t list_no;
	msec list_at;
	uint64_t found;     /* entries in the list that runs */
	uint32_t filled;    /* its sets with an entry, a bit each */
	uint64_t missing_now, extra_now;

	uint64_t queued, actual;
	uint64_t missing, extra, repaired, reasserted, refused[RULE_N];

	uint32_t hour[RUNG_N][HOUR_SLOTS];
	int64_t minute;     /* the last one counted in */
	uint32_t restore;   /* new orders that may pass the hourly cap, until then */
	msec restore_until;
	bool restored;      /* it was given */
};

static inline void
row_set(struct row *x, unsigned on, unsigned off)
{
	x->flags = (uint16_t)((x->flags & ~off) | on);
}

msec ledger_now(const struct ledger *l);
/* Hands what is queued to the actuator. */
void ledger_carry(struct ledger *l);
/* Entries that ran out leave; who waited for their places gets them. */
void ledger_expire(struct ledger *l, msec now);
/* Puts x if it may be: its set is not held, nobody above it, its hour not full. */
void ledger_place(struct ledger *l, struct row *x, bool replace, msec now);
/* Keeps an entry a lease longer; replace: it is there and is put anew. */
void ledger_lease(struct ledger *l, struct row *x, bool replace, msec now);
/* x leaves; who waited for its place gets it. why: RULE_NONE: it was dropped; else the judge hears. */
void ledger_withdraw(struct ledger *l, struct row *x, enum act_rule why, msec now);
void ledger_past(struct ledger *l, struct row *x); /* x is over; its number keeps its end */
void ledger_refuse(struct ledger *l, uint64_t order, enum act_rule rule);
void ledger_sure(struct ledger *l, struct row *x, bool sure);
void ledger_count(struct ledger *l, unsigned rung, msec put, msec now);
/* Whether what stands in the actuator may go on standing there. */
enum act_rule ledger_ask(const struct ledger *l, const struct act_entry *e, uint64_t entries, msec now);
/* The judge's list is whole: what it did not name. */
void ledger_unlisted(struct ledger *l);
/* No table, or all of it lost: nothing is in force, and nothing is put until a person says so. */
void ledger_lost(struct ledger *l);
int ledger_empty(struct ledger *l, msec now);

#endif
