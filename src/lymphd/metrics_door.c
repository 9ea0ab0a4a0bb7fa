/* SPDX-License-Identifier: BSD-2-Clause */
/* The door as Prometheus text, by the names staff let in; nothing where nobody can come. */
#include <inttypes.h>
#include <stddef.h>

#include "lymphd/edge.h"
#include "lymphd/edge_door.h"
#include "lymphd/metrics.h"

static const struct {
	const char *name, *help;
	enum door_kind kind;
	enum door_count what;
} rows[] = {
	{ "lymph_door_alerts_total", "Alerts a machine pushed.", DOOR_MACHINE, DOOR_ALERTS },
	{ "lymph_door_reports_total", "Reports made of them.", DOOR_MACHINE, DOOR_REPORTS },
	{ "lymph_door_elsewhere_total", "Alerts about addresses that are not ours.", DOOR_MACHINE, DOOR_ELSEWHERE },
	{ "lymph_door_unclear_total", "Alerts without an address or a known scenario.", DOOR_MACHINE, DOOR_UNCLEAR },
	{ "lymph_door_decisions_refused_total", "Decisions that came with alerts.", DOOR_MACHINE, DOOR_DECISIONS },
	{ "lymph_door_commands_refused_total", "Deletes and questions of machines.", DOOR_MACHINE, DOOR_COMMANDS },
	{ "lymph_door_pulls_total", "Questions of a bouncer.", DOOR_BOUNCER, DOOR_PULLS },
	{ "lymph_door_told_total", "Decisions it was told.", DOOR_BOUNCER, DOOR_GIVEN },
};

void
metrics_door(struct metrics_text *t, struct edge *e)
{
	static const char *const kinds[DOOR_KINDS] = { "machine", "bouncer" };
	const struct msg_door_counts *c = door_counts(e);
	if (!e->c->conf->alerts[0])
		return;
	metrics_counter(t, "lymph_door_registrations_total", "Machines that registered.", c->n[DOOR_REGISTERED]);
	metrics_counter(t, "lymph_door_registrations_refused_total", "Registrations refused.", c->n[DOOR_REFUSED]);
	metrics_counter(t, "lymph_door_logins_total", "Logins of machines.", c->n[DOOR_LOGINS]);
	metrics_counter(t, "lymph_door_wrong_total", "Wrong passwords, tokens and keys.", c->n[DOOR_WRONG]);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		metrics_head(t, rows[i].name, "counter", rows[i].help);
		for (const struct door_row *r = door_next(e, NULL); r; r = door_next(e, r)) {
			const struct msg_door_seen *s = door_seen_of(e, r);
			if (r->kind == rows[i].kind && r->approved)
				metrics_say(t, "%s{%s=\"%s\"} %" PRIu64 "\n", rows[i].name, kinds[r->kind], r->name,
				    s ? s->n[rows[i].what] : 0);
		}
	}
}
