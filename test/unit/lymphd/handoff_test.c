/* SPDX-License-Identifier: BSD-2-Clause */
/* What is handed on and not answered: in order, as credit allows, again after a restart, never one twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/clock.h"
#include "lymphd/handoff.h"

#define SLOTS 4

static struct {
	struct role_ctx ctx;
	struct handoff h;
	struct chan *judge; /* the other end */
	struct handed x[SLOTS + 1];
	struct msg_report msg[SLOTS + 1];
	uint64_t got[16];   /* tickets, as they came */
	size_t got_len[16];
	bool sealed[16];
	unsigned n;
} t;

static void
on_wake(int fd, int ready, void *arg)
{
	(void)fd, (void)ready;
	loop_stop(arg);
}

static void
until(unsigned n)
{
	msec end = clock_mono() + MSEC_MINUTE;
	struct loop_event *ev = loop_timer(t.ctx.loop, on_wake, t.ctx.loop);
	do {
		assert_true(clock_mono() < end);
		loop_timer_in(ev, 5);
		loop_run(t.ctx.loop);
	} while (t.n < n);
	loop_drop(ev);
	assert_int_equal(t.n, n);
}

static void
at_judge(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	const void *p;
	size_t n = m->tail_len;
	t.got[t.n] = ((const struct msg_report *)m->body)->ticket;
	t.sealed[t.n] = m->fd >= 0;
	if (m->fd >= 0) {
		size_t more;
		assert_int_equal(seal_map(m->fd, 1 << 20, &p, &more), 0);
		seal_unmap(p, more);
		n += more;
		close(m->fd);
	}
	t.got_len[t.n++] = n;
}

static void
at_hear(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)m, (void)arg;
}

static void
room(struct chan *c, void *arg)
{
	(void)c, (void)arg;
	handoff_pump(&t.h);
}

static void
gone(struct chan *c, void *arg)
{
	(void)c, (void)arg;
}

static void
judge_up(uint32_t credit)
{
	int fd[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
	t.ctx.peer[ROLE_JUDGE] = chan_new(t.ctx.loop, fd[0], ROLE_HEAR_REPORTS, ROLE_JUDGE, msg_table, M_N,
	    at_hear, gone, NULL);
	chan_on_room(t.ctx.peer[ROLE_JUDGE], room);
	t.judge = chan_new(t.ctx.loop, fd[1], ROLE_JUDGE, ROLE_HEAR_REPORTS, msg_table, M_N, at_judge, gone,
	    NULL);
	if (credit)
		chan_grant(t.judge, credit, 1 << 20);
	handoff_pump(&t.h);
}

static void
judge_down(void)
{
	chan_free(t.ctx.peer[ROLE_JUDGE]);
	chan_free(t.judge);
	t.ctx.peer[ROLE_JUDGE] = NULL;
	handoff_down(&t.h);
}

static bool
give(unsigned i, const void *tail, size_t n, size_t head)
{
	t.x[i] = (struct handed){ .type = M_REPORT, .msg = &t.msg[i], .tail = tail, .len = n, .head = head,
		.owner = &t.x[i] };
	return handoff_give(&t.h, &t.x[i]);
}

static void
test_order(void **state)
{
	static uint8_t large[100000];
	(void)state;
	t.ctx.loop = loop_new();
	handoff_init(&t.h, &t.ctx, ROLE_JUDGE, SLOTS);
	for (unsigned i = 0; i < SLOTS; i++)
		assert_true(give(i, large, i == 1 ? sizeof(large) : 10, 3));
	assert_false(give(SLOTS, large, 10, 0)); /* full */
	judge_up(2);
	until(2);
	assert_int_equal(t.got[0], t.msg[0].ticket);
	assert_int_equal(t.got_len[0], 10);
	assert_false(t.sealed[0]);
	assert_int_equal(t.got[1], t.msg[1].ticket); /* oldest first, the large one in sealed memory */
	assert_true(t.sealed[1]);
	assert_int_equal(t.got_len[1], sizeof(large));
	/* No answer for what was not sent, for nobody, or twice. */
	assert_null(handoff_answered(&t.h, t.msg[2].ticket));
	assert_null(handoff_answered(&t.h, t.msg[0].ticket + SLOTS));
	assert_ptr_equal(handoff_answered(&t.h, t.msg[0].ticket), &t.x[0]);
	assert_null(handoff_answered(&t.h, t.msg[0].ticket));
	/* There is a place now; it waits behind the others, for credit. */
	uint64_t old = t.msg[0].ticket;
	assert_true(give(SLOTS, large, 10, 0));
	assert_int_not_equal(t.msg[SLOTS].ticket, old);
	chan_grant(t.judge, 1, 1 << 20);
	until(3);
	assert_int_equal(t.got[2], t.msg[2].ticket);
	/* The judge dies: what it had comes again, what was dropped does not. */
	handoff_drop(&t.h, &t.x[2]);
	judge_down();
	assert_null(handoff_answered(&t.h, t.msg[1].ticket));
	judge_up(8);
	until(6);
	assert_int_equal(t.got[3], t.msg[1].ticket);
	assert_int_equal(t.got[4], t.msg[3].ticket);
	assert_int_equal(t.got[5], t.msg[SLOTS].ticket);
	assert_ptr_equal(handoff_answered(&t.h, t.msg[3].ticket), &t.x[3]);
	assert_ptr_equal(handoff_answered(&t.h, t.msg[1].ticket), &t.x[1]);
	assert_int_equal(t.h.n, 1);
	/* What is sealed already goes as it is, and again, and stays its owner's. */
	int fd;
	assert_int_equal(seal_make("t", large, 77, &fd), 0);
	t.x[0] = (struct handed){ .type = M_REPORT, .msg = &t.msg[0], .len = 77, .sealed = true, .fd = fd,
		.owner = &t.x[0] };
	assert_true(handoff_give(&t.h, &t.x[0]));
	until(7);
	assert_true(t.sealed[6]);
	assert_int_equal(t.got_len[6], 77);
	judge_down();
	judge_up(8);
	until(9);
	assert_int_equal(t.got[8], t.msg[0].ticket);
	assert_int_equal(t.got_len[8], 77);
	assert_int_equal(close(fd), 0);
	judge_down();
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_order) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
