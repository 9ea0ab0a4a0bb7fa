/* SPDX-License-Identifier: BSD-2-Clause */
/* XARF documents: what parses must print, and the print must parse and print the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "wire/xarf.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct xarf *x, *y;
	struct xarf_why why = { "", "" };
	struct report r;
	void *in = malloc(n ? n : 1); /* exactly: an over-read is seen */
	memcpy(in, p, n);
	json_object_seed(1);
	if (xarf_parse(in, n, &x, &why) == 0) {
		size_t an, bn;
		char *a = xarf_print(x, &an);
		if (xarf_parse(a, an, &y, &why) < 0)
			abort();
		char *b = xarf_print(y, &bn);
		if (an != bn || memcmp(a, b, an) != 0)
			abort();
		if (xarf_report(x, &r, &why) < 0 && (!why.field[0] || !why.rule[0]))
			abort();
		xarf_not_after(x, 0, &why);
		xarf_aud(x);
		xarf_free(x);
		xarf_free(y);
		free(a);
		free(b);
	} else if (!why.field[0] || !why.rule[0]) {
		abort();
	}
	free(in);
	return 0;
}
