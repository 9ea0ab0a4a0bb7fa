/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines under watch, for the core: see watch.c. */
#ifndef DETECT_WATCH_H
#define DETECT_WATCH_H

#include "detect/parts.h"

struct watches *watches_new(void);
void watches_free(struct watches *x);
/* l has just appeared: is it watched? */
void watch_line(struct detect *d, struct line *l);
/* Keeps f; l->watch is not 0. */
void watch_keep(struct detect *d, struct line *l, const struct flow *f);
size_t watch_memory(const struct detect *d, struct memory_row *ret); /* 1 row */

#endif
