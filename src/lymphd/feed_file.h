/* SPDX-License-Identifier: BSD-2-Clause */
/* RDAP answers out of a file, one a line: a table by prefix, for hear-feed. */
#ifndef LYMPHD_FEED_FILE_H
#define LYMPHD_FEED_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "wire/rdap.h"

#define FEED_FILE_ROWS 200000 /* prefixes; a range is several */

struct feed_file_table;

/* n bytes; lines that cannot be read are counted into *ret_bad, and left out, as is what is too
 * much. begin is called before a line is read (non-zero: it is left out, as a bad one), end
 * behind it. NULL: out of memory. */
struct feed_file_table *feed_file_read(const char *text, size_t n, uint64_t *ret_bad,
    int (*begin)(const void *line, size_t n), void (*end)(void));
void feed_file_free(struct feed_file_table *t);
size_t feed_file_rows(const struct feed_file_table *t);
/* What the most specific range around a is; false: none. t may be NULL. */
bool feed_file_find(const struct feed_file_table *t, const struct addr *a, struct rdap_net *ret);

#endif
