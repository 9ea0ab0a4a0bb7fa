/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges, see range.h. Must never give a prefix that reaches out of its range. */
#include "base/range.h"

bool
range_ok(const struct addr *first, const struct addr *last)
{
	return (first->fam == 4 || first->fam == 6) && first->fam == last->fam && addr_cmp(first, last) <= 0;
}

bool
range_has(const struct addr *first, const struct addr *last, const struct addr *a)
{
	return a->fam == first->fam && addr_cmp(first, a) <= 0 && addr_cmp(a, last) <= 0;
}

struct addr
prefix_last(const struct prefix *p)
{
	struct addr a = p->a;
	for (unsigned bit = p->len; bit < addr_bits(&a); bit++)
		a.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return a;
}

struct addr
addr_next(const struct addr *a)
{
	struct addr next = *a;
	for (unsigned i = addr_bits(a) / 8; i-- > 0;)
		if (++next.b[i])
			return next;
	return (struct addr){ .fam = 0 };
}

struct prefix
range_around(const struct addr *first, const struct addr *last, const struct addr *a)
{
	for (unsigned len = 0; len < addr_bits(a); len++) {
		struct prefix p = prefix_of(a, len);
		struct addr end = prefix_last(&p);
		if (addr_cmp(first, &p.a) <= 0 && addr_cmp(&end, last) <= 0)
			return p;
	}
	return prefix_of(a, addr_bits(a));
}
