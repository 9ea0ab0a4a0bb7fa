/* SPDX-License-Identifier: BSD-2-Clause */
/* Canonical encodings, see pack.h. */
#include "base/pack.h"

#include <string.h>

void
addr_encode(struct writer *w, const struct addr *a)
{
	w8(w, a->fam);
	wbytes(w, a->b, a->fam == 4 ? 4 : a->fam == 6 ? 16 : 0);
}

void
addr_decode(struct reader *r, struct addr *ret)
{
	*ret = (struct addr){ .fam = r8(r) };
	if (ret->fam != 0 && ret->fam != 4 && ret->fam != 6)
		r->bad = true;
	rbytes(r, ret->b, ret->fam == 4 ? 4 : ret->fam == 6 ? 16 : 0);
}

void
prefix_encode(struct writer *w, const struct prefix *p)
{
	addr_encode(w, &p->a);
	w8(w, p->len);
}

void
prefix_decode(struct reader *r, struct prefix *ret)
{
	struct prefix p = { 0 };
	addr_decode(r, &p.a);
	p.len = r8(r);
	struct prefix masked = prefix_of(&p.a, p.len);
	if (p.len > addr_bits(&p.a) || !addr_eq(&masked.a, &p.a))
		r->bad = true;
	*ret = p;
}

void
wtext(struct writer *w, const char *s, size_t room)
{
	size_t n = strnlen(s, room - 1);
	w8(w, (uint8_t)n);
	wbytes(w, s, n);
}

void
rtext(struct reader *r, char *s, size_t room)
{
	size_t n = r8(r);
	if (n >= room) {
		r->bad = true;
		n = 0;
	}
	rbytes(r, s, n);
	s[n] = '\0';
	if (memchr(s, '\0', n))
		r->bad = true;
}

uint8_t
r8below(struct reader *r, unsigned limit)
{
	uint8_t v = r8(r);
	if (v >= limit)
		r->bad = true;
	return v;
}
