/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking others out of log lines before they leave: words, user names, addresses that are not the accused
 * one, mail addresses, query strings. The same one becomes the same placeholder, so that who did how much
 * can still be seen. What a program wrote around it stays, or the line would be no evidence any more.
 */
#ifndef LYMPH_REDACT_H
#define LYMPH_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"

#define REDACT_WORDS 16
#define REDACT_KNOWN 4096 /* different ones told apart; those behind them are one */

struct redact {
	bool users, others;        /* others: all that is not the accused */
	const char *word[REDACT_WORDS]; /* taken out wherever they stand, in whatever case; not owned */
	unsigned words;
	struct addr subject;       /* stays */
	struct redact_known {
		char kind;         /* '4', '6', 'm', 'u' */
		char *text;
	} known[REDACT_KNOWN];
	unsigned knowns, of[4];    /* of: how many of each kind */
	unsigned long taken;       /* places */
};

/* "user", "all-but" (all but the accused), or a word. false: there are REDACT_WORDS already, or it is "". */
bool redact_add(struct redact *r, const char *what);
bool redact_any(const struct redact *r);
/* The line (without its end) as it may leave, malloc'ed, not NUL-ended; NULL: out of memory. */
char *redact_line(struct redact *r, const char *s, size_t n, size_t *ret_n);
void redact_free(struct redact *r);

#endif
