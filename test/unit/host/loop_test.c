/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop: timers, descriptors, signals, drops inside callbacks; the log's limiter. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/clock.h"
#include "host/log.h"
#include "host/loop.h"

static struct loop *loop;
static struct loop_event *ev[3];
static int calls;

static void
on_timer(int fd, int ready, void *arg)
{
	assert_int_equal(fd, -1);
	assert_int_equal(ready, 0);
	(void)arg;
	if (++calls < 3)
		loop_timer_in(ev[0], 1);
	else
		loop_stop(loop);
}

static void
test_timer(void **state)
{
	(void)state;
	loop = loop_new();
	calls = 0;
	ev[0] = loop_timer(loop, on_timer, NULL);
	ev[1] = loop_timer(loop, on_timer, NULL);
	loop_timer_in(ev[1], 0);
	loop_timer_off(ev[1]); /* does not come */
	msec start = clock_mono();
	loop_timer_in(ev[0], 0);
	loop_run(loop);
	assert_int_equal(calls, 3);
	assert_true(clock_mono() >= start);
	loop_drop(ev[0]);
	loop_drop(ev[1]);
	loop_free(loop);
}

static void
on_pipe(int fd, int ready, void *arg)
{
	(void)arg;
	char c;
	assert_int_equal(ready, LOOP_READ);
	assert_int_equal(read(fd, &c, 1), 1);
	calls++;
	loop_drop(ev[0]); /* itself */
	loop_drop(ev[1]); /* and another that is ready */
	ev[0] = ev[1] = NULL;
	loop_timer_in(ev[2], 0);
}

static void
on_end(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	(void)arg;
	loop_stop(loop);
}

static void
test_drop(void **state)
{
	(void)state;
	int a[2], b[2];
	assert_int_equal(pipe(a), 0);
	assert_int_equal(pipe(b), 0);
	assert_int_equal(write(a[1], "x", 1), 1);
	assert_int_equal(write(b[1], "x", 1), 1);
	loop = loop_new();
	calls = 0;
	ev[0] = loop_fd(loop, a[0], LOOP_READ, on_pipe, NULL);
	ev[1] = loop_fd(loop, b[0], LOOP_READ, on_pipe, NULL);
	ev[2] = loop_timer(loop, on_end, NULL);
	loop_run(loop);
	assert_int_equal(calls, 1);
	loop_drop(ev[2]);
	loop_free(loop);
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
}

static void
on_usr1(int signo, int ready, void *arg)
{
	(void)ready;
	(void)arg;
	assert_int_equal(signo, SIGUSR1);
	calls++;
	loop_stop(loop);
}

static void
test_signal(void **state)
{
	(void)state;
	loop = loop_new();
	calls = 0;
	ev[0] = loop_signal(loop, SIGUSR1, on_usr1, NULL);
	raise(SIGUSR1);
	loop_run(loop);
	assert_int_equal(calls, 1);
	loop_drop(ev[0]);
	loop_drop(NULL);
	loop_free(loop);
}

static void
test_limit(void **state)
{
	(void)state;
	struct log_limit l = { 0 };
	unsigned held = 99;
	assert_true(log_may(&l, &held));
	assert_int_equal(held, 0);
	assert_false(log_may(&l, &held));
	assert_false(log_may(&l, &held));
	l.next = 0; /* a minute later */
	assert_true(log_may(&l, &held));
	assert_int_equal(held, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timer),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
