/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ledger's comparison, see ledger.h: reads all back and makes it what it should be. Must never
 * repair what a person emptied, nor take for missing what was put while the list ran; an entry that a
 * person added by hand is counted and left alone.
 */
#include <errno.h>

#include "act/ledger.h"
#include "act/ledger_own.h"

#define LACK_TOP  3                   /* lists without a set's sentinel before it counts as emptied */
#define FOUND_TOP 2000000             /* entries met in the actuator */
#define SLACK     (2 * MSEC_SECOND)   /* the actuator's clock ticks more coarsely than ours */
#define PAST_AFTER MSEC_DAY           /* how long a number that is over is remembered */
#define NOT_BELOW (60 * MSEC_SECOND)  /* an entry with less to run may be gone before it is replaced */

/* An entry of ours whose row wants nothing: taken out, unless its place is another's by now. */
static void
take_out(struct ledger *l, const struct act_entry *e)
{
	const struct row *head = rows_at(l->rows, e);
	if (head && head->e.order != e->order)
		return; /* replaced when the list ends */
	l->act->ops->drop(l->act, e);
	l->queued++;
}

/* Met for the first time: a life of ours before this one, or nothing the judge knows of. */
static void
adopt(struct ledger *l, const struct act_seen *s)
{
	if (rows_count(l->rows) >= FOUND_TOP) {
		l->extra_now++;
		return;
	}
	struct row *x = rows_add(l->rows, &s->e);
	x->e.rung = act_set_filters(x->e.set) ? RUNG_FILTER : RUNG_QUARANTINE;
	row_set(x, ROW_FOUND | ROW_FORCE, 0);
	x->epoch = l->epoch - 1;
	rows_want(l->rows, x);
	if (!l->known)
		ledger_count(l, x->e.rung, x->e.put, l->list_at);
}

/* The life written beside the entry is the older word. */
static void
take_life(struct ledger *l, struct row *x, const struct act_entry *e)
{
	if (x->flags & ROW_NEW)
		ledger_count(l, x->e.rung, e->put, l->list_at);
	rows_unwant(l->rows, x);
	x->e.put = e->put;
	x->e.end = e->end;
	rows_want(l->rows, x);
	row_set(x, ROW_FORCE, ROW_NEW);
}

static void
see_wanted(struct ledger *l, struct row *x, const struct act_seen *s)
{
	if (!(x->flags & ROW_FORCE) && !l->known)
		take_life(l, x, &s->e);
	x->seen = l->list_no;
	x->lease = s->left == MSEC_NEVER ? MSEC_NEVER : l->list_at + s->left;
	if (x->lease > x->e.end + SLACK && x->put != l->list_no)
		row_set(x, ROW_REDO, 0);
	struct row *head = rows_at(l->rows, &x->e);
	if (head != x)
		row_set(head, ROW_TAKEN, 0);
}

static void
on_seen(const struct act_seen *s, void *arg)
{
	struct ledger *l = arg;
	if (l->idle)
		return;
	l->found++;
	l->filled |= 1u << s->e.set;
	struct row *x = s->e.order ? rows_by_no(l->rows, s->e.order) : NULL;
	if (!s->e.order) { /* a person's */
		struct row *head = rows_at(l->rows, &s->e);
		if (head)
			row_set(head, ROW_TAKEN, 0);
		l->extra_now++;
		return;
	}
	if (!l->on)
		return;
	if (!x) {
		adopt(l, s);
		x = rows_by_no(l->rows, s->e.order);
		if (x)
			see_wanted(l, x, s);
		return;
	}
	if (!(x->flags & ROW_WANT) && x->put == l->list_no)
		return; /* left while the list ran */
	if (x->flags & ROW_DROP && x->e.set == SET_N)
		x->e = s->e; /* now its place is known */
	if (x->flags & ROW_WANT && act_entry_cmp(&x->e, &s->e) == 0) {
		see_wanted(l, x, s);
		return;
	}
	l->extra_now += !(x->flags & ROW_DROP);
	x->seen = l->list_no;
	take_out(l, &s->e);
}

/* What the conscience says of an entry we found. False: it had to go. */
static bool
found_stays(struct ledger *l, struct row *x, msec now)
{
	enum act_rule rule = ledger_ask(l, &x->e, 0, now);
	if (rule == RULE_NONE && rows_wanted(l->rows) > conscience_entries(l->con))
		rule = RULE_ENTRIES;
	if (rule == RULE_NONE) {
		if (l->synced && x->epoch != l->epoch && !l->unsaid) {
			row_set(x, 0, ROW_FOUND);
			l->cb->strange(x->e.order, l->arg);
		}
		return true;
	}
	ledger_withdraw(l, x, rule, now);
	return false;
}

static void
there(struct ledger *l, struct row *x, msec now)
{
	msec left = x->lease - now, least = l->lease / 4 < NOT_BELOW ? l->lease / 4 : NOT_BELOW;
	ledger_sure(l, x, true);
	if (x->flags & ROW_TELL)
		l->cb->in(x->e.order, l->arg);
	row_set(x, ROW_FORCE, ROW_TELL);
	if (x->flags & ROW_FOUND && !found_stays(l, x, now))
		return;
	bool half = left <= l->lease / 2 && left >= least && x->lease + SLACK < x->e.end;
	if ((half || x->flags & ROW_REDO) && x->put != l->list_no) {
		l->reasserted++;
		ledger_lease(l, x, true, now);
	}
}

static void
not_there(struct ledger *l, struct row *x, msec now)
{
	if (x->put == l->list_no) /* put while the list ran */
		return;
	if (l->doubt >> x->e.set & 1)
		return;
	bool was = x->flags & ROW_FORCE;
	ledger_sure(l, x, false);
	row_set(x, 0, ROW_FORCE);
	l->missing_now += was;
	if (l->held >> x->e.set & 1)
		row_set(x, was ? ROW_TELL : 0, 0); /* the judge hears of it, once */
	else
		l->repaired += was;
	ledger_place(l, x, false, now);
}

/* Wants nothing: a drop that is done by now, or a number kept for the sake of its end. */
static void
look_at_past(struct ledger *l, struct row *x, msec now)
{
	uint64_t no = x->e.order;
	bool mute = x->flags & ROW_MUTE;
	if (!(x->flags & ROW_DROP)) {
		if (x->e.end + PAST_AFTER < now)
			rows_del(l->rows, x);
		return;
	}
	if (x->put == l->list_no || x->seen == l->list_no)
		return;
	if (x->e.set == SET_N)
		rows_del(l->rows, x);
	else
		ledger_past(l, x);
	if (!mute)
		l->cb->gone(no, l->arg);
}

static void
look_at(struct ledger *l, struct row *x, msec now)
{
	bool seen = x->seen == l->list_no;
	if (!(x->flags & ROW_WANT)) {
		look_at_past(l, x, now);
	} else if (x->up) { /* a later order has its place */
		if (!seen)
			row_set(x, 0, ROW_FORCE);
		if (x->flags & ROW_TELL)
			ledger_place(l, x, false, now);
	} else if (seen) {
		there(l, x, now);
	} else {
		not_there(l, x, now);
	}
}

/* Sets without their sentinel were emptied by a person. But a table just loaded has none at all; and a
 * list of a set in motion may lack an entry that is there (the kernel walks a hash that shrinks and
 * grows): while there are others in the set, it takes several lists to believe it. */
static void
look_at_sets(struct ledger *l, const struct act_listed *listed)
{
	uint32_t bare = 0;
	for (unsigned s = 0; s < SET_N; s++)
		bare |= (uint32_t)!listed->kept[s] << s;
	if (!l->fresh && !(bare == HELD_ALL && !l->known)) {
		l->doubt = 0;
		for (unsigned s = 0; s < SET_N; s++) {
			uint32_t bit = 1u << s;
			l->lacked[s] = bare & bit ? (uint8_t)(l->lacked[s] + 1) : 0;
			if (bare & bit & l->filled && l->lacked[s] < LACK_TOP)
				l->doubt |= bit & ~l->held;
			else
				l->held |= bare & bit;
			if (l->lacked[s] == LACK_TOP)
				l->lacked[s]--; /* it need not count on */
		}
		l->again |= l->doubt != 0;
		return;
	}
	l->fresh = false;
	l->doubt = 0;
	if (bare && l->act->ops->keep(l->act, true))
		l->fresh = true; /* next time */
}

static void
on_hit(const struct act_entry *place, uint64_t packets, uint64_t bytes, void *arg)
{
	struct ledger *l = arg;
	const struct row *x = rows_at(l->rows, place);
	if (!x || !(x->flags & ROW_FORCE))
		return;
	hits_take(l->hits, place, x->e.order, &packets, &bytes);
	l->cb->hit(x->e.order, packets, bytes, l->arg);
}

static void
on_hits_end(const struct act_listed *listed, void *arg)
{
	struct ledger *l = arg;
	(void)listed;
	bool again = l->again;
	l->again = false;
	if (again)
		ledger_compare(l, ledger_now(l));
}

static void
repair(struct ledger *l, const struct act_listed *listed, msec now)
{
	look_at_sets(l, listed);
	/* From here on ledger_place puts. */
	l->known = true;
	for (uint32_t i = 1; i <= rows_top(l->rows); i++) {
		struct row *x = rows_nth(l->rows, i);
		if (x)
			look_at(l, x, now);
	}
	ledger_commit(l, now);
}

static void
on_listed(const struct act_listed *listed, void *arg)
{
	struct ledger *l = arg;
	msec now = ledger_now(l);
	bool idle = l->idle;
	l->listing = l->idle = false;
	if (!idle && listed->err == -ENOENT) {
		if (l->on)
			ledger_lost(l);
		l->table = false;
		l->compared = true;
		l->cb->compared(l->arg);
	} else if (!idle && !listed->err) {
		ledger_expire(l, now);
		l->table = true;
		if (l->on)
			repair(l, listed, now);
		else if (l->found)
			l->act->ops->flush(l->act);
		l->missing = l->missing_now;
		l->extra = l->extra_now;
		l->compared = true;
		if (l->unsaid && l->on)
			ledger_unlisted(l);
		l->cb->compared(l->arg);
		if (!l->again)
			l->act->ops->hits(l->act, on_hit, on_hits_end, l);
	}
	if (l->again) {
		l->again = false;
		ledger_compare(l, now);
	}
}

int
ledger_compare(struct ledger *l, msec now)
{
	if (l->listing)
		return -EBUSY;
	ledger_commit(l, now);
	l->listing = true;
	l->list_no++;
	l->list_at = now;
	l->found = l->missing_now = l->extra_now = 0;
	l->filled = 0;
	int rc = l->act->ops->list(l->act, on_seen, on_listed, l);
	if (rc)
		l->listing = false;
	return rc;
}
