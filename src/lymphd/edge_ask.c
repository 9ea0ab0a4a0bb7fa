/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge's questions to own flows: sent after the commit that asked, the same about one line not
 * twice in a minute; an answer counts only for the very question that waits for it, and is journalled.
 * No answer is an answer too: who asked must never be made to wait.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/tree.h"
#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge.h"
#include "lymphd/edge_flows.h"

#define ASKS      4096
#define STAGED    1024
#define REMEMBER  MSEC_MINUTE         /* the same question is not asked twice within it */
#define ANSWER_IN (10 * MSEC_SECOND)
#define LEAST     8                   /* samples below which nothing is active */

struct asked {
	struct tree_node by_no, by_key;
	TAILQ_ENTRY(asked) link; /* oldest first */
	struct flow_ask ask;
	msec made, sent;         /* mono; sent 0: not yet, or to be sent again */
	bool answered;
};

struct asks {
	struct tree by_no, by_key;
	TAILQ_HEAD(ask_list, asked) list;
	struct flow_ask staged[STAGED];
	size_t staged_n;
	bool starved;
	struct loop_event *timer;
	struct asks_totals t;
};

static int
no_cmp(const struct tree_node *a, const struct tree_node *b)
{
	uint64_t x = TREE_ENTRY(a, struct asked, by_no)->ask.no;
	uint64_t y = TREE_ENTRY(b, struct asked, by_no)->ask.no;
	return (x > y) - (x < y);
}

/* The same line, port, class and hour. */
static int
key_cmp_of(const struct tree_node *a, const struct tree_node *b)
{
	const struct flow_ask *x = &TREE_ENTRY(a, struct asked, by_key)->ask;
	const struct flow_ask *y = &TREE_ENTRY(b, struct asked, by_key)->ask;
	int c = addr_cmp(&x->subject, &y->subject);
	msec p = x->when / MSEC_HOUR, q = y->when / MSEC_HOUR;
	if (c == 0)
		c = (int)x->port - (int)y->port;
	if (c == 0)
		c = (int)x->cls - (int)y->cls;
	return c ? c : (p > q) - (p < q);
}

static void
forget(struct asks *s, struct asked *a)
{
	tree_del(&s->by_no, &a->by_no);
	tree_del(&s->by_key, &a->by_key);
	TAILQ_REMOVE(&s->list, a, link);
	free(a);
}

static void
expire(struct asks *s, msec now)
{
	struct asked *a, *next;
	for (a = TAILQ_FIRST(&s->list); a && now - a->made >= REMEMBER; a = next) {
		next = TAILQ_NEXT(a, link);
		s->t.lost += !a->answered;
		forget(s, a);
	}
}

static void
pump(struct edge *e)
{
	struct asks *s = e->asks;
	struct asked *a;
	struct chan *hear = e->c->peer[ROLE_HEAR_FLOW];
	TAILQ_FOREACH(a, &s->list, link) {
		if (!hear || s->starved)
			break;
		if (a->answered || a->sent)
			continue;
		struct msg_ask m = { .ask = { .no = a->ask.no, .case_no = a->ask.case_no,
			.subject = a->ask.subject, .port = a->ask.port, .cls = a->ask.cls,
			.when = a->ask.when } };
		if (chan_send(hear, M_ASK, &m, NULL, 0, -1) < 0) {
			s->starved = true;
			break;
		}
		a->sent = clock_mono();
		s->t.asked++;
	}
	if (!TAILQ_EMPTY(&s->list))
		loop_timer_in(s->timer, MSEC_SECOND);
}

static void
on_timer(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	(void)fd, (void)ready;
	expire(e->asks, clock_mono());
	pump(e);
}

static void
add(struct asks *s, const struct flow_ask *q)
{
	struct asked *a = calloc(1, sizeof(*a));
	if (!a)
		fatal_oom();
	a->ask = *q;
	a->made = clock_mono();
	if (tree_add(&s->by_key, &a->by_key)) {
		s->t.coalesced++;
		free(a);
		return;
	}
	if (tree_add(&s->by_no, &a->by_no)) { /* the judge never uses a number twice */
		tree_del(&s->by_key, &a->by_key);
		free(a);
		return;
	}
	TAILQ_INSERT_TAIL(&s->list, a, link);
	if (s->by_no.count > ASKS) {
		s->t.dropped += !TAILQ_FIRST(&s->list)->answered;
		forget(s, TAILQ_FIRST(&s->list));
	}
}

void
asks_stage(struct edge *e, const struct flow_ask *a)
{
	struct asks *s = e->asks;
	if (!s)
		return;
	if (s->staged_n < STAGED)
		s->staged[s->staged_n++] = *a;
	else
		s->t.dropped++;
}

void
asks_committed(struct edge *e)
{
	struct asks *s = e->asks;
	if (!s || !s->staged_n)
		return;
	expire(s, clock_mono());
	for (size_t i = 0; i < s->staged_n; i++)
		add(s, &s->staged[i]);
	s->staged_n = 0;
	pump(e);
}

void
asks_aborted(struct edge *e)
{
	if (e->asks)
		e->asks->staged_n = 0;
}

/* --- answers ------------------------------------------------------------------------------------- */

/* A bool another process wrote: any byte may be in it. */
static bool
bool_sane(const bool *b)
{
	uint8_t v;
	memcpy(&v, b, sizeof(v));
	return v <= 1;
}

static bool
seen_sane(const struct flow_seen *s, const struct flow_ask *q)
{
	return addr_eq(&s->subject, &q->subject) && s->port == q->port && s->cls == q->cls &&
	    s->when == q->when && bool_sane(&s->answered_inbound) && bool_sane(&s->active) &&
	    bool_sane(&s->covered) && flows_prefix_sane(&s->peer);
}

void
asks_seen(struct edge *e, const struct msg_seen *m)
{
	struct asks *s = e->asks;
	struct asked key = { .ask.no = m->no };
	struct asked *a = TREE_ENTRY(tree_find(&s->by_no, &key.by_no), struct asked, by_no);
	if (!a || !a->sent || a->answered || a->ask.case_no != m->case_no || !seen_sane(&m->seen, &a->ask)) {
		e->broken++;
		return;
	}
	a->answered = true;
	if (clock_mono() - a->sent > ANSWER_IN) {
		s->t.lost++;
		return;
	}
	s->t.answered++;
	struct flow_seen seen = m->seen;
	seen.active &= seen.samples >= LEAST;
	if (!seen.active) {
		seen.proto = 0;
		seen.far_port = 0;
		seen.peer = (struct prefix){ 0 };
	}
	/* "Nothing was seen, and not all could have been" says nothing. */
	if (seen.active || seen.answered_inbound || seen.covered)
		flows_answer(e, &seen, m->case_no);
}

void
asks_up(struct edge *e)
{
	e->asks->starved = false;
	pump(e);
}

void
asks_down(struct edge *e)
{
	struct asked *a;
	TAILQ_FOREACH(a, &e->asks->list, link)
		a->sent = a->answered ? a->sent : 0;
	e->asks->starved = false;
}

const struct asks_totals *
asks_totals(const struct edge *e)
{
	return &e->asks->t;
}

void
asks_start(struct edge *e)
{
	struct asks *s = calloc(1, sizeof(*s));
	if (!s)
		fatal_oom();
	tree_init(&s->by_no, no_cmp);
	tree_init(&s->by_key, key_cmp_of);
	TAILQ_INIT(&s->list);
	s->timer = loop_timer(e->c->loop, on_timer, e);
	e->asks = s;
}
