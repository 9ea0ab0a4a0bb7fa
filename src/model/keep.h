/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people decide about keeping and forgetting: legal holds, and who is to be forgotten. Each is a fact
 * in the journal. The fact that forgets somebody names him, so it is itself forgotten as the last of all.
 */
#ifndef MODEL_KEEP_H
#define MODEL_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "base/msec.h"
#include "model/desk.h"

enum keep_verb {
	KEEP_HOLD,   /* nothing about it is forgotten, by no timer and no person */
	KEEP_DROP,   /* that hold ends: no is its fact */
	KEEP_FORGET, /* all that is known of it, the journal too */
	KEEP_DONE,   /* a forgetting that had to wait for a hold is finished: no is its fact; lymph says so */
	KEEP_VERB_N,
};

enum keep_what { KEEP_CASE, KEEP_ADDRESS, KEEP_LINE, KEEP_REPORTER, KEEP_WHAT_N };

#define KEEP_LINE_TEXT 32
#define KEEP_KEY_BYTES 32

struct keep_set {
	uint8_t verb, what;    /* enum keep_verb, keep_what; what: of DROP and DONE zero */
	uint64_t no;           /* CASE: its number; DROP: the hold's place in the journal; DONE: the
	                        forgetting's */
	struct addr addr;      /* ADDRESS */
	char line[KEEP_LINE_TEXT];   /* LINE */
	uint8_t key[KEEP_KEY_BYTES]; /* REPORTER */
	uint8_t alias[KEEP_KEY_BYTES]; /* FORGET of a reporter: random; stands in its place where something
	                                  has to stand */
	msec until;            /* HOLD: 0 for good */
	uint32_t uid, second;  /* who, and the second person; 0: root, or none was needed */
	char text[DESK_TEXT];  /* reason, as typed */
};

/* "forget", "address"; out of range gives "". */
const char *keep_verb_name(enum keep_verb v);
const char *keep_what_name(enum keep_what w);
/* Whether both are about the same case, address, line or reporter. */
bool keep_same(const struct keep_set *a, const struct keep_set *b);

void keep_encode(struct writer *w, const struct keep_set *p);
void keep_decode(struct reader *r, struct keep_set *ret);

#endif
