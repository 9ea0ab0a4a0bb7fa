/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine of the recognisers, see recog.h: every mention of the address becomes one byte that
 * cannot occur otherwise, so a pattern is compiled once and knows nothing of addresses. One pass over
 * the line finds which rows can match at all; only these are tried. Bounded in time and memory by
 * PCRE2's own limits; must never match on what it could not finish. */
#include "wire/recog.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/litset.h"

#define MARK      '\x01'
#define MATCH_MAX 200000u /* steps of backtracking per row and line */
#define HEAP_KIB  1024u
#define JIT_STACK (256u << 10)
#define PATTERN   3072
#define PAIRS     16
#define ROWS_MAX  1024
#define WORDS     (ROWS_MAX / 64)
#define NEEDS_MAX 2048
#define NEED_TEXT 64
#define COUNT_MAX 10000u
#define SAME      4 /* groups of one name in a pattern: alternatives */

enum group { GROUP_SP, GROUP_DP, GROUP_PR, GROUP_CT, GROUP_N };

struct rule {
	pcre2_code *code; /* NULL: not of this class */
	uint8_t group[GROUP_N][SAME]; /* numbers of the groups of that name; 0: none */
};

struct recog {
	enum class_id cls;
	size_t rows;
	struct rule *rule;       /* by index */
	uint64_t always[WORDS];  /* rows that need nothing */
	struct litset *lits;
	char (*lit)[NEED_TEXT];
	uint16_t *lit_row;       /* by literal */
	size_t lit_n;
	uint8_t *seen;
	pcre2_match_context *ctx;
	pcre2_jit_stack *stack;
	pcre2_match_data *data;
	uint64_t limited;
	char line[RECOG_LINE];
};

size_t
recog_rows_n(void)
{
	size_t n = 0;
	for (size_t i = 0; i < recog_table_count; i++)
		n += *recog_tables[i].n;
	return n;
}

const struct recog_row *
recog_row_at(size_t i)
{
	for (size_t t = 0; t < recog_table_count; t++) {
		if (i < *recog_tables[t].n)
			return &recog_tables[t].rows[i];
		i -= *recog_tables[t].n;
	}
	return NULL;
}

const char *
recog_says_name(enum recog_says s)
{
	static const char *const names[RECOG_N] = { "neutral", "supports", "contradicts" };
	return (unsigned)s < RECOG_N ? names[s] : "none";
}

/* <A> and <P> written out: the mark with what may stand around an address. */
static int
expand(const char *pattern, char out[PATTERN])
{
#define ADDRESS "(?:::ffff:)?\\[?(?:(?i:ipv6:))?\\x01\\]?(?:%[\\w.-]{1,32})?"
	static const char *const words[][2] = {
		{ "<A>", ADDRESS },
		{ "<P>", ADDRESS "\\]?(?:(?:[:#/.(]|,? port[ :=]{1,2}|, )(?<sp>\\d{1,5})(?![\\d]))?" },
	};
	size_t n = 0;
	for (const char *p = pattern; *p;) {
		const char *text = p;
		size_t from = 1, add = 1;
		for (size_t w = 0; w < 2; w++) {
			if (strncmp(p, words[w][0], 3) != 0)
				continue;
			from = 3;
			text = words[w][1];
			add = strlen(text);
		}
		if (n + add >= PATTERN)
			return -EINVAL;
		memcpy(out + n, text, add);
		n += add;
		p += from;
	}
	out[n] = '\0';
	return 0;
}

static int
compile(const struct recog_row *row, struct rule *ret)
{
	static const char *const names[GROUP_N] = { "sp", "dp", "pr", "ct" };
	char text[PATTERN];
	int err;
	PCRE2_SIZE at;
	if (expand(row->pattern, text) < 0)
		return -EINVAL;
	ret->code = pcre2_compile(
	    (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_DOLLAR_ENDONLY | PCRE2_DUPNAMES, &err, &at, NULL);
	if (!ret->code)
		return -EINVAL;
	for (int g = 0; g < GROUP_N; g++) {
		PCRE2_SPTR from, to;
		int step = pcre2_substring_nametable_scan(ret->code, (PCRE2_SPTR)names[g], &from, &to);
		for (unsigned k = 0; step > 0 && k < SAME && from <= to; k++, from += step)
			ret->group[g][k] = from[0] == 0 && from[1] < PAIRS ? from[1] : 0;
	}
	/* Without JIT (no executable memory) the interpreter does the same, slower. */
	(void)pcre2_jit_compile(ret->code, PCRE2_JIT_COMPLETE);
	return 0;
}

/* What row i needs, into the list of literals. */
static int
needs(struct recog *r, size_t i)
{
	const char *p = recog_row_at(i)->need;
	if (!*p) {
		r->always[i / 64] |= (uint64_t)1 << (i % 64);
		return 0;
	}
	for (;;) {
		size_t n = strcspn(p, "|");
		if (n == 0 || n >= NEED_TEXT || r->lit_n == NEEDS_MAX)
			return -EINVAL;
		memcpy(r->lit[r->lit_n], p, n);
		r->lit[r->lit_n][n] = '\0';
		r->lit_row[r->lit_n++] = (uint16_t)i;
		if (!p[n])
			return 0;
		p += n + 1;
	}
}

static int
compile_all(struct recog *r)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < r->rows; i++) {
		const struct recog_row *row = recog_row_at(i);
		if (r->cls != CLASS_NONE && !(row->of & RECOG_OF(r->cls)))
			continue;
		rc = compile(row, &r->rule[i]);
		if (rc == 0)
			rc = needs(r, i);
	}
	const char **texts = calloc(r->lit_n + 1, sizeof(*texts));
	for (size_t i = 0; texts && i < r->lit_n; i++)
		texts[i] = r->lit[i];
	if (rc == 0)
		rc = texts ? litset_new(texts, r->lit_n, &r->lits) : -ENOMEM;
	free(texts);
	return rc;
}

int
recog_new(enum class_id cls, struct recog **ret)
{
	struct recog *r = calloc(1, sizeof(*r));
	if (!r || (unsigned)cls >= CLASS_N || recog_rows_n() > ROWS_MAX) {
		free(r);
		return r ? -EINVAL : -ENOMEM;
	}
	r->cls = cls;
	r->rows = recog_rows_n();
	r->rule = calloc(r->rows, sizeof(*r->rule));
	r->lit = calloc(NEEDS_MAX, sizeof(*r->lit));
	r->lit_row = calloc(NEEDS_MAX, sizeof(*r->lit_row));
	r->seen = calloc(NEEDS_MAX, 1);
	r->ctx = pcre2_match_context_create(NULL);
	r->data = pcre2_match_data_create(PAIRS, NULL);
	int rc = r->rule && r->lit && r->lit_row && r->seen && r->ctx && r->data ? 0 : -ENOMEM;
	if (rc == 0)
		rc = compile_all(r);
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
	for (size_t i = 0; r->rule && i < r->rows; i++)
		pcre2_code_free(r->rule[i].code);
	free(r->rule);
	free(r->lit);
	free(r->lit_row);
	free(r->seen);
	litset_free(r->lits);
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

/* The number in a group, up to max; 0 when it is not there or greater. */
static uint32_t
number(const struct recog *r, unsigned group, uint32_t max)
{
	PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->data);
	uint32_t v = 0;
	if (!group)
		return 0;
	for (PCRE2_SIZE i = at[2 * group]; i < at[2 * group + 1]; i++) {
		if (r->line[i] < '0' || r->line[i] > '9' || v > max)
			return 0;
		v = v * 10 + (uint32_t)(r->line[i] - '0');
	}
	return v <= max ? v : 0;
}

/* RFC 790's numbers by name or as they are. */
static uint8_t
protocol(const struct recog *r, unsigned group)
{
	static const struct {
		const char *name;
		uint8_t no;
	} names[] = { { "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "icmpv6", 58 }, { "icmp6", 58 },
		{ "ipv6-icmp", 58 }, { "igmp", 2 }, { "gre", 47 }, { "esp", 50 }, { "sctp", 132 } };
	PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->data);
	if (!group)
		return 0;
	const char *s = r->line + at[2 * group];
	size_t n = at[2 * group + 1] - at[2 * group];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == n && strncasecmp(names[i].name, s, n) == 0)
			return names[i].no;
	return (uint8_t)number(r, group, 255);
}

static void
fill(const struct recog *r, enum class_id cls, size_t i, int pairs, struct recog_found *ret)
{
	PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->data);
	uint8_t group[GROUP_N] = { 0 };
	for (int g = 0; g < GROUP_N; g++) {
		for (int k = 0; k < SAME; k++) {
			uint8_t no = r->rule[i].group[g][k];
			if (no && no < pairs && at[2 * no] != PCRE2_UNSET) /* behind pairs all are unset */
				group[g] = no;
		}
	}
	ret->row = recog_row_at(i);
	ret->says = (enum recog_says)ret->row->says;
	ret->index = i;
	/* A proxy's own port is not the one its requests to others come from. */
	if (cls != CLASS_OPEN_PROXY || !(ret->row->flags & RECOG_HINTED))
		ret->port = (uint16_t)number(r, group[GROUP_SP], 65535);
	ret->far_port = (uint16_t)number(r, group[GROUP_DP], 65535);
	ret->proto = protocol(r, group[GROUP_PR]);
	uint32_t count = number(r, group[GROUP_CT], COUNT_MAX);
	ret->count = count ? count : 1;
}

struct can {
	const struct recog *r;
	uint64_t rows[WORDS];
};

static void
can_match(size_t number, void *arg)
{
	struct can *c = arg;
	unsigned row = c->r->lit_row[number];
	c->rows[row / 64] |= (uint64_t)1 << (row % 64);
}

enum recog_says
recog_judge(struct recog *r, enum class_id cls, const struct logfind *f, const char *s, size_t n,
    struct recog_found *ret)
{
	struct can can = { .r = r };
	unsigned marks;
	if (r->cls != CLASS_NONE)
		cls = r->cls;
	memset(ret, 0, sizeof(*ret));
	ret->count = 1;
	while (n > 0 && (s[n - 1] == '\n' || s[n - 1] == '\r'))
		n--;
	for (; n > 0 && (*s == ' ' || *s == '\t' || *s == '>'); s++) /* indented or quoted in a mail */
		n--;
	n = mark(r, f, s, n < RECOG_LINE ? n : RECOG_LINE, &marks);
	if (!marks)
		return RECOG_NEUTRAL;
	memcpy(can.rows, r->always, sizeof(can.rows));
	litset_scan(r->lits, r->line, n, r->seen, can_match, &can);
	for (size_t w = 0; w < WORDS; w++) {
		for (; can.rows[w]; can.rows[w] &= can.rows[w] - 1) {
			size_t i = 64 * w + (size_t)__builtin_ctzll(can.rows[w]);
			const struct recog_row *row = recog_row_at(i);
			if (cls != CLASS_NONE ? !(row->of & RECOG_OF(cls)) :
			                        row->says == RECOG_SUPPORTS && (row->flags & RECOG_HINTED))
				continue;
			int rc = pcre2_match(
			    r->rule[i].code, (PCRE2_SPTR)r->line, n, 0, 0, r->data, r->ctx);
			if (rc >= 0) {
				fill(r, cls, i, rc, ret);
				return ret->says;
			}
			if (rc != PCRE2_ERROR_NOMATCH) {
				/* A later row must not decide what an earlier one might have. */
				r->limited++;
				return RECOG_NEUTRAL;
			}
		}
	}
	return RECOG_NEUTRAL;
}

enum recog_says
recog_line(
    struct recog *r, const struct logfind *f, const char *s, size_t n, const struct recog_row **row)
{
	struct recog_found found;
	recog_judge(r, CLASS_NONE, f, s, n, &found);
	*row = found.row;
	return found.says;
}
