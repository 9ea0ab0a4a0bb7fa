/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zero, and untouched as long as calloc gets it fresh from the system. Big tables ask for big pages: a
 * million lines read at random cost more in walks of the page table than in reads of the lines.
 */
#include "detect/bigtable.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define CACHE_LINE 64
#define HUGE_PAGE ((size_t)2 << 20)

void *
bigtable_new(size_t n, size_t each, void **base)
{
	size_t align = n * each >= HUGE_PAGE ? HUGE_PAGE : CACHE_LINE;
	*base = calloc(1, n * each + align);
	if (!*base)
		return NULL;
	void *p = (void *)(((uintptr_t)*base + align - 1) & ~(uintptr_t)(align - 1));
	if (align == HUGE_PAGE)
		(void)madvise(p, n * each, MADV_HUGEPAGE); /* without, it is only slower */
	return p;
}
