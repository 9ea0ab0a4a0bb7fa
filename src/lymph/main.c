/* SPDX-License-Identifier: BSD-2-Clause */
/* lymph: the command line. A table of commands and nothing else; must never do work of its own. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "lymph/cmd.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "report", cmd_report, "tell the network of an abusive address, with the lines of your log" },
	{ "why", cmd_why, "explain what lymph thinks of an address" },
	{ "cases", cmd_cases, "list cases" },
	{ "case", cmd_case, "explain one case, or work on it" },
	{ "orders", cmd_orders, "list what lymph does, or would do" },
	{ "plan", cmd_plan, "show which orders would be next, and what holds them back" },
	{ "approve", cmd_approve, "say yes to an order that asks, or as the second person" },
	{ "reject", cmd_reject, "say no to it" },
	{ "undo", cmd_undo, "withdraw orders, or take back all one command did" },
	{ "release", cmd_release, "withdraw all orders of a case" },
	{ "whose", cmd_whose, "tell whose a foreign address is, and who there hears of abuse" },
	{ "exporters", cmd_exporters, "list who sends flow records, and what they lack" },
	{ "top", cmd_top, "watch lines by suspicion, and what leaves the network" },
	{ "flows", cmd_flows, "show the flows kept of a watched line" },
	{ "show", cmd_show, "show memory: what the detectors keep, kind by kind" },
	{ "mode", cmd_mode, "show what lymph may do; go to observe, ask for enforce" },
	{ "panic", cmd_panic, "end all that is in force, now" },
	{ "resume", cmd_resume, "lift a panic, and what is held" },
	{ "trays", cmd_trays, "show the trays of the report desk, and what lies in them" },
	{ "mail", cmd_mail, "show one mail of the report desk, or say what became of it" },
	{ "intake", cmd_intake, "hand a mail, or a table of accusations, to the report desk" },
	{ "door", cmd_door, "say which of CrowdSec's agents may report, which bouncers may ask" },
	{ "reporters", cmd_reporters, "list who reported, and how far each is trusted" },
	{ "reporter", cmd_reporter, "say who a key belongs to: enrol, rank, pin or remove it" },
	{ "protect", cmd_protect, "list what is never touched; add to it, take from it" },
	{ "conscience", cmd_conscience, "show what no order may do; ask for more" },
	{ "audit", cmd_audit, "verify or export the record of what staff did" },
	{ "outgoing", cmd_outgoing, "what leaves by mail: before it does, and after" },
	{ "token", cmd_token, "say who outside may read of cases, and of which" },
	{ "subscribe", cmd_subscribe, "say to whom reports about his addresses are sent on" },
	{ "aside", cmd_aside, "list messages that were set aside" },
	{ "replay", cmd_replay, "show what would have been found in old flow data" },
	{ "export", cmd_export, "write the reports of a case for others to read" },
	{ "hold", cmd_hold, "say what must not be forgotten, for a court" },
	{ "forget", cmd_forget, "forget a line, an address or a reporter, in the journal too" },
	{ "journal", cmd_journal, "prove that the decisions follow from the facts" },
	{ "status", cmd_status, "show the roles of lymphd and its counters" },
	{ "check", cmd_check, "check the configuration and this machine" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Edit distance, enough of it to guess what was meant. Words over 31 letters are no typing slip. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[32], n = strlen(b);
	if (n >= 32 || strlen(a) >= 32)
		return 32;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; *a; a++, i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t up = row[j], best = corner + (*a != b[j - 1]);
			corner = up;
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

static int
unknown(const char *name)
{
	char shown[64];
	const struct command *best = NULL;
	size_t least = 3; /* two slips, no more */
	for (size_t i = 0; i < COMMANDS; i++) {
		size_t d = distance(name, commands[i].name);
		if (d < least) {
			least = d;
			best = &commands[i];
		}
	}
	fprintf(stderr, "lymph: no command \"%s\"", escape_tty(name, strlen(name), shown, sizeof(shown)));
	if (best)
		fprintf(stderr, "; did you mean \"%s\"?", best->name);
	fprintf(stderr, "\nRun \"lymph help\" for the list.\n");
	return CMD_USAGE;
}

static int
help(FILE *to)
{
	fprintf(to, "usage: lymph COMMAND [arguments]\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-10s  %s\n", commands[i].name, commands[i].help);
	fprintf(to, "\nlymph COMMAND --help tells more; lymph --version tells the version.\n");
	return to == stdout ? 0 : CMD_USAGE;
}

/* "lymph --json status" is "lymph status --json": options of every command may stand before it. They
 * go behind all arguments, where each command finds them. */
static void
options_last(int argc, char **argv)
{
	int n = 1;
	while (n < argc && (strcmp(argv[n], "--json") == 0 || strncmp(argv[n], "--socket", 8) == 0))
		n += strcmp(argv[n], "--socket") == 0 ? 2 : 1;
	if (n >= argc)
		return;
	for (; n > 1; n--) {
		char *first = argv[1];
		memmove(argv + 1, argv + 2, (size_t)(argc - 2) * sizeof(*argv));
		argv[argc - 1] = first;
	}
}

int
main(int argc, char **argv)
{
	options_last(argc, argv);
	if (argc < 2)
		return help(stderr);
	const char *name = argv[1];
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
		return puts("lymph " LYMPH_VERSION) < 0;
	bool asked = strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0;
	if (asked && argc == 2)
		return help(stdout);
	static char dash_help[] = "--help";
	char *help_argv[] = { asked ? argv[2] : NULL, dash_help, NULL };
	if (asked)
		name = argv[2];
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return asked ? commands[i].run(2, help_argv) : commands[i].run(argc - 1, argv + 1);
	return unknown(name);
}
