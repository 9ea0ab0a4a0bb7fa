/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Populations: many own lines at one address (or one /24, /48), unanswered, in the same seconds, though
 * each sends little. A sketch finds which places get much from several lines; only those get room of
 * their own: windows, sizes, ports, and a sample of their lines drawn by hash with what each sends and
 * gets back. So a place with honest clients is told from a victim by its lines, and who sprays packets
 * over the whole Internet pushes out nothing: in a bucket of the sketch only the least gives way. When a
 * window has ended, population_weigh.c says whether a place is a victim.
 */
#include "detect/population.h"

#include <errno.h>
#include <stdlib.h>

#include "detect/mix.h"
#include "detect/sketch.h"

#define SEVERAL 8          /* bits of 32, by line */
#define FRESH   256        /* places a tick looks at; the others wait for their next record */
#define NEAR    16384      /* bits */
#define REMAP   60         /* s */
#define SMALL   65536      /* bytes */

struct pops {
	uint64_t seed[2];
	struct sketch *sketch;
	uint64_t (*tag)[POP_WAYS]; /* by set: which place; 0: free */
	struct pop_place *place;
	struct pop_groups *groups;
	uint64_t used, refused, evicted;
	struct pop_place *fresh[FRESH]; /* got something since they were last weighed */
	uint32_t n_fresh;
	uint64_t near[NEAR / 64];  /* nets with a place, a bit each: most answers come from none */
	uint32_t mapped;           /* s: when the map was made anew */
};

static uint64_t
net_key(const struct pops *x, const struct addr *a)
{
	return mix64(mix_net(a) ^ x->seed[1]);
}

static uint64_t
host_key(const struct pops *x, const struct addr *a)
{
	return mix_addr(a, x->seed[0]);
}

/* Of a net or an address, and a class. */
static uint64_t
tag_of(uint64_t key, enum flood_class c)
{
	return (key + ((uint64_t)c + 1) * UINT64_C(0x9e3779b97f4a7c15)) | 1;
}

static struct pop_place *
place_of(const struct pops *x, uint64_t tag)
{
	uint64_t set = tag >> 32 & (POP_SETS - 1);
	for (int i = 0; i < POP_WAYS; i++)
		if (x->tag[set][i] == tag)
			return &x->place[set * POP_WAYS + (unsigned)i];
	return NULL;
}

static uint32_t
recent(const struct pop_place *p)
{
	uint64_t n = 0;
	for (uint32_t i = 0; i < POP_RUN; i++)
		n += p->bytes[(p->newest - i) % POP_RING];
	n /= 1024;
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static void
map_net(struct pops *x, const struct addr *a)
{
	uint64_t key = net_key(x, a);
	x->near[key / 64 % (NEAR / 64)] |= UINT64_C(1) << (key & 63);
}

/* Forgets the nets that have no place any more. */
static void
remap(struct pops *x)
{
	memset(x->near, 0, sizeof(x->near));
	for (size_t i = 0; i < POP_PLACES; i++)
		if (x->tag[i / POP_WAYS][i % POP_WAYS])
			map_net(x, &x->place[i].victim.a);
}

/* A place that got weight KiB lately takes the room of one that gets far less. */
static struct pop_place *
place_make(struct pops *x, uint64_t tag, const struct prefix *victim, enum flood_class c,
    uint32_t weight, uint32_t w)
{
	uint64_t set = tag >> 32 & (POP_SETS - 1);
	struct pop_place *best = NULL;
	uint32_t least = UINT32_MAX;
	int way = 0;
	for (int i = 0; i < POP_WAYS; i++) {
		struct pop_place *p = &x->place[set * POP_WAYS + (unsigned)i];
		bool stale = w - p->touched > POP_STALE;
		uint32_t worth = !x->tag[set][i] ? 0 : stale ? 1 : recent(p);
		if (x->tag[set][i] && (p->group || (p->guard && w - p->guard <= POP_STALE)))
			continue;
		if (!best || worth < least) {
			best = p;
			least = worth;
			way = i;
		}
	}
	if (!best || (least > 1 && least > weight / 2)) {
		x->refused++;
		return NULL;
	}
	if (x->tag[set][way])
		x->evicted++;
	else
		x->used++;
	x->tag[set][way] = tag;
	bool fresh = best->fresh; /* it stays in that list, whoever lives here */
	memset(best, 0, sizeof(*best));
	best->fresh = fresh;
	best->victim = *victim;
	map_net(x, &victim->a);
	best->cls = (uint8_t)c;
	best->newest = best->touched = w;
	best->limit = UINT32_MAX;
	return best;
}

static unsigned
size_of(uint64_t mean)
{
	static const uint16_t most[POP_SIZES - 1] = { 80, 160, 320, 520, 640, 900, 1250 };
	unsigned i = 0;
	while (i < POP_SIZES - 1 && mean > most[i])
		i++;
	return i;
}

/* Room for a line in the sample; the draw becomes sparser when there is none. */
static struct pop_line *
draw(struct pop_place *p, uint32_t hash, uint32_t w)
{
	struct pop_line *set = &p->line[(hash & 15) * 8], *room = NULL;
	for (int i = 0; i < 8; i++) {
		struct pop_line *l = &set[i];
		bool gone = !l->when || w - l->when > POP_RECENT || l->hash > p->limit;
		if (l->when && l->hash == hash) {
			if (gone)
				*l = (struct pop_line){ .hash = hash, .since = w };
			return l;
		}
		if (gone && !room)
			room = l;
	}
	if (!room) {
		p->limit >>= 1;
		return NULL;
	}
	*room = (struct pop_line){ .hash = hash, .since = w };
	return room;
}

static struct pop_line *
drawn(struct pop_place *p, uint32_t hash)
{
	struct pop_line *set = &p->line[(hash & 15) * 8];
	for (int i = 0; i < 8 && hash <= p->limit; i++)
		if (set[i].when && set[i].hash == hash)
			return &set[i];
	return NULL;
}

/* A window has ended: is this an attack? */
static void
weigh(struct detect *d, struct pops *x, struct pop_place *p, uint32_t w)
{
	struct pop_view v;
	if (!pop_weigh(d, p, w, &v))
		return;
	/* What is one address's is said about that, not about its net. */
	if (p->host.fam && p->host_votes >= p->host_all / 2 && place_of(x, tag_of(host_key(x, &p->host), p->cls)))
		return;
	if (flood_blind(d)) {
		d->stats.held[DETECT_POPULATION]++;
		return;
	}
	pop_group_on(d, x->groups, p, &v);
}

static void
roll(struct detect *d, struct pops *x, struct pop_place *p, uint32_t w)
{
	if (p->newest == w)
		return;
	weigh(d, x, p, w);
	uint32_t n = w - p->newest;
	if (w / 16 != p->newest / 16) {
		uint32_t fresh = 0;
		for (int i = 0; i < POP_SIZES; i++)
			p->size[i] >>= 1;
		for (int i = 0; i < FLOOD_TOP; i++)
			p->port_weight[i] >>= 1;
		for (int i = 0; i < 3; i++)
			p->source[i] >>= 1;
		p->records >>= 1;
		p->slow >>= 1;
		p->host_votes >>= 1;
		p->host_all >>= 1;
		for (int i = 0; i < POP_LINES; i++)
			fresh += p->line[i].when && w - p->line[i].when <= POP_RECENT && p->line[i].hash <= p->limit;
		if (fresh < POP_LINES / 4 && p->limit != UINT32_MAX)
			p->limit = p->limit << 1 | 1;
	}
	for (uint32_t i = 1; i <= n && i <= POP_RING; i++) {
		uint32_t at = (p->newest + i) % POP_RING;
		p->bytes[at] = 0;
		p->out[at] = p->in[at] = p->samples[at] = 0;
	}
	p->newest = w;
}

static void
count_port(struct pop_place *p, uint16_t port, uint32_t weight)
{
	int least = 0;
	for (int i = 0; i < FLOOD_TOP; i++) {
		if (p->port_weight[i] && p->port[i] == port) {
			p->port_weight[i] = add_sat32(p->port_weight[i], weight);
			return;
		}
		if (p->port_weight[i] < p->port_weight[least])
			least = i;
	}
	if (p->port_weight[least] > weight) {
		p->port_weight[least] -= weight;
		return;
	}
	p->port[least] = port;
	p->port_weight[least] = weight;
}

uint16_t
pop_port(const struct pop_place *p)
{
	uint64_t all = 0;
	int best = 0;
	for (int i = 0; i < POP_SIZES; i++)
		all += p->size[i];
	for (int i = 1; i < FLOOD_TOP; i++)
		if (p->port_weight[i] > p->port_weight[best])
			best = i;
	bool has = (p->proto == IPP_TCP || p->proto == IPP_UDP) && p->cls != FLOOD_FRAGMENT;
	return has && (uint64_t)p->port_weight[best] * 2 >= all ? p->port[best] : 0;
}

struct prefix
pop_victim(const struct pop_place *p)
{
	if (p->host.fam && p->host_votes >= p->host_all / 2)
		return prefix_of(&p->host, addr_bits(&p->host));
	return p->victim;
}

/* The first and the number of windows a record lasted through, the last not after w. */
static uint32_t
windows_of(const struct flow *f, uint32_t w, uint32_t *last)
{
	uint32_t a = (uint32_t)(f->first / (POP_WINDOW * 1000)), b = (uint32_t)(f->last / (POP_WINDOW * 1000));
	if (b > w || b + POP_RING <= w)
		b = w;
	*last = b;
	return a < b ? b - a + 1 : 1;
}

static void
spread(uint32_t *ring, uint64_t v, uint32_t n, uint32_t last, uint32_t w)
{
	ring[last % POP_RING] = add_sat32(ring[last % POP_RING], v / n + v % n);
	for (uint32_t i = 1; i < n && i < POP_RING && last - i + POP_RING > w; i++)
		ring[(last - i) % POP_RING] = add_sat32(ring[(last - i) % POP_RING], v / n);
}

static void
count_out(struct detect *d, struct pops *x, struct pop_place *p, const struct seen *s, uint32_t w,
    uint32_t hash)
{
	const struct flow *f = s->f;
	uint32_t last, n = windows_of(f, w, &last);
	uint32_t raw = f->packets < UINT32_MAX ? (uint32_t)f->packets : UINT32_MAX;
	p->touched = w;
	roll(d, x, p, w);
	if (!p->fresh && x->n_fresh < FRESH) {
		p->fresh = true;
		x->fresh[x->n_fresh++] = p;
	}
	p->bytes[last % POP_RING] += s->bytes / n;
	for (uint32_t i = 1; i < n && i < POP_RING && last - i + POP_RING > w; i++)
		p->bytes[(last - i) % POP_RING] += s->bytes / n;
	spread(p->out, s->packets, n, last, w);
	spread(p->samples, raw, n, last, w);
	p->proto = f->proto;
	p->sampling = f->sampling;
	p->records++;
	p->slow += n > POP_RUN;
	unsigned size = size_of(f->packets ? f->bytes / f->packets : 0);
	p->size[size] = add_sat32(p->size[size], raw);
	p->source[s->source] = add_sat32(p->source[s->source], raw);
	count_port(p, s->far_port, raw);
	if (p->victim.len < addr_bits(&p->victim.a)) {
		p->host_all = add_sat32(p->host_all, raw);
		if (addr_eq(&p->host, s->far)) {
			p->host_votes = add_sat32(p->host_votes, raw);
		} else if (p->host_votes < raw) {
			p->host = *s->far;
			p->host_votes = raw - p->host_votes;
		} else {
			p->host_votes -= raw;
		}
	}
	if (hash <= p->limit) {
		struct pop_line *l = draw(p, hash, w);
		if (l) {
			l->when = w;
			l->out = add_sat32(l->out, raw);
			l->size = add_sat32(l->size, (s->bytes + FLOOD_UNIT / 2) / FLOOD_UNIT);
			if (f->bits & FLOW_ANSWERED)
				l->in = add_sat32(l->in, raw);
		}
	}
	if (f->bits & FLOW_ANSWERED)
		p->in[last % POP_RING] = add_sat32(p->in[last % POP_RING], s->packets);
	if (p->group && pop_group_out(d, x->groups, p, s)) {
		d->claimed = s;
		d->stats.attack_packets += s->packets;
		d->stats.attack_bytes += s->bytes;
	}
}

/* A whole connection in one small record, both ends having said that it is over: no flood is made of
 * those, and half of all records are. */
static bool
whole(const struct flow *f)
{
	return f->proto == IPP_TCP && f->sampling == 1 && f->bits & FLOW_FLAGS && f->bytes < SMALL &&
	    f->packets > 3 && !(~f->tcp_flags & (TCP_SYN | TCP_ACK | TCP_FIN));
}

uint64_t
population_ask(const struct detect *d, const struct flow *f, enum flood_class c)
{
	const struct pops *x = d->state[DETECT_POPULATION];
	uint64_t tag = tag_of(net_key(x, &f->dst), c);
	__builtin_prefetch(x->tag[tag >> 32 & (POP_SETS - 1)]);
	if (whole(f))
		return tag & ~UINT64_C(1);
	sketch_ask(x->sketch, tag);
	return tag;
}

/* Does that place get a quarter of what is too much, and from several lines? *ret: what it gets, KiB. */
static bool
much(const struct detect *d, struct pops *x, uint64_t tag, uint32_t load, uint32_t hash, uint32_t *ret)
{
	uint64_t least = d->conf.numbers.population_bps / 8 / SKETCH_UNIT * POP_WINDOW / 4, all;
	uint32_t lines = sketch_add(x->sketch, tag, load, hash & 31, d->sec, &all);
	*ret = (uint32_t)(all * SKETCH_UNIT / 1024);
	return all >= least && __builtin_popcount(lines) >= SEVERAL;
}

/* Of a net that has a place, or gets much: the host and the net. */
static __attribute__((noinline)) void
heavy(struct detect *d, struct pops *x, struct pop_place *net, const struct seen *s, uint32_t load, uint32_t hash)
{
	enum flood_class c = (enum flood_class)s->cls;
	uint32_t w = d->sec / POP_WINDOW, weight;
	uint64_t tag = tag_of(host_key(x, s->far), c);
	struct pop_place *host = place_of(x, tag);
	if (!host && much(d, x, tag, load, hash, &weight)) {
		struct prefix p = prefix_of(s->far, addr_bits(s->far));
		host = place_make(x, tag, &p, c, weight, w);
	}
	if (host)
		count_out(d, x, host, s, w, hash);
	/* What one address is accused of is not also its net's doing. */
	if (host && host->group)
		net->guard = net->touched = w;
	else
		count_out(d, x, net, s, w, hash);
}

static __attribute__((noinline)) void
to_net(struct detect *d, struct pops *x, struct pop_place *net, const struct seen *s)
{
	/* Which lines are drawn shows in the estimates: no seed in that hash. */
	uint32_t hash = (uint32_t)mix64(s->line->key), weight;
	uint32_t load = add_sat32(0, s->bytes / SKETCH_UNIT + (s->cls == FLOOD_SYN ? s->packets * 8 : 0) + 1);
	if (!net && much(d, x, s->place, load, hash, &weight)) {
		struct prefix p = prefix_of(s->far, mix_net_len(s->far));
		net = place_make(x, s->place, &p, (enum flood_class)s->cls, weight, d->sec / POP_WINDOW);
	}
	if (net)
		heavy(d, x, net, s, load, hash);
}

static void
population_out(struct detect *d, const struct seen *s)
{
	struct pops *x = d->state[DETECT_POPULATION];
	struct pop_place *net = place_of(x, s->place | 1);
	if (net || s->place & 1)
		to_net(d, x, net, s);
}

static void
count_in(struct detect *d, struct pops *x, struct pop_place *p, const struct seen *s, uint32_t w,
    uint32_t hash)
{
	uint32_t last, n = windows_of(s->f, w, &last);
	roll(d, x, p, w);
	spread(p->in, s->packets, n, last, w);
	struct pop_line *l = drawn(p, hash);
	if (l)
		l->in = add_sat32(l->in, s->f->packets);
	if (p->group)
		pop_group_in(x->groups, p, s);
}

/* An answer from a net that has a place. */
static __attribute__((noinline)) void
answer(struct detect *d, struct pops *x, const struct seen *s, uint64_t key)
{
	static const enum flood_class other[] = { [FLOOD_TCP] = FLOOD_SYN, [FLOOD_UDP] = FLOOD_FRAGMENT };
	uint32_t w = d->sec / POP_WINDOW, hash = (uint32_t)mix64(s->line->key);
	enum flood_class c = (enum flood_class)s->cls;
	if (c == FLOOD_SYN)
		c = FLOOD_TCP;
	if (c == FLOOD_FRAGMENT && s->f->proto == IPP_UDP)
		c = FLOOD_UDP;
	for (int i = 0; i < (c == FLOOD_TCP || c == FLOOD_UDP ? 2 : 1); i++) {
		enum flood_class k = i ? other[c] : c;
		struct pop_place *net = place_of(x, tag_of(key, k)), *host;
		if (!net)
			continue;
		host = place_of(x, tag_of(host_key(x, s->far), k));
		if (host)
			count_in(d, x, host, s, w, hash);
		count_in(d, x, net, s, w, hash);
	}
}

static void
population_in(struct detect *d, const struct seen *s)
{
	struct pops *x = d->state[DETECT_POPULATION];
	if (!x->used || !flood_answers(s->f))
		return;
	uint64_t key = net_key(x, s->far);
	if (x->near[key / 64 % (NEAR / 64)] >> (key & 63) & 1)
		answer(d, x, s, key);
}

static void
population_tick(struct detect *d)
{
	struct pops *x = d->state[DETECT_POPULATION];
	uint32_t w = d->sec / POP_WINDOW, kept = 0;
	for (uint32_t i = 0; i < x->n_fresh; i++) {
		struct pop_place *p = x->fresh[i];
		if (p->newest == w) {
			x->fresh[kept++] = p;
			continue;
		}
		p->fresh = false;
		roll(d, x, p, w);
	}
	x->n_fresh = kept;
	if (d->sec - x->mapped >= REMAP) {
		x->mapped = d->sec;
		remap(x);
	}
	pop_group_tick(d, x->groups);
}

static void
population_fini(void *state)
{
	struct pops *x = state;
	if (!x)
		return;
	sketch_free(x->sketch);
	free(x->tag);
	free(x->place);
	pop_groups_free(x->groups);
	free(x);
}

static int
population_init(struct detect *d, void **state)
{
	struct pops *x = calloc(1, sizeof(*x));
	*state = x;
	if (!x)
		return -ENOMEM;
	x->seed[0] = mix64(d->conf.seed[0] + 0x706f70);
	x->seed[1] = mix64(d->conf.seed[1] + 0x706f70);
	x->sketch = sketch_new();
	x->tag = calloc(POP_SETS, sizeof(*x->tag));
	x->place = calloc(POP_PLACES, sizeof(*x->place));
	x->groups = pop_groups_new();
	return x->sketch && x->tag && x->place && x->groups ? 0 : -ENOMEM;
}

static void
population_memory(const void *state, struct memory_row *ret)
{
	const struct pops *x = state;
	*ret = (struct memory_row){ "victims looked at", x->used, POP_PLACES, sizeof(struct pop_place),
		sketch_bytes() + x->used * sizeof(struct pop_place) + pop_groups_bytes(x->groups) };
}

const struct detector_ops population_ops = {
	.no = DETECT_POPULATION,
	.protos = HOOK_ALL,
	.foreign = true,
	.out = population_out,
	.in = population_in,
	.tick = population_tick,
	.init = population_init,
	.fini = population_fini,
	.memory = population_memory,
};
