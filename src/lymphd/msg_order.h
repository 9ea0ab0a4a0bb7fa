/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of messages, see msg.h. Orders to the hand and to the hook, what came of them, and the text of the figures. */
#ifndef LYMPHD_MSG_ORDER_H
#define LYMPHD_MSG_ORDER_H

#include "model/fact.h"
#include "model/order.h"

/* left: how long it still has to live, ms; relative, for clocks differ. Same order number: same life,
 * a later put never moves its end. */
struct msg_order {
	struct order order;
	int64_t left;
	uint8_t drop;   /* 1: withdraw */
};
struct msg_sync {
	uint64_t no;
	uint8_t end;    /* 0: the list begins; 1: it was whole */
};
enum done {
	DONE_IN,        /* read back */
	DONE_GONE,      /* withdrawn, read back; also: was not there */
	DONE_REFUSED,   /* by the conscience or the mode: see rule */
	DONE_HELD,      /* its set was flushed by hand */
	DONE_FAILED,    /* the kernel said no: err */
	DONE_N,
};
struct msg_order_done {
	uint64_t order;
	uint32_t done;  /* enum done */
	uint32_t rule;  /* enum act_rule */
	int32_t err;
};
struct msg_strange {
	uint64_t order;
};
#define HITS_EACH 64
struct msg_hits {
	uint32_t n;
	struct {
		uint64_t order, packets, bytes; /* since the order was put */
	} hit[HITS_EACH];
};
struct msg_hand_state {
	uint64_t desired, actual;            /* orders that should be and are in force */
	uint64_t missing, extra;             /* at the last comparison */
	uint64_t repaired, reasserted, refused[16]; /* counters; refused by enum act_rule */
	int64_t compared;                    /* monotonic ms of the last comparison; 0: none yet */
	uint32_t held;                       /* sets flushed by hand, a bit each (enum act_set) */
	uint32_t mode_no;                    /* low bits of the M_MODE in force */
	uint8_t table;                       /* the ruleset is there */
	uint32_t hour[RUNG_N];               /* new orders in this hour */
};
struct msg_flushed {
	uint64_t no;    /* of the M_MODE */
	int32_t err;
};

enum hook_action { HOOK_PUT, HOOK_DROP, HOOK_EXPIRE, HOOK_ACTION_N };
/* The tail: JSON for the script's standard input. */
struct msg_hook {
	uint64_t no;    /* in the outbox; delivered at least once, in order */
	struct order order;
	uint32_t action; /* enum hook_action */
};
struct msg_hook_done {
	uint64_t no;
	int32_t status; /* exit status, 128 + signal, -1: not run */
};
struct msg_metrics {
	uint32_t len;
};

#endif
