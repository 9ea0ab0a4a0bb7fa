/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sheet from its first byte to its claims, see sheet.h: unpack, find the header, then row by row. A row
 * whose claim was refused is kept and offered again before anything else is read; nothing is counted twice.
 * It must never hold more than a row, a header and one buffer, whatever is sent.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/sheet_own.h"

#define LEADING_LINES 4096 /* in front of a header */
#define BLANK_LINES   4    /* for each row, beyond LEADING_LINES: some write line ends twice */

enum sheet_at { AT_HEADER, AT_ROWS, AT_SKIP, AT_DONE };

struct sheet {
	struct unpack *unpack;
	struct csv csv;
	struct sheet_map map;
	bool (*ours)(const struct addr *a, void *arg);
	struct logtime_ref ref;
	claim_cb *cb;
	void *arg;
	const struct sheet_type *type; /* by the outer name */
	char *header, *text;           /* the header's line; it and the row */
	size_t header_n, out_at, leading;
	uint64_t blank; /* counts.blank when this table began */
	size_t work;    /* in this step */
	struct sheet_counts counts;
	enum sheet_at at;
	bool ready, closing,
	    noted; /* a row waits in csv; its table is over; header is a comment's */
	unsigned tables;
	int bad; /* what it failed with, for good */
	const char *rule;
};

int
sheet_new(const char *name, bool (*ours)(const struct addr *a, void *arg),
    const struct logtime_ref *ref, claim_cb *cb, void *arg, struct sheet **ret)
{
	struct sheet *s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->ours = ours;
	s->ref = *ref;
	s->cb = cb;
	s->arg = arg;
	s->type = name ? sheet_type_of_file(name) : NULL;
	s->unpack = unpack_new();
	s->header = malloc(SHEET_ROW);
	s->text = malloc(CLAIM_TEXT);
	if (!s->unpack || !s->header || !s->text || csv_init(&s->csv) < 0) {
		sheet_free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void
sheet_free(struct sheet *s)
{
	if (!s)
		return;
	unpack_free(s->unpack);
	csv_fini(&s->csv);
	free(s->header);
	free(s->text);
	free(s);
}

const struct sheet_counts *
sheet_counted(const struct sheet *s)
{
	return &s->counts;
}

uint64_t
sheet_row(const struct sheet *s)
{
	return s->counts.rows + 1;
}

static int
fail(struct sheet *s, const char *why)
{
	s->rule = why;
	return s->bad = -EBADMSG;
}

/* In a zip a file that is no table is passed over; alone it is refused. */
static int
no_table(struct sheet *s, const char *why)
{
	s->rule = why;
	if (s->unpack->kind != UNPACK_ZIP)
		return s->bad = -EBADMSG;
	s->at = AT_SKIP;
	return 0;
}

static void
take_header(struct sheet *s, const char *p, size_t n)
{
	memcpy(s->header, p, n);
	s->header_n = n;
}

static int
begin_table(struct sheet *s)
{
	const struct sheet_type *inner = sheet_type_of_file(s->unpack->name);
	s->at = AT_HEADER;
	s->leading = 0;
	s->noted = s->closing = false;
	s->map = (struct sheet_map){ .type = inner ? inner : s->type };
	s->blank = s->counts.blank;
	s->csv.delim = 0;
	s->csv.after_cr = false;
	s->csv.closely = 0;
	csv_drop(&s->csv);
	return 0;
}

/* A line in front of the rows. *row: it is one itself, under a header that stood in a comment. */
static int
header_line(struct sheet *s, bool *row)
{
	const char *p = s->csv.row;
	size_t n = s->csv.n;
	struct sheet_map m;
	if (s->leading == 0 && n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
	}
	if (++s->leading > LEADING_LINES)
		return no_table(s, "no header in the first 4096 lines");
	while (n > 0 && (*p == ' ' || *p == '\t')) {
		p++;
		n--;
	}
	if (n == 0)
		return 0;
	if (*p == '#' || *p == ';') {
		for (; n > 0 && (*p == '#' || *p == ';' || *p == ' '); p++)
			n--;
		/* "# Format: report|ip|..." */
		size_t colon = 0;
		while (colon < n && ((p[colon] | 32) >= 'a' && (p[colon] | 32) <= 'z'))
			colon++;
		if (colon < n && p[colon] == ':') {
			p += colon + 1;
			n -= colon + 1;
		}
		if (!s->noted && sheet_map_header(&m, s->map.type, p, n) && m.columns > 1 &&
		    m.upto > 0) {
			s->noted = true;
			s->map = m;
			take_header(s, p, n);
		}
		return 0;
	}
	if (*p == '<')
		return no_table(s, "markup, not a table");
	if (*p == '{' || *p == '[')
		return no_table(s, "JSON, not a table");
	if (s->noted) {
		*row = true;
	} else {
		if (!sheet_map_header(&m, s->map.type, p, n))
			return no_table(
			    s, "RFC 4180 2: no header with a column that names an address");
		s->map = m;
		take_header(s, p, n);
	}
	s->csv.delim = s->map.delim;
	s->at = AT_ROWS;
	s->tables++;
	return 0;
}

/* The header's line and the row; the row alone where both are too long. */
static void
evidence(struct sheet *s, struct claim *c)
{
	size_t n = 0;
	if (s->header_n + 1 + s->csv.n <= CLAIM_TEXT) {
		memcpy(s->text, s->header, s->header_n);
		n = s->header_n;
		s->text[n++] = '\n';
	}
	memcpy(s->text + n, s->csv.row, s->csv.n);
	c->text = s->text;
	c->text_n = n + s->csv.n;
}

/* A row: 0 when it is done with; what cb said. */
static int
row_line(struct sheet *s)
{
	const char *p = s->csv.row;
	size_t n = s->csv.n;
	struct claim c = { 0 };
	const struct sheet_type *type = NULL;
	uint64_t *count = &s->counts.broken;
	if (n == 0 || *p == '#' || (n == s->header_n && memcmp(p, s->header, n) == 0)) {
		/* Blank, a comment, the header again: they cost time, too. */
		if (++s->counts.blank - s->blank > LEADING_LINES + BLANK_LINES * s->counts.rows)
			return no_table(s, "more blank lines and comments than rows");
		return 0;
	}
	if (s->map.type && s->map.type->why) {
		count = &s->counts.unmapped;
	} else if (sheet_map_addr(&s->map, p, n, &c.subject) == 0) {
		int r = 0;
		if (s->ours && !s->ours(&c.subject, s->arg))
			count = &s->counts.elsewhere;
		else if ((r = sheet_map_claim(&s->map, &s->ref, p, n, !s->closing, &c, &type)) == 0)
			count = &s->counts.unmapped;
		if (r > 0) {
			evidence(s, &c);
			if (type)
				snprintf(c.what, sizeof(c.what), "Shadowserver %s, row %llu",
				    type->name, (unsigned long long)sheet_row(s));
			else
				snprintf(c.what, sizeof(c.what), "%s, row %llu of a sheet",
				    class_row(c.cls)->title, (unsigned long long)sheet_row(s));
			r = s->cb(&c, s->arg);
			if (r != 0)
				return r;
			count = &s->counts.claims;
		}
	}
	s->counts.rows++;
	++*count;
	return 0;
}

/* What waits in csv. */
static int
line(struct sheet *s)
{
	bool row = s->at == AT_ROWS;
	int rc = 0;
	s->work += SHEET_LINE;
	if (memchr(s->csv.row, 0, s->csv.n)) {
		row = false;
		rc = no_table(s, "a byte 0: not text");
	} else if (s->at == AT_HEADER) {
		rc = header_line(s, &row);
	}
	if (rc == 0 && row)
		rc = row_line(s);
	if (rc != 0)
		return rc;
	s->ready = false;
	csv_drop(&s->csv);
	return 0;
}

/* Unpacked bytes, to the end of a row. */
static int
bytes(struct sheet *s)
{
	size_t used;
	if (s->at == AT_SKIP) {
		s->out_at = s->unpack->out_n;
		return 0;
	}
	int r = csv_feed(
	    &s->csv, (const char *)s->unpack->out + s->out_at, s->unpack->out_n - s->out_at, &used);
	if (r < 0)
		return fail(s,
		    memchr(s->csv.row, 0, s->csv.n) ? "a byte 0: not text" : "a row over 64 KiB");
	s->out_at += used;
	s->ready = r > 0;
	return 0;
}

/* The table is over: its last row may lack its end. */
static int
close_table(struct sheet *s)
{
	int r = s->at == AT_SKIP ? 0 : csv_end(&s->csv);
	if (r < 0)
		return fail(s, "RFC 4180 2: a quote is open at the end");
	s->ready = r > 0;
	if (s->ready)
		return 0;
	s->closing = false;
	if (s->at != AT_HEADER)
		return 0;
	if (s->noted) { /* a header in a comment, and no rows */
		s->tables++;
		return 0;
	}
	return no_table(s, s->leading ? "no header" : "empty");
}

static int
more(struct sheet *s, const uint8_t *in, size_t n, bool end, size_t *took, bool *dry)
{
	static const char *const none = "no table in the archive";
	const char *rule = NULL;
	int r = unpack_next(s->unpack, in, n, end, took, &rule);
	s->counts.bytes += *took;
	s->counts.unpacked += s->unpack->out_n;
	s->work += s->unpack->out_n;
	s->out_at = 0;
	if (r < 0) {
		s->rule = rule;
		return s->bad = r;
	}
	switch (r) {
	case UNPACK_ENTRY: return begin_table(s);
	case UNPACK_DATA: return 0;
	case UNPACK_CLOSE: s->closing = true; return 0;
	case UNPACK_DONE:
		s->at = AT_DONE;
		if (s->tables == 0)
			return fail(s, s->unpack->zip.nested
					   ? "an archive in an archive is not opened"
				       : s->rule ? s->rule
						 : none);
		return 0;
	default: *dry = *took == n; return *dry || *took > 0 ? 0 : fail(s, "RFC 1951: no progress");
	}
}

static int
feed(struct sheet *s, const uint8_t *in, size_t n, bool end, size_t *used)
{
	bool dry = false;
	s->work = 0;
	while (!dry && s->at != AT_DONE) {
		size_t took = 0;
		int rc;
		if (s->work >= SHEET_STEP)
			return 1;
		if (s->ready)
			rc = line(s);
		else if (s->out_at < s->unpack->out_n)
			rc = bytes(s);
		else if (s->closing)
			rc = close_table(s);
		else
			rc = more(s, in + *used, n - *used, end, &took, &dry);
		*used += took;
		if (rc != 0)
			return rc;
	}
	return 0;
}

int
sheet_step(struct sheet *s, const void *p, size_t n, bool end, size_t *used, const char **rule)
{
	*used = 0;
	int rc = s->bad ? s->bad : feed(s, p, n, end, used);
	if (s->bad == -EBADMSG)
		*rule = s->rule;
	return rc;
}

int
sheet_feed(struct sheet *s, const void *p, size_t n, bool end, size_t *used, const char **rule)
{
	size_t all = 0;
	int rc;
	do {
		rc = sheet_step(s, (const char *)p + all, n - all, end, used, rule);
		all += *used;
	} while (rc == 1);
	*used = all;
	return rc;
}
