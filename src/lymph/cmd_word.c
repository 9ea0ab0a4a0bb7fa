/* SPDX-License-Identifier: BSD-2-Clause */
/* mode, panic, resume, protect, conscience: the operator's word, given to the warden. They work while the judge
 * does not. What waits for a second person is shown with the command that person has to type. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/msec.h"
#include "lymph/cmd.h"
#include "lymph/out.h"
#include "lymph/show.h"
#include "lymph/word.h"

#define LINE_TEXT_MAX 500

/* VERB and words as the warden wants them; -1 after a complaint: what is no one line. */
static int
compose(const struct ctl *c, char line[LINE_TEXT_MAX], const char *verb, const char *arg, const char *reason)
{
	int n = snprintf(line, LINE_TEXT_MAX, "%s%s%s%s%s", verb, arg ? " " : "", arg ? arg : "",
	    reason ? " " : "", reason ? reason : "");
	if (reason && strlen(reason) > 249)
		return ctl_usage(c, "a reason has at most 249 bytes");
	if (n >= LINE_TEXT_MAX)
		return ctl_usage(c, "that is too long");
	for (const char *p = line; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return ctl_usage(c, "a reason is one line, without control characters");
	return 0;
}

static void
warn_line(const char *l)
{
	char shown[1024];
	fprintf(stderr, "lymph: %s\n", escape_tty(l, strlen(l), shown, sizeof(shown)));
}

/* What was done, or now waits. Warnings: it was done, but not as it should be: status 1. */
static int
tell_done(const struct ctl *c, struct word_reply *r)
{
	char shown[1024], id[32] = "";
	char *at = r->all;
	json_t *warnings = json_array();
	if (sscanf(r->last, "pending %31s", id) != 1)
		id[0] = '\0';
	for (char *l; (l = word_line(&at));) {
		if (!c->json)
			warn_line(l);
		json_array_append_new(warnings, json_string(l));
	}
	int rc = json_array_size(warnings) > 0;
	if (c->json) {
		json_t *doc = json_pack("{s:b, s:s, s:s?, s:O}", "done", !id[0], "text", r->last, "pending",
		    id[0] ? id : NULL, "warnings", warnings);
		rc |= ctl_print_json(doc);
		json_decref(doc);
	} else if (id[0]) {
		bool other = strcmp(c->socket, CTL_SOCKET) != 0;
		escape_tty(id, strlen(id), shown, sizeof(shown));
		printf("%s waits for a second person. Another admin types, within 15 min:\n\n"
		       "    lymph approve %s%s%s\n\n",
		    shown, shown, other ? " --socket " : "", other ? c->socket : "");
		rc |= fflush(stdout) != 0;
	} else {
		printf("%s\n", escape_tty(r->last, strlen(r->last), shown, sizeof(shown)));
		rc |= fflush(stdout) != 0;
	}
	json_decref(warnings);
	return rc;
}

/* Nobody heard "stop": what a person can do alone. */
static void
tell_by_hand(void)
{
	struct out o = out_stdout();
	o.f = stderr;
	out_say(&o, 0, "", "NOTHING WAS DONE. Each entry in the kernel ends by itself, in hand { lease } at the "
			   "latest. To end all now, as root on the machine that filters:");
	fputs("    nft delete table inet lymph\n", stderr);
	out_say(&o, 0, "", "When lymphd runs again in mode enforce it puts back what is in force: then say this "
			   "again.");
}

static int
change(const struct ctl *c, const char *verb, const char *arg, const char *reason)
{
	char line[LINE_TEXT_MAX];
	struct word_reply r = { .all = NULL };
	int rc = compose(c, line, verb, arg, reason);
	if (rc)
		return rc;
	rc = word_ask(c, line, &r);
	if (rc && !r.code[0] && (strcmp(verb, "panic") == 0 || (arg && strcmp(arg, "observe") == 0)))
		tell_by_hand();
	if (rc)
		return rc;
	rc = tell_done(c, &r);
	word_free(&r);
	return rc;
}

int
word_settle(const struct ctl *c, const char *verb, const char *id)
{
	return change(c, verb, id, NULL);
}

/* --- mode ---------------------------------------------------------------------------------------- */

static void
put_said(json_t *doc, const char *key, const char *s)
{
	unsigned uid, second;
	long long at;
	int n = 0;
	char time[MSEC_TEXT];
	if (sscanf(s, "%u %u %lld%n", &uid, &second, &at, &n) != 3)
		return;
	json_object_set_new(doc, key,
	    json_pack("{s:I, s:o, s:s, s:I, s:s}", "uid", (json_int_t)uid, "second",
		second ? json_integer(second) : json_null(), "at", msec_print(at, time), "at_ms",
		(json_int_t)at, "text", s[n] == ' ' ? s + n + 1 : ""));
}

static void
put_pending(json_t *list, const char *s)
{
	char id[32], time[MSEC_TEXT];
	unsigned uid;
	long long at, left;
	int n = 0;
	if (sscanf(s, "%31s %u %lld %lld%n", id, &uid, &at, &left, &n) != 4)
		return;
	json_array_append_new(list,
	    json_pack("{s:s, s:I, s:s, s:I, s:I, s:s}", "id", id, "by", (json_int_t)uid, "at",
		msec_print(at, time), "at_ms", (json_int_t)at, "left_ms", (json_int_t)left, "text",
		s[n] == ' ' ? s + n + 1 : ""));
}

static json_t *
mode_doc(struct word_reply *r)
{
	json_t *pending = json_array();
	json_t *doc = json_pack("{s:s, s:s, s:s, s:b, s:n, s:n, s:n, s:n, s:o, s:n}", "mode", "observe", "asked",
	    "observe", "ceiling", "observe", "panic", 0, "mode_by", "panic_by", "wrong", "conscience", "pending", pending,
	    "audit");
	char *at = r->all;
	for (char *l; (l = word_line(&at));) {
		char *v = strchr(l, ' ');
		if (!v)
			continue;
		*v++ = '\0';
		if (!strcmp(l, "mode") || !strcmp(l, "asked") || !strcmp(l, "ceiling") || !strcmp(l, "wrong") ||
		    !strcmp(l, "conscience"))
			json_object_set_new(doc, l, json_string(v));
		else if (!strcmp(l, "panic"))
			json_object_set_new(doc, l, json_boolean(*v == '1'));
		else if (!strcmp(l, "mode-by") || !strcmp(l, "panic-by"))
			put_said(doc, *l == 'm' ? "mode_by" : "panic_by", v);
		else if (!strcmp(l, "pending"))
			put_pending(pending, v);
		else if (!strcmp(l, "audit") && strchr(v, ' '))
			json_object_set_new(doc, l,
			    json_pack("{s:I, s:s}", "n", (json_int_t)atoll(v), "head", strchr(v, ' ') + 1));
	}
	return doc;
}

static const char *
said_text(const json_t *by)
{
	const char *second = json_is_integer(json_object_get(by, "second"))
				 ? out_fmt(" and uid %lld", out_int(by, "second"))
				 : "";
	const char *why = out_text(by, "text");
	return out_fmt("uid %lld%s, %s UTC%s%s", out_int(by, "uid"), second, out_time(out_ms(by, "at")),
	    why && *why ? ": " : "", why ? why : "");
}

static void
show_word(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *by = json_object_get(doc, "mode_by"), *p;
	bool panic = out_true(doc, "panic");
	const char *asked = out_str(doc, "asked"), *ceiling = out_str(doc, "ceiling");
	out_say(o, 11, "mode", "%s%s", out_str(doc, "mode"),
	    panic					     ? ": PANIC is latched"
	    : strcmp(asked, out_str(doc, "mode")) != 0 ? ", though enforce was said: see the problem below"
						     : "");
	if (json_is_object(by))
		out_say(o, 11, "said by", "%s (%s)", said_text(by), asked);
	if (panic)
		out_say(o, 11, "panic by", "%s", said_text(json_object_get(doc, "panic_by")));
	out_say(o, 11, "ceiling", "%s, by the conscience", ceiling);
	if (out_text(doc, "wrong"))
		out_say(o, 11, "problem", "%s", out_str(doc, "wrong"));
	if (out_text(doc, "conscience"))
		out_say(o, 11, "conscience",
		    "the file loosens %s: that is not in force before two admins agree, lymph conscience take",
		    out_str(doc, "conscience"));
	json_array_foreach(json_object_get(doc, "pending"), i, p)
		out_say(o, 11, i ? "" : "waits", "%s: %s (asked by uid %lld, %s left): another admin types "
						 "lymph approve %s",
		    out_str(p, "id"), out_str(p, "text"), out_int(p, "by"),
		    out_span((msec)out_int(p, "left_ms")), out_str(p, "id"));
	p = json_object_get(doc, "audit");
	out_say(o, 11, "audit", "%s, head %.16s...", out_count(out_int(p, "n"), "entry", "entries"),
	    out_str(p, "head"));
	if (panic)
		out_say(o, 0, "", "To lift the panic: lymph resume --reason TEXT");
}

int
cmd_mode(int argc, char **argv)
{
	const char *reason = NULL;
	struct word_reply reply;
	int r;
	const struct ctl_opt opts[] = {
		{ "reason", "TEXT", NULL, &reason, "why; kept in the audit" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "mode [observe|enforce] [--reason TEXT] [--json]",
		.does = "Shows what lymph may do. observe withdraws all that is in force and is one "
			"person's word (noc); enforce takes two (admin): one asks, another approves.",
		.opts = opts,
		.most = 1 };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (c.argc == 1 && strcmp(c.argv[0], "observe") != 0 && strcmp(c.argv[0], "enforce") != 0)
		return ctl_usage(&c, "mode is observe or enforce, not \"%s\"", c.argv[0]);
	if (c.argc == 1)
		return change(&c, "mode", c.argv[0], reason);
	if ((r = word_ask(&c, "status", &reply)))
		return r;
	json_t *doc = mode_doc(&reply);
	word_free(&reply);
	return ctl_tell(&c, doc, show_word);
}

int
cmd_panic(int argc, char **argv)
{
	const char *reason = NULL;
	int r;
	const struct ctl_opt opts[] = {
		{ "reason", "TEXT", NULL, &reason, "why; it can be said later" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "panic [--reason TEXT] [--json]",
		.does = "Ends all that is in force at once, and lets nothing be put before lymph resume: "
			"not by a restart of lymphd, nor of the machine. It works while everything else "
			"hangs.",
		.opts = opts };
	return ctl_options(&c, argc, argv, &r) ? r : change(&c, "panic", NULL, reason);
}

int
cmd_resume(int argc, char **argv)
{
	const char *reason = NULL;
	int r;
	const struct ctl_opt opts[] = {
		{ "reason", "TEXT", NULL, &reason, "why; it has to be given" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "resume --reason TEXT [--json]",
		.does = "Lifts a panic; lets go what is held because a person flushed it or the clock "
			"jumped.",
		.opts = opts };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (!reason || !*reason)
		return ctl_usage(&c, "say why: --reason TEXT");
	return change(&c, "resume", NULL, reason);
}

/* --- protect ------------------------------------------------------------------------------------- */

/* "PREFIX uid N at TIME reason TEXT" */
static void
put_commanded(json_t *list, const char *l)
{
	char prefix[64], at[MSEC_TEXT];
	unsigned uid;
	int n = 0;
	if (sscanf(l, "%63s uid %u at %63s reason%n", prefix, &uid, at, &n) != 3 || !n)
		return;
	json_array_append_new(list,
	    json_pack("{s:s, s:I, s:s, s:s}", "prefix", prefix, "uid", (json_int_t)uid, "at", at, "text",
		l[n] == ' ' ? l + n + 1 : ""));
}

static void
show_commanded(const json_t *list, const struct out *o)
{
	size_t i;
	const json_t *p;
	if (json_array_size(list) == 0)
		return;
	static const char *const heads[] = { "by command", "uid", "since (UTC)", "reason", NULL };
	struct table *t = table_new("lrls", heads);
	json_array_foreach(list, i, p)
	{
		const char *cells[] = { out_str(p, "prefix"), out_fmt("%lld", out_int(p, "uid")),
			out_fmt("%.10s %.8s", out_str(p, "at"), out_fmt("%.19s", out_str(p, "at")) + 11),
			out_str(p, "text") };
		table_row(t, cells);
	}
	table_print(t, o, 0);
}

/* What the configuration protects is the judge's to tell, what was said by command the warden's. */
static int
protect_list(const struct ctl *c)
{
	struct word_reply reply;
	int r = word_ask(c, "protect list", &reply);
	if (r)
		return r;
	json_t *list = json_array(), *doc = ctl_ask(c, "protect", NULL);
	char *at = reply.all;
	for (char *l; (l = word_line(&at));)
		put_commanded(list, l);
	word_free(&reply);
	r = !doc;
	if (c->json) {
		json_t *all = doc ? json_incref(doc) : json_object();
		json_object_set(all, "commanded", list);
		r |= ctl_print_json(all);
		json_decref(all);
	} else {
		struct out o = out_stdout();
		if (doc && (json_array_size(json_object_get(doc, "protect")) || !json_array_size(list)))
			show_protect(doc, &o);
		show_commanded(list, &o);
		r |= fflush(stdout) != 0;
	}
	json_decref(doc);
	json_decref(list);
	return r;
}

int
cmd_protect(int argc, char **argv)
{
	const char *reason = NULL;
	char arg[128];
	int r;
	const struct ctl_opt opts[] = {
		{ "reason", "TEXT", NULL, &reason, "why; kept in the audit" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "protect [list | add PREFIX | del PREFIX] [--reason TEXT] [--json]",
		.does = "Lists what is never touched. add protects a prefix at once (noc); del takes two "
			"people (admin), and only what was added by command.",
		.opts = opts,
		.most = 2 };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (c.argc == 0 || (c.argc == 1 && strcmp(c.argv[0], "list") == 0))
		return protect_list(&c);
	if (strcmp(c.argv[0], "add") != 0 && strcmp(c.argv[0], "del") != 0)
		return ctl_usage(&c, "protect takes list, add or del, not \"%s\"", c.argv[0]);
	if (c.argc != 2)
		return ctl_usage(&c, "%s which address or prefix?", c.argv[0]);
	snprintf(arg, sizeof(arg), "%s %s", c.argv[0], c.argv[1]);
	return change(&c, "protect", arg, reason);
}

/* --- conscience ---------------------------------------------------------------------------------- */

static json_t *
conscience_doc(struct word_reply *r)
{
	json_t *looser = json_array(), *tighter = json_array(), *rules = json_array();
	json_t *doc = json_pack("{s:n, s:n, s:o, s:o, s:o}", "file", "wrong", "looser", looser, "tighter",
	    tighter, "in_force", rules);
	char *at = r->all;
	for (char *l; (l = word_line(&at));) {
		char *v = strchr(l, ' ');
		if (!v)
			continue;
		*v++ = '\0';
		if (!strcmp(l, "file") || !strcmp(l, "wrong"))
			json_object_set_new(doc, l, json_string(v));
		else if (!strcmp(l, "rule"))
			json_array_append_new(rules, json_string(v));
		else if (!strcmp(l, "looser") || !strcmp(l, "tighter"))
			json_array_append_new(*l == 'l' ? looser : tighter, json_string(v));
	}
	return doc;
}

static void
show_conscience(const json_t *doc, const struct out *o)
{
	size_t i;
	const json_t *p, *rules = json_object_get(doc, "in_force"), *looser = json_object_get(doc, "looser");
	out_say(o, 9, "file", "%s", out_str(doc, "file"));
	if (out_text(doc, "wrong"))
		out_say(o, 9, "problem", "%s", out_str(doc, "wrong"));
	json_array_foreach(looser, i, p)
		out_say(o, 9, i ? "" : "loosens", "%s", json_string_value(p));
	json_array_foreach(json_object_get(doc, "tighter"), i, p)
		out_say(o, 9, i ? "" : "tightens", "%s", json_string_value(p));
	json_array_foreach(rules, i, p)
		out_say(o, 9, i ? "" : "in force", "%s", json_string_value(p));
	if (!json_array_size(rules))
		out_say(o, 9, "in force", "nothing: the mode is observe");
	if (json_array_size(looser))
		out_say(o, 0, "", "What the file loosens waits for two admins: lymph conscience take");
	if (json_array_size(json_object_get(doc, "tighter")))
		out_say(o, 0, "", "What it tightens lymphd takes on SIGHUP: systemctl reload lymphd");
}

int
cmd_conscience(int argc, char **argv)
{
	const char *reason = NULL;
	struct word_reply reply;
	int r;
	const struct ctl_opt opts[] = {
		{ "reason", "TEXT", NULL, &reason, "why; kept in the audit" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "conscience [take] [--reason TEXT] [--json]",
		.does = "Shows what no order may do, and how root's file differs from it. What the file "
			"tightens takes root alone; take asks for what it loosens, and another admin "
			"approves.",
		.opts = opts,
		.most = 1 };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (c.argc == 1 && strcmp(c.argv[0], "take") != 0)
		return ctl_usage(&c, "conscience takes nothing, or take, not \"%s\"", c.argv[0]);
	if (c.argc == 1)
		return change(&c, "conscience", "take", reason);
	if ((r = word_ask(&c, "conscience", &reply)))
		return r;
	json_t *doc = conscience_doc(&reply);
	word_free(&reply);
	return ctl_tell(&c, doc, show_conscience);
}
