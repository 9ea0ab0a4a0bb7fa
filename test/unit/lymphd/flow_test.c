/* SPDX-License-Identifier: BSD-2-Clause */
/* What hear-flow keeps: whose a datagram is, findings till they are committed, figures by interface. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lymphd/flow_queue.h"
#include "lymphd/flow_tally.h"
#include "lymphd/flow_who.h"

static struct addr
ip(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

static void
add(struct sights *s, const char *addr, unsigned port, const char *name)
{
	struct exporter_row row = { .addr = ip(addr), .port = (uint16_t)port };
	snprintf(row.name, sizeof(row.name), "%s", name);
	assert_true(sights_exporter(s, &row) >= 0);
}

/* The hash says what the table says, whatever is asked. */
static void
test_who(void **state)
{
	(void)state;
	struct sights *s = sights_new();
	char addr[64], name[32];
	uint64_t seed = 1;
	for (unsigned i = 0; i < EXPORTERS; i++) {
		snprintf(addr, sizeof(addr), i % 3 ? "192.0.%u.%u" : "2001:db8::%x:%x", i / 7, i % 5);
		snprintf(name, sizeof(name), "e%u", i);
		struct exporter_row row = { .addr = ip(addr), .port = (uint16_t)(i % 4 ? 1000 + i % 7 : 0) };
		strcpy(row.name, name);
		sights_exporter(s, &row); /* some are there already */
	}
	assert_true(s->exporters > 500);
	struct flow_who *w = who_new(s);
	for (unsigned i = 0; i < 200000; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1;
		unsigned r = (unsigned)(seed >> 40);
		struct addr a = s->exporter[r % s->exporters].addr;
		if (r & 1)
			a.b[3] = (uint8_t)(a.b[3] + r % 11);
		uint16_t port = (uint16_t)(1000 + (r >> 8) % 9);
		assert_int_equal(who_find(w, &a, port), sights_who(s, &a, port));
	}
	who_free(w);
	sights_free(s);
}

static void
test_strangers(void **state)
{
	(void)state;
	struct sights *s = sights_new();
	struct flow_who *w = who_new(s);
	struct stranger_seen seen[FLOW_STRANGERS];
	struct addr a = ip("192.0.2.1");
	assert_int_equal(who_find(w, &a, 1), -ENOENT);
	assert_int_equal(who_strangers(w, seen), 0);
	for (unsigned i = 0; i < 1000; i++) {
		a.b[3] = (uint8_t)(i % 100);
		who_stranger(w, &a, (uint16_t)i, 1000 + i);
		if (i % 5 == 0) {
			struct addr same = ip("2001:db8::1");
			who_stranger(w, &same, 9, 1000 + i);
		}
	}
	assert_int_equal(who_strangers(w, seen), FLOW_STRANGERS);
	for (unsigned i = 1; i < FLOW_STRANGERS; i++)
		assert_true(seen[i - 1].last >= seen[i].last);
	assert_int_equal(seen[0].addr.b[3], 99); /* the newest */
	unsigned six = 0;
	for (unsigned i = 0; i < FLOW_STRANGERS; i++) {
		if (seen[i].addr.fam != 6)
			continue;
		six++; /* who comes again stays, under one row */
		assert_int_equal(seen[i].datagrams, 200);
		assert_int_equal(seen[i].first, 1000);
	}
	assert_int_equal(six, 1);
	who_free(w);
	sights_free(s);
}

static void
put(struct flow_queue *q, enum detector d, uint32_t mark)
{
	struct finding f = { .detector = (uint8_t)d, .samples = mark };
	queue_add(q, &f);
}

/* Takes all there is to say; how many. */
static unsigned
say_all(struct flow_queue *q, uint64_t *first, uint64_t *last)
{
	unsigned n = 0;
	const struct msg_finding *m;
	for (; (m = queue_next(q)) != NULL; n++) {
		if (n == 0)
			*first = m->no;
		assert_true(n == 0 || m->no > *last);
		*last = m->no;
		queue_said(q);
	}
	return n;
}

static void
test_queue(void **state)
{
	(void)state;
	struct flow_queue *q = queue_new(100);
	struct queue_stats st;
	uint64_t first = 0, last = 0;
	assert_null(queue_next(q));
	for (unsigned i = 0; i < 10; i++)
		put(q, DETECT_SCAN, i);
	assert_int_equal(say_all(q, &first, &last), 10);
	assert_int_equal(first, 101);
	/* Done in any order; what is unknown changes nothing. */
	queue_done(q, 103);
	queue_done(q, 103);
	queue_done(q, 99);
	queue_done(q, 1000);
	queue_done(q, 101);
	put(q, DETECT_SCAN, 10);
	assert_int_equal(queue_next(q)->no, 111);
	/* A new judge hears all but what is done. */
	queue_again(q);
	assert_int_equal(say_all(q, &first, &last), 9);
	assert_int_equal(first, 102);
	assert_int_equal(last, 111);
	queue_stats(q, &st);
	assert_int_equal(st.made, 11);
	assert_int_equal(st.waiting, 9);
	assert_int_equal(st.dropped, 0);
	for (uint64_t no = 102; no <= 111; no++)
		queue_done(q, no);
	queue_stats(q, &st);
	assert_int_equal(st.waiting, 0);
	assert_null(queue_next(q));
	queue_free(q);
}

/* Full: what only adds weight goes first, the oldest of it; then the oldest. */
static void
test_queue_full(void **state)
{
	(void)state;
	struct flow_queue *q = queue_new(0);
	struct queue_stats st;
	uint64_t first = 0, last = 0;
	assert_false(detector_row(DETECT_IDLE)->acts);
	assert_true(detector_row(DETECT_SCAN)->acts);
	for (unsigned i = 0; i < FLOW_QUEUE; i++)
		put(q, i % 2 ? DETECT_IDLE : DETECT_SCAN, i);
	for (unsigned i = 0; i < FLOW_QUEUE / 2; i++)
		put(q, DETECT_SCAN, i);
	queue_stats(q, &st);
	assert_int_equal(st.waiting, FLOW_QUEUE);
	assert_int_equal(st.dropped, FLOW_QUEUE / 2);
	assert_int_equal(st.dropped_acting, 0);
	put(q, DETECT_IDLE, 1);
	put(q, DETECT_SCAN, 1); /* pushes out the one before it */
	queue_stats(q, &st);
	assert_int_equal(st.dropped, FLOW_QUEUE / 2 + 2);
	assert_int_equal(st.dropped_acting, 1);
	assert_int_equal(say_all(q, &first, &last), FLOW_QUEUE);
	assert_int_equal(first, 3);
	assert_int_equal(last, FLOW_QUEUE + FLOW_QUEUE / 2 + 2);
	/* One that goes while it is the next to be said. */
	queue_again(q);
	put(q, DETECT_SCAN, 1);
	assert_int_equal(queue_next(q)->no, 5);
	queue_free(q);
}

static struct sights *
two(void)
{
	struct sights *s = sights_new();
	struct iface_row row = { .side = SIDE_CUSTOMER, .sav = SAV_LOOSE, .from = 10, .to = 19 };
	add(s, "192.0.2.1", 0, "a");
	add(s, "192.0.2.2", 0, "b");
	assert_int_equal(sights_iface(s, &row), 0);
	return s;
}

static void
test_ifaces(void **state)
{
	(void)state;
	struct sights *s = two();
	struct flow_tally *t = tally_new(s);
	struct iface_seen *seen = calloc(FLOW_IFACES, sizeof(*seen));
	bool cut;
	struct flow f[3] = {
		{ .exporter = 1, .in_if = 7, .out_if = 7, .bytes = 10, .sampling = 100 },
		{ .exporter = 0, .in_if = 12, .out_if = 0, .bytes = 5 },
		{ .exporter = 9, .in_if = 12, .out_if = 0, .bytes = 5 }, /* there is none: nobody's */
	};
	tally_flows(t, f, 3, 5000);
	assert_int_equal(tally_ifaces(t, seen, &cut), 2);
	assert_false(cut);
	assert_int_equal(seen[0].exporter, 0);
	assert_int_equal(seen[0].side, SIDE_CUSTOMER);
	assert_int_equal(seen[0].sav, SAV_LOOSE);
	assert_true(seen[0].configured);
	assert_int_equal(seen[0].in_bytes, 5);
	assert_int_equal(seen[1].side, SIDE_UNKNOWN);
	assert_false(seen[1].configured);
	assert_int_equal(seen[1].in_flows, 1);
	assert_int_equal(seen[1].out_bytes, 1000);
	assert_int_equal(seen[1].last, 5000);
	/* One exporter that makes up interfaces leaves room for the other. */
	for (uint32_t i = 1; i < 100000; i++) {
		struct flow x = { .exporter = 1, .in_if = i, .out_if = i + 1, .bytes = 1 };
		tally_flows(t, &x, 1, 6000);
	}
	for (uint32_t i = 100; i < 200; i++) {
		struct flow x = { .exporter = 0, .in_if = i, .bytes = 1 };
		tally_flows(t, &x, 1, 6000);
	}
	assert_int_equal(tally_ifaces(t, seen, &cut), TALLY_SHARE + 101);
	assert_true(cut);
	assert_int_equal(seen[100].ifindex, 199);
	free(seen);
	tally_free(t);
	sights_free(s);
}

static void
test_rates(void **state)
{
	(void)state;
	struct sights *s = two();
	struct flow_tally *t = tally_new(s);
	struct exporter_seen e[2] = { 0 };
	for (unsigned i = 0; i < 100; i++) { /* 2 s a turn; 50 records a second, then 500 */
		e[0].s.records += i < 50 ? 100 : 1000;
		tally_rates(t, e, 1000000 + 2000 * (msec)i);
		if (i == 0)
			assert_int_equal(e[0].record_rate, 0);
		else if (i < 50)
			assert_int_equal(e[0].record_rate, 50);
		if (i == 52) /* two turns of the last 10 s still the old, three the new */
			assert_int_equal(e[0].record_rate, (2 * 100 + 3 * 1000) / 10);
		if (i >= 55)
			assert_int_equal(e[0].record_rate, 500);
		assert_int_equal(e[1].record_rate, 0);
	}
	tally_free(t);
	sights_free(s);
}

static void
test_lossy(void **state)
{
	(void)state;
	struct sights *s = two();
	struct flow_tally *t = tally_new(s);
	struct exporter_seen e[2] = { 0 };
	msec at = 1000000;
	assert_false(tally_lossy(t, e, 0, 0, at));
	e[1].s.expected = 1000;
	e[1].s.lost = 50;
	assert_false(tally_lossy(t, e, 0, 1000, at));
	e[1].s.lost = 51;
	assert_true(tally_lossy(t, e, 0, 1000, at));
	e[1].s.lost = 0;
	/* The kernel's: lossy while the last 5 min hold it, not for ever. */
	uint64_t came = 1000;
	assert_false(tally_lossy(t, e, 20, came, at += 2000));
	assert_true(tally_lossy(t, e, 2000, came, at += 2000));
	unsigned lossy = 0;
	for (unsigned i = 0; i < 300; i++)
		lossy += tally_lossy(t, e, 2000, came += 10, at += 2000);
	assert_true(lossy >= 145 && lossy <= 160);
	tally_free(t);
	sights_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_queue_full),
		cmocka_unit_test(test_ifaces),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_lossy),
	};
	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
