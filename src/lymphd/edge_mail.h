/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mails to the abuse desk, as the judge role keeps them: what hear-mail sorted, in one tray each, known by
 * its digest, with its bytes while there is room. The judge itself knows nothing of them; what staff do
 * with one is a fact in the journal.
 */
#ifndef LYMPHD_EDGE_MAIL_H
#define LYMPHD_EDGE_MAIL_H

#include "lymphd/edge.h"
#include "model/tray.h"

enum mail_state { MAIL_WAITING, MAIL_DONE, MAIL_STATE_N };

/* One of all, in memory. */
struct mail_row {
	uint64_t no;
	msec at;           /* committed */
	uint32_t size;     /* bytes that are kept; 0: none any more */
	uint8_t tray, state;
	bool vouched;      /* somebody vouches for it, whom the operator knows */
	bool gone;         /* taken out in the open transaction */
};

struct mail_head {
	msec date, arrived, changed; /* changed: when staff did something last; 0 */
	uint32_t claims, elsewhere, cases, uid; /* uid: who did */
	uint64_t case_no[MAIL_CASES], bytes;    /* bytes: its size when it came */
	bool may_answer, unverified, handed_on;
	uint8_t digest[32];
	char identity[NAME_TEXT], rule[MAIL_FIELD], from[MAIL_FIELD], subject[MAIL_FIELD],
	    message_id[MAIL_FIELD], reply_to[MAIL_FIELD];
};

struct mail_tray_sum {
	uint64_t waiting, all;
	msec oldest;       /* of those that wait; 0: none does */
	bool late;         /* it waits for longer than the tray allows */
};

void mails_start(struct edge *e);
void mails_take(struct edge *e, struct chan_msg *m);
/* NULL: no such mail. */
const struct mail_row *mails_row(const struct edge *e, uint64_t no);
/* The next one after no (0: the first) in that tray (TRAY_N: any) and state (MAIL_STATE_N: any); NULL. */
const struct mail_row *mails_next(const struct edge *e, uint64_t no, enum tray t, enum mail_state s);
struct mail_tray_sum mails_tray(const struct edge *e, enum tray t, msec now);
/* 0 or -ENOENT, -EBADMSG. */
int mails_head(struct edge *e, uint64_t no, struct mail_head *ret);
/* At most `most` of its bytes from `at` on; *size: all of them. -ENOENT: not kept any more. */
int mails_body(struct edge *e, uint64_t no, uint64_t at, void *buf, size_t most, size_t *ret_n, size_t *size);
/* What staff do, one transaction with its fact: verb is one of DESK_MAIL_*. */
int mails_act(struct edge *e, uint64_t no, enum desk_verb verb, enum tray to, uid_t uid, const char *text);
/* Inside a transaction of the caller's, for retention: the bytes go, and with texts also who wrote what.
 * After its commit (or abort): mails_settled. */
int mails_strip(struct edge *e, uint64_t no, bool texts);
/* The same: nothing of it stays, and what comes with its bytes is new. Its number is not used again. */
int mails_drop(struct edge *e, uint64_t no);
void mails_settled(struct edge *e, bool committed);
/* Bytes kept, and what is known of each beside them, of all and of those of strangers. */
void mails_used(const struct edge *e, uint64_t *ret_all, uint64_t *ret_unvouched);
/* For metrics: taken, known before, refused for lack of room, bytes given up for others. */
struct mails_count {
	uint64_t taken, same, full, stripped;
};
const struct mails_count *mails_counted(const struct edge *e);

/* May a mail of that source be taken now? Strangers (room_stranger) have a share of the hour: each domain its
 * own, all that nobody vouches for another. A mail over it is not taken and waits where it is. */
void mails_may_start(struct edge *e);
void mails_may(struct edge *e, const struct msg_mail_may *m);
/* Times that one was put off, since the start; shares of domains given up for others. */
struct mails_put_off {
	uint64_t domain, unvouched, forgotten;
};
struct mails_put_off mails_put_off(const struct edge *e);

#endif
