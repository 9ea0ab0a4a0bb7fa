/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge role at its channels: a hear, a probe and a canary played by the test, the real judge and
 * the real store. What is answered, is kept; what is kept, is kept once; nothing else is believed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "lymphd/blackbox.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_log.h"
#include "lymphd/edge_mail.h"
#include "lymphd/edge_pgp.h"
#include "lymphd/edge_speak.h"
#include "wire/claim.h"
#include "wire/sshsig.h"

#include "judge_peers.h"

#define KEPT 2048

static struct {
	struct chan *hear, *probe, *canary, *hand, *hook, *warden; /* the test's ends */
	struct msg_order order[KEPT]; /* what hand was given, in order; no 0: a list begins or ends */
	uint8_t end[KEPT];
	size_t orders;
	struct msg_hook told[64];
	char text[512];              /* of the last */
	size_t tolds;
	struct msg_audit audit[64];
	char said[512];
	size_t audits;
	uint64_t mode_no;
	struct msg_report_answer answer[KEPT];
	struct msg_mail_answer mailed; /* the last */
	struct msg_log_mark marked;  /* the last */
	size_t marks;
	size_t answers;
	struct look look[KEPT];
	size_t looks;
	char outcome[4096]; /* the last, with its signature behind a NUL; "" none such */
	uint64_t outcome_for, unsigned_left;
	struct key server;
} t;

static void
from_judge(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	if (m->type == M_REPORT_ANSWER) {
		assert_true(t.answers < KEPT);
		t.answer[t.answers++] = *(const struct msg_report_answer *)m->body;
	} else if (m->type == M_LOG_MARKED) {
		t.marked = *(const struct msg_log_mark *)m->body;
		t.marks++;
	} else if (m->type == M_OUTCOME) {
		const struct msg_outcome *o = m->body;
		assert_int_equal(o->text_len + o->sig_len, m->tail_len);
		assert_true(m->tail_len + 2 < sizeof(t.outcome));
		memset(t.outcome, 0, sizeof(t.outcome));
		memcpy(t.outcome, m->tail, o->text_len);
		memcpy(t.outcome + o->text_len + 1, m->tail + o->text_len, o->sig_len);
		t.outcome_for = o->ticket;
	} else if (m->type == M_SERVER_KEY) {
		t.server = ((const struct msg_server_key *)m->body)->key;
	} else if (m->type == M_ROOM) {
		t.unsigned_left = ((const struct msg_room *)m->body)->unsigned_left;
	} else if (m->type == M_MAIL_ANSWER) {
		t.mailed = *(const struct msg_mail_answer *)m->body;
	} else if (m->type == M_LOOK) {
		assert_true(t.looks < KEPT);
		t.look[t.looks++] = ((const struct msg_look *)m->body)->look;
		chan_grant(t.probe, 1, sizeof(struct msg_look));
	} else if (m->type == M_ORDER || m->type == M_SYNC) {
		assert_true(t.orders < KEPT);
		t.order[t.orders] = (struct msg_order){ 0 };
		if (m->type == M_ORDER)
			t.order[t.orders] = *(const struct msg_order *)m->body;
		else
			t.end[t.orders] = ((const struct msg_sync *)m->body)->end;
		t.orders++;
		chan_grant(t.hand, 1, sizeof(struct msg_order));
	} else if (m->type == M_HOOK) {
		assert_true(t.tolds < 64);
		t.told[t.tolds++] = *(const struct msg_hook *)m->body;
		snprintf(t.text, sizeof(t.text), "%.*s", (int)m->tail_len, (const char *)m->tail);
	} else if (m->type == M_AUDIT) {
		assert_true(t.audits < 64);
		t.audit[t.audits++] = *(const struct msg_audit *)m->body;
		snprintf(t.said, sizeof(t.said), "%.*s", (int)m->tail_len, (const char *)m->tail);
	}
}

#define OWN "prefix \"192.0.2.0/24\" {\n kind = residential\n}\n"

static void
live(const char *more)
{
	char text[512];
	snprintf(text, sizeof(text), OWN "%s", more);
	set_judge(text);
	t.answers = t.looks = t.orders = t.tolds = t.audits = t.mode_no = 0;
	t.hear = connect_role(ROLE_HEAR_REPORTS, from_judge);
	t.probe = connect_role(ROLE_PROBE, from_judge);
	t.canary = connect_role(ROLE_HEAR_CANARY, from_judge);
	chan_grant(t.probe, 64, 64 * sizeof(struct msg_look));
	UNTIL(chan_may_send(t.hear, CHAN_MAX) && chan_may_send(t.canary, sizeof(struct msg_token_seen)));
}

static void
die(void)
{
	set_end();
	chan_free(t.hand);
	chan_free(t.hook);
	chan_free(t.warden);
	t.hand = t.hook = t.warden = NULL;
	chan_free(t.hear);
	chan_free(t.probe);
	chan_free(t.canary);
}

static int
set_up(void **state)
{
	(void)state;
	if (set_dir("edge") < 0)
		return -1;
	live("");
	return 0;
}

static int
tear_down(void **state)
{
	char dir[96];
	(void)state;
	if (edge())
		die();
	snprintf(dir, sizeof(dir), "%s/state", set.dir);
	umount2(dir, MNT_DETACH);
	return set_dir_gone();
}

/* A report of key `who` with id `id` about 192.0.2.last; its body is `text`. */
static struct msg_report
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

static void
send_report(const struct msg_report *m, const char *text)
{
	char tail[256];
	snprintf(tail, sizeof(tail), "sig%s", text);
	assert_int_equal(chan_send(t.hear, M_REPORT, m, tail, strlen(tail), -1), 0);
}

static const struct msg_report_answer *
answer_to(uint64_t ticket)
{
	for (size_t i = 0; i < t.answers; i++)
		if (t.answer[i].ticket == ticket)
			return &t.answer[i];
	return NULL;
}

static enum answer
ask(uint8_t who, uint32_t id, uint8_t last, const char *text)
{
	struct msg_report m = report(who, id, last, text);
	t.answers = 0;
	send_report(&m, text);
	UNTIL(t.answers == 1);
	assert_int_equal(t.answer[0].ticket, id);
	return t.answer[0].answer;
}

static void
check_replay(void)
{
	struct replay r = replayed();
	assert_true(r.facts > 0 && r.objects > 0);
}

static void
test_once(void **state)
{
	(void)state;
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_ACCEPTED);
	uint64_t seq = t.answer[0].seq, no = t.answer[0].case_no;
	assert_true(seq > 1 && no > 0);
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_SAME);
	assert_int_equal(t.answer[0].seq, seq);
	assert_int_equal(t.answer[0].case_no, no);
	assert_int_equal(ask(1, 7, 1, "{b}"), ANSWER_CONFLICT);
	assert_int_equal(ask(2, 7, 1, "{a}"), ANSWER_ACCEPTED);  /* another's id */
	assert_int_equal(ask(0, 7, 1, "{a}"), ANSWER_ACCEPTED);  /* unsigned: a name of its own */
	assert_int_equal(ask(0, 7, 1, "{a}"), ANSWER_SAME);
	struct msg_report m = report(1, 8, 1, "{c}"), other = report(1, 8, 1, "{d}");
	t.answers = 0;
	m.ticket = 100;
	send_report(&m, "{c}"); /* three in one batch */
	m.ticket = 101;
	send_report(&m, "{c}");
	other.ticket = 102;
	send_report(&other, "{d}");
	UNTIL(t.answers == 3);
	assert_int_equal(answer_to(100)->answer, ANSWER_ACCEPTED);
	assert_int_equal(answer_to(101)->answer, ANSWER_SAME);
	assert_int_equal(answer_to(101)->seq, answer_to(100)->seq);
	assert_int_equal(answer_to(102)->answer, ANSWER_CONFLICT);
	assert_int_equal(count_facts(FACT_REPORT), 4);
	die();
	live("");
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_SAME);
	assert_int_equal(t.answer[0].seq, seq);
	assert_int_equal(t.answer[0].case_no, no);
	assert_int_equal(count_facts(FACT_CONF), 1); /* the same configuration is no fact */
	check_replay();
}

/* Everything hear says is checked again. */
static void
test_captured_hear(void **state)
{
	(void)state;
	static const char text[] = "{x}";
	uint64_t broken = 0;
	for (int i = 0; i < 13; i++) {
		struct msg_report m = report(1, 50 + (uint32_t)i, 1, text);
		switch (i) {
		case 0: m.report.cls = CLASS_N; break;
		case 1: m.report.cls = CLASS_NONE; break;
		case 2: m.report.evidence = 17; break;
		case 3: m.report.subject.fam = 5; break;
		case 4: m.report.subject.fam = 0; break;
		case 5: m.report.from.fam = 9; break;
		case 6: memset(m.report.sender, 'x', sizeof(m.report.sender)); break;
		case 7: m.report.body_hash[0] ^= 1; break;
		case 8: m.body_len = 4; break;
		case 9: m.sig_len = UINT32_MAX; break;
		case 10: memset(&m.report.two_way_claim, 7, 1); break;
		case 11: m.report.subject.b[9] = 1; break;
		case 12: /* 192.0.2.1 in the clothes of IPv6 */
			m.report.subject = (struct addr){ .fam = 6,
				.b = { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 } };
			break;
		}
		send_report(&m, text);
		UNTIL(edge()->broken == broken + 1);
		broken++;
	}
	assert_int_equal(ask(1, 90, 1, text), ANSWER_ACCEPTED);
	assert_int_equal(t.answers, 1);
	assert_int_equal(count_facts(FACT_REPORT), 1);
}

static void
test_gate(void **state)
{
	(void)state;
	struct msg_report m = report(1, 1, 1, "{x}");
	m.report.subject.b[0] = 198;
	send_report(&m, "{x}");
	UNTIL(t.answers == 1);
	assert_int_equal(t.answer[0].answer, ANSWER_NOT_OURS);
	assert_int_equal(count_facts(FACT_REPORT), 0);
	/* Absurd times and counts are facts all the same, and hurt nobody. */
	m = report(1, 2, 1, "{y}");
	m.report.event = INT64_MIN;
	m.report.count = 0;
	send_report(&m, "{y}");
	m = report(1, 3, 1, "{z}");
	m.report.event = INT64_MAX;
	send_report(&m, "{z}");
	UNTIL(t.answers == 3);
	assert_int_equal(t.answer[2].answer, ANSWER_ACCEPTED);
	check_replay();
}

static void
test_many(void **state)
{
	(void)state;
	struct msg_report m;
	uint32_t sent = 0;
	while (sent < 1500) {
		while (sent < 1500 && chan_may_send(t.hear, sizeof(m) + 10)) {
			m = report((uint8_t)(sent % 7), 1000 + sent, (uint8_t)(sent % 250), "{many}");
			send_report(&m, "{many}");
			sent++;
		}
		turn(1);
	}
	UNTIL(t.answers == 1500);
	assert_int_equal(count_facts(FACT_REPORT), 1500);
	assert_true(edge()->batches < 1500);
	check_replay();
}

static void
answer_look(const struct look *l, enum verdict v, uint8_t token)
{
	struct msg_look_done d = { .result = { .no = l->no, .cls = l->cls, .target = l->target,
		.port = 3128, .vantage = l->vantage, .verdict = v, .method = PROBE_HTTP_CONNECT,
		.began = clock_real(), .ended = clock_real(), .sockets = 1 } };
	d.token[0] = d.secret[0] = token;
	assert_int_equal(chan_send(t.probe, M_LOOK_DONE, &d, NULL, 0, -1), 0);
}

static void
see_token(uint8_t token)
{
	struct msg_token_seen s = { .egress = { .fam = 4, .b = { 192, 0, 2, 1 } }, .when = clock_real() };
	s.token[0] = s.secret[0] = token;
	assert_int_equal(chan_send(t.canary, M_TOKEN_SEEN, &s, NULL, 0, -1), 0);
}

static struct view_case
case_no(uint64_t no)
{
	struct view_case v = { 0 };
	assert_true(view_case(edge()->judge, no, edge_now(edge()), &v));
	return v;
}

static void
test_proof(void **state)
{
	(void)state;
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_ACCEPTED);
	uint64_t no = t.answer[0].case_no;
	UNTIL(t.looks >= 1);
	/* Not asked for; another target; no proof at all. */
	struct look lie = t.look[0];
	lie.no += 100;
	answer_look(&lie, VERDICT_OPEN, 9);
	lie = t.look[0];
	lie.target.b[3] = 99;
	answer_look(&lie, VERDICT_OPEN, 9);
	UNTIL(edge()->broken == 2);
	see_token(3);
	answer_look(&t.look[0], VERDICT_OPEN, 3);
	UNTIL(case_no(no).verified_times == 1);
	assert_true(case_no(no).score > Q32(90, 100));
	assert_int_equal(count_facts(FACT_LOOK), 1);
	check_replay();
}

/* Probe alone proves nothing. */
static void
test_one_sided(void **state)
{
	(void)state;
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_ACCEPTED);
	uint64_t no = t.answer[0].case_no;
	UNTIL(t.looks >= 1);
	answer_look(&t.look[0], VERDICT_OPEN, 3);
	see_token(4);
	UNTIL(count_facts(FACT_LOOK) == 1);
	assert_int_equal(case_no(no).verified_times, 0);
	assert_int_equal(case_no(no).last_verdict[t.look[0].vantage], VERDICT_INCONCLUSIVE);
	assert_int_equal(edge()->one_sided, 1);
}

/* A look not answered when the judge or the probe dies is asked again. */
static void
test_look_again(void **state)
{
	(void)state;
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_ACCEPTED);
	UNTIL(t.looks == 1);
	uint64_t no = t.look[0].no;
	die();
	live("");
	UNTIL(t.looks == 1);
	assert_int_equal(t.look[0].no, no);
	for (size_t i = 2; i <= 3; i++) { /* probe dies: twice more */
		disconnect_role(ROLE_PROBE, t.probe);
		t.probe = connect_role(ROLE_PROBE, from_judge);
		chan_grant(t.probe, 64, 64 * sizeof(struct msg_look));
		UNTIL(t.looks == i);
		assert_int_equal(t.look[i - 1].no, no);
	}
	disconnect_role(ROLE_PROBE, t.probe);
	t.probe = connect_role(ROLE_PROBE, from_judge);
	UNTIL(count_facts(FACT_LOOK) == 1); /* given up: inconclusive */
	assert_int_equal(edge()->looks_lost, 1);
	check_replay();
}

/* A report that crashed the judge twice is kept aside, and only once. */
static int
count_aside(const struct store_aside *a, void *arg)
{
	bool ours = strcmp(a->role, "judge") == 0;
	assert_true(ours || strcmp(a->role, "hear-reports") == 0);
	assert_int_equal(a->len, ours ? 4 : 0);
	if (ours)
		assert_memory_equal(a->bytes, "{p!}", 4);
	++*(size_t *)arg;
	return 0;
}

static void
test_aside(void **state)
{
	(void)state;
	struct msg_report m = report(1, 7, 1, "{p!}");
	size_t n = 0;
	blackbox_aside(m.report.body_hash);
	assert_int_equal(ask(1, 7, 1, "{p!}"), ANSWER_ASIDE);
	assert_int_equal(ask(2, 8, 1, "{p!}"), ANSWER_ASIDE);
	assert_int_equal(ask(1, 9, 1, "{fine}"), ANSWER_ACCEPTED);
	assert_int_equal(store_each_aside(edge()->store, count_aside, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(edge()->aside, 2);
	assert_int_equal(count_facts(FACT_REPORT), 1);
	/* What killed another role is on record too, once. */
	struct msg_aside other = { .role = ROLE_HEAR_REPORTS, .digest = { 7 } };
	struct chan_msg word = { .type = M_ASIDE, .body = &other, .fd = -1 };
	role_judge.message(&set.ctx, ROLE_WARDEN, &word);
	die();
	live("");
	role_judge.message(&set.ctx, ROLE_WARDEN, &word);
	n = 0;
	assert_int_equal(store_each_aside(edge()->store, count_aside, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(ask(3, 9, 1, "{p!}"), ANSWER_ASIDE); /* still, in a new life */
}

/* A changed configuration is a fact, and what was known stays. */
static void
test_conf(void **state)
{
	(void)state;
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_ACCEPTED);
	uint64_t no = t.answer[0].case_no;
	die();
	live("prefix \"198.51.100.0/24\" {\n kind = business\n}");
	assert_int_equal(count_facts(FACT_CONF), 2);
	assert_int_equal(set.conf->policy->generation, 2);
	assert_int_equal(case_no(no).reports, 1);
	struct msg_report m = report(1, 8, 1, "{b}");
	m.report.subject = (struct addr){ .fam = 4, .b = { 198, 51, 100, 1 } };
	send_report(&m, "{b}");
	UNTIL(t.answers == 1);
	assert_int_equal(t.answer[0].answer, ANSWER_ACCEPTED);
	check_replay();
}

/* No room: 507 for reports, while what the judge itself needs still goes in. */
static void
test_full(void **state)
{
	(void)state;
	char dir[96], filler[128];
	static char lump[1 << 20];
	die();
	snprintf(dir, sizeof(dir), "%s/state", set.dir);
	if (mount("tmpfs", dir, "tmpfs", 0, "size=48m") != 0)
		skip();
	live("");
	assert_int_equal(ask(1, 1, 1, "{a}"), ANSWER_ACCEPTED);
	UNTIL(t.looks == 1);
	snprintf(filler, sizeof(filler), "%s/filler", dir);
	FILE *f = fopen(filler, "w");
	for (int i = 0; i < 24; i++)
		fwrite(lump, 1, sizeof(lump), f);
	fclose(f);
	assert_true(edge_tight(edge()));
	assert_int_equal(ask(1, 2, 1, "{b}"), ANSWER_FULL);
	assert_int_equal(ask(1, 1, 1, "{a}"), ANSWER_SAME); /* known: no room needed */
	assert_int_equal(count_facts(FACT_REPORT), 1);
	answer_look(&t.look[0], VERDICT_CLOSED, 0);
	UNTIL(count_facts(FACT_LOOK) == 1);
	struct fact op = { .kind = FACT_REPORTER, .reporter = { .name = "partner" } };
	memset(op.reporter.key.b, 1, KEY_BYTES);
	assert_int_equal(edge_submit(edge(), &op), 0);
	/* To the last byte: writes fail, nothing is half done. */
	f = fopen(filler, "a");
	setvbuf(f, NULL, _IONBF, 0);
	while (fwrite(lump, 1, 4096, f) == 4096)
		;
	fclose(f);
	int r = 0;
	for (int i = 0; r == 0 && i < 10000; i++) {
		snprintf(op.reporter.name, sizeof(op.reporter.name), "partner %d", i);
		r = edge_submit(edge(), &op);
	}
	assert_int_equal(r, -ENOSPC);
	assert_true(edge()->reloads > 0);
	assert_int_equal(case_no(1).reports, 1);
	assert_int_equal(unlink(filler), 0);
	assert_int_equal(ask(1, 2, 1, "{b}"), ANSWER_ACCEPTED);
	check_replay();
	die();
}

/* --- orders, and the operator's word ------------------------------------------------------------- */

static void
hand_comes(void)
{
	t.hand = connect_role(ROLE_HAND, from_judge);
	chan_grant(t.hand, 64, 64 * sizeof(struct msg_order));
}

static void
leave(enum role_id id, struct chan **end)
{
	disconnect_role(id, *end);
	*end = NULL;
}

static void
say_file(enum conscience_file which, const char *text)
{
	char path[128];
	struct msg_conscience m = { .file = which };
	snprintf(path, sizeof(path), "%s/file%d", set.dir, which);
	FILE *f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	chmod(path, 0644);
	struct chan_msg msg = { .type = M_CONSCIENCE, .body = &m, .fd = open(path, O_RDONLY) };
	role_judge.message(&set.ctx, ROLE_WARDEN, &msg);
}

static void
say_mode_panic(enum mode mode, bool panic, uint32_t release)
{
	struct msg_mode m = { .no = ++t.mode_no, .set = { .mode = (uint8_t)mode, .panic = panic },
		.may = mode == MODE_ENFORCE && !panic, .ceiling = MODE_ENFORCE, .release = release };
	struct chan_msg msg = { .type = M_MODE, .body = &m, .fd = -1 };
	role_judge.message(&set.ctx, ROLE_WARDEN, &msg);
	struct msg_hand_state h = { .mode_no = (uint32_t)t.mode_no, .compared = 1 };
	if (t.hand)
		chan_send(t.hand, M_HAND_STATE, &h, NULL, 0, -1);
}

static void
say_mode(enum mode mode)
{
	say_mode_panic(mode, false, 0);
}

static void
word(enum mode mode)
{
	say_file(CONSCIENCE_FILE, "mode enforce\n");
	say_file(CONSCIENCE_PROTECT, "");
	say_mode(mode);
}

static struct orders_totals
totals(void)
{
	struct orders_totals o;
	orders_totals(edge(), &o);
	return o;
}

/* A case proven at 192.0.2.last; its number. */
static uint64_t
prove(uint8_t last)
{
	t.looks = 0;
	assert_int_equal(ask(last, last, last, "{a}"), ANSWER_ACCEPTED);
	uint64_t no = t.answer[0].case_no;
	size_t i = 0;
	UNTIL(t.looks > 0 && t.look[t.looks - 1].target.b[3] == last);
	i = t.looks - 1;
	see_token(last);
	answer_look(&t.look[i], VERDICT_OPEN, last);
	UNTIL(case_no(no).verified_times == 1);
	return no;
}

static void
hand_says(uint64_t order, enum done done, uint32_t rule)
{
	struct msg_order_done m = { .order = order, .done = done, .rule = rule };
	assert_int_equal(chan_send(t.hand, M_ORDER_DONE, &m, NULL, 0, -1), 0);
}

static enum carry
carry(uint64_t no)
{
	struct carry_state c;
	orders_state(edge(), no, &c);
	return c.state;
}

static void
desk(enum desk_verb verb, uint64_t target, uint8_t rungs)
{
	struct fact f = { .kind = FACT_DESK, .desk = { .verb = (uint8_t)verb, .target = target,
		.rungs = rungs, .uid = 1001, .text = "a test" } };
	assert_int_equal(edge_submit(edge(), &f), 0);
}

#define ACTS "hand {\n actuator = \"dry\"\n}\n"

static int
set_up_acting(void **state)
{
	int r = set_up(state);
	if (r == 0) {
		die();
		live(ACTS);
	}
	return r;
}

static void
test_orders(void **state)
{
	(void)state;
	hand_comes();
	UNTIL(t.orders == 2); /* the list of none */
	assert_int_equal(t.end[0], 0);
	assert_int_equal(t.end[1], 1);
	uint64_t no = prove(1), order = case_no(no).order[RUNG_FILTER];
	assert_true(order > 0);
	word(MODE_OBSERVE);
	turn(20);
	assert_int_equal(t.orders, 2); /* nothing at all in observe */
	say_mode(MODE_ENFORCE);
	assert_int_equal(count_facts(FACT_MODE), 1);
	UNTIL(t.orders == 5);
	assert_int_equal(t.order[3].order.no, order);
	assert_false(t.order[3].drop);
	assert_true(t.order[3].left > 0 && t.order[3].left <= t.order[3].order.expiry - t.order[3].order.at);
	assert_int_equal(t.order[3].order.rung, RUNG_FILTER); /* others are not for the hand */
	assert_int_equal(carry(order), CARRY_SENT);
	hand_says(order, DONE_IN, 0);
	UNTIL(carry(order) == CARRY_IN);
	/* Hits. */
	struct msg_hits hits = { .n = 1, .hit[0] = { order, 5, 300 } };
	chan_send(t.hand, M_HITS, &hits, NULL, 0, -1);
	struct carry_state c = { 0 };
	UNTIL((orders_state(edge(), order, &c), c.counted));
	assert_int_equal(c.packets, 5);
	/* A new one goes at once, and is measured. */
	uint64_t second = case_no(prove(2)).order[RUNG_FILTER];
	UNTIL(t.orders == 6);
	assert_int_equal(t.order[5].order.no, second);
	hand_says(second, DONE_IN, 0);
	UNTIL(totals().measured == 1);
	/* Withdrawn, allowed again. */
	desk(DESK_UNDO, order, 1u << RUNG_FILTER);
	UNTIL(t.orders == 7);
	assert_true(t.order[6].drop && t.order[6].order.no == order);
	assert_int_equal(carry(order), CARRY_NONE);
	hand_says(order, DONE_GONE, 0);
	desk(DESK_ALLOW, no, 1u << RUNG_FILTER);
	UNTIL(case_no(no).order[RUNG_FILTER] > second);
	UNTIL(t.orders == 8);
	assert_int_equal(t.order[7].order.no, case_no(no).order[RUNG_FILTER]);
	/* Panic: all are withdrawn in the judge, too; afterwards the list is given anew. */
	say_mode_panic(MODE_ENFORCE, true, 0);
	UNTIL(totals().by[CARRY_IN] + totals().by[CARRY_SENT] <= 2 && t.orders >= 10);
	assert_true(t.order[8].drop && t.order[9].drop);
	size_t at = t.orders;
	say_mode(MODE_ENFORCE);
	UNTIL(t.orders == at + 4);
	assert_int_equal(t.order[at].order.no, 0);
	assert_false(t.order[at + 1].drop || t.order[at + 2].drop);
	/* Hand dies: the list again, to the next. A new life of ours: likewise. */
	leave(ROLE_HAND, &t.hand);
	at = t.orders;
	hand_comes();
	UNTIL(t.orders == at + 4);
	die();
	live(ACTS);
	word(MODE_ENFORCE);
	assert_int_equal(count_facts(FACT_MODE), 3);
	hand_comes();
	UNTIL(t.orders == 4);
	check_replay();
}

/* What hand says in malice changes nothing but counters. */
static void
test_captured_hand(void **state)
{
	(void)state;
	hand_comes();
	word(MODE_ENFORCE);
	uint64_t order = case_no(prove(1)).order[RUNG_FILTER];
	UNTIL(t.orders >= 1 && t.order[t.orders - 1].order.no == order);
	hand_says(order, DONE_IN, 0);
	UNTIL(carry(order) == CARRY_IN);
	size_t at = t.orders;
	uint64_t facts = count_facts(FACT_DESK) + count_facts(FACT_TICK);
	struct msg_hits hits = { .n = 4000000000u };
	hand_says(order, 99, 0);
	hand_says(order, DONE_REFUSED, 77);
	hand_says(order, DONE_REFUSED, RULE_NONE);
	chan_send(t.hand, M_HITS, &hits, NULL, 0, -1);
	hits = (struct msg_hits){ .n = 2, .hit = { { UINT64_MAX, 1, 1 }, { 0, 1, 1 } } };
	chan_send(t.hand, M_HITS, &hits, NULL, 0, -1);
	hand_says(UINT64_MAX, DONE_IN, 0);
	hand_says(0, DONE_FAILED, 0);
	UNTIL(totals().broken == 4 && totals().stray == 2);
	assert_int_equal(carry(order), CARRY_IN);
	/* Strange: of unknown numbers it hears to drop them; of ours, that it is to be there. */
	struct msg_strange strange = { .order = 4711 };
	chan_send(t.hand, M_STRANGE, &strange, NULL, 0, -1);
	UNTIL(t.orders == at + 1);
	assert_true(t.order[at].drop && t.order[at].order.no == 4711);
	hand_says(4711, DONE_GONE, 0);
	strange.order = order;
	chan_send(t.hand, M_STRANGE, &strange, NULL, 0, -1);
	UNTIL(t.orders == at + 2);
	assert_true(!t.order[at + 1].drop && t.order[at + 1].order.no == order);
	struct msg_hand_state h;
	memset(&h, 0xff, sizeof(h));
	chan_send(t.hand, M_HAND_STATE, &h, NULL, 0, -1);
	turn(20);
	assert_int_equal(count_facts(FACT_DESK) + count_facts(FACT_TICK), facts);
	/* Refused: shown with its rule; asked again when the word changes. */
	hand_says(order, DONE_REFUSED, RULE_NEVER);
	UNTIL(carry(order) == CARRY_REFUSED);
	assert_int_equal(totals().refused_by[RULE_NEVER], 1);
	say_mode(MODE_ENFORCE);
	UNTIL(carry(order) == CARRY_SENT);
	hand_says(order, DONE_REFUSED, RULE_HOUR);
	UNTIL(carry(order) == CARRY_WAITING);
	assert_int_equal(totals().waiting_by[RULE_HOUR], 1);
	hand_says(order, DONE_HELD, 0);
	hand_says(order, DONE_IN, 0);
	UNTIL(carry(order) == CARRY_IN);
}

static void
test_protect(void **state)
{
	(void)state;
	hand_comes();
	word(MODE_ENFORCE);
	uint64_t no = prove(1), order = case_no(no).order[RUNG_FILTER];
	UNTIL(t.orders && t.order[t.orders - 1].order.no == order);
	size_t at = t.orders;
	say_file(CONSCIENCE_FILE, "mode enforce\nnever 198.51.100.0/24\n");
	say_file(CONSCIENCE_PROTECT, "never 192.0.2.0/28\n");
	assert_int_equal(count_facts(FACT_PROTECT), 2);
	UNTIL(t.orders == at + 1);
	assert_true(t.order[at].drop && t.order[at].order.no == order);
	assert_int_equal(case_no(no).order[RUNG_FILTER], 0);
	say_file(CONSCIENCE_FILE, "mode enforce\nnever 198.51.100.0/24\n");
	say_file(CONSCIENCE_PROTECT, "");
	assert_int_equal(count_facts(FACT_PROTECT), 3);
	die();
	live(ACTS);
	word(MODE_ENFORCE); /* one is said no more */
	assert_int_equal(count_facts(FACT_PROTECT), 4);
	check_replay();
}

static void
test_clock(void **state)
{
	(void)state;
#ifndef LYMPH_TESTHOOKS
	skip();
#else
	hand_comes();
	word(MODE_ENFORCE);
	uint64_t first = case_no(prove(1)).order[RUNG_FILTER];
	UNTIL(t.orders && t.order[t.orders - 1].order.no == first);
	size_t at = t.orders;
	clock_jump(10 * MSEC_MINUTE);
	uint64_t second = case_no(prove(2)).order[RUNG_FILTER];
	UNTIL(carry(second) == CARRY_WAITING);
	assert_int_equal(totals().waiting_by[RULE_CLOCK], 1);
	desk(DESK_UNDO, first, 1u << RUNG_FILTER); /* withdrawing goes on */
	UNTIL(t.orders == at + 1);
	assert_true(t.order[at].drop);
	say_mode_panic(MODE_ENFORCE, false, 1); /* a person looked */
	UNTIL(t.orders == at + 2);
	assert_int_equal(t.order[at + 1].order.no, second);
	clock_jump(-10 * MSEC_MINUTE);
	assert_false(word_paused(edge()));
#endif
}

static void
hook_says(uint64_t no)
{
	struct msg_hook_done m = { .no = no };
	assert_int_equal(chan_send(t.hook, M_HOOK_DONE, &m, NULL, 0, -1), 0);
}

static uint64_t
outbox(void)
{
	uint64_t n, failed;
	hooked_totals(edge(), &n, &failed);
	return n;
}

static void
hook_comes(void)
{
	t.hook = connect_role(ROLE_HOOK, from_judge);
	chan_grant(t.hook, 64, 1 << 20);
}

static void
test_hook(void **state)
{
	(void)state;
	die();
	live(ACTS "hook = \"/etc/lymph/hook\"\n");
	word(MODE_OBSERVE);
	hook_comes();
	uint64_t no = prove(1);
	turn(20);
	assert_int_equal(outbox(), 0);
	assert_int_equal(t.tolds, 0);
	say_mode(MODE_ENFORCE);
	UNTIL(t.tolds >= 2); /* notify and filter, at least */
	uint64_t last = t.told[t.tolds - 1].no, first = t.told[0].no;
	assert_non_null(strstr(t.text, "\"action\":\"put\""));
	assert_non_null(strstr(t.text, "192.0.2.1/32"));
	size_t n = t.tolds;
	/* Answers out of order, of what was not told: nothing. */
	uint64_t broken = edge()->broken;
	hook_says(last + 10);
	hook_says(0);
	UNTIL(edge()->broken == broken + 2);
	hook_says(first);
	UNTIL(outbox() == n - 1);
	/* Dies: what is not answered comes again, in this life and the next. */
	leave(ROLE_HOOK, &t.hook);
	t.tolds = 0;
	hook_comes();
	UNTIL(t.tolds == n - 1);
	assert_int_equal(t.told[0].no, first + 1);
	die();
	live(ACTS "hook = \"/etc/lymph/hook\"\n");
	word(MODE_ENFORCE);
	hook_comes();
	UNTIL(t.tolds >= n - 1);
	assert_int_equal(t.told[t.tolds - 1].no, last);
	for (size_t i = 0; i < t.tolds; i++)
		hook_says(t.told[i].no);
	UNTIL(outbox() == 0);
	t.tolds = 0;
	desk(DESK_UNDO, case_no(no).order[RUNG_FILTER], 1u << RUNG_FILTER);
	UNTIL(t.tolds == 1);
	assert_int_equal(t.told[0].action, HOOK_DROP);
	assert_true(t.told[0].no > last);
	/* Out of enforce: nothing is left to tell. */
	say_mode(MODE_OBSERVE);
	assert_int_equal(outbox(), 0);
}

static void
warden_comes(uint64_t seq)
{
	if (!t.warden)
		t.warden = connect_role(ROLE_WARDEN, from_judge);
	struct msg_audited m = { .seq = seq, .n = seq != 0 };
	chan_send(t.warden, M_AUDITED, &m, NULL, 0, -1);
}

/* What staff did reaches the audit, whatever dies in between. */
static void
test_audit(void **state)
{
	(void)state;
	uint64_t no = prove(1), seq[2];
	struct fact f = { .kind = FACT_DESK, .desk = { .verb = DESK_NOTE, .target = no, .uid = 1001,
		.text = "hello" } };
	assert_int_equal(edge_submit(edge(), &f), 0);
	seq[0] = f.seq;
	word_audit(edge(), 4); /* the warden has not spoken: later */
	warden_comes(0);
	UNTIL(t.audits == 1);
	assert_int_equal(t.audit[0].seq, seq[0]);
	assert_int_equal(t.audit[0].uid, 1001);
	assert_string_equal(t.audit[0].verb, "note");
	assert_non_null(strstr(t.said, "hello"));
	struct fact r = { .kind = FACT_REPORTER, .reporter = { .name = "partner", .uid = 1002 } };
	memset(r.reporter.key.b, 1, KEY_BYTES);
	assert_int_equal(edge_submit(edge(), &r), 0);
	/* A batch is one entry. */
	uint64_t batch = 0;
	assert_int_equal(edge_begin(edge()), 0);
	for (int i = 0; i < 3; i++) {
		f.desk.batch = batch;
		assert_int_equal(edge_fact(edge(), &f, NULL, NULL, &seq[1]), 0);
		batch = batch ? batch : seq[1];
		f.desk.batch = batch;
	}
	assert_int_equal(edge_commit(edge()), 0);
	word_audit(edge(), 4);
	UNTIL(t.audits >= 3);
	assert_string_equal(t.audit[1].verb, "reporter-set");
	assert_int_equal(t.audit[t.audits - 1].seq, seq[1]);
	assert_int_equal(t.audit[t.audits - 1].roles, 4);
	/* The warden knows only of the first: the rest again. */
	size_t n = t.audits;
	die();
	live("");
	warden_comes(seq[0]);
	UNTIL(t.audits == n - 1);
	assert_int_equal(t.audit[t.audits - 1].seq, seq[1]);
}

/* What the judge says to whoever holds that token for that id: "" that there is no such thing. */
static const char *
told(uint32_t id, const uint8_t token[TOKEN_BYTES])
{
	static uint64_t ticket = 1000;
	struct msg_outcome_get m = { .ticket = ++ticket };
	memcpy(m.id, &id, sizeof(id));
	memcpy(m.token, token, TOKEN_BYTES);
	assert_int_equal(chan_send(t.hear, M_OUTCOME_GET, &m, NULL, 0, -1), 0);
	UNTIL(t.outcome_for == ticket);
	return t.outcome;
}

static void
test_outcome(void **state)
{
	(void)state;
	uint8_t one[TOKEN_BYTES], two[TOKEN_BYTES], wrong[TOKEN_BYTES], blob[SSHSIG_MAX];
	struct key key;
	const char *rule;
	size_t n;
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_ACCEPTED);
	memcpy(one, t.answer[0].token, sizeof(one));
	assert_int_equal(ask(2, 7, 1, "{a}"), ANSWER_ACCEPTED);
	memcpy(two, t.answer[0].token, sizeof(two));
	assert_memory_not_equal(one + 8, two + 8, 16);
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_SAME);
	assert_memory_equal(one, t.answer[0].token, sizeof(one));
	assert_int_equal(ask(1, 7, 1, "{b}"), ANSWER_CONFLICT);
	for (size_t i = 0; i < sizeof(one); i++)
		assert_int_equal(t.answer[0].token[i], 0);

	assert_non_null(strstr(told(7, one), "\"outcome\":\"received\""));
	n = strlen(t.outcome);
	assert_int_equal(sshsig_dearmor(t.outcome + n + 1, strlen(t.outcome + n + 1), blob, sizeof(blob), &n), 0);
	assert_int_equal(sshsig_verify(blob, n, t.outcome, strlen(t.outcome), "lymph-outcome", &key, &rule), 0);
	assert_int_equal(key_cmp(&key, &t.server), 0);
	/* Whatever is not both is nothing. */
	assert_string_equal(told(8, one), "");
	for (size_t i = 0; i < sizeof(one); i++) {
		memcpy(wrong, one, sizeof(wrong));
		wrong[i] ^= 1;
		assert_string_equal(told(7, wrong), "");
	}
	memset(wrong, 0xff, sizeof(wrong));
	assert_string_equal(told(7, wrong), "");
	memset(wrong, 0, sizeof(wrong));
	assert_string_equal(told(7, wrong), "");
	die();
	live(""); /* with the key it made before */
	assert_non_null(strstr(told(7, two), "received"));
	assert_int_equal(key_cmp(&key, &t.server), 0);
}

static void
say_wish(uint8_t who, uint32_t id, uint8_t last, const char *to)
{
	struct msg_report m = report(who, id, last, "{w}");
	t.answers = 0;
	snprintf(m.reply_to, sizeof(m.reply_to), "%s", to);
	snprintf(m.reply_mail, sizeof(m.reply_mail), "<%u@shop.example>", id);
	send_report(&m, "{w}");
	UNTIL(t.answers == 1);
	assert_int_equal(t.answer[0].answer, ANSWER_ACCEPTED);
}

/* Who is trusted is written to when the word changes; a stranger's wish is none; who is forgotten is not
 * written to. */
static void
test_wishes(void **state)
{
	(void)state;
	struct speak_head laid;
	struct speak_body body;
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .pinned = true, .pin = Q32(9, 10) } };
	memset(f.reporter.key.b, 1, KEY_BYTES);
	assert_int_equal(edge_submit(edge(), &f), 0);
	say_wish(1, 1, 1, "abuse@shop.example");
	uint64_t first = t.answer[0].seq, no = t.answer[0].case_no;
	say_wish(1, 2, 2, "abuse@shop.example");
	uint64_t second = t.answer[0].seq, other = t.answer[0].case_no;
	say_wish(2, 3, 1, "victim@elsewhere.example"); /* unproven */
	say_wish(0, 4, 1, "victim@elsewhere.example"); /* unsigned */
	assert_int_equal(reply_totals(edge()).wishes, 2);
	struct msg_report bad = report(1, 5, 1, "{w}");
	snprintf(bad.reply_to, sizeof(bad.reply_to), "a@b.example\nBcc: c@d.example");
	uint64_t broken = edge()->broken;
	send_report(&bad, "{w}");
	UNTIL(edge()->broken == broken + 1);
	die();
	live("");
	assert_int_equal(reply_totals(edge()).wishes, 2); /* still known */
	f = (struct fact){ .kind = FACT_DESK, .desk = { .verb = DESK_CLOSE, .as = CLOSE_FIXED, .target = no } };
	assert_int_equal(edge_submit(edge(), &f), 0);
	UNTIL(speak_totals(edge()).waiting == 1);
	assert_int_equal(reply_totals(edge()).wishes, 1);
	assert_int_equal(speak_head(edge(), speak_next(edge(), 0), &laid), 0);
	assert_string_equal(laid.to, "abuse@shop.example");
	assert_string_equal(laid.in_reply_to, "<1@shop.example>");
	assert_int_equal(laid.kind, SPEAK_OUTCOME);
	assert_int_equal(speak_body(edge(), laid.no, &body), 0);
	assert_non_null(memmem(body.attached, body.attached_n, "\"outcome\":\"fixed\"", 17));
	assert_non_null(strstr(body.text, "It was so, and is not any more."));
	free(body.bytes);
	/* Both are shredded: nothing is left to be sent. */
	assert_int_equal(edge_begin(edge()), 0);
	reply_forget(edge(), first);
	reply_forget(edge(), second);
	assert_int_equal(edge_commit(edge()), 0);
	f.desk.target = other;
	assert_int_equal(edge_submit(edge(), &f), 0);
	UNTIL(speak_totals(edge()).waiting == 0);
	assert_int_equal(reply_totals(edge()).wishes, 0);
	check_replay();
}

static void
test_unsigned_share(void **state)
{
	(void)state;
	char text[230];
	uint32_t id = 100;
	die();
	live("intake {\n disk = 16777216\n}"); /* a tenth: 1,677,721 bytes */
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	struct report big = { .cls = CLASS_NONE };
	room_taken(edge(), &big, 1677721 - 512 - 3 * (229 + 512)); /* room for three of them */
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask(0, id++, 1, text), ANSWER_ACCEPTED);
	assert_int_equal(ask(0, id++, 1, text), ANSWER_FULL);
	assert_int_equal(ask(0, id - 2, 1, text), ANSWER_SAME);
	assert_int_equal(ask(1, id++, 1, text), ANSWER_ACCEPTED); /* signed: not theirs */
	UNTIL(t.unsigned_left < 229);
	die();
	live("intake {\n disk = 16777216\n}");
	assert_int_equal(ask(0, id++, 1, text), ANSWER_FULL);
	uint64_t seq = 0;
	assert_int_equal(ask(0, 100, 1, text), ANSWER_SAME);
	seq = t.answer[0].seq;
	/* One is forgotten: there is room for one. */
	assert_int_equal(edge_begin(edge()), 0);
	room_forget(edge(), seq);
	assert_int_equal(edge_commit(edge()), 0);
	assert_int_equal(ask(0, id++, 1, text), ANSWER_ACCEPTED);
	assert_int_equal(ask(0, id++, 1, text), ANSWER_FULL);
	check_replay();
}

/* --- those who hear beside hear-reports ----------------------------------------------------------- */

static uint8_t vouch[VOUCH_BYTES]; /* of what ask_as and ask_mail say */

static enum answer
ask_as(struct chan *c, const char *identity, const char *key_of, uint32_t id, const char *text)
{
	struct msg_report m = report(0, id, 1, text);
	struct identity i = { 0 };
	m.sig_len = 0;
	snprintf(m.identity, sizeof(m.identity), "%s", identity);
	memcpy(m.vouch, vouch, sizeof(m.vouch));
	snprintf(i.name, sizeof(i.name), "%s", key_of);
	if (*key_of)
		m.report.key = identity_key(&i);
	t.answers = 0;
	uint64_t broken = edge()->broken;
	assert_int_equal(chan_send(c, M_REPORT, &m, text, strlen(text), -1), 0);
	UNTIL(t.answers == 1 || edge()->broken > broken);
	return t.answers ? (enum answer)t.answer[0].answer : ANSWER_N;
}

static struct chan *
connect_hear(enum role_id id)
{
	struct chan *c = connect_role(id, from_judge);
	UNTIL(chan_may_send(c, CHAN_MAX - 64));
	return c;
}

/* Each may speak for its own sources only, and a source is introduced once. */
static void
test_sources(void **state)
{
	(void)state;
	die();
	live("intake {\n tokens = { \"acme:00000000000000000000000000000000"
	     "00000000000000000000000000000000\" }\n}");
	struct chan *mail = connect_hear(ROLE_HEAR_MAIL), *log = connect_hear(ROLE_HEAR_LOG);
	struct view_reporter v;
	struct identity i;
	assert_int_equal(ask_as(mail, "dkim:example.org", "dkim:example.org", 1, "{1}"), ANSWER_ACCEPTED);
	assert_int_equal(count_facts(FACT_REPORTER), 1);
	assert_int_equal(ask_as(mail, "dkim:example.org", "dkim:example.org", 2, "{2}"), ANSWER_ACCEPTED);
	assert_int_equal(count_facts(FACT_REPORTER), 1);
	assert_true(view_reporter_named(edge()->judge, "dkim:example.org", clock_real(), &v));
	assert_true(identity_make(IDENTITY_DKIM, "example.org", &i));
	struct key key = identity_key(&i);
	assert_int_equal(key_cmp(&v.key, &key), 0);
	assert_int_equal(v.standing, STANDING_KEY);
	assert_int_equal(ask_as(mail, "token:acme", "token:acme", 3, "{3}"), ANSWER_ACCEPTED);
	assert_true(view_reporter_named(edge()->judge, "token:acme", clock_real(), &v));
	assert_int_equal(v.standing, STANDING_ORG);
	assert_int_equal(ask_as(mail, "token:other", "token:other", 12, "{12}"), ANSWER_N); /* gave nobody that */
	assert_int_equal(ask_as(log, "log:nowhere", "log:nowhere", 13, "{13}"), ANSWER_N);
	/* A secret in a mail's address is not for who hears POSTs; an OpenPGP key must be enrolled; and what it
	 * calls a feed weighs no more than any unproven key. */
	assert_int_equal(ask_as(t.hear, "token:acme", "token:acme", 14, "{14}"), ANSWER_N);
#define STRANGER "pgp:0123456789ABCDEF0123456789ABCDEF01234567"
	assert_int_equal(ask_as(mail, STRANGER, STRANGER, 15, "{15}"), ANSWER_N);
	assert_int_equal(ask_as(t.hear, STRANGER, STRANGER, 16, "{16}"), ANSWER_N);
	/* Another's key, another's kind, no name at all, a key without a name. */
	assert_int_equal(ask_as(mail, "dkim:a.org", "dkim:b.org", 4, "{4}"), ANSWER_N);
	assert_int_equal(ask_as(log, "dkim:a.org", "dkim:a.org", 5, "{5}"), ANSWER_N);
	assert_int_equal(ask_as(t.hear, "dkim:a.org", "dkim:a.org", 6, "{6}"), ANSWER_N);
	assert_int_equal(ask_as(mail, "log:x", "log:x", 7, "{7}"), ANSWER_N);
	assert_int_equal(ask_as(mail, "DKIM:a.org", "DKIM:a.org", 8, "{8}"), ANSWER_N);
	assert_int_equal(ask_as(mail, "", "dkim:a.org", 9, "{9}"), ANSWER_N);
	assert_int_equal(ask_as(mail, "", "", 10, "{10}"), ANSWER_ACCEPTED);
	assert_int_equal(count_facts(FACT_REPORTER), 2);
	assert_int_equal(ask_as(mail, "feed:shadowserver", "feed:shadowserver", 17, "{17}"), ANSWER_ACCEPTED);
	assert_true(view_reporter_named(edge()->judge, "feed:shadowserver", clock_real(), &v));
	assert_int_equal(v.standing, STANDING_KEY);
	assert_int_equal(count_facts(FACT_REPORTER), 3);
	/* An id somebody else uses, unsigned, blocks nobody. */
	assert_int_equal(ask_as(mail, "", "", 11, "{mine}"), ANSWER_ACCEPTED);
	assert_int_equal(ask_as(mail, "", "", 11, "{yours}"), ANSWER_ACCEPTED);
	assert_int_equal(ask_as(mail, "", "", 11, "{yours}"), ANSWER_SAME);
	assert_int_equal(ask_as(mail, "", "", 11, "{mine}"), ANSWER_SAME);
	chan_free(mail);
	chan_free(log);
	check_replay();
}

/* Who has many names gets a name for as many as there is room for, whatever kind they are of. */
static void
test_names(void **state)
{
	(void)state;
	die();
	live("");
	struct chan *mail = connect_hear(ROLE_HEAR_MAIL);
	uint64_t unnamed = edge()->unnamed;
	for (uint32_t i = 0; i < 4100; i++) {
		if (i % 50 == 0)
			t.answers = 0;
		struct msg_report m = report(0, i + 1, 1, "{1}");
		struct identity id = { 0 };
		snprintf(id.name, sizeof(id.name), "%s:n%u", i % 2 ? "feed" : "dkim", i);
		if (!(i % 2))
			strcat(id.name, ".org");
		m.sig_len = 0;
		memcpy(m.identity, id.name, sizeof(m.identity));
		m.report.key = identity_key(&id);
		UNTIL(chan_may_send(mail, sizeof(m) + 3));
		assert_int_equal(chan_send(mail, M_REPORT, &m, "{1}", 3, -1), 0);
		if (i % 50 == 49)
			UNTIL(t.answers == 50);
	}
	assert_int_equal(edge()->unnamed - unnamed, 4);
	assert_int_equal(count_facts(FACT_REPORTER), 4096);
	chan_free(mail);
}

#define SIGNER "pgp:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA00000001"

static void
vouched(enum role_id role, const char *text, msec ago)
{
	uint8_t hash[32];
	crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
	vouch_make(outcomes_vouch(edge()), role, SIGNER, *text ? hash : NULL, clock_real() - ago, vouch);
}

static enum answer ask_mail(struct chan *c, enum tray tray, const char *identity, const char *text, size_t n);

static void
enrol(const char *name)
{
	struct msg_verified a = { .result = VERIFIED_GOOD, .ids = 1, .id = { { 1 } } };
	struct reporter_set s = { .standing = STANDING_ORG, .uid = UID_LYMPH, .name = "signer" };
	memcpy(a.fingerprint, strchr(name, ':') + 1, strlen(strchr(name, ':') + 1));
	assert_int_equal(keys_enrol(edge(), &a, "key", 3, &s), 0);
}

/* Whose OpenPGP signature it was, only verify may say: a captured role that hears has no word of it, or an
 * old one, or another's. */
static void
test_vouched(void **state)
{
	(void)state;
	die();
	live("");
	struct chan *mail = connect_hear(ROLE_HEAR_MAIL);
	/* Nobody enrolled, or no longer, whatever verify says. */
	vouched(ROLE_HEAR_MAIL, "", 0);
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	assert_int_equal(count_facts(FACT_REPORTER), 0);
	enrol(SIGNER);
	memset(vouch, 0, sizeof(vouch));
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	assert_int_equal(ask_as(t.hear, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	assert_int_equal(ask_mail(mail, TRAY_CASE, SIGNER, "one", 3), ANSWER_N);
	vouched(ROLE_HEAR_MAIL, "", 2 * MSEC_HOUR);
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	vouched(ROLE_HEAR_MAIL, "", -MSEC_HOUR);
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	vouched(ROLE_HEAR_MAIL, "", 0);
	vouch[20] ^= 1;
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	vouch[20] ^= 1;
	assert_int_equal(ask_as(t.hear, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 1, "{1}"), ANSWER_ACCEPTED);
	assert_int_equal(count_facts(FACT_REPORTER), 1);
	assert_int_equal(ask_mail(mail, TRAY_CASE, SIGNER, "one", 3), ANSWER_ACCEPTED);
	/* What came by HTTP is bound to its bytes. */
	vouched(ROLE_HEAR_REPORTS, "{2}", 0);
	assert_int_equal(ask_as(t.hear, SIGNER, SIGNER, 2, "{3}"), ANSWER_N);
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 2, "{2}"), ANSWER_N);
	assert_int_equal(ask_as(t.hear, SIGNER, SIGNER, 2, "{2}"), ANSWER_ACCEPTED);
	chan_free(mail);
	check_replay();
}

static void
mark(struct chan *c, const char *name, uint64_t offset, uint64_t to, bool asks)
{
	struct msg_log_mark m = { .mark = { .dev = 1, .ino = 2, .offset = offset, .at = 5 }, .to = to, .arrived = 7,
		.lines = offset, .ask = asks };
	size_t before = t.marks;
	uint64_t broken = edge()->broken;
	snprintf(m.name, sizeof(m.name), "%s", name);
	assert_int_equal(chan_send(c, M_LOG_MARK, &m, NULL, 0, -1), 0);
	UNTIL(t.marks > before || edge()->broken > broken);
	if (edge()->broken > broken)
		t.marked.to = UINT64_MAX;
}

/* How far a log was read is kept, of configured logs only, and outlives the judge; their standing is the
 * configuration's, and nobody's whom it does not know. */
static void
test_logs(void **state)
{
	(void)state;
	struct view_reporter v;
	struct msg_log_state said = { .n = 2, .row = { { .name = "evil\x1b[2J", .lines = 3 }, { .lines = 4 } } };
	const struct log_state_row *rows;
	bool heard;
	die();
	live("log \"eve\" {\n file = \"/x/eve\"\n}\nlog \"net\" {\n listen = \"udp:127.0.0.1:1\"\n rank = organisation\n}");
	struct chan *log = connect_hear(ROLE_HEAR_LOG);
	mark(log, "eve", 0, 0, true);
	assert_int_equal(t.marked.ask, 1);
	assert_int_equal(t.marked.mark.offset, 0);
	mark(log, "eve", 100, 200, false);
	assert_int_equal(t.marked.err, 0);
	assert_int_equal(t.marked.to, 200);
	/* Said as fast as can be: they share commits, and the credit comes back. */
	size_t marks = t.marks;
	for (uint64_t i = 0; i < 500; i++) {
		struct msg_log_mark m = { .name = "eve", .mark = { .dev = 1, .ino = 2, .offset = 100, .at = 5 },
			.to = 201 + i, .arrived = 7 };
		UNTIL(chan_may_send(log, sizeof(m)));
		assert_int_equal(chan_send(log, M_LOG_MARK, &m, NULL, 0, -1), 0);
	}
	UNTIL(t.marked.to == 700);
	assert_in_range(t.marks - marks, 1, 250);
	mark(log, "eve", 0, 0, true);
	assert_int_equal(t.marked.to, 700);
	mark(log, "eve", 100, 200, false);
	mark(log, "nobody", 100, 200, false); /* none of ours */
	assert_int_equal(t.marked.to, UINT64_MAX);
	mark(log, "eve", 300, 200, false); /* ends before it begins */
	assert_int_equal(t.marked.to, UINT64_MAX);
	assert_int_equal(chan_send(log, M_LOG_STATE, &said, NULL, 0, -1), 0);
	UNTIL(logs_all(edge(), &rows, &heard) == 2);
	assert_true(heard);
	assert_string_equal(rows[0].name, "eve");
	assert_int_equal(rows[1].lines, 4);
	assert_int_equal(ask_as(log, "log:eve", "log:eve", 1, "{1}"), ANSWER_ACCEPTED);
	assert_int_equal(ask_as(log, "log:net", "log:net", 2, "{2}"), ANSWER_ACCEPTED);
	assert_int_equal(ask_as(log, "log:other", "log:other", 3, "{3}"), ANSWER_N); /* none of ours */
	assert_true(view_reporter_named(edge()->judge, "log:eve", clock_real(), &v));
	assert_int_equal(v.standing, STANDING_OWN);
	assert_true(view_reporter_named(edge()->judge, "log:net", clock_real(), &v));
	assert_int_equal(v.standing, STANDING_ORG);
	assert_false(view_reporter_named(edge()->judge, "log:other", clock_real(), &v));
	chan_free(log);
	die();
	live("log \"eve\" {\n file = \"/x/eve\"\n}");
	log = connect_hear(ROLE_HEAR_LOG);
	mark(log, "eve", 0, 0, true);
	assert_int_equal(t.marked.mark.offset, 100);
	assert_int_equal(t.marked.mark.ino, 2);
	assert_int_equal(t.marked.to, 200);
	assert_int_equal(t.marked.arrived, 7);
	chan_free(log);
	check_replay();
}

static bool other_digest; /* of what ask_mail says it hands in */

static enum answer
ask_mail(struct chan *c, enum tray tray, const char *identity, const char *text, size_t n)
{
	struct msg_mail m = { .ticket = 77, .tray = tray, .size = (uint32_t)n, .arrived = clock_real() };
	int fd = -1;
	crypto_hash_sha256(m.digest, (const uint8_t *)text, n);
	m.digest[31] ^= other_digest;
	memcpy(m.vouch, vouch, sizeof(m.vouch));
	snprintf(m.identity, sizeof(m.identity), "%s", identity);
	snprintf(m.subject, sizeof(m.subject), "a subject");
	snprintf(m.rule, sizeof(m.rule), "a rule");
	t.mailed.answer = ANSWER_N;
	uint64_t broken = edge()->broken;
	if (n > 60000)
		assert_int_equal(seal_make("mail", text, n, &fd), 0);
	assert_int_equal(chan_send(c, M_MAIL, &m, fd < 0 ? text : NULL, fd < 0 ? n : 0, fd), 0);
	if (fd >= 0)
		close(fd);
	UNTIL(t.mailed.answer != ANSWER_N || edge()->broken > broken);
	return (enum answer)t.mailed.answer;
}

/* One tray each, once; what nobody vouches for has its tenth, and gives way where nobody has to look. */
static void
test_mails(void **state)
{
	(void)state;
	static char big[900000], back[sizeof(big)];
	struct mail_head h;
	size_t n, size;
	die();
	live("intake {\n disk = 16777216\n}"); /* a tenth: 1,677,721 bytes */
	struct chan *mail = connect_hear(ROLE_HEAR_MAIL);
	assert_int_equal(ask_mail(mail, TRAY_POLICE, "", "one", 3), ANSWER_ACCEPTED);
	assert_int_equal(t.mailed.no, 1);
	assert_int_equal(ask_mail(mail, TRAY_SECURITY, "", "one", 3), ANSWER_SAME);
	assert_int_equal(t.mailed.no, 1);
	assert_int_equal(ask_mail(mail, TRAY_N, "", "two", 3), ANSWER_N);          /* no tray */
	assert_int_equal(ask_mail(mail, TRAY_CASE, "dkim:x y", "two", 3), ANSWER_N); /* no source */
	memset(big, 'x', sizeof(big));
	other_digest = true;
	assert_int_equal(ask_mail(mail, TRAY_BOUNCE, "", "two", 3), ANSWER_N);
	assert_int_equal(ask_mail(mail, TRAY_BOUNCE, "", big, sizeof(big)), ANSWER_N); /* and nothing of it stays */
	other_digest = false;
	assert_int_equal(ask_mail(mail, TRAY_BOUNCE, "", big, sizeof(big)), ANSWER_ACCEPTED);
	big[0] = 'y';
	assert_int_equal(ask_mail(mail, TRAY_SECURITY, "", big, sizeof(big)), ANSWER_ACCEPTED); /* the bounce went */
	assert_int_equal(mails_counted(edge())->stripped, 1);
	assert_int_equal(mails_body(edge(), 2, 0, back, sizeof(back), &n, &size), -ENOENT);
	assert_int_equal(mails_head(edge(), 2, &h), 0); /* and is known */
	big[0] = 'z';
	assert_int_equal(ask_mail(mail, TRAY_SECURITY, "", big, sizeof(big)), ANSWER_FULL);
	assert_int_equal(ask_mail(mail, TRAY_SECURITY, "dkim:example.org", big, sizeof(big)), ANSWER_ACCEPTED);
	assert_int_equal(mails_act(edge(), 1, DESK_MAIL_TO, TRAY_CONTENT, 1001, "why"), 0);
	assert_int_equal(mails_act(edge(), 1, DESK_MAIL_DONE, TRAY_N, 1001, ""), 0);
	assert_int_equal(mails_act(edge(), 9, DESK_MAIL_DONE, TRAY_N, 1001, ""), -ENOENT);
	assert_int_equal(count_facts(FACT_DESK), 2);
	chan_free(mail);
	die();
	live("intake {\n disk = 16777216\n}");
	assert_int_equal(mails_row(edge(), 1)->tray, TRAY_CONTENT);
	assert_int_equal(mails_row(edge(), 1)->state, MAIL_DONE);
	assert_int_equal(mails_tray(edge(), TRAY_SECURITY, clock_real()).waiting, 2);
	assert_false(mails_tray(edge(), TRAY_SECURITY, clock_real()).late);
	assert_true(mails_tray(edge(), TRAY_SECURITY, clock_real() + 2 * MSEC_DAY).late);
	assert_int_equal(mails_tray(edge(), TRAY_BOUNCE, clock_real()).waiting, 0);
	assert_int_equal(mails_body(edge(), 4, 0, back, sizeof(back), &n, &size), 0);
	assert_int_equal(n, sizeof(big));
	assert_memory_equal(back, big, n);
	assert_int_equal(mails_body(edge(), 4, 899990, back, 100, &n, &size), 0);
	assert_int_equal(n, 10);
	assert_int_equal(size, sizeof(big));
	check_replay();
}

#define ACTING(f) cmocka_unit_test_setup_teardown(f, set_up_acting, tear_down)
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_once),
		TEST(test_captured_hear),
		TEST(test_gate),
		TEST(test_many),
		TEST(test_proof),
		TEST(test_one_sided),
		TEST(test_look_again),
		TEST(test_aside),
		TEST(test_conf),
		TEST(test_full),
		ACTING(test_orders),
		ACTING(test_captured_hand),
		ACTING(test_protect),
		ACTING(test_clock),
		ACTING(test_hook),
		TEST(test_audit),
		TEST(test_outcome),
		TEST(test_unsigned_share),
		TEST(test_sources),
		TEST(test_names),
		TEST(test_vouched),
		TEST(test_logs),
		TEST(test_mails),
		TEST(test_wishes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
