/* SPDX-License-Identifier: BSD-2-Clause */
/* See sheet_make.h. Aborts where a test could not go on anyway. */
#include "sheet_make.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (b->n + n > b->room) {
		b->room = (b->n + n) * 2;
		b->p = realloc(b->p, b->room);
		if (!b->p)
			abort();
	}
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

void
buf_text(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

static void
pack(struct buf *b, z_stream *z, const void *p, size_t n, int flush)
{
	uint8_t out[16384];
	int rc;
	z->next_in = (uint8_t *)(uintptr_t)p;
	z->avail_in = (uInt)n;
	do {
		z->next_out = out;
		z->avail_out = sizeof(out);
		rc = deflate(z, flush);
		if (rc == Z_STREAM_ERROR)
			abort();
		buf_add(b, out, sizeof(out) - z->avail_out);
	} while (z->avail_out == 0);
}

void
make_gzip(struct buf *b, const void *p, size_t n)
{
	z_stream z = { 0 };
	if (deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	pack(b, &z, p, n, Z_FINISH);
	deflateEnd(&z);
}

void
make_repeated(
    struct buf *b, const void *head, size_t head_n, const void *p, size_t n, unsigned times)
{
	z_stream z = { 0 };
	struct buf once = { 0 };
	if (deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	pack(b, &z, head, head_n, Z_FULL_FLUSH);
	pack(&once, &z, p, n, Z_FULL_FLUSH);
	for (unsigned i = 0; i < times; i++)
		buf_add(b, once.p, once.n);
	buf_free(&once);
	deflateEnd(&z);
}

static void
le(struct buf *b, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++, v >>= 8)
		buf_add(b, &(uint8_t){ (uint8_t)v }, 1);
}

void
make_entry(struct buf *b, const struct entry *e)
{
	struct buf body = { 0 };
	bool behind = e->flags & 8;
	uint32_t crc = (uint32_t)crc32(crc32(0, NULL, 0), e->p, (uInt)e->n) ^ e->wrong_crc;
	if (e->method == 8) {
		z_stream z = { 0 };
		if (deflateInit2(&z, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
			abort();
		pack(&body, &z, e->p, e->n, Z_FINISH);
		deflateEnd(&z);
	} else {
		buf_add(&body, e->p, e->n);
	}
	uint32_t csize = e->csize ? e->csize : (uint32_t)body.n;
	le(b, 0x04034b50, 4);
	le(b, 20, 2);
	le(b, e->flags, 2);
	le(b, e->method, 2);
	le(b, 0, 4); /* when */
	le(b, behind ? 0 : crc, 4);
	le(b, e->zip64 ? UINT32_MAX : behind ? 0 : csize, 4);
	le(b, e->zip64 ? UINT32_MAX : behind ? 0 : (uint32_t)e->n, 4);
	le(b, (uint32_t)strlen(e->name), 2);
	le(b, (uint32_t)e->extra_n + (e->zip64 ? 20 : 0), 2);
	buf_text(b, e->name);
	if (e->zip64) {
		le(b, 1, 2);
		le(b, 16, 2);
		le(b, behind ? 0 : e->n, 8);
		le(b, behind ? 0 : csize, 8);
	}
	buf_add(b, e->extra, e->extra_n);
	buf_add(b, body.p, body.n);
	if (behind) {
		if (!e->unsigned_descriptor)
			le(b, 0x08074b50, 4);
		le(b, crc, 4);
		le(b, csize, e->zip64 ? 8 : 4);
		le(b, e->n, e->zip64 ? 8 : 4);
	}
	buf_free(&body);
}

void
make_end(struct buf *b)
{
	le(b, 0x02014b50, 4);
	for (int i = 0; i < 42; i++)
		le(b, 0, 1);
	le(b, 0x06054b50, 4);
	for (int i = 0; i < 18; i++)
		le(b, 0, 1);
}
