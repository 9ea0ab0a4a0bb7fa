/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * D8: small datagrams to many addresses and high ports, hardly any answered: the peer-to-peer botnets'
 * search. BitTorrent, games and calls look like it but are answered. Weight only.
 */
#include <string.h>

#include "detect/scan.h"

#define WINDOW   600   /* s */
#define MANY     50    /* distinct address and port */
#define SMALL    92    /* IP bytes a packet: 64 of payload */
#define HIGH     1024
#define FIRST    16    /* records that make a suspect */
#define ANSWERS  100   /* permille answered, at most */
_Static_assert(MANY <= SCAN_SPRAYED, "exact");

static uint32_t
peer_of(const struct seen *s)
{
	uint32_t v = (uint32_t)tally_mix((uint64_t)tally_addr(s->far) << 16 | s->far_port);
	return v ? v : 1;
}

static void
turn(struct detect *d, struct suspect *x)
{
	uint32_t epoch = d->sec / WINDOW + 1;
	if (x->scan.spray.epoch == epoch)
		return;
	memset(&x->scan.spray, 0, sizeof(x->scan.spray));
	x->scan.spray.epoch = epoch;
}

static int
place_of(const struct suspect *x, uint32_t peer)
{
	for (uint32_t i = 0; i < x->scan.spray.n; i++)
		if (x->scan.spray.peer[i] == peer)
			return (int)i;
	return -1;
}

static void
judge(struct detect *d, const struct seen *s, struct suspect *x)
{
	uint32_t n = x->scan.spray.n, got = (uint32_t)__builtin_popcountll(x->scan.spray.answered);
	if (n < MANY) {
		if (n >= FIRST && x->told[DETECT_SPRAY].level < 300)
			suspect_raise(d, x, DETECT_SPRAY, 300);
		return;
	}
	if (got * 1000 >= n * ANSWERS)
		return;
	uint8_t source = SOURCE_UNPROVEN;
	for (int k = 0; k < 2; k++)
		if (__builtin_popcountll(x->scan.spray.sure[k]) >= MANY)
			source = (uint8_t)(k + 1);
	uint32_t from = (x->scan.spray.epoch - 1) * WINDOW, span = d->sec - from;
	struct finding f = { .detector = DETECT_SPRAY, .source = source, .proto = IPP_UDP,
		.active = 1, .sampling = s->f->sampling, .distinct = n, .samples = x->scan.spray.small,
		.permille = (n - got) * 1000 / n, .packets = x->scan.spray.packets,
		.bytes = x->scan.spray.bytes, .pps = x->scan.spray.packets / (span ? span : 1),
		.bps = x->scan.spray.bytes * 8 / (span ? span : 1), .from = (msec)from * 1000,
		.to = (msec)d->sec * 1000 };
	f.mean_size = x->scan.spray.packets ? (uint32_t)(f.bytes / f.packets) : 0;
	for (int i = 0; i < FINDING_PEERS && i < SCAN_SAMPLES; i++)
		f.sample[i] = x->scan.spray.sample[i];
	found_line(d, s, &f, f.samples);
}

static void
spray_out(struct detect *d, const struct seen *s)
{
	const struct flow *f = s->f;
	if (f->bits & FLOW_FRAGMENT || f->dport < HIGH || f->sport < HIGH || !f->packets ||
	    f->bytes / f->packets > SMALL)
		return;
	struct scan_state *l = &s->line->scan;
	struct suspect *x = suspect_of(d, s->line);
	uint16_t epoch = (uint16_t)(d->sec / WINDOW);
	if (l->spray != epoch) {
		l->spray = epoch;
		l->sprayed = 0;
	}
	if (l->sprayed < UINT16_MAX)
		l->sprayed++;
	if (l->sprayed < FIRST)
		return;
	if (!x)
		x = suspect_make(d, s->line);
	turn(d, x);
	uint32_t peer = peer_of(s), n = x->scan.spray.n;
	x->scan.spray.small++;
	x->scan.spray.packets += s->packets;
	x->scan.spray.bytes += s->bytes;
	if (n == SCAN_SPRAYED || place_of(x, peer) >= 0)
		return;
	x->scan.spray.peer[n] = peer;
	x->scan.spray.sample[n % SCAN_SAMPLES] = *s->far;
	x->scan.spray.n++;
	uint64_t bit = UINT64_C(1) << n;
	x->scan.spray.answered |= f->bits & FLOW_ANSWERED ? bit : 0;
	for (int k = 0; k < 2; k++)
		x->scan.spray.sure[k] |= s->source > k ? bit : 0;
	judge(d, s, x);
}

static void
spray_in(struct detect *d, const struct seen *s)
{
	struct suspect *x = suspect_of(d, s->line);
	if (!x || x->scan.spray.epoch != d->sec / WINDOW + 1)
		return;
	int i = place_of(x, peer_of(s));
	if (i >= 0)
		x->scan.spray.answered |= UINT64_C(1) << i;
}

const struct detector_ops spray_ops = {
	.no = DETECT_SPRAY,
	.protos = HOOK_UDP,
	.out = spray_out,
	.in = spray_in,
};
