/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the bytes of a part to its content: transfer encodings (RFC 2045 6), charsets, encoded words
 * (RFC 2047), HTML to lines of text. A stream with fixed buffers. Charsets are a list of ours,
 * opened before the box: a stranger chooses among them, not among all that the C library could
 * load. For wire/mail*.c only.
 */
#ifndef WIRE_MAIL_TEXT_H
#define WIRE_MAIL_TEXT_H

#include "wire/mail_lines.h"
#include "wire/mail_mime.h"

/* Opens the charsets once, before the box. */
void text_warm(void);

struct transfer { /* the state of a decoder; zero begins */
	uint32_t bits;
	unsigned have;
	bool equals; /* quoted-printable: '=' seen */
	char first;  /* and the first digit; 0 none */
	uint8_t held;   /* blanks that may end a line */
	char blank[76]; /* RFC 2045 6.7 (5): a line is no longer */
};
#define TRANSFER_ROOM 80
/* Decodes n bytes to out, says how many: of a whole text no more than n + 3, of a piece of one no more than
 * n + TRANSFER_ROOM, for what was held back. Lenient: what is no code is skipped or kept. */
size_t transfer_decode(
    enum mime_coding coding, struct transfer *t, const char *in, size_t n, char *out, bool end);
/* A whole part, malloc'ed (a NUL behind it is not counted). 0; -E2BIG over cap; -ENOMEM. */
int part_bytes(
    const struct mime_part *p, size_t cap, struct mime_cost *cost, char **ret, size_t *n);

/* The same piece by piece, at most 16 KiB each: what a part costs is a buffer. Non-zero of the callback ends
 * it and is returned. 0; -E2BIG. */
typedef int part_piece(const char *s, size_t n, void *arg);
int part_pieces(
    const struct mime_part *p, size_t cap, struct mime_cost *cost, part_piece *piece, void *arg);
/* The part as if it ended after n bytes, as they stand in the mail. */
struct mime_part part_front(const struct mime_part *p, size_t n);
/* No more than so many bytes can come of it. */
size_t part_room(const struct mime_part *p);

/* n bytes in a charset as UTF-8; unknown charsets and broken bytes give '?'. Cut to size,
 * NUL-ended. */
size_t text_utf8(const char *charset, const char *s, size_t n, char *buf, size_t size);
/* A header value for people: folds and encoded words taken out, UTF-8, controls replaced. Cut to
 * size. */
void text_header(struct mime_span value, char *buf, size_t size);

/* The lines of a text part as UTF-8, without their ends, at most 64 KiB each (the rest of a
 * longer one is dropped). HTML as text. What line returns non-zero ends it and is returned. 0;
 * -E2BIG: cap of decoded bytes, -ENOMEM. */
int part_lines(
    const struct mime_part *p, size_t cap, struct mime_cost *cost, text_line *line, void *arg);

/* Lower case for comparison with words of ours: ASCII, Latin-1 and Cyrillic letters; runs of
 * blanks become one. Cut to size, NUL-ended; returns its length. */
size_t text_fold(const char *s, size_t n, char *buf, size_t size);
/* Does folded text hold one of these phrases, whole words? Phrases separated by '|'; a '*' at a
 * word's end stands for any letters. */
bool text_has(const char *folded, const char *phrases);

#endif
