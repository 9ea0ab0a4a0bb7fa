/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The types of XARF v4 as table rows: which fields each category and type must carry and what they
 * look like, after the published schemas. For xarf_parse.c and xarf_build.c.
 */
#ifndef WIRE_XARF_TYPE_H
#define WIRE_XARF_TYPE_H

#include <stdbool.h>

enum xarf_kind {
	XARF_STRING,    /* not empty */
	XARF_WORD,      /* one of `words` */
	XARF_TIME,      /* RFC 3339 */
	XARF_PORT,      /* 1..65535 */
	XARF_COUNT,     /* at least `least` */
	XARF_LIST,      /* of strings, may be empty */
	XARF_LIST_SOME, /* of strings, not empty */
};

struct xarf_need {
	const char *name;
	enum xarf_kind kind;
	const char *words; /* XARF_WORD: separated by spaces */
	int least;         /* XARF_COUNT */
	bool smtp;         /* only when protocol is smtp */
};

#define XARF_NEEDS 5
struct xarf_type {
	const char *category, *type;
	bool source_port; /* the schema wants source_port when the source is an address */
	bool smtp_port;   /* ... when protocol is smtp */
	struct xarf_need need[XARF_NEEDS]; /* a NULL name ends */
};

/* NULL when the specification has no such pair. */
const struct xarf_type *xarf_type_find(const char *category, const char *type);
bool xarf_category_known(const char *category);
/* Is word one of words (separated by spaces)? */
bool xarf_word_in(const char *word, const char *words);
/* All rows, for tests; NULL category ends. */
extern const struct xarf_type xarf_types[];

#endif
