/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feedback reports: ARF (RFC 5965), the older form of some mailbox providers that hands the mail on
 * whole, and X-ARF before version 3. All are "field: value" lines. Must never take an address from
 * the text of the mail complained about: its headers are the accused's own words, but for the lines
 * that whoever reports wrote himself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/logfind.h"
#include "wire/mail_own.h"
#include "wire/mail_text.h"

#define FIELDS   (256u << 10) /* of a report in lines "field: value" that are looked at */
#define EVIDENCE (1u << 20)   /* of what goes with one */
#define TRACED   (256u << 10) /* of the header of the mail complained about */

/* RFC 5965 7.3, RFC 6591 (auth-failure), RFC 6430 (not-spam). */
static const struct feedback {
	const char *type;
	enum class_id cls;
	enum tray tray; /* of one that makes no claim */
	const char *rule;
} feedbacks[] = {
	{ "abuse", CLASS_SPAM_SOURCE, TRAY_CASE, "ARF abuse" },
	{ "virus", CLASS_BOT, TRAY_CASE, "ARF virus" },
	{ "miscategorized", CLASS_NONE, TRAY_SECURITY, "ARF miscategorized: no accusation" },
	{ "fraud", CLASS_NONE, TRAY_CONTENT, "ARF fraud" },
	{ "opt-out", CLASS_NONE, TRAY_MARKETING, "ARF opt-out" },
	{ "opt-out-list", CLASS_NONE, TRAY_MARKETING, "ARF opt-out-list" },
	{ "not-spam", CLASS_NONE, TRAY_SECURITY, "ARF not-spam: no accusation" },
	/* RFC 6591: a mail that claims a domain it is not of; by whom it was sent is only told. */
	{ "auth-failure", CLASS_NONE, TRAY_SECURITY,
	    "ARF auth-failure: no accusation of an address" },
	{ "dmarc", CLASS_NONE, TRAY_SECURITY, "ARF dmarc: no accusation of an address" },
	{ "other", CLASS_NONE, TRAY_SECURITY, "ARF other" },
};

/* X-ARF 0.1 and 0.2: Report-Type. */
static const struct {
	const char *type;
	enum class_id cls;
} olds[] = { { "login-attack", CLASS_LOGIN_ATTACKER }, { "port-scan", CLASS_SCANNER },
	{ "portscan", CLASS_SCANNER }, { "port_scan", CLASS_SCANNER },
	{ "harvesting", CLASS_SCANNER }, { "rfi-attack", CLASS_SCANNER },
	{ "spam", CLASS_SPAM_SOURCE }, { "spamtrap", CLASS_SPAM_SOURCE },
	{ "regbot", CLASS_SPAM_SOURCE }, { "ddos", CLASS_DDOS_SOURCE },
	{ "dos", CLASS_DDOS_SOURCE }, { "botnet", CLASS_BOT }, { "bot-infection", CLASS_BOT },
	{ "malware-attack", CLASS_BOT }, { "proxy", CLASS_OPEN_PROXY },
	{ "openproxy", CLASS_OPEN_PROXY } };

static msec
date_of(const struct mail_work *w, struct mime_span v)
{
	struct logtime_ref ref = { .now = w->date };
	struct logtime t;
	return v.n && logtime_find(&ref, v.s, v.n, &t) == 0 ? t.at : 0;
}

static uint64_t
number(struct mime_span v)
{
	uint64_t n = 0;
	for (size_t i = 0; i < v.n && v.s[i] >= '0' && v.s[i] <= '9' && n < UINT32_MAX; i++)
		n = n * 10 + (uint64_t)(v.s[i] - '0');
	return n;
}

#define ABOUT 4096 /* of what is said of a foreign address */

/* What of a complaint goes to another network: what says who did it, when, and by which mail. Not who got that
 * mail, nor through whose servers: these are the reporter's. */
static size_t
about(struct mime_span fields, struct mime_span head, char buf[ABOUT])
{
	static const struct {
		const char *name;
		bool of_mail;
	} rows[] = { { "Feedback-Type", false }, { "Source-IP", false }, { "Source-Port", false },
		{ "Arrival-Date", false }, { "Received-Date", false }, { "Incidents", false },
		{ "Message-ID", true }, { "Date", true }, { "From", true }, { "Subject", true } };
	size_t n = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mime_span v = mime_trim(mime_find(rows[i].of_mail ? head : fields, rows[i].name));
		size_t len = v.n < ABOUT / 16 ? v.n : ABOUT / 16;
		if (v.n)
			n += (size_t)snprintf(buf + n, ABOUT - n, "%s: %.*s\n", rows[i].name, (int)len, v.s);
	}
	return n;
}

static bool
addr_of(struct mime_span v, struct addr *ret)
{
	v = mime_trim(v);
	if (v.n > 1 && v.s[0] == '[' && v.s[v.n - 1] == ']')
		v = (struct mime_span){ v.s + 1, v.n - 2 };
	if (v.n > 5 && strncasecmp(v.s, "IPv6:", 5) == 0)
		v = (struct mime_span){ v.s + 5, v.n - 5 };
	return addr_parse(v.s, v.n, ret) == 0;
}

/* Whole fields from its beginning: one that is cut could say what it does not. */
static struct mime_span
front(struct mime_span head)
{
	struct mime_span s = head;
	if (s.n > TRACED)
		for (s.n = TRACED; s.n > 0 && (s.s[s.n - 1] != '\n' || s.s[s.n] == ' ' || s.s[s.n] == '\t'); s.n--)
			;
	return s;
}

/* The part behind the report: the mail, or its header. Each report of a mail looks at it anew. */
static struct mime_span
third_part(const struct mail_work *w, int report)
{
	const struct mime *m = &w->mime;
	for (int i = report + 1; i < m->parts; i++) {
		const struct mime_part *p = &m->part[i];
		if (p->parent != m->part[report].parent)
			continue;
		if (p->message && i + 1 < m->parts)
			return front(m->part[i + 1].head);
		if (strcmp(p->type, "text/rfc822-headers") == 0 ||
		    strcmp(p->type, "message/rfc822-headers") == 0)
			return front(p->body);
	}
	return (struct mime_span){ "", 0 };
}

int
mail_arf(struct mail_work *w, int i)
{
	const struct mime_part *p = &w->mime.part[i];
	struct claim c = { .evidence = EVIDENCE_TEXT, .count = 1 };
	char *bytes, type[32] = "", *text;
	size_t n;
	struct mime_part fore = part_front(p, FIELDS);
	int rc = part_bytes(&fore, MAIL_DECODED, &w->mime.cost, &bytes, &n);
	if (rc < 0)
		return rc;
	struct mime_span fields = { bytes, n }, head = third_part(w, i);
	mime_word(mime_find(fields, "Feedback-Type"), type, sizeof(type));
	const struct feedback *f = NULL;
	for (size_t j = 0; j < sizeof(feedbacks) / sizeof(feedbacks[0]) && !f; j++)
		if (strcmp(feedbacks[j].type, type) == 0)
			f = &feedbacks[j];
	w->flags |= MAIL_REPORT;
	if (!f && strcmp(type, "xarf") == 0) {
		; /* the document beside it says what, and about whom */
	} else if (!f) {
		mail_doc_says(w, TRAY_SECURITY,
		    type[0] ? "ARF of an unknown type" : "ARF without Feedback-Type");
	} else if (f->cls == CLASS_NONE) {
		mail_doc_says(w, f->tray, f->rule);
	} else {
		c.cls = f->cls;
		bool named = addr_of(mime_find(fields, "Source-IP"), &c.subject);
		bool traced = !named && mail_trace(w, head, &c.subject); /* RFC 5965 leaves Source-IP out at will */
		uint64_t port = number(mime_find(fields, "Source-Port")),
			 count = number(mime_find(fields, "Incidents"));
		c.port = (uint16_t)(port <= 65535 ? port : 0);
		c.count = (uint32_t)(count > 0 ? count : 1);
		c.event = date_of(w, mime_find(fields, "Arrival-Date"));
		if (!c.event)
			c.event = date_of(w, mime_find(fields, "Received-Date"));
		if (!c.event)
			c.event = w->event;
		snprintf(c.what, sizeof(c.what), "%s%s", f->rule,
		    traced ? ", address by its trace" : "");
		/* The report and the header of the mail: the mail's text is a third person's. */
		size_t keep = head.n < CLAIM_TEXT - 8192 ? head.n : CLAIM_TEXT - 8192,
		       first = n < 8000 ? n : 8000;
		text = malloc(first + keep + 2);
		if (!text) {
			free(bytes);
			return -ENOMEM;
		}
		memcpy(text, bytes, first);
		text[first] = '\n';
		memcpy(text + first + 1, head.s, keep);
		c.text = text;
		c.text_n = first + 1 + keep;
		char others[ABOUT];
		if (mail_foreign(w, &c.subject)) {
			c.text = others;
			c.text_n = about(fields, head, others);
		}
		if (named || traced)
			rc = mail_claim(w, &c);
		else
			mail_doc_says(w, TRAY_SECURITY, "ARF that names no address");
		free(text);
	}
	free(bytes);
	return rc;
}

int
mail_fbl_plain(struct mail_work *w)
{
	static const char words[] = "complaint about message from ";
	const char *at = strstr(w->subject, words);
	struct claim c = { .cls = CLASS_SPAM_SOURCE,
		.evidence = EVIDENCE_TEXT,
		.count = 1,
		.event = w->event };
	if (!at)
		return 0;
	at += strlen(words);
	if (addr_parse(at, strcspn(at, " "), &c.subject) < 0)
		return 0;
	for (int i = 1; i < w->mime.parts; i++) {
		if (!w->mime.part[i].message || w->mime.part[i].foreign)
			continue;
		struct mime_span head = w->mime.part[i + 1].head;
		char others[ABOUT];
		w->flags |= MAIL_REPORT;
		snprintf(c.what, sizeof(c.what), "feedback of a mailbox provider, by subject");
		c.text = head.s;
		c.text_n = head.n < CLAIM_TEXT ? head.n : CLAIM_TEXT;
		if (mail_foreign(w, &c.subject)) {
			c.text = others;
			c.text_n = about((struct mime_span){ "", 0 }, head, others);
		}
		return mail_claim(w, &c);
	}
	return 0;
}

/* The evidence of an old X-ARF: the part behind its fields. */
static int
old_evidence(struct mail_work *w, int i, char **ret, size_t *n)
{
	for (int j = i + 1; j < w->mime.parts; j++)
		if (!w->mime.part[j].multi && w->mime.part[j].parent == w->mime.part[i].parent) {
			struct mime_part fore = part_front(&w->mime.part[j], EVIDENCE);
			return part_bytes(&fore, MAIL_DECODED, &w->mime.cost, ret, n);
		}
	*ret = NULL;
	*n = 0;
	return 0;
}

int
mail_xarf_old(struct mail_work *w, int i)
{
	struct claim c = { .evidence = EVIDENCE_WEAK, .count = 1 };
	char *bytes, type[32], *text;
	size_t n, len;
	struct mime_part fore = part_front(&w->mime.part[i], FIELDS);
	int rc = part_bytes(&fore, MAIL_DECODED, &w->mime.cost, &bytes, &n);
	if (rc < 0)
		return rc;
	struct mime_span fields = { bytes, n }, version = mime_find(fields, "Version");
	mime_word(mime_find(fields, "Report-Type"), type, sizeof(type));
	bool is = mime_find(fields, "Reported-From").n && mime_find(fields, "Source").n &&
		  version.n && version.s[0] == '0';
	for (size_t j = 0; is && j < sizeof(olds) / sizeof(olds[0]); j++)
		if (strcmp(olds[j].type, type) == 0)
			c.cls = olds[j].cls;
	if (is)
		w->flags |= MAIL_REPORT;
	if (is && c.cls == CLASS_NONE)
		mail_doc_says(w, TRAY_SECURITY, "X-ARF 0 of a type that is no class of ours");
	else if (is && !addr_of(mime_find(fields, "Source"), &c.subject))
		mail_doc_says(w, TRAY_SECURITY, "X-ARF 0 that names no address");
	else if (is && (rc = old_evidence(w, i, &text, &len)) == 0) {
		struct logfind f;
		struct logfind_hit hit;
		uint64_t port = number(mime_find(fields, "Source-Port"));
		c.port = (uint16_t)(port <= 65535 ? port : 0);
		c.event = date_of(w, mime_find(fields, "Date"));
		if (text && logfind_init(&f, &c.subject) == 0 &&
		    logfind_next(&f, text, len, 0, &hit) == 1)
			c.evidence = EVIDENCE_TEXT;
		snprintf(c.what, sizeof(c.what), "X-ARF 0, Report-Type of the class %s",
		    class_row(c.cls)->name);
		c.text = text ? text : bytes;
		c.text_n = text ? len : n;
		rc = mail_claim(w, &c);
		free(text);
	}
	free(bytes);
	return rc;
}
