/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Subscriptions at the judge's edge: a report about somebody's space is laid up for him once, without who made
 * it, whatever happens between; what he made himself, or had before, never comes back to him.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "grant_set.h"
#include "lymphd/edge_speak.h"
#include "wire/claim.h"

#define DESK "desk@customer.example"

static const char *outgoing;

static void
from_judge(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	reports.answers += m->type == M_REPORT_ANSWER;
}

static void
live(void)
{
	char more[512];
	snprintf(more, sizeof(more), "outgoing = %s\nprefix \"192.0.2.0/24\" {\n kind = residential\n}\n"
		 "prefix \"198.51.100.0/24\" {\n kind = own-desk\n}", outgoing);
	set_judge(more);
	reports_come(from_judge);
}

static int
set_up(void **state)
{
	(void)state;
	outgoing = "preview";
	return judge_up("forward", live);
}

static struct grant_held *
subscribe(const char *name, const char *const *words, const char *mail)
{
	struct grant g = grant(GRANT_SUBSCRIPTION, name, words);
	g.flags |= GRANT_REPORTS;
	strcpy(g.mail, mail);
	assert_int_equal(grants_add(edge(), &g, NULL), 0);
	return grants_named(edge(), name);
}

/* How many mails are laid up for that address; the text of the last into *body, malloc'ed. */
static size_t
laid(const char *to, char **body)
{
	struct speak_head h;
	struct speak_body b;
	size_t n = 0;
	for (uint64_t no = 0; (no = speak_next(edge(), no)) != 0;) {
		assert_int_equal(speak_head(edge(), no, &h), 0);
		if (strcmp(h.to, to) != 0)
			continue;
		assert_int_equal(h.kind, SPEAK_FORWARD);
		n++;
		if (!body)
			continue;
		assert_int_equal(speak_body(edge(), no, &b), 0);
		free(*body);
		*body = strndup(b.attached, b.attached_n);
		free(b.bytes);
	}
	return n;
}

static void
test_sent(void **state)
{
	char *body = NULL;
	(void)state;
	report("198.51.100.1", 1, &key_a); /* before anybody wanted it */
	struct grant_held *h = subscribe("cust", WORDS("198.51.100.0/24"), DESK);
	report("198.51.100.2", 2, &key_a);
	report("192.0.2.2", 3, &key_a); /* not his */
	report("198.51.100.3", 4, &key_b);
	UNTIL(h->n.sent == 2);
	assert_int_equal(laid(DESK, &body), 2);
	assert_non_null(strstr(body, "198.51.100.3"));
	assert_null(strstr(body, SECRET));
	assert_null(strstr(body, "payload"));
	free(body);
	/* Back again by whoever had it: known by its id. */
	report("198.51.100.2", 2, &key_b);
	UNTIL(h->n.again == 1);
	assert_int_equal(laid(DESK, NULL), 2);
	/* His own. */
	struct identity i = { 0 };
	assert_true(identity_make(IDENTITY_DKIM, "customer.example", &i));
	struct key own = identity_key(&i);
	report("198.51.100.4", 5, &own);
	UNTIL(h->n.again == 2);
	assert_int_equal(laid(DESK, NULL), 2);
}

static void
test_life(void **state)
{
	(void)state;
	subscribe("cust", WORDS("198.51.100.0/24"), DESK);
	report("198.51.100.1", 1, &key_a);
	UNTIL(laid(DESK, NULL) == 1);
	judge_die();
	live();
	struct grant_held *h = grants_named(edge(), "cust");
	report("198.51.100.2", 2, &key_a);
	UNTIL(h->n.sent == 1);
	assert_int_equal(h->n.again, 0); /* it was not even looked at again */
	report("198.51.100.1", 1, &key_b);
	UNTIL(h->n.again == 1);
	assert_int_equal(laid(DESK, NULL), 2);
	/* A second one begins where it was made; the first goes on. */
	report("198.51.100.9", 9, &key_a);
	struct grant_held *two = subscribe("two", WORDS("198.51.100.0/25"), "two@other.example");
	h = grants_named(edge(), "cust");
	report("198.51.100.3", 3, &key_a);
	UNTIL(two->n.sent + h->n.sent >= 4);
	assert_int_equal(h->n.sent, 3);
	assert_int_equal(laid("two@other.example", NULL), 1);
	assert_int_equal(grants_remove(edge(), "cust", GRANT_SUBSCRIPTION, 1), 0);
	report("198.51.100.4", 4, &key_a);
	two = grants_named(edge(), "two");
	UNTIL(two->n.sent == 2);
	assert_int_equal(laid(DESK, NULL), 4);
	replayed();
}

static void
test_hour(void **state)
{
	char addr[32];
	unsigned before = reports.answers;
	(void)state;
	struct grant_held *h = subscribe("cust", WORDS("198.51.100.0/24"), DESK);
	for (unsigned i = 0; i < 610; i++) {
		snprintf(addr, sizeof(addr), "198.51.100.%u", i % 250);
		report_send(addr, (uint16_t)i, &key_a);
	}
	UNTIL(reports.answers - before == 610 && h->n.sent + h->n.left == 610);
	assert_int_equal(h->n.sent, 600);
}

/* A disk that is full for a while: nothing was sent, so nothing is counted, and all of it goes later. */
static void
test_full(void **state)
{
	struct rlimit was, none;
	struct stat log;
	char addr[32], path[512];
	(void)state;
	struct grant_held *h = subscribe("cust", WORDS("198.51.100.0/24"), DESK);
	for (unsigned i = 0; i < 20; i++) {
		snprintf(addr, sizeof(addr), "198.51.100.%u", i);
		report(addr, (uint16_t)i, &key_a);
	}
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	/* The database's log grows no more: mails can be laid up, but not committed. */
	snprintf(path, sizeof(path), "%s/state/lymph.db-wal", set.dir);
	assert_int_equal(stat(path, &log), 0);
	none = (struct rlimit){ (rlim_t)log.st_size, was.rlim_max };
	uint64_t reloads = edge()->reloads;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	turn(2500); /* longer than between two of its turns */
	UNTIL(edge()->reloads > reloads);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	UNTIL(laid(DESK, NULL) == 20);
	assert_int_equal(h->n.sent, 20);
	assert_int_equal(h->n.hour_sent, 20);
	assert_int_equal(forward_totals(edge()).sent, 20);
	replayed();
}

static int
count_one(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	(void)name, (void)name_n, (void)blob, (void)n;
	++*(size_t *)arg;
	return 0;
}

static size_t
ids_known(void)
{
	size_t n = 0;
	assert_int_equal(store_each_shelved(edge()->store, SHELF_FORWARDED, count_one, &n), 0);
	return n;
}

/* What cannot come back is let go as fast as it comes: else the shelf is full one day, and all stands still. */
static void
test_tidy(void **state)
{
	uint8_t name[24] = { 0 }, long_ago[8] = { 0 };
	(void)state;
	struct grant_held *h = subscribe("cust", WORDS("198.51.100.0/24"), DESK);
	assert_int_equal(edge_begin(edge()), 0);
	for (uint32_t i = 0; i < 5000; i++) {
		memcpy(name, &i, sizeof(i));
		assert_int_equal(store_shelve(edge()->store, SHELF_FORWARDED, name, sizeof(name), long_ago, 8), 0);
	}
	assert_int_equal(edge_commit(edge()), 0);
	report("198.51.100.2", 2, &key_a);
	UNTIL(h->n.sent == 1);
	judge_die();
	live();
	UNTIL(ids_known() == 1);
}

static void
test_off(void **state)
{
	(void)state;
	judge_die();
	outgoing = "off";
	live();
	struct grant_held *h = subscribe("cust", WORDS("198.51.100.0/24"), DESK);
	report("198.51.100.1", 1, &key_a);
	UNTIL(h->n.left == 1);
	assert_int_equal(laid(DESK, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sent, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_life, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_hour, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_full, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_tidy, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_off, set_up, judge_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
