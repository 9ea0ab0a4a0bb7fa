/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow logs: a file is guessed and read line by line; then its lines as every kind there is. What comes
 * out must be flows that the rest can count with. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/flowtext.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
check(const struct flow *f)
{
	if (f->src.fam == 0 || f->src.fam != f->dst.fam || f->packets == 0 ||
	    f->packets > 1ull << 40 || f->bytes > 1ull << 50 || f->first < 0 ||
	    f->last < f->first || f->sampling > 1 || (f->proto != IPP_TCP && f->tcp_flags))
		abort();
}

static void
lines(enum flowtext k, const char *p, size_t n)
{
	struct flowtext_state *s = flowtext_new();
	struct flow f[2];
	if (!s)
		abort();
	for (size_t i = 0; i < n;) {
		const char *rule = NULL, *to = memchr(p + i, '\n', n - i);
		size_t len = to ? (size_t)(to - (p + i)) : n - i;
		char *line = malloc(len ? len : 1); /* exactly: an over-read is seen */
		if (!line)
			abort();
		memcpy(line, p + i, len);
		int r = flowtext_line(s, k, line, len, f, &rule);
		if (r > 2 || (r < 0 && (r != -EBADMSG || !rule)))
			abort();
		for (int j = 0; j < r; j++)
			check(&f[j]);
		free(line);
		i += len + 1;
	}
	flowtext_free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	enum flowtext k = flowtext_guess((const char *)p, n);
	if (k >= FLOWTEXT_N)
		abort();
	lines(k, (const char *)p, n);
	for (k = FLOWTEXT_NONE; k < FLOWTEXT_N; k++)
		lines(k, (const char *)p, n);
	return 0;
}
