/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outbox on its way: what is due goes to role speak, a few at a time, within the limits of an hour; what
 * speak says of it is kept. Before one is handed over the store knows that it will be: after a crash the
 * judge cannot tell whether it left, so it is handed over again, with the same Message-ID, OPEN_MOST times in
 * all. Must never hand over what is not committed, anything unless `outgoing on`, or anything in a panic.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_speak_own.h"
#include "wire/claim.h"

#define WINDOW 4                 /* with role speak at a time */
#define EVERY  MSEC_SECOND
#define FAILED (10 * MSEC_SECOND) /* after a transaction that failed: each has the whole judge built anew */
#define IDLE   MSEC_MINUTE
#define LIFE   (5 * MSEC_DAY)    /* RFC 5321 4.5.4.1: a client gives up after four or five days */
#define KEPT   (7 * MSEC_DAY)    /* what is over is shown for so long */
#define STEP   32                /* rows changed in one transaction */
#define LIMITED (5 * MSEC_MINUTE) /* until one over a limit is looked at again */
#define OPEN_MOST 5              /* times one may be handed over without an answer: rather twice than not */

static msec
back_off(unsigned tries)
{
	static const msec waits[] = { MSEC_MINUTE, 5 * MSEC_MINUTE, 15 * MSEC_MINUTE, MSEC_HOUR, 2 * MSEC_HOUR,
		4 * MSEC_HOUR };
	size_t n = sizeof(waits) / sizeof(waits[0]), i = tries ? tries - 1 : 0;
	return clock_span("LYMPH_SPEAK_MS", waits[i < n ? i : n - 1]);
}

/* --- limits -------------------------------------------------------------------------------------- */

static bool
counts(const struct speak_item *x, msec now)
{
	if (x->lead)
		return false; /* it is the same mail */
	return x->flying || (x->done > now - MSEC_HOUR &&
	    (x->state == SPEAK_SENT || x->state == SPEAK_REFUSED || x->state == SPEAK_DOUBT));
}

static unsigned
in_hour(const struct speaking *s, msec now)
{
	unsigned n = 0;
	for (size_t i = 0; i < s->n; i++)
		n += counts(&s->item[i], now);
	return n;
}

/* Who subscribed asked for all of it; others are not to be flooded. */
static bool
limited(const struct edge *e, const struct speak_item *x)
{
	const struct speaking *s = e->speaking;
	const struct conf *c = e->c->conf;
	unsigned to = 0, domain = 0;
	if (x->kind == SPEAK_FORWARD)
		return false;
	for (size_t i = 0; i < s->n; i++) {
		const struct speak_item *y = &s->item[i];
		if (y->domain != x->domain || !counts(y, e->now))
			continue;
		domain++;
		to += y->to == x->to;
	}
	return to >= c->mail.per_recipient || domain >= c->mail.per_domain;
}

/* --- handing over -------------------------------------------------------------------------------- */

static bool
may_go(struct edge *e)
{
	const struct msg_mode *m = word_mode_now(e);
	return e->c->conf->outgoing == OUTGOING_ON && e->c->peer[ROLE_SPEAK] && m->no && !m->set.panic;
}

/* Would it ride with one of those? */
static bool
taken(struct speaking *s, const struct speak_item *x, const uint64_t *no, size_t n)
{
	for (size_t i = 0; x->gather && i < n; i++) {
		const struct speak_item *y = speak_item(s, no[i]);
		if (y->gather && y->to == x->to)
			return true;
	}
	return false;
}

/* The ones due, at most n of them: their numbers. */
static size_t
pick(struct edge *e, uint64_t *ret, size_t n)
{
	struct speaking *s = e->speaking;
	size_t found = 0, looked = 0, all = in_hour(s, e->now);
	bool relay = e->c->conf->mail.relay[0];
	for (size_t i = 0; i < s->n && found < n && looked < STEP; i++) {
		struct speak_item *x = &s->item[i];
		if (x->state != SPEAK_WAITS || x->flying || x->due > e->now || (!x->post && !relay) ||
		    speak_rides(s, x) || taken(s, x, ret, found))
			continue;
		looked++;
		if (speak_gathers(e, x))
			continue;
		if (all + found >= e->c->conf->mail.per_hour || limited(e, x)) {
			s->totals.limited++;
			x->due = e->now + LIMITED;
			continue;
		}
		x->flying = true; /* counts for the next one */
		ret[found++] = x->no;
	}
	for (size_t i = 0; i < found; i++)
		speak_item(s, ret[i])->flying = false;
	return found;
}

/* 0: it is on its way. */
static int
hand_over(struct edge *e, const struct speak_head *h)
{
	struct speak_body b = { .bytes = NULL };
	struct msg_speak m = { .no = h->no, .post = h->url[0] != '\0' };
	size_t n = 0;
	int fd = -1, r = speak_body(e, h->no, &b);
	if (r < 0)
		return r;
	char *mail = m.post ? NULL : speak_print_all(e, h, &b, &n);
	const void *bytes = m.post ? b.attached : mail;
	if (m.post) {
		n = b.attached_n;
		outcomes_sign(e, bytes, n, m.signature, sizeof(m.signature));
	}
	memcpy(m.to, m.post ? h->url : h->to, sizeof(m.to));
	m.size = (uint32_t)n;
	r = bytes && n ? seal_make("mail", bytes, n, &fd) : -EINVAL;
	if (r == 0)
		r = chan_send(e->c->peer[ROLE_SPEAK], M_SPEAK, &m, NULL, 0, fd);
	if (fd >= 0)
		close(fd);
	free(mail);
	free(b.bytes);
	return r;
}

/* Its content went in a step that was taken back: that step had it over, so it is. */
static void
gone(struct edge *e, struct speak_head *h)
{
	if (edge_begin(e) < 0)
		return;
	snprintf(h->said, sizeof(h->said), "it was over, and that was not kept");
	edge_end(e, speak_end(e, h, SPEAK_DOUBT));
}

/* Says in the store that it is handed over, in the mail of lead (0: its own); its state after that. One that was
 * handed over too often is not any more. */
static int
stage(struct edge *e, uint64_t no, uint64_t lead, struct speak_head *h)
{
	int r = speak_head(e, no, h);
	if (r < 0)
		return r;
	if (h->open >= OPEN_MOST) {
		snprintf(h->said, sizeof(h->said), "handed over %d times, never answered", OPEN_MOST);
		return speak_end(e, h, SPEAK_DOUBT);
	}
	h->lead = lead;
	h->open++;
	h->tries += h->tries < UINT8_MAX;
	r = speak_put_head(e, h);
	if (r == 0)
		speak_see(e, h);
	return r;
}

/* One, and who rides with it. */
static int
stage_all(struct edge *e, uint64_t no, struct speak_head *h)
{
	uint64_t with[SPEAK_JOIN];
	struct speak_head rider;
	size_t n = speak_riders(e, speak_item(e->speaking, no), with);
	int r = stage(e, no, 0, h);
	for (size_t i = 0; r == 0 && h->state == SPEAK_WAITS && i < n; i++) {
		r = stage(e, with[i], no, &rider);
		e->speaking->totals.joined += r == 0;
	}
	return r;
}

/* 0 or negative errno. */
static int
send(struct edge *e)
{
	struct speaking *s = e->speaking;
	uint64_t no[WINDOW];
	struct speak_head h[WINDOW];
	if (!may_go(e) || s->flying >= WINDOW || !chan_may_send(e->c->peer[ROLE_SPEAK], sizeof(struct msg_speak)))
		return 0;
	size_t n = pick(e, no, WINDOW - s->flying);
	if (n == 0)
		return 0;
	int r = edge_begin(e);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = stage_all(e, no[i], &h[i]);
	if ((r = edge_end(e, r)) < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		struct speak_item *x = speak_item(s, no[i]);
		if (!x || h[i].state != SPEAK_WAITS)
			continue;
		r = hand_over(e, &h[i]);
		if (r == 0) {
			x->flying = true;
			s->flying++;
			s->totals.attempts++;
		} else if (r == -EAGAIN || r == -EPIPE) {
			x->due = e->now + EVERY; /* counts as a time: nobody knows how far it came */
		} else if (r == -ENOENT) {
			gone(e, &h[i]);
		} else {
			log_warn("mail %llu cannot be written: %s", (unsigned long long)no[i], strerror(-r));
			x->due = e->now + MSEC_HOUR;
		}
	}
	return 0;
}

/* --- what came of it ----------------------------------------------------------------------------- */

static int
settle(struct edge *e, struct speak_head *h, const struct msg_spoken *m)
{
	h->code = (uint16_t)m->code;
	claim_clean(m->said, strnlen(m->said, sizeof(m->said)), h->said, sizeof(h->said));
	h->due = e->now + back_off(h->tries);
	switch ((enum spoken)m->result) {
	case SPOKEN_SENT: return speak_end(e, h, SPEAK_SENT);
	case SPOKEN_HELD:
		h->tries -= h->tries > 0;
		/* fall through */
	case SPOKEN_LATER:
		h->open -= h->open > 0;
		if (!h->open) /* it surely did not leave: the next time with whom it will be */
			h->lead = 0;
		break;
	case SPOKEN_UNSURE:
		if (h->open >= OPEN_MOST)
			return speak_end(e, h, SPEAK_DOUBT);
		break;
	case SPOKEN_DEAD: {
		int r = h->url[0] || h->lead ? 0 : speak_bury(e, h->to, h->said);
		return r < 0 ? r : speak_end(e, h, SPEAK_REFUSED);
	}
	case SPOKEN_REJECTED: return speak_end(e, h, SPEAK_REFUSED);
	default: break;
	}
	int r = speak_put_head(e, h);
	if (r == 0)
		speak_see(e, h);
	return r;
}

/* The mail, and all reports in it: inside a transaction. */
static int
settle_all(struct edge *e, const struct msg_spoken *m)
{
	uint64_t with[SPEAK_JOIN];
	struct speak_head h;
	size_t n = speak_with(e->speaking, m->no, with);
	int r = speak_head(e, m->no, &h);
	if (r == 0 && h.state == SPEAK_WAITS)
		r = settle(e, &h, m);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = speak_head(e, with[i], &h);
		if (r == 0)
			r = settle(e, &h, m);
	}
	return r;
}

void
speak_spoken(struct edge *e, const struct msg_spoken *m)
{
	struct speaking *s = e->speaking;
	struct speak_item *x;
	edge_now(e);
	speak_fresh(e);
	x = speak_item(s, m->no);
	if (!x || !x->flying || m->result >= SPOKEN_N) {
		e->broken += m->result >= SPOKEN_N;
		return; /* forgotten, or of an earlier life */
	}
	x->flying = false;
	s->flying--;
	int r = edge_begin(e);
	if (r == 0)
		r = settle_all(e, m);
	r = edge_end(e, r);
	if (r < 0)
		log_warn("what came of mail %llu is not kept: %s", (unsigned long long)m->no, strerror(-r));
	speak_wake(e);
}

/* --- time ---------------------------------------------------------------------------------------- */

static bool
is_old(const struct edge *e, const struct speak_item *x)
{
	return !x->flying && (speak_waits(x->state) ? x->at <= e->now - LIFE : x->done <= e->now - KEPT);
}

static int
age(struct edge *e, struct speak_item *x)
{
	struct speak_head h;
	if (!speak_waits(x->state))
		return speak_remove(e, x);
	int r = speak_head(e, x->no, &h);
	if (r < 0)
		return r;
	if (!h.said[0])
		memcpy(h.said, "not sent in five days", sizeof("not sent in five days"));
	return speak_end(e, &h, h.open ? SPEAK_DOUBT : SPEAK_OLD);
}

/* What is over for long, and what waits for too long: a few of them. 0 or negative errno. */
static int
tidy(struct edge *e)
{
	struct speaking *s = e->speaking;
	uint64_t no[STEP];
	size_t n = 0;
	for (size_t i = 0; i < s->n && n < STEP; i++)
		if (is_old(e, &s->item[i]))
			no[n++] = s->item[i].no;
	bool graves = speak_graves_old(e);
	if (!n && !graves && !s->losts)
		return 0;
	int r = edge_begin(e);
	for (size_t i = 0; r == 0 && i < s->losts; i++)
		r = speak_take_out(e, s->lost[i], true);
	s->stale |= s->losts == SPEAK_LOSTS; /* there may be more */
	s->losts = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = age(e, speak_item(s, no[i]));
	if (r == 0 && graves)
		r = speak_graves_tidy(e);
	return edge_end(e, r);
}

static void
on_timer(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	struct speaking *s = e->speaking;
	size_t waiting = 0;
	(void)fd, (void)ready;
	edge_now(e);
	speak_fresh(e);
	int r = s->stale ? -EAGAIN : tidy(e);
	if (r == 0)
		r = send(e);
	for (unsigned k = 0; k < SPEAK_KIND_N; k++)
		waiting += s->waiting[k];
	loop_timer_in(s->timer, r < 0 ? FAILED : waiting && may_go(e) ? EVERY : IDLE);
}

void
speak_wake(struct edge *e)
{
	if (e->speaking->timer)
		loop_timer_in(e->speaking->timer, 0);
}

void
speak_up(struct edge *e)
{
	speak_wake(e);
}

void
speak_room(struct edge *e)
{
	speak_wake(e);
}

void
speak_down(struct edge *e)
{
	struct speaking *s = e->speaking;
	for (size_t i = 0; i < s->n; i++)
		if (s->item[i].flying) {
			s->item[i].flying = false;
			s->item[i].due = e->now + back_off(1);
		}
	s->flying = 0;
}

void
speak_go_start(struct edge *e)
{
	e->speaking->timer = loop_timer(e->c->loop, on_timer, e);
	loop_timer_in(e->speaking->timer, EVERY);
}
