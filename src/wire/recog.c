/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine of the recognisers, see recog.h: every mention of the address becomes one byte that
 * cannot occur otherwise, so a pattern is compiled once and knows nothing of addresses. Bounded in
 * time and memory by PCRE2's own limits; must never match on what it could not finish. */
#include "wire/recog.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK      '\x01'
#define MATCH_MAX 200000u /* steps of backtracking per row and line */
#define HEAP_KIB  1024u
#define JIT_STACK (256u << 10)
#define PATTERN   2048

struct recog {
	pcre2_code **code; /* by index into recog_rows; NULL: not of this class */
	pcre2_match_context *ctx;
	pcre2_jit_stack *stack;
	pcre2_match_data *data;
	uint64_t limited;
	char line[RECOG_LINE];
};

bool
recog_has(enum class_id cls)
{
	for (size_t i = 0; i < recog_row_count; i++)
		if (cls != CLASS_NONE && recog_rows[i].cls == cls)
			return true;
	return false;
}

const char *
recog_says_name(enum recog_says s)
{
	static const char *const names[RECOG_N] = { "neutral", "supports", "contradicts" };
	return (unsigned)s < RECOG_N ? names[s] : "none";
}

/* <A> written out: the mark with what may stand around an address. */
static int
expand(const char *pattern, char out[PATTERN])
{
	static const char a[] = "(?:::ffff:)?\\[?\\x01\\]?(?:%[\\w.-]{1,32})?";
	size_t n = 0;
	for (const char *p = pattern; *p;) {
		bool here = strncmp(p, "<A>", 3) == 0;
		size_t add = here ? sizeof(a) - 1 : 1;
		if (n + add >= PATTERN)
			return -EINVAL;
		memcpy(out + n, here ? a : p, add);
		n += add;
		p += here ? 3 : 1;
	}
	out[n] = '\0';
	return 0;
}

static int
compile(const struct recog_row *row, pcre2_code **ret)
{
	char text[PATTERN];
	int err;
	PCRE2_SIZE at;
	if (expand(row->pattern, text) < 0)
		return -EINVAL;
	*ret = pcre2_compile(
	    (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_DOLLAR_ENDONLY, &err, &at, NULL);
	if (!*ret)
		return -EINVAL;
	/* Without JIT (no executable memory) the interpreter does the same, slower. */
	(void)pcre2_jit_compile(*ret, PCRE2_JIT_COMPLETE);
	return 0;
}

int
recog_new(enum class_id cls, struct recog **ret)
{
	if (!recog_has(cls))
		return -ENOTSUP;
	struct recog *r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->code = calloc(recog_row_count, sizeof(*r->code));
	r->ctx = pcre2_match_context_create(NULL);
	r->data = pcre2_match_data_create(1, NULL);
	int rc = r->code && r->ctx && r->data ? 0 : -ENOMEM;
	for (size_t i = 0; rc == 0 && i < recog_row_count; i++)
		if (recog_rows[i].cls == cls || recog_rows[i].cls == CLASS_NONE)
			rc = compile(&recog_rows[i], &r->code[i]);
	if (rc < 0) {
		recog_free(r);
		return rc;
	}
	pcre2_set_match_limit(r->ctx, MATCH_MAX);
	pcre2_set_heap_limit(r->ctx, HEAP_KIB);
	r->stack = pcre2_jit_stack_create(32u << 10, JIT_STACK, NULL);
	if (r->stack)
		pcre2_jit_stack_assign(r->ctx, NULL, r->stack);
	*ret = r;
	return 0;
}

void
recog_free(struct recog *r)
{
	if (!r)
		return;
	for (size_t i = 0; r->code && i < recog_row_count; i++)
		pcre2_code_free(r->code[i]);
	free(r->code);
	pcre2_match_data_free(r->data);
	pcre2_jit_stack_free(r->stack);
	pcre2_match_context_free(r->ctx);
	free(r);
}

uint64_t
recog_limited(const struct recog *r)
{
	return r->limited;
}

/* Copies s with each mention as one MARK. Returns the length; *marks says how many. */
static size_t
mark(struct recog *r, const struct logfind *f, const char *s, size_t n, unsigned *marks)
{
	struct logfind_hit hit;
	struct logfind_scan w;
	size_t out = 0, at = 0;
	logfind_start(&w, f, s, n);
	*marks = 0;
	while (at < n) {
		bool found = logfind_more(&w, at, &hit) && hit.at >= at;
		size_t to = found ? hit.at : n;
		for (; at < to;
		     at++) /* what could pass for a mark or end a string is neither here */
			r->line[out++] = s[at] == MARK || s[at] == '\0' ? '?' : s[at];
		if (!found)
			break;
		r->line[out++] = MARK;
		at = hit.at + hit.n;
		++*marks;
	}
	return out;
}

enum recog_says
recog_line(
    struct recog *r, const struct logfind *f, const char *s, size_t n, const struct recog_row **row)
{
	unsigned marks;
	*row = NULL;
	while (n > 0 && (s[n - 1] == '\n' || s[n - 1] == '\r'))
		n--;
	n = mark(r, f, s, n < RECOG_LINE ? n : RECOG_LINE, &marks);
	for (size_t i = 0; marks && i < recog_row_count; i++) {
		if (!r->code[i])
			continue;
		int rc = pcre2_match(r->code[i], (PCRE2_SPTR)r->line, n, 0, 0, r->data, r->ctx);
		if (rc >= 0) {
			*row = &recog_rows[i];
			return recog_rows[i].says;
		}
		if (rc != PCRE2_ERROR_NOMATCH) {
			/* A later row must not decide what an earlier one might have. */
			r->limited++;
			return RECOG_NEUTRAL;
		}
	}
	return RECOG_NEUTRAL;
}
