/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who asks at the control socket: nobody but staff, as the kernel says who it is; and whoever holds connections, or
 * however many come at a time, everybody else is answered.
 */
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "control_set.h"

/* As another user, of no group of staff: neither reads nor changes. The kernel says who asks. */
static void
test_nobody(void **state)
{
	(void)state;
	static const char set[] =
	    "{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"pin\":\"0.5\"}}\n";
	struct client c = { 0 };
	int out[2];
	unsigned before = card.submits;
	if (getuid() != 0)
		skip();
	assert_int_equal(chmod(at.sun_path, 0666), 0);
	assert_int_equal(pipe(out), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char buf[4096];
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		ssize_t n;
		if (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0 ||
		    connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
			_exit(1);
		/* It is turned away as it connects, maybe before this. */
		if (send(fd, set, sizeof(set) - 1, MSG_NOSIGNAL) < 0 && errno != EPIPE)
			_exit(1);
		while ((n = read(fd, buf, sizeof(buf))) > 0)
			if (write(out[1], buf, (size_t)n) < 0)
				_exit(1);
		_exit(0);
	}
	close(out[1]);
	struct loop_event *dog = loop_timer(ctx.loop, on_watchdog, NULL);
	struct loop_event *e = loop_fd(ctx.loop, out[0], LOOP_READ, on_answer, &c);
	loop_timer_in(dog, 60 * MSEC_SECOND);
	loop_run(ctx.loop);
	loop_drop(e);
	loop_drop(dog);
	close(out[0]);
	waitpid(pid, NULL, 0);
	assert_non_null(strstr(c.got, "\"not-allowed\""));
	assert_int_equal(card.submits, before);
	free(c.got);
}

#define VIEWERS 64912 /* group */

/* As this uid, of no role but the viewer's: idle connections, held until the other end is closed. */
static pid_t
hold(uid_t uid, int n, const int ready[2], const int until[2])
{
	pid_t pid = fork();
	char c;
	if (pid)
		return pid;
	close(until[1]);
	if (setgroups(0, NULL) < 0 || setgid(VIEWERS) < 0 || setuid(uid) < 0)
		_exit(1);
	for (int i = 0; i < n; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
			_exit(1);
	}
	_exit(write(ready[1], "x", 1) == 1 && read(until[0], &c, 1) == 0 ? 0 : 1);
}

/* Viewers hold all they can get and ask for nothing: everybody else is answered at once. */
static void
test_holders(void **state)
{
	(void)state;
	int ready[2], until[2], status, in = 0;
	pid_t pid[6];
	char c;
	if (getuid() != 0)
		skip();
	assert_int_equal(chmod(at.sun_path, 0666), 0);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(until), 0);
	for (int i = 0; i < 6; i++)
		pid[i] = hold(64900 + (uid_t)(i % 5), 10, ready, until);
	while (in < 6) { /* they get in while the loop runs; together they fit the backlog */
		struct pollfd p = { .fd = ready[0], .events = POLLIN };
		json_t *doc = ask("{\"cmd\":\"status\"}\n");
		assert_null(json_object_get(doc, "error"));
		json_decref(doc);
		in += poll(&p, 1, 10) == 1 && read(ready[0], &c, 1) == 1;
	}
	json_t *doc = ask("{\"cmd\":\"status\"}\n");
	assert_null(json_object_get(doc, "error"));
	json_decref(doc);
	close(until[1]);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	close(until[0]);
	close(ready[0]);
	close(ready[1]);
}

/* More callers than there are places: all are answered, one after another. */
static void
test_crowd(void **state)
{
	(void)state;
	int idle[40];
	for (int i = 0; i < 40; i++) {
		idle[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		assert_int_equal(connect(idle[i], (struct sockaddr *)&at, sizeof(at)), 0);
	}
	for (int i = 0; i < 40; i++)
		shutdown(idle[i], SHUT_WR);
	json_t *doc = ask("{\"cmd\":\"status\"}\n");
	assert_null(json_object_get(doc, "error"));
	json_decref(doc);
	for (int i = 0; i < 40; i++)
		close(idle[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_holders),
		cmocka_unit_test(test_crowd),
	};
	return cmocka_run_group_tests_name("control_callers", tests, start, stop);
}
