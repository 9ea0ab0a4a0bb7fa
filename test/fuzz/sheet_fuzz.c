/* SPDX-License-Identifier: BSD-2-Clause */
/* Sheets: the first byte says how large the pieces are, how often a claim is refused at first and what the
 * file is called. Read in pieces and in one, the same must come out, and the counts must add up. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/sheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct heard {
	uint64_t claims, sum;
	unsigned refuse, calls;
};

static bool
ours(const struct addr *a, void *arg)
{
	(void)arg;
	return a->b[3] % 2 == 0;
}

static int
hear(const struct claim *c, void *arg)
{
	struct heard *h = arg;
	uint64_t sum = 14695981039346656037u;
	if (c->cls <= CLASS_NONE || c->cls >= CLASS_N || c->evidence > EVIDENCE_STRONG ||
	    c->count == 0 || c->subject.fam == 0 || c->text_n == 0 || c->text_n > CLAIM_TEXT ||
	    c->event < 0 || c->first > c->event || !memchr(c->what, 0, sizeof(c->what)))
		abort();
	if (h->refuse && ++h->calls % h->refuse == 0)
		return -EAGAIN;
	for (size_t i = 0; i < c->text_n; i++)
		sum = (sum ^ (uint8_t)c->text[i]) * 1099511628211u;
	h->sum = h->sum * 31 + sum + c->port;
	h->claims++;
	return 0;
}

static int
read_it(const char *name, const uint8_t *p, size_t n, size_t piece, struct heard *h)
{
	struct logtime_ref ref = { .now = 1795305600000 };
	struct sheet *s;
	const char *rule = NULL;
	int rc = 0;
	if (sheet_new(name, ours, &ref, hear, h, &s) < 0)
		abort();
	for (size_t i = 0;;) {
		size_t give = n - i < piece ? n - i : piece, used;
		uint8_t *copy = malloc(give ? give : 1); /* exactly: an over-read is seen */
		if (!copy)
			abort();
		if (give)
			memcpy(copy, p + i, give);
		rc = sheet_feed(s, copy, give, i + give == n, &used, &rule);
		free(copy);
		if (used > give || (rc == -EBADMSG && !rule) || (rc == 0 && used != give))
			abort();
		i += used;
		if ((rc != 0 && rc != -EAGAIN) || (rc == 0 && i == n))
			break;
	}
	const struct sheet_counts *k = sheet_counted(s);
	if (k->rows != k->claims + k->elsewhere + k->broken + k->unmapped || k->claims != h->claims)
		abort();
	sheet_free(s);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const names[] = { "feed.csv", "2026-11-21-scan_telnet-x.csv",
		"2026-11-21-event4_sinkhole-x.zip", "2026-11-21-device_id-x.csv" };
	struct heard whole = { 0 }, parts = { 0 };
	if (n == 0)
		return 0;
	parts.refuse = p[0] & 4 ? 3 : 0;
	const char *name = names[p[0] & 3];
	int a = read_it(name, p + 1, n - 1, SIZE_MAX, &whole);
	int b = read_it(name, p + 1, n - 1, (size_t)(p[0] >> 3) + 1, &parts);
	if (a != b || whole.claims != parts.claims || whole.sum != parts.sum)
		abort();
	return 0;
}
