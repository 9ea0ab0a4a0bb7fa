/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose a foreign address is, and what the status says of asking, for people. Reads JSON, writes
 * text. */
#include "lymph/show.h"

#define LABEL 9

void
show_whose(const json_t *doc, const struct out *o)
{
	const char *until = out_ms(doc, "until") ? out_time(out_ms(doc, "until")) : NULL;
	if (!out_true(doc, "known")) {
		out_say(o, 0, "", "Nobody is known for %s%s", out_str(doc, "address"),
		    json_is_false(json_object_get(doc, "configured"))
		        ? ": no registry may be asked. See rdap and peer in lymphd.conf(5)."
		        : ".");
		return;
	}
	out_say(o, LABEL, "address", "%s", out_str(doc, "address"));
	out_say(o, LABEL, "range", "%s - %s", out_str(doc, "first"), out_str(doc, "last"));
	out_say(o, LABEL, "name", "%s", out_str(doc, "name"));
	if (out_text(doc, "url"))
		out_say(o, LABEL, "url", "%s", out_str(doc, "url"));
	if (out_text(doc, "mail"))
		out_say(o, LABEL, "mail", "%s", out_str(doc, "mail"));
	if (out_is(doc, "from", "peer"))
		out_say(o, LABEL, "by", "peer %s in the configuration", out_str(doc, "peer"));
	else
		out_say(o, LABEL, "by", "%s; asked again after %s UTC",
		    out_is(doc, "from", "file") ? "the file of answers" : "its registry", until ? until : "-");
}

void
show_whose_state(const json_t *x, const struct out *o, int label)
{
	const json_t *ended = json_object_get(x, "fetched");
	long long lost = out_int(x, "lost") + out_int(ended, "failed") + out_int(ended, "slow") +
	    out_int(ended, "no_name") + out_int(ended, "no_trust") + out_int(ended, "large") +
	    out_int(ended, "forbidden");
	if (!json_is_object(x))
		return;
	out_say(o, label, "whose", "%s; %s remembered%s%s%s%s%s",
	    out_count(out_int(x, "peers"), "peer", "peers"), out_count(out_int(x, "ranges"), "range", "ranges"),
	    out_int(x, "file_rows") ? out_fmt("; %lld prefixes in the file", out_int(x, "file_rows")) : "",
	    out_int(x, "file_bad") ? out_fmt(", %lld of its lines left out", out_int(x, "file_bad")) : "",
	    out_int(x, "waiting") ? out_fmt("; %lld being asked for", out_int(x, "waiting")) : "",
	    lost ? out_fmt("; %s failed", out_count(lost, "question", "questions")) : "",
	    out_int(x, "bad") ? out_fmt("; %s not understood, the last: %s",
	        out_count(out_int(x, "bad"), "answer", "answers"), out_str(x, "wrong")) : "");
}
