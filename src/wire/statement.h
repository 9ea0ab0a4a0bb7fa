/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A statement of a reporter: "this machine key signs reports for me until then". Small JSON, signed
 * with the reporter's OpenPGP key, detached or clear-signed; who may say so is not decided here.
 *
 *   {"lymph_statement":1, "key":"ssh-ed25519 AAAA...", "not_after":"2027-06-01T00:00:00Z",
 *    "scope":"reports", "aud":"report.example.net"}
 *
 * aud may be absent; nothing else may be, and nothing may be added. That machine key signs it, too (SSHSIG,
 * STATEMENT_NAMESPACE): nobody admits a key he does not have, and so nobody's reports become his.
 */
#ifndef WIRE_STATEMENT_H
#define WIRE_STATEMENT_H

#include <stdbool.h>

#include "base/msec.h"
#include "model/fact.h"

#define STATEMENT_MAX  4096
#define STATEMENT_MOST (400 * MSEC_DAY) /* a machine key is admitted no longer than that at once */

struct statement {
	struct key key;
	msec not_after;
	char aud[256]; /* "" for whoever reads it */
};

/* now bounds not_after: behind it, and not further than STATEMENT_MOST. 0, or -EBADMSG with *field and
 * *rule (static); -ENOMEM. */
int statement_parse(const void *p, size_t n, msec now, struct statement *ret, const char **field,
    const char **rule);
/* Did that key sign these bytes? proof: an SSHSIG blob. Of a clear-signed text, whose line ends are anybody's,
 * the text with LF and one at its end. 0; -EKEYREJECTED; -ENOMEM. */
#define STATEMENT_NAMESPACE "lymph-statement"
int statement_proven(const void *p, size_t n, bool clear, const void *proof, size_t proof_n,
    const struct key *key);
/* The text; room of 512 + strlen(aud) is enough. Its length, or -ENOSPC. */
int statement_print(const struct statement *s, char *text, size_t room);

#endif
