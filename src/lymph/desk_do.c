/* SPDX-License-Identifier: BSD-2-Clause */
/* See desk_do.h. Must never do to many what a person has not seen counted, unless told --yes. */
#include "lymph/desk_do.h"

#include <string.h>
#include <unistd.h>

#include "lymph/cmd.h"
#include "lymph/desk_pick.h"

static bool
from_stdin(const struct ctl *c, int n)
{
	return n == 1 && strcmp(c->argv[0], "-") == 0;
}

int
desk_pick(const struct ctl *c, int n, const char *list, json_t *args)
{
	char why[PICK_WHY];
	json_t *filter = json_object(), *numbers = json_array();
	int r = 0;
	for (int i = 0; r == 0 && i < c->each_n; i++)
		r = pick_filter(filter, c->each[i], why);
	if (r == 0)
		r = from_stdin(c, n) ? pick_lines(numbers, stdin, why)
				     : pick_words(numbers, c->argv, n, why);
	if (r == 0 && c->each_n && n) {
		snprintf(why, sizeof(why), "numbers or --filter, not both");
		r = -1;
	}
	if (r == 0 && !c->each_n && !json_array_size(numbers)) {
		snprintf(why, sizeof(why), n ? "no number on standard input"
					     : "which? Give numbers, --filter KEY=VALUE, or -");
		r = -1;
	}
	if (r == 0)
		json_object_set(args, c->each_n ? "filter" : list, c->each_n ? filter : numbers);
	json_decref(filter);
	json_decref(numbers);
	return r == 0 ? 0 : ctl_usage(c, "%s", why);
}

/* Shows doc, or prints it. */
static int
tell(const struct ctl *c, const json_t *doc, show_fn *fn)
{
	if (c->json)
		return ctl_print_json(doc);
	struct out o = out_stdout();
	fn(doc, &o);
	return fflush(stdout) != 0;
}

/* Something was asked for, and nothing of it could be done. */
static bool
in_vain(const json_t *doc)
{
	return json_is_integer(json_object_get(doc, "done")) && out_int(doc, "done") == 0;
}

static int
act(const struct ctl *c, const char *cmd, const char *verb, json_t *args)
{
	json_t *as = json_incref(json_object_get(args, "as"));
	json_t *doc = ctl_ask(c, cmd, args);
	if (doc && !json_object_get(doc, "verb"))
		json_object_set_new(doc, "verb", json_string(verb));
	if (doc && as)
		json_object_set(doc, "as", as);
	json_decref(as);
	if (!doc)
		return 1;
	const char *id = json_string_value(json_object_get(doc, "pending"));
	bool other = strcmp(c->socket, CTL_SOCKET) != 0;
	if (id) /* what the second person types */
		json_object_set_new(doc, "command",
		    json_sprintf("lymph approve %s%s%s", id, other ? " --socket " : "", other ? c->socket : ""));
	int r = tell(c, doc, show_done);
	if (r == 0)
		r = in_vain(doc);
	json_decref(doc);
	return r;
}

int
desk_send(const struct ctl *c, const char *cmd, const char *verb, json_t *args)
{
	return act(c, cmd, verb, args);
}

/* Whether a person is there to answer: where numbers come on standard input, by the terminal itself. */
static FILE *
person(void)
{
	if (!isatty(STDOUT_FILENO))
		return NULL;
	return fopen(isatty(STDIN_FILENO) ? "/dev/stdin" : "/dev/tty", "r");
}

static bool
says_yes(FILE *from)
{
	char line[64];
	fputs("Do it? y/N ", stdout);
	fflush(stdout);
	return fgets(line, sizeof(line), from) &&
	       (strcmp(line, "y\n") == 0 || strcmp(line, "yes\n") == 0);
}

/* About exactly one, by its number: nothing to count. */
static bool
is_one(const json_t *args)
{
	const json_t *v = json_object_get(args, "cases");
	if (!v)
		v = json_object_get(args, "orders");
	return v && json_array_size(v) == 1;
}

/* 0: go on, with as many as were shown. Else what the command returns. */
static int
ask_first(const struct ctl *c, const char *cmd, const char *verb, json_t *args)
{
	json_t *with = json_deep_copy(args);
	json_object_set_new(with, "preview", json_true());
	json_t *doc = ctl_ask(c, cmd, with);
	if (!doc)
		return 1;
	if (!json_object_get(doc, "verb"))
		json_object_set_new(doc, "verb", json_string(verb));
	int r = tell(c, doc, show_preview);
	long long count = out_int(doc, "count");
	json_decref(doc);
	if (r)
		return r;
	if (count == 0)
		return 1;
	if (count == 1 && json_object_get(args, "batch")) /* its number says it all */
		return 0;
	/* What a filter finds may grow while a person thinks: no more than was shown. */
	json_object_set_new(args, "count", json_integer(count));
	FILE *tty = c->json ? NULL : person();
	if (!tty) {
		if (!c->json)
			fputs("Nothing was done. To do it, say the same with --yes.\n", stdout);
		return DESK_NOTHING_DONE;
	}
	bool yes = says_yes(tty);
	fclose(tty);
	if (!yes)
		fputs("Nothing was done.\n", stdout);
	return yes ? 0 : DESK_NOTHING_DONE;
}

int
desk_do(const struct ctl *c, const char *verb, json_t *args, bool yes)
{
	const char *cmd = json_object_get(args, "batch") ? verb : "desk";
	int r = 0;
	json_object_set_new(args, "verb", json_string(verb));
	if (!yes && !is_one(args))
		r = ask_first(c, cmd, verb, args);
	if (r) {
		json_decref(args);
		return r;
	}
	return act(c, cmd, verb, args);
}
