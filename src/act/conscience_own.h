/* SPDX-License-Identifier: BSD-2-Clause */
/* The conscience from inside: shared by its parser and its check, by nobody else. */
#ifndef ACT_CONSCIENCE_OWN_H
#define ACT_CONSCIENCE_OWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lpm.h"
#include "model/class.h"

#define CONSCIENCE_DOMAIN 253 /* longest name, without the last dot */

/* The numbers, a field each, so that the parser is a table. */
struct conscience_limits {
	int64_t ceiling; /* enum mode */
	int64_t widest4, widest6, entries, longest, victims;
	int64_t per_hour[RUNG_N];
};

struct conscience_domain {
	struct tree_node node;
	char name[]; /* lower case, no dot at the end */
};

struct conscience {
	struct conscience_limits limit;
	struct lpm never;    /* struct lpm_node */
	struct tree domains; /* struct conscience_domain */
};

/* The limits that are numbers, a row each: its word in the file, and which way it loosens. */
struct conscience_number {
	const char *word, *second; /* "per-hour" "filter" */
	char kind;                 /* of param_parse: n a number, d a time */
	bool less;                 /* less is looser: a prefix length */
	int64_t min, max;
	size_t offset;             /* in struct conscience_limits */
	const char *takes;
};
#define CONSCIENCE_NUMBERS 9
extern const struct conscience_number conscience_numbers[CONSCIENCE_NUMBERS];

/* name, n bytes, as it is kept; false: no domain. low takes CONSCIENCE_DOMAIN + 1 bytes. */
bool conscience_domain_low(const char *name, size_t n, char *low);
/* Both: 0, also when it is there already; or -ENOMEM. */
int conscience_add_never(struct conscience *c, const struct prefix *p);
int conscience_add_domain(struct conscience *c, const char *low);

#endif
