/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Channels between roles, see chan.h. On the wire a message is a header of eight bytes {type, flags,
 * length} and the body, so that the body is as aligned as the buffer. Type 0 is the channel's own:
 * credit. Must never hand a handler a message that breaks the table, nor lose a descriptor.
 */
#include "host/chan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/log.h"

#define CHAN_QUEUE  (64u << 20) /* bytes waiting for a peer that does not read: then it is broken */
#define CHAN_TURN   64          /* messages read per turn of the loop: the others shall live too */
#define CHAN_CREDIT 0           /* the type of the credit message */
#define CREDIT_TOP  ((uint64_t)1 << 40)

struct head {
	uint16_t type, flags; /* flags: none yet, must be zero */
	uint32_t len;
};

struct credit { /* body of type 0 */
	uint32_t messages, bytes;
};

struct purse {
	uint64_t messages, bytes;
};

struct out {
	struct out *next;
	int fd; /* -1 or a duplicate */
	size_t n;
	uint8_t raw[];
};

struct chan {
	struct loop *loop;
	struct loop_event *event, *turn; /* turn: sends grants, tells of the peer's end */
	int fd;
	uint8_t self, peer;
	const struct chan_row *table;
	unsigned types;
	chan_cb *cb;
	chan_gone_cb *gone;
	chan_room_cb *room;
	void *arg;
	struct purse mine, theirs; /* what we may send; what they may */
	struct purse grants;       /* granted, not yet told */
	struct out *head, **tail;
	size_t queued;
	bool starved, broken, told; /* told: gone has been called */
	bool busy, freed; /* freed inside a callback: the frame that called it cleans up */
};

int
chan_check(const struct chan_row *table, unsigned types, uint8_t from, uint8_t to, const void *raw,
    size_t n, bool has_fd, struct chan_msg *ret)
{
	struct head h;
	if (n < sizeof h || n > CHAN_MAX)
		return -EBADMSG;
	memcpy(&h, raw, sizeof h);
	if (h.flags || h.type >= types || h.len != n - sizeof h)
		return -EBADMSG;
	const struct chan_row *r = &table[h.type];
	if (!chan_in(r->from, from) || !chan_in(r->to, to))
		return -EBADMSG;
	if (h.len < r->size || (h.len > r->size && !(r->flags & MSG_TAIL)))
		return -EBADMSG;
	if (has_fd ? !(r->flags & (MSG_FD | MSG_MAYFD)) : (r->flags & MSG_FD) != 0)
		return -EBADMSG;
	const uint8_t *body = (const uint8_t *)raw + sizeof h;
	*ret = (struct chan_msg){
		.type = h.type,
		.body = body,
		.tail = body + r->size,
		.tail_len = h.len - r->size,
		.fd = -1,
	};
	return 0;
}

/* Tells the owner, once; it frees c. */
static void
chan_end(struct chan *c)
{
	if (c->told)
		return;
	c->told = c->broken = true;
	loop_fd_set(c->event, 0);
	c->gone(c, c->arg);
}

/* The peer's end was seen where no callback may run: tell it next turn. */
static void
chan_break(struct chan *c)
{
	c->broken = true;
	loop_fd_set(c->event, 0);
	loop_timer_in(c->turn, 0);
}

static ssize_t
send_raw(int sock, const struct iovec *iov, size_t parts, int fd)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} ctl;
	struct msghdr m = { .msg_iov = (struct iovec *)iov, .msg_iovlen = parts };
	if (fd >= 0) {
		memset(&ctl, 0, sizeof ctl);
		m.msg_control = &ctl;
		m.msg_controllen = sizeof ctl.room;
		struct cmsghdr *h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(h), &fd, sizeof fd);
	}
	ssize_t n;
	do
		n = sendmsg(sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Full, now or for lack of kernel memory: later. (ETOOMANYREFS: descriptors in flight.) */
static bool
send_later(ssize_t rc)
{
	return rc == -EAGAIN || rc == -ENOBUFS || rc == -ENOMEM || rc == -ETOOMANYREFS;
}

static int
chan_queue(struct chan *c, const struct iovec *iov, size_t parts, size_t n, int fd)
{
	if (c->queued + n > CHAN_QUEUE) {
		log_warn("channel to role %u: the peer does not read", c->peer);
		chan_break(c);
		return -EPIPE;
	}
	struct out *o = malloc(sizeof *o + n);
	if (!o)
		fatal_oom();
	*o = (struct out){ .fd = -1, .n = n };
	if (fd >= 0 && (o->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
		fatal("cannot duplicate a descriptor for a queue: %s", strerror(errno));
	uint8_t *p = o->raw;
	for (size_t i = 0; i < parts; i++) {
		if (iov[i].iov_len)
			memcpy(p, iov[i].iov_base, iov[i].iov_len);
		p += iov[i].iov_len;
	}
	if (!c->head)
		loop_fd_set(c->event, LOOP_READ | LOOP_WRITE);
	*c->tail = o;
	c->tail = &o->next;
	c->queued += n;
	return 0;
}

static void
out_free(struct out *o)
{
	if (o->fd >= 0)
		close(o->fd);
	free(o);
}

static void
chan_flush(struct chan *c)
{
	while (c->head) {
		struct out *o = c->head;
		struct iovec iov = { .iov_base = o->raw, .iov_len = o->n };
		ssize_t rc = send_raw(c->fd, &iov, 1, o->fd);
		if (send_later(rc))
			return;
		if (rc < 0) {
			chan_break(c);
			return;
		}
		c->head = o->next;
		if (!c->head)
			c->tail = &c->head;
		c->queued -= o->n;
		out_free(o);
	}
	loop_fd_set(c->event, LOOP_READ);
}

bool
chan_may_send(const struct chan *c, size_t bytes)
{
	return !c->broken && c->mine.messages > 0 && c->mine.bytes >= bytes;
}

int
chan_send(
    struct chan *c, uint16_t type, const void *body, const void *tail, size_t tail_len, int fd)
{
	if (type >= c->types)
		fatal("channel: no message type %u", type);
	const struct chan_row *r = &c->table[type];
	size_t len = r->size + tail_len;
	if (tail_len > CHAN_MAX || len + sizeof(struct head) > CHAN_MAX)
		return -EMSGSIZE;
	if (c->broken)
		return -EPIPE;
	if (r->flags & MSG_CREDIT) {
		if (!chan_may_send(c, len)) {
			c->starved = true;
			return -EAGAIN;
		}
		c->mine.messages--;
		c->mine.bytes -= len;
	}
	struct head h = { .type = type, .len = (uint32_t)len };
	struct iovec iov[3] = {
		{ .iov_base = &h, .iov_len = sizeof h },
		{ .iov_base = (void *)body, .iov_len = r->size },
		{ .iov_base = (void *)tail, .iov_len = tail_len },
	};
	if (c->head)
		return chan_queue(c, iov, 3, len + sizeof h, fd);
	ssize_t rc = send_raw(c->fd, iov, 3, fd);
	if (send_later(rc))
		return chan_queue(c, iov, 3, len + sizeof h, fd);
	if (rc < 0) {
		chan_break(c);
		return -EPIPE;
	}
	return 0;
}

void
chan_grant(struct chan *c, uint32_t messages, uint32_t bytes)
{
	if (c->broken)
		return;
	/* Told once a turn: a receiver that grants one by one does not double the traffic. */
	if (!c->grants.messages && !c->grants.bytes)
		loop_timer_in(c->turn, 0);
	c->grants.messages += messages;
	c->grants.bytes += bytes;
	c->theirs.messages += messages;
	c->theirs.bytes += bytes;
}

static uint32_t
take32(uint64_t *v)
{
	uint32_t n = *v > UINT32_MAX ? UINT32_MAX : (uint32_t)*v;
	*v -= n;
	return n;
}

static void
chan_free_now(struct chan *c)
{
	loop_drop(c->event);
	loop_drop(c->turn);
	close(c->fd);
	while (c->head) {
		struct out *o = c->head;
		c->head = o->next;
		out_free(o);
	}
	free(c);
}

void
chan_free(struct chan *c)
{
	if (!c)
		return;
	if (!c->busy) {
		chan_free_now(c);
		return;
	}
	c->freed = c->told = c->broken = true;
}

/* Leaves a callback frame: frees what the callback freed. */
static void
chan_leave(struct chan *c)
{
	c->busy = false;
	if (c->freed)
		chan_free_now(c);
}

static void
on_turn(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	struct chan *c = arg;
	c->busy = true;
	while (!c->broken && (c->grants.messages || c->grants.bytes)) {
		struct credit g = { .messages = take32(&c->grants.messages),
			.bytes = take32(&c->grants.bytes) };
		chan_send(c, CHAN_CREDIT, &g, NULL, 0, -1);
	}
	if (c->broken)
		chan_end(c);
	chan_leave(c);
}

/* Their credit or ours. 0, or -EBADMSG when they spend what they have not. */
static int
chan_account(struct chan *c, const struct chan_msg *m)
{
	if (m->type == CHAN_CREDIT) {
		struct credit g;
		memcpy(&g, m->body, sizeof g);
		c->mine.messages += g.messages;
		c->mine.bytes += g.bytes;
		/* A peer that grants without end gains nothing. */
		if (c->mine.messages > CREDIT_TOP)
			c->mine.messages = CREDIT_TOP;
		if (c->mine.bytes > CREDIT_TOP)
			c->mine.bytes = CREDIT_TOP;
		return 0;
	}
	if (!(c->table[m->type].flags & MSG_CREDIT))
		return 0;
	size_t len = c->table[m->type].size + m->tail_len;
	if (c->theirs.messages == 0 || c->theirs.bytes < len)
		return -EBADMSG;
	c->theirs.messages--;
	c->theirs.bytes -= len;
	return 0;
}

/* Takes the descriptors out of the control data. How many; the first in *ret, others closed. */
static int
take_fds(struct msghdr *m, int *ret)
{
	int count = 0;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
			if (count++ == 0)
				*ret = fd;
			else
				close(fd);
		}
	}
	return count;
}

/* Reads and delivers one message. 1; 0: nothing there; -EPIPE: peer gone; -EBADMSG: broke the law. */
static int
chan_read(struct chan *c)
{
	static _Alignas(8) uint8_t raw[CHAN_MAX];
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} ctl;
	struct iovec iov = { .iov_base = raw, .iov_len = sizeof raw };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &ctl,
		.msg_controllen = sizeof ctl.room };
	ssize_t n;
	do
		n = recvmsg(c->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -EPIPE;
	int fd = -1;
	int fds = take_fds(&m, &fd);
	if (n == 0) { /* an empty message cannot be told from the end; no role sends one */
		if (fd >= 0)
			close(fd);
		return -EPIPE;
	}
	struct chan_msg msg;
	int rc = -EBADMSG;
	if (fds <= 1 && !(m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		rc = chan_check(
		    c->table, c->types, c->peer, c->self, raw, (size_t)n, fds == 1, &msg);
	if (!rc)
		rc = chan_account(c, &msg);
	if (rc) {
		if (fd >= 0)
			close(fd);
		return rc;
	}
	if (msg.type == CHAN_CREDIT) {
		if (c->starved && c->mine.messages && c->room) {
			c->starved = false;
			c->room(c, c->arg);
		}
		return 1;
	}
	msg.fd = fd;
	c->cb(c, &msg, c->arg);
	return 1;
}

static void
on_ready(int fd, int ready, void *arg)
{
	(void)fd;
	struct chan *c = arg;
	c->busy = true;
	if (ready & LOOP_WRITE)
		chan_flush(c);
	for (int i = 0; i < CHAN_TURN && !c->broken && (ready & LOOP_READ); i++) {
		int rc = chan_read(c);
		if (c->freed || rc == 0)
			break;
		if (rc == -EBADMSG)
			log_warn("channel: role %u broke the message table", c->peer);
		if (rc < 0)
			chan_end(c);
	}
	chan_leave(c);
}

struct chan *
chan_new(struct loop *l, int fd, uint8_t self, uint8_t peer, const struct chan_row *table,
    unsigned types, chan_cb *cb, chan_gone_cb *gone, void *arg)
{
	struct chan *c = calloc(1, sizeof *c);
	if (!c)
		fatal_oom();
	if (types <= CHAN_CREDIT || table[CHAN_CREDIT].size != sizeof(struct credit))
		fatal("channel: a table without the credit message");
	*c = (struct chan){ .loop = l,
		.fd = fd,
		.self = self,
		.peer = peer,
		.table = table,
		.types = types,
		.cb = cb,
		.gone = gone,
		.arg = arg };
	c->tail = &c->head;
	c->event = loop_fd(l, fd, LOOP_READ, on_ready, c);
	c->turn = loop_timer(l, on_turn, c);
	return c;
}

void
chan_on_room(struct chan *c, chan_room_cb *room)
{
	c->room = room;
}

uint8_t
chan_peer(const struct chan *c)
{
	return c->peer;
}

size_t
chan_queued(const struct chan *c)
{
	return c->queued;
}
