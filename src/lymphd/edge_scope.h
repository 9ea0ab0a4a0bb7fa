/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom a record is about, and what belongs to somebody as the journal tells it: cases, addresses a line had,
 * machine keys. For what is to be forgotten, and what a hold is about (edge_keep.h).
 */
#ifndef LYMPHD_EDGE_SCOPE_H
#define LYMPHD_EDGE_SCOPE_H

#include "lymphd/edge.h"

/* The line, address or reporter of k is in it. */
bool shred_about(const struct edge *e, const struct keep_set *k, const struct fact *f);

/* Owned. kept: it is on the shelf. */
struct keep_scope {
	struct keep_case {
		uint64_t no;
		bool kept;
	} *cases;               /* in order */
	struct keep_lease {
		struct lease_seen seen;
		bool kept;
	} *lease;               /* of a line, or an address */
	struct keep_key {
		struct key key;
		bool kept;
	} *key;                 /* machine keys that were called after a reporter */
	struct keep_by {
		uint64_t no;
		bool kept, now;
	} *hold;                /* of a forgetting: holds that kept some of it; now: in this pass */
	size_t cases_n, cases_room, leases, leases_room, keys, keys_room, holds, holds_room;
	size_t fresh;           /* not on the shelf, or changed since */
	bool whole;             /* the journal has been looked through for it */
};
void scope_free(struct keep_scope *s);
bool scope_has_case(const struct keep_scope *s, uint64_t no);
void scope_case(struct keep_scope *s, uint64_t no);
void scope_key(struct keep_scope *s, const struct key *key);
/* That hold keeps some of it. scope_pass: looked at anew from here on. scope_waits: some hold does, as far as this
 * pass has come. */
void scope_hold(struct keep_scope *s, uint64_t no);
void scope_pass(struct keep_scope *s);
bool scope_waits(const struct keep_scope *s);
/* Fact f itself is about k, as far as s knows. */
bool scope_about(const struct edge *e, const struct keep_scope *s, const struct keep_set *k,
    const struct fact *f);
/* The same, or it joined a case that is; and what it adds. Facts in their order. */
bool scope_learn(const struct edge *e, struct keep_scope *s, const struct keep_set *k, const struct fact *f,
    uint64_t case_no);
/* On the shelf, under the number of the fact that said so; in the transaction at hand: what is not there yet;
 * that it is whole; all of it away. After an abort: scope_unkept. 0 or negative errno. */
int scope_keep(struct edge *e, uint64_t no, struct keep_scope *s);
int scope_whole(struct edge *e, uint64_t no);
int scope_drop(struct edge *e, uint64_t no, const struct keep_scope *s);
/* What it waits for after this pass is on the shelf, and nothing else; scope_passed once that is committed. */
int scope_wait(struct edge *e, uint64_t no, struct keep_scope *s);
void scope_passed(struct keep_scope *s);
void scope_unkept(struct keep_scope *s);
/* From the shelf, at the start; of tells whose that number is, NULL: nobody's. 0 or negative errno. */
typedef struct keep_scope *scope_of(struct edge *e, uint64_t no);
int scope_read(struct edge *e, scope_of *of);

#endif
