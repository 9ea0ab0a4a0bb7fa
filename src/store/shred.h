/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What makes a record of the store forgettable: each fact, and each body, is sealed (XChaCha20-Poly1305)
 * under a key of its own, and the keys stand apart from them, in one flat file of places by journal
 * number. Overwrite 16 bytes there and the record is gone, wherever a copy of it may still lie: in the
 * log, in free pages, in a copy of the store without its keys. A key is a record's and not a person's:
 * a report is about two people, and forgetting either must do. It must never make a key for a record
 * whose key was destroyed, nor give a record out under any other.
 */
#ifndef STORE_SHRED_H
#define STORE_SHRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

#define SHRED_FILE      "keys"
#define SHRED_MAIL_FILE "mail-keys" /* by numbers of mails, their heads and bodies */
#define SHRED_OUT_FILE  "out-keys"  /* by numbers of the outbox, the same of what leaves by mail */
#define SHRED_MORE 41 /* bytes a sealed record is longer: a mark, a nonce, a tag */

/* Of one number; each has a seed in its place. SHRED_WISH has none of its own: who wants to be told of a report
 * stands in the report, too, so that is sealed under a second key of its body's seed and goes with it. */
enum shred_part { SHRED_FACT, SHRED_BODY, SHRED_PARTS, SHRED_WISH = SHRED_PARTS };

struct shred;

/* name in the folder dir, held open by the caller, made if it is not there; dir -1: in memory. last: the
 * highest number in use: places behind it are made anew. 0 or negative errno. */
int shred_open(int dir, const char *name, bool readonly, uint64_t last, struct shred **ret);
void shred_close(struct shred *k);
/* Into out, n + SHRED_MORE bytes. The key is on the disk when it returns. 0 or negative errno. */
int shred_seal(struct shred *k, uint64_t no, enum shred_part part, const void *p, size_t n, void *out);
/* Whether it is sealed at all: what an older version wrote is not. */
bool shred_is(const void *p, size_t n);
/* Into out, n - SHRED_MORE bytes. -ENODATA: the key was destroyed; -EBADMSG: damaged. */
int shred_unseal(struct shred *k, uint64_t no, enum shred_part part, const void *p, size_t n, void *out);
/* The same for what is large, piece by piece (secretstream): head, then each SHRED_PIECE bytes with
 * SHRED_PIECE_MORE, the last one marked as such; nothing is one empty piece. */
#define SHRED_PIECE      65536
#define SHRED_PIECE_MORE crypto_secretstream_xchacha20poly1305_ABYTES
#define SHRED_HEAD       (1 + crypto_secretstream_xchacha20poly1305_HEADERBYTES)
struct shred_stream {
	crypto_secretstream_xchacha20poly1305_state st;
};
size_t shred_stream_bytes(size_t n); /* of n bytes, sealed */
int shred_stream_begin(struct shred *k, uint64_t no, enum shred_part part, struct shred_stream *s,
    uint8_t head[SHRED_HEAD]);
void shred_stream_piece(struct shred_stream *s, const void *p, size_t n, bool last, void *out);
bool shred_is_stream(const void *p, size_t n);
/* And back: the head, then each piece, n of them sealed; *last: nothing may follow. -ENODATA, -EBADMSG. */
int shred_stream_open(struct shred *k, uint64_t no, enum shred_part part, const uint8_t head[SHRED_HEAD],
    struct shred_stream *s);
int shred_stream_pull(struct shred_stream *s, const void *in, size_t n, void *out, size_t *ret_n, bool *last);
/* All of it, into out, at most n bytes; *ret_n: how many. -ENODATA, -EBADMSG. */
int shred_unstream(struct shred *k, uint64_t no, enum shred_part part, const void *p, size_t n, void *out,
    size_t *ret_n);
/* A key for what stood in the clear until now, and so may have none; on the disk after shred_sync. */
int shred_make(struct shred *k, uint64_t no, enum shred_part part);
/* A new key in the place of the old one, on the disk when it returns: what was sealed under that is gone. */
int shred_renew(struct shred *k, uint64_t no, enum shred_part part);
/* Destroys a key. It cannot be taken back; it is on the disk after shred_sync. A number that is not in
 * use has none, and that is no error. */
int shred_destroy(struct shred *k, uint64_t no, enum shred_part part);
int shred_sync(struct shred *k);

#endif
