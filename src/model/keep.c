/* SPDX-License-Identifier: BSD-2-Clause */
/* Holds and forgettings: their names and their one encoding, see keep.h. */
#include "model/keep.h"

#include <string.h>

#include "base/pack.h"

const char *
keep_verb_name(enum keep_verb v)
{
	static const char *const names[KEEP_VERB_N] = { "hold", "hold-drop", "forget", "forget-done" };
	return (unsigned)v < KEEP_VERB_N ? names[v] : "";
}

const char *
keep_what_name(enum keep_what w)
{
	static const char *const names[KEEP_WHAT_N] = { "case", "address", "line", "reporter" };
	return (unsigned)w < KEEP_WHAT_N ? names[w] : "";
}

bool
keep_same(const struct keep_set *a, const struct keep_set *b)
{
	if (a->what != b->what)
		return false;
	switch ((enum keep_what)a->what) {
	case KEEP_CASE: return a->no == b->no;
	case KEEP_ADDRESS: return addr_eq(&a->addr, &b->addr);
	case KEEP_LINE: return strcmp(a->line, b->line) == 0;
	case KEEP_REPORTER: return memcmp(a->key, b->key, sizeof(a->key)) == 0;
	case KEEP_WHAT_N: break;
	}
	return false;
}

void
keep_encode(struct writer *w, const struct keep_set *p)
{
	w8(w, p->verb);
	w8(w, p->what);
	w64(w, p->no);
	addr_encode(w, &p->addr);
	wtext(w, p->line, sizeof(p->line));
	wbytes(w, p->key, sizeof(p->key));
	wbytes(w, p->alias, sizeof(p->alias));
	w64(w, (uint64_t)p->until);
	w32(w, p->uid);
	w32(w, p->second);
	wtext(w, p->text, sizeof(p->text));
}

void
keep_decode(struct reader *r, struct keep_set *p)
{
	p->verb = r8below(r, KEEP_VERB_N);
	p->what = r8below(r, KEEP_WHAT_N);
	p->no = r64(r);
	addr_decode(r, &p->addr);
	rtext(r, p->line, sizeof(p->line));
	rbytes(r, p->key, sizeof(p->key));
	rbytes(r, p->alias, sizeof(p->alias));
	p->until = (msec)r64(r);
	p->uid = r32(r);
	p->second = r32(r);
	rtext(r, p->text, sizeof(p->text));
}
