/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over a line: at the beginning of each word it is tried what stands there, see redact.h.
 * Placeholders are addresses for documentation (RFC 5737, RFC 3849), names below .invalid and user1, user2:
 * of the same form as what they stand for, for programs read these lines. It must never change the accused
 * address.
 */
#include "lymph/redact.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MOST 128 /* of one word that is looked at */

/* What stands before a user's name in the logs of daemons. Longer ones first. */
static const char *const before[] = { "keyboard-interactive/pam for invalid user ", "password for invalid user ",
	"publickey for invalid user ", "none for invalid user ", "keyboard-interactive/pam for ", "authenticating user ",
	"password for ", "publickey for ", "none for ", "illegal user ", "invalid user ", "failed for user ",
	"user unknown: ", "sasl_username=", "username=", "logname=", "acct=", "ruser=", "login=", "user=<", "user=",
	"user: ", "user ", "account " };

struct out {
	char *s;
	size_t n, room;
	bool bad;
};

static void
add(struct out *o, const char *s, size_t n)
{
	if (o->n + n > o->room) {
		size_t room = (o->n + n) * 2;
		char *p = realloc(o->s, room);
		if (!p) {
			o->bad = true;
			return;
		}
		o->s = p;
		o->room = room;
	}
	memcpy(o->s + o->n, s, n);
	o->n += n;
}

bool
redact_add(struct redact *r, const char *what)
{
	if (strcmp(what, "user") == 0 || strcmp(what, "all-but") == 0) {
		r->users = true;
		r->others |= what[0] == 'a';
		return true;
	}
	if (!*what || r->words == REDACT_WORDS)
		return false;
	r->word[r->words++] = what;
	return true;
}

bool
redact_any(const struct redact *r)
{
	return r->users || r->others || r->words;
}

void
redact_free(struct redact *r)
{
	while (r->knowns)
		free(r->known[--r->knowns].text);
	memset(r->of, 0, sizeof(r->of));
}

/* Its number among those of its kind, from 1 on; 0: there are too many. */
static unsigned
number(struct redact *r, char kind, const char *s, size_t n)
{
	unsigned no = 0;
	for (unsigned i = 0; i < r->knowns; i++) {
		if (r->known[i].kind != kind)
			continue;
		no++;
		if (strncmp(r->known[i].text, s, n) == 0 && r->known[i].text[n] == '\0')
			return no;
	}
	if (r->knowns == REDACT_KNOWN || !(r->known[r->knowns].text = strndup(s, n)))
		return 0;
	r->known[r->knowns++].kind = kind;
	return no + 1;
}

/* The no-th address for documentation that is not the accused one. */
static struct addr
stand_in(const struct redact *r, uint8_t fam, unsigned no)
{
	static const uint8_t nets[3][3] = { { 203, 0, 113 }, { 198, 51, 100 }, { 192, 0, 2 } };
	struct addr a = { .fam = fam };
	do {
		if (no == 0 || (fam == 4 && no > 3 * 254))
			no = 3 * 254;
		if (fam == 4) {
			memcpy(a.b, nets[(no - 1) / 254], 3);
			a.b[3] = (uint8_t)((no - 1) % 254 + 1);
		} else {
			memcpy(a.b, (uint8_t[]){ 0x20, 0x01, 0x0d, 0xb8 }, 4);
			a.b[14] = (uint8_t)(no >> 8);
			a.b[15] = (uint8_t)no;
		}
		no++;
	} while (addr_eq(&a, &r->subject));
	return a;
}

/* All try what begins at s: how much of it they took, with what stands for it put out; 0: nothing. */

/* quad: only one of IPv4. */
static size_t
take_address(struct redact *r, struct out *o, const char *s, size_t n, bool quad)
{
	struct addr a = { 0 };
	char text[ADDR_TEXT];
	size_t len = 0, dots = 0, colons = 0;
	while (len < n && len < ADDR_TEXT && (isxdigit((unsigned char)s[len]) || s[len] == '.' || (s[len] == ':' && !quad))) {
		dots += s[len] == '.';
		colons += s[len] == ':';
		len++;
	}
	if (dots < 3 && colons < 2)
		return 0;
	while (len > 2 && addr_parse(s, len, &a) < 0)
		len--;
	bool goes_on = len + 1 < n && s[len] == ':' && isxdigit((unsigned char)s[len + 1]) && a.fam == 6;
	if (len <= 2 || goes_on || (len < n && isalnum((unsigned char)s[len])))
		return 0; /* a part of something else */
	if (addr_eq(&a, &r->subject)) {
		add(o, s, len);
		return len;
	}
	addr_print(&a, text);
	struct addr to = stand_in(r, a.fam, number(r, a.fam == 4 ? '4' : '6', text, strlen(text)));
	addr_print(&to, text);
	add(o, text, strlen(text));
	r->taken++;
	return len;
}

static bool
mail_char(char c)
{
	return isalnum((unsigned char)c) || strchr("._%+-=#~$&*", c) != NULL;
}

static size_t
take_mail(struct redact *r, struct out *o, const char *s, size_t n)
{
	char text[64];
	size_t at = 0, len, dot = 0;
	while (at < n && at < MOST && s[at] && mail_char(s[at]))
		at++;
	if (at == 0 || at >= n || s[at] != '@')
		return 0;
	for (len = at + 1; len < n && len < at + MOST && (isalnum((unsigned char)s[len]) || strchr(".-", s[len])) && s[len]; len++)
		dot = s[len] == '.' ? len : dot;
	while (len > at + 1 && strchr(".-", s[len - 1]))
		len--;
	if (len <= at + 1 || !dot)
		return 0;
	/* "to=<ann@example.net>": what stands before an equals sign is the log's own. */
	const char *eq = memrchr(s, '=', at);
	size_t own = eq ? (size_t)(eq - s) + 1 : 0;
	add(o, s, own);
	int m = snprintf(text, sizeof(text), "mail%u@redacted.invalid", number(r, 'm', s + own, len - own));
	add(o, text, (size_t)m);
	r->taken++;
	return len;
}

static size_t
take_user(struct redact *r, struct out *o, const char *s, size_t n)
{
	char text[32];
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		size_t w = strlen(before[i]), len = w;
		if (n <= w || strncasecmp(s, before[i], w) != 0)
			continue;
		while (len < n && len < w + MOST && s[len] && !strchr(" \t<>,;)(\"'[]", s[len]))
			len++;
		struct addr a;
		if (len == w || addr_parse(s + w, len - w, &a) == 0)
			return 0; /* "user 192.0.2.1": nobody's name */
		add(o, s, w);
		int m = snprintf(text, sizeof(text), "user%u", number(r, 'u', s + w, len - w));
		add(o, text, (size_t)m);
		r->taken++;
		return len;
	}
	return 0;
}

static size_t
take_word(struct redact *r, struct out *o, const char *s, size_t n)
{
	for (unsigned i = 0; i < r->words; i++) {
		size_t w = strlen(r->word[i]);
		if (n < w || strncasecmp(s, r->word[i], w) != 0)
			continue;
		add(o, "redacted", 8);
		r->taken++;
		return w;
	}
	return 0;
}

/* Behind the ? of a path, up to its end. */
static size_t
take_query(struct redact *r, struct out *o, const char *s, size_t n, bool path)
{
	size_t len = 1;
	if (*s != '?' || !path)
		return 0;
	while (len < n && !strchr(" \t\"'<>", s[len]))
		len++;
	add(o, len > 1 ? "?redacted" : "?", len > 1 ? 9 : 1);
	r->taken += len > 1;
	return len;
}

/* A word, an address or a name may begin behind c. */
static bool
edge(char c)
{
	return !isalnum((unsigned char)c) && c != '.' && c != '_' && c != '-' && !(c & 0x80);
}

/* Is s[i] behind a colon, and the rest of something of hex digits and colons, as a MAC is? A label
 * ("source:") has other letters in it, or what looks like a label was tried as a whole. */
static bool
is_rest(const char *s, size_t i)
{
	if (i < 2 || s[i - 1] != ':' || !isxdigit((unsigned char)s[i - 2]))
		return false;
	size_t from = i - 1;
	while (from > 0 && (isxdigit((unsigned char)s[from - 1]) || s[from - 1] == ':'))
		from--;
	return from == 0 || edge(s[from - 1]);
}

/* The user of a web request (the third field of the common log format): from *ret on; 0: there is none. */
static size_t
web_user(const char *s, size_t n, size_t *ret)
{
	const char *a = memchr(s, ' ', n), *end = s + n;
	const char *b = a ? memchr(a + 1, ' ', (size_t)(end - a - 1)) : NULL;
	const char *c = b ? memchr(b + 1, ' ', (size_t)(end - b - 1)) : NULL;
	if (!c || c + 1 >= end || c[1] != '[' || c - b < 2 || (c - b == 2 && b[1] == '-'))
		return 0;
	*ret = (size_t)(b + 1 - s);
	return (size_t)(c - b - 1);
}

char *
redact_line(struct redact *r, const char *s, size_t n, size_t *ret_n)
{
	struct out o = { .s = malloc(n + 64), .room = n + 64 };
	bool path = false; /* in a word with a slash */
	size_t user = 0, user_n = r->users ? web_user(s, n, &user) : 0;
	char text[32];
	if (!o.s)
		return NULL;
	for (size_t i = 0; i < n && !o.bad;) {
		bool begins = i == 0 || edge(s[i - 1]);
		if (user_n && i == user) {
			int m = snprintf(text, sizeof(text), "user%u", number(r, 'u', s + i, user_n));
			add(&o, text, (size_t)m);
			r->taken++;
			i += user_n;
			continue;
		}
		size_t took = take_word(r, &o, s + i, n - i);
		if (!took && begins && r->users)
			took = take_user(r, &o, s + i, n - i);
		if (!took && begins && r->others)
			took = take_mail(r, &o, s + i, n - i);
		if (!took && (begins || s[i - 1] == '-') && r->others)
			took = take_address(r, &o, s + i, n - i, is_rest(s, i));
		if (!took && r->others)
			took = take_query(r, &o, s + i, n - i, path);
		path = s[i] == '/' || (path && s[i] != ' ' && s[i] != '"');
		if (!took) {
			add(&o, s + i, 1);
			took = 1;
		}
		i += took;
	}
	if (o.bad) {
		free(o.s);
		return NULL;
	}
	*ret_n = o.n;
	return o.s;
}
