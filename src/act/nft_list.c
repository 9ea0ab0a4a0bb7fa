/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the sets back, one after another, in each turn of the loop as much as the kernel puts into
 * one message. The kernel resumes by counting, so that what changes meanwhile leaves holes: it says so
 * when a transaction did it, but not when its hash table grew, which shows in elements told twice, as
 * many as were missed. Such a set is read again, each element told once all the same; a list with a
 * hole must not pass for a whole one. Of an interval set the kernel lists ends, in an order of its own:
 * they are put together when all are there.
 */
#include "act/nft_parts.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lpm.h"
#include "host/log.h"
#include "host/loop.h"

#define AGAIN    4          /* times a set is read anew before the list counts as not whole */
#define ENDS_TOP (1u << 17) /* ends of intervals kept at once; the sets hold far fewer */
#define PATIENCE 5000       /* ms the kernel may take for a piece, where there is no loop */

/* A prefix in quarantine, while hits are read: the counters are by address. */
struct wide {
	struct lpm_node lpm;
	struct act_entry e;
	uint64_t packets, bytes;
};

struct nft_lister {
	struct nft *x;
	int fd;
	struct loop_event *ready; /* NULL: no loop */
	char *in;
	uint32_t seq;
	/* The list that runs; end NULL: none. */
	act_seen_cb *seen; /* or */
	act_hit_cb *hit;
	act_listed_cb *end;
	void *arg;
	struct act_listed listed;
	int step;          /* the set that is read; from SET_N on, its counters */
	int tries;
	bool torn, over;   /* it changed while it was read; it is read */
	int err;
	struct nft_elem *ends;
	size_t n, room;
	struct lpm wide;
	uint64_t *marks;   /* of the keys told so far: open addressing, 0: free; never fuller than half */
	size_t marked, mark_room;
};

static enum act_set
set_of(const struct nft_lister *l)
{
	return (enum act_set)(l->step % SET_N);
}

static bool
counters(const struct nft_lister *l)
{
	return l->step >= SET_N;
}

/* Its entries may be prefixes, its counters are by address. */
static bool
spread(enum act_set s)
{
	return nft_wide(s) || nft_ranges(s);
}

/* For hits: first the prefixes, then the counters of all sets. */
static bool
wanted(const struct nft_lister *l)
{
	return l->seen ? !counters(l) : counters(l) || spread(set_of(l));
}

#define PASS 7u /* bits of a mark that say in which reading of the set it was told last */

static uint64_t
mark_of(const struct nft_elem *e)
{
	uint64_t h = e->order ^ (e->end ? 0x9e3779b97f4a7c15u : 1), v;
	for (size_t i = 0; i < NFT_KEY; i += sizeof v) {
		memcpy(&v, e->key + i, sizeof v);
		h = (h ^ v) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	return h & ~(uint64_t)PASS;
}

/* Its place, or the free one where it would be. */
static uint64_t *
mark_at(uint64_t *marks, size_t room, uint64_t h)
{
	size_t i = (h >> 3) & (room - 1);
	while (marks[i] && (marks[i] & ~(uint64_t)PASS) != h)
		i = (i + 1) & (room - 1);
	return &marks[i];
}

static void
mark_more(struct nft_lister *l)
{
	size_t room = l->mark_room ? 2 * l->mark_room : 1024;
	uint64_t *marks = calloc(room, sizeof *marks);
	if (!marks)
		fatal_oom();
	for (size_t i = 0; i < l->mark_room; i++)
		if (l->marks[i])
			*mark_at(marks, room, l->marks[i] & ~(uint64_t)PASS) = l->marks[i];
	free(l->marks);
	l->marks = marks;
	l->mark_room = room;
}

/* True if it was not told before. Twice in one reading: the list is torn. */
static bool
mark(struct nft_lister *l, const struct nft_elem *e)
{
	uint64_t h = mark_of(e), pass = (uint64_t)l->tries + 1;
	if (2 * l->marked >= l->mark_room)
		mark_more(l);
	uint64_t *m = mark_at(l->marks, l->mark_room, h);
	bool new = !*m;
	l->torn |= !new && (*m & PASS) == pass;
	l->marked += new;
	*m = h | pass;
	return new;
}

static void
mark_none(struct nft_lister *l)
{
	free(l->marks);
	l->marks = NULL;
	l->marked = l->mark_room = 0;
}

static void
ask(struct nft_lister *l)
{
	char b[256], name[24];
	struct nft_out o = { .b = b, .room = sizeof b, .seq = ++l->seq };
	snprintf(name, sizeof name, counters(l) ? "%s_hits" : "%s", act_set_name(set_of(l)));
	nft_out_msg(&o, NFT_MSG_GETSETELEM, NLM_F_DUMP, name);
	struct iovec v = { b, o.n };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	l->torn = l->over = false;
	l->err = 0;
	l->n = 0;
	if (!counters(l))
		l->listed.kept[set_of(l)] = false;
	while (sendmsg(l->fd, &m, 0) < 0)
		if (errno != EINTR) {
			l->err = -errno;
			l->over = true;
			return;
		}
}

static void
tell(struct nft_lister *l, const struct nft_elem *e, unsigned len) /* 0: as its keys say */
{
	struct act_seen s = { .left = e->left };
	if (!nft_place(set_of(l), e, &s.e))
		return;
	if (len)
		s.e.target.len = (uint8_t)len;
	s.e.order = e->order;
	s.e.put = e->put;
	s.e.end = e->until;
	if (l->seen) {
		l->listed.n++;
		l->seen(&s, l->arg);
		return;
	}
	struct wide *w = calloc(1, sizeof *w);
	if (!w)
		fatal_oom();
	w->lpm.prefix = s.e.target;
	w->e = s.e;
	if (lpm_add(&l->wide, &w->lpm)) /* read twice */
		free(w);
}

static void
tell_hit(struct nft_lister *l, const struct nft_elem *e)
{
	struct act_entry at;
	if (!e->packets || !nft_hit_place(set_of(l), e, &at))
		return;
	if (!spread(set_of(l))) {
		l->listed.n++;
		l->hit(&at, e->packets, e->bytes, l->arg);
		return;
	}
	struct wide *w = LPM_ENTRY(lpm_find(&l->wide, &at.target.a), struct wide, lpm);
	if (!w)
		return;
	w->packets += e->packets;
	w->bytes += e->bytes;
}

static void
on_elem(const struct nft_elem *e, void *arg)
{
	struct nft_lister *l = arg;
	if (counters(l)) {
		tell_hit(l, e);
		return;
	}
	if (!mark(l, e) && !nft_wide(set_of(l)))
		return;
	if (!e->end && nft_is_keeper(e->key, e->len)) {
		l->listed.kept[set_of(l)] = true;
		return;
	}
	if (!nft_wide(set_of(l))) {
		tell(l, e, 0);
		return;
	}
	if (l->n == ENDS_TOP)
		return;
	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 64;
		l->ends = realloc(l->ends, l->room * sizeof *l->ends);
		if (!l->ends)
			fatal_oom();
	}
	l->ends[l->n++] = *e;
}

static int
by_key(const void *a, const void *b)
{
	const struct nft_elem *x = a, *y = b;
	int c = memcmp(x->key, y->key, NFT_KEY);
	return c ? c : y->end - x->end; /* where one ends another may begin */
}

/* The widest prefix that begins at e and does not reach beyond to; NULL: to the end of addresses. */
static unsigned
length(enum act_set s, const struct nft_elem *e, const struct nft_elem *to)
{
	struct act_entry p;
	uint8_t after[NFT_KEY];
	unsigned len = 0, bits = 8 * e->len;
	if (!nft_place(s, e, &p))
		return bits;
	for (; len < bits; len++) {
		struct addr a = prefix_of(&p.target.a, len).a;
		if (!addr_eq(&a, &p.target.a))
			continue;
		p.target.len = (uint8_t)len;
		bool within = nft_key_after(&p, after);
		if (to ? within && memcmp(after, to->key, e->len) <= 0 : !within)
			break;
	}
	return len;
}

static void
tell_wide(struct nft_lister *l)
{
	if (l->n)
		qsort(l->ends, l->n, sizeof *l->ends, by_key);
	for (size_t i = 0; i < l->n; i++) {
		const struct nft_elem *to = i + 1 < l->n ? &l->ends[i + 1] : NULL;
		if (l->ends[i].end)
			continue;
		unsigned len = to && !to->end ? 8 * l->ends[i].len : length(set_of(l), &l->ends[i], to);
		struct nft_elem e = l->ends[i]; /* the call-back may list again; ends is ours till then */
		tell(l, &e, len);
	}
}

/* The prefixes that were hit, told or not. */
static uint64_t
drain_wide(struct nft_lister *l, bool told)
{
	uint64_t n = 0;
	struct tree_node *root;
	while ((root = l->wide.tree.root) != NULL) {
		struct wide *w = TREE_ENTRY(root, struct wide, lpm.node);
		tree_del(&l->wide.tree, root);
		if (told && w->packets) {
			n++;
			l->hit(&w->e, w->packets, w->bytes, l->arg);
		}
		free(w);
	}
	return n;
}

static void
finish(struct nft_lister *l)
{
	act_listed_cb *end = l->end;
	struct act_listed listed = l->listed;
	listed.n += drain_wide(l, true);
	mark_none(l);
	if (l->ready)
		loop_fd_set(l->ready, 0);
	l->end = NULL; /* end may begin the next */
	end(&listed, l->arg);
}

/* The set is read, or cannot be: again, the next, or the end. */
static void
turn_page(struct nft_lister *l)
{
	int err = l->err;
	if (err == -ENOENT && nft_table(l->x) == -ENOENT) {
		l->listed.err = -ENOENT;
		finish(l);
		return;
	}
	if ((l->torn || err == -EINTR) && !counters(l)) {
		if (l->tries++ < AGAIN) {
			ask(l);
			return;
		}
		err = -EINTR;
	}
	if (err && !counters(l))
		l->listed.err = err == -ENOENT ? -ESRCH : err; /* a set is gone, not the table */
	if (!counters(l) && nft_wide(set_of(l)))
		tell_wide(l);
	l->tries = 0;
	mark_none(l);
	do
		l->step++;
	while (l->step < 2 * SET_N && !wanted(l));
	if (l->step == 2 * SET_N)
		finish(l);
	else
		ask(l);
}

static void
read_piece(struct nft_lister *l)
{
	struct sockaddr_nl from = { 0 };
	struct iovec v = { l->in, NFT_RECV };
	struct msghdr m = { .msg_name = &from,
		.msg_namelen = sizeof from,
		.msg_iov = &v,
		.msg_iovlen = 1 };
	const struct nlmsghdr *a;
	uint32_t offset;
	int code;
	ssize_t n = recvmsg(l->fd, &m, MSG_DONTWAIT);
	if (n < 0) {
		l->torn |= errno == ENOBUFS;
		return;
	}
	if (from.nl_pid != 0)
		return;
	l->torn |= (m.msg_flags & MSG_TRUNC) != 0;
	for (size_t at = 0; nft_next(l->in, (size_t)n, &at, &a);) {
		if (a->nlmsg_seq != l->seq || l->over)
			continue;
		l->torn |= (a->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		if (nft_is(a, NFT_MSG_NEWSETELEM)) {
			nft_elems(a, on_elem, l);
		} else if (a->nlmsg_type == NLMSG_ERROR) {
			l->err = nft_error(a, &offset);
			l->over = true;
		} else if (a->nlmsg_type == NLMSG_DONE) {
			l->over = true;
			if (a->nlmsg_len >= sizeof *a + sizeof code) {
				memcpy(&code, a + 1, sizeof code);
				l->err = code < 0 ? code : 0;
			}
		}
	}
}

static void
on_ready(int fd, int ready, void *arg)
{
	struct nft_lister *l = arg;
	(void)fd;
	(void)ready;
	if (l->end)
		read_piece(l);
	while (l->end && l->over)
		turn_page(l);
}

/* Without a loop: all of it, here. */
static void
run(struct nft_lister *l)
{
	while (l->end) {
		struct pollfd p = { .fd = l->fd, .events = POLLIN };
		if (!l->over && poll(&p, 1, PATIENCE) == 0) {
			l->listed.err = -ETIMEDOUT;
			finish(l);
			return;
		}
		on_ready(l->fd, LOOP_READ, l);
	}
}

int
nft_list(struct nft_lister *l, act_seen_cb *seen, act_hit_cb *hit, act_listed_cb *end, void *arg)
{
	if (l->end)
		return -EBUSY;
	l->seen = seen;
	l->hit = hit;
	l->end = end;
	l->arg = arg;
	l->listed = (struct act_listed){ 0 };
	l->tries = 0;
	lpm_init(&l->wide);
	for (l->step = 0; !wanted(l);)
		l->step++;
	if (l->ready)
		loop_fd_set(l->ready, LOOP_READ);
	ask(l);
	if (l->ready && l->over) { /* not even asked */
		l->end = NULL;
		loop_fd_set(l->ready, 0);
		return l->err;
	}
	if (!l->ready)
		run(l);
	return 0;
}

struct nft_lister *
nft_lister_new(struct nft *x, struct loop *loop)
{
	struct nft_lister *l = calloc(1, sizeof *l);
	if (!l)
		return NULL;
	l->x = x;
	lpm_init(&l->wide);
	l->in = malloc(NFT_RECV);
	l->fd = nft_open();
	if (!l->in || l->fd < 0) {
		int e = errno;
		nft_lister_free(l);
		errno = e;
		return NULL;
	}
	if (loop)
		l->ready = loop_fd(loop, l->fd, 0, on_ready, l);
	return l;
}

void
nft_lister_free(struct nft_lister *l)
{
	if (!l)
		return;
	loop_drop(l->ready);
	drain_wide(l, false);
	mark_none(l);
	if (l->fd >= 0)
		close(l->fd);
	free(l->ends);
	free(l->in);
	free(l);
}
