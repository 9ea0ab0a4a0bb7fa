/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a case stands and when it is due next: what both the ladder and the life of a case move. */
#include "judge/parts.h"

bool
look_busy(const struct kase *c)
{
	for (int i = 0; i < SLOTS; i++)
		if (c->slot[i].look.no || (c->slot[i].used && c->slot[i].retry_at != MSEC_NEVER))
			return true;
	return false;
}

/* A case that taught nobody anything and opened no gate may be forgotten for newer ones. */
static void
spare(struct judge *j, struct kase *c)
{
	bool want = !c->verified_at && !c->contested && !c->latched && !c->waiting &&
	    !c->barred && !c->merged_into && !c->assignee && !c->snoozed &&
	    c->closed_as != CLOSE_ACCEPTED;
	for (int r = 0; r < RUNG_N; r++)
		want &= c->order[r] == 0;
	if (want == c->spare)
		return;
	c->spare = want;
	if (want)
		tree_add(&j->spare, &c->by_spare);
	else
		tree_del(&j->spare, &c->by_spare);
}

void
case_due(struct judge *j, struct kase *c)
{
	bool unacted = c->state == CASE_OPEN || c->state == CASE_WATCHED;
	/* Acted, but all of it may be taken back: it must not stay so without a day to come. */
	if (c->fade_at == MSEC_NEVER && (c->state == CASE_ACTED || (unacted && !look_busy(c))))
		c->fade_at = j->m.now + MSEC_DAY;
	spare(j, c);
	msec due = c->again_at;
	const msec more[] = { c->recheck_at, c->pair_at, c->fade_at, c->probation_end, c->hold_at,
		flows_due(c),
		c->state == CASE_CLOSED ? c->closed_at + P(j, reopen_within) : MSEC_NEVER };
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		due = more[i] < due ? more[i] : due;
	for (int i = 0; i < SLOTS; i++)
		if (c->slot[i].used && c->slot[i].retry_at < due)
			due = c->slot[i].retry_at;
	for (int r = 0; r < RUNG_N; r++)
		if (c->order[r] && c->order_end[r] < due)
			due = c->order_end[r];
	if (due == c->due)
		return;
	if (c->due != MSEC_NEVER)
		tree_del(&j->by_due, &c->by_due);
	c->due = due;
	if (c->due != MSEC_NEVER)
		tree_add(&j->by_due, &c->by_due);
}

void
case_state(struct judge *j, struct kase *c, enum case_state s)
{
	if (c->state == s)
		return;
	tell(j, EVENT_STATE, c->no, c->state, s, 0);
	c->state = s;
	obj_touch(j, &c->o);
}
