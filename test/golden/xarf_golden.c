/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a report: for each NAME.json of a folder, the facts read from it or its refusal,
 * compared with NAME.txt. LYMPH_GOLDEN=write makes the .txt anew. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/escape.h"
#include "wire/xarf.h"

static size_t
slurp(const char *path, char *buf, size_t room)
{
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(buf, 1, room - 1, f) : 0;
	if (f)
		fclose(f);
	buf[n] = '\0';
	return n;
}

static void
tell(const char *s, size_t n, char *out, size_t room)
{
	struct xarf *x = NULL;
	struct xarf_why why;
	struct report r;
	char addr[ADDR_TEXT], when[MSEC_TEXT], uuid[UUID_TEXT], sender[256], aud[256];
	if (xarf_parse(s, n, &x, &why) < 0 || xarf_report(x, &r, &why) < 0) {
		snprintf(out, room, "refused: %s: %s\n", why.field, why.rule);
	} else {
		const char *a = xarf_aud(x) ? xarf_aud(x) : "";
		escape_tty(a, strlen(a), aud, sizeof(aud));
		escape_tty(r.sender, strlen(r.sender), sender, sizeof(sender));
		snprintf(out, room,
		    "id %s\nclass %s\nevidence %s%s\nsubject %s port %u\nevent %s\ncount %u\nsender %s\naud %s\n",
		    uuid_print(r.id, uuid), class_row(r.cls)->name, evidence_name(r.evidence),
		    r.two_way_claim ? ", claims two ways" : "", addr_print(&r.subject, addr), r.port,
		    msec_print(r.event, when), r.count, sender, aud);
	}
	xarf_free(x);
}

int
main(int argc, char **argv)
{
	static char in[1 << 20], want[4096], got[4096];
	struct dirent *e;
	int files = 0, bad = 0;
	DIR *d = argc == 2 && sodium_init() >= 0 ? opendir(argv[1]) : NULL;
	while (d && (e = readdir(d))) {
		char path[1024], *dot = strstr(e->d_name, ".json");
		if (!dot)
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], e->d_name);
		tell(in, slurp(path, in, sizeof(in)), got, sizeof(got));
		memcpy(path + strlen(path) - 5, ".txt", 5);
		if (getenv("LYMPH_GOLDEN")) {
			FILE *f = fopen(path, "w");
			if (f) {
				fputs(got, f);
				fclose(f);
			}
		}
		slurp(path, want, sizeof(want));
		files++;
		if (strcmp(want, got) != 0 && ++bad)
			printf("%s\n--- wanted\n%s--- got\n%s", path, want, got);
	}
	if (d)
		closedir(d);
	printf("%d files, %d differ\n", files, bad);
	return files == 0 || bad;
}
