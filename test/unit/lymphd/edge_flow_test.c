/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The telemetry side of the judge's edge: a hear-flow played by the test, the real judge and the real
 * store. A finding is kept once, whoever dies; nothing a captured hear-flow says is believed or shown.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "lymphd/edge_flows.h"

#include "judge_peers.h"

#define KEPT 256

static struct {
	struct chan *flow; /* the test's end */
	uint64_t done[KEPT];
	size_t dones;
	struct ask ask[KEPT];
	size_t asks;
	struct msg_watch watch[KEPT];
	size_t watches;
	struct msg_kept_get get;
	size_t gets;
} t;

static void
from_judge(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	assert_true(t.dones < KEPT && t.asks < KEPT && t.watches < KEPT);
	switch (m->type) {
	case M_FINDING_DONE: t.done[t.dones++] = ((const struct msg_finding_done *)m->body)->no; return;
	case M_ASK: t.ask[t.asks++] = ((const struct msg_ask *)m->body)->ask; break;
	case M_WATCH: t.watch[t.watches++] = *(const struct msg_watch *)m->body; break;
	case M_KEPT_GET:
		t.get = *(const struct msg_kept_get *)m->body;
		t.gets++;
		break;
	default: return;
	}
	chan_grant(t.flow, 1, msg_table[m->type].size);
}

static void
connect_flow(void)
{
	t.flow = connect_role(ROLE_HEAR_FLOW, from_judge);
	chan_grant(t.flow, 64, 64 * sizeof(struct msg_ask));
	UNTIL(chan_may_send(t.flow, sizeof(struct msg_finding)));
}

static void
disconnect_flow(void)
{
	disconnect_role(ROLE_HEAR_FLOW);
	t.flow = NULL;
}

static void
live(void)
{
	t.dones = t.asks = t.watches = t.gets = 0;
	set_judge("prefix \"192.0.2.0/24\" {\n kind = residential\n}\n"
		  "telemetry { listen = {\"127.0.0.1:2055\"} }\n"
		  "exporter \"198.51.100.1\" { name = \"edge1\" }\n");
	connect_flow();
}

static int
set_up(void **state)
{
	(void)state;
	return judge_up("flow", live);
}

static struct addr
own(uint8_t last)
{
	return (struct addr){ .fam = 4, .b = { 192, 0, 2, last } };
}

/* A scan by 192.0.2.last, beyond doubt and going on. */
static struct msg_finding
scan(uint64_t no, uint8_t last)
{
	msec now = clock_real();
	struct msg_finding m = { .no = no,
		.finding = { .detector = DETECT_SCAN, .source = SOURCE_PROVEN, .proto = 6, .active = 1,
		    .subject = own(last), .port = { 23, 2323 }, .exporter = 0, .iface = 10, .samples = 41,
		    .sampling = 1000, .distinct = 41, .permille = 1000, .lines = 1,
		    .from = now - MSEC_MINUTE, .to = now } };
	return m;
}

static void
send_finding(const struct msg_finding *m)
{
	size_t before = t.dones;
	assert_int_equal(chan_send(t.flow, M_FINDING, m, NULL, 0, -1), 0);
	UNTIL(t.dones == before + 1);
	assert_int_equal(t.done[before], m->no);
}

/* One finding: its sensor said who it is, a report with its words, a word of own flows; once, whoever
 * dies, and its line is watched. */
static void
test_once(void **state)
{
	(void)state;
	uint64_t seq = 0;
	void *body, *sig;
	size_t n, sig_n;
	struct msg_finding m = scan(7, 7);
	send_finding(&m);
	assert_int_equal(count_facts(FACT_REPORTER), 1);
	assert_int_equal(count_facts(FACT_REPORT), 1);
	seq = last_fact(FACT_REPORT);
	assert_int_equal(count_facts(FACT_FLOW), 1);
	assert_int_equal(store_body(edge()->store, seq, &body, &n, &sig, &sig_n), 0);
	json_t *doc = json_loadb(body, n, 0, NULL);
	assert_non_null(strstr(json_string_value(json_object_get(doc, "text")), "41 addresses on tcp/23,2323"));
	assert_string_equal(json_string_value(json_object_get(doc, "exporter")), "edge1");
	json_decref(doc);
	free(body);
	free(sig);
	UNTIL(t.watches == 1);
	assert_true(prefix_has(&t.watch[0].subject, &m.finding.subject));
	assert_true(t.watch[0].until > clock_real());
	send_finding(&m); /* it had not heard that it was done */
	disconnect_flow();
	connect_flow();
	send_finding(&m);
	judge_die();
	live();
	send_finding(&m);
	assert_int_equal(count_facts(FACT_REPORT), 1);
	assert_int_equal(count_facts(FACT_FLOW), 1);
	UNTIL(t.watches == 1); /* hear-flow has to be told again */
	struct msg_finding more = scan(8, 8);
	send_finding(&more);
	assert_int_equal(count_facts(FACT_REPORTER), 1); /* the sensor is known */
	assert_int_equal(count_facts(FACT_REPORT), 2);
	replayed();
}

/* What an honest detector could not have said, or not of us, is done with and nothing else. */
static void
test_captured(void **state)
{
	(void)state;
	for (int i = 0; i < 12; i++) {
		struct msg_finding m = scan(100 + (uint64_t)i, 7);
		struct finding *f = &m.finding;
		switch (i) {
		case 0: f->detector = DETECTORS; break;
		case 1: f->source = 9; break;
		case 2: f->subject.fam = 5; break;
		case 3: f->subject.b[9] = 1; break;
		case 4: f->subject = (struct addr){ .fam = 4, .b = { 203, 0, 113, 1 } }; break;
		case 5: f->samples = 0; break;
		case 6: f->to += MSEC_DAY; break;
		case 7: f->permille = 1001; break;
		case 8: strcpy(f->indicator, "a\"b"); break;
		case 9: f->active = 2; break;
		case 10: f->peer = (struct prefix){ .a = { .fam = 4, .b = { 1, 2, 3, 4 } }, .len = 24 }; break;
		case 11: f->detector = DETECT_POPULATION; break; /* without a victim */
		}
		send_finding(&m);
	}
	assert_int_equal(count_facts(FACT_REPORT) + count_facts(FACT_FLOW) + count_facts(FACT_POPULATION), 0);
	assert_int_equal(flows_totals(edge())->refused + flows_totals(edge())->not_ours, 12);
	replayed();
}

/* What does not go on, is anybody's, rests on little or is no one's rate: a report and no more. */
static void
test_not_beyond_doubt(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		struct msg_finding m = scan(200 + (uint64_t)i, (uint8_t)(10 + i));
		struct finding *f = &m.finding;
		switch (i) {
		case 0: f->active = 0; break;
		case 1: f->source = SOURCE_UNPROVEN; break;
		case 2: f->samples = 7; break;
		case 3: f->shared = 1; break;
		case 4:
			f->detector = DETECT_FLOOD;
			f->sampling = 0;
			break;
		}
		send_finding(&m);
	}
	assert_int_equal(count_facts(FACT_REPORT), 5);
	assert_int_equal(count_facts(FACT_FLOW), 0);
}

/* Alerts outlive the judge, are not doubled, and flows from where sources are forged prove nothing. */
static void
test_alerts(void **state)
{
	(void)state;
	const struct alert *a;
	struct msg_finding spread = scan(1, 0), forged = scan(2, 0), m = scan(3, 7);
	spread.finding.detector = DETECT_OUTBREAK;
	forged.finding.detector = DETECT_SPOOF;
	spread.finding.subject = forged.finding.subject = (struct addr){ 0 };
	spread.finding.lines = 14;
	send_finding(&spread);
	send_finding(&forged);
	send_finding(&forged);
	assert_int_equal(alerts_all(edge(), &a), 2);
	assert_int_equal(a[0].finding.detector, DETECT_SPOOF);
	assert_int_equal(a[0].times, 1);
	judge_die();
	live();
	assert_int_equal(alerts_all(edge(), &a), 2);
	assert_int_equal(a[1].finding.lines, 14);
	send_finding(&m); /* through the interface where forged sources came in */
	assert_int_equal(count_facts(FACT_REPORT), 1);
	assert_int_equal(count_facts(FACT_FLOW), 0);
	for (uint32_t i = 0; i < 2 * ALERTS; i++) {
		forged.no = 1000 + i;
		forged.finding.iface = 100 + i;
		send_finding(&forged);
	}
	assert_int_equal(alerts_all(edge(), &a), ALERTS);
}

static void
accuse(uint8_t last, uint8_t who)
{
	struct fact f = { .kind = FACT_REPORT, .report = { .cls = CLASS_SCANNER, .evidence = EVIDENCE_TEXT,
		.subject = own(last), .event = clock_real(), .count = 1 } };
	memset(f.report.key.b, who, KEY_BYTES);
	f.report.id[0] = who;
	f.report.id[1] = last;
	assert_int_equal(edge_submit(edge(), &f), 0);
}

/* Somebody's report: own flows are asked once; only the answer to that very question counts. */
static void
test_ask(void **state)
{
	(void)state;
	struct view_case v;
	uint64_t no = 0;
	accuse(9, 1);
	UNTIL(t.asks == 1);
	struct ask *q = &t.ask[0];
	assert_true(addr_eq(&q->subject, &(struct addr){ .fam = 4, .b = { 192, 0, 2, 9 } }));
	assert_int_equal(q->cls, CLASS_SCANNER);
	struct msg_seen good = { .no = q->no, .case_no = q->case_no,
		.seen = { .subject = q->subject, .port = q->port, .cls = q->cls, .when = q->when, .active = true,
		    .proto = 6, .far_port = 23, .samples = 60, .sampling = 1 } };
	for (int i = 0; i < 7; i++) {
		struct msg_seen bad = good;
		uint64_t broken = edge()->broken;
		switch (i) {
		case 0: bad.no += 1000; break;
		case 1: bad.case_no++; break;
		case 2: bad.seen.subject.b[3] = 1; break;
		case 3: bad.seen.cls = CLASS_BOT; break;
		case 4: bad.seen.when++; break;
		case 5: memset(&bad.seen.active, 7, 1); break;
		case 6: bad.seen.peer = (struct prefix){ .a = { .fam = 4, .b = { 1, 2, 3, 4 } }, .len = 8 }; break;
		}
		assert_int_equal(chan_send(t.flow, M_SEEN, &bad, NULL, 0, -1), 0);
		UNTIL(edge()->broken == broken + 1);
	}
	assert_int_equal(count_facts(FACT_FLOW), 0);
	assert_int_equal(chan_send(t.flow, M_SEEN, &good, NULL, 0, -1), 0);
	UNTIL(count_facts(FACT_FLOW) == 1);
	assert_true(view_case_next(edge()->judge, &no, edge()->now, &v));
	assert_int_equal(v.verified_times, 1);
	uint64_t broken = edge()->broken; /* an answer is one */
	assert_int_equal(chan_send(t.flow, M_SEEN, &good, NULL, 0, -1), 0);
	UNTIL(edge()->broken == broken + 1);
	accuse(9, 2); /* the same of the same line, within the minute */
	accuse(10, 1);
	UNTIL(t.asks == 2);
	assert_int_equal(t.ask[1].subject.b[3], 10);
	assert_true(asks_totals(edge())->coalesced >= 1);
	disconnect_flow(); /* what was not answered is asked again */
	connect_flow();
	UNTIL(t.asks == 3);
	assert_true(t.ask[2].no == t.ask[1].no);
	replayed();
}

/* --- sealed memory ------------------------------------------------------------------------------- */

static void
say_state(const void *p, size_t n, const struct msg_flow_state *m, bool sealed)
{
	int fd;
	if (sealed) {
		assert_int_equal(seal_make("t", p, n, &fd), 0);
	} else {
		fd = memfd_create("t", MFD_CLOEXEC);
		assert_int_equal(write(fd, p, n), (ssize_t)n);
	}
	assert_int_equal(chan_send(t.flow, M_FLOW_STATE, m, NULL, 0, fd), 0);
	close(fd);
}

static void
test_state(void **state)
{
	(void)state;
	static struct {
		struct flow_state s;
		struct exporter_seen x;
		struct top_row top;
	} w;
	struct msg_flow_state m = { .exporters = 1, .top = 1 };
	strcpy(w.x.name, "edge1");
	w.top.subject = prefix_of(&(struct addr){ .fam = 4, .b = { 192, 0, 2, 7 } }, 32);
	assert_int_equal(sizeof(w), sizeof(w.s) + sizeof(w.x) + sizeof(w.top));
	say_state(&w, sizeof(w), &m, true);
	UNTIL(state_view(edge()));
	assert_string_equal(state_view(edge())->exporter[0].name, "edge1");
	assert_int_equal(state_view(edge())->top[0].subject.len, 32);
	for (int i = 0; i < 8; i++) {
		uint64_t broken = edge()->broken;
		struct msg_flow_state n = m;
		typeof(w) bad = w;
		size_t size = sizeof(bad);
		switch (i) {
		case 0: size--; break;
		case 1: n.exporters = 2; break;
		case 2: n.top = UINT32_MAX; break;
		case 3: memset(bad.x.name, 'x', sizeof(bad.x.name)); break;
		case 4: bad.x.s.format = FORMAT_N; break;
		case 5: bad.top.subject.len = 129; break;
		case 6: bad.s.sockets = FLOW_SOCKETS + 1; break;
		case 7: break; /* not sealed */
		}
		say_state(&bad, size, &n, i != 7);
		UNTIL(edge()->broken == broken + 1);
		assert_non_null(state_view(edge())); /* the last good one stays */
	}
	disconnect_flow();
	assert_null(state_view(edge()));
	connect_flow();
}

static struct {
	int calls, err;
	size_t n;
	struct flow first;
} said;

static void
on_kept(struct edge *e, void *arg, const struct flow *f, size_t n, bool watched, int err)
{
	(void)e, (void)arg, (void)watched;
	said.calls++;
	said.err = err;
	said.n = n;
	if (n)
		said.first = f[0];
}

static void
say_kept(const struct flow *f, uint32_t n, size_t size)
{
	int fd;
	struct msg_kept m = { .no = t.get.no, .n = n, .watched = 1 };
	assert_int_equal(seal_make("t", f, size, &fd), 0);
	assert_int_equal(chan_send(t.flow, M_KEPT, &m, NULL, 0, fd), 0);
	close(fd);
}

/* Flows of others are left out, lies are refused, silence ends. */
static void
test_kept(void **state)
{
	(void)state;
	struct addr a = own(7);
	struct flow f[2] = { { .src = own(99), .dst = { .fam = 4, .b = { 203, 0, 113, 1 } } },
		{ .src = own(7), .dst = { .fam = 4, .b = { 203, 0, 113, 2 } }, .dport = 23 } };
	memset(&said, 0, sizeof(said));
	assert_int_equal(kept_get(edge(), &a, 64, on_kept, NULL), 0);
	UNTIL(t.gets == 1);
	assert_int_equal(t.get.most, 64);
	say_kept(f, 2, sizeof(f));
	UNTIL(said.calls == 1);
	assert_int_equal(said.err, 0);
	assert_int_equal(said.n, 1);
	assert_int_equal(said.first.dport, 23);
	assert_int_equal(kept_get(edge(), &a, 64, on_kept, NULL), 0);
	UNTIL(t.gets == 2);
	say_kept(f, 3, sizeof(f)); /* more than there is */
	UNTIL(said.calls == 2);
	assert_int_equal(said.err, -EBADMSG);
	assert_int_equal(kept_get(edge(), &a, 64, on_kept, NULL), 0);
	UNTIL(said.calls == 3); /* nobody answers */
	assert_int_equal(said.err, -ETIMEDOUT);
	say_kept(f, 2, sizeof(f)); /* too late */
	assert_int_equal(kept_get(edge(), &a, 64, on_kept, NULL), 0);
	disconnect_flow();
	assert_int_equal(said.calls, 4);
	assert_int_equal(said.err, -EPIPE);
	assert_int_equal(kept_get(edge(), &a, 64, on_kept, NULL), -ENOTCONN);
	connect_flow();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_once, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_captured, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_not_beyond_doubt, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_alerts, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_ask, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_state, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_kept, set_up, judge_down),
	};
	return cmocka_run_group_tests_name("edge_flow", tests, NULL, NULL);
}
