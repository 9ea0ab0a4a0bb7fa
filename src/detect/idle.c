/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long idle sessions (D7): one TCP connection alive for hours that carries next to nothing, as a bot's
 * with its server does; and as many a phone's does. So it is asked of lines only that are suspected of
 * something else, where every packet is seen, and it never acts.
 */
#include "detect/flood.h"
#include "detect/mix.h"

#include <errno.h>
#include <stdlib.h>

#define SETS     256
#define WAYS     4
#define SESSIONS 16
#define ALIVE    7200  /* s */
#define SLICES   60    /* minutes with a packet */
#define GAP      300   /* s */
#define PACKETS  4     /* a minute */
#define BYTES    200

struct session {
	struct addr far;
	uint16_t far_port, port;
	uint32_t first, last, minute, slices; /* s, s, minutes, count; last 0: free */
	uint32_t packets, bytes;
};

struct idler {
	uint64_t line;
	uint32_t seen;
	struct session session[SESSIONS];
};

struct idle {
	struct idler idler[SETS][WAYS];
	uint64_t used, evicted;
};

static bool
is_suspect(struct detect *d, const struct seen *s)
{
	const struct suspect *x = suspect_of(d, s->line);
	return x && x->level;
}

static struct idler *
idler_of(struct detect *d, uint64_t line)
{
	struct idle *x = d->state[DETECT_IDLE];
	struct idler *set = x->idler[mix64(line) % SETS], *give = &set[0];
	for (int i = 0; i < WAYS; i++) {
		if (set[i].line == line)
			return &set[i];
		if (set[i].seen < give->seen)
			give = &set[i];
	}
	if (give->line && d->sec - give->seen < ALIVE) {
		x->evicted++; /* refused: whoever is looked at stays so while it goes on */
		return NULL;
	}
	x->used += !give->line;
	*give = (struct idler){ .line = line };
	return give;
}

static void
idle_flow(struct detect *d, const struct seen *s)
{
	const struct flow *f = s->f;
	if (f->sampling != 1 || !is_suspect(d, s))
		return;
	struct idler *x = idler_of(d, s->line->key);
	if (!x)
		return;
	x->seen = d->sec;
	struct session *t = NULL, *give = &x->session[0];
	for (int i = 0; i < SESSIONS && !t; i++) {
		struct session *k = &x->session[i];
		if (k->last && k->far_port == s->far_port && k->port == s->port && addr_eq(&k->far, s->far))
			t = k;
		else if (k->last < give->last)
			give = k;
	}
	uint64_t minutes = f->last > f->first ? (uint64_t)(f->last - f->first + 59999) / 60000 : 1;
	bool busy = f->packets > PACKETS * minutes || f->bytes > BYTES * minutes;
	if (busy || f->tcp_flags & (TCP_FIN | TCP_RST) || (t && d->sec - t->last > GAP)) {
		if (t)
			*t = (struct session){ 0 };
		return;
	}
	if (!t) {
		if (!s->out)
			return;
		t = give;
		*t = (struct session){ .far = *s->far, .far_port = s->far_port, .port = s->port, .first = d->sec };
	}
	t->last = d->sec;
	t->packets = add_sat32(t->packets, f->packets);
	t->bytes = add_sat32(t->bytes, f->bytes);
	if (s->out && t->minute != d->sec / 60) {
		t->slices += (uint32_t)minutes;
		t->minute = d->sec / 60;
	}
	if (!s->out || d->sec - t->first < ALIVE || t->slices < SLICES)
		return;
	struct finding r = { .detector = DETECT_IDLE, .source = s->source, .proto = IPP_TCP, .active = 1,
		.flood = FLOOD_TCP, .peer = prefix_of(&t->far, addr_bits(&t->far)), .port = { t->far_port },
		.sample = { t->far }, .samples = t->packets, .sampling = 1, .distinct = 1, .packets = t->packets,
		.bytes = t->bytes, .mean_size = t->bytes / (t->packets ? t->packets : 1), .permille = 1000,
		.from = (msec)t->first * 1000, .to = (msec)d->sec * 1000 };
	found_line(d, s, &r, (d->sec - t->first) / 3600);
}

static int
idle_init(struct detect *d, void **state)
{
	(void)d;
	*state = calloc(1, sizeof(struct idle));
	return *state ? 0 : -ENOMEM;
}

static void
idle_memory(const void *state, struct memory_row *ret)
{
	const struct idle *x = state;
	*ret = (struct memory_row){ "suspects' sessions", x->used, SETS * WAYS, sizeof(struct idler),
		x->used * sizeof(struct idler) };
}

const struct detector_ops idle_ops = {
	.no = DETECT_IDLE,
	.protos = HOOK_TCP,
	.foreign = true,
	.any = HOOK_SUSPECT,
	.out = idle_flow,
	.in = idle_flow,
	.init = idle_init,
	.fini = free,
	.memory = idle_memory,
};
