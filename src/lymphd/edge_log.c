/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marks of logs, see edge_log.h. They are no facts: a journal replayed elsewhere has no business with files
 * of this machine. So they stand on a shelf of the store. Must never say that a mark is kept before the
 * commit.
 */
#include "lymphd/edge_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "lymphd/edge.h"

struct logs {
	struct msg_log_state said;
	bool heard;
};

static bool
configured(const struct edge *e, const char *name)
{
	for (unsigned i = 0; i < e->c->conf->logs; i++)
		if (strcmp(e->c->conf->log[i].name, name) == 0)
			return true;
	return false;
}

static bool
sane(const struct msg_log_mark *m)
{
	return memchr(m->name, '\0', sizeof(m->name)) && m->name[0] && m->ask <= 1 &&
	       m->to >= m->mark.offset && m->mark.at >= 0 && m->arrived >= 0;
}

static int
keep(struct edge *e, const struct msg_log_mark *m)
{
	struct msg_log_mark kept = *m;
	kept.err = 0;
	int r = edge_begin(e);
	if (r == 0)
		r = store_shelve(
		    e->store, SHELF_LOG, m->name, strlen(m->name), &kept, sizeof(kept));
	return edge_end(e, r);
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

void
logs_mark(struct edge *e, const struct msg_log_mark *m)
{
	struct msg_log_mark a = *m;
	static struct log_limit limit;
	unsigned held;
	if (!sane(m) || !configured(e, m->name)) {
		e->broken++;
		return;
	}
	if (m->ask) {
		look_up(e, m->name, &a);
		a.ask = 1;
		a.err = 0;
	} else {
		a.err = keep(e, m);
		if (a.err < 0 && log_may(&limit, &held))
			log_warn("cannot keep how far log %s was read: %s (%u more)", m->name,
			    strerror(-a.err), held);
	}
	if (e->c->peer[ROLE_HEAR_LOG])
		chan_send(e->c->peer[ROLE_HEAR_LOG], M_LOG_MARKED, &a, NULL, 0, -1);
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
	e->logs->heard = false;
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
}
