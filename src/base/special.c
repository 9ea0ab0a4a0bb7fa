/* SPDX-License-Identifier: BSD-2-Clause */
/* Special-purpose addresses, see special.h. Must never let one of this host or of the site
 * through, in whatever notation it came. */
#include "base/special.h"

#include <string.h>

static const struct {
	struct prefix p;
} rows[] = {
#define V4(len, a, b, c)  { { { 4, { a, b, c } }, len } }
#define V6(len, ...)      { { { 6, { __VA_ARGS__ } }, len } }
	V4(8, 0, 0, 0), V4(8, 10, 0, 0), V4(10, 100, 64, 0), V4(8, 127, 0, 0), V4(16, 169, 254, 0),
	V4(12, 172, 16, 0), V4(24, 192, 0, 0), V4(24, 192, 88, 99), V4(16, 192, 168, 0), V4(3, 224, 0, 0),
	V6(8, 0), V6(64, 0x01), /* the first holds ::1, mapped and translated IPv4 (64:ff9b::/96) */
	V6(32, 0x20, 0x01), V6(16, 0x20, 0x02), V6(7, 0xfc), V6(10, 0xfe, 0x80), V6(10, 0xfe, 0xc0), V6(8, 0xff),
#undef V4
#undef V6
};

bool
addr_is_special(const struct addr *a)
{
	if (a->fam != 4 && a->fam != 6)
		return true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (prefix_has(&rows[i].p, a))
			return true;
	return false;
}
