/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Forgetting in the SQLite back end, see keep.h. Keys go before rows: a crash in between leaves rows nobody
 * can read, never keys nobody looks for. secure_delete is on, so a row taken out is overwritten in its page.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/body.h"
#include "store/keep.h"
#include "store/lite.h"

#define SHREDDED "shredded"
#define WAS_MOST (1u << 22) /* 32 MiB; more are asked of the table again */

void
lite_was_clear(struct lite *m)
{
	free(m->was);
	m->was = NULL;
	m->was_n = m->was_room = 0;
}

static void
was_put(struct lite *m, uint64_t h)
{
	size_t i = h & (m->was_room - 1);
	while (m->was[i])
		i = (i + 1) & (m->was_room - 1);
	m->was[i] = h;
}

/* Room for one more; false: there is none, and nothing is remembered. */
static bool
was_grow(struct lite *m)
{
	uint64_t *old = m->was;
	size_t room = m->was_room;
	if (m->was_n * 2 < room)
		return true;
	if (room >= WAS_MOST || !(m->was = calloc(room ? room * 2 : 4096, sizeof(*m->was)))) {
		m->was = old;
		lite_was_clear(m);
		return false;
	}
	if (!room)
		randombytes_buf(m->was_key, sizeof(m->was_key)); /* nobody finds two that are taken for one */
	m->was_room = room ? room * 2 : 4096;
	for (size_t i = 0; i < room; i++)
		if (old[i])
			was_put(m, old[i]);
	free(old);
	return true;
}

bool
lite_was(struct lite *m, int kind, const uint8_t *key, size_t n)
{
	uint8_t in[128] = { (uint8_t)kind };
	uint64_t h;
	if (n >= sizeof(in) || !was_grow(m))
		return false;
	memcpy(in + 1, key, n);
	crypto_shorthash((uint8_t *)&h, in, n + 1, m->was_key);
	h |= h == 0;
	for (size_t i = h & (m->was_room - 1); m->was[i]; i = (i + 1) & (m->was_room - 1))
		if (m->was[i] == h)
			return true;
	was_put(m, h);
	m->was_n++;
	return false;
}

/* Runs text with up to three numbers; returns no rows. */
static int
run(struct lite *m, const char *text, uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t v[] = { a, b, c };
	sqlite3_stmt *st;
	int r = lite_prepare(m, text, &st);
	if (r < 0)
		return r;
	for (int i = 0; i < sqlite3_bind_parameter_count(st) && i < 3; i++)
		lite_bind(st, i + 1, v[i]);
	r = lite_err(m->db, sqlite3_step(st));
	sqlite3_finalize(st);
	return r;
}

static int
keep_number(struct store *s, const char *name, uint64_t *ret)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	*ret = 0;
	if (m->schema < 4)
		return 0;
	int r = lite_prepare(m, "SELECT value FROM keep WHERE name = ?1", &st);
	if (r < 0)
		return r;
	sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
	int rc = sqlite3_step(st);
	r = lite_err(m->db, rc);
	if (rc == SQLITE_ROW)
		*ret = lite_num(st, 0);
	sqlite3_finalize(st);
	return r;
}

static int
keep_number_set(struct store *s, const char *name, uint64_t v)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	int r = lite_prepare(m, "REPLACE INTO keep(name, value) VALUES(?1, ?2)", &st);
	if (r < 0)
		return r;
	sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
	lite_bind(st, 2, v);
	r = lite_err(m->db, sqlite3_step(st));
	sqlite3_finalize(st);
	return r;
}

static int
keep_shredded(struct store *s, uint64_t *ret)
{
	return keep_number(s, SHREDDED, ret);
}

static int
shred_body(struct lite *m, uint64_t seq)
{
	sqlite3_stmt *st;
	uint8_t hash[32];
	int r = shred_destroy(m->keys, seq, SHRED_BODY);
	if (r == 0)
		r = lite_prepare(m, "SELECT hash FROM body WHERE seq = ?1", &st);
	if (r < 0)
		return r;
	lite_bind(st, 1, seq);
	int rc = sqlite3_step(st);
	bool file = rc == SQLITE_ROW && sqlite3_column_bytes(st, 0) == (int)sizeof(hash);
	if (file)
		memcpy(hash, sqlite3_column_blob(st, 0), sizeof(hash));
	r = lite_err(m->db, rc);
	sqlite3_finalize(st);
	if (r == 0)
		r = run(m, "DELETE FROM body WHERE seq = ?1", seq, 0, 0);
	bool was = r == 0 && sqlite3_changes(m->db) > 0;
	/* Before there were keys, one file stood for all with the same bytes. */
	if (r == 0 && file) {
		if ((r = lite_prepare(m, "SELECT 1 FROM body WHERE hash = ?1 LIMIT 1", &st)) < 0)
			return r;
		sqlite3_bind_blob(st, 1, hash, sizeof(hash), SQLITE_STATIC);
		rc = sqlite3_step(st);
		r = lite_err(m->db, rc);
		sqlite3_finalize(st);
		if (r == 0 && rc == SQLITE_DONE)
			r = body_drop(m->dir, hash);
	}
	return r < 0 ? r : was ? STORE_BODY : 0;
}

/* A report leaves the index of those seen, too. */
static int
unsee(struct lite *m, uint64_t seq, const struct fact *f)
{
	sqlite3_stmt *st;
	fresh_drop(&m->fresh, f->report.id, seq);
	int r = lite_prepare(m, "DELETE FROM seen WHERE id = ?1 AND seq = ?2", &st);
	if (r < 0)
		return r;
	sqlite3_bind_blob(st, 1, f->report.id, sizeof(f->report.id), SQLITE_STATIC);
	lite_bind(st, 2, seq);
	r = lite_err(m->db, sqlite3_step(st));
	sqlite3_finalize(st);
	return r;
}

static int
shred_fact(struct lite *m, uint64_t seq)
{
	sqlite3_stmt *st;
	uint8_t buf[FACT_BYTES];
	struct fact f = { .kind = FACT_NONE };
	const void *p;
	size_t n;
	uint64_t gone = 0;
	int r = lite_prepare(m, "SELECT blob FROM fact WHERE seq = ?1", &st);
	if (r < 0)
		return r;
	lite_bind(st, 1, seq);
	int rc = sqlite3_step(st);
	r = rc == SQLITE_DONE ? -ENOENT : lite_err(m->db, rc);
	bool left = r == 0 && sqlite3_column_bytes(st, 0) > 0;
	if (left && lite_fact_bytes(m, seq, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0),
		buf, &p, &n) == 0)
		fact_decode(p, n, &f); /* one that cannot be read is shredded all the same */
	sqlite3_finalize(st);
	if (!left)
		return r;
	if (fact_open(f.kind))
		return -EINVAL;
	if (f.kind == FACT_REPORT)
		r = unsee(m, seq, &f);
	if (r == 0)
		r = shred_destroy(m->keys, seq, SHRED_FACT);
	if (r == 0)
		r = run(m, "UPDATE fact SET blob = x'' WHERE seq = ?1", seq, 0, 0);
	if (r == 0)
		r = keep_number(&m->s, SHREDDED, &gone);
	if (r == 0)
		r = keep_number_set(&m->s, SHREDDED, gone + 1);
	return r < 0 ? r : STORE_FACT;
}

static int
keep_shred(struct store *s, uint64_t seq, unsigned what)
{
	struct lite *m = lite_of(s);
	int body = what & STORE_BODY ? shred_body(m, seq) : 0;
	int fact = body >= 0 && what & STORE_FACT ? shred_fact(m, seq) : 0;
	return body < 0 ? body : fact < 0 ? fact : body | fact;
}

static int
keep_each_body(struct store *s, uint64_t from, msec before, size_t most, uint64_t *next, store_fact_cb *cb,
    void *arg)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	uint8_t buf[FACT_BYTES];
	const void *p;
	size_t n, seen = 0;
	uint64_t last = 0;
	int rc = SQLITE_DONE, r = lite_prepare(m, "SELECT b.seq, f.case_no, f.blob, f.at FROM body b"
	    " JOIN fact f ON f.seq = b.seq WHERE b.seq >= ?1 ORDER BY b.seq LIMIT ?2", &st);
	if (r < 0)
		return r;
	lite_bind(st, 1, from);
	lite_bind(st, 2, most);
	while (r == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW && (msec)lite_num(st, 3) < before) {
		last = lite_num(st, 0);
		seen++;
		r = lite_fact_bytes(m, last, sqlite3_column_blob(st, 2),
		    (size_t)sqlite3_column_bytes(st, 2), buf, &p, &n);
		if (r == -ENODATA)
			r = cb(last, lite_num(st, 1), NULL, 0, arg);
		else if (r == 0)
			r = cb(last, lite_num(st, 1), p, n, arg);
	}
	if (r == 0 && rc != SQLITE_ROW)
		r = lite_err(m->db, rc);
	sqlite3_finalize(st);
	if (r == 0)
		*next = seen == most ? last + 1 : 0;
	return r;
}

static int
keep_order_get(struct store *s, uint64_t no, struct order *ret)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	int r = lite_prepare(m, "SELECT blob FROM orders WHERE no = ?1", &st);
	if (r < 0)
		return r;
	lite_bind(st, 1, no);
	int rc = sqlite3_step(st);
	r = rc == SQLITE_DONE ? -ENOENT : lite_err(m->db, rc);
	if (r == 0)
		r = order_decode(sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0), ret);
	sqlite3_finalize(st);
	return r;
}

static int
keep_case_after(struct store *s, uint64_t no, uint64_t *ret, msec *first, msec *last)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	int r = lite_prepare(m, "SELECT c, (SELECT at FROM event WHERE case_no = c AND i >= 0"
	    " ORDER BY seq LIMIT 1), (SELECT at FROM event WHERE case_no = c AND i >= 0"
	    " ORDER BY seq DESC LIMIT 1) FROM"
	    " (SELECT min(case_no) AS c FROM event WHERE case_no > ?1)", &st);
	if (r < 0)
		return r;
	lite_bind(st, 1, no);
	int rc = sqlite3_step(st);
	r = lite_err(m->db, rc);
	if (r == 0) {
		*ret = rc == SQLITE_ROW ? lite_num(st, 0) : 0; /* NULL reads as 0 */
		*first = rc == SQLITE_ROW ? (msec)lite_num(st, 1) : 0;
		*last = rc == SQLITE_ROW ? (msec)lite_num(st, 2) : 0;
	}
	sqlite3_finalize(st);
	return r;
}

static int
keep_case_drop(struct store *s, uint64_t no)
{
	return run(lite_of(s), "DELETE FROM event WHERE case_no = ?1", no, 0, 0);
}

static int
keep_aside_strip(struct store *s, msec before)
{
	return run(lite_of(s), "UPDATE aside SET bytes = x'' WHERE at < ?1 AND bytes <> x''", (uint64_t)before, 0,
	    0);
}

static int
keep_mark_set(struct store *s, uint64_t seq)
{
	struct lite *m = lite_of(s);
	int r = run(m, "UPDATE mark SET seq = ?1", seq, 0, 0);
	lite_was_clear(m);
	if (r == 0)
		m->mark = seq;
	return r;
}

static int
keep_mark(struct store *s, uint64_t *seq)
{
	*seq = lite_of(s)->mark;
	return 0;
}

static int
keep_mark_tidy(struct store *s, size_t most)
{
	struct lite *m = lite_of(s);
	int r = run(m, "DELETE FROM was WHERE no IN"
	    " (SELECT no FROM (SELECT no, seq FROM was ORDER BY no LIMIT ?2) WHERE seq < ?1)", m->mark, most, 0);
	return r < 0 ? r : (uint64_t)sqlite3_changes(m->db) >= most;
}

static int
keep_each_marked(struct store *s, store_state_cb *cb, void *arg)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st;
	int rc, r = m->schema < 4 ? -EINVAL : lite_prepare(m, "WITH first AS MATERIALIZED"
	    " (SELECT kind, key, min(no) AS no FROM was WHERE seq = ?1 GROUP BY kind, key)"
	    " SELECT kind, key, blob FROM state WHERE (kind, key) NOT IN (SELECT kind, key FROM first)"
	    " UNION ALL SELECT w.kind, w.key, w.blob FROM first f JOIN was w ON w.no = f.no"
	    " WHERE w.blob IS NOT NULL ORDER BY 1, 2", &st);
	if (r < 0)
		return r;
	lite_bind(st, 1, m->mark);
	while (r == 0 && (rc = sqlite3_step(st)) != SQLITE_DONE)
		r = rc != SQLITE_ROW ? lite_err(m->db, rc)
				     : cb(sqlite3_column_int(st, 0), sqlite3_column_blob(st, 1),
					   (size_t)sqlite3_column_bytes(st, 1), sqlite3_column_blob(st, 2),
					   (size_t)sqlite3_column_bytes(st, 2), arg);
	sqlite3_finalize(st);
	return r;
}

static int
keep_fold(struct store *s)
{
	struct lite *m = lite_of(s);
	sqlite3_busy_timeout(m->db, 0);
	int r = lite_err(m->db, sqlite3_wal_checkpoint_v2(m->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
	sqlite3_busy_timeout(m->db, 5000);
	return r;
}

const struct keep_ops lite_keep = {
	.shred = keep_shred,
	.each_body = keep_each_body,
	.order_get = keep_order_get,
	.case_after = keep_case_after,
	.case_drop = keep_case_drop,
	.aside_strip = keep_aside_strip,
	.shelve_anew = lite_shelve_anew,
	.shredded = keep_shredded,
	.number = keep_number,
	.number_set = keep_number_set,
	.mark_set = keep_mark_set,
	.mark = keep_mark,
	.mark_tidy = keep_mark_tidy,
	.each_marked = keep_each_marked,
	.fold = keep_fold,
};
