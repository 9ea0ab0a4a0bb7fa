/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets: what carries IP, what IP carries, and where a packet ends too early. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/packet.h"

#define MACS     2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2
#define IP4(proto, len) 0x45, 0, 0, len, 0, 1, 0x40, 0, 64, proto, 0, 0, 10, 0, 0, 1, 198, 51, 100, 2
#define IP6(next, len) 0x60, 0, 0, 0, 0, len, next, 64, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, \
    0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2
#define UDP      0x13, 0x88, 0, 53, 0, 13, 0, 0, 'h', 'e', 'l', 'l', 'o'
#define TCP      0x9c, 0x40, 0, 23, 198, 51, 100, 2, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0
#define P(...)   (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

static const struct row {
	const char *name;
	enum packet_link link;
	const uint8_t *p;
	size_t n;
	int want;
	uint8_t proto;
	uint16_t sport, dport;
	uint8_t bits; /* without FLOW_PACKET */
	uint64_t bytes;
} rows[] = {
	{ "udp", LINK_ETHERNET, P(MACS, 8, 0, IP4(17, 33), UDP), 0, 17, 5000, 53, 0, 33 },
	{ "syn to its own number", LINK_ETHERNET, P(MACS, 8, 0, IP4(6, 40), TCP), 0, 6, 40000, 23, FLOW_FLAGS | FLOW_SEQ_DST, 40 },
	{ "802.1ad and 802.1Q", LINK_ETHERNET, P(MACS, 0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 8, 0, IP4(17, 33), UDP), 0, 17, 5000, 53, 0, 33 },
	{ "MPLS", LINK_ETHERNET, P(MACS, 0x88, 0x47, 0, 1, 0, 64, 0, 1, 0x11, 64, IP4(17, 33), UDP), 0, 17, 5000, 53, 0, 33 },
	{ "pseudowire", LINK_ETHERNET, P(MACS, 0x88, 0x47, 0, 1, 0x11, 64, 0, 0, 0, 9, MACS, 8, 0, IP4(17, 33), UDP), 0, 17, 5000, 53, 0, 33 },
	{ "no Ethernet pseudowire", LINK_ETHERNET, P(MACS, 0x88, 0x47, 0, 1, 0x11, 64, 0, 1, 0, 9, MACS, 8, 0, IP4(17, 33), UDP), -ENOENT, 0, 0, 0, 0, 0 },
	{ "PPPoE, IPv6", LINK_ETHERNET, P(MACS, 0x88, 0x64, 0x11, 0, 0, 1, 0, 55, 0, 0x57, IP6(17, 13), UDP), 0, 17, 5000, 53, 0, 53 },
	{ "SNAP", LINK_ETHERNET, P(MACS, 0, 41, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0, IP4(17, 33), UDP), 0, 17, 5000, 53, 0, 33 },
	{ "spanning tree", LINK_ETHERNET, P(MACS, 0, 38, 0x42, 0x42, 3, 0, 0, 0, 0, 0), -ENOENT, 0, 0, 0, 0, 0 },
	{ "ARP", LINK_ETHERNET, P(MACS, 8, 6, 0, 1, 8, 0), -ENOENT, 0, 0, 0, 0, 0 },
	{ "Linux cooked", LINK_SLL, P(0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0, IP4(17, 33), UDP), 0, 17, 5000, 53, 0, 33 },
	{ "Linux cooked 2", LINK_SLL2, P(0x86, 0xdd, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, IP6(17, 13), UDP), 0, 17, 5000, 53, 0, 53 },
	{ "BSD loopback", LINK_NULL, P(30, 0, 0, 0, IP6(17, 13), UDP), 0, 17, 5000, 53, 0, 53 },
	{ "of the other byte order", LINK_NULL, P(0, 0, 0, 2, IP4(17, 33), UDP), 0, 17, 5000, 53, 0, 33 },
	{ "GRE stays closed", LINK_IP, P(IP4(47, 60), 0, 0, 8, 0, IP4(17, 33), UDP), 0, 47, 0, 0, 0, 60 },
	{ "ping", LINK_IP, P(IP4(1, 28), 8, 0, 0, 0, 0, 0, 0, 0), 0, 1, 0, 0x0800, 0, 28 },
	{ "ping of IPv6", LINK_IP, P(IP6(58, 8), 128, 0, 0, 0, 0, 0, 0, 0), 0, 58, 0, 0x8000, 0, 48 },
	{ "a later fragment", LINK_IP, P(0x45, 0, 0, 33, 0, 1, 0x20, 9, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, UDP), 0, 17, 0, 0, FLOW_FRAGMENT, 33 },
	{ "options", LINK_IP, P(0x46, 0, 0, 37, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 7, 4, 0, 0, UDP), 0, 17, 5000, 53, 0, 37 },
	{ "hop by hop, routing, first fragment", LINK_IP, P(IP6(0, 37), 43, 0, 1, 4, 0, 0, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0,
	    17, 0, 0, 1, 0, 0, 0, 1, UDP), 0, 17, 5000, 53, 0, 77 },
	{ "a later fragment of IPv6", LINK_IP, P(IP6(44, 21), 17, 0, 0, 9, 0, 0, 0, 1, UDP), 0, 17, 0, 0, FLOW_FRAGMENT, 61 },
	{ "authenticated", LINK_IP, P(IP6(51, 25), 17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, UDP), 0, 17, 5000, 53, 0, 65 },
	{ "addresses cut off", LINK_IP, P(0x45, 0, 0, 33, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0), -EBADMSG, 0, 0, 0, 0, 0 },
	{ "ports cut off", LINK_IP, P(IP4(17, 33), 0x13, 0x88, 0), 0, 17, 0, 0, 0, 33 },
	{ "flags cut off", LINK_IP, P(IP4(6, 40), 0x9c, 0x40, 0, 23, 198, 51, 100, 2, 0, 0, 0, 0, 0x50), 0, 6, 40000, 23, 0, 40 },
	{ "length left to the card", LINK_IP, P(IP4(17, 0), UDP), 0, 17, 5000, 53, 0, 33 },
	{ "a header too short", LINK_IP, P(0x44, 0, 0, 33, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, UDP), -EBADMSG, 0, 0, 0, 0, 0 },
	{ "labels without end", LINK_ETHERNET, P(MACS, 0x88, 0x47, 0, 1, 0, 64, 0, 1, 0, 64), -EBADMSG, 0, 0, 0, 0, 0 },
};

static void
each_carrier(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct flow f = { .in_if = 7, .first = 5, .bits = FLOW_DIR | FLOW_SEQ_DST };
		int got = packet_parse(r->link, r->p, r->n, r->n, &f);
		if (got != r->want || (got == 0 && (f.proto != r->proto || f.sport != r->sport || f.dport != r->dport ||
		    f.bits != (r->bits | FLOW_PACKET | FLOW_DIR) || f.bytes != r->bytes || f.packets != 1)))
			fail_msg("%s: %d, proto %u, %u -> %u, bits %#x, %u bytes", r->name, got, f.proto, f.sport,
			    f.dport, f.bits, (unsigned)f.bytes);
		assert_int_equal(f.in_if, 7);
		assert_int_equal(f.first, 5);
		if (got < 0)
			assert_int_equal(f.bits, FLOW_DIR | FLOW_SEQ_DST); /* untouched */
	}
}

/* Wherever it is cut: no read behind its end (exact allocations, under ASan), and never another flow. */
static void
cut_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t n = 0; n < rows[i].n; n++) {
			struct flow f = { 0 };
			uint8_t *exact = malloc(n ? n : 1);
			memcpy(exact, rows[i].p, n);
			int r = packet_parse(rows[i].link, exact, n, rows[i].n, &f);
			assert_true(r == 0 || r == -EBADMSG || r == -ENOENT);
			if (r == 0 && f.dport && f.dport != rows[i].dport)
				fail_msg("%s cut to %zu: port %u", rows[i].name, n, f.dport);
			free(exact);
		}
}

static void
datagrams(void **state)
{
	(void)state;
	struct flow f;
	size_t len = 0;
	const uint8_t whole[] = { MACS, 8, 0, IP4(17, 33), UDP, 0, 0, 0 }; /* with a short frame's padding */
	const uint8_t *p = packet_udp(LINK_ETHERNET, whole, sizeof(whole), &f, &len);
	assert_non_null(p);
	assert_int_equal(len, 5);
	assert_memory_equal(p, "hello", 5);
	assert_int_equal(f.dport, 53);
	assert_null(packet_udp(LINK_ETHERNET, whole, sizeof(whole) - 4, &f, &len));
	const uint8_t tcp[] = { IP4(6, 40), TCP };
	assert_null(packet_udp(LINK_IP, tcp, sizeof(tcp), &f, &len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_carrier),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(datagrams),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
