/* SPDX-License-Identifier: BSD-2-Clause */
/* EVE lines: what is read lies inside the line, and whoever is accused is ours and in it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/eve.h"
#include "wire/eve_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool
ours(const struct addr *a, void *arg)
{
	(void)arg;
	return a->b[0] == 192;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct eve_terms t = { .ours = ours, .ref = { .now = 1795312800000 } };
	const struct eve_row *row;
	struct eve_part f[EVE_FIELDS];
	struct claim c;
	char *s = malloc(n ? n : 1); /* exactly: an over-read is seen */
	if (!s)
		abort();
	memcpy(s, p, n);
	if (eve_scan(s, n, f, NULL, NULL) == 0)
		for (size_t i = 0; i < EVE_FIELDS; i++)
			if (f[i].s && (f[i].s < s || f[i].n > n || (size_t)(f[i].s - s) > n - f[i].n))
				abort();
	(void)eve_is(s, n);
	if (eve_line(&t, s, n, &c, &row) == EVE_ACCUSES &&
	    (!ours(&c.subject, NULL) || c.cls == CLASS_NONE || !row || c.text != s || c.text_n > n || c.count != 1 ||
	        !memchr(c.what, '\0', sizeof(c.what))))
		abort();
	free(s);
	return 0;
}
