/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a sheet is packed in: nothing, gzip (RFC 1952) or zip, known by its first bytes. The stream is read
 * once, from its beginning, and unpacked 64 KiB at a time: no promise of a size is believed, and what
 * comes out is capped in total and against what went in.
 *
 * zlib and a reader of zip's local headers, not libarchive: a library that pulls its input cannot stop in
 * the middle and go on later, and it would bring a dozen formats nobody sends here into the process that
 * reads strangers' bytes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/sheet_own.h"

struct unpack *
unpack_new(void)
{
	return calloc(1, sizeof(struct unpack));
}

void
unpack_free(struct unpack *u)
{
	if (!u)
		return;
	if (u->z_live)
		inflateEnd(&u->z);
	free(u);
}

int
unpack_caps(const struct unpack *u, const char **rule)
{
	if (u->out_total > UNPACK_TOTAL) {
		*rule = "more than 4 GiB unpacked";
		return -EBADMSG;
	}
	if (u->kind != UNPACK_PLAIN && u->out_total > UNPACK_FREE &&
	    u->out_total / UNPACK_RATIO > u->in_total) {
		*rule = "unpacks to more than 200 times its size";
		return -EBADMSG;
	}
	return 0;
}

void
unpack_copy(struct unpack *u, const uint8_t *in, size_t n, size_t *used)
{
	size_t take = n < sizeof(u->out) ? n : sizeof(u->out);
	memcpy(u->out, in, take);
	u->out_n = take;
	u->out_total += take;
	*used = take;
}

int
unpack_inflate(
    struct unpack *u, const uint8_t *in, size_t n, size_t *used, bool *ended, const char **rule)
{
	u->z.next_in = (uint8_t *)(uintptr_t)in; /* zlib's old prototype; it does not write there */
	u->z.avail_in = n < UINT32_MAX ? (uInt)n : UINT32_MAX;
	u->z.next_out = u->out;
	u->z.avail_out = sizeof(u->out);
	uInt had = u->z.avail_in;
	int rc = inflate(&u->z, Z_NO_FLUSH);
	*used = had - u->z.avail_in;
	u->out_n = sizeof(u->out) - u->z.avail_out;
	u->out_total += u->out_n;
	*ended = rc == Z_STREAM_END;
	/* What came before the damage is given out first, so that the size of the pieces changes nothing. */
	if (rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR ||
	    (rc == Z_DATA_ERROR && u->out_n > 0))
		return 0;
	*rule = "RFC 1951: the packed bytes are broken";
	return rc == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

/* By the first four bytes, or fewer if no more follow. */
static int
guess(struct unpack *u, const char **rule)
{
	static const uint8_t gz[2] = { 0x1f, 0x8b };
	u->kind = UNPACK_PLAIN;
	if (u->head_n >= 2 && memcmp(u->head, gz, 2) == 0) {
		u->kind = UNPACK_GZIP;
		if (inflateInit2(&u->z, 16 + MAX_WBITS) != Z_OK)
			return -ENOMEM;
		u->z_live = true;
	} else if (u->head_n == 4 && memcmp(u->head, "PK\3\4", 4) == 0) {
		u->kind = UNPACK_ZIP;
	} else if (u->head_n == 4 && memcmp(u->head, "PK", 2) == 0 && u->head[2] < 9) {
		*rule = "APPNOTE 4.3.7: a zip that does not begin with a local header";
		return -EBADMSG;
	}
	return 0;
}

/* Plain bytes and gzip members are one table. */
static int
single(struct unpack *u, const uint8_t *in, size_t n, bool end, size_t *used, const char **rule)
{
	bool ended;
	int rc;
	if (!u->begun) {
		u->begun = true;
		return UNPACK_ENTRY;
	}
	if (u->over)
		return UNPACK_DONE;
	if (u->kind == UNPACK_PLAIN) {
		if (n == 0) {
			u->over = end;
			return end ? UNPACK_CLOSE : UNPACK_MORE;
		}
		unpack_copy(u, in, n, used);
		return UNPACK_DATA;
	}
	while (n > 0 && u->gz_ended && in[0] == 0) { /* padding */
		in++;
		n--;
		++*used;
	}
	if (n == 0 && u->gz_ended) {
		u->over = end;
		return end ? UNPACK_CLOSE : UNPACK_MORE;
	}
	if (u->gz_ended) { /* RFC 1952 2.2: members one after the other */
		inflateReset(&u->z);
		u->gz_ended = false;
	}
	size_t took = 0;
	rc = unpack_inflate(u, in, n, &took, &ended, rule);
	*used += took;
	if (rc < 0)
		return rc;
	u->gz_ended = ended;
	if (u->out_n > 0)
		return UNPACK_DATA;
	if (n == took && end && !ended) {
		*rule = "RFC 1952: cut short";
		return -EBADMSG;
	}
	return u->gz_ended && end && n == took ? single(u, in + took, 0, end, used, rule)
					       : UNPACK_MORE;
}

/* The bytes kept for the guess come first. */
static int
from_head(struct unpack *u, bool end, const char **rule)
{
	uint8_t head[4];
	size_t n = u->head_n, took = 0;
	memcpy(head, u->head, n);
	int rc = u->kind == UNPACK_ZIP ? unzip_next(u, head, n, end, &took, rule)
				       : single(u, head, n, end, &took, rule);
	memmove(u->head, head + took, n - took);
	u->head_n = n - took;
	return rc;
}

int
unpack_next(
    struct unpack *u, const uint8_t *in, size_t n, bool end, size_t *used, const char **rule)
{
	int rc;
	*used = 0;
	u->out_n = 0;
	if (u->kind == UNPACK_UNKNOWN) {
		while (u->head_n < 4 && *used < n)
			u->head[u->head_n++] = in[(*used)++];
		u->in_total += *used;
		if (u->head_n < 4 && !end)
			return UNPACK_MORE;
		rc = guess(u, rule);
		if (rc < 0)
			return rc;
		return unpack_next(u, in + *used, 0, end && *used == n, &(size_t){ 0 }, rule);
	}
	if (u->head_n > 0) {
		/* `end` only once these are all. */
		rc = from_head(u, false, rule);
		if (rc != UNPACK_MORE)
			return rc;
	}
	if (u->kind == UNPACK_ZIP) {
		rc = unzip_next(u, in, n, end, used, rule);
	} else {
		rc = single(u, in, n, end, used, rule);
		u->in_total += *used;
	}
	if (rc < 0)
		return rc;
	int caps = unpack_caps(u, rule);
	return caps < 0 ? caps : rc;
}
