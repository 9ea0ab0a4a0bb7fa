/* SPDX-License-Identifier: BSD-2-Clause */
/* What leaves by mail, for people. */
#include <string.h>

#include "lymph/show.h"

#define CELLS(...) ((const char *const[]){ __VA_ARGS__ })

static void
line(const struct out *o, const char *label, const char *text)
{
	if (text)
		out_say(o, 13, label, "%s", text);
}

static void
quote(const struct out *o, const json_t *text)
{
	out_quote(o, json_string_value(text), json_string_length(text));
}

static void
show_one(const json_t *m, const struct out *o)
{
	out_head(o, out_fmt("mail %lld, %s, %s", out_int(m, "number"), out_str(m, "kind"), out_str(m, "state")));
	line(o, "  to         ", out_text(m, "to"));
	line(o, "  posted to  ", out_text(m, "url"));
	line(o, "  subject    ", out_text(m, "subject"));
	line(o, "  its id     ", out_text(m, "message_id"));
	line(o, "  answers    ", out_text(m, "in_reply_to"));
	line(o, "  laid up    ", out_fmt("%s UTC", out_time(out_ms(m, "at"))));
	if (out_ms(m, "due"))
		line(o, "  not before ", out_fmt("%s UTC", out_time(out_ms(m, "due"))));
	if (out_ms(m, "done"))
		line(o, "  over       ", out_fmt("%s UTC", out_time(out_ms(m, "done"))));
	line(o, "  tried      ", out_fmt("%lld times", out_int(m, "tries")));
	line(o, "  last heard ", out_text(m, "said"));
	if (!json_is_string(json_object_get(m, "text")))
		return;
	putc('\n', o->f);
	quote(o, json_object_get(m, "text"));
	if (json_is_string(json_object_get(m, "attached"))) {
		fputs("\n  attached:\n", o->f);
		quote(o, json_object_get(m, "attached"));
	}
}

static void
show_dead(const json_t *list, const struct out *o)
{
	size_t i;
	const json_t *d;
	if (json_array_size(list) == 0) {
		fputs("no mailbox is held for dead\n", o->f);
		return;
	}
	struct table *t = table_new("Wlrs", CELLS("mailbox", "until (UTC)", "times", "it was said"));
	json_array_foreach(list, i, d)
		table_row(t, CELLS(out_text(d, "address"), out_time(out_ms(d, "until")),
		    out_fmt("%lld", out_int(d, "times")), out_text(d, "said")));
	table_print(t, o, 0);
}

static void
show_switch(const json_t *doc, const struct out *o)
{
	const char *word = out_str(doc, "switch");
	if (strcmp(word, "off") == 0)
		out_say(o, 0, "", "Nothing is laid up: outgoing is off in lymphd.conf.");
	else if (strcmp(word, "preview") == 0)
		out_say(o, 0, "", "Nothing is sent: outgoing is preview. This is what would be sent; what waits for more "
		    "than five days is given up.");
	else if (!out_text(doc, "relay"))
		out_say(o, 0, "", "Nothing is sent: mail has no relay in lymphd.conf.");
	else if (!out_true(doc, "speak"))
		out_say(o, 0, "", "Nothing is sent now: role speak is away.");
}

void
show_outgoing(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *a, *list = json_object_get(doc, "outgoing");
	if (json_is_object(json_object_get(doc, "one"))) {
		show_one(json_object_get(doc, "one"), o);
		return;
	}
	if (json_is_array(json_object_get(doc, "dead"))) {
		show_dead(json_object_get(doc, "dead"), o);
		return;
	}
	if (out_true(doc, "done")) {
		fputs("done\n", o->f);
		return;
	}
	show_switch(doc, o);
	if (json_array_size(list) == 0) {
		fputs("nothing to send\n", o->f);
		return;
	}
	struct table *t =
	    table_new("rllWl", CELLS("number", "kind", "state", "to", "laid up (UTC)"));
	json_array_foreach(list, i, a)
		table_row(t, CELLS(out_fmt("%lld", out_int(a, "number")), out_text(a, "kind"), out_text(a, "state"),
		    out_text(a, "url") ? out_text(a, "url") : out_text(a, "to"), out_time(out_ms(a, "at"))));
	table_print(t, o, 0);
	out_say(o, 0, "", "One with its text: lymph outgoing NUMBER.");
	show_more(doc, o, "outgoing");
}
