/* SPDX-License-Identifier: BSD-2-Clause */
/* The address finder. The first byte picks the address; every hit must parse to it, lie inside the
 * input and come after the last one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/logfind.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const addresses[] = { "192.0.2.1", "2001:db8::1", "::1", "::", "192.0.2.0",
		"2001:db8:abcd::", "64:ff9b::c000:201", "1.1.1.1" };
	struct addr a, b;
	struct logfind f;
	struct logfind_hit hit;
	if (n == 0)
		return 0;
	const char *text = addresses[p[0] % 8];
	char *s = malloc(n > 1 ? n - 1 : 1); /* exactly: an over-read is seen */
	if (!s || addr_parse(text, strlen(text), &a) < 0 || logfind_init(&f, &a) < 0)
		abort();
	memcpy(s, p + 1, --n);
	for (size_t from = 0; logfind_next(&f, s, n, from, &hit); from = hit.at + hit.n)
		if (hit.n == 0 || hit.at > n || hit.n > n - hit.at || hit.at + hit.n <= from ||
		    addr_parse(s + hit.at, hit.n, &b) < 0 || !addr_eq(&a, &b))
			abort();
	free(s);
	return 0;
}
