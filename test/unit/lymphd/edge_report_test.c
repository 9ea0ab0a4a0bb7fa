/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports at the judge's edge: what is answered, is kept; what is kept, is kept once; nothing that hear-reports
 * says is believed unchecked; without room it is told so, and what the judge itself needs still goes in.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge_set.h"
#include "lymphd/blackbox.h"
#include "lymphd/edge_answers.h"

static uint64_t unsigned_left = UINT64_MAX; /* the room for those, as hear-reports was told */

static void
on_room(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	if (m->type == M_ROOM)
		unsigned_left = ((const struct msg_room *)m->body)->unsigned_left;
}

static const struct msg_report_answer *
answer_to(uint64_t ticket)
{
	for (size_t i = 0; i < t.answers; i++)
		if (t.answer[i].ticket == ticket)
			return &t.answer[i];
	return NULL;
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
	judge_die();
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
	judge_die();
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
	judge_die();
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
	judge_die();
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
	judge_die();
}

/* With the disk it made small for itself. */
static int
tear_down_full(void **state)
{
	char dir[96];
	(void)state;
	if (edge())
		judge_die();
	snprintf(dir, sizeof(dir), "%s/state", set.dir);
	umount2(dir, MNT_DETACH);
	return set_dir_gone();
}

static void
test_unsigned_share(void **state)
{
	(void)state;
	char text[230];
	uint32_t id = 100;
	judge_die();
	live("intake {\n disk = 16777216\n}"); /* a tenth: 1,677,721 bytes */
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	struct report big = { .cls = CLASS_NONE };
	assert_int_equal(room_taken(edge(), &big, 1, 1677721 - 512 - 3 * (229 + 512)), 0); /* room for three of them */
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask(0, id++, 1, text), ANSWER_ACCEPTED);
	assert_int_equal(ask(0, id++, 1, text), ANSWER_FULL);
	assert_int_equal(ask(0, id - 2, 1, text), ANSWER_SAME);
	assert_int_equal(ask(1, id++, 1, text), ANSWER_ACCEPTED); /* signed: not theirs */
	UNTIL(unsigned_left < 229);
	judge_die();
	live("intake {\n disk = 16777216\n}");
	assert_int_equal(ask(0, id++, 1, text), ANSWER_FULL);
	uint64_t seq = 0;
	assert_int_equal(ask(0, 100, 1, text), ANSWER_SAME);
	seq = t.answer[0].seq;
	/* One is forgotten: there is room for one. */
	assert_int_equal(edge_begin(edge()), 0);
	assert_int_equal(room_forget(edge(), seq), 0);
	assert_int_equal(edge_commit(edge()), 0);
	assert_int_equal(ask(0, id++, 1, text), ANSWER_ACCEPTED);
	assert_int_equal(ask(0, id++, 1, text), ANSWER_FULL);
	check_replay();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_once),
		TEST(test_captured_hear),
		TEST(test_gate),
		TEST(test_many),
		TEST(test_aside),
		TEST(test_conf),
		cmocka_unit_test_setup_teardown(test_full, set_up, tear_down_full),
		TEST(test_unsigned_share),
	};
	edge_more = on_room;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
