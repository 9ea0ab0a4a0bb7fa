/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that look: each asks lymphd one question and shows the answer. */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "lymph/cmd.h"
#include "lymph/ctl.h"
#include "lymph/show.h"

/* Text arguments that are numbers for lymphd. */
int
cmd_status(int argc, char **argv)
{
	struct ctl c = { .usage = "status [--json]",
		.does = "Shows the roles of lymphd, its counters and its "
			"fence." };
	int r;
	return ctl_options(&c, argc, argv, &r) ? r : ctl_show(&c, "status", NULL, show_status);
}

int
cmd_cases(int argc, char **argv)
{
	const char *state = NULL, *cls = NULL, *from = NULL, *limit = NULL;
	const struct ctl_opt opts[] = {
		{ "state", "STATE", NULL, &state,
		    "open, watched, acted, recheck, probation or closed" },
		{ "class", "CLASS", NULL, &cls, "such as open-proxy" },
		{ "from", "N", NULL, &from, "begin at this case" },
		{ "limit", "N", NULL, &limit, "show at most so many (200)" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = {
		.usage = "cases [--state STATE] [--class CLASS] [--from N] [--limit N]\n"
			 "                   [--json]",
		.does = "Lists cases, the oldest first.",
		.opts = opts
	};
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	json_t *args = json_object();
	if (state)
		json_object_set_new(args, "state", json_string(state));
	if (cls)
		json_object_set_new(args, "class", json_string(cls));
	if ((r = ctl_number(&c, args, "from", from)) ||
	    (r = ctl_number(&c, args, "limit", limit))) {
		json_decref(args);
		return r;
	}
	return ctl_show(&c, "cases", args, show_cases);
}

int
cmd_why(int argc, char **argv)
{
	bool timeline = false;
	const struct ctl_opt opts[] = {
		{ "timeline", NULL, &timeline, NULL, "also what happened, oldest first" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "why ADDRESS [--timeline] [--json]",
		.does = "Explains what lymph thinks of an address: "
			"the score line by line, each gate, what would happen and who decided.",
		.opts = opts,
		.least = 1,
		.most = 1 };
	struct addr a;
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (addr_parse(c.argv[0], strlen(c.argv[0]), &a) < 0)
		return ctl_usage(&c, "\"%s\" is no IPv4 or IPv6 address", c.argv[0]);
	return ctl_show(&c, "why", json_pack("{s:s}", "address", c.argv[0]),
	    timeline ? show_case : show_why);
}

int
cmd_orders(int argc, char **argv)
{
	bool all = false;
	const char *from = NULL, *limit = NULL;
	const struct ctl_opt opts[] = {
		{ "all", NULL, &all, NULL, "also those that expired or were withdrawn" },
		{ "from", "N", NULL, &from, "begin at this order" },
		{ "limit", "N", NULL, &limit, "show at most so many (200)" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "orders [--all] [--from N] [--limit N] [--json]",
		.does = "Lists what lymph would do, or does.",
		.opts = opts };
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	json_t *args = json_pack("{s:b}", "all", all);
	if ((r = ctl_number(&c, args, "from", from)) ||
	    (r = ctl_number(&c, args, "limit", limit))) {
		json_decref(args);
		return r;
	}
	return ctl_show(&c, "orders", args, show_orders);
}

/* A list by number that takes nothing but where to begin and how much. */
static int
by_number(int argc, char **argv, struct ctl *c, const char *begin, show_fn *show)
{
	const char *from = NULL, *limit = NULL;
	const struct ctl_opt opts[] = {
		{ "from", "N", NULL, &from, begin },
		{ "limit", "N", NULL, &limit, "show at most so many (200)" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	int r;
	c->opts = opts;
	if (ctl_options(c, argc, argv, &r))
		return r;
	json_t *args = json_object();
	if ((r = ctl_number(c, args, "from", from)) || (r = ctl_number(c, args, "limit", limit))) {
		json_decref(args);
		return r;
	}
	return ctl_show(c, argv[0], args, show);
}

int
cmd_plan(int argc, char **argv)
{
	struct ctl c = { .usage = "plan [--from N] [--limit N] [--json]",
		.does = "Shows which orders would be carried out, or wait, and what holds them back." };
	return by_number(argc, argv, &c, "begin at this order", show_plan);
}

int
cmd_reporters(int argc, char **argv)
{
	const char *from = NULL, *limit = NULL;
	const struct ctl_opt opts[] = {
		{ "from", "KEY", NULL, &from, "begin behind this public key" },
		{ "limit", "N", NULL, &limit, "show at most so many (200)" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "reporters [--from KEY] [--limit N] [--json]",
		.does = "Lists who reported, and how far each is trusted.",
		.opts = opts };
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	json_t *args = json_object();
	if (from)
		json_object_set_new(args, "from", json_string(from));
	if ((r = ctl_number(&c, args, "limit", limit))) {
		json_decref(args);
		return r;
	}
	return ctl_show(&c, "reporters", args, show_reporters);
}

int
cmd_aside(int argc, char **argv)
{
	struct ctl c = { .usage = "aside [--json]",
		.does = "Lists messages that crashed a role twice and were "
			"set aside." };
	int r;
	return ctl_options(&c, argc, argv, &r) ? r : ctl_show(&c, "aside", NULL, show_aside);
}
