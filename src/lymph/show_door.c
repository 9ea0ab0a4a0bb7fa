/* SPDX-License-Identifier: BSD-2-Clause */
/* Who comes to the door for CrowdSec's agents and bouncers, for people. */
#include <string.h>

#include "lymph/show.h"

#define CELLS(...) ((const char *const[]){ __VA_ARGS__ })

static const char *
since(const json_t *o, const char *key, msec now)
{
	msec t = out_ms(o, key);
	return t ? out_age(now - t) : "never";
}

static void
show_machines(const json_t *list, msec now, const struct out *o)
{
	size_t i;
	const json_t *m;
	struct table *t = table_new("Sllrrrrw", CELLS("machine", "state", "seen", "alerts", "reports", "not ours",
	    "unclear", "refused"));
	json_array_foreach(list, i, m)
	{
		long long decisions = out_int(m, "decisions_refused"), commands = out_int(m, "commands_refused");
		const char *refused = decisions ? out_count(decisions, "decision", "decisions") : "-";
		if (commands)
			refused = out_fmt("%s%s%s", decisions ? refused : "", decisions ? ", " : "",
			    out_count(commands, "command", "commands"));
		table_row(t, CELLS(out_text(m, "name"), out_text(m, "state"), since(m, "seen", now),
				 out_fmt("%lld", out_int(m, "alerts")),
				 out_fmt("%lld", out_int(m, "reports") + out_int(m, "again")),
				 out_fmt("%lld", out_int(m, "elsewhere")),
				 out_fmt("%lld", out_int(m, "unclear") + out_int(m, "broken")), refused));
	}
	table_print(t, o, 0);
	json_array_foreach(list, i, m)
		if (out_is(m, "state", "waits"))
			out_say(o, 2, "", "%s registered %s from %s: lymph door approve %s", out_str(m, "name"),
			    since(m, "added", now), out_text(m, "from") ? out_str(m, "from") : "this machine or an "
			    "unknown address", out_str(m, "name"));
}

static void
show_bouncers(const json_t *list, msec now, const struct out *o)
{
	size_t i;
	const json_t *b;
	struct table *t = table_new("Slrrw", CELLS("bouncer", "seen", "asked", "told", "scope"));
	json_array_foreach(list, i, b)
		table_row(t, CELLS(out_text(b, "name"), since(b, "seen", now), out_fmt("%lld", out_int(b, "pulls")),
				 out_fmt("%lld", out_int(b, "given")),
				 out_text(b, "scope") ? out_text(b, "scope") : "all but own lines"));
	table_print(t, o, 0);
}

void
show_door(const json_t *doc, const struct out *o)
{
	msec now = out_ms(doc, "now");
	const json_t *machines = json_object_get(doc, "machines"), *bouncers = json_object_get(doc, "bouncers");
	if (!out_text(doc, "listen"))
		out_say(o, 0, "", "Nobody can come: \"alerts\" in lymphd.conf names no socket.");
	else
		out_say(o, 0, "", "Agents and bouncers come to %s. Machines only report; bouncers are told of orders "
		    "in force%s.", out_str(doc, "listen"),
		    out_is(doc, "mode", "enforce") ? "" : ": none now, for the mode is not enforce");
	if (json_array_size(machines)) {
		fputc('\n', o->f);
		show_machines(machines, now, o);
	}
	if (json_array_size(bouncers)) {
		fputc('\n', o->f);
		show_bouncers(bouncers, now, o);
	}
	if (out_int(doc, "wrong_secrets") || out_int(doc, "registrations_refused"))
		out_say(o, 0, "", "Since its start: %s, %s refused.",
		    out_count(out_int(doc, "wrong_secrets"), "wrong secret", "wrong secrets"),
		    out_count(out_int(doc, "registrations_refused"), "registration", "registrations"));
	if (out_int(doc, "orders_over"))
		out_say(o, 0, "", "%lld orders are more than bouncers are told.", out_int(doc, "orders_over"));
}

void
show_door_done(const json_t *doc, const struct out *o)
{
	const json_t *m = json_object_get(doc, "machine"), *b = json_object_get(doc, "bouncer");
	if (out_text(doc, "key")) {
		out_say(o, 0, "", "Bouncer %s is let in, scope: %s. Its key, which is not kept and not shown again:",
		    out_str(doc, "name"), out_text(b, "scope") ? out_str(b, "scope") : "all but own lines");
		out_say(o, 2, "", "%s", out_str(doc, "key"));
	} else if (json_is_object(m)) {
		out_say(o, 0, "", "%s is let in: it may report from now on, as machine:%s.", out_str(doc, "name"),
		    out_str(doc, "name"));
	} else {
		out_say(o, 0, "", "%s is let in no more.", out_str(doc, "name"));
	}
}
