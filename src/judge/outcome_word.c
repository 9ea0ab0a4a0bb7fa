/* SPDX-License-Identifier: BSD-2-Clause */
/* The word for a reporter, see outcome_word.h. Must never let an unproven reporter's word depend on
 * anything but the time and whether the case was closed by a day that the report alone decides. */
#include "judge/outcome_word.h"

#include <string.h>

#include "judge/parts.h"

static const char *const names[WORD_N] = { "received", "accepted", "verified", "not-reproduced",
	"wrong-network", "fixed", "closed" };

const char *
outcome_word_name(enum outcome_word w)
{
	return (unsigned)w < WORD_N ? names[w] : "";
}

static msec
floor_to(msec t, msec step)
{
	return t > 0 ? t - t % step : 0;
}

/* Where the report counts today; NULL: forgotten, or never part of a case. */
static struct kase *
case_of(const struct judge *j, const struct outcome_ask *a)
{
	struct kase *c = a->case_no ? case_by_no(j, a->case_no) : NULL;
	return c ? merge_root(j, c) : NULL;
}

/* The first 30th, 60th ... day after its arrival, not after now, by which the case had been closed and
 * has stayed so. A case that is forgotten was closed long before that. */
static void
tell_coarse(const struct kase *c, const struct outcome_ask *a, msec now, struct outcome_told *ret)
{
	ret->word = WORD_RECEIVED;
	ret->since = floor_to(a->arrived, MSEC_DAY);
	ret->coarse = true;
	if (c && c->state != CASE_CLOSED)
		return;
	msec open = c && c->closed_at > a->arrived ? c->closed_at - a->arrived : 1;
	msec told = a->arrived + (open + COARSE_EVERY - 1) / COARSE_EVERY * COARSE_EVERY;
	if (told > now)
		return;
	ret->word = WORD_CLOSED;
	ret->since = floor_to(told, MSEC_DAY);
}

/* Seen closed from all sides since it was reported. */
static msec
looked_closed(const struct kase *c, const struct outcome_ask *a)
{
	for (int i = 0; i < SLOTS; i++) {
		const struct slot *s = &c->slot[i];
		if (s->used && s->outcome == OUTCOME_CLOSED && s->port == a->port &&
		    addr_eq(&s->target, &a->subject) && s->began >= a->arrived)
			return s->done_at;
	}
	return 0;
}

static bool
said_wrong(const struct kase *c, const struct outcome_ask *a)
{
	for (uint32_t i = 0; i < c->claims_n; i++)
		if (c->claim[i]->wrong && key_cmp(&c->claim[i]->key, &a->key) == 0)
			return true;
	return false;
}

static void
tell_closed(const struct kase *c, struct outcome_told *ret)
{
	static const enum outcome_word words[CLOSE_AS_N] = {
		[CLOSE_NONE] = WORD_CLOSED,
		[CLOSE_NOT_FOUND] = WORD_NOT_REPRODUCED,
		[CLOSE_FADED] = WORD_CLOSED,
		[CLOSE_FIXED] = WORD_FIXED,
		[CLOSE_FALSE_POSITIVE] = WORD_NOT_REPRODUCED,
		[CLOSE_WRONG_LINE] = WORD_CLOSED,
		[CLOSE_DUPLICATE] = WORD_CLOSED,
		[CLOSE_NOT_ABUSE] = WORD_CLOSED,
		[CLOSE_ACCEPTED] = WORD_CLOSED,
		[CLOSE_APPEALED] = WORD_CLOSED,
	};
	ret->word = words[c->closed_as];
	ret->since = c->closed_at;
}

static void
tell_open(const struct kase *c, const struct outcome_ask *a, struct outcome_told *ret)
{
	msec closed = looked_closed(c, a);
	if (c->verified) {
		ret->word = WORD_VERIFIED;
		ret->since = c->verified_at;
	} else if (closed || said_wrong(c, a)) {
		ret->word = WORD_NOT_REPRODUCED;
		ret->since = closed ? closed : a->arrived;
	} else {
		ret->word = WORD_ACCEPTED;
		ret->since = a->arrived;
	}
}

void
outcome_tell(const struct judge *j, const struct outcome_ask *a, msec now, struct outcome_told *ret)
{
	struct outcome_told t = { .word = WORD_RECEIVED, .since = a->arrived };
	const struct policy_row *row = policy_find(j->policy, &a->subject);
	const struct kase *c = case_of(j, a);
	const struct reporter *r =
	    key_is_zero(&a->key) ? NULL : (struct reporter *)obj_find(j, STATE_REPORTER, a->key.b, KEY_BYTES);

	if (rank_pooled(j, r, class_row(a->cls)->family, now)) {
		tell_coarse(c, a, now, &t);
		*ret = t;
		return;
	}
	if (!row)
		t.word = WORD_WRONG_NETWORK;
	else if (c && c->state == CASE_CLOSED)
		tell_closed(c, &t);
	else if (c)
		tell_open(c, a, &t);
	else if (a->case_no) /* forgotten: closed longer ago than it could reopen */
		t.word = WORD_CLOSED;
	if (row && (row->kind == KIND_OWN_DESK || row->kind == KIND_BGP_CUSTOMER))
		memcpy(t.responsible, row->party, sizeof(t.responsible));
	t.since = floor_to(t.since, MSEC_HOUR);
	*ret = t;
}
