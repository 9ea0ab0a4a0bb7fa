/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * D2: threshold random walk (Jung, Paxson, Berger, Balakrishnan 2004) on any TCP port: each first contact
 * that fails multiplies the likelihood ratio by 4, each that succeeds divides it by 4; never below 1. The
 * alarm at walk_failures net failures is one false line in 10^7, and fewer suffice while few lines are
 * seen: one false line in ten times as many as there are. Only where a flow's flags say whether it
 * failed: sampling known and small, and whole flows, not packets. Guards: failures must meet on few ports
 * (BitTorrent's dead peers are on as many as there are peers) and lie in several networks (a vendor's dead
 * cloud does not), or be the neighbours a worm sweeps on a port of its own; and when many lines fail at once and few succeed, the network is cut off, not infected.
 */
#include "detect/mix.h"
#include "detect/scan.h"

#include <stdlib.h>
#include <string.h>

#define SUSPICIOUS 4         /* net failures that make a suspect */
#define METS       128
#define SLICE      10        /* s */
#define OUTAGE     20        /* lines that fail in a slice */
#define LASTS      20        /* s from suspicion to alarm, at least: so long an outage may stay unseen */
#define SAME       3         /* failures that a port must have to be one that is looked for */
#define STALE      3600      /* s: what a suspect's failures are worth */
#define FEWEST     8         /* net failures, however few lines there are */

struct walk {
	uint32_t slice;
	uint32_t failed, fine;   /* lines with a failure, a success, in this slice */
	uint32_t cut;            /* s: when the network was last seen cut off; 0: never */
};

static int
walk_init(struct detect *d, void **state)
{
	(void)d;
	*state = calloc(1, sizeof(struct walk));
	return *state ? 0 : -1;
}

bool
walk_outage(const struct detect *d)
{
	const struct walk *w = d->state[DETECT_WALK];
	return w->cut && w->cut + 2 * SLICE >= d->sec;
}

static void
lines_fare(struct walk *w, struct scan_state *l, bool bad, uint32_t sec)
{
	uint32_t slice = sec / SLICE;
	if (w->slice != slice) {
		w->slice = slice;
		w->failed = w->fine = 0;
	}
	uint16_t *at = bad ? &l->fail_slice : &l->ok_slice;
	if (*at != (uint16_t)slice) {
		*at = (uint16_t)slice;
		*(bad ? &w->failed : &w->fine) += 1;
	}
	if (w->failed >= OUTAGE && w->fine < w->failed)
		w->cut = sec;
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
	if (l->mets == METS / 2) {
		memset(l->met, 0, sizeof(l->met));
		l->mets = 0;
	}
	*w |= UINT32_C(1) << bit % 32;
	l->mets++;
	return true;
}

/* At least half of the failures are on ports that several share, and they lie in several networks. */
static bool
like_a_scan(const struct detect *d, const struct suspect *x)
{
	uint32_t n = x->scan.walk.n, few = 0, nets = d->conf.numbers.scan_nets;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t same = 0;
		for (uint32_t k = 0; k < n; k++)
			same += x->scan.walk.port[k] == x->scan.walk.port[i];
		few += same >= SAME;
	}
	return 2 * few >= n && tally_nets(x->scan.walk.addr, n, UINT64_MAX, nets) >= nets;
}

/* Ports nobody is asked for across the Internet: there, fewer failures and one network will do. */
static const uint16_t worm_port[] = { 135, 139, 445, 1433, 3389, 5900 };

/* A row of neighbours, all asked for the same such port: the sweep of a worm. */
static bool
like_a_sweep(const struct detect *d, const struct suspect *x)
{
	uint32_t n = x->scan.walk.n, last = n ? n - 1 : 0, same = 0;
	bool worm = false;
	for (size_t i = 0; n && i < sizeof(worm_port) / sizeof(worm_port[0]); i++)
		worm |= worm_port[i] == x->scan.walk.port[last];
	for (uint32_t i = 0; worm && i < n; i++)
		same += x->scan.walk.port[i] == x->scan.walk.port[last] &&
		    x->scan.walk.addr[i] >> 8 == x->scan.walk.addr[last] >> 8;
	return same >= d->conf.numbers.least_samples;
}

/* Most used first. */
static void
ports_of(const struct suspect *x, uint16_t ret[FINDING_PORTS])
{
	struct tally_port p[TALLY_PORTS] = { { 0 } };
	for (uint32_t i = 0; i < x->scan.walk.n; i++)
		tally_port_add(p, x->scan.walk.port[i]);
	tally_ports(p, ret, FINDING_PORTS);
}

static void
alarm(struct detect *d, const struct seen *s, struct suspect *x, enum source source)
{
	uint32_t all = x->scan.walk.fails + x->scan.walk.goods;
	struct finding f = { .detector = DETECT_WALK, .source = (uint8_t)source, .proto = IPP_TCP, .active = 1,
		.sampling = s->f->sampling, .distinct = x->scan.walk.n, .samples = x->scan.walk.fails,
		.permille = x->scan.walk.fails * 1000 / all, .from = (msec)x->scan.walk.since * 1000,
		.to = (msec)d->sec * 1000 };
	ports_of(x, f.port);
	for (int i = 0; i < FINDING_PEERS && i < SCAN_SAMPLES; i++)
		f.sample[i] = x->scan.walk.sample[i];
	if (scan_proven(d, x, f.port[0], STALE)) {
		f.source = SOURCE_PROVEN;
		f.two_way = 1;
	}
	if (f.distinct >= d->conf.numbers.least_samples && f.samples >= d->conf.numbers.least_samples)
		found_line(d, s, &f, f.distinct);
}

static void
keep(struct suspect *x, const struct seen *s, uint32_t addr)
{
	uint32_t i = 0;
	while (i < x->scan.walk.n && x->scan.walk.addr[i] != addr)
		i++;
	if (i < x->scan.walk.n || i == SCAN_FEW)
		return;
	x->scan.walk.addr[i] = addr;
	x->scan.walk.port[i] = s->far_port;
	x->scan.walk.sample[i % SCAN_SAMPLES] = *s->far;
	x->scan.walk.n++;
}

static void
failed(struct detect *d, const struct seen *s, uint32_t addr)
{
	struct scan_state *l = &s->line->scan;
	const struct walk *w = d->state[DETECT_WALK];
	uint32_t most = needed(d);
	enum source sure = SOURCE_UNPROVEN;
	uint8_t before = l->walk[0];
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
		uint32_t unkept = x->scan.walk.since ? 0 : SUSPICIOUS - 1U;
		memset(&x->scan.walk, 0, sizeof(x->scan.walk));
		x->scan.walk.since = x->scan.walk.rose = d->sec ? d->sec : 1;
		x->scan.walk.fails = unkept; /* those that led here were counted, not kept */
	}
	if (before < SUSPICIOUS)
		x->scan.walk.rose = d->sec;
	x->scan.walk.fails++;
	keep(x, s, addr);
	if (w->cut && x->scan.walk.rose <= w->cut + SLICE) { /* what fails in an outage says nothing */
		memset(l->walk, 0, sizeof(l->walk));
		x->scan.walk.since = 0;
		d->stats.held[DETECT_WALK]++;
		return;
	}
	bool sweep = l->walk[0] >= d->conf.numbers.least_samples && like_a_sweep(d, x);
	for (unsigned i = 1; sweep && i <= SOURCE_PROVEN; i++)
		if (l->walk[i] >= d->conf.numbers.least_samples)
			sure = (enum source)i;
	if (sweep || (l->walk[0] >= most && like_a_scan(d, x))) {
		if (d->sec - x->scan.walk.rose >= LASTS)
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
	lines_fare(w, l, bad, d->sec);
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
