/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of mails, in and out of the store by pieces, see edge_mail_own.h. Must never hold a mail. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lymphd/edge_mail.h"
#include "lymphd/edge_mail_own.h"

static int
read_bytes(void *arg, uint64_t at, void *buf, size_t n)
{
	struct mail_bytes *b = arg;
	uint8_t *to = buf;
	for (size_t got = 0; got < n;) {
		ssize_t r = pread(b->fd, to + got, n - got, (off_t)(at + got));
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? -errno : -EBADMSG;
		got += (size_t)r;
	}
	crypto_hash_sha256_update(&b->hash, buf, n);
	return 0;
}

int
mail_shelve(struct edge *e, const struct shelf_no *name, const uint8_t digest[32], struct mail_bytes *b)
{
	uint8_t made[32];
	int rc = 0;
	crypto_hash_sha256_init(&b->hash);
	if (b->fd >= 0) {
		rc = store_shelve_from(e->store, SHELF_MAIL_BODY, name->b, sizeof(name->b), b->n, read_bytes, b);
	} else if (b->n) {
		crypto_hash_sha256_update(&b->hash, b->p, b->n);
		rc = store_shelve(e->store, SHELF_MAIL_BODY, name->b, sizeof(name->b), b->p, b->n);
	}
	crypto_hash_sha256_final(&b->hash, made);
	return rc == 0 && memcmp(digest, made, sizeof(made)) != 0 ? -EBADMSG : rc;
}

int
mails_body(struct edge *e, uint64_t no, uint64_t at, void *buf, size_t most, size_t *ret_n, size_t *size)
{
	struct shelf_no name = shelf_no(no);
	const struct mail_row *r = mails_row(e, no);
	if (!r || !r->size)
		return -ENOENT;
	return store_shelved_part(e->store, SHELF_MAIL_BODY, name.b, sizeof(name.b), at, buf, most, ret_n, size);
}
