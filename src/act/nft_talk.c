/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking the kernel and hearing it out. Netlink to the kernel is a call, not a conversation: when
 * sendmsg returns the transaction is in force or undone, and the answers lie in the socket. So nothing
 * waits here, and an answer that is missing is an error, never a reason to hope.
 */
#include "act/nft_parts.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* The kernel counts its own overhead, and refuses what is as large as the whole buffer. */
#define SEND_ROOM (2 * (int)NFT_BATCH)
#define RECV_ROOM (4 << 20)

int
nft_open(void)
{
	struct sockaddr_nl me = { .nl_family = AF_NETLINK };
	int send = SEND_ROOM, recv = RECV_ROOM, on = 1;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&me, sizeof me) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &send, sizeof send) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &recv, sizeof recv) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on) < 0) {
		int e = errno;
		close(fd);
		errno = e;
		return -1;
	}
	return fd;
}

void
nft_out_reset(struct nft *x)
{
	x->out.n = 0;
	x->out.msg = NULL;
	x->out.elems = NULL;
}

typedef void nft_answer_cb(const struct nlmsghdr *msg, void *arg);

/* One receipt, cut into messages. 0: nothing more. */
static ssize_t
hear(struct nft *x, nft_answer_cb *cb, void *arg)
{
	struct sockaddr_nl from = { 0 };
	struct iovec v = { x->in, NFT_RECV };
	struct msghdr m = { .msg_name = &from,
		.msg_namelen = sizeof from,
		.msg_iov = &v,
		.msg_iovlen = 1 };
	const struct nlmsghdr *a;
	ssize_t n = recvmsg(x->fd, &m, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (from.nl_pid != 0 || m.msg_flags & MSG_TRUNC)
		return -EBADMSG;
	for (size_t at = 0; nft_next(x->in, (size_t)n, &at, &a);)
		cb(a, arg);
	return n ? n : -EBADMSG;
}

/* Sends what is in x->out, and reads all there is to read: the kernel answers before send returns. cb
 * sees each answer. 0 or negative errno. */
static int
nft_talk(struct nft *x, nft_answer_cb *cb, void *arg)
{
	struct iovec v = { x->out.b, x->out.n };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	ssize_t n;
	int err = 0;
	while ((n = sendmsg(x->fd, &m, 0)) < 0 && errno == EINTR)
		;
	if (n < 0)
		err = -errno;
	/* Read to the end whatever comes: what stays in the socket is taken for the next answer. */
	for (int bad = 0; bad < 8;) {
		n = hear(x, cb, arg);
		if (n == 0)
			break;
		if (n < 0 && n != -EINTR) {
			err = err ? err : (int)n;
			bad++;
		}
	}
	return err;
}

struct verdict {
	uint32_t first, last;
	int err;
	bool acked;
	nft_refused_cb *refused;
	void *arg;
};

static void
on_verdict(const struct nlmsghdr *a, void *arg)
{
	struct verdict *v = arg;
	uint32_t offset;
	if (a->nlmsg_type != NLMSG_ERROR || a->nlmsg_seq - v->first > v->last - v->first)
		return;
	int err = nft_error(a, &offset);
	v->acked |= a->nlmsg_seq == v->last;
	if (!err)
		return;
	v->err = v->err ? v->err : err;
	if (v->refused)
		v->refused(a->nlmsg_seq, offset, err, v->arg);
}

int
nft_transact(struct nft *x, uint32_t first, nft_refused_cb *refused, void *arg)
{
	/* The last message before the end frame is the one acknowledged. */
	struct verdict v = { .first = first, .last = x->out.seq - 1, .refused = refused, .arg = arg };
	nft_out_end(&x->out);
	x->out.msg->nlmsg_flags |= NLM_F_ACK;
	nft_out_frame(&x->out, NFNL_MSG_BATCH_END);
	int rc = nft_talk(x, on_verdict, &v);
	return v.err ? v.err : rc ? rc : v.acked ? 0 : -EIO;
}

static void
on_table(const struct nlmsghdr *a, void *arg)
{
	int *rc = arg;
	uint32_t offset;
	if (a->nlmsg_type == NLMSG_ERROR)
		*rc = nft_error(a, &offset);
	else if (nft_is(a, NFT_MSG_NEWTABLE))
		*rc = 0;
}

int
nft_table(struct nft *x)
{
	int rc = -EIO;
	nft_out_reset(x);
	nft_out_msg(&x->out, NFT_MSG_GETTABLE, 0, NULL);
	int err = nft_talk(x, on_table, &rc);
	return err ? err : rc;
}

struct getting {
	uint32_t first;
	size_t n;
	struct nft_elem *ret, *one;
	size_t answered;
	int err;
};

static void
on_elem(const struct nft_elem *e, void *arg)
{
	struct getting *g = arg;
	*g->one = *e;
}

static void
on_get(const struct nlmsghdr *a, void *arg)
{
	struct getting *g = arg;
	uint32_t i = a->nlmsg_seq - g->first, offset;
	if (i >= g->n)
		return;
	g->one = &g->ret[i];
	g->answered++;
	if (nft_is(a, NFT_MSG_NEWSETELEM)) {
		nft_elems(a, on_elem, g);
	} else if (a->nlmsg_type == NLMSG_ERROR) {
		int err = nft_error(a, &offset);
		if (err != -ENOENT)
			g->err = err ? err : -EBADMSG;
	}
}

/* An interval set answers with the interval around a key: only one that begins there is meant. */
int
nft_get(struct nft *x, struct nft_change *const *c, size_t n, struct nft_elem *ret)
{
	struct getting g = { .first = x->out.seq, .n = n, .ret = ret };
	uint8_t key[NFT_KEY], last[NFT_KEY];
	memset(ret, 0, n * sizeof *ret);
	nft_out_reset(x);
	for (size_t i = 0; i < n; i++) {
		enum act_set s = c[i]->e.set;
		nft_out_msg(&x->out, NFT_MSG_GETSETELEM, 0, act_set_name(s));
		nft_out_elems(&x->out);
		nft_out_elem(&x->out, &c[i]->e);
	}
	nft_out_end(&x->out);
	int rc = nft_talk(x, on_get, &g);
	rc = rc ? rc : g.err ? g.err : g.answered != n ? -EIO : 0;
	for (size_t i = 0; i < n; i++) {
		nft_key(&c[i]->e, key);
		nft_key_last(&c[i]->e, last);
		bool other = memcmp(key, ret[i].key, ret[i].len) != 0;
		if (other || (nft_ranges(c[i]->e.set) && memcmp(last, ret[i].last, ret[i].len) != 0))
			ret[i].len = 0;
	}
	return rc;
}
