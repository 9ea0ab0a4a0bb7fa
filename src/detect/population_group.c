/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A population that is accused: one finding about all of it, again when it has doubled or every ten
 * minutes, and one about each line that has sent enough and was not answered. At most POP_MEMBERS lines
 * are named. It ends a minute after the last window that was too much; the same victim within the hour is
 * the same group.
 */
#include "detect/population.h"

#include <stdlib.h>

#include "detect/mix.h"

#define AGAIN 600  /* s */
#define QUIET 60
#define MEMBER_AGAIN 30 /* that a line goes on is known; whether it is said again, found_line() decides */
#define SAME  3600

struct pop_groups {
	struct pop_group group[POP_GROUPS];
	uint32_t used, count;
	uint64_t refused;
};

struct pop_groups *
pop_groups_new(void)
{
	return calloc(1, sizeof(struct pop_groups));
}

void
pop_groups_free(struct pop_groups *g)
{
	free(g);
}

size_t
pop_groups_bytes(const struct pop_groups *g)
{
	return g->used * sizeof(struct pop_group);
}

static uint8_t
most_of(const uint32_t source[3])
{
	uint8_t best = 0;
	for (uint8_t i = 1; i < 3; i++)
		if (source[i] > source[best])
			best = i;
	return best;
}

static void
tell(struct detect *d, struct pop_group *g, const struct pop_view *v, bool active)
{
	const struct pop_place *p = g->place;
	struct finding f = { .detector = DETECT_POPULATION, .source = most_of(p->source), .proto = p->proto,
		.active = active, .flood = p->cls, .peer = pop_victim(p), .port = { pop_port(p) },
		.samples = v->samples, .sampling = p->sampling, .distinct = v->lines, .lines = v->lines,
		.permille = v->permille > 1000 ? 1000 : v->permille, .pps = v->pps, .bps = v->bps,
		.packets = g->packets, .bytes = g->bytes, .group = g->number,
		.from = (msec)g->from * 1000, .to = (msec)d->sec * 1000 };
	f.error_permille = error_of(v->samples);
	f.mean_size = v->pps ? (uint32_t)(v->bps / 8 / v->pps) : 0;
	if (p->host.fam && f.peer.len < addr_bits(&f.peer.a))
		f.sample[0] = p->host;
	g->told_at = d->sec;
	g->told_lines = v->lines;
	g->told_bps = v->bps;
	found_other(d, &f);
}

static struct pop_group *
make(struct detect *d, struct pop_groups *x, struct pop_place *p)
{
	struct pop_group *g = NULL;
	for (int i = 0; i < POP_GROUPS && !g; i++)
		if (!x->group[i].number)
			g = &x->group[i];
	if (!g) {
		x->refused++;
		return NULL;
	}
	memset(g, 0, sizeof(*g));
	if (!p->number || d->sec - p->ended > SAME)
		p->number = (uint64_t)d->sec << 16 | (++x->count & 0xffff);
	g->number = p->number;
	g->place = p;
	g->from = (p->over ? p->over : p->newest) * POP_WINDOW;
	g->from = g->from > d->sec ? d->sec : g->from;
	p->group = (uint16_t)(g - x->group + 1);
	x->used++;
	return g;
}

void
pop_group_on(struct detect *d, struct pop_groups *x, struct pop_place *p, const struct pop_view *v)
{
	struct pop_group *g = p->group ? &x->group[p->group - 1] : make(d, x, p);
	if (!g)
		return;
	g->last = d->sec;
	g->mixed |= v->answered;
	if (!g->told_at || v->lines >= 2 * g->told_lines || v->bps >= 2 * g->told_bps ||
	    d->sec - g->told_at >= AGAIN) {
		if (!g->packets) {
			g->packets = v->pps * POP_WINDOW;
			g->bytes = v->bps / 8 * POP_WINDOW;
		}
		tell(d, g, v, true);
	}
}

static struct pop_member *
member_of(struct pop_group *g, uint64_t key, bool make_it)
{
	uint64_t h = mix64(key);
	for (uint32_t i = 0; i < 16; i++) {
		struct pop_member *m = &g->member[(h + i) & (POP_MEMBERS - 1)];
		if (m->key == key)
			return m;
		if (m->key)
			continue;
		if (!make_it)
			return NULL;
		g->members++;
		m->key = key;
		return m;
	}
	if (make_it)
		g->left_out++;
	return NULL;
}

static void
tell_line(struct detect *d, struct pop_group *g, struct pop_member *m, const struct seen *s)
{
	const struct pop_place *p = g->place;
	uint32_t span = m->when > m->since ? m->when - m->since : 1;
	struct finding f = { .detector = DETECT_POPULATION, .source = s->source, .proto = p->proto, .active = 1,
		.flood = p->cls, .peer = pop_victim(p), .port = { pop_port(p) }, .samples = m->samples,
		.sampling = p->sampling, .distinct = 1, .lines = 1, .permille = 1000, .packets = m->packets,
		.bytes = m->bytes, .pps = m->packets / span, .bps = m->bytes * 8 / span,
		.mean_size = (uint32_t)(m->bytes / (m->packets ? m->packets : 1)), .group = g->number,
		.from = (msec)m->since * 1000, .to = (msec)m->when * 1000 };
	m->told = f.pps;
	m->told_at = d->sec;
	found_line(d, s, &f, f.pps);
}

bool
pop_group_out(struct detect *d, struct pop_groups *x, struct pop_place *p, const struct seen *s)
{
	struct pop_group *g = &x->group[p->group - 1];
	struct pop_member *m = member_of(g, s->line->key, true);
	g->packets += s->packets;
	g->bytes += s->bytes;
	g->samples += s->f->packets;
	if (!m)
		return true;
	if (!m->since)
		m->since = d->sec;
	m->when = d->sec;
	m->packets += s->packets;
	m->bytes += s->bytes;
	m->samples = add_sat32(m->samples, s->f->packets);
	if ((uint64_t)m->in * d->conf.numbers.flood_ratio > m->samples || s->f->bits & FLOW_ANSWERED) {
		g->packets -= s->packets;
		g->bytes -= s->bytes;
		return false;
	}
	/* Where others are answered, silence means something only after more. */
	uint32_t enough = !g->mixed ? d->conf.numbers.least_samples : p->sampling == 1 ? POP_SURE : 2 * POP_SURE;
	uint32_t span = m->when - m->since;
	if (m->samples >= enough && span >= 2 * POP_WINDOW &&
	    (!m->told_at || m->packets / span >= 2 * m->told || d->sec - m->told_at >= MEMBER_AGAIN))
		tell_line(d, g, m, s);
	return true;
}

void
pop_group_in(struct pop_groups *x, struct pop_place *p, const struct seen *s)
{
	struct pop_member *m = member_of(&x->group[p->group - 1], s->line->key, true);
	if (m)
		m->in = add_sat32(m->in, s->f->packets);
}

void
pop_group_tick(struct detect *d, struct pop_groups *x)
{
	for (int i = 0; x->used && i < POP_GROUPS; i++) {
		struct pop_group *g = &x->group[i];
		if (!g->number || d->sec - g->last < QUIET)
			continue;
		struct pop_view v = { .lines = g->told_lines, .bps = g->told_bps, .permille = 1000,
			.samples = g->samples > UINT32_MAX ? UINT32_MAX : g->samples ? (uint32_t)g->samples : 1 };
		v.pps = g->bytes ? v.bps / 8 * g->packets / g->bytes : 0;
		tell(d, g, &v, false);
		g->place->group = 0;
		g->place->ended = d->sec;
		g->number = 0;
		x->used--;
	}
}
