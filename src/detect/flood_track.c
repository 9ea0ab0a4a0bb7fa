/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a suspect's room holds of floods: for the classes it sends much of, windows, ports, peers and nets, and
 * what these answer. Everything is of fixed size; of those that are too many the least gives way.
 */
#include "detect/flood.h"
#include "detect/mix.h"

#define HALVE 6 /* windows */

static void
halve(struct flood_suspect *x, uint32_t w)
{
	uint32_t n = w / HALVE - x->halved;
	if (!n)
		return;
	n = n < 31 ? n : 31;
	x->halved = w / HALVE;
	for (int i = 0; i < FLOOD_TRACKS; i++) {
		struct flood_track *t = &x->track[i];
		t->total_out >>= n;
		t->total_in >>= n;
		t->records >>= n;
		t->slow >>= n;
		t->pardon >>= n;
		for (int k = 0; k < FLOOD_TOP; k++)
			t->port_weight[k] >>= n;
	}
	for (int i = 0; i < FLOOD_PEERS; i++) {
		x->peer[i].out >>= n;
		x->peer[i].in >>= n;
		x->peer[i].size >>= n;
		x->peer[i].votes >>= n;
	}
	for (int i = 0; i < FLOOD_NETS; i++)
		x->net[i].out >>= n;
}

static void
roll_track(struct flood_track *t, uint32_t w)
{
	uint32_t n = w - t->newest;
	for (uint32_t i = 1; i <= n && i <= FLOOD_RING; i++) {
		uint32_t at = (t->newest + i) % FLOOD_RING;
		t->out[at] = t->size[at] = 0;
		t->samples[at] = 0;
	}
	if (t->slow * 2 <= t->records)
		t->pardon = n < 32 ? t->pardon >> n : 0;
	t->newest = w;
}

static void
count_port(struct flood_track *t, uint16_t port, uint32_t weight)
{
	int least = 0;
	for (int i = 0; i < FLOOD_TOP; i++) {
		if (t->port_weight[i] && t->port[i] == port) {
			t->port_weight[i] = add_sat32(t->port_weight[i], weight);
			return;
		}
		if (t->port_weight[i] < t->port_weight[least])
			least = i;
	}
	if (t->port_weight[least] > weight) {
		t->port_weight[least] -= weight; /* Misra and Gries 1982 */
		return;
	}
	t->port[least] = port;
	t->port_weight[least] = weight;
}

static void
vote(struct flood_peer *p, uint16_t port, uint32_t weight)
{
	if (p->port == port || p->votes < weight) {
		p->votes = p->port == port ? add_sat32(p->votes, weight) : weight - p->votes;
		p->port = port;
	} else {
		p->votes -= weight;
	}
}

static void
count_peer(struct flood_suspect *x, int track, const struct seen *s, uint32_t out)
{
	struct flood_peer *least = &x->peer[0], *p = NULL;
	for (int i = 0; i < FLOOD_PEERS && !p; i++) {
		struct flood_peer *q = &x->peer[i];
		if (q->track == track + 1 && addr_eq(&q->addr, s->far))
			p = q;
		else if (!q->track || q->out < least->out)
			least = q;
		if (!q->track)
			break;
	}
	if (!p && least->track && least->out > out) {
		least->out -= out;
		return;
	}
	if (!p) {
		p = least;
		*p = (struct flood_peer){ .addr = *s->far, .track = (uint8_t)(track + 1), .port = s->far_port };
	}
	p->out = add_sat32(p->out, out);
	p->size = add_sat32(p->size, (s->bytes + FLOOD_UNIT / 2) / FLOOD_UNIT);
	vote(p, s->far_port, out);
}

/* The same for the net around it: a carpet leaves no address with much. */
static void
count_net(struct flood_suspect *x, int track, const struct addr *a, uint32_t out)
{
	uint64_t net = mix_net(a);
	struct flood_net *least = &x->net[0];
	for (int i = 0; i < FLOOD_NETS; i++) {
		struct flood_net *p = &x->net[i];
		if (p->track == track + 1 && p->net == net) {
			p->out = add_sat32(p->out, out);
			return;
		}
		if (!p->track || p->out < least->out)
			least = p;
		if (!p->track)
			break;
	}
	if (least->track && least->out > out)
		least->out -= out;
	else
		*least = (struct flood_net){ .net = net, .track = (uint8_t)(track + 1), .out = out };
}

/* A record's packets go to the windows it lasted through. */
static void
spread(struct flood_track *t, const struct seen *s, uint32_t w)
{
	uint32_t last = (uint32_t)(s->f->last / (FLOOD_WINDOW * 1000));
	uint32_t first = (uint32_t)(s->f->first / (FLOOD_WINDOW * 1000));
	uint32_t n = 1;
	if (last > w || last + FLOOD_RING <= w)
		last = w;
	if (first < last)
		n = last - first + 1;
	uint64_t packets = s->packets / n, size = (s->bytes / n + FLOOD_UNIT / 2) / FLOOD_UNIT, raw = s->f->packets / n;
	for (uint32_t i = 0; i < n && i < FLOOD_RING && last - i + FLOOD_RING > w; i++) {
		uint32_t at = (last - i) % FLOOD_RING;
		bool rest = i == 0;
		t->out[at] = add_sat32(t->out[at], packets + (rest ? s->packets % n : 0));
		t->size[at] = add_sat32(t->size[at], size);
		t->samples[at] = add_sat16(t->samples[at], raw + (rest ? s->f->packets % n : 0));
	}
	t->records++;
	t->slow += n > 2;
	t->sampling = s->f->sampling;
	t->proto = s->f->proto;
}

static struct flood_track *
track_of(struct flood_suspect *x, enum flood_class c)
{
	for (int i = 0; i < FLOOD_TRACKS; i++)
		if (x->track[i].used && x->track[i].cls == c)
			return &x->track[i];
	return NULL;
}

/* Takes a suspect's room for a class that has become big; the one idle or least takes second place. */
static void
open_track(struct detect *d, const struct seen *s, enum flood_class c, uint32_t w)
{
	struct suspect *x = flood_room(d, s->line);
	if (!x)
		return;
	int give = 0;
	for (int i = 0; i < FLOOD_TRACKS; i++) {
		const struct flood_track *t = &x->flood.track[i], *g0 = &x->flood.track[give];
		if (!t->used || (g0->used && !t->hot && (g0->hot || t->newest < g0->newest)))
			give = i;
	}
	const struct flood_track *old = &x->flood.track[give];
	if (old->used && (old->hot || w - old->newest < FLOOD_RUN))
		return;
	for (int i = 0; i < FLOOD_PEERS; i++)
		if (x->flood.peer[i].track == give + 1)
			x->flood.peer[i] = (struct flood_peer){ 0 };
	for (int i = 0; i < FLOOD_NETS; i++)
		if (x->flood.net[i].track == give + 1)
			x->flood.net[i] = (struct flood_net){ 0 };
	/* What came in lately may answer what is now found to go out. */
	x->flood.track[give] = (struct flood_track){ .used = 1, .cls = (uint8_t)c, .began = w, .newest = w, .sent = w,
		.pardon = s->line->flood.in[flood_kin(s->f->proto)] };
	x->flood.halved = w / HALVE;
}

/* What a line sends that is a suspect, or is becoming one. */
void
flood_track_out(struct detect *d, const struct seen *s, struct suspect *x, uint32_t w)
{
	struct flood_state *t = &s->line->flood;
	const struct flow *f = s->f;
	enum flood_class c = (enum flood_class)s->cls;
	struct flood_track *k = x ? track_of(&x->flood, c) : NULL;
	if (!k && t->out[c] >= d->conf.numbers.flood_pps * FLOOD_WINDOW / 2) {
		open_track(d, s, c, w);
		x = suspect_of(d, s->line);
		k = x ? track_of(&x->flood, c) : NULL;
	}
	if (!x)
		return;
	for (int i = 0; i < FLOOD_TRACKS; i++)
		if (x->flood.track[i].used && x->flood.track[i].newest != w) {
			halve(&x->flood, w);
			roll_track(&x->flood.track[i], w);
			flood_weigh(d, s, x, i);
		}
	if (!k)
		return;
	if (w - k->sent > FLOOD_RING) { /* silent for long: its answers may still be on their way */
		k->began = w;
		k->pardon = add_sat32(k->pardon, t->in[flood_kin(f->proto)]);
	}
	k->sent = w;
	int no = (int)(k - x->flood.track);
	spread(k, s, w);
	uint32_t packets = s->packets < UINT32_MAX ? (uint32_t)s->packets : UINT32_MAX;
	k->total_out = add_sat32(k->total_out, packets);
	count_peer(&x->flood, no, s, packets);
	count_net(&x->flood, no, s->far, packets);
	count_port(k, s->far_port, packets);
	if (f->bits & FLOW_ANSWERED)
		k->total_in = add_sat32(k->total_in, packets);
	if (k->hot && d->claimed != s) {
		d->stats.attack_packets += s->packets;
		d->stats.attack_bytes += s->bytes;
	}
}

void
flood_track_in(struct suspect *x, const struct seen *s, unsigned kin)
{
	for (int i = 0; i < FLOOD_TRACKS; i++) {
		struct flood_track *k = &x->flood.track[i];
		if (!k->used || flood_kin(k->proto) != kin)
			continue;
		k->total_in = add_sat32(k->total_in, s->packets);
		for (int p = 0; p < FLOOD_PEERS; p++)
			if (x->flood.peer[p].track == i + 1 && addr_eq(&x->flood.peer[p].addr, s->far))
				x->flood.peer[p].in = add_sat32(x->flood.peer[p].in, s->packets);
	}
}
