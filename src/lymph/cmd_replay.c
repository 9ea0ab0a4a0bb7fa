/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `lymph replay`: what would have been found, had this data come in live. Looks at files only; it asks
 * no lymphd, keeps nothing and orders nothing. (`lymph journal replay` is another thing: it proves the
 * decisions of the running judge.)
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "conf/conf.h"
#include "detect/indicators.h"
#include "host/log.h"
#include "lymph/cmd.h"
#include "lymph/ctl.h"
#include "lymph/past.h"
#include "lymph/past_show.h"

#define INDICATORS_BYTES (64u << 20)
#define SUBSCRIBERS      1000000
#define BEHIND           64

/* Whose addresses a capture of a home or an office has, when nobody says: RFC 1918, 6598, 4193. */
static const char *const private_nets[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
	"100.64.0.0/10", "fc00::/7", NULL };

struct replay_opts {
	const char *conf, *sample, *sampling, *sav, *behind, *indicators;
	bool exports, flows;
};

struct replaying {
	struct ctl c;
	struct replay_opts o;
	struct conf *conf;
	struct policy *made; /* own prefixes, where no configuration says them */
	const struct policy *policy;
	struct sights *sights;
	struct indicators *indicators;
	struct prefix behind[BEHIND];
	char behind_text[BEHIND][PREFIX_TEXT];
	size_t behinds;
	const char *own[CTL_EACH + BEHIND + 8]; /* as said, for showing */
	struct past_opts past;
	struct past_conf run;
};

static int
complain(const char *path, const char *what)
{
	char shown[256];
	fprintf(
	    stderr, "lymph: %s: %s\n", escape_tty(path, strlen(path), shown, sizeof(shown)), what);
	return 1;
}

static int
number(const struct replaying *r, const char *name, const char *text, uint32_t *ret)
{
	char *end;
	if (!text)
		return 0;
	unsigned long v = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || v < 1 || v > 1u << 24)
		return ctl_usage(&r->c, "--%s takes a number from 1 to 16777216", name);
	*ret = (uint32_t)v;
	return 0;
}

static int
prefix(const struct replaying *r, const char *text, size_t n, struct prefix *ret)
{
	int e = prefix_parse(text, n, ret);
	if (e == 0)
		return 0;
	return ctl_usage(&r->c, "\"%.*s\" %s", (int)(n < 64 ? n : 64), text,
	    e == -EDOM ? "has bits set behind its length" : "is no prefix such as 192.0.2.0/24");
}

static int
add_own(struct replaying *r, const char *text)
{
	struct policy_row row = { .kind = KIND_RESIDENTIAL,
		.delegated = 64,
		.notify = true,
		.top = kind_row(KIND_RESIDENTIAL)->top };
	int e = prefix(r, text, strlen(text), &row.lpm.prefix);
	if (e)
		return e;
	if (row.lpm.prefix.a.fam == 6 && row.lpm.prefix.len > row.delegated)
		row.delegated = row.lpm.prefix.len;
	e = policy_add(r->made, &row);
	return e == -ENOMEM ? complain(text, strerror(ENOMEM)) : 0;
}

static int
read_behind(struct replaying *r)
{
	for (const char *p = r->o.behind; p && *p;) {
		size_t n = strcspn(p, ",");
		if (r->behinds == BEHIND)
			return ctl_usage(&r->c, "--behind takes at most %d prefixes", BEHIND);
		int e = prefix(r, p, n, &r->behind[r->behinds]);
		if (e)
			return e;
		r->behinds++;
		p += n + (p[n] == ',');
	}
	return 0;
}

/* Own addresses: those said; those of the configuration; those behind the interface; private ones. */
static int
find_own(struct replaying *r)
{
	size_t n = 0;
	int e = 0;
	if (r->conf && r->c.each_n == 0) {
		r->own[0] = "those of the configuration";
		r->conf->policy->flow_source = true;
		r->policy = r->conf->policy;
		return 0;
	}
	r->made = policy_new();
	if (!r->made)
		fatal_oom();
	r->made->flow_source = true;
	for (int i = 0; i < r->c.each_n; i++)
		r->own[n++] = r->c.each[i];
	for (; r->c.each_n == 0 && n < r->behinds; n++)
		r->own[n] = prefix_print(&r->behind[n], r->behind_text[n]);
	if (n == 0)
		memcpy(r->own, private_nets, sizeof(private_nets));
	for (n = 0; e == 0 && r->own[n]; n++)
		e = add_own(r, r->own[n]);
	r->policy = r->made;
	return e;
}

static int
read_indicators(struct replaying *r, const char *path)
{
	size_t skipped = 0, line = 0;
	const char *rule = "";
	FILE *f = fopen(path, "re");
	char *text = f ? malloc(INDICATORS_BYTES + 1) : NULL;
	if (!f || !text) {
		int e = complain(path, strerror(errno));
		if (f)
			fclose(f);
		return e;
	}
	size_t n = fread(text, 1, INDICATORS_BYTES + 1, f);
	bool bad = ferror(f);
	fclose(f);
	if (bad || n > INDICATORS_BYTES) {
		free(text);
		return complain(path, bad ? "cannot be read" : "larger than 64 MiB");
	}
	r->indicators = indicators_parse(text, n, 1, &skipped, &line, &rule);
	free(text);
	if (!r->indicators)
		fatal_oom();
	if (skipped) {
		char shown[256];
		fprintf(stderr, "lymph: %s:%zu: %s (%zu lines not taken)\n",
		    escape_tty(path, strlen(path), shown, sizeof(shown)), line, rule, skipped);
	}
	return 0;
}

static int
settings(struct replaying *r)
{
	char why[512];
	int e, sav = r->o.sav ? sav_by_name(r->o.sav) : SAV_NONE;
	if (sav < 0)
		return ctl_usage(&r->c, "--sav takes strict, loose or none");
	if ((e = number(r, "sample", r->o.sample, &r->past.sample)) ||
	    (e = number(r, "sampling", r->o.sampling, &r->past.sampling)) || (e = read_behind(r)))
		return e;
	if (r->o.conf && conf_load(r->o.conf, &r->conf, why, sizeof(why)) < 0) {
		fprintf(stderr, "lymph: %s\n", why);
		return 1;
	}
	if ((e = find_own(r)))
		return e;
	const char *list = r->o.indicators ? r->o.indicators
			   : r->conf       ? r->conf->telemetry.indicators
					   : "";
	if (*list && (e = read_indicators(r, list)))
		return e;
	const struct sights *known = r->conf ? r->conf->sights : NULL;
	r->sights = past_sights(known, (enum sav)sav, r->behind, r->behinds);
	if (!r->sights)
		fatal_oom();
	r->past.exports = r->o.exports;
	r->past.behind = r->behinds > 0;
	r->run = (struct past_conf){ .policy = r->policy,
		.sights = r->sights,
		.indicators = r->indicators,
		.comers = !known || !known->exporters,
		.only_flows = r->o.flows,
		.scan_port = r->conf ? r->conf->telemetry.scan_port : NULL,
		.subscribers = r->conf && r->conf->telemetry.subscribers
				   ? r->conf->telemetry.subscribers
				   : SUBSCRIBERS,
		.progress = isatty(STDERR_FILENO) && !r->c.json && !r->o.flows };
	return 0;
}

static void
on_finding(void *arg, const struct finding *f)
{
	const struct replaying *r = arg;
	if (r->run.progress)
		fputs("\r\033[K", stderr);
	if (!r->c.json)
		past_show_finding(f);
}

static int
run(struct replaying *r)
{
	struct past_named *files = calloc((size_t)r->c.argc, sizeof(*files));
	struct past_in *in = malloc(sizeof(*in));
	int status = 0;
	if (!files || !in)
		fatal_oom();
	r->run.found = on_finding;
	r->run.arg = r;
	struct past *p = past_new(&r->run);
	for (int i = 0; i < r->c.argc; i++) {
		files[i].file.kind = "not read";
		files[i].err = past_open(in, r->c.argv[i]);
		memcpy(files[i].name, in->name, sizeof(in->name));
		if (files[i].err < 0) {
			fprintf(stderr, "lymph: %s: %s\n", in->name,
			    files[i].err == -EBADMSG ? "gzip: damaged" : strerror(-files[i].err));
		} else {
			files[i].err = past_read(p, in, &r->past, &files[i].file);
			past_close(in);
		}
		status |= files[i].err < 0;
	}
	past_end(p);
	if (r->run.progress)
		fputs("\r\033[K", stderr);
	if (r->c.json && !r->o.flows)
		status |= past_show_json(p, files, (size_t)r->c.argc, r->own);
	else if (!r->o.flows)
		past_show_text(p, files, (size_t)r->c.argc, r->own);
	if (r->o.flows && past_undecoded(p))
		fprintf(stderr, "lymph: %llu sets of exports were never decoded for want of their template\n",
		    (unsigned long long)past_undecoded(p));
	status |= fflush(stdout) != 0;
	past_free(p);
	free(files);
	free(in);
	return status;
}

int
cmd_replay(int argc, char **argv)
{
	struct replaying r = { .past = { .sample = 1 } };
	int status;
	const struct ctl_opt opts[] = {
		{ "own", "PREFIX", NULL, NULL,
		    "addresses that are yours; may be said again "
		    "(else those of --conf; else the private ones)" },
		{ "conf", "FILE", NULL, &r.o.conf,
		    "a configuration of lymphd: prefixes, numbers, exporters" },
		{ "behind", "PREFIX,..", NULL, &r.o.behind,
		    "the data shows what comes from lines only, and these "
		    "are the addresses that belong there" },
		{ "sav", "HOW", NULL, &r.o.sav,
		    "how far source addresses in it are believed: none, "
		    "loose (of some line of yours), strict (of that line)" },
		{ "sample", "N", NULL, &r.o.sample, "of a capture, take one packet in N" },
		{ "sampling", "N", NULL, &r.o.sampling,
		    "records that do not say it were sampled 1:N" },
		{ "indicators", "FILE", NULL, &r.o.indicators, "addresses of command servers" },
		{ "exports", NULL, &r.o.exports, NULL,
		    "captures hold NetFlow, IPFIX or sFlow packets" },
		{ "flows", NULL, &r.o.flows, NULL, "print each flow as JSON, judge nothing" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	r.c = (struct ctl){
		.usage = "replay [--own PREFIX].. [--conf FILE] [--behind PREFIX,..]\n"
			 "                    [--sav HOW] [--sample N] [--sampling N] [--indicators FILE]\n"
			 "                    [--exports] [--flows] [--json] FILE..",
		.does = "Shows what would have been found in old data: captures, IPFIX files, flow "
			"logs of Zeek, "
			"Suricata, Argus and nfdump, gzip or not; - is standard input.",
		.opts = opts,
		.least = 1,
		.most = CTL_ARGS
	};
	if (ctl_options(&r.c, argc, argv, &status))
		return status;
	status = settings(&r);
	if (status == 0)
		status = run(&r);
	sights_free(r.sights);
	indicators_free(r.indicators);
	policy_free(r.made);
	conf_free(r.conf);
	return status;
}
