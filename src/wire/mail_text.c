/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contents of parts, see mail_text.h. Fixed buffers whatever comes; must never ask the C library
 * for a charset after the start (it would load code from a file), nor for one that is not in the
 * list.
 */
#include "wire/mail_text.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/claim.h"

#define CHUNK (16u << 10)

/* What mail is really written in. The C library knows 200 more, some of them with a history. */
static struct charset {
	const char *name, *other; /* other names, separated by spaces */
	iconv_t cd;
} charsets[] = {
	{ "iso-8859-1", "latin1 iso8859-1", 0 },
	{ "iso-8859-2", "latin2", 0 },
	{ "iso-8859-3", "", 0 },
	{ "iso-8859-4", "", 0 },
	{ "iso-8859-5", "", 0 },
	{ "iso-8859-6", "", 0 },
	{ "iso-8859-7", "", 0 },
	{ "iso-8859-8", "iso-8859-8-i", 0 },
	{ "iso-8859-9", "latin5", 0 },
	{ "iso-8859-10", "", 0 },
	{ "iso-8859-13", "", 0 },
	{ "iso-8859-14", "", 0 },
	{ "iso-8859-15", "latin9", 0 },
	{ "iso-8859-16", "", 0 },
	{ "windows-1250", "cp1250", 0 },
	{ "windows-1251", "cp1251", 0 },
	{ "windows-1252", "cp1252 ansi", 0 },
	{ "windows-1253", "cp1253", 0 },
	{ "windows-1254", "cp1254", 0 },
	{ "windows-1255", "cp1255", 0 },
	{ "windows-1256", "cp1256", 0 },
	{ "windows-1257", "cp1257", 0 },
	{ "windows-1258", "cp1258", 0 },
	{ "koi8-r", "koi8r", 0 },
	{ "koi8-u", "", 0 },
	{ "gb18030", "gb2312 gbk", 0 },
	{ "big5", "", 0 },
	{ "shift_jis", "shift-jis sjis cp932", 0 },
	{ "euc-jp", "", 0 },
	{ "iso-2022-jp", "", 0 },
	{ "euc-kr", "ks_c_5601-1987", 0 },
	{ "utf-16", "", 0 },
	{ "utf-16le", "", 0 },
	{ "utf-16be", "", 0 },
};
#define CHARSETS (sizeof(charsets) / sizeof(charsets[0]))
#define NO_CD    ((iconv_t)-1)

void
text_warm(void)
{
	for (size_t i = 0; i < CHARSETS; i++)
		if (!charsets[i].cd)
			charsets[i].cd = iconv_open("UTF-8", charsets[i].name);
}

/* NULL: UTF-8, ASCII or unknown, which claim_clean's '?' is good enough for. */
static struct charset *
charset_find(const char *name)
{
	for (size_t i = 0; i < CHARSETS; i++)
		if (charsets[i].cd && charsets[i].cd != NO_CD &&
		    (strcasecmp(charsets[i].name, name) == 0 || lines_word_in(name, charsets[i].other)))
			return &charsets[i];
	return NULL;
}

static int
digit64(char c)
{
	return c >= 'A' && c <= 'Z'   ? c - 'A'
	       : c >= 'a' && c <= 'z' ? c - 'a' + 26
	       : c >= '0' && c <= '9' ? c - '0' + 52
	       : c == '+'             ? 62
	       : c == '/'             ? 63
				      : -1; /* RFC 2045 6.8: no other character counts */
}

static size_t
decode64(struct transfer *t, const char *in, size_t n, char *out)
{
	size_t o = 0;
	for (size_t i = 0; i < n; i++) {
		int d = digit64(in[i]);
		if (in[i] == '=') { /* a text may follow another one */
			t->have = 0;
			t->bits = 0;
		}
		if (d < 0)
			continue;
		t->bits = t->bits << 6 | (uint32_t)d;
		t->have++;
		/* Bytes as soon as they are whole: 2, 3, 4 digits give 1, 2, 3. */
		if (t->have > 1)
			out[o++] = (char)(t->bits >> (t->have == 2 ? 4 : t->have == 3 ? 2 : 0));
		if (t->have == 4) {
			t->have = 0;
			t->bits = 0;
		}
	}
	return o;
}

static int
hex(char c)
{
	return c >= '0' && c <= '9'                     ? c - '0'
	       : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
							: -1;
}

/* What was begun and is no code, and the blanks: as they stand. */
static size_t
qp_as_it_stands(struct transfer *t, char *out)
{
	size_t o = 0;
	if (t->equals)
		out[o++] = '=';
	if (t->first)
		out[o++] = t->first;
	memcpy(out + o, t->blank, t->held);
	o += t->held;
	t->equals = false;
	t->first = 0;
	t->held = 0;
	return o;
}

/* RFC 2045 6.7 (3): blanks at a line's end were added on the way. (5): behind a '=' it is no end. */
static size_t
qp_line_end(struct transfer *t, const char *end, char *out)
{
	bool soft = t->equals && !t->first, cr = *end && t->held && t->blank[t->held - 1] == '\r';
	if (soft) {
		t->equals = false;
		t->held = 0;
		return 0;
	}
	t->held = (uint8_t)(t->held - cr);
	while (t->held && t->blank[t->held - 1] != '\r')
		t->held--;
	size_t o = qp_as_it_stands(t, out);
	if (cr)
		out[o++] = '\r';
	if (*end)
		out[o++] = *end;
	return o;
}

static size_t
decode_qp(struct transfer *t, const char *in, size_t n, char *out)
{
	size_t o = 0;
	for (size_t i = 0; i < n; i++) {
		char c = in[i];
		if (c == '\n') {
			o += qp_line_end(t, "\n", out + o);
			continue;
		}
		if (c == ' ' || c == '\t' || c == '\r') {
			if (t->first || t->held == sizeof(t->blank))
				o += qp_as_it_stands(t, out + o);
			t->blank[t->held++] = c;
			continue;
		}
		if (t->held)
			o += qp_as_it_stands(t, out + o);
		if (!t->equals) {
			if (c == '=')
				t->equals = true;
			else
				out[o++] = c;
		} else if (hex(c) < 0) {
			o += qp_as_it_stands(t, out + o);
			out[o++] = c;
		} else if (!t->first) {
			t->first = c;
		} else {
			out[o++] = (char)(hex(t->first) << 4 | hex(c));
			t->equals = false;
			t->first = 0;
		}
	}
	return o;
}

size_t
transfer_decode(
    enum mime_coding coding, struct transfer *t, const char *in, size_t n, char *out, bool end)
{
	size_t o;
	switch (coding) {
	case MIME_BASE64: return decode64(t, in, n, out);
	case MIME_QP:
		o = decode_qp(t, in, n, out);
		return end ? o + qp_line_end(t, "", out + o) : o;
	default:
		if (n > 0) /* a mail of no bytes is nowhere */
			memcpy(out, in, n);
		return n;
	}
}

size_t
part_room(const struct mime_part *p)
{
	return p->coding == MIME_BASE64 ? p->body.n / 4 * 3 + 3 : p->body.n;
}

struct mime_part
part_front(const struct mime_part *p, size_t n)
{
	struct mime_part front = *p;
	if (front.body.n > n)
		front.body.n = n;
	return front;
}

int
part_pieces(
    const struct mime_part *p, size_t cap, struct mime_cost *cost, part_piece *piece, void *arg)
{
	struct transfer t = { 0 };
	char buf[CHUNK + TRANSFER_ROOM];
	int rc = 0;
	for (size_t at = 0; at < p->body.n && rc == 0;) {
		size_t n = p->body.n - at < CHUNK ? p->body.n - at : CHUNK;
		size_t len = transfer_decode(
		    p->coding, &t, p->body.s + at, n, buf, at + n == p->body.n);
		at += n;
		cost->decoded += len;
		rc = cost->decoded > cap ? -E2BIG : piece(buf, len, arg);
	}
	return rc;
}

int
part_bytes(const struct mime_part *p, size_t cap, struct mime_cost *cost, char **ret, size_t *n)
{
	struct transfer t = { 0 };
	if (cost->decoded > cap || part_room(p) > cap - cost->decoded)
		return -E2BIG;
	/* 5 more: what a decoder may hold back, and a NUL. */
	char *buf = malloc(part_room(p) + 5);
	if (!buf)
		return -ENOMEM;
	size_t len = transfer_decode(p->coding, &t, p->body.s, p->body.n, buf, true);
	buf[len] = '\0';
	cost->decoded += len;
	*ret = buf;
	*n = len;
	return 0;
}

/* As much of *in as goes, to out; says how much. Broken bytes become '?'. */
static size_t
convert(iconv_t cd, char **in, size_t *left, char *out, size_t room)
{
	char *o = out;
	while (*left > 0 && room > 8) {
		if (iconv(cd, in, left, &o, &room) != (size_t)-1)
			break;
		if (errno != EILSEQ)
			break; /* E2BIG: full; EINVAL: half a character at the end */
		(*in)++, (*left)--;
		*o++ = '?';
		room--;
	}
	return (size_t)(o - out);
}

size_t
text_utf8(const char *charset, const char *s, size_t n, char *buf, size_t size)
{
	struct charset *c = charset_find(charset);
	if (!c)
		return claim_clean(s, n, buf, size);
	char mid[1024], *in = (char *)s;
	iconv(c->cd, NULL, NULL, NULL, NULL);
	size_t len = convert(c->cd, &in, &n, mid, sizeof(mid));
	return claim_clean(mid, len, buf, size);
}

/* RFC 2047 2: =?charset?Q?text?=, at s; its length, 0 if it is none. Appends its text. */
static size_t
encoded_word(const char *s, size_t n, char *buf, size_t size, size_t *out)
{
	char charset[32], raw[512];
	const char *q1 = n > 6 ? memchr(s + 2, '?', n - 2) : NULL;
	if (!q1 || q1 + 3 >= s + n || q1[2] != '?' || q1 - s - 2 >= (long)sizeof(charset))
		return 0;
	const char *text = q1 + 3, *end = memmem(text, (size_t)(s + n - text), "?=", 2);
	char kind = (char)(q1[1] | 0x20);
	if (!end || (kind != 'q' && kind != 'b') || memchr(text, ' ', (size_t)(end - text)))
		return 0;
	snprintf(charset, sizeof(charset), "%.*s", (int)(q1 - s - 2), s + 2);
	charset[strcspn(charset, "*")] = '\0'; /* RFC 2231 5: a language behind it */
	size_t len = (size_t)(end - text), got;
	struct transfer t = { 0 };
	if (len > sizeof(raw) - 4)
		len = sizeof(raw) - 4;
	got = transfer_decode(kind == 'q' ? MIME_QP : MIME_BASE64, &t, text, len, raw, true);
	for (size_t i = 0; kind == 'q' && i < got; i++)
		if (raw[i] == '_') /* =5F comes out as a blank, too: for people only */
			raw[i] = ' ';
	*out += text_utf8(charset, raw, got, buf + *out, size - *out);
	return (size_t)(end + 2 - s);
}

void
text_header(struct mime_span v, char *buf, size_t size)
{
	size_t out = 0, blanks = 0;
	bool coded = false; /* between two encoded words blanks do not count */
	buf[0] = '\0';
	for (size_t i = 0; i < v.n && out + 1 < size;) {
		char c = v.s[i];
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			blanks++;
			i++;
			continue;
		}
		size_t before = out, len = 0;
		if (c == '=' && i + 1 < v.n && v.s[i + 1] == '?') {
			if (blanks && !coded && out > 0 && out + 1 < size)
				buf[out++] = ' ';
			len = encoded_word(v.s + i, v.n - i, buf, size, &out);
			if (!len)
				out = before;
		}
		if (!len) {
			if (blanks && out > 0 && out + 1 < size)
				buf[out++] = ' ';
			while (i + len < v.n && (unsigned char)v.s[i + len] > ' ')
				len++;
			out += claim_clean(v.s + i, len, buf + out, size - out);
			coded = false;
		} else {
			coded = true;
		}
		i += len ? len : 1;
		blanks = 0;
	}
	buf[out] = '\0';
}

int
part_lines(
    const struct mime_part *p, size_t cap, struct mime_cost *cost, text_line *line, void *arg)
{
	char name[MIME_TEXT] = "", unused[32], raw[CHUNK + 16 + TRANSFER_ROOM], *wide = NULL;
	struct lines l = { .line = line, .arg = arg, .html.on = strcmp(p->type, "text/html") == 0 };
	struct transfer t = { 0 };
	size_t kept = 0;
	mime_param(mime_find(p->head, "Content-Type"), "charset", name, sizeof(name), unused);
	struct charset *c = charset_find(name);
	l.buf = malloc(LINES_MOST + 1);
	if (c)
		wide = malloc(8 * CHUNK);
	if (!l.buf || (c && !wide)) {
		free(l.buf);
		free(wide);
		return -ENOMEM;
	}
	if (c)
		iconv(c->cd, NULL, NULL, NULL, NULL);
	for (size_t at = 0; at < p->body.n && l.rc == 0;) {
		size_t n = p->body.n - at < CHUNK ? p->body.n - at : CHUNK;
		/* kept: half a character of the chunk before, at most a few bytes. */
		size_t len = kept + transfer_decode(p->coding, &t, p->body.s + at, n, raw + kept,
					at + n == p->body.n);
		at += n;
		kept = 0;
		char *in = raw;
		const char *out = raw;
		if (c) {
			size_t left = len;
			len = convert(c->cd, &in, &left, wide, 8 * CHUNK);
			out = wide;
			kept = left < 16 ? left : 0;
			memmove(raw, in, kept);
		}
		cost->decoded += len;
		if (cost->decoded > cap)
			l.rc = -E2BIG;
		else
			lines_feed(&l, out, len);
	}
	lines_end(&l);
	free(l.buf);
	free(wide);
	return l.rc;
}

size_t
text_fold(const char *s, size_t n, char *buf, size_t size)
{
	size_t out = 0;
	for (size_t i = 0; i < n && s[i] && out + 3 < size; i++) {
		unsigned char c = (unsigned char)s[i], d = i + 1 < n ? (unsigned char)s[i + 1] : 0;
		if (c <= ' ') {
			if (out > 0 && buf[out - 1] != ' ')
				buf[out++] = ' ';
		} else if (c >= 'A' && c <= 'Z') {
			buf[out++] = (char)(c | 0x20);
		} else if (c == 0xc3 && d >= 0x80 && d <= 0x9e) { /* À..Þ */
			buf[out++] = (char)c;
			buf[out++] = (char)(d | 0x20);
			i++;
		} else if (c == 0xd0 && d >= 0x90 && d <= 0xaf) { /* А..Я */
			buf[out++] = (char)(d < 0xa0 ? 0xd0 : 0xd1);
			buf[out++] = (char)(d < 0xa0 ? d + 0x20 : d - 0x20);
			i++;
		} else {
			buf[out++] = (char)c;
		}
	}
	buf[out] = '\0';
	return out;
}

static bool
letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* Does text go on with this phrase, which ends at a '|' or a NUL? */
static bool
phrase_at(const char *text, const char *phrase)
{
	for (; *phrase && *phrase != '|'; phrase++) {
		if (*phrase == '*') {
			while (letter(*text))
				text++;
		} else if (*text++ != *phrase) {
			return false;
		}
	}
	return !letter(*text) || !letter(phrase[-1]);
}

bool
text_has(const char *folded, const char *phrases)
{
	for (const char *t = folded; *t; t++) {
		if (t > folded && letter(t[-1]) && letter(t[0]))
			continue; /* inside a word */
		for (const char *p = phrases; *p; p += strcspn(p, "|"), p += *p == '|')
			if (*p == *t && phrase_at(t, p))
				return true;
	}
	return false;
}
