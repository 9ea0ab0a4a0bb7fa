/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose a foreign address is, see edge_whose.h. Ranges are remembered on a shelf of the store, for
 * they are no facts about anybody here: a journal replayed elsewhere asks nobody. A wide range
 * counts for its part around the address asked about only, since a registry says less of the whole
 * than of its parts. Must never ask again what it knows, nor believe an answer that is not about
 * the address it asked for.
 */
#include "lymphd/edge_whose.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/lpm.h"
#include "base/pack.h"
#include "base/range.h"
#include "base/special.h"
#include "conf/peers.h"
#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge.h"

#define ROWS      65536
#define ASKS      256
#define WIDEST_4  16                  /* of a range, what one answer is taken for */
#define WIDEST_6  32
#define PATIENCE  (12 * MSEC_MINUTE)  /* hear-feed has given up by then */
#define HOLD_FILE (10 * MSEC_MINUTE)  /* the file may say something else soon */
#define HOLD_FAIL (10 * MSEC_MINUTE)
#define HOLD_NONE MSEC_DAY            /* that nobody is known */
#define TIDY      64                  /* rows taken out of the store at a time */
#define BLOB      (8 + 2 + RDAP_MAIL + RDAP_NAME)

struct row {
	struct lpm_node lpm;
	TAILQ_ENTRY(row) link; /* as they came, oldest first */
	msec until;
	bool shelved;
	uint8_t from;
	char text[];           /* mail, its NUL, name; mail "": nobody */
};

struct question {
	uint64_t ticket; /* 0: free */
	struct addr addr;
	msec since;      /* mono */
	bool sent;
};

struct whose_known {
	struct lpm rows;
	TAILQ_HEAD(rows, row) list;
	struct question ask[ASKS];
	uint64_t ticket;
	whose_told_cb *waiter[WHOSE_WAITERS];
	struct whose_totals t;
	struct loop_event *timer;
};

/* --- what is remembered
 * -------------------------------------------------------------------------- */

static void
row_drop(struct whose_known *k, struct row *r)
{
	lpm_del(&k->rows, &r->lpm);
	TAILQ_REMOVE(&k->list, r, link);
	free(r);
}

static struct row *
row_put(struct whose_known *k, const struct prefix *p, uint8_t from, const char *mail, const char *name, msec until)
{
	size_t m = strlen(mail) + 1, n = strlen(name) + 1;
	struct row *r = calloc(1, sizeof(*r) + m + n);
	if (!r)
		fatal_oom();
	r->lpm.prefix = *p;
	r->until = until;
	r->from = from;
	memcpy(r->text, mail, m);
	memcpy(r->text + m, name, n);
	struct lpm_node *old = lpm_add(&k->rows, &r->lpm);
	if (old) {
		row_drop(k, LPM_ENTRY(old, struct row, lpm));
		lpm_add(&k->rows, &r->lpm);
	}
	TAILQ_INSERT_TAIL(&k->list, r, link);
	return r;
}

static size_t
name_of(const struct prefix *p, uint8_t name[SHELF_NAME])
{
	struct writer w = writer_of(name, SHELF_NAME);
	prefix_encode(&w, p);
	return writer_len(&w);
}

static int
unshelve(struct edge *e, const struct row *r)
{
	uint8_t name[SHELF_NAME];
	if (!r->shelved)
		return 0;
	return store_shelve(e->store, SHELF_WHOSE, name, name_of(&r->lpm.prefix, name), NULL, 0);
}

static int
shelve(struct edge *e, struct row *r)
{
	uint8_t name[SHELF_NAME], blob[BLOB];
	struct writer w = writer_of(blob, sizeof(blob));
	w64(&w, (uint64_t)r->until);
	wtext(&w, r->text, RDAP_MAIL);
	wtext(&w, r->text + strlen(r->text) + 1, RDAP_NAME);
	r->shelved = true;
	return store_shelve(e->store, SHELF_WHOSE, name, name_of(&r->lpm.prefix, name), blob, writer_len(&w));
}

static int
see_row(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	struct edge *e = arg;
	struct reader r = reader_of(name, name_n), b = reader_of(blob, n);
	struct prefix p;
	char mail[RDAP_MAIL], text[RDAP_NAME];
	prefix_decode(&r, &p);
	msec until = (msec)r64(&b);
	rtext(&b, mail, sizeof(mail));
	rtext(&b, text, sizeof(text));
	if (reader_done(&r) && reader_done(&b) && p.a.fam && e->whose->rows.tree.count < ROWS)
		row_put(e->whose, &p, WHOSE_RDAP, mail, text, until)->shelved = true;
	return 0;
}

/* One transaction of its own: a new row if there is one, and the oldest out while there are too
 * many. */
static void
keep(struct edge *e, struct row *fresh)
{
	struct whose_known *k = e->whose;
	struct row *old, *next;
	unsigned n = 0;
	int r = edge_begin(e);
	if (r == 0 && fresh)
		r = shelve(e, fresh);
	for (old = TAILQ_FIRST(&k->list); r == 0 && old && n < TIDY; old = next) {
		bool over = k->rows.tree.count > ROWS;
		next = TAILQ_NEXT(old, link);
		if (old == fresh || (!over && old->until > e->now))
			break;
		k->t.evicted += over;
		r = unshelve(e, old);
		row_drop(k, old);
		n++;
	}
	edge_end(e, r); /* what is not kept is asked for again some day */
}

/* --- asking
 * -------------------------------------------------------------------------------------- */

static void
tell(struct edge *e, const struct addr *a, int err, const struct whose *w)
{
	for (size_t i = 0; i < WHOSE_WAITERS && e->whose->waiter[i]; i++)
		e->whose->waiter[i](e, a, err, w);
}

static void
pump(struct edge *e)
{
	struct whose_known *k = e->whose;
	struct chan *feed = e->c->peer[ROLE_HEAR_FEED];
	bool any = false;
	for (size_t i = 0; i < ASKS; i++) {
		struct question *q = &k->ask[i];
		any |= q->ticket != 0;
		if (!q->ticket || q->sent || !feed)
			continue;
		struct msg_whose_get m = { .ticket = q->ticket, .addr = q->addr };
		if (chan_send(feed, M_WHOSE_GET, &m, NULL, 0, -1) < 0)
			break; /* whose_up comes when there is room */
		q->sent = true;
		k->t.asked++;
	}
	if (any)
		loop_timer_in(k->timer, 10 * MSEC_SECOND);
}

static struct question *
ask_of(struct whose_known *k, const struct addr *a)
{
	struct question *free_one = NULL;
	for (size_t i = 0; i < ASKS; i++) {
		if (k->ask[i].ticket && addr_eq(&k->ask[i].addr, a))
			return &k->ask[i];
		if (!k->ask[i].ticket && !free_one)
			free_one = &k->ask[i];
	}
	return free_one;
}

static int
ask(struct edge *e, const struct addr *a)
{
	struct whose_known *k = e->whose;
	const struct conf *c = e->c->conf;
	if (!c->rdap.bootstrap[0][0] && !c->rdap.cache[0])
		return -ENOENT;
	struct question *q = ask_of(k, a);
	if (!q) {
		k->t.busy++;
		return -EBUSY;
	}
	if (q->ticket)
		return -EAGAIN;
	*q = (struct question){ .ticket = ++k->ticket, .addr = *a, .since = clock_mono() };
	pump(e);
	return -EAGAIN;
}

static void
fill(const struct row *r, struct whose *ret)
{
	*ret = (struct whose){ .from = r->from, .first = r->lpm.prefix.a, .last = prefix_last(&r->lpm.prefix),
		.until = r->until };
	snprintf(ret->mail, sizeof(ret->mail), "%s", r->text);
	snprintf(ret->name, sizeof(ret->name), "%s", r->text + strlen(r->text) + 1);
}

static bool
peer_of(const struct edge *e, const struct addr *a, struct whose *ret)
{
	struct prefix around;
	const struct conf_peer *p = peers_find(e->c->conf, a, &around);
	if (!p)
		return false;
	*ret = (struct whose){ .from = WHOSE_PEER, .first = around.a, .last = prefix_last(&around),
		.until = MSEC_NEVER };
	memcpy(ret->mail, p->mail, sizeof(ret->mail));
	memcpy(ret->url, p->url, sizeof(ret->url));
	memcpy(ret->peer, p->name, sizeof(ret->peer));
	snprintf(ret->name, sizeof(ret->name), "%s", p->name);
	return true;
}

int
whose_known(struct edge *e, const struct addr *a, struct whose *ret)
{
	if (!e->whose || addr_is_special(a) || policy_find(e->c->conf->policy, a))
		return -EINVAL;
	if (peer_of(e, a, ret))
		return 0;
	const struct lpm_node *n = lpm_find(&e->whose->rows, a);
	const struct row *r = n ? LPM_ENTRY(n, struct row, lpm) : NULL;
	if (!r || r->until <= clock_real())
		return -EAGAIN;
	if (!r->text[0])
		return -ENOENT;
	fill(r, ret);
	return 0;
}

int
whose_of(struct edge *e, const struct addr *a, struct whose *ret)
{
	int r = whose_known(e, a, ret);
	return r == -EAGAIN ? ask(e, a) : r;
}

void
whose_instead(struct edge *e, const struct addr *a, char *ret, size_t size)
{
	struct whose w;
	if (whose_of(e, a, &w) < 0)
		return;
	const char *to = w.mail[0] ? w.mail : w.url;
	size_t n = strlen(to);
	if (n < size)
		memcpy(ret, to, n + 1);
}

void
whose_wait(struct edge *e, whose_told_cb *cb)
{
	size_t i = 0;
	if (!e->whose)
		return;
	while (i < WHOSE_WAITERS && e->whose->waiter[i] && e->whose->waiter[i] != cb)
		i++;
	if (i == WHOSE_WAITERS)
		fatal("too many wait for registries");
	e->whose->waiter[i] = cb;
}

/* --- answers
 * ------------------------------------------------------------------------------------- */

static bool
texts_sane(const struct msg_whose *m)
{
	const char *end = memchr(m->name, '\0', sizeof(m->name));
	if (!end || !memchr(m->mail, '\0', sizeof(m->mail)))
		return false;
	for (const char *p = m->name; p < end; p++)
		if ((uint8_t)*p < ' ' || *p == 127)
			return false;
	return m->told == WHOSE_FOUND ? rdap_mail_ok(m->mail, strlen(m->mail)) : !m->mail[0];
}

static bool
sane(const struct msg_whose *m)
{
	return m->told < WHOSE_TOLD_N && m->by_file <= 1 && m->by_remark <= 1 && range_ok(&m->first, &m->last) &&
	    range_has(&m->first, &m->last, &m->addr) && texts_sane(m);
}

static struct prefix
part_of(const struct msg_whose *m)
{
	struct prefix p = range_around(&m->first, &m->last, &m->addr);
	unsigned widest = p.a.fam == 4 ? WIDEST_4 : WIDEST_6;
	return p.len < widest ? prefix_of(&m->addr, widest) : p;
}

void
whose_answer(struct edge *e, const struct msg_whose *m)
{
	struct whose_known *k = e->whose;
	size_t i = 0;
	while (i < ASKS && (!k->ask[i].ticket || k->ask[i].ticket != m->ticket))
		i++;
	if (i == ASKS && m->ticket && m->ticket <= k->ticket)
		return; /* too late */
	if (i == ASKS || !k->ask[i].sent || !addr_eq(&k->ask[i].addr, &m->addr) || !sane(m)) {
		e->broken++;
		return;
	}
	k->ask[i].ticket = 0;
	msec now = edge_now(e), keeps = e->c->conf->rdap.keep;
	msec hold = m->told == WHOSE_FAILED ? HOLD_FAIL
	    : m->by_file                    ? HOLD_FILE
	    : m->told == WHOSE_NOBODY       ? (keeps < HOLD_NONE ? keeps : HOLD_NONE)
	                                    : keeps;
	struct prefix p = m->told == WHOSE_FAILED ? prefix_of(&m->addr, addr_bits(&m->addr)) : part_of(m);
	struct row *r = row_put(k, &p, m->by_file ? WHOSE_FILE : WHOSE_RDAP, m->mail, m->name, now + hold);
	struct whose w;
	fill(r, &w);
	bool lasts = m->told != WHOSE_FAILED && !m->by_file;
	if (lasts || k->rows.tree.count > ROWS)
		keep(e, lasts ? r : NULL);
	tell(e, &m->addr, m->told == WHOSE_FOUND ? 0 : -ENOENT, m->told == WHOSE_FOUND ? &w : NULL);
	pump(e);
}

void
whose_said(struct edge *e, const struct msg_feed_state *m)
{
	if (!memchr(m->wrong, '\0', sizeof(m->wrong))) {
		e->broken++;
		return;
	}
	e->whose->t.feed = *m;
	e->whose->t.heard = true;
}

static void
on_timer(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	struct whose_known *k = e->whose;
	msec now = clock_mono();
	(void)fd, (void)ready;
	for (size_t i = 0; i < ASKS; i++) {
		struct question q = k->ask[i];
		if (!q.ticket || now - q.since < PATIENCE)
			continue;
		k->ask[i].ticket = 0;
		k->t.lost++;
		tell(e, &q.addr, -ENOENT, NULL);
	}
	edge_now(e);
	const struct row *old = TAILQ_FIRST(&k->list);
	if (old && old->until <= e->now)
		keep(e, NULL);
	pump(e);
	loop_timer_in(k->timer, 10 * MSEC_SECOND);
}

void
whose_up(struct edge *e)
{
	pump(e);
}

void
whose_down(struct edge *e)
{
	for (size_t i = 0; i < ASKS; i++)
		e->whose->ask[i].sent = false;
	e->whose->t.heard = false;
}

void
whose_totals(const struct edge *e, struct whose_totals *ret)
{
	*ret = e->whose->t;
	ret->rows = e->whose->rows.tree.count;
	for (size_t i = 0; i < ASKS; i++)
		ret->waiting += e->whose->ask[i].ticket != 0;
}

void
whose_start(struct edge *e)
{
	struct whose_known *k = calloc(1, sizeof(*k));
	if (!k)
		fatal_oom();
	lpm_init(&k->rows);
	TAILQ_INIT(&k->list);
	e->whose = k;
	store_each_shelved(e->store, SHELF_WHOSE, see_row, e);
	k->timer = loop_timer(e->c->loop, on_timer, e);
	loop_timer_in(k->timer, 10 * MSEC_SECOND);
}
