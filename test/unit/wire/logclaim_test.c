/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines to claims: whom they accuse and of what, what is gathered, what is given out and when. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wire/logclaim.h"
#include "wire/recog.h"

#define NOW 1795312800000 /* 2026-11-22T02:00:00Z */

static struct got {
	unsigned n;
	int answer;
	struct claim c;
	char text[LOGCLAIM_TEXT + 1], all[4096];
} got;

static int
take(const struct claim *c, void *arg)
{
	struct got *g = arg;
	char addr[ADDR_TEXT];
	if (g->answer)
		return g->answer;
	g->n++;
	g->c = *c;
	assert_true(c->cls > CLASS_NONE && c->cls < CLASS_N && c->count > 0 && c->text_n < sizeof(g->text));
	memcpy(g->text, c->text, c->text_n);
	g->text[c->text_n] = '\0';
	size_t at = strlen(g->all);
	snprintf(g->all + at, sizeof(g->all) - at, "%s %s:%u x%u\n", class_row(c->cls)->name,
	    addr_print(&c->subject, addr), c->port, c->count);
	return 0;
}

static bool
ours(const struct addr *a, void *arg)
{
	(void)arg;
	return a->fam == 6 ? a->b[0] == 0x20 : a->b[0] == 192 && a->b[1] == 0 && a->b[2] == 2;
}

static struct logtime_ref ref = { .now = NOW };

static void
lines(struct logclaim *l, const char *const *s)
{
	for (; *s; s++)
		assert_int_equal(logclaim_line(l, *s, strlen(*s), &ref, CLASS_NONE, take, &got), 0);
}

static void
gathers(void **state)
{
	(void)state;
	struct logclaim *l;
	memset(&got, 0, sizeof(got));
	assert_int_equal(logclaim_new(ours, NULL, &l), 0);
	static const char *const in[] = {
		"Nov 22 01:45:00 h sshd[1]: Failed password for root from 192.0.2.1 port 4 ssh2",
		"Nov 22 01:46:00 h sshd[1]: message repeated 5 times: [ Failed password for root from 192.0.2.1 port 5 ssh2]",
		"Nov 22 01:45:00 h sshd[1]: Accepted password for root from 192.0.2.1 port 4 ssh2",
		"Nov 22 01:45:00 h sshd[1]: Failed password for root from 203.0.113.9 port 4 ssh2",
		"Nov 22 01:45:00 h sshd[1]: Invalid user a from 2001:db8::7 port 4",
		"Nov 22 01:45:01 h kernel: [UFW BLOCK] IN=e OUT= MAC=0 SRC=192.0.2.2 DST=203.0.113.1 LEN=40 TOS=0 PROTO=TCP SPT=4711 DPT=23 WINDOW=1 SYN URGP=0",
		"192.0.2.3 - - [22/Nov/2026:01:45:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\"",
		"nothing at all", NULL };
	lines(l, in);
	const struct logclaim_counts *n = logclaim_counted(l);
	assert_int_equal(n->lines, 8);
	assert_int_equal(n->ours, 6);
	assert_int_equal(n->accusing, 4);
	assert_int_equal(n->neutral, 2);
	assert_int_equal(got.n, 0);
	assert_int_equal(logclaim_flush(l, NOW, take, &got), 0);
	assert_int_equal(got.n, 0); /* not yet */
	assert_int_equal(logclaim_flush(l, NOW + 1, take, &got), 0);
	assert_string_equal(got.all, "login-attacker 192.0.2.1:5 x6\nlogin-attacker 2001:db8::7:4 x1\n"
	                             "scanner 192.0.2.2:4711 x1\n");
	assert_int_equal(got.c.far_port, 23);
	assert_int_equal(got.c.proto, 6);
	assert_int_equal(got.c.evidence, EVIDENCE_WEAK);
	assert_true(got.c.zone_assumed);
	assert_int_equal(got.c.event, NOW - 15 * 60000 + 1000);
	assert_int_equal(logclaim_flush(l, NOW + 1, take, &got), 0);
	assert_int_equal(got.n, 3);
	logclaim_free(l);
}

/* What a class is said to be lets a row speak that accuses nobody by itself. */
static void
hints(void **state)
{
	(void)state;
	struct logclaim *l;
	static const char web[] = "192.0.2.3 - - [22/Nov/2026:01:45:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\"";
	static const char ssh[] = "Nov 22 01:45:00 h sshd[1]: Failed password for root from 192.0.2.1 port 4 ssh2";
	memset(&got, 0, sizeof(got));
	assert_int_equal(logclaim_new(NULL, NULL, &l), 0);
	assert_int_equal(logclaim_line(l, web, strlen(web), &ref, CLASS_OPEN_PROXY, take, &got), 0);
	assert_int_equal(logclaim_line(l, web, strlen(web), &ref, CLASS_LOGIN_ATTACKER, take, &got), 0);
	assert_int_equal(logclaim_line(l, ssh, strlen(ssh), &ref, CLASS_SPAM_SOURCE, take, &got), 0);
	assert_int_equal(logclaim_flush(l, NOW + 1, take, &got), 0);
	assert_string_equal(got.all, "open-proxy 192.0.2.3:0 x1\nlogin-attacker 192.0.2.1:4 x1\n");
	logclaim_free(l);
}

/* A full table gives out its oldest; who cannot take it now gets it later, and the line too. */
static void
full(void **state)
{
	(void)state;
	struct logclaim *l;
	char line[128];
	memset(&got, 0, sizeof(got));
	assert_int_equal(logclaim_new(NULL, NULL, &l), 0);
	for (unsigned i = 0; i < LOGCLAIM_OPEN; i++) {
		int n = snprintf(line, sizeof(line), "sshd[1]: Invalid user x from 10.0.%u.%u port 9", i / 256, i % 256);
		assert_int_equal(logclaim_line(l, line, (size_t)n, &ref, CLASS_NONE, take, &got), 0);
	}
	assert_int_equal(got.n, 0);
	static const char more[] = "sshd[1]: Invalid user x from 10.9.0.1 port 9";
	got.answer = -EAGAIN;
	assert_int_equal(logclaim_line(l, more, strlen(more), &ref, CLASS_NONE, take, &got), -EAGAIN);
	assert_int_equal(logclaim_counted(l)->lines, LOGCLAIM_OPEN);
	got.answer = 0;
	assert_int_equal(logclaim_line(l, more, strlen(more), &ref, CLASS_NONE, take, &got), 0);
	assert_string_equal(got.all, "login-attacker 10.0.0.0:9 x1\n");
	/* many lines of one address: the first and the last stay, whole */
	static const char first[] = "sshd[1]: Invalid user first from 10.9.0.1 port 9";
	for (unsigned i = 0; i < 1000; i++) {
		int n = snprintf(line, sizeof(line), "sshd[1]: Invalid user u%u from 10.9.0.1 port 9", i);
		assert_int_equal(logclaim_line(l, line, (size_t)n, &ref, CLASS_NONE, take, &got), 0);
	}
	assert_int_equal(logclaim_line(l, first, strlen(first), &ref, CLASS_NONE, take, &got), 0);
	assert_int_equal(logclaim_flush(l, NOW + 1, take, &got), 0);
	assert_int_equal(got.n, LOGCLAIM_OPEN + 1);
	assert_int_equal(got.c.count, 1002);
	assert_non_null(strstr(got.text, "user u0 from"));
	assert_non_null(strstr(got.text, "user u999 from"));
	assert_string_equal(got.text + strlen(got.text) - strlen(first) - 1,
	    "sshd[1]: Invalid user first from 10.9.0.1 port 9\n");
	assert_memory_equal(got.text, more, strlen(more));
	logclaim_free(l);
}

/* Every form the finder of one address knows. */
static void
forms(void **state)
{
	(void)state;
	static const char *const forms[] = { "192.0.2.1", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]", "::FFFF:c000:201",
		"192.0.2.1.", "192.0.2.1:4711", "192.0.2.1.4711", "192.0.2.1#53", "addr:192.0.2.1", "2001:db8::1",
		"[2001:db8::1]:22", "2001:DB8:0:0:0:0:0:1", "2001:0db8::0001", "2001:db8::1%eth0", "2001:db8::1.22",
		"inet6 addr:2001:db8::1", "2001:db8:0:0:0:0:0:1:443", "2001:db8::", "source:2001:db8::1:", "(192.0.2.1)",
		"192.0.2.1::", "source:2001:db8:::", "2001:db8::1:::", "TP11.ff9b::192.0.2.1" };
	struct logclaim *l, *other;
	assert_int_equal(logclaim_new(NULL, NULL, &other), 0);
	assert_int_equal(logclaim_new(ours, NULL, &l), 0);
	logclaim_free(other); /* what they share stays */
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char line[128];
		int n = snprintf(line, sizeof(line), "who knows %s this", forms[i]);
		assert_int_equal(logclaim_line(l, line, (size_t)n, &ref, CLASS_NONE, take, &got), 0);
		if (logclaim_counted(l)->ours != i + 1)
			fail_msg("not seen: %s", forms[i]);
	}
	logclaim_free(l);
}

/* All rows compile; a row that needs no claim names one family of blame; literals are as litset wants. */
static void
rows(void **state)
{
	(void)state;
	for (enum class_id c = CLASS_NONE; c < CLASS_N; c++) {
		struct recog *r = NULL;
		if (recog_new(c, &r) != 0)
			fail_msg("rows of %s do not compile", class_row(c)->name);
		recog_free(r);
	}
	assert_null(recog_row_at(recog_rows_n()));
	for (size_t i = 0; i < recog_rows_n(); i++) {
		const struct recog_row *row = recog_row_at(i);
		assert_true(row->of && !(row->of & ~RECOG_ALL) && row->says < RECOG_N && row->name[0]);
		if (row->says == RECOG_SUPPORTS && row->of == RECOG_ALL && !(row->flags & RECOG_HINTED))
			fail_msg("%s: supports everything by itself", row->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(gathers),
		cmocka_unit_test(hints),
		cmocka_unit_test(full),
		cmocka_unit_test(forms),
	};
	return cmocka_run_group_tests_name("wire/logclaim", tests, NULL, NULL);
}
