/* SPDX-License-Identifier: BSD-2-Clause */
/* The flow decoder: each format's plain case, then the nine rules of what exporters really send. */
#include "export.h"

static void
plain_v5(void **state)
{
	(void)state;
	begin();
	w = writer_of(buf, sizeof(buf));
	w16(&w, 5);
	w16(&w, 2);
	w32(&w, UPTIME);
	w32(&w, NOW_S);
	w32(&w, 0);
	w32(&w, 100);
	w16(&w, 0);
	w16(&w, 0x4000 | 512);
	for (unsigned i = 0; i < 2; i++) {
		w32(&w, 0x0a000001 + i);
		w32(&w, 0xc6336401);
		w32(&w, 0);
		w16(&w, 3);
		w16(&w, 7);
		w32(&w, 5);
		w32(&w, 300);
		w32(&w, UPTIME - 9000);
		w32(&w, UPTIME - 1000);
		w16(&w, 40000);
		w16(&w, 23);
		w8(&w, 0);
		w8(&w, TCP_SYN);
		w8(&w, IPP_TCP);
		for (unsigned k = 0; k < 9; k++)
			w8(&w, 0);
	}
	assert_int_equal(arrive(), 0);
	assert_int_equal(got_n, 2);
	assert_addr(&got[1].src, "10.0.0.2");
	assert_addr(&got[1].dst, "198.51.100.1");
	assert_int_equal(got[1].dport, 23);
	assert_int_equal(got[1].sport, 40000);
	assert_int_equal(got[1].tcp_flags, TCP_SYN);
	assert_int_equal(got[1].bits, FLOW_FLAGS | FLOW_TIMES);
	assert_int_equal(got[1].packets, 5);
	assert_int_equal(got[1].bytes, 300);
	assert_int_equal(got[1].in_if, 3);
	assert_int_equal(got[1].out_if, 7);
	assert_int_equal(got[1].sampling, 512);
	assert_int_equal(got[1].first, NOW - 9000);
	assert_int_equal(got[1].last, NOW - 1000);
	end();
}

static void
plain_v9_and_ipfix(void **state)
{
	(void)state;
	for (unsigned version = 9; version <= 10; version++) {
		begin();
		message(version);
		TEMPLATE(version, 256, USUAL);
		set(256);
		for (uint32_t i = 0; i < 200; i++)
			usual(0x0a000000 + i, 0xc6336401, 2323, 1 + i);
		set_end();
		assert_int_equal(arrive(), 0);
		assert_int_equal(got_n, 200);
		assert_addr(&got[199].src, "10.0.0.199");
		assert_addr(&got[199].dst, "198.51.100.1");
		assert_int_equal(got[199].dport, 2323);
		assert_int_equal(got[199].proto, IPP_TCP);
		assert_int_equal(got[199].packets, 200);
		assert_int_equal(got[199].bytes, 8000);
		assert_int_equal(got[199].in_if, 3);
		assert_int_equal(got[199].out_if, 7);
		assert_int_equal(got[199].bits, FLOW_FLAGS);
		assert_int_equal(got[199].last, NOW);
		assert_int_equal(stats().records, 200);
		assert_int_equal(stats().flows, 200);
		assert_int_equal(stats().templates, 1);
		end();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_v5),
		cmocka_unit_test(plain_v9_and_ipfix),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
