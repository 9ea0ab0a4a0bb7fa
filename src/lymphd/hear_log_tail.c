/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files, for hear_log.h: what watch opened is followed, in batches between committed marks. Must never
 * hand in a claim whose batch is not committed as planned, nor read on before the last batch is done.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lymphd/hear_log.h"

#define TURN_BYTES (4u << 20) /* of one log, then the others have their turn */

static struct log_in *
log_of(struct hear_log *h, const char *name)
{
	for (unsigned i = 0; i < h->logs; i++)
		if (h->log[i].row->file[0] && strcmp(h->log[i].row->name, name) == 0)
			return &h->log[i];
	return NULL;
}

static void
say(struct log_in *l)
{
	l->unsaid = !l->h->c->peer[ROLE_JUDGE] ||
		    chan_send(l->h->c->peer[ROLE_JUDGE], M_LOG_MARK, &l->mark, NULL, 0, -1) < 0;
}

static void
ask(struct log_in *l)
{
	l->mark = (struct msg_log_mark){ .ask = 1 };
	memcpy(l->mark.name, l->row->name, strlen(l->row->name));
	l->state = LOG_ASKING;
	say(l);
}

void
tail_judge_up(struct log_in *l)
{
	if (l->state == LOG_ASKING)
		ask(l);
	else if (l->state == LOG_PLANNING || l->state == LOG_MARKING)
		say(l);
}

void
tail_room(struct log_in *l)
{
	if (l->unsaid)
		say(l);
}

/* to: where the batch ends; where it begins, when it is done. */
static void
commit(struct log_in *l, enum log_state state, const struct log_mark *m, uint64_t to)
{
	l->mark = (struct msg_log_mark){ .mark = *m,
		.to = to,
		.arrived = l->arrived,
		.lines = l->kept.lines,
		.accusing = l->kept.accusing,
		.gaps = l->tail.gaps };
	memcpy(l->mark.name, l->row->name, strlen(l->row->name));
	l->state = state;
	l->opened = clock_mono();
	say(l);
}

static void
read_from_here(struct log_in *l)
{
	log_tail_mark(&l->tail, clock_real(), &l->from);
	l->kept = (struct log_counts){ l->told->lines, l->told->accusing };
	l->replay = 0;
	l->state = LOG_READING;
	batch_open(l, clock_real());
}

static void
tell_gap(struct log_in *l)
{
	l->told->gaps = l->tail.gaps;
	log_warn("log %s: what was read last is not in the file any more: lines may be missing",
	    l->row->name);
}

void
tail_late(struct log_in *l)
{
	if (!log_tail_late(&l->tail, clock_real()))
		return;
	l->told->gaps = l->tail.gaps;
	log_warn("log %s: a program still writes into a part that was rotated away and read to its end: these "
		 "lines are not read; have it reopen its log (logrotate: postrotate, or copytruncate)",
	    l->row->name);
}

/* The judge's word on where we were; the files may come before or after it. */
static void
resume(struct log_in *l)
{
	const struct msg_log_mark *m = &l->mark;
	l->tail.gaps = l->told->gaps = m->gaps;
	l->told->lines = m->lines;
	l->told->accusing = m->accusing;
	bool gap = log_tail_settle(&l->tail, &m->mark);
	if (gap)
		tell_gap(l);
	msec arrived = m->arrived;
	uint64_t to = gap || m->to <= m->mark.offset ? 0 : m->to;
	read_from_here(l);
	if (!to)
		return;
	/* The batch that was under way, as it was. */
	l->from = m->mark;
	l->replay = to;
	batch_open(l, arrived);
}

void
tail_marked(struct hear_log *h, const struct msg_log_mark *m)
{
	struct log_in *l = memchr(m->name, '\0', sizeof(m->name)) ? log_of(h, m->name) : NULL;
	if (!l)
		return;
	if (l->state == LOG_ASKING && m->ask) {
		l->mark = *m;
		l->mark.ask = 0;
		if (l->tail.offers && l->offer_no)
			resume(l);
		hear_log_soon(h);
		return;
	}
	if (m->ask || m->err || m->to != l->mark.to || m->mark.offset != l->mark.mark.offset)
		return; /* of before; or it could not be written: said again by the tick */
	if (l->state == LOG_PLANNING)
		l->state = LOG_SENDING;
	else if (l->state == LOG_MARKING)
		read_from_here(l);
	hear_log_soon(h);
}

void
tail_file(struct hear_log *h, const struct msg_file *m, int fd)
{
	struct log_in *l = memchr(m->name, '\0', sizeof(m->name)) ? log_of(h, m->name) : NULL;
	if (!l) {
		close(fd);
		return;
	}
	log_tail_offer(&l->tail, fd);
	if (m->kind != FILE_LOG)
		return;
	l->offer_no = m->no;
	l->stale = false;
	if (l->state == LOG_ASKING && !l->mark.ask)
		resume(l);
	else if (l->state != LOG_ASKING && log_tail_settle(&l->tail, NULL))
		tell_gap(l);
	hear_log_soon(h);
}

static int
on_line(const char *s, size_t n, void *arg)
{
	struct log_in *l = arg;
	return batch_line(l, s, n) && !l->replay;
}

static void
close_batch(struct log_in *l)
{
	struct log_mark end;
	log_tail_mark(&l->tail, clock_real(), &end);
	batch_close(l);
	if (l->replay)
		l->state = LOG_SENDING;
	else if (l->outs)
		commit(l, LOG_PLANNING, &l->from, end.offset);
	else
		l->state = LOG_SENDING; /* nothing to hand in: it is done */
	/* Not before the bounds are kept: killed in between, the lines would be read again in other batches,
	 * and count twice. */
	if (l->state == LOG_SENDING)
		batch_send(l);
}

/* All of the batch is answered. */
static void
done(struct log_in *l)
{
	struct log_mark end;
	log_tail_mark(&l->tail, clock_real(), &end);
	if (end.offset == l->from.offset && end.ino == l->from.ino &&
	    l->mark.gaps == l->tail.gaps) {
		read_from_here(l); /* nothing moved */
		return;
	}
	l->kept = (struct log_counts){ l->told->lines, l->told->accusing };
	commit(l, LOG_MARKING, &end, end.offset);
}

static void
offer_again(struct log_in *l)
{
	struct msg_file_done d = {
		.no = l->offer_no, .offset = l->tail.pos.offset, .result = FILE_LATER
	};
	if (l->stale || !l->h->c->peer[ROLE_WATCH])
		return;
	l->stale = true;
	chan_send(l->h->c->peer[ROLE_WATCH], M_FILE_DONE, &d, NULL, 0, -1);
}

static bool
read_some(struct log_in *l, msec mono)
{
	enum tail_end e = log_tail_read(&l->tail, clock_real(), TURN_BYTES, l->replay, on_line, l);
	bool whole = l->replay && l->tail.pos.offset >= l->replay;
	blackbox_clear();
	l->told->behind = log_tail_left(&l->tail);
	l->told->too_long = l->tail.too_long;
	if (e == TAIL_CUT)
		offer_again(l);
	if (whole || (!l->replay &&
			 (batch_due(l, mono) || ((e == TAIL_NEXT || e == TAIL_CUT) && l->last)))) {
		close_batch(l);
		return true;
	}
	if (e == TAIL_NEXT) {
		if (l->replay) { /* a copy that ends before the batch did */
			l->tail.gaps++;
			tell_gap(l);
		}
		if (l->tail.pos.offset !=
		    l->from.offset) /* read and harmless: say so before it goes */
			close_batch(l);
		log_tail_next(&l->tail, clock_real());
		if (l->state == LOG_READING)
			read_from_here(l);
		return true;
	}
	return e == TAIL_STOPPED;
}

bool
tail_turn(struct log_in *l, msec mono)
{
	switch (l->state) {
	case LOG_READING: return read_some(l, mono);
	case LOG_SENDING:
		batch_send(l);
		if (l->outs == 0)
			done(l);
		return false;
	case LOG_PLANNING:
	case LOG_MARKING:
		if (l->h->c->peer[ROLE_JUDGE] && mono - l->opened > LOG_FLUSH_QUIET) {
			l->opened = mono;
			say(l);
		}
		return false;
	default: return false;
	}
}
