/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An actuator that touches nothing: entries in memory that end by themselves, with the manners of the
 * kernel's sets, for tests and for trying lymph out (actuator = "dry"). Must behave as nft.c does
 * wherever act.h says something, or the tests on it prove nothing.
 */
#include "act/dry.h"

#include <errno.h>
#include <stdlib.h>

#include "base/tree.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/loop.h"

#define PIECE 4096 /* entries listed in one turn of the loop */

struct dry_entry {
	struct tree_node node;
	struct act_entry e;
	msec until;
	uint64_t packets, bytes;
};

struct dry_change {
	struct act_entry e;
	msec lease;
	bool drop, replace;
};

struct dry {
	struct act act;
	struct loop_event *turn; /* the list that runs goes on; NULL: no loop */
	struct tree entries;
	struct dry_change *queue;
	size_t n, room;
	bool gone, kept[SET_N];
	msec (*now)(void *arg);
	void *now_arg;
	struct act_entry fail;
	int fail_err;
	struct act_dry_count count;
	/* The list that runs: seen or hit, end; and the place it stands at. */
	act_seen_cb *seen;
	act_hit_cb *hit;
	act_listed_cb *end;
	void *arg;
	struct act_listed listed;
	struct act_entry at;
	bool begun;
};

static struct dry_entry *
entry(const struct tree_node *n)
{
	return TREE_ENTRY(n, struct dry_entry, node);
}

static int
by_place(const struct tree_node *a, const struct tree_node *b)
{
	return act_entry_cmp(&entry(a)->e, &entry(b)->e);
}

static msec
boot(void *arg)
{
	(void)arg;
	return clock_boot();
}

static msec
now(struct dry *d)
{
	return d->now(d->now_arg);
}

static void
take_out(struct dry *d, struct dry_entry *x)
{
	tree_del(&d->entries, &x->node);
	free(x);
}

/* The live entry of that place; one past its end is as gone as in the kernel. */
static struct dry_entry *
find(struct dry *d, const struct act_entry *place)
{
	struct dry_entry key = { .e = *place };
	struct dry_entry *x = entry(tree_find(&d->entries, &key.node));
	if (x && x->until <= now(d)) {
		take_out(d, x);
		x = NULL;
	}
	return x;
}

static void
enter(struct dry *d, const struct act_entry *e, msec until)
{
	struct dry_entry *x = find(d, e);
	if (!x) {
		x = calloc(1, sizeof *x);
		if (!x)
			fatal_oom();
		x->e = *e;
		tree_add(&d->entries, &x->node);
	}
	x->e = *e;
	x->until = until;
}

static void
empty(struct dry *d, enum act_set s, bool all)
{
	struct tree_node *next;
	for (struct tree_node *n = tree_first(&d->entries); n; n = next) {
		next = tree_next(&d->entries, n);
		if (all || entry(n)->e.set == s)
			take_out(d, entry(n));
	}
	for (int i = 0; i < SET_N; i++)
		if (all || i == (int)s)
			d->kept[i] = false;
}

static void
queue(struct dry *d, struct dry_change c)
{
	if (d->n == d->room) {
		d->room = d->room ? 2 * d->room : 64;
		d->queue = realloc(d->queue, d->room * sizeof *d->queue);
		if (!d->queue)
			fatal_oom();
	}
	d->queue[d->n++] = c;
}

static void
dry_put(struct act *a, const struct act_entry *e, msec lease, bool replace)
{
	queue((struct dry *)a, (struct dry_change){ .e = *e, .lease = lease, .replace = replace });
}

static void
dry_drop(struct act *a, const struct act_entry *e)
{
	queue((struct dry *)a, (struct dry_change){ .e = *e, .drop = true });
}

static int
carry_out(struct dry *d, const struct dry_change *c)
{
	struct dry_entry *x = find(d, &c->e);
	if (c->drop) {
		d->count.drops++;
		if (x)
			take_out(d, x);
		return 0;
	}
	if (d->fail_err && act_entry_cmp(&d->fail, &c->e) == 0) {
		int err = d->fail_err;
		d->fail_err = 0;
		return err;
	}
	msec t = now(d), left = c->e.end - t;
	if (left <= 0 || c->lease <= 0)
		return -ETIME;
	d->count.puts++;
	d->count.replaced += c->replace;
	enter(d, &c->e, t + (c->lease < left ? c->lease : left));
	return 0;
}

static int
dry_commit(struct act *a, act_done_cb *done, void *arg)
{
	struct dry *d = (struct dry *)a;
	struct dry_change *q = d->queue;
	size_t n = d->n;
	bool gone = d->gone;
	d->queue = NULL; /* done may queue again */
	d->n = d->room = 0;
	d->count.commits++;
	for (size_t i = 0; i < n; i++)
		done(&q[i].e, q[i].drop, gone ? -ENOENT : carry_out(d, &q[i]), arg);
	free(q);
	return gone ? -ENOENT : 0;
}

static void
list_end(struct dry *d)
{
	act_listed_cb *end = d->end;
	struct act_listed l = d->listed;
	void *arg = d->arg;
	for (int i = 0; i < SET_N; i++)
		l.kept[i] = d->kept[i];
	l.err = d->gone ? -ENOENT : 0;
	d->end = NULL; /* end may begin the next */
	end(&l, arg);
}

static void
list_one(struct dry *d, const struct dry_entry *x, msec t)
{
	if (d->hit) {
		if (!x->packets)
			return;
		d->hit(&x->e, x->packets, x->bytes, d->arg);
	} else {
		struct act_seen s = { .e = x->e,
			.left = x->until == MSEC_NEVER ? MSEC_NEVER : x->until - t };
		d->seen(&s, d->arg);
	}
	d->listed.n++;
}

/* From where it stands; entries may come and go between two pieces, and between two call-backs. */
static bool
list_piece(struct dry *d, size_t piece)
{
	msec t = now(d);
	for (; piece; piece--) {
		struct dry_entry key = { .e = d->at };
		struct tree_node *n = !d->begun ? tree_first(&d->entries) :
						  tree_next(&d->entries, &key.node);
		if (!n || d->gone)
			return false;
		d->begun = true;
		d->at = entry(n)->e;
		if (entry(n)->until <= t)
			take_out(d, entry(n));
		else
			list_one(d, entry(n), t);
	}
	return true;
}

static void
on_turn(int fd, int ready, void *arg)
{
	struct dry *d = arg;
	(void)fd;
	(void)ready;
	if (list_piece(d, PIECE))
		loop_timer_in(d->turn, 0);
	else
		list_end(d);
}

static int
list_begin(struct dry *d, act_seen_cb *seen, act_hit_cb *hit, act_listed_cb *end, void *arg)
{
	if (d->end)
		return -EBUSY;
	d->seen = seen;
	d->hit = hit;
	d->end = end;
	d->arg = arg;
	d->begun = false;
	d->listed = (struct act_listed){ 0 };
	if (d->turn) {
		loop_timer_in(d->turn, 0);
		return 0;
	}
	while (list_piece(d, PIECE))
		;
	list_end(d);
	return 0;
}

static int
dry_list(struct act *a, act_seen_cb *seen, act_listed_cb *end, void *arg)
{
	return list_begin((struct dry *)a, seen, NULL, end, arg);
}

static int
dry_hits(struct act *a, act_hit_cb *hit, act_listed_cb *end, void *arg)
{
	return list_begin((struct dry *)a, NULL, hit, end, arg);
}

static int
dry_keep(struct act *a, bool on)
{
	struct dry *d = (struct dry *)a;
	if (d->gone)
		return -ENOENT;
	for (int i = 0; i < SET_N; i++)
		d->kept[i] = on;
	return 0;
}

static int
dry_flush(struct act *a)
{
	struct dry *d = (struct dry *)a;
	empty(d, SET_N, true);
	return d->gone ? -ENOENT : 0;
}

static void
dry_free(struct act *a)
{
	struct dry *d = (struct dry *)a;
	if (!d)
		return;
	empty(d, SET_N, true);
	loop_drop(d->turn);
	free(d->queue);
	free(d);
}

static const struct act_ops dry_ops = {
	.name = "dry",
	.put = dry_put,
	.drop = dry_drop,
	.commit = dry_commit,
	.list = dry_list,
	.hits = dry_hits,
	.keep = dry_keep,
	.flush = dry_flush,
	.free = dry_free,
};

struct act *
act_dry_new(struct loop *l)
{
	struct dry *d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	d->act.ops = &dry_ops;
	d->now = boot;
	tree_init(&d->entries, by_place);
	if (l)
		d->turn = loop_timer(l, on_turn, d);
	return &d->act;
}

void
act_dry_clock(struct act *a, msec (*f)(void *arg), void *arg)
{
	struct dry *d = (struct dry *)a;
	d->now = f;
	d->now_arg = arg;
}

void
act_dry_table(struct act *a, bool there)
{
	struct dry *d = (struct dry *)a;
	empty(d, SET_N, true);
	d->gone = !there;
}

void
act_dry_wipe(struct act *a, enum act_set s)
{
	empty((struct dry *)a, s, false);
}

bool
act_dry_lose(struct act *a, const struct act_entry *place)
{
	struct dry_entry *x = find((struct dry *)a, place);
	if (x)
		take_out((struct dry *)a, x);
	return x != NULL;
}

void
act_dry_slip(struct act *a, const struct act_entry *e, msec left)
{
	struct dry *d = (struct dry *)a;
	enter(d, e, left == MSEC_NEVER ? MSEC_NEVER : now(d) + left);
}

void
act_dry_fail(struct act *a, const struct act_entry *place, int err)
{
	struct dry *d = (struct dry *)a;
	d->fail = *place;
	d->fail_err = err;
}

void
act_dry_hit(struct act *a, const struct act_entry *place, uint64_t packets, uint64_t bytes)
{
	struct dry_entry *x = find((struct dry *)a, place);
	if (!x)
		return;
	x->packets += packets;
	x->bytes += bytes;
}

void
act_dry_count(struct act *a, struct act_dry_count *ret)
{
	struct dry *d = (struct dry *)a;
	msec t = now(d);
	*ret = d->count;
	ret->entries = 0;
	for (struct tree_node *n = tree_first(&d->entries); n; n = tree_next(&d->entries, n))
		ret->entries += entry(n)->until > t;
}
