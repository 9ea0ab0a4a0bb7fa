/* SPDX-License-Identifier: BSD-2-Clause */
/* The trays of the report desk, for people. */
#include <string.h>

#include "lymph/show.h"

#define CELLS(...) ((const char *const[]){ __VA_ARGS__ })
#define CASES      20 /* of a mail that are named: of twenty digits each they fit OUT_TEXT */

static const char *
alarm_text(const json_t *t)
{
	if (out_true(t, "late"))
		return "LATE";
	return out_int(t, "age_ms") ? out_fmt("within %s", out_span((msec)out_int(t, "age_ms"))) : "-";
}

void
show_trays(const json_t *doc, const struct out *o)
{
	msec now = out_ms(doc, "now");
	size_t i;
	const json_t *x;
	struct table *t = table_new("lrrlls", CELLS("tray", "waiting", "all", "oldest", "look", "title"));
	json_array_foreach(json_object_get(doc, "trays"), i, x)
	{
		msec oldest = out_ms(x, "oldest");
		table_row(t, CELLS(out_text(x, "tray"), out_fmt("%lld", out_int(x, "waiting")),
				 out_fmt("%lld", out_int(x, "all")), oldest ? out_age(now - oldest) : "-",
				 alarm_text(x), out_text(x, "title")));
	}
	table_print(t, o, 0);
	out_say(o, 0, "", "%lld MiB of mails kept, %lld MiB of it vouched for by nobody, of %lld MiB.",
	    out_int(doc, "bytes") >> 20, out_int(doc, "bytes_unvouched") >> 20, out_int(doc, "disk") >> 20);
}

void
show_tray(const json_t *doc, const struct out *o)
{
	msec now = out_ms(doc, "now");
	size_t i;
	const json_t *x, *list = json_object_get(doc, "mails");
	out_head(o, out_fmt("%s: %s", out_str(doc, "tray"), out_str(doc, "title")));
	if (json_array_size(list) == 0) {
		out_say(o, 2, "", "nothing here");
		return;
	}
	struct table *t = table_new("rllssr", CELLS("mail", "came", "state", "from", "subject", "reports"));
	json_array_foreach(list, i, x)
		table_row(t, CELLS(out_fmt("%lld", out_int(x, "mail")), out_age(now - out_ms(x, "at")),
				 out_text(x, "state"), out_text(x, "from"), out_text(x, "subject"),
				 out_fmt("%lld", out_int(x, "reports"))));
	table_print(t, o, 2);
	if (json_is_integer(json_object_get(doc, "next")))
		out_say(o, 0, "", "There is more: --from %lld", out_int(doc, "next"));
}

static void
line(const struct out *o, const char *label, const char *text)
{
	if (text)
		out_say(o, 13, label, "%s", text);
}

void
show_mail(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *x;
	const char *cases = NULL;
	out_head(o, out_fmt("mail %lld, %s, in tray %s", out_int(doc, "mail"), out_str(doc, "state"),
			out_str(doc, "tray")));
	line(o, "  why        ", out_text(doc, "rule"));
	line(o, "  from       ", out_text(doc, "from"));
	line(o, "  subject    ", out_text(doc, "subject"));
	line(o, "  answer to  ", out_text(doc, "reply_to"));
	line(o, "  its id     ", out_text(doc, "message_id"));
	line(o, "  vouched by ", out_text(doc, "source") ? out_text(doc, "source")
			: out_true(doc, "unverified") ? "nobody; it is signed, and nobody was there to verify it"
						      : "nobody");
	line(o, "  came       ", out_fmt("%s UTC", out_time(out_ms(doc, "at"))));
	if (out_ms(doc, "date"))
		line(o, "  dated      ", out_fmt("%s UTC", out_time(out_ms(doc, "date"))));
	line(o, "  reports    ", out_fmt("%lld; %s about addresses not ours", out_int(doc, "reports"),
			out_count(out_int(doc, "elsewhere"), "claim", "claims")));
	json_array_foreach(json_object_get(doc, "cases"), i, x)
		cases = i == CASES ? out_fmt("%s and more", cases)
			: i > CASES ? cases
			: out_fmt("%s%s%lld", i ? cases : "", i ? ", " : "", (long long)json_integer_value(x));
	line(o, "  cases      ", cases);
	if (out_ms(doc, "changed"))
		line(o, "  last deed  ", out_fmt("%s UTC by %s%s", out_time(out_ms(doc, "changed")),
				show_person(doc, "by"), out_true(doc, "handed_on") ? "; handed on" : ""));
	line(o, "  bytes      ", out_fmt("%lld, %s", out_int(doc, "bytes"),
			out_int(doc, "kept_bytes") ? "kept" : "no longer kept"));
	if (!out_true(doc, "may_answer"))
		line(o, "  note       ", "never answered by a machine");
}
