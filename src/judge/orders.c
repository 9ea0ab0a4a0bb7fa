/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of one order: asked for, given, ended. Whose cap it uses, what it is about, and the
 * indexes it stands in. Whether one may be given is the ladder's business; nothing here decides. */
#include "judge/orders.h"

#include <stdlib.h>
#include <string.h>

#define IP_TCP 6
#define IP_UDP 17

struct given *
order_find(const struct judge *j, uint64_t no)
{
	uint8_t key[8];
	key_of_no(no, key);
	return (struct given *)obj_find(j, STATE_ORDER, key, sizeof(key));
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

static void
charge(struct judge *j, const struct given *g, int by)
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

bool
order_hour_full(const struct judge *j, msec now)
{
	bool this = j->m.quarantine_hour == (uint64_t)(now / MSEC_HOUR);
	return (this ? j->m.quarantines : 0) >= (uint64_t)P(j, quarantine_per_hour);
}

bool
order_room(const struct judge *j, enum rung r, const struct claim *lead, msec now)
{
	uint8_t whom[CHARGE_BYTES];
	uint64_t most = j->policy->lines / 100 * (uint64_t)P(j, order_share) +
	    j->policy->lines % 100 * (uint64_t)P(j, order_share) / 100;
	if (r < RUNG_NOTIFY)
		return true;
	if (r == RUNG_QUARANTINE && order_hour_full(j, now))
		return false;
	charged(lead, whom);
	const struct charge *c = charge_find(j, r, whom);
	return !whom[0] || !c || c->n < (most ? most : 1);
}

struct prefix
order_target(const struct kase *c, enum rung r)
{
	if (population_is(c) && r == RUNG_FILTER) /* all lines */
		return (struct prefix){ .a.fam = c->pop.victim.a.fam };
	return r == RUNG_FILTER ? prefix_of(&c->target, addr_bits(&c->target)) : c->subject;
}

/* Ports nearly all of a line's traffic leaves by: shut towards everyone, it would be a quarantine. */
static bool
everyday(uint16_t port)
{
	return port == 53 || port == 80 || port == 443;
}

/* Which classes are told by their peer, the victim or the controller. Who looks for others, or sends to
 * all of them, does so by port. */
static bool
by_peer(enum class_id cls)
{
	return cls == CLASS_DDOS_SOURCE || cls == CLASS_C2_CONTACT || cls == CLASS_BOT;
}

static uint8_t
proto_of(enum class_id cls)
{
	return cls == CLASS_OPEN_RESOLVER || cls == CLASS_AMPLIFIER ? IP_UDP : IP_TCP;
}

/* An open service is shut from outside on the port that was proven. What flows verify leaves the line
 * from any port, so the far side's is what is shut; never more than one protocol and port of one line. */
bool
order_scope(const struct kase *c, struct order *ret)
{
	const struct scope *s = &c->scope;
	struct order o = { .port = c->proven_port, .proto = proto_of(c->key.cls), .inbound = 1 };
	if (population_is(c)) {
		if (ret)
			population_scope(c, ret);
		return true;
	}
	if (class_row(c->key.cls)->methods & METHOD_PROBE) {
		if (ret && o.port)
			*ret = o;
		return o.port != 0;
	}
	o = (struct order){ .proto = s->proto, .port = s->port };
	if (by_peer(c->key.cls))
		o.peer = s->peer;
	bool one = o.peer.a.fam != 0;
	if (!o.proto || !o.port || (!one && everyday(o.port)) || (!one && c->key.cls == CLASS_C2_CONTACT))
		return false;
	if (ret)
		*ret = o;
	return true;
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
		tree_del(&j->by_case, &g->by_case);
		obj_drop(j, &g->o);
	}
}

/* Into or out of what counts the standing ones. */
static void
count(struct judge *j, const struct given *g, int by)
{
	const struct order *o = &g->order;
	if (o->asked)
		j->asked += (uint64_t)(int64_t)by;
	else
		charge(j, g, by);
	if (!o->asked && o->would)
		j->would += (uint64_t)(int64_t)by;
	if (!o->asked && !o->would && o->rung >= RUNG_NOTIFY)
		j->enforced += (uint64_t)(int64_t)by;
}

void
order_index(struct judge *j, struct given *g)
{
	tree_add(&j->by_case, &g->by_case);
	if (g->ended)
		return;
	tree_add(&j->standing, &g->standing);
	count(j, g, 1);
}

static msec
expiry(const struct judge *j, const struct kase *c, const struct tally *t, msec now)
{
	if (population_is(c))
		return population_expiry(j, now);
	msec least = now + MSEC_DAY, most = now + P(j, order_longest);
	msec end = weigh_until(j, c, now, (q32)P(j, sure_from), P(j, order_longest));
	if (end < least && t->score < (q32)P(j, sure_from))
		end = least < most ? least : most;
	return end <= now ? now + MSEC_MINUTE : end;
}

/* It is given now: until when, and what counts it. */
static void
given(struct judge *j, struct kase *c, struct given *g, const struct tally *t, msec now)
{
	struct order *o = &g->order;
	o->at = now;
	o->score = t->score;
	o->expiry = expiry(j, c, t, now);
	charged(t->lead, g->charge);
	if (o->rung == RUNG_QUARANTINE) {
		uint64_t hour = (uint64_t)(now / MSEC_HOUR);
		j->m.quarantines = j->m.quarantine_hour == hour ? j->m.quarantines + 1 : 1;
		j->m.quarantine_hour = hour;
	}
	if (o->rung == RUNG_FILTER)
		breaker_count(j, now);
	j->m.orders++;
}

static void
stands(struct judge *j, struct kase *c, const struct order *o, enum event_kind how)
{
	c->order[o->rung] = o->no;
	c->order_end[o->rung] = o->expiry;
	obj_touch(j, &c->o);
	effect_add(j, EFFECT_ORDER)->order = *o;
	tell(j, how, c->no, o->no, o->rung, o->score);
}

void
order_put(struct judge *j, struct kase *c, enum rung r, const struct tally *t, bool asked, msec now)
{
	uint8_t key[8];
	forget_old(j, now);
	struct given *g = judge_alloc(j, sizeof(*g));
	struct order *o = &g->order;
	*o = (struct order){ .no = ++j->m.last_order, .case_no = c->no, .rung = r, .cls = c->key.cls,
		.target = order_target(c, r), .at = now, .score = t->score, .would = mode_would(j),
		.asked = asked };
	struct order scope;
	if (r == RUNG_FILTER && order_scope(c, &scope)) {
		o->proto = scope.proto;
		o->port = scope.port;
		o->inbound = scope.inbound;
		o->peer = scope.peer;
		o->all = scope.all;
	}
	if (asked) {
		o->expiry = now + P(j, approve_within);
		c->asked |= RUNG_BIT(r);
	} else {
		given(j, c, g, t, now);
	}
	key_of_no(o->no, key);
	obj_add(j, &g->o, STATE_ORDER, key, sizeof(key));
	order_index(j, g);
	stands(j, c, o, asked ? EVENT_ASKED : EVENT_ORDER);
}

void
order_give(struct judge *j, struct kase *c, enum rung r, const struct tally *t, uint32_t by, msec now)
{
	struct given *g = order_find(j, c->order[r]);
	if (!g)
		return;
	count(j, g, -1);
	g->order.asked = false;
	g->order.by = by;
	g->order.target = order_target(c, r);
	given(j, c, g, t, now);
	count(j, g, 1);
	c->asked &= (uint8_t)~RUNG_BIT(r);
	obj_touch(j, &g->o);
	stands(j, c, &g->order, EVENT_ORDER);
}

/* An asked one that is dropped stays marked as asked: it never was in force. */
void
order_end(struct judge *j, struct kase *c, enum rung r, bool drop)
{
	struct given *g = order_find(j, c->order[r]);
	bool asked = c->asked & RUNG_BIT(r);
	tell(j, drop ? EVENT_ORDER_DROPPED : asked ? EVENT_ASK_ENDED : EVENT_ORDER_EXPIRED, c->no,
	    c->order[r], r, 0);
	c->order[r] = 0;
	c->asked &= (uint8_t)~RUNG_BIT(r);
	obj_touch(j, &c->o);
	if (!g || g->ended)
		return;
	count(j, g, -1);
	tree_del(&j->standing, &g->standing);
	g->ended = true;
	g->order.dropped = drop;
	j->room |= !asked;
	obj_touch(j, &g->o);
	if (drop)
		effect_add(j, EFFECT_ORDER)->order = g->order;
}

bool
order_expire(struct judge *j, struct kase *c, msec now)
{
	bool high = false;
	for (enum rung r = RUNG_TICKET; r < RUNG_N; r++) {
		if (!c->order[r] || c->order_end[r] > now)
			continue;
		bool asked = c->asked & RUNG_BIT(r);
		order_end(j, c, r, false);
		high |= r >= RUNG_NOTIFY && !asked;
		c->ask_spent |= asked;
	}
	return high;
}

void
order_wait(struct judge *j, struct kase *c, uint8_t rungs, q32 score)
{
	if (rungs == c->waiting)
		return;
	for (enum rung r = RUNG_LOG; r < RUNG_N; r++)
		if (rungs & ~c->waiting & RUNG_BIT(r))
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
order_drop(struct judge *j, struct kase *c)
{
	order_wait(j, c, 0, 0);
	for (enum rung r = RUNG_TICKET; r < RUNG_N; r++)
		if (c->order[r])
			order_end(j, c, r, true);
}

void
order_flip(struct judge *j, struct given *g, bool would)
{
	if (g->order.would == would)
		return;
	count(j, g, -1);
	g->order.would = would;
	count(j, g, 1);
	obj_touch(j, &g->o);
	effect_add(j, EFFECT_ORDER)->order = g->order;
}

void
order_alias(struct judge *j, struct given *g, const uint8_t key[KEY_BYTES], const uint8_t alias[KEY_BYTES])
{
	bool counts = !g->ended && !g->order.asked;
	if (g->charge[0] != 'K' || memcmp(g->charge + 1, key, KEY_BYTES) != 0)
		return;
	if (counts)
		charge(j, g, -1);
	memcpy(g->charge + 1, alias, KEY_BYTES);
	if (counts)
		charge(j, g, 1);
	obj_touch(j, &g->o);
}
