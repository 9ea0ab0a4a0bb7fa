/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of one row of the ledger, whoever finds it so: put, kept, withdrawn, refused, over; and
 * the hour that counts what was put. Must never put into a set that is held, or over an hour that is full.
 */
#include "act/ledger.h"

#include <errno.h>
#include <string.h>

#include "act/ledger_own.h"

msec
ledger_now(const struct ledger *l)
{
	return l->cb->now(l->arg);
}

/* The hour: minutes in a ring. */

static void
hour_turn(struct ledger *l, msec now)
{
	int64_t minute = now / MSEC_MINUTE;
	if (minute - l->minute >= HOUR_SLOTS) {
		memset(l->hour, 0, sizeof l->hour);
		l->minute = minute;
	}
	while (l->minute < minute) {
		l->minute++;
		for (unsigned r = 0; r < RUNG_N; r++)
			l->hour[r][l->minute % HOUR_SLOTS] = 0;
	}
}

static uint64_t
hour_sum(const struct ledger *l, unsigned rung)
{
	uint64_t n = 0;
	for (unsigned i = 0; i < HOUR_SLOTS; i++)
		n += l->hour[rung][i];
	return n;
}

void
ledger_count(struct ledger *l, unsigned rung, msec put, msec now)
{
	hour_turn(l, now);
	int64_t minute = put / MSEC_MINUTE;
	if (put >= 0 && minute <= l->minute && l->minute - minute < HOUR_SLOTS && rung < RUNG_N)
		l->hour[rung][minute % HOUR_SLOTS]++;
}

/* Whether one more of that rung may begin now. */
static bool
hour_takes(struct ledger *l, unsigned rung, msec now)
{
	hour_turn(l, now);
	if (!l->con || rung >= RUNG_N)
		return false;
	if (hour_sum(l, rung) < conscience_per_hour(l->con, (enum rung)rung))
		return true;
	if (!l->restore || now > l->restore_until)
		return false;
	l->restore--;
	return true;
}

/* Rows. */

void
ledger_refuse(struct ledger *l, uint64_t order, enum act_rule rule)
{
	l->refused[rule]++;
	l->cb->refused(order, rule, l->arg);
}

void
ledger_sure(struct ledger *l, struct row *x, bool sure)
{
	if (sure == !!(x->flags & ROW_SURE))
		return;
	row_set(x, sure ? ROW_SURE : 0, sure ? 0 : ROW_SURE);
	l->actual = sure ? l->actual + 1 : l->actual - 1;
}

/* Numbers that are over: as many as may be in force, and some. */
static uint64_t
past_top(const struct ledger *l)
{
	return (l->con ? conscience_entries(l->con) : 0) + UNKNOWN_TOP;
}

/* Wants nothing any more, but its number keeps its end: a late or repeated put gets no second life, and
 * a list that began before is not surprised. */
void
ledger_past(struct ledger *l, struct row *x)
{
	ledger_sure(l, x, false);
	if (x->flags & ROW_WANT)
		rows_unwant(l->rows, x);
	bool full = rows_count(l->rows) - rows_wanted(l->rows) > past_top(l);
	if (full && !l->listing)
		rows_del(l->rows, x);
	else
		row_set(x, 0, 0xffff & ~ROW_NEW);
	if (!full || l->listing)
		x->put = l->list_no; /* as of now: see compare */
}

void
ledger_lease(struct ledger *l, struct row *x, bool replace, msec now)
{
	msec left = x->e.end - now, lease = left < l->lease ? left : l->lease;
	if (lease <= 0)
		return;
	row_set(x, ROW_FORCE, ROW_TAKEN | ROW_REDO | ROW_HELD);
	x->lease = now + lease;
	x->put = l->list_no;
	l->act->ops->put(l->act, &x->e, lease, replace);
	if (++l->queued >= TOGETHER)
		ledger_carry(l);
}

void
ledger_place(struct ledger *l, struct row *x, bool replace, msec now)
{
	struct row *below = rows_down(l->rows, x);
	if (!l->on || !l->known) /* waits: the first list may show that it is there */
		return;
	if (l->held >> x->e.set & 1) {
		if ((x->flags & (ROW_TELL | ROW_HELD)) == ROW_TELL)
			l->cb->held(x->e.order, l->arg);
		row_set(x, ROW_HELD, 0);
		return;
	}
	if (l->doubt >> x->e.set & 1) /* the next list decides, at once */
		return;
	if (x->up) { /* a later order has the place, and does what this one asks for */
		if (x->flags & ROW_TELL)
			l->cb->in(x->e.order, l->arg);
		row_set(x, 0, ROW_TELL);
		return;
	}
	if (x->flags & ROW_NEW) {
		if (!hour_takes(l, x->e.rung, now)) {
			uint64_t no = x->e.order;
			rows_unwant(l->rows, x);
			rows_del(l->rows, x);
			ledger_refuse(l, no, RULE_HOUR);
			if (below && !(below->flags & ROW_FORCE))
				ledger_place(l, below, replace, now);
			return;
		}
		ledger_count(l, x->e.rung, now, now);
		row_set(x, 0, ROW_NEW);
	}
	if (below && below->flags & ROW_FORCE) {
		ledger_sure(l, below, false);
		row_set(below, 0, ROW_FORCE);
		replace = true;
	}
	ledger_lease(l, x, replace || x->flags & ROW_TAKEN, now);
}

void
ledger_withdraw(struct ledger *l, struct row *x, enum act_rule why, msec now)
{
	struct row *heir = x->up ? NULL : rows_down(l->rows, x);
	uint64_t no = x->e.order;
	if (why != RULE_NONE)
		ledger_refuse(l, no, why);
	if (!(x->flags & ROW_FORCE)) {
		ledger_past(l, x);
		if (why == RULE_NONE)
			l->cb->gone(no, l->arg);
	} else {
		ledger_sure(l, x, false);
		rows_unwant(l->rows, x);
		row_set(x, why == RULE_NONE ? ROW_DROP : ROW_DROP | ROW_MUTE,
		    ROW_FORCE | ROW_TELL | ROW_TAKEN | ROW_REDO | ROW_FOUND);
		x->put = l->list_no;
		l->act->ops->drop(l->act, &x->e);
		l->queued++;
	}
	if (heir)
		ledger_place(l, heir, false, now);
	if (l->queued >= TOGETHER)
		ledger_carry(l);
}

void
ledger_expire(struct ledger *l, msec now)
{
	struct row *x;
	while ((x = rows_first_end(l->rows)) != NULL && x->e.end <= now) {
		bool there = x->flags & ROW_FORCE;
		struct row *heir = x->up ? NULL : rows_down(l->rows, x);
		ledger_past(l, x);
		/* The actuator may let go a moment later than we: then it is replaced. */
		if (heir)
			ledger_place(l, heir, there, now);
	}
}

static void
on_dropped(struct ledger *l, struct row *x, uint64_t no, int err)
{
	if (!x || !(x->flags & ROW_DROP)) /* put again meanwhile */
		return;
	if (err) { /* the next comparison tries again */
		l->cb->failed(no, err, l->arg);
		return;
	}
	bool mute = x->flags & ROW_MUTE;
	ledger_past(l, x);
	if (!mute)
		l->cb->gone(no, l->arg);
}

static void
on_done(const struct act_entry *e, bool drop, int err, void *arg)
{
	struct ledger *l = arg;
	uint64_t no = e->order;
	struct row *x = rows_by_no(l->rows, no);
	if (drop) {
		on_dropped(l, x, no, err);
		return;
	}
	if (!x || !(x->flags & ROW_FORCE)) /* beaten, dropped or run out meanwhile */
		return;
	if (err) { /* stays wanted: the next comparison tries again */
		ledger_sure(l, x, false);
		row_set(x, ROW_TELL, ROW_FORCE);
		if (err != -ENOENT && err != -ETIME)
			l->cb->failed(no, err, l->arg);
		return;
	}
	ledger_sure(l, x, true);
	if (x->flags & ROW_TELL)
		l->cb->in(no, l->arg);
	row_set(x, 0, ROW_TELL);
}

void
ledger_carry(struct ledger *l)
{
	if (!l->queued)
		return;
	l->queued = 0;
	if (l->act->ops->commit(l->act, on_done, l) == -ENOENT)
		ledger_lost(l);
}

void
ledger_lost(struct ledger *l)
{
	l->held = HELD_ALL;
	l->doubt = 0;
	l->table = false;
	l->idle = l->listing;
	for (uint32_t i = 1; i <= rows_top(l->rows); i++) {
		struct row *x = rows_nth(l->rows, i);
		if (!x)
			continue;
		bool was = x->flags & ROW_FORCE;
		ledger_sure(l, x, false);
		row_set(x, was ? ROW_TELL : 0, ROW_FORCE);
		if (x->flags & ROW_DROP) {
			bool mute = x->flags & ROW_MUTE;
			uint64_t no = x->e.order;
			ledger_past(l, x);
			if (!mute)
				l->cb->gone(no, l->arg);
		} else if ((x->flags & (ROW_TELL | ROW_HELD)) == ROW_TELL) {
			l->cb->held(x->e.order, l->arg);
			row_set(x, ROW_HELD, 0);
		}
	}
}

/* The order an entry stands for, as far as the conscience has to know. */
enum act_rule
ledger_ask(const struct ledger *l, const struct act_entry *e, uint64_t entries, msec now)
{
	struct order o;
	act_order_of(e, &o);
	struct act_now n = { .may = l->on, .entries = entries };
	return l->con ? conscience_check(l->con, l->policy, &n, &o, e->end - now) : RULE_MODE;
}

int
ledger_empty(struct ledger *l, msec now)
{
	(void)now;
	ledger_carry(l); /* what is queued must not come after */
	int rc = l->act->ops->flush(l->act);
	l->idle = l->listing;
	for (uint32_t i = 1; i <= rows_top(l->rows); i++) {
		struct row *x = rows_nth(l->rows, i);
		if (!x)
			continue;
		if (x->flags & ROW_DROP)
			l->cb->gone(x->e.order, l->arg);
		ledger_past(l, x);
	}
	l->known = rc == 0 || rc == -ENOENT;
	l->fresh = l->table = rc == 0;
	l->held = l->doubt = 0;
	l->missing = l->extra = 0;
	return rc == -ENOENT ? 0 : rc;
}

void
ledger_commit(struct ledger *l, msec now)
{
	ledger_expire(l, now);
	ledger_carry(l);
}

void
ledger_unlisted(struct ledger *l)
{
	l->unsaid = false;
	for (uint32_t i = 1; i <= rows_top(l->rows); i++) {
		struct row *x = rows_nth(l->rows, i);
		if (!x || x->epoch == l->epoch || x->flags & ROW_DROP)
			continue;
		if (x->flags & ROW_FORCE) {
			row_set(x, 0, ROW_FOUND);
			l->cb->strange(x->e.order, l->arg);
		} else if (x->flags & ROW_WANT) { /* held, or failed: it is no more wanted */
			ledger_past(l, x);
		}
	}
}
