/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outbox, with a role speak played by the test: what is laid up is kept, leaves only when it may, and
 * once; again with the same Message-ID after a crash, but not for ever. Dead mailboxes, limits, loops.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <sodium.h>

#include "judge_peers.h"

#include "lymphd/edge_answers.h"
#include "lymphd/edge_mail.h"
#include "lymphd/edge_speak_own.h"
#include "lymphd/edge_whose.h"
#include "wire/claim.h"
#include "wire/uuid.h"

#define ON "outgoing = on\nmail {\n relay = \"127.0.0.1:25\"\n from = \"abuse@x.example\"\n " \
	   "never = {\"gov.example\"}\n per-recipient = 2\n per-domain = 3\n}\n"
#define PREVIEW "mail {\n from = \"abuse@x.example\"\n}\n"

static struct {
	struct chan *speak, *warden;
	struct msg_speak last;
	char mail[512 << 10]; /* the last, with a NUL */
	unsigned handed;
} t;

static void
from_judge(struct chan *c, struct chan_msg *m, void *arg)
{
	const void *p;
	size_t n;
	(void)c, (void)arg;
	if (m->type == M_SPEAK) {
		t.last = *(const struct msg_speak *)m->body;
		t.handed++;
		assert_int_equal(seal_map(m->fd, sizeof(t.mail) - 1, &p, &n), 0);
		assert_int_equal(n, t.last.size);
		memcpy(t.mail, p, n);
		t.mail[n] = '\0';
		seal_unmap(p, n);
	}
	if (m->fd >= 0)
		close(m->fd);
}

static void
say_mode(bool panic)
{
	static uint64_t no;
	struct msg_mode m = { .no = ++no, .set = { .panic = panic } };
	assert_int_equal(chan_send(t.warden, M_MODE, &m, NULL, 0, -1), 0);
}

static void
speak_comes(void)
{
	t.speak = connect_role(ROLE_SPEAK, from_judge);
	chan_grant(t.speak, 4, 65536);
}

static void
live(const char *more)
{
	memset(&t, 0, sizeof(t));
	set_judge(more);
	t.warden = connect_role(ROLE_WARDEN, from_judge);
	say_mode(false);
	speak_comes();
}

static int
up(void **state)
{
	(void)state;
	if (set_dir("speak") < 0)
		return -1;
	live(ON);
	return 0;
}

static int
lay(const struct speak_mail *m, uint64_t *no)
{
	assert_int_equal(edge_begin(edge()), 0);
	int r = speak_lay(edge(), m, no);
	assert_true(r >= 0);
	assert_int_equal(edge_commit(edge()), 0);
	return r;
}

static struct speak_mail
mail(const char *to, const char *slot)
{
	return (struct speak_mail){ .kind = SPEAK_OUTCOME, .to = to, .subject = "s", .text = "text\n", .slot = slot };
}

static void
said(uint64_t no, enum spoken result, unsigned code, const char *words)
{
	struct msg_spoken m = { .no = no, .result = result, .code = code };
	snprintf(m.said, sizeof(m.said), "%s", words);
	chan_grant(t.speak, 1, sizeof(struct msg_speak));
	assert_int_equal(chan_send(t.speak, M_SPOKEN, &m, NULL, 0, -1), 0);
}

static struct speak_head
head(uint64_t no)
{
	struct speak_head h;
	assert_int_equal(speak_head(edge(), no, &h), 0);
	return h;
}

static void
test_sent(void **state)
{
	(void)state;
	struct speak_mail m = mail("noc@isp.example", NULL);
	struct speak_body b;
	uint64_t no;
	assert_int_equal(lay(&m, &no), 0);
	UNTIL(t.handed == 1);
	assert_int_equal(t.last.no, no);
	assert_string_equal(t.last.to, "noc@isp.example");
	assert_non_null(strstr(t.mail, "\r\nAuto-Submitted: auto-replied\r\n"));
	assert_non_null(strstr(t.mail, "\r\nMessage-ID: <lymph-"));
	said(no, SPOKEN_SENT, 250, "");
	UNTIL(head(no).state == SPEAK_SENT);
	assert_int_equal(speak_body(edge(), no, &b), -ENOENT); /* its content is gone */
	assert_int_equal(speak_totals(edge()).sent, 1);
	judge_die();
	live(ON);
	assert_int_equal(head(no).state, SPEAK_SENT);
	turn(1500);
	assert_int_equal(t.handed, 0);
}

static bool
on_disk(const char *text)
{
	char cmd[256];
	snprintf(cmd, sizeof(cmd), "grep -rqaF '%s' '%s/state'", text, set.dir);
	return system(cmd) == 0;
}

static int
count_row(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	(void)name, (void)name_n, (void)blob, (void)n;
	++*(size_t *)arg;
	return 0;
}

static size_t
rows(int shelf)
{
	size_t n = 0;
	assert_int_equal(store_each_shelved(edge()->store, shelf, count_row, &n), 0);
	return n;
}

/* A step that was to take it out and was not committed: its key went. */
static void
taken_back(int shelf, uint64_t no)
{
	struct shelf_no name = shelf_no(no);
	assert_int_equal(edge_begin(edge()), 0);
	assert_int_equal(store_shelve(edge()->store, shelf, name.b, sizeof(name.b), NULL, 0), 0);
	edge_abort(edge());
}

/* What waits is sealed on the disk. What cannot be read any more is over, and in the way of nothing. */
static void
test_sealed(void **state)
{
	(void)state;
	struct speak_mail m = mail("noc@isp.example", "slot"), other = mail("ada@isp.example", NULL);
	uint64_t no, again, lost;
	m.text = "what somebody said\n";
	judge_die();
	live(PREVIEW);
	assert_int_equal(lay(&m, &no), 0);
	assert_int_equal(lay(&other, &lost), 0);
	assert_false(on_disk("isp.example"));
	assert_false(on_disk("somebody said"));
	assert_true(on_disk("x.example")); /* the test is not blind: the configuration */
	taken_back(SHELF_SPEAK_BODY, no);
	assert_int_equal(lay(&m, &again), 0);
	assert_true(again > lost);
	taken_back(SHELF_SPEAK, lost);
	judge_die();
	live(ON);
	UNTIL(head(no).state == SPEAK_DOUBT);
	UNTIL(t.handed == 1);
	assert_int_equal(t.last.no, again);
	assert_non_null(strstr(t.mail, "what somebody said"));
	UNTIL(rows(SHELF_SPEAK) == 2);
	assert_int_equal(rows(SHELF_SPEAK_BODY), 1);
	assert_int_equal(speak_head(edge(), lost, &(struct speak_head){ 0 }), -ENOENT);
	other.to = "bo@isp.example";
	assert_int_equal(lay(&other, &no), 0);
	assert_true(no > again);
}

/* Handed over, and the judge died before it heard: again, the same; five times in all. */
static void
test_once_more(void **state)
{
	(void)state;
	struct speak_mail m = mail("noc@isp.example", NULL);
	char first[sizeof(t.mail)];
	uint64_t no;
	lay(&m, &no);
	UNTIL(t.handed == 1);
	memcpy(first, t.mail, sizeof(first));
	for (int i = 2; i <= 5; i++) {
		judge_die();
		live(ON);
		UNTIL(t.handed == 1);
		assert_string_equal(first, t.mail); /* every byte, so the Message-ID, too */
	}
	judge_die();
	live(ON);
	UNTIL(head(no).state == SPEAK_DOUBT);
	turn(1500);
	assert_int_equal(t.handed, 0);
	/* What the relay surely did not take does not count. */
	lay(&m, &no);
	UNTIL(t.handed == 1);
	said(no, SPOKEN_LATER, 451, "451 4.3.0 later");
	UNTIL(head(no).code == 451);
	assert_int_equal(head(no).state, SPEAK_WAITS);
	assert_int_equal(head(no).open, 0);
	assert_true(head(no).due > edge()->now);
	/* Unsure is not the same as no. */
	m.to = "other@isp.example";
	lay(&m, &no);
	UNTIL(t.handed == 2);
	said(no, SPOKEN_UNSURE, 0, "broken pipe");
	UNTIL(head(no).said[0]);
	assert_int_equal(head(no).open, 1);
}

static void
test_gates(void **state)
{
	(void)state;
	struct speak_mail m = mail("a@gov.example", NULL);
	uint64_t no, other;
	assert_int_equal(lay(&m, &no), 1 + SPEAK_NO_NEVER);
	m.to = "a@x.Gov.example";
	assert_int_equal(lay(&m, &no), 1 + SPEAK_NO_NEVER);
	m.to = "a@notgov.example";
	assert_int_equal(lay(&m, &no), 0);
	m.to = "Abuse@x.example"; /* ourselves */
	assert_int_equal(lay(&m, &no), 1 + SPEAK_NO_ADDRESS);
	m.to = "a@b.example\nBcc: c@d.example";
	assert_int_equal(lay(&m, &no), 1 + SPEAK_NO_ADDRESS);
	m.to = "";
	m.url = "https://reports.Gov.example:8443/v1/reports";
	assert_int_equal(lay(&m, &no), 1 + SPEAK_NO_NEVER);
	/* Nobody takes it: it waits, and is not refused. */
	judge_die();
	live("outgoing = on\n" PREVIEW);
	m = mail("a@b.example", "none");
	assert_int_equal(lay(&m, &no), 0);
	turn(1500);
	assert_int_equal(t.handed, 0);
	assert_int_equal(head(no).tries, 0);
	judge_die();
	live(PREVIEW);
	m = mail("a@b.example", "one");
	assert_int_equal(lay(&m, &no), 0);
	m.text = "newer\n";
	assert_int_equal(lay(&m, &other), 0);
	assert_int_equal(no, other); /* in place of the older */
	m.every = MSEC_HOUR;
	assert_int_equal(lay(&m, &other), 1 + SPEAK_NO_AGAIN);
	turn(1500);
	assert_int_equal(t.handed, 0);
	struct speak_body b;
	assert_int_equal(speak_body(edge(), no, &b), 0);
	assert_string_equal(b.text, "newer\n");
	free(b.bytes);
	judge_die();
	live("outgoing = off\n" PREVIEW);
	assert_int_equal(lay(&m, &no), 1 + SPEAK_NO_OFF);
}

static void
test_limits(void **state)
{
	(void)state;
	uint64_t no[5];
	struct speak_mail m;
	static const char *const to[] = { "a@isp.example", "a@isp.example", "a@isp.example", "b@isp.example",
		"c@isp.example" };
	static const char *const slots[] = { "0", "1", "2", "3", "4" };
	for (size_t i = 0; i < 5; i++) {
		m = mail(to[i], slots[i]);
		lay(&m, &no[i]);
	}
	UNTIL(t.handed == 3); /* two to a@, and one more of the domain */
	turn(1500);
	assert_int_equal(t.handed, 3);
	assert_int_equal(head(no[2]).tries, 0);
	assert_int_equal(head(no[3]).tries, 1);
	assert_int_equal(head(no[4]).tries, 0);
	/* Who subscribed gets all of it. */
	m = mail("a@isp.example", NULL);
	m.kind = SPEAK_FORWARD;
	lay(&m, &no[0]);
	UNTIL(t.handed == 4);
}

static void
test_panic(void **state)
{
	(void)state;
	struct speak_mail m = mail("a@b.example", NULL);
	uint64_t no;
	say_mode(true);
	UNTIL(word_mode_now(edge())->set.panic);
	lay(&m, &no);
	turn(1500);
	assert_int_equal(t.handed, 0);
	say_mode(false);
	UNTIL(!word_mode_now(edge())->set.panic);
	UNTIL(t.handed == 1);
}

static int
see_dead(const struct speak_dead *d, void *arg)
{
	*(struct speak_dead *)arg = *d;
	return 0;
}

static void
test_dead(void **state)
{
	(void)state;
	struct speak_mail m = mail("gone@isp.example", "1");
	struct speak_dead d = { .times = 0 };
	uint64_t no;
	lay(&m, &no);
	UNTIL(t.handed == 1);
	said(no, SPOKEN_DEAD, 550, "550 5.1.1 no such user");
	UNTIL(head(no).state == SPEAK_REFUSED);
	m.slot = "2";
	assert_int_equal(lay(&m, &no), 1 + SPEAK_NO_DEAD);
	judge_die();
	live(ON);
	assert_int_equal(lay(&m, &no), 1 + SPEAK_NO_DEAD);
	assert_int_equal(speak_each_dead(edge(), see_dead, &d), 0);
	assert_int_equal(d.times, 1);
	assert_string_equal(d.said, "550 5.1.1 no such user");
	assert_int_equal(speak_revive(edge(), "other@isp.example", 1, "x"), -ENOENT);
	assert_int_equal(speak_revive(edge(), "gone@isp.example", 1, "they say it works"), 0);
	assert_int_equal(count_facts(FACT_DESK), 1);
	assert_int_equal(lay(&m, &no), 0);
	/* A bounce is believed of who got the mail: it names the id, and the recipient. */
	UNTIL(t.handed == 1);
	said(no, SPOKEN_SENT, 250, "");
	UNTIL(head(no).state == SPEAK_SENT);
	struct speak_head h = head(no);
	char wrong[SPEAK_LINE];
	snprintf(wrong, sizeof(wrong), "%s", h.message_id);
	wrong[10] ^= 1;
	speak_bounced(edge(), "gone@isp.example", wrong, "5.1.1");
	speak_bounced(edge(), "other@isp.example", h.message_id, "5.1.1");
	speak_bounced(edge(), "gone@isp.example", h.message_id, "4.2.2");
	assert_int_equal(head(no).state, SPEAK_SENT);
	speak_bounced(edge(), "Gone@isp.example", h.message_id, "5.1.1");
	assert_int_equal(head(no).state, SPEAK_REFUSED);
	m.slot = "3";
	assert_int_equal(lay(&m, &no), 1 + SPEAK_NO_DEAD);
	replayed();
}

/* We died when the mail was kept and before it was heard: it comes again, and then it is. */
static void
test_bounce_again(void **state)
{
	static const char text[] = "Subject: Undelivered\n\nno such user\n";
	struct msg_mail b = { .ticket = 1, .tray = TRAY_BOUNCE, .size = sizeof(text) - 1, .rule = "bounce" };
	struct speak_mail m = mail("gone@isp.example", "1");
	uint64_t no;
	(void)state;
	lay(&m, &no);
	UNTIL(t.handed == 1);
	said(no, SPOKEN_SENT, 250, "");
	UNTIL(head(no).state == SPEAK_SENT);
	struct chan *hear = connect_role(ROLE_HEAR_MAIL, from_judge);
	UNTIL(chan_may_send(hear, CHAN_MAX));
	crypto_hash_sha256(b.digest, (const uint8_t *)text, b.size);
	assert_int_equal(chan_send(hear, M_MAIL, &b, text, b.size, -1), 0);
	UNTIL(mails_counted(edge())->taken == 1);
	assert_int_equal(head(no).state, SPEAK_SENT);
	snprintf(b.bounced, sizeof(b.bounced), "gone@isp.example");
	snprintf(b.bounced_id, sizeof(b.bounced_id), "%s", head(no).message_id);
	snprintf(b.bounced_status, sizeof(b.bounced_status), "5.1.1");
	assert_int_equal(chan_send(hear, M_MAIL, &b, text, b.size, -1), 0);
	UNTIL(head(no).state == SPEAK_REFUSED);
	assert_int_equal(mails_counted(edge())->same, 1);
}

/* However many mailboxes die: so many are known and no more, and none for ever. */
static void
test_graves(void **state)
{
	char address[64];
	struct speak_mail m = mail("dead0@isp.example", "1");
	uint64_t no;
	(void)state;
	speak_totals(edge());
	assert_int_equal(edge_begin(edge()), 0);
	for (unsigned i = 0; i < SPEAK_DEADS + 10; i++) {
		edge()->now++; /* which one ends first is no accident */
		snprintf(address, sizeof(address), "dead%u@isp.example", i);
		assert_int_equal(speak_bury(edge(), address, "550 5.1.1 no"), 0);
	}
	assert_int_equal(edge_commit(edge()), 0);
	assert_int_equal(rows(SHELF_SPEAK_DEAD), SPEAK_DEADS);
	judge_die();
	live(ON);
	assert_int_equal(rows(SHELF_SPEAK_DEAD), SPEAK_DEADS);
	assert_int_equal(lay(&m, &no), 0);
	m.to = address;
	assert_int_equal(lay(&m, &no), 1 + SPEAK_NO_DEAD);
	edge()->now += 390 * MSEC_DAY; /* its thirty days, and not a year behind */
	speak_up(edge());
	turn(50);
	assert_int_equal(rows(SHELF_SPEAK_DEAD), SPEAK_DEADS);
	edge()->now += 10 * MSEC_DAY;
	speak_up(edge());
	UNTIL(rows(SHELF_SPEAK_DEAD) == 0);
	assert_int_equal(speak_totals(edge()).dead, 0);
}

static void
test_staff(void **state)
{
	(void)state;
	judge_die();
	live(PREVIEW);
	struct speak_mail m = mail("a@b.example", NULL);
	struct addr a = { .fam = 4, .b = { 198, 51, 100, 7 } };
	uint64_t no, second;
	lay(&m, &no);
	assert_int_equal(speak_drop(edge(), no, 7, "wrong text"), 0);
	assert_int_equal(speak_drop(edge(), no, 7, "again"), -EALREADY);
	assert_int_equal(speak_drop(edge(), no + 9, 7, "none"), -ENOENT);
	assert_int_equal(head(no).state, SPEAK_DROPPED);
	assert_int_equal(count_facts(FACT_DESK), 1);
	/* What is forgotten does not leave. */
	m.about = 77;
	lay(&m, &no);
	m = mail("c@b.example", NULL);
	m.subject_addr = a;
	lay(&m, &second);
	assert_int_equal(edge_begin(edge()), 0);
	speak_forget(edge(), 77, NULL);
	speak_forget(edge(), 0, &a);
	assert_int_equal(edge_commit(edge()), 0);
	struct speak_head h;
	assert_int_equal(speak_head(edge(), no, &h), -ENOENT);
	assert_int_equal(speak_head(edge(), second, &h), -ENOENT);
	/* To whom is not known at first. */
	m.to = "";
	m.kind = SPEAK_REFERRAL;
	lay(&m, &no);
	assert_int_equal(head(no).state, SPEAK_SEEKS);
	assert_int_equal(speak_found(edge(), no, "abuse@isp.example", ""), 0);
	assert_int_equal(head(no).state, SPEAK_WAITS);
	assert_string_equal(head(no).to, "abuse@isp.example");
	m.slot = "none";
	lay(&m, &no);
	assert_int_equal(speak_found(edge(), no, "", ""), 0);
	assert_int_equal(head(no).state, SPEAK_OLD);
	/* A transaction that fails leaves nothing. */
	m = mail("d@b.example", NULL);
	assert_int_equal(edge_begin(edge()), 0);
	assert_int_equal(speak_lay(edge(), &m, &no), 0);
	edge_abort(edge());
	uint64_t waiting = speak_totals(edge()).waiting;
	assert_int_equal(speak_head(edge(), no, &h), -ENOENT);
	assert_int_equal(waiting, 1);
	replayed();
}

static void
test_report(void **state)
{
	(void)state;
	size_t n;
	struct xarf_why why;
	const struct xarf_new x = { .id = { 1, 2, 3, 4, 5, 6, 0x47, 8, 0x89 }, .timestamp = 1795312800000,
		.first_seen = 1795312800000, .org = "Whoever", .contact = "who@ever.example", .domain = "ever.example",
		.subject = { .fam = 4, .b = { 198, 51, 100, 7 } }, .source_port = 4711, .cls = CLASS_LOGIN_ATTACKER,
		.handshake = 1, .count = 3 };
	char *doc = xarf_build(&x, &n, &why);
	assert_non_null(doc);
	struct fact f = { .kind = FACT_REPORT, .report = { .cls = CLASS_LOGIN_ATTACKER, .subject = x.subject,
		.event = 1795312800000, .count = 3, .port = 4711 } };
	assert_int_equal(edge_begin(edge()), 0);
	assert_int_equal(speak_report(edge(), SPEAK_REFERRAL, "abuse@isp.example", NULL, &f, 0, doc, n, MSEC_DAY, false), 0);
	assert_int_equal(speak_report(edge(), SPEAK_REFERRAL, "abuse@isp.example", NULL, &f, 0, doc, n, MSEC_DAY, false),
	    1 + SPEAK_NO_AGAIN);
	/* Nor to somebody else, if only to whom was not known at first. */
	assert_int_equal(speak_report(edge(), SPEAK_REFERRAL, "", "https://peer.example/v1/reports", &f, 0, doc, n,
			     MSEC_DAY, false), 1 + SPEAK_NO_AGAIN);
	f.report.subject.b[3] = 8;
	assert_int_equal(speak_report(edge(), SPEAK_REFERRAL, "", "https://peer.example/v1/reports", &f, 0, doc, n,
			     MSEC_DAY, false), 0);
	assert_int_equal(speak_report(edge(), SPEAK_REFERRAL, "abuse@isp.example", NULL, &f, 0, "{", 1, 0, false),
	    1 + SPEAK_NO_ROOM);
	assert_int_equal(edge_commit(edge()), 0);
	UNTIL(t.handed == 2);
	assert_true(t.last.post);
	assert_string_equal(t.last.to, "https://peer.example/v1/reports");
	assert_true(strlen(t.last.signature) > 100);
	assert_null(strstr(t.mail, "ever.example"));
	struct xarf *y;
	assert_int_equal(xarf_parse(t.mail, strlen(t.mail), &y, &why), 0);
	assert_int_equal(xarf_was_here(y, "x.example"), -ELOOP);
	xarf_free(y);
	/* And what went through us before goes nowhere. */
	assert_int_equal(edge_begin(edge()), 0);
	assert_int_equal(speak_report(edge(), SPEAK_FORWARD, "a@b.example", NULL, &f, 0, t.mail, strlen(t.mail), 0, false),
	    1 + SPEAK_NO_LOOP);
	assert_int_equal(edge_commit(edge()), 0);
	free(doc);
}

#define FRIEND "prefix \"192.0.2.0/24\" { kind = residential }\n" \
	"peer \"friend\" { prefixes = {\"11.77.0.0/16\"} mail = \"desk@friend.example\" }\n" \
	"rdap { cache = \"/nowhere\" }\n"
#define PEERS ON FRIEND

static struct msg_report_answer answered;
static unsigned answers;

static void
to_hear(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	if (m->type == M_REPORT_ANSWER) {
		answered = *(const struct msg_report_answer *)m->body;
		answers++;
	}
	if (m->fd >= 0)
		close(m->fd);
}

static enum answer
report_by(struct chan *hear, uint8_t who, uint8_t id, struct addr subject)
{
	size_t n;
	struct xarf_why why;
	const struct xarf_new x = { .id = { id, 2, 3, 4, 5, 6, 0x47, 8, 0x89 }, .timestamp = 1795312800000,
		.first_seen = 1795312800000, .org = "Whoever", .contact = "who@ever.example", .domain = "ever.example",
		.subject = subject, .source_port = 4711, .cls = CLASS_LOGIN_ATTACKER, .handshake = 1, .count = 3 };
	char *doc = xarf_build(&x, &n, &why), tail[8192] = "sig";
	struct msg_report m = { .ticket = id, .sig_len = 3, .report = { .cls = CLASS_LOGIN_ATTACKER,
		.subject = subject, .event = 1795312800000, .count = 3, .port = 4711, .sender = "ever.example" } };
	assert_non_null(doc);
	memcpy(m.report.id, x.id, 16);
	memset(m.report.key.b, who, KEY_BYTES);
	m.body_len = (uint32_t)n;
	crypto_hash_sha256(m.report.body_hash, (const uint8_t *)doc, n);
	memcpy(tail + 3, doc, n);
	unsigned before = answers;
	assert_int_equal(chan_send(hear, M_REPORT, &m, tail, 3 + n, -1), 0);
	UNTIL(answers == before + 1);
	free(doc);
	return answered.answer;
}

/* What is not ours goes to whose it is, of the proven only: nobody has us write to anybody. */
static void
test_refer(void **state)
{
	(void)state;
	judge_die();
	live(PEERS);
	struct chan *hear = connect_role(ROLE_HEAR_REPORTS, to_hear);
	UNTIL(chan_may_send(hear, CHAN_MAX));
	struct addr theirs = { .fam = 4, .b = { 11, 77, 0, 7 } }, nobodys = { .fam = 4, .b = { 11, 99, 0, 7 } };
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .pinned = true, .pin = Q32(9, 10) } };
	assert_int_equal(report_by(hear, 1, 1, theirs), ANSWER_NOT_OURS);
	memset(f.reporter.key.b, 1, KEY_BYTES);
	assert_int_equal(edge_submit(edge(), &f), 0);
	assert_int_equal(report_by(hear, 1, 1, theirs), ANSWER_REFERRED);
	assert_int_equal(report_by(hear, 1, 2, theirs), ANSWER_REFERRED); /* said once a day */
	assert_int_equal(report_by(hear, 2, 3, theirs), ANSWER_NOT_OURS);
	assert_int_equal(report_by(hear, 0, 4, theirs), ANSWER_NOT_OURS);
	assert_int_equal(count_facts(FACT_REPORT), 0);
	UNTIL(t.handed == 1);
	assert_string_equal(t.last.to, "desk@friend.example");
	assert_null(strstr(t.mail, "ever.example"));
	assert_non_null(strstr(t.mail, "report-type=feedback-report"));
	assert_non_null(strstr(t.mail, "\r\nAuto-Submitted: auto-generated\r\n"));
	/* Nobody was asked yet: it waits until somebody says. */
	assert_int_equal(report_by(hear, 1, 5, nobodys), ANSWER_REFERRED);
	assert_int_equal(speak_totals(edge()).seeking, 1);
	turn(1500);
	assert_int_equal(t.handed, 1);
	replayed();
}

#define TOKENS "intake {\n tokens = {\"acme:" \
	"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\"}\n}\n" \
	"log \"fw\" { file = \"/nowhere/a\" refer = true }\nlog \"ids\" { file = \"/nowhere/b\" }\n"
#define GATHERED PEERS TOKENS

/* A claim about 11.A.B.C by that source, by who hears it. */
static enum answer
claimed_by(struct chan *hear, const char *who, enum evidence evidence, uint8_t a, uint8_t b, uint8_t c)
{
	size_t n;
	struct xarf_why why;
	struct claim x = { .subject = { .fam = 4, .b = { 11, a, b, c } }, .cls = CLASS_LOGIN_ATTACKER, .evidence = evidence,
		.event = 1795312800000, .count = 1, .port = 4711, .text = "a line", .text_n = 6, .what = "log" };
	struct claim_from from = { .contact = "who@ever.example" };
	static uint64_t ticket = 1000;
	struct msg_report m = { .ticket = ++ticket };
	strcpy(from.identity.name, who);
	strcpy(m.identity, who);
	if (a == 0)
		x.subject.b[0] = 10;
	char *doc = claim_report(&x, &from, &n, &m.report, &why);
	assert_non_null(doc);
	m.body_len = (uint32_t)n;
	unsigned before = answers;
	assert_int_equal(chan_send(hear, M_REPORT, &m, doc, n, -1), 0);
	UNTIL(answers == before + 1);
	free(doc);
	return answered.answer;
}

static void
due_now(void)
{
	struct speaking *s = edge()->speaking;
	for (size_t i = 0; i < s->n; i++)
		s->item[i].due = 0;
	speak_wake(edge());
}

static unsigned
in_state(enum speak_state state)
{
	unsigned n = 0;
	speak_fresh(edge());
	for (size_t i = 0; i < edge()->speaking->n; i++)
		n += edge()->speaking->item[i].state == state;
	return n;
}

/* What is said of many goes to each mailbox as one mail, the same one after a crash; then a day is quiet. */
static void
test_gather(void **state)
{
	(void)state;
	static char first[sizeof(t.mail)];
	judge_die();
	live(GATHERED);
	struct chan *hear = connect_role(ROLE_HEAR_MAIL, to_hear);
	UNTIL(chan_may_send(hear, CHAN_MAX));
	for (uint8_t i = 1; i < 4; i++)
		assert_int_equal(claimed_by(hear, "token:acme", EVIDENCE_TEXT, 77, 0, i), ANSWER_REFERRED);
	assert_int_equal(in_state(SPEAK_WAITS), 3);
	turn(1500);
	assert_int_equal(t.handed, 0); /* more may come */
	due_now();
	UNTIL(t.handed == 1);
	assert_string_equal(t.last.to, "desk@friend.example");
	assert_non_null(strstr(t.mail, "x.example received 3 reports about abuse:"));
	assert_non_null(strstr(t.mail, "  11.77.0.3, login-attacker"));
	assert_non_null(strstr(t.mail, "xarf-3.json"));
	assert_null(strstr(t.mail, "xarf-4.json"));
	assert_null(strstr(t.mail, "ever.example"));
	memcpy(first, t.mail, sizeof(first));
	judge_die();
	live(GATHERED);
	hear = connect_role(ROLE_HEAR_MAIL, to_hear);
	UNTIL(chan_may_send(hear, CHAN_MAX));
	due_now();
	/* Read again after a crash: known, by its id too. */
	assert_int_equal(claimed_by(hear, "token:acme", EVIDENCE_TEXT, 77, 0, 1), ANSWER_REFERRED);
	UNTIL(t.handed == 1);
	assert_string_equal(first, t.mail);
	assert_int_equal(edge()->speaking->n, 3);
	said(t.last.no, SPOKEN_SENT, 250, "");
	UNTIL(in_state(SPEAK_SENT) == 3);
	/* Another one of that day waits for it to be over; after it it is one mail again. */
	assert_int_equal(claimed_by(hear, "token:acme", EVIDENCE_TEXT, 77, 0, 9), ANSWER_REFERRED);
	due_now();
	turn(1500);
	assert_int_equal(t.handed, 1);
	struct speaking *s = edge()->speaking;
	assert_true(s->item[s->n - 1].due > edge()->now + MSEC_DAY - MSEC_HOUR);
	/* A bounce is of all of them. */
	struct speak_head h = head(t.last.no);
	speak_bounced(edge(), "desk@friend.example", h.message_id, "5.1.1");
	assert_int_equal(in_state(SPEAK_REFUSED), 3);
	assert_int_equal(count_facts(FACT_REPORT), 0);
	replayed();
}

#define LINKED(link) "outgoing = on\nmail {\n relay = \"127.0.0.1:25\"\n from = \"abuse@x.example\"\n link = \"" \
	link "\"\n}\n" FRIEND TOKENS

/* The page of a report has its id, each of many its own; one without an id stands there once. */
static void
test_link(void **state)
{
	(void)state;
	char text[1024];
	judge_die();
	live(LINKED("https://x.example/r/{id}#what"));
	struct chan *hear = connect_role(ROLE_HEAR_MAIL, to_hear);
	UNTIL(chan_may_send(hear, CHAN_MAX));
	for (uint8_t i = 1; i < 3; i++)
		assert_int_equal(claimed_by(hear, "token:acme", EVIDENCE_TEXT, 77, 0, i), ANSWER_REFERRED);
	due_now();
	UNTIL(t.handed == 1);
	const char *first = strstr(t.mail, "    https://x.example/r/"), *second = strstr(first + 8, "    https://x.example/r/");
	assert_non_null(second);
	assert_memory_not_equal(first, second, 24 + 36);
	assert_memory_equal(first + 24 + 36, "#what", 5);
	assert_null(strstr(t.mail, "{id}"));
	assert_null(strstr(t.mail, "how to object"));
	uint8_t id[16];
	assert_int_equal(uuid_parse(first + 24, 36, id), 0);
	speak_end_words(edge(), SPEAK_REFERRAL, id, text, sizeof(text));
	first = strstr(text, "how to object: https://x.example/r/");
	assert_non_null(first);
	assert_memory_equal(first + 35 + 36, "#what\n", 6);
	speak_end_words(edge(), SPEAK_REFERRAL, NULL, text, sizeof(text));
	assert_null(strstr(text, "http"));
	judge_die();
	live(LINKED("https://x.example/r"));
	speak_end_words(edge(), SPEAK_REFERRAL, id, text, sizeof(text));
	assert_non_null(strstr(text, "how to object: https://x.example/r\n"));
	speak_end_words(edge(), SPEAK_REFERRAL, NULL, text, sizeof(text));
	assert_non_null(strstr(text, "how to object: https://x.example/r\n"));
}

/* A hundred do not wait: they go at once, and those who are too many in the next mail. */
static void
test_gather_many(void **state)
{
	(void)state;
	judge_die();
	live(GATHERED);
	struct chan *hear = connect_role(ROLE_HEAR_MAIL, to_hear);
	UNTIL(chan_may_send(hear, CHAN_MAX));
	for (unsigned i = 0; i < SPEAK_JOIN + 5; i++)
		assert_int_equal(claimed_by(hear, "token:acme", EVIDENCE_TEXT, 77, 0, (uint8_t)i), ANSWER_REFERRED);
	struct speaking *s = edge()->speaking;
	uint64_t with[SPEAK_JOIN];
	due_now();
	UNTIL(s->flying == 1);
	uint64_t lead = s->item[0].no;
	assert_int_equal(speak_with(s, lead, with), SPEAK_JOIN - 1);
	/* What was surely not taken goes the next time with whom it will be. */
	UNTIL(t.handed == 1);
	said(t.last.no, SPOKEN_LATER, 451, "451 4.3.0 later");
	UNTIL(s->flying == 0);
	assert_int_equal(speak_with(s, lead, with), 0);
	assert_int_equal(s->item[0].open + s->item[1].open, 0);
	/* Staff take the first one out: another one leads. */
	assert_int_equal(speak_drop(edge(), lead, 7, "wrong"), 0);
	due_now();
	UNTIL(t.handed == 2);
	assert_int_not_equal(t.last.no, lead);
	assert_int_equal(speak_with(s, t.last.no, with), SPEAK_JOIN - 1);
	said(t.last.no, SPOKEN_SENT, 250, "");
	UNTIL(in_state(SPEAK_SENT) == SPEAK_JOIN);
	assert_int_equal(in_state(SPEAK_WAITS), 4);
}

/* Of a thousand addresses of one network a registry is asked about one; who may not have us write to anybody. */
static void
test_gather_whose(void **state)
{
	(void)state;
	struct whose_totals w;
	judge_die();
	live(GATHERED);
	struct chan *hear = connect_role(ROLE_HEAR_MAIL, to_hear);
	UNTIL(chan_may_send(hear, CHAN_MAX));
	for (uint8_t i = 1; i < 20; i++)
		assert_int_equal(claimed_by(hear, "token:acme", EVIDENCE_TEXT, 99, i, 7), ANSWER_REFERRED);
	assert_int_equal(speak_totals(edge()).seeking, 19);
	whose_totals(edge(), &w);
	assert_int_equal(w.waiting, 1);
	/* The answer is about a range: all in it know. */
	struct msg_whose m = { .ticket = 1, .addr = { .fam = 4, .b = { 11, 99, 1, 7 } }, .told = WHOSE_FOUND,
		.first = { .fam = 4, .b = { 11, 99, 0, 0 } }, .last = { .fam = 4, .b = { 11, 99, 255, 255 } } };
	strcpy(m.mail, "abuse@isp.example");
	struct chan *feed = connect_role(ROLE_HEAR_FEED, to_hear);
	chan_grant(feed, 4, 4 * sizeof(struct msg_whose_get));
	UNTIL((whose_totals(edge(), &w), w.asked == 1));
	assert_int_equal(chan_send(feed, M_WHOSE, &m, NULL, 0, -1), 0);
	UNTIL(speak_totals(edge()).seeking == 0);
	assert_int_equal(in_state(SPEAK_WAITS), 19);
	due_now();
	UNTIL(t.handed == 1);
	assert_string_equal(t.last.to, "abuse@isp.example");
	assert_non_null(strstr(t.mail, "received 19 reports"));
	size_t before = edge()->speaking->n;
	/* A domain nobody ranked, an address of nobody. */
	assert_int_equal(claimed_by(hear, "dkim:evil.example", EVIDENCE_STRONG, 77, 1, 1), ANSWER_NOT_OURS);
	assert_int_equal(claimed_by(hear, "token:acme", EVIDENCE_STRONG, 0, 1, 1), ANSWER_NOT_OURS);
	/* Of logs those the operator said so of, and what is no weak word. */
	struct chan *log = connect_role(ROLE_HEAR_LOG, to_hear);
	UNTIL(chan_may_send(log, CHAN_MAX));
	assert_int_equal(claimed_by(log, "log:ids", EVIDENCE_STRONG, 77, 1, 1), ANSWER_NOT_OURS);
	assert_int_equal(claimed_by(log, "log:fw", EVIDENCE_WEAK, 77, 1, 1), ANSWER_NOT_OURS);
	assert_int_equal(edge()->speaking->n, before);
	assert_int_equal(claimed_by(log, "log:fw", EVIDENCE_TEXT, 77, 1, 1), ANSWER_REFERRED);
	assert_int_equal(edge()->speaking->n, before + 1);
	replayed();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sent, up, judge_down),
		cmocka_unit_test_setup_teardown(test_sealed, up, judge_down),
		cmocka_unit_test_setup_teardown(test_once_more, up, judge_down),
		cmocka_unit_test_setup_teardown(test_gates, up, judge_down),
		cmocka_unit_test_setup_teardown(test_limits, up, judge_down),
		cmocka_unit_test_setup_teardown(test_panic, up, judge_down),
		cmocka_unit_test_setup_teardown(test_dead, up, judge_down),
		cmocka_unit_test_setup_teardown(test_bounce_again, up, judge_down),
		cmocka_unit_test_setup_teardown(test_graves, up, judge_down),
		cmocka_unit_test_setup_teardown(test_staff, up, judge_down),
		cmocka_unit_test_setup_teardown(test_report, up, judge_down),
		cmocka_unit_test_setup_teardown(test_refer, up, judge_down),
		cmocka_unit_test_setup_teardown(test_gather, up, judge_down),
		cmocka_unit_test_setup_teardown(test_link, up, judge_down),
		cmocka_unit_test_setup_teardown(test_gather_many, up, judge_down),
		cmocka_unit_test_setup_teardown(test_gather_whose, up, judge_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
