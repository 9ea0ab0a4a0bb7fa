/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the key store, for its two files: edge_pgp.c (OpenPGP keys, role verify) and
 * edge_statement.c (statements, and the machine keys they admit). */
#ifndef LYMPHD_EDGE_PGP_OWN_H
#define LYMPHD_EDGE_PGP_OWN_H

#include "lymphd/edge.h"
#include "wire/pgp.h"
#include "wire/sshsig.h"
#include "wire/statement.h"

#define FPR 40 /* digits of a fingerprint */

struct enrolled {
	char fpr[FPR + 1];
	struct key key;
	unsigned n;
	uint8_t id[PGP_SUBS][PGP_ID];
};

struct admitted {
	struct key key;
	char fpr[FPR + 1];
	msec when, until; /* the statement's time; when the key stops to count */
	bool over;
};

#define ASKED 48 /* questions to verify at a time */
struct asked {
	uint64_t no; /* 0: free */
	void (*cb)(struct edge *e, void *arg, const struct msg_verified *a, const void *p, size_t n);
	void *arg;
	struct msg_statement statement; /* when cb is the statement's */
	uint8_t bytes[STATEMENT_MAX];   /* of one with a detached signature */
	uint8_t proof[SSHSIG_MAX];      /* by the machine key; statement.proof_len of it */
};

struct keys {
	struct enrolled *enrolled;
	size_t enrolled_n, enrolled_room;
	struct admitted *admitted;
	size_t admitted_n, admitted_room;
	struct asked asked[ASKED];
	uint64_t no, hear_era;
	struct loop_event *timer;
};

/* edge_pgp.c */
void keys_room(void **v, size_t n, size_t *room, size_t size); /* for one more of n */
struct key keys_of(const char *fpr); /* under which the owner of that fingerprint stands */
struct enrolled *keys_enrolled(const struct keys *k, const struct key *key);
/* Asks verify; the caller sets what the answer is for. NULL: it is not there, or too many ask. */
struct asked *keys_ask(struct edge *e, struct msg_verify *q, const void *bytes, size_t n);

/* edge_statement.c */
void statements_start(struct edge *e);
/* Inside a transaction: who admitted them is gone. And after its commit. */
int statements_end(struct edge *e, const char *fpr);
void statements_ended(struct edge *e, const char *fpr);
/* Inside a transaction: those of who is forgotten go, as if they had never been. And after its commit. */
int statements_forget(struct edge *e, const struct key *who);
void statements_forgotten(struct edge *e, const struct key *who);

#endif
