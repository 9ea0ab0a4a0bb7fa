/* SPDX-License-Identifier: BSD-2-Clause */
/* The judge role at its channels, with roles a test plays on the other ends. Nobody asks at its control
 * socket. */
#ifndef TEST_JUDGE_PEERS_H
#define TEST_JUDGE_PEERS_H

#include <sys/socket.h>

#include "judge_set.h"

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
	return c;
}

/* That role dies; c: the test's end. */
static inline void
disconnect_role(enum role_id id, struct chan *c)
{
	struct chan *mine = set.ctx.peer[id];
	set.ctx.peer[id] = NULL;
	role_judge.peer_down(&set.ctx, id);
	chan_free(mine);
	chan_free(c);
}

/* The judge, begun, with nobody there yet. */
static inline void
set_judge(const char *more)
{
	set_conf(more);
	role_judge.init(&set.ctx);
	role_judge.start(&set.ctx);
}

#endif
