/* SPDX-License-Identifier: BSD-2-Clause */
/* When to look. A cycle is a look from vantage 0, then one from vantage 1 unless the first said
 * open; with one vantage the second look comes from the same place a little later. One look of a
 * cycle that came to nothing is tried again. Reports join the cycle that runs or ended within
 * look_fresh: many reports about one victim must not make us knock more often. */
#include <string.h>

#include "judge/parts.h"

bool
look_checkable(const struct kase *c)
{
	return class_row(c->key.cls)->methods != 0;
}

bool
look_possible(const struct judge *j, const struct kase *c, const struct addr *a)
{
	const struct policy_row *row = policy_find(j->policy, a);
	return row && row->probe && !policy_protected(j->policy, a) && !lpm_find(&j->protect, a) &&
	    class_row(c->key.cls)->methods & METHOD_PROBE;
}

/* The slot of an address and port; when all are taken, one that is idle and was not proven gives
 * way once its result is no longer fresh. The last ones are kept back: whoever names a new port in
 * every report (the owner of a proxy, say) must not keep us from looking where a proven source
 * points, nor at the class's own ports. NULL: no room, the report is not looked at by its port. */
struct slot *
look_slot(struct judge *j, struct kase *c, const struct addr *a, uint16_t port, bool proven)
{
	struct slot *spare = NULL;
	int most = SLOTS - (proven ? 0 : SLOTS_PROVEN) - (proven || port == 0 ? 0 : SLOTS_LIST);
	for (int i = 0; i < SLOTS; i++) {
		struct slot *s = &c->slot[i];
		if (s->used && s->port == port && addr_eq(&s->target, a))
			return s;
	}
	for (int i = 0; i < most; i++) {
		struct slot *s = &c->slot[i];
		bool idle = !s->used || (!s->look.no && s->retry_at == MSEC_NEVER && !s->false_at &&
		    s->outcome != OUTCOME_OPEN && j->m.now - s->done_at >= P(j, look_fresh));
		if (idle && (!spare || (spare->used && (!s->used || s->done_at < spare->done_at))))
			spare = s;
	}
	if (!spare)
		return NULL;
	memset(spare, 0, sizeof(*spare));
	spare->used = true;
	spare->target = *a;
	spare->port = port;
	spare->retry_at = MSEC_NEVER;
	return spare;
}

struct slot *
look_proven(struct kase *c)
{
	struct slot *any = NULL;
	for (int i = 0; i < SLOTS; i++) {
		if (c->slot[i].used && c->slot[i].outcome == OUTCOME_OPEN)
			return &c->slot[i];
		if (c->slot[i].used && !any)
			any = &c->slot[i];
	}
	return any;
}

void
look_index(struct judge *j, struct slot *s, bool in)
{
	if (in) {
		tree_add(&j->looks, &s->by_no);
		tree_add(&j->queue, &s->by_rank);
		turns_index(j, s, true);
	} else {
		turns_index(j, s, false);
		tree_del(&j->looks, &s->by_no);
		tree_del(&j->queue, &s->by_rank);
	}
}

/* Whether the address still is the line the case is about. */
static bool
still_theirs(const struct judge *j, const struct kase *c, const struct slot *s, msec now)
{
	char line[LINE_TEXT];
	if (!c->key.line[0])
		return true;
	return line_of(j, &s->target, now, line) && strcmp(line, c->key.line) == 0;
}

/* The cycle ends; cases.c says what follows. */
static bool
finish(const struct judge *j, struct slot *s, msec now)
{
	s->outcome = s->closed == 3 ? OUTCOME_CLOSED : OUTCOME_UNSURE;
	s->done_at = now;
	if (s->outcome == OUTCOME_UNSURE) {
		s->pairs = 0;
	} else if (s->pairs == 1 && s->began - s->pair_done >= P(j, false_gap) &&
	    now - s->pair_began <= P(j, false_within)) {
		s->pairs = 2;
	} else if (s->pairs != 1 || s->began - s->pair_done >= P(j, false_gap)) {
		s->pairs = 1;
		s->pair_began = s->began;
		s->pair_done = now;
	}
	return true;
}

/* Asks for one look. True: the cycle ended instead, the address is another line's by now. */
static bool
ask(struct judge *j, struct kase *c, struct slot *s, uint8_t vantage, q32 score, msec now)
{
	s->retry_at = MSEC_NEVER;
	obj_touch(j, &c->o);
	if (!still_theirs(j, c, s, now)) {
		s->closed = 0;
		return finish(j, s, now);
	}
	s->look = (struct look){ .no = ++j->m.last_look, .case_no = c->no, .cls = c->key.cls,
		.target = s->target, .port = s->port, .vantage = vantage,
		.urgent = score >= (q32)P(j, sure_from), .score = score };
	look_index(j, s, true);
	effect_add(j, EFFECT_LOOK)->look = s->look;
	tell(j, EVENT_LOOK_ASKED, c->no, s->look.no, vantage, score);
	return false;
}

bool
look_begin(struct judge *j, struct kase *c, struct slot *s, bool force, q32 score, msec now)
{
	if (s->look.no || s->retry_at != MSEC_NEVER || !look_possible(j, c, &s->target))
		return false;
	if (!force && s->outcome != OUTCOME_NONE && now - s->done_at < P(j, look_fresh))
		return false;
	turns_begin(j, s);
	s->began = now;
	s->retried = false;
	s->closed = 0;
	return ask(j, c, s, 0, score, now);
}

bool
look_retry(struct judge *j, struct kase *c, struct slot *s, msec now)
{
	return ask(j, c, s, s->retry_vantage, weigh_score(j, c, now), now);
}

static void
later(const struct judge *j, struct slot *s, uint8_t vantage, msec now)
{
	s->retry_at = now + P(j, look_retry);
	s->retry_vantage = vantage;
}

/* One step of the cycle after a look that did not say open. True: it was the last. */
static bool
go_on(struct judge *j, struct kase *c, struct slot *s, uint8_t vantage, enum verdict v, msec now)
{
	bool two = j->policy->vantages >= 2;
	if (v == VERDICT_CLOSED || v == VERDICT_AUTH) {
		bool first = vantage == 0 && !(s->closed & 1);
		s->closed |= first ? 1 : 2;
		if (first && two)
			return ask(j, c, s, 1, weigh_score(j, c, now), now);
		if (!first)
			return finish(j, s, now);
		later(j, s, 0, now);
	} else if (!s->retried) {
		s->retried = true;
		later(j, s, vantage, now);
	} else if (vantage == 0 && two) {
		return ask(j, c, s, 1, weigh_score(j, c, now), now);
	} else {
		return finish(j, s, now);
	}
	return false;
}

enum look_end
look_done(struct judge *j, const struct look_result *r, msec now, struct kase **of, struct slot **at)
{
	struct slot want = { .look.no = r->no };
	struct slot *s = TREE_ENTRY(tree_find(&j->looks, &want.by_no), struct slot, by_no);
	if (!s)
		return LOOK_UNASKED;
	struct kase *c = case_by_no(j, s->look.case_no);
	uint8_t vantage = s->look.vantage;
	enum verdict v = still_theirs(j, c, s, now) ? r->verdict : VERDICT_INCONCLUSIVE;
	turns_served(j, s);
	look_index(j, s, false);
	s->look = (struct look){ 0 };
	s->verdict[vantage] = (uint8_t)v;
	s->at[vantage] = now;
	j->m.looks++;
	obj_touch(j, &c->o);
	tell(j, EVENT_LOOK_DONE, c->no, r->no, v, 0);
	*of = c;
	*at = s;
	if (v != VERDICT_OPEN)
		return go_on(j, c, s, vantage, v, now) ? LOOK_ENDED : LOOK_GOES_ON;
	s->outcome = OUTCOME_OPEN;
	s->done_at = now;
	s->pairs = 0;
	c->proven_port = r->port;
	return LOOK_OPEN;
}

/* The queue goes by score: move what is asked when the score has moved. */
void
look_rescore(struct judge *j, struct kase *c, q32 score)
{
	for (int i = 0; i < SLOTS; i++) {
		struct slot *s = &c->slot[i];
		if (!s->look.no || s->look.score == score)
			continue;
		tree_del(&j->queue, &s->by_rank);
		s->look.score = score;
		s->look.urgent = score >= (q32)P(j, sure_from);
		tree_add(&j->queue, &s->by_rank);
		obj_touch(j, &c->o);
	}
}
