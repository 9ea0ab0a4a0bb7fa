/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of sources, see identity.h. No key is made here: that takes a hash (wire/claim). */
#include "model/identity.h"

#include <stdio.h>
#include <string.h>

static const struct identity_row rows[IDENTITY_N] = {
	[IDENTITY_NONE] = { "", STANDING_KEY },
	[IDENTITY_DKIM] = { "dkim", STANDING_KEY },
	[IDENTITY_TOKEN] = { "token", STANDING_ORG },
	[IDENTITY_PGP] = { "pgp", STANDING_KEY },
	[IDENTITY_LOG] = { "log", STANDING_OWN },
	[IDENTITY_FEED] = { "feed", STANDING_KEY },
	[IDENTITY_MACHINE] = { "machine", STANDING_ORG },
};

const struct identity_row *
identity_row(enum identity_kind k)
{
	return &rows[(unsigned)k < IDENTITY_N ? k : IDENTITY_NONE];
}

static char
fold(enum identity_kind k, char c)
{
	if (k == IDENTITY_PGP)
		return c >= 'a' && c <= 'f' ? (char)(c - 32) : c;
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool
may_be_in(enum identity_kind k, char c)
{
	if (k == IDENTITY_PGP)
		return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr("._-", c));
}

bool
identity_make(enum identity_kind k, const char *rest, struct identity *ret)
{
	struct identity i;
	size_t n = strlen(rest);
	if ((unsigned)k <= IDENTITY_NONE || (unsigned)k >= IDENTITY_N || n == 0)
		return false;
	if (k == IDENTITY_PGP && n != 40 && n != 64)
		return false;
	if (k == IDENTITY_PGP && n == 64) /* a v6 key: its first 56 digits name it well enough */
		n = 56;
	memset(&i, 0, sizeof(i));
	size_t at = (size_t)snprintf(i.name, sizeof(i.name), "%s:", rows[k].word);
	if (at + n >= sizeof(i.name))
		return false;
	for (size_t j = 0; j < n; j++) {
		i.name[at + j] = fold(k, rest[j]);
		if (!may_be_in(k, i.name[at + j]))
			return false;
	}
	*ret = i;
	return true;
}

enum identity_kind
identity_kind(const struct identity *i)
{
	const char *colon = memchr(i->name, ':', sizeof(i->name));
	if (!colon || !memchr(i->name, '\0', sizeof(i->name)))
		return IDENTITY_NONE;
	for (int k = IDENTITY_NONE + 1; k < IDENTITY_N; k++) {
		size_t n = strlen(rows[k].word), rest = strlen(colon + 1);
		if ((size_t)(colon - i->name) != n || memcmp(rows[k].word, i->name, n) != 0 || rest == 0)
			continue;
		if (k == IDENTITY_PGP && rest != 40 && rest != 56)
			return IDENTITY_NONE;
		for (const char *c = colon + 1; *c; c++)
			if (!may_be_in((enum identity_kind)k, *c))
				return IDENTITY_NONE;
		return (enum identity_kind)k;
	}
	return IDENTITY_NONE;
}
