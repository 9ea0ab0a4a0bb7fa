/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledger against a naive model: random puts, repeats, drops, time, flushes, losses, restarts, modes.
 * After each comparison the actuator holds, for each place, the latest of the orders that should stand
 * there, with the end its first put gave it, and nothing else. */
#include "ledger_world.h"

#define PLACES 24
#define STEPS  4000

struct model_order {
	bool put, dropped;
	msec end;
	struct order o;
};

static struct model_order m[ORDERS];
static uint64_t last, seed;
static bool on, gone;
static uint32_t held;
static char trail[256];

static uint64_t
dice(uint64_t sides)
{
	seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
	return (seed >> 11) % sides;
}

static struct order
order_at(uint64_t no, unsigned place)
{
	char a[40];
	if (place % 4 == 3) {
		snprintf(a, sizeof a, "192.0.2.%u", 100 + place);
		return quarantine(no, a);
	}
	if (place % 4 == 2)
		snprintf(a, sizeof a, "2001:db8::%u", place);
	else
		snprintf(a, sizeof a, "192.0.2.%u", place);
	struct order o = filter(no, a, (uint16_t)(80 + place % 3));
	o.inbound = place % 8 < 4;
	return o;
}

static bool
should(uint64_t no)
{
	return m[no].put && !m[no].dropped && m[no].end > w.now;
}

/* The order that stands at the place of e in the model; 0: none. */
static uint64_t
winner(const struct act_entry *e)
{
	for (uint64_t no = last; no; no--) {
		struct act_entry x;
		if (should(no) && act_entry_of(&m[no].o, &x) && act_entry_cmp(&x, e) == 0)
			return no;
	}
	return 0;
}

static uint64_t found_n;

static void
check_one(const struct act_seen *s, void *arg)
{
	bool whole = *(bool *)arg;
	uint64_t no = s->e.order;
	found_n++;
	if (!on || no == 0 || no > last || !should(no) || (whole && winner(&s->e) != no))
		fail_msg("%s: order %llu stands and should not: on %d, wanted %d, winner %llu, held %x of set %u",
		    trail, (unsigned long long)no, on, no && no <= last && should(no),
		    (unsigned long long)winner(&s->e), held, s->e.set);
	if (s->e.end != m[no].end || w.now + s->left > m[no].end)
		fail_msg("%s: order %llu has another end", trail, (unsigned long long)no);
}

static uint64_t
winners(bool also_held)
{
	uint64_t n = 0;
	for (uint64_t no = 1; no <= last; no++) {
		struct act_entry x;
		if (should(no) && act_entry_of(&m[no].o, &x) && winner(&x) == no &&
		    (also_held || !(held >> x.set & 1)))
			n++;
	}
	return n;
}

/* whole: right after a comparison, all of it; else nothing must stand that should not. */
static void
check(bool whole)
{
	found_n = 0;
	if (!gone)
		assert_int_equal(w.act->ops->list(w.act, check_one, find_end, &whole), 0);
	if (!whole)
		return;
	uint64_t want = on && !gone ? winners(false) : 0;
	if (found_n != want)
		fail_msg("%s: %llu stand, %llu should", trail, (unsigned long long)found_n,
		    (unsigned long long)want);
	struct ledger_state s = state();
	if (s.actual != want || s.desired != (on ? winners(true) : 0))
		fail_msg("%s: says actual %llu desired %llu", trail, (unsigned long long)s.actual,
		    (unsigned long long)s.desired);
	assert_int_equal(s.held, on ? held : 0);
}

static void
list_all(void)
{
	ledger_sync(w.l, false, w.now);
	for (uint64_t no = 1; no <= last; no++)
		if (should(no))
			ledger_put(w.l, &m[no].o, m[no].end - w.now, w.now);
	ledger_sync(w.l, true, w.now);
}

static void
put_new(void)
{
	if (last + 1 >= ORDERS || !on)
		return;
	uint64_t no = ++last;
	msec left = dice(4) ? 1 + (msec)dice(5 * MSEC_HOUR) : 1 + (msec)dice(5 * MSEC_MINUTE);
	m[no] = (struct model_order) { .put = true, .end = w.now + left,
		.o = order_at(no, (unsigned)dice(PLACES)) };
	ledger_put(w.l, &m[no].o, left, w.now);
}

static void
lose_or_wipe(void)
{
	struct act_entry e;
	uint64_t no = last ? 1 + dice(last) : 0;
	if (!on || gone || !no)
		return;
	/* One in ten loses its whole set. */
	assert_true(act_entry_of(&m[no].o, &e));
	ledger_commit(w.l, w.now);
	if (dice(10)) {
		act_dry_lose(w.act, &e);
	} else {
		act_dry_wipe(w.act, e.set);
		held |= 1u << e.set;
		compare();
	}
}

static void
table(void)
{
	if (!on || dice(20))
		return;
	act_dry_table(w.act, gone);
	gone = !gone;
	held = (1u << SET_N) - 1;
	compare();
}

static void
release(void)
{
	if (!on || gone)
		return;
	ledger_release(w.l, w.now);
	held = 0;
}

static void
restart(void)
{
	if (!on || held || gone) /* what was held is told from its sentinel: ledger_test */
		return;
	ledger_commit(w.l, w.now);
	ledger_free(w.l);
	world_ledger(LOOSE);
	for (uint64_t no = 1; no <= last; no++) /* what is over is remembered by a living ledger only */
		m[no].dropped |= m[no].end <= w.now;
	ledger_mode(w.l, true, 0, w.now);
	if (dice(2))
		compare();
	list_all();
}

static void
turn_mode(void)
{
	if (gone || dice(4))
		return;
	on = !on;
	held = 0;
	assert_int_equal(ledger_mode(w.l, on, 0, w.now), 0);
	check(false);
	if (on)
		list_all();
}

static void
repeat(void)
{
	uint64_t no = last ? 1 + dice(last) : 0;
	if (!no || !on)
		return;
	if (should(no)) { /* with another time to live: heard, not believed */
		ledger_put(w.l, &m[no].o, 1 + (msec)dice(MSEC_DAY), w.now);
	} else if (!m[no].dropped) { /* a judge whose clock is behind */
		ledger_put(w.l, &m[no].o, MSEC_HOUR, w.now);
	}
}

static void
drop_one(void)
{
	uint64_t no = last ? 1 + dice(last) : 0;
	if (!no || !on)
		return;
	m[no].dropped = true;
	ledger_drop(w.l, no, w.now);
}

static void
fail_one(void)
{
	struct act_entry e;
	uint64_t no = last ? 1 + dice(last) : 0;
	if (!no || !on || !act_entry_of(&m[no].o, &e))
		return;
	act_dry_fail(w.act, &e, -28);
	compare(); /* what fails is tried again by the next */
	act_dry_fail(w.act, &e, 0);
}

static void
play(uint64_t with)
{
	static void (*const moves[])(void) = { put_new, put_new, put_new, put_new, put_new, drop_one,
		drop_one, repeat, repeat, lose_or_wipe, release, restart, turn_mode, fail_one, table };
	seed = with * 0x9e3779b97f4a7c15u | 1;
	memset(m, 0, sizeof m);
	last = 0;
	held = 0;
	gone = false;
	world_open();
	world_enforce();
	on = true;
	for (unsigned i = 0; i < STEPS && last + 16 < ORDERS; i++) {
		unsigned move = 0;
		for (unsigned n = (unsigned)dice(6); n; n--) {
			move = (unsigned)dice(sizeof moves / sizeof *moves);
			snprintf(trail, sizeof trail, "seed %llu step %u move %u", (unsigned long long)with, i,
			    move);
			moves[move]();
		}
		ledger_commit(w.l, w.now);
		check(false);
		if (dice(3)) {
			compare();
			compare(); /* what failed in the first */
			check(true);
		}
		w.now += (msec)dice(dice(8) ? MSEC_MINUTE : LEASE / 4);
		if (dice(2)) { /* no gap in a lease: compared as often as hand does */
			compare();
			compare();
			check(true);
		}
	}
	/* All runs out, nothing stays, and no list is kept of it for ever. */
	release();
	w.now += 6 * MSEC_HOUR;
	ledger_commit(w.l, w.now);
	if (on && !gone)
		compare();
	assert_int_equal(entries(), 0);
	assert_int_equal(state().desired, 0);
	world_close();
}

static void
agrees_with_the_model(void **s)
{
	(void)s;
	for (uint64_t i = 1; i <= 6; i++)
		play(i);
	const char *more = getenv("LYMPH_SEED");
	if (more)
		play(strtoull(more, NULL, 10));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(agrees_with_the_model) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
