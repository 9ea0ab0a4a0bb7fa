/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses of command and control servers, from a file: one a line, as CSV
 *     address[:port][/proto], valid-from, valid-to, id
 * '#' begins a comment; times are RFC 3339 dates or empty. An indicator without port is weaker.
 */
#ifndef DETECT_INDICATORS_H
#define DETECT_INDICATORS_H

#include "base/addr.h"
#include "base/msec.h"

#define INDICATORS 1000000

struct indicator {
	struct addr addr;
	uint16_t port;      /* 0: any */
	uint8_t proto;      /* 0: any */
	msec from, to;
	char id[32];        /* [A-Za-z0-9._-], cut */
};

struct indicators;
/* n bytes of text. Own and special-purpose addresses, and those of the `never` rules, are refused line
 * by line; skipped and the first refusal's line and rule are told. NULL: out of memory. */
struct indicators *indicators_parse(const char *text, size_t n, uint64_t seed, size_t *skipped,
    size_t *bad_line, const char **rule);
void indicators_free(struct indicators *x);
size_t indicators_count(const struct indicators *x);
/* Valid at when; the one with the port first. NULL: none. */
const struct indicator *indicators_find(const struct indicators *x, const struct addr *a, uint8_t proto,
    uint16_t port, msec when);

#endif
