/* SPDX-License-Identifier: BSD-2-Clause */
/* What reporters are told: a proven one what happened, an unproven one nothing that depends on it. And how
 * many of what they said is still unknown. */
#include "judge/outcome_word.h"

#include "world.h"

static struct outcome_told
told(const struct world *w, unsigned key, const char *subject, uint64_t no, msec arrived)
{
	struct outcome_ask a = { .cls = CLASS_OPEN_PROXY, .subject = addr_of(subject), .port = 3128,
		.case_no = no, .arrived = arrived };
	struct outcome_told t;
	if (key)
		a.key = key_of(key);
	outcome_tell(w->judge, &a, w->now, &t);
	return t;
}

static uint64_t
both_say(struct world *w, const char *subject)
{
	struct report a = report_of(1, subject, EVIDENCE_TEXT), b = report_of(2, subject, EVIDENCE_TEXT);
	a.event = b.event = w->now;
	uint64_t no = world_report(w, &a);
	assert_int_equal(world_report(w, &b), no);
	return no;
}

static void
test_proven(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_pin(&w, 1, Q32(90, 100), false, 0);
	msec at = w.now;
	uint64_t no = both_say(&w, "192.0.2.1"), other = both_say(&w, "192.0.2.7");
	assert_int_equal(told(&w, 1, "192.0.2.1", no, at).word, WORD_ACCEPTED);
	assert_false(told(&w, 1, "192.0.2.1", no, at).coarse);
	while (world_case(&w, no).verified_times == 0 || world_case(&w, other).verified_times == 0)
		if (!world_answer(&w, VERDICT_OPEN))
			break;
	struct outcome_told t = told(&w, 1, "192.0.2.1", no, at);
	assert_int_equal(t.word, WORD_VERIFIED);
	assert_int_equal(t.since % MSEC_HOUR, 0);
	assert_true(t.since <= w.now && t.since > w.now - 2 * MSEC_HOUR);
	/* Not an address of ours, whatever there once was. */
	assert_int_equal(told(&w, 1, "9.9.9.9", no, at).word, WORD_WRONG_NETWORK);
	world_desk(&w, DESK_CLOSE, other, &(struct desk_act){ .as = CLOSE_FALSE_POSITIVE });
	assert_int_equal(told(&w, 1, "192.0.2.7", other, at).word, WORD_NOT_REPRODUCED);
	world_desk(&w, DESK_CLOSE, no, &(struct desk_act){ .as = CLOSE_ACCEPTED });
	assert_int_equal(told(&w, 1, "192.0.2.1", no, at).word, WORD_CLOSED);
	/* Part of no case: in the journal, no more. Of one that is forgotten: closed. */
	assert_int_equal(told(&w, 1, "192.0.2.1", 0, at).word, WORD_RECEIVED);
	assert_int_equal(told(&w, 1, "192.0.2.1", 4711, at).word, WORD_CLOSED);
	world_free(&w);
}

static void
test_closed_after_looks(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_pin(&w, 1, Q32(90, 100), false, 0);
	msec at = w.now;
	uint64_t no = both_say(&w, "192.0.2.1");
	for (int i = 0; i < 8 && world_case(&w, no).state != CASE_CLOSED; i++)
		if (!world_answer(&w, VERDICT_CLOSED))
			world_wait(&w, MSEC_HOUR);
	assert_int_equal(told(&w, 1, "192.0.2.1", no, at).word, WORD_NOT_REPRODUCED);
	assert_int_equal(told(&w, 2, "192.0.2.1", no, at).word, WORD_RECEIVED);
	world_free(&w);
}

/* Two worlds that differ only in what the probe saw: for 30 days an unproven reporter hears the same. */
static void
test_unproven_sees_nothing(void **state)
{
	(void)state;
	struct world w[2] = { world_new(2), world_new(2) };
	uint64_t no[2];
	msec at = w[0].now;
	for (int i = 0; i < 2; i++) {
		world_pin(&w[i], 1, Q32(90, 100), false, 0);
		no[i] = both_say(&w[i], "192.0.2.1");
	}
	for (int h = 0; h < 29 * 24; h += 6) {
		while (world_answer(&w[0], VERDICT_OPEN))
			;
		while (world_answer(&w[1], VERDICT_CLOSED))
			;
		for (unsigned key = 0; key < 4; key += 2) {
			struct outcome_told a = told(&w[0], key, "192.0.2.1", no[0], at),
					    b = told(&w[1], key, "192.0.2.1", no[1], at);
			assert_int_equal(a.word, WORD_RECEIVED);
			assert_memory_equal(&a, &b, sizeof(a));
			assert_true(a.coarse);
			assert_int_equal(a.since % MSEC_DAY, 0);
		}
		world_wait(&w[0], 6 * MSEC_HOUR);
		world_wait(&w[1], 6 * MSEC_HOUR);
	}
	assert_int_equal(world_case(&w[1], no[1]).state, CASE_CLOSED);
	world_wait(&w[1], 2 * MSEC_DAY);
	struct outcome_told t = told(&w[1], 2, "192.0.2.1", no[1], at);
	assert_int_equal(t.word, WORD_CLOSED);
	assert_int_equal(t.since, (at + 30 * MSEC_DAY) / MSEC_DAY * MSEC_DAY);
	world_free(&w[0]);
	world_free(&w[1]);
}

/* Closed on day 31: told on day 60, not before. */
static void
test_told_by_the_report_alone(void **state)
{
	(void)state;
	struct world w = world_new(2);
	msec at = w.now;
	struct report r = report_of(2, "192.0.2.9", EVIDENCE_TEXT);
	uint64_t no = world_report(&w, &r);
	for (int d = 0; d < 61; d++) {
		if (d == 31)
			world_desk(&w, DESK_CLOSE, no, &(struct desk_act){ .as = CLOSE_DUPLICATE });
		if (d == 28 && world_case(&w, no).state == CASE_CLOSED)
			world_desk(&w, DESK_REOPEN, no, NULL);
		if (d >= 31 && d < 60)
			assert_int_equal(told(&w, 2, "192.0.2.9", no, at).word, WORD_RECEIVED);
		world_wait(&w, MSEC_DAY);
	}
	assert_int_equal(told(&w, 2, "192.0.2.9", no, at).word, WORD_CLOSED);
	world_free(&w);
}

static void
test_unknown(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_pin(&w, 1, Q32(90, 100), false, 0);
	struct view_unknown v[3] = { { .key = { { 0 } } }, { .key = key_of(1) }, { .key = key_of(2) } };
	uint64_t no = both_say(&w, "192.0.2.1");
	both_say(&w, "192.0.2.7");
	assert_true(view_unknown(w.judge, v, 3));
	assert_int_equal(v[0].by[class_row(CLASS_OPEN_PROXY)->family], 0);
	assert_int_equal(v[1].by[class_row(CLASS_OPEN_PROXY)->family], 2);
	assert_int_equal(v[2].by[class_row(CLASS_OPEN_PROXY)->family], 2);
	world_desk(&w, DESK_CLOSE, no, &(struct desk_act){ .as = CLOSE_FALSE_POSITIVE });
	struct view_unknown after = { .key = key_of(2) };
	assert_true(view_unknown(w.judge, &after, 1));
	assert_int_equal(after.by[class_row(CLASS_OPEN_PROXY)->family], 1);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proven),
		cmocka_unit_test(test_closed_after_looks),
		cmocka_unit_test(test_unproven_sees_nothing),
		cmocka_unit_test(test_told_by_the_report_alone),
		cmocka_unit_test(test_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
