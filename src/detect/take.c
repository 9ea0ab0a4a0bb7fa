/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flows in: each packet is counted once, at the one place where it crosses the edge of the network, for
 * the line it is of, with how sure that line is the sender; then the detectors see it. A batch goes in
 * three passes, so that the reads of the tables overlap.
 */
#include "detect/place.h"
#include "detect/population.h"
#include "detect/slots.h"
#include "detect/watch.h"

/* What pass one knows about a flow. */
struct way {
	struct iface *in, *to;
	uint64_t key[2];        /* of the line that sends, of the line that gets; 0: not counted so */
	struct line *line[2];   /* as pass two found them; may be another's by pass three */
	uint16_t own[2];        /* of src, of dst */
	uint8_t source;
	bool strange;           /* entered from customers with a source that does not belong there */
};

static bool
side_is(const struct iface *i, enum side s)
{
	return i && i->row && i->row->side == s;
}

/* Not at this exporter's place of counting, or seen twice: it counts elsewhere. */
static bool
twice(const struct detect *d, const struct flow *f)
{
	enum meters m = d->conf.sights->exporter[f->exporter].meters;
	bool told = f->bits & FLOW_DIR, egress = f->bits & FLOW_EGRESS;
	return m == METERS_BOTH ? !told || egress : told && egress != (m == METERS_EGRESS);
}

/* Does what enters or leaves here count? Bit 0: for the sender, bit 1: for the one it goes to. */
static unsigned
crossing(struct detect *d, const struct flow *f, const struct way *w)
{
	struct detect_stats *s = &d->stats;
	if (side_is(w->in, SIDE_TAP) || side_is(w->to, SIDE_TAP))
		return 3;
	if (twice(d, f)) {
		s->double_dir++;
		return 0;
	}
	enum side edge = d->conf.sights->border ? SIDE_BORDER : SIDE_CUSTOMER;
	bool in = side_is(w->in, edge), out = side_is(w->to, edge);
	unsigned ways = edge == SIDE_BORDER ? (unsigned)(out | in << 1) : (unsigned)(in | out << 1);
	if (ways)
		return ways;
	if (side_is(w->in, SIDE_IGNORE) || side_is(w->to, SIDE_IGNORE))
		s->ignored++;
	else if (!w->in || !w->in->row || !w->to || !w->to->row)
		s->unknown_if++;
	else
		s->elsewhere++;
	return 0;
}

/* It went on after the answer, with what only the answer could tell it (RFC 9293 3.5): whoever forges the
 * source never sees that. Of a datagram or a lone SYN an answer proves nothing, for it went elsewhere. */
static bool
exchanged(const struct flow *f)
{
	return f->bits & FLOW_ANSWERED && f->proto == IPP_TCP && f->tcp_flags & TCP_ACK && f->packets >= 2;
}

/* Who could have written that source (model/finding.h). */
static enum source
sure(const struct detect *d, const struct flow *f, const struct way *w, bool belongs)
{
	const struct iface_row *in = w->in ? w->in->row : NULL, *to = w->to ? w->to->row : NULL;
	const struct iface_row *counts = d->conf.sights->border ? to : in;
	if (exchanged(f) || (in && in->sav == SAV_STRICT) || (counts && counts->sav == SAV_STRICT))
		return SOURCE_PROVEN;
	if (belongs || (in && in->sav == SAV_LOOSE) || (counts && counts->sav == SAV_LOOSE))
		return SOURCE_BOUND;
	return SOURCE_UNPROVEN;
}

#define GAP 900 /* s of silence after which an exporter begins anew to have seen all */

static void
looked(struct detect *d, const struct flow *f)
{
	struct eye *e = &d->eye[f->exporter];
	if (e->last != d->sec) {
		if (e->last + GAP < d->sec)
			e->since = d->sec;
		e->last = d->sec;
	}
	e->sampling = f->sampling;
}

static struct iface *
iface_of(struct detect *d, int way, uint16_t exporter, uint32_t ifindex)
{
	struct iface *x = d->iface_last[way];
	if (!x || !x->used || x->exporter != exporter || x->ifindex != ifindex)
		d->iface_last[way] = x = place_iface(d, exporter, ifindex);
	return x;
}

/* Pass one: where, whose, does it count. */
static void
sort_out(struct detect *d, const struct flow *f, struct way *w)
{
	*w = (struct way){ 0 };
	d->stats.flows++;
	if (f->exporter >= d->conf.sights->exporters) {
		d->stats.unknown_if++;
		return;
	}
	looked(d, f);
	w->in = iface_of(d, 0, f->exporter, f->in_if);
	w->to = iface_of(d, 1, f->exporter, f->out_if);
	w->own[0] = own_find(d->own, &f->src);
	w->own[1] = own_find(d->own, &f->dst);
	if (!f->sampling)
		d->stats.sampling_unknown++;
	w->in->flows++;
	w->in->seen = d->sec;
	bool belongs = false;
	if (side_is(w->in, SIDE_CUSTOMER)) {
		if (w->in->row->prefixes)
			belongs = place_belongs(d->places, w->in->row, &f->src);
		w->strange = w->in->row->prefixes ? !belongs : !w->own[0];
		w->in->strange += w->strange;
	}
	unsigned ways = crossing(d, f, w);
	if (!ways)
		return;
	if (ways & 1 && w->own[0] && !w->strange)
		w->key[0] = own_key(d->own, w->own[0], &f->src);
	if (ways & 2 && w->own[1])
		w->key[1] = own_key(d->own, w->own[1], &f->dst);
	if (!w->key[0] && !w->key[1]) {
		d->stats.foreign++;
		return;
	}
	d->stats.counted++;
	w->source = (uint8_t)sure(d, f, w, belongs);
	for (int i = 0; i < 2; i++)
		if (w->key[i])
			slots_ask_index(d->slots, w->key[i]);
}

/* The place of its bit in enum hook_protos. */
static unsigned
kind_of(const struct flow *f)
{
	return f->proto == IPP_TCP ? 0 : f->proto == IPP_UDP ? 1 : 2;
}

static void
rate(struct detect *d, struct line *l, const struct seen *s)
{
	uint32_t minute = d->sec / 60;
	if (l->minute != minute) {
		l->out[1] = l->out[0];
		if (l->minute + 1 != minute)
			l->out[1].packets = 0, l->out[1].bytes = 0;
		l->out[0].packets = 0;
		l->out[0].bytes = 0;
		l->minute = minute;
	}
	uint64_t n = l->out[0].packets + s->packets;
	l->out[0].packets = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
	l->out[0].bytes += s->bytes;
}

static void
one_way(struct detect *d, const struct flow *f, const struct way *w, int i)
{
	uint64_t times = f->sampling ? f->sampling : 1;
	struct seen s = { .f = f, .in = w->in, .packets = f->packets * times,
		.bytes = f->bytes * times, .source = w->source, .out = i == 0 };
	s.far = i == 0 ? &f->dst : &f->src;
	s.far_port = i == 0 ? f->dport : f->sport;
	s.port = i == 0 ? f->sport : f->dport;
	s.far_own = w->own[!i];
	uint64_t *p = i == 0 ? &d->stats.out_packets : &d->stats.in_packets;
	uint64_t *b = i == 0 ? &d->stats.out_bytes : &d->stats.in_bytes;
	*p += s.packets;
	*b += s.bytes;
	/* Only who sends gets state: a scan of our whole space makes no line. */
	s.line = w->line[i];
	if (!s.line || s.line->key != w->key[i])
		s.line = i == 0 ? line_make(d, w->key[i], w->own[i]) : line_find(d, w->key[i]);
	if (!s.line)
		return;
	if (!s.line->minute) /* new */
		watch_line(d, s.line);
	s.line->seen = d->sec;
	s.line->exporter = f->exporter;
	s.line->sampling = f->sampling;
	if (i == 0) {
		s.line->iface = (uint16_t)(w->in - d->iface + 1);
		rate(d, s.line, &s);
	}
	if (s.line->watch)
		watch_keep(d, s.line, f);
	for (detect_hook *const *h = d->hook[i][kind_of(f)]; *h; h++)
		(*h)(d, &s);
}

static void
stranger(struct detect *d, const struct flow *f, const struct way *w)
{
	uint64_t times = f->sampling ? f->sampling : 1;
	struct seen s = { .f = f, .in = w->in, .packets = f->packets * times,
		.bytes = f->bytes * times, .far = &f->dst, .far_port = f->dport, .port = f->sport,
		.far_own = w->own[1], .out = true };
	for (size_t k = 0; detectors[k]; k++)
		if (detectors[k]->strange)
			detectors[k]->strange(d, &s);
}

static void
batch(struct detect *d, const struct flow *f, size_t n)
{
	struct way way[FLOW_BATCH];
	for (size_t i = 0; i < n; i++)
		sort_out(d, &f[i], &way[i]);
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < 2; k++)
			if (way[i].key[k])
				way[i].line[k] = slots_ask_line(d->slots, way[i].key[k]);
	for (size_t i = 0; i < n; i++)
		if (way[i].key[0] && !way[i].own[1])
			population_ask(d, &f[i]);
	for (size_t i = 0; i < n; i++) {
		if (way[i].strange)
			stranger(d, &f[i], &way[i]);
		for (int k = 0; k < 2; k++)
			if (way[i].key[k])
				one_way(d, &f[i], &way[i], k);
	}
}

void
detect_flows(struct detect *d, const struct flow *f, size_t n, msec now)
{
	detect_tick(d, now);
	for (size_t i = 0; i < n; i += FLOW_BATCH)
		batch(d, f + i, n - i < FLOW_BATCH ? n - i : FLOW_BATCH);
}
