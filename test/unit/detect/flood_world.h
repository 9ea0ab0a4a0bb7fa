/* SPDX-License-Identifier: BSD-2-Clause */
/* A network of own lines, 100.64.0.0/10 and 2001:db8::/32 by /56, and what is found in it. Time is the
 * test's: run() hands over what was said to flow in a second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../parse.h"
#include "detect/detect.h"
#include "detect/indicators.h"

#define START INT64_C(1790000000000)
#define FOUND 4096

struct world {
	struct policy *policy;
	struct sights *sights;
	struct indicators *indicators;
	struct detect *d;
	msec now;
	uint32_t sampling, random;
	size_t n, found;
	struct finding f[FOUND];
	struct flow batch[FLOW_BATCH];
};

static inline struct addr
line_addr(uint32_t i)
{
	return (struct addr){ 4, { 100, (uint8_t)(64 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i } };
}

static inline void
world_found(void *arg, const struct finding *f)
{
	struct world *w = arg;
	char text[FINDING_TEXT];
	if (!finding_sane(f))
		fail_msg("not sane: %s", finding_print(f, text));
	if (getenv("SHOW_FINDINGS")) {
		char a[ADDR_TEXT];
		printf("%+6lld s %s: %s\n", (long long)(w->now - START) / 1000, addr_print(&f->subject, a),
		    finding_print(f, text));
	}
	assert_true(w->found < FOUND);
	w->f[w->found++] = *f;
}

static inline void
world_open(struct world *w, const char *indicators)
{
	static const char *const own[] = { "100.64.0.0/10", "2001:db8::/32" };
	memset(w, 0, sizeof(*w));
	w->policy = policy_new();
	w->sights = sights_tap();
	w->now = START;
	w->sampling = w->random = 1;
	for (int i = 0; i < 2; i++) {
		struct policy_row r = { .kind = KIND_RESIDENTIAL, .delegated = 56, .top = RUNG_FILTER };
		assert_int_equal(prefix_parse(own[i], strlen(own[i]), &r.lpm.prefix), 0);
		assert_int_equal(policy_add(w->policy, &r), 0);
	}
	if (indicators) {
		size_t skipped, bad;
		const char *rule;
		w->indicators = indicators_parse(indicators, strlen(indicators), 9, &skipped, &bad, &rule);
		assert_non_null(w->indicators);
		assert_int_equal(skipped, 0);
	}
	struct detect_conf c = { .policy = w->policy, .sights = w->sights, .indicators = w->indicators,
		.subscribers = 20000, .seed = { 11, 12 }, .found = world_found, .arg = w };
	detect_numbers(&c.numbers);
	w->d = detect_new(&c);
	assert_non_null(w->d);
	detect_tick(w->d, w->now);
}

static inline void
world_close(struct world *w)
{
	detect_free(w->d);
	policy_free(w->policy);
	sights_free(w->sights);
	indicators_free(w->indicators);
}

static inline uint32_t
rnd(struct world *w)
{
	w->random = w->random * 1664525 + 1013904223;
	return w->random >> 8;
}

static inline void
world_flush(struct world *w)
{
	if (w->n)
		detect_flows(w->d, w->batch, w->n, w->now);
	w->n = 0;
}

static inline void
give(struct world *w, struct flow f)
{
	if (!f.last)
		f.first = f.last = w->now;
	f.sampling = w->sampling;
	f.bits |= FLOW_FLAGS | FLOW_TIMES;
	w->batch[w->n++] = f;
	if (w->n == FLOW_BATCH)
		world_flush(w);
}

/* So many packets of a size from a to b in this second, seen through the world's sampling: with 1, one
 * record; else one record a sampled packet. */
static inline void
stream(struct world *w, struct addr a, struct addr b, uint8_t proto, uint16_t sport, uint16_t dport,
    uint8_t flags, uint32_t packets, uint32_t size)
{
	struct flow f = { .src = a, .dst = b, .proto = proto, .sport = sport, .dport = dport,
		.tcp_flags = flags, .packets = packets, .bytes = (uint64_t)packets * size };
	if (w->sampling == 1) {
		give(w, f);
		return;
	}
	uint32_t n = packets / w->sampling + (rnd(w) % w->sampling < packets % w->sampling);
	f.packets = 1;
	f.bytes = size;
	for (; n; n--)
		give(w, f);
}

/* The next second. */
static inline void
second(struct world *w)
{
	world_flush(w);
	w->now += 1000;
	detect_tick(w->d, w->now);
}

static inline size_t
count_of(const struct world *w, enum detector d)
{
	size_t n = 0;
	for (size_t i = 0; i < w->found; i++)
		n += w->f[i].detector == d;
	return n;
}

static inline const struct finding *
first_of(const struct world *w, enum detector d)
{
	for (size_t i = 0; i < w->found; i++)
		if (w->f[i].detector == d)
			return &w->f[i];
	return NULL;
}

static inline msec
passed(const struct world *w)
{
	return (w->now - START) / 1000;
}
