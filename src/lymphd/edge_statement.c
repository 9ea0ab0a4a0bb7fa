/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Machine keys that a reporter's OpenPGP key admitted by a signed statement, see edge_pgp.h. Such a key
 * stands as its signer does for as long as the statement says, then as any unknown key. Must never take
 * one that is not newer than the last, nor a key that another reporter or the operator has a word on.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge_pgp.h"
#include "lymphd/edge_pgp_own.h"
#include "wire/sshsig.h"

#define REPLAY (4 * MSEC_DAY) /* how long a statement's time is kept beyond its end: twice what a signature
                                 may be old or young */
#define TIDY   MSEC_HOUR      /* at most, between two looks for what ran out */

static struct admitted *
admitted_of(const struct keys *k, const struct key *key)
{
	for (size_t i = 0; i < k->admitted_n; i++)
		if (key_cmp(&k->admitted[i].key, key) == 0)
			return &k->admitted[i];
	return NULL;
}

bool
keys_admitted(const struct edge *e, const struct key *key, struct key *by, msec *until)
{
	const struct admitted *a = admitted_of(e->keys, key);
	if (!a || a->over)
		return false;
	*by = keys_of(a->fpr);
	*until = a->until;
	return true;
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
	keys_room((void **)&k->admitted, k->admitted_n, &k->admitted_room, sizeof(a));
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
		r = edge_finish(e, r);
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

static const char *
org_of(const struct view_reporter *by)
{
	return by->org[0] ? by->org : by->name;
}

/* What a machine key is called after its signer. */
static void
name_of(const char *by, const struct key *key, char ret[NAME_TEXT])
{
	snprintf(ret, NAME_TEXT, "%.50s/%02x%02x%02x%02x", by, key->b[0], key->b[1], key->b[2], key->b[3]);
}

/* May this signer admit that key? NULL, or the rule. */
static const char *
may_admit(struct edge *e, const struct statement *s, const struct view_reporter *by, const char *fpr, msec when)
{
	const struct keys *k = e->keys;
	const struct admitted *a = admitted_of(k, &s->key);
	struct view_reporter v;
	size_t his = 0;
	bool mine = a && strcmp(a->fpr, fpr) == 0;
	if (s->aud[0] && strcasecmp(s->aud, e->c->conf->name) != 0)
		return "lymph: the name of this server, or absent";
	if (a && a->when >= when)
		return "lymph: newer than the last statement about this key";
	if (a && !a->over && strcmp(a->fpr, fpr) != 0)
		return "lymph: a key nobody else has admitted";
	/* Over, it keeps the organisation it had from its signer; what else it has is the operator's word. */
	if ((!a || a->over) && view_reporter_of(e->judge, &s->key, e->now, &v) &&
	    (v.standing != STANDING_KEY || v.pinned || (v.org[0] && !(mine && strcmp(v.org, org_of(by)) == 0))))
		return "lymph: a key the operator has not ranked";
	for (size_t i = 0; i < k->admitted_n; i++) /* those that are over take a place until they are tidied */
		his += strcmp(k->admitted[i].fpr, fpr) == 0;
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
	snprintf(f.reporter.org, NAME_TEXT, "%s", org_of(by));
	name_of(by->name, key, f.reporter.name);
	if (view_reporter_named(e->judge, f.reporter.name, e->now, &other) && key_cmp(&other.key, key) != 0)
		f.reporter.name[0] = '\0';
	return f;
}

void
keys_follow(struct edge *e, const struct key *key)
{
	const struct keys *k = e->keys;
	const struct enrolled *p = keys_enrolled(k, key);
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
	r = edge_finish(e, r);
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
	r = edge_finish(e, r);
	if (r < 0)
		return r;
	struct admitted *old = admitted_of(k, &s->key);
	if (!old)
		keys_room((void **)&k->admitted, k->admitted_n, &k->admitted_room, sizeof(a));
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
	struct key key = keys_of(v->fingerprint);
	if (!keys_enrolled(e->keys, &key) || !view_reporter_of(e->judge, &key, e->now, &by))
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
	if (statement_proven(text, n, m->clear, q->proof, m->proof_len, &s.key) < 0)
		return tell(e, m, PGP_REFUSED, "key", "lymph: signed by that machine key as well (Lymph-Signature)");
	if ((rule = may_admit(e, &s, &by, v->fingerprint, v->when)))
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
	if (m->clear > 1 || (uint64_t)m->proof_len + m->signed_len + m->sig_len != n ||
	    m->proof_len > SSHSIG_MAX || (!m->clear && m->signed_len > STATEMENT_MAX))
		return; /* no honest peer sends it */
	const uint8_t *bytes = tail + m->proof_len;
	struct asked *a = keys_ask(e, &q, bytes, n - m->proof_len);
	if (!a)
		return tell(e, &mine, PGP_LATER, "", "lymph: somebody to verify it");
	a->cb = statement_said;
	a->statement = mine;
	memcpy(a->proof, tail, m->proof_len);
	if (!m->clear)
		memcpy(a->bytes, bytes, m->signed_len);
}

void
keys_hear_down(struct edge *e)
{
	e->keys->hear_era++;
}

int
statements_end(struct edge *e, const char *fpr)
{
	struct keys *k = e->keys;
	int r = 0;
	for (size_t i = 0; r == 0 && i < k->admitted_n; i++)
		if (!k->admitted[i].over && strcmp(k->admitted[i].fpr, fpr) == 0)
			r = demote(e, &k->admitted[i], true);
	return r;
}

void
statements_ended(struct edge *e, const char *fpr)
{
	for (size_t i = 0; i < e->keys->admitted_n; i++)
		e->keys->admitted[i].over |= strcmp(e->keys->admitted[i].fpr, fpr) == 0;
}

static bool
admitted_by(const struct admitted *a, const struct key *who)
{
	struct key key = keys_of(a->fpr);
	return key_cmp(&key, who) == 0;
}

void
keys_his(const struct edge *e, const struct key *who, keys_his_cb *cb, void *arg)
{
	const struct keys *k = e->keys;
	struct view_reporter by, v;
	struct key at, *after = NULL;
	char name[NAME_TEXT];
	for (size_t i = 0; k && i < k->admitted_n; i++)
		if (admitted_by(&k->admitted[i], who))
			cb(&k->admitted[i].key, arg);
	/* Statements are not kept for ever, the names are. */
	if (!view_reporter_of(e->judge, who, e->now, &by) || !by.name[0])
		return;
	while (view_reporter_next(e->judge, after, e->now, &v)) {
		name_of(by.name, &v.key, name);
		if (strcmp(v.name, name) == 0)
			cb(&v.key, arg);
		at = v.key;
		after = &at;
	}
}

int
keys_rename(struct edge *e, const struct view_reporter *by, const struct key *key)
{
	const struct admitted *a = e->keys ? admitted_of(e->keys, key) : NULL;
	struct view_reporter v;
	if (!view_reporter_of(e->judge, key, e->now, &v))
		return 0;
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .key = *key, .uid = UID_LYMPH } };
	if (!a || a->over) { /* what it stands as now is the operator's word */
		f.reporter.standing = (uint8_t)v.standing;
		f.reporter.pinned = v.pinned;
		f.reporter.pin = v.pin;
		f.reporter.notify_on_sight = v.notify_on_sight;
		f.reporter.delay = v.delay;
		f.reporter.as = v.as;
		if (strcmp(v.org, org_of(by)) != 0)
			memcpy(f.reporter.org, v.org, NAME_TEXT);
	}
	return edge_fact(e, &f, NULL, NULL, NULL);
}

int
statements_forget(struct edge *e, const struct key *who)
{
	const struct keys *k = e->keys;
	int r = 0;
	for (size_t i = 0; k && r == 0 && i < k->admitted_n; i++)
		if (admitted_by(&k->admitted[i], who))
			r = store_shelve(e->store, SHELF_STATEMENT, k->admitted[i].key.b, KEY_BYTES, NULL, 0);
	return r;
}

void
statements_forgotten(struct edge *e, const struct key *who)
{
	struct keys *k = e->keys;
	size_t n = 0;
	for (size_t i = 0; k && i < k->admitted_n; i++)
		if (!admitted_by(&k->admitted[i], who))
			k->admitted[n++] = k->admitted[i];
	if (k)
		k->admitted_n = n;
}

void
statements_start(struct edge *e)
{
	int r = store_each_shelved(e->store, SHELF_STATEMENT, see_admitted, e->keys);
	if (r < 0)
		fatal("cannot read which machine keys are admitted: %s", strerror(-r));
	e->keys->timer = loop_timer(e->c->loop, on_timer, e);
	arm(e);
}
