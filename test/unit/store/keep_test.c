/* SPDX-License-Identifier: BSD-2-Clause */
/* Forgetting, kept by every back end of the store; and that nothing of it is left on the disk. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/keep.h"
#include "store/shred.h"

#include "backs.h"

static struct fact
report(uint8_t id)
{
	struct fact f = { .kind = FACT_REPORT, .at = 1000 + id };
	memset(f.report.key.b, 7, KEY_BYTES);
	memset(f.report.id, id, sizeof(f.report.id));
	memset(f.report.body_hash, id ^ 0x55, sizeof(f.report.body_hash));
	snprintf(f.report.sender, sizeof(f.report.sender), "sender-of-%u.example", id);
	f.report.cls = CLASS_OPEN_PROXY;
	f.report.subject = (struct addr){ .fam = 4, .b = { 192, 0, 2, id } };
	f.report.count = 1;
	return f;
}

static uint64_t
add(struct store *s, const struct fact *f, const void *text, size_t n)
{
	struct store_body b = { text, n, "sig", 3 };
	uint64_t seq = 0;
	assert_int_equal(store_fact(s, f, text ? &b : NULL, &seq), 0);
	return seq;
}

struct seen {
	size_t n;
	uint64_t seq[16];
	size_t blank;
};

static int
see(uint64_t seq, uint64_t case_no, const void *p, size_t n, void *arg)
{
	struct seen *w = arg;
	struct fact f;
	(void)case_no;
	w->seq[w->n++] = seq;
	w->blank += !p;
	if (p)
		assert_int_equal(fact_decode(p, n, &f), 0);
	return 0;
}

static int
body(struct store *s, uint64_t seq)
{
	void *b, *g;
	size_t bn, gn;
	int r = store_body(s, seq, &b, &bn, &g, &gn);
	if (r == 0) {
		free(b);
		free(g);
	}
	return r;
}

/* How often the needle stands in any file of the folder. */
static int
on_disk(const char *dir, const char *needle)
{
	char cmd[160];
	int n = 0;
	snprintf(cmd, sizeof(cmd), "grep -rlaF '%s' '%s' | wc -l", needle, dir);
	FILE *f = popen(cmd, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &n), 1);
	pclose(f);
	return n;
}

static void
test_shred(void **state)
{
	struct back *b = *state;
	struct fact f = report(1), g = report(2), h = report(3), conf = { .kind = FACT_CONF, .at = 1 };
	static char big[70000];
	struct store_seen found;
	struct seen w = { 0 };
	uint64_t n;
	memset(big, 'x', sizeof(big));
	memcpy(big, "the large secret", 16);
	conf.conf.text = "name = x";
	conf.conf.len = 8;
	assert_int_equal(store_shred(b->s, 1, STORE_FACT), -EINVAL); /* outside a transaction */
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(add(b->s, &conf, NULL, 0), 1);
	assert_int_equal(add(b->s, &f, "the first secret", 16), 2);
	assert_int_equal(add(b->s, &g, big, sizeof(big)), 3);
	assert_int_equal(add(b->s, &h, "the third", 9), 4);
	for (uint64_t seq = 2; seq <= 4; seq++)
		assert_int_equal(store_fact_case(b->s, seq, 5), 0);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	if (b->lasts) { /* sealed: not there to be found, forgotten or not */
		assert_int_equal(on_disk(b->dir, "secret"), 0);
		assert_int_equal(on_disk(b->dir, "sender-of-"), 0);
		assert_int_equal(on_disk(b->dir, "name = x"), 1);
	}
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_shred(b->s, 2, STORE_BODY), STORE_BODY);
	assert_int_equal(store_shred(b->s, 2, STORE_BODY), 0);
	assert_int_equal(store_shred(b->s, 3, STORE_FACT | STORE_BODY), STORE_FACT | STORE_BODY);
	assert_int_equal(store_shred(b->s, 3, STORE_FACT), 0);
	assert_int_equal(store_shred(b->s, 1, STORE_FACT), -EINVAL); /* a configuration is nobody's */
	assert_int_equal(store_shred(b->s, 99, STORE_FACT), -ENOENT);
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(store_fold(b->s), 0);
	back_again(b);
	assert_int_equal(body(b->s, 2), -ENOENT);
	assert_int_equal(body(b->s, 3), -ENOENT);
	assert_int_equal(body(b->s, 4), 0);
	assert_int_equal(store_each_fact(b->s, 0, see, &w), 0);
	assert_int_equal(w.n, 3);
	assert_int_equal(w.seq[1], 2);
	assert_int_equal(w.seq[2], 4);
	w = (struct seen){ 0 };
	assert_int_equal(store_case_facts(b->s, 5, 3, see, &w), 0);
	assert_int_equal(w.n, 1);
	assert_int_equal(store_find_report(b->s, &g.report, &found), -ENOENT);
	assert_int_equal(store_find_report(b->s, &f.report, &found), 0);
	assert_int_equal(store_shredded(b->s, &n), 0);
	assert_int_equal(n, 1);
	/* The number is not used again, and the same report may come anew. */
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(add(b->s, &g, "again", 5), 5);
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(store_find_report(b->s, &g.report, &found), 0);
	assert_int_equal(found.seq, 5);
}

static void
test_bodies_by_age(void **state)
{
	struct back *b = *state;
	struct seen w = { 0 };
	uint64_t next = 9;
	assert_int_equal(store_begin(b->s), 0);
	for (uint8_t i = 1; i <= 6; i++) {
		struct fact f = report(i);
		add(b->s, &f, i == 2 ? NULL : "text", 4);
	}
	assert_int_equal(store_shred(b->s, 3, STORE_FACT), STORE_FACT);
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(store_each_body(b->s, 0, 1006, 2, &next, see, &w), 0);
	assert_int_equal(w.n, 2);
	assert_int_equal(w.seq[1], 3);
	assert_int_equal(w.blank, 1);
	assert_int_equal(next, 4);
	assert_int_equal(store_each_body(b->s, next, 1006, 10, &next, see, &w), 0);
	assert_int_equal(w.n, 4);
	assert_int_equal(w.seq[3], 5);
	assert_int_equal(next, 0);
}

static void
put_state(struct store *s, const char *key, const char *val)
{
	assert_int_equal(store_state(s, 2, (const uint8_t *)key, strlen(key), val, val ? strlen(val) : 0), 0);
}

struct states {
	char text[64];
};

static int
see_state(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	struct states *w = arg;
	assert_int_equal(kind, 2);
	strncat(w->text, (const char *)key, key_len);
	strcat(w->text, "=");
	strncat(w->text, blob, n);
	strcat(w->text, " ");
	return 0;
}

static void
marked(struct back *b, const char *want)
{
	struct states w = { "" };
	assert_int_equal(store_each_marked(b->s, see_state, &w), 0);
	/* Keys one after the other in sqlite; in memory first what did not change. */
	if (b->lasts)
		assert_string_equal(w.text, want);
	else
		assert_int_equal(strlen(w.text), strlen(want));
}

static void
test_mark(void **state)
{
	struct back *b = *state;
	struct fact tick = { .kind = FACT_TICK, .at = 9 };
	uint64_t seq = 9;
	assert_int_equal(store_begin(b->s), 0);
	add(b->s, &tick, NULL, 0);
	put_state(b->s, "a", "1");
	put_state(b->s, "b", "2");
	put_state(b->s, "c", "3");
	assert_int_equal(store_mark(b->s, &seq), 0);
	assert_int_equal(seq, 0);
	assert_int_equal(store_mark_set(b->s, 1), 0);
	assert_int_equal(store_commit(b->s), 0);
	marked(b, "a=1 b=2 c=3 ");
	assert_int_equal(store_begin(b->s), 0);
	put_state(b->s, "a", "4");
	put_state(b->s, "a", "5");
	put_state(b->s, "b", NULL);
	put_state(b->s, "d", "6");
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	marked(b, "a=1 b=2 c=3 ");
	assert_int_equal(store_begin(b->s), 0);
	put_state(b->s, "c", "7");
	assert_int_equal(store_mark_set(b->s, 2), 0);
	store_rollback(b->s);
	assert_int_equal(store_mark(b->s, &seq), 0);
	assert_int_equal(seq, 1);
	marked(b, "a=1 b=2 c=3 ");
	assert_int_equal(store_begin(b->s), 0);
	add(b->s, &tick, NULL, 0);
	put_state(b->s, "c", "7");
	assert_int_equal(store_mark_set(b->s, 2), 0);
	assert_int_equal(store_commit(b->s), 0);
	marked(b, "a=5 c=7 d=6 ");
	int more = 1;
	for (int i = 0; more && i < 10; i++) {
		assert_int_equal(store_begin(b->s), 0);
		more = store_mark_tidy(b->s, 2);
		assert_in_range(more, 0, 1);
		assert_int_equal(store_commit(b->s), 0);
	}
	assert_int_equal(more, 0);
	back_again(b);
	marked(b, "a=5 c=7 d=6 ");
	assert_int_equal(store_mark(b->s, &seq), 0);
	assert_int_equal(seq, 2);
}

static void
test_cases(void **state)
{
	struct back *b = *state;
	struct fact f = report(1);
	struct order o = { .no = 3, .case_no = 4, .rung = RUNG_FILTER, .cls = CLASS_OPEN_PROXY,
		.target = { { .fam = 4, .b = { 192, 0, 2, 1 } }, 32 }, .at = 10, .expiry = 20 }, got;
	uint64_t no, n;
	msec first, last;
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_case_after(b->s, 0, &no, &first, &last), 0);
	assert_int_equal(no, 0);
	uint64_t seq = add(b->s, &f, NULL, 0);
	assert_int_equal(store_fact_case(b->s, seq, 4), 0);
	struct store_event e = { .seq = seq, .case_no = 4, .at = 77, .kind = 1 };
	assert_int_equal(store_event(b->s, &e), 0);
	e.at = 80;
	assert_int_equal(store_event(b->s, &e), 0);
	e.case_no = 0;
	assert_int_equal(store_event(b->s, &e), 0);
	assert_int_equal(store_order(b->s, &o), 0);
	assert_int_equal(store_number_set(b->s, "here", 5), 0);
	assert_int_equal(store_number_set(b->s, "here", 6), 0);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	assert_int_equal(store_number(b->s, "here", &n), 0);
	assert_int_equal(n, 6);
	assert_int_equal(store_number(b->s, "there", &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_case_after(b->s, 0, &no, &first, &last), 0);
	assert_int_equal(no, 4);
	assert_int_equal(first, 77);
	assert_int_equal(last, 80);
	assert_int_equal(store_case_after(b->s, 4, &no, &first, &last), 0);
	assert_int_equal(no, 0);
	assert_int_equal(store_order_get(b->s, 3, &got), 0);
	assert_int_equal(got.target.a.b[3], 1);
	assert_int_equal(store_order_get(b->s, 4, &got), -ENOENT);
	assert_int_equal(store_begin(b->s), 0);
	memset(&got.target, 0, sizeof(got.target));
	assert_int_equal(store_order(b->s, &got), 0);
	assert_int_equal(store_case_drop(b->s, 4), 0);
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(store_order_get(b->s, 3, &got), 0);
	assert_int_equal(got.target.a.fam, 0);
	assert_int_equal(store_case_after(b->s, 0, &no, &first, &last), 0);
	assert_int_equal(no, 0);
}

/* A key destroyed in a transaction that never was: the record is gone all the same, and no walk stumbles. */
static void
test_rolled_back(void **state)
{
	struct back *b = *state;
	struct fact f = report(1), g = report(2);
	struct seen w = { 0 };
	if (!b->lasts)
		skip(); /* in memory there are no keys */
	assert_int_equal(store_begin(b->s), 0);
	add(b->s, &f, "one", 3);
	add(b->s, &g, "two", 3);
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_shred(b->s, 1, STORE_FACT | STORE_BODY), STORE_FACT | STORE_BODY);
	store_rollback(b->s);
	assert_int_equal(body(b->s, 1), -ENODATA);
	assert_int_equal(store_each_fact(b->s, 0, see, &w), 0);
	assert_int_equal(w.n, 1);
	assert_int_equal(w.seq[0], 2);
	/* A number taken back comes again, under its old key. */
	struct fact h = report(3);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(add(b->s, &h, "three", 5), 3);
	store_rollback(b->s);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(add(b->s, &h, "three", 5), 3);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	assert_int_equal(body(b->s, 3), 0);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_shred(b->s, 1, STORE_FACT | STORE_BODY), STORE_FACT | STORE_BODY);
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(body(b->s, 1), -ENOENT);
}

/* A store of schema 3, whose facts and bodies stand as they were: opens, is read, and forgets. */
static void
test_older(void **state)
{
	struct back *b = *state;
	char path[128];
	struct fact f = report(1);
	uint8_t buf[FACT_BYTES];
	struct writer wr = writer_of(buf, sizeof(buf));
	sqlite3 *db;
	sqlite3_stmt *st;
	struct seen w = { 0 };
	struct store *ro;
	if (!b->lasts)
		skip();
	store_close(b->s);
	snprintf(path, sizeof(path), "%s/lymph.db", b->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "DROP TABLE keep; DROP TABLE mark; DROP TABLE was;"
	    "DROP INDEX fact_people; CREATE INDEX fact_people ON fact(seq) WHERE kind = 5 OR kind = 11;"
	    "PRAGMA user_version = 3", NULL, NULL, NULL), SQLITE_OK);
	fact_encode(&wr, &f);
	assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO fact(at, kind, blob) VALUES(5, 2, ?1)", -1, &st,
	    NULL), SQLITE_OK);
	sqlite3_bind_blob(st, 1, buf, (int)writer_len(&wr), SQLITE_STATIC);
	assert_int_equal(sqlite3_step(st), SQLITE_DONE);
	sqlite3_finalize(st);
	assert_int_equal(sqlite3_exec(db, "INSERT INTO body(seq, len, bytes, sig) VALUES(1, 10, 'old secret',"
	    " CAST('sig' AS BLOB))", NULL, NULL, NULL), SQLITE_CONSTRAINT); /* bytes is a BLOB */
	assert_int_equal(sqlite3_exec(db, "INSERT INTO body(seq, len, bytes, sig) VALUES(1, 10,"
	    " CAST('old secret' AS BLOB), CAST('sig' AS BLOB))", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	snprintf(path, sizeof(path), "%s/keys", b->dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(store_sqlite_open(b->dir, STORE_READONLY, &ro), 0);
	assert_int_equal(store_each_fact(ro, 0, see, &w), 0);
	assert_int_equal(w.n, 1);
	assert_int_equal(body(ro, 1), 0);
	store_close(ro);
	back_open(b);
	assert_int_equal(body(b->s, 1), 0);
	assert_int_equal(store_begin(b->s), 0);
	f = report(2);
	assert_int_equal(add(b->s, &f, "new", 3), 2);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	w = (struct seen){ 0 };
	assert_int_equal(store_each_fact(b->s, 0, see, &w), 0);
	assert_int_equal(w.n, 2);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_shred(b->s, 1, STORE_FACT | STORE_BODY), STORE_FACT | STORE_BODY);
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(store_fold(b->s), 0);
	assert_int_equal(on_disk(b->dir, "old secret"), 0);
	assert_int_equal(on_disk(b->dir, "sender-of-1"), 0);
	assert_int_equal(body(b->s, 2), 0);
}

/* Mails are sealed by their own numbers, in pieces, and gone with their key. */
static void
test_mails(void **state)
{
	struct back *b = *state;
	static uint8_t big[200000];
	const size_t sizes[] = { 0, 1, 65536, 65537, sizeof(big) };
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7 + i / 251);
	memcpy(big, "mail of somebody", 16);
	for (uint8_t i = 0; i < 5; i++) {
		uint8_t name[8] = { 0, 0, 0, 0, 0, 0, 0, (uint8_t)(i + 1) };
		assert_int_equal(store_begin(b->s), 0);
		assert_int_equal(store_shelve(b->s, SHELF_MAIL, name, 8, "row", 3), 0);
		assert_int_equal(store_shelve(b->s, SHELF_MAIL_HEAD, name, 8, "head of somebody", 16), 0);
		assert_int_equal(store_shelve(b->s, SHELF_MAIL_BODY, name, 8, big, sizes[i]), 0);
		assert_int_equal(store_commit(b->s), 0);
		if (i == 2)
			back_again(b);
	}
	back_again(b);
	for (uint8_t i = 0; i < 5; i++) {
		uint8_t name[8] = { 0, 0, 0, 0, 0, 0, 0, (uint8_t)(i + 1) };
		void *p;
		size_t n;
		assert_int_equal(store_shelved(b->s, SHELF_MAIL_BODY, name, 8, &p, &n), 0);
		assert_int_equal(n, sizes[i]);
		assert_memory_equal(p, big, n);
		free(p);
		assert_int_equal(store_shelved(b->s, SHELF_MAIL_HEAD, name, 8, &p, &n), 0);
		assert_int_equal(n, 16);
		free(p);
		assert_int_equal(store_begin(b->s), 0);
		assert_int_equal(store_shelve(b->s, SHELF_MAIL_BODY, name, 8, NULL, 0), 0);
		assert_int_equal(store_shelve(b->s, SHELF_MAIL_HEAD, name, 8, "h", 1), 0);
		assert_int_equal(store_commit(b->s), 0);
		assert_int_equal(store_shelved(b->s, SHELF_MAIL_BODY, name, 8, &p, &n), -ENOENT);
		assert_int_equal(store_shelved(b->s, SHELF_MAIL_HEAD, name, 8, &p, &n), 0);
		assert_int_equal(n, 1);
		free(p);
	}
	if (b->lasts)
		assert_int_equal(on_disk(b->dir, "of somebody"), 0);
}

struct walked {
	size_t n, blank;
	char last[32];
};

static int
see_shelved(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	struct walked *w = arg;
	assert_non_null(name);
	assert_int_equal(name_n, 8);
	w->n++;
	w->blank += !blob;
	snprintf(w->last, sizeof(w->last), "%.*s", (int)n, n ? (const char *)blob : "");
	return 0;
}

static struct walked
walk(struct store *s, int shelf)
{
	struct walked w = { 0 };
	assert_int_equal(store_each_shelved(s, shelf, see_shelved, &w), 0);
	return w;
}

static int
put(struct store *s, int shelf, uint64_t no, const void *p, size_t n)
{
	struct shelf_no name = shelf_no(no);
	return store_shelve(s, shelf, name.b, sizeof(name.b), p, n);
}

static bool
stands(struct store *s, int shelf, uint64_t no, const void *want, size_t want_n)
{
	struct shelf_no name = shelf_no(no);
	void *p;
	size_t n;
	int r = store_shelved(s, shelf, name.b, sizeof(name.b), &p, &n);
	if (r < 0) {
		assert_int_equal(r, -ENOENT);
		return false;
	}
	assert_int_equal(n, want_n);
	assert_memory_equal(p, want, n);
	free(p);
	return true;
}

/* Mails that leave are sealed by numbers of their own, and such a number may come again; wishes go with the
 * report they are in, and a report does not go with its wish. */
static void
test_out(void **state)
{
	struct back *b = *state;
	static char big[200000] = "content of somebody";
	struct fact f = report(1);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(add(b->s, &f, "text", 4), 1);
	assert_int_equal(put(b->s, SHELF_SPEAK, 5, "head of somebody", 16), 0);
	assert_int_equal(put(b->s, SHELF_SPEAK_BODY, 5, big, sizeof(big)), 0);
	assert_int_equal(put(b->s, SHELF_WISH, 1, "wish of somebody", 16), 0);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	assert_true(stands(b->s, SHELF_SPEAK, 5, "head of somebody", 16));
	assert_true(stands(b->s, SHELF_SPEAK_BODY, 5, big, sizeof(big)));
	assert_true(stands(b->s, SHELF_WISH, 1, "wish of somebody", 16));
	assert_string_equal(walk(b->s, SHELF_SPEAK).last, "head of somebody");
	assert_string_equal(walk(b->s, SHELF_WISH).last, "wish of somebody");
	if (b->lasts)
		assert_int_equal(on_disk(b->dir, "of somebody"), 0);
	/* In a step that is taken back: what was to go is gone, what stays can be read, no walk stumbles. */
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(put(b->s, SHELF_SPEAK_BODY, 5, NULL, 0), 0);
	store_rollback(b->s);
	assert_int_equal(stands(b->s, SHELF_SPEAK_BODY, 5, big, sizeof(big)), !b->lasts);
	assert_true(stands(b->s, SHELF_SPEAK, 5, "head of somebody", 16));
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(put(b->s, SHELF_SPEAK, 5, NULL, 0), 0);
	store_rollback(b->s);
	assert_int_equal(walk(b->s, SHELF_SPEAK).n, 1);
	assert_int_equal(walk(b->s, SHELF_SPEAK).blank, b->lasts);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(put(b->s, SHELF_SPEAK, 5, NULL, 0), 0);
	assert_int_equal(put(b->s, SHELF_SPEAK_BODY, 5, NULL, 0), 0);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(put(b->s, SHELF_SPEAK, 1, "one", 3), 0);
	assert_int_equal(put(b->s, SHELF_SPEAK, 5, "again", 5), 0);
	assert_int_equal(put(b->s, SHELF_WISH, 1, NULL, 0), 0);
	assert_int_equal(store_commit(b->s), 0);
	assert_true(stands(b->s, SHELF_SPEAK, 5, "again", 5));
	assert_int_equal(body(b->s, 1), 0);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(put(b->s, SHELF_WISH, 1, "more of somebody", 16), 0);
	assert_int_equal(store_shred(b->s, 1, STORE_BODY), STORE_BODY);
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(stands(b->s, SHELF_WISH, 1, "more of somebody", 16), !b->lasts);
	assert_int_equal(walk(b->s, SHELF_WISH).blank, b->lasts);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(put(b->s, SHELF_WISH, 1, "more of somebody", 16), 0); /* nobody's any more */
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(walk(b->s, SHELF_WISH).n, !b->lasts);
}

static void
put_clear(sqlite3 *db, int shelf, uint64_t no, const char *text)
{
	struct shelf_no name = shelf_no(no);
	sqlite3_stmt *st;
	assert_int_equal(sqlite3_prepare_v2(db, "REPLACE INTO shelf(no, name, blob) VALUES(?1, ?2, ?3)", -1, &st,
	    NULL), SQLITE_OK);
	sqlite3_bind_int(st, 1, shelf);
	sqlite3_bind_blob(st, 2, name.b, sizeof(name.b), SQLITE_STATIC);
	sqlite3_bind_blob(st, 3, text, (int)strlen(text), SQLITE_STATIC);
	assert_int_equal(sqlite3_step(st), SQLITE_DONE);
	sqlite3_finalize(st);
}

static sqlite3 *
opened(const struct back *b, const char *text)
{
	char path[128];
	sqlite3 *db;
	snprintf(path, sizeof(path), "%s/lymph.db", b->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	return db;
}

static int
see_number(void *arg, int n, char **v, char **names)
{
	(void)n, (void)names;
	*(int *)arg = atoi(v[0]);
	return 0;
}

/* A store of schema 4, whose outbox and wishes stand in the clear: read as it is, sealed when it is opened, also
 * where that was cut short; nothing of it is lost. */
static void
test_clear(void **state)
{
	struct back *b = *state;
	struct fact f = report(1);
	struct store *ro;
	char path[128];
	int version = 0;
	if (!b->lasts)
		skip();
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(add(b->s, &f, "text", 4), 1);
	assert_int_equal(store_commit(b->s), 0);
	store_close(b->s);
	sqlite3 *db = opened(b, "PRAGMA user_version = 4");
	for (uint64_t no = 3; no < 200; no++) {
		put_clear(db, SHELF_SPEAK, no, "head of somebody");
		put_clear(db, SHELF_SPEAK_BODY, no, "content of somebody");
	}
	put_clear(db, SHELF_WISH, 1, "wish of somebody");
	put_clear(db, SHELF_WISH, 77, "lost wish of somebody"); /* no such fact */
	sqlite3_close(db);
	snprintf(path, sizeof(path), "%s/out-keys", b->dir);
	assert_int_equal(unlink(path), 0);
	assert_true(on_disk(b->dir, "of somebody") > 0);
	assert_int_equal(store_sqlite_open(b->dir, STORE_READONLY, &ro), 0);
	assert_true(stands(ro, SHELF_SPEAK, 3, "head of somebody", 16));
	assert_string_equal(walk(ro, SHELF_WISH).last, "lost wish of somebody");
	store_close(ro);
	for (int i = 0; i < 2; i++) {
		back_open(b);
		assert_int_equal(on_disk(b->dir, "of somebody"), 0);
		for (uint64_t no = 3; no < 200; no++) {
			assert_true(stands(b->s, SHELF_SPEAK, no, "head of somebody", 16));
			assert_true(stands(b->s, SHELF_SPEAK_BODY, no, "content of somebody", 19));
		}
		assert_int_equal(walk(b->s, SHELF_SPEAK).n, 197);
		assert_int_equal(walk(b->s, SHELF_SPEAK).blank, 0);
		assert_true(stands(b->s, SHELF_WISH, 1, "wish of somebody", 16));
		assert_int_equal(walk(b->s, SHELF_WISH).n, 1);
		f.at++;
		assert_int_equal(store_begin(b->s), 0);
		assert_int_equal(add(b->s, &f, "text", 4), 2 + i);
		assert_int_equal(store_commit(b->s), 0);
		store_close(b->s);
		db = opened(b, "");
		assert_int_equal(sqlite3_exec(db, "PRAGMA user_version", see_number, &version, NULL), SQLITE_OK);
		assert_int_equal(version, 5);
		/* As if it had been cut short: some are, some are not. */
		assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 4", NULL, NULL, NULL), SQLITE_OK);
		put_clear(db, SHELF_SPEAK, 5, "head of somebody");
		put_clear(db, SHELF_SPEAK_BODY, 150, "content of somebody");
		sqlite3_close(db);
	}
	back_open(b);
	assert_true(stands(b->s, SHELF_SPEAK, 5, "head of somebody", 16));
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(put(b->s, SHELF_SPEAK, 5, "another", 7), 0);
	assert_int_equal(put(b->s, SHELF_SPEAK, 200, "new", 3), 0);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	assert_true(stands(b->s, SHELF_SPEAK, 5, "another", 7));
	assert_true(stands(b->s, SHELF_SPEAK_BODY, 150, "content of somebody", 19));
}

struct source {
	const uint8_t *p;
	uint64_t at;
	int fail; /* what is said behind the first piece */
};

static int
give(void *arg, uint64_t at, void *buf, size_t n)
{
	struct source *f = arg;
	assert_int_equal(at, f->at); /* in order, once */
	if (at && f->fail)
		return f->fail;
	memcpy(buf, f->p + at, n);
	f->at += n;
	return 0;
}

static int
put_mail(struct store *s, uint8_t no, const void *p, size_t n, int fail)
{
	uint8_t name[8] = { 0, 0, 0, 0, 0, 0, 1, no };
	struct source f = { .p = p, .fail = fail };
	return store_shelve_from(s, SHELF_MAIL_BODY, name, 8, n, give, &f);
}

static void
has_part(struct store *s, uint8_t no, const uint8_t *p, size_t n, size_t at, size_t most)
{
	static uint8_t buf[300000];
	uint8_t name[8] = { 0, 0, 0, 0, 0, 0, 1, no };
	size_t got, size, want = at < n ? (n - at < most ? n - at : most) : 0;
	assert_int_equal(store_shelved_part(s, SHELF_MAIL_BODY, name, 8, at, buf, most, &got, &size), 0);
	assert_int_equal(size, n);
	assert_int_equal(got, want);
	assert_memory_equal(buf, p + (at < n ? at : 0), got);
}

/* A large mail comes and goes piece by piece; what a rollback took back leaves no trace, and its number is
 * the next one's. */
static void
test_large_mails(void **state)
{
	struct back *b = *state;
	static uint8_t big[300000], other[70000];
	uint8_t name[8] = { 0, 0, 0, 0, 0, 0, 1, 1 };
	const size_t at[] = { 0, 1, 65535, 65536, 65537, 131072, 299999, 300000, 400000 };
	void *p;
	size_t n, size;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 11 + i / 253);
	memcpy(big + 100000, "mail of somebody", 16);
	memset(other, 'o', sizeof(other));
	assert_int_equal(put_mail(b->s, 1, big, sizeof(big), 0), -EINVAL); /* in a transaction only */
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(put_mail(b->s, 1, other, sizeof(other), 0), 0);
	store_rollback(b->s);
	assert_int_equal(store_shelved_part(b->s, SHELF_MAIL_BODY, name, 8, 0, big, 1, &n, &size), -ENOENT);
	assert_int_equal(store_begin(b->s), 0);
	if (b->lasts)
		assert_int_equal(put_mail(b->s, 1, big, sizeof(big), -EIO), -EIO);
	assert_int_equal(put_mail(b->s, 1, big, sizeof(big), 0), 0);
	assert_int_equal(put_mail(b->s, 2, other, sizeof(other), 0), 0);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		has_part(b->s, 1, big, sizeof(big), at[i], 1);
		has_part(b->s, 1, big, sizeof(big), at[i], 70000);
	}
	has_part(b->s, 1, big, sizeof(big), 0, sizeof(big));
	has_part(b->s, 2, other, sizeof(other), 0, sizeof(big));
	assert_int_equal(store_shelved(b->s, SHELF_MAIL_BODY, name, 8, &p, &n), 0); /* whole, too */
	assert_int_equal(n, sizeof(big));
	assert_memory_equal(p, big, n);
	free(p);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_shelve(b->s, SHELF_MAIL_BODY, name, 8, NULL, 0), 0);
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(store_shelved_part(b->s, SHELF_MAIL_BODY, name, 8, 0, big, 1, &n, &size), -ENOENT);
	has_part(b->s, 2, other, sizeof(other), 65530, 10);
	if (b->lasts) {
		char path[256];
		snprintf(path, sizeof(path), "%s/mails/01/0000000000000101", b->dir);
		assert_int_equal(access(path, F_OK), -1);
		snprintf(path, sizeof(path), "%s/mails/02/0000000000000102", b->dir);
		assert_int_equal(truncate(path, 70000), 0); /* cut short is said, not shown */
		name[7] = 2;
		assert_int_equal(store_shelved_part(b->s, SHELF_MAIL_BODY, name, 8, 0, big, 70000, &n, &size), -EBADMSG);
		assert_int_equal(on_disk(b->dir, "of somebody"), 0);
	}
}

/* Under a new key: the old bytes are gone at once, whatever becomes of the transaction; then it is said again. */
static void
test_anew(void **state)
{
	struct back *b = *state;
	const uint8_t name[8] = { 0, 0, 0, 0, 0, 0, 0, 1 };
	void *p;
	size_t n;
	assert_int_equal(store_shelve_anew(b->s, SHELF_MAIL_HEAD, name, 8, "h", 1), -EINVAL); /* outside */
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_shelve(b->s, SHELF_MAIL, name, 8, "row", 3), 0);
	assert_int_equal(store_shelve(b->s, SHELF_MAIL_HEAD, name, 8, "head of somebody", 16), 0);
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_shelve_anew(b->s, SHELF_MAIL_HEAD, name, 8, "h", 1), 0);
	store_rollback(b->s);
	int r = store_shelved(b->s, SHELF_MAIL_HEAD, name, 8, &p, &n);
	if (b->lasts)
		assert_int_equal(r, -EBADMSG);
	else
		free(p);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_shelve_anew(b->s, SHELF_MAIL_HEAD, name, 8, "h", 1), 0);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	assert_int_equal(store_shelved(b->s, SHELF_MAIL_HEAD, name, 8, &p, &n), 0);
	assert_int_equal(n, 1);
	free(p);
}

/* The keys alone. */
static void
test_keys(void **state)
{
	struct shred *k, *again;
	char dir[] = "/tmp/lymph-keys-XXXXXX", text[] = "somebody", out[64], back[64], path[64];
	uint8_t sealed[sizeof(text) + SHRED_MORE], other[sizeof(sealed)];
	(void)state;
	assert_non_null(mkdtemp(dir));
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(shred_open(fd, "keys", false, 0, &k), 0);
	assert_int_equal(shred_seal(k, 5, SHRED_FACT, text, sizeof(text), sealed), 0);
	assert_int_equal(shred_seal(k, 5, SHRED_BODY, text, sizeof(text), other), 0);
	assert_true(shred_is(sealed, sizeof(sealed)));
	assert_false(shred_is(text, sizeof(text)));
	assert_int_equal(shred_unseal(k, 5, SHRED_FACT, sealed, sizeof(sealed), out), 0);
	assert_string_equal(out, text);
	assert_int_equal(shred_unseal(k, 5, SHRED_BODY, sealed, sizeof(sealed), out), -EBADMSG);
	assert_int_equal(shred_unseal(k, 6, SHRED_FACT, sealed, sizeof(sealed), out), -EBADMSG);
	sealed[30] ^= 1;
	assert_int_equal(shred_unseal(k, 5, SHRED_FACT, sealed, sizeof(sealed), out), -EBADMSG);
	sealed[30] ^= 1;
	assert_int_equal(shred_unseal(k, 50000, SHRED_FACT, sealed, sizeof(sealed), out), -ENODATA);
	assert_int_equal(shred_destroy(k, 5, SHRED_BODY), 0);
	assert_int_equal(shred_destroy(k, 50000, SHRED_BODY), 0);
	assert_int_equal(shred_sync(k), 0);
	assert_int_equal(shred_unseal(k, 5, SHRED_BODY, other, sizeof(other), out), -ENODATA);
	assert_int_equal(shred_seal(k, 5, SHRED_BODY, text, sizeof(text), other), -ENODATA); /* never again */
	shred_close(k);
	assert_int_equal(shred_open(fd, "keys", true, 5, &again), 0);
	assert_int_equal(shred_unseal(again, 5, SHRED_FACT, sealed, sizeof(sealed), back), 0);
	assert_string_equal(back, text);
	assert_int_equal(shred_unseal(again, 5, SHRED_BODY, other, sizeof(other), back), -ENODATA);
	assert_int_equal(shred_destroy(again, 5, SHRED_FACT), -EROFS);
	shred_close(again);
	close(fd);
	snprintf(path, sizeof(path), "%s/keys", dir);
	unlink(path);
	rmdir(dir);
}

static void
fits(struct shred *k, uint64_t no, const uint8_t *sealed, size_t n, const char *text)
{
	char out[64];
	assert_int_equal(shred_unseal(k, no, SHRED_FACT, sealed, n, out), 0);
	assert_string_equal(out, text);
}

/* The disk is full when new places are to be made: those in use stay as they are, then and afterwards. */
static void
test_keys_full(void **state)
{
	struct shred *k;
	struct shred_stream st;
	struct rlimit was, low;
	char text[] = "somebody";
	uint8_t one[sizeof(text) + SHRED_MORE], next[sizeof(one)], head[SHRED_HEAD];
	(void)state;
	assert_int_equal(shred_open(-1, "keys", false, 0, &k), 0);
	assert_int_equal(shred_seal(k, 1, SHRED_FACT, text, sizeof(text), one), 0);
	assert_int_equal(shred_seal(k, 4096, SHRED_FACT, text, sizeof(text), next), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	low = was;
	low.rlim_cur = 4100 * 32;
	void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	int r = shred_seal(k, 4097, SHRED_FACT, text, sizeof(text), next);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	signal(SIGXFSZ, old);
	assert_int_equal(r, -EFBIG);
	fits(k, 1, one, sizeof(one), text);
	/* What is known already, such as a mail's head, is sealed anew: no other place changes. */
	assert_int_equal(shred_stream_begin(k, 1, SHRED_BODY, &st, head), 0);
	fits(k, 1, one, sizeof(one), text);
	assert_int_equal(shred_seal(k, 4097, SHRED_FACT, text, sizeof(text), next), 0);
	fits(k, 1, one, sizeof(one), text);
	fits(k, 4097, next, sizeof(next), text);
	shred_close(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_shred),
		BOTH(test_bodies_by_age),
		BOTH(test_mark),
		BOTH(test_cases),
		BOTH(test_rolled_back),
		BOTH(test_older),
		BOTH(test_mails),
		BOTH(test_out),
		BOTH(test_clear),
		BOTH(test_anew),
		BOTH(test_large_mails),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_keys_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
