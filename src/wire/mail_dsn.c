/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A delivery status (RFC 3464) about a mail of ours: which recipient it failed for, with what status, and
 * which mail it was, by the header that came back with it (RFC 6522 3). Also knows mails of our own that
 * came back as they were. What is believed of it is the reader's: anybody can write a delivery status.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "wire/mail_own.h"
#include "wire/mailout.h"

/* An id of ours out of a Message-ID field, without its <>; "" if it is none. */
static void
our_id(const struct mail_work *w, struct mime_span v, char *ret, size_t size)
{
	char domain[256];
	ret[0] = '\0';
	v = mime_trim(v);
	if (v.n < 8 || v.s[0] != '<' || v.s[v.n - 1] != '>' || v.n >= size ||
	    strncmp(v.s + 1, MAILOUT_ID, strlen(MAILOUT_ID)) != 0 || memchr(v.s, '\0', v.n) ||
	    !mail_addr(v, NULL, 0, domain) || !mail_domain_ours(w->terms, domain))
		return;
	snprintf(ret, size, "%.*s", (int)(v.n - 2), v.s + 1);
}

/* The header of the mail that came back. */
static struct mime_span
returned(const struct mail_work *w)
{
	for (int i = 1; i < w->mime.parts; i++) {
		const struct mime_part *p = &w->mime.part[i];
		if (strcmp(p->type, "text/rfc822-headers") == 0 && !p->foreign)
			return p->body;
		if (p->message && !p->foreign && i + 1 < w->mime.parts)
			return w->mime.part[i + 1].head;
	}
	return (struct mime_span){ "", 0 };
}

/* "rfc822; USER@DOMAIN" */
static bool
recipient(struct mime_span v, char *ret, size_t size)
{
	char domain[256];
	const char *semi = v.n ? memchr(v.s, ';', v.n) : NULL;
	if (!semi || !mime_begins(mime_trim(v), "rfc822"))
		return false;
	v.n -= (size_t)(semi + 1 - v.s);
	v.s = semi + 1;
	return mail_addr(v, ret, size, domain);
}

static void
read_status(struct mail_work *w, struct mime_span fields)
{
	struct mail_seen *m = w->seen;
	if (!mime_is(mime_find(fields, "Action"), "failed"))
		return;
	if (!recipient(mime_find(fields, "Original-Recipient"), m->bounced, sizeof(m->bounced)) &&
	    !recipient(mime_find(fields, "Final-Recipient"), m->bounced, sizeof(m->bounced)))
		return;
	mime_word(mime_find(fields, "Status"), m->bounced_status, sizeof(m->bounced_status));
}

void
mail_dsn(struct mail_work *w)
{
	struct mail_seen *m = w->seen;
	char id[MAIL_LINE];
	our_id(w, mime_find(w->mime.part[0].head, "Message-ID"), id, sizeof(id));
	if (id[0])
		w->flags |= MAIL_RETURNED;
	if (!(w->flags & MAIL_DSN))
		return;
	our_id(w, mime_find(returned(w), "Message-ID"), m->bounced_id, sizeof(m->bounced_id));
	if (!m->bounced_id[0])
		return;
	w->flags |= MAIL_OUR_BOUNCE;
	for (int i = 1; i < w->mime.parts; i++)
		if (strcmp(w->mime.part[i].type, "message/delivery-status") == 0 && !w->mime.part[i].foreign) {
			read_status(w, w->mime.part[i].body);
			return;
		}
}
