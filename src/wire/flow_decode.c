/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door of the flow decoder: which format a datagram is of, what is remembered of its exporter, and
 * what that may cost. Every byte kept is counted to the exporter it came from and refused beyond its
 * caps, so that none can take another's room. Must never allocate for a record.
 */
#include <errno.h>
#include <stdlib.h>

#include "wire/flowdec_own.h"

struct flowdec *
flowdec_new(const struct sights *sights)
{
	struct flowdec *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->sights = sights;
	d->bytes = sizeof(*d);
	return d;
}

static void
stream_free(struct flowdec *d, struct source *src, struct stream *s)
{
	held_free(d, src, s);
	tmpl_free_all(d, src, s);
	src->tmpl_bytes -= s->rate_room * sizeof(*s->rate);
	d->bytes -= sizeof(*s) + s->rate_room * sizeof(*s->rate) + (s->drop ? DROP_SLOTS * sizeof(*s->drop) : 0);
	free(s->rate);
	free(s->drop);
	free(s);
}

void
flowdec_free(struct flowdec *d)
{
	for (size_t i = 0; d && i < EXPORTERS; i++) {
		struct source *src = d->source[i];
		for (unsigned k = 0; src && k < src->streams; k++)
			stream_free(d, src, src->stream[k]);
		free(src);
	}
	free(d);
}

int
msg_refuse(struct msg *m, const char *rule)
{
	m->rule = rule;
	return -EBADMSG;
}

void
msg_fault(struct msg *m, const char *rule)
{
	if (!m->rule)
		m->rule = rule;
}

void *
source_alloc(struct msg *m, size_t n, size_t *of, size_t cap)
{
	void *p = *of + n <= cap ? calloc(1, n) : NULL;
	if (!p) {
		m->src->stats.capped++;
		return NULL;
	}
	*of += n;
	m->d->bytes += n;
	return p;
}

void
msg_flush(struct msg *m)
{
	size_t n = m->n;
	m->n = 0;
	m->flows += n;
	if (n)
		m->sink(m->arg, m->d->batch, n);
}

/* The exporter's clock against ours. Its header tells whole seconds, so up to one more is no skew. */
void
msg_clock(struct msg *m, msec export)
{
	msec behind = m->now - export;
	m->shift = behind >= 0 && behind < 2 * MSEC_SECOND ? 0 : behind;
	m->src->stats.skew = -behind;
}

/* Which stream gives way: one idle as long as a template lives, or a young one; else none, so that a
 * flood of new ones under an exporter's name cannot push out those that work. */
static unsigned
stream_worst(const struct source *src, msec now)
{
	unsigned worst = STREAMS;
	for (unsigned i = 0; i < src->streams; i++) {
		const struct stream *s = src->stream[i];
		if (now - s->seen < TEMPLATE_LIFE && s->datagrams >= STREAM_YOUNG)
			continue;
		if (worst == STREAMS || s->seen < src->stream[worst]->seen)
			worst = i;
	}
	return worst;
}

static struct stream *
stream_new(struct msg *m, enum flow_format format, uint64_t id)
{
	struct source *src = m->src;
	unsigned at = src->streams < STREAMS ? src->streams : stream_worst(src, m->now);
	struct stream *s = at < STREAMS ? calloc(1, sizeof(*s)) : NULL;
	if (!s) {
		src->stats.capped++;
		return NULL;
	}
	m->d->bytes += sizeof(*s);
	s->id = id;
	s->port = m->port;
	s->format = (uint8_t)format;
	if (at == src->streams)
		src->streams++;
	else
		stream_free(m->d, src, src->stream[at]);
	return src->stream[at] = s;
}

/* RFC 7011 8, 10.3.4: who numbers templates is a session (over UDP: addresses and ports) and an
 * observation domain (v9: source id) in it. */
struct stream *
stream_get(struct msg *m, enum flow_format format, uint64_t id)
{
	struct source *src = m->src;
	struct stream *s = src->last;
	m->src->stats.format = (uint8_t)format;
	if (!s || s->id != id || s->port != m->port || s->format != format) {
		unsigned i = 0;
		for (s = NULL; !s && i < src->streams; i++)
			if (src->stream[i]->id == id && src->stream[i]->port == m->port &&
			    src->stream[i]->format == format)
				s = src->stream[i];
		if (!s)
			s = stream_new(m, format, id);
		src->last = s;
	}
	if (s) {
		s->seen = m->now;
		s->datagrams++;
	}
	return m->s = s;
}

static int
decode(struct msg *m, const uint8_t *p, size_t n)
{
	struct reader r = reader_of(p, n);
	uint16_t version = r16(&r), low = r16(&r);
	if (r.bad)
		return msg_refuse(m, "no export datagram: shorter than any header");
	switch (version) {
	case 5: return netflow5_decode(m, p, n);
	case 9: return netflow9_decode(m, p, n);
	case 10: return ipfix_decode(m, p, n);
	case 0:
		if (low == 5)
			return sflow_decode(m, p, n);
	}
	return msg_refuse(m, "no export datagram: version is none of NetFlow 5, 9, IPFIX 10, sFlow 5");
}

static struct source *
source_get(struct flowdec *d, uint16_t exporter, msec now)
{
	struct source *src = exporter < EXPORTERS ? d->source[exporter] : NULL;
	if (src || exporter >= EXPORTERS)
		return src;
	src = calloc(1, sizeof(*src));
	if (!src)
		return NULL;
	d->source[exporter] = src;
	d->bytes += sizeof(*src);
	src->held_end = &src->held;
	src->stats.first_seen = now;
	return src;
}

int
flowdec_datagram(struct flowdec *d, uint16_t exporter, uint16_t port, const uint8_t *p, size_t n, msec now,
    flow_sink *sink, void *arg, const char **rule)
{
	static const struct exporter_row none;
	struct source *src = source_get(d, exporter, now);
	if (!src) {
		*rule = exporter < EXPORTERS ? "out of memory" : "no such exporter";
		return -EBADMSG;
	}
	struct msg m = { .d = d, .src = src, .exporter = exporter, .port = port, .now = now, .sink = sink,
		.arg = arg, .row = exporter < d->sights->exporters ? &d->sights->exporter[exporter] : &none };
	src->stats.last_seen = now;
	src->stats.datagrams++;
	src->stats.bytes += n;
	int r = decode(&m, p, n);
	if (m.rule)
		r = -EBADMSG;
	msg_flush(&m);
	src->stats.records += m.records;
	src->stats.flows += m.flows;
	if (r < 0) {
		src->stats.bad++;
		src->stats.bad_rule = m.rule;
		*rule = m.rule;
	}
	return r;
}

int
flowdec_ipfix_len(const uint8_t *p, size_t n)
{
	struct reader r = reader_of(p, n);
	uint16_t version = r16(&r), len = r16(&r);
	if (r.bad)
		return 0;
	return version == 10 && len >= 16 ? len : -EBADMSG;
}

const char *
flow_format_name(enum flow_format f)
{
	static const char *const name[FORMAT_N] = { "none", "NetFlow v5", "NetFlow v9", "IPFIX", "sFlow v5" };
	return f < FORMAT_N ? name[f] : "?";
}

bool
flowdec_stats(const struct flowdec *d, uint16_t exporter, struct exporter_stats *ret)
{
	const struct source *src = exporter < EXPORTERS ? d->source[exporter] : NULL;
	if (!src)
		return false;
	*ret = src->stats;
	ret->streams = src->streams;
	ret->sampling_varies = src->varied && src->stats.last_seen - src->varied < LOSS_SLOTS * LOSS_SLOT;
	seq_loss(src, &ret->lost, &ret->expected);
	return true;
}

size_t
flowdec_memory(const struct flowdec *d)
{
	return d->bytes;
}
