/* SPDX-License-Identifier: BSD-2-Clause */
/* Folding findings into a verdict, see fold.h. One table, no other opinion anywhere. */
#include "probe/fold.h"

static const struct {
	enum verdict verdict;
	enum look_reason reason;
} said[FOUND_N] = {
	[FOUND_NOTHING] = { VERDICT_INCONCLUSIVE, REASON_LOCAL },
	[FOUND_OPEN] = { VERDICT_OPEN, REASON_NONE },
	[FOUND_AUTH] = { VERDICT_AUTH, REASON_NONE },
	[FOUND_ONE_SIDED] = { VERDICT_INCONCLUSIVE, REASON_ONE_SIDED },
	[FOUND_FLOOD] = { VERDICT_INCONCLUSIVE, REASON_FLOOD },
	[FOUND_SLOW] = { VERDICT_INCONCLUSIVE, REASON_TIMEOUT },
	[FOUND_MUTE] = { VERDICT_INCONCLUSIVE, REASON_TIMEOUT },
	[FOUND_NO_ROOM] = { VERDICT_INCONCLUSIVE, REASON_OVERLOAD },
	[FOUND_LOCAL] = { VERDICT_INCONCLUSIVE, REASON_LOCAL },
	[FOUND_CLOSED] = { VERDICT_CLOSED, REASON_NONE },
	[FOUND_FILTERED] = { VERDICT_FILTERED, REASON_NONE },
	[FOUND_NO_ANSWER] = { VERDICT_NO_ANSWER, REASON_NONE },
};

enum found
fold_two(enum found a, enum found b)
{
	if (a == FOUND_NOTHING)
		return b;
	if (b == FOUND_NOTHING)
		return a;
	return a < b ? a : b;
}

enum found
fold_port(const enum found of[PROBE_N])
{
	bool words = false;
	enum found all = FOUND_NOTHING;
	for (int m = PROBE_NONE + 1; m < PROBE_N; m++)
		words |= of[m] == FOUND_CLOSED || of[m] == FOUND_AUTH;
	for (int m = 0; m < PROBE_N; m++)
		all = fold_two(all, of[m] == FOUND_MUTE && words ? FOUND_CLOSED : of[m]);
	return all;
}

void
fold_verdict(enum found f, enum verdict *ret_v, enum look_reason *ret_r)
{
	if ((unsigned)f >= FOUND_N)
		f = FOUND_NOTHING;
	*ret_v = said[f].verdict;
	*ret_r = said[f].reason;
}
