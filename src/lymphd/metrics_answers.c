/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures of who may send how much, and of what reporters asked. Numbers and fixed words only. */
#include <inttypes.h>

#include "lymphd/edge.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_grant.h"
#include "lymphd/metrics.h"

void
metrics_answers(struct metrics_text *t, struct edge *e)
{
	static const struct {
		enum hear_count at;
		const char *share;
	} rows[] = { { HEAR_BY_KEY, "key" }, { HEAR_BY_NETWORK, "network" }, { HEAR_BY_SHARE, "unsigned-disk" },
		{ HEAR_BY_CROWD, "unsigned-at-once" } };
	const struct room_state r = room_state(e);
	const struct outcomes_totals o = outcomes_totals(e);
	const struct read_totals rd = read_totals(e);
	metrics_head(t, "lymph_requests_over_share_total", "counter", "Requests refused by whose share was used up.");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		metrics_say(t, "lymph_requests_over_share_total{share=\"%s\"} %" PRIu64 "\n", rows[i].share,
		    r.heard.n[rows[i].at]);
	metrics_counter(t, "lymph_shares_forgotten_total", "Shares in use given up for others, for want of room.",
	    r.heard.n[HEAR_FORGOTTEN]);
	metrics_counter(t, "lymph_lines_cut_total", "Connections cut for being slow.", r.heard.n[HEAR_CUT]);
	metrics_gauge(t, "lymph_unsigned_bytes", "Bytes of reports nobody signed or vouched for.", r.used);
	metrics_gauge(t, "lymph_unsigned_most_bytes", "What they may take.", r.most);
	metrics_counter(t, "lymph_unsigned_refused_total", "Such reports refused by the judge for want of it.", r.refused);
	const struct reply_totals w = reply_totals(e);
	metrics_gauge(t, "lymph_outgoing_waiting", "Outcomes laid up for reporters who want them by mail.", w.waiting);
	metrics_gauge(t, "lymph_outgoing_wishes", "Reports whose outcome is wanted by mail.", w.wishes);
	metrics_counter(t, "lymph_outgoing_dropped_total", "Laid up and given up for newer ones.", w.dropped);
	metrics_counter(t, "lymph_outgoing_refused_total", "Wishes not taken, for there were too many.", w.full);
	metrics_counter(t, "lymph_outcomes_told_total", "Outcomes told to reporters.", o.told);
	metrics_counter(t, "lymph_outcomes_denied_total", "Asked for with no such id, or another's token.", o.denied);
	metrics_counter(t, "lymph_reads_told_total", "Pages of cases and reports read by token.", rd.told);
	metrics_counter(t, "lymph_reads_refused_total", "Not shown: outside the token's scope, or too many.", rd.refused);
	metrics_counter(t, "lymph_reads_denied_total", "Asked for with no token, or one that is void.", rd.denied);
}
