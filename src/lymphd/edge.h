/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge role's edge: everything around the pure judge. It stamps facts with the clock, refuses
 * what is not ours, keeps each report exactly once, commits facts, state and orders in one
 * transaction, and only then answers. Held together by judge.c (the role). Below the commit stand
 * edge_late.c (the clock), edge_held.c (the operator's word as it is held), edge_orders.c (to the hand) and
 * edge_hook.c (to the hook); edge.c commits; on it hang edge_intake.c (reports in batches), edge_looks.c
 * (asks the probe, joins its proofs), edge_outbox.c, edge_word.c (the word from the warden), edge_open.c (the
 * start of it all) and what edge_flows.h (own flows), edge_mail.h, edge_log.h, edge_pgp.h, edge_keep.h,
 * edge_answers.h, edge_door.h, edge_grant.h, edge_whose.h and edge_speak.h tell. The control socket
 * (control.c) reads through struct edge and submits what people say.
 */
#ifndef LYMPHD_EDGE_H
#define LYMPHD_EDGE_H

#include "judge/judge.h"
#include "judge/view.h"
#include "lymphd/edge_out.h"
#include "lymphd/role.h"
#include "store/store.h"

/* Room on disk that reports may not use up: kept for looks, timers and the operator. */
#ifndef EDGE_RESERVE
#define EDGE_RESERVE (32 << 20)
#endif

struct intake; /* edge_intake.c */
struct looks;  /* edge_looks.c */
struct orders; /* edge_orders.c */
struct hooked; /* edge_hook.c */
struct word;   /* edge_word.c */
struct flows;  /* edge_flow.c */
struct alerts; /* edge_alert.c */
struct asks;   /* edge_ask.c */
struct watch;  /* edge_watch.c */
struct kept;   /* edge_kept.c */
struct held;   /* edge_state.c */
struct keys;   /* edge_pgp.c */
struct keep;   /* edge_keep.c */
struct outcomes; /* edge_outcome.c */
struct room;   /* edge_room.c */
struct replies; /* edge_reply.c */
struct logs;   /* edge_log.c */
struct mails;  /* edge_mail.c */
struct whose_known; /* edge_whose.c */
struct grants; /* edge_grant.c */
struct reads;  /* edge_read.c */
struct door;   /* edge_door.c */
struct speaking; /* edge_speak_lay.c */
struct forward; /* edge_forward.c */

struct edge {
	struct role_ctx *c;
	struct judge *judge;
	struct store *store;
	msec now;                /* last stamp; never falls */
	msec stamped, noted;     /* edge_late.c: clock_boot() of it, and of the note about it */
	int note_fd;
	char boot_id[40];
	struct msg_roles roles;  /* last word of the warden */
	uint64_t full, conflicts, repeats, not_ours, referred, aside; /* counters for status */
	uint64_t broken;         /* messages no honest peer sends */
	uint64_t batches, reloads;
	uint64_t unnamed;        /* reports of sources beyond those that get a name */
	uint64_t one_sided, looks_lost; /* claims without their other half; looks never answered */
	struct intake *intake;
	struct looks *looks;
	struct orders *orders;
	struct hooked *hooked;
	struct word *word;
	struct flows *flows;
	struct alerts *alerts;
	struct asks *asks;
	struct watch *watch;
	struct kept *kept;
	struct held *held;
	struct keys *keys;
	struct keep *keep;
	struct outcomes *outcomes;
	struct room *room;
	struct replies *replies;
	struct logs *logs;
	struct mails *mails;
	struct mails_may *may;
	struct whose_known *whose;
	struct grants *grants;
	struct reads *reads;
	struct door *door;
	struct speaking *speaking;
	struct forward *forward;
	struct msg_audited audited; /* the warden's last word on it */
	uint64_t audit_sent;        /* facts up to this one were told to it ... */
	bool audit_known;           /* ... once it has said how far it is */
	struct effects fx;
	void (*after)(struct edge *e); /* what follows a commit; set by looks_start */
	struct loop_event *tick;
	struct loop_event *tidy; /* edge_outbox.c */
	int failed;              /* first error of the open transaction */
};

/* Opens the store, restores the judge and tells it of a changed configuration. Fatal on failure. */
void edge_open(struct edge *e);
/* The same in parts, edge.c: the judge anew from the store, under the policy that was in force at the
 * last commit; its timer. */
void edge_restore(struct edge *e, const struct policy *policy);
void edge_tick_start(struct edge *e);
/* now = max(previous, wall clock). */
msec edge_now(struct edge *e);
/* The same, but it goes on while the wall clock is behind: for what ends. init: before the box. */
void late_init(struct edge *e);
void late_open(struct edge *e);
msec late_now(struct edge *e);
/* True when reports must wait for room on disk. */
bool edge_tight(const struct edge *e);

/* One transaction: begin, facts in order, commit. After any failure edge_abort, which takes the store
 * and the judge back to the last commit. */
int edge_begin(struct edge *e);
/* Journals f (its stamp is set here), lets the judge take it, keeps what followed. *case_no, *seq may
 * be NULL. */
int edge_fact(struct edge *e, struct fact *f, const struct store_body *body, uint64_t *case_no,
    uint64_t *seq);
int edge_commit(struct edge *e);
void edge_abort(struct edge *e);
/* Begins one with the fact that staff said this, a batch of its own; *ret_at (may be NULL): its stamp. 0 or
 * negative errno; either way the caller ends it. */
int edge_said(struct edge *e, const struct desk_act *a, msec *ret_at);
/* Stamps and commits one fact at once, outside the batch (operator's facts). 0 or negative errno;
 * -ENOSPC leaves everything as before. */
int edge_submit(struct edge *e, struct fact *f);
/* After a commit: arms the judge's timer, then e->after. */
void edge_settled(struct edge *e);

/* The end of a transaction, whatever came of it: commits if r is 0, and takes back what failed. 0, or what did. */
static inline int
edge_end(struct edge *e, int r)
{
	if (r == 0)
		r = edge_commit(e);
	if (r < 0)
		edge_abort(e);
	return r;
}

/* The same, and what follows a commit. */
static inline int
edge_finish(struct edge *e, int r)
{
	r = edge_end(e, r);
	edge_settled(e);
	return r;
}

/* Reports: one into the batch, from any role that hears; the batch commits by itself. */
void intake_start(struct edge *e);
void intake_report(struct edge *e, enum role_id from, struct chan_msg *m);
/* The warden set a message aside that killed another role: kept on record, without its bytes. */
void intake_aside(struct edge *e, const struct msg_aside *a);
/* One that hears is (again) there: credit. It is gone: nobody waits for the answers any more. */
void intake_up(struct edge *e, enum role_id from);
void intake_down(struct edge *e, enum role_id from);

/* Looks: handed to probe as credit allows; results and sightings come back. */
void looks_start(struct edge *e);
/* probe is there, or has credit again. */
void looks_room(struct edge *e);
void looks_done(struct edge *e, const struct msg_look_done *d);
void looks_sighting(struct edge *e, const struct msg_token_seen *t);
void looks_canary_up(struct edge *e);
/* probe went away: what it had is asked again. */
void looks_down(struct edge *e);

/* control.c: finds the groups of staff; before the box, for it reads /etc/group. Not called: only root
 * may change something. */
void control_init(const struct role_ctx *c);
/* Serves the control socket handed in by the warden, if any. */
void control_start(struct edge *e);

#endif
