/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a log line says about an address: rows of patterns per class of abuse, first match wins. A
 * line supports the accusation (the address did it to whoever wrote the log), contradicts it (it was
 * the other end, or is only talked about) or is neutral. Log lines hold text of strangers, the
 * accused and those who would like somebody accused among them: a row must look at places the
 * program writes, not at what its clients send.
 */
#ifndef WIRE_RECOG_H
#define WIRE_RECOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/class.h"
#include "wire/logfind.h"

#define RECOG_LINE (64u << 10) /* longer lines are judged by their first 64 KiB */

enum recog_says {
	RECOG_NEUTRAL,
	RECOG_SUPPORTS,
	RECOG_CONTRADICTS,
	RECOG_N,
};

struct recog_row {
	enum class_id cls;    /* CLASS_NONE: every class that has rows */
	enum recog_says says;
	bool one_way;         /* packets seen, no exchange: the source may be forged */
	const char *name;     /* for people: "web request" */
	const char *pattern;  /* PCRE2; <A> is the address with brackets, zone, port as written */
};

/* The table and its length. */
extern const struct recog_row recog_rows[];
extern const size_t recog_row_count;

struct recog;

/* True when some row is of that very class. */
bool recog_has(enum class_id cls);
/* The rows of cls, compiled. 0; -ENOTSUP: the class has none; -ENOMEM; -EINVAL: a row does not compile
 * (a bug, found by the tests). */
int recog_new(enum class_id cls, struct recog **ret);
void recog_free(struct recog *r);
/* Judges one line by what it says of f's address. *row: the row that decided, or NULL (neutral). */
enum recog_says recog_line(struct recog *r, const struct logfind *f, const char *s, size_t n,
    const struct recog_row **row);
/* Lines given up because a pattern ran into its limits; they count as neutral. */
uint64_t recog_limited(const struct recog *r);
const char *recog_says_name(enum recog_says s);

#endif
