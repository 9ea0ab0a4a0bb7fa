/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `lymph trays` and `lymph mail`: what lies at the report desk, and what a person does with it. A mail's
 * text is a stranger's: it reaches a terminal escaped, and as it came only into a pipe.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "lymph/cmd.h"
#include "lymph/ctl.h"
#include "lymph/desk_pick.h"
#include "lymph/show.h"
#include "model/tray.h"

#define SHOWN 65536 /* of a mail's text */

int
cmd_trays(int argc, char **argv)
{
	bool all = false;
	const char *from = NULL, *limit = NULL;
	const struct ctl_opt opts[] = {
		{ "all", NULL, &all, NULL, "also mails that are done" },
		{ "from", "N", NULL, &from, "begin at this mail" },
		{ "limit", "N", NULL, &limit, "show at most so many (200)" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "trays [TRAY [--all] [--from N] [--limit N]] [--json]",
		.does = "Shows the trays of the report desk: how many mails wait in each, for how long; or lists "
			"what lies in one.",
		.opts = opts,
		.most = 1 };
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (c.argc == 0)
		return ctl_show(&c, "trays", NULL, show_trays);
	json_t *args = json_pack("{s:s, s:b}", "tray", c.argv[0], "all", all);
	if (!args)
		return ctl_usage(&c, "no such tray");
	if ((r = ctl_number(&c, args, "from", from)) || (r = ctl_number(&c, args, "limit", limit))) {
		json_decref(args);
		return r;
	}
	return ctl_show(&c, "tray", args, show_tray);
}

/* The next bytes of a mail from `from` on, malloc'ed; NULL: said why. *whole: how many it has. */
static uint8_t *
fetch(const struct ctl *c, int64_t no, size_t from, size_t *n, size_t *whole)
{
	json_t *doc = ctl_ask(c, "mail-bytes", json_pack("{s:I, s:I}", "mail", (json_int_t)no, "from",
	    (json_int_t)from));
	const char *text = doc ? json_string_value(json_object_get(doc, "base64")) : NULL;
	uint8_t *p = NULL;
	if (text) {
		size_t room = strlen(text) + 1;
		p = malloc(room);
		if (p && sodium_base642bin(p, room, text, strlen(text), NULL, n, NULL,
			sodium_base64_VARIANT_ORIGINAL) < 0) {
			free(p);
			p = NULL;
		}
		*whole = (size_t)out_int(doc, "bytes");
	}
	if (doc && !p)
		fprintf(stderr, "lymph: what lymphd answered makes no sense\n");
	json_decref(doc);
	return p;
}

static int
show_text(const struct ctl *c, int64_t no)
{
	struct out o = out_stdout();
	size_t n, whole;
	uint8_t *p = fetch(c, no, 0, &n, &whole);
	if (!p)
		return 1;
	size_t part = n < SHOWN ? n : SHOWN;
	putchar('\n');
	out_quote(&o, (const char *)p, part);
	if (whole > part)
		printf("  ... %zu bytes more; --raw gives all of it\n", whole - part);
	free(p);
	return fflush(stdout) != 0;
}

static int
give_raw(const struct ctl *c, int64_t no)
{
	size_t at = 0, whole = 1, n;
	if (isatty(STDOUT_FILENO))
		return ctl_usage(c, "a stranger's bytes are not for a terminal: send them into a pipe or a file");
	while (at < whole) {
		uint8_t *p = fetch(c, no, at, &n, &whole);
		if (!p)
			return 1;
		bool wrote = fwrite(p, 1, n, stdout) == n;
		free(p);
		if (!wrote || n == 0) {
			fprintf(stderr, "lymph: %s\n", wrote ? "the mail ends too early" : strerror(errno));
			return 1;
		}
		at += n;
	}
	return fflush(stdout) != 0;
}

static json_t *
act(const struct ctl *c, int64_t no, const char *deed, const char *to, const char *text)
{
	return ctl_ask(c, "mail-act", json_pack("{s:I, s:s, s:s?, s:s?}", "mail", (json_int_t)no, "act", deed, "tray",
	    to, "text", text));
}

/* Whole and written out first: what nobody got is not handed on. */
static int
give_away(const struct ctl *c, int64_t no, const char *text)
{
	json_t *doc = ctl_ask(c, "mail", json_pack("{s:I}", "mail", (json_int_t)no));
	const char *name = doc ? json_string_value(json_object_get(doc, "tray")) : NULL;
	enum tray tray = name ? tray_by_name(name) : TRAY_N;
	int r = !doc;
	if (doc && (tray == TRAY_N || !tray_row(tray)->hand_on))
		r = ctl_usage(c, "a mail in tray %s is not handed on", tray == TRAY_N ? "?" : tray_row(tray)->name);
	json_decref(doc);
	if (r == 0)
		r = give_raw(c, no);
	if (r != 0)
		return r;
	doc = act(c, no, "hand-on", NULL, text);
	if (!doc)
		fprintf(stderr, "lymph: it is written out, but not marked as handed on\n");
	r = !doc;
	json_decref(doc);
	return r;
}

int
cmd_mail(int argc, char **argv)
{
	bool done = false, hand_on = false, raw = false, head = false;
	const char *to = NULL, *text = NULL;
	const struct ctl_opt opts[] = {
		{ "done", NULL, &done, NULL, "it is dealt with" },
		{ "to", "TRAY", NULL, &to, "it belongs into another tray" },
		{ "hand-on", NULL, &hand_on, NULL, "write it out as it came, to be handed on, and mark it so" },
		{ "raw", NULL, &raw, NULL, "write it out as it came, into a pipe" },
		{ "head", NULL, &head, NULL, "only what is known of it, not its text" },
		{ "text", "TEXT", NULL, &text, "why, for the journal" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "mail NO [--head | --raw | --done | --to TRAY | --hand-on]\n"
				  "                  [--text TEXT] [--json]",
		.does = "Shows one mail of the report desk, or says what became of it. A sealed mail shows only "
			"what is known of it, but to its two readers, whose reading is in the audit.",
		.opts = opts,
		.least = 1,
		.most = 1 };
	int64_t no;
	int r;
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (!pick_number(c.argv[0], &no))
		return ctl_usage(&c, "\"%.20s\" is no number of a mail", c.argv[0]);
	if (done + (to != NULL) + hand_on + raw + head > 1)
		return ctl_usage(&c, "--head, --raw, --done, --to or --hand-on, one of them");
	if (text && !done && !to && !hand_on)
		return ctl_usage(&c, "--text goes with --done, --to or --hand-on");
	if (hand_on && isatty(STDOUT_FILENO))
		return ctl_usage(&c, "it is written to standard output: pipe it to who shall have it");
	if (raw)
		return give_raw(&c, no);
	if (hand_on)
		return give_away(&c, no, text);
	json_t *doc = done || to ? act(&c, no, done ? "done" : "to", to, text)
				 : ctl_ask(&c, "mail", json_pack("{s:I}", "mail", (json_int_t)no));
	bool shown = doc && out_true(doc, "shown") && !c.json && !head && !done && !to;
	r = ctl_tell(&c, doc, show_mail);
	return r == 0 && shown ? show_text(&c, no) : r;
}
