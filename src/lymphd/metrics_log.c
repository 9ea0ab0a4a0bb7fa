/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs as Prometheus text, by the names the configuration gives them; nothing where there are none. */
#include <inttypes.h>
#include <stddef.h>

#include "lymphd/edge.h"
#include "lymphd/edge_log.h"
#include "lymphd/metrics.h"

static const struct {
	const char *name, *type, *help;
	size_t at;
} rows[] = {
#define ROW(name, type, m, help)                                                                   \
	{                                                                                          \
		name, type, help, offsetof(struct log_state_row, m)                                \
	}
	ROW("lymph_log_lines_total", "counter", lines, "Lines read of a log, ever."),
	ROW("lymph_log_accusing_total", "counter", accusing,
	    "Of them such as accuse an own address, ever."),
	ROW("lymph_log_gaps_total", "counter", gaps,
	    "Times that lines of a file may be missing, ever."),
	ROW("lymph_log_broken_total", "counter", broken, "Lines not in the form they should have."),
	ROW("lymph_log_limited_total", "counter", limited, "Lines given up by the recognisers."),
	ROW("lymph_log_left_out_total", "counter", too_long, "Lines longer than anything read."),
	ROW("lymph_log_aside_total", "counter", aside,
	    "Lines passed over because they killed hear-log."),
	ROW("lymph_log_dropped_total", "counter", dropped,
	    "Messages of a socket there was no room for."),
	ROW("lymph_log_refused_total", "counter", refused,
	    "Messages and connections not in the allow list."),
	ROW("lymph_log_failed_total", "counter", failed,
	    "Reports that could not be made or were refused."),
	ROW("lymph_log_referred_total", "counter", referred,
	    "Reports about others' addresses that are sent to whose they are."),
	ROW("lymph_log_foreign_total", "counter", foreign,
	    "Reports about others' addresses that are not: weak, or nobody is known."),
	ROW("lymph_log_behind_bytes", "gauge", behind, "Bytes of a file not read yet."),
#undef ROW
};

void
metrics_log(struct metrics_text *t, struct edge *e)
{
	const struct log_state_row *log;
	bool heard;
	size_t n = logs_all(e, &log, &heard);
	if (!heard)
		return;
	for (size_t r = 0; n && r < sizeof(rows) / sizeof(rows[0]); r++) {
		metrics_head(t, rows[r].name, rows[r].type, rows[r].help);
		for (size_t i = 0; i < n; i++)
			metrics_say(t, "%s{log=\"%s\"} %" PRIu64 "\n", rows[r].name, log[i].name,
			    *(const uint64_t *)((const char *)&log[i] + rows[r].at));
	}
}
