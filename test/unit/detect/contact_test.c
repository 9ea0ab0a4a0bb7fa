/* SPDX-License-Identifier: BSD-2-Clause */
/* Spoofed sources, contacts with listed servers, outbreaks: and who must not be accused for them. */
#include "line_world.h"

#include "detect/indicators.h"

#define C2 0xcb007109u /* 203.0.113.9 */

static size_t
count(const struct world *w, enum detector d, struct finding *last)
{
	size_t n = 0;
	for (size_t i = 0; i < w->n; i++) {
		if (w->found[i].detector != d)
			continue;
		n++;
		if (last)
			*last = w->found[i];
	}
	return n;
}

static void
above_log(const struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		assert_true(!w->found[i].subject.fam || w->found[i].source == SOURCE_UNPROVEN);
}

/* A SYN flood with the sources of 200 lines, from a port where none of them is. */
static void
spoofed_sources(void **unused)
{
	(void)unused;
	for (uint32_t sampling = 1; sampling <= 1000; sampling += 999) {
		struct world *w = world_new(true, NULL, NULL, 1, 100000);
		struct finding f = { 0 };
		w->sampling = sampling;
		for (uint32_t i = 0; i < 20000; i++, w->now += 2) {
			struct flow o = flow_of(w, ip4(0x0a010000 + i % 200), ip4(0xcb007107), IPP_TCP,
			    (uint16_t)(i * 7), 80, TCP_SYN);
			o.in_if = IF_LISTED;
			give(w, o);
		}
		assert_true(count(w, DETECT_SPOOF, &f) > 0);
		assert_int_equal(f.iface, IF_LISTED);
		assert_int_equal(f.subject.fam, 0);
		assert_true(f.distinct >= 64 && f.samples >= 8 && f.peer.len == 32 && f.port[0] == 80);
		assert_int_equal(f.sampling, sampling);
		assert_int_equal(count(w, DETECT_SPOOF, NULL), w->n); /* and nobody else */
		world_free(w);
	}
}

/* A home router that leaks a few private sources, or one neighbour's address by mistake. */
static void
leaks(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 100000);
	for (uint32_t i = 0; i < 2000; i++, w->now += 20) {
		struct flow o = flow_of(w, ip4((i % 3 ? 0xc0a80100 : 0xac100000) + i % 200), ip4(0xcb007107),
		    IPP_TCP, 1000, 443, TCP_RST);
		o.in_if = IF_LISTED;
		give(w, o);
		o.src = ip4(0x0a010000 + i % 3);
		give(w, o);
	}
	assert_int_equal(count(w, DETECT_SPOOF, NULL), 0);
	world_free(w);
}

static struct indicators *
listed(const char *text)
{
	size_t skipped, bad;
	const char *rule;
	struct indicators *x = indicators_parse(text, strlen(text), 5, &skipped, &bad, &rule);
	assert_non_null(x);
	assert_int_equal(skipped, 0);
	return x;
}

/* One connection of a line with the listed server, port for port, both ways or not. */
static void
exchange(struct world *w, uint32_t line, uint16_t sport, uint16_t dport, bool answered, uint64_t packets)
{
	struct flow o = flow_of(w, ip4(line), ip4(C2), IPP_TCP, sport, dport,
	    answered ? TCP_SYN | TCP_ACK | TCP_PSH : TCP_SYN);
	o.in_if = IF_OPEN;
	o.packets = packets;
	o.bytes = packets * 60;
	give(w, o);
	if (!answered)
		return;
	struct flow b = flow_of(w, o.dst, o.src, IPP_TCP, dport, sport, TCP_SYN | TCP_ACK | TCP_PSH);
	b.in_if = IF_BORDER;
	b.out_if = IF_OPEN;
	b.first += 20;
	b.packets = packets;
	b.bytes = packets * 60;
	give(w, b);
}

static void
contacts(void **unused)
{
	(void)unused;
	struct indicators *x = listed("203.0.113.9:6667/tcp,,,feed-1\n203.0.113.10,,,feed-2\n");
	struct world *w = world_new(true, NULL, NULL, 1, 100000);
	struct finding f = { 0 };
	detect_indicators(w->d, x);
	exchange(w, 0x0a010001, 40000, 6667, true, 6);
	w->now += 30 * MSEC_SECOND;
	exchange(w, 0x0a010001, 40001, 6667, true, 6);
	assert_int_equal(count(w, DETECT_C2, NULL), 0); /* too close together */
	w->now += 90 * MSEC_SECOND;
	exchange(w, 0x0a010001, 40002, 6667, true, 6);
	assert_true(count(w, DETECT_C2, &f) > 0);
	assert_string_equal(f.indicator, "feed-1");
	assert_true(f.two_way && f.port[0] == 6667 && f.source == SOURCE_PROVEN && f.samples >= 8);
	struct addr me = ip4(0x0a010001);
	assert_true(addr_eq(&f.subject, &me));
	world_free(w);
	/* One long session, exported minute by minute. */
	w = world_new(true, NULL, NULL, 1, 100000);
	detect_indicators(w->d, x);
	for (int i = 0; i < 12; i++, w->now += 60 * MSEC_SECOND)
		exchange(w, 0x0a010001, 40000, 6667, true, 2);
	assert_true(count(w, DETECT_C2, NULL) > 0);
	world_free(w);
	/* Sampled 1:1000: a packet now and then, never both in the same second. */
	w = world_new(true, NULL, NULL, 1, 100000);
	detect_indicators(w->d, x);
	w->sampling = 1000;
	for (uint16_t i = 0; i < 6; i++, w->now += 1200 * MSEC_SECOND) {
		struct flow o = flow_of(w, ip4(0x0a010001), ip4(C2), IPP_TCP, 40000, 6667, TCP_ACK | TCP_PSH);
		give(w, o);
	}
	assert_true(count(w, DETECT_C2, &f) > 0);
	assert_true(f.samples <= 6 && f.sampling == 1000);
	world_free(w);
	indicators_free(x);
}

static void
no_contacts(void **unused)
{
	(void)unused;
	struct indicators *x = listed("203.0.113.9,,,any-port\n203.0.113.10:23,,,feed-2\n");
	struct world *w = world_new(true, NULL, NULL, 1, 100000);
	detect_indicators(w->d, x);
	/* 200 lines framed: one fetch of a page each, or SYNs with their names from another port. */
	for (uint32_t i = 0; i < 200; i++, w->now += MSEC_SECOND) {
		exchange(w, 0x0a010000 + i, 40000, 80, true, 12);
		exchange(w, 0x0a010000 + i, 40001, 80, true, 12);
	}
	for (uint32_t i = 0; i < 2000; i++, w->now += MSEC_SECOND)
		exchange(w, 0x0a010000 + i % 200, (uint16_t)(i * 3 + 1024), 80, false, 3);
	assert_int_equal(count(w, DETECT_C2, NULL), 0);
	above_log(w);
	/* A scanner from there that is answered, again and again. */
	for (uint16_t i = 0; i < 20; i++, w->now += 120 * MSEC_SECOND) {
		struct flow b = flow_of(w, ip4(C2), ip4(0x0a020001), IPP_TCP, (uint16_t)(33000 + i), 23,
		    TCP_SYN | TCP_ACK | TCP_PSH);
		b.in_if = IF_BORDER;
		b.out_if = IF_OPEN;
		b.packets = 9;
		struct flow o = flow_of(w, b.dst, b.src, IPP_TCP, 23, b.sport, TCP_SYN | TCP_ACK | TCP_PSH);
		o.in_if = IF_OPEN;
		o.packets = 9;
		o.first += 5;
		give(w, i % 2 ? b : o);
		give(w, i % 2 ? o : b);
	}
	assert_int_equal(count(w, DETECT_C2, NULL), 0);
	world_free(w);
	indicators_free(x);
}

/* lines begin to knock at a port, each at several addresses. */
static void
knock(struct world *w, uint32_t from, uint32_t lines, uint16_t port)
{
	for (uint32_t i = 0; i < lines; i++, w->now += 20 * MSEC_SECOND)
		for (uint32_t k = 0; k < 6; k++) {
			struct flow o = flow_of(w, ip4(0x0a010000 + from + i), ip4(0xcb000000 + i * 977 + k * 65537),
			    IPP_TCP, 40000, port, TCP_SYN);
			give(w, o);
		}
}

static void
outbreaks(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 100000);
	struct finding f = { 0 };
	/* Five hours with two or three lines an hour on 23, and a hundred failing on 443. */
	for (uint32_t h = 0; h < 5; h++) {
		msec end = w->now + MSEC_HOUR;
		knock(w, h * 3, 3, 23);
		knock(w, 1000 + h * 100, 100, 443);
		w->now = end;
	}
	assert_int_equal(count(w, DETECT_OUTBREAK, NULL), 0);
	knock(w, 5000, 40, 23);
	assert_int_equal(count(w, DETECT_OUTBREAK, &f), 1);
	assert_true(f.port[0] == 23 && f.lines >= 10 && f.distinct == f.lines && !f.subject.fam);
	knock(w, 6000, 30, 49999); /* unheard of */
	assert_true(count(w, DETECT_OUTBREAK, &f) >= 2);
	assert_int_equal(f.port[0], 49999);
	/* One line that knocks everywhere is no outbreak. */
	size_t before = count(w, DETECT_OUTBREAK, NULL);
	for (uint16_t p = 1; p < 20000; p++)
		for (uint32_t k = 0; k < 5; k++)
			give(w, flow_of(w, ip4(0x0a020001), ip4(0xcb000000 + p + k * 65537), IPP_TCP, 4, p, TCP_SYN));
	assert_int_equal(count(w, DETECT_OUTBREAK, NULL), before);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spoofed_sources),
		cmocka_unit_test(leaks),
		cmocka_unit_test(contacts),
		cmocka_unit_test(no_contacts),
		cmocka_unit_test(outbreaks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
