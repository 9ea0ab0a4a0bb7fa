/* SPDX-License-Identifier: BSD-2-Clause */
/* The judge's tunables, see params.h. */
#include "model/params.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND(kind) #kind
const struct param_row param_rows[] = {
#define P(name, kind, def, min, max, doc) \
	{ #name, doc, KIND(kind)[0], (int64_t)(def), (int64_t)(min), (int64_t)(max),               \
	    offsetof(struct params, name) },
#include "model/params.def"
#undef P
};
const size_t param_count = sizeof(param_rows) / sizeof(param_rows[0]);

static const struct {
	const char *unit;
	msec each;
} units[] = {
	{ "d", MSEC_DAY },
	{ "h", MSEC_HOUR },
	{ "min", MSEC_MINUTE },
	{ "s", MSEC_SECOND },
	{ "ms", 1 },
};
#define UNITS (sizeof(units) / sizeof(units[0]))

void
params_default(struct params *p)
{
	for (size_t i = 0; i < param_count; i++)
		memcpy((char *)p + param_rows[i].offset, &param_rows[i].def, sizeof(int64_t));
}

int64_t
params_get(const struct params *p, const struct param_row *row)
{
	int64_t v;
	memcpy(&v, (const char *)p + row->offset, sizeof(v));
	return v;
}

int
params_set(struct params *p, const struct param_row *row, int64_t v)
{
	if (v < row->min || v > row->max)
		return -EDOM;
	memcpy((char *)p + row->offset, &v, sizeof(v));
	return 0;
}

const struct param_row *
params_row(const char *name)
{
	for (size_t i = 0; i < param_count; i++)
		if (strcmp(param_rows[i].name, name) == 0)
			return &param_rows[i];
	return NULL;
}

char *
param_print(char kind, int64_t v, char buf[PARAM_TEXT])
{
	size_t u = 0;
	switch (kind) {
	case 'q': return q32_print((q32)v, v % (int64_t)Q32_ONE ? 4 : 0, buf);
	case 'd':
		while (u + 1 < UNITS && (v == 0 || v % units[u].each))
			u++;
		snprintf(buf, PARAM_TEXT, "%lld %s", (long long)(v / units[u].each), units[u].unit);
		return buf;
	default: snprintf(buf, PARAM_TEXT, "%lld", (long long)v); return buf;
	}
}

int
param_parse(char kind, const char *s, int64_t *ret)
{
	q32 q;
	char *end;
	if (kind == 'q') {
		if (q32_parse(s, strlen(s), &q) < 0)
			return -EINVAL;
		*ret = (int64_t)q;
		return 0;
	}
	if (*s < '0' || *s > '9')
		return -EINVAL;
	errno = 0;
	long long v = strtoll(s, &end, 10);
	if (errno)
		return -EINVAL;
	if (kind == 'n') {
		if (*end)
			return -EINVAL;
		*ret = v;
		return 0;
	}
	while (*end == ' ')
		end++;
	for (size_t u = 0; u < UNITS; u++) {
		if (strcmp(end, units[u].unit) == 0) {
			if (__builtin_mul_overflow(v, units[u].each, &v))
				return -EINVAL;
			*ret = v;
			return 0;
		}
	}
	return -EINVAL;
}
