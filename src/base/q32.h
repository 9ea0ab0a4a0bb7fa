/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * q32: probabilities, weights and Beta counts as integers in units of 2^-32. No floating point,
 * no libm: the same inputs give the same bits under any compiler and CPU.
 */
#ifndef BASE_Q32_H
#define BASE_Q32_H

#include <stddef.h>
#include <stdint.h>

#include "base/msec.h"

typedef uint64_t q32;

#define Q32_ONE ((q32)1 << 32)
/* num/den rounded to nearest; for constants, e.g. Q32(60, 100). */
#define Q32(num, den) ((((q32)(num) << 32) + (q32)(den) / 2) / (q32)(den))

/* a * b, rounded to nearest. Both below 2^40, so Beta counts fit beside probabilities. */
q32 q32_mul(q32 a, q32 b);
/* a / b, rounded to nearest; b must not be 0. a below 2^63. */
q32 q32_div(q32 a, q32 b);
/* 1 - a for a in 0..1 (0 above). */
q32 q32_not(q32 a);
/* 2^(-age/half), age below 0 counts as 0; half > 0. Exact to about 2^-31. */
q32 q32_decay(msec age, msec half);
/* "0.905", "1", "49": decimal, up to 9 digits after the point; 0 or -EINVAL. */
int q32_parse(const char *s, size_t n, q32 *ret);
#define Q32_TEXT 24
/* Decimal with `digits` (0..9) places, rounded half up. Returns buf. */
char *q32_print(q32 v, unsigned digits, char buf[Q32_TEXT]);

#endif
