/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Roles of cardboard inside the real warden, frame and box, for scenario tests: hear-reports hands
 * each line of a connection to judge as a REPORT, judge answers with a ticket, hear writes "ok N" or
 * "no". A line is its own digest, so that a test can poison one; judge appends every line to
 * state/lines. What stands in state/metrics it pushes to the real hear-metrics; each
 * line of state/calls ("NO TARGET INBOUND RUNG ACTION JSON") becomes a call of the real hook, whose
 * answer it appends to state/answers. The probe connects to whatever address a LOOK names, for the fence's sake.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/log.h"
#include "lymphd/role.h"

static struct role_ctx *ctx;
static int lines_fd = -1;
static struct loop_event *metrics_timer;
static int waiting_fd = -1; /* one client at a time is enough */

static void
digest_of(const uint8_t *p, size_t n, uint8_t ret[32])
{
	memset(ret, 0, 32);
	memcpy(ret, p, n < 32 ? n : 32);
}

/* judge */

static void
send_calls(struct role_ctx *c)
{
	char path[CONF_PATH + 16], line[4096], target[64];
	unsigned long long no;
	unsigned inbound, rung, action;
	int at;
	snprintf(path, sizeof path, "%s/calls", c->conf->state);
	FILE *f = c->peer[ROLE_HOOK] ? fopen(path, "re") : NULL;
	if (!f)
		return;
	unlink(path);
	while (fgets(line, sizeof line, f)) {
		struct msg_hook m = { 0 };
		if (sscanf(line, "%llu %63s %u %u %u %n", &no, target, &inbound, &rung, &action, &at) < 5)
			continue;
		m.no = m.order.no = no;
		m.order.inbound = (uint8_t)inbound;
		m.order.rung = (enum rung)rung;
		m.order.cls = CLASS_OPEN_PROXY;
		m.order.proto = 6;
		m.order.port = 3128;
		m.order.at = 1;
		m.order.expiry = MSEC_HOUR;
		m.action = action;
		prefix_parse(target, strlen(target), &m.order.target);
		if (chan_send(c->peer[ROLE_HOOK], M_HOOK, &m, line + at, strlen(line + at), -1))
			fatal("hook: no credit");
	}
	fclose(f);
}

static void
hook_answer(struct role_ctx *c, const struct msg_hook_done *d)
{
	char path[CONF_PATH + 16];
	snprintf(path, sizeof path, "%s/answers", c->conf->state);
	FILE *f = fopen(path, "ae");
	if (f)
		fprintf(f, "%llu %d\n", (unsigned long long)d->no, d->status);
	if (f)
		fclose(f);
}

static void
push_metrics(int fd, int ready, void *arg)
{
	struct role_ctx *c = arg;
	char path[CONF_PATH + 16], text[60000];
	(void)fd, (void)ready;
	loop_timer_in(metrics_timer, 200);
	send_calls(c);
	snprintf(path, sizeof path, "%s/metrics", c->conf->state);
	int in = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = in < 0 ? -1 : read(in, text, sizeof text);
	if (in >= 0)
		close(in);
	struct msg_metrics m = { .len = (uint32_t)n };
	if (n >= 0 && c->peer[ROLE_HEAR_METRICS])
		chan_send(c->peer[ROLE_HEAR_METRICS], M_METRICS, &m, text, (size_t)n, -1);
}

static void
judge_start(struct role_ctx *c)
{
	char path[CONF_PATH + 16];
	ctx = c;
	snprintf(path, sizeof path, "%s/lines", c->conf->state);
	lines_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (lines_fd < 0)
		fatal("%s: %s", path, strerror(errno));
	metrics_timer = loop_timer(c->loop, push_metrics, c);
	loop_timer_in(metrics_timer, 0);
}

static void
judge_up(struct role_ctx *c, enum role_id id)
{
	if (id == ROLE_HEAR_REPORTS)
		chan_grant(c->peer[id], 16, 1 << 20);
}

static void
judge_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	const struct msg_report *r = m->body;
	uint8_t digest[32];
	if (m->fd >= 0)
		close(m->fd);
	if (from == ROLE_HOOK && m->type == M_HOOK_DONE)
		hook_answer(c, m->body);
	if (from != ROLE_HEAR_REPORTS || m->type != M_REPORT)
		return;
	struct msg_report_answer a = { .ticket = r->ticket, .answer = ANSWER_ACCEPTED };
	digest_of(m->tail, m->tail_len, digest);
	if (blackbox_refuses(digest)) {
		a.answer = ANSWER_ASIDE;
	} else {
		blackbox_note(digest);
		if (write(lines_fd, m->tail, m->tail_len) < 0 || write(lines_fd, "\n", 1) < 0)
			fatal("lines: %s", strerror(errno));
		blackbox_clear();
	}
	chan_send(c->peer[from], M_REPORT_ANSWER, &a, NULL, 0, -1);
	chan_grant(c->peer[from], 1, (uint32_t)(sizeof *r + m->tail_len));
}

const struct role role_judge = {
	.id = ROLE_JUDGE,
	.name = "judge",
	.promises = BOX_STDIO | BOX_CHAN | BOX_ACCEPT | BOX_UNIX | BOX_FILES,
	.owns_state_dir = true,
	.peers = 1u << ROLE_PROBE | 1u << ROLE_HEAR_CANARY | 1u << ROLE_HEAR_REPORTS |
		 1u << ROLE_HOOK | 1u << ROLE_HEAR_METRICS | 1u << ROLE_HEAR_FLOW | 1u << ROLE_VERIFY,
	.start = judge_start,
	.message = judge_message,
	.peer_up = judge_up,
};

/* hear-reports */

static void
say(const char *s)
{
	if (waiting_fd >= 0 && write(waiting_fd, s, strlen(s)) < 0)
		return;
}

static void
on_line(int fd, int ready, void *arg)
{
	(void)ready;
	(void)arg;
	static struct msg_report r;
	char buf[1024];
	ssize_t n = read(fd, buf, sizeof buf);
	if (n <= 0)
		return;
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	waiting_fd = fd;
	r.ticket++;
	r.body_len = (uint32_t)n;
	if (!ctx->peer[ROLE_JUDGE] ||
	    chan_send(ctx->peer[ROLE_JUDGE], M_REPORT, &r, buf, (size_t)n, -1))
		say("busy\n");
}

static void
on_client(int fd, int ready, void *arg)
{
	(void)ready;
	(void)arg;
	int c = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (c >= 0)
		loop_fd(ctx->loop, c, LOOP_READ, on_line, NULL);
}

static void
hear_start(struct role_ctx *c)
{
	ctx = c;
	for (unsigned i = 0; i < c->listens; i++)
		loop_fd(c->loop, c->listen[i].fd, LOOP_READ, on_client, NULL);
}

static void
hear_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	(void)c;
	if (from != ROLE_JUDGE || m->type != M_REPORT_ANSWER)
		return;
	const struct msg_report_answer *a = m->body;
	say(a->answer == ANSWER_ACCEPTED ? "ok\n" : "aside\n");
}

const struct role role_hear_reports = {
	.id = ROLE_HEAR_REPORTS,
	.name = "hear-reports",
	.promises = BOX_STDIO | BOX_CHAN | BOX_ACCEPT,
	.rlimit_as = (uint64_t)1 << 30,
	.peers = 1u << ROLE_JUDGE | 1u << ROLE_VERIFY,
	.start = hear_start,
	.message = hear_message,
};

/* hear-canary: nothing but its box */

static void
idle_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	(void)c;
	(void)from;
	if (m->fd >= 0)
		close(m->fd);
}

const struct role role_hear_canary = {
	.id = ROLE_HEAR_CANARY,
	.name = "hear-canary",
	.promises = BOX_STDIO | BOX_CHAN | BOX_ACCEPT,
	.peers = 1u << ROLE_JUDGE,
	.message = idle_message,
};

const struct role role_probe = {
	.id = ROLE_PROBE,
	.name = "probe",
	.promises = BOX_STDIO | BOX_CHAN | BOX_CONNECT,
	.peers = 1u << ROLE_JUDGE,
	.message = idle_message,
};

const struct role role_verify = {
	.id = ROLE_VERIFY,
	.name = "verify",
	.promises = BOX_CHAN | BOX_ALARM,
	.peers = 1u << ROLE_JUDGE | 1u << ROLE_HEAR_REPORTS | 1u << ROLE_HEAR_MAIL,
	.message = idle_message,
};

/* hear-flow, watch, hear-mail, hear-log, fetch, hear-feed, hear-alerts, speak: none here */

static void
flow_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	(void)c, (void)from;
	if (m->fd >= 0)
		close(m->fd);
}

static bool
flow_wanted(const struct conf *c)
{
	(void)c;
	return false;
}

const struct role role_watch = {
	.id = ROLE_WATCH,
	.name = "watch",
	.promises = BOX_CHAN | BOX_WATCH,
	.peers = 1u << ROLE_HEAR_MAIL,
	.wanted = flow_wanted,
	.message = flow_message,
};

const struct role role_hear_mail = {
	.id = ROLE_HEAR_MAIL,
	.name = "hear-mail",
	.promises = BOX_CHAN | BOX_ACCEPT,
	.peers = 1u << ROLE_JUDGE | 1u << ROLE_WATCH,
	.wanted = flow_wanted,
	.message = flow_message,
};

const struct role role_hear_log = {
	.id = ROLE_HEAR_LOG,
	.name = "hear-log",
	.promises = BOX_CHAN | BOX_UDP | BOX_ACCEPT,
	.peers = 1u << ROLE_JUDGE | 1u << ROLE_WATCH,
	.wanted = flow_wanted,
	.message = flow_message,
};

const struct role role_fetch = {
	.id = ROLE_FETCH,
	.name = "fetch",
	.promises = BOX_CHAN | BOX_CONNECT,
	.peers = 1u << ROLE_HEAR_FEED,
	.wanted = flow_wanted,
	.message = flow_message,
};

const struct role role_hear_feed = {
	.id = ROLE_HEAR_FEED,
	.name = "hear-feed",
	.promises = BOX_CHAN,
	.peers = 1u << ROLE_FETCH,
	.wanted = flow_wanted,
	.message = flow_message,
};

const struct role role_hear_alerts = {
	.id = ROLE_HEAR_ALERTS,
	.name = "hear-alerts",
	.promises = BOX_CHAN | BOX_ACCEPT,
	.peers = 1u << ROLE_JUDGE,
	.wanted = flow_wanted,
	.message = flow_message,
};

const struct role role_speak = {
	.id = ROLE_SPEAK,
	.name = "speak",
	.promises = BOX_CHAN | BOX_CONNECT,
	.peers = 1u << ROLE_JUDGE,
	.wanted = flow_wanted,
	.message = flow_message,
};

const struct role role_hear_flow = {
	.id = ROLE_HEAR_FLOW,
	.name = "hear-flow",
	.promises = BOX_CHAN | BOX_UDP,
	.peers = 1u << ROLE_JUDGE,
	.wanted = flow_wanted,
	.message = flow_message,
};

