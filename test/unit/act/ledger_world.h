/* SPDX-License-Identifier: BSD-2-Clause */
/* A ledger over the dry actuator under a hand-made clock, and what it said last of each order. */
#ifndef LEDGER_WORLD_H
#define LEDGER_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../parse.h"
#include "act/dry.h"
#include "act/ledger.h"
#include "act/ledger_hits.h"

#define ORDERS 8192
#define LEASE  MSEC_HOUR

enum said { NOTHING, IN, GONE, REFUSED, HELD, FAILED, STRANGE };

struct said_of {
	enum said what;
	int why;          /* rule or error */
	unsigned in;      /* how often */
	uint64_t packets;
};

struct world {
	struct policy *policy;
	struct act *act;
	struct ledger *l;
	msec now;
	struct said_of said[ORDERS];
	unsigned compared;
};

static struct world w;

static msec
world_now(void *arg)
{
	(void)arg;
	return w.now;
}

static void
say(uint64_t no, enum said what, int why)
{
	assert_true(no < ORDERS);
	w.said[no].what = what;
	w.said[no].why = why;
	w.said[no].in += what == IN;
}

static void on_in(uint64_t no, void *arg) { (void)arg; say(no, IN, 0); }
static void on_gone(uint64_t no, void *arg) { (void)arg; say(no, GONE, 0); }
static void on_refused(uint64_t no, enum act_rule r, void *arg) { (void)arg; say(no, REFUSED, (int)r); }
static void on_held(uint64_t no, void *arg) { (void)arg; say(no, HELD, 0); }
static void on_failed(uint64_t no, int err, void *arg) { (void)arg; say(no, FAILED, err); }
static void on_strange(uint64_t no, void *arg) { (void)arg; say(no, STRANGE, 0); }
static void on_compared(void *arg) { (void)arg; w.compared++; }

static void
on_hit(uint64_t no, uint64_t packets, uint64_t bytes, void *arg)
{
	(void)arg;
	(void)bytes;
	w.said[no].packets = packets;
}

static const struct ledger_cb world_cb = { world_now, on_in, on_gone, on_refused, on_held, on_failed,
	on_strange, on_hit, on_compared };

static struct conscience *
conscience_of(const char *text)
{
	char why[256];
	struct conscience *c = conscience_new();
	if (conscience_parse(c, text, strlen(text), false, "test", why, sizeof why))
		fail_msg("%s", why);
	return c;
}

#define LOOSE "mode enforce\nwidest4 24\nwidest6 48\nper-hour filter 1000000\nper-hour quarantine 1000000\n"

static void
world_ledger(const char *text)
{
	w.l = ledger_new(w.act, w.policy, LEASE, &world_cb, NULL);
	ledger_conscience(w.l, conscience_of(text), w.now);
}

static void
world_open(void)
{
	memset(&w, 0, sizeof w);
	w.now = 10 * MSEC_DAY;
	w.policy = policy_new();
	w.policy->enforcer = ENFORCER_DRY;
	struct policy_row r = { .lpm.prefix = pfx("192.0.2.0/24"), .kind = KIND_RESIDENTIAL };
	assert_int_equal(policy_add(w.policy, &r), 0);
	r = (struct policy_row) { .lpm.prefix = pfx("2001:db8::/32"), .kind = KIND_RESIDENTIAL };
	assert_int_equal(policy_add(w.policy, &r), 0);
	struct prefix p = pfx("203.0.113.53/32");
	assert_int_equal(policy_reach(w.policy, &p), 0);
	w.act = act_dry_new(NULL);
	act_dry_clock(w.act, world_now, NULL);
	world_ledger(LOOSE);
}

/* As after a start: the mode is enforce and what is there was read. */
static void
world_enforce(void)
{
	assert_int_equal(ledger_mode(w.l, true, 0, w.now), 0);
	assert_int_equal(ledger_compare(w.l, w.now), 0);
}

static void
world_close(void)
{
	ledger_free(w.l);
	w.act->ops->free(w.act);
	policy_free(w.policy);
}

static struct order
filter(uint64_t no, const char *target, uint16_t port)
{
	return (struct order) { .no = no, .case_no = no, .rung = RUNG_FILTER, .cls = CLASS_OPEN_PROXY,
		.target = pfx(target), .proto = 6, .port = port, .inbound = 1 };
}

static struct order
quarantine(uint64_t no, const char *target)
{
	return (struct order) { .no = no, .rung = RUNG_QUARANTINE, .cls = CLASS_BOT,
		.target = pfx(target) };
}

/* Puts and carries out. */
static __attribute__((unused)) void
put(struct order o, msec left)
{
	ledger_put(w.l, &o, left, w.now);
	ledger_commit(w.l, w.now);
}

static __attribute__((unused)) void
drop(uint64_t no)
{
	ledger_drop(w.l, no, w.now);
	ledger_commit(w.l, w.now);
}

static void
compare(void)
{
	assert_int_equal(ledger_compare(w.l, w.now), 0);
}

static struct ledger_state
state(void)
{
	struct ledger_state s;
	ledger_state(w.l, w.now, &s);
	return s;
}

static uint64_t
entries(void)
{
	struct act_dry_count c;
	act_dry_count(w.act, &c);
	return c.entries;
}

/* What the actuator holds at the place of o. */
struct finding {
	struct act_entry place;
	struct act_seen found;
	bool is;
};

static void
find_seen(const struct act_seen *s, void *arg)
{
	struct finding *f = arg;
	if (act_entry_cmp(&s->e, &f->place) == 0) {
		f->found = *s;
		f->is = true;
	}
}

static void
find_end(const struct act_listed *l, void *arg)
{
	(void)l;
	(void)arg;
}

static __attribute__((unused)) bool
standing(struct order o, struct act_seen *ret)
{
	struct finding f = { .is = false };
	assert_true(act_entry_of(&o, &f.place));
	assert_int_equal(w.act->ops->list(w.act, find_seen, find_end, &f), 0);
	if (ret)
		*ret = f.found;
	return f.is;
}

#endif
