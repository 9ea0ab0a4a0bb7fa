/* SPDX-License-Identifier: BSD-2-Clause */
/* The flow decoder: each format's plain case, then what exporters really send, rule by rule: templates
 * (1-3), and what a hostile one may cost (8, 9). The others stand in flow_rates_test.c and
 * flow_sense_test.c. */
#include "export.h"
#include "wire/flow_ie.h"

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

/* 1: a template is its exporter's, port's and source id's. */
static void
rule_1_template_key(void **state)
{
	(void)state;
	for (unsigned version = 9; version <= 10; version++) {
		begin();
		message(version);
		TEMPLATE(version, 256, USUAL);
		assert_int_equal(arrive(), 0);
		message_of(version, 1, 2); /* another source id gives 256 a meaning of its own */
		TEMPLATE(version, 256, { 12, 4 }, { 8, 4 }, { 2, 4 });
		set(256);
		w32(&w, 0x01010101);
		w32(&w, 0x02020202);
		w32(&w, 9);
		set_end();
		assert_int_equal(arrive(), 0);
		assert_int_equal(got_n, 1);
		assert_addr(&got[0].src, "2.2.2.2");
		message_of(version, 1, 1);
		set(256);
		usual(0x0a000001, 0xc6336401, 23, 1);
		set_end();
		assert_int_equal(arrive(), 0);
		assert_int_equal(got_n, 2);
		assert_addr(&got[1].src, "10.0.0.1");
		assert_int_equal(arrive_from(2056, NOW), 0); /* another exporter behind the same address */
		assert_int_equal(got_n, 2);
		assert_int_equal(stats().held, 1);
		assert_int_equal(stats().streams, 3);
		assert_int_equal(stats().templates, 2);
		end();
	}
}

static void
rule_2_template_life(void **state)
{
	(void)state;
	begin();
	one_template(9, NOW);
	one_record(9, NOW + 29 * MSEC_MINUTE);
	assert_int_equal(got_n, 1);
	one_template(9, NOW + 29 * MSEC_MINUTE); /* told again: it lives on */
	one_record(9, NOW + 58 * MSEC_MINUTE);
	assert_int_equal(got_n, 2);
	/* who tells it each 29 minutes has three times as long */
	one_record(9, NOW + (29 + 86) * MSEC_MINUTE);
	assert_int_equal(got_n, 3);
	one_record(9, NOW + (29 + 88) * MSEC_MINUTE);
	assert_int_equal(got_n, 3);
	assert_int_equal(stats().templates, 0);
	assert_int_equal(stats().held, 1);
	end();
	begin();
	one_template(10, NOW);
	one_record(10, NOW + 31 * MSEC_MINUTE);
	assert_int_equal(got_n, 0);
	end();
}

static void
rule_2_template_replaced_at_once(void **state)
{
	(void)state;
	begin();
	one_template(10, NOW);
	message(10);
	set(2); /* cut off: the old one stays */
	w16(&w, 256);
	w16(&w, 3);
	w16(&w, 8);
	w16(&w, 4);
	set_end();
	assert_int_equal(arrive(), -EBADMSG);
	assert_string_equal(rule, "RFC 7011 3.4.1: a template longer than its set");
	one_record(10, NOW);
	assert_int_equal(got_n, 1);
	message(10);
	set(2); /* a withdrawal: over UDP there is none */
	w16(&w, 256);
	w16(&w, 0);
	set_end();
	assert_int_equal(arrive(), 0);
	one_record(10, NOW);
	assert_int_equal(got_n, 2);
	message(10);
	TEMPLATE(10, 256, { 12, 4 }, { 8, 4 }, { 2, 2 });
	set(256);
	w32(&w, 0x01010101);
	w32(&w, 0x02020202);
	w16(&w, 7);
	set_end();
	assert_int_equal(arrive(), 0);
	assert_int_equal(got_n, 3);
	assert_addr(&got[2].src, "2.2.2.2");
	assert_int_equal(got[2].packets, 7);
	assert_int_equal(stats().templates, 1);
	end();
}

static void
rule_2_data_before_its_template_is_held(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < 70; i++) /* 64 wait, the oldest six give way */
		one_record(9, NOW + i);
	assert_int_equal(got_n, 0);
	assert_int_equal(stats().held, 64);
	assert_int_equal(stats().no_template, 6);
	size_t full = flowdec_memory(dec);
	one_template(9, NOW + MSEC_MINUTE);
	assert_int_equal(got_n, 64);
	assert_int_equal(got[0].last, NOW + 6); /* when they came, not when they were understood */
	assert_int_equal(got[63].last, NOW + 69);
	assert_int_equal(stats().held, 0);
	assert_int_equal(stats().records, 64);
	assert_true(flowdec_memory(dec) < full);
	end();
	begin(); /* in one message, data first */
	message(10);
	set(256);
	usual(0x0a000001, 0xc6336401, 23, 1);
	set_end();
	TEMPLATE(10, 256, USUAL);
	assert_int_equal(arrive(), 0);
	assert_int_equal(got_n, 1);
	end();
}

static void
rule_2_caps_of_a_template(void **state)
{
	(void)state;
	static uint16_t many[600][2];
	for (size_t i = 0; i < 600; i++) {
		many[i][0] = i == 0 ? 8 : i == 1 ? 12 : i == 2 ? 2 : 999;
		many[i][1] = i < 3 ? 4 : 1;
	}
	for (unsigned version = 9; version <= 10; version++) {
		begin();
		message(version);
		template_set(version, 256, many, 513);
		template_set(version, 257, many, 512); /* the rest of the message is read */
		assert_int_equal(arrive(), -EBADMSG);
		assert_non_null(strstr(rule, "more than 512 fields"));
		assert_int_equal(stats().templates, 1);
		assert_int_equal(stats().capped, 1);
		message(version);
		TEMPLATE(version, 258, { 8, 0 }, { 12, 0 });
		set(258); /* would never end */
		w32(&w, 0);
		set_end();
		assert_int_equal(arrive(), -EBADMSG);
		assert_string_equal(rule, "RFC 7011 3.4.1: a template whose records have no bytes");
		assert_int_equal(stats().templates, 1);
		message(version);
		TEMPLATE(version, 259, { 8, 40000 }, { 12, 40000 });
		assert_int_equal(arrive(), -EBADMSG);
		message(version);
		TEMPLATE(version, 255, USUAL);
		assert_int_equal(arrive(), -EBADMSG);
		assert_non_null(strstr(rule, "below 256"));
		assert_int_equal(stats().bad, 4);
		end();
	}
}

static void
rule_2_variable_length(void **state)
{
	(void)state;
	begin();
	message(10);
	set(2);
	w16(&w, 256);
	w16(&w, 5);
	fields((const uint16_t[][2]){ { 8, 4 }, { 82, 0xffff } }, 2);
	w16(&w, 0x8000 | 5); /* an enterprise's: its number is not ours */
	w16(&w, 0xffff);
	w32(&w, 9999);
	fields((const uint16_t[][2]){ { 12, 4 }, { 2, 0xffff } }, 2);
	set_end();
	set(256);
	for (unsigned i = 0; i < 3; i++) {
		static const size_t len[] = { 0, 254, 300 };
		w32(&w, 0x0a000001 + i);
		if (len[i] == 300) { /* three bytes of length */
			w8(&w, 255);
			w16(&w, 300);
		} else {
			w8(&w, (uint8_t)len[i]);
		}
		for (size_t k = 0; k < len[i]; k++)
			w8(&w, 0xee);
		w8(&w, 255); /* three bytes are allowed for less, too */
		w16(&w, 2);
		w16(&w, 0xeeee);
		w32(&w, 0xc6336401);
		w8(&w, 3); /* and a number of any length */
		w8(&w, 0);
		w16(&w, (uint16_t)(500 + i));
	}
	w16(&w, 0); /* padding, shorter than any record */
	set_end();
	assert_int_equal(arrive(), 0);
	assert_int_equal(got_n, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(got[i].src.b[3], 1 + i);
		assert_addr(&got[i].dst, "198.51.100.1");
		assert_int_equal(got[i].packets, 500 + i);
	}
	message(10);
	set(256);
	w32(&w, 0x0a000001);
	w8(&w, 200); /* longer than its set */
	for (unsigned k = 0; k < 20; k++)
		w8(&w, 0);
	set_end();
	assert_int_equal(arrive(), -EBADMSG);
	assert_string_equal(rule, "RFC 7011 7: a field longer than its set");
	assert_int_equal(got_n, 3);
	end();
}

/* 3: the count in a v9 header is often wrong. */
static void
rule_3_v9_is_bounded_by_its_bytes(void **state)
{
	(void)state;
	for (unsigned count = 0; count <= 0xffff; count += 0xffff) {
		begin();
		message(9);
		buf[2] = (uint8_t)(count >> 8);
		buf[3] = (uint8_t)count;
		TEMPLATE(9, 256, USUAL);
		set(256);
		usual(0x0a000001, 0xc6336401, 23, 1);
		usual(0x0a000002, 0xc6336401, 23, 1);
		w16(&w, 0); /* padding to four bytes */
		set_end();
		assert_int_equal(arrive(), 0);
		assert_int_equal(got_n, 2);
		message(9);
		set(256);
		usual(0x0a000001, 0xc6336401, 23, 1);
		set_end();
		buf[mark + 3] = 255; /* behind the datagram */
		assert_int_equal(arrive(), -EBADMSG);
		assert_string_equal(rule, "RFC 3954 5.2: a flowset longer than the datagram");
		buf[mark + 3] = 3;
		assert_int_equal(arrive(), -EBADMSG);
		assert_string_equal(rule, "RFC 3954 5.2: a flowset shorter than its header");
		assert_int_equal(got_n, 2);
		end();
	}
	begin(); /* records of one byte and padding that looks like more of them */
	message(9);
	TEMPLATE(9, 256, { 4, 1 });
	set(256);
	w8(&w, 6);
	w8(&w, 17);
	w16(&w, 0);
	set_end();
	assert_int_equal(arrive(), 0);
	assert_int_equal(got_n, 0);
	end();
}

/* 8: a hostile exporter grows no memory and takes no other's room. */
static void
rule_8_a_hostile_exporter_is_capped(void **state)
{
	(void)state;
	begin();
	one_template(9, NOW);
	one_record(9, NOW);
	for (unsigned i = 0; i < 4; i++) /* an established stream */
		one_record(9, NOW);
	got_n = 0;
	const size_t honest = flowdec_memory(dec);
	for (uint32_t id = 0; id < 3000; id++) { /* streams and templates without end */
		message_of(id % 2 ? 9 : 10, id, 1000 + id);
		template_set(id % 2 ? 9 : 10, 256 + id, (const uint16_t[][2]){ { 8, 4 }, { 12, 4 }, { 2, 4 } }, 3);
		set(40000);
		for (unsigned k = 0; k < 300; k++)
			w32(&w, id);
		set_end();
		arrive_from((uint16_t)id, NOW + 1);
	}
	for (uint32_t from = 256; from < 8000; from += 2000) {
		message_of(9, 1, 1);
		for (uint32_t id = from; id < from + 2000; id++)
			template_set(9, id, (const uint16_t[][2]){ { 8, 4 }, { 12, 4 }, { 2, 4 }, { 1, 4 } }, 4);
		assert_int_equal(arrive(), 0);
	}
	struct exporter_stats s = stats();
	assert_true(s.capped > 1000);
	assert_true(s.streams <= 128);
	assert_true(s.held <= 64);
	assert_true(s.no_template > 1000);
	assert_true(flowdec_memory(dec) - honest < 512 << 10);
	end();
	begin(); /* the established stream of the same exporter is not pushed out either */
	one_template(9, NOW);
	for (unsigned i = 0; i < 5; i++)
		one_record(9, NOW);
	for (uint32_t id = 0; id < 3000; id++) {
		message_of(10, id, 1000 + id);
		arrive_from((uint16_t)id, NOW + 1);
	}
	got_n = 0;
	one_record(9, NOW + 2);
	assert_int_equal(got_n, 1);
	end();
}

static void
rule_8_sampling_rates_are_capped(void **state)
{
	(void)state;
	begin();
	v9_option(1, 0, 48, 1, 50, 100);
	for (uint32_t i = 2; i < 3000; i++) {
		message(9);
		set(349);
		w32(&w, 0);
		w32(&w, i);
		w32(&w, i);
		set_end();
		assert_int_equal(arrive(), 0);
	}
	assert_true(stats().capped > 1000);
	assert_true(flowdec_memory(dec) < 512 << 10);
	sampled_record(9, 48, 1, 3);
	assert_int_equal(got[0].sampling, 100);
	end();
}

/* 9: privacy: the decoder keeps no flow. */
/* Every element that is used has its row, and is found. */
static void
rule_of_elements(void **state)
{
	(void)state;
	static const uint16_t used[] = { 1, 2, 4, 6, 7, 8, 10, 11, 12, 14, 21, 22, 23, 24, 27, 28, 32, 34, 48, 50, 61,
		85, 86, 88, 103, 104, 139, 145, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 161, 162, 176, 177,
		178, 179, 180, 181, 182, 183, 184, 193, 224, 225, 226, 227, 228, 230, 231, 232, 252, 253, 281, 282, 298,
		299, 302, 305, 306, 307, 308, 309, 310, 311, 312, 313, 315, 322, 323, 324, 325, 352, 353 };
	static const uint16_t reverse[] = { 1, 2, 6, 85, 86, 150, 151, 152, 153, 154, 155, 156, 157 };
	for (unsigned id = 0, i = 0; id < 500; id++) {
		const struct ie_row *row = ie_find(0, (uint16_t)id);
		bool want = i < sizeof(used) / sizeof(used[0]) && used[i] == id;
		if ((row != NULL) != want || (row && (row->id != id || row->field >= IE_N)))
			fail_msg("element %u", id);
		i += want;
	}
	for (size_t i = 0; i < sizeof(reverse) / sizeof(reverse[0]); i++)
		assert_non_null(ie_find(PEN_REVERSE, reverse[i]));
	assert_non_null(ie_find(PEN_SCOPE9, 2));
	assert_non_null(ie_find(6871, 16399));
	assert_null(ie_find(9999, 1));
	const uint8_t head[] = { 0, 10, 1, 0 };
	assert_int_equal(flowdec_ipfix_len(head, 4), 256);
	assert_int_equal(flowdec_ipfix_len(head, 3), 0);
	assert_int_equal(flowdec_ipfix_len((const uint8_t[]){ 0, 9, 1, 0 }, 4), -EBADMSG);
	assert_int_equal(flowdec_ipfix_len((const uint8_t[]){ 0, 10, 0, 15 }, 4), -EBADMSG);
}

static void
rule_9_no_flow_is_kept(void **state)
{
	(void)state;
	begin();
	one_template(9, NOW);
	one_record(9, NOW);
	size_t before = flowdec_memory(dec);
	for (unsigned i = 0; i < 1000; i++)
		one_record(9, NOW + i);
	assert_int_equal(flowdec_memory(dec), before);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_v5),
		cmocka_unit_test(plain_v9_and_ipfix),
		cmocka_unit_test(rule_1_template_key),
		cmocka_unit_test(rule_2_template_life),
		cmocka_unit_test(rule_2_template_replaced_at_once),
		cmocka_unit_test(rule_2_data_before_its_template_is_held),
		cmocka_unit_test(rule_2_caps_of_a_template),
		cmocka_unit_test(rule_2_variable_length),
		cmocka_unit_test(rule_3_v9_is_bounded_by_its_bytes),
		cmocka_unit_test(rule_8_a_hostile_exporter_is_capped),
		cmocka_unit_test(rule_8_sampling_rates_are_capped),
		cmocka_unit_test(rule_of_elements),
		cmocka_unit_test(rule_9_no_flow_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
