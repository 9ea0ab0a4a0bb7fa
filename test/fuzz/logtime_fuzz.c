/* SPDX-License-Identifier: BSD-2-Clause */
/* Time stamps: a stamp lies inside the input, and read alone it is a stamp again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/logtime.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static msec
zone(msec local, void *arg)
{
	(void)arg;
	return local % 2 ? 14 * MSEC_HOUR : -12 * MSEC_HOUR;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct logtime_ref ref = { .now = 1795312800000, .zone = zone };
	struct logtime t, again;
	char *s = malloc(n ? n : 1); /* exactly: an over-read is seen */
	if (!s)
		abort();
	memcpy(s, p, n);
	if (logtime_find(&ref, s, n, &t) == 0) {
		if (t.n == 0 || t.pos > n || t.n > n - t.pos || !t.format || t.confidence > 100 || t.at < -MSEC_DAY)
			abort();
		if (logtime_parse(&ref, s + t.pos, t.n, &again) < 0 || again.at != t.at)
			abort();
	}
	free(s);
	return 0;
}
