/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lymph journal replay: proof that what was decided follows from what was reported. Works beside a
 * running lymphd, on a snapshot; it must never write to the store.
 */
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "conf/conf.h"
#include "lymph/cmd.h"
#include "lymph/replay.h"

#define DEFAULT_CONF  "/etc/lymph/lymphd.conf"
#define DEFAULT_STATE "/var/lib/lymph"

static int
usage(FILE *to)
{
	fprintf(to, "usage: lymph journal replay [--state DIR] [--json]\n\n"
	    "Gives every fact of the journal to a new judge and compares orders and state\n"
	    "with what the store holds, bit for bit. Status 1 when they differ.\n\n"
	    "  --state DIR  the state folder; else that of " DEFAULT_CONF ",\n"
	    "               else " DEFAULT_STATE "\n"
	    "  --json       numbers for programs\n");
	return to == stdout ? 0 : CMD_USAGE;
}

static void
show_progress(uint64_t done, uint64_t of, void *arg)
{
	(void)arg;
	fprintf(stderr, "\r%llu of %llu facts", (unsigned long long)done, (unsigned long long)of);
	fflush(stderr);
}

static void
print_json(const struct replay *r, const char *hash)
{
	json_t *o = json_pack("{s:I, s:I, s:I, s:s, s:b}", "facts", (json_int_t)r->facts, "orders",
	    (json_int_t)r->orders, "objects", (json_int_t)r->objects, "hash", hash, "identical",
	    r->identical);
	json_object_set_new(o, "missing", json_integer((json_int_t)r->missing));
	json_object_set_new(o, "begun_behind", r->mark ? json_integer((json_int_t)r->mark) : json_null());
	json_object_set_new(o, "orders_not_compared", json_integer((json_int_t)r->old));
	if (!r->identical)
		json_object_set_new(o, "first_difference", json_string(r->first));
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void
print_text(const struct replay *r, const char *hash)
{
	printf("facts   %llu\norders  %llu\nstate   %llu objects\nhash    %s\n",
	    (unsigned long long)r->facts, (unsigned long long)r->orders,
	    (unsigned long long)r->objects, hash);
	if (r->missing)
		printf("missing %llu facts were shredded and can be read no more\n",
		    (unsigned long long)r->missing);
	if (r->mark)
		printf("begun   behind fact %llu, with the state as it was there; %llu orders of before are "
		       "not compared\n", (unsigned long long)r->mark, (unsigned long long)r->old);
	if (r->identical && r->mark)
		puts("identical: from there on the journal gives the same orders and the same state");
	else if (r->identical)
		puts("identical: the journal gives the same orders and the same state");
	else
		printf("DIFFERENT: %s\n", r->first);
}

static int
replay(const char *dir, bool json)
{
	struct store *s;
	struct replay res;
	char shown[256], hash[65];
	escape_tty(dir, strlen(dir), shown, sizeof(shown));
	int r = store_sqlite_open(dir, STORE_READONLY, &s);
	if (r < 0) {
		fprintf(stderr, "lymph: %s: %s\n", shown, r == -ENOTSUP ?
		    "written by a newer version of lymph" : r == -ENOENT ?
		    "no journal there; name the state folder with --state" : r == -EACCES ?
		    "only root and the judge may read it" : r == -EBADMSG ?
		    "not a store of lymph, or damaged" : strerror(-r));
		return 1;
	}
	bool tty = !json && isatty(STDERR_FILENO);
	r = store_begin(s);
	if (r == 0)
		r = replay_run(s, tty ? show_progress : NULL, NULL, &res);
	else
		snprintf(res.first, sizeof(res.first), "no snapshot");
	store_close(s);
	if (tty)
		fputs("\r\033[K", stderr);
	if (r < 0) {
		fprintf(stderr, "lymph: %s: %s: %s\n", shown, res.first, strerror(-r));
		return 1;
	}
	sodium_bin2hex(hash, sizeof(hash), res.hash, sizeof(res.hash));
	(json ? print_json : print_text)(&res, hash);
	return !res.identical;
}

int
cmd_journal(int argc, char **argv)
{
	const char *dir = NULL;
	bool json = false;
	struct conf *c = NULL;
	char why[256];
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return usage(stdout);
	if (argc < 2 || strcmp(argv[1], "replay") != 0)
		return usage(stderr);
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return usage(stdout);
		else if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (strcmp(argv[i], "--state") == 0 && i + 1 < argc)
			dir = argv[++i];
		else
			return usage(stderr);
	}
	if (!dir && conf_load(DEFAULT_CONF, &c, why, sizeof(why)) == 0)
		dir = c->state;
	int r = replay(dir ? dir : DEFAULT_STATE, json);
	conf_free(c);
	return r;
}
