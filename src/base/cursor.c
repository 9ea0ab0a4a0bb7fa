/* SPDX-License-Identifier: BSD-2-Clause */
/* Sticky-error cursors, see cursor.h. Must never read or write outside [p, end). */
#include "base/cursor.h"

#include <string.h>

struct reader
reader_of(const void *p, size_t n)
{
	return (struct reader){ .p = p, .end = (const uint8_t *)p + n };
}

void
rbytes(struct reader *r, void *to, size_t n)
{
	const uint8_t *p = rspan(r, n);
	if (n == 0)
		return;
	if (p)
		memcpy(to, p, n);
	else
		memset(to, 0, n);
}

bool
reader_done(const struct reader *r)
{
	return !r->bad && r->p == r->end;
}

struct writer
writer_of(void *p, size_t n)
{
	return (struct writer){ .p = p, .start = p, .end = (uint8_t *)p + n };
}

size_t
writer_len(const struct writer *w)
{
	return (size_t)(w->p - w->start);
}

void
wbytes(struct writer *w, const void *from, size_t n)
{
	if (w->bad || (size_t)(w->end - w->p) < n) {
		w->bad = true;
		return;
	}
	if (n)
		memcpy(w->p, from, n);
	w->p += n;
}

static void
wnum(struct writer *w, uint64_t v, size_t n)
{
	uint8_t b[8];
	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	wbytes(w, b, n);
}

void
w8(struct writer *w, uint8_t v)
{
	wnum(w, v, 1);
}

void
w16(struct writer *w, uint16_t v)
{
	wnum(w, v, 2);
}

void
w32(struct writer *w, uint32_t v)
{
	wnum(w, v, 4);
}

void
w64(struct writer *w, uint64_t v)
{
	wnum(w, v, 8);
}
