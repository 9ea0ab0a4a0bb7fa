/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Relays (D9): what comes in from one peer goes out to ever new others, slice by slice: a residential
 * proxy. Correlation of sums over 5 minutes, in whole numbers; of lines only that are suspected of
 * something else. Games, updates and VPNs can look like it, so it only ever adds weight.
 */
#include "detect/flood.h"
#include "detect/mix.h"

#include <errno.h>
#include <stdlib.h>

#define SETS   256
#define WAYS   4
#define SLICE  300    /* s */
#define SLICES 24
#define ENOUGH 12
#define HOUR   12     /* slices */
#define LEAST  64     /* KiB a slice, on average */
#define USUAL  16     /* new addresses an hour, where nobody knows */
#define TIMES  10
#define FARS   2048   /* bits */
#define KIB    (1 << 24)

struct relayer {
	uint64_t line;
	uint32_t seen, slice, since;      /* s, slice, slice the peer is known since */
	struct addr peer;
	uint32_t votes;
	uint32_t in[SLICES], out[SLICES]; /* KiB: from the peer, to the others */
	uint64_t far[FARS / 64];          /* others of this hour */
	uint32_t fars, usual, samples;    /* usual: 16 x an hour */
};

struct relay {
	struct relayer relayer[SETS][WAYS];
	uint64_t used, refused;
};

static struct relayer *
relayer_of(struct detect *d, uint64_t line)
{
	struct relay *x = d->state[DETECT_RELAY];
	struct relayer *set = x->relayer[mix64(line) % SETS], *give = &set[0];
	for (int i = 0; i < WAYS; i++) {
		if (set[i].line == line)
			return &set[i];
		if (set[i].seen < give->seen)
			give = &set[i];
	}
	if (give->line && d->sec - give->seen < SLICES * SLICE) {
		x->refused++;
		return NULL;
	}
	x->used += !give->line;
	*give = (struct relayer){ .line = line, .slice = d->sec / SLICE, .since = d->sec / SLICE };
	return give;
}

/* Do in and out rise and fall together? r > 0.8, and about as much out as in. */
static bool
together(const struct relayer *t, uint32_t n, uint64_t *in, uint64_t *out)
{
	int64_t x = 0, y = 0, xx = 0, yy = 0, xy = 0;
	for (uint32_t i = 1; i <= n; i++) {
		int64_t a = t->in[(t->slice - i) % SLICES], b = t->out[(t->slice - i) % SLICES];
		a = a < KIB ? a : KIB;
		b = b < KIB ? b : KIB;
		x += a;
		y += b;
		xx += a * a;
		yy += b * b;
		xy += a * b;
	}
	__extension__ typedef __int128 wide;
	wide cov = (wide)n * xy - (wide)x * y, vx = (wide)n * xx - (wide)x * x, vy = (wide)n * yy - (wide)y * y;
	*in = (uint64_t)x;
	*out = (uint64_t)y;
	return x >= (int64_t)n * LEAST && y * 2 >= x && y <= x * 2 && cov > 0 && cov * cov * 100 > vx * vy * 64;
}

static void
weigh(struct detect *d, const struct seen *s, struct relayer *t)
{
	uint32_t n = t->slice - t->since;
	uint64_t in, out;
	n = n < SLICES - 1 ? n : SLICES - 1;
	uint32_t usual = t->usual / 16 > USUAL ? t->usual / 16 : USUAL;
	if (n < ENOUGH || t->fars <= usual * TIMES || !together(t, n, &in, &out))
		return;
	struct finding f = { .detector = DETECT_RELAY, .source = s->source, .active = 1, .flood = FLOOD_OTHER,
		.two_way = 1, .peer = prefix_of(&t->peer, addr_bits(&t->peer)), .sample = { t->peer },
		.samples = t->samples, .sampling = s->f->sampling, .distinct = t->fars, .bytes = out * 1024,
		.bps = out * 8192 / (n * SLICE), .permille = (uint32_t)(out >= in ? 1000 : out * 1000 / in),
		.from = (msec)(t->slice - n) * SLICE * 1000, .to = (msec)d->sec * 1000 };
	found_line(d, s, &f, n);
}

static void
roll(struct detect *d, const struct seen *s, struct relayer *t, uint32_t slice)
{
	if (t->slice == slice)
		return;
	uint32_t n = slice - t->slice;
	t->slice++;
	if (n == 1)
		weigh(d, s, t);
	if (slice / HOUR != (slice - n) / HOUR) {
		/* What is said of must not become what is usual: no more than double. */
		uint32_t now = t->fars * 16 < 2 * USUAL * 16 + t->usual ? t->fars * 16 : 2 * USUAL * 16 + t->usual;
		t->usual = t->usual - t->usual / 8 + now / 8;
		memset(t->far, 0, sizeof(t->far));
		t->fars = 0;
	}
	for (uint32_t i = 0; i < n && i < SLICES; i++)
		t->in[(slice - i) % SLICES] = t->out[(slice - i) % SLICES] = 0;
	if (n > 1)
		t->since = slice;
	t->slice = slice;
}

static void
relay_flow(struct detect *d, const struct seen *s)
{
	const struct suspect *x = suspect_of(d, s->line);
	if (!x || !x->level)
		return;
	struct relayer *t = relayer_of(d, s->line->key);
	if (!t)
		return;
	t->seen = d->sec;
	roll(d, s, t, d->sec / SLICE);
	uint64_t much = (s->bytes + 512) / 1024;
	uint32_t kib = much < KIB ? (uint32_t)much : KIB, at = t->slice % SLICES;
	bool peer = addr_eq(&t->peer, s->far);
	t->samples = add_sat32(t->samples, s->f->packets);
	if (s->out) {
		if (peer)
			return;
		t->out[at] = add_sat32(t->out[at], kib);
		uint64_t h = mix_addr(s->far, 0) % FARS;
		t->fars += !(t->far[h / 64] >> (h & 63) & 1);
		t->far[h / 64] |= UINT64_C(1) << (h & 63);
		return;
	}
	if (peer) {
		t->in[at] = add_sat32(t->in[at], kib);
		t->votes = add_sat32(t->votes, kib);
	} else if (t->votes < kib) {
		t->peer = *s->far;
		t->votes = kib - t->votes;
		memset(t->in, 0, sizeof(t->in));
		t->in[at] = kib;
		t->since = t->slice;
	} else {
		t->votes -= kib;
	}
}

static int
relay_init(struct detect *d, void **state)
{
	(void)d;
	*state = calloc(1, sizeof(struct relay));
	return *state ? 0 : -ENOMEM;
}

static void
relay_memory(const void *state, struct memory_row *ret)
{
	const struct relay *x = state;
	*ret = (struct memory_row){ "suspects' traffic by slice", x->used, SETS * WAYS, sizeof(struct relayer),
		x->used * sizeof(struct relayer) };
}

const struct detector_ops relay_ops = {
	.no = DETECT_RELAY,
	.protos = HOOK_ALL,
	.foreign = true,
	.any = HOOK_SUSPECT,
	.out = relay_flow,
	.in = relay_flow,
	.init = relay_init,
	.fini = free,
	.memory = relay_memory,
};
