/* SPDX-License-Identifier: BSD-2-Clause */
/* The dry actuator keeps the promises of act.h: what the tests of the ledger rest on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "act/dry.h"
#include "host/loop.h"

static msec clock_now;

static msec
now(void *arg)
{
	(void)arg;
	return clock_now;
}

static struct act_entry
place(uint64_t no, const char *target, uint16_t port)
{
	struct order o = { .no = no, .rung = RUNG_FILTER, .proto = 6, .port = port, .inbound = 1 };
	struct act_entry e;
	assert_int_equal(prefix_parse(target, strlen(target), &o.target), 0);
	assert_true(act_entry_of(&o, &e));
	e.put = clock_now;
	e.end = clock_now + MSEC_HOUR;
	return e;
}

static struct {
	int done, errs, last_err;
	uint64_t seen, orders, hit_packets, hit_bytes, ended;
	msec left;
	struct act_listed listed;
	struct loop *stop;
} saw;

static void
on_done(const struct act_entry *e, bool drop, int err, void *arg)
{
	(void)e;
	(void)drop;
	(void)arg;
	saw.done++;
	saw.errs += err != 0;
	saw.last_err = err;
}

static void
on_seen(const struct act_seen *s, void *arg)
{
	(void)arg;
	saw.seen++;
	saw.orders += s->e.order;
	saw.left = s->left;
}

static void
on_end(const struct act_listed *l, void *arg)
{
	(void)arg;
	saw.ended++;
	saw.listed = *l;
	if (saw.stop)
		loop_stop(saw.stop);
}

static void
on_hit(const struct act_entry *e, uint64_t packets, uint64_t bytes, void *arg)
{
	(void)e;
	(void)arg;
	saw.hit_packets += packets;
	saw.hit_bytes += bytes;
}

static struct act *
make(struct loop *l)
{
	memset(&saw, 0, sizeof saw);
	clock_now = 1000000;
	struct act *a = act_dry_new(l);
	act_dry_clock(a, now, NULL);
	return a;
}

static int
commit(struct act *a)
{
	saw.done = saw.errs = saw.last_err = 0;
	return a->ops->commit(a, on_done, NULL);
}

static uint64_t
list(struct act *a)
{
	saw.seen = saw.orders = 0;
	assert_int_equal(a->ops->list(a, on_seen, on_end, NULL), 0);
	return saw.seen;
}

static void
test_put_drop(void **state)
{
	(void)state;
	struct act *a = make(NULL);
	struct act_entry e = place(1, "192.0.2.1", 80), other = place(2, "192.0.2.2", 80);
	a->ops->put(a, &e, MSEC_MINUTE, false);
	a->ops->put(a, &other, 2 * MSEC_HOUR, false);
	assert_int_equal(list(a), 0); /* nothing before commit */
	assert_int_equal(commit(a), 0);
	assert_int_equal(saw.done, 2);
	assert_int_equal(saw.errs, 0);
	assert_int_equal(list(a), 2);
	assert_int_equal(saw.left, MSEC_HOUR); /* never beyond the end */
	/* The later put of a place takes it. */
	struct act_entry again = place(5, "192.0.2.2", 80);
	a->ops->put(a, &again, MSEC_MINUTE, false);
	commit(a);
	assert_int_equal(list(a), 2);
	assert_int_equal(saw.orders, 6);
	a->ops->drop(a, &e);
	a->ops->drop(a, &e); /* not there any more: no error */
	commit(a);
	assert_int_equal(saw.done, 2);
	assert_int_equal(saw.errs, 0);
	assert_int_equal(list(a), 1);
	a->ops->free(a);
}

static void
test_expiry(void **state)
{
	(void)state;
	struct act *a = make(NULL);
	struct act_entry e = place(1, "192.0.2.1", 80);
	a->ops->put(a, &e, MSEC_MINUTE, false);
	commit(a);
	clock_now += MSEC_MINUTE - 1;
	assert_int_equal(list(a), 1);
	assert_int_equal(saw.left, 1);
	clock_now += 1;
	assert_int_equal(list(a), 0);
	/* Past its end it is not put at all. */
	clock_now = e.end;
	a->ops->put(a, &e, MSEC_MINUTE, false);
	commit(a);
	assert_int_equal(saw.last_err, -ETIME);
	assert_int_equal(list(a), 0);
	a->ops->free(a);
}

static void
test_keep_flush(void **state)
{
	(void)state;
	struct act *a = make(NULL);
	struct act_entry e = place(1, "192.0.2.1", 80);
	list(a);
	assert_false(saw.listed.kept[SET_IN4]);
	assert_int_equal(a->ops->keep(a, true), 0);
	a->ops->put(a, &e, MSEC_MINUTE, false);
	commit(a);
	assert_int_equal(list(a), 1);
	assert_true(saw.listed.kept[SET_IN4] && saw.listed.kept[SET_WIDE6]);
	act_dry_wipe(a, SET_OUT4);
	assert_int_equal(list(a), 1);
	assert_false(saw.listed.kept[SET_OUT4]);
	act_dry_wipe(a, SET_IN4);
	assert_int_equal(list(a), 0);
	assert_false(saw.listed.kept[SET_IN4]);
	a->ops->put(a, &e, MSEC_MINUTE, false);
	commit(a);
	assert_int_equal(a->ops->flush(a), 0);
	assert_int_equal(list(a), 0);
	assert_false(saw.listed.kept[SET_WIDE6]);
	/* The table gone: all fails, nothing is there; flush: as good. */
	a->ops->put(a, &e, MSEC_MINUTE, false);
	act_dry_table(a, false);
	assert_int_equal(commit(a), -ENOENT);
	assert_int_equal(saw.last_err, -ENOENT);
	list(a);
	assert_int_equal(saw.listed.err, -ENOENT);
	assert_int_equal(a->ops->keep(a, true), -ENOENT);
	assert_int_equal(a->ops->flush(a), -ENOENT);
	act_dry_table(a, true);
	assert_int_equal(list(a), 0);
	assert_int_equal(saw.listed.err, 0);
	a->ops->free(a);
}

static void
test_hooks(void **state)
{
	(void)state;
	struct act *a = make(NULL);
	struct act_entry e = place(1, "192.0.2.1", 80), alien = place(0, "192.0.2.9", 1);
	act_dry_fail(a, &e, -ENOSPC);
	a->ops->put(a, &e, MSEC_MINUTE, false);
	commit(a);
	assert_int_equal(saw.last_err, -ENOSPC);
	a->ops->put(a, &e, MSEC_MINUTE, false);
	commit(a);
	assert_int_equal(saw.last_err, 0);
	act_dry_hit(a, &e, 3, 180);
	a->ops->put(a, &e, MSEC_MINUTE, true); /* counters outlive a replacement */
	commit(a);
	a->ops->hits(a, on_hit, on_end, NULL);
	assert_int_equal(saw.hit_packets, 3);
	assert_int_equal(saw.hit_bytes, 180);
	act_dry_slip(a, &alien, MSEC_NEVER);
	assert_int_equal(list(a), 2);
	assert_int_equal(saw.left, MSEC_NEVER);
	assert_true(act_dry_lose(a, &e));
	assert_false(act_dry_lose(a, &e));
	struct act_dry_count n;
	act_dry_count(a, &n);
	assert_int_equal(n.entries, 1);
	assert_int_equal(n.commits, 3);
	assert_int_equal(n.puts, 2);
	assert_int_equal(n.replaced, 1);
	a->ops->free(a);
}

/* From the loop, in pieces, while entries come and go. */
static void
test_loop(void **state)
{
	(void)state;
	struct loop *l = loop_new();
	struct act *a = make(l);
	char target[ADDR_TEXT];
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(target, sizeof target, "192.0.%u.%u", i / 250, i % 250);
		struct act_entry e = place(i + 1, target, 80);
		a->ops->put(a, &e, MSEC_MINUTE, false);
	}
	commit(a);
	saw.stop = l;
	saw.seen = saw.ended = 0;
	assert_int_equal(a->ops->list(a, on_seen, on_end, NULL), 0);
	assert_int_equal(saw.seen, 0);
	assert_int_equal(a->ops->list(a, on_seen, on_end, NULL), -EBUSY);
	assert_int_equal(a->ops->hits(a, on_hit, on_end, NULL), -EBUSY);
	loop_run(l);
	assert_int_equal(saw.seen, 10000);
	assert_int_equal(saw.ended, 1);
	assert_int_equal(saw.listed.n, 10000);
	a->ops->free(a);
	loop_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_drop),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_keep_flush),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_loop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
