/* SPDX-License-Identifier: BSD-2-Clause */
/* The role hear-flow's own parts to each other: what is read (hear_flow_read.c), what is told of it
 * (hear_flow_told.c), and the role itself. Not for others. */
#ifndef LYMPHD_HEAR_FLOW_H
#define LYMPHD_HEAR_FLOW_H

#include "detect/indicators.h"
#include "host/log.h"
#include "lymphd/flow_queue.h"
#include "lymphd/flow_tally.h"
#include "lymphd/flow_who.h"
#include "lymphd/role.h"

struct flow_reading; /* buffers */

struct hear_flow {
	struct role_ctx *c;
	struct flowdec *decoder;
	struct detect *detect;
	struct flow_who *who;
	struct flow_tally *tally;
	struct flow_queue *queue;
	struct indicators *indicators;
	struct flow_reading *reading;
	struct flow_state state;  /* as told last; counters are kept here */
	uint8_t (*digest)[32];    /* an exporter's name in the black box */
	bool *aside;              /* an exporter whose datagrams killed us twice, for a while */
	int noted;                /* row in the black box now; -1: none */
	msec now;                 /* wall clock of what is being read; never falls */
	uint64_t seed[2];
	struct loop_event *told, *tick, *again;
	struct log_limit strange;
};

/* hear_flow_read.c */
void flow_read_init(struct hear_flow *h);  /* before the box */
void flow_read_start(struct hear_flow *h);
/* The wall clock, for the detectors: never falls. Ends the role when it went back far. */
msec flow_now(struct hear_flow *h);
/* The kernel's own counters of the sockets, into h->state. */
void flow_read_counters(struct hear_flow *h);

/* hear_flow_told.c: begins to tell the judge every FLOW_STATE_EVERY. */
void flow_told_start(struct hear_flow *h);

#endif
