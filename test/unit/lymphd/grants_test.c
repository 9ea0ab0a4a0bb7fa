/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may read of cases, at the judge's channel: a hear-reports played by the test, the real judge and the real
 * store. A token shows what its scope covers, whatever is asked with it; it outlives a restart and ends at its
 * time or when it is taken away; the store knows its hash alone.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "grant_set.h"

static struct {
	struct msg_read_answer said;
	unsigned answers;
	char *page;
} t;

static void
from_judge(struct chan *c, struct chan_msg *m, void *arg)
{
	const void *map;
	size_t n;
	(void)c, (void)arg;
	reports.answers += m->type == M_REPORT_ANSWER;
	if (m->type == M_READ_ANSWER) {
		t.said = *(const struct msg_read_answer *)m->body;
		t.answers++;
		free(t.page);
		t.page = NULL;
		if (m->fd >= 0) {
			assert_int_equal(seal_map(m->fd, READ_MOST, &map, &n), 0);
			t.page = strndup(map, n);
			seal_unmap(map, n);
		} else {
			t.page = strndup((const char *)m->tail, m->tail_len);
		}
		assert_int_equal(strlen(t.page), t.said.n);
	}
	if (m->fd >= 0)
		close(m->fd);
}

static void
live(void)
{
	set_judge("prefix \"192.0.2.0/24\" {\n kind = residential\n}\n"
		  "prefix \"192.0.2.1/32\" {\n kind = residential\n line = \"L-77\"\n}\n"
		  "prefix \"198.51.100.0/24\" {\n kind = own-desk\n}");
	reports_come(from_judge);
}

static int
set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	return judge_up("grants", live);
}

static int
tear_down(void **state)
{
	free(t.page);
	return judge_down(state);
}

/* A token of that scope. */
static void
token(const char *name, const char *const *words, uint8_t ret[READ_TOKEN])
{
	struct grant g = grant(GRANT_TOKEN, name, words);
	assert_int_equal(grants_add(edge(), &g, ret), 0);
}

static enum read_result
ask(const uint8_t tok[READ_TOKEN], struct msg_read m)
{
	unsigned before = t.answers;
	m.ticket = ++reports.tickets;
	memcpy(m.token, tok, READ_TOKEN);
	UNTIL(chan_may_send(reports.hear, sizeof(m)));
	assert_int_equal(chan_send(reports.hear, M_READ, &m, NULL, 0, -1), 0);
	UNTIL(t.answers == before + 1);
	assert_int_equal(t.said.ticket, m.ticket);
	return (enum read_result)t.said.result;
}

/* How many rows the page has. */
static size_t
rows(const char *list)
{
	json_t *o = json_loads(t.page, 0, NULL);
	assert_non_null(o);
	size_t n = json_array_size(json_object_get(o, list));
	json_decref(o);
	return n;
}

static const struct msg_read all_cases = { .what = READ_CASES }, all_reports = { .what = READ_REPORTS };

static void
test_scope(void **state)
{
	uint8_t all[READ_TOKEN], cust[READ_TOKEN], bots[READ_TOKEN], inside[READ_TOKEN], none[READ_TOKEN] = { 0 };
	(void)state;
	report("192.0.2.1", 1, &key_a);
	report("192.0.2.2", 2, &key_a);
	report("198.51.100.9", 3, &key_a);
	token("all", WORDS("all"), all);
	token("cust", WORDS("198.51.100.0/24"), cust);
	token("bots", WORDS("all", "bot"), bots);
	token("in", WORDS("all", "inside", "evidence"), inside);
	assert_int_equal(ask(all, all_cases), READ_OK);
	assert_int_equal(rows("cases"), 3);
	assert_null(strstr(t.page, SECRET));
	assert_null(strstr(t.page, "L-77"));
	assert_int_equal(ask(cust, all_cases), READ_OK);
	assert_int_equal(rows("cases"), 1);
	assert_non_null(strstr(t.page, "198.51.100.9"));
	assert_int_equal(ask(bots, all_cases), READ_OK);
	assert_int_equal(rows("cases"), 0);
	assert_int_equal(ask(inside, all_cases), READ_OK);
	assert_non_null(strstr(t.page, "L-77"));
	assert_non_null(strstr(t.page, SECRET));
	/* One by number: another's as none. */
	assert_int_equal(ask(cust, (struct msg_read){ .what = READ_CASE, .case_no = 3 }), READ_OK);
	assert_int_equal(ask(cust, (struct msg_read){ .what = READ_CASE, .case_no = 1 }), READ_NONE);
	assert_int_equal(ask(cust, (struct msg_read){ .what = READ_CASE, .case_no = 77 }), READ_NONE);
	/* Asked by address, what is another's is not there. */
	struct msg_read m = { .what = READ_CASES };
	assert_int_equal(addr_parse("192.0.2.1", 9, &m.addr), 0);
	assert_int_equal(ask(cust, m), READ_OK);
	assert_int_equal(rows("cases"), 0);
	assert_int_equal(ask(all, m), READ_OK);
	assert_int_equal(rows("cases"), 1);
	/* Nobody's token; what no honest hear-reports sends. */
	assert_int_equal(ask(none, all_cases), READ_DENIED);
	all[31] ^= 1;
	assert_int_equal(ask(all, all_cases), READ_DENIED);
	all[31] ^= 1;
	assert_int_equal(ask(all, (struct msg_read){ .what = READ_WHAT_N }), READ_DENIED);
	assert_int_equal(ask(all, (struct msg_read){ .what = READ_CASES, .limit = 5000 }), READ_DENIED);
	assert_int_equal(ask(all, (struct msg_read){ .what = READ_CASES, .from = UINT64_MAX }), READ_DENIED);
}

static void
test_pages(void **state)
{
	uint8_t all[READ_TOKEN];
	char addr[32];
	size_t seen = 0, pages = 0;
	struct msg_read m = { .what = READ_CASES, .limit = 25 };
	(void)state;
	for (uint8_t i = 1; i <= 60; i++) {
		snprintf(addr, sizeof(addr), "192.0.2.%u", i);
		report(addr, i, &key_a);
	}
	token("all", WORDS("all", "reports"), all);
	for (int k = 0; k < 2; k++) {
		m.from = 0;
		seen = pages = 0;
		do {
			assert_int_equal(ask(all, m), READ_OK);
			seen += rows(k ? "reports" : "cases");
			json_t *o = json_loads(t.page, 0, NULL);
			m.from = (uint64_t)json_integer_value(json_object_get(o, "next"));
			json_decref(o);
			pages++;
		} while (m.from && pages < 10);
		assert_int_equal(seen, 60);
		assert_int_equal(pages, 3);
		m.what = READ_REPORTS;
	}
	m = (struct msg_read){ .what = READ_CASES, .since = clock_real() + MSEC_DAY };
	assert_int_equal(ask(all, m), READ_OK);
	assert_int_equal(rows("cases"), 0);
	/* The same page has the same bytes. */
	assert_int_equal(ask(all, all_cases), READ_OK);
	assert_true(t.said.n > 32768); /* too large for a message */
	char *was = strdup(t.page);
	turn(20);
	assert_int_equal(ask(all, all_cases), READ_OK);
	assert_string_equal(t.page, was);
	free(was);
}

static void
test_reports(void **state)
{
	uint8_t cases[READ_TOKEN], bare[READ_TOKEN], with[READ_TOKEN];
	(void)state;
	report("192.0.2.1", 1, &key_a);
	report("198.51.100.9", 3, &key_b);
	token("cases", WORDS("all"), cases);
	token("bare", WORDS("192.0.2.0/24", "reports"), bare);
	token("with", WORDS("all", "evidence"), with);
	assert_int_equal(ask(cases, all_reports), READ_SCOPE);
	assert_int_equal(ask(bare, all_reports), READ_OK);
	assert_int_equal(rows("reports"), 1);
	assert_null(strstr(t.page, SECRET));
	assert_null(strstr(t.page, "payload"));
	assert_non_null(strstr(t.page, "x.example"));
	/* Of another's case: none. */
	assert_int_equal(ask(bare, (struct msg_read){ .what = READ_REPORTS, .case_no = 2 }), READ_OK);
	assert_int_equal(rows("reports"), 0);
	/* A stranger's document is not opened, one of a reporter who is known is: its items, and no more. */
	assert_int_equal(ask(with, all_reports), READ_OK);
	assert_null(strstr(t.page, "payload"));
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .key = key_b, .standing = STANDING_NETWORK,
		.name = "partner" } };
	assert_int_equal(edge_submit(edge(), &f), 0);
	assert_int_equal(ask(with, all_reports), READ_OK);
	assert_non_null(strstr(t.page, "payload"));
	assert_null(strstr(t.page, SECRET)); /* the payload is base64 */
}

static void
test_life(void **state)
{
	uint8_t a[READ_TOKEN], b[READ_TOKEN], c[READ_TOKEN];
	(void)state;
	token("a", WORDS("all"), a);
	token("b", WORDS("all"), b);
	struct grant g = grant(GRANT_TOKEN, "a", WORDS("all"));
	assert_int_equal(grants_add(edge(), &g, c), -EEXIST);
	g = grant(GRANT_TOKEN, "short", WORDS("all"));
	g.until = edge_now(edge()) + 200;
	assert_int_equal(grants_add(edge(), &g, c), 0);
	assert_int_equal(ask(c, all_cases), READ_OK);
	UNTIL(ask(c, all_cases) == READ_DENIED);
	assert_int_equal(grants_remove(edge(), "a", GRANT_SUBSCRIPTION, 1), -ENOENT);
	assert_int_equal(grants_remove(edge(), "a", GRANT_TOKEN, 1), 0);
	assert_int_equal(grants_remove(edge(), "a", GRANT_TOKEN, 1), -ENOENT);
	assert_int_equal(ask(a, all_cases), READ_DENIED);
	judge_die();
	live();
	assert_int_equal(ask(a, all_cases), READ_DENIED);
	assert_int_equal(ask(b, all_cases), READ_OK);
	assert_null(grants_named(edge(), "a"));
	assert_memory_not_equal(grants_named(edge(), "b")->g.token, b, READ_TOKEN);
	/* Each deed is a fact the judge ignores. */
	assert_int_equal(count_facts(FACT_DESK), 4);
	replayed();
}

static void
test_pace(void **state)
{
	uint8_t a[READ_TOKEN], b[READ_TOKEN];
	unsigned ok = 0;
	(void)state;
	token("a", WORDS("all"), a);
	token("b", WORDS("all"), b);
	while (ask(a, all_cases) == READ_OK)
		assert_true(++ok < 5000);
	assert_true(ok >= 50);
	assert_int_equal(t.said.result, READ_BUSY);
	assert_true(t.said.after > 0);
	assert_int_equal(ask(b, all_cases), READ_OK);
	UNTIL(ask(a, all_cases) == READ_OK);
	struct grant_held h = { 0 };
	for (int i = 0; i < 50; i++)
		assert_int_equal(grants_pace(&h, 1000000), 0);
	assert_int_equal(grants_pace(&h, 1000000), 200);
	assert_int_equal(grants_pace(&h, 1000199), 1);
	assert_int_equal(grants_pace(&h, 1000200), 0);
}

static void
test_most(void **state)
{
	(void)state;
	for (int i = 0; i < GRANTS + 1; i++) {
		char name[16];
		snprintf(name, sizeof(name), "n%d", i);
		struct grant g = grant(GRANT_TOKEN, name, WORDS("all"));
		assert_int_equal(grants_add(edge(), &g, NULL), i < GRANTS ? 0 : -E2BIG);
	}
	/* One without a token has none, not the token of nothing. */
	uint8_t zero[READ_TOKEN] = { 0 };
	assert_int_equal(ask(zero, all_cases), READ_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_scope, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reports, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_life, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pace, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_most, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
