/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the SQLite back end share: the handle, and the rows, walks and shelves that the table of
 * store_sqlite.c points to. */
#ifndef STORE_LITE_H
#define STORE_LITE_H

#include <sqlite3.h>

#include "store/back.h"
#include "store/fresh.h"
#include "store/shred.h"

enum { BEGIN, COMMIT, ROLLBACK, FACT, BODY, SEEN, FACT_CASE, FACT_OF, STATE, STATE_DEL, ORDER, EVENT,
	ASIDE, OUT, OUT_DONE, SHELVE, SHELVE_DEL, SHELVED, MERGED, FIND, FETCH_FACT, LAST, WAS, SQL_N };

struct lite {
	struct store s;
	sqlite3 *db;
	sqlite3_stmt *st[SQL_N];
	int dir;
	bool readonly;
	uint64_t schema;    /* an earlier one only when readonly: what it lacks is empty */
	bool clear;         /* it was one whose outbox and wishes are not sealed yet */
	struct shred *keys, *mail_keys, *out_keys;
	uint64_t last, last_kept; /* newest fact; at begin */
	uint64_t mark, mark_kept; /* fact of the mark, 0: none; at begin */
	uint64_t *was;            /* hashes of objects kept as they were there, by this process */
	size_t was_n, was_room;
	uint8_t was_key[crypto_shorthash_KEYBYTES];
	uint64_t event_seq;
	uint32_t event_i;
	struct fresh fresh; /* reports after the fact `merged` that `seen` does not hold yet */
};

static inline struct lite *
lite_of(const struct store *s)
{
	return (struct lite *)s;
}

/* SQLite's word as an errno: 0 for success, a row or the end of rows. */
int lite_err(sqlite3 *db, int rc);

static inline void
lite_bind(sqlite3_stmt *st, int i, uint64_t v)
{
	sqlite3_bind_int64(st, i, (sqlite3_int64)v);
}

/* STATIC: every statement is run before the bytes go away. No bytes is an empty blob, not NULL. */
static inline void
lite_bind_blob(sqlite3_stmt *st, int i, const void *p, size_t n)
{
	if (n)
		sqlite3_bind_blob64(st, i, p, n, SQLITE_STATIC);
	else
		sqlite3_bind_zeroblob(st, i, 0);
}

/* Runs a prepared statement that returns no rows. */
static inline int
lite_run(struct lite *m, int which)
{
	int rc = sqlite3_step(m->st[which]);
	int r = lite_err(m->db, rc);
	sqlite3_reset(m->st[which]);
	return r;
}

static inline uint64_t
lite_num(sqlite3_stmt *st, int i)
{
	return (uint64_t)sqlite3_column_int64(st, i);
}

int lite_prepare(struct lite *m, const char *text, sqlite3_stmt **ret);
/* A statement of one number, or of one row that yields one. */
int lite_ask(struct lite *m, const char *text, uint64_t *ret);
/* A fact's bytes as they were given, in buf or in place. -ENODATA: it was shredded. */
int lite_fact_bytes(struct lite *m, uint64_t seq, const void *p, size_t n, uint8_t buf[FACT_BYTES],
    const void **ret, size_t *ret_n);
extern const struct keep_ops lite_keep;
/* Whether that object was named before, since the last clear; now it is. */
bool lite_was(struct lite *m, int kind, const uint8_t *key, size_t n);
void lite_was_clear(struct lite *m);

/* lite_schema.c: makes the tables or brings them up, and sets m->schema. -ENOTSUP: a later version's;
 * -EBADMSG: not a store. */
int lite_schema(struct lite *m);

/* lite_seen.c: a report that fact seq brought; all of them into the table, within the transaction; those
 * that were in memory only when the last process ended. */
int lite_seen_add(struct lite *m, const struct report *p, uint64_t seq);
int lite_seen_merge(struct lite *m);
int lite_seen_load(struct lite *m);
int lite_find_report(struct store *s, const struct key *key, const uint8_t id[16], struct store_seen *ret);

/* lite_write.c */
int lite_fact(struct store *s, const struct fact_row *f, uint64_t *seq);
int lite_fact_case(struct store *s, uint64_t seq, uint64_t case_no);
int lite_state(struct store *s, int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n);
int lite_order(struct store *s, const struct order *o, const void *blob, size_t n);
int lite_out(struct store *s, const struct store_out *o, const void *blob, size_t n, uint64_t *no);
int lite_out_done(struct store *s, uint32_t to, uint64_t no);
int lite_event(struct store *s, const struct store_event *e);
int lite_aside(struct store *s, const struct store_aside *a);

/* lite_walk.c: reads of more than one row. */
int lite_last_conf(struct store *s, uint64_t *generation, store_fact_cb *cb, void *arg);
int lite_each_fact(struct store *s, uint64_t case_no, bool people, uint64_t from_seq,
    store_fact_cb *cb, void *arg);
int lite_each_state(struct store *s, store_state_cb *cb, void *arg);
int lite_each_order(struct store *s, store_order_cb *cb, void *arg);
int lite_each_out(struct store *s, uint32_t to, uint64_t from, size_t most, store_out_cb *cb,
    void *arg);
int lite_case_events(struct store *s, uint64_t case_no, size_t most, store_event_cb *cb, void *arg);
/* lite_shelf.c */
int lite_shelve(struct store *s, int shelf, const void *name, size_t name_n, const void *blob, size_t n);
int lite_shelved(struct store *s, int shelf, const void *name, size_t name_n, void **blob, size_t *n);
int lite_shelve_from(struct store *s, int shelf, const void *name, size_t name_n, size_t n,
    store_read_cb *read, void *arg);
int lite_shelved_part(struct store *s, int shelf, const void *name, size_t name_n, uint64_t at, void *buf,
    size_t most, size_t *ret_n, size_t *size);
int lite_shelve_anew(struct store *s, int shelf, const void *name, size_t name_n, const void *blob, size_t n);
/* Opens the keys of what is shelved by a number of its own. */
int lite_shelf_keys(struct lite *m);
/* Whether what stands there is sealed; and a row's bytes as they were given, malloc'ed: -ENODATA, -EBADMSG when
 * nobody can read them any more. */
bool lite_shelf_sealed(struct lite *m, int shelf, const void *name, size_t name_n);
int lite_shelf_open(struct lite *m, int shelf, const void *name, size_t name_n, const void *at, size_t len,
    void **blob, size_t *n);
/* lite_reseal.c: what an earlier version left in the clear. */
int lite_reseal(struct lite *m);
/* lite_mail.c: a mail's bytes as a sealed file, by its number. What stands in the row for it: */
#define LITE_MAIL_ROW 9
void lite_mail_row(uint64_t n, uint8_t row[LITE_MAIL_ROW]);
bool lite_mail_is(const void *row, size_t row_n, uint64_t *n); /* n: of its bytes */
int lite_mail_put(struct lite *m, uint64_t no, size_t n, store_read_cb *read, void *arg);
int lite_mail_part(struct lite *m, uint64_t no, uint64_t at, void *buf, size_t most, size_t *ret_n);
/* -ENOENT is none. */
int lite_mail_drop(struct lite *m, uint64_t no);
int lite_each_shelved(struct store *s, int shelf, store_shelf_cb *cb, void *arg);
int lite_each_aside(struct store *s, store_aside_cb *cb, void *arg);
int lite_body(struct store *s, uint64_t seq, void **bytes, size_t *len, void **sig, size_t *sig_len);

#endif
