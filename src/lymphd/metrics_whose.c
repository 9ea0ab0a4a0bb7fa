/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking registries as Prometheus text; nothing where none is asked. */
#include <inttypes.h>

#include "lymphd/edge.h"
#include "lymphd/edge_whose.h"
#include "lymphd/metrics.h"

void
metrics_whose(struct metrics_text *t, struct edge *e)
{
	static const char *const ends[FETCH_END_N] = { "done", "no-name", "forbidden", "failed", "no-trust", "slow",
		"large", "busy" };
	struct whose_totals w;
	if (!e->whose || (!e->c->conf->rdap.bootstrap[0][0] && !e->c->conf->rdap.cache[0]))
		return;
	whose_totals(e, &w);
	metrics_gauge(t, "lymph_whose_ranges", "Ranges of foreign addresses whose contact is remembered.", w.rows);
	metrics_gauge(t, "lymph_whose_waiting", "Addresses that a registry is being asked about.", w.waiting);
	metrics_counter(t, "lymph_whose_asked_total", "Questions about foreign addresses that were not known.", w.asked);
	metrics_counter(t, "lymph_whose_evicted_total", "Ranges given up for others.", w.evicted);
	metrics_counter(t, "lymph_whose_lost_total", "Questions nobody answered in time.", w.lost);
	metrics_counter(t, "lymph_whose_refused_total", "Questions refused, too many at a time.", w.busy);
	if (!w.heard)
		return;
	metrics_counter(t, "lymph_whose_found_total", "Answers with a contact.", w.feed.n[FEED_FOUND]);
	metrics_counter(t, "lymph_whose_nobody_total", "Answers without one.", w.feed.n[FEED_NOBODY]);
	metrics_counter(t, "lymph_whose_bad_total", "Answers that could not be read.", w.feed.n[FEED_BAD]);
	metrics_counter(t, "lymph_whose_limited_total", "Questions that waited for their registry's share.",
	    w.feed.n[FEED_LIMITED]);
	metrics_head(t, "lymph_fetch_total", "counter", "Fetches from registries, by how they ended.");
	for (int i = 0; i < FETCH_END_N; i++)
		metrics_say(t, "lymph_fetch_total{end=\"%s\"} %" PRIu64 "\n", ends[i], w.feed.ended[i]);
}
