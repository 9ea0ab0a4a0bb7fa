/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an order becomes in an actuator's hands: one place in one set. Pure. Must never widen an
 * order: what has no set of its own is not carried at all, rather than by a broader one.
 */
#include "act/act.h"

#define PROTO_TCP 6
#define PROTO_UDP 17

const char *
act_set_name(enum act_set s)
{
	static const char *const names[SET_N] = { "in4", "in6", "out4", "out6", "quar4", "quar6",
		"wide4", "wide6", "victim4", "victim6" };
	return (unsigned)s < SET_N ? names[s] : "-";
}

/* A filter takes one port of one address, and everybody is the peer. */
static bool
filter_of(const struct order *o, struct act_entry *e)
{
	if ((o->proto != PROTO_TCP && o->proto != PROTO_UDP) || !o->port || o->peer.a.fam ||
	    o->target.len != addr_bits(&o->target.a))
		return false;
	e->set = o->inbound ? SET_IN4 : SET_OUT4;
	e->proto = o->proto;
	e->port = o->port;
	return true;
}

/* From all lines: the place is the victim's. ICMP, GRE and their like have no ports. */
static bool
victim_of(const struct order *o, struct act_entry *e)
{
	if (!o->proto || o->inbound || !o->peer.len || o->peer.a.fam != o->target.a.fam ||
	    o->peer.len > addr_bits(&o->peer.a))
		return false;
	if (o->port && o->proto != PROTO_TCP && o->proto != PROTO_UDP)
		return false;
	e->set = SET_VICTIM4;
	e->target = o->peer;
	e->proto = o->proto;
	e->port = o->port;
	return true;
}

static bool
quarantine_of(const struct order *o, struct act_entry *e)
{
	if (!o->target.len || o->target.len > addr_bits(&o->target.a))
		return false;
	e->set = o->target.len == addr_bits(&o->target.a) ? SET_QUAR4 : SET_WIDE4;
	return true;
}

bool
act_entry_of(const struct order *o, struct act_entry *ret)
{
	struct act_entry e = { .order = o->no, .rung = (uint8_t)o->rung, .target = o->target };
	if (o->target.a.fam != 4 && o->target.a.fam != 6)
		return false;
	bool can = o->rung == RUNG_QUARANTINE ? !o->all && quarantine_of(o, &e) :
	    o->rung == RUNG_FILTER && (o->all ? victim_of(o, &e) : filter_of(o, &e));
	if (!can)
		return false;
	e.set = (uint8_t)(e.set + (o->target.a.fam == 6)); /* each IPv6 set follows its IPv4 one */
	*ret = e;
	return true;
}

bool
act_set_filters(enum act_set s)
{
	return s < SET_QUAR4 || s >= SET_VICTIM4;
}

void
act_order_of(const struct act_entry *e, struct order *ret)
{
	bool victim = e->set >= SET_VICTIM4;
	struct order o = { .no = e->order, .rung = act_set_filters(e->set) ? RUNG_FILTER : RUNG_QUARANTINE,
		.cls = CLASS_BOT, .target = e->target, .proto = e->proto, .port = e->port,
		.inbound = e->set == SET_IN4 || e->set == SET_IN6 };
	if (victim) {
		o.all = 1;
		o.peer = e->target;
		o.target = (struct prefix){ .a.fam = e->target.a.fam };
	}
	*ret = o;
}

int
act_entry_cmp(const struct act_entry *a, const struct act_entry *b)
{
	if (a->set != b->set)
		return a->set < b->set ? -1 : 1;
	int c = prefix_cmp(&a->target, &b->target);
	if (c)
		return c;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	return a->port == b->port ? 0 : a->port < b->port ? -1 : 1;
}

const char *
act_carrier(const struct policy *p, const struct order *o)
{
	struct act_entry e;
	switch (o->rung) {
	case RUNG_LOG:
	case RUNG_WATCH:
	case RUNG_TICKET:
		return "desk";
	case RUNG_NOTIFY:
		return p->hook ? "hook" : NULL;
	case RUNG_FILTER:
	case RUNG_QUARANTINE:
		break;
	default:
		return NULL;
	}
	return p->enforcer != ENFORCER_NONE && act_entry_of(o, &e) ? enforcer_name(p->enforcer) : NULL;
}
