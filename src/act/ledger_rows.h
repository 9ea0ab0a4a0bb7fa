/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of the ledger: orders by number, by place and by end. 88 bytes each and two hashes of a
 * secret seed, for a million of them have to fit beside the actuator; a row never moves in memory.
 */
#ifndef ACT_LEDGER_ROWS_H
#define ACT_LEDGER_ROWS_H

#include "act/act.h"

enum {
	ROW_WANT = 1,    /* should be in force: has a place, and an end to wait for */
	ROW_FORCE = 2,   /* holds its place in the actuator, as far as was asked for */
	ROW_SURE = 4,    /* ... and the actuator said so */
	ROW_NEW = 8,     /* never put by us nor found there: counts when it is */
	ROW_TELL = 16,   /* the judge waits to hear that it is in */
	ROW_DROP = 32,   /* is being dropped */
	ROW_TAKEN = 64,  /* something else stands at its place in the actuator */
	ROW_REDO = 128,  /* the actuator would keep it too long */
	ROW_FOUND = 256, /* met in the actuator, in no list of the judge's */
	ROW_HELD = 1024, /* the judge knows that it is held */
	ROW_MUTE = 512,  /* being dropped, and the judge knows already why */
};

struct row {
	struct act_entry e;
	msec lease;          /* until when the actuator keeps it, at least */
	uint32_t me, up, down; /* own index; the next higher and lower number at its place; 0: none */
	uint32_t heap;       /* where it stands among the ends; 0: not there */
	uint32_t epoch;      /* of the judge's list that last named it */
	uint32_t seen, put;  /* the actuator's list that last saw it; during which it was put */
	uint16_t flags;
};

struct rows;

struct rows *rows_new(void);
void rows_free(struct rows *r);
struct row *rows_by_no(const struct rows *r, uint64_t no);
/* Who has that place: the highest number of those that want it; NULL: nobody. */
struct row *rows_at(const struct rows *r, const struct act_entry *place);
struct row *rows_down(const struct rows *r, const struct row *x); /* the next lower at its place */
/* A row of that number; there must be none. It wants nothing yet. */
struct row *rows_add(struct rows *r, const struct act_entry *e);
void rows_del(struct rows *r, struct row *x); /* must want nothing */
/* Into its place and among the ends, or out of both. */
void rows_want(struct rows *r, struct row *x);
void rows_unwant(struct rows *r, struct row *x);
struct row *rows_first_end(const struct rows *r); /* of those that want; NULL: none */
/* Each row in turn: 1 ... rows_top; NULL where there is none. */
uint32_t rows_top(const struct rows *r);
struct row *rows_nth(const struct rows *r, uint32_t i);
uint64_t rows_count(const struct rows *r);
uint64_t rows_wanted(const struct rows *r);
uint64_t rows_victims(const struct rows *r); /* wanted, from all lines */
uint64_t rows_places(const struct rows *r); /* with at least one that wants it */

#endif
