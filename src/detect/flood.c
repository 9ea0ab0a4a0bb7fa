/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Outbound floods (D3): far more packets of one class than the line ever sent, and next to no answers from
 * those it sends to. Here is what every line has: a count by class, its own average, and whether answers are
 * seen at all; only where a count is high a suspect's room is taken (flood_track.c), and it is weighed what
 * that holds (flood_weigh.c).
 */
#include "detect/flood.h"

#include <stdlib.h>

#include "detect/mix.h"

#define OPENED_MAX 8192    /* lines a second that are given a suspect's room */
#define EPOCH      300     /* s */
#define SIGHT_BITS 4096

/* Are answers seen at all? Of two epochs. */
struct sight {
	uint64_t lines[SIGHT_BITS / 64]; /* that sent TCP with ACK */
	uint64_t sent, got;              /* records */
};

struct flood {
	uint32_t sec, opened;
	uint32_t epoch;
	bool blind;
	struct sight sight;
};

/* Both without a branch: what comes next is not to be guessed, and a wrong guess costs more than the rest. */
enum flood_class
flood_class_of(const struct flow *f)
{
	static const uint8_t other_than[256] = { [IPP_TCP] = FLOOD_OTHER ^ FLOOD_TCP,
		[IPP_UDP] = FLOOD_OTHER ^ FLOOD_UDP, [IPP_ICMP] = FLOOD_OTHER ^ FLOOD_ICMP,
		[IPP_ICMP6] = FLOOD_OTHER ^ FLOOD_ICMP, [IPP_GRE] = FLOOD_OTHER ^ FLOOD_GRE };
	uint8_t c = FLOOD_OTHER ^ other_than[f->proto];
	bool syn = (f->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
	c = syn & (c == FLOOD_TCP) & !!(f->bits & FLOW_FLAGS) ? FLOOD_SYN : c;
	return (enum flood_class)(f->bits & FLOW_FRAGMENT ? FLOOD_FRAGMENT : c);
}

bool
flood_answers(const struct flow *f)
{
	unsigned flags = f->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN | TCP_PSH);
	bool refuses = !!(flags & TCP_RST) | (flags == (TCP_SYN | TCP_ACK));
	return !((f->proto == IPP_TCP) & !!(f->bits & FLOW_FLAGS) & (f->packets <= 3) & refuses);
}

/* Whether answers are seen at all is looked at once an epoch. */
static void
flood_tick(struct detect *d)
{
	struct flood *x = d->state[DETECT_FLOOD];
	uint32_t zero = 0, epoch = d->sec / EPOCH;
	if (x->epoch == epoch)
		return;
	for (size_t i = 0; i < SIGHT_BITS / 64; i++)
		zero += 64 - (uint32_t)__builtin_popcountll(x->sight.lines[i]);
	x->blind = mix_distinct(SIGHT_BITS, zero) >= 100 && x->sight.got < x->sight.sent / 50;
	x->epoch = epoch;
	x->sight = (struct sight){ 0 };
}

bool
flood_blind(const struct detect *d)
{
	const struct flood *x = d->state[DETECT_FLOOD];
	return x->blind;
}

uint16_t
flood_usual(uint16_t usual, uint64_t x, uint32_t n, uint32_t cap)
{
	uint64_t u = small_value(usual);
	uint64_t most = 2 * u > cap ? 2 * u : cap;
	if (x > most)
		x = most;
	u = u + x / 256 - u / 256;
	n--; /* half after 177 windows */
	u = n / 177 < 32 ? u >> (n / 177) : 0;
	u -= u * (n % 177) / 354;
	return small_of(u > UINT32_MAX ? UINT32_MAX : (uint32_t)u);
}

/* Is this class being told of now? Then it must not become what is usual. */
static bool
is_hot(const struct flood_suspect *x, enum flood_class c)
{
	bool hot = false;
	for (int i = 0; x && i < FLOOD_TRACKS; i++)
		hot |= x->track[i].used && x->track[i].hot && x->track[i].cls == c;
	return hot;
}

static __attribute__((noinline)) void
roll_line(struct detect *d, const struct seen *s, uint32_t w)
{
	struct flood_state *t = &s->line->flood;
	uint32_t n = w - t->window;
	struct suspect *x = s->line->suspect ? suspect_of(d, s->line) : NULL;
	if (t->dns || t->dns_usual || t->dns_run)
		torture_roll(d, s, n);
	for (enum flood_class c = 0; c < FLOOD_N; c++) {
		if ((t->out[c] || t->usual[c]) && !is_hot(x ? &x->flood : NULL, c))
			t->usual[c] = flood_usual(t->usual[c], (uint64_t)t->out[c] * 16 / FLOOD_WINDOW, n,
			    d->conf.numbers.flood_pps * 8);
		t->out[c] = 0;
	}
	for (int i = 0; i < 3; i++)
		t->in[i] = n < 32 ? t->in[i] >> n : 0;
	t->window = w;
}

struct suspect *
flood_room(struct detect *d, struct line *l)
{
	struct flood *g = d->state[DETECT_FLOOD];
	if (g->sec != d->sec) {
		g->sec = d->sec;
		g->opened = 0;
	}
	if (g->opened == OPENED_MAX)
		return NULL;
	g->opened++;
	return suspect_make(d, l);
}

static void
flood_out(struct detect *d, const struct seen *s)
{
	struct flood_state *t = &s->line->flood;
	const struct flow *f = s->f;
	uint32_t w = d->sec / FLOOD_WINDOW;
	enum flood_class c = (enum flood_class)s->cls;
	uint64_t n = s->packets, span = f->last > f->first ? (uint64_t)(f->last - f->first) : 0;
	struct flood *g = d->state[DETECT_FLOOD];
	g->sight.sent++;
	if ((f->proto == IPP_TCP) & !!(f->tcp_flags & TCP_ACK)) {
		uint64_t h = mix64(s->line->key) % SIGHT_BITS;
		g->sight.lines[h / 64] |= UINT64_C(1) << (h & 63);
	}
	if (t->window != w)
		roll_line(d, s, w);
	if (span > FLOOD_WINDOW * 1000)
		n = n * (FLOOD_WINDOW * 1000) / span;
	t->out[c] = add_sat32(t->out[c], n);
	if (s->far_port == 53 && f->proto == IPP_UDP)
		torture_note(t, s);
	struct suspect *x = s->line->suspect ? suspect_of(d, s->line) : NULL;
	if (x || t->out[c] >= d->conf.numbers.flood_pps * FLOOD_WINDOW / 2)
		flood_track_out(d, s, x, w);
}

static void
flood_in(struct detect *d, const struct seen *s)
{
	struct flood_state *t = &s->line->flood;
	((struct flood *)d->state[DETECT_FLOOD])->sight.got++;
	if (!flood_answers(s->f))
		return;
	unsigned kin = flood_kin(s->f->proto);
	t->in[kin] = add_sat32(t->in[kin], s->packets);
	struct suspect *x = s->line->suspect ? suspect_of(d, s->line) : NULL;
	if (x)
		flood_track_in(x, s, kin);
}

static int
flood_init(struct detect *d, void **state)
{
	(void)d;
	*state = calloc(1, sizeof(struct flood));
	return *state ? 0 : -1;
}

const struct detector_ops flood_ops = {
	.no = DETECT_FLOOD,
	.protos = HOOK_ALL,
	.out = flood_out,
	.in = flood_in,
	.tick = flood_tick,
	.init = flood_init,
	.fini = free,
};
