/* SPDX-License-Identifier: BSD-2-Clause */
/* docs/shadowserver.md is what the table of report types says, no more and no less. LYMPH_GOLDEN=write makes
 * it anew. Argument: the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/sheet.h"

static char want[1u << 17], have[1u << 17];

/* What can verify the class, whether it is built or not. */
static const char *
methods(enum class_id cls)
{
	static const char *const names[] = { "nothing of ours", "a probe", "own flows",
		"a probe, own flows" };
	return names[class_row(cls)->methods & (METHOD_PROBE | METHOD_FLOWS)];
}

static int
by_name(const void *a, const void *b)
{
	return strcmp((*(const struct sheet_type *const *)a)->name,
	    (*(const struct sheet_type *const *)b)->name);
}

static void
document(FILE *f)
{
	static const struct sheet_type *sorted[1024];
	size_t n = sheet_type_count;
	fputs("# Shadowserver's reports\n\n"
	      "Made from `src/wire/sheet_type.c`; `golden/shadowserver` compares. The type is read "
	      "from the file's\n"
	      "name (`2026-11-21-scan_telnet-example-asn.csv`). IPv6 twins (`scan6_`, `event6_`, "
	      "`population6_`, a 6\n"
	      "at the end) are read as the row without the 6. All times are UTC. A row whose tag "
	      "says that the device\n"
	      "was taken over (webshell, implant, compromised, backdoor) is a report of class "
	      "`bot`, whatever its type.\n\n"
	      "Strong: an answer to Shadowserver's own probe, or a session with its sinkhole or "
	      "honeypot. Text: what\n"
	      "others told it. Weak: what a forged packet or header could say; alone it leads to "
	      "nothing.\n\n"
	      "## Types that accuse\n\n"
	      "| type | class | evidence | port of the accused | far port | verified by "
	      "|\n|---|---|---|---|---|---|\n",
	    f);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &sheet_types[i];
	qsort(sorted, n, sizeof(sorted[0]), by_name);
	for (size_t i = 0; i < n; i++) {
		const struct sheet_type *t = sorted[i];
		if (!t->why)
			fprintf(f, "| `%s` | %s | %s | %s | %s | %s |\n", t->name,
			    class_row(t->cls)->name, evidence_name(t->evidence),
			    t->port ? t->port : "", t->far_port ? t->far_port : "",
			    methods(t->cls));
	}
	fputs("\n## Types that accuse nobody\n\nRead and counted; no report is made of their "
	      "rows.\n\n"
	      "| type | why |\n|---|---|\n",
	    f);
	for (size_t i = 0; i < n; i++)
		if (sorted[i]->why)
			fprintf(f, "| `%s` | %s |\n", sorted[i]->name, sorted[i]->why);
}

int
main(int argc, char **argv)
{
	const char *write = getenv("LYMPH_GOLDEN");
	bool anew = write && strcmp(write, "write") == 0;
	FILE *f = argc == 2 && sheet_type_count < 1024 ? fopen(argv[1], anew ? "w" : "r") : NULL;
	if (!f)
		return 2;
	if (anew) {
		document(f);
		return fclose(f) != 0;
	}
	have[fread(have, 1, sizeof(have) - 1, f)] = 0;
	fclose(f);
	f = fmemopen(want, sizeof(want), "w");
	if (!f)
		return 2;
	document(f);
	fclose(f);
	if (strcmp(have, want) == 0)
		return 0;
	fprintf(stderr, "%s is not what the table says: LYMPH_GOLDEN=write %s %s\n", argv[1],
	    argv[0], argv[1]);
	return 1;
}
