/* SPDX-License-Identifier: BSD-2-Clause */
/* Text as lines, see mail_lines.h. Must never lose a blank or an end between two words: what grows together is
 * another word. */
#include "wire/mail_lines.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool
lines_word_in(const char *word, const char *words)
{
	size_t n = strlen(word);
	for (const char *p = words; n && *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		if (len == n && strncasecmp(p, word, n) == 0)
			return true;
		p += len;
	}
	return false;
}

static void
line_end(struct lines *l)
{
	if (l->n && l->buf[l->n - 1] == '\r')
		l->n--;
	if (l->rc == 0)
		l->rc = l->line(l->buf, l->n, l->arg);
	l->n = 0;
}

static void
line_byte(struct lines *l, char c)
{
	if (c == '\n')
		line_end(l);
	else if (l->n < LINES_MOST)
		l->buf[l->n++] = c;
}

static void
tag_end(struct lines *l)
{
	static const char blocks[] =
	    "br p /p div /div tr /tr li table /table pre /pre h1 h2 h3 h4 body /body";
	struct html *h = &l->html;
	h->name[h->n] = '\0';
	h->tag = false;
	if (lines_word_in(h->name, "style script head"))
		h->skip = true;
	else if (lines_word_in(h->name, "/style /script /head body"))
		h->skip = false;
	if (lines_word_in(h->name, "td /td th /th"))
		line_byte(l, ' ');
	else if (lines_word_in(h->name, blocks) && l->n)
		line_end(l);
}

/* What a reference stands for; '\0': it is none. Of what is no ASCII only that it separates. */
static char
entity_char(const char *name)
{
	static const struct {
		const char *name;
		char c;
	} known[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' },
		{ "nbsp", ' ' }, { "apos", '\'' } };
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasecmp(known[i].name, name) == 0)
			return known[i].c;
	if (name[0] != '#')
		return '\0';
	bool hex = (name[1] | 0x20) == 'x';
	long code = strtol(name + 1 + hex, NULL, hex ? 16 : 10);
	return code <= 0 ? '\0' : code >= ' ' && code < 0x7f ? (char)code : ' ';
}

/* whole: it had its semicolon. "a&b" and "?x=1&y=2" are text: nothing of it may be lost, or lines and
 * words grow together. */
static void
entity_end(struct lines *l, bool whole)
{
	struct html *h = &l->html;
	h->name[h->n] = '\0';
	h->entity = false;
	char c = whole ? entity_char(h->name) : '\0';
	if (c) {
		line_byte(l, c);
		return;
	}
	line_byte(l, '&');
	for (size_t i = 0; i < h->n; i++)
		line_byte(l, h->name[i]);
	if (whole)
		line_byte(l, ';');
}

static bool
entity_byte(const struct html *h, char c)
{
	bool letter = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || (c == '#' && h->n == 0);
	return letter && h->n + 1 < sizeof(h->name);
}

static void
html_byte(struct lines *l, char c)
{
	struct html *h = &l->html;
	if (h->entity) {
		if (entity_byte(h, c)) {
			h->name[h->n++] = c;
			return;
		}
		entity_end(l, c == ';');
		if (c == ';')
			return;
	}
	if (h->tag) {
		if (c == '>')
			tag_end(l);
		else if (!h->named && (c == ' ' || c == '\n' || c == '\t' || (c == '/' && h->n)))
			h->named = true;
		else if (!h->named && h->n + 1 < sizeof(h->name))
			h->name[h->n++] = c;
	} else if (c == '<') {
		h->tag = true;
		h->named = false;
		h->n = 0;
	} else if (h->skip) {
		return;
	} else if (c == '&') {
		h->entity = true;
		h->n = 0;
	} else if (c != '\r') {
		line_byte(l, c);
	}
}

void
lines_feed(struct lines *l, const char *s, size_t n)
{
	if (l->html.on) {
		for (size_t i = 0; i < n && l->rc == 0; i++)
			html_byte(l, s[i]);
		return;
	}
	while (n > 0 && l->rc == 0) {
		const char *lf = memchr(s, '\n', n);
		size_t len = lf ? (size_t)(lf - s) : n, room = LINES_MOST - l->n,
		       take = len < room ? len : room;
		memcpy(l->buf + l->n, s, take);
		l->n += take;
		s += len + (lf != NULL);
		n -= len + (lf != NULL);
		if (lf)
			line_end(l);
	}
}

void
lines_end(struct lines *l)
{
	if (l->rc == 0 && l->html.entity)
		entity_end(l, false);
	if (l->rc == 0 && l->n)
		line_end(l);
}
