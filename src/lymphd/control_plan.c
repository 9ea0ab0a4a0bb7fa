/* SPDX-License-Identifier: BSD-2-Clause */
/* The plan: what the next orders would be and what stands in their way, what waits for people, under
 * which word of the operator. Reads only. */
#include "lymphd/control_desk.h"

#include <errno.h>

#define LIMIT 200

/* What is still to happen, or did not: what is in force is not plan but state. */
static bool
of_plan(struct control_call *k, const struct order *o)
{
	struct carry_state c;
	if (o->asked || o->would)
		return true;
	if (o->rung < RUNG_FILTER)
		return false;
	orders_state(k->e, o->no, &c);
	return c.state != CARRY_IN && c.state != CARRY_ENDED;
}

/* From number no on; the number to go on with, 0 at the end. */
static uint64_t
rows(struct control_call *k, uint64_t no, size_t limit, msec now, json_t *list)
{
	struct order o;
	for (unsigned walked = 0; view_standing_next(k->e->judge, &no, &o); walked++) {
		if (json_array_size(list) == limit || walked == WALK_MOST)
			return o.no;
		if (of_plan(k, &o))
			push(list, control_order_json(k->e, &o, now));
	}
	return 0;
}

int
control_plan(struct control_call *k)
{
	struct edge *e = k->e;
	struct orders_totals t;
	struct view_desk n;
	int64_t limit, from;
	msec now = edge_now(e);
	const struct conscience *c = word_conscience_now(e);
	int r = control_arg_int(k, "limit", LIMIT, &limit);
	if (r == 0)
		r = control_arg_int(k, "from", 0, &from);
	if (r < 0)
		return r;
	if (limit < 1 || limit > PAGE_MOST || from < 0)
		return control_refuse(k, -EINVAL, "limit takes 1 to %d", PAGE_MOST);
	json_t *list = json_new(json_array()), *pending = json_new(json_array());
	json_t *counts = json_new(json_object());
	uint64_t next = rows(k, (uint64_t)from, (size_t)limit, now, list);
	view_desk(e->judge, &n);
	orders_totals(e, &t);
	desk_pendings(pending);
	put_text(k->answer, "mode", control_mode(e));
	put(k->answer, "panic", json_boolean(word_mode_now(e)->set.panic));
	put_text(k->answer, "ceiling", c ? mode_name(conscience_ceiling(c)) : "");
	put(k->answer, "clock_paused", json_boolean(word_paused(e)));
	put_text(k->answer, "carrier", enforcer_name(e->c->conf->policy->enforcer));
	put(k->answer, "orders", list);
	put(k->answer, "pending", pending);
	put_int(counts, "would", n.would);
	put_int(counts, "asked", n.asked);
	put_int(counts, "waiting", t.by[CARRY_WAITING]);
	put_int(counts, "held", t.by[CARRY_HELD]);
	put_int(counts, "refused", t.by[CARRY_REFUSED]);
	put(k->answer, "counts", counts);
	put(k->answer, "next", next ? json_integer((json_int_t)next) : json_null());
	put_time(k->answer, "now", now);
	return 0;
}
