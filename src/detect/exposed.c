/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exchanges with both ways seen. Inbound ones a line answered are what contradicts "that port is closed"
 * (asks), and D10: strangers that were served on a port of IoT malware; weight only. Outbound ones on a
 * scanned port that carried data prove the line the sender: who forges its address cannot make the far
 * side send data. Who began: the earlier first packet, where the exporter's times say so; else the
 * higher port.
 */
#include "detect/exposed.h"

#include "detect/scan.h"

#define NEAR_MINUTES 360
#define STRANGERS_AT 3

bool
exposed_answered(const struct line *l, const uint16_t *port, int n, uint32_t when, bool *full)
{
	uint16_t minute = (uint16_t)(when / 60);
	int near = 0;
	bool found = false;
	for (int i = 0; i < SCAN_ANSWERED; i++) {
		int16_t off = (int16_t)(l->scan.answered[i].minute - minute);
		if (!l->scan.answered[i].port || off > NEAR_MINUTES || off < -NEAR_MINUTES)
			continue;
		near++;
		for (int k = 0; k < n; k++)
			found |= port[k] && l->scan.answered[i].port == port[k];
	}
	*full = near == SCAN_ANSWERED;
	return found;
}

static void
answered(struct detect *d, struct scan_state *l, uint16_t port)
{
	uint16_t minute = (uint16_t)(d->sec / 60);
	int at = 0;
	for (int i = 0; i < SCAN_ANSWERED; i++) {
		if (l->answered[i].port == port || !l->answered[i].port) {
			at = i;
			break;
		}
		if ((uint16_t)(minute - l->answered[i].minute) > (uint16_t)(minute - l->answered[at].minute))
			at = i;
	}
	l->answered[at].port = port;
	l->answered[at].minute = minute;
}

/* D10. One stranger more on a port with kinds. */
static void
stranger(struct detect *d, const struct seen *s)
{
	struct suspect *x = suspect_make(d, s->line);
	uint32_t who = tally_addr(s->far);
	uint16_t minute = (uint16_t)(d->sec / 60);
	uint32_t n = 0, at = x->scan.strangers % SCAN_STRANGERS;
	for (uint32_t i = 0; i < SCAN_STRANGERS; i++) {
		uint16_t age = (uint16_t)(minute - x->scan.stranger[i].minute);
		if (!x->scan.stranger[i].who || age > NEAR_MINUTES || x->scan.stranger[i].port != s->port)
			continue;
		n++;
		if (x->scan.stranger[i].who == who)
			return;
	}
	x->scan.stranger[at].who = who;
	x->scan.stranger[at].port = s->port;
	x->scan.stranger[at].minute = minute;
	x->scan.strangers++;
	if (++n < STRANGERS_AT) {
		suspect_raise(d, x, DETECT_EXPOSED, 100 * n);
		return;
	}
	struct finding f = { .detector = DETECT_EXPOSED, .source = SOURCE_PROVEN, .proto = s->f->proto,
		.inbound = 1, .two_way = 1, .port = { s->port }, .sampling = s->f->sampling,
		.distinct = n, .samples = n, .sample = { *s->far },
		.from = (msec)d->sec * 1000, .to = (msec)d->sec * 1000 };
	for (uint32_t i = 0; i < SCAN_STRANGERS; i++) {
		uint16_t age = (uint16_t)(minute - x->scan.stranger[i].minute);
		if (x->scan.stranger[i].who && age <= NEAR_MINUTES && x->scan.stranger[i].port == s->port &&
		    f.to - age * MSEC_MINUTE < f.from && f.to >= age * MSEC_MINUTE)
			f.from = f.to - age * MSEC_MINUTE;
	}
	found_line(d, s, &f, n);
}

/* Could the other flow of an exchange be of this one? */
static bool
speaks(const struct seen *s)
{
	const struct flow *f = s->f;
	if (f->proto != IPP_TCP || !(f->bits & FLOW_FLAGS))
		return f->proto == IPP_UDP;
	if (s->out) /* a refusal is no answer */
		return f->tcp_flags & TCP_ACK && (!(f->tcp_flags & TCP_RST) || f->packets > 1);
	return f->tcp_flags & (TCP_SYN | TCP_ACK) && f->tcp_flags != (TCP_RST | TCP_ACK);
}

/* Of a pending flow, in the lowest bits of its hash. */
enum way_bits { WAY_OUT = 1, WAY_ACK = 2, WAY_DATA = 4, WAY_BITS = 7 };

static uint32_t
way_of(const struct seen *s)
{
	uint32_t w = s->out ? WAY_OUT : 0;
	uint8_t flags = s->f->proto == IPP_TCP ? s->f->tcp_flags : 0;
	if (flags & TCP_ACK && !(flags & TCP_RST))
		w |= WAY_ACK | (flags & TCP_PSH ? WAY_DATA : 0);
	return w;
}

/* Both ways of one exchange are here: s, and one before it whose first packet was at `first`. */
static void
exchange(struct detect *d, const struct seen *s, uint32_t first, uint32_t other)
{
	const struct flow *f = s->f;
	int32_t later = (int32_t)((uint32_t)f->first - first); /* s after the other */
	uint32_t in = s->out ? other : way_of(s);
	bool inbound = s->port < s->far_port;
	if (f->bits & FLOW_TIMES && later)
		inbound = (later > 0) == s->out;
	if (inbound) {
		answered(d, &s->line->scan, s->port);
		unsigned kind = f->proto == IPP_TCP ? scan_port_kind(d, s->port) : 0;
		/* The stranger must have gone on after the SYN: scanners of the Internet do not. */
		if (kind & PORT_QUIET && in & WAY_ACK && !s->far_own)
			stranger(d, s);
		return;
	}
	struct suspect *x = suspect_of(d, s->line);
	if (x && f->proto == IPP_TCP && in & WAY_DATA && scan_port_kind(d, s->far_port) & PORT_QUIET)
		scan_data(d, x, s->far, s->far_port);
}

static bool
of_interest(struct detect *d, const struct seen *s)
{
	return exposed_looks(s->port, s->far_port) ||
	    (s->f->proto == IPP_TCP && scan_port_kind(d, s->far_port) & PORT_QUIET);
}

/* Apart from either(): what half the flows need must not cost the others a frame. */
static __attribute__((noinline)) void
remember(struct detect *d, const struct seen *s)
{
	struct scan_state *l = &s->line->scan;
	uint64_t v = (uint64_t)tally_addr(s->far) << 32 | (uint32_t)s->port << 16 | s->far_port;
	uint32_t hash = (uint32_t)tally_mix(v ^ s->f->proto) & ~(uint32_t)WAY_BITS;
	hash = hash ? hash : WAY_BITS + 1;
	for (int i = 0; i < SCAN_PENDING; i++) {
		uint32_t other = l->pending[i].hash;
		if ((other & ~(uint32_t)WAY_BITS) != hash)
			continue;
		if ((other & WAY_OUT) != s->out) {
			l->pending[i].hash = 0;
			exchange(d, s, l->pending[i].first, other);
		}
		return;
	}
	l->pending[l->next].hash = hash | way_of(s);
	l->pending[l->next].first = (uint32_t)s->f->first;
	l->next = (uint8_t)((l->next + 1) % SCAN_PENDING);
}

static void
either(struct detect *d, const struct seen *s)
{
	if (of_interest(d, s) && speaks(s) && !(s->f->bits & FLOW_FRAGMENT))
		remember(d, s);
}

const struct detector_ops exposed_ops = {
	.no = DETECT_EXPOSED,
	.protos = HOOK_TCP | HOOK_UDP,
	.any = HOOK_LOOKS | HOOK_SUSPECT,
	.out = either,
	.in = either,
};
