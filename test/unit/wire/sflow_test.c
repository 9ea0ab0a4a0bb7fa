/* SPDX-License-Identifier: BSD-2-Clause */
/* sFlow v5 and sampled packets in IPFIX: one packet each, its rate in the sample, what the agent lost. */
#include "export.h"

static const uint8_t syn[] = { /* Ethernet, VLAN 5, IPv4 10.0.0.1 -> 198.51.100.2, TCP SYN 40000 -> 23 */
	2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 5, 8, 0,
	0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 198, 51, 100, 2,
	0x9c, 0x40, 0, 23, 198, 51, 100, 2, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0 };

static void
datagram(uint32_t seq, uint32_t samples)
{
	w = writer_of(buf, sizeof(buf));
	w32(&w, 5);
	w32(&w, 1);
	w32(&w, 0xc0000201);
	w32(&w, 0);
	w32(&w, seq);
	w32(&w, UPTIME);
	w32(&w, samples);
}

static void
raw_record(size_t n)
{
	w32(&w, 1);
	w32(&w, (uint32_t)(16 + (n + 3) / 4 * 4));
	w32(&w, 1);
	w32(&w, sizeof(syn) + 4);
	w32(&w, 4);
	w32(&w, (uint32_t)n);
	wbytes(&w, syn, n);
	for (; n % 4; n++)
		w8(&w, 0);
}

static void
open_sample(uint32_t kind)
{
	w32(&w, kind);
	mark = writer_len(&w);
	w32(&w, 0);
}

static void
close_sample(void)
{
	size_t n = writer_len(&w) - mark - 4;
	buf[mark + 2] = (uint8_t)(n >> 8);
	buf[mark + 3] = (uint8_t)n;
}

static void
flow_sample(uint32_t rate, uint32_t drops, uint32_t in, uint32_t out)
{
	open_sample(1);
	w32(&w, 1);
	w32(&w, 3);
	w32(&w, rate);
	w32(&w, 0);
	w32(&w, drops);
	w32(&w, in);
	w32(&w, out);
	w32(&w, 1);
	raw_record(sizeof(syn));
	close_sample();
}

static void
samples_of_both_kinds(void **state)
{
	(void)state;
	begin();
	datagram(1, 4);
	flow_sample(1000, 0, 3, 7);
	open_sample(2); /* counters */
	w64(&w, 0);
	close_sample();
	open_sample(3);
	const uint32_t head[] = { 1, 0, 70000000, 500, 0, 0, 0, 3, 0, 70000000, 1 };
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		w32(&w, head[i]);
	raw_record(sizeof(syn) - 10); /* cut within TCP */
	close_sample();
	open_sample(1); /* the agent read the addresses itself */
	const uint32_t own[] = { 1, 9, 64, 0, 0, 3, 7, 1, 3, 32, 60, 6, 0x0a000001, 0xc6336402, 1234, 80, 2, 0 };
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		w32(&w, own[i]);
	close_sample();
	assert_int_equal(arrive(), 0);
	assert_int_equal(got_n, 3);
	assert_addr(&got[0].src, "10.0.0.1");
	assert_addr(&got[0].dst, "198.51.100.2");
	assert_int_equal(got[0].dport, 23);
	assert_int_equal(got[0].tcp_flags, TCP_SYN);
	assert_int_equal(got[0].bits, FLOW_FLAGS | FLOW_PACKET | FLOW_SEQ_DST | FLOW_DIR);
	assert_int_equal(got[0].packets, 1);
	assert_int_equal(got[0].bytes, 40);
	assert_int_equal(got[0].sampling, 1000);
	assert_int_equal(got[0].in_if, 3);
	assert_int_equal(got[0].out_if, 7);
	assert_int_equal(got[0].last, NOW);
	assert_int_equal(got[1].sampling, 500);
	assert_int_equal(got[1].bits, FLOW_PACKET | FLOW_DIR | FLOW_EGRESS);
	assert_int_equal(got[1].out_if, 70000000);
	assert_int_equal(got[1].dport, 23);
	assert_int_equal(got[2].bytes, 60);
	assert_int_equal(got[2].dport, 80);
	assert_int_equal(got[2].bits, FLOW_FLAGS | FLOW_PACKET);
	assert_true(stats().sampling_varies);
	assert_int_equal(stats().sampling_by, SAMPLING_RECORD);
	end();
	begin_as((struct exporter_row){ .sampling = 4096 });
	datagram(1, 1);
	flow_sample(1000, 0, 3, 7);
	assert_int_equal(arrive(), 0);
	assert_int_equal(got[0].sampling, 4096);
	end();
}

static void
rule_4_sflow_interfaces_and_drops(void **state)
{
	(void)state;
	begin();
	datagram(1, 2);
	flow_sample(1000, 100, 0x3fffffff, 0x80000002); /* the agent itself; two interfaces */
	flow_sample(0, 107, 3, 0x40000101);             /* rate unknown; discarded */
	assert_int_equal(arrive(), 0);
	assert_int_equal(got[0].in_if, 0);
	assert_int_equal(got[0].out_if, 0);
	assert_int_equal(got[1].in_if, 3);
	assert_int_equal(got[1].out_if, 0);
	assert_int_equal(got[1].sampling, 0);
	assert_int_equal(stats().sampler_drops, 7);
	datagram(2, 1);
	flow_sample(1000, 2, 3, 7); /* the agent began anew */
	assert_int_equal(arrive(), 0);
	assert_int_equal(stats().sampler_drops, 7);
	end();
}

static void
rule_5_sflow_counts_datagrams(void **state)
{
	(void)state;
	const uint32_t seq[] = { 10, 11, 14, 13, 15 };
	begin();
	for (size_t i = 0; i < sizeof(seq) / sizeof(seq[0]); i++) {
		datagram(seq[i], 1);
		flow_sample(1000, 0, 3, 7);
		assert_int_equal(arrive(), 0);
	}
	assert_int_equal(stats().lost, 1);
	assert_int_equal(stats().late, 1);
	assert_int_equal(stats().expected, 6);
	end();
}

static void
sflow_cut_off(void **state)
{
	(void)state;
	begin();
	datagram(1, 1);
	flow_sample(1000, 0, 3, 7);
	size_t whole = writer_len(&w);
	for (size_t n = 0; n < whole; n++) {
		w = writer_of(buf, sizeof(buf));
		w.p += n;
		got_n = 0;
		assert_int_equal(arrive(), -EBADMSG);
		assert_int_equal(got_n, 0);
	}
	end();
}

/* IPFIX's sampled packets: a frame, an IP header, each as long as it says. */
static void
packets_in_ipfix(void **state)
{
	(void)state;
	begin();
	ipfix_option(302, (const uint16_t[][2]){ { 305, 4 }, { 306, 4 } }, (const uint64_t[]){ 1, 99 }, 2);
	message(10);
	TEMPLATE(10, 256, { 302, 4 }, { 312, 2 }, { 315, 0xffff }, { 10, 4 }, { 14, 4 }, { 61, 1 }, { 323, 8 });
	TEMPLATE(10, 257, { 313, 40 }, { 10, 4 });
	set(256);
	w32(&w, 9);
	w16(&w, 60);
	w8(&w, sizeof(syn));
	wbytes(&w, syn, sizeof(syn));
	w32(&w, 3);
	w32(&w, 7);
	w8(&w, 0);
	w64(&w, (uint64_t)NOW - 300);
	set_end();
	set(257);
	wbytes(&w, syn + 18, 40);
	w32(&w, 4);
	set_end();
	assert_int_equal(arrive(), 0);
	assert_int_equal(got_n, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_addr(&got[i].src, "10.0.0.1");
		assert_int_equal(got[i].dport, 23);
		assert_int_equal(got[i].packets, 1);
		assert_int_equal(got[i].bytes, 40);
		assert_true(got[i].bits & FLOW_PACKET && got[i].bits & FLOW_SEQ_DST);
		assert_int_equal(got[i].sampling, 100);
		assert_int_equal(got[i].in_if, 3 + i);
	}
	assert_int_equal(got[0].last, NOW - 300);
	assert_true(got[0].bits & FLOW_DIR);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_of_both_kinds),
		cmocka_unit_test(rule_4_sflow_interfaces_and_drops),
		cmocka_unit_test(rule_5_sflow_counts_datagrams),
		cmocka_unit_test(sflow_cut_off),
		cmocka_unit_test(packets_in_ipfix),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
