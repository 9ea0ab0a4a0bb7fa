/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sticky-error cursors over bytes. After the first read or write that does not fit, every later
 * one is a no-op (reads yield zero) and the cursor says so once, at the end: check cur_ok().
 * Numbers are big-endian. Nothing is allocated.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const uint8_t *p, *end;
	bool bad;
};

struct writer {
	uint8_t *p, *start, *end;
	bool bad;
};

struct reader reader_of(const void *p, size_t n);
void rbytes(struct reader *r, void *to, size_t n);
/* True when nothing failed and nothing is left over. */
bool reader_done(const struct reader *r);

struct writer writer_of(void *p, size_t n);
size_t writer_len(const struct writer *w);
void w8(struct writer *w, uint8_t v);
void w16(struct writer *w, uint16_t v);
void w32(struct writer *w, uint32_t v);
void w64(struct writer *w, uint64_t v);
void wbytes(struct writer *w, const void *from, size_t n);

/* Here and not in cursor.c: a decoder reads some forty numbers of a sampled packet. */
static inline size_t
reader_left(const struct reader *r)
{
	return r->bad ? 0 : (size_t)(r->end - r->p);
}

/* n bytes in place, or NULL (and bad) when they are not there. */
static inline const uint8_t *
rspan(struct reader *r, size_t n)
{
	if (r->bad || (size_t)(r->end - r->p) < n) {
		r->bad = true;
		return NULL;
	}
	const uint8_t *p = r->p;
	r->p += n;
	return p;
}

static inline uint8_t
r8(struct reader *r)
{
	const uint8_t *p = rspan(r, 1);
	return p ? *p : 0;
}

static inline uint16_t
r16(struct reader *r)
{
	uint16_t v = 0;
	const uint8_t *p = rspan(r, sizeof(v));
	if (p)
		memcpy(&v, p, sizeof(v));
	return be16toh(v);
}

static inline uint32_t
r32(struct reader *r)
{
	uint32_t v = 0;
	const uint8_t *p = rspan(r, sizeof(v));
	if (p)
		memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static inline uint64_t
r64(struct reader *r)
{
	uint64_t v = 0;
	const uint8_t *p = rspan(r, sizeof(v));
	if (p)
		memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

#endif
