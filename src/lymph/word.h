/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking the warden, whose socket lies beside the control socket and answers even when the judge does
 * not: a line, and lines back. */
#ifndef LYMPH_WORD_H
#define LYMPH_WORD_H

#include "lymph/ctl.h"

struct word_reply {
	char *all;       /* owned; the lines before the last, NUL-ended */
	bool ok;
	char code[32];   /* when not ok: "not-allowed" ... */
	const char *last; /* what stands behind "ok" or the code; in all's memory */
};

/* Sends line, without a newline in it. 0; 1 after having said why on stderr: nobody there, or "no", and
 * only then ret->code is set. */
int word_ask(const struct ctl *c, const char *line, struct word_reply *ret);
void word_free(struct word_reply *r);
/* The next line of r->all: *at begins at r->all; NULL at the end. The newline is taken out. */
char *word_line(char **at);

/* Settles what waits at the warden for a second person: verb "approve" or "reject", id "m3". Says what
 * came of it; returns the exit status. */
int word_settle(const struct ctl *c, const char *verb, const char *id);

#endif
