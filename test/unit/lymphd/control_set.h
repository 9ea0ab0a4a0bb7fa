/* SPDX-License-Identifier: BSD-2-Clause */
/* The control socket, with a judge of cardboard behind it and the store in memory; and who asks there. */
#ifndef TEST_CONTROL_SET_H
#define TEST_CONTROL_SET_H

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "card_judge.h"
#include "lymphd/control.h"
#include "no_door.h"
#include "no_flows.h"
#include "no_grants.h"
#include "no_keep.h"
#include "no_mails.h"
#include "no_speak.h"
#include "no_whose.h"

#define REPORTS 70 /* of case 1: more than are shown */

static struct edge edge;
static struct role_ctx ctx;
static struct sockaddr_un at = { .sun_family = AF_UNIX };

struct client {
	char *got;
	size_t n;
};

static inline void
on_answer(int fd, int ready, void *arg)
{
	struct client *c = arg;
	(void)ready;
	c->got = realloc(c->got, c->n + 4097);
	ssize_t n = read(fd, c->got + c->n, 4096);
	if (n > 0)
		c->n += (size_t)n;
	c->got[c->n] = '\0';
	if (n <= 0)
		loop_stop(ctx.loop);
}

static inline void
on_watchdog(int fd, int ready, void *arg)
{
	(void)fd, (void)ready, (void)arg;
	fail_msg("no answer within 60 s");
}

static inline json_t *
ask_raw(const char *bytes, size_t n, bool shut)
{
	struct client c = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	size_t sent = 0;
	struct loop_event *dog = loop_timer(ctx.loop, on_watchdog, NULL);
	loop_timer_in(dog, 60 * MSEC_SECOND);
	struct loop_event *e = loop_fd(ctx.loop, fd, LOOP_READ, on_answer, &c);
	while (sent < n) {
		ssize_t w = send(fd, bytes + sent, n - sent, MSG_NOSIGNAL);
		if (w <= 0)
			break;
		sent += (size_t)w;
	}
	if (shut)
		shutdown(fd, SHUT_WR);
	loop_run(ctx.loop);
	loop_drop(e);
	loop_drop(dog);
	close(fd);
	json_t *doc = json_loadb(c.got, c.n, JSON_REJECT_DUPLICATES, NULL);
	if (!doc)
		fail_msg("no JSON: %s", c.got ? c.got : "");
	assert_int_equal(c.got[c.n - 1], '\n');
	free(c.got);
	return doc;
}

static inline json_t *
ask(const char *line)
{
	return ask_raw(line, strlen(line), true);
}

static inline const char *
error_code(const json_t *doc)
{
	const char *s = json_string_value(json_object_get(json_object_get(doc, "error"), "code"));
	return s ? s : "";
}

static inline int
start(void **state)
{
	(void)state;
	static const char text[] = "name = desk.example.net\n"
				   "staff { viewer = \"64912\" }\n"
				   "prefix \"192.0.2.0/24\" { kind = residential }\n"
				   "telemetry { listen = \"127.0.0.1:2055\" }\n"
				   "exporter \"198.51.100.1\" { name = \"edge1\" sampling = 1000 }\n";
	char why[256];
	struct conf *conf;
	struct fact look = { .kind = FACT_LOOK,
		.at = T0,
		.look = { .no = 1,
		    .cls = CLASS_OPEN_PROXY,
		    .port = 3128,
		    .verdict = VERDICT_OPEN,
		    .method = PROBE_HTTP_CONNECT,
		    .began = T0,
		    .ended = T0 + 2000 } };
	uint64_t seq;
	assert_int_equal(conf_parse("t", text, sizeof(text) - 1, &conf, why, sizeof(why)), 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "/tmp/lymph-control-%d.sock", (int)getpid());
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 64), 0);
	ctx = (struct role_ctx){ .loop = loop_new(), .conf = conf, .listens = 1 };
	ctx.listen[0].fd = fd;
	ctx.listen[0].kind = LISTEN_CONTROL;
	edge.c = &ctx;
	assert_int_equal(store_ram_open(&edge.store), 0);
	addr_parse("192.0.2.1", 9, &look.look.target);
	assert_int_equal(store_begin(edge.store), 0);
	assert_int_equal(store_fact(edge.store, &look, NULL, &seq), 0);
	struct store_event ev = { .seq = seq,
		.case_no = 1,
		.a = 1,
		.at = T0 + 2000,
		.kind = EVENT_LOOK_DONE,
		.b = VERDICT_OPEN };
	assert_int_equal(store_event(edge.store, &ev), 0);
	for (unsigned i = 0; i < REPORTS; i++) {
		struct fact r = { .kind = FACT_REPORT,
			.at = T0 + 3000,
			.report = { .key = { { 9 } }, .id = { (uint8_t)i }, .cls = CLASS_OPEN_PROXY } };
		r.report.subject = look.look.target;
		assert_int_equal(store_fact(edge.store, &r, NULL, &seq), 0);
		ev = (struct store_event){ .seq = seq,
			.case_no = 1,
			.a = seq,
			.at = r.at,
			.kind = EVENT_REPORT,
			.q = Q32(5, 100) };
		assert_int_equal(store_event(edge.store, &ev), 0);
	}
	assert_int_equal(store_commit(edge.store), 0);
	control_init(&ctx);
	control_start(&edge);
	return 0;
}

static inline int
stop(void **state)
{
	(void)state;
	unlink(at.sun_path);
	store_close(edge.store);
	conf_free((struct conf *)ctx.conf);
	return 0;
}

#endif
