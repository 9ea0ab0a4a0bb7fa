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
	struct iface *in;
	struct slot_asked asked[2];  /* slots_ask_index()'s */
	struct line *line[2];   /* as found when asked for; may be another's by the time it is used */
	uint16_t own[2];        /* of src, of dst */
	uint64_t place;         /* population_ask()'s, of what leaves; else 0 */
	uint8_t source, cls;
	bool strange;           /* entered from customers with a source that does not belong there */
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
	*x = (struct crossway){ 0 };
	x->in = place_iface(d, f->exporter, f->in_if);
	x->to = place_iface(d, f->exporter, f->out_if);
	enum cross c = cross_of(s->border, (enum side)x->in->side, (enum side)x->to->side);
	_Static_assert(FLOW_EGRESS == 2 * FLOW_DIR, "two bits beside each other");
	for (unsigned i = 0; i < 4; i++)
		x->cross[i] = (uint8_t)(c == CROSS_TAP ? CROSS_BOTH :
		    twice(s->exporter[f->exporter].meters, i & 1, i & 2) ? CROSS_TWICE : c);
	for (unsigned i = 0; i < 2; i++)
		x->source[i] = (uint8_t)bound(s->border, x->in->row, x->to->row, i);
}

/* Few pairs of interfaces carry most of the traffic; of an interface that gave way to another the numbers
 * no longer agree. */
static inline struct crossway *
crossway_of(struct detect *d, const struct flow *f)
{
	uint32_t h = f->in_if * UINT32_C(0x9e3779b1) ^ f->out_if * UINT32_C(0x85ebca77) ^ f->exporter * UINT32_C(0xc2b2ae3d);
	struct crossway *x = &d->crossway[h >> 20 & (CROSSWAYS - 1)];
	if (!x->in || x->in->ifindex != f->in_if || x->to->ifindex != f->out_if ||
	    x->in->exporter != f->exporter || x->to->exporter != f->exporter)
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
	struct crossway *x = crossway_of(d, f);
	w->in = x->in;
	w->own[0] = own_find(d->own, &f->src);
	w->own[1] = own_find(d->own, &f->dst);
	if (!f->sampling)
		d->stats.sampling_unknown++;
	w->in->flows++;
	w->in->seen = d->sec;
	bool belongs = false;
	if (w->in->side == SIDE_CUSTOMER) {
		if (w->in->row->prefixes)
			belongs = belongs_there(d, x, &f->src, w->own[0]);
		w->strange = w->in->row->prefixes ? !belongs : !w->own[0];
		w->in->strange += w->strange;
	}
	unsigned ways = x->cross[f->bits / FLOW_DIR & 3];
	if (ways > CROSS_BOTH) {
		not_counted(&d->stats, (enum cross)ways);
		return;
	}
	if (ways & 1 && w->own[0] && !w->strange)
		w->key[0] = own_key(d->own, w->own[0], &f->src);
	if (ways & 2 && w->own[1])
		w->key[1] = own_key(d->own, w->own[1], &f->dst);
	if (!w->key[0] && !w->key[1]) {
		d->stats.foreign++;
		return;
	}
	d->stats.counted++;
	w->source = exchanged(f) ? SOURCE_PROVEN : x->source[belongs];
	w->cls = (uint8_t)flood_class_of(f);
	for (int i = 0; i < 2; i++)
		if (w->key[i])
			w->asked[i] = slots_ask_index(d->slots, w->key[i], own_place(d->own, w->own[i], w->key[i]));
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
		s.line = slots_line(d, w->asked[i], w->key[i], w->own[i], i == 0);
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
			w->line[k] = slots_ask_line(d->slots, w->asked[k], w->key[k]);
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
