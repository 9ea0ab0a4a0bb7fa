/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ledger's orders, see ledger.h; the comparison is in ledger_compare.c, what both do to a row in
 * ledger_place.c. Must never put what the conscience refuses, nor anything while the mode says no; must
 * never move an order's end: the first put of a number fixes it, here and beside the entry, and numbers
 * that are over are remembered.
 */
#include "act/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "act/ledger_own.h"
#include "host/log.h"

#define PLACE_TOP     64 /* orders that wait at one place */
#define RESTORE_WITHIN (15 * MSEC_MINUTE)

struct ledger *
ledger_new(struct act *act, const struct policy *p, msec lease, const struct ledger_cb *cb, void *arg)
{
	struct ledger *l = calloc(1, sizeof *l);
	if (!l)
		fatal_oom();
	l->act = act;
	l->policy = p;
	l->lease = lease;
	l->cb = cb;
	l->arg = arg;
	l->rows = rows_new();
	l->hits = hits_new();
	return l;
}

void
ledger_free(struct ledger *l)
{
	if (!l)
		return;
	rows_free(l->rows);
	hits_free(l->hits);
	conscience_free(l->con);
	free(l);
}

static void
begin(struct ledger *l)
{
	if (!l->known)
		return; /* the first list will tell */
	int rc = l->act->ops->keep(l->act, true);
	l->fresh = rc != 0;
	l->table = rc == 0;
	if (rc == -ENOENT)
		ledger_lost(l);
}

/* Makes what is in force follow mode and ceiling. */
static int
settle(struct ledger *l, msec now)
{
	bool on = l->may && l->con && conscience_ceiling(l->con) == MODE_ENFORCE;
	bool was = l->on;
	l->on = on;
	if (!on)
		return ledger_empty(l, now);
	if (!was)
		begin(l);
	return 0;
}

void
ledger_conscience(struct ledger *l, struct conscience *c, msec now)
{
	bool was = l->on;
	conscience_free(l->con);
	l->con = c;
	ledger_expire(l, now);
	if (!was && !l->may)
		return;
	settle(l, now);
	uint64_t n = 0;
	for (uint32_t i = 1; l->on && was && i <= rows_top(l->rows); i++) {
		struct row *x = rows_nth(l->rows, i);
		if (!x || !(x->flags & ROW_WANT))
			continue;
		enum act_rule rule = ledger_ask(l, &x->e, n, now);
		n += rule == RULE_NONE;
		if (rule != RULE_NONE)
			ledger_withdraw(l, x, rule, now);
	}
	ledger_carry(l);
}

int
ledger_mode(struct ledger *l, bool may, uint32_t restore, msec now)
{
	ledger_expire(l, now);
	if (may && !l->restored) {
		l->restored = true;
		l->restore = restore;
		l->restore_until = now + RESTORE_WITHIN;
	}
	l->may = may;
	return settle(l, now);
}

void
ledger_release(struct ledger *l, msec now)
{
	if (!l->on)
		return;
	l->held = l->doubt = 0;
	l->known |= !l->table; /* a table loaded anew is empty */
	begin(l);
	l->idle = l->listing;
	if (ledger_compare(l, now) == -EBUSY)
		l->again = true;
}

/* Orders. */

static enum act_rule
ask(struct ledger *l, const struct order *o, const struct row *x, msec left, struct act_entry *e)
{
	struct act_now n = { .may = l->on };
	bool counted = x && x->flags & ROW_WANT;
	n.entries = counted ? 0 : rows_wanted(l->rows);
	n.victims = counted ? 0 : rows_victims(l->rows);
	if (!l->con)
		return RULE_MODE;
	enum act_rule rule = conscience_check(l->con, l->policy, &n, o, left);
	if (rule != RULE_NONE)
		return rule;
	if (!act_entry_of(o, e))
		return RULE_CARRIER;
	/* A number is one order: with another place it is none. */
	if (x && x->e.set != SET_N && act_entry_cmp(&x->e, e))
		return RULE_MALFORMED;
	unsigned waiting = 0;
	for (const struct row *at = counted ? NULL : rows_at(l->rows, e); at;
	     at = rows_down(l->rows, at))
		if (++waiting == PLACE_TOP)
			return RULE_ENTRIES;
	return RULE_NONE;
}

void
ledger_put(struct ledger *l, const struct order *o, msec left, msec now)
{
	struct act_entry e;
	ledger_expire(l, now);
	struct row *x = o->no ? rows_by_no(l->rows, o->no) : NULL;
	uint64_t no = o->no;
	if (x && x->e.set == SET_N) { /* dropped before the place was known; it changed its mind */
		rows_del(l->rows, x);
		x = NULL;
	}
	if (x && x->e.end <= now) { /* its life is over, whatever another clock says */
		x->epoch = l->epoch;
		l->cb->gone(no, l->arg);
		return;
	}
	enum act_rule rule = ask(l, o, x, x ? x->e.end - now : left, &e);
	if (rule != RULE_NONE) {
		if (x && x->flags & ROW_WANT && rule != RULE_MALFORMED)
			ledger_withdraw(l, x, rule, now);
		else
			ledger_refuse(l, no, rule);
		return;
	}
	if (!x) {
		e.put = now;
		e.end = now + left;
		x = rows_add(l->rows, &e);
		row_set(x, ROW_NEW, 0);
	}
	x->epoch = l->epoch;
	row_set(x, ROW_TELL, ROW_FOUND | ROW_HELD); /* asked again, told again */
	if (x->flags & ROW_SURE) {
		l->cb->in(no, l->arg);
		row_set(x, 0, ROW_TELL);
	} else if (!(x->flags & ROW_WANT)) { /* being dropped, or was: as it was before */
		row_set(x, 0, ROW_DROP | ROW_MUTE);
		rows_want(l->rows, x);
		ledger_place(l, x, false, now);
	} else if (!(x->flags & ROW_FORCE)) {
		ledger_place(l, x, false, now);
	}
}

void
ledger_drop(struct ledger *l, uint64_t order, msec now)
{
	ledger_expire(l, now);
	struct row *x = order ? rows_by_no(l->rows, order) : NULL;
	if (x && x->flags & ROW_WANT && (l->known || !l->on)) {
		ledger_withdraw(l, x, RULE_NONE, now);
		return;
	}
	bool room = rows_count(l->rows) - rows_wanted(l->rows) < UNKNOWN_TOP;
	if (l->on && !l->known && order && (x || room)) {
		/* It may stand in the actuator: answered when the first list ends. */
		struct act_entry e = { .order = order, .set = SET_N };
		if (!x)
			x = rows_add(l->rows, &e);
		if (x->flags & ROW_WANT)
			rows_unwant(l->rows, x);
		row_set(x, ROW_DROP, 0xffff & ~ROW_NEW);
		return;
	}
	if (x && x->flags & ROW_DROP) /* the answer is on its way */
		return;
	l->cb->gone(order, l->arg);
}

void
ledger_sync(struct ledger *l, bool end, msec now)
{
	ledger_expire(l, now);
	if (!end) {
		l->epoch++;
		l->synced = false;
		return;
	}
	l->synced = true;
	ledger_carry(l);
	if (l->known)
		ledger_unlisted(l);
	else
		l->unsaid = true;
	if (ledger_compare(l, now) == -EBUSY)
		l->again = true;
}

void
ledger_state(const struct ledger *l, msec now, struct ledger_state *ret)
{
	(void)now;
	*ret = (struct ledger_state) {
		.desired = rows_places(l->rows),
		.actual = l->actual,
		.missing = l->missing,
		.extra = l->extra,
		.repaired = l->repaired,
		.reasserted = l->reasserted,
		.held = l->held,
		.table = l->table,
		.compared = l->compared,
	};
	memcpy(ret->refused, l->refused, sizeof ret->refused);
	for (unsigned r = 0; r < RUNG_N; r++)
		for (unsigned i = 0; i < HOUR_SLOTS; i++)
			if (now / MSEC_MINUTE - l->minute < HOUR_SLOTS)
				ret->hour[r] += l->hour[r][i];
}
