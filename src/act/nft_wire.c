/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nf_tables messages as bytes, see nft_wire.h. Must never trust a length out of a message, and never
 * write past the room given: an element is only begun where NFT_ELEM bytes are left.
 */
#include "act/nft_wire.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#define UDATA_COMMENT 0 /* what nft(8) shows as comment "..." */

static const struct {
	uint8_t addr; /* bytes of the address */
	bool place;   /* then . protocol . port, four bytes each */
	bool wide;    /* intervals: two elements each */
	bool ranges;  /* concatenated ranges: one element with two keys */
} rows[SET_N] = {
	[SET_IN4] = { 4, true, false, false },
	[SET_IN6] = { 16, true, false, false },
	[SET_OUT4] = { 4, true, false, false },
	[SET_OUT6] = { 16, true, false, false },
	[SET_QUAR4] = { 4, false, false, false },
	[SET_QUAR6] = { 16, false, false, false },
	[SET_WIDE4] = { 4, false, true, false },
	[SET_WIDE6] = { 16, false, true, false },
	[SET_VICTIM4] = { 4, true, false, true },
	[SET_VICTIM6] = { 16, true, false, true },
};

unsigned
nft_key_len(enum act_set s)
{
	return rows[s].addr + (rows[s].place ? 8u : 0u);
}

bool
nft_wide(enum act_set s)
{
	return rows[s].wide;
}

bool
nft_ranges(enum act_set s)
{
	return rows[s].ranges;
}

void
nft_key(const struct act_entry *e, uint8_t key[NFT_KEY])
{
	unsigned n = rows[e->set].addr;
	memset(key, 0, NFT_KEY);
	memcpy(key, e->target.a.b, n);
	if (!rows[e->set].place)
		return;
	key[n] = e->proto;
	key[n + 4] = (uint8_t)(e->port >> 8);
	key[n + 5] = (uint8_t)e->port;
}

void
nft_key_last(const struct act_entry *e, uint8_t key[NFT_KEY])
{
	unsigned n = rows[e->set].addr;
	nft_key(e, key);
	if (!rows[e->set].ranges)
		return;
	for (unsigned bit = e->target.len; bit < 8 * n; bit++)
		key[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	if (!e->port)
		key[n + 4] = key[n + 5] = 0xff;
}

bool
nft_key_after(const struct act_entry *e, uint8_t key[NFT_KEY])
{
	unsigned i = e->target.len / 8;
	nft_key(e, key);
	if (e->target.len % 8)
		key[i] = (uint8_t)(key[i] + (0x100 >> e->target.len % 8));
	else if (i)
		key[--i]++;
	while (key[i] == 0 && i > 0) /* carried */
		key[--i]++;
	return key[i] != 0;
}

/* The prefix from one address to another; a range that is none has the length of its address. */
static uint8_t
range_len(const uint8_t *from, const uint8_t *to, unsigned n)
{
	unsigned same = 0;
	while (same < 8 * n && !((from[same / 8] ^ to[same / 8]) >> (7 - same % 8) & 1))
		same++;
	for (unsigned i = same; i < 8 * n; i++)
		if (from[i / 8] >> (7 - i % 8) & 1 || !(to[i / 8] >> (7 - i % 8) & 1))
			return (uint8_t)(8 * n);
	return (uint8_t)same;
}

bool
nft_place(enum act_set s, const struct nft_elem *x, struct act_entry *ret)
{
	unsigned n = rows[s].addr;
	struct act_entry e = { .set = (uint8_t)s };
	if (x->len != nft_key_len(s))
		return false;
	e.target.a.fam = n == 4 ? 4 : 6;
	e.target.len = rows[s].ranges ? range_len(x->key, x->last, n) : (uint8_t)(8 * n);
	memcpy(e.target.a.b, x->key, n);
	e.rung = act_set_filters(s) ? RUNG_FILTER : RUNG_QUARANTINE;
	if (rows[s].place) {
		e.proto = x->key[n];
		e.port = (uint16_t)(x->key[n + 4] << 8 | x->key[n + 5]);
	}
	*ret = e;
	return true;
}

bool
nft_hit_place(enum act_set s, const struct nft_elem *x, struct act_entry *ret)
{
	struct act_entry e = { .set = (uint8_t)s };
	if (!rows[s].ranges)
		return nft_place(s, x, ret);
	if (x->len != rows[s].addr)
		return false;
	e.target.a.fam = x->len == 4 ? 4 : 6;
	e.target.len = (uint8_t)(8 * x->len);
	memcpy(e.target.a.b, x->key, x->len);
	*ret = e;
	return true;
}

bool
nft_is_keeper(const uint8_t *key, unsigned len)
{
	static const uint8_t zeros[NFT_KEY];
	return memcmp(key, zeros, len) == 0;
}

/* Only the header; the caller keeps NFT_PART + NFT_ELEM of room before each message. */
static void
begin(struct nft_out *o, int type, int flags, uint8_t family, uint16_t res)
{
	o->msg = mnl_nlmsg_put_header(o->b + o->n);
	o->msg->nlmsg_type = (uint16_t)type;
	o->msg->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	o->msg->nlmsg_seq = o->seq++;
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(o->msg, sizeof *g);
	g->nfgen_family = family;
	g->version = NFNETLINK_V0;
	g->res_id = htons(res);
}

void
nft_out_end(struct nft_out *o)
{
	if (o->elems)
		mnl_attr_nest_end(o->msg, o->elems);
	o->elems = NULL;
	if (o->msg)
		o->n = (size_t)((char *)o->msg - o->b) + (((size_t)o->msg->nlmsg_len + 3) & ~(size_t)3);
}

void
nft_out_frame(struct nft_out *o, int type)
{
	nft_out_end(o);
	begin(o, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	nft_out_end(o);
}

void
nft_out_msg(struct nft_out *o, int type, int flags, const char *set)
{
	nft_out_end(o);
	begin(o, NFNL_SUBSYS_NFTABLES << 8 | type, flags, NFPROTO_INET, 0);
	/* The table's name is attribute 1 of every kind. */
	_Static_assert((int)NFTA_SET_ELEM_LIST_TABLE == (int)NFTA_TABLE_NAME, "one attribute");
	mnl_attr_put_strz(o->msg, NFTA_SET_ELEM_LIST_TABLE, ACT_TABLE);
	if (set)
		mnl_attr_put_strz(o->msg, NFTA_SET_ELEM_LIST_SET, set);
	nft_out_end(o);
}

void
nft_out_elems(struct nft_out *o)
{
	o->elems = mnl_attr_nest_start(o->msg, NFTA_SET_ELEM_LIST_ELEMENTS);
}

bool
nft_out_full(const struct nft_out *o)
{
	return o->msg->nlmsg_len > NFT_PART;
}

static void
put_key(struct nft_out *o, uint16_t type, const uint8_t *key, unsigned len)
{
	struct nlattr *data = mnl_attr_nest_start(o->msg, type);
	mnl_attr_put(o->msg, NFTA_DATA_VALUE, len, key);
	mnl_attr_nest_end(o->msg, data);
}

static struct nlattr *
elem_begin(struct nft_out *o, const struct act_entry *e)
{
	uint8_t key[NFT_KEY];
	struct nlattr *elem = mnl_attr_nest_start(o->msg, NFTA_LIST_ELEM);
	nft_key(e, key);
	put_key(o, NFTA_SET_ELEM_KEY, key, nft_key_len(e->set));
	if (rows[e->set].ranges) {
		nft_key_last(e, key);
		put_key(o, NFTA_SET_ELEM_KEY_END, key, nft_key_len(e->set));
	}
	return elem;
}

void
nft_out_elem(struct nft_out *o, const struct act_entry *e)
{
	mnl_attr_nest_end(o->msg, elem_begin(o, e));
}

void
nft_out_after(struct nft_out *o, const uint8_t *key, unsigned len)
{
	struct nlattr *elem = mnl_attr_nest_start(o->msg, NFTA_LIST_ELEM);
	put_key(o, NFTA_SET_ELEM_KEY, key, len);
	mnl_attr_put_u32(o->msg, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
	mnl_attr_nest_end(o->msg, elem);
}

static void
put_comment(struct nft_out *o, const char *text)
{
	uint8_t tlv[2 + 128];
	size_t n = strlen(text) + 1;
	tlv[0] = UDATA_COMMENT;
	tlv[1] = (uint8_t)n;
	memcpy(tlv + 2, text, n);
	mnl_attr_put(o->msg, NFTA_SET_ELEM_USERDATA, 2 + n, tlv);
}

void
nft_out_entry(struct nft_out *o, const struct act_entry *e, msec left)
{
	char text[96];
	struct nlattr *elem = elem_begin(o, e);
	snprintf(text, sizeof text, "order %llu put %lld end %lld", (unsigned long long)e->order,
	    (long long)e->put, (long long)e->end);
	if (left)
		mnl_attr_put_u64(o->msg, NFTA_SET_ELEM_TIMEOUT, htobe64((uint64_t)left));
	put_comment(o, text);
	mnl_attr_nest_end(o->msg, elem);
}

void
nft_out_keeper(struct nft_out *o, enum act_set s)
{
	uint8_t key[NFT_KEY] = { 0 };
	struct nlattr *elem = mnl_attr_nest_start(o->msg, NFTA_LIST_ELEM);
	put_key(o, NFTA_SET_ELEM_KEY, key, nft_key_len(s));
	if (rows[s].ranges)
		put_key(o, NFTA_SET_ELEM_KEY_END, key, nft_key_len(s));
	put_comment(o, "lymph is at work: flush this set and it stays empty");
	mnl_attr_nest_end(o->msg, elem);
	if (!rows[s].wide)
		return;
	key[rows[s].addr - 1] = 1;
	nft_out_after(o, key, nft_key_len(s));
}

/* Our own words and nothing else, or the element is not ours. */
static void
read_comment(const uint8_t *p, size_t n, struct nft_elem *ret)
{
	char text[128], *s = text, *end;
	static const char *const words[] = { "order ", " put ", " end " };
	unsigned long long v[3];
	if (n < 3 || p[0] != UDATA_COMMENT || p[1] != n - 2 || p[1] > sizeof text ||
	    p[n - 1] != '\0')
		return;
	memcpy(text, p + 2, n - 2);
	for (int i = 0; i < 3; i++) {
		size_t w = strlen(words[i]);
		if (strncmp(s, words[i], w) != 0 || s[w] < '0' || s[w] > '9')
			return;
		errno = 0;
		v[i] = strtoull(s + w, &end, 10);
		if (errno || (i && v[i] > INT64_MAX))
			return;
		s = end;
	}
	if (*s || (size_t)(s - text) != n - 3)
		return;
	ret->order = v[0];
	ret->put = (msec)v[1];
	ret->until = (msec)v[2];
}

/* Bytes of attributes yet to be read, and one attribute out of them. */
struct span {
	const uint8_t *p;
	size_t n;
};

struct attr {
	unsigned type;
	struct span in;
};

/* False: no more, or what follows is broken. */
static bool
attr_next(struct span *s, struct attr *ret)
{
	struct nlattr a;
	if (s->n < sizeof a)
		return false;
	memcpy(&a, s->p, sizeof a);
	if (a.nla_len < sizeof a || a.nla_len > s->n)
		return false;
	size_t step = ((size_t)a.nla_len + 3) & ~(size_t)3;
	*ret = (struct attr){ a.nla_type & 0x3fffu, { s->p + sizeof a, a.nla_len - sizeof a } };
	s->p += step < s->n ? step : s->n;
	s->n -= step < s->n ? step : s->n;
	return true;
}

/* What follows the fixed part of a message. */
static struct span
attrs_of(const struct nlmsghdr *msg, size_t fixed)
{
	size_t head = sizeof *msg + ((fixed + 3) & ~(size_t)3);
	if (msg->nlmsg_len < head)
		return (struct span){ 0 };
	return (struct span){ (const uint8_t *)msg + head, msg->nlmsg_len - head };
}

/* A number of the kernel's, in network order; 0 if it is none. */
static uint64_t
number(struct span s)
{
	uint64_t v = 0;
	for (size_t i = 0; s.n <= 8 && i < s.n; i++)
		v = v << 8 | s.p[i];
	return v;
}

static void
read_key(struct span s, uint8_t key[NFT_KEY], unsigned *len)
{
	struct attr a;
	while (attr_next(&s, &a)) {
		if (a.type != NFTA_DATA_VALUE || a.in.n > NFT_KEY)
			continue;
		memcpy(key, a.in.p, a.in.n);
		*len = (unsigned)a.in.n;
	}
}

/* A counter; other expressions have other names. */
static void
read_expr(struct span s, struct nft_elem *ret)
{
	struct attr a;
	struct span data = { 0 };
	bool counter = false;
	while (attr_next(&s, &a)) {
		if (a.type == NFTA_EXPR_NAME)
			counter = a.in.n == sizeof "counter" && memcmp(a.in.p, "counter", a.in.n) == 0;
		else if (a.type == NFTA_EXPR_DATA)
			data = a.in;
	}
	while (counter && attr_next(&data, &a)) {
		if (a.type == NFTA_COUNTER_BYTES)
			ret->bytes = number(a.in);
		else if (a.type == NFTA_COUNTER_PACKETS)
			ret->packets = number(a.in);
	}
}

static void
read_elem(struct span s, struct nft_elem *ret)
{
	struct attr a, x;
	unsigned last = 0;
	while (attr_next(&s, &a)) {
		switch (a.type) {
		case NFTA_SET_ELEM_KEY:
			read_key(a.in, ret->key, &ret->len);
			break;
		case NFTA_SET_ELEM_KEY_END:
			read_key(a.in, ret->last, &last);
			break;
		case NFTA_SET_ELEM_FLAGS:
			ret->end = number(a.in) & NFT_SET_ELEM_INTERVAL_END;
			break;
		case NFTA_SET_ELEM_EXPIRATION:
			ret->left = (msec)(number(a.in) & INT64_MAX);
			break;
		case NFTA_SET_ELEM_USERDATA:
			read_comment(a.in.p, a.in.n, ret);
			break;
		case NFTA_SET_ELEM_EXPR:
			read_expr(a.in, ret);
			break;
		case NFTA_SET_ELEM_EXPRESSIONS:
			while (attr_next(&a.in, &x))
				read_expr(x.in, ret);
			break;
		}
	}
	if (last != ret->len)
		memcpy(ret->last, ret->key, NFT_KEY);
}

void
nft_elems(const struct nlmsghdr *msg, nft_elem_cb *cb, void *arg)
{
	struct span s = attrs_of(msg, sizeof(struct nfgenmsg));
	struct attr a, b;
	while (attr_next(&s, &a)) {
		while (a.type == NFTA_SET_ELEM_LIST_ELEMENTS && attr_next(&a.in, &b)) {
			struct nft_elem e = { .left = MSEC_NEVER };
			read_elem(b.in, &e);
			if (e.len) /* else a catch-all, or no key at all */
				cb(&e, arg);
		}
	}
}

bool
nft_next(const char *b, size_t n, size_t *at, const struct nlmsghdr **ret)
{
	const struct nlmsghdr *m = (const void *)(b + *at);
	if (n < *at || n - *at < sizeof *m || m->nlmsg_len < sizeof *m || m->nlmsg_len > n - *at)
		return false;
	size_t step = ((size_t)m->nlmsg_len + 3) & ~(size_t)3;
	*at = step > n - *at ? n : *at + step;
	*ret = m;
	return true;
}

int
nft_error(const struct nlmsghdr *msg, uint32_t *offset)
{
	struct nlmsgerr e;
	struct attr a;
	*offset = 0;
	if (msg->nlmsg_len < sizeof *msg + sizeof e)
		return -EBADMSG;
	memcpy(&e, msg + 1, sizeof e);
	struct span s = attrs_of(msg, sizeof e);
	if (!(msg->nlmsg_flags & NLM_F_ACK_TLVS) || !(msg->nlmsg_flags & NLM_F_CAPPED))
		s.n = 0;
	while (attr_next(&s, &a))
		if (a.type == NLMSGERR_ATTR_OFFS && a.in.n == sizeof *offset)
			memcpy(offset, a.in.p, sizeof *offset);
	return e.error > 0 ? -EBADMSG : e.error;
}

bool
nft_is(const struct nlmsghdr *msg, int type)
{
	return msg->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | type);
}
