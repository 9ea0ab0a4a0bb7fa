/* SPDX-License-Identifier: BSD-2-Clause */
/* What forgetting and the timers share: records picked by the walk over the journal, and shredded. */
#ifndef LYMPHD_EDGE_SHRED_OWN_H
#define LYMPHD_EDGE_SHRED_OWN_H

#include "lymphd/edge_keep.h"

#define SHRED_LOOK  1000 /* records looked at in a step */
#define SHRED_MOST  100  /* records shredded in a step */
#define SHRED_CASES 20   /* old cases looked at in a step */

struct shred_pick {
	struct edge *e;
	struct keep_job *job; /* whose; NULL: a timer's */
	uint64_t to;          /* no later record; nor of this time or later: */
	msec before;
	/* NULL: every one */
	bool (*wants)(struct shred_pick *p, const struct fact *f, uint64_t seq, uint64_t case_no);
	uint64_t v[SHRED_MOST], last; /* last: looked at up to here */
	size_t n, looked;
	uint64_t held, first; /* by a hold; first: the first of these */
};
struct shred_count {
	uint64_t facts, bodies;
};

/* A store_fact_cb: 1 when the step is full, 2 when what is to be looked at has ended. */
int shred_pick_fact(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg);
/* What was picked goes, in one transaction: STORE_FACT and STORE_BODY, or one of them. */
int shred_picked(struct edge *e, const struct shred_pick *p, unsigned what, struct shred_count *done);
/* The mark has to stand behind what goes; in the transaction at hand. */
int shred_mark(struct edge *e, uint64_t seq);
/* The orders of a case say what was done and when, no more to whom; in the transaction at hand. */
int shred_strip(struct edge *e, uint64_t case_no);
/* The hold in force that is about fact f (NULL: it cannot be read), which joined that case. 0: none. */
uint64_t shred_held(struct edge *e, const struct fact *f, uint64_t case_no);

#endif
