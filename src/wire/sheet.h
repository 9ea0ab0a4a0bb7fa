/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of accusations, read as a stream: Shadowserver's reports (CSV by RFC 4180, plain, gzip or zip)
 * and other feeds of rows, by their header. One table of report types maps each to class, what the port
 * means and how good the evidence is. Bounded memory whatever comes: a row has a cap, so have a field and
 * the columns, and a zip's promise is not believed.
 */
#ifndef WIRE_SHEET_H
#define WIRE_SHEET_H

#include "model/claim.h"
#include "wire/logtime.h"

#define SHEET_ROW     65536
#define SHEET_COLUMNS 256
#define SHEET_STEP    (4u << 20) /* bytes unpacked, and SHEET_LINE more for each line */
#define SHEET_LINE    64

struct sheet_type {
	const char *name;       /* of the report: "scan_telnet"; part of the file's name */
	enum class_id cls;
	enum evidence evidence;
	const char *port;       /* the column that names the port on the accused, or NULL */
	const char *far_port;   /* the other side's, or NULL */
	const char *why;        /* why rows of it make no claim, or NULL */
};
const struct sheet_type *sheet_type_find(const char *name, size_t n);
/* All rows, for documentation and tests. */
extern const struct sheet_type sheet_types[];
extern const size_t sheet_type_count;

struct sheet_counts {
	uint64_t bytes, rows, claims, elsewhere, broken, unmapped; /* rows: without the header */
	uint64_t unpacked, blank; /* bytes out of the archive; lines that are no row: blank, a comment */
};

struct sheet;
/* name: the file's, for its type ("2026-11-21-scan_telnet-example-asn.csv", also inside a zip). ours: only
 * claims about these go to cb. */
int sheet_new(const char *name, bool (*ours)(const struct addr *a, void *arg), const struct logtime_ref *ref,
    claim_cb *cb, void *arg, struct sheet **ret);
void sheet_free(struct sheet *s);
/* The next n bytes; end: no more follow (n may be 0). *used: how many were taken. 0; what cb returned
 * (-EAGAIN: call again with what was not taken, the same claim is then offered again); -EBADMSG with *rule:
 * not a table, a bomb, cut short. */
int sheet_feed(struct sheet *s, const void *bytes, size_t n, bool end, size_t *used, const char **rule);
/* The same, but no more than about SHEET_STEP of work: 1 there is more to do, call again with what was not
 * taken. */
int sheet_step(struct sheet *s, const void *bytes, size_t n, bool end, size_t *used, const char **rule);
const struct sheet_counts *sheet_counted(const struct sheet *s);
/* The 1-based row of the claim in hand, for ids. */
uint64_t sheet_row(const struct sheet *s);

#endif
