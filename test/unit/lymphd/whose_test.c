/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose an address is, at the judge's channels: a hear-feed played by the test, the real edge and store. Each
 * range is asked about once; what is no answer to the question is not believed; what is known survives a
 * restart, and the journal knows nothing of it.
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

#include "../parse.h"
#include "base/range.h"
#include "lymphd/edge_whose.h"

#include "judge_peers.h"

#define CONF "rdap { cache = \"/nowhere\" keep = \"2 d\" }\nprefix \"192.0.2.0/24\" { kind = residential }\n" \
	"peer \"friend\" { prefixes = {\"11.77.0.0/16\"} mail = \"desk@friend.example\" }"

static struct {
	struct chan *feed; /* the test's end */
	struct msg_whose_get asked;
	unsigned asks, told;
	int err;
	struct addr about;
	struct whose whose;
} t;

static int
whose(const char *s)
{
	struct addr a = addr(s);
	return whose_of(edge(), &a, &t.whose);
}

static void
from_judge(struct chan *c, struct chan_msg *m, void *arg)
{
	(void)c, (void)arg;
	if (m->type == M_WHOSE_GET) {
		t.asked = *(const struct msg_whose_get *)m->body;
		t.asks++;
		chan_grant(t.feed, 1, sizeof(t.asked));
	}
	if (m->fd >= 0)
		close(m->fd);
}

static void
on_told(struct edge *e, const struct addr *a, int err, const struct whose *w)
{
	(void)e;
	t.told++;
	t.err = err;
	t.about = *a;
	if (w)
		t.whose = *w;
}

static void
feed_up(void)
{
	t.feed = connect_role(ROLE_HEAR_FEED, from_judge);
	chan_grant(t.feed, 300, 65536);
	UNTIL(chan_may_send(set.ctx.peer[ROLE_HEAR_FEED], sizeof(struct msg_whose_get)));
}

static void
live(void)
{
	set_judge(CONF);
	whose_wait(edge(), on_told);
	whose_wait(edge(), on_told); /* once is enough */
	feed_up();
}

static int
set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	return judge_up("whose", live);
}

static void
ask(const char *s)
{
	unsigned before = t.asks;
	assert_int_equal(whose(s), -EAGAIN);
	UNTIL(t.asks > before);
}

static struct msg_whose
answer(const char *first, const char *last, const char *mail)
{
	struct msg_whose a = { .ticket = t.asked.ticket, .addr = t.asked.addr, .told = WHOSE_FOUND,
		.first = addr(first), .last = addr(last), .name = "Example" };
	snprintf(a.mail, sizeof(a.mail), "%s", mail);
	return a;
}

static void
say(const struct msg_whose *a)
{
	assert_int_equal(chan_send(t.feed, M_WHOSE, a, NULL, 0, -1), 0);
}

static void
test_once(void **state)
{
	struct msg_whose a;
	(void)state;
	ask("11.1.2.3");
	assert_int_equal(whose("11.1.2.3"), -EAGAIN);
	a = answer("11.0.0.0", "11.255.255.255", "abuse@isp.example");
	say(&a);
	UNTIL(t.told == 1);
	assert_int_equal(t.err, 0);
	assert_string_equal(t.whose.mail, "abuse@isp.example");
	/* Wide as the range is, it counts for a part. */
	assert_int_equal(whose("11.1.200.200"), 0);
	assert_true(addr_eq(&t.whose.first, &(struct addr){ 4, { 11, 1 } }));
	assert_true(addr_eq(&t.whose.last, &(struct addr){ 4, { 11, 1, 255, 255 } }));
	assert_int_equal(t.whose.from, WHOSE_RDAP);
	char to[18] = "the party", tight[17] = "the party";
	struct addr about = addr("11.1.3.3"), friend = addr("11.77.1.1"), own = addr("192.0.2.1");
	whose_instead(edge(), &about, to, sizeof(to));
	assert_string_equal(to, "abuse@isp.example");
	whose_instead(edge(), &friend, tight, sizeof(tight)); /* does not fit: left alone, not cut */
	assert_string_equal(tight, "the party");
	whose_instead(edge(), &own, tight, sizeof(tight));
	assert_string_equal(tight, "the party");
	ask("11.2.2.3");
	assert_int_equal(t.asks, 2);
	say(&(struct msg_whose){ .ticket = t.asked.ticket, .addr = t.asked.addr, .told = WHOSE_NOBODY,
	    .first = t.asked.addr, .last = t.asked.addr });
	UNTIL(t.told == 2);
	assert_int_equal(t.err, -ENOENT);
	assert_int_equal(whose("11.2.2.3"), -ENOENT);
	/* Nobody is asked about these. */
	assert_int_equal(whose("192.0.2.7"), -EINVAL);
	assert_int_equal(whose("127.0.0.1"), -EINVAL);
	assert_int_equal(whose("fe80::1"), -EINVAL);
	assert_int_equal(whose("11.77.3.4"), 0);
	assert_string_equal(t.whose.peer, "friend");
	assert_int_equal(t.whose.from, WHOSE_PEER);
	assert_int_equal(t.asks, 2);
	assert_int_equal(edge()->broken, 0);
}

static void
refused(const struct msg_whose *a)
{
	uint64_t before = edge()->broken;
	say(a);
	UNTIL(edge()->broken == before + 1);
	assert_int_equal(t.told, 0);
}

static void
test_disbelieved(void **state)
{
	struct msg_whose good, a;
	(void)state;
	ask("11.1.2.3");
	good = answer("11.1.0.0", "11.1.255.255", "abuse@isp.example");
	a = good, a.ticket = 99, refused(&a);
	a = good, a.ticket = 0, refused(&a);
	a = good, a.addr = addr("11.1.2.4"), refused(&a);
	a = good, a.first = addr("11.1.2.4"), refused(&a);
	a = good, a.last = addr("11.0.0.0"), refused(&a);
	a = good, a.last = addr("2001:db8::"), refused(&a);
	a = good, a.first.fam = a.last.fam = 9, refused(&a);
	a = good, a.told = WHOSE_TOLD_N, refused(&a);
	a = good, a.told = WHOSE_NOBODY, refused(&a);
	a = good, a.by_file = 2, refused(&a);
	a = good, a.mail[0] = '\0', refused(&a);
	a = good, strcpy(a.mail, "a@b.example\nBcc: c@d.example"), refused(&a);
	a = good, strcpy(a.mail, "a@b.example,c@d.example"), refused(&a);
	a = good, memset(a.mail, 'a', sizeof(a.mail)), refused(&a);
	a = good, strcpy(a.name, "\033[31m"), refused(&a);
	a = good, memset(a.name, 'a', sizeof(a.name)), refused(&a);
	assert_int_equal(whose("11.1.2.3"), -EAGAIN); /* still waiting for a true one */
	say(&good);
	UNTIL(t.told == 1);
	say(&good); /* a second time: too late */
	turn(20);
	assert_int_equal(t.told, 1);
	struct msg_feed_state s = { 0 };
	memset(s.wrong, 'x', sizeof(s.wrong));
	uint64_t before = edge()->broken;
	assert_int_equal(chan_send(t.feed, M_FEED_STATE, &s, NULL, 0, -1), 0);
	UNTIL(edge()->broken == before + 1);
}

static void
test_kept(void **state)
{
	struct msg_whose a;
	(void)state;
	ask("11.1.2.3");
	a = answer("11.1.2.0", "11.1.2.255", "abuse@isp.example");
	say(&a);
	UNTIL(t.told == 1);
	ask("2001:db8:7::1");
	a = answer("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "six@isp.example");
	say(&a);
	UNTIL(t.told == 2);
	ask("12.1.2.3"); /* by the file: it may change any time */
	a = answer("12.1.0.0", "12.1.255.255", "file@isp.example");
	a.by_file = 1;
	say(&a);
	UNTIL(t.told == 3);
	assert_int_equal(whose("12.1.9.9"), 0);
	assert_int_equal(t.whose.from, WHOSE_FILE);
	ask("13.1.2.3"); /* no answer is not kept either */
	a = answer("13.1.2.3", "13.1.2.3", "");
	a.told = WHOSE_FAILED;
	say(&a);
	UNTIL(t.told == 4);
	assert_int_equal(whose("13.1.2.3"), -ENOENT);
	for (int lives = 0; lives < 2; lives++) {
		judge_die();
		live();
		assert_int_equal(whose("11.1.2.77"), 0);
		assert_string_equal(t.whose.mail, "abuse@isp.example");
		assert_string_equal(t.whose.name, "Example");
		assert_int_equal(whose("2001:db8:ffff::1"), 0);
		assert_string_equal(t.whose.mail, "six@isp.example");
	}
	assert_int_equal(whose("11.1.3.1"), -EAGAIN);
	assert_int_equal(whose("12.1.9.9"), -EAGAIN);
	assert_int_equal(whose("13.1.2.3"), -EAGAIN);
	replayed();
}

static void
test_feed_dies(void **state)
{
	struct msg_whose a;
	char s[ADDR_TEXT];
	(void)state;
	ask("11.1.2.3");
	disconnect_role(ROLE_HEAR_FEED);
	assert_int_equal(whose("11.3.2.3"), -EAGAIN);
	feed_up();
	UNTIL(t.asks == 3);
	a = answer("11.3.0.0", "11.3.255.255", "abuse@isp.example");
	say(&a);
	UNTIL(t.told == 1);
	/* As many at a time as there is room for. */
	for (int i = 0; i < 255; i++) {
		snprintf(s, sizeof(s), "14.%d.0.1", i);
		assert_int_equal(whose(s), -EAGAIN);
	}
	assert_int_equal(whose("15.0.0.1"), -EBUSY);
	UNTIL(t.asks == 3 + 255);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_once, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_disbelieved, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_kept, set_up, judge_down),
		cmocka_unit_test_setup_teardown(test_feed_dies, set_up, judge_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
