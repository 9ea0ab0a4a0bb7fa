/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operator's word as the warden sends it: mode and conscience become facts where they differ from
 * what the judge holds. Watches the wall clock for jumps. Until the warden has spoken, nothing is
 * enforced; it must never read a word into silence.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/log.h"
#include "lymphd/edge_speak.h"
#include "lymphd/edge_word_own.h"

#define WATCH   (10 * MSEC_SECOND)
#define RETRY   (5 * MSEC_SECOND) /* after a failed commit */
#define CHUNK   500               /* facts in one transaction */

/* --- facts --------------------------------------------------------------------------------------- */

/* What the judge should go by: enforce only if it may. */
static enum mode
mode_meant(const struct msg_mode *m)
{
	if (m->set.panic)
		return m->set.mode == MODE_ENFORCE ? MODE_ENFORCE : MODE_OBSERVE;
	return m->may == 1 ? MODE_ENFORCE : MODE_OBSERVE;
}

static int
say_mode(struct edge *e)
{
	struct view_desk d = { 0 };
	struct fact f = { .kind = FACT_MODE, .mode = e->word->mode.set };
	view_desk(e->judge, &d);
	f.mode.mode = (uint8_t)mode_meant(&e->word->mode);
	if (d.mode == f.mode.mode && d.panic == f.mode.panic)
		return 0;
	return edge_submit(e, &f);
}

struct prefixes {
	struct prefix *v;
	size_t n, room;
};

static void
prefixes_add(struct prefixes *l, const struct prefix *p)
{
	if (l->n == l->room) {
		l->room = l->room ? l->room * 2 : 256;
		l->v = reallocarray(l->v, l->room, sizeof(*l->v));
		if (!l->v)
			fatal_oom();
	}
	l->v[l->n++] = *p;
}

static int
prefix_order(const void *a, const void *b)
{
	return prefix_cmp(a, b);
}

/* Facts for all of a that are not in b, both in order: on as said. */
static int
say_difference(struct edge *e, const struct prefixes *a, const struct prefixes *b, bool on)
{
	size_t k = 0;
	int r = 0;
	for (size_t i = 0; r == 0 && i < a->n;) {
		if ((r = edge_begin(e)) < 0)
			return r;
		for (size_t n = 0; r == 0 && n < CHUNK && i < a->n; i++) {
			while (k < b->n && prefix_cmp(&b->v[k], &a->v[i]) < 0)
				k++;
			if ((k < b->n && prefix_cmp(&b->v[k], &a->v[i]) == 0) ||
			    (i && prefix_cmp(&a->v[i - 1], &a->v[i]) == 0))
				continue;
			struct fact f = { .kind = FACT_PROTECT,
				.protect = { .prefix = a->v[i], .on = on } };
			r = edge_fact(e, &f, NULL, NULL, NULL);
			n++;
		}
		r = edge_end(e, r);
		edge_settled(e);
	}
	return r;
}

static int
say_protect(struct edge *e)
{
	struct prefixes want = { 0 }, have = { 0 };
	struct prefix p;
	size_t it = 0;
	if (!e->word->c)
		return 0;
	for (const struct prefix *n = NULL; (n = conscience_never(e->word->c, n)) != NULL;)
		prefixes_add(&want, n);
	while (view_protect_next(e->judge, &it, &p))
		prefixes_add(&have, &p);
	if (want.n)
		qsort(want.v, want.n, sizeof(*want.v), prefix_order);
	if (have.n)
		qsort(have.v, have.n, sizeof(*have.v), prefix_order);
	int r = say_difference(e, &want, &have, true); /* protect first */
	if (r == 0)
		r = say_difference(e, &have, &want, false);
	free(want.v);
	free(have.v);
	return r;
}

static void
say(struct edge *e)
{
	struct word *w = e->word;
	int r = say_protect(e);
	if (r == 0 && w->mode.no)
		r = say_mode(e);
	if (r == 0 && w->mode.no && !word_may(e))
		r = outbox_leave(e);
	w->unsaid = r < 0;
	if (r < 0) {
		log_warn("cannot journal the operator's word: %s; tried again", strerror(-r));
		loop_timer_in(w->timer, RETRY);
	}
}

static void
on_timer(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	(void)fd, (void)ready;
	loop_timer_in(e->word->timer, WATCH);
	word_paused(e);
	if (e->word->unsaid)
		say(e);
}

void
word_mode(struct edge *e, const struct msg_mode *m)
{
	struct word *w = e->word;
	bool before = word_may(e);
	uint32_t release = w->mode.release;
	bool first = w->mode.no == 0;
	if (m->set.mode >= MODE_N || m->may > 1 || m->ceiling >= MODE_N || m->waits > 1 || !m->no ||
	    !memchr(m->set.text, '\0', sizeof(m->set.text)))
		fatal("a mode from the warden that makes no sense");
	w->mode = *m;
	if (!first && m->release != release && w->paused) {
		log_info("a person accepted the clock: new orders go on");
		word_clock_accept(w);
	}
	orders_word(e, word_may(e) && !before); /* first: what follows from the fact waits for the list */
	door_orders(e);
	if (e->speaking)
		speak_up(e); /* what a panic held goes on at once when it ends */
	say(e);
}

void
word_conscience(struct edge *e, const struct msg_conscience *m, int fd)
{
	struct word *w = e->word;
	char why[256];
	bool protect = m->file == CONSCIENCE_PROTECT;
	if (!protect) {
		conscience_free(w->next);
		if (!(w->next = conscience_new()))
			fatal_oom();
	}
	int r = fd < 0 || !w->next ? -EBADF
				   : conscience_read(w->next, fd, protect,
					 protect ? "protect" : "conscience", why, sizeof(why));
	if (fd >= 0)
		close(fd);
	if (r < 0) { /* hand reads it, too, and has the last word */
		log_warn("the conscience cannot be read, the one before stays: %s",
		    r == -EBADF ? "no file" : why);
		conscience_free(w->next);
		w->next = NULL;
		return;
	}
	if (!protect)
		return;
	conscience_free(w->c);
	w->c = w->next;
	w->next = NULL;
	if (w->mode.no) { /* at the start the mode follows */
		say(e);
		orders_word(e, false);
		door_orders(e);
	}
}

void
word_start(struct edge *e)
{
	if (!(e->word = calloc(1, sizeof(*e->word))))
		fatal_oom();
	word_clock_accept(e->word);
	e->word->timer = loop_timer(e->c->loop, on_timer, e);
	loop_timer_in(e->word->timer, WATCH);
}
