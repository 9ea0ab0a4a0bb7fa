/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about orders: `lymph approve | reject | undo | release`. What waits for a second person has
 * a letter before its number: bN is a batch of the desk (lymphd's judge keeps it), mN the operator's
 * mode (the warden keeps it). */
#include <stdio.h>
#include <string.h>

#include "lymph/cmd.h"
#include "lymph/desk_do.h"
#include "lymph/desk_pick.h"
#include "lymph/word.h"

struct desk {
	struct ctl c;
	bool yes;
	const char *reason;
};

#define DESK_OPTS(d)                                                                               \
	{                                                                                          \
		{ "filter", "KEY=VALUE", NULL, NULL, "those it finds; may be said again" },        \
		{ "reason", "TEXT", NULL, &(d).reason, "why; kept with what is done" },            \
		{ "yes", NULL, &(d).yes, NULL, "do not ask, however many" },                       \
		{ NULL, NULL, NULL, NULL, NULL },                                                  \
	}

static int
desk(const struct desk *d, const char *verb, const char *list)
{
	json_t *args = json_object();
	int r = desk_pick(&d->c, d->c.argc, list, args);
	if (r) {
		json_decref(args);
		return r;
	}
	if (d->reason && json_object_set_new(args, "text", json_string(d->reason)) < 0) {
		json_decref(args);
		return ctl_usage(&d->c, "--reason is not UTF-8");
	}
	return desk_do(&d->c, verb, args, d->yes);
}

/* "b3", "m1"; 0 when it is none of these. */
static char
pending_kind(const char *s)
{
	int64_t no;
	return (*s == 'b' || *s == 'm') && pick_number(s + 1, &no) ? *s : 0;
}

/* approve and reject: of orders that ask, or of one thing that waits for a second person. */
static int
answer(const struct desk *d, const char *verb)
{
	char cmd[32], kind = 0;
	const char *id = d->c.argc ? d->c.argv[0] : "";
	for (int i = 0; i < d->c.argc && !kind; i++)
		kind = pending_kind(d->c.argv[i]);
	if (!kind)
		return desk(d, verb, "orders");
	if (d->c.argc > 1 || d->c.each_n)
		return ctl_usage(&d->c, "bN and mN stand alone: each is a decision of its own");
	if (kind == 'm')
		return word_settle(&d->c, verb, id);
	snprintf(cmd, sizeof(cmd), "%s-batch", verb);
	return desk_send(&d->c, cmd, cmd, json_pack("{s:s}", "id", id));
}

int
cmd_approve(int argc, char **argv)
{
	struct desk d = { .reason = NULL };
	const struct ctl_opt opts[] = DESK_OPTS(d);
	int r;
	d.c = (struct ctl){ .usage = "approve ORDER.. | bN | mN | - | --filter KEY=VALUE..\n"
				     "                     [--reason TEXT] [--yes] [--json]",
		.does = "Says yes to orders that ask for a person, or, as the second person, to a batch "
			"(bN) or a mode (mN) that waits for one.",
		.opts = opts,
		.most = CTL_ARGS };
	return ctl_options(&d.c, argc, argv, &r) ? r : answer(&d, "approve");
}

int
cmd_reject(int argc, char **argv)
{
	struct desk d = { .reason = NULL };
	const struct ctl_opt opts[] = DESK_OPTS(d);
	int r;
	d.c = (struct ctl){ .usage = "reject ORDER.. | bN | mN | - | --filter KEY=VALUE..\n"
				     "                    [--reason TEXT] [--yes] [--json]",
		.does = "Says no to orders that ask for a person: they are not asked for again in their "
			"case. Or to a batch (bN) or a mode (mN) that waits for a second person.",
		.opts = opts,
		.most = CTL_ARGS };
	return ctl_options(&d.c, argc, argv, &r) ? r : answer(&d, "reject");
}

int
cmd_undo(int argc, char **argv)
{
	struct desk d = { .reason = NULL };
	const struct ctl_opt opts[] = DESK_OPTS(d);
	int64_t batch;
	int r;
	d.c = (struct ctl){ .usage = "undo ORDER.. | batch N | - | --filter KEY=VALUE..\n"
				     "                  [--reason TEXT] [--yes] [--json]",
		.does = "Withdraws orders; they are not given again in their case. Or takes back all that "
			"one command did, by the number of its batch.",
		.opts = opts,
		.most = CTL_ARGS };
	if (ctl_options(&d.c, argc, argv, &r))
		return r;
	if (d.c.argc == 0 || strcmp(d.c.argv[0], "batch") != 0)
		return desk(&d, "undo", "orders");
	if (d.c.argc != 2 || d.c.each_n || !pick_number(d.c.argv[1], &batch))
		return ctl_usage(&d.c, "undo batch takes the number of one batch");
	json_t *args = json_pack("{s:I}", "batch", (json_int_t)batch);
	if (d.reason)
		json_object_set_new(args, "text", json_string(d.reason));
	return desk_do(&d.c, "undo-batch", args, d.yes);
}

int
cmd_release(int argc, char **argv)
{
	struct desk d = { .reason = NULL };
	const struct ctl_opt opts[] = DESK_OPTS(d);
	int r;
	d.c = (struct ctl){ .usage = "release CASE.. | - | --filter KEY=VALUE..\n"
			"                     [--reason TEXT] [--yes] "
				     "[--json]",
		.does = "Withdraws all orders of a case; they are not given again in it.",
		.opts = opts,
		.most = CTL_ARGS };
	return ctl_options(&d.c, argc, argv, &r) ? r : desk(&d, "release", "cases");
}
