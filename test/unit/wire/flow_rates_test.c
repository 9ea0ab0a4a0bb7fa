/* SPDX-License-Identifier: BSD-2-Clause */
/* The flow decoder, sampling and sequence numbers (4, 5): what exporters really send, rule by rule. */
#include "export.h"

static void
rule_4_sampling_options_come_late(void **state)
{
	(void)state;
	begin();
	one_template(9, NOW);
	one_record(9, NOW);
	assert_int_equal(got[0].sampling, 0); /* unknown, and visible */
	assert_int_equal(stats().sampling_by, SAMPLING_UNKNOWN);
	v9_option(1, 0, 0, 0, 34, 1000);
	one_record(9, NOW);
	assert_int_equal(got[1].sampling, 1000);
	assert_int_equal(stats().sampling_by, SAMPLING_OPTION);
	assert_int_equal(stats().sampling, 1000);
	v9_option(1, 0, 0, 0, 34, 500); /* and change */
	one_record(9, NOW);
	assert_int_equal(got[2].sampling, 500);
	end();
}

static void
rule_4_sampling_by_sampler_and_interface(void **state)
{
	(void)state;
	begin();
	v9_option(1, 0, 48, 7, 50, 100);
	sampled_record(9, 48, 7, 3);
	sampled_record(9, 48, 8, 3); /* a sampler nobody told of */
	sampled_record(9, 5, 0, 3);  /* names none: the only one there is */
	assert_int_equal(got[0].sampling, 100);
	assert_int_equal(got[1].sampling, 0);
	assert_int_equal(got[2].sampling, 100);
	v9_option(1, 0, 48, 8, 50, 2000);
	sampled_record(9, 48, 7, 3);
	sampled_record(9, 48, 8, 3);
	sampled_record(9, 5, 0, 3); /* names none of two */
	assert_int_equal(got[3].sampling, 100);
	assert_int_equal(got[4].sampling, 2000);
	assert_int_equal(got[5].sampling, 0);
	assert_true(stats().sampling_varies);
	end();
	begin();
	v9_option(2, 3, 0, 0, 34, 64); /* scope: interface */
	v9_option(2, 4, 0, 0, 34, 128);
	sampled_record(9, 5, 0, 3);
	sampled_record(9, 5, 0, 4);
	sampled_record(9, 5, 0, 5);
	assert_int_equal(got[0].sampling, 64);
	assert_int_equal(got[1].sampling, 128);
	assert_int_equal(got[2].sampling, 0);
	end();
}

static void
rule_4_sampling_elements(void **state)
{
	(void)state;
	static const struct {
		uint16_t f[2][2];
		uint64_t v[2];
		size_t n;
		uint32_t want;
	} row[] = {
		{ { { 34, 4 } }, { 512 }, 1, 512 },
		{ { { 50, 4 } }, { 512 }, 1, 512 },
		{ { { 305, 4 }, { 306, 4 } }, { 1, 999 }, 2, 1000 },
		{ { { 305, 4 }, { 306, 4 } }, { 10, 990 }, 2, 100 },
		{ { { 307, 4 }, { 308, 4 } }, { 2, 198 }, 2, 100 },
		{ { { 309, 4 }, { 310, 8 } }, { 1, 256 }, 2, 256 },
		{ { { 311, 8 } }, { 0x3f50624dd2f1a9fc }, 1, 1000 }, /* 0.001 */
		{ { { 311, 4 } }, { 0x3c23d70a }, 1, 100 },          /* 0.01f */
		{ { { 311, 8 } }, { 0x7ff8000000000000 }, 1, 0 },    /* no number */
		{ { { 305, 4 } }, { 100 }, 1, 0 },                   /* and how many are left out? */
		{ { { 34, 4 } }, { 0 }, 1, 0 },
		{ { { 305, 4 }, { 306, 4 } }, { 0, 999 }, 2, 0 },
		{ { { 310, 8 }, { 309, 8 } }, { UINT64_MAX, 1 }, 2, UINT32_MAX },
	};
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		for (unsigned scope = 149; scope <= 302; scope += 302 - 149) { /* the domain, a selector */
			begin();
			ipfix_option((uint16_t)scope, row[i].f, row[i].v, row[i].n);
			sampled_record(10, scope == 302 ? 302 : 5, 9, 3);
			assert_int_equal(got[0].sampling, row[i].want);
			end();
		}
	begin(); /* in the record itself */
	sampled_record(9, 34, 77, 3);
	assert_int_equal(got[0].sampling, 77);
	assert_int_equal(stats().sampling_by, SAMPLING_RECORD);
	v9_option(1, 0, 0, 0, 34, 88); /* options go before it */
	sampled_record(9, 34, 77, 3);
	assert_int_equal(got[1].sampling, 88);
	end();
	begin_as((struct exporter_row){ .sampling = 99 }); /* the configuration before all */
	v9_option(1, 0, 0, 0, 34, 88);
	sampled_record(9, 34, 77, 3);
	assert_int_equal(got[0].sampling, 99);
	assert_int_equal(stats().sampling_by, SAMPLING_CONF);
	end();
}

/* 5: sequence numbers. seq and records of message after message; what is lost of what was sent. */
struct step {
	uint32_t seq, n;
};

static void
run_steps(unsigned version, const struct step *s, size_t n)
{
	begin();
	message_of(version, s[0].seq, 1);
	TEMPLATE(version, 256, USUAL);
	assert_int_equal(arrive(), 0);
	if (version == 9)
		s++, n--;
	for (size_t i = 0; i < n; i++) {
		message_of(version, s[i].seq, 1);
		set(256);
		for (uint32_t k = 0; k < s[i].n; k++)
			usual(0x0a000001, 0xc6336401, 23, 1);
		set_end();
		assert_int_equal(arrive(), 0);
	}
}
#define STEPS(version, ...) \
	do { \
		static const struct step s_[] = { __VA_ARGS__ }; \
		run_steps(version, s_, sizeof(s_) / sizeof(s_[0])); \
	} while (0)

static void
assert_lost(uint64_t lost, uint64_t expected, uint64_t late, uint64_t restarts)
{
	struct exporter_stats s = stats();
	assert_int_equal(s.lost, lost);
	assert_int_equal(s.lost_all, lost);
	assert_int_equal(s.expected, expected);
	assert_int_equal(s.late, late);
	assert_int_equal(s.restarts, restarts);
	end();
}

static void
rule_5_sequence_in_each_unit(void **state)
{
	(void)state;
	/* v9: datagrams, whatever they hold */
	STEPS(9, { 100, 0 }, { 101, 5 }, { 102, 2 }, { 105, 1 });
	assert_lost(2, 6, 0, 0);
	/* IPFIX: records sent before */
	STEPS(10, { 100, 5 }, { 105, 2 }, { 107, 3 }, { 130, 4 });
	assert_lost(20, 34, 0, 0);
	/* over the end of 32 bits */
	STEPS(9, { UINT32_MAX - 1, 0 }, { UINT32_MAX, 1 }, { 0, 1 }, { 1, 1 }, { 3, 1 });
	assert_lost(1, 6, 0, 0);
	STEPS(10, { UINT32_MAX - 4, 5 }, { 0, 5 }, { 5, 1 });
	assert_lost(0, 11, 0, 0);
	/* later ones overtake earlier ones: nothing is lost */
	STEPS(9, { 100, 0 }, { 101, 1 }, { 103, 1 }, { 102, 1 }, { 104, 1 });
	assert_lost(0, 5, 1, 0);
	STEPS(10, { 0, 30 }, { 60, 30 }, { 30, 30 }, { 90, 30 });
	assert_lost(0, 120, 1, 0);
	/* a jump no loss explains is a new start */
	STEPS(9, { 100, 0 }, { 101, 1 }, { 101 + (1 << 17), 1 }, { 102 + (1 << 17), 1 });
	assert_lost(0, 4, 0, 1);
	STEPS(9, { 1000000, 0 }, { 1000001, 1 }, { 0, 1 }, { 1, 1 });
	assert_lost(0, 4, 0, 1);
}

static void
rule_5_sequence_off_by_own_count(void **state)
{
	(void)state;
	/* softflowd's IPFIX counts the records of the message itself: 22 first */
	STEPS(10, { 22, 22 }, { 25, 3 }, { 35, 10 }, { 36, 1 }, { 46, 10 });
	assert_lost(0, 46, 0, 0);
	/* and a loss is still one: 30 records, once it is known how it counts */
	STEPS(10, { 22, 22 }, { 25, 3 }, { 35, 10 }, { 36, 1 }, { 46, 10 }, { 83, 7 }, { 93, 10 });
	assert_lost(30, 93, 0, 0);
	/* one that numbers messages */
	STEPS(10, { 7, 22 }, { 8, 3 }, { 9, 10 }, { 10, 5 }, { 13, 4 });
	assert_lost(2, 22 + 3 + 10 + 1 + 3, 0, 0);
}

static void
rule_5_uptime_back_is_a_restart(void **state)
{
	(void)state;
	begin();
	message_of(9, 500, 1);
	assert_int_equal(arrive(), 0);
	message_of(9, 20, 1); /* within the window of late ones, but it was switched on a second ago */
	memset(buf + 4, 0, 4);
	buf[6] = 3;
	assert_int_equal(arrive(), 0);
	message_of(9, 21, 1);
	memset(buf + 4, 0, 4);
	buf[6] = 4;
	assert_int_equal(arrive(), 0);
	assert_lost(0, 3, 0, 1);
}

static void
rule_5_loss_of_the_last_five_minutes(void **state)
{
	(void)state;
	begin();
	for (uint32_t i = 0; i < 30; i++) { /* every second datagram is lost for five minutes, then none */
		message_of(9, i < 10 ? 2 * i : 10 + i, 1);
		assert_int_equal(arrive_from(2055, NOW + i * 30 * MSEC_SECOND), 0);
		if (i == 9)
			assert_int_equal(stats().lost, 9);
	}
	assert_int_equal(stats().lost, 0);
	assert_int_equal(stats().expected, 10);
	assert_int_equal(stats().lost_all, 9 + 1);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_4_sampling_options_come_late),
		cmocka_unit_test(rule_4_sampling_by_sampler_and_interface),
		cmocka_unit_test(rule_4_sampling_elements),
		cmocka_unit_test(rule_5_sequence_in_each_unit),
		cmocka_unit_test(rule_5_sequence_off_by_own_count),
		cmocka_unit_test(rule_5_uptime_back_is_a_restart),
		cmocka_unit_test(rule_5_loss_of_the_last_five_minutes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
