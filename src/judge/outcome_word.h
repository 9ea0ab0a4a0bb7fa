/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a reporter is told about one report of his, in one word. A reporter who is proven in the family of
 * the class (out of the pool: by the operator's word or by what he earned) hears what became of it, to the
 * hour. All others hear `received` and `closed` alone, by rules that only know when the report came and
 * whether its case was closed by the 30th, 60th ... day after: a stranger must not be able to report an
 * address to learn what our probe sees there. Changes nothing.
 */
#ifndef JUDGE_OUTCOME_WORD_H
#define JUDGE_OUTCOME_WORD_H

#include "judge/judge.h"

enum outcome_word {
	WORD_RECEIVED,       /* in the journal */
	WORD_ACCEPTED,       /* part of a case */
	WORD_VERIFIED,       /* we have seen it ourselves */
	WORD_NOT_REPRODUCED, /* we looked from all sides and it was not so, or the desk says it never was */
	WORD_WRONG_NETWORK,  /* not, or no longer, an address of the networks served */
	WORD_FIXED,          /* it was so, and is not any more */
	WORD_CLOSED,         /* put away for another reason */
	WORD_N,
};
/* "not-reproduced"; "" out of range. */
const char *outcome_word_name(enum outcome_word w);

#define COARSE_EVERY (30 * MSEC_DAY) /* how often an unproven reporter's word may change */

struct outcome_ask {
	struct key key;       /* who reported; zero: unsigned */
	enum class_id cls;
	struct addr subject;
	uint16_t port;
	uint64_t case_no;     /* it joined; 0: none */
	msec arrived;
};
struct outcome_told {
	enum outcome_word word;
	msec since;                 /* rounded down: to the hour; coarse: to the day, UTC */
	bool coarse;                /* an unproven reporter's */
	char responsible[PARTY_TEXT]; /* who else answers for the address (own-desk, bgp-customer); "" */
};
void outcome_tell(const struct judge *j, const struct outcome_ask *a, msec now, struct outcome_told *ret);

#endif
