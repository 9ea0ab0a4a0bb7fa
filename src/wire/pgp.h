/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a stranger's OpenPGP bytes are, before any library may parse them (RFC 4880, RFC 9580): only
 * signature packets of version 4, only a public key, only one clear-signed text from the first byte to
 * the last. Whose signature it claims to be is read here, so that one key can be fetched for it; whether
 * it is good is not this file's business. What does not pass never reaches the library.
 */
#ifndef WIRE_PGP_H
#define WIRE_PGP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PGP_SIGS      8            /* signatures in one block */
#define PGP_SIG_BYTES 8192         /* of signature packets */
#define PGP_SIG_TEXT  16384        /* ... in armour */
#define PGP_KEY_BYTES (48u << 10)  /* a public key */
#define PGP_KEY_TEXT  (80u << 10)  /* ... in armour */
#define PGP_PACKETS   1000         /* in a key */
#define PGP_ID        8            /* key id: the last bytes of a version 4 fingerprint */
#define PGP_FPR       65           /* a fingerprint as hex digits, with its NUL */
#define PGP_RULE      128
#define PGP_SUBS      32           /* a key and its subkeys */

/* What is asked of role verify. */
enum pgp_form {
	PGP_DETACHED, /* bytes, and a signature beside them */
	PGP_CLEAR,    /* a clear-signed text (RFC 4880 7) */
	PGP_KEY_FILE, /* a public key to be enrolled */
	PGP_FORM_N,
};
enum pgp_result {
	PGP_GOOD,
	PGP_REFUSED, /* by rule */
	PGP_UNKNOWN, /* by no key that is enrolled */
	PGP_LATER,   /* could not be checked now */
	PGP_ASIDE,   /* set aside: it crashed the one who looked twice */
	PGP_RESULT_N,
};

struct pgp_sig {
	uint8_t type, algo, hash; /* RFC 4880 5.2.1, 9.1, 9.4 */
	uint8_t id[PGP_ID];       /* whose it says it is: a hint, signed or not */
	bool has_id;
};
struct pgp_sigs {
	unsigned n; /* at least 1 */
	struct pgp_sig sig[PGP_SIGS];
};

/* A detached signature, armoured or binary: its packets alone into out, and what they say. 0, or
 * -EBADMSG with *rule (static). */
int pgp_sig_read(const void *p, size_t n, uint8_t out[PGP_SIG_BYTES], size_t *out_n,
    struct pgp_sigs *ret, const char **rule);
/* A clear-signed text: nothing before it, nothing behind it but white space, no header but Hash, no
 * unescaped dash. The packets of its signature as above. */
int pgp_clear_read(const void *p, size_t n, uint8_t out[PGP_SIG_BYTES], size_t *out_n,
    struct pgp_sigs *ret, const char **rule);
/* The text inside one that pgp_clear_read took, dashes unescaped: for use as an unsigned text only. to
 * has room for n bytes. Returns its length. */
size_t pgp_clear_text(const void *p, size_t n, char *to);
/* Does it look like a clear-signed text at all? */
bool pgp_is_clear(const void *p, size_t n);
/* Exactly one public key with what belongs to it, armoured or binary: its packets into out. */
int pgp_key_read(const void *p, size_t n, uint8_t out[PGP_KEY_BYTES], size_t *out_n, const char **rule);

#endif
