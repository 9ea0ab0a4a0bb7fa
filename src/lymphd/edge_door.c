/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may come to hear-alerts, see edge_door.h. They are no facts, for no decision depends on a password: they
 * stand on a shelf, what staff did with them in the journal. Must never answer a machine before it is kept.
 */
#include "lymphd/edge_door.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/pack.h"
#include "host/log.h"
#include "lymphd/door_scope.h"
#include "lymphd/edge.h"
#include "wire/claim.h"

#define VERSION 1
#define BLOB    512
#define TELL    MSEC_SECOND /* between two lists of orders */
#define ASKING  8           /* registrations on the way from hear-alerts */

struct door {
	struct door_row row[DOOR_ROWS];    /* by kind and name */
	struct msg_door_seen seen[DOOR_ROWS]; /* beside it; name "": nothing yet */
	size_t n;
	struct msg_door_counts counts;
	struct loop_event *timer;
	bool stale, armed;                 /* what is in force has to be told anew; and will be */
	uint64_t over;
};

static int
row_cmp(enum door_kind kind, const char *name, const struct door_row *r)
{
	return kind != r->kind ? (kind > r->kind) - (kind < r->kind) : strcmp(name, r->name);
}

/* Where it stands, or would. */
static size_t
place(const struct door *d, enum door_kind kind, const char *name)
{
	size_t i = 0;
	while (i < d->n && row_cmp(kind, name, &d->row[i]) > 0)
		i++;
	return i;
}

static struct door_row *
find(struct door *d, enum door_kind kind, const char *name)
{
	size_t i = place(d, kind, name);
	return i < d->n && row_cmp(kind, name, &d->row[i]) == 0 ? &d->row[i] : NULL;
}

static void
set(struct door *d, const struct door_row *r)
{
	size_t i = place(d, (enum door_kind)r->kind, r->name);
	if (i == d->n || row_cmp((enum door_kind)r->kind, r->name, &d->row[i]) != 0) {
		memmove(&d->row[i + 1], &d->row[i], (d->n - i) * sizeof(d->row[0]));
		memmove(&d->seen[i + 1], &d->seen[i], (d->n - i) * sizeof(d->seen[0]));
		memset(&d->seen[i], 0, sizeof(d->seen[i]));
		d->n++;
	}
	d->row[i] = *r;
}

static void
drop(struct door *d, struct door_row *r)
{
	size_t i = (size_t)(r - d->row);
	d->n--;
	memmove(&d->row[i], &d->row[i + 1], (d->n - i) * sizeof(d->row[0]));
	memmove(&d->seen[i], &d->seen[i + 1], (d->n - i) * sizeof(d->seen[0]));
}

/* --- the shelf ------------------------------------------------------------------------------------ */

static size_t
shelf_name(const struct door_row *r, char ret[SHELF_NAME])
{
	ret[0] = r->kind == DOOR_BOUNCER ? 'b' : 'm';
	memcpy(ret + 1, r->name, strlen(r->name));
	return 1 + strlen(r->name);
}

static int
keep(struct edge *e, const struct door_row *r)
{
	uint8_t blob[BLOB];
	char name[SHELF_NAME];
	struct writer w = writer_of(blob, sizeof(blob));
	w8(&w, VERSION);
	w8(&w, r->approved);
	wbytes(&w, r->hash, sizeof(r->hash));
	w64(&w, (uint64_t)r->added);
	addr_encode(&w, &r->from);
	w32(&w, r->scope.classes);
	w8(&w, r->scope.own);
	for (unsigned i = 0; i < DOOR_PREFIXES; i++)
		prefix_encode(&w, &r->scope.prefix[i]);
	if (w.bad)
		return -EMSGSIZE;
	size_t n = shelf_name(r, name);
	return store_shelve(e->store, SHELF_DOOR, name, n, blob, writer_len(&w));
}

static int
unkeep(struct edge *e, const struct door_row *r)
{
	char name[SHELF_NAME];
	size_t n = shelf_name(r, name);
	return store_shelve(e->store, SHELF_DOOR, name, n, NULL, 0);
}

static int
see(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	struct door *d = arg;
	struct reader r = reader_of(blob, n);
	struct door_row v = { 0 };
	const char *s = name;
	if (name_n < 2 || name_n > 1 + DOOR_NAME || (*s != 'b' && *s != 'm') || r8(&r) != VERSION ||
	    d->n == DOOR_ROWS)
		return -EBADMSG;
	v.kind = *s == 'b' ? DOOR_BOUNCER : DOOR_MACHINE;
	memcpy(v.name, s + 1, name_n - 1);
	v.approved = r8(&r);
	rbytes(&r, v.hash, sizeof(v.hash));
	v.added = (int64_t)r64(&r);
	addr_decode(&r, &v.from);
	v.scope.classes = r32(&r);
	v.scope.own = r8(&r);
	for (unsigned i = 0; i < DOOR_PREFIXES; i++)
		prefix_decode(&r, &v.scope.prefix[i]);
	if (!reader_done(&r) || !door_row_sane(&v))
		return -EBADMSG;
	set(d, &v);
	return 0;
}

/* --- hear-alerts ---------------------------------------------------------------------------------- */

static void
tell_list(struct edge *e)
{
	struct door *d = e->door;
	struct chan *to = e->c->peer[ROLE_HEAR_ALERTS];
	struct msg_door_list m = { .n = (uint32_t)d->n };
	int fd;
	if (!to || seal_make("door", d->row, d->n * sizeof(d->row[0]), &fd) < 0)
		return;
	chan_send(to, M_DOOR_LIST, &m, NULL, 0, fd);
	close(fd);
}

static bool
has_bouncers(const struct door *d)
{
	return d->n && d->row[d->n - 1].kind == DOOR_BOUNCER;
}

static void
tell_orders(struct edge *e)
{
	struct door *d = e->door;
	struct chan *to = e->c->peer[ROLE_HEAR_ALERTS];
	struct msg_door_orders m = { 0 };
	size_t room = 0;
	struct door_order *v = NULL;
	struct order o;
	uint64_t no = 0;
	int fd;
	if (!to || !has_bouncers(d))
		return;
	msec now = late_now(e);
	while (word_may(e) && view_standing_next(e->judge, &no, &o)) {
		if (o.would || o.asked || o.dropped || o.rung < RUNG_FILTER || o.expiry <= now)
			continue;
		if (m.n == DOOR_ORDERS) {
			m.over++;
			continue;
		}
		if (m.n == room) {
			room = room ? room * 2 : 64;
			if (!(v = reallocarray(v, room, sizeof(*v))))
				fatal_oom();
		}
		memset(&v[m.n], 0, sizeof(v[m.n]));
		v[m.n++] = (struct door_order){ o, o.expiry - now };
	}
	d->over = m.over;
	if (seal_make("orders", v, m.n * sizeof(*v), &fd) == 0) {
		chan_send(to, M_DOOR_ORDERS, &m, NULL, 0, fd);
		close(fd);
		d->stale = false;
	}
	free(v);
}

static void
on_timer(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	(void)fd, (void)ready;
	e->door->armed = false;
	if (!e->door->stale)
		return;
	tell_orders(e);
	if (e->door->stale)
		door_orders(e); /* no memory to seal: once more */
}

void
door_orders(struct edge *e)
{
	struct door *d = e->door;
	if (!d || !e->c->peer[ROLE_HEAR_ALERTS] || !has_bouncers(d))
		return;
	d->stale = true;
	if (!d->armed)
		loop_timer_in(d->timer, TELL);
	d->armed = true;
}

void
door_up(struct edge *e)
{
	memset(e->door->seen, 0, sizeof(e->door->seen));
	memset(&e->door->counts, 0, sizeof(e->door->counts));
	chan_grant(e->c->peer[ROLE_HEAR_ALERTS], ASKING, ASKING * (uint32_t)sizeof(struct msg_door_register));
	tell_list(e);
	tell_orders(e);
}

void
door_down(struct edge *e)
{
	e->door->stale = false;
}

/* One that waited too long gives its place. */
static bool
make_room(struct edge *e, msec now)
{
	struct door *d = e->door;
	struct door_row *old = NULL;
	size_t waiting = 0;
	for (size_t i = 0; i < d->n; i++) {
		struct door_row *r = &d->row[i];
		if (r->kind != DOOR_MACHINE || r->approved)
			continue;
		waiting++;
		if (!old || r->added < old->added)
			old = r;
	}
	if (waiting < DOOR_WAITING && d->n < DOOR_ROWS)
		return true;
	if (!old || now - old->added < DOOR_WAITS || unkeep(e, old) < 0)
		return false;
	drop(d, old);
	return true;
}

/* A failed transaction may have dropped a row that is still kept: all is read again. */
static void
reread(struct edge *e)
{
	struct door *d = e->door;
	d->n = 0;
	memset(d->seen, 0, sizeof(d->seen));
	int r = store_each_shelved(e->store, SHELF_DOOR, see, d);
	if (r < 0)
		fatal("cannot read who may come to the door: %s", strerror(-r));
}

static int
end(struct edge *e, int r)
{
	r = edge_finish(e, r);
	if (r < 0)
		reread(e);
	return r;
}

static enum door_answer
take(struct edge *e, const struct msg_door_register *m)
{
	struct door_row r = { .kind = DOOR_MACHINE, .added = edge_now(e), .from = m->from };
	memcpy(r.name, m->name, sizeof(r.name));
	memcpy(r.hash, m->hash, sizeof(r.hash));
	const struct door_row *old = find(e->door, DOOR_MACHINE, r.name);
	if (old)
		return sodium_memcmp(old->hash, r.hash, sizeof(r.hash)) == 0 ? DOOR_TAKEN : DOOR_EXISTS;
	if (edge_tight(e) || edge_begin(e) < 0)
		return DOOR_FAILED;
	bool room = make_room(e, r.added);
	int rc = room ? keep(e, &r) : 0;
	if (rc == 0 && room)
		set(e->door, &r);
	rc = end(e, rc);
	return rc < 0 ? DOOR_FAILED : room ? DOOR_TAKEN : DOOR_FULL;
}

static bool
from_sane(const struct addr *a)
{
	struct prefix p = prefix_of(a, addr_bits(a));
	return a->fam == 0 || ((a->fam == 4 || a->fam == 6) && addr_eq(&p.a, a));
}

void
door_register(struct edge *e, const struct msg_door_register *m)
{
	struct chan *to = e->c->peer[ROLE_HEAR_ALERTS];
	struct msg_door_answer a = { .ticket = m->ticket, .answer = DOOR_FAILED };
	struct door_row like = { .kind = DOOR_MACHINE };
	memcpy(like.name, m->name, sizeof(like.name));
	if (door_row_sane(&like) && from_sane(&m->from))
		a.answer = take(e, m);
	else
		e->broken++;
	if (!to)
		return;
	chan_send(to, M_DOOR_ANSWER, &a, NULL, 0, -1);
	chan_grant(to, 1, sizeof(*m));
	if (a.answer == DOOR_TAKEN)
		tell_list(e);
}

void
door_seen(struct edge *e, const struct msg_door_seen *m)
{
	const struct door_row *r = NULL;
	if (m->kind < DOOR_KINDS && memchr(m->name, '\0', sizeof(m->name)))
		r = find(e->door, (enum door_kind)m->kind, m->name);
	if (r)
		e->door->seen[r - e->door->row] = *m;
	else
		e->broken++;
}

void
door_counted(struct edge *e, const struct msg_door_counts *m)
{
	e->door->counts = *m;
}

/* --- staff ---------------------------------------------------------------------------------------- */

/* The reporter it is from now on; the operator may rank it otherwise later. */
static int
introduce(struct edge *e, const struct door_row *r, const char *org, uid_t uid)
{
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .standing = STANDING_ORG, .uid = uid } };
	struct view_reporter v;
	struct identity i;
	if (!identity_make(IDENTITY_MACHINE, r->name, &i))
		return -EINVAL;
	f.reporter.key = identity_key(&i);
	if (view_reporter_of(e->judge, &f.reporter.key, e->now, &v) && v.name[0])
		return 0; /* let in before: as it was ranked then */
	if (view_reporter_named(e->judge, i.name, e->now, &v))
		return -EEXIST;
	memcpy(f.reporter.name, i.name, sizeof(f.reporter.name));
	snprintf(f.reporter.org, sizeof(f.reporter.org), "%s", *org ? org : r->name);
	return edge_fact(e, &f, NULL, NULL, NULL);
}

int
door_approve(struct edge *e, const char *name, const char *org, uid_t uid)
{
	const struct door_row *old = find(e->door, DOOR_MACHINE, name);
	struct desk_act a = { .verb = DESK_DOOR, .uid = uid };
	char addr[ADDR_TEXT];
	if (!old)
		return -ENOENT;
	if (old->approved)
		return -EALREADY;
	struct door_row r = *old;
	r.approved = 1;
	snprintf(a.text, sizeof(a.text), "machine %s is let in; it registered from %s", r.name,
	    r.from.fam ? addr_print(&r.from, addr) : "this machine or an unknown address");
	int rc = edge_said(e, &a, NULL);
	if (rc == 0)
		rc = introduce(e, &r, org, uid);
	if (rc == 0)
		rc = keep(e, &r);
	rc = end(e, rc);
	if (rc < 0)
		return rc;
	set(e->door, &r);
	tell_list(e);
	return 0;
}

int
door_remove(struct edge *e, enum door_kind kind, const char *name, uid_t uid)
{
	struct door_row *old = find(e->door, kind, name);
	struct desk_act a = { .verb = DESK_DOOR, .uid = uid };
	if (!old)
		return -ENOENT;
	snprintf(a.text, sizeof(a.text), "%s %s is let in no more", kind == DOOR_BOUNCER ? "bouncer" : "machine",
	    name);
	int rc = edge_said(e, &a, NULL);
	if (rc == 0)
		rc = unkeep(e, old);
	rc = end(e, rc);
	if (rc < 0)
		return rc;
	drop(e->door, old);
	tell_list(e);
	return 0;
}

static size_t
count(const struct door *d, enum door_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < d->n; i++)
		n += d->row[i].kind == kind;
	return n;
}

int
door_bouncer(struct edge *e, const char *name, const struct door_scope *scope, uid_t uid,
    char key[DOOR_KEY_TEXT])
{
	struct door_row r = { .kind = DOOR_BOUNCER, .approved = 1, .scope = *scope, .added = edge_now(e) };
	struct desk_act a = { .verb = DESK_DOOR, .uid = uid };
	uint8_t secret[32];
	char shown[SCOPE_TEXT];
	if (!door_name(name, r.name) || !scope_sane(scope))
		return -EINVAL;
	if (find(e->door, DOOR_BOUNCER, r.name))
		return -EEXIST;
	if (count(e->door, DOOR_BOUNCER) == DOOR_BOUNCERS || e->door->n == DOOR_ROWS)
		return -E2BIG;
	randombytes_buf(secret, sizeof(secret));
	sodium_bin2base64(key, DOOR_KEY_TEXT, secret, sizeof(secret), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	door_hash(DOOR_BOUNCER, r.name, key, r.hash);
	scope_print(scope, shown);
	snprintf(a.text, sizeof(a.text), "bouncer %s is let in, scope %.160s", r.name,
	    *shown ? shown : "all but own lines");
	int rc = edge_said(e, &a, NULL);
	if (rc == 0)
		rc = keep(e, &r);
	rc = end(e, rc);
	if (rc < 0)
		return rc;
	set(e->door, &r);
	tell_list(e);
	door_orders(e);
	return 0;
}

/* --- looking -------------------------------------------------------------------------------------- */

const struct door_row *
door_next(const struct edge *e, const struct door_row *after)
{
	size_t i = after ? (size_t)(after - e->door->row) + 1 : 0;
	return i < e->door->n ? &e->door->row[i] : NULL;
}

const struct door_row *
door_find(const struct edge *e, enum door_kind kind, const char *name)
{
	return find(e->door, kind, name);
}

bool
door_lets(const struct edge *e, const char *name)
{
	const struct door_row *r = e->door ? find(e->door, DOOR_MACHINE, name) : NULL;
	return r && r->approved;
}

const struct msg_door_seen *
door_seen_of(const struct edge *e, const struct door_row *r)
{
	const struct msg_door_seen *s = &e->door->seen[r - e->door->row];
	return s->name[0] ? s : NULL;
}

const struct msg_door_counts *
door_counts(const struct edge *e)
{
	return &e->door->counts;
}

uint64_t
door_over(const struct edge *e)
{
	return e->door->over;
}

void
door_start(struct edge *e)
{
	e->door = calloc(1, sizeof(*e->door));
	if (!e->door)
		fatal_oom();
	e->door->timer = loop_timer(e->c->loop, on_timer, e);
	reread(e);
}
