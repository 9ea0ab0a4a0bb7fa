/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shape of a mail, see mail_mime.h. One pass over the bytes for each level of nesting, which is
 * capped; parts are counted before they are kept. Must never believe that a boundary comes or ends.
 * GMime builds the whole tree before its parts can be counted: its 3.2.13 took 1.3 GB and 4 s for a mail of 5 MB
 * with a million of them, 0.7 GB and 2 s for one of 1.5 million fields (7.5 MB), which here end at a cap after
 * 0.1 s. Where a part ends it tells of leaves alone (persist_stream), not of a multipart or a mail inside
 * multipart/signed, and what it writes again lacks lines that are no field and has boundaries that never came, which
 * is not what was signed (RFC 3156 5). That mails are read as others read them is shown against Python's
 * email package (mail_python.py) and against GMime (mail_gmime.py, with each difference and who is right).
 */
#include "wire/mail_mime.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BOUNDARY 1000 /* RFC 2046 5.1.1 says 70; what a line holds (RFC 5322 2.1.1) is read everywhere */
#define PIECES   32   /* of a parameter (RFC 2231 3) */

struct mime_span
mime_trim(struct mime_span s)
{
	while (s.n && strchr(" \t\r\n", s.s[0]) && s.s[0])
		s.s++, s.n--;
	while (s.n && s.s[s.n - 1] && strchr(" \t\r\n", s.s[s.n - 1]))
		s.n--;
	return s;
}

bool
mime_is(struct mime_span s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.s, word, s.n) == 0;
}

bool
mime_begins(struct mime_span s, const char *word)
{
	size_t n = strlen(word);
	return s.n >= n && strncasecmp(s.s, word, n) == 0;
}

bool
mime_line(struct mime_span *rest, struct mime_span *line)
{
	if (rest->n == 0)
		return false;
	const char *lf = memchr(rest->s, '\n', rest->n);
	size_t n = lf ? (size_t)(lf - rest->s) : rest->n, used = lf ? n + 1 : n;
	if (n > 0 && rest->s[n - 1] == '\r')
		n--;
	*line = (struct mime_span){ rest->s, n };
	rest->s += used;
	rest->n -= used;
	return true;
}

static bool
folded(const struct mime_span *rest)
{
	return rest->n > 0 && (rest->s[0] == ' ' || rest->s[0] == '\t');
}

/* RFC 5322 2.2: no blanks, no controls. 8 bit letters are not wanted there either, but harm nobody. */
static bool
name_is(struct mime_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.s[i] <= ' ' || s.s[i] == 0x7f)
			return false;
	return s.n > 0;
}

bool
mime_field(struct mime_span *rest, struct mime_span *name, struct mime_span *value)
{
	struct mime_span line;
	while (mime_line(rest, &line)) {
		const char *end = line.s + line.n, *colon = memchr(line.s, ':', line.n);
		struct mime_span more;
		while (folded(rest) && mime_line(rest, &more))
			end = more.s + more.n;
		if (!colon || colon == line.s || line.s[0] == ' ' || line.s[0] == '\t')
			continue;
		*name = mime_trim((struct mime_span){ line.s, (size_t)(colon - line.s) });
		if (!name_is(*name))
			continue;
		*value = mime_trim((struct mime_span){ colon + 1, (size_t)(end - colon - 1) });
		return true;
	}
	return false;
}

struct mime_span
mime_find(struct mime_span head, const char *want)
{
	struct mime_span name, value;
	while (mime_field(&head, &name, &value))
		if (mime_is(name, want))
			return value;
	return (struct mime_span){ NULL, 0 };
}

void
mime_split(struct mime_span whole, struct mime_span *head, struct mime_span *body)
{
	struct mime_span rest = whole, line;
	const char *end = whole.s;
	while (mime_line(&rest, &line)) {
		if (line.n == 0) {
			*head = (struct mime_span){ whole.s, (size_t)(end - whole.s) };
			*body = rest;
			return;
		}
		end = line.s + line.n;
	}
	*head = (struct mime_span){ whole.s, (size_t)(end - whole.s) };
	*body = (struct mime_span){ whole.s + whole.n, 0 };
}

/* Skips blanks, folds and comments (RFC 5322 3.2.2), which nest. */
static void
skip(struct mime_span *s)
{
	int depth = 0;
	while (s->n) {
		char c = s->s[0];
		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '\\' && depth > 0 && s->n > 1)
			s->s++, s->n--;
		else if (depth == 0 && c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return;
		s->s++, s->n--;
	}
}

void
mime_word(struct mime_span v, char *buf, size_t size)
{
	size_t out = 0;
	while (out + 1 < size) {
		size_t before = v.n;
		skip(&v);
		if (!v.n || v.s[0] == ';')
			break;
		if (v.n < before && out > 0 && v.s[0] != '/' && buf[out - 1] != '/')
			break; /* a second word */
		char c = v.s[0];
		if (c > ' ' && c < 0x7f)
			buf[out++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
		v.s++, v.n--;
	}
	buf[out] = '\0';
}

/* How long a value without quotes is. A token ends at a blank (RFC 2045 5.1), but a file name with blanks
 * that should have had quotes is read whole by everybody; unless they are a parameter whose ';' is missing. */
static size_t
token_n(struct mime_span v)
{
	size_t word = 0, n = 0;
	while (word < v.n && !strchr("; \t\r\n(", v.s[word]))
		word++;
	for (n = word; n < v.n && !strchr(";(", v.s[n]); n++)
		if (v.s[n] == '=')
			return word;
	while (n > word && strchr(" \t\r\n", v.s[n - 1]))
		n--;
	return n;
}

/* A quoted string or a token, unquoted, into buf; what does not fit is dropped. */
static size_t
param_value(struct mime_span *v, char *buf, size_t size, size_t out)
{
	if (v->n && v->s[0] == '"') {
		for (v->s++, v->n--; v->n && v->s[0] != '"'; v->s++, v->n--) {
			if (v->s[0] == '\\' && v->n > 1)
				v->s++, v->n--;
			if (v->s[0] != '\r' && v->s[0] != '\n' && out + 1 < size)
				buf[out++] = v->s[0];
		}
		if (v->n)
			v->s++, v->n--;
	} else {
		for (size_t n = token_n(*v); n; n--, v->s++, v->n--)
			if (v->s[0] != '\r' && v->s[0] != '\n' && out + 1 < size)
				buf[out++] = v->s[0];
	}
	return out;
}

static int
hex(char c)
{
	return c >= '0' && c <= '9'                     ? c - '0'
	       : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
							: -1;
}

/* RFC 2231 4: charset'language'percent-encoded; the first two only in the first piece. */
static size_t
unpercent(char *s, size_t n, bool first, char charset[32])
{
	char *a = first ? memchr(s, '\'', n) : NULL,
	     *b = a ? memchr(a + 1, '\'', n - (size_t)(a + 1 - s)) : NULL;
	size_t in = 0, out = 0;
	if (b) {
		size_t len = (size_t)(a - s) < 31 ? (size_t)(a - s) : 31;
		memcpy(charset, s, len);
		charset[len] = '\0';
		in = (size_t)(b + 1 - s);
	}
	for (; in < n; in++) {
		if (s[in] == '%' && in + 2 < n && hex(s[in + 1]) >= 0 && hex(s[in + 2]) >= 0) {
			s[out++] = (char)(hex(s[in + 1]) << 4 | hex(s[in + 2]));
			in += 2;
		} else {
			s[out++] = s[in];
		}
	}
	return out;
}

/* The next parameter: its key, and its value as it stands; false at the end. */
static bool
param_next(struct mime_span *v, struct mime_span *key, struct mime_span *value)
{
	while (v->n) {
		skip(v);
		if (v->n && v->s[0] != ';') { /* the word before, rubbish between parameters */
			v->s++, v->n--;
			continue;
		}
		if (!v->n)
			break;
		v->s++, v->n--;
		skip(v);
		*key = (struct mime_span){ v->s, 0 };
		while (v->n && !strchr("=; \t\r\n(", v->s[0]))
			v->s++, v->n--, key->n++;
		skip(v);
		if (!v->n || v->s[0] != '=')
			continue;
		v->s++, v->n--;
		skip(v);
		*value = *v;
		param_value(v, NULL, 0, 0);
		return true;
	}
	return false;
}

/* "*12" or "*12*" behind the name: 12. -1: none of ours. */
static int
piece_no(const char *s, size_t n)
{
	int no = 0;
	size_t i = 1;
	for (; i < n && s[i] >= '0' && s[i] <= '9' && no < PIECES; i++)
		no = 10 * no + s[i] - '0';
	return i > 1 && no < PIECES && (i == n || (i + 1 == n && s[i] == '*')) ? no : -1;
}

/* One pass for name, name*, or the pieces name*0, name*1 ..., which may come in any order; what is found
 * first counts. True when something was. */
static bool
param_pieces(struct mime_span v, const char *name, char *buf, size_t size, char charset[32])
{
	struct {
		struct mime_span value;
		bool is, percent;
	} piece[PIECES] = { 0 };
	struct mime_span key, value;
	size_t len = strlen(name), out = 0;
	bool found = false;
	while (param_next(&v, &key, &value)) {
		if (key.n < len || strncasecmp(key.s, name, len) != 0)
			continue;
		bool percent = key.n > len && key.s[key.n - 1] == '*';
		bool whole = key.n == len || (key.n == len + 1 && percent);
		int no = whole ? 0 : key.s[len] == '*' ? piece_no(key.s + len, key.n - len) : -1;
		if (no < 0 || (whole && found) || piece[no].is)
			continue;
		piece[no].value = value;
		piece[no].is = found = true;
		piece[no].percent = percent;
		if (whole)
			break;
	}
	found = false;
	for (int i = 0; i < PIECES; i++) {
		size_t from = out;
		if (!piece[i].is)
			continue;
		out = param_value(&piece[i].value, buf, size, out);
		if (piece[i].percent)
			out = from + unpercent(buf + from, out - from, !found, charset);
		found = true;
	}
	buf[out] = '\0';
	return found;
}

bool
mime_param(struct mime_span value, const char *name, char *buf, size_t size, char charset[32])
{
	charset[0] = '\0';
	return value.n > 0 && param_pieces(value, name, buf, size, charset);
}

bool
mime_param_is(struct mime_span value, const char *name, const char *what)
{
	char buf[MIME_TEXT], charset[32];
	return mime_param(value, name, buf, sizeof(buf), charset) && strcasecmp(buf, what) == 0;
}

static enum mime_coding
coding_of(struct mime_span head)
{
	char word[32];
	mime_word(mime_find(head, "Content-Transfer-Encoding"), word, sizeof(word));
	return strcmp(word, "base64") == 0             ? MIME_BASE64
	       : strcmp(word, "quoted-printable") == 0 ? MIME_QP
						       : MIME_PLAIN;
}

/* RFC 2045 5.1: two tokens. What else stands there counts as if nothing did (5.2). */
static bool
type_is(const char *type)
{
	const char *slash = strchr(type, '/');
	return slash && slash > type && slash[1] && !strpbrk(slash + 1, "()<>@,;:\\\"/[]?=") &&
	       strcspn(type, "()<>@,;:\\\"[]?=") > (size_t)(slash - type);
}

struct walk {
	struct mime *m;
	int parts, depth;
	const char *rule;
};

/* Counts a header's fields before anybody looks for one in it. */
static int
head_check(struct walk *w, struct mime_span head)
{
	struct mime_span rest = head, line;
	const char *start = head.s;
	unsigned fields = 0;
	w->m->cost.looked += head.n;
	while (mime_line(&rest, &line)) {
		if (line.n && line.s[0] != ' ' && line.s[0] != '\t') {
			start = line.s;
			fields++;
		}
		if ((size_t)(line.s + line.n - start) > MIME_FIELD)
			return w->rule = "a header field over 64 KiB", -E2BIG;
		if (fields > MIME_FIELDS || w->m->cost.fields + fields > MIME_HEADERS)
			return w->rule = "more header fields than any mail needs", -E2BIG;
	}
	w->m->cost.fields += fields;
	return 0;
}

static int
part_add(struct walk *w, struct mime_span whole, int depth, int parent, bool digest, int *ret)
{
	struct mime *m = w->m;
	struct mime_part p = { .whole = whole, .depth = (uint8_t)depth, .parent = parent };
	if (m->parts >= w->parts)
		return w->rule = "more than 1000 parts", -E2BIG;
	if (depth > w->depth)
		return w->rule = "parts nested deeper than 16", -E2BIG;
	mime_split(whole, &p.head, &p.body);
	int rc = head_check(w, p.head);
	if (rc < 0)
		return rc;
	struct mime_span type = mime_find(p.head, "Content-Type");
	mime_word(type, p.type, sizeof(p.type));
	if (!type_is(p.type)) /* RFC 2045 5.2, RFC 2046 5.1.5 */
		strcpy(p.type, digest ? "message/rfc822" : "text/plain");
	p.coding = coding_of(p.head);
	if (parent >= 0)
		p.foreign = m->part[parent].foreign || m->part[parent].message;
	if ((m->parts & (m->parts - 1)) == 0) { /* 0, 1, 2, 4 ...: double */
		struct mime_part *more =
		    realloc(m->part, (size_t)(m->parts ? 2 * m->parts : 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		m->part = more;
	}
	*ret = m->parts;
	m->part[m->parts++] = p;
	return 0;
}

/* Is the line "--boundary", or (2) "--boundary--", with blanks behind it? */
static int
delimiter(struct mime_span line, const char *boundary, size_t n)
{
	if (line.n < n + 2 || line.s[0] != '-' || line.s[1] != '-' ||
	    memcmp(line.s + 2, boundary, n) != 0)
		return 0;
	struct mime_span rest = { line.s + 2 + n, line.n - 2 - n };
	int kind = 1;
	if (rest.n >= 2 && rest.s[0] == '-' && rest.s[1] == '-') {
		rest.s += 2, rest.n -= 2;
		kind = 2;
	}
	return mime_trim(rest).n == 0 ? kind : 0;
}

static int walk_part(struct walk *w, struct mime_span whole, int depth, int parent, bool digest);

/* The children between boundaries: what is before the first and behind the last is nobody's. */
static int
walk_multi(struct walk *w, int me, const char *boundary)
{
	struct mime_span rest = w->m->part[me].body, line;
	size_t n = strlen(boundary);
	const char *start = NULL,
		   *end = NULL; /* of the child; its last line's end is the boundary's */
	bool digest = strcmp(w->m->part[me].type, "multipart/digest") == 0;
	int depth = w->m->part[me].depth + 1, kind = 0, rc;
	w->m->cost.looked += rest.n;
	while (kind != 2 && mime_line(&rest, &line)) {
		kind = delimiter(line, boundary, n);
		if (!kind) {
			end = line.s + line.n;
			continue;
		}
		if (start && line.s > start) { /* between two there are two ends of lines, or no part */
			rc = walk_part(w,
			    (struct mime_span){ start, end > start ? (size_t)(end - start) : 0 },
			    depth, me, digest);
			if (rc < 0)
				return rc;
		}
		start = end = rest.s;
	}
	if (kind == 2)
		return 0;
	if (!start)
		return 0;
	/* A boundary that never came: none took its last line's end. */
	return walk_part(
	    w, (struct mime_span){ start, (size_t)(rest.s - start) }, depth, me, digest);
}

static int
walk_part(struct walk *w, struct mime_span whole, int depth, int parent, bool digest)
{
	char boundary[BOUNDARY], charset[32];
	int me, rc = part_add(w, whole, depth, parent, digest, &me);
	if (rc < 0)
		return rc;
	struct mime_part *p = &w->m->part[me];
	struct mime_span type = mime_find(p->head, "Content-Type");
	if (strncmp(p->type, "multipart/", 10) == 0 &&
	    mime_param(type, "boundary", boundary, sizeof(boundary), charset) && boundary[0]) {
		int before = w->m->parts;
		p->multi = true;
		rc = walk_multi(w, me, boundary);
		if (rc == 0 && w->m->parts == before) { /* none came: it is text, then */
			p = &w->m->part[me];
			p->multi = false;
			strcpy(p->type, "text/plain");
		}
		return rc;
	}
	if (strncmp(p->type, "multipart/", 10) == 0)
		strcpy(p->type, "text/plain");
	/* RFC 2046 5.2.1: never encoded; one that is stays closed. */
	if ((strcmp(p->type, "message/rfc822") == 0 || strcmp(p->type, "message/global") == 0) &&
	    p->coding == MIME_PLAIN) {
		p->message = true;
		return walk_part(w, p->body, depth + 1, me, false);
	}
	return 0;
}

int
mime_walk(struct mime_span mail, int parts, int depth, struct mime *ret, const char **rule)
{
	struct walk w = { .m = ret, .parts = parts, .depth = depth };
	memset(ret, 0, sizeof(*ret));
	int rc = walk_part(&w, mail, 0, -1, false);
	if (rc == -E2BIG)
		*rule = w.rule;
	return rc;
}

int
mime_head(struct mime_span head, struct mime *ret, const char **rule)
{
	struct walk w = { .m = ret, .parts = 1, .depth = 0 };
	int me;
	memset(ret, 0, sizeof(*ret));
	int rc = part_add(&w, head, 0, -1, false, &me);
	if (rc == -E2BIG)
		*rule = w.rule;
	return rc;
}

void
mime_free(struct mime *m)
{
	free(m->part);
	memset(m, 0, sizeof(*m));
}
