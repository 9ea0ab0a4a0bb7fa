/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What versions before schema 5 left on the shelves in the clear: the outbox, and who wants to be told of a
 * report. Each row is sealed in place, some in one transaction; the schema's number changes when all are. Cut
 * short, it goes on with those that are left: a row is as it was or sealed, and readable either way. It must
 * never make a key for a row that is sealed already.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/keep.h"
#include "store/lite.h"

#define ROWS  64        /* in one transaction, */
#define BYTES (4 << 20) /* or so many */

struct clear_row {
	struct shelf_no name;
	void *blob;
	size_t n;
};

/* The first row behind ret's name. 1: so, its bytes malloc'ed; 0: there is none; negative errno. */
static int
row_after(struct lite *m, int shelf, struct clear_row *ret)
{
	sqlite3_stmt *st;
	int r = lite_prepare(m, "SELECT name, blob FROM shelf WHERE no = ?1 AND name > ?2 AND length(name) = 8"
	    " ORDER BY name LIMIT 1", &st);
	if (r < 0)
		return r;
	lite_bind(st, 1, (uint64_t)shelf);
	sqlite3_bind_blob(st, 2, ret->name.b, sizeof(ret->name.b), SQLITE_TRANSIENT);
	int rc = sqlite3_step(st);
	r = lite_err(m->db, rc);
	if (rc == SQLITE_ROW) {
		ret->n = (size_t)sqlite3_column_bytes(st, 1);
		ret->blob = malloc(ret->n + 1);
		r = ret->blob ? 1 : -ENOMEM;
	}
	if (r == 1) {
		memcpy(ret->name.b, sqlite3_column_blob(st, 0), sizeof(ret->name.b));
		if (ret->n)
			memcpy(ret->blob, sqlite3_column_blob(st, 1), ret->n);
	}
	sqlite3_finalize(st);
	return r;
}

static int
seal_row(struct lite *m, int shelf, const struct clear_row *row)
{
	uint64_t no = 0;
	int r = 0;
	if (shred_is_stream(row->blob, row->n))
		return 0;
	shelf_no_of(row->name.b, sizeof(row->name.b), &no);
	if (shelf != SHELF_WISH) /* that has its report's */
		r = shred_make(m->out_keys, no, shelf == SHELF_SPEAK_BODY ? SHRED_BODY : SHRED_FACT);
	return r < 0 ? r : lite_shelve(&m->s, shelf, row->name.b, sizeof(row->name.b), row->blob, row->n);
}

/* Some rows behind *at. 1: come again; 0: that were all; negative errno. */
static int
some(struct lite *m, int shelf, struct shelf_no *at)
{
	struct clear_row row = { .name = *at };
	size_t n = 0, bytes = 0;
	int r = store_begin(&m->s), more = 1;
	if (r < 0)
		return r;
	while (r == 0 && more == 1 && n++ < ROWS && bytes < BYTES) {
		more = row_after(m, shelf, &row);
		r = more < 0 ? more : more ? seal_row(m, shelf, &row) : 0;
		bytes += more == 1 ? row.n : 0;
		if (more == 1)
			free(row.blob);
	}
	if (r == 0)
		r = store_commit(&m->s);
	if (r < 0) {
		store_rollback(&m->s);
		return r;
	}
	*at = row.name;
	return more;
}

int
lite_reseal(struct lite *m)
{
	static const int shelves[] = { SHELF_SPEAK, SHELF_SPEAK_BODY, SHELF_WISH };
	int r = 0;
	for (size_t i = 0; r == 0 && i < sizeof(shelves) / sizeof(shelves[0]); i++) {
		struct shelf_no at = { .b = { 0 } };
		while ((r = some(m, shelves[i], &at)) == 1)
			;
	}
	if (r == 0)
		r = lite_err(m->db, sqlite3_exec(m->db, "PRAGMA user_version = 5", NULL, NULL, NULL));
	if (r == 0) /* pages as they were leave the log; where somebody reads, with its next turn */
		store_fold(&m->s);
	return r;
}
