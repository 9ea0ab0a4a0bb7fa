/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The promise to run programs (BOX_EXEC), for the one role that runs a script of the operator's. What
 * a script and its shell, curl or Python call cannot be listed, so this filter is the other way
 * round: all is allowed but what makes rights, reaches into other processes, or opens the wide and
 * seldom used doors of the kernel. It is inherited by all that is run. Must stay far wider than
 * box_calls only here, and never be loaded by a role that reads strangers' bytes.
 */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "host/box_calls.h"
#include "host/log.h"

#define NEW_SPACES                                                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	    CLONE_NEWPID | CLONE_NEWNET)

/* Always forbidden. */
static const int no[] = {
	/* Other processes. */
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(process_madvise), SCMP_SYS(pidfd_getfd), SCMP_SYS(kcmp), SCMP_SYS(move_pages),
	SCMP_SYS(migrate_pages),
	/* Another view of the system. */
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(chroot), SCMP_SYS(pivot_root), SCMP_SYS(mount),
	SCMP_SYS(umount2), SCMP_SYS(fsopen), SCMP_SYS(fsconfig), SCMP_SYS(fsmount),
	SCMP_SYS(fspick), SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(mount_setattr),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(name_to_handle_at), SCMP_SYS(fanotify_init),
	SCMP_SYS(quotactl), SCMP_SYS(quotactl_fd), SCMP_SYS(swapon), SCMP_SYS(swapoff),
	/* The kernel's own. */
	SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register), SCMP_SYS(init_module),
	SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key),
	SCMP_SYS(reboot), SCMP_SYS(syslog), SCMP_SYS(acct), SCMP_SYS(iopl), SCMP_SYS(ioperm),
	SCMP_SYS(lookup_dcookie), SCMP_SYS(vhangup), SCMP_SYS(memfd_secret),
	/* The machine's name and time. */
	SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(clock_adjtime), SCMP_SYS(adjtimex),
	SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
};

/* Families of sockets that may be made: unix, IPv4, IPv6, and netlink's protocol 0 (routes: name
 * resolution reads the addresses there are). */
#define FAMILY_TOP AF_NETLINK

static void
forbid(scmp_filter_ctx ctx, int error, int nr, unsigned n, const struct scmp_arg_cmp *a)
{
	int rc = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO((uint32_t)error), nr, n, a);
	/* Not on this architecture: fine. */
	if (rc < 0 && rc != -EDOM && rc != -EEXIST)
		fatal("box: seccomp rule for call %d: %s", nr, strerror(-rc));
}

/* The kernel looks at the low half of a register where it wants an int: so must we. */
static struct scmp_arg_cmp
low_is(unsigned arg, uint32_t v)
{
	return (struct scmp_arg_cmp){ arg, SCMP_CMP_MASKED_EQ, 0xffffffffu, v };
}

/* For these the whole register: one with more in it is refused, too. */
static struct scmp_arg_cmp
all_is(unsigned arg, enum scmp_compare how, uint64_t v)
{
	return (struct scmp_arg_cmp){ arg, how, v, 0 };
}

static void
forbid_sockets(scmp_filter_ctx ctx)
{
	struct scmp_arg_cmp a[2];
	for (unsigned f = 0; f < FAMILY_TOP; f++) {
		a[0] = low_is(0, f);
		if (f != AF_UNIX && f != AF_INET && f != AF_INET6)
			forbid(ctx, EAFNOSUPPORT, SCMP_SYS(socket), 1, a);
	}
	a[0] = all_is(0, SCMP_CMP_GT, FAMILY_TOP);
	forbid(ctx, EAFNOSUPPORT, SCMP_SYS(socket), 1, a);
	a[0] = low_is(0, AF_NETLINK);
	a[1] = all_is(2, SCMP_CMP_NE, 0);
	forbid(ctx, EPROTONOSUPPORT, SCMP_SYS(socket), 2, a);
}

void
box_exec_load(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	if (!ctx)
		fatal_oom();
	seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		forbid(ctx, EPERM, no[i], 0, NULL);
	/* A new space by fork; clone3 hides its flags behind a pointer: libc falls back to clone. */
	struct scmp_arg_cmp a;
	for (unsigned bit = 0; bit < 32; bit++) {
		a = (struct scmp_arg_cmp){ 0, SCMP_CMP_MASKED_EQ, 1u << bit, 1u << bit };
		if ((unsigned)NEW_SPACES >> bit & 1)
			forbid(ctx, EPERM, SCMP_SYS(clone), 1, &a);
	}
	forbid(ctx, ENOSYS, SCMP_SYS(clone3), 0, NULL);
	/* Typing into somebody's terminal. */
	a = low_is(1, TIOCSTI);
	forbid(ctx, EPERM, SCMP_SYS(ioctl), 1, &a);
	a = low_is(1, TIOCLINUX);
	forbid(ctx, EPERM, SCMP_SYS(ioctl), 1, &a);
	forbid_sockets(ctx);
	int rc = seccomp_load(ctx);
	if (rc < 0)
		fatal("box: seccomp: %s", strerror(-rc));
	seccomp_release(ctx);
}
