/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data sets into flows: the hot path. A record is copied from the set's prototype, the template's steps
 * write what it says, and what needs working out (times, addresses of translated flows, ICMP, the
 * answer of a biflow) is worked out from what the template has. Nothing is allocated, and what a
 * template has not is neither written nor read.
 */
#include "wire/flow_op.h"
#include "wire/packet.h"

#define HAS(t, f) ((t)->has & IE_BIT(f))

/* RFC 7011 6.1.8: seconds since 1900 and their fraction; era 1 begins in 2036. */
static uint64_t
ntp_msec(uint64_t v)
{
	uint64_t s = v >> 32;
	s = s < UINT64_C(1) << 31 ? s + (UINT64_C(1) << 32) : s;
	return (s - NTP_1970) * 1000 + ((v & UINT32_MAX) * 1000 >> 32);
}

/* A probability as one in so many; 0: none. */
static uint64_t
one_in(const uint8_t *p, size_t len)
{
	double v;
	if (len == 4) {
		const uint32_t bits = be32(p);
		float half;
		memcpy(&half, &bits, 4);
		v = (double)half;
	} else {
		const uint64_t bits = be64(p);
		memcpy(&v, &bits, 8);
	}
	return v > 1e-9 && v <= 1 ? (uint64_t)(1 / v + 0.5) : 0;
}

static void
store_most(uint8_t *to, size_t size, uint64_t v)
{
	const uint64_t most = size >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * size)) - 1;
	op_store(to, size, v < most ? v : most);
}

/* Where lengths vary one may not fit its type: then the field is zero. */
void
op_rare(const struct op *o, const uint8_t *p, size_t len, uint8_t *to, struct ie_raw *x)
{
	const bool num = len <= 8;
	uint64_t v;
	switch ((enum op_kind)o->kind) {
	case OP_UINT: store_most(to, o->size, num ? op_num(p, len) : 0); break;
	case OP_LOW: op_store(to, o->size, num ? op_num(p, len) : 0); break;
	case OP_SECONDS:
		v = num ? op_num(p, len) : 0;
		op_store(to, o->size, v < UINT32_MAX ? v * 1000 : 0);
		break;
	case OP_MICROS: op_store(to, o->size, num ? op_num(p, len) / 1000 : 0); break;
	case OP_NTP: op_store(to, o->size, len == 8 ? ntp_msec(be64(p)) : 0); break;
	case OP_DOUBLE: op_store(to, o->size, len == 4 || len == 8 ? one_in(p, len) : 0); break;
	case OP_BYTES:
		if (len == o->size)
			memcpy(to, p, len);
		else
			memset(to, 0, o->size);
		break;
	case OP_SECTION:
		x->section = p;
		x->section_len = (uint32_t)len;
		break;
	default: break;
	}
}

static bool
is_zero(const uint8_t *p, size_t n)
{
	uint8_t all = 0;
	for (size_t i = 0; i < n; i++)
		all |= p[i];
	return all == 0;
}

static void
addr_set(struct addr *a, uint8_t fam, const uint8_t *p)
{
	const size_t n = fam == 4 ? 4 : 16;
	a->fam = fam;
	memcpy(a->b, p, n);
	memset(a->b + n, 0, 16 - n);
}

/* An IPv4 address has one form only. */
static void
unmap(struct addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	if (a->fam == 6 && memcmp(a->b, mapped, 12) == 0) {
		uint8_t b[4];
		memcpy(b, a->b + 12, 4);
		addr_set(a, 4, b);
	}
}

/* RFC 8158: which address of a translated flow is the line's, the configuration says. Inside, it is
 * the source before translation and the destination after it; outside, the other two. */
static void
translate(const struct msg *m, const struct tmpl *t, struct flow *f, const struct ie_raw *x)
{
	if (m->row->nat == NAT_AFTER) {
		if (HAS(t, IE_NAT_SRC4) && !is_zero(x->nat_src4, 4))
			addr_set(&f->src, 4, x->nat_src4);
		else if (HAS(t, IE_NAT_SRC6) && !is_zero(x->nat_src6, 16))
			addr_set(&f->src, 6, x->nat_src6);
		if (HAS(t, IE_NAT_SPORT) && x->nat_sport)
			f->sport = x->nat_sport;
	} else if (m->row->nat == NAT_BEFORE) {
		if (HAS(t, IE_NAT_DST4) && !is_zero(x->nat_dst4, 4))
			addr_set(&f->dst, 4, x->nat_dst4);
		else if (HAS(t, IE_NAT_DST6) && !is_zero(x->nat_dst6, 16))
			addr_set(&f->dst, 6, x->nat_dst6);
		if (HAS(t, IE_NAT_DPORT) && x->nat_dport)
			f->dport = x->nat_dport;
	}
}

static void
addresses(const struct msg *m, const struct tmpl *t, struct flow *f, const struct ie_raw *x)
{
	if (t->fam == 0) { /* room for both: one of them is zero */
		const uint64_t six = t->has & (IE_BIT(IE_SRC6) | IE_BIT(IE_DST6));
		bool four = (HAS(t, IE_SRC4) && !is_zero(f->src.b, 4)) ||
		    (HAS(t, IE_DST4) && !is_zero(f->dst.b, 4));
		f->src.fam = f->dst.fam = 4;
		if (six && !four) {
			static const uint8_t none[16];
			addr_set(&f->src, 6, !HAS(t, IE_SRC6) ? none : HAS(t, IE_SRC4) ? x->src6 : f->src.b);
			addr_set(&f->dst, 6, !HAS(t, IE_DST6) ? none : HAS(t, IE_DST4) ? x->dst6 : f->dst.b);
		}
	}
	if (m->row->nat != NAT_NONE)
		translate(m, t, f, x);
	unmap(&f->src);
	unmap(&f->dst);
}

static void
icmp(const struct tmpl *t, struct flow *f, const struct ie_raw *x)
{
	if (f->proto != IPP_ICMP && f->proto != IPP_ICMP6)
		return;
	if (HAS(t, IE_ICMP_TYPE))
		f->dport = (uint16_t)(x->icmp_type << 8 | (HAS(t, IE_ICMP_CODE) ? x->icmp_code : 0));
	else if (HAS(t, IE_ICMP) && (x->icmp || !HAS(t, IE_DPORT)))
		f->dport = x->icmp;
	f->sport = 0;
}

static void
seq_is_dst(struct flow *f, uint32_t seq)
{
	if (f->proto == IPP_TCP && (f->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && f->dst.fam == 4 &&
	    seq == be32(f->dst.b))
		f->bits |= FLOW_SEQ_DST;
}

/* Times that cannot be are as good as none. */
static void
times_set(const struct msg *m, struct flow *f, msec first, msec last)
{
	last = last > m->now + MSEC_SECOND ? m->now : last;
	if (last < m->now - MSEC_DAY)
		return;
	f->last = last;
	f->first = first > last ? last : first;
	f->bits |= FLOW_TIMES;
}

static msec
msec_of(uint64_t v)
{
	return v < UINT64_C(1) << 50 ? (msec)v : 0; /* no overflow in what follows */
}

static void
times(const struct msg *m, const struct tmpl *t, struct flow *f, const struct ie_raw *x)
{
	msec first = 0, last = 0, init = HAS(t, IE_INIT) ? msec_of(x->init) : m->s->init;
	bool has_first = true, has_last = true;
	if (HAS(t, IE_FIRST) || HAS(t, IE_LAST)) {
		has_first = HAS(t, IE_FIRST);
		has_last = HAS(t, IE_LAST);
		first = has_first ? msec_of(x->first) + m->shift : 0;
		last = has_last ? msec_of(x->last) + m->shift : 0;
	} else if (HAS(t, IE_FIRST_AGO) || HAS(t, IE_LAST_AGO)) {
		has_first = HAS(t, IE_FIRST_AGO);
		has_last = HAS(t, IE_LAST_AGO);
		first = has_first ? m->now - msec_of(x->first_ago) / 1000 : 0;
		last = has_last ? m->now - msec_of(x->last_ago) / 1000 : 0;
	} else if ((HAS(t, IE_FIRST_UP) || HAS(t, IE_LAST_UP)) && (m->s->format == FORMAT_NF9 || init)) {
		has_first = HAS(t, IE_FIRST_UP);
		has_last = HAS(t, IE_LAST_UP);
		bool v9 = m->s->format == FORMAT_NF9; /* else RFC 5102 5.9.6: from when it was 0 */
		first = !has_first ? 0 : v9 ? msg_uptime(m, x->first_up) : init + x->first_up + m->shift;
		last = !has_last ? 0 : v9 ? msg_uptime(m, x->last_up) : init + x->last_up + m->shift;
	} else {
		return;
	}
	msec took = HAS(t, IE_DURATION) ? msec_of(x->duration) : 0;
	if (!has_first)
		first = last - took;
	if (!has_last)
		last = first + took;
	times_set(m, f, first, last);
}

/* flowDirection: 0 ingress, 1 egress; others say nothing (some write 255). */
static void
direction(struct flow *f, uint8_t dir)
{
	if (dir <= 1)
		f->bits |= (uint8_t)(dir ? FLOW_DIR | FLOW_EGRESS : FLOW_DIR);
}

/* RFC 5103: what came back, as a flow of its own. Where the record was metered coming in, its answer
 * was going out. */
static void
answer_of(const struct msg *m, const struct tmpl *t, const struct flow *f, const struct ie_raw *x,
    struct flow *r)
{
	*r = *f;
	r->src = f->dst;
	r->dst = f->src;
	r->sport = f->dport;
	r->dport = f->sport;
	if (f->proto == IPP_ICMP || f->proto == IPP_ICMP6) { /* a ping is answered by a pong */
		r->sport = 0;
		r->dport = f->dport == 8 << 8 ? 0 : f->dport == 128 << 8 ? 129 << 8 : f->dport;
	}
	r->in_if = f->out_if;
	r->out_if = f->in_if;
	if (f->bits & FLOW_DIR)
		r->bits ^= FLOW_EGRESS;
	r->bits &= (uint8_t)~(FLOW_SEQ_DST | FLOW_FLAGS);
	r->tcp_flags = HAS(t, IE_R_FLAGS) ? x->r_flags : 0;
	r->tcp_flags |= HAS(t, IE_R_FLAGS_TOO) ? x->r_flags_too : 0;
	if (HAS(t, IE_R_FLAGS) || HAS(t, IE_R_FLAGS_TOO))
		r->bits |= FLOW_FLAGS;
	r->bytes = HAS(t, IE_R_BYTES) ? x->r_bytes : 0;
	r->packets = HAS(t, IE_R_PACKETS) ? x->r_packets : r->bytes > 0;
	if (HAS(t, IE_R_FIRST) && x->r_first)
		times_set(m, r, msec_of(x->r_first) + m->shift,
		    HAS(t, IE_R_LAST) ? msec_of(x->r_last) + m->shift : f->last);
}

/* A sampled packet in the record: PSAMP (RFC 5477), Juniper, Cisco. False: nothing of IP. */
static bool
packet(const struct tmpl *t, struct flow *f, const struct ie_raw *x)
{
	const bool frame = HAS(t, IE_FRAME);
	size_t wire = x->section_len;
	if (frame && HAS(t, IE_FRAME_SIZE) && x->frame_size > wire)
		wire = x->frame_size;
	if (!frame && HAS(t, IE_IP_SIZE) && x->ip_size > wire)
		wire = x->ip_size;
	return packet_parse(frame ? LINK_ETHERNET : LINK_IP, x->section, x->section_len, wire, f) == 0;
}

static void
give(struct msg *m, const struct flow *f)
{
	struct flow *slot = msg_slot(m);
	if (slot != f)
		*slot = *f;
	msg_took(m);
}

/* All but the plain: f is the next slot of the batch. A forwardingStatus (89) of dropped or consumed is
 * not looked at: the line has sent it all the same. */
static void
record_finish(struct msg *m, const struct tmpl *t, struct flow *f, const struct ie_raw *x)
{
	if (t->has & (IE_BIT(IE_FRAME) | IE_BIT(IE_IP))) {
		if (!packet(t, f, x))
			return;
	} else {
		addresses(m, t, f, x);
		f->tcp_flags |= HAS(t, IE_FLAGS_TOO) ? x->flags_too : 0;
		icmp(t, f, x);
		if (HAS(t, IE_FRAGMENT) && x->fragment)
			f->bits |= FLOW_FRAGMENT;
		if (HAS(t, IE_TCP_SEQ))
			seq_is_dst(f, x->tcp_seq);
		if (f->packets == 0 && f->bytes > 0)
			f->packets = 1; /* at least: they were not exported */
	}
	if (HAS(t, IE_DIR))
		direction(f, x->dir);
	times(m, t, f, x);
	if (m->row->sampling == 0) {
		enum sampling_by by = SAMPLING_UNKNOWN;
		f->sampling = rate_find(m->s, t, f, x, &by);
		if (f->sampling != m->src->stats.sampling)
			rate_seen(m, f->sampling, by);
	}
	if (t->has & (IE_BIT(IE_R_PACKETS) | IE_BIT(IE_R_BYTES))) {
		struct flow r;
		answer_of(m, t, f, x, &r);
		if (r.packets && f->packets) {
			f->bits |= FLOW_ANSWERED;
			r.bits |= FLOW_ANSWERED;
		}
		if (f->packets)
			give(m, f);
		if (r.packets)
			give(m, &r);
	} else if (f->packets) {
		give(m, f);
	}
}

/* What is left to work out of a record of a plain template, its times as they stood there. False: it says
 * nothing. */
static inline bool
finish_plain(const struct msg *m, const struct tmpl *t, struct flow *f)
{
	const uint64_t first = (uint64_t)f->first, last = (uint64_t)f->last;
	if (t->use == USE_UPTIME) {
		f->first = msg_uptime(m, (uint32_t)first);
		f->last = msg_uptime(m, (uint32_t)last);
		f->first = f->first > f->last ? f->last : f->first;
		f->bits |= FLOW_TIMES;
	} else {
		f->first = f->last = m->now;
		times_set(m, f, msec_of(first) + m->shift, msec_of(last) + m->shift);
	}
	if (f->proto == IPP_ICMP || f->proto == IPP_ICMP6)
		f->sport = 0;
	if (t->fam == 6) {
		unmap(&f->src);
		unmap(&f->dst);
	}
	if (f->packets == 0 && f->bytes > 0)
		f->packets = 1;
	return f->packets;
}

#define COLUMN(type, read)                                             \
	_Pragma("GCC unroll 4")                                        \
	for (size_t i = 0; i < n; i++, p += stride, to += sizeof(struct flow)) { \
		const type v = read(p);                                \
		memcpy(to, &v, sizeof(v));                             \
	}                                                              \
	break

/* One step for n records, stride bytes apart: what a record does not need to be asked, its column is
 * asked once. Of what stands in struct ie_raw a plain template has the times only: they go where the times
 * go. */
static void
column(const struct op *o, const uint8_t *p, size_t stride, struct flow *f, size_t n)
{
	const bool raw = o->dst & OP_RAW;
	const size_t at = o->dst & ~OP_RAW;
	const bool last = at == offsetof(struct ie_raw, last_up) || at == offsetof(struct ie_raw, last);
	const bool up = at == offsetof(struct ie_raw, last_up) || at == offsetof(struct ie_raw, first_up);
	uint8_t *to = (uint8_t *)f + (!raw ? at : last ? offsetof(struct flow, last) : offsetof(struct flow, first));
	p += o->off;
	switch ((enum op_kind)(!raw ? o->kind : o->kind == OP_U32 ? OP_U32_U64 : o->kind == OP_U64 ? OP_U64 : OP_SKIP)) {
	case OP_COPY4: COLUMN(uint32_t, raw32);
	case OP_COPY16:
		for (size_t i = 0; i < n; i++, p += stride, to += sizeof(struct flow))
			memcpy(to, p, 16);
		break;
	case OP_U8: COLUMN(uint8_t, *);
	case OP_U16: COLUMN(uint16_t, be16);
	case OP_U32: COLUMN(uint32_t, be32);
	case OP_U64: COLUMN(uint64_t, be64);
	case OP_U32_U64: COLUMN(uint64_t, be32);
	case OP_U16_U32: COLUMN(uint32_t, be16);
	default: /* rarer lengths */
		for (size_t i = 0; i < n; i++, p += stride) {
			struct ie_raw x = { 0 };
			op_run(o, p, o->len, &f[i], &x);
			if (raw) {
				const uint64_t v[2][2] = { { x.first, x.last }, { x.first_up, x.last_up } };
				memcpy(last ? &f[i].last : &f[i].first, &v[up][last], sizeof(v[0][0]));
			}
		}
	}
}

/* Records of fixed length with nothing to work out but the times: by column. */
static void
flows_plain(struct msg *m, const struct tmpl *t, const struct flow *first, const uint8_t *p, size_t n)
{
	while (n > 0) {
		struct flow *f = msg_slot(m);
		size_t room = FLOW_BATCH - m->n, k = n < room ? n : room, kept = 0;
		for (size_t i = 0; i < k; i++)
			f[i] = *first;
		for (const struct op *o = t->op; o < t->op + t->ops; o++)
			column(o, p, t->len, f, k);
		for (size_t i = 0; i < k; i++) {
			if (!finish_plain(m, t, &f[i]))
				continue;
			if (kept != i)
				f[kept] = f[i];
			kept++;
		}
		m->records += (uint32_t)k;
		p += k * t->len;
		n -= k;
		m->n += kept;
		if (m->n == FLOW_BATCH)
			msg_flush(m);
	}
}

static void
option_done(struct msg *m, const struct tmpl *t, const struct flow *f, const struct ie_raw *x)
{
	if (HAS(t, IE_INIT) && x->init)
		m->s->init = msec_of(x->init);
	rate_option(m, t->has, f, x);
}

/* RFC 7011 7: one byte, or 255 and two. The field's length, p moved behind it; -1: it is not there. */
static int
field_len(const uint8_t **p, const uint8_t *end)
{
	size_t left = (size_t)(end - *p);
	int len = left >= 1 ? **p : 255;
	size_t head = len < 255 ? 1 : 3;
	if (left < head)
		return -1;
	if (head == 3)
		len = be16(*p + 1);
	*p += head;
	return len;
}

/* One record whose lengths stand in it. NULL: it is cut off. */
static const uint8_t *
record_varying(const struct tmpl *t, const uint8_t *p, const uint8_t *end, struct flow *f, struct ie_raw *x)
{
	for (const struct op *o = t->op; o < t->op + t->ops; o++) {
		int len = o->len == 0xffff ? field_len(&p, end) : o->len;
		if (len < 0 || end - p < len)
			return NULL;
		op_run(o, p, (size_t)len, f, x);
		p += len;
	}
	return p;
}

/* What all flows of a set begin as. */
static struct flow
prototype(struct msg *m, const struct tmpl *t, bool *plain)
{
	const uint64_t per_record = IE_BIT(IE_SAMPLER) | IE_BIT(IE_SELECTOR) | IE_BIT(IE_INTERVAL) |
	    IE_BIT(IE_SAMPLED) | IE_BIT(IE_SIZE) | IE_BIT(IE_PROBABILITY);
	struct flow f = { .exporter = m->exporter, .first = m->now, .last = m->now };
	f.src.fam = f.dst.fam = t->fam;
	if (t->has & (IE_BIT(IE_FLAGS) | IE_BIT(IE_FLAGS_TOO)))
		f.bits = FLOW_FLAGS;
	*plain = t->use == USE_UPTIME || t->use == USE_MSEC;
	if (m->row->sampling) {
		f.sampling = m->row->sampling;
		rate_seen(m, f.sampling, SAMPLING_CONF);
	} else if (!(t->has & per_record) && !m->s->rate_kinds) {
		f.sampling = m->s->whole;
		rate_seen(m, f.sampling, f.sampling ? SAMPLING_OPTION : SAMPLING_UNKNOWN);
	} else {
		*plain = false;
	}
	return f;
}

/* Fixed lengths: every step knows where it reads. */
static void
flows_fixed(struct msg *m, const struct tmpl *t, const uint8_t *p, const uint8_t *end)
{
	bool plain;
	struct ie_raw x = { 0 };
	const struct flow first = prototype(m, t, &plain);
	const struct op *stop = t->op + t->ops;
	const size_t len = t->len, n = (size_t)(end - p) / len;
	if (plain) {
		flows_plain(m, t, &first, p, n);
		return;
	}
	for (size_t i = 0; i < n; i++, p += len) {
		struct flow *f = msg_slot(m);
		*f = first;
		for (const struct op *o = t->op; o < stop; o++)
			op_run(o, p + o->off, o->len, f, &x);
		record_finish(m, t, f, &x);
		m->records++;
	}
}

static void
flows_varying(struct msg *m, const struct tmpl *t, const uint8_t *p, const uint8_t *end)
{
	bool plain;
	struct ie_raw x = { 0 };
	const struct flow first = prototype(m, t, &plain);
	while ((size_t)(end - p) >= t->len) {
		struct flow *f = msg_slot(m);
		*f = first;
		p = record_varying(t, p, end, f, &x);
		if (!p) {
			msg_fault(m, "RFC 7011 7: a field longer than its set");
			return;
		}
		record_finish(m, t, f, &x);
		m->records++;
	}
}

/* Options, and records that are not about flows. */
static void
others(struct msg *m, const struct tmpl *t, const uint8_t *p, const uint8_t *end)
{
	while ((size_t)(end - p) >= t->len) {
		struct flow f = { 0 };
		struct ie_raw x = { 0 };
		if (t->varies) {
			p = record_varying(t, p, end, &f, &x);
		} else if (t->use == USE_OPTIONS) {
			for (const struct op *o = t->op; o < t->op + t->ops; o++)
				op_run(o, p + o->off, o->len, &f, &x);
		}
		if (!p) {
			msg_fault(m, "RFC 7011 7: a field longer than its set");
			return;
		}
		if (t->use == USE_OPTIONS)
			option_done(m, t, &f, &x);
		p += t->varies ? 0 : t->len;
		m->records++;
	}
}

/* What is left behind the last record is padding, shorter than any (RFC 7011 3.3.1). v9 pads to four
 * bytes (RFC 3954 5.3), which with records as short as that looks like one more: zeros are none. */
void
set_decode(struct msg *m, const struct tmpl *t, const uint8_t *p, size_t n)
{
	while (m->s->format == FORMAT_NF9 && t->len < 4 && n % t->len != 0 && n > 0 && p[n - 1] == 0)
		n--;
	if (t->use == USE_OPTIONS || t->use == USE_NONE)
		others(m, t, p, p + n);
	else if (t->varies)
		flows_varying(m, t, p, p + n);
	else
		flows_fixed(m, t, p, p + n);
}
