/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel fence around the probe role: only own addresses pass for its uid. */
#ifndef LYMPHD_FENCE_H
#define LYMPHD_FENCE_H

#include <stdbool.h>
#include <sys/types.h>

#include "conf/conf.h"

/* Writes run/fence.nft, loads it, reads it back. True only if the kernel holds the plan. */
bool fence_load(const struct conf *c, uid_t uid);
/* Reads back only. */
bool fence_holds(const struct conf *c, uid_t uid);
/* After the probe has gone. */
void fence_remove(const struct conf *c);

#endif
