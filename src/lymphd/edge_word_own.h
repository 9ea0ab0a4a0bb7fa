/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the operator's word at the edge: what is held of it. Shared by edge_held.c (asked by all) and
 * edge_word.c (what the warden says). */
#ifndef LYMPHD_EDGE_WORD_OWN_H
#define LYMPHD_EDGE_WORD_OWN_H

#include "lymphd/edge.h"

struct word {
	struct msg_mode mode;
	struct conscience *c, *next; /* next: one file of two is read */
	msec drift;                  /* wall clock over boot clock, as it should be */
	msec watched;                /* clock_boot() of the last look at it */
	bool paused, unsaid;         /* unsaid: facts wait to be journalled */
	struct loop_event *timer;
};

/* The clock is right as it is now. */
void word_clock_accept(struct word *w);

#endif
