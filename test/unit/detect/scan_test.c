/* SPDX-License-Identifier: BSD-2-Clause */
/* Scans are found by their distinct addresses, as surely as their sources are, and told seldom. */
#include "line_world.h"

#define LINE UINT32_C(0x0a010203)

static void
eight_addresses(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	struct finding f = { 0 };
	for (uint32_t i = 0; i < 7; i++, w->now += 10 * MSEC_SECOND)
		for (int again = 0; again < 3; again++) /* retransmissions count nothing */
			syn(w, LINE, 0x01000001 + (i << 20), i % 4 ? 23 : 2323, IF_STRICT);
	assert_int_equal(w->n, 1); /* at the fifth */
	assert_int_equal(w->found[0].samples, 5);
	syn(w, LINE, 0x01000001 + (7 << 20), 23, IF_STRICT);
	assert_int_equal(found_of(w, DETECT_SCAN, &f), 2);
	assert_int_equal(f.distinct, 8);
	assert_int_equal(f.samples, 22);
	assert_int_equal(f.permille, 1000);
	assert_int_equal(f.source, SOURCE_PROVEN);
	assert_int_equal(f.sampling, 1);
	assert_int_equal(f.exporter, 0);
	assert_int_equal(f.iface, IF_STRICT);
	assert_int_equal(f.port[0], 23);
	assert_int_equal(f.port[1], 2323);
	assert_int_equal(f.to - f.from, 70 * MSEC_SECOND);
	assert_true(f.active && !f.shared && !f.inbound);
	struct addr line = ip4(LINE);
	assert_true(addr_eq(&f.subject, &line));
	world_free(w);
}

static bool
asked(struct world *w)
{
	struct ask a = { .no = 1, .case_no = 1, .subject = ip4(LINE), .cls = CLASS_SCANNER, .when = w->now };
	struct flow_seen r;
	detect_ask(w->d, &a, false, &r);
	return r.active;
}

/* Five on quiet ports are told, once, and lead to nothing: neither the report, nor a word beside it, nor an
 * answer. What may act is told when it would have been without, and from then on no more of the few. */
static void
few_are_told_early(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	struct finding f = { 0 };
	struct flow_seen seen;
	struct report r;
	struct top_row top;
	uint32_t i = 0;
	w->sampling = 1000; /* the random walk is silent there */
	for (; i < 6; i++, w->now += 10 * MSEC_SECOND) /* busy ports are no part of it */
		syn(w, LINE, 0x02000001 + (i << 20), i % 2 ? 80 : 8080, IF_STRICT);
	for (i = 0; i < 4; i++, w->now += 10 * MSEC_SECOND)
		for (int again = 0; again < 5; again++)
			syn(w, LINE, 0x01000001 + (i << 20), 23, IF_STRICT);
	assert_int_equal(w->n, 0);
	for (; i < 5; i++, w->now += 10 * MSEC_SECOND)
		for (int again = 0; again < 5; again++)
			syn(w, LINE, 0x01000001 + (i << 20), 2323, IF_STRICT);
	assert_int_equal(found_of(w, DETECT_SCAN, &f), 1);
	assert_int_equal(f.distinct, 5);
	assert_int_equal(f.samples, 5); /* of 25 */
	assert_int_equal(f.source, SOURCE_PROVEN);
	assert_int_equal(f.port[0], 23);
	assert_int_equal(f.port[1], 2323);
	assert_int_equal(f.port[2], 0);
	assert_true(finding_report(&f, &r));
	assert_int_equal(r.evidence, EVIDENCE_WEAK);
	assert_false(finding_seen(&f, false, &seen));
	assert_false(asked(w));
	assert_int_equal(detect_top(w->d, &top, 1), 1);
	assert_true(top.suspicion >= 500 && top.suspicion < 900 && top.detectors == 1U << DETECT_SCAN);
	for (int again = 0; again < 100; again++, w->now += MSEC_SECOND) /* the same ones */
		syn(w, LINE, 0x01000001 + ((uint32_t)again % 5 << 20), 23, IF_STRICT);
	assert_int_equal(w->n, 1);
	assert_false(asked(w));
	world_free(w);

	/* Whether told before or not, the eighth is told at once, and then answered. */
	w = world_new(true, NULL, NULL, 1, 1000);
	w->sampling = 1000;
	for (i = 0; i < 8; i++, w->now += 10 * MSEC_SECOND)
		syn(w, LINE, 0x01000001 + (i << 20), 23, IF_STRICT);
	assert_int_equal(found_of(w, DETECT_SCAN, &f), 2);
	assert_int_equal(f.samples, 8);
	assert_true(finding_report(&f, &r) && r.evidence == EVIDENCE_STRONG);
	assert_true(finding_seen(&f, false, &seen) && asked(w));
	/* Few again later make it go on no longer. */
	w->now += 30 * MSEC_MINUTE;
	for (i = 0; i < 7; i++, w->now += 10 * MSEC_SECOND)
		syn(w, LINE, 0x03000001 + (i << 20), 23, IF_STRICT);
	assert_int_equal(w->n, 2);
	assert_false(asked(w));
	w->now += 6 * MSEC_HOUR;
	for (i = 0; i < 7; i++, w->now += 10 * MSEC_SECOND)
		syn(w, LINE, 0x04000001 + (i << 20), 23, IF_STRICT);
	assert_int_equal(found_of(w, DETECT_SCAN, &f), 3);
	assert_int_equal(f.samples, 5);
	world_free(w);
}

/* Few within 15 minutes, however these lie; not of one network, nor beside as many that were answered, nor slower. */
static void
few_are_few(void **unused)
{
	static const struct {
		msec gap;
		uint32_t shift;
		bool answered, told;
	} row[] = { { 200 * MSEC_SECOND, 20, false, true }, { 240 * MSEC_SECOND, 20, false, false },
		{ MSEC_SECOND, 8, false, false }, { MSEC_SECOND, 20, true, false } };
	(void)unused;
	for (size_t k = 0; k < sizeof(row) / sizeof(row[0]); k++) {
		struct world *w = world_new(true, NULL, NULL, 1, 1000);
		for (uint32_t i = 0; i < 5; i++, w->now += row[k].gap) {
			struct flow o = flow_of(w, ip4(LINE), ip4(0x02000001 + (i << 20)), IPP_TCP, 40000, 23,
			    TCP_SYN | TCP_ACK | TCP_PSH);
			if (row[k].answered)
				give(w, o);
			syn(w, LINE, 0x01000001 + (i << row[k].shift), 23, IF_STRICT);
		}
		assert_int_equal(found_of(w, DETECT_SCAN, NULL), row[k].told);
		world_free(w);
	}
}

static void
one_net_is_no_scan(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	for (uint32_t i = 0; i < 200; i++)
		syn(w, LINE, 0x01000001 + (i << 8), 23, IF_STRICT);
	for (uint32_t i = 0; i < 200; i++) /* /16 number two: still not three */
		syn(w, LINE, 0x02000001 + i, 23, IF_STRICT);
	assert_int_equal(w->n, 0);
	world_free(w);
}

static void
busy_ports_count_a_third(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	for (uint32_t i = 0; i < 23; i++)
		syn(w, LINE, 0x01000001 + (i << 20), 8080, IF_STRICT);
	assert_int_equal(found_of(w, DETECT_SCAN, NULL), 0);
	syn(w, LINE, 0x01000001 + (23 << 20), 8080, IF_STRICT);
	assert_int_equal(found_of(w, DETECT_SCAN, NULL), 1);
	world_free(w);
}

/* One SYN in ten minutes: 24 in 6 h. */
static void
slow_scan(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	uint32_t i = 0;
	for (; i < 40 && !found_of(w, DETECT_SCAN, NULL); i++, w->now += 10 * MSEC_MINUTE)
		syn(w, LINE, 0x01000001 + (i << 20), 5555, IF_STRICT);
	assert_in_range(i, 24, 30);
	world_free(w);
}

/* Honest traffic on the same ports: an established share. */
static void
share_tells(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	for (uint32_t i = 0; i < 400; i++, w->now += MSEC_SECOND) {
		struct flow f = flow_of(w, ip4(LINE), ip4(0x01000001 + (i << 20)), IPP_TCP, 40000, 8443,
		    TCP_SYN | (i % 2 ? TCP_ACK | TCP_PSH : 0));
		f.packets = i % 2 ? 12 : 1;
		give(w, f);
	}
	assert_int_equal(found_of(w, DETECT_SCAN, NULL), 0);
	world_free(w);
}

static void
repeated_seldom(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	/* 160 a second, as Mirai does, for 10 min. */
	for (uint32_t i = 0; i < 600; i++, w->now += MSEC_SECOND)
		for (uint32_t k = 0; k < 160; k++)
			syn(w, LINE, (i * 160 + k) * 40503 + 0x01000000, k % 10 ? 23 : 2323, IF_STRICT);
	struct finding f = { 0 };
	size_t n = found_of(w, DETECT_SCAN, &f);
	assert_in_range(n, 5, 20);
	assert_true(f.distinct > 20000); /* of 96,000, by 64 registers */
	/* And once more six hours later, though it says no more. */
	w->now += 7 * MSEC_HOUR;
	for (uint32_t k = 0; k < 60; k++)
		syn(w, LINE, (k + 1) * 40503 * 977, 23, IF_STRICT);
	assert_true(found_of(w, DETECT_SCAN, NULL) > n);
	world_free(w);
}

/* 200 lines framed by SYNs with their addresses from a port where nobody checks. */
static void
framed_lines(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	for (uint32_t l = 0; l < 200; l++) {
		/* Each also has honest traffic through its own port, some of it failing. */
		for (uint32_t i = 0; i < 6; i++) {
			syn(w, LINE + l, 0x05000001 + (i << 20), 23, IF_STRICT);
			struct flow f = flow_of(w, ip4(LINE + l), ip4(0x06000001 + (i << 20)), IPP_TCP,
			    40000, 23, TCP_SYN | TCP_ACK | TCP_PSH);
			f.packets = 9;
			give(w, f);
		}
		for (uint32_t i = 0; i < 60; i++)
			syn(w, LINE + l, 0x01000001 + (i << 20), 23, IF_OPEN);
	}
	for (size_t i = 0; i < w->n; i++)
		assert_int_equal(w->found[i].source, SOURCE_UNPROVEN);
	assert_true(found_of(w, DETECT_SCAN, NULL) >= 200);
	world_free(w);
}

/* A bot behind a strict port is not made unsure by what somebody forges with its address. */
static void
forged_beside_true(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	struct finding f = { 0 };
	for (uint32_t i = 0; i < 16; i++)
		syn(w, LINE, 0x01000001 + (i << 20), 23, i % 2 ? IF_OPEN : IF_STRICT);
	assert_true(found_of(w, DETECT_SCAN, &f) > 0);
	assert_int_equal(f.source, SOURCE_PROVEN);
	assert_int_equal(f.distinct, 8);
	world_free(w);
}

/* Sources outside an interface's prefixes are nobody's: not counted for the line they name. */
static void
not_behind_there(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	struct finding f = { 0 };
	for (uint32_t i = 0; i < 60; i++)
		syn(w, LINE, 0x01000001 + (i << 20), 23, IF_LISTED);
	assert_int_equal(found_of(w, DETECT_SCAN, NULL), 0);
	for (uint32_t i = 0; i < 60; i++)
		syn(w, 0x0a030001, 0x01000001 + (i << 20), 23, IF_LISTED);
	assert_int_equal(found_of(w, DETECT_SCAN, &f) > 0, 1);
	assert_int_equal(f.source, SOURCE_BOUND);
	world_free(w);
}

/* Forged SYNs alone prove nothing; connections that carried data, to three addresses, do. */
static void
proven_by_data(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	struct finding f = { 0 };
	for (uint32_t i = 0; i < 12; i++, w->now += MSEC_SECOND)
		syn(w, LINE, 0x01000001 + (i << 20), 23, IF_OPEN);
	assert_true(found_of(w, DETECT_SCAN, &f) > 0);
	assert_int_equal(f.source, SOURCE_UNPROVEN);
	for (uint32_t i = 0; i < 3; i++, w->now += MSEC_SECOND) {
		struct flow o = flow_of(w, ip4(LINE), ip4(0x02000001 + (i << 20)), IPP_TCP, 41000, 23,
		    TCP_SYN | TCP_ACK | TCP_PSH);
		o.in_if = IF_OPEN;
		o.packets = 8;
		give(w, o);
		struct flow b = flow_of(w, o.dst, o.src, IPP_TCP, 23, 41000, TCP_SYN | TCP_ACK | TCP_PSH);
		b.in_if = IF_BORDER;
		b.out_if = IF_OPEN;
		b.first += 20;
		b.packets = 8;
		give(w, b);
	}
	for (uint32_t i = 20; i < 60; i++, w->now += MSEC_SECOND)
		syn(w, LINE, 0x01000001 + (i << 20), 23, IF_OPEN);
	found_of(w, DETECT_SCAN, &f);
	assert_int_equal(f.source, SOURCE_PROVEN);
	assert_true(f.two_way);
	world_free(w);
}

/* Any port: failures that succeed each other, in several networks; a dozen. */
static void
walk(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	struct finding f = { 0 };
	uint32_t i = 0;
	for (; i < 100 && !found_of(w, DETECT_WALK, &f); i++, w->now += 3 * MSEC_SECOND)
		syn(w, LINE, 0x01000001 + (i << 20), 6379, IF_STRICT);
	assert_in_range(i, 8, 12); /* few lines need fewer than a million */
	assert_int_equal(f.source, SOURCE_PROVEN);
	assert_int_equal(f.port[0], 6379);
	assert_true(f.distinct >= 8 && f.samples >= 8 && f.permille == 1000);
	world_free(w);
	/* Where only packets, or too few of them, are seen, nothing can be said to have failed. */
	for (int k = 0; k < 2; k++) {
		w = world_new(true, NULL, NULL, 1, 1000);
		w->sampling = k ? 1000 : 1;
		for (i = 0; i < 100; i++, w->now += 3 * MSEC_SECOND) {
			struct flow p = flow_of(w, ip4(LINE), ip4(0x01000001 + (i << 20)), IPP_TCP, 40000,
			    6379, TCP_SYN);
			p.bits |= k ? 0 : FLOW_PACKET;
			give(w, p);
		}
		assert_int_equal(w->n, 0);
		world_free(w);
	}
}

/* Neighbours asked for SMB, one after another. */
static void
sweep(void **unused)
{
	(void)unused;
	for (int k = 0; k < 2; k++) {
		struct world *w = world_new(true, NULL, NULL, 1, 1000);
		for (uint32_t i = 0; i < 11; i++, w->now += 3 * MSEC_SECOND)
			syn(w, LINE, 0x01000001 + i, k ? 8883 : 445, IF_STRICT);
		assert_int_equal(found_of(w, DETECT_WALK, NULL), k ? 0 : 1);
		world_free(w);
	}
}

/* Forged failures beside honest traffic: seen, not believed. */
static void
framed_walk(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	struct finding f = { 0 };
	for (uint32_t i = 0; i < 100; i++, w->now += MSEC_SECOND) {
		syn(w, LINE, 0x01000001 + (i << 20), 6379, IF_OPEN);
		if (i % 9 == 0)
			syn(w, LINE, 0x02000001 + (i << 20), 6379, IF_STRICT);
		struct flow g = flow_of(w, ip4(LINE), ip4(0x03000001 + (i << 20)), IPP_TCP, 40000, 443,
		    TCP_SYN | TCP_ACK);
		g.packets = 9;
		if (i % 3 == 0)
			give(w, g);
	}
	assert_true(found_of(w, DETECT_WALK, &f) > 0);
	assert_int_equal(f.source, SOURCE_UNPROVEN);
	world_free(w);
}

static void
findings_same(const struct world *a, const struct world *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_memory_equal(&a->found[i], &b->found[i], sizeof(a->found[i]));
}

/* Whatever the seed, the same flows give the same findings. */
static void
seed_shows_nowhere(void **unused)
{
	(void)unused;
	struct world *w[2] = { world_new(true, NULL, NULL, 1, 100000),
		world_new(true, NULL, NULL, 0x1234567890abcdef, 100000) };
	for (int k = 0; k < 2; k++) {
		uint64_t dice = 5;
		for (uint32_t i = 0; i < 200000; i++) {
			dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407;
			uint32_t v = (uint32_t)(dice >> 32);
			static const uint16_t ports[] = { 23, 2323, 80, 443, 8080, 53, 6881, 50000 };
			struct flow f = flow_of(w[k], ip4(0x0a000000 + v % 997), ip4(v * 7919),
			    v & 1024 ? IPP_TCP : IPP_UDP, (uint16_t)(1024 + v % 50000), ports[v >> 5 & 7],
			    v & 2048 ? TCP_SYN : TCP_SYN | TCP_ACK);
			f.packets = 1 + (v >> 12) % 9;
			f.bytes = 40 * f.packets;
			give(w[k], f);
			if (v % 5 == 0) {
				struct flow b = flow_of(w[k], f.dst, f.src, f.proto, f.dport, f.sport,
				    TCP_SYN | TCP_ACK | TCP_PSH);
				b.in_if = IF_BORDER;
				b.out_if = IF_STRICT;
				give(w[k], b);
			}
			w[k]->now += 20;
		}
	}
	assert_true(w[0]->n > 10);
	findings_same(w[0], w[1]);
	world_free(w[0]);
	world_free(w[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eight_addresses),
		cmocka_unit_test(few_are_told_early),
		cmocka_unit_test(few_are_few),
		cmocka_unit_test(one_net_is_no_scan),
		cmocka_unit_test(busy_ports_count_a_third),
		cmocka_unit_test(slow_scan),
		cmocka_unit_test(share_tells),
		cmocka_unit_test(repeated_seldom),
		cmocka_unit_test(framed_lines),
		cmocka_unit_test(forged_beside_true),
		cmocka_unit_test(not_behind_there),
		cmocka_unit_test(proven_by_data),
		cmocka_unit_test(walk),
		cmocka_unit_test(sweep),
		cmocka_unit_test(framed_walk),
		cmocka_unit_test(seed_shows_nowhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
