/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Orders at the judge's edge: a hand, a hook and a warden played by the test. What is to be in force is given to
 * them and to whoever comes after them, what they say in malice changes nothing but counters, and what staff did
 * reaches the audit.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge_set.h"

#define ORDERS 2048

static struct {
	struct chan *hand, *hook, *warden; /* the test's ends */
	struct msg_order order[ORDERS]; /* what hand was given, in order; no 0: a list begins or ends */
	uint8_t end[ORDERS];
	size_t orders;
	struct msg_hook told[64];
	char text[512];                 /* of the last */
	size_t tolds;
	struct msg_audit audit[64];
	char said[512];
	size_t audits;
	uint64_t mode_no;
} acts;

static void
on_act(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	if (m->type == M_ORDER || m->type == M_SYNC) {
		assert_true(acts.orders < ORDERS);
		acts.order[acts.orders] = (struct msg_order){ 0 };
		if (m->type == M_ORDER)
			acts.order[acts.orders] = *(const struct msg_order *)m->body;
		else
			acts.end[acts.orders] = ((const struct msg_sync *)m->body)->end;
		acts.orders++;
		chan_grant(acts.hand, 1, sizeof(struct msg_order));
	} else if (m->type == M_HOOK) {
		assert_true(acts.tolds < 64);
		acts.told[acts.tolds++] = *(const struct msg_hook *)m->body;
		snprintf(acts.text, sizeof(acts.text), "%.*s", (int)m->tail_len, (const char *)m->tail);
	} else if (m->type == M_AUDIT) {
		assert_true(acts.audits < 64);
		acts.audit[acts.audits++] = *(const struct msg_audit *)m->body;
		snprintf(acts.said, sizeof(acts.said), "%.*s", (int)m->tail_len, (const char *)m->tail);
	}
}

#define ACTS "hand {\n actuator = \"dry\"\n}\n"

/* With nobody there yet who acts. */
static void
live_acting(const char *more)
{
	memset(&acts, 0, sizeof(acts));
	live(more);
}

static void
live_dry(void)
{
	live_acting(ACTS);
}

static void
live_idle(void)
{
	live_acting("");
}

static int
set_up_acting(void **state)
{
	(void)state;
	return judge_up("edge", live_dry);
}

static int
set_up_idle(void **state)
{
	(void)state;
	return judge_up("edge", live_idle);
}

static void
hand_comes(void)
{
	acts.hand = connect_role(ROLE_HAND, from_judge);
	chan_grant(acts.hand, 64, 64 * sizeof(struct msg_order));
}

static void
leave(enum role_id id, struct chan **end)
{
	disconnect_role(id);
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
	struct msg_mode m = { .no = ++acts.mode_no, .set = { .mode = (uint8_t)mode, .panic = panic },
		.may = mode == MODE_ENFORCE && !panic, .ceiling = MODE_ENFORCE, .release = release };
	struct chan_msg msg = { .type = M_MODE, .body = &m, .fd = -1 };
	role_judge.message(&set.ctx, ROLE_WARDEN, &msg);
	struct msg_hand_state h = { .mode_no = (uint32_t)acts.mode_no, .compared = 1 };
	if (acts.hand)
		chan_send(acts.hand, M_HAND_STATE, &h, NULL, 0, -1);
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
	assert_int_equal(chan_send(acts.hand, M_ORDER_DONE, &m, NULL, 0, -1), 0);
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

static void
test_orders(void **state)
{
	(void)state;
	hand_comes();
	UNTIL(acts.orders == 2); /* the list of none */
	assert_int_equal(acts.end[0], 0);
	assert_int_equal(acts.end[1], 1);
	uint64_t no = prove(1), order = case_no(no).order[RUNG_FILTER];
	assert_true(order > 0);
	word(MODE_OBSERVE);
	turn(20);
	assert_int_equal(acts.orders, 2); /* nothing at all in observe */
	say_mode(MODE_ENFORCE);
	assert_int_equal(count_facts(FACT_MODE), 1);
	UNTIL(acts.orders == 5);
	assert_int_equal(acts.order[3].order.no, order);
	assert_false(acts.order[3].drop);
	assert_true(acts.order[3].left > 0 && acts.order[3].left <= acts.order[3].order.expiry - acts.order[3].order.at);
	assert_int_equal(acts.order[3].order.rung, RUNG_FILTER); /* others are not for the hand */
	assert_int_equal(carry(order), CARRY_SENT);
	hand_says(order, DONE_IN, 0);
	UNTIL(carry(order) == CARRY_IN);
	/* Hits. */
	struct msg_hits hits = { .n = 1, .hit[0] = { order, 5, 300 } };
	chan_send(acts.hand, M_HITS, &hits, NULL, 0, -1);
	struct carry_state c = { 0 };
	UNTIL((orders_state(edge(), order, &c), c.counted));
	assert_int_equal(c.packets, 5);
	/* A new one goes at once, and is measured. */
	uint64_t second = case_no(prove(2)).order[RUNG_FILTER];
	UNTIL(acts.orders == 6);
	assert_int_equal(acts.order[5].order.no, second);
	hand_says(second, DONE_IN, 0);
	UNTIL(totals().measured == 1);
	/* Withdrawn, allowed again. */
	desk(DESK_UNDO, order, 1u << RUNG_FILTER);
	UNTIL(acts.orders == 7);
	assert_true(acts.order[6].drop && acts.order[6].order.no == order);
	assert_int_equal(carry(order), CARRY_NONE);
	hand_says(order, DONE_GONE, 0);
	desk(DESK_ALLOW, no, 1u << RUNG_FILTER);
	UNTIL(case_no(no).order[RUNG_FILTER] > second);
	UNTIL(acts.orders == 8);
	assert_int_equal(acts.order[7].order.no, case_no(no).order[RUNG_FILTER]);
	/* Panic: all are withdrawn in the judge, too; afterwards the list is given anew. */
	say_mode_panic(MODE_ENFORCE, true, 0);
	UNTIL(totals().by[CARRY_IN] + totals().by[CARRY_SENT] <= 2 && acts.orders >= 10);
	assert_true(acts.order[8].drop && acts.order[9].drop);
	size_t at = acts.orders;
	say_mode(MODE_ENFORCE);
	UNTIL(acts.orders == at + 4);
	assert_int_equal(acts.order[at].order.no, 0);
	assert_false(acts.order[at + 1].drop || acts.order[at + 2].drop);
	/* Hand dies: the list again, to the next. A new life of ours: likewise. */
	leave(ROLE_HAND, &acts.hand);
	at = acts.orders;
	hand_comes();
	UNTIL(acts.orders == at + 4);
	judge_die();
	live_acting(ACTS);
	word(MODE_ENFORCE);
	assert_int_equal(count_facts(FACT_MODE), 3);
	hand_comes();
	UNTIL(acts.orders == 4);
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
	UNTIL(acts.orders >= 1 && acts.order[acts.orders - 1].order.no == order);
	hand_says(order, DONE_IN, 0);
	UNTIL(carry(order) == CARRY_IN);
	size_t at = acts.orders;
	uint64_t facts = count_facts(FACT_DESK) + count_facts(FACT_TICK);
	struct msg_hits hits = { .n = 4000000000u };
	hand_says(order, 99, 0);
	hand_says(order, DONE_REFUSED, 77);
	hand_says(order, DONE_REFUSED, RULE_NONE);
	chan_send(acts.hand, M_HITS, &hits, NULL, 0, -1);
	hits = (struct msg_hits){ .n = 2, .hit = { { UINT64_MAX, 1, 1 }, { 0, 1, 1 } } };
	chan_send(acts.hand, M_HITS, &hits, NULL, 0, -1);
	hand_says(UINT64_MAX, DONE_IN, 0);
	hand_says(0, DONE_FAILED, 0);
	UNTIL(totals().broken == 4 && totals().stray == 2);
	assert_int_equal(carry(order), CARRY_IN);
	/* Strange: of unknown numbers it hears to drop them; of ours, that it is to be there. */
	struct msg_strange strange = { .order = 4711 };
	chan_send(acts.hand, M_STRANGE, &strange, NULL, 0, -1);
	UNTIL(acts.orders == at + 1);
	assert_true(acts.order[at].drop && acts.order[at].order.no == 4711);
	hand_says(4711, DONE_GONE, 0);
	strange.order = order;
	chan_send(acts.hand, M_STRANGE, &strange, NULL, 0, -1);
	UNTIL(acts.orders == at + 2);
	assert_true(!acts.order[at + 1].drop && acts.order[at + 1].order.no == order);
	struct msg_hand_state h;
	memset(&h, 0xff, sizeof(h));
	chan_send(acts.hand, M_HAND_STATE, &h, NULL, 0, -1);
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
	UNTIL(acts.orders && acts.order[acts.orders - 1].order.no == order);
	size_t at = acts.orders;
	say_file(CONSCIENCE_FILE, "mode enforce\nnever 198.51.100.0/24\n");
	say_file(CONSCIENCE_PROTECT, "never 192.0.2.0/28\n");
	assert_int_equal(count_facts(FACT_PROTECT), 2);
	UNTIL(acts.orders == at + 1);
	assert_true(acts.order[at].drop && acts.order[at].order.no == order);
	assert_int_equal(case_no(no).order[RUNG_FILTER], 0);
	say_file(CONSCIENCE_FILE, "mode enforce\nnever 198.51.100.0/24\n");
	say_file(CONSCIENCE_PROTECT, "");
	assert_int_equal(count_facts(FACT_PROTECT), 3);
	judge_die();
	live_acting(ACTS);
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
	UNTIL(acts.orders && acts.order[acts.orders - 1].order.no == first);
	size_t at = acts.orders;
	clock_jump(10 * MSEC_MINUTE);
	uint64_t second = case_no(prove(2)).order[RUNG_FILTER];
	UNTIL(carry(second) == CARRY_WAITING);
	assert_int_equal(totals().waiting_by[RULE_CLOCK], 1);
	desk(DESK_UNDO, first, 1u << RUNG_FILTER); /* withdrawing goes on */
	UNTIL(acts.orders == at + 1);
	assert_true(acts.order[at].drop);
	say_mode_panic(MODE_ENFORCE, false, 1); /* a person looked */
	UNTIL(acts.orders == at + 2);
	assert_int_equal(acts.order[at + 1].order.no, second);
	clock_jump(-10 * MSEC_MINUTE);
	assert_false(word_paused(edge()));
#endif
}

static void
hook_says(uint64_t no)
{
	struct msg_hook_done m = { .no = no };
	assert_int_equal(chan_send(acts.hook, M_HOOK_DONE, &m, NULL, 0, -1), 0);
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
	acts.hook = connect_role(ROLE_HOOK, from_judge);
	chan_grant(acts.hook, 64, 1 << 20);
}

static void
test_hook(void **state)
{
	(void)state;
	judge_die();
	live_acting(ACTS "hook = \"/etc/lymph/hook\"\n");
	word(MODE_OBSERVE);
	hook_comes();
	uint64_t no = prove(1);
	turn(20);
	assert_int_equal(outbox(), 0);
	assert_int_equal(acts.tolds, 0);
	say_mode(MODE_ENFORCE);
	UNTIL(acts.tolds >= 2); /* notify and filter, at least */
	uint64_t last = acts.told[acts.tolds - 1].no, first = acts.told[0].no;
	assert_non_null(strstr(acts.text, "\"action\":\"put\""));
	assert_non_null(strstr(acts.text, "192.0.2.1/32"));
	size_t n = acts.tolds;
	/* Answers out of order, of what was not told: nothing. */
	uint64_t broken = edge()->broken;
	hook_says(last + 10);
	hook_says(0);
	UNTIL(edge()->broken == broken + 2);
	hook_says(first);
	UNTIL(outbox() == n - 1);
	/* Dies: what is not answered comes again, in this life and the next. */
	leave(ROLE_HOOK, &acts.hook);
	acts.tolds = 0;
	hook_comes();
	UNTIL(acts.tolds == n - 1);
	assert_int_equal(acts.told[0].no, first + 1);
	judge_die();
	live_acting(ACTS "hook = \"/etc/lymph/hook\"\n");
	word(MODE_ENFORCE);
	hook_comes();
	UNTIL(acts.tolds >= n - 1);
	assert_int_equal(acts.told[acts.tolds - 1].no, last);
	for (size_t i = 0; i < acts.tolds; i++)
		hook_says(acts.told[i].no);
	UNTIL(outbox() == 0);
	acts.tolds = 0;
	desk(DESK_UNDO, case_no(no).order[RUNG_FILTER], 1u << RUNG_FILTER);
	UNTIL(acts.tolds == 1);
	assert_int_equal(acts.told[0].action, HOOK_DROP);
	assert_true(acts.told[0].no > last);
	/* Out of enforce: nothing is left to tell. */
	say_mode(MODE_OBSERVE);
	assert_int_equal(outbox(), 0);
}

static void
warden_comes(uint64_t seq)
{
	if (!acts.warden)
		acts.warden = connect_role(ROLE_WARDEN, from_judge);
	struct msg_audited m = { .seq = seq, .n = seq != 0 };
	chan_send(acts.warden, M_AUDITED, &m, NULL, 0, -1);
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
	UNTIL(acts.audits == 1);
	assert_int_equal(acts.audit[0].seq, seq[0]);
	assert_int_equal(acts.audit[0].uid, 1001);
	assert_string_equal(acts.audit[0].verb, "note");
	assert_non_null(strstr(acts.said, "hello"));
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
	UNTIL(acts.audits >= 3);
	assert_string_equal(acts.audit[1].verb, "reporter-set");
	assert_int_equal(acts.audit[acts.audits - 1].seq, seq[1]);
	assert_int_equal(acts.audit[acts.audits - 1].roles, 4);
	/* The warden knows only of the first: the rest again. */
	size_t n = acts.audits;
	judge_die();
	live_acting("");
	warden_comes(seq[0]);
	UNTIL(acts.audits == n - 1);
	assert_int_equal(acts.audit[acts.audits - 1].seq, seq[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_orders, set_up_acting, judge_down),
		cmocka_unit_test_setup_teardown(test_captured_hand, set_up_acting, judge_down),
		cmocka_unit_test_setup_teardown(test_protect, set_up_acting, judge_down),
		cmocka_unit_test_setup_teardown(test_clock, set_up_acting, judge_down),
		cmocka_unit_test_setup_teardown(test_hook, set_up_acting, judge_down),
		cmocka_unit_test_setup_teardown(test_audit, set_up_idle, judge_down),
	};
	edge_more = on_act;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
