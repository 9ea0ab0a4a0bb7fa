/* SPDX-License-Identifier: BSD-2-Clause */
/* The black box: what the warden reads after a death, and what a role refuses. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lymphd/blackbox.h"
#include "lymphd/role.h"

static void
in_child(int fd, const uint8_t digest[32], bool clear)
{
	pid_t pid = fork();
	if (pid == 0) {
		blackbox_open(dup(fd));
		blackbox_note(digest);
		if (clear)
			blackbox_clear();
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
test_note(void **state)
{
	(void)state;
	uint8_t a[32] = { 1, 2, 3 }, got[32] = { 0 };
	int fd;
	assert_int_equal(blackbox_make(&fd), 0);
	assert_false(blackbox_read(fd, got));
	in_child(fd, a, false);
	assert_true(blackbox_read(fd, got));
	assert_memory_equal(got, a, 32);
	in_child(fd, a, true);
	assert_false(blackbox_read(fd, got));
	/* The role cannot shrink it under the warden. */
	assert_int_equal(ftruncate(fd, 0), -1);
	close(fd);
}

static void
test_refuse(void **state)
{
	(void)state;
	uint8_t d[32] = { 0 };
	assert_false(blackbox_refuses(d));
	blackbox_aside(d);
	assert_true(blackbox_refuses(d));
	/* A full list forgets the oldest, never the newest. */
	for (int i = 1; i <= BLACKBOX_ASIDES; i++) {
		memcpy(d, &i, sizeof i);
		blackbox_aside(d);
		blackbox_aside(d); /* twice is once */
		assert_true(blackbox_refuses(d));
	}
	memset(d, 0, sizeof d);
	assert_false(blackbox_refuses(d));
	d[0] = 1;
	assert_true(blackbox_refuses(d));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_note),
		cmocka_unit_test(test_refuse),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
