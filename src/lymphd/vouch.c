/* SPDX-License-Identifier: BSD-2-Clause */
/* See vouch.h: eight bytes of time, then the hash. Must never compare hashes in a time that tells how much
 * of one was right. */
#include "lymphd/vouch.h"

#include <string.h>

#include <sodium.h>

#include "base/pack.h"

#define TIME  8
#define SKEW  (5 * MSEC_MINUTE) /* stepped clocks */
#define NAMES 80

static void
hash_of(const uint8_t key[VOUCH_KEY], uint32_t role, const char *fingerprint, const uint8_t hash[32],
    const uint8_t when[TIME], uint8_t ret[VOUCH_BYTES - TIME])
{
	static const uint8_t none[32];
	uint8_t what[4 + TIME + 1 + 32 + NAMES];
	struct writer w = writer_of(what, sizeof(what));
	w32(&w, role);
	wbytes(&w, when, TIME);
	w8(&w, hash != NULL);
	wbytes(&w, hash ? hash : none, 32);
	wbytes(&w, fingerprint, strnlen(fingerprint, NAMES)); /* last: nothing can be moved between fields */
	crypto_generichash(ret, VOUCH_BYTES - TIME, what, writer_len(&w), key, VOUCH_KEY);
}

void
vouch_make(const uint8_t key[VOUCH_KEY], uint32_t role, const char *fingerprint, const uint8_t hash[32],
    msec now, uint8_t ret[VOUCH_BYTES])
{
	struct writer w = writer_of(ret, TIME);
	w64(&w, (uint64_t)now);
	hash_of(key, role, fingerprint, hash, ret, ret + TIME);
}

bool
vouch_good(const uint8_t key[VOUCH_KEY], uint32_t role, const char *fingerprint, const uint8_t hash[32],
    msec now, const uint8_t vouch[VOUCH_BYTES])
{
	uint8_t want[VOUCH_BYTES - TIME];
	struct reader r = reader_of(vouch, TIME);
	msec when = (msec)r64(&r);
	hash_of(key, role, fingerprint, hash, vouch, want);
	return sodium_memcmp(want, vouch + TIME, sizeof(want)) == 0 && when <= now + SKEW &&
	    when >= now - VOUCH_LIFE;
}
