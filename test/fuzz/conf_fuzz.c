/* SPDX-License-Identifier: BSD-2-Clause */
/* lymphd.conf: whatever stands in it, a refusal has a reason; what is accepted has a canonical text
 * that is accepted too and prints itself. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
on_finding(enum conf_grade g, const char *text, void *arg)
{
	(void)g, (void)arg;
	if (!*text)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *in = malloc(n ? n : 1); /* exactly: an over-read is seen */
	char why[256];
	struct conf *a, *b;
	memcpy(in, p, n);
	if (conf_parse("f", in, n, &a, why, sizeof(why)) < 0) {
		if (strncmp(why, "f:", 2) != 0)
			abort();
	} else {
		if (conf_parse("again", a->text, strlen(a->text), &b, why, sizeof(why)) < 0 ||
		    strcmp(a->text, b->text) != 0)
			abort();
		conf_check(a, on_finding, NULL);
		conf_free(a);
		conf_free(b);
	}
	free(in);
	return 0;
}
