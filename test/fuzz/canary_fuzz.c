/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a request to the canary: a want is found, the answer fits and is ours alone. */
#include <stdlib.h>
#include <string.h>

#include "probe/canary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t secret[CANARY_TOKEN] = { 1, 2, 3 };
	uint8_t token[CANARY_TOKEN] = { 0 }, *copy = malloc(size ? size : 1);
	char buf[CANARY_ANSWER];
	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	enum canary_want w = canary_parse(copy, size, token);
	size_t n = canary_answer(w, secret, "node.example", buf);
	if ((n == 0) != (w == CANARY_MORE || w == CANARY_BROKEN) || n >= sizeof(buf))
		abort();
	if (n && strncmp(buf, w == CANARY_OTHER ? "HTTP/1.1 404 " : "HTTP/1.1 200 ", 13) != 0)
		abort();
	/* A shorter piece may be unfinished, but never a sighting of another token. */
	if (w == CANARY_SIGHT) {
		uint8_t other[CANARY_TOKEN] = { 0 };
		if (canary_parse(copy, size - 1, other) == CANARY_SIGHT &&
		    memcmp(other, token, sizeof(other)) != 0)
			abort();
	}
	free(copy);
	return 0;
}
