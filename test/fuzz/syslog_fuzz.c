/* SPDX-License-Identifier: BSD-2-Clause */
/* Syslog: the parts of a message lie inside it; a stream gives the same messages however it is cut. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/syslog.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
inside(const struct syslog_part *p, const char *s, size_t n)
{
	if (p->s && (p->s < s || p->n > n || (size_t)(p->s - s) > n - p->n))
		abort();
}

static void
one(const char *s, size_t n)
{
	static char line[2 * SYSLOG_MESSAGE];
	const struct logtime_ref ref = { .now = 1795312800000 };
	struct syslog_msg m;
	const char *rule = NULL;
	if (syslog_parse(s, n, &ref, &m, &rule) < 0) {
		if (!rule)
			abort();
		return;
	}
	const struct syslog_part *parts[] = { &m.stamp, &m.host, &m.app, &m.procid, &m.msgid, &m.data, &m.text };
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		inside(parts[i], s, n);
	if (!m.text.s || m.facility > 23 || m.severity > 7)
		abort();
	if (syslog_line(&m, line, sizeof(line)) > n + 8)
		abort();
}

struct sum {
	uint64_t hash, count;
};

static int
add(const char *s, size_t n, void *arg)
{
	struct sum *sum = arg;
	if (n == 0 || n > SYSLOG_MESSAGE)
		abort();
	for (size_t i = 0; i < n; i++)
		sum->hash = (sum->hash ^ (uint8_t)s[i]) * UINT64_C(1099511628211);
	sum->hash = (sum->hash ^ 0x100) * UINT64_C(1099511628211);
	sum->count++;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct syslog_stream a, b;
	struct sum whole = { 0 }, cut = { 0 };
	char *s = malloc(n ? n : 1); /* exactly: an over-read is seen */
	if (!s)
		abort();
	memcpy(s, p, n);
	one(s, n);
	a = b = (struct syslog_stream){ 0 };
	syslog_feed(&a, s, n, add, &whole);
	syslog_end(&a, add, &whole);
	for (size_t at = 0, step = 1; at < n; at += step, step = step % 7 + 1)
		syslog_feed(&b, s + at, n - at < step ? n - at : step, add, &cut);
	syslog_end(&b, add, &cut);
	if (whole.hash != cut.hash || whole.count != cut.count)
		abort();
	free(s);
	return 0;
}
