/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attempts of the self-test, see selftest_try.h. Each must do no harm should it get through: it
 * asks for the right and lets go of what it got.
 */
#include "lymphd/selftest_try.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/log.h"

static int
got(long rc)
{
	return rc < 0;
}

static int
try_passwd(const struct try_place *p)
{
	(void)p;
	return got(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int
try_proc(const struct try_place *p)
{
	(void)p;
	return got(open("/proc/1/status", O_RDONLY | O_CLOEXEC));
}

static int
create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 || write(fd, "x", 1) != 1 || unlink(path) < 0;
}

static int
try_outside(const struct try_place *p)
{
	return create(p->outside);
}

static int
try_inside(const struct try_place *p)
{
	return create(p->inside);
}

static int
try_inet(const struct try_place *p)
{
	(void)p;
	return got(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
try_inet6(const struct try_place *p)
{
	(void)p;
	return got(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int
try_raw(const struct try_place *p)
{
	(void)p;
	return got(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 1));
}

static int
try_netlink(const struct try_place *p)
{
	(void)p;
	return got(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int
try_unix(const struct try_place *p)
{
	(void)p;
	return got(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
try_listen(const struct try_place *p)
{
	(void)p;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd < 0 || listen(fd, 1) < 0;
}

static int
try_exec(const struct try_place *p)
{
	(void)p;
	static const char *const argv[] = { "true", NULL };
	return got(execve("/bin/true", (char *const *)argv,
	    (char *const *)argv + 1)); /* true: status 0 is "through" */
}

static int
try_fork(const struct try_place *p)
{
	(void)p;
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	return got(pid);
}

static int
try_kill(const struct try_place *p)
{
	(void)p;
	return got(kill(1, 0));
}

static int
try_ptrace(const struct try_place *p)
{
	(void)p;
	return got(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
try_setuid(const struct try_place *p)
{
	(void)p;
	return got(setuid(0));
}

static int
try_userns(const struct try_place *p)
{
	(void)p;
	return got(unshare(CLONE_NEWUSER));
}

static int
try_code(const struct try_place *p)
{
	(void)p;
	void *m = mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return m == MAP_FAILED;
}

static int
try_uring(const struct try_place *p)
{
	(void)p;
	char params[128] = { 0 };
	return got(syscall(SYS_io_uring_setup, 1, params));
}

static int
try_bpf(const struct try_place *p)
{
	(void)p;
	char attr[128] = { 0 };
	return got(syscall(SYS_bpf, 0, attr, sizeof attr));
}

static int
try_vm(const struct try_place *p)
{
	(void)p;
	return got(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
}

static int
try_chroot(const struct try_place *p)
{
	(void)p;
	return got(chroot("/"));
}

const struct try_row try_rows[] = {
	{ "open /etc/passwd", 0, try_passwd },
	{ "open /proc/1/status", 0, try_proc },
	{ "write outside its folder", 0, try_outside },
	{ "write in the state folder", BOX_FILES, try_inside },
	{ "socket TCP, IPv4", BOX_CONNECT, try_inet },
	{ "socket UDP, IPv6", BOX_CONNECT, try_inet6 },
	{ "socket raw", 0, try_raw },
	{ "socket netlink", 0, try_netlink },
	{ "socket unix", 0, try_unix },
	{ "listen", 0, try_listen },
	{ "execve", 0, try_exec },
	{ "fork", 0, try_fork },
	{ "kill process 1", 0, try_kill },
	{ "ptrace", 0, try_ptrace },
	{ "read another's memory", 0, try_vm },
	{ "setuid 0", 0, try_setuid },
	{ "new user namespace", 0, try_userns },
	{ "chroot", 0, try_chroot },
	{ "executable memory", 0, try_code },
	{ "io_uring", 0, try_uring },
	{ "bpf", 0, try_bpf },
};
const unsigned try_rows_n = sizeof try_rows / sizeof *try_rows;

const char *
try_result_name(enum try_result r)
{
	static const char *const names[] = { "held", "promised", "THROUGH", "BROKEN" };
	return names[r];
}

/* Status of a twin that could not get into its box. */
#define NO_BOX 70

enum try_result
try_one(const struct try_row *t, const struct box *b, const struct try_place *p)
{
	int status;
	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		return TRY_BROKEN;
	if (pid == 0) {
		struct box_state st;
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (null < 0 || dup2(null, STDERR_FILENO) < 0)
			_exit(NO_BOX);
		box_enter(b, &st);
		_exit(t->fn(p));
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	int rc = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	if (WIFSIGNALED(status) || rc == NO_BOX)
		return TRY_BROKEN;
	bool promised = t->promised & b->promises;
	if (rc == 0)
		return promised ? TRY_PROMISED : TRY_THROUGH;
	return promised ? TRY_BROKEN : TRY_HELD;
}
