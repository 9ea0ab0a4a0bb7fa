/* SPDX-License-Identifier: BSD-2-Clause */
/* One list of promises, kept by every back end of the store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "backs.h"

static struct fact
report(uint8_t who, uint8_t id)
{
	struct fact f = { .kind = FACT_REPORT, .at = 1000 + id };
	memset(f.report.key.b, who, KEY_BYTES);
	memset(f.report.id, id, sizeof(f.report.id));
	memset(f.report.body_hash, id ^ 0x55, sizeof(f.report.body_hash));
	f.report.cls = CLASS_OPEN_PROXY;
	f.report.subject = (struct addr){ .fam = 4, .b = { 192, 0, 2, id } };
	f.report.count = 1;
	return f;
}

static uint64_t
add(struct store *s, const struct fact *f, const char *text)
{
	struct store_body b = { text, text ? strlen(text) : 0, "sig", 3 };
	uint64_t seq = 0;
	assert_int_equal(store_fact(s, f, text ? &b : NULL, &seq), 0);
	return seq;
}

struct seen {
	size_t n;
	uint64_t seq[16], case_no[16];
	struct fact last;
	size_t stop_at;
};

static int
see_fact(uint64_t seq, uint64_t case_no, const void *p, size_t n, void *arg)
{
	struct seen *w = arg;
	assert_true(w->n < 16);
	w->seq[w->n] = seq;
	w->case_no[w->n++] = case_no;
	assert_int_equal(fact_decode(p, n, &w->last), 0);
	return w->n == w->stop_at ? 77 : 0;
}

static void
test_journal(void **state)
{
	struct back *b = *state;
	struct fact f = report(1, 1), g = report(1, 2), tick = { .kind = FACT_TICK, .at = 1003 };
	struct fact conf = { .kind = FACT_CONF, .at = 5 };
	uint64_t seq = 9;
	msec at = 9;
	conf.conf.text = "name = x";
	conf.conf.len = 8;
	assert_int_equal(store_last(b->s, &seq, &at), 0);
	assert_int_equal(seq, 0);
	assert_int_equal(at, 0);
	assert_int_equal(store_fact(b->s, &f, NULL, &seq), -EINVAL); /* outside a transaction */
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_begin(b->s), -EBUSY);
	assert_int_equal(add(b->s, &conf, NULL), 1);
	assert_int_equal(add(b->s, &f, "one"), 2);
	assert_int_equal(store_fact_case(b->s, 2, 7), 0);
	assert_int_equal(store_fact_case(b->s, 99, 7), -ENOENT);
	assert_int_equal(add(b->s, &g, "two"), 3);
	assert_int_equal(add(b->s, &tick, NULL), 4);
	assert_int_equal(store_fact_case(b->s, 4, 7), 0);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	struct seen w = { 0 };
	assert_int_equal(store_each_fact(b->s, 0, see_fact, &w), 0);
	assert_int_equal(w.n, 4);
	assert_int_equal(w.seq[0], 1);
	assert_int_equal(w.case_no[1], 7);
	assert_int_equal(w.case_no[2], 0);
	assert_int_equal(w.last.kind, FACT_TICK);
	assert_int_equal(w.last.at, 1003);
	w = (struct seen){ 0 };
	assert_int_equal(store_each_fact(b->s, 3, see_fact, &w), 0);
	assert_int_equal(w.n, 2);
	w = (struct seen){ .stop_at = 1 };
	assert_int_equal(store_each_fact(b->s, 0, see_fact, &w), 77);
	w = (struct seen){ 0 };
	assert_int_equal(store_case_facts(b->s, 7, 0, see_fact, &w), 0);
	assert_int_equal(w.n, 2);
	assert_int_equal(w.seq[0], 2);
	assert_int_equal(w.seq[1], 4);
	assert_int_equal(store_last(b->s, &seq, &at), 0);
	assert_int_equal(seq, 4);
	assert_int_equal(at, 1003);
	w = (struct seen){ 0 };
	uint64_t generation = 0;
	assert_int_equal(store_last_conf(b->s, &generation, see_fact, &w), 0);
	assert_int_equal(generation, 1);
	assert_int_equal(w.n, 1);
	assert_int_equal(w.last.kind, FACT_CONF);
}

static void
test_once(void **state)
{
	struct back *b = *state;
	struct fact f = report(1, 1), other = report(2, 1);
	struct store_seen seen = { .seq = 42 };
	other.report.key.b[31] = 9;
	memset(other.report.key.b, 1, 8); /* same head, other key */
	assert_int_equal(store_find_report(b->s, &f.report, &seen), -ENOENT);
	assert_int_equal(seen.seq, 42);
	assert_int_equal(store_begin(b->s), 0);
	add(b->s, &other, "x");
	assert_int_equal(store_find_report(b->s, &f.report, &seen), -ENOENT);
	add(b->s, &f, "y");
	assert_int_equal(store_fact_case(b->s, 2, 3), 0);
	/* Seen inside its own transaction too. */
	assert_int_equal(store_find_report(b->s, &f.report, &seen), 0);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	assert_int_equal(store_find_report(b->s, &f.report, &seen), 0);
	assert_int_equal(seen.seq, 2);
	assert_int_equal(seen.case_no, 3);
	assert_memory_equal(seen.body_hash, f.report.body_hash, 32);
	assert_int_equal(store_find_report(b->s, &other.report, &seen), 0);
	assert_int_equal(seen.seq, 1);
}

static struct fact
numbered(uint32_t no)
{
	struct fact f = report((uint8_t)(no % 5), 0);
	memcpy(f.report.id, &no, sizeof(no));
	memcpy(f.report.body_hash, &no, sizeof(no));
	return f;
}

static int
find_numbered(struct store *s, uint32_t no, struct store_seen *seen)
{
	struct fact f = numbered(no);
	return store_find_report(s, &f.report, seen);
}

/* Many reports, so that a back end that keeps the newest apart has to put them away; a batch that
 * fails just then; an end and a new start in between. */
static void
test_once_many(void **state)
{
	struct back *b = *state;
	struct store_seen seen;
	uint64_t seq;
	uint32_t no = 0;
	for (int batch = 0; batch < 20; batch++) {
		bool fails = batch == 7 || batch == 8 || batch == 16;
		uint32_t first = no;
		assert_int_equal(store_begin(b->s), 0);
		for (int i = 0; i < 500; i++, no++) {
			struct fact f = numbered(no);
			assert_int_equal(store_fact(b->s, &f, NULL, &seq), 0);
		}
		assert_int_equal(find_numbered(b->s, no - 1, &seen), 0);
		assert_int_equal(seen.seq, seq);
		if (fails) {
			store_rollback(b->s);
			assert_int_equal(find_numbered(b->s, first, &seen), -ENOENT);
			no = first;
		} else {
			assert_int_equal(store_commit(b->s), 0);
		}
		if (batch % 6 == 5)
			back_again(b);
	}
	assert_int_equal(no, 8500);
	for (uint32_t i = 0; i < no; i++) {
		assert_int_equal(find_numbered(b->s, i, &seen), 0);
		assert_int_equal(seen.seq, i + 1);
		assert_memory_equal(seen.body_hash, &i, sizeof(i));
	}
	assert_int_equal(find_numbered(b->s, no, &seen), -ENOENT);
}

static void
check_body(struct store *s, uint64_t seq, const void *want, size_t n)
{
	void *bytes, *sig;
	size_t len, sig_len;
	assert_int_equal(store_body(s, seq, &bytes, &len, &sig, &sig_len), 0);
	assert_int_equal(len, n);
	assert_memory_equal(bytes, want, n);
	assert_int_equal(sig_len, 3);
	assert_memory_equal(sig, "sig", 3);
	free(bytes);
	free(sig);
}

static void
test_bodies(void **state)
{
	struct back *b = *state;
	struct fact f = report(1, 1), g = report(1, 2), t = { .kind = FACT_TICK, .at = 2000 };
	static uint8_t big[65537];
	uint64_t seq;
	void *p;
	size_t n;
	memset(big, 'x', sizeof(big));
	struct store_body large = { big, sizeof(big), "sig", 3 };
	assert_int_equal(store_begin(b->s), 0);
	add(b->s, &f, "small");
	assert_int_equal(store_fact(b->s, &g, &large, &seq), 0);
	add(b->s, &t, NULL);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	check_body(b->s, 1, "small", 5);
	check_body(b->s, 2, big, sizeof(big));
	assert_int_equal(store_body(b->s, 3, &p, &n, &p, &n), -ENOENT);
	if (b->lasts) { /* a file named by the hash of what is in it, sealed, and no temporary left */
		char cmd[320];
		snprintf(cmd, sizeof(cmd), "cd '%s/bodies' && [ -z \"$(find . -name new)\" ] &&"
		    " f=$(find . -type f) && [ $(stat -c %%s $f) = 65578 ] && sha256sum $f |"
		    " grep -q \"^${f##*/}\" && ! grep -q xxxxxxxx $f", b->dir);
		assert_int_equal(system(cmd), 0);
	}
}

struct states {
	size_t n;
	int kind[8];
	uint8_t key0[8], val0[8];
};

static int
see_state(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	struct states *w = arg;
	assert_true(w->n < 8 && key_len && n);
	w->kind[w->n] = kind;
	w->key0[w->n] = key[0];
	w->val0[w->n++] = *(const uint8_t *)blob;
	return 0;
}

static void
put_state(struct store *s, int kind, const char *key, const char *val)
{
	assert_int_equal(store_state(s, kind, (const uint8_t *)key, strlen(key), val,
	    val ? strlen(val) : 0), 0);
}

static void
test_state(void **state)
{
	struct back *b = *state;
	struct states w = { 0 };
	assert_int_equal(store_begin(b->s), 0);
	put_state(b->s, 2, "b", "1");
	put_state(b->s, 1, "z", "2");
	put_state(b->s, 2, "a", "3");
	put_state(b->s, 2, "b", "4"); /* replaces */
	put_state(b->s, 3, "gone", "5");
	put_state(b->s, 3, "gone", NULL);
	put_state(b->s, 3, "never", NULL);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	assert_int_equal(store_each_state(b->s, see_state, &w), 0);
	assert_int_equal(w.n, 3); /* by kind, then key */
	assert_memory_equal(w.key0, "zab", 3);
	assert_memory_equal(w.val0, "234", 3);
}

static int
see_order(const struct order *o, void *arg)
{
	struct order *v = arg;
	v[o->no - 1] = *o;
	return 0;
}

static void
test_orders(void **state)
{
	struct back *b = *state;
	struct order v[3] = { 0 }, o = { .no = 1, .case_no = 5, .rung = RUNG_FILTER,
		.cls = CLASS_OPEN_PROXY, .target = { { .fam = 4, .b = { 192, 0, 2, 1 } }, 32 },
		.at = 10, .expiry = 20, .would = true };
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_order(b->s, &o), 0);
	o.no = 2;
	assert_int_equal(store_order(b->s, &o), 0);
	o.dropped = true;
	assert_int_equal(store_order(b->s, &o), 0);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	assert_int_equal(store_each_order(b->s, see_order, v), 0);
	assert_int_equal(v[0].no, 1);
	assert_false(v[0].dropped);
	assert_true(v[1].dropped);
	assert_int_equal(v[1].expiry, 20);
	assert_int_equal(v[2].no, 0);
}

static int
see_event(const struct store_event *e, void *arg)
{
	uint64_t *v = arg;
	v[++v[0]] = e->a;
	return 0;
}

static void
test_events(void **state)
{
	struct back *b = *state;
	uint64_t v[8] = { 0 };
	assert_int_equal(store_begin(b->s), 0);
	for (uint64_t i = 1; i <= 5; i++) {
		struct store_event e = { .seq = i / 3, .case_no = i == 2 ? 8 : 4, .a = i, .at = 9,
			.kind = 3, .b = 2, .q = UINT64_MAX };
		assert_int_equal(store_event(b->s, &e), 0);
	}
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	assert_int_equal(store_case_events(b->s, 4, 0, see_event, v), 0);
	assert_int_equal(v[0], 4);
	assert_int_equal(v[1], 1);
	assert_int_equal(v[4], 5);
	v[0] = 0;
	assert_int_equal(store_case_events(b->s, 4, 2, see_event, v), 0); /* the newest, oldest first */
	assert_int_equal(v[0], 2);
	assert_int_equal(v[1], 4);
	assert_int_equal(v[2], 5);
}

static int
see_aside(const struct store_aside *a, void *arg)
{
	struct store_aside *last = arg;
	assert_int_equal(a->no, last->no + 1);
	assert_string_equal(a->role, "judge");
	assert_int_equal(a->digest[31], 7);
	assert_int_equal(a->len, 6);
	assert_memory_equal(a->bytes, "poison", 6);
	last->no = a->no;
	return 0;
}

static void
test_aside(void **state)
{
	struct back *b = *state;
	struct store_aside last = { 0 }, a = { .at = 3, .role = "judge", .bytes = "poison", .len = 6 };
	a.digest[31] = 7;
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_aside(b->s, &a), 0);
	assert_int_equal(store_aside(b->s, &a), 0);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	assert_int_equal(store_each_aside(b->s, see_aside, &last), 0);
	assert_int_equal(last.no, 2);
}

/* Everything a transaction did is gone after a rollback, and numbers are used again. */
static void
test_rollback(void **state)
{
	struct back *b = *state;
	struct fact f = report(1, 1), g = report(1, 2);
	struct order o = { .no = 1, .cls = CLASS_OPEN_PROXY }, v[2] = { 0 };
	struct store_event e = { .seq = 2, .case_no = 4 };
	struct store_aside a = { .role = "judge" };
	struct store_seen seen;
	struct states st = { 0 };
	struct seen w = { 0 };
	uint64_t ev[8] = { 0 };
	assert_int_equal(store_begin(b->s), 0);
	add(b->s, &f, "kept");
	put_state(b->s, 1, "k", "1");
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(add(b->s, &g, "lost"), 2);
	assert_int_equal(store_fact_case(b->s, 1, 9), 0);
	put_state(b->s, 1, "k", "2");
	put_state(b->s, 2, "new", "3");
	assert_int_equal(store_order(b->s, &o), 0);
	assert_int_equal(store_event(b->s, &e), 0);
	assert_int_equal(store_aside(b->s, &a), 0);
	store_rollback(b->s);
	store_rollback(b->s); /* harmless */
	assert_int_equal(store_find_report(b->s, &g.report, &seen), -ENOENT);
	assert_int_equal(store_each_state(b->s, see_state, &st), 0);
	assert_int_equal(st.n, 1);
	assert_int_equal(st.val0[0], '1');
	assert_int_equal(store_each_order(b->s, see_order, v), 0);
	assert_int_equal(v[0].no, 0);
	assert_int_equal(store_case_events(b->s, 4, 0, see_event, ev), 0);
	assert_int_equal(ev[0], 0);
	assert_int_equal(store_each_aside(b->s, see_aside, &(struct store_aside){ 0 }), 0);
	assert_int_equal(store_each_fact(b->s, 0, see_fact, &w), 0);
	assert_int_equal(w.n, 1);
	assert_int_equal(w.case_no[0], 0);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(add(b->s, &g, "again"), 2);
	assert_int_equal(store_commit(b->s), 0);
	check_body(b->s, 2, "again", 5);
}

/* Closing without a commit is a rollback. */
static void
test_close(void **state)
{
	struct back *b = *state;
	struct fact f = report(1, 1);
	struct seen w = { 0 };
	if (!b->lasts)
		return;
	assert_int_equal(store_begin(b->s), 0);
	add(b->s, &f, "lost");
	back_again(b);
	assert_int_equal(store_each_fact(b->s, 0, see_fact, &w), 0);
	assert_int_equal(w.n, 0);
	store_close(NULL);
}

static void
test_newer(void **state)
{
	struct back *b = *state;
	char path[128];
	sqlite3 *db;
	struct store *s = NULL;
	if (!b->lasts)
		return;
	snprintf(path, sizeof(path), "%s/lymph.db", b->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(store_sqlite_open(b->dir, 0, &s), -ENOTSUP);
	assert_int_equal(store_sqlite_open(b->dir, STORE_READONLY, &s), -ENOTSUP);
	assert_null(s);
}

static void
test_not_a_store(void **state)
{
	struct back *b = *state;
	struct store *s = NULL;
	char path[128];
	if (!b->lasts)
		return;
	snprintf(path, sizeof(path), "%s/elsewhere", b->dir);
	assert_int_equal(store_sqlite_open(path, STORE_READONLY, &s), -ENOENT);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(store_sqlite_open(path, STORE_READONLY, &s), -ENOENT);
	snprintf(path, sizeof(path), "%s/elsewhere/lymph.db", b->dir);
	FILE *f = fopen(path, "w");
	for (int i = 0; i < 5000; i++)
		fputs("not a database ", f);
	fclose(f);
	snprintf(path, sizeof(path), "%s/elsewhere", b->dir);
	assert_int_equal(store_sqlite_open(path, 0, &s), -EBADMSG);
	assert_null(s);
}

/* A reader with a snapshot sees one moment while the writer goes on. */
static void
test_snapshot(void **state)
{
	struct back *b = *state;
	struct store *r;
	struct fact f = report(1, 1), g = report(1, 2);
	struct seen w = { 0 };
	uint64_t seq;
	if (!b->lasts)
		return;
	assert_int_equal(store_begin(b->s), 0);
	add(b->s, &f, "one");
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(store_sqlite_open(b->dir, STORE_READONLY, &r), 0);
	assert_int_equal(store_begin(r), 0);
	assert_int_equal(store_each_fact(r, 0, see_fact, &w), 0);
	assert_int_equal(w.n, 1);
	assert_int_equal(store_begin(b->s), 0);
	add(b->s, &g, "two");
	assert_int_equal(store_commit(b->s), 0);
	w = (struct seen){ 0 };
	assert_int_equal(store_each_fact(r, 0, see_fact, &w), 0);
	assert_int_equal(w.n, 1);
	assert_true(store_fact(r, &g, NULL, &seq) < 0);
	store_rollback(r);
	w = (struct seen){ 0 };
	assert_int_equal(store_each_fact(r, 0, see_fact, &w), 0);
	assert_int_equal(w.n, 2);
	store_close(r);
}

/* A file system that is full says -ENOSPC, loses nothing committed and works again when there is
 * room. */
static void
test_full_disk(void **state)
{
	struct back *b = *state;
	char dir[80], filler[96];
	struct store *s;
	static uint8_t lump[65537], small[3000];
	struct fact f = report(1, 1);
	struct store_body body = { small, sizeof(small), "sig", 3 };
	struct store_body large = { lump, sizeof(lump), "sig", 3 };
	uint64_t seq, good = 0;
	int r = 0;
	if (!b->lasts)
		return;
	snprintf(dir, sizeof(dir), "%s/small", b->dir);
	snprintf(filler, sizeof(filler), "%s/filler", dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	if (mount("tmpfs", dir, "tmpfs", 0, "size=4m") != 0) {
		print_message("no tmpfs for us: full disk not tried\n");
		return;
	}
	assert_int_equal(store_sqlite_open(dir, 0, &s), 0);
	FILE *fill = fopen(filler, "w");
	for (int i = 0; i < 16; i++)
		fwrite(lump, 1, sizeof(lump), fill);
	fclose(fill);
	assert_true(store_room(s) < 4 << 20);
	for (uint8_t i = 0; r == 0; i++) {
		assert_int_equal(store_begin(s), 0);
		for (int k = 0; k < 20 && r == 0; k++) {
			f.report.id[0] = i;
			f.report.id[1] = (uint8_t)k;
			r = store_fact(s, &f, &body, &seq);
		}
		if (r == 0)
			r = store_commit(s);
		if (r == 0)
			good = seq;
	}
	assert_int_equal(r, -ENOSPC);
	store_rollback(s);
	assert_true(good > 0);
	assert_int_equal(store_last(s, &seq, &(msec){ 0 }), 0);
	assert_int_equal(seq, good);
	/* A large body needs a file: that too. */
	memset(f.report.body_hash, 3, 32);
	assert_int_equal(store_begin(s), 0);
	do {
		f.report.body_hash[0]++;
		r = store_fact(s, &f, &large, &seq);
	} while (r == 0);
	assert_int_equal(r, -ENOSPC);
	store_rollback(s);
	assert_int_equal(unlink(filler), 0);
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(store_fact(s, &f, &body, &seq), 0);
	assert_int_equal(store_commit(s), 0);
	assert_int_equal(seq, good + 1);
	store_close(s);
	assert_int_equal(store_sqlite_open(dir, 0, &s), 0);
	assert_int_equal(store_last(s, &seq, &(msec){ 0 }), 0);
	assert_int_equal(seq, good + 1);
	store_close(s);
	assert_int_equal(umount(dir), 0);
}

static int
see_out(const struct store_out *o, void *arg)
{
	uint64_t *v = arg;
	assert_int_equal(o->to, STORE_TO_HOOK);
	assert_int_equal(o->action, o->order.no);
	v[++v[0]] = o->no;
	return 0;
}

static uint64_t
out_one(struct back *b, uint32_t to, uint32_t action)
{
	struct store_out o = { .to = to, .action = action, .order = { .no = action,
		.target = { { .fam = 4, .b = { 192, 0, 2, 1 } }, 32 } } };
	uint64_t no = 0;
	assert_int_equal(store_out(b->s, &o, &no), 0);
	assert_true(no > 0);
	return no;
}

static void
test_outbox(void **state)
{
	struct back *b = *state;
	uint64_t v[8] = { 0 }, no[5];
	assert_int_equal(store_out(b->s, &(struct store_out){ 0 }, v), -EINVAL);
	assert_int_equal(store_out_done(b->s, STORE_TO_HOOK, 1), -EINVAL);
	assert_int_equal(store_begin(b->s), 0);
	for (uint32_t i = 0; i < 4; i++)
		no[i] = out_one(b, STORE_TO_HOOK, i);
	out_one(b, STORE_TO_HOOK + 1, 9); /* another's: not seen, not taken out */
	assert_int_equal(store_commit(b->s), 0);
	assert_true(no[0] < no[1] && no[1] < no[2] && no[2] < no[3]);
	back_again(b);
	assert_int_equal(store_each_out(b->s, STORE_TO_HOOK, no[1], 2, see_out, v), 0);
	assert_int_equal(v[0], 2);
	assert_int_equal(v[1], no[1]);
	assert_int_equal(v[2], no[2]);
	/* Taken back, it is there again; done, it is gone, and its number does not come again. */
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_out_done(b->s, STORE_TO_HOOK, no[3]), 0);
	store_rollback(b->s);
	v[0] = 0;
	assert_int_equal(store_each_out(b->s, STORE_TO_HOOK, 0, 100, see_out, v), 0);
	assert_int_equal(v[0], 4);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_out_done(b->s, STORE_TO_HOOK, INT64_MAX), 0);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	v[0] = 0;
	assert_int_equal(store_each_out(b->s, STORE_TO_HOOK, 0, 100, see_out, v), 0);
	assert_int_equal(v[0], 0);
	assert_int_equal(store_begin(b->s), 0);
	assert_true(out_one(b, STORE_TO_HOOK, 7) > no[3] + 1);
	assert_int_equal(store_commit(b->s), 0);
}

static void
test_people(void **state)
{
	struct back *b = *state;
	struct seen w = { 0 };
	struct fact f = { .kind = FACT_TICK, .at = 1 }, r = { .kind = FACT_REPORTER, .at = 2 },
		    d = { .kind = FACT_DESK, .at = 3 };
	uint64_t seq, from = 0;
	assert_int_equal(store_begin(b->s), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(store_fact(b->s, &f, NULL, &seq), 0);
		assert_int_equal(store_fact(b->s, &r, NULL, &seq), 0);
		assert_int_equal(store_fact(b->s, &d, NULL, &seq), 0);
		from = i ? from : seq;
	}
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	assert_int_equal(store_people_facts(b->s, from, see_fact, &w), 0);
	assert_int_equal(w.n, 5);
}

static int
see_shelved(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	char *all = arg;
	strncat(all, name, name_n);
	strcat(all, "=");
	if (n)
		strncat(all, blob, n);
	strcat(all, " ");
	return 0;
}

static size_t
shelf_n(struct back *b, int shelf)
{
	char all[256] = "";
	assert_int_equal(store_each_shelved(b->s, shelf, see_shelved, all), 0);
	return strlen(all);
}

/* What stands on a shelf: replaced, taken away, in the order of names, each shelf for itself. */
static void
test_shelf(void **state)
{
	struct back *b = *state;
	char all[256] = "";
	void *blob;
	size_t n;
	assert_int_equal(store_shelve(b->s, 1, "k", 1, "v", 1), -EINVAL); /* outside a transaction */
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_shelve(b->s, 1, "", 0, "v", 1), -EINVAL);
	assert_int_equal(store_shelve(b->s, 1, "bb", 2, "2", 1), 0);
	assert_int_equal(store_shelve(b->s, 1, "a", 1, "old", 3), 0);
	assert_int_equal(store_shelve(b->s, 1, "a", 1, "1", 1), 0);
	assert_int_equal(store_shelve(b->s, 2, "a", 1, "other", 5), 0);
	assert_int_equal(store_shelve(b->s, 1, "c", 1, "", 0), 0);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
	assert_int_equal(store_each_shelved(b->s, 1, see_shelved, all), 0);
	assert_string_equal(all, "a=1 bb=2 c= ");
	assert_int_equal(store_shelved(b->s, 2, "a", 1, &blob, &n), 0);
	assert_int_equal(n, 5);
	assert_memory_equal(blob, "other", 5);
	free(blob);
	assert_int_equal(store_shelved(b->s, 2, "bb", 2, &blob, &n), -ENOENT);
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_shelve(b->s, 1, "a", 1, NULL, 0), 0);
	assert_int_equal(store_shelve(b->s, 1, "gone", 4, NULL, 0), 0);
	store_rollback(b->s);
	assert_int_equal(shelf_n(b, 1), strlen("a=1 bb=2 c= "));
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_shelve(b->s, 1, "a", 1, NULL, 0), 0);
	assert_int_equal(store_commit(b->s), 0);
	assert_int_equal(shelf_n(b, 1), strlen("bb=2 c= "));
	/* Something large, and something shorter in its place. */
	static uint8_t large[3u << 20];
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (uint8_t)(i * 2654435761u >> 13);
	for (size_t want = sizeof(large) - 7; want > 0; want = want > 65537 ? 65537 : 0) {
		assert_int_equal(store_begin(b->s), 0);
		assert_int_equal(store_shelve(b->s, 3, "l", 1, large, want), 0);
		assert_int_equal(store_shelve(b->s, 3, "m", 1, "behind", 6), 0);
		assert_int_equal(store_commit(b->s), 0);
		back_again(b);
		assert_int_equal(store_shelved(b->s, 3, "l", 1, &blob, &n), 0);
		assert_int_equal(n, want);
		assert_memory_equal(blob, large, want);
		free(blob);
	}
}

/* A store of the schema before: opened as it is for reading, taken along for writing. */
static void
test_older(void **state)
{
	struct back *b = *state;
	char path[128];
	uint64_t v[8] = { 0 };
	struct order got[3] = { 0 };
	sqlite3 *db;
	if (!b->lasts)
		return;
	struct order o = { .no = 1, .case_no = 5, .rung = RUNG_FILTER, .cls = CLASS_OPEN_PROXY,
		.target = { { .fam = 4, .b = { 192, 0, 2, 1 } }, 32 }, .expiry = 20, .would = true };
	assert_int_equal(store_begin(b->s), 0);
	assert_int_equal(store_order(b->s, &o), 0);
	assert_int_equal(store_commit(b->s), 0);
	store_close(b->s);
	snprintf(path, sizeof(path), "%s/lymph.db", b->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "DROP TABLE outbox; DROP INDEX fact_people; DROP TABLE keep; DROP TABLE mark; DROP TABLE was;"
	    " DROP TABLE shelf;"
	    "UPDATE orders SET blob = substr(blob, 1, length(blob) - 5); PRAGMA user_version = 1",
	    NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(store_sqlite_open(b->dir, STORE_READONLY, &b->s), 0);
	assert_int_equal(store_each_out(b->s, STORE_TO_HOOK, 0, 100, see_out, v), 0);
	assert_int_equal(shelf_n(b, 1), 0);
	store_close(b->s);
	back_open(b);
	assert_int_equal(shelf_n(b, 1), 0);
	assert_int_equal(store_each_order(b->s, see_order, got), 0);
	assert_int_equal(got[0].expiry, 20);
	assert_true(got[0].would && !got[0].asked);
	assert_int_equal(store_begin(b->s), 0);
	out_one(b, STORE_TO_HOOK, 1);
	assert_int_equal(store_commit(b->s), 0);
	back_again(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_journal),
		BOTH(test_once),
		BOTH(test_once_many),
		BOTH(test_bodies),
		BOTH(test_state),
		BOTH(test_orders),
		BOTH(test_events),
		BOTH(test_aside),
		BOTH(test_rollback),
		BOTH(test_close),
		BOTH(test_outbox),
		BOTH(test_shelf),
		BOTH(test_people),
		BOTH(test_newer),
		BOTH(test_older),
		BOTH(test_not_a_store),
		BOTH(test_snapshot),
		BOTH(test_full_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
