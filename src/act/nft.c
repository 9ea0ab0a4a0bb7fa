/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's sets as an actuator: elements with a time, put and dropped over netlink into the ruleset
 * that the warden loaded. Needs CAP_NET_ADMIN and two sockets opened before the box. Must never
 * touch a table, a chain or a rule: elements are all it knows how to say.
 */
#include "act/nft_parts.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/log.h"

static void
queue(struct nft *x, struct nft_change c)
{
	if (x->n == x->room) {
		x->room = x->room ? 2 * x->room : 64;
		x->queue = realloc(x->queue, x->room * sizeof *x->queue);
		if (!x->queue)
			fatal_oom();
	}
	x->queue[x->n++] = c;
}

static void
nft_put(struct act *a, const struct act_entry *e, msec lease, bool replace)
{
	queue((struct nft *)a, (struct nft_change){ .e = *e, .lease = lease, .replace = replace });
}

static void
nft_drop(struct act *a, const struct act_entry *e)
{
	queue((struct nft *)a, (struct nft_change){ .e = *e, .drop = 1 });
}

/* By round, then place, then as queued. */
static int
by_place(const void *a, const void *b)
{
	const struct nft_change *x = *(struct nft_change *const *)a, *y = *(struct nft_change *const *)b;
	if (x->round != y->round)
		return x->round < y->round ? -1 : 1;
	int c = act_entry_cmp(&x->e, &y->e);
	return c ? c : x < y ? -1 : x > y;
}

/* A place told several times in one share is carried out in so many rounds, in the order told. */
static int
carry_share(struct nft *x, struct nft_change *q, size_t n)
{
	struct nft_change **c = malloc(n * sizeof *c);
	int rc = 0;
	bool twice = false, behind = false;
	if (!c)
		fatal_oom();
	for (size_t i = 0; i < n; i++)
		c[i] = &q[i];
	qsort(c, n, sizeof *c, by_place);
	for (size_t i = 1; i < n; i++)
		if (act_entry_cmp(&c[i - 1]->e, &c[i]->e) == 0) {
			c[i]->round = c[i - 1]->round + 1;
			twice = true;
		}
	/* Of ranges that overlap the one that stands keeps its place: renewed first, in a transaction of
	 * its own. */
	for (size_t i = 0; i < n && !twice; i++)
		if (nft_ranges(c[i]->e.set) && !c[i]->drop && !c[i]->replace) {
			c[i]->round = 1;
			behind = true;
		}
	if (twice || behind)
		qsort(c, n, sizeof *c, by_place);
	for (size_t from = 0, to; from < n && !rc; from = to) {
		for (to = from + 1; to < n && c[to]->round == c[from]->round;)
			to++;
		rc = nft_carry(x, c + from, to - from);
	}
	free(c);
	return rc;
}

/* What counts is what is there afterwards. */
static void
read_back(struct nft *x, struct nft_change *q, size_t n)
{
	struct nft_change *c[ACT_READ_BACK];
	struct nft_elem e[ACT_READ_BACK];
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		bool again = false; /* a later change of the same place is the one to look for */
		for (size_t j = i + 1; j < n && !again; j++)
			again = act_entry_cmp(&q[i].e, &q[j].e) == 0;
		if (!again && !q[i].err)
			c[k++] = &q[i];
	}
	int rc = k ? nft_get(x, c, k, e) : 0;
	for (size_t i = 0; i < k; i++) {
		bool there = e[i].len && (c[i]->drop || e[i].order == c[i]->e.order);
		if (rc || there == c[i]->drop)
			c[i]->err = rc ? rc : -EIO;
	}
}

static int
nft_commit(struct act *a, act_done_cb *done, void *arg)
{
	struct nft *x = (struct nft *)a;
	struct nft_change *q = x->queue;
	size_t n = x->n, from, to;
	int rc = 0;
	x->queue = NULL; /* done may queue again */
	x->n = x->room = x->full = 0;
	for (from = 0; from < n; from = to) {
		size_t cost = nft_cost(&q[from]);
		for (to = from + 1; to < n && (cost += nft_cost(&q[to])) < NFT_BATCH - 4096;)
			to++;
		if (!rc)
			rc = carry_share(x, q + from, to - from);
		for (size_t i = from; rc && i < to; i++)
			q[i].err = q[i].settled ? q[i].err : rc;
	}
	if (!rc && n <= ACT_READ_BACK)
		read_back(x, q, n);
	for (size_t i = 0; i < n; i++)
		done(&q[i].e, q[i].drop, q[i].err, arg);
	free(q);
	return rc;
}

static int
on_list(struct act *a, act_seen_cb *seen, act_listed_cb *end, void *arg)
{
	return nft_list(((struct nft *)a)->lister, seen, NULL, end, arg);
}

static int
on_hits(struct act *a, act_hit_cb *hit, act_listed_cb *end, void *arg)
{
	return nft_list(((struct nft *)a)->lister, NULL, hit, end, arg);
}

static uint32_t
open_batch(struct nft *x)
{
	nft_out_reset(x);
	nft_out_frame(&x->out, NFNL_MSG_BATCH_BEGIN);
	return x->out.seq - 1;
}

static int
keep_one(struct nft *x, enum act_set s, bool on)
{
	uint32_t first = open_batch(x);
	nft_out_msg(&x->out, on ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, on ? NLM_F_CREATE : 0,
	    act_set_name(s));
	nft_out_elems(&x->out);
	nft_out_keeper(&x->out, s);
	return nft_transact(x, first, NULL, NULL);
}

static int
nft_keep(struct act *a, bool on)
{
	struct nft *x = (struct nft *)a;
	int rc = 0;
	for (enum act_set s = SET_IN4; s < SET_N; s++) {
		int one = keep_one(x, s, on);
		if (one == -ENOENT && nft_table(x) == -ENOENT)
			return -ENOENT;
		if (on ? one != -EEXIST : one != -ENOENT)
			rc = rc ? rc : one;
	}
	return rc;
}

static void
empty_set(struct nft *x, enum act_set s)
{
	nft_out_msg(&x->out, NFT_MSG_DELSETELEM, 0, act_set_name(s)); /* no elements: all */
}

static int
nft_flush(struct act *a)
{
	struct nft *x = (struct nft *)a;
	uint32_t first = open_batch(x);
	for (enum act_set s = SET_IN4; s < SET_N; s++)
		empty_set(x, s);
	int rc = nft_transact(x, first, NULL, NULL);
	if (!rc || (rc == -ENOENT && nft_table(x) == -ENOENT))
		return rc;
	/* One set stands in the way of all: then each for itself, for empty is what they must be. */
	rc = 0;
	for (enum act_set s = SET_IN4; s < SET_N; s++) {
		first = open_batch(x);
		empty_set(x, s);
		int one = nft_transact(x, first, NULL, NULL);
		if (one && one != -ENOENT)
			rc = rc ? rc : one;
	}
	return rc;
}

static void
nft_free(struct act *a)
{
	struct nft *x = (struct nft *)a;
	if (!x)
		return;
	nft_lister_free(x->lister);
	if (x->fd >= 0)
		close(x->fd);
	free(x->out.b);
	free(x->in);
	free(x->queue);
	free(x);
}

static const struct act_ops nft_ops = {
	.name = "nft",
	.put = nft_put,
	.drop = nft_drop,
	.commit = nft_commit,
	.list = on_list,
	.hits = on_hits,
	.keep = nft_keep,
	.flush = nft_flush,
	.free = nft_free,
};

struct act *
act_nft_new(struct loop *l)
{
	struct nft *x = calloc(1, sizeof *x);
	if (!x)
		return NULL;
	x->act.ops = &nft_ops;
	x->out.room = NFT_BATCH + (128u << 10);
	x->out.b = malloc(x->out.room); /* touched only as far as it is used */
	x->in = malloc(NFT_RECV);
	x->out.seq = 1;
	x->fd = nft_open();
	x->lister = x->fd < 0 || !x->out.b || !x->in ? NULL : nft_lister_new(x, l);
	if (!x->lister) {
		int e = errno;
		nft_free(&x->act);
		errno = e;
		return NULL;
	}
	return &x->act;
}
