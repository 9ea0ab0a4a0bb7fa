/* SPDX-License-Identifier: BSD-2-Clause */
/* Own flows as a sensor that is asked: what they are asked, when again, and what follows from what they
 * say or do not say. Silence of a collector that did not see the line is no answer: it must never cost
 * anybody rank, nor take a case from where it stands. */
#include "judge/orders.h"
#include "model/finding.h"

#include <string.h>

#define C2_WINDOW    (5 * MSEC_MINUTE) /* a contact counts once per window */
#define C2_WINDOWS   3                 /* different windows that verify a c2-contact */
#define C2_ASKS      24                /* asked again so often, a window apart, after a contact */
#define ANSWER_IN    (2 * MSEC_MINUTE) /* whoever asks joins questions that are alike for a minute */
#define ANSWER_TRIES 2

void
flows_ask(struct judge *j, struct kase *c, const struct addr *a, uint16_t port, msec when)
{
	if (!j->policy->flow_source)
		return;
	struct flow_ask *x = &effect_add(j, EFFECT_ASK)->ask;
	*x = (struct flow_ask){ .no = ++j->m.last_ask, .case_no = c->no, .subject = *a, .port = port,
		.cls = c->key.cls, .when = when };
}

bool
flows_check(const struct judge *j, const struct kase *c)
{
	return j->policy->flow_source && class_row(c->key.cls)->methods & METHOD_FLOWS;
}

bool
flows_active(const struct kase *c, msec now)
{
	return c->active_at && now - c->active_at < MSEC_HOUR;
}

/* A contact counts where both it and the word of it fall into windows of their own: neither one contact
 * told again, nor one asked about under three times, is three. */
static bool
new_window(struct kase *c, msec when, msec now)
{
	if (c->flow_windows && (when / C2_WINDOW == c->flow_window || now / C2_WINDOW <= c->told_window))
		return false;
	c->flow_window = when / C2_WINDOW;
	c->told_window = now / C2_WINDOW;
	return true;
}

/* Whether activity in own flows verifies the case: where the class allows it, if anyone but our own
 * sensors has accused. The stream that accuses never verifies itself. */
static bool
verifies(const struct judge *j, struct kase *c, const struct flow_seen *f, msec when, msec now)
{
	bool others = false;
	rank_resolve(j, c);
	for (uint32_t i = 0; i < c->claims_n; i++)
		others |= !c->claim[i]->who || c->claim[i]->who->standing != STANDING_OWN;
	if (!others || !(class_row(f->cls)->methods & METHOD_FLOWS))
		return false;
	if (f->cls != CLASS_C2_CONTACT) /* 0: not told, by a journal from before it was */
		return f->samples == 0 || f->samples >= FINDING_LEAST;
	if (!f->answered_inbound || !new_window(c, when, now))
		return false;
	if (++c->flow_windows >= C2_WINDOWS)
		return true;
	if (c->asks_left == 0 && c->flow_windows == 1)
		c->asks_left = C2_ASKS;
	c->ask_at = c->asks_left ? now + C2_WINDOW : MSEC_NEVER;
	return false;
}

/* Only what names more than the protocol, and of more than a few samples; a contact is one by its peer. */
static void
scope_of(struct kase *c, const struct flow_seen *f)
{
	bool few = f->samples < FINDING_LEAST && f->cls != CLASS_C2_CONTACT;
	if (!f->proto || !f->far_port || few)
		return;
	c->scope = (struct scope){ .peer = f->peer, .port = f->far_port, .proto = f->proto,
		.samples = f->samples, .sampling = f->sampling };
}

/* The slot of a probe that found it closed within the hour; NULL: none did. */
static const struct slot *
closed_lately(const struct judge *j, const struct kase *c, msec now)
{
	for (int i = 0; i < SLOTS; i++) {
		const struct slot *s = &c->slot[i];
		if (s->used && s->outcome == OUTCOME_CLOSED && now - s->done_at < P(j, look_fresh))
			return s;
	}
	return NULL;
}

/* The probe found it closed, own flows see it at work: two sensors that disagree. */
static void
disagree(struct judge *j, struct kase *c, const struct slot *s, msec now)
{
	struct tally t;
	if (c->state == CASE_CLOSED && c->closed_as == CLOSE_NOT_FOUND)
		case_state(j, c, CASE_OPEN);
	if (c->state != CASE_OPEN && c->state != CASE_WATCHED)
		return;
	weigh(j, c, now, &t);
	case_contested(j, c, s, &t, now);
}

static void
active(struct judge *j, struct kase *c, const struct flow_seen *f, msec when, msec now)
{
	const struct slot *closed = c->verified ? NULL : closed_lately(j, c, now);
	c->active_at = now;
	c->quiet_at = 0;
	scope_of(c, f);
	if (verifies(j, c, f, when, now)) {
		case_about(j, c, &f->subject); /* what follows is about the address seen at work */
		case_verified(j, c, METHOD_FLOWS, now);
	} else if (closed) {
		disagree(j, c, closed, now);
	} else {
		ladder_climb(j, c, NULL, now);
	}
}

/* A recheck by flows: quiet twice, an interval apart, is what closed from two vantages is to a probe. */
static void
quiet(struct judge *j, struct kase *c, const struct flow_seen *f, msec now)
{
	if (c->state != CASE_RECHECK || !flows_check(j, c) || !addr_eq(&f->subject, &c->target))
		return;
	if (!c->quiet_at)
		c->quiet_at = now;
	else if (now - c->quiet_at >= P(j, look_again))
		case_probation(j, c, now);
}

/* What waited for this answer: verdicts about reporters. */
static void
settle(struct judge *j, struct kase *c, const struct flow_seen *f, msec when, msec now)
{
	const struct policy_row *row = policy_find(j->policy, &f->subject);
	bool clears = f->answered_inbound || f->active;
	for (int i = 0; i < SLOTS; i++) {
		struct slot *s = &c->slot[i];
		if (!s->false_at || s->port != f->port || !addr_eq(&s->target, &f->subject))
			continue;
		bool says = f->covered && when <= s->false_event;
		if (says && !clears)
			outcome_false(j, c, s, now);
		if (says || clears)
			s->false_at = 0;
	}
	if (row && row->kind == KIND_CANARY && f->covered && !clears)
		outcome_canary(j, c, &f->subject, f->port, when, now);
}

void
flows_seen(struct judge *j, const struct flow_seen *f, msec now)
{
	const struct policy_row *row = policy_find(j->policy, &f->subject);
	struct case_key key = { .cls = f->cls };
	msec when = case_time(f->when, now);
	if (!row)
		return;
	if (f->answered_inbound)
		line_answered(j, f, when);
	line_of(j, &f->subject, when, key.line);
	if (!key.line[0])
		key.subject = policy_subject(row, &f->subject);
	struct kase *c = index_case(j, &key);
	if (!c)
		return;
	c = merge_root(j, c);
	c->seen = (uint8_t)((f->covered ? SEEN_COVERED : 0) | (f->active ? SEEN_ACTIVE : 0) |
	    (f->answered_inbound ? SEEN_ANSWERED : 0));
	c->seen_at = now;
	obj_touch(j, &c->o);
	settle(j, c, f, when, now);
	if (f->active)
		active(j, c, f, when, now);
	else if (f->covered)
		quiet(j, c, f, now);
	if (f->answered_inbound && !f->active)
		ladder_climb(j, c, NULL, now);
	case_due(j, c);
}

/* Asked at once, for what goes on is told at once; and again an interval later, for a line that was
 * held back by a filter until now is quiet whatever is on it. */
void
flows_recheck(struct judge *j, struct kase *c, msec now)
{
	bool heard = c->seen_at >= c->asked_at && c->seen & SEEN_COVERED;
	if (c->asked_at && !heard)
		case_unsure(j, c, now);
	else
		c->recheck_at = now + P(j, look_again);
	c->asked_at = now;
	flows_ask(j, c, &c->target, 0, now);
}

void
flows_confirm(struct judge *j, struct kase *c, struct slot *s, msec now)
{
	msec event = outcome_suspect(j, c, s, now);
	s->false_at = 0;
	if (event == MSEC_NEVER || !j->policy->flow_source)
		return;
	s->false_at = now;
	s->false_event = event;
	s->false_until = now + ANSWER_IN;
	s->false_tries = 1;
	flows_ask(j, c, &s->target, s->port, event);
}

void
flows_timer(struct judge *j, struct kase *c, msec now)
{
	for (int i = 0; i < SLOTS; i++) {
		struct slot *s = &c->slot[i];
		if (!s->false_at || s->false_until > now)
			continue;
		if (s->false_tries >= ANSWER_TRIES) {
			s->false_at = 0; /* no answer: nobody was wrong */
			continue;
		}
		s->false_tries++;
		s->false_until = now + ANSWER_IN;
		flows_ask(j, c, &s->target, s->port, s->false_event);
	}
	if (c->ask_at > now)
		return;
	c->ask_at = MSEC_NEVER;
	if (c->state == CASE_CLOSED || c->verified || !c->asks_left)
		return;
	c->ask_at = --c->asks_left ? now + C2_WINDOW : MSEC_NEVER;
	flows_ask(j, c, &c->target, 0, now);
}

msec
flows_due(const struct kase *c)
{
	msec due = c->ask_at;
	for (int i = 0; i < SLOTS; i++)
		if (c->slot[i].false_at && c->slot[i].false_until < due)
			due = c->slot[i].false_until;
	return due;
}
