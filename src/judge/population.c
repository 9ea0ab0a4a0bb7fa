/* SPDX-License-Identifier: BSD-2-Clause */
/* Many own lines at one victim: a case about the victim, and one order against the place all of them
 * attack, proposed to a person and approved as a whole. Must never be given by rule, nor name own
 * addresses, nor more than one protocol. */
#include "judge/orders.h"
#include "judge/view_orders.h"
#include "model/finding.h"

#include <string.h>

#define LASTS    MSEC_HOUR         /* an order from all lines is short: asked for again if it goes on */
#define GOES_ON  (10 * MSEC_MINUTE) /* seen so lately, it does */

bool
population_is(const struct kase *c)
{
	return c->pop.lines != 0;
}

/* What an order of this case says of its place. */
void
population_scope(const struct kase *c, struct order *ret)
{
	*ret = (struct order){ .all = 1, .peer = c->pop.victim, .proto = c->pop.proto, .port = c->pop.port };
}

static bool
foreign(const struct judge *j, const struct prefix *p)
{
	return p->a.fam && !lpm_touches(&j->policy->rows, p) && p->len >= (p->a.fam == 4 ? VICTIM4 : VICTIM6);
}

msec
population_expiry(const struct judge *j, msec now)
{
	msec most = P(j, order_longest);
	return now + (LASTS < most ? LASTS : most);
}

/* Gates of its own: a person is the one that is never open by rule. */
void
population_gates(const struct judge *j, const struct kase *c, msec now, struct gates *ret)
{
	bool going = now - c->active_at < GOES_ON, told = c->pop.samples >= FINDING_LEAST && c->pop.sampling;
	memset(ret, 0, sizeof(*ret));
	for (enum rung r = RUNG_LOG; r <= RUNG_FILTER; r++) {
		uint32_t want = r < RUNG_TICKET ? 0 : GATE_NOT_BARRED;
		uint32_t have = c->barred & RUNG_BIT(r) ? 0 : GATE_NOT_BARRED;
		if (r == RUNG_NOTIFY)
			want |= GATE_CLASS; /* there is nobody to tell: each line has a case of its own */
		if (r == RUNG_FILTER) {
			bool stands = c->order[r] && !(c->asked & RUNG_BIT(r));
			want |= GATE_ACTIVE | GATE_SCOPE | GATE_TOUCHABLE | GATE_APPROVED;
			have |= going ? GATE_ACTIVE : 0;
			have |= told && c->pop.proto ? GATE_SCOPE : 0;
			have |= mode_touchable(j, &c->pop.victim) ? GATE_TOUCHABLE : 0;
			have |= stands ? GATE_APPROVED : 0;
		}
		ret->have[r] = have;
		ret->missing[r] = want & ~have;
		ret->open[r] = ret->missing[r] == 0;
	}
	ret->missing[RUNG_QUARANTINE] = GATE_CLASS;
}

/* The order that stands or waits is about what is attacked now. */
bool
population_same(const struct kase *c, const struct order *o)
{
	return o->proto == c->pop.proto && o->port == c->pop.port && prefix_cmp(&o->peer, &c->pop.victim) == 0;
}

static void
latch(struct judge *j, struct kase *c, enum rung r, q32 score)
{
	if (!(c->latched & RUNG_BIT(r)))
		tell(j, EVENT_GATE, c->no, 0, r, score);
	c->latched |= RUNG_BIT(r);
}

void
population_climb(struct judge *j, struct kase *c, msec now)
{
	struct gates g;
	struct tally t;
	const struct given *old = order_find(j, c->order[RUNG_FILTER]);
	if (c->state == CASE_CLOSED)
		return;
	weigh(j, c, now, &t);
	if (c->asked & RUNG_BIT(RUNG_FILTER) && old && !population_same(c, &old->order))
		order_end(j, c, RUNG_FILTER, true); /* nobody approves one place and gets another */
	population_gates(j, c, now, &g);
	latch(j, c, RUNG_WATCH, t.score);
	if (c->state == CASE_OPEN)
		case_state(j, c, CASE_WATCHED);
	if (g.open[RUNG_TICKET] && !c->order[RUNG_TICKET] && !(c->latched & RUNG_BIT(RUNG_TICKET))) {
		latch(j, c, RUNG_TICKET, t.score);
		order_put(j, c, RUNG_TICKET, &t, false, now);
	}
	if (!c->order[RUNG_FILTER] && !c->ask_spent && g.missing[RUNG_FILTER] == GATE_APPROVED)
		order_put(j, c, RUNG_FILTER, &t, true, now);
	obj_touch(j, &c->o);
}

static struct kase *
case_of(struct judge *j, const struct population *p, msec now)
{
	struct case_key key = { .cls = CLASS_DDOS_SOURCE, .subject = prefix_of(&p->victim.a, p->victim.len) };
	struct kase *c = index_case(j, &key);
	return c ? c : case_new(j, &key, now);
}

/* An attack that had gone may be asked about anew. */
uint64_t
population_seen(struct judge *j, const struct population *p, msec now)
{
	if (!foreign(j, &p->victim) || !p->lines || !p->samples)
		return 0;
	struct kase *c = case_of(j, p, now);
	if (!c)
		return 0;
	bool pause = now - c->active_at >= GOES_ON;
	if (c->state == CASE_CLOSED) {
		if (c->closed_as == CLOSE_ACCEPTED)
			return c->no;
		case_state(j, c, CASE_OPEN);
		c->latched = 0;
		pause = true;
	}
	c->ask_spent &= !pause;
	c->pop = *p;
	c->pop.victim = c->key.subject;
	c->subject = c->key.subject;
	c->target = c->key.subject.a;
	c->active_at = now;
	c->last_report = now;
	c->fade_at = now + MSEC_DAY;
	population_climb(j, c, now);
	case_due(j, c);
	return c->no;
}

void
population_timer(struct judge *j, struct kase *c, msec now)
{
	if (c->state == CASE_CLOSED) {
		if (c->closed_at + P(j, reopen_within) <= now) {
			case_forget(j, c);
			return;
		}
	} else {
		order_expire(j, c, now);
		if (c->fade_at <= now)
			case_close(j, c, CLOSE_FADED, now);
		else
			population_climb(j, c, now);
	}
	case_due(j, c);
}
