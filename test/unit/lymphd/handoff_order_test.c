/* SPDX-License-Identifier: BSD-2-Clause */
/* Two queues on one channel: what is signed goes first, whatever came first; nothing is sent twice but to
 * a peer that was away, and an answer finds its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "host/clock.h"
#include "lymphd/handoff.h"

static struct {
	struct role_ctx ctx;
	struct handoff first, crowd;
	struct chan *far;
	uint64_t got[16];
	size_t n;
} t;

static void
on_message(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	assert_int_equal(m->type, M_REPORT);
	assert_true(t.n < 16);
	t.got[t.n++] = ((const struct msg_report *)m->body)->ticket;
}

static void
on_gone(struct chan *c, void *arg)
{
	(void)c, (void)arg;
	fail_msg("a channel broke");
}

static void
on_room(struct chan *c, void *arg)
{
	(void)c, (void)arg;
	handoff_pump(&t.first);
	handoff_pump(&t.crowd);
}

static void
on_wake(int fd, int ready, void *arg)
{
	(void)fd, (void)ready;
	loop_stop(arg);
}

static void
turns(size_t want)
{
	msec end = clock_mono() + MSEC_MINUTE;
	struct loop_event *ev = loop_timer(t.ctx.loop, on_wake, t.ctx.loop);
	for (int more = 3; more > 0; more -= t.n >= want) { /* a little longer: nothing else comes */
		assert_true(clock_mono() < end);
		loop_timer_in(ev, 2);
		loop_run(t.ctx.loop);
	}
	loop_drop(ev);
	assert_int_equal(t.n, want);
}

static void
connect_judge(void)
{
	int fd[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
	t.ctx.peer[ROLE_JUDGE] = chan_new(t.ctx.loop, fd[0], ROLE_HEAR_REPORTS, ROLE_JUDGE, msg_table, M_N,
	    on_message, on_gone, NULL);
	chan_on_room(t.ctx.peer[ROLE_JUDGE], on_room);
	t.far = chan_new(t.ctx.loop, fd[1], ROLE_JUDGE, ROLE_HEAR_REPORTS, msg_table, M_N, on_message, on_gone,
	    NULL);
}

/* Two queues to one judge: the crowd's behind the first. */
static void
begin(void)
{
	t.ctx.loop = loop_new();
	handoff_init(&t.first, &t.ctx, ROLE_JUDGE, 8);
	handoff_init(&t.crowd, &t.ctx, ROLE_JUDGE, 8);
	t.crowd.before = &t.first;
	t.crowd.serial = UINT64_C(1) << 40;
	connect_judge();
}

static void
clean_up(void)
{
	chan_free(t.ctx.peer[ROLE_JUDGE]);
	chan_free(t.far);
	free(t.first.slot);
	free(t.crowd.slot);
	loop_free(t.ctx.loop);
	memset(&t, 0, sizeof(t));
}

static void
test_signed_first(void **state)
{
	(void)state;
	struct msg_report m[5] = { 0 };
	struct handed h[5];
	begin();
	for (int i = 0; i < 5; i++) {
		h[i] = (struct handed){ .type = M_REPORT, .msg = &m[i], .tail = (const uint8_t *)"x", .len = 1,
			.owner = &m[i] };
		/* The crowd came first, and in between. */
		assert_true(handoff_give(i % 2 ? &t.first : &t.crowd, &h[i]));
	}
	turns(0); /* no credit yet */
	chan_grant(t.far, 1, 1 << 20);
	turns(1);
	assert_int_equal(t.got[0], m[1].ticket);
	chan_grant(t.far, 2, 1 << 20);
	turns(3);
	assert_int_equal(t.got[1], m[3].ticket);
	assert_int_equal(t.got[2], m[0].ticket);
	chan_grant(t.far, 9, 1 << 20);
	turns(5);
	assert_int_equal(t.got[4], m[4].ticket);
	/* An answer is for one of one queue. */
	assert_null(handoff_answered(&t.crowd, m[1].ticket));
	assert_ptr_equal(handoff_answered(&t.first, m[1].ticket), &h[1]);
	assert_null(handoff_answered(&t.first, m[0].ticket));
	assert_ptr_equal(handoff_answered(&t.crowd, m[0].ticket), &h[0]);
	assert_null(handoff_answered(&t.crowd, m[0].ticket));
	/* The judge comes back: what it had not answered, the signed first. */
	chan_free(t.ctx.peer[ROLE_JUDGE]);
	chan_free(t.far);
	handoff_down(&t.first);
	handoff_down(&t.crowd);
	t.n = 0;
	connect_judge();
	on_room(NULL, NULL);
	chan_grant(t.far, 9, 1 << 20);
	turns(3);
	assert_int_equal(t.got[0], m[3].ticket);
	assert_int_equal(t.got[1], m[2].ticket);
	assert_int_equal(t.got[2], m[4].ticket);
	/* What is gone is not waited for. */
	handoff_drop(&t.first, &h[3]);
	assert_null(handoff_answered(&t.first, m[3].ticket));
	clean_up();
}

/* A large signed one waits for room: a small one of the crowd, for which there would be, waits behind it. */
static void
test_large_signed_first(void **state)
{
	(void)state;
	static uint8_t large[40000];
	struct msg_report m[3] = { 0 };
	struct handed h[3];
	begin();
	chan_grant(t.far, 9, 10000);
	turns(0);
	for (int i = 0; i < 3; i++)
		h[i] = (struct handed){ .type = M_REPORT, .msg = &m[i], .tail = large, .len = i == 1 ? sizeof(large) : 1,
			.owner = &m[i] };
	assert_true(handoff_give(&t.crowd, &h[0])); /* nobody before it */
	turns(1);
	assert_true(handoff_give(&t.first, &h[1]));
	assert_true(handoff_give(&t.crowd, &h[2]));
	handoff_pump(&t.crowd);
	turns(1);
	chan_grant(t.far, 9, 60000);
	turns(3);
	assert_int_equal(t.got[1], m[1].ticket);
	assert_int_equal(t.got[2], m[2].ticket);
	clean_up();
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_signed_first),
		cmocka_unit_test(test_large_signed_first) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
