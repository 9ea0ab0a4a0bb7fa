/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of the warden's socket as a struct; see warden_word.h for the verbs. */
#ifndef LYMPHD_WORD_LINE_H
#define LYMPHD_WORD_LINE_H

#include "base/addr.h"
#include "model/desk.h"

enum word_verb {
	WORD_STATUS,
	WORD_MODE,
	WORD_APPROVE,
	WORD_REJECT,
	WORD_PANIC,
	WORD_RESUME,
	WORD_PROTECT_ADD,
	WORD_PROTECT_DEL,
	WORD_PROTECT_LIST,
	WORD_CONSCIENCE,
	WORD_CONSCIENCE_TAKE,
	WORD_AUDIT,
	WORD_VERB_N,
};

struct word_line {
	enum word_verb verb;
	enum mode mode;
	struct prefix prefix;
	uint64_t n;           /* approve, reject: N of mN; audit: first entry */
	char text[DESK_TEXT]; /* reason, UTF-8 without control characters; "" none */
};

/* n bytes, without the newline. 0 or -EINVAL with what is wrong in *why (fixed words). */
int word_parse(const char *s, size_t n, struct word_line *ret, const char **why);

#endif
