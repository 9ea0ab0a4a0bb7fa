/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What others may hear of reports, at the judge's channel: grants, and a hear-reports whose reports name who made
 * them wherever they can, so that a test can look whether that got out.
 */
#ifndef TEST_GRANT_SET_H
#define TEST_GRANT_SET_H

#include <sodium.h>

#include "judge_peers.h"
#include "lymphd/edge_grant.h"
#include "wire/xarf.h"

#define SECRET "secret-reporter.example"
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct {
	struct chan *hear;
	unsigned answers; /* to its reports: counted by who hears what the judge says */
	uint64_t tickets;
} reports;

static const struct key key_a = { { 7 } }, key_b = { { 8 } };

static inline void
reports_come(chan_cb *from_judge)
{
	reports.hear = connect_role(ROLE_HEAR_REPORTS, from_judge);
	UNTIL(chan_may_send(reports.hear, CHAN_MAX));
}

/* Signed by that key, with a log that names who made it. */
static inline void
report_send(const char *subject, uint16_t id, const struct key *key)
{
	static const char log[] = "host." SECRET " sshd: from somebody";
	struct xarf_item item = { "text/plain", "of " SECRET, log, sizeof(log) - 1 };
	struct xarf_why why;
	size_t n;
	struct xarf_new x = { .timestamp = clock_real(), .org = "Secret", .contact = "a@" SECRET, .domain = SECRET,
		.cls = CLASS_OPEN_PROXY, .service_port = 3128, .items = &item, .item_count = 1,
		.description = "by " SECRET, .handshake = -1 };
	struct msg_report m = { .ticket = ++reports.tickets, .report = { .key = *key, .cls = x.cls, .port = 3128,
		.event = x.timestamp, .evidence = EVIDENCE_TEXT, .count = 1, .sender = SECRET } };
	assert_int_equal(addr_parse(subject, strlen(subject), &x.subject), 0);
	m.report.subject = x.subject;
	memcpy(x.id, &id, sizeof(id));
	uuid_v4(x.id);
	memcpy(m.report.id, x.id, sizeof(m.report.id));
	char *body = xarf_build(&x, &n, &why);
	if (!body)
		fail_msg("%s: %s", why.field, why.rule);
	crypto_hash_sha256(m.report.body_hash, (const uint8_t *)body, n);
	m.body_len = (uint32_t)n;
	UNTIL(chan_may_send(reports.hear, sizeof(m) + n));
	assert_int_equal(chan_send(reports.hear, M_REPORT, &m, body, n, -1), 0);
	free(body);
}

/* The same, and it is in the journal when this returns. */
static inline void
report(const char *subject, uint16_t id, const struct key *key)
{
	unsigned before = reports.answers;
	report_send(subject, id, key);
	UNTIL(reports.answers == before + 1);
}

/* By uid 1001, of that scope, without end. */
static inline struct grant
grant(enum grant_kind kind, const char *name, const char *const *words)
{
	struct grant g = { .kind = (uint8_t)kind, .until = MSEC_NEVER, .uid = 1001 };
	strcpy(g.name, name);
	for (; *words; words++)
		assert_int_equal(grant_scope_add(&g, *words), 0);
	return g;
}

#endif
