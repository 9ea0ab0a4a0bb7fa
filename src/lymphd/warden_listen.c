/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sockets lymphd is spoken to on, made by root and given away, see warden_setup.h. Must never leave one
 * wider than it says, nor take away what is no socket.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/values.h"
#include "host/log.h"
#include "host/sock.h"
#include "lymphd/staff.h"
#include "lymphd/warden_setup.h"
#include "lymphd/warden_word.h"

#define BACKLOG 1024
#define SYSLOG_ROOM (4u << 20) /* bytes a syslog socket may hold while hear-log is busy */
/* After a kill -9 the roles of the last warden are still dying: their sockets come free soon. */
#define HEIR_TRIES 100
#define HEIR_PAUSE 50000 /* microseconds */

/* What the configuration names: "unix:/PATH", as open as loopback; an address and a port; or "", none. */
static const struct {
	size_t offset; /* in struct conf */
	enum listen_kind kind;
	enum role_id role;
} named[] = {
	{ offsetof(struct conf, listen), LISTEN_REPORTS, ROLE_HEAR_REPORTS },
	{ offsetof(struct conf, metrics), LISTEN_METRICS, ROLE_HEAR_METRICS },
	{ offsetof(struct conf, alerts), LISTEN_ALERTS, ROLE_HEAR_ALERTS },
};
#define NAMED (sizeof(named) / sizeof(named[0]))
_Static_assert(NAMED <= SETUP_NAMED, "make SETUP_NAMED larger");

static const char *
name_of(const struct conf *c, size_t i)
{
	return (const char *)c + named[i].offset;
}

/* A socket there, or negative errno after a line in the log; what: "cannot listen on". */
static int
bind_unix(const char *path, int type, mode_t mode, const char *what)
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
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	mode_t old = umask(0177);
	int rc = fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof sun) < 0 ? -errno : 0;
	umask(old);
	if (!rc && (chmod(path, mode) < 0 || (type == SOCK_STREAM && listen(fd, BACKLOG) < 0)))
		rc = -errno;
	if (!rc)
		return fd;
	log_warn("%s %s: %s", what, path, strerror(-rc));
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
listen_unix(const char *path, mode_t mode)
{
	return bind_unix(path, SOCK_STREAM, mode, "cannot listen on");
}

/* bind and listen, patient with an address whose last owner is about to die. */
static int
bind_heir(int fd, int type, const struct sockaddr *sa, socklen_t n)
{
	bool bound = false;
	for (int tries = 0;; tries++) {
		bound = bound || !bind(fd, sa, n);
		if (bound && (type != SOCK_STREAM || !listen(fd, BACKLOG)))
			return 0;
		if (errno != EADDRINUSE || tries == HEIR_TRIES)
			return -errno;
		usleep(HEIR_PAUSE);
	}
}

static int
bind_inet(const struct addr *a, uint16_t port, int type, const char *what)
{
	union sock_end end;
	char text[ADDR_TEXT];
	socklen_t n = sock_of(a, port, &end);
	int one = 1, rc = 0;
	int fd = socket(end.sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0) ||
	    (a->fam == 6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) < 0))
		rc = -errno;
	if (!rc)
		rc = bind_heir(fd, type, &end.sa, n);
	if (!rc)
		return fd;
	log_warn("%s %s port %u: %s", what, addr_print(a, text), port,
	    rc == -EADDRNOTAVAIL ? "it is no address of this machine"
	    : rc != -EADDRINUSE  ? strerror(-rc)
	    : type == SOCK_STREAM ? "somebody else does already; \"ss -ltnp\" tells who"
				  : "somebody else does already; \"ss -lnup\" tells who");
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
listen_tcp(const struct addr *a, uint16_t port)
{
	return bind_inet(a, port, SOCK_STREAM, "cannot listen on");
}

/* As much room as the kernel gives; what it gave. */
static int
make_room(int fd, uint32_t room)
{
	int got = 0, want = (int)room;
	socklen_t n = sizeof got;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof want) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof want);
	return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &n) < 0 ? want : got;
}

/* A socket records come to. It is shut for sending before anybody reads what a stranger sent there,
 * so who is captured by that can answer nobody. */
static int
bind_udp(const struct conf_end *e, uint32_t room, const char *what)
{
	char text[ADDR_TEXT], cannot[64];
	snprintf(cannot, sizeof cannot, "cannot take %s on", what);
	int fd = bind_inet(&e->addr, e->port, SOCK_DGRAM, cannot);
	if (fd < 0)
		return fd;
	/* On a socket without a peer the call complains, and works: ip_append_data refuses from then on. */
	if (shutdown(fd, SHUT_WR) < 0 && errno != ENOTCONN) {
		int rc = -errno;
		log_warn("%s %s port %u: %s", cannot, addr_print(&e->addr, text), e->port, strerror(-rc));
		close(fd);
		return rc;
	}
	int got = make_room(fd, room);
	if (got < (int)room)
		log_warn("%s port %u: a receive buffer of %d bytes, not %u: the kernel gives no more",
		    addr_print(&e->addr, text), e->port, got, room);
	return fd;
}

/* As the option's row has checked it. Datagrams of local programs come as to /dev/log; only root and its
 * group may send them, for whoever may send here may accuse. */
static int
listen_log(const char *s)
{
	struct conf_end e;
	if (strncmp(s, "unix:", 5) == 0) {
		int fd = bind_unix(s + 5, SOCK_DGRAM, 0660, "cannot take syslog on");
		if (fd >= 0)
			make_room(fd, SYSLOG_ROOM);
		return fd;
	}
	if (opt_end_parse(s + 4, &e.addr, &e.port) < 0)
		return -EINVAL;
	return strncmp(s, "tcp:", 4) == 0 ? listen_tcp(&e.addr, e.port) : bind_udp(&e, SYSLOG_ROOM, "syslog");
}

/* As the option's row has checked it. */
static int
listen_named(const char *s)
{
	struct conf_end e;
	if (strncmp(s, "unix:", 5) == 0)
		return listen_unix(s + 5, 0666);
	if (opt_end_parse(s, &e.addr, &e.port) < 0) {
		log_warn("listen: \"%s\" is no address and port", s);
		return -EINVAL;
	}
	return listen_tcp(&e.addr, e.port);
}

/* In the run folder. */
static const char *
own_path(const struct conf *c, const char *name, char buf[CONF_PATH + 16])
{
	snprintf(buf, CONF_PATH + 16, "%s/%s", c->run, name);
	return buf;
}

/* Whoever may connect hands in mails: root, and the desk. */
static int
listen_intake(const struct conf *c)
{
	char path[CONF_PATH + 16];
	struct staff_groups g;
	staff_init(c, &g);
	int fd = listen_unix(own_path(c, "intake.sock", path), g.has[STAFF_DESK] ? 0660 : 0600);
	if (fd >= 0 && g.has[STAFF_DESK] && lchown(path, 0, g.gid[STAFF_DESK]) < 0) {
		int rc = -errno;
		log_warn("cannot give to the desk %s: %s", path, strerror(-rc));
		close(fd);
		return rc;
	}
	return fd;
}

int
setup_word(const struct conf *c)
{
	char path[CONF_PATH + 16];
	return listen_unix(own_path(c, WARDEN_SOCKET, path), 0666);
}

/* Those that are there in any configuration, and those it names. */
static int
listen_streams(const struct conf *c, struct setup_listen *ret, unsigned *n)
{
	char path[CONF_PATH + 16];
	/* Anybody may connect; who may do what is asked of the kernel then, see staff.h. */
	int fd = listen_unix(own_path(c, "control.sock", path), 0666);
	if (fd < 0)
		return fd;
	ret[(*n)++] = (struct setup_listen){ fd, LISTEN_CONTROL, ROLE_JUDGE };
	for (size_t i = 0; i < NAMED; i++) {
		if (!*name_of(c, i))
			continue;
		if ((fd = listen_named(name_of(c, i))) < 0)
			return fd;
		ret[(*n)++] = (struct setup_listen){ fd, named[i].kind, named[i].role };
	}
	if ((fd = listen_intake(c)) < 0)
		return fd;
	ret[(*n)++] = (struct setup_listen){ fd, LISTEN_INTAKE, ROLE_HEAR_MAIL };
	return 0;
}

int
setup_listens(const struct conf *c, struct setup_listen ret[SETUP_LISTENS], unsigned *ret_n)
{
	unsigned n = 0;
	int rc = listen_streams(c, ret, &n);
	if (rc < 0)
		return rc;
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
	static const char *const own[] = { "control.sock", WARDEN_SOCKET, "intake.sock" };
	char path[CONF_PATH + 16];
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		unlink(own_path(c, own[i], path));
	for (size_t i = 0; i < NAMED; i++)
		if (!strncmp(name_of(c, i), "unix:", 5))
			unlink(name_of(c, i) + 5);
}

unsigned
setup_named_dirs(const struct conf *c, char ret[SETUP_NAMED][CONF_PATH])
{
	unsigned n = 0;
	for (size_t i = 0; i < NAMED; i++) {
		if (strncmp(name_of(c, i), "unix:/", 6) != 0)
			continue;
		snprintf(ret[n], CONF_PATH, "%s", name_of(c, i) + 5);
		char *slash = strrchr(ret[n], '/');
		slash[slash == ret[n]] = '\0';
		n++;
	}
	return n;
}
