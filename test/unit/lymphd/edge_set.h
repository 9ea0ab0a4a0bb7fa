/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge at its channels, as who hears, who probes and the canary see it: the test plays these three, against
 * the real judge and the real store. What else the judge says goes to edge_more.
 */
#ifndef TEST_EDGE_SET_H
#define TEST_EDGE_SET_H

#include <sodium.h>

#include "judge_peers.h"

#define KEPT 2048

static struct {
	struct chan *hear, *probe, *canary; /* the test's ends */
	struct msg_report_answer answer[KEPT];
	size_t answers;
	struct look look[KEPT];
	size_t looks;
} t;

static chan_cb *edge_more; /* what of the judge's words a test hears beside these; NULL: nothing */

static inline void
from_judge(struct chan *c, struct chan_msg *m, void *arg)
{
	if (m->type == M_REPORT_ANSWER) {
		assert_true(t.answers < KEPT);
		t.answer[t.answers++] = *(const struct msg_report_answer *)m->body;
	} else if (m->type == M_LOOK) {
		assert_true(t.looks < KEPT);
		t.look[t.looks++] = ((const struct msg_look *)m->body)->look;
		chan_grant(t.probe, 1, sizeof(struct msg_look));
	} else if (edge_more) {
		edge_more(c, m, arg);
	}
}

static inline void
probe_comes(void)
{
	t.probe = connect_role(ROLE_PROBE, from_judge);
	chan_grant(t.probe, 64, 64 * sizeof(struct msg_look));
}

/* The judge, with 192.0.2.0/24 for its own and what `more` says. */
static inline void
live(const char *more)
{
	char text[512];
	snprintf(text, sizeof(text), "prefix \"192.0.2.0/24\" {\n kind = residential\n}\n%s", more);
	set_judge(text);
	t.answers = t.looks = 0;
	t.hear = connect_role(ROLE_HEAR_REPORTS, from_judge);
	probe_comes();
	t.canary = connect_role(ROLE_HEAR_CANARY, from_judge);
	UNTIL(chan_may_send(t.hear, CHAN_MAX) && chan_may_send(t.canary, sizeof(struct msg_token_seen)));
}

static inline void
live_bare(void)
{
	live("");
}

static inline int
set_up(void **state)
{
	(void)state;
	return judge_up("edge", live_bare);
}

/* A report of key `who` with id `id` about 192.0.2.last; its body is `text`. */
static inline struct msg_report
report(uint8_t who, uint32_t id, uint8_t last, const char *text)
{
	struct msg_report m = { .ticket = id, .body_len = (uint32_t)strlen(text), .sig_len = 3 };
	struct report *p = &m.report;
	memset(p->key.b, who, KEY_BYTES);
	memcpy(p->id, &id, sizeof(id));
	crypto_hash_sha256(p->body_hash, (const uint8_t *)text, strlen(text));
	snprintf(p->sender, sizeof(p->sender), "shop.example");
	p->cls = CLASS_OPEN_PROXY;
	p->evidence = EVIDENCE_TEXT;
	p->subject = (struct addr){ .fam = 4, .b = { 192, 0, 2, last } };
	p->event = clock_real();
	p->count = 1;
	return m;
}

static inline void
send_report(const struct msg_report *m, const char *text)
{
	char tail[256];
	snprintf(tail, sizeof(tail), "sig%s", text);
	assert_int_equal(chan_send(t.hear, M_REPORT, m, tail, strlen(tail), -1), 0);
}

/* What is said to it, and nothing else. */
static inline enum answer
ask(uint8_t who, uint32_t id, uint8_t last, const char *text)
{
	struct msg_report m = report(who, id, last, text);
	t.answers = 0;
	send_report(&m, text);
	UNTIL(t.answers == 1);
	assert_int_equal(t.answer[0].ticket, id);
	return t.answer[0].answer;
}

static inline void
answer_look(const struct look *l, enum verdict v, uint8_t token)
{
	struct msg_look_done d = { .result = { .no = l->no, .cls = l->cls, .target = l->target,
		.port = 3128, .vantage = l->vantage, .verdict = v, .method = PROBE_HTTP_CONNECT,
		.began = clock_real(), .ended = clock_real(), .sockets = 1 } };
	d.token[0] = d.secret[0] = token;
	assert_int_equal(chan_send(t.probe, M_LOOK_DONE, &d, NULL, 0, -1), 0);
}

static inline void
see_token(uint8_t token)
{
	struct msg_token_seen s = { .egress = { .fam = 4, .b = { 192, 0, 2, 1 } }, .when = clock_real() };
	s.token[0] = s.secret[0] = token;
	assert_int_equal(chan_send(t.canary, M_TOKEN_SEEN, &s, NULL, 0, -1), 0);
}

static inline struct view_case
case_no(uint64_t no)
{
	struct view_case v = { 0 };
	assert_true(view_case(edge()->judge, no, edge_now(edge()), &v));
	return v;
}

static inline void
check_replay(void)
{
	struct replay r = replayed();
	assert_true(r.facts > 0 && r.objects > 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, judge_down)

#endif
