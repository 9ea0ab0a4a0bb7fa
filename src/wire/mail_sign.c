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

#include <sodium.h>

#include "wire/mail_own.h"
#include "wire/mail_text.h"

#define SIGNATURE (64u << 10)

/* malloc'ed, with room for more bytes behind it. LF becomes CRLF; a CRLF stays one. */
static int
canonical(struct mime_span s, size_t more, char **ret, size_t *ret_n)
{
	size_t lf = 0, n = 0;
	for (size_t i = 0; i < s.n; i++)
		lf += s.s[i] == '\n' && (i == 0 || s.s[i - 1] != '\r');
	if (s.n + lf > MAIL_SIGNED)
		return -EFBIG;
	char *out = malloc(s.n + lf + more + 1);
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < s.n; i++) {
		if (s.s[i] == '\n' && (i == 0 || s.s[i - 1] != '\r'))
			out[n++] = '\r';
		out[n++] = s.s[i];
	}
	*ret = out;
	*ret_n = n;
	return 0;
}

/* Looks for the three lines of a clear-signed block, by their beginnings: the text may be as long as a mail,
 * and most are none. */
struct block {
	unsigned found;  /* how many of the three */
	size_t at;       /* bytes that came */
	size_t line, n;  /* where the line in hand begins; of head that is filled */
	bool looked;     /* the line in hand is none of them */
	char head[40];
	size_t from, to; /* the block */
};

static void
block_look(struct block *b)
{
	static const char *const want[] = { "-----BEGIN PGP SIGNED MESSAGE-----",
		"-----BEGIN PGP SIGNATURE-----", "-----END PGP SIGNATURE-----" };
	size_t n = b->found < 3 ? strlen(want[b->found]) : SIZE_MAX;
	b->looked = true;
	if (b->n < n || memcmp(b->head, want[b->found], n) != 0)
		return;
	if (b->found++ == 0)
		b->from = b->line;
	b->to = b->line + n;
}

static int
block_piece(const char *s, size_t n, void *arg)
{
	struct block *b = arg;
	const char *end = s + n;
	while (s < end && b->found < 3) {
		const char *lf;
		while (!b->looked && s < end && *s != '\n') {
			b->head[b->n++] = *s++;
			b->at++;
			if (b->n == sizeof(b->head))
				block_look(b);
		}
		if (s >= end)
			break;
		lf = memchr(s, '\n', (size_t)(end - s));
		if (!b->looked)
			block_look(b);
		b->at += (size_t)((lf ? lf + 1 : end) - s);
		s = lf ? lf + 1 : end;
		if (lf) {
			b->line = b->at;
			b->n = 0;
			b->looked = false;
		}
	}
	return b->found == 3;
}

/* Bytes [from, to) of what comes. */
struct taking {
	size_t at, from, to, n;
	char *out;
};

static int
take_piece(const char *s, size_t n, void *arg)
{
	struct taking *t = arg;
	size_t from = t->from > t->at ? t->from - t->at : 0;
	size_t to = t->to - t->at < n ? t->to - t->at : n;
	if (from < to) {
		memcpy(t->out + t->n, s + from, to - from);
		t->n += to - from;
	}
	t->at += n;
	return t->at >= t->to;
}

int
mail_clear_block(const struct mime_part *p, struct mime_cost *cost, char **ret, size_t *n)
{
	struct block b = { 0 };
	struct mime_cost again = { 0 }; /* what was counted once */
	int rc = part_pieces(p, MAIL_DECODED, cost, block_piece, &b);
	if (rc < 0)
		return rc;
	if (!b.looked)
		block_look(&b); /* the last line has no end */
	if (b.found < 3)
		return 0;
	if (b.to - b.from > MAIL_SIGNED)
		return -EFBIG;
	struct taking t = { .from = b.from, .to = b.to, .out = malloc(b.to - b.from + 1) };
	if (!t.out)
		return -ENOMEM;
	part_pieces(p, MAIL_DECODED, &again, take_piece, &t);
	t.out[t.n++] = '\n';
	*ret = t.out;
	*n = t.n;
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
		    strcmp(p[i].type, "text/plain") != 0)
			continue;
		int rc = mail_clear_block(&p[i], cost, &bytes, &n);
		if (rc != 1 && rc != -EFBIG)
			continue;
		if (rc == 1)
			free(bytes);
		return (struct mail_place){ MAIL_SIG_CLEAR, i, -1 };
	}
	return none;
}

static int
take(struct mime *m, const struct mail_place *at, struct mail_signed *ret)
{
	struct mail_signed s = { .form = at->form };
	char *bytes = NULL, *sig = NULL;
	int rc;
	if (at->form == MAIL_SIG_CLEAR) {
		rc = mail_clear_block(&m->part[at->part], &m->cost, &bytes, &s.n);
	} else {
		if (m->part[at->sig].body.n > SIGNATURE)
			return -E2BIG;
		rc = part_bytes(&m->part[at->sig], MAIL_DECODED, &m->cost, &sig, &s.sig_n);
		if (rc == 0)
			rc = canonical(m->part[at->part].whole, s.sig_n, &bytes, &s.n);
		if (rc == 0)
			memcpy(bytes + s.n, sig, s.sig_n);
		free(sig);
	}
	if (rc < 0)
		return rc;
	s.bytes = bytes;
	s.sig = s.sig_n ? bytes + s.n : NULL;
	*ret = s;
	return 0;
}

int
mail_signed_find(const void *bytes, size_t n, struct mail_signed *ret)
{
	struct mail_signed none = { .form = MAIL_SIG_NONE };
	struct mime m;
	const char *rule;
	if (n > MAIL_BYTES)
		return -E2BIG;
	if (mail_decided((struct mime_span){ bytes, n })) {
		*ret = none;
		return 0;
	}
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
	memset(s, 0, sizeof(*s));
}

void
mail_signed_digest(const struct identity *by, const void *bytes, size_t n, uint8_t ret[32])
{
	static const char salt[] = "lymph signed text"; /* with its NUL */
	struct mime_span rest = { bytes, n }, line;
	crypto_hash_sha256_state h;
	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, (const uint8_t *)salt, sizeof(salt));
	crypto_hash_sha256_update(&h, (const uint8_t *)by->name, sizeof(by->name));
	while (mime_line(&rest, &line)) {
		while (line.n > 0 && strchr(" \t\r", line.s[line.n - 1]) && line.s[line.n - 1])
			line.n--;
		crypto_hash_sha256_update(&h, (const uint8_t *)line.s, line.n);
		crypto_hash_sha256_update(&h, (const uint8_t *)"\n", 1);
	}
	crypto_hash_sha256_final(&h, ret);
}
