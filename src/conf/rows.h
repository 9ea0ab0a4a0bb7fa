/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of lymphd.conf as rows. Parser, canonical printer, defaults and the manual page are all
 * made from them, so none of the four can disagree. The rows of `judge { }` are model/params.def.
 */
#ifndef CONF_ROWS_H
#define CONF_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Where an option stands. */
enum opt_in { IN_TOP, IN_STAFF, IN_HAND, IN_CANARY, IN_VANTAGE, IN_PREFIX, IN_JUDGE, IN_N };

struct opt_section {
	const char *name;  /* NULL: top level */
	const char *title; /* its title, as an example; NULL: has none */
	bool many;
	const char *doc;
};
extern const struct opt_section opt_sections[IN_N];

struct opt_row;

/* One kind of value. */
struct opt_type {
	const char *name; /* for the manual: "address" */
	bool list;
	/* Checks text and stores it in field; nth counts a list's values. 0, or -1 with up to size
	 * bytes of rule: what is wrong and what would be right. */
	int (*parse)(const struct opt_row *r, const char *text, unsigned nth, void *field,
	    char *rule, size_t size);
	/* Prints the value as it stands in the canonical text. */
	void (*print)(const struct opt_row *r, const void *field, FILE *f);
};

struct opt_row {
	enum opt_in in;
	const char *name;
	const struct opt_type *type;
	int64_t min, max; /* a number's bounds; a text's length */
	const char *def;  /* as text; NULL: see doc. A list's values, apart by a space */
	const char *doc;
	size_t offset; /* in struct conf, struct conf_vantage or struct policy_row */
};
extern const struct opt_row opt_rows[];
extern const size_t opt_count;

/* NULL if there is none. */
const struct opt_row *opt_find(enum opt_in in, const char *name);
/* Puts the defaults of a section into base. */
void opt_defaults(enum opt_in in, void *base);
/* A judge parameter, exact: what is printed parses back to the same bits. */
#define OPT_PARAM_TEXT 32
char *opt_param_print(char kind, int64_t v, char buf[OPT_PARAM_TEXT]);

#endif
