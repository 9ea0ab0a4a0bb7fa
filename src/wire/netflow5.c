/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetFlow v5 (Cisco, "NetFlow Export Datagram Format"): a header and records of 48 bytes, nothing to
 * remember but numbers. Reads no further than whole records go.
 */
#include "wire/flow_op.h"

enum { HEADER = 24, RECORD = 48 };

static void
record(struct msg *m, const uint8_t *p, uint32_t sampling)
{
	struct flow *f = msg_slot(m);
	*f = (struct flow){
		.src.fam = 4,
		.dst.fam = 4,
		.proto = p[38],
		.tcp_flags = p[37],
		.bits = FLOW_FLAGS | FLOW_TIMES,
		.sport = be16(p + 32),
		.dport = be16(p + 34),
		.exporter = m->exporter,
		.in_if = be16(p + 12),
		.out_if = be16(p + 14),
		.sampling = sampling,
		.packets = be32(p + 16),
		.bytes = be32(p + 20),
		.first = msg_uptime(m, be32(p + 24)),
		.last = msg_uptime(m, be32(p + 28)),
	};
	memcpy(f->src.b, p, 4);
	memcpy(f->dst.b, p + 4, 4);
	f->first = f->first > f->last ? f->last : f->first;
	if (f->proto == IPP_ICMP)
		f->sport = 0;
	if (f->packets)
		msg_took(m);
}

/* Mode in the two high bits, interval in the others. Some write the interval and leave the mode 0. */
static uint32_t
sampling_of(struct msg *m, uint16_t header)
{
	uint32_t n = header & 0x3fff;
	if (m->row->sampling)
		rate_seen(m, m->row->sampling, SAMPLING_CONF);
	else
		rate_seen(m, n, n ? SAMPLING_HEADER : SAMPLING_UNKNOWN);
	return m->row->sampling ? m->row->sampling : n;
}

int
netflow5_decode(struct msg *m, const uint8_t *p, size_t n)
{
	struct reader r = reader_of(p, n);
	r16(&r);
	uint16_t count = r16(&r);
	uint32_t uptime = r32(&r), secs = r32(&r), nsecs = r32(&r), seq = r32(&r);
	uint16_t engine = r16(&r), sampling = r16(&r);
	if (r.bad)
		return msg_refuse(m, "NetFlow v5: shorter than a header");
	if (!stream_get(m, FORMAT_NF5, engine))
		return msg_refuse(m, "cap: more engines than an exporter may have");
	msg_clock(m, (msec)secs * 1000 + nsecs / 1000000);
	seq_uptime(m, uptime);
	uint32_t rate = sampling_of(m, sampling);
	for (; m->records < count && reader_left(&r) >= RECORD; m->records++)
		record(m, rspan(&r, RECORD), rate);
	seq_take(m, seq, m->records, SEQ_BEFORE);
	if (m->records < count)
		return msg_refuse(m, "NetFlow v5: its header counts more records than there are");
	return 0;
}
