/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Subscriptions at the judge's edge: a report about somebody's space is laid up for him once, without who made
 * it, whatever happens between; what he made himself, or had before, never comes back to him.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "judge_peers.h"
#include "lymphd/edge_grant.h"
#include "lymphd/edge_speak.h"
#include "wire/claim.h"

#define SECRET "secret-reporter.example"
#define DESK   "desk@customer.example"

static struct {
	struct chan *hear;
	unsigned reports;
	uint64_t tickets;
	const char *outgoing;
} t;

static void
from_judge(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	t.reports += m->type == M_REPORT_ANSWER;
}

static void
live(void)
{
	char more[512];
	snprintf(more, sizeof(more), "outgoing = %s\nprefix \"192.0.2.0/24\" {\n kind = residential\n}\n"
		 "prefix \"198.51.100.0/24\" {\n kind = own-desk\n}", t.outgoing);
	set_judge(more);
	t.hear = connect_role(ROLE_HEAR_REPORTS, from_judge);
	UNTIL(chan_may_send(t.hear, CHAN_MAX));
}

static int
set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.outgoing = "preview";
	if (set_dir("forward") < 0)
		return -1;
	live();
	return 0;
}

static void
die(void)
{
	set_end();
	chan_free(t.hear);
}

static int
tear_down(void **state)
{
	(void)state;
	die();
	return set_dir_gone();
}

/* Under that id and key; it is in the journal when this returns. */
static void
report(const char *subject, uint16_t id, const struct key *key)
{
	static const char log[] = "host." SECRET " sshd: from somebody";
	struct xarf_item item = { "text/plain", "of " SECRET, log, sizeof(log) - 1 };
	struct xarf_why why;
	size_t n;
	struct xarf_new x = { .timestamp = clock_real(), .org = "Secret", .contact = "a@" SECRET, .domain = SECRET,
		.cls = CLASS_OPEN_PROXY, .service_port = 3128, .items = &item, .item_count = 1,
		.description = "by " SECRET, .handshake = -1 };
	struct msg_report m = { .ticket = ++t.tickets, .report.key = *key };
	unsigned before = t.reports;
	assert_int_equal(addr_parse(subject, strlen(subject), &x.subject), 0);
	memcpy(x.id, &id, sizeof(id));
	uuid_v4(x.id);
	char *body = xarf_build(&x, &n, &why);
	if (!body)
		fail_msg("%s: %s", why.field, why.rule);
	memcpy(m.report.id, x.id, sizeof(m.report.id));
	crypto_hash_sha256(m.report.body_hash, (const uint8_t *)body, n);
	m.report.cls = x.cls;
	m.report.subject = x.subject;
	m.report.port = 3128;
	m.report.event = x.timestamp;
	m.report.evidence = EVIDENCE_TEXT;
	m.report.count = 1;
	m.body_len = (uint32_t)n;
	UNTIL(chan_may_send(t.hear, sizeof(m) + n));
	assert_int_equal(chan_send(t.hear, M_REPORT, &m, body, n, -1), 0);
	free(body);
	UNTIL(t.reports == before + 1);
}

static const struct key key_a = { { 7 } }, key_b = { { 8 } };

static struct grant_held *
subscribe(const char *name, const char *const *words, const char *mail)
{
	struct grant g = { .kind = GRANT_SUBSCRIPTION, .until = MSEC_NEVER, .uid = 1001, .flags = GRANT_REPORTS };
	strcpy(g.name, name);
	strcpy(g.mail, mail);
	for (; *words; words++)
		assert_int_equal(grant_scope_add(&g, *words), 0);
	assert_int_equal(grants_add(edge(), &g, NULL), 0);
	return grants_named(edge(), name);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

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
	die();
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
	(void)state;
	struct grant_held *h = subscribe("cust", WORDS("198.51.100.0/24"), DESK);
	for (unsigned i = 0; i < 610; i++) {
		snprintf(addr, sizeof(addr), "198.51.100.%u", i % 250);
		report(addr, (uint16_t)i, &key_a);
	}
	UNTIL(h->n.sent + h->n.left == 610);
	assert_int_equal(h->n.sent, 600);
}

static void
test_off(void **state)
{
	(void)state;
	die();
	t.outgoing = "off";
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
		cmocka_unit_test_setup_teardown(test_sent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_life, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hour, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_off, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
