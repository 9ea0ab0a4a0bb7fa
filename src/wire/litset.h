/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many byte strings looked for in one pass (Aho and Corasick, CACM 18(6), 1975): which rows of a table
 * can match a line at all. ASCII letters match in any case. The set is made once, then only read.
 */
#ifndef WIRE_LITSET_H
#define WIRE_LITSET_H

#include <stddef.h>
#include <stdint.h>

#define LITSET_STATES 32768 /* bytes of all literals together stay below */

struct litset;

/* texts: n strings, not empty, lower case; their index is their number. 0, -ENOMEM, or -EINVAL for an
 * empty or upper-case one or too many bytes. */
int litset_new(const char *const *texts, size_t n, struct litset **ret);
void litset_free(struct litset *l);
/* Calls each at most once per call and string that s holds. seen: n bytes of the caller's, all zero before
 * and after. */
typedef void litset_cb(size_t number, void *arg);
void litset_scan(
    const struct litset *l, const char *s, size_t n, uint8_t *seen, litset_cb *cb, void *arg);

#endif
