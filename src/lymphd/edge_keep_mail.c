/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mails whose time is over, by tray, and those of somebody who is to be forgotten: their bytes and who wrote
 * what go, their number, tray and times stay; of those nobody has to look at, nothing does once their time is
 * over. A mail nobody has looked at yet waits for that. It must never strip a mail that a hold in force is
 * about.
 */
#include <errno.h>
#include <string.h>

#include "lymphd/edge_mail.h"
#include "lymphd/edge_shred_own.h"
#include "lymphd/edge_speak.h"
#include "wire/claim.h"

#define LOOK 200 /* mails looked at in a step */

/* Strangers can send as many of these as they like. */
static bool
bulk(enum tray t)
{
	return t == TRAY_BOUNCE || t == TRAY_AUTO || t == TRAY_MARKETING || t == TRAY_UNREADABLE;
}

static msec
time_of(const struct conf *c, enum tray t)
{
	switch (t) {
	case TRAY_SEALED: return c->keep.mails_sealed;
	case TRAY_POLICE: return c->keep.mails_police;
	default: return bulk(t) ? c->keep.mails_bulk : c->keep.mails;
	}
}

/* Who vouches for it is that reporter. */
static bool
by_reporter(const struct keep_set *k, const struct mail_head *h)
{
	struct identity i = { 0 };
	if (k->what != KEEP_REPORTER || !h->identity[0])
		return false;
	memcpy(i.name, h->identity, sizeof(i.name));
	struct key key = identity_key(&i);
	return memcmp(key.b, k->key, KEY_BYTES) == 0;
}

/* The hold that is about it; 0: none. */
static uint64_t
held(struct edge *e, const struct mail_head *h)
{
	struct keep_hold hold;
	uint64_t no = 0;
	size_t it = 0;
	while (keep_hold_next(e, &it, &hold)) {
		if (!keep_hold_lasts(&hold, e->now))
			continue;
		if (by_reporter(&hold.set, h))
			return hold.no;
	}
	for (uint32_t i = 0; i < h->cases && !no; i++)
		no = shred_held(e, NULL, h->case_no[i]);
	return no;
}

bool
keep_mail_held(struct edge *e, uint64_t no)
{
	struct mail_head h;
	return e->keep && e->keep->holds && mails_head(e, no, &h) == 0 && held(e, &h) != 0;
}

static bool
stripped(const struct mail_row *r, const struct mail_head *h)
{
	return !r->size && !h->from[0] && !h->subject[0] && !h->message_id[0] && !h->reply_to[0] && !h->identity[0];
}

struct picked {
	struct one {
		uint64_t no;
		bool drop; /* wholly */
	} v[LOOK];
	size_t n;
	bool end;
	uint64_t at, held;
};

/* Up to LOOK mails behind p->at. job: those of it; NULL: those whose time is over. */
static void
pick(struct edge *e, struct keep_job *job, struct picked *p)
{
	const struct mail_row *r = NULL;
	struct mail_head h;
	int n = 0;
	for (; n < LOOK && (r = mails_next(e, p->at, TRAY_N, MAIL_STATE_N)); n++) {
		p->at = r->no;
		if (!job && (r->state == MAIL_WAITING || r->at > e->now - time_of(e->c->conf, r->tray)))
			continue;
		if (job && r->at > job->said)
			continue; /* it came later, whenever the holds let go */
		bool drop = !job && bulk((enum tray)r->tray);
		int rc = mails_head(e, r->no, &h);
		bool lost = rc == -ENOENT || rc == -EBADMSG; /* half a step: it is to be done again */
		if (lost)
			h = (struct mail_head){ 0 };
		else if (rc < 0 || (!drop && stripped(r, &h)))
			continue;
		bool wants = !job || lost || by_reporter(&job->set, &h);
		for (uint32_t i = 0; !wants && i < h.cases; i++)
			wants = scope_has_case(&job->scope, h.case_no[i]);
		uint64_t hold = wants ? held(e, &h) : 0;
		if (hold && job)
			scope_hold(&job->scope, hold);
		if (hold)
			p->held++;
		else if (wants)
			p->v[p->n++] = (struct one){ r->no, drop };
	}
	p->end = n < LOOK;
}

static int
strip(struct edge *e, const struct picked *p)
{
	int rc = p->n ? edge_begin(e) : 0;
	if (!p->n || rc < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < p->n; i++)
		rc = p->v[i].drop ? mails_drop(e, p->v[i].no) : mails_strip(e, p->v[i].no, true);
	if (rc == 0)
		rc = edge_commit(e);
	mails_settled(e, rc == 0);
	e->keep->changed = true;
	if (rc < 0)
		edge_abort(e);
	else
		e->keep->n.mails += p->n;
	return rc;
}

int
keep_mails(struct edge *e, struct keep_job *job, uint64_t *at, uint64_t *held_n)
{
	struct picked p = { .at = *at };
	if (!e->mails)
		return 0;
	if (job && *at == 0 && job->set.what == KEEP_ADDRESS && !job->again) {
		int r = edge_begin(e);
		if (r == 0)
			r = speak_forget(e, 0, &job->set.addr);
		if (r == 0)
			r = edge_commit(e);
		if (r < 0) {
			edge_abort(e);
			return r;
		}
	}
	pick(e, job, &p);
	int rc = strip(e, &p);
	if (rc < 0)
		return rc;
	*at = p.at;
	*held_n += p.held;
	return !p.end;
}
