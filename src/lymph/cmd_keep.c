/* SPDX-License-Identifier: BSD-2-Clause */
/* `lymph hold` and `lymph forget`: what must stay, and who is to be forgotten. */
#include <stdio.h>
#include <string.h>

#include "lymph/cmd.h"
#include "lymph/ctl.h"
#include "lymph/desk_pick.h"
#include "lymph/out.h"
#include "lymph/show.h"

/* "line L-77", escaped. */
static const char *
about(const json_t *o)
{
	const char *what = out_text(o, "what");
	if (!what)
		return "?";
	if (strcmp(what, "case") == 0)
		return out_fmt("case %lld", out_int(o, "case"));
	return out_fmt("%s %s", out_str(o, "what"), out_str(o, what));
}

/* --- hold ---------------------------------------------------------------------------------------- */

static int
hold_add(int argc, char **argv)
{
	const char *reason = NULL, *until = NULL;
	int64_t ms = 0;
	int r;
	const struct ctl_opt opts[] = {
		{ "reason", "TEXT", NULL, &reason, "why; kept in the audit. Must be given" },
		{ "until", "DAY", NULL, &until, "when it ends by itself, a day or a time from now" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "hold add CASE|ADDRESS|LINE|REPORTER --reason TEXT\n"
			  "                      [--until DAY] [--json]",
		.does = "Nothing about it is forgotten while the hold lasts, by no timer and no person.",
		.opts = opts,
		.least = 1,
		.most = 1 };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (!reason)
		return ctl_usage(&c, "--reason is missing");
	if (until && (r = ctl_until(&c, until, &ms)))
		return r;
	json_t *doc = ctl_ask(&c, "hold", json_pack("{s:s, s:s, s:I}", "which", c.argv[0], "text", reason,
	    "until_ms", (json_int_t)ms));
	if (!doc)
		return 1;
	if (!c.json)
		printf("hold %lld on %s\n", out_int(doc, "fact"), about(doc));
	return ctl_done(&c, doc);
}

static int
hold_drop(int argc, char **argv)
{
	const char *reason = NULL;
	int64_t no;
	int r;
	const struct ctl_opt opts[] = {
		{ "reason", "TEXT", NULL, &reason, "why; kept in the audit. Must be given" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "hold drop NUMBER --reason TEXT [--json]",
		.does = "Ends a hold. What was due meanwhile goes now, and what it kept of forgettings.",
		.opts = opts,
		.least = 1,
		.most = 1 };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (!pick_number(c.argv[0], &no))
		return ctl_usage(&c, "\"%s\" is no number of a hold", c.argv[0]);
	if (!reason)
		return ctl_usage(&c, "--reason is missing");
	json_t *doc =
	    ctl_ask(&c, "hold", json_pack("{s:I, s:s}", "drop", (json_int_t)no, "text", reason));
	if (!doc)
		return 1;
	if (!c.json)
		printf("hold %lld has ended\n", (long long)no);
	return ctl_done(&c, doc);
}

static void
show_holds(const json_t *list)
{
	size_t i;
	const json_t *h;
	if (json_array_size(list) == 0)
		puts("no holds");
	json_array_foreach(list, i, h)
	{
		msec until = out_ms(h, "until");
		printf("%lld  %s  %s%s%s, by uid %lld: %s\n", out_int(h, "hold"), out_time(out_ms(h, "at")),
		    about(h), until ? out_true(h, "lasts") ? ", until " : ", ended " : "",
		    until ? out_time(until) : "", out_int(h, "by"), out_str(h, "text"));
	}
}

static int
hold_list(int argc, char **argv)
{
	int r;
	struct ctl c = { .usage = "hold list [--json]", .does = "Lists the legal holds, oldest first." };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	json_t *doc = ctl_ask(&c, "holds", json_object());
	if (!doc)
		return 1;
	if (!c.json)
		show_holds(json_object_get(doc, "holds"));
	return ctl_done(&c, doc);
}

int
cmd_hold(int argc, char **argv)
{
	static const struct ctl_verb verbs[] = { { "add", hold_add }, { "list", hold_list }, { "drop", hold_drop },
		{ NULL, NULL } };
	return ctl_verb(argc, argv, verbs,
	    "usage: lymph hold add CASE|ADDRESS|LINE|REPORTER --reason TEXT [--until DAY]\n"
	    "       lymph hold list\n"
	    "       lymph hold drop NUMBER --reason TEXT\n");
}

/* --- forget -------------------------------------------------------------------------------------- */

static void
show_forget(const struct ctl *c, const json_t *doc, bool dry)
{
	const char *id = out_text(doc, "pending");
	const char *cases = out_count(out_int(doc, "cases"), "case", "cases");
	bool other = strcmp(c->socket, CTL_SOCKET) != 0;
	if (dry)
		printf("%s: %s and all its records would be shredded; the journal could be replayed from "
		       "then on only%s\n", about(doc), cases,
		    out_true(doc, "two_people") ? ". It takes a second person" : "");
	else if (id)
		printf("%s waits for a second person. Another one who may, within 15 min:\n\n"
		       "    lymph forget --approve %s%s%s\n\n", about(doc), out_str(doc, "pending"),
		    other ? " --socket " : "", other ? c->socket : "");
	else
		printf("%s: %s ended; the records are being shredded (\"lymph status\")\n", about(doc), cases);
}

static void
show_forgettings(const json_t *list)
{
	size_t i, j;
	const json_t *f, *no;
	if (json_array_size(list) == 0)
		puts("no forgetting is under way");
	json_array_foreach(list, i, f)
	{
		const json_t *holds = json_object_get(f, "waits_for");
		long long kept = out_int(f, "kept");
		printf("%lld  %s  %s, by uid %lld: %s; ", out_int(f, "fact"), out_time(out_ms(f, "at")), about(f),
		    out_int(f, "by"), out_str(f, "text"));
		if (json_array_size(holds) == 0)
			printf("under way");
		else if (kept > 0)
			printf("%s kept, waits for hold", out_count(kept, "record", "records"));
		else
			printf("waits for hold");
		json_array_foreach(holds, j, no)
			printf("%s %lld", j ? "," : "", (long long)json_integer_value(no));
		puts("");
	}
}

int
cmd_forget(int argc, char **argv)
{
	const char *reason = NULL, *approve = NULL;
	bool dry = false, list = false;
	int r;
	const struct ctl_opt opts[] = {
		{ "reason", "TEXT", NULL, &reason, "why; kept in the audit, where it must name nobody" },
		{ "dry-run", NULL, &dry, NULL, "only say what would go" },
		{ "approve", "ID", NULL, &approve, "say yes as the second person" },
		{ "list", NULL, &list, NULL, "those that are not finished, and the holds they wait for" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "forget ADDRESS|LINE|REPORTER --reason TEXT [--dry-run] [--json]\n"
				  "       lymph forget --approve ID [--json]\n"
				  "       lymph forget --list [--json]",
		.does = "Forgets all there is of it, in the journal too: the keys of its records are "
			"destroyed. It cannot be taken back.",
		.opts = opts,
		.most = 1 };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if ((c.argc == 1) == (approve || list) || (approve && list))
		return ctl_usage(&c, approve ? "--approve takes no more arguments"
			: list	       ? "--list takes no more arguments"
				       : "an argument is missing");
	if (!approve && !list && !dry && !reason)
		return ctl_usage(&c, "--reason is missing");
	json_t *args = list    ? json_pack("{s:b}", "list", 1)
		       : approve ? json_pack("{s:s}", "approve", approve)
			       : json_pack("{s:s, s:s*, s:b}", "which", c.argv[0], "text", reason, "preview",
				     (int)dry);
	json_t *doc = ctl_ask(&c, "forget", args);
	if (!doc)
		return 1;
	if (!c.json && list)
		show_forgettings(json_object_get(doc, "forgettings"));
	else if (!c.json)
		show_forget(&c, doc, dry);
	return ctl_done(&c, doc);
}
