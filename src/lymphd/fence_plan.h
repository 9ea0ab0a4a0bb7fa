/* SPDX-License-Identifier: BSD-2-Clause */
/* The fence around our own probe as text for nft, and whether what nft lists is that fence. */
#ifndef LYMPHD_FENCE_PLAN_H
#define LYMPHD_FENCE_PLAN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/policy.h"

#define FENCE_TABLE "lymph_fence"

/* The whole file: numbers and fixed words only. */
void fence_plan_print(const struct policy *p, uint32_t uid, FILE *f);
/* json: what `nft -j list table inet lymph_fence` printed. 0; -EBADMSG with the first difference in
 * why (fixed words); -ENOMEM. */
int fence_plan_compare(const struct policy *p, uint32_t uid, const char *json, size_t n,
    const char **why);

#endif
