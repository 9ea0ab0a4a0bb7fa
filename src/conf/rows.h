/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of lymphd.conf as rows. Parser, canonical printer, defaults and the manual page are all
 * made from them, so none of the four can disagree. The rows of `judge { }` are model/params.def.
 */
#ifndef CONF_ROWS_H
#define CONF_ROWS_H

#include "conf/values.h"

struct opt_section {
	const char *name;  /* NULL: top level */
	const char *title; /* its title, as an example; NULL: has none */
	bool many;
	const char *doc;
};
extern const struct opt_section opt_sections[IN_N];

#define OPT_ROWS_MOST 512 /* the parser keeps a bit for each */
extern const struct opt_row opt_rows[];
extern const size_t opt_count;

/* NULL if there is none. */
const struct opt_row *opt_find(enum opt_in in, const char *name);
/* Puts the defaults of a section into base. */
void opt_defaults(enum opt_in in, void *base);

#endif
