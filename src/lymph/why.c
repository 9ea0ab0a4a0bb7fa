/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `lymph why`: an explanation a person can check by hand. The score line by line until it stands, each
 * gate with what holds and what misses, what would follow, who looked from where. Made from the JSON
 * of the control socket alone; asks nobody and knows no clock.
 */
#include <string.h>

#include "lymph/show.h"

#define CELLS(...) ((const char *const[]){ __VA_ARGS__ })
#define INDENT     2
#define LABEL      13
#define POOL_ROWS  5 /* members of the pool shown: alone, none of them matters */

/* One explanation being printed. */
struct why {
	const struct out *o;
	const json_t *doc, *params, *c, *s;
	msec now;
};

static void
part(const struct why *w, const char *title)
{
	fputc('\n', w->o->f);
	out_head(w->o, title);
}

/* "2 min ago", "in 55 min". */
static const char *
when(const struct why *w, msec t)
{
	return t <= w->now ? out_fmt("%s ago", out_span(w->now - t))
			   : out_fmt("in %s", out_span(t - w->now));
}

static const char *
percent(const struct why *w, const char *param)
{
	return out_fmt("%.0f", 100 * json_number_value(json_object_get(w->params, param)));
}

/* Conditions of the gates in words, by their names in the JSON. */
static const struct {
	const char *name, *words; /* no words: they hold a parameter, see bit_words */
	bool common;              /* holds nearly always: not worth a word while it does */
} gate_words[] = {
	{ "score", NULL, false },
	{ "verified", "verified", false },
	{ "not-checkable", "a class that has no check", false },
	{ "inconclusive", "no check could decide", false },
	{ "on-sight", "a source marked notify-on-sight", false },
	{ "twice", NULL, false },
	{ "groups", NULL, false },
	{ "active", "an attack active in own flows", false },
	{ "policy", "a policy that allows it", true },
	{ "class", "a class that allows it", true },
	{ "reach", "always-reach configured", true },
	{ "lease", "a known line behind the address", true },
	{ "cap", "room under the cap", true },
	{ "touchable", "an address off the never-touch list", true },
	{ "approved", "a person's approval", true }, /* or none is needed; the order tells who */
	{ "answered", "an answered inbound exchange in own flows", false },
	{ "rule", "the word of as many network operators as your rule asks for", false },
	{ "hours", "desk hours, or an attack active in own flows", true },
	{ "breaker", "fewer filters in the last hour: quarantines are held", true },
	{ "not-barred", "the desk's leave: it was rejected or undone here", true },
	{ "scope", "a port to filter on, proven or seen in own flows", true },
};
#define BITS (sizeof(gate_words) / sizeof(gate_words[0]))

static const char *
bit_words(const struct why *w, const char *name, size_t i)
{
	if (i == BITS)
		return name;
	if (strcmp(name, "groups") == 0)
		return out_fmt("%s of 100 from %lld groups", percent(w, "quarantine_from"),
		    out_int(w->params, "quarantine_groups"));
	if (strcmp(name, "score") == 0)
		return out_fmt("score at least %s", percent(w, "sure_from"));
	if (strcmp(name, "twice") == 0)
		return out_fmt(
		    "verified twice %s apart", out_span(out_ms(w->params, "look_again")));
	return gate_words[i].words;
}

/* The bits of one list as a sentence; "" for none. */
static const char *
sentence(const struct why *w, const json_t *list, bool all)
{
	const char *text = "";
	for (size_t k = 0; k < json_array_size(list); k++) {
		json_t *one = json_pack("{s:O}", "b", json_array_get(list, k));
		const char *name = out_str(one, "b");
		size_t i = 0;
		while (i < BITS && strcmp(gate_words[i].name, name) != 0)
			i++;
		if (all || i == BITS || !gate_words[i].common)
			text = out_fmt("%s%s%s", text, *text ? ", " : "", bit_words(w, name, i));
		json_decref(one);
	}
	return text;
}

static void
show_subject(const struct why *w)
{
	const json_t *p = json_object_get(w->doc, "policy");
	const char *party = out_text(p, "party"), *line = out_text(p, "line");
	out_head(w->o, out_fmt("%s", out_str(w->doc, "address")));
	if (!json_is_object(p))
		out_say(w->o, INDENT + LABEL, "  network", "not ours: outside every prefix of %s",
		    out_str(w->doc, "server"));
	else
		out_say(w->o, INDENT + LABEL, "  network",
		    "%s, %s%s%s%s%s; may be probed: %s, notified: %s, at "
		    "most: %s",
		    out_str(p, "prefix"), out_str(p, "kind"), line ? ", line " : "",
		    line ? line : "", party ? ", " : "", party ? party : "",
		    out_true(p, "probe") ? "yes" : "no", out_true(p, "notify") ? "yes" : "no",
		    out_str(p, "highest_rung"));
	if (out_true(w->doc, "protected"))
		out_say(w->o, INDENT + LABEL, "  protected",
		    "on the never-touch list: no order touches it");
	out_say(w->o, INDENT + LABEL, "  asked", "%s at %s UTC, mode %s", out_str(w->doc, "server"),
	    out_time(w->now), out_str(w->doc, "mode"));
}

/* Kinds whose addresses are shared or change hands. */
static bool
leased(const json_t *c)
{
	return out_is(c, "kind", "cgnat-pool") || out_is(c, "kind", "dynamic");
}

/* What people did with the case, as far as it lasts. */
static void
show_desk_words(const struct why *w)
{
	const json_t *c = w->c;
	const char *barred = sentence(w, json_object_get(c, "barred"), true);
	if (out_text(c, "assignee"))
		out_say(w->o, INDENT + LABEL, "  assigned", "to %s", out_str(c, "assignee"));
	if (out_ms(c, "snoozed"))
		out_say(w->o, INDENT + LABEL, "  snoozed", "until %s UTC (%s), or until it is verified",
		    out_time(out_ms(c, "snoozed")), when(w, out_ms(c, "snoozed")));
	if (out_int(c, "merged_into"))
		out_say(w->o, INDENT + LABEL, "  merged", "into case %lld: its reports count there",
		    out_int(c, "merged_into"));
	if (*barred)
		out_say(w->o, INDENT + LABEL, "  barred",
		    "%s: rejected or undone at the desk; lymph case %lld allow lifts it", barred,
		    out_int(c, "case"));
}

/* What own flows said when last asked, and what of the line a filter would shut. */
static void
show_seen(const struct why *w)
{
	const json_t *f = json_object_get(w->c, "flows"), *s = json_object_get(w->c, "scope");
	if (json_is_object(f))
		out_say(w->o, INDENT + LABEL, "  own flows", "%s, %s",
		    out_true(f, "active")     ? "saw it at work"
		    : out_true(f, "answered") ? "saw an answered exchange on the port"
		    : out_true(f, "covered")  ? "covered the line and saw nothing of it"
					      : "did not cover the line: their silence means nothing",
		    when(w, out_ms(f, "at")));
	if (json_is_object(s))
		out_say(w->o, INDENT + LABEL, "  seen", "to %s%s%s, %s, %s",
		    out_text(s, "peer") ? out_str(s, "peer") : "",
		    out_text(s, "peer") ? " " : "", show_port(s),
		    out_count(out_int(s, "samples"), "sample", "samples"),
		    out_int(s, "sampling") ? out_fmt("sampled 1:%lld", out_int(s, "sampling")) :
					     "sampling unknown");
}

static void
show_state(const struct why *w)
{
	const json_t *c = w->c;
	const char *as = out_text(c, "closed_as"), *line = out_text(c, "line"),
		   *party = out_text(c, "party");
	long long verified = out_int(c, "verified_times");
	fputc('\n', w->o->f);
	out_head(
	    w->o, out_fmt("Case %lld: %s%s, %s%s%s, score %s of 100", out_int(c, "case"),
		      out_str(c, "title"),
		      out_int(c, "port") ? out_fmt(" on port %lld", out_int(c, "port")) : "",
		      out_str(c, "state"), as ? " as " : "", as ? as : "", out_score(c, "score")));
	out_say(w->o, INDENT + LABEL, "  line", "%s, %s%s%s",
	    line        ? line
	    : leased(c) ? "not attributable without a lease"
			: "the address itself",
	    out_str(c, "kind"), party ? ", " : "", party ? party : "");
	out_say(w->o, INDENT + LABEL, "  reports", "%lld, the last %s", out_int(c, "reports"),
	    when(w, out_ms(c, "last_report")));
	const json_t *attack = json_object_get(c, "attack");
	if (attack)
		out_say(w->o, INDENT + LABEL, "  attack", "%s", out_str(attack, "text"));
	if (verified)
		out_say(w->o, INDENT + LABEL, "  verified", "%s %s (%s UTC)%s",
		    verified == 1 ? "once," : out_fmt("%lld times, the last time", verified),
		    when(w, out_ms(c, "verified")), out_time(out_ms(c, "verified")),
		    out_is(c, "verified_by", "own flows") ? ", by own flows" : "");
	else
		out_say(w->o, INDENT + LABEL, "  verified", "no%s",
		    !out_true(c, "contested") ? ""
		    : out_true(json_object_get(c, "flows"), "active")
			? ": contested, own flows see it at work and the check found it closed"
			: ": contested, trusted reports stand against a closed port");
	out_say(w->o, INDENT + LABEL, "  opened", "%s UTC (%s)", out_time(out_ms(c, "opened")),
	    when(w, out_ms(c, "opened")));
	if (out_ms(c, "closed"))
		out_say(w->o, INDENT + LABEL, "  closed", "%s UTC (%s)",
		    out_time(out_ms(c, "closed")), when(w, out_ms(c, "closed")));
	show_seen(w);
	show_desk_words(w);
	if (out_ms(c, "next"))
		out_say(w->o, INDENT + LABEL, "  next step", "%s UTC (%s)",
		    out_time(out_ms(c, "next")), when(w, out_ms(c, "next")));
}

static double
number(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

/* A row of the score: T x E x D = w, and the score so far. cap: what it was cut from. */
static void
score_row(struct table *t, const json_t *l, const char *so_far)
{
	double w = number(l, "weight"), raw = number(l, "product");
	bool capped = raw - w > 0.0005;
	table_row(
	    t, CELLS(show_who(l), out_real(l, "trust", 3),
		   out_fmt("%s %s", out_real(l, "evidence", 1), out_str(l, "evidence_kind")),
		   out_real(l, "decay", 3), out_fmt("%s%.3f", capped ? "cut to " : "", w), so_far));
}

static void
show_score(const struct why *w)
{
	const json_t *s = w->s, *lines = json_object_get(s, "lines"), *l;
	double open = 1, weak = number(s, "weak");
	size_t i;
	unsigned pooled = 0;
	part(w, "Score = 1 - (1 - weight) x (1 - weight) ...; weight = trust x evidence x fresh");
	struct table *t =
	    table_new("srlrrr", CELLS("source", "trust", "evidence", "fresh", "weight", "score"));
	bool has_weak = false, has_pool = out_int(s, "pool_reports") > 0;
	json_array_foreach(lines, i, l)
	{
		if (out_true(l, "pooled"))
			continue;
		const char *so_far = "";
		if (out_true(l, "weak")) {
			has_weak = true;
		} else {
			open *= 1 - number(l, "weight");
			so_far = out_fmt("%.1f", 100 * (1 - open));
		}
		score_row(t, l, so_far);
	}
	if (has_pool) {
		double pool = number(s, "pool"), raw = number(s, "pool_raw");
		json_array_foreach(lines, i, l) if (out_true(l, "pooled") && pooled++ < POOL_ROWS)
		    score_row(t, l, "");
		if (pooled > POOL_ROWS)
			table_row(t, CELLS(out_fmt("... and %u more", pooled - POOL_ROWS), "", "",
					 "", "", ""));
		open *=
		    1 - pool; /* its one-way part comes below, so then this is not the score yet */
		table_row(t,
		    CELLS(out_fmt("pool of %s", out_count(out_int(s, "pool_keys"),
						    "unproven source", "unproven sources")),
			"", raw - pool > 0.0005 ? out_fmt("%.3f, capped", raw) : "", "",
			out_fmt("%.3f", pool), weak > 0 ? "" : out_fmt("%.1f", 100 * (1 - open))));
	}
	if (has_weak || weak > 0) {
		double raw = number(s, "weak_raw");
		table_row(t, CELLS("one-way evidence together", "",
				 raw - weak > 0.0005 ? out_fmt("%.3f, capped", raw) : "", "",
				 out_fmt("%.3f", weak), ""));
	}
	table_row(t, CELLS("score", "", "", "", "", out_score(s, "score")));
	table_print(t, w->o, INDENT);
	if (out_int(s, "groups") + out_int(s, "pool_keys") > (long long)json_array_size(lines))
		out_say(w->o, INDENT, "",
		    "%lld independent groups and %lld unproven sources in all; only the "
		    "strongest are shown.",
		    out_int(s, "groups"), out_int(s, "pool_keys"));
}

static void
show_gates(const struct why *w)
{
	size_t i;
	const json_t *g;
	part(w, "Gates");
	json_array_foreach(json_object_get(w->c, "gates"), i, g)
	{
		const char *holds = sentence(w, json_object_get(g, "holds"), false);
		const char *missing = sentence(w, json_object_get(g, "missing"), true);
		bool open = out_true(g, "open"), latched = out_true(g, "latched");
		const char *label = out_fmt("  %-11s %-4s", out_str(g, "rung"),
		    open      ? "yes"
		    : latched ? "kept"
			      : "no");
		if (open)
			out_say(w->o, 20, label, "%s", *holds && i > 0 ? holds : "always");
		else if (latched)
			out_say(w->o, 20, label, "reached, and kept until the case closes%s%s",
			    *missing ? "; no longer there: " : "", missing);
		else
			out_say(w->o, 20, label, "%s%s%s%s", *holds ? "there: " : "", holds,
			    *holds ? "; " : "",
			    *missing ? out_fmt("missing: %s", missing) : "not reached");
	}
}

/* "to ... it would need". */
static const char *
rung_words(const char *rung)
{
	return strcmp(rung, "ticket") == 0   ? "open a ticket"
	       : strcmp(rung, "notify") == 0 ? "notify the owner"
					     : rung;
}

static bool
is_over(const json_t *r)
{
	return out_is(r, "state", "withdrawn") || out_is(r, "state", "expired");
}

/* How an order stands, in the column of its end. */
static const char *
until_words(const json_t *r)
{
	const char *end = out_fmt("%.16s", out_time(out_ms(r, "expiry")));
	bool plain = out_is(r, "state", "in force") || out_is(r, "state", "would") ||
		     out_is(r, "state", "given");
	return plain ? end : out_str(r, "state");
}

/* A sentence for each order that shuts but a part of the line, and for each that is held back. */
static void
show_held_back(const struct why *w, const json_t *r)
{
	const char *against = show_against(r);
	long long no = out_int(r, "order");
	if (out_is(r, "rung", "filter") && out_is(r, "direction", "from"))
		out_say(w->o, INDENT, "", "Order %lld %s %s from the line to %s; everything else of the "
		    "line flows.", no, out_true(r, "would") || !out_is(r, "state", "in force") ?
		    "would drop" : "drops",
		    show_port(r) ? show_port(r) : "all",
		    out_text(r, "peer") ? out_str(r, "peer") : "anyone");
	if (out_is(r, "state", "asked"))
		out_say(w->o, INDENT, "", "Order %lld asks for a person, until %s UTC: lymph approve %lld",
		    no, out_fmt("%.16s", out_time(out_ms(r, "expiry"))), no);
	if (against)
		out_say(w->o, INDENT, "", "Order %lld: %s.", no, against);
	if (out_is(r, "state", "held"))
		out_say(w->o, INDENT, "",
		    "Order %lld is held: its set was flushed by hand; \"lymph resume --reason TEXT\" "
		    "fills it again.", no);
	if (out_is(r, "state", "failed"))
		out_say(w->o, INDENT, "", "Order %lld failed: the kernel did not take it (%s).", no,
		    out_str(r, "error"));
	if (out_int(r, "packets"))
		out_say(w->o, INDENT, "", "Order %lld has stopped %s.", no,
		    out_count(out_int(r, "packets"), "packet", "packets"));
}

static void
show_follows(const struct why *w)
{
	size_t i;
	const json_t *r, *g, *orders = json_object_get(w->c, "orders");
	bool any = false;
	part(w, strcmp(show_mode(w->doc), "observe") == 0
		    ? "What would follow (mode observe: nothing was done)"
		    : "What follows");
	struct table *t = table_new("wlrS", CELLS("what", "until (UTC)", "order", "decided by"));
	json_array_foreach(orders, i, r)
	{
		if (is_over(r))
			continue;
		any = true;
		table_row(t, CELLS(show_order_words(r), until_words(r), out_fmt("%lld", out_int(r, "order")),
				 out_int(r, "by") ? show_person(r, "by") : out_text(r, "decided_by")));
	}
	if (any)
		table_print(t, w->o, INDENT);
	else
		table_free(t);
	if (!any)
		out_say(w->o, INDENT, "", "nothing");
	json_array_foreach(orders, i, r) if (!is_over(r)) show_held_back(w, r);
	json_array_foreach(json_object_get(w->c, "gates"), i, g)
	{
		if (out_true(g, "open") || out_true(g, "latched"))
			continue;
		const char *missing = sentence(w, json_object_get(g, "missing"), true);
		out_say(w->o, INDENT, "", "To %s it would need: %s.",
		    rung_words(out_str(g, "rung")), *missing ? missing : "more");
		break;
	}
}

static void
show_looks(const struct why *w)
{
	size_t i;
	const json_t *l, *looks = json_object_get(w->c, "looks");
	long long pending = out_int(w->c, "looks_pending");
	part(w, "Looks");
	if (json_array_size(looks)) {
		struct table *t = table_new("lllrsl",
		    CELLS("ended (UTC)", "vantage", "verdict", "port", "how", "relayed from"));
		json_array_foreach(looks, i, l)
		{
			const char *how = out_text(l, "method");
			if (!how)
				how = out_text(l, "reason");
			table_row(
			    t, CELLS(out_time(out_ms(l, "ended")), out_text(l, "vantage"),
				   out_text(l, "verdict"),
				   out_int(l, "port") ? out_fmt("%lld", out_int(l, "port")) : NULL,
				   how ? how : "",
				   out_text(l, "egress") ? out_text(l, "egress") : ""));
		}
		table_print(t, w->o, INDENT);
	}
	if (out_int(w->c, "looks_total") > (long long)json_array_size(looks))
		out_say(w->o, INDENT, "", "the newest of %lld", out_int(w->c, "looks_total"));
	if (pending || json_array_size(looks) == 0)
		out_say(
		    w->o, INDENT, "", "%s", pending ? out_fmt("%lld pending", pending) : "none");
}

static void
show_rest(const struct why *w)
{
	size_t i;
	const json_t *n, *list = json_object_get(w->c, "not_judged");
	const char *trouble = out_text(w->c, "history_error");
	if (json_array_size(list)) {
		part(w, "Not judged");
		json_array_foreach(list, i, n)
		{
			json_t *one = json_pack("{s:O}", "n", n);
			out_say(w->o, INDENT + 2, "  -", "%s", out_str(one, "n"));
			json_decref(one);
		}
	}
	if (trouble)
		out_say(w->o, INDENT, "", "The history could not be read: %s", trouble);
	if (out_text(w->c, "advice")) {
		part(w, "Advice for the owner");
		out_say(w->o, INDENT, "", "%s", out_text(w->c, "advice"));
	}
}

static void
show_all(const json_t *doc, const struct out *o, bool timeline)
{
	struct why w = { .o = o,
		.doc = doc,
		.params = json_object_get(doc, "params"),
		.now = out_ms(doc, "now") };
	const json_t *cases = json_object_get(doc, "cases");
	size_t i;
	show_subject(&w);
	if (json_array_size(cases) == 0)
		out_say(o, INDENT + LABEL, "  cases", "none: nobody reported it");
	json_array_foreach(cases, i, w.c)
	{
		w.s = json_object_get(w.c, "explained");
		show_state(&w);
		show_score(&w);
		show_gates(&w);
		show_follows(&w);
		show_looks(&w);
		show_own_flows(w.c, w.o);
		show_rest(&w);
		if (timeline)
			show_timeline(w.c, o);
	}
}

void
show_why(const json_t *doc, const struct out *o)
{
	show_all(doc, o, false);
}

void
show_case(const json_t *doc, const struct out *o)
{
	show_all(doc, o, true);
}
