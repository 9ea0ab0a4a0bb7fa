/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes as transactions. The kernel does all of one or nothing, and one element that ended by itself
 * a moment ago undoes it: so what it refuses is told apart by the attribute it points at, turned round
 * (a delete of what is gone falls away, an add of what is there replaces it), looked up when that is
 * not enough, and at last parted in halves until the culprit stands alone. Must always end, whatever
 * somebody does to the sets meanwhile.
 */
#include "act/nft_parts.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"

#define TURNS 4 /* after so many the kernel has its way */
#define TRIES 4 /* of one transaction, before it is parted */

/* Which bytes of the transaction belong to which change, in order. */
struct mark {
	uint32_t at;
	bool del;
	struct nft_change *c; /* NULL: a message begins */
};

struct trial {
	struct nft *x;
	struct mark *marks;
	size_t n, room;
	uint32_t first;
	struct nft_change *last; /* the one change, when it is one */
	bool final;              /* a set that is missing fails what it was to take */
	size_t found;            /* culprits */
	bool full;               /* a set took no more */
	bool missing;            /* a set is not there, or the table */
	bool undeleted;          /* a message of deletes stopped half way */
};

size_t
nft_cost(const struct nft_change *c)
{
	bool two = nft_wide(c->e.set) || nft_ranges(c->e.set); /* keys */
	size_t add = two ? 256 : 192, del = two ? 128 : 64;
	return c->drop ? del : add + del; /* an add may turn out to replace */
}

static void
settle(struct nft_change *c, int err)
{
	c->settled = 1;
	c->err = err;
}

static void
mark(struct trial *t, struct nft_change *c, bool del)
{
	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : 256;
		t->marks = realloc(t->marks, t->room * sizeof *t->marks);
		if (!t->marks)
			fatal_oom();
	}
	uint32_t at = (uint32_t)(c ? t->x->out.msg->nlmsg_len : 0);
	at += (uint32_t)((char *)t->x->out.msg - t->x->out.b);
	t->marks[t->n++] = (struct mark){ .at = at, .del = del, .c = c };
}

static void
write_one(struct trial *t, struct nft_change *c, bool del, msec now)
{
	struct nft_out *o = &t->x->out;
	uint8_t key[NFT_KEY];
	msec left = c->e.end - now;
	mark(t, c, del);
	if (del)
		nft_out_elem(o, &c->e);
	else
		nft_out_entry(o, &c->e, left < c->lease ? left : c->lease);
	if (nft_wide(c->e.set) && nft_key_after(&c->e, key))
		nft_out_after(o, key, nft_key_len(c->e.set));
}

/* All deletes, then all adds, a message holding as many of one set as it may. */
static void
write_half(struct trial *t, struct nft_change *const *c, size_t n, bool del, msec now)
{
	struct nft_out *o = &t->x->out;
	int set = -1;
	for (size_t i = 0; i < n; i++) {
		if (c[i]->settled || (del ? !c[i]->drop && !c[i]->replace : c[i]->drop))
			continue;
		if (c[i]->e.set != set || nft_out_full(o)) {
			set = c[i]->e.set;
			nft_out_msg(o, del ? NFT_MSG_DELSETELEM : NFT_MSG_NEWSETELEM,
			    del ? 0 : NLM_F_CREATE | NLM_F_EXCL, act_set_name(c[i]->e.set));
			nft_out_elems(o);
			mark(t, NULL, del);
		}
		write_one(t, c[i], del, now);
	}
	nft_out_end(o);
}

/* The kernel had it otherwise. */
static void
turn(struct trial *t, struct nft_change *c, bool del, int err)
{
	t->found++;
	if (err == -ENFILE) {
		t->full = true;
		t->found--;
	} else if (c->turned++ >= TURNS) {
		settle(c, err);
	} else if (del && err == -ENOENT) {
		if (c->drop)
			settle(c, 0);
		c->replace = 0;
	} else if (!del && err == -EEXIST && !c->replace) {
		c->replace = 1;
	} else {
		settle(c, err);
	}
}

static void
on_refused(uint32_t seq, uint32_t offset, int err, void *arg)
{
	struct trial *t = arg;
	uint32_t msg = seq - t->first;
	size_t i = 0, from;
	/* Its message, then the last change that begins at or before the offset. */
	for (; i < t->n; i++)
		if (!t->marks[i].c && msg-- == 0)
			break;
	if (i == t->n)
		return; /* the frame: the commit itself failed */
	from = i;
	if (!t->marks[i].del && err == -ENOENT) {
		t->missing = true;
		while (t->final && ++i < t->n && t->marks[i].c)
			settle(t->marks[i].c, err);
		return;
	}
	while (offset && i + 1 < t->n && t->marks[i + 1].c &&
	       t->marks[i + 1].at <= t->marks[from].at + offset)
		i++;
	struct nft_change *c = t->last ? t->last : t->marks[i].c;
	/* What its message did not come to delete is still there: no fault of the one that replaces it. */
	t->undeleted |= t->marks[i].del;
	if (c && !c->settled && !(t->undeleted && !t->marks[i].del && c->replace))
		turn(t, c, t->marks[i].del, err);
}

/* What need not be asked: too late, or into a set that is full. How many are left. */
static size_t
settle_early(struct nft *x, struct nft_change *const *c, size_t n, msec now)
{
	size_t open = 0;
	for (size_t i = 0; i < n; i++) {
		if (!c[i]->settled && !c[i]->drop) {
			if (c[i]->e.end <= now || c[i]->lease <= 0)
				settle(c[i], -ETIME);
			else if (!c[i]->replace && x->full & 1u << c[i]->e.set)
				settle(c[i], -ENFILE);
		}
		open += !c[i]->settled;
	}
	return open;
}

/* Once as it stands. 0, or an error and its culprits turned; t: what is wanted and what was found. */
static int
attempt(struct nft *x, struct nft_change *const *c, size_t n, bool final, struct trial *ret)
{
	struct trial t = { .x = x, .last = n == 1 ? c[0] : NULL, .final = final };
	msec now = clock_boot();
	*ret = t;
	if (!settle_early(x, c, n, now))
		return 0;
	nft_out_reset(x);
	nft_out_frame(&x->out, NFNL_MSG_BATCH_BEGIN);
	t.first = x->out.seq;
	write_half(&t, c, n, true, now);
	write_half(&t, c, n, false, now);
	/* The frame before it may be refused as well: seen as "no message of ours". */
	int rc = nft_transact(x, t.first - 1, on_refused, &t);
	free(t.marks);
	*ret = t;
	for (size_t i = 0; !rc && i < n; i++)
		if (!c[i]->settled)
			settle(c[i], 0);
	return rc;
}

/* Asks for each what is there, and sets what has to be done by it. */
static int
look(struct nft *x, struct nft_change **c, size_t n)
{
	struct nft_elem e[ACT_READ_BACK];
	for (size_t i = 0; i < n; i += ACT_READ_BACK) {
		size_t k = n - i < ACT_READ_BACK ? n - i : ACT_READ_BACK;
		int rc = nft_get(x, c + i, k, e);
		if (rc)
			return rc;
		for (size_t j = 0; j < k; j++) {
			struct nft_change *o = c[i + j];
			if (o->settled)
				continue;
			if (o->drop && !e[j].len)
				settle(o, 0);
			o->replace = !o->drop && e[j].len;
		}
	}
	return 0;
}

static void
settle_all(struct nft_change **c, size_t n, int err)
{
	for (size_t i = 0; i < n; i++)
		if (!c[i]->settled)
			settle(c[i], err);
}

int
nft_carry(struct nft *x, struct nft_change **c, size_t n)
{
	struct trial t = { 0 };
	bool final = false;
	int rc = 0;
	for (int i = 0; i < TRIES + (n == 1 ? TURNS : 0) && !t.full; i++) {
		rc = attempt(x, c, n, final, &t);
		if (!rc)
			return 0;
		if (t.missing && nft_table(x) == -ENOENT) {
			settle_all(c, n, -ENOENT);
			return -ENOENT;
		}
		final |= t.missing;
		if (!t.missing && (i > 0 || !t.found))
			look(x, c, n);
	}
	if (n == 1) {
		x->full |= (unsigned)t.full << c[0]->e.set;
		settle_all(c, 1, t.full ? -ENFILE : rc);
		return 0;
	}
	rc = nft_carry(x, c, n / 2);
	if (rc == -ENOENT)
		settle_all(c + n / 2, n - n / 2, rc);
	return rc ? rc : nft_carry(x, c + n / 2, n - n / 2);
}
