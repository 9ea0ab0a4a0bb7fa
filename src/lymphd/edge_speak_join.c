/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mails as they leave, alone or several reports in one: who told us of a thousand addresses of one network
 * has us write to it once, not a thousand times. Each report stays a row of its own, with its own limits,
 * and is forgotten by itself; only when one is handed over those to the same mailbox go along. Who went with
 * whom is in the store before that, so a mail that is handed over again holds the same. Must never join what
 * was not laid up for it, nor what goes to somebody else.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "lymphd/edge_speak_own.h"
#include "wire/mailout.h"

#define GATHER (10 * MSEC_MINUTE) /* what comes together shall leave together */
#define EACH   MSEC_DAY           /* between two mails to a mailbox that are not full */
#define BYTES  SPEAK_ATTACHED     /* contents in one mail */
#define LINE   80                 /* of its text for each report */
#define PAGE   256                /* and for its page, if each has one */

msec
speak_gather_until(const struct edge *e)
{
	return e->now + clock_span("LYMPH_GATHER_MS", GATHER);
}

/* To the same, and free to go: one that was told "later" is when its time has come. */
static bool
is_free(const struct speak_item *x, const struct speak_item *like, msec now)
{
	return x->gather && x->kind == like->kind && x->to == like->to && x->state == SPEAK_WAITS && !x->flying &&
	    !x->lead && !x->open && (!x->tries || x->due <= now);
}

bool
speak_gathers(struct edge *e, struct speak_item *x)
{
	const struct speaking *s = e->speaking;
	msec last = 0;
	uint64_t n = 0, bytes = 0;
	bool under_way = false;
	if (!x->gather || x->open)
		return false;
	for (size_t i = 0; i < s->n; i++) {
		const struct speak_item *y = &s->item[i];
		if (!y->gather || y->to != x->to)
			continue;
		if (y->state == SPEAK_SENT && y->done > last)
			last = y->done;
		under_way |= y->state == SPEAK_WAITS && (y->flying || y->open || (y->tries && y->due > e->now));
		n += is_free(y, x, e->now);
		bytes += is_free(y, x, e->now) ? y->bytes : 0;
	}
	bool lately = last && e->now - last < EACH;
	if (!(under_way || lately) || n >= SPEAK_JOIN || bytes >= BYTES)
		return false;
	x->due = under_way ? e->now + MSEC_MINUTE : last + EACH;
	return true;
}

bool
speak_rides(struct speaking *s, struct speak_item *x)
{
	const struct speak_item *lead = x->lead ? speak_item(s, x->lead) : NULL;
	if (lead && lead->state == SPEAK_WAITS)
		return true;
	x->lead = 0; /* forgotten, or taken out by staff: it goes by itself */
	return false;
}

size_t
speak_with(const struct speaking *s, uint64_t lead, uint64_t ret[SPEAK_JOIN])
{
	size_t n = 0;
	for (size_t i = 0; i < s->n && n < SPEAK_JOIN; i++)
		if (s->item[i].lead == lead && s->item[i].state == SPEAK_WAITS)
			ret[n++] = s->item[i].no;
	return n;
}

/* What may have left once already leaves again as it was. */
size_t
speak_riders(const struct edge *e, const struct speak_item *lead, uint64_t ret[SPEAK_JOIN])
{
	const struct speaking *s = e->speaking;
	size_t n = 0;
	uint64_t bytes = lead->bytes;
	if (lead->open)
		return speak_with(s, lead->no, ret);
	for (size_t i = 0; lead->gather && i < s->n && n < SPEAK_JOIN - 1; i++) {
		const struct speak_item *x = &s->item[i];
		if (x == lead || !is_free(x, lead, e->now) || bytes + x->bytes > BYTES)
			continue;
		bytes += x->bytes;
		ret[n++] = x->no;
	}
	return n;
}

int
speak_bounced_all(struct edge *e, const struct speak_head *lead)
{
	struct speaking *s = e->speaking;
	int r = 0;
	for (size_t i = 0; r == 0 && i < s->n; i++) {
		struct speak_head h;
		if (s->item[i].lead != lead->no || s->item[i].state != SPEAK_SENT)
			continue;
		r = speak_head(e, s->item[i].no, &h);
		if (r < 0)
			return r;
		memcpy(h.said, lead->said, sizeof(h.said));
		r = speak_end(e, &h, SPEAK_REFUSED);
	}
	return r;
}

/* --- print --------------------------------------------------------------------------------------- */

static char *
print(const struct edge *e, const struct speak_head *h, const struct speak_body *b, const char *subject,
    const char *text, const struct mailout_doc *more, size_t more_n, size_t *n)
{
	static const char *const automatic[SPEAK_KIND_N] = { [SPEAK_OUTCOME] = "auto-replied",
		[SPEAK_REFERRAL] = "auto-generated", [SPEAK_FORWARD] = "auto-generated" };
	const struct conf *c = e->c->conf;
	const struct mailout m = { .from = c->mail.from, .to = h->to, .from_name = c->name,
		.reply_to = c->mail.reply_to[0] ? c->mail.reply_to : NULL, .subject = subject,
		.message_id = h->message_id, .in_reply_to = h->in_reply_to, .date = h->at, .text = text,
		.auto_submitted = automatic[h->kind],
		.feedback = more_n ? NULL : b->feedback, /* RFC 5965 3.2: one Source-IP at most */
		.attached = b->attached, .attached_n = b->attached_n,
		.attached_name = h->kind == SPEAK_OUTCOME ? "outcome.json" : "xarf.json", .more = more,
		.more_n = more_n };
	return mailout_print(&m, n);
}

char *
speak_print(const struct edge *e, const struct speak_head *h, const struct speak_body *b, size_t *n)
{
	return print(e, h, b, h->subject, b->text, NULL, 0, n);
}

struct joined {
	struct mailout_doc doc[SPEAK_JOIN];
	char *bytes[SPEAK_JOIN];
	size_t n;
	bool pages;        /* each has one */
	char lines[SPEAK_JOIN * (LINE + PAGE)];
	size_t at;
};

/* Behind "Abuse report: ": the address and what it does, words of ours; and the page, as it stands in the text of
 * its own mail. */
static void
line(struct joined *j, const struct speak_head *h, const char *text)
{
	const char *about = strchr(h->subject, ':'), *page = j->pages ? strstr(text, SPEAK_PAGE) : NULL;
	int n = snprintf(j->lines + j->at, LINE, "  %.*s\n", LINE - 4, about ? about + 2 : h->subject);
	j->at += n > 0 && n < LINE ? (size_t)n : 0;
	if (!page)
		return;
	page += strlen(SPEAK_PAGE);
	n = snprintf(j->lines + j->at, PAGE, "    %.*s\n", (int)strcspn(page, "\n"), page);
	j->at += n > 0 && n < PAGE ? (size_t)n : 0;
}

static int
add(struct edge *e, struct joined *j, uint64_t no)
{
	struct speak_head h;
	struct speak_body b;
	int r = speak_head(e, no, &h);
	if (r == 0)
		r = speak_body(e, no, &b);
	if (r < 0)
		return r;
	line(j, &h, b.text);
	j->doc[j->n] = (struct mailout_doc){ b.attached, b.attached_n };
	j->bytes[j->n++] = b.bytes;
	return 0;
}

char *
speak_print_all(struct edge *e, const struct speak_head *h, const struct speak_body *b, size_t *n)
{
	uint64_t with[SPEAK_JOIN];
	char subject[SPEAK_LINE], end[1024], *text = NULL, *mail = NULL;
	size_t riders = speak_with(e->speaking, h->no, with);
	if (riders == 0)
		return speak_print(e, h, b, n);
	struct joined *j = calloc(1, sizeof(*j));
	int r = j ? 0 : -ENOMEM;
	if (j) {
		j->pages = strstr(e->c->conf->mail.link, CONF_LINK_ID) != NULL;
		line(j, h, b->text);
	}
	for (size_t i = 0; r == 0 && i < riders; i++) /* one that cannot be read holds nobody up */
		r = add(e, j, with[i]) == -ENOMEM ? -ENOMEM : 0;
	speak_end_words(e, (enum speak_kind)h->kind, NULL, end, sizeof(end));
	if (r == 0 && asprintf(&text, "%s received %zu reports about abuse:\n\n%s\n%s", e->c->conf->name, riders + 1,
	    j->lines, end) < 0)
		text = NULL;
	snprintf(subject, sizeof(subject), "Abuse reports: %.*s and %zu more", 200, h->subject + strcspn(h->subject, ":") +
	    (strchr(h->subject, ':') ? 2 : 0), riders);
	if (text)
		mail = print(e, h, b, subject, text, j->doc, j->n, n);
	free(text);
	for (size_t i = 0; j && i < j->n; i++)
		free(j->bytes[i]);
	free(j);
	return mail;
}
