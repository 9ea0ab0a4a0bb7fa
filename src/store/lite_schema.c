/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of the SQLite back end: made, or brought up from an earlier schema. What stood in them must
 * stay as it was, and a store of a later version is left alone. */
#include <errno.h>
#include <stdio.h>

#include "store/lite.h"

#define APPLICATION 0x6c796d70 /* "lymp" */
#define SCHEMA      5 /* as 4, with outbox and wishes sealed: lite_reseal.c */

/* seen: finds a report by id and the head of its owner (store_owner); the fact itself settles the rest, so
 * an entry stays small. It is complete up to the fact `merged`; later ones are in memory (fresh.h).
 * fact_conf: the few configurations among millions of facts. event: what happened in a case; i = -1 is no
 * event, it says that fact seq belongs to the case. What decides the speed of a batch is the number of
 * pages it touches, so there is one tree in order of cases, not two, and a row of state keeps its place
 * when it changes (most fit one page). fact_people: the few facts staff made. outbox: AUTOINCREMENT, for a
 * number told outside must never come again. */
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

/* The log is folded into the database every 4,000 pages (16 MiB) and cut back to 64 MiB after a long
 * reader; the cache holds the upper levels of every tree and what one merge of report ids touches. It is what
 * the judge grows by whatever comes in, and part of the 64 MiB that all roles may take for one input: behind
 * it the kernel still has every page. */
static const char settings[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -24576; PRAGMA wal_autocheckpoint = 4000;"
    "PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF;"
    "PRAGMA secure_delete = ON;"; /* what is taken out is overwritten */

static int
exec(struct lite *m, const char *text)
{
	return lite_err(m->db, sqlite3_exec(m->db, text, NULL, NULL, NULL));
}

int
lite_schema(struct lite *m)
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
	m->clear = !m->readonly && version && version <= 4;
	return r;
}
