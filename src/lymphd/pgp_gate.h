/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is this OpenPGP signature good enough to be believed? librnp does the cryptography, this gate decides:
 * librnp 0.16.3 alone takes a signature by a key that may not sign. What may not: a key revoked, expired
 * or too weak, a signature older or younger than 48 hours, a hash below SHA-256. Every refusal names its
 * rule. It knows one key at a time and keeps nothing from one call to the next.
 */
#ifndef LYMPHD_PGP_GATE_H
#define LYMPHD_PGP_GATE_H

#include "base/msec.h"
#include "wire/pgp.h"

#define PGP_WINDOW (48 * MSEC_HOUR) /* a signature's time, from now, either way */

struct pgp_answer {
	enum pgp_result result;
	char fingerprint[PGP_FPR]; /* of the primary key; "" when it is not PGP_GOOD */
	msec when;                 /* the signature's time */
	char rule[PGP_RULE];       /* "" when good; else ours, never a stranger's text */
	void *text;                /* PGP_CLEAR: the signed text as librnp gives it, malloc'ed; only when good */
	size_t text_n;
};

/* Before the box: the library's tables and random numbers. */
void pgp_warm(void);
/* key: packets of one public key, as pgp_key_see made them. bytes and sig (NULL for PGP_CLEAR) have
 * passed pgp_sig_read or pgp_clear_read; sig is packets. now: what the key must be good at; arrived: what
 * the signature's time must be near to. */
void pgp_verify(enum pgp_form form, const void *key, size_t key_n, const void *bytes, size_t n,
    const void *sig, size_t sig_n, msec now, msec arrived, struct pgp_answer *ret);

/* A key somebody wants to enrol. */
struct pgp_seen {
	enum pgp_result result;      /* PGP_GOOD or PGP_REFUSED */
	char fingerprint[PGP_FPR];
	char rule[PGP_RULE];
	unsigned n;
	uint8_t id[PGP_SUBS][PGP_ID]; /* of the key and its subkeys */
	void *key;                    /* malloc'ed: the key without what others signed on it */
	size_t key_n;
};
void pgp_key_see(const void *key, size_t n, msec now, struct pgp_seen *ret);

#endif
