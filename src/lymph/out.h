/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output for people: a page of some width, tables that fit it, wrapped sentences. Texts come out of
 * JSON by out_text() only, which escapes: a stranger's name can do nothing to a terminal. Times are
 * UTC and say so in the head of their column or beside them.
 */
#ifndef LYMPH_OUT_H
#define LYMPH_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/msec.h"

struct out {
	FILE *f;
	int width;
	bool bold; /* a terminal that wants it */
};

/* stdout as it is: width of the terminal, COLUMNS, or 80. */
struct out out_stdout(void);
void out_head(const struct out *o, const char *text);
/* A sentence, wrapped at the width; every line starts behind `indent` blanks, the first behind
 * `label`. */
void out_say(const struct out *o, int indent, const char *label, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* A stranger's text of n bytes, line by line behind "  | ": what is escaped is one line. */
void out_quote(const struct out *o, const char *s, size_t n);
/* Columns a text takes on a terminal. */
int out_columns(const char *s);

struct table;
/* One flag per column: l left, r right, s left and may be cut, S only when no s is left to cut, w left
 * and goes on in the next line, so that nothing of it is lost; W the same, before anything is cut. heads:
 * as many. */
struct table *table_new(const char *flags, const char *const *heads);
/* As many texts as columns; NULL is "-". */
void table_row(struct table *t, const char *const *cells);
/* Prints and frees. Rows start behind `indent` blanks. */
void table_print(struct table *t, const struct out *o, int indent);
void table_free(struct table *t);

/* Values out of JSON as texts. They stay good for the next OUT_RING calls of any of them. */
#define OUT_RING 256
#define OUT_TEXT 512
const char *out_fmt(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *out_text(const json_t *o, const char *key); /* escaped; NULL: absent, null, no text */
const char *out_str(const json_t *o, const char *key);  /* the same, but "-" for NULL */
bool out_is(const json_t *o, const char *key, const char *text);
const char *out_real(const json_t *o, const char *key, int digits);
const char *out_score(const json_t *o, const char *key); /* a probability as 0-100, one digit */
long long out_int(const json_t *o, const char *key);     /* 0: absent */
bool out_true(const json_t *o, const char *key);
msec out_ms(const json_t *o, const char *key); /* KEY_ms; 0: absent */
const char *out_time(msec t);                  /* "2026-11-22 02:00:05"; "-" for 0 */
const char *out_span(msec d);
const char *out_age(msec d); /* coarse: "3 h ago" */
const char *out_count(long long n, const char *one, const char *many);
/* The texts of an array, "a, b"; NULL: there are none. */
const char *out_list(const json_t *array);

#endif
