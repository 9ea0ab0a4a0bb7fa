/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Synthetic scenes, see scene.h. Everything that will happen sits in one heap by time: an actor's next
 * packet, and records that wait for their timeout.
 */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

#define EVENTS 65536

enum act { ACT_RECORD, ACT_MIRAI, ACT_SLOW, ACT_FLOOD, ACT_FRAMED, ACT_ORDINARY };

struct event {
	int64_t at, to;   /* us */
	uint64_t order;   /* of equal times the older first */
	struct flow f;    /* the record; else what the actor's packets have in common */
	enum act act;
	uint32_t line, n; /* the line, or the first of n */
	uint32_t pps, size;
	uint64_t count;   /* packets so far */
	uint16_t port[8];
	unsigned ports;
};

struct scene {
	struct scene_conf c;
	struct dice dice;
	struct traffic *ordinary;
	struct event *heap[EVENTS + 1];
	size_t events;
	uint64_t order;
	struct flow out;
};

void
scene_defaults(struct scene_conf *ret)
{
	*ret = (struct scene_conf){ .seed = 1, .sampling = 1, .records = true, .active = 60000, .inactive = 15000,
		.lines = 2000, .start = (msec)1767225600 * 1000 };
}

static bool
before(const struct event *a, const struct event *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void
push(struct scene *s, struct event *e)
{
	if (s->events == EVENTS)
		abort(); /* a scene too large is a fault of the test */
	e->order = s->order++;
	size_t i = ++s->events;
	for (; i > 1 && before(e, s->heap[i / 2]); i /= 2)
		s->heap[i] = s->heap[i / 2];
	s->heap[i] = e;
}

static struct event *
pop(struct scene *s)
{
	struct event *top = s->heap[1], *e = s->heap[s->events--];
	size_t i = 1, c;
	for (; (c = 2 * i) <= s->events; i = c) {
		c += c < s->events && before(s->heap[c + 1], s->heap[c]);
		if (!before(s->heap[c], e))
			break;
		s->heap[i] = s->heap[c];
	}
	s->heap[i] = e;
	return top;
}

static struct event *
actor(struct scene *s, enum act act, uint32_t line, msec from, msec to)
{
	struct event *e = calloc(1, sizeof(*e));
	if (!e)
		abort();
	e->act = act;
	e->line = line;
	e->n = 1;
	e->at = (s->c.start + from) * 1000;
	e->to = (s->c.start + to) * 1000;
	e->f = (struct flow){ .src = synth_line(line), .proto = IPP_TCP, .tcp_flags = TCP_SYN, .bits = FLOW_FLAGS,
		.in_if = synth_iface(line), .out_if = SYNTH_BORDER, .sampling = s->c.sampling, .packets = 1 };
	e->f.sport = (uint16_t)(1024 + dice_below(&s->dice, 60000));
	return e;
}

/* A flow that was first and last seen then, and comes when its exporter lets it go. */
static void
record(struct scene *s, const struct flow *f, int64_t first, int64_t last, int64_t at)
{
	struct event *e = calloc(1, sizeof(*e));
	if (!e)
		abort();
	e->act = ACT_RECORD;
	e->f = *f;
	e->f.first = first / 1000;
	e->f.last = last / 1000;
	e->f.bits |= s->c.records ? FLOW_TIMES : FLOW_PACKET;
	e->at = at;
	push(s, e);
}

/* The sampled ones of packets of one flow, at those times. */
static void
packets(struct scene *s, struct flow *f, uint32_t size, const int64_t *at, unsigned n)
{
	int64_t first = 0, last = 0;
	uint64_t k = 0;
	for (unsigned i = 0; i < n; i++) {
		if (s->c.sampling > 1 && dice_below(&s->dice, s->c.sampling))
			continue;
		first = k++ ? first : at[i];
		last = at[i];
		if (s->c.records)
			continue;
		f->packets = 1;
		f->bytes = size;
		record(s, f, last, last, last);
	}
	if (!k || !s->c.records)
		return;
	f->packets = k;
	f->bytes = k * size;
	record(s, f, first, last, last + s->c.inactive * 1000);
}

struct scene *
scene_new(const struct scene_conf *c)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct traffic_conf t;
	if (!s)
		return NULL;
	s->c = *c;
	s->dice = dice_of(c->seed);
	traffic_defaults(&t);
	t.seed = c->seed + 1000000;
	t.lines = c->lines;
	t.lines6 = c->lines / 4 + 1;
	t.scanner_permille = t.carpet_permille = 0;
	t.sampling = c->sampling;
	s->ordinary = traffic_new(&t);
	if (!s->ordinary) {
		free(s);
		return NULL;
	}
	if (c->ordinary) {
		struct event *e = actor(s, ACT_ORDINARY, 0, 0, (msec)86400 * 1000);
		push(s, e);
	}
	return s;
}

void
scene_free(struct scene *s)
{
	if (!s)
		return;
	while (s->events)
		free(pop(s));
	traffic_free(s->ordinary);
	free(s);
}

void
scene_mirai(struct scene *s, uint32_t line, msec from, msec to)
{
	push(s, actor(s, ACT_MIRAI, line, from, to));
}

void
scene_slow_bot(struct scene *s, uint32_t line, const uint16_t *ports, unsigned n, msec from, msec to)
{
	struct event *e = actor(s, ACT_SLOW, line, from, to);
	e->ports = n < 8 ? n : 8;
	memcpy(e->port, ports, e->ports * sizeof(*ports));
	push(s, e);
}

void
scene_flood(struct scene *s, uint32_t line, struct addr victim, uint8_t proto, uint16_t port, uint32_t pps,
    uint32_t size, msec from, msec to)
{
	struct event *e = actor(s, ACT_FLOOD, line, from, to);
	e->f.dst = victim;
	e->f.proto = proto;
	e->f.dport = port;
	if (proto != IPP_TCP) {
		e->f.bits = 0;
		e->f.tcp_flags = 0;
	}
	e->pps = pps;
	e->size = size;
	/* Lines do not begin in the same moment. */
	e->at += dice_below(&s->dice, 1000) * 1000;
	push(s, e);
}

void
scene_fetch(struct scene *s, uint32_t line, struct addr server, uint16_t port, msec when)
{
	struct event *e = actor(s, ACT_RECORD, line, when, when);
	int64_t at = e->at;
	struct flow out = e->f, in;
	free(e);
	out.dst = server;
	out.dport = port;
	out.tcp_flags = TCP_SYN | TCP_ACK | TCP_PSH | TCP_FIN;
	in = out;
	in.src = out.dst;
	in.dst = out.src;
	in.sport = out.dport;
	in.dport = out.sport;
	in.in_if = out.out_if;
	in.out_if = out.in_if;
	int64_t t[6] = { at, at + 40000, at + 41000, at + 90000, at + 120000, at + 121000 };
	packets(s, &out, 120, t, 6);
	packets(s, &in, 700, t, 6);
}

void
scene_framed(struct scene *s, uint32_t from_line, uint32_t n, uint32_t iface, uint32_t pps, msec from, msec to)
{
	struct event *e = actor(s, ACT_FRAMED, from_line, from, to);
	e->n = n;
	e->f.in_if = iface;
	e->pps = pps;
	push(s, e);
}

/* One burst a second (scanner.c sends its 160 whenever the second changes). */
static void
mirai(struct scene *s, struct event *e)
{
	for (int i = 0; i < 160; i++) {
		int64_t at = e->at + i * 30;
		e->f.dst = dice_address(&s->dice);
		e->f.dport = e->count++ % 10 == 0 ? 2323 : 23;
		packets(s, &e->f, 40, &at, 1);
	}
	e->at += 1000000;
}

static void
slow_bot(struct scene *s, struct event *e)
{
	int64_t at[4] = { e->at, e->at + 1000000, e->at + 3000000, e->at + 7000000 };
	e->f.dst = dice_address(&s->dice);
	e->f.dport = e->port[dice_below(&s->dice, e->ports)];
	e->f.sport = (uint16_t)(32768 + dice_below(&s->dice, 28000));
	packets(s, &e->f, 60, at, 4);
	e->at += 500000 + dice_below(&s->dice, 1000) * 1000;
}

static void
flood(struct scene *s, struct event *e)
{
	if (!s->c.records) { /* the next sampled packet */
		int64_t at = e->at;
		e->f.packets = 1;
		e->f.bytes = e->size;
		record(s, &e->f, at, at, at);
		e->at += dice_wait_us(&s->dice, (double)e->pps / s->c.sampling);
		return;
	}
	int64_t slice = s->c.active * 1000;
	if (e->at + slice > e->to)
		slice = e->to > e->at ? e->to - e->at : 0;
	e->f.packets = dice_sampled(&s->dice, (uint64_t)(e->pps * slice / 1000000), s->c.sampling);
	e->f.bytes = e->f.packets * e->size;
	if (e->f.packets)
		record(s, &e->f, e->at, e->at + slice, e->at + slice + (slice < s->c.active * 1000 ? s->c.inactive * 1000 : 0));
	e->at += slice ? slice : 1;
}

static void
framed(struct scene *s, struct event *e)
{
	e->f.src = synth_line(e->line + dice_below(&s->dice, e->n));
	e->f.dst = dice_address(&s->dice);
	e->f.dport = 23;
	e->f.sport = (uint16_t)(1024 + dice_below(&s->dice, 60000));
	packets(s, &e->f, 40, &e->at, 1);
	e->at += dice_wait_us(&s->dice, e->pps);
}

static void
ordinary(struct scene *s, struct event *e)
{
	struct flow f;
	int64_t at = e->at;
	traffic_next(s->ordinary, &f);
	if (s->c.records) {
		record(s, &f, at + f.first * 1000, at, at);
	} else {
		uint64_t k = f.packets < 20 ? f.packets : 20;
		f.bytes /= f.packets;
		f.packets = 1;
		if ((f.tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
			f.tcp_flags = TCP_ACK;
		f.bits &= (uint8_t)~FLOW_TIMES;
		for (uint64_t i = 0; i < k; i++)
			record(s, &f, at + (int64_t)i * 1000, at + (int64_t)i * 1000, at + (int64_t)i * 1000);
	}
	e->at += dice_wait_us(&s->dice, s->c.ordinary);
}

const struct flow *
scene_next(struct scene *s, msec *at)
{
	static void (*const step[])(struct scene *, struct event *) = { NULL, mirai, slow_bot, flood, framed, ordinary };
	while (s->events) {
		struct event *e = pop(s);
		if (e->act == ACT_RECORD) {
			s->out = e->f;
			*at = e->at / 1000;
			free(e);
			return &s->out;
		}
		if (e->at >= e->to) {
			free(e);
			continue;
		}
		step[e->act](s, e);
		push(s, e);
	}
	return NULL;
}
