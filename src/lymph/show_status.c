/* SPDX-License-Identifier: BSD-2-Clause */
/* `lymph status`: what the operator said, what the hand holds of it, the roles and the counters. Reads
 * JSON, writes text; asks nobody and knows no clock. */
#include "lymph/show.h"

#include <string.h>

#define CELLS(...) ((const char *const[]){ __VA_ARGS__ })
#define LABEL      11
#define HEX        "0123456789abcdef"

/* What confines a role, in a few words; which capabilities is told by JSON and `lymphd selftest`. */
static const char *
box_words(const json_t *b)
{
	const char *caps = out_str(b, "caps");
	return out_fmt("uid %lld%s%s%s", out_int(b, "uid"),
	    strspn(caps, "0") == strlen(caps) ? "" : " caps", out_true(b, "seccomp") ? " seccomp" : "",
	    out_true(b, "landlock") ? " Landlock" : "");
}

static void
show_roles(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *r;
	struct table *t =
	    table_new("lrlrs", CELLS("role", "pid", "up since (UTC)", "crashes", "box"));
	json_array_foreach(json_object_get(doc, "roles"), i, r)
	{
		bool up = out_true(r, "up");
		table_row(
		    t, CELLS(out_text(r, "role"), up ? out_fmt("%lld", out_int(r, "pid")) : NULL,
			   up ? out_fmt("%.16s", out_time(out_ms(r, "since"))) : "down",
			   out_fmt("%lld", out_int(r, "crashes")),
			   up ? box_words(json_object_get(r, "box")) : ""));
	}
	table_print(t, o, 0);
}

static const char *
bytes(long long n)
{
	static const char *const unit[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	int u = 0;
	double v = (double)n;
	for (; v >= 1000 && u < 6; u++)
		v /= 1000;
	return out_fmt(u ? "%.1f %s" : "%.0f %s", v, unit[u]);
}

static bool
panicked(const json_t *doc)
{
	return out_true(json_object_get(doc, "mode"), "panic");
}

static const char *
mode_words(const json_t *doc)
{
	if (panicked(doc))
		return "Nothing is enforced until \"lymph resume --reason TEXT\".";
	if (strcmp(show_mode(doc), "enforce") == 0)
		return "Orders are carried out, inside the conscience.";
	return "Everything is computed and shown, nothing is touched.";
}

/* Who said what the mode is, and what bounds it. */
static void
show_word(const json_t *doc, const struct out *o)
{
	const json_t *m = json_object_get(doc, "mode"), *a = json_object_get(doc, "audit");
	const char *reason = out_text(m, "reason"), *ceiling = out_text(m, "ceiling");
	const char *head = out_text(a, "head");
	if (json_is_object(m))
		out_say(o, LABEL, panicked(doc) ? "PANIC" : "mode", "%s%s%s%s%s; the conscience allows %s",
		    panicked(doc) ? "everything withdrawn" : show_mode(doc),
		    out_ms(m, "since") ? out_fmt(" since %s UTC, by %s%s%s", out_time(out_ms(m, "since")),
					     show_person(m, "by"), out_int(m, "second") ? " and " : "",
					     out_int(m, "second") ? show_person(m, "second") : "")
				       : ", as it is from the start",
		    reason ? " (" : "", reason ? reason : "", reason ? ")" : "",
		    ceiling ? ceiling : "nothing: it is missing or bad, see lymph check");
	if (out_true(m, "conscience_waits"))
		out_say(o, LABEL, "waits", "the conscience file loosens what is in force: lymph conscience shows "
					   "what; two admins have to agree");
	if (json_is_object(a))
		out_say(o, LABEL, "audit", "%s%s%.*s", out_count(out_int(a, "n"), "entry", "entries"),
		    head ? ", head " : "", head ? (int)strnlen(head, strspn(head, HEX) < 16 ? strspn(head, HEX) : 16) : 0,
		    head ? head : "");
}

static void
show_held(const json_t *held, const struct out *o)
{
	const char *sets = out_list(held);
	if (sets)
		out_say(o, LABEL, "HELD", "%s: somebody flushed it by hand, so it is left empty. To fill it "
					  "again: lymph resume --reason TEXT", sets);
}

/* Rounded down: 1.000 is all of it, and nothing else is. */
static const char *
ratio(const json_t *h)
{
	double v = json_number_value(json_object_get(h, "ratio"));
	return v < 0 || v > 1 ? out_real(h, "ratio", 3) : out_fmt("%.3f", (double)(int)(v * 1000) / 1000);
}

static void
show_hand(const json_t *doc, const struct out *o)
{
	const json_t *h = json_object_get(doc, "hand"), *n;
	const char *carrier = out_text(h, "carrier"), *rule, *refused = "";
	if (!json_is_object(h))
		return;
	if (!carrier || strcmp(carrier, "none") == 0)
		out_say(o, LABEL, "hand", "no actuator: filters and quarantines cannot be enforced");
	else if (json_is_number(json_object_get(h, "ratio")))
		out_say(o, LABEL, "hand", "%s: %lld of %s in force (%s), %lld missing, %lld too many%s%s",
		    carrier, out_int(h, "actual"), out_count(out_int(h, "desired"), "order", "orders"),
		    ratio(h), out_int(h, "missing"), out_int(h, "extra"),
		    out_ms(h, "compared_ago") ? ", compared " : "",
		    out_ms(h, "compared_ago") ? out_age(out_ms(h, "compared_ago")) : "");
	else
		out_say(o, LABEL, "hand", "%s: not compared yet", carrier);
	if (out_int(h, "repaired"))
		out_say(o, LABEL, "", "%s put back that had gone missing",
		    out_count(out_int(h, "repaired"), "entry", "entries"));
	json_object_foreach((json_t *)json_object_get(h, "refused"), rule, n)
	{
		json_t *one = json_pack("{s:s}", "r", rule);
		if (one && json_integer_value(n))
			refused = out_fmt("%s%s%lld %s", refused, *refused ? ", " : "",
			    (long long)json_integer_value(n), out_str(one, "r"));
		json_decref(one);
	}
	if (*refused)
		out_say(o, LABEL, "", "refused by the conscience: %s", refused);
	show_held(json_object_get(h, "held"), o);
	if (out_true(h, "clock_paused"))
		out_say(o, LABEL, "CLOCK", "it jumped: new orders wait until it is back, or \"lymph resume "
					   "--reason TEXT\"");
}

/* A line for each, and more where something is missing. */
static void
show_logs(const json_t *logs, const struct out *o)
{
	static const struct {
		const char *key, *one, *many;
	} missing[] = {
		{ "gaps", "gap: lines may be missing", "gaps: lines may be missing" },
		{ "dropped", "message dropped", "messages dropped" },
		{ "refused", "message from others refused", "messages from others refused" },
		{ "broken", "broken line", "broken lines" },
		{ "too_long", "line too long", "lines too long" },
		{ "over", "message cut", "messages cut" },
		{ "limited", "line given up", "lines given up" },
		{ "aside", "line passed over that killed hear-log", "lines passed over that killed hear-log" },
		{ "failed", "report failed", "reports failed" },
	};
	size_t i;
	const json_t *l;
	json_array_foreach(logs, i, l)
	{
		const char *more = "";
		for (size_t m = 0; m < sizeof(missing) / sizeof(missing[0]); m++)
			if (out_int(l, missing[m].key))
				more = out_fmt("%s; %s", more,
				    out_count(out_int(l, missing[m].key), missing[m].one, missing[m].many));
		if (!out_true(l, "heard"))
			out_say(o, LABEL, i ? "" : "logs", "%s: hear-log has said nothing yet", out_str(l, "name"));
		else
			out_say(o, LABEL, i ? "" : "logs", "%s: %s, %lld accuse; %s made%s%s", out_str(l, "name"),
			    out_count(out_int(l, "lines"), "line", "lines"), out_int(l, "accusing"),
			    out_count(out_int(l, "reports"), "report", "reports"),
			    out_int(l, "behind") > 65536 ? out_fmt("; %s behind", bytes(out_int(l, "behind"))) : "",
			    more);
	}
}

static void
show_keep(const json_t *k, const struct out *o)
{
	if (!json_is_object(k))
		return;
	if (out_int(k, "holds") || out_int(k, "forgetting") || out_int(k, "forgetting_waits"))
		out_say(o, LABEL, "holds", "%s%s%s%s", out_count(out_int(k, "holds"), "legal hold", "legal holds"),
		    out_int(k, "held_back")
			? out_fmt(", keeping %s whose time is over",
			      out_count(out_int(k, "held_back"), "record", "records"))
			: "",
		    out_int(k, "forgetting") ? out_fmt("; %s under way",
						   out_count(out_int(k, "forgetting"), "forgetting", "forgettings"))
					     : "",
		    out_int(k, "forgetting_waits")
			? out_fmt("; of %s they keep something (\"lymph forget --list\")",
			      out_count(out_int(k, "forgetting_waits"), "forgetting", "forgettings"))
			: "");
	if (out_int(k, "facts_shredded") || out_int(k, "bodies"))
		out_say(o, LABEL, "shredded", "%s%s; since the start: evidence of %s, names of %s",
		    out_count(out_int(k, "facts_shredded"), "fact", "facts"),
		    out_int(k, "mark") ? out_fmt(" (replay begins behind fact %lld)", out_int(k, "mark")) : "",
		    out_count(out_int(k, "bodies"), "report", "reports"),
		    out_count(out_int(k, "cases"), "old case", "old cases"));
	if (out_int(k, "failed"))
		out_say(o, LABEL, "", "%s of forgetting could not be written: the log says why",
		    out_count(out_int(k, "failed"), "step", "steps"));
}

/* What waits at the report desk, and where somebody should have looked by now. */
static void
show_desk(const json_t *trays, const struct out *o)
{
	size_t i;
	const json_t *t;
	long long waiting = 0;
	const char *late = "";
	json_array_foreach(trays, i, t)
	{
		waiting += out_int(t, "waiting");
		if (out_true(t, "late"))
			late = out_fmt("%s%s%s", late, *late ? ", " : "", out_str(t, "tray"));
	}
	if (waiting)
		out_say(o, LABEL, *late ? "MAILS" : "mails", "%s for a person%s%s: lymph trays",
		    waiting == 1 ? "one waits" : out_fmt("%lld wait", waiting),
		    *late ? "; for too long in " : "", late);
}

void
show_status(const json_t *doc, const struct out *o)
{
	const json_t *t = json_object_get(doc, "totals"), *no = json_object_get(doc, "refused");
	const char *canary = out_text(doc, "canary"), *name, *states = "";
	const json_t *n;
	out_head(o, out_fmt("%s: lymph %s, mode %s%s", out_str(doc, "name"), out_str(doc, "version"),
			show_mode(doc), panicked(doc) ? ", PANIC" : ""));
	out_say(o, 0, "", "%s Reports come in at %s. %s, %s, %s.", mode_words(doc),
	    out_str(doc, "listen"),
	    out_count(out_int(doc, "prefixes"), "own prefix", "own prefixes"),
	    out_count(out_int(doc, "vantages"), "vantage", "vantages"),
	    canary ? out_fmt("canary %s", canary) : "no canary: nothing can be proven open");
	fputc('\n', o->f);
	show_roles(doc, o);
	fputc('\n', o->f);
	show_word(doc, o);
	show_hand(doc, o);
	json_object_foreach((json_t *)json_object_get(t, "by_state"), name,
	    n) if (json_integer_value(n)) states = out_fmt("%s%s%lld %s", states,
	    *states ? ", " : "", (long long)json_integer_value(n), name);
	out_say(o, LABEL, "fence", "%s",
	    out_true(doc, "fence") ? "in force: the kernel lets the probe reach own prefixes only"
				   : "NOT THERE: the probe does not run");
	out_say(o, LABEL, "reports", "%lld, of them %lld unsigned, from %s", out_int(t, "reports"),
	    out_int(t, "unsigned_reports"),
	    out_count(out_int(t, "reporters"), "reporter", "reporters"));
	out_say(o, LABEL, "refused",
	    "%lld not our address, %lld conflicting, %lld for a full disk, %lld set "
	    "aside; %lld sent again",
	    out_int(no, "not_ours"), out_int(no, "conflicts"), out_int(no, "disk_full"),
	    out_int(no, "set_aside"), out_int(doc, "repeats"));
	out_say(o, LABEL, "cases", "%lld%s%s%s", out_int(t, "cases"), *states ? " (" : "", states,
	    *states ? ")" : "");
	out_say(o, LABEL, "looks", "%lld done, %lld pending", out_int(t, "looks"),
	    out_int(t, "looks_pending"));
	out_say(o, LABEL, "orders", "%lld, %lld waiting for room under a cap", out_int(t, "orders"),
	    out_int(t, "backlog"));
	out_say(o, LABEL, "own flows", "%s",
	    out_true(doc, "flow_source") ? "yes" : "none: who reported falsely is not judged");
	show_telemetry(json_object_get(doc, "telemetry"), o, LABEL);
	show_logs(json_object_get(doc, "logs"), o);
	show_whose_state(json_object_get(doc, "whose"), o, LABEL);
	show_keep(json_object_get(doc, "keep"), o);
	show_desk(json_object_get(doc, "trays"), o);
	if (json_is_integer(json_object_get(doc, "room_bytes")))
		out_say(o, LABEL, "disk", "%s free", bytes(out_int(doc, "room_bytes")));
	if (out_int(doc, "unsigned_most_bytes"))
		out_say(o, LABEL, "unsigned", "%s of %s they may take on disk", bytes(out_int(doc, "unsigned_bytes")),
		    bytes(out_int(doc, "unsigned_most_bytes")));
	if (out_int(doc, "mails_put_off"))
		out_say(o, LABEL, "put off", "%lld mails, over their sender's share of the hour; they come again",
		    out_int(doc, "mails_put_off"));
	if (out_text(doc, "outcome_key"))
		out_say(o, LABEL, "answers", "signed by %s", out_text(doc, "outcome_key"));
}
