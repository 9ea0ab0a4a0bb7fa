/* SPDX-License-Identifier: BSD-2-Clause */
/* UUIDs as text and bytes, see uuid.h. */
#include "wire/uuid.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <sodium.h>

void
uuid_v4(uint8_t b[16])
{
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
}

char *
uuid_print(const uint8_t b[16], char buf[UUID_TEXT])
{
	char hex[33];
	sodium_bin2hex(hex, sizeof(hex), b, 16);
	for (size_t i = 0, o = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			buf[o++] = '-';
		buf[o++] = hex[i];
	}
	buf[36] = '\0';
	return buf;
}

int
uuid_parse(const char *s, size_t n, uint8_t ret[16])
{
	char hex[32];
	uint8_t b[16];
	size_t o = 0, len;
	if (n != 36)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash != (s[i] == '-'))
			return -EINVAL;
		if (!dash)
			hex[o++] = s[i];
	}
	if (sodium_hex2bin(b, sizeof(b), hex, o, NULL, &len, NULL) != 0 || len != 16)
		return -EINVAL;
	memcpy(ret, b, 16);
	return 0;
}
