/* SPDX-License-Identifier: BSD-2-Clause */
/* What people see, from any JSON at all: no document may bring a byte to the terminal that it obeys,
 * nor break a character. The first byte is the width. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "lymph/show.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static show_fn *const shows[] = { show_case, show_cases, show_orders, show_reporters, show_status,
		show_protect, show_aside, show_outgoing, show_plan, show_preview, show_done, show_record };
	if (n == 0)
		return 0;
	json_t *doc = json_loadb((const char *)p + 1, n - 1, 0, NULL);
	for (size_t i = 0; doc && i < sizeof(shows) / sizeof(shows[0]); i++) {
		char *text = NULL;
		size_t len = 0;
		struct out o = { open_memstream(&text, &len), 40 + p[0] % 200, false };
		shows[i](doc, &o);
		fclose(o.f);
		/* Escaping the lines once more must find nothing but backslashes to do. */
		for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
			size_t room = (size_t)(end - line) * 8 + 16, slashes = 0;
			char *again = malloc(room);
			for (char *c = line; c < end; c++)
				slashes += *c == '\\';
			escape_tty(line, (size_t)(end - line), again, room);
			if (strlen(again) != (size_t)(end - line) + slashes)
				abort();
			free(again);
		}
		free(text);
	}
	json_decref(doc);
	return 0;
}
