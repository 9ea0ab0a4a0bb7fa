/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Role hear-log: the operator's own firewalls, servers and IDSes as sources: log files that watch opens,
 * and syslog from sockets the warden opened. Lines that accuse an address of ours become reports of
 * "log:NAME", which stands among the reporters as the configuration ranks it. Logs hold what strangers
 * sent, and packets nobody sent: it believes only the places a program writes itself, and one-way lines
 * are weak evidence. It opens nothing and answers nobody.
 */
#include "lymphd/hear_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "wire/json.h"

#define TICK (MSEC_SECOND / 2)
#define TELL (2 * MSEC_SECOND)

void
hear_log_soon(struct hear_log *h)
{
	if (h->turn)
		loop_timer_in(h->turn, 0);
}

static bool
turn_all(struct hear_log *h)
{
	msec mono = clock_mono();
	bool more = false;
	for (unsigned i = 0; i < h->logs; i++) {
		struct log_in *l = &h->log[i];
		if (l->row->file[0])
			more |= tail_turn(l, mono);
		else if (l->door)
			net_turn(l, mono);
	}
	return more;
}

static void
on_turn(int fd, int ready, void *arg)
{
	struct hear_log *h = arg;
	(void)fd, (void)ready;
	if (turn_all(h))
		hear_log_soon(h);
}

static void
tell(struct hear_log *h)
{
	if (!h->c->peer[ROLE_JUDGE] || memcmp(&h->state, &h->said, sizeof(h->state)) == 0)
		return;
	if (chan_send(h->c->peer[ROLE_JUDGE], M_LOG_STATE, &h->state, NULL, 0, -1) == 0)
		h->said = h->state;
}

static void
on_tick(int fd, int ready, void *arg)
{
	static msec told;
	struct hear_log *h = arg;
	on_turn(fd, ready, arg);
	for (unsigned i = 0; i < h->logs; i++)
		tail_late(&h->log[i]);
	handoff_pump(&h->out); /* what waits for memory has nobody to call it */
	if (clock_mono() - told >= TELL) {
		told = clock_mono();
		tell(h);
	}
	loop_timer_in(h->tick, TICK);
}

static void
log_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	struct hear_log *h = c->state;
	if (from == ROLE_JUDGE && m->type == M_REPORT_ANSWER)
		batch_answered(h, m->body);
	else if (from == ROLE_JUDGE && m->type == M_LOG_MARKED)
		tail_marked(h, m->body);
	else if (from == ROLE_WATCH && m->type == M_FILE) {
		tail_file(h, m->body, m->fd);
		m->fd = -1;
		chan_grant(c->peer[ROLE_WATCH], 1, sizeof(struct msg_file));
	}
	if (m->fd >= 0)
		close(m->fd);
}

static void
log_peer_up(struct role_ctx *c, enum role_id id)
{
	struct hear_log *h = c->state;
	if (id == ROLE_WATCH)
		chan_grant(c->peer[id], TAIL_FILES, TAIL_FILES * (uint32_t)sizeof(struct msg_file));
	if (id != ROLE_JUDGE)
		return;
	memset(&h->said, 0, sizeof(h->said));
	for (unsigned i = 0; i < h->logs; i++)
		if (h->log[i].row->file[0])
			tail_judge_up(&h->log[i]);
	handoff_pump(&h->out);
}

static void
log_peer_down(struct role_ctx *c, enum role_id id)
{
	struct hear_log *h = c->state;
	if (id == ROLE_JUDGE)
		handoff_down(&h->out);
	for (unsigned i = 0; id == ROLE_WATCH && i < h->logs; i++)
		h->log[i].stale = false; /* nobody remembers that we asked */
}

static void
log_room(struct role_ctx *c, enum role_id id)
{
	struct hear_log *h = c->state;
	if (id != ROLE_JUDGE)
		return;
	for (unsigned i = 0; i < h->logs; i++)
		tail_room(&h->log[i]);
	handoff_pump(&h->out);
}

/* The warden hands the sockets in the order of the configuration. */
static void
log_init(struct role_ctx *c)
{
	struct hear_log *h = calloc(1, sizeof(*h));
	unsigned next = 0;
	if (!h || sodium_init() < 0 || !(h->buf = malloc(TAIL_LINE + 1)))
		fatal_oom();
	json_warm();
	h->c = c;
	c->state = h;
	h->logs = c->conf->logs;
	h->log = calloc(h->logs + 1, sizeof(*h->log));
	if (!h->log)
		fatal_oom();
	handoff_init(&h->out, c, ROLE_JUDGE, LOG_SLOTS);
	h->state.n = h->logs;
	for (unsigned i = 0; i < h->logs; i++) {
		struct log_in *l = &h->log[i];
		l->h = h;
		l->row = &c->conf->log[i];
		l->told = &h->state.row[i];
		memcpy(l->told->name, l->row->name, sizeof(l->told->name));
		if (!identity_make(IDENTITY_LOG, l->row->name, &l->identity))
			fatal("log \"%s\": no name of a source", l->row->name);
		log_tail_init(&l->tail, h->buf);
		batch_init(l);
		l->mark.ask = 1;
		if (l->row->listen[0] && next < c->listens)
			net_init(l, c->listen[next++].fd);
	}
}

static void
log_start(struct role_ctx *c)
{
	struct hear_log *h = c->state;
	for (unsigned i = 0; i < h->logs; i++)
		if (h->log[i].door)
			net_start(&h->log[i]);
	h->turn = loop_timer(c->loop, on_turn, h);
	h->tick = loop_timer(c->loop, on_tick, h);
	loop_timer_in(h->tick, TICK);
}

static bool
log_wanted(const struct conf *c)
{
	return c->logs > 0;
}

const struct role role_hear_log = {
	.id = ROLE_HEAR_LOG,
	.name = "hear-log",
	.promises = BOX_CHAN | BOX_UDP | BOX_ACCEPT,
	.rlimit_as = UINT64_C(2) << 30,
	.peers = 1u << ROLE_JUDGE | 1u << ROLE_WATCH,
	.wanted = log_wanted,
	.init = log_init,
	.start = log_start,
	.message = log_message,
	.peer_up = log_peer_up,
	.peer_down = log_peer_down,
	.room = log_room,
};
