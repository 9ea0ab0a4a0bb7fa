/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * D2: threshold random walk (Jung, Paxson, Berger, Balakrishnan 2004) on any TCP port: each first contact
 * that fails multiplies the likelihood ratio by 4, each that succeeds divides it by 4; never below 1. The
 * alarm at walk_failures net failures is one false line in 10^7, and fewer suffice while few lines are
 * seen: one false line in ten times as many as there are. Only where a flow's flags say whether it
 * failed: sampling known and small, and whole flows, not packets. Guards: failures must meet on few ports
 * (BitTorrent's dead peers are on as many as there are peers) and lie in several networks (a vendor's dead
 * cloud does not), or be many neighbours in one, on one port, which no name leads to; and when many lines fail at once and few succeed, the network is cut off, not infected.
 */
#include "detect/scan.h"

#include <stdlib.h>

#define SUSPICIOUS 4         /* net failures that make a suspect */
#define METS       128
#define OUTAGE     20        /* lines that fail in a minute */
#define FEW_PORTS  4         /* that must hold half of the failures */
#define STALE      3600      /* s: what a suspect's failures are worth */
#define FEWEST     8         /* net failures, however few lines there are */
#define SWEEP      5         /* kept addresses of one /24: with those before them, eight */

struct walk {
	uint32_t minute;
	uint32_t failed, fine;   /* lines with a failure, a success, in this minute */
	bool outage;             /* as the last minute was */
};

static int
walk_init(struct detect *d, void **state)
{
	(void)d;
	*state = calloc(1, sizeof(struct walk));
	return *state ? 0 : -1;
}

static bool
cut_off(const struct walk *w)
{
	return w->failed >= OUTAGE && w->fine < w->failed;
}

bool
walk_outage(const struct detect *d)
{
	const struct walk *w = d->state[DETECT_WALK];
	return w->outage || cut_off(w);
}

static void
minute_turn(struct walk *w, uint32_t sec)
{
	if (w->minute == sec / 60)
		return;
	w->outage = cut_off(w) && w->minute + 1 == sec / 60;
	w->minute = sec / 60;
	w->failed = w->fine = 0;
}

/* Net failures that are one false alarm in ten times the lines seen: 4 to their power, a / (1 - b) of
 * Jung et al. with a = 0.1 / lines. */
static uint32_t
needed(const struct detect *d)
{
	uint32_t n = 0, most = d->conf.numbers.walk_failures;
	for (uint64_t v = 1; v < 10 * d->stats.lines; v *= 4)
		n++;
	n = n > FEWEST ? n : FEWEST;
	return n < most ? n : most;
}

/* First contact with that address? The filter forgets all when half full. */
static bool
met_first(struct scan_state *l, uint32_t addr)
{
	uint32_t bit = (uint32_t)(tally_mix(addr) >> 57);
	_Static_assert(METS == 128, "seven bits");
	uint32_t *w = &l->met[bit / 32];
	if (*w & UINT32_C(1) << bit % 32)
		return false;
	unsigned n = 0;
	for (int i = 0; i < 4; i++)
		n += (unsigned)__builtin_popcount(l->met[i]);
	if (n >= METS / 2)
		for (int i = 0; i < 4; i++)
			l->met[i] = 0;
	*w |= UINT32_C(1) << bit % 32;
	return true;
}

/* One address after the other of one small network, on one port. */
static bool
sweeps(const struct suspect *x, uint32_t most_used, uint32_t all)
{
	uint32_t best = 0;
	for (uint32_t i = 0; i < x->scan.walk.n; i++) {
		uint32_t k = 0;
		for (uint32_t j = 0; j < x->scan.walk.n; j++)
			k += x->scan.walk.addr[i] >> 8 == x->scan.walk.addr[j] >> 8;
		best = k > best ? k : best;
	}
	return best >= SWEEP && 10 * most_used >= 9 * all;
}

/* What the failures of x have in common: enough ports in common, networks in which they lie. */
static bool
like_a_scan(const struct detect *d, const struct suspect *x)
{
	uint16_t top[FEW_PORTS];
	uint32_t all = 0, few = 0, first = 0;
	tally_ports(x->scan.walk.port, top, FEW_PORTS);
	for (int i = 0; i < TALLY_PORTS; i++) {
		all += x->scan.walk.port[i].n;
		for (int k = 0; k < FEW_PORTS; k++)
			if (x->scan.walk.port[i].n && x->scan.walk.port[i].port == top[k])
				few += x->scan.walk.port[i].n;
		if (x->scan.walk.port[i].n > first)
			first = x->scan.walk.port[i].n;
	}
	uint32_t nets = d->conf.numbers.scan_nets;
	if (sweeps(x, first, all))
		return true;
	return 2 * few > all && tally_nets(x->scan.walk.addr, x->scan.walk.n, UINT64_MAX, nets) >= nets;
}

static void
alarm(struct detect *d, const struct seen *s, struct suspect *x, enum source source)
{
	uint32_t all = x->scan.walk.fails + x->scan.walk.goods;
	struct finding f = { .detector = DETECT_WALK, .source = (uint8_t)source, .proto = IPP_TCP, .active = 1,
		.sampling = s->f->sampling, .distinct = x->scan.walk.n, .samples = x->scan.walk.fails,
		.permille = x->scan.walk.fails * 1000 / all, .from = (msec)x->scan.walk.since * 1000,
		.to = (msec)d->sec * 1000 };
	tally_ports(x->scan.walk.port, f.port, FINDING_PORTS);
	for (int i = 0; i < FINDING_PEERS && i < SCAN_SAMPLES; i++)
		f.sample[i] = x->scan.walk.sample[i];
	if (scan_proven(d, x, f.port[0], STALE)) {
		f.source = SOURCE_PROVEN;
		f.two_way = 1;
	}
	/* Those that made it a suspect were first contacts, too. */
	if (x->scan.walk.fails > f.distinct && x->scan.walk.fails < METS / 2)
		f.distinct += SUSPICIOUS - 1;
	if (f.distinct >= d->conf.numbers.least_samples && f.samples >= d->conf.numbers.least_samples)
		found_line(d, s, &f, f.distinct);
}

static void
failed(struct detect *d, const struct seen *s, uint32_t addr)
{
	struct scan_state *l = &s->line->scan;
	uint32_t most = needed(d);
	enum source sure = SOURCE_UNPROVEN;
	for (unsigned i = 0; i <= s->source; i++) {
		if (l->walk[i] < most && l->walk[i] < UINT8_MAX)
			l->walk[i]++;
		if (l->walk[i] >= most)
			sure = (enum source)i; /* forged packets must not make true ones look worse */
	}
	if (l->walk[0] < SUSPICIOUS)
		return;
	struct suspect *x = suspect_make(d, s->line);
	if (!x->scan.walk.since || x->scan.walk.since + STALE < d->sec) {
		uint32_t before = x->scan.walk.since ? 0 : SUSPICIOUS - 1U;
		__builtin_memset(&x->scan.walk, 0, sizeof(x->scan.walk));
		x->scan.walk.since = d->sec ? d->sec : 1;
		x->scan.walk.fails = before; /* those that led here were counted, not kept */
	}
	x->scan.walk.fails++;
	tally_port_add(x->scan.walk.port, s->far_port);
	uint32_t i = 0;
	while (i < x->scan.walk.n && x->scan.walk.addr[i] != addr)
		i++;
	if (i == x->scan.walk.n && i < SCAN_FEW) {
		x->scan.walk.addr[i] = addr;
		x->scan.walk.sample[i % SCAN_SAMPLES] = *s->far;
		x->scan.walk.n++;
	}
	if (l->walk[0] >= most && like_a_scan(d, x)) {
		if (walk_outage(d))
			d->stats.held[DETECT_WALK]++;
		else
			alarm(d, s, x, sure);
		return;
	}
	if (most)
		suspect_raise(d, x, DETECT_WALK, 900U * l->walk[0] / most);
}

static void
walk_out(struct detect *d, const struct seen *s)
{
	const struct flow *f = s->f;
	if (!(f->bits & FLOW_FLAGS) || f->bits & FLOW_PACKET || !f->sampling ||
	    f->sampling > d->conf.numbers.walk_sampling)
		return;
	bool bad = syn_only(f);
	/* Whole flows: an ACK and one packet more. Of sampled ones any ACK of the client will do. */
	bool good = f->tcp_flags & TCP_ACK && (f->sampling > 1 || (f->tcp_flags & TCP_SYN && f->packets >= 2));
	if (!bad && !good)
		return;
	struct walk *w = d->state[DETECT_WALK];
	struct scan_state *l = &s->line->scan;
	uint16_t minute = (uint16_t)(d->sec / 60);
	minute_turn(w, d->sec);
	if (bad && l->fail_minute != minute) {
		l->fail_minute = minute;
		w->failed++;
	}
	if (good && l->ok_minute != minute) {
		l->ok_minute = minute;
		w->fine++;
	}
	uint32_t addr = tally_addr(s->far);
	if (!met_first(l, addr))
		return;
	if (bad) {
		failed(d, s, addr);
		return;
	}
	for (unsigned i = 0; i <= s->source; i++)
		if (l->walk[i] > 0)
			l->walk[i]--;
	struct suspect *x = suspect_of(d, s->line);
	if (x)
		x->scan.walk.goods++;
}

static void
walk_memory(const void *state, struct memory_row *ret)
{
	(void)state;
	*ret = (struct memory_row){ "outages", 1, 1, sizeof(struct walk), sizeof(struct walk) };
}

const struct detector_ops walk_ops = {
	.no = DETECT_WALK,
	.protos = HOOK_TCP,
	.out = walk_out,
	.init = walk_init,
	.fini = free,
	.memory = walk_memory,
};
