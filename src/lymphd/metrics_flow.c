/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telemetry as Prometheus text. Exporters go by the names the configuration gives them; no address and
 * no line is in it.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lymphd/edge.h"
#include "lymphd/edge_flows.h"
#include "lymphd/metrics.h"

#define EXPORTERS_TOLD 64 /* the rest is in the sums */

/* A configured name as a label; one that is an address goes by its row. */
static const char *
label(const struct edge *e, uint16_t row, char buf[EXPORTER_NAME + 16])
{
	struct addr a;
	const char *name = exporter_name(e, row);
	if (!name || addr_parse(name, strlen(name), &a) == 0 || strpbrk(name, "\"\\\n"))
		snprintf(buf, EXPORTER_NAME + 16, "row-%u", row);
	else
		snprintf(buf, EXPORTER_NAME + 16, "%s", name);
	return buf;
}

static void
say_exporters(struct metrics_text *t, const struct edge *e, const struct flow_view *v)
{
	static const struct {
		const char *name, *type, *help;
		size_t at;
	} rows[] = {
#define ROW(name, type, member, help) { name, type, help, offsetof(struct exporter_seen, s.member) }
		ROW("lymph_flow_exporter_records_total", "counter", records, "Flow records of an exporter."),
		ROW("lymph_flow_exporter_bad_total", "counter", bad, "Its datagrams that were refused."),
		ROW("lymph_flow_exporter_lost_total", "counter", lost_all, "Lost on the way, by its numbering, in its unit."),
		ROW("lymph_flow_exporter_no_template_total", "counter", no_template, "Its data nobody could read for want of a template."),
#undef ROW
	};
	char buf[EXPORTER_NAME + 16];
	uint32_t n = v->n.exporters < EXPORTERS_TOLD ? v->n.exporters : EXPORTERS_TOLD;
	for (size_t r = 0; n && r < sizeof(rows) / sizeof(rows[0]); r++) {
		metrics_head(t, rows[r].name, rows[r].type, rows[r].help);
		for (uint32_t i = 0; i < n; i++)
			metrics_say(t, "%s{exporter=\"%s\"} %" PRIu64 "\n", rows[r].name,
			    label(e, v->exporter[i].row, buf),
			    *(const uint64_t *)((const char *)&v->exporter[i] + rows[r].at));
	}
	if (n)
		metrics_head(t, "lymph_flow_exporter_loss_ratio", "gauge", "Lost of what it sent, last 5 minutes.");
	for (uint32_t i = 0; i < n; i++) {
		const struct exporter_stats *s = &v->exporter[i].s;
		metrics_say(t, "lymph_flow_exporter_loss_ratio{exporter=\"%s\"} %.6f\n",
		    label(e, v->exporter[i].row, buf),
		    s->expected ? (double)s->lost / (double)s->expected : 0.0);
	}
	if (n)
		metrics_head(t, "lymph_flow_exporter_sampling", "gauge", "One packet in so many; 0: nobody said.");
	for (uint32_t i = 0; i < n; i++)
		metrics_say(t, "lymph_flow_exporter_sampling{exporter=\"%s\"} %u\n",
		    label(e, v->exporter[i].row, buf), v->exporter[i].s.sampling);
}

static void
say_detectors(struct metrics_text *t, const struct edge *e, const struct flow_view *v)
{
	const struct flows_totals *f = flows_totals(e);
	metrics_head(t, "lymph_flow_findings_total", "counter", "Findings taken into the journal or shown, by detector.");
	for (unsigned d = 0; d < DETECTORS; d++)
		metrics_say(t, "lymph_flow_findings_total{detector=\"%s\"} %" PRIu64 "\n",
		    detector_row(d)->name, f->by[d]);
	if (!v)
		return;
	metrics_head(t, "lymph_flow_findings_held_total", "counter", "Findings a guard against false alarms kept back.");
	for (unsigned d = 0; d < DETECTORS; d++)
		metrics_say(t, "lymph_flow_findings_held_total{detector=\"%s\"} %" PRIu64 "\n",
		    detector_row(d)->name, v->s->detect.held[d]);
}

static void
say_edge(struct metrics_text *t, const struct edge *e)
{
	const struct alert *a;
	struct watch_totals w;
	const struct asks_totals *q = asks_totals(e);
	size_t n = alerts_all(e, &a), of[DETECTORS] = { 0 };
	watch_totals(e, &w);
	for (size_t i = 0; i < n; i++)
		of[a[i].finding.detector] += a[i].last > e->now - MSEC_DAY;
	metrics_gauge(t, "lymph_flow_alert_outbreaks", "Outbreaks told of in the last day.", of[DETECT_OUTBREAK]);
	metrics_gauge(t, "lymph_flow_alert_spoofing", "Interfaces that let forged sources in, last day.",
	    of[DETECT_SPOOF]);
	metrics_gauge(t, "lymph_flow_watched", "Lines whose flows are kept.", w.lines);
	metrics_counter(t, "lymph_flow_asked_total", "Questions of the judge to own flows.", q->asked);
	metrics_counter(t, "lymph_flow_unanswered_total", "Of them, those without an answer.", q->lost);
	metrics_counter(t, "lymph_flow_spared_bytes_total", "Bytes of floods while an order against them stood.",
	    flows_totals(e)->spared_bytes);
}

static void
say_sums(struct metrics_text *t, const struct flow_view *v)
{
	const struct flow_state *s = v->s;
	const struct detect_stats *d = &s->detect;
	uint64_t unknown = 0;
	for (uint32_t i = 0; i < v->n.ifaces; i++)
		unknown += !v->iface[i].configured;
	metrics_counter(t, "lymph_flow_datagrams_total", "Datagrams taken.", s->datagrams);
	metrics_counter(t, "lymph_flow_kernel_drops_total", "Datagrams the kernel dropped: the buffer was full.",
	    s->kernel_drops);
	metrics_counter(t, "lymph_flow_refused_source_total", "Datagrams of those who are no exporter here.",
	    s->refused_source);
	metrics_counter(t, "lymph_flow_records_total", "Flows decoded.", d->flows);
	metrics_counter(t, "lymph_flow_counted_total", "Flows counted where packets count.", d->counted);
	metrics_head(t, "lymph_flow_not_counted_total", "counter", "Flows not counted, by reason.");
	metrics_say(t, "lymph_flow_not_counted_total{reason=\"foreign\"} %" PRIu64 "\n", d->foreign);
	metrics_say(t, "lymph_flow_not_counted_total{reason=\"elsewhere\"} %" PRIu64 "\n", d->elsewhere);
	metrics_say(t, "lymph_flow_not_counted_total{reason=\"unknown-interface\"} %" PRIu64 "\n", d->unknown_if);
	metrics_say(t, "lymph_flow_not_counted_total{reason=\"ignored\"} %" PRIu64 "\n", d->ignored);
	metrics_say(t, "lymph_flow_not_counted_total{reason=\"direction-unknown\"} %" PRIu64 "\n", d->double_dir);
	metrics_counter(t, "lymph_flow_sampling_unknown_total", "Flows whose sampling nobody said.", d->sampling_unknown);
	metrics_gauge(t, "lymph_flow_unknown_interfaces", "Interfaces seen that no configuration names.", unknown);
	metrics_gauge(t, "lymph_flow_lossy", "1 while so much is lost that silence means nothing.", s->lossy);
	metrics_gauge(t, "lymph_flow_lines", "Lines with state.", d->lines);
	metrics_counter(t, "lymph_flow_lines_evicted_total", "Lines pushed out for others.", d->evicted);
	metrics_gauge(t, "lymph_flow_findings_waiting", "Findings the judge has not committed yet.", s->waiting);
	metrics_counter(t, "lymph_flow_findings_dropped_total", "Findings given up: too many waited.", s->dropped);
	metrics_gauge(t, "lymph_flow_indicators", "Command servers known by address.", s->indicators);
	metrics_counter(t, "lymph_flow_out_bytes_total", "Bytes that left, estimated.", d->out_bytes);
	metrics_counter(t, "lymph_flow_out_packets_total", "Packets that left, estimated.", d->out_packets);
	metrics_counter(t, "lymph_flow_attack_bytes_total", "Of them, bytes of floods.", d->attack_bytes);
	metrics_counter(t, "lymph_flow_attack_packets_total", "Of them, packets of floods.", d->attack_packets);
}

void
metrics_flow(struct metrics_text *t, struct edge *e)
{
	const struct flow_view *v = state_view(e);
	if (!e->c->conf->telemetry.listens)
		return;
	metrics_gauge(t, "lymph_flow_up", "1 while hear-flow says how it is.", v != NULL);
	say_edge(t, e);
	say_detectors(t, e, v);
	if (!v)
		return;
	say_sums(t, v);
	say_exporters(t, e, v);
}
