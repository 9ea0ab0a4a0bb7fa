/* SPDX-License-Identifier: BSD-2-Clause */
/* Alerts of agents: what is read lies inside the text, whoever is accused is an address, and the claim makes a
 * report. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/alert.h"
#include "wire/claim.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
one(const char *s, size_t n, char *text)
{
	struct alert a;
	struct claim_from from = { .arrived = 1795312800000 };
	struct report r;
	struct xarf_why why;
	size_t len;
	alert_read(s, n, from.arrived, text, &a);
	if (a.fate >= ALERT_FATE_N || !memchr(a.scenario, '\0', sizeof(a.scenario)))
		abort();
	if (a.fate != ALERT_ACCUSES)
		return;
	if (!a.claim.subject.fam || a.claim.cls == CLASS_NONE || a.claim.text != text || a.claim.text_n > CLAIM_TEXT ||
	    !a.claim.event || a.claim.first > a.claim.event || !a.claim.count)
		abort();
	identity_make(IDENTITY_MACHINE, "fuzz", &from.identity);
	free(claim_report(&a.claim, &from, &len, &r, &why));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *part;
	size_t at = 0, part_n;
	struct json_why why;
	char *s = malloc(n ? n : 1), *text = malloc(CLAIM_TEXT); /* exactly: an over-read is seen */
	if (!s || !text)
		abort();
	memcpy(s, p, n);
	if (json_scan(s, n, ALERT_DEPTH + 1, 100000, &why) == 0)
		while (alert_next(s, n, &at, &part, &part_n)) {
			if (part < s || at > n || (size_t)(part - s) + part_n > n)
				abort();
			one(part, part_n, text);
		}
	free(text);
	free(s);
	return 0;
}
