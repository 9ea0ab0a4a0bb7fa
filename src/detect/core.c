/* SPDX-License-Identifier: BSD-2-Clause */
/* A detector set's life: made, told the time, freed; its numbers' defaults. */
#include <stdlib.h>

#include "detect/indicators.h"
#include "detect/place.h"
#include "detect/slots.h"
#include "detect/watch.h"

void
detect_numbers(struct detect_numbers *ret)
{
	*ret = (struct detect_numbers){
		.scan_port = { 22, 23, 26, 80, 81, 2222, 2323, 2480, 5358, 5555, 5984, 6789, 7547, 8080,
		    8443, 9034, 9527, 23231, 34567, 37215, 49152, 52869, 60001, 60023 },
		.scan_port_busy = { 22, 80, 8080, 8443 },
		.scan_distinct = 8,
		.scan_distinct_long = 24,
		.scan_early = 5,
		.scan_share = 600,
		.scan_nets = 3,
		.walk_failures = 12,
		.walk_sampling = 16,
		.flood_pps = 2000,
		.flood_times = 20,
		.flood_ratio = 50,
		.flood_samples = 30,
		.torture_qps = 100,
		.population_lines = 20,
		.population_bps = 100000000,
		.outbreak_lines = 10,
		.least_samples = FINDING_LEAST,
	};
}

/* Which hooks each kind of flow meets, so that a flow calls no other. */
static void
hook_up(struct detect *d)
{
	for (int way = 0; way < 2; way++)
		for (int kind = 0; kind < HOOK_KINDS; kind++) {
			int n = 0;
			for (size_t i = 0; detectors[i]; i++) {
				const struct detector_ops *o = detectors[i];
				detect_hook *h = way ? o->out : o->in;
				if (h && o->protos >> kind % HOOK_PROTOS & 1 && !(o->foreign && kind & HOOK_OWN) &&
				    (!o->any || o->any & (unsigned)kind))
					d->hook[way][kind][n++] = h;
			}
		}
}

struct detect *
detect_new(const struct detect_conf *c)
{
	struct detect *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->conf = *c;
	size_t left_out;
	d->own = own_new(c->policy, &left_out);
	d->slots = d->own ? slots_new(c->subscribers, own_places(d->own), c->seed) : NULL;
	d->eye = calloc(EXPORTERS, sizeof(*d->eye));
	d->iface = calloc(IFACES, sizeof(*d->iface));
	d->places = places_new(c->sights);
	d->watches = watches_new();
	bool ok = d->own && d->slots && d->eye && d->iface && d->places && d->watches;
	for (size_t i = 0; ok && detectors[i]; i++)
		if (detectors[i]->init)
			ok = detectors[i]->init(d, &d->state[detectors[i]->no]) == 0;
	d->moves = 1;
	hook_up(d);
	detect_indicators(d, c->indicators);
	if (!ok) {
		detect_free(d);
		return NULL;
	}
	return d;
}

void
detect_free(struct detect *d)
{
	if (!d)
		return;
	for (size_t i = 0; detectors[i]; i++)
		if (detectors[i]->fini)
			detectors[i]->fini(d->state[detectors[i]->no]);
	own_free(d->own);
	slots_free(d->slots);
	places_free(d->places);
	watches_free(d->watches);
	free(d->eye);
	free(d->iface);
	free(d);
}

void
detect_indicators(struct detect *d, const struct indicators *in)
{
	d->conf.indicators = in;
	d->listed = indicators_count(in) ? HOOK_LISTED : 0;
}

void
detect_tick(struct detect *d, msec now)
{
	msec s = now < 0 ? 0 : now / 1000;
	if (s > UINT32_MAX)
		s = UINT32_MAX;
	if (now > d->stats.now)
		d->stats.now = now;
	if (s <= (msec)d->sec && d->began)
		return;
	d->sec = (uint32_t)s;
	if (!d->began)
		d->began = d->sec ? d->sec : 1;
	for (size_t i = 0; detectors[i]; i++)
		if (detectors[i]->tick)
			detectors[i]->tick(d);
}
