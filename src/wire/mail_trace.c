/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The address a mail complained about came from, by its own trace (RFC 5321 4.4): the lines the reporter's
 * hosts wrote, from the top down to his border. Below the border all is the accused's word, also lines that
 * say the reporter wrote them, so that what is not plainly inside ends the walk. Must never believe a line
 * that whoever delivered the mail could have written.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "wire/mail_own.h"
#include "wire/mail_text.h"

#define NAME 256

/* What one Received says. */
struct hop {
	char helo[NAME], name[NAME]; /* as the peer called itself; as its address is called; "" none */
	char by[NAME];
	struct addr addr; /* the last in brackets; fam 0: none */
};

/* Second labels under which a country's registry hands out names: who shares only these is not of one
 * house. */
static bool
is_suffix(const char *shared)
{
	static const char *const seconds[] = { "ac", "ad", "adm", "asso", "biz", "co", "com", "ed", "edu", "firm",
		"gen", "go", "gob", "gouv", "gov", "govt", "gr", "id", "in", "ind", "info", "k12", "lg", "ltd", "me",
		"mil", "ne", "net", "nhs", "nom", "or", "org", "plc", "police", "res", "sch", "school", "tm" };
	const char *dot = strchr(shared, '.');
	if (!dot)
		return true;
	if (strlen(dot + 1) != 2)
		return false;
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		if (strlen(seconds[i]) == (size_t)(dot - shared) &&
		    strncmp(shared, seconds[i], (size_t)(dot - shared)) == 0)
			return true;
	return false;
}

/* Is the host of the domain's house: the domain, below it, or beside it below one name? */
static bool
in_house(const char *host, const char *domain)
{
	const char *end = host + strlen(host), *from = domain + strlen(domain), *shared = NULL;
	while (end > host && from > domain && end[-1] == from[-1]) {
		end--, from--;
		bool host_starts = end == host || end[-1] == '.', from_starts = from == domain || from[-1] == '.';
		if (host_starts && from_starts)
			shared = end;
	}
	return shared && !is_suffix(shared);
}

/* The next word of a Received: up to a blank, a ';' or a bracket; at: where it stood. */
static size_t
word(struct mime_span v, size_t i, size_t *at)
{
	while (i < v.n && strchr(" \t\r\n", v.s[i]) && v.s[i])
		i++;
	*at = i;
	while (i < v.n && (unsigned char)v.s[i] > ' ' && !strchr(";()[]", v.s[i]))
		i++;
	return i;
}

static void
keep(struct mime_span v, size_t from, size_t to, char buf[NAME])
{
	while (to > from && v.s[to - 1] == '.')
		to--;
	text_fold(v.s + from, to - from, buf, NAME);
}

/* The word behind "from" or "by", which begins at i. */
static size_t
clause(struct mime_span v, size_t i, const char *what, char buf[NAME])
{
	size_t n = strlen(what), at;
	if ((i > 0 && !strchr(" \t\r\n", v.s[i - 1])) || i + n >= v.n || strncasecmp(v.s + i, what, n) != 0 ||
	    !strchr(" \t\r\n", v.s[i + n]))
		return 0;
	size_t end = word(v, i + n, &at);
	keep(v, at, end, buf);
	return end;
}

/* What stands in brackets before "by": addresses, and the name the receiver looked up. */
static void
bracket(struct mime_span v, size_t i, struct hop *ret)
{
	const char *p = v.s + i + 1, *end = v.s + v.n;
	struct addr a;
	size_t n = 0, at;
	if (end - p > 5 && strncasecmp(p, "IPv6:", 5) == 0)
		p += 5;
	/* No further than an address is long: there may be as many brackets as the field has bytes. */
	while (n < ADDR_TEXT && p + n < end && p[n] != ']' && p[n] != ')' && p[n] != ' ')
		n++;
	if (addr_parse(p, n, &a) == 0) {
		ret->addr = a;
		return;
	}
	if (v.s[i] != '(' || ret->name[0])
		return;
	size_t to = word(v, i + 1, &at);
	if (to - at < 4 || (strncasecmp(v.s + at, "HELO", 4) != 0 && strncasecmp(v.s + at, "EHLO", 4) != 0))
		keep(v, at, to, ret->name);
}

static void
read_hop(struct mime_span v, struct hop *ret)
{
	*ret = (struct hop){ .helo = "" };
	size_t end = clause(v, 0, "from", ret->helo);
	for (size_t i = end; i < v.n; i++) {
		if (clause(v, i, "by", ret->by))
			return;
		if (v.s[i] == '[' || v.s[i] == '(')
			bracket(v, i, ret);
	}
}

/* Addresses nobody has across the border: RFC 1918, RFC 6598, RFC 1122 3.2.1.3, RFC 3927, RFC 4193, RFC 4291. */
static bool
is_inner(const struct addr *a)
{
	static const struct prefix nets[] = { { { 4, { 10 } }, 8 }, { { 4, { 172, 16 } }, 12 },
		{ { 4, { 192, 168 } }, 16 }, { { 4, { 100, 64 } }, 10 }, { { 4, { 127 } }, 8 },
		{ { 4, { 169, 254 } }, 16 }, { { 6, { 0xfc } }, 7 }, { { 6, { 0xfe, 0x80 } }, 10 },
		{ { 6, { [15] = 1 } }, 128 } };
	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
		if (prefix_has(&nets[i], a))
			return true;
	return false;
}

enum border { INSIDE, BORDER, UNSURE };

/* What the peer calls itself anybody may say, so his own name alone is no proof of being inside: the
 * receiver must have looked it up, or the address be one that crosses no border. */
static enum border
border(const struct hop *h, const char *domain)
{
	bool plain = !strchr(h->helo, '.'), inside = h->helo[0] && in_house(h->helo, domain);
	if (h->addr.fam == 0)
		return inside || !h->helo[0] ? INSIDE : UNSURE;
	if (is_inner(&h->addr))
		return inside || plain ? INSIDE : UNSURE;
	if (!inside)
		return BORDER;
	if (!h->name[0] || strcmp(h->name, "unknown") == 0)
		return UNSURE;
	return in_house(h->name, domain) || !strchr(h->name, '.') ? INSIDE : BORDER;
}

bool
mail_trace(const struct mail_work *w, struct mime_span head, struct addr *ret)
{
	struct mime_span name, value;
	struct hop h;
	while (mime_field(&head, &name, &value)) {
		if (!mime_is(name, "Received"))
			continue;
		read_hop(mime_trim(value), &h);
		if (!in_house(h.by, w->from_domain))
			return false;
		switch (border(&h, w->from_domain)) {
		case INSIDE: continue;
		case UNSURE: return false;
		case BORDER: *ret = h.addr; return true;
		}
	}
	return false;
}
