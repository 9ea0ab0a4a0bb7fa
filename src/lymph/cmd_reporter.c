/* SPDX-License-Identifier: BSD-2-Clause */
/* `lymph reporter`: what the operator says about who reports. A key is a .pub file, "ssh-ed25519 ...",
 * the fingerprint of a known reporter, or a name given before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lymph/cmd.h"
#include "lymph/reporter.h"
#include "lymph/show.h"
#include "model/params.h"
#include "wire/sshsig.h"

int
reporter_key(const struct ctl *c, const char *arg, char buf[REPORTER_KEY])
{
	struct key key;
	FILE *f = strncmp(arg, "ssh-", 4) == 0 || strncmp(arg, "SHA256:", 7) == 0
		      ? NULL
		      : fopen(arg, "rb");
	if (!f && strlen(arg) >= REPORTER_KEY)
		return ctl_usage(c, "that is no key");
	if (!f) {
		memcpy(buf, arg, strlen(arg) + 1);
		return 0;
	}
	size_t n = fread(buf, 1, REPORTER_KEY - 1, f);
	fclose(f);
	if (sshsig_public_parse(buf, n, &key) < 0)
		return ctl_usage(c, "%s holds no ssh-ed25519 public key", arg);
	key_print_public(&key, buf, REPORTER_KEY);
	return 0;
}

static int
set(const struct ctl *c, json_t *args)
{
	int r = 1;
	json_t *doc = ctl_ask(c, "reporter-set", args);
	if (!doc)
		return r;
	const json_t *v = json_object_get(doc, "reporter");
	const char *name = out_text(v, "name");
	if (c->json) {
		r = ctl_print_json(doc);
	} else {
		bool pinned = json_is_number(json_object_get(v, "pin"));
		const char *what = out_is(v, "standing", "org")       ? "organisation, "
				   : out_is(v, "standing", "network") ? "network operator, "
								      : "";
		printf("%s %s%s%s%s: %s%s %s\n", out_true(doc, "was_known") ? "changed" : "added",
		    name ? name : "", name ? " (" : "", out_str(v, "key"), name ? ")" : "", what,
		    pinned ? "pinned at" : "trust",
		    pinned ? out_real(v, "pin", 2) : out_real(v, "trust", 2));
		r = fflush(stdout) != 0;
	}
	json_decref(doc);
	return r;
}

static void
put_text(json_t *args, const char *key, const char *s)
{
	if (s)
		json_object_set_new(args, key, json_string(s));
}

int
reporter_as(const char *s, int64_t *ret)
{
	char *end;
	s += strncasecmp(s, "as", 2) == 0 ? 2 : 0;
	if (*s < '0' || *s > '9' || strlen(s) > 10)
		return -1;
	long long v = strtoll(s, &end, 10);
	if (*end || v > UINT32_MAX)
		return -1;
	*ret = v;
	return 0;
}

/* "a,b" as a list; an empty word stays one, for lymphd to refuse. */
static json_t *
words_of(const char *s)
{
	json_t *list = json_array();
	for (const char *end; s; s = *end ? end + 1 : NULL) {
		end = s + strcspn(s, ",");
		json_array_append_new(list, json_stringn(s, (size_t)(end - s)));
	}
	return list;
}

static int
reporter_add(int argc, char **argv)
{
	const char *name = NULL, *org = NULL, *pin = NULL, *delay = NULL, *as = NULL;
	const char *sight = NULL;
	bool network = false, enrolled = false;
	char key[REPORTER_KEY];
	int64_t ms = 0, as_no = 0;
	int r;
	const struct ctl_opt opts[] = {
		{ "name", "NAME", NULL, &name, "what you call it" },
		{ "org", "ORG", NULL, &org, "its organisation: keys of one count as one" },
		{ "org-enrolled", NULL, &enrolled, NULL,
		    "an enrolled organisation: starts at 0.50" },
		{ "network", NULL, &network, NULL, "a proven network operator: starts at 0.60" },
		{ "pin", "0.90", NULL, &pin, "trust it this far, whatever it earns" },
		{ "delay", "TIME", NULL, &delay, "how late it usually reports, e.g. \"36 h\"" },
		{ "as", "N", NULL, &as, "the number of its AS: keys of one AS count as one" },
		{ "notify-on-sight", "CLASSES", NULL, &sight, "its word is enough to notify, e.g. open-proxy,bot" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = {
		.usage = "reporter add KEY [--name NAME] [--org ORG]\n"
			 "                          [--network | --org-enrolled] [--pin 0.90]\n"
			 "                          [--delay TIME] [--as N]\n"
			 "                          [--notify-on-sight CLASSES] [--json]",
		.does = "Says who a key belongs to, "
			"and how far to trust it.",
		.opts = opts,
		.least = 1,
		.most = 1
	};
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (network && enrolled)
		return ctl_usage(&c, "--network and --org-enrolled exclude each other");
	if (delay && param_parse('d', delay, &ms) < 0)
		return ctl_usage(&c, "--delay takes a time such as \"36 h\" or \"2 d\"");
	if (as && reporter_as(as, &as_no) < 0)
		return ctl_usage(&c, "--as takes the number of an AS, such as 64500");
	if ((r = reporter_key(&c, c.argv[0], key)))
		return r;
	json_t *args = json_object();
	put_text(args, "key", key);
	put_text(args, "name", name);
	put_text(args, "org", org);
	put_text(args, "pin", pin);
	put_text(args, "standing", network ? "network" : enrolled ? "org" : NULL);
	if (delay)
		json_object_set_new(args, "delay_ms", json_integer(ms));
	if (as)
		json_object_set_new(args, "as", json_integer(as_no));
	if (sight)
		json_object_set_new(args, "notify_on_sight", words_of(sight));
	return set(&c, args);
}

static int
reporter_one(int argc, char **argv, struct ctl *c, const char *what)
{
	char key[REPORTER_KEY];
	int r;
	c->least = c->most = 2;
	if (ctl_options(c, argc, argv, &r))
		return r;
	if ((r = reporter_key(c, c->argv[0], key)))
		return r;
	return set(c, json_pack("{s:s, s:s}", "key", key, what, c->argv[1]));
}

static int
reporter_rank(int argc, char **argv)
{
	struct ctl c = { .usage = "reporter rank KEY|NAME key|org|network [--json]",
		.does = "Says what a "
			"reporter is: an unknown key, an enrolled organisation or a proven network "
			"operator. Its rank "
			"starts from there." };
	return reporter_one(argc, argv, &c, "standing");
}

static int
reporter_pin(int argc, char **argv)
{
	struct ctl c = { .usage = "reporter pin KEY|NAME 0.90|off [--json]",
		.does = "Fixes a reporter's trust, "
			"or lets it earn its own again." };
	return reporter_one(argc, argv, &c, "pin");
}

int
cmd_reporter(int argc, char **argv)
{
	static const struct ctl_verb verbs[] = { { "add", reporter_add }, { "rank", reporter_rank },
		{ "pin", reporter_pin }, { "enrol", reporter_enrol }, { "remove", reporter_remove },
		{ "statement", reporter_statement }, { NULL, NULL } };
	return ctl_verb(argc, argv, verbs,
	    "usage: lymph reporter add KEY [options]\n"
	    "       lymph reporter rank KEY|NAME key|org|network\n"
	    "       lymph reporter pin KEY|NAME 0.90|off\n"
	    "       lymph reporter enrol NAME --pgp FILE.asc | --key FILE.pub [options]\n"
	    "       lymph reporter remove KEY|NAME\n"
	    "       lymph reporter statement --pgp KEYID | --print [options]\n");
}
