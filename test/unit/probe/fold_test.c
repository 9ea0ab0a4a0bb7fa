/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings to verdicts: every pair by the documented order, and the one special rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/fold.h"

static enum verdict
verdict_of(enum found f)
{
	enum verdict v;
	enum look_reason r;
	fold_verdict(f, &v, &r);
	return v;
}

static void
test_order(void **state)
{
	(void)state;
	/* open > auth > inconclusive > closed > filtered > no-answer */
	static const int strength[VERDICT_N] = { [VERDICT_OPEN] = 6, [VERDICT_AUTH] = 5,
		[VERDICT_INCONCLUSIVE] = 4, [VERDICT_CLOSED] = 3, [VERDICT_FILTERED] = 2,
		[VERDICT_NO_ANSWER] = 1 };
	for (int a = 1; a < FOUND_N; a++)
		for (int b = 1; b < FOUND_N; b++) {
			enum found f = fold_two((enum found)a, (enum found)b);
			int va = strength[verdict_of((enum found)a)], vb = strength[verdict_of((enum found)b)];
			assert_int_equal(strength[verdict_of(f)], va > vb ? va : vb);
			assert_int_equal(f, fold_two((enum found)b, (enum found)a));
			assert_int_equal(fold_two(FOUND_NOTHING, (enum found)b), b);
		}
}

static void
test_reasons(void **state)
{
	(void)state;
	enum verdict v;
	enum look_reason r;
	for (int f = -1; f <= FOUND_N; f++) {
		fold_verdict((enum found)f, &v, &r);
		assert_int_equal(v == VERDICT_INCONCLUSIVE, r != REASON_NONE);
	}
	fold_verdict(FOUND_FLOOD, &v, &r);
	assert_int_equal(r, REASON_FLOOD);
	fold_verdict(FOUND_NOTHING, &v, &r);
	assert_int_equal(r, REASON_LOCAL); /* never a result where nothing was tried */
}

static void
test_mute(void **state)
{
	(void)state;
	const enum found tarpit[PROBE_N] = { 0, FOUND_MUTE, FOUND_MUTE, FOUND_MUTE, FOUND_MUTE, FOUND_MUTE };
	const enum found web[PROBE_N] = { 0, FOUND_CLOSED, FOUND_CLOSED, FOUND_MUTE, FOUND_MUTE, FOUND_MUTE };
	const enum found drip[PROBE_N] = { 0, FOUND_CLOSED, FOUND_CLOSED, FOUND_SLOW, FOUND_MUTE, FOUND_MUTE };
	const enum found squid[PROBE_N] = { 0, FOUND_CLOSED, FOUND_OPEN };
	const enum found login[PROBE_N] = { 0, FOUND_AUTH, FOUND_AUTH, FOUND_MUTE, FOUND_CLOSED, FOUND_MUTE };
	const enum found refused[PROBE_N] = { FOUND_CLOSED };
	const enum found ours[PROBE_N] = { 0, FOUND_CLOSED, FOUND_LOCAL };
	const enum found none[PROBE_N] = { 0 };
	assert_int_equal(fold_port(tarpit), FOUND_MUTE);
	assert_int_equal(fold_port(web), FOUND_CLOSED);
	assert_int_equal(fold_port(drip), FOUND_SLOW);
	assert_int_equal(fold_port(squid), FOUND_OPEN);
	assert_int_equal(fold_port(login), FOUND_AUTH);
	assert_int_equal(fold_port(refused), FOUND_CLOSED);
	assert_int_equal(fold_port(ours), FOUND_LOCAL);
	assert_int_equal(fold_port(none), FOUND_NOTHING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_mute),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
