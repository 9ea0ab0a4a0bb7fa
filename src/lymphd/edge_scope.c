/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom a record is about, and what belongs to somebody, see edge_scope.h; that is kept on a shelf under the
 * number of the fact that spoke of him, for the judge gives cases up and a forgetting takes out of the journal
 * what it was learnt from. It must never be ahead of that shelf when something goes because of it.
 */
#include "lymphd/edge_scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "host/log.h"

#define NAME_MOST (8 + 1 + KEY_BYTES)

/* --- what a record is about ---------------------------------------------------------------------- */

static bool
same_subject(const struct edge *e, const struct keep_set *k, const struct addr *a)
{
	struct prefix own = policy_subject(policy_find(e->c->conf->policy, &k->addr), &k->addr);
	return prefix_has(&own, a);
}

/* Whose address it is about; NULL: nobody's. */
static const struct addr *
subject_of(const struct fact *f)
{
	switch (f->kind) {
	case FACT_REPORT: return &f->report.subject;
	case FACT_LOOK: return &f->look.target;
	case FACT_FLOW: return &f->flow.subject;
	default: return NULL;
	}
}

static bool
about_address(const struct edge *e, const struct keep_set *k, const struct fact *f)
{
	const struct addr *a = subject_of(f);
	if (f->kind == FACT_LEASE)
		return addr_eq(&f->lease.addr, &k->addr);
	return a && same_subject(e, k, a);
}

/* By the lease itself, or a prefix that is one line; whose an address was, only its lease can say. */
static bool
about_line(const struct edge *e, const struct keep_set *k, const struct fact *f)
{
	const struct addr *a = subject_of(f);
	if (f->kind == FACT_LEASE)
		return strncmp(f->lease.line, k->line, sizeof(f->lease.line)) == 0;
	const struct policy_row *row = a ? policy_find(e->c->conf->policy, a) : NULL;
	return row && row->line[0] && strncmp(row->line, k->line, LINE_TEXT) == 0;
}

static bool
about_key(const struct keep_set *k, const struct fact *f)
{
	const struct key *key = f->kind == FACT_REPORT	   ? &f->report.key
				: f->kind == FACT_REPORTER ? &f->reporter.key
				: f->kind == FACT_CANARY   ? &f->canary.key
							   : NULL;
	return key && memcmp(key->b, k->key, KEY_BYTES) == 0;
}

bool
shred_about(const struct edge *e, const struct keep_set *k, const struct fact *f)
{
	if (f->kind == FACT_KEEP) /* an earlier word about the same */
		return f->keep.verb != KEEP_DROP && f->keep.what != KEEP_CASE && keep_same(&f->keep, k);
	switch ((enum keep_what)k->what) {
	case KEEP_ADDRESS: return about_address(e, k, f);
	case KEEP_LINE: return about_line(e, k, f);
	case KEEP_REPORTER: return about_key(k, f);
	default: return false;
	}
}

/* --- what belongs to somebody ------------------------------------------------------------------- */

void
scope_free(struct keep_scope *s)
{
	free(s->cases);
	free(s->lease);
	free(s->key);
	free(s->hold);
	*s = (struct keep_scope){ 0 };
}

static void
grow(void **v, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return;
	*room = *room ? *room * 2 : 16;
	*v = reallocarray(*v, *room, size);
	if (!*v)
		fatal_oom();
}

static size_t
case_at(const struct keep_scope *s, uint64_t no)
{
	size_t low = 0, high = s->cases_n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (s->cases[mid].no < no)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool
scope_has_case(const struct keep_scope *s, uint64_t no)
{
	size_t at = case_at(s, no);
	return no && at < s->cases_n && s->cases[at].no == no;
}

void
scope_case(struct keep_scope *s, uint64_t no)
{
	if (!no || scope_has_case(s, no))
		return;
	size_t at = case_at(s, no);
	grow((void **)&s->cases, s->cases_n, &s->cases_room, sizeof(*s->cases));
	memmove(&s->cases[at + 1], &s->cases[at], (s->cases_n - at) * sizeof(*s->cases));
	s->cases[at] = (struct keep_case){ .no = no };
	s->cases_n++;
	s->fresh++;
}

static bool
scope_has_key(const struct keep_scope *s, const struct key *key)
{
	for (size_t i = 0; i < s->keys; i++)
		if (key_cmp(&s->key[i].key, key) == 0)
			return true;
	return false;
}

void
scope_key(struct keep_scope *s, const struct key *key)
{
	if (scope_has_key(s, key))
		return;
	grow((void **)&s->key, s->keys, &s->keys_room, sizeof(*s->key));
	s->key[s->keys++] = (struct keep_key){ .key = *key };
	s->fresh++;
}

void
scope_hold(struct keep_scope *s, uint64_t no)
{
	size_t i = 0;
	while (i < s->holds && s->hold[i].no != no)
		i++;
	if (i == s->holds) {
		grow((void **)&s->hold, s->holds, &s->holds_room, sizeof(*s->hold));
		s->hold[s->holds++] = (struct keep_by){ .no = no };
		s->fresh++;
	}
	s->hold[i].now = true;
}

void
scope_pass(struct keep_scope *s)
{
	for (size_t i = 0; i < s->holds; i++)
		s->hold[i].now = false;
}

bool
scope_waits(const struct keep_scope *s)
{
	for (size_t i = 0; i < s->holds; i++)
		if (s->hold[i].now)
			return true;
	return false;
}

static void
lease_add(struct keep_scope *s, const struct lease_seen *l)
{
	grow((void **)&s->lease, s->leases, &s->leases_room, sizeof(*s->lease));
	s->lease[s->leases++] = (struct keep_lease){ .seen = *l };
	s->fresh++;
}

static void
lease_until(struct keep_scope *s, struct keep_lease *l, msec to)
{
	if (l->seen.to == to)
		return;
	l->seen.to = to;
	l->kept = false;
	s->fresh++;
}

/* The newest word holds: one that goes on, or has ended, is the one there was. */
static void
scope_lease(struct keep_scope *s, const struct lease_seen *l)
{
	for (size_t i = 0; i < s->leases; i++) {
		const struct lease_seen *old = &s->lease[i].seen;
		if (addr_eq(&old->addr, &l->addr) && strncmp(old->line, l->line, LINE_TEXT) == 0 &&
		    old->from <= l->from && l->from <= old->to)
			return lease_until(s, &s->lease[i], l->to);
	}
	lease_add(s, l);
}

/* Somebody else has the address now. */
static void
scope_unlease(struct keep_scope *s, const struct lease_seen *l)
{
	for (size_t i = 0; i < s->leases; i++) {
		const struct lease_seen *old = &s->lease[i].seen;
		if (addr_eq(&old->addr, &l->addr) && old->from <= l->from && l->from < old->to)
			lease_until(s, &s->lease[i], l->from);
	}
}

/* An address the line had when it happened. */
static bool
leased(const struct keep_scope *s, const struct fact *f)
{
	const struct addr *a = subject_of(f);
	msec when = f->kind == FACT_REPORT ? f->report.event
		    : f->kind == FACT_FLOW ? f->flow.when
					   : f->at;
	for (size_t i = 0; a && i < s->leases; i++) {
		const struct lease_seen *l = &s->lease[i].seen;
		if (addr_eq(a, &l->addr) && l->from <= when && when < l->to)
			return true;
	}
	return false;
}

bool
scope_about(const struct edge *e, const struct keep_scope *s, const struct keep_set *k, const struct fact *f)
{
	return shred_about(e, k, f) || (k->what == KEEP_LINE && leased(s, f)) ||
	    (f->kind == FACT_REPORTER && scope_has_key(s, &f->reporter.key));
}

bool
scope_learn(const struct edge *e, struct keep_scope *s, const struct keep_set *k, const struct fact *f,
    uint64_t case_no)
{
	bool mine = scope_about(e, s, k, f);
	if (k->what == KEEP_REPORTER) /* what he says is not about him */
		return mine;
	if (f->kind == FACT_LEASE)
		(mine ? scope_lease : scope_unlease)(s, &f->lease);
	if (mine)
		scope_case(s, case_no);
	return mine || scope_has_case(s, case_no);
}

/* --- on the shelf -------------------------------------------------------------------------------- */

static struct writer
name_of(uint8_t name[NAME_MOST], uint64_t no, char kind)
{
	struct writer w = writer_of(name, NAME_MOST);
	w64(&w, no);
	w8(&w, (uint8_t)kind);
	return w;
}

/* blob NULL takes it away. */
static int
shelve(struct edge *e, const uint8_t *name, const struct writer *w, const void *blob, size_t n)
{
	return w->bad ? -EINVAL : store_shelve(e->store, SHELF_KEEP, name, writer_len(w), blob, n);
}

/* What is known by its number: 'c' a case, 'h' a hold. */
static int
put_no(struct edge *e, uint64_t no, char kind, uint64_t what, bool drop)
{
	uint8_t name[NAME_MOST];
	struct writer w = name_of(name, no, kind);
	w64(&w, what);
	return shelve(e, name, &w, drop ? NULL : "", 0);
}

static int
put_key(struct edge *e, uint64_t no, const struct keep_key *c, bool drop)
{
	uint8_t name[NAME_MOST];
	struct writer w = name_of(name, no, 'k');
	wbytes(&w, c->key.b, KEY_BYTES);
	return shelve(e, name, &w, drop ? NULL : "", 0);
}

/* i: its place, which does not change. */
static int
put_lease(struct edge *e, uint64_t no, size_t i, const struct keep_lease *l, bool drop)
{
	uint8_t name[NAME_MOST], blob[64 + LINE_TEXT];
	struct writer w = name_of(name, no, 'l'), b = writer_of(blob, sizeof(blob));
	w64(&w, i);
	addr_encode(&b, &l->seen.addr);
	w64(&b, (uint64_t)l->seen.from);
	w64(&b, (uint64_t)l->seen.to);
	wtext(&b, l->seen.line, sizeof(l->seen.line));
	return b.bad ? -EINVAL : shelve(e, name, &w, drop ? NULL : blob, writer_len(&b));
}

int
scope_keep(struct edge *e, uint64_t no, struct keep_scope *s)
{
	int r = 0;
	if (!s->fresh)
		return 0;
	for (size_t i = 0; r == 0 && i < s->cases_n; i++)
		if (!s->cases[i].kept && (r = put_no(e, no, 'c', s->cases[i].no, false)) == 0)
			s->cases[i].kept = true;
	for (size_t i = 0; r == 0 && i < s->leases; i++)
		if (!s->lease[i].kept && (r = put_lease(e, no, i, &s->lease[i], false)) == 0)
			s->lease[i].kept = true;
	for (size_t i = 0; r == 0 && i < s->keys; i++)
		if (!s->key[i].kept && (r = put_key(e, no, &s->key[i], false)) == 0)
			s->key[i].kept = true;
	for (size_t i = 0; r == 0 && i < s->holds; i++)
		if (!s->hold[i].kept && (r = put_no(e, no, 'h', s->hold[i].no, false)) == 0)
			s->hold[i].kept = true;
	if (r == 0)
		s->fresh = 0;
	return r;
}

static void
scope_all(struct keep_scope *s, bool kept)
{
	for (size_t i = 0; i < s->cases_n; i++)
		s->cases[i].kept = kept;
	for (size_t i = 0; i < s->leases; i++)
		s->lease[i].kept = kept;
	for (size_t i = 0; i < s->keys; i++)
		s->key[i].kept = kept;
	for (size_t i = 0; i < s->holds; i++)
		s->hold[i].kept = kept;
	s->fresh = kept ? 0 : s->cases_n + s->leases + s->keys + s->holds;
}

void
scope_unkept(struct keep_scope *s)
{
	scope_all(s, false);
}

int
scope_whole(struct edge *e, uint64_t no)
{
	uint8_t name[NAME_MOST];
	struct writer w = name_of(name, no, 'w');
	return shelve(e, name, &w, "", 0);
}

int
scope_drop(struct edge *e, uint64_t no, const struct keep_scope *s)
{
	uint8_t name[NAME_MOST];
	struct writer w = name_of(name, no, 'w');
	int r = shelve(e, name, &w, NULL, 0);
	for (size_t i = 0; r == 0 && i < s->cases_n; i++)
		r = put_no(e, no, 'c', s->cases[i].no, true);
	for (size_t i = 0; r == 0 && i < s->leases; i++)
		r = put_lease(e, no, i, &s->lease[i], true);
	for (size_t i = 0; r == 0 && i < s->keys; i++)
		r = put_key(e, no, &s->key[i], true);
	for (size_t i = 0; r == 0 && i < s->holds; i++)
		r = put_no(e, no, 'h', s->hold[i].no, true);
	return r;
}

int
scope_wait(struct edge *e, uint64_t no, struct keep_scope *s)
{
	int r = scope_keep(e, no, s);
	for (size_t i = 0; r == 0 && i < s->holds; i++)
		if (!s->hold[i].now)
			r = put_no(e, no, 'h', s->hold[i].no, true);
	return r;
}

void
scope_passed(struct keep_scope *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->holds; i++)
		if (s->hold[i].now)
			s->hold[n++] = s->hold[i];
	s->holds = n;
}

struct reading {
	struct edge *e;
	scope_of *of;
};

static int
see(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	struct reading *rd = arg;
	struct reader r = reader_of(name, name_n), b = reader_of(blob, n);
	uint64_t no = r64(&r);
	uint8_t kind = r8(&r);
	struct keep_scope *s = rd->of(rd->e, no);
	struct lease_seen l = { .from = 0 };
	struct key key;
	if (!s)
		return 0; /* nobody's any more */
	if (kind == 'w') {
		s->whole = true;
	} else if (kind == 'c') {
		scope_case(s, r64(&r));
	} else if (kind == 'k') {
		rbytes(&r, key.b, KEY_BYTES);
		scope_key(s, &key);
	} else if (kind == 'h') {
		scope_hold(s, r64(&r));
	} else if (kind == 'l') {
		r64(&r);
		addr_decode(&b, &l.addr);
		l.from = (msec)r64(&b);
		l.to = (msec)r64(&b);
		rtext(&b, l.line, sizeof(l.line));
		lease_add(s, &l); /* as it was: its place is its name */
	}
	scope_all(s, true);
	return reader_done(&r) && reader_done(&b) ? 0 : -EBADMSG;
}

int
scope_read(struct edge *e, scope_of *of)
{
	struct reading rd = { e, of };
	return store_each_shelved(e->store, SHELF_KEEP, see, &rd);
}
