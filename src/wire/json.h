/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON from strangers (RFC 8259): the raw bytes are checked first, in one pass without memory, and
 * only then does jansson build a tree. Grammar, depth, number of values, UTF-8 and NUL are refused
 * by rule and byte offset; duplicate keys by jansson while it builds.
 */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct json_why {
	size_t at;        /* byte offset */
	const char *rule;
};

/* Containers may nest `depth` deep (at most 64) and hold `values` values in all (keys not counted).
 * 0; -E2BIG for a cap; -EBADMSG for anything that is not one RFC 8259 text. *why filled. */
int json_scan(const void *p, size_t n, unsigned depth, unsigned values, struct json_why *why);
/* json_scan, then the tree, the caller's to json_decref. Also -ENOMEM. */
int json_read(const void *p, size_t n, unsigned depth, unsigned values, json_t **ret,
    struct json_why *why);

/* Before a sandbox: jansson's hash seed, which it would otherwise fetch from a file on first use. */
void json_warm(void);

#endif
