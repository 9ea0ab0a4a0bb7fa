/* SPDX-License-Identifier: BSD-2-Clause */
/* `lymph door`: which of CrowdSec's agents may report, which of its bouncers may ask. */
#include <string.h>

#include "lymph/cmd.h"
#include "lymph/ctl.h"
#include "lymph/show.h"

static int
door_list(int argc, char **argv)
{
	struct ctl c = { .usage = "door [machines | bouncers] [--json]",
		.does = "Shows which of CrowdSec's agents report here and which of its bouncers ask, who waits to be "
			"let in, and what was refused." };
	static const char *const kinds[] = { "machines", "bouncers" };
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	json_t *doc = ctl_ask(&c, "door", NULL);
	for (int i = 0; doc && i < 2; i++)
		if (strcmp(argv[0], kinds[!i]) == 0) /* the other one was asked for */
			json_object_del(doc, kinds[i]);
	return ctl_tell(&c, doc, show_door);
}

static int
door_approve(int argc, char **argv)
{
	const char *org = NULL;
	const struct ctl_opt opts[] = {
		{ "org", "ORG", NULL, &org, "whose it is: machines of one organisation count as one" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "door approve NAME [--org ORG] [--json]",
		.does = "Lets a machine in that has registered: it may report, and nothing else.",
		.opts = opts,
		.least = 1,
		.most = 1 };
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	return ctl_show(&c, "door-approve", json_pack("{s:s, s:s?}", "name", c.argv[0], "org", org), show_door_done);
}

static int
remove_one(int argc, char **argv, bool bouncer)
{
	struct ctl c = { .usage = bouncer ? "door bouncer remove NAME [--json]" : "door remove NAME [--json]",
		.does = bouncer ? "Lets a bouncer in no more: its key is worth nothing from now on."
				: "Lets a machine in no more, or refuses one that waits. What it reported stays.",
		.least = 1,
		.most = 1 };
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	return ctl_show(&c, "door-remove", json_pack("{s:s, s:b}", "name", c.argv[0], "bouncer", bouncer),
	    show_door_done);
}

static int
door_remove(int argc, char **argv)
{
	return remove_one(argc, argv, false);
}

static int
bouncer_remove(int argc, char **argv)
{
	return remove_one(argc, argv, true);
}

static int
bouncer_add(int argc, char **argv)
{
	const char *scope = NULL;
	const struct ctl_opt opts[] = {
		{ "scope", "SCOPE", NULL, &scope, "\"own\", \"class=NAME\", \"prefix=PREFIX\", apart by commas" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "door bouncer add NAME [--scope SCOPE] [--json]",
		.does = "Makes a key for a bouncer. Without a scope it is told of everything in force but own lines.",
		.opts = opts,
		.least = 1,
		.most = 1 };
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	return ctl_show(&c, "door-bouncer", json_pack("{s:s, s:s?}", "name", c.argv[0], "scope", scope),
	    show_door_done);
}

static const char usage[] = "usage: lymph door [machines | bouncers]\n"
			    "       lymph door approve NAME [--org ORG]\n"
			    "       lymph door remove NAME\n"
			    "       lymph door bouncer add NAME [--scope SCOPE]\n"
			    "       lymph door bouncer remove NAME\n";

static int
door_bouncer(int argc, char **argv)
{
	static const struct ctl_verb verbs[] = { { "add", bouncer_add }, { "remove", bouncer_remove }, { NULL, NULL } };
	return ctl_verb(argc, argv, verbs, usage);
}

int
cmd_door(int argc, char **argv)
{
	static const struct ctl_verb verbs[] = { { "machines", door_list }, { "bouncers", door_list },
		{ "approve", door_approve }, { "remove", door_remove }, { "bouncer", door_bouncer }, { NULL, NULL } };
	if (argc < 2 || strcmp(argv[1], "--json") == 0 || strncmp(argv[1], "--socket", 8) == 0)
		return door_list(argc, argv);
	return ctl_verb(argc, argv, verbs, usage);
}
