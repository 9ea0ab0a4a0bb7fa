/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports by their ids in the SQLite back end: the newest in memory, the others in the table `seen`,
 * written in order and many at a time. What is only in memory is read again from the facts after a crash,
 * so nothing here may be needed that a fact does not say.
 */
#include <errno.h>
#include <string.h>

#include "store/lite.h"

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

int
lite_seen_add(struct lite *m, const struct report *p, uint64_t seq)
{
	return fresh_add(&m->fresh, p->id, owner_head(p), seq);
}

/* Writes the fresh entries in order, so that a page is touched once for many of them. */
int
lite_seen_merge(struct lite *m)
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

int
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
see_fresh(uint64_t seq, uint64_t case_no, const void *p, size_t n, void *arg)
{
	struct lite *m = arg;
	struct fact f;
	(void)case_no;
	int r = fact_decode(p, n, &f);
	if (r == 0 && f.kind == FACT_REPORT)
		r = lite_seen_add(m, &f.report, seq);
	return r;
}

int
lite_seen_load(struct lite *m)
{
	uint64_t merged = 0;
	int r = lite_ask(m, "SELECT seq FROM merged", &merged);
	if (r == 0)
		r = lite_each_fact(&m->s, 0, false, merged + 1, see_fresh, m);
	fresh_keep(&m->fresh);
	return r;
}
