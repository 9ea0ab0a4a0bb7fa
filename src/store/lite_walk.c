/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads of many rows in the SQLite back end: walks, a report's body. They write nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/body.h"
#include "store/lite.h"

/* Walks are rare: each prepares its own statement, so a callback may walk again. */
int
lite_prepare(struct lite *m, const char *text, sqlite3_stmt **ret)
{
	return lite_err(m->db, sqlite3_prepare_v2(m->db, text, -1, ret, NULL));
}

typedef int row_fn(struct lite *m, sqlite3_stmt *st, const void *cb, void *arg);

/* Steps through st, giving each row to fn; frees st. */
static int
each_row(struct lite *m, sqlite3_stmt *st, row_fn *fn, const void *cb, void *arg)
{
	int rc, r = 0;
	while (r == 0 && (rc = sqlite3_step(st)) != SQLITE_DONE)
		r = rc == SQLITE_ROW ? fn(m, st, cb, arg) : lite_err(m->db, rc);
	sqlite3_finalize(st);
	return r;
}

/* The one number a statement yields. */
int
lite_ask(struct lite *m, const char *text, uint64_t *ret)
{
	sqlite3_stmt *st;
	int r = lite_prepare(m, text, &st);
	if (r < 0)
		return r;
	int rc = sqlite3_step(st);
	r = rc == SQLITE_ROW ? 0 : rc == SQLITE_DONE ? -EIO : lite_err(m->db, rc);
	if (r == 0)
		*ret = lite_num(st, 0);
	sqlite3_finalize(st);
	return r;
}

int
lite_fact_bytes(struct lite *m, uint64_t seq, const void *p, size_t n, uint8_t buf[FACT_BYTES],
    const void **ret, size_t *ret_n)
{
	if (n == 0)
		return -ENODATA;
	*ret = p;
	*ret_n = n;
	if (!shred_is(p, n))
		return 0; /* of a kind that is not sealed, or of an older version */
	if (n > FACT_BYTES + SHRED_MORE)
		return -EBADMSG;
	*ret = buf;
	*ret_n = n - SHRED_MORE;
	return shred_unseal(m->keys, seq, SHRED_FACT, p, n, buf);
}

static int
fact_row(struct lite *m, sqlite3_stmt *st, const void *cb, void *arg)
{
	uint8_t buf[FACT_BYTES];
	uint64_t seq = lite_num(st, 0);
	const void *p;
	size_t n;
	int r = lite_fact_bytes(m, seq, sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2), buf,
	    &p, &n);
	if (r == -ENODATA)
		return 0;
	return r < 0 ? r : (*(store_fact_cb *const *)cb)(seq, lite_num(st, 1), p, n, arg);
}

int
lite_last_conf(struct store *s, uint64_t *generation, store_fact_cb *cb, void *arg)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	int r = lite_prepare(m, "SELECT count(*) FROM fact WHERE kind = 1", &st);
	if (r < 0)
		return r;
	int rc = sqlite3_step(st);
	r = lite_err(m->db, rc);
	if (r == 0)
		*generation = lite_num(st, 0);
	sqlite3_finalize(st);
	if (r == 0)
		r = lite_prepare(m, "SELECT seq, case_no, blob FROM fact WHERE kind = 1"
		    " ORDER BY seq DESC LIMIT 1", &st);
	return r < 0 ? r : each_row(m, st, fact_row, &cb, arg);
}

int
lite_each_fact(struct store *s, uint64_t case_no, bool people, uint64_t from_seq, store_fact_cb *cb,
    void *arg)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	/* The words of the index fact_people, so that it is used. */
	int r = lite_prepare(m, people ? "SELECT seq, case_no, blob FROM fact"
		" WHERE (kind = 5 OR kind = 11 OR kind = 13) AND seq >= ?1 ORDER BY seq"
		: case_no ? "SELECT f.seq, f.case_no, f.blob FROM event e"
		" JOIN fact f ON f.seq = e.seq"
		" WHERE e.case_no = ?2 AND e.i = -1 AND e.seq >= ?1 ORDER BY e.seq"
		: "SELECT seq, case_no, blob FROM fact WHERE seq >= ?1 ORDER BY seq", &st);
	if (r < 0)
		return r;
	lite_bind(st, 1, from_seq);
	if (case_no)
		lite_bind(st, 2, case_no);
	return each_row(m, st, fact_row, &cb, arg);
}

static int
state_row(struct lite *m, sqlite3_stmt *st, const void *cb, void *arg)
{
	(void)m;
	return (*(store_state_cb *const *)cb)(sqlite3_column_int(st, 0), sqlite3_column_blob(st, 1),
	    (size_t)sqlite3_column_bytes(st, 1), sqlite3_column_blob(st, 2),
	    (size_t)sqlite3_column_bytes(st, 2), arg);
}

int
lite_each_state(struct store *s, store_state_cb *cb, void *arg)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	int r = lite_prepare(m, "SELECT kind, key, blob FROM state ORDER BY kind, key", &st);
	return r < 0 ? r : each_row(m, st, state_row, &cb, arg);
}

static int
out_row(struct lite *m, sqlite3_stmt *st, const void *cb, void *arg)
{
	(void)m;
	struct store_out o = { .no = lite_num(st, 0),
		.to = (uint32_t)lite_num(st, 1),
		.action = (uint32_t)lite_num(st, 2) };
	int r = order_decode(
	    sqlite3_column_blob(st, 3), (size_t)sqlite3_column_bytes(st, 3), &o.order);
	return r < 0 ? r : (*(store_out_cb *const *)cb)(&o, arg);
}

int
lite_each_out(struct store *s, uint32_t to, uint64_t from, size_t most, store_out_cb *cb, void *arg)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	if (m->schema < 2)
		return 0;
	int r = lite_prepare(m, "SELECT no, dest, action, blob FROM outbox WHERE dest = ?1 AND no >= ?2"
	    " ORDER BY no LIMIT ?3", &st);
	if (r < 0)
		return r;
	lite_bind(st, 1, to);
	lite_bind(st, 2, from);
	lite_bind(st, 3, most);
	return each_row(m, st, out_row, &cb, arg);
}

static int
order_row(struct lite *m, sqlite3_stmt *st, const void *cb, void *arg)
{
	struct order o;
	(void)m;
	int r = order_decode(sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0), &o);
	return r < 0 ? r : (*(store_order_cb *const *)cb)(&o, arg);
}

int
lite_each_order(struct store *s, store_order_cb *cb, void *arg)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	int r = lite_prepare(m, "SELECT blob FROM orders ORDER BY no", &st);
	return r < 0 ? r : each_row(m, st, order_row, &cb, arg);
}

static int
event_row(struct lite *m, sqlite3_stmt *st, const void *cb, void *arg)
{
	(void)m;
	struct store_event e = {
		.case_no = lite_num(st, 0),
		.seq = lite_num(st, 1),
		.at = (msec)lite_num(st, 3),
		.kind = (uint32_t)lite_num(st, 4),
		.a = lite_num(st, 5),
		.b = (uint32_t)lite_num(st, 6),
		.q = lite_num(st, 7),
	};
	return (*(store_event_cb *const *)cb)(&e, arg);
}

int
lite_case_events(struct store *s, uint64_t case_no, size_t most, store_event_cb *cb, void *arg)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	int r = lite_prepare(m, "SELECT * FROM (SELECT * FROM event WHERE case_no = ?1 AND i >= 0"
	    " ORDER BY seq DESC, i DESC LIMIT ?2) ORDER BY seq, i", &st);
	if (r < 0)
		return r;
	lite_bind(st, 1, case_no);
	sqlite3_bind_int64(st, 2, most ? (sqlite3_int64)most : -1);
	return each_row(m, st, event_row, &cb, arg);
}

static int
aside_row(struct lite *m, sqlite3_stmt *st, const void *cb, void *arg)
{
	struct store_aside a = { .no = lite_num(st, 0), .at = (msec)lite_num(st, 1) };
	(void)m;
	snprintf(a.role, sizeof(a.role), "%s", (const char *)sqlite3_column_text(st, 2));
	if (sqlite3_column_bytes(st, 3) != (int)sizeof(a.digest))
		return -EBADMSG;
	memcpy(a.digest, sqlite3_column_blob(st, 3), sizeof(a.digest));
	a.len = (size_t)sqlite3_column_bytes(st, 4);
	a.bytes = sqlite3_column_blob(st, 4);
	return (*(store_aside_cb *const *)cb)(&a, arg);
}

int
lite_each_aside(struct store *s, store_aside_cb *cb, void *arg)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	int r = lite_prepare(m, "SELECT no, at, role, digest, bytes FROM aside ORDER BY no", &st);
	return r < 0 ? r : each_row(m, st, aside_row, &cb, arg);
}

struct shelf_walk {
	int shelf;
	store_shelf_cb *cb;
};

static int
shelf_row(struct lite *m, sqlite3_stmt *st, const void *walk, void *arg)
{
	const struct shelf_walk *w = walk;
	const void *name = sqlite3_column_blob(st, 0), *at = sqlite3_column_blob(st, 1);
	size_t name_n = (size_t)sqlite3_column_bytes(st, 0), len = (size_t)sqlite3_column_bytes(st, 1), n = 0;
	void *p = NULL;
	if (!lite_shelf_sealed(m, w->shelf, name, name_n))
		return w->cb(name, name_n, at, len, arg);
	int r = lite_shelf_open(m, w->shelf, name, name_n, at, len, &p, &n);
	if (r == 0 || r == -ENODATA || r == -EBADMSG)
		r = w->cb(name, name_n, p, n, arg);
	free(p);
	return r;
}

int
lite_each_shelved(struct store *s, int shelf, store_shelf_cb *cb, void *arg)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	if (m->schema < 3)
		return 0;
	int r = lite_prepare(m, "SELECT name, blob FROM shelf WHERE no = ?1 ORDER BY name", &st);
	if (r < 0)
		return r;
	lite_bind(st, 1, (uint64_t)shelf);
	return each_row(m, st, shelf_row, &(struct shelf_walk){ shelf, cb }, arg);
}

/* As it was given, malloc'ed. */
static int
opened(struct lite *m, uint64_t seq, void *p, size_t n, void **ret, size_t *ret_n)
{
	if (!shred_is(p, n)) {
		*ret = p;
		*ret_n = n;
		return 0;
	}
	void *out = malloc(n);
	int r = out ? shred_unseal(m->keys, seq, SHRED_BODY, p, n, out) : -ENOMEM;
	free(p);
	if (r < 0) {
		free(out);
		return r;
	}
	*ret = out;
	*ret_n = n - SHRED_MORE;
	return 0;
}

static int
copy_column(struct lite *m, uint64_t seq, sqlite3_stmt *st, int i, void **ret, size_t *ret_n)
{
	size_t n = (size_t)sqlite3_column_bytes(st, i);
	void *p = malloc(n + 1);
	if (!p)
		return -ENOMEM;
	if (n)
		memcpy(p, sqlite3_column_blob(st, i), n);
	return opened(m, seq, p, n, ret, ret_n);
}

int
lite_body(struct store *s, uint64_t seq, void **bytes, size_t *len, void **sig, size_t *sig_len)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	void *b = NULL, *g = NULL;
	size_t bn = 0, gn = 0;
	int r = lite_prepare(m, "SELECT hash, bytes, sig FROM body WHERE seq = ?1", &st);
	if (r < 0)
		return r;
	lite_bind(st, 1, seq);
	int rc = sqlite3_step(st);
	r = rc == SQLITE_DONE ? -ENOENT : lite_err(m->db, rc);
	if (r == 0 && sqlite3_column_bytes(st, 0) == 32) {
		r = body_get(m->dir, sqlite3_column_blob(st, 0), &b, &bn);
		if (r == 0) {
			void *sealed = b;
			b = NULL;
			r = opened(m, seq, sealed, bn, &b, &bn);
		}
	} else if (r == 0) {
		r = copy_column(m, seq, st, 1, &b, &bn);
	}
	if (r == 0)
		r = copy_column(m, seq, st, 2, &g, &gn);
	sqlite3_finalize(st);
	if (r < 0) {
		free(b);
		return r;
	}
	*bytes = b;
	*len = bn;
	*sig = g;
	*sig_len = gn;
	return 0;
}
