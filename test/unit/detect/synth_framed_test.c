/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Framing, all synthetic: somebody makes 200 innocent lines look bad to us: by SYNs with their sources from
 * a port without source address validation, by an exporter of his own, by one web fetch each to a command
 * server's address. What the detectors say goes through the pure judge: nobody may come above log.
 */
#include <stdio.h>

#include "judge/view.h"
#include "synth_world.h"

#define FRAMED 200

struct court {
	struct judge *judge;
	struct effects out;
	uint64_t seq;
	msec at;
	unsigned orders, reports;
	enum rung highest;
	q32 score;
};

static void
oom(void)
{
	abort();
}

static void
step(struct court *c, struct synth_world *w, struct fact *f)
{
	struct flow_ask asked[64];
	size_t n = 0;
	if (f->at < c->at)
		f->at = c->at;
	c->at = f->at;
	f->seq = ++c->seq;
	effects_clear(&c->out);
	judge_step(c->judge, f, &c->out, NULL);
	for (size_t i = 0; i < c->out.n; i++) {
		c->orders += c->out.v[i].kind == EFFECT_ORDER;
		if (c->out.v[i].kind == EFFECT_ASK && n < 64)
			asked[n++] = c->out.v[i].ask;
	}
	/* Own flows are asked, and answer what they really saw. */
	for (size_t i = 0; i < n; i++) {
		struct fact g = { .kind = FACT_FLOW, .at = c->at };
		struct ask a = { asked[i].no, asked[i].case_no, asked[i].subject, asked[i].port, asked[i].cls, asked[i].when };
		detect_ask(w->detect, &a, false, &g.flow);
		step(c, w, &g);
	}
}

/* All findings in order, as the judge's edge would hand them over; then a day. */
static struct court
judged(struct synth_world *w)
{
	struct court c = { .judge = judge_new(oom) };
	struct fact f = { .kind = FACT_CONF, .at = w->found[0].from, .conf = { .text = "", .policy = w->policy } };
	f.at = w->n ? w->found[0].from : w->at;
	step(&c, w, &f);
	for (enum detector d = 0; d < DETECTORS; d++) {
		struct fact g = { .kind = FACT_REPORTER, .at = c.at, .reporter = { .key = detector_key(d), .standing = STANDING_OWN } };
		step(&c, w, &g);
	}
	assert_true(w->n <= FOUND);
	for (size_t i = 0; i < w->n; i++) {
		struct fact g = { .kind = FACT_REPORT, .at = w->when[i] };
		if (!finding_report(&w->found[i], &g.report))
			continue;
		step(&c, w, &g);
		c.reports++;
	}
	for (int hour = 0; hour < 24; hour++) {
		struct fact g = { .kind = FACT_TICK, .at = c.at + MSEC_HOUR };
		step(&c, w, &g);
	}
	uint64_t no = 0;
	struct view_case v;
	while (view_case_next(c.judge, &no, c.at, &v)) {
		c.highest = v.rung > c.highest ? v.rung : c.highest;
		c.score = v.score > c.score ? v.score : c.score;
	}
	return c;
}

static void
nobody_above_log(struct synth_world *w, const char *what)
{
	struct court c = judged(w);
	char score[Q32_TEXT];
	print_message("%s: %zu findings, %u reports, highest rung %s, highest score at the end %s\n", what, w->n, c.reports,
	    rung_name(c.highest), q32_print(c.score, 2, score));
	assert_int_equal(c.highest, RUNG_LOG);
	assert_int_equal(c.orders, 0);
	effects_free(&c.out);
	judge_free(c.judge);
}

static void
spoofed(bool records, enum sav sav, uint32_t sampling, const char *what)
{
	struct synth_world w;
	struct scene_conf k;
	scene_defaults(&k);
	k.ordinary = 50;
	k.records = records;
	k.sampling = sampling;
	synth_world_init(&w, sav, 7, NULL);
	struct scene *s = scene_new(&k);
	scene_framed(s, 300, FRAMED, LOOSE_PORT, FRAMED * 20 * (sampling > 1 ? 10 : 1), 60000, 360000);
	synth_play(&w, s, k.start + 400000, DETECTORS);
	assert_true(w.flows > 10000);
	nobody_above_log(&w, what);
	scene_free(s);
	synth_world_done(&w);
}

static void
spoofed_syns(void **unused)
{
	(void)unused;
	spoofed(true, SAV_STRICT, 1, "200 lines framed by SYNs from another port, lines' own ports strict, 1:1");
	spoofed(true, SAV_NONE, 1, "200 lines framed by SYNs from another port, no SAV anywhere, 1:1");
	spoofed(false, SAV_LOOSE, 100, "200 lines framed by SYNs from another port, lines' own ports loose, 1:100");
}

/* The table names an exporter by address and port: any other's records never become flows. What a known
 * one says entered where nobody configured an interface proves nobody's source. */
static void
forged_exporter(void **unused)
{
	struct synth_world w;
	struct scene_conf k;
	(void)unused;
	synth_world_init(&w, SAV_STRICT, 7, NULL);
	struct addr right = { 4, { 192, 0, 2, 1 } }, wrong = { 4, { 192, 0, 2, 66 } };
	assert_true(sights_who(w.sights, &right, ROUTER_PORT) == 0);
	assert_true(sights_who(w.sights, &right, ROUTER_PORT + 1) < 0);
	assert_true(sights_who(w.sights, &wrong, ROUTER_PORT) < 0);
	scene_defaults(&k);
	struct scene *s = scene_new(&k);
	scene_framed(s, 300, FRAMED, 77, FRAMED * 20, 1000, 120000);
	synth_play(&w, s, k.start + 150000, DETECTORS);
	struct detect_stats st;
	detect_stats_of(w.detect, &st);
	assert_true(st.flows > 10000);
	nobody_above_log(&w, "200 lines framed by records of interfaces nobody configured");
	scene_free(s);
	synth_world_done(&w);
}

/* An image tag in a page is enough to make a browser fetch from there once. */
static void
one_web_fetch(void **unused)
{
	static const char list[] = "198.51.100.7:443/tcp,,,synthetic-c2\n198.51.100.8,,,synthetic-c2-any-port\n";
	size_t skipped, bad;
	const char *rule;
	(void)unused;
	for (int port = 0; port < 2; port++) {
		struct indicators *in = indicators_parse(list, sizeof(list) - 1, 5, &skipped, &bad, &rule);
		assert_non_null(in);
		struct synth_world w;
		struct scene_conf k;
		scene_defaults(&k);
		k.ordinary = 50;
		synth_world_init(&w, SAV_STRICT, 7, in);
		struct scene *s = scene_new(&k);
		for (uint32_t i = 0; i < FRAMED; i++)
			scene_fetch(s, 300 + i, (struct addr){ 4, { 198, 51, 100, (uint8_t)(7 + port) } }, port ? 80 : 443,
			    60000 + (msec)i * 500);
		synth_play(&w, s, k.start + 300000, DETECTORS);
		nobody_above_log(&w, "200 lines with one web fetch to an indicator");
		scene_free(s);
		synth_world_done(&w);
		indicators_free(in);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(spoofed_syns), cmocka_unit_test(forged_exporter),
		cmocka_unit_test(one_web_fetch) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
