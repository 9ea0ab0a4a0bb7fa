/* SPDX-License-Identifier: BSD-2-Clause */
/* Canonical encodings that every encoder needs, on top of the cursors: addresses, prefixes, short
 * texts, small enums. A decoder refuses what its encoder could not have written. */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/addr.h"
#include "base/cursor.h"

void addr_encode(struct writer *w, const struct addr *a);
void addr_decode(struct reader *r, struct addr *ret);
void prefix_encode(struct writer *w, const struct prefix *p);
/* Any family, or none; host bits must be zero. */
void prefix_decode(struct reader *r, struct prefix *ret);
/* A text of less than room bytes (at most 256), with a length byte. */
void wtext(struct writer *w, const char *s, size_t room);
void rtext(struct reader *r, char *s, size_t room);
/* A byte that must lie below limit. */
uint8_t r8below(struct reader *r, unsigned limit);

#endif
