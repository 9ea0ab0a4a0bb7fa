/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports of a case in a form others read: XARF v4, a document a line; ARF (RFC 5965), a mail each in one
 * mbox; CSV (RFC 4180). With pseudonyms nobody in it can be told: addresses, lines and reporters are keyed
 * hashes under a key that goes with the export, and there is no evidence, for it names people.
 */
#ifndef LYMPH_EXPORT_H
#define LYMPH_EXPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"

enum export_form { EXPORT_XARF, EXPORT_ARF, EXPORT_CSV, EXPORT_FORMS };

struct export {
	enum export_form form;
	bool pseudonyms;
	uint8_t key[32];  /* random, for this export only */
	FILE *to;
	uint64_t reports; /* written */
	uint64_t bare;    /* ... without evidence that was there once: its time is over */
	uint64_t failed;  /* not written: they fit in no such document */
};

/* EXPORT_FORMS if unknown. */
enum export_form export_form_by_name(const char *s);
/* A new export: makes its key; prints what stands at the top. */
void export_begin(struct export *x);
/* One report of a page of the control socket's "export". 0, or -EIO when it cannot be written. */
int export_report(struct export *x, const json_t *page, const json_t *report);

/* Of a page: "" and 0 for what is not there. */
static inline const char *
export_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

static inline int64_t
export_number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* export_doc.c */
#define EXPORT_ALIAS 33
/* 2001:db8::/32 (RFC 3849): reads as an address everywhere, and is nobody's. */
struct addr export_alias_addr(const struct export *x, const struct addr *a);
/* 32 hex digits. kind keeps the same text apart as line, reporter, report. Returns buf. */
char *export_alias(const struct export *x, const char *kind, const char *text, char buf[EXPORT_ALIAS]);
/* The report as a XARF document of one line, malloc'ed; NULL: it is none, and cannot be made
 * one. *bare: without the evidence it had. */
char *export_document(const struct export *x, const json_t *page, const json_t *report, bool *bare);

#endif
