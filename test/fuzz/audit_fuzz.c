/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of the audit: whatever it is, nothing is read behind its end; one that is taken prints itself
 * again, but for what only people read (the time as text), and any bytes can be written as one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const uint8_t zero[32];
	char *in = malloc(n + 1), *exact = malloc(n ? n : 1); /* an over-read is seen */
	char line[AUDIT_LINE], text[AUDIT_LINE];
	struct audit_entry e, w = { .n = 1, .verb = "note" }, r;
	const char *why = NULL;
	memcpy(in, p, n);
	memcpy(exact, p, n);
	if (audit_parse(exact, n, zero, &e, text, &why) < 0 && !why)
		abort();
	in[n] = '\0';
	w.text = in;
	size_t k = audit_print(&w, zero, line);
	if (k >= AUDIT_LINE || audit_parse(line, k, zero, &r, text, &why) < 0 || r.n != 1 ||
	    strcmp(r.verb, "note") != 0 || memcmp(r.hash, w.hash, 32) != 0)
		abort();
	free(in);
	free(exact);
	return 0;
}
