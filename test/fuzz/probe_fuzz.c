/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whatever a target says, in whatever pieces, to every method. First byte: method, canary family and
 * how it ends; second: the size of pieces. Then the target's bytes. What must hold: at most the cap
 * is read, the talk ends, little is sent and only our own words, a secret is never our own token.
 */
#include <stdlib.h>
#include <string.h>

#include "probe/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const struct probe_check *const *list = check_list(CLASS_OPEN_PROXY);
	unsigned n = 0;
	while (list[n])
		n++;
	const struct probe_check *c = list[(data[0] & 7) % n];
	struct probe_goal g = { .canary = { .fam = 4, .b = { 192, 0, 2, 9 } }, .port = 80 };
	if (data[0] & 8 && !c->v4_only)
		g.canary = (struct addr) { .fam = 6, .b = { 0x20, 1, 0xd, 0xb8, [15] = 9 } };
	memset(g.token, 0xa5, sizeof(g.token));

	struct probe_talk t;
	size_t chunk = data[1] ? data[1] : size, sent = 0;
	enum probe_step step = PROBE_MORE;
	probe_begin(&t, c, &g);
	must(t.found == FOUND_NOTHING && t.out_len > 0);
	for (size_t at = 2; at < size && step != PROBE_DONE; at += chunk) {
		size_t k = size - at < chunk ? size - at : chunk;
		uint8_t *copy = malloc(k); /* exact size: an overread is seen */
		must(copy != NULL);
		memcpy(copy, data + at, k);
		sent += t.out_len;
		probe_sent(&t);
		step = probe_feed(&t, copy, k);
		free(copy);
		must(t.in <= PROBE_READ_CAP && t.out_len <= sizeof(t.out));
	}
	if (step != PROBE_DONE)
		probe_finish(&t, (enum probe_end)((data[0] >> 4) % 3));
	must(t.found > FOUND_NOTHING && t.found < FOUND_N && t.found != FOUND_LOCAL);
	must(sent + t.out_len <= sizeof(t.out));
	if (t.found == FOUND_OPEN)
		must(memcmp(t.secret, g.token, sizeof(t.secret)) != 0);
	return 0;
}
