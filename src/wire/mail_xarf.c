/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts that are a XARF document, of version 4 or 3: a claim, or the tray that such a document belongs to.
 * Child abuse material overrules all; must read no further than it takes to see that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/mail_own.h"
#include "wire/xarf.h"
#include "wire/xarf_v3.h"

void
mail_doc_says(struct mail_work *w, enum tray tray, const char *rule)
{
	/* Child abuse overrules all, else the first document decides. */
	if (w->doc_tray != TRAY_N && tray != TRAY_SEALED)
		return;
	w->doc_tray = tray;
	snprintf(w->doc_rule, sizeof(w->doc_rule), "%s", rule);
}

void
mail_doc_refused(struct mail_work *w, const char *what, const struct xarf_why *why)
{
	char rule[MAIL_LINE];
	snprintf(rule, sizeof(rule), "%s: %s: %s", what, why->field, why->rule);
	w->flags |= MAIL_REFUSED;
	mail_doc_says(w, TRAY_SECURITY, rule);
}

/* Takes bytes when it says 1. */
static int
doc_add(struct mail_work *w, const struct mime_part *p, char *bytes, size_t n)
{
	struct mail_seen *m = w->seen;
	if (m->docs >= MAIL_DOCS) {
		m->cut++;
		return 0;
	}
	struct mail_doc *more = realloc(m->doc, (m->docs + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	m->doc = more;
	if (w->terms->stays) {
		m->doc[m->docs++] = (struct mail_doc){
			.n = n, .at = p->body.s, .at_n = p->body.n, .coding = (int)p->coding
		};
		return 0;
	}
	m->doc[m->docs++] = (struct mail_doc){ .bytes = bytes, .n = n };
	return 1;
}

/* Which tray a type of XARF 4 belongs to that is no class of ours. */
static enum tray
xarf4_tray(const void *bytes, size_t n)
{
	static const struct {
		const char *category, *type;
		enum tray tray;
	} rows[] = { { "\"content\"", "\"csam\"", TRAY_SEALED },
		{ "\"content\"", "\"csem\"", TRAY_SEALED },
		{ "\"copyright\"", "\"", TRAY_COPYRIGHT },
		{ "\"content\"", "\"brand_infringement\"", TRAY_COPYRIGHT },
		{ "\"content\"", "\"", TRAY_CONTENT } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (memmem(bytes, n, rows[i].category, strlen(rows[i].category)) &&
		    memmem(bytes, n, rows[i].type, strlen(rows[i].type)))
			return rows[i].tray;
	return TRAY_SECURITY;
}

int
mail_xarf4(struct mail_work *w, const struct mime_part *p, char *bytes, size_t n)
{
	struct xarf *x;
	struct xarf_why why = { "", "" };
	struct report r;
	enum tray tray = xarf4_tray(bytes, n);
	w->flags |= MAIL_REPORT;
	if (tray == TRAY_SEALED) {
		mail_doc_says(w, tray, "XARF 4 content/csam");
		return 0;
	}
	int rc = xarf_parse(bytes, n, &x, &why);
	if (rc == -ENOMEM)
		return rc;
	if (rc == 0) {
		bool abuse = xarf_is(x, "content", "csam") || xarf_is(x, "content", "csem");
		rc = xarf_report(x, &r, &why);
		xarf_free(x);
		if (abuse) { /* written with escapes */
			mail_doc_says(w, TRAY_SEALED, "XARF 4 content/csam");
			return 0;
		}
		if (rc < 0 && tray != TRAY_SECURITY) { /* a name, a URL: no address to act on */
			mail_doc_says(w, tray, "XARF 4 about something that is no address");
			return 0;
		}
	}
	if (rc < 0) {
		mail_doc_refused(w, "XARF 4", &why);
		return 0;
	}
	if (r.cls == CLASS_NONE) {
		mail_doc_says(w, tray, "XARF 4 of a type that is no class of ours");
		return 0;
	}
	if (!w->terms->ours || w->terms->ours(&r.subject, w->terms->arg)) {
		w->flags |= MAIL_OURS;
	} else if (!mail_refers(w, &r.subject)) {
		w->seen->elsewhere++;
		return 0;
	}
	return doc_add(w, p, bytes, n);
}

int
mail_xarf3(struct mail_work *w, const char *bytes, size_t n)
{
	struct xarf3 x;
	struct xarf_why why = { "", "" };
	int rc = xarf3_read(bytes, n, &x, &why);
	w->flags |= MAIL_REPORT;
	if (rc == -ENOMEM)
		return rc;
	if (x.tray == TRAY_SEALED) {
		mail_doc_says(w, TRAY_SEALED, x.rule);
	} else if (rc < 0) {
		mail_doc_refused(w, "XARF 3", &why);
	} else if (x.tray != TRAY_CASE) {
		mail_doc_says(w, x.tray, x.rule);
	} else {
		w->hint = x.claim.cls;
		rc = mail_claim(w, &x.claim);
		xarf3_free(&x);
		return rc;
	}
	if (rc == 0)
		xarf3_free(&x);
	return 0;
}
