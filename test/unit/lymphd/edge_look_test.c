/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at the judge's edge: a proof needs both who probes and the canary, what neither was asked for is no
 * answer, and a look whose answer was lost with a role is asked again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge_set.h"

static void
test_proof(void **state)
{
	(void)state;
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_ACCEPTED);
	uint64_t no = t.answer[0].case_no;
	UNTIL(t.looks >= 1);
	/* Not asked for; another target; no proof at all. */
	struct look lie = t.look[0];
	lie.no += 100;
	answer_look(&lie, VERDICT_OPEN, 9);
	lie = t.look[0];
	lie.target.b[3] = 99;
	answer_look(&lie, VERDICT_OPEN, 9);
	UNTIL(edge()->broken == 2);
	see_token(3);
	answer_look(&t.look[0], VERDICT_OPEN, 3);
	UNTIL(case_no(no).verified_times == 1);
	assert_true(case_no(no).score > Q32(90, 100));
	assert_int_equal(count_facts(FACT_LOOK), 1);
	check_replay();
}

/* Probe alone proves nothing. */
static void
test_one_sided(void **state)
{
	(void)state;
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_ACCEPTED);
	uint64_t no = t.answer[0].case_no;
	UNTIL(t.looks >= 1);
	answer_look(&t.look[0], VERDICT_OPEN, 3);
	see_token(4);
	UNTIL(count_facts(FACT_LOOK) == 1);
	assert_int_equal(case_no(no).verified_times, 0);
	assert_int_equal(case_no(no).last_verdict[t.look[0].vantage], VERDICT_INCONCLUSIVE);
	assert_int_equal(edge()->one_sided, 1);
}

/* A look not answered when the judge or the probe dies is asked again. */
static void
test_look_again(void **state)
{
	(void)state;
	assert_int_equal(ask(1, 7, 1, "{a}"), ANSWER_ACCEPTED);
	UNTIL(t.looks == 1);
	uint64_t no = t.look[0].no;
	judge_die();
	live("");
	UNTIL(t.looks == 1);
	assert_int_equal(t.look[0].no, no);
	for (size_t i = 2; i <= 3; i++) { /* probe dies: twice more */
		disconnect_role(ROLE_PROBE);
		probe_comes();
		UNTIL(t.looks == i);
		assert_int_equal(t.look[i - 1].no, no);
	}
	disconnect_role(ROLE_PROBE);
	t.probe = connect_role(ROLE_PROBE, from_judge);
	UNTIL(count_facts(FACT_LOOK) == 1); /* given up: inconclusive */
	assert_int_equal(edge()->looks_lost, 1);
	check_replay();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_proof),
		TEST(test_one_sided),
		TEST(test_look_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
