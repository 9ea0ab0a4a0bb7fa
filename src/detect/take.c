/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flows in: each packet is counted once, at the one place where it crosses the edge of the network, for
 * the line it is of, with how sure that line is the sender; then the detectors see it. A batch is
 * sorted first, then worked off, each line asked for some flows ahead: the reads of the tables overlap.
 */
#include "detect/exposed.h"
#include "detect/mix.h"
#include "detect/place.h"
#include "detect/population.h"
#include "detect/scan.h"
#include "detect/slots.h"
#include "detect/watch.h"

/* One end of a flow that is ours and counts: the line that sends it, or the one that gets it. Or, its row being 0,
 * one that entered from customers with a source that does not belong there. */
struct end {
	struct seen s;          /* line: as found when asked for; may be another's by the time it is used */
	uint64_t key;
	struct slot_asked asked; /* slots_ask_index()'s */
	uint16_t own;           /* row of the own-prefix map */
	uint8_t kind;           /* enum hook_kinds, all but the line's */
};

/* What enters by one side and leaves by the other counts for. */
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

/* Not at this exporter's place of counting, or seen twice: it counts elsewhere. */
static bool
twice(enum meters m, bool told, bool egress)
{
	return m == METERS_BOTH ? !told || egress : told && egress != (m == METERS_EGRESS);
}

/* Who could have written a source that came this way (model/finding.h), unless the flow itself tells. */
static enum source
bound(bool border, const struct iface_row *in, const struct iface_row *to, bool belongs)
{
	const struct iface_row *counts = border ? to : in;
	if ((in && in->sav == SAV_STRICT) || (counts && counts->sav == SAV_STRICT))
		return SOURCE_PROVEN;
	return belongs || (in && in->sav == SAV_LOOSE) || (counts && counts->sav == SAV_LOOSE) ?
	    SOURCE_BOUND : SOURCE_UNPROVEN;
}

static __attribute__((noinline)) void
crossway_make(struct detect *d, struct crossway *x, const struct flow *f)
{
	const struct sights *s = d->conf.sights;
	struct iface *in = place_iface(d, f->exporter, f->in_if);
	in->seen = d->sec;
	struct iface *to = place_iface(d, f->exporter, f->out_if);
	bool gone = in == to && f->in_if != f->out_if; /* the table is full of interfaces seen just now */
	*x = (struct crossway){ .in = in, .ifs = (uint64_t)f->in_if << 32 | f->out_if, .exporter = f->exporter,
		.moves = d->moves - gone };
	enum cross c = cross_of(s->border, (enum side)in->side, (enum side)to->side);
	_Static_assert(FLOW_EGRESS == 2 * FLOW_DIR, "two bits beside each other");
	for (unsigned i = 0; i < 4; i++)
		x->cross[i] = (uint8_t)(c == CROSS_TAP ? CROSS_BOTH :
		    twice(s->exporter[f->exporter].meters, i & 1, i & 2) ? CROSS_TWICE : c);
	for (unsigned i = 0; i < 2; i++)
		x->source[i] = (uint8_t)bound(s->border, in->row, to->row, i);
}

/* Few pairs of interfaces carry most of the traffic. */
static inline struct crossway *
crossway_of(struct detect *d, const struct flow *f)
{
	uint64_t ifs = (uint64_t)f->in_if << 32 | f->out_if;
	uint64_t h = (ifs + f->exporter * UINT64_C(0xc2b2ae3d27d4eb4f)) * UINT64_C(0x9e3779b97f4a7c15);
	struct crossway *x = &d->crossway[h >> 32 & (CROSSWAYS - 1)];
	if (x->ifs != ifs || x->exporter != f->exporter || x->moves != d->moves)
		crossway_make(d, x, f);
	return x;
}

static __attribute__((noinline)) void
not_counted(struct detect_stats *s, enum cross c)
{
	s->double_dir += c == CROSS_TWICE;
	s->ignored += c == CROSS_IGNORED;
	s->unknown_if += c == CROSS_UNKNOWN;
	s->elsewhere += c == CROSS_ELSEWHERE;
}

/* It went on after the answer, with what only the answer could tell it (RFC 9293 3.5): whoever forges the
 * source never sees that. Of a datagram or a lone SYN an answer proves nothing, for it went elsewhere. */
static bool
exchanged(const struct flow *f)
{
	return f->bits & FLOW_ANSWERED && f->proto == IPP_TCP && f->tcp_flags & TCP_ACK && f->packets >= 2;
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

static __attribute__((noinline)) void
look_within(struct detect *d, struct crossway *x, bool six, uint16_t own)
{
	x->looked[six] = true;
	if (place_within(d->places, x->in->row, &own_row(d->own, own)->row->lpm.prefix))
		x->within[six] = own;
}

/* Does a source of own row `own` belong behind x->in, which names what does? One own row is most of it. */
static inline bool
belongs_there(struct detect *d, struct crossway *x, const struct addr *src, uint16_t own)
{
	bool six = src->fam == 6;
	if (own && !x->looked[six])
		look_within(d, x, six, own);
	return (own && own == x->within[six]) || place_belongs(d->places, x->in->row, src);
}

/* The bit of enum hook_protos. */
static unsigned
hook_of(const struct flow *f, enum flood_class c)
{
	static const uint8_t place[FLOOD_N] = { [FLOOD_SYN] = 0, [FLOOD_TCP] = 1, [FLOOD_UDP] = 2, [FLOOD_ICMP] = 3,
		[FLOOD_GRE] = 3, [FLOOD_OTHER] = 3, [FLOOD_FRAGMENT] = 3 };
	if (c != FLOOD_FRAGMENT)
		return place[c];
	return f->proto == IPP_TCP ? 1 : f->proto == IPP_UDP ? 2 : 3;
}

static inline void
end_add(struct detect *d, struct end *x, const struct flow *f, struct iface *in, bool out, uint16_t own,
    uint16_t far_own, enum flood_class c, enum source source)
{
	uint16_t port = out ? f->sport : f->dport, far_port = out ? f->dport : f->sport;
	uint64_t times = f->sampling ? f->sampling : 1;
	x->key = own_key(d->own, own, out ? &f->src : &f->dst);
	x->asked = slots_ask_index(d->slots, x->key, own_place(d->own, own, x->key));
	x->own = own;
	x->kind = (uint8_t)(hook_of(f, c) | d->listed | (far_own ? HOOK_OWN : 0) |
	    (exposed_looks(port, far_port) ? HOOK_LOOKS : 0) | (out && scan_port_kind(d, far_port) ? HOOK_PORT : 0));
	x->s = (struct seen){ .f = f, .in = in, .packets = f->packets * times, .bytes = f->bytes * times,
		.far = out ? &f->dst : &f->src, .far_port = far_port, .port = port, .far_own = far_own,
		.source = (uint8_t)source, .cls = (uint8_t)c, .out = out,
		.place = out && !far_own ? population_ask(d, f, c) : 0 };
}

static __attribute__((noinline)) void
end_strange(struct end *x, const struct flow *f, struct iface *in, uint16_t far_own)
{
	uint64_t times = f->sampling ? f->sampling : 1;
	in->strange++;
	x->own = 0;
	x->s = (struct seen){ .f = f, .in = in, .packets = f->packets * times, .bytes = f->bytes * times,
		.far = &f->dst, .far_port = f->dport, .port = f->sport, .far_own = far_own, .out = true };
}

/* Where, whose, does it count: up to two ends, behind those before. */
static inline struct end *
sort_out(struct detect *d, const struct flow *f, struct end *x)
{
	d->stats.flows++;
	if (f->exporter >= d->conf.sights->exporters) {
		d->stats.unknown_if++;
		return x;
	}
	looked(d, f);
	struct crossway *way = crossway_of(d, f);
	struct iface *in = way->in;
	uint16_t src = own_find(d->own, &f->src), dst = own_find(d->own, &f->dst);
	if (!f->sampling)
		d->stats.sampling_unknown++;
	in->flows++;
	in->seen = d->sec;
	bool belongs = false, strange = false;
	if (in->side == SIDE_CUSTOMER) {
		if (in->row->prefixes)
			belongs = belongs_there(d, way, &f->src, src);
		strange = in->row->prefixes ? !belongs : !src;
		if (strange)
			end_strange(x++, f, in, dst);
	}
	unsigned ways = way->cross[f->bits / FLOW_DIR & 3];
	if (ways > CROSS_BOTH) {
		not_counted(&d->stats, (enum cross)ways);
		return x;
	}
	enum flood_class c = flood_class_of(f);
	enum source source = exchanged(f) ? SOURCE_PROVEN : (enum source)way->source[belongs];
	const struct end *first = x;
	if (ways & 1 && src && !strange)
		end_add(d, x++, f, in, true, src, dst, c, source);
	if (ways & 2 && dst)
		end_add(d, x++, f, in, false, dst, src, c, source);
	if (x > first)
		d->stats.counted++;
	else
		d->stats.foreign++;
	return x;
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

static inline void
one_way(struct detect *d, struct end *x, bool out)
{
	struct seen *s = &x->s;
	*(out ? &d->stats.out_packets : &d->stats.in_packets) += s->packets;
	*(out ? &d->stats.out_bytes : &d->stats.in_bytes) += s->bytes;
	/* Only who sends gets state: a scan of our whole space makes no line. */
	struct line *l = s->line;
	if (!l || l->key != x->key)
		s->line = l = slots_line(d, x->asked, x->key, x->own, out);
	if (!l)
		return;
	if (!l->minute) /* new */
		watch_line(d, l);
	l->seen = d->sec;
	l->exporter = s->f->exporter;
	l->sampling = s->f->sampling;
	if (out) {
		l->iface = (uint16_t)(s->in - d->iface + 1);
		rate(d, l, s);
	}
	if (l->watch)
		watch_keep(d, l, s->f);
	d->claimed = NULL;
	unsigned kind = x->kind | (l->suspect ? HOOK_SUSPECT : 0);
	for (detect_hook *const *h = d->hook[out][kind]; *h; h++)
		(*h)(d, s);
}

static __attribute__((noinline)) void
stranger(struct detect *d, const struct seen *s)
{
	for (size_t k = 0; detectors[k]; k++)
		if (detectors[k]->strange)
			detectors[k]->strange(d, s);
}

static inline void
ask(struct detect *d, struct end *x)
{
	if (x->own)
		x->s.line = slots_ask_line(d->slots, x->asked, x->key);
}

static inline void
take(struct detect *d, struct end *x)
{
	if (!x->own)
		stranger(d, &x->s);
	else if (x->s.out)
		one_way(d, x, true);
	else
		one_way(d, x, false);
}

/* How many ends lie between asking for a line and using it: enough to hide the wait behind the work on
 * those before it, few enough for what was asked to be still there. */
#define AHEAD 12

static void
batch(struct detect *d, const struct flow *f, size_t flows)
{
	struct end end[2 * FLOW_BATCH], *x = end;
	for (size_t i = 0; i < flows; i++)
		x = sort_out(d, &f[i], x);
	size_t n = (size_t)(x - end), ahead = n < AHEAD ? n : AHEAD;
	for (size_t i = 0; i < ahead; i++)
		ask(d, &end[i]);
	for (size_t i = ahead; i < n; i++) {
		ask(d, &end[i]);
		take(d, &end[i - ahead]);
	}
	for (size_t i = n - ahead; i < n; i++)
		take(d, &end[i]);
}

void
detect_flows(struct detect *d, const struct flow *f, size_t n, msec now)
{
	detect_tick(d, now);
	for (size_t i = 0; i < n; i += FLOW_BATCH)
		batch(d, f + i, n - i < FLOW_BATCH ? n - i : FLOW_BATCH);
}
