/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder: gates as a table of rung x conditions, and when an order follows. A rung once reached
 * is latched until the case closes, or a person takes it back. Caps hold back orders, never reports,
 * cases or tickets. The never-touch list is asked last. */
#include "judge/orders.h"
#include "judge/view.h"

#define ALTERNATIVES 4
#define ACTS         (GATE_POLICY | GATE_CLASS | GATE_LEASE | GATE_CAP | GATE_TOUCHABLE | \
	GATE_NOT_BARRED)

/* A gate is open when all of `always` and all of one alternative hold. */
static const struct gate_row {
	uint32_t always, alternative[ALTERNATIVES]; /* 0 ends; no alternative: `always` alone */
} gates[RUNG_N] = {
	[RUNG_LOG] = { 0, { 0 } },
	[RUNG_WATCH] = { GATE_POLICY | GATE_CLASS, { GATE_SCORE, GATE_VERIFIED } },
	[RUNG_TICKET] = { GATE_POLICY | GATE_CLASS | GATE_NOT_BARRED,
	    { GATE_VERIFIED, GATE_SCORE | GATE_INCONCLUSIVE, GATE_SCORE | GATE_NOT_CHECKABLE,
	        GATE_RULE } },
	[RUNG_NOTIFY] = { ACTS,
	    { GATE_VERIFIED, GATE_SCORE | GATE_NOT_CHECKABLE,
	        GATE_SCORE | GATE_INCONCLUSIVE | GATE_ANSWERED, GATE_ON_SIGHT } },
	[RUNG_FILTER] = { ACTS | GATE_SCOPE, { GATE_VERIFIED | GATE_SCORE } },
	[RUNG_QUARANTINE] = { ACTS | GATE_REACH | GATE_HOURS | GATE_BREAKER | GATE_APPROVED,
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

static bool
answered(const struct judge *j, const struct kase *c)
{
	for (uint32_t i = 0; i < c->claims_n; i++)
		if (line_answers(j, &c->claim[i]->subject, c->claim[i]->port, c->claim[i]->event))
			return true;
	return false;
}

/* When people are at the desk next; now, if they are. */
static msec
desk_opens(const struct judge *j, msec now)
{
	msec from = j->policy->desk_from * MSEC_MINUTE, to = j->policy->desk_to * MSEC_MINUTE;
	msec day = now / MSEC_DAY * MSEC_DAY, at = now - day;
	bool open = from < to ? at >= from && at < to : at >= from || at < to;
	if (from == to || open)
		return now;
	return day + from + (at < from ? 0 : MSEC_DAY);
}

static uint32_t
conditions(const struct judge *j, const struct kase *c, const struct tally *t, msec now)
{
	const struct params *p = &j->policy->params;
	const struct policy_row *row = policy_find(j->policy, &c->target);
	uint32_t h = 0;
	bool sure = t->score >= (q32)p->sure_from, checkable = look_checkable(c);
	h |= sure ? GATE_SCORE : 0;
	h |= c->verified ? GATE_VERIFIED : 0;
	h |= checkable ? 0 : GATE_NOT_CHECKABLE;
	/* A check that may not or cannot be made here came to nothing. But where own flows look, unknown keys
	 * on top of one-way packets, which anybody can send, are no reason to doubt that they saw nothing. */
	bool possible = look_possible(j, c, &c->target) || (flows_check(j, c) && !t->solid);
	if (checkable && !c->verified && (c->contested || c->unsure || !possible))
		h |= GATE_INCONCLUSIVE;
	/* Contested stays with the desk, whatever flows show. */
	h |= sure && h & GATE_INCONCLUSIVE && !c->contested && answered(j, c) ? GATE_ANSWERED : 0;
	h |= t->on_sight ? GATE_ON_SIGHT : 0;
	h |= p->ticket_networks && t->networks >= (uint64_t)p->ticket_networks ? GATE_RULE : 0;
	h |= c->verified && c->verified_times >= 2 ? GATE_TWICE : 0;
	h |= t->score >= (q32)p->quarantine_from && t->groups >= (uint64_t)p->quarantine_groups
	    ? GATE_GROUPS : 0;
	h |= flows_active(c, now) ? GATE_ACTIVE : 0;
	h |= j->policy->reach.tree.count ? GATE_REACH : 0;
	h |= row && (c->attributable || !kind_row(row->kind)->needs_lease) ? GATE_LEASE : 0;
	/* Not verified yet: the check that does it brings the port. */
	bool probed = class_row(c->key.cls)->methods & METHOD_PROBE;
	h |= order_scope(c, NULL) || (probed && !c->verified) ? GATE_SCOPE : 0;
	h |= h & GATE_ACTIVE || desk_opens(j, now) <= now ? GATE_HOURS : 0;
	h |= j->m.breaker_at ? 0 : GATE_BREAKER;
	h |= j->policy->quarantine >> c->key.cls & 1 ? GATE_APPROVED : 0;
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
	if (population_is(c)) {
		population_gates(j, c, now, ret);
		return;
	}
	uint32_t common = conditions(j, c, t, now);
	for (enum rung r = RUNG_LOG; r < RUNG_N; r++) {
		const struct gate_row *g = &gates[r];
		struct prefix target = order_target(c, r);
		struct order scope;
		bool stands = c->order[r] && !(c->asked & RUNG_BIT(r));
		uint32_t have = common, best = 0;
		have |= allowed(row, r) ? GATE_POLICY : 0;
		have |= class_row(c->key.cls)->top >= r ? GATE_CLASS : 0;
		have |= stands || order_room(j, r, t->lead, now) ? GATE_CAP : 0;
		have |= stands && g->always & GATE_APPROVED ? GATE_APPROVED : 0;
		have |= c->barred & RUNG_BIT(r) ? 0 : GATE_NOT_BARRED;
		bool far = r != RUNG_FILTER || !order_scope(c, &scope) || mode_touchable(j, &scope.peer);
		have |= r < RUNG_NOTIFY || (far && mode_touchable(j, &target)) ? GATE_TOUCHABLE : 0;
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

/* The rung is reached: from here on until the case closes. */
static void
reach(struct judge *j, struct kase *c, enum rung r, q32 score)
{
	if (!(c->latched & RUNG_BIT(r)))
		tell(j, EVENT_GATE, c->no, 0, r, score);
	c->latched |= RUNG_BIT(r);
	obj_touch(j, &c->o);
	if (r == RUNG_WATCH && c->state == CASE_OPEN)
		case_state(j, c, CASE_WATCHED);
}

static void
acted(struct judge *j, struct kase *c)
{
	c->acted_once = true;
	if (c->state == CASE_OPEN || c->state == CASE_WATCHED)
		case_state(j, c, CASE_ACTED);
}

/* What only the clock stands in the way of is tried again by it. MSEC_NEVER: more does. */
static msec
held_until(const struct judge *j, uint32_t missing, msec now)
{
	const uint32_t clocked = GATE_HOURS | GATE_BREAKER | GATE_CAP;
	if (missing & ~(clocked | GATE_APPROVED) || !(missing & clocked))
		return MSEC_NEVER;
	if (missing & GATE_CAP && !order_hour_full(j, now))
		return MSEC_NEVER; /* an order that ends makes room */
	return missing & GATE_HOURS ? desk_opens(j, now) : (now / MSEC_HOUR + 1) * MSEC_HOUR;
}

static bool
same_target(const struct judge *j, const struct kase *c, enum rung r)
{
	const struct given *g = order_find(j, c->order[r]);
	struct prefix p = order_target(c, r);
	if (g && population_is(c) && !population_same(c, &g->order))
		return false;
	return g && prefix_cmp(&g->order.target, &p) == 0;
}

/* One rung that may be reached, or be given again: given, asked for, or left to wait. */
static void
rung_up(struct judge *j, struct kase *c, enum rung r, const struct gates *g, const struct tally *t,
    uint8_t *waiting, msec now)
{
	uint32_t lacks = g->missing[r];
	bool may_ask = r == RUNG_QUARANTINE && !c->ask_spent;
	if (c->asked & RUNG_BIT(r)) {
		if (same_target(j, c, r)) {
			if (!g->open[r])
				return;
			reach(j, c, r, t->score); /* the class needs no person any more */
			order_give(j, c, r, t, 0, now);
			acted(j, c);
			return;
		}
		order_end(j, c, r, true); /* nobody approves one address and gets another */
	}
	if (may_ask && lacks == GATE_APPROVED) {
		order_put(j, c, r, t, true, now);
		return;
	}
	if ((lacks & ~(may_ask ? GATE_APPROVED : 0u)) == GATE_CAP)
		*waiting |= RUNG_BIT(r);
	if (r == RUNG_QUARANTINE && (may_ask || !(lacks & GATE_APPROVED)))
		c->hold_at = held_until(j, lacks, now);
	if (!g->open[r])
		return;
	reach(j, c, r, t->score);
	if (r < RUNG_TICKET)
		return;
	order_put(j, c, r, t, false, now);
	if (r >= RUNG_NOTIFY)
		acted(j, c);
}

void
ladder_climb(struct judge *j, struct kase *c, const struct tally *t, msec now)
{
	struct tally own;
	struct gates g;
	uint8_t waiting = 0;
	if (c->state == CASE_CLOSED)
		return;
	if (population_is(c)) {
		population_climb(j, c, now);
		return;
	}
	if (!t) {
		weigh(j, c, now, &own);
		t = &own;
	}
	ladder_gates(j, c, t, now, &g);
	c->hold_at = MSEC_NEVER;
	for (enum rung r = RUNG_WATCH; r < RUNG_N; r++) {
		bool latched = c->latched & RUNG_BIT(r), asked = c->asked & RUNG_BIT(r);
		/* After a recheck that found it open again, what was in force is given again. */
		bool renew = latched && r >= RUNG_NOTIFY && c->state == CASE_ACTED && !c->order[r];
		if (!latched || renew || asked)
			rung_up(j, c, r, &g, t, &waiting, now);
	}
	order_wait(j, c, waiting, t->score);
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

bool
ladder_approvable(const struct judge *j, const struct kase *c, enum rung r, const struct tally *t,
    msec now, uint32_t *missing)
{
	struct gates g;
	ladder_gates(j, c, t, now, &g);
	*missing = g.missing[r] & ~(uint32_t)GATE_APPROVED;
	return *missing == 0 && same_target(j, c, r);
}

bool
ladder_approve(struct judge *j, struct kase *c, enum rung r, uint32_t by, msec now)
{
	struct tally t;
	uint32_t missing;
	weigh(j, c, now, &t);
	if (!ladder_approvable(j, c, r, &t, now, &missing))
		return false;
	reach(j, c, r, t.score);
	order_give(j, c, r, &t, by, now);
	acted(j, c);
	return true;
}
