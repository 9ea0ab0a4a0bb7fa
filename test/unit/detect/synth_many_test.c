/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A synthetic flood no line of which is loud: 200 lines, 12 Mbit/s and 2,000 packets a second each, one
 * victim. Found as one population within 10 s of data time, and none of the lines as a flood of its own.
 */
#include <stdio.h>

#include "synth_world.h"

#define LINES 200

static void
population(bool records, uint32_t sampling)
{
	struct addr victim = { 4, { 203, 0, 113, 80 } };
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct synth_world w;
		struct scene_conf c;
		scene_defaults(&c);
		c.seed = seed;
		c.records = records;
		c.sampling = sampling;
		c.active = 5000; /* what an exporter must be told to be of use against floods */
		c.ordinary = 1000;
		synth_world_init(&w, SAV_STRICT, seed, NULL);
		struct scene *s = scene_new(&c);
		for (uint32_t i = 0; i < LINES; i++)
			scene_flood(s, 10000 + i * 13, victim, IPP_UDP, 27015, 2000, 750, 20000, 80000);
		synth_play(&w, s, c.start + 80000, DETECT_POPULATION);
		assert_true(w.n > 0 && w.n <= FOUND);
		const struct finding *f = &w.found[w.n - 1];
		char text[FINDING_TEXT];
		double took = (double)(w.when[w.n - 1] - c.start - 20000) / 1000;
		print_message("synthetic population, %s, 1:%u: after %.1f s: %s\n", records ? "flow records" : "sampled packets",
		    sampling, took, finding_print(f, text));
		assert_int_equal(f->detector, DETECT_POPULATION);
		assert_true(prefix_has(&f->peer, &victim) && f->port[0] == 27015 && f->proto == IPP_UDP);
		assert_true(took <= 10);
		assert_true(f->samples >= 8 && f->lines >= 20);
		for (size_t i = 0; i < w.n; i++)
			assert_true(w.found[i].detector != DETECT_FLOOD);
		scene_free(s);
		synth_world_done(&w);
	}
}

static void
by_records(void **unused)
{
	(void)unused;
	population(true, 1);
	population(true, 100);
}

static void
by_packets(void **unused)
{
	(void)unused;
	population(false, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(by_records), cmocka_unit_test(by_packets) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
