/* SPDX-License-Identifier: BSD-2-Clause */
/* docs/shadowserver.md is what the table of report types says, no more and no less. LYMPH_GOLDEN=write makes
 * it anew. Argument: the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/check.h"
#include "wire/sheet.h"

static char want[1u << 17], have[1u << 17];

/* What can verify the class. */
static const char *
methods(enum class_id cls)
{
	unsigned by = class_row(cls)->methods;
	if (by & METHOD_PROBE)
		return check_list(cls)[0] ? "a probe" : "a probe, not built yet";
	return by & METHOD_FLOWS ? "own flows" : "nothing of ours";
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
	      "Evidence is two-way where Shadowserver's own probe was answered, or its sinkhole or "
	      "honeypot had a\n"
	      "session; text where others told it; one-way where a forged packet or header could "
	      "say the same, which\n"
	      "alone leads to nothing: so is all that came to them by UDP. A check that is not "
	      "built yet answers `inconclusive`.\n\n"
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
