/* SPDX-License-Identifier: BSD-2-Clause */
/* Many own lines at one victim, each below every threshold; and what is popular for good reasons. */
#include "flood_world.h"

#define VICTIM addr("203.0.113.7")
#define CDN    addr("192.0.2.80")

enum { LINES = 200 };

/* Honest lines: web and video by TCP and QUIC, some of it going up, DNS; most of it from one CDN. */
static void
background(struct world *w, uint32_t lines)
{
	for (uint32_t i = 0; i < lines; i++) {
		struct addr me = line_addr(5000 + i), far = CDN;
		uint16_t port = (uint16_t)(30000 + i % 20000);
		if (rnd(w) % 4)
			far = (struct addr){ 4, { 192, (uint8_t)(i % 3), (uint8_t)rnd(w), (uint8_t)rnd(w) } };
		uint8_t proto = i % 2 ? IPP_TCP : IPP_UDP;
		bool up = i % 10 == 0;
		uint32_t out = up ? 300 : 60, in = up ? 40 : 150;
		stream(w, me, far, proto, port, 443, TCP_ACK | TCP_PSH, out, up ? 1350 : 70);
		stream(w, far, me, proto, 443, port, TCP_ACK | TCP_PSH, in, up ? 60 : 1350);
		stream(w, me, addr("192.0.2.53"), IPP_UDP, port, 53, 0, 2, 68);
		stream(w, addr("192.0.2.53"), me, IPP_UDP, 53, port, 0, 2, 180);
	}
}

/* 12 Mbit/s and 2,000 pps a line. */
static void
attack(struct world *w, struct addr victim, uint16_t port, uint32_t lines)
{
	for (uint32_t i = 0; i < lines; i++)
		stream(w, line_addr(i), victim, IPP_UDP, (uint16_t)(1024 + i), port, 0, 2000, 750);
}

static const struct finding *
group_of(const struct world *w)
{
	for (size_t i = 0; i < w->found; i++)
		if (w->f[i].detector == DETECT_POPULATION && !w->f[i].subject.fam)
			return &w->f[i];
	return NULL;
}

static size_t
lines_of(const struct world *w)
{
	size_t n = 0;
	for (size_t i = 0; i < w->found; i++)
		n += w->f[i].detector == DETECT_POPULATION && w->f[i].subject.fam;
	return n;
}

static void
test_flood(void **state)
{
	(void)state;
	static const uint32_t samplings[] = { 1, 100, 1000 };
	for (size_t k = 0; k < 3; k++) {
		struct world w;
		world_open(&w, NULL);
		w.sampling = samplings[k];
		uint32_t honest = samplings[k] == 1 ? 300 : 3000;
		for (int t = 0; t < 30; t++, second(&w))
			background(&w, honest);
		assert_int_equal(w.found, 0);
		msec begin = w.now, told = 0;
		for (int t = 0; t < 30; t++, second(&w)) {
			background(&w, honest);
			attack(&w, VICTIM, 7777, LINES);
			if (!told && group_of(&w))
				told = w.now;
		}
		const struct finding *f = group_of(&w);
		assert_non_null(f);
		assert_in_range(told - begin, 0, 10000);
		struct addr v = VICTIM;
		assert_true(addr_eq(&f->peer.a, &v) && f->peer.len == 32);
		assert_int_equal(f->port[0], 7777);
		assert_int_equal(f->flood, FLOOD_UDP);
		assert_int_equal(f->sampling, samplings[k]);
		assert_in_range(f->lines, 100, 300);
		assert_in_range(f->bps, UINT64_C(500000000), UINT64_C(3600000000));
		assert_in_range(f->mean_size, 700, 800);
		assert_true(f->group && f->active && f->samples >= 30);
		/* Its lines are named, with the same number; each once. */
		assert_in_range(lines_of(&w), LINES * 9 / 10, LINES * 3);
		for (size_t i = 0; i < w.found; i++) {
			if (w.f[i].detector != DETECT_POPULATION || !w.f[i].subject.fam)
				continue;
			assert_true(w.f[i].group == f->group && w.f[i].samples >= 8);
			assert_true(w.f[i].subject.b[1] == 64 && w.f[i].subject.b[2] == 0);
		}
		for (int t = 0; t < 70; t++, second(&w))
			background(&w, honest / 10);
		assert_false(w.f[w.found - 1].active);
		struct detect_stats st;
		detect_stats_of(w.d, &st);
		assert_true(st.attack_bytes > UINT64_C(200) * 2000 * 750 * 20);
		assert_true(st.attack_bytes < UINT64_C(200) * 2000 * 750 * 36);
		world_close(&w);
	}
}

/* Against the very place everybody uses, in the protocol everybody uses there. */
static void
test_popular_victim(void **state)
{
	(void)state;
	for (uint32_t sampling = 1; sampling <= 1000; sampling += 999) {
		struct world w;
		world_open(&w, NULL);
		w.sampling = sampling;
		for (int t = 0; t < 40; t++, second(&w))
			background(&w, 2000);
		assert_int_equal(w.found, 0);
		for (int t = 0; t < 60; t++, second(&w)) {
			background(&w, 2000);
			attack(&w, CDN, 443, LINES);
		}
		assert_non_null(group_of(&w));
		for (size_t i = 0; i < w.found; i++)
			if (w.f[i].subject.fam)
				assert_true(w.f[i].subject.b[2] == 0); /* only those that attack */
		world_close(&w);
	}
}

static void
test_carpet(void **state)
{
	(void)state;
	for (int six = 0; six < 2; six++) {
		struct world w;
		world_open(&w, NULL);
		w.sampling = 1000;
		for (int t = 0; t < 10; t++, second(&w)) {
			for (uint32_t i = 0; i < LINES; i++)
				for (int k = 0; k < 20; k++) {
					struct addr to = six ? addr("2a02:1:2::") : addr("203.0.113.0");
					to.b[six ? 15 : 3] = (uint8_t)rnd(&w);
					struct addr from = line_addr(i);
					if (six)
						from = (struct addr){ 6, { 0x20, 0x01, 0x0d, 0xb8, 0, 0, (uint8_t)i, 1 } };
					stream(&w, from, to, IPP_UDP, 1, (uint16_t)rnd(&w), 0, 100, 750);
				}
		}
		const struct finding *f = group_of(&w);
		assert_non_null(f);
		assert_int_equal(f->peer.len, six ? 48 : 24);
		assert_int_equal(f->port[0], 0);
		assert_in_range(f->lines, 100, 300);
		world_close(&w);
	}
}

/* One line sprays packets over all the Internet meanwhile: the attack stays in the table. */
static void
test_spray(void **state)
{
	(void)state;
	struct world w;
	world_open(&w, NULL);
	w.sampling = 100;
	for (int t = 0; t < 10; t++, second(&w)) {
		for (int i = 0; i < 100000; i++)
			give(&w, (struct flow){ .src = line_addr(9000 + rnd(&w) % 500), .dst = { 4,
			    { (uint8_t)(1 + rnd(&w) % 90), (uint8_t)rnd(&w), (uint8_t)rnd(&w), 1 } }, .proto = IPP_UDP,
			    .sport = 1, .dport = (uint16_t)rnd(&w), .packets = 1, .bytes = 1400 });
		attack(&w, VICTIM, 7777, LINES);
	}
	assert_non_null(group_of(&w));
	struct addr v = VICTIM;
	assert_true(addr_eq(&group_of(&w)->peer.a, &v));
	world_close(&w);
}

static void
test_syn(void **state)
{
	(void)state;
	struct world w;
	world_open(&w, NULL);
	for (int t = 0; t < 12; t++, second(&w))
		for (uint32_t i = 0; i < LINES; i++) {
			stream(&w, line_addr(i), VICTIM, IPP_TCP, (uint16_t)rnd(&w), 80, TCP_SYN, 1900, 40);
			stream(&w, VICTIM, line_addr(i), IPP_TCP, 80, 1, TCP_SYN | TCP_ACK, 3, 40);
		}
	const struct finding *f = group_of(&w);
	assert_non_null(f);
	assert_int_equal(f->flood, FLOOD_SYN);
	assert_int_equal(f->port[0], 80);
	world_close(&w);
}

/* Records of a minute, exported minute by minute. */
static void
test_long_records(void **state)
{
	(void)state;
	struct world w;
	world_open(&w, NULL);
	for (int t = 1; t < 200; t++) {
		second(&w);
		for (uint32_t i = 0; i < LINES; i++)
			if (t > 60 && (uint32_t)t % 60 == i % 60)
				give(&w, (struct flow){ .src = line_addr(i), .dst = VICTIM, .proto = IPP_UDP, .sport = 1,
				    .dport = 7777, .packets = 60 * 2000, .bytes = UINT64_C(60) * 2000 * 750,
				    .first = w.now - 60000, .last = w.now });
	}
	assert_non_null(group_of(&w));
	world_close(&w);
}

/* out and in: packets a second of each of n lines with one far side (or far sides in its /24). */
static void
test_popular(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		uint8_t proto;
		uint16_t port, hosts, lines;
		uint32_t out, out_size, in, in_size;
	} rows[] = {
		{ "game launch, down", IPP_TCP, 443, 1, 2000, 400, 52, 800, 1500 },
		{ "software update by QUIC", IPP_UDP, 443, 4, 2000, 200, 60, 800, 1350 },
		{ "game servers", IPP_UDP, 27015, 1, 1500, 64, 120, 64, 300 },
		{ "resolver", IPP_UDP, 53, 1, 2000, 60, 70, 60, 200 },
		{ "live stream", IPP_UDP, 443, 2, 2000, 30, 60, 600, 1350 },
		{ "photos to a cloud", IPP_TCP, 443, 16, 400, 400, 1400, 110, 52 },
		{ "videos to a cloud by QUIC", IPP_UDP, 443, 16, 400, 400, 1350, 40, 60 },
		{ "VPN of an office", IPP_UDP, 4500, 1, 300, 100, 900, 140, 900 },
		{ "new connections", IPP_TCP, 443, 1, 2000, 20, 60, 20, 60 },
		{ "pings", IPP_ICMP, 2048, 1, 2000, 40, 84, 40, 84 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t sampling = 1; sampling <= 1000; sampling += 999) {
			struct world w;
			world_open(&w, NULL);
			w.sampling = sampling;
			/* A sixth more lines each second: it comes suddenly. */
			for (uint32_t t = 0; t < 60; t++, second(&w)) {
				for (uint32_t l = 0; l < rows[i].lines && l < rows[i].lines * (t + 1) / 6; l++) {
					struct addr far = { 4, { 192, 0, 2, (uint8_t)(l % rows[i].hosts) } };
					stream(&w, line_addr(l), far, rows[i].proto, 40000, rows[i].port, TCP_ACK | TCP_PSH,
					    rows[i].out, rows[i].out_size);
					stream(&w, far, line_addr(l), rows[i].proto, rows[i].port, 40000, TCP_ACK | TCP_PSH,
					    rows[i].in, rows[i].in_size);
				}
			}
			if (w.found)
				fail_msg("%s, 1:%u: taken for an attack", rows[i].what, sampling);
			world_close(&w);
		}
	}
}

/* Too few lines, or too little of all. */
static void
test_small(void **state)
{
	(void)state;
	struct world w;
	world_open(&w, NULL);
	for (int t = 0; t < 30; t++, second(&w)) {
		attack(&w, VICTIM, 7777, 12);
		for (uint32_t i = 0; i < 300; i++)
			stream(&w, line_addr(i), addr("198.51.100.1"), IPP_UDP, 1, 514, 0, 30, 500);
	}
	assert_int_equal(count_of(&w, DETECT_POPULATION), 0);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_popular_victim),
		cmocka_unit_test(test_carpet),
		cmocka_unit_test(test_spray),
		cmocka_unit_test(test_syn),
		cmocka_unit_test(test_long_records),
		cmocka_unit_test(test_popular),
		cmocka_unit_test(test_small),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
