/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What only root can prepare, see warden_setup.h; its sockets are in warden_listen.c. Must never follow a
 * stranger's link or leave a folder wider than it says: 0700 or 0755.
 */
#include "lymphd/warden_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/log.h"
#include "host/users.h"
#include "lymphd/role.h"

/* After a kill -9 the roles of the last warden are still dying: the lock comes free soon. */
#define HEIR_TRIES 20
#define HEIR_PAUSE 50000 /* microseconds */

int
setup_identity(const struct conf *c, enum role_id id, uid_t *ret_uid, gid_t *ret_gid)
{
	if (c->uid_base) {
		*ret_uid = *ret_gid = c->uid_base + id;
		return 0;
	}
	char user[64];
	snprintf(user, sizeof user, "_lymph-%s", role_name(id));
	struct passwd *pw = getpwnam(user);
	if (!pw) {
		log_warn("no user %s", user);
		return -ENOENT;
	}
	if (pw->pw_uid == 0 || pw->pw_gid == 0) {
		log_warn("user %s must not be root", user);
		return -EPERM;
	}
	*ret_uid = pw->pw_uid;
	*ret_gid = pw->pw_gid;
	return 0;
}

int
setup_users(const struct conf *c)
{
	const char *roles[ROLE_N];
	char who[USERS_TEXT], command[USERS_TEXT];
	size_t n = 0;
	for (unsigned id = ROLE_JUDGE; id < ROLE_N; id++)
		roles[n++] = role_name(id);
	if (c->uid_base || users_missing("_lymph-", roles, n, "lymph", who, command) == 0)
		return 0;
	log_warn("no user %s. What makes them: %s", who, command);
	return -ENOENT;
}

static int
complain(const char *what, const char *path)
{
	int rc = -errno;
	log_warn("%s %s: %s", what, path, strerror(-rc));
	return rc;
}

/* The folder and its parents; what is missing is made, root's, 0755. */
static int
make_path(const char *path)
{
	char s[CONF_PATH + 1];
	snprintf(s, sizeof s, "%s", path);
	for (char *p = s + 1;; p++) {
		if (*p && *p != '/')
			continue;
		char end = *p;
		*p = '\0';
		if (mkdir(s, 0755) < 0 && errno != EEXIST)
			return complain("cannot make folder", s);
		if (!end)
			return 0;
		*p = end;
	}
}

/* The judge must be able to walk there; a closed folder above is the usual reason why it cannot. */
static void
warn_closed(const char *path)
{
	char s[CONF_PATH + 1];
	struct stat st;
	snprintf(s, sizeof s, "%s", path);
	for (char *p = s + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (!stat(s, &st) && !(st.st_mode & S_IXOTH))
			log_warn(
			    "folder %s is closed to others: the judge may not reach %s", s, path);
		*p = '/';
	}
}

/* The state folder is the judge's alone. One that is there already keeps its owner only if that is
 * the judge: files of another uid inside would be lost on it. */
static int
state_folder(const char *path, uid_t uid, gid_t gid)
{
	struct stat st;
	int rc = make_path(path);
	if (rc)
		return rc;
	warn_closed(path);
	int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return complain("state folder", path);
	char self[64];
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	if (fstat(fd, &st) < 0)
		rc = complain("state folder", path);
	else if (st.st_uid != 0 && st.st_uid != uid) {
		log_warn("state folder %s belongs to uid %u, not to the judge (uid %u)", path,
		    st.st_uid, uid);
		rc = -EPERM;
	} else if (st.st_uid == 0 && (chmod(self, 0700) < 0 || chown(self, uid, gid) < 0))
		rc = complain("state folder", path);
	else if (st.st_uid == uid && (st.st_mode & 077)) {
		log_warn("state folder %s is open to others: chmod 700", path);
		rc = -EPERM;
	}
	close(fd);
	return rc;
}

/* What root writes and reads back below here (the fence's plan, for one) nobody else may swap. */
static int
only_roots(const char *what, const char *path)
{
	char s[CONF_PATH + 1];
	struct stat st;
	snprintf(s, sizeof s, "%s", path);
	for (char *p = s + 1;; p++) {
		if (*p && *p != '/')
			continue;
		char end = *p;
		*p = '\0';
		if (stat(s, &st) < 0)
			return complain(what, s);
		/* Of a sticky folder, such as /tmp, others may not take away what is root's. */
		bool sticky = end && st.st_mode & S_ISVTX;
		if (st.st_uid != 0 || (st.st_mode & 022 && !sticky)) {
			log_warn("%s %s: %s belongs to uid %u, mode %o: others could put files "
				 "of theirs in place of ours; only root may write there",
			    what, path, s, st.st_uid, st.st_mode & 07777);
			return -EPERM;
		}
		if (!end)
			return 0;
		*p = end;
	}
}

int
setup_folders(const struct conf *c, uid_t uid, gid_t gid)
{
	char lock[CONF_PATH + 16];
	int rc = make_path(c->run);
	if (rc)
		return rc;
	snprintf(lock, sizeof lock, "%s/lock", c->run);
	/* Held till the process ends: two wardens would fight over sockets and the fence. */
	int fd = open(lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return complain("cannot open", lock);
	int tries = 0;
	while ((rc = flock(fd, LOCK_EX | LOCK_NB)) < 0 && ++tries < HEIR_TRIES)
		usleep(HEIR_PAUSE);
	if (rc < 0) {
		log_warn("another lymphd runs in %s", c->run);
		close(fd);
		return -EBUSY;
	}
	rc = state_folder(c->state, uid, gid);
	if (!rc) /* last: they must not lie in the judge's folder either */
		rc = only_roots("run folder", c->run);
	if (!rc)
		rc = make_path(c->warden_state);
	return rc ? rc : only_roots("warden-state folder", c->warden_state);
}

/* Empty at each start but for what a script left there; the run folder is root's, so it is no link. */
int
setup_own_dir(const struct conf *c, enum role_id id, uid_t uid, gid_t gid)
{
	char path[CONF_PATH + 16];
	const struct role *r = role_row(id);
	if (!r || !r->own_dir)
		return 0;
	snprintf(path, sizeof path, "%s/%s", c->run, r->own_dir);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return complain("cannot make folder", path);
	return lchown(path, uid, gid) < 0 ? complain("cannot give away folder", path) : 0;
}

/* Why each: SETUID, SETGID, SETPCAP: a role's identity and empty bounding set. KILL: roles have other
 * uids. NET_ADMIN: the fence. CHOWN: state folder, sockets. NET_BIND_SERVICE: a canary on port 80. */
static uint64_t
setup_caps(int stage)
{
	uint64_t run = 1ull << CAP_SETUID | 1ull << CAP_SETGID | 1ull << CAP_SETPCAP |
		       1ull << CAP_KILL | 1ull << CAP_NET_ADMIN;
	return stage == WARDEN_CAPS_RUN ? run
					: run | 1ull << CAP_CHOWN | 1ull << CAP_NET_BIND_SERVICE;
}

void
setup_diet(int stage)
{
	uint64_t keep = setup_caps(stage);
	for (int cap = 0; cap < 64; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			fatal("cannot drop capability %d: %s", cap, strerror(errno));
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];
	if (syscall(SYS_capget, &h, d) < 0)
		fatal("capget: %s", strerror(errno));
	for (int i = 0; i < 2; i++) {
		d[i].permitted &= (uint32_t)(keep >> (32 * i));
		d[i].effective = d[i].permitted;
		d[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &h, d) < 0)
		fatal("capset: %s", strerror(errno));
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	/* Children with a smaller identity need no set-uid program, nor does nft. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) < 0)
		fatal("cannot give up rights: %s", strerror(errno));
}

static int landlock_abi;

void
setup_fold(const struct conf *c)
{
	const char *dirs[] = { c->run, c->state, c->warden_state };
	char parent[SETUP_NAMED][CONF_PATH];
	const char *remove_in[SETUP_NAMED];
	unsigned n = setup_named_dirs(c, parent); /* to take their sockets away at the end */
	for (unsigned i = 0; i < n; i++)
		remove_in[i] = parent[i];
	landlock_abi = box_write_below(dirs, sizeof dirs / sizeof *dirs, remove_in, n,
	    c->intake.maildir[0] ? c->intake.maildir : NULL);
}

void
setup_state(struct box_state *ret)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };
	*ret = (struct box_state){ .uid = getuid(), .gid = getgid() };
	if (syscall(SYS_capget, &h, d) < 0)
		return;
	ret->caps_effective = d[0].effective | (uint64_t)d[1].effective << 32;
	ret->caps_permitted = d[0].permitted | (uint64_t)d[1].permitted << 32;
	for (int cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			ret->caps_bounding |= 1ull << cap;
	ret->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	ret->seccomp_mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
	ret->landlock_abi = landlock_abi;
	ret->landlocked = landlock_abi > 0;
}
