/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Outcomes by mail: who asked for them in a signed report (lymph.reply_to), or wrote a mail that somebody
 * vouches for, and is proven when he does is remembered; when his report's word changes, what is to be sent
 * is made, signed, and laid up in the outbox (edge_speak.h). Must never lay up a word that GET would not have
 * told the same reporter, nor write to anybody at a stranger's word: an unproven reporter could name any
 * address.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"
#include "judge/outcome_word.h"
#include "lymphd/edge.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_whose.h"
#include "lymphd/edge_speak.h"
#include "wire/problem.h"
#include "wire/uuid.h"

#define EVERY (10 * MSEC_SECOND)
#define STEP  64 /* laid up in one transaction */

struct wish {
	uint64_t seq;
	struct outcome_ask ask;
	uint8_t id[16], word; /* word: told last */
	char to[XARF_REPLY], mail[REPLY_MAIL]; /* mail: Message-ID of the mail it came in; "" none */
};

struct replies {
	struct wish wish[REPLY_WISHES];
	size_t n;
	bool stale;           /* memory may be ahead of the store: read again */
	uint64_t orphan[STEP]; /* wishes about facts that were forgotten */
	size_t orphans;
	struct reply_totals totals;
	struct loop_event *timer;
};

static msec
look_after(void)
{
	return clock_span("LYMPH_REPLY_MS", EVERY);
}

/* What GET would tell now. */
static struct outcome_told
told(struct edge *e, const struct wish *w)
{
	struct outcome_told t;
	outcome_tell(e->judge, &w->ask, e->now, &t);
	if (t.word == WORD_WRONG_NETWORK && !t.coarse)
		whose_instead(e, &w->ask.subject, t.responsible, sizeof(t.responsible));
	return t;
}

static struct wish
wish_of(uint64_t seq, uint64_t case_no, const struct fact *f)
{
	const struct report *p = &f->report;
	struct wish w = { .seq = seq, .ask = { .key = p->key, .cls = p->cls, .subject = p->subject,
		.port = p->port, .case_no = case_no, .arrived = f->at } };
	memcpy(w.id, p->id, sizeof(w.id));
	return w;
}

/* A byte, whom to write to, and behind a line's end the mail it answers. */
static int
shelve(struct edge *e, const struct wish *w)
{
	struct shelf_no name = shelf_no(w->seq);
	char blob[1 + XARF_REPLY + 1 + REPLY_MAIL];
	int n = snprintf(blob, sizeof(blob), "%c%s%s%s", 'w', w->to, w->mail[0] ? "\n" : "", w->mail);
	blob[0] = (char)w->word;
	return store_shelve(e->store, SHELF_WISH, name.b, sizeof(name.b), blob, (size_t)n);
}

int
reply_wish(struct edge *e, uint64_t seq, uint64_t case_no, const struct fact *f, const char *to, const char *mail)
{
	struct replies *m = e->replies;
	struct wish w = wish_of(seq, case_no, f);
	if (!m || e->c->conf->outgoing == OUTGOING_OFF || key_is_zero(&f->report.key) || told(e, &w).coarse)
		return 0;
	if (m->n == REPLY_WISHES) {
		m->totals.full++;
		return 0;
	}
	w.word = WORD_ACCEPTED;
	memcpy(w.to, to, strlen(to) + 1);
	memcpy(w.mail, mail, strlen(mail) + 1);
	int r = shelve(e, &w);
	if (r == 0)
		m->wish[m->n++] = w;
	return r;
}

/* For people; the document says it for machines. */
static const char *
sentence(enum outcome_word w)
{
	static const char *const said[WORD_N] = {
		[WORD_RECEIVED] = "It was received.",
		[WORD_ACCEPTED] = "It is part of a case we work on.",
		[WORD_VERIFIED] = "We have seen it ourselves.",
		[WORD_NOT_REPRODUCED] = "We looked, and could not see what you reported.",
		[WORD_WRONG_NETWORK] = "The address is not, or no longer, in the networks served here.",
		[WORD_FIXED] = "It was so, and is not any more.",
		[WORD_CLOSED] = "It is closed.",
	};
	return said[(unsigned)w < WORD_N ? w : WORD_CLOSED];
}

/* As speak_lay. */
static int
lay_up(struct edge *e, const struct wish *w, const struct outcome_told *t)
{
	char doc[1024], sig[1024], uuid[UUID_TEXT], addr[ADDR_TEXT], subject[160], slot[32], text[2560];
	outcomes_text(e, w->seq, w->id, t, doc, sig);
	snprintf(slot, sizeof(slot), "fact %llu", (unsigned long long)w->seq);
	snprintf(subject, sizeof(subject), "Outcome of your report about %s: %s", addr_print(&w->ask.subject, addr),
	    outcome_word_name(t->word));
	snprintf(text, sizeof(text),
	    "Your report %s about %s:\n\n%s\n\nThe same for machines is attached. It is signed by %s\n(SSHSIG, "
	    "namespace " OUTCOME_NAMESPACE "; the key: GET /v1/key):\n\n%s\n\nThis is sent because you asked for "
	    "it. No answer is expected.\n",
	    uuid_print(w->id, uuid), addr, sentence(t->word), e->c->conf->name, sig);
	struct speak_mail m = { .kind = SPEAK_OUTCOME, .about = w->seq, .case_no = w->ask.case_no, .to = w->to,
		.subject_addr = w->ask.subject, .subject = subject, .text = text, .attached = doc,
		.attached_n = strlen(doc), .slot = slot, .in_reply_to = w->mail[0] ? w->mail : NULL };
	int r = speak_lay(e, &m, NULL);
	e->replies->totals.laid += r == 0;
	return r;
}

static bool
is_last(enum outcome_word w)
{
	return w == WORD_FIXED || w == WORD_CLOSED || w == WORD_WRONG_NETWORK || w == WORD_NOT_REPRODUCED;
}

static void
drop(struct replies *m, size_t i)
{
	m->n--;
	memmove(&m->wish[i], &m->wish[i + 1], (m->n - i) * sizeof(m->wish[0]));
}

static int
tell(struct edge *e, size_t i, const struct outcome_told *t)
{
	struct replies *m = e->replies;
	struct wish *w = &m->wish[i];
	struct shelf_no name = shelf_no(w->seq);
	int r = lay_up(e, w, t);
	if (r < 0 || r == 1 + SPEAK_NO_ROOM)
		return r < 0 ? r : 0; /* when there is room */
	w->word = (uint8_t)t->word;
	if (!is_last(t->word))
		return shelve(e, w);
	r = store_shelve(e->store, SHELF_WISH, name.b, sizeof(name.b), NULL, 0);
	drop(m, i);
	return r;
}

static int
see_wish(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	struct edge *e = arg;
	struct replies *m = e->replies;
	struct fact f;
	uint64_t seq, case_no;
	if (!n) { /* the key of the report's body is gone, and with it who asked */
		if (shelf_no_of(name, name_n, &seq) && m->orphans < STEP)
			m->orphan[m->orphans++] = seq;
		return 0;
	}
	const char *to = (const char *)blob + 1, *end = memchr(to, '\n', n - 1);
	size_t to_n = end ? (size_t)(end - to) : n - 1, mail_n = end ? n - 2 - to_n : 0;
	if (!shelf_no_of(name, name_n, &seq) || n < 2 || to_n >= XARF_REPLY || mail_n >= REPLY_MAIL ||
	    m->n == REPLY_WISHES)
		return 0;
	int rc = outcomes_report(e, seq, &f, &case_no);
	if (rc == -ENOENT && m->orphans < STEP)
		m->orphan[m->orphans++] = seq; /* forgotten meanwhile */
	if (rc < 0)
		return 0;
	struct wish w = wish_of(seq, case_no, &f);
	w.word = *(const uint8_t *)blob;
	memcpy(w.to, to, to_n);
	if (end)
		memcpy(w.mail, end + 1, mail_n);
	m->wish[m->n++] = w;
	return 0;
}

/* All of it, whatever is in memory. */
static int
take_out(struct edge *e, uint64_t seq)
{
	struct shelf_no name = shelf_no(seq);
	int r = store_shelve(e->store, SHELF_WISH, name.b, sizeof(name.b), NULL, 0);
	return r < 0 ? r : speak_forget(e, seq, NULL);
}

/* What a forgetting left behind that was cut short, and wishes nobody can read any more. */
static void
drop_orphans(struct edge *e)
{
	struct replies *m = e->replies;
	size_t n = m->orphans;
	int r = n ? edge_begin(e) : 0;
	if (!n || r < 0)
		return;
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct shelf_no name = shelf_no(m->orphan[i]);
		struct fact f;
		uint64_t case_no;
		r = outcomes_report(e, m->orphan[i], &f, &case_no);
		if (r == 0) /* only its body's time is over */
			r = store_shelve(e->store, SHELF_WISH, name.b, sizeof(name.b), NULL, 0);
		else if (r == -ENOENT)
			r = take_out(e, m->orphan[i]);
	}
	if (edge_end(e, r) < 0 || n == STEP)
		m->stale = true;
}

static void
read_again(struct edge *e)
{
	struct replies *m = e->replies;
	m->n = m->orphans = 0;
	m->stale = store_each_shelved(e->store, SHELF_WISH, see_wish, e) < 0;
	drop_orphans(e);
}

static void
on_timer(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	struct replies *m = e->replies;
	unsigned n = 0;
	int r = 0;
	(void)fd, (void)ready;
	loop_timer_in(m->timer, look_after());
	if (m->stale)
		read_again(e);
	if (m->stale || e->c->conf->outgoing == OUTGOING_OFF)
		return;
	edge_now(e);
	for (size_t i = m->n; r == 0 && i-- > 0 && n < STEP;) {
		struct outcome_told t = told(e, &m->wish[i]);
		if (t.coarse || t.word <= WORD_ACCEPTED || t.word == m->wish[i].word)
			continue;
		r = n++ ? 0 : edge_begin(e);
		if (r == 0)
			r = tell(e, i, &t);
	}
	if (n)
		edge_end(e, r);
}

int
reply_forget(struct edge *e, uint64_t seq)
{
	struct replies *m = e->replies;
	size_t i = 0;
	while (m && i < m->n && m->wish[i].seq != seq)
		i++;
	if (m && i < m->n)
		drop(m, i);
	return take_out(e, seq);
}

void
reply_stale(struct edge *e)
{
	if (e->replies)
		e->replies->stale = true;
}

static int
see_first(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	(void)blob, (void)n;
	if (name_n == 8)
		memcpy(arg, name, 8);
	return 1;
}

/* What an earlier version laid up and never sent is long out of date. */
static void
drop_old(struct edge *e)
{
	uint8_t first[8];
	int r = 0;
	while (r == 0 && store_each_shelved(e->store, SHELF_OUTGOING, see_first, first) == 1) {
		r = edge_begin(e);
		if (r == 0)
			r = edge_end(e, store_shelve(e->store, SHELF_OUTGOING, first, sizeof(first), NULL, 0));
	}
	if (r < 0)
		fatal("cannot take out what was laid up before: %s", strerror(-r));
}

void
reply_start(struct edge *e)
{
	drop_old(e);
	e->replies = calloc(1, sizeof(*e->replies));
	if (!e->replies)
		fatal_oom();
	read_again(e);
	e->replies->timer = loop_timer(e->c->loop, on_timer, e);
	loop_timer_in(e->replies->timer, look_after());
}

struct reply_totals
reply_totals(const struct edge *e)
{
	struct reply_totals t = e->replies->totals;
	t.wishes = e->replies->n;
	return t;
}
