/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marks of logs, see edge_log.h. They are no facts: a journal replayed elsewhere has no business with files
 * of this machine. So they stand on a shelf of the store. Those that come together are kept in one
 * transaction, however fast they come: hear-log may be captured. Must never say that a mark is kept before
 * the commit.
 */
#include "lymphd/edge_log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "lymphd/edge.h"

#define TOGETHER 5 /* ms */

struct logs {
	struct msg_log_state said;
	bool heard;
	struct {
		struct msg_log_mark mark;
		bool waits, asks;
	} told[CONF_LOGS];  /* by the configuration's order: to be kept */
	uint32_t credit;    /* of marks that are done with, to be given back */
	struct loop_event *turn;
};

/* Its place in the configuration, or the number of logs. */
static unsigned
place(const struct edge *e, const char *name)
{
	unsigned i = 0;
	while (i < e->c->conf->logs && strcmp(e->c->conf->log[i].name, name) != 0)
		i++;
	return i;
}

static bool
sane(const struct msg_log_mark *m)
{
	return memchr(m->name, '\0', sizeof(m->name)) && m->name[0] && m->ask <= 1 &&
	       m->to >= m->mark.offset && m->mark.at >= 0 && m->arrived >= 0;
}

/* All that wait, or none. */
static int
keep(struct edge *e)
{
	const struct logs *l = e->logs;
	int r = edge_begin(e);
	for (unsigned i = 0; r == 0 && i < e->c->conf->logs; i++) {
		struct msg_log_mark kept = l->told[i].mark;
		kept.err = 0;
		if (l->told[i].waits)
			r = store_shelve(e->store, SHELF_LOG, kept.name, strlen(kept.name), &kept, sizeof(kept));
	}
	return edge_end(e, r);
}

static void
answer(struct edge *e, const struct msg_log_mark *m)
{
	if (e->c->peer[ROLE_HEAR_LOG])
		chan_send(e->c->peer[ROLE_HEAR_LOG], M_LOG_MARKED, m, NULL, 0, -1);
}

/* What is kept of a log: zero when nothing is, or when another build wrote it. */
static void
look_up(struct edge *e, const char *name, struct msg_log_mark *ret)
{
	void *blob;
	size_t n;
	if (store_shelved(e->store, SHELF_LOG, name, strlen(name), &blob, &n) < 0)
		return;
	struct msg_log_mark have;
	if (n == sizeof(have)) {
		memcpy(&have, blob, n);
		if (sane(&have) && strcmp(have.name, name) == 0)
			*ret = have;
	}
	free(blob);
}

/* Where was it? */
static void
tell(struct edge *e, const char *name)
{
	struct msg_log_mark a = { .ask = 0 };
	snprintf(a.name, sizeof(a.name), "%s", name);
	look_up(e, name, &a);
	a.ask = 1;
	a.err = 0;
	answer(e, &a);
}

static void
flush(struct edge *e)
{
	struct logs *l = e->logs;
	static struct log_limit limit;
	unsigned held, n = 0;
	for (unsigned i = 0; i < e->c->conf->logs; i++)
		n += l->told[i].waits;
	int r = n ? keep(e) : 0;
	if (r < 0 && log_may(&limit, &held))
		log_warn("cannot keep how far logs were read: %s (%u more)", strerror(-r), held);
	for (unsigned i = 0; i < e->c->conf->logs; i++) {
		struct msg_log_mark a = l->told[i].mark;
		a.err = r;
		if (l->told[i].waits)
			answer(e, &a);
		if (l->told[i].asks)
			tell(e, e->c->conf->log[i].name);
		l->told[i].waits = l->told[i].asks = false;
	}
	if (l->credit && e->c->peer[ROLE_HEAR_LOG])
		chan_grant(e->c->peer[ROLE_HEAR_LOG], l->credit, l->credit * (uint32_t)sizeof(struct msg_log_mark));
	l->credit = 0;
}

static void
on_turn(int fd, int ready, void *arg)
{
	(void)fd, (void)ready;
	flush(arg);
}

void
logs_mark(struct edge *e, const struct msg_log_mark *m)
{
	struct logs *l = e->logs;
	unsigned i = sane(m) ? place(e, m->name) : e->c->conf->logs;
	l->credit++;
	if (l->credit == 1)
		loop_timer_in(l->turn, TOGETHER);
	if (i == e->c->conf->logs) {
		e->broken++;
	} else if (m->ask) {
		l->told[i].asks = true;
	} else {
		l->told[i].mark = *m;
		l->told[i].waits = true;
	}
}

void
logs_up(struct edge *e)
{
	uint32_t n = e->c->conf->logs + 1;
	logs_down(e);
	chan_grant(e->c->peer[ROLE_HEAR_LOG], n, n * (uint32_t)sizeof(struct msg_log_mark));
}

void
logs_said(struct edge *e, const struct msg_log_state *m)
{
	struct msg_log_state *s = &e->logs->said;
	if (m->n > CONF_LOGS || m->n != e->c->conf->logs) {
		e->broken++;
		return;
	}
	*s = *m;
	/* Names are the configuration's, not the role's. */
	for (uint64_t i = 0; i < s->n; i++)
		memcpy(s->row[i].name, e->c->conf->log[i].name, sizeof(s->row[i].name));
	e->logs->heard = true;
}

void
logs_down(struct edge *e)
{
	struct logs *l = e->logs;
	l->heard = false;
	l->credit = 0;
	for (unsigned i = 0; i < CONF_LOGS; i++)
		l->told[i].waits = l->told[i].asks = false; /* nobody was told that it is kept */
}

size_t
logs_all(const struct edge *e, const struct log_state_row **ret, bool *heard)
{
	*ret = e->logs ? e->logs->said.row : NULL;
	*heard = e->logs && e->logs->heard;
	return e->logs ? (size_t)e->logs->said.n : 0;
}

void
logs_start(struct edge *e)
{
	e->logs = calloc(1, sizeof(*e->logs));
	if (!e->logs)
		fatal_oom();
	e->logs->turn = loop_timer(e->c->loop, on_turn, e);
}
