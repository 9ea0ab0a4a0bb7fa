/* SPDX-License-Identifier: BSD-2-Clause */
/* Linear counting without a logarithm from libm, see mix.h. Must never divide by zero. */
#include "detect/mix.h"

/* ln(x) in units of 2^-16 for x = num/den in 1..2^12: ln 2 for each halving, then the series of
 * 2 artanh((x-1)/(x+1)). */
static uint32_t
ln16(uint32_t num, uint32_t den)
{
	uint32_t r = 0;
	uint64_t x = ((uint64_t)num << 24) / den; /* units of 2^-24 */
	while (x >= UINT64_C(2) << 24) {
		x >>= 1;
		r += 45426;
	}
	uint64_t one = UINT64_C(1) << 24;
	uint64_t t = ((x - one) << 24) / (x + one), t2 = t * t >> 24, term = t, sum = 0;
	for (unsigned k = 1; k < 16 && term; k += 2, term = term * t2 >> 24)
		sum += term / k;
	return r + (uint32_t)(sum >> 7);
}

uint32_t
mix_distinct(uint32_t m, uint32_t z)
{
	if (z >= m)
		return 0;
	return (uint32_t)(((uint64_t)m * ln16(m, z ? z : 1) + 32768) >> 16);
}
