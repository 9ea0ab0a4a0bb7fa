/* SPDX-License-Identifier: BSD-2-Clause */
/* The compiled map of own prefixes says what the policy says, for every length and family. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detect/own.h"

static uint64_t state = 1;

static uint32_t
dice(void)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(state >> 33);
}

/* Few distinct bytes, so that prefixes nest and meet. */
static struct addr
any(unsigned fam)
{
	struct addr a = { .fam = (uint8_t)fam };
	for (unsigned i = 0; i < (fam == 4 ? 4U : 16U); i++)
		a.b[i] = (uint8_t)(dice() % 4 ? (dice() % 3) << 6 | 0x20 : dice());
	if (fam == 6)
		a.b[0] = 0x20;
	return a;
}

static void
same_as_policy(void **unused)
{
	(void)unused;
	for (int round = 0; round < 40; round++) {
		struct policy *p = policy_new();
		for (int i = 0; i < 300; i++) {
			struct addr a = any(dice() % 2 ? 4 : 6);
			unsigned len = dice() % (addr_bits(&a) + 1);
			struct policy_row r = { .lpm.prefix = prefix_of(&a, len) };
			if (a.fam == 6)
				r.delegated = (uint8_t)(len > 56 ? len : 56);
			policy_add(p, &r);
		}
		size_t left_out = 1;
		struct own *o = own_new(p, &left_out);
		assert_non_null(o);
		assert_int_equal(left_out, 0);
		for (int i = 0; i < 5000; i++) {
			struct addr a = any(dice() % 2 ? 4 : 6);
			uint16_t no = own_find(o, &a);
			const struct policy_row *want = policy_find(p, &a);
			assert_ptr_equal(no ? own_row(o, no)->row : NULL, want);
			if (!no)
				continue;
			uint64_t key = own_key(o, no, &a);
			assert_true(key != 0);
			struct prefix s = own_prefix(o, no, key), w = policy_subject(want, &a);
			if (w.len <= 64)
				assert_int_equal(prefix_cmp(&s, &w), 0);
			else
				assert_true(prefix_has(&s, &w.a));
		}
		own_free(o);
		policy_free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(same_as_policy) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
