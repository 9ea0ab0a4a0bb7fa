/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds one address in log text, in whatever form the log writes it, and never inside another one:
 * dotted, v4-mapped (dotted or hexadecimal), IPv6 compressed or not, any case, leading zeros,
 * brackets, zones, dotted tails; with ":port", "#port", "/port" or ".port" behind it. Not counted:
 * parts of longer addresses or names, reverse-DNS names, the network address of a prefix.
 */
#ifndef WIRE_LOGFIND_H
#define WIRE_LOGFIND_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

#define LOGFIND_NEEDLES 2
#define LOGFIND_NEEDLE  24

/* A byte string every mention must hold. */
struct logfind_needle {
	uint8_t text[LOGFIND_NEEDLE]; /* lower case */
	uint8_t fold[LOGFIND_NEEDLE]; /* 0x20 under a letter */
	size_t n;
};

struct logfind {
	struct addr addr;
	struct logfind_needle needle[LOGFIND_NEEDLES];
	unsigned needles;
};

/* Where a mention stands: the address alone, without port, brackets or zone. */
struct logfind_hit {
	size_t at, n;
};

/* 0, or -EINVAL for no address. */
int logfind_init(struct logfind *f, const struct addr *a);
/* A walk over n bytes of s, which may be many lines. It remembers how far each needle was looked for,
 * so that all mentions together cost one pass. */
struct logfind_scan {
	const struct logfind *f;
	const char *s;
	size_t n, found[LOGFIND_NEEDLES];
};

void logfind_start(struct logfind_scan *w, const struct logfind *f, const char *s, size_t n);
/* The first mention that ends after `from`, which must never fall in one walk: 1 with *ret, or 0.
 * Context before `from` is looked at. */
int logfind_more(struct logfind_scan *w, size_t from, struct logfind_hit *ret);
/* A walk of one step. */
int logfind_next(const struct logfind *f, const char *s, size_t n, size_t from,
    struct logfind_hit *ret);

#endif
