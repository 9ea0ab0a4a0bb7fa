/* SPDX-License-Identifier: BSD-2-Clause */
/* The shelves of the SQLite back end: bytes by shelf and name, large ones written in pieces, what is kept of
 * mails, outbox and wishes sealed, large mails as files (lite_mail.c). Must never hold a mail twice in memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/lite.h"

#define SHELF_PIECE 65536

struct seal {
	struct shred *keys;
	uint64_t no;
	enum shred_part part;
};

/* What is kept of mails, theirs and ours, is sealed by their numbers; a wish as the body of the fact it is about. */
static bool
shelf_sealed(struct lite *m, int shelf, const void *name, size_t name_n, struct seal *ret)
{
	enum { BY_FACT, BY_MAIL, BY_OUT };
	static const struct {
		int shelf, by;
		enum shred_part part;
	} rows[] = {
		{ SHELF_MAIL_HEAD, BY_MAIL, SHRED_FACT },
		{ SHELF_MAIL_BODY, BY_MAIL, SHRED_BODY },
		{ SHELF_SPEAK, BY_OUT, SHRED_FACT },
		{ SHELF_SPEAK_BODY, BY_OUT, SHRED_BODY },
		{ SHELF_WISH, BY_FACT, SHRED_WISH },
	};
	struct shred *const keys[] = { [BY_FACT] = m->keys, [BY_MAIL] = m->mail_keys, [BY_OUT] = m->out_keys };
	uint64_t no;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].shelf == shelf && shelf_no_of(name, name_n, &no)) {
			*ret = (struct seal){ keys[rows[i].by], no, rows[i].part };
			return true;
		}
	return false;
}

bool
lite_shelf_sealed(struct lite *m, int shelf, const void *name, size_t name_n)
{
	struct seal seal;
	return shelf_sealed(m, shelf, name, name_n, &seal);
}

/* Bytes of the row just put there, piece by piece: given to the statement they would be copied first. */
static int
fill_shelved(struct lite *m, const uint8_t *p, size_t n)
{
	sqlite3_blob *b;
	int rc = sqlite3_blob_open(m->db, "main", "shelf", "blob", sqlite3_last_insert_rowid(m->db), 1, &b);
	for (size_t i = 0; rc == SQLITE_OK && i < n; i += SHELF_PIECE)
		rc = sqlite3_blob_write(b, p + i, (int)(n - i < SHELF_PIECE ? n - i : SHELF_PIECE), (int)i);
	int r = lite_err(m->db, rc);
	sqlite3_blob_close(b);
	return r;
}

/* The same, sealed on the way. */
static int
fill_sealed(struct lite *m, struct shred_stream *s, const uint8_t head[SHRED_HEAD], const uint8_t *p, size_t n)
{
	static uint8_t buf[SHRED_PIECE + SHRED_PIECE_MORE];
	sqlite3_blob *b;
	size_t at = SHRED_HEAD, i = 0;
	int rc = sqlite3_blob_open(m->db, "main", "shelf", "blob", sqlite3_last_insert_rowid(m->db), 1, &b);
	if (rc == SQLITE_OK)
		rc = sqlite3_blob_write(b, head, SHRED_HEAD, 0);
	do {
		size_t len = n - i < SHRED_PIECE ? n - i : SHRED_PIECE;
		shred_stream_piece(s, p + i, len, i + len == n, buf);
		i += len;
		if (rc == SQLITE_OK)
			rc = sqlite3_blob_write(b, buf, (int)(len + SHRED_PIECE_MORE), (int)at);
		at += len + SHRED_PIECE_MORE;
	} while (rc == SQLITE_OK && i < n);
	int r = lite_err(m->db, rc);
	sqlite3_blob_close(b);
	return r;
}

/* Its key goes before its row does; that of a wish is made of its report's and stays. */
static int
let_go(struct lite *m, int shelf, const struct seal *seal)
{
	int r = seal->part == SHRED_WISH ? 0 : shred_destroy(seal->keys, seal->no, seal->part);
	return r == 0 && shelf == SHELF_MAIL_BODY ? lite_mail_drop(m, seal->no) : r;
}

/* A fact that stands in the clear, in a store of an older version: 1; else 0, or negative errno. */
static int
fact_is_clear(struct lite *m, uint64_t seq)
{
	sqlite3_stmt *st = m->st[FETCH_FACT];
	lite_bind(st, 1, seq);
	int rc = sqlite3_step(st), r = lite_err(m->db, rc);
	size_t n = rc == SQLITE_ROW ? (size_t)sqlite3_column_bytes(st, 1) : 0;
	bool clear = n && !shred_is(sqlite3_column_blob(st, 1), n);
	sqlite3_reset(st);
	return r < 0 ? r : clear;
}

int
lite_shelve(struct store *s, int shelf, const void *name, size_t name_n, const void *blob, size_t n)
{
	struct lite *m = lite_of(s);
	struct seal seal = { .no = 0 };
	struct shred_stream stream;
	uint8_t head[SHRED_HEAD];
	bool sealed = shelf_sealed(m, shelf, name, name_n, &seal);
	int r = sealed && blob ? shred_stream_begin(seal.keys, seal.no, seal.part, &stream, head) : 0;
	if (r == -ENODATA && seal.part == SHRED_WISH) {
		/* Its report is not sealed either; or shredded, and nobody wishes for anything any more. */
		r = fact_is_clear(m, seal.no);
		if (r == 0)
			blob = NULL;
		sealed = r == 0;
		r = r > 0 ? 0 : r;
	}
	if (r == 0 && sealed && !blob)
		r = let_go(m, shelf, &seal);
	if (r < 0)
		return r;
	int which = blob ? SHELVE : SHELVE_DEL;
	bool pieces = blob && !sealed && n > SHELF_PIECE && n <= INT32_MAX;
	lite_bind(m->st[which], 1, (uint64_t)shelf);
	lite_bind_blob(m->st[which], 2, name, name_n);
	if (sealed && blob)
		sqlite3_bind_zeroblob(m->st[which], 3, (int)shred_stream_bytes(n));
	else if (pieces)
		sqlite3_bind_zeroblob(m->st[which], 3, (int)n);
	else if (blob)
		lite_bind_blob(m->st[which], 3, blob, n);
	r = lite_run(m, which);
	if (r == 0 && sealed && blob)
		return fill_sealed(m, &stream, head, blob, n);
	return r == 0 && pieces ? fill_shelved(m, blob, n) : r;
}

int
lite_shelve_from(struct store *s, int shelf, const void *name, size_t name_n, size_t n, store_read_cb *read,
    void *arg)
{
	struct lite *m = lite_of(s);
	struct seal seal;
	uint8_t row[LITE_MAIL_ROW];
	if (!shelf_sealed(m, shelf, name, name_n, &seal))
		return -EINVAL;
	int r = lite_mail_put(m, seal.no, n, read, arg);
	if (r < 0)
		return r;
	lite_mail_row(n, row);
	lite_bind(m->st[SHELVE], 1, (uint64_t)shelf);
	lite_bind_blob(m->st[SHELVE], 2, name, name_n);
	lite_bind_blob(m->st[SHELVE], 3, row, sizeof(row));
	return lite_run(m, SHELVE);
}

/* The bytes a row holds, or stands for. */
int
lite_shelf_open(struct lite *m, int shelf, const void *name, size_t name_n, const void *at, size_t len,
    void **blob, size_t *n)
{
	uint64_t size;
	struct seal seal;
	bool sealed = shelf_sealed(m, shelf, name, name_n, &seal);
	bool file = sealed && shelf == SHELF_MAIL_BODY && lite_mail_is(at, len, &size);
	uint8_t *p = malloc((file ? (size_t)size : len) + 1);
	int r = p ? 0 : -ENOMEM;
	if (r == 0 && file)
		r = lite_mail_part(m, seal.no, 0, p, (size_t)size, &len);
	else if (r == 0 && sealed && len && shred_is_stream(at, len))
		r = shred_unstream(seal.keys, seal.no, seal.part, at, len, p, &len);
	else if (r == 0 && len)
		memcpy(p, at, len);
	if (r < 0) {
		free(p);
		return r;
	}
	*blob = p;
	*n = len;
	return 0;
}

/* The row, until st is reset. -ENOENT. */
static int
row_of(struct lite *m, int shelf, const void *name, size_t name_n, const void **at, size_t *len)
{
	sqlite3_stmt *st = m->st[SHELVED];
	if (!st) /* of an earlier schema */
		return -ENOENT;
	lite_bind(st, 1, (uint64_t)shelf);
	lite_bind_blob(st, 2, name, name_n);
	int rc = sqlite3_step(st), r = lite_err(m->db, rc);
	if (r == 0 && rc != SQLITE_ROW)
		r = -ENOENT;
	*len = r == 0 ? (size_t)sqlite3_column_bytes(st, 0) : 0;
	*at = *len ? sqlite3_column_blob(st, 0) : NULL;
	return r;
}

int
lite_shelved(struct store *s, int shelf, const void *name, size_t name_n, void **blob, size_t *n)
{
	struct lite *m = lite_of(s);
	const void *at;
	size_t len;
	int r = row_of(m, shelf, name, name_n, &at, &len);
	if (r == 0)
		r = lite_shelf_open(m, shelf, name, name_n, at, len, blob, n);
	sqlite3_reset(m->st[SHELVED]);
	return r == -ENODATA ? -ENOENT : r;
}

int
lite_shelved_part(struct store *s, int shelf, const void *name, size_t name_n, uint64_t from, void *buf,
    size_t most, size_t *ret_n, size_t *size)
{
	struct lite *m = lite_of(s);
	const void *at;
	uint64_t n;
	size_t len;
	struct seal seal;
	void *p = NULL;
	int r = row_of(m, shelf, name, name_n, &at, &len);
	if (r == 0 && shelf == SHELF_MAIL_BODY && shelf_sealed(m, shelf, name, name_n, &seal) &&
	    lite_mail_is(at, len, &n)) {
		*size = (size_t)n;
		r = lite_mail_part(m, seal.no, from, buf, most, ret_n);
	} else if (r == 0 && (r = lite_shelf_open(m, shelf, name, name_n, at, len, &p, size)) == 0) {
		size_t first = from < *size ? (size_t)from : *size;
		*ret_n = *size - first < most ? *size - first : most;
		memcpy(buf, (uint8_t *)p + first, *ret_n);
		free(p);
	}
	sqlite3_reset(m->st[SHELVED]);
	return r == -ENODATA ? -ENOENT : r;
}

int
lite_shelve_anew(struct store *s, int shelf, const void *name, size_t name_n, const void *blob, size_t n)
{
	struct seal seal;
	bool own = shelf_sealed(lite_of(s), shelf, name, name_n, &seal) && seal.part != SHRED_WISH;
	int r = own ? shred_renew(seal.keys, seal.no, seal.part) : 0;
	return r < 0 ? r : lite_shelve(s, shelf, name, name_n, blob, n);
}

/* The highest number there is on those shelves. */
static int
last_no(struct lite *m, int from, int to, uint64_t *ret)
{
	sqlite3_stmt *st;
	*ret = 0;
	if (m->schema < 3) /* no shelves */
		return 0;
	int r = lite_prepare(m, "SELECT max(name) FROM shelf WHERE no BETWEEN ?1 AND ?2", &st);
	if (r < 0)
		return r;
	lite_bind(st, 1, (uint64_t)from);
	lite_bind(st, 2, (uint64_t)to);
	int rc = sqlite3_step(st);
	r = lite_err(m->db, rc);
	if (rc == SQLITE_ROW)
		shelf_no_of(sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0), ret);
	sqlite3_finalize(st);
	return r;
}

/* Places behind the newest are made anew. */
int
lite_shelf_keys(struct lite *m)
{
	uint64_t mail, out;
	int r = last_no(m, SHELF_MAIL, SHELF_MAIL, &mail);
	if (r == 0)
		r = last_no(m, SHELF_SPEAK, SHELF_SPEAK_BODY, &out);
	if (r == 0)
		r = shred_open(m->dir, SHRED_MAIL_FILE, m->readonly, mail, &m->mail_keys);
	return r < 0 ? r : shred_open(m->dir, SHRED_OUT_FILE, m->readonly, out, &m->out_keys);
}
