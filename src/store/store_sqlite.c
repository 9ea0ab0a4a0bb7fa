/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store in SQLite: lymph.db in the state folder (write-ahead log, synchronous=FULL), large bodies
 * beside it (body.c). Each fact is one small row; bodies have a table of their own, so replay reads
 * a dense journal and naming a fact's case rewrites a small row. Here it is opened and a transaction begins
 * and ends; its tables are in lite_schema.c, its rows in lite_write.c. It must never report a commit that a
 * power cut could take back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <sodium.h>

#include "store/lite.h"

#define FRESH_MOST 4096 /* report ids in memory before they are written, in order */

static const char *const sql[SQL_N] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[FACT] = "INSERT INTO fact(at, kind, blob, seq) VALUES(?1, ?2, ?3, ?4)",
	[BODY] = "INSERT INTO body(seq, len, hash, bytes, sig) VALUES(?1, ?2, ?3, ?4, ?5)",
	[SEEN] = "INSERT INTO seen(id, head, seq) VALUES(?1, ?2, ?3)",
	[FACT_CASE] = "UPDATE fact SET case_no = ?2 WHERE seq = ?1",
	[FACT_OF] = "REPLACE INTO event(case_no, seq, i, at, kind, a, b, q)"
		    " VALUES(?2, ?1, -1, 0, 0, 0, 0, 0)",
	[STATE] = "INSERT INTO state(kind, key, blob) VALUES(?1, ?2, ?3)"
		  " ON CONFLICT(kind, key) DO UPDATE SET blob = excluded.blob",
	[STATE_DEL] = "DELETE FROM state WHERE kind = ?1 AND key = ?2",
	[ORDER] = "REPLACE INTO orders(no, case_no, blob) VALUES(?1, ?2, ?3)",
	[EVENT] = "INSERT INTO event(case_no, seq, i, at, kind, a, b, q)"
		  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[ASIDE] = "INSERT INTO aside(at, role, digest, bytes) VALUES(?1, ?2, ?3, ?4)",
	[OUT] = "INSERT INTO outbox(dest, action, blob) VALUES(?1, ?2, ?3)",
	[OUT_DONE] = "DELETE FROM outbox WHERE dest = ?1 AND no <= ?2",
	[SHELVE] = "REPLACE INTO shelf(no, name, blob) VALUES(?1, ?2, ?3)",
	[SHELVE_DEL] = "DELETE FROM shelf WHERE no = ?1 AND name = ?2",
	[SHELVED] = "SELECT blob FROM shelf WHERE no = ?1 AND name = ?2",
	[MERGED] = "UPDATE merged SET seq = ?1",
	[FIND] = "SELECT seq FROM seen WHERE id = ?1 AND head = ?2 ORDER BY seq",
	[FETCH_FACT] = "SELECT case_no, blob FROM fact WHERE seq = ?1",
	[WAS] = "INSERT INTO was(seq, kind, key, blob) SELECT ?3, ?1, ?2,"
		" (SELECT blob FROM state WHERE kind = ?1 AND key = ?2)",
	[LAST] = "SELECT seq, at FROM fact ORDER BY seq DESC LIMIT 1",
};

static void
lite_close(struct store *s)
{
	struct lite *m = lite_of(s);
	for (int i = 0; i < SQL_N; i++)
		sqlite3_finalize(m->st[i]);
	sqlite3_close(m->db);
	fresh_clear(&m->fresh);
	shred_close(m->keys);
	shred_close(m->mail_keys);
	shred_close(m->out_keys);
	lite_was_clear(m);
	if (m->dir >= 0)
		close(m->dir);
	free(m);
}

static int64_t
lite_room(const struct store *s)
{
	struct statvfs v;
	if (fstatvfs(lite_of(s)->dir, &v))
		return INT64_MAX;
	return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

static int
lite_begin(struct store *s)
{
	struct lite *m = lite_of(s);
	m->last_kept = m->last;
	m->mark_kept = m->mark;
	return lite_run(m, BEGIN);
}

static int
lite_commit(struct store *s)
{
	struct lite *m = lite_of(s);
	bool merge = m->fresh.n >= FRESH_MOST;
	int r = merge ? lite_seen_merge(m) : 0;
	if (r == 0)
		r = shred_sync(m->keys); /* first the keys: a row without one is gone, one with it is not */
	if (r == 0)
		r = shred_sync(m->mail_keys);
	if (r == 0)
		r = shred_sync(m->out_keys);
	if (r == 0)
		r = lite_run(m, COMMIT);
	if (r < 0)
		return r;
	if (merge)
		fresh_clear(&m->fresh);
	fresh_keep(&m->fresh);
	return 0;
}

static void
lite_rollback(struct store *s)
{
	struct lite *m = lite_of(s);
	fresh_undo(&m->fresh);
	m->last = m->last_kept;
	m->mark = m->mark_kept;
	lite_was_clear(m);
	if (!sqlite3_get_autocommit(m->db)) /* a full disk may have rolled back already */
		lite_run(m, ROLLBACK);
}

static int
lite_last(struct store *s, uint64_t *seq, msec *at)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st = m->st[LAST];
	int rc = sqlite3_step(st), r = lite_err(m->db, rc);
	if (r == 0) {
		*seq = rc == SQLITE_ROW ? lite_num(st, 0) : 0;
		*at = rc == SQLITE_ROW ? (msec)lite_num(st, 1) : 0;
	}
	sqlite3_reset(st);
	return r;
}

static const struct store_ops ops = {
	.keep = &lite_keep,
	.close = lite_close,
	.room = lite_room,
	.begin = lite_begin,
	.commit = lite_commit,
	.rollback = lite_rollback,
	.fact = lite_fact,
	.fact_case = lite_fact_case,
	.state = lite_state,
	.order = lite_order,
	.out = lite_out,
	.out_done = lite_out_done,
	.event = lite_event,
	.aside = lite_aside,
	.shelve = lite_shelve,
	.shelved = lite_shelved,
	.shelve_from = lite_shelve_from,
	.shelved_part = lite_shelved_part,
	.each_shelved = lite_each_shelved,
	.find_report = lite_find_report,
	.last = lite_last,
	.last_conf = lite_last_conf,
	.each_fact = lite_each_fact,
	.each_state = lite_each_state,
	.each_order = lite_each_order,
	.each_out = lite_each_out,
	.case_events = lite_case_events,
	.each_aside = lite_each_aside,
	.body = lite_body,
};

static int
prepare_all(struct lite *m)
{
	int r = 0;
	for (int i = 0; r == 0 && i < SQL_N; i++) {
		if ((m->schema < 2 && (i == OUT || i == OUT_DONE)) ||
		    (m->schema < 3 && (i == SHELVE || i == SHELVE_DEL || i == SHELVED)) ||
		    (m->schema < 4 && i == WAS))
			continue; /* its table is not there, and nothing is written */
		const char *one = m->readonly && i == BEGIN ? "BEGIN" : sql[i];
		r = lite_err(m->db, sqlite3_prepare_v3(m->db, one, -1, SQLITE_PREPARE_PERSISTENT,
		    &m->st[i], NULL));
	}
	return r;
}

/* Everything that is there, ready to be written to. */
static int
set_up(struct lite *m)
{
	msec at;
	int r = lite_schema(m);
	if (r == 0)
		r = prepare_all(m);
	if (r == 0)
		r = lite_last(&m->s, &m->last, &at);
	if (r == 0)
		r = shred_open(m->dir, SHRED_FILE, m->readonly, m->last, &m->keys);
	if (r == 0)
		r = lite_shelf_keys(m);
	if (r == 0 && m->schema >= 4)
		r = lite_ask(m, "SELECT seq FROM mark", &m->mark);
	if (r == 0)
		r = lite_seen_load(m);
	return r == 0 && m->clear ? lite_reseal(m) : r;
}

void
store_sqlite_prepare(void)
{
	unsigned char seed[8];
	if (sodium_init() < 0)
		abort();
	sqlite3_initialize();
	sqlite3_randomness(sizeof(seed), seed);
}

int
store_sqlite_open(const char *dir, int flags, struct store **ret)
{
	struct lite *m = calloc(1, sizeof(*m));
	char path[4096];
	if (!m)
		return -ENOMEM;
	m->s.ops = &ops;
	m->readonly = flags & STORE_READONLY;
	fresh_init(&m->fresh);
	int r = 0;
	m->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->dir < 0 && errno == ENOENT && !m->readonly && mkdir(dir, 0700) == 0)
		m->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->dir < 0)
		r = -errno;
	if (r == 0 && snprintf(path, sizeof(path), "%s/lymph.db", dir) >= (int)sizeof(path))
		r = -ENAMETOOLONG;
	if (r == 0) {
		int rc = sqlite3_open_v2(path, &m->db, SQLITE_OPEN_NOMUTEX |
		    (m->readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE),
		    NULL);
		r = lite_err(m->db, rc);
	}
	if (r == 0) {
		sqlite3_extended_result_codes(m->db, 1);
		sqlite3_busy_timeout(m->db, 5000);
		r = set_up(m);
	}
	if (r < 0) {
		lite_close(&m->s);
		return r;
	}
	*ret = &m->s;
	return 0;
}
