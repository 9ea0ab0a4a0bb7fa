/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 decoding, see base64.h. Must never write beyond BASE64_ROOM(n). */
#include "wire/base64.h"

#include <errno.h>

#define NO 0xff /* not of the alphabet; its top bit survives an OR */

static uint8_t
six(char c)
{
	/* clang-format off */
	static const uint8_t table[128] = {
		NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
		NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
		NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, NO, 63,
		52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO, NO,
		NO,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
		15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO,
		NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
		41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO,
	};
	/* clang-format on */
	uint8_t u = (uint8_t)c;
	return u < 128 ? table[u] : NO;
}

int
base64_decode(const char *s, size_t n, uint8_t *out, size_t *ret_len)
{
	uint8_t *o = out, bad = 0;
	size_t pad = 0;
	if (n % 4 != 0)
		return -EBADMSG;
	while (pad < 2 && pad < n && s[n - 1 - pad] == '=')
		pad++;
	size_t whole = pad ? n - 4 : n;
	for (size_t i = 0; i < whole; i += 4) {
		uint8_t a = six(s[i]), b = six(s[i + 1]), c = six(s[i + 2]), d = six(s[i + 3]);
		bad |= a | b | c | d;
		*o++ = (uint8_t)(a << 2 | b >> 4);
		*o++ = (uint8_t)(b << 4 | c >> 2);
		*o++ = (uint8_t)(c << 6 | d);
	}
	if (pad) {
		uint8_t a = six(s[n - 4]), b = six(s[n - 3]), c = pad == 1 ? six(s[n - 2]) : 0;
		bad |= a | b | c;
		if (pad == 2 ? b & 0x0f : c & 0x03)
			return -EBADMSG;
		*o++ = (uint8_t)(a << 2 | b >> 4);
		if (pad == 1)
			*o++ = (uint8_t)(b << 4 | c >> 2);
	}
	if (bad & 0x80)
		return -EBADMSG;
	*ret_len = (size_t)(o - out);
	return 0;
}
