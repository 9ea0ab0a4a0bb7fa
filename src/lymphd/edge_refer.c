/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports for others: to whom they go, and as mails: the text a person reads, the feedback part (RFC 5965, RFC 6650), and the
 * document, which is the reporter's with us in his place. Must never tell who reported it, nor send on what
 * came through us before.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/range.h"
#include "host/log.h"
#include "judge/outcome_word.h"
#include "lymphd/edge_speak_own.h"
#include "lymphd/edge_whose.h"
#include "wire/uuid.h"
#include "wire/xarf.h"

#define AGAIN MSEC_DAY     /* a referral about the same address and class, at the earliest */
#define SEEK  16           /* settled in one turn */
#define MANY  (64u << 10)  /* of one that goes with others; more goes without its evidence */

static const char *const why_you[SPEAK_KIND_N] = {
	[SPEAK_REFERRAL] = "You get it because you are said to answer for this network.",
	[SPEAK_FORWARD] = "You get it because you asked for all reports about this network.",
};

/* The operator's page, with the report's id where it says so: a UUID has nothing that would have to be
 * percent-encoded (RFC 3986 2.3). "" for many at a time, where each has a page of its own. */
static void
page(const char *link, const uint8_t *id, char *ret, size_t size)
{
	char uuid[UUID_TEXT];
	const char *at = strstr(link, CONF_LINK_ID);
	if (!at)
		snprintf(ret, size, "%s", link);
	else if (id)
		snprintf(ret, size, "%.*s%s%s", (int)(at - link), link, uuid_print(id, uuid), at + strlen(CONF_LINK_ID));
	else
		ret[0] = '\0';
}

void
speak_end_words(const struct edge *e, enum speak_kind kind, const uint8_t *id, char *ret, size_t size)
{
	const struct conf *c = e->c->conf;
	char link[CONF_NAME + UUID_TEXT];
	page(c->mail.link, id, link, sizeof(link));
	snprintf(ret, size,
	    "%s\nWhat was reported is attached (xarf.json, XARF 4), with such evidence as may be shown. Times are "
	    "UTC.\n\nTo answer a person, reply to this mail%s%s.%s%s\n",
	    why_you[kind], c->mail.reply_to[0] ? ", or write to " : "", c->mail.reply_to,
	    link[0] ? SPEAK_PAGE : "", link);
}

/* What a person has to know. Numbers and words of ours only. */
static void
words(const struct edge *e, enum speak_kind kind, const struct fact *f, char *text, size_t size)
{
	const struct conf *c = e->c->conf;
	const struct report *p = &f->report;
	char addr[ADDR_TEXT], when[MSEC_TEXT], port[32] = "", end[1024];
	speak_end_words(e, kind, p->id, end, sizeof(end));
	if (p->port)
		snprintf(port, sizeof(port), "\n  port     %u", p->port);
	snprintf(text, size,
	    "%s received a report about abuse:\n\n  address  %s%s\n  what     %s\n  last     %s\n"
	    "  events   %u\n\n%s",
	    c->name, addr_print(&p->subject, addr), port, class_row(p->cls)->name,
	    msec_print(p->event - p->event % MSEC_SECOND, when), p->count, end);
}

/* RFC 5965 3.1, 3.2. The type is XARF's own; the address is what the mail is about. */
static void
fields(const struct fact *f, char *text, size_t size)
{
	char addr[ADDR_TEXT];
	snprintf(text, size,
	    "Feedback-Type: xarf\nUser-Agent: lymph/" LYMPH_VERSION "\nVersion: 1\nSource-IP: %s\n"
	    "Incidents: %u\n",
	    addr_print(&f->report.subject, addr), f->report.count ? f->report.count : 1);
}

static int
document(const struct edge *e, const void *body, size_t n, size_t most, char **ret, size_t *ret_n)
{
	const struct conf *c = e->c->conf;
	const char *at = strchr(c->mail.from, '@');
	const struct xarf_passing p = { .server = c->name, .org = c->name,
		.contact = c->mail.from[0] ? c->mail.from : "unset@unset.invalid",
		.domain = at ? at + 1 : "unset.invalid", .most = most };
	struct xarf_why why;
	struct xarf *x;
	int r = xarf_parse(body, n, &x, &why);
	if (r < 0)
		return r;
	r = xarf_pass(x, &p, ret, ret_n);
	xarf_free(x);
	return r;
}

int
speak_report(struct edge *e, enum speak_kind kind, const char *to, const char *url, const struct fact *f,
    uint64_t case_no, const void *body, size_t n, msec every, bool gather)
{
	static const uint8_t no_id[16];
	const struct report *p = &f->report;
	char text[2048], feedback[512], subject[160], slot[SPEAK_TO + 128], addr[ADDR_TEXT], *doc;
	size_t doc_n;
	if (e->c->conf->outgoing == OUTGOING_OFF) /* before anything is read */
		return speak_not(e, SPEAK_NO_OFF);
	int r = document(e, body, n, gather ? MANY : SPEAK_ATTACHED, &doc, &doc_n);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return speak_not(e, r == -ELOOP ? SPEAK_NO_LOOP : SPEAK_NO_ROOM);
	addr_print(&p->subject, addr);
	words(e, kind, f, text, sizeof(text));
	fields(f, feedback, sizeof(feedback));
	snprintf(subject, sizeof(subject), "Abuse report: %s, %s", addr, class_row(p->cls)->name);
	/* Who gets all of it gets each once; others one a day about the same, whoever they are: to whom one
	 * goes may not be known yet. */
	if (every)
		snprintf(slot, sizeof(slot), "%s %s", addr, class_row(p->cls)->name);
	else
		snprintf(slot, sizeof(slot), "%s %s %llu %s%s", addr, class_row(p->cls)->name,
		    (unsigned long long)f->seq, to, url ? url : "");
	const struct speak_mail m = { .kind = kind, .about = f->seq, .case_no = case_no,
		.subject_addr = p->subject, .to = to, .url = url, .subject = subject, .text = text,
		.feedback = feedback, .attached = doc, .attached_n = doc_n, .slot = slot, .every = every,
		.gather = gather,
		.of = kind == SPEAK_REFERRAL && memcmp(p->id, no_id, sizeof(no_id)) != 0 ? p->id : NULL };
	r = speak_lay(e, &m, NULL);
	free(doc);
	return r;
}

/* --- referrals ----------------------------------------------------------------------------------- */

/* In the family of that class, by the operator's word or by what he earned. */
static bool
proven(const struct edge *e, const struct report *p)
{
	const struct outcome_ask a = { .key = p->key, .cls = p->cls, .subject = p->subject, .arrived = e->now };
	struct outcome_told t;
	if (key_is_zero(&p->key))
		return false;
	outcome_tell(e->judge, &a, e->now, &t);
	return !t.coarse;
}

/* Would one answer of a registry settle both? Judged by what is taken of one at most. */
static bool
one_net(const struct addr *a, const struct addr *b)
{
	return a->fam == b->fam && memcmp(a->b, b->b, a->fam == 4 ? 2 : 4) == 0;
}

/* Is it asked already whose the addresses around this one are, for one that came before s->item[i]? Of a
 * thousand addresses of one network a registry is asked about one. */
static bool
sought(const struct speaking *s, const struct addr *a, size_t i)
{
	while (i-- > 0)
		if (s->item[i].state == SPEAK_SEEKS && one_net(&s->item[i].subject_addr, a))
			return true;
	return false;
}

int
refer_take(struct edge *e, const struct report *p, const struct store_body *body, bool gather)
{
	const struct fact f = { .kind = FACT_REPORT, .report = *p };
	struct whose w = { .mail = "" };
	if (!conf_sends(e->c->conf) || !proven(e, p))
		return 0;
	speak_fresh(e);
	int r = sought(e->speaking, &p->subject, e->speaking->n) ? whose_known(e, &p->subject, &w)
								 : whose_of(e, &p->subject, &w);
	if (r < 0 && r != -EAGAIN && r != -EBUSY)
		return 0; /* nobody to send it to */
	r = speak_report(e, SPEAK_REFERRAL, r == 0 && !w.url[0] ? w.mail : "", r == 0 && w.url[0] ? w.url : NULL, &f, 0,
	    body->bytes, body->len, AGAIN, gather);
	return r == 0 || r == 1 + SPEAK_NO_AGAIN ? 1 : r < 0 ? r : 0;
}

void
refer_instead(struct edge *e, const struct report *p, char *ret, size_t size)
{
	if (proven(e, p))
		whose_instead(e, &p->subject, ret, size);
}

static void
found(struct edge *e, uint64_t no, int err, const struct whose *w)
{
	bool known = err == 0 && w;
	int r = speak_found(e, no, known && !w->url[0] ? w->mail : "", known ? w->url : "");
	if (r < 0 && r != -EALREADY)
		log_warn("to whom mail %llu goes is not kept: %s", (unsigned long long)no, strerror(-r));
}

/* One answer is about a range: all of it that waits is settled, the rest of it in the next turns. */
static void
on_told(struct edge *e, const struct addr *a, int err, const struct whose *w)
{
	const struct speaking *s = e->speaking;
	uint64_t no[SEEK];
	size_t n = 0;
	speak_fresh(e);
	for (size_t i = 0; i < s->n && n < SEEK; i++) {
		const struct addr *x = &s->item[i].subject_addr;
		if (s->item[i].state == SPEAK_SEEKS && (addr_eq(x, a) || (w && range_has(&w->first, &w->last, x))))
			no[n++] = s->item[i].no;
	}
	for (size_t i = 0; i < n; i++)
		found(e, no[i], err, w);
	if (n && s->seeking)
		loop_timer_in(s->seek, 0);
}

/* Who waits over a restart, came when too many were asked for, or while a neighbour was. */
static void
on_seek(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	const struct speaking *s = e->speaking;
	struct {
		uint64_t no;
		int r;
		struct whose w;
	} v[SEEK];
	size_t n = 0;
	(void)fd, (void)ready;
	edge_now(e);
	speak_fresh(e);
	for (size_t i = 0; i < s->n && n < SEEK; i++) {
		const struct addr *a = &s->item[i].subject_addr;
		if (s->item[i].state != SPEAK_SEEKS)
			continue;
		v[n].r = sought(s, a, i) ? whose_known(e, a, &v[n].w) : whose_of(e, a, &v[n].w);
		if (v[n].r != -EAGAIN && v[n].r != -EBUSY)
			v[n++].no = s->item[i].no;
	}
	for (size_t i = 0; i < n; i++)
		found(e, v[i].no, v[i].r, v[i].r == 0 ? &v[i].w : NULL);
	loop_timer_in(s->seek, n == SEEK ? 0 : MSEC_MINUTE);
}

void
refer_start(struct edge *e)
{
	e->speaking->seek = loop_timer(e->c->loop, on_seek, e);
	loop_timer_in(e->speaking->seek, MSEC_SECOND);
	whose_wait(e, on_told);
}
