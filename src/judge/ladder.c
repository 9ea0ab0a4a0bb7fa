/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder: gates as a table of rung x conditions, and the orders that follow. A rung once
 * reached is latched until the case closes. Caps hold back orders, never reports, cases or
 * tickets. The never-touch list is asked last. In this build every order is a "would". */
#include <stdlib.h>
#include <string.h>

#include "judge/parts.h"
#include "judge/view.h"

#define ALTERNATIVES 4
#define IP_TCP       6

/* A gate is open when all of `always` and all of one alternative hold. */
static const struct gate_row {
	uint32_t always, alternative[ALTERNATIVES]; /* 0 ends; no alternative: `always` alone */
} gates[RUNG_N] = {
	[RUNG_LOG] = { 0, { 0 } },
	[RUNG_WATCH] = { GATE_POLICY | GATE_CLASS, { GATE_SCORE, GATE_VERIFIED } },
	[RUNG_TICKET] = { GATE_POLICY | GATE_CLASS,
	    { GATE_VERIFIED, GATE_SCORE | GATE_INCONCLUSIVE, GATE_SCORE | GATE_NOT_CHECKABLE,
	        GATE_RULE } },
	[RUNG_NOTIFY] = { GATE_POLICY | GATE_CLASS | GATE_LEASE | GATE_CAP | GATE_TOUCHABLE,
	    { GATE_VERIFIED, GATE_SCORE | GATE_NOT_CHECKABLE,
	        GATE_SCORE | GATE_INCONCLUSIVE | GATE_ANSWERED, GATE_ON_SIGHT } },
	[RUNG_FILTER] = { GATE_POLICY | GATE_CLASS | GATE_LEASE | GATE_CAP | GATE_TOUCHABLE,
	    { GATE_VERIFIED | GATE_SCORE } },
	[RUNG_QUARANTINE] = { GATE_POLICY | GATE_CLASS | GATE_LEASE | GATE_CAP | GATE_TOUCHABLE |
	        GATE_REACH | GATE_APPROVED,
	    { GATE_TWICE | GATE_GROUPS, GATE_TWICE | GATE_ACTIVE } },
};

static unsigned
bits(uint32_t v)
{
	unsigned n = 0;
	for (; v; v &= v - 1)
		n++;
	return n;
}

/* Whose cap an order uses: organisation, else AS, else key of the strongest claim not our own. Own
 * sensors have their own budget: all zero, not capped here. */
static void
charged(const struct claim *a, uint8_t whom[CHARGE_BYTES])
{
	memset(whom, 0, CHARGE_BYTES);
	if (!a)
		return;
	uint32_t as = a->who && a->who->as ? a->who->as : a->as;
	if (a->who && a->who->org) {
		size_t n = strlen(a->who->org);
		whom[0] = 'O';
		memcpy(whom + 1, a->who->org, n < 32 ? n : 32);
	} else if (as) {
		whom[0] = 'A';
		for (int i = 0; i < 4; i++)
			whom[1 + i] = (uint8_t)(as >> (24 - 8 * i));
	} else {
		whom[0] = 'K';
		memcpy(whom + 1, a->key.b, 32);
	}
}

static struct charge *
charge_find(const struct judge *j, enum rung r, const uint8_t whom[CHARGE_BYTES])
{
	struct charge want = { .rung = (uint8_t)r };
	memcpy(want.whom, whom, CHARGE_BYTES);
	return TREE_ENTRY(tree_find(&j->charges, &want.node), struct charge, node);
}

void
ladder_charge(struct judge *j, const struct given *g, int by)
{
	struct charge *c = charge_find(j, g->order.rung, g->charge);
	if (!c) {
		c = judge_alloc(j, sizeof(*c));
		c->rung = (uint8_t)g->order.rung;
		memcpy(c->whom, g->charge, CHARGE_BYTES);
		tree_add(&j->charges, &c->node);
	}
	c->n += (uint64_t)(int64_t)by;
	if (c->n == 0) {
		tree_del(&j->charges, &c->node);
		free(c);
	}
}

static bool
has_room(const struct judge *j, enum rung r, const struct claim *lead, msec now)
{
	uint8_t whom[CHARGE_BYTES];
	uint64_t most = j->policy->lines / 100 * (uint64_t)P(j, order_share) +
	    j->policy->lines % 100 * (uint64_t)P(j, order_share) / 100;
	if (r < RUNG_NOTIFY)
		return true;
	if (r == RUNG_QUARANTINE && j->m.quarantine_hour == (uint64_t)(now / MSEC_HOUR) &&
	    j->m.quarantines >= (uint64_t)P(j, quarantine_per_hour))
		return false;
	charged(lead, whom);
	const struct charge *c = charge_find(j, r, whom);
	return !whom[0] || !c || c->n < (most ? most : 1);
}

static bool
answered(const struct judge *j, const struct kase *c)
{
	for (uint32_t i = 0; i < c->claims_n; i++)
		if (line_answers(j, &c->claim[i]->subject, c->claim[i]->port, c->claim[i]->event))
			return true;
	return false;
}

static uint32_t
conditions(const struct judge *j, const struct kase *c, const struct tally *t, msec now)
{
	const struct params *p = &j->policy->params;
	const struct policy_row *row = policy_find(j->policy, &c->target);
	uint32_t h = 0;
	bool sure = t->score >= (q32)p->sure_from, checkable = look_checkable(j, c);
	h |= sure ? GATE_SCORE : 0;
	h |= c->verified ? GATE_VERIFIED : 0;
	h |= checkable ? 0 : GATE_NOT_CHECKABLE;
	/* A check that may not or cannot be made here came to nothing. */
	bool possible = look_possible(j, c, &c->target);
	if (checkable && !c->verified && (c->contested || c->unsure || !possible))
		h |= GATE_INCONCLUSIVE;
	/* Contested stays with the desk, whatever flows show. */
	h |= sure && h & GATE_INCONCLUSIVE && !c->contested && answered(j, c) ? GATE_ANSWERED : 0;
	h |= t->on_sight ? GATE_ON_SIGHT : 0;
	h |= p->ticket_networks && t->networks >= (uint64_t)p->ticket_networks ? GATE_RULE : 0;
	h |= c->verified && c->verified_times >= 2 ? GATE_TWICE : 0;
	h |= t->score >= (q32)p->quarantine_from && t->groups >= (uint64_t)p->quarantine_groups
	    ? GATE_GROUPS : 0;
	h |= c->active_at && now - c->active_at < MSEC_HOUR ? GATE_ACTIVE : 0;
	h |= j->policy->reach.tree.count ? GATE_REACH : 0;
	h |= row && (c->attributable || !kind_row(row->kind)->needs_lease) ? GATE_LEASE : 0;
	h |= policy_protected(j->policy, &c->target) || policy_protected(j->policy, &c->subject.a)
	    ? 0 : GATE_TOUCHABLE;
	return h;
}

static bool
allowed(const struct policy_row *row, enum rung r)
{
	if (!row || row->top < r)
		return false;
	if (r == RUNG_NOTIFY && !row->notify)
		return false;
	return r != RUNG_QUARANTINE || !kind_row(row->kind)->never_quarantine;
}

void
ladder_gates(const struct judge *j, const struct kase *c, const struct tally *t, msec now,
    struct gates *ret)
{
	const struct policy_row *row = policy_find(j->policy, &c->target);
	uint32_t common = conditions(j, c, t, now);
	for (enum rung r = RUNG_LOG; r < RUNG_N; r++) {
		const struct gate_row *g = &gates[r];
		uint32_t have = common, best = 0;
		have |= allowed(row, r) ? GATE_POLICY : 0;
		have |= class_row(c->key.cls)->top >= r ? GATE_CLASS : 0;
		have |= c->order[r] || has_room(j, r, t->lead, now) ? GATE_CAP : 0;
		for (int i = 0; i < ALTERNATIVES && g->alternative[i]; i++) {
			uint32_t lacks = g->alternative[i] & ~have;
			if (i == 0 || bits(lacks) < bits(best))
				best = lacks;
		}
		ret->have[r] = have;
		ret->missing[r] = best | (g->always & ~have);
		ret->open[r] = ret->missing[r] == 0;
	}
}

/* Ended orders are kept as long as a case could reopen, oldest first out. */
static void
forget_old(struct judge *j, msec now)
{
	struct tree_node *n;
	while ((n = tree_first(&j->of[STATE_ORDER])) != NULL) {
		struct given *g = (struct given *)TREE_ENTRY(n, struct obj, node);
		if (!g->ended || now - g->order.at < P(j, reopen_within))
			return;
		obj_drop(j, &g->o);
	}
}

static void
put(struct judge *j, struct kase *c, enum rung r, const struct tally *t, msec now)
{
	uint8_t key[8];
	struct given *g = judge_alloc(j, sizeof(*g));
	msec least = now + MSEC_DAY;
	struct order *o = &g->order;
	forget_old(j, now);
	*o = (struct order){ .no = ++j->m.last_order, .case_no = c->no, .rung = r, .cls = c->key.cls,
		.target = c->subject, .at = now, .score = t->score, .would = true };
	if (r == RUNG_FILTER) {
		o->target = prefix_of(&c->target, addr_bits(&c->target));
		o->proto = IP_TCP;
		o->port = c->proven_port;
		o->inbound = 1;
	}
	o->expiry = weigh_until(j, c, now, (q32)P(j, sure_from), P(j, order_longest));
	if (o->expiry < least && t->score < (q32)P(j, sure_from))
		o->expiry = least < now + P(j, order_longest) ? least : now + P(j, order_longest);
	if (o->expiry <= now)
		o->expiry = now + MSEC_MINUTE;
	charged(t->lead, g->charge);
	key_of_no(o->no, key);
	obj_add(j, &g->o, STATE_ORDER, key, sizeof(key));
	ladder_charge(j, g, 1);
	if (r == RUNG_QUARANTINE) {
		uint64_t hour = (uint64_t)(now / MSEC_HOUR);
		j->m.quarantines = j->m.quarantine_hour == hour ? j->m.quarantines + 1 : 1;
		j->m.quarantine_hour = hour;
	}
	c->order[r] = o->no;
	c->order_end[r] = o->expiry;
	j->m.orders++;
	effect_add(j, EFFECT_ORDER)->order = *o;
	tell(j, EVENT_ORDER, c->no, o->no, r, t->score);
}

static void
wait(struct judge *j, struct kase *c, uint8_t rungs, q32 score)
{
	if (rungs == c->waiting)
		return;
	for (enum rung r = RUNG_LOG; r < RUNG_N; r++)
		if (rungs & ~c->waiting & (1u << r))
			tell(j, EVENT_BACKLOG, c->no, 0, r, score);
	if (c->waiting)
		tree_del(&j->by_wait, &c->by_wait);
	c->waiting = rungs;
	c->wait_score = score;
	if (c->waiting)
		tree_add(&j->by_wait, &c->by_wait);
	obj_touch(j, &c->o);
}

void
ladder_climb(struct judge *j, struct kase *c, const struct tally *t, msec now)
{
	struct tally own;
	struct gates g;
	uint8_t waiting = 0;
	if (c->state == CASE_CLOSED)
		return;
	if (!t) {
		weigh(j, c, now, &own);
		t = &own;
	}
	ladder_gates(j, c, t, now, &g);
	for (enum rung r = RUNG_WATCH; r < RUNG_N; r++) {
		bool latched = c->latched & (1u << r);
		/* After a recheck that found it open again, what was in force is given again. */
		bool renew = latched && r >= RUNG_NOTIFY && c->state == CASE_ACTED && !c->order[r];
		if (g.missing[r] == GATE_CAP && (!latched || renew))
			waiting |= (uint8_t)(1u << r);
		if (!g.open[r] || (latched && !renew))
			continue;
		if (!latched)
			tell(j, EVENT_GATE, c->no, 0, r, t->score);
		c->latched |= (uint8_t)(1u << r);
		obj_touch(j, &c->o);
		if (r == RUNG_WATCH && c->state == CASE_OPEN)
			case_state(j, c, CASE_WATCHED);
		if (r < RUNG_TICKET)
			continue;
		put(j, c, r, t, now);
		if (r < RUNG_NOTIFY)
			continue;
		c->acted_once = true;
		if (c->state == CASE_OPEN || c->state == CASE_WATCHED)
			case_state(j, c, CASE_ACTED);
	}
	wait(j, c, waiting, t->score);
}

static void
end(struct judge *j, struct kase *c, enum rung r, bool drop, msec now)
{
	uint8_t key[8];
	(void)now;
	key_of_no(c->order[r], key);
	struct given *g = (struct given *)obj_find(j, STATE_ORDER, key, sizeof(key));
	tell(j, drop ? EVENT_ORDER_DROPPED : EVENT_ORDER_EXPIRED, c->no, c->order[r], r, 0);
	c->order[r] = 0;
	if (!g || g->ended)
		return;
	g->ended = true;
	g->order.dropped = drop;
	ladder_charge(j, g, -1);
	j->room = true;
	obj_touch(j, &g->o);
	if (drop)
		effect_add(j, EFFECT_ORDER)->order = g->order;
}

bool
ladder_expire(struct judge *j, struct kase *c, msec now)
{
	bool high = false;
	for (enum rung r = RUNG_TICKET; r < RUNG_N; r++) {
		if (!c->order[r] || c->order_end[r] > now)
			continue;
		end(j, c, r, false, now);
		high |= r >= RUNG_NOTIFY;
	}
	return high;
}

void
ladder_drop(struct judge *j, struct kase *c, msec now)
{
	wait(j, c, 0, 0);
	for (enum rung r = RUNG_TICKET; r < RUNG_N; r++)
		if (c->order[r])
			end(j, c, r, true, now);
}

/* Room was made: the backlog in its order, each at most once. */
void
ladder_release(struct judge *j, msec now)
{
	if (!j->room)
		return;
	j->room = false;
	struct tree_node *n = tree_first(&j->by_wait);
	while (n) {
		struct kase *c = TREE_ENTRY(n, struct kase, by_wait);
		struct kase here = { .wait_score = c->wait_score, .no = c->no };
		ladder_climb(j, c, NULL, now);
		case_due(j, c);
		n = tree_next(&j->by_wait, &here.by_wait);
	}
}
