/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `lymph case N --record`: why each order of a case was given, to print and to hand to the customer, a
 * colleague or a court. Made from the JSON of the control socket alone; asks nobody and knows no clock.
 */
#include <string.h>

#include "lymph/show.h"

#define INDENT 2
#define LABEL  15

static void
line(const struct out *o, const char *label, const char *text)
{
	if (text)
		out_say(o, INDENT + LABEL, out_fmt("  %s", label), "%s", text);
}

/* What it says: of each order it says also whether it came later. */
static json_t *
words(json_t *e)
{
	json_t *text = json_object_get(e, "text");
	return text ? text : e;
}

/* The number under which the case's evidence has e; 0: it has not. */
static size_t
number_of(const json_t *all, json_t *e)
{
	size_t i;
	const json_t *a;
	json_array_foreach(all, i, a) if (json_equal(a, words(e))) return i + 1;
	return 0;
}

/* All that any order stands on or that came later, each piece once, in the order of the answer. NULL:
 * no memory. */
static json_t *
gather(const json_t *records)
{
	size_t i, k;
	const json_t *r;
	json_t *e, *all = json_array();
	json_array_foreach(records, i, r)
	{
		json_array_foreach(json_object_get(r, "evidence"), k, e)
		{
			if (!number_of(all, e))
				json_array_append(all, words(e));
		}
	}
	return all;
}

static void
evidence(const json_t *all, const struct out *o)
{
	size_t i;
	json_t *e;
	fputc('\n', o->f);
	out_head(o, "Evidence");
	json_array_foreach(all, i, e)
	{
		json_t *one = json_pack("{s:O}", "e", e);
		out_say(o, 6, out_fmt("%4zu", i + 1), "%s", out_str(one, "e"));
		json_decref(one);
	}
}

/* "1 to 3 above": what of it this order stands on, or what came later. NULL: nothing. */
static const char *
numbers(const json_t *list, const json_t *all, bool later)
{
	size_t i, n = 0;
	json_t *e;
	const char *text = "";
	json_array_foreach(list, i, e)
	{
		if (out_true(e, "later") != later)
			continue;
		text = out_fmt("%s%s%zu", text, *text ? ", " : "", number_of(all, e));
		n++;
	}
	if (n > 2 && n == json_array_size(all))
		text = out_fmt("1 to %zu", n);
	return n ? out_fmt("%s above", text) : NULL;
}

/* "2026-11-22 02:00:01 UTC"; NULL: not said. */
static const char *
when(const json_t *r, const char *key)
{
	msec t = out_ms(r, key);
	return t ? out_fmt("%s UTC", out_time(t)) : NULL;
}

static const char *
duration(const json_t *r)
{
	const char *from = when(r, "from"), *until = when(r, "until");
	msec d = out_ms(r, "until") - out_ms(r, "from");
	if (!from || !until)
		return from ? out_fmt("from %s on", from) : "not given yet";
	return out_fmt("%s to %s%s%s", out_time(out_ms(r, "from")), until, d > 0 ? ", " : "",
	    d > 0 ? out_span(d) : "");
}

/* When it was really in force, and what is not known of that. */
static void
in_force(const json_t *r, const struct out *o)
{
	size_t i;
	const json_t *span, *list = json_object_get(r, "in_force");
	const char *note = out_text(r, "in_force_note");
	long long more = out_int(r, "in_force_more");
	if (!json_is_array(list))
		return;
	json_array_foreach(list, i, span)
	{
		const char *from = when(span, "from"), *until = when(span, "until");
		line(o, "In force", out_fmt("%s to %s%s", from ? out_time(out_ms(span, "from")) : "-",
		    until ? until : "-", out_true(span, "goes_on") ? ", and goes on" : ""));
	}
	if (more > 0)
		line(o, "", out_fmt("%lld more times follow", more));
	if (json_array_size(list) == 0)
		line(o, "In force", out_fmt("%s%s", out_true(r, "in_force_known") ? "never: " : "",
		    note ? note : "-"));
	else if (note)
		line(o, "", note);
	if (json_array_size(list) && out_is(r, "carrier", "dry"))
		line(o, "", "rehearsed only (actuator dry): no packet was touched");
}

static const char *
who(const json_t *r)
{
	const char *by = show_person(r, "decided_by"), *and = out_text(r, "approved_by");
	const json_t *v = json_object_get(r, "approved_by");
	if (json_is_integer(v))
		and = show_person(r, "approved_by");
	return and ? out_fmt("%s, approved by %s", by, and) : by;
}

static const char *
ended(const json_t *r)
{
	const char *text = out_text(r, "ended"), *at = when(r, "ended");
	if (at && text && strchr(text, 'T')) /* the time itself, as RFC 3339 */
		return at;
	return text ? text : at;
}

static void
one_record(const json_t *r, const json_t *all, const struct out *o)
{
	fputc('\n', o->f);
	out_head(o, out_fmt("Order %lld", out_int(r, "order")));
	line(o, "Measure", out_str(r, "measure"));
	line(o, "Reason", out_str(r, "reason"));
	const char *before = numbers(json_object_get(r, "evidence"), all, false);
	const char *later = numbers(json_object_get(r, "evidence"), all, true);
	line(o, "Evidence", before ? before : "none is kept");
	if (later)
		line(o, "Not evidence", out_fmt("%s (came after the decision)", later));
	line(o, "Scope", out_str(r, "scope"));
	line(o, "Duration", duration(r));
	in_force(r, o);
	line(o, "Decided by", who(r));
	line(o, "Ended", ended(r));
	line(o, "How to appeal", out_text(r, "appeal") ? out_text(r, "appeal")
						       : "not configured (appeal in lymphd.conf)");
	line(o, "Legal basis", out_text(r, "legal"));
}

void
show_record(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *r, *c = json_object_get(doc, "case"), *list = json_object_get(doc, "records");
	const json_t *of = json_is_object(c) ? c : doc;
	out_head(o, out_fmt("Record of case %lld", out_int(of, "case")));
	line(o, "Server", out_text(doc, "server"));
	if (json_is_object(c)) {
		line(o, "About", out_fmt("%s, %s", show_address(c), out_str(c, "title")));
		line(o, "Line", out_text(c, "line"));
		line(o, "Responsible", out_text(c, "party"));
		line(o, "Opened", when(c, "opened"));
		line(o, "Closed", when(c, "closed"));
	}
	line(o, "Written", when(doc, "now"));
	if (json_array_size(list) == 0) {
		fputc('\n', o->f);
		out_say(o, INDENT, "", "No order was given in this case.");
	}
	/* Orders of one case stand on much the same: it is printed once, and they say its numbers. */
	json_t *all = gather(list);
	if (json_array_size(all))
		evidence(all, o);
	json_array_foreach(list, i, r) one_record(r, all, o);
	json_decref(all);
}
