/* SPDX-License-Identifier: BSD-2-Clause */
/* Packs sheets for tests: gzip, and zip entry by entry, honest or not. */
#ifndef TEST_SHEET_MAKE_H
#define TEST_SHEET_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *p;
	size_t n, room;
};

void buf_add(struct buf *b, const void *p, size_t n);
void buf_text(struct buf *b, const char *s);
void buf_free(struct buf *b);

/* One gzip member. */
void make_gzip(struct buf *b, const void *p, size_t n);
/* deflate() of p `times` over, without compressing it each time: blocks between full flushes repeat. raw: for zip. */
void make_repeated(struct buf *b, const void *head, size_t head_n, const void *p, size_t n, unsigned times);

struct entry {
	const char *name;
	const void *p;
	size_t n;
	uint16_t method;          /* 0, 8, or one we do not know */
	uint16_t flags;           /* added; 8: a data descriptor */
	bool unsigned_descriptor, wrong_crc;
	const void *extra;
	size_t extra_n;
	uint32_t csize;           /* said instead of the true one, unless 0 */
	bool zip64;               /* sizes of eight bytes, in a field before `extra` */
};
void make_entry(struct buf *b, const struct entry *e);
/* A central directory of nothing and the end record. */
void make_end(struct buf *b);

#endif
