/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines to claims: any bytes, in bounded time; whoever is accused is named in the text, and what the finder
 * of one address sees, the walk over all of them sees too. */
#include <stdlib.h>
#include <string.h>

#include "wire/logclaim.h"
#include "wire/logfind.h"

#define NOW 1795312800000

static struct addr known[3];

static bool
ours(const struct addr *a, void *arg)
{
	(void)arg;
	return addr_eq(a, &known[0]) || addr_eq(a, &known[1]) || addr_eq(a, &known[2]);
}

static int
take(const struct claim *c, void *arg)
{
	struct logfind f;
	struct logfind_hit hit;
	(void)arg;
	if (logfind_init(&f, &c->subject) < 0 || logfind_next(&f, c->text, c->text_n, 0, &hit) != 1)
		abort();
	if (c->cls <= CLASS_NONE || c->cls >= CLASS_N || c->count == 0 || c->text_n > LOGCLAIM_TEXT || c->event < c->first)
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct logclaim *all, *few;
	struct logtime_ref ref = { .now = NOW };
	if (!all && (logclaim_new(NULL, NULL, &all) < 0 || logclaim_new(ours, NULL, &few) < 0 ||
	                addr_parse("192.0.2.1", 9, &known[0]) < 0 || addr_parse("2001:db8::1", 11, &known[1]) < 0 ||
	                addr_parse("fe80::", 6, &known[2]) < 0))
		abort();
	if (n == 0)
		return 0;
	enum class_id hint = (enum class_id)(data[0] % CLASS_N);
	const char *s = (const char *)data + 1, *end = (const char *)data + n;
	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		size_t len = (size_t)((nl ? nl : end) - s);
		char *line = malloc(len ? len : 1); /* exactly: an over-read is seen */
		if (!line)
			abort();
		memcpy(line, s, len);
		uint64_t before = logclaim_counted(few)->ours;
		if (logclaim_line(all, line, len, &ref, hint, take, NULL) != 0 ||
		    logclaim_line(few, line, len, &ref, hint, take, NULL) != 0)
			abort();
		bool seen = logclaim_counted(few)->ours > before;
		for (size_t i = 0; i < 3; i++) {
			struct logfind f;
			struct logfind_hit hit;
			logfind_init(&f, &known[i]);
			if (logfind_next(&f, line, len, 0, &hit) == 1 && hit.at + hit.n <= 16384 && !seen)
				abort();
		}
		free(line);
		s += len + 1;
	}
	if (logclaim_flush(all, INT64_MAX, take, NULL) != 0 || logclaim_flush(few, INT64_MAX, take, NULL) != 0)
		abort();
	return 0;
}
