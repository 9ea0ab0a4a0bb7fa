/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shape of a mail (RFC 5322, RFC 2046): headers and parts as places in its bytes. Nothing is
 * copied and nothing is built before the caps were asked, so that what a stranger nests costs him
 * more than us. For wire/mail*.c only.
 */
#ifndef WIRE_MAIL_MIME_H
#define WIRE_MAIL_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIME_FIELD   65536u /* one header field with its continuations */
#define MIME_FIELDS  1000   /* fields of one header */
#define MIME_HEADERS 20000  /* fields of all headers */
#define MIME_TEXT    256    /* parameters */

struct mime_span {
	const char *s;
	size_t n;
};

enum mime_coding {
	MIME_PLAIN, /* 7bit, 8bit, binary, none, and what nobody knows */
	MIME_BASE64,
	MIME_QP,
};

struct mime_part {
	struct mime_span head, body,
	    whole;     /* head: without the empty line; whole: of a child, as its parent's
	                                  boundaries cut it */
	char type[64]; /* "text/plain", lower case; as it counts: RFC 2045 5.2 */
	enum mime_coding coding;
	uint8_t depth;       /* 0: the mail itself */
	int parent;          /* -1: the mail itself */
	bool multi, message; /* has children in the list */
	bool foreign;        /* below a message/rfc822: somebody else's mail */
};

/* What walking a mail costs, counted; caps are asked with these. */
struct mime_cost {
	uint64_t looked;  /* bytes looked at for boundaries */
	uint64_t decoded; /* bytes made of parts */
	uint32_t fields;
};

struct mime {
	struct mime_part *part; /* in order; [0] is the mail */
	int parts;
	struct mime_cost cost;
};

/* The next field of a header: its name and its value with folds; false at the end. Lines that
 * are no field (RFC 5322 2.2) are left out. */
bool mime_field(struct mime_span *rest, struct mime_span *name, struct mime_span *value);
/* The first field of that name, trimmed; n 0 and s NULL if there is none. */
struct mime_span mime_find(struct mime_span head, const char *name);
/* Splits an entity into header and body at the first empty line. */
void mime_split(struct mime_span whole, struct mime_span *head, struct mime_span *body);
/* 0; -ENOMEM; -E2BIG with *rule: a cap. What was found so far is in *ret either way (mime_free). */
int mime_walk(struct mime_span mail, int parts, int depth, struct mime *ret, const char **rule);
/* The header alone, as part 0: the same caps. */
int mime_head(struct mime_span head, struct mime *ret, const char **rule);
void mime_free(struct mime *m);

/* The word before the first ';', lower case, without comments and blanks. */
void mime_word(struct mime_span value, char *buf, size_t size);
/* A parameter of a structured field (RFC 2045 5.1, RFC 2231 3 and 4), raw bytes, NUL-ended; its
 * charset as named or "". False when absent. */
bool mime_param(struct mime_span value, const char *name, char *buf, size_t size, char charset[32]);
/* Does the value say name=what, without case? */
bool mime_param_is(struct mime_span value, const char *name, const char *what);

struct mime_span mime_trim(struct mime_span s);
bool mime_is(struct mime_span s, const char *word);     /* without case */
bool mime_begins(struct mime_span s, const char *word); /* without case */
/* The next line, its LF or CRLF taken off; false at the end. A lone CR ends none: a mail server
 * does not see a header behind it either. */
bool mime_line(struct mime_span *rest, struct mime_span *line);

#endif
