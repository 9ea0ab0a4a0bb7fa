/* SPDX-License-Identifier: BSD-2-Clause */
/* XARF documents: what parses must print, and the print must parse and print the same; and what is made of it
 * for others is one, with the same id. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "wire/xarf_outward.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
outward(const struct report *r, const void *in, size_t n)
{
	struct xarf *x;
	struct xarf_why why;
	struct report again;
	size_t len;
	char *text = r->cls ? xarf_outward(r, "x.example", true, in, n, &len) : NULL;
	if (!text)
		return;
	if (xarf_parse(text, len, &x, &why) < 0 || xarf_report(x, &again, &why) < 0 ||
	    memcmp(again.id, r->id, sizeof(r->id)) != 0 || memcmp(again.evidence_hash, r->evidence_hash, 16) != 0)
		abort();
	xarf_free(x);
	free(text);
}

/* Handed on it is still one, with the same id, and does not go through the same server again. */
static void
passed(const struct xarf *x)
{
	static const struct xarf_passing us = { "x.example", "x", "abuse@x.example", "x.example", 1 << 20 };
	struct xarf *y;
	struct xarf_why why;
	size_t len;
	char *text;
	if (xarf_pass(x, &us, &text, &len) < 0)
		return;
	int rc = xarf_parse(text, len, &y, &why);
	if (rc < 0 && rc != -E2BIG) /* a member more may be one too many */
		abort();
	if (rc == 0 && xarf_was_here(y, "x.example") == 0)
		abort();
	if (rc == 0)
		xarf_free(y);
	free(text);
}

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
		int rc = xarf_report(x, &r, &why);
		if (rc < 0 && (!why.field[0] || !why.rule[0]))
			abort();
		if (rc == 0)
			outward(&r, in, n);
		xarf_in_time(x, 0, &why);
		xarf_aud(x);
		passed(x);
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
