/* SPDX-License-Identifier: BSD-2-Clause */
/* Floods of one line, and all that only looks like one. */
#include "flood_world.h"

#include "detect/flood.h"

#define ME     line_addr(0x101)
#define VICTIM addr("203.0.113.7")

enum { OUT = 40 }; /* s */

static void
test_classes(void **state)
{
	(void)state;
	static const struct {
		uint8_t proto, flags;
		uint16_t size, bits;
		enum flood_class cls;
	} rows[] = { { IPP_TCP, TCP_SYN, 40, 0, FLOOD_SYN }, { IPP_TCP, TCP_ACK, 552, 0, FLOOD_TCP },
		{ IPP_TCP, TCP_ACK | TCP_PSH | TCP_URG, 700, 0, FLOOD_TCP }, { IPP_UDP, 0, 540, 0, FLOOD_UDP },
		{ IPP_ICMP, 0, 84, 0, FLOOD_ICMP }, { IPP_GRE, 0, 590, 0, FLOOD_GRE },
		{ IPP_UDP, 0, 1500, FLOW_FRAGMENT, FLOOD_FRAGMENT }, { 99, 0, 600, 0, FLOOD_OTHER } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_open(&w, NULL);
		for (int t = 0; t < OUT; t++, second(&w)) {
			struct flow f = { .src = ME, .dst = VICTIM, .proto = rows[i].proto, .sport = 4000,
				.dport = 80, .tcp_flags = rows[i].flags, .bits = (uint8_t)rows[i].bits,
				.packets = 4000, .bytes = 4000u * rows[i].size };
			give(&w, f);
			/* A refusal is no answer. */
			if (rows[i].proto == IPP_TCP)
				give(&w, (struct flow){ .src = VICTIM, .dst = ME, .proto = IPP_TCP, .sport = 80,
				    .dport = 4000, .tcp_flags = TCP_RST | TCP_ACK, .packets = 3, .bytes = 120 });
		}
		const struct finding *f = first_of(&w, DETECT_FLOOD);
		if (!f)
			fail_msg("row %zu: nothing found", i);
		assert_int_equal(f->flood, rows[i].cls);
		assert_in_range(f->pps, 3500, 4500);
		assert_in_range(f->mean_size, rows[i].size - 40u, rows[i].size + 5u);
		assert_int_equal(f->peer.len, 32);
		assert_true(f->samples >= 30 && f->active && !f->two_way);
		assert_int_equal(count_of(&w, DETECT_FLOOD), 1); /* said once while it stays the same */
		world_close(&w);
	}
}

static void
test_sampled(void **state)
{
	(void)state;
	struct world w;
	world_open(&w, NULL);
	w.sampling = 1000;
	for (int t = 0; t < OUT; t++, second(&w))
		stream(&w, ME, VICTIM, IPP_UDP, (uint16_t)rnd(&w), (uint16_t)rnd(&w), 0, 20000, 700);
	const struct finding *f = first_of(&w, DETECT_FLOOD);
	assert_non_null(f);
	assert_int_equal(f->sampling, 1000);
	assert_int_equal(f->port[0], 0); /* ports at random: none */
	assert_in_range(f->pps, 12000, 28000);
	assert_true(f->error_permille > 50 && f->error_permille < 400);
	world_close(&w);
}

/* A record of a minute is spread over its windows; not known sampling stays visible. */
static void
test_long_records(void **state)
{
	(void)state;
	struct world w;
	world_open(&w, NULL);
	w.sampling = 0;
	for (int t = 1; t <= 300; t++) {
		second(&w);
		if (t % 60 == 7)
			for (uint16_t i = 0; i < 10; i++)
				give(&w, (struct flow){ .src = ME, .dst = VICTIM, .proto = IPP_UDP,
				    .sport = (uint16_t)(5000 + i), .dport = 443, .packets = 60 * 500,
				    .bytes = 60 * 500 * 600, .first = w.now - 60000, .last = w.now });
	}
	const struct finding *f = first_of(&w, DETECT_FLOOD);
	assert_non_null(f);
	assert_in_range(f->pps, 4000, 5600);
	assert_int_equal(f->sampling, 0);
	assert_int_equal(f->port[0], 443);
	world_close(&w);
	/* As many packets, but 1,500 a second: no flood, though 90,000 arrive at once. */
	world_open(&w, NULL);
	for (int t = 1; t <= 300; t++) {
		second(&w);
		if (t % 60 == 7)
			give(&w, (struct flow){ .src = ME, .dst = VICTIM, .proto = IPP_UDP, .sport = 5000,
			    .dport = 443, .packets = 90000, .bytes = 54000000, .first = w.now - 60000, .last = w.now });
	}
	assert_int_equal(w.found, 0);
	world_close(&w);
}

/* A /24 under fire: no address of it gets much. */
static void
test_carpet(void **state)
{
	(void)state;
	for (int six = 0; six < 2; six++) {
		struct world w;
		world_open(&w, NULL);
		for (int t = 0; t < OUT; t++, second(&w)) {
			for (int i = 0; i < 256; i++) {
				struct addr to = six ? addr("2a02:1:2:3::") : addr("203.0.113.0");
				to.b[six ? 15 : 3] = (uint8_t)i;
				stream(&w, six ? addr("2001:db8:5::1") : ME, to, IPP_UDP, 999, 80, 0, 20, 600);
			}
		}
		const struct finding *f = first_of(&w, DETECT_FLOOD);
		assert_non_null(f);
		assert_int_equal(f->peer.len, six ? 48 : 24);
		world_close(&w);
	}
}

/* A bot behind a line that watches a film: the film is answered, the flood is not. */
static void
test_behind_a_film(void **state)
{
	(void)state;
	struct world w;
	world_open(&w, NULL);
	for (int t = 0; t < OUT; t++, second(&w)) {
		stream(&w, ME, addr("192.0.2.80"), IPP_UDP, 50000, 443, 0, 3000, 60);
		stream(&w, addr("192.0.2.80"), ME, IPP_UDP, 443, 50000, 0, 6000, 1300);
		stream(&w, ME, VICTIM, IPP_UDP, 50001, 7777, 0, 3000, 540);
	}
	const struct finding *f = first_of(&w, DETECT_FLOOD);
	assert_non_null(f);
	struct addr v = VICTIM;
	assert_true(addr_eq(&f->peer.a, &v));
	assert_in_range(f->pps, 2500, 3300);
	world_close(&w);
}

/* out, in: packets a second with one far side; each is not a flood. */
static void
test_traps(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		uint8_t proto;
		uint16_t port, peers;
		uint32_t out, out_size, in, in_size;
	} traps[] = {
		{ "speed test up", IPP_TCP, 8080, 4, 9000, 1500, 2500, 52 },
		{ "speed test down", IPP_TCP, 8080, 4, 8000, 52, 40000, 1500 },
		{ "backup", IPP_TCP, 443, 1, 4000, 1500, 1500, 52 },
		{ "video upload by QUIC", IPP_UDP, 443, 1, 4000, 1350, 300, 60 },
		{ "cameras to a cloud", IPP_TCP, 443, 8, 3000, 1400, 800, 52 },
		{ "VPN", IPP_UDP, 51820, 1, 3000, 1400, 2500, 300 },
		{ "IPsec", 50, 0, 1, 3000, 1400, 2500, 300 },
		{ "game server", IPP_UDP, 27015, 60, 4000, 200, 4000, 120 },
		{ "torrent", IPP_UDP, 6881, 400, 4000, 900, 3000, 300 },
		{ "slow upload", IPP_TCP, 443, 1, 1800, 1500, 0, 52 },
		{ "pings answered", IPP_ICMP, 2048, 100, 3000, 84, 2900, 84 },
	};
	for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++) {
		for (uint32_t sampling = 1; sampling <= 100; sampling += 99) {
			struct world w;
			world_open(&w, NULL);
			w.sampling = sampling;
			for (int t = 0; t < 120; t++, second(&w)) {
				for (uint16_t p = 0; p < traps[i].peers; p++) {
					struct addr far = { 4, { 192, 0, (uint8_t)(p >> 8), (uint8_t)p } };
					stream(&w, ME, far, traps[i].proto, 40000, traps[i].port, TCP_ACK | TCP_PSH,
					    traps[i].out / traps[i].peers, traps[i].out_size);
					if (traps[i].in)
						stream(&w, far, ME, traps[i].proto, traps[i].port, 40000, TCP_ACK | TCP_PSH,
						    traps[i].in / traps[i].peers, traps[i].in_size);
				}
			}
			if (w.found)
				fail_msg("%s, 1:%u: taken for a flood", traps[i].what, sampling);
			world_close(&w);
		}
	}
}

/* Upload records of a minute whose answers' records come a little later; and after a pause. */
static void
test_late_answers(void **state)
{
	(void)state;
	struct world w;
	world_open(&w, NULL);
	for (int t = 1; t <= 900; t++) {
		second(&w);
		if (t % 60 == 7 && (t < 300 || t > 600))
			give(&w, (struct flow){ .src = ME, .dst = VICTIM, .proto = IPP_TCP, .sport = 5000, .dport = 443,
			    .tcp_flags = TCP_ACK | TCP_PSH, .packets = 60 * 5000, .bytes = 60 * 5000 * 1400,
			    .first = w.now - 60000, .last = w.now });
		if (t % 60 == 12 && (t < 300 || t > 600))
			give(&w, (struct flow){ .src = VICTIM, .dst = ME, .proto = IPP_TCP, .sport = 443, .dport = 5000,
			    .tcp_flags = TCP_ACK, .packets = 60 * 1200, .bytes = 60 * 1200 * 52,
			    .first = w.now - 65000, .last = w.now - 5000 });
		stream(&w, ME, addr("192.0.2.1"), IPP_UDP, 1, 53, 0, 1, 70);
		stream(&w, addr("192.0.2.1"), ME, IPP_UDP, 53, 1, 0, 1, 170);
	}
	assert_int_equal(w.found, 0);
	world_close(&w);
}

/* A line that always sends much one way, and a burst too short. */
static void
test_usual_and_short(void **state)
{
	(void)state;
	struct world w;
	world_open(&w, NULL);
	for (int t = 0; t < 7200; t++, second(&w))
		stream(&w, ME, VICTIM, IPP_UDP, 5004, 5004, 0, 800, 1300);
	for (int t = 0; t < 60; t++, second(&w))
		stream(&w, ME, VICTIM, IPP_UDP, 5004, 5004, 0, 8000, 1300);
	assert_int_equal(w.found, 0); /* ten times its own average */
	for (int t = 0; t < 9; t++, second(&w))
		stream(&w, line_addr(7), VICTIM, IPP_UDP, 5004, 5004, 0, 50000, 600);
	for (int t = 0; t < 60; t++, second(&w))
		stream(&w, line_addr(7), VICTIM, IPP_UDP, 5004, 5004, 0, 1, 600);
	assert_int_equal(w.found, 0);
	world_close(&w);
}

/* Answers come by another road: nobody is a flooder for that. */
static void
test_blind(void **state)
{
	(void)state;
	struct world w;
	world_open(&w, NULL);
	for (int t = 0; t < 700; t++, second(&w)) {
		for (uint32_t l = 0; l < 300; l++)
			if (t % 10 == (int)(l % 10))
				stream(&w, line_addr(l), addr("192.0.2.80"), IPP_TCP, 40000, 443, TCP_ACK | TCP_PSH, 50, 400);
		if (t > 620)
			stream(&w, ME, VICTIM, IPP_TCP, 40000, 443, TCP_ACK | TCP_PSH, 5000, 1400);
	}
	assert_int_equal(w.found, 0);
	struct detect_stats st;
	detect_stats_of(w.d, &st);
	assert_true(st.held[DETECT_FLOOD] > 0);
	world_close(&w);
}

static void
test_torture(void **state)
{
	(void)state;
	struct world w;
	world_open(&w, NULL);
	for (int t = 0; t < OUT; t++, second(&w))
		stream(&w, ME, addr("192.0.2.53"), IPP_UDP, (uint16_t)rnd(&w), 53, 0, 400, 72);
	const struct finding *f = first_of(&w, DETECT_TORTURE);
	assert_non_null(f);
	assert_int_equal(f->port[0], 53);
	assert_int_equal(f->peer.len, 32);
	assert_in_range(f->pps, 390, 410);
	assert_int_equal(count_of(&w, DETECT_FLOOD), 0);
	world_close(&w);
	/* A resolver asks many; a household asks little; long queries are something else. */
	world_open(&w, NULL);
	for (int t = 0; t < 120; t++, second(&w)) {
		for (uint8_t i = 0; i < 100; i++)
			stream(&w, ME, (struct addr){ 4, { 192, 0, 2, i } }, IPP_UDP, (uint16_t)rnd(&w), 53, 0, 3, 72);
		stream(&w, line_addr(5), addr("192.0.2.53"), IPP_UDP, 1, 53, 0, 40, 72);
		stream(&w, line_addr(6), addr("192.0.2.53"), IPP_UDP, 1, 53, 0, 400, 240);
	}
	assert_int_equal(w.found, 0);
	world_close(&w);
}

/* An answer is more than that somebody is there: a reset, or a SYN and ACK alone, is none. A short exchange
 * in one record has those flags and more. */
static void
test_answers(void **state)
{
	static const struct {
		uint8_t flags;
		uint64_t packets;
		bool is;
	} rows[] = {
		{ TCP_RST | TCP_ACK, 1, false },
		{ TCP_SYN | TCP_ACK, 1, false },
		{ TCP_SYN | TCP_ACK, 3, false },
		{ TCP_SYN | TCP_ACK, 4, true },
		{ TCP_SYN | TCP_ACK | TCP_PSH | TCP_FIN, 3, true },
		{ TCP_ACK | TCP_PSH, 1, true },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct flow f = { .proto = IPP_TCP, .bits = FLOW_FLAGS, .tcp_flags = rows[i].flags,
			.packets = rows[i].packets };
		assert_int_equal(flood_answers(&f), rows[i].is);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_sampled),
		cmocka_unit_test(test_long_records),
		cmocka_unit_test(test_carpet),
		cmocka_unit_test(test_behind_a_film),
		cmocka_unit_test(test_traps),
		cmocka_unit_test(test_late_answers),
		cmocka_unit_test(test_usual_and_short),
		cmocka_unit_test(test_blind),
		cmocka_unit_test(test_torture),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
