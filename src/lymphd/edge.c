/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Around the judge: journal first, then judge, then one commit for all of it, see edge.h. It must
 * never let the judge in memory run ahead of the store: a transaction that fails takes both back.
 */
#include "lymphd/edge.h"

#include <errno.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge_flows.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_speak.h"

#define TICK_LEAST 100                /* ms between two timer facts, whatever the judge says */
#define TICK_RETRY MSEC_SECOND        /* after a failed commit */
#define TICK_MOST  MSEC_DAY

bool
edge_tight(const struct edge *e)
{
	return store_room(e->store) < EDGE_RESERVE;
}

int
edge_begin(struct edge *e)
{
	e->failed = 0;
	return store_begin(e->store);
}

static int
keep_order(struct edge *e, const struct order *o, bool ran_out)
{
	int r = ran_out ? 0 : store_order(e->store, o);
	if (r == 0)
		r = hooked_keep(e, o, ran_out);
	if (r == 0)
		orders_stage(e, o, ran_out);
	door_orders(e);
	return r;
}

static int
keep_effect(struct edge *e, const struct fact *f, const struct effect *x)
{
	if (x->kind == EFFECT_ORDER)
		return keep_order(e, &x->order, false);
	if (x->kind == EFFECT_ASK)
		asks_stage(e, &x->ask);
	if (x->kind != EFFECT_EVENT)
		return 0; /* looks are handed out from the judge's own list */
	watch_stage(e, &x->event);
	if (x->event.kind == EVENT_ORDER_EXPIRED) {
		struct order o = { .no = x->event.a, .case_no = x->event.case_no };
		bool standing;
		view_order(e->judge, o.no, &o, &standing);
		int r = keep_order(e, &o, true);
		if (r < 0)
			return r;
	}
	struct store_event ev = {
		.seq = f->seq,
		.case_no = x->event.case_no,
		.a = x->event.a,
		.at = f->at,
		.kind = x->event.kind,
		.b = x->event.b,
		.q = x->event.q,
	};
	return store_event(e->store, &ev);
}

int
edge_fact(struct edge *e, struct fact *f, const struct store_body *body, uint64_t *case_no, uint64_t *seq)
{
	uint64_t case_of = 0;
	f->at = edge_now(e);
	int r = store_fact(e->store, f, body, &f->seq);
	if (r < 0)
		return r;
	effects_clear(&e->fx);
	judge_step(e->judge, f, &e->fx, &case_of);
	if (case_of)
		r = store_fact_case(e->store, f->seq, case_of);
	for (size_t i = 0; r == 0 && i < e->fx.n; i++)
		r = keep_effect(e, f, &e->fx.v[i]);
	if (r == 0 && case_no)
		*case_no = case_of;
	if (r == 0 && seq)
		*seq = f->seq;
	return r;
}

static void
keep_state(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	struct edge *e = arg;
	if (e->failed == 0)
		e->failed = store_state(e->store, kind, key, key_len, blob, n);
}

int
edge_commit(struct edge *e)
{
	judge_dirty(e->judge, keep_state, e);
	if (e->failed == 0)
		e->failed = room_keep(e);
	if (e->failed == 0)
		e->failed = store_commit(e->store);
	if (e->failed == 0) {
		orders_committed(e);
		hooked_committed(e);
		asks_committed(e);
		watch_committed(e);
	}
	return e->failed;
}

static int
restore_state(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	return judge_restore(((struct edge *)arg)->judge, kind, key, key_len, blob, n);
}

/* Builds the judge anew from the store, under the policy that was in force at the last commit. */
void
edge_restore(struct edge *e, const struct policy *policy)
{
	judge_free(e->judge);
	e->judge = judge_new((void (*)(void))fatal_oom);
	int r = store_each_state(e->store, restore_state, e);
	if (r == 0)
		r = room_restore(e);
	reply_stale(e);
	speak_stale(e);
	if (r == 0 && policy)
		r = judge_restored(e->judge, policy, e->now);
	if (r == -ENOTSUP)
		fatal("the stored state was written by a newer version of lymph");
	if (r == -ESTALE)
		fatal("the stored state was written by an older version of lymph, and this one "
		      "cannot take it along: give it a new state folder");
	if (r < 0)
		fatal("cannot restore the judge from the store: %s", strerror(-r));
}

void
edge_abort(struct edge *e)
{
	uint64_t seq;
	e->reloads++;
	store_rollback(e->store);
	orders_aborted(e);
	hooked_aborted(e);
	asks_aborted(e);
	watch_aborted(e);
	int r = store_last(e->store, &seq, &(msec){ 0 });
	if (r < 0)
		fatal("cannot read the store after a failed write: %s", strerror(-r));
	edge_restore(e, seq ? e->c->conf->policy : NULL);
}

int
edge_submit(struct edge *e, struct fact *f)
{
	int r = edge_begin(e);
	return r < 0 ? r : edge_finish(e, edge_fact(e, f, NULL, NULL, NULL));
}

int
edge_said(struct edge *e, const struct desk_act *a, msec *ret_at)
{
	struct fact f = { .kind = FACT_DESK, .desk = *a };
	uint64_t last = 0;
	msec at;
	int r = store_last(e->store, &last, &at);
	f.desk.batch = last + 1;
	if (r == 0)
		r = edge_begin(e);
	if (r == 0)
		r = edge_fact(e, &f, NULL, NULL, NULL);
	if (r == 0 && ret_at)
		*ret_at = f.at;
	return r;
}

static void
arm_tick(struct edge *e, msec least)
{
	msec due = judge_due(e->judge), in = due - clock_real();
	if (due == MSEC_NEVER)
		return loop_timer_off(e->tick);
	loop_timer_in(e->tick, in < least ? least : in > TICK_MOST ? TICK_MOST : in);
}

static void
on_tick(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	struct fact f = { .kind = FACT_TICK };
	static struct log_limit limit;
	unsigned held;
	(void)fd;
	(void)ready;
	if (judge_due(e->judge) > edge_now(e))
		return arm_tick(e, TICK_LEAST);
	int r = edge_submit(e, &f);
	if (r == 0)
		return;
	if (log_may(&limit, &held))
		log_warn("cannot store a timer: %s (%u more)", strerror(-r), held);
	arm_tick(e, TICK_RETRY);
}

void
edge_settled(struct edge *e)
{
	orders_pump(e);
	hooked_pump(e);
	arm_tick(e, TICK_LEAST);
	if (e->after)
		e->after(e);
}

void
edge_tick_start(struct edge *e)
{
	e->tick = loop_timer(e->c->loop, on_tick, e);
}
