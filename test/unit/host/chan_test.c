/* SPDX-License-Identifier: BSD-2-Clause */
/* The channel: the table's checks, credit, descriptors, queues, sealed memory. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/chan.h"

enum { HAND = 1, FOOT = 2, STRANGER = 3 };
enum { CREDIT, PAID, FREE, WITH_FD, MAY_FD, BACK, ALL, TYPES };
#define A_HAND CHAN_ROLE(HAND)
#define A_FOOT CHAN_ROLE(FOOT)

struct body {
	uint64_t a;
};

static const struct chan_row table[TYPES] = {
	[CREDIT] = { "CREDIT", CHAN_ANY, CHAN_ANY, 0, 8 },
	[PAID] = { "PAID", A_HAND, A_FOOT, MSG_CREDIT | MSG_TAIL, sizeof(struct body) },
	[FREE] = { "FREE", A_HAND, A_FOOT, 0, sizeof(struct body) },
	[WITH_FD] = { "WITH_FD", A_HAND, CHAN_ANY, MSG_FD, sizeof(struct body) },
	[MAY_FD] = { "MAY_FD", A_HAND, A_FOOT, MSG_MAYFD | MSG_TAIL, sizeof(struct body) },
	[BACK] = { "BACK", A_FOOT, A_HAND, 0, sizeof(struct body) },
	[ALL] = { "ALL", A_HAND | A_FOOT, CHAN_ROLE(STRANGER), 0, sizeof(struct body) },
};

struct raw {
	uint16_t type, flags;
	uint32_t len;
	uint8_t body[64];
};

static int
check(uint8_t from, uint8_t to, uint16_t type, uint32_t len, size_t n, bool fd)
{
	_Alignas(8) struct raw r = { .type = type, .len = len };
	struct chan_msg m;
	return chan_check(table, TYPES, from, to, &r, n, fd, &m);
}

static void
test_check(void **state)
{
	(void)state;
	assert_int_equal(check(HAND, FOOT, FREE, 8, 16, false), 0);
	assert_int_equal(check(FOOT, HAND, FREE, 8, 16, false), -EBADMSG);     /* wrong sender */
	assert_int_equal(check(HAND, STRANGER, FREE, 8, 16, false), -EBADMSG); /* wrong receiver */
	assert_int_equal(check(HAND, FOOT, TYPES, 8, 16, false), -EBADMSG);
	assert_int_equal(check(HAND, STRANGER, ALL, 8, 16, false), 0); /* two may send it */
	assert_int_equal(check(FOOT, STRANGER, ALL, 8, 16, false), 0);
	assert_int_equal(check(STRANGER, STRANGER, ALL, 8, 16, false), -EBADMSG);
	assert_int_equal(check(HAND, FOOT, ALL, 8, 16, false), -EBADMSG);
	assert_int_equal(check(200, STRANGER, WITH_FD, 8, 16, true), -EBADMSG); /* no such role */
	assert_int_equal(check(HAND, 200, WITH_FD, 8, 16, true), -EBADMSG);
	assert_int_equal(check(HAND, FOOT, FREE, 8, 15, false), -EBADMSG);
	assert_int_equal(check(HAND, FOOT, FREE, 7, 15, false), -EBADMSG);
	assert_int_equal(check(HAND, FOOT, FREE, 9, 17, false), -EBADMSG); /* a tail it has not */
	assert_int_equal(check(HAND, FOOT, PAID, 9, 17, false), 0);
	assert_int_equal(check(HAND, FOOT, PAID, 0xfffffff8u, 16, false), -EBADMSG);
	assert_int_equal(check(HAND, FOOT, FREE, 8, 16, true), -EBADMSG); /* surplus descriptor */
	assert_int_equal(
	    check(HAND, FOOT, WITH_FD, 8, 16, false), -EBADMSG); /* missing descriptor */
	assert_int_equal(check(HAND, STRANGER, WITH_FD, 8, 16, true), 0);
	assert_int_equal(check(HAND, FOOT, MAY_FD, 8, 16, false), 0);
	assert_int_equal(check(HAND, FOOT, MAY_FD, 8, 16, true), 0);
	assert_int_equal(check(HAND, FOOT, FREE, 8, 7, false), -EBADMSG); /* no header */
	assert_int_equal(check(HAND, FOOT, FREE, 8, CHAN_MAX + 1, false), -EBADMSG);
	_Alignas(8) struct raw r = { .type = FREE, .flags = 1, .len = 8 };
	struct chan_msg m;
	assert_int_equal(chan_check(table, TYPES, HAND, FOOT, &r, 16, false, &m), -EBADMSG);
}

/* A channel end with what happened to it. */
struct end {
	struct loop *loop;
	struct chan *chan;
	unsigned got, gone, room, fds;
	uint64_t last;
	size_t tail;
	unsigned stop_at;
	bool free_in_cb;
};

static void
on_msg(struct chan *c, struct chan_msg *m, void *arg)
{
	struct end *e = arg;
	struct body b;
	memcpy(&b, m->body, sizeof b);
	e->last = b.a;
	e->tail = m->tail_len;
	if (m->fd >= 0) {
		e->fds++;
		assert_true(fcntl(m->fd, F_GETFD) & FD_CLOEXEC);
		close(m->fd);
	}
	if (e->free_in_cb) {
		chan_free(c);
		e->chan = NULL;
	}
	if (++e->got == e->stop_at)
		loop_stop(e->loop);
}

static void
on_gone(struct chan *c, void *arg)
{
	struct end *e = arg;
	e->gone++;
	chan_free(c);
	e->chan = NULL;
	loop_stop(e->loop);
}

static void
on_room(struct chan *c, void *arg)
{
	(void)c;
	struct end *e = arg;
	e->room++;
	loop_stop(e->loop);
}

static void
on_watchdog(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	(void)arg;
	fail_msg("the loop did not end in 60 s");
}

static struct end hand, foot;
static struct loop *loop;
static struct loop_event *watchdog;

static int
setup(void **state)
{
	(void)state;
	int sv[2];
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sv), 0);
	loop = loop_new();
	watchdog = loop_timer(loop, on_watchdog, NULL);
	loop_timer_in(watchdog, 60 * MSEC_SECOND);
	hand = (struct end){ .loop = loop };
	foot = (struct end){ .loop = loop };
	hand.chan = chan_new(loop, sv[0], HAND, FOOT, table, TYPES, on_msg, on_gone, &hand);
	chan_on_room(hand.chan, on_room);
	foot.chan = chan_new(loop, sv[1], FOOT, HAND, table, TYPES, on_msg, on_gone, &foot);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	chan_free(hand.chan);
	chan_free(foot.chan);
	loop_drop(watchdog);
	loop_free(loop);
	return 0;
}

static void
test_credit(void **state)
{
	(void)state;
	struct body b = { 7 };
	assert_int_equal(
	    chan_send(hand.chan, PAID, &b, "xyz", 3, -1), -EAGAIN); /* none granted yet */
	chan_grant(foot.chan, 2, 100);
	loop_run(loop);
	assert_int_equal(hand.room, 1);
	assert_true(chan_may_send(hand.chan, 100));
	assert_false(chan_may_send(hand.chan, 101));
	foot.stop_at = 2;
	assert_int_equal(chan_send(hand.chan, PAID, &b, "xyz", 3, -1), 0);
	assert_int_equal(chan_send(hand.chan, PAID, &b, NULL, 0, -1), 0);
	assert_int_equal(
	    chan_send(hand.chan, PAID, &b, NULL, 0, -1), -EAGAIN); /* messages used up */
	loop_run(loop);
	assert_int_equal(foot.got, 2);
	chan_grant(foot.chan, 5, 0); /* 100 - 11 - 8 bytes left */
	loop_run(loop);
	assert_int_equal(hand.room, 2);
	static char tail[74];
	assert_int_equal(chan_send(hand.chan, PAID, &b, tail, 74, -1), -EAGAIN);
	assert_int_equal(chan_send(hand.chan, PAID, &b, tail, 73, -1), 0);
	foot.stop_at = 3;
	loop_run(loop);
	assert_int_equal(foot.tail, 73);
}

static void
test_overspent(void **state)
{
	(void)state;
	/* A captured sender ignores credit: the receiver does not. */
	_Alignas(8) struct raw r = { .type = PAID, .len = 8 };
	int sv[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	struct end e = { .loop = loop };
	e.chan = chan_new(loop, sv[0], FOOT, HAND, table, TYPES, on_msg, on_gone, &e);
	assert_int_equal(write(sv[1], &r, 16), 16);
	loop_run(loop);
	assert_int_equal(e.got, 0);
	assert_int_equal(e.gone, 1);
	close(sv[1]);
}

static void
test_oversize(void **state)
{
	(void)state;
	static char tail[CHAN_MAX];
	struct body b = { 0 };
	chan_grant(foot.chan, 10, 1 << 20);
	assert_int_equal(chan_send(hand.chan, PAID, &b, tail, CHAN_MAX - 15, -1), -EMSGSIZE);
	hand.room = 0;
	assert_int_equal(chan_send(hand.chan, PAID, &b, tail, CHAN_MAX - 16, -1), -EAGAIN);
	loop_run(loop); /* until room */
	foot.stop_at = 1;
	assert_int_equal(chan_send(hand.chan, PAID, &b, tail, CHAN_MAX - 16, -1), 0);
	loop_run(loop);
	assert_int_equal(foot.tail, CHAN_MAX - 16);
	/* Longer than a message may be, sent past chan_send. */
	int sv[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	struct end e = { .loop = loop };
	e.chan = chan_new(loop, sv[0], FOOT, HAND, table, TYPES, on_msg, on_gone, &e);
	static char big[CHAN_MAX + 1];
	assert_int_equal(write(sv[1], big, sizeof big), sizeof big);
	loop_run(loop);
	assert_int_equal(e.gone, 1);
	close(sv[1]);
}

static void
test_descriptors(void **state)
{
	(void)state;
	struct body b = { 1 };
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	foot.stop_at = 2;
	assert_int_equal(chan_send(hand.chan, WITH_FD, &b, NULL, 0, fd), 0);
	assert_int_equal(chan_send(hand.chan, MAY_FD, &b, NULL, 0, -1), 0);
	loop_run(loop);
	assert_int_equal(foot.fds, 1);
	/* Missing: the receiver closes. */
	assert_int_equal(chan_send(hand.chan, WITH_FD, &b, NULL, 0, -1), 0);
	loop_run(loop);
	assert_int_equal(foot.gone, 1);
	loop_run(loop);
	assert_int_equal(hand.gone, 1);
	close(fd);
}

static void
test_two_descriptors(void **state)
{
	(void)state;
	/* Two descriptors in one message: refused, and neither leaks. */
	int sv[2], fds[2] = { open("/dev/null", O_RDONLY), open("/dev/null", O_RDONLY) };
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	struct end e = { .loop = loop };
	e.chan = chan_new(loop, sv[0], FOOT, HAND, table, TYPES, on_msg, on_gone, &e);
	_Alignas(8) struct raw r = { .type = MAY_FD, .len = 8 };
	struct iovec iov = { .iov_base = &r, .iov_len = 16 };
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof fds)];
	} ctl = { 0 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &ctl,
		.msg_controllen = sizeof ctl.room };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof fds);
	memcpy(CMSG_DATA(h), fds, sizeof fds);
	int before = dup(0);
	assert_int_equal(sendmsg(sv[1], &m, 0), 16);
	close(before);
	loop_run(loop);
	assert_int_equal(e.got, 0);
	assert_int_equal(e.gone, 1);
	int after =
	    dup(0); /* the channel's own socket is free now, so the next number is not higher */
	assert_true(after <= before);
	close(after);
	close(fds[0]);
	close(fds[1]);
	close(sv[1]);
}

static void
test_queue(void **state)
{
	(void)state;
	/* More than the kernel holds: queued in order, with its descriptors, then delivered. */
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	unsigned n = 2000;
	for (unsigned i = 0; i < n; i++) {
		struct body b = { i };
		assert_int_equal(
		    chan_send(hand.chan, i % 100 ? FREE : WITH_FD, &b, NULL, 0, i % 100 ? -1 : fd),
		    0);
	}
	assert_true(chan_queued(hand.chan) > 0);
	close(fd);
	foot.stop_at = n;
	loop_run(loop);
	assert_int_equal(foot.last, n - 1);
	assert_int_equal(foot.fds, n / 100);
	assert_int_equal(chan_queued(hand.chan), 0);
}

static void
test_gone(void **state)
{
	(void)state;
	chan_free(foot.chan);
	foot.chan = NULL;
	struct body b = { 1 };
	assert_int_equal(chan_send(hand.chan, FREE, &b, NULL, 0, -1), -EPIPE);
	assert_int_equal(hand.gone, 0); /* never from inside the call */
	loop_run(loop);
	assert_int_equal(hand.gone, 1);
}

static void
test_free_in_callback(void **state)
{
	(void)state;
	struct body b = { 1 };
	foot.free_in_cb = true;
	foot.stop_at = 1;
	chan_send(hand.chan, FREE, &b, NULL, 0, -1);
	chan_send(hand.chan, FREE, &b, NULL, 0, -1);
	loop_run(loop);
	assert_int_equal(foot.got, 1);
	assert_int_equal(foot.gone, 0);
}

static void
test_seal(void **state)
{
	(void)state;
	int fd;
	const void *p;
	size_t n;
	assert_int_equal(seal_make("t", "hello", 5, &fd), 0);
	assert_int_equal(seal_map(fd, 4, &p, &n), -EFBIG);
	assert_int_equal(seal_map(fd, 5, &p, &n), 0);
	assert_int_equal(n, 5);
	assert_memory_equal(p, "hello", 5);
	seal_unmap(p, n);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_true(write(fd, "x", 1) < 0);
	close(fd);
	assert_int_equal(seal_make("t", NULL, 0, &fd), 0);
	assert_int_equal(seal_map(fd, 5, &p, &n), 0);
	assert_int_equal(n, 0);
	close(fd);
	/* Not sealed, sealed in part, no memory at all. */
	fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(fd, 5), 0);
	assert_int_equal(seal_map(fd, 5, &p, &n), -EPERM);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL), 0);
	assert_int_equal(seal_map(fd, 5, &p, &n), -EPERM);
	close(fd);
	fd = open("/dev/null", O_RDONLY);
	assert_int_equal(seal_map(fd, 5, &p, &n), -EPERM);
	assert_int_equal(seal_size(fd, 5, &n), -EPERM);
	close(fd);
}

/* Filled in place, then shut: what is behind the bytes kept is gone, and nobody can write there any more. */
static void
test_seal_in_place(void **state)
{
	(void)state;
	int fd;
	uint8_t *room;
	const void *p;
	size_t n;
	assert_int_equal(seal_open("t", 100000, &fd, &room), 0);
	memset(room, 'x', 100000);
	assert_int_equal(seal_map(fd, 100000, &p, &n), -EPERM); /* not yet */
	assert_int_equal(seal_shut(fd, room, 100000, 70001, &p), 0);
	assert_int_equal(seal_size(fd, 70000, &n), -EFBIG);
	assert_int_equal(seal_size(fd, 70001, &n), 0);
	assert_int_equal(n, 70001);
	assert_int_equal(((const char *)p)[70000], 'x');
	seal_unmap(p, n);
	assert_true(write(fd, "y", 1) < 0);
	assert_int_equal(seal_map(fd, 70001, &p, &n), 0);
	seal_unmap(p, n);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test_setup_teardown(test_credit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_overspent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_oversize, setup, teardown),
		cmocka_unit_test_setup_teardown(test_descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_queue, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_free_in_callback, setup, teardown),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_seal_in_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
