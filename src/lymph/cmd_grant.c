/* SPDX-License-Identifier: BSD-2-Clause */
/* `lymph token` and `lymph subscribe`: who outside may read of cases, and to whom reports about his addresses
 * are sent on. A token is printed once, when it is made. */
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "lymph/cmd.h"
#include "lymph/ctl.h"
#include "lymph/out.h"

static json_t *
words_of(const struct ctl *c)
{
	json_t *a = json_array();
	for (int i = 0; i < c->each_n; i++)
		json_array_append_new(a, json_string(c->each[i]));
	return a;
}

static void
show_made(const json_t *doc)
{
	const json_t *g = json_object_get(doc, "grant");
	const char *secret = out_text(doc, "secret"), *mail = out_text(g, "mail");
	msec until = out_ms(g, "until");
	printf("%s %s: %s%s%s%s%s\n", out_str(g, "kind"), out_str(g, "name"), out_str(g, "scope"),
	    mail ? ", sent on to " : "", mail ? mail : "", until ? ", until " : "", until ? out_time(until) : "");
	if (secret)
		printf("\n    %s\n\nThis token is not shown again: only its hash is kept. It goes into the request:\n\n"
		       "    curl -H \"Authorization: Bearer $TOKEN\" https://SERVER/v1/cases\n", secret);
}

/* more: further arguments; taken. */
static int
add(struct ctl *c, const char *kind, const char *until, json_t *more)
{
	int64_t ms = 0;
	int r = until ? ctl_until(c, until, &ms) : 0;
	if (r) {
		json_decref(more);
		return r;
	}
	json_t *args = json_pack("{s:s, s:s, s:o}", "kind", kind, "name", c->argv[0], "scope", words_of(c));
	if (ms)
		json_object_set_new(args, "until_ms", json_integer(ms));
	json_object_update(args, more);
	json_decref(more);
	json_t *doc = ctl_ask(c, "grant-add", args);
	if (!doc)
		return 1;
	if (!c->json)
		show_made(doc);
	return ctl_done(c, doc);
}

static int
token_add(int argc, char **argv)
{
	const char *until = NULL;
	int r;
	const struct ctl_opt opts[] = {
		{ "scope", "WORD", NULL, NULL, "all, a prefix, a class, reports, evidence or inside; more than once" },
		{ "until", "DAY", NULL, &until, "when it ends by itself, a day or a time from now" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "token add NAME --scope WORD [--scope WORD ...] [--until DAY]\n"
			  "                       [--json]",
		.does = "Makes a token that reads cases at /v1/cases, and prints it.",
		.opts = opts,
		.least = 1,
		.most = 1 };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (!c.each_n)
		return ctl_usage(&c, "--scope is missing");
	return add(&c, "token", until, json_object());
}

static int
subscribe_add(int argc, char **argv)
{
	const char *until = NULL, *mail = NULL;
	bool token = false, evidence = false;
	int r;
	const struct ctl_opt opts[] = {
		{ "prefix", "PREFIX", NULL, NULL, "reports about this; more than once" },
		{ "class", "CLASS", NULL, NULL, "of this class only; more than once" },
		{ "mail", "ADDRESS", NULL, &mail, "each is sent there as XARF" },
		{ "token", NULL, &token, NULL, "make a token that reads them at /v1/reports" },
		{ "evidence", NULL, &evidence, NULL, "with the evidence, which may name who reported" },
		{ "until", "DAY", NULL, &until, "when it ends by itself, a day or a time from now" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "subscribe add NAME --prefix PREFIX ... [--class CLASS ...]\n"
			  "                           --mail ADDRESS|--token [--evidence] [--until DAY]\n"
			  "                           [--json]",
		.does = "Sends reports about a prefix on to whose it is, without who made them.",
		.opts = opts,
		.least = 1,
		.most = 1 };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (!c.each_n || (!mail && !token))
		return ctl_usage(&c, c.each_n ? "--mail or --token is missing" : "--prefix is missing");
	if (evidence && c.each_n < CTL_EACH)
		c.each[c.each_n++] = "evidence";
	return add(&c, "subscription", until, json_pack("{s:s*, s:b}", "mail", mail, "token", (int)token));
}

static int
take_away(int argc, char **argv, const char *kind, const char *usage, const char *does)
{
	int r;
	struct ctl c = { .usage = usage, .does = does, .least = 1, .most = 1 };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	json_t *doc = ctl_ask(&c, "grant-remove", json_pack("{s:s, s:s}", "kind", kind, "name", c.argv[0]));
	char shown[64];
	if (!doc)
		return 1;
	if (!c.json)
		printf("%s %s has ended\n", kind, escape_tty(c.argv[0], strlen(c.argv[0]), shown, sizeof(shown)));
	return ctl_done(&c, doc);
}

static int
token_revoke(int argc, char **argv)
{
	return take_away(argc, argv, "token", "token revoke NAME [--json]",
	    "Ends a token at once. It cannot be given back; make another.");
}

static int
subscribe_remove(int argc, char **argv)
{
	return take_away(argc, argv, "subscription", "subscribe remove NAME [--json]",
	    "Ends a subscription, and its token.");
}

static void
show_list(const json_t *list, bool sends)
{
	static const char *const heads[2][6] = {
		{ "NAME", "SCOPE", "UNTIL (UTC)", "USED (UTC)", "ASKED", "BY UID" },
		{ "NAME", "SCOPE", "MAIL", "SENT", "LEFT OUT", "UNTIL (UTC)" },
	};
	struct table *t = table_new(sends ? "lwwrrl" : "lwllrr", heads[sends]);
	struct out o = out_stdout();
	size_t i;
	const json_t *g;
	json_array_foreach(list, i, g)
	{
		msec until = out_ms(g, "until");
		const char *end = !until ? "-" : out_true(g, "lasts") ? out_time(until) : "over";
		const char *scope = out_str(g, "scope"), *name = out_str(g, "name");
		const char *token[] = { name, scope, end, out_time(out_ms(g, "used")),
			out_fmt("%lld", out_int(g, "asked")), out_fmt("%lld", out_int(g, "by")) };
		const char *mail[] = { name, scope, out_true(g, "token") && !out_text(g, "mail") ? "by token"
			: out_str(g, "mail"), out_fmt("%lld", out_int(g, "sent")),
			out_fmt("%lld", out_int(g, "left")), end };
		table_row(t, sends ? mail : token);
	}
	table_print(t, &o, 0);
}

static int
list(int argc, char **argv, const char *kind, const char *usage, const char *does)
{
	int r;
	struct ctl c = { .usage = usage, .does = does };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	json_t *doc = ctl_ask(&c, "grants", json_pack("{s:s}", "kind", kind));
	if (!doc)
		return 1;
	const json_t *grants = json_object_get(doc, "grants");
	if (!c.json && json_array_size(grants) == 0)
		printf("no %ss\n", kind);
	else if (!c.json)
		show_list(grants, strcmp(kind, "subscription") == 0);
	return ctl_done(&c, doc);
}

static int
token_list(int argc, char **argv)
{
	return list(argc, argv, "token", "token list [--json]", "Lists the tokens, oldest first; not what they are.");
}

static int
subscribe_list(int argc, char **argv)
{
	return list(argc, argv, "subscription", "subscribe list [--json]", "Lists the subscriptions, oldest first.");
}

int
cmd_token(int argc, char **argv)
{
	static const struct ctl_verb verbs[] = { { "add", token_add }, { "list", token_list },
		{ "revoke", token_revoke }, { NULL, NULL } };
	return ctl_verb(argc, argv, verbs,
	    "usage: lymph token add NAME --scope WORD [--scope WORD ...] [--until DAY]\n"
	    "       lymph token list\n"
	    "       lymph token revoke NAME\n");
}

int
cmd_subscribe(int argc, char **argv)
{
	static const struct ctl_verb verbs[] = { { "add", subscribe_add }, { "list", subscribe_list },
		{ "remove", subscribe_remove }, { NULL, NULL } };
	return ctl_verb(argc, argv, verbs,
	    "usage: lymph subscribe add NAME --prefix PREFIX ... [--class CLASS ...]\n"
	    "                           --mail ADDRESS|--token [--evidence] [--until DAY]\n"
	    "       lymph subscribe list\n"
	    "       lymph subscribe remove NAME\n");
}
