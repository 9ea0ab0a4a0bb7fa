/* SPDX-License-Identifier: BSD-2-Clause */
/* The control socket, with a judge made of cardboard and the store in memory: what comes in must be
 * one line of JSON, what comes out one document; strangers' bytes come out as text. */
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "act/act.h"
#include "judge/outcome_word.h"
#include "lymphd/edge_answers.h"
#include "lymphd/control.h"
#include "lymphd/edge_mail.h"
#include "lymphd/edge_pgp.h"
#include "no_flows.h"
#include "no_grants.h"
#include "no_door.h"
#include "no_keep.h"
#include "no_whose.h"
#include "no_speak.h"

#define T0 INT64_C(1795312800000) /* 2026-11-22T02:00:00Z */

#define REPORTS 70 /* of case 1: more than are shown */

/* --- the cardboard judge: two cases about 192.0.2.1 and .7, one order, one reporter ------------- */

static struct reporter_set submitted;
static unsigned submits;

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

/* No mails here: edge_mail_test has them. */
const struct mail_row *
mails_row(const struct edge *e, uint64_t no)
{
	(void)e, (void)no;
	return NULL;
}

const struct mail_row *
mails_next(const struct edge *e, uint64_t no, enum tray t, enum mail_state s)
{
	(void)e, (void)no, (void)t, (void)s;
	return NULL;
}

struct mail_tray_sum
mails_tray(const struct edge *e, enum tray t, msec now)
{
	(void)e, (void)t, (void)now;
	return (struct mail_tray_sum){ 0 };
}

int
mails_head(struct edge *e, uint64_t no, struct mail_head *ret)
{
	(void)e, (void)no, (void)ret;
	return -ENOENT;
}

int
mails_body(struct edge *e, uint64_t no, uint64_t at, void *buf, size_t most, size_t *ret_n, size_t *size)
{
	(void)e, (void)no, (void)at, (void)buf, (void)most, (void)ret_n, (void)size;
	return -ENOENT;
}

int
mails_act(struct edge *e, uint64_t no, enum desk_verb verb, enum tray to, uid_t uid, const char *text)
{
	(void)e, (void)no, (void)verb, (void)to, (void)uid, (void)text;
	return -ENOENT;
}

void
mails_used(const struct edge *e, uint64_t *ret_all, uint64_t *ret_unvouched)
{
	(void)e;
	*ret_all = *ret_unvouched = 0;
}

static unsigned walked;
static bool flood; /* of keys: the list has no end */

bool
view_reporter_next(
    const struct judge *j, const struct key *after, msec now, struct view_reporter *ret)
{
	walked++;
	if (after && flood) {
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
	submitted = f->reporter;
	submits++;
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
static struct fact desk[8];
static size_t desks, audits;

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
	assert_true(desks < 8);
	desk[desks++] = *f;
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

int
edge_end(struct edge *e, int r)
{
	if (r == 0)
		r = edge_commit(e);
	if (r < 0)
		edge_abort(e);
	return r;
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
	audits++;
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

/* --- a client ------------------------------------------------------------------------------------ */

static struct edge edge;
static struct role_ctx ctx;
static struct sockaddr_un at = { .sun_family = AF_UNIX };

struct client {
	char *got;
	size_t n;
};

static void
on_answer(int fd, int ready, void *arg)
{
	struct client *c = arg;
	(void)ready;
	c->got = realloc(c->got, c->n + 4097);
	ssize_t n = read(fd, c->got + c->n, 4096);
	if (n > 0)
		c->n += (size_t)n;
	c->got[c->n] = '\0';
	if (n <= 0)
		loop_stop(ctx.loop);
}

static void
on_watchdog(int fd, int ready, void *arg)
{
	(void)fd, (void)ready, (void)arg;
	fail_msg("no answer within 60 s");
}

static json_t *
ask_raw(const char *bytes, size_t n, bool shut)
{
	struct client c = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	size_t sent = 0;
	struct loop_event *dog = loop_timer(ctx.loop, on_watchdog, NULL);
	loop_timer_in(dog, 60 * MSEC_SECOND);
	struct loop_event *e = loop_fd(ctx.loop, fd, LOOP_READ, on_answer, &c);
	while (sent < n) {
		ssize_t w = send(fd, bytes + sent, n - sent, MSG_NOSIGNAL);
		if (w <= 0)
			break;
		sent += (size_t)w;
	}
	if (shut)
		shutdown(fd, SHUT_WR);
	loop_run(ctx.loop);
	loop_drop(e);
	loop_drop(dog);
	close(fd);
	json_t *doc = json_loadb(c.got, c.n, JSON_REJECT_DUPLICATES, NULL);
	if (!doc)
		fail_msg("no JSON: %s", c.got ? c.got : "");
	assert_int_equal(c.got[c.n - 1], '\n');
	free(c.got);
	return doc;
}

static json_t *
ask(const char *line)
{
	return ask_raw(line, strlen(line), true);
}

static const char *
error_code(const json_t *doc)
{
	const char *s = json_string_value(json_object_get(json_object_get(doc, "error"), "code"));
	return s ? s : "";
}

static void
test_bad(void **state)
{
	(void)state;
	static const struct {
		const char *line, *code;
	} bad[] = {
		{ "", "bad-request" },
		{ "\n", "bad-request" },
		{ "{\"cmd\":\"status\",\"cmd\":\"cases\"}\n", "bad-request" },
		{ "[]\n", "bad-request" },
		{ "{\"cmd\":\"fly\"}\n", "bad-request" },
		{ "{\"cmd\":\"why\"}\n", "bad-request" },
		{ "{\"cmd\":\"cases\",\"args\":{\"state\":\"acked\"}}\n", "bad-request" },
		{ "{\"cmd\":\"cases\",\"args\":{\"class\":\"open-prox\"}}\n", "bad-request" },
		{ "{\"cmd\":\"why\",\"args\":[]}\n", "bad-request" },
		{ "{\"cmd\":\"why\",\"args\":{\"address\":\"192.0.2.0/24\"}}\n", "bad-request" },
		{ "{\"cmd\":\"case\",\"args\":{\"case\":3}}\n", "not-found" },
		{ "{\"cmd\":\"case\",\"args\":{\"case\":\"3\"}}\n", "bad-request" },
		{ "{\"cmd\":\"cases\",\"args\":{\"limit\":0}}\n", "bad-request" },
		{ "{\"cmd\":\"cases\",\"args\":{\"limit\":1001}}\n", "bad-request" },
		{ "{\"cmd\":\"reporter-set\",\"args\":{}}\n", "bad-request" },
		{ "{\"cmd\":\"reporter-enrol\",\"args\":{\"name\":\"x\"}}\n", "bad-request" },
		{ "{\"cmd\":\"reporter-enrol\",\"args\":{\"pgp\":\"AAAA\"}}\n", "bad-request" },
		{ "{\"cmd\":\"reporter-enrol\",\"args\":{\"name\":\"x\",\"pgp\":\"A\"}}\n", "bad-request" },
		{ "{\"cmd\":\"reporter-enrol\",\"args\":{\"name\":\"x\",\"pgp\":\"AAAA\"}}\n", "not-there" },
		{ "{\"cmd\":\"reporter-remove\",\"args\":{\"key\":\"nobody\"}}\n", "not-found" },
		{ "{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"nobody\"}}\n", "not-found" },
		{ "{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"pin\":\"0.91\"}}\n",
		    "bad-request" },
		{ "{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"standing\":\"own\"}}"
		  "\n",
		    "bad-request" },
		{ "{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"name\":\"a\\u001b\"}}"
		  "\n",
		    "bad-request" },
		{ "{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"as\":4294967296}}\n",
		    "bad-request" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *doc = ask(bad[i].line);
		if (strcmp(error_code(doc), bad[i].code) != 0)
			fail_msg("%s gives %s, not %s", bad[i].line, error_code(doc), bad[i].code);
		json_decref(doc);
	}
	assert_int_equal(submits, 0);
	/* A request without end is answered when it is full, and costs nobody else anything. */
	char *big = malloc(70000);
	memset(big, ' ', 70000);
	json_t *doc = ask_raw(big, 65536, false);
	assert_string_equal(error_code(doc), "bad-request");
	json_decref(doc);
	free(big);
}

static void
test_shows(void **state)
{
	(void)state;
	json_t *doc = ask("{\"cmd\":\"cases\",\"args\":{\"limit\":1}}\n");
	assert_int_equal(json_array_size(json_object_get(doc, "cases")), 1);
	assert_int_equal(json_integer_value(json_object_get(doc, "next")), 2);
	json_decref(doc);
	doc = ask("{\"cmd\":\"cases\",\"args\":{\"from\":2}}");
	const json_t *c = json_array_get(json_object_get(doc, "cases"), 0);
	assert_int_equal(json_integer_value(json_object_get(c, "case")), 2);
	assert_true(json_is_null(json_object_get(doc, "next")));
	assert_string_equal(
	    json_string_value(json_object_get(c, "opened")), "2026-11-22T02:00:00Z");
	assert_true(json_real_value(json_object_get(c, "score")) == 0.905);
	json_decref(doc);
	for (const char *const *q =
		 (const char *const[]){ "status", "orders", "reporters", "protect", "aside", "exporters", "top", "memory",
			 NULL };
	     *q; q++) {
		char line[64];
		snprintf(line, sizeof(line), "{\"cmd\":\"%s\"}\n", *q);
		doc = ask(line);
		assert_null(json_object_get(doc, "error"));
		json_decref(doc);
	}
}

static void
test_why(void **state)
{
	(void)state;
	json_t *doc = ask("{\"cmd\":\"why\",\"args\":{\"address\":\"192.0.2.1\"}}\n");
	const json_t *c = json_array_get(json_object_get(doc, "cases"), 0);
	const json_t *lines = json_object_get(json_object_get(c, "explained"), "lines");
	assert_int_equal(json_array_size(lines), 2);
	/* Bytes that are no UTF-8 cannot travel in JSON: they come escaped. */
	assert_string_equal(json_string_value(json_object_get(json_array_get(lines, 1), "sender")),
	    "shop\\xff\\x1b[31m.example");
	assert_int_equal(json_array_size(json_object_get(c, "gates")), RUNG_N);
	assert_int_equal(json_array_size(json_object_get(c, "orders")), 1);
	assert_int_equal(json_array_size(json_object_get(c, "looks")), 1);
	assert_true(json_is_true(json_object_get(doc, "own")));
	/* The newest only, and each event finds the report it is about. */
	const json_t *reports = json_object_get(c, "reports_newest"), *ev;
	size_t n = json_array_size(reports), i;
	assert_int_equal(n, 60);
	assert_int_equal(json_integer_value(json_object_get(c, "events_total")), REPORTS + 1);
	json_array_foreach(json_object_get(c, "events"), i, ev)
		assert_int_equal(json_integer_value(json_object_get(ev, "fact")),
		    json_integer_value(json_object_get(json_array_get(reports, i), "fact")));
	assert_int_equal(i, n);
	const json_t *last = json_array_get(reports, n - 1);
	assert_string_equal(json_string_value(json_object_get(last, "name")), "partner");
	json_decref(doc);
	/* Protected by command, which the configuration does not know. */
	doc = ask("{\"cmd\":\"why\",\"args\":{\"address\":\"192.0.2.77\"}}\n");
	assert_true(json_is_true(json_object_get(doc, "protected")));
	json_decref(doc);
	doc = ask("{\"cmd\":\"why\",\"args\":{\"address\":\"203.0.113.1\"}}\n");
	assert_int_equal(json_array_size(json_object_get(doc, "cases")), 0);
	assert_true(json_is_false(json_object_get(doc, "own")));
	json_decref(doc);
}

/* What acts is shown, and staff's word through the socket becomes facts and audit. */
static void
test_acts(void **state)
{
	(void)state;
	json_t *doc = ask("{\"cmd\":\"status\"}\n");
	const json_t *h = json_object_get(doc, "hand");
	assert_true(json_real_value(json_object_get(h, "ratio")) == 0.75);
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(h, "held"), 0)), "quar6");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(h, "refused"),
			     act_rule_name(RULE_NEVER))), 2);
	assert_string_equal(json_string_value(json_object_get(json_object_get(doc, "mode"), "mode")),
	    "observe");
	json_decref(doc);
	doc = ask("{\"cmd\":\"orders\"}\n");
	const json_t *o = json_array_get(json_object_get(doc, "orders"), 0);
	assert_string_equal(json_string_value(json_object_get(o, "state")), "would");
	assert_true(json_is_null(json_object_get(o, "carrier"))); /* none is configured */
	assert_int_equal(json_integer_value(json_object_get(o, "packets")), 7);
	json_decref(doc);
	doc = ask("{\"cmd\":\"plan\"}\n");
	assert_int_equal(json_array_size(json_object_get(doc, "orders")), 1);
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(doc, "counts"), "would")), 1);
	json_decref(doc);
	if (getuid() != 0)
		skip();
	doc = ask("{\"cmd\":\"desk\",\"args\":{\"verb\":\"undo\",\"orders\":[1,2],\"text\":\"x\"}}\n");
	assert_int_equal(json_integer_value(json_object_get(doc, "done")), 1);
	assert_int_equal(json_array_size(json_object_get(doc, "skipped")), 1);
	assert_int_equal(desks, 1);
	assert_int_equal(audits, 1);
	assert_int_equal(desk[0].desk.target, 1);
	assert_int_equal(desk[0].desk.rungs, 1u << RUNG_FILTER);
	assert_int_equal(
	    desk[0].desk.batch, (uint64_t)json_integer_value(json_object_get(doc, "batch")));
	assert_string_equal(desk[0].desk.text, "x");
	json_decref(doc);
}

/* As another user, of no group of staff: neither reads nor changes. The kernel says who asks. */
static void
test_nobody(void **state)
{
	(void)state;
	static const char set[] =
	    "{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"pin\":\"0.5\"}}\n";
	struct client c = { 0 };
	int out[2];
	unsigned before = submits;
	if (getuid() != 0)
		skip();
	assert_int_equal(chmod(at.sun_path, 0666), 0);
	assert_int_equal(pipe(out), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char buf[4096];
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		ssize_t n;
		if (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0 ||
		    connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
			_exit(1);
		/* It is turned away as it connects, maybe before this. */
		if (send(fd, set, sizeof(set) - 1, MSG_NOSIGNAL) < 0 && errno != EPIPE)
			_exit(1);
		while ((n = read(fd, buf, sizeof(buf))) > 0)
			if (write(out[1], buf, (size_t)n) < 0)
				_exit(1);
		_exit(0);
	}
	close(out[1]);
	struct loop_event *dog = loop_timer(ctx.loop, on_watchdog, NULL);
	struct loop_event *e = loop_fd(ctx.loop, out[0], LOOP_READ, on_answer, &c);
	loop_timer_in(dog, 60 * MSEC_SECOND);
	loop_run(ctx.loop);
	loop_drop(e);
	loop_drop(dog);
	close(out[0]);
	waitpid(pid, NULL, 0);
	assert_non_null(strstr(c.got, "\"not-allowed\""));
	assert_int_equal(submits, before);
	free(c.got);
}

static void
test_set(void **state)
{
	(void)state;
	/* What is not said stays as it was; the caller's uid is in the fact. */
	json_t *doc =
	    ask("{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"pin\":\"0.90\"}}\n");
	if (getuid() != 0) {
		assert_string_equal(error_code(doc), "not-allowed");
		json_decref(doc);
		skip();
	}
	assert_int_equal(submits, 1);
	assert_string_equal(submitted.name, "partner");
	assert_true(submitted.pinned && submitted.pin == Q32(9, 10));
	assert_int_equal(submitted.delay, MSEC_HOUR);
	assert_int_equal(submitted.as, 64500);
	assert_int_equal(submitted.uid, getuid());
	json_decref(doc);
	doc = ask("{\"cmd\":\"reporter-set\",\"args\":{\"key\":"
		  "\"0101010101010101010101010101010101010101010101010101010101010101\","
		  "\"name\":\"partner\"}}\n");
	assert_string_equal(error_code(doc), "exists");
	json_decref(doc);
	doc = ask("{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"as\":4294967295}}\n");
	assert_int_equal(submitted.as, 4294967295);
	json_decref(doc);
}

/* However many keys strangers made: a name costs nothing, a fingerprint is looked for only so far. */
static void
test_flood(void **state)
{
	(void)state;
	unsigned before = submits;
	if (getuid() != 0)
		skip();
	flood = true;
	walked = 0;
	json_t *doc = ask("{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"SHA256:nobody\"}}\n");
	flood = false;
	assert_string_equal(error_code(doc), "too-much");
	assert_int_equal(submits, before);
	assert_in_range(walked, WALK_MOST, WALK_MOST + 2);
	json_decref(doc);
	walked = 0;
	json_decref(ask("{\"cmd\":\"reporter-set\",\"args\":{\"key\":\"partner\",\"pin\":\"0.5\"}}\n"));
	assert_int_equal(submits, before + 1);
	assert_int_equal(walked, 0); /* what it became is found straight */
}

#define VIEWERS 64912 /* group */

/* As this uid, of no role but the viewer's: idle connections, held until the other end is closed. */
static pid_t
hold(uid_t uid, int n, const int ready[2], const int until[2])
{
	pid_t pid = fork();
	char c;
	if (pid)
		return pid;
	close(until[1]);
	if (setgroups(0, NULL) < 0 || setgid(VIEWERS) < 0 || setuid(uid) < 0)
		_exit(1);
	for (int i = 0; i < n; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
			_exit(1);
	}
	_exit(write(ready[1], "x", 1) == 1 && read(until[0], &c, 1) == 0 ? 0 : 1);
}

/* Viewers hold all they can get and ask for nothing: everybody else is answered at once. */
static void
test_holders(void **state)
{
	(void)state;
	int ready[2], until[2], status, in = 0;
	pid_t pid[6];
	char c;
	if (getuid() != 0)
		skip();
	assert_int_equal(chmod(at.sun_path, 0666), 0);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(until), 0);
	for (int i = 0; i < 6; i++)
		pid[i] = hold(64900 + (uid_t)(i % 5), 10, ready, until);
	while (in < 6) { /* they get in while the loop runs; together they fit the backlog */
		struct pollfd p = { .fd = ready[0], .events = POLLIN };
		json_t *doc = ask("{\"cmd\":\"status\"}\n");
		assert_null(json_object_get(doc, "error"));
		json_decref(doc);
		in += poll(&p, 1, 10) == 1 && read(ready[0], &c, 1) == 1;
	}
	json_t *doc = ask("{\"cmd\":\"status\"}\n");
	assert_null(json_object_get(doc, "error"));
	json_decref(doc);
	close(until[1]);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	close(until[0]);
	close(ready[0]);
	close(ready[1]);
}

/* More callers than there are places: all are answered, one after another. */
static void
test_crowd(void **state)
{
	(void)state;
	int idle[40];
	for (int i = 0; i < 40; i++) {
		idle[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		assert_int_equal(connect(idle[i], (struct sockaddr *)&at, sizeof(at)), 0);
	}
	for (int i = 0; i < 40; i++)
		shutdown(idle[i], SHUT_WR);
	json_t *doc = ask("{\"cmd\":\"status\"}\n");
	assert_null(json_object_get(doc, "error"));
	json_decref(doc);
	for (int i = 0; i < 40; i++)
		close(idle[i]);
}

static int
start(void **state)
{
	(void)state;
	static const char text[] = "name = desk.example.net\n"
				   "staff { viewer = \"64912\" }\n"
				   "prefix \"192.0.2.0/24\" { kind = residential }\n"
				   "telemetry { listen = \"127.0.0.1:2055\" }\n"
				   "exporter \"198.51.100.1\" { name = \"edge1\" sampling = 1000 }\n";
	char why[256];
	struct conf *conf;
	struct fact look = { .kind = FACT_LOOK,
		.at = T0,
		.look = { .no = 1,
		    .cls = CLASS_OPEN_PROXY,
		    .port = 3128,
		    .verdict = VERDICT_OPEN,
		    .method = PROBE_HTTP_CONNECT,
		    .began = T0,
		    .ended = T0 + 2000 } };
	uint64_t seq;
	assert_int_equal(conf_parse("t", text, sizeof(text) - 1, &conf, why, sizeof(why)), 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "/tmp/lymph-control-%d.sock", (int)getpid());
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 64), 0);
	ctx = (struct role_ctx){ .loop = loop_new(), .conf = conf, .listens = 1 };
	ctx.listen[0].fd = fd;
	ctx.listen[0].kind = LISTEN_CONTROL;
	edge.c = &ctx;
	assert_int_equal(store_ram_open(&edge.store), 0);
	addr_parse("192.0.2.1", 9, &look.look.target);
	assert_int_equal(store_begin(edge.store), 0);
	assert_int_equal(store_fact(edge.store, &look, NULL, &seq), 0);
	struct store_event ev = { .seq = seq,
		.case_no = 1,
		.a = 1,
		.at = T0 + 2000,
		.kind = EVENT_LOOK_DONE,
		.b = VERDICT_OPEN };
	assert_int_equal(store_event(edge.store, &ev), 0);
	for (unsigned i = 0; i < REPORTS; i++) {
		struct fact r = { .kind = FACT_REPORT,
			.at = T0 + 3000,
			.report = { .key = { { 9 } }, .id = { (uint8_t)i }, .cls = CLASS_OPEN_PROXY } };
		r.report.subject = look.look.target;
		assert_int_equal(store_fact(edge.store, &r, NULL, &seq), 0);
		ev = (struct store_event){ .seq = seq,
			.case_no = 1,
			.a = seq,
			.at = r.at,
			.kind = EVENT_REPORT,
			.q = Q32(5, 100) };
		assert_int_equal(store_event(edge.store, &ev), 0);
	}
	assert_int_equal(store_commit(edge.store), 0);
	control_init(&ctx);
	control_start(&edge);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	unlink(at.sun_path);
	store_close(edge.store);
	conf_free((struct conf *)ctx.conf);
	return 0;
}

/* A command that has to ask another role: the answer comes when that one has spoken, and to nobody else. */
static void
on_kept_now(int fd, int ready, void *arg)
{
	struct flow f = { .src = { .fam = 4, .b = { 192, 0, 2, 1 } }, .dst = { .fam = 4, .b = { 203, 0, 113, 5 } },
		.proto = 6, .dport = 23, .sport = 40000, .bits = FLOW_FLAGS, .tcp_flags = TCP_SYN, .packets = 1,
		.bytes = 40, .sampling = 1000, .first = T0, .last = T0 };
	const int *err = arg;
	(void)fd, (void)ready;
	control_later(4711, 0, json_object(), ""); /* nobody has that ticket */
	kept_asked(&edge, kept_arg, &f, *err ? 0 : 1, true, *err);
}

static json_t *
ask_flows(const char *who, int err, bool shut)
{
	char line[128];
	struct loop_event *later = loop_timer(ctx.loop, on_kept_now, &err);
	loop_timer_in(later, 50);
	snprintf(line, sizeof(line), "{\"cmd\":\"flows\",\"args\":{\"address\":\"%s\"}}\n", who);
	json_t *doc = ask_raw(line, strlen(line), shut);
	loop_drop(later);
	return doc;
}

static void
test_later(void **state)
{
	(void)state;
	for (int shut = 0; shut < 2; shut++) { /* who has closed its half waits like everybody */
		json_t *doc = ask_flows("192.0.2.1", 0, shut);
		const json_t *f = json_array_get(json_object_get(doc, "flows"), 0);
		assert_string_equal(json_string_value(json_object_get(f, "dst")), "203.0.113.5");
		assert_string_equal(json_string_value(json_object_get(f, "exporter")), "edge1");
		assert_string_equal(json_string_value(json_object_get(f, "flags")), "S");
		json_decref(doc);
	}
	json_t *doc = ask_flows("C-1001", 0, true); /* a line by the name its case has */
	assert_int_equal(json_array_size(json_object_get(doc, "flows")), 1);
	json_decref(doc);
	doc = ask_flows("192.0.2.1", -ETIMEDOUT, true);
	assert_string_equal(error_code(doc), "no-answer");
	json_decref(doc);
	static const struct {
		const char *who, *code;
		int says;
	} refused[] = { { "203.0.113.9", "not-found", 0 }, { "C-9999", "not-found", 0 },
		{ "192.0.2.1", "not-there", -ENOTCONN }, { "192.0.2.1", "busy", -EBUSY } };
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char line[128];
		kept_says = refused[i].says;
		snprintf(line, sizeof(line), "{\"cmd\":\"flows\",\"args\":{\"address\":\"%s\"}}\n", refused[i].who);
		doc = ask(line);
		assert_string_equal(error_code(doc), refused[i].code);
		json_decref(doc);
	}
	kept_says = 0;
	/* Who goes away before the answer costs nothing, and its place is free again. */
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	const char *line = "{\"cmd\":\"flows\",\"args\":{\"address\":\"192.0.2.1\"}}\n";
	kept_asked = NULL;
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(send(fd, line, strlen(line), 0), (ssize_t)strlen(line));
	json_decref(ask("{\"cmd\":\"status\"}\n"));
	assert_non_null(kept_asked);
	close(fd);
	kept_asked(&edge, kept_arg, NULL, 0, true, 0);
	doc = ask("{\"cmd\":\"exporters\"}\n");
	const json_t *x = json_array_get(json_object_get(doc, "exporters"), 0);
	assert_string_equal(json_string_value(json_object_get(x, "exporter")), "edge1");
	assert_int_equal(json_integer_value(json_object_get(x, "sampling")), 1000);
	assert_true(json_is_null(json_object_get(x, "last_seen")));
	json_decref(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_shows),
		cmocka_unit_test(test_acts),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_holders),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_later),
	};
	return cmocka_run_group_tests_name("control", tests, start, stop);
}
