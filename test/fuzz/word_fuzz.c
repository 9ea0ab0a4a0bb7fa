/* SPDX-License-Identifier: BSD-2-Clause */
/* A line to the warden: a refusal has a reason; what is taken holds no control character, no broken
 * UTF-8 and no newline, for it goes into files of lines and into everybody's terminal. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lymphd/word_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *in = malloc(n ? n : 1); /* exactly: an over-read is seen */
	struct word_line l, again;
	const char *why = NULL;
	char line[512];
	memcpy(in, p, n);
	if (word_parse(in, n, &l, &why) < 0) {
		if (!why || !*why)
			abort();
	} else {
		size_t k = strnlen(l.text, sizeof(l.text));
		if (l.verb >= WORD_VERB_N || k == sizeof(l.text) || l.prefix.len > 128 ||
		    (l.verb == WORD_RESUME && k == 0))
			abort();
		for (size_t i = 0; i < k; i++)
			if ((unsigned char)l.text[i] < 0x20 || l.text[i] == 0x7f)
				abort();
		/* Its reason is taken as the same one again. */
		memcpy(line, "panic ", 6);
		memcpy(line + 6, l.text, k);
		if (word_parse(line, 6 + k, &again, &why) < 0 || strcmp(again.text, l.text) != 0)
			abort();
	}
	free(in);
	return 0;
}
