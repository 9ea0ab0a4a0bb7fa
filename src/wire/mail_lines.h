/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream of text, plain or HTML, as lines; for mail_text.c. */
#ifndef WIRE_MAIL_LINES_H
#define WIRE_MAIL_LINES_H

#include <stdbool.h>
#include <stddef.h>

#define LINES_MOST (64u << 10) /* of one; the rest of a longer one is dropped */

typedef int text_line(const char *s, size_t n, void *arg);

/* HTML as a stream: tags out, the ends of blocks as ends of lines, a few entities. No more is
 * needed to find addresses and log lines in it. */
struct html {
	bool on, tag, skip; /* skip: in style or script */
	char name[16];      /* of the tag, or of the entity */
	size_t n;
	bool named, entity;
};

/* Zero, but for line, arg and buf, begins. */
struct lines {
	text_line *line;
	void *arg;
	char *buf;          /* LINES_MOST bytes */
	size_t n;
	struct html html;
	int rc;
};

/* n more bytes, UTF-8. What `line` said that is not zero is in rc, and ends it. */
void lines_feed(struct lines *l, const char *s, size_t n);
/* No more come. */
void lines_end(struct lines *l);

/* Is it one of these words, whatever its case? Words separated by blanks. */
bool lines_word_in(const char *word, const char *words);

#endif
