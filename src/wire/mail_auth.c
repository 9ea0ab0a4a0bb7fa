/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who vouches for a mail. Our own mail server's word on DKIM (RFC 8601), or a secret in the address
 * it was sent to (RFC 5233). A header field is believed by where it stands: whoever wrote the mail
 * wrote everything below the first Received that is not ours.
 *
 * Aligned means: header.d is the domain of From, or a parent of it, or a child of it. Who signs
 * with a parent answers for it; a child is named by its own name, so it borrows none. Sisters are
 * not aligned: telling those of one owner from those of a public suffix takes a list that ages.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "wire/mail_own.h"

#define MAIL_RECIPIENTS 100 /* looked at for a token */

static bool
domain_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-' || c == '_';
}

/* The end of an address: what domain_char goes on with, folded. */
static void
domain_copy(struct mime_span s, char domain[256])
{
	size_t n = 0;
	while (n < s.n && n < 255 && domain_char(s.s[n])) {
		char c = s.s[n];
		domain[n++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	while (n > 0 && domain[n - 1] == '.')
		n--;
	domain[n] = '\0';
}

/* The place of the '@' of the first address: in <...>, else the first outside quotes and
 * comments. */
static const char *
at_of(struct mime_span v)
{
	const char *at = NULL, *angle = NULL;
	int comment = 0;
	bool quoted = false;
	for (size_t i = 0; i < v.n; i++) {
		char c = v.s[i];
		if (c == '\\' && (quoted || comment))
			i++;
		else if (c == '"' && !comment)
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (c == '(')
			comment++;
		else if (c == ')' && comment)
			comment--;
		else if (comment)
			continue;
		else if (c == '<')
			angle = &v.s[i], at = NULL;
		else if (c == '@' && !at)
			at = &v.s[i];
		else if ((c == '>' && angle) || (c == ',' && at && !angle))
			break;
	}
	return at;
}

bool
mail_addr(struct mime_span v, char *addr, size_t addr_size, char domain[256])
{
	const char *at = at_of(v), *from = at;
	domain[0] = '\0';
	if (addr)
		addr[0] = '\0';
	if (!at)
		return false;
	domain_copy((struct mime_span){ at + 1, (size_t)(v.s + v.n - at - 1) }, domain);
	while (from > v.s && !strchr(" \t\r\n<>,;:\"(", from[-1]) && from[-1])
		from--;
	if (addr)
		snprintf(addr, addr_size, "%.*s@%s", (int)(at - from), from, domain);
	return domain[0] != '\0';
}

/* Is a the same as b, or below it? Both lower case. */
static bool
below(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	return m > 0 && n >= m && strcmp(a + n - m, b) == 0 && (n == m || a[n - m - 1] == '.');
}

bool
mail_domain_ours(const struct mail_terms *t, const char *domain)
{
	char ours[256];
	for (size_t i = 0; i < t->domain_count; i++) {
		domain_copy((struct mime_span){ t->domains[i], strlen(t->domains[i]) }, ours);
		if (below(domain, ours))
			return true;
	}
	return false;
}

/* A Received (RFC 5321 4.4) of ours names us behind "by". */
static bool
received_ours(const struct mail_terms *t, struct mime_span v)
{
	char host[256], id[256];
	for (size_t i = 0; i + 3 < v.n; i++) {
		bool start = i == 0 || strchr(" \t\r\n", v.s[i - 1]);
		if (!start || strncasecmp(v.s + i, "by", 2) != 0 || !strchr(" \t\r\n", v.s[i + 2]))
			continue;
		domain_copy(mime_trim((struct mime_span){ v.s + i + 2, v.n - i - 2 }), host);
		domain_copy((struct mime_span){ t->authserv_id, strlen(t->authserv_id) }, id);
		return below(host, id) || mail_domain_ours(t, host);
	}
	return false;
}

/* The next blank- or semicolon-separated word outside comments; ';' is a word of its own. */
static bool
word_next(struct mime_span *s, struct mime_span *word)
{
	int depth = 0;
	while (s->n) {
		char c = s->s[0];
		if (c == '(')
			depth++;
		else if (c == ')' && depth)
			depth--;
		else if (!depth && c > ' ')
			break;
		s->s++, s->n--;
	}
	if (!s->n)
		return false;
	*word = (struct mime_span){ s->s, 1 };
	for (s->s++, s->n--;
	     word->s[0] != ';' && s->n && s->s[0] > ' ' && s->s[0] != ';' && s->s[0] != '(';
	     s->s++, s->n--)
		word->n++;
	return true;
}

/* The signing domain of a passed DKIM result that is aligned with From: RFC 8601 2.2 and 2.7.1. */
static bool
dkim_of(struct mime_span v, const char *from, char ret[256])
{
	struct mime_span word;
	bool pass = false;
	char d[256];
	while (word_next(&v, &word)) {
		if (word.s[0] == ';')
			pass = false;
		else if (mime_begins(word, "dkim="))
			pass = mime_is(word, "dkim=pass");
		else if (pass &&
			 (mime_begins(word, "header.d=") || mime_begins(word, "header.i="))) {
			const char *at = memchr(word.s, '@', word.n);
			const char *val = at ? at + 1 : word.s + 9;
			domain_copy((struct mime_span){ val, (size_t)(word.s + word.n - val) }, d);
			if (!strchr(d, '.') || (!below(from, d) && !below(d, from)))
				continue;
			memcpy(ret, d, sizeof(d));
			return true;
		}
	}
	return false;
}

static void
vouch_dkim(const struct mail_work *w, struct identity *ret)
{
	const struct mail_terms *t = w->terms;
	struct mime_span head = w->mime.part[0].head, name, value, rest, word;
	char domain[256] = "";
	unsigned froms = 0;
	bool ours = false;
	if (!t->authserv_id || !t->authserv_id[0] || !w->from_domain[0])
		return;
	while (mime_field(&head, &name, &value))
		froms += mime_is(name, "From");
	head = w->mime.part[0].head;
	while (froms == 1 && mime_field(&head, &name, &value)) {
		if (mime_is(name, "Received") && !received_ours(t, value))
			break;
		ours |= mime_is(name, "Received");
		rest = value;
		if (domain[0] || !mime_is(name, "Authentication-Results") ||
		    !word_next(&rest, &word) || !mime_is(word, t->authserv_id))
			continue;
		dkim_of(rest, w->from_domain, domain);
	}
	/* Nothing of ours above the sender's text: nobody of ours looked at it. */
	if (ours && domain[0])
		identity_make(IDENTITY_DKIM, domain, ret);
}

/* Every address of the fields that say where it went: the detail of its local part against all
 * tokens, each time all of them, so that the time says nothing. */
static int
token_in(const struct mail_terms *t, struct mime_span v)
{
	uint8_t h[crypto_hash_sha256_BYTES];
	char domain[256];
	int found = -1;
	for (unsigned left = MAIL_RECIPIENTS; v.n && left; left--) {
		const char *at = memchr(v.s, '@', v.n), *plus = at;
		if (!at)
			break;
		while (plus > v.s && plus[-1] != '+' && !strchr(" \t\r\n<>,;:\"", plus[-1]))
			plus--;
		v.n -= (size_t)(at + 1 - v.s);
		v.s = at + 1;
		domain_copy(v, domain);
		if (plus == at || plus[-1] != '+' || !mail_domain_ours(t, domain))
			continue;
		crypto_hash_sha256(h, (const uint8_t *)plus, (size_t)(at - plus));
		for (size_t i = 0; i < t->token_count; i++)
			if (sodium_memcmp(h, t->tokens[i].hash, sizeof(h)) == 0)
				found = (int)i;
	}
	return found;
}

static bool
vouch_token(const struct mail_work *w, struct identity *ret)
{
	static const char *const where[] = { "Delivered-To", "X-Original-To", "Envelope-To",
		"X-Envelope-To", "To", "Cc" };
	struct mime_span head = w->mime.part[0].head, name, value;
	int found = -1;
	while (w->terms->token_count && mime_field(&head, &name, &value)) {
		for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
			if (!mime_is(name, where[i]))
				continue;
			int t = token_in(w->terms, value);
			found = t >= 0 ? t : found;
		}
	}
	return found >= 0 && identity_make(IDENTITY_TOKEN, w->terms->tokens[found].name, ret);
}

void
mail_vouch(const struct mail_work *w, struct identity *ret)
{
	if (!vouch_token(w, ret))
		vouch_dkim(w, ret);
}
