/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a mail, see mail.h: the header, what it says of itself, the early rules, then its parts,
 * then the late rules. A mail has one verdict whatever is in it; must never read on when the header
 * says sealed.
 *
 * The shape is found by our own walk and not by a MIME library: those build an object for every
 * field and part before one can count them, and load what a charset's name asks for.
 */
#include "wire/mail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include "wire/claim.h"
#include "wire/mail_own.h"
#include "wire/mail_text.h"

void
mail_warm(void)
{
	text_warm();
}

static struct mime_span
field(const struct mail_work *w, const char *name)
{
	return mime_find(w->mime.part[0].head, name);
}

static void
read_names(struct mail_work *w)
{
	static const char *const from[] = { "From", "Sender", "Reply-To", "Return-Path",
		"Resent-From" };
	struct mail_seen *m = w->seen;
	char folded[MAIL_LINE * 4], domain[256];
	text_header(field(w, "Subject"), folded, sizeof(folded));
	claim_clean(folded, strlen(folded), m->subject, sizeof(m->subject));
	text_fold(folded, strlen(folded), w->subject, sizeof(w->subject));
	text_header(field(w, "From"), m->from, sizeof(m->from));
	text_header(field(w, "Message-ID"), m->message_id, sizeof(m->message_id));
	mail_addr(field(w, field(w, "Reply-To").n ? "Reply-To" : "From"), m->reply_to,
	    sizeof(m->reply_to), domain);
	claim_clean(m->reply_to, strlen(m->reply_to), folded, sizeof(m->reply_to));
	memcpy(m->reply_to, folded, strlen(folded) + 1);
	mail_addr(field(w, "From"), NULL, 0, w->from_domain);
	size_t n = 1;
	w->senders[0] = ' ';
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		if (!mail_addr(field(w, from[i]), NULL, 0, domain) ||
		    n + strlen(domain) + 2 >= sizeof(w->senders))
			continue;
		n += (size_t)snprintf(w->senders + n, sizeof(w->senders) - n, "%s ", domain);
	}
	if (!w->terms->signed_by.name[0]) /* it is not signed */
		w->hint = mail_hint(w->subject);
}

/* Its Date, if it can be: not after a day from now, not before a year ago. */
static void
read_date(struct mail_work *w)
{
	struct logtime_ref ref = { .now = w->terms->arrived };
	struct logtime t;
	struct mime_span v = field(w, "Date");
	w->date = w->terms->arrived;
	if (v.n > 0 && logtime_find(&ref, v.s, v.n, &t) == 0) {
		w->seen->date = w->event = t.at;
		if (t.at < ref.now + MSEC_DAY && t.at > ref.now - 366 * MSEC_DAY)
			w->date = t.at;
	}
	/* Whoever sends a signed text again writes another Date around it. */
	if (w->terms->signed_by.name[0])
		w->date = w->event = w->terms->signed_at;
}

/* Any id of one of our domains in it: <left@right>. */
static bool
ids_ours(const struct mail_work *w, struct mime_span v)
{
	for (unsigned left = 100; left && v.n; left--) {
		const char *at = memchr(v.s, '@', v.n);
		char domain[256];
		if (!at)
			return false;
		v.n -= (size_t)(at - v.s);
		v.s = at;
		if (mail_addr(v, NULL, 0, domain) && mail_domain_ours(w->terms, domain))
			return true;
		v.s++, v.n--;
	}
	return false;
}

static void
read_flags(struct mail_work *w)
{
	static const char *const bulk[] = { "List-Id", "List-Unsubscribe", "List-Post",
		"Feedback-ID" };
	static const char *const autos[] = { "X-Autoreply", "X-Autorespond", "X-Autoresponder" };
	struct mime_span path = field(w, "Return-Path"), precedence = field(w, "Precedence"),
			 type = field(w, "Content-Type"), suppress = field(w, "X-Auto-Response-Suppress");
	char word[64];
	const char *kind = w->mime.part[0].type;
	if (path.n && !memchr(path.s, '@', path.n) && path.n <= 4)
		w->flags |= MAIL_NULL_SENDER;
	if (mime_begins(field(w, "From"), "mailer-daemon") ||
	    strcasestr(w->seen->from, "mailer-daemon@"))
		w->flags |= MAIL_DSN;
	if (strcmp(kind, "multipart/report") == 0 &&
	    mime_param_is(type, "report-type", "delivery-status"))
		w->flags |= MAIL_DSN;
	if (strcmp(kind, "multipart/report") == 0 &&
	    mime_param_is(type, "report-type", "disposition-notification"))
		w->flags |= MAIL_AUTO_REPLIED;
	mime_word(field(w, "Auto-Submitted"), word, sizeof(word)); /* RFC 3834 5 */
	if (strcmp(word, "auto-replied") == 0)
		w->flags |= MAIL_AUTO_REPLIED;
	if (word[0] && strcmp(word, "no") != 0)
		w->flags |= MAIL_AUTO;
	if (suppress.n && !mime_is(suppress, "none")) /* [MS-OXCMAIL] */
		w->flags |= MAIL_AUTO;
	for (size_t i = 0; i < sizeof(autos) / sizeof(autos[0]); i++)
		if (field(w, autos[i]).s)
			w->flags |= MAIL_AUTO_REPLIED | MAIL_AUTO;
	if (mime_is(precedence, "auto_reply"))
		w->flags |= MAIL_AUTO_REPLIED | MAIL_AUTO;
	if (mime_is(precedence, "bulk") || mime_is(precedence, "list") ||
	    mime_is(precedence, "junk"))
		w->flags |= MAIL_BULK;
	for (size_t i = 0; i < sizeof(bulk) / sizeof(bulk[0]); i++)
		if (field(w, bulk[i]).s)
			w->flags |= MAIL_BULK;
	if (ids_ours(w, field(w, "Message-ID")))
		w->flags |= MAIL_OWN_ID;
	mail_dsn(w);
	if (ids_ours(w, field(w, "In-Reply-To")) || ids_ours(w, field(w, "References")))
		w->flags |= MAIL_ANSWER;
}

/* RFC 3834 2, and two desks that answer each other. Only a made report is answered by a machine,
 * and only to somebody who is there. */
static bool
may_answer(const struct mail_work *w)
{
	const unsigned never =
	    MAIL_NULL_SENDER | MAIL_DSN | MAIL_AUTO | MAIL_AUTO_REPLIED | MAIL_BULK | MAIL_OWN_ID;
	return !(w->flags & never) && w->seen->tray == TRAY_CASE &&
	       strchr(w->seen->reply_to, '@') != NULL && w->seen->reply_to[0] != '@';
}

static void
claims_drop(struct mail_seen *m)
{
	for (size_t i = 0; i < m->claims; i++)
		free((char *)m->claim[i].text);
	for (size_t i = 0; i < m->sheets; i++) {
		free(m->sheet[i].bytes);
		free(m->sheet[i].stream);
	}
	for (size_t i = 0; i < m->docs; i++)
		free(m->doc[i].bytes);
	free(m->claim);
	free(m->sheet);
	free(m->doc);
	m->claim = NULL;
	m->sheet = NULL;
	m->doc = NULL;
	m->claims = m->foreign = m->sheets = m->docs = 0;
}

/* Claims about others' addresses, in a mail that accuses none of ours and is no matter for another desk: who
 * complains of an attack names the victim, and that is ours. */
static bool
goes_on(const struct mail_seen *m)
{
	return m->foreign > 0 && m->claims == m->foreign && (m->tray == TRAY_ELSEWHERE || m->tray == TRAY_SECURITY);
}

/* The verdict: what stands in any tray but "case" makes no reports, but such as goes on to others. */
static int
judge(struct mail_work *w)
{
	struct mail_seen *m = w->seen;
	if (w->terms->signed_by.name[0])
		m->identity = w->terms->signed_by;
	else
		mail_vouch(w, &m->identity);
	int rc = mail_docs(w);
	if (rc == -ENOMEM)
		return rc;
	if (rc == -E2BIG && !m->rule[0])
		snprintf(m->rule, sizeof(m->rule), "more than 96 MiB decoded");
	mail_tray_late(w);
	if (m->cut) {
		size_t n = strlen(m->rule);
		snprintf(
		    m->rule + n, sizeof(m->rule) - n, "; %u over the caps are left out", m->cut);
	}
	if (m->tray != TRAY_CASE && !goes_on(m))
		claims_drop(m);
	if (m->tray == TRAY_SEALED)
		m->subject[0] = '\0';
	m->may_answer = may_answer(w);
	return 0;
}

/* The header alone; of one over a cap its beginning, and the cap is m->rule. */
static int
read_head(struct mail_work *w)
{
	struct mail_seen *m = w->seen;
	const char *rule = "";
	struct mime_span head, body;
	mime_split(w->bytes, &head, &body);
	int rc = mime_head(head, &w->mime, &rule);
	if (rc == -E2BIG) { /* its beginning may still say who wrote, and what must be sealed */
		if (!m->rule[0])
			snprintf(m->rule, sizeof(m->rule), "%s", rule);
		mime_free(&w->mime);
		head.n = head.n < 8192 ? head.n : 8192;
		rc = mime_head(head, &w->mime, &rule);
	}
	return rc;
}

bool
mail_decided(struct mime_span mail)
{
	static const struct mail_terms nobodys = { .ours = NULL };
	struct mail_seen m = { .tray = TRAY_UNREADABLE };
	struct mail_work *w = calloc(1, sizeof(*w));
	if (!w)
		return true; /* it is not opened before its header was read */
	w->terms = &nobodys;
	w->seen = &m;
	w->doc_tray = TRAY_N;
	w->bytes = mail;
	bool ret = read_head(w) != 0;
	if (!ret) {
		read_names(w);
		ret = mail_tray_early(w);
	}
	mime_free(&w->mime);
	free(w);
	return ret;
}

static int
read_all(struct mail_work *w)
{
	const char *rule = "";
	struct mail_seen *m = w->seen;
	/* The header first, alone: a sealed mail is not opened. */
	int rc = read_head(w);
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0) {
		mail_tray_late(w);
		return 0;
	}
	read_names(w);
	read_date(w);
	if (mail_tray_early(w)) {
		if (m->tray == TRAY_SEALED) /* it may say too much already */
			m->subject[0] = '\0';
		else
			mail_vouch(w, &m->identity);
		return 0;
	}
	if (m->rule[0]) {
		mail_tray_late(w);
		return 0;
	}
	mime_free(&w->mime);
	rc = mime_walk(w->bytes, MAIL_PARTS, MAIL_DEPTH, &w->mime, &rule);
	if (rc == -E2BIG)
		snprintf(m->rule, sizeof(m->rule), "%s", rule);
	if (rc == -ENOMEM)
		return rc;
	read_flags(w);
	if (m->rule[0]) {
		mail_tray_late(w);
		return 0;
	}
	return judge(w);
}

#define CR_MOST (1u << 20) /* a longer mail of very old line ends is one long line */

/* Line ends of very old systems: a copy with LF. */
static char *
cr_to_lf(const char *s, size_t n)
{
	char *copy = malloc(n);
	for (size_t i = 0; copy && i < n; i++)
		copy[i] = s[i] == '\r' ? '\n' : s[i];
	return copy;
}

int
mail_read(const void *bytes, size_t n, const struct mail_terms *t, struct mail_seen *ret)
{
	struct mail_seen m = { .tray = TRAY_UNREADABLE };
	struct mail_work *w = calloc(1, sizeof(*w));
	char *copy = NULL;
	int rc = 0;
	if (!w)
		return -ENOMEM;
	crypto_hash_sha256(m.digest, bytes, n);
	w->terms = t;
	w->seen = &m;
	w->doc_tray = TRAY_N;
	w->bytes = (struct mime_span){ bytes, n };
	w->date = t->arrived;
	if (n > MAIL_BYTES) { /* its header may still say who wrote, and what must be sealed */
		snprintf(m.rule, sizeof(m.rule), "larger than %u MiB", MAIL_BYTES >> 20);
		w->bytes.n = MAIL_BYTES;
	} else if (n > 0 && n <= CR_MOST && !memchr(bytes, '\n', n) && memchr(bytes, '\r', n)) {
		copy = cr_to_lf(bytes, n);
		w->bytes.s = copy;
		rc = copy ? 0 : -ENOMEM;
	}
	if (rc == 0)
		rc = read_all(w);
	mime_free(&w->mime);
	free(w);
	free(copy);
	if (rc < 0) {
		claims_drop(&m);
		return rc;
	}
	*ret = m;
	return 0;
}

void
mail_seen_free(struct mail_seen *m)
{
	claims_drop(m);
}
