/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge's key store at its channels: a verify and a hear-reports played by the test, the real judge
 * and the real store. What verify did not find good is not kept; what is kept, is given out, survives a
 * restart and goes when it is taken away; a statement holds as long as it says and no longer.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "lymphd/edge_keep.h"
#include "lymphd/edge_pgp.h"
#include "wire/claim.h"
#include "wire/sshsig.h"
#include "wire/statement.h"

#include "judge_peers.h"

#define FPR_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA00000001"
#define FPR_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB00000002"

static struct {
	struct chan *verify, *hear; /* the test's ends */
	struct msg_verify asked;
	unsigned asks, gets, answers, said, silences;
	size_t asked_n;
	struct msg_pgp_key given;
	char key[64];
	size_t key_n;
	struct msg_statement_answer answer;
	int enrolled;
} t;

static void
from_judge(struct chan *c, struct chan_msg *m, void *arg)
{
	const void *p;
	(void)c, (void)arg;
	if (m->type == M_VERIFY) {
		t.asked = *(const struct msg_verify *)m->body;
		t.asks++;
		assert_int_equal(seal_map(m->fd, VERIFY_BYTES, &p, &t.asked_n), 0);
		seal_unmap(p, t.asked_n);
		chan_grant(t.verify, 1, sizeof(t.asked));
	} else if (m->type == M_PGP_KEY) {
		t.given = *(const struct msg_pgp_key *)m->body;
		t.key_n = m->tail_len < sizeof(t.key) ? m->tail_len : sizeof(t.key);
		memcpy(t.key, m->tail, t.key_n);
		t.gets++;
	} else if (m->type == M_STATEMENT_ANSWER) {
		t.answer = *(const struct msg_statement_answer *)m->body;
		t.answers++;
	}
	if (m->fd >= 0)
		close(m->fd);
}

static void
live(void)
{
	set_judge("");
	t.verify = connect_role(ROLE_VERIFY, from_judge);
	t.hear = connect_role(ROLE_HEAR_REPORTS, from_judge);
	chan_grant(t.verify, 16, 65536);
	UNTIL(chan_may_send(t.hear, 20000) && chan_may_send(set.ctx.peer[ROLE_VERIFY], sizeof(struct msg_verify)));
}

static int
set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	return judge_up("keys", live);
}

static struct msg_verified
verified(const char *fpr, uint8_t id)
{
	struct msg_verified a = { .ticket = t.asked.ticket, .result = VERIFIED_GOOD, .ids = 2 };
	snprintf(a.fingerprint, sizeof(a.fingerprint), "%s", fpr);
	memset(a.id[0], id, PGP_ID);
	memset(a.id[1], id + 1, PGP_ID);
	return a;
}

static void
say(const struct msg_verified *a, const char *bytes)
{
	int fd = -1;
	if (bytes)
		assert_int_equal(seal_make("t", bytes, strlen(bytes), &fd), 0);
	assert_int_equal(chan_send(t.verify, M_VERIFIED, a, NULL, 0, fd), 0);
	if (fd >= 0)
		close(fd);
}

static void
on_look(struct edge *e, void *arg, const struct msg_verified *a, const void *key, size_t n)
{
	struct reporter_set *s = arg;
	t.said++;
	t.silences += !a;
	t.enrolled = a && a->result == VERIFIED_GOOD && key ? keys_enrol(e, a, key, n, s) : -ENOKEY;
}

/* What came of enrolling the key fpr, whose ids are id and id + 1. */
static int
enrol(const char *fpr, uint8_t id, const char *name, enum standing st)
{
	static struct reporter_set s;
	unsigned said = t.said, asks = t.asks;
	s = (struct reporter_set){ .standing = (uint8_t)st };
	snprintf(s.name, sizeof(s.name), "%s", name);
	snprintf(s.org, sizeof(s.org), "%s Org", name);
	assert_int_equal(keys_look(edge(), "file", 4, on_look, &s), 0);
	UNTIL(t.asks == asks + 1);
	assert_int_equal(t.asked.key, 1);
	assert_int_equal(t.asked_n, 4);
	struct msg_verified a = verified(fpr, id);
	say(&a, name);
	UNTIL(t.said == said + 1);
	return t.enrolled;
}

/* The key for that id, or "". */
static const char *
get(uint8_t id)
{
	struct msg_pgp_key_get m = { .ticket = 7, .n = 2 };
	unsigned gets = t.gets;
	memset(m.id[0], 0x77, PGP_ID); /* of nobody */
	memset(m.id[1], id, PGP_ID);
	memset(t.key, 0, sizeof(t.key));
	assert_int_equal(chan_send(t.verify, M_PGP_KEY_GET, &m, NULL, 0, -1), 0);
	UNTIL(t.gets == gets + 1);
	assert_int_equal(t.given.ticket, 7);
	assert_int_equal(t.given.found, t.key_n > 0);
	return t.key;
}

static struct key
stands(const char *fpr)
{
	struct identity i;
	assert_true(identity_make(IDENTITY_PGP, fpr, &i));
	return identity_key(&i);
}

static struct view_reporter
reporter(const struct key *key)
{
	struct view_reporter v = { .standing = STANDING_N };
	view_reporter_of(edge()->judge, key, clock_real(), &v);
	return v;
}

static void
test_enrol(void **state)
{
	struct key a = stands(FPR_A), b = stands(FPR_B);
	(void)state;
	assert_string_equal(get(1), "");
	assert_int_equal(enrol(FPR_A, 1, "alpha", STANDING_NETWORK), 0);
	assert_string_equal(get(1), "alpha");
	assert_string_equal(get(2), "alpha"); /* by its subkey's id */
	assert_string_equal(get(3), "");
	assert_int_equal(reporter(&a).standing, STANDING_NETWORK);
	assert_string_equal(keys_fingerprint(edge(), &a), FPR_A);
	assert_null(keys_fingerprint(edge(), &b));
	assert_int_equal(enrol(FPR_B, 2, "thief", STANDING_ORG), -EEXIST); /* one id is alpha's */
	assert_string_equal(get(2), "alpha");
	assert_int_equal(reporter(&b).standing, STANDING_N);
	assert_int_equal(enrol(FPR_B, 5, "beta", STANDING_ORG), 0);
	assert_int_equal(enrol(FPR_A, 8, "alpha2", STANDING_ORG), 0); /* renewed, with other subkeys */
	assert_string_equal(get(1), "");
	assert_string_equal(get(8), "alpha2");
	judge_die();
	live();
	assert_string_equal(get(8), "alpha2");
	assert_string_equal(get(5), "beta");
	struct reporter_set s = { .key = a };
	assert_int_equal(keys_remove(edge(), &s), 0);
	assert_int_equal(keys_remove(edge(), &s), -ENOENT);
	assert_string_equal(get(8), "");
	assert_int_equal(reporter(&a).standing, STANDING_KEY);
	assert_string_equal(reporter(&a).name, "");
	judge_die();
	live();
	assert_string_equal(get(8), "");
	assert_string_equal(get(5), "beta");
}

/* verify lies, or says nothing. */
static void
test_lies(void **state)
{
	struct reporter_set s = { .name = "x" };
	(void)state;
	assert_int_equal(keys_look(edge(), "file", 4, on_look, &s), 0);
	UNTIL(t.asks == 1);
	struct msg_verified a = verified(FPR_A, 1);
	memset(a.fingerprint, 'A', sizeof(a.fingerprint));
	say(&a, "k");
	a = verified("../../../etc/passwd and some more letter", 1);
	say(&a, "k");
	a = verified(FPR_A, 1);
	a.ids = PGP_SUBS + 1;
	say(&a, "k");
	a.ids = 1;
	a.result = VERIFIED_N;
	say(&a, "k");
	a.result = VERIFIED_GOOD;
	a.ticket++;
	say(&a, "k");
	assert_string_equal(get(1), ""); /* it has come behind them */
	assert_int_equal(t.said, 0);
	a.ticket--;
	say(&a, NULL); /* good, but no key */
	UNTIL(t.said == 1);
	assert_int_equal(t.enrolled, -ENOKEY);
	assert_int_equal(keys_look(edge(), "file", 4, on_look, &s), 0);
	keys_down(edge());
	assert_int_equal(t.silences, 1);
	struct chan *was = set.ctx.peer[ROLE_VERIFY];
	set.ctx.peer[ROLE_VERIFY] = NULL;
	assert_int_equal(keys_look(edge(), "file", 4, on_look, &s), -ENOTCONN);
	set.ctx.peer[ROLE_VERIFY] = was;
	struct msg_pgp_key_get m = { .n = UINT32_MAX };
	assert_int_equal(chan_send(t.verify, M_PGP_KEY_GET, &m, NULL, 0, -1), 0);
	UNTIL(t.gets == 2);
	assert_int_equal(t.given.found, 0);
}

static struct sshsig_secret
machine_of(uint8_t no)
{
	struct sshsig_secret s;
	uint8_t seed[32], pk[32];
	memset(seed, no, sizeof(seed));
	crypto_sign_seed_keypair(pk, s.sk, seed);
	return s;
}

static struct key
machine(uint8_t no)
{
	struct sshsig_secret s = machine_of(no);
	struct key k;
	memcpy(k.b, s.sk + 32, KEY_BYTES);
	return k;
}

/* How the machine key itself signs it. */
static enum { PROVES, SILENT, OTHER_KEY, OTHER_USE, OTHER_BYTES } proves;

/* hear-reports brings a statement about a machine key; verify says whose it is, made at `when`. */
static const char *
state(uint8_t no, msec until, const char *fpr, msec when, bool clear)
{
	struct sshsig_secret key = machine_of(proves == OTHER_KEY ? no + 1 : no);
	struct statement s = { .not_after = until, .key = machine(no) };
	struct msg_statement m = { .ticket = 9, .clear = clear };
	char all[2 * SSHSIG_MAX + 1024], tail[1024];
	unsigned answers = t.answers, asks = t.asks;
	int n = statement_print(&s, tail, sizeof(tail) - 8);
	assert_true(n > 0);
	m.proof_len = (uint32_t)sshsig_sign(&key, tail, (size_t)n - (proves == OTHER_BYTES),
	    proves == OTHER_USE ? SSHSIG_NAMESPACE : STATEMENT_NAMESPACE, (uint8_t *)all);
	if (proves == SILENT)
		m.proof_len = 0;
	m.signed_len = (uint32_t)n;
	m.sig_len = clear ? 0 : 3;
	memcpy(tail + n, "sig", 3);
	memcpy(all + m.proof_len, tail, m.signed_len + m.sig_len);
	assert_int_equal(
	    chan_send(t.hear, M_STATEMENT, &m, all, m.proof_len + m.signed_len + m.sig_len, -1), 0);
	UNTIL(t.asks == asks + 1);
	assert_int_equal(t.asked.clear, clear);
	assert_int_equal(t.asked_n, m.signed_len + m.sig_len);
	struct msg_verified a = verified(fpr, 1);
	a.when = when;
	tail[n] = '\0';
	say(&a, clear ? tail : NULL);
	UNTIL(t.answers == answers + 1);
	assert_int_equal(t.answer.ticket, 9);
	return t.answer.rule;
}

static void
test_statements(void **state_)
{
	msec now = clock_real(), day = now + MSEC_DAY;
	struct key m1, m2, m3, by;
	msec until;
	(void)state_;
	m1 = machine(1);
	m2 = machine(2);
	m3 = machine(3);
	assert_non_null(strstr(state(1, day, FPR_A, now, false), "enrolled key"));
	assert_int_equal(t.answer.result, VERIFIED_UNKNOWN);
	assert_int_equal(enrol(FPR_A, 1, "alpha", STANDING_NETWORK), 0);
	assert_int_equal(enrol(FPR_B, 5, "beta", STANDING_ORG), 0);
	for (proves = SILENT; proves <= OTHER_BYTES; proves++) { /* who signs has the machine's key */
		assert_non_null(strstr(state(1, day, FPR_A, now, false), "that machine key"));
		assert_int_equal(t.answer.result, VERIFIED_BAD);
		assert_string_equal(t.answer.field, "key");
	}
	proves = PROVES;
	assert_false(keys_admitted(edge(), &m1, &by, &until));
	assert_string_equal(state(1, day, FPR_A, now, false), "");
	assert_int_equal(t.answer.result, VERIFIED_GOOD);
	assert_int_equal(key_cmp(&t.answer.key, &m1), 0);
	assert_string_equal(t.answer.fingerprint, FPR_A);
	assert_int_equal(reporter(&m1).standing, STANDING_NETWORK);
	assert_string_equal(reporter(&m1).org, "alpha Org");
	assert_true(keys_admitted(edge(), &m1, &by, &until));
	assert_int_equal(until, day);
	assert_non_null(strstr(state(1, day, FPR_A, now, false), "newer than the last"));
	assert_non_null(strstr(state(1, day, FPR_A, now - 5, true), "newer than the last"));
	assert_non_null(strstr(state(1, day, FPR_B, now + 5, false), "nobody else has admitted"));
	assert_non_null(strstr(state(2, now - 1000, FPR_A, now, false), "not past already"));
	assert_string_equal(state(2, day, FPR_A, now, true), "");
	/* What the operator ranked is nobody's to admit. */
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .key = m3, .standing = STANDING_ORG } };
	assert_int_equal(edge_submit(edge(), &f), 0);
	assert_non_null(strstr(state(3, day, FPR_A, now, false), "not ranked"));
	/* It follows its signer, survives a restart, and goes with it. */
	f.reporter = (struct reporter_set){ .key = stands(FPR_A), .standing = STANDING_ORG, .name = "alpha" };
	assert_int_equal(edge_submit(edge(), &f), 0);
	keys_follow(edge(), &f.reporter.key);
	assert_int_equal(reporter(&m1).standing, STANDING_ORG);
	judge_die();
	live();
	assert_true(keys_admitted(edge(), &m2, &by, &until));
	assert_non_null(strstr(state(1, day, FPR_A, now, false), "newer than the last"));
	struct reporter_set s = { .key = stands(FPR_A) };
	assert_int_equal(keys_remove(edge(), &s), 0);
	assert_false(keys_admitted(edge(), &m1, &by, &until));
	assert_int_equal(reporter(&m2).standing, STANDING_KEY);
	assert_string_equal(reporter(&m2).org, "");
	/* Taken over by another, now that it is free. */
	assert_string_equal(state(1, day, FPR_B, now + 7, false), "");
	assert_int_equal(reporter(&m1).standing, STANDING_ORG);
	assert_string_equal(reporter(&m1).org, "beta Org");
}

static void
test_ends(void **state_)
{
	struct key m1, by;
	msec until;
	(void)state_;
	m1 = machine(1);
	assert_int_equal(enrol(FPR_A, 1, "alpha", STANDING_NETWORK), 0);
	assert_string_equal(state(1, clock_real() + 1500, FPR_A, clock_real(), false), "");
	assert_int_equal(reporter(&m1).standing, STANDING_NETWORK);
	UNTIL(reporter(&m1).standing == STANDING_KEY);
	assert_false(keys_admitted(edge(), &m1, &by, &until));
	assert_string_equal(reporter(&m1).org, "alpha Org"); /* still no voice of its own beside its signer */
	judge_die();
	live();
	assert_false(keys_admitted(edge(), &m1, &by, &until));
}

/* A key that is over takes a place still, and what the operator says of it since is his word. */
static void
test_bounds(void **state_)
{
	struct reporter_set s = { .key = stands(FPR_A) };
	struct key key;
	msec now = clock_real(), until = now + MSEC_DAY;
	(void)state_;
	assert_int_equal(enrol(FPR_A, 1, "alpha", STANDING_NETWORK), 0);
	for (uint8_t i = 1; i <= ADMITTED_EACH; i++)
		assert_string_equal(state(i, until, FPR_A, now, false), "");
	assert_non_null(strstr(state(200, until, FPR_A, now, false), "at most 100"));
	assert_int_equal(keys_remove(edge(), &s), 0);
	assert_int_equal(enrol(FPR_A, 1, "alpha", STANDING_NETWORK), 0);
	assert_non_null(strstr(state(200, now + MSEC_DAY, FPR_A, now + 5, false), "at most 100"));
	assert_string_equal(state(7, now + MSEC_DAY, FPR_A, now + 5, false), ""); /* one of his again */
	key = machine(9);
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .key = key, .standing = STANDING_ORG } };
	assert_int_equal(edge_submit(edge(), &f), 0);
	assert_non_null(strstr(state(9, now + MSEC_DAY, FPR_A, now + 5, false), "not ranked"));
}

static int
see_name(uint64_t seq, uint64_t case_no, const void *p, size_t n, void *arg)
{
	struct fact f;
	(void)seq, (void)case_no;
	assert_int_equal(fact_decode(p, n, &f), 0);
	*(size_t *)arg += f.kind == FACT_REPORTER &&
	    (strncmp(f.reporter.name, "alpha", 5) == 0 || strncmp(f.reporter.org, "alpha", 5) == 0);
	return 0;
}

/* Who is forgotten is so with his key, his statements, and the names his machines had after him, also of
 * those that are over: at once, in one transaction, and in the journal. */
static void
test_forgotten(void **state_)
{
	struct keep_set s = { .verb = KEEP_FORGET, .what = KEEP_REPORTER, .uid = 1, .text = "r" };
	struct keep_totals k;
	struct key m1, m2, by, alpha = stands(FPR_A);
	msec until;
	uint64_t seq;
	size_t names = 0;
	(void)state_;
	m1 = machine(1);
	m2 = machine(2);
	assert_int_equal(enrol(FPR_A, 1, "alpha", STANDING_NETWORK), 0);
	assert_int_equal(enrol(FPR_B, 5, "beta", STANDING_ORG), 0);
	assert_string_equal(state(1, clock_real() + MSEC_DAY, FPR_A, clock_real(), false), "");
	assert_string_equal(state(2, clock_real() + 1500, FPR_A, clock_real(), false), "");
	assert_string_equal(state(3, clock_real() + MSEC_DAY, FPR_B, clock_real(), false), "");
	UNTIL(!keys_admitted(edge(), &m2, &by, &until));
	assert_string_equal(reporter(&m2).org, "alpha Org");
	memcpy(s.key, alpha.b, sizeof(s.key));
	assert_int_equal(keep_said(edge(), &s, &seq), 0);
	assert_string_equal(get(1), "");
	assert_string_equal(get(5), "beta");
	assert_false(keys_admitted(edge(), &m1, &by, &until));
	assert_string_equal(reporter(&m1).name, "");
	assert_int_equal(reporter(&m1).standing, STANDING_KEY);
	assert_string_equal(reporter(&m2).org, "");
	assert_int_equal(reporter(&alpha).standing, STANDING_N); /* nobody */
	judge_die();
	live();
	UNTIL((keep_totals(edge(), &k), k.jobs == 0));
	assert_int_equal(store_each_fact(edge()->store, 0, see_name, &names), 0);
	assert_int_equal(names, 0);
	assert_string_equal(get(1), "");
	m1 = machine(3);
	assert_true(keys_admitted(edge(), &m1, &by, &until));
	replayed();
}

/* What no honest hear-reports sends is not asked about, and who has gone gets no answer. */
static void
test_broken(void **state_)
{
	struct msg_statement m = { .ticket = 1, .signed_len = 10, .sig_len = UINT32_MAX - 5 };
	(void)state_;
	assert_int_equal(chan_send(t.hear, M_STATEMENT, &m, "12345", 5, -1), 0);
	m = (struct msg_statement){ .ticket = 1, .signed_len = STATEMENT_MAX + 1 };
	char *tail = calloc(1, STATEMENT_MAX + 1);
	assert_int_equal(chan_send(t.hear, M_STATEMENT, &m, tail, STATEMENT_MAX + 1, -1), 0);
	free(tail);
	m = (struct msg_statement){ .ticket = 2, .signed_len = 2, .sig_len = 3 };
	assert_int_equal(chan_send(t.hear, M_STATEMENT, &m, "{}sig", 5, -1), 0);
	UNTIL(t.asks == 1);
	keys_hear_down(edge());
	struct msg_verified a = verified(FPR_A, 1);
	say(&a, NULL);
	assert_string_equal(get(1), "");
	turn(50);
	assert_int_equal(t.answers, 0);
	assert_int_equal(t.asks, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_enrol, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_lies, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_statements, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_ends, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_bounds, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_forgotten, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_broken, set_up, judge_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
