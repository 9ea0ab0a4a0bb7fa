/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The warden's socket, see warden_sock.h. Anybody may connect, so a stranger gets "no" at once, a
 * person holds few places, and a newcomer who finds none takes the oldest: panic always gets in. Must
 * never wait for a client, nor read more of one than a line.
 */
#include "lymphd/warden_sock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/log.h"
#include "host/whole.h"

#define CONNS    16
#define EACH     4 /* of one person */
#define PATIENCE (10 * MSEC_SECOND)

struct conn {
	int fd; /* -1: free */
	struct loop_event *io, *timer;
	struct word_caller who;
	uint64_t age;
	char in[WARDEN_LINE];
	size_t in_len, out_len, out_at;
	char *out;
	FILE *f;      /* the answer, while it is not whole */
	bool waiting; /* for a flush */
};

static struct sock {
	struct loop *loop;
	struct warden_word *w;
	const struct staff_groups *staff;
	int fd;
	struct loop_event *accept;
	uint64_t age;
	struct conn conn[CONNS];
} sock = { .fd = -1 };

static void
conn_close(struct conn *c)
{
	loop_drop(c->io);
	loop_drop(c->timer);
	close(c->fd);
	if (c->f)
		fclose(c->f);
	free(c->out);
	memset(c, 0, sizeof(*c));
	c->fd = -1;
}

static void
on_patience(int fd, int ready, void *arg)
{
	(void)fd, (void)ready;
	conn_close(arg);
}

static void
conn_write(struct conn *c)
{
	size_t was = c->out_at;
	int r = whole_send(c->fd, c->out, c->out_len, &c->out_at);
	if (r != -EAGAIN) {
		conn_close(c);
		return;
	}
	loop_fd_set(c->io, LOOP_WRITE);
	if (c->out_at > was)
		loop_timer_in(c->timer, PATIENCE);
}

static void
conn_answer(struct conn *c)
{
	int rc = fclose(c->f);
	c->f = NULL;
	if (rc)
		fatal_oom();
	conn_write(c);
}

/* A line, or all there will be of one. */
static void
conn_line(struct conn *c, size_t n)
{
	loop_fd_set(c->io, 0);
	c->f = open_memstream(&c->out, &c->out_len);
	if (!c->f)
		fatal_oom();
	if (warden_hear(sock.w, &c->who, c->in, n, c->f))
		conn_answer(c);
	else
		c->waiting = true; /* its patience is longer than any flush takes */
}

static void
on_conn(int fd, int ready, void *arg)
{
	struct conn *c = arg;
	(void)ready;
	if (c->out) {
		conn_write(c);
		return;
	}
	ssize_t n = recv(fd, c->in + c->in_len, sizeof(c->in) - c->in_len, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		conn_close(c);
		return;
	}
	char *nl = memchr(c->in + c->in_len, '\n', (size_t)n);
	c->in_len += (size_t)n;
	if (nl)
		conn_line(c, (size_t)(nl - c->in));
	else if (n == 0)
		conn_close(c); /* half a line is no word */
	else if (c->in_len == sizeof(c->in)) {
		static const char no[] = "no bad-request a line has at most 511 bytes\n";
		if (!(c->out = strdup(no)))
			fatal_oom();
		c->out_len = sizeof(no) - 1;
		conn_write(c);
	}
}

/* A place for this person: a free one, else the oldest of their own if they have enough, else the
 * oldest of all. One that waits for a flush has been heard: it goes last. */
static struct conn *
place(uid_t uid)
{
	struct conn *empty = NULL, *own = NULL, *old = NULL;
	unsigned mine = 0;
	for (size_t i = 0; i < CONNS; i++) {
		struct conn *c = &sock.conn[i];
		if (c->fd < 0) {
			empty = c;
			continue;
		}
		if (!old || c->waiting < old->waiting || (c->waiting == old->waiting && c->age < old->age))
			old = c;
		if (c->who.uid != uid)
			continue;
		mine++;
		if (!own || c->waiting < own->waiting || (c->waiting == own->waiting && c->age < own->age))
			own = c;
	}
	struct conn *c = mine >= EACH ? own : empty ? empty : old;
	if (c->fd >= 0)
		conn_close(c);
	return c;
}

static void
turn_away(int fd)
{
	char needs[STAFF_TEXT], text[STAFF_TEXT + 64];
	int n = snprintf(text, sizeof(text), "no not-allowed this takes root, or staff role %s\n",
	    staff_needs(sock.w->conf, MAY_VIEW, needs));
	if (send(fd, text, (size_t)n, MSG_NOSIGNAL) < 0)
		log_debug("a stranger did not wait for the answer");
	close(fd);
}

static void
on_accept(int fd, int ready, void *arg)
{
	(void)ready, (void)arg;
	uid_t uid = 0;
	int s = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (s < 0)
		return;
	uint32_t roles = staff_of(sock.staff, s, &uid);
	if (!roles) {
		turn_away(s);
		return;
	}
	struct conn *c = place(uid);
	c->fd = s;
	c->age = ++sock.age;
	c->who = (struct word_caller){ uid, roles };
	c->io = loop_fd(sock.loop, s, LOOP_READ, on_conn, c);
	c->timer = loop_timer(sock.loop, on_patience, c);
	loop_timer_in(c->timer, PATIENCE);
	on_conn(s, LOOP_READ, c); /* the line is usually there already: nobody pushes it out */
}

void
sock_start(struct loop *l, int fd, const struct staff_groups *staff, struct warden_word *w)
{
	sock.loop = l;
	sock.w = w;
	sock.staff = staff;
	sock.fd = fd;
	for (size_t i = 0; i < CONNS; i++)
		sock.conn[i].fd = -1;
	sock.accept = loop_fd(l, fd, LOOP_READ, on_accept, NULL);
}

void
sock_flushed(int err)
{
	for (size_t i = 0; i < CONNS; i++) {
		struct conn *c = &sock.conn[i];
		if (c->fd < 0 || !c->waiting)
			continue;
		c->waiting = false;
		warden_answer(sock.w, err, c->f);
		conn_answer(c);
	}
}

void
sock_stop(void)
{
	if (sock.fd < 0)
		return;
	for (size_t i = 0; i < CONNS; i++)
		if (sock.conn[i].fd >= 0)
			conn_close(&sock.conn[i]);
	loop_drop(sock.accept);
	close(sock.fd);
	sock.fd = -1;
}
