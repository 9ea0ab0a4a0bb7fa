/* SPDX-License-Identifier: BSD-2-Clause */
/* `lymph export`: the reports of one case, or of all, for others to read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "lymph/cmd.h"
#include "lymph/ctl.h"
#include "lymph/desk_pick.h"
#include "lymph/export.h"
#include "lymph/out.h"

/* Page by page. 0 or 1. */
static int
one_case(const struct ctl *c, struct export *x, int64_t no)
{
	size_t i;
	const json_t *r;
	int64_t from = 0;
	do {
		json_t *doc = ctl_ask(c, "export", json_pack("{s:I, s:I}", "case", (json_int_t)no, "from",
		    (json_int_t)from));
		if (!doc)
			return 1;
		int rc = 0;
		json_array_foreach(json_object_get(doc, "reports"), i, r)
			rc |= export_report(x, doc, r);
		from = json_integer_value(json_object_get(doc, "next"));
		json_decref(doc);
		if (rc) {
			perror("lymph: the export cannot be written");
			return 1;
		}
	} while (from);
	return 0;
}

static int
all_cases(const struct ctl *c, struct export *x)
{
	size_t i;
	const json_t *k;
	int64_t from = 0;
	int rc = 0;
	do {
		json_t *doc = ctl_ask(c, "cases", json_pack("{s:I}", "from", (json_int_t)from));
		if (!doc)
			return 1;
		json_array_foreach(json_object_get(doc, "cases"), i, k)
		{
			if (rc == 0)
				rc = one_case(c, x, out_int(k, "case"));
		}
		from = json_integer_value(json_object_get(doc, "next"));
		json_decref(doc);
	} while (from && rc == 0);
	return rc;
}

int
cmd_export(int argc, char **argv)
{
	const char *format = NULL;
	bool all = false, json = false;
	struct export x = { .to = stdout };
	int64_t no = 0;
	int r;
	const struct ctl_opt opts[] = {
		{ "all", NULL, &all, NULL, "every case lymph has" },
		{ "format", "FORM", NULL, &format, "xarf, arf or csv" },
		{ "pseudonyms", NULL, &x.pseudonyms, NULL, "name nobody, and leave the evidence out" },
		{ "json", NULL, &json, NULL, "the same as --format xarf" },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct ctl c = { .usage = "export CASE|--all --format xarf|arf|csv [--pseudonyms]",
		.does = "Writes the reports of a case to standard output: XARF v4, a document a line; ARF, an "
			"mbox; or CSV.",
		.opts = opts,
		.most = 1 };
	if (ctl_options(&c, argc, argv, &r))
		return r;
	if (json && !format)
		format = "xarf";
	if (json && strcmp(format, "xarf") != 0)
		return ctl_usage(&c, "--json is --format xarf");
	if (!format || (x.form = export_form_by_name(format)) == EXPORT_FORMS)
		return ctl_usage(&c, "--format takes xarf, arf or csv");
	if ((c.argc == 1) == all)
		return ctl_usage(&c, all ? "--all takes no case" : "name a case, or say --all");
	if (!all && !pick_number(c.argv[0], &no))
		return ctl_usage(&c, "\"%s\" is no case number", c.argv[0]);
	if (sodium_init() < 0)
		return 1;
	export_begin(&x);
	r = all ? all_cases(&c, &x) : one_case(&c, &x, no);
	if ((fflush(stdout) != 0 || x.failed) && r == 0)
		r = 1;
	fprintf(stderr, "%s", out_count((long long)x.reports, "report", "reports"));
	if (x.bare)
		fprintf(stderr, ", %lld of them without evidence: it is gone or cannot be read", (long long)x.bare);
	if (x.failed)
		fprintf(stderr, "; %lld fit in no such document and were left out", (long long)x.failed);
	fputc('\n', stderr);
	sodium_memzero(x.key, sizeof(x.key));
	return r;
}
