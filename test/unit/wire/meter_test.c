/* SPDX-License-Identifier: BSD-2-Clause */
/* The meter: timeouts, answers, what a full table gives up, sampling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../parse.h"
#include "wire/meter.h"

#define SEEN 4096
static struct flow seen[SEEN];
static size_t n;

static void
sink(void *arg, const struct flow *f, size_t k)
{
	assert_null(arg);
	assert_in_range(k, 1, FLOW_BATCH);
	assert_true(n + k <= SEEN);
	memcpy(seen + n, f, k * sizeof(*f));
	n += k;
}

static struct flow
packet(const char *src, const char *dst, uint8_t proto, uint16_t sport, uint16_t dport,
    uint8_t flags, msec at)
{
	return (struct flow){ .src = addr(src),
		.dst = addr(dst),
		.proto = proto,
		.sport = sport,
		.dport = dport,
		.tcp_flags = flags,
		.packets = 1,
		.bytes = 60,
		.first = at,
		.last = at,
		.bits = FLOW_PACKET | (proto == IPP_TCP ? FLOW_FLAGS : 0) };
}

static struct meter *
fresh(uint32_t sampling, size_t most)
{
	n = 0;
	struct meter *m = meter_new(60000, 15000, sampling, 7, most, sink, NULL);
	assert_non_null(m);
	return m;
}

static void
put(struct meter *m, const char *src, const char *dst, uint8_t proto, uint16_t sport,
    uint16_t dport, uint8_t flags, msec at)
{
	struct flow f = packet(src, dst, proto, sport, dport, flags, at);
	meter_packet(m, &f);
}

/* A handshake answers both; a refusal answers nobody; silence neither. */
static void
answers(void **state)
{
	(void)state;
	struct meter *m = fresh(1, 100);
	put(m, "192.0.2.1", "198.51.100.1", 6, 1000, 80, TCP_SYN, 1000);
	put(m, "198.51.100.1", "192.0.2.1", 6, 80, 1000, TCP_SYN | TCP_ACK, 1010);
	put(m, "192.0.2.1", "198.51.100.1", 6, 1000, 80, TCP_ACK, 1020);
	put(m, "192.0.2.1", "198.51.100.2", 6, 1001, 23, TCP_SYN, 1030);
	put(m, "198.51.100.2", "192.0.2.1", 6, 23, 1001, TCP_RST | TCP_ACK, 1040);
	put(m, "192.0.2.1", "198.51.100.3", 6, 1002, 23, TCP_SYN, 1050);
	meter_flush(m);
	assert_int_equal(n, 5);
	assert_true(addr_eq(&seen[0].src, &(struct addr){ 4, { 192, 0, 2, 1 } }));
	assert_int_equal(seen[0].packets, 2);
	assert_int_equal(seen[0].bytes, 120);
	assert_int_equal(seen[0].tcp_flags, TCP_SYN | TCP_ACK);
	assert_int_equal(seen[0].first, 1000);
	assert_int_equal(seen[0].last, 1020);
	assert_int_equal(seen[0].sampling, 1);
	assert_int_equal(seen[0].bits, FLOW_TIMES | FLOW_FLAGS | FLOW_ANSWERED);
	assert_int_equal(seen[1].sport, 80);
	assert_true(seen[1].bits & FLOW_ANSWERED);
	assert_int_equal(seen[2].dport, 23);
	assert_int_equal(seen[2].tcp_flags, TCP_SYN);
	assert_false(seen[2].bits & FLOW_ANSWERED);
	assert_false(seen[3].bits & FLOW_ANSWERED);
	assert_false(seen[4].bits & FLOW_ANSWERED);
	meter_free(m);
}

/* UDP: what comes after the other side spoke is an answer; what came before is none. */
static void
datagrams(void **state)
{
	(void)state;
	struct meter *m = fresh(1, 100);
	put(m, "2001:db8::1", "2001:db8:1::1", 17, 5000, 53, 0, 0);
	put(m, "2001:db8:1::1", "2001:db8::1", 17, 53, 5000, 0, 5);
	put(m, "192.0.2.1", "198.51.100.1", 1, 0, 8 << 8, 0, 10);
	put(m, "198.51.100.1", "192.0.2.1", 1, 0, 0, 0, 12);
	put(m, "198.51.100.1", "192.0.2.1", 1, 0, 3 << 8 | 1, 0, 13);
	meter_flush(m);
	assert_int_equal(n, 5);
	assert_true(seen[0].bits & FLOW_ANSWERED);
	assert_int_equal(seen[0].dport, 53);
	assert_false(seen[1].bits & FLOW_ANSWERED);
	assert_int_equal(seen[2].dport, 8 << 8);
	assert_true(seen[2].bits & FLOW_ANSWERED);
	assert_int_equal(seen[3].dport, 0);
	assert_int_equal(seen[4].dport, 3 << 8 | 1);
	assert_false(seen[4].bits & FLOW_ANSWERED);
	meter_free(m);
}

/* What is idle ends, what goes on is told every minute, in the order of the data. */
static void
timeouts(void **state)
{
	(void)state;
	struct meter *m = fresh(1, 100);
	put(m, "192.0.2.9", "198.51.100.1", 17, 1, 2, 0, 0);
	for (msec t = 0; t <= 125000; t += 1000)
		put(m, "192.0.2.1", "198.51.100.1", 17, 3, 4, 0, t);
	meter_flush(m);
	assert_int_equal(n, 4);
	assert_int_equal(seen[0].sport, 1);
	assert_int_equal(seen[1].packets, 60);
	assert_int_equal(seen[1].first, 0);
	assert_int_equal(seen[1].last, 59000);
	assert_int_equal(seen[2].first, 60000);
	assert_int_equal(seen[3].packets, 6);
	/* Time does not fall. */
	n = 0;
	put(m, "192.0.2.1", "198.51.100.1", 17, 3, 4, 0, 5);
	meter_flush(m);
	assert_int_equal(seen[0].last, 125000);
	meter_free(m);
}

static void
ports_again(void **state)
{
	(void)state;
	struct meter *m = fresh(1, 100);
	put(m, "192.0.2.1", "198.51.100.1", 6, 1, 2, TCP_SYN, 0);
	put(m, "198.51.100.1", "192.0.2.1", 6, 2, 1, TCP_RST | TCP_ACK, 1);
	put(m, "192.0.2.1", "198.51.100.1", 6, 1, 2, TCP_SYN, 2);
	meter_flush(m);
	assert_int_equal(n, 3);
	assert_int_equal(seen[0].packets, 1);
	meter_free(m);
}

/* A table of four: the longest idle goes, and is not lost. */
static void
full(void **state)
{
	(void)state;
	struct meter *m = fresh(1, 4);
	for (uint16_t i = 1; i <= 200; i++)
		put(m, "192.0.2.1", "198.51.100.1", 17, i, 9, 0, 0);
	meter_flush(m);
	assert_int_equal(n, 200);
	for (uint16_t i = 0; i < 200; i++)
		assert_int_equal(seen[i].sport, i + 1);
	meter_free(m);
}

static void
sampled(void **state)
{
	(void)state;
	struct meter *m = fresh(10, 100);
	for (uint16_t i = 0; i < 1000; i++)
		put(m, "192.0.2.1", "198.51.100.1", 17, i, 9, 0, 0);
	meter_flush(m);
	assert_int_equal(n, 100);
	assert_int_equal(seen[0].sport, 7); /* from the seed */
	assert_int_equal(seen[1].sport, 17);
	assert_int_equal(seen[0].sampling, 10);
	meter_free(m);
}

/* Mirai's mark is lost by one honest SYN, and fragments are no flow of port 0. */
static void
marks(void **state)
{
	(void)state;
	struct meter *m = fresh(1, 100);
	struct flow f = packet("192.0.2.1", "198.51.100.1", 6, 1, 23, TCP_SYN, 0);
	f.bits |= FLOW_SEQ_DST;
	meter_packet(m, &f);
	meter_packet(m, &f);
	f.sport = 2;
	meter_packet(m, &f);
	f.bits &= (uint8_t)~FLOW_SEQ_DST;
	meter_packet(m, &f);
	f = packet("192.0.2.1", "198.51.100.1", 17, 0, 0, 0, 0);
	meter_packet(m, &f);
	f.bits |= FLOW_FRAGMENT;
	meter_packet(m, &f);
	meter_flush(m);
	assert_int_equal(n, 4);
	assert_true(seen[0].bits & FLOW_SEQ_DST);
	assert_false(seen[1].bits & FLOW_SEQ_DST);
	assert_false(seen[2].bits & FLOW_FRAGMENT);
	assert_true(seen[3].bits & FLOW_FRAGMENT);
	assert_false(seen[3].bits & FLOW_PACKET);
	meter_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(datagrams),
		cmocka_unit_test(timeouts),
		cmocka_unit_test(ports_again),
		cmocka_unit_test(full),
		cmocka_unit_test(sampled),
		cmocka_unit_test(marks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
