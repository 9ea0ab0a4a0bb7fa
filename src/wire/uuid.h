/* SPDX-License-Identifier: BSD-2-Clause */
/* UUIDs (RFC 9562): the ids of reports. Randomness is the caller's. */
#ifndef WIRE_UUID_H
#define WIRE_UUID_H

#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT 37

/* Makes 16 random bytes a version 4 UUID (RFC 9562 5.4). */
void uuid_v4(uint8_t b[16]);
/* Lower-case text with its NUL. Returns buf. */
char *uuid_print(const uint8_t b[16], char buf[UUID_TEXT]);
/* The 36 characters of a UUID of any version. 0, or -EINVAL with *ret untouched. */
int uuid_parse(const char *s, size_t n, uint8_t ret[16]);

#endif
