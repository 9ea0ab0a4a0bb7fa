/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of messages, see msg.h. Signatures and keys, between verify, those who ask it, and the judge. */
#ifndef LYMPHD_MSG_SIGN_H
#define LYMPHD_MSG_SIGN_H

#include "model/fact.h"
#include "wire/pgp.h"
#include "lymphd/vouch.h"

/* An OpenPGP signature. Sealed memory: the signed bytes, then the signature (none when clear-signed). */
struct msg_verify {
	uint64_t ticket;
	int64_t when;               /* of arrival, msec: a signature must not be much older or newer */
	uint32_t signed_len, sig_len;
	uint32_t clear;             /* 1: clear-signed text (RFC 4880 7), whole */
	uint32_t key;               /* 1: no signature, a public key to be enrolled; of the judge only */
};
#define VERIFY_BYTES ((64u << 20) + PGP_SIG_TEXT)
#define FINGERPRINT_TEXT 72
enum verified {
	VERIFIED_GOOD = PGP_GOOD,       /* by a key we know, and past the gate */
	VERIFIED_BAD = PGP_REFUSED,     /* refused: see rule */
	VERIFIED_UNKNOWN = PGP_UNKNOWN, /* no such key here */
	VERIFIED_LATER = PGP_LATER,     /* not now */
	VERIFIED_ASIDE = PGP_ASIDE,     /* never: it crashed verify twice */
	VERIFIED_N,
};
/* Sealed memory, when it was clear-signed: good, the text as the library gives it; unknown, the text as it
 * is written there, which is nobody's. Of a good key: the key, as it is to be kept. */
struct msg_verified {
	uint64_t ticket;
	int64_t when;                        /* of the signature, msec */
	uint32_t result;                     /* enum verified */
	char fingerprint[FINGERPRINT_TEXT];  /* of the primary key, upper-case hex */
	char rule[PGP_RULE];                 /* words of ours */
	uint32_t ids;                        /* of a key: its own id and those of its subkeys */
	uint8_t id[PGP_SUBS][PGP_ID];
	uint8_t vouch[VOUCH_BYTES];          /* when good: whoever asked may say so to the judge */
};
/* What vouches are made with, see vouch.h; each time verify comes up. */
struct msg_vouch_key {
	uint8_t key[VOUCH_KEY];
};
/* Who may have signed: the first of these that is enrolled. */
struct msg_pgp_key_get {
	uint64_t ticket;
	uint32_t n;
	uint8_t id[PGP_SIGS][PGP_ID];
};
/* The tail: the key, binary (RFC 4880 11.1), at most PGP_KEY_BYTES of it; none: not known. */
struct msg_pgp_key {
	uint64_t ticket;
	uint32_t found;
};

/* A statement about a machine key (wire/statement.h), as it came: the judge has it verified itself, for
 * what it changes stays. The tail: that key's own signature, the signed bytes, the OpenPGP signature (none
 * when clear-signed). */
struct msg_statement {
	uint64_t ticket;
	uint64_t era;               /* the judge's own: which life of hear-reports it came from */
	uint32_t signed_len, sig_len;
	uint32_t clear;
	uint32_t proof_len;
};
struct msg_statement_answer {
	uint64_t ticket;
	int64_t not_after;
	struct key key;             /* that is admitted ... */
	char fingerprint[FINGERPRINT_TEXT]; /* ... by whom */
	uint32_t result;            /* enum verified; BAD: see field and rule */
	char field[32], rule[PGP_RULE];
};

#endif
