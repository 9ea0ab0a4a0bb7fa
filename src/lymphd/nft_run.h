/* SPDX-License-Identifier: BSD-2-Clause */
/* nft at its fixed path, for the fence and for the hand's table. */
#ifndef LYMPHD_NFT_RUN_H
#define LYMPHD_NFT_RUN_H

#include <stdbool.h>
#include <stddef.h>

#define NFT_PATH "/usr/sbin/nft"

/* argv[0] is "nft", the last NULL. Its standard output, NUL-ended, owned by the caller; NULL when it did
 * not end well, within 10 s. */
char *nft_run(const char *const argv[], size_t *ret_n);
/* The same, without its output. */
bool nft_do(const char *const argv[]);

#endif
