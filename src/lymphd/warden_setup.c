/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What only root can prepare, see warden_setup.h. Must never follow a stranger's link or leave a
 * folder or socket wider than it says: folders 0700 or 0755.
 */
#include "lymphd/warden_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/values.h"
#include "host/log.h"
#include "host/users.h"
#include "lymphd/role.h"
#include "lymphd/staff.h"
#include "lymphd/warden_word.h"

#define BACKLOG 1024
#define SYSLOG_ROOM (4u << 20) /* bytes a syslog socket may hold while hear-log is busy */
/* After a kill -9 the roles of the last warden are still dying: their sockets and lock come free soon. */
#define HEIR_TRIES 100
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
	while ((rc = flock(fd, LOCK_EX | LOCK_NB)) < 0 && ++tries < HEIR_TRIES / 5)
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

static int
listen_unix(const char *path, mode_t mode)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat st;
	if (strlen(path) >= sizeof sun.sun_path) {
		log_warn("socket path too long: %s", path);
		return -ENAMETOOLONG;
	}
	strcpy(sun.sun_path, path);
	if (!lstat(path, &st) && S_ISSOCK(st.st_mode))
		unlink(path); /* of a warden that died; we hold the lock */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	mode_t old = umask(0177);
	int rc = fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof sun) < 0 ? -errno : 0;
	umask(old);
	if (!rc && (chmod(path, mode) < 0 || listen(fd, BACKLOG) < 0))
		rc = -errno;
	if (!rc)
		return fd;
	log_warn("cannot listen on %s: %s", path, strerror(-rc));
	if (fd >= 0)
		close(fd);
	return rc;
}

/* bind, patient with an address whose last owner is about to die. */
static int
bind_heir(int fd, const struct sockaddr *sa, socklen_t n)
{
	bool bound = false;
	for (int tries = 0;; tries++) {
		bound = bound || !bind(fd, sa, n);
		if (bound && !listen(fd, BACKLOG))
			return 0;
		if (errno != EADDRINUSE || tries == HEIR_TRIES)
			return -errno;
		usleep(HEIR_PAUSE);
	}
}

static int
listen_tcp(const struct addr *a, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	bool six = a->fam == 6;
	const struct sockaddr *sa = six ? (void *)&sin6 : (void *)&sin;
	char text[ADDR_TEXT];
	int one = 1, rc = 0;
	memcpy(&sin.sin_addr, a->b, 4);
	memcpy(&sin6.sin6_addr, a->b, 16);
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
	    (six && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) < 0))
		rc = -errno;
	if (!rc)
		rc = bind_heir(fd, sa, six ? sizeof sin6 : sizeof sin);
	if (!rc)
		return fd;
	log_warn("cannot listen on %s port %u: %s", addr_print(a, text), port,
	    rc == -EADDRNOTAVAIL ? "it is no address of this machine"
	    : rc == -EADDRINUSE  ? "somebody else does already; \"ss -ltnp\" tells who"
				 : strerror(-rc));
	if (fd >= 0)
		close(fd);
	return rc;
}

/* A socket records come to. It is shut for sending before anybody reads what a stranger sent there,
 * so who is captured by that can answer nobody. */
static int
bind_udp(const struct conf_end *e, uint32_t room, const char *what)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(e->port) };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_port = htons(e->port) };
	bool six = e->addr.fam == 6;
	const struct sockaddr *sa = six ? (void *)&sin6 : (void *)&sin;
	char text[ADDR_TEXT];
	int one = 1, got = 0, want = (int)room, rc = 0;
	socklen_t n = sizeof got;
	memcpy(&sin.sin_addr, e->addr.b, 4);
	memcpy(&sin6.sin6_addr, e->addr.b, 16);
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || (six && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) < 0))
		rc = -errno;
	for (int tries = 0; !rc && bind(fd, sa, six ? sizeof sin6 : sizeof sin) < 0; tries++) {
		if (errno != EADDRINUSE || tries == HEIR_TRIES)
			rc = -errno;
		else
			usleep(HEIR_PAUSE);
	}
	/* On a socket without a peer the call complains, and works: ip_append_data refuses from then on. */
	if (!rc && shutdown(fd, SHUT_WR) < 0 && errno != ENOTCONN)
		rc = -errno;
	if (!rc && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof want) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof want);
	if (!rc && getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &n) == 0 && got < want)
		log_warn("%s port %u: a receive buffer of %d bytes, not %u: the kernel gives no more",
		    addr_print(&e->addr, text), e->port, got, room);
	if (!rc)
		return fd;
	log_warn("cannot take %s on %s port %u: %s", what, addr_print(&e->addr, text), e->port,
	    rc == -EADDRNOTAVAIL ? "it is no address of this machine"
	    : rc == -EADDRINUSE  ? "somebody else does already; \"ss -lnup\" tells who"
				 : strerror(-rc));
	if (fd >= 0)
		close(fd);
	return rc;
}

/* "ADDRESS:PORT", "[ADDRESS]:PORT"; conf has checked the form already. */
static int
listen_text(const char *s)
{
	struct addr a;
	const char *colon = strrchr(s, ':');
	const char *from = s, *to = colon;
	if (colon && *s == '[' && colon > s && colon[-1] == ']') {
		from++;
		to--;
	}
	char *end;
	unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;
	if (!colon || *end || port == 0 || port > 65535 ||
	    addr_parse(from, (size_t)(to - from), &a)) {
		log_warn("listen: \"%s\" is no address and port", s);
		return -EINVAL;
	}
	return listen_tcp(&a, (uint16_t)port);
}

/* Datagrams of local programs, as /dev/log; only root and its group may send, for whoever may send here
 * may accuse. */
static int
bind_local(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat st;
	int want = SYSLOG_ROOM;
	if (strlen(path) >= sizeof sun.sun_path) {
		log_warn("socket path too long: %s", path);
		return -ENAMETOOLONG;
	}
	strcpy(sun.sun_path, path);
	if (!lstat(path, &st) && S_ISSOCK(st.st_mode))
		unlink(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	mode_t old = umask(0117);
	int rc = fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof sun) < 0 ? -errno : 0;
	umask(old);
	if (rc == 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof want);
		return fd;
	}
	log_warn("cannot take syslog on %s: %s", path, strerror(-rc));
	if (fd >= 0)
		close(fd);
	return rc;
}

/* As the option's row has checked it. */
static int
listen_log(const char *s)
{
	struct conf_end e;
	if (strncmp(s, "unix:", 5) == 0)
		return bind_local(s + 5);
	if (opt_end_parse(s + 4, &e.addr, &e.port) < 0)
		return -EINVAL;
	return strncmp(s, "tcp:", 4) == 0 ? listen_tcp(&e.addr, e.port) : bind_udp(&e, SYSLOG_ROOM, "syslog");
}

static int
control_path(const struct conf *c, char *buf, size_t size)
{
	return snprintf(buf, size, "%s/control.sock", c->run);
}

/* As the configuration names it: "unix:/path", as open as loopback; or address and port. */
static int
listen_named(const char *s)
{
	return strncmp(s, "unix:", 5) ? listen_text(s) : listen_unix(s + 5, 0666);
}

/* Whoever may connect hands in mails: root, and the desk. */
static int
listen_intake(const struct conf *c)
{
	char path[CONF_PATH + 16];
	struct staff_groups g;
	staff_init(c, &g);
	snprintf(path, sizeof path, "%s/intake.sock", c->run);
	int fd = listen_unix(path, g.has[STAFF_DESK] ? 0660 : 0600);
	if (fd >= 0 && g.has[STAFF_DESK] && lchown(path, 0, g.gid[STAFF_DESK]) < 0) {
		int rc = complain("cannot give to the desk", path);
		close(fd);
		return rc;
	}
	return fd;
}

static int
word_path(const struct conf *c, char *buf, size_t size)
{
	return snprintf(buf, size, "%s/" WARDEN_SOCKET, c->run);
}

int
setup_word(const struct conf *c)
{
	char path[CONF_PATH + 16];
	word_path(c, path, sizeof path);
	return listen_unix(path, 0666);
}

int
setup_listens(const struct conf *c, struct setup_listen ret[SETUP_LISTENS], unsigned *ret_n)
{
	unsigned n = 0;
	char path[CONF_PATH + 16];
	/* Anybody may connect; who may do what is asked of the kernel then, see staff.h. */
	control_path(c, path, sizeof path);
	int rc = listen_unix(path, 0666);
	if (rc < 0)
		return rc;
	ret[n++] = (struct setup_listen){ rc, LISTEN_CONTROL, ROLE_JUDGE };
	rc = listen_named(c->listen);
	if (rc < 0)
		return rc;
	ret[n++] = (struct setup_listen){ rc, LISTEN_REPORTS, ROLE_HEAR_REPORTS };
	rc = listen_intake(c);
	if (rc < 0)
		return rc;
	ret[n++] = (struct setup_listen){ rc, LISTEN_INTAKE, ROLE_HEAR_MAIL };
	if (c->metrics[0] && (rc = listen_named(c->metrics)) < 0)
		return rc;
	if (c->metrics[0])
		ret[n++] = (struct setup_listen){ rc, LISTEN_METRICS, ROLE_HEAR_METRICS };
	for (unsigned i = 0; i < c->telemetry.listens; i++) {
		rc = bind_udp(&c->telemetry.listen[i], c->telemetry.receive_buffer, "flow records");
		if (rc < 0)
			return rc;
		ret[n++] = (struct setup_listen){ rc, LISTEN_FLOW, ROLE_HEAR_FLOW };
	}
	for (unsigned i = 0; i < c->logs; i++) {
		if (!c->log[i].listen[0])
			continue;
		rc = listen_log(c->log[i].listen);
		if (rc < 0)
			return rc;
		ret[n++] = (struct setup_listen){ rc, LISTEN_LOG, ROLE_HEAR_LOG };
	}
	for (unsigned i = 0; c->canary.addr.fam && i < c->canary.ports && n < SETUP_LISTENS; i++) {
		rc = listen_tcp(
		    c->canary.listen.fam ? &c->canary.listen : &c->canary.addr, c->canary.port[i]);
		if (rc < 0)
			return rc;
		ret[n++] = (struct setup_listen){ rc, LISTEN_CANARY, ROLE_HEAR_CANARY };
	}
	*ret_n = n;
	return 0;
}

void
setup_unlink(const struct conf *c)
{
	char path[CONF_PATH + 16];
	control_path(c, path, sizeof path);
	unlink(path);
	word_path(c, path, sizeof path);
	unlink(path);
	snprintf(path, sizeof path, "%s/intake.sock", c->run);
	unlink(path);
	const char *const named[] = { c->listen, c->metrics };
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		if (!strncmp(named[i], "unix:", 5))
			unlink(named[i] + 5);
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
	/* To take their sockets away at the end. */
	const char *const named[] = { c->listen, c->metrics };
	char parent[2][CONF_PATH];
	const char *remove_in[2];
	unsigned n = 0;
	for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
		if (strncmp(named[i], "unix:/", 6) != 0)
			continue;
		snprintf(parent[n], sizeof parent[n], "%s", named[i] + 5);
		char *slash = strrchr(parent[n], '/');
		slash[slash == parent[n]] = '\0';
		remove_in[n] = parent[n];
		n++;
	}
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
