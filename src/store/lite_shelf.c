/* SPDX-License-Identifier: BSD-2-Clause */
/* The shelves of the SQLite back end: bytes by shelf and name, large ones written in pieces, what is kept of
 * mails sealed, large mails as files (lite_mail.c). Must never hold a mail twice in memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/lite.h"

#define SHELF_PIECE 65536

/* What is kept of mails is sealed, by the number of the mail. */
static bool
shelf_sealed(int shelf, const void *name, size_t name_n, uint64_t *no, enum shred_part *part)
{
	*no = 0;
	*part = shelf == SHELF_MAIL_BODY ? SHRED_BODY : SHRED_FACT;
	return shelf_no_of(name, name_n, no) && (shelf == SHELF_MAIL_BODY || shelf == SHELF_MAIL_HEAD);
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
fill_sealed(struct lite *m, uint64_t no, enum shred_part part, const uint8_t *p, size_t n)
{
	static uint8_t buf[SHRED_PIECE + SHRED_PIECE_MORE];
	struct shred_stream s;
	uint8_t head[SHRED_HEAD];
	sqlite3_blob *b;
	size_t at = sizeof(head), i = 0;
	int r = shred_stream_begin(m->mail_keys, no, part, &s, head);
	if (r < 0)
		return r;
	int rc = sqlite3_blob_open(m->db, "main", "shelf", "blob", sqlite3_last_insert_rowid(m->db), 1, &b);
	if (rc == SQLITE_OK)
		rc = sqlite3_blob_write(b, head, sizeof(head), 0);
	do {
		size_t len = n - i < SHRED_PIECE ? n - i : SHRED_PIECE;
		shred_stream_piece(&s, p + i, len, i + len == n, buf);
		i += len;
		if (rc == SQLITE_OK)
			rc = sqlite3_blob_write(b, buf, (int)(len + SHRED_PIECE_MORE), (int)at);
		at += len + SHRED_PIECE_MORE;
	} while (rc == SQLITE_OK && i < n);
	r = lite_err(m->db, rc);
	sqlite3_blob_close(b);
	return r;
}

int
lite_shelve(struct store *s, int shelf, const void *name, size_t name_n, const void *blob, size_t n)
{
	struct lite *m = lite_of(s);
	uint64_t no;
	enum shred_part part;
	int which = blob ? SHELVE : SHELVE_DEL;
	bool sealed = shelf_sealed(shelf, name, name_n, &no, &part);
	bool pieces = blob && n > SHELF_PIECE && n <= INT32_MAX;
	if (sealed && !blob) {
		int r = shred_destroy(m->mail_keys, no, part);
		if (r == 0 && part == SHRED_BODY)
			r = lite_mail_drop(m, no);
		if (r < 0)
			return r;
	}
	lite_bind(m->st[which], 1, (uint64_t)shelf);
	lite_bind_blob(m->st[which], 2, name, name_n);
	if (sealed && blob)
		sqlite3_bind_zeroblob(m->st[which], 3, (int)shred_stream_bytes(n));
	else if (pieces)
		sqlite3_bind_zeroblob(m->st[which], 3, (int)n);
	else if (blob)
		lite_bind_blob(m->st[which], 3, blob, n);
	int r = lite_run(m, which);
	if (r == 0 && sealed && blob)
		return fill_sealed(m, no, part, blob, n);
	return r == 0 && pieces ? fill_shelved(m, blob, n) : r;
}

int
lite_shelve_from(struct store *s, int shelf, const void *name, size_t name_n, size_t n, store_read_cb *read,
    void *arg)
{
	struct lite *m = lite_of(s);
	uint64_t no;
	enum shred_part part;
	uint8_t row[LITE_MAIL_ROW];
	if (!shelf_sealed(shelf, name, name_n, &no, &part))
		return -EINVAL;
	int r = lite_mail_put(m, no, n, read, arg);
	if (r < 0)
		return r;
	lite_mail_row(n, row);
	lite_bind(m->st[SHELVE], 1, (uint64_t)shelf);
	lite_bind_blob(m->st[SHELVE], 2, name, name_n);
	lite_bind_blob(m->st[SHELVE], 3, row, sizeof(row));
	return lite_run(m, SHELVE);
}

/* The bytes a row holds, or stands for; size: how many these are. */
static int
shelved(struct lite *m, int shelf, const void *name, size_t name_n, const void *at, size_t len, void **blob,
    size_t *n)
{
	uint64_t no, size;
	enum shred_part part;
	bool sealed = shelf_sealed(shelf, name, name_n, &no, &part);
	bool file = sealed && part == SHRED_BODY && lite_mail_is(at, len, &size);
	uint8_t *p = malloc((file ? (size_t)size : len) + 1);
	int r = p ? 0 : -ENOMEM;
	if (r == 0 && file)
		r = lite_mail_part(m, no, 0, p, (size_t)size, &len);
	else if (r == 0 && sealed && len && shred_is_stream(at, len))
		r = shred_unstream(m->mail_keys, no, part, at, len, p, &len);
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
		r = shelved(m, shelf, name, name_n, at, len, blob, n);
	sqlite3_reset(m->st[SHELVED]);
	return r == -ENODATA ? -ENOENT : r;
}

int
lite_shelved_part(struct store *s, int shelf, const void *name, size_t name_n, uint64_t from, void *buf,
    size_t most, size_t *ret_n, size_t *size)
{
	struct lite *m = lite_of(s);
	const void *at;
	uint64_t no, n;
	size_t len;
	enum shred_part which;
	void *p = NULL;
	int r = row_of(m, shelf, name, name_n, &at, &len);
	if (r == 0 && shelf_sealed(shelf, name, name_n, &no, &which) && which == SHRED_BODY &&
	    lite_mail_is(at, len, &n)) {
		*size = (size_t)n;
		r = lite_mail_part(m, no, from, buf, most, ret_n);
	} else if (r == 0 && (r = shelved(m, shelf, name, name_n, at, len, &p, size)) == 0) {
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
	uint64_t no;
	enum shred_part part;
	int r = shelf_sealed(shelf, name, name_n, &no, &part) ? shred_renew(lite_of(s)->mail_keys, no, part) : 0;
	return r < 0 ? r : lite_shelve(s, shelf, name, name_n, blob, n);
}

/* Places behind the newest mail's are made anew. */
int
lite_mail_keys(struct lite *m)
{
	sqlite3_stmt *st = NULL;
	uint64_t last = 0;
	int r = m->schema < 3 ? 0 : lite_prepare(m, "SELECT max(name) FROM shelf WHERE no = 16", &st);
	if (r == 0 && st && sqlite3_step(st) == SQLITE_ROW)
		shelf_no_of(sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0), &last);
	sqlite3_finalize(st);
	return r < 0 ? r : shred_open(m->dir, SHRED_MAIL_FILE, m->readonly, last, &m->mail_keys);
}
