/* SPDX-License-Identifier: BSD-2-Clause */
/* What looks like an infected line and is not: each raises nothing that would act. And beside each, where
 * it is close, what must still be found. */
#include "line_world.h"

#define LINE UINT32_C(0x0a010203)

static uint64_t state;

static uint32_t
dice(void)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(state >> 33);
}

static size_t
acting(const struct world *w)
{
	size_t n = 0;
	for (size_t i = 0; i < w->n; i++)
		n += detector_row(w->found[i].detector)->acts && !w->found[i].shared &&
		    w->found[i].samples >= 8;
	return n;
}

static struct flow
back_of(const struct flow *f, uint8_t flags, uint64_t packets, uint64_t bytes)
{
	struct flow b = *f;
	b.src = f->dst;
	b.dst = f->src;
	b.sport = f->dport;
	b.dport = f->sport;
	b.in_if = f->out_if;
	b.out_if = f->in_if;
	b.tcp_flags = flags;
	b.packets = packets;
	b.bytes = bytes;
	b.first += 10;
	return b;
}

/* A TCP connection of the line; works: with data both ways. */
static void
tcp(struct world *w, uint32_t line, uint32_t to, uint16_t port, bool works)
{
	struct flow f = flow_of(w, ip4(line), ip4(to), IPP_TCP, (uint16_t)(32768 + dice() % 28000), port,
	    works ? TCP_SYN | TCP_ACK | TCP_PSH | TCP_FIN : TCP_SYN);
	f.packets = works ? 14 : 2;
	f.bytes = works ? 2400 : 120;
	give(w, f);
	if (works)
		give(w, back_of(&f, TCP_SYN | TCP_ACK | TCP_PSH | TCP_FIN, 20, 24000));
}

/* One address of many lines: found, but said to be shared, which no order follows. */
static void
shared_address(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	for (uint32_t i = 0; i < 40; i++)
		syn(w, 0x0a630001, 0x01000001 + (i << 20), 23, IF_STRICT);
	assert_true(found_of(w, DETECT_SCAN, NULL) > 0);
	assert_int_equal(acting(w), 0);
	world_free(w);
}

/* Monitoring, research scanners: an exception with an owner, a class and an end. */
static void
exceptions(void **unused)
{
	(void)unused;
	struct allow_row a = { .classes = 1U << CLASS_SCANNER, .until = T0 + MSEC_HOUR, .owner = "probe" };
	a.prefix = (struct prefix){ ip4(LINE), 32 };
	struct world *w = world_new(true, &a, NULL, 1, 1000);
	for (uint32_t i = 0; i < 40; i++)
		syn(w, LINE, 0x01000001 + (i << 20), 23, IF_STRICT);
	assert_int_equal(acting(w), 0);
	struct detect_stats s;
	detect_stats_of(w->d, &s);
	assert_true(s.held[DETECT_SCAN] > 0);
	struct ask q = { .subject = ip4(LINE), .cls = CLASS_SCANNER, .when = w->now };
	struct flow_seen r;
	detect_ask(w->d, &q, false, &r);
	assert_false(r.active);
	w->now += 2 * MSEC_HOUR; /* it has ended */
	for (uint32_t i = 0; i < 40; i++)
		syn(w, LINE, 0x01000001 + (i << 20), 23, IF_STRICT);
	assert_true(acting(w) > 0);
	world_free(w);
}

/* A victim answers SYNs that others sent with forged sources: SYN and ACK, or resets, to everybody. */
static void
backscatter(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	for (uint32_t i = 0; i < 5000; i++, w->now += 20) {
		/* Forged source ports are anything, also ports of malware. */
		struct flow f = flow_of(w, ip4(LINE), ip4(dice() | 0x40000000), IPP_TCP, 25565,
		    i % 2 ? 23 : 2323, i % 3 ? TCP_SYN | TCP_ACK : TCP_RST | TCP_ACK);
		give(w, f);
	}
	assert_int_equal(found_of(w, DETECT_SCAN, NULL) + found_of(w, DETECT_WALK, NULL), 0);
	world_free(w);
}

/* Two peers in three are dead, each on a port of its own; the living ones talk, over UDP as well. */
static void
bittorrent(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	for (uint32_t i = 0; i < 4000; i++, w->now += 900) {
		uint32_t peer = dice() | 0x40000000;
		uint16_t port = (uint16_t)(1024 + dice() % 64000);
		tcp(w, LINE, peer, port, i % 3 == 0);
		struct flow f = flow_of(w, ip4(LINE), ip4(peer), IPP_UDP, 6881, port, 0);
		f.bytes = 90; /* DHT */
		give(w, f);
		if (i % 4 == 0)
			give(w, back_of(&f, 0, 1, 300));
	}
	assert_int_equal(acting(w), 0);
	world_free(w);
}

static void
games_and_calls(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	for (uint32_t i = 0; i < 2000; i++, w->now += MSEC_SECOND) {
		struct flow f = flow_of(w, ip4(LINE), ip4(0x40000000 + (i % 7 << 20)), IPP_UDP, 50000,
		    (uint16_t)(i % 2 ? 443 : 27015 + i % 3), 0);
		f.packets = 60;
		f.bytes = 60 * 80;
		give(w, f);
		give(w, back_of(&f, 0, 70, 70 * 400));
	}
	assert_int_equal(acting(w), 0);
	assert_int_equal(found_of(w, DETECT_SPRAY, NULL), 0);
	world_free(w);
}

/* Looks at thousands of servers, finds one in seven gone. */
static void
mail_server(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	for (uint32_t i = 0; i < 5000; i++, w->now += MSEC_SECOND)
		tcp(w, LINE, dice() | 0x40000000, 25, dice() % 7 != 0);
	assert_int_equal(acting(w), 0);
	world_free(w);
}

/* A device whose maker's cloud is gone: dead addresses, many tries, one corner of the network. */
static void
dead_cloud(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	for (uint32_t i = 0; i < 3000; i++, w->now += 10 * MSEC_SECOND)
		tcp(w, LINE, 0x34100000 + (i % 200 * 251 & 0x1ffff), 8883, false);
	assert_int_equal(acting(w), 0);
	world_free(w);
}

/* The network is cut off for minutes: whatever anybody tries fails. */
static void
outage(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	for (uint32_t s = 0; s < 600; s++, w->now += MSEC_SECOND)
		for (uint32_t l = 0; l < 50; l++)
			tcp(w, LINE + l, dice() | 0x40000000, dice() % 3 ? 443 : 80, s < 180 || s > 420);
	assert_int_equal(acting(w), 0);
	/* One that fails while all others work is another thing. */
	for (uint32_t s = 0; s < 60; s++, w->now += MSEC_SECOND)
		for (uint32_t l = 0; l < 50; l++)
			tcp(w, LINE + l, dice() | 0x40000000, l ? 443 : 6379, l);
	struct finding f = { 0 };
	assert_true(found_of(w, DETECT_WALK, &f) > 0);
	struct addr bad = ip4(LINE);
	assert_true(addr_eq(&f.subject, &bad));
	assert_int_equal(acting(w), found_of(w, DETECT_WALK, NULL));
	assert_int_equal(f.port[0], 6379);
	world_free(w);
}

/* Sampled one in ten, short connections: some of each look like a lone SYN. */
static void
sampled_web(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	w->sampling = 10;
	for (uint32_t i = 0; i < 60000; i++, w->now += 200) {
		uint16_t ports[] = { 443, 80, 8080, 8443 };
		struct flow f = flow_of(w, ip4(LINE), ip4(dice() | 0x40000000), IPP_TCP, 40000,
		    ports[dice() % 4], 0);
		f.packets = 0;
		for (int k = 0; k < 6; k++)
			if (dice() % 10 == 0) {
				f.packets++;
				f.tcp_flags |= k ? TCP_ACK : TCP_SYN;
			}
		f.bytes = 60 * f.packets;
		if (f.packets)
			give(w, f);
	}
	assert_int_equal(acting(w), 0);
	world_free(w);
}

/* Scanned from outside on all ports, answers some: nothing the line does, and no exposure either. */
static void
scanned_from_outside(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	tcp(w, LINE, 0x40000001, 443, true);
	for (uint32_t i = 0; i < 5000; i++, w->now += MSEC_SECOND) {
		uint16_t port = i % 3 ? 23 : 2323;
		struct flow f = flow_of(w, ip4(dice() | 0x40000000), ip4(LINE), IPP_TCP, 51000, port, TCP_SYN);
		f.in_if = IF_BORDER;
		f.out_if = IF_STRICT;
		give(w, f);
		give(w, back_of(&f, i % 2 ? TCP_SYN | TCP_ACK : TCP_RST | TCP_ACK, 1, 60));
	}
	assert_int_equal(w->n, 0);
	/* Strangers that are served are another thing: weight, no more. */
	for (uint32_t i = 0; i < 3; i++) {
		struct flow f = flow_of(w, ip4(0x40000005 + (i << 24)), ip4(LINE), IPP_TCP, 51000, 81,
		    TCP_SYN | TCP_ACK | TCP_PSH);
		f.in_if = IF_BORDER;
		f.out_if = IF_STRICT;
		f.packets = 5;
		give(w, f);
		give(w, back_of(&f, TCP_SYN | TCP_ACK | TCP_PSH, 5, 2000));
	}
	struct finding f = { 0 };
	assert_int_equal(found_of(w, DETECT_EXPOSED, &f), 1);
	assert_int_equal(f.distinct, 3);
	assert_int_equal(f.port[0], 81);
	assert_true(f.inbound && f.two_way);
	assert_int_equal(acting(w), 0);
	world_free(w);
}

/* Small datagrams to many that hardly answer: a peer-to-peer bot looks for others. Weight, no more. */
static void
spray(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	w->now += 10 * MSEC_MINUTE - w->now % (10 * MSEC_MINUTE);
	for (uint32_t i = 0; i < 137; i++, w->now += MSEC_SECOND) {
		struct flow f = flow_of(w, ip4(LINE), ip4(dice() | 0x40000000), IPP_UDP, 40000,
		    (uint16_t)(1024 + dice() % 60000), 0);
		f.bytes = 37;
		give(w, f);
		if (i % 20 == 0)
			give(w, back_of(&f, 0, 1, 60));
	}
	struct finding f = { 0 };
	assert_true(found_of(w, DETECT_SPRAY, &f) > 0);
	assert_true(f.distinct >= 50 && f.permille > 900 && f.mean_size == 37);
	assert_int_equal(acting(w), 0);
	world_free(w);
}

/* Nobody said how many packets one stands for: found, and said so. */
static void
sampling_lost(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	w->sampling = 0;
	for (uint32_t i = 0; i < 40; i++)
		syn(w, LINE, 0x01000001 + (i << 20), 23, IF_STRICT);
	struct finding f = { 0 };
	char text[FINDING_TEXT];
	assert_true(found_of(w, DETECT_SCAN, &f) > 0);
	assert_int_equal(f.sampling, 0);
	assert_non_null(strstr(finding_print(&f, text), "sampling unknown"));
	assert_int_equal(found_of(w, DETECT_WALK, NULL), 0); /* which needs whole flows */
	world_free(w);
}

/* A line that talks to itself by its outside address: no stranger, no failure, nothing. */
static void
hairpin(void **unused)
{
	(void)unused;
	struct world *w = world_new(false, NULL, NULL, 1, 1000);
	for (uint32_t i = 0; i < 500; i++, w->now += MSEC_SECOND) {
		struct flow f = flow_of(w, ip4(LINE), ip4(LINE), IPP_TCP, (uint16_t)(30000 + i), 8080,
		    TCP_SYN | TCP_ACK | TCP_PSH);
		f.out_if = IF_STRICT;
		f.packets = 9;
		give(w, f);
		give(w, back_of(&f, TCP_SYN | TCP_ACK | TCP_PSH, 9, 900));
	}
	assert_int_equal(w->n, 0);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shared_address),
		cmocka_unit_test(exceptions),
		cmocka_unit_test(backscatter),
		cmocka_unit_test(bittorrent),
		cmocka_unit_test(games_and_calls),
		cmocka_unit_test(mail_server),
		cmocka_unit_test(dead_cloud),
		cmocka_unit_test(outage),
		cmocka_unit_test(sampled_web),
		cmocka_unit_test(scanned_from_outside),
		cmocka_unit_test(spray),
		cmocka_unit_test(sampling_lost),
		cmocka_unit_test(hairpin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
