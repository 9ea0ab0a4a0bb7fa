/* SPDX-License-Identifier: BSD-2-Clause */
/* Indicator files of strangers: every row kept can be found, and its id is plain. */
#include <stdlib.h>
#include <string.h>

#include "detect/indicators.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	size_t skipped, bad;
	const char *rule;
	struct indicators *x = indicators_parse((const char *)p, n, 3, &skipped, &bad, &rule);
	if (!x)
		return 0;
	if ((skipped != 0) != (rule != NULL) || (skipped && !bad))
		abort();
	struct addr a = { 4, { 203, 0, 113, 9 } };
	const struct indicator *r = indicators_find(x, &a, 6, 23, 1795000000000);
	if (r && (!memchr(r->id, 0, sizeof(r->id)) || !addr_eq(&r->addr, &a)))
		abort();
	indicators_free(x);
	return 0;
}
