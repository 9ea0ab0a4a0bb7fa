/* SPDX-License-Identifier: BSD-2-Clause */
/* The judge's tunables as one struct, made from params.def; what each is and its bounds. */
#ifndef MODEL_PARAMS_H
#define MODEL_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/msec.h"
#include "base/q32.h"

/* All three kinds are 64 bits wide, so a row can address its field by offset. */
struct params {
#define P(name, kind, def, min, max, doc) int64_t name;
#include "model/params.def"
#undef P
};

struct param_row {
	const char *name, *doc;
	char kind; /* 'q', 'd', 'n' */
	int64_t def, min, max;
	size_t offset;
};

extern const struct param_row param_rows[];
extern const size_t param_count;

void params_default(struct params *p);
int64_t params_get(const struct params *p, const struct param_row *row);
/* 0; -EDOM when v is outside the row's bounds (nothing set). */
int params_set(struct params *p, const struct param_row *row, int64_t v);
const struct param_row *params_row(const char *name);
/* A value as it is written in the configuration: "0.60", "14 d", "3". */
#define PARAM_TEXT 32
char *param_print(char kind, int64_t v, char buf[PARAM_TEXT]);
/* 0 or -EINVAL. */
int param_parse(char kind, const char *s, int64_t *ret);

#endif
