/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding an address in log text, see logfind.h. A fast search for a byte string that every mention
 * must hold, then a careful look at the token around it. Must never read outside the bytes given. */
#include "wire/logfind.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A token of more hex digits, colons and dots than this is no address with a port. */
#define TOKEN_MAX 64
#define NOT_YET   SIZE_MAX

static void
needle_add(struct logfind *f, const char *text)
{
	struct logfind_needle *d = &f->needle[f->needles++];
	d->n = strlen(text);
	memcpy(d->text, text, d->n);
	/* 0x20 makes a letter small and is never set on what is none. */
	for (size_t i = 0; i < d->n; i++)
		d->fold[i] = isalpha(d->text[i]) ? 0x20 : 0;
}

static bool
needle_at(const struct logfind_needle *d, const uint8_t *p)
{
	for (size_t i = 0; i < d->n; i++)
		if ((p[i] | d->fold[i]) != d->text[i])
			return false;
	return true;
}

typedef uint8_t lanes __attribute__((vector_size(16)));

/* Sixteen places at once where the needle's first and last byte fit, then each of these in full. */
static const uint8_t *
needle_find(const struct logfind_needle *d, const uint8_t *p, const uint8_t *end)
{
	size_t last = d->n - 1;
	lanes zero = { 0 }, head = zero + d->text[0], tail = zero + d->text[last];
	lanes head_fold = zero + d->fold[0], tail_fold = zero + d->fold[last];
	for (; (size_t)(end - p) >= last + sizeof(lanes); p += sizeof(lanes)) {
		lanes a, b;
		uint64_t any[2];
		memcpy(&a, p, sizeof(a));
		memcpy(&b, p + last, sizeof(b));
		a = (lanes)(((a | head_fold) == head) & ((b | tail_fold) == tail));
		memcpy(any, &a, sizeof(any));
		if (!(any[0] | any[1]))
			continue;
		for (size_t i = 0; i < sizeof(lanes); i++)
			if (a[i] && needle_at(d, p + i))
				return p + i;
	}
	for (; (size_t)(end - p) > last; p++)
		if (needle_at(d, p))
			return p;
	return NULL;
}

/* The eight groups of an IPv6 address; a needle is the longest that cannot be compressed away. */
static void
needles_six(struct logfind *f)
{
	char text[LOGFIND_NEEDLE];
	unsigned best = 0, value = 0;
	for (unsigned i = 0; i < 6; i++) {
		unsigned v = (unsigned)(f->addr.b[2 * i] << 8 | f->addr.b[2 * i + 1]);
		if (v > value) {
			best = i;
			value = v;
		}
	}
	if (value) {
		/* A group next to a zero run or the end may lack a colon, so the digits alone. */
		snprintf(text, sizeof(text), "%x", value);
		if (best > 0) {
			unsigned prev =
			    (unsigned)(f->addr.b[2 * best - 2] << 8 | f->addr.b[2 * best - 1]);
			if (prev && value >= 0x1000)
				snprintf(text, sizeof(text), "%x:%x", prev, value);
		}
		needle_add(f, text);
		return;
	}
	/* Only the tail says something, and the tail may be dotted: there is no common digit, but
	 * the compression or the zeros before the tail end in a colon. */
	needle_add(f, ":");
}

int
logfind_init(struct logfind *f, const struct addr *a)
{
	char text[ADDR_TEXT];
	if (a->fam != 4 && a->fam != 6)
		return -EINVAL;
	memset(f, 0, sizeof(*f));
	f->addr = *a;
	if (a->fam == 6) {
		needles_six(f);
		return 0;
	}
	needle_add(f, addr_print(a, text));
	needle_add(f, "ffff:"); /* ::ffff:c000:201 */
	return 0;
}

/* Bytes a token of address, port and dots is made of. */
static bool
inside(char c)
{
	return isxdigit((unsigned char)c) || c == ':' || c == '.';
}

/* A letter of a word or name. Bytes over 0x7f do not count: typographic quotes are such. */
static bool
word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

/* 1..5 digits up to 65535 make a port. */
static bool
port(const char *s, size_t n)
{
	unsigned v = 0;
	if (n == 0 || n > 5)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!digit(s[i]))
			return false;
		v = v * 10 + (unsigned)(s[i] - '0');
	}
	return v <= 65535;
}

/* "/24" behind an address whose host bits are all zero names the network, not the host. */
static bool
prefix_follows(const struct logfind *f, const char *s, const char *end)
{
	const char *p = s;
	unsigned len = 0;
	if (p == end || *p++ != '/')
		return false;
	const char *first = p;
	while (p < end && digit(*p) && p - first < 4)
		len = len * 10 + (unsigned)(*p++ - '0');
	if (p == first || len >= addr_bits(&f->addr) || (p < end && word(*p)))
		return false;
	struct prefix q = prefix_of(&f->addr, len);
	return addr_eq(&q.a, &f->addr);
}

/* What may stand right behind the token: not a letter, not "-name". bare: no port in between. */
static bool
ends_well(const struct logfind *f, const char *s, const char *end, bool bare)
{
	if (s == end)
		return true;
	if (word(*s))
		return false;
	if (*s == '-' && s + 1 < end && word(s[1]) && !digit(s[1]))
		return false;
	return !bare || !prefix_follows(f, s, end);
}

/* The address at the token's start: how long it is, or 0. Behind it may stand colons, the dots of a
 * sentence's end and before these a port: "192.0.2.1.80:"; nothing else. */
static size_t
token_address(const struct logfind *f, const char *s, size_t n)
{
	struct addr a;
	for (;; n--) {
		if (addr_parse(s, n, &a) == 0)
			return addr_eq(&a, &f->addr) ? n : 0;
		if (n == 0 || (s[n - 1] != '.' && s[n - 1] != ':'))
			break;
	}
	size_t cut = n;
	while (cut > 0 && digit(s[cut - 1]))
		cut--;
	if (cut < 2 || !port(s + cut, n - cut) || (s[cut - 1] != '.' && s[cut - 1] != ':'))
		return 0;
	/* ":port" behind IPv6 reads as one more group unless all eight are there. */
	return addr_parse(s, cut - 1, &a) == 0 && addr_eq(&a, &f->addr) ? cut - 1 : 0;
}

/* Where the address may start behind a label: "source:192.0.2.1", "inet6 addr:2001:db8::1", where the
 * token holds only the end of the word. 0: nowhere. */
static size_t
label_end(const struct logfind *f, const char *s, size_t from, size_t at, size_t to, bool name)
{
	const char *colon = memchr(s + from, ':', to - from);
	if (!colon)
		return 0;
	size_t start = (size_t)(colon - s) + 1;
	if (f->addr.fam == 4 && at > from && s[at - 1] == ':' && s[at] != 'f' && s[at] != 'F') {
		/* "64:ff9b::192.0.2.1" is IPv6 even with a port behind; "::ffff:" was tried as a whole. */
		if (!name && memmem(s + from, at - from, "::", 2))
			return 0;
		start = at;
	}
	return start < to ? start : 0;
}

/* The token around at: 1 and *ret when it is a mention of ours. *next: where to search on. */
static bool
look(const struct logfind *f, const char *s, size_t n, size_t at, struct logfind_hit *ret,
    size_t *next)
{
	size_t from = at, to = at;
	while (from > 0 && at - from < TOKEN_MAX && inside(s[from - 1]))
		from--;
	while (to < n && to - at < 2 * TOKEN_MAX && inside(s[to]))
		to++;
	*next = to > at ? to : at + 1;
	if ((from > 0 && inside(s[from - 1])) || (to < n && inside(s[to])))
		return false;
	char before = from > 0 ? s[from - 1] : ' ';
	bool name =
	    word(before) || (before == '-' && from > 1 && word(s[from - 2]) && !digit(s[from - 2]));
	struct addr other;
	size_t len = 0, start = from;
	if (!name) {
		len = token_address(f, s + from, to - from);
		if (!len && addr_parse(s + from, to - from, &other) == 0)
			return false; /* all of it is another address: its tail is not ours */
	}
	if (!len) {
		start = label_end(f, s, from, at, to, name);
		len = start ? token_address(f, s + start, to - start) : 0;
	}
	if (!len || !ends_well(f, s + to, s + n, start + len == to))
		return false;
	*ret = (struct logfind_hit){ .at = start, .n = len };
	return true;
}

void
logfind_start(struct logfind_scan *w, const struct logfind *f, const char *s, size_t n)
{
	memset(w, 0, sizeof(*w));
	w->f = f;
	w->s = s;
	w->n = n;
	for (unsigned i = 0; i < LOGFIND_NEEDLES; i++)
		w->found[i] = NOT_YET;
}

/* Where the next needle stands at or after at; n when none does. */
static size_t
candidate(struct logfind_scan *w, size_t at)
{
	const uint8_t *base = (const uint8_t *)w->s, *end = base + w->n;
	size_t first = w->n;
	for (unsigned i = 0; i < w->f->needles; i++) {
		if (w->found[i] == NOT_YET || w->found[i] < at) {
			const uint8_t *p = needle_find(&w->f->needle[i], base + at, end);
			w->found[i] = p ? (size_t)(p - base) : w->n;
		}
		if (w->found[i] < first)
			first = w->found[i];
	}
	return first;
}

int
logfind_more(struct logfind_scan *w, size_t from, struct logfind_hit *ret)
{
	for (size_t at = from; at < w->n;) {
		size_t next, found = candidate(w, at);
		if (found >= w->n)
			return 0;
		if (look(w->f, w->s, w->n, found, ret, &next) && ret->at + ret->n > from)
			return 1;
		at = next;
	}
	return 0;
}

int
logfind_next(const struct logfind *f, const char *s, size_t n, size_t from, struct logfind_hit *ret)
{
	struct logfind_scan w;
	logfind_start(&w, f, s, n);
	return logfind_more(&w, from, ret);
}
