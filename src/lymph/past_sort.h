/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A window that puts flows in order of their last packet. Sensors write a flow when it ends, or began, or
 * an hour later; detectors want time to go forward. Fixed memory; what comes later than the window
 * reaches is counted and goes on as it is.
 */
#ifndef LYMPH_PAST_SORT_H
#define LYMPH_PAST_SORT_H

#include <stddef.h>

#include "model/flow.h"

struct past_sort;
/* room: flows held, at least 2. NULL: out of memory. */
struct past_sort *past_sort_new(size_t room, flow_sink *sink, void *arg);
void past_sort_free(struct past_sort *s);
void past_sort_add(struct past_sort *s, const struct flow *f);
/* All that is held goes on. */
void past_sort_flush(struct past_sort *s);
uint64_t past_sort_late(const struct past_sort *s);

#endif
