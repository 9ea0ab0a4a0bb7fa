/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about telemetry: exporters, top (live on a terminal), flows, show memory. They ask lymphd and
 * show the answer; the terminal is left as it was found, however top ends. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lymph/cmd.h"
#include "lymph/ctl.h"
#include "lymph/show.h"

#define REFRESH 2000 /* ms */

int
cmd_exporters(int argc, char **argv)
{
	struct ctl c = { .usage = "exporters [--json]",
		.does = "Lists who sends flow records: rate, loss, sampling, templates, clock; what it takes for "
			"its interfaces to count; and who is refused." };
	int r;
	return ctl_options(&c, argc, argv, &r) ? r : ctl_show(&c, "exporters", NULL, show_exporters);
}

int
cmd_flows(int argc, char **argv)
{
	struct ctl c = { .usage = "flows LINE|ADDRESS [--json]",
		.does = "Shows the flows kept of a watched line, the newest last.",
		.least = 1,
		.most = 1 };
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	return ctl_show(&c, "flows", json_pack("{s:s}", "address", c.argv[0]), show_flows);
}

int
cmd_show(int argc, char **argv)
{
	struct ctl c = { .usage = "show memory [--json]",
		.does = "Shows what the detectors keep in memory, kind by kind.",
		.least = 1,
		.most = 1 };
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (strcmp(c.argv[0], "memory") != 0)
		return ctl_usage(&c, "there is only \"memory\" to show");
	return ctl_show(&c, "memory", NULL, show_memory);
}

/* --- top ----------------------------------------------------------------------------------------- */

static struct termios cooked;
static volatile sig_atomic_t ended;

static void
on_signal(int signo)
{
	(void)signo;
	ended = 1;
}

/* Keys come at once and unseen; the screen of before comes back at the end. */
static bool
screen_on(void)
{
	struct termios raw;
	struct sigaction end = { .sa_handler = on_signal };
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &cooked) < 0)
		return false;
	raw = cooked;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	fputs("\033[?1049h\033[?25l", stdout);
	return true;
}

static void
screen_off(void)
{
	fputs("\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &cooked);
}

/* True: q was typed, or input is over. */
static bool
wait_key(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char key;
	if (ended || poll(&p, 1, REFRESH) < 0)
		return ended;
	if (!p.revents)
		return false;
	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q';
}

static int
live(const struct ctl *c, const json_t *args)
{
	bool on = false;
	int r = 0;
	do {
		json_t *doc = ctl_ask(c, "top", json_deep_copy(args));
		if (!doc) {
			r = 1;
			break;
		}
		if (!on && !(on = screen_on()))
			ended = 1;
		struct out o = out_stdout();
		if (on)
			fputs("\033[H\033[2J", stdout);
		show_top(doc, &o);
		fflush(stdout);
		json_decref(doc);
	} while (!ended && !wait_key());
	if (on)
		screen_off();
	if (on && r) /* what was said of it went with the screen */
		fprintf(stderr, "lymph: lymphd does not answer any more\n");
	return r;
}

int
cmd_top(int argc, char **argv)
{
	bool once = false;
	const char *limit = NULL;
	const struct ctl_opt opts[] = {
		{ "once", NULL, &once, NULL, "print it once; so it does where there is no terminal" },
		{ "limit", "N", NULL, &limit, "show at most so many lines (20)" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "top [--once] [--limit N] [--json]",
		.does = "Shows lines by suspicion, findings by detector, exporters and what leaves; on a terminal anew "
			"every 2 s, until q.",
		.opts = opts };
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	json_t *args = json_object();
	if ((r = ctl_number(&c, args, "limit", limit))) {
		json_decref(args);
		return r;
	}
	if (once || c.json || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
		return ctl_show(&c, "top", args, show_top);
	r = live(&c, args);
	json_decref(args);
	return r;
}
