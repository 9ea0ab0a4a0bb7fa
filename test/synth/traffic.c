/* SPDX-License-Identifier: BSD-2-Clause */
/* Synthetic traffic, see traffic.h. Shares come from one table of conversations. */
#include "traffic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PENDING  4096 /* answers on their way: the two directions of a flow do not leave a cache together */
#define SERVERS  4096 /* popular ones, which take most of it */
#define SCANNERS 1000
#define CARPET   200

struct talk {
	uint16_t permille;
	uint8_t proto, flags;
	uint16_t dport;       /* 0: any high one */
	uint16_t answered;    /* permille */
	uint16_t popular;     /* permille that goes to a popular server */
	uint16_t packets;     /* mean, out */
	uint16_t size, back;  /* mean IP bytes a packet out, and back */
	uint8_t inbound;      /* begun outside */
};

static const struct talk talks[] = {
	{ 420, IPP_TCP, 0x1b, 443, 1000, 850, 12, 180, 900, 0 },
	{ 60, IPP_TCP, 0x1b, 80, 1000, 700, 7, 160, 800, 0 },
	{ 140, IPP_UDP, 0, 443, 980, 900, 20, 200, 1100, 0 },
	{ 170, IPP_UDP, 0, 53, 990, 1000, 1, 68, 180, 0 },
	{ 20, IPP_UDP, 0, 123, 990, 1000, 1, 76, 76, 0 },
	{ 20, IPP_TCP, 0x18, 5223, 1000, 1000, 4, 90, 90, 0 }, /* push services: sessions that just stay */
	{ 15, IPP_TCP, 0x1b, 993, 1000, 800, 9, 120, 400, 0 },
	{ 60, IPP_UDP, 0, 0, 700, 0, 6, 300, 500, 0 },         /* peer to peer */
	{ 20, IPP_TCP, 0x1b, 0, 850, 0, 15, 500, 700, 0 },
	{ 15, IPP_UDP, 0, 27015, 1000, 600, 60, 90, 140, 0 },  /* games */
	{ 8, IPP_TCP, 0x02, 443, 0, 500, 2, 60, 0, 0 },        /* nobody there */
	{ 2, IPP_ICMP, 0, 8 << 8, 900, 500, 3, 84, 84, 0 },
	{ 20, IPP_TCP, 0x02, 23, 0, 0, 1, 40, 0, 1 },          /* the Internet's noise */
	{ 15, IPP_TCP, 0x02, 445, 0, 0, 1, 48, 0, 1 },
	{ 15, IPP_TCP, 0x02, 8080, 20, 0, 1, 44, 44, 1 },
};

struct traffic {
	struct traffic_conf c;
	struct dice dice;
	struct addr server[SERVERS], server6[SERVERS];
	struct flow pending[PENDING];
	struct flow reply;
	bool has_reply;
	uint16_t index[1000]; /* permille -> talk */
};

uint64_t
dice_roll(struct dice *d)
{
	uint64_t z = d->s += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

struct dice
dice_of(uint64_t seed)
{
	struct dice d = { seed };
	d.s = dice_roll(&d) ^ seed << 32;
	return d;
}

uint32_t
dice_below(struct dice *d, uint32_t n)
{
	return (uint32_t)((dice_roll(d) >> 32) * n >> 32);
}

static double
dice_unit(struct dice *d) /* above 0, up to 1 */
{
	return ((double)(dice_roll(d) >> 11) + 1) / 9007199254740992.0;
}

uint64_t
dice_sampled(struct dice *d, uint64_t n, uint32_t one_in)
{
	uint64_t k = 0;
	if (one_in <= 1)
		return n;
	for (double at = log(dice_unit(d)) / log1p(-1.0 / one_in); at < (double)n; k++)
		at += 1 + floor(log(dice_unit(d)) / log1p(-1.0 / one_in));
	return k;
}

int64_t
dice_wait_us(struct dice *d, double rate)
{
	return (int64_t)(-log(dice_unit(d)) / rate * 1e6);
}

struct addr
dice_address(struct dice *d)
{
	for (;;) {
		uint32_t v = (uint32_t)dice_roll(d), a = v >> 24, b = v >> 16 & 255;
		/* Special purpose space, and what Mirai's scanner.c is known to leave out. */
		if (a == 0 || a == 3 || a == 6 || a == 7 || a == 10 || a == 11 || a == 15 || a == 16 || a == 21 ||
		    a == 22 || a == 26 || a == 28 || a == 29 || a == 30 || a == 33 || a == 55 || a == 56 ||
		    a == 127 || a == 214 || a == 215 || a >= 224 || (a == 100 && b >= 64 && b < 127) ||
		    (a == 169 && b == 254) || (a == 172 && b >= 16 && b < 32) || (a == 192 && (b == 168 || b == 0)) ||
		    (a == 198 && (b == 18 || b == 19 || b == 51)) || (a == 203 && b == 0))
			continue;
		return (struct addr){ 4, { (uint8_t)a, (uint8_t)b, (uint8_t)(v >> 8), (uint8_t)v } };
	}
}

struct addr
synth_line(uint32_t line)
{
	return (struct addr){ 4, { 10, (uint8_t)(line >> 16 & 15), (uint8_t)(line >> 8), (uint8_t)line } };
}

struct addr
synth_line6(uint32_t line, struct dice *d)
{
	uint64_t host = dice_below(d, 4); /* a household has a few */
	return (struct addr){ 6, { 0x20, 0x01, 0x0d, 0xb8, 0, (uint8_t)(line >> 8), (uint8_t)line, 1, 0x02, 0, 0, 0xff,
		0xfe, 0, (uint8_t)host, (uint8_t)(line * 7) } };
}

uint32_t
synth_iface(uint32_t line)
{
	return SYNTH_CUSTOMER + line % SYNTH_CUSTOMERS;
}

void
traffic_defaults(struct traffic_conf *ret)
{
	*ret = (struct traffic_conf){ .seed = 1, .lines = 1000000, .lines6 = 50000, .sampling = 1,
		.scanner_permille = 10, .carpet_permille = 10, .six_permille = 200 };
}

static struct addr
six_address(struct dice *d)
{
	struct addr a = { 6, { 0x2a, (uint8_t)dice_below(d, 16) } };
	uint64_t v = dice_roll(d), w = dice_roll(d);
	memcpy(a.b + 2, &v, 6);
	memcpy(a.b + 8, &w, 8);
	return a;
}

struct traffic *
traffic_new(const struct traffic_conf *c)
{
	struct traffic *t = calloc(1, sizeof(*t));
	size_t n = 0;
	if (!t)
		return NULL;
	t->c = *c;
	t->dice = dice_of(c->seed);
	for (size_t i = 0; i < SERVERS; i++) {
		t->server[i] = dice_address(&t->dice);
		t->server6[i] = six_address(&t->dice);
	}
	for (size_t i = 0; i < sizeof(talks) / sizeof(*talks); i++)
		for (unsigned k = 0; k < talks[i].permille && n < 1000; k++)
			t->index[n++] = (uint16_t)i;
	struct flow f;
	t->c.sampling = 1; /* what waits is sampled when its turn comes */
	for (size_t i = 0; i < PENDING; i++) { /* the first records fill it */
		traffic_next(t, &f);
		t->pending[i] = f;
	}
	t->c.sampling = c->sampling;
	return t;
}

void
traffic_free(struct traffic *t)
{
	free(t);
}

/* Around a mean, with a long tail: most flows are small. */
static uint32_t
around(struct dice *d, uint32_t mean)
{
	uint32_t r = dice_below(d, 100);
	if (mean <= 1)
		return 1;
	if (r < 60)
		return 1 + dice_below(d, mean);
	return r < 98 ? mean / 2 + 1 + dice_below(d, 2 * mean) : mean * (2 + dice_below(d, 8));
}

static void
scanner(struct traffic *t, struct flow *f)
{
	uint32_t line = dice_below(&t->dice, SCANNERS) * (t->c.lines / SCANNERS ? t->c.lines / SCANNERS : 1);
	*f = (struct flow){ .src = synth_line(line), .dst = dice_address(&t->dice), .proto = IPP_TCP, .tcp_flags = TCP_SYN,
		.bits = FLOW_FLAGS, .sport = (uint16_t)(1024 + line % 60000),
		.dport = dice_below(&t->dice, 10) ? 23 : 2323, .in_if = synth_iface(line), .out_if = SYNTH_BORDER,
		.packets = 1, .bytes = 40 };
}

static void
carpet(struct traffic *t, struct flow *f)
{
	uint32_t line = dice_below(&t->dice, CARPET) * 37 + 5;
	*f = (struct flow){ .src = synth_line(line), .dst = { 4, { 203, 0, 113, (uint8_t)dice_roll(&t->dice) } },
		.proto = IPP_UDP, .sport = (uint16_t)(1024 + dice_below(&t->dice, 60000)),
		.dport = (uint16_t)(1024 + dice_below(&t->dice, 60000)), .in_if = synth_iface(line),
		.out_if = SYNTH_BORDER, .packets = 400, .bytes = (uint64_t)400 * 640, .first = -1000 };
}

static void
talk(struct traffic *t, struct flow *f)
{
	const struct talk *k = &talks[t->index[dice_below(&t->dice, 1000)]];
	struct dice *d = &t->dice;
	bool six = t->c.lines6 && dice_below(d, 1000) < t->c.six_permille;
	uint32_t line = dice_below(d, six ? t->c.lines6 : t->c.lines);
	struct addr own = six ? synth_line6(line, d) : synth_line(line), far;
	if (dice_below(d, 1000) < k->popular) {
		uint32_t s = dice_below(d, SERVERS), r = dice_below(d, SERVERS);
		s = s < r ? s : r; /* some far more than others */
		s = s < (r = dice_below(d, SERVERS)) ? s : r;
		far = six ? t->server6[s] : t->server[s];
	} else {
		far = six ? six_address(d) : dice_address(d);
	}
	uint64_t packets = around(d, k->packets), least = k->flags & TCP_FIN ? 4 : 1; /* a connection's own */
	packets = packets < least ? least : packets;
	uint16_t high = (uint16_t)(1024 + dice_below(d, 64000));
	*f = (struct flow){ .src = own, .dst = far, .proto = k->proto, .tcp_flags = k->flags,
		.bits = k->proto == IPP_TCP ? FLOW_FLAGS : 0, .sport = high,
		.dport = k->dport ? k->dport : (uint16_t)(1024 + dice_below(d, 64000)), .in_if = synth_iface(line),
		.out_if = SYNTH_BORDER, .packets = packets,
		.bytes = packets * (k->size < 64 ? k->size : k->size / 2u + dice_below(d, k->size)),
		.first = packets < 2 ? 0 : -(msec)dice_below(d, 15000) };
	if (k->proto == IPP_ICMP)
		f->sport = 0;
	if (k->inbound) {
		f->src = far;
		f->dst = own;
		f->in_if = SYNTH_BORDER;
		f->out_if = synth_iface(line);
	}
	t->has_reply = dice_below(d, 1000) < k->answered;
	if (!t->has_reply)
		return;
	t->reply = *f;
	struct flow *r = &t->reply;
	r->src = f->dst;
	r->dst = f->src;
	r->sport = f->dport;
	r->dport = f->sport;
	r->in_if = f->out_if;
	r->out_if = f->in_if;
	if (k->proto == IPP_ICMP) {
		r->sport = 0;
		r->dport = 0; /* echo reply */
	}
	r->tcp_flags = k->inbound ? TCP_RST | TCP_ACK : k->flags;
	r->packets = packets + packets / 4;
	r->bytes = r->packets * k->back;
}

/* A record only of what the sampler took. */
static bool
sampled(struct traffic *t, struct flow *f)
{
	if (t->c.sampling <= 1)
		return true;
	uint64_t k = dice_sampled(&t->dice, f->packets, t->c.sampling);
	if (!k)
		return false;
	f->bytes = f->bytes / f->packets * k;
	if (k < f->packets && f->proto == IPP_TCP && (f->tcp_flags & TCP_ACK)) /* SYN and FIN are seldom the ones taken */
		f->tcp_flags = (uint8_t)(dice_below(&t->dice, (uint32_t)f->packets) ? TCP_ACK : TCP_SYN);
	f->packets = k;
	return true;
}

void
traffic_next(struct traffic *t, struct flow *ret)
{
	do {
		uint32_t r = dice_below(&t->dice, 1000);
		if (t->has_reply) {
			uint32_t slot = dice_below(&t->dice, PENDING);
			*ret = t->pending[slot];
			t->pending[slot] = t->reply;
			t->has_reply = false;
			if (!ret->src.fam) /* not yet filled */
				*ret = t->pending[slot];
		} else if (r < t->c.scanner_permille) {
			scanner(t, ret);
		} else if (r < t->c.scanner_permille + t->c.carpet_permille) {
			carpet(t, ret);
		} else {
			talk(t, ret);
		}
		ret->sampling = t->c.sampling;
		ret->bits |= FLOW_TIMES;
	} while (!sampled(t, ret));
}
