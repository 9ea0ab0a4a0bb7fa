/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The desk with the real judge and the real store: what a preview lists is what is done, many take two
 * people, what waits runs late never, and a batch taken back leaves all as it was.
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

#include "lymphd/control_desk.h"
#include "lymphd/staff.h"

#include "judge_set.h"

static struct {
	char why[512];
	struct edge *e;
	json_t *doc; /* the last answer */
	uid_t uid;
} t;

/* Asks; 0 or the error. */
static int
ask(control_fn *fn, const char *args)
{
	json_error_t err;
	json_t *a = json_loads(args, 0, &err);
	if (!a)
		fail_msg("%s: %s", args, err.text);
	json_decref(t.doc);
	t.doc = json_object();
	t.why[0] = '\0';
	struct control_call k = { .e = t.e, .args = a, .uid = t.uid, .roles = MAY_DESK,
		.answer = t.doc, .why = t.why, .why_size = sizeof(t.why) };
	int r = fn(&k);
	json_decref(a);
	return r;
}

static long long
num(const char *key)
{
	return json_integer_value(json_object_get(t.doc, key));
}

static size_t
skipped(void)
{
	return json_array_size(json_object_get(t.doc, "skipped"));
}

static const char *
why(size_t i)
{
	return json_string_value(
	    json_object_get(json_array_get(json_object_get(t.doc, "skipped"), i), "why"));
}

static struct view_case
see(uint64_t no)
{
	struct view_case v = { 0 };
	assert_true(view_case(t.e->judge, no, edge_now(t.e), &v));
	return v;
}

/* delegated: what one customer has of IPv6. */
static void
begin(unsigned delegated)
{
	char text[512];
	snprintf(text, sizeof(text), "appeal = \"+49 30 1234\"\n"
	    "hand {\n actuator = \"dry\"\n always-reach = {\"192.0.2.53\"}\n}\n"
	    "prefix \"10.0.0.0/16\" {\n kind = residential\n}\n"
	    "prefix \"2001:db8::/32\" {\n kind = residential\n delegated = %u\n}\n", delegated);
	set_conf(text);
	t.e = set_edge();
}

static int
set_up(void **state)
{
	(void)state;
	if (set_dir("desk") < 0)
		return -1;
	begin(56);
	t.uid = 1001;
	/* 30 cases with filters. */
	assert_int_equal(ask(control_inject, "{\"prefix\": \"10.0.1.0/24\", \"count\": 30}"), 0);
	assert_true(see(30).order[RUNG_FILTER] > 0);
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

static void
test_preview(void **state)
{
	(void)state;
	static const char close[] = "{\"verb\": \"close\", \"as\": \"accepted\", \"cases\": [3, 1, 2, 2, 99]%s}";
	char args[256];
	struct view_totals before = { 0 }, after = { 0 };
	view_totals(t.e->judge, &before);
	snprintf(args, sizeof(args), close, ", \"preview\": true");
	assert_int_equal(ask(control_desk, args), 0);
	assert_int_equal(num("count"), 3);
	assert_int_equal(json_array_size(json_object_get(t.doc, "targets")), 3);
	assert_int_equal(skipped(), 1);
	assert_string_equal(why(0), "no such case");
	view_totals(t.e->judge, &after);
	assert_int_equal(before.facts, after.facts);
	snprintf(args, sizeof(args), close, "");
	assert_int_equal(ask(control_desk, args), 0);
	assert_int_equal(num("done"), 3);
	for (uint64_t no = 1; no <= 3; no++)
		assert_int_equal(see(no).closed_as, CLOSE_ACCEPTED);
	assert_int_equal(see(4).state, CASE_ACTED);
	/* Again: they are closed. Then taken back. */
	long long batch = num("batch");
	assert_int_equal(ask(control_desk, args), 0);
	assert_int_equal(num("done"), 0);
	assert_int_equal(skipped(), 4);
	snprintf(args, sizeof(args), "{\"batch\": %lld}", batch);
	assert_int_equal(ask(control_batch_undo, args), 0);
	assert_int_equal(num("done"), 3);
	for (uint64_t no = 1; no <= 3; no++)
		assert_int_not_equal(see(no).state, CASE_CLOSED);
	assert_int_equal(ask(control_batch_undo, "{\"batch\": 1}"), -ENOENT);
	assert_int_equal(ask(control_batch_undo, "{\"batch\": 999999}"), -ENOENT);
}

static void
test_words(void **state)
{
	(void)state;
	assert_int_equal(ask(control_desk, "{\"verb\": \"assign\", \"name\": \"ada\", \"cases\": [1, 2]}"), 0);
	long long batch = num("batch");
	assert_string_equal(see(1).assignee, "ada");
	assert_int_equal(ask(control_desk, "{\"verb\": \"assign\", \"name\": \"bo\", \"filter\": "
	    "{\"assignee\": \"ada\"}}"), 0);
	assert_int_equal(num("done"), 2);
	assert_string_equal(see(2).assignee, "bo");
	char args[256];
	snprintf(args, sizeof(args), "{\"batch\": %lld}", num("batch"));
	assert_int_equal(ask(control_batch_undo, args), 0);
	assert_string_equal(see(2).assignee, "ada");
	snprintf(args, sizeof(args), "{\"batch\": %lld}", batch);
	assert_int_equal(ask(control_batch_undo, args), 0);
	assert_string_equal(see(1).assignee, "");
	/* Merge: no circle, not into itself. */
	assert_int_equal(ask(control_desk, "{\"verb\": \"merge\", \"into\": 2, \"cases\": [1, 2]}"), 0);
	assert_int_equal(num("done"), 1);
	assert_string_equal(why(0), "a case is not merged into itself");
	batch = num("batch");
	assert_int_equal(see(1).merged_into, 2);
	assert_int_equal(ask(control_desk, "{\"verb\": \"merge\", \"into\": 1, \"cases\": [2]}"), 0);
	assert_int_equal(num("done"), 0);
	assert_string_equal(why(0), "the two would be merged into each other");
	assert_int_equal(ask(control_desk, "{\"verb\": \"close\", \"as\": \"fixed\", \"cases\": [1]}"), 0);
	assert_string_equal(why(0), "it is merged into case 2");
	snprintf(args, sizeof(args), "{\"batch\": %lld}", batch);
	assert_int_equal(ask(control_batch_undo, args), 0);
	assert_int_equal(see(1).merged_into, 0);
	/* Snooze. */
	snprintf(args, sizeof(args), "{\"verb\": \"snooze\", \"until_ms\": %lld, \"cases\": [1]}",
	    (long long)clock_real() + MSEC_DAY);
	assert_int_equal(ask(control_desk, args), 0);
	assert_true(see(1).snoozed > clock_real());
	assert_int_equal(ask(control_desk, "{\"verb\": \"note\", \"text\": \"x\", \"filter\": {\"snoozed\": true}}"), 0);
	assert_int_equal(num("done"), 1);
	snprintf(args, sizeof(args), "{\"batch\": %lld}", num("batch"));
	assert_int_equal(ask(control_batch_undo, args), 0); /* a note stays */
	assert_string_equal(why(0), "nothing takes that back");
	/* What is not understood. */
	static const char *const bad[] = { "{}", "{\"verb\": \"shoot\", \"cases\": [1]}",
		"{\"verb\": \"close\", \"cases\": [1]}", "{\"verb\": \"close\", \"as\": \"faded\", \"cases\": [1]}",
		"{\"verb\": \"note\", \"cases\": [1]}", "{\"verb\": \"reopen\"}",
		"{\"verb\": \"reopen\", \"cases\": [1], \"filter\": {\"state\": \"open\"}}",
		"{\"verb\": \"reopen\", \"cases\": [\"1\"]}", "{\"verb\": \"reopen\", \"cases\": []}",
		"{\"verb\": \"reopen\", \"orders\": [1]}", "{\"verb\": \"reopen\", \"filter\": {}}",
		"{\"verb\": \"reopen\", \"filter\": {\"colour\": \"red\"}}",
		"{\"verb\": \"reopen\", \"filter\": {\"state\": \"odd\"}}",
		"{\"verb\": \"reopen\", \"filter\": {\"prefix\": \"10.0.0.1/8\"}}",
		"{\"verb\": \"snooze\", \"until_ms\": 1, \"cases\": [1]}",
		"{\"verb\": \"merge\", \"cases\": [1]}",
		"{\"verb\": \"assign\", \"name\": \"\\u001b[31m\", \"cases\": [1]}" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ask(control_desk, bad[i]), -EINVAL);
		assert_true(strlen(t.why) > 0);
	}
}

static void
test_undo(void **state)
{
	(void)state;
	char args[256];
	unsigned long long order = see(5).order[RUNG_FILTER];
	snprintf(args, sizeof(args), "{\"verb\": \"undo\", \"orders\": [%llu, 777777]}", order);
	assert_int_equal(ask(control_desk, args), 0);
	assert_int_equal(num("done"), 1);
	assert_string_equal(why(0), "no such order");
	assert_int_equal(see(5).order[RUNG_FILTER], 0);
	long long batch = num("batch");
	assert_int_equal(ask(control_desk, args), 0);
	assert_string_equal(why(0), "it is withdrawn already");
	snprintf(args, sizeof(args), "{\"batch\": %lld}", batch);
	assert_int_equal(ask(control_batch_undo, args), 0);
	assert_int_equal(num("done"), 1);
	assert_true(see(5).order[RUNG_FILTER] > order);
	/* A would-be order does not ask; release and back. */
	snprintf(args, sizeof(args), "{\"verb\": \"approve\", \"orders\": [%llu]}",
	    (unsigned long long)see(5).order[RUNG_FILTER]);
	assert_int_equal(ask(control_desk, args), 0);
	assert_string_equal(why(0), "it does not ask for anybody");
	assert_int_equal(ask(control_desk, "{\"verb\": \"release\", \"cases\": [5]}"), 0);
	assert_int_equal(see(5).order[RUNG_FILTER], 0);
	snprintf(args, sizeof(args), "{\"batch\": %lld}", num("batch"));
	assert_int_equal(ask(control_batch_undo, args), 0);
	assert_true(see(5).order[RUNG_FILTER] > 0);
	/* The record tells it. */
	assert_int_equal(ask(control_record, "{\"case\": 5}"), 0);
	char *text = json_dumps(t.doc, 0);
	assert_non_null(strstr(text, "TCP port 3128 of 10.0.1.4 is dropped"));
	assert_non_null(strstr(text, "by uid 1001 (undo)"));
	assert_non_null(strstr(text, "own check from the announced address: open"));
	assert_non_null(strstr(text, "+49 30 1234"));
	free(text);
	assert_int_equal(ask(control_plan, "{\"limit\": 3}"), 0);
	assert_int_equal(json_array_size(json_object_get(t.doc, "orders")), 3);
	assert_true(json_is_integer(json_object_get(t.doc, "next")));
	/* Page by page it shows as many as it counts, and each once. */
	long long would = json_integer_value(json_object_get(json_object_get(t.doc, "counts"), "would"));
	long long shown = 0, last = 0;
	do {
		snprintf(args, sizeof(args), "{\"limit\": 7, \"from\": %lld}", num("next"));
		if (!shown)
			snprintf(args, sizeof(args), "{\"limit\": 7}");
		assert_int_equal(ask(control_plan, args), 0);
		json_t *list = json_object_get(t.doc, "orders");
		for (size_t i = 0; i < json_array_size(list); i++, shown++) {
			long long no = json_integer_value(json_object_get(json_array_get(list, i), "order"));
			assert_true(no > last);
			last = no;
		}
	} while (json_is_integer(json_object_get(t.doc, "next")));
	assert_true(would > 29);
	assert_int_equal(shown, would);
}

static void
say_mode(enum mode mode, bool panic)
{
	struct fact f = { .kind = FACT_MODE, .mode = { .mode = mode, .panic = panic } };
	assert_int_equal(edge_submit(t.e, &f), 0);
}

/* The newest filter in the record of case 7. */
static json_t *
record_of_7(void)
{
	json_t *r, *found = NULL;
	size_t i;
	assert_int_equal(ask(control_record, "{\"case\": 7}"), 0);
	json_array_foreach(json_object_get(t.doc, "records"), i, r)
	{
		if (strcmp(json_string_value(json_object_get(r, "rung")), "filter") == 0)
			found = r;
		else
			assert_true(json_is_null(json_object_get(r, "in_force")));
	}
	assert_non_null(found);
	return found;
}

static long long
of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static size_t
later_ones(const json_t *r)
{
	size_t i, n = 0;
	const json_t *e;
	json_array_foreach(json_object_get(r, "evidence"), i, e)
	{
		bool later = json_is_true(json_object_get(e, "later"));
		assert_true(later == (of(e, "at_ms") > of(r, "from_ms")));
		n += later;
	}
	assert_true(i > n); /* it was given on something */
	return n;
}

/* The record of an order: when it was in force, and what came after it. */
static void
test_in_force(void **state)
{
	(void)state;
	json_t *r = record_of_7(), *spans = json_object_get(r, "in_force"), *span;
	assert_int_equal(json_array_size(spans), 0);
	assert_string_equal(json_string_value(json_object_get(r, "in_force_note")), "lymph observed");
	assert_int_equal(later_ones(r), 0);
	clock_jump(MSEC_MINUTE);
	say_mode(MODE_ENFORCE, false);
	clock_jump(MSEC_MINUTE);
	spans = json_object_get(record_of_7(), "in_force");
	assert_int_equal(json_array_size(spans), 1);
	assert_true(json_is_true(json_object_get(json_array_get(spans, 0), "goes_on")));
	say_mode(MODE_OBSERVE, false);
	clock_jump(MSEC_MINUTE);
	say_mode(MODE_ENFORCE, true);
	clock_jump(MSEC_MINUTE);
	r = record_of_7();
	spans = json_object_get(r, "in_force");
	assert_int_equal(json_array_size(spans), 1);
	span = json_array_get(spans, 0);
	assert_true(of(span, "from_ms") >= of(r, "from_ms") + MSEC_MINUTE);
	assert_true(of(span, "until_ms") >= of(span, "from_ms") + MSEC_MINUTE);
	assert_true(of(span, "until_ms") <= of(t.doc, "now_ms") - 2 * MSEC_MINUTE);
	assert_true(json_is_false(json_object_get(span, "goes_on")));
	/* Withdrawn, it is in force no more, whatever the mode; many changes are counted. */
	for (int i = 0; i < 20; i++) {
		say_mode(MODE_ENFORCE, false);
		clock_jump(1000);
		say_mode(MODE_OBSERVE, false);
		clock_jump(1000);
	}
	say_mode(MODE_ENFORCE, false);
	r = record_of_7();
	assert_int_equal(json_array_size(json_object_get(r, "in_force")), 16);
	assert_true(of(r, "in_force_more") >= 5);
	assert_int_equal(ask(control_desk, "{\"verb\": \"release\", \"cases\": [7]}"), 0);
	clock_jump(MSEC_HOUR + MSEC_MINUTE);
	r = record_of_7();
	assert_int_equal(of(r, "in_force_more"), 6);
	/* What is found now is not what it was given on. */
	assert_int_equal(ask(control_inject, "{\"prefix\": \"10.0.1.0/24\", \"count\": 30}"), 0);
	assert_int_equal(ask(control_record, "{\"case\": 7}"), 0);
	size_t more = later_ones(json_array_get(json_object_get(t.doc, "records"), 0));
	assert_true(more > 0);
	clock_jump(-(MSEC_HOUR + 5 * MSEC_MINUTE + 40000));
}

#define MANY "{\"verb\": \"undo\", \"filter\": {\"class\": \"open-proxy\", \"rung\": \"filter\"}%s}"

static void
test_two_people(void **state)
{
	(void)state;
	char args[256], id[128];
	snprintf(args, sizeof(args), MANY, ", \"preview\": true");
	assert_int_equal(ask(control_desk, args), 0);
	assert_int_equal(num("count"), 30);
	assert_true(json_is_true(json_object_get(t.doc, "two_people")));
	snprintf(args, sizeof(args), MANY, ", \"count\": 29");
	assert_int_equal(ask(control_desk, args), -E2BIG); /* more than was shown */
	snprintf(args, sizeof(args), MANY, "");
	t.uid = 0;
	assert_int_equal(ask(control_desk, args), -EPERM);
	t.uid = 1001;
	assert_int_equal(ask(control_desk, args), 0);
	assert_string_equal(json_string_value(json_object_get(t.doc, "pending")), "b1");
	assert_true(see(1).order[RUNG_FILTER] > 0); /* not yet */
	assert_int_equal(ask(control_plan, "{}"), 0);
	assert_int_equal(json_array_size(json_object_get(t.doc, "pending")), 1);
	/* The same person, root, another number. */
	snprintf(id, sizeof(id), "{\"id\": \"b1\"}");
	assert_int_equal(ask(control_batch_approve, id), -EPERM);
	t.uid = 0;
	assert_int_equal(ask(control_batch_approve, id), -EPERM);
	t.uid = 1002;
	assert_int_equal(ask(control_batch_approve, "{\"id\": \"b7\"}"), -ENOENT);
	assert_int_equal(ask(control_batch_approve, "{\"id\": \"1\"}"), -ENOENT);
	assert_int_equal(ask(control_batch_approve, id), 0);
	assert_int_equal(num("done"), 30);
	for (uint64_t no = 1; no <= 30; no++)
		assert_int_equal(see(no).order[RUNG_FILTER], 0);
	long long batch = num("batch");
	assert_int_equal(ask(control_batch_approve, id), -ENOENT); /* once */
	/* Taking so many back takes two, too; a rejected one is gone. */
	snprintf(args, sizeof(args), "{\"batch\": %lld}", batch);
	assert_int_equal(ask(control_batch_undo, args), 0);
	assert_string_equal(json_string_value(json_object_get(t.doc, "pending")), "b2");
	assert_int_equal(ask(control_batch_reject, "{\"id\": \"b2\"}"), 0);
	assert_int_equal(ask(control_batch_approve, "{\"id\": \"b2\"}"), -ENOENT);
	assert_int_equal(ask(control_batch_undo, args), 0);
	t.uid = 1001;
	assert_int_equal(ask(control_batch_approve, "{\"id\": \"b3\"}"), 0);
	assert_int_equal(num("done"), 30);
	for (uint64_t no = 1; no <= 30; no++)
		assert_true(see(no).order[RUNG_FILTER] > 0);
}

/* Over, it is gone, and never runs late. */
static void
test_patience(void **state)
{
	(void)state;
	char args[256];
	setenv("LYMPH_DESK_MS", "30", 1);
	snprintf(args, sizeof(args), MANY, "");
	assert_int_equal(ask(control_desk, args), 0);
	char id[64];
	snprintf(id, sizeof(id), "{\"id\": \"%s\"}", json_string_value(json_object_get(t.doc, "pending")));
	usleep(60000);
	t.uid = 1002;
	assert_int_equal(ask(control_batch_approve, id), -ENOENT);
	assert_int_equal(ask(control_plan, "{}"), 0);
	assert_int_equal(json_array_size(json_object_get(t.doc, "pending")), 0);
	assert_true(see(1).order[RUNG_FILTER] > 0);
	unsetenv("LYMPH_DESK_MS");
}

/* A quarantine of all a customer has takes one person; once it is more than one has, two. */
static void
test_wide(void **state)
{
	(void)state;
	static const char six[] = "{\"prefix\": \"2001:db8:1::/64\", \"count\": 1}";
	char args[128], id[64], target[PREFIX_TEXT];
	struct order o;
	bool stands;
	assert_int_equal(ask(control_inject, six), 0);
	uint64_t no = 31;
	struct view_case v = see(no);
	assert_string_equal(prefix_print(&v.subject, target), "2001:db8:1::/56");
	clock_jump(MSEC_HOUR + MSEC_MINUTE);
	struct fact f = { .kind = FACT_FLOW, .flow = { .port = 3128, .cls = CLASS_OPEN_PROXY,
		.when = edge_now(t.e), .active = true } };
	assert_int_equal(addr_parse("2001:db8:1::", 12, &f.flow.subject), 0);
	assert_int_equal(edge_submit(t.e, &f), 0);
	assert_int_equal(ask(control_inject, six), 0);
	assert_int_equal(see(no).verified_times, 2);
	uint64_t order = see(no).order[RUNG_QUARANTINE];
	assert_true(order && view_order(t.e->judge, order, &o, &stands) && o.asked && stands);
	assert_string_equal(prefix_print(&o.target, target), "2001:db8:1::/56");
	snprintf(args, sizeof(args), "{\"verb\": \"approve\", \"orders\": [%llu], \"preview\": true}",
	    (unsigned long long)order);
	assert_int_equal(ask(control_desk, args), 0);
	assert_int_equal(num("count"), 1);
	assert_false(json_is_true(json_object_get(t.doc, "two_people")));
	/* The operator gives each customer less from now on: what asks takes several of them. */
	set_end();
	begin(60);
	assert_int_equal(ask(control_desk, args), 0);
	assert_int_equal(num("count"), 1);
	assert_true(json_is_true(json_object_get(t.doc, "two_people")));
	*strstr(args, ", \"preview") = '\0';
	strcat(args, "}");
	assert_int_equal(ask(control_desk, args), 0);
	snprintf(id, sizeof(id), "{\"id\": \"%s\"}", json_string_value(json_object_get(t.doc, "pending")));
	assert_true(view_order(t.e->judge, order, &o, &stands) && o.asked);
	assert_int_equal(ask(control_batch_approve, id), -EPERM); /* the same person */
	t.uid = 1002;
	assert_int_equal(ask(control_batch_approve, id), 0);
	assert_int_equal(num("done"), 1);
	assert_true(view_order(t.e->judge, order, &o, &stands) && !o.asked && o.by == 1001);
	clock_jump(-MSEC_HOUR - MSEC_MINUTE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_preview),
		TEST(test_words),
		TEST(test_undo),
		TEST(test_in_force),
		TEST(test_two_people),
		TEST(test_patience), TEST(test_wide),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
