/* SPDX-License-Identifier: BSD-2-Clause */
/* What is asked of a detector set: about one line, about all of it, about its memory. */
#include "detect/place.h"
#include "detect/slots.h"
#include "detect/watch.h"

void
detect_stats_of(const struct detect *d, struct detect_stats *ret)
{
	*ret = d->stats;
}

/* What a detector thought of a line fades within the hour. */
static uint32_t
suspicion(const struct detect *d, const struct suspect *s, uint32_t *which)
{
	uint32_t best = 0;
	*which = 0;
	for (unsigned i = 0; i < DETECTORS; i++) {
		uint32_t age = d->sec - s->told[i].held;
		if (!s->told[i].held || age >= 3600)
			continue;
		uint32_t at = s->told[i].at > s->told[i].early_at ? s->told[i].at : s->told[i].early_at;
		if (at && d->sec - at < 3600)
			*which |= 1U << i;
		uint32_t now = s->told[i].level * (3600 - age) / 3600;
		best = now > best ? now : best;
	}
	return best;
}

/* Worse first; among equals by address, so that the order is the data's. */
static bool
before(const struct top_row *a, const struct top_row *b)
{
	return a->suspicion != b->suspicion ? a->suspicion > b->suspicion :
	    prefix_cmp(&a->subject, &b->subject) < 0;
}

size_t
detect_top(const struct detect *d, struct top_row *ret, size_t most)
{
	size_t n = 0;
	const struct suspect *s;
	for (uint32_t i = 0; (s = slots_suspect(d->slots, i)) != NULL; i++) {
		struct top_row r = { 0 };
		/* Most are out by their first bytes: silent for an hour, or never so suspect. */
		if (!s->line || s->seen + 3600 < d->sec || (n && n == most && s->level < ret[n - 1].suspicion))
			continue;
		if (!(r.suspicion = suspicion(d, s, &r.detectors)))
			continue;
		if (n == most && (!most || r.suspicion < ret[n - 1].suspicion))
			continue;
		r.subject = own_prefix(d->own, s->own, s->line);
		if (n == most && !before(&r, &ret[n - 1]))
			continue;
		size_t at = n < most ? n++ : n - 1;
		for (; at > 0 && before(&r, &ret[at - 1]); at--)
			ret[at] = ret[at - 1];
		ret[at] = r;
	}
	for (size_t i = 0; i < n; i++) {
		uint16_t own = own_find(d->own, &ret[i].subject.a);
		const struct line *l = line_find((struct detect *)d,
		    own_key(d->own, own, &ret[i].subject.a));
		if (!l)
			continue;
		ret[i].last = (msec)l->seen * 1000;
		uint32_t minute = d->sec / 60;
		/* The last whole minute; while the first one runs, that. */
		int k = l->minute == minute && l->out[1].packets ? 1 : 0;
		if (minute - l->minute > 1)
			continue;
		ret[i].pps = l->out[k].packets / 60;
		ret[i].bps = l->out[k].bytes * 8 / 60;
	}
	return n;
}

size_t
detect_memory(const struct detect *d, struct memory_row *ret, size_t most)
{
	struct memory_row row[8 + DETECTORS] = { { 0 } };
	size_t n = slots_memory(d->slots, row);
	row[n++] = (struct memory_row){ "own prefixes", own_rows(d->own), UINT16_MAX,
		sizeof(struct own_row), own_bytes(d->own) };
	row[n++] = (struct memory_row){ "sources by interface", d->conf.sights->ifaces,
		d->conf.sights->ifaces, 0, places_bytes(d->places) };
	uint64_t used = 0;
	for (size_t i = 0; i < IFACES; i++)
		used += d->iface[i].used;
	row[n++] = (struct memory_row){ "interfaces", used, IFACES, sizeof(struct iface),
		IFACES * sizeof(struct iface) };
	n += watch_memory(d, &row[n]);
	for (size_t i = 0; detectors[i] && n < sizeof(row) / sizeof(row[0]); i++)
		if (detectors[i]->memory)
			detectors[i]->memory(d->state[detectors[i]->no], &row[n++]);
	for (size_t i = 0; i < n && i < most; i++)
		ret[i] = row[i];
	return n < most ? n : most;
}
