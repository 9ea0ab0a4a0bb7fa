/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telemetry for people: exporters, lines by suspicion, the flows kept of a line, memory; and what of it
 * stands in the status and in the explanation of a case. Reads JSON, writes text; asks nobody and knows
 * no clock. What nobody told is said to be unknown, never shown as nothing.
 */
#include <string.h>

#include "lymph/show.h"

#define CELLS(...) ((const char *const[]){ __VA_ARGS__ })
#define WIDE       100 /* columns from which addresses of exporters fit beside the rest */
#define SAID       3   /* newest words of own flows shown in a case ... */
#define KEPT       10  /* ... and newest of the flows kept with it */
#define UNKNOWN    20  /* interfaces without a row shown; the rest is counted */

/* "12.3 k": three figures, as an estimate has. */
static const char *
count(long long n)
{
	static const char *const unit[] = { "", " k", " M", " G", " T", " P" };
	int u = 0;
	double v = (double)n;
	for (; v >= 1000 && u < 5; u++)
		v /= 1000;
	return out_fmt(u && v < 100 ? "%.1f%s" : "%.0f%s", v, unit[u]);
}

static const char *
bytes(long long n)
{
	return out_fmt(n < 1000 ? "%s B" : "%sB", count(n));
}

static const char *
percent(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	return json_is_number(v) ? out_fmt("%.2f %%", 100 * json_number_value(v)) : NULL;
}

static bool
known(const json_t *o, const char *key)
{
	return json_is_number(json_object_get(o, key));
}

/* Why there is nothing to show, or that it is old; true: there is nothing. */
static bool
show_absence(const json_t *doc, const struct out *o)
{
	if (!out_true(doc, "telemetry")) {
		out_say(o, 0, "", "No telemetry is configured: nobody may send flows here. See telemetry, "
				  "exporter and interface in lymphd.conf(5).");
		return true;
	}
	if (!known(doc, "heard_ago_ms")) {
		out_say(o, 0, "", "hear-flow is %s and has said nothing yet; see lymph status.",
		    out_true(doc, "up") ? "up" : "not running");
		return true;
	}
	if (out_ms(doc, "heard_ago") > 10000)
		out_say(o, 0, "", "OLD: hear-flow last said this %s.", out_age(out_ms(doc, "heard_ago")));
	return false;
}

/* --- exporters ----------------------------------------------------------------------------------- */

static const char *
sampling(const json_t *x)
{
	long long n = out_int(x, "sampling");
	if (!n)
		return "unknown";
	return out_fmt("1:%lld%s", n, out_true(x, "sampling_varies") ? " ..." : "");
}

static const char *
skew(const json_t *x)
{
	double v = json_number_value(json_object_get(x, "skew_ms"));
	if (!known(x, "skew_ms"))
		return NULL;
	return v > -50 && v < 50 ? "0 s" : out_fmt("%+.1f s", v / 1000);
}

static const char *
heard(const json_t *x, msec now)
{
	msec last = out_ms(x, "last_seen");
	return last ? out_age(now - last) : "never";
}

static void
exporter_row(struct table *t, const json_t *x, msec now, bool wide)
{
	bool live = out_ms(x, "last_seen") != 0;
	const char *cells[] = { out_text(x, "exporter"), out_text(x, "format"),
		live ? count(out_int(x, "records_per_s")) : NULL, live ? percent(x, "loss") : NULL,
		sampling(x), live ? out_fmt("%lld", out_int(x, "templates")) : NULL, skew(x),
		heard(x, now), wide ? out_text(x, "address") : NULL };
	table_row(t, cells);
}

/* What is wrong with one exporter, a sentence each, with what to do. */
static void
exporter_notes(const json_t *x, const struct out *o)
{
	const char *name = out_str(x, "exporter");
	double loss = json_number_value(json_object_get(x, "loss"));
	long long ahead = out_int(x, "skew_ms");
	if (out_int(x, "bad"))
		out_say(o, 2, "", "%s: %s refused, the last for: %s", name,
		    out_count(out_int(x, "bad"), "datagram", "datagrams"), out_str(x, "bad_rule"));
	if (out_true(x, "set_aside"))
		out_say(o, 2, "", "%s: its datagrams killed hear-flow twice, and are refused for ten minutes", name);
	if (out_int(x, "no_template") || out_int(x, "held"))
		out_say(o, 2, "", "%s: %lld data sets not read for want of their template, %lld datagrams waiting for it",
		    name, out_int(x, "no_template"), out_int(x, "held"));
	if (out_ms(x, "last_seen") && !out_int(x, "sampling"))
		out_say(o, 2, "", "%s: does not say how it samples, so every rate of it may be many times higher: "
				  "sampling = N in exporter \"%s\" says it", name, out_str(x, "address"));
	if (loss > 0.05)
		out_say(o, 2, "", "%s: %s lost on the way, so that what it does not show proves nothing", name,
		    percent(x, "loss"));
	if (ahead > 5000 || ahead < -5000)
		out_say(o, 2, "", "%s: its clock is %s %s ours", name, out_span(ahead > 0 ? ahead : -ahead),
		    ahead > 0 ? "ahead of" : "behind");
	if (out_int(x, "capped"))
		out_say(o, 2, "", "%s: %lld templates or streams refused: more than one exporter may have", name,
		    out_int(x, "capped"));
	if (out_int(x, "sampler_drops"))
		out_say(o, 2, "", "%s: its own sampler dropped %s", name, count(out_int(x, "sampler_drops")));
}

static void
show_list(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *x, *list = json_object_get(doc, "exporters");
	bool wide = o->width >= WIDE;
	const char *const heads[] = { "exporter", "format", "records/s", "lost", "sampling", "templates",
		"clock", "heard", "address" };
	if (json_array_size(list) == 0) {
		out_say(o, 0, "", "No exporter is configured: exporter \"192.0.2.1\" { } in lymphd.conf.");
		return;
	}
	struct table *t = table_new(wide ? "sSrrlrrlS" : "sSrrlrrl", heads);
	json_array_foreach(list, i, x) exporter_row(t, x, out_ms(doc, "now"), wide);
	table_print(t, o, 0);
	json_array_foreach(list, i, x) exporter_notes(x, o);
}

static void
show_unknown(const json_t *doc, const struct out *o)
{
	size_t i, n = 0;
	const char *first = NULL;
	const json_t *f, *list = json_object_get(doc, "interfaces");
	json_array_foreach(list, i, f)
		n += !out_true(f, "configured");
	if (!n)
		return;
	fputc('\n', o->f);
	out_head(o, "Interfaces not configured: shown, not counted");
	n = 0;
	struct table *t = table_new("srrrl", CELLS("interface", "flows in", "flows out", "bytes", "last"));
	json_array_foreach(list, i, f)
	{
		if (out_true(f, "configured") || n++ >= UNKNOWN)
			continue;
		const char *name = out_fmt("%s/%lld", out_str(f, "exporter"), out_int(f, "interface"));
		if (!first)
			first = name;
		table_row(t, CELLS(name, count(out_int(f, "in_flows")), count(out_int(f, "out_flows")),
				 bytes(out_int(f, "in_bytes") + out_int(f, "out_bytes")),
				 out_age(out_ms(doc, "now") - out_ms(f, "last"))));
	}
	table_print(t, o, 2);
	out_say(o, 2, "", "To count one: interface \"%s\" { side = \"customer\" } (or border, core, ignore)", first);
	if (n > UNKNOWN)
		out_say(o, 2, "", "and %zu more: --json lists them", n - UNKNOWN);
}

static void
show_refused(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *x, *list = json_object_get(doc, "refused");
	if (json_array_size(list) == 0)
		return;
	fputc('\n', o->f);
	out_head(o, "Refused: who sends here and is no exporter");
	struct table *t = table_new("wrrl", CELLS("address", "port", "datagrams", "last"));
	json_array_foreach(list, i, x)
		table_row(t, CELLS(out_text(x, "address"), out_fmt("%lld", out_int(x, "port")),
				 count(out_int(x, "datagrams")),
				 out_age(out_ms(doc, "now") - out_ms(x, "last"))));
	table_print(t, o, 2);
	json_array_foreach(list, i, x)
	{
		out_say(o, 2, "", "To let one in: exporter \"%s\" { name = \"...\" }", out_str(x, "address"));
		break;
	}
}

void
show_exporters(const json_t *doc, const struct out *o)
{
	bool absent = show_absence(doc, o);
	if (absent && !out_true(doc, "telemetry"))
		return;
	show_list(doc, o);
	if (absent)
		return;
	out_say(o, 0, "", "%s datagrams, %s dropped by the kernel%s, %s from others refused, %s set aside.",
	    count(out_int(doc, "datagrams")), count(out_int(doc, "kernel_drops")),
	    out_int(doc, "kernel_drops") ? " (receive-buffer in telemetry)" : "",
	    count(out_int(doc, "refused_source")), count(out_int(doc, "set_aside")));
	if (out_true(doc, "lossy"))
		out_say(o, 0, "", "LOSSY: so much is lost that no line is cleared by what flows do not show.");
	show_unknown(doc, o);
	show_refused(doc, o);
}

/* --- lines --------------------------------------------------------------------------------------- */

static void
show_lines(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *x, *list = json_object_get(doc, "lines");
	if (json_array_size(list) == 0) {
		out_say(o, 0, "", "No line is suspicious.");
		return;
	}
	struct table *t = table_new("WrWrrrl", CELLS("line", "suspicion", "found by", "packets/s", "bit/s",
						   "case", "last"));
	json_array_foreach(list, i, x)
	{
		const char *p = out_str(x, "subject"), *slash = strchr(p, '/');
		bool one = slash && strcmp(slash, "/32") == 0;
		table_row(t, CELLS(one ? out_fmt("%.*s", (int)(slash - p), p) : p,
				 out_fmt("%.1f", (double)out_int(x, "suspicion") / 10),
				 out_list(json_object_get(x, "detectors")), count(out_int(x, "pps")),
				 count(out_int(x, "bps")),
				 out_int(x, "case") ? out_fmt("%lld", out_int(x, "case")) : NULL,
				 out_age(out_ms(doc, "now") - out_ms(x, "last"))));
	}
	table_print(t, o, 0);
}

static void
show_findings(const json_t *list, const struct out *o)
{
	size_t i, n = 0;
	const json_t *x;
	json_array_foreach(list, i, x)
		n += out_int(x, "found") || out_int(x, "held") || out_int(x, "kept");
	if (!n)
		return;
	fputc('\n', o->f);
	struct table *t = table_new("sSrrr", CELLS("detector", "accuses of", "found", "in journal", "held back"));
	json_array_foreach(list, i, x)
		if (out_int(x, "found") || out_int(x, "held") || out_int(x, "kept"))
			table_row(t, CELLS(out_text(x, "detector"), out_text(x, "class"),
					 count(out_int(x, "found")), count(out_int(x, "kept")),
					 count(out_int(x, "held"))));
	table_print(t, o, 0);
}

static void
show_alerts(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *a, *list = json_object_get(doc, "alerts");
	if (json_array_size(list) == 0)
		return;
	fputc('\n', o->f);
	out_head(o, "Alerts");
	json_array_foreach(list, i, a)
	{
		const char *at = out_text(a, "exporter");
		if (i == 5)
			out_say(o, 4, "", "and %zu more: --json lists them", json_array_size(list) - i);
		if (i < 5)
			out_say(o, 4, "", "%s%s%s: %s (%s)", out_str(a, "title"), at ? " at " : "", at ? at : "",
			    out_str(a, "text"), out_age(out_ms(doc, "now") - out_ms(a, "last")));
	}
}

/* "12 GB left, of it 1.2 GB (9.8 %) attack". */
static const char *
leaves_words(const json_t *l)
{
	const char *p = percent(l, "attack_share");
	return out_fmt("%s left in %s packets, of it %s%s%s%s attack; %s of that while an order against it stood",
	    bytes(out_int(l, "out_bytes")), count(out_int(l, "out_packets")),
	    bytes(out_int(l, "attack_bytes")), p ? " (" : "", p ? p : "", p ? ")" : "",
	    bytes(out_int(l, "spared_bytes")));
}

void
show_top(const json_t *doc, const struct out *o)
{
	size_t i, live = 0;
	const json_t *x, *list = json_object_get(doc, "exporters"), *l = json_object_get(doc, "leaves");
	if (show_absence(doc, o)) {
		show_alerts(doc, o);
		return;
	}
	json_array_foreach(list, i, x)
		live += out_ms(x, "last_seen") && out_ms(doc, "now") - out_ms(x, "last_seen") < 60000;
	out_say(o, 0, "", "%s flows/s, %zu of %s heard in the last minute, %s with state%s",
	    count(out_int(doc, "flows_per_s")), live,
	    out_count((long long)json_array_size(list), "exporter", "exporters"),
	    out_count(out_int(doc, "lines_seen"), "line", "lines"), out_true(doc, "lossy") ? ", LOSSY" : "");
	out_say(o, 0, "", "%s.", leaves_words(l));
	fputc('\n', o->f);
	show_lines(doc, o);
	show_findings(json_object_get(doc, "findings"), o);
	if (json_array_size(list)) {
		fputc('\n', o->f);
		show_list(doc, o);
	}
	show_alerts(doc, o);
}

/* --- flows --------------------------------------------------------------------------------------- */

static const char *
proto_words(const json_t *f)
{
	static const struct {
		int proto;
		const char *name;
	} names[] = { { 1, "icmp" }, { 6, "tcp" }, { 17, "udp" }, { 47, "gre" }, { 58, "icmp6" } };
	long long p = out_int(f, "proto");
	const char *flags = out_text(f, "flags");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].proto == p)
			return out_fmt("%s%s%s", names[i].name, flags ? " " : "", flags ? flags : "");
	return out_fmt("%lld", p);
}

static const char *
end_words(const json_t *f, const char *addr, const char *port)
{
	const char *a = out_str(f, addr);
	long long p = out_int(f, port);
	if (strcmp(port, "dport") == 0 && known(f, "icmp_type"))
		return out_fmt("%s type %lld", a, out_int(f, "icmp_type"));
	return p ? out_fmt(strchr(a, ':') ? "[%s]:%lld" : "%s:%lld", a, p) : a;
}

static void
flow_table(const json_t *list, size_t from, const struct out *o, int indent)
{
	size_t i;
	const json_t *f;
	struct table *t = table_new("lWWlrrl", CELLS("last (UTC)", "from", "to", "proto", "packets", "bytes",
						   "sampled"));
	json_array_foreach(list, i, f)
		if (i >= from)
			table_row(t, CELLS(out_fmt("%.8s", out_time(out_ms(f, "last")) + 11), end_words(f, "src", "sport"),
					 end_words(f, "dst", "dport"), proto_words(f), count(out_int(f, "packets")),
					 count(out_int(f, "bytes")),
					 out_int(f, "sampling") ? out_fmt("1:%lld", out_int(f, "sampling")) : "unknown"));
	table_print(t, o, indent);
}

void
show_flows(const json_t *doc, const struct out *o)
{
	const json_t *list = json_object_get(doc, "flows");
	if (!out_true(doc, "watched") && json_array_size(list) == 0) {
		out_say(o, 0, "", "Nothing is kept: this line is not watched. Flows are kept of lines with a case "
				  "at the rung of watch or above, and of nobody else.");
		return;
	}
	if (json_array_size(list))
		flow_table(list, 0, o, 0);
	out_say(o, 0, "", "%s; %s. Counts are as exported, not multiplied by the sampling.",
	    out_count((long long)json_array_size(list), "flow", "flows"),
	    out_true(doc, "watched") ? "the line is watched" : "the line is no longer watched");
}

/* --- memory -------------------------------------------------------------------------------------- */

static const char *
binary(long long n)
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	int u = 0;
	double v = (double)n;
	for (; v >= 1024 && u < 4; u++)
		v /= 1024;
	return out_fmt(u ? "%.1f %s" : "%.0f %s", v, unit[u]);
}

void
show_memory(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *m, *list = json_object_get(doc, "memory");
	if (show_absence(doc, o))
		return;
	struct table *t = table_new("srrrr", CELLS("kind", "entries", "at most", "bytes each", "memory"));
	json_array_foreach(list, i, m)
		table_row(t, CELLS(out_text(m, "kind"), out_fmt("%lld", out_int(m, "entries")),
				 out_int(m, "most") ? out_fmt("%lld", out_int(m, "most")) : NULL,
				 out_int(m, "entry_bytes") ? out_fmt("%lld", out_int(m, "entry_bytes")) : NULL,
				 binary(out_int(m, "bytes"))));
	table_row(t, CELLS("in all", "", "", "", binary(out_int(doc, "bytes"))));
	table_print(t, o, 0);
}

/* --- in other documents -------------------------------------------------------------------------- */

void
show_telemetry(const json_t *x, const struct out *o, int label)
{
	size_t i;
	const json_t *d, *list = json_object_get(x, "findings");
	const char *found = "", *rule = out_text(x, "indicators_rule"), *err = out_text(x, "indicators_error");
	if (!json_is_object(x))
		return;
	if (!known(x, "heard_ago_ms")) {
		out_say(o, label, "telemetry", "hear-flow is %s and has said nothing yet",
		    out_true(x, "up") ? "up" : "NOT RUNNING");
		return;
	}
	out_say(o, label, "telemetry", "%s flows/s from %lld of %s; %s of %s datagrams dropped by the kernel%s",
	    count(out_int(x, "flows_per_s")), out_int(x, "exporters_heard"),
	    out_count(out_int(x, "exporters"), "exporter", "exporters"), count(out_int(x, "kernel_drops")),
	    count(out_int(x, "datagrams")), out_true(x, "lossy") ? "; LOSSY: silence proves nothing" : "");
	if (out_int(x, "sampling_unknown") || out_int(x, "unknown_interfaces"))
		out_say(o, label, "", "%s flows of unknown sampling, %s not configured: lymph exporters",
		    count(out_int(x, "sampling_unknown")),
		    out_count(out_int(x, "unknown_interfaces"), "interface", "interfaces"));
	json_array_foreach(list, i, d)
		if (out_int(d, "kept"))
			found = out_fmt("%s%s%s %s", found, *found ? ", " : "", out_str(d, "detector"),
			    count(out_int(d, "kept")));
	out_say(o, label, "", "%s with state, %s watched; findings: %s",
	    out_count(out_int(x, "lines"), "line", "lines"), count(out_int(x, "watched")),
	    *found ? found : "none");
	out_say(o, label, "leaves", "%s", leaves_words(json_object_get(x, "leaves")));
	if (out_int(x, "alerts"))
		out_say(o, label, "ALERTS", "%s: lymph top", out_count(out_int(x, "alerts"), "alert", "alerts"));
	if (out_int(x, "findings_dropped"))
		out_say(o, label, "LOST", "%s given up because too many waited",
		    out_count(out_int(x, "findings_dropped"), "finding", "findings"));
	if (err || rule)
		out_say(o, label, "", "indicators: %s%s", err ? "the file cannot be read: " : "",
		    err ? err : out_fmt("%s skipped, first line %lld: %s",
				     out_count(out_int(x, "indicators_skipped"), "line", "lines"),
				     out_int(x, "indicators_line"), rule));
}

/* What own flows said about a line at one time. */
const char *
show_flow_said(const json_t *s)
{
	long long port = out_int(s, "far_port"), proto = out_int(s, "proto");
	const char *peer = out_text(s, "peer"), *what = proto == 6 ? "tcp" : proto == 17 ? "udp" : NULL;
	const char *basis = out_fmt("%s, %s", out_count(out_int(s, "samples"), "sample", "samples"),
	    out_int(s, "sampling") == 1 ? "unsampled"
	    : out_int(s, "sampling")    ? out_fmt("sampled 1:%lld", out_int(s, "sampling"))
					: "sampling unknown");
	if (json_is_array(json_object_get(s, "kept")))
		return out_fmt("%s kept with the case",
		    out_count((long long)json_array_size(json_object_get(s, "kept")), "flow", "flows"));
	if (out_true(s, "active"))
		return out_fmt("it does what is said of it%s%s%s%s%s (%s)",
		    what ? out_fmt(", %s", what) : "", what && port ? out_fmt("/%lld", port) : "",
		    peer ? " to " : "", peer ? peer : "", out_true(s, "answered_inbound") ? ", and is answered" : "",
		    basis);
	if (out_true(s, "answered_inbound"))
		return out_int(s, "port") ? out_fmt("it was answered from outside on port %lld", out_int(s, "port"))
					  : "it was answered from outside";
	return out_true(s, "covered") ? "all its traffic was seen, and nothing of the kind" : "nothing of it was seen";
}

/* What own sensors found and own flows said, newest last; then the flows kept with the case. */
void
show_own_flows(const json_t *c, const struct out *o)
{
	size_t i, any = 0;
	const json_t *l, *said, *flows = json_object_get(c, "flows"), *kept = NULL;
	const json_t *lines = json_object_get(json_object_get(c, "explained"), "lines");
	json_array_foreach(lines, i, l)
		any += json_is_object(json_object_get(l, "finding"));
	if (!any && json_array_size(flows) == 0)
		return;
	fputc('\n', o->f);
	out_head(o, "Own flows (UTC)");
	json_array_foreach(lines, i, l)
	{
		const json_t *f = json_object_get(l, "finding");
		if (json_is_object(f))
			out_say(o, 23, out_fmt("  %-19s", out_time(out_ms(f, "to"))), "%s: %s", out_str(f, "sensor"),
			    out_str(f, "text"));
	}
	json_array_foreach(flows, i, said)
	{
		if (json_is_array(json_object_get(said, "kept")))
			kept = json_object_get(said, "kept");
		if (i + SAID >= json_array_size(flows) || json_is_array(json_object_get(said, "kept")))
			out_say(o, 23, out_fmt("  %-19s", out_time(out_ms(said, "at"))), "%s", show_flow_said(said));
	}
	if (kept)
		flow_table(kept, json_array_size(kept) > KEPT ? json_array_size(kept) - KEPT : 0, o, 2);
	if (json_array_size(kept) > KEPT)
		out_say(o, 2, "", "the newest of %zu: --json has all", json_array_size(kept));
}
