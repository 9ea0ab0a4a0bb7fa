/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists for people, see show.h. Reads JSON, writes text; asks nobody and knows no clock. */
#include "lymph/show.h"

#include <string.h>

#define KEYS_FROM 110 /* columns from which no key of `lymph reporters` is cut */
#define CELLS(...) ((const char *const[]){ __VA_ARGS__ })

const char *
show_who(const json_t *l)
{
	const char *name = out_text(l, "name"), *sender = out_text(l, "sender");
	const char *standing = out_text(l, "standing"), *key = out_text(l, "key");
	long long reports = out_int(l, "reports");
	const char *many = reports > 1 ? out_fmt(" x%lld", reports) : "";
	if (out_is(l, "source", "own-probe"))
		return "own check";
	if (out_is(l, "source", "own-flows"))
		return "own flows";
	if (!key)
		return out_fmt("unsigned%s%s%s%s", sender ? " (" : "", sender ? sender : "",
		    sender ? ")" : "", many);
	if (!name)
		name = sender ? out_fmt("(%s)", sender) : key;
	if (standing && strcmp(standing, "own") == 0)
		return name; /* a sensor of ours */
	if (out_true(l, "pinned"))
		standing = "pinned";
	return out_fmt("%s, %s%s", name,
	    !standing || strcmp(standing, "key") == 0 ? "unknown key"
	    : strcmp(standing, "org") == 0            ? "organisation"
						      : standing,
	    many);
}

void
show_more(const json_t *doc, const struct out *o, const char *cmd)
{
	const json_t *next = json_object_get(doc, "next");
	if (json_is_integer(next))
		out_say(o, 0, "", "More: lymph %s --from %lld", cmd,
		    (long long)json_integer_value(next));
	else if (json_is_string(next))
		out_say(o, 0, "", "More: lymph %s --from \"%s\"", cmd, out_str(doc, "next"));
}

const char *
show_address(const json_t *c)
{
	const char *a = out_text(c, "address");
	if (!a)
		a = out_str(c, "subject");
	return out_int(c, "port")
		   ? out_fmt(strchr(a, ':') ? "[%s]:%lld" : "%s:%lld", a, out_int(c, "port"))
		   : a;
}

void
show_cases(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *c, *list = json_object_get(doc, "cases");
	msec now = out_ms(doc, "now");
	if (json_array_size(list) == 0) {
		fputs("no cases\n", o->f);
		return;
	}
	struct table *t = table_new("rsSWsrll",
	    CELLS("case", "state", "class", "address", "line", "score", "reached", "opened"));
	json_array_foreach(list, i, c)
	{
		const char *as = out_text(c, "closed_as");
		table_row(
		    t, CELLS(out_fmt("%lld", out_int(c, "case")), as ? as : out_text(c, "state"),
			   out_text(c, "class"),
			   show_address(c),
			   out_text(c, "line"), out_score(c, "score"), out_text(c, "rung"),
			   out_age(now - out_ms(c, "opened"))));
	}
	table_print(t, o, 0);
	show_more(doc, o, "cases");
}

static const char *
show_target(const json_t *r)
{
	const char *p = out_str(r, "target"), *slash = strchr(p, '/');
	bool one = slash && strcmp(slash, strchr(p, ':') ? "/128" : "/32") == 0;
	return one ? out_fmt("%.*s", (int)(slash - p), p) : p;
}

const char *
show_port(const json_t *r)
{
	long long proto = out_int(r, "proto"), port = out_int(r, "port");
	const char *what = proto == 6    ? "tcp"
			   : proto == 17 ? "udp"
			   : proto       ? out_fmt("protocol %lld", proto)
					 : "all";
	if (!proto && !port)
		return NULL;
	return port ? out_fmt("%s/%lld", what, port) : what;
}

/* The operator's word is an object; where a document has only its name, that. */
const char *
show_mode(const json_t *doc)
{
	const json_t *m = json_object_get(doc, "mode");
	return out_str(json_is_object(m) ? m : doc, "mode");
}

const char *
show_person(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	if (!json_is_integer(v))
		return out_text(o, key) ? out_text(o, key) : "a rule";
	return json_integer_value(v) ? out_fmt("uid %lld", (long long)json_integer_value(v)) : "root";
}

const char *
show_against(const json_t *r)
{
	const char *rule = out_text(r, "rule"), *text = out_text(r, "rule_text");
	bool later = out_is(r, "state", "would") || out_is(r, "state", "asked");
	bool nothing = json_is_null(json_object_get(r, "carrier"));
	if (out_is(r, "state", "withdrawn") || out_is(r, "state", "expired"))
		return NULL;
	if (nothing && out_is(r, "rung", "notify"))
		return "cannot enforce: no script tells owners (hook in lymphd.conf)";
	if (nothing || out_is(r, "rule", "no actuator"))
		return out_fmt("cannot enforce: %s", text && rule ? text : "nothing here can carry it");
	/* Of what would be, observe is not worth a word: it is said where the mode is. */
	if (!rule || (later && strcmp(rule, "mode") == 0))
		return NULL;
	return out_fmt("%s: %s%s%s%s",
	    later                          ? "would be refused by the conscience"
	    : out_is(r, "state", "refused") ? "refused by the conscience"
					    : "waits",
	    rule, text ? " (" : "", text ? text : "", text ? ")" : "");
}

const char *
show_measure(const json_t *r)
{
	static const struct {
		const char *rung, *words;
	} plain[] = {
		{ "watch", "watch" },
		{ "ticket", "open a ticket about" },
		{ "notify", "notify the owner of" },
		{ "quarantine", "quarantine" },
	};
	const char *rung = out_str(r, "rung"), *what = show_port(r);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(rung, plain[i].rung) == 0)
			return out_fmt("%s %s", plain[i].words, show_target(r));
	if (out_is(r, "direction", "to-victim"))
		return out_fmt("%s %s from all lines to %s", rung, what ? what : "all", out_str(r, "peer"));
	/* From the line it is the other side's port. */
	if (out_is(r, "direction", "from"))
		return out_fmt("%s to %s%s%s from %s", rung, out_text(r, "peer") ? out_str(r, "peer") : "",
		    out_text(r, "peer") ? " " : "", what ? what : "all", show_target(r));
	return out_fmt("%s %s %s %s", rung, what ? what : "all", out_str(r, "direction"), show_target(r));
}

const char *
show_order_words(const json_t *r)
{
	return out_true(r, "would") ? out_fmt("would %s", show_measure(r)) : show_measure(r);
}

/* "in force" and "would" are told by their end, the rest by its name. */
static const char *
order_state(const json_t *r)
{
	if (out_is(r, "state", "in force") || out_is(r, "state", "would") || out_is(r, "state", "given"))
		return out_ms(r, "expiry") ? out_fmt("%.11s", out_time(out_ms(r, "expiry")) + 5) : "-";
	return out_text(r, "state");
}

static const char *
hits(const json_t *r)
{
	static const char *const unit[] = { "", " k", " M", " G", " T" };
	double v = json_number_value(json_object_get(r, "packets"));
	int u = 0;
	if (!json_is_number(json_object_get(r, "packets")))
		return NULL;
	for (; v >= 10000 && u < 4; u++)
		v /= 1000;
	return out_fmt("%.0f%s", v, unit[u]);
}

void
show_orders(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *r, *list = json_object_get(doc, "orders");
	bool none = false, counted = false;
	if (json_array_size(list) == 0) {
		fputs("no orders\n", o->f);
		return;
	}
	json_array_foreach(list, i, r) counted |= json_is_number(json_object_get(r, "packets"));
	/* Only where something is counted is there a column for it. */
	struct table *t = table_new(counted ? "rrwSSr" : "rrwSS",
	    CELLS("order", "case", "what", "by", "until (UTC)", "packets"));
	json_array_foreach(list, i, r)
	{
		bool carried = !json_is_null(json_object_get(r, "carrier"));
		none |= !carried;
		table_row(t,
		    CELLS(out_fmt("%lld", out_int(r, "order")), out_fmt("%lld", out_int(r, "case")),
			show_order_words(r), carried ? out_text(r, "carrier") : "none", order_state(r),
			hits(r)));
	}
	table_print(t, o, 0);
	if (none)
		out_say(o, 0, "", "By none: nothing here can carry it; lymph case N tells why.");
	if (strcmp(show_mode(doc), "observe") == 0)
		out_say(o, 0, "", "Mode observe: nothing of this was done.");
	show_more(doc, o, "orders");
}

/* "open-service:12/0/3 mail:0/1/0": right, wrong, unknown where there is any. NULL: nothing. */
static const char *
by_family(const json_t *r)
{
	const json_t *f;
	const char *family, *all = "";
	json_object_foreach((json_t *)json_object_get(r, "families"), family, f)
	{
		bool unsaid = json_is_null(json_object_get(f, "unknown"));
		long long right = out_int(f, "right"), wrong = out_int(f, "wrong");
		if (right + wrong + out_int(f, "unknown") == 0)
			continue;
		json_t *name = json_pack("{s:s}", "name", family);
		all = out_fmt("%s%s%s:%lld/%lld/%s", all, *all ? " " : "", out_str(name, "name"), right, wrong,
		    unsaid ? "?" : out_fmt("%lld", out_int(f, "unknown")));
		json_decref(name);
	}
	return *all ? all : NULL;
}

void
show_reporters(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *r, *list = json_object_get(doc, "reporters");
	bool claimed = false;
	msec now = out_ms(doc, "now");
	if (json_array_size(list) == 0) {
		fputs("no reporters\n", o->f);
		return;
	}
	struct table *t = table_new(o->width < KEYS_FROM ? "SlrrWls" : "slrrwll",
	    CELLS("name", "standing", "trust", "reports", "right/wrong/unknown", "last", "key (SHA256)"));
	json_array_foreach(list, i, r)
	{
		const char *name = out_text(r, "name"), *sender = out_text(r, "sender");
		const char *key = out_text(r, "pgp") ? out_fmt("pgp:%s", out_text(r, "pgp")) : out_str(r, "key");
		if (!name && sender) {
			name = out_fmt("(%s)", sender);
			claimed = true;
		}
		table_row(
		    t, CELLS(name,
			   json_is_number(json_object_get(r, "pin")) ? "pinned"
								     : out_text(r, "standing"),
			   out_real(r, "trust", 2), out_fmt("%lld", out_int(r, "reports")),
			   by_family(r),
			   out_int(r, "reports") ? out_age(now - out_ms(r, "last")) : NULL,
			   strncmp(key, "SHA256:", 7) == 0 ? key + 7 : key));
	}
	table_print(t, o, 0);
	if (claimed)
		out_say(o, 0, "", "A name in parentheses is what the reporter calls itself.");
	if (o->width < KEYS_FROM)
		out_say(o, 0, "", "Keys in whole: COLUMNS=%d lymph reporters, or --json.", KEYS_FROM);
	show_more(doc, o, "reporters");
}

void
show_protect(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *p, *list = json_object_get(doc, "protect");
	if (json_array_size(list) == 0)
		fputs("nothing is on the never-touch list: name prefixes in \"protect\" of "
		      "lymphd.conf\n",
		    o->f);
	else
		out_head(o, "by lymphd.conf");
	json_array_foreach(list, i, p)
	{
		json_t *one = json_pack("{s:O}", "p", p);
		fprintf(o->f, "%s\n", out_str(one, "p"));
		json_decref(one);
	}
	if ((size_t)out_int(doc, "count") > json_array_size(list))
		fprintf(o->f, "... and %lld more\n",
		    out_int(doc, "count") - (long long)json_array_size(list));
}

void
show_aside(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *a, *list = json_object_get(doc, "aside");
	if (json_array_size(list) == 0) {
		fputs("no message was set aside\n", o->f);
		return;
	}
	struct table *t =
	    table_new("rlsrls", CELLS("number", "role", "digest", "bytes", "at (UTC)", "begins"));
	json_array_foreach(list, i, a)
	{
		table_row(t, CELLS(out_fmt("%lld", out_int(a, "number")), out_text(a, "role"),
				 out_text(a, "digest"), out_fmt("%lld", out_int(a, "bytes")),
				 out_time(out_ms(a, "at")), out_text(a, "begin")));
	}
	table_print(t, o, 0);
	out_say(o, 0, "", "Each crashed its role twice and is not tried again.");
}
