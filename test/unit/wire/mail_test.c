/* SPDX-License-Identifier: BSD-2-Clause */
/* Mails to the abuse desk: a mail for every rule of the table of trays, who vouches, who is
 * answered, what is claimed of whom. */
#include "mail_world.h"

#define HEAD(subject)                                                                              \
	"Return-Path: <noc@reporter.example>\nFrom: NOC <noc@reporter.example>\nTo: "              \
	"abuse@example.net\n"                                                                      \
	"Date: " WHEN "\nMessage-ID: <1@reporter.example>\nSubject: " subject "\n"
#define TEXT "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
#define SSHD(addr)                                                                                 \
	"Nov 22 00:59:01 host sshd[411]: Failed password for root from " addr " port 40022 ssh2\n" \
	"Nov 22 00:59:09 host sshd[411]: Failed password for root from " addr " port 40022 ssh2\n"

static const struct {
	const char *mail;
	enum tray tray;
	const char *rule; /* part of it */
	size_t claims;
} trays[] = {
	/* sealed */
	{ "From: x@report.iwf.org.uk\nSubject: Notice 1\n\nbody", TRAY_SEALED, "sent by a hotline",
	    0 },
	{ "From: x@a.example\nReply-To: hotline@inhope.org\nSubject: Notice\n\nb", TRAY_SEALED,
	    "hotline", 0 },
	{ "From: x@notiwf.org.uk\nSubject: Notice 1\n\nwords", TRAY_SECURITY, "words only", 0 },
	{ HEAD("CSAM on your network") TEXT SSHD("192.0.2.7"), TRAY_SEALED, "said in the subject",
	    0 },
	{ HEAD("=?utf-8?q?Kinderporno?= =?iso-8859-1?q?grafie_auf_Server?=") TEXT "x", TRAY_SEALED,
	    "subject", 0 },
	{ HEAD("=?utf-8?b?0JTQtdGC0YHQutCw0Y8g0L/QvtGA0L3QvtCz0YDQsNGE0LjRjw==?=") TEXT "x",
	    TRAY_SEALED, "", 0 },
	{ HEAD("Signalement: p\xc3\xa9"
	       "dopornographie") TEXT "x",
	    TRAY_SEALED, "", 0 },
	{ HEAD("Pornograf\xc3\x8d"
	       "A Infantil") TEXT "x",
	    TRAY_SEALED, "", 0 },
	{ HEAD("melding kinderporno") TEXT "x", TRAY_SEALED, "", 0 },
	{ HEAD("Pedopornografia su vostro server") TEXT "x", TRAY_SEALED, "", 0 },
	{ HEAD(
	      "x") "Content-Type: application/json; name=r.json\n\n{\"ReporterInfo\":{},\"Report\":"
		   "{\"ReportType\":\"ChildAbuse\",\"SourceIp\":\"192.0.2.7\"}}",
	    TRAY_SEALED, "ChildAbuse", 0 },
	{ HEAD("x") "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" SSHD(
	      "192.0.2.7") "--b\nContent-Type: "
			   "application/"
			   "json\n\n{\"xarf_version\":\"4.2.0\",\"category\":\"content\",\"type\":"
			   "\"csam\"}\n--b--\n",
	    TRAY_SEALED, "XARF 4 content/csam", 0 },
	/* A document that hides it from who looks at its bytes. */
	{ HEAD("x") "Content-Type: application/json\n\n{\"xarf_version\":\"4.2.0\",\"report_id\":"
		    "\"0b6ab4b5-7b8d-4d3a-9d1c-0f7c3e1f2a10\",\"timestamp\":\"2026-11-22T01:00:00Z\",\"reporter\":"
		    "{\"org\":\"A\",\"contact\":\"a@b.example\",\"domain\":\"b.example\"},\"sender\":{\"org\":\"A\","
		    "\"contact\":\"a@b.example\",\"domain\":\"b.example\"},\"source_identifier\":\"192.0.2.7\","
		    "\"category\":\"c\\u006fntent\",\"type\":\"\\u0063sam\"}",
	    TRAY_SEALED, "XARF 4 content/csam", 0 },
	/* police */
	{ "From: k1@polizei.hessen.de\nSubject: Ihr Kunde\n\n" SSHD("192.0.2.7"), TRAY_POLICE,
	    "the sender", 0 },
	{ "From: agent@fbi.gov\nSubject: hello\n\nx", TRAY_POLICE, "the sender", 0 },
	{ "From: shop@polizei-bedarf.example\nSubject: hello\n\nx", TRAY_SECURITY, "", 0 },
	{ HEAD("Subpoena 12/34") TEXT "x", TRAY_POLICE, "subject", 0 },
	{ HEAD("AUSKUNFTSERSUCHEN") TEXT "x", TRAY_POLICE, "subject", 0 },
	{ HEAD("R\xc3\x89quisition judiciaire") TEXT "x", TRAY_POLICE, "", 0 },
	{ HEAD("Requerimiento judicial") TEXT "x", TRAY_POLICE, "", 0 },
	{ HEAD("=?koi8-r?q?=D3=D5=C4=C5=C2=CE=CF=C5_=D2=C5=DB=C5=CE=C9=C5?=") TEXT "x", TRAY_POLICE,
	    "", 0 },
	/* documents */
	{ HEAD(
	      "x") "Content-Type: "
		   "application/json\n\n{\"ReporterInfo\":{},\"Report\":{\"ReportType\":\"Spam\"}}",
	    TRAY_SECURITY, "XARF 3: Disclosure: XARF 3: required", 0 },
	{ HEAD("x") "Content-Type: text/csv; "
		    "name=\"2026-11-21-scan_telnet-example-asn.csv\"\n\n\"timestamp\"\n",
	    TRAY_CASE, "a table", 0 },
	/* what answers itself */
	{ "From: MAILER-DAEMON@x.example\nSubject: x\n\n" SSHD("192.0.2.7"), TRAY_BOUNCE,
	    "delivery status", 0 },
	{ "From: p@x.example\nContent-Type: multipart/report; report-type=delivery-status; "
	  "boundary=b\n\n--b\n\n"
	  "x\n--b--\n",
	    TRAY_BOUNCE, "delivery status", 0 },
	{ "From: p@x.example\nSubject: Undelivered Mail Returned to Sender\n\nx", TRAY_BOUNCE,
	    "subject", 0 },
	{ "Return-Path: <>\nFrom: p@x.example\nSubject: hm\n\nx", TRAY_BOUNCE, "no sender", 0 },
	{ HEAD("hm") "Auto-Submitted: auto-replied (vacation)\n" TEXT SSHD("192.0.2.7"), TRAY_AUTO,
	    "Auto-Sub", 0 },
	{ HEAD("Abwesenheitsnotiz: Urlaub") TEXT "x", TRAY_AUTO, "subject", 0 },
	{ HEAD("R\xc3\xa9ponse automatique : x") TEXT "x", TRAY_AUTO, "subject", 0 },
	{ HEAD("Re: your line") "In-Reply-To: <case.7@desk.example.net>\n" TEXT SSHD("192.0.2.7"),
	    TRAY_CUSTOMER, "answer to what we wrote", 0 },
	{ "From: c@example.net\nMessage-ID: <a@example.net>\nSubject: hm\n\nx", TRAY_CUSTOMER,
	    "own servers", 0 },
	/* copyright */
	{ HEAD("DMCA takedown notice") TEXT SSHD("192.0.2.7"), TRAY_COPYRIGHT, "subject", 0 },
	{ HEAD("Abmahnung wegen 192.0.2.7") TEXT "x", TRAY_COPYRIGHT, "subject", 0 },
	{ HEAD("Notice ID 7") TEXT "<?xml?>\n<Infringement xmlns=\"x\">\n", TRAY_COPYRIGHT, "ACNS",
	    0 },
	{ HEAD("Notice ID 7") TEXT "under 17 U.S.C. 512 we ...", TRAY_COPYRIGHT, "text", 0 },
	/* logs, content */
	{ HEAD("abuse from 192.0.2.7") TEXT "Dear Sir,\n\n" SSHD("192.0.2.7"), TRAY_CASE,
	    "log lines", 1 },
	{ HEAD("abuse from 192.0.2.7") TEXT "> fwd\n> " SSHD("192.0.2.7") SSHD("192.0.2.9"),
	    TRAY_CASE, "log", 2 },
	{ HEAD("Phishing at 192.0.2.7") TEXT "see", TRAY_CONTENT, "subject", 0 },
	{ HEAD("Please look") TEXT "a phishing site: hxxp://192.0.2.7/bank", TRAY_CONTENT,
	    "with a link", 0 },
	{ HEAD("Please look") TEXT "a phishing site", TRAY_SECURITY, "words only", 0 },
	/* the rest */
	{ HEAD("News") "List-Id: <x.example>\n" TEXT "buy", TRAY_MARKETING, "list", 0 },
	{ HEAD("News") "Precedence: bulk\n" TEXT "192.0.2.7 does bad things", TRAY_SECURITY,
	    "of ours", 0 },
	{ HEAD("Special offer") TEXT "buy", TRAY_MARKETING, "subject", 0 },
	{ HEAD("abuse") TEXT SSHD("198.51.100.7"), TRAY_ELSEWHERE, "", 0 },
	{ HEAD("abuse") TEXT "198.51.100.7 is bad", TRAY_ELSEWHERE, "names addresses", 0 },
	{ HEAD("abuse") TEXT "198.51.100.7 and [192.0.2.7]:22 are bad", TRAY_SECURITY, "of ours",
	    0 },
	{ HEAD("abuse") "Content-Type: text/html\n\n<html><head>192.0.2.7</head><body><p>at "
			"<b>192.0.2.&#56;</b> now",
	    TRAY_SECURITY, "of ours", 0 },
	{ HEAD("abuse") TEXT "you are bad", TRAY_SECURITY, "words only", 0 },
	{ HEAD("x") "Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: "
		    "application/pgp-encrypted\n\n"
		    "Version: 1\n--b--\n",
	    TRAY_SECURITY, "encrypted", 0 },
	{ HEAD("abuse") "Content-Type: image/png\n\n\x89PNG", TRAY_UNREADABLE, "nothing to read",
	    0 },
	{ "", TRAY_UNREADABLE, "nothing to read", 0 },
	{ "\n\n\n", TRAY_UNREADABLE, "nothing to read", 0 },
};

static void
test_trays(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(trays) / sizeof(trays[0]); i++) {
		struct mail_seen m = world_read(trays[i].mail);
		if (m.tray != trays[i].tray || !strstr(m.rule, trays[i].rule) ||
		    m.claims != trays[i].claims)
			fail_msg("mail %zu: %s (%s), %zu claims: %.60s", i, tray_row(m.tray)->name,
			    m.rule, m.claims, trays[i].mail);
		if (m.tray == TRAY_SEALED)
			assert_string_equal(m.subject, "");
		/* The same with CRLF and with the CR of old systems. */
		for (int form = 0; form < 2; form++) {
			char *other = calloc(1, 2 * strlen(trays[i].mail) + 1), *o = other;
			for (const char *p = trays[i].mail; *p; p++) {
				if (*p == '\n')
					*o++ = '\r';
				if (*p != '\n' || form == 0)
					*o++ = *p;
			}
			struct mail_seen n = world_read(other);
			assert_int_equal(n.tray, m.tray);
			assert_string_equal(n.rule, m.rule);
			assert_int_equal(n.claims, m.claims);
			mail_seen_free(&n);
			free(other);
		}
		mail_seen_free(&m);
	}
}

static void
test_may_answer(void **state)
{
	(void)state;
	static const struct {
		const char *head;
		bool may;
	} rows[] = { { "", true }, { "Auto-Submitted: no\n", true },
		{ "Auto-Submitted: auto-generated\n", false }, { "List-Id: <x.example>\n", false },
		{ "X-Auto-Response-Suppress: OOF, AutoReply\n", false }, { "X-Auto-Response-Suppress: None\n", true },
		{ "Precedence: bulk\n", false }, { "Return-Path: <>\n", false },
		{ "Message-ID: <x@desk.example.net>\n", false }, { "X-Autoreply: yes\n", false } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char mail[2000];
		snprintf(mail, sizeof(mail),
		    "%sFrom: a@b.example\nSubject: attack\n" TEXT SSHD("192.0.2.7"), rows[i].head);
		struct mail_seen m = world_read(mail);
		if (m.may_answer != rows[i].may)
			fail_msg(
			    "%s: %s", rows[i].head, m.may_answer ? "answered" : "not answered");
		mail_seen_free(&m);
	}
	struct mail_seen m = world_read(HEAD("hm") TEXT "words only");
	assert_false(m.may_answer); /* machines answer made reports, nothing else */
	mail_seen_free(&m);
}

#define OURS  "Received: from out.reporter.example by mx.example.net with ESMTP; " WHEN "\n"
#define THEIR "Received: from pc by out.reporter.example with ESMTP; " WHEN "\n"
#define AR(x) "Authentication-Results: mx.example.net; " x "\n"
#define FROM  "From: NOC <noc@reporter.example>\nSubject: attack\n"

static const struct {
	const char *head, *identity;
} vouched[] = {
	{ OURS AR("dkim=pass header.d=reporter.example header.b=x") FROM, "dkim:reporter.example" },
	{ AR("dkim=pass (2048-bit key; x) header.i=@Reporter.EXAMPLE") OURS THEIR FROM,
	    "dkim:reporter.example" },
	{ AR("spf=pass smtp.mailfrom=x; dkim=pass header.d=mail.reporter.example") OURS FROM,
	    "dkim:mail.reporter.example" },
	{ AR("dkim=fail header.d=reporter.example; dkim=pass header.d=reporter.example") OURS FROM,
	    "dkim:reporter.example" },
	/* not believed: below a Received that is not ours; nobody of ours received it; somebody
	 * else's word */
	{ OURS THEIR AR("dkim=pass header.d=reporter.example") FROM, "" },
	{ AR("dkim=pass header.d=reporter.example") FROM, "" },
	{ OURS
	    "Authentication-Results: mx.evil.example; dkim=pass header.d=reporter.example\n" FROM,
	    "" },
	{ "Received: from x by mx.example.net.evil.example; x\n" AR(
	      "dkim=pass header.d=reporter.example") FROM,
	    "" },
	/* not passed, not aligned, not a domain */
	{ OURS AR("dkim=fail header.d=reporter.example") FROM, "" },
	{ OURS AR("dkim=none (dkim=pass header.d=reporter.example)") FROM, "" },
	{ OURS AR("dkim=fail; spf=pass header.d=reporter.example") FROM, "" },
	{ OURS AR("dkim=pass header.d=evil.example") FROM, "" },
	{ OURS AR("dkim=pass header.d=xreporter.example") FROM, "" },
	{ OURS AR("dkim=pass header.d=sister.reporter.example") "From: x@other.reporter.example\n",
	    "" },
	{ OURS AR("dkim=pass header.d=example") FROM, "" },
	/* who From is must be one */
	{ OURS AR("dkim=pass header.d=reporter.example") FROM "From: b@evil.example\n", "" },
	{ OURS AR("dkim=pass header.d=reporter.example") "From: \"noc@reporter.example\" "
							 "<x@evil.example>\n",
	    "" },
	/* a bare CR begins no field */
	{ OURS THEIR "X: y\rAuthentication-Results: mx.example.net; dkim=pass "
		     "header.d=reporter.example\n" FROM,
	    "" },
	/* tokens */
	{ "To: abuse+s3cret@example.net\n" FROM, "token:acme" },
	{ "To: x@y.example, Abuse <abuse+word@mail.example.net>\n" FROM, "token:other" },
	{ "Delivered-To: abuse+s3cret@example.net\nTo: abuse@example.net\n" FROM, "token:acme" },
	{ "To: abuse+s3cret@evil.example\n" FROM, "" },
	{ "To: abuse+s3cre@example.net, abuse+@example.net, s3cret@example.net\n" FROM, "" },
	{ "Subject: abuse+s3cret@example.net\n" FROM, "" },
	{ "To: abuse+s3cret@example.net\n" OURS AR("dkim=pass header.d=reporter.example") FROM,
	    "token:acme" },
};

static void
test_vouched(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vouched) / sizeof(vouched[0]); i++) {
		char mail[4000];
		snprintf(mail, sizeof(mail), "%s" TEXT SSHD("192.0.2.7"), vouched[i].head);
		struct mail_seen m = world_read(mail);
		if (strcmp(m.identity.name, vouched[i].identity) != 0)
			fail_msg(
			    "%zu: \"%s\", not \"%s\"", i, m.identity.name, vouched[i].identity);
		mail_seen_free(&m);
	}
	world_terms.authserv_id = NULL;
	struct mail_seen m = world_read(vouched[0].head);
	assert_string_equal(m.identity.name, "");
	mail_seen_free(&m);
	world_terms.authserv_id = "mx.example.net";
}

static const char arf_mail[] = HEAD(
    "FW: abuse") "Content-Type: multipart/report; report-type=feedback-report; boundary=\"=b\"\n\n"
		 "--=b\nContent-Type: text/plain\n\nThis is a report about 192.0.2.99 and so "
		 "on.\n" SSHD(
		     "192.0.2.98") "--=b\nContent-Type: message/feedback-report\n\n"
				   "Feedback-Type: abuse\nUser-Agent: Test/1\nVersion: "
				   "1\nSource-IP: 192.0.2.7\nSource-Port: 25001\n"
				   "Arrival-Date: Sat, 21 Nov 2026 23:30:00 +0100\nIncidents: 17\n"
				   "--=b\nContent-Type: message/rfc822\n\nFrom: "
				   "spam@x.example\nSubject: hi\n\n" SSHD("192.0.2.97") "--=b--\n";

static void
test_arf(void **state)
{
	(void)state;
	struct mail_seen m = world_read(arf_mail);
	assert_int_equal(m.tray, TRAY_CASE);
	assert_int_equal(
	    m.claims, 1); /* nothing from the prose, nothing from the mail complained about */
	const struct claim *c = m.claim;
	assert_int_equal(c->subject.b[3], 7);
	assert_int_equal(c->cls, CLASS_SPAM_SOURCE);
	assert_int_equal(c->port, 25001);
	assert_int_equal(c->count, 17);
	assert_int_equal(c->event, ARRIVED - 3 * MSEC_HOUR - MSEC_HOUR / 2);
	assert_int_equal(c->evidence, EVIDENCE_TEXT);
	assert_non_null(memmem(c->text, c->text_n, "Source-IP: 192.0.2.7", 20));
	assert_non_null(memmem(c->text, c->text_n, "Subject: hi", 11));
	assert_null(memmem(c->text, c->text_n, "sshd", 4)); /* a third person's words stay out */
	assert_true(m.may_answer);
	mail_seen_free(&m);
}

static void
arf_with(const char *fields, const char *trace, enum tray tray, const char *rule, int last)
{
	char mail[4000];
	snprintf(mail, sizeof(mail),
	    HEAD("x") "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: "
		      "message/feedback-report\n\n%s"
		      "\n--b\nContent-Type: text/rfc822-headers\n\n%s\n--b--\n",
	    fields, trace);
	struct mail_seen m = world_read(mail);
	if (m.tray != tray || !strstr(m.rule, rule) || m.claims != (last ? 1 : 0))
		fail_msg("%s, %s: %s (%s), %zu claims", fields, trace, tray_row(m.tray)->name,
		    m.rule, m.claims);
	if (last)
		assert_int_equal(m.claim[0].subject.b[3], last);
	mail_seen_free(&m);
}

static void
test_arf_forms(void **state)
{
	(void)state;
	arf_with("Feedback-Type: abuse\nSource-IP: 192.0.2.8\n", "", TRAY_CASE, "a report", 8);
	arf_with("Feedback-Type: ABUSE\nSource-IP: [192.0.2.8]\n", "", TRAY_CASE, "a report", 8);
	arf_with("Feedback-Type: virus\nSource-IP: 192.0.2.8\n", "", TRAY_CASE, "a report", 8);
	arf_with(
	    "Feedback-Type: abuse\nSource-IP: 198.51.100.8\n", "", TRAY_ELSEWHERE, "not ours", 0);
	arf_with("Feedback-Type: fraud\nSource-IP: 192.0.2.8\n", "", TRAY_CONTENT, "ARF fraud", 0);
	arf_with("Feedback-Type: not-spam\nSource-IP: 192.0.2.8\n", "", TRAY_SECURITY,
	    "no accusation", 0);
	arf_with("Feedback-Type: opt-out\n", "", TRAY_MARKETING, "opt-out", 0);
	arf_with("Feedback-Type: strange\n", "", TRAY_SECURITY, "unknown type", 0);
	arf_with("X: y\n", "", TRAY_SECURITY, "without Feedback-Type", 0);
	arf_with("Feedback-Type: abuse\n", "", TRAY_SECURITY, "names no address", 0);
	/* The reporter's own hosts in the trace, down to his border; never what the accused
	 * wrote below. */
	arf_with("Feedback-Type: abuse\n",
	    "Received: from in.reporter.example (in [198.51.100.1]) by box.reporter.example with "
	    "X; d\n"
	    "Received: from evil (evil [192.0.2.8]) by in.reporter.example with SMTP; d\n"
	    "Received: from pc [192.0.2.66] by evil.example with SMTP; d\n",
	    TRAY_CASE, "a report", 8);
	arf_with("Feedback-Type: abuse\n",
	    "Received: from pc [192.0.2.66] by evil.example with SMTP; d\n", TRAY_SECURITY,
	    "names no address", 0);
	arf_with("Feedback-Type: abuse\n",
	    "Received: from pc [192.0.2.66] by x.example with SMTP; d\n", TRAY_SECURITY,
	    "names no address", 0); /* a suffix in common is not one house */
}

/* Lines below the reporter's border are the accused's, whatever they say. */
static void
test_arf_forged(void **state)
{
	(void)state;
	static const char abuse[] = "Feedback-Type: abuse\n";
#define FORGED "Received: from pc (pc [192.0.2.66]) by in.reporter.example with SMTP; d\n"
	arf_with(abuse, "Received: from evil (evil [192.0.2.8]) by in.reporter.example with SMTP; d\n" FORGED,
	    TRAY_CASE, "a report", 8);
	arf_with(abuse,
	    "Received: from box.reporter.example by imap.reporter.example with LMTP; d\n"
	    "Received: from in.reporter.example (localhost [127.0.0.1]) by box.reporter.example; d\n"
	    "Received: from evil.example (a.evil.example [192.0.2.8])\n by in.reporter.example; d\n" FORGED,
	    TRAY_CASE, "a report", 8);
	/* He calls himself one of the reporter's: looked up, he is not; not looked up, nobody knows. */
	arf_with(abuse,
	    "Received: from in.reporter.example (a.evil.example [192.0.2.8]) by in.reporter.example; d\n" FORGED,
	    TRAY_CASE, "a report", 8);
	arf_with(abuse,
	    "Received: from in.reporter.example (unknown [192.0.2.8]) by in.reporter.example; d\n" FORGED,
	    TRAY_SECURITY, "names no address", 0);
	arf_with(abuse, "Received: from in.reporter.example ([192.0.2.8]) by in.reporter.example; d\n" FORGED,
	    TRAY_SECURITY, "names no address", 0);
	/* All come from a balancer: who stands behind it is not told. */
	arf_with(abuse, "Received: from evil.example (lb [10.0.0.1]) by in.reporter.example; d\n" FORGED,
	    TRAY_SECURITY, "names no address", 0);
	arf_with(abuse,
	    "Received: from 127.0.0.1 (EHLO in.reporter.example) (192.0.2.8) by in.reporter.example; d\n" FORGED,
	    TRAY_CASE, "a report", 8);
}

/* Two labels in common are one house, but not below a country's second level. */
static void
test_arf_house(void **state)
{
	(void)state;
	static const struct {
		const char *from, *by;
		int last;
	} rows[] = { { "reporter.com.br", "mx.reporter.com.br", 8 }, { "fbl.reporter.com.br", "mx.reporter.com.br", 8 },
		{ "reporter.com.br", "mx.evil.com.br", 0 }, { "reporter.co.uk", "mx.evil.co.uk", 0 },
		{ "reporter.uk", "mx.evil.uk", 0 }, { "fbl.web.de", "mx.web.de", 8 },
		{ "fbl.reporter.example", "mx.reporter.example", 8 }, { "reporter.example", "mx.xreporter.example", 0 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char mail[2000];
		snprintf(mail, sizeof(mail),
		    "From: fbl@%s\nDate: " WHEN "\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: "
		    "message/feedback-report\n\nFeedback-Type: abuse\n\n--b\nContent-Type: text/rfc822-headers\n\n"
		    "Received: from evil (evil [192.0.2.8]) by %s with SMTP; d\n\n--b--\n",
		    rows[i].from, rows[i].by);
		struct mail_seen m = world_read(mail);
		if (m.claims != (rows[i].last ? 1 : 0))
			fail_msg("%s, by %s: %zu claims", rows[i].from, rows[i].by, m.claims);
		if (rows[i].last)
			assert_int_equal(m.claim[0].subject.b[3], rows[i].last);
		mail_seen_free(&m);
	}
}

/* Whoever writes the header that came back writes as many brackets as he likes: were each looked at to the
 * end of its field, this would take days. And behind the cap no line is believed. */
static void
test_arf_cost(void **state)
{
	(void)state;
	static const char front[] = HEAD("x") "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: "
	    "message/feedback-report\n\nFeedback-Type: abuse\n\n--b\nContent-Type: text/rfc822-headers\n\n",
	    hop[] = "Received: from evil (evil [192.0.2.8]) by in.reporter.example with SMTP; d\n",
	    end[] = "\n--b--\n";
	static const struct {
		const char *fill;
		size_t n; /* of the field in front of the trace */
		size_t claims;
	} rows[] = { { "(", 16u << 20, 0 }, { "[", 16u << 20, 0 }, { "(", 250u << 10, 0 }, { "[", 250u << 10, 0 },
		{ "(a", 250u << 10, 0 }, { "x", 1000, 1 }, { "x", 300u << 10, 0 } };
	char *mail = malloc((16u << 20) + 4096);
	assert_non_null(mail);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = *rows[i].fill == 'x' ? "X-Fill: " : "Received: from a ";
		size_t n = (size_t)sprintf(mail, "%s%s", front, name), len = strlen(rows[i].fill);
		for (size_t k = 0; k < rows[i].n; k += len, n += len)
			memcpy(mail + n, rows[i].fill, len);
		n += (size_t)sprintf(mail + n, "\n%s%s", hop, end);
		struct mail_seen m = world_read_n(mail, n);
		if (m.claims != rows[i].claims)
			fail_msg("%zu: %zu claims, %s", i, m.claims, m.rule);
		mail_seen_free(&m);
	}
	free(mail);
}

static void
test_xarf(void **state)
{
	(void)state;
	static const char v4[] =
	    "{\"xarf_version\":\"4.2.0\",\"report_id\":\"0b6ab4b5-7b8d-4d3a-9d1c-0f7c3e1f2a10\","
	    "\"timestamp\":\"2026-11-22T01:00:00Z\",\"reporter\":{\"org\":\"A\",\"contact\":\"a@b."
	    "example\",\"domain\":"
	    "\"b.example\"},\"sender\":{\"org\":\"A\",\"contact\":\"a@b.example\",\"domain\":\"b."
	    "example\"},"
	    "\"source_identifier\":\"192.0.2.%d\",\"source_port\":1,\"category\":\"connection\","
	    "\"type\":\"%s\","
	    "\"protocol\":\"tcp\",\"first_seen\":\"2026-11-22T01:00:00Z\"}";
	char doc[2000], mail[4000];
	snprintf(doc, sizeof(doc), v4, 7, "port_scan");
	snprintf(mail, sizeof(mail),
	    HEAD("x") "Content-Type: multipart/mixed; "
		      "boundary=b\n\n--b\n\nhello\n--b\nContent-Type: "
		      "application/json; name=\"xarf.json\"\n\n%s\n--b--\n",
	    doc);
	struct mail_seen m = world_read(mail);
	assert_int_equal(m.tray, TRAY_CASE);
	assert_int_equal(m.docs, 1);
	assert_int_equal(m.doc[0].n, strlen(doc));
	assert_memory_equal(m.doc[0].bytes, doc, strlen(doc));
	mail_seen_free(&m);
	static const struct {
		int last;
		const char *type;
		enum tray tray;
		const char *rule;
	} rows[] = { { 7, "nonsense", TRAY_SECURITY, "XARF 4: type: " },
		{ 7, "infected_host\",\"bot_type\":\"malicious", TRAY_SECURITY,
		    "no class of ours" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(doc, sizeof(doc), v4, rows[i].last, rows[i].type);
		snprintf(mail, sizeof(mail), HEAD("x") "Content-Type: application/json\n\n%s", doc);
		m = world_read(mail);
		assert_int_equal(m.tray, rows[i].tray);
		if (!strstr(m.rule, rows[i].rule))
			fail_msg("%s", m.rule);
		assert_int_equal(m.docs, 0);
		mail_seen_free(&m);
	}
	/* The old form, with its log beside it. */
	m = world_read(HEAD(
	    "abuse report") "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\n"
			    "Content-Type: text/plain; name=\"report.txt\"\n\n---\nReported-From: "
			    "a@b.example\nCategory: abuse\n"
			    "Report-Type: login-attack\nService: ssh\nVersion: 0.2\nDate: Sun, 22 "
			    "Nov 2026 00:30:00 +0000\n"
			    "Source-Type: ipv4\nSource: 192.0.2.7\n--b\nContent-Type: text/plain; "
			    "name=\"logfile.log\"\n\n" SSHD("192.0.2.7") "\n--b--\n");
	assert_int_equal(m.tray, TRAY_CASE);
	assert_int_equal(m.claims, 1);
	assert_int_equal(m.claim[0].cls, CLASS_LOGIN_ATTACKER);
	assert_int_equal(m.claim[0].evidence, EVIDENCE_TEXT);
	assert_int_equal(m.claim[0].event, ARRIVED - MSEC_HOUR - MSEC_HOUR / 2);
	mail_seen_free(&m);
}

static void
test_logs(void **state)
{
	(void)state;
	/* base64, a charset, HTML; and a time that is the mail's when the line has none. */
	static const char *const mails[] = {
		HEAD("x") "Content-Type: text/html\n\n<pre>" SSHD("192.0.2.7") "</pre>",
		HEAD(
		    "x") "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n"
			 "Nov 22 00:59:01 host sshd[411]: Failed pass=\nword for root from "
			 "192.0.2=2E7 port 40022 ssh2",
		HEAD("x") "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
			  "Tm92IDIyIDAwOjU5OjAxIGhvc3Qgc3NoZFs0MTFdOiBGYWlsZWQgcGFzc3dvcmQgZm9yIHJv"
			  "\n"
			  "b3QgZnJvbSAxOTIuMC4yLjcgcG9ydCA0MDAyMiBzc2gyCg==\n",
	};
	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
		struct mail_seen m = world_read(mails[i]);
		if (m.claims != 1)
			fail_msg("%zu: %zu claims, %s", i, m.claims, m.rule);
		assert_int_equal(m.claim[0].cls, CLASS_LOGIN_ATTACKER);
		assert_int_equal(m.claim[0].subject.b[3], 7);
		/* A year nobody wrote comes from the mail's Date, not from the day it is read. */
		assert_int_equal(
		    m.claim[0].event / MSEC_HOUR, (ARRIVED - 2 * MSEC_HOUR) / MSEC_HOUR);
		mail_seen_free(&m);
	}
	/* UTF-16 in full. */
	char mail[4000];
	const char *line = SSHD("192.0.2.7");
	size_t n = (size_t)snprintf(
	    mail, sizeof(mail), HEAD("x") "Content-Type: text/plain; charset=utf-16le\n\n");
	for (; *line; line++) {
		mail[n++] = *line;
		mail[n++] = '\0';
	}
	struct mail_seen m = world_read_n(mail, n);
	assert_int_equal(m.claims, 1);
	mail_seen_free(&m);
}

/* More than the caps hold: what is over is counted and said. */
static void
test_caps(void **state)
{
	(void)state;
	size_t room = 4 << 20, n = (size_t)0;
	char *mail = malloc(room);
	n = (size_t)snprintf(mail, room, HEAD("x") "Content-Type: multipart/mixed; boundary=b\n");
	for (int i = 0; i < MAIL_SHEETS + 3; i++)
		n += (size_t)snprintf(
		    mail + n, room - n, "\n--b\nContent-Type: text/csv; name=%d.csv\n\n\"a\"\n", i);
	struct mail_seen m = world_read_n(mail, n);
	assert_int_equal(m.sheets, MAIL_SHEETS);
	assert_int_equal(m.cut, 3);
	assert_non_null(strstr(m.rule, "3 over the caps"));
	mail_seen_free(&m);
	n = (size_t)snprintf(mail, room, HEAD("x") "Content-Type: multipart/mixed; boundary=b\n");
	for (int i = 0; i < 200; i++)
		n += (size_t)snprintf(mail + n, room - n,
		    "\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: "
		    "abuse\nSource-IP: 192.0.2.%d\n",
		    i);
	m = world_read_n(mail, n);
	assert_int_equal(m.claims, 200);
	assert_int_equal(m.cut, 0);
	mail_seen_free(&m);
	free(mail);
}

/* How long the recognisers look is not the sender's to say: lines that name somebody are counted, and of long
 * ones the bytes. */
static void
test_log_caps(void **state)
{
	(void)state;
	size_t room = 16u << 20, n;
	char *mail = malloc(room);
	struct logclaim_counts was = *logclaim_counted(world_terms.logs);
	n = (size_t)snprintf(mail, room, HEAD("x") TEXT);
	for (unsigned i = 0; i < MAIL_LOG_LINES + 500; i++)
		n += (size_t)snprintf(mail + n, room - n, "a line\nsshd[4]: Failed password for root from addr:192.0.2.%u\n",
		    i % 200);
	struct mail_seen m = world_read_n(mail, n);
	assert_int_equal(logclaim_counted(world_terms.logs)->ours - was.ours, MAIL_LOG_LINES);
	assert_in_range(m.cut, 500, 1100);
	mail_seen_free(&m);
	was = *logclaim_counted(world_terms.logs);
	n = (size_t)snprintf(mail, room, HEAD("x") TEXT);
	for (unsigned i = 0; i < 800; i++)
		n += (size_t)snprintf(mail + n, room - n, "192.0.2.7 %016000d\n", 1);
	m = world_read_n(mail, n);
	assert_in_range(logclaim_counted(world_terms.logs)->ours - was.ours, 200, MAIL_LOG_BYTES / 16000 + 1);
	assert_true(m.cut > 500);
	mail_seen_free(&m);
	free(mail);
}

/* A table that is decoded while it is read: the same bytes as the copy, whatever is taken at a
 * time. */
static void
test_stream(void **state)
{
	(void)state;
	static const char *const codings[] = { "7bit", "base64", "quoted-printable" };
	for (size_t c = 0; c < 3; c++) {
		size_t n = 300000, at;
		char *mail = malloc(n);
		at = (size_t)snprintf(mail, n,
		    HEAD("x") "Content-Type: text/csv\nContent-Transfer-Encoding: %s\n\n",
		    codings[c]);
		for (size_t i = 0; at < n; at++, i++)
			mail[at] = i % 77 == 76 ? '\n'
				   : c == 1     ? "ABCDwxyz+/"[i * 7 % 10]
						: "abc=3D,;,x"[i % 10];
		struct mail_seen a = world_read_n(mail, n), b;
		world_terms.stays = true;
		assert_int_equal(mail_read(mail, n, &world_terms, &b), 0);
		world_terms.stays = false;
		assert_int_equal(b.sheets, 1);
		assert_null(b.sheet[0].bytes);
		bool end = false;
		size_t got = 0, step = 1;
		while (!end || step) {
			const void *p;
			size_t len;
			mail_sheet_peek(&b.sheet[0], &p, &len, &end);
			if (len == 0)
				break;
			assert_true(len <= 65536 + 8);
			step = len < 5000 ? len : len - 3777;
			assert_true(got + step <= a.sheet[0].n);
			assert_memory_equal(p, (char *)a.sheet[0].bytes + got, step);
			mail_sheet_take(&b.sheet[0], step);
			got += step;
		}
		assert_int_equal(got, a.sheet[0].n);
		mail_seen_free(&a);
		mail_seen_free(&b);
		free(mail);
	}
}

/* A document whose mail stays is decoded when its turn comes: the same bytes as the copy. */
static void
test_doc_stays(void **state)
{
	(void)state;
	static const char doc[] =
	    "{\"xarf_version\":\"4.2.0\",\"report_id\":\"0b6ab4b5-7b8d-4d3a-9d1c-0f7c3e1f2a10\","
	    "\"timestamp\":\"2026-11-22T01:00:00Z\",\"reporter\":{\"org\":\"A\",\"contact\":\"a@b.example\","
	    "\"domain\":\"b.example\"},\"sender\":{\"org\":\"A\",\"contact\":\"a@b.example\",\"domain\":"
	    "\"b.example\"},\"source_identifier\":\"192.0.2.7\",\"source_port\":1,\"category\":\"connection\","
	    "\"type\":\"port_scan\",\"protocol\":\"tcp\",\"first_seen\":\"2026-11-22T01:00:00Z\"}";
	char coded[sodium_base64_ENCODED_LEN(sizeof(doc), sodium_base64_VARIANT_ORIGINAL)], mail[4000];
	struct mail_seen m;
	sodium_bin2base64(
	    coded, sizeof(coded), (const uint8_t *)doc, strlen(doc), sodium_base64_VARIANT_ORIGINAL);
	snprintf(mail, sizeof(mail),
	    HEAD("x") "Content-Type: application/json; name=\"xarf.json\"\n"
		      "Content-Transfer-Encoding: base64\n\n%s\n", coded);
	world_terms.stays = true;
	assert_int_equal(mail_read(mail, strlen(mail), &world_terms, &m), 0);
	world_terms.stays = false;
	assert_int_equal(m.docs, 1);
	assert_null(m.doc[0].bytes);
	assert_int_equal(m.doc[0].n, strlen(doc));
	void *p = mail_doc_bytes(&m.doc[0]);
	assert_memory_equal(p, doc, strlen(doc));
	free(p);
	mail_seen_free(&m);
}

/* One too large to be read is for a person; unless all that is in it says what must not be looked at. A log
 * in JSON is read as lines, whatever its size. */
static void
test_doc_large(void **state)
{
	(void)state;
	static const struct {
		const char *front, *end;
		enum tray tray;
		const char *rule;
	} rows[] = { { "\"xarf_version\":\"4.2.0\"", "\"type\":\"port_scan\"", TRAY_SECURITY, "at most 4 MiB" },
		{ "\"xarf_version\":\"4.2.0\"", "\"type\":\"csam\"", TRAY_SEALED, "child abuse" },
		{ "\"ReporterInfo\":{}", "\"ReportType\":\"ChildAbuse\"", TRAY_SEALED, "child abuse" },
		{ "\"event_type\":\"alert\"", "\"x\":1", TRAY_SECURITY, "words only" } };
	size_t room = MAIL_DOC + 4000;
	char *mail = malloc(room);
	assert_non_null(mail);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = (size_t)snprintf(mail, room,
		    HEAD("x") "Content-Type: application/json; name=\"a.json\"\n\n{%s,\"payload\":\"", rows[i].front);
		memset(mail + n, 'A', MAIL_DOC);
		for (size_t at = n + 70; at < n + MAIL_DOC; at += 71)
			mail[at] = '\n';
		n += MAIL_DOC;
		n += (size_t)snprintf(mail + n, room - n, "\",%s}\n", rows[i].end);
		struct mail_seen m = world_read_n(mail, n);
		if (m.tray != rows[i].tray || !strstr(m.rule, rows[i].rule))
			fail_msg("%zu: tray %d, \"%s\"", i, m.tray, m.rule);
		assert_int_equal(m.docs + m.claims, 0);
		mail_seen_free(&m);
	}
	free(mail);
}

/* What is said of others' addresses: for who vouches, where it is wanted, and never of nobody's addresses. */
#define VOUCHED "Authentication-Results: mx.example.net; dkim=pass header.d=reporter.example\n"
#define RECEIVED "Received: from mx.reporter.example by mx.example.net with ESMTP; " WHEN "\n"
static void
refers(const char *mail, size_t claims, size_t foreign, enum tray tray, const char *not_there)
{
	struct mail_seen m = world_read(mail);
	if (m.claims != claims || m.foreign != foreign || m.tray != tray)
		fail_msg("%zu claims, %zu foreign, %s (%s): %.200s", m.claims, m.foreign, tray_row(m.tray)->name, m.rule, mail);
	for (size_t i = 0; i < m.claims && not_there; i++)
		assert_null(memmem(m.claim[i].text, m.claim[i].text_n, not_there, strlen(not_there)));
	assert_true(m.foreign || m.elsewhere || m.tray == TRAY_CASE || m.tray == TRAY_COPYRIGHT);
	mail_seen_free(&m);
}

#define ARF(address) "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n" \
	"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: T/1\nVersion: 1\n"   \
	"Source-IP: " address "\nOriginal-Rcpt-To: victim@reporter.example\nReported-Domain: reporter.example\n\n--b\n" \
	"Content-Type: message/rfc822\n\nReceived: from evil by mx.reporter.example; x\nFrom: spam@x.example\n" \
	"To: victim@reporter.example\nSubject: hi\nMessage-ID: <7@x.example>\n\nbuy\n--b--\n"
#define V3(address) "Content-Type: application/json; name=x.json\n\n{\"Version\":\"3\",\"ReporterInfo\":{\"ReporterOrg\":" \
	"\"Example\",\"ReporterOrgDomain\":\"reporter.example\",\"ReporterOrgEmail\":\"a@reporter.example\"},\"Disclosure\":true," \
	"\"Report\":{\"ReportClass\":\"Activity\",\"ReportType\":\"LoginAttack\",\"Date\":\"2026-11-22T01:00:00Z\"," \
	"\"SourceIp\":\"" address "\",\"SourcePort\":40022,\"DestinationIp\":\"192.0.2.1\",\"Samples\":[{\"ContentType\":" \
	"\"text/plain\",\"Payload\":\"Failed password from " address "\"}]}}\n"

static void
test_refers(void **state)
{
	(void)state;
	world_terms.refers = true;
	refers(RECEIVED VOUCHED HEAD("x") ARF("198.51.100.7"), 1, 1, TRAY_ELSEWHERE, "reporter.example");
	refers(RECEIVED VOUCHED HEAD("x") V3("198.51.100.7"), 1, 1, TRAY_ELSEWHERE, NULL);
	refers(RECEIVED VOUCHED HEAD("x") TEXT SSHD("198.51.100.7"), 1, 1, TRAY_ELSEWHERE, NULL);
	/* The victim is one of ours, and named. */
	refers(RECEIVED VOUCHED HEAD("x") TEXT "Our 192.0.2.9 is attacked.\n" SSHD("198.51.100.7"), 1, 1, TRAY_SECURITY, NULL);
	/* Beside what is ours. */
	refers(RECEIVED VOUCHED HEAD("x") TEXT SSHD("192.0.2.7") SSHD("198.51.100.7"), 2, 1, TRAY_CASE, NULL);
	/* Nobody's: private, shared, this host's. */
	refers(RECEIVED VOUCHED HEAD("x") ARF("10.0.0.7"), 0, 0, TRAY_ELSEWHERE, NULL);
	refers(RECEIVED VOUCHED HEAD("x") V3("100.64.0.7"), 0, 0, TRAY_ELSEWHERE, NULL);
	refers(RECEIVED VOUCHED HEAD("x") TEXT SSHD("127.0.0.7"), 0, 0, TRAY_ELSEWHERE, NULL);
	/* For another desk, whatever lines are in it. */
	refers(RECEIVED VOUCHED HEAD("DMCA takedown notice") TEXT SSHD("198.51.100.7"), 0, 0, TRAY_COPYRIGHT, NULL);
	/* Nobody vouches. */
	refers(HEAD("x") ARF("198.51.100.7"), 0, 0, TRAY_ELSEWHERE, NULL);
	refers(HEAD("x") V3("198.51.100.7"), 0, 0, TRAY_ELSEWHERE, NULL);
	refers(HEAD("x") TEXT SSHD("198.51.100.7"), 0, 0, TRAY_ELSEWHERE, NULL);
	/* What is said of others takes no place from what is said of ours. */
	size_t n = 0, room = 400 * (sizeof(SSHD("198.51.100.199")) + 40) + 4096;
	char *mail = malloc(room);
	n = (size_t)snprintf(mail, room, "%s", RECEIVED VOUCHED HEAD("x") TEXT);
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(mail + n, room - n, "Nov 22 00:59:01 host sshd[411]: Failed password for root from "
		    "198.51.%d.%d port 40022 ssh2\n", 100 + i / 250, i % 250);
	snprintf(mail + n, room - n, "%s", SSHD("192.0.2.7"));
	refers(mail, MAIL_FOREIGN + 1, MAIL_FOREIGN, TRAY_CASE, NULL);
	free(mail);
	world_terms.refers = false;
	refers(RECEIVED VOUCHED HEAD("x") ARF("198.51.100.7"), 0, 0, TRAY_ELSEWHERE, NULL);
}

/* The same mail gives the same claims whenever it is read. */
static void
test_again(void **state)
{
	(void)state;
	struct mail_seen a = world_read(HEAD("x") TEXT SSHD("192.0.2.7"));
	world_terms.arrived += 5 * MSEC_DAY;
	struct mail_seen b = world_read(HEAD("x") TEXT SSHD("192.0.2.7"));
	world_terms.arrived = ARRIVED;
	assert_int_equal(a.claims, 1);
	assert_int_equal(b.claims, 1);
	assert_int_equal(a.claim[0].event, b.claim[0].event);
	assert_memory_equal(a.digest, b.digest, 32);
	assert_int_equal(a.claim[0].text_n, b.claim[0].text_n);
	mail_seen_free(&a);
	mail_seen_free(&b);
}

static void
test_hostile_text(void **state)
{
	(void)state;
	struct mail_seen m =
	    world_read("From: \x1b[2J\xff\xfe <a@b.example>\nSubject: =?utf-8?q?=1b[31m=00=ff?= "
		       "=?x?b?!!!?= =?broken\nMessage-ID: <\x01@\x02>\nReply-To: \"x\\\" "
		       "<y@z.example>\" <r\x7f@q.example>\n\nx");
	for (const char *s = m.from; *s; s++)
		assert_true((unsigned char)*s >= ' ');
	for (const char *s = m.subject; *s; s++)
		assert_true((unsigned char)*s >= ' ');
	assert_null(strchr(m.reply_to, '\x7f'));
	assert_non_null(strstr(m.reply_to, "@q.example"));
	mail_seen_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_trays),
		cmocka_unit_test(test_may_answer), cmocka_unit_test(test_vouched),
		cmocka_unit_test(test_arf), cmocka_unit_test(test_arf_forms),
		cmocka_unit_test(test_arf_forged), cmocka_unit_test(test_arf_house),
		cmocka_unit_test(test_arf_cost), cmocka_unit_test(test_refers),
		cmocka_unit_test(test_xarf), cmocka_unit_test(test_logs),
		cmocka_unit_test(test_again), cmocka_unit_test(test_stream), cmocka_unit_test(test_doc_stays),
		cmocka_unit_test(test_doc_large),
		cmocka_unit_test(test_caps), cmocka_unit_test(test_log_caps), cmocka_unit_test(test_hostile_text) };
	return cmocka_run_group_tests(tests, world_up, world_down);
}
