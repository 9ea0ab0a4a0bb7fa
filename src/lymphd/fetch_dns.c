/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks resolvers, see fetch_dns.h: A and AAAA side by side, each resolver in turn, twice. What came is
 * remembered as long as it may be, within bounds. It must never take an answer from an address it did not ask
 * (the socket is connected), nor wait for ever.
 */
#include "lymphd/fetch_dns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <sodium.h>

#include "host/clock.h"
#include "host/log.h"
#include "host/sock.h"
#include "wire/dns.h"
#include "wire/url.h"

#define RESOLVERS 4
#define TRIES     2
#define PATIENCE  (3 * MSEC_SECOND) /* for one resolver */
#define TTL_LEAST 30                /* seconds */
#define TTL_MOST  3600
#define TTL_NONE  30

/* One question: a host and a type. */
struct ask {
	struct host *host;
	uint16_t type, id;
	unsigned tries;         /* so far, over all resolvers */
	int fd;                 /* -1: not at work */
	struct loop_event *io, *timer;
	bool done;
};

struct wait {
	STAILQ_ENTRY(wait) link;
	fetch_dns_cb *cb;
	void *arg;
};

struct host {
	struct fetch_dns *d;
	char name[URL_HOST];    /* "": free */
	struct addr v[FETCH_DNS_ADDRS];
	size_t n;
	uint32_t ttl;
	msec until, used;       /* mono; until 0: being asked */
	struct ask ask[2];
	STAILQ_HEAD(waits, wait) waits;
};

struct fetch_dns {
	struct loop *loop;
	struct addr resolver[RESOLVERS];
	size_t resolvers;
	struct host host[FETCH_DNS_HOSTS];
};

static void
read_conf(struct fetch_dns *d)
{
	char line[256];
	FILE *f = fopen("/etc/resolv.conf", "re");
	while (f && d->resolvers < RESOLVERS && fgets(line, sizeof(line), f)) {
		struct addr a;
		if (strncmp(line, "nameserver", 10) != 0 || !strchr(" \t", line[10]))
			continue;
		const char *s = line + 10 + strspn(line + 10, " \t");
		if (addr_parse(s, strcspn(s, " \t\r\n%"), &a) == 0)
			d->resolver[d->resolvers++] = a;
	}
	if (f)
		fclose(f);
}

struct fetch_dns *
fetch_dns_new(const struct addr *resolver, size_t n)
{
	struct fetch_dns *d = calloc(1, sizeof(*d));
	if (!d)
		fatal_oom();
	for (size_t i = 0; i < n && i < RESOLVERS && resolver[i].fam; i++)
		d->resolver[d->resolvers++] = resolver[i];
	if (!d->resolvers)
		read_conf(d);
	return d;
}

static void
ask_end(struct ask *a)
{
	loop_drop(a->io);
	a->io = NULL;
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
	loop_timer_off(a->timer);
}

static void
host_settle(struct host *h)
{
	struct wait *w;
	if (!h->ask[0].done || !h->ask[1].done)
		return;
	uint32_t ttl = h->ttl < TTL_LEAST ? TTL_LEAST : h->ttl > TTL_MOST ? TTL_MOST : h->ttl;
	h->until = clock_mono() + (msec)(h->n ? ttl : TTL_NONE) * MSEC_SECOND;
	while ((w = STAILQ_FIRST(&h->waits))) {
		STAILQ_REMOVE_HEAD(&h->waits, link);
		w->cb(h->v, h->n, w->arg);
		free(w);
	}
}

static void
ask_done(struct ask *a)
{
	ask_end(a);
	a->done = true;
	host_settle(a->host);
}

static int
ask_send(struct ask *a, const struct addr *to)
{
	uint8_t q[DNS_QUERY_MOST];
	union sock_end end;
	socklen_t end_n = sock_of(to, 53, &end);
	a->id = (uint16_t)randombytes_uniform(65536);
	/* Who did not answer the first time may not know EDNS. */
	size_t n = dns_ask(a->id, a->host->name, a->type, a->tries <= a->host->d->resolvers, q);
	if (n == 0)
		return -EINVAL;
	a->fd = socket(end.sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->fd < 0 || connect(a->fd, &end.sa, end_n) < 0 || send(a->fd, q, n, 0) != (ssize_t)n)
		return -errno;
	return 0;
}

static void on_answer(int fd, int ready, void *arg);

/* To the next resolver that can be reached at all. */
static void
ask_next(struct ask *a)
{
	struct fetch_dns *d = a->host->d;
	ask_end(a);
	while (a->tries < TRIES * d->resolvers) {
		const struct addr *to = &d->resolver[a->tries++ % d->resolvers];
		if (ask_send(a, to) == 0) {
			a->io = loop_fd(d->loop, a->fd, LOOP_READ, on_answer, a);
			loop_timer_in(a->timer, PATIENCE);
			return;
		}
		ask_end(a);
	}
	ask_done(a);
}

static void
on_answer(int fd, int ready, void *arg)
{
	struct ask *a = arg;
	struct host *h = a->host;
	uint8_t buf[DNS_REPLY_MOST + 1];
	size_t got = 0;
	uint32_t ttl = 0;
	(void)ready;
	ssize_t n = recv(fd, buf, sizeof(buf), 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	int r = n < 0 ? -EAGAIN
	              : dns_told(buf, (size_t)n, a->id, h->name, a->type, h->v + h->n,
	                    FETCH_DNS_ADDRS / 2, &got, &ttl);
	if (r == -EPROTO) /* somebody guesses, or a late one: the true answer may still come */
		return;
	if (r == -EAGAIN) {
		ask_next(a);
		return;
	}
	if (r == 0) {
		h->n += got;
		h->ttl = ttl < h->ttl ? ttl : h->ttl;
	}
	ask_done(a);
}

static void
on_timer(int fd, int ready, void *arg)
{
	(void)fd, (void)ready;
	ask_next(arg);
}

void
fetch_dns_start(struct fetch_dns *d, struct loop *l)
{
	d->loop = l;
	for (size_t i = 0; i < FETCH_DNS_HOSTS; i++) {
		struct host *h = &d->host[i];
		h->d = d;
		STAILQ_INIT(&h->waits);
		for (int k = 0; k < 2; k++)
			h->ask[k] = (struct ask){ .host = h, .type = k ? DNS_AAAA : DNS_A, .fd = -1, .done = true,
				.timer = loop_timer(l, on_timer, &h->ask[k]) };
	}
	if (!d->resolvers)
		log_warn("no resolver: names of servers cannot be looked up. Name one: rdap { resolvers = ... }");
}

/* The row of that name, or a free one, or in place of the one unused for the longest; NULL: all
 * are at work. */
static struct host *
host_row(struct fetch_dns *d, const char *name)
{
	struct host *old = NULL;
	for (size_t i = 0; i < FETCH_DNS_HOSTS; i++) {
		struct host *h = &d->host[i];
		if (strcmp(h->name, name) == 0)
			return h;
		bool working = h->name[0] && !h->until;
		if (!working && (!old || h->used < old->used))
			old = h;
	}
	if (old)
		old->name[0] = '\0';
	return old;
}

void
fetch_dns_ask(struct fetch_dns *d, const char *host, fetch_dns_cb *cb, void *arg)
{
	struct host *h = d->resolvers && url_host_ok(host, strlen(host)) ? host_row(d, host) : NULL;
	msec now = clock_mono();
	if (!h) {
		cb(NULL, 0, arg);
		return;
	}
	h->used = now;
	if (h->name[0] && h->until > now) {
		cb(h->v, h->n, arg);
		return;
	}
	struct wait *w = malloc(sizeof(*w));
	if (!w)
		fatal_oom();
	*w = (struct wait){ .cb = cb, .arg = arg };
	STAILQ_INSERT_TAIL(&h->waits, w, link);
	if (h->name[0] && !h->until)
		return; /* is being asked */
	memcpy(h->name, host, strlen(host) + 1);
	h->n = 0;
	h->ttl = UINT32_MAX;
	h->until = 0;
	for (int k = 0; k < 2; k++) {
		h->ask[k].tries = 0;
		h->ask[k].done = false;
	}
	ask_next(&h->ask[0]);
	ask_next(&h->ask[1]);
}
