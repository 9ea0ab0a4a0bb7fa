/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spoofed sources (D5, RFC 2827): packets that enter from customers with addresses that do not belong
 * behind that interface. It accuses the interface, never the address that was borrowed; while it goes on
 * no flow of that interface may prove anything (iface.spoofed). Private sources that leak from a home
 * router are a fault, not an attack, and are not counted.
 */
#include "detect/flood.h"
#include "detect/mix.h"

#include <errno.h>
#include <stdlib.h>

#define DISTINCT 8
#define EPOCH    300        /* s */
#define AGAIN    (6 * 3600)
#define SOURCES  64         /* that are told apart; more are at least so many */

struct spoof {
	uint32_t ifindex, epoch;
	uint16_t exporter;
	bool used;
	uint8_t proto, cls;
	uint16_t port;
	uint32_t distinct;
	struct addr source[SOURCES]; /* borrowed addresses */
	uint32_t samples, sampling;
	uint64_t packets, bytes;
	msec from;
	struct addr far;         /* whom most goes to, by vote */
	uint32_t votes, all;
	uint32_t told_at, told;
};

static bool
leaks(const struct addr *a)
{
	const uint8_t *b = a->b;
	if (a->fam == 6)
		return (b[0] & 0xe0) != 0x20; /* not global unicast (RFC 4291 2.4) */
	return b[0] == 10 || b[0] == 0 || b[0] == 127 || b[0] >= 224 || (b[0] == 172 && b[1] >> 4 == 1) ||
	    (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254) || (b[0] == 100 && b[1] >> 6 == 1);
}

static void
tell(struct detect *d, const struct seen *s, struct spoof *x)
{
	uint64_t span = d->stats.now > x->from + 1000 ? (uint64_t)(d->stats.now - x->from) / 1000 : 1;
	struct finding f = { .detector = DETECT_SPOOF, .source = SOURCE_UNPROVEN, .proto = x->proto, .active = 1,
		.flood = x->cls, .exporter = x->exporter, .iface = x->ifindex, .samples = x->samples,
		.sampling = x->sampling, .distinct = x->distinct, .packets = x->packets, .bytes = x->bytes,
		.pps = x->packets / span, .bps = x->bytes * 8 / span,
		.mean_size = (uint32_t)(x->bytes / (x->packets ? x->packets : 1)), .from = x->from,
		.to = d->stats.now };
	f.permille = s->in->flows ? (uint32_t)(s->in->strange * 1000 / s->in->flows) : 0;
	memcpy(f.sample, x->source, sizeof(f.sample));
	if (x->votes * 2 >= x->all && x->far.fam) {
		f.peer = prefix_of(&x->far, addr_bits(&x->far));
		f.port[0] = x->port;
	}
	x->told_at = d->sec;
	x->told = x->distinct;
	found_other(d, &f);
}

static void
spoof_strange(struct detect *d, const struct seen *s)
{
	struct spoof *x = d->state[DETECT_SPOOF];
	const struct flow *f = s->f;
	if (leaks(&f->src) && !own_find(d->own, &f->src))
		return;
	x += s->in - d->iface;
	if (!x->used || x->ifindex != s->in->ifindex || x->exporter != s->in->exporter)
		*x = (struct spoof){ .used = true, .ifindex = s->in->ifindex, .exporter = s->in->exporter };
	if (x->epoch != d->sec / EPOCH) {
		*x = (struct spoof){ .used = true, .ifindex = x->ifindex, .exporter = x->exporter, .epoch = d->sec / EPOCH, .from = d->stats.now, .told_at = x->told_at, .told = x->told };
	}
	bool known = x->distinct == SOURCES;
	for (uint32_t i = 0; i < x->distinct && !known; i++)
		known = addr_eq(&x->source[i], &f->src);
	if (!known)
		x->source[x->distinct++] = f->src;
	uint32_t raw = f->packets < UINT32_MAX / 4 ? (uint32_t)f->packets : UINT32_MAX / 4;
	x->samples = add_sat32(x->samples, raw);
	x->packets += s->packets;
	x->bytes += s->bytes;
	x->sampling = f->sampling;
	x->proto = f->proto;
	x->cls = (uint8_t)flood_class_of(f);
	x->all = add_sat32(x->all, 1);
	if (addr_eq(&x->far, s->far)) {
		x->votes++;
		x->port = s->far_port;
	} else if (x->votes) {
		x->votes--;
	} else {
		x->far = *s->far;
		x->votes = 1;
	}
	if (x->distinct < DISTINCT || x->samples < d->conf.numbers.least_samples)
		return;
	s->in->spoofed = d->sec;
	if (!x->told_at || x->distinct >= 2 * x->told || d->sec - x->told_at >= AGAIN)
		tell(d, s, x);
}

static int
spoof_init(struct detect *d, void **state)
{
	(void)d;
	*state = calloc(IFACES, sizeof(struct spoof));
	return *state ? 0 : -ENOMEM;
}

static void
spoof_memory(const void *state, struct memory_row *ret)
{
	const struct spoof *x = state;
	uint64_t used = 0;
	for (size_t i = 0; i < IFACES; i++)
		used += x[i].used;
	*ret = (struct memory_row){ "spoofing interfaces", used, IFACES, sizeof(*x), used * sizeof(*x) };
}

const struct detector_ops spoof_ops = {
	.no = DETECT_SPOOF,
	.strange = spoof_strange,
	.init = spoof_init,
	.fini = free,
	.memory = spoof_memory,
};
