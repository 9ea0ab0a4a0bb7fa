/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key store, see edge_pgp.h: a list of who is enrolled in memory, the keys on a shelf of the store.
 * Must never parse a key or a signature: what role verify says is believed, and it alone is asked.
 */
#include "lymphd/edge_pgp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_pgp_own.h"
#include "wire/claim.h"

void
keys_room(void **v, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return;
	*room = *room ? 2 * *room : 64;
	*v = realloc(*v, *room * size);
	if (!*v)
		fatal_oom();
}

struct key
keys_of(const char *fpr)
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

struct enrolled *
keys_enrolled(const struct keys *k, const struct key *key)
{
	for (size_t i = 0; i < k->enrolled_n; i++)
		if (key_cmp(&k->enrolled[i].key, key) == 0)
			return &k->enrolled[i];
	return NULL;
}

const char *
keys_fingerprint(const struct edge *e, const struct key *key)
{
	const struct enrolled *p = keys_enrolled(e->keys, key);
	return p ? p->fpr : NULL;
}

static int
see_enrolled(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	struct keys *k = arg;
	struct reader r = reader_of(blob, n);
	struct enrolled p = { 0 };
	if (name_n != FPR || r8(&r) != 1)
		return -EBADMSG;
	memcpy(p.fpr, name, FPR);
	p.key = keys_of(p.fpr);
	p.n = r8(&r);
	if (p.n > PGP_SUBS)
		return -EBADMSG;
	rbytes(&r, p.id, p.n * PGP_ID);
	if (r.bad)
		return -EBADMSG;
	keys_room((void **)&k->enrolled, k->enrolled_n, &k->enrolled_room, sizeof(p));
	k->enrolled[k->enrolled_n++] = p;
	return 0;
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

struct asked *
keys_ask(struct edge *e, struct msg_verify *q, const void *bytes, size_t n)
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
	struct asked *a = keys_ask(e, &q, file, n);
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
keys_up(struct edge *e)
{
	struct msg_vouch_key m;
	memcpy(m.key, outcomes_vouch(e), sizeof(m.key));
	chan_send(e->c->peer[ROLE_VERIFY], M_VOUCH_KEY, &m, NULL, 0, -1);
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
	struct enrolled p = { .n = a->ids, .key = keys_of(a->fingerprint) }, *old = by_fpr(k, a->fingerprint);
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
	r = edge_finish(e, r);
	free(blob);
	if (r < 0)
		return r;
	if (!old)
		keys_room((void **)&k->enrolled, k->enrolled_n, &k->enrolled_room, sizeof(p));
	*(old ? old : &k->enrolled[k->enrolled_n++]) = p;
	return 0;
}

int
keys_remove(struct edge *e, struct reporter_set *s)
{
	struct keys *k = e->keys;
	struct enrolled *p = keys_enrolled(k, &s->key);
	struct fact f = { .kind = FACT_REPORTER, .reporter = *s };
	if (!p)
		return -ENOENT;
	int r = edge_begin(e);
	if (r == 0)
		r = store_shelve(e->store, SHELF_PGP_KEY, p->fpr, FPR, NULL, 0);
	if (r == 0)
		r = edge_fact(e, &f, NULL, NULL, NULL);
	if (r == 0)
		r = statements_end(e, p->fpr);
	r = edge_finish(e, r);
	if (r < 0)
		return r;
	statements_ended(e, p->fpr);
	*p = k->enrolled[--k->enrolled_n];
	return 0;
}

int
keys_forget(struct edge *e, const struct key *who)
{
	const struct enrolled *p = e->keys ? keys_enrolled(e->keys, who) : NULL;
	int r = p ? store_shelve(e->store, SHELF_PGP_KEY, p->fpr, FPR, NULL, 0) : 0;
	return r < 0 ? r : statements_forget(e, who);
}

void
keys_forgotten(struct edge *e, const struct key *who)
{
	struct keys *k = e->keys;
	struct enrolled *p = k ? keys_enrolled(k, who) : NULL;
	statements_forgotten(e, who);
	if (p)
		*p = k->enrolled[--k->enrolled_n];
}

void
keys_start(struct edge *e)
{
	struct keys *k = e->keys = calloc(1, sizeof(*k));
	if (!k)
		fatal_oom();
	int r = store_each_shelved(e->store, SHELF_PGP_KEY, see_enrolled, k);
	if (r < 0)
		fatal("cannot read the reporters' keys: %s", strerror(-r));
	statements_start(e);
}
