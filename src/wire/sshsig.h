/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SSHSIG signatures (OpenSSH PROTOCOL.sshsig) with Ed25519 keys (RFC 8032, RFC 8709) over the exact
 * bytes of a message, namespace "lymph-report". What `ssh-keygen -Y sign -n lymph-report` makes
 * verifies here, and `ssh-keygen -Y verify` accepts what is made here.
 */
#ifndef WIRE_SSHSIG_H
#define WIRE_SSHSIG_H

#include <stddef.h>
#include <stdint.h>

#include "model/fact.h"

#define SSHSIG_NAMESPACE "lymph-report"
#define SSHSIG_MAX       1024 /* a blob of ours is about 200 bytes */

/* Verifies a binary blob (the armour's base64 content, decoded) over message. 0 with the signer's key
 * in *ret; -EBADMSG (not an SSHSIG of version 1 with an Ed25519 key and our namespace; *rule says
 * which rule), -EKEYREJECTED (well-formed, but the signature is wrong). */
int sshsig_verify(const void *blob, size_t blob_len, const void *message, size_t n, const char *ns,
    struct key *ret, const char **rule);
/* The blob out of "-----BEGIN SSH SIGNATURE-----" armour, or out of bare base64 (white space allowed).
 * 0 or -EBADMSG. */
int sshsig_dearmor(const char *text, size_t n, uint8_t *blob, size_t room, size_t *ret_len);
/* ... and back; room of 2 * len + 128 is enough. Returns the length or -ENOSPC. */
int sshsig_armor(const uint8_t *blob, size_t len, char *text, size_t room);

struct sshsig_secret {
	uint8_t sk[64]; /* libsodium form: seed and public key */
};
/* An unencrypted "openssh-key-v1" private key file with one Ed25519 key. 0; -ENOKEY: encrypted;
 * -ENOTSUP: another key type; -EBADMSG. */
int sshsig_secret_parse(const char *text, size_t n, struct sshsig_secret *ret);
/* Such a file, new, from a 32-byte seed. Returns its length or -ENOSPC (4096 is enough). */
int sshsig_secret_print(const uint8_t seed[32], const char *comment, char *text, size_t room);
/* Signs; blob room SSHSIG_MAX. Returns the blob's length. */
size_t sshsig_sign(const struct sshsig_secret *s, const void *message, size_t n, const char *ns,
    uint8_t blob[SSHSIG_MAX]);
/* "ssh-ed25519 AAAA... comment" (a .pub file or allowed_signers tail): 0 or -EBADMSG. */
int sshsig_public_parse(const char *text, size_t n, struct key *ret);
/* "SHA256:..." of the key, as ssh-keygen -l prints it. */
#define KEY_TEXT 56
char *key_print(const struct key *k, char buf[KEY_TEXT]);
/* A key from its full SHA256 print is impossible; "ssh-ed25519 AAAA..." or 64 hex digits. 0/-EINVAL. */
int key_parse(const char *s, size_t n, struct key *ret);
char *key_print_public(const struct key *k, char *buf, size_t room);

#endif
