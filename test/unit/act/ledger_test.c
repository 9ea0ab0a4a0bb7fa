/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledger: one test for each promise of ledger.h. */
#include <errno.h>

#include "ledger_world.h"

static int
setup(void **s)
{
	(void)s;
	world_open();
	return 0;
}

static int
teardown(void **s)
{
	(void)s;
	world_close();
	return 0;
}

static void
does_nothing_in_observe(void **s)
{
	(void)s;
	struct order o = filter(1, "192.0.2.1", 80);
	put(o, MSEC_DAY);
	assert_int_equal(w.said[1].what, REFUSED);
	assert_int_equal(w.said[1].why, RULE_MODE);
	assert_int_equal(ledger_mode(w.l, false, 0, w.now), 0);
	put(o, MSEC_DAY);
	compare();
	struct act_dry_count c;
	act_dry_count(w.act, &c);
	assert_int_equal(c.puts, 0);
	assert_int_equal(state().desired, 0);
	assert_int_equal(state().refused[RULE_MODE], 2);
	/* A ceiling of observe holds whatever the mode says. */
	ledger_conscience(w.l, conscience_of("mode observe\n"), w.now);
	ledger_mode(w.l, true, 0, w.now);
	compare();
	put(o, MSEC_DAY);
	assert_int_equal(w.said[1].why, RULE_MODE);
	assert_int_equal(entries(), 0);
}

static void
puts_and_drops(void **s)
{
	(void)s;
	struct act_seen seen;
	world_enforce();
	struct order o = filter(1, "192.0.2.1", 80);
	put(o, 30 * MSEC_MINUTE);
	assert_int_equal(w.said[1].what, IN);
	assert_true(standing(o, &seen));
	assert_int_equal(seen.e.order, 1);
	assert_int_equal(seen.left, 30 * MSEC_MINUTE);
	assert_int_equal(state().desired, 1);
	assert_int_equal(state().actual, 1);
	assert_int_equal(state().hour[RUNG_FILTER], 1);
	assert_true(state().table);
	drop(1);
	assert_int_equal(w.said[1].what, GONE);
	assert_int_equal(entries(), 0);
	assert_int_equal(state().desired, 0);
	drop(1);
	drop(77);
	assert_int_equal(w.said[77].what, GONE);
}

static void
fixes_the_end_at_the_first_put(void **s)
{
	(void)s;
	struct act_seen seen;
	world_enforce();
	struct order o = filter(1, "192.0.2.1", 80);
	put(o, 2 * MSEC_HOUR);
	w.now += MSEC_HOUR / 2;
	put(o, 10 * MSEC_DAY);
	put(o, 1);
	compare();
	assert_true(standing(o, &seen));
	assert_int_equal(seen.e.end, 10 * MSEC_DAY + 2 * MSEC_HOUR);
	/* Dropped and put again: no second life. */
	drop(1);
	put(o, 10 * MSEC_DAY);
	assert_true(standing(o, &seen));
	assert_int_equal(seen.e.end, 10 * MSEC_DAY + 2 * MSEC_HOUR);
	w.now = 10 * MSEC_DAY + 2 * MSEC_HOUR;
	put(o, MSEC_DAY);
	assert_int_equal(w.said[1].what, GONE);
	compare();
	assert_int_equal(entries(), 0);
	assert_int_equal(state().desired, 0);
	/* Nor with another place under the same number. */
	put(filter(2, "192.0.2.2", 80), MSEC_HOUR);
	put(filter(2, "192.0.2.3", 80), MSEC_HOUR);
	assert_int_equal(w.said[2].why, RULE_MALFORMED);
	assert_true(standing(filter(2, "192.0.2.2", 80), NULL));
	assert_int_equal(entries(), 1);
}

static void
keeps_its_end_over_restart(void **s)
{
	(void)s;
	struct act_seen seen;
	world_enforce();
	struct order o = filter(1, "192.0.2.1", 80), p = filter(2, "192.0.2.2", 80);
	put(o, 3 * MSEC_HOUR);
	put(p, 3 * MSEC_HOUR);
	w.now += 10 * MSEC_MINUTE;
	ledger_free(w.l);
	world_ledger("mode enforce\nper-hour filter 2\n");
	ledger_mode(w.l, true, 0, w.now);
	/* The judge says another end, for its clock was set meanwhile. */
	ledger_sync(w.l, false, w.now);
	put(o, MSEC_MINUTE);
	assert_int_equal(w.said[1].in, 1);
	ledger_sync(w.l, true, w.now); /* begins the first list */
	assert_int_equal(w.said[1].in, 2);
	assert_int_equal(w.said[2].what, STRANGE);
	assert_true(standing(o, &seen));
	assert_int_equal(seen.e.end, 10 * MSEC_DAY + 3 * MSEC_HOUR);
	assert_int_equal(state().desired, 2);
	assert_int_equal(state().actual, 2);
	/* They count in the hour they were put, once. */
	assert_int_equal(state().hour[RUNG_FILTER], 2);
	put(filter(3, "192.0.2.3", 80), MSEC_HOUR);
	assert_int_equal(w.said[3].why, RULE_HOUR);
	drop(2);
	assert_int_equal(entries(), 1);
}

static void
drops_before_it_knows(void **s)
{
	(void)s;
	world_enforce();
	put(filter(1, "192.0.2.1", 80), MSEC_HOUR);
	put(filter(2, "192.0.2.2", 80), MSEC_HOUR);
	ledger_free(w.l);
	world_ledger(LOOSE);
	ledger_mode(w.l, true, 0, w.now);
	drop(1);
	drop(9);
	put(filter(2, "192.0.2.2", 80), MSEC_HOUR);
	drop(2);
	assert_int_equal(w.said[1].what, IN); /* no answer yet */
	compare();
	assert_int_equal(w.said[9].what, GONE);
	compare();
	assert_int_equal(w.said[1].what, GONE);
	assert_int_equal(w.said[2].what, GONE);
	assert_int_equal(entries(), 0);
}

static void
reasserts_at_half_a_lease(void **s)
{
	(void)s;
	struct act_seen seen;
	struct act_dry_count c;
	world_enforce();
	struct order o = filter(1, "192.0.2.1", 80);
	put(o, 5 * MSEC_HOUR);
	w.now += LEASE / 2 - MSEC_MINUTE;
	compare();
	assert_int_equal(state().reasserted, 0);
	w.now += 2 * MSEC_MINUTE;
	compare();
	assert_int_equal(state().reasserted, 1);
	assert_true(standing(o, &seen));
	assert_int_equal(seen.left, LEASE);
	/* Not with less than a minute to run: it may be gone before it is replaced. */
	w.now += LEASE - 59 * MSEC_SECOND;
	compare();
	assert_int_equal(state().reasserted, 1);
	act_dry_count(w.act, &c);
	assert_int_equal(c.replaced, 1);
	w.now += 2 * MSEC_MINUTE;
	compare(); /* seen gone, put plainly */
	assert_int_equal(state().repaired, 1);
	assert_true(standing(o, NULL));
	act_dry_count(w.act, &c);
	assert_int_equal(c.replaced, 1);
	/* Never beyond the end. */
	w.now = 10 * MSEC_DAY + 5 * MSEC_HOUR - 10 * MSEC_MINUTE;
	compare();
	compare();
	assert_true(standing(o, &seen));
	assert_int_equal(seen.left, 10 * MSEC_MINUTE);
	assert_int_equal(w.said[1].in, 1);
}

static void
repairs_what_is_missing(void **s)
{
	(void)s;
	world_enforce();
	struct order o = filter(1, "192.0.2.1", 80), p = filter(2, "192.0.2.2", 80);
	struct act_entry e;
	put(o, MSEC_HOUR);
	put(p, MSEC_HOUR);
	assert_true(act_entry_of(&o, &e));
	assert_true(act_dry_lose(w.act, &e));
	compare();
	assert_int_equal(state().missing, 1);
	assert_int_equal(state().repaired, 1);
	assert_true(standing(o, NULL));
	assert_int_equal(state().actual, 2);
	compare();
	assert_int_equal(state().missing, 0);
	assert_int_equal(state().held, 0);
}

static void
holds_a_flushed_set(void **s)
{
	(void)s;
	world_enforce();
	struct order o = filter(1, "192.0.2.1", 80), p = filter(2, "2001:db8::2", 80);
	put(o, MSEC_HOUR);
	put(p, MSEC_HOUR);
	act_dry_wipe(w.act, SET_IN4);
	compare();
	assert_int_equal(state().held, 1u << SET_IN4);
	assert_int_equal(state().missing, 1);
	assert_int_equal(state().repaired, 0);
	assert_int_equal(state().desired, 2);
	assert_int_equal(state().actual, 1);
	assert_int_equal(w.said[1].what, HELD);
	assert_int_equal(w.said[2].what, IN);
	put(filter(3, "192.0.2.3", 80), MSEC_HOUR);
	assert_int_equal(w.said[3].what, HELD);
	put(filter(4, "2001:db8::4", 80), MSEC_HOUR);
	assert_int_equal(w.said[4].what, IN);
	for (int i = 0; i < 3; i++)
		compare();
	assert_int_equal(entries(), 2);
	/* Held over a restart, too. */
	ledger_free(w.l);
	world_ledger(LOOSE);
	world_enforce();
	assert_int_equal(state().held, 1u << SET_IN4);
	ledger_sync(w.l, false, w.now);
	put(o, MSEC_HOUR);
	put(p, MSEC_HOUR);
	put(filter(3, "192.0.2.3", 80), MSEC_HOUR);
	put(filter(4, "2001:db8::4", 80), MSEC_HOUR);
	ledger_sync(w.l, true, w.now);
	assert_int_equal(entries(), 2);
	ledger_release(w.l, w.now);
	assert_int_equal(state().held, 0);
	assert_int_equal(entries(), 4);
	assert_int_equal(w.said[1].what, IN);
	assert_int_equal(w.said[3].what, IN);
	compare();
	assert_int_equal(state().held, 0);
}

/* Emptied, but an order came in before anybody looked. */
static void
holds_a_flushed_set_with_newcomers(void **s)
{
	(void)s;
	world_enforce();
	put(filter(1, "192.0.2.1", 80), MSEC_HOUR);
	put(filter(2, "192.0.2.2", 80), MSEC_HOUR);
	act_dry_wipe(w.act, SET_IN4);
	put(filter(3, "192.0.2.3", 80), MSEC_HOUR);
	compare();
	assert_int_equal(state().held, 1u << SET_IN4);
	assert_int_equal(state().repaired, 0);
	assert_int_equal(entries(), 1);
	assert_int_equal(w.said[1].what, HELD);
	ledger_release(w.l, w.now);
	assert_int_equal(entries(), 3);
	compare();
	assert_int_equal(state().held, 0);
}

static void
holds_all_without_a_table(void **s)
{
	(void)s;
	world_enforce();
	put(filter(1, "192.0.2.1", 80), MSEC_HOUR);
	act_dry_table(w.act, false);
	put(filter(2, "192.0.2.2", 80), MSEC_HOUR);
	assert_int_equal(w.said[2].what, HELD);
	assert_int_equal(w.said[1].what, HELD);
	assert_false(state().table);
	assert_int_equal(state().actual, 0);
	assert_int_equal(state().held, (1u << SET_N) - 1);
	compare();
	/* Back, but nobody said so. */
	act_dry_table(w.act, true);
	compare();
	assert_int_equal(entries(), 0);
	ledger_release(w.l, w.now);
	assert_int_equal(entries(), 2);
	assert_int_equal(w.said[1].what, IN);
	assert_int_equal(w.said[2].what, IN);
	/* And from the start. */
	act_dry_table(w.act, false);
	ledger_free(w.l);
	world_ledger(LOOSE);
	world_enforce();
	assert_false(state().table);
	put(filter(2, "192.0.2.2", 80), MSEC_HOUR);
	assert_int_equal(entries(), 0);
	act_dry_table(w.act, true);
	ledger_release(w.l, w.now);
	assert_int_equal(entries(), 1);
}

static void
empties_all_when_the_mode_goes(void **s)
{
	(void)s;
	struct act_seen seen;
	struct order o = filter(1, "192.0.2.1", 80);
	world_enforce();
	put(o, 3 * MSEC_HOUR);
	struct order queued = filter(2, "192.0.2.2", 80);
	ledger_put(w.l, &queued, MSEC_HOUR, w.now); /* not carried out yet */
	assert_int_equal(ledger_mode(w.l, false, 0, w.now), 0);
	ledger_commit(w.l, w.now);
	compare();
	assert_int_equal(entries(), 0);
	assert_int_equal(state().desired, 0);
	w.now += MSEC_HOUR;
	assert_int_equal(ledger_mode(w.l, true, 0, w.now), 0);
	compare();
	assert_int_equal(entries(), 0); /* waits for the judge's list */
	assert_int_equal(state().held, 0);
	ledger_sync(w.l, false, w.now);
	put(o, 9 * MSEC_HOUR);
	ledger_sync(w.l, true, w.now);
	assert_true(standing(o, &seen));
	assert_int_equal(seen.e.end, 10 * MSEC_DAY + 3 * MSEC_HOUR);
	assert_int_equal(entries(), 1);
	/* With a table that is gone: as good as empty. */
	act_dry_table(w.act, false);
	assert_int_equal(ledger_mode(w.l, false, 0, w.now), 0);
	act_dry_table(w.act, true);
	assert_int_equal(ledger_mode(w.l, true, 0, w.now), 0);
	put(o, MSEC_HOUR);
	assert_int_equal(w.said[1].what, IN);
}

static void
gives_a_place_to_the_later_order(void **s)
{
	(void)s;
	struct act_seen seen;
	world_enforce();
	struct order a = filter(5, "192.0.2.1", 80), b = filter(6, "192.0.2.1", 80),
		     c = filter(4, "192.0.2.1", 80);
	put(a, MSEC_HOUR);
	put(b, 2 * MSEC_HOUR);
	put(c, 3 * MSEC_HOUR);
	assert_int_equal(w.said[4].what, IN);
	assert_true(standing(a, &seen));
	assert_int_equal(seen.e.order, 6);
	assert_int_equal(entries(), 1);
	assert_int_equal(state().desired, 1);
	assert_int_equal(state().actual, 1);
	drop(5); /* a loser: nothing of the winner's goes */
	assert_int_equal(w.said[5].what, GONE);
	assert_true(standing(b, &seen));
	assert_int_equal(seen.e.order, 6);
	drop(6); /* the winner: the other comes back */
	assert_int_equal(w.said[6].what, GONE);
	assert_true(standing(c, &seen));
	assert_int_equal(seen.e.order, 4);
	assert_int_equal(state().actual, 1);
	/* All in one turn. */
	ledger_put(w.l, &b, MSEC_HOUR, w.now);
	ledger_drop(w.l, 6, w.now);
	ledger_put(w.l, &a, MSEC_HOUR, w.now);
	ledger_put(w.l, &b, MSEC_HOUR, w.now);
	ledger_drop(w.l, 5, w.now);
	ledger_commit(w.l, w.now);
	assert_true(standing(c, &seen));
	assert_int_equal(seen.e.order, 6);
	/* The winner ends first. */
	w.now += 2 * MSEC_HOUR;
	ledger_commit(w.l, w.now);
	assert_true(standing(c, &seen));
	assert_int_equal(seen.e.order, 4);
	compare();
	assert_int_equal(state().desired, 1);
	assert_int_equal(state().actual, 1);
	assert_int_equal(state().missing, 0);
	drop(4);
	assert_int_equal(entries(), 0);
	/* A captured judge cannot make them hang there without bound. */
	for (uint64_t no = 100; no < 300; no++)
		put(filter(no, "192.0.2.1", 80), MSEC_HOUR);
	assert_int_equal(w.said[163].what, IN);
	assert_int_equal(w.said[164].why, RULE_ENTRIES);
}

static void
counts_new_orders_of_an_hour(void **s)
{
	(void)s;
	ledger_conscience(
	    w.l, conscience_of("mode enforce\nper-hour filter 3\nper-hour quarantine 1\n"), w.now);
	world_enforce();
	char a[32];
	for (unsigned i = 1; i <= 4; i++) {
		snprintf(a, sizeof a, "192.0.2.%u", i);
		put(filter(i, a, 80), 5 * MSEC_HOUR);
		w.now += 10 * MSEC_MINUTE;
	}
	assert_int_equal(w.said[3].what, IN);
	assert_int_equal(w.said[4].why, RULE_HOUR);
	put(filter(1, "192.0.2.1", 80), MSEC_HOUR); /* known: not new */
	assert_int_equal(w.said[1].what, IN);
	put(quarantine(5, "192.0.2.5"), MSEC_HOUR);
	assert_int_equal(w.said[5].what, IN);
	drop(2); /* to drop one gives no room */
	put(filter(6, "192.0.2.6", 80), MSEC_HOUR);
	assert_int_equal(w.said[6].why, RULE_HOUR);
	w.now += 22 * MSEC_MINUTE; /* the first is over an hour ago */
	put(filter(6, "192.0.2.6", 80), MSEC_HOUR);
	assert_int_equal(w.said[6].what, IN);
	put(filter(7, "192.0.2.7", 80), MSEC_HOUR);
	assert_int_equal(w.said[7].why, RULE_HOUR);
	w.now += 5 * MSEC_HOUR;
	assert_int_equal(state().hour[RUNG_FILTER], 0);
}

static void
restores_right_after_start(void **s)
{
	(void)s;
	char a[32];
	ledger_conscience(w.l, conscience_of("mode enforce\nper-hour filter 2\n"), w.now);
	ledger_mode(w.l, true, 3, w.now);
	for (unsigned i = 1; i <= 6; i++) {
		snprintf(a, sizeof a, "192.0.2.%u", i);
		put(filter(i, a, 80), 5 * MSEC_HOUR);
	}
	compare();
	assert_int_equal(entries(), 5);
	/* Said again later: not given again. */
	ledger_mode(w.l, true, 1000, w.now);
	put(filter(7, "192.0.2.7", 80), MSEC_HOUR);
	assert_int_equal(w.said[7].why, RULE_HOUR);
}

static void
obeys_a_new_conscience(void **s)
{
	(void)s;
	world_enforce();
	put(filter(1, "192.0.2.1", 80), MSEC_DAY);
	put(filter(2, "192.0.2.2", 80), MSEC_DAY);
	put(filter(3, "192.0.2.3", 80), MSEC_DAY);
	ledger_conscience(w.l, conscience_of("mode enforce\nnever 192.0.2.1\n"), w.now);
	assert_int_equal(w.said[1].what, REFUSED);
	assert_int_equal(w.said[1].why, RULE_NEVER);
	assert_int_equal(entries(), 2);
	ledger_conscience(w.l, conscience_of("mode enforce\nentries 1\n"), w.now);
	assert_int_equal(entries(), 1);
	ledger_conscience(w.l, conscience_of("mode enforce\nlongest 1 h\n"), w.now);
	assert_int_equal(entries(), 0);
	put(filter(4, "192.0.2.4", 80), MSEC_HOUR);
	assert_int_equal(entries(), 1);
	ledger_conscience(w.l, conscience_of("mode observe\n"), w.now);
	assert_int_equal(entries(), 0);
	ledger_conscience(w.l, conscience_of(LOOSE), w.now);
	put(filter(5, "192.0.2.5", 80), MSEC_HOUR);
	assert_int_equal(w.said[5].what, IN);
	/* What was found at a start is asked about, too. */
	ledger_free(w.l);
	world_ledger("mode enforce\nnever 192.0.2.5\n");
	world_enforce();
	assert_int_equal(w.said[5].why, RULE_NEVER);
	assert_int_equal(entries(), 0);
}

static void
leaves_a_persons_entry_alone(void **s)
{
	(void)s;
	struct act_seen seen;
	world_enforce();
	struct order o = filter(1, "192.0.2.1", 80), p = filter(2, "192.0.2.2", 80);
	struct act_entry e;
	assert_true(act_entry_of(&o, &e));
	e.order = 0;
	act_dry_slip(w.act, &e, MSEC_NEVER);
	compare();
	assert_int_equal(state().extra, 1);
	assert_int_equal(entries(), 1);
	put(p, MSEC_HOUR);
	compare();
	assert_int_equal(entries(), 2);
	/* Unless its place is an order's: that would never end. */
	put(o, MSEC_HOUR);
	compare();
	compare();
	assert_true(standing(o, &seen));
	assert_int_equal(seen.e.order, 1);
	assert_true(seen.left <= LEASE);
	/* Ours, but somebody took its timeout away. */
	seen.e.order = 1;
	act_dry_slip(w.act, &seen.e, MSEC_NEVER);
	compare();
	assert_true(standing(o, &seen));
	assert_true(seen.left <= LEASE);
	/* An order's number at a place that is not its own. */
	e.order = 1;
	e.port = 81;
	e.end = w.now + MSEC_HOUR;
	act_dry_slip(w.act, &e, MSEC_HOUR);
	compare();
	assert_int_equal(entries(), 2);
	/* A number nobody knows. */
	ledger_sync(w.l, false, w.now);
	put(o, MSEC_HOUR);
	put(p, MSEC_HOUR);
	ledger_sync(w.l, true, w.now);
	e.order = 99;
	act_dry_slip(w.act, &e, MSEC_HOUR);
	compare();
	assert_int_equal(w.said[99].what, STRANGE);
	drop(99);
	assert_int_equal(w.said[99].what, GONE);
	assert_int_equal(entries(), 2);
}

static void
says_what_failed(void **s)
{
	(void)s;
	world_enforce();
	struct order o = filter(1, "192.0.2.1", 80);
	struct act_entry e;
	assert_true(act_entry_of(&o, &e));
	act_dry_fail(w.act, &e, -ENOSPC);
	put(o, MSEC_HOUR);
	assert_int_equal(w.said[1].what, FAILED);
	assert_int_equal(w.said[1].why, -ENOSPC);
	assert_int_equal(state().actual, 0);
	assert_int_equal(state().desired, 1);
	compare();
	assert_int_equal(w.said[1].what, IN);
	assert_int_equal(state().actual, 1);
}

static void
reads_hits(void **s)
{
	(void)s;
	world_enforce();
	struct order o = filter(1, "192.0.2.1", 80);
	struct act_entry e;
	put(o, MSEC_HOUR);
	assert_true(act_entry_of(&o, &e));
	act_dry_hit(w.act, &e, 7, 700);
	compare();
	assert_int_equal(w.said[1].packets, 7);
}

static uint64_t
hits_of(struct hits *h, const struct act_entry *place, uint64_t order, uint64_t packets)
{
	uint64_t bytes = 100 * packets;
	hits_take(h, place, order, &packets, &bytes);
	assert_int_equal(bytes, 100 * packets);
	return packets;
}

/* A place's counter goes on when its order changes; an order answers only for its own time. */
static void
counts_hits_from_where_the_order_came(void **s)
{
	(void)s;
	struct hits *h = hits_new();
	struct order o = filter(1, "192.0.2.1", 80), other = filter(2, "192.0.2.2", 80);
	struct act_entry e, f;
	assert_true(act_entry_of(&o, &e) && act_entry_of(&other, &f));
	assert_int_equal(hits_of(h, &e, 1, 7), 7);
	assert_int_equal(hits_of(h, &f, 2, 5), 5);
	assert_int_equal(hits_of(h, &e, 1, 9), 9);
	assert_int_equal(hits_of(h, &e, 3, 12), 3);
	assert_int_equal(hits_of(h, &e, 3, 20), 11);
	assert_int_equal(hits_of(h, &e, 3, 4), 4); /* the actuator forgot */
	hits_free(h);
}

static void
refuses_what_nothing_carries(void **s)
{
	(void)s;
	world_enforce();
	struct order o = filter(1, "192.0.2.1", 80);
	o.peer = pfx("198.51.100.0/24");
	put(o, MSEC_HOUR);
	assert_int_equal(w.said[1].why, RULE_CARRIER);
	o = filter(2, "192.0.2.1", 80);
	o.rung = RUNG_NOTIFY;
	put(o, MSEC_HOUR);
	assert_int_equal(w.said[2].why, RULE_CARRIER);
	o = quarantine(3, "0.0.0.0/0");
	put(o, MSEC_HOUR);
	assert_int_equal(w.said[3].why, RULE_NOT_OURS);
	assert_int_equal(entries(), 0);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { T(does_nothing_in_observe), T(puts_and_drops),
		T(fixes_the_end_at_the_first_put), T(keeps_its_end_over_restart),
		T(drops_before_it_knows), T(reasserts_at_half_a_lease), T(repairs_what_is_missing),
		T(holds_a_flushed_set), T(holds_a_flushed_set_with_newcomers), T(holds_all_without_a_table),
		T(empties_all_when_the_mode_goes), T(gives_a_place_to_the_later_order),
		T(counts_new_orders_of_an_hour), T(restores_right_after_start),
		T(obeys_a_new_conscience), T(leaves_a_persons_entry_alone), T(says_what_failed),
		T(reads_hits), T(counts_hits_from_where_the_order_came),
		T(refuses_what_nothing_carries) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
