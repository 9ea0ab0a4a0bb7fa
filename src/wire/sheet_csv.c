/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows and cells of a sheet: RFC 4180, with what spreadsheets do beside it (CR alone ends a row, a quote
 * inside an unquoted cell is itself, what follows a closing quote belongs to the cell). The work is a few
 * passes over each byte whatever it is; a row over the cap is refused when the cap is reached, not when
 * its end is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/sheet_own.h"

/* Longer rows, and those with quotes, are read byte by byte. */
#define LOOK_AHEAD 4096

enum { BEGIN, PLAIN, QUOTED, CLOSING, COMMENT };

const char csv_delims[] = ",;\t|";

int
csv_init(struct csv *c)
{
	*c = (struct csv){ .row = malloc(SHEET_ROW) };
	return c->row ? 0 : -ENOMEM;
}

void
csv_fini(struct csv *c)
{
	free(c->row);
	c->row = NULL;
}

void
csv_drop(struct csv *c)
{
	c->n = 0;
	c->state = BEGIN;
}

static bool
is_delim(const struct csv *c, char x)
{
	if (c->delim)
		return x == c->delim;
	return x == ',' || x == ';' || x == '\t' || x == '|';
}

/* A whole row without quotes, in sight: its length, and what it takes with its end; false: look closer. What
 * was searched in vain is not searched again for the next row: rows that end in CR alone would cost a search
 * each. */
static bool
plain_row(struct csv *c, const char *p, size_t n, size_t *len, size_t *taken)
{
	size_t look = n < LOOK_AHEAD ? n : LOOK_AHEAD;
	if (c->closely > 0)
		return false;
	const char *nl = memchr(p, '\n', look);
	size_t line = nl ? (size_t)(nl - p) : look;
	const char *cr = nl ? memchr(p, '\r', line) : NULL;
	c->looked += line;
	if (!nl || memchr(p, '"', line) || (cr && cr != nl - 1)) {
		c->closely = line + (nl != NULL);
		return false;
	}
	*len = line - (cr != NULL);
	*taken = line + 1;
	return true;
}

/* What begins at a cell's first byte. */
static uint8_t
begin(const struct csv *c, char x, bool row)
{
	if (x == '"')
		return QUOTED;
	return x == '#' && row && !c->delim ? COMMENT : PLAIN;
}

/* Where the row ends, or n; in c->state how far a cell has come. */
static size_t
row_end(struct csv *c, const char *p, size_t n)
{
	uint8_t state = c->state;
	size_t i = 0;
	while (i < n) {
		switch (state) {
		case QUOTED:
			while (i < n && p[i] != '"')
				i++;
			if (i < n) {
				state = CLOSING;
				i++;
			}
			continue;
		case BEGIN:
			state = begin(c, p[i], c->n + i == 0);
			i += state == QUOTED;
			continue;
		case CLOSING:
			state = p[i] == '"' ? QUOTED : PLAIN;
			i += state == QUOTED;
			continue;
		case PLAIN:
			while (i < n && p[i] != '\n' && p[i] != '\r' && !is_delim(c, p[i]))
				i++;
			break;
		default:
			while (i < n && p[i] != '\n' && p[i] != '\r')
				i++;
			break;
		}
		if (i == n || p[i] == '\n' || p[i] == '\r')
			break;
		state = BEGIN;
		i++;
	}
	c->state = state;
	return i;
}

static int
feed(struct csv *c, const char *p, size_t n, size_t *used)
{
	size_t i = 0, len, taken;
	if (c->after_cr && n > 0) {
		i += p[0] == '\n';
		c->after_cr = false;
	}
	if (c->n == 0 && c->state == BEGIN && plain_row(c, p + i, n - i, &len, &taken)) {
		memcpy(c->row, p + i, len);
		c->n = len;
		*used = i + taken;
		return 1;
	}
	/* A byte more than there is room for, so that the end of a row that fills it is seen. */
	size_t room = SHEET_ROW - c->n, look = n - i < room + 1 ? n - i : room + 1;
	len = row_end(c, p + i, look);
	if (len > room) {
		memcpy(c->row + c->n, p + i, room);
		c->n = SHEET_ROW;
		return -E2BIG;
	}
	memcpy(c->row + c->n, p + i, len);
	c->n += len;
	*used = i + len;
	if (len == look)
		return 0;
	c->after_cr = p[i + len] == '\r';
	++*used;
	return 1;
}

int
csv_feed(struct csv *c, const char *p, size_t n, size_t *used)
{
	int rc = feed(c, p, n, used);
	if (rc >= 0)
		c->closely -= *used < c->closely ? *used : c->closely;
	return rc;
}

int
csv_end(struct csv *c)
{
	if (c->state == QUOTED)
		return -EBADMSG;
	c->after_cr = false;
	return c->n > 0;
}

/* From an opening quote to behind the cell. */
static size_t
quoted_end(const char *row, size_t i, size_t n, char delim)
{
	for (i++; i < n; i++) {
		const char *q = memchr(row + i, '"', n - i);
		if (!q)
			return n;
		i = (size_t)(q - row) + 1;
		if (i >= n || row[i] != '"')
			break;
	}
	if (i >= n)
		return n;
	const char *d = memchr(row + i, delim, n - i);
	return d ? (size_t)(d - row) : n;
}

unsigned
csv_split(const char *row, size_t n, char delim, unsigned want, struct csv_cell *cells)
{
	unsigned count = 0;
	for (size_t i = 0; count < want; i++) {
		bool quoted = i < n && row[i] == '"';
		size_t to = i;
		if (quoted)
			to = quoted_end(row, i, n, delim);
		else
			while (to < n && row[to] != delim)
				to++;
		cells[count++] = (struct csv_cell){ (uint32_t)i, (uint32_t)(to - i), quoted };
		if (to >= n)
			break;
		i = to;
	}
	return count;
}

size_t
csv_text(const char *row, const struct csv_cell *cell, char *buf, size_t cap)
{
	const char *p = row + cell->at;
	size_t n = 0;
	if (!cell->quoted) {
		n = cell->n < cap ? cell->n : cap;
		memcpy(buf, p, n);
		return n;
	}
	bool inside = true;
	for (size_t i = 1; i < cell->n && n < cap; i++) {
		if (inside && p[i] == '"') {
			if (i + 1 < cell->n && p[i + 1] == '"')
				i++;
			else {
				inside = false;
				continue;
			}
		}
		buf[n++] = p[i];
	}
	return n;
}
