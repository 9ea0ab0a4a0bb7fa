/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings on their way to the judge. Each is kept under its number until the judge has committed it and
 * is said again to a judge that is new. The queue is finite: when it is full the oldest that only adds
 * weight goes first, then the oldest, and both are counted.
 */
#ifndef LYMPHD_FLOW_QUEUE_H
#define LYMPHD_FLOW_QUEUE_H

#include "lymphd/msg.h"

#define FLOW_QUEUE 4096

struct flow_queue;

/* Numbers begin behind `no`. NULL: out of memory. */
struct flow_queue *queue_new(uint64_t no);
void queue_free(struct flow_queue *q);
void queue_add(struct flow_queue *q, const struct finding *f);
/* The oldest not said yet; NULL: none. Holds until the next call. queue_said: it was. */
const struct msg_finding *queue_next(const struct flow_queue *q);
void queue_said(struct flow_queue *q);
/* Committed. A number that does not wait is none of ours any more: fine. */
void queue_done(struct flow_queue *q, uint64_t no);
/* The judge is another one: all that waits has to be said again. */
void queue_again(struct flow_queue *q);

struct queue_stats {
	uint64_t made, waiting, dropped, dropped_acting;
};
void queue_stats(const struct flow_queue *q, struct queue_stats *ret);

#endif
