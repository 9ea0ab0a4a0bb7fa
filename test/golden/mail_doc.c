/* SPDX-License-Identifier: BSD-2-Clause */
/* docs/mail.md is what the table of trays says, no more and no less. LYMPH_GOLDEN=write makes it
 * anew. Argument: the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/mail.h"

static char want[1u << 16], have[1u << 16];

static void
document(FILE *f)
{
	enum tray tray;
	const char *name, *words;
	fputs("# How mail to the abuse desk is sorted\n\n"
	      "Made from `src/wire/mail_tray.c`; `golden/mail` compares. Every mail ends in "
	      "exactly one tray: the "
	      "first\nrule that fits decides, and its name is what `lymph mail NO` says. The first "
	      "four look at the "
	      "header\nalone, and a sealed mail is not read on.\n\n"
	      "What is read: ARF (RFC 5965; an address from the reporter's own Received lines "
	      "where Source-IP is left "
	      "out,\ndown to the first that is not plainly inside his house),\n"
	      "XARF 3 and 4 as JSON attachments, X-ARF 0.1 and 0.2, tables as CSV, gzip or "
	      "zip, texts and HTML with "
	      "log lines.\nOf a mail over 32 MiB the first 16 MiB are kept and nothing in it accuses; a XARF "
	      "document over 4 MiB is\nfor a person to read, but one that says child abuse is sealed "
	      "whatever its size. The recognisers look into\n20,000 lines of a mail that name an address, and "
	      "4 MiB of such lines; its tables may unpack to 1 GiB.\nA forwarded mail (message/rfc822) is somebody else's text and accuses "
	      "nobody.\n\n"
	      "What a mail says of addresses that are not yours is counted; if somebody vouches for it, it may be sent "
	      "on to\nwhose they are (docs/whose.md).\n\n"
	      "## Who vouches\n\n"
	      "* `pgp:FINGERPRINT`: a good OpenPGP signature over at most 4 MiB. Then only what it covers makes "
	      "reports;\n  what stands around it says nothing of them, and the same text in another mail "
	      "counts once.\n"
	      "* `token:NAME`: the mail went to `abuse+SECRET@` one of our domains (Delivered-To, "
	      "X-Original-To, To, Cc).\n"
	      "* `dkim:DOMAIN`: Authentication-Results of our `authserv-id`, above the first "
	      "Received that is not ours "
	      "and\n  with one of ours there, says dkim=pass for a header.d that is the domain of "
	      "From, a parent of it or "
	      "a\n  child of it; DOMAIN is header.d. The mail server must take such fields out of "
	      "what comes from outside\n"
	      "  (RFC 8601 5): one that a sender wrote stands where ours would.\n\n"
	      "A machine answers only what made reports, and never a null sender, Auto-Submitted, "
	      "lists, bulk, or a\n"
	      "Message-ID of our own domains.\n\n## Rules\n\n| | tray | rule | words "
	      "|\n|---|---|---|---|\n",
	    f);
	for (size_t i = 0; mail_rule(i, &tray, &name, &words); i++) {
		fprintf(f, "| %zu | %s | %s | ", i + 1, tray_row(tray)->name, name);
		for (const char *p = words ? words : ""; *p; p++) {
			if (*p == '|')
				fputs(", ", f);
			else if (*p == '*')
				fputs("\\*", f);
			else
				fputc(*p, f);
		}
		fputs(" |\n", f);
	}
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	FILE *f = fmemopen(want, sizeof(want) - 1, "w");
	document(f);
	fclose(f);
	const char *write = getenv("LYMPH_GOLDEN");
	f = fopen(argv[1], write && strcmp(write, "write") == 0 ? "w" : "r");
	if (!f) {
		perror(argv[1]);
		return 1;
	}
	if (write && strcmp(write, "write") == 0)
		return fputs(want, f) < 0 || fclose(f) != 0;
	have[fread(have, 1, sizeof(have) - 1, f)] = '\0';
	fclose(f);
	if (strcmp(want, have) == 0)
		return 0;
	fprintf(stderr, "%s is not what the table says: LYMPH_GOLDEN=write %s %s\n", argv[1],
	    argv[0], argv[1]);
	return 1;
}
