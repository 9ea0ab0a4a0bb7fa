/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket: one JSON line in, one JSON document out, end. Runs in the judge role on a socket
 * the warden made. Anybody may connect; what staff role somebody has is asked of the kernel for each
 * connection, and the table says which role a command takes. Must never wait for a client: what is slow
 * is dropped, and who holds a place without asking loses it to the next. A command that has to ask
 * another role answers later; the place waits for it.
 */
#include "lymphd/control.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/escape.h"
#include "host/log.h"
#include "host/whole.h"
#include "lymphd/staff.h"

#define CONNS       16
#define EACH        4  /* of one person, where others want in */
#define LOOKERS     14 /* of those who may only look: the rest is for who acts */
#define REQUEST_MAX 65536
#define PATIENCE    (10 * MSEC_SECOND) /* for a request to arrive, an answer to be read */

static const struct {
	const char *name;
	control_fn *fn;
	uint32_t may; /* MAY_* */
} commands[] = {
	{ "status", control_status, MAY_VIEW },
	{ "cases", control_cases, MAY_VIEW },
	{ "case", control_case, MAY_VIEW },
	{ "why", control_why, MAY_VIEW },
	{ "orders", control_orders, MAY_VIEW },
	{ "reporters", control_reporters, MAY_VIEW },
	{ "reporter-set", control_reporter_set, MAY_ADMIN },
	{ "reporter-enrol", control_enrol, MAY_ADMIN },
	{ "reporter-remove", control_reporter_remove, MAY_ADMIN },
	{ "protect", control_protect, MAY_VIEW },
	{ "aside", control_aside, MAY_VIEW },
	{ "outgoing", control_outgoing, MAY_DESK },
	{ "whose", control_whose, MAY_DESK },
	{ "outgoing-act", control_outgoing_act, MAY_DESK },
	{ "plan", control_plan, MAY_VIEW },
	{ "record", control_record, MAY_VIEW },
	{ "exporters", control_exporters, MAY_VIEW },
	{ "top", control_top, MAY_VIEW },
	{ "flows", control_flows, MAY_VIEW },
	{ "memory", control_memory, MAY_VIEW },
	{ "holds", control_holds, MAY_VIEW },
	{ "hold", control_hold, MAY_AUDIT },
	{ "forget", control_forget, MAY_AUDIT },
	{ "export", control_export, MAY_DESK | STAFF_BIT(STAFF_PRIVACY) },
	{ "trays", control_trays, MAY_VIEW },
	{ "tray", control_tray, MAY_VIEW },
	{ "mail", control_mail, MAY_VIEW },
	{ "mail-bytes", control_mail_bytes, MAY_DESK },
	{ "mail-act", control_mail_act, MAY_DESK },
	{ "grants", control_grants, MAY_VIEW },
	{ "grant-add", control_grant_add, MAY_ADMIN },
	{ "grant-remove", control_grant_remove, MAY_ADMIN },
	{ "door", control_door, MAY_VIEW },
	{ "door-approve", control_door_approve, MAY_ADMIN },
	{ "door-remove", control_door_remove, MAY_ADMIN },
	{ "door-bouncer", control_door_bouncer, MAY_ADMIN },
	{ "desk", control_desk, MAY_DESK },
	{ "approve-batch", control_batch_approve, MAY_DESK },
	{ "reject-batch", control_batch_reject, MAY_DESK },
	{ "undo-batch", control_batch_undo, MAY_DESK },
#ifdef LYMPH_TESTHOOKS
	{ "inject", control_inject, MAY_ADMIN },
	{ "clock", control_clock, MAY_ADMIN },
#endif
};

struct conn {
	int fd; /* -1: free */
	struct loop_event *io, *timer;
	char *in, *out;
	size_t in_len, out_len, out_at;
	uid_t uid;
	uint32_t roles; /* of staff, a bit each */
	uint64_t age;   /* also its ticket */
	bool later;     /* it asked, and what it asked for is not there yet */
};

static struct control {
	struct edge *e;
	int fd;
	struct loop_event *accept;
	struct staff_groups staff;
	uint64_t age;
	struct conn conn[CONNS];
} ctl;

static void
conn_close(struct conn *c)
{
	loop_drop(c->io);
	loop_drop(c->timer);
	close(c->fd);
	free(c->in);
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

static json_t *
error_doc(int err, const char *text)
{
	static const struct {
		int err;
		const char *code;
	} codes[] = {
		{ -EINVAL, "bad-request" },
		{ -ENOENT, "not-found" },
		{ -EPERM, "not-allowed" },
		{ -EEXIST, "exists" },
		{ -E2BIG, "too-much" },
		{ -ENOSPC, "disk-full" },
		{ -EBUSY, "busy" },
		{ -ENOTCONN, "not-there" },
		{ -ETIMEDOUT, "no-answer" },
	};
	json_t *doc = json_new(json_object()), *e = json_new(json_object());
	const char *code = "failed";
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].err == err)
			code = codes[i].code;
	put_text(e, "code", code);
	put_text(e, "text", *text ? text : strerror(-err));
	put(doc, "error", e);
	return doc;
}

/* NULL: later. */
static json_t *
answer(struct conn *c, const json_t *request)
{
	char why[512] = "", shown[64], needs[STAFF_TEXT];
	const char *name = json_string_value(json_object_get(request, "cmd"));
	const json_t *args = json_object_get(request, "args");
	int r = -EINVAL;

	if (!name || (args && !json_is_object(args)))
		return error_doc(r, "a request is {\"cmd\": \"...\", \"args\": {...}}");
	struct control_call k = { .e = ctl.e,
		.args = args,
		.uid = c->uid,
		.roles = c->roles,
		.answer = json_new(json_object()),
		.why = why,
		.why_size = sizeof(why),
		.ticket = c->age };
	size_t i = 0, n = sizeof(commands) / sizeof(commands[0]);
	while (i < n && strcmp(commands[i].name, name) != 0)
		i++;
	if (i == n)
		control_refuse(&k, r, "no command \"%s\"",
		    escape_tty(name, strlen(name), shown, sizeof(shown)));
	else if (!(c->roles & commands[i].may))
		r = control_refuse(&k, -EPERM, "this takes root, or staff role %s",
		    staff_needs(ctl.e->c->conf, commands[i].may, needs));
	else
		r = commands[i].fn(&k);
	if (r == 0)
		return k.answer;
	json_decref(k.answer);
	return r == CONTROL_LATER ? NULL : error_doc(r, why);
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
conn_say(struct conn *c, json_t *doc)
{
	/* Nine places: what is behind them is rounding, 2^-32 is 2.3e-10. */
	c->out = json_dumps(doc, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(doc);
	if (!c->out)
		fatal_oom();
	c->out_len = strlen(c->out);
	c->out[c->out_len++] = '\n'; /* in place of the NUL: it is sent by length */
	conn_write(c);
}

static void
conn_answer(struct conn *c, size_t len)
{
	json_error_t err;
	json_t *doc, *request = json_loadb(c->in, len, JSON_REJECT_DUPLICATES, &err);
	if (request)
		doc = answer(c, request);
	else
		doc = error_doc(-EINVAL, "the request is not one line of JSON");
	json_decref(request);
	c->later = !doc;
	if (doc)
		conn_say(c, doc);
}

void
control_later(uint64_t ticket, int err, json_t *doc, const char *why)
{
	for (size_t i = 0; i < CONNS; i++) {
		struct conn *c = &ctl.conn[i];
		if (c->fd < 0 || !c->later || c->age != ticket)
			continue;
		c->later = false;
		conn_say(c, err < 0 ? error_doc(err, why) : doc);
		return;
	}
	json_decref(doc);
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
	if (c->later)
		c->in_len = 0; /* what comes behind a request is nothing to us */
	ssize_t n = recv(fd, c->in + c->in_len, REQUEST_MAX - c->in_len, 0);
	if ((n < 0 && (errno == EAGAIN || errno == EINTR)) || (n > 0 && c->later))
		return;
	if (n == 0 && c->later) { /* said all it has to say, and may still want the answer */
		loop_fd_set(c->io, 0);
		return;
	}
	if (n < 0) {
		conn_close(c);
		return;
	}
	char *nl = memchr(c->in + c->in_len, '\n', (size_t)n);
	c->in_len += (size_t)n;
	if (nl)
		conn_answer(c, (size_t)(nl - c->in));
	else if (n == 0 || c->in_len == REQUEST_MAX)
		conn_answer(c, c->in_len);
}

/* Who gets no place gets an answer at once. */
static void
turn_away(int fd, int err, const char *why)
{
	json_t *doc = error_doc(err, why);
	char *text = json_dumps(doc, JSON_COMPACT);
	json_decref(doc);
	if (!text)
		fatal_oom();
	size_t n = strlen(text);
	text[n++] = '\n'; /* in place of the NUL: it is sent by length */
	if (send(fd, text, n, MSG_NOSIGNAL) < 0)
		log_debug("somebody turned away did not wait for the answer");
	free(text);
	close(fd);
}

static bool
looker(const struct conn *c)
{
	return !(c->roles & ~MAY_VIEW);
}

static unsigned
held_by(uid_t uid)
{
	unsigned n = 0;
	for (size_t i = 0; i < CONNS; i++)
		n += ctl.conn[i].fd >= 0 && ctl.conn[i].uid == uid;
	return n;
}

/* How readily c gives its place to another: not while it is answered, unless its owner has many. */
static unsigned
gives_way(const struct conn *c)
{
	return 2 * (held_by(c->uid) > EACH) + (!c->out && !c->later);
}

/* A place for somebody like this, NULL: none. Of those who give way, the oldest does. */
static struct conn *
place(const struct conn *like)
{
	struct conn *empty = NULL, *old = NULL;
	unsigned lookers = 0;
	for (size_t i = 0; i < CONNS; i++) {
		struct conn *c = &ctl.conn[i];
		if (c->fd < 0) {
			empty = c;
			continue;
		}
		lookers += looker(c);
		if (looker(like) && !looker(c))
			continue;
		unsigned now = gives_way(c), was = old ? gives_way(old) : 0;
		if (now > was || (old && now == was && c->age < old->age))
			old = c;
	}
	if (empty && (!looker(like) || lookers < LOOKERS))
		return empty;
	if (old)
		conn_close(old);
	return old;
}

static void
on_accept(int fd, int ready, void *arg)
{
	(void)ready, (void)arg;
	char needs[STAFF_TEXT], why[STAFF_TEXT + 64];
	struct conn who = { .age = ctl.age + 1 }, *c;
	int s = who.fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (s < 0)
		return;
	who.roles = staff_of(&ctl.staff, s, &who.uid);
	if (!who.roles) {
		snprintf(why, sizeof(why), "this takes root, or staff role %s",
		    staff_needs(ctl.e->c->conf, MAY_VIEW, needs));
		turn_away(s, -EPERM, why);
		return;
	}
	if (!(c = place(&who))) {
		turn_away(s, -EBUSY, "too many ask at once: try again");
		return;
	}
	*c = who;
	ctl.age++;
	if (!(c->in = malloc(REQUEST_MAX)))
		fatal_oom();
	c->io = loop_fd(ctl.e->c->loop, s, LOOP_READ, on_conn, c);
	c->timer = loop_timer(ctl.e->c->loop, on_patience, c);
	loop_timer_in(c->timer, PATIENCE);
	on_conn(s, LOOP_READ, c); /* what is asked is usually there already: nobody pushes it out */
}

void
control_init(const struct role_ctx *c)
{
	staff_init(c->conf, &ctl.staff);
	control_mail_init(c->conf);
}

void
control_start(struct edge *e)
{
	ctl.e = e;
	for (size_t i = 0; i < CONNS; i++)
		ctl.conn[i].fd = -1;
	for (unsigned i = 0; i < e->c->listens; i++) {
		if (e->c->listen[i].kind == LISTEN_CONTROL) {
			ctl.fd = e->c->listen[i].fd;
			ctl.accept = loop_fd(e->c->loop, ctl.fd, LOOP_READ, on_accept, NULL);
			return;
		}
	}
}
