/* SPDX-License-Identifier: BSD-2-Clause */
/* Escaping printers, see escape.h. Must never pass a byte through that a terminal obeys. */
#include "base/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* One code point of UTF-8 (RFC 3629, shortest form, no surrogates): its length, or 0 if broken. */
static size_t
utf8(const unsigned char *s, size_t n, uint32_t *cp)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *s < 0x80 ? 1 : (*s & 0xe0) == 0xc0 ? 2 : (*s & 0xf0) == 0xe0 ? 3 :
	    (*s & 0xf8) == 0xf0                                                    ? 4 :
	                                                                             0;
	if (len == 0 || len > n)
		return 0;
	uint32_t v = len == 1 ? *s : *s & (0xff >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (s[i] & 0x3f);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return 0;
	*cp = v;
	return len;
}

/* Code points that draw nothing, reorder the line or are not characters. */
static bool
unsafe(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} bad[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x180e, 0x180e },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xe000, 0xf8ff },
		{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0xfffe, 0xffff },
		{ 0xe0000, 0x10ffff },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (c >= bad[i].from && c <= bad[i].to)
			return true;
	return false;
}

char *
escape_tty(const char *s, size_t n, char *buf, size_t size)
{
	size_t out = 0, keep = 0; /* keep: where "..." still fits */
	for (size_t i = 0; i < n;) {
		char piece[16];
		uint32_t cp = 0;
		size_t len = utf8((const unsigned char *)s + i, n - i, &cp);
		if (len == 0)
			snprintf(piece, sizeof(piece), "\\x%02x", (unsigned char)s[i++]);
		else if (cp == '\n' || cp == '\t' || cp == '\\')
			snprintf(piece, sizeof(piece), "\\%c", cp == '\n' ? 'n' : cp == '\t' ? 't' : '\\');
		else if (unsafe(cp))
			snprintf(piece, sizeof(piece), cp < 0x100 ? "\\x%02x" : "\\u{%x}", cp);
		else
			snprintf(piece, sizeof(piece), "%.*s", (int)len, s + i);
		i += len;
		size_t add = strlen(piece);
		if (out + add >= size) {
			out = keep;
			for (int d = 0; d < 3 && out + 1 < size; d++)
				buf[out++] = '.';
			break;
		}
		memcpy(buf + out, piece, add);
		out += add;
		if (out + 3 < size)
			keep = out;
	}
	buf[out] = '\0';
	return buf;
}

char *
escape_csv(const char *s, size_t n, char *buf, size_t size)
{
	size_t room = size - 4, at = 0; /* two quotes, the ' and the NUL */
	char text[4096];
	escape_tty(s, n, text, room < sizeof(text) ? room : sizeof(text));
	buf[at++] = '"';
	if (*text && strchr("=+-@ |%", *text))
		buf[at++] = '\'';
	for (const char *p = text; *p && at + 3 < size; p++) {
		if (*p == '"' && at + 4 >= size)
			break; /* no half of a pair */
		if (*p == '"')
			buf[at++] = '"';
		buf[at++] = *p;
	}
	while (at > 1 && (buf[at - 1] & 0x80) && at + 3 >= size)
		at--; /* cut between characters */
	buf[at++] = '"';
	buf[at] = '\0';
	return buf;
}
