/* SPDX-License-Identifier: BSD-2-Clause */
/* Text to configuration and back, for load.c and parse.c. */
#ifndef CONF_PARSE_H
#define CONF_PARSE_H

#include "conf/conf.h"

/* As conf_parse; text is changed, text[n] must be NUL. memory: it is from no file, but maybe out of an old
 * journal. */
int parse_text(const char *name, char *text, size_t n, bool memory, struct conf **ret, char *why, size_t size);
/* print.c: the canonical text, malloc'ed; NULL: out of memory. */
char *conf_print(const struct conf *c);

#endif
