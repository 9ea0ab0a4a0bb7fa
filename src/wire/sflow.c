/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sFlow v5 (sflow.org, sflow_version_5.txt): flow samples, plain and expanded, of raw packet headers and
 * of addresses. Each sample is one packet and says its own rate. Counters are not looked at, and every
 * length stands inside the one around it.
 */
#include <stdlib.h>

#include "wire/flowdec_own.h"
#include "wire/packet.h"

enum { SAMPLE = 1, SAMPLE_EXPANDED = 3, RECORD_RAW = 1, RECORD_IP4 = 3, RECORD_IP6 = 4, RECORD_NAT = 1007 };
enum { HEADER_ETHERNET = 1, HEADER_IP4 = 11, HEADER_IP6 = 12 };
enum { NO_INTERFACE = 0x3fffffff };

struct sample {
	uint64_t source;           /* its kind << 32 | index; kind 0: an interface */
	uint32_t rate, drops;
	uint32_t in, out;          /* 0: none, several, or the agent itself */
	struct flow f;
	bool raw, ip;              /* f is filled, from a header or from what the agent read of it */
};

/* 5.: an interface is a kind and a value; kind 0 is an ifIndex. */
static uint32_t
interface(uint32_t kind, uint32_t value)
{
	return kind == 0 && value != NO_INTERFACE && value != UINT32_MAX ? value : 0;
}

static void
raw_header(struct sample *s, struct reader r)
{
	uint32_t protocol = r32(&r), wire = r32(&r);
	r32(&r); /* stripped: trailers, mostly */
	uint32_t n = r32(&r);
	size_t len = n < reader_left(&r) ? n : reader_left(&r);
	const uint8_t *p = rspan(&r, len);
	bool ip = protocol == HEADER_IP4 || protocol == HEADER_IP6;
	if (!p || (protocol != HEADER_ETHERNET && !ip))
		return;
	if (packet_parse(ip ? LINK_IP : LINK_ETHERNET, p, len, wire, &s->f) == 0)
		s->raw = true;
}

static void
ip_record(struct sample *s, struct reader r, uint8_t fam)
{
	struct flow f = { .packets = 1, .bits = FLOW_PACKET | FLOW_FLAGS };
	f.bytes = r32(&r);
	f.proto = (uint8_t)r32(&r);
	f.src.fam = f.dst.fam = fam;
	rbytes(&r, f.src.b, fam == 4 ? 4 : 16);
	rbytes(&r, f.dst.b, fam == 4 ? 4 : 16);
	f.sport = (uint16_t)r32(&r);
	f.dport = (uint16_t)r32(&r);
	f.tcp_flags = (uint8_t)r32(&r);
	if (r.bad || s->raw)
		return;
	s->f = f;
	s->ip = true;
}

static void
records(struct sample *s, struct reader *r)
{
	uint32_t n = r32(r);
	for (; n && reader_left(r) >= 8; n--) {
		uint32_t format = r32(r), len = r32(r);
		const uint8_t *p = rspan(r, len);
		if (!p)
			return;
		if (format == RECORD_RAW && !s->raw)
			raw_header(s, reader_of(p, len));
		else if (format == RECORD_IP4 || format == RECORD_IP6)
			ip_record(s, reader_of(p, len), format == RECORD_IP4 ? 4 : 6);
	}
}

/* What the agent lost itself, by source: its own count, from when it started. */
static void
drops(struct msg *m, const struct sample *s)
{
	struct stream *st = m->s;
	if (!st->drop) {
		st->drop = calloc(DROP_SLOTS, sizeof(*st->drop));
		if (!st->drop)
			return;
		m->d->bytes += DROP_SLOTS * sizeof(*st->drop);
	}
	unsigned i = (unsigned)(s->source ^ s->source >> 32) % DROP_SLOTS;
	if (st->drop[i].known && st->drop[i].source == s->source && s->drops - st->drop[i].drops < 1u << 31)
		m->src->stats.sampler_drops += s->drops - st->drop[i].drops;
	st->drop[i].known = true;
	st->drop[i].source = s->source;
	st->drop[i].drops = s->drops;
}

static void
sample_give(struct msg *m, struct sample *s)
{
	struct flow *f = msg_slot(m);
	*f = s->f;
	f->exporter = m->exporter;
	f->in_if = s->in;
	f->out_if = s->out;
	f->first = f->last = m->now;
	f->sampling = m->row->sampling ? m->row->sampling : s->rate;
	if (f->sampling != m->src->stats.sampling || m->src->stats.sampling_by == SAMPLING_UNKNOWN)
		rate_seen(m, f->sampling, m->row->sampling ? SAMPLING_CONF :
		    s->rate ? SAMPLING_RECORD : SAMPLING_UNKNOWN);
	if (s->in && s->source == s->in) /* the interface that sampled it */
		f->bits |= FLOW_DIR;
	else if (s->out && s->source == s->out)
		f->bits |= FLOW_DIR | FLOW_EGRESS;
	msg_took(m);
}

static int
sample(struct msg *m, struct reader r, bool expanded)
{
	struct sample s = { 0 };
	uint32_t in, out;
	r32(&r); /* the sample's number: datagrams are counted */
	uint32_t kind = r32(&r), index = expanded ? r32(&r) : kind & 0xffffff;
	s.source = (uint64_t)(expanded ? kind : kind >> 24) << 32 | index;
	s.rate = r32(&r);
	r32(&r); /* pool */
	s.drops = r32(&r);
	in = r32(&r);
	s.in = interface(expanded ? in : in >> 30, expanded ? r32(&r) : in & NO_INTERFACE);
	out = r32(&r);
	s.out = interface(expanded ? out : out >> 30, expanded ? r32(&r) : out & NO_INTERFACE);
	if (r.bad)
		return msg_refuse(m, "sFlow v5 5: a flow sample shorter than its fields");
	drops(m, &s);
	records(&s, &r);
	m->records++;
	if (s.raw || s.ip)
		sample_give(m, &s);
	return r.bad ? msg_refuse(m, "sFlow v5 5: a flow record longer than its sample") : 0;
}

static int
samples(struct msg *m, struct reader *r, uint32_t n)
{
	for (; n; n--) {
		uint32_t format = r32(r), len = r32(r);
		const uint8_t *p = rspan(r, len);
		int bad = 0;
		if (!p)
			return msg_refuse(m, "sFlow v5 5: a sample longer than the datagram");
		if (format == SAMPLE || format == SAMPLE_EXPANDED)
			bad = sample(m, reader_of(p, len), format == SAMPLE_EXPANDED);
		if (bad)
			return bad;
	}
	return 0;
}

/* Agents are told apart by address and sub-agent: FNV-1a of both. */
static uint64_t
agent_of(const uint8_t *p, size_t n, uint32_t sub)
{
	uint64_t h = 0xcbf29ce484222325u ^ sub;
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

int
sflow_decode(struct msg *m, const uint8_t *p, size_t n)
{
	struct reader r = reader_of(p, n);
	r32(&r);
	uint32_t kind = r32(&r);
	size_t len = kind == 1 ? 4 : kind == 2 ? 16 : 0;
	const uint8_t *agent = rspan(&r, len);
	uint32_t sub = r32(&r), seq = r32(&r), uptime = r32(&r), count = r32(&r);
	if (r.bad)
		return msg_refuse(m, "sFlow v5 5: shorter than a header");
	if (len == 0)
		return msg_refuse(m, "sFlow v5 5: an agent's address of no known kind");
	if (!stream_get(m, FORMAT_SFLOW, agent_of(agent, len, sub)))
		return msg_refuse(m, "cap: more sub-agents than an exporter may have");
	seq_uptime(m, uptime);
	int ret = samples(m, &r, count);
	seq_take(m, seq, m->records, SEQ_ONE);
	return ret;
}
