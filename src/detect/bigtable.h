/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for big tables that are read at random. */
#ifndef DETECT_BIGTABLE_H
#define DETECT_BIGTABLE_H

#include <stddef.h>

/* n entries of so many bytes, zero, on a cache line's border; NULL: no memory. *base is what to free(). */
void *bigtable_new(size_t n, size_t each, void **base);

#endif
