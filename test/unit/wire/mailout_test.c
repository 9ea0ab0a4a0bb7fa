/* SPDX-License-Identifier: BSD-2-Clause */
/* Mails out: what is written is read back by the reader of mails, and what strangers wrote stays inside its
 * part. */
#include "mail_world.h"

#include <errno.h>

#include "wire/mailout.h"
#include "wire/xarf.h"

static const struct mailout plain = { .from = "abuse@example.net", .to = "noc@isp.example",
	.from_name = "lymph.example.net", .subject = "Outcome", .message_id = "lymph-1.00ff@example.net",
	.in_reply_to = "<abc@isp.example>", .auto_submitted = "auto-replied", .date = ARRIVED, .text = "Fixed.\n" };

static char *
print(const struct mailout *m)
{
	size_t n;
	char *s = mailout_print(m, &n);
	assert_non_null(s);
	s = realloc(s, n + 1);
	s[n] = '\0';
	assert_int_equal(strlen(s), n);
	/* RFC 5322 2.1.1 and 2.3: no line over 998 bytes, no bare CR or LF, ASCII. */
	for (size_t i = 0, line = 0; i < n; i++, line++) {
		assert_true((unsigned char)s[i] < 0x80);
		if (s[i] == '\r')
			assert_true(s[i + 1] == '\n');
		if (s[i] != '\n')
			continue;
		assert_true(i > 0 && s[i - 1] == '\r' && line <= 998);
		line = (size_t)-1;
	}
	return s;
}

static void
test_plain(void **state)
{
	(void)state;
	char *s = print(&plain);
	assert_string_equal(s,
	    "From: \"lymph.example.net\" <abuse@example.net>\r\nTo: <noc@isp.example>\r\nSubject: Outcome\r\n"
	    "Date: Sun, 22 Nov 2026 02:00:00 +0000\r\nMessage-ID: <lymph-1.00ff@example.net>\r\n"
	    "In-Reply-To: <abc@isp.example>\r\nReferences: <abc@isp.example>\r\nAuto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n\r\nFixed.\r\n");
	struct mail_seen m = world_read(s);
	/* It is ours: come back to us it is neither a report nor answered. */
	assert_int_equal(m.tray, TRAY_AUTO);
	assert_string_equal(m.rule, "a mail of ours that came back");
	assert_false(m.may_answer);
	mail_seen_free(&m);
	free(s);
}

/* What is no field is no mail, and what a stranger wrote makes no field. */
static void
test_hostile(void **state)
{
	(void)state;
	size_t n;
	struct mailout m = plain;
	m.to = "a@b.example\r\nBcc: c@d.example";
	assert_null(mailout_print(&m, &n));
	m.to = plain.to;
	m.message_id = "x>\r\nBcc: <c@d.example";
	assert_null(mailout_print(&m, &n));
	m.message_id = plain.message_id;
	m.from_name = "a\" <x@y.example>, \"";
	assert_null(mailout_print(&m, &n));
	m.from_name = "";
	m.in_reply_to = "<a@b>\r\nBcc: <c@d.example>";
	m.subject = "Hi\r\nBcc: c@d.example =?x?= \xff\xc3\xa4";
	m.text = "\r\n.\r\nFrom me\r\n--=_lymph_\r\n\xc3\xa4 =3D  \ttrailing \nContent-Type: x\n\xff\x01\x00";
	char *s = print(&m);
	assert_null(strstr(s, "Bcc"));
	assert_null(strstr(s, "In-Reply-To"));
	assert_null(strstr(s, "\r\nFrom me"));
	assert_null(strstr(s, "\r\n.\r\n"));
	assert_non_null(strstr(s, "quoted-printable"));
	free(s);
	/* However long, whole characters in each word. */
	char subject[1000];
	for (size_t i = 0; i + 3 < sizeof(subject); i += 3)
		memcpy(subject + i, "\xe2\x82\xac", 4);
	m.subject = subject;
	s = print(&m);
	struct mail_seen seen = world_read(s);
	assert_true(strncmp(seen.subject, "\xe2\x82\xac\xe2\x82\xac", 6) == 0);
	assert_null(strstr(seen.subject, "?"));
	mail_seen_free(&seen);
	free(s);
}

static const char *const ids[] = { "", "<>", "<a@b", "a@b>", "<@b>", "<a@>", "<a b@c>", "<a@b@c>", "<a@b>,<c@d>",
	"<a@\xc3\xa4>", "<a@b>\r\n" };

static void
test_ids(void **state)
{
	(void)state;
	assert_true(mailout_is_id("<a@b>"));
	assert_true(mailout_is_id("<2026.1$x+y=z@[192.0.2.1]>"));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (mailout_is_id(ids[i]))
			fail_msg("%s", ids[i]);
}

static const char log_line[] = "Nov 22 01:00:00 h sshd[1]: Failed password for root from 192.0.2.7 port 4711 ssh2\n";

static char *
report_of(size_t *n)
{
	struct xarf_why why;
	const struct xarf_item item = { .content_type = "text/plain", .payload = log_line, .n = sizeof(log_line) - 1 };
	const struct xarf_new x = { .id = { 1, 2, 3, 4, 5, 6, 0x47, 8, 0x89 }, .timestamp = ARRIVED,
		.first_seen = ARRIVED, .org = "Whoever", .contact = "who@ever.example", .domain = "ever.example",
		.subject = { .fam = 4, .b = { 192, 0, 2, 7 } }, .source_port = 4711, .cls = CLASS_LOGIN_ATTACKER,
		.description = "seen by Whoever", .items = &item, .item_count = 1, .aud = "x.example", .reply_to = "who@ever.example", .handshake = 1,
		.count = 3 };
	char *s = xarf_build(&x, n, &why);
	if (!s)
		fail_msg("%s: %s", why.field, why.rule);
	return s;
}

static const struct xarf_passing us = { "lymph.example.net", "Us", "abuse@example.net", "example.net", 1 << 20 };

static char *
passed(const char *doc, size_t n, const char *server, size_t *ret_n)
{
	struct xarf_why why;
	struct xarf *x;
	struct xarf_passing p = us;
	char *s = NULL;
	p.server = server;
	assert_int_equal(xarf_parse(doc, n, &x, &why), 0);
	int r = xarf_pass(x, &p, &s, ret_n);
	assert_int_equal(r, xarf_was_here(x, server));
	xarf_free(x);
	return r == 0 ? s : NULL;
}

static void
test_pass(void **state)
{
	(void)state;
	size_t n, m;
	struct xarf_why why;
	struct xarf *x;
	char *doc = report_of(&n), *s = passed(doc, n, "lymph.example.net", &m);
	assert_null(strstr(s, "ever.example"));
	assert_null(strstr(s, "Whoever"));
	assert_null(strstr(s, "\"aud\""));
	assert_non_null(strstr(s, "\"evidence\""));
	assert_int_equal(xarf_parse(s, m, &x, &why), 0); /* still one, about the same */
	struct report r;
	assert_int_equal(xarf_report(x, &r, &why), 0);
	assert_int_equal(r.cls, CLASS_LOGIN_ATTACKER);
	assert_int_equal(r.count, 3);
	assert_int_equal(r.id[0], 1);
	xarf_free(x);
	/* Once through each, and through four at most. */
	assert_null(passed(s, m, "LYMPH.example.net", &n));
	static const char *const others[] = { "b.example", "c.example", "d.example" };
	for (size_t i = 0; i < 3; i++) {
		char *next = passed(s, m, others[i], &n);
		assert_non_null(next);
		free(s);
		s = next;
		m = n;
	}
	assert_null(passed(s, m, "e.example", &n));
	free(s);
	/* What is too large leaves its evidence behind. */
	n = strlen(doc);
	struct xarf_passing small = us;
	small.most = 900;
	assert_int_equal(xarf_parse(doc, n, &x, &why), 0);
	assert_int_equal(xarf_pass(x, &small, &s, &m), 0);
	assert_null(strstr(s, "\"evidence\""));
	assert_non_null(strstr(s, "evidence_left_out"));
	free(s);
	small.most = 100;
	assert_int_equal(xarf_pass(x, &small, &s, &m), -E2BIG);
	xarf_free(x);
	free(doc);
}

/* A report as another desk sends it. */
static struct mailout
sent(const char *doc, size_t n)
{
	struct mailout m = plain;
	m.from = "abuse@other.example";
	m.message_id = "lymph-1.00ff@other.example";
	m.to = "abuse@example.net";
	m.in_reply_to = NULL;
	m.attached = doc;
	m.attached_n = n;
	m.attached_name = "xarf.json";
	return m;
}

/* A report of ours at another desk: the reader finds the document, and nothing beside it. */
static void
test_report(void **state)
{
	(void)state;
	size_t n;
	char *doc = report_of(&n);
	struct mailout m = sent(doc, n);
	m.auto_submitted = "auto-generated";
	m.text = "A report about 192.0.2.99.\n" "Nov 22 01:00:00 h sshd[1]: Failed password for root from 192.0.2.98 "
		 "port 4711 ssh2\n";
	m.feedback = "Feedback-Type: xarf\nUser-Agent: lymph/0\nVersion: 1\nSource-IP: 192.0.2.7\nIncidents: 3\n";
	char *s = print(&m);
	assert_non_null(strstr(s, "multipart/report; report-type=feedback-report;\r\n boundary="));
	struct mail_seen seen = world_read(s);
	assert_int_equal(seen.tray, TRAY_CASE);
	assert_int_equal(seen.docs, 1);
	assert_int_equal(seen.claims, 0);
	assert_int_equal(seen.doc[0].n, n);
	assert_memory_equal(seen.doc[0].bytes, doc, n);
	assert_false(seen.may_answer); /* the first mail was the last */
	mail_seen_free(&seen);
	free(s);
	free(doc);
}

/* Several in one mail: each is found, and none but these. */
static void
test_several(void **state)
{
	(void)state;
	struct mailout_doc more[2];
	size_t n;
	char *doc[3];
	for (size_t i = 0; i < 3; i++) { /* none like another */
		doc[i] = report_of(&n);
		strstr(doc[i], "Whoever")[6] = (char)('1' + i);
	}
	struct mailout m = sent(doc[0], n);
	m.feedback = NULL;
	more[0] = (struct mailout_doc){ doc[1], n };
	more[1] = (struct mailout_doc){ doc[2], n };
	m.more = more;
	m.more_n = 2;
	char *s = print(&m);
	assert_non_null(strstr(s, "filename=\"xarf.json\""));
	assert_non_null(strstr(s, "filename=\"xarf-2.json\""));
	assert_non_null(strstr(s, "filename=\"xarf-3.json\""));
	assert_non_null(strstr(s, "multipart/mixed"));
	struct mail_seen seen = world_read(s);
	assert_int_equal(seen.tray, TRAY_CASE);
	assert_int_equal(seen.docs, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(seen.doc[i].n, n);
		assert_memory_equal(seen.doc[i].bytes, doc[i], n);
		free(doc[i]);
	}
	mail_seen_free(&seen);
	free(s);
}

#define DSN(id, fields)                                                                                   \
	"Return-Path: <>\nFrom: MAILER-DAEMON@mx.isp.example\nTo: abuse@example.net\nSubject: Undelivered\n" \
	"Message-ID: <1@mx.isp.example>\nDate: " WHEN "\nMIME-Version: 1.0\n"                                 \
	"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nno such user\n"  \
	"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.isp.example\n\n" fields       \
	"\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <" id ">\nSubject: x\n\n192.0.2.7 did it\n--b--\n"
#define FAILED "Final-Recipient: rfc822; noc@isp.example\nAction: failed\nStatus: 5.1.1\n"

static const struct {
	const char *mail, *id, *to, *status;
} dsns[] = {
	{ DSN("lymph-1.00ff@example.net", FAILED), "lymph-1.00ff@example.net", "noc@isp.example", "5.1.1" },
	{ DSN("lymph-1.00ff@example.net", "Original-Recipient: rfc822;abuse@isp.example\n" FAILED),
	    "lymph-1.00ff@example.net", "abuse@isp.example", "5.1.1" },
	{ DSN("lymph-1.00ff@example.net", "Final-Recipient: rfc822; a@b.example\nAction: delayed\nStatus: 4.4.1\n"),
	    "lymph-1.00ff@example.net", "", "" },
	{ DSN("lymph-1.00ff@other.example", FAILED), "", "", "" }, /* not ours */
	{ DSN("1.00ff@example.net", FAILED), "", "", "" },         /* a person's */
};

static void
test_dsn(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(dsns) / sizeof(dsns[0]); i++) {
		struct mail_seen m = world_read(dsns[i].mail);
		assert_int_equal(m.tray, TRAY_BOUNCE);
		assert_string_equal(m.bounced_id, dsns[i].id);
		assert_string_equal(m.bounced, dsns[i].to);
		assert_string_equal(m.bounced_status, dsns[i].status);
		assert_int_equal(m.claims, 0);
		mail_seen_free(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_report), cmocka_unit_test(test_several),
		cmocka_unit_test(test_dsn),
	};
	return cmocka_run_group_tests(tests, world_up, world_down);
}
