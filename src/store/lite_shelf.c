/* SPDX-License-Identifier: BSD-2-Clause */
/* The shelves of the SQLite back end: bytes by shelf and name, large ones written in pieces, what is kept of
 * mails sealed. Must never hold a mail twice in memory. */
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
	for (size_t i = 0; i < name_n && i < 8; i++)
		*no = *no << 8 | ((const uint8_t *)name)[i];
	return (shelf == SHELF_MAIL_BODY || shelf == SHELF_MAIL_HEAD) && name_n == 8;
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
lite_shelved(struct store *s, int shelf, const void *name, size_t name_n, void **blob, size_t *n)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st = m->st[SHELVED];
	uint64_t no;
	enum shred_part part;
	bool sealed = shelf_sealed(shelf, name, name_n, &no, &part);
	if (!st) /* of an earlier schema */
		return -ENOENT;
	lite_bind(st, 1, (uint64_t)shelf);
	lite_bind_blob(st, 2, name, name_n);
	int rc = sqlite3_step(st), r = lite_err(m->db, rc);
	size_t len = r == 0 && rc == SQLITE_ROW ? (size_t)sqlite3_column_bytes(st, 0) : 0;
	void *p = r == 0 && rc == SQLITE_ROW ? malloc(len + 1) : NULL;
	const void *at = len ? sqlite3_column_blob(st, 0) : NULL;
	if (r == 0 && rc != SQLITE_ROW)
		r = -ENOENT;
	else if (r == 0 && !p)
		r = -ENOMEM;
	if (r == 0 && sealed && len && shred_is_stream(at, len))
		r = shred_unstream(m->mail_keys, no, part, at, len, p, &len);
	else if (r == 0 && len)
		memcpy(p, at, len);
	sqlite3_reset(st);
	if (r < 0) {
		free(p);
		return r == -ENODATA ? -ENOENT : r;
	}
	*blob = p;
	*n = len;
	return 0;
}

/* Places behind the newest mail's are made anew. */
int
lite_mail_keys(struct lite *m)
{
	sqlite3_stmt *st = NULL;
	uint64_t last = 0, no;
	enum shred_part part;
	int r = m->schema < 3 ? 0 : lite_prepare(m, "SELECT max(name) FROM shelf WHERE no = 16", &st);
	if (r == 0 && st && sqlite3_step(st) == SQLITE_ROW) {
		shelf_sealed(0, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0), &no, &part);
		last = no;
	}
	sqlite3_finalize(st);
	return r < 0 ? r : shred_open(m->dir, SHRED_MAIL_FILE, m->readonly, last, &m->mail_keys);
}
