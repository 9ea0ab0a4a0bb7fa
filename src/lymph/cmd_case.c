/* SPDX-License-Identifier: BSD-2-Clause */
/* `lymph case`: explain one, print its record, or work on one or many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "lymph/cmd.h"
#include "lymph/desk_do.h"
#include "lymph/desk_pick.h"
#include "model/class.h"
#include "model/desk.h"
#include "model/order.h"
#include "model/params.h"

static const char usage[] =
    "case N [--record] [--json]\n"
    "       lymph case N.. close --as VERDICT [--reason TEXT]\n"
    "       lymph case N.. note TEXT | assign [NAME] | snooze TIME | reopen\n"
    "       lymph case N.. merge INTO | unmerge | allow [RUNG]\n"
    "       N.. may be -, for numbers on standard input, or --filter KEY=VALUE..;\n"
    "       about more than one lymph asks first, unless told --yes";

struct work {
	struct ctl c;
	bool yes, record;
	const char *as, *reason;
	int cases; /* arguments before the verb */
	int rest;  /* the first behind it */
};

/* Each puts its arguments into args: 0, or what the command returns. */
typedef int words_fn(const struct work *w, json_t *args);

static int
put_text(const struct work *w, json_t *args, const char *key, const char *text, size_t room)
{
	if (strlen(text) >= room)
		return ctl_usage(&w->c, "%s takes at most %zu bytes", key, room - 1);
	return json_object_set_new(args, key, json_string(text)) < 0
		   ? ctl_usage(&w->c, "%s is not UTF-8", key)
		   : 0;
}

/* How many arguments may follow the verb. */
static int
arguments(const struct work *w, int least, int most)
{
	int n = w->c.argc - w->rest;
	return n < least  ? ctl_usage(&w->c, "an argument is missing")
	       : n > most ? ctl_usage(&w->c, "\"%s\" is one argument too many",
				w->c.argv[w->rest + most])
			  : 0;
}

static int
words_none(const struct work *w, json_t *args)
{
	(void)args;
	return arguments(w, 0, 0);
}

static int
words_close(const struct work *w, json_t *args)
{
	int r = arguments(w, 0, 0);
	enum close_as as = w->as ? close_as_by_name(w->as) : CLOSE_AS_N;
	if (r)
		return r;
	if (as == CLOSE_AS_N || as < CLOSE_FIXED)
		return ctl_usage(&w->c, "close needs --as fixed, false-positive, wrong-line, duplicate, "
					"not-abuse, accepted or appealed");
	json_object_set_new(args, "as", json_string(w->as));
	return 0;
}

static int
words_note(const struct work *w, json_t *args)
{
	char text[DESK_TEXT] = "";
	size_t n = 0;
	int r = arguments(w, 1, CTL_ARGS);
	if (w->reason)
		return ctl_usage(&w->c, "a note is its own reason");
	for (int i = w->rest; r == 0 && i < w->c.argc; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "", w->c.argv[i]);
		if (n >= sizeof(text))
			r = ctl_usage(&w->c, "a note takes at most %d bytes", DESK_TEXT - 1);
	}
	return r ? r : put_text(w, args, "text", text, DESK_TEXT);
}

static int
words_assign(const struct work *w, json_t *args)
{
	int r = arguments(w, 0, 1);
	return r ? r
		 : put_text(w, args, "name", w->c.argc > w->rest ? w->c.argv[w->rest] : "", DESK_NAME);
}

static int
words_merge(const struct work *w, json_t *args)
{
	int64_t into;
	int r = arguments(w, 1, 1);
	if (r)
		return r;
	if (!pick_number(w->c.argv[w->rest], &into))
		return ctl_usage(&w->c, "\"%s\" is no case number", w->c.argv[w->rest]);
	json_object_set_new(args, "into", json_integer(into));
	return 0;
}

static int
words_snooze(const struct work *w, json_t *args)
{
	int64_t ms = 0;
	int r = arguments(w, 1, 1);
	if (r)
		return r;
	const char *s = w->c.argv[w->rest];
	bool off = strcmp(s, "off") == 0;
	if (!off && (param_parse('d', s, &ms) < 0 || ms <= 0 || ms > 366 * MSEC_DAY))
		return ctl_usage(&w->c, "snooze takes a time such as \"3d\" or \"12 h\", or off");
	json_object_set_new(args, "until_ms", json_integer(off ? 0 : clock_real() + ms));
	return 0;
}

static int
words_allow(const struct work *w, json_t *args)
{
	int r = arguments(w, 0, 1);
	if (r || w->c.argc == w->rest)
		return r;
	for (unsigned i = RUNG_TICKET; i < RUNG_N; i++) {
		if (strcmp(rung_name((enum rung)i), w->c.argv[w->rest]) != 0)
			continue;
		json_object_set_new(args, "rung", json_string(w->c.argv[w->rest]));
		return 0;
	}
	return ctl_usage(&w->c, "\"%s\" is no rung: ticket, notify, filter or quarantine",
	    w->c.argv[w->rest]);
}

static const struct {
	const char *name;
	words_fn *words;
} verbs[] = {
	{ "close", words_close },
	{ "reopen", words_none },
	{ "note", words_note },
	{ "assign", words_assign },
	{ "merge", words_merge },
	{ "unmerge", words_none },
	{ "snooze", words_snooze },
	{ "allow", words_allow },
	{ "release", words_none },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int
work(struct work *w, const char *verb)
{
	size_t v = 0;
	json_t *args = json_object();
	while (v < VERBS && strcmp(verbs[v].name, verb) != 0)
		v++;
	w->rest = w->cases + 1;
	int r = v == VERBS ? ctl_usage(&w->c, "no \"%s\" for a case", verb) : verbs[v].words(w, args);
	if (r == 0 && w->as && strcmp(verb, "close") != 0)
		r = ctl_usage(&w->c, "--as goes with close");
	if (r == 0 && w->record)
		r = ctl_usage(&w->c, "--record only looks");
	if (r == 0 && w->reason)
		r = put_text(w, args, "text", w->reason, DESK_TEXT);
	if (r == 0)
		r = desk_pick(&w->c, w->cases, "cases", args);
	if (r) {
		json_decref(args);
		return r;
	}
	return desk_do(&w->c, verb, args, w->yes);
}

static int
look(const struct work *w)
{
	int64_t no = 0;
	if (w->c.argc && !pick_number(w->c.argv[0], &no))
		return ctl_usage(&w->c, "\"%s\" is no case number", w->c.argv[0]);
	if (w->c.argc != 1 || w->c.each_n)
		return ctl_usage(&w->c, "one case is looked at; for more, say what to do with them");
	if (w->as || w->reason || w->yes)
		return ctl_usage(&w->c, "what to do with the case is missing");
	return ctl_show(&w->c, w->record ? "record" : "case", json_pack("{s:I}", "case", (json_int_t)no),
	    w->record ? show_record : show_case);
}

int
cmd_case(int argc, char **argv)
{
	struct work w = { .as = NULL };
	int64_t no;
	int r;
	const struct ctl_opt opts[] = {
		{ "record", NULL, &w.record, NULL, "why each order was given: the record, to print" },
		{ "as", "VERDICT", NULL, &w.as,
		    "fixed, false-positive, wrong-line, duplicate, "
		    "not-abuse, accepted or appealed" },
		{ "reason", "TEXT", NULL, &w.reason, "why; kept with what is done" },
		{ "filter", "KEY=VALUE", NULL, NULL,
		    "those it finds; may be said again. Keys: state, "
		    "class, line, prefix, assignee, rung, snoozed" },
		{ "yes", NULL, &w.yes, NULL, "do not ask, however many" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	w.c = (struct ctl){ .usage = usage,
		.does = "Explains one case: its score, gates, looks, what would follow, and all that "
			"happened. Or works on it.",
		.opts = opts,
		.most = CTL_ARGS };
	if (ctl_options(&w.c, argc, argv, &r))
		return r;
	while (w.cases < w.c.argc &&
	       (pick_number(w.c.argv[w.cases], &no) || strcmp(w.c.argv[w.cases], "-") == 0))
		w.cases++;
	if (w.c.argc == 0 && !w.c.each_n)
		return ctl_usage(&w.c, "an argument is missing");
	return w.cases < w.c.argc && (w.cases || w.c.each_n) ? work(&w, w.c.argv[w.cases]) : look(&w);
}
