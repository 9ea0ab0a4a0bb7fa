/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge: facts in, effects out. Pure and integer: no clock, no socket, no log, no randomness,
 * no hash order. The same facts in the same order give the same effects and the same state, bit for
 * bit. It keeps its state in memory; whoever drives it stores what judge_dirty() names, in the same
 * transaction as the fact, and hands it back with judge_restore() after a restart.
 */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/fact.h"
#include "model/look.h"
#include "model/order.h"
#include "model/policy.h"

struct judge;

/* Things that happened in one step, in order. Text is never carried: numbers and enums only. */
enum event_kind {
	EVENT_CASE_OPENED,
	EVENT_CASE_REOPENED,
	EVENT_REPORT,        /* a report joined the case: a = journal seq, q = its weight */
	EVENT_REPORT_CAPPED, /* a report joined but its case keeps no more claims of its kind */
	EVENT_LOOK_ASKED,    /* a = look no, b = vantage */
	EVENT_LOOK_DONE,     /* a = look no, b = verdict, q unused */
	EVENT_VERIFIED,      /* b = method bit */
	EVENT_CONTESTED,
	EVENT_STATE,         /* a = old, b = new enum case_state */
	EVENT_GATE,          /* a rung's gate opened: b = rung, q = score */
	EVENT_ORDER,         /* a = order no, b = rung */
	EVENT_ORDER_DROPPED, /* a = order no */
	EVENT_ORDER_EXPIRED, /* a = order no */
	EVENT_CREDIT,        /* a reporter earned: a = seq of its report, b = k, q = credit */
	EVENT_DEBIT,         /* a reporter was wrong: a = seq, q = b added */
	EVENT_BACKLOG,       /* an order waits: its cap is used up. b = rung */
	EVENT_CLOSED,        /* b = enum close_as */
	EVENT_ASKED,         /* an order waits for a person: a = order no, b = rung, q = score */
	EVENT_ASK_ENDED,     /* nobody answered in time: a = order no, b = rung */
	EVENT_DESK,          /* a person did something: a = journal seq of the fact, b = enum desk_verb */
	EVENT_MODE,          /* of no case: a = journal seq, b = enum mode, +2 in panic */
	EVENT_BREAKER,       /* of no case: quarantines held (b = 1) or no longer (b = 0) */
	EVENT_N,
};
const char *event_name(enum event_kind k);

struct event {
	enum event_kind kind;
	uint64_t case_no;
	uint64_t a;
	uint32_t b;
	q32 q;
};

/* A question to own flows: does this line do what is said of it? (detect/detect.h, struct ask, to the
 * field.) The answer is a FACT_FLOW about the same subject, port and class, whose `when` is the
 * question's; none is an answer too, and costs nobody anything. */
struct flow_ask {
	uint64_t no;      /* ever increasing, unique in one store */
	uint64_t case_no;
	struct addr subject;
	uint16_t port;    /* on the subject; 0: not named */
	enum class_id cls;
	msec when;        /* of the event */
};

enum effect_kind { EFFECT_EVENT, EFFECT_LOOK, EFFECT_ORDER, EFFECT_ASK };

struct effect {
	enum effect_kind kind;
	union {
		struct event event;
		struct look look;   /* ask probe; stays pending until its FACT_LOOK */
		/* The order as it stands now; the same number replaces. To be enforced if none of
		 * would, asked, dropped is set; else to be withdrawn. An order that only ran out of
		 * time gives no effect: whoever carries it lets it end by its own clock. */
		struct order order;
		struct flow_ask ask; /* only with a flow source */
	};
};

/* Grows as needed; effects_clear keeps the memory. */
struct effects {
	struct effect *v;
	size_t n, room;
};
void effects_clear(struct effects *e);
void effects_free(struct effects *e);

/* Out of memory inside the judge calls this; it must not return (host's fatal). */
struct judge *judge_new(void (*oom)(void));
void judge_free(struct judge *j);

/* Takes one fact. First runs every timer due at or before f->at, then the fact. Effects are
 * appended. f->at below an earlier fact's counts as that one's. The first fact must be
 * FACT_CONF. For FACT_REPORT, FACT_LOOK and FACT_DESK, *case_no (may be NULL) is the case it
 * joined, 0 if none (not our address; a look nobody waits for; no such case or order). Never fails on a well-formed fact. */
void judge_step(struct judge *j, const struct fact *f, struct effects *out, uint64_t *case_no);

/* When the next timer is due: a FACT_TICK at or after this time makes it run. MSEC_NEVER: none. */
msec judge_due(const struct judge *j);

/* Looks asked for and not answered yet, in the order they are due: the urgent ones; then half by score,
 * half by turns (of the networks that reported, inside one of its keys), and one in twenty at random, as
 * audit. What one /24 (IPv6 /48) would have in flight beyond NET_LOOKS stands behind all others. Walk from
 * the start with *it = 0, one walk at a time, with no step in between. Returns false at the end. */
#define NET_LOOKS 64
bool judge_pending(const struct judge *j, size_t *it, struct look *ret);

/* State, object by object. kind and key name an object for good; blob is its canonical encoding
 * (blob NULL: the object is gone). After the walk nothing is dirty. */
enum state_kind {
	STATE_META = 1, STATE_REPORTER, STATE_CASE, STATE_CREDIT, STATE_ORDER, STATE_LEASE, STATE_FLOW,
	STATE_PROTECT, STATE_TURN
};
#define STATE_KEY 64
typedef void judge_dirty_cb(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n,
    void *arg);
void judge_dirty(struct judge *j, judge_dirty_cb *cb, void *arg);
/* Every object, dirty or not, in key order: for hashing the whole state. */
void judge_each(const struct judge *j, judge_dirty_cb *cb, void *arg);
/* Restores one stored object into a new judge; then judge_restored() with the policy in force
 * rebuilds indexes and timers. 0, -EBADMSG, -ENOTSUP (written by a newer version) or -ESTALE (by
 * an older one; the journal, replayed, gives a state of this version). */
int judge_restore(struct judge *j, int kind, const uint8_t *key, size_t key_len, const void *blob,
    size_t n);
int judge_restored(struct judge *j, const struct policy *policy, msec now);

#endif
