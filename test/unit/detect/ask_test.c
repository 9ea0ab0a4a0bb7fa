/* SPDX-License-Identifier: BSD-2-Clause */
/* What flows answer when asked, what is kept of a watched line, who leads the list. */
#include "line_world.h"

#define LINE UINT32_C(0x0a010203)

static struct flow_seen
asked(struct world *w, uint32_t line, enum class_id cls, uint16_t port, msec when)
{
	struct ask a = { .no = 1, .case_no = 1, .subject = ip4(line), .port = port, .cls = cls, .when = when };
	struct flow_seen r;
	detect_ask(w->d, &a, false, &r);
	assert_true(addr_eq(&r.subject, &a.subject) && r.cls == cls && r.port == port && r.when == when);
	return r;
}

/* A stranger's connection to the line's port, answered or not. */
static void
connection(struct world *w, uint32_t line, uint32_t from, uint16_t sport, uint16_t port, bool answers)
{
	struct flow i = flow_of(w, ip4(from), ip4(line), IPP_TCP, sport, port, TCP_SYN | (answers ? TCP_ACK : 0));
	i.in_if = IF_BORDER;
	i.out_if = IF_STRICT;
	i.packets = answers ? 6 : 1;
	give(w, i);
	struct flow o = flow_of(w, i.dst, i.src, IPP_TCP, port, sport,
	    answers ? TCP_SYN | TCP_ACK | TCP_PSH : TCP_RST | TCP_ACK);
	o.first += 5;
	o.packets = answers ? 6 : 1;
	give(w, o);
}

/* The exporter speaks all the time. */
static void
hours(struct world *w, int n)
{
	for (int i = 0; i < n * 12; i++, w->now += 5 * MSEC_MINUTE)
		syn(w, 0x0a770001, 0x08080808, 443, IF_STRICT);
}

static void
scanner(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	assert_false(asked(w, LINE, CLASS_SCANNER, 0, w->now).active);
	for (uint32_t i = 0; i < 12; i++, w->now += MSEC_SECOND)
		syn(w, LINE, 0x01000001 + (i << 20), 23, IF_STRICT);
	struct flow_seen r = asked(w, LINE, CLASS_SCANNER, 0, w->now);
	assert_true(r.active && !r.answered_inbound);
	assert_int_equal(r.proto, IPP_TCP);
	assert_int_equal(r.far_port, 23);
	assert_true(r.samples >= 8 && r.sampling == 1);
	assert_true(asked(w, LINE, CLASS_BOT, 0, w->now).active);
	assert_false(asked(w, LINE, CLASS_DDOS_SOURCE, 0, w->now).active);
	assert_false(asked(w, LINE + 1, CLASS_SCANNER, 0, w->now).active);
	w->now += 20 * MSEC_MINUTE; /* it has stopped */
	syn(w, LINE, 0x01000001, 443, IF_STRICT);
	assert_false(asked(w, LINE, CLASS_SCANNER, 0, w->now).active);
	world_free(w);
}

/* Forged SYNs answer no question, though a finding says what was seen. */
static void
forged(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	for (uint32_t i = 0; i < 60; i++, w->now += MSEC_SECOND)
		syn(w, LINE, 0x01000001 + (i << 20), 23, IF_OPEN);
	assert_true(found_of(w, DETECT_SCAN, NULL) > 0);
	assert_false(asked(w, LINE, CLASS_SCANNER, 0, w->now).active);
	/* Also not for logins or mail. */
	for (uint32_t i = 0; i < 60; i++)
		syn(w, LINE, 0x01000001 + (i << 20), 25, IF_OPEN);
	assert_false(asked(w, LINE, CLASS_SPAM_SOURCE, 0, w->now).active);
	world_free(w);
}

static void
answered(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	hours(w, 7);
	syn(w, LINE, 0x08080808, 443, IF_STRICT);
	connection(w, LINE, 0x05060708, 51000, 3128, false);
	assert_false(asked(w, LINE, CLASS_OPEN_PROXY, 3128, w->now).answered_inbound);
	connection(w, LINE, 0x05060708, 51000, 3128, true);
	struct flow_seen r = asked(w, LINE, CLASS_OPEN_PROXY, 3128, w->now);
	assert_true(r.answered_inbound && r.covered && !r.active);
	assert_false(asked(w, LINE, CLASS_OPEN_PROXY, 1080, w->now).answered_inbound);
	assert_true(asked(w, LINE, CLASS_OPEN_PROXY, 0, w->now).answered_inbound); /* a port of the class */
	assert_false(asked(w, LINE, CLASS_OPEN_RESOLVER, 0, w->now).answered_inbound);
	/* Its own client connections are not inbound, whatever the ports. */
	struct flow o = flow_of(w, ip4(LINE), ip4(0x05060709), IPP_TCP, 40000, 50000, TCP_SYN | TCP_ACK);
	o.packets = 5;
	give(w, o);
	struct flow b = flow_of(w, o.dst, o.src, IPP_TCP, 50000, 40000, TCP_SYN | TCP_ACK);
	b.in_if = IF_BORDER;
	b.out_if = IF_STRICT;
	b.first += 9;
	give(w, b);
	assert_false(asked(w, LINE, CLASS_OPEN_PROXY, 40000, w->now).answered_inbound);
	/* Around the event, not for ever. */
	msec event = w->now;
	hours(w, 8);
	assert_true(asked(w, LINE, CLASS_OPEN_PROXY, 3128, event).answered_inbound);
	assert_false(asked(w, LINE, CLASS_OPEN_PROXY, 3128, w->now).answered_inbound);
	world_free(w);
}

static void
coverage(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	hours(w, 3);
	assert_false(asked(w, LINE, CLASS_OPEN_PROXY, 3128, w->now).covered); /* not looked long enough */
	hours(w, 4);
	assert_true(asked(w, LINE, CLASS_OPEN_PROXY, 3128, w->now).covered);
	struct ask a = { .subject = ip4(LINE), .port = 3128, .cls = CLASS_OPEN_PROXY, .when = w->now };
	struct flow_seen r;
	detect_ask(w->d, &a, true, &r); /* records are lost */
	assert_false(r.covered);
	a.subject = ip("198.51.100.1"); /* not ours */
	detect_ask(w->d, &a, false, &r);
	assert_false(r.covered);
	w->now += 20 * MSEC_MINUTE; /* silence */
	detect_tick(w->d, w->now);
	assert_false(asked(w, LINE, CLASS_OPEN_PROXY, 3128, w->now).covered);
	hours(w, 1);
	assert_false(asked(w, LINE, CLASS_OPEN_PROXY, 3128, w->now).covered); /* there was a gap */
	hours(w, 7);
	assert_true(asked(w, LINE, CLASS_OPEN_PROXY, 3128, w->now).covered);
	w->sampling = 1000; /* one packet in a thousand is not all of the line's traffic */
	hours(w, 1);
	assert_false(asked(w, LINE, CLASS_OPEN_PROXY, 3128, w->now).covered);
	world_free(w);
}

static void
mail_and_logins(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	uint32_t business = 0x0a320001, server = LINE + 9;
	connection(w, server, 0x05060708, 51000, 25, false);
	syn(w, server, 0x08080808, 443, IF_STRICT);
	connection(w, server, 0x05060708, 51000, 25, true); /* is sent mail: a mail server */
	for (uint32_t i = 0; i < 40; i++, w->now += MSEC_SECOND) {
		const uint32_t lines[] = { LINE, business, server };
		for (int k = 0; k < 3; k++) {
			struct flow f = flow_of(w, ip4(lines[k]), ip4(0x01000001 + (i << 20)), IPP_TCP,
			    40000, 25, TCP_SYN | TCP_ACK | TCP_PSH);
			f.packets = 20;
			give(w, f);
		}
		struct flow f = flow_of(w, ip4(LINE + 1), ip4(0x01000001 + (i << 20)), IPP_TCP, 40000, 22,
		    TCP_SYN | TCP_ACK | TCP_PSH);
		f.packets = 12;
		give(w, f);
	}
	assert_true(asked(w, LINE, CLASS_SPAM_SOURCE, 0, w->now).active);
	assert_int_equal(asked(w, LINE, CLASS_SPAM_SOURCE, 0, w->now).far_port, 25);
	assert_false(asked(w, business, CLASS_SPAM_SOURCE, 0, w->now).active);
	assert_false(asked(w, server, CLASS_SPAM_SOURCE, 0, w->now).active);
	assert_true(asked(w, LINE + 1, CLASS_LOGIN_ATTACKER, 0, w->now).active);
	assert_false(asked(w, LINE, CLASS_LOGIN_ATTACKER, 0, w->now).active);
	world_free(w);
}

static void
watched(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	struct flow kept[WATCH_RING];
	struct addr a = ip4(LINE), other = ip4(LINE + 1), far = ip("198.51.100.1");
	struct prefix p = { a, 32 }, none = { far, 32 };
	syn(w, LINE, 0x01000001, 1, IF_STRICT); /* before the watch: nobody's flows are kept */
	assert_true(detect_watch(w->d, &p, w->now + 30 * MSEC_MINUTE));
	assert_false(detect_watch(w->d, &none, w->now + 30 * MSEC_MINUTE));
	for (uint16_t i = 1; i <= 700; i++, w->now += MSEC_SECOND) {
		syn(w, LINE, 0x01000001, i, IF_STRICT);
		syn(w, LINE + 1, 0x01000001, i, IF_STRICT);
	}
	assert_int_equal(detect_kept(w->d, &other, kept, WATCH_RING), 0);
	assert_int_equal(detect_kept(w->d, &a, kept, WATCH_RING), WATCH_RING);
	for (int i = 0; i < WATCH_RING; i++)
		assert_int_equal(kept[i].dport, 700 - WATCH_RING + 1 + i);
	assert_int_equal(detect_kept(w->d, &a, kept, 3), 3);
	assert_int_equal(kept[2].dport, 700);
	w->now += MSEC_HOUR; /* over */
	syn(w, LINE, 0x01000001, 999, IF_STRICT);
	detect_kept(w->d, &a, kept, 1);
	assert_int_equal(kept[0].dport, 700);
	/* Room for so many lines, also for some that never spoke yet. */
	for (uint32_t i = 0; i < WATCHED; i++) {
		struct prefix q = { ip4(0x0a200000 + i), 32 };
		assert_true(detect_watch(w->d, &q, w->now + 30 * MSEC_MINUTE));
	}
	assert_false(detect_watch(w->d, &p, w->now + 30 * MSEC_MINUTE));
	syn(w, 0x0a200005, 0x01000001, 7, IF_STRICT);
	struct addr late = ip4(0x0a200005);
	assert_int_equal(detect_kept(w->d, &late, kept, 5), 1);
	world_free(w);
}

static void
top(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	struct top_row r[3];
	for (uint32_t l = 0; l < 20; l++)
		for (uint32_t i = 0; i < 4 + l % 5; i++)
			syn(w, LINE + l, 0x01000001 + (i << 20), 23, IF_STRICT);
	size_t n = detect_top(w->d, r, 3);
	assert_int_equal(n, 3);
	for (int i = 0; i < 3; i++) {
		struct addr want = ip4(LINE + 4 + 5 * (uint32_t)i);
		assert_int_equal(r[i].suspicion, 1000);
		assert_true(addr_eq(&r[i].subject.a, &want));
		assert_int_equal(r[i].detectors, 1U << DETECT_SCAN | (r[i].detectors & 1U << DETECT_WALK));
		assert_int_equal(r[i].last, w->now);
	}
	w->now += 2 * MSEC_HOUR;
	detect_tick(w->d, w->now);
	assert_int_equal(detect_top(w->d, r, 3), 0);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scanner),
		cmocka_unit_test(forged),
		cmocka_unit_test(answered),
		cmocka_unit_test(coverage),
		cmocka_unit_test(mail_and_logins),
		cmocka_unit_test(watched),
		cmocka_unit_test(top),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
