/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose flows hear-flow is to keep: the lines of cases at the rung of watch or above, half an hour at a
 * time and again while they stay there. When such a case is acted on, what is kept of its line goes into
 * the store with it. Never more lines than hear-flow has rings for, the newest first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/tree.h"
#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge.h"
#include "lymphd/edge_flows.h"

#define LASTS     (30 * MSEC_MINUTE)
#define AGAIN     (10 * MSEC_MINUTE) /* what is left when it is said again */
#define STAGED    256
#define TURN      MSEC_SECOND
#define SCAN      200                /* cases looked at in a turn at least: see step() */
#define ROUND     600                /* turns within which all cases are looked at */
#define SAMPLE    64                 /* flows */
#define TRIES     8

struct watched {
	struct tree_node node;
	uint64_t case_no;
	struct prefix subject;
	struct addr target;
	msec until;          /* wall clock; 0: to be sent */
	msec sample_at;      /* mono; 0: no sample is wanted */
	uint8_t tries;       /* left */
};

struct staged_event {
	uint64_t case_no;
	bool acted;
};

struct watch {
	struct tree by_case;
	struct staged_event staged[STAGED];
	size_t staged_n;
	uint64_t cursor;     /* next case of the round */
	struct loop_event *timer;
	uint64_t sent, full, samples;
};

static int
cmp(const struct tree_node *a, const struct tree_node *b)
{
	uint64_t x = TREE_ENTRY(a, struct watched, node)->case_no;
	uint64_t y = TREE_ENTRY(b, struct watched, node)->case_no;
	return (x > y) - (x < y);
}

static struct watched *
find(const struct watch *w, uint64_t case_no)
{
	struct watched key = { .case_no = case_no };
	return TREE_ENTRY(tree_find(&w->by_case, &key.node), struct watched, node);
}

static void
forget(struct watch *w, struct watched *x)
{
	tree_del(&w->by_case, &x->node);
	free(x);
}

static bool
to_watch(const struct view_case *v)
{
	return v->rung >= RUNG_WATCH && v->state != CASE_CLOSED && v->state != CASE_PROBATION &&
	    !v->merged_into && v->target.fam;
}

static void
tell(struct edge *e, struct watched *x)
{
	struct watch *w = e->watch;
	msec until = clock_real() + LASTS;
	struct msg_watch m = { .subject = x->subject, .until = until, .case_no = x->case_no };
	if (!e->c->peer[ROLE_HEAR_FLOW] || x->until > until - LASTS + AGAIN)
		return;
	if (chan_send(e->c->peer[ROLE_HEAR_FLOW], M_WATCH, &m, NULL, 0, -1) < 0)
		return; /* no credit now: the next turn */
	x->until = until;
	w->sent++;
}

static void
consider(struct edge *e, const struct view_case *v, bool acted)
{
	struct watch *w = e->watch;
	struct watched *x = find(w, v->no);
	if (!to_watch(v))
		return;
	if (!x) {
		if (w->by_case.count >= WATCHED) {
			w->full++;
			forget(w, TREE_ENTRY(tree_first(&w->by_case), struct watched, node));
		}
		if (!(x = calloc(1, sizeof(*x))))
			fatal_oom();
		x->case_no = v->no;
		tree_add(&w->by_case, &x->node);
	}
	if (prefix_cmp(&x->subject, &v->subject) != 0)
		x->until = 0;
	x->subject = v->subject;
	x->target = v->target;
	if (acted && !x->tries) {
		x->tries = TRIES;
		x->sample_at = clock_mono() + 5 * MSEC_SECOND;
	}
	tell(e, x);
}

/* --- a sample for the case ----------------------------------------------------------------------- */

static char *
sample_text(struct edge *e, const struct flow *f, size_t n)
{
	json_t *list = json_array(), *o = json_object();
	if (!list || !o)
		fatal_oom();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, flow_json(&f[i], exporter_name(e, f[i].exporter)));
	json_object_set_new(o, "flows", list);
	char *text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (!text)
		fatal_oom();
	return text;
}

static void
on_kept(struct edge *e, void *arg, const struct flow *f, size_t n, bool on, int err)
{
	struct view_case v;
	uint64_t case_no = (uint64_t)(uintptr_t)arg;
	struct watched *x = find(e->watch, case_no);
	(void)on;
	if (!x || !x->sample_at || err || !n || !view_case(e->judge, case_no, e->now, &v))
		return; /* tried again */
	/* A word of own flows that claims nothing: it is there for its body. */
	struct flow_seen s = { .subject = v.target, .cls = v.cls, .when = f[n - 1].last,
		.samples = (uint32_t)n, .sampling = f[n - 1].sampling };
	if (s.when > e->now)
		s.when = e->now;
	x->sample_at = 0;
	e->watch->samples++;
	flows_sample(e, &s, case_no, sample_text(e, f, n));
}

static void
sample(struct edge *e, struct watched *x)
{
	if (!x->sample_at || x->sample_at > clock_mono())
		return;
	if (!x->tries) {
		x->sample_at = 0;
		return;
	}
	x->tries--; /* later and later: there may be nothing to see yet */
	x->sample_at = clock_mono() + (TRIES - x->tries) * 5 * MSEC_SECOND;
	kept_get(e, &x->target, SAMPLE, on_kept, (void *)(uintptr_t)x->case_no);
}

/* --- the round ----------------------------------------------------------------------------------- */

/* Cases to look at in one turn, so that a round ends in time. */
static size_t
step(const struct edge *e)
{
	struct view_totals t = { 0 };
	view_totals(e->judge, &t);
	return SCAN + t.cases / ROUND;
}

static void
walk(struct edge *e)
{
	struct watch *w = e->watch;
	struct view_case v;
	for (size_t n = step(e); n > 0; n--) {
		if (!view_case_next(e->judge, &w->cursor, e->now, &v)) {
			w->cursor = 0;
			return;
		}
		consider(e, &v, false);
	}
}

static void
on_turn(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	struct watch *w = e->watch;
	struct tree_node *n, *next;
	struct view_case v;
	msec now = clock_real();
	(void)fd, (void)ready;
	loop_timer_in(w->timer, TURN);
	if (!e->c->peer[ROLE_HEAR_FLOW])
		return;
	walk(e);
	for (n = tree_first(&w->by_case); n; n = next) {
		struct watched *x = TREE_ENTRY(n, struct watched, node);
		next = tree_next(&w->by_case, n);
		sample(e, x);
		if (x->until >= now + AGAIN)
			continue;
		if (view_case(e->judge, x->case_no, e->now, &v) && to_watch(&v))
			tell(e, x);
		else if (x->until <= now)
			forget(w, x);
	}
}

void
watch_stage(struct edge *e, const struct event *ev)
{
	struct watch *w = e->watch;
	bool gate = ev->kind == EVENT_GATE && ev->b >= RUNG_WATCH;
	bool state = ev->kind == EVENT_STATE && (ev->b == CASE_WATCHED || ev->b == CASE_ACTED);
	if (!w || w->staged_n == STAGED || !ev->case_no || (!gate && !state))
		return; /* what finds no room is met by the round */
	w->staged[w->staged_n++] =
	    (struct staged_event){ ev->case_no, state && ev->b == CASE_ACTED };
}

void
watch_committed(struct edge *e)
{
	struct watch *w = e->watch;
	struct view_case v;
	for (size_t i = 0; w && i < w->staged_n; i++)
		if (view_case(e->judge, w->staged[i].case_no, e->now, &v))
			consider(e, &v, w->staged[i].acted);
	if (w)
		w->staged_n = 0;
}

void
watch_aborted(struct edge *e)
{
	if (e->watch)
		e->watch->staged_n = 0;
}

void
watch_up(struct edge *e)
{
	loop_timer_in(e->watch->timer, 0);
}

/* What it kept is gone with it: all is said again. */
void
watch_down(struct edge *e)
{
	for (struct tree_node *n = tree_first(&e->watch->by_case); n; n = tree_next(&e->watch->by_case, n))
		TREE_ENTRY(n, struct watched, node)->until = 0;
	e->watch->cursor = 0;
}

bool
watch_has(const struct edge *e, const struct addr *a)
{
	msec now = clock_real();
	for (struct tree_node *n = tree_first(&e->watch->by_case); n; n = tree_next(&e->watch->by_case, n)) {
		const struct watched *x = TREE_ENTRY(n, struct watched, node);
		if (x->until > now && prefix_has(&x->subject, a))
			return true;
	}
	return false;
}

void
watch_totals(const struct edge *e, struct watch_totals *ret)
{
	const struct watch *w = e->watch;
	*ret = (struct watch_totals){ w->by_case.count, w->sent, w->full, w->samples };
}

void
watch_start(struct edge *e)
{
	struct watch *w = calloc(1, sizeof(*w));
	if (!w)
		fatal_oom();
	tree_init(&w->by_case, cmp);
	w->timer = loop_timer(e->c->loop, on_turn, e);
	e->watch = w;
}
