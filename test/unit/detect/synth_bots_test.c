/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Synthetic bots among ordinary lines: a Mirai-like scanner at seven sampling rates and twenty seeds (SEEDS:
 * fewer), by sampled packets and by flow records; one on a port nobody listed; a slow one as in Slips' test7.
 */
#include <stdio.h>

#include "synth_world.h"

#define SEEDS 20
#define BOT   4711

static unsigned seeds = SEEDS;
static const uint32_t rates[] = { 1, 100, 512, 1000, 2048, 4096, 8192 };

static bool
is_bot(const struct finding *f, uint32_t line)
{
	struct addr a = synth_line(line);
	return addr_eq(&f->subject, &a);
}

/* Nobody but the bot is accused of what could be acted on. */
static void
others_are_left_alone(const struct synth_world *w, uint32_t bot)
{
	for (size_t i = 0; i < w->n && i < FOUND; i++) {
		const struct finding *f = &w->found[i];
		char text[FINDING_TEXT], addr[ADDR_TEXT];
		if (is_bot(f, bot) || !detector_row(f->detector)->acts || !f->subject.fam)
			continue;
		fail_msg("an ordinary line: %s %s %s", addr_print(&f->subject, addr), detector_row(f->detector)->name,
		    finding_print(f, text));
	}
}

static int
up(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

/* Plays until a scan by the bot is found on so many samples, and on no fewer addresses than make one. */
static const struct finding *
until_found(struct synth_world *w, struct scene *s, msec until, uint32_t samples)
{
	const struct finding *f;
	do {
		size_t before = w->n;
		synth_play(w, s, until, DETECT_SCAN);
		others_are_left_alone(w, BOT);
		assert_true(w->n > before && w->n <= FOUND);
		f = &w->found[w->n - 1];
		assert_true(f->detector == DETECT_SCAN && is_bot(f, BOT));
		assert_true(f->samples >= 5 && f->distinct >= (f->samples < FINDING_LEAST ? 5 : 8));
	} while (f->samples < samples);
	return f;
}

/* Of data time: twice what 8 samples take on average, at most 900 s; the exporter's own timeout beside. So much
 * is 16 samples, of which chance leaves fewer than 8 once in a hundred times: what is found by then is told, on
 * few samples if need be, and again as soon as it may act. */
static void
mirai(bool records)
{
	for (size_t r = 0; r < sizeof(rates) / sizeof(*rates); r++) {
		double bound = 2 * 8.0 * rates[r] / 160, took[SEEDS], acts[SEEDS];
		unsigned late = 0;
		bound = bound < 900 ? bound : 900;
		for (uint64_t seed = 1; seed <= seeds; seed++) {
			struct synth_world w;
			struct scene_conf c;
			scene_defaults(&c);
			c.seed = seed;
			c.sampling = rates[r];
			c.records = records;
			c.ordinary = rates[r] < 512 ? 20 : 2;
			synth_world_init(&w, SAV_STRICT, seed, NULL);
			struct scene *s = scene_new(&c);
			assert_non_null(s);
			/* A minute of what is always there, then the bot. */
			msec start = 60000, lag = records ? c.inactive : 0;
			scene_mirai(s, BOT, start, start + 960000);
			const struct finding *f = until_found(&w, s, c.start + start + 940000, 1);
			assert_int_equal(f->sampling, rates[r]);
			assert_true(f->port[0] == 23 || f->port[0] == 2323);
			assert_true(f->port[1] == 23 || f->port[1] == 2323 || f->port[1] == 0);
			took[seed - 1] = (double)(w.when[w.n - 1] - lag - c.start - start) / 1000;
			late += took[seed - 1] > bound;
			if (f->samples < FINDING_LEAST)
				until_found(&w, s, c.start + start + 940000, FINDING_LEAST);
			acts[seed - 1] = (double)(w.when[w.n - 1] - lag - c.start - start) / 1000;
			scene_free(s);
			synth_world_done(&w);
		}
		qsort(took, seeds, sizeof(*took), up);
		qsort(acts, seeds, sizeof(*acts), up);
		print_message("synthetic Mirai, %s, 1:%u: found after %.3f s (median), %.3f s (worst) of data time; "
		              "bound %.1f s, %u of %u later; on 8 samples after %.3f s, %.3f s\n",
		    records ? "flow records" : "sampled packets", rates[r], took[seeds / 2], took[seeds - 1], bound, late, seeds,
		    acts[seeds / 2], acts[seeds - 1]);
		assert_int_equal(late, 0);
		assert_true(acts[seeds - 1] <= 900);
	}
}

static void
mirai_by_packets(void **unused)
{
	(void)unused;
	mirai(false);
}

static void
mirai_by_records(void **unused)
{
	(void)unused;
	mirai(true);
}

/* One new address a second on a port nobody listed: the random walk sees that nothing answers. */
static void
unlisted_port(void **unused)
{
	const uint16_t port = 41794;
	(void)unused;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct synth_world w;
		struct scene_conf c;
		scene_defaults(&c);
		c.seed = seed;
		c.ordinary = 200;
		synth_world_init(&w, SAV_STRICT, seed, NULL);
		struct scene *s = scene_new(&c);
		scene_slow_bot(s, BOT, &port, 1, 60000, 360000);
		synth_play(&w, s, c.start + 360000, DETECT_WALK);
		others_are_left_alone(&w, BOT);
		assert_true(w.n > 0 && w.found[w.n - 1].detector == DETECT_WALK && is_bot(&w.found[w.n - 1], BOT));
		print_message("synthetic scan of an unlisted port, 1 SYN/s, 1:1: found after %.0f s\n",
		    (double)(w.when[w.n - 1] - c.start - 60000) / 1000);
		scene_free(s);
		synth_world_done(&w);
	}
}

/* The slow bot of test7's kind, unsampled, 1:10 and 1:1000: at the latter within the long window. */
static void
slow_bot(void **unused)
{
	static const uint16_t ports[] = { 23, 8080, 2323, 9527 };
	static const struct {
		uint32_t sampling;
		msec most;
	} row[] = { { 1, 120000 }, { 10, 300000 }, { 1000, 6 * MSEC_HOUR } };
	(void)unused;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct synth_world w;
		struct scene_conf c;
		scene_defaults(&c);
		c.sampling = row[i].sampling;
		c.ordinary = 10;
		synth_world_init(&w, SAV_STRICT, 1, NULL);
		struct scene *s = scene_new(&c);
		scene_slow_bot(s, BOT, ports, 4, 60000, 60000 + row[i].most);
		until_found(&w, s, c.start + 60000 + row[i].most, FINDING_LEAST);
		print_message("synthetic slow bot, 1:%u: found after %.0f s\n", row[i].sampling,
		    (double)(w.when[w.n - 1] - c.start - 60000) / 1000);
		scene_free(s);
		synth_world_done(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(mirai_by_packets), cmocka_unit_test(mirai_by_records),
		cmocka_unit_test(unlisted_port), cmocka_unit_test(slow_bot) };
	const char *fewer = getenv("SEEDS");
	if (fewer && atoi(fewer) > 0 && atoi(fewer) < SEEDS)
		seeds = (unsigned)atoi(fewer);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
