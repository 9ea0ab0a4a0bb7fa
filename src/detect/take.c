/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flows in: each packet is counted once, at the one place where it crosses the edge of the network, for
 * the line it is of, with how sure that line is the sender; then the detectors see it. A batch is
 * sorted first, then worked off, each line asked for some flows ahead: the reads of the tables overlap.
 */
#include "detect/place.h"
#include "detect/population.h"
#include "detect/slots.h"
#include "detect/watch.h"

/* What is known about a flow once it is sorted; of what does not count only the first and the last. */
struct way {
	uint64_t key[2];        /* of the line that sends, of the line that gets; 0: not counted so */
	struct iface *in, *to;
	const struct bucket *bucket[2]; /* slots_ask_index()'s */
	struct line *line[2];   /* as found when asked for; may be another's by the time it is used */
	uint16_t own[2];        /* of src, of dst */
	uint64_t place;         /* population_ask()'s, of what leaves; else 0 */
	uint8_t source, cls;
	bool strange;           /* entered from customers with a source that does not belong there */
};

/* Not at this exporter's place of counting, or seen twice: it counts elsewhere. By what FLOW_DIR and
 * FLOW_EGRESS say, a bit each. */
static uint8_t
twice_of(enum meters m)
{
	uint8_t ret = 0;
	for (unsigned i = 0; i < 4; i++) {
		bool told = i & 1, egress = i & 2;
		ret |= (uint8_t)((m == METERS_BOTH ? !told || egress : told && egress != (m == METERS_EGRESS)) << i);
	}
	return ret;
}

static bool
twice(const struct detect *d, const struct flow *f)
{
	_Static_assert(FLOW_EGRESS == 2 * FLOW_DIR, "two bits beside each other");
	return d->eye[f->exporter].twice >> (f->bits / FLOW_DIR & 3) & 1;
}

/* Does what enters by `in` and leaves by `to` count? Bit 0: for the sender, bit 1: for the one it goes to. */
static unsigned
crossing(struct detect *d, const struct flow *f, const struct way *w)
{
	struct detect_stats *s = &d->stats;
	enum cross c = d->cross[w->in->side][w->to->side];
	if (c == CROSS_TAP)
		return 3;
	if (twice(d, f)) {
		s->double_dir++;
		return 0;
	}
	if (c < CROSS_TAP)
		return c;
	s->ignored += c == CROSS_IGNORED;
	s->unknown_if += c == CROSS_UNKNOWN;
	s->elsewhere += c == CROSS_ELSEWHERE;
	return 0;
}

static enum cross
cross_of(bool border, enum side in, enum side to)
{
	enum side edge = border ? SIDE_BORDER : SIDE_CUSTOMER;
	unsigned enters = in == edge, leaves = to == edge;
	if (in == SIDE_TAP || to == SIDE_TAP)
		return CROSS_TAP;
	if (enters || leaves)
		return (enum cross)(border ? leaves | enters << 1 : enters | leaves << 1);
	if (in == SIDE_IGNORE || to == SIDE_IGNORE)
		return CROSS_IGNORED;
	return in == SIDE_UNKNOWN || to == SIDE_UNKNOWN ? CROSS_UNKNOWN : CROSS_ELSEWHERE;
}

void
take_init(struct detect *d)
{
	for (unsigned in = 0; in < SIDE_N; in++)
		for (unsigned to = 0; to < SIDE_N; to++)
			d->cross[in][to] = (uint8_t)cross_of(d->conf.sights->border, (enum side)in, (enum side)to);
	for (size_t i = 0; i < d->conf.sights->exporters && i < EXPORTERS; i++)
		d->eye[i].twice = twice_of(d->conf.sights->exporter[i].meters);
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
	const struct iface_row *in = w->in->row, *to = w->to->row;
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

/* Few interfaces carry most of the traffic: where each was found last. */
static inline struct iface *
iface_of(struct detect *d, uint16_t exporter, uint32_t ifindex)
{
	struct iface **at = &d->iface_last[(ifindex ^ exporter * 5u) % IFACES_LAST], *x = *at;
	if (!x || x->exporter != exporter || x->ifindex != ifindex)
		*at = x = place_iface(d, exporter, ifindex);
	return x;
}

/* Where, whose, does it count. */
static void
sort_out(struct detect *d, const struct flow *f, struct way *w)
{
	w->key[0] = w->key[1] = w->place = 0;
	w->strange = false;
	d->stats.flows++;
	if (f->exporter >= d->conf.sights->exporters) {
		d->stats.unknown_if++;
		return;
	}
	looked(d, f);
	w->in = iface_of(d, f->exporter, f->in_if);
	w->to = iface_of(d, f->exporter, f->out_if);
	w->own[0] = own_find(d->own, &f->src);
	w->own[1] = own_find(d->own, &f->dst);
	if (!f->sampling)
		d->stats.sampling_unknown++;
	w->in->flows++;
	w->in->seen = d->sec;
	bool belongs = false;
	if (w->in->side == SIDE_CUSTOMER) {
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
	w->cls = (uint8_t)flood_class_of(f);
	for (int i = 0; i < 2; i++)
		if (w->key[i])
			w->bucket[i] = slots_ask_index(d->slots, w->key[i]);
}

/* See enum hook_kinds. */
static unsigned
kind_of(const struct seen *s)
{
	static const uint8_t place[FLOOD_N] = { [FLOOD_SYN] = 0, [FLOOD_TCP] = 1, [FLOOD_UDP] = 2, [FLOOD_ICMP] = 3,
		[FLOOD_GRE] = 3, [FLOOD_OTHER] = 3, [FLOOD_FRAGMENT] = 3 };
	unsigned proto = s->cls != FLOOD_FRAGMENT ? place[s->cls] : s->f->proto == IPP_TCP ? 1 : s->f->proto == IPP_UDP ? 2 : 3;
	return proto | (s->line->suspect ? HOOK_SUSPECT : 0) | (s->far_own ? HOOK_OWN : 0);
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
		.bytes = f->bytes * times, .source = w->source, .cls = w->cls, .place = w->place, .out = i == 0 };
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
	d->claimed = NULL;
	for (detect_hook *const *h = d->hook[i][kind_of(&s)]; *h; h++)
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

/* How many flows lie between asking for a line and using it: enough to hide the wait behind the work on
 * those before it, few enough for what was asked to be still there. */
#define AHEAD 12

static void
ask(struct detect *d, const struct flow *f, struct way *w)
{
	for (int k = 0; k < 2; k++)
		if (w->key[k])
			w->line[k] = slots_ask_line(d->slots, w->bucket[k], w->key[k]);
	if (w->key[0] && !w->own[1])
		w->place = population_ask(d, f, (enum flood_class)w->cls);
}

static void
take(struct detect *d, const struct flow *f, const struct way *w)
{
	if (w->strange)
		stranger(d, f, w);
	for (int k = 0; k < 2; k++)
		if (w->key[k])
			one_way(d, f, w, k);
}

static void
batch(struct detect *d, const struct flow *f, size_t n)
{
	struct way way[FLOW_BATCH];
	for (size_t i = 0; i < n; i++)
		sort_out(d, &f[i], &way[i]);
	for (size_t i = 0; i < n + AHEAD; i++) {
		if (i < n)
			ask(d, &f[i], &way[i]);
		if (i >= AHEAD)
			take(d, &f[i - AHEAD], &way[i - AHEAD]);
	}
}

void
detect_flows(struct detect *d, const struct flow *f, size_t n, msec now)
{
	detect_tick(d, now);
	for (size_t i = 0; i < n; i += FLOW_BATCH)
		batch(d, f + i, n - i < FLOW_BATCH ? n - i : FLOW_BATCH);
}
