/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers of the control socket's commands, see control.h. */
#include "lymphd/control.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "act/act.h"
#include "host/log.h"

int
control_refuse(struct control_call *k, int err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(k->why, k->why_size, fmt, ap);
	va_end(ap);
	return err;
}

int
control_arg_int(struct control_call *k, const char *name, int64_t def, int64_t *ret)
{
	const json_t *v = json_object_get(k->args, name);
	if (v && !json_is_integer(v))
		return control_refuse(k, -EINVAL, "%s takes a whole number", name);
	*ret = v ? json_integer_value(v) : def;
	return 0;
}

const char *
control_arg_text(const struct control_call *k, const char *name)
{
	return json_string_value(json_object_get(k->args, name));
}

/* What an order has come to, as one word. */
static const char *
order_word(const struct order *r, bool stands, const struct carry_state *c, msec now)
{
	static const char *const carried[CARRY_N] = { "given", "given", "given", "given", "in force",
		"refused", "held", "failed", "expired" };
	if (r->dropped)
		return "withdrawn";
	if (!stands || r->expiry <= now)
		return "expired";
	if (r->asked || r->would)
		return r->asked ? "asked" : "would";
	/* The list of cases is what carries a ticket. */
	return r->rung <= RUNG_TICKET ? "in force" : carried[c->state];
}

/* Who is, or would be, against it. */
static enum act_rule
against(struct edge *e, const struct order *r, bool stands, const struct carry_state *c)
{
	if (!stands || r->rung < RUNG_FILTER)
		return RULE_NONE;
	return r->asked || r->would ? orders_ask(e, r) : c->rule;
}

static void
put_count(json_t *o, const char *key, bool known, uint64_t v)
{
	put(o, key, known ? json_integer((json_int_t)v) : json_null());
}

json_t *
control_order_json(struct edge *e, const struct order *r, msec now)
{
	struct order same;
	struct carry_state c;
	bool stands = false;
	char by[32] = "rule";
	view_order(e->judge, r->no, &same, &stands);
	orders_state(e, r->no, &c);
	enum act_rule rule = against(e, r, stands, &c);
	const char *carrier = act_carrier(e->c->conf->policy, r);
	char text[PREFIX_TEXT];
	json_t *o = json_new(json_object());
	put_int(o, "order", r->no);
	put_int(o, "case", r->case_no);
	put_text(o, "rung", rung_name(r->rung));
	put_text(o, "class", class_row(r->cls)->name);
	put_text(o, "target", prefix_print(&r->target, text));
	put(o, "proto", r->proto ? json_integer(r->proto) : json_null());
	put(o, "port", r->port ? json_integer(r->port) : json_null());
	put_text(o, "direction", r->all ? "to-victim" : r->inbound ? "towards" : "from");
	put_time(o, "at", r->at);
	put_time(o, "expiry", r->expiry);
	put_q(o, "score", r->score);
	put(o, "would", json_boolean(r->would));
	put_text(o, "state", order_word(r, stands, &c, now));
	put_text(o, "carrier", carrier ? carrier : "");
	put_text(o, "rule", rule ? act_rule_name(rule) : "");
	put_text(o, "rule_text", rule ? act_rule_text(rule) : "");
	put(o, "error", c.err ? json_string(strerror(-c.err)) : json_null());
	put_count(o, "packets", c.counted, c.packets);
	put_count(o, "bytes", c.counted, c.bytes);
	put_count(o, "by", r->by != 0, r->by);
	if (r->by)
		snprintf(by, sizeof(by), "uid %u", r->by);
	put_text(o, "decided_by", by);
	put_text(o, "peer", r->peer.a.fam ? prefix_print(&r->peer, text) : "");
	return o;
}
