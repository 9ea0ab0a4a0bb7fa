/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeping and forgetting with the real judge and the real store: who is forgotten is nowhere on the disk
 * any more, nor in a database copied before without its keys; the rest stays, and the journal can be
 * replayed from there on. What a hold is about goes by no timer and no person.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "lymphd/control.h"
#include "lymphd/edge_keep.h"
#include "lymphd/edge_mail.h"
#include "lymphd/edge_pgp.h"
#include "lymphd/staff.h"

#include "judge_set.h"

static struct {
	char why[512];
	struct edge *e;
	json_t *doc;
	uid_t uid;
	uint32_t roles;
	uint8_t id;
} t;

static struct keep_totals
totals(void)
{
	struct keep_totals k;
	keep_totals(t.e, &k);
	return k;
}

static int
ask(control_fn *fn, const char *args)
{
	json_t *a = json_loads(args, 0, NULL);
	assert_non_null(a);
	json_decref(t.doc);
	t.doc = json_object();
	t.why[0] = '\0';
	struct control_call k = { .e = t.e, .args = a, .uid = t.uid, .roles = t.roles, .answer = t.doc,
		.why = t.why, .why_size = sizeof(t.why) };
	int r = fn(&k);
	json_decref(a);
	return r;
}

static void
begin(void)
{
	set_conf("prefix \"192.0.2.0/24\" {\n kind = residential\n}\n");
	t.e = set_edge();
	keys_start(t.e);
	mails_start(t.e);
	keep_start(t.e);
}

static int
set_up(void **state)
{
	(void)state;
	setenv("LYMPH_KEEP_MS", "5", 1);
	if (set_dir("forget") < 0)
		return -1;
	begin();
	t.uid = 1001;
	t.roles = STAFF_BIT(STAFF_PRIVACY) | MAY_VIEW;
	t.id = 0;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	json_decref(t.doc);
	t.doc = NULL;
	set_end();
	return set_dir_gone();
}

/* A lease of the address to the line, then `count` reports about it by reporter `who`. */
static uint64_t
report(uint8_t host, uint8_t who, int count)
{
	uint64_t seq = 0, case_no = 0;
	for (int i = 0; i < count; i++) {
		struct fact f = { .kind = FACT_REPORT };
		char text[128];
		memset(f.report.key.b, who, KEY_BYTES);
		memset(f.report.id, ++t.id, 16);
		f.report.cls = CLASS_OPEN_PROXY;
		f.report.evidence = EVIDENCE_TEXT;
		f.report.subject = (struct addr){ .fam = 4, .b = { 192, 0, 2, host } };
		f.report.port = 3128;
		f.report.event = edge_now(t.e);
		f.report.count = 1;
		snprintf(f.report.sender, sizeof(f.report.sender), "sender-%u.example", who);
		snprintf(text, sizeof(text), "{secret of host %u by %u}", host, who);
		memset(f.report.body_hash, t.id, 32);
		struct store_body b = { text, strlen(text), "sig", 3 };
		assert_int_equal(edge_begin(t.e), 0);
		assert_int_equal(edge_fact(t.e, &f, &b, &case_no, &seq), 0);
		assert_int_equal(edge_commit(t.e), 0);
		edge_settled(t.e);
	}
	assert_true(case_no > 0);
	return case_no;
}

static void
lease(uint8_t host, const char *line)
{
	struct fact f = { .kind = FACT_LEASE };
	f.lease.addr = (struct addr){ .fam = 4, .b = { 192, 0, 2, host } };
	snprintf(f.lease.line, sizeof(f.lease.line), "%s", line);
	f.lease.from = 1;
	f.lease.to = MSEC_NEVER;
	assert_int_equal(edge_submit(t.e, &f), 0);
}

static bool
there(uint64_t no)
{
	struct view_case v;
	return view_case(t.e->judge, no, edge_now(t.e), &v);
}

struct about {
	uint8_t host, who;
	size_t reports, bodies;
};

static int
count_one(uint64_t seq, uint64_t case_no, const void *p, size_t n, void *arg)
{
	struct about *w = arg;
	struct fact f;
	void *b, *g;
	(void)case_no;
	assert_int_equal(fact_decode(p, n, &f), 0);
	if (f.kind != FACT_REPORT || (w->host && f.report.subject.b[3] != w->host) ||
	    (w->who && f.report.key.b[0] != w->who))
		return 0;
	w->reports++;
	if (store_body(t.e->store, seq, &b, &n, &g, &n) == 0) {
		w->bodies++;
		free(b);
		free(g);
	}
	return 0;
}

static struct about
count(uint8_t host, uint8_t who)
{
	struct about w = { .host = host, .who = who };
	assert_int_equal(store_each_fact(t.e->store, 0, count_one, &w), 0);
	return w;
}

/* Bytes in any file of the state folder. */
static bool
on_disk(const void *p, size_t n)
{
	char cmd[512], hex[128];
	sodium_bin2hex(hex, sizeof(hex), p, n);
	snprintf(cmd, sizeof(cmd), "for f in $(find '%s' -type f); do if od -An -v -tx1 $f | tr -d ' \\n' | grep -q %s; then exit 1;"
	    " fi; done", set.dir, hex);
	return system(cmd) != 0;
}

static void
test_forget_address(void **state)
{
	(void)state;
	const uint8_t coded[] = { 4, 192, 0, 2, 7 }; /* as addr_encode writes it */
	uint64_t mine = report(7, 1, 3), other = report(8, 1, 2);
	report(7, 2, 1);
	struct replay before = replayed();
	assert_int_equal(before.mark, 0);
	assert_int_equal(before.missing, 0);
	assert_true(on_disk(coded, sizeof(coded))); /* the judge's state: it works on the case */
	assert_int_equal(ask(control_forget, "{\"which\": \"192.0.2.7\", \"preview\": true}"), 0);
	assert_int_equal(json_integer_value(json_object_get(t.doc, "cases")), 1);
	assert_true(there(mine));
	assert_int_equal(ask(control_forget, "{\"which\": \"192.0.2.7\"}"), -EINVAL); /* no reason */
	assert_int_equal(ask(control_forget, "{\"which\": \"192.0.2.7\", \"text\": \"asked by mail\"}"), 0);
	assert_false(there(mine));
	UNTIL(totals().jobs == 0);
	assert_int_equal(count(7, 0).reports, 0);
	assert_int_equal(count(8, 0).bodies, 2);
	assert_true(there(other));
	assert_false(on_disk(coded, sizeof(coded)));
	struct replay after = replayed();
	assert_true(after.mark > 0);
	assert_int_equal(after.missing, 5); /* four reports, and the fact that named it */
	/* It goes on: the same address is new, and the journal can be replayed. */
	assert_true(report(7, 3, 1) > other);
	report(8, 2, 1);
	after = replayed();
	assert_true(after.facts >= 2);
	assert_int_equal(after.missing, 5);
	/* And over a restart. */
	set_end();
	begin();
	assert_int_equal(totals().jobs, 0);
	assert_int_equal(totals().facts, 5);
	report(9, 2, 1);
	replayed();
}

/* A copy of the database made before, without the keys of today, says no more either. */
static void
test_copy(void **state)
{
	(void)state;
	char cmd[400], dir[96];
	struct store *s;
	struct about w = { .host = 7 };
	report(7, 1, 2);
	report(8, 1, 1);
	snprintf(dir, sizeof(dir), "%s/copy", set.dir);
	snprintf(cmd, sizeof(cmd), "mkdir %s && cp %s/state/lymph.db* %s/", dir, set.dir, dir);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(ask(control_forget, "{\"which\": \"192.0.2.7\", \"text\": \"r\"}"), 0);
	UNTIL(totals().jobs == 0);
	snprintf(cmd, sizeof(cmd), "cp %s/state/keys %s/", set.dir, dir);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(store_sqlite_open(dir, STORE_READONLY, &s), 0);
	struct store *mine = t.e->store;
	t.e->store = s;
	assert_int_equal(store_each_fact(s, 0, count_one, &w), 0);
	assert_int_equal(w.reports, 0);
	assert_int_equal(count(8, 0).bodies, 1);
	t.e->store = mine;
	store_close(s);
}

static void
test_forget_line(void **state)
{
	(void)state;
	lease(7, "L-77");
	lease(8, "L-78");
	uint64_t mine = report(7, 1, 2), other = report(8, 1, 1);
	assert_int_equal(ask(control_forget, "{\"which\": \"line:L-77\", \"text\": \"r\"}"), 0);
	UNTIL(totals().jobs == 0);
	assert_false(there(mine));
	assert_true(there(other));
	assert_int_equal(count(7, 0).reports, 0);
	assert_int_equal(count(8, 0).reports, 1);
	assert_false(on_disk("L-77", 4));
	assert_true(on_disk("L-78", 4)); /* the judge's state */
	replayed();
}

static void
test_forget_reporter(void **state)
{
	(void)state;
	uint8_t key[KEY_BYTES], head[8];
	char args[256];
	memset(key, 0x41, sizeof(key));
	memset(head, 0x41, sizeof(head));
	uint64_t mine = report(7, 0x41, 2);
	report(7, 2, 1);
	struct fact f = { .kind = FACT_REPORTER };
	memset(f.reporter.key.b, 0x41, KEY_BYTES);
	snprintf(f.reporter.name, sizeof(f.reporter.name), "Ada Example");
	assert_int_equal(edge_submit(t.e, &f), 0);
	assert_int_equal(ask(control_forget, "{\"which\": \"reporter:Nobody\", \"text\": \"r\"}"), -EINVAL);
	snprintf(args, sizeof(args), "{\"which\": \"Ada Example\", \"text\": \"r\"}");
	assert_int_equal(ask(control_forget, args), 0);
	UNTIL(totals().jobs == 0);
	assert_true(there(mine)); /* somebody else spoke of it, too */
	assert_int_equal(count(7, 0x41).reports, 0);
	assert_int_equal(count(7, 2).bodies, 1);
	assert_false(on_disk(key, 16));
	assert_false(on_disk("Ada Example", 11));
	assert_false(on_disk("sender-65", 9));
	replayed();
	report(7, 2, 1);
	replayed();
}

static void
test_two_people(void **state)
{
	(void)state;
	report(7, 1, 1);
	t.roles = MAY_VIEW | MAY_DESK | MAY_NOC | MAY_ADMIN;
	assert_int_equal(ask(control_forget, "{\"which\": \"192.0.2.7\", \"text\": \"r\"}"), 0);
	char args[64];
	snprintf(args, sizeof(args), "{\"approve\": \"%s\"}",
	    json_string_value(json_object_get(t.doc, "pending")));
	turn(30);
	assert_int_equal(count(7, 0).reports, 1);
	assert_int_equal(ask(control_forget, args), -EPERM); /* oneself */
	t.uid = 0;
	assert_int_equal(ask(control_forget, args), -EPERM);
	t.uid = 1002;
	assert_int_equal(ask(control_forget, args), 0);
	UNTIL(totals().jobs == 0);
	assert_int_equal(count(7, 0).reports, 0);
	assert_int_equal(ask(control_forget, args), -ENOENT);
}

static void
test_hold(void **state)
{
	(void)state;
	char args[96];
	uint64_t no = report(7, 1, 1);
	t.uid = 1001;
	snprintf(args, sizeof(args), "{\"which\": \"%llu\", \"text\": \"court 7 O 12\"}", (unsigned long long)no);
	assert_int_equal(ask(control_hold, args), 0);
	long long hold = json_integer_value(json_object_get(t.doc, "fact"));
	assert_int_equal(ask(control_forget, "{\"which\": \"192.0.2.7\", \"text\": \"r\"}"), -EPERM);
	/* A reporter may go, not what he said in the case. */
	char key[160], text[128];
	struct key k;
	memset(k.b, 1, sizeof(k.b));
	(void)text;
	assert_int_equal(ask(control_holds, "{}"), 0);
	assert_int_equal(json_array_size(json_object_get(t.doc, "holds")), 1);
	set_end();
	begin(); /* it is in the journal */
	assert_int_equal(totals().holds, 1);
	assert_int_equal(ask(control_forget, "{\"which\": \"192.0.2.7\", \"text\": \"r\"}"), -EPERM);
	snprintf(key, sizeof(key), "{\"drop\": %lld, \"text\": \"over\"}", hold);
	assert_int_equal(ask(control_hold, "{\"drop\": 999, \"text\": \"over\"}"), -ENOENT);
	assert_int_equal(ask(control_hold, key), 0);
	assert_int_equal(totals().holds, 0);
	assert_int_equal(ask(control_forget, "{\"which\": \"192.0.2.7\", \"text\": \"r\"}"), 0);
	UNTIL(totals().jobs == 0);
	assert_int_equal(count(7, 0).reports, 0);
}

/* Time goes on: evidence goes when its case is closed, then names, then stories. */
static void
test_timers(void **state)
{
	(void)state;
	uint64_t no = report(7, 1, 2), held = report(8, 2, 1), after;
	char args[64];
	msec first, last;
	snprintf(args, sizeof(args), "{\"which\": \"%llu\", \"text\": \"r\"}", (unsigned long long)held);
	assert_int_equal(ask(control_hold, args), 0);
	turn(50);
	assert_int_equal(count(7, 0).bodies, 2);
	/* Old, and not closed: needed. Then closed. */
	t.e->now += 100 * MSEC_DAY;
	struct fact tick = { .kind = FACT_TICK };
	assert_int_equal(edge_submit(t.e, &tick), 0);
	msec round = totals().round;
	UNTIL(totals().round > round);
	assert_int_equal(count(7, 0).bodies, 2);
	assert_int_equal(ask(control_desk, "{\"verb\": \"close\", \"as\": \"fixed\", \"cases\": [1, 2]}"), 0);
	UNTIL(count(7, 0).bodies == 0);
	assert_int_equal(count(7, 0).reports, 2);
	assert_int_equal(count(8, 0).bodies, 1); /* the hold */
	replayed();
	t.e->now += 300 * MSEC_DAY;
	assert_int_equal(edge_submit(t.e, &tick), 0);
	t.e->now += 300 * MSEC_DAY;
	assert_int_equal(edge_submit(t.e, &tick), 0);
	assert_false(there(no));
	UNTIL(count(7, 0).reports == 0);
	assert_int_equal(count(8, 0).bodies, 1);
	UNTIL(totals().held > 0);
	assert_true(replayed().missing >= 2);
	assert_int_equal(store_case_after(t.e->store, no - 1, &after, &first, &last), 0);
	assert_int_equal(after, no); /* its story, without names */
	t.e->now += 1000 * MSEC_DAY;
	assert_int_equal(edge_submit(t.e, &tick), 0);
	UNTIL(store_case_after(t.e->store, no - 1, &after, &first, &last) == 0 && after != no);
	assert_int_equal(count(8, 0).bodies, 1);
	replayed();
}

static uint64_t
mail(enum tray tray, uint64_t case_no, const char *from)
{
	static uint64_t ticket;
	struct msg_mail m = { .ticket = ++ticket, .tray = (uint32_t)tray, .cases = case_no != 0,
		.case_no = { case_no } };
	char text[128];
	snprintf(text, sizeof(text), "From: %s\n\nwords of %s, %llu", from, from, (unsigned long long)ticket);
	snprintf(m.from, sizeof(m.from), "%s", from);
	m.size = (uint32_t)strlen(text);
	crypto_hash_sha256(m.digest, (const uint8_t *)text, m.size);
	struct chan_msg msg = { .type = M_MAIL, .body = &m, .tail = (const uint8_t *)text, .tail_len = m.size, .fd = -1 };
	mails_take(t.e, &msg);
	uint64_t no = 0;
	for (const struct mail_row *r = NULL; (r = mails_next(t.e, no, TRAY_N, MAIL_STATE_N));)
		no = r->no;
	return no;
}

static bool
written_by(uint64_t no, const char *from)
{
	struct mail_head h;
	char some[16];
	size_t n, size;
	assert_int_equal(mails_head(t.e, no, &h), 0);
	bool body = mails_body(t.e, no, 0, some, sizeof(some), &n, &size) == 0;
	assert_int_equal(body, h.from[0] != '\0');
	return strcmp(h.from, from) == 0;
}

static void
test_mails(void **state)
{
	(void)state;
	uint64_t no = report(7, 1, 1), other = report(8, 2, 1);
	uint64_t of_case = mail(TRAY_CASE, no, "ada@one.example"), bounce = mail(TRAY_BOUNCE, 0, "bo@two.example");
	uint64_t held = mail(TRAY_CASE, other, "di@three.example"), police = mail(TRAY_POLICE, 0, "po@four.example");
	char args[64];
	assert_true(written_by(of_case, "ada@one.example") && written_by(bounce, "bo@two.example"));
	assert_false(on_disk("one.example", 11));
	snprintf(args, sizeof(args), "{\"which\": \"%llu\", \"text\": \"r\"}", (unsigned long long)other);
	assert_int_equal(ask(control_hold, args), 0);
	assert_int_equal(ask(control_forget, "{\"which\": \"192.0.2.7\", \"text\": \"r\"}"), 0);
	UNTIL(totals().jobs == 0);
	assert_true(written_by(of_case, ""));
	assert_true(written_by(bounce, "bo@two.example"));
	t.e->now += 20 * MSEC_DAY;
	UNTIL(written_by(bounce, ""));
	t.e->now += 200 * MSEC_DAY;
	turn(200);
	assert_true(written_by(held, "di@three.example"));
	assert_true(written_by(police, "po@four.example")); /* nobody has looked */
	t.e->now += 200 * MSEC_DAY;
	set_end();
	begin();
	assert_true(written_by(bounce, "") && written_by(held, "di@three.example"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_forget_address, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_copy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_forget_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_forget_reporter, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_people, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hold, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mails, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_timers, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
