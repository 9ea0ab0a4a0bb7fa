/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data that came before its template: over UDP the template may be minutes away. A few sets of an
 * exporter wait for theirs; the oldest gives way, and what was given up is counted.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/flowdec_own.h"

static void
held_drop(struct flowdec *d, struct source *src, struct held **at)
{
	struct held *h = *at;
	size_t size = sizeof(*h) + h->n;
	*at = h->next;
	if (!h->next)
		src->held_end = at;
	src->held_bytes -= size;
	d->bytes -= size;
	src->stats.held--;
	free(h);
}

void
held_put(struct msg *m, uint16_t template_id, const uint8_t *p, size_t n)
{
	struct source *src = m->src;
	size_t size = sizeof(struct held) + n;
	m->uncounted = true;
	while (src->held && (src->stats.held >= HELD_SETS || src->held_bytes + size > HELD_BYTES ||
	    m->now - src->held->now > TEMPLATE_LIFE)) {
		src->stats.no_template++;
		held_drop(m->d, src, &src->held);
	}
	struct held *h = source_alloc(m, size, &src->held_bytes, HELD_BYTES);
	if (!h) {
		src->stats.no_template++;
		return;
	}
	h->of = m->s;
	h->template_id = template_id;
	h->n = (uint16_t)n;
	h->uptime = m->uptime;
	h->now = m->now;
	h->shift = m->shift;
	memcpy(h->p, p, n);
	*src->held_end = h;
	src->held_end = &h->next;
	src->stats.held++;
}

/* The template is there. Times are those of when the data came; they are no part of this message's own
 * count of records. */
void
held_release(struct msg *m, const struct tmpl *t)
{
	const struct msg now = *m;
	for (struct held **at = &m->src->held; *at;) {
		struct held *h = *at;
		if (h->of != t->of || h->template_id != t->id) {
			at = &h->next;
			continue;
		}
		m->now = h->now;
		m->shift = h->shift;
		m->uptime = h->uptime;
		m->records = 0;
		set_decode(m, t, h->p, h->n);
		m->src->stats.records += m->records;
		held_drop(m->d, m->src, at);
	}
	m->now = now.now;
	m->shift = now.shift;
	m->uptime = now.uptime;
	m->records = now.records;
}

void
held_free(struct flowdec *d, struct source *src, const struct stream *of)
{
	for (struct held **at = &src->held; *at;) {
		if ((*at)->of != of) {
			at = &(*at)->next;
			continue;
		}
		src->stats.no_template++;
		held_drop(d, src, at);
	}
}
