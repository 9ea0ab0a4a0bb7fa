/* SPDX-License-Identifier: BSD-2-Clause */
/* What old data gave, for people and for programs, see past_show.h. Whatever a file held is numbers and
 * fixed words by now; its name was escaped when it was opened. */
#include "lymph/past_show.h"

#include <stdio.h>
#include <string.h>

#include "host/log.h"
#include "judge/view.h"
#include "lymph/ctl.h"
#include "lymph/show.h"
#include "wire/flow_json.h"

/* "2018-03-09 12:01:07", seconds are enough for a person. */
static const char *
when(msec t)
{
	return out_time(t - t % 1000);
}

void
past_show_finding(const struct finding *f)
{
	char addr[ADDR_TEXT], text[FINDING_TEXT];
	const struct detector_row *row = detector_row(f->detector);
	printf("%s  %-15s  %s%s: %s\n", when(f->to),
	    f->subject.fam ? addr_print(&f->subject, addr) : "-", row->title,
	    row->acts ? "" : " (weight only)", finding_print(f, text));
}

static json_t *
time_json(msec t)
{
	return t && t != MSEC_NEVER ? json_integer(t) : json_null();
}

static void
put(json_t *o, const char *key, json_t *v)
{
	if (json_object_set_new(o, key, v) < 0)
		fatal_oom();
}

/* The keys of `lymph cases --json`, as far as they mean something here. */
static json_t *
case_json(const struct view_case *v)
{
	char text[PREFIX_TEXT], addr[ADDR_TEXT];
	const struct class_row *cls = class_row(v->cls);
	json_t *o = json_pack(
	    "{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:f, s:s, s:I, s:b}", "case",
	    (json_int_t)v->no, "state", case_state_name(v->state), "class", cls->name, "title",
	    cls->title, "who", cls->who, "subject", prefix_print(&v->subject, text), "address",
	    addr_print(&v->target, addr), "port", v->port ? json_integer(v->port) : json_null(),
	    "line", v->line, "kind", kind_row(v->kind)->name, "score",
	    (double)v->score / (double)Q32_ONE, "rung", rung_name(v->rung), "reports",
	    (json_int_t)v->reports, "verified", v->verified_at != 0);
	if (!o)
		fatal_oom();
	put(o, "opened_ms", time_json(v->opened));
	put(o, "verified_ms", time_json(v->verified_at));
	put(o, "last_report_ms", time_json(v->last_report));
	put(o, "findings", json_array());
	return o;
}

static json_t *
cases_json(const struct past *p)
{
	struct view_case v;
	uint64_t no = 0;
	json_t *all = json_array();
	while (view_case_next(past_judge(p), &no, past_now(p), &v))
		if (json_array_append_new(all, case_json(&v)) < 0)
			fatal_oom();
	return all;
}

static json_t *
findings_json(const struct past *p, json_t *cases)
{
	const struct past_finding *f;
	uint64_t not_kept;
	size_t n = past_findings(p, &f, &not_kept), i, k;
	json_t *all = json_array(), *c;
	for (i = 0; i < n; i++) {
		json_t *o = finding_json_new(&f[i].finding, NULL);
		if (!o || json_array_append_new(all, o) < 0)
			fatal_oom();
		put(o, "acts", json_boolean(detector_row(f[i].finding.detector)->acts));
		put(o, "case", f[i].case_no ? json_integer((json_int_t)f[i].case_no) : json_null());
		json_array_foreach(
		    cases, k, c) if (f[i].case_no && out_int(c, "case") == (long long)f[i].case_no)
		    json_array_append_new(
			json_object_get(c, "findings"), json_integer((json_int_t)i));
	}
	return all;
}

static json_t *
file_json(const struct past_named *f)
{
	json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:b}", "name", f->name,
	    "kind", f->file.kind, "units", (json_int_t)f->file.units, "flows",
	    (json_int_t)f->file.flows, "refused", (json_int_t)f->file.refused, "passed",
	    (json_int_t)f->file.passed, "first_ms", time_json(f->file.first), "last_ms",
	    time_json(f->file.last), "whole", f->err == 0);
	if (!o) /* a name that is no UTF-8 was escaped, so this is memory */
		fatal_oom();
	return o;
}

static json_t *
totals_json(const struct past *p)
{
	struct detect_stats s;
	uint64_t not_kept;
	const struct past_finding *f;
	size_t n = past_findings(p, &f, &not_kept);
	past_stats(p, &s);
	json_t *found = json_object(), *held = json_object();
	for (unsigned d = 0; d < DETECTORS; d++) {
		put(found, detector_row(d)->name, json_integer((json_int_t)s.found[d]));
		put(held, detector_row(d)->name, json_integer((json_int_t)s.held[d]));
	}
	json_t *o = json_pack(
	    "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
	    "flows", (json_int_t)s.flows, "counted", (json_int_t)s.counted, "foreign",
	    (json_int_t)s.foreign, "elsewhere", (json_int_t)s.elsewhere, "unknown_interface",
	    (json_int_t)s.unknown_if, "double", (json_int_t)s.double_dir, "sampling_unknown",
	    (json_int_t)s.sampling_unknown, "lines", (json_int_t)s.lines, "late",
	    (json_int_t)past_late(p), "out_bytes", (json_int_t)s.out_bytes, "in_bytes",
	    (json_int_t)s.in_bytes, "attack_bytes", (json_int_t)s.attack_bytes, "findings",
	    (json_int_t)n, "findings_not_kept", (json_int_t)not_kept, "undecoded_sets",
	    (json_int_t)past_undecoded(p), "found", found, "held", held);
	if (!o)
		fatal_oom();
	return o;
}

static json_t *
whole(const struct past *p, const struct past_named *files, size_t n, const char *const *own)
{
	json_t *cases = cases_json(p), *list = json_array(), *prefixes = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, file_json(&files[i]));
	for (; *own; own++)
		json_array_append_new(prefixes, json_string(*own));
	json_t *all = findings_json(p, cases);
	json_t *doc =
	    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "files", list, "own", prefixes, "now_ms",
		time_json(past_now(p)), "findings", all, "cases", cases, "totals", totals_json(p));
	if (!doc)
		fatal_oom();
	return doc;
}

int
past_show_json(
    const struct past *p, const struct past_named *files, size_t n, const char *const *own)
{
	json_t *doc = whole(p, files, n, own);
	int r = ctl_print_json(doc);
	json_decref(doc);
	return r;
}

/* The newest of each detector, as each says again what it said before. */
static void
evidence(const struct past *p, const struct out *o, uint64_t no)
{
	const struct past_finding *f;
	uint64_t not_kept;
	unsigned told[DETECTORS] = { 0 };
	char text[FINDING_TEXT];
	for (size_t i = past_findings(p, &f, &not_kept); i-- > 0;) {
		const struct detector_row *row = detector_row(f[i].finding.detector);
		if (f[i].case_no == no && told[f[i].finding.detector]++ < 1)
			out_say(
			    o, 4, "", "own-%s: %s", row->name, finding_print(&f[i].finding, text));
	}
	for (unsigned d = 0; d < DETECTORS; d++)
		if (told[d] > 1)
			out_say(o, 4, "", "own-%s: %u earlier", detector_row(d)->name, told[d] - 1);
}

static void
files_text(const struct past_named *f, size_t n, const struct out *o)
{
	for (size_t i = 0; i < n; i++, f++) {
		if (!f->file.flows) {
			out_say(o, 0, "", "%s: %s, no flows", f->name, f->file.kind);
			continue;
		}
		out_say(o, 0, "", "%s: %s, %llu flows, %s to %s UTC%s", f->name, f->file.kind,
		    (unsigned long long)f->file.flows, when(f->file.first), when(f->file.last),
		    f->file.refused
			? out_fmt(", %llu not understood", (unsigned long long)f->file.refused)
			: "");
	}
}

void
past_show_text(
    const struct past *p, const struct past_named *files, size_t n, const char *const *own)
{
	struct out o = out_stdout();
	struct detect_stats s;
	const struct past_finding *f;
	uint64_t not_kept;
	size_t i, found = past_findings(p, &f, &not_kept);
	past_stats(p, &s);
	if (!found)
		puts("nothing found");
	putchar('\n');
	json_t *cases = cases_json(p), *c, *one;
	json_array_foreach(cases, i, c)
	{
		one = json_pack("{s:[O], s:o}", "cases", c, "now_ms", time_json(past_now(p)));
		if (!one)
			fatal_oom();
		show_cases(one, &o);
		evidence(p, &o, (uint64_t)out_int(c, "case"));
		putchar('\n');
		json_decref(one);
	}
	if (!json_array_size(cases))
		puts("no cases\n");
	files_text(files, n, &o);
	char text[1024] = "";
	for (size_t k = 0; *own && k + PREFIX_TEXT + 2 < sizeof(text); own++)
		k += (size_t)snprintf(text + k, sizeof(text) - k, "%s%s", k ? ", " : "", *own);
	out_say(&o, 0, "", "own: %s; %llu lines seen, %llu flows of them, %llu of nobody's here",
	    text, (unsigned long long)s.lines, (unsigned long long)s.counted,
	    (unsigned long long)s.foreign);
	if (!s.counted && s.flows)
		out_say(&o, 0, "",
		    "No flow is of an own line: say which addresses are yours with --own or "
		    "--conf.");
	if (s.sampling_unknown)
		out_say(&o, 0, "", "Of %llu flows the sampling is unknown: --sampling N tells it.",
		    (unsigned long long)s.sampling_unknown);
	if (past_late(p))
		out_say(&o, 0, "",
		    "%llu flows came long after later ones and count as of then: give files in "
		    "order "
		    "of time.",
		    (unsigned long long)past_late(p));
	if (past_undecoded(p))
		out_say(&o, 0, "",
		    "%llu sets of exports were never decoded for want of their template.",
		    (unsigned long long)past_undecoded(p));
	if (not_kept)
		out_say(&o, 0, "",
		    "%llu findings more than are kept were judged but are not listed with their "
		    "cases.",
		    (unsigned long long)not_kept);
	json_decref(cases);
}
