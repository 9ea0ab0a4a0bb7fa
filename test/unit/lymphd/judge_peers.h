/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge role at its channels, with roles a test plays on the other ends: its lives, from one death to the
 * next. Nobody asks at its control socket.
 */
#ifndef TEST_JUDGE_PEERS_H
#define TEST_JUDGE_PEERS_H

#include <sys/socket.h>

#include "judge_set.h"

static struct chan *peer_end[ROLE_N]; /* the test's ends; they go with the life they belong to */

void
control_init(const struct role_ctx *c)
{
	(void)c;
}

void
control_start(struct edge *e)
{
	(void)e;
}

static inline void
peer_said(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)arg;
	role_judge.message(&set.ctx, (enum role_id)chan_peer(c), m);
}

static inline void
peer_room(struct chan *c, void *arg)
{
	(void)arg;
	role_judge.room(&set.ctx, (enum role_id)chan_peer(c));
}

static inline void
peer_gone(struct chan *c, void *arg)
{
	(void)c, (void)arg;
	fail_msg("a channel broke");
}

/* The test's end of a new channel between the judge and that role; from_judge gets what the judge says. */
static inline struct chan *
connect_role(enum role_id id, chan_cb *from_judge)
{
	int fd[2];
	bool warden = id == ROLE_WARDEN;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
	struct chan **at = warden ? &set.ctx.warden : &set.ctx.peer[id];
	*at = chan_new(set.ctx.loop, fd[0], ROLE_JUDGE, (uint8_t)id, msg_table, M_N, peer_said, peer_gone, NULL);
	struct chan *c = chan_new(set.ctx.loop, fd[1], (uint8_t)id, ROLE_JUDGE, msg_table, M_N, from_judge,
	    peer_gone, NULL);
	if (!warden) {
		chan_on_room(*at, peer_room);
		role_judge.peer_up(&set.ctx, id);
	}
	assert_null(peer_end[id]);
	peer_end[id] = c;
	return c;
}

/* That role dies. */
static inline void
disconnect_role(enum role_id id)
{
	struct chan *mine = set.ctx.peer[id];
	set.ctx.peer[id] = NULL;
	role_judge.peer_down(&set.ctx, id);
	chan_free(mine);
	chan_free(peer_end[id]);
	peer_end[id] = NULL;
}

/* The judge, begun, with nobody there yet. */
static inline void
set_judge(const char *more)
{
	set_conf(more);
	role_judge.init(&set.ctx);
	role_judge.start(&set.ctx);
}

/* The judge dies as by kill -9: nothing is told to anybody. */
static inline void
judge_die(void)
{
	set_end();
	for (int id = 0; id < ROLE_N; id++) {
		chan_free(peer_end[id]);
		peer_end[id] = NULL;
	}
}

/* A test's set-up: a folder of its own, and the judge's first life in it. */
static inline int
judge_up(const char *name, void (*live)(void))
{
	if (set_dir(name) < 0)
		return -1;
	live();
	return 0;
}

static inline int
judge_down(void **state)
{
	(void)state;
	if (edge())
		judge_die();
	return set_dir_gone();
}

#endif
