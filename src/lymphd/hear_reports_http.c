/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The HTTP face of hear-reports, on libmicrohttpd driven by our loop. Its work is limits: bytes per
 * request and over all, connections, and time: who does not bring a whole request within a grace
 * that grows with what he sent is cut off, and the fuller the house the shorter the grace. A request
 * that is complete and in order sleeps until the judge's answer. Must never echo what a client sent.
 */
#include "lymphd/hear_reports.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <jansson.h>
#include <microhttpd.h>

#include "host/clock.h"
#include "host/log.h"
#include "wire/statement.h"

#define GRACE       (20 * MSEC_SECOND) /* to bring a request, or the next on a kept connection */
#define GRACE_FULL  (4 * MSEC_SECOND)  /* ... when three quarters of the connections are taken */
#define SLOWEST     16384              /* bytes of body that buy one more second */
#define SLOWEST_FULL (1u << 20)        /* ... when most of the room for large bodies is taken */
#define SWALLOW     (2u << 20)         /* of a refused body, before the line is cut */
#define POOL        16384              /* per connection: headers, and the window on the body */
#define FIRST_ROOM  2048
#define RETRY_AFTER "10"

enum page_no { PAGE_ABOUT, PAGE_KEY, PAGE_N };
static const char *const page_path[PAGE_N] = { "/v1/", "/v1/key" };

/* A connection. */
struct visitor {
	struct visitor *prev, *next;
	int fd;
	bool asleep;  /* its request is with the judge */
	msec since;   /* mono: accepted, or answered last */
	size_t bytes; /* of body since then */
};

struct http {
	struct intake *in;
	struct MHD_Daemon *daemon[ROLE_LISTENS];
	unsigned daemons;
	struct visitor *visitors;
	unsigned visitor_count;
	struct loop_event *turn, *sweep;
	bool turning; /* turn is armed for the next turn of the loop */
	/* Pages that are always the same: a request stands for every GET of one. */
	struct page {
		struct MHD_Response *text; /* NULL: not there yet */
		struct request request;
	} page[PAGE_N];
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

/* Answers. */

static struct MHD_Response *
response_of(char *text, size_t n, const char *type)
{
	struct MHD_Response *a =
	    text ? MHD_create_response_from_buffer(n, text, MHD_RESPMEM_MUST_FREE) : NULL;
	if (!a)
		fatal_oom();
	MHD_add_response_header(a, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	return a;
}

static struct MHD_Response *
refusal_response(struct intake *in, const struct refusal *why, unsigned *status)
{
	struct problem p = { .id = why->id };
	char detail[256];
	size_t n = 0;
	if (why->field[0]) {
		p.field = why->field;
		p.rule = why->rule;
		snprintf(detail, sizeof(detail), "%s: %s", why->field, why->rule);
		p.detail = detail;
	}
	if (why->names_address) {
		p.address = &why->address;
		p.prefixes = in->prefixes;
		p.prefix_count = in->prefix_count;
		p.prefix_more = in->prefix_more;
	}
	*status = problem_row(why->id)->status;
	in->count.refused[why->id]++;
	char *text = problem_print(&p, &n);
	struct MHD_Response *a = response_of(text, n, "application/problem+json");
	if (why->after) {
		snprintf(detail, sizeof(detail), "%" PRId64, (why->after + MSEC_SECOND - 1) / MSEC_SECOND);
		MHD_add_response_header(a, MHD_HTTP_HEADER_RETRY_AFTER, detail);
	} else if (*status == 503) {
		MHD_add_response_header(a, MHD_HTTP_HEADER_RETRY_AFTER, RETRY_AFTER);
	}
	if (*status == 401) /* RFC 9110 15.5.2: must say how */
		MHD_add_response_header(a, MHD_HTTP_HEADER_WWW_AUTHENTICATE, why->id == PROBLEM_TOKEN
		    ? "Bearer realm=\"lymph\"" : "Lymph-Signature namespace=\"" SSHSIG_NAMESPACE "\"");
	return a;
}

static struct refusal
refusal_of(enum problem_id id, const char *field, const char *rule)
{
	struct refusal why = { .id = id };
	snprintf(why.field, sizeof(why.field), "%s", field);
	snprintf(why.rule, sizeof(why.rule), "%s", rule);
	return why;
}

/* Refuses at once, before or after the body. */
static enum MHD_Result
answer_now(struct intake *in, struct MHD_Connection *conn, const struct refusal *why,
    const char *allow)
{
	unsigned status;
	struct MHD_Response *a = refusal_response(in, why, &status);
	if (allow)
		MHD_add_response_header(a, MHD_HTTP_HEADER_ALLOW, allow);
	enum MHD_Result rc = MHD_queue_response(conn, status, a);
	MHD_destroy_response(a);
	return rc;
}

void
http_forget_body(struct intake *in, struct request *r)
{
	in->held -= r->room;
	free(r->buf);
	r->buf = NULL;
	r->len = r->room = 0;
}

/* Wakes a sleeping request; MHD calls on_request again, when it runs: without threads of its own it
 * does not tell its epoll descriptor. */
static void
wake(struct intake *in, struct request *r)
{
	struct visitor *v = visitor_of(r->conn);
	http_forget_body(in, r);
	r->state = REQUEST_ANSWERED;
	v->asleep = false;
	v->since = clock_mono();
	MHD_resume_connection(r->conn);
	if (!in->http->turning)
		loop_timer_in(in->http->turn, 0);
	in->http->turning = true;
}

void
http_accept(struct intake *in, struct request *r, uint64_t seq, const char *token)
{
	size_t n = 0;
	in->count.taken++;
	char *text = receipt_print(r->msg.report.id, seq, token,
	    r->signer_unknown ? "by a key that is not known here: taken as unsigned" : NULL, &n);
	r->answer = response_of(text, n, "application/json");
	r->status = MHD_HTTP_ACCEPTED;
	wake(in, r);
}

void
http_refuse(struct intake *in, struct request *r, const struct refusal *why)
{
	r->answer = refusal_response(in, why, &r->status);
	wake(in, r);
}

void
http_outcome(struct intake *in, struct request *r, const char *text, size_t n, size_t sig_n)
{
	char sig[OUTCOME_MOST], *copy = malloc(n);
	if (!copy)
		fatal_oom();
	memcpy(copy, text, n);
	memcpy(sig, text + n, sig_n);
	sig[sig_n] = '\0';
	r->answer = response_of(copy, n, "application/json");
	MHD_add_response_header(r->answer, "Lymph-Signature", sig);
	MHD_add_response_header(r->answer, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	r->status = MHD_HTTP_OK;
	wake(in, r);
}

void
http_admitted(struct intake *in, struct request *r, const struct msg_statement_answer *a)
{
	size_t n = 0;
	char *text = admitted_print(&a->key, a->not_after, a->fingerprint, &n);
	r->answer = response_of(text, n, "application/json");
	r->status = MHD_HTTP_OK;
	wake(in, r);
}

void
http_key(struct intake *in, const char *text)
{
	struct page *p = &in->http->page[PAGE_KEY];
	char *copy = strdup(text);
	if (p->text)
		MHD_destroy_response(p->text);
	p->text = response_of(copy, strlen(text), "text/plain");
}

/* Requests. */

/* False: more than all requests together may hold. */
bool
http_grow(struct intake *in, struct request *r, size_t n)
{
	if (r->len + n <= r->room)
		return true;
	size_t room = r->room ? r->room : FIRST_ROOM;
	while (room < r->len + n)
		room *= 2;
	/* Whoever fills the room for large bodies takes none from the small: most reports are. */
	if (in->held + room - r->room > (room > INTAKE_SMALL ? INTAKE_LARGE : INTAKE_HELD))
		return false;
	uint8_t *p = realloc(r->buf, room);
	if (!p)
		return false;
	in->held += room - r->room;
	r->buf = p;
	r->room = room;
	return true;
}

static bool
is_json(const char *type)
{
	static const char want[] = "application/json";
	size_t n = sizeof(want) - 1;
	return type && strncasecmp(type, want, n) == 0 &&
	    (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/* What can be refused by the headers alone; the signature is decoded into r. */
static int
check_headers(struct intake *in, struct request *r, struct refusal *why)
{
	struct MHD_Connection *conn = r->conn;
	const char *length =
	    MHD_lookup_connection_value(conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	const char *sig = MHD_lookup_connection_value(conn, MHD_HEADER_KIND, "Lymph-Signature");
	const char *pgp = MHD_lookup_connection_value(conn, MHD_HEADER_KIND, "Lymph-PGP-Signature");
	const char *type = MHD_lookup_connection_value(conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
	r->clear = pgp_media(type);
	if (!is_json(type) && !r->clear) {
		*why = refusal_of(PROBLEM_MEDIA, "Content-Type",
		    "lymph: application/json, or text/plain that is clear-signed");
		return -1;
	}
	if ((sig != NULL) + (pgp != NULL) + r->clear > 1) {
		*why = refusal_of(PROBLEM_REPORT, "Lymph-PGP-Signature", "lymph: one signature, not two");
		return -1;
	}
	if (MHD_lookup_connection_value(conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_ENCODING)) {
		*why = refusal_of(PROBLEM_MEDIA, "Content-Encoding", "lymph: none");
		return -1;
	}
	unsigned long long n = length ? strtoull(length, NULL, 10) : 0;
	if (n > XARF_MAX_BYTES) {
		*why = refusal_of(PROBLEM_LENGTH, "Content-Length", "lymph: at most 22 MB (23068672 bytes)");
		return -1;
	}
	r->is_signed = sig || pgp || r->clear;
	if (admit_network(in, &r->from, n, why) < 0 || (!r->is_signed && admit_unsigned(in, r, n, why) < 0) ||
	    (pgp && pgp_header(r, pgp, why) < 0))
		return -1;
	/* Said before the body comes, while it can still be heard. */
	if (n > INTAKE_SMALL && in->held + n > INTAKE_LARGE) {
		*why = refusal_of(PROBLEM_BUSY, "", "");
		return -1;
	}
	if (!sig)
		return 0;
	if (!http_grow(in, r, SSHSIG_MAX)) {
		*why = refusal_of(PROBLEM_BUSY, "", "");
		return -1;
	}
	if (strlen(sig) > 2 * SSHSIG_MAX ||
	    sshsig_dearmor(sig, strlen(sig), r->buf, SSHSIG_MAX, &r->sig_len) < 0) {
		*why = refusal_of(PROBLEM_REPORT, "Lymph-Signature", "RFC 4648 4: base64 of an SSHSIG blob");
		return -1;
	}
	r->len = r->sig_len;
	return 0;
}

static struct request *
request_new(struct MHD_Connection *conn)
{
	struct request *r = calloc(1, sizeof(*r));
	if (!r)
		fatal_oom();
	r->conn = conn;
	r->from = http_from(conn, &r->proxied);
	return r;
}

/* Refuses while the body is still coming: the answer has to wait for its end. */
static void
swallow_for(struct intake *in, struct request *r, const struct refusal *why)
{
	http_forget_body(in, r);
	r->answer = refusal_response(in, why, &r->status);
	r->state = REQUEST_SWALLOW;
}

/* The outcome of a report. Asked for when the request is whole. */
static enum MHD_Result
begin_outcome(struct http *h, struct MHD_Connection *conn, const char *id, void **con_cls)
{
	struct refusal why = { 0 };
	struct request *r = request_new(conn);
	*con_cls = r; /* freed by on_completed */
	r->asks = true;
	why.id = outcome_parse(id, MHD_lookup_connection_value(conn, MHD_HEADER_KIND,
	    MHD_HTTP_HEADER_AUTHORIZATION), &r->get);
	if (admit_network(h->in, &r->from, 0, &why) < 0)
		return answer_now(h->in, conn, &why, NULL);
	if (why.id == PROBLEM_N)
		return MHD_YES;
	/* Known by its form alone; told after a body's end all the same, or the line would end. */
	r->answer = refusal_response(h->in, &why, &r->status);
	r->state = REQUEST_ANSWERED;
	return MHD_YES;
}

static enum MHD_Result
begin_report(struct http *h, struct MHD_Connection *conn, bool states, void **con_cls)
{
	struct refusal why;
	struct request *r = request_new(conn);
	r->states = states;
	*con_cls = r; /* freed by on_completed */
	if (check_headers(h->in, r, &why) == 0)
		return MHD_YES;
	/* A proxy that cannot get rid of a body makes a 502 of our answer. It costs no memory to let it. */
	if (r->proxied) {
		swallow_for(h->in, r, &why);
		return MHD_YES;
	}
	http_forget_body(h->in, r);
	return answer_now(h->in, conn, &why, NULL);
}

static enum MHD_Result
begin(struct http *h, struct MHD_Connection *conn, const char *url, const char *method, void **con_cls)
{
	struct refusal why;
	const char *id;
	bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0, page = false;

	for (int i = 0; i < PAGE_N; i++) {
		page |= strcmp(url, page_path[i]) == 0;
		if (get && strcmp(url, page_path[i]) == 0) {
			*con_cls = &h->page[i].request; /* not here: an answer before the body's end ends the line */
			return MHD_YES;
		}
	}
	if (outcome_url(url, &id)) {
		if (get)
			return begin_outcome(h, conn, id, con_cls);
		page = true;
	}
	bool keys = strcmp(url, "/v1/keys") == 0;
	if (strcmp(url, "/v1/reports") != 0 && !keys && !page) {
		why = refusal_of(PROBLEM_NO_PATH, "path",
		    "lymph: /v1/reports, /v1/reports/ID, /v1/keys, /v1/key or /v1/");
		return answer_now(h->in, conn, &why, NULL);
	}
	if (page || strcmp(method, "POST") != 0) {
		why = refusal_of(PROBLEM_METHOD, "method", page ? "lymph: GET" : "lymph: POST");
		return answer_now(h->in, conn, &why, page ? "GET, HEAD" : "POST");
	}
	return begin_report(h, conn, keys, con_cls);
}

static void
swallow(struct intake *in, struct request *r, enum problem_id id, const char *field, const char *rule)
{
	struct refusal why = refusal_of(id, field, rule);
	swallow_for(in, r, &why);
}

static enum MHD_Result
more(struct http *h, struct request *r, const char *data, size_t n)
{
	struct refusal why;
	if (r->state == REQUEST_SWALLOW || r->asks) {
		r->swallowed += n;
		return r->swallowed <= (r->proxied ? XARF_MAX_BYTES : SWALLOW) ? MHD_YES : MHD_NO;
	}
	visitor_of(r->conn)->bytes += n;
	if (r->states && r->len + n > STATEMENT_MAX + PGP_SIG_TEXT) {
		swallow(h->in, r, PROBLEM_LENGTH, "body", "lymph: a statement of at most 4096 bytes");
	} else if (r->len - r->sig_len + n > XARF_MAX_BYTES) {
		swallow(h->in, r, PROBLEM_LENGTH, "body", "lymph: at most 22 MB (23068672 bytes)");
	} else if (!r->is_signed && admit_unsigned(h->in, r, r->len + n, &why) < 0) {
		swallow_for(h->in, r, &why); /* who had not said how long it would be */
	} else if (!http_grow(h->in, r, n)) {
		swallow(h->in, r, PROBLEM_BUSY, "", "");
	} else {
		memcpy(r->buf + r->len, data, n);
		r->len += n;
	}
	return MHD_YES;
}

/* What came is checked as far as it can be without asking. 0, or -1 with *why; *later: the answer to a
 * question about its signature comes first. */
static int
take(struct intake *in, struct request *r, bool *later, struct refusal *why)
{
	/* The body of nothing has no buffer: any address will do. */
	const uint8_t *p = r->buf ? r->buf : (const uint8_t *)"";
	*later = true;
	if (r->clear && !pgp_is_clear(p, r->len)) {
		*why = refusal_of(PROBLEM_MEDIA, "Content-Type",
		    "lymph: application/json, or a text clear-signed from its first byte on (RFC 4880 7)");
		return -1;
	}
	if (r->states)
		return pgp_state(in, r, why);
	if (r->clear)
		return pgp_ask(in, r, why);
	if (check_report(in->c->conf, p, r->sig_len, p + r->sig_len, r->len - r->sig_len, clock_real(),
	        &r->msg, why) < 0)
		return -1;
	r->msg.report.from = r->from;
	if (r->pgp_n)
		return pgp_ask(in, r, why);
	*later = false;
	return admit_key(in, &r->msg.report.key, r->len, why);
}

static enum MHD_Result
complete(struct http *h, struct request *r)
{
	struct intake *in = h->in;
	struct refusal why;
	bool later;
	if (take(in, r, &later, &why) < 0) {
		in->drop(in, r);
		http_forget_body(in, r);
		return answer_now(in, r->conn, &why, NULL);
	}
	visitor_of(r->conn)->asleep = true;
	MHD_suspend_connection(r->conn);
	if (!later)
		in->hand(in, r);
	return MHD_YES;
}

static enum MHD_Result
ask(struct http *h, struct request *r)
{
	struct refusal why = { .id = PROBLEM_BUSY };
	if (!outcome_ask(h->in, r))
		return answer_now(h->in, r->conn, &why, NULL);
	visitor_of(r->conn)->asleep = true;
	MHD_suspend_connection(r->conn);
	return MHD_YES;
}

/* The page a request stands for, or NULL. */
static struct page *
page_of(struct http *h, const struct request *r)
{
	for (int i = 0; i < PAGE_N; i++)
		if (r == &h->page[i].request)
			return &h->page[i];
	return NULL;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *conn, const char *url, const char *method,
    const char *version, const char *data, size_t *n, void **con_cls)
{
	struct http *h = cls;
	struct request *r = *con_cls;
	(void)version;
	if (!r)
		return begin(h, conn, url, method, con_cls);
	const struct page *page = page_of(h, r);
	if (*n > 0) {
		size_t got = *n;
		*n = 0;
		return page ? MHD_YES : more(h, r, data, got);
	}
	if (page && page->text)
		return MHD_queue_response(conn, MHD_HTTP_OK, page->text);
	if (page)
		return answer_now(h->in, conn, &(struct refusal){ .id = PROBLEM_BUSY }, NULL);
	if (r->state == REQUEST_READING)
		return r->asks ? ask(h, r) : complete(h, r);
	return r->answer ? MHD_queue_response(conn, r->status, r->answer) : MHD_NO;
}

static void
on_completed(void *cls, struct MHD_Connection *conn, void **con_cls,
    enum MHD_RequestTerminationCode why)
{
	struct http *h = cls;
	struct request *r = *con_cls;
	struct visitor *v = visitor_of(conn);
	(void)why;
	if (v) {
		v->since = clock_mono();
		v->bytes = 0;
		v->asleep = false;
	}
	if (!r || page_of(h, r))
		return;
	h->in->drop(h->in, r);
	admit_done(h->in, r);
	pgp_forget(r);
	http_forget_body(h->in, r);
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
	msec grace = h->visitor_count > INTAKE_SLOTS / 4 * 3 ? GRACE_FULL : GRACE;
	size_t slowest = h->in->held > INTAKE_LARGE / 4 * 3 ? SLOWEST_FULL : SLOWEST;
	(void)fd;
	(void)ready;
	for (struct visitor *v = h->visitors; v; v = v->next)
		if (!v->asleep && now - v->since > grace + (msec)(v->bytes / slowest) * MSEC_SECOND) {
			h->in->count.cut++;
			v->since = now; /* not twice */
			shutdown(v->fd, SHUT_RDWR);
		}
	h->in->sweep(h->in, now);
	loop_timer_in(h->sweep, MSEC_SECOND);
}

static struct MHD_Response *
about_response(const struct conf *conf)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:[s], s:s, s:s, s:s}", "service", "lymph", "name", conf->name,
	    "version", LYMPH_VERSION, "accepts", "XARF 4", "reports", "/v1/reports", "key", "/v1/key",
	    "keys", "/v1/keys");
	char *text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return response_of(text, text ? strlen(text) : 0, "application/json");
}

struct http *
http_new(struct intake *in)
{
	struct http *h = calloc(1, sizeof(*h));
	if (!h)
		fatal_oom();
	h->in = in;
	h->page[PAGE_ABOUT].text = about_response(in->c->conf);
	for (unsigned i = 0; i < in->c->listens; i++) {
		if (in->c->listen[i].kind != LISTEN_REPORTS)
			continue;
		struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
		    NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, in->c->listen[i].fd,
		    MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_NOTIFY_CONNECTION, on_visitor, h,
		    MHD_OPTION_CONNECTION_LIMIT, INTAKE_SLOTS / in->c->listens,
		    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		    MHD_OPTION_END);
		if (!d)
			fatal("libmicrohttpd does not start on the listening socket");
		h->daemon[h->daemons++] = d;
	}
	if (h->daemons == 0)
		log_warn("no listening socket: no reports will come");
	return h;
}

void
http_start(struct http *h)
{
	h->turn = loop_timer(h->in->c->loop, on_ready, h);
	h->sweep = loop_timer(h->in->c->loop, on_sweep, h);
	loop_timer_in(h->sweep, MSEC_SECOND);
	for (unsigned i = 0; i < h->daemons; i++)
		loop_fd(h->in->c->loop, MHD_get_daemon_info(h->daemon[i], MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
		    LOOP_READ, on_ready, h);
	run(h);
}
