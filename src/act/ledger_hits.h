/* SPDX-License-Identifier: BSD-2-Clause */
/* What each order has stopped, out of counters that belong to places. */
#ifndef ACT_LEDGER_HITS_H
#define ACT_LEDGER_HITS_H

#include "act/act.h"

struct hits;

struct hits *hits_new(void);
void hits_free(struct hits *h);
/* packets, bytes: in, what the actuator counted at that place; out, what of it is the order's. What
 * came between the last look and a new order's coming counts as the new one's. */
void hits_take(struct hits *h, const struct act_entry *place, uint64_t order, uint64_t *packets,
    uint64_t *bytes);

#endif
