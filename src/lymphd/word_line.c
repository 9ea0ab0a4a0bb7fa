/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines people send the warden, see word_line.h. It runs as root on what any member of staff types:
 * no allocation, no library, one pass. Must never let a control character or broken UTF-8 through.
 */
#include "lymphd/word_line.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* What is left of the line. */
struct rest {
	const char *s, *end;
};

/* Printable ASCII and well-formed UTF-8 from U+00A0 on. */
static bool
clean(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + n;
	while (p < end) {
		size_t k = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
		if (*p < 0x20 || *p == 0x7f || (*p >= 0x80 && *p < 0xc2) || *p > 0xf4 ||
		    (size_t)(end - p) < k)
			return false;
		for (size_t i = 1; i < k; i++)
			if ((p[i] & 0xc0) != 0x80)
				return false;
		if ((*p == 0xc2 && p[1] < 0xa0) || (*p == 0xe0 && p[1] < 0xa0) ||
		    (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
		    (*p == 0xf4 && p[1] > 0x8f))
			return false;
		p += k;
	}
	return true;
}

/* The next word; empty at the end. */
static struct rest
word(struct rest *r)
{
	while (r->s < r->end && *r->s == ' ')
		r->s++;
	struct rest w = { r->s, r->s };
	while (w.end < r->end && *w.end != ' ')
		w.end++;
	r->s = w.end;
	return w;
}

static bool
is(struct rest w, const char *s)
{
	size_t n = strlen(s);
	return (size_t)(w.end - w.s) == n && memcmp(w.s, s, n) == 0;
}

static bool
number(struct rest w, uint64_t *ret)
{
	uint64_t v = 0;
	if (w.s == w.end || w.end - w.s > 18)
		return false;
	for (const char *p = w.s; p < w.end; p++) {
		if (*p < '0' || *p > '9')
			return false;
		v = v * 10 + (uint64_t)(*p - '0');
	}
	*ret = v;
	return true;
}

static const struct {
	const char *name;
	enum word_verb verb;
	bool text, must; /* takes a reason; must have one */
} verbs[] = {
	{ "status", WORD_STATUS, false, false },
	{ "mode", WORD_MODE, true, false },
	{ "approve", WORD_APPROVE, false, false },
	{ "reject", WORD_REJECT, false, false },
	{ "panic", WORD_PANIC, true, false },
	{ "resume", WORD_RESUME, true, true },
	{ "protect", WORD_PROTECT_LIST, true, false },
	{ "conscience", WORD_CONSCIENCE, true, false },
	{ "audit", WORD_AUDIT, false, false },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

/* What stands between verb and reason. NULL, or what is wrong. */
static const char *
argument(struct rest *r, struct word_line *l)
{
	struct rest w;
	switch (l->verb) {
	case WORD_MODE:
		w = word(r);
		l->mode = is(w, "enforce") ? MODE_ENFORCE : MODE_OBSERVE;
		return is(w, "enforce") || is(w, "observe") ? NULL : "mode takes observe or enforce";
	case WORD_APPROVE:
	case WORD_REJECT:
		w = word(r);
		if (w.s == w.end || *w.s++ != 'm' || !number(w, &l->n))
			return "this takes what waits here, as m1";
		return NULL;
	case WORD_PROTECT_LIST:
		w = word(r);
		if (is(w, "list"))
			return NULL;
		if (!is(w, "add") && !is(w, "del"))
			return "protect takes add, del or list";
		l->verb = is(w, "add") ? WORD_PROTECT_ADD : WORD_PROTECT_DEL;
		w = word(r);
		int rc = prefix_parse(w.s, (size_t)(w.end - w.s), &l->prefix);
		return rc == -EDOM ? "the prefix has bits set behind its length"
		       : rc	   ? "this takes an address or a prefix, as 192.0.2.0/24"
				   : NULL;
	case WORD_CONSCIENCE:
		w = word(r);
		if (is(w, "take"))
			l->verb = WORD_CONSCIENCE_TAKE;
		return w.s == w.end || is(w, "take") ? NULL : "conscience takes nothing, or take";
	case WORD_AUDIT:
		w = word(r);
		l->n = 1;
		return w.s == w.end || number(w, &l->n) ? NULL : "audit takes the number of an entry";
	default: return NULL;
	}
}

int
word_parse(const char *s, size_t n, struct word_line *ret, const char **why)
{
	struct rest r = { s, s + n };
	struct word_line l = { .verb = WORD_VERB_N };
	*why = "the line has control characters, or is no UTF-8";
	if (!clean(s, n))
		return -EINVAL;
	struct rest w = word(&r);
	size_t i = 0;
	while (i < VERBS && !is(w, verbs[i].name))
		i++;
	*why = "no such verb: there are status, mode, approve, reject, panic, resume, protect, "
	       "conscience, audit";
	if (i == VERBS)
		return -EINVAL;
	l.verb = verbs[i].verb;
	*why = argument(&r, &l);
	if (*why)
		return -EINVAL;
	while (r.s < r.end && *r.s == ' ')
		r.s++;
	while (r.end > r.s && r.end[-1] == ' ')
		r.end--;
	size_t left = (size_t)(r.end - r.s);
	*why = "a word too many";
	if (left && (!verbs[i].text || l.verb == WORD_PROTECT_LIST || l.verb == WORD_CONSCIENCE))
		return -EINVAL;
	*why = "the reason has more than 249 bytes";
	if (left >= sizeof(l.text))
		return -EINVAL;
	*why = "say why: a reason has to be given";
	if (!left && verbs[i].must)
		return -EINVAL;
	memcpy(l.text, r.s, left);
	*ret = l;
	return 0;
}
