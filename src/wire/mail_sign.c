/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an OpenPGP signature in a mail covers, see mail.h: the exact bytes, for role verify. Nothing
 * is verified here. For PGP/MIME (RFC 3156 5) that is the first part as its boundaries cut it,
 * header and all, every line ending in CRLF; for clear-signed text the block from its first dash to
 * its last.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/mail_own.h"
#include "wire/mail_text.h"

#define SIGNATURE (64u << 10)

/* malloc'ed. LF becomes CRLF; a CRLF stays one. */
static char *
canonical(struct mime_span s, size_t *ret)
{
	size_t lf = 0, n = 0;
	for (size_t i = 0; i < s.n; i++)
		lf += s.s[i] == '\n';
	char *out = malloc(s.n + lf + 1);
	for (size_t i = 0; out && i < s.n; i++) {
		if (s.s[i] == '\n' && (i == 0 || s.s[i - 1] != '\r'))
			out[n++] = '\r';
		out[n++] = s.s[i];
	}
	*ret = n;
	return out;
}

/* A line that begins at p, or NULL. */
static const char *
line_find(const char *p, const char *end, const char *what)
{
	size_t n = strlen(what);
	for (const char *at = p; (at = memmem(at, (size_t)(end - at), what, n)); at += n)
		if (at == p || at[-1] == '\n')
			return at;
	return NULL;
}

int
mail_clear_block(const struct mime_part *p, struct mime_cost *cost, char **ret, size_t *n)
{
	char *bytes;
	size_t len;
	int rc = part_bytes(p, MAIL_DECODED, cost, &bytes, &len);
	if (rc < 0)
		return rc;
	const char *end = bytes + len,
		   *from = line_find(bytes, end, "-----BEGIN PGP SIGNED MESSAGE-----");
	const char *sig = from ? line_find(from, end, "-----BEGIN PGP SIGNATURE-----") : NULL,
		   *to = sig ? line_find(sig, end, "-----END PGP SIGNATURE-----") : NULL;
	if (!to) {
		free(bytes);
		return 0;
	}
	to += strlen("-----END PGP SIGNATURE-----");
	len = (size_t)(to - from);
	memmove(bytes, from, len);
	bytes[len++] = '\n'; /* room: part_bytes leaves some */
	*ret = bytes;
	*n = len;
	return 1;
}

/* PGP/MIME before clear text; of either the first, and never in somebody else's mail. */
struct mail_place
mail_sign_place(const struct mime *m, struct mime_cost *cost)
{
	struct mail_place none = { MAIL_SIG_NONE, -1, -1 };
	const struct mime_part *p = m->part;
	char *bytes;
	size_t n;
	for (int i = 0; i < m->parts; i++) {
		if (p[i].foreign || strcmp(p[i].type, "multipart/signed") != 0)
			continue;
		for (int j = i + 2; j < m->parts; j++)
			if (p[j].parent == i && strcmp(p[j].type, "application/pgp-signature") == 0)
				return (struct mail_place){ MAIL_SIG_MIME, i + 1, j };
	}
	for (int i = 0; i < m->parts; i++) {
		if (p[i].foreign || p[i].multi || p[i].message ||
		    strcmp(p[i].type, "text/plain") != 0 ||
		    mail_clear_block(&p[i], cost, &bytes, &n) != 1)
			continue;
		free(bytes);
		return (struct mail_place){ MAIL_SIG_CLEAR, i, -1 };
	}
	return none;
}

static int
take(struct mime *m, const struct mail_place *at, struct mail_signed *ret)
{
	struct mail_signed s = { .form = at->form };
	int rc;
	if (at->form == MAIL_SIG_CLEAR) {
		char *bytes;
		rc = mail_clear_block(&m->part[at->part], &m->cost, &bytes, &s.n);
		s.bytes = rc == 1 ? bytes : NULL;
	} else {
		char *sig;
		if (m->part[at->sig].body.n > SIGNATURE)
			return -E2BIG;
		rc = part_bytes(&m->part[at->sig], MAIL_DECODED, &m->cost, &sig, &s.sig_n);
		if (rc < 0)
			return rc;
		s.sig = sig;
		s.bytes = canonical(m->part[at->part].whole, &s.n);
		if (!s.bytes) {
			free(sig);
			return -ENOMEM;
		}
	}
	if (rc >= 0)
		*ret = s;
	return rc < 0 ? rc : 0;
}

int
mail_signed_find(const void *bytes, size_t n, struct mail_signed *ret)
{
	struct mail_signed none = { .form = MAIL_SIG_NONE };
	struct mime m;
	const char *rule;
	if (n > MAIL_BYTES)
		return -E2BIG;
	int rc = mime_walk((struct mime_span){ bytes, n }, MAIL_PARTS, MAIL_DEPTH, &m, &rule);
	struct mail_place at = { MAIL_SIG_NONE, -1, -1 };
	*ret = none;
	if (rc == 0)
		at = mail_sign_place(&m, &m.cost);
	if (at.form != MAIL_SIG_NONE)
		rc = take(&m, &at, ret);
	mime_free(&m);
	return rc;
}

void
mail_signed_free(struct mail_signed *s)
{
	free(s->bytes);
	free(s->sig);
	memset(s, 0, sizeof(*s));
}
