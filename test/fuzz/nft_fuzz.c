/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel lists, as any bytes: nothing is read beyond them, and an element that is told is
 * one that can be. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "act/nft_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
on_elem(const struct nft_elem *e, void *arg)
{
	struct act_entry place;
	uint8_t key[NFT_KEY];
	(void)arg;
	if (!e->len || e->len > NFT_KEY || e->left < 0 || e->put < 0 || e->until < 0)
		abort();
	for (int s = 0; s < SET_N; s++) {
		if (!nft_place(s, e, &place))
			continue;
		nft_key(&place, key);
		if (memcmp(key, e->key, place.target.len / 8) != 0)
			abort();
		nft_key_after(&place, key);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct nlmsghdr *m;
	uint32_t offset;
	char *b = malloc(n ? n : 1); /* exactly: an over-read is seen */
	if (!b)
		abort();
	memcpy(b, p, n);
	for (size_t at = 0; nft_next(b, n, &at, &m);) {
		if (nft_error(m, &offset) > 0)
			abort();
		nft_elems(m, on_elem, NULL);
	}
	free(b);
	return 0;
}
