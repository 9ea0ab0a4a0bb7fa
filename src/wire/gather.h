/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many claims about one address and class become one: its count the sum, its times the first and the
 * last, its evidence the first lines and the last. What differs in how good it is stays apart, so a
 * thousand forged packets cannot borrow from one real exchange. Bounded, in the order things came, so the
 * same lines always give the same claims.
 */
#ifndef WIRE_GATHER_H
#define WIRE_GATHER_H

#include "model/claim.h"

#define GATHER_OPEN 1024 /* claims at a time; the oldest is given out first */
#define GATHER_HEAD 4096 /* bytes of the first lines kept */
#define GATHER_TAIL 4096 /* and of the last */

struct gather;

/* NULL: out of memory. */
struct gather *gather_new(void);
void gather_free(struct gather *g);
/* Adds c, whose text is one line or some, without the last end. One pushed out goes to cb first. 0, what cb
 * said (c is then not added), or -ENOMEM. */
int gather_add(struct gather *g, const struct claim *c, claim_cb *cb, void *arg);
/* All, oldest first. 0, or what cb said: that one and those behind it stay. */
int gather_flush(struct gather *g, claim_cb *cb, void *arg);
size_t gather_count(const struct gather *g);

#endif
