/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contacts with command servers (D6): a line begins an exchange with a listed address, and again at least
 * a minute later. One fetch of a page is nothing, nor is a scan from there, nor a SYN without an answer:
 * all three anybody can bring about.
 */
#include "detect/c2.h"

#include <errno.h>
#include <stdlib.h>

#include "detect/flood.h"
#include "detect/indicators.h"
#include "detect/mix.h"

#define SETS     2048
#define WAYS     8
#define APART    60          /* s between contacts */
#define LASTING  300         /* s until the same connection is one more contact */
#define WINDOW   300         /* s */
#define KEEP     (6 * 3600)
#define REPLIES  600         /* s a connection from there is remembered */
#define HIGH     32768       /* ports clients choose */

struct contact {
	uint64_t line;           /* 0: free */
	struct addr far;
	uint8_t proto, source;
	uint16_t far_port, port; /* port: the line's own, of the newest contact */
	uint16_t theirs;         /* the line's own port in an exchange they began */
	uint32_t theirs_at;
	uint32_t first, began, last, counted; /* s: ever; of this contact; its newest record; counted at */
	uint64_t begun;          /* ms, of this contact: who was first? */
	uint32_t out, in;        /* packets of this contact; out: with ACK, or of UDP */
	uint32_t contacts, samples, window[8]; /* windows two-way */
	uint32_t windows;        /* ever; the newest are at windows - 1, modulo 8 */
	bool two_way;            /* ever */
	uint64_t packets, bytes;
};

struct c2 {
	struct contact (*set)[WAYS];
	uint64_t used, evicted;
};

static uint64_t
set_of(const struct detect *d, uint64_t line)
{
	return mix64(line ^ d->conf.seed[1]) % SETS;
}

/* The contact of that pair; made if need be, in place of whoever was silent longest. */
static struct contact *
contact_of(struct detect *d, const struct seen *s)
{
	struct c2 *x = d->state[DETECT_C2];
	struct contact *set = x->set[set_of(d, s->line->key)], *give = &set[0];
	for (int i = 0; i < WAYS; i++) {
		if (set[i].line == s->line->key && set[i].proto == s->f->proto &&
		    addr_eq(&set[i].far, s->far))
			return &set[i];
		if (give->line && (!set[i].line || set[i].last < give->last))
			give = &set[i];
	}
	if (give->line)
		x->evicted++;
	else
		x->used++;
	*give = (struct contact){ .line = s->line->key, .far = *s->far, .proto = s->f->proto, .first = d->sec };
	return give;
}

/* Did they begin? Then what the line sends is an answer. */
static bool
is_reply(const struct detect *d, const struct contact *c, const struct seen *s, bool any_port)
{
	const struct flow *f = s->f;
	if (c->theirs_at && c->theirs == s->port && d->sec - c->theirs_at < REPLIES)
		return true;
	if (f->proto == IPP_TCP && f->bits & FLOW_FLAGS && f->packets == 1 &&
	    (f->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
		return true;
	return any_port && s->far_port >= HIGH && s->port < HIGH;
}

static void
tell(struct detect *d, const struct seen *s, const struct contact *c, const struct indicator *in)
{
	uint32_t span = d->sec - c->first + 1;
	bool proven = c->two_way && c->proto == IPP_TCP;
	struct finding f = { .detector = DETECT_C2, .source = proven ? SOURCE_PROVEN : c->source,
		.proto = c->proto, .active = 1, .two_way = c->two_way, .flood = FLOOD_OTHER,
		.peer = prefix_of(&c->far, addr_bits(&c->far)), .port = { c->far_port }, .sample = { c->far },
		.samples = c->samples, .sampling = s->f->sampling, .distinct = c->contacts, .permille = 1000,
		.packets = c->packets, .bytes = c->bytes, .pps = c->packets / span, .bps = c->bytes * 8 / span,
		.mean_size = (uint32_t)(c->bytes / (c->packets ? c->packets : 1)),
		.from = (msec)c->first * 1000, .to = (msec)d->sec * 1000 };
	memcpy(f.indicator, in->id, sizeof(f.indicator));
	found_line(d, s, &f, c->contacts);
}

/* More of this contact is known: does it count, and is it one of several? */
static void
weigh(struct detect *d, const struct seen *s, struct contact *c, const struct indicator *in)
{
	uint64_t times = s->f->sampling ? s->f->sampling : 1;
	bool both = c->in && c->out;
	bool real = both || (c->proto == IPP_TCP && c->out * times >= 2);
	uint32_t window = d->sec / WINDOW;
	if (!real)
		return;
	if (both) {
		c->two_way = true;
		bool known = false;
		for (uint32_t i = 0; i < 8 && i < c->windows; i++)
			known |= c->window[i] == window;
		if (!known)
			c->window[c->windows++ & 7] = window;
	}
	if (c->counted != c->began) {
		c->counted = c->began;
		c->contacts++;
	}
	if (c->contacts >= 2)
		tell(d, s, c, in);
}

static __attribute__((noinline)) void
contact_out(struct detect *d, const struct seen *s, const struct indicator *in)
{
	const struct flow *f = s->f;
	struct contact *c = contact_of(d, s);
	if (is_reply(d, c, s, !in->port))
		return;
	if (d->sec - c->last > KEEP)
		*c = (struct contact){ .line = c->line, .far = c->far, .proto = c->proto, .first = d->sec,
			.theirs = c->theirs, .theirs_at = c->theirs_at };
	bool other = c->port != s->port && d->sec - c->began >= APART;
	if (!c->began || other || d->sec - c->began >= LASTING) {
		c->began = d->sec;
		c->begun = (uint64_t)f->first;
		c->port = s->port;
		c->out = c->in = 0;
	}
	c->last = d->sec;
	c->far_port = s->far_port;
	c->source = s->source;
	uint32_t raw = f->packets < 1000 ? (uint32_t)f->packets : 1000;
	c->samples = add_sat32(c->samples, raw);
	c->packets += s->packets;
	c->bytes += s->bytes;
	/* A SYN and no more is no contact; of SYN and ACK in one record the SYN does not count. */
	bool flags = f->proto == IPP_TCP && f->bits & FLOW_FLAGS;
	if (!flags || f->tcp_flags & TCP_ACK)
		c->out = add_sat32(c->out, flags && f->tcp_flags & TCP_SYN ? raw - 1 : raw);
	if (f->bits & FLOW_ANSWERED)
		c->in = add_sat32(c->in, 1);
	weigh(d, s, c, in);
}

static void
c2_out(struct detect *d, const struct seen *s)
{
	const struct flow *f = s->f;
	const struct indicator *in = indicators_find(d->conf.indicators, s->far, f->proto, s->far_port, f->last);
	if (in)
		contact_out(d, s, in);
}

static __attribute__((noinline)) void
contact_in(struct detect *d, const struct seen *s, const struct indicator *in)
{
	const struct flow *f = s->f;
	struct contact *c = contact_of(d, s);
	bool tcp = f->proto == IPP_TCP && f->bits & FLOW_FLAGS, ours = c->began && d->sec - c->last < LASTING;
	bool knock = tcp && (f->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	knock |= !in->port && s->far_port >= HIGH && s->port < HIGH;
	bool earlier = ours && c->port == s->port && f->sampling == 1 && f->first + 2 < (msec)c->begun;
	if (!c->last)
		c->last = d->sec;
	if (knock || earlier || (!c->began && f->sampling == 1)) {
		/* They began. What looked like our contact was the answer. */
		if (earlier) {
			c->contacts -= c->contacts && c->counted == c->began;
			c->began = c->counted = 0;
			c->out = c->in = 0;
		}
		c->theirs = s->port;
		c->theirs_at = d->sec;
		return;
	}
	if (!ours)
		return;
	c->last = d->sec;
	c->samples = add_sat32(c->samples, f->packets < 1000 ? f->packets : 1000);
	c->in = add_sat32(c->in, f->packets);
	weigh(d, s, c, in);
}

static void
c2_in(struct detect *d, const struct seen *s)
{
	const struct flow *f = s->f;
	const struct indicator *in = indicators_find(d->conf.indicators, s->far, f->proto, s->far_port, f->last);
	if (in && flood_answers(f))
		contact_in(d, s, in);
}

unsigned
c2_windows(const struct detect *d, uint64_t line)
{
	const struct c2 *x = d->state[DETECT_C2];
	const struct contact *set = x->set[set_of(d, line)];
	unsigned best = 0;
	for (int i = 0; i < WAYS; i++) {
		unsigned n = 0;
		for (uint32_t k = 0; set[i].line == line && k < 8 && k < set[i].windows; k++)
			n += d->sec / WINDOW - set[i].window[k] <= KEEP / WINDOW;
		best = n > best ? n : best;
	}
	return best;
}

static void
c2_fini(void *state)
{
	struct c2 *x = state;
	if (x)
		free(x->set);
	free(x);
}

static int
c2_init(struct detect *d, void **state)
{
	(void)d;
	struct c2 *x = calloc(1, sizeof(*x));
	*state = x;
	if (!x)
		return -ENOMEM;
	x->set = calloc(SETS, sizeof(*x->set));
	return x->set ? 0 : -ENOMEM;
}

static void
c2_memory(const void *state, struct memory_row *ret)
{
	const struct c2 *x = state;
	*ret = (struct memory_row){ "contacts with indicators", x->used, SETS * WAYS, sizeof(struct contact),
		x->used * sizeof(struct contact) };
}

const struct detector_ops c2_ops = {
	.no = DETECT_C2,
	.protos = HOOK_ALL,
	.any = HOOK_LISTED,
	.foreign = true,
	.out = c2_out,
	.in = c2_in,
	.init = c2_init,
	.fini = c2_fini,
	.memory = c2_memory,
};
