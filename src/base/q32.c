/* SPDX-License-Identifier: BSD-2-Clause */
/* Fixed-point arithmetic, see q32.h. Pure integer; unsigned __int128 is the only wide type. */
#include "base/q32.h"

#include <errno.h>
#include <stdio.h>

typedef unsigned __int128 u128;

q32
q32_mul(q32 a, q32 b)
{
	return (q32)(((u128)a * b + ((u128)1 << 31)) >> 32);
}

q32
q32_div(q32 a, q32 b)
{
	return (q32)((((u128)a << 32) + b / 2) / b);
}

q32
q32_not(q32 a)
{
	return a >= Q32_ONE ? 0 : Q32_ONE - a;
}

/* 2^(-2^-(i+1)) in units of 2^-63, i = 0..31: the square roots of one half, one after another.
 * Computed with 60 decimal digits; test/unit/base checks each by squaring. */
static const uint64_t half_root[32] = {
	UINT64_C(0x5a827999fcef3242), UINT64_C(0x6ba27e656b4eb57a), UINT64_C(0x75606373ee921c97),
	UINT64_C(0x7a92be8a92436616), UINT64_C(0x7d41d96db915019d), UINT64_C(0x7e9f06067a4360ba),
	UINT64_C(0x7f4f08ae3dc7c426), UINT64_C(0x7fa765aca88f6453), UINT64_C(0x7fd3ab290e46d769),
	UINT64_C(0x7fe9d3a8e07bf086), UINT64_C(0x7ff4e9597bed93ab), UINT64_C(0x7ffa748dff8dc61f),
	UINT64_C(0x7ffd3a3f50020332), UINT64_C(0x7ffe9d1dbc0a75aa), UINT64_C(0x7fff4e8e6306ed59),
	UINT64_C(0x7fffa74712c3cdfd), UINT64_C(0x7fffd3a381b1fa29), UINT64_C(0x7fffe9d1beed018a),
	UINT64_C(0x7ffff4e8defb81d7), UINT64_C(0x7ffffa746f5f012f), UINT64_C(0x7ffffd3a37a7d0a8),
	UINT64_C(0x7ffffe9d1bd1fc58), UINT64_C(0x7fffff4e8de8832d), UINT64_C(0x7fffffa746f422d7),
	UINT64_C(0x7fffffd3a37a09bb), UINT64_C(0x7fffffe9d1bd02f2), UINT64_C(0x7ffffff4e8de80fe),
	UINT64_C(0x7ffffffa746f4060), UINT64_C(0x7ffffffd3a37a028), UINT64_C(0x7ffffffe9d1bd012),
	UINT64_C(0x7fffffff4e8de809), UINT64_C(0x7fffffffa746f404),
};

q32
q32_decay(msec age, msec half)
{
	if (age <= 0)
		return Q32_ONE;
	uint64_t whole = (uint64_t)(age / half);
	if (whole >= 40)
		return 0;
	uint32_t frac = (uint32_t)(((u128)(uint64_t)(age % half) << 32) / (uint64_t)half);
	uint64_t v = UINT64_C(1) << 63;
	for (int i = 0; i < 32; i++)
		if (frac & (UINT32_C(1) << (31 - i)))
			v = (uint64_t)(((u128)v * half_root[i]) >> 63);
	v >>= whole;
	return (v + (UINT64_C(1) << 30)) >> 31;
}

int
q32_parse(const char *s, size_t n, q32 *ret)
{
	uint64_t whole = 0, frac = 0, scale = 1;
	size_t i = 0;
	if (n == 0 || n > 20)
		return -EINVAL;
	for (; i < n && s[i] != '.'; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -EINVAL;
		whole = whole * 10 + (uint64_t)(s[i] - '0');
		if (whole > 1000000)
			return -EINVAL;
	}
	if (i == 0)
		return -EINVAL;
	if (i < n) {
		if (++i == n || n - i > 9)
			return -EINVAL;
		for (; i < n; i++, scale *= 10) {
			if (s[i] < '0' || s[i] > '9')
				return -EINVAL;
			frac = frac * 10 + (uint64_t)(s[i] - '0');
		}
	}
	*ret = (whole << 32) + ((frac << 32) + scale / 2) / scale;
	return 0;
}

char *
q32_print(q32 v, unsigned digits, char buf[Q32_TEXT])
{
	uint64_t scale = 1;
	for (unsigned i = 0; i < digits && i < 9; i++)
		scale *= 10;
	uint64_t n = (uint64_t)(((u128)v * scale + ((u128)1 << 31)) >> 32);
	if (digits == 0)
		snprintf(buf, Q32_TEXT, "%llu", (unsigned long long)n);
	else
		snprintf(buf, Q32_TEXT, "%llu.%0*llu", (unsigned long long)(n / scale),
		    (int)(digits > 9 ? 9 : digits), (unsigned long long)(n % scale));
	return buf;
}
