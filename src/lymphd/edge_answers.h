/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the judge's edge does for those who report: what became of a report, told to whoever holds its
 * token (edge_outcome.c), and how much of the disk reports of strangers may use (edge_room.c).
 */
#ifndef LYMPHD_EDGE_ANSWERS_H
#define LYMPHD_EDGE_ANSWERS_H

#include <stdbool.h>

#include "lymphd/msg.h"
#include "model/identity.h"

struct edge;

/* Outcomes: answered to hear-reports as signed JSON. The key that signs, and the secret the tokens are made
 * of, are made at the first start and stay in the state folder, 0600, out of reach of every other role. */
struct outcomes_totals {
	uint64_t told, denied; /* answers; questions about no such report, or with a wrong token */
};

/* Reads the key, or makes it. Fatal when neither works. */
void outcomes_start(struct edge *e);
/* hear-reports is (again) there: it is told our public key. */
void outcomes_up(struct edge *e);
/* The token of the report that stands at seq in the journal. The same for ever. */
void outcomes_token(const struct edge *e, uint64_t seq, const struct report *p, uint8_t ret[TOKEN_BYTES]);
struct outcome_told;
/* What is told, and its signature in base64: "" when it does not fit. */
void outcomes_text(struct edge *e, uint64_t seq, const uint8_t id[16], const struct outcome_told *t,
    char text[1024], char sig[1024]);
/* A keyed hash of n bytes that nobody else can make: ret_n of it, at most 32. */
void outcomes_mark(const struct edge *e, const void *p, size_t n, uint8_t *ret, size_t ret_n);
/* The SSHSIG signature over a report of ours, in base64; "" when it does not fit. */
void outcomes_sign(const struct edge *e, const void *p, size_t n, char *ret, size_t size);
void outcomes_get(struct edge *e, const struct msg_outcome_get *m);
struct key outcomes_key(const struct edge *e);
/* The report at that place of the journal, and its case. -ENOENT: there is none, or it is forgotten; or the
 * store's error. */
int outcomes_report(struct edge *e, uint64_t seq, struct fact *ret, uint64_t *ret_case);
/* Another secret made of that one, VOUCH_KEY bytes: vouch.h. The same after a restart. */
const uint8_t *outcomes_vouch(const struct edge *e);
struct outcomes_totals outcomes_totals(const struct edge *e);

/* The share of the unsigned: a tenth of intake's budget, so that a flood of them leaves room for the rest. A mail
 * domain is as free as no signature at all: what comes of one the operator has not ranked is theirs, too.
 * Counted in the same transaction as the reports. */
#define ROOM_PART 10 /* one part in so many is for the unsigned */

struct room_state {
	uint64_t most, used; /* bytes */
	uint64_t refused;    /* reports, since the start */
	struct msg_hear_counts heard; /* the last word of hear-reports */
};

void room_start(struct edge *e);
/* As it was at the last commit: at the start, and after a rollback. 0 or negative errno. */
int room_restore(struct edge *e);
/* Is what that source reports or mails in this share? i: "" nobody by name; key: zero, nobody at all. Not of a
 * domain that is ranked above a key or pinned above 0, by the judge as it is now. */
bool room_stranger(const struct edge *e, const struct identity *i, const struct key *key);
/* Is there room for a report with n bytes of body? */
bool room_for(struct edge *e, bool stranger, size_t n);
/* A stranger's report is kept, at seq: inside the transaction. 0 or negative errno. */
int room_taken(struct edge *e, const struct report *p, uint64_t seq, size_t n);
/* The body of the report at seq is about to be deleted: inside the transaction that does, and before. 0 or
 * negative errno. */
int room_forget(struct edge *e, uint64_t seq);
/* Writes what changed into the transaction. 0 or negative errno. */
int room_keep(struct edge *e);
/* hear-reports is (again) there: it is told, and from then on within a second of each change. */
void room_up(struct edge *e);
/* What hear-reports refused, as it says: for the figures. */
void room_counts(struct edge *e, const struct msg_hear_counts *m);
struct room_state room_state(const struct edge *e);

/* Outcomes that proven reporters asked to be sent by mail: edge_reply.c. */
#define REPLY_WISHES 10000 /* remembered at a time */
struct reply_totals {
	uint64_t wishes;     /* remembered */
	uint64_t laid, full; /* since the start; full: wishes not taken */
};
void reply_start(struct edge *e);
/* A report was kept whose reporter wants to hear by mail: inside its transaction. mail: the Message-ID of the
 * mail it came in, with its <>, "" none. 0 or negative errno. */
int reply_wish(struct edge *e, uint64_t seq, uint64_t case_no, const struct fact *f, const char *to,
    const char *mail);
/* The fact is about to be shredded: inside the transaction that does. 0 or negative errno. */
int reply_forget(struct edge *e, uint64_t seq);
/* A transaction failed. */
void reply_stale(struct edge *e);
struct reply_totals reply_totals(const struct edge *e);

#endif
