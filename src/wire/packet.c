/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One packet's first bytes into a flow of one packet. Walks what carries IP (VLAN tags, MPLS, PPPoE,
 * LLC/SNAP) and IP's own headers, but never opens a tunnel: who sends GRE is who sends it. Must never
 * read behind the n bytes that are there, whatever the lengths inside say.
 */
#include "wire/packet.h"

#include <errno.h>
#include <string.h>

#include "base/cursor.h"

enum { ETH_IP4 = 0x0800, ETH_IP6 = 0x86dd, ETH_MPLS = 0x8847, ETH_MPLS_UP = 0x8848, ETH_PPPOE = 0x8864 };
enum { TAGS = 4, LABELS = 16, EXTENSIONS = 8 }; /* more than that no network carries */

struct packet {
	struct flow f;
	struct reader r;   /* behind what was read so far */
	bool wire;         /* a pseudowire was opened: once only */
	bool udp;          /* r stands on the payload of a datagram of udp_len bytes */
	size_t udp_len;
};

static bool
is_tag(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100; /* 802.1Q, 802.1ad, QinQ before it */
}

/* PPPoE session (RFC 2516 4) with IP in it. */
static uint16_t
pppoe(struct reader *r)
{
	rspan(r, 6);
	uint16_t ppp = r16(r);
	return ppp == 0x0021 ? ETH_IP4 : ppp == 0x0057 ? ETH_IP6 : 0;
}

static uint16_t ethernet(struct packet *k);

/* MPLS does not say what it carries: after the last label the first nibble does (RFC 4928 3), 0 being
 * the control word of an Ethernet pseudowire (RFC 4448 4.6): 16 bits of zero and a number. */
static uint16_t
mpls(struct packet *k)
{
	uint32_t label = 0;
	for (unsigned i = 0; i < LABELS && !k->r.bad; i++) {
		label = r32(&k->r);
		if (label & 0x100)
			break;
	}
	if (!(label & 0x100) || reader_left(&k->r) == 0)
		return 0;
	unsigned nibble = *k->r.p >> 4;
	if (nibble == 4 || nibble == 6)
		return nibble == 4 ? ETH_IP4 : ETH_IP6;
	if (nibble != 0 || k->wire || r32(&k->r) >> 16 != 0)
		return 0;
	k->wire = true;
	return ethernet(k);
}

/* From an EtherType to the one of IP, r behind what lies between; 0: something else. */
static uint16_t
ether_type(struct packet *k, uint16_t type)
{
	for (unsigned i = 0; i < TAGS && is_tag(type); i++) {
		r16(&k->r);
		type = r16(&k->r);
	}
	if (type <= 1500) { /* IEEE 802.3 length: LLC; SNAP (RFC 1042) has a type again */
		uint32_t llc = r32(&k->r);
		uint16_t oui = r16(&k->r);
		type = llc == 0xaaaa0300 && oui == 0 ? r16(&k->r) : 0;
	}
	if (type == ETH_MPLS || type == ETH_MPLS_UP)
		return mpls(k);
	return type == ETH_PPPOE ? pppoe(&k->r) : type;
}

static uint16_t
ethernet(struct packet *k)
{
	rspan(&k->r, 12);
	return ether_type(k, r16(&k->r));
}

static uint16_t
link_type(struct packet *k, enum packet_link link)
{
	uint32_t v;
	switch (link) {
	case LINK_ETHERNET: return ethernet(k);
	case LINK_SLL:
		rspan(&k->r, 14);
		return ether_type(k, r16(&k->r));
	case LINK_SLL2:
		v = r16(&k->r);
		rspan(&k->r, 18);
		return ether_type(k, (uint16_t)v);
	case LINK_NULL: /* a family in the byte order, and with the number, of who captured it */
		v = r32(&k->r);
		v = v > 0xffff ? __builtin_bswap32(v) : v;
		return v == 2 ? ETH_IP4 : v == 10 || v == 24 || v == 28 || v == 30 ? ETH_IP6 : 0;
	case LINK_IP:
		if (reader_left(&k->r) == 0)
			return 0;
		return *k->r.p >> 4 == 4 ? ETH_IP4 : *k->r.p >> 4 == 6 ? ETH_IP6 : 0;
	}
	return 0;
}

static void
tcp(struct packet *k)
{
	struct flow *f = &k->f;
	uint32_t seq = r32(&k->r);
	rspan(&k->r, 5);
	uint8_t flags = r8(&k->r);
	if (k->r.bad)
		return;
	f->tcp_flags = flags;
	f->bits |= FLOW_FLAGS;
	const uint8_t *b = f->dst.b;
	uint32_t dst = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	if ((flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && f->dst.fam == 4 && seq == dst)
		f->bits |= FLOW_SEQ_DST;
}

/* What is cut off stays zero: the addresses are known, and that is what counts. */
static void
transport(struct packet *k)
{
	struct flow *f = &k->f;
	if (f->bits & FLOW_FRAGMENT || reader_left(&k->r) < 4)
		return;
	switch (f->proto) {
	case IPP_ICMP:
	case IPP_ICMP6:
		f->dport = r16(&k->r);
		break;
	case IPP_TCP:
	case IPP_UDP:
	case 33:  /* DCCP */
	case 132: /* SCTP */
	case 136: /* UDP-Lite */
		f->sport = r16(&k->r);
		f->dport = r16(&k->r);
		if (f->proto == IPP_TCP)
			tcp(k);
		break;
	}
	if (f->proto == IPP_UDP) {
		uint16_t len = r16(&k->r);
		r16(&k->r);
		k->udp = !k->r.bad && len >= 8;
		k->udp_len = len - (k->udp ? 8u : 0u);
	}
}

static int
ip4(struct packet *k, size_t wire)
{
	struct flow *f = &k->f;
	uint8_t first = r8(&k->r);
	r8(&k->r);
	uint16_t len = r16(&k->r);
	r16(&k->r);
	uint16_t fragment = r16(&k->r);
	r8(&k->r);
	f->proto = r8(&k->r);
	r16(&k->r);
	f->src.fam = f->dst.fam = 4;
	rbytes(&k->r, f->src.b, 4);
	rbytes(&k->r, f->dst.b, 4);
	size_t head = (first & 15u) * 4;
	if (k->r.bad || first >> 4 != 4 || head < 20)
		return -EBADMSG;
	f->bytes = len >= head ? len : wire; /* 0: the card was to fill it in */
	if (fragment & 0x1fff)
		f->bits |= FLOW_FRAGMENT;
	if (rspan(&k->r, head - 20))
		transport(k);
	return 0;
}

/* An IPv4 address has one form only. */
static void
unmap(struct addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	if (memcmp(a->b, mapped, 12) != 0)
		return;
	a->fam = 4;
	memcpy(a->b, a->b + 12, 4);
	memset(a->b + 4, 0, 12);
}

/* RFC 8200 4: the headers between the addresses and the transport. False: it is cut off. */
static bool
extensions(struct packet *k)
{
	struct flow *f = &k->f;
	for (unsigned i = 0; i < EXTENSIONS; i++) {
		uint8_t kind = f->proto;
		if (kind != 0 && kind != 43 && kind != 44 && kind != 51 && kind != 60 && kind != 135)
			return true;
		uint8_t next = r8(&k->r), len = r8(&k->r);
		size_t rest = kind == 44 ? 6 : kind == 51 ? ((size_t)len + 2) * 4 - 2 : (size_t)len * 8 + 6;
		const uint8_t *p = rspan(&k->r, rest);
		if (!p)
			return false;
		if (kind == 44 && (p[0] || p[1] & 0xf8))
			f->bits |= FLOW_FRAGMENT;
		f->proto = next;
		if (f->bits & FLOW_FRAGMENT)
			return true; /* what follows is the middle of something */
	}
	return false;
}

static int
ip6(struct packet *k, size_t wire)
{
	struct flow *f = &k->f;
	uint32_t first = r32(&k->r);
	uint16_t len = r16(&k->r);
	f->proto = r8(&k->r);
	r8(&k->r);
	f->src.fam = f->dst.fam = 6;
	rbytes(&k->r, f->src.b, 16);
	rbytes(&k->r, f->dst.b, 16);
	if (k->r.bad || first >> 28 != 6)
		return -EBADMSG;
	f->bytes = len ? len + 40u : wire; /* 0: a jumbogram (RFC 2675) */
	unmap(&f->src);
	unmap(&f->dst);
	if (extensions(k))
		transport(k);
	return 0;
}

static int
parse(struct packet *k, enum packet_link link, const uint8_t *p, size_t n, size_t wire)
{
	*k = (struct packet){ .r = reader_of(p, n), .f = { .packets = 1, .bits = FLOW_PACKET } };
	uint16_t type = link_type(k, link);
	if (k->r.bad)
		return -EBADMSG;
	if (type != ETH_IP4 && type != ETH_IP6)
		return -ENOENT;
	size_t before = (size_t)(k->r.p - p);
	size_t rest = wire > before ? wire - before : reader_left(&k->r);
	return type == ETH_IP4 ? ip4(k, rest) : ip6(k, rest);
}

static void
give(const struct flow *f, struct flow *ret)
{
	const uint8_t own = FLOW_FLAGS | FLOW_FRAGMENT | FLOW_PACKET | FLOW_SEQ_DST;
	ret->src = f->src;
	ret->dst = f->dst;
	ret->proto = f->proto;
	ret->tcp_flags = f->tcp_flags;
	ret->bits = (uint8_t)((ret->bits & ~own) | f->bits);
	ret->sport = f->sport;
	ret->dport = f->dport;
	ret->packets = f->packets;
	ret->bytes = f->bytes;
}

int
packet_parse(enum packet_link link, const uint8_t *p, size_t n, size_t wire, struct flow *ret)
{
	struct packet k;
	int r = parse(&k, link, p, n, wire);
	if (r == 0)
		give(&k.f, ret);
	return r;
}

const uint8_t *
packet_udp(enum packet_link link, const uint8_t *p, size_t n, struct flow *ret, size_t *len)
{
	struct packet k;
	if (parse(&k, link, p, n, n) < 0 || !k.udp || reader_left(&k.r) < k.udp_len)
		return NULL;
	give(&k.f, ret);
	*len = k.udp_len;
	return k.r.p;
}
