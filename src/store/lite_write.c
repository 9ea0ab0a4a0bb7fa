/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of one transaction in the SQLite back end: facts and bodies, sealed, the state they changed, the
 * orders and events that follow. Must never write a fact or a body unsealed, but the facts fact_open() names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "store/body.h"
#include "store/keep.h"
#include "store/lite.h"

/* Sealed, malloc'ed. */
static int
seal(struct lite *m, uint64_t seq, const void *p, size_t n, uint8_t **ret)
{
	uint8_t *out = malloc(n + SHRED_MORE);
	int r = out ? shred_seal(m->keys, seq, SHRED_BODY, p, n, out) : -ENOMEM;
	if (r < 0) {
		free(out);
		return r;
	}
	*ret = out;
	return 0;
}

/* A large one is a file named by the hash of what stands in it: the sealed bytes, not the report's. */
static int
put_body(struct lite *m, uint64_t seq, const struct report *p, const struct store_body *b)
{
	sqlite3_stmt *st = m->st[BODY];
	uint8_t *bytes = NULL, *sig = NULL, hash[crypto_hash_sha256_BYTES];
	size_t n = b->len + SHRED_MORE;
	bool file = b->len > STORE_INLINE && p;
	int r = seal(m, seq, b->bytes, b->len, &bytes);
	if (r == 0)
		r = seal(m, seq, b->sig, b->sig_len, &sig);
	if (r == 0 && file) {
		crypto_hash_sha256(hash, bytes, n);
		r = body_put(m->dir, hash, bytes, n);
	}
	if (r == 0) {
		lite_bind(st, 1, seq);
		lite_bind(st, 2, b->len);
		sqlite3_bind_null(st, file ? 4 : 3);
		if (file)
			lite_bind_blob(st, 3, hash, sizeof(hash));
		else
			lite_bind_blob(st, 4, bytes, n);
		lite_bind_blob(st, 5, sig, b->sig_len + SHRED_MORE);
		r = lite_run(m, BODY);
		sqlite3_clear_bindings(st);
	}
	free(bytes);
	free(sig);
	return r;
}

int
lite_fact(struct store *s, const struct fact_row *f, uint64_t *seq)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st = m->st[FACT];
	uint8_t sealed[FACT_BYTES + SHRED_MORE];
	uint64_t no = m->last + 1;
	int r = fact_open(f->kind) ? 0 : shred_seal(m->keys, no, SHRED_FACT, f->blob, f->n, sealed);
	if (r < 0)
		return r;
	lite_bind(st, 1, (uint64_t)f->at);
	lite_bind(st, 2, f->kind);
	if (fact_open(f->kind))
		lite_bind_blob(st, 3, f->blob, f->n);
	else
		lite_bind_blob(st, 3, sealed, f->n + SHRED_MORE);
	lite_bind(st, 4, no);
	r = lite_run(m, FACT);
	if (r < 0)
		return r;
	m->last = no;
	if (f->report)
		r = lite_seen_add(m, f->report, no);
	if (r == 0 && f->body)
		r = put_body(m, no, f->report, f->body);
	if (r == 0)
		*seq = no;
	return r;
}

int
lite_fact_case(struct store *s, uint64_t seq, uint64_t case_no)
{
	struct lite *m = lite_of(s);
	lite_bind(m->st[FACT_CASE], 1, seq);
	lite_bind(m->st[FACT_CASE], 2, case_no);
	int r = lite_run(m, FACT_CASE);
	if (r == 0 && sqlite3_changes(m->db) == 0)
		return -ENOENT;
	lite_bind(m->st[FACT_OF], 1, seq);
	lite_bind(m->st[FACT_OF], 2, case_no);
	return r < 0 ? r : lite_run(m, FACT_OF);
}

int
lite_state(struct store *s, int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n)
{
	struct lite *m = lite_of(s);
	int which = blob ? STATE : STATE_DEL, r = 0;
	if (m->mark && !lite_was(m, kind, key, key_len)) {
		lite_bind(m->st[WAS], 1, (uint64_t)kind);
		lite_bind_blob(m->st[WAS], 2, key, key_len);
		lite_bind(m->st[WAS], 3, m->mark);
		r = lite_run(m, WAS);
	}
	if (r < 0)
		return r;
	lite_bind(m->st[which], 1, (uint64_t)kind);
	lite_bind_blob(m->st[which], 2, key, key_len);
	if (blob)
		lite_bind_blob(m->st[which], 3, blob, n);
	return lite_run(m, which);
}

int
lite_order(struct store *s, const struct order *o, const void *blob, size_t n)
{
	struct lite *m = lite_of(s);
	lite_bind(m->st[ORDER], 1, o->no);
	lite_bind(m->st[ORDER], 2, o->case_no);
	lite_bind_blob(m->st[ORDER], 3, blob, n);
	return lite_run(m, ORDER);
}

int
lite_out(struct store *s, const struct store_out *o, const void *blob, size_t n, uint64_t *no)
{
	struct lite *m = lite_of(s);
	lite_bind(m->st[OUT], 1, o->to);
	lite_bind(m->st[OUT], 2, o->action);
	lite_bind_blob(m->st[OUT], 3, blob, n);
	int r = lite_run(m, OUT);
	if (r == 0)
		*no = (uint64_t)sqlite3_last_insert_rowid(m->db);
	return r;
}

int
lite_out_done(struct store *s, uint32_t to, uint64_t no)
{
	struct lite *m = lite_of(s);
	lite_bind(m->st[OUT_DONE], 1, to);
	lite_bind(m->st[OUT_DONE], 2, no < INT64_MAX ? no : INT64_MAX);
	return lite_run(m, OUT_DONE);
}

int
lite_event(struct store *s, const struct store_event *e)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st = m->st[EVENT];
	m->event_i = e->seq == m->event_seq ? m->event_i + 1 : 0;
	m->event_seq = e->seq;
	const uint64_t v[] = { e->case_no, e->seq, m->event_i, (uint64_t)e->at, e->kind, e->a, e->b,
		e->q };
	for (int i = 0; i < 8; i++)
		lite_bind(st, i + 1, v[i]);
	return lite_run(m, EVENT);
}

int
lite_aside(struct store *s, const struct store_aside *a)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st = m->st[ASIDE];
	lite_bind(st, 1, (uint64_t)a->at);
	sqlite3_bind_text(st, 2, a->role, (int)strnlen(a->role, sizeof(a->role)), SQLITE_STATIC);
	lite_bind_blob(st, 3, a->digest, sizeof(a->digest));
	lite_bind_blob(st, 4, a->bytes, a->len);
	int r = lite_run(m, ASIDE);
	sqlite3_clear_bindings(st);
	return r;
}
