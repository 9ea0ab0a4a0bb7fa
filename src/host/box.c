/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox of a role, see box.h. First identity (uid, groups, capabilities), then limits, then
 * Landlock, last the system calls, because each step needs what the next one takes away. Must never
 * return with less than what it was asked for in force; what the kernel really holds is read back.
 */
#include "host/box.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/log.h"

#define CAP_TOP 63 /* more than any kernel knows; prctl says -EINVAL past its last */

/* Landlock, own declarations: the headers of Debian 12 end at ABI 2. */
struct ll_ruleset {
	uint64_t fs, net, scoped;
};
struct ll_path {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));
#define LL_VERSION        1u
#define LL_PATH           1
#define LL_FS_EXECUTE     (1ull << 0)
#define LL_FS_WRITE_FILE  (1ull << 1)
#define LL_FS_READ_FILE   (1ull << 2)
#define LL_FS_READ_DIR    (1ull << 3)
#define LL_FS_REMOVE_FILE (1ull << 5)
#define LL_FS_MAKE_REG    (1ull << 8)
#define LL_FS_REFER       (1ull << 13)
/* Write, read, list, remove and make files and folders, move, truncate; no exec, devices, sockets. */
#define LL_FS_DIR                                                                                  \
	(LL_FS_WRITE_FILE | LL_FS_READ_FILE | LL_FS_READ_DIR | LL_FS_REMOVE_FILE | 1ull << 4 |            \
	    1ull << 7 | 1ull << 8 | 1ull << 13 | 1ull << 14)

/* By ABI: bits of file rights, of net rights (bind, connect TCP), of scopes (abstract sockets,
 * signals), bytes of the struct. A newer kernel is used as the newest known one. */
static const struct ll_abi {
	uint8_t fs, net, scoped, size;
} ll_abis[] = {
	{ 0, 0, 0, 0 },
	{ 13, 0, 0, 8 },
	{ 14, 0, 0, 8 },
	{ 15, 0, 0, 8 },
	{ 15, 2, 0, 16 },
	{ 16, 2, 0, 16 },
	{ 16, 2, 2, 24 },
};
#define LL_ABIS (int)(sizeof ll_abis / sizeof *ll_abis)

static void
must(int rc, const char *what)
{
	if (rc < 0)
		fatal("box: %s: %s", what, strerror(errno));
}

static void
limit(int which, rlim_t n, const char *what)
{
	/* Only ever down: to raise the hard limit is a right the warden has not. */
	struct rlimit now;
	must(getrlimit(which, &now), what);
	if (n > now.rlim_max)
		n = now.rlim_max;
	must(setrlimit(which, &(struct rlimit){ n, n }), what);
}

static void
box_limits(const struct box *b)
{
	limit(RLIMIT_CORE, 0, "rlimit core");
	if (b->rlimit_nofile)
		limit(RLIMIT_NOFILE, b->rlimit_nofile, "rlimit nofile");
#ifndef BOX_SANITIZED /* the shadow memory alone is terabytes */
	if (b->rlimit_as)
		limit(RLIMIT_AS, b->rlimit_as, "rlimit as");
#endif
}

static void
box_identity(const struct box *b)
{
	for (int cap = 0; cap <= CAP_TOP; cap++)
		if (!(b->keep_caps >> cap & 1) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			must(prctl(PR_CAPBSET_DROP, cap, 0, 0, 0), "bounding set");
	must(prctl(PR_SET_KEEPCAPS, b->keep_caps != 0, 0, 0, 0), "keepcaps");
	must(setgroups(b->groups_n, b->groups), "setgroups");
	must(setresgid(b->gid, b->gid, b->gid), "setresgid");
	must(setresuid(b->uid, b->uid, b->uid), "setresuid");
	must(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0), "keepcaps");
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "ambient set");
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };
	for (int i = 0; i < 2; i++)
		d[i].effective = d[i].permitted = (uint32_t)(b->keep_caps >> (32 * i));
	must((int)syscall(SYS_capset, &h, d), "capset");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

/* The running ABI's row; NULL: the kernel has no Landlock. */
static const struct ll_abi *
ll_running(int *ret_abi)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LL_VERSION);
	*ret_abi = abi > 0 ? (int)abi : 0;
	if (abi > 0)
		return &ll_abis[abi < LL_ABIS ? abi : LL_ABIS - 1];
	log_warn("box: this kernel has no Landlock; files are kept by uid and seccomp only");
	return NULL;
}

static int
ll_create(const struct ll_abi *a, const struct ll_ruleset *set)
{
	int fd = (int)syscall(SYS_landlock_create_ruleset, set, (size_t)a->size, 0u);
	must(fd, "landlock_create_ruleset");
	return fd;
}

static void
ll_allow(int fd, const char *dir, uint64_t rights) /* or a file, with rights of files only */
{
	struct ll_path p = { .allowed = rights };
	p.fd = open(dir, O_PATH | O_CLOEXEC);
	must(p.fd, dir);
	must((int)syscall(SYS_landlock_add_rule, fd, LL_PATH, &p, 0u), "landlock_add_rule");
	close(p.fd);
}

/* What is configured may not be there, or be shut to our user: no reason not to start. */
static void
ll_allow_read(int fd, const struct box_read *r, uint64_t known)
{
	struct ll_path p = { .allowed = LL_FS_READ_FILE & known };
	struct stat st;
	p.fd = open(r->path, O_PATH | O_CLOEXEC);
	if (p.fd < 0 || fstat(p.fd, &st) < 0) {
		log_warn("box: %s: %s: left out until the next start", r->path, strerror(errno));
	} else {
		if (S_ISDIR(st.st_mode))
			p.allowed |= LL_FS_READ_DIR & known;
		/* A move takes a file away here and makes one there. */
		if (S_ISDIR(st.st_mode) && r->move)
			p.allowed |= (LL_FS_REMOVE_FILE | LL_FS_MAKE_REG | LL_FS_REFER) & known;
		if (p.allowed)
			must((int)syscall(SYS_landlock_add_rule, fd, LL_PATH, &p, 0u), "landlock_add_rule");
	}
	if (p.fd >= 0)
		close(p.fd);
}

static void
ll_restrict(int fd)
{
	must((int)syscall(SYS_landlock_restrict_self, fd, 0u), "landlock_restrict_self");
	close(fd);
}

static int
box_landlock(const struct box *b)
{
	int abi;
	const struct ll_abi *a = ll_running(&abi);
	if (!a)
		return 0;
	struct ll_ruleset set = {
		.fs = (1ull << a->fs) - 1,
		.net = b->promises & (BOX_CONNECT | BOX_EXEC) ? 0 : (1ull << a->net) - 1,
		.scoped = (1ull << a->scoped) - 1,
	};
	int fd = ll_create(a, &set);
	if (b->dir)
		ll_allow(fd, b->dir, LL_FS_DIR & set.fs);
	for (unsigned i = 0; i < b->reads; i++)
		ll_allow_read(fd, &b->read[i], set.fs);
	if (b->promises & BOX_EXEC) {
		ll_allow(fd, "/", LL_FS_EXECUTE | LL_FS_READ_FILE | LL_FS_READ_DIR);
		ll_allow(fd, "/dev/null", LL_FS_WRITE_FILE);
	}
	ll_restrict(fd);
	return abi;
}

/* Something that anybody may do, but nobody in this box. */
static bool
landlock_holds(const struct box *b)
{
	int fd = b->promises & BOX_EXEC ? open("/dev/zero", O_WRONLY | O_CLOEXEC)
					: open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool held = fd < 0 && errno == EACCES;
	if (fd >= 0)
		close(fd);
	return held;
}

int
box_write_below(const char *const *dirs, unsigned n, const char *const *remove_in, unsigned removes,
    const char *move_in)
{
	int abi;
	const struct ll_abi *a = ll_running(&abi);
	if (!a)
		return 0;
	struct ll_ruleset set = {
		.fs = ((1ull << a->fs) - 1) & ~(LL_FS_EXECUTE | LL_FS_READ_FILE | LL_FS_READ_DIR),
	};
	int fd = ll_create(a, &set);
	for (unsigned i = 0; i < n; i++)
		if (dirs[i])
			ll_allow(fd, dirs[i], LL_FS_DIR & set.fs);
	for (unsigned i = 0; i < removes; i++)
		ll_allow(fd, remove_in[i], LL_FS_REMOVE_FILE);
	if (move_in)
		ll_allow_read(fd, &(struct box_read){ move_in, true }, set.fs);
	ll_allow(fd, "/dev/null", LL_FS_WRITE_FILE);
	ll_restrict(fd);
	return abi;
}

static uint64_t
status_field(const char *status, const char *name, int base)
{
	const char *p = strstr(status, name);
	return p ? strtoull(p + strlen(name), NULL, base) : 0;
}

/* From /proc/self/status, opened before the box, read after: what the kernel says, not what we did. */
static void
box_read_back(int fd, struct box_state *st)
{
	char s[4096];
	ssize_t n = fd < 0 ? -1 : pread(fd, s, sizeof s - 1, 0);
	if (n <= 0)
		fatal("box: cannot read back /proc/self/status");
	s[n] = '\0';
	st->uid = (uid_t)status_field(s, "\nUid:\t", 10);
	st->gid = (gid_t)status_field(s, "\nGid:\t", 10);
	st->caps_effective = status_field(s, "\nCapEff:\t", 16);
	st->caps_permitted = status_field(s, "\nCapPrm:\t", 16);
	st->caps_bounding = status_field(s, "\nCapBnd:\t", 16);
	st->no_new_privs = (int)status_field(s, "\nNoNewPrivs:\t", 10);
	st->seccomp_mode = (int)status_field(s, "\nSeccomp:\t", 10);
}

void
box_enter(const struct box *b, struct box_state *st)
{
	pid_t parent = getppid();
	struct box_state got = { 0 };
	int status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	box_limits(b);
	box_identity(b);
	/* A change of uid clears it, hence here; the parent may have died meanwhile. */
	must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "pdeathsig");
	if (getppid() != parent)
		_exit(0);
	got.landlock_abi = box_landlock(b);
	got.landlocked = landlock_holds(b);
	if (b->promises & BOX_EXEC)
		box_exec_load();
	else
		box_calls_load(b->promises);

	box_read_back(status, &got);
	close(status);
	if (got.uid != b->uid || got.gid != b->gid || got.no_new_privs != 1 ||
	    got.seccomp_mode != 2 || got.caps_effective != b->keep_caps ||
	    got.caps_permitted != b->keep_caps || got.caps_bounding & ~b->keep_caps ||
	    (got.landlock_abi && !got.landlocked))
		fatal("box: the kernel does not hold what was asked for");
	*st = got;
}
