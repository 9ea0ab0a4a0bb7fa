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

#include "keep_set.h"

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
	UNTIL(!mails_row(t.e, bounce)); /* nobody needs to know that it was */
	t.e->now += 200 * MSEC_DAY;
	turn(200);
	assert_true(written_by(held, "di@three.example"));
	assert_true(written_by(police, "po@four.example")); /* nobody has looked */
	t.e->now += 200 * MSEC_DAY;
	set_end();
	begin();
	assert_true(!mails_row(t.e, bounce) && written_by(held, "di@three.example"));
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
