/* SPDX-License-Identifier: BSD-2-Clause */
/* Export datagrams, see export.h. Layouts are fixed, so that a datagram can be sent again in place. */
#include "export.h"

#include <string.h>

#include "base/cursor.h"

#define TEMPLATE4 256
#define TEMPLATE6 257
#define OPTIONS   258
/* Bytes of a record, and where its times stand: v9 32 bits of uptime, IPFIX 64 bits of the day. */
#define NF9_4     34
#define NF9_6     58
#define NF9_TIME  22
#define IPFIX_4   42
#define IPFIX_6   66
#define IPFIX_TIME 22
#define SIX_MORE  24
#define HEADER    128 /* most bytes of a packet in a sample */

enum export_format
export_by_name(const char *s)
{
	static const char *const name[] = { "v9", "ipfix", "sflow" };
	enum export_format f = EXPORT_NF9;
	while (f < EXPORT_N && strcmp(s, name[f]) != 0)
		f++;
	return f;
}

void
export_init(struct exporter_out *e, enum export_format format, uint32_t source, uint32_t sampling, msec boot)
{
	memset(e, 0, sizeof(*e));
	e->format = format;
	e->source = source;
	e->sampling = sampling;
	e->boot = boot;
}

static size_t
header_bytes(const struct exporter_out *e)
{
	return e->format == EXPORT_NF9 ? 20 : 16;
}

static void
netflow_record(struct exporter_out *e, struct writer *w, const struct flow *f)
{
	size_t n = f->src.fam == 4 ? 4 : 16;
	wbytes(w, f->src.b, n);
	wbytes(w, f->dst.b, n);
	w16(w, f->sport);
	w16(w, f->dport);
	w8(w, f->proto);
	w8(w, f->tcp_flags);
	w32(w, (uint32_t)f->packets);
	w32(w, (uint32_t)f->bytes);
	if (e->format == EXPORT_NF9) {
		w32(w, (uint32_t)(f->first - e->boot));
		w32(w, (uint32_t)(f->last - e->boot));
	} else {
		w64(w, (uint64_t)f->first);
		w64(w, (uint64_t)f->last);
	}
	w16(w, (uint16_t)f->in_if);
	w16(w, (uint16_t)f->out_if);
}

/* An Ethernet frame of a packet of the flow: RFC 791, 8200, 9293, 768, 792. */
static size_t
frame(const struct flow *f, uint32_t size, uint8_t *p)
{
	struct writer w = writer_of(p, 256);
	bool four = f->src.fam == 4;
	static const uint8_t mac[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
	wbytes(&w, mac, sizeof(mac));
	w16(&w, four ? 0x0800 : 0x86dd);
	if (four) {
		w16(&w, 0x4500);
		w16(&w, (uint16_t)size);
		w32(&w, 0x00004000);
		w8(&w, 61);
		w8(&w, f->proto);
		w16(&w, 0); /* no checksum: samples are not checked */
	} else {
		w32(&w, 0x60000000);
		w16(&w, (uint16_t)(size - 40));
		w8(&w, f->proto == IPP_ICMP ? IPP_ICMP6 : f->proto);
		w8(&w, 61);
	}
	wbytes(&w, f->src.b, four ? 4 : 16);
	wbytes(&w, f->dst.b, four ? 4 : 16);
	if (f->proto == IPP_ICMP) {
		w16(&w, f->dport);
		w16(&w, 0);
		w32(&w, 0);
	} else {
		w16(&w, f->sport);
		w16(&w, f->dport);
	}
	if (f->proto == IPP_TCP) {
		w32(&w, f->sport * 65537u);
		w32(&w, f->tcp_flags & TCP_ACK ? 1 : 0);
		w8(&w, 5 << 4);
		w8(&w, f->tcp_flags);
		w16(&w, 64240);
		w32(&w, 0);
	} else if (f->proto == IPP_UDP) {
		w16(&w, (uint16_t)(size - (four ? 20 : 40)));
		w16(&w, 0);
	}
	size_t n = writer_len(&w), want = size + 14 < HEADER ? size + 14 : HEADER;
	if (want > n)
		memset(p + n, 0, want - n);
	return n > want ? n : want;
}

/* sFlow v5, flow_sample: section 5.3 of the specification. */
static void
sample(struct exporter_out *e, struct writer *w, const struct flow *f)
{
	uint8_t p[256];
	uint32_t size = (uint32_t)(f->packets ? f->bytes / f->packets : f->bytes), least = f->src.fam == 4 ? 20 : 40;
	struct flow one = *f;
	least += f->proto == IPP_TCP ? 20 : 8;
	size = size < least ? least : size > 1500 ? 1500 : size;
	/* The packet taken is seldom the first: a SYN with chance 1/packets. */
	if (f->packets > 1 && (f->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
		one.tcp_flags = (f->bytes ^ f->sport) % f->packets ? TCP_ACK | TCP_PSH : TCP_SYN;
	size_t n = frame(&one, size, p), pad = (4 - n % 4) % 4;
	w32(w, 1);
	w32(w, (uint32_t)(32 + 8 + 16 + n + pad));
	w32(w, 0); /* number, later */
	w32(w, f->in_if);
	w32(w, e->sampling);
	w32(w, 0); /* pool, later */
	w32(w, 0);
	w32(w, f->in_if);
	w32(w, f->out_if);
	w32(w, 1);
	w32(w, 1);
	w32(w, (uint32_t)(16 + n + pad));
	w32(w, 1);
	w32(w, size + 18);
	w32(w, 4);
	w32(w, (uint32_t)n);
	wbytes(w, p, n + pad);
}

bool
export_add(struct exporter_out *e, const struct flow *f)
{
	bool six = f->src.fam != 4 && e->format != EXPORT_SFLOW;
	size_t used = header_bytes(e) + e->four_bytes + e->six_bytes;
	size_t *bytes = six ? &e->six_bytes : &e->four_bytes;
	uint8_t p[320];
	struct writer w = writer_of(p, sizeof(p));
	if (e->format == EXPORT_SFLOW)
		sample(e, &w, f);
	else
		netflow_record(e, &w, f);
	size_t n = writer_len(&w);
	/* Two set headers of 4 and padding of up to 3 each; sFlow's header is 28. */
	if (used + n + 14 > EXPORT_MOST) {
		e->full = true;
		return false;
	}
	memcpy((six ? e->six : e->four) + *bytes, p, n);
	*bytes += n;
	(*(six ? &e->six_n : &e->four_n))++;
	return true;
}

static void
put32(uint8_t *p, uint32_t v)
{
	struct writer w = writer_of(p, 4);
	w32(&w, v);
}

static uint32_t
get32(const uint8_t *p)
{
	struct reader r = reader_of(p, 4);
	return r32(&r);
}

static void
put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)(v >> 32));
	put32(p + 4, (uint32_t)v);
}

static uint64_t
get64(const uint8_t *p)
{
	return (uint64_t)get32(p) << 32 | get32(p + 4);
}

static void
header(struct exporter_out *e, struct writer *w, msec now, uint32_t count, size_t bytes, uint32_t records)
{
	if (e->format == EXPORT_NF9) {
		w16(w, 9);
		w16(w, (uint16_t)count);
		w32(w, (uint32_t)(now - e->boot));
		w32(w, (uint32_t)(now / 1000));
		w32(w, e->sequence);
		w32(w, e->source);
		e->sequence++;
	} else {
		w16(w, 10);
		w16(w, (uint16_t)bytes);
		w32(w, (uint32_t)(now / 1000));
		w32(w, e->sequence);
		w32(w, e->source);
		e->sequence += records;
	}
}

static void
set(struct writer *w, uint16_t id, const uint8_t *p, size_t n)
{
	static const uint8_t zero[4];
	size_t pad = (4 - n % 4) % 4;
	if (!n)
		return;
	w16(w, id);
	w16(w, (uint16_t)(4 + n + pad));
	wbytes(w, p, n);
	wbytes(w, zero, pad);
}

static size_t
padded(size_t n)
{
	return n ? 4 + (n + 3) / 4 * 4 : 0;
}

size_t
export_end(struct exporter_out *e, msec now, uint8_t buf[EXPORT_MOST])
{
	struct writer w = writer_of(buf, EXPORT_MOST);
	uint32_t n = e->four_n + e->six_n;
	if (!n)
		return 0;
	if (e->format == EXPORT_SFLOW) {
		w32(&w, 5);
		w32(&w, 1);
		w32(&w, 0x7f000001);
		w32(&w, e->source);
		w32(&w, 0);
		w32(&w, 0);
		w32(&w, n);
		wbytes(&w, e->four, e->four_bytes);
		export_again(e, buf, writer_len(&w), now, 0);
	} else {
		header(e, &w, now, n, header_bytes(e) + padded(e->four_bytes) + padded(e->six_bytes), n);
		set(&w, TEMPLATE4, e->four, e->four_bytes);
		set(&w, TEMPLATE6, e->six, e->six_bytes);
	}
	e->four_bytes = e->six_bytes = 0;
	e->four_n = e->six_n = 0;
	e->full = false;
	return writer_len(&w);
}

/* Information elements of the two templates, with their lengths; the same order as netflow_record(). */
static void
template(struct exporter_out *e, struct writer *w, uint16_t id, bool six)
{
	bool nf9 = e->format == EXPORT_NF9;
	const uint16_t field[][2] = { { six ? 27 : 8, six ? 16 : 4 }, { six ? 28 : 12, six ? 16 : 4 }, { 7, 2 }, { 11, 2 },
		{ 4, 1 }, { 6, 1 }, { 2, 4 }, { 1, 4 }, { nf9 ? 22 : 152, nf9 ? 4 : 8 }, { nf9 ? 21 : 153, nf9 ? 4 : 8 },
		{ 10, 2 }, { 14, 2 } };
	w16(w, id);
	w16(w, 12);
	for (int i = 0; i < 12; i++) {
		w16(w, field[i][0]);
		w16(w, field[i][1]);
	}
}

size_t
export_templates(struct exporter_out *e, msec now, uint8_t buf[EXPORT_MOST])
{
	struct writer w = writer_of(buf, EXPORT_MOST);
	if (e->format == EXPORT_SFLOW)
		return 0;
	if (e->format == EXPORT_NF9) {
		header(e, &w, now, 4, 0, 0);
		w16(&w, 0);
		w16(&w, 4 + 2 * 52);
	} else {
		header(e, &w, now, 0, 16 + 4 + 2 * 52 + 4 + 18 + 2 + 4 + 8, 1);
		w16(&w, 2);
		w16(&w, 4 + 2 * 52);
	}
	template(e, &w, TEMPLATE4, false);
	template(e, &w, TEMPLATE6, true);
	if (e->format == EXPORT_NF9) {
		/* RFC 3954 6.1: scope system, then 34 (interval) and 35 (algorithm: random). */
		w16(&w, 1);
		w16(&w, 4 + 6 + 12 + 2);
		w16(&w, OPTIONS);
		w16(&w, 4);
		w16(&w, 8);
		w16(&w, 1);
		w16(&w, 4);
		w16(&w, 34);
		w16(&w, 4);
		w16(&w, 35);
		w16(&w, 1);
		w16(&w, 0);
		w16(&w, OPTIONS);
		w16(&w, 4 + 9 + 3);
		w32(&w, e->source);
		w32(&w, e->sampling);
		w8(&w, 2);
		w8(&w, 0);
		w16(&w, 0);
	} else {
		/* RFC 7011 3.4.2.2: scope observation domain (149), then 34. */
		w16(&w, 3);
		w16(&w, 4 + 14 + 2 + 4);
		w16(&w, OPTIONS);
		w16(&w, 2);
		w16(&w, 1);
		w16(&w, 149);
		w16(&w, 4);
		w16(&w, 34);
		w16(&w, 4);
		w16(&w, 0);
		w32(&w, 0);
		w16(&w, OPTIONS);
		w16(&w, 4 + 8);
		w32(&w, e->source);
		w32(&w, e->sampling);
		buf[2] = (uint8_t)(writer_len(&w) >> 8);
		buf[3] = (uint8_t)writer_len(&w);
	}
	return writer_len(&w);
}

/* Moves the times of the records of a set that begins at p. */
static void
set_moved(const struct exporter_out *e, uint8_t *p, size_t n, msec moved)
{
	bool nf9 = e->format == EXPORT_NF9, six = get32(p) >> 16 == TEMPLATE6;
	size_t record = nf9 ? (six ? NF9_6 : NF9_4) : six ? IPFIX_6 : IPFIX_4;
	size_t at = (nf9 ? NF9_TIME : IPFIX_TIME) + (six ? SIX_MORE : 0);
	for (size_t i = 4; i + record <= n; i += record) {
		uint8_t *t = p + i + at;
		if (nf9) {
			put32(t, get32(t) + (uint32_t)moved);
			put32(t + 4, get32(t + 4) + (uint32_t)moved);
		} else {
			put64(t, get64(t) + (uint64_t)moved);
			put64(t + 8, get64(t + 8) + (uint64_t)moved);
		}
	}
}

void
export_again(struct exporter_out *e, uint8_t *p, size_t n, msec now, msec moved)
{
	size_t head = header_bytes(e);
	uint32_t records = 0;
	if (e->format == EXPORT_SFLOW) {
		put32(p + 16, e->sequence++);
		put32(p + 20, (uint32_t)(now - e->boot));
		for (size_t i = 28; i + 8 <= n; i += 8 + get32(p + i + 4)) {
			put32(p + i + 8, e->samples++);
			put32(p + i + 20, e->samples * e->sampling);
		}
		return;
	}
	for (size_t i = head; i + 4 <= n; i += get32(p + i) & 0xffff) {
		size_t len = get32(p + i) & 0xffff;
		bool six = get32(p + i) >> 16 == TEMPLATE6;
		records += (uint32_t)((len - 4) / (e->format == EXPORT_NF9 ? (six ? NF9_6 : NF9_4) : six ? IPFIX_6 : IPFIX_4));
		set_moved(e, p + i, len, moved);
	}
	if (e->format == EXPORT_NF9) {
		put32(p + 4, (uint32_t)(now - e->boot));
		put32(p + 8, (uint32_t)(now / 1000));
		put32(p + 12, e->sequence++);
	} else {
		put32(p + 4, (uint32_t)(now / 1000));
		put32(p + 8, e->sequence);
		e->sequence += records;
	}
}
