/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 (RFC 4648 4) of large payloads: strict, and ten times faster than the constant-time decoder
 * of libsodium, which secrets need and evidence does not. */
#ifndef WIRE_BASE64_H
#define WIRE_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Room enough for what n characters decode to. */
#define BASE64_ROOM(n) ((n) / 4 * 3 + 3)

/* With padding, without white space, unused bits zero: one text for one payload. out holds
 * BASE64_ROOM(n). 0 or -EBADMSG. */
int base64_decode(const char *s, size_t n, uint8_t *out, size_t *ret_len);

#endif
