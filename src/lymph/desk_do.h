/* SPDX-License-Identifier: BSD-2-Clause */
/* Doing something at the desk: preview, question, deed, and what to type to take it back. */
#ifndef LYMPH_DESK_DO_H
#define LYMPH_DESK_DO_H

#include "lymph/ctl.h"
#include "lymph/show.h"

/* What a command returns that showed what it would do, and did nothing: --yes was missing. */
#define DESK_NOTHING_DONE 3

/* The selection of c's first `n` arguments ("-": standard input) or of its filters goes into args as
 * `list` ("cases", "orders") or "filter". 0, or CMD_USAGE after having said why. */
int desk_pick(const struct ctl *c, int n, const char *list, json_t *args);
/* Asks lymphd to do it, first a person when it is about more than one. args is taken; with a "batch"
 * it is the verb that takes one back. */
int desk_do(const struct ctl *c, const char *verb, json_t *args, bool yes);
/* One request, shown; verb names it in the answer when lymphd does not. args is taken. */
int desk_send(const struct ctl *c, const char *cmd, const char *verb, json_t *args);

#endif
