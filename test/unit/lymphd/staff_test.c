/* SPDX-License-Identifier: BSD-2-Clause */
/* Staff roles: by the groups the kernel says the peer has, primary or not, however many; admins are
 * desk, too, privacy is not. */
#include <errno.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lymphd/staff.h"

static struct conf conf;
static struct staff_groups groups;

/* What a process of that identity is at the other end: the pair is made as it. */
static uint32_t
roles_as(uid_t uid, gid_t gid, const gid_t *more, size_t n)
{
	int out[2], sv[2];
	uint32_t roles = 0;
	assert_int_equal(pipe(out), 0);
	pid_t pid = fork();
	if (pid == 0) {
		uid_t seen = 0;
		if (setgroups(n, more) < 0 || setresgid(gid, gid, gid) < 0 ||
		    setresuid(uid, uid, uid) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, sv) < 0)
			_exit(1);
		roles = staff_of(&groups, sv[0], &seen);
		_exit(write(out[1], &roles, sizeof(roles)) != sizeof(roles) || seen != uid);
	}
	int status;
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(read(out[0], &roles, sizeof(roles)), sizeof(roles));
	close(out[0]);
	close(out[1]);
	return roles;
}

static void
test_roles(void **state)
{
	(void)state;
	gid_t crowd[300];
	if (getuid() != 0)
		skip();
	const gid_t noc[] = { 7, 70003 }, privacy[] = { 70005 };
	assert_int_equal(roles_as(1000, 1000, NULL, 0), 0);
	assert_int_equal(roles_as(1000, 70001, NULL, 0), MAY_VIEW);
	assert_int_equal(roles_as(1000, 70002, NULL, 0), MAY_VIEW | MAY_DESK);
	assert_int_equal(roles_as(1000, 1000, noc, 2), MAY_VIEW | MAY_DESK | MAY_NOC);
	assert_int_equal(roles_as(1000, 1000, privacy, 1), MAY_VIEW | STAFF_BIT(STAFF_PRIVACY));
	assert_true(roles_as(1000, 1000, privacy, 1) & MAY_AUDIT);
	assert_false(roles_as(1000, 1000, noc, 2) & (MAY_AUDIT | MAY_ADMIN));
	for (size_t i = 0; i < 300; i++)
		crowd[i] = 80000 + (gid_t)i;
	crowd[299] = 70003;
	assert_true(roles_as(1000, 1000, crowd, 300) & MAY_NOC);
	uint32_t root = roles_as(0, 0, NULL, 0);
	assert_true(root & STAFF_ROOT && root & MAY_ADMIN && root & MAY_AUDIT);
	/* An empty role is nobody's, not group 0's. */
	assert_int_equal(roles_as(1000, 0, NULL, 0), 0);
}

static void
test_needs(void **state)
{
	(void)state;
	char buf[STAFF_TEXT];
	assert_string_equal(staff_needs(&conf, MAY_NOC, buf), "noc (group 70003)");
	assert_non_null(strstr(staff_needs(&conf, MAY_ADMIN, buf), "no group has it"));
	/* A group there is none of: nobody has the role, the rest goes on. */
	struct conf c = conf;
	struct staff_groups g;
	strcpy(c.staff[STAFF_NOC], "no-such-group");
	strcpy(c.staff[STAFF_DESK], "4294967295");
	staff_init(&c, &g);
	assert_false(g.has[STAFF_NOC] || g.has[STAFF_DESK]);
	assert_true(g.has[STAFF_VIEWER]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_roles), cmocka_unit_test(test_needs) };
	strcpy(conf.staff[STAFF_VIEWER], "70001");
	strcpy(conf.staff[STAFF_DESK], "70002");
	strcpy(conf.staff[STAFF_NOC], "70003");
	strcpy(conf.staff[STAFF_PRIVACY], "70005");
	staff_init(&conf, &groups);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
