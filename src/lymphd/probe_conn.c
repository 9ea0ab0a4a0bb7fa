/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection of the prober, see probe_conn.h. */
#include "lymphd/probe_conn.h"

#include <errno.h>
#include <time.h> /* errqueue.h needs it and does not say so */
#include <linux/errqueue.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/sock.h"
#include "lymphd/role.h"

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

static bool
sock_same_host(const union sock_end *a, const union sock_end *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, 16) == 0;
}

/* The gate of the send function: ours, may be probed, not protected, and neither canary nor prober. */
static bool
gate_lets(const struct conf *c, const struct addr *target)
{
	const struct policy_row *row = policy_find(c->policy, target);
	return row && row->kind != KIND_NONE && row->probe && !policy_protected(c->policy, target) &&
	    !conf_is_self(c, target);
}

/* Sets up a socket that dies with a reset, takes little, and hears ICMP errors in full. */
static int
sock_prepare(int fd, const struct addr *source, bool six)
{
	const int one = 1, room = 2 * PROBE_READ_CAP;
	const struct linger rst = { .l_onoff = 1, .l_linger = 0 };
	union sock_end s;
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &rst, sizeof(rst)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) < 0 ||
	    setsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_RECVERR : IP_RECVERR, &one,
	        sizeof(one)) < 0)
		return -errno;
	if (source->fam == 0)
		return 0;
	socklen_t n = sock_of(source, 0, &s);
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one)) < 0 ||
	    bind(fd, &s.sa, n) < 0)
		return -errno;
	return 0;
}

/*
 * The send function: every packet this role sends to a target starts here. 0 (under way), -EPERM
 * from the gate, -ECONNREFUSED, or our own error.
 */
static int
probe_send(const struct conf *conf, const struct addr *target, uint16_t port, unsigned vantage,
    int *ret)
{
	if (!gate_lets(conf, target))
		return -EPERM;
	bool six = target->fam == 6;
	struct addr source = { 0 };
	if (vantage < conf->vantages)
		source = six ? conf->vantage[vantage].source6 : conf->vantage[vantage].source4;
	/* A second look from the first place would prove nothing. */
	if (source.fam == 0 && vantage > 0)
		return -EADDRNOTAVAIL;
	union sock_end to;
	socklen_t n = sock_of(target, port, &to);
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	int rc = sock_prepare(fd, &source, six);
	if (rc == 0 && connect(fd, &to.sa, n) < 0 && errno != EINPROGRESS)
		rc = errno == EPERM ? -EACCES : -errno; /* EPERM is the gate's own word */
	if (rc < 0) {
		close(fd);
		return rc;
	}
	*ret = fd;
	return 0;
}

static void
conn_done(struct conn *c, enum found f)
{
	conn_drop(c);
	c->state = CONN_DONE;
	c->found = f;
	c->kick(c->arg);
}

/* True when an ICMP error is what ended the attempt; *own: and we said it ourselves, because the
 * neighbour is not there. */
static bool
icmp_answered(int fd, bool *own)
{
	char data[256], ctl[512];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = ctl,
		.msg_controllen = sizeof(ctl) };
	union sock_end us = { 0 };
	socklen_t n = sizeof(us);
	*own = false;
	if (recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
		struct {
			struct sock_extended_err e;
			union sock_end offender;
		} got = { 0 };
		if (!(h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_RECVERR) &&
		    !(h->cmsg_level == IPPROTO_IPV6 && h->cmsg_type == IPV6_RECVERR))
			continue;
		size_t k = h->cmsg_len - CMSG_LEN(0);
		memcpy(&got, CMSG_DATA(h), k < sizeof(got) ? k : sizeof(got));
		if (got.e.ee_origin != SO_EE_ORIGIN_ICMP && got.e.ee_origin != SO_EE_ORIGIN_ICMP6)
			continue;
		*own = getsockname(fd, &us.sa, &n) == 0 && sock_same_host(&us, &got.offender);
		return true;
	}
	return false;
}

/* What a failed attempt means. */
static enum found
attempt_failed(int fd, int error)
{
	bool own, icmp = icmp_answered(fd, &own);
	if (icmp)
		return own ? FOUND_NO_ANSWER : FOUND_FILTERED;
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET: return FOUND_CLOSED;
	case ETIMEDOUT: return FOUND_NO_ANSWER;
	case EHOSTUNREACH: /* ICMP, on a kernel that does not queue it for us */
	case ENETUNREACH:
	case EACCES:
	case EPROTO:
	case ENOPROTOOPT:
	case EMSGSIZE: return FOUND_FILTERED;
	default: return FOUND_LOCAL;
	}
}

static void
conn_say(struct conn *c)
{
	ssize_t n = send(c->fd, c->talk.out, c->talk.out_len, MSG_NOSIGNAL);
	if (n == (ssize_t)c->talk.out_len)
		probe_sent(&c->talk);
	else if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
		conn_done(c, probe_finish(&c->talk, PROBE_EOF));
	else
		conn_done(c, FOUND_LOCAL); /* a few hundred bytes into an empty buffer */
}

static void
conn_read(struct conn *c)
{
	uint8_t buf[PROBE_READ_CAP];
	ssize_t n = recv(c->fd, buf, PROBE_READ_CAP - c->talk.in, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_done(c, probe_finish(&c->talk, PROBE_EOF));
		return;
	}
	c->until = probe_patience(&c->talk) ? clock_mono() + probe_patience(&c->talk) : MSEC_NEVER;
	blackbox_note(c->digest);
	enum probe_step step = probe_feed(&c->talk, buf, (size_t)n);
	blackbox_clear();
	if (probe_patience(&c->talk))
		c->until = clock_mono() + probe_patience(&c->talk);
	if (step == PROBE_DONE)
		conn_done(c, c->talk.found);
	else if (step == PROBE_SEND)
		conn_say(c);
}

static void
on_socket(int fd, int ready, void *arg)
{
	struct conn *c = arg;
	(void)ready;
	if (c->state == CONN_TALK) {
		conn_read(c);
		return;
	}
	int error = 0;
	socklen_t n = sizeof(error);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		error = errno;
	if (error) {
		conn_done(c, attempt_failed(fd, error));
		return;
	}
	c->state = CONN_UP;
	c->until = MSEC_NEVER;
	loop_fd_set(c->event, 0);
	c->kick(c->arg);
}

void
conn_open(struct conn *c, struct loop *l, const struct conf *conf, const struct addr *target,
    uint16_t port, unsigned vantage, msec now)
{
	c->fd = -1;
	c->event = NULL;
	c->refused = REASON_NONE;
	int rc = probe_send(conf, target, port, vantage, &c->fd);
	if (rc < 0) {
		c->refused = rc == -EPERM ? REASON_NOT_OURS : REASON_NONE;
		conn_done(c, rc == -ECONNREFUSED ? FOUND_CLOSED : FOUND_LOCAL);
		return;
	}
	c->state = CONN_WAIT;
	c->until = now + (c->first ? CONN_SYN : CONN_LATER);
	c->event = loop_fd(l, c->fd, LOOP_WRITE, on_socket, c);
}

void
conn_talk(struct conn *c, const struct probe_check *check, const struct probe_goal *g)
{
	c->state = CONN_TALK;
	c->began = clock_mono();
	c->until = MSEC_NEVER;
	loop_fd_set(c->event, LOOP_READ);
	probe_begin(&c->talk, check, g);
	conn_say(c);
}

void
conn_tick(struct conn *c, msec now, msec over)
{
	if (c->state == CONN_WAIT && now >= c->until)
		/* Not answered later: the service lives, but we could not ask. */
		conn_done(c, c->first ? FOUND_NO_ANSWER : FOUND_SLOW);
	else if (c->state == CONN_UP && now >= over)
		conn_done(c, FOUND_NO_ROOM);
	else if (c->state == CONN_TALK && now >= over)
		conn_done(c, probe_finish(&c->talk, PROBE_OVERDUE));
	else if (c->state == CONN_TALK && now >= c->until)
		conn_done(c, probe_finish(&c->talk, PROBE_SILENT));
}

void
conn_drop(struct conn *c)
{
	loop_drop(c->event);
	c->event = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->state = CONN_NONE;
}
