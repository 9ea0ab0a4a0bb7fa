/* SPDX-License-Identifier: BSD-2-Clause */
/* The flow decoder, times, answers, directions and addresses (6, 7): what exporters really send, rule by rule. */
#include "export.h"

/* 6: times. A record with two elements of time, of 4 or 8 bytes. */
static void
timed(unsigned version, uint16_t a, uint64_t va, uint16_t b, uint64_t vb, unsigned len, msec now)
{
	const uint16_t f[][2] = { { 8, 4 }, { 12, 4 }, { 2, 4 }, { a, (uint16_t)len }, { b, (uint16_t)len } };
	message(version);
	template_set(version, 256, f, b ? 5 : 4);
	set(256);
	w32(&w, 0x0a000001);
	w32(&w, 0xc6336401);
	w32(&w, 1);
	for (unsigned i = 0; i < (b ? 2 : 1); i++)
		if (len == 8)
			w64(&w, i ? vb : va);
		else
			w32(&w, (uint32_t)(i ? vb : va));
	set_end();
	got_n = 0;
	assert_int_equal(arrive_from(2055, now), 0);
	assert_int_equal(got_n, 1);
}

static void
assert_times(msec first, msec last)
{
	assert_true(got[0].bits & FLOW_TIMES);
	assert_int_equal(got[0].first, first);
	assert_int_equal(got[0].last, last);
}

static void
rule_6_uptime_wraps(void **state)
{
	(void)state;
	begin();
	timed(9, 22, UPTIME - 90000, 21, UPTIME - 1000, 4, NOW);
	assert_times(NOW - 90000, NOW - 1000);
	timed(9, 22, (uint32_t)(UPTIME - 6000000u), 21, UPTIME - 1, 4, NOW); /* began before the wrap */
	assert_times(NOW - 6000000, NOW - 1);
	timed(9, 22, UPTIME + 500, 21, UPTIME + 900, 4, NOW); /* a little ahead of its header: now */
	assert_times(NOW, NOW);
	timed(9, 22, UPTIME - 10, 21, UPTIME - 500, 4, NOW); /* ends before it begins */
	assert_times(NOW - 500, NOW - 500);
	end();
}

#define NTP(s, frac) (((uint64_t)(s) + 2208988800u) << 32 | (frac))

static void
rule_6_times_of_ipfix(void **state)
{
	(void)state;
	begin();
	timed(10, 150, NOW_S - 60, 151, NOW_S - 1, 4, NOW);
	assert_times(NOW - 60000, NOW - 1000);
	timed(10, 152, (uint64_t)NOW - 60500, 153, (uint64_t)NOW - 250, 8, NOW);
	assert_times(NOW - 60500, NOW - 250);
	timed(10, 154, NTP(NOW_S - 60, 0x80000000), 155, NTP(NOW_S - 1, 0x40000000), 8, NOW);
	assert_times(NOW - 59500, NOW - 750);
	timed(10, 156, NTP(NOW_S - 60, 0x80000000), 157, NTP(NOW_S - 1, 0x40000000), 8, NOW);
	assert_times(NOW - 59500, NOW - 750);
	timed(10, 158, 60000000, 159, 500000, 4, NOW); /* us before the export */
	assert_times(NOW - 60000, NOW - 500);
	timed(10, 153, (uint64_t)NOW - 250, 161, 4000, 8, NOW); /* an end and a duration */
	assert_times(NOW - 4250, NOW - 250);
	timed(10, 323, (uint64_t)NOW - 250, 0, 0, 8, NOW);
	assert_times(NOW - 250, NOW - 250);
	timed(10, 22, UPTIME - 90000, 21, UPTIME - 1000, 4, NOW); /* no uptime to count from */
	assert_false(got[0].bits & FLOW_TIMES);
	assert_int_equal(got[0].last, NOW);
	ipfix_option(149, (const uint16_t[][2]){ { 160, 8 } }, (const uint64_t[]){ (uint64_t)NOW - UPTIME }, 1);
	timed(10, 22, UPTIME - 90000, 21, UPTIME - 1000, 4, NOW); /* systemInitTime came */
	assert_times(NOW - 90000, NOW - 1000);
	timed(10, 152, 1000, 153, 2000, 8, NOW); /* 1970 */
	assert_false(got[0].bits & FLOW_TIMES);
	assert_int_equal(got[0].last, NOW);
	timed(10, 152, UINT64_MAX, 153, UINT64_MAX, 8, NOW);
	assert_false(got[0].bits & FLOW_TIMES);
	end();
}

static void
rule_6_times_are_moved_by_the_skew(void **state)
{
	(void)state;
	const msec ahead[] = { 5 * MSEC_HOUR, -5 * MSEC_HOUR, 365 * MSEC_DAY, -10 * MSEC_SECOND };
	for (size_t i = 0; i < sizeof(ahead) / sizeof(ahead[0]); i++) {
		begin(); /* NOW is their time; ours: */
		msec now = NOW - ahead[i];
		timed(10, 152, (uint64_t)NOW - 60500, 153, (uint64_t)NOW - 250, 8, now);
		assert_times(now - 60500, now - 250);
		timed(10, 150, NOW_S - 60, 151, NOW_S - 1, 4, now);
		assert_times(now - 60000, now - 1000);
		timed(9, 22, UPTIME - 90000, 21, UPTIME - 1000, 4, now);
		assert_times(now - 90000, now - 1000);
		assert_int_equal(stats().skew, ahead[i]);
		end();
	}
	begin(); /* a header's time is cut to seconds: that is no skew */
	timed(10, 152, (uint64_t)NOW + 100, 153, (uint64_t)NOW + 800, 8, NOW + 900);
	assert_times(NOW + 100, NOW + 800);
	end();
}

/* 7: a biflow: 4,000 bytes there in 10 packets, 900 back in 9. */
static void
biflow(uint8_t proto, uint16_t dport, uint32_t there, uint32_t back)
{
	message(10);
	set(2);
	w16(&w, 256);
	w16(&w, 13);
	fields((const uint16_t[][2]){ { 8, 4 }, { 12, 4 }, { 7, 2 }, { 11, 2 }, { 4, 1 }, { 10, 4 }, { 14, 4 },
	    { 61, 1 }, { 2, 4 }, { 6, 2 } }, 10);
	fields((const uint16_t[][2]){ { 0x8000 | 2, 4 } }, 1);
	w32(&w, 29305);
	fields((const uint16_t[][2]){ { 0x8000 | 1, 4 } }, 1);
	w32(&w, 29305);
	fields((const uint16_t[][2]){ { 0x8000 | 6, 1 } }, 1);
	w32(&w, 29305);
	set_end();
	set(256);
	w32(&w, 0x0a000001);
	w32(&w, 0xc6336401);
	w16(&w, proto == IPP_TCP ? 40000 : 0);
	w16(&w, dport);
	w8(&w, proto);
	w32(&w, 3);
	w32(&w, 7);
	w8(&w, 0);
	w32(&w, there);
	w16(&w, TCP_SYN | TCP_ACK | 0x100);
	w32(&w, back);
	w32(&w, back * 100);
	w8(&w, TCP_RST);
	set_end();
	got_n = 0;
	assert_int_equal(arrive(), 0);
}

static void
rule_7_biflow_becomes_two(void **state)
{
	(void)state;
	begin();
	biflow(IPP_TCP, 23, 10, 9);
	assert_int_equal(got_n, 2);
	assert_addr(&got[0].src, "10.0.0.1");
	assert_int_equal(got[0].packets, 10);
	assert_int_equal(got[0].tcp_flags, TCP_SYN | TCP_ACK);
	assert_int_equal(got[0].bits, FLOW_FLAGS | FLOW_DIR | FLOW_ANSWERED);
	assert_addr(&got[1].src, "198.51.100.1");
	assert_addr(&got[1].dst, "10.0.0.1");
	assert_int_equal(got[1].sport, 23);
	assert_int_equal(got[1].dport, 40000);
	assert_int_equal(got[1].packets, 9);
	assert_int_equal(got[1].bytes, 900);
	assert_int_equal(got[1].tcp_flags, TCP_RST);
	assert_int_equal(got[1].in_if, 7);
	assert_int_equal(got[1].out_if, 3);
	assert_int_equal(got[1].bits, FLOW_FLAGS | FLOW_DIR | FLOW_EGRESS | FLOW_ANSWERED);
	biflow(IPP_TCP, 23, 10, 0); /* not answered */
	assert_int_equal(got_n, 1);
	assert_false(got[0].bits & FLOW_ANSWERED);
	biflow(IPP_TCP, 23, 0, 4); /* only the answer was seen */
	assert_int_equal(got_n, 1);
	assert_addr(&got[0].src, "198.51.100.1");
	assert_false(got[0].bits & FLOW_ANSWERED);
	biflow(IPP_ICMP, 8 << 8, 2, 2);
	assert_int_equal(got[0].dport, 8 << 8);
	assert_int_equal(got[1].dport, 0);
	assert_int_equal(got[1].sport, 0);
	end();
}

static void
rule_7_direction(void **state)
{
	(void)state;
	const struct {
		uint8_t dir, bits;
	} row[] = { { 0, FLOW_DIR }, { 1, FLOW_DIR | FLOW_EGRESS }, { 255, 0 }, { 2, 0 } };
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		begin();
		sampled_record(10, 61, row[i].dir, 3);
		assert_int_equal(got[0].bits, row[i].bits);
		end();
	}
}

static void
rule_7_translated_addresses(void **state)
{
	(void)state;
	static const struct {
		enum nat nat;
		const char *src, *dst;
		uint16_t sport, dport;
	} row[] = {
		{ NAT_NONE, "100.64.0.1", "198.51.100.1", 1000, 2000 },
		{ NAT_BEFORE, "100.64.0.1", "203.0.113.9", 1000, 2001 }, /* inside: what came in was for .9 */
		{ NAT_AFTER, "192.0.2.77", "198.51.100.1", 1001, 2000 }, /* outside: it left as .77 */
	};
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		begin_as((struct exporter_row){ .nat = (uint8_t)row[i].nat });
		message(9);
		TEMPLATE(9, 256, { 8, 4 }, { 225, 4 }, { 12, 4 }, { 226, 4 }, { 7, 2 }, { 227, 2 }, { 11, 2 },
		    { 228, 2 }, { 2, 4 });
		set(256);
		w32(&w, 0x64400001);
		w32(&w, 0xc000024d);
		w32(&w, 0xc6336401);
		w32(&w, 0xcb007109);
		w16(&w, 1000);
		w16(&w, 1001);
		w16(&w, 2000);
		w16(&w, 2001);
		w32(&w, 1);
		set_end();
		assert_int_equal(arrive(), 0);
		assert_addr(&got[0].src, row[i].src);
		assert_addr(&got[0].dst, row[i].dst);
		assert_int_equal(got[0].sport, row[i].sport);
		assert_int_equal(got[0].dport, row[i].dport);
		end();
	}
	begin(); /* a log of translations counts nothing: an event, no flow */
	message(9);
	TEMPLATE(9, 256, { 8, 4 }, { 225, 4 }, { 12, 4 }, { 230, 1 });
	set(256);
	w32(&w, 0x64400001);
	w32(&w, 0xc000024d);
	w32(&w, 0xc6336401);
	w8(&w, 1);
	set_end();
	assert_int_equal(arrive(), 0);
	assert_int_equal(got_n, 0);
	assert_int_equal(stats().records, 1);
	end();
}

static void
rule_7_icmp_and_ipv6(void **state)
{
	(void)state;
	static const struct {
		uint16_t f[2][2];
		uint32_t v[2];
		size_t n;
		uint8_t proto;
		uint16_t want;
	} row[] = {
		{ { { 32, 2 } }, { 0x0303 }, 1, IPP_ICMP, 0x0303 },
		{ { { 139, 2 } }, { 0x8000 }, 1, IPP_ICMP6, 0x8000 },
		{ { { 176, 1 }, { 177, 1 } }, { 3, 1 }, 2, IPP_ICMP, 0x0301 },
		{ { { 178, 1 }, { 179, 1 } }, { 1, 4 }, 2, IPP_ICMP6, 0x0104 },
		{ { { 11, 2 }, { 7, 2 } }, { 0x0800, 99 }, 2, IPP_ICMP, 0x0800 }, /* in the port, as v5 does */
		{ { { 32, 2 }, { 11, 2 } }, { 0, 0x0800 }, 2, IPP_ICMP, 0x0800 },
		{ { { 32, 2 }, { 11, 2 } }, { 0x0800, 23 }, 2, IPP_TCP, 23 },
	};
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		uint16_t f[6][2] = { { 27, 16 }, { 28, 16 }, { 4, 1 }, { 2, 4 } };
		memcpy(f + 4, row[i].f, sizeof(row[i].f));
		begin();
		message(9);
		template_set(9, 256, (const uint16_t (*)[2])f, 4 + row[i].n);
		set(256);
		w64(&w, 0x20010db800000000);
		w64(&w, 1);
		w64(&w, 0); /* v4-mapped: one form only */
		w64(&w, 0x0000ffffc6336401);
		w8(&w, row[i].proto);
		w32(&w, 1);
		for (size_t k = 0; k < row[i].n; k++)
			if (row[i].f[k][1] == 1)
				w8(&w, (uint8_t)row[i].v[k]);
			else
				w16(&w, (uint16_t)row[i].v[k]);
		set_end();
		assert_int_equal(arrive(), 0);
		assert_addr(&got[0].src, "2001:db8::1");
		assert_addr(&got[0].dst, "198.51.100.1");
		assert_int_equal(got[0].dport, row[i].want);
		assert_int_equal(got[0].sport, 0);
		end();
	}
	begin(); /* a template with room for both families */
	message(9);
	TEMPLATE(9, 256, { 8, 4 }, { 12, 4 }, { 27, 16 }, { 28, 16 }, { 2, 4 });
	set(256);
	for (unsigned i = 0; i < 2; i++) {
		w32(&w, i ? 0x0a000001 : 0);
		w32(&w, i ? 0xc6336401 : 0);
		w64(&w, i ? 0 : 0x20010db800000000);
		w64(&w, i ? 0 : 1);
		w64(&w, i ? 0 : 0x20010db800000000);
		w64(&w, i ? 0 : 2);
		w32(&w, 1);
	}
	set_end();
	assert_int_equal(arrive(), 0);
	assert_int_equal(got_n, 2);
	assert_addr(&got[0].src, "2001:db8::1");
	assert_addr(&got[0].dst, "2001:db8::2");
	assert_addr(&got[1].src, "10.0.0.1");
	assert_addr(&got[1].dst, "198.51.100.1");
	end();
}

/* A dropped packet was sent all the same: the line's, whatever the router did with it. */
static void
rule_7_forwarding_and_mirai(void **state)
{
	(void)state;
	begin();
	sampled_record(9, 89, 128, 3); /* forwardingStatus: dropped */
	assert_int_equal(got_n, 1);
	message(9);
	TEMPLATE(9, 256, { 8, 4 }, { 12, 4 }, { 4, 1 }, { 6, 1 }, { 2, 4 }, { 184, 4 }, { 88, 2 });
	set(256);
	for (unsigned i = 0; i < 3; i++) {
		w32(&w, 0x0a000001);
		w32(&w, 0xc6336401);
		w8(&w, IPP_TCP);
		w8(&w, i == 1 ? TCP_SYN | TCP_ACK : TCP_SYN);
		w32(&w, 1);
		w32(&w, 0xc6336401);
		w16(&w, i == 2 ? 185 : 0);
	}
	set_end();
	got_n = 0;
	assert_int_equal(arrive(), 0);
	assert_int_equal(got[0].bits, FLOW_FLAGS | FLOW_SEQ_DST);
	assert_int_equal(got[1].bits, FLOW_FLAGS);
	assert_true(got[2].bits & FLOW_FRAGMENT);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_6_uptime_wraps),
		cmocka_unit_test(rule_6_times_of_ipfix),
		cmocka_unit_test(rule_6_times_are_moved_by_the_skew),
		cmocka_unit_test(rule_7_biflow_becomes_two),
		cmocka_unit_test(rule_7_direction),
		cmocka_unit_test(rule_7_translated_addresses),
		cmocka_unit_test(rule_7_icmp_and_ipv6),
		cmocka_unit_test(rule_7_forwarding_and_mirai),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
