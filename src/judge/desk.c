/* SPDX-License-Identifier: BSD-2-Clause */
/* What staff say of cases and orders. A word about what is not there (any more) changes nothing and is
 * counted: whoever passed it on looked before, but the judge may have moved on since. */
#include "judge/orders.h"

#include <stdlib.h>

typedef void verb_fn(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now);

uint8_t
desk_releases(const struct kase *c)
{
	uint8_t rungs = c->waiting;
	for (enum rung r = RUNG_TICKET; r < RUNG_N; r++)
		rungs |= c->order[r] ? RUNG_BIT(r) : 0;
	return rungs;
}

/* The rung is closed to this case, until ALLOW, REOPEN or its end. A ticket is given once per latch, so
 * that goes too; the others come back when a verification finds the case acted. */
static void
bar(struct judge *j, struct kase *c, enum rung r)
{
	c->barred |= RUNG_BIT(r);
	if (r == RUNG_TICKET)
		c->latched &= (uint8_t)~RUNG_BIT(r);
	if (c->order[r])
		order_end(j, c, r, true);
	obj_touch(j, &c->o);
}

static void
approve(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now)
{
	if (c->asked & RUNG_BIT(r))
		ladder_approve(j, c, r, p->uid, now);
}

static void
reject(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now)
{
	(void)p;
	if (!(c->asked & RUNG_BIT(r)))
		return;
	bar(j, c, r);
	ladder_climb(j, c, NULL, now);
}

static void
undo(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now)
{
	(void)p;
	bar(j, c, r);
	ladder_climb(j, c, NULL, now);
}

static void
release(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now)
{
	uint8_t rungs = desk_releases(c) | p->rungs;
	if (c->state == CASE_CLOSED)
		return;
	for (r = RUNG_TICKET; r < RUNG_N; r++)
		if (rungs & RUNG_BIT(r))
			bar(j, c, r);
	ladder_climb(j, c, NULL, now);
}

static void
allow(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now)
{
	(void)r;
	c->barred &= (uint8_t)~p->rungs;
	obj_touch(j, &c->o);
	if (c->state != CASE_RECHECK) /* then what it comes to gives what there is to give */
		ladder_climb(j, c, NULL, now);
}

static bool
counts_as_false(enum close_as as)
{
	return as == CLOSE_FALSE_POSITIVE || as == CLOSE_NOT_ABUSE;
}

static void
close_as(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now)
{
	enum close_as as = (enum close_as)p->as;
	(void)r;
	if (as == CLOSE_NONE || as >= CLOSE_AS_N || c->merged_into)
		return;
	/* Said to be fixed: our own look says whether it is. */
	if (as == CLOSE_FIXED && c->state != CASE_CLOSED && c->verified && case_recheck(j, c, now))
		return;
	if (c->state == CASE_CLOSED)
		outcome_take_back(j, c, now);
	case_close(j, c, as, now);
	if (counts_as_false(as))
		outcome_verdict(j, c, now);
}

/* as: it was closed before, and is so again. */
static void
reopen(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now)
{
	(void)r;
	if (c->merged_into)
		return;
	c->barred = 0;
	c->ask_spent = false;
	obj_touch(j, &c->o);
	if (c->state != CASE_CLOSED) {
		ladder_climb(j, c, NULL, now);
		return;
	}
	outcome_take_back(j, c, now);
	if (p->as != CLOSE_NONE && p->as < CLOSE_AS_N)
		c->closed_as = (enum close_as)p->as;
	else
		case_reopen(j, c, now);
}

static void
assign(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now)
{
	(void)r;
	(void)now;
	free(c->assignee);
	c->assignee = judge_text(j, p->name);
	obj_touch(j, &c->o);
}

static void
snooze(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now)
{
	(void)r;
	c->snoozed = p->until > now ? p->until : 0;
	obj_touch(j, &c->o);
}

static void
merge(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now)
{
	struct kase *into = case_by_no(j, p->into), *root;
	(void)r;
	if (!into || merge_refused(j, c, into) < 0)
		return;
	bool alive = c->state != CASE_CLOSED;
	root = merge_claims(j, c, into, now);
	case_close(j, c, CLOSE_DUPLICATE, now);
	tell(j, EVENT_DESK, root->no, j->seq, p->verb, 0);
	if (alive && root->state == CASE_CLOSED && root->closed_as != CLOSE_ACCEPTED)
		case_state(j, root, CASE_OPEN); /* as by a report */
	case_stir(j, root, false, now);
	case_due(j, root);
}

static void
unmerge(struct judge *j, struct kase *c, enum rung r, const struct desk_act *p, msec now)
{
	struct kase *root = merge_root(j, c);
	(void)r;
	if (!c->merged_into)
		return;
	unmerge_claims(j, c, now);
	if (root != c)
		tell(j, EVENT_DESK, root->no, j->seq, p->verb, 0);
	if (p->as != CLOSE_NONE && p->as < CLOSE_AS_N)
		c->closed_as = (enum close_as)p->as;
	else
		case_reopen(j, c, now);
	obj_touch(j, &c->o);
}

/* NOTE does nothing but be told. */
static verb_fn *const verbs[DESK_VERB_N] = {
	[DESK_APPROVE] = approve,
	[DESK_REJECT] = reject,
	[DESK_UNDO] = undo,
	[DESK_ALLOW] = allow,
	[DESK_RELEASE] = release,
	[DESK_CLOSE] = close_as,
	[DESK_REOPEN] = reopen,
	[DESK_ASSIGN] = assign,
	[DESK_MERGE] = merge,
	[DESK_UNMERGE] = unmerge,
	[DESK_SNOOZE] = snooze,
};

uint64_t
desk_act(struct judge *j, const struct desk_act *p, msec now)
{
	struct kase *c;
	enum rung r = RUNG_LOG;
	if (p->verb >= DESK_VERB_N || desk_verb_row((enum desk_verb)p->verb)->mail)
		return 0;
	if (desk_verb_row((enum desk_verb)p->verb)->order) {
		struct given *g = order_find(j, p->target);
		c = g ? case_by_no(j, g->order.case_no) : NULL;
		if (c)
			r = g->order.rung;
		if (c && c->order[r] != p->target)
			c = NULL;
	} else {
		c = case_by_no(j, p->target);
	}
	if (!c) {
		j->m.desk_missed++;
		return 0;
	}
	tell(j, EVENT_DESK, c->no, j->seq, p->verb, 0);
	if (verbs[p->verb])
		verbs[p->verb](j, c, r, p, now);
	case_due(j, c);
	return c->no;
}
