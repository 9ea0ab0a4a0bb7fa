/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeping and forgetting at the judge's edge: timers by kind, legal holds, and who is to be forgotten.
 * Everything is done in small transactions beside the intake, and nothing a hold is about is touched.
 */
#ifndef LYMPHD_EDGE_KEEP_H
#define LYMPHD_EDGE_KEEP_H

#include "lymphd/edge_scope.h"
#include "store/keep.h"

#define KEEP_HOLDS 1000
#define KEEP_JOBS  64 /* forgettings under way */
#define KEEP_WAITS 1000 /* ... that wait for a hold to end */

struct keep_totals {
	uint64_t holds, jobs; /* holds in force; forgettings under way */
	uint64_t waits, kept; /* forgettings that wait for a hold; records holds keep from them, as far as known */
	uint64_t facts;       /* cannot be read any more, ever */
	uint64_t bodies, cases, events, orders, mails; /* gone by timers and forgettings since the start:
	                                                  evidence; cases without facts; stories of cases;
	                                                  orders without address; mails */
	uint64_t held;        /* would have gone in the last round, but for a hold */
	uint64_t failed;      /* steps that could not be written */
	uint64_t mark;        /* the journal can be replayed from behind this fact; 0: from the start */
	msec round;           /* when the last round ended; 0: none yet */
};

void keep_start(struct edge *e);
void keep_totals(const struct edge *e, struct keep_totals *ret);

struct keep_hold {
	uint64_t no; /* its fact in the journal */
	msec at;
	struct keep_set set;
	struct keep_scope scope;
};
/* Holds, oldest first; one that has run out is there until lymph has said so in the journal, which is soon. False
 * at the end. *it starts at 0. */
bool keep_hold_next(const struct edge *e, size_t *it, struct keep_hold *ret);
bool keep_hold_lasts(const struct keep_hold *h, msec now);
/* The hold in force that stands against forgetting this: about the same, or about what would go with
 * it (a case, its line, an address it had). 0: none. */
uint64_t keep_hold_against(struct edge *e, const struct keep_set *k);
/* Whether it is known what all holds are about: for a while after one was said the journal is looked through,
 * and nothing is forgotten. */
bool keep_holds_known(struct edge *e);

/* What people said: kept as a fact, done from now on. alias of a forgetting is filled in. 0 and *seq;
 * -E2BIG: there are KEEP_HOLDS, or KEEP_JOBS, or as many as may wait; -ENOENT: no such hold; or as edge_submit. */
int keep_said(struct edge *e, struct keep_set *k, uint64_t *seq);
/* Cases the judge has that forgetting it would end, at most `most` numbers into no (may be NULL). Returns
 * how many there are; *standing: of them with an order that stands. */
uint64_t keep_cases(const struct edge *e, const struct keep_set *k, uint64_t *no, size_t most,
    uint64_t *standing);

/* edge_forget.c, one forgetting, and edge_round.c, the timers: a step at a time. */
struct keep_job {
	uint64_t seq;        /* of its fact: all facts up to it are looked at */
	msec said;
	struct keep_set set;
	struct keep_scope scope;
	uint64_t at, shredded, bodies; /* next fact to look at; what went so far */
	uint64_t mail_at, held;        /* held: what holds kept in this pass, 0 after a restart */
	size_t order_at;
	bool again;                    /* a hold kept some of it from an earlier pass */
	/* Nothing is shredded before all is known that is to go, and that is on the shelf. JOB_WAITS is no step: it
	 * waits for a hold to end. */
	enum { JOB_SEEK, JOB_BEGIN, JOB_FACTS, JOB_ORDERS, JOB_MAILS, JOB_ASIDES, JOB_WAIT, JOB_WAITS, JOB_DROP,
		JOB_SELF } stage;
};
/* The forgetting which that fact said, NULL: none that is not finished; and all of them, oldest first. */
const struct keep_job *keep_job_of(const struct edge *e, uint64_t seq);
const struct keep_job *keep_job_next(const struct edge *e, size_t *it);
struct keep_round {
	enum { ROUND_BODIES, ROUND_FACTS, ROUND_CASES, ROUND_MAILS, ROUND_REST, ROUND_DONE } stage;
	uint64_t at, held;
	uint64_t first; /* fact of no case that a hold kept; 0: none */
};
struct keep {
	struct keep_hold hold[KEEP_HOLDS];
	size_t holds;
	uint64_t seen;   /* facts up to it were looked at for what the holds are about */
	struct keep_job job[KEEP_JOBS + KEEP_WAITS];
	size_t jobs;
	struct keep_round round;
	uint64_t round_to; /* the newest fact when it began */
	bool changed;    /* by the round: at its end the log is folded */
	bool due;        /* a hold has ended: the next round comes at once */
	bool fold, owed; /* it is to be folded; owed: by a forgetting, which the store knows */
	msec fold_at, round_at; /* not before (monotonic) */
	struct keep_totals n;
	struct loop_event *timer;
};
/* Numbers of the store: facts up to it were looked at for the holds; whether the log is to be folded. */
#define HOLDS_AT  "holds"
#define FOLD_OWED "forgotten"
/* 1: come again soon; 0: finished; negative errno: nothing was done. */
int shred_job_step(struct edge *e, struct keep_job *job);
int shred_round_step(struct edge *e, struct keep_round *r);
/* edge_hold.c: the next facts, up to that one, are looked at for what the holds are about. */
int holds_learn(struct edge *e, uint64_t to);
/* What the mark needs no more, some of it. */
int shred_tidy(struct edge *e);
/* edge_keep_mail.c: mails behind *at, of a forgetting or (NULL) whose time is over. 1: come again; 0: that
 * were all; negative errno. *held grows by those that holds keep. */
int keep_mails(struct edge *e, struct keep_job *job, uint64_t *at, uint64_t *held);
/* A hold in force is about that mail. */
bool keep_mail_held(struct edge *e, uint64_t no);

#endif
