/* SPDX-License-Identifier: BSD-2-Clause */
/* What old data gave, on stdout. */
#ifndef LYMPH_PAST_SHOW_H
#define LYMPH_PAST_SHOW_H

#include "lymph/past.h"

struct past_named {
	char name[256]; /* escaped */
	struct past_file file;
	int err;        /* 0: read to its end */
};

/* As it is found: a line. */
void past_show_finding(const struct finding *f);
/* At the end. own: prefixes as texts, NULL ends. */
void past_show_text(const struct past *p, const struct past_named *files, size_t n, const char *const *own);
/* All of it. 0 or 1 (the write failed). */
int past_show_json(const struct past *p, const struct past_named *files, size_t n, const char *const *own);

#endif
