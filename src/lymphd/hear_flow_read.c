/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading flow datagrams: many at a time, and when fewer came than asked for, half a millisecond is waited
 * before the next look, for waking up costs more than reading. Whose a datagram is stands before anything
 * in it is looked at. Must never answer, nor decode what an unknown source sent.
 *
 * The black box holds the exporter, not the datagram: two datagrams are never the same, having a number
 * and a time in them, and a digest of each would cost what the detectors need. So an exporter whose
 * datagrams crash us twice is set aside for ASIDE_FOR of each of our lives; the others go on.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "detect/bigtable.h"
#include "host/clock.h"
#include "lymphd/hear_flow.h"

#define BATCH    256               /* datagrams a call */
#define TURNS    16                /* full batches before the others have their turn */
#define DATAGRAM 65536
#define STRIDE   (DATAGRAM + 1664) /* no power of two: buffers must not share their places in the cache */
#define WAIT_US  500
#define BACK_TOP (5 * MSEC_MINUTE) /* the wall clock may fall that far before we begin anew */
#define MEMINFO  16                /* words the kernel tells at most, SO_MEMINFO */
#define MEMINFO_DROPS 8

struct flow_reading {
	struct socket_arg {
		struct hear_flow *h;
		struct flow_socket *s;
		int fd;
		uint32_t drops;            /* the kernel's counter, which wraps */
	} arg[FLOW_SOCKETS];
	int64_t slept;                     /* until: clock_micro() */
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_in6 from[BATCH];   /* room for either family */
	uint8_t *room;
};

msec
flow_now(struct hear_flow *h)
{
	msec now = clock_real();
	if (now > h->now)
		h->now = now;
	else if (h->now - now > BACK_TOP) {
		/* Windows would stand still until the old time is reached. */
		log_warn("the clock went back by %lld s: beginning anew",
		    (long long)((h->now - now) / MSEC_SECOND));
		loop_stop(h->c->loop);
	}
	return h->now;
}

static uint16_t
addr_of(const struct sockaddr_in6 *sa, struct addr *ret)
{
	const struct sockaddr_in *sin = (const void *)sa;
	*ret = (struct addr){ 0 };
	if (sin->sin_family == AF_INET) {
		ret->fam = 4;
		memcpy(ret->b, &sin->sin_addr, 4);
		return ntohs(sin->sin_port);
	}
	ret->fam = 6;
	memcpy(ret->b, &sa->sin6_addr, 16);
	return ntohs(sa->sin6_port);
}

static void
on_flows(void *arg, const struct flow *f, size_t n)
{
	struct hear_flow *h = arg;
	tally_flows(h->tally, f, n, h->now);
	detect_flows(h->detect, f, n, h->now);
}

static void
stranger(struct hear_flow *h, const struct addr *a, uint16_t port)
{
	char text[ADDR_TEXT];
	unsigned skipped;
	h->state.refused_source++;
	who_stranger(h->who, a, port, h->now);
	if (log_may(&h->strange, &skipped))
		log_warn("%s is no exporter here: refused (%u such datagrams not told of); if it should be "
			 "one, add exporter \"%s\" { name = \"...\" }",
		    addr_print(a, text), skipped, text);
}

static void
datagram(struct hear_flow *h, const struct mmsghdr *m, const uint8_t *p)
{
	struct addr from;
	const char *rule;
	uint16_t port = addr_of(m->msg_hdr.msg_name, &from);
	int row = who_find(h->who, &from, port);
	h->state.truncated += (m->msg_hdr.msg_flags & MSG_TRUNC) != 0;
	if (row < 0) {
		stranger(h, &from, port);
		return;
	}
	if (h->aside[row]) {
		h->state.refused_aside++;
		return;
	}
	if (h->noted != row)
		blackbox_note(h->digest[row]);
	h->noted = row;
	/* What it breaks stands in the exporter's own figures. */
	flowdec_datagram(h->decoder, (uint16_t)row, port, p, m->msg_len, h->now, on_flows, h, &rule);
}

static void
wait_a_little(struct flow_reading *r)
{
	const struct timespec t = { 0, WAIT_US * 1000 };
	/* With several sockets one wait is for all. */
	if (clock_micro() - r->slept < WAIT_US)
		return;
	nanosleep(&t, NULL);
	r->slept = clock_micro();
}

static void
on_socket(int fd, int ready, void *arg)
{
	struct socket_arg *a = arg;
	struct hear_flow *h = a->h;
	struct flow_reading *r = h->reading;
	(void)ready;
	for (int turn = 0; turn < TURNS; turn++) {
		int n = recvmmsg(fd, r->msg, BATCH, MSG_DONTWAIT, NULL);
		if (n <= 0)
			break;
		flow_now(h);
		h->state.datagrams += (uint64_t)n;
		a->s->datagrams += (uint64_t)n;
		for (int i = 0; i < n; i++) {
			h->state.bytes += r->msg[i].msg_len;
			datagram(h, &r->msg[i], r->room + (size_t)i * STRIDE);
			r->msg[i].msg_hdr.msg_namelen = sizeof(r->from[i]);
		}
		if (n < BATCH) {
			wait_a_little(r);
			break;
		}
	}
	h->noted = -1;
	blackbox_clear();
}

/* The kernel's count of datagrams a socket had no room for. */
static uint32_t
socket_drops(int fd)
{
	uint32_t info[MEMINFO] = { 0 };
	socklen_t n = sizeof(info);
	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &n) < 0 || n <= MEMINFO_DROPS * sizeof(*info))
		return 0;
	return info[MEMINFO_DROPS];
}

void
flow_read_counters(struct hear_flow *h)
{
	for (uint32_t i = 0; i < h->state.sockets; i++) {
		struct socket_arg *a = &h->reading->arg[i];
		uint32_t drops = socket_drops(a->fd), more = drops - a->drops;
		a->drops = drops;
		a->s->kernel_drops += more;
		h->state.kernel_drops += more;
	}
}

void
flow_read_init(struct hear_flow *h)
{
	struct flow_reading *r = h->reading = calloc(1, sizeof(*r));
	void *base;
	if (!r || !(r->room = bigtable_new(BATCH, STRIDE, &base)))
		fatal_oom();
	for (size_t i = 0; i < BATCH; i++) {
		r->iov[i] = (struct iovec){ r->room + i * STRIDE, DATAGRAM };
		r->msg[i].msg_hdr = (struct msghdr){ .msg_name = &r->from[i],
			.msg_namelen = sizeof(r->from[i]), .msg_iov = &r->iov[i], .msg_iovlen = 1 };
	}
	for (unsigned i = 0; i < h->c->listens && h->state.sockets < FLOW_SOCKETS; i++) {
		struct sockaddr_in6 sa = { 0 };
		socklen_t n = sizeof(sa), size = sizeof(int);
		int fd = h->c->listen[i].fd, room = 0;
		struct flow_socket *s = &h->state.socket[h->state.sockets];
		if (h->c->listen[i].kind != LISTEN_FLOW)
			continue;
		if (getsockname(fd, (struct sockaddr *)&sa, &n) < 0 ||
		    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, &size) < 0)
			fatal("socket for flows: %s", strerror(errno));
		s->port = addr_of(&sa, &s->addr);
		s->buffer = (uint32_t)room;
		r->arg[h->state.sockets++] = (struct socket_arg){ h, s, fd, socket_drops(fd) };
	}
}

void
flow_read_start(struct hear_flow *h)
{
	for (uint32_t i = 0; i < h->state.sockets; i++)
		loop_fd(h->c->loop, h->reading->arg[i].fd, LOOP_READ, on_socket, &h->reading->arg[i]);
}
