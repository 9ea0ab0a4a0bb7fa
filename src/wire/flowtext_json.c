/* SPDX-License-Identifier: BSD-2-Clause */
/* Cells out of one JSON object. json_scan has proved the text to be RFC 8259 before anything is looked
 * for, so a walk over it needs no second grammar; no tree is built, for a log has millions of these. */
#include <errno.h>
#include <string.h>

#include "wire/flowtext_own.h"
#include "wire/json.h"

#define DEPTH  16
#define VALUES 2000
#define PATH   64

struct walk {
	const struct cell_name *names;
	struct cells *ret;
	const char *p, *end;
	char path[PATH];
	bool twice;
};

static void
blanks(struct walk *w)
{
	while (w->p < w->end && (*w->p == ' ' || *w->p == '\t' || *w->p == '\n' || *w->p == '\r'))
		w->p++;
}

/* What stands between the quotes, escapes as written. */
static struct piece
string(struct walk *w)
{
	const char *from = ++w->p;
	while (w->p < w->end && *w->p != '"')
		w->p += *w->p == '\\' ? 2 : 1;
	struct piece s = { from, (size_t)(w->p - from) };
	w->p++;
	return s;
}

static void
take(struct walk *w, size_t len, struct piece v)
{
	enum cell c = len ? cell_named(w->names, (struct piece){ w->path, len }) : CELL_N;
	if (c == CELL_N)
		return;
	if (w->ret->v[c].p)
		w->twice = true;
	w->ret->v[c] = v;
}

/* A container we do not look into: brackets in strings do not count. */
static void
skip(struct walk *w)
{
	unsigned depth = 0;
	do {
		if (*w->p == '"') {
			string(w);
			continue;
		}
		depth += *w->p == '{' || *w->p == '[';
		depth -= *w->p == '}' || *w->p == ']';
		w->p++;
	} while (depth && w->p < w->end);
}

static void object(struct walk *w, size_t len);

/* The value of the path's first len bytes; 0: too long for any of ours. */
static void
value(struct walk *w, size_t len)
{
	const char *from = w->p;
	if (*w->p == '"') {
		take(w, len, string(w));
	} else if (*w->p == '{' && len) {
		object(w, len);
	} else if (*w->p == '{' || *w->p == '[') {
		skip(w);
	} else {
		while (w->p < w->end && !strchr(",}] \t\r\n", *w->p))
			w->p++;
		if (*from != 'n') /* null */
			take(w, len, (struct piece){ from, (size_t)(w->p - from) });
	}
}

/* json_scan bounds how deep this goes. */
static void
object(struct walk *w, size_t len)
{
	w->p++;
	for (;;) {
		blanks(w);
		if (w->p >= w->end || *w->p == '}')
			break;
		if (*w->p == ',') {
			w->p++;
			continue;
		}
		struct piece key = string(w);
		size_t room = len + (len > 0), n = 0;
		if (room + key.n < PATH) {
			if (len)
				w->path[len] = '.';
			memcpy(w->path + room, key.p, key.n);
			n = room + key.n;
		}
		blanks(w);
		w->p++; /* the colon */
		blanks(w);
		value(w, n);
	}
	w->p++;
}

int
flowtext_json(
    const struct cell_name *names, const char *line, size_t n, struct cells *ret, const char **rule)
{
	struct json_why why;
	struct walk w = { .names = names, .ret = ret, .p = line, .end = line + n };
	if (json_scan(line, n, DEPTH, VALUES, &why) < 0) {
		*rule = why.rule;
		return -EBADMSG;
	}
	blanks(&w);
	if (w.p >= w.end || *w.p != '{') {
		*rule = "a line of JSON is one object";
		return -EBADMSG;
	}
	object(&w, 0);
	if (w.twice) {
		*rule = "RFC 8259 4: a name stands twice in the object";
		return -EBADMSG;
	}
	return 0;
}
