/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attempts of the self-test, see selftest_try.h. Each must do no harm should it get through: it
 * asks for the right and lets go of what it got.
 */
#include "lymphd/selftest_try.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/log.h"
#include "lymphd/warden_setup.h"

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

/* In cur/, for the true watch takes what is in new/. */
static int
try_watched(const struct try_place *p)
{
	char path[256];
	snprintf(path, sizeof path, "%s/cur/x", p->watched);
	return got(open(path, O_RDONLY | O_CLOEXEC));
}

static int
try_watched_move(const struct try_place *p)
{
	char from[256], to[256];
	snprintf(from, sizeof from, "%s/cur/x", p->watched);
	snprintf(to, sizeof to, "%s/cur/y", p->watched);
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) < 0 ||
	       renameat2(AT_FDCWD, to, AT_FDCWD, from, RENAME_NOREPLACE) < 0;
}

/* One mail onto the other, which is empty as well: by one call or another. For the C library makes of a
 * renameat2 without flags a renameat. */
static int
onto(const struct try_place *p, long call, unsigned flags)
{
	char from[256], to[256];
	snprintf(from, sizeof from, "%s/cur/z", p->watched);
	snprintf(to, sizeof to, "%s/cur/x", p->watched);
	return got(syscall(call, AT_FDCWD, from, AT_FDCWD, to, flags));
}

static int
try_watched_over(const struct try_place *p)
{
	return onto(p, SYS_renameat2, 0);
}

static int
try_watched_over_old(const struct try_place *p)
{
	return onto(p, SYS_renameat, 0);
}

static int
try_watched_swap(const struct try_place *p)
{
	return onto(p, SYS_renameat2, RENAME_EXCHANGE);
}

static int
try_watched_write(const struct try_place *p)
{
	char path[256];
	snprintf(path, sizeof path, "%s/cur/x", p->watched);
	return got(open(path, O_WRONLY | O_CLOEXEC)); /* not made, not cut: only the right to */
}

static int
try_watched_make(const struct try_place *p)
{
	char path[256];
	snprintf(path, sizeof path, "%s/new/y", p->watched);
	return create(path);
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
try_netfilter(const struct try_place *p)
{
	(void)p;
	return got(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
}

static int
try_packet(const struct try_place *p)
{
	(void)p;
	return got(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
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
try_alarm(const struct try_place *p)
{
	(void)p;
	static const struct itimerval off;
	return got(setitimer(ITIMER_VIRTUAL, &off, NULL));
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

static int
try_mount(const struct try_place *p)
{
	(void)p;
	return got(mount("none", "/tmp", "tmpfs", MS_REMOUNT | MS_BIND, NULL));
}

static int
try_module(const struct try_place *p)
{
	(void)p;
	/* No module at all: EPERM without the right, else EBADF, which is as good as through. */
	return !(syscall(SYS_finit_module, -1, "", 0) < 0 && errno == EBADF);
}

const struct try_row try_rows[] = {
	{ "open /etc/passwd", BOX_EXEC, false, try_passwd },
	{ "open /proc/1/status", BOX_EXEC, false, try_proc },
	{ "write outside its folder", 0, true, try_outside },
	{ "write in the state folder", BOX_FILES, false, try_inside },
	{ "read a mail to us", BOX_WATCH | BOX_EXEC, false, try_watched },
	{ "move it in cur/", BOX_WATCH, false, try_watched_move },
	{ "swap it with another", 0, false, try_watched_swap },
	{ "move another over it", 0, false, try_watched_over },
	{ "... by the older call", 0, false, try_watched_over_old },
	{ "write over it", 0, true, try_watched_write },
	{ "make one", 0, false, try_watched_make },
	{ "socket TCP, IPv4", BOX_CONNECT | BOX_EXEC, false, try_inet },
	{ "socket UDP, IPv6", BOX_CONNECT | BOX_EXEC, false, try_inet6 },
	{ "socket raw", 0, true, try_raw },
	{ "socket netlink, routes", BOX_EXEC, false, try_netlink },
	{ "socket netlink, packets", 0, false, try_netfilter },
	{ "socket of packets", 0, true, try_packet },
	{ "socket unix", BOX_EXEC, false, try_unix },
	{ "listen", BOX_EXEC, false, try_listen },
	{ "execve", BOX_EXEC, false, try_exec },
	{ "fork", BOX_EXEC, false, try_fork },
	{ "kill process 1", 0, false, try_kill },
	{ "ptrace", 0, false, try_ptrace },
	{ "read another's memory", 0, false, try_vm },
	{ "setuid 0", 0, false, try_setuid },
	{ "new user namespace", 0, false, try_userns },
	{ "chroot", 0, true, try_chroot },
	{ "executable memory", BOX_EXEC, false, try_code },
	{ "alarm on itself", BOX_ALARM | BOX_EXEC, false, try_alarm },
	{ "io_uring", 0, false, try_uring },
	{ "mount", 0, true, try_mount },
	{ "load a kernel module", 0, true, try_module },
	{ "bpf", 0, false, try_bpf },
};
const unsigned try_rows_n = sizeof try_rows / sizeof *try_rows;

const char *
try_result_name(enum try_result r)
{
	static const char *const names[] = { "held", "promised", "duty", "THROUGH", "BROKEN" };
	return names[r];
}

/* Status of a twin that could not get into its box. */
#define NO_BOX 70

/* A box, or for the warden its configuration. */
static enum try_result
try_in_twin(const struct try_row *t, const struct box *b, const struct conf *warden,
    const struct try_place *p)
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
		if (b)
			box_enter(b, &st);
		else
			setup_fold(warden);
		_exit(t->fn(p));
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	int rc = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	if (WIFSIGNALED(status) || rc == NO_BOX)
		return TRY_BROKEN;
	bool promised = b && t->promised & b->promises;
	if (rc == 0)
		return promised ? TRY_PROMISED : TRY_THROUGH;
	return promised ? TRY_BROKEN : TRY_HELD;
}

enum try_result
try_one(const struct try_row *t, const struct box *b, const struct try_place *p)
{
	return try_in_twin(t, b, NULL, p);
}

enum try_result
try_warden(const struct try_row *t, const struct conf *c, const struct try_place *p)
{
	return t->warden ? try_in_twin(t, NULL, c, p) : TRY_DUTY;
}
