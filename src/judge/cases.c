/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a case: open, watched, acted, recheck, probation, closed, and back. Transitions are
 * those of the design; what opens a rung is the ladder's business, when to look that of looks.c. */
#include <stdlib.h>
#include <string.h>

#include "judge/orders.h"

#define RECHECKS 3 /* inconclusive ones that make a ticket */

/* Nobody but the desk opens it again. */
static bool
sealed(const struct kase *c)
{
	return c->state == CASE_CLOSED && (c->merged_into || c->closed_as == CLOSE_ACCEPTED);
}

void
case_close(struct judge *j, struct kase *c, enum close_as as, msec now)
{
	order_drop(j, c);
	case_state(j, c, CASE_CLOSED);
	c->closed_as = as;
	c->closed_at = now;
	c->latched = 0;
	c->verified = c->contested = c->unsure = c->acted_once = false;
	c->verified_times = c->rechecks = 0;
	c->barred = 0;
	c->ask_spent = false;
	c->again_at = c->recheck_at = c->fade_at = c->probation_end = c->hold_at = MSEC_NEVER;
	c->ask_at = MSEC_NEVER;
	c->flow_windows = c->asks_left = 0;
	c->scope = (struct scope){ 0 }; /* a relapse may go elsewhere */
	tell(j, EVENT_CLOSED, c->no, 0, as, 0);
	obj_touch(j, &c->o);
}

/* A case closed longer ago than it could reopen, or given up for newer ones, is no more the
 * judge's; the store keeps its story. */
void
case_forget(struct judge *j, struct kase *c)
{
	for (int i = 0; i < SLOTS; i++)
		if (c->slot[i].look.no)
			look_index(j, &c->slot[i], false);
	if (c->due != MSEC_NEVER)
		tree_del(&j->by_due, &c->by_due);
	if (c->spare)
		tree_del(&j->spare, &c->by_spare);
	j->claims -= c->claims_n;
	tree_del(&j->by_key, &c->by_key);
	obj_drop(j, &c->o);
}

/* NULL: there are as many as may be, and every one of them matters more than an unheard report. */
struct kase *
case_new(struct judge *j, const struct case_key *key, msec now)
{
	uint8_t no[8];
	while (j->of[STATE_CASE].count >= j->cap_cases) {
		struct kase *old = TREE_ENTRY(tree_first(&j->spare), struct kase, by_spare);
		if (!old)
			return NULL;
		j->m.claims_dropped += old->claims_n;
		case_forget(j, old);
	}
	struct kase *c = judge_alloc(j, sizeof(*c));
	c->key = *key;
	c->no = ++j->m.last_case;
	c->opened = now;
	c->again_at = c->recheck_at = c->pair_at = c->probation_end = c->due = MSEC_NEVER;
	c->fade_at = c->hold_at = c->ask_at = MSEC_NEVER;
	key_of_no(c->no, no);
	obj_add(j, &c->o, STATE_CASE, no, sizeof(no));
	tree_add(&j->by_key, &c->by_key);
	tell(j, EVENT_CASE_OPENED, c->no, 0, key->cls, 0);
	return c;
}

static void checked(struct judge *j, struct kase *c, struct slot *s, msec now);

static void
begin(struct judge *j, struct kase *c, struct slot *s, bool force, q32 score, msec now)
{
	if (look_begin(j, c, s, force, score, now))
		checked(j, c, s, now);
}

static void
retry(struct judge *j, struct kase *c, struct slot *s, msec now)
{
	if (look_retry(j, c, s, now))
		checked(j, c, s, now);
}

/* Whether a report may make us look, by where the case stands. Acted: the recheck at the end of the
 * order will; only a port not seen yet is news. */
static bool
worth_a_look(const struct kase *c, const struct slot *s)
{
	if (c->state == CASE_ACTED)
		return s->outcome == OUTCOME_NONE;
	return c->state != CASE_RECHECK;
}

static bool
in_list(const struct class_row *row, uint16_t port)
{
	for (int i = 0; i < CLASS_PORTS && row->ports[i]; i++)
		if (row->ports[i] == port)
			return true;
	return false;
}

static void
consider(struct judge *j, struct kase *c, const struct report *p, const struct claim *a, msec now)
{
	struct tally t;
	weigh(j, c, now, &t);
	tell(j, a ? EVENT_REPORT : EVENT_REPORT_CAPPED, c->no, j->seq, p->evidence,
	    a ? weigh_claim(j, c, a, now) : 0);
	look_rescore(j, c, t.score);
	if (sealed(c))
		return;
	if (t.score >= (q32)P(j, probe_from) && look_possible(j, c, &p->subject)) {
		bool proven = a && !rank_pooled(j, a->who, class_row(p->cls)->family, now);
		struct slot *s = look_slot(j, c, &p->subject, p->port, proven);
		if (!s && in_list(class_row(p->cls), p->port))
			s = look_slot(j, c, &p->subject, 0, proven); /* the pass over all of them */
		uint32_t as = a && a->who && a->who->as ? a->who->as : p->origin_as;
		if (s)
			turns_own(j, s, as, &p->key);
		if (s && worth_a_look(c, s))
			begin(j, c, s, false, t.score, now);
	}
	ladder_climb(j, c, &t, now);
}

/* What others call a time, kept within reason: not before 1970, the future counts as now. */
msec
case_time(msec t, msec now)
{
	return t < 0 ? 0 : t < now ? t : now;
}

/* Which of its line's addresses the case is about: that of the newest report until one is proven;
 * from then on nobody's word moves an order to a neighbour of it. */
void
case_about(struct judge *j, struct kase *c, const struct addr *a)
{
	c->subject = policy_subject(policy_find(j->policy, a), a);
	c->target = *a;
}

uint64_t
case_report(struct judge *j, const struct report *p, msec now)
{
	const struct policy_row *row = policy_find(j->policy, &p->subject);
	struct case_key key = { .cls = p->cls };
	if (!row || p->cls == CLASS_NONE)
		return 0;
	msec event = case_time(p->event, now);
	j->m.reports++;
	j->m.unsigned_reports += key_is_zero(&p->key);
	struct reporter *who = rank_reporter(j, &p->key, now);
	if (who)
		rank_seen(j, who, p, now);
	bool known = line_of(j, &p->subject, event, key.line);
	if (!key.line[0])
		key.subject = policy_subject(row, &p->subject);
	struct kase *own = index_case(j, &key), *c = own ? merge_root(j, own) : NULL;
	if (!c && !(c = own = case_new(j, &key, now))) {
		j->m.claims_dropped++;
		return 0;
	}
	if (c == own) {
		c->attributable = known;
		c->merged_into = 0; /* what it was merged into is forgotten */
		if (!c->verified)
			case_about(j, c, &p->subject);
	}
	c->last_report = now;
	c->reports++;
	if (c->state == CASE_CLOSED && !sealed(c))
		case_state(
		    j, c, CASE_OPEN); /* same number; it counts as a relapse only once verified */
	obj_touch(j, &c->o);
	consider(j, c, p, claim_join(j, c, p, who, c == own ? 0 : own->no, event, now), now);
	flows_ask(j, c, &p->subject, p->port, event);
	case_due(j, c);
	return c->no;
}

void
case_verified(struct judge *j, struct kase *c, enum method m, msec now)
{
	const struct policy_row *row = policy_find(j->policy, &c->target);
	bool relapse = !c->verified && c->closed_at && c->verified_at;
	if (sealed(c))
		return;
	if (c->state == CASE_CLOSED)
		case_state(j, c, CASE_OPEN);
	if (!c->verified)
		c->verified_first = now;
	if (c->verified_times != 1 || now - c->verified_first >= P(j, look_again))
		c->verified_times++;
	bool first = !c->verified;
	c->verified = true;
	c->ask_spent = false;
	c->snoozed = 0;
	c->verified_at = c->proof_at = now;
	c->proof_by = (uint8_t)m;
	c->contested = c->unsure = false;
	c->rechecks = 0;
	c->recheck_at = c->probation_end = c->pair_at = c->ask_at = MSEC_NEVER;
	if (relapse)
		tell(j, EVENT_CASE_REOPENED, c->no, 0, c->key.cls, 0);
	tell(j, EVENT_VERIFIED, c->no, c->verified_times, m, 0);
	outcome_true(j, c, now);
	if (c->state == CASE_RECHECK || c->state == CASE_PROBATION)
		case_state(j, c, CASE_ACTED);
	if (c->fade_at == MSEC_NEVER)
		c->fade_at = now + MSEC_DAY;
	if (first && m == METHOD_PROBE && class_row(c->key.cls)->top >= RUNG_QUARANTINE && row &&
	    row->top >= RUNG_QUARANTINE && !kind_row(row->kind)->never_quarantine)
		c->again_at = now + P(j, look_again);
	ladder_climb(j, c, NULL, now);
	obj_touch(j, &c->o);
}

void
case_probation(struct judge *j, struct kase *c, msec now)
{
	order_drop(j, c);
	c->verified = false;
	c->recheck_at = MSEC_NEVER;
	c->probation_end = now + 2 * class_row(c->key.cls)->half_life;
	case_state(j, c, CASE_PROBATION);
}

static bool
all_closed(const struct kase *c)
{
	for (int i = 0; i < SLOTS; i++)
		if (c->slot[i].used && c->slot[i].outcome != OUTCOME_CLOSED)
			return false;
	return !look_busy(c);
}

void
case_unsure(struct judge *j, struct kase *c, msec now)
{
	c->unsure = true;
	if (c->state == CASE_RECHECK) {
		if (c->rechecks++ == 0)
			c->recheck_from = now;
		/* Three in the window: it stays, with a ticket, and is tried again now and then. */
		bool often = c->rechecks < RECHECKS && now - c->recheck_from < P(j, recheck_window);
		c->recheck_at = now + (often ? P(j, look_again) : P(j, recheck_window));
	}
	ladder_climb(j, c, NULL, now);
}

/* The check says no, others who count say yes: nobody learns from it, a person decides. */
void
case_contested(struct judge *j, struct kase *c, const struct slot *s, const struct tally *t, msec now)
{
	if (!c->contested)
		tell(j, EVENT_CONTESTED, c->no, s->port, t->proven, t->score);
	c->contested = true;
	ladder_climb(j, c, NULL, now);
}

/* One of our own sensors says so, of late and on more than one-way packets. */
static bool
own_says(const struct judge *j, const struct kase *c, msec now)
{
	for (uint32_t i = 0; i < c->claims_n; i++) {
		const struct claim *a = c->claim[i];
		if (a->who && a->who->standing == STANDING_OWN && a->evidence != EVIDENCE_WEAK &&
		    now - a->event <= P(j, false_within))
			return true;
	}
	return false;
}

/* A cycle ended without finding it open. */
static void
checked(struct judge *j, struct kase *c, struct slot *s, msec now)
{
	struct tally t;
	obj_touch(j, &c->o);
	if (s->outcome == OUTCOME_UNSURE) {
		case_unsure(j, c, now);
		return;
	}
	weigh(j, c, now, &t);
	bool unacted = c->state == CASE_OPEN || c->state == CASE_WATCHED;
	if (unacted && (t.proven >= 2 || flows_active(c, now) || own_says(j, c, now))) {
		s->pairs = 0;
		case_contested(j, c, s, &t, now);
		return;
	}
	if (s->pairs == 2) {
		flows_confirm(j, c, s, now);
		s->pairs = 0;
	} else if (s->pairs == 1 && j->policy->flow_source && !c->acted_once) {
		c->pair_at = s->pair_done + P(j, false_gap);
	}
	if (c->state == CASE_RECHECK)
		case_probation(j, c, now);
	else if (unacted && !c->verified && all_closed(c))
		case_close(j, c, CLOSE_NOT_FOUND, now);
}

uint64_t
case_look(struct judge *j, const struct look_result *r, msec now)
{
	struct kase *c;
	struct slot *s;
	switch (look_done(j, r, now, &c, &s)) {
	case LOOK_UNASKED: return 0;
	case LOOK_GOES_ON: break;
	case LOOK_ENDED: checked(j, c, s, now); break;
	case LOOK_OPEN:
		if (sealed(c))
			break;
		case_about(j, c, &s->target); /* what follows is about the address proven */
		case_verified(j, c, METHOD_PROBE, now);
		break;
	}
	case_due(j, c);
	return c->no;
}

static void
recheck(struct judge *j, struct kase *c, msec now)
{
	struct slot *s = look_proven(c);
	q32 score = weigh_score(j, c, now);
	c->recheck_at = MSEC_NEVER;
	if (c->rechecks >= RECHECKS && score < (q32)P(j, fade_below)) {
		case_probation(j, c, now); /* nothing can be seen and nobody says so any more */
		return;
	}
	if (s && look_possible(j, c, &s->target))
		begin(j, c, s, true, score, now);
	else if (flows_check(j, c))
		flows_recheck(j, c, now);
	else
		case_unsure(j, c, now);
}

static void
recheck_begins(struct judge *j, struct kase *c, msec now)
{
	case_state(j, c, CASE_RECHECK);
	c->rechecks = 0;
	c->asked_at = c->quiet_at = 0;
	c->recheck_at = now;
}

static void
fade(struct judge *j, struct kase *c, msec now)
{
	bool unacted = c->state == CASE_OPEN || c->state == CASE_WATCHED;
	bool idle = c->state == CASE_ACTED && !c->waiting;
	for (int r = RUNG_NOTIFY; r < RUNG_N; r++)
		idle &= c->order[r] == 0;
	/* With a look under way, its end sets the timer again (case_due). */
	bool again = c->state == CASE_ACTED || (unacted && !look_busy(c));
	c->fade_at = again ? now + MSEC_DAY : MSEC_NEVER;
	if (idle) { /* acted, but the policy now allows nothing: it must not stay so for ever */
		recheck_begins(j, c, now);
		recheck(j, c, now);
	}
	if (unacted && !look_busy(c) && weigh_score(j, c, now) < (q32)P(j, fade_below))
		case_close(j, c, CLOSE_FADED, now);
}

bool
case_recheck(struct judge *j, struct kase *c, msec now)
{
	struct slot *s = look_proven(c);
	if (!flows_check(j, c) && (!s || !look_possible(j, c, &s->target)))
		return false;
	order_drop(j, c);
	recheck_begins(j, c, now);
	recheck(j, c, now);
	obj_touch(j, &c->o);
	return true;
}

void
case_stir(struct judge *j, struct kase *c, bool force, msec now)
{
	struct tally t;
	const struct claim *newest = NULL;
	weigh(j, c, now, &t);
	look_rescore(j, c, t.score);
	for (uint32_t i = 0; i < c->claims_n; i++)
		if (!newest || c->claim[i]->arrival > newest->arrival)
			newest = c->claim[i];
	struct slot *s = look_proven(c);
	if (newest && (!s || s->outcome != OUTCOME_OPEN))
		s = look_slot(j, c, &newest->subject, newest->port,
		    !rank_pooled(j, newest->who, class_row(c->key.cls)->family, now));
	if (s && !sealed(c) && t.score >= (q32)P(j, probe_from))
		begin(j, c, s, force, t.score, now);
	ladder_climb(j, c, NULL, now);
	obj_touch(j, &c->o);
}

/* As if it had not been closed, but for what was proven: that has to be seen again. */
void
case_reopen(struct judge *j, struct kase *c, msec now)
{
	c->closed_as = CLOSE_NONE;
	c->closed_at = 0;
	c->fade_at = now + MSEC_DAY;
	case_state(j, c, CASE_OPEN);
	tell(j, EVENT_CASE_REOPENED, c->no, 0, c->key.cls, 0);
	case_stir(j, c, true, now);
}

/* Second pair for those who may have been wrong; the case is usually closed by then. */
static void
second_pair(struct judge *j, struct kase *c, msec now)
{
	c->pair_at = MSEC_NEVER;
	for (int i = 0; i < SLOTS; i++)
		if (c->slot[i].used && c->slot[i].pairs == 1)
			begin(j, c, &c->slot[i], true, weigh_score(j, c, now), now);
}

void
case_timer(struct judge *j, struct kase *c, msec now)
{
	obj_touch(j, &c->o);
	if (population_is(c)) {
		population_timer(j, c, now);
		return;
	}
	if (c->state == CASE_CLOSED && c->closed_at + P(j, reopen_within) <= now) {
		if (merge_root(j, c) == c) {
			case_forget(j, c);
			return;
		}
		c->closed_at = now; /* reports about it count elsewhere: it stays while that does */
	}
	for (int i = 0; i < SLOTS; i++)
		if (c->slot[i].used && c->slot[i].retry_at <= now)
			retry(j, c, &c->slot[i], now);
	if (order_expire(j, c, now) && c->state == CASE_ACTED)
		recheck_begins(j, c, now);
	if (c->recheck_at <= now)
		recheck(j, c, now);
	flows_timer(j, c, now);
	if (c->pair_at <= now)
		second_pair(j, c, now);
	if (c->again_at <= now) {
		struct slot *s = look_proven(c);
		c->again_at = MSEC_NEVER;
		if (s && c->verified)
			begin(j, c, s, true, weigh_score(j, c, now), now);
	}
	if (c->probation_end <= now) {
		c->probation_end = MSEC_NEVER;
		case_close(j, c, CLOSE_FIXED, now);
	}
	if (c->hold_at <= now) {
		c->hold_at = MSEC_NEVER;
		ladder_climb(j, c, NULL, now);
	}
	if (c->fade_at <= now)
		fade(j, c, now);
	case_due(j, c);
}
