/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the shelves of mails, for their files: edge_mail.c, edge_mail_row.c for what is known of a mail,
 * edge_mail_bytes.c for what it is made of. */
#ifndef LYMPHD_EDGE_MAIL_OWN_H
#define LYMPHD_EDGE_MAIL_OWN_H

#include <sodium.h>

#include "lymphd/edge.h"

struct mail_row;
struct mail_head;

/* A mail's bytes as they come: in the message, or in sealed memory, which is read piece by piece and not
 * mapped. */
struct mail_bytes {
	const void *p;
	int fd; /* -1: p */
	size_t n;
	crypto_hash_sha256_state hash;
};
/* Into the store, inside a transaction. -EBADMSG: they are not what the digest says; what was read is what
 * would be kept, so only then it is known. */
int mail_shelve(struct edge *e, const struct shelf_no *name, const uint8_t digest[32], struct mail_bytes *b);

/* edge_mail.c: is a mail of that digest kept? 0 and its number; -ENOENT, or the store's error. */
int mail_known(struct edge *e, const uint8_t digest[32], uint64_t *ret_no);

/* edge_mail_row.c: onto the shelves, in the transaction at hand; anew: sealed under a key of its own again. */
int mail_put_row(struct edge *e, const struct mail_row *r);
int mail_put_head(struct edge *e, uint64_t no, const struct mail_head *h, bool anew);
/* A row as a walk over the shelf gives it. -EBADMSG: it is none of ours. */
int mail_get_row(const void *name, size_t name_n, const void *blob, size_t n, struct mail_row *ret);

#endif
