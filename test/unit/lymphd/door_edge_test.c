/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may come to the door, at the judge's channel: a hear-alerts played by the test, treated as captured. It
 * speaks for machines that staff let in and for nobody else, not even for those that wait; who is known
 * outlives a restart, waiting places are few, and what staff did is in the journal.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "judge_peers.h"
#include "lymphd/door_scope.h"
#include "lymphd/edge_door.h"
#include "wire/claim.h"

static struct {
	struct chan *hear;
	struct msg_door_answer said;
	unsigned answers, reported, lists;
	struct msg_report_answer report;
	struct door_row row[DOOR_ROWS];
	uint32_t rows;
	uint64_t tickets;
} t;

static void
from_judge(struct chan *c, struct chan_msg *m, void *arg)
{
	const void *p;
	size_t n;
	(void)c, (void)arg;
	if (m->type == M_DOOR_ANSWER) {
		t.said = *(const struct msg_door_answer *)m->body;
		t.answers++;
	} else if (m->type == M_REPORT_ANSWER) {
		t.report = *(const struct msg_report_answer *)m->body;
		t.reported++;
	} else if (m->type == M_DOOR_LIST) {
		t.rows = ((const struct msg_door_list *)m->body)->n;
		assert_true(t.rows <= DOOR_ROWS);
		assert_int_equal(seal_map(m->fd, sizeof(t.row), &p, &n), 0);
		assert_true(n >= t.rows * sizeof(t.row[0]));
		memcpy(t.row, p, t.rows * sizeof(t.row[0]));
		seal_unmap(p, n);
		t.lists++;
	}
	if (m->fd >= 0)
		close(m->fd);
}

static void
live(void)
{
	unsigned before = t.lists;
	set_judge("prefix \"192.0.2.0/24\" {\n kind = residential\n}\nalerts = \"127.0.0.1:1\"");
	t.hear = connect_role(ROLE_HEAR_ALERTS, from_judge);
	UNTIL(chan_may_send(t.hear, CHAN_MAX) && t.lists > before);
}

static int
set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	return judge_up("door", live);
}

static enum door_answer
registers(const char *name, const char *password)
{
	struct msg_door_register m = { .ticket = ++t.tickets };
	unsigned before = t.answers;
	snprintf(m.name, sizeof(m.name), "%s", name);
	door_hash(DOOR_MACHINE, name, password, m.hash);
	assert_int_equal(chan_send(t.hear, M_DOOR_REGISTER, &m, NULL, 0, -1), 0);
	UNTIL(t.answers == before + 1);
	assert_int_equal(t.said.ticket, m.ticket);
	return (enum door_answer)t.said.answer;
}

/* A report in that name: the answer, or ANSWER_N when it is dropped as a lie. */
static enum answer
reports(enum identity_kind kind, const char *name, uint8_t last)
{
	struct claim c = { .subject = { 4, { 192, 0, 2, last } }, .cls = CLASS_LOGIN_ATTACKER,
		.evidence = EVIDENCE_TEXT, .event = clock_real(), .count = 1, .what = "x", .text = "y\n", .text_n = 2 };
	struct claim_from from = { .arrived = c.event };
	struct msg_report m = { .ticket = ++t.tickets };
	struct xarf_why why;
	unsigned before = t.reported;
	uint64_t broken = edge()->broken;
	size_t n;
	assert_true(identity_make(kind, name, &from.identity));
	char *doc = claim_report(&c, &from, &n, &m.report, &why);
	assert_non_null(doc);
	m.body_len = (uint32_t)n;
	memcpy(m.identity, from.identity.name, sizeof(m.identity));
	assert_int_equal(chan_send(t.hear, M_REPORT, &m, doc, n, -1), 0);
	free(doc);
	UNTIL(t.reported > before || edge()->broken > broken);
	return t.reported > before ? (enum answer)t.report.answer : ANSWER_N;
}

static void
test_let_in(void **state)
{
	struct view_reporter v;
	(void)state;
	assert_int_equal(reports(IDENTITY_MACHINE, "web1", 1), ANSWER_N);
	assert_int_equal(registers("web1", "one"), DOOR_TAKEN);
	assert_int_equal(registers("web1", "one"), DOOR_TAKEN);
	assert_int_equal(registers("web1", "two"), DOOR_EXISTS);
	assert_int_equal(reports(IDENTITY_MACHINE, "web1", 1), ANSWER_N); /* it waits */
	assert_int_equal(door_approve(edge(), "web2", "", 1001), -ENOENT);
	assert_int_equal(door_approve(edge(), "web1", "web team", 1001), 0);
	assert_int_equal(door_approve(edge(), "web1", "web team", 1001), -EALREADY);
	UNTIL(t.rows == 1 && t.row[0].approved);
	assert_int_equal(reports(IDENTITY_MACHINE, "web1", 1), ANSWER_ACCEPTED);
	assert_int_equal(reports(IDENTITY_MACHINE, "web2", 1), ANSWER_N);
	assert_int_equal(reports(IDENTITY_LOG, "web1", 1), ANSWER_N);
	assert_int_equal(reports(IDENTITY_FEED, "web1", 1), ANSWER_N);
	assert_true(view_reporter_named(edge()->judge, "machine:web1", edge()->now, &v));
	assert_int_equal(v.standing, STANDING_ORG);
	assert_string_equal(v.org, "web team");
	/* All of it outlives a restart. */
	judge_die();
	live();
	assert_true(t.rows == 1 && t.row[0].approved && strcmp(t.row[0].name, "web1") == 0);
	assert_int_equal(registers("web1", "two"), DOOR_EXISTS);
	assert_int_equal(reports(IDENTITY_MACHINE, "web1", 2), ANSWER_ACCEPTED);
	assert_int_equal(door_remove(edge(), DOOR_BOUNCER, "web1", 1001), -ENOENT);
	assert_int_equal(door_remove(edge(), DOOR_MACHINE, "web1", 1001), 0);
	UNTIL(t.rows == 0);
	assert_int_equal(reports(IDENTITY_MACHINE, "web1", 3), ANSWER_N);
	assert_int_equal(registers("web1", "two"), DOOR_TAKEN);
	judge_die();
	live();
	assert_true(t.rows == 1 && !t.row[0].approved);
	assert_int_equal(count_facts(FACT_DESK), 2);
	replayed();
}

static void
test_places(void **state)
{
	struct msg_door_register m = { .ticket = 1 };
	char name[16];
	(void)state;
	for (int i = 0; i < DOOR_WAITING; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		assert_int_equal(registers(name, "x"), DOOR_TAKEN);
	}
	assert_int_equal(registers("one-more", "x"), DOOR_FULL);
	assert_int_equal(registers("m0", "x"), DOOR_TAKEN); /* it has its place */
	assert_int_equal(door_approve(edge(), "m0", "", 0), 0);
	assert_int_equal(registers("one-more", "x"), DOOR_TAKEN);
	assert_int_equal(registers("two-more", "x"), DOOR_FULL);
	/* What no honest hear-alerts sends. */
	static const char *const bad[] = { "", "A", "a b", "\x1b[2J", "a/b" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t broken = edge()->broken;
		assert_int_equal(registers(bad[i], "x"), DOOR_FAILED);
		assert_int_equal(edge()->broken, broken + 1);
	}
	memset(m.name, 'a', sizeof(m.name)); /* without an end */
	unsigned before = t.answers;
	assert_int_equal(chan_send(t.hear, M_DOOR_REGISTER, &m, NULL, 0, -1), 0);
	UNTIL(t.answers == before + 1);
	assert_int_equal(t.said.answer, DOOR_FAILED);
	judge_die();
	live();
	assert_int_equal(t.rows, DOOR_WAITING + 1);
}

static void
test_bouncers(void **state)
{
	struct door_scope own = { .own = 1, .prefix = { { { 4, { 192, 0, 2 } }, 24 } } }, bad = { .own = 3 };
	char key[DOOR_KEY_TEXT], other[DOOR_KEY_TEXT], name[16];
	uint8_t hash[32];
	(void)state;
	assert_int_equal(door_bouncer(edge(), "fw", &bad, 1001, key), -EINVAL);
	assert_int_equal(door_bouncer(edge(), "f w", &own, 1001, key), -EINVAL);
	assert_int_equal(door_bouncer(edge(), "fw", &own, 1001, key), 0);
	assert_int_equal(door_bouncer(edge(), "fw", &own, 1001, other), -EEXIST);
	assert_int_equal(door_bouncer(edge(), "fw2", &own, 1001, other), 0);
	assert_string_not_equal(key, other);
	UNTIL(t.rows == 2);
	door_hash(DOOR_BOUNCER, "fw", key, hash);
	assert_memory_equal(t.row[0].hash, hash, sizeof(hash));
	for (int i = 2; i < DOOR_BOUNCERS; i++) {
		snprintf(name, sizeof(name), "b%d", i);
		assert_int_equal(door_bouncer(edge(), name, &own, 1001, other), 0);
	}
	assert_int_equal(door_bouncer(edge(), "b0", &own, 1001, other), -E2BIG);
	judge_die();
	live();
	assert_int_equal(t.rows, DOOR_BOUNCERS);
	const struct door_row *r = door_find(edge(), DOOR_BOUNCER, "fw");
	assert_true(r && r->approved && r->scope.own && memcmp(r->hash, hash, sizeof(hash)) == 0);
	assert_int_equal(r->scope.prefix[0].len, 24);
	assert_false(door_lets(edge(), "fw")); /* a bouncer reports nothing */
	assert_int_equal(door_remove(edge(), DOOR_BOUNCER, "fw", 1001), 0);
	UNTIL(t.rows == DOOR_BOUNCERS - 1);
	replayed();
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, judge_down)
	const struct CMUnitTest tests[] = { TEST(test_let_in), TEST(test_places), TEST(test_bouncers) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
