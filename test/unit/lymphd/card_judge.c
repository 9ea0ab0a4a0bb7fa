/* SPDX-License-Identifier: BSD-2-Clause */
/* See card_judge.h. Nothing here decides anything: every answer is the same, whatever was asked before. */
#include "card_judge.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "act/act.h"
#include "judge/outcome_word.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_pgp.h"

struct card card;

static struct view_case
case_of(uint64_t no)
{
	struct view_case v = { .no = no,
		.state = CASE_ACTED,
		.cls = CLASS_OPEN_PROXY,
		.port = 3128,
		.line = "C-1001",
		.kind = KIND_RESIDENTIAL,
		.party = "Example Access",
		.opened = T0,
		.last_report = T0,
		.last_look = T0 + 2000,
		.verified_at = T0 + 2000,
		.next = T0 + MSEC_HOUR,
		.reports = 1,
		.verified_times = 1,
		.k = 1,
		.rung = RUNG_FILTER,
		.score = Q32(905, 1000) };
	addr_parse(no == 1 ? "192.0.2.1" : "192.0.2.7", 9, &v.target);
	v.subject = prefix_of(&v.target, 32);
	v.last_verdict[0] = VERDICT_OPEN;
	v.last_look_at[0] = T0 + 2000;
	return v;
}

bool
view_case(const struct judge *j, uint64_t no, msec now, struct view_case *ret)
{
	(void)j, (void)now;
	if (no != 1 && no != 2)
		return false;
	*ret = case_of(no);
	return true;
}

bool
view_case_next(const struct judge *j, uint64_t *no, msec now, struct view_case *ret)
{
	if (*no == 0)
		*no = 1;
	return view_case(j, *no, now, ret) && (*no)++ < 3;
}

bool
view_case_of(
    const struct judge *j, const struct addr *a, uint64_t *no, msec now, struct view_case *ret)
{
	struct addr one;
	addr_parse("192.0.2.1", 9, &one);
	return addr_eq(a, &one) && *no == 0 && view_case_next(j, no, now, ret);
}

void
view_score(const struct judge *j, uint64_t case_no, msec now, struct view_score *ret)
{
	(void)j, (void)case_no, (void)now;
	*ret = (struct view_score){ .score = Q32(905, 1000),
		.pool = Q32(5, 100),
		.pool_raw = Q32(12, 100),
		.pool_keys = 1,
		.pool_reports = 1,
		.groups = 1,
		.shown = 2 };
	ret->group[0] = (struct view_group){ .own_probe = true,
		.standing = STANDING_OWN,
		.reports = 1,
		.keys = 1,
		.t = Q32(9, 10),
		.e = Q32_ONE,
		.d = Q32_ONE,
		.w = Q32(9, 10),
		.evidence = EVIDENCE_STRONG,
		.event = T0 + 2000,
		.arrival = T0 + 2000,
		.seq = 3 };
	ret->group[1] = (struct view_group){ .key = { { 1, 2, 3 } },
		.pooled = true,
		.reports = 1,
		.keys = 1,
		.sender = "shop\xff\033[31m.example",
		.t = Q32(2, 10),
		.e = Q32(6, 10),
		.d = Q32_ONE,
		.w = Q32(5, 100),
		.evidence = EVIDENCE_TEXT,
		.event = T0,
		.arrival = T0,
		.seq = 2 };
}

void
view_gates(const struct judge *j, uint64_t case_no, msec now, struct view_gate ret[RUNG_N])
{
	(void)j, (void)case_no, (void)now;
	for (unsigned i = 0; i < RUNG_N; i++)
		ret[i] = (struct view_gate){ i, i < RUNG_QUARANTINE, i < RUNG_QUARANTINE,
			GATE_SCORE | GATE_VERIFIED,
			i < RUNG_QUARANTINE ? 0 : GATE_TWICE | GATE_REACH };
}

static bool
view_reporter_next_one(
    const struct judge *j, const struct key *after, msec now, struct view_reporter *ret)
{
	(void)j, (void)now;
	if (after && after->b[0] >= 9) /* one reporter, whose key is 9, 0, 0 ... */
		return false;
	*ret = (struct view_reporter){ .key = { { 9 } },
		.name = "partner",
		.standing = STANDING_KEY,
		.reports = 4,
		.as = 64500,
		.all_t = Q32(2, 10),
		.delay = MSEC_HOUR };
	return true;
}

bool
view_reporter_of(const struct judge *j, const struct key *key, msec now, struct view_reporter *ret)
{
	struct view_reporter v;
	if (!view_reporter_next_one(j, NULL, now, &v) || key_cmp(&v.key, key) != 0)
		return false;
	*ret = v;
	return true;
}

bool
view_reporter_next(
    const struct judge *j, const struct key *after, msec now, struct view_reporter *ret)
{
	card.walked++;
	if (after && card.flood) {
		view_reporter_next_one(j, NULL, now, ret);
		ret->key = *after;
		for (int i = KEY_BYTES - 1; i >= 0 && ++ret->key.b[i] == 0; i--)
			;
		return true;
	}
	return view_reporter_next_one(j, after, now, ret);
}

bool
view_reporter_named(const struct judge *j, const char *name, msec now, struct view_reporter *ret)
{
	return strcmp(name, "partner") == 0 && view_reporter_next_one(j, NULL, now, ret);
}

bool
view_unknown(const struct judge *j, struct view_unknown *v, size_t n)
{
	(void)j, (void)v;
	return n > 0;
}

bool
view_order_next(const struct judge *j, uint64_t *no, struct order *ret)
{
	(void)j;
	if (*no > 1)
		return false;
	*ret = (struct order){ .no = 1,
		.case_no = 1,
		.rung = RUNG_FILTER,
		.cls = CLASS_OPEN_PROXY,
		.proto = 6,
		.port = 3128,
		.inbound = 1,
		.at = T0,
		.expiry = T0 + MSEC_DAY * 9000,
		.score = Q32(905, 1000),
		.would = true };
	*ret = *ret;
	struct addr a;
	addr_parse("192.0.2.1", 9, &a);
	ret->target = prefix_of(&a, 32);
	*no = 2;
	return true;
}

void
view_totals(const struct judge *j, struct view_totals *ret)
{
	(void)j;
	*ret = (struct view_totals){ .facts = 3, .reports = 1, .cases = 2 };
	ret->by_state[CASE_ACTED] = 2;
}

const char *
event_name(enum event_kind k)
{
	return k == EVENT_LOOK_DONE ? "look-done" : "event";
}

const char *
role_name(enum role_id id)
{
	return id == ROLE_JUDGE ? "judge" : "other";
}

msec
edge_now(struct edge *e)
{
	(void)e;
	return T0 + 5000;
}

int
edge_submit(struct edge *e, struct fact *f)
{
	(void)e;
	assert_int_equal(f->kind, FACT_REPORTER);
	card.submitted = f->reporter;
	card.submits++;
	return 0;
}

int
keys_look(struct edge *e, const void *file, size_t n, keys_cb *cb, void *arg)
{
	(void)e, (void)file, (void)n, (void)cb, (void)arg;
	return -ENOTCONN;
}

int
keys_enrol(struct edge *e, const struct msg_verified *a, const void *key, size_t n,
    struct reporter_set *s)
{
	(void)e, (void)a, (void)key, (void)n, (void)s;
	return -EDQUOT;
}

int
keys_remove(struct edge *e, struct reporter_set *s)
{
	(void)e, (void)s;
	return -ENOENT;
}

void
keys_follow(struct edge *e, const struct key *key)
{
	(void)e, (void)key;
}

const char *
keys_fingerprint(const struct edge *e, const struct key *key)
{
	(void)e, (void)key;
	return NULL;
}

bool
keys_admitted(const struct edge *e, const struct key *key, struct key *by, msec *until)
{
	(void)e, (void)key, (void)by, (void)until;
	return false;
}

static struct msg_mode word;
static struct carry_state carried = { .state = CARRY_IN, .counted = true, .packets = 7, .bytes = 420 };

bool
view_protected(const struct judge *j, const struct addr *a)
{
	struct addr commanded;
	(void)j;
	return addr_parse("192.0.2.77", 10, &commanded) == 0 && addr_cmp(a, &commanded) == 0;
}

bool
view_order(const struct judge *j, uint64_t no, struct order *ret, bool *standing)
{
	uint64_t one = 0;
	if (no != 1)
		return false;
	*standing = true;
	return view_order_next(j, &one, ret);
}

bool
view_order_of(const struct judge *j, uint64_t case_no, uint64_t *no, struct order *ret, bool *standing)
{
	*standing = true;
	return case_no == 1 && view_order_next(j, no, ret);
}

bool
view_standing_next(const struct judge *j, uint64_t *no, struct order *ret)
{
	return view_order_next(j, no, ret);
}

void
view_desk(const struct judge *j, struct view_desk *ret)
{
	(void)j;
	*ret = (struct view_desk){ .standing = 1, .would = 1 };
}

uint8_t
view_releases(const struct judge *j, uint64_t case_no)
{
	struct view_case v;
	uint8_t rungs = 0;
	for (int r = 0; view_case(j, case_no, T0, &v) && r < RUNG_N; r++)
		rungs |= v.order[r] ? (uint8_t)(1u << r) : 0;
	return rungs;
}

bool
view_approvable(const struct judge *j, uint64_t no, msec now, uint32_t *missing)
{
	(void)j, (void)no, (void)now;
	*missing = 0;
	return true;
}

int
view_mergeable(const struct judge *j, uint64_t case_no, uint64_t into)
{
	(void)j, (void)case_no, (void)into;
	return 0;
}

bool
judge_pending(const struct judge *j, size_t *it, struct look *ret)
{
	(void)j, (void)it, (void)ret;
	return false;
}

int
edge_begin(struct edge *e)
{
	return store_begin(e->store);
}

int
edge_fact(struct edge *e, struct fact *f, const struct store_body *body, uint64_t *case_no, uint64_t *seq)
{
	(void)case_no, (void)seq;
	assert_true(card.desks < 8);
	card.desk[card.desks++] = *f;
	return store_fact(e->store, f, body, &f->seq);
}

int
edge_commit(struct edge *e)
{
	return store_commit(e->store);
}

void
edge_abort(struct edge *e)
{
	store_rollback(e->store);
}

void
edge_settled(struct edge *e)
{
	(void)e;
}

void
word_audit(struct edge *e, uint32_t roles)
{
	(void)e;
	assert_true(roles);
	card.audits++;
}

bool
word_may(const struct edge *e)
{
	(void)e;
	return word.may;
}

bool
word_paused(struct edge *e)
{
	(void)e;
	return false;
}

const struct conscience *
word_conscience_now(const struct edge *e)
{
	(void)e;
	return NULL;
}

const struct msg_mode *
word_mode_now(const struct edge *e)
{
	(void)e;
	return &word;
}

void
orders_state(const struct edge *e, uint64_t no, struct carry_state *ret)
{
	(void)e;
	*ret = no == 1 ? carried : (struct carry_state){ 0 };
}

enum act_rule
orders_ask(struct edge *e, const struct order *o)
{
	(void)e, (void)o;
	return RULE_NONE;
}

void
orders_totals(const struct edge *e, struct orders_totals *ret)
{
	(void)e;
	*ret = (struct orders_totals){ .heard = 1, .hand = { .desired = 4, .actual = 3, .compared = 1,
		.held = 1u << SET_QUAR6 } };
	ret->refused_by[RULE_NEVER] = 2;
}

uint32_t
orders_took(const struct edge *e, unsigned percent)
{
	(void)e;
	return percent;
}

void
orders_pump(struct edge *e)
{
	(void)e;
}

struct key
outcomes_key(const struct edge *e)
{
	(void)e;
	return (struct key){ .b = { 7 } };
}

const char *
outcome_word_name(enum outcome_word w)
{
	(void)w;
	return "";
}

struct reply_totals
reply_totals(const struct edge *e)
{
	(void)e;
	return (struct reply_totals){ .wishes = 1 };
}

struct room_state
room_state(const struct edge *e)
{
	(void)e;
	return (struct room_state){ .most = 100 };
}

void
hooked_totals(const struct edge *e, uint64_t *length, uint64_t *failed)
{
	(void)e;
	*length = *failed = 0;
}
