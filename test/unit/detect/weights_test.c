/* SPDX-License-Identifier: BSD-2-Clause */
/* What only adds weight to a suspicion: long idle sessions, relayed traffic; and of suspects only. */
#include "line_world.h"

#define LINE 0x0a010001u

static const struct finding *
last_of(const struct world *w, enum detector d)
{
	const struct finding *f = NULL;
	for (size_t i = 0; i < w->n; i++)
		if (w->found[i].detector == d)
			f = &w->found[i];
	return f;
}

/* A scan makes a suspect of it. */
static void
suspect(struct world *w)
{
	for (uint32_t i = 0; i < 12; i++, w->now += MSEC_SECOND)
		give(w, flow_of(w, ip4(LINE), ip4(0x01000001 + (i << 20)), IPP_TCP, 40000, 23, TCP_SYN));
	assert_non_null(last_of(w, DETECT_SCAN));
}

static void
both(struct world *w, uint32_t far, uint16_t port, uint64_t out, uint64_t out_bytes, uint64_t in, uint64_t in_bytes)
{
	struct flow o = flow_of(w, ip4(LINE), ip4(far), IPP_TCP, 40001, port, TCP_ACK | TCP_PSH);
	struct flow b = flow_of(w, o.dst, o.src, IPP_TCP, port, 40001, TCP_ACK | TCP_PSH);
	o.packets = out;
	o.bytes = out_bytes;
	b.packets = in;
	b.bytes = in_bytes;
	b.in_if = IF_BORDER;
	b.out_if = IF_STRICT;
	if (out)
		give(w, o);
	if (in)
		give(w, b);
}

/* Every minute two bytes there and back, for so many hours; every now and then more, if not idle. */
static void
session(struct world *w, int minutes, int busy)
{
	for (int i = 0; i < minutes; i++, w->now += MSEC_MINUTE)
		both(w, 0xcb007109, 48101, busy && i % busy == 0 ? 90 : 2, busy && i % busy == 0 ? 60000 : 94, 2, 94);
}

static void
idle(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	suspect(w);
	session(w, 118, 0);
	assert_null(last_of(w, DETECT_IDLE));
	session(w, 10, 0);
	const struct finding *f = last_of(w, DETECT_IDLE);
	assert_non_null(f);
	assert_true(f->port[0] == 48101 && f->peer.len == 32 && f->to - f->from >= 2 * MSEC_HOUR);
	assert_false(detector_row(DETECT_IDLE)->acts);
	world_free(w);
	/* Not of who is no suspect, not with real traffic, not where packets are sampled. */
	for (int k = 0; k < 3; k++) {
		w = world_new(true, NULL, NULL, 1, 1000);
		if (k)
			suspect(w);
		w->sampling = k == 2 ? 100 : 1;
		session(w, 400, k == 1 ? 30 : 0);
		assert_null(last_of(w, DETECT_IDLE));
		world_free(w);
	}
}

/* kib: what comes in from the one and goes out to others, per minute. */
static void
proxy(struct world *w, int hours, bool follow)
{
	for (int m = 0; m < hours * 60; m++, w->now += MSEC_MINUTE) {
		uint64_t kib = 200 + (uint64_t)(m / 5 * 7919 % 13) * 300;
		uint64_t out = follow ? kib : 200 + (uint64_t)(m / 5 * 104729 % 11) * 300;
		both(w, 0xcb007109, 443, 20, 1000, kib, kib * 1024);
		for (uint32_t i = 0; i < 8; i++)
			both(w, 0x01000000 + (uint32_t)(m * 8 + (int)i) * 2741, 443, out / 8, out * 128, 3, 200);
	}
}

static void
relay(void **unused)
{
	(void)unused;
	struct world *w = world_new(true, NULL, NULL, 1, 1000);
	suspect(w);
	proxy(w, 3, true);
	const struct finding *f = last_of(w, DETECT_RELAY);
	assert_non_null(f);
	struct addr peer = ip4(0xcb007109);
	assert_true(addr_eq(&f->peer.a, &peer));
	assert_true(f->distinct >= 160 && f->permille > 700);
	world_free(w);
	w = world_new(true, NULL, NULL, 1, 1000);
	suspect(w);
	proxy(w, 3, false);
	assert_null(last_of(w, DETECT_RELAY));
	world_free(w);
	w = world_new(true, NULL, NULL, 1, 1000);
	proxy(w, 3, true);
	assert_null(last_of(w, DETECT_RELAY));
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(idle), cmocka_unit_test(relay) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
