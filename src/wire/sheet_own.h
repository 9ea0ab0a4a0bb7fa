/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the sheet reader, between its own files only: what unpacks (sheet_unpack.c, sheet_zip.c),
 * what finds rows and cells (sheet_csv.c), what the columns mean (sheet_map.c, sheet_word.c). Each takes
 * bytes as they come and keeps no more of them than its cap.
 */
#ifndef WIRE_SHEET_OWN_H
#define WIRE_SHEET_OWN_H

#include <zlib.h>

#include "wire/sheet.h"

/* ---- unpacking: plain, gzip (RFC 1952), zip (PKWARE APPNOTE 6.3.10) by its local headers */

#define UNPACK_OUT     65536
#define UNPACK_NAME    256
#define UNPACK_ENTRIES 64
#define UNPACK_TOTAL   (4ull << 30) /* bytes, unpacked */
#define UNPACK_RATIO   200          /* unpacked to packed, once UNPACK_FREE is passed */
#define UNPACK_FREE    (16ull << 20)

enum unpack_says {
	UNPACK_MORE,  /* all input taken */
	UNPACK_ENTRY, /* a table begins; name: its own, "" outside a zip */
	UNPACK_DATA,  /* out, out_n */
	UNPACK_CLOSE, /* the table is over */
	UNPACK_DONE,  /* nothing follows */
};

enum unpack_kind { UNPACK_UNKNOWN, UNPACK_PLAIN, UNPACK_GZIP, UNPACK_ZIP };

/* What a zip's next bytes are. */
enum zip_at { ZIP_SIG, ZIP_HEADER, ZIP_NAME, ZIP_EXTRA, ZIP_EXTRA64, ZIP_BODY, ZIP_DESCRIPTOR, ZIP_TAIL };

struct zip {
	enum zip_at at;
	uint8_t fix[32]; /* of a header, as far as it has come */
	size_t fix_n;
	uint32_t flags, method, crc, name_left, extra_left, extra_skip;
	uint64_t csize, usize;
	bool big; /* zip64: sizes behind the body have eight bytes */
	uint64_t body_left; /* packed bytes, where the header knows */
	uint32_t entries, nested;
	/* Of the entry in hand: read; its bytes have begun; they are unpacked; CRC-32 and bytes so far. */
	bool table, opened, ended;
	uint32_t sum;
	uint64_t made;
};

struct unpack {
	enum unpack_kind kind;
	uint8_t head[4], out[UNPACK_OUT];
	size_t head_n, out_n, name_n;
	uint64_t in_total, out_total;
	z_stream z;
	bool z_live, begun, over, gz_ended;
	char name[UNPACK_NAME];
	struct zip zip;
};

struct unpack *unpack_new(void);
void unpack_free(struct unpack *u);
/* Takes *used of n bytes and says one thing; -EBADMSG with *rule; -ENOMEM. out is valid until the next call. */
int unpack_next(
    struct unpack *u, const uint8_t *in, size_t n, bool end, size_t *used, const char **rule);
/* The half of it that knows zip. */
int unzip_next(
    struct unpack *u, const uint8_t *in, size_t n, bool end, size_t *used, const char **rule);
/* inflate() into out; *ended: the stream is over. 0, -EBADMSG, -ENOMEM. */
int unpack_inflate(
    struct unpack *u, const uint8_t *in, size_t n, size_t *used, bool *ended, const char **rule);
/* Fills out from stored bytes. */
void unpack_copy(struct unpack *u, const uint8_t *in, size_t n, size_t *used);
/* Caps on what came out and went in. 0 or -EBADMSG. */
int unpack_caps(const struct unpack *u, const char **rule);

/* ---- rows and cells (RFC 4180, and as lenient as spreadsheets are) */

struct csv {
	char *row; /* SHEET_ROW bytes, as they came, without the line's end */
	size_t n;
	size_t closely;  /* bytes from here on that are read byte by byte, for the quick look failed */
	uint64_t looked; /* bytes the quick look passed over, for tests */
	char delim; /* 0: not known yet, any of csv_delims begins a cell */
	uint8_t state;
	bool after_cr;
};
extern const char csv_delims[];

struct csv_cell {
	uint32_t at, n; /* in row, quotes included */
	bool quoted;
};

int csv_init(struct csv *c);
void csv_fini(struct csv *c);
/* 1: a row is complete (drop it with csv_drop); 0: all taken; -E2BIG: a row over SHEET_ROW. */
int csv_feed(struct csv *c, const char *p, size_t n, size_t *used);
/* The last row, without an end: 1, 0 (none), -EBADMSG (a quote is open). */
int csv_end(struct csv *c);
void csv_drop(struct csv *c);
/* The first `want` cells at most; how many there are up to that. */
unsigned csv_split(const char *row, size_t n, char delim, unsigned want, struct csv_cell *cells);
/* A cell's text without quotes, cut at cap. */
size_t csv_text(const char *row, const struct csv_cell *cell, char *buf, size_t cap);

/* ---- what columns and words mean */

enum sheet_col {
	COL_ADDR,
	COL_PORT,
	COL_FAR_PORT,
	COL_TIME,
	COL_FIRST,
	COL_LAST,
	COL_PROTO,
	COL_KIND,    /* what it is accused of */
	COL_MALWARE, /* what it is infected with */
	COL_TAG,
	COL_COUNT,
	COL_N,
};

struct sheet_map {
	const struct sheet_type *type; /* NULL: by its words */
	char delim;
	bool utc;               /* the header says so, or Shadowserver does */
	bool shadow;            /* columns as Shadowserver has them */
	unsigned columns, upto; /* upto: cells to split to reach the address */
	int16_t col[COL_N];     /* -1: none */
};

#define SHEET_WORD 128

/* Reads a header; true when a column names the accused address, or the type makes no claims anyway. */
bool sheet_map_header(
    struct sheet_map *m, const struct sheet_type *type, const char *row, size_t n);
/* The address of a row: 0, or -EINVAL. */
int sheet_map_addr(const struct sheet_map *m, const char *row, size_t n, struct addr *ret);
/* The rest of a row whose address is ret->subject, whole if its end was seen: 1 a claim (without its text) and its
 * type (NULL: by words), 0 none is made of it, -EINVAL: its columns are not the header's. */
int sheet_map_claim(const struct sheet_map *m, const struct logtime_ref *ref, const char *row,
    size_t n, bool whole, struct claim *ret, const struct sheet_type **type);
/* A word for an accusation ("brute-force", "botnet drone"); CLASS_NONE if unknown. */
enum class_id sheet_word_class(const char *s, size_t n);
/* The same of a malware's name, if it is none but what was done ("ssh-brute-force"). */
enum class_id sheet_word_attack(const char *s, size_t n);
/* Does a tag say that the device itself was taken over? */
bool sheet_word_taken(const char *s, size_t n);
/* Lower case, one '_' for each run of anything but letters and digits, none at the ends. */
size_t sheet_word_fold(const char *s, size_t n, char *buf, size_t cap);
/* The type in a file's name, or NULL. */
const struct sheet_type *sheet_type_of_file(const char *name);

#endif
