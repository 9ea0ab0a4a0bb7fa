/* SPDX-License-Identifier: BSD-2-Clause */
/* Signs a report with the reporter's key: a file we can read, or whatever ssh-keygen can sign with
 * (a pass phrase, an agent, a token); or with an OpenPGP key of the user's gpg. */
#ifndef LYMPH_REPORT_KEY_H
#define LYMPH_REPORT_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lymph/report_conf.h"
#include "wire/sshsig.h"

struct signature {
	uint8_t blob[SSHSIG_MAX];
	size_t n;
	struct key key;
	char path[REPORT_PATH]; /* the key's file */
	bool created;           /* made just now */
	bool pgp;               /* a detached OpenPGP signature; path is whose key, key is zero */
};

/* By the user's gpg, which asks for what it needs; who is what its --local-user takes. As below. */
int report_sign_pgp(const char *who, const void *message, size_t n, struct signature *ret, char *why,
    size_t size);
/* Signs with the key file path, or with the own key (made on first use) when path is "", for that use
 * (SSHSIG's namespace). 0, or -errno with a sentence for people in why. */
int report_sign(const char *path, const char *ns, const void *message, size_t n, struct signature *ret,
    char *why, size_t size);
/* The public half of the key report_sign would use, made if it would be. As above. */
int report_public(const char *path, struct key *ret, char *why, size_t size);

#endif
