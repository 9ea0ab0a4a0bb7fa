/* SPDX-License-Identifier: BSD-2-Clause */
/* `lymph outgoing`: what leaves by mail, before it does and for some days after; and what a person does with
 * it. Strangers' text reaches a terminal escaped, and as it leaves only into a pipe. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lymph/cmd.h"
#include "lymph/ctl.h"
#include "lymph/desk_pick.h"
#include "lymph/out.h"
#include "lymph/show.h"

/* The mail's bytes, as they would leave. */
static int
give_raw(const struct ctl *c, json_t *args)
{
	int r = 1;
	if (isatty(STDOUT_FILENO)) {
		json_decref(args);
		return ctl_usage(c, "a stranger's bytes are not for a terminal: send them into a pipe or a file");
	}
	json_t *doc = ctl_ask(c, "outgoing", args);
	const json_t *raw = json_object_get(json_object_get(doc, "one"), "raw");
	if (json_is_string(raw))
		r = fwrite(json_string_value(raw), 1, json_string_length(raw), stdout) != json_string_length(raw) ||
		    fflush(stdout) != 0;
	else if (doc)
		fprintf(stderr, "lymph: it is over, its text is no longer kept\n");
	json_decref(doc);
	return r;
}

int
cmd_outgoing(int argc, char **argv)
{
	bool all = false, dead = false, raw = false;
	const char *from = NULL, *limit = NULL, *drop = NULL, *revive = NULL, *text = NULL;
	const struct ctl_opt opts[] = {
		{ "all", NULL, &all, NULL, "also what left, or was given up, in the last days" },
		{ "from", "N", NULL, &from, "begin at this number" },
		{ "limit", "N", NULL, &limit, "show at most so many (200)" },
		{ "raw", NULL, &raw, NULL, "write one out as it leaves, into a pipe" },
		{ "dead", NULL, &dead, NULL, "list mailboxes held for dead" },
		{ "drop", "N", NULL, &drop, "do not send this one" },
		{ "revive", "ADDRESS", NULL, &revive, "write to this mailbox again" },
		{ "text", "TEXT", NULL, &text, "why, for the journal" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "outgoing [NO [--raw] | --all] [--from N] [--limit N] [--json]\n"
				  "       lymph outgoing --dead\n"
				  "       lymph outgoing --drop NO --text TEXT | --revive ADDRESS --text TEXT",
		.does = "Shows what leaves by mail: outcomes to reporters, reports to others; with its text, before it "
			"leaves. Takes one back, or a mailbox off the list of the dead.",
		.opts = opts,
		.most = 1 };
	int64_t no = 0;
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (c.argc && !pick_number(c.argv[0], &no))
		return ctl_usage(&c, "\"%.20s\" is no number of a mail", c.argv[0]);
	if (raw && !no)
		return ctl_usage(&c, "--raw takes the number of a mail");
	if (no && (all || dead || drop || revive))
		return ctl_usage(&c, "a number stands alone, or with --raw");
	json_t *args = json_pack("{s:b, s:b, s:s?, s:s?}", "all", all, "dead", dead, "revive", revive, "text", text);
	if (!args)
		return ctl_usage(&c, "no text in UTF-8");
	if (c.argc)
		json_object_set_new(args, "mail", json_integer(no));
	if ((r = ctl_number(&c, args, "from", from)) || (r = ctl_number(&c, args, "limit", limit)) ||
	    (r = ctl_number(&c, args, "drop", drop))) {
		json_decref(args);
		return r;
	}
	if (raw)
		return give_raw(&c, args);
	return ctl_show(&c, drop || revive ? "outgoing-act" : "outgoing", args, show_outgoing);
}
