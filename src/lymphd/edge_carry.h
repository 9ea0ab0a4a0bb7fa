/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the orders of the edge: a node for each that hand carries, and the lists it may be in. Shared
 * by edge_orders.c (to hand) and edge_done.c (what hand says of it). */
#ifndef LYMPHD_EDGE_CARRY_H
#define LYMPHD_EDGE_CARRY_H

#include <sys/queue.h>

#include "base/tree.h"
#include "lymphd/edge.h"

#define HOUR_PARTS   60
#define SAMPLES      256

struct carried {
	struct tree_node node;
	TAILQ_ENTRY(carried) link; /* in todo or waiting */
	uint64_t no;
	int64_t since;             /* clock_micro() of its commit; 0: not to be measured */
	msec end;                  /* clock_boot() beyond which it is not given to live */
	msec again;                /* clock_mono() before which it is not tried again */
	uint64_t packets, bytes;
	int32_t err;
	uint8_t rung, state, rule; /* enum carry, enum act_rule */
	bool drop;                 /* to be withdrawn, or about to be */
	bool counted;              /* packets and bytes are known */
	bool was_in;               /* counted in its hour */
};
TAILQ_HEAD(carry_list, carried);

struct staged {
	struct order order;
	bool ran_out;
};

enum link { LINK_AWAY, LINK_WAIT, LINK_LISTING, LINK_LIVE };

struct orders {
	struct tree by_no;
	struct carry_list todo, waiting;
	struct staged *staged;
	size_t staged_n, staged_room;
	struct orders_totals t;
	size_t strangers;
	enum link link;
	bool starved;            /* no credit */
	bool began;              /* SYNC begin of this list is sent */
	uint64_t list_no, at;    /* number of the list; order it stands at */
	uint64_t need;           /* mode number hand must have heard before the list */
	struct loop_event *timer, *patience;
	uint32_t sample[SAMPLES]; /* microseconds, the newest; a ring */
	uint32_t hour[HOUR_PARTS][RUNG_N];
	msec hour_at;            /* minute the newest part stands for */
};

struct carried *carry_find(const struct orders *os, uint64_t no);
/* rung 0: a stranger, of which only the number is known. */
struct carried *carry_add(struct orders *os, uint64_t no, enum rung rung, msec left);
void carry_become(struct orders *os, struct carried *x, enum carry state, enum act_rule rule);
void carry_forget(struct orders *os, struct carried *x);
/* Somebody is against it: for a while, or until the operator's word changes. */
void carry_refuse(struct orders *os, struct carried *x, enum act_rule rule, msec again);
/* Turns the parts of the hour on to now. */
void carry_hour(struct orders *os);
/* Begins the list of all that stand. */
void carry_list(struct edge *e);

#endif
