/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened to a case, oldest first, a line each. An event knows the reporter, the look or the
 * order it is about by number only; those are found in the other lists of the same JSON. Asks nobody
 * and knows no clock.
 */
#include <string.h>

#include "lymph/show.h"

#define INDENT     2
#define STAMP      23 /* columns before the words */
#define LINES_MOST 60 /* the newest shown; the rest is counted */

/* The object in a list of the case whose KEY is no; NULL: not among those that were sent. */
static const json_t *
numbered(const json_t *c, const char *list, const char *key, long long no)
{
	size_t i;
	const json_t *o;
	json_array_foreach(json_object_get(c, list), i, o)
		if (no && out_int(o, key) == no)
			return o;
	return NULL;
}

static const char *
reporter_words(const json_t *c, const json_t *ev)
{
	const json_t *r = numbered(c, "reports_newest", "fact", out_int(ev, "fact"));
	return r ? show_who(r) : "a reporter";
}

static const char *
report_words(const json_t *c, const json_t *ev)
{
	const json_t *r = numbered(c, "reports_newest", "fact", out_int(ev, "fact"));
	const char *found = out_text(json_object_get(r, "finding"), "text");
	if (found)
		return out_fmt("%s: %s", show_who(r), found);
	return r ? out_fmt("report from %s, %s", show_who(r), out_str(r, "evidence_kind")) : "report";
}

static const char *
on_report(const json_t *c, const json_t *ev)
{
	return out_fmt("%s, weight %s", report_words(c, ev), out_real(ev, "weight", 2));
}

static const char *
on_capped(const json_t *c, const json_t *ev)
{
	return out_fmt("%s, not counted: the case keeps no more of its kind", report_words(c, ev));
}

static const char *
on_opened(const json_t *c, const json_t *ev)
{
	(void)c, (void)ev;
	return "case opened";
}

static const char *
on_reopened(const json_t *c, const json_t *ev)
{
	(void)c, (void)ev;
	return "opened again: what was gone has come back";
}

static const char *
on_asked(const json_t *c, const json_t *ev)
{
	(void)c;
	return out_fmt("look from %s asked for", out_str(ev, "vantage"));
}

static const char *
on_look(const json_t *c, const json_t *ev)
{
	const json_t *l = numbered(c, "looks", "look", out_int(ev, "look"));
	if (!l)
		return out_fmt("looked: %s", out_str(ev, "verdict"));
	const char *how = out_text(l, "method"), *why = out_text(l, "reason");
	return out_fmt("looked from %s: %s%s%s%s%s%s%s", out_str(l, "vantage"), out_str(l, "verdict"),
	    out_int(l, "port") ? out_fmt(" on port %lld", out_int(l, "port")) : "",
	    how ? " by " : "", how ? how : "", why ? " (" : "", why ? why : "", why ? ")" : "");
}

static const char *
on_verified(const json_t *c, const json_t *ev)
{
	long long times = out_int(ev, "times");
	(void)c;
	return out_fmt("verified by %s%s", out_str(ev, "by"),
	    times > 1 ? out_fmt(", %lld times now", times) : "");
}

static const char *
on_contested(const json_t *c, const json_t *ev)
{
	(void)c, (void)ev;
	return "contested: trusted reports stand against a closed port";
}

static const char *
on_state(const json_t *c, const json_t *ev)
{
	(void)c;
	/* What it was closed as is told by the next event. */
	return out_is(ev, "to", "closed")
		   ? NULL
		   : out_fmt("now %s, was %s", out_str(ev, "to"), out_str(ev, "from"));
}

static const char *
on_gate(const json_t *c, const json_t *ev)
{
	(void)c;
	return out_fmt("gate of %s opened at %s", out_str(ev, "rung"), out_score(ev, "score"));
}

static const char *
on_order(const json_t *c, const json_t *ev)
{
	const json_t *r = numbered(c, "orders", "order", out_int(ev, "order"));
	if (!r)
		return out_fmt("order %lld: %s", out_int(ev, "order"), out_str(ev, "rung"));
	return out_fmt("%s until %.16s", show_order_words(r), out_time(out_ms(r, "expiry")));
}

static const char *
order_ended(const json_t *ev, const char *how)
{
	return out_fmt("order %lld (%s) %s", out_int(ev, "order"), out_str(ev, "rung"), how);
}

static const char *
on_dropped(const json_t *c, const json_t *ev)
{
	(void)c;
	return order_ended(ev, "withdrawn");
}

static const char *
on_expired(const json_t *c, const json_t *ev)
{
	(void)c;
	return order_ended(ev, "expired");
}

static const char *
on_backlog(const json_t *c, const json_t *ev)
{
	(void)c;
	return out_fmt("%s waits for room under its cap", out_str(ev, "rung"));
}

static const char *
on_credit(const json_t *c, const json_t *ev)
{
	return out_fmt("credit %s to %s", out_real(ev, "by", 2), reporter_words(c, ev));
}

static const char *
on_debit(const json_t *c, const json_t *ev)
{
	bool free_of_charge = json_number_value(json_object_get(ev, "by")) <= 0;
	return free_of_charge ? out_fmt("wrong, noted without cost: %s", reporter_words(c, ev))
			      : out_fmt("debit %s to %s", out_real(ev, "by", 2), reporter_words(c, ev));
}

static const char *
on_closed(const json_t *c, const json_t *ev)
{
	(void)c;
	return out_is(ev, "as", "not-found") ? "closed: not found"
					     : out_fmt("closed: %s", out_str(ev, "as"));
}

static const char *
on_asks(const json_t *c, const json_t *ev)
{
	(void)c;
	return out_fmt("order %lld (%s) asks for a person", out_int(ev, "order"), out_str(ev, "rung"));
}

static const char *
on_ask_ended(const json_t *c, const json_t *ev)
{
	(void)c;
	return out_fmt("nobody answered: order %lld (%s) was not given", out_int(ev, "order"),
	    out_str(ev, "rung"));
}

/* What a person did is in the fact; a text of theirs is a stranger's as any other. */
static const char *
on_desk(const json_t *c, const json_t *ev)
{
	static const struct {
		const char *verb, *words, *key;
	} verbs[] = {
		{ "approve", "approved order", NULL },
		{ "reject", "rejected order", NULL },
		{ "undo", "withdrew order", NULL },
		{ "allow", "allowed again what was barred", NULL },
		{ "release", "released the case: all its orders withdrawn", NULL },
		{ "close", "closed the case as", "as" },
		{ "reopen", "opened the case again", NULL },
		{ "note", "noted", NULL },
		{ "assign", "assigned it to", "name" },
		{ "merge", "merged it into case", "into" },
		{ "unmerge", "let it stand for itself again", NULL },
		{ "snooze", "snoozed it", NULL },
	};
	const json_t *a = numbered(c, "desk", "fact", out_int(ev, "fact"));
	const char *verb = out_str(ev, "verb"), *more = "", *text = out_text(a, "text");
	size_t i = 0;
	while (i < sizeof(verbs) / sizeof(verbs[0]) && strcmp(verbs[i].verb, verb) != 0)
		i++;
	if (i < sizeof(verbs) / sizeof(verbs[0])) {
		const char *key = verbs[i].key;
		verb = verbs[i].words;
		if (out_int(a, "order"))
			more = out_fmt(" %lld", out_int(a, "order"));
		else if (key && json_is_integer(json_object_get(a, key)))
			more = out_fmt(" %lld", out_int(a, key));
		else if (key)
			more = out_fmt(" %s", out_text(a, key) ? out_text(a, key) : "nobody");
		else if (out_ms(a, "until"))
			more = out_fmt(" until %.16s", out_time(out_ms(a, "until")));
		else if (a && strcmp(verb, "snoozed it") == 0)
			verb = "woke it";
	}
	if (!a) /* among those that were not sent */
		return out_fmt("at the desk: %s", verb);
	bool two = out_int(a, "second") != 0;
	return out_fmt("%s%s%s %s%s%s%s", show_person(a, "by"), two ? " and " : "",
	    two ? show_person(a, "second") : "", verb, more, text ? ": " : "", text ? text : "");
}

static const char *
on_flows(const json_t *c, const json_t *ev)
{
	const json_t *s = numbered(c, "flows", "fact", out_int(ev, "fact"));
	return s ? out_fmt("own flows: %s", show_flow_said(s)) : "own flows were asked";
}

static const struct {
	const char *event;
	const char *(*words)(const json_t *c, const json_t *ev); /* NULL: not worth a line */
} rows[] = {
	{ "case-opened", on_opened },
	{ "case-reopened", on_reopened },
	{ "report", on_report },
	{ "report-capped", on_capped },
	{ "look-asked", on_asked },
	{ "look-done", on_look },
	{ "verified", on_verified },
	{ "contested", on_contested },
	{ "state", on_state },
	{ "gate", on_gate },
	{ "order", on_order },
	{ "order-dropped", on_dropped },
	{ "order-expired", on_expired },
	{ "credit", on_credit },
	{ "debit", on_debit },
	{ "backlog", on_backlog },
	{ "closed", on_closed },
	{ "asked", on_asks },
	{ "ask-ended", on_ask_ended },
	{ "desk", on_desk },
	{ "flows-said", on_flows },
	{ "flows-kept", on_flows },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *
words(const json_t *c, const json_t *ev)
{
	for (size_t i = 0; i < ROWS; i++)
		if (out_is(ev, "event", rows[i].event))
			return rows[i].words(c, ev);
	return out_str(ev, "event");
}

void
show_timeline(const json_t *c, const struct out *o)
{
	const json_t *list = json_object_get(c, "events");
	size_t n = json_array_size(list), i = n > LINES_MOST ? n - LINES_MOST : 0;
	long long total = out_int(c, "events_total");
	long long hidden = (long long)i + (total > (long long)n ? total - (long long)n : 0);
	fputc('\n', o->f);
	out_head(o, "Timeline (UTC; reporters as they are ranked today)");
	if (hidden)
		out_say(o, INDENT, "", "%s%s not shown", out_true(c, "events_more") ? "at least " : "",
		    out_count(hidden, "earlier event", "earlier events"));
	if (n == 0)
		out_say(o, INDENT, "", "nothing is known");
	for (; i < n; i++) {
		const json_t *ev = json_array_get(list, i);
		const char *text = words(c, ev);
		if (text)
			out_say(o, STAMP, out_fmt("  %-19s", out_time(out_ms(ev, "at"))), "%s", text);
	}
}
