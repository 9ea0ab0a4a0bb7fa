/* SPDX-License-Identifier: BSD-2-Clause */
/* Own flows as a sensor: what they are asked, and what follows from an answer, a silence, or a lie. */
#include "judge/parts.h"
#include "model/finding.h"
#include "world.h"

#define LINE "192.0.2.60"

static struct world
seen_world(void)
{
	struct world w = world_new(2);
	w.policy->flow_source = true;
	world_reach(&w);
	return w;
}

static uint64_t
says(struct world *w, unsigned key, enum class_id cls, enum evidence e)
{
	struct report r = report_of(key, LINE, e);
	r.cls = cls;
	r.event = w->now;
	return world_report(w, &r);
}

/* An own sensor: number 900 and up. */
static void
own_sensor(struct world *w, unsigned key)
{
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .key = key_of(key),
		.standing = STANDING_OWN } };
	world_step(w, &f);
}

static struct flow_seen
at_work(uint16_t far_port)
{
	return (struct flow_seen){ .covered = true, .active = true, .proto = 6, .far_port = far_port,
		.samples = 41, .sampling = 1000 };
}

static void
peer(struct flow_seen *f, const char *prefix)
{
	assert_int_equal(prefix_parse(prefix, strlen(prefix), &f->peer), 0);
}

static struct order
filter_of(struct world *w, uint64_t case_no)
{
	struct order o, last = { 0 };
	uint64_t no = 0;
	bool standing;
	while (view_order_of(w->judge, case_no, &no, &o, &standing))
		if (o.rung == RUNG_FILTER && standing)
			last = o;
	return last;
}

static q32
wrong_of(const struct world *w, unsigned key)
{
	struct view_reporter v;
	struct key k = key_of(key), before = { { 0 } };
	bool got = view_reporter_next(w->judge, NULL, w->now, &v);
	(void)before;
	while (got && key_cmp(&v.key, &k) != 0)
		got = view_reporter_next(w->judge, &v.key, w->now, &v);
	assert_true(got);
	return v.family[FAMILY_OPEN_SERVICE].wrong;
}

/* Every report about an own address is a question; without a flow source none is. */
static void
test_every_report_asks(void **state)
{
	(void)state;
	struct world w = seen_world();
	uint64_t no = says(&w, 1, CLASS_SCANNER, EVIDENCE_TEXT);
	assert_int_equal(w.asks, 1);
	assert_int_equal(w.ask.no, 1);
	assert_int_equal(w.ask.case_no, no);
	assert_int_equal(w.ask.cls, CLASS_SCANNER);
	assert_int_equal(w.ask.port, 3128);
	assert_int_equal(w.ask.when, w.now);
	says(&w, 0, CLASS_OPEN_PROXY, EVIDENCE_WEAK);
	assert_int_equal(w.ask.no, 2);
	struct report foreign = report_of(1, "8.8.8.8", EVIDENCE_TEXT);
	world_report(&w, &foreign);
	assert_int_equal(w.asks, 2);
	w.policy->flow_source = false;
	says(&w, 1, CLASS_SCANNER, EVIDENCE_TEXT);
	assert_int_equal(w.asks, 2);
	world_free(&w);
}

/* A stranger says so and own flows see it: verified, and a filter of that port alone, outbound. */
static void
test_flows_verify_with_a_scope(void **state)
{
	(void)state;
	struct world w = seen_world();
	uint64_t no = says(&w, 1, CLASS_SCANNER, EVIDENCE_TEXT);
	assert_int_equal(w.orders[RUNG_NOTIFY], 0);
	world_flows(&w, at_work(23));
	struct view_case c = world_case(&w, no);
	assert_int_equal(c.verified_times, 1);
	assert_int_equal(c.rung, RUNG_FILTER);
	struct order o = filter_of(&w, no);
	struct addr line = addr_of(LINE);
	assert_true(addr_eq(&o.target.a, &line));
	assert_int_equal(o.target.len, 32);
	assert_int_equal(o.proto, 6);
	assert_int_equal(o.port, 23);
	assert_int_equal(o.inbound, 0);
	assert_int_equal(o.peer.a.fam, 0);
	assert_int_equal(c.proof_by, METHOD_FLOWS);
	world_free(&w);
}

/* What a filter may name: no port, an everyday one towards everybody, or too few samples is nothing. */
static void
test_scope_is_never_wide(void **state)
{
	(void)state;
	static const struct {
		enum class_id cls;
		uint16_t port;
		const char *peer;
		uint32_t samples;
		bool filter, with_peer;
	} rows[] = {
		{ CLASS_SCANNER, 23, NULL, 41, true, false },
		{ CLASS_SCANNER, 23, "198.18.5.7", 41, true, false }, /* he goes on to the next */
		{ CLASS_SCANNER, 0, NULL, 41, false, false },
		{ CLASS_SCANNER, 443, NULL, 41, false, false },
		{ CLASS_SCANNER, 443, "198.18.5.7", 41, false, false },
		{ CLASS_DDOS_SOURCE, 443, "198.18.5.7", 41, true, true },
		{ CLASS_DDOS_SOURCE, 443, NULL, 41, false, false },
		{ CLASS_DDOS_SOURCE, 9999, NULL, 41, true, false },
		{ CLASS_DDOS_SOURCE, 0, "198.18.5.7", 41, false, false },
		{ CLASS_SPAM_SOURCE, 25, NULL, 8, true, false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w = seen_world();
		uint64_t no = says(&w, 1, rows[i].cls, EVIDENCE_TEXT);
		struct flow_seen f = at_work(rows[i].port);
		f.samples = rows[i].samples;
		if (rows[i].peer)
			peer(&f, rows[i].peer);
		world_flows(&w, f);
		assert_int_equal(world_case(&w, no).verified_times, 1);
		struct order o = filter_of(&w, no);
		assert_int_equal(o.no != 0, rows[i].filter);
		assert_int_equal(o.peer.a.fam != 0, rows[i].with_peer);
		if (!rows[i].filter)
			assert_int_equal(world_missing(&w, no, RUNG_FILTER), GATE_SCOPE);
		world_free(&w);
	}
}

static void
test_few_samples_never_act(void **state)
{
	(void)state;
	struct world w = seen_world();
	uint64_t no = says(&w, 1, CLASS_SCANNER, EVIDENCE_TEXT);
	struct flow_seen f = at_work(23);
	f.samples = 7;
	world_flows(&w, f);
	assert_int_equal(world_case(&w, no).verified_times, 0);
	assert_int_equal(w.orders[RUNG_NOTIFY], 0);
	world_flows(&w, at_work(0));
	assert_int_equal(world_case(&w, no).verified_times, 1);
	world_flows(&w, f); /* nor name what a filter shuts */
	assert_int_equal(filter_of(&w, no).no, 0);
	world_free(&w);
}

/* A scan found early, on samples too few to act on: in the log, whatever the source, and nothing is shut. When
 * it is found on enough of them, things go as if it had not been: the sensor is one, however often it spoke. */
static void
test_early_findings_only_stand_in_the_log(void **state)
{
	(void)state;
	for (int source = SOURCE_UNPROVEN; source <= SOURCE_PROVEN; source++) {
		q32 without = 0;
		for (int early = 0; early < 2; early++) {
			struct world w = seen_world();
			struct fact sensor = { .kind = FACT_REPORTER, .reporter = { .key = detector_key(DETECT_SCAN),
				.standing = STANDING_OWN } };
			struct finding f = { .detector = DETECT_SCAN, .source = (uint8_t)source, .proto = 6, .active = 1,
				.two_way = source == SOURCE_PROVEN, .subject = addr_of(LINE), .port = { 23, 2323 },
				.samples = 5, .distinct = 5, .permille = 1000, .sampling = 1000, .lines = 1,
				.from = w.now - MSEC_MINUTE, .to = w.now };
			struct flow_seen word;
			struct view_score s;
			struct report r;
			uint64_t no;
			world_step(&w, &sensor);
			for (; early && f.samples < FINDING_LEAST; f.samples++, f.distinct++) {
				assert_true(finding_report(&f, &r));
				assert_false(finding_seen(&f, false, &word));
				no = world_report(&w, &r);
				assert_int_equal(world_case(&w, no).rung, RUNG_LOG);
			}
			for (int i = 0; i < RUNG_N; i++)
				assert_int_equal(w.orders[i], 0);
			assert_int_equal(w.looks[0], 0);
			f.samples = f.distinct = FINDING_LEAST;
			assert_true(finding_report(&f, &r));
			no = world_report(&w, &r);
			if (finding_seen(&f, false, &word)) {
				assert_true(source >= SOURCE_BOUND);
				struct fact seen = { .kind = FACT_FLOW, .flow = word };
				world_step(&w, &seen);
			}
			view_score(w.judge, no, w.now, &s);
			without = early ? without : s.score;
			assert_int_equal(s.score, without);
			assert_int_equal(s.groups, 1);
			assert_int_equal(w.orders[RUNG_TICKET], source == SOURCE_PROVEN);
			assert_int_equal(w.orders[RUNG_NOTIFY] + w.orders[RUNG_FILTER], 0);
			world_free(&w);
		}
	}
}

/* The far side of a filter is asked for in the never-touch list, too. */
static void
test_never_touch_the_far_side(void **state)
{
	(void)state;
	struct world w = seen_world();
	world_protect(&w, "198.18.5.0/24", true);
	uint64_t no = says(&w, 1, CLASS_DDOS_SOURCE, EVIDENCE_TEXT);
	struct flow_seen f = at_work(53);
	peer(&f, "198.18.5.7");
	world_flows(&w, f);
	assert_int_equal(filter_of(&w, no).no, 0);
	assert_int_equal(world_missing(&w, no, RUNG_FILTER), GATE_TOUCHABLE);
	assert_int_equal(w.orders[RUNG_NOTIFY], 1);
	world_free(&w);
}

/* Own sensors alone, however many and however often, on packets anybody could have sent: not watched. */
static void
test_weak_own_findings_open_nothing(void **state)
{
	(void)state;
	struct world w = seen_world();
	uint64_t no = 0;
	for (unsigned k = 900; k < 912; k++)
		own_sensor(&w, k);
	for (int round = 0; round < 5; round++) {
		for (unsigned k = 900; k < 912; k++)
			no = says(&w, k, CLASS_SCANNER, EVIDENCE_WEAK);
		world_wait(&w, 10 * MSEC_MINUTE);
	}
	for (unsigned k = 1; k <= 100; k++)
		says(&w, k, CLASS_SCANNER, EVIDENCE_WEAK);
	struct view_case c = world_case(&w, no);
	assert_true(c.score < Q32(51, 100));
	assert_int_equal(c.rung, RUNG_LOG);
	assert_int_equal(w.orders[RUNG_TICKET], 0);
	world_free(&w);
}

/* Nor with unknown keys on top, whatever they say to have seen: watched, and no ticket. */
static void
test_framed_is_no_ticket(void **state)
{
	(void)state;
	for (int seen = 0; seen < 2; seen++) {
		struct world w = seen_world();
		uint64_t no = 0;
		own_sensor(&w, 900);
		for (unsigned k = 1; k <= 4; k++) {
			struct fact f = { .kind = FACT_REPORTER, .reporter = { .key = key_of(k),
				.standing = STANDING_NETWORK } };
			world_step(&w, &f);
			says(&w, k, CLASS_SCANNER, EVIDENCE_WEAK);
		}
		says(&w, 900, CLASS_SCANNER, EVIDENCE_WEAK);
		for (unsigned k = 100; k < 110; k++)
			no = says(&w, k, CLASS_SCANNER, EVIDENCE_STRONG);
		assert_true(world_case(&w, no).score >= Q32(60, 100));
		assert_int_equal(w.orders[RUNG_TICKET], 0);
		if (seen) /* more than that: one who is known and saw an exchange */
			says(&w, 1, CLASS_SCANNER, EVIDENCE_TEXT);
		assert_int_equal(w.orders[RUNG_TICKET], seen);
		world_free(&w);
	}
}

/* Own sensors group by kind of evidence: what two detectors see in the same packets counts once. */
static void
test_own_sensors_group(void **state)
{
	(void)state;
	struct world w = seen_world();
	struct view_score s;
	for (unsigned k = 900; k < 904; k++)
		own_sensor(&w, k);
	uint64_t no = says(&w, 900, CLASS_SCANNER, EVIDENCE_STRONG);
	view_score(w.judge, no, w.now, &s);
	q32 one = s.score;
	assert_q(one, "0.900");
	for (unsigned k = 901; k < 904; k++)
		says(&w, k, CLASS_SCANNER, EVIDENCE_STRONG);
	view_score(w.judge, no, w.now, &s);
	assert_int_equal(s.groups, 1);
	assert_int_equal(s.score, one);
	world_free(&w);
}

/* The stream that accuses never verifies itself: a ticket, and no more. */
static void
test_own_findings_alone_are_a_ticket(void **state)
{
	(void)state;
	struct world w = seen_world();
	own_sensor(&w, 900);
	uint64_t no = says(&w, 900, CLASS_SCANNER, EVIDENCE_STRONG);
	world_flows(&w, at_work(23));
	assert_int_equal(world_case(&w, no).verified_times, 0);
	assert_int_equal(w.orders[RUNG_TICKET], 1);
	assert_int_equal(w.orders[RUNG_NOTIFY], 0);
	says(&w, 1, CLASS_SCANNER, EVIDENCE_TEXT); /* somebody else, too */
	world_flows(&w, at_work(23));
	assert_int_equal(world_case(&w, no).verified_times, 1);
	assert_int_equal(w.orders[RUNG_FILTER], 1);
	world_free(&w);
}

static void
closed_pair(struct world *w)
{
	while (world_answer(w, VERDICT_CLOSED))
		;
}

/* Twice closed from both vantages, and the answer of flows is what decides about the reporter. */
static void
test_silence_costs_nobody_rank(void **state)
{
	(void)state;
	static const struct {
		bool tell;
		struct flow_seen says;
		unsigned wrong;
	} rows[] = {
		{ false, { .covered = false }, 0 }, /* the collector is silent */
		{ true, { .covered = false }, 0 },  /* it did not see all */
		{ true, { .covered = true, .answered_inbound = true }, 0 },
		{ true, { .covered = false, .answered_inbound = true }, 0 },
		{ true, { .covered = true, .active = true }, 0 },
		{ true, { .covered = true }, 1 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w = seen_world();
		says(&w, 1, CLASS_OPEN_PROXY, EVIDENCE_TEXT);
		msec event = w.now;
		closed_pair(&w);
		world_wait(&w, MSEC_HOUR + MSEC_MINUTE);
		closed_pair(&w);
		assert_int_equal(w.asks, 2);
		assert_int_equal(w.ask.when, event);
		world_restart(&w);
		if (rows[i].tell)
			world_flows(&w, rows[i].says);
		bool answered = rows[i].says.covered || rows[i].says.answered_inbound;
		world_wait(&w, 10 * MSEC_MINUTE);
		assert_int_equal(w.asks, answered ? 2 : 3); /* asked once more, then given up */
		world_flows(&w, (struct flow_seen){ .covered = true }); /* too late */
		assert_int_equal(wrong_of(&w, 1), rows[i].wrong);
		world_free(&w);
	}
}

/* An answer about a later time does not speak for the hours before the event. */
static void
test_an_answer_must_reach_back(void **state)
{
	(void)state;
	struct world w = seen_world();
	says(&w, 1, CLASS_OPEN_PROXY, EVIDENCE_TEXT);
	closed_pair(&w);
	world_wait(&w, MSEC_HOUR + MSEC_MINUTE);
	closed_pair(&w);
	msec asked = w.ask.when;
	w.ask.when = w.now;
	world_flows(&w, (struct flow_seen){ .covered = true });
	assert_int_equal(wrong_of(&w, 1), 0);
	w.ask.when = asked;
	world_flows(&w, (struct flow_seen){ .covered = true });
	assert_int_equal(wrong_of(&w, 1), 1);
	world_free(&w);
}

/* The probe says closed, own flows say at work, in either order: a person decides, nobody learns. */
static void
test_two_sensors_disagree(void **state)
{
	(void)state;
	for (int order = 0; order < 3; order++) {
		struct world w = seen_world();
		if (order == 2)
			own_sensor(&w, 900);
		uint64_t no = says(&w, 1, CLASS_OPEN_PROXY, EVIDENCE_TEXT);
		if (order == 0)
			world_flows(&w, at_work(0));
		if (order == 2)
			says(&w, 900, CLASS_OPEN_PROXY, EVIDENCE_STRONG);
		closed_pair(&w);
		if (order == 1)
			world_flows(&w, at_work(0));
		struct view_case c = world_case(&w, no);
		assert_true(c.contested);
		assert_true(c.state == CASE_OPEN || c.state == CASE_WATCHED);
		assert_int_equal(w.events[EVENT_CONTESTED], 1);
		world_wait(&w, 2 * MSEC_HOUR);
		closed_pair(&w);
		assert_int_equal(w.events[EVENT_DEBIT], 0);
		assert_int_equal(w.orders[RUNG_NOTIFY], 0);
		world_free(&w);
	}
}

static void
contact(struct world *w, msec when)
{
	struct fact f = { .kind = FACT_FLOW, .flow = { .subject = addr_of(LINE),
		.cls = CLASS_C2_CONTACT, .when = when, .answered_inbound = true, .active = true,
		.proto = 6, .far_port = 23, .samples = 2 } };
	peer(&f.flow, "198.18.5.7");
	world_step(w, &f);
}

/* Three windows of contact, whoever tells of them: one contact told three times is one. */
static void
test_c2_needs_three_windows(void **state)
{
	(void)state;
	struct world w = seen_world();
	uint64_t no = says(&w, 1, CLASS_C2_CONTACT, EVIDENCE_TEXT);
	w.now = (w.now / (5 * MSEC_MINUTE) + 1) * 5 * MSEC_MINUTE;
	for (int i = 0; i < 3; i++)
		contact(&w, w.now); /* one window */
	for (int i = 0; i < 3; i++)
		contact(&w, w.now - i * 10 * MSEC_MINUTE); /* one telling */
	msec first = w.now;
	w.now += 5 * MSEC_MINUTE;
	contact(&w, first); /* the same contact again */
	w.now += 5 * MSEC_MINUTE;
	contact(&w, first);
	assert_int_equal(world_case(&w, no).verified_times, 0);
	contact(&w, w.now);
	assert_int_equal(world_case(&w, no).verified_times, 0);
	w.now += 5 * MSEC_MINUTE;
	contact(&w, w.now);
	assert_int_equal(world_case(&w, no).verified_times, 1);
	struct order o = filter_of(&w, no); /* towards the controller alone */
	assert_int_equal(o.port, 23);
	assert_int_equal(o.peer.len, 32);
	world_free(&w);
}

/* After a contact own flows are asked again, window by window, without any new report. */
static void
test_c2_is_followed(void **state)
{
	(void)state;
	struct world w = seen_world();
	uint64_t no = says(&w, 1, CLASS_C2_CONTACT, EVIDENCE_TEXT);
	assert_int_equal(w.asks, 1);
	contact(&w, w.now);
	for (int i = 0; i < 2; i++) {
		world_wait(&w, 5 * MSEC_MINUTE + 1);
		assert_int_equal(w.asks, 2 + i);
		struct flow_seen f = at_work(23);
		f.answered_inbound = true;
		peer(&f, "198.18.5.7");
		world_flows(&w, f);
	}
	assert_int_equal(world_case(&w, no).verified_times, 1);
	world_free(&w);
	w = seen_world(); /* nothing more to see: it ends by itself */
	says(&w, 1, CLASS_C2_CONTACT, EVIDENCE_TEXT);
	contact(&w, w.now);
	world_wait(&w, MSEC_DAY);
	assert_in_range(w.asks, 10, 30);
	unsigned asks = w.asks;
	world_wait(&w, MSEC_DAY);
	assert_int_equal(w.asks, asks);
	world_free(&w);
}

static uint64_t
filtered(struct world *w)
{
	uint64_t no = says(w, 1, CLASS_SCANNER, EVIDENCE_TEXT);
	world_flows(w, at_work(23));
	assert_int_equal(w->orders[RUNG_FILTER], 1);
	msec end = filter_of(w, no).expiry;
	unsigned asks = w->asks;
	world_wait(w, end - w->now + 1);
	assert_int_equal(world_case(w, no).state, CASE_RECHECK);
	assert_int_equal(w->asks, asks + 1);
	return no;
}

/* At the end of an order own flows are asked: at work means again, quiet twice means better. */
static void
test_recheck_by_flows(void **state)
{
	(void)state;
	struct world w = seen_world();
	uint64_t no = filtered(&w);
	world_flows(&w, at_work(2323));
	assert_int_equal(world_case(&w, no).state, CASE_ACTED);
	assert_int_equal(filter_of(&w, no).port, 2323); /* as it is now */
	world_free(&w);

	w = seen_world();
	no = filtered(&w);
	world_flows(&w, (struct flow_seen){ .covered = true });
	world_flows(&w, (struct flow_seen){ .covered = true });
	assert_int_equal(world_case(&w, no).state, CASE_RECHECK); /* a filter held it until now */
	unsigned asks = w.asks;
	world_restart(&w);
	world_wait(&w, MSEC_HOUR + 1);
	assert_int_equal(w.asks, asks + 1);
	world_flows(&w, (struct flow_seen){ .covered = true });
	assert_int_equal(world_case(&w, no).state, CASE_PROBATION);
	world_free(&w);
}

/* What a filter would name is of one case's life: a relapse that names nothing is not shut there. */
static void
test_scope_ends_with_the_case(void **state)
{
	(void)state;
	struct world w = seen_world();
	uint64_t no = filtered(&w);
	world_flows(&w, (struct flow_seen){ .covered = true });
	world_wait(&w, MSEC_HOUR + 1);
	world_flows(&w, (struct flow_seen){ .covered = true });
	world_wait(&w, 15 * MSEC_DAY);
	assert_int_equal(world_case(&w, no).state, CASE_CLOSED);
	assert_int_equal(says(&w, 1, CLASS_SCANNER, EVIDENCE_TEXT), no);
	world_flows(&w, at_work(0));
	assert_int_equal(world_case(&w, no).state, CASE_ACTED);
	assert_int_equal(filter_of(&w, no).no, 0);
	world_free(&w);
}

/* A collector that cannot see the line proves nothing: it stays with the desk. */
static void
test_recheck_unheard(void **state)
{
	(void)state;
	struct world w = seen_world();
	uint64_t no = filtered(&w);
	for (int i = 0; i < 4; i++) {
		if (i % 2)
			world_flows(&w, (struct flow_seen){ .covered = false });
		world_wait(&w, MSEC_HOUR + 1);
	}
	assert_int_equal(world_case(&w, no).state, CASE_RECHECK);
	assert_true(case_by_no(w.judge, no)->rechecks >= 3);
	world_flows(&w, at_work(23));
	assert_int_equal(world_case(&w, no).state, CASE_ACTED);
	world_free(&w);
}

/* Whoever claims an exchange with an address nobody uses, on two days, as flows say. */
static void
test_canaries_by_flows(void **state)
{
	(void)state;
	for (int row = 0; row < 6; row++) {
		struct world w = seen_world();
		world_prefix(w.policy, "192.0.2.250", row == 4 ? KIND_CRITICAL : KIND_CANARY, "");
		for (int day = 0; day < 2; day++) {
			struct report r = report_of(1, "192.0.2.250", EVIDENCE_STRONG);
			r.event = w.now;
			r.two_way_claim = row != 1;
			if (row != 5 || day == 0) /* 5: one report, asked about again */
				world_report(&w, &r);
			world_flows(&w, (struct flow_seen){ .covered = row != 2,
				.answered_inbound = row == 3 });
			world_flows(&w, (struct flow_seen){ .covered = row != 2,
				.answered_inbound = row == 3 });
			world_wait(&w, MSEC_DAY);
		}
		assert_int_equal(w.events[EVENT_DEBIT], row == 0);
		assert_int_equal(w.looks[0] + w.orders[RUNG_TICKET], 0);
		world_free(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_report_asks),
		cmocka_unit_test(test_flows_verify_with_a_scope),
		cmocka_unit_test(test_scope_is_never_wide),
		cmocka_unit_test(test_few_samples_never_act),
		cmocka_unit_test(test_early_findings_only_stand_in_the_log),
		cmocka_unit_test(test_never_touch_the_far_side),
		cmocka_unit_test(test_weak_own_findings_open_nothing),
		cmocka_unit_test(test_framed_is_no_ticket),
		cmocka_unit_test(test_own_sensors_group),
		cmocka_unit_test(test_own_findings_alone_are_a_ticket),
		cmocka_unit_test(test_silence_costs_nobody_rank),
		cmocka_unit_test(test_an_answer_must_reach_back),
		cmocka_unit_test(test_two_sensors_disagree),
		cmocka_unit_test(test_c2_needs_three_windows),
		cmocka_unit_test(test_c2_is_followed),
		cmocka_unit_test(test_recheck_by_flows),
		cmocka_unit_test(test_scope_ends_with_the_case),
		cmocka_unit_test(test_recheck_unheard),
		cmocka_unit_test(test_canaries_by_flows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
