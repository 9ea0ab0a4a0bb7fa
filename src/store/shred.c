/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of keys, see shred.h. A place is 32 bytes: the seeds of the fact's key and of its body's. Places
 * are filled with random bytes many at a time and synced before the first is used, so a fact costs no write
 * here. All zero: destroyed. It must never be read whole: it grows with the journal.
 */
#include "store/shred.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#define MARK  0xc5 /* no version byte of a fact, no first byte of a JSON document */
#define MARKS 0xc6 /* of a stream */
#define SEED  16
#define PLACE (SEED * SHRED_PARTS)
#define AHEAD 4096 /* places made at a time */
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG   crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(SHRED_MORE == 1 + NONCE + TAG, "what sealing adds");

struct shred {
	int fd; /* -1: there is none; all keys are gone */
	bool readonly, dirty;
	uint64_t from, to; /* places in `ahead`, made by this process: [from, to). `to` never falls */
	uint64_t high;     /* the highest number sealed so far, here or by earlier processes */
	uint8_t ahead[AHEAD * PLACE];
	uint8_t nonces[128][NONCE]; /* drawn many at a time: each draw is a system call */
	unsigned nonces_left;
};

static int
write_at(int fd, const uint8_t *p, size_t n, uint64_t at)
{
	while (n) {
		ssize_t w = pwrite(fd, p, n, (off_t)at);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 ? -errno : -EIO;
		p += w;
		n -= (size_t)w;
		at += (uint64_t)w;
	}
	return 0;
}

/* Makes the places from `no` on, unless there is one for it. What stood there belongs to no record: numbers
 * only grow, and one that was sealed under before has its place. */
static int
place(struct shred *k, uint64_t no)
{
	if (no < k->to)
		return 0;
	if (no <= k->high)
		return -EBADMSG;
	randombytes_buf(k->ahead, sizeof(k->ahead));
	int r = write_at(k->fd, k->ahead, sizeof(k->ahead), no * PLACE);
	if (r == 0 && fdatasync(k->fd))
		r = -errno;
	/* Failed: none is in memory any more, and what was made earlier is read from the file. */
	k->from = no;
	k->to = r == 0 ? no + AHEAD : no;
	return r;
}

int
shred_open(int dir, const char *name, bool readonly, uint64_t last, struct shred **ret)
{
	struct shred *k = sodium_init() < 0 ? NULL : calloc(1, sizeof(*k));
	int r = 0;
	if (!k)
		return -ENOMEM;
	k->readonly = readonly;
	k->fd = dir < 0 ? memfd_create(name, MFD_CLOEXEC)
			: openat(dir, name, O_CLOEXEC | O_NOFOLLOW | (readonly ? O_RDONLY : O_RDWR | O_CREAT),
			      0600);
	if (k->fd < 0 && !(readonly && errno == ENOENT))
		r = -errno;
	/* The name, too, before anything is sealed. */
	if (r == 0 && dir >= 0 && !readonly && fsync(dir) && errno != EINVAL)
		r = -errno;
	k->from = k->to = last + 1;
	k->high = last;
	if (r < 0) {
		shred_close(k);
		return r;
	}
	*ret = k;
	return 0;
}

void
shred_close(struct shred *k)
{
	if (!k)
		return;
	if (k->fd >= 0)
		close(k->fd);
	sodium_memzero(k, sizeof(*k));
	free(k);
}

/* The key of one part. -ENODATA: there is none. */
static int
key_of(struct shred *k, uint64_t no, enum shred_part part, uint8_t key[32])
{
	static const char *const use[] = { "lymph fact", "lymph body", [SHRED_WISH] = "lymph wish" };
	const enum shred_part of = part == SHRED_WISH ? SHRED_BODY : part;
	uint8_t read[SEED];
	const uint8_t *seed = read;
	if (no >= k->from && no < k->to) {
		seed = k->ahead + (no - k->from) * PLACE + of * SEED;
	} else {
		ssize_t n = k->fd < 0 ? 0 : pread(k->fd, read, SEED, (off_t)(no * PLACE + of * SEED));
		if (n < 0)
			return -errno;
		if (n < SEED)
			return -ENODATA;
	}
	if (sodium_is_zero(seed, SEED))
		return -ENODATA;
	crypto_generichash(key, 32, (const uint8_t *)use[part], strlen(use[part]), seed, SEED);
	return 0;
}

/* The same to seal by: there is a place now, if there was none. */
static int
key_to_seal(struct shred *k, uint64_t no, enum shred_part part, uint8_t key[32])
{
	int r = k->readonly ? -EROFS : 0;
	if (r == 0) /* a wish is about what there is */
		r = part != SHRED_WISH ? place(k, no) : no <= k->high ? 0 : -ENODATA;
	if (r == 0)
		r = key_of(k, no, part, key);
	if (r == 0 && no > k->high)
		k->high = no;
	return r;
}

int
shred_seal(struct shred *k, uint64_t no, enum shred_part part, const void *p, size_t n, void *out)
{
	uint8_t key[32], *o = out;
	int r = key_to_seal(k, no, part, key);
	if (r < 0)
		return r;
	o[0] = MARK;
	/* Random, for a number taken back by a rollback comes again, with its key. */
	if (!k->nonces_left) {
		randombytes_buf(k->nonces, sizeof(k->nonces));
		k->nonces_left = sizeof(k->nonces) / NONCE;
	}
	memcpy(o + 1, k->nonces[--k->nonces_left], NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(o + 1 + NONCE, NULL, p, n, NULL, 0, NULL, o + 1, key);
	sodium_memzero(key, sizeof(key));
	return 0;
}

bool
shred_is(const void *p, size_t n)
{
	return n >= SHRED_MORE && *(const uint8_t *)p == MARK;
}

int
shred_unseal(struct shred *k, uint64_t no, enum shred_part part, const void *p, size_t n, void *out)
{
	uint8_t key[32];
	const uint8_t *s = p;
	if (!shred_is(p, n))
		return -EBADMSG;
	int r = key_of(k, no, part, key);
	if (r == 0 && crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, s + 1 + NONCE,
		n - 1 - NONCE, NULL, 0, s + 1, key) != 0)
		r = -EBADMSG;
	sodium_memzero(key, sizeof(key));
	return r;
}

size_t
shred_stream_bytes(size_t n)
{
	size_t pieces = n ? (n + SHRED_PIECE - 1) / SHRED_PIECE : 1;
	return SHRED_HEAD + pieces * SHRED_PIECE_MORE + n;
}

int
shred_stream_begin(struct shred *k, uint64_t no, enum shred_part part, struct shred_stream *s,
    uint8_t head[SHRED_HEAD])
{
	uint8_t key[32];
	int r = key_to_seal(k, no, part, key);
	if (r < 0)
		return r;
	head[0] = MARKS;
	crypto_secretstream_xchacha20poly1305_init_push(&s->st, head + 1, key);
	sodium_memzero(key, sizeof(key));
	return 0;
}

void
shred_stream_piece(struct shred_stream *s, const void *p, size_t n, bool last, void *out)
{
	crypto_secretstream_xchacha20poly1305_push(&s->st, out, NULL, p, n, NULL, 0,
	    last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
}

bool
shred_is_stream(const void *p, size_t n)
{
	return n >= SHRED_HEAD + SHRED_PIECE_MORE && *(const uint8_t *)p == MARKS;
}

int
shred_stream_open(struct shred *k, uint64_t no, enum shred_part part, const uint8_t head[SHRED_HEAD],
    struct shred_stream *s)
{
	uint8_t key[32];
	if (head[0] != MARKS)
		return -EBADMSG;
	int r = key_of(k, no, part, key);
	if (r == 0 && crypto_secretstream_xchacha20poly1305_init_pull(&s->st, head + 1, key) != 0)
		r = -EBADMSG;
	sodium_memzero(key, sizeof(key));
	return r;
}

int
shred_stream_pull(struct shred_stream *s, const void *in, size_t n, void *out, size_t *ret_n, bool *last)
{
	unsigned long long got = 0;
	uint8_t tag = 0;
	if (n < SHRED_PIECE_MORE || n > SHRED_PIECE + SHRED_PIECE_MORE ||
	    crypto_secretstream_xchacha20poly1305_pull(&s->st, out, &got, &tag, in, n, NULL, 0) != 0)
		return -EBADMSG;
	*ret_n = (size_t)got;
	*last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
	return 0;
}

int
shred_unstream(struct shred *k, uint64_t no, enum shred_part part, const void *p, size_t n, void *out,
    size_t *ret_n)
{
	struct shred_stream s;
	const uint8_t *in = p;
	size_t at = SHRED_HEAD, put = 0, got;
	bool last = false;
	if (!shred_is_stream(p, n))
		return -EBADMSG;
	int r = shred_stream_open(k, no, part, in, &s);
	while (r == 0 && at < n) {
		size_t len = n - at < SHRED_PIECE + SHRED_PIECE_MORE ? n - at : SHRED_PIECE + SHRED_PIECE_MORE;
		r = last ? -EBADMSG : shred_stream_pull(&s, in + at, len, (uint8_t *)out + put, &got, &last);
		put += r == 0 ? got : 0;
		at += len;
	}
	if (r == 0 && !last)
		r = -EBADMSG;
	if (r == 0)
		*ret_n = put;
	return r;
}

static int
put_seed(struct shred *k, uint64_t no, enum shred_part part, const uint8_t seed[SEED])
{
	if (no >= k->from && no < k->to)
		memcpy(k->ahead + (no - k->from) * PLACE + part * SEED, seed, SEED);
	k->dirty = true;
	return write_at(k->fd, seed, SEED, no * PLACE + part * SEED);
}

int
shred_make(struct shred *k, uint64_t no, enum shred_part part)
{
	uint8_t seed[SEED];
	if (k->readonly || k->fd < 0 || part >= SHRED_PARTS)
		return part >= SHRED_PARTS ? -EINVAL : -EROFS;
	int r = place(k, no);
	randombytes_buf(seed, sizeof(seed));
	if (r == 0)
		r = put_seed(k, no, part, seed);
	sodium_memzero(seed, sizeof(seed));
	return r;
}

int
shred_renew(struct shred *k, uint64_t no, enum shred_part part)
{
	int r = shred_make(k, no, part);
	return r < 0 ? r : shred_sync(k);
}

int
shred_destroy(struct shred *k, uint64_t no, enum shred_part part)
{
	static const uint8_t zero[SEED];
	struct stat st;
	uint64_t at = no * PLACE + part * SEED;
	if (k->readonly || k->fd < 0 || part >= SHRED_PARTS)
		return part >= SHRED_PARTS ? -EINVAL : -EROFS;
	if (fstat(k->fd, &st))
		return -errno;
	if (at + SEED > (uint64_t)st.st_size)
		return 0; /* of a time before there were keys */
	return put_seed(k, no, part, zero);
}

int
shred_sync(struct shred *k)
{
	if (!k->dirty)
		return 0;
	if (fdatasync(k->fd))
		return -errno;
	k->dirty = false;
	return 0;
}
