/* SPDX-License-Identifier: BSD-2-Clause */
/* What an order becomes: a place, or nothing; and who is said to carry it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "act/act.h"

static struct prefix
pfx(const char *s)
{
	struct prefix p = { 0 };
	if (*s)
		assert_int_equal(prefix_parse(s, strlen(s), &p), 0);
	return p;
}

static struct order
order(enum rung r, const char *target, uint8_t proto, uint16_t port, bool in, const char *peer)
{
	return (struct order){ .no = 7, .case_no = 3, .rung = r, .cls = CLASS_OPEN_PROXY,
		.target = pfx(target), .peer = pfx(peer), .proto = proto, .port = port, .inbound = in };
}

/* From all lines: the place is the victim's, and the way back keeps it. */
static void
test_victim(void **state)
{
	struct order o = order(RUNG_FILTER, "0.0.0.0/0", 17, 0, false, "203.0.113.0/24"), back;
	struct act_entry e;
	(void)state;
	assert_false(act_entry_of(&o, &e));
	o.all = 1;
	assert_true(act_entry_of(&o, &e));
	assert_int_equal(e.set, SET_VICTIM4);
	assert_int_equal(prefix_cmp(&e.target, &o.peer), 0);
	act_order_of(&e, &back);
	assert_true(back.all && back.rung == RUNG_FILTER && back.proto == 17 && !back.inbound);
	assert_int_equal(prefix_cmp(&back.peer, &o.peer), 0);
	assert_int_equal(prefix_cmp(&back.target, &o.target), 0);
	o.rung = RUNG_QUARANTINE;
	assert_false(act_entry_of(&o, &e));
	o.rung = RUNG_FILTER, o.proto = 0;
	assert_false(act_entry_of(&o, &e));
	o.proto = 47, o.port = 80; /* GRE has no ports */
	assert_false(act_entry_of(&o, &e));
	o.proto = 17, o.peer = pfx("");
	assert_false(act_entry_of(&o, &e));
	o.peer = pfx("2001:db8::/48");
	assert_false(act_entry_of(&o, &e));
}

static void
test_entry_of(void **state)
{
	(void)state;
	static const struct {
		enum rung rung;
		const char *target;
		uint8_t proto;
		uint16_t port;
		bool in;
		const char *peer;
		int set; /* -1: none */
	} rows[] = {
		{ RUNG_FILTER, "192.0.2.1", 6, 3128, true, "", SET_IN4 },
		{ RUNG_FILTER, "192.0.2.1", 17, 53, false, "", SET_OUT4 },
		{ RUNG_FILTER, "2001:db8::1", 6, 3128, true, "", SET_IN6 },
		{ RUNG_FILTER, "2001:db8::1", 17, 53, false, "", SET_OUT6 },
		{ RUNG_FILTER, "192.0.2.1", 6, 0, true, "", -1 },
		{ RUNG_FILTER, "192.0.2.1", 0, 3128, true, "", -1 },
		{ RUNG_FILTER, "192.0.2.1", 1, 3128, true, "", -1 },
		{ RUNG_FILTER, "192.0.2.0/24", 6, 3128, true, "", -1 },
		{ RUNG_FILTER, "2001:db8::/56", 6, 3128, true, "", -1 },
		{ RUNG_FILTER, "192.0.2.1", 6, 3128, true, "198.51.100.1", -1 },
		{ RUNG_FILTER, "", 6, 3128, true, "", -1 },
		{ RUNG_QUARANTINE, "192.0.2.1", 0, 0, false, "", SET_QUAR4 },
		{ RUNG_QUARANTINE, "2001:db8::1", 0, 0, false, "", SET_QUAR6 },
		{ RUNG_QUARANTINE, "192.0.2.0/24", 0, 0, false, "", SET_WIDE4 },
		{ RUNG_QUARANTINE, "2001:db8:0:100::/56", 0, 0, false, "", SET_WIDE6 },
		{ RUNG_QUARANTINE, "0.0.0.0/0", 0, 0, false, "", -1 },
		{ RUNG_QUARANTINE, "::/0", 0, 0, false, "", -1 },
		{ RUNG_QUARANTINE, "", 0, 0, false, "", -1 },
		{ RUNG_NOTIFY, "192.0.2.1", 6, 3128, true, "", -1 },
		{ RUNG_N, "192.0.2.1", 6, 3128, true, "", -1 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct order o = order(rows[i].rung, rows[i].target, rows[i].proto, rows[i].port,
		    rows[i].in, rows[i].peer);
		struct act_entry e = { .order = 99 };
		assert_int_equal(act_entry_of(&o, &e), rows[i].set >= 0);
		if (rows[i].set < 0) {
			assert_int_equal(e.order, 99);
			continue;
		}
		bool filter = rows[i].rung == RUNG_FILTER;
		assert_int_equal(e.set, rows[i].set);
		assert_int_equal(e.order, 7);
		assert_int_equal(e.rung, rows[i].rung);
		assert_int_equal(e.proto, filter ? rows[i].proto : 0);
		assert_int_equal(e.port, filter ? rows[i].port : 0);
		assert_int_equal(prefix_cmp(&e.target, &o.target), 0);
		assert_true(e.put == 0 && e.end == 0);
	}
	/* A length nobody could have parsed. */
	struct order o = order(RUNG_QUARANTINE, "192.0.2.1", 0, 0, false, "");
	struct act_entry e;
	o.target.len = 33;
	assert_false(act_entry_of(&o, &e));
	o.rung = RUNG_FILTER;
	o.proto = 6;
	o.port = 1;
	assert_false(act_entry_of(&o, &e));
}

/* A place is set, target, protocol, port; not the order, nor the time. */
static void
test_cmp(void **state)
{
	(void)state;
	struct order o = order(RUNG_FILTER, "192.0.2.1", 6, 3128, true, "");
	struct act_entry a, b;
	act_entry_of(&o, &a);
	b = a;
	b.order = 8;
	b.put = b.end = 5;
	b.rung = RUNG_QUARANTINE;
	assert_int_equal(act_entry_cmp(&a, &b), 0);
	struct act_entry more[4] = { a, a, a, a };
	more[0].set = SET_OUT4;
	more[1].target = pfx("192.0.2.2");
	more[2].proto = 17;
	more[3].port = 8080;
	for (int i = 0; i < 4; i++) {
		assert_true(act_entry_cmp(&a, &more[i]) < 0);
		assert_true(act_entry_cmp(&more[i], &a) > 0);
	}
}

static void
test_carrier(void **state)
{
	(void)state;
	struct policy *p = policy_new();
	struct order o = order(RUNG_FILTER, "192.0.2.1", 6, 3128, true, "");
	assert_null(act_carrier(p, &o));
	p->enforcer = ENFORCER_NFT;
	assert_string_equal(act_carrier(p, &o), "nft");
	p->enforcer = ENFORCER_DRY;
	assert_string_equal(act_carrier(p, &o), "dry");
	o.port = 0;
	assert_null(act_carrier(p, &o));
	o.rung = RUNG_QUARANTINE;
	assert_string_equal(act_carrier(p, &o), "dry");
	o.rung = RUNG_NOTIFY;
	assert_null(act_carrier(p, &o));
	p->hook = true;
	assert_string_equal(act_carrier(p, &o), "hook");
	for (enum rung r = RUNG_LOG; r <= RUNG_TICKET; r++) {
		o.rung = r;
		assert_string_equal(act_carrier(p, &o), "desk");
	}
	o.rung = RUNG_N;
	assert_null(act_carrier(p, &o));
	policy_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry_of),
		cmocka_unit_test(test_victim),
		cmocka_unit_test(test_cmp),
		cmocka_unit_test(test_carrier),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
