/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Syslog from sockets, for hear_log.h: datagrams (UDP, Unix) and streams (TCP, RFC 6587). Nothing in
 * syslog proves a sender, so only addresses the operator names are heard, and a datagram's may still be
 * forged: its network must not let others in. What cannot be taken is dropped and counted; nobody is
 * answered. Lines that were heard and not committed when we die are lost: what must not be lost belongs in
 * a file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "host/sock.h"
#include "lymphd/hear_log.h"

#define BATCH         64
#define TURNS         16 /* full batches before the others have their turn */
#define LINES         64 /* connections at a time */
#define CHUNK         16384
#define MEMINFO       16 /* words the kernel tells at most, SO_MEMINFO */
#define MEMINFO_DROPS 8

struct line {
	LIST_ENTRY(line) link;
	struct log_in *log;
	struct loop_event *event;
	int fd;
	struct syslog_stream stream;
};

struct syslog_door {
	int fd;
	bool streams;
	uint32_t drops;
	unsigned lines;
	LIST_HEAD(door_lines, line) line;
};

/* Shared by all doors: one is read at a time. */
static struct mail_slots {
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_storage from[BATCH];
	char room[BATCH][SYSLOG_MESSAGE];
} * slots;

/* A Unix socket's peers are those its permissions let in. */
static bool
may_speak(const struct log_in *l, const struct sockaddr_storage *sa)
{
	struct addr a;
	if (!sock_addr((const struct sockaddr *)sa, &a))
		return true;
	if (!l->row->allow[0].a.fam)
		return addr_is_loopback(&a);
	for (unsigned i = 0; i < CONF_ALLOWS && l->row->allow[i].a.fam; i++)
		if (prefix_has(&l->row->allow[i], &a))
			return true;
	return false;
}

static void
refuse(struct log_in *l, const struct sockaddr_storage *sa)
{
	static struct log_limit limit;
	char text[ADDR_TEXT];
	struct addr a;
	unsigned held;
	l->told->refused++;
	if (sock_addr((const struct sockaddr *)sa, &a) && log_may(&limit, &held))
		log_warn("log %s: %s is not in its allow list: refused (%u more)", l->row->name,
		    addr_print(&a, text), held);
}

static int
on_message(const char *s, size_t n, void *arg)
{
	struct log_in *l = arg;
	if (batch_syslog(l, s, n)) { /* full: at once, for there is no going back to it */
		batch_close(l);
		batch_send(l);
		l->serial++;
		batch_open(l, clock_real());
	}
	return 0;
}

static void
datagram(struct log_in *l, const struct mmsghdr *m, const struct sockaddr_storage *from, char *p)
{
	size_t n = m->msg_len;
	l->told->over += (m->msg_hdr.msg_flags & MSG_TRUNC) != 0;
	if (!may_speak(l, from)) {
		refuse(l, from);
		return;
	}
	while (n && (p[n - 1] == '\n' || p[n - 1] == '\0' || p[n - 1] == '\r'))
		n--;
	if (n)
		on_message(p, n, l);
}

static void
on_datagrams(int fd, int ready, void *arg)
{
	struct log_in *l = arg;
	(void)ready;
	for (int turn = 0; turn < TURNS; turn++) {
		for (size_t i = 0; i < BATCH; i++) {
			slots->iov[i] = (struct iovec){ slots->room[i], sizeof(slots->room[i]) };
			slots->from[i].ss_family = AF_UNSPEC;
			slots->msg[i].msg_hdr = (struct msghdr){ .msg_name = &slots->from[i],
				.msg_namelen = sizeof(slots->from[i]),
				.msg_iov = &slots->iov[i],
				.msg_iovlen = 1 };
		}
		int n = recvmmsg(fd, slots->msg, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++)
			datagram(l, &slots->msg[i], &slots->from[i], slots->room[i]);
		if (n < BATCH)
			break;
	}
	blackbox_clear();
}

static void
line_close(struct line *s)
{
	struct log_in *l = s->log;
	syslog_end(&s->stream, on_message, l);
	blackbox_clear();
	l->told->over += s->stream.over;
	loop_drop(s->event);
	close(s->fd);
	LIST_REMOVE(s, link);
	l->door->lines--;
	free(s);
}

static void
on_stream(int fd, int ready, void *arg)
{
	static char chunk[CHUNK];
	struct line *s = arg;
	(void)ready;
	for (int turn = 0; turn < TURNS; turn++) {
		ssize_t n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			line_close(s);
			return;
		}
		syslog_feed(&s->stream, chunk, (size_t)n, on_message, s->log);
	}
	blackbox_clear();
}

static void
on_accept(int fd, int ready, void *arg)
{
	struct log_in *l = arg;
	struct sockaddr_storage from = { 0 };
	socklen_t size = sizeof(from);
	(void)ready;
	int c = accept4(fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (c < 0)
		return;
	if (!may_speak(l, &from)) {
		refuse(l, &from);
		close(c);
		return;
	}
	struct line *s = l->door->lines < LINES ? calloc(1, sizeof(*s)) : NULL;
	if (!s) {
		l->told->dropped++;
		close(c);
		return;
	}
	s->log = l;
	s->fd = c;
	shutdown(c, SHUT_WR); /* nobody is answered */
	s->event = loop_fd(l->h->c->loop, c, LOOP_READ, on_stream, s);
	LIST_INSERT_HEAD(&l->door->line, s, link);
	l->door->lines++;
}

/* The kernel's count of datagrams the socket had no room for. */
static void
count_drops(struct log_in *l)
{
	uint32_t info[MEMINFO] = { 0 };
	socklen_t n = sizeof(info);
	if (l->door->streams || getsockopt(l->door->fd, SOL_SOCKET, SO_MEMINFO, info, &n) < 0 ||
	    n <= MEMINFO_DROPS * sizeof(*info))
		return;
	l->told->dropped += info[MEMINFO_DROPS] - l->door->drops;
	l->door->drops = info[MEMINFO_DROPS];
}

void
net_init(struct log_in *l, int fd)
{
	l->door = calloc(1, sizeof(*l->door));
	if (!l->door || (!slots && !(slots = calloc(1, sizeof(*slots)))))
		fatal_oom();
	l->door->fd = fd;
	l->door->streams = strncmp(l->row->listen, "tcp:", 4) == 0;
	LIST_INIT(&l->door->line);
	l->serial = (uint64_t)clock_real() << 16; /* above all of a life before */
}

void
net_start(struct log_in *l)
{
	l->state = LOG_READING;
	batch_open(l, clock_real());
	loop_fd(
	    l->h->c->loop, l->door->fd, LOOP_READ, l->door->streams ? on_accept : on_datagrams, l);
}

void
net_turn(struct log_in *l, msec mono)
{
	count_drops(l);
	if (batch_due(l, mono)) {
		batch_close(l);
		l->serial++;
		batch_open(l, clock_real());
	}
	batch_send(l);
}
