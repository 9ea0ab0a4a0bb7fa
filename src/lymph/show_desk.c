/* SPDX-License-Identifier: BSD-2-Clause */
/* The desk's side of an answer: what would be done to how many, what was done and how to take it back,
 * and the plan. Made from lymphd's JSON alone. */
#include <string.h>

#include "lymph/show.h"
#include "model/desk.h"

#define CELLS(...) ((const char *const[]){ __VA_ARGS__ })
#define PREVIEW    10 /* rows of a preview; the rest is counted */
#define SKIPPED    10
#define REASONS    16
#define NUMBERS    8 /* of orders named behind a reason */

/* One row per verb: how a person says it, before and after. */
static const struct {
	const char *verb, *ask, *past, *one, *many;
} verbs[] = {
	{ "approve", "approve", "approved", "order", "orders" },
	{ "reject", "reject", "rejected", "order", "orders" },
	{ "undo", "withdraw", "withdrawn", "order", "orders" },
	{ "allow", "allow again", "allowed again", "case", "cases" },
	{ "release", "release", "released", "case", "cases" },
	{ "close", "close", "closed", "case", "cases" },
	{ "reopen", "open again", "opened again", "case", "cases" },
	{ "note", "note", "noted", "case", "cases" },
	{ "assign", "assign", "assigned", "case", "cases" },
	{ "merge", "merge", "merged", "case", "cases" },
	{ "unmerge", "part", "parted", "case", "cases" },
	{ "snooze", "snooze", "snoozed", "case", "cases" },
	{ "undo-batch", "take back", "taken back", "act", "acts" },
	{ "approve-batch", "approve", "done, as two people said", "act", "acts" },
	{ "reject-batch", "reject", "rejected", "batch", "batches" },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static size_t
verb_of(const json_t *doc)
{
	size_t v = 0;
	while (v < VERBS && !out_is(doc, "verb", verbs[v].verb))
		v++;
	return v;
}

static const char *
how_many(const json_t *doc, const char *key)
{
	size_t v = verb_of(doc);
	return v == VERBS ? out_count(out_int(doc, key), "target", "targets")
			  : out_count(out_int(doc, key), verbs[v].one, verbs[v].many);
}

/* "withdraw 34 orders". */
static const char *
deed(const json_t *doc)
{
	size_t v = verb_of(doc);
	return out_fmt("%s %s", v == VERBS ? "do it to" : verbs[v].ask, how_many(doc, "count"));
}

/* A target of a preview: an order, or a case. */
static bool
is_order(const json_t *x)
{
	return json_object_get(x, "order") != NULL;
}

/* The first rows of one kind; how many. A batch taken back may hold both. */
static size_t
preview_rows(const json_t *list, bool orders, const struct out *o)
{
	size_t i, n = 0;
	const json_t *x;
	struct table *t = orders
			      ? table_new("rrwSr", CELLS("order", "case", "what", "state", "score"))
			      : table_new("rsSWsr",
				    CELLS("case", "state", "class", "address", "line", "score"));
	json_array_foreach(list, i, x)
	{
		if (is_order(x) != orders || n == PREVIEW)
			continue;
		n++;
		if (orders)
			table_row(t, CELLS(out_fmt("%lld", out_int(x, "order")),
					 out_fmt("%lld", out_int(x, "case")), show_order_words(x),
					 out_text(x, "state"), out_score(x, "score")));
		else
			table_row(t, CELLS(out_fmt("%lld", out_int(x, "case")),
					 out_text(x, "closed_as") ? out_text(x, "closed_as")
								  : out_text(x, "state"),
					 out_text(x, "class"), show_address(x),
					 out_text(x, "line"), out_score(x, "score")));
	}
	if (n)
		table_print(t, o, 2);
	else
		table_free(t);
	return n;
}

static void
show_skipped(const json_t *doc, const struct out *o)
{
	size_t i, n = json_array_size(json_object_get(doc, "skipped"));
	const json_t *s;
	json_array_foreach(json_object_get(doc, "skipped"), i, s)
	{
		if (i == SKIPPED)
			break;
		out_say(o, 2, "", "left out: %lld, %s", out_int(s, "no"), out_str(s, "why"));
	}
	size_t shown = n < SKIPPED ? n : SKIPPED;
	long long total = out_int(doc, "skipped_total");
	total = total > (long long)n ? total : (long long)n;
	if (total > (long long)shown)
		out_say(o, 2, "", "... and %lld more left out", total - (long long)shown);
}

void
show_preview(const json_t *doc, const struct out *o)
{
	const json_t *list = json_object_get(doc, "targets");
	long long n = out_int(doc, "count");
	out_head(o, n ? out_fmt("%s:", deed(doc)) : "nothing to do:");
	size_t shown = preview_rows(list, false, o);
	shown += preview_rows(list, true, o);
	if (n > (long long)shown)
		out_say(o, 2, "", "... and %lld more", n - (long long)shown);
	show_skipped(doc, o);
	if (out_true(doc, "two_people"))
		out_say(o, 0, "", "This takes two people: a second one will have to approve.");
}

static void
show_waiting(const json_t *doc, const struct out *o)
{
	const char *command = out_text(doc, "command");
	msec until = out_ms(doc, "until");
	out_say(o, 0, "", "%s: nothing is done yet, a second person has to say so%s%s%s.",
	    how_many(doc, "count"), until ? ", until " : "", until ? out_time(until) : "",
	    until ? " UTC" : "");
	out_say(o, 0, "", "That person, neither you nor root, types: %s", command ? command
									  : out_fmt("lymph approve %s", out_str(doc, "pending")));
}

void
show_done(const json_t *doc, const struct out *o)
{
	size_t v = verb_of(doc);
	long long batch = out_int(doc, "batch"), done = out_int(doc, "done");
	const char *verb = out_text(doc, "verb");
	if (out_text(doc, "pending")) {
		show_waiting(doc, o);
		return;
	}
	const char *what = v == VERBS ? out_fmt("%s done", how_many(doc, "done"))
				      : out_fmt("%s %s", how_many(doc, "done"), verbs[v].past);
	/* A note stays; so does what nothing is the opposite of. */
	enum desk_verb known = verb ? desk_verb_by_name(verb) : DESK_VERB_N;
	bool stays = known != DESK_VERB_N && desk_verb_row(known)->undo == DESK_VERB_N;
	if (!done || !batch)
		out_say(o, 0, "", "%s", done ? out_fmt("done: %s", what) : "nothing was done");
	else if (stays)
		out_say(o, 0, "", "done: %s (batch %lld)", what, batch);
	else
		out_say(o, 0, "", "done: %s (batch %lld); undo with: lymph undo batch %lld", what, batch,
		    batch);
	if (done && out_is(doc, "as", "fixed"))
		out_say(o, 0, "",
		    "What was verified is looked at once more, and closes when it is gone.");
	if (out_int(doc, "not_done") > 0)
		out_say(o, 0, "", "STOPPED before %lld more: %s. The same command goes on.",
		    out_int(doc, "not_done"), out_str(doc, "stopped"));
	show_skipped(doc, o);
}

/* The state in which the operator keeps all of it. */
static void
plan_head(const json_t *doc, const struct out *o)
{
	const char *carrier = out_text(doc, "carrier"), *ceiling = out_text(doc, "ceiling");
	if (carrier && strcmp(carrier, "none") == 0)
		carrier = NULL;
	out_say(o, 0, "", "mode %s%s%s, carried by %s", out_str(doc, "mode"),
	    ceiling ? ", at most " : "", ceiling ? ceiling : "", carrier ? carrier : "nothing");
	if (!ceiling)
		out_say(o, 0, "",
		    "No conscience: it is missing or bad, so nothing can be enforced. See lymph check.");
	if (out_true(doc, "panic"))
		out_say(o, 0, "",
		    "PANIC: nothing is enforced until \"lymph resume --reason TEXT\".");
	if (out_true(doc, "clock_paused"))
		out_say(o, 0, "",
		    "The clock jumped: new orders wait until it is back, or \"lymph resume --reason "
		    "TEXT\".");
	if (out_is(doc, "mode", "observe") && !out_true(doc, "panic"))
		out_say(o, 0, "", "Nothing of this is done: \"would\" is what mode enforce would do.");
}

/* What is against it, or what it is for. The mode is told once, in the head. */
static const char *
because(const json_t *r)
{
	if (out_text(r, "rule") && !out_is(r, "rule", "mode"))
		return out_text(r, "rule");
	if (json_is_null(json_object_get(r, "carrier")))
		return "cannot enforce";
	return out_fmt("%s %s", out_str(r, "class"), out_score(r, "score"));
}

/* Numbers of the orders against which show_against says text. */
static const char *
numbers_with(const json_t *list, const char *text)
{
	size_t i, n = 0;
	const json_t *r;
	const char *all = "";
	json_array_foreach(list, i, r)
	{
		const char *t = show_against(r);
		if (!t || strcmp(t, text) != 0)
			continue;
		if (n++ < NUMBERS)
			all = out_fmt("%s%s%lld", all, *all ? ", " : "", out_int(r, "order"));
	}
	if (n > NUMBERS)
		all = out_fmt("%s and %zu more", all, n - NUMBERS);
	return out_fmt("%s %s", n == 1 ? "Order" : "Orders", all);
}

/* Each reason once, with those it is against. */
static void
plan_reasons(const json_t *list, const struct out *o)
{
	char seen[REASONS][OUT_TEXT];
	size_t i, n = 0;
	const json_t *r;
	json_array_foreach(list, i, r)
	{
		const char *text = show_against(r);
		size_t k = 0;
		while (text && k < n && strcmp(seen[k], text) != 0)
			k++;
		if (!text || k < n || n == REASONS)
			continue;
		snprintf(seen[n++], OUT_TEXT, "%s", text);
		out_say(o, 2, "", "%s: %s.", numbers_with(list, seen[n - 1]), seen[n - 1]);
	}
}

static void
plan_pending(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *p;
	json_array_foreach(json_object_get(doc, "pending"), i, p)
	{
		const char *id = out_str(p, "id"), *text = out_text(p, "text");
		out_say(o, 2, "",
		    "%s: %s, asked by %s at %s, until %s UTC%s%s%s. A second person: lymph "
		    "approve %s | lymph reject %s",
		    id, deed(p), show_person(p, "by"),
		    out_time(out_ms(p, "at")), out_time(out_ms(p, "until")), text ? " (" : "",
		    text ? text : "", text ? ")" : "", id, id);
	}
}

static void
plan_counts(const json_t *doc, const struct out *o)
{
	static const struct {
		const char *key, *words;
	} rows[] = {
		{ "would", "would be given" },
		{ "asked", "ask for a person" },
		{ "waiting", "wait" },
		{ "held", "held" },
		{ "refused", "refused" },
	};
	const json_t *c = json_object_get(doc, "counts");
	const char *text = "";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (out_int(c, rows[i].key))
			text = out_fmt("%s%s%lld %s", text, *text ? ", " : "", out_int(c, rows[i].key),
			    rows[i].words);
	if (*text)
		out_say(o, 0, "", "%s", text);
	if (out_int(c, "asked"))
		out_say(o, 0, "", "Say yes or no: lymph approve NO.., lymph reject NO..");
}

void
show_plan(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *r, *list = json_object_get(doc, "orders");
	plan_head(doc, o);
	if (json_array_size(list) == 0)
		out_say(o, 0, "", json_is_integer(json_object_get(doc, "next"))
				      ? "None of the orders looked at waits or would be next."
				      : "No order waits or would be next.");
	else {
		struct table *t =
		    table_new("rrSws", CELLS("order", "case", "state", "what", "why"));
		json_array_foreach(list, i, r) table_row(t,
		    CELLS(out_fmt("%lld", out_int(r, "order")), out_fmt("%lld", out_int(r, "case")),
			out_text(r, "state"), show_measure(r), because(r)));
		table_print(t, o, 0);
	}
	plan_reasons(list, o);
	plan_pending(doc, o);
	plan_counts(doc, o);
	if (json_is_integer(json_object_get(doc, "next")))
		out_say(o, 0, "", "More: lymph plan --from %lld", out_int(doc, "next"));
}
