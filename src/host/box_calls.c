/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promises as system calls. What is not in the table is trapped: the handler writes the call's name
 * and leaves with status 159, so that a missing row is found by reading one line of the log. Must
 * never allow a call that makes a process, a program, executable memory or a right.
 */
#include "host/box_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/ucontext.h>
#include <unistd.h>

#include "host/log.h"

#ifndef F_OFD_GETLK
#define F_OFD_GETLK  36
#define F_OFD_SETLK  37
#define F_OFD_SETLKW 38
#endif

#define ANY    0
#define NET    (BOX_ACCEPT | BOX_CONNECT)
#define SELF   0xffffffffu /* in an argument: our own pid */
#define SOCKET_TYPE 0xf    /* without SOCK_NONBLOCK, SOCK_CLOEXEC */

struct call {
	unsigned promises; /* any of these; ANY: BOX_STDIO, which every role has */
	int nr;
	uint8_t n; /* arguments looked at */
	struct {
		uint8_t arg;
		uint64_t mask, value; /* (argument & mask) == value */
	} when[3];
};

#define C(p, name)                        { p, SCMP_SYS(name), 0, { { 0 } } }
#define C1(p, name, a, m, v)              { p, SCMP_SYS(name), 1, { { a, m, v } } }
#define C2(p, name, a, m, v, a2, m2, v2)  { p, SCMP_SYS(name), 2, { { a, m, v }, { a2, m2, v2 } } }
#define CMD(p, name, v)                   C1(p, name, 1, 0xffffffffu, v)
#define OPT(p, name, level, opt)          C2(p, name, 1, 0xffffffffu, level, 2, 0xffffffffu, opt)

static const struct call calls[] = {
	/* Memory, without a way to make any of it executable. */
	C(ANY, brk), C(ANY, munmap), C(ANY, mremap), C(ANY, madvise),
	C1(ANY, mmap, 2, PROT_EXEC, 0), C1(ANY, mprotect, 2, PROT_EXEC, 0),
	/* Descriptors held. */
	C(ANY, read), C(ANY, write), C(ANY, readv), C(ANY, writev), C(ANY, pread64), C(ANY, pwrite64),
	C(ANY, close), C(ANY, lseek), C(ANY, fstat), C(ANY, dup),
	C1(ANY, newfstatat, 3, 0x1000, 0x1000), /* AT_EMPTY_PATH: glibc's fstat */
	CMD(ANY, fcntl, F_GETFD), CMD(ANY, fcntl, F_SETFD), CMD(ANY, fcntl, F_GETFL),
	CMD(ANY, fcntl, F_SETFL), CMD(ANY, fcntl, F_DUPFD), CMD(ANY, fcntl, F_DUPFD_CLOEXEC),
	CMD(ANY, ioctl, FIONREAD), CMD(ANY, ioctl, FIONBIO),
	/* Waiting and time. */
	C(ANY, epoll_wait), C(ANY, epoll_pwait), C(ANY, epoll_pwait2), C(ANY, epoll_ctl),
	C(ANY, epoll_create1), C(ANY, poll), C(ANY, ppoll), C(ANY, select), C(ANY, pselect6),
	C(ANY, eventfd2), C(ANY, timerfd_create), C(ANY, timerfd_settime), C(ANY, timerfd_gettime),
	C(ANY, clock_gettime), C(ANY, clock_getres), C(ANY, gettimeofday), C(ANY, time),
	C(ANY, nanosleep), C(ANY, clock_nanosleep), C(ANY, sched_yield), C(ANY, futex),
	/* Itself. */
	C(ANY, getpid), C(ANY, gettid), C(ANY, getppid), C(ANY, getuid), C(ANY, geteuid),
	C(ANY, getgid), C(ANY, getegid), C(ANY, getrandom), C(ANY, getrusage), C(ANY, uname),
	C(ANY, sysinfo), C(ANY, sched_getaffinity), C(ANY, rt_sigaction), C(ANY, rt_sigprocmask),
	C(ANY, rt_sigreturn), C(ANY, sigaltstack), C(ANY, restart_syscall), C(ANY, exit),
	C(ANY, exit_group), C1(ANY, tgkill, 0, 0xffffffffu, SELF),
	C2(ANY, prlimit64, 0, 0xffffffffu, 0, 2, UINT64_MAX, 0),
	/* Channels. */
	C(BOX_CHAN, sendmsg), C(BOX_CHAN, recvmsg), C(BOX_CHAN, memfd_create),
	C(BOX_CHAN, ftruncate), CMD(BOX_CHAN, fcntl, F_ADD_SEALS), CMD(BOX_CHAN, fcntl, F_GET_SEALS),
	/* Datagram sockets held. What they may send is no matter of calls: they are shut for it. */
	C(BOX_UDP, recvmmsg), OPT(BOX_UDP, getsockopt, SOL_SOCKET, SO_MEMINFO),
	/* Sockets held; sendto only on a connected one. */
	C(BOX_ACCEPT, accept4), C(BOX_ACCEPT, accept), C(NET, recvfrom), C(NET, shutdown),
	C1(NET, sendto, 4, UINT64_MAX, 0), C(NET, sendmsg), C(NET, recvmsg), C(NET, sendfile),
	C(NET, getsockname), C(NET, getpeername),
	C1(NET, setsockopt, 1, 0xffffffffu, IPPROTO_TCP),
	C1(NET, getsockopt, 1, 0xffffffffu, IPPROTO_TCP),
	C1(NET, getsockopt, 1, 0xffffffffu, SOL_SOCKET),
	OPT(NET, setsockopt, SOL_SOCKET, SO_KEEPALIVE), OPT(NET, setsockopt, SOL_SOCKET, SO_LINGER),
	OPT(NET, setsockopt, SOL_SOCKET, SO_RCVBUF), OPT(NET, setsockopt, SOL_SOCKET, SO_SNDBUF),
	OPT(NET, setsockopt, SOL_SOCKET, SO_REUSEADDR), OPT(NET, setsockopt, SOL_SOCKET, SO_RCVTIMEO),
	OPT(NET, setsockopt, SOL_SOCKET, SO_SNDTIMEO), OPT(NET, setsockopt, IPPROTO_IP, IP_TTL),
	OPT(NET, setsockopt, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT),
	OPT(NET, setsockopt, IPPROTO_IP, IP_RECVERR), OPT(NET, setsockopt, IPPROTO_IPV6, IPV6_RECVERR),
	OPT(NET, setsockopt, IPPROTO_IPV6, IPV6_V6ONLY),
	OPT(NET, setsockopt, IPPROTO_IPV6, IPV6_UNICAST_HOPS),
	/* New sockets: TCP and UDP of IPv4 and IPv6, no raw ones, no netlink, no unix. */
	C2(BOX_CONNECT, socket, 0, 0xffffffffu, AF_INET, 1, SOCKET_TYPE, SOCK_STREAM),
	C2(BOX_CONNECT, socket, 0, 0xffffffffu, AF_INET, 1, SOCKET_TYPE, SOCK_DGRAM),
	C2(BOX_CONNECT, socket, 0, 0xffffffffu, AF_INET6, 1, SOCKET_TYPE, SOCK_STREAM),
	C2(BOX_CONNECT, socket, 0, 0xffffffffu, AF_INET6, 1, SOCKET_TYPE, SOCK_DGRAM),
	C(BOX_CONNECT, connect), C(BOX_CONNECT, bind),
	/* An alarm on itself. */
	C(BOX_ALARM, setitimer),
	/* Who is at the other end of a unix socket. */
	OPT(BOX_UNIX, getsockopt, SOL_SOCKET, SO_PEERCRED),
	OPT(BOX_UNIX, getsockopt, SOL_SOCKET, SO_PEERGROUPS), C(BOX_UNIX, recvfrom),
	C1(BOX_UNIX, sendto, 4, UINT64_MAX, 0), C(BOX_UNIX, shutdown),
	/* Files: where, says Landlock. */
	C(BOX_FILES, openat), C(BOX_FILES, open), C(BOX_FILES, newfstatat), C(BOX_FILES, stat),
	C(BOX_FILES, lstat), C(BOX_FILES, statx), C(BOX_FILES, access), C(BOX_FILES, faccessat),
	C(BOX_FILES, faccessat2), C(BOX_FILES, unlink), C(BOX_FILES, unlinkat), C(BOX_FILES, rename),
	C(BOX_FILES, renameat), C(BOX_FILES, renameat2), C(BOX_FILES, mkdir), C(BOX_FILES, mkdirat),
	C(BOX_FILES, rmdir), C(BOX_FILES, fsync), C(BOX_FILES, fdatasync), C(BOX_FILES, ftruncate),
	C(BOX_FILES, fallocate), C(BOX_FILES, fadvise64), C(BOX_FILES, statfs), C(BOX_FILES, fstatfs),
	C(BOX_FILES, getdents64), C(BOX_FILES, readlink), C(BOX_FILES, readlinkat),
	C(BOX_FILES, getcwd), C(BOX_FILES, umask), C(BOX_FILES, flock), C(BOX_FILES, fchmod),
	/* Reading and moving: never opened for writing, never made, and what is moved takes nothing's place:
	 * a mail moved over another is one mail less. */
	C1(BOX_WATCH, openat, 2, O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), O_RDONLY),
	C(BOX_WATCH, newfstatat), C(BOX_WATCH, stat), C(BOX_WATCH, getdents64),
	C1(BOX_WATCH, renameat2, 4, 0xffffffffu, RENAME_NOREPLACE), C(BOX_WATCH, inotify_init1),
	C(BOX_WATCH, inotify_add_watch), C(BOX_WATCH, inotify_rm_watch), C(BOX_WATCH, fsync),
	C(BOX_FILES, utimensat), CMD(BOX_FILES, fcntl, F_GETLK), CMD(BOX_FILES, fcntl, F_SETLK),
	CMD(BOX_FILES, fcntl, F_SETLKW), CMD(BOX_FILES, fcntl, F_OFD_GETLK),
	CMD(BOX_FILES, fcntl, F_OFD_SETLK), CMD(BOX_FILES, fcntl, F_OFD_SETLKW),
#ifdef BOX_SANITIZED /* what the sanitizers' run time asks for when it reports */
	C(ANY, openat), C(ANY, open), C(ANY, readlink), C(ANY, readlinkat), C(ANY, newfstatat),
	C(ANY, stat), C(ANY, access), C(ANY, getcwd), C(ANY, prctl), C(ANY, getdents64), C(ANY, pipe),
	C(ANY, pipe2), C(ANY, getpgrp), C(ANY, prlimit64), C(ANY, set_robust_list),
#endif
};

/* Asked for by libraries out of habit; a plain no is enough. */
static const struct {
	int nr, error;
} refused[] = {
	{ SCMP_SYS(ioctl), ENOTTY }, /* isatty */
	{ SCMP_SYS(set_mempolicy), EPERM },
};

#define NAMES 512
static char names[NAMES][24];

static void
say(const char *s)
{
	if (write(STDERR_FILENO, s, strlen(s)) < 0)
		return;
}

static void
on_sigsys(int signo, siginfo_t *si, void *ctx)
{
	(void)signo;
	(void)ctx;
	/* Only write and _exit from here: the trap may sit inside malloc. */
	int nr = si->si_syscall;
	char num[16], *p = num + sizeof num - 1;
	*p = '\0';
	unsigned n = nr < 0 ? 0 : (unsigned)nr;
	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) && p > num);
	say("box: system call not promised: ");
	say(nr >= 0 && nr < NAMES && names[nr][0] ? names[nr] : "?");
	say(" (");
	say(p);
	say(")\n");
	_exit(159);
}

static void
add_call(scmp_filter_ctx ctx, const struct call *c)
{
	struct scmp_arg_cmp a[3];
	for (unsigned i = 0; i < c->n; i++) {
		uint64_t v = c->when[i].value == SELF ? (uint64_t)getpid() : c->when[i].value;
		a[i] = SCMP_CMP64(c->when[i].arg, SCMP_CMP_MASKED_EQ, c->when[i].mask, v);
	}
	int rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, c->nr, c->n, a);
	/* Not on this architecture (open, stat ... on arm64), or the same rule again: fine. */
	if (rc < 0 && rc != -EDOM && rc != -EEXIST)
		fatal("box: seccomp rule for call %d: %s", c->nr, strerror(-rc));
}

void
box_calls_load(unsigned promises)
{
	for (int i = 0; i < NAMES; i++) {
		char *s = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);
		if (s)
			snprintf(names[i], sizeof names[i], "%s", s);
		free(s);
	}
	struct sigaction sa = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };
	sigemptyset(&sa.sa_mask);
	sigset_t sys;
	sigemptyset(&sys);
	sigaddset(&sys, SIGSYS);
	if (sigaction(SIGSYS, &sa, NULL) < 0 || sigprocmask(SIG_UNBLOCK, &sys, NULL) < 0)
		fatal("box: SIGSYS handler: %s", strerror(errno));

	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRAP);
	if (!ctx)
		fatal_oom();
	seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (calls[i].promises == ANY || calls[i].promises & promises)
			add_call(ctx, &calls[i]);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		seccomp_rule_add(ctx, SCMP_ACT_ERRNO((uint32_t)refused[i].error), refused[i].nr, 0);
	int rc = seccomp_load(ctx);
	if (rc < 0)
		fatal("box: seccomp: %s", strerror(-rc));
	seccomp_release(ctx);
}
