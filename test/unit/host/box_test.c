/* SPDX-License-Identifier: BSD-2-Clause */
/* The box, each time in a forked child: what is in force, what passes, what ends the process. Needs
 * root; skipped (77) without. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/box.h"

#define OK   0   /* the child did it */
#define NO   1   /* the kernel said no */
#define TRAP 159 /* the box ended it */

static char dir[] = "/tmp/lymph-box-XXXXXX";
static char inside[64];

static int
boxed(unsigned promises, const char *d, int (*try)(void))
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		struct box b = { .name = "test",
			.uid = 64900,
			.gid = 64900,
			.promises = promises,
			.dir = d,
			.rlimit_nofile = 64 };
		struct box_state st;
		int null = open("/dev/null", O_WRONLY);
		dup2(null, STDERR_FILENO);
		box_enter(&b, &st);
		if (st.uid != 64900 || st.caps_effective || st.caps_bounding ||
		    st.seccomp_mode != 2 || st.no_new_privs != 1)
			_exit(99);
		_exit(try());
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int
result(int rc)
{
	return rc >= 0 ? OK : NO;
}

static int
try_nothing(void)
{
	free(malloc(1 << 20));
	return OK;
}

static int
try_passwd(void)
{
	return result(open("/etc/passwd", O_RDONLY));
}

static int
try_inside(void)
{
	int fd = open(inside, O_CREAT | O_RDWR, 0600);
	return result(fd >= 0 && write(fd, "x", 1) == 1 ? unlink(inside) : -1);
}

static int
try_outside(void)
{
	return result(open("/tmp/lymph-box-outside", O_CREAT | O_RDWR, 0600));
}

static int
try_inet(void)
{
	return result(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

static int
try_raw(void)
{
	return result(socket(AF_INET, SOCK_RAW, 1));
}

static int
try_netlink(void)
{
	return result(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int
try_exec(void)
{
	return result(execl("/bin/true", "true", NULL));
}

static int
try_fork(void)
{
	return result(fork());
}

static int
try_kill(void)
{
	return result(kill(getppid(), 0));
}

static int
try_setuid(void)
{
	return result(setuid(0));
}

static int
try_ptrace(void)
{
	return result((int)ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
try_code(void)
{
	void *p = mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? NO : OK;
}

static int
try_abort(void)
{
	abort();
}

/* A datagram socket handed over, shut for sending: it is read, many at a time, and says nothing. */
static int udp = -1;

static int
try_many(void)
{
	char buf[16];
	struct iovec iov = { buf, sizeof buf };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1 } };
	uint32_t info[16];
	socklen_t n = sizeof info;
	return recvmmsg(udp, &m, 1, MSG_DONTWAIT, NULL) != -1 || errno != EAGAIN ||
	    getsockopt(udp, SOL_SOCKET, SO_MEMINFO, info, &n) < 0;
}

static int
try_send_out(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char x = 'x';
	struct iovec iov = { &x, 1 };
	struct msghdr m = { .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &iov, .msg_iovlen = 1 };
	return sendmsg(udp, &m, MSG_NOSIGNAL) < 0;
}

static int
setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0777), 0);
	snprintf(inside, sizeof inside, "%s/x", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

static void
test_nothing(void **state)
{
	(void)state;
	unsigned least = BOX_STDIO | BOX_CHAN;
	assert_int_equal(boxed(least, NULL, try_nothing), OK);
#ifndef BOX_SANITIZED
	assert_int_equal(boxed(least, NULL, try_passwd), TRAP);
	assert_int_equal(boxed(least, NULL, try_abort), 1000 + SIGABRT); /* may signal itself */
#endif
	assert_int_equal(boxed(least, NULL, try_inet), TRAP);
	assert_int_equal(boxed(least, NULL, try_netlink), TRAP);
	assert_int_equal(boxed(least, NULL, try_exec), TRAP);
	assert_int_equal(boxed(least, NULL, try_fork), TRAP);
	assert_int_equal(boxed(least, NULL, try_kill), TRAP);
	assert_int_equal(boxed(least, NULL, try_setuid), TRAP);
	assert_int_equal(boxed(least, NULL, try_ptrace), TRAP);
	assert_int_equal(boxed(least, NULL, try_code), TRAP);
}

static void
test_connect(void **state)
{
	(void)state;
	unsigned p = BOX_CHAN | BOX_CONNECT;
	assert_int_equal(boxed(p, NULL, try_inet), OK);
	assert_int_equal(boxed(p, NULL, try_raw), TRAP);
	assert_int_equal(boxed(p, NULL, try_netlink), TRAP);
}

static void
test_udp(void **state)
{
	(void)state;
	unsigned p = BOX_CHAN | BOX_UDP;
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(udp >= 0);
	assert_int_equal(boxed(p, NULL, try_many), OK);
	assert_int_equal(boxed(BOX_CHAN, NULL, try_many), TRAP);
	assert_int_equal(boxed(p, NULL, try_inet), TRAP);
	assert_int_equal(boxed(p, NULL, try_send_out), OK);
	shutdown(udp, SHUT_WR);
	assert_int_equal(boxed(p, NULL, try_send_out), NO);
	assert_int_equal(boxed(p, NULL, try_many), OK);
	close(udp);
}

static void
test_files(void **state)
{
	(void)state;
	unsigned p = BOX_CHAN | BOX_FILES;
	assert_int_equal(boxed(p, dir, try_inside), OK);
	assert_int_equal(boxed(p, dir, try_outside), NO);
	assert_int_equal(boxed(p, dir, try_passwd), NO);
	assert_int_equal(boxed(p, NULL, try_inside), NO);
	assert_int_equal(boxed(p, dir, try_exec), TRAP);
}

/* Bits the kernel does not look at shall not hide from the filter what it does. */
#define HIGH (1ull << 32)

static int
try_sti(void)
{
	long rc = syscall(SYS_ioctl, 0, HIGH | TIOCSTI, "x");
	return rc < 0 && errno == EPERM ? NO : OK;
}

static int
try_packets(void)
{
	return result((int)syscall(SYS_socket, HIGH | AF_PACKET, SOCK_DGRAM, 0));
}

static int
try_netfilter(void)
{
	return result((int)syscall(SYS_socket, HIGH | AF_NETLINK, SOCK_RAW, HIGH | 12));
}

static int
try_old_family(void)
{
	long rc = syscall(SYS_socket, HIGH | AF_APPLETALK, SOCK_DGRAM, 0);
	return rc < 0 && errno == EAFNOSUPPORT ? NO : OK;
}

static int
try_user_space(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	return result((int)pid);
}

static int
try_null(void)
{
	return result(open("/dev/null", O_WRONLY | O_TRUNC));
}

/* Runs programs; what makes rights of that stays forbidden. */
static void
test_exec(void **state)
{
	(void)state;
	assert_int_equal(boxed(BOX_EXEC, dir, try_exec), OK);
	assert_int_equal(boxed(BOX_EXEC, dir, try_passwd), OK);
	assert_int_equal(boxed(BOX_EXEC, dir, try_inet), OK);
	assert_int_equal(boxed(BOX_EXEC, dir, try_netlink), OK);
	assert_int_equal(boxed(BOX_EXEC, dir, try_inside), OK);
	assert_int_equal(boxed(BOX_EXEC, dir, try_null), OK);
	assert_int_equal(boxed(BOX_EXEC, dir, try_outside), NO);
	assert_int_equal(boxed(BOX_EXEC, NULL, try_inside), NO);
	assert_int_equal(boxed(BOX_EXEC, dir, try_raw), NO);
	assert_int_equal(boxed(BOX_EXEC, dir, try_kill), NO);
	assert_int_equal(boxed(BOX_EXEC, dir, try_setuid), NO);
	assert_int_equal(boxed(BOX_EXEC, dir, try_ptrace), NO);
	assert_int_equal(boxed(BOX_EXEC, dir, try_sti), NO);
	assert_int_equal(boxed(BOX_EXEC, dir, try_packets), NO);
	assert_int_equal(boxed(BOX_EXEC, dir, try_netfilter), NO);
	assert_int_equal(boxed(BOX_EXEC, dir, try_old_family), NO);
	assert_int_equal(boxed(BOX_EXEC, dir, try_user_space), NO);
}

int
main(void)
{
	if (geteuid() != 0) {
		puts("skipped: the box needs root");
		return 77;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_exec),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
