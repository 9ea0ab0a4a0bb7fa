/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sampling: what options said, by sampler, selector, interface or for all, and which of it is a
 * record's. What was told about several is never averaged, and what was not told stays unknown: a
 * guess here would be a factor of a thousand there.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/flowdec_own.h"

static bool
has_all(uint64_t has, unsigned a, unsigned b)
{
	return has & IE_BIT(a) && has & IE_BIT(b);
}

static uint32_t
ratio(uint64_t of, uint64_t one)
{
	if (one == 0 || of < one)
		return 0;
	uint64_t v = of / one + (of % one >= one - one / 2);
	return v < UINT32_MAX ? (uint32_t)v : UINT32_MAX;
}

/* One packet in so many, as a record says it (RFC 5477 8.2, RFC 3954 8); 0: it does not. An interval
 * without its space says nothing: how many are then left out? */
static uint32_t
rate_told(uint64_t has, const struct ie_raw *x)
{
	uint32_t r = 0;
	if (has_all(has, IE_SAMPLED, IE_SPACE) && x->space < UINT64_MAX - x->sampled)
		r = ratio(x->sampled + x->space, x->sampled);
	if (!r && has_all(has, IE_SIZE, IE_POPULATION))
		r = ratio(x->population, x->size);
	if (!r && has & IE_BIT(IE_PROBABILITY))
		r = ratio(x->probability, 1);
	if (!r && has & IE_BIT(IE_INTERVAL))
		r = ratio(x->interval, 1);
	return r;
}

static uint64_t
key_of(enum rate_of kind, uint32_t id)
{
	return (uint64_t)kind << 32 | id;
}

/* Where key is, or would stand. */
static uint32_t
rate_at(const struct stream *s, uint64_t key)
{
	uint32_t lo = 0, hi = s->rates;
	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		if (s->rate[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static uint32_t
rate_get(const struct stream *s, enum rate_of kind, uint64_t id)
{
	uint64_t key = key_of(kind, (uint32_t)id);
	if (!(s->rate_kinds & 1u << kind) || id > UINT32_MAX)
		return 0;
	uint32_t i = rate_at(s, key);
	return i < s->rates && s->rate[i].key == key ? s->rate[i].n : 0;
}

static bool
rate_grow(struct msg *m)
{
	struct stream *s = m->s;
	uint32_t room = s->rate_room ? s->rate_room * 2 : 16;
	if (s->rates < s->rate_room)
		return true;
	if (room > RATES) {
		m->src->stats.capped++;
		return false;
	}
	struct rate *bigger = source_alloc(m, room * sizeof(*bigger), &m->src->tmpl_bytes, TEMPLATE_BYTES);
	if (!bigger)
		return false;
	if (s->rates)
		memcpy(bigger, s->rate, s->rates * sizeof(*bigger));
	m->src->tmpl_bytes -= s->rate_room * sizeof(*bigger);
	m->d->bytes -= s->rate_room * sizeof(*bigger);
	free(s->rate);
	s->rate = bigger;
	s->rate_room = room;
	return true;
}

/* Worked out when it is asked for: options may come by the thousand. */
static uint32_t
only_of(struct stream *s)
{
	if (!s->only_stale)
		return s->only;
	s->only_stale = false;
	s->only = s->whole ? s->whole : s->rates ? s->rate[0].n : 0;
	for (uint32_t i = 0; i < s->rates; i++)
		if (s->rate[i].n != s->only)
			s->only = 0;
	return s->only;
}

static void
rate_put(struct msg *m, enum rate_of kind, uint64_t id, uint32_t n)
{
	struct stream *s = m->s;
	uint64_t key = key_of(kind, (uint32_t)id);
	uint32_t i = rate_at(s, key);
	if (i < s->rates && s->rate[i].key == key) {
		if (s->rate[i].n == n)
			return;
	} else {
		if (id > UINT32_MAX || !rate_grow(m))
			return;
		memmove(s->rate + i + 1, s->rate + i, (s->rates - i) * sizeof(*s->rate));
		s->rates++;
	}
	s->rate[i] = (struct rate){ .key = key, .n = n };
	s->rate_kinds |= (uint8_t)(1u << kind);
	s->only_stale = true;
}

void
rate_option(struct msg *m, uint64_t has, const struct flow *f, const struct ie_raw *x)
{
	uint32_t n = rate_told(has, x);
	bool named = false;
	const struct {
		uint8_t field, kind;
		uint64_t id;
	} of[] = {
		{ IE_SAMPLER, RATE_SAMPLER, x->sampler },
		{ IE_SELECTOR, RATE_SELECTOR, x->selector },
		{ IE_SCOPE_IF, RATE_IFACE, x->scope_if },
		{ IE_IN, RATE_IFACE, f->in_if },
		{ IE_OUT, RATE_IFACE, f->out_if },
		{ IE_SCOPE_TEMPLATE, RATE_TEMPLATE, x->scope_template },
	};
	if (!n)
		return;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		if (!(has & IE_BIT(of[i].field)) || of[i].id == 0) /* interface 0 is all of them */
			continue;
		rate_put(m, of[i].kind, of[i].id, n);
		named = true;
	}
	if (!named && m->s->whole != n) {
		m->s->whole = n;
		m->s->only_stale = true;
	}
}

/* A record that names its sampler is that one's, known or not. */
uint32_t
rate_find(struct stream *s, const struct tmpl *t, const struct flow *f, const struct ie_raw *x,
    enum sampling_by *by)
{
	const bool sampler = t->has & IE_BIT(IE_SAMPLER) && x->sampler;
	const bool selector = t->has & IE_BIT(IE_SELECTOR) && x->selector;
	uint32_t n = sampler ? rate_get(s, RATE_SAMPLER, x->sampler) : 0;
	if (!n && selector)
		n = rate_get(s, RATE_SELECTOR, x->selector);
	if (!n)
		n = rate_get(s, RATE_IFACE, f->bits & FLOW_EGRESS ? f->out_if : f->in_if);
	if (!n)
		n = rate_get(s, RATE_TEMPLATE, t->id);
	if (!n)
		n = s->whole;
	if (!n && !sampler && !selector)
		n = only_of(s);
	*by = SAMPLING_OPTION;
	if (!n) {
		n = rate_told(t->has, x);
		*by = n ? SAMPLING_RECORD : SAMPLING_UNKNOWN;
	}
	return n;
}

void
rate_seen(struct msg *m, uint32_t rate, enum sampling_by by)
{
	struct exporter_stats *st = &m->src->stats;
	if (st->sampling && st->sampling != rate && by != SAMPLING_CONF)
		m->src->varied = m->now;
	if (!rate && st->sampling)
		return;
	st->sampling = rate;
	st->sampling_by = (uint8_t)by;
}
