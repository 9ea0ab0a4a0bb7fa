/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines in which mail_print and mail_gmime say what they read, so that both say it alike. A leaf's line
 * is that of mail_python.py; all others begin with a blank. */
#ifndef TEST_MAIL_WIDE_H
#define TEST_MAIL_WIDE_H

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <sodium.h>

struct wide_text {
	char *s;
	size_t n;
};

/* Without the ends of its last lines. */
static inline size_t
wide_trim(const char *s, size_t n)
{
	while (n && (s[n - 1] == '\n' || s[n - 1] == '\r'))
		n--;
	return n;
}

/* " what name value": the name in lower case, runs of blanks and folds as one '_', what is not printable as %XX. */
static inline void
wide_line(const char *what, const char *name, const char *s, size_t n)
{
	bool blank = false;
	printf(" %s ", what);
	for (; *name; name++)
		printf("%c", isprint((unsigned char)*name) ? tolower((unsigned char)*name) : '?');
	printf(" ");
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			blank = true;
			continue;
		}
		if (blank)
			printf("_");
		blank = false;
		if (c > ' ' && c < 0x7f && c != '%')
			printf("%c", c);
		else
			printf("%%%02X", c);
	}
	printf("\n");
}

static inline void
wide_digest(const char *s, size_t n)
{
	uint8_t h[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(h) + 1];
	crypto_hash_sha256(h, (const uint8_t *)s, n);
	printf(" %zu %s\n", n, sodium_bin2hex(hex, sizeof(hex), h, sizeof(h)));
}

static inline void
wide_hash(const char *what, const char *s, size_t n)
{
	printf(" %s", what);
	wide_digest(s, n);
}

/* Whose the last line's end is, is not asked here: the line "exact" says it. */
static inline void
wide_leaf(const char *type, const char *s, size_t n)
{
	printf("%s", type);
	wide_digest(s, wide_trim(s, n));
}

#endif
