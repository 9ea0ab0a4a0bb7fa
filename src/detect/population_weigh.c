/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a place a victim? What it gets in a few windows is held against what it is used to, and how many of the
 * lines that send there get nothing back, by the sample of them that was drawn. Must never accuse a place
 * whose clients are honest: where some are answered, only lines that surely are not count.
 */
#include "detect/population.h"

#define SURE  16 /* POP_SURE where packets are not sampled */
#define SURGE 4  /* times what is usual there */

/* Sums of the POP_RUN windows that end at `end`, and of the answers since. */
struct sums {
	uint64_t in, all, samples, last[2];
	uint64_t bytes, out;        /* of the fuller of the newest two */
};

static struct sums
sum(const struct pop_place *p, uint32_t end)
{
	struct sums s = { 0 };
	for (uint32_t i = 0; i < POP_RUN; i++) {
		uint32_t at = (end - i) % POP_RING;
		s.samples += p->samples[at];
		if (i > 1)
			continue;
		/* The least IP packet is no measure of a SYN: count it as 500 bytes. */
		s.last[i] = p->bytes[at] + (p->cls == FLOOD_SYN ? (uint64_t)p->out[at] * 500 : 0);
		if (p->bytes[at] >= s.bytes) {
			s.bytes = p->bytes[at];
			s.out = p->out[at];
		}
	}
	for (uint32_t i = end - POP_RUN + 1; i != p->newest + 1; i++) {
		s.in += p->in[i % POP_RING];
		s.all += p->out[i % POP_RING];
	}
	return s;
}

/* Of the sample: who is not answered, and how much that is. */
struct crowd {
	uint64_t lines, sure, big; /* unanswered; of them with enough packets to be sure; all with as many */
	uint64_t bytes;            /* a window, of those that are sure */
};

static struct crowd
crowd_of(const struct pop_place *p, uint32_t w, uint32_t ratio)
{
	struct crowd c = { 0 };
	uint32_t enough = p->sampling == 1 ? SURE : POP_SURE;
	for (int i = 0; i < POP_LINES; i++) {
		const struct pop_line *l = &p->line[i];
		if (!l->when || w - l->when > POP_RECENT || l->hash > p->limit || !l->out)
			continue;
		bool silent = (uint64_t)l->in * ratio <= l->out;
		c.lines += silent;
		c.big += l->out >= enough;
		if (!silent || l->out < enough)
			continue;
		c.sure++;
		c.bytes += (uint64_t)l->size * FLOOD_UNIT / (l->when - l->since + 1);
	}
	uint64_t times = (UINT64_C(1) << 32) / ((uint64_t)p->limit + 1);
	c.lines *= times;
	c.sure *= times;
	c.big *= times;
	c.bytes *= times;
	return c;
}

/* Half of the packets within two neighbouring sizes: a program's, not people's. */
static bool
alike(const struct pop_place *p)
{
	uint64_t all = 0, best = 0;
	for (int i = 0; i < POP_SIZES; i++) {
		uint64_t pair = (uint64_t)p->size[i] + (i ? p->size[i - 1] : 0);
		all += p->size[i];
		best = pair > best ? pair : best;
	}
	return best * 2 >= all;
}

static bool
as_usual(struct pop_place *p)
{
	p->over = 0;
	if (!p->group)
		p->usual = p->usual - p->usual / 64 + p->bytes[p->newest % POP_RING] / 64;
	return false;
}

bool
pop_weigh(const struct detect *d, struct pop_place *p, uint32_t w, struct pop_view *ret)
{
	const struct detect_numbers *num = &d->conf.numbers;
	uint64_t least = num->population_bps / 8 * POP_WINDOW; /* bytes a window */
	bool slow = p->slow * 2 > p->records;
	uint32_t best = p->newest;
	uint64_t most = 0;
	for (uint32_t i = 0; i < (slow ? POP_RING - POP_RUN : 1); i++) {
		struct sums s = sum(p, p->newest - i);
		uint64_t v = s.last[0] < s.last[1] ? s.last[0] : s.last[1];
		if (v > most) {
			most = v;
			best = p->newest - i;
		}
	}
	struct sums s = sum(p, best);
	if (most < least || s.samples < num->flood_samples || most < (uint64_t)p->usual * SURGE)
		return as_usual(p);
	struct crowd c = crowd_of(p, w, num->flood_ratio);
	struct pop_view v = { .lines = (uint32_t)c.lines, .bps = s.bytes * 8 / POP_WINDOW,
		.pps = s.out / POP_WINDOW, .permille = 1000, .answered = s.in > 0,
		.samples = s.samples > UINT32_MAX ? UINT32_MAX : (uint32_t)s.samples };
	/* No answer in a sample can be chance: as if three more had been seen (the rule of three). */
	uint64_t chance = p->sampling > 1 ? (uint64_t)p->sampling * 3 : 0;
	if ((s.in + chance) * num->flood_ratio > s.all) {
		/* Honest clients are there too: only lines that surely get nothing back count. */
		bool many = p->sampling == 1 ? c.sure * 50 >= c.lines : c.sure * 2 >= c.big;
		if (!many || c.bytes < least || !alike(p))
			c.sure = 0;
		v.lines = (uint32_t)c.sure;
		v.pps = s.bytes > c.bytes ? (uint64_t)((unsigned __int128)v.pps * c.bytes / s.bytes) : v.pps;
		v.bps = c.bytes < s.bytes ? c.bytes * 8 / POP_WINDOW : v.bps;
		v.permille = (uint32_t)(c.big ? c.sure * 1000 / c.big : 0);
	}
	if (v.lines < num->population_lines)
		return as_usual(p);
	if (!p->over)
		p->over = w;
	if (slow && w - p->over < POP_STALE) /* the answers' records may be on their way */
		return false;
	*ret = v;
	return true;
}
