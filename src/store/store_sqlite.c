/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store in SQLite: lymph.db in the state folder (write-ahead log, synchronous=FULL), large bodies
 * beside it (body.c). Each fact is one small row; bodies have a table of their own, so replay reads
 * a dense journal and naming a fact's case rewrites a small row. It must never report a commit that
 * a power cut could take back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <sodium.h>

#include "store/body.h"
#include "store/lite.h"

#define APPLICATION 0x6c796d70 /* "lymp" */
#define SCHEMA      4

#define FRESH_MOST 4096 /* report ids in memory before they are written, in order */

/* seen: finds a report by id and the head of its owner (store_owner); the fact itself settles the rest, so an entry
 * stays small. It is complete up to the fact `merged`; later ones are in memory (fresh.h). fact_conf: the few configurations among millions of facts. event: what happened in a
 * case; i = -1 is no event, it says that fact seq belongs to the case. What decides the speed of a
 * batch is the number of pages it touches, so there is one tree in order of cases, not two, and a
 * row of state keeps its place when it changes (most fit one page). fact_people: the few facts staff
 * made. outbox: AUTOINCREMENT, for a number told outside must never come again. */
#define SCHEMA_2 \
    "CREATE TABLE outbox(no INTEGER PRIMARY KEY AUTOINCREMENT, dest INTEGER NOT NULL," \
    " action INTEGER NOT NULL, blob BLOB NOT NULL) STRICT;"
/* shelf: with row numbers, for what stands there can be a mail of megabytes, and a tree of whole rows is
 * searched by reading whole rows. */
#define SCHEMA_3 \
    "CREATE TABLE shelf(no INTEGER NOT NULL, name BLOB NOT NULL, blob BLOB NOT NULL," \
    " PRIMARY KEY(no, name)) STRICT;"
#define PEOPLE "CREATE INDEX fact_people ON fact(seq) WHERE kind = 5 OR kind = 11 OR kind = 13;"
/* keep: numbers with a name. mark: one row, the fact behind which the state can be had again; was: objects
 * of state as they were there, of those that changed since (blob NULL: it was not there), the first of one
 * key holds: rows are only added at the end, which costs least, and after a restart some come again. */
#define SCHEMA_4 \
    "CREATE TABLE keep(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;" \
    "CREATE TABLE mark(seq INTEGER NOT NULL) STRICT; INSERT INTO mark VALUES(0);" \
    "CREATE TABLE was(no INTEGER PRIMARY KEY, seq INTEGER NOT NULL, kind INTEGER NOT NULL," \
    " key BLOB NOT NULL, blob BLOB) STRICT;"
static const char schema[] =
    "CREATE TABLE fact(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " case_no INTEGER NOT NULL DEFAULT 0, blob BLOB NOT NULL) STRICT;"
    "CREATE INDEX fact_conf ON fact(seq) WHERE kind = 1;"
    "CREATE TABLE body(seq INTEGER PRIMARY KEY, len INTEGER NOT NULL, hash BLOB, bytes BLOB,"
    " sig BLOB NOT NULL) STRICT;"
    "CREATE TABLE seen(id BLOB NOT NULL, head INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " PRIMARY KEY(id, head, seq)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE merged(seq INTEGER NOT NULL) STRICT; INSERT INTO merged VALUES(0);"
    "CREATE TABLE state(kind INTEGER NOT NULL, key BLOB NOT NULL, blob BLOB NOT NULL,"
    " UNIQUE(kind, key)) STRICT;"
    "CREATE TABLE orders(no INTEGER PRIMARY KEY, case_no INTEGER NOT NULL, blob BLOB NOT NULL) STRICT;"
    "CREATE TABLE event(case_no INTEGER NOT NULL, seq INTEGER NOT NULL, i INTEGER NOT NULL,"
    " at INTEGER NOT NULL, kind INTEGER NOT NULL, a INTEGER NOT NULL, b INTEGER NOT NULL,"
    " q INTEGER NOT NULL, PRIMARY KEY(case_no, seq, i)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE aside(no INTEGER PRIMARY KEY, at INTEGER NOT NULL, role TEXT NOT NULL,"
    " digest BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;" SCHEMA_2 PEOPLE SCHEMA_3 SCHEMA_4;

/* A store of schema 1 becomes one of 2: an order learnt whether it asks, and who approved it. */
static const char from_1[] = "BEGIN IMMEDIATE;" SCHEMA_2
    "UPDATE orders SET blob = CAST(blob || x'0000000000' AS BLOB);"
    PEOPLE "PRAGMA user_version = 2; COMMIT;";
static const char from_2[] = "BEGIN IMMEDIATE;" SCHEMA_3 "PRAGMA user_version = 3; COMMIT;";
/* One of schema 3 gets room for what forgetting needs. What stands in it stays readable as it is. */
static const char from_3[] = "BEGIN IMMEDIATE; DROP INDEX fact_people;" PEOPLE SCHEMA_4
    "PRAGMA user_version = 4; COMMIT;";

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

/* Writes the fresh entries in order, so that a page is touched once for many of them. */
static int
merge_seen(struct lite *m)
{
	static const uint8_t least[16];
	uint64_t last = 0;
	int r = 0;
	for (struct fresh_entry *e = fresh_from(&m->fresh, least, 0); e && r == 0;
	     e = fresh_next(&m->fresh, e)) {
		lite_bind_blob(m->st[SEEN], 1, e->id, sizeof(e->id));
		lite_bind(m->st[SEEN], 2, e->head);
		lite_bind(m->st[SEEN], 3, e->seq);
		r = lite_run(m, SEEN);
		last = e->seq > last ? e->seq : last;
	}
	lite_bind(m->st[MERGED], 1, last);
	return r < 0 ? r : lite_run(m, MERGED);
}

static int
lite_commit(struct store *s)
{
	struct lite *m = lite_of(s);
	bool merge = m->fresh.n >= FRESH_MOST;
	int r = merge ? merge_seen(m) : 0;
	if (r == 0)
		r = shred_sync(m->keys); /* first the keys: a row without one is gone, one with it is not */
	if (r == 0)
		r = shred_sync(m->mail_keys);
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

static uint64_t
head_of(const struct key *k)
{
	uint64_t v = 0;
	for (int i = 0; i < 8; i++)
		v = v << 8 | k->b[i];
	return v;
}

static uint64_t
owner_head(const struct report *p)
{
	struct key k = store_owner(p);
	return head_of(&k);
}

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

static int
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
		r = fresh_add(&m->fresh, f->report->id, owner_head(f->report), no);
	if (r == 0 && f->body)
		r = put_body(m, no, f->report, f->body);
	if (r == 0)
		*seq = no;
	return r;
}

static int
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

static int
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

static int
lite_order(struct store *s, const struct order *o, const void *blob, size_t n)
{
	struct lite *m = lite_of(s);
	lite_bind(m->st[ORDER], 1, o->no);
	lite_bind(m->st[ORDER], 2, o->case_no);
	lite_bind_blob(m->st[ORDER], 3, blob, n);
	return lite_run(m, ORDER);
}

static int
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

static int
lite_out_done(struct store *s, uint32_t to, uint64_t no)
{
	struct lite *m = lite_of(s);
	lite_bind(m->st[OUT_DONE], 1, to);
	lite_bind(m->st[OUT_DONE], 2, no < INT64_MAX ? no : INT64_MAX);
	return lite_run(m, OUT_DONE);
}

static int
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

static int
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

/* The fact behind an entry of `seen`: is it this very report? -ENOENT: no. */
static int
fetch_seen(struct lite *m, uint64_t seq, const struct key *key, const uint8_t id[16],
    struct store_seen *ret)
{
	sqlite3_stmt *st = m->st[FETCH_FACT];
	struct fact f;
	uint8_t buf[FACT_BYTES];
	const void *p;
	size_t n;
	lite_bind(st, 1, seq);
	int rc = sqlite3_step(st), r = lite_err(m->db, rc);
	if (r == 0 && rc != SQLITE_ROW)
		r = -EBADMSG;
	if (r == 0)
		r = lite_fact_bytes(m, seq, sqlite3_column_blob(st, 1),
		    (size_t)sqlite3_column_bytes(st, 1), buf, &p, &n);
	if (r == -ENODATA)
		r = -ENOENT; /* forgotten: nobody knows any more that it was here */
	if (r == 0)
		r = fact_decode(p, n, &f);
	if (r == 0 && memcmp(f.report.id, id, 16) != 0)
		r = -ENOENT;
	if (r == 0) {
		struct key owner = key_is_zero(key) ? f.report.key : store_owner(&f.report);
		if (key_cmp(&owner, key) != 0)
			r = -ENOENT;
	}
	if (r == 0) {
		ret->seq = seq;
		ret->case_no = lite_num(st, 0);
		memcpy(ret->body_hash, f.report.body_hash, sizeof(ret->body_hash));
	}
	sqlite3_reset(st);
	return r;
}

static int
lite_find_report(struct store *s, const struct key *key, const uint8_t id[16], struct store_seen *ret)
{
	struct lite *m = lite_of(s);
	sqlite3_stmt *st = m->st[FIND];
	uint64_t head = head_of(key);
	int rc, r = -ENOENT;
	for (struct fresh_entry *e = fresh_from(&m->fresh, id, head);
	     e && e->head == head && memcmp(e->id, id, 16) == 0; e = fresh_next(&m->fresh, e))
		if ((r = fetch_seen(m, e->seq, key, id, ret)) != -ENOENT)
			return r;
	lite_bind_blob(st, 1, id, 16);
	lite_bind(st, 2, head);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && r == -ENOENT)
		r = fetch_seen(m, lite_num(st, 0), key, id, ret);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		r = lite_err(m->db, rc);
	sqlite3_reset(st);
	return r;
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
exec(struct lite *m, const char *text)
{
	return lite_err(m->db, sqlite3_exec(m->db, text, NULL, NULL, NULL));
}

/* The log is folded into the database every 4,000 pages (16 MiB) and cut back to 64 MiB after a long
 * reader; the cache holds the upper levels of every tree. */
static const char settings[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000;"
    "PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF;"
    "PRAGMA secure_delete = ON;"; /* what is taken out is overwritten */

static int
see_fresh(uint64_t seq, uint64_t case_no, const void *p, size_t n, void *arg)
{
	struct lite *m = arg;
	struct fact f;
	(void)case_no;
	int r = fact_decode(p, n, &f);
	if (r == 0 && f.kind == FACT_REPORT)
		r = fresh_add(&m->fresh, f.report.id, owner_head(&f.report), seq);
	return r;
}

/* Reads again what was in memory when the last process ended. */
static int
load_fresh(struct lite *m)
{
	uint64_t merged = 0;
	msec at;
	int r = lite_last(&m->s, &m->last, &at);
	if (r == 0)
		r = shred_open(m->dir, SHRED_FILE, m->readonly, m->last, &m->keys);
	if (r == 0)
		r = lite_mail_keys(m);
	if (r == 0 && m->schema >= 4)
		r = lite_ask(m, "SELECT seq FROM mark", &m->mark);
	if (r == 0)
		r = lite_ask(m, "SELECT seq FROM merged", &merged);
	if (r == 0)
		r = lite_each_fact(&m->s, 0, false, merged + 1, see_fresh, m);
	fresh_keep(&m->fresh);
	return r;
}

static int
set_up(struct lite *m)
{
	uint64_t app = 0, version = 0;
	char text[sizeof(schema) + 128];
	int r = m->readonly ? 0 : exec(m, settings);
	if (r == 0)
		r = lite_ask(m, "PRAGMA application_id", &app);
	if (r == 0)
		r = lite_ask(m, "PRAGMA user_version", &version);
	if (r < 0)
		return r;
	if (version > SCHEMA)
		return -ENOTSUP;
	if (version == 0 && app == 0 && !m->readonly) {
		snprintf(text, sizeof(text), "BEGIN IMMEDIATE; %s PRAGMA application_id = %d;"
		    " PRAGMA user_version = %d; COMMIT;", schema, APPLICATION, SCHEMA);
		r = exec(m, text);
	} else if (app != APPLICATION || version < 1) {
		r = -EBADMSG;
	} else if (!m->readonly) {
		if (version == 1)
			r = exec(m, from_1);
		if (r == 0 && version <= 2 && version)
			r = exec(m, from_2);
		if (r == 0 && version <= 3 && version)
			r = exec(m, from_3);
	}
	m->schema = m->readonly ? version : SCHEMA;
	for (int i = 0; r == 0 && i < SQL_N; i++) {
		if ((m->schema < 2 && (i == OUT || i == OUT_DONE)) ||
		    (m->schema < 3 && (i == SHELVE || i == SHELVE_DEL || i == SHELVED)) ||
		    (m->schema < 4 && i == WAS))
			continue; /* its table is not there, and nothing is written */
		const char *one = m->readonly && i == BEGIN ? "BEGIN" : sql[i];
		r = lite_err(m->db, sqlite3_prepare_v3(m->db, one, -1, SQLITE_PREPARE_PERSISTENT,
		    &m->st[i], NULL));
	}
	return r < 0 ? r : load_fresh(m);
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
