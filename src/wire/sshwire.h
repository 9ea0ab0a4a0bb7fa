/* SPDX-License-Identifier: BSD-2-Clause */
/* What SSHSIG blobs and OpenSSH key files share: length-prefixed strings and Ed25519 key blobs
 * (RFC 4251 5, RFC 8709 4). For sshsig.c and sshkey.c only. */
#ifndef WIRE_SSHWIRE_H
#define WIRE_SSHWIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "model/fact.h"

struct span {
	const uint8_t *p;
	size_t n;
};

#define SSH_KEY_BLOB (4 + 11 + 4 + KEY_BYTES)

/* A string in place; empty once the cursor is bad. */
struct span ssh_r_string(struct reader *r);
void ssh_w_string(struct writer *w, const void *p, size_t n);
bool span_is(struct span s, const char *text);
void ssh_key_blob(const struct key *k, uint8_t blob[SSH_KEY_BLOB]);
/* Exactly an Ed25519 key that is not zero: 0 or -EBADMSG. */
int ssh_key_blob_parse(struct span s, struct key *ret);
/* Base64 with padding, white space allowed between: 0 or -EBADMSG. */
int ssh_base64(const char *s, size_t n, uint8_t *out, size_t room, size_t *ret_len);

#endif
