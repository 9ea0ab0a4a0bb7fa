/* SPDX-License-Identifier: BSD-2-Clause */
/* What lymphd said, for people: each takes the JSON of the control socket and nothing else, so that
 * it can be tested on fixed documents. */
#ifndef LYMPH_SHOW_H
#define LYMPH_SHOW_H

#include "lymph/out.h"

typedef void show_fn(const json_t *doc, const struct out *o);
show_fn show_status, show_cases, show_orders, show_reporters, show_protect, show_aside;
show_fn show_why;      /* why.c */
show_fn show_case;     /* the same with timelines */
show_fn show_timeline; /* timeline.c; of one case, not of a document */

/* Who reported: a line of a score, or a report. */
const char *show_who(const json_t *line);

/* "would filter tcp/3128 towards 192.0.2.1/32". */
const char *show_order_words(const json_t *order);

#endif
