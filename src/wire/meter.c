/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The meter, see meter.h. Both directions of an exchange stand in one entry, so that each flow can say
 * whether it was answered; they are exported together. Entries hang in one list, longest untouched first,
 * whose head the inactive timeout looks at with every packet: nothing walks over the table. Time never
 * falls, whatever the capture says.
 */
#include "wire/meter.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

struct half {
	uint64_t packets, bytes;
	msec first, last;
	uint32_t in_if, out_if;
	uint16_t exporter, icmp; /* type << 8 | code as this side sent it */
	uint8_t flags, bits;     /* FLOW_SEQ_DST: of every SYN so far */
};

/* [0] is the side of the lower address and port. */
struct key {
	struct addr addr[2];
	uint16_t port[2];
	uint8_t proto, fragment;
};

struct entry {
	struct key key;
	uint32_t next; /* of the same bucket */
	uint32_t older, newer;
	msec touched;    /* the meter's time; the list is in this order */
	bool replied[2]; /* side has sent what is an answer, ever in this exchange */
	struct half half[2];
};

struct meter {
	msec active, inactive, now;
	uint32_t sampling, skip; /* packets until the next one is taken */
	uint64_t seed;
	struct entry *v;
	uint32_t *bucket;
	uint32_t most, used, free, oldest, newest, mask;
	flow_sink *sink;
	void *arg;
	size_t n;
	struct flow batch[FLOW_BATCH];
};

struct meter *
meter_new(msec active, msec inactive, uint32_t sampling, uint64_t seed, size_t most,
    flow_sink *sink, void *arg)
{
	struct meter *m = calloc(1, sizeof(*m));
	uint32_t buckets = 16;
	if (!m)
		return NULL;
	if (most < 1)
		most = 1;
	if (most > 1u << 28)
		most = 1u << 28;
	while (buckets < most)
		buckets *= 2;
	*m = (struct meter){ .active = active,
		.inactive = inactive,
		.sampling = sampling ? sampling : 1,
		.seed = seed,
		.most = (uint32_t)most,
		.free = NONE,
		.oldest = NONE,
		.newest = NONE,
		.mask = buckets - 1,
		.sink = sink,
		.arg = arg,
		.now = INT64_MIN };
	m->skip = (uint32_t)(seed % m->sampling);
	m->v = calloc(most, sizeof(*m->v));
	m->bucket = malloc((size_t)buckets * sizeof(*m->bucket));
	if (!m->v || !m->bucket) {
		meter_free(m);
		return NULL;
	}
	memset(m->bucket, 0xff, (size_t)buckets * sizeof(*m->bucket));
	return m;
}

void
meter_free(struct meter *m)
{
	if (!m)
		return;
	free(m->v);
	free(m->bucket);
	free(m);
}

static uint32_t
bucket_of(const struct meter *m, const struct key *k)
{
	uint64_t w[6], h = m->seed ^ 0x9e3779b97f4a7c15u;
	memcpy(w, k->addr[0].b, 16);
	memcpy(w + 2, k->addr[1].b, 16);
	w[4] = (uint64_t)k->port[0] << 32 | k->port[1];
	w[5] = (uint64_t)k->proto << 8 | k->fragment;
	for (unsigned i = 0; i < 6; i++) {
		h = (h ^ w[i]) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	return (uint32_t)(h ^ h >> 29) & m->mask;
}

static bool
same(const struct key *a, const struct key *b)
{
	return a->proto == b->proto && a->fragment == b->fragment && a->port[0] == b->port[0] &&
	       a->port[1] == b->port[1] && addr_eq(&a->addr[0], &b->addr[0]) &&
	       addr_eq(&a->addr[1], &b->addr[1]);
}

/* --- out ----------------------------------------------------------------------------------------- */

static void
hand_over(struct meter *m)
{
	if (m->n)
		m->sink(m->arg, m->batch, m->n);
	m->n = 0;
}

/* Both sides' flows of an entry, which then counts from zero. */
static void export(struct meter *m, struct entry *e)
{
	/* The side that spoke first goes out first. */
	int first =
	    e->half[0].packets && (!e->half[1].packets || e->half[0].first <= e->half[1].first) ? 0
												: 1;
	for (int i = 0; i < 2; i++) {
		int side = i ? !first : first;
		struct half *h = &e->half[side];
		if (h->packets == 0)
			continue;
		bool icmp = e->key.proto == IPP_ICMP || e->key.proto == IPP_ICMP6;
		struct flow *f = &m->batch[m->n++];
		*f = (struct flow){ .src = e->key.addr[side],
			.dst = e->key.addr[!side],
			.proto = e->key.proto,
			.tcp_flags = h->flags,
			.bits = h->bits | FLOW_TIMES,
			.sport = icmp ? 0 : e->key.port[side],
			.dport = icmp ? h->icmp : e->key.port[!side],
			.exporter = h->exporter,
			.in_if = h->in_if,
			.out_if = h->out_if,
			.sampling = m->sampling,
			.packets = h->packets,
			.bytes = h->bytes,
			.first = h->first,
			.last = h->last };
		if (e->replied[!side])
			f->bits |= FLOW_ANSWERED;
		if (m->n == FLOW_BATCH)
			hand_over(m);
	}
	memset(e->half, 0, sizeof(e->half));
}

/* --- the list and the table ---------------------------------------------------------------------- */

static void
unlink_age(struct meter *m, uint32_t i)
{
	struct entry *e = &m->v[i];
	*(e->older == NONE ? &m->oldest : &m->v[e->older].newer) = e->newer;
	*(e->newer == NONE ? &m->newest : &m->v[e->newer].older) = e->older;
}

static void
link_newest(struct meter *m, uint32_t i)
{
	struct entry *e = &m->v[i];
	e->older = m->newest;
	e->newer = NONE;
	e->touched = m->now;
	*(m->newest == NONE ? &m->oldest : &m->v[m->newest].newer) = i;
	m->newest = i;
}

static void
end(struct meter *m, uint32_t i)
{
	struct entry *e = &m->v[i];
	uint32_t *at = &m->bucket[bucket_of(m, &e->key)];
	export(m, e);
	while (*at != i)
		at = &m->v[*at].next;
	*at = e->next;
	unlink_age(m, i);
	e->next = m->free;
	m->free = i;
}

static uint32_t
begin(struct meter *m, const struct key *k, uint32_t bucket)
{
	if (m->free == NONE && m->used == m->most)
		end(m, m->oldest);
	uint32_t i = m->free;
	if (i == NONE)
		i = m->used++;
	else
		m->free = m->v[i].next;
	m->v[i] = (struct entry){ .key = *k, .next = m->bucket[bucket] };
	m->bucket[bucket] = i;
	link_newest(m, i);
	return i;
}

/* --- in ------------------------------------------------------------------------------------------ */

/* RFC 792, RFC 4443: request and reply are one exchange; all others are their own. */
static uint16_t
icmp_pair(uint8_t proto, unsigned type)
{
	static const struct {
		uint8_t proto, request, reply;
	} pairs[] = { { IPP_ICMP, 8, 0 }, { IPP_ICMP, 13, 14 }, { IPP_ICMP, 15, 16 },
		{ IPP_ICMP, 17, 18 }, { IPP_ICMP6, 128, 129 }, { IPP_ICMP6, 133, 134 },
		{ IPP_ICMP6, 135, 136 } };
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i].proto == proto && pairs[i].reply == type)
			return pairs[i].request;
	return (uint16_t)type;
}

/* Which side sent it. */
static int
key_of(const struct flow *f, struct key *k)
{
	uint16_t sport = f->sport, dport = f->dport;
	if (f->proto == IPP_ICMP || f->proto == IPP_ICMP6)
		sport = dport = icmp_pair(f->proto, f->dport >> 8);
	int c = addr_cmp(&f->src, &f->dst), side = c > 0 || (c == 0 && sport > dport);
	*k = (struct key){ .proto = f->proto, .fragment = f->bits & FLOW_FRAGMENT };
	k->addr[side] = f->src;
	k->addr[!side] = f->dst;
	k->port[side] = sport;
	k->port[!side] = dport;
	return side;
}

/* A packet that shows its sender to have heard the other side. */
static bool
replies(const struct entry *e, const struct flow *f, int side)
{
	if (f->proto == IPP_TCP)
		return f->tcp_flags & TCP_ACK && !(f->tcp_flags & TCP_RST);
	return e->half[!side].packets > 0 || e->replied[!side];
}

static void
count(struct entry *e, int side, const struct flow *f, msec when)
{
	struct half *h = &e->half[side];
	uint8_t seq = f->bits & FLOW_SEQ_DST;
	bool syn = f->proto == IPP_TCP && (f->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	if (h->packets == 0) {
		*h = (struct half){ .first = when,
			.in_if = f->in_if,
			.out_if = f->out_if,
			.exporter = f->exporter,
			.icmp = f->dport,
			.bits = (f->bits & (FLOW_FLAGS | FLOW_FRAGMENT | FLOW_DIR | FLOW_EGRESS)) |
				seq };
	} else if (syn && !seq) {
		h->bits &= (uint8_t)~FLOW_SEQ_DST;
	}
	h->packets += f->packets;
	h->bytes += f->bytes;
	h->flags |= f->tcp_flags;
	h->last = when;
	if (replies(e, f, side))
		e->replied[side] = true;
}

static void
age(struct meter *m)
{
	while (m->oldest != NONE && m->now - m->v[m->oldest].touched >= m->inactive)
		end(m, m->oldest);
}

void
meter_packet(struct meter *m, const struct flow *f)
{
	struct key k;
	if (f->last > m->now)
		m->now = f->last;
	age(m);
	if (m->skip > 0) {
		m->skip--;
		return;
	}
	m->skip = m->sampling - 1;
	int side = key_of(f, &k);
	uint32_t b = bucket_of(m, &k), i = m->bucket[b];
	while (i != NONE && !same(&m->v[i].key, &k))
		i = m->v[i].next;
	bool syn = f->proto == IPP_TCP && (f->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	if (i != NONE) {
		struct entry *e = &m->v[i];
		const struct half *h = e->half;
		msec first = h[0].packets && (!h[1].packets || h[0].first < h[1].first)
				 ? h[0].first
				 : h[1].first;
		if (syn && (h[0].flags | h[1].flags) & (TCP_FIN | TCP_RST)) {
			end(m, i); /* the ports serve anew */
			i = NONE;
		} else if ((h[0].packets || h[1].packets) && m->now - first >= m->active) {
			export(m, e);
		}
	}
	if (i == NONE) {
		i = begin(m, &k, b);
	} else {
		unlink_age(m, i);
		link_newest(m, i);
	}
	count(&m->v[i], side, f, m->now);
}

void
meter_flush(struct meter *m)
{
	while (m->oldest != NONE)
		end(m, m->oldest);
	hand_over(m);
}
