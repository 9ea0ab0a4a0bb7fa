/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP for the roles that hear it, on libmicrohttpd driven by our loop. Its work is limits: bytes per
 * request and over all, connections, and time: who does not bring a whole request within a grace
 * that grows with what he sent is cut off, and the fuller the house the shorter the grace. A request
 * that is complete may sleep until its role has the answer. Must never look at what a request is about.
 */
#include "lymphd/http.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/http_from.h"

#define GRACE       (20 * MSEC_SECOND) /* to bring a request, or the next on a kept connection */
#define GRACE_FULL  (4 * MSEC_SECOND)  /* ... when three quarters of the connections are taken */
#define SLOWEST     16384              /* bytes of body that buy one more second */
#define SLOWEST_FULL (1u << 20)        /* ... when most of the room for large bodies is taken */
#define SWALLOW     (2u << 20)         /* of a refused body, before the line is cut */
#define POOL        16384              /* per connection: headers, and the window on the body */
#define FIRST_ROOM  2048

/* A connection. */
struct visitor {
	struct visitor *prev, *next;
	int fd;
	bool asleep;  /* its request waits for the role's answer */
	msec since;   /* mono: accepted, or answered last */
	size_t bytes; /* of body since then */
};

struct http {
	struct role_ctx *c;
	const struct http_ops *ops;
	const struct http_limits *limits;
	void *arg;
	struct MHD_Daemon *daemon[ROLE_LISTENS];
	unsigned daemons;
	struct visitor *visitors;
	unsigned visitor_count;
	struct loop_event *turn, *sweep;
	bool turning; /* turn is armed for the next turn of the loop */
	size_t held;  /* bytes in bodies */
	uint64_t cut; /* lines that were too slow */
};

static struct visitor *
visitor_of(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return i ? i->socket_context : NULL;
}

static void
on_visitor(void *cls, struct MHD_Connection *conn, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	struct http *h = cls;
	struct visitor *v = *context;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		v = calloc(1, sizeof(*v));
		if (!v)
			fatal_oom();
		v->fd = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		v->since = clock_mono();
		v->next = h->visitors;
		if (v->next)
			v->next->prev = v;
		h->visitors = v;
		h->visitor_count++;
		*context = v;
		return;
	}
	if (v->prev)
		v->prev->next = v->next;
	else
		h->visitors = v->next;
	if (v->next)
		v->next->prev = v->prev;
	h->visitor_count--;
	free(v);
	*context = NULL;
}

/* What of all bodies those may take that are not small. */
static size_t
large(const struct http *h)
{
	return h->limits->held - h->limits->slots * h->limits->small;
}

void
http_forget_body(struct http_req *r)
{
	r->http->held -= r->room;
	free(r->buf);
	r->buf = NULL;
	r->head = r->len = r->room = 0;
}

bool
http_grow(struct http_req *r, size_t n)
{
	struct http *h = r->http;
	if (r->len + n <= r->room)
		return true;
	size_t room = r->room ? r->room : FIRST_ROOM;
	while (room < r->len + n)
		room *= 2;
	/* Whoever fills the room for large bodies takes none from the small: most requests are. */
	if (h->held + room - r->room > (room > h->limits->small ? large(h) : h->limits->held))
		return false;
	uint8_t *p = realloc(r->buf, room);
	if (!p)
		return false;
	h->held += room - r->room;
	r->buf = p;
	r->room = room;
	return true;
}

const char *
http_header(const struct http_req *r, const char *name)
{
	return MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, name);
}

const char *
http_query(const struct http_req *r, const char *name)
{
	const char *s = NULL;
	if (MHD_lookup_connection_value_n(r->conn, MHD_GET_ARGUMENT_KIND, name, strlen(name), &s, NULL) != MHD_YES)
		return NULL;
	return s ? s : "";
}

/* Answers. */

/* Wakes a sleeping request; MHD calls on_request again, when it runs: without threads of its own it
 * does not tell its epoll descriptor. */
static void
wake(struct http_req *r)
{
	struct http *h = r->http;
	struct visitor *v = visitor_of(r->conn);
	v->asleep = false;
	v->since = clock_mono();
	MHD_resume_connection(r->conn);
	if (!h->turning)
		loop_timer_in(h->turn, 0);
	h->turning = true;
}

void
http_answer(struct http_req *r, unsigned status, const char *type, char *text, size_t n)
{
	struct MHD_Response *a = text ? MHD_create_response_from_buffer(n, text, MHD_RESPMEM_MUST_FREE)
	                              : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	if (!a)
		fatal_oom();
	if (r->answer)
		fatal("a request is answered twice");
	if (type)
		MHD_add_response_header(a, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	r->answer = a;
	r->status = status;
	http_forget_body(r);
	if (r->state == HTTP_ASLEEP)
		wake(r);
	r->state = r->state == HTTP_READING ? HTTP_SWALLOW : HTTP_ANSWERED;
}

void
http_answer_header(struct http_req *r, const char *name, const char *value)
{
	MHD_add_response_header(r->answer, name, value);
}

void
http_sleep(struct http_req *r)
{
	visitor_of(r->conn)->asleep = true;
	r->state = HTTP_ASLEEP;
	MHD_suspend_connection(r->conn);
}

/* Requests. */

/* Nothing is coming behind the head. */
static bool
is_bare(struct http_req *r)
{
	return r->length == 0 && !http_header(r, MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

static enum MHD_Result
begin(struct http *h, struct MHD_Connection *conn, const char *url, const char *method, void **con_cls)
{
	struct http_req *r = calloc(1, h->ops->request_size);
	if (!r)
		fatal_oom();
	*con_cls = r; /* freed by on_completed */
	r->http = h;
	r->conn = conn;
	r->from = http_from(conn, &r->proxied);
	r->get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	const char *length = http_header(r, MHD_HTTP_HEADER_CONTENT_LENGTH);
	r->length = length ? strtoull(length, NULL, 10) : 0;
	h->ops->begin(h->arg, r, method, url);
	if (!r->answer && r->most && r->length > r->most)
		h->ops->fault(h->arg, r, HTTP_TOO_LONG);
	/* Said before the body comes, while it can still be heard. */
	if (!r->answer && r->most && r->length > h->limits->small && h->held + r->length > large(h))
		h->ops->fault(h->arg, r, HTTP_BUSY);
	/* An answer before the body's end ends the line; where there is no body, it need not. And a proxy that
	 * cannot get rid of a body makes a 502 of it: it costs no memory to let it. */
	if (!r->answer || r->proxied || is_bare(r))
		return MHD_YES;
	return MHD_queue_response(conn, r->status, r->answer);
}

static enum MHD_Result
more(struct http *h, struct http_req *r, const char *data, size_t n)
{
	if (r->state != HTTP_READING || r->most == 0) {
		r->swallowed += n;
		return r->swallowed <= (r->proxied ? h->limits->swallow : SWALLOW) ? MHD_YES : MHD_NO;
	}
	visitor_of(r->conn)->bytes += n;
	if (r->len - r->head + n > r->most)
		h->ops->fault(h->arg, r, HTTP_TOO_LONG);
	else if (h->ops->more)
		h->ops->more(h->arg, r, n);
	if (!r->answer && !http_grow(r, n))
		h->ops->fault(h->arg, r, HTTP_BUSY);
	if (!r->answer) {
		memcpy(r->buf + r->len, data, n);
		r->len += n;
	}
	return MHD_YES;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *conn, const char *url, const char *method,
    const char *version, const char *data, size_t *n, void **con_cls)
{
	struct http *h = cls;
	struct http_req *r = *con_cls;
	(void)version;
	if (!r)
		return begin(h, conn, url, method, con_cls);
	if (*n > 0) {
		size_t got = *n;
		*n = 0;
		return more(h, r, data, got);
	}
	if (r->state == HTTP_READING)
		h->ops->whole(h->arg, r);
	if (r->state == HTTP_ASLEEP)
		return MHD_YES;
	return r->answer ? MHD_queue_response(conn, r->status, r->answer) : MHD_NO;
}

static void
on_completed(void *cls, struct MHD_Connection *conn, void **con_cls,
    enum MHD_RequestTerminationCode why)
{
	struct http *h = cls;
	struct http_req *r = *con_cls;
	struct visitor *v = visitor_of(conn);
	(void)why;
	if (v) {
		v->since = clock_mono();
		v->bytes = 0;
		v->asleep = false;
	}
	if (!r)
		return;
	if (h->ops->done)
		h->ops->done(h->arg, r);
	http_forget_body(r);
	if (r->answer)
		MHD_destroy_response(r->answer);
	free(r);
	*con_cls = NULL;
}

/* The loop. */

static void
run(struct http *h)
{
	h->turning = false;
	for (unsigned i = 0; i < h->daemons; i++) {
		MHD_UNSIGNED_LONG_LONG wait;
		MHD_run(h->daemon[i]);
		if (MHD_get_timeout(h->daemon[i], &wait) == MHD_YES)
			loop_timer_in(h->turn, (msec)wait);
	}
}

static void
on_ready(int fd, int ready, void *arg)
{
	(void)fd;
	(void)ready;
	run(arg);
}

/* Cuts off the slow. The line is only shut: libmicrohttpd sees its end and cleans up. */
static void
on_sweep(int fd, int ready, void *arg)
{
	struct http *h = arg;
	msec now = clock_mono();
	msec grace = h->visitor_count > h->limits->slots / 4 * 3 ? GRACE_FULL : GRACE;
	size_t slowest = h->held > large(h) / 4 * 3 ? SLOWEST_FULL : SLOWEST;
	(void)fd;
	(void)ready;
	for (struct visitor *v = h->visitors; v; v = v->next)
		if (!v->asleep && now - v->since > grace + (msec)(v->bytes / slowest) * MSEC_SECOND) {
			h->cut++;
			v->since = now; /* not twice */
			shutdown(v->fd, SHUT_RDWR);
		}
	if (h->ops->sweep)
		h->ops->sweep(h->arg, now);
	loop_timer_in(h->sweep, MSEC_SECOND);
}

struct http *
http_new(struct role_ctx *c, enum listen_kind kind, const struct http_ops *ops,
    const struct http_limits *limits, void *arg)
{
	struct http *h = calloc(1, sizeof(*h));
	unsigned sockets = 0;
	if (!h)
		fatal_oom();
	h->c = c;
	h->ops = ops;
	h->limits = limits;
	h->arg = arg;
	for (unsigned i = 0; i < c->listens; i++)
		sockets += c->listen[i].kind == kind;
	for (unsigned i = 0; i < c->listens; i++) {
		if (c->listen[i].kind != kind)
			continue;
		struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
		    NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, c->listen[i].fd,
		    MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_NOTIFY_CONNECTION, on_visitor, h,
		    MHD_OPTION_CONNECTION_LIMIT, limits->slots / sockets,
		    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		    MHD_OPTION_END);
		if (!d)
			fatal("libmicrohttpd does not start on the listening socket");
		h->daemon[h->daemons++] = d;
	}
	return h;
}

unsigned
http_sockets(const struct http *h)
{
	return h->daemons;
}

void
http_start(struct http *h)
{
	h->turn = loop_timer(h->c->loop, on_ready, h);
	h->sweep = loop_timer(h->c->loop, on_sweep, h);
	loop_timer_in(h->sweep, MSEC_SECOND);
	for (unsigned i = 0; i < h->daemons; i++)
		loop_fd(h->c->loop, MHD_get_daemon_info(h->daemon[i], MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
		    LOOP_READ, on_ready, h);
	run(h);
}

uint64_t
http_cut(const struct http *h)
{
	return h->cut;
}
