/* SPDX-License-Identifier: BSD-2-Clause */
/* A small network for tests of detectors: own 10.0.0.0/8 (10.99.0.0/16 a shared pool) and 2001:db8::/32 by
 * /56, one exporter "edge" with customers at 1 (strict), 2 (nobody checks), 3 (with prefixes
 * 10.3.0.0/16), the border at 9, the core at 8; another, "other", looks at the same border. */
#ifndef TEST_LINE_WORLD_H
#define TEST_LINE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detect/detect.h"

enum { IF_STRICT = 1, IF_OPEN = 2, IF_LISTED = 3, IF_CORE = 8, IF_BORDER = 9, IF_NEW = 77 };
#define T0 (1700000000 * MSEC_SECOND)
#define FOUND 4096

struct world {
	struct policy *policy;
	struct sights *sights;
	struct detect *d;
	struct finding found[FOUND];
	size_t n;
	msec now;
	uint32_t sampling;
};

static inline struct addr
ip(const char *s)
{
	struct addr a = { 0 };
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

static inline struct addr
ip4(uint32_t v)
{
	return (struct addr){ .fam = 4,
		.b = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v } };
}

static inline void
world_found(void *arg, const struct finding *f)
{
	struct world *w = arg;
	assert_true(finding_sane(f));
	if (w->n < FOUND)
		w->found[w->n++] = *f;
}

static inline void
world_own(struct world *w, const char *text, enum line_kind kind, uint8_t delegated)
{
	struct policy_row r = { .kind = kind, .delegated = delegated };
	assert_int_equal(prefix_parse(text, strlen(text), &r.lpm.prefix), 0);
	assert_int_equal(policy_add(w->policy, &r), 0);
}

static inline void
world_iface(struct world *w, int exporter, uint32_t no, enum side side, enum sav sav, const char *prefix)
{
	struct prefix p;
	struct iface_row r = { .exporter = (uint16_t)exporter, .side = (uint8_t)side, .sav = (uint8_t)sav,
		.from = no, .to = no };
	if (prefix) {
		assert_int_equal(prefix_parse(prefix, strlen(prefix), &p), 0);
		r.prefix = &p;
		r.prefixes = 1;
	}
	assert_int_equal(sights_iface(w->sights, &r), 0);
}

/* border: packets count where they cross it; else where they cross the customers' edge. */
static inline struct world *
world_new(bool border, const struct allow_row *allow, const struct detect_numbers *numbers,
    uint64_t seed, uint32_t subscribers)
{
	struct world *w = calloc(1, sizeof(*w));
	w->policy = policy_new();
	world_own(w, "10.0.0.0/8", KIND_RESIDENTIAL, 0);
	world_own(w, "10.50.0.0/16", KIND_BUSINESS, 0);
	world_own(w, "10.99.0.0/16", KIND_CGNAT_POOL, 0);
	world_own(w, "2001:db8::/32", KIND_RESIDENTIAL, 56);
	w->sights = sights_new();
	struct exporter_row e = { .addr = ip("192.0.2.1"), .name = "edge" };
	assert_int_equal(sights_exporter(w->sights, &e), 0);
	e = (struct exporter_row){ .addr = ip("192.0.2.2"), .name = "other", .meters = METERS_BOTH };
	assert_int_equal(sights_exporter(w->sights, &e), 1);
	world_iface(w, 0, IF_STRICT, SIDE_CUSTOMER, SAV_STRICT, NULL);
	world_iface(w, 0, IF_OPEN, SIDE_CUSTOMER, SAV_NONE, NULL);
	world_iface(w, 0, IF_LISTED, SIDE_CUSTOMER, SAV_NONE, "10.3.0.0/16");
	world_iface(w, 0, IF_CORE, SIDE_CORE, SAV_NONE, NULL);
	world_iface(w, 0, IF_BORDER, border ? SIDE_BORDER : SIDE_CORE, SAV_NONE, NULL);
	world_iface(w, 1, IF_OPEN, SIDE_CUSTOMER, SAV_NONE, NULL);
	world_iface(w, 1, IF_BORDER, border ? SIDE_BORDER : SIDE_CORE, SAV_NONE, NULL);
	w->sights->border = border;
	if (allow)
		assert_true(sights_allow(w->sights, allow) >= 0);
	struct detect_conf c = { .policy = w->policy, .sights = w->sights, .subscribers = subscribers,
		.seed = { seed, seed * 7 + 3 }, .found = world_found, .arg = w };
	detect_numbers(&c.numbers);
	if (numbers)
		c.numbers = *numbers;
	w->d = detect_new(&c);
	assert_non_null(w->d);
	w->now = T0;
	w->sampling = 1;
	return w;
}

static inline void
world_free(struct world *w)
{
	detect_free(w->d);
	sights_free(w->sights);
	policy_free(w->policy);
	free(w);
}

/* One flow out of (in_if a customers' interface, out_if the border) or into the network. */
static inline struct flow
flow_of(const struct world *w, struct addr src, struct addr dst, uint8_t proto, uint16_t sport,
    uint16_t dport, uint8_t flags)
{
	struct flow f = { .src = src, .dst = dst, .proto = proto, .sport = sport, .dport = dport,
		.tcp_flags = flags, .bits = FLOW_TIMES, .in_if = IF_STRICT, .out_if = IF_BORDER,
		.sampling = w->sampling, .packets = 1, .bytes = 60, .first = w->now, .last = w->now };
	if (proto == IPP_TCP)
		f.bits |= FLOW_FLAGS;
	return f;
}

static inline void
give(struct world *w, struct flow f)
{
	f.first += f.first ? 0 : w->now;
	detect_flows(w->d, &f, 1, w->now);
}

static inline void
syn(struct world *w, uint32_t line, uint32_t to, uint16_t port, uint32_t in_if)
{
	struct flow f = flow_of(w, ip4(line), ip4(to), IPP_TCP, 40000, port, TCP_SYN);
	f.in_if = in_if;
	give(w, f);
}

static inline size_t
found_of(const struct world *w, enum detector d, struct finding *last)
{
	size_t n = 0;
	for (size_t i = 0; i < w->n; i++)
		if (w->found[i].detector == d) {
			n++;
			if (last)
				*last = w->found[i];
		}
	return n;
}

#endif
