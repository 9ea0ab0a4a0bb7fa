/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Role hear-metrics: GET /metrics on loopback or a Unix socket, answered with the text the judge pushed
 * last. It reads a request no further than its first line and knows nothing but that text, which
 * holds numbers and fixed words only. A visitor has little time and few bytes, and a full house sends
 * the oldest away. Must never ask the judge for anything: whoever comes here cannot make it work.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/role.h"

#define VISITORS 32                /* at a time; the oldest goes when one more comes */
#define STAY     (10 * MSEC_SECOND)
#define LINE     1024              /* bytes of a first line */
#define AFTER    (16 * 1024)       /* bytes taken after it before we hang up: headers nobody reads */
#define STALE    (30 * MSEC_SECOND) /* without a push the judge is away: better no figures than old ones */
#define HEAD     256

static const char type_metrics[] = "text/plain; version=0.0.4; charset=utf-8";
static const char type_text[] = "text/plain; charset=utf-8";

struct text {
	unsigned users; /* visitors it is being sent to, and the house while it is the last */
	size_t n;
	char s[];
};

struct visitor {
	TAILQ_ENTRY(visitor) link; /* oldest first; all stay equally long */
	struct metrics *house;
	struct loop_event *event;
	int fd;
	msec until;
	bool answered;
	size_t n, after;
	char line[LINE];
	char head[HEAD];
	size_t head_n, sent;       /* sent: of head and body together */
	struct text *body;         /* NULL: none (HEAD) */
};

struct metrics {
	struct role_ctx *c;
	struct text *last;
	msec pushed;
	TAILQ_HEAD(metrics_in, visitor) in;
	unsigned visitors;
	struct loop_event *tick;
};

static struct text *
text_new(const void *s, size_t n)
{
	struct text *t = malloc(sizeof(*t) + n);
	if (!t)
		fatal_oom();
	t->users = 1;
	t->n = n;
	memcpy(t->s, s, n);
	return t;
}

static void
text_put(struct text *t)
{
	if (t && --t->users == 0)
		free(t);
}

static void
visitor_out(struct visitor *v)
{
	struct metrics *h = v->house;
	loop_drop(v->event);
	close(v->fd);
	text_put(v->body);
	TAILQ_REMOVE(&h->in, v, link);
	h->visitors--;
	free(v);
}

/* What a first line wants; the paths are matched whole, and nothing else of it is looked at. */
enum want { WANT_METRICS, WANT_ROOT, WANT_OTHER, WANT_METHOD, WANT_BROKEN, WANT_N };

static const struct {
	const char *status, *text;
} answers[WANT_N] = {
	[WANT_METRICS] = { "503 Service Unavailable", "no figures from the judge for 30 s\n" },
	[WANT_ROOT] = { "200 OK", "lymph: see /metrics\n" },
	[WANT_OTHER] = { "404 Not Found", "see /metrics\n" },
	[WANT_METHOD] = { "405 Method Not Allowed", "GET or HEAD\n" },
	[WANT_BROKEN] = { "400 Bad Request", "no request line of HTTP/1\n" },
};

static bool
skip(const char **p, const char *end, const char *word)
{
	size_t n = strlen(word);
	if ((size_t)(end - *p) < n || memcmp(*p, word, n) != 0)
		return false;
	*p += n;
	return true;
}

static enum want
want_of(const char *line, size_t n, bool *head)
{
	const char *p = line, *end = line + n;
	if (n && end[-1] == '\r')
		end--;
	const char *version = end - 9;
	if (end - line < 12 || memcmp(version, " HTTP/1.", 8) != 0)
		return WANT_BROKEN;
	*head = skip(&p, end, "HEAD ");
	if (!*head && !skip(&p, end, "GET "))
		return WANT_METHOD;
	const char *query = p < version ? memchr(p, '?', (size_t)(version - p)) : NULL;
	size_t path = (size_t)((query ? query : version) - p);
	if (path == 8 && memcmp(p, "/metrics", 8) == 0)
		return WANT_METRICS;
	return path == 1 && *p == '/' ? WANT_ROOT : WANT_OTHER;
}

static void
visitor_send(struct visitor *v)
{
	size_t all = v->head_n + (v->body ? v->body->n : 0);
	while (v->sent < all) {
		bool head = v->sent < v->head_n;
		const char *from = head ? v->head + v->sent : v->body->s + (v->sent - v->head_n);
		size_t left = head ? v->head_n - v->sent : all - v->sent;
		ssize_t n = send(v->fd, from, left, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			loop_fd_set(v->event, LOOP_READ | LOOP_WRITE);
			return;
		}
		if (n < 0) {
			visitor_out(v);
			return;
		}
		v->sent += (size_t)n;
	}
	/* Closing with bytes unread would reset the answer away: wait for the other end. */
	shutdown(v->fd, SHUT_WR);
	loop_fd_set(v->event, LOOP_READ);
}

static void
visitor_answer(struct visitor *v, enum want want, bool head)
{
	struct metrics *h = v->house;
	bool full = want == WANT_METRICS && h->last && clock_mono() - h->pushed < STALE;
	if (full) {
		v->body = h->last;
		v->body->users++;
	} else {
		v->body = text_new(answers[want].text, strlen(answers[want].text));
	}
	v->head_n = (size_t)snprintf(v->head, sizeof(v->head),
	    "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s"
	    "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
	    full ? "200 OK" : answers[want].status, full ? type_metrics : type_text, v->body->n,
	    want == WANT_METHOD ? "Allow: GET, HEAD\r\n" : "");
	if (head) {
		text_put(v->body);
		v->body = NULL;
	}
	v->answered = true;
	visitor_send(v);
}

static void
on_read(struct visitor *v)
{
	char waste[2048];
	char *to = v->answered ? waste : v->line + v->n;
	ssize_t n = recv(v->fd, to, v->answered ? sizeof(waste) : sizeof(v->line) - v->n, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 0 && v->answered && v->sent < v->head_n + (v->body ? v->body->n : 0)) {
		loop_fd_set(v->event, LOOP_WRITE); /* nothing more to say, but still listening */
		return;
	}
	if (n <= 0) {
		visitor_out(v);
		return;
	}
	if (v->answered) {
		v->after += (size_t)n;
		if (v->after > AFTER)
			visitor_out(v);
		return;
	}
	v->n += (size_t)n;
	const char *end = memchr(v->line, '\n', v->n);
	bool head = false;
	if (end) {
		enum want want = want_of(v->line, (size_t)(end - v->line), &head);
		visitor_answer(v, want, head);
	} else if (v->n == sizeof(v->line)) {
		visitor_answer(v, WANT_BROKEN, false);
	}
}

static void
on_visitor(int fd, int ready, void *arg)
{
	struct visitor *v = arg;
	(void)fd;
	if (ready & LOOP_WRITE)
		visitor_send(v); /* may free v: reading waits for its next turn */
	else
		on_read(v);
}

static void
on_listen(int fd, int ready, void *arg)
{
	struct metrics *h = arg;
	(void)ready;
	for (int i = 0; i < 16; i++) { /* the others shall have their turn */
		int in = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (in < 0)
			return;
		if (h->visitors >= VISITORS)
			visitor_out(TAILQ_FIRST(&h->in));
		struct visitor *v = calloc(1, sizeof(*v));
		if (!v)
			fatal_oom();
		v->house = h;
		v->fd = in;
		v->until = clock_mono() + STAY;
		v->event = loop_fd(h->c->loop, in, LOOP_READ, on_visitor, v);
		TAILQ_INSERT_TAIL(&h->in, v, link);
		if (h->visitors++ == 0)
			loop_timer_in(h->tick, STAY);
	}
}

static void
on_tick(int fd, int ready, void *arg)
{
	struct metrics *h = arg;
	struct visitor *v;
	msec now = clock_mono();
	(void)fd, (void)ready;
	while ((v = TAILQ_FIRST(&h->in)) != NULL && v->until <= now)
		visitor_out(v);
	if (v)
		loop_timer_in(h->tick, v->until - now);
}

static void
metrics_start(struct role_ctx *c)
{
	struct metrics *h = calloc(1, sizeof(*h));
	if (!h)
		fatal_oom();
	h->c = c;
	c->state = h;
	TAILQ_INIT(&h->in);
	h->tick = loop_timer(c->loop, on_tick, h);
	for (unsigned i = 0; i < c->listens; i++)
		if (c->listen[i].kind == LISTEN_METRICS)
			loop_fd(c->loop, c->listen[i].fd, LOOP_READ, on_listen, h);
}

static void
metrics_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	struct metrics *h = c->state;
	if (m->fd >= 0)
		close(m->fd);
	if (from != ROLE_JUDGE || m->type != M_METRICS ||
	    ((const struct msg_metrics *)m->body)->len != m->tail_len)
		return;
	text_put(h->last);
	h->last = text_new(m->tail, m->tail_len);
	h->pushed = clock_mono();
}

static bool
metrics_wanted(const struct conf *c)
{
	return c->metrics[0];
}

const struct role role_hear_metrics = {
	.id = ROLE_HEAR_METRICS,
	.name = "hear-metrics",
	.promises = BOX_CHAN | BOX_ACCEPT,
	.rlimit_as = UINT64_C(256) << 20,
	.peers = 1u << ROLE_JUDGE,
	.wanted = metrics_wanted,
	.start = metrics_start,
	.message = metrics_message,
};
