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

/* Classes as bits: RECOG_OF(CLASS_SCANNER). */
#define RECOG_OF(cls) (1u << (cls))
#define RECOG_ALL     ((1u << CLASS_N) - 2)

enum recog_flag {
	RECOG_ONE_WAY = 1, /* packets seen, no exchange: the source may be forged */
	RECOG_HINTED = 2,  /* supports only who was told the class: a web request accuses nobody by itself */
};

struct recog_row {
	uint32_t of;         /* the classes it speaks of */
	uint8_t says, flags; /* enum recog_says, enum recog_flag bits */
	const char *name;    /* for people: "web request" */
	const char *need;    /* lower case: one of these, separated by '|', is in every line that matches, in
	                        whatever case; "": nothing is known */
	/* PCRE2. <A> is the address with brackets and zone as written, <P> the same and its port. Named groups:
	 * sp and dp the port of the address and of the other side, pr the protocol, ct how many events. */
	const char *pattern;
};

/* The rows in their order: a few tables, one after the other. */
struct recog_table {
	const struct recog_row *rows;
	const size_t *n;
};
extern const struct recog_table recog_tables[];
extern const size_t recog_table_count;
size_t recog_rows_n(void);
/* NULL past the end. */
const struct recog_row *recog_row_at(size_t i);

/* What a line came to. */
struct recog_found {
	enum recog_says says;
	const struct recog_row *row; /* that decided; NULL: none did (neutral) */
	size_t index;                /* of row */
	uint16_t port, far_port;     /* of the address, of the other side; 0: not said */
	uint8_t proto;               /* IP protocol; 0: not said */
	uint32_t count;              /* events the line stands for, at least 1 */
};

struct recog;

/* The rows of cls compiled, or CLASS_NONE: all. 0; -ENOMEM; -EINVAL: a row does not compile (a bug, found
 * by the tests). */
int recog_new(enum class_id cls, struct recog **ret);
void recog_free(struct recog *r);
/* Judges one line by what it says of f's address, in the matter of the class r was made for; of all when
 * that is CLASS_NONE: then *row tells which class, and rows that must be told it do not support. */
enum recog_says recog_line(struct recog *r, const struct logfind *f, const char *s, size_t n,
    const struct recog_row **row);
/* The same with all that was found; cls may narrow an r of all classes. */
enum recog_says recog_judge(struct recog *r, enum class_id cls, const struct logfind *f, const char *s,
    size_t n, struct recog_found *ret);
/* Lines given up because a pattern ran into its limits; they count as neutral. */
uint64_t recog_limited(const struct recog *r);
const char *recog_says_name(enum recog_says s);

#endif
