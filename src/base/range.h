/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges of addresses from a first to a last one, as registries write them, and prefixes inside
 * of them. */
#ifndef BASE_RANGE_H
#define BASE_RANGE_H

#include "base/addr.h"

/* Same family, first not behind last. */
bool range_ok(const struct addr *first, const struct addr *last);
bool range_has(const struct addr *first, const struct addr *last, const struct addr *a);
/* The largest prefix that holds a and lies in the range, which must be ok and hold a. */
struct prefix range_around(const struct addr *first, const struct addr *last, const struct addr *a);
/* The last address of a prefix; the address behind a, or fam 0 behind the very last. */
struct addr prefix_last(const struct prefix *p);
struct addr addr_next(const struct addr *a);

#endif
