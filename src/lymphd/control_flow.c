/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the control socket tells of own flows: exporters, lines by suspicion, the flows kept of a line,
 * memory. All from what hear-flow last said, but the kept flows, which it is asked for. Reads only.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "lymphd/control.h"
#include "lymphd/edge_flows.h"

#define TOP_LEAST 20

static bool
configured(const struct edge *e)
{
	return e->c->conf->telemetry.listens > 0;
}

/* A rate in permille as 0..1; of nothing: null. */
static json_t *
share(uint64_t part, uint64_t of)
{
	return of ? json_real((double)part / (double)of) : json_null();
}

static json_t *
some(uint64_t v)
{
	return v ? json_integer((json_int_t)v) : json_null();
}

/* What of it is true of all four documents. NULL and a refusal: there is nothing to tell. */
static const struct flow_view *
begin(struct control_call *k)
{
	const struct flow_view *v = state_view(k->e);
	put_time(k->answer, "now", edge_now(k->e));
	put(k->answer, "telemetry", json_boolean(configured(k->e)));
	put(k->answer, "up", json_boolean(k->e->c->peer[ROLE_HEAR_FLOW] != NULL));
	put(k->answer, "heard_ago_ms", v ? json_integer(clock_mono() - v->heard) : json_null());
	if (v)
		put(k->answer, "lossy", json_boolean(v->s->lossy));
	return v;
}

/* --- exporters ----------------------------------------------------------------------------------- */

static const char *
sampling_word(uint8_t by)
{
	static const char *const words[] = { "unknown", "configuration", "option", "record", "header" };
	return by <= SAMPLING_HEADER ? words[by] : "unknown";
}

static json_t *
exporter_json(const struct exporter_seen *x)
{
	const struct exporter_stats *s = &x->s;
	json_t *o = json_new(json_object());
	put_text(o, "exporter", x->name);
	put_addr(o, "address", &x->addr);
	put_text(o, "format", s->format ? flow_format_name(s->format) : "");
	put(o, "sampling", some(s->sampling));
	put_text(o, "sampling_by", sampling_word(s->sampling_by));
	put(o, "sampling_varies", json_boolean(s->sampling_varies));
	put_int(o, "datagrams_per_s", x->datagram_rate);
	put_int(o, "records_per_s", x->record_rate);
	put_int(o, "flows_per_s", x->flow_rate);
	put_int(o, "bytes_per_s", x->byte_rate);
	put(o, "loss", share(s->lost, s->expected));
	put_int(o, "lost", s->lost);
	put_int(o, "expected", s->expected);
	put_int(o, "lost_ever", s->lost_all);
	put_int(o, "late", s->late);
	put_int(o, "restarts", s->restarts);
	put_int(o, "templates", s->templates);
	put_int(o, "streams", s->streams);
	put_int(o, "datagrams", s->datagrams);
	put_int(o, "records", s->records);
	put_int(o, "flows", s->flows);
	put_int(o, "bytes", s->bytes);
	put_int(o, "bad", s->bad);
	put_text(o, "bad_rule", x->bad_rule);
	put(o, "set_aside", json_boolean(x->aside != 0));
	put_int(o, "no_template", s->no_template);
	put_int(o, "held", s->held);
	put_int(o, "capped", s->capped);
	put_int(o, "sampler_drops", s->sampler_drops);
	put(o, "skew_ms", s->last_seen ? json_integer(s->skew) : json_null());
	put_time(o, "first_seen", s->first_seen);
	put_time(o, "last_seen", s->last_seen);
	return o;
}

/* Configured, and nothing ever came from it. */
static json_t *
silent_json(const struct exporter_row *row)
{
	struct exporter_seen x = { .addr = row->addr };
	memcpy(x.name, row->name, sizeof(x.name));
	x.s.sampling = row->sampling;
	x.s.sampling_by = row->sampling ? SAMPLING_CONF : SAMPLING_UNKNOWN;
	return exporter_json(&x);
}

static json_t *
exporters_json(const struct edge *e, const struct flow_view *v)
{
	const struct sights *s = e->c->conf->sights;
	bool heard[EXPORTERS] = { false };
	json_t *list = json_new(json_array());
	for (uint32_t i = 0; v && i < v->n.exporters; i++) {
		if (v->exporter[i].row < EXPORTERS)
			heard[v->exporter[i].row] = true;
		push(list, exporter_json(&v->exporter[i]));
	}
	for (size_t i = 0; s && i < s->exporters; i++)
		if (!heard[i])
			push(list, silent_json(&s->exporter[i]));
	return list;
}

static json_t *
iface_json(const struct edge *e, const struct iface_seen *f)
{
	const char *name = exporter_name(e, f->exporter);
	json_t *o = json_new(json_object());
	put_text(o, "exporter", name ? name : "");
	put_int(o, "interface", f->ifindex);
	put_text(o, "side", side_name((enum side)f->side));
	put_text(o, "sav", sav_name((enum sav)f->sav));
	put(o, "configured", json_boolean(f->configured));
	put_int(o, "in_flows", f->in_flows);
	put_int(o, "out_flows", f->out_flows);
	put_int(o, "in_bytes", f->in_bytes);
	put_int(o, "out_bytes", f->out_bytes);
	put_time(o, "last", f->last);
	return o;
}

static json_t *
strangers_json(const struct flow_view *v)
{
	json_t *list = json_new(json_array());
	for (uint32_t i = 0; i < v->n.strangers; i++) {
		const struct stranger_seen *x = &v->stranger[i];
		json_t *o = json_new(json_object());
		put_addr(o, "address", &x->addr);
		put_int(o, "port", x->port);
		put_int(o, "datagrams", x->datagrams);
		put_time(o, "first", x->first);
		put_time(o, "last", x->last);
		push(list, o);
	}
	return list;
}

static json_t *
sockets_json(const struct flow_state *s)
{
	json_t *list = json_new(json_array());
	for (uint32_t i = 0; i < s->sockets; i++) {
		json_t *o = json_new(json_object());
		put_addr(o, "address", &s->socket[i].addr);
		put_int(o, "port", s->socket[i].port);
		put_int(o, "buffer", s->socket[i].buffer);
		put_int(o, "datagrams", s->socket[i].datagrams);
		put_int(o, "kernel_drops", s->socket[i].kernel_drops);
		push(list, o);
	}
	return list;
}

int
control_exporters(struct control_call *k)
{
	const struct flow_view *v = begin(k);
	json_t *ifaces = json_new(json_array());
	for (uint32_t i = 0; v && i < v->n.ifaces; i++)
		push(ifaces, iface_json(k->e, &v->iface[i]));
	put(k->answer, "exporters", exporters_json(k->e, v));
	put(k->answer, "interfaces", ifaces);
	put(k->answer, "refused", v ? strangers_json(v) : json_array());
	put(k->answer, "sockets", v ? sockets_json(v->s) : json_array());
	if (v) {
		put_int(k->answer, "datagrams", v->s->datagrams);
		put_int(k->answer, "kernel_drops", v->s->kernel_drops);
		put_int(k->answer, "refused_source", v->s->refused_source);
		put_int(k->answer, "set_aside", v->s->refused_aside);
		put_int(k->answer, "truncated", v->s->truncated);
		put(k->answer, "lists_cut", json_boolean(v->s->truncated_lists));
	}
	return 0;
}

/* --- lines, classes, what leaves ----------------------------------------------------------------- */

static json_t *
detectors_json(uint32_t bits)
{
	json_t *a = json_new(json_array());
	for (unsigned d = 0; d < DETECTORS; d++)
		if (bits >> d & 1)
			push(a, json_string(detector_row(d)->name));
	return a;
}

static json_t *
line_json(struct control_call *k, const struct top_row *t)
{
	char text[PREFIX_TEXT];
	struct view_case v;
	uint64_t no = 0;
	bool any = view_case_of(k->e->judge, &t->subject.a, &no, k->e->now, &v);
	json_t *o = json_new(json_object());
	put_text(o, "subject", prefix_print(&t->subject, text));
	put_int(o, "suspicion", t->suspicion);
	put(o, "detectors", detectors_json(t->detectors));
	put_int(o, "pps", t->pps);
	put_int(o, "bps", t->bps);
	put_time(o, "last", t->last);
	put(o, "case", any ? json_integer((json_int_t)v.no) : json_null());
	put_text(o, "state", any ? case_state_name(v.state) : "");
	return o;
}

static json_t *
findings_json(const struct edge *e, const struct flow_view *v)
{
	const struct flows_totals *t = flows_totals(e);
	json_t *list = json_new(json_array());
	for (unsigned d = 0; d < DETECTORS; d++) {
		const struct detector_row *row = detector_row(d);
		json_t *o = json_new(json_object());
		put_text(o, "detector", row->name);
		put_text(o, "title", row->title);
		put_text(o, "class", row->cls ? class_row(row->cls)->name : "");
		put(o, "acts", json_boolean(row->acts));
		put_int(o, "found", v ? v->s->detect.found[d] : 0);
		put_int(o, "held", v ? v->s->detect.held[d] : 0);
		put_int(o, "kept", t->by[d]);
		push(list, o);
	}
	return list;
}

static json_t *
alerts_json(const struct edge *e)
{
	const struct alert *a;
	size_t n = alerts_all(e, &a);
	json_t *list = json_new(json_array());
	for (size_t i = 0; i < n; i++) {
		json_t *o = finding_json(&a[i].finding, exporter_name(e, a[i].finding.exporter));
		put_time(o, "first", a[i].first);
		put_time(o, "last", a[i].last);
		put_int(o, "times", a[i].times);
		push(list, o);
	}
	return list;
}

/* What leaves the network, and how much of it is attack. Estimates, since hear-flow's start. */
static json_t *
leaves_json(const struct edge *e, const struct flow_view *v)
{
	const struct detect_stats *d = &v->s->detect;
	json_t *o = json_new(json_object());
	put_int(o, "out_packets", d->out_packets);
	put_int(o, "out_bytes", d->out_bytes);
	put_int(o, "in_packets", d->in_packets);
	put_int(o, "in_bytes", d->in_bytes);
	put_int(o, "attack_packets", d->attack_packets);
	put_int(o, "attack_bytes", d->attack_bytes);
	put(o, "attack_share", share(d->attack_bytes, d->out_bytes));
	put_int(o, "spared_bytes", flows_totals(e)->spared_bytes);
	return o;
}

static uint64_t
flow_rate(const struct flow_view *v)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < v->n.exporters; i++)
		sum += v->exporter[i].flow_rate;
	return sum;
}

int
control_top(struct control_call *k)
{
	int64_t limit;
	json_t *lines = json_new(json_array());
	const struct flow_view *v = begin(k);
	int r = control_arg_int(k, "limit", TOP_LEAST, &limit);
	if (r == 0 && (limit < 1 || limit > FLOW_TOP))
		r = control_refuse(k, -EINVAL, "limit takes 1 to %d", FLOW_TOP);
	for (uint32_t i = 0; r == 0 && v && i < v->n.top && i < limit; i++)
		push(lines, line_json(k, &v->top[i]));
	put(k->answer, "lines", lines);
	put(k->answer, "lines_seen", v ? some(v->s->detect.lines) : json_null());
	put(k->answer, "flows_per_s", v ? json_integer((json_int_t)flow_rate(v)) : json_null());
	put(k->answer, "findings", findings_json(k->e, v));
	put(k->answer, "alerts", alerts_json(k->e));
	put(k->answer, "leaves", v ? leaves_json(k->e, v) : json_null());
	put(k->answer, "exporters", exporters_json(k->e, v));
	return r;
}

json_t *
control_telemetry_json(const struct edge *e)
{
	const struct flow_view *v = state_view(e);
	const struct alert *a;
	uint64_t unknown = 0;
	struct watch_totals w;
	if (!configured(e))
		return json_null();
	json_t *o = json_new(json_object());
	watch_totals(e, &w);
	put(o, "up", json_boolean(e->c->peer[ROLE_HEAR_FLOW] != NULL));
	put(o, "heard_ago_ms", v ? json_integer(clock_mono() - v->heard) : json_null());
	put_int(o, "exporters", e->c->conf->sights->exporters);
	put_int(o, "alerts", alerts_all(e, &a));
	put_int(o, "watched", w.lines);
	put_int(o, "asked", asks_totals(e)->asked);
	put_int(o, "answered", asks_totals(e)->answered);
	put_int(o, "unanswered", asks_totals(e)->lost);
	put(o, "findings", findings_json(e, v));
	if (!v)
		return o;
	for (uint32_t i = 0; i < v->n.ifaces; i++)
		unknown += !v->iface[i].configured;
	put(o, "listening", sockets_json(v->s));
	put_int(o, "exporters_heard", v->n.exporters);
	put_int(o, "flows_per_s", flow_rate(v));
	put_int(o, "flows", v->s->detect.flows);
	put_int(o, "counted", v->s->detect.counted);
	put_int(o, "datagrams", v->s->datagrams);
	put_int(o, "kernel_drops", v->s->kernel_drops);
	put_int(o, "refused_source", v->s->refused_source);
	put(o, "lossy", json_boolean(v->s->lossy));
	put_int(o, "sampling_unknown", v->s->detect.sampling_unknown);
	put_int(o, "unknown_interfaces", unknown);
	put_int(o, "lines", v->s->detect.lines);
	put_int(o, "lines_evicted", v->s->detect.evicted);
	put_int(o, "findings_waiting", v->s->waiting);
	put_int(o, "findings_dropped", v->s->dropped);
	put_int(o, "indicators", v->s->indicators);
	put_int(o, "indicators_skipped", v->s->indicators_skipped);
	put_int(o, "indicators_line", v->s->indicators_line);
	put_text(o, "indicators_rule", v->s->indicators_rule);
	put_text(o, "indicators_error", v->s->indicators_err < 0 ? strerror(-v->s->indicators_err) : "");
	put(o, "leaves", leaves_json(e, v));
	return o;
}

/* --- memory -------------------------------------------------------------------------------------- */

int
control_memory(struct control_call *k)
{
	const struct flow_view *v = begin(k);
	json_t *list = json_new(json_array());
	uint64_t sum = 0;
	for (uint32_t i = 0; v && i < v->n.memory; i++) {
		const struct memory_seen *m = &v->memory[i];
		json_t *o = json_new(json_object());
		put_text(o, "kind", m->kind);
		put_int(o, "entries", m->entries);
		put_int(o, "most", m->most);
		put_int(o, "entry_bytes", m->entry_bytes);
		put_int(o, "bytes", m->bytes);
		sum += m->bytes;
		push(list, o);
	}
	put(k->answer, "memory", list);
	put(k->answer, "bytes", v ? json_integer((json_int_t)sum) : json_null());
	return 0;
}

/* --- the flows kept of a line -------------------------------------------------------------------- */

static void
on_kept(struct edge *e, void *arg, const struct flow *f, size_t n, bool watched, int err)
{
	uint64_t ticket = (uint64_t)(uintptr_t)arg;
	if (err) {
		control_later(ticket, err, NULL, err == -ETIMEDOUT
			? "hear-flow did not answer within 2 seconds"
			: err == -EPIPE ? "hear-flow went away: try again"
					: "what hear-flow answered makes no sense");
		return;
	}
	json_t *doc = json_new(json_object()), *list = json_new(json_array());
	for (size_t i = 0; i < n; i++)
		push(list, flow_json(&f[i], exporter_name(e, f[i].exporter)));
	put_time(doc, "now", edge_now(e));
	put(doc, "watched", json_boolean(watched));
	put(doc, "flows", list);
	control_later(ticket, 0, doc, "");
}

/* The address of a line by its name: that of its newest case, or the only one its prefix has. */
static bool
find_line(const struct edge *e, const char *name, struct addr *ret)
{
	struct view_case v;
	uint64_t no = 0;
	bool found = false;
	const struct lpm *rows = &e->c->conf->policy->rows;
	for (unsigned n = 0; n < WALK_MOST && view_case_next(e->judge, &no, e->now, &v); n++)
		if (v.target.fam && strcmp(v.line, name) == 0) {
			*ret = v.target;
			found = true;
		}
	for (struct lpm_node *n = lpm_first(rows); n && !found; n = lpm_next(rows, n)) {
		const struct policy_row *row = (const struct policy_row *)n;
		struct prefix one = policy_subject(row, &n->prefix.a);
		if (strcmp(row->line, name) == 0 && n->prefix.len >= one.len) {
			*ret = n->prefix.a;
			found = true;
		}
	}
	return found;
}

int
control_flows(struct control_call *k)
{
	struct addr a;
	int64_t limit;
	const char *who = control_arg_text(k, "address");
	edge_now(k->e);
	int r = control_arg_int(k, "limit", KEPT_MOST, &limit);
	if (r < 0)
		return r;
	if (limit < 1 || limit > KEPT_MOST)
		return control_refuse(k, -EINVAL, "limit takes 1 to %d", KEPT_MOST);
	if (!who || !*who)
		return control_refuse(k, -EINVAL, "address takes an address, or the name of a line");
	if (addr_parse(who, strlen(who), &a) < 0 && !find_line(k->e, who, &a))
		return control_refuse(k, -ENOENT,
		    "no address, and no line of that name has a case or a prefix of one address");
	if (!policy_find(k->e->c->conf->policy, &a))
		return control_refuse(k, -ENOENT, "not in own prefixes: of others nothing is kept");
	if (!configured(k->e))
		return control_refuse(k, -ENOTCONN, "no telemetry is configured: see telemetry in lymphd.conf");
	r = kept_get(k->e, &a, (uint32_t)limit, on_kept, (void *)(uintptr_t)k->ticket);
	if (r < 0)
		return control_refuse(k, r, r == -EBUSY ? "too many ask hear-flow at once: try again"
							: "hear-flow is not running: see lymph status");
	return CONTROL_LATER;
}

json_t *
control_finding_json(struct edge *e, uint64_t seq)
{
	void *bytes, *sig;
	size_t n, sig_n;
	if (store_body(e->store, seq, &bytes, &n, &sig, &sig_n) < 0)
		return NULL;
	json_t *v = json_loadb(bytes, n, 0, NULL); /* ours: written by edge_flow.c */
	free(bytes);
	free(sig);
	return v;
}
