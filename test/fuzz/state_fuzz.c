/* SPDX-License-Identifier: BSD-2-Clause */
/* The judge's stored objects: kind, key length, key, blob. What is taken must come out the same. */
#include <stdlib.h>
#include <string.h>

#include "judge/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct want {
	int kind;
	const uint8_t *blob;
	size_t n;
};

static void
same(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	const struct want *w = arg;
	(void)key;
	(void)key_len;
	if (kind == w->kind && (n != w->n || memcmp(blob, w->blob, n) != 0))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 2 || data[1] > n - 2)
		return 0;
	size_t key_len = data[1], blob_len = n - 2 - key_len;
	struct want w = { .kind = data[0], .n = blob_len };
	uint8_t *blob = malloc(blob_len ? blob_len : 1);
	if (!blob)
		abort();
	memcpy(blob, data + 2 + key_len, blob_len);
	w.blob = blob;
	struct judge *j = judge_new(abort);
	if (judge_restore(j, w.kind, data + 2, key_len, blob, blob_len) == 0)
		judge_each(j, same, &w);
	judge_free(j);
	free(blob);
	return 0;
}
