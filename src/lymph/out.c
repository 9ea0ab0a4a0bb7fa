/* SPDX-License-Identifier: BSD-2-Clause */
/* Output for people, see out.h. Must never write a stranger's byte that is not escaped. */
#include "lymph/out.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/escape.h"

#define COLUMNS_MAX 16
#define TIME_MOST   (INT64_C(1) << 60)
#define QUOTED      1000 /* bytes of a line of a stranger's text */
#define SHORTEST    8 /* a cut cell shows at least this much */
#define UNBROKEN    39 /* columns of the longest address: a cell that wraps keeps them while others can be cut */

struct out
out_stdout(void)
{
	struct winsize w;
	struct out o = {
		.f = stdout, .width = 80, .bold = isatty(STDOUT_FILENO) && !getenv("NO_COLOR")
	};
	const char *columns = getenv("COLUMNS");
	int n = columns ? atoi(columns) : 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col)
		o.width = w.ws_col;
	else if (n > 0)
		o.width = n;
	if (o.width < 40)
		o.width = 40;
	if (o.width > 240)
		o.width = 240;
	return o;
}

void
out_head(const struct out *o, const char *text)
{
	fprintf(o->f, o->bold ? "\033[1m%s\033[0m\n" : "%s\n", text);
}

/* The next code point of text that escape_tty has passed, so it is valid. */
static uint32_t
next_point(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	int len = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	uint32_t v = len == 1 ? *p : *p & (0xffu >> (len + 1));
	for (int i = 1; i < len && p[i]; i++)
		v = v << 6 | (p[i] & 0x3f);
	for (; len && **s; len--)
		++*s;
	return v;
}

static int
point_columns(uint32_t c)
{
	static const struct {
		uint32_t from, to;
		int columns;
	} odd[] = {
		{ 0x300, 0x36f, 0 },
		{ 0x483, 0x489, 0 },
		{ 0x591, 0x5bd, 0 },
		{ 0x610, 0x61a, 0 },
		{ 0x64b, 0x65f, 0 },
		{ 0x1100, 0x115f, 2 },
		{ 0x1ab0, 0x1aff, 0 },
		{ 0x1dc0, 0x1dff, 0 },
		{ 0x20d0, 0x20ff, 0 },
		{ 0x2e80, 0xa4cf, 2 },
		{ 0xac00, 0xd7a3, 2 },
		{ 0xf900, 0xfaff, 2 },
		{ 0xfe20, 0xfe2f, 0 },
		{ 0xfe30, 0xfe6f, 2 },
		{ 0xff00, 0xff60, 2 },
		{ 0xffe0, 0xffe6, 2 },
		{ 0x1f300, 0x1faff, 2 },
		{ 0x20000, 0x3fffd, 2 },
	};
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		if (c >= odd[i].from && c <= odd[i].to)
			return odd[i].columns;
	return 1;
}

int
out_columns(const char *s)
{
	int n = 0;
	while (*s)
		n += point_columns(next_point(&s));
	return n;
}

/* As many bytes of s as take at most `columns`, at least one character. */
static size_t
fitting(const char *s, int columns)
{
	const char *p = s, *end = s;
	while (*p) {
		columns -= point_columns(next_point(&p));
		if (columns < 0 && end > s)
			break;
		end = p;
	}
	return (size_t)(end - s);
}

void
out_say(const struct out *o, int indent, const char *label, const char *fmt, ...)
{
	char text[4096];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	int at = fprintf(o->f, "%-*s", indent, label);
	bool first = true;
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, " ");
		char word[sizeof(text)];
		memcpy(word, p, n);
		word[n] = '\0';
		int w = out_columns(word);
		if (!first && at + 1 + w > o->width) {
			fprintf(o->f, "\n%*s", indent, "");
			at = indent;
			first = true;
		}
		at += fprintf(o->f, first ? "" : " ");
		/* A word longer than a line, as strangers' names may be, goes on in the next. */
		if (at + w > o->width) {
			int room = o->width - at > SHORTEST ? o->width - at : SHORTEST;
			n = fitting(word, room);
			word[n] = '\0';
			w = out_columns(word);
		}
		at += w;
		fputs(word, o->f);
		first = false;
		p += n;
		while (*p == ' ')
			p++;
	}
	fputc('\n', o->f);
}

void
out_quote(const struct out *o, const char *s, size_t n)
{
	char shown[4 * QUOTED + 16]; /* a byte is four characters at most */
	while (n) {
		const char *nl = memchr(s, '\n', n);
		size_t len = nl ? (size_t)(nl - s) : n, part = len < QUOTED ? len : QUOTED;
		size_t bare = part && part == len && s[part - 1] == '\r' ? part - 1 : part;
		fprintf(o->f, "  |%s%s\n", bare ? " " : "", escape_tty(s, bare, shown, sizeof(shown)));
		part += nl && part == len;
		s += part;
		n -= part;
	}
}

struct table {
	int columns;
	char flags[COLUMNS_MAX + 1];
	char **cell; /* columns per row; the first row is the heads */
	size_t rows, room;
};

static void *
must(void *p)
{
	if (!p) {
		fputs("lymph: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

struct table *
table_new(const char *flags, const char *const *heads)
{
	struct table *t = must(calloc(1, sizeof(*t)));
	t->columns = (int)strnlen(flags, COLUMNS_MAX);
	memcpy(t->flags, flags, (size_t)t->columns);
	table_row(t, heads);
	return t;
}

void
table_row(struct table *t, const char *const *cells)
{
	if (t->rows == t->room) {
		t->room = t->room ? 2 * t->room : 32;
		t->cell = must(realloc(t->cell, t->room * (size_t)t->columns * sizeof(*t->cell)));
	}
	for (int i = 0; i < t->columns; i++) {
		char *s = must(strdup(cells[i] ? cells[i] : "-"));
		for (size_t n = strlen(s); n && s[n - 1] == ' ';)
			s[--n] = '\0'; /* no line ends in a blank */
		t->cell[t->rows * (size_t)t->columns + (size_t)i] = s;
	}
	t->rows++;
}

/* Cuts s to w columns, "..." at its end; nothing to do when it fits. */
static void
cut(char *s, int w)
{
	int at = 0;
	char *keep = s;
	if (out_columns(s) <= w)
		return;
	for (const char *p = s; *p;) {
		at += point_columns(next_point(&p));
		if (at > w - 3)
			break;
		keep = s + (p - s);
	}
	memcpy(
	    keep, "...", 4); /* what is cut off is wider than three columns, so at least as long */
}

/* Column widths: as wide as the widest cell. What wraps gives way first, as far as an address stays in
 * one piece; then what may be cut, s before S, the widest first; then what wraps again. */
static void
fit(const struct table *t, int room, int width[COLUMNS_MAX])
{
	int total = 2 * (t->columns - 1);
	for (int i = 0; i < t->columns; i++) {
		width[i] = 0;
		for (size_t r = 0; r < t->rows; r++) {
			int w = out_columns(t->cell[r * (size_t)t->columns + (size_t)i]);
			if (w > width[i])
				width[i] = w;
		}
		total += width[i];
	}
	static const struct {
		char kind;
		int least;
	} ways[] = {
		{ 'w', UNBROKEN },
		{ 'W', UNBROKEN / 2 + 1 },
		{ 's', SHORTEST },
		{ 'S', SHORTEST },
		{ 'w', SHORTEST },
		{ 'W', SHORTEST },
	};
	for (size_t k = 0; k < sizeof(ways) / sizeof(ways[0]) && total > room;) {
		int widest = -1;
		for (int i = 0; i < t->columns; i++)
			if (t->flags[i] == ways[k].kind && width[i] > ways[k].least &&
			    (widest < 0 || width[i] > width[widest]))
				widest = i;
		if (widest < 0) {
			k++;
			continue;
		}
		width[widest]--;
		total--;
	}
}

void
table_free(struct table *t)
{
	for (size_t i = 0; i < t->rows * (size_t)t->columns; i++)
		free(t->cell[i]);
	free(t->cell);
	free(t);
}

static bool
wraps(const struct table *t, int column)
{
	return t->flags[column] == 'w' || t->flags[column] == 'W';
}

/* Takes a line of at most w columns off *rest into line, broken at a blank, else in an address behind a
 * colon, else where it ends. */
static void
take_line(const char **rest, int w, char line[OUT_TEXT])
{
	const char *s = *rest;
	size_t n = fitting(s, w), room = OUT_TEXT - 4; /* and its end */
	while (n > room || ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	size_t blank = s[n] ? n : 0, colon = blank;
	while (blank && s[blank] != ' ')
		blank--;
	while (colon && s[colon - 1] != ':')
		colon--;
	n = blank ? blank : colon ? colon : n;
	memcpy(line, s, n);
	line[n] = '\0';
	for (s += n; *s == ' ';)
		s++;
	*rest = s;
}

/* One line of a row: what is left of its cells, or as much of it as fits. True: more is left. */
static bool
print_line(const struct table *t, const int *width, const char **rest, const struct out *o, int owed)
{
	bool more = false; /* owed: blanks are written only when something follows */
	for (int i = 0; i < t->columns; i++) {
		char line[OUT_TEXT];
		const char *s = rest[i];
		if (wraps(t, i)) {
			take_line(&rest[i], width[i], line);
			s = line;
			more |= *rest[i] != '\0';
		} else {
			rest[i] = "";
		}
		int pad = width[i] - out_columns(s);
		if (t->flags[i] == 'r')
			owed += pad;
		if (*s)
			fprintf(o->f, "%*s%s", owed, "", s);
		owed = (*s ? 0 : owed) + (t->flags[i] == 'r' ? 0 : pad) + 2;
	}
	return more;
}

void
table_print(struct table *t, const struct out *o, int indent)
{
	int width[COLUMNS_MAX];
	const char *rest[COLUMNS_MAX];
	fit(t, o->width - indent, width);
	for (size_t r = 0; r < t->rows; r++) {
		char **row = t->cell + r * (size_t)t->columns;
		bool more = true, bold = r == 0 && o->bold;
		for (int i = 0; i < t->columns; i++) {
			if (!wraps(t, i))
				cut(row[i], width[i]);
			rest[i] = row[i];
		}
		while (more) {
			fputs(bold ? "\033[1m" : "", o->f);
			more = print_line(t, width, rest, o, indent);
			fputs(bold ? "\033[0m\n" : "\n", o->f);
		}
	}
	table_free(t);
}

static char *
ring(void)
{
	static char buf[OUT_RING][OUT_TEXT];
	static unsigned at;
	return buf[at++ % OUT_RING];
}

const char *
out_fmt(const char *fmt, ...)
{
	char *buf = ring();
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(buf, OUT_TEXT, fmt, ap);
	va_end(ap);
	if (n < OUT_TEXT)
		return buf;
	/* Cut: not amid a character. */
	n = OUT_TEXT - 1;
	while (n > 0 && ((unsigned char)buf[n - 1] & 0xc0) == 0x80)
		n--;
	if (n > 0 && (unsigned char)buf[n - 1] >= 0xc0)
		n--;
	buf[n] = '\0';
	return buf;
}

const char *
out_text(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	if (!json_is_string(v))
		return NULL;
	return escape_tty(json_string_value(v), json_string_length(v), ring(), OUT_TEXT);
}

const char *
out_str(const json_t *o, const char *key)
{
	const char *s = out_text(o, key);
	return s ? s : "-";
}

bool
out_is(const json_t *o, const char *key, const char *text)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s && strcmp(s, text) == 0;
}

const char *
out_real(const json_t *o, const char *key, int digits)
{
	return out_fmt("%.*f", digits, json_number_value(json_object_get(o, key)));
}

const char *
out_score(const json_t *o, const char *key)
{
	return out_fmt("%.1f", 100 * json_number_value(json_object_get(o, key)));
}

long long
out_int(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

bool
out_true(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

msec
out_ms(const json_t *o, const char *key)
{
	json_int_t t = json_integer_value(json_object_get(o, out_fmt("%s_ms", key)));
	return t > -TIME_MOST && t < TIME_MOST ? t : 0; /* so that differences cannot overflow */
}

const char *
out_time(msec t)
{
	char *buf = ring();
	if (t == 0)
		return "-";
	msec_print(t - t % MSEC_SECOND, buf);
	char *p = strchr(buf, 'T'), *z = strchr(buf, 'Z');
	if (p && z) {
		*p = ' ';
		*z = '\0';
	}
	return buf;
}

const char *
out_span(msec d)
{
	char *buf = msec_span_print(d, ring());
	size_t n = strlen(buf);
	/* "1 h 0 min" and "5.0 s" say no more than "1 h" and "5 s". */
	if (n > 6 && strcmp(buf + n - 6, " 0 min") == 0)
		buf[n - 6] = '\0';
	else if (n > 4 && strcmp(buf + n - 4, " 0 h") == 0)
		buf[n - 4] = '\0';
	else if (n > 4 && strcmp(buf + n - 2, " s") == 0 && buf[n - 4] == '.')
		memcpy(buf + n - 4, " s", 3);
	return buf;
}

const char *
out_age(msec d)
{
	if (d < 2 * MSEC_MINUTE)
		return out_fmt("%lld s ago", (long long)(d / MSEC_SECOND));
	if (d < 2 * MSEC_HOUR)
		return out_fmt("%lld min ago", (long long)(d / MSEC_MINUTE));
	if (d < 2 * MSEC_DAY)
		return out_fmt("%lld h ago", (long long)(d / MSEC_HOUR));
	return out_fmt("%lld d ago", (long long)(d / MSEC_DAY));
}

const char *
out_count(long long n, const char *one, const char *many)
{
	return out_fmt("%lld %s", n, n == 1 ? one : many);
}

const char *
out_list(const json_t *array)
{
	size_t i;
	const json_t *v;
	const char *text = "";
	json_array_foreach(array, i, v)
	{
		json_t *one = json_pack("{s:O}", "v", v);
		text = out_fmt("%s%s%s", text, *text ? ", " : "", out_str(one, "v"));
		json_decref(one);
	}
	return *text ? text : NULL;
}
