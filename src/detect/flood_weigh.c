/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is what a suspect sends of one class a flood? What is answered is taken off first, so that a bot behind a
 * line that watches films is seen, and a film is not. Must not call a line a flooder where the collector
 * cannot see the answers.
 */
#include "detect/flood.h"
#include "detect/mix.h"

#define PATIENCE 3   /* windows more, where records are long and their answers' records follow */
#define SILENCE  100 /* samples */

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
		} else if (run >= FLOOD_RUN) {
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

void
flood_weigh(struct detect *d, const struct seen *s, struct suspect *x, int no)
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
	if (run < FLOOD_RUN || t->newest - end > (slow ? FLOOD_RING : 2 * FLOOD_RUN)) {
		t->hot = 0;
		return;
	}
	if (slow && t->newest - t->began < FLOOD_RUN + PATIENCE)
		return;
	tell(d, s, x, no, share, run, end);
}
