/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps the mails of the abuse desk, see edge_mail.h. hear-mail is treated as captured: every enum, length
 * and text is checked, the digest is made anew. It must never say that a mail is kept before it is
 * committed, keep one twice, nor let those of strangers take more than their tenth of the room.
 */
#include "lymphd/edge_mail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_keep.h"
#include "lymphd/edge_mail_own.h"
#include "lymphd/edge_speak.h"
#include "model/identity.h"
#include "wire/claim.h"

#define MAIL_MOST  (32u << 20)
#define STRIP_MOST 64  /* given up for one that comes */
#define ROW        1024 /* about what a mail takes beside its bytes: what is known of it, its digest */
#define LAST       "mails" /* the highest number there ever was: rows go, numbers do not come again */

struct mails {
	struct mail_row *row;  /* by number */
	size_t n, room;
	uint64_t last, bytes, unvouched;
	struct {
		uint64_t waiting, all;
		size_t first;      /* no one before it waits */
	} tray[TRAY_N];
	struct mail_row *staged; /* changed in the open transaction */
	size_t staged_n, staged_room;
	size_t strip_at;       /* where the next look for what may be given up begins */
	size_t gone;           /* rows to be taken out of memory */
	struct mails_count count;
};

/* --- in memory ----------------------------------------------------------------------------------- */

static struct mail_row *
find(const struct mails *m, uint64_t no)
{
	size_t lo = 0, hi = m->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (m->row[mid].no < no)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < m->n && m->row[lo].no == no ? &m->row[lo] : NULL;
}

static void
sum(struct mails *m, const struct mail_row *r, int by)
{
	uint64_t whole = (uint64_t)r->size + ROW, one = by < 0 ? UINT64_MAX : 1, size = by < 0 ? 0 - whole : whole;
	m->tray[r->tray].all += one;
	m->tray[r->tray].waiting += r->state == MAIL_WAITING ? one : 0;
	m->bytes += size;
	m->unvouched += r->vouched ? 0 : size;
}

/* One that is committed: new, changed, or gone. */
static void
set(struct mails *m, const struct mail_row *r)
{
	struct mail_row *old = find(m, r->no);
	if (r->gone) {
		sum(m, old, -1);
		old->gone = true;
		m->gone++;
		return;
	}
	if (!old) {
		if (m->n == m->room) {
			m->room = m->room ? 2 * m->room : 1024;
			m->row = reallocarray(m->row, m->room, sizeof(*m->row));
			if (!m->row)
				fatal_oom();
		}
		old = &m->row[m->n++];
	} else {
		sum(m, old, -1);
	}
	*old = *r;
	sum(m, r, 1);
	size_t at = (size_t)(old - m->row);
	if (r->state == MAIL_WAITING && at < m->tray[r->tray].first)
		m->tray[r->tray].first = at;
	if (r->no > m->last)
		m->last = r->no;
}

/* Changed in memory, too, once it is committed. */
static int
stage_row(struct edge *e, const struct mail_row *r)
{
	struct mails *m = e->mails;
	if (m->staged_n == m->staged_room) {
		m->staged_room = m->staged_room ? 2 * m->staged_room : 16;
		m->staged = reallocarray(m->staged, m->staged_room, sizeof(*m->staged));
		if (!m->staged)
			fatal_oom();
	}
	m->staged[m->staged_n++] = *r;
	return 0;
}

static int
stage(struct edge *e, const struct mail_row *r)
{
	int rc = mail_put_row(e, r);
	return rc < 0 ? rc : stage_row(e, r);
}

/* Closes the gaps. */
static void
compact(struct mails *m)
{
	size_t n = 0, at = 0;
	for (size_t i = 0; m->gone && i < m->n; i++) {
		if (m->row[i].gone)
			continue;
		at += i < m->strip_at;
		m->row[n++] = m->row[i];
	}
	if (!m->gone)
		return;
	m->n = n;
	m->strip_at = at;
	m->gone = 0;
	for (int t = 0; t < TRAY_N; t++)
		m->tray[t].first = 0;
}

void
mails_settled(struct edge *e, bool committed)
{
	struct mails *m = e->mails;
	for (size_t i = 0; committed && i < m->staged_n; i++)
		set(m, &m->staged[i]);
	m->staged_n = 0;
	compact(m);
}

/* Ends the open transaction. */
static int
end(struct edge *e, int rc)
{
	rc = edge_end(e, rc);
	mails_settled(e, rc == 0);
	edge_settled(e);
	return rc;
}

const struct mail_row *
mails_row(const struct edge *e, uint64_t no)
{
	return find(e->mails, no);
}

const struct mail_row *
mails_next(const struct edge *e, uint64_t no, enum tray t, enum mail_state s)
{
	const struct mails *m = e->mails;
	const struct mail_row *r = no ? find(m, no) : NULL;
	size_t i = r ? (size_t)(r - m->row) + 1 : 0;
	while (no && !r && i < m->n && m->row[i].no <= no)
		i++;
	if (t < TRAY_N && s == MAIL_WAITING && i < m->tray[t].first)
		i = m->tray[t].first;
	for (; i < m->n; i++)
		if ((t == TRAY_N || m->row[i].tray == t) && (s == MAIL_STATE_N || m->row[i].state == s))
			return &m->row[i];
	return NULL;
}

struct mail_tray_sum
mails_tray(const struct edge *e, enum tray t, msec now)
{
	struct mails *m = e->mails;
	struct mail_tray_sum s = { .waiting = m->tray[t].waiting, .all = m->tray[t].all };
	const struct mail_row *r = s.waiting ? mails_next(e, 0, t, MAIL_WAITING) : NULL;
	m->tray[t].first = r ? (size_t)(r - m->row) : m->n;
	msec age = tray_row(t)->age;
	s.oldest = r ? r->at : 0;
	s.late = r && age && now - r->at > age;
	return s;
}

void
mails_used(const struct edge *e, uint64_t *ret_all, uint64_t *ret_unvouched)
{
	*ret_all = e->mails->bytes;
	*ret_unvouched = e->mails->unvouched;
}

const struct mails_count *
mails_counted(const struct edge *e)
{
	return &e->mails->count;
}

/* --- room ---------------------------------------------------------------------------------------- */

int
mails_strip(struct edge *e, uint64_t no, bool texts)
{
	struct mails *m = e->mails;
	struct shelf_no name = shelf_no(no);
	const struct mail_row *old = find(m, no);
	struct mail_head h;
	if (!old)
		return -ENOENT;
	struct mail_row r = *old;
	r.size = 0;
	int rc = store_shelve(e->store, SHELF_MAIL_BODY, name.b, sizeof(name.b), NULL, 0);
	if (rc == 0 && texts)
		rc = mails_head(e, no, &h);
	if (rc == -ENOENT || rc == -EBADMSG) { /* its key went before, in a step that was not committed */
		h = (struct mail_head){ 0 };
		rc = 0;
	}
	if (rc == 0 && texts) {
		h.identity[0] = h.from[0] = h.subject[0] = h.message_id[0] = h.reply_to[0] = '\0';
		rc = mail_put_head(e, no, &h, true);
	}
	return rc == 0 ? stage(e, &r) : rc;
}

int
mails_drop(struct edge *e, uint64_t no)
{
	static const int shelves[] = { SHELF_MAIL, SHELF_MAIL_HEAD, SHELF_MAIL_BODY };
	struct shelf_no name = shelf_no(no);
	const struct mail_row *old = find(e->mails, no);
	struct mail_head h;
	if (!old)
		return -ENOENT;
	struct mail_row r = *old;
	r.gone = true;
	int rc = mails_head(e, no, &h);
	if (rc == 0)
		rc = store_shelve(e->store, SHELF_MAIL_DIGEST, h.digest, sizeof(h.digest), NULL, 0);
	else if (rc == -ENOENT || rc == -EBADMSG)
		rc = 0; /* as above: nobody can say what it was */
	for (int i = 0; rc == 0 && i < 3; i++)
		rc = store_shelve(e->store, shelves[i], name.b, sizeof(name.b), NULL, 0);
	if (rc == 0)
		rc = store_number_set(e->store, LAST, e->mails->last);
	return rc == 0 ? stage_row(e, &r) : rc;
}

static bool
fits(const struct edge *e, uint32_t size, bool vouched)
{
	const struct mails *m = e->mails;
	uint64_t disk = e->c->conf->intake.disk;
	uint64_t reports = room_state(e).used; /* of the unsigned; one tenth for both */
	uint64_t more = (uint64_t)size + ROW;
	return m->bytes + reports + more <= disk &&
	    (vouched || m->unvouched + reports + more <= disk / ROOM_PART);
}

/* Gives up mails nobody has to look at, oldest first: bounces, advertisements. First their bytes; where these
 * are gone already, what is known of them. Where only the share of strangers is full, theirs. */
static void
make_room(struct edge *e, uint32_t size, bool vouched)
{
	struct mails *m = e->mails;
	bool share = !vouched && fits(e, size, true);
	uint64_t freed = 0, want = 4 * ((uint64_t)size + ROW), stripped = 0;
	unsigned n = 0;
	int rc = 0;
	if (fits(e, size, vouched))
		return;
	for (size_t i = 0; i < m->n && rc == 0 && n < STRIP_MOST && freed < want; i++, m->strip_at++) {
		m->strip_at = m->strip_at < m->n ? m->strip_at : 0;
		const struct mail_row *r = &m->row[m->strip_at];
		if ((share && r->vouched) || tray_row((enum tray)r->tray)->age || r->tray == TRAY_CASE ||
		    r->tray == TRAY_SEALED || keep_mail_held(e, r->no))
			continue;
		if (n++ == 0 && (rc = edge_begin(e)) < 0)
			return;
		freed += r->size ? r->size : ROW;
		stripped += r->size != 0;
		rc = r->size ? mails_strip(e, r->no, false) : mails_drop(e, r->no);
	}
	if (n && end(e, rc) == 0)
		m->count.stripped += stripped;
}

/* --- taking -------------------------------------------------------------------------------------- */

static bool
text_sane(const char *s, size_t room)
{
	return memchr(s, '\0', room) != NULL;
}

static bool
mail_sane(const struct edge *e, const struct msg_mail *m)
{
	struct identity i = { 0 };
	if (m->tray >= TRAY_N || m->size > MAIL_MOST || m->cases > MAIL_CASES || m->may_answer > 1 ||
	    m->unverified > 1 || !text_sane(m->identity, NAME_TEXT) || !text_sane(m->rule, MAIL_FIELD) ||
	    !text_sane(m->from, MAIL_FIELD) || !text_sane(m->subject, MAIL_FIELD) ||
	    !text_sane(m->message_id, MAIL_FIELD) || !text_sane(m->reply_to, MAIL_FIELD) ||
	    !text_sane(m->bounced_id, MAIL_FIELD) || !text_sane(m->bounced, MAIL_FIELD) ||
	    !text_sane(m->bounced_status, sizeof(m->bounced_status)))
		return false;
	memcpy(i.name, m->identity, strlen(m->identity));
	enum identity_kind kind = identity_kind(&i);
	if (kind == IDENTITY_PGP)
		return vouch_good(outcomes_vouch(e), ROLE_HEAR_MAIL, i.name, NULL, clock_real(), m->vouch);
	return !i.name[0] || kind != IDENTITY_NONE;
}

/* Was it here before? 0 and its number, or -ENOENT. */
int
mail_known(struct edge *e, const uint8_t digest[32], uint64_t *ret_no)
{
	void *p;
	size_t n;
	int rc = store_shelved(e->store, SHELF_MAIL_DIGEST, digest, 32, &p, &n);
	if (rc < 0)
		return rc;
	uint64_t v = 0;
	for (size_t i = 0; i < n && i < 8; i++)
		v = v << 8 | ((uint8_t *)p)[i];
	free(p);
	*ret_no = v;
	return 0;
}

static int
keep(struct edge *e, const struct msg_mail *m, bool vouched, struct mail_bytes *bytes, uint64_t *no)
{
	struct mail_row r = { .no = e->mails->last + 1, .size = m->size, .tray = (uint8_t)m->tray,
		.vouched = vouched };
	struct mail_head h = { .date = m->date, .arrived = m->arrived, .claims = m->claims,
		.elsewhere = m->elsewhere, .cases = m->cases, .bytes = m->size, .may_answer = m->may_answer,
		.unverified = m->unverified };
	struct shelf_no name = shelf_no(r.no);
	/* What nobody needs to look at is done when it comes. */
	r.state = tray_row((enum tray)m->tray)->age ? MAIL_WAITING : MAIL_DONE;
	r.at = edge_now(e);
	memcpy(h.case_no, m->case_no, sizeof(h.case_no));
	memcpy(h.digest, m->digest, sizeof(h.digest));
	memcpy(h.identity, m->identity, sizeof(h.identity));
	memcpy(h.rule, m->rule, sizeof(h.rule));
	memcpy(h.from, m->from, sizeof(h.from));
	memcpy(h.subject, m->subject, sizeof(h.subject));
	memcpy(h.message_id, m->message_id, sizeof(h.message_id));
	memcpy(h.reply_to, m->reply_to, sizeof(h.reply_to));
	int rc = edge_begin(e);
	if (rc < 0)
		return rc;
	rc = store_shelve(e->store, SHELF_MAIL_DIGEST, m->digest, 32, name.b, sizeof(name.b));
	if (rc == 0)
		rc = mail_put_head(e, r.no, &h, false);
	if (rc == 0)
		rc = mail_shelve(e, &name, m->digest, bytes);
	if (rc == 0)
		rc = stage(e, &r);
	rc = end(e, rc);
	if (rc == 0)
		*no = r.no;
	return rc;
}

static bool
is_vouched(const struct edge *e, const struct msg_mail *m)
{
	struct identity i = { 0 };
	memcpy(i.name, m->identity, strlen(m->identity));
	struct key key = identity_key(&i);
	return i.name[0] && !room_stranger(e, &i, &key);
}

/* ANSWER_N: it is not what it says. */
static enum answer
take(struct edge *e, const struct msg_mail *m, struct mail_bytes *bytes, uint64_t *no)
{
	struct mails_count *c = &e->mails->count;
	int rc = mail_known(e, m->digest, no);
	if (rc == 0) {
		c->same++;
		return ANSWER_SAME;
	}
	if (rc == -ENOENT && !edge_tight(e)) {
		bool vouched = is_vouched(e, m);
		make_room(e, m->size, vouched);
		rc = fits(e, m->size, vouched) ? keep(e, m, vouched, bytes, no) : -ENOSPC;
	}
	if (rc == 0) {
		c->taken++;
		return ANSWER_ACCEPTED;
	}
	if (rc == -EBADMSG)
		return ANSWER_N;
	static struct log_limit limit;
	unsigned held;
	if (log_may(&limit, &held))
		log_warn("a mail is not kept: %s (%u more)",
		    rc == -ENOSPC || rc == -ENOENT ? "no room for it" : strerror(-rc), held);
	c->full++;
	return ANSWER_FULL;
}

void
mails_take(struct edge *e, struct chan_msg *msg)
{
	const struct msg_mail *m = msg->body;
	struct chan *to = e->c->peer[ROLE_HEAR_MAIL];
	struct msg_mail_answer a = { .ticket = m->ticket, .answer = ANSWER_FULL };
	struct mail_bytes b = { .p = msg->tail, .fd = msg->fd, .n = msg->tail_len };
	bool good = mail_sane(e, m);
	if (good && msg->fd >= 0)
		good = b.n == 0 && seal_size(msg->fd, MAIL_MOST, &b.n) == 0 && b.n > 0;
	if (good && b.n == m->size)
		a.answer = take(e, m, &b, &a.no);
	good = good && b.n == m->size && a.answer != ANSWER_N;
	/* When it comes again, too: we may have died between the two transactions. */
	bool kept = good && (a.answer == ANSWER_ACCEPTED || a.answer == ANSWER_SAME);
	if (kept && m->tray == TRAY_BOUNCE && m->bounced_id[0])
		speak_bounced(e, m->bounced, m->bounced_id, m->bounced_status);
	if (msg->fd >= 0)
		close(msg->fd);
	if (!good) {
		static struct log_limit limit;
		unsigned held;
		e->broken++;
		if (log_may(&limit, &held))
			log_warn("a mail from hear-mail is not what it says; dropped (%u more)", held);
	}
	if (!to)
		return;
	if (good)
		chan_send(to, M_MAIL_ANSWER, &a, NULL, 0, -1);
	chan_grant(to, 1, (uint32_t)(sizeof(*m) + msg->tail_len));
}

/* --- staff --------------------------------------------------------------------------------------- */

int
mails_act(struct edge *e, uint64_t no, enum desk_verb verb, enum tray to, uid_t uid, const char *text)
{
	const struct mail_row *old = mails_row(e, no);
	struct desk_act a = { .verb = (uint8_t)verb, .target = no, .uid = uid };
	struct mail_head h;
	if (!old)
		return -ENOENT;
	struct mail_row r = *old;
	if (verb == DESK_MAIL_TO) {
		snprintf(a.name, sizeof(a.name), "%s", tray_row(to)->name);
		r.tray = (uint8_t)to;
		r.state = tray_row(to)->age ? MAIL_WAITING : MAIL_DONE;
	}
	if (verb == DESK_MAIL_DONE || verb == DESK_MAIL_HAND_ON)
		r.state = MAIL_DONE;
	snprintf(a.text, sizeof(a.text), "%s", text);
	int rc = mails_head(e, no, &h);
	if (rc < 0)
		return rc;
	rc = edge_said(e, &a, &h.changed);
	h.uid = uid;
	h.handed_on |= verb == DESK_MAIL_HAND_ON;
	if (rc == 0 && verb != DESK_MAIL_READ)
		rc = mail_put_head(e, no, &h, false);
	if (rc == 0 && verb != DESK_MAIL_READ)
		rc = stage(e, &r);
	return end(e, rc);
}

static int
see(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	struct mail_row r;
	int rc = mail_get_row(name, name_n, blob, n, &r);
	if (rc == 0)
		set(arg, &r);
	return rc;
}

void
mails_start(struct edge *e)
{
	e->mails = calloc(1, sizeof(*e->mails));
	if (!e->mails)
		fatal_oom();
	uint64_t last = 0;
	int rc = store_each_shelved(e->store, SHELF_MAIL, see, e->mails);
	if (rc == 0)
		rc = store_number(e->store, LAST, &last);
	if (last > e->mails->last)
		e->mails->last = last;
	if (rc < 0)
		fatal("cannot read the mails that are kept: %s", strerror(-rc));
}
