/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sheet that is decoded while it is read: what a large table costs is a buffer, not a copy; and documents
 * that are decoded once more when their turn comes. The mail's bytes must stay, which is the caller's
 * promise (mail_terms.stays).
 */
#include <stdlib.h>
#include <string.h>

#include "wire/mail_own.h"
#include "wire/mail_text.h"

#define STREAM 65536

struct mail_stream {
	struct mime_span rest; /* not decoded yet */
	enum mime_coding coding;
	struct transfer transfer;
	size_t at, n; /* decoded and not taken: buf[at..n) */
	char buf[STREAM + TRANSFER_ROOM];
};

struct mail_stream *
mail_stream_new(const struct mime_part *p)
{
	struct mail_stream *s = calloc(1, sizeof(*s));
	if (s) {
		s->rest = p->body;
		s->coding = p->coding;
	}
	return s;
}

void
mail_sheet_peek(struct mail_sheet *sheet, const void **p, size_t *n, bool *end)
{
	struct mail_stream *s = sheet->stream;
	if (!s) { /* a copy, whole */
		*p = sheet->bytes;
		*n = sheet->n;
		*end = true;
		return;
	}
	memmove(s->buf, s->buf + s->at, s->n - s->at);
	s->n -= s->at;
	s->at = 0;
	/* A decoder may hold back a few bytes of what came before. */
	while (s->n < STREAM && s->rest.n > 0) {
		size_t take = STREAM - s->n < s->rest.n ? STREAM - s->n : s->rest.n;
		s->n += transfer_decode(
		    s->coding, &s->transfer, s->rest.s, take, s->buf + s->n, take == s->rest.n);
		s->rest.s += take;
		s->rest.n -= take;
	}
	*p = s->buf;
	*n = s->n;
	*end = s->rest.n == 0;
}

void
mail_sheet_take(struct mail_sheet *sheet, size_t n)
{
	struct mail_stream *s = sheet->stream;
	if (!s) {
		sheet->bytes = memmove(sheet->bytes, (char *)sheet->bytes + n, sheet->n - n);
		sheet->n -= n;
		return;
	}
	s->at += n;
}

void *
mail_doc_bytes(struct mail_doc *d)
{
	struct transfer t = { 0 };
	void *bytes = d->bytes;
	if (bytes || !d->at) {
		d->bytes = NULL;
		return bytes;
	}
	struct mime_part p = { .body = { d->at, d->at_n }, .coding = (enum mime_coding)d->coding };
	bytes = malloc(part_room(&p) + 5);
	if (bytes) /* as long as it was when it was checked: they are the same bytes */
		transfer_decode(p.coding, &t, p.body.s, p.body.n, bytes, true);
	return bytes;
}
