/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and prefixes from their text, which a test wrote itself. */
#ifndef TEST_PARSE_H
#define TEST_PARSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"

static inline struct addr
addr(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

static inline struct prefix
pfx(const char *s)
{
	struct prefix p;
	assert_int_equal(prefix_parse(s, strlen(s), &p), 0);
	return p;
}

#endif
