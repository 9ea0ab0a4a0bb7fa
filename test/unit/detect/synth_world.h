/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An access network for tests with synthetic scenes (test/synth): 10.0.0.0/12 and 2001:db8::/32 behind
 * ten customer interfaces of one router, a border, and port 30 whose source addresses nobody validates.
 */
#ifndef TEST_SYNTH_WORLD_H
#define TEST_SYNTH_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../parse.h"
#include "../../synth/scene.h"
#include "detect/detect.h"
#include "detect/indicators.h"

#define FOUND       4096
#define LOOSE_PORT  30 /* a customer port without source address validation */
#define ROUTER_PORT 50000

struct synth_world {
	struct policy *policy;
	struct sights *sights;
	struct detect *detect;
	msec at;                    /* arrival of the flow in hand */
	struct finding found[FOUND];
	msec when[FOUND];           /* arrival then */
	size_t n;                   /* found; more than FOUND are counted only */
	uint64_t flows;
};

static inline void
synth_found(void *arg, const struct finding *f)
{
	struct synth_world *w = arg;
	if (w->n < FOUND) {
		w->found[w->n] = *f;
		w->when[w->n] = w->at;
	}
	w->n++;
	assert_true(finding_sane(f));
}

static inline void
synth_iface_row(struct sights *s, uint32_t from, uint32_t to, enum side side, enum sav sav, struct prefix *p, uint32_t n)
{
	struct iface_row r = { .exporter = 0, .side = side, .sav = sav, .from = from, .to = to, .prefix = p, .prefixes = n };
	assert_int_equal(sights_iface(s, &r), 0);
}

/* sav: of the ten customer interfaces. */
static inline void
synth_world_init(struct synth_world *w, enum sav sav, uint64_t seed, const struct indicators *in)
{
	struct prefix own[2] = { pfx("10.0.0.0/12"), pfx("2001:db8::/32") };
	memset(w, 0, sizeof(*w));
	w->policy = policy_new();
	for (int i = 0; i < 2; i++) {
		struct policy_row row = { .lpm.prefix = own[i], .kind = KIND_RESIDENTIAL, .probe = true, .notify = true,
			.top = kind_row(KIND_RESIDENTIAL)->top, .delegated = 56 };
		assert_int_equal(policy_add(w->policy, &row), 0);
	}
	w->policy->flow_source = true;
	w->policy->vantages = 2;
	w->sights = sights_new();
	struct exporter_row e = { .addr = { 4, { 192, 0, 2, 1 } }, .port = ROUTER_PORT, .name = "synthetic" };
	assert_int_equal(sights_exporter(w->sights, &e), 0);
	synth_iface_row(w->sights, SYNTH_BORDER, SYNTH_BORDER, SIDE_BORDER, SAV_NONE, NULL, 0);
	synth_iface_row(w->sights, SYNTH_CUSTOMER, SYNTH_CUSTOMER + SYNTH_CUSTOMERS - 1, SIDE_CUSTOMER, sav, own, 2);
	synth_iface_row(w->sights, LOOSE_PORT, LOOSE_PORT, SIDE_CUSTOMER, SAV_NONE, NULL, 0);
	struct detect_conf c = { .policy = w->policy, .sights = w->sights, .indicators = in, .subscribers = 100000,
		.seed = { seed, seed ^ 0x55 }, .found = synth_found, .arg = w };
	detect_numbers(&c.numbers);
	w->detect = detect_new(&c);
	assert_non_null(w->detect);
}

static inline void
synth_world_done(struct synth_world *w)
{
	detect_free(w->detect);
	sights_free(w->sights);
	policy_free(w->policy);
}

/* Plays the scene until it ends, `until` has come or something by `stop` was found (DETECTORS: never). */
static inline void
synth_play(struct synth_world *w, struct scene *s, msec until, enum detector stop)
{
	const struct flow *f;
	msec second = 0, at;
	size_t seen = w->n;
	while ((f = scene_next(s, &at)) && at < until) {
		w->at = at;
		if (at >= second + 1000) {
			detect_tick(w->detect, at);
			second = at;
		}
		detect_flows(w->detect, f, 1, at);
		w->flows++;
		for (; seen < w->n && seen < FOUND; seen++)
			if (w->found[seen].detector == stop)
				return;
	}
}

#endif
