/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must not get lost, nor stay: what a hold is about when the judge has long given it up; a forgetting cut
 * short at any step; keys, logs, wishes and rows beside the records themselves.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "keep_set.h"
#include "wire/claim.h"

/* Past `rounds` more rounds of the timers. */
static void
rounds(int n)
{
	for (; n > 0; n--) {
		msec last = totals().round;
		t.e->now++;
		UNTIL(totals().round > last);
	}
}

static void
later(msec by)
{
	struct fact tick = { .kind = FACT_TICK };
	t.e->now += by;
	assert_int_equal(edge_submit(t.e, &tick), 0);
}

/* The judge gives the case up. */
static void
long_ago(uint64_t no)
{
	char args[96];
	snprintf(args, sizeof(args), "{\"verb\": \"close\", \"as\": \"accepted\", \"cases\": [%llu]}", (unsigned long long)no);
	assert_int_equal(ask(control_desk, args), 0);
	later(300 * MSEC_DAY);
	later(300 * MSEC_DAY);
	assert_false(there(no));
}

struct targets {
	size_t orders, named;
};

static int
see_order(const struct order *o, void *arg)
{
	struct targets *w = arg;
	w->orders++;
	w->named += o->target.a.fam != 0;
	return 0;
}

static struct targets
orders(void)
{
	struct targets w = { 0 };
	assert_int_equal(store_each_order(t.e->store, see_order, &w), 0);
	return w;
}

static bool
story(uint64_t no)
{
	uint64_t after;
	msec first, last;
	assert_int_equal(store_case_after(t.e->store, no - 1, &after, &first, &last), 0);
	return after == no;
}

static uint64_t
hold(const char *which)
{
	char args[128];
	snprintf(args, sizeof(args), "{\"which\": \"%s\", \"text\": \"court 7 O 12\"}", which);
	assert_int_equal(ask(control_hold, args), 0);
	return (uint64_t)json_integer_value(json_object_get(t.doc, "fact"));
}

static int
forget(const char *which)
{
	char args[128];
	snprintf(args, sizeof(args), "{\"which\": \"%s\", \"text\": \"r\"}", which);
	return ask(control_forget, args);
}

/* A line under hold whose address was leased: its case stays when the judge has given it up, with orders and
 * story, over a restart, and nobody forgets the address. */
static void
test_past(void **state)
{
	(void)state;
	lease(7, "L-77");
	uint64_t no = report(7, 1, 2);
	report(8, 2, 1);
	assert_int_equal(ask(control_inject, "{\"prefix\": \"192.0.2.7/32\", \"count\": 1}"), 0);
	size_t named = orders().named;
	assert_true(named > 0);
	uint64_t fact = hold("line:L-77");
	rounds(1);
	long_ago(no);
	rounds(2);
	assert_int_equal(count(7, 1).reports, 2);
	assert_int_equal(count(7, 1).bodies, 2);
	assert_int_equal(orders().named, named);
	set_end();
	begin();
	t.e->now += 2000 * MSEC_DAY;
	rounds(2);
	assert_int_equal(count(7, 1).bodies, 2);
	assert_int_equal(orders().named, named);
	assert_true(story(no));
	assert_int_equal(forget("192.0.2.7"), -EPERM); /* it was the line's */
	assert_int_equal(forget("192.0.2.8"), 0);
	UNTIL(totals().jobs == 0);
	assert_int_equal(count(8, 0).reports, 0);
	char args[64];
	snprintf(args, sizeof(args), "{\"drop\": %llu, \"text\": \"over\"}", (unsigned long long)fact);
	assert_int_equal(ask(control_hold, args), 0);
	UNTIL(count(7, 1).reports == 0);
	UNTIL(orders().named == 0);
	replayed();
}

/* A lease that began after the hold is the line's, too; one of somebody else's later is not. */
static void
test_lease_later(void **state)
{
	(void)state;
	hold("line:L-77");
	rounds(1);
	lease(7, "L-77");
	uint64_t mine = report(7, 1, 1);
	lease(9, "L-99");
	uint64_t other = report(9, 1, 1);
	rounds(1);
	long_ago(mine);
	rounds(2);
	assert_int_equal(count(7, 0).bodies, 1);
	later(1);
	long_ago(other);
	UNTIL(count(9, 0).reports == 0);
	assert_int_equal(count(7, 0).bodies, 1);
}

/* A case under hold: whoever is forgotten, its orders stay as they are. */
static void
test_orders(void **state)
{
	(void)state;
	char which[24];
	lease(7, "L-77");
	uint64_t no = report(7, 1, 2);
	assert_int_equal(ask(control_inject, "{\"prefix\": \"192.0.2.7/32\", \"count\": 1}"), 0);
	size_t named = orders().named;
	assert_true(named > 0);
	long_ago(no);
	snprintf(which, sizeof(which), "%llu", (unsigned long long)no);
	hold(which);
	assert_int_equal(forget("line:L-77"), 0); /* nothing says to lymph that they have to do with each other */
	UNTIL(totals().jobs == 0);
	assert_int_equal(count(7, 1).bodies, 2);
	assert_int_equal(orders().named, named);
	rounds(2);
	assert_int_equal(orders().named, named);
	assert_true(story(no));
}

static int
names(uint64_t seq, uint64_t case_no, const void *p, size_t n, void *arg)
{
	struct fact f;
	(void)seq, (void)case_no;
	assert_int_equal(fact_decode(p, n, &f), 0);
	*(size_t *)arg += f.kind == FACT_LEASE || f.kind == FACT_REPORT || f.kind == FACT_KEEP;
	return 0;
}

/* Ended and begun again, after one step, two, three ... */
static void
test_cut_short(void **state)
{
	(void)state;
	size_t left = 0;
	int lives = 0;
	lease(7, "L-77");
	uint64_t no = report(7, 1, 130), of_case;
	lease(8, "L-77");
	report(8, 1, 130);
	of_case = mail(TRAY_CASE, no, "ada@one.example");
	assert_int_equal(ask(control_inject, "{\"prefix\": \"192.0.2.7/32\", \"count\": 1}"), 0);
	assert_int_equal(ask(control_desk, "{\"verb\": \"undo\", \"filter\": {\"class\": \"open-proxy\"}}"), 0);
	assert_int_equal(forget("line:L-77"), 0);
	do {
		set_end();
		begin();
		turn(5 + 15 * lives); /* a step more each time: where it was it goes on, but not in the middle */
	} while (totals().jobs && ++lives < 20);
	assert_true(lives > 4);
	UNTIL(totals().jobs == 0);
	assert_int_equal(store_each_fact(t.e->store, 0, names, &left), 0);
	assert_int_equal(left, 0);
	assert_int_equal(orders().named, 0);
	assert_true(written_by(of_case, ""));
	assert_false(on_disk("L-77", 4));
	replayed();
}

static void
work(uint64_t no)
{
	(void)no;
	while (totals().jobs)
		turn(1);
}

/* From the disk, in processes of its own, each killed a little later, until one comes to the end of it. */
static void
killed(void (*live)(uint64_t no), uint64_t no)
{
	int lives = 0;
	set_end();
	for (bool done = false; !done && lives < 60; lives++) {
		int status;
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			begin();
			live(no);
			_exit(0);
		}
		usleep(1000 * (unsigned)(10 + 7 * lives));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		done = WIFEXITED(status);
	}
	assert_true(lives > 3);
	begin();
}

/* The same in processes of its own, killed at any moment. */
static void
test_killed(void **state)
{
	(void)state;
	size_t left = 0;
	lease(7, "L-77");
	uint64_t no = report(7, 1, 120), of_case = mail(TRAY_CASE, no, "ada@one.example");
	lease(7, "L-78"); /* somebody else's from now on */
	assert_int_equal(forget("line:L-77"), 0);
	killed(work, 0);
	UNTIL(totals().jobs == 0);
	assert_int_equal(count(7, 1).reports, 0);
	assert_int_equal(store_each_fact(t.e->store, 0, names, &left), 0);
	assert_int_equal(left, 1); /* the lease of L-78 */
	assert_true(written_by(of_case, ""));
	assert_false(on_disk("L-77", 4));
	replayed();
}

/* --- what waits for a hold ----------------------------------------------------------------------- */

static void
ada(void)
{
	struct fact f = { .kind = FACT_REPORTER };
	memset(f.reporter.key.b, 0x41, KEY_BYTES);
	snprintf(f.reporter.name, sizeof(f.reporter.name), "Ada Example");
	assert_int_equal(edge_submit(t.e, &f), 0);
}

static int
drop(uint64_t no)
{
	char args[64];
	snprintf(args, sizeof(args), "{\"drop\": %llu, \"text\": \"over\"}", (unsigned long long)no);
	return ask(control_hold, args);
}

static uint64_t
hold_case(uint64_t no)
{
	char which[24];
	snprintf(which, sizeof(which), "%llu", (unsigned long long)no);
	return hold(which);
}

/* How many wait, and that the first one waits for these, as staff see it. */
static size_t
waits_for(uint64_t a, uint64_t b)
{
	assert_int_equal(ask(control_forget, "{\"list\": true}"), 0);
	const json_t *list = json_object_get(t.doc, "forgettings");
	const json_t *holds = json_object_get(json_array_get(list, 0), "waits_for");
	assert_int_equal(json_integer_value(json_array_get(holds, 0)), a);
	assert_int_equal(json_integer_value(json_array_get(holds, 1)), b);
	return json_array_size(list);
}

static int
see_said(uint64_t seq, uint64_t case_no, const void *p, size_t n, void *arg)
{
	struct fact f;
	unsigned *said = arg;
	(void)seq, (void)case_no;
	assert_int_equal(fact_decode(p, n, &f), 0);
	if (f.kind == FACT_KEEP)
		said[f.keep.verb]++;
	return 0;
}

/* What the journal says of it that can be read. */
static unsigned
words(enum keep_verb v)
{
	unsigned said[KEEP_VERB_N] = { 0 };
	assert_int_equal(store_people_facts(t.e->store, 0, see_said, said), 0);
	return said[v];
}

/* Two holds keep something of somebody who is forgotten. It goes when they end, each its own, over restarts;
 * what he does later stays. */
static void
test_waits(void **state)
{
	(void)state;
	uint64_t a = hold_case(report(7, 0x41, 2)), b = hold_case(report(8, 0x41, 1));
	report(9, 0x41, 1);
	ada();
	uint64_t other = hold("192.0.2.99");
	assert_int_equal(forget("Ada Example"), 0);
	assert_int_equal(totals().jobs, 1);
	UNTIL(totals().jobs == 0);
	assert_int_equal(totals().waits, 1);
	assert_int_equal(totals().kept, 3);
	assert_int_equal(count(9, 0x41).reports, 0);
	assert_int_equal(count(8, 0x41).bodies, 1);
	assert_int_equal(waits_for(a, b), 1);
	set_end();
	begin();
	assert_int_equal(totals().jobs, 0);
	assert_int_equal(waits_for(a, b), 1);
	report(9, 0x41, 1); /* he is back */
	assert_int_equal(drop(other), 0);
	rounds(3);
	assert_int_equal(waits_for(a, b), 1);
	assert_int_equal(drop(b), 0);
	UNTIL(totals().jobs == 0);
	assert_int_equal(count(8, 0x41).reports, 0);
	assert_int_equal(count(7, 0x41).bodies, 2);
	assert_int_equal(waits_for(a, 0), 1);
	assert_int_equal(words(KEEP_FORGET), 1);
	assert_int_equal(words(KEEP_DONE), 0);
	set_end();
	begin();
	assert_int_equal(waits_for(a, 0), 1);
	replayed();
	assert_int_equal(drop(a), 0);
	UNTIL(totals().jobs == 0);
	assert_int_equal(totals().waits, 0);
	assert_int_equal(count(7, 0x41).reports, 0);
	assert_int_equal(count(9, 0x41).reports, 1);
	assert_int_equal(words(KEEP_FORGET), 0);
	assert_int_equal(words(KEEP_DONE), 1);
	assert_int_equal(waits_for(0, 0), 0);
	assert_int_equal(replayed().missing, 6); /* four reports, who sent them, and the fact that named him */
	set_end();
	begin();
	assert_int_equal(totals().jobs + totals().waits, 0);
	replayed();
}

/* A hold that runs out lets go, too, and that is in the journal. */
static void
test_runs_out(void **state)
{
	(void)state;
	char args[128];
	uint64_t no = report(7, 0x41, 1);
	ada();
	snprintf(args, sizeof(args), "{\"which\": \"%llu\", \"text\": \"r\", \"until_ms\": %lld}",
	    (unsigned long long)no, (long long)edge_now(t.e) + MSEC_DAY);
	assert_int_equal(ask(control_hold, args), 0);
	uint64_t a = (uint64_t)json_integer_value(json_object_get(t.doc, "fact"));
	assert_int_equal(forget("Ada Example"), 0);
	UNTIL(totals().jobs == 0);
	rounds(2);
	assert_int_equal(waits_for(a, 0), 1);
	assert_int_equal(words(KEEP_DROP), 0);
	later(2 * MSEC_DAY);
	UNTIL(totals().waits == 0 && totals().jobs == 0);
	assert_int_equal(count(7, 0x41).reports, 0);
	assert_int_equal(words(KEEP_DROP), 1);
	assert_int_equal(words(KEEP_DONE), 1);
	assert_int_equal(ask(control_holds, "{}"), 0);
	assert_int_equal(json_array_size(json_object_get(t.doc, "holds")), 0);
	set_end();
	begin();
	rounds(1);
	assert_int_equal(totals().holds, 0);
	assert_int_equal(words(KEEP_DROP), 1);
	replayed();
}

/* Orders and mails of a case under hold wait with it; said twice is forgotten once; a mail that came later is
 * nobody's business. */
static void
test_waits_all(void **state)
{
	(void)state;
	size_t left = 0;
	lease(7, "L-77");
	uint64_t no = report(7, 1, 2), first = mail(TRAY_CASE, no, "ada@one.example");
	assert_int_equal(ask(control_inject, "{\"prefix\": \"192.0.2.7/32\", \"count\": 1}"), 0);
	size_t named = orders().named;
	assert_true(named > 0);
	long_ago(no);
	uint64_t a = hold_case(no);
	assert_int_equal(forget("line:L-77"), 0);
	assert_int_equal(forget("line:L-77"), 0);
	UNTIL(totals().jobs == 0);
	assert_int_equal(waits_for(a, 0), 1); /* the second found nothing of the line any more */
	t.e->now++;
	uint64_t second = mail(TRAY_CASE, no, "bo@two.example");
	assert_int_equal(orders().named, named);
	assert_true(written_by(first, "ada@one.example"));
	assert_true(on_disk("L-77", 4)); /* it has to be known */
	assert_int_equal(drop(a), 0);
	UNTIL(totals().jobs == 0 && totals().waits == 0);
	assert_int_equal(count(7, 1).reports, 0);
	assert_int_equal(orders().named, 0);
	assert_true(written_by(first, "") && written_by(second, "bo@two.example"));
	assert_int_equal(store_each_fact(t.e->store, 0, names, &left), 0);
	assert_int_equal(left, 3); /* the hold, its end, and that the first is done */
	assert_false(on_disk("L-77", 4));
	replayed();
}

/* All of it: when it waits for a hold, that ends. */
static void
work_and_drop(uint64_t hold)
{
	work(0);
	if (totals().waits)
		drop(hold);
	while (totals().jobs || totals().waits)
		turn(1);
}

/* Killed at any moment of both: before it waits, and after the hold has ended. */
static void
test_waits_killed(void **state)
{
	(void)state;
	uint64_t a = hold_case(report(7, 0x41, 100));
	report(8, 0x41, 120);
	ada();
	assert_int_equal(forget("Ada Example"), 0);
	killed(work_and_drop, a);
	UNTIL(totals().jobs == 0);
	assert_int_equal(totals().waits, 0);
	assert_int_equal(count(0, 0x41).reports, 0);
	assert_int_equal(words(KEEP_FORGET), 0);
	assert_int_equal(words(KEEP_DONE), 1);
	assert_false(on_disk("Ada Example", 11));
	replayed();
}

/* What timers would have taken goes when the hold ends, not with their next turn. */
static void
test_due(void **state)
{
	(void)state;
	setenv("LYMPH_KEEP_MS", "3000000", 1);
	set_end();
	begin();
	char args[96];
	uint64_t no = report(8, 1, 1), a = hold_case(no);
	snprintf(args, sizeof(args), "{\"verb\": \"close\", \"as\": \"fixed\", \"cases\": [%llu]}",
	    (unsigned long long)no);
	assert_int_equal(ask(control_desk, args), 0);
	later(100 * MSEC_DAY);
	set_end();
	begin();
	hold("192.0.2.99"); /* whatever begins a round */
	UNTIL(totals().round > 0);
	assert_int_equal(count(8, 0).bodies, 1);
	assert_int_equal(drop(a), 0);
	UNTIL(count(8, 0).bodies == 0);
	assert_int_equal(count(8, 0).reports, 1);
}

static off_t
log_bytes(void)
{
	struct stat st;
	char path[96];
	snprintf(path, sizeof(path), "%s/state/lymph.db-wal", set.dir);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* What the timers took out stands in no log; what a hold kept is where the next round begins. */
static void
test_round(void **state)
{
	(void)state;
	uint64_t at;
	lease(9, "L-99");
	lease(7, "L-77");
	hold("line:L-77");
	report(8, 1, 2);
	assert_int_equal(ask(control_desk, "{\"verb\": \"close\", \"as\": \"fixed\", \"cases\": [1]}"), 0);
	later(100 * MSEC_DAY);
	UNTIL(count(8, 0).bodies == 0);
	rounds(2);
	turn(50);
	assert_true(log_bytes() < 5 * 4096); /* what was written since */
	later(400 * MSEC_DAY);
	rounds(2);
	assert_int_equal(store_number(t.e->store, "facts without a case", &at), 0);
	assert_int_equal(at, 2); /* the configuration, and who was not held */
}

/* Somebody reads: the log cannot be folded, all else goes on. */
static void
test_reader(void **state)
{
	(void)state;
	struct store *s;
	char dir[96];
	uint64_t seq;
	msec at;
	report(7, 1, 1);
	report(8, 1, 1);
	snprintf(dir, sizeof(dir), "%s/state", set.dir);
	assert_int_equal(store_sqlite_open(dir, STORE_READONLY, &s), 0);
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(store_last(s, &seq, &at), 0);
	assert_int_equal(forget("192.0.2.7"), 0);
	assert_int_equal(forget("192.0.2.8"), 0);
	UNTIL(count(8, 0).reports == 0 && count(7, 0).reports == 0);
	rounds(2);
	assert_true(totals().jobs > 0); /* still in the log */
	store_close(s);
	UNTIL(totals().jobs == 0);
	assert_true(log_bytes() < 5 * 4096);
}

/* Facts come all the time: what is due goes all the same, under holds. */
static void
test_busy(void **state)
{
	(void)state;
	uint8_t host = 100;
	hold("line:L-77");
	report(7, 1, 1);
	assert_int_equal(forget("192.0.2.7"), 0);
	msec round = totals().round, end = clock_mono() + MSEC_MINUTE;
	while (count(7, 0).reports || totals().round == round) {
		assert_true(clock_mono() < end);
		lease(host++, "L-88");
		turn(2);
	}
}

/* What was set aside nobody can read: it goes with whoever is forgotten. */
static void
test_aside(void **state)
{
	(void)state;
	static const char text[] = "{a report about 192.0.2.7}";
	struct store_aside a = { .at = edge_now(t.e), .role = "judge", .bytes = text, .len = sizeof(text) };
	assert_int_equal(edge_begin(t.e), 0);
	assert_int_equal(store_aside(t.e->store, &a), 0);
	assert_int_equal(edge_commit(t.e), 0);
	report(7, 1, 1);
	assert_int_equal(forget("192.0.2.7"), 0);
	UNTIL(totals().jobs == 0);
	assert_false(on_disk("192.0.2.7", 9));
}

/* Who wrote a mail is not in a copy of the database made before, with the keys of today. */
static void
test_head(void **state)
{
	(void)state;
	char cmd[400], dir[96];
	struct store *s;
	void *p = NULL;
	size_t n = 0;
	uint64_t no = mail(TRAY_CASE, report(7, 1, 1), "ada@one.example");
	uint8_t name[8] = { 0, 0, 0, 0, 0, 0, 0, (uint8_t)no };
	snprintf(dir, sizeof(dir), "%s/copy", set.dir);
	snprintf(cmd, sizeof(cmd), "mkdir %s && cp %s/state/lymph.db* %s/", dir, set.dir, dir);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(forget("192.0.2.7"), 0);
	UNTIL(totals().jobs == 0);
	snprintf(cmd, sizeof(cmd), "cp %s/state/keys %s/state/mail-keys %s/", set.dir, set.dir, dir);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(store_sqlite_open(dir, STORE_READONLY, &s), 0);
	assert_true(store_shelved(s, SHELF_MAIL_HEAD, name, 8, &p, &n) < 0);
	store_close(s);
	assert_true(written_by(no, ""));
}

/* A mail whose keys went in a step that was taken back is finished by the next one. */
static void
test_head_lost(void **state)
{
	(void)state;
	struct mail_head h;
	uint64_t no = mail(TRAY_CASE, 0, "ada@one.example"), other = mail(TRAY_CASE, 0, "bo@two.example");
	assert_int_equal(edge_begin(t.e), 0);
	assert_int_equal(mails_strip(t.e, no, true), 0);
	mails_settled(t.e, false);
	edge_abort(t.e);
	assert_true(mails_head(t.e, no, &h) < 0);
	assert_true(mails_row(t.e, no)->size > 0);
	later(100 * MSEC_DAY);
	UNTIL(mails_row(t.e, no)->size == 0 && mails_row(t.e, other)->size == 0);
	assert_true(written_by(no, "") && written_by(other, ""));
}

/* Strangers send small mails by the thousand: what is known of each counts, too, and goes in the end. */
static void
test_many_mails(void **state)
{
	(void)state;
	set_end();
	t.more = "intake {\n disk = 16777216\n}\n"; /* a tenth: 1,677,721 bytes */
	begin();
	struct identity six = { .name = "dkim:six.example" };
	struct fact known = { .kind = FACT_REPORTER, .reporter = { .key = identity_key(&six), .name = "dkim:six.example",
		.standing = STANDING_ORG } };
	assert_int_equal(edge_submit(t.e, &known), 0);
	uint64_t n = 0, first = mail_by(TRAY_BOUNCE, 0, "di@six.example", "dkim:six.example"), last = first;
	for (int i = 0; i < 1800; i++) {
		uint64_t no = mail(TRAY_BOUNCE, 0, "bo@two.example");
		assert_true(no > last); /* never refused */
		last = no;
	}
	for (const struct mail_row *r = NULL; (r = mails_next(t.e, r ? r->no : 0, TRAY_N, MAIL_STATE_N)); n++)
		;
	assert_in_range(n, 1000, 1 + 1677721 / 1024);
	assert_true(mails_row(t.e, first) && mails_row(t.e, first)->size); /* not theirs */
	t.e->now += 20 * MSEC_DAY;
	UNTIL(!mails_next(t.e, 0, TRAY_N, MAIL_STATE_N));
	set_end();
	begin();
	assert_true(mail(TRAY_BOUNCE, 0, "bo@two.example") > last); /* a number says one mail only */
}

static int
see_wish(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	(void)name, (void)name_n, (void)blob, (void)n;
	++*(size_t *)arg;
	return 0;
}

static size_t
wishes(void)
{
	size_t n = 0;
	assert_int_equal(store_each_shelved(t.e->store, SHELF_WISH, see_wish, &n), 0);
	return n;
}

/* What somebody wanted to be told goes with his report, whatever is in memory. */
static void
test_wish(void **state)
{
	(void)state;
	void *p;
	size_t n;
	report(7, 1, 1);
	uint8_t mine[8] = { 0, 0, 0, 0, 0, 0, 0, (uint8_t)last_fact(FACT_REPORT) };
	report(8, 1, 1);
	uint8_t orphan[8] = { 0, 0, 0, 0, 0, 0, 0, (uint8_t)last_fact(FACT_REPORT) };
	assert_int_equal(edge_begin(t.e), 0);
	assert_int_equal(store_shelve(t.e->store, SHELF_WISH, mine, 8, "\1ada@one.example", 16), 0);
	assert_int_equal(store_shelve(t.e->store, SHELF_WISH, orphan, 8, "\1bo@two.example", 15), 0);
	assert_int_equal(edge_commit(t.e), 0);
	assert_false(on_disk("two.example", 11));
	assert_int_equal(edge_begin(t.e), 0);
	assert_int_equal(store_shred(t.e->store, orphan[7], STORE_FACT | STORE_BODY), STORE_FACT | STORE_BODY);
	edge_abort(t.e); /* its keys went all the same */
	assert_int_equal(forget("192.0.2.7"), 0);
	UNTIL(totals().jobs == 0);
	assert_int_equal(store_shelved(t.e->store, SHELF_WISH, mine, 8, &p, &n), -ENOENT);
	assert_int_equal(wishes(), 1);
	set_end();
	begin();
	assert_int_equal(wishes(), 0);
}

/* The next chunk of a mail; why it was not given. */
static int
chunk(uid_t uid, uint64_t no, long long from)
{
	char args[64];
	t.uid = uid;
	snprintf(args, sizeof(args), "{\"mail\": %llu, \"from\": %lld}", (unsigned long long)no, from);
	return ask(control_mail_bytes, args);
}

/* Not a byte of a sealed mail without a word in the journal, and nothing of it in lists. */
static void
test_sealed(void **state)
{
	(void)state;
	char args[64], *text;
	set_end();
	t.more = "intake {\n sealed-readers = { \"1001\", \"1002\" }\n}\n";
	begin();
	control_mail_init(set.conf);
	uint64_t no = mail(TRAY_SEALED, 0, "ada@one.example");
	assert_int_equal(chunk(1003, no, 1), -EPERM);
	assert_int_equal(count_facts(FACT_DESK), 0);
	assert_int_equal(chunk(1001, no, 1), 0);
	assert_int_equal(count_facts(FACT_DESK), 1);
	long long next = 1 + json_integer_value(json_object_get(t.doc, "count"));
	assert_int_equal(chunk(1001, no, next), 0); /* the same reading goes on */
	assert_int_equal(count_facts(FACT_DESK), 1);
	assert_int_equal(chunk(1002, no, next), 0);
	assert_int_equal(chunk(1001, no, 1), 0);
	assert_int_equal(chunk(1001, no, 0), 0);
	assert_int_equal(count_facts(FACT_DESK), 4);
	t.uid = 1001;
	assert_int_equal(ask(control_tray, "{\"tray\": \"sealed\"}"), 0);
	text = json_dumps(t.doc, 0);
	assert_non_null(strstr(text, "\"mail\": 1"));
	assert_null(strstr(text, "one.example"));
	free(text);
	snprintf(args, sizeof(args), "{\"mail\": %llu}", (unsigned long long)no);
	assert_int_equal(ask(control_mail, args), 0);
	text = json_dumps(t.doc, 0);
	assert_non_null(strstr(text, "\"mail\": 1"));
	assert_null(strstr(text, "one.example"));
	free(text);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_past),
		TEST(test_lease_later),
		TEST(test_orders),
		TEST(test_cut_short),
		TEST(test_killed),
		TEST(test_waits),
		TEST(test_runs_out),
		TEST(test_waits_all),
		TEST(test_waits_killed),
		TEST(test_due),
		TEST(test_round),
		TEST(test_reader),
		TEST(test_busy),
		TEST(test_aside),
		TEST(test_head),
		TEST(test_head_lost),
		TEST(test_many_mails),
		TEST(test_wish),
		TEST(test_sealed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
