/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Outbreaks: a port that lines begin to knock at, more of them in an hour than ever. A line counts for a
 * port once it has sent bare SYNs to several addresses on it; the port's own slow average tells what is
 * usual. It accuses nobody: a person is shown where to look. (No seed in its hashes: what two pairs do to
 * each other when they meet in the table would show.)
 */
#include "detect/bigtable.h"
#include "detect/flood.h"
#include "detect/mix.h"

#include <errno.h>
#include <stdlib.h>

#define PAIRS   262144 /* line and port */
#define HOUR    3600   /* s */
#define WARM    900    /* s after the start: what is seen is what is usual */
#define SEVERAL 4      /* addresses */
#define BUSY    16     /* the same at ports with honest traffic */
#define TIMES   3      /* of the usual */

struct pair {
	uint32_t tag;
	uint16_t far;          /* of the last address, hashed */
	uint8_t far_count, hour;
};

struct port {
	uint32_t hour;
	uint16_t lines, told;
	uint32_t usual;        /* 16 x lines an hour */
};

struct outbreak {
	struct pair *pair;
	void *base;            /* of pair */
	struct port *port;     /* 65,536 */
	uint64_t busy[65536 / 64];
	uint64_t used;
};

static void
roll(struct port *p, uint32_t hour)
{
	uint32_t n = hour - p->hour;
	if (!n)
		return;
	uint32_t now = (uint32_t)p->lines * 16;
	p->usual = p->usual - p->usual / 8 + now / 8;
	for (n--; n && p->usual; n--)
		p->usual -= (p->usual + 7) / 8;
	p->lines = p->told = 0;
	p->hour = hour;
}

static void
joined(struct detect *d, const struct seen *s, uint32_t several)
{
	struct outbreak *x = d->state[DETECT_OUTBREAK];
	struct port *p = &x->port[s->far_port];
	uint32_t least = d->conf.numbers.outbreak_lines;
	x->used += !p->hour;
	roll(p, d->sec / HOUR);
	if (d->sec - d->began < WARM) {
		p->usual = add_sat32(p->usual, 16 * HOUR / WARM);
		return;
	}
	p->lines = add_sat16(p->lines, 1);
	if (least < TIMES * p->usual / 16)
		least = TIMES * p->usual / 16;
	if (p->lines < least || (p->told && p->lines < 2 * p->told))
		return;
	p->told = p->lines;
	uint32_t from = p->hour * HOUR > d->began ? p->hour * HOUR : d->began;
	uint32_t samples = p->lines * several;
	struct finding f = { .detector = DETECT_OUTBREAK, .source = s->source, .proto = IPP_TCP, .active = 1,
		.flood = FLOOD_SYN, .port = { s->far_port }, .samples = samples, .sampling = s->f->sampling,
		.distinct = p->lines, .lines = p->lines, .permille = 1000, .from = (msec)from * 1000,
		.to = d->stats.now };
	if (f.from > f.to)
		f.from = f.to;
	found_other(d, &f);
}

static void
outbreak_out(struct detect *d, const struct seen *s)
{
	struct outbreak *x = d->state[DETECT_OUTBREAK];
	uint64_t h = mix64(s->line->key * 65599 + s->far_port);
	struct pair *p = &x->pair[h % PAIRS];
	uint8_t hour = (uint8_t)(d->sec / HOUR);
	uint32_t tag = (uint32_t)(h >> 32) | 1;
	uint16_t far = (uint16_t)mix_addr(s->far, 0);
	if (p->tag != tag || p->hour != hour) {
		/* A pair on its way keeps its place for the hour, unless it only ever met one address. */
		if (p->tag && p->hour == hour && p->far_count > 1 && --p->far_count)
			return;
		*p = (struct pair){ .tag = tag, .hour = hour };
	} else if (p->far == far) {
		return;
	}
	p->far = far;
	uint32_t several = x->busy[s->far_port / 64] >> (s->far_port & 63) & 1 ? BUSY : SEVERAL;
	if (p->far_count < UINT8_MAX && ++p->far_count == several)
		joined(d, s, several);
}

static void
outbreak_fini(void *state)
{
	struct outbreak *x = state;
	if (!x)
		return;
	free(x->base);
	free(x->port);
	free(x);
}

static int
outbreak_init(struct detect *d, void **state)
{
	static const uint16_t honest[] = { 443, 853, 993, 5222, 5228, 8883 };
	struct outbreak *x = calloc(1, sizeof(*x));
	*state = x;
	if (!x)
		return -ENOMEM;
	x->pair = bigtable_new(PAIRS, sizeof(*x->pair), &x->base);
	x->port = calloc(65536, sizeof(*x->port));
	for (size_t i = 0; i < sizeof(honest) / sizeof(honest[0]); i++)
		x->busy[honest[i] / 64] |= UINT64_C(1) << (honest[i] & 63);
	for (size_t i = 0; i < 8; i++) {
		uint16_t busy = d->conf.numbers.scan_port_busy[i];
		x->busy[busy / 64] |= UINT64_C(1) << (busy & 63);
	}
	return x->pair && x->port ? 0 : -ENOMEM;
}

static void
outbreak_memory(const void *state, struct memory_row *ret)
{
	const struct outbreak *x = state;
	*ret = (struct memory_row){ "ports lines knock at", x->used, 65536, sizeof(struct port),
		PAIRS * sizeof(struct pair) + 65536 * sizeof(struct port) };
}

const struct detector_ops outbreak_ops = {
	.no = DETECT_OUTBREAK,
	.protos = HOOK_SYN,
	.foreign = true,
	.out = outbreak_out,
	.init = outbreak_init,
	.fini = outbreak_fini,
	.memory = outbreak_memory,
};
