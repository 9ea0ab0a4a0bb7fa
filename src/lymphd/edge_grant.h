/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who outside may read of cases (tokens), and to whom reports about a prefix are sent on (subscriptions), at
 * the judge's edge. A token is known by its hash only; whoever made one saw it once. What it shows is decided
 * here, by its scope, and nowhere else: edge_grant.c (the table), edge_read.c (the answers), edge_forward.c
 * (what is sent on).
 */
#ifndef LYMPHD_EDGE_GRANT_H
#define LYMPHD_EDGE_GRANT_H

#include "lymphd/edge.h"
#include "model/grant.h"

#define GRANTS 256 /* at a time */

/* Since the start; not kept. */
struct grant_count {
	uint64_t asked, limited;           /* with its token; of them turned away for being too many */
	uint64_t sent, again, left;        /* reports sent on; had before: a loop; not sent: caps, switch off */
	uint64_t hour_sent;                /* in the hour that began at hour */
	msec hour, used, pace;             /* used: last asked; pace: see grants_pace */
};
struct grant_held {
	struct grant g;
	struct grant_count n;
};

void grants_start(struct edge *e);
/* One after the other, oldest first; NULL at the end. *it starts at 0. */
struct grant_held *grants_next(const struct edge *e, size_t *it);
/* NULL: none of that name. Names are one space for both kinds. */
struct grant_held *grants_named(const struct edge *e, const char *name);
/* By what a client brought; NULL: no such token, or its time is over. */
struct grant_held *grants_token(struct edge *e, const uint8_t token[READ_TOKEN]);
/* May it ask once more? Else when it may, in ms. */
msec grants_pace(struct grant_held *h, msec now);
/* One transaction with the fact that says who did it. g->no, made and since are set here. Where secret is
 * not NULL a token is made, and told there. 0; -EEXIST: the name is taken; -E2BIG: too many; or the store. */
int grants_add(struct edge *e, struct grant *g, uint8_t secret[READ_TOKEN]);
int grants_remove(struct edge *e, const char *name, enum grant_kind kind, uid_t uid);

/* edge_read.c: what a token's holder asks. */
void read_start(struct edge *e);
void read_get(struct edge *e, const struct msg_read *m);
/* With a token nobody has; answered; not ours to show. */
struct read_totals {
	uint64_t denied, told, refused;
};
struct read_totals read_totals(const struct edge *e);
/* May its document be opened here, to pass its evidence on? */
bool read_proven(struct edge *e, const struct report *r);

/* edge_forward.c: sends on what came, in the journal's order. */
void forward_start(struct edge *e);
/* A first subscription is there: what is sent on begins behind this fact. In its transaction. */
int forward_from(struct edge *e, uint64_t seq);
struct forward_totals {
	uint64_t sent, again, left; /* as in grant_count, of all */
};
struct forward_totals forward_totals(const struct edge *e);

#endif
