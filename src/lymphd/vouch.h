/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What role verify gives with the word "good", for the judge's edge to believe it of somebody else: a keyed
 * hash over who may use it, whose key signed, what was signed and when. Judge and verify alone know the key.
 * hear-reports may use one for these very bytes only. hear-mail makes reports of a mail, which nobody but it
 * can compare with the mail: it may use one for what it likes, for an hour, in the name of who just wrote.
 */
#ifndef LYMPHD_VOUCH_H
#define LYMPHD_VOUCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/msec.h"

#define VOUCH_KEY   32
#define VOUCH_BYTES 32
#define VOUCH_LIFE  MSEC_HOUR

/* role: enum role_id of who asked. hash: SHA-256 of what was signed (of clear-signed text: of the text);
 * NULL: bound to none. Times are wall clock. */
void vouch_make(const uint8_t key[VOUCH_KEY], uint32_t role, const char *fingerprint, const uint8_t hash[32],
    msec now, uint8_t ret[VOUCH_BYTES]);
bool vouch_good(const uint8_t key[VOUCH_KEY], uint32_t role, const char *fingerprint,
    const uint8_t hash[32], msec now, const uint8_t vouch[VOUCH_BYTES]);

#endif
