/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Orders on their way to the hand: after the commit, at once, as credit allows. What became of each is
 * kept in memory only; whenever hand comes back it is given the list of all that stand. The queue is
 * one node per order, so it is never longer than the orders are. It must never hand over what is not
 * committed, and believes hand in nothing but what became of an order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "act/act.h"
#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge_carry.h"

#define RETRY        (5 * MSEC_SECOND)  /* between two looks at what waits for room */
#define RETRY_EACH   4096               /* of them in one turn */
#define LIST_PATIENCE (2 * MSEC_SECOND) /* for hand to have heard the mode */

static int
cmp(const struct tree_node *a, const struct tree_node *b)
{
	uint64_t x = TREE_ENTRY(a, struct carried, node)->no;
	uint64_t y = TREE_ENTRY(b, struct carried, node)->no;
	return (x > y) - (x < y);
}

struct carried *
carry_find(const struct orders *os, uint64_t no)
{
	struct carried key = { .no = no };
	return TREE_ENTRY(tree_find(&os->by_no, &key.node), struct carried, node);
}

/* --- states: a node is in the list its state says ------------------------------------------------ */

static struct carry_list *
list_of(struct orders *os, const struct carried *x)
{
	if (x->state == CARRY_TODO)
		return &os->todo;
	return x->state == CARRY_WAITING ? &os->waiting : NULL;
}

static void
leave(struct orders *os, struct carried *x)
{
	struct carry_list *l = list_of(os, x);
	if (l)
		TAILQ_REMOVE(l, x, link);
	os->t.by[x->state]--;
	if (x->state == CARRY_WAITING)
		os->t.waiting_by[x->rule]--;
	if (x->state == CARRY_REFUSED)
		os->t.refused_by[x->rule]--;
}

static void
enter(struct orders *os, struct carried *x, enum carry state, enum act_rule rule)
{
	x->state = (uint8_t)state;
	x->rule = (uint8_t)rule;
	os->t.by[state]++;
	if (state == CARRY_WAITING)
		os->t.waiting_by[rule]++;
	if (state == CARRY_REFUSED)
		os->t.refused_by[rule]++;
	struct carry_list *l = list_of(os, x);
	if (l)
		TAILQ_INSERT_TAIL(l, x, link);
}

void
carry_become(struct orders *os, struct carried *x, enum carry state, enum act_rule rule)
{
	leave(os, x);
	enter(os, x, state, rule);
}

struct carried *
carry_add(struct orders *os, uint64_t no, enum rung rung, msec left)
{
	struct carried *x = calloc(1, sizeof(*x));
	if (!x)
		fatal_oom();
	x->no = no;
	x->rung = (uint8_t)rung;
	x->end = clock_boot() + left;
	tree_add(&os->by_no, &x->node);
	enter(os, x, CARRY_TODO, RULE_NONE);
	return x;
}

void
carry_forget(struct orders *os, struct carried *x)
{
	leave(os, x);
	if (x->drop && !x->rung)
		os->strangers--;
	tree_del(&os->by_no, &x->node);
	free(x);
}

/* --- the conscience, asked here first: hand has the last word ------------------------------------ */

void
carry_hour(struct orders *os)
{
	msec minute = clock_boot() / MSEC_MINUTE;
	if (minute - os->hour_at >= HOUR_PARTS)
		memset(os->hour, 0, sizeof(os->hour));
	else
		while (os->hour_at < minute)
			memset(os->hour[++os->hour_at % HOUR_PARTS], 0, sizeof(os->hour[0]));
	os->hour_at = minute;
}

static void
now_of(struct edge *e, struct act_now *n)
{
	struct orders *os = e->orders;
	*n = (struct act_now){ .may = word_may(e) };
	n->entries = os->t.by[CARRY_SENT] + os->t.by[CARRY_IN];
	carry_hour(os);
	for (int r = 0; r < RUNG_N; r++) {
		for (int i = 0; i < HOUR_PARTS; i++)
			n->hour[r] += os->hour[i][r];
		if (n->hour[r] < os->t.hand.hour[r])
			n->hour[r] = os->t.hand.hour[r];
	}
}

static enum act_rule
ask(struct edge *e, const struct order *o, msec left)
{
	struct act_now n;
	const struct conscience *c = word_conscience_now(e);
	now_of(e, &n);
	if (!c)
		return RULE_MODE;
	if (word_paused(e))
		return RULE_CLOCK;
	return conscience_check(c, e->c->conf->policy, &n, o, left);
}

static bool
ours(const struct edge *e, const struct order *o)
{
	struct act_entry x;
	return (e->c->conf->policy->enforcer != ENFORCER_NONE) && act_entry_of(o, &x);
}

enum act_rule
orders_ask(struct edge *e, const struct order *o)
{
	struct act_now n;
	const struct conscience *c = word_conscience_now(e);
	now_of(e, &n);
	n.may = true;
	if (!ours(e, o))
		return RULE_CARRIER;
	return c ? conscience_check(c, e->c->conf->policy, &n, o, o->expiry - edge_now(e)) : RULE_MODE;
}

static bool
stands(const struct edge *e, const struct order *o)
{
	return !o->would && !o->asked && !o->dropped && ours(e, o);
}

static bool
for_a_while(enum act_rule r)
{
	return r == RULE_HOUR || r == RULE_ENTRIES || r == RULE_CLOCK || r == RULE_MODE;
}

void
carry_refuse(struct orders *os, struct carried *x, enum act_rule rule, msec again)
{
	x->since = 0;
	x->again = again;
	carry_become(os, x, for_a_while(rule) ? CARRY_WAITING : CARRY_REFUSED, rule);
	if (for_a_while(rule))
		loop_timer_in(os->timer, RETRY);
}

/* --- handing over -------------------------------------------------------------------------------- */

static bool
send(struct orders *os, struct chan *hand, enum msg_type type, const void *m)
{
	if (!os->starved && chan_send(hand, (uint16_t)type, m, NULL, 0, -1) < 0)
		os->starved = true;
	return !os->starved;
}

/* One order in full, unless somebody is against it. False: no credit. */
static bool
hand_put(struct edge *e, struct chan *hand, struct carried *x, bool listing)
{
	struct orders *os = e->orders;
	struct msg_order m = { 0 };
	bool standing = false;
	if (!view_order(e->judge, x->no, &m.order, &standing) || !standing || !stands(e, &m.order)) {
		carry_forget(os, x); /* its end is committed by now, and told otherwise */
		return true;
	}
	m.left = m.order.expiry - edge_now(e);
	if (m.left > x->end - clock_boot())
		m.left = x->end - clock_boot();
	enum act_rule rule = m.left > 0 ? ask(e, &m.order, m.left) : RULE_NONE;
	/* In a list are orders that hand may have had for long: only it can tell. */
	if (listing && for_a_while(rule) && rule != RULE_CLOCK)
		rule = RULE_NONE;
	if (rule) {
		carry_refuse(os, x, rule, 0);
		return true;
	}
	if (m.left > 0 && !send(os, hand, M_ORDER, &m))
		return false;
	carry_become(os, x, m.left > 0 ? CARRY_SENT : CARRY_ENDED, RULE_NONE);
	return true;
}

static bool
hand_drop(struct edge *e, struct chan *hand, struct carried *x)
{
	struct msg_order m = { .order.no = x->no, .drop = 1 };
	bool standing;
	view_order(e->judge, x->no, &m.order, &standing);
	m.order.no = x->no;
	if (!send(e->orders, hand, M_ORDER, &m))
		return false;
	carry_become(e->orders, x, CARRY_SENT, RULE_NONE);
	return true;
}

/* The list goes by number, from where it stood when credit ended. An order in the list is not handed
 * over again by the queue; one that came in behind its place is. */
static void
list_on(struct edge *e, struct chan *hand)
{
	struct orders *os = e->orders;
	struct msg_sync m = { .no = os->list_no };
	if (!os->began && !send(os, hand, M_SYNC, &m))
		return;
	os->began = true;
	for (;;) {
		struct carried key = { .no = os->at + 1 };
		struct carried *x = TREE_ENTRY(tree_from(&os->by_no, &key.node), struct carried, node);
		if (!x)
			break;
		uint64_t no = x->no;
		if (!x->drop && !hand_put(e, hand, x, true))
			return;
		os->at = no;
	}
	m.end = 1;
	if (!send(os, hand, M_SYNC, &m))
		return;
	os->link = LINK_LIVE;
	os->t.listed = true;
}

void
orders_pump(struct edge *e)
{
	struct orders *os = e->orders;
	struct chan *hand = e->c->peer[ROLE_HAND];
	struct carried *x;
	if (!hand || os->starved)
		return;
	if (os->link == LINK_LISTING)
		list_on(e, hand);
	while (os->link == LINK_LIVE && !os->starved && (x = TAILQ_FIRST(&os->todo)) != NULL)
		if (!(x->drop ? hand_drop(e, hand, x) : hand_put(e, hand, x, false)))
			break;
}

void
carry_list(struct edge *e)
{
	struct orders *os = e->orders;
	loop_timer_off(os->patience);
	os->link = LINK_LISTING;
	os->began = false;
	os->at = 0;
	os->list_no++;
	orders_pump(e);
}

static void
on_patience(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	(void)fd, (void)ready;
	if (e->orders->link == LINK_WAIT)
		carry_list(e);
}

/* --- what the judge says ------------------------------------------------------------------------- */

void
orders_stage(struct edge *e, const struct order *o, bool ran_out)
{
	struct orders *os = e->orders;
	if (os->staged_n == os->staged_room) {
		size_t room = os->staged_room ? os->staged_room * 2 : 64;
		void *v = reallocarray(os->staged, room, sizeof(*os->staged));
		if (!v)
			fatal_oom();
		os->staged = v;
		os->staged_room = room;
	}
	os->staged[os->staged_n++] = (struct staged){ *o, ran_out };
}

static void
withdraw(struct orders *os, struct carried *x)
{
	bool told = x->state != CARRY_TODO && x->state != CARRY_WAITING;
	if (x->drop)
		return;
	if (!told && os->link == LINK_LIVE) {
		carry_forget(os, x);
		return;
	}
	x->drop = true;
	x->since = 0;
	carry_become(os, x, CARRY_TODO, RULE_NONE);
}

static void
take(struct edge *e, const struct staged *s, int64_t micro)
{
	struct orders *os = e->orders;
	struct carried *x = carry_find(os, s->order.no);
	if (s->ran_out) { /* hand lets it end by its own clock */
		if (x && !x->drop)
			carry_forget(os, x);
		return;
	}
	if (!stands(e, &s->order)) {
		if (x)
			withdraw(os, x);
		return;
	}
	if (!x) {
		x = carry_add(os, s->order.no, s->order.rung, s->order.expiry - edge_now(e));
	} else if (x->drop) { /* withdrawn, and again in force before hand had word */
		os->strangers -= !x->rung;
		x->rung = (uint8_t)s->order.rung;
		x->end = clock_boot() + (s->order.expiry - edge_now(e));
		x->drop = false;
		carry_become(os, x, CARRY_TODO, RULE_NONE);
	}
	x->since = micro;
}

void
orders_committed(struct edge *e)
{
	struct orders *os = e->orders;
	int64_t micro = os->staged_n ? clock_micro() : 0;
	for (size_t i = 0; i < os->staged_n; i++)
		take(e, &os->staged[i], micro);
	os->staged_n = 0;
}

void
orders_aborted(struct edge *e)
{
	e->orders->staged_n = 0;
}

/* --- comings and goings -------------------------------------------------------------------------- */

/* What was refused for good under the word before may be let through by this one. */
static void
ask_again(struct orders *os)
{
	for (struct tree_node *n = tree_first(&os->by_no); n; n = tree_next(&os->by_no, n)) {
		struct carried *x = TREE_ENTRY(n, struct carried, node);
		if (x->state == CARRY_REFUSED || x->state == CARRY_WAITING)
			carry_become(os, x, CARRY_TODO, RULE_NONE);
	}
}

void
orders_word(struct edge *e, bool list)
{
	struct orders *os = e->orders;
	ask_again(os);
	if (os->link == LINK_AWAY)
		return;
	if (list) {
		os->need = word_mode_now(e)->no;
		os->link = LINK_WAIT;
		os->t.listed = false;
		if (os->t.heard && (int32_t)(os->t.hand.mode_no - (uint32_t)os->need) >= 0)
			return carry_list(e);
		loop_timer_in(os->patience, LIST_PATIENCE);
	}
	orders_pump(e);
}

void
orders_up(struct edge *e)
{
	/* The warden told it the mode before it came to us. */
	e->orders->starved = false;
	carry_list(e);
}

void
orders_down(struct edge *e)
{
	struct orders *os = e->orders;
	os->link = LINK_AWAY;
	os->starved = os->t.listed = false;
	os->t.hand = (struct msg_hand_state){ 0 };
	os->t.heard = 0;
	loop_timer_off(os->patience);
	for (struct tree_node *n = tree_first(&os->by_no), *next; n; n = next) {
		struct carried *x = TREE_ENTRY(n, struct carried, node);
		next = tree_next(&os->by_no, n);
		x->since = 0;
		if (x->drop) /* not in the next list: hand will find it strange */
			carry_forget(os, x);
		else if (x->state == CARRY_SENT)
			carry_become(os, x, CARRY_TODO, RULE_NONE);
	}
}

void
orders_room(struct edge *e)
{
	e->orders->starved = false;
	orders_pump(e);
}

static void
on_timer(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	struct orders *os = e->orders;
	struct carried *x;
	msec mono = clock_mono();
	(void)fd, (void)ready;
	size_t most = os->t.by[CARRY_WAITING] < RETRY_EACH ? os->t.by[CARRY_WAITING] : RETRY_EACH;
	while (most-- && (x = TAILQ_FIRST(&os->waiting)) != NULL) {
		struct order o;
		bool standing;
		enum act_rule rule = x->rule;
		if (mono >= x->again)
			rule = view_order(e->judge, x->no, &o, &standing)
				   ? ask(e, &o, o.expiry - edge_now(e))
				   : RULE_NONE;
		carry_become(os, x, !rule ? CARRY_TODO : for_a_while(rule) ? CARRY_WAITING : CARRY_REFUSED,
		    rule);
	}
	if (os->t.by[CARRY_WAITING])
		loop_timer_in(os->timer, RETRY);
	orders_pump(e);
}

void
orders_start(struct edge *e)
{
	struct orders *os = calloc(1, sizeof(*os));
	struct order o;
	uint64_t no = 0;
	if (!os)
		fatal_oom();
	e->orders = os;
	tree_init(&os->by_no, cmp);
	TAILQ_INIT(&os->todo);
	TAILQ_INIT(&os->waiting);
	os->hour_at = clock_boot() / MSEC_MINUTE;
	os->timer = loop_timer(e->c->loop, on_timer, e);
	os->patience = loop_timer(e->c->loop, on_patience, e);
	while (view_standing_next(e->judge, &no, &o))
		if (stands(e, &o))
			carry_add(os, o.no, o.rung, o.expiry - late_now(e));
}
