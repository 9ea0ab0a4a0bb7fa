/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outbox, see edge_speak.h: what may be laid up, what of it is in memory, what staff do with it. Sending is
 * edge_speak_go.c, mailboxes held for dead are in edge_speak_dead.c. Must never lay up a mail to a domain that
 * is never to be written to, to ourselves, to a mailbox held for dead, or more than its caps let.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include "host/log.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_speak_own.h"
#include "wire/claim.h"
#include "wire/mailout.h"

#define ROOM_PART_OUT 8 /* contents take at most one part in so many of intake's disk */

/* Waiting at a time; beyond, none of this kind is laid up. What comes by the hundred leaves a quarter to others. */
static const size_t most[SPEAK_KIND_N] = { [SPEAK_OUTCOME] = 4000, [SPEAK_REFERRAL] = 2000,
	[SPEAK_FORWARD] = 4000 };

const char *
speak_kind_name(enum speak_kind k)
{
	static const char *const names[SPEAK_KIND_N] = { "outcome", "referral", "forward" };
	return (unsigned)k < SPEAK_KIND_N ? names[k] : "";
}

const char *
speak_state_name(enum speak_state s)
{
	static const char *const names[SPEAK_STATE_N] = { "seeking", "waiting", "sent", "refused", "given-up",
		"in-doubt", "dropped" };
	return (unsigned)s < SPEAK_STATE_N ? names[s] : "";
}

const char *
speak_no_name(enum speak_no n)
{
	static const char *const names[SPEAK_NO_N] = { "off", "address", "never", "dead", "again", "room",
		"loop" };
	return (unsigned)n < SPEAK_NO_N ? names[n] : "";
}

/* --- in memory ----------------------------------------------------------------------------------- */

/* Where that number stands, or the next one. */
static size_t
place(const struct speaking *s, uint64_t no)
{
	size_t lo = 0, hi = s->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (s->item[mid].no < no)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct speak_item *
speak_item(struct speaking *s, uint64_t no)
{
	size_t i = place(s, no);
	return i < s->n && s->item[i].no == no ? &s->item[i] : NULL;
}

static void
sum(struct speaking *s, const struct speak_item *i, bool more)
{
	size_t one = more ? 1 : SIZE_MAX;
	s->bytes += more ? i->bytes : 0 - (uint64_t)i->bytes;
	s->waiting[i->kind] += speak_waits(i->state) ? one : 0;
	s->seeking += i->state == SPEAK_SEEKS ? one : 0;
}

void
speak_see(struct edge *e, const struct speak_head *h)
{
	struct speaking *s = e->speaking;
	struct speak_item *i = speak_item(s, h->no);
	bool flying = i && i->flying;
	char domain[SPEAK_TO];
	if (i) {
		sum(s, i, false);
	} else if (s->n == SPEAK_ROWS || (s->n && h->no < s->item[s->n - 1].no)) {
		s->stale = true; /* not where numbers rise: from the store */
		return;
	} else {
		i = &s->item[s->n++];
	}
	speak_domain(h->to, h->url, domain);
	*i = (struct speak_item){ .no = h->no, .about = h->about, .at = h->at, .due = h->due, .done = h->done,
		.bytes = h->bytes, .state = h->state, .kind = h->kind, .tries = h->tries, .open = h->open,
		.post = h->url[0] != '\0', .flying = flying, .gather = h->gather && !h->url[0], .lead = h->lead, .of = h->of,
		.to = speak_hash(h->url[0] ? h->url : h->to), .domain = speak_hash(domain), .subject_addr = h->subject_addr };
	memcpy(i->slot, h->slot, sizeof(i->slot));
	sum(s, i, true);
	if (h->no > s->last)
		s->last = h->no;
}

int
speak_remove(struct edge *e, struct speak_item *x)
{
	struct speaking *s = e->speaking;
	int r = speak_take_out(e, x->no, true);
	sum(s, x, false);
	s->flying -= x->flying;
	s->n--;
	memmove(x, x + 1, (size_t)(&s->item[s->n] - x) * sizeof(*x));
	return r;
}

static int
read_head(const struct speak_head *h, void *arg)
{
	speak_see(arg, h);
	return 0;
}

void
speak_fresh(struct edge *e)
{
	struct speaking *s = e->speaking;
	if (!s->stale)
		return;
	/* What role speak has stays there, whatever memory says meanwhile. */
	uint64_t flying[16];
	size_t n = 0;
	for (size_t i = 0; i < s->n && n < 16; i++)
		if (s->item[i].flying)
			flying[n++] = s->item[i].no;
	s->n = s->seeking = 0;
	s->bytes = s->flying = 0;
	s->stale = false;
	memset(s->waiting, 0, sizeof(s->waiting));
	int r = speak_each(e, read_head, e);
	if (r == 0)
		r = speak_graves_read(e);
	if (r < 0) {
		log_warn("the outbox cannot be read: %s", strerror(-r));
		s->stale = true;
	}
	for (size_t i = 0; i < n; i++) {
		struct speak_item *x = speak_item(s, flying[i]);
		if (x) {
			x->flying = true;
			s->flying++;
		}
	}
}

void
speak_stale(struct edge *e)
{
	if (e->speaking)
		e->speaking->stale = true;
}

/* --- laying up ----------------------------------------------------------------------------------- */

int
speak_not(struct edge *e, enum speak_no why)
{
	e->speaking->totals.no[why]++;
	return 1 + (int)why;
}

/* May it be written to? SPEAK_NO_N: yes. */
static enum speak_no
may_write(const struct edge *e, const char *to, const char *url)
{
	const struct conf *c = e->c->conf;
	char domain[SPEAK_TO];
	speak_domain(to, url, domain);
	if (!conf_may_write(c, domain))
		return SPEAK_NO_NEVER;
	if (url[0])
		return SPEAK_NO_N;
	if (!xarf_mail_address(to) || strcasecmp(to, c->mail.from) == 0)
		return SPEAK_NO_ADDRESS;
	return speak_is_dead(e, to) ? SPEAK_NO_DEAD : SPEAK_NO_N;
}

static void
slot_of(const struct speak_mail *m, uint8_t ret[16])
{
	char own[SPEAK_TO * 2 + 64];
	uint8_t kind = (uint8_t)m->kind;
	crypto_generichash_state h;
	snprintf(own, sizeof(own), "%llu %s %s", (unsigned long long)m->about, m->to, m->url ? m->url : "");
	crypto_generichash_init(&h, NULL, 0, 16);
	crypto_generichash_update(&h, &kind, 1);
	const char *s = m->slot ? m->slot : own;
	crypto_generichash_update(&h, (const uint8_t *)s, strlen(s));
	crypto_generichash_final(&h, ret, 16);
}

/* The newest of a slot; NULL. */
static struct speak_item *
of_slot(struct speaking *s, const uint8_t slot[16])
{
	for (size_t i = s->n; i-- > 0;)
		if (memcmp(s->item[i].slot, slot, 16) == 0)
			return &s->item[i];
	return NULL;
}

static uint64_t
of_id(const uint8_t *id)
{
	uint64_t v = 0;
	uint8_t h[16];
	if (id)
		crypto_generichash(h, sizeof(h), id, 16, NULL, 0);
	if (id)
		memcpy(&v, h, sizeof(v));
	return v;
}

/* Was that very report laid up? Who reads a log again after a crash of days tells nobody twice. */
static bool
was_laid(const struct speaking *s, const struct speak_mail *m)
{
	uint64_t of = of_id(m->of);
	for (size_t i = 0; of && i < s->n; i++)
		if (s->item[i].of == of && s->item[i].kind == m->kind)
			return true;
	return false;
}

/* Nobody who did not get the mail can name it: 80 bits of a keyed hash. */
static void
name_it(const struct edge *e, struct speak_head *h)
{
	uint8_t what[32], mark[10];
	char hex[2 * sizeof(mark) + 1];
	struct writer w = writer_of(what, sizeof(what));
	w64(&w, h->no);
	w64(&w, (uint64_t)h->at);
	wbytes(&w, h->slot, sizeof(h->slot));
	outcomes_mark(e, what, sizeof(what), mark, sizeof(mark));
	sodium_bin2hex(hex, sizeof(hex), mark, sizeof(mark));
	const char *at = strchr(e->c->conf->mail.from, '@');
	snprintf(h->message_id, sizeof(h->message_id), MAILOUT_ID "%llu.%s@%s", (unsigned long long)h->no, hex,
	    at ? at + 1 : "unset.invalid");
}

/* The oldest that is over goes, so that there is a row. -ENOBUFS: none is. */
static int
make_row(struct edge *e)
{
	struct speaking *s = e->speaking;
	size_t i = 0;
	if (s->n < SPEAK_ROWS)
		return 0;
	while (i < s->n && speak_waits(s->item[i].state))
		i++;
	return i < s->n ? speak_remove(e, &s->item[i]) : -ENOBUFS;
}

static void
copy(char *to, size_t size, const char *from)
{
	claim_clean(from ? from : "", from ? strlen(from) : 0, to, size < 256 ? size : 256);
}

static int
lay(struct edge *e, const struct speak_mail *m, const struct speak_item *old, const uint8_t slot[16],
    uint64_t *no)
{
	struct speaking *s = e->speaking;
	struct speak_head h = { .no = old ? old->no : s->last + 1, .at = e->now, .due = e->now,
		.kind = (uint8_t)m->kind, .state = SPEAK_WAITS, .about = m->about, .case_no = m->case_no,
		.of = of_id(m->of), .gather = m->gather, .subject_addr = m->subject_addr };
	if (m->gather && !m->url)
		h.due = speak_gather_until(e);
	if (!m->to[0] && !m->url)
		h.state = SPEAK_SEEKS;
	memcpy(h.slot, slot, sizeof(h.slot));
	copy(h.to, sizeof(h.to), m->to);
	copy(h.url, sizeof(h.url), m->url);
	copy(h.subject, sizeof(h.subject), m->subject);
	copy(h.in_reply_to, sizeof(h.in_reply_to), m->in_reply_to);
	name_it(e, &h);
	int r = old ? 0 : make_row(e);
	if (r == 0)
		r = speak_put_body(e, h.no, m, &h.bytes);
	if (r == -E2BIG || r == -ENOBUFS)
		return speak_not(e, SPEAK_NO_ROOM);
	if (r == -ENODATA && old) /* its key went in a step that was taken back: see gone() in edge_speak_go.c */
		return lay(e, m, NULL, slot, no);
	if (r == 0)
		r = speak_put_head(e, &h);
	if (r < 0)
		return r;
	speak_see(e, &h);
	s->totals.laid++;
	speak_wake(e);
	if (no)
		*no = h.no;
	return 0;
}

int
speak_lay(struct edge *e, const struct speak_mail *m, uint64_t *no)
{
	struct speaking *s = e->speaking;
	const struct conf *c = e->c->conf;
	uint8_t slot[16];
	if (c->outgoing == OUTGOING_OFF)
		return speak_not(e, SPEAK_NO_OFF);
	speak_fresh(e);
	enum speak_no why = m->to[0] || m->url ? may_write(e, m->to, m->url ? m->url : "") : SPEAK_NO_N;
	if (why < SPEAK_NO_N)
		return speak_not(e, why);
	slot_of(m, slot);
	const struct speak_item *old = of_slot(s, slot);
	if (old && m->every && old->at > e->now - m->every && old->state != SPEAK_DROPPED)
		return speak_not(e, SPEAK_NO_AGAIN);
	if (was_laid(s, m))
		return speak_not(e, SPEAK_NO_AGAIN);
	/* One that may be on its way already is not changed any more. */
	if (old && (!speak_waits(old->state) || old->flying || old->open))
		old = NULL;
	size_t room = most[m->kind] - (m->gather ? most[m->kind] / 4 : 0);
	if ((!old && s->waiting[m->kind] >= room) || s->bytes + m->attached_n > c->intake.disk / ROOM_PART_OUT)
		return speak_not(e, SPEAK_NO_ROOM);
	return lay(e, m, old, slot, no);
}

int
speak_found(struct edge *e, uint64_t no, const char *to, const char *url)
{
	struct speak_head h;
	int r = speak_head(e, no, &h);
	if (r < 0 || h.state != SPEAK_SEEKS)
		return r < 0 ? r : -EALREADY;
	enum speak_no why = to[0] || url[0] ? may_write(e, to, url) : SPEAK_NO_N;
	r = edge_begin(e);
	if (r < 0)
		return r;
	if (why < SPEAK_NO_N || (!to[0] && !url[0])) {
		if (why < SPEAK_NO_N)
			speak_not(e, why);
		snprintf(h.said, sizeof(h.said), "%s", why == SPEAK_NO_DEAD ? "its mailbox is dead"
		    : why == SPEAK_NO_NEVER   ? "never to be written to"
		    : why == SPEAK_NO_ADDRESS ? "no mailbox to write to"
		                              : "nobody is known to send it to");
		copy(h.to, sizeof(h.to), to);
		r = speak_end(e, &h, SPEAK_OLD);
	} else {
		h.state = SPEAK_WAITS;
		if (url[0] || h.due < e->now)
			h.due = e->now;
		copy(h.to, sizeof(h.to), to);
		copy(h.url, sizeof(h.url), url);
		r = speak_put_head(e, &h);
	}
	r = edge_end(e, r);
	if (r < 0)
		return r;
	speak_see(e, &h);
	speak_wake(e);
	return 0;
}

/* --- ends ---------------------------------------------------------------------------------------- */

int
speak_end(struct edge *e, struct speak_head *h, enum speak_state state)
{
	struct speak_totals *t = &e->speaking->totals;
	uint64_t *const count[SPEAK_STATE_N] = { [SPEAK_SENT] = &t->sent, [SPEAK_REFUSED] = &t->refused,
		[SPEAK_OLD] = &t->old, [SPEAK_DOUBT] = &t->doubt, [SPEAK_DROPPED] = &t->dropped };
	h->state = (uint8_t)state;
	h->done = e->now;
	h->bytes = 0;
	int r = speak_take_out(e, h->no, false);
	if (r == 0)
		r = speak_put_head(e, h);
	if (r == 0)
		speak_see(e, h);
	if (r == 0 && count[state])
		++*count[state];
	return r;
}

int
speak_forget(struct edge *e, uint64_t seq, const struct addr *a)
{
	struct speaking *s = e->speaking;
	int r = 0;
	if (!s)
		return 0;
	speak_fresh(e);
	for (size_t i = s->n; r == 0 && i-- > 0;) {
		struct speak_item *x = &s->item[i];
		if ((seq && x->about == seq) || (a && x->subject_addr.fam && addr_eq(a, &x->subject_addr)))
			r = speak_remove(e, x);
	}
	return r;
}

/* --- staff --------------------------------------------------------------------------------------- */

int
speak_drop(struct edge *e, uint64_t no, uid_t uid, const char *text)
{
	struct desk_act a = { .verb = DESK_SPEAK_DROP, .target = no, .uid = uid };
	struct speak_head h;
	int r = speak_head(e, no, &h);
	if (r < 0 || !speak_waits(h.state))
		return r < 0 ? r : -EALREADY;
	snprintf(a.text, sizeof(a.text), "%s", text);
	r = edge_said(e, &a, NULL);
	if (r == 0)
		r = speak_end(e, &h, SPEAK_DROPPED);
	return edge_finish(e, r);
}

/* --- looking ------------------------------------------------------------------------------------- */

uint64_t
speak_next(struct edge *e, uint64_t no)
{
	const struct speaking *s = e->speaking;
	speak_fresh(e);
	size_t i = place(s, no + 1);
	return i < s->n ? s->item[i].no : 0;
}

struct speak_totals
speak_totals(struct edge *e)
{
	struct speaking *s = e->speaking;
	speak_fresh(e);
	struct speak_totals t = s->totals;
	t.waiting = t.dead = 0;
	for (unsigned k = 0; k < SPEAK_KIND_N; k++)
		t.waiting += s->waiting[k];
	t.seeking = s->seeking;
	for (size_t i = 0; i < s->graves; i++)
		t.dead += s->grave[i].until > e->now;
	return t;
}

void
speak_start(struct edge *e)
{
	e->speaking = calloc(1, sizeof(*e->speaking));
	if (!e->speaking)
		fatal_oom();
	e->speaking->stale = true;
	speak_fresh(e);
	if (e->speaking->stale)
		fatal("cannot read the outbox");
	speak_go_start(e);
}
