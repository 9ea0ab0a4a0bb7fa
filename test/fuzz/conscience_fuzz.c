/* SPDX-License-Identifier: BSD-2-Clause */
/* The conscience's file: whatever stands in it, a refusal names file and line and changes nothing; what
 * is accepted keeps its bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "act/conscience.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static unsigned
nevers(const struct conscience *c)
{
	unsigned n = 0;
	for (const struct prefix *x = NULL; (x = conscience_never(c, x)) != NULL;)
		n++;
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *in = malloc(n ? n : 1); /* exactly: an over-read is seen */
	char why[256] = "";
	struct conscience *c = conscience_new();
	memcpy(in, p, n);
	for (int protect = 0; protect < 2; protect++) {
		unsigned before = nevers(c);
		enum mode ceiling = conscience_ceiling(c);
		if (conscience_parse(c, in, n, protect, "f", why, sizeof why) < 0) {
			if (strncmp(why, "f:", 2) != 0 || nevers(c) != before ||
			    conscience_ceiling(c) != ceiling)
				abort();
		} else if (protect && conscience_ceiling(c) != ceiling) {
			abort();
		}
	}
	if (conscience_entries(c) > 2000000)
		abort();
	conscience_free(c);
	free(in);
	return 0;
}
