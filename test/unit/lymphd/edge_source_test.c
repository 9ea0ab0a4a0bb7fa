/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Those who hear beside hear-reports, at the judge's edge: each speaks for its own sources only, whoever signed by
 * OpenPGP is who verify says, and what was mailed and how far a log was read is kept.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge_set.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_log.h"
#include "lymphd/edge_mail.h"
#include "lymphd/edge_pgp.h"
#include "lymphd/hear_reports_quota.h"
#include "wire/claim.h"

static struct {
	struct msg_mail_answer mailed;
	struct msg_mail_may_answer may;
	struct msg_log_mark marked;
	size_t marks;
} last;

static void
on_kept(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	if (m->type == M_LOG_MARKED) {
		last.marked = *(const struct msg_log_mark *)m->body;
		last.marks++;
	} else if (m->type == M_MAIL_ANSWER) {
		last.mailed = *(const struct msg_mail_answer *)m->body;
	} else if (m->type == M_MAIL_MAY_ANSWER) {
		last.may = *(const struct msg_mail_may_answer *)m->body;
	}
}

static uint8_t vouch[VOUCH_BYTES]; /* of what ask_as and ask_mail say */

static enum answer
ask_as(struct chan *c, const char *identity, const char *key_of, uint32_t id, const char *text)
{
	struct msg_report m = report(0, id, 1, text);
	struct identity i = { 0 };
	m.sig_len = 0;
	snprintf(m.identity, sizeof(m.identity), "%s", identity);
	memcpy(m.vouch, vouch, sizeof(m.vouch));
	snprintf(i.name, sizeof(i.name), "%s", key_of);
	if (*key_of)
		m.report.key = identity_key(&i);
	t.answers = 0;
	uint64_t broken = edge()->broken;
	assert_int_equal(chan_send(c, M_REPORT, &m, text, strlen(text), -1), 0);
	UNTIL(t.answers == 1 || edge()->broken > broken);
	return t.answers ? (enum answer)t.answer[0].answer : ANSWER_N;
}

static bool other_digest; /* of what ask_mail says it hands in */

static enum answer
ask_mail(struct chan *c, enum tray tray, const char *identity, const char *text, size_t n)
{
	struct msg_mail m = { .ticket = 77, .tray = tray, .size = (uint32_t)n, .arrived = clock_real() };
	int fd = -1;
	crypto_hash_sha256(m.digest, (const uint8_t *)text, n);
	m.digest[31] ^= other_digest;
	memcpy(m.vouch, vouch, sizeof(m.vouch));
	snprintf(m.identity, sizeof(m.identity), "%s", identity);
	snprintf(m.subject, sizeof(m.subject), "a subject");
	snprintf(m.rule, sizeof(m.rule), "a rule");
	last.mailed.answer = ANSWER_N;
	uint64_t broken = edge()->broken;
	if (n > 60000)
		assert_int_equal(seal_make("mail", text, n, &fd), 0);
	assert_int_equal(chan_send(c, M_MAIL, &m, fd < 0 ? text : NULL, fd < 0 ? n : 0, fd), 0);
	if (fd >= 0)
		close(fd);
	UNTIL(last.mailed.answer != ANSWER_N || edge()->broken > broken);
	return (enum answer)last.mailed.answer;
}

static struct chan *
connect_hear(enum role_id id)
{
	struct chan *c = connect_role(id, from_judge);
	UNTIL(chan_may_send(c, CHAN_MAX - 64));
	return c;
}

/* Each may speak for its own sources only, and a source is introduced once. */
static void
test_sources(void **state)
{
	(void)state;
	judge_die();
	live("intake {\n tokens = { \"acme:00000000000000000000000000000000"
	     "00000000000000000000000000000000\" }\n}");
	struct chan *mail = connect_hear(ROLE_HEAR_MAIL), *log = connect_hear(ROLE_HEAR_LOG);
	struct view_reporter v;
	struct identity i;
	assert_int_equal(ask_as(mail, "dkim:example.org", "dkim:example.org", 1, "{1}"), ANSWER_ACCEPTED);
	assert_int_equal(count_facts(FACT_REPORTER), 1);
	assert_int_equal(ask_as(mail, "dkim:example.org", "dkim:example.org", 2, "{2}"), ANSWER_ACCEPTED);
	assert_int_equal(count_facts(FACT_REPORTER), 1);
	assert_true(view_reporter_named(edge()->judge, "dkim:example.org", clock_real(), &v));
	assert_true(identity_make(IDENTITY_DKIM, "example.org", &i));
	struct key key = identity_key(&i);
	assert_int_equal(key_cmp(&v.key, &key), 0);
	assert_int_equal(v.standing, STANDING_KEY);
	assert_int_equal(ask_as(mail, "token:acme", "token:acme", 3, "{3}"), ANSWER_ACCEPTED);
	assert_true(view_reporter_named(edge()->judge, "token:acme", clock_real(), &v));
	assert_int_equal(v.standing, STANDING_ORG);
	assert_int_equal(ask_as(mail, "token:other", "token:other", 12, "{12}"), ANSWER_N); /* gave nobody that */
	assert_int_equal(ask_as(log, "log:nowhere", "log:nowhere", 13, "{13}"), ANSWER_N);
	/* A secret in a mail's address is not for who hears POSTs; an OpenPGP key must be enrolled; and what it
	 * calls a feed weighs no more than any unproven key. */
	assert_int_equal(ask_as(t.hear, "token:acme", "token:acme", 14, "{14}"), ANSWER_N);
#define STRANGER "pgp:0123456789ABCDEF0123456789ABCDEF01234567"
	assert_int_equal(ask_as(mail, STRANGER, STRANGER, 15, "{15}"), ANSWER_N);
	assert_int_equal(ask_as(t.hear, STRANGER, STRANGER, 16, "{16}"), ANSWER_N);
	/* Another's key, another's kind, no name at all, a key without a name. */
	assert_int_equal(ask_as(mail, "dkim:a.org", "dkim:b.org", 4, "{4}"), ANSWER_N);
	assert_int_equal(ask_as(log, "dkim:a.org", "dkim:a.org", 5, "{5}"), ANSWER_N);
	assert_int_equal(ask_as(t.hear, "dkim:a.org", "dkim:a.org", 6, "{6}"), ANSWER_N);
	assert_int_equal(ask_as(mail, "log:x", "log:x", 7, "{7}"), ANSWER_N);
	assert_int_equal(ask_as(mail, "DKIM:a.org", "DKIM:a.org", 8, "{8}"), ANSWER_N);
	assert_int_equal(ask_as(mail, "", "dkim:a.org", 9, "{9}"), ANSWER_N);
	assert_int_equal(ask_as(mail, "", "", 10, "{10}"), ANSWER_ACCEPTED);
	assert_int_equal(count_facts(FACT_REPORTER), 2);
	assert_int_equal(ask_as(mail, "feed:shadowserver", "feed:shadowserver", 17, "{17}"), ANSWER_ACCEPTED);
	assert_true(view_reporter_named(edge()->judge, "feed:shadowserver", clock_real(), &v));
	assert_int_equal(v.standing, STANDING_KEY);
	assert_int_equal(count_facts(FACT_REPORTER), 3);
	/* An id somebody else uses, unsigned, blocks nobody. */
	assert_int_equal(ask_as(mail, "", "", 11, "{mine}"), ANSWER_ACCEPTED);
	assert_int_equal(ask_as(mail, "", "", 11, "{yours}"), ANSWER_ACCEPTED);
	assert_int_equal(ask_as(mail, "", "", 11, "{yours}"), ANSWER_SAME);
	assert_int_equal(ask_as(mail, "", "", 11, "{mine}"), ANSWER_SAME);
	check_replay();
}

/* Who has many names gets a name for as many as there is room for, whatever kind they are of. */
static void
test_names(void **state)
{
	(void)state;
	judge_die();
	live("");
	struct chan *mail = connect_hear(ROLE_HEAR_MAIL);
	uint64_t unnamed = edge()->unnamed;
	for (uint32_t i = 0; i < 4100; i++) {
		if (i % 50 == 0)
			t.answers = 0;
		struct msg_report m = report(0, i + 1, 1, "{1}");
		struct identity id = { 0 };
		snprintf(id.name, sizeof(id.name), "%s:n%u", i % 2 ? "feed" : "dkim", i);
		if (!(i % 2))
			strcat(id.name, ".org");
		m.sig_len = 0;
		memcpy(m.identity, id.name, sizeof(m.identity));
		m.report.key = identity_key(&id);
		UNTIL(chan_may_send(mail, sizeof(m) + 3));
		assert_int_equal(chan_send(mail, M_REPORT, &m, "{1}", 3, -1), 0);
		if (i % 50 == 49)
			UNTIL(t.answers == 50);
	}
	assert_int_equal(edge()->unnamed - unnamed, 4);
	assert_int_equal(count_facts(FACT_REPORTER), 4096);
}

#define SIGNER "pgp:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA00000001"

static void
vouched(enum role_id role, const char *text, msec ago)
{
	uint8_t hash[32];
	crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
	vouch_make(outcomes_vouch(edge()), role, SIGNER, *text ? hash : NULL, clock_real() - ago, vouch);
}

static void
enrol(const char *name)
{
	struct msg_verified a = { .result = VERIFIED_GOOD, .ids = 1, .id = { { 1 } } };
	struct reporter_set s = { .standing = STANDING_ORG, .uid = UID_LYMPH, .name = "signer" };
	memcpy(a.fingerprint, strchr(name, ':') + 1, strlen(strchr(name, ':') + 1));
	assert_int_equal(keys_enrol(edge(), &a, "key", 3, &s), 0);
}

/* Whose OpenPGP signature it was, only verify may say: a captured role that hears has no word of it, or an
 * old one, or another's. */
static void
test_vouched(void **state)
{
	(void)state;
	judge_die();
	live("");
	struct chan *mail = connect_hear(ROLE_HEAR_MAIL);
	/* Nobody enrolled, or no longer, whatever verify says. */
	vouched(ROLE_HEAR_MAIL, "", 0);
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	assert_int_equal(count_facts(FACT_REPORTER), 0);
	enrol(SIGNER);
	memset(vouch, 0, sizeof(vouch));
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	assert_int_equal(ask_as(t.hear, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	assert_int_equal(ask_mail(mail, TRAY_CASE, SIGNER, "one", 3), ANSWER_N);
	vouched(ROLE_HEAR_MAIL, "", 2 * MSEC_HOUR);
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	vouched(ROLE_HEAR_MAIL, "", -MSEC_HOUR);
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	vouched(ROLE_HEAR_MAIL, "", 0);
	vouch[20] ^= 1;
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	vouch[20] ^= 1;
	assert_int_equal(ask_as(t.hear, SIGNER, SIGNER, 1, "{1}"), ANSWER_N);
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 1, "{1}"), ANSWER_ACCEPTED);
	assert_int_equal(count_facts(FACT_REPORTER), 1);
	assert_int_equal(ask_mail(mail, TRAY_CASE, SIGNER, "one", 3), ANSWER_ACCEPTED);
	/* What came by HTTP is bound to its bytes. */
	vouched(ROLE_HEAR_REPORTS, "{2}", 0);
	assert_int_equal(ask_as(t.hear, SIGNER, SIGNER, 2, "{3}"), ANSWER_N);
	assert_int_equal(ask_as(mail, SIGNER, SIGNER, 2, "{2}"), ANSWER_N);
	assert_int_equal(ask_as(t.hear, SIGNER, SIGNER, 2, "{2}"), ANSWER_ACCEPTED);
	check_replay();
}

static void
mark(struct chan *c, const char *name, uint64_t offset, uint64_t to, bool asks)
{
	struct msg_log_mark m = { .mark = { .dev = 1, .ino = 2, .offset = offset, .at = 5 }, .to = to, .arrived = 7,
		.lines = offset, .ask = asks };
	size_t before = last.marks;
	uint64_t broken = edge()->broken;
	snprintf(m.name, sizeof(m.name), "%s", name);
	assert_int_equal(chan_send(c, M_LOG_MARK, &m, NULL, 0, -1), 0);
	UNTIL(last.marks > before || edge()->broken > broken);
	if (edge()->broken > broken)
		last.marked.to = UINT64_MAX;
}

/* How far a log was read is kept, of configured logs only, and outlives the judge; their standing is the
 * configuration's, and nobody's whom it does not know. */
static void
test_logs(void **state)
{
	(void)state;
	struct view_reporter v;
	struct msg_log_state said = { .n = 2, .row = { { .name = "evil\x1b[2J", .lines = 3 }, { .lines = 4 } } };
	const struct log_state_row *rows;
	bool heard;
	judge_die();
	live("log \"eve\" {\n file = \"/x/eve\"\n}\nlog \"net\" {\n listen = \"udp:127.0.0.1:1\"\n rank = organisation\n}");
	struct chan *log = connect_hear(ROLE_HEAR_LOG);
	mark(log, "eve", 0, 0, true);
	assert_int_equal(last.marked.ask, 1);
	assert_int_equal(last.marked.mark.offset, 0);
	mark(log, "eve", 100, 200, false);
	assert_int_equal(last.marked.err, 0);
	assert_int_equal(last.marked.to, 200);
	/* Said as fast as can be: they share commits, and the credit comes back. */
	size_t marks = last.marks;
	for (uint64_t i = 0; i < 500; i++) {
		struct msg_log_mark m = { .name = "eve", .mark = { .dev = 1, .ino = 2, .offset = 100, .at = 5 },
			.to = 201 + i, .arrived = 7 };
		UNTIL(chan_may_send(log, sizeof(m)));
		assert_int_equal(chan_send(log, M_LOG_MARK, &m, NULL, 0, -1), 0);
	}
	UNTIL(last.marked.to == 700);
	assert_in_range(last.marks - marks, 1, 250);
	mark(log, "eve", 0, 0, true);
	assert_int_equal(last.marked.to, 700);
	mark(log, "eve", 100, 200, false);
	mark(log, "nobody", 100, 200, false); /* none of ours */
	assert_int_equal(last.marked.to, UINT64_MAX);
	mark(log, "eve", 300, 200, false); /* ends before it begins */
	assert_int_equal(last.marked.to, UINT64_MAX);
	assert_int_equal(chan_send(log, M_LOG_STATE, &said, NULL, 0, -1), 0);
	UNTIL(logs_all(edge(), &rows, &heard) == 2);
	assert_true(heard);
	assert_string_equal(rows[0].name, "eve");
	assert_int_equal(rows[1].lines, 4);
	assert_int_equal(ask_as(log, "log:eve", "log:eve", 1, "{1}"), ANSWER_ACCEPTED);
	assert_int_equal(ask_as(log, "log:net", "log:net", 2, "{2}"), ANSWER_ACCEPTED);
	assert_int_equal(ask_as(log, "log:other", "log:other", 3, "{3}"), ANSWER_N); /* none of ours */
	assert_true(view_reporter_named(edge()->judge, "log:eve", clock_real(), &v));
	assert_int_equal(v.standing, STANDING_OWN);
	assert_true(view_reporter_named(edge()->judge, "log:net", clock_real(), &v));
	assert_int_equal(v.standing, STANDING_ORG);
	assert_false(view_reporter_named(edge()->judge, "log:other", clock_real(), &v));
	judge_die();
	live("log \"eve\" {\n file = \"/x/eve\"\n}");
	log = connect_hear(ROLE_HEAR_LOG);
	mark(log, "eve", 0, 0, true);
	assert_int_equal(last.marked.mark.offset, 100);
	assert_int_equal(last.marked.mark.ino, 2);
	assert_int_equal(last.marked.to, 200);
	assert_int_equal(last.marked.arrived, 7);
	check_replay();
}

static void
rank(const char *name, enum standing standing, bool pinned, q32 pin)
{
	struct identity i = { 0 };
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .standing = (uint8_t)standing, .pinned = pinned,
		.pin = pin, .uid = 1001 } };
	snprintf(i.name, sizeof(i.name), "%s", name);
	memcpy(f.reporter.name, i.name, sizeof(f.reporter.name));
	f.reporter.key = identity_key(&i);
	assert_int_equal(edge_submit(edge(), &f), 0);
}

/* What comes of a domain nobody ranked is in the share of the unsigned, until it is deleted; what the operator
 * ranks or pins meanwhile is not, and each report gives back what it took. */
static void
test_share(void **state)
{
	(void)state;
	judge_die();
	live("intake {\n disk = 16777216\n}");
	struct chan *mail = connect_hear(ROLE_HEAR_MAIL);
	const uint64_t one = 3 + 512;
	assert_int_equal(ask_as(mail, "dkim:a.org", "dkim:a.org", 1, "{1}"), ANSWER_ACCEPTED);
	assert_int_equal(room_state(edge()).used, one);
	uint64_t first = t.answer[0].seq;
	assert_int_equal(ask_as(mail, "", "", 2, "{2}"), ANSWER_ACCEPTED);
	assert_int_equal(room_state(edge()).used, 2 * one);
	uint64_t nobodys = t.answer[0].seq;
	rank("dkim:a.org", STANDING_KEY, true, Q32_ONE / 2);
	assert_int_equal(ask_as(mail, "dkim:a.org", "dkim:a.org", 3, "{3}"), ANSWER_ACCEPTED);
	uint64_t pinned = t.answer[0].seq;
	rank("dkim:b.org", STANDING_NETWORK, false, 0);
	assert_int_equal(ask_as(mail, "dkim:b.org", "dkim:b.org", 4, "{4}"), ANSWER_ACCEPTED);
	assert_int_equal(ask_as(mail, "feed:own", "feed:own", 5, "{5}"), ANSWER_ACCEPTED); /* the operator's hand */
	assert_int_equal(ask(1, 6, 1, "{6}"), ANSWER_ACCEPTED);                            /* signed */
	assert_int_equal(room_state(edge()).used, 2 * one);
	rank("dkim:a.org", STANDING_KEY, true, 0); /* pinned, and to nothing */
	assert_int_equal(ask_as(mail, "dkim:a.org", "dkim:a.org", 7, "{7}"), ANSWER_ACCEPTED);
	assert_int_equal(room_state(edge()).used, 3 * one);
	judge_die();
	live("intake {\n disk = 16777216\n}");
	mail = connect_hear(ROLE_HEAR_MAIL);
	assert_int_equal(room_state(edge()).used, 3 * one);
	/* Full: theirs waits, and nobody else's does. */
	struct report nobody = { .cls = CLASS_NONE };
	assert_int_equal(edge_begin(edge()), 0);
	assert_int_equal(room_taken(edge(), &nobody, 1, 1677721 - 3 * one - one - 512), 0);
	assert_int_equal(edge_commit(edge()), 0);
	assert_int_equal(ask_as(mail, "dkim:c.org", "dkim:c.org", 8, "{8}"), ANSWER_ACCEPTED);
	assert_int_equal(ask_as(mail, "dkim:d.org", "dkim:d.org", 9, "{9}"), ANSWER_FULL);
	assert_int_equal(ask_as(mail, "", "", 10, "{10}"), ANSWER_FULL);
	assert_int_equal(ask_as(mail, "dkim:b.org", "dkim:b.org", 11, "{11}"), ANSWER_ACCEPTED);
	assert_int_equal(ask_as(mail, "dkim:c.org", "dkim:c.org", 8, "{8}"), ANSWER_SAME);
	uint64_t used = room_state(edge()).used;
	assert_int_equal(edge_begin(edge()), 0);
	assert_int_equal(room_forget(edge(), pinned), 0);
	assert_int_equal(room_state(edge()).used, used);
	assert_int_equal(room_forget(edge(), first), 0);
	assert_int_equal(room_state(edge()).used, used - one);
	assert_int_equal(room_forget(edge(), nobodys), 0);
	assert_int_equal(room_state(edge()).used, used - 2 * one);
	assert_int_equal(edge_commit(edge()), 0);
	assert_int_equal(ask_as(mail, "dkim:d.org", "dkim:d.org", 9, "{9}"), ANSWER_ACCEPTED);
	check_replay();
}

/* -1: refused as broken; else how long to wait. */
static msec
ask_may(struct chan *c, const char *identity, const char *text, uint32_t size, enum quota_turn place)
{
	struct msg_mail_may m = { .ticket = 5, .size = size, .turn = place };
	uint64_t broken = edge()->broken;
	crypto_hash_sha256(m.digest, (const uint8_t *)text, strlen(text));
	snprintf(m.identity, sizeof(m.identity), "%s", identity);
	last.may.ticket = 0;
	assert_int_equal(chan_send(c, M_MAIL_MAY, &m, NULL, 0, -1), 0);
	UNTIL(last.may.ticket == 5 || edge()->broken > broken);
	return last.may.ticket ? last.may.after : -1;
}

/* A stranger has a share of the hour: his domain, or all of those nobody vouches for; whom the operator knows has
 * none, and what is kept already is never put off. */
static void
test_turns(void **state)
{
	(void)state;
	judge_die();
	live("intake {\n mails-per-domain = 10\n mails-unvouched = 5\n}");
	struct chan *mail = connect_hear(ROLE_HEAR_MAIL);
	for (int i = 0; i < 10; i++)
		assert_int_equal(ask_may(mail, "dkim:a.org", "one", 100, QUOTA_COMES), 0);
	assert_in_range(ask_may(mail, "dkim:a.org", "one", 100, QUOTA_COMES), 1, 6 * MSEC_MINUTE);
	assert_in_range(ask_may(mail, "dkim:a.org", "two", 100, QUOTA_COMES), 6 * MSEC_MINUTE, 12 * MSEC_MINUTE);
	assert_in_range(ask_may(mail, "dkim:a.org", "one", 100, QUOTA_PASSES), 12 * MSEC_MINUTE, 18 * MSEC_MINUTE);
	assert_int_equal(ask_may(mail, "dkim:b.org", "one", 100, QUOTA_COMES), 0);
	assert_int_equal(ask_may(mail, "", "one", 4 * 65536, QUOTA_COMES), 0); /* five times as large as one */
	assert_true(ask_may(mail, "", "one", 100, QUOTA_COMES) > 0);
	assert_int_equal(mails_put_off(edge()).domain, 3);
	assert_int_equal(mails_put_off(edge()).unvouched, 1);
	assert_int_equal(ask_mail(mail, TRAY_CASE, "dkim:a.org", "one", 3), ANSWER_ACCEPTED);
	assert_int_equal(ask_may(mail, "dkim:a.org", "one", 100, QUOTA_COMES), 0);
	assert_true(ask_may(mail, "dkim:a.org", "two", 100, QUOTA_COMES) > 0);
	rank("dkim:a.org", STANDING_ORG, false, 0);
	for (int i = 0; i < 30; i++)
		assert_int_equal(ask_may(mail, "dkim:a.org", "two", 100, QUOTA_COMES), 0);
	rank("dkim:b.org", STANDING_KEY, true, Q32_ONE / 10);
	for (int i = 0; i < 30; i++)
		assert_int_equal(ask_may(mail, "dkim:b.org", "two", 100, QUOTA_COMES), 0);
	/* No question hear-mail has. */
	assert_int_equal(ask_may(mail, "token:x", "two", 100, QUOTA_COMES), -1);
	assert_int_equal(ask_may(mail, "dkim:x y", "two", 100, QUOTA_COMES), -1);
	assert_int_equal(ask_may(mail, "dkim:c.org", "two", 100, QUOTA_TURN_N), -1);
	judge_die();
	live("intake {\n mails-per-domain = 0\n mails-unvouched = 0\n}");
	mail = connect_hear(ROLE_HEAR_MAIL);
	for (int i = 0; i < 30; i++)
		assert_int_equal(ask_may(mail, i % 2 ? "" : "dkim:c.org", "three", 1u << 30, QUOTA_COMES), 0);
}

/* One tray each, once; what nobody vouches for has its tenth, and gives way where nobody has to look. */
static void
test_mails(void **state)
{
	(void)state;
	static char big[900000], back[sizeof(big)];
	struct mail_head h;
	size_t n, size;
	judge_die();
	live("intake {\n disk = 16777216\n}"); /* a tenth: 1,677,721 bytes */
	struct chan *mail = connect_hear(ROLE_HEAR_MAIL);
	assert_int_equal(ask_mail(mail, TRAY_POLICE, "", "one", 3), ANSWER_ACCEPTED);
	assert_int_equal(last.mailed.no, 1);
	assert_int_equal(ask_mail(mail, TRAY_SECURITY, "", "one", 3), ANSWER_SAME);
	assert_int_equal(last.mailed.no, 1);
	assert_int_equal(ask_mail(mail, TRAY_N, "", "two", 3), ANSWER_N);          /* no tray */
	assert_int_equal(ask_mail(mail, TRAY_CASE, "dkim:x y", "two", 3), ANSWER_N); /* no source */
	memset(big, 'x', sizeof(big));
	other_digest = true;
	assert_int_equal(ask_mail(mail, TRAY_BOUNCE, "", "two", 3), ANSWER_N);
	assert_int_equal(ask_mail(mail, TRAY_BOUNCE, "", big, sizeof(big)), ANSWER_N); /* and nothing of it stays */
	other_digest = false;
	assert_int_equal(ask_mail(mail, TRAY_BOUNCE, "", big, sizeof(big)), ANSWER_ACCEPTED);
	big[0] = 'y';
	assert_int_equal(ask_mail(mail, TRAY_SECURITY, "", big, sizeof(big)), ANSWER_ACCEPTED); /* the bounce went */
	assert_int_equal(mails_counted(edge())->stripped, 1);
	assert_int_equal(mails_body(edge(), 2, 0, back, sizeof(back), &n, &size), -ENOENT);
	assert_int_equal(mails_head(edge(), 2, &h), 0); /* and is known */
	big[0] = 'z';
	assert_int_equal(ask_mail(mail, TRAY_SECURITY, "", big, sizeof(big)), ANSWER_FULL);
	assert_int_equal(ask_mail(mail, TRAY_SECURITY, "dkim:example.org", big, sizeof(big)), ANSWER_FULL); /* free to have */
	rank("dkim:example.org", STANDING_ORG, false, 0);
	assert_int_equal(ask_mail(mail, TRAY_SECURITY, "dkim:example.org", big, sizeof(big)), ANSWER_ACCEPTED);
	assert_int_equal(mails_act(edge(), 1, DESK_MAIL_TO, TRAY_CONTENT, 1001, "why"), 0);
	assert_int_equal(mails_act(edge(), 1, DESK_MAIL_DONE, TRAY_N, 1001, ""), 0);
	assert_int_equal(mails_act(edge(), 9, DESK_MAIL_DONE, TRAY_N, 1001, ""), -ENOENT);
	assert_int_equal(count_facts(FACT_DESK), 2);
	judge_die();
	live("intake {\n disk = 16777216\n}");
	assert_int_equal(mails_row(edge(), 1)->tray, TRAY_CONTENT);
	assert_int_equal(mails_row(edge(), 1)->state, MAIL_DONE);
	assert_int_equal(mails_tray(edge(), TRAY_SECURITY, clock_real()).waiting, 2);
	assert_false(mails_tray(edge(), TRAY_SECURITY, clock_real()).late);
	assert_true(mails_tray(edge(), TRAY_SECURITY, clock_real() + 2 * MSEC_DAY).late);
	assert_int_equal(mails_tray(edge(), TRAY_BOUNCE, clock_real()).waiting, 0);
	assert_int_equal(mails_body(edge(), 4, 0, back, sizeof(back), &n, &size), 0);
	assert_int_equal(n, sizeof(big));
	assert_memory_equal(back, big, n);
	assert_int_equal(mails_body(edge(), 4, 899990, back, 100, &n, &size), 0);
	assert_int_equal(n, 10);
	assert_int_equal(size, sizeof(big));
	check_replay();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sources),
		TEST(test_names),
		TEST(test_vouched),
		TEST(test_logs),
		TEST(test_mails),
		TEST(test_share),
		TEST(test_turns),
	};
	edge_more = on_kept;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
