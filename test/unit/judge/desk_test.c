/* SPDX-License-Identifier: BSD-2-Clause */
/* What staff do with cases and orders, verb by verb: what it changes, and that it does not come back by
 * itself. */
#include <errno.h>

#include "world.h"

static uint64_t
say(struct world *w, unsigned key, const char *subject)
{
	struct report r = report_of(key, subject, EVIDENCE_TEXT);
	r.event = w->now;
	return world_report(w, &r);
}

static void
answer_all(struct world *w, enum verdict v)
{
	while (world_answer(w, v))
		;
}

static uint64_t
proven(struct world *w, const char *subject)
{
	uint64_t no = say(w, 1, subject);
	assert_true(world_answer(w, VERDICT_OPEN));
	assert_int_equal(world_case(w, no).verified_times, 1);
	return no;
}

/* A world where quarantine asks. */
static struct world
asking(uint64_t *case_no, uint64_t *order)
{
	struct world w = world_new(2);
	world_reach(&w);
	*case_no = world_twice(&w, "192.0.2.1");
	*order = world_case(&w, *case_no).order[RUNG_QUARANTINE];
	assert_true(*order != 0);
	return w;
}

static uint64_t
asked(const struct world *w)
{
	struct view_desk v;
	view_desk(w->judge, &v);
	return v.asked;
}

/* The very number asked for is given, and bears who approved it. */
static void
test_approve(void **state)
{
	(void)state;
	uint64_t no, ask;
	uint32_t missing = 1;
	bool standing;
	struct world w = asking(&no, &ask);
	struct order o = world_order(&w, ask, &standing);
	assert_true(o.asked && standing && !o.dropped);
	assert_int_equal(o.expiry, w.now + MSEC_DAY);
	assert_int_equal(w.events[EVENT_ASKED], 1);
	assert_int_equal(asked(&w), 1);
	assert_int_equal(world_case(&w, no).rung, RUNG_FILTER);
	assert_int_equal(world_missing(&w, no, RUNG_QUARANTINE), GATE_APPROVED);
	world_restart(&w);
	assert_int_equal(asked(&w), 1);
	assert_true(view_approvable(w.judge, ask, w.now, &missing));
	assert_int_equal(missing, 0);
	w.now += MSEC_MINUTE;
	assert_int_equal(world_desk(&w, DESK_APPROVE, ask, NULL), no);
	o = world_order(&w, ask, &standing);
	assert_true(standing && !o.asked);
	assert_int_equal(o.by, 1001);
	assert_int_equal(o.at, w.now);
	assert_true(o.expiry > w.now + MSEC_DAY);
	assert_int_equal(o.rung, RUNG_QUARANTINE);
	assert_int_equal(world_case(&w, no).rung, RUNG_QUARANTINE);
	assert_int_equal(world_missing(&w, no, RUNG_QUARANTINE), 0);
	assert_int_equal(asked(&w), 0);
	assert_false(view_approvable(w.judge, ask, w.now, &missing));
	/* Approved twice: once. Then taken back, as any other. */
	size_t orders = w.orders[RUNG_QUARANTINE];
	world_desk(&w, DESK_APPROVE, ask, NULL);
	assert_int_equal(w.orders[RUNG_QUARANTINE], orders);
	world_desk(&w, DESK_UNDO, ask, NULL);
	o = world_order(&w, ask, &standing);
	assert_true(o.dropped && !standing && !o.asked);
	world_free(&w);
}

static void
test_reject(void **state)
{
	(void)state;
	uint64_t no, ask;
	bool standing;
	struct world w = asking(&no, &ask);
	world_desk(&w, DESK_REJECT, ask, NULL);
	struct order o = world_order(&w, ask, &standing);
	assert_true(o.asked && o.dropped && !standing);
	assert_int_equal(world_case(&w, no).barred, 1u << RUNG_QUARANTINE);
	assert_int_equal(world_missing(&w, no, RUNG_QUARANTINE), GATE_APPROVED | GATE_NOT_BARRED);
	world_restart(&w);
	world_wait(&w, 9 * MSEC_DAY);
	world_active(&w, "192.0.2.1");
	answer_all(&w, VERDICT_OPEN);
	assert_int_equal(world_case(&w, no).state, CASE_ACTED);
	assert_int_equal(w.events[EVENT_ASKED], 1);
	world_desk(&w, DESK_ALLOW, no, &(struct desk_act){ .rungs = 1u << RUNG_QUARANTINE });
	assert_int_equal(w.events[EVENT_ASKED], 2);
	uint64_t again = world_case(&w, no).order[RUNG_QUARANTINE];
	assert_true(again > ask);
	/* An order in force is undone, not rejected. */
	world_desk(&w, DESK_APPROVE, again, NULL);
	world_desk(&w, DESK_REJECT, again, NULL);
	world_order(&w, again, &standing);
	assert_true(standing);
	world_free(&w);
}

/* Nobody answers: it ends, and is asked again only after the case was proven anew. Never late. */
static void
test_nobody_answers(void **state)
{
	(void)state;
	uint64_t no, ask;
	bool standing;
	struct view_desk v;
	struct world w = asking(&no, &ask);
	world_wait(&w, MSEC_DAY - 1);
	assert_int_equal(w.events[EVENT_ASK_ENDED], 0);
	world_wait(&w, 1);
	assert_int_equal(w.events[EVENT_ASK_ENDED], 1);
	world_order(&w, ask, &standing);
	assert_false(standing);
	assert_int_equal(world_case(&w, no).order[RUNG_QUARANTINE], 0);
	assert_int_equal(world_case(&w, no).state, CASE_ACTED); /* the filter goes on */
	assert_int_equal(world_desk(&w, DESK_APPROVE, ask, NULL), 0);
	view_desk(w.judge, &v);
	assert_int_equal(v.missed, 1);
	assert_int_equal(w.orders[RUNG_QUARANTINE], 1); /* the question alone */
	world_active(&w, "192.0.2.1");
	say(&w, 9, "192.0.2.1");
	world_restart(&w);
	say(&w, 8, "192.0.2.1");
	assert_int_equal(w.events[EVENT_ASKED], 1);
	world_wait(&w, 9 * MSEC_DAY);
	world_active(&w, "192.0.2.1");
	answer_all(&w, VERDICT_OPEN);
	assert_int_equal(w.events[EVENT_ASKED], 2);
	world_free(&w);
}

/* What held when it was asked may not hold when it is approved. */
static void
test_gate_lost(void **state)
{
	(void)state;
	uint64_t no, ask;
	uint32_t missing;
	bool standing;
	struct world w = asking(&no, &ask);
	world_wait(&w, 2 * MSEC_HOUR); /* not active any more */
	assert_false(view_approvable(w.judge, ask, w.now, &missing));
	assert_true(missing == GATE_ACTIVE || missing == GATE_GROUPS);
	world_desk(&w, DESK_APPROVE, ask, NULL);
	assert_true(world_order(&w, ask, &standing).asked);
	assert_true(standing);
	world_active(&w, "192.0.2.1");
	assert_true(view_approvable(w.judge, ask, w.now, &missing));
	w.policy->params.quarantine_per_hour = 0;
	assert_false(view_approvable(w.judge, ask, w.now, &missing));
	assert_int_equal(missing, GATE_CAP);
	world_desk(&w, DESK_APPROVE, ask, NULL);
	assert_true(world_order(&w, ask, &standing).asked);
	world_protect(&w, "192.0.2.1", true);
	assert_true(world_order(&w, ask, &standing).dropped);
	assert_false(standing);
	assert_int_equal(asked(&w), 0);
	world_free(&w);
}

/* The class no longer needs a person: the question answers itself. Closed, it goes. */
static void
test_ask_overtaken(void **state)
{
	(void)state;
	uint64_t no, ask;
	bool standing;
	struct world w = asking(&no, &ask);
	w.policy->quarantine = 1u << CLASS_OPEN_PROXY;
	say(&w, 9, "192.0.2.1");
	struct order o = world_order(&w, ask, &standing);
	assert_true(!o.asked && standing);
	assert_int_equal(o.by, 0);
	world_free(&w);
	w = asking(&no, &ask);
	world_desk(&w, DESK_CLOSE, no, &(struct desk_act){ .as = CLOSE_APPEALED });
	o = world_order(&w, ask, &standing);
	assert_true(o.asked && o.dropped && !standing);
	world_free(&w);
}

/* A question counts against no cap. */
static void
test_ask_is_free(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_reach(&w);
	w.policy->lines = 20; /* one order a group and rung */
	uint64_t no[2];
	for (int i = 0; i < 2; i++) {
		w.policy->params.quarantine_per_hour = 1;
		const char *a = i ? "192.0.2.41" : "192.0.2.40";
		struct report r = report_of(1, a, EVIDENCE_TEXT);
		r.origin_as = 64500;
		r.event = w.now;
		no[i] = world_report(&w, &r);
		answer_all(&w, VERDICT_OPEN);
	}
	world_wait(&w, MSEC_HOUR + 1);
	world_active(&w, "192.0.2.40");
	world_active(&w, "192.0.2.41");
	answer_all(&w, VERDICT_OPEN);
	assert_int_equal(asked(&w), 2);
	world_desk(&w, DESK_APPROVE, world_case(&w, no[1]).order[RUNG_QUARANTINE], NULL);
	assert_int_equal(asked(&w), 1);
	uint32_t missing;
	assert_false(view_approvable(w.judge, world_case(&w, no[0]).order[RUNG_QUARANTINE], w.now, &missing));
	assert_int_equal(missing, GATE_CAP);
	world_free(&w);
}

/* Undone, it does not come back by itself; allowed again, it does. */
static void
test_undo_and_allow(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no = proven(&w, "192.0.2.1");
	uint64_t filter = world_case(&w, no).order[RUNG_FILTER];
	bool standing;
	world_mode(&w, MODE_ENFORCE, false);
	assert_int_equal(world_desk(&w, DESK_UNDO, filter, NULL), no);
	assert_true(world_order(&w, filter, &standing).dropped);
	assert_false(standing);
	assert_int_equal(world_missing(&w, no, RUNG_FILTER), GATE_NOT_BARRED);
	world_restart(&w);
	say(&w, 5, "192.0.2.1");
	world_wait(&w, 9 * MSEC_DAY); /* the notice ran out, too */
	assert_true(world_answer(&w, VERDICT_OPEN));
	struct view_case c = world_case(&w, no);
	assert_int_equal(c.state, CASE_ACTED);
	assert_true(c.order[RUNG_NOTIFY] != 0);
	assert_int_equal(c.order[RUNG_FILTER], 0);
	world_desk(&w, DESK_ALLOW, no, &(struct desk_act){ .rungs = 1u << RUNG_NOTIFY });
	assert_int_equal(world_case(&w, no).order[RUNG_FILTER], 0);
	world_desk(&w, DESK_ALLOW, no, &(struct desk_act){ .rungs = 1u << RUNG_FILTER });
	assert_true(world_case(&w, no).order[RUNG_FILTER] > filter);
	assert_int_equal(world_case(&w, no).barred, 0);
	world_free(&w);
}

/* All of a case, and nothing of it comes back; it does not stay acted for ever, either. */
static void
test_release(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no = proven(&w, "192.0.2.1");
	const uint8_t all = 1u << RUNG_TICKET | 1u << RUNG_NOTIFY | 1u << RUNG_FILTER;
	assert_int_equal(view_releases(w.judge, no), all);
	world_desk(&w, DESK_RELEASE, no, &(struct desk_act){ .rungs = all });
	struct view_case c = world_case(&w, no);
	assert_int_equal(c.barred, all);
	for (int r = 0; r < RUNG_N; r++)
		assert_int_equal(c.order[r], 0);
	assert_int_equal(w.events[EVENT_ORDER_DROPPED], 3);
	say(&w, 5, "192.0.2.1");
	world_wait(&w, 2 * MSEC_DAY);
	assert_true(world_answer(&w, VERDICT_OPEN));
	assert_int_equal(w.events[EVENT_ORDER], 3);
	world_desk(&w, DESK_ALLOW, no, &(struct desk_act){ .rungs = all });
	assert_int_equal(w.events[EVENT_ORDER], 6);
	world_desk(&w, DESK_RELEASE, no, NULL);
	world_wait(&w, 2 * MSEC_DAY);
	answer_all(&w, VERDICT_CLOSED);
	assert_int_equal(world_case(&w, no).state, CASE_PROBATION);
	world_free(&w);
}

/* On sight, and released while nothing was proven: it closes all the same. */
static void
test_release_unproven(void **state)
{
	(void)state;
	struct world w = world_new(2);
	world_pin(&w, 3, Q32(90, 100), true, 0);
	struct report r = report_of(3, "192.0.2.7", EVIDENCE_STRONG);
	uint64_t no = world_report(&w, &r);
	assert_int_equal(world_case(&w, no).state, CASE_ACTED);
	answer_all(&w, VERDICT_CLOSED);
	world_desk(&w, DESK_RELEASE, no, NULL);
	for (int d = 0; d < 90 && world_case(&w, no).state != CASE_CLOSED; d++) {
		world_wait(&w, MSEC_DAY);
		answer_all(&w, VERDICT_CLOSED);
	}
	assert_int_equal(world_case(&w, no).state, CASE_CLOSED);
	world_free(&w);
}

/* False: one for each who said so, pinned and own apart, once per line; taken back by reopening. */
static void
test_false_positive(void **state)
{
	(void)state;
	static const struct {
		enum close_as as;
		unsigned wrong;
	} rows[] = {
		{ CLOSE_FALSE_POSITIVE, 1 }, { CLOSE_NOT_ABUSE, 1 }, { CLOSE_WRONG_LINE, 0 },
		{ CLOSE_DUPLICATE, 0 }, { CLOSE_ACCEPTED, 0 }, { CLOSE_APPEALED, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w = world_new(2);
		struct fact f = { .kind = FACT_REPORTER,
			.reporter = { .key = key_of(4), .standing = STANDING_OWN } };
		world_pin(&w, 2, Q32(90, 100), false, 0);
		world_step(&w, &f);
		for (unsigned k = 1; k <= 4; k++)
			say(&w, k, "192.0.2.1");
		struct report r = report_of(1, "192.0.2.1", EVIDENCE_STRONG); /* said twice by one */
		uint64_t no = world_report(&w, &r);
		world_answer(&w, VERDICT_OPEN);
		q32 before = world_reporter(&w, 1).family[FAMILY_OPEN_SERVICE].b;
		world_desk(&w, DESK_CLOSE, no, &(struct desk_act){ .as = (uint8_t)rows[i].as });
		struct view_case c = world_case(&w, no);
		assert_int_equal(c.state, CASE_CLOSED);
		assert_int_equal(c.closed_as, rows[i].as);
		assert_int_equal(w.events[EVENT_ORDER_DROPPED], 3);
		assert_int_equal(world_reporter(&w, 1).family[FAMILY_OPEN_SERVICE].wrong, rows[i].wrong);
		assert_int_equal(world_reporter(&w, 1).family[FAMILY_OPEN_SERVICE].b,
		    before + rows[i].wrong * Q32_ONE);
		assert_int_equal(world_reporter(&w, 3).family[FAMILY_OPEN_SERVICE].wrong, rows[i].wrong);
		assert_int_equal(world_reporter(&w, 2).family[FAMILY_OPEN_SERVICE].wrong, 0);
		assert_int_equal(world_reporter(&w, 4).family[FAMILY_OPEN_SERVICE].wrong, 0);
		assert_int_equal(w.events[EVENT_DEBIT], 2 * rows[i].wrong);
		world_restart(&w);
		w.now += 10 * MSEC_DAY;
		world_desk(&w, DESK_REOPEN, no, NULL);
		assert_true(world_case(&w, no).state != CASE_CLOSED);
		assert_int_equal(world_reporter(&w, 1).family[FAMILY_OPEN_SERVICE].wrong, 0);
		assert_true(world_reporter(&w, 1).family[FAMILY_OPEN_SERVICE].b - before < 4);
		world_free(&w);
	}
}

/* A second look gives all back that a mistaken verdict took. */
static void
test_reopen(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no = proven(&w, "192.0.2.1");
	struct view_case was = world_case(&w, no);
	world_desk(&w, DESK_UNDO, was.order[RUNG_TICKET], NULL);
	world_desk(&w, DESK_CLOSE, no, &(struct desk_act){ .as = CLOSE_WRONG_LINE });
	assert_int_equal(world_case(&w, no).barred, 0);
	world_desk(&w, DESK_REOPEN, no, NULL);
	assert_int_equal(w.events[EVENT_CASE_REOPENED], 1);
	assert_true(world_answer(&w, VERDICT_OPEN));
	struct view_case c = world_case(&w, no);
	assert_int_equal(c.state, CASE_ACTED);
	for (enum rung r = RUNG_TICKET; r <= RUNG_FILTER; r++)
		assert_true(c.order[r] > was.order[RUNG_FILTER]);
	assert_int_equal(w.events[EVENT_CASE_REOPENED], 1);
	/* What was closed before stays so, as it was. */
	world_desk(&w, DESK_CLOSE, no, &(struct desk_act){ .as = CLOSE_ACCEPTED });
	world_desk(&w, DESK_CLOSE, no, &(struct desk_act){ .as = CLOSE_FALSE_POSITIVE });
	assert_int_equal(w.events[EVENT_DEBIT], 1);
	world_desk(&w, DESK_REOPEN, no, &(struct desk_act){ .as = CLOSE_ACCEPTED });
	c = world_case(&w, no);
	assert_int_equal(c.state, CASE_CLOSED);
	assert_int_equal(c.closed_as, CLOSE_ACCEPTED);
	assert_int_equal(world_reporter(&w, 1).family[FAMILY_OPEN_SERVICE].wrong, 0);
	world_free(&w);
}

/* Known and accepted: reports are counted, nothing else happens, until the desk or the years say so. */
static void
test_accepted(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no = say(&w, 1, "192.0.2.1");
	world_desk(&w, DESK_CLOSE, no, &(struct desk_act){ .as = CLOSE_ACCEPTED });
	assert_true(world_answer(&w, VERDICT_OPEN)); /* asked for before */
	unsigned looks = w.looks[0] + w.looks[1];
	world_restart(&w);
	for (unsigned k = 10; k < 20; k++) {
		world_wait(&w, MSEC_DAY);
		assert_int_equal(say(&w, k, "192.0.2.1"), no);
	}
	struct view_case c = world_case(&w, no);
	assert_int_equal(c.state, CASE_CLOSED);
	assert_int_equal(c.closed_as, CLOSE_ACCEPTED);
	assert_int_equal(c.reports, 11);
	assert_int_equal(c.verified_times, 0);
	assert_int_equal(w.looks[0] + w.looks[1], looks);
	assert_int_equal(w.events[EVENT_ORDER], 0);
	world_desk(&w, DESK_REOPEN, no, NULL);
	assert_true(world_answer(&w, VERDICT_OPEN));
	assert_int_equal(world_case(&w, no).state, CASE_ACTED);
	world_desk(&w, DESK_CLOSE, no, &(struct desk_act){ .as = CLOSE_ACCEPTED });
	world_wait(&w, 91 * MSEC_DAY);
	assert_true(say(&w, 1, "192.0.2.1") > no);
	world_free(&w);
}

/* Said to be fixed: withdrawn, and looked at. */
static void
test_fixed(void **state)
{
	(void)state;
	for (int open = 0; open < 2; open++) {
		struct world w = world_new(2);
		uint64_t no = proven(&w, "192.0.2.1");
		world_wait(&w, 2 * MSEC_HOUR);
		answer_all(&w, VERDICT_OPEN);
		world_desk(&w, DESK_CLOSE, no, &(struct desk_act){ .as = CLOSE_FIXED });
		assert_int_equal(world_case(&w, no).state, CASE_RECHECK);
		assert_int_equal(world_case(&w, no).order[RUNG_FILTER], 0);
		answer_all(&w, open ? VERDICT_OPEN : VERDICT_CLOSED);
		assert_int_equal(world_case(&w, no).state, open ? CASE_ACTED : CASE_PROBATION);
		assert_int_equal(world_case(&w, no).order[RUNG_FILTER] != 0, open);
		world_free(&w);
	}
	struct world w = world_new(2); /* nothing was proven: their word */
	uint64_t no = say(&w, 1, "192.0.2.1");
	world_desk(&w, DESK_CLOSE, no, &(struct desk_act){ .as = CLOSE_FIXED });
	assert_int_equal(world_case(&w, no).state, CASE_CLOSED);
	assert_int_equal(world_case(&w, no).closed_as, CLOSE_FIXED);
	world_free(&w);
}

static void
test_list_keeping(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t no = say(&w, 1, "192.0.2.1");
	size_t events = w.events[EVENT_DESK];
	world_desk(&w, DESK_NOTE, no, &(struct desk_act){ .text = "called" });
	assert_int_equal(w.out.n, 1);
	assert_int_equal(w.out.v[0].event.kind, EVENT_DESK);
	assert_int_equal(w.out.v[0].event.a, w.seq);
	assert_int_equal(w.out.v[0].event.b, DESK_NOTE);
	world_desk(&w, DESK_ASSIGN, no, &(struct desk_act){ .name = "anna" });
	world_desk(&w, DESK_SNOOZE, no, &(struct desk_act){ .until = w.now + 3 * MSEC_DAY });
	world_restart(&w);
	assert_string_equal(world_case(&w, no).assignee, "anna");
	assert_int_equal(world_case(&w, no).snoozed, w.now + 3 * MSEC_DAY);
	world_answer(&w, VERDICT_OPEN);
	assert_int_equal(world_case(&w, no).snoozed, 0);
	assert_string_equal(world_case(&w, no).assignee, "anna");
	world_desk(&w, DESK_SNOOZE, no, &(struct desk_act){ .until = w.now + MSEC_HOUR });
	assert_int_equal(world_case(&w, no).snoozed, w.now + MSEC_HOUR);
	world_wait(&w, MSEC_HOUR);
	assert_int_equal(world_case(&w, no).snoozed, 0);
	world_desk(&w, DESK_SNOOZE, no, &(struct desk_act){ .until = w.now + MSEC_HOUR });
	world_desk(&w, DESK_SNOOZE, no, &(struct desk_act){ .until = 0 });
	assert_int_equal(world_case(&w, no).snoozed, 0);
	world_desk(&w, DESK_ASSIGN, no, NULL);
	assert_string_equal(world_case(&w, no).assignee, "");
	assert_int_equal(w.events[EVENT_DESK], events + 7);
	world_free(&w);
}

/* A word about what is not there changes nothing. */
static void
test_unknown(void **state)
{
	(void)state;
	struct world w = world_new(2);
	struct view_desk v;
	uint64_t no = proven(&w, "192.0.2.1");
	struct view_case c = world_case(&w, no);
	unsigned judged = 0;
	for (int verb = 0; verb < DESK_VERB_N; verb++)
		for (int i = 0; i < 2; i++) {
			judged += !desk_verb_row((enum desk_verb)verb)->mail; /* those are not the judge's */
			assert_int_equal(world_desk(&w, (enum desk_verb)verb, i ? 999 : 0,
			    &(struct desk_act){ .into = no, .rungs = 63, .as = CLOSE_FIXED }), 0);
			assert_int_equal(w.out.n, 0);
		}
	world_desk(&w, DESK_MERGE, no, &(struct desk_act){ .into = 999 });
	assert_int_equal(w.out.n, 1); /* that it was said */
	view_desk(w.judge, &v);
	assert_int_equal(v.missed, judged);
	struct view_case is = world_case(&w, no);
	assert_memory_equal(&c.order, &is.order, sizeof(c.order));
	assert_int_equal(is.state, CASE_ACTED);
	world_free(&w);
}

static uint32_t
groups(const struct world *w, uint64_t no)
{
	struct view_score s;
	view_score(w->judge, no, w->now, &s);
	return s.groups + s.pool_keys;
}

/* Merged, its reports and those to come count there; unmerged, they are its own again. */
static void
test_merge(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t a = say(&w, 1, "192.0.2.60"), b = say(&w, 2, "192.0.2.61");
	say(&w, 1, "192.0.2.61");
	say(&w, 3, "192.0.2.60");
	assert_int_equal(view_mergeable(w.judge, a, b), 0);
	assert_int_equal(world_desk(&w, DESK_MERGE, a, &(struct desk_act){ .into = b }), a);
	assert_int_equal(w.events[EVENT_DESK], 2); /* told of both */
	struct view_case v = world_case(&w, a);
	assert_int_equal(v.state, CASE_CLOSED);
	assert_int_equal(v.closed_as, CLOSE_DUPLICATE);
	assert_int_equal(v.merged_into, b);
	assert_int_equal(v.reports, 0);
	assert_int_equal(world_case(&w, b).reports, 4);
	assert_int_equal(groups(&w, a), 0);
	assert_int_equal(groups(&w, b), 3); /* the one who said both counts once */
	world_restart(&w);
	assert_int_equal(say(&w, 4, "192.0.2.60"), b);
	assert_int_equal(groups(&w, b), 4);
	assert_int_equal(world_case(&w, a).state, CASE_CLOSED);
	struct fact f = { .kind = FACT_FLOW, .flow = { .subject = addr_of("192.0.2.60"), .port = 3128,
		.cls = CLASS_OPEN_PROXY, .when = w.now, .active = true } };
	world_step(&w, &f);
	assert_int_equal(world_case(&w, a).state, CASE_CLOSED);
	for (int d = 0; d < 95; d++) { /* as long as that one is heard of, this one stays */
		say(&w, 4, "192.0.2.60");
		answer_all(&w, VERDICT_CLOSED);
		world_wait(&w, MSEC_DAY);
	}
	assert_int_equal(say(&w, 4, "192.0.2.60"), b);
	answer_all(&w, VERDICT_CLOSED);
	world_wait(&w, 190 * MSEC_DAY);
	assert_false(view_case(w.judge, b, w.now, &v));
	assert_false(view_case(w.judge, a, w.now, &v));
	assert_true(say(&w, 4, "192.0.2.60") > b);
	world_free(&w);

	w = world_new(2);
	a = say(&w, 1, "192.0.2.60");
	say(&w, 3, "192.0.2.60");
	b = say(&w, 2, "192.0.2.61");
	say(&w, 1, "192.0.2.61");
	world_desk(&w, DESK_MERGE, a, &(struct desk_act){ .into = b });
	say(&w, 4, "192.0.2.60");
	world_desk(&w, DESK_UNMERGE, a, NULL);
	v = world_case(&w, a);
	assert_int_equal(v.state, CASE_OPEN);
	assert_int_equal(v.merged_into, 0);
	assert_int_equal(v.reports, 3);
	assert_int_equal(world_case(&w, b).reports, 2);
	assert_int_equal(groups(&w, a), 3);
	assert_int_equal(groups(&w, b), 2);
	assert_int_equal(say(&w, 5, "192.0.2.60"), a);
	world_free(&w);
}

/* Chains end in one case; circles, other classes and a second merge are refused. */
static void
test_merge_chain(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t a = say(&w, 1, "192.0.2.60"), b = say(&w, 2, "192.0.2.61"), c = say(&w, 3, "192.0.2.62");
	struct report r = report_of(1, "192.0.2.63", EVIDENCE_TEXT);
	r.cls = CLASS_SCANNER;
	uint64_t other = world_report(&w, &r);
	world_desk(&w, DESK_MERGE, a, &(struct desk_act){ .into = b });
	world_desk(&w, DESK_MERGE, b, &(struct desk_act){ .into = c });
	assert_int_equal(groups(&w, c), 3);
	assert_int_equal(say(&w, 4, "192.0.2.60"), c);
	assert_int_equal(view_mergeable(w.judge, a, c), -EALREADY);
	assert_int_equal(view_mergeable(w.judge, c, a), -ELOOP);
	assert_int_equal(view_mergeable(w.judge, c, b), -ELOOP);
	assert_int_equal(view_mergeable(w.judge, c, c), -ELOOP);
	assert_int_equal(view_mergeable(w.judge, c, other), -EXDEV);
	assert_int_equal(view_mergeable(w.judge, c, 999), -ENOENT);
	const uint64_t refused[][2] = { { a, c }, { c, a }, { c, b }, { c, c }, { c, other } };
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		world_desk(&w, DESK_MERGE, refused[i][0], &(struct desk_act){ .into = refused[i][1] });
		assert_int_equal(w.out.n, 1);
	}
	world_restart(&w);
	world_desk(&w, DESK_UNMERGE, b, NULL);
	assert_int_equal(groups(&w, b), 3); /* with what it had been given */
	assert_int_equal(groups(&w, c), 1);
	assert_int_equal(say(&w, 5, "192.0.2.60"), b);
	world_desk(&w, DESK_UNMERGE, a, NULL);
	assert_int_equal(groups(&w, a), 3);
	assert_int_equal(groups(&w, b), 1);
	world_free(&w);
}

/* Merged into what stands acted: its own orders go, the other's stay. What it found is worth a look. */
static void
test_merge_into_acted(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t a = proven(&w, "192.0.2.60"), b = proven(&w, "192.0.2.61");
	struct view_case was = world_case(&w, b);
	world_desk(&w, DESK_MERGE, a, &(struct desk_act){ .into = b });
	assert_int_equal(w.events[EVENT_ORDER_DROPPED], 3);
	assert_int_equal(view_releases(w.judge, a), 0);
	struct view_case is = world_case(&w, b);
	assert_memory_equal(was.order, is.order, sizeof(was.order));
	answer_all(&w, VERDICT_OPEN);
	world_desk(&w, DESK_UNMERGE, a, NULL);
	answer_all(&w, VERDICT_OPEN);
	assert_int_equal(world_case(&w, a).state, CASE_ACTED);
	assert_true(world_case(&w, a).order[RUNG_FILTER] != 0);
	world_free(&w);
}

/* Orders of one case, whatever stands between them. */
static void
test_orders_of(void **state)
{
	(void)state;
	struct world w = world_new(2);
	uint64_t a = proven(&w, "192.0.2.60"), it = 0, n = 0;
	struct order o;
	bool standing;
	proven(&w, "192.0.2.61");
	world_desk(&w, DESK_RELEASE, a, NULL);
	world_desk(&w, DESK_ALLOW, a, &(struct desk_act){ .rungs = 63 });
	world_restart(&w);
	while (view_order_of(w.judge, a, &it, &o, &standing)) {
		assert_int_equal(o.case_no, a);
		assert_int_equal(standing, n >= 3);
		n++;
	}
	assert_int_equal(n, 6);
	it = n = 0;
	while (view_standing_next(w.judge, &it, &o))
		n++;
	assert_int_equal(n, 6);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_approve),
		cmocka_unit_test(test_reject),
		cmocka_unit_test(test_nobody_answers),
		cmocka_unit_test(test_gate_lost),
		cmocka_unit_test(test_ask_overtaken),
		cmocka_unit_test(test_ask_is_free),
		cmocka_unit_test(test_undo_and_allow),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_release_unproven),
		cmocka_unit_test(test_false_positive),
		cmocka_unit_test(test_reopen),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_list_keeping),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_merge_chain),
		cmocka_unit_test(test_merge_into_acted),
		cmocka_unit_test(test_orders_of),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
