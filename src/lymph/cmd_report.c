/* SPDX-License-Identifier: BSD-2-Clause */
/* lymph report: a log becomes a signed report about one address, and the network that answers for
 * the address gets it. The classes it takes are the rows of the class table that have recognisers. */
#include <errno.h>
#include <getopt.h>
#include <curl/curl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "host/clock.h"
#include "lymph/cmd.h"
#include "lymph/report.h"
#include "lymph/report_hook.h"

enum {
	OPT_CLASS = 0x1000,
	OPT_PORT = 0x2000,
	OPT_TIME,
	OPT_SIGN,
	OPT_PGP,
	OPT_TO,
	OPT_REDACT,
	OPT_DRY,
	OPT_JSON,
	OPT_FLUSH,
	OPT_STATUS,
	OPT_HELP
};

static const struct option plain[] = {
	{ "port", required_argument, NULL, OPT_PORT },
	{ "time", required_argument, NULL, OPT_TIME },
	{ "sign", required_argument, NULL, OPT_SIGN },
	{ "pgp", required_argument, NULL, OPT_PGP },
	{ "to", required_argument, NULL, OPT_TO },
	{ "redact", required_argument, NULL, OPT_REDACT },
	{ "dry-run", no_argument, NULL, OPT_DRY },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "flush", no_argument, NULL, OPT_FLUSH },
	{ "status", no_argument, NULL, OPT_STATUS },
	{ "help", no_argument, NULL, OPT_HELP },
};
#define PLAIN (sizeof(plain) / sizeof(plain[0]))

static int
help(void)
{
	printf("usage: lymph report --CLASS ADDRESS [--port N] [--time T] [--sign KEYFILE |\n"
	       "                    --pgp KEYID] [--to URL] [--redact WHAT] [--dry-run]\n"
	       "                    [--json] [--flush] [< log]\n"
	       "       lymph report --status [ID] [--json]\n\n");
	for (int i = CLASS_NONE + 1; i < CLASS_N; i++)
		printf("  --%-15s  %s\n", class_row(i)->name, class_row(i)->title);
	printf("  --port N           the port on ADDRESS where it happens, or it comes from\n"
	       "  --time T           when, if the log does not say\n"
	       "  --sign KEYFILE     an Ed25519 key of ssh-keygen; \"none\" sends unsigned\n"
	       "  --pgp KEYID        your gpg signs, with that key, instead\n"
	       "  --to URL           https://..., http://... or unix:/path; else report.conf's\n"
	       "  --redact WHAT      take out of the log lines: a word, user (names of users),\n"
	       "                     or all-but (all others than ADDRESS); may be said again\n"
	       "  --dry-run          print the report and send nothing\n"
	       "  --json             print the result as JSON\n"
	       "  --flush            send what is queued\n"
	       "  --status [ID]      ask what became of what was sent\n\n"
	       "Exit: 0 accepted, 2 usage, 3 nothing in the log, 4 queued, 5 refused, 1 else\n");
	return 0;
}

static int
usage(const char *what, const char *arg)
{
	char text[128];
	fprintf(stderr, "lymph report: %s%s%s\nRun \"lymph report --help\".\n", what,
	    arg ? ": " : "", arg ? escape_tty(arg, strlen(arg), text, sizeof(text)) : "");
	return REPORT_USAGE;
}

static int
set_class(struct report_ask *a, enum class_id cls, const char *address)
{
	if (a->cls != CLASS_NONE)
		return usage("one report is about one address and one class", NULL);
	if (addr_parse(address, strlen(address), &a->subject) < 0)
		return usage("not one IP address (no name, prefix or port)", address);
	a->cls = cls;
	return 0;
}

static int
set_port(struct report_ask *a, const char *s)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);
	if (*s < '0' || *s > '9' || *end || v < 1 || v > 65535)
		return usage("a port is 1 to 65535", s);
	a->port = (uint16_t)v;
	return 0;
}

static int
parse(int argc, char **argv, struct report_ask *a, bool *asked_help)
{
	struct option opts[PLAIN + CLASS_N + 1] = { 0 };
	int c, n = 0, rc = 0;
	for (size_t i = 0; i < PLAIN; i++)
		opts[n++] = plain[i];
	for (int i = CLASS_NONE + 1; i < CLASS_N; i++)
		opts[n++] =
		    (struct option){ class_row(i)->name, required_argument, NULL, OPT_CLASS + i };
	opterr = 0;
	optind = 1;
	while (rc == 0 && (c = getopt_long(argc, argv, ":", opts, NULL)) != -1) {
		switch (c) {
		case OPT_PORT: rc = set_port(a, optarg); break;
		case OPT_TIME: a->time = optarg; break;
		case OPT_SIGN: a->sign = optarg; break;
		case OPT_PGP: a->pgp = optarg; break;
		case OPT_TO: a->to = optarg; break;
		case OPT_REDACT:
			if (!redact_add(a->redact, optarg))
				rc = usage("--redact takes a word, and at most 16 of them", optarg);
			break;
		case OPT_DRY: a->dry = true; break;
		case OPT_JSON: a->json = true; break;
		case OPT_FLUSH: a->flush = true; break;
		case OPT_STATUS: a->status = true; break;
		case OPT_HELP: *asked_help = true; return 0;
		case ':': return usage("wants an argument", argv[optind - 1]);
		case '?': return usage("no such option", argv[optind - 1]);
		default: rc = set_class(a, (enum class_id)(c - OPT_CLASS), optarg); break;
		}
	}
	if (rc == 0 && a->status && optind < argc)
		a->status_of = argv[optind++];
	if (rc == 0 && a->status && (a->cls != CLASS_NONE || a->flush))
		return usage("--status stands alone", NULL);
	if (rc == 0 && optind < argc)
		return usage("not understood (the log comes on standard input)", argv[optind]);
	if (rc == 0 && a->pgp && a->sign)
		return usage("--sign and --pgp exclude each other", NULL);
	if (rc == 0 && a->cls == CLASS_NONE && !a->flush && !a->status)
		return usage("say what and whom, e.g. --open-proxy 192.0.2.1", NULL);
	return rc;
}

/* Where it goes. Needed only to send. */
static int
find_target(struct run *r)
{
	if (r->ask.to)
		snprintf(r->target, sizeof(r->target), "%s", r->ask.to);
	else if (report_refer(&r->ask.subject, &r->conf, r->target) < 0)
		return r->ask.dry ? 0 : usage(
			     "no server to report to: say --to URL, or server = \"URL\" in "
			     "~/.config/lymph/report.conf",
			     NULL);
	if (report_target_check(r->target) < 0)
		return usage("not a server: https://..., http://... or unix:/path", r->target);
	return 0;
}

static enum report_exit
sign(struct run *r)
{
	char why[2 * REPORT_PATH], text[2 * REPORT_PATH];
	const char *key = r->ask.sign ? r->ask.sign : r->conf.key;
	if (r->ask.dry || (!r->ask.pgp && strcmp(key, "none") == 0))
		return REPORT_ACCEPTED;
	if (r->ask.pgp ? report_sign_pgp(r->ask.pgp, r->made.doc, r->made.n, &r->sig, why, sizeof(why)) == 0
	               : report_sign(key, SSHSIG_NAMESPACE, r->made.doc, r->made.n, &r->sig, why, sizeof(why)) == 0)
		return REPORT_ACCEPTED;
	report_say(r, "%s", escape_tty(why, strlen(why), text, sizeof(text)));
	return REPORT_FAILED;
}

static enum report_exit
run(struct run *r)
{
	enum report_exit x = REPORT_ACCEPTED;
	if (r->ask.status)
		return report_status(r, r->ask.status_of);
	if (r->ask.cls != CLASS_NONE) {
		x = report_make(r, STDIN_FILENO);
		if (x == REPORT_ACCEPTED)
			x = sign(r);
		if (x != REPORT_ACCEPTED)
			return x;
		report_show(r);
		if (r->ask.dry) {
			if (!r->json && fwrite(r->made.doc, 1, r->made.n, stdout) == r->made.n &&
			    isatty(STDOUT_FILENO))
				putchar('\n'); /* into a file go the exact bytes */
			return fflush(stdout) == 0 ? REPORT_ACCEPTED : REPORT_FAILED;
		}
		x = report_deliver(r);
	}
	if (r->ask.flush) {
		enum report_exit f = report_flush(r, UINT32_MAX, NULL);
		x = r->ask.cls == CLASS_NONE ? f : x;
	}
	return x;
}

int
cmd_report(int argc, char **argv)
{
	static struct run r;
	static struct redact redact;
	char why[REPORT_PATH + 256], text[REPORT_PATH + 256];
	bool asked_help = false;
	r.ask.redact = &redact;
	int rc = parse(argc, argv, &r.ask, &asked_help);
	if (asked_help)
		return help();
	if (rc != 0)
		return rc;
	if (report_conf_load(&r.conf, why, sizeof(why)) < 0) {
		fprintf(stderr, "lymph report: %s\n",
		    escape_tty(why, strlen(why), text, sizeof(text)));
		return REPORT_FAILED;
	}
	if (r.ask.cls != CLASS_NONE && (rc = find_target(&r)) != 0)
		return rc;
	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return REPORT_FAILED;
	const char *now = report_hook("LYMPH_TEST_NOW");
	r.now = now ? strtoll(now, NULL, 10) : clock_real();
	r.json = r.ask.json ? json_object() : NULL;
	enum report_exit x = run(&r);
	if (r.json) {
		static const char *const states[] = { "accepted", "failed", "usage", "nothing",
			"queued", "refused" };
		if (!json_object_get(r.json, "status"))
			(void)json_object_set_new(r.json, "status",
			    json_string(r.ask.dry && x == 0 ? "dry-run" : states[x]));
		(void)json_object_set_new(r.json, "exit", json_integer(x));
		json_dumpf(r.json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
		putchar('\n');
		json_decref(r.json);
	}
	report_made_free(&r.made);
	redact_free(&redact);
	curl_global_cleanup();
	return (int)x;
}
