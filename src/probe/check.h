/* SPDX-License-Identifier: BSD-2-Clause */
/* Which checks there are, and which run for a class of abuse: one table. */
#ifndef PROBE_CHECK_H
#define PROBE_CHECK_H

#include "probe/talk.h"

/* The checks of a class in the order they run, ended by NULL; empty when none is built. */
const struct probe_check *const *check_list(enum class_id cls);
/* True when the check can name this canary. */
bool check_fits(const struct probe_check *c, const struct addr *canary);
/* The canary port to ask for: the one the check likes if the canary has it, else its first. */
uint16_t check_port(const struct probe_check *c, const uint16_t *ports, unsigned n);

#endif
