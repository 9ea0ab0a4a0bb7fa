/* SPDX-License-Identifier: BSD-2-Clause */
/* The share of the unsigned on the disk, see edge_answers.h. It must never let them take what is meant for
 * the signed; how much there is, hear-reports is told, so that it can refuse a body before reading it. A report
 * of a domain has a row of its own here, for its rank may be another when the report goes. */
#include "lymphd/edge_answers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "lymphd/edge.h"
#include "lymphd/edge_mail.h"

#define TELL MSEC_SECOND
#define ROW  512 /* about what a report takes in the tables beside its body */

static const char name[] = "unsigned";

struct room {
	struct room_state s;
	bool dirty;   /* used is not yet in the transaction */
	bool changed; /* since hear-reports was told */
	struct loop_event *tell;
};

static void
on_tell(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	(void)fd, (void)ready;
	if (e->room->changed)
		room_up(e);
	loop_timer_in(e->room->tell, TELL);
}

void
room_start(struct edge *e)
{
	e->room->tell = loop_timer(e->c->loop, on_tell, e);
	on_tell(-1, 0, e);
}

int
room_restore(struct edge *e)
{
	void *blob = NULL;
	size_t n = 0;
	if (!e->room)
		e->room = calloc(1, sizeof(*e->room));
	if (!e->room)
		fatal_oom();
	e->room->s.most = e->c->conf->intake.disk / ROOM_PART;
	e->room->s.used = 0;
	e->room->dirty = false;
	e->room->changed = true;
	int r = store_shelved(e->store, SHELF_ROOM, name, sizeof(name), &blob, &n);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	struct reader rd = reader_of(blob, n);
	e->room->s.used = r64(&rd);
	free(blob);
	return reader_done(&rd) ? 0 : -EBADMSG;
}

bool
room_stranger(const struct edge *e, const struct identity *i, const struct key *key)
{
	struct view_reporter v;
	if (key_is_zero(key))
		return true;
	if (identity_kind(i) != IDENTITY_DKIM)
		return false;
	return !view_reporter_of(e->judge, key, e->now, &v) ||
	    (v.standing == STANDING_KEY && !(v.pinned && v.pin > 0));
}

/* Reports and mails of strangers. */
static uint64_t
taken(const struct edge *e)
{
	uint64_t all, unvouched = 0;
	if (e->mails)
		mails_used(e, &all, &unvouched);
	return e->room->s.used + unvouched;
}

bool
room_for(struct edge *e, bool stranger, size_t n)
{
	struct room_state *s = &e->room->s;
	if (!stranger || taken(e) + n + ROW <= s->most)
		return true;
	s->refused++;
	return false;
}

int
room_taken(struct edge *e, const struct report *p, uint64_t seq, size_t n)
{
	uint8_t blob[8];
	struct writer w = writer_of(blob, sizeof(blob));
	struct shelf_no row = shelf_no(seq);
	w64(&w, n + ROW);
	e->room->s.used += n + ROW;
	e->room->dirty = e->room->changed = true;
	return key_is_zero(&p->key)
	    ? 0 : store_shelve(e->store, SHELF_ROOM, row.b, sizeof(row.b), blob, sizeof(blob));
}

/* What the report at seq takes of the share; 0: nothing, it is somebody's, or gone already. */
static uint64_t
share_of(struct edge *e, uint64_t seq)
{
	struct shelf_no row = shelf_no(seq);
	void *blob = NULL, *sig = NULL;
	size_t n = 0, sig_n = 0;
	uint64_t case_no, share;
	struct fact f;
	if (store_shelved(e->store, SHELF_ROOM, row.b, sizeof(row.b), &blob, &n) == 0) {
		struct reader rd = reader_of(blob, n);
		share = r64(&rd);
		free(blob);
		return reader_done(&rd) ? share : 0;
	}
	if (outcomes_report(e, seq, &f, &case_no) < 0 || !key_is_zero(&f.report.key) ||
	    store_body(e->store, seq, &blob, &n, &sig, &sig_n) < 0)
		return 0;
	free(blob);
	free(sig);
	return n + ROW;
}

int
room_forget(struct edge *e, uint64_t seq)
{
	struct room_state *s = &e->room->s;
	struct shelf_no row = shelf_no(seq);
	uint64_t share = share_of(e, seq);
	if (share == 0)
		return 0;
	s->used -= share < s->used ? share : s->used;
	e->room->dirty = e->room->changed = true;
	return store_shelve(e->store, SHELF_ROOM, row.b, sizeof(row.b), NULL, 0);
}

int
room_keep(struct edge *e)
{
	uint8_t blob[8];
	struct writer w = writer_of(blob, sizeof(blob));
	if (!e->room->dirty)
		return 0;
	w64(&w, e->room->s.used);
	int r = store_shelve(e->store, SHELF_ROOM, name, sizeof(name), blob, sizeof(blob));
	e->room->dirty = r < 0;
	return r;
}

void
room_up(struct edge *e)
{
	const struct room_state *s = &e->room->s;
	struct msg_room m = { .unsigned_left = s->most > taken(e) ? s->most - taken(e) : 0 };
	struct chan *hear = e->c->peer[ROLE_HEAR_REPORTS];
	e->room->changed = false;
	if (hear)
		chan_send(hear, M_ROOM, &m, NULL, 0, -1);
}

struct room_state
room_state(const struct edge *e)
{
	return e->room->s;
}

void
room_counts(struct edge *e, const struct msg_hear_counts *m)
{
	e->room->s.heard = *m;
}
