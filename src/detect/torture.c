/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS water torture (D4): a line asks a resolver far more than it ever did, in queries of the length of a
 * name with a random label. A resolver of the line's own asks many servers and is not meant; a line that
 * always asked much has an average that says so.
 */
#include "detect/flood.h"
#include "detect/mix.h"

#define RUN      3
#define FEW      4  /* of 8 bits: as many resolvers a line has */
#define SHORTEST 60
#define LONGEST 90

void
torture_note(struct flood_state *t, const struct seen *s)
{
	t->dns = add_sat32(t->dns, s->packets);
	t->dns_bytes = add_sat32(t->dns_bytes, s->bytes);
	t->dns_samples = add_sat16(t->dns_samples, s->f->packets);
	t->dns_far |= (uint8_t)(1U << (mix_addr(s->far, 0) & 7));
}

static void
tell(struct detect *d, const struct seen *s, const struct flood_state *t)
{
	msec to = (msec)t->window * FLOOD_WINDOW * 1000 + FLOOD_WINDOW * 1000;
	struct finding f = { .detector = DETECT_TORTURE, .source = s->source, .proto = IPP_UDP, .active = 1,
		.flood = FLOOD_UDP, .port = { 53 }, .samples = t->dns_samples, .sampling = s->f->sampling,
		.distinct = 1, .pps = t->dns / FLOOD_WINDOW, .bps = (uint64_t)t->dns_bytes * 8 / FLOOD_WINDOW,
		.packets = t->dns, .bytes = t->dns_bytes, .mean_size = t->dns_bytes / t->dns,
		.from = to - RUN * FLOOD_WINDOW * 1000, .to = to < d->stats.now ? to : d->stats.now };
	if (f.from > f.to)
		f.from = f.to;
	if (s->f->proto == IPP_UDP && s->far_port == 53) {
		f.peer = prefix_of(s->far, addr_bits(s->far));
		f.sample[0] = *s->far;
	}
	d->stats.attack_packets += t->dns;
	d->stats.attack_bytes += t->dns_bytes;
	found_line(d, s, &f, f.pps);
}

void
torture_roll(struct detect *d, const struct seen *s, uint32_t n)
{
	struct flood_state *t = &s->line->flood;
	const struct detect_numbers *num = &d->conf.numbers;
	uint64_t usual = small_value(t->dns_usual) / 16, qps = t->dns / FLOOD_WINDOW;
	uint64_t least = usual * num->flood_times > num->torture_qps ? usual * num->flood_times : num->torture_qps;
	uint32_t mean = t->dns ? t->dns_bytes / t->dns : 0;
	bool over = qps > least && mean >= SHORTEST && mean <= LONGEST && __builtin_popcount(t->dns_far) <= FEW;
	if (over && t->dns_run < UINT8_MAX)
		t->dns_run++;
	if (over && t->dns_run >= RUN) {
		if (t->dns_samples >= num->least_samples)
			tell(d, s, t);
	} else if (t->dns || t->dns_usual) {
		t->dns_usual = flood_usual(t->dns_usual, (uint64_t)t->dns * 16 / FLOOD_WINDOW, n, num->torture_qps * 8);
	}
	if (!over || n > 1) {
		t->dns_run = 0;
		t->dns_samples = 0;
	}
	t->dns = t->dns_bytes = 0;
	t->dns_far = 0;
}
