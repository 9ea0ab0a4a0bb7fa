/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key store, see edge_pgp.h: small lists in memory, everything on shelves of the store. A machine
 * key stands as its signer does for as long as the statement says, then as any unknown key. Must never
 * parse a key or a signature: what role verify says is believed, and it alone is asked.
 */
#include "lymphd/edge_pgp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "wire/claim.h"
#include "wire/sshsig.h"
#include "wire/statement.h"

#define ASKED   48                   /* questions to verify at a time */
#define REPLAY  (4 * MSEC_DAY)       /* how long a statement's time is kept beyond its end: twice what a
                                        signature may be old or young */
#define FPR     40
#define TIDY    MSEC_HOUR            /* at most, between two looks for what ran out */

struct enrolled {
	char fpr[FPR + 1];
	struct key key;
	unsigned n;
	uint8_t id[PGP_SUBS][PGP_ID];
};

struct admitted {
	struct key key;
	char fpr[FPR + 1];
	msec when, until; /* the statement's time; when the key stops to count */
	bool over;
};

struct asked {
	uint64_t no; /* 0: free */
	keys_cb *cb;
	void *arg;
	struct msg_statement statement; /* when cb is the statement's */
	uint8_t bytes[STATEMENT_MAX];   /* of one with a detached signature */
};

struct keys {
	struct enrolled *enrolled;
	size_t enrolled_n, enrolled_room;
	struct admitted *admitted;
	size_t admitted_n, admitted_room;
	struct asked asked[ASKED];
	uint64_t no, hear_era;
	struct loop_event *timer;
};

static void
room_for_one(void **v, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return;
	*room = *room ? 2 * *room : 64;
	*v = realloc(*v, *room * size);
	if (!*v)
		fatal_oom();
}

static struct key
key_of(const char *fpr)
{
	struct identity i = { 0 };
	struct key none = { 0 };
	return identity_make(IDENTITY_PGP, fpr, &i) ? identity_key(&i) : none;
}

static struct enrolled *
by_id(const struct keys *k, const uint8_t id[PGP_ID])
{
	for (size_t i = 0; i < k->enrolled_n; i++)
		for (unsigned j = 0; j < k->enrolled[i].n; j++)
			if (memcmp(k->enrolled[i].id[j], id, PGP_ID) == 0)
				return &k->enrolled[i];
	return NULL;
}

static struct enrolled *
by_fpr(const struct keys *k, const char *fpr)
{
	for (size_t i = 0; i < k->enrolled_n; i++)
		if (strcmp(k->enrolled[i].fpr, fpr) == 0)
			return &k->enrolled[i];
	return NULL;
}

static struct enrolled *
by_key(const struct keys *k, const struct key *key)
{
	for (size_t i = 0; i < k->enrolled_n; i++)
		if (key_cmp(&k->enrolled[i].key, key) == 0)
			return &k->enrolled[i];
	return NULL;
}

static struct admitted *
admitted_of(const struct keys *k, const struct key *key)
{
	for (size_t i = 0; i < k->admitted_n; i++)
		if (key_cmp(&k->admitted[i].key, key) == 0)
			return &k->admitted[i];
	return NULL;
}

const char *
keys_fingerprint(const struct edge *e, const struct key *key)
{
	const struct enrolled *p = by_key(e->keys, key);
	return p ? p->fpr : NULL;
}

bool
keys_admitted(const struct edge *e, const struct key *key, struct key *by, msec *until)
{
	const struct admitted *a = admitted_of(e->keys, key);
	if (!a || a->over)
		return false;
	*by = key_of(a->fpr);
	*until = a->until;
	return true;
}

/* Shelves. */

static int
see_enrolled(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	struct keys *k = arg;
	struct reader r = reader_of(blob, n);
	struct enrolled p = { 0 };
	if (name_n != FPR || r8(&r) != 1)
		return -EBADMSG;
	memcpy(p.fpr, name, FPR);
	p.key = key_of(p.fpr);
	p.n = r8(&r);
	if (p.n > PGP_SUBS)
		return -EBADMSG;
	rbytes(&r, p.id, p.n * PGP_ID);
	if (r.bad)
		return -EBADMSG;
	room_for_one((void **)&k->enrolled, k->enrolled_n, &k->enrolled_room, sizeof(p));
	k->enrolled[k->enrolled_n++] = p;
	return 0;
}

static int
see_admitted(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	struct keys *k = arg;
	struct reader r = reader_of(blob, n);
	struct admitted a = { 0 };
	if (name_n != KEY_BYTES || r8(&r) != 1)
		return -EBADMSG;
	memcpy(a.key.b, name, KEY_BYTES);
	rbytes(&r, a.fpr, FPR);
	a.when = (msec)r64(&r);
	a.until = (msec)r64(&r);
	a.over = r8(&r) != 0;
	if (!reader_done(&r))
		return -EBADMSG;
	room_for_one((void **)&k->admitted, k->admitted_n, &k->admitted_room, sizeof(a));
	k->admitted[k->admitted_n++] = a;
	return 0;
}

static int
keep_admitted(struct edge *e, const struct admitted *a)
{
	uint8_t blob[1 + FPR + 8 + 8 + 1];
	struct writer w = writer_of(blob, sizeof(blob));
	w8(&w, 1);
	wbytes(&w, a->fpr, FPR);
	w64(&w, (uint64_t)a->when);
	w64(&w, (uint64_t)a->until);
	w8(&w, a->over);
	return store_shelve(e->store, SHELF_STATEMENT, a->key.b, KEY_BYTES, blob, writer_len(&w));
}

/* A commit, or all as it was before; r is what came of it so far. */
static int
settle(struct edge *e, int r)
{
	if (r == 0)
		r = edge_commit(e);
	if (r < 0)
		edge_abort(e);
	edge_settled(e);
	return r;
}

/* What ran out: an admitted key becomes an unknown one again; its statement is forgotten once none so
 * old could pass any more. */

static int
demote(struct edge *e, struct admitted *a, bool nameless)
{
	struct view_reporter v;
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .key = a->key, .uid = UID_LYMPH } };
	int r = 0;
	if (view_reporter_of(e->judge, &a->key, e->now, &v)) {
		if (!nameless) {
			memcpy(f.reporter.name, v.name, NAME_TEXT);
			memcpy(f.reporter.org, v.org, NAME_TEXT);
			f.reporter.as = v.as;
			f.reporter.delay = v.delay;
		}
		r = edge_fact(e, &f, NULL, NULL, NULL);
	}
	struct admitted over = *a;
	over.over = true;
	return r < 0 ? r : keep_admitted(e, &over);
}

static void
arm(struct edge *e)
{
	struct keys *k = e->keys;
	msec now = late_now(e), first = now + TIDY;
	for (size_t i = 0; i < k->admitted_n; i++)
		if (!k->admitted[i].over && k->admitted[i].until < first)
			first = k->admitted[i].until;
	loop_timer_in(k->timer, first > now ? first - now + 1 : MSEC_SECOND);
}

static void
on_timer(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	struct keys *k = e->keys;
	msec now = late_now(e);
	(void)fd, (void)ready;
	for (size_t i = 0; i < k->admitted_n; i++) {
		struct admitted *a = &k->admitted[i];
		bool ends = !a->over && a->until <= now;
		bool old = a->until + REPLAY < now && a->when + REPLAY < now;
		if (!ends && !old)
			continue;
		int r = edge_begin(e);
		if (r == 0 && ends)
			r = demote(e, a, false);
		if (r == 0 && old)
			r = store_shelve(e->store, SHELF_STATEMENT, a->key.b, KEY_BYTES, NULL, 0);
		r = settle(e, r);
		if (r < 0) {
			log_warn("a machine key's time is over, which cannot be stored: %s", strerror(-r));
			break;
		}
		a->over = true;
		if (old)
			k->admitted[i--] = k->admitted[--k->admitted_n];
	}
	arm(e);
}

/* verify. */

void
keys_get(struct edge *e, const struct msg_pgp_key_get *m)
{
	struct msg_pgp_key a = { .ticket = m->ticket };
	const struct enrolled *p = NULL;
	struct reader r = { 0 };
	void *blob = NULL;
	size_t n = 0;
	for (uint32_t i = 0; i < m->n && i < PGP_SIGS && !p; i++)
		p = by_id(e->keys, m->id[i]);
	if (p && store_shelved(e->store, SHELF_PGP_KEY, p->fpr, FPR, &blob, &n) == 0) {
		r = reader_of(blob, n);
		rspan(&r, 2 + p->n * PGP_ID);
		a.found = reader_left(&r) > 0;
	}
	if (e->c->peer[ROLE_VERIFY])
		chan_send(e->c->peer[ROLE_VERIFY], M_PGP_KEY, &a, a.found ? r.p : NULL,
		    a.found ? reader_left(&r) : 0, -1);
	free(blob);
}

static struct asked *
ask(struct edge *e, struct msg_verify *q, const void *bytes, size_t n)
{
	struct keys *k = e->keys;
	struct chan *to = e->c->peer[ROLE_VERIFY];
	struct asked *a = NULL;
	int fd;
	for (size_t i = 0; i < ASKED && !a; i++)
		if (!k->asked[i].no)
			a = &k->asked[i];
	if (!to || !a || !chan_may_send(to, sizeof(*q)) || seal_make("openpgp", bytes, n, &fd) < 0)
		return NULL;
	q->ticket = k->no + 1;
	int r = chan_send(to, M_VERIFY, q, NULL, 0, fd);
	close(fd);
	if (r < 0)
		return NULL;
	a->no = ++k->no;
	a->arg = NULL;
	return a;
}

int
keys_look(struct edge *e, const void *file, size_t n, keys_cb *cb, void *arg)
{
	struct msg_verify q = { .key = 1, .signed_len = (uint32_t)n };
	if (!e->c->peer[ROLE_VERIFY])
		return -ENOTCONN;
	struct asked *a = ask(e, &q, file, n);
	if (!a)
		return -EBUSY;
	a->cb = cb;
	a->arg = arg;
	return 0;
}

static void
answered(struct edge *e, struct asked *a, const struct msg_verified *m, const void *p, size_t n)
{
	a->no = 0; /* free, but nothing is asked from inside the callback */
	a->cb(e, a->arg ? a->arg : a, m, p, n);
}

static bool
verified_sane(const struct msg_verified *m)
{
	if (!memchr(m->fingerprint, '\0', sizeof(m->fingerprint)) ||
	    !memchr(m->rule, '\0', sizeof(m->rule)) || m->ids > PGP_SUBS || m->result >= VERIFIED_N)
		return false;
	return m->result != PGP_GOOD || (strlen(m->fingerprint) == FPR &&
	    strspn(m->fingerprint, "0123456789ABCDEF") == FPR);
}

void
keys_verified(struct edge *e, const struct msg_verified *m, int fd)
{
	struct keys *k = e->keys;
	const void *p = NULL;
	size_t n = 0;
	if (fd >= 0 && seal_map(fd, PGP_KEY_BYTES, &p, &n) < 0)
		p = NULL;
	for (size_t i = 0; i < ASKED && verified_sane(m); i++)
		if (k->asked[i].no && k->asked[i].no == m->ticket) {
			answered(e, &k->asked[i], m, p, n);
			break;
		}
	if (p)
		seal_unmap(p, n);
	if (fd >= 0)
		close(fd);
}

void
keys_down(struct edge *e)
{
	for (size_t i = 0; i < ASKED; i++)
		if (e->keys->asked[i].no)
			answered(e, &e->keys->asked[i], NULL, NULL, 0);
}

/* Enrolment. */

int
keys_enrol(struct edge *e, const struct msg_verified *a, const void *key, size_t n,
    struct reporter_set *s)
{
	struct keys *k = e->keys;
	struct enrolled p = { .n = a->ids, .key = key_of(a->fingerprint) }, *old = by_fpr(k, a->fingerprint);
	size_t room = 2 + sizeof(p.id) + n;
	struct fact f = { .kind = FACT_REPORTER };
	memcpy(p.fpr, a->fingerprint, FPR);
	memcpy(p.id, a->id, sizeof(p.id));
	for (unsigned i = 0; i < p.n; i++) {
		const struct enrolled *other = by_id(k, p.id[i]);
		if (other && other != old)
			return -EEXIST;
	}
	if (!old && k->enrolled_n >= ENROLLED_MOST)
		return -EDQUOT;
	uint8_t *blob = malloc(room);
	if (!blob)
		fatal_oom();
	struct writer w = writer_of(blob, room);
	w8(&w, 1);
	w8(&w, (uint8_t)p.n);
	wbytes(&w, p.id, p.n * PGP_ID);
	wbytes(&w, key, n);
	s->key = p.key;
	f.reporter = *s;
	int r = edge_begin(e);
	if (r == 0)
		r = store_shelve(e->store, SHELF_PGP_KEY, p.fpr, FPR, blob, writer_len(&w));
	if (r == 0)
		r = edge_fact(e, &f, NULL, NULL, NULL);
	r = settle(e, r);
	free(blob);
	if (r < 0)
		return r;
	if (!old)
		room_for_one((void **)&k->enrolled, k->enrolled_n, &k->enrolled_room, sizeof(p));
	*(old ? old : &k->enrolled[k->enrolled_n++]) = p;
	return 0;
}

int
keys_remove(struct edge *e, struct reporter_set *s)
{
	struct keys *k = e->keys;
	struct enrolled *p = by_key(k, &s->key);
	struct fact f = { .kind = FACT_REPORTER, .reporter = *s };
	if (!p)
		return -ENOENT;
	int r = edge_begin(e);
	if (r == 0)
		r = store_shelve(e->store, SHELF_PGP_KEY, p->fpr, FPR, NULL, 0);
	if (r == 0)
		r = edge_fact(e, &f, NULL, NULL, NULL);
	for (size_t i = 0; r == 0 && i < k->admitted_n; i++)
		if (!k->admitted[i].over && strcmp(k->admitted[i].fpr, p->fpr) == 0)
			r = demote(e, &k->admitted[i], true);
	r = settle(e, r);
	if (r < 0)
		return r;
	for (size_t i = 0; i < k->admitted_n; i++)
		k->admitted[i].over |= strcmp(k->admitted[i].fpr, p->fpr) == 0;
	*p = k->enrolled[--k->enrolled_n];
	return 0;
}

/* Statements. */

static void
reply(struct edge *e, const struct msg_statement *m, struct msg_statement_answer a)
{
	a.ticket = m->ticket;
	if (e->c->peer[ROLE_HEAR_REPORTS] && m->era == e->keys->hear_era)
		chan_send(e->c->peer[ROLE_HEAR_REPORTS], M_STATEMENT_ANSWER, &a, NULL, 0, -1);
}

static void
tell(struct edge *e, const struct msg_statement *m, enum pgp_result result, const char *field,
    const char *rule)
{
	struct msg_statement_answer a = { .result = result };
	snprintf(a.field, sizeof(a.field), "%s", field);
	snprintf(a.rule, sizeof(a.rule), "%s", rule);
	reply(e, m, a);
}

/* May this signer admit that key? NULL, or the rule. */
static const char *
may_admit(struct edge *e, const struct statement *s, const char *fpr, msec when)
{
	const struct keys *k = e->keys;
	const struct admitted *a = admitted_of(k, &s->key);
	struct view_reporter v;
	size_t his = 0;
	if (s->aud[0] && strcasecmp(s->aud, e->c->conf->name) != 0)
		return "lymph: the name of this server, or absent";
	if (a && a->when >= when)
		return "lymph: newer than the last statement about this key";
	if (a && !a->over && strcmp(a->fpr, fpr) != 0)
		return "lymph: a key nobody else has admitted";
	bool mine = a && strcmp(a->fpr, fpr) == 0;
	if (!mine && view_reporter_of(e->judge, &s->key, e->now, &v) &&
	    (v.standing != STANDING_KEY || v.pinned || v.org[0]))
		return "lymph: a key the operator has not ranked";
	for (size_t i = 0; i < k->admitted_n; i++)
		his += !k->admitted[i].over && strcmp(k->admitted[i].fpr, fpr) == 0;
	if ((!mine && his >= ADMITTED_EACH) || (!a && k->admitted_n >= ADMITTED_MOST))
		return "lymph: at most 100 machine keys of one signer";
	return NULL;
}

/* What a machine key stands as while its signer's word holds. */
static struct fact
stands_as(struct edge *e, const struct key *key, const struct view_reporter *by)
{
	struct view_reporter other;
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .key = *key, .uid = UID_LYMPH,
		.standing = (uint8_t)by->standing, .as = by->as, .delay = by->delay } };
	snprintf(f.reporter.org, NAME_TEXT, "%s", by->org[0] ? by->org : by->name);
	snprintf(f.reporter.name, NAME_TEXT, "%.50s/%02x%02x%02x%02x", by->name, key->b[0], key->b[1],
	    key->b[2], key->b[3]);
	if (view_reporter_named(e->judge, f.reporter.name, e->now, &other) && key_cmp(&other.key, key) != 0)
		f.reporter.name[0] = '\0';
	return f;
}

void
keys_follow(struct edge *e, const struct key *key)
{
	const struct keys *k = e->keys;
	const struct enrolled *p = by_key(k, key);
	struct view_reporter by;
	if (!p || !view_reporter_of(e->judge, key, e->now, &by))
		return;
	int r = edge_begin(e);
	for (size_t i = 0; r == 0 && i < k->admitted_n; i++) {
		if (k->admitted[i].over || strcmp(k->admitted[i].fpr, p->fpr) != 0)
			continue;
		struct fact f = stands_as(e, &k->admitted[i].key, &by);
		r = edge_fact(e, &f, NULL, NULL, NULL);
	}
	r = settle(e, r);
	if (r < 0)
		log_warn("the machine keys of %s keep their old rank: %s", p->fpr, strerror(-r));
}

static int
admit(struct edge *e, const struct statement *s, const struct view_reporter *by, const char *fpr,
    msec when)
{
	struct keys *k = e->keys;
	struct admitted a = { .key = s->key, .when = when, .until = s->not_after };
	struct fact f = stands_as(e, &s->key, by);
	memcpy(a.fpr, fpr, FPR);
	int r = edge_begin(e);
	if (r == 0)
		r = edge_fact(e, &f, NULL, NULL, NULL);
	if (r == 0)
		r = keep_admitted(e, &a);
	r = settle(e, r);
	if (r < 0)
		return r;
	struct admitted *old = admitted_of(k, &s->key);
	if (!old)
		room_for_one((void **)&k->admitted, k->admitted_n, &k->admitted_room, sizeof(a));
	*(old ? old : &k->admitted[k->admitted_n++]) = a;
	arm(e);
	return 0;
}

static void
statement_said(struct edge *e, void *arg, const struct msg_verified *v, const void *text, size_t n)
{
	const struct asked *q = arg;
	const struct msg_statement *m = &q->statement;
	struct view_reporter by;
	struct statement s;
	const char *field = "", *rule = "";
	if (!v)
		return tell(e, m, PGP_LATER, "", "lymph: somebody to verify it");
	if (v->result != PGP_GOOD)
		return tell(e, m, (enum pgp_result)v->result, "signature", v->rule);
	struct key key = key_of(v->fingerprint);
	if (!by_key(e->keys, &key) || !view_reporter_of(e->judge, &key, e->now, &by))
		return tell(e, m, PGP_UNKNOWN, "signature", "lymph: a signature by an enrolled key");
	if (!m->clear) {
		text = q->bytes;
		n = m->signed_len;
	}
	int r = statement_parse(text ? text : "", n, late_now(e), &s, &field, &rule);
	if (r == -ENOMEM)
		return tell(e, m, PGP_LATER, "", "lymph: memory for it");
	if (r < 0)
		return tell(e, m, PGP_REFUSED, field, rule);
	if ((rule = may_admit(e, &s, v->fingerprint, v->when)))
		return tell(e, m, PGP_REFUSED, "statement", rule);
	r = admit(e, &s, &by, v->fingerprint, v->when);
	if (r < 0)
		return tell(e, m, PGP_LATER, "", "lymph: room to keep it");
	struct msg_statement_answer a = { .result = PGP_GOOD, .key = s.key, .not_after = s.not_after };
	memcpy(a.fingerprint, v->fingerprint, FPR);
	reply(e, m, a);
}

void
keys_statement(struct edge *e, const struct msg_statement *m, const uint8_t *tail, size_t n)
{
	struct msg_verify q = { .clear = m->clear, .signed_len = m->signed_len, .sig_len = m->sig_len,
		.when = clock_real() };
	struct msg_statement mine = *m;
	mine.era = e->keys->hear_era;
	chan_grant(e->c->peer[ROLE_HEAR_REPORTS], 1, (uint32_t)(sizeof(*m) + n)); /* kept here, or answered */
	if (m->clear > 1 || (uint64_t)m->signed_len + m->sig_len != n ||
	    (!m->clear && m->signed_len > STATEMENT_MAX))
		return; /* no honest peer sends it */
	struct asked *a = ask(e, &q, tail, n);
	if (!a)
		return tell(e, &mine, PGP_LATER, "", "lymph: somebody to verify it");
	a->cb = statement_said;
	a->statement = mine;
	if (!m->clear)
		memcpy(a->bytes, tail, m->signed_len);
}

void
keys_hear_down(struct edge *e)
{
	e->keys->hear_era++;
}

void
keys_start(struct edge *e)
{
	struct keys *k = e->keys = calloc(1, sizeof(*k));
	if (!k)
		fatal_oom();
	int r = store_each_shelved(e->store, SHELF_PGP_KEY, see_enrolled, k);
	if (r == 0)
		r = store_each_shelved(e->store, SHELF_STATEMENT, see_admitted, k);
	if (r < 0)
		fatal("cannot read the reporters' keys: %s", strerror(-r));
	k->timer = loop_timer(e->c->loop, on_timer, e);
	arm(e);
}
