/* SPDX-License-Identifier: BSD-2-Clause */
/* Each packet counts once, at one place; lines come and go in a table of fixed size. */
#include "line_world.h"

#include "detect/parts.h"

static struct detect_stats
stats(const struct world *w)
{
	struct detect_stats s;
	detect_stats_of(w->d, &s);
	return s;
}

/* One packet of an own line to a stranger, as record of exporter e from interface `in` to `out`. */
static void
record(struct world *w, uint16_t e, uint32_t in, uint32_t out, unsigned bits)
{
	struct flow f = flow_of(w, ip("10.1.2.3"), ip("198.51.100.9"), IPP_UDP, 5000, 53, 0);
	f.exporter = e;
	f.in_if = in;
	f.out_if = out;
	f.bits |= (uint8_t)bits;
	give(w, f);
}

static void
at_the_border(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 100);
	record(w, 0, IF_STRICT, IF_CORE, 0);                  /* access router: elsewhere */
	record(w, 0, IF_CORE, IF_BORDER, 0);                  /* border router: here */
	record(w, 0, IF_CORE, IF_BORDER, FLOW_DIR | FLOW_EGRESS); /* metered twice */
	record(w, 1, IF_OPEN, IF_BORDER, FLOW_DIR);           /* "both": its ingress half */
	record(w, 1, IF_OPEN, IF_BORDER, FLOW_DIR | FLOW_EGRESS);
	record(w, 1, IF_OPEN, IF_BORDER, 0);                  /* and of which half is that? */
	record(w, 0, IF_STRICT, IF_NEW, 0);
	record(w, 0, IF_STRICT, 0, 0);
	record(w, 9, IF_STRICT, IF_BORDER, 0);                /* no such exporter */
	struct detect_stats s = stats(w);
	assert_int_equal(s.flows, 9);
	assert_int_equal(s.counted, 2);
	assert_int_equal(s.out_packets, 2);
	assert_int_equal(s.elsewhere, 1);
	assert_int_equal(s.double_dir, 3);
	assert_int_equal(s.unknown_if, 3);
	world_free(w);
}

/* More interfaces than there is room for: a pair that is remembered names its own, though they give way all the
 * time; in the middle of it the customers' own are known. */
static void
interfaces_give_way(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 100);
	unsigned remembered = 0, forgotten = 0;
	for (uint32_t i = 0; i < 64 * IFACES; i++) {
		bool both = i % 16 == 0; /* new: the second may push out the first */
		record(w, 0, 1000 + i, both ? 900000 + 7 * i : IF_BORDER, 0);
		record(w, (uint16_t)(i % 2), i % 5 ? IF_OPEN : IF_LISTED, IF_BORDER, 0);
		for (size_t k = 0; both && k < CROSSWAYS; k++) {
			const struct crossway *x = &w->d->crossway[k];
			if (x->moves != w->d->moves) {
				forgotten += x->in != NULL;
				continue;
			}
			remembered++;
			assert_int_equal(x->in->ifindex, x->ifs >> 32);
			assert_int_equal(x->in->exporter, x->exporter);
		}
	}
	assert_true(remembered > 1000 && forgotten > 1000);
	world_free(w);
}

static void
at_the_customers_edge(void **unused)
{
	(void)unused;
	struct world *w = world_new(false, NULL, NULL, 1, 100);
	struct flow own = flow_of(w, ip("10.1.2.3"), ip("10.7.7.7"), IPP_UDP, 5000, 53, 0);
	own.out_if = IF_OPEN;
	give(w, own); /* from one line to another: out of one, in at the other */
	struct detect_stats s = stats(w);
	assert_int_equal(s.counted, 1);
	assert_int_equal(s.out_packets, 1);
	assert_int_equal(s.in_packets, 1);
	record(w, 0, IF_CORE, IF_BORDER, 0);
	assert_int_equal(stats(w).elsewhere, 1);
	struct flow far = flow_of(w, ip("203.0.113.1"), ip("198.51.100.9"), IPP_UDP, 5000, 53, 0);
	give(w, far); /* not ours, through a customer's port: nobody's line */
	assert_int_equal(stats(w).foreign, 1);
	assert_int_equal(stats(w).lines, 1); /* who only gets has no state */
	world_free(w);
}

static void
sampled_counts_more(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 100);
	w->sampling = 1000;
	record(w, 0, IF_STRICT, IF_BORDER, 0);
	w->sampling = 0;
	record(w, 0, IF_STRICT, IF_BORDER, 0);
	struct detect_stats s = stats(w);
	assert_int_equal(s.out_packets, 1001);
	assert_int_equal(s.out_bytes, 1001 * 60);
	assert_int_equal(s.sampling_unknown, 1);
	world_free(w);
}

/* IPv6 by delegated prefix: a line that changes its addresses stays one line. */
static void
one_delegation_one_line(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 100);
	for (int i = 0; i < 200; i++) {
		struct flow f = flow_of(w, ip("2001:db8:1:200::"), ip("2001:4860::1"), IPP_UDP, 5000, 53, 0);
		f.src.b[7] = (uint8_t)i;
		f.src.b[15] = (uint8_t)(i * 7);
		give(w, f);
	}
	assert_int_equal(stats(w).lines, 1);
	struct flow f = flow_of(w, ip("2001:db8:1:300::1"), ip("2001:4860::1"), IPP_UDP, 5000, 53, 0);
	give(w, f);
	assert_int_equal(stats(w).lines, 2);
	world_free(w);
}

/* More lines than places: the oldest go, who speaks stays, nothing grows. */
static void
table_is_full(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	for (uint32_t i = 0; i < 800; i++)
		syn(w, 0x0a000000 + i, 0x01000001, 443, IF_STRICT);
	assert_int_equal(stats(w).lines, 800);
	/* A flood of own sources nobody has: they find no room while all others speak. */
	for (uint32_t i = 0; i < 100000; i++)
		syn(w, 0x0a100000 + i * 17, 0x01000001, 443, IF_OPEN);
	struct detect_stats s = stats(w);
	assert_in_range(s.lines, 990, 1000);
	assert_int_equal(s.evicted, 0);
	assert_true(s.refused > 98000);
	w->now += MSEC_MINUTE;
	for (uint32_t i = 0; i < 100000; i++)
		syn(w, 0x0a100000 + i * 17, 0x01000001, 443, IF_OPEN);
	s = stats(w);
	assert_in_range(s.lines, 990, 1000);
	assert_in_range(s.evicted, 500, 1000);
	struct memory_row m[32];
	size_t n = detect_memory(w->d, m, 32);
	assert_true(n > 5);
	assert_int_equal(m[0].most, 1000);
	assert_true(m[0].entries <= 1000 && m[0].entry_bytes <= 256);
	world_free(w);
}

/* Almost all of the places are used before anybody is pushed out. */
static void
table_fills(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 3, 100000);
	for (uint32_t i = 0; i < 100000; i++, w->now += 2)
		syn(w, 0x0a000000 + i * 5, 0x01000001, 443, IF_STRICT);
	struct detect_stats s = stats(w);
	assert_int_equal(s.evicted + s.refused, 0);
	assert_int_equal(s.lines, 100000);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_the_border),
		cmocka_unit_test(interfaces_give_way),
		cmocka_unit_test(at_the_customers_edge),
		cmocka_unit_test(sampled_counts_more),
		cmocka_unit_test(one_delegation_one_line),
		cmocka_unit_test(table_is_full),
		cmocka_unit_test(table_fills),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
