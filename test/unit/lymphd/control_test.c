/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is asked at the control socket, with a judge of cardboard and the store in memory: what comes in must be one
 * line of JSON, what comes out one document; strangers' bytes come out as text.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "act/act.h"
#include "control_set.h"

static void
test_bad(void **state)
{
	(void)state;
	static const struct {
		const char *line, *code;
	} bad[] = {
		{ "", "bad-request" },
		{ "\n", "bad-request" },
		{ "{\"cmd\":\"status\",\"cmd\":\"cases\"}\n", "bad-request" },
		{ "[]\n", "bad-request" },
		{ "{\"cmd\":\"fly\"}\n", "bad-request" },
		{ "{\"cmd\":\"why\"}\n", "bad-request" },
		{ "{\"cmd\":\"cases\",\"args\":{\"state\":\"acked\"}}\n", "bad-request" },
		{ "{\"cmd\":\"cases\",\"args\":{\"class\":\"open-prox\"}}\n", "bad-request" },
		{ "{\"cmd\":\"why\",\"args\":[]}\n", "bad-request" },
		{ "{\"cmd\":\"why\",\"args\":{\"address\":\"192.0.2.0/24\"}}\n", "bad-request" },
		{ "{\"cmd\":\"case\",\"args\":{\"case\":3}}\n", "not-found" },
		{ "{\"cmd\":\"case\",\"args\":{\"case\":\"3\"}}\n", "bad-request" },
		{ "{\"cmd\":\"cases\",\"args\":{\"limit\":0}}\n", "bad-request" },
		{ "{\"cmd\":\"cases\",\"args\":{\"limit\":1001}}\n", "bad-request" },
		{ "{\"cmd\":\"reporter-set\",\"args\":{}}\n", "bad-request" },
		{ "{\"cmd\":\"reporter-enrol\",\"args\":{\"name\":\"x\"}}\n", "bad-request" },
		{ "{\"cmd\":\"reporter-enrol\",\"args\":{\"pgp\":\"AAAA\"}}\n", "bad-request" },
		{ "{\"cmd\":\"reporter-enrol\",\"args\":{\"name\":\"x\",\"pgp\":\"A\"}}\n", "bad-request" },
		{ "{\"cmd\":\"reporter-enrol\",\"args\":{\"name\":\"x\",\"pgp\":\"AAAA\"}}\n", "not-there" },
		{ "{\"cmd\":\"reporter-remove\",\"args\":{\"key\":\"nobody\"}}\n", "not-found" },
		{ "{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"nobody\"}}\n", "not-found" },
		{ "{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"pin\":\"0.91\"}}\n",
		    "bad-request" },
		{ "{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"standing\":\"own\"}}"
		  "\n",
		    "bad-request" },
		{ "{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"name\":\"a\\u001b\"}}"
		  "\n",
		    "bad-request" },
		{ "{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"as\":4294967296}}\n",
		    "bad-request" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *doc = ask(bad[i].line);
		if (strcmp(error_code(doc), bad[i].code) != 0)
			fail_msg("%s gives %s, not %s", bad[i].line, error_code(doc), bad[i].code);
		json_decref(doc);
	}
	assert_int_equal(card.submits, 0);
	/* A request without end is answered when it is full, and costs nobody else anything. */
	char *big = malloc(70000);
	memset(big, ' ', 70000);
	json_t *doc = ask_raw(big, 65536, false);
	assert_string_equal(error_code(doc), "bad-request");
	json_decref(doc);
	free(big);
}

static void
test_shows(void **state)
{
	(void)state;
	json_t *doc = ask("{\"cmd\":\"cases\",\"args\":{\"limit\":1}}\n");
	assert_int_equal(json_array_size(json_object_get(doc, "cases")), 1);
	assert_int_equal(json_integer_value(json_object_get(doc, "next")), 2);
	json_decref(doc);
	doc = ask("{\"cmd\":\"cases\",\"args\":{\"from\":2}}");
	const json_t *c = json_array_get(json_object_get(doc, "cases"), 0);
	assert_int_equal(json_integer_value(json_object_get(c, "case")), 2);
	assert_true(json_is_null(json_object_get(doc, "next")));
	assert_string_equal(
	    json_string_value(json_object_get(c, "opened")), "2026-11-22T02:00:00Z");
	assert_true(json_real_value(json_object_get(c, "score")) == 0.905);
	json_decref(doc);
	for (const char *const *q =
		 (const char *const[]){ "status", "orders", "reporters", "protect", "aside", "exporters", "top", "memory",
			 NULL };
	     *q; q++) {
		char line[64];
		snprintf(line, sizeof(line), "{\"cmd\":\"%s\"}\n", *q);
		doc = ask(line);
		assert_null(json_object_get(doc, "error"));
		json_decref(doc);
	}
}

static void
test_why(void **state)
{
	(void)state;
	json_t *doc = ask("{\"cmd\":\"why\",\"args\":{\"address\":\"192.0.2.1\"}}\n");
	const json_t *c = json_array_get(json_object_get(doc, "cases"), 0);
	const json_t *lines = json_object_get(json_object_get(c, "explained"), "lines");
	assert_int_equal(json_array_size(lines), 2);
	/* Bytes that are no UTF-8 cannot travel in JSON: they come escaped. */
	assert_string_equal(json_string_value(json_object_get(json_array_get(lines, 1), "sender")),
	    "shop\\xff\\x1b[31m.example");
	assert_int_equal(json_array_size(json_object_get(c, "gates")), RUNG_N);
	assert_int_equal(json_array_size(json_object_get(c, "orders")), 1);
	assert_int_equal(json_array_size(json_object_get(c, "looks")), 1);
	assert_true(json_is_true(json_object_get(doc, "own")));
	/* The newest only, and each event finds the report it is about. */
	const json_t *reports = json_object_get(c, "reports_newest"), *ev;
	size_t n = json_array_size(reports), i;
	assert_int_equal(n, 60);
	assert_int_equal(json_integer_value(json_object_get(c, "events_total")), REPORTS + 1);
	json_array_foreach(json_object_get(c, "events"), i, ev)
		assert_int_equal(json_integer_value(json_object_get(ev, "fact")),
		    json_integer_value(json_object_get(json_array_get(reports, i), "fact")));
	assert_int_equal(i, n);
	const json_t *last = json_array_get(reports, n - 1);
	assert_string_equal(json_string_value(json_object_get(last, "name")), "partner");
	json_decref(doc);
	/* Protected by command, which the configuration does not know. */
	doc = ask("{\"cmd\":\"why\",\"args\":{\"address\":\"192.0.2.77\"}}\n");
	assert_true(json_is_true(json_object_get(doc, "protected")));
	json_decref(doc);
	doc = ask("{\"cmd\":\"why\",\"args\":{\"address\":\"203.0.113.1\"}}\n");
	assert_int_equal(json_array_size(json_object_get(doc, "cases")), 0);
	assert_true(json_is_false(json_object_get(doc, "own")));
	json_decref(doc);
}

/* What acts is shown, and staff's word through the socket becomes facts and audit. */
static void
test_acts(void **state)
{
	(void)state;
	json_t *doc = ask("{\"cmd\":\"status\"}\n");
	const json_t *h = json_object_get(doc, "hand");
	assert_true(json_real_value(json_object_get(h, "ratio")) == 0.75);
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(h, "held"), 0)), "quar6");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(h, "refused"),
			     act_rule_name(RULE_NEVER))), 2);
	assert_string_equal(json_string_value(json_object_get(json_object_get(doc, "mode"), "mode")),
	    "observe");
	json_decref(doc);
	doc = ask("{\"cmd\":\"orders\"}\n");
	const json_t *o = json_array_get(json_object_get(doc, "orders"), 0);
	assert_string_equal(json_string_value(json_object_get(o, "state")), "would");
	assert_true(json_is_null(json_object_get(o, "carrier"))); /* none is configured */
	assert_int_equal(json_integer_value(json_object_get(o, "packets")), 7);
	json_decref(doc);
	doc = ask("{\"cmd\":\"plan\"}\n");
	assert_int_equal(json_array_size(json_object_get(doc, "orders")), 1);
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(doc, "counts"), "would")), 1);
	json_decref(doc);
	if (getuid() != 0)
		skip();
	doc = ask("{\"cmd\":\"desk\",\"args\":{\"verb\":\"undo\",\"orders\":[1,2],\"text\":\"x\"}}\n");
	assert_int_equal(json_integer_value(json_object_get(doc, "done")), 1);
	assert_int_equal(json_array_size(json_object_get(doc, "skipped")), 1);
	assert_int_equal(card.desks, 1);
	assert_int_equal(card.audits, 1);
	assert_int_equal(card.desk[0].desk.target, 1);
	assert_int_equal(card.desk[0].desk.rungs, 1u << RUNG_FILTER);
	assert_int_equal(
	    card.desk[0].desk.batch, (uint64_t)json_integer_value(json_object_get(doc, "batch")));
	assert_string_equal(card.desk[0].desk.text, "x");
	json_decref(doc);
}

static void
test_set(void **state)
{
	(void)state;
	/* What is not said stays as it was; the caller's uid is in the fact. */
	json_t *doc =
	    ask("{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"pin\":\"0.90\"}}\n");
	if (getuid() != 0) {
		assert_string_equal(error_code(doc), "not-allowed");
		json_decref(doc);
		skip();
	}
	assert_int_equal(card.submits, 1);
	assert_string_equal(card.submitted.name, "partner");
	assert_true(card.submitted.pinned && card.submitted.pin == Q32(9, 10));
	assert_int_equal(card.submitted.delay, MSEC_HOUR);
	assert_int_equal(card.submitted.as, 64500);
	assert_int_equal(card.submitted.uid, getuid());
	json_decref(doc);
	doc = ask("{\"cmd\":\"reporter-set\",\"args\":{\"key\":"
		  "\"0101010101010101010101010101010101010101010101010101010101010101\","
		  "\"name\":\"partner\"}}\n");
	assert_string_equal(error_code(doc), "exists");
	json_decref(doc);
	doc = ask("{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"as\":4294967295}}\n");
	assert_int_equal(card.submitted.as, 4294967295);
	json_decref(doc);
}

/* However many keys strangers made: a name costs nothing, a fingerprint is looked for only so far. */
static void
test_flood(void **state)
{
	(void)state;
	unsigned before = card.submits;
	if (getuid() != 0)
		skip();
	card.flood = true;
	card.walked = 0;
	json_t *doc = ask("{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"SHA256:nobody\"}}\n");
	card.flood = false;
	assert_string_equal(error_code(doc), "too-much");
	assert_int_equal(card.submits, before);
	assert_in_range(card.walked, WALK_MOST, WALK_MOST + 2);
	json_decref(doc);
	card.walked = 0;
	json_decref(ask("{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"pin\":\"0.5\"}}\n"));
	assert_int_equal(card.submits, before + 1);
	assert_int_equal(card.walked, 0); /* what it became is found straight */
}

/* A command that has to ask another role: the answer comes when that one has spoken, and to nobody else. */
static void
on_kept_now(int fd, int ready, void *arg)
{
	struct flow f = { .src = { .fam = 4, .b = { 192, 0, 2, 1 } }, .dst = { .fam = 4, .b = { 203, 0, 113, 5 } },
		.proto = 6, .dport = 23, .sport = 40000, .bits = FLOW_FLAGS, .tcp_flags = TCP_SYN, .packets = 1,
		.bytes = 40, .sampling = 1000, .first = T0, .last = T0 };
	const int *err = arg;
	(void)fd, (void)ready;
	control_later(4711, 0, json_object(), ""); /* nobody has that ticket */
	kept_asked(&edge, kept_arg, &f, *err ? 0 : 1, true, *err);
}

static json_t *
ask_flows(const char *who, int err, bool shut)
{
	char line[128];
	struct loop_event *later = loop_timer(ctx.loop, on_kept_now, &err);
	loop_timer_in(later, 50);
	snprintf(line, sizeof(line), "{\"cmd\":\"flows\",\"args\":{\"address\":\"%s\"}}\n", who);
	json_t *doc = ask_raw(line, strlen(line), shut);
	loop_drop(later);
	return doc;
}

static void
test_later(void **state)
{
	(void)state;
	for (int shut = 0; shut < 2; shut++) { /* who has closed its half waits like everybody */
		json_t *doc = ask_flows("192.0.2.1", 0, shut);
		const json_t *f = json_array_get(json_object_get(doc, "flows"), 0);
		assert_string_equal(json_string_value(json_object_get(f, "dst")), "203.0.113.5");
		assert_string_equal(json_string_value(json_object_get(f, "exporter")), "edge1");
		assert_string_equal(json_string_value(json_object_get(f, "flags")), "S");
		json_decref(doc);
	}
	json_t *doc = ask_flows("C-1001", 0, true); /* a line by the name its case has */
	assert_int_equal(json_array_size(json_object_get(doc, "flows")), 1);
	json_decref(doc);
	doc = ask_flows("192.0.2.1", -ETIMEDOUT, true);
	assert_string_equal(error_code(doc), "no-answer");
	json_decref(doc);
	static const struct {
		const char *who, *code;
		int says;
	} refused[] = { { "203.0.113.9", "not-found", 0 }, { "C-9999", "not-found", 0 },
		{ "192.0.2.1", "not-there", -ENOTCONN }, { "192.0.2.1", "busy", -EBUSY } };
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char line[128];
		kept_says = refused[i].says;
		snprintf(line, sizeof(line), "{\"cmd\":\"flows\",\"args\":{\"address\":\"%s\"}}\n", refused[i].who);
		doc = ask(line);
		assert_string_equal(error_code(doc), refused[i].code);
		json_decref(doc);
	}
	kept_says = 0;
	/* Who goes away before the answer costs nothing, and its place is free again. */
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	const char *line = "{\"cmd\":\"flows\",\"args\":{\"address\":\"192.0.2.1\"}}\n";
	kept_asked = NULL;
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(send(fd, line, strlen(line), 0), (ssize_t)strlen(line));
	json_decref(ask("{\"cmd\":\"status\"}\n"));
	assert_non_null(kept_asked);
	close(fd);
	kept_asked(&edge, kept_arg, NULL, 0, true, 0);
	doc = ask("{\"cmd\":\"exporters\"}\n");
	const json_t *x = json_array_get(json_object_get(doc, "exporters"), 0);
	assert_string_equal(json_string_value(json_object_get(x, "exporter")), "edge1");
	assert_int_equal(json_integer_value(json_object_get(x, "sampling")), 1000);
	assert_true(json_is_null(json_object_get(x, "last_seen")));
	json_decref(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_shows),
		cmocka_unit_test(test_acts),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_later),
	};
	return cmocka_run_group_tests_name("control", tests, start, stop);
}
