/* SPDX-License-Identifier: BSD-2-Clause */
/* The recognisers: any bytes, in bounded time; what is judged at all must name the address. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/recog.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct recog *r, *all;
	static struct logfind f;
	const struct recog_row *row;
	struct logfind_hit hit;
	struct addr a;
	if (!r && (recog_new(CLASS_OPEN_PROXY, &r) < 0 || recog_new(CLASS_NONE, &all) < 0 || addr_parse("192.0.2.1", 9, &a) < 0 ||
	              logfind_init(&f, &a) < 0))
		abort();
	char *s = malloc(n ? n : 1); /* exactly: an over-read is seen */
	if (!s)
		abort();
	memcpy(s, p, n);
	enum recog_says says = recog_line(r, &f, s, n, &row);
	if ((says != RECOG_NEUTRAL && !row) || (row && !logfind_next(&f, s, n, 0, &hit)))
		abort();
	for (enum class_id c = CLASS_NONE; c < CLASS_N; c++) {
		struct recog_found found;
		says = recog_judge(all, c, &f, s, n, &found);
		if (found.count == 0 || (says != RECOG_NEUTRAL && !found.row) ||
		    (found.row && c != CLASS_NONE && !(found.row->of & RECOG_OF(c))))
			abort();
	}
	free(s);
	return 0;
}
