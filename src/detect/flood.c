/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Outbound floods (D3): far more packets of one class than the line ever sent, and next to no answers from
 * those it sends to. Every line has a count by class; only where that is high a suspect's room is taken,
 * with windows, peers and what they answer. What is answered is taken off first, so that a bot behind a
 * line that watches films is seen, and a film is not. Must not call a line a flooder where the collector
 * cannot see the answers.
 */
#include "detect/flood.h"

#include <stdlib.h>

#include "detect/mix.h"

#define RUN        3       /* windows in a row */
#define PATIENCE   3       /* windows more, where records are long and their answers' records follow */
#define SILENCE    100     /* samples */
#define HALVE      6       /* windows */
#define OPENED_MAX 8192    /* lines a second that are given a suspect's room */
#define EPOCH      300     /* s */
#define SIGHT_BITS 4096

/* Are answers seen at all? Of two epochs. */
struct sight {
	uint64_t lines[SIGHT_BITS / 64]; /* that sent TCP with ACK */
	uint64_t sent, got;              /* records */
};

struct flood {
	uint32_t window; /* now */
	uint32_t sec, opened;
	uint64_t refused;
	uint32_t epoch;
	bool blind;
	struct sight sight;
};

enum flood_class
flood_class_of(const struct flow *f)
{
	if (f->bits & FLOW_FRAGMENT)
		return FLOOD_FRAGMENT;
	switch (f->proto) {
	case IPP_TCP:
		return f->bits & FLOW_FLAGS && (f->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN ?
		    FLOOD_SYN : FLOOD_TCP;
	case IPP_UDP: return FLOOD_UDP;
	case IPP_ICMP:
	case IPP_ICMP6: return FLOOD_ICMP;
	case IPP_GRE: return FLOOD_GRE;
	default: return FLOOD_OTHER;
	}
}

/* 0 tcp, 1 udp, 2 others: a flood of one is answered in the same. */
static unsigned
flood_kin(uint8_t proto)
{
	return proto == IPP_TCP ? 0 : proto == IPP_UDP ? 1 : 2;
}

bool
flood_answers(const struct flow *f)
{
	if (f->proto != IPP_TCP || !(f->bits & FLOW_FLAGS) || f->packets > 3)
		return true;
	unsigned flags = f->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN | TCP_PSH);
	return !(flags & TCP_RST) && flags != (TCP_SYN | TCP_ACK);
}

static void
flood_tick(struct detect *d)
{
	struct flood *x = d->state[DETECT_FLOOD];
	uint32_t zero = 0, epoch = d->sec / EPOCH;
	x->window = d->sec / FLOOD_WINDOW;
	if (x->epoch == epoch)
		return;
	for (size_t i = 0; i < SIGHT_BITS / 64; i++)
		zero += 64 - mix_bits(x->sight.lines[i]);
	x->blind = mix_distinct(SIGHT_BITS, zero) >= 100 && x->sight.got < x->sight.sent / 50;
	x->epoch = epoch;
	x->sight = (struct sight){ 0 };
}

static inline void
look(struct detect *d, const struct seen *s)
{
	struct flood *x = d->state[DETECT_FLOOD];
	if (!s->out) {
		x->sight.got++;
		return;
	}
	x->sight.sent++;
	if (s->f->proto == IPP_TCP && s->f->tcp_flags & TCP_ACK) {
		uint64_t h = mix64(s->line->key) % SIGHT_BITS;
		x->sight.lines[h / 64] |= UINT64_C(1) << (h & 63);
	}
}

bool
flood_blind(const struct detect *d)
{
	const struct flood *x = d->state[DETECT_FLOOD];
	return x->blind;
}

uint16_t
flood_usual(uint16_t usual, uint64_t x, uint32_t n, uint32_t cap)
{
	uint64_t u = small_value(usual);
	uint64_t most = 2 * u > cap ? 2 * u : cap;
	if (x > most)
		x = most;
	u = u + x / 256 - u / 256;
	n--; /* half after 177 windows */
	u = n / 177 < 32 ? u >> (n / 177) : 0;
	u -= u * (n % 177) / 354;
	return small_of(u > UINT32_MAX ? UINT32_MAX : (uint32_t)u);
}

/* Is this class being told of now? Then it must not become what is usual. */
static bool
is_hot(const struct flood_suspect *x, enum flood_class c)
{
	bool hot = false;
	for (int i = 0; x && i < FLOOD_TRACKS; i++)
		hot |= x->track[i].used && x->track[i].hot && x->track[i].cls == c;
	return hot;
}

static __attribute__((noinline)) void
roll_line(struct detect *d, const struct seen *s, uint32_t w)
{
	struct flood_state *t = &s->line->flood;
	uint32_t n = w - t->window;
	struct suspect *x = s->line->suspect ? suspect_of(d, s->line) : NULL;
	if (t->dns || t->dns_usual || t->dns_run)
		torture_roll(d, s, n);
	for (enum flood_class c = 0; c < FLOOD_N; c++) {
		if ((t->out[c] || t->usual[c]) && !is_hot(x ? &x->flood : NULL, c))
			t->usual[c] = flood_usual(t->usual[c], (uint64_t)t->out[c] * 16 / FLOOD_WINDOW, n,
			    d->conf.numbers.flood_pps * 8);
		t->out[c] = 0;
	}
	for (int i = 0; i < 3; i++)
		t->in[i] = n < 32 ? t->in[i] >> n : 0;
	t->window = w;
}

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

/* What of a track is not answered: of its packets, in 1/1024; 0: it is answered. */
static uint32_t
unanswered(const struct flood_suspect *x, int no, uint32_t ratio)
{
	const struct flood_track *t = &x->track[no];
	uint64_t out = t->total_out, in = (uint64_t)t->total_in + t->pardon;
	for (int i = 0; i < FLOOD_PEERS; i++) {
		const struct flood_peer *p = &x->peer[i];
		if (p->track != no + 1 || (uint64_t)p->in * ratio <= p->out)
			continue;
		out -= p->out < out ? p->out : out;
		in -= p->in < in ? p->in : in;
	}
	if (!out || in * ratio > out)
		return 0;
	/* In a sample, no answers to few packets can be chance. */
	if (t->sampling > 1 && out / t->sampling < SILENCE)
		return 0;
	return (uint32_t)(out * 1024 / t->total_out);
}

static uint16_t
port_of(const struct flood_track *t)
{
	int best = 0;
	uint64_t all = 0;
	for (int i = 0; i < FLOOD_TOP; i++) {
		all += t->port_weight[i];
		if (t->port_weight[i] > t->port_weight[best])
			best = i;
	}
	return (uint64_t)t->port_weight[best] * 10 >= all * 8 ? t->port[best] : 0;
}

/* The one it goes to, the net it goes to, or many; rest: packets not answered. */
static void
target_of(const struct flood_suspect *x, int no, uint32_t ratio, uint64_t rest, struct finding *f)
{
	const struct flood_peer *best = NULL;
	const struct flood_net *net = NULL;
	int n = 0;
	for (int i = 0; i < FLOOD_PEERS; i++) {
		const struct flood_peer *p = &x->peer[i];
		if (p->track != no + 1 || (uint64_t)p->in * ratio > p->out)
			continue;
		if (n < FINDING_PEERS)
			f->sample[n++] = p->addr;
		if (!best || p->out > best->out)
			best = p;
	}
	for (int i = 0; i < FLOOD_NETS; i++)
		if (x->net[i].track == no + 1 && (!net || x->net[i].out > net->out))
			net = &x->net[i];
	f->distinct = (uint32_t)n;
	f->port[0] = port_of(&x->track[no]);
	if (best && (uint64_t)best->out * 10 >= rest * 7) {
		f->peer = prefix_of(&best->addr, addr_bits(&best->addr));
		f->port[0] = (uint64_t)best->votes * 10 >= (uint64_t)best->out * 6 ? best->port : 0;
		f->bytes = f->packets * ((uint64_t)best->size * FLOOD_UNIT / best->out);
	} else if (net && (uint64_t)net->out * 10 >= rest * 6) {
		f->peer = mix_net_prefix(net->net);
	}
}

/* The newest run of whole windows over the limit. Their number; *ret: the newest of them. */
static uint32_t
run_of(const struct flood_track *t, uint32_t share, uint64_t limit, uint32_t *ret)
{
	uint32_t run = 0;
	for (uint32_t i = 1; i < FLOOD_RING && t->newest - i + 1 > t->began; i++) {
		uint64_t out = (uint64_t)t->out[(t->newest - i) % FLOOD_RING] * share / 1024;
		if (out > limit * FLOOD_WINDOW) {
			if (!run++)
				*ret = t->newest - i;
		} else if (run >= RUN) {
			break;
		} else {
			run = 0;
		}
	}
	return run;
}

static void
tell(struct detect *d, const struct seen *s, struct suspect *x, int no, uint32_t share, uint32_t run,
    uint32_t end)
{
	struct flood_track *t = &x->flood.track[no];
	struct finding f = { .detector = DETECT_FLOOD, .source = s->source, .proto = t->proto, .active = 1,
		.flood = t->cls, .sampling = t->sampling, .permille = share * 1000 / 1024 };
	for (uint32_t i = 0; i < run; i++) {
		uint32_t at = (end - i) % FLOOD_RING;
		f.packets += (uint64_t)t->out[at] * share / 1024;
		f.bytes += (uint64_t)t->size[at] * share * FLOOD_UNIT / 1024;
		f.samples += t->samples[at];
	}
	if (f.samples < d->conf.numbers.flood_samples || !f.packets)
		return;
	if (flood_blind(d)) {
		d->stats.held[DETECT_FLOOD]++;
		return;
	}
	target_of(&x->flood, no, d->conf.numbers.flood_ratio, (uint64_t)t->total_out * share / 1024, &f);
	if ((t->proto != IPP_TCP && t->proto != IPP_UDP) || t->cls == FLOOD_FRAGMENT)
		f.port[0] = 0;
	f.pps = f.packets / (run * FLOOD_WINDOW);
	f.bps = f.bytes * 8 / (run * FLOOD_WINDOW);
	f.mean_size = (uint32_t)(f.bytes / f.packets);
	f.to = ((msec)end + 1) * FLOOD_WINDOW * 1000;
	f.from = f.to - (msec)run * FLOOD_WINDOW * 1000;
	if (!t->hot) {
		d->stats.attack_packets += f.packets;
		d->stats.attack_bytes += f.bytes;
	}
	t->hot = 1;
	found_line(d, s, &f, f.pps);
}

static void
weigh(struct detect *d, const struct seen *s, struct suspect *x, int no)
{
	const struct detect_numbers *num = &d->conf.numbers;
	struct flood_track *t = &x->flood.track[no];
	uint64_t limit = (uint64_t)small_value(s->line->flood.usual[t->cls]) / 16 * num->flood_times;
	uint32_t end = 0, run = 0, share = unanswered(&x->flood, no, num->flood_ratio);
	if (limit < num->flood_pps)
		limit = num->flood_pps;
	if (share)
		run = run_of(t, share, limit, &end);
	bool slow = t->slow * 2 > t->records;
	if (run < RUN || t->newest - end > (slow ? FLOOD_RING : 2 * RUN)) {
		t->hot = 0;
		return;
	}
	if (slow && t->newest - t->began < RUN + PATIENCE)
		return;
	tell(d, s, x, no, share, run, end);
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
	struct flood *g = d->state[DETECT_FLOOD];
	if (g->sec != d->sec) {
		g->sec = d->sec;
		g->opened = 0;
	}
	if (g->opened >= OPENED_MAX) {
		g->refused++;
		return;
	}
	g->opened++;
	struct suspect *x = suspect_make(d, s->line);
	if (!x)
		return;
	int give = 0;
	for (int i = 0; i < FLOOD_TRACKS; i++) {
		const struct flood_track *t = &x->flood.track[i], *g0 = &x->flood.track[give];
		if (!t->used || (g0->used && !t->hot && (g0->hot || t->newest < g0->newest)))
			give = i;
	}
	const struct flood_track *old = &x->flood.track[give];
	if (old->used && (old->hot || w - old->newest < RUN))
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
static __attribute__((noinline)) void
track_out(struct detect *d, const struct seen *s, struct suspect *x, uint32_t w)
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
			weigh(d, s, x, i);
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

static inline void
count_out(struct detect *d, const struct seen *s, uint32_t w)
{
	struct flood_state *t = &s->line->flood;
	const struct flow *f = s->f;
	enum flood_class c = (enum flood_class)s->cls;
	uint64_t n = s->packets, span = f->last > f->first ? (uint64_t)(f->last - f->first) : 0;
	look(d, s);
	if (span > FLOOD_WINDOW * 1000)
		n = n * (FLOOD_WINDOW * 1000) / span;
	t->out[c] = add_sat32(t->out[c], n);
	if (s->far_port == 53 && f->proto == IPP_UDP)
		torture_note(t, s);
	struct suspect *x = s->line->suspect ? suspect_of(d, s->line) : NULL;
	if (x || t->out[c] >= d->conf.numbers.flood_pps * FLOOD_WINDOW / 2)
		track_out(d, s, x, w);
}

static __attribute__((noinline)) void
next_window(struct detect *d, const struct seen *s, uint32_t w)
{
	roll_line(d, s, w);
	count_out(d, s, w);
}

/* No call but the last one: what a window needs once must not cost every flow a frame. */
static void
flood_out(struct detect *d, const struct seen *s)
{
	uint32_t w = ((const struct flood *)d->state[DETECT_FLOOD])->window;
	if (s->line->flood.window != w)
		next_window(d, s, w);
	else
		count_out(d, s, w);
}

static __attribute__((noinline)) void
track_in(struct suspect *x, const struct seen *s, unsigned kin)
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

static void
flood_in(struct detect *d, const struct seen *s)
{
	struct flood_state *t = &s->line->flood;
	look(d, s);
	if (!flood_answers(s->f))
		return;
	unsigned kin = flood_kin(s->f->proto);
	t->in[kin] = add_sat32(t->in[kin], s->packets);
	struct suspect *x = s->line->suspect ? suspect_of(d, s->line) : NULL;
	if (x)
		track_in(x, s, kin);
}

static int
flood_init(struct detect *d, void **state)
{
	(void)d;
	*state = calloc(1, sizeof(struct flood));
	return *state ? 0 : -1;
}

const struct detector_ops flood_ops = {
	.no = DETECT_FLOOD,
	.protos = HOOK_ALL,
	.out = flood_out,
	.in = flood_in,
	.tick = flood_tick,
	.init = flood_init,
	.fini = free,
};
