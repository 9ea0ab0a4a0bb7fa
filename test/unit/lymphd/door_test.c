/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door: scopes and names as they are read; what a bouncer is told and what not, when it is told anew, and
 * that nothing is told without the word of the warden and the conscience.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../parse.h"
#include "host/chan.h"
#include "lymphd/hear_alerts.h"

static struct hear_door h;
static struct role_ctx ctx;
static struct member b;
static uint64_t counted[DOOR_COUNT_N];

void
door_count(struct hear_door *d, enum door_kind kind, const char *name, enum door_count what, uint64_t n)
{
	(void)d, (void)kind, (void)name;
	counted[what] += n;
}

/* --- scopes ---------------------------------------------------------------------------------------- */

static void
scopes(void **state)
{
	static const struct {
		const char *text, *printed; /* NULL: refused */
	} rows[] = {
		{ "", "" },
		{ "own", "own" },
		{ "class=bot, own  prefix=192.0.2.0/24", "own,class=bot,prefix=192.0.2.0/24" },
		{ "prefix=2001:db8::/32,prefix=192.0.2.1", "prefix=2001:db8::/32,prefix=192.0.2.1/32" },
		{ "owner", NULL },
		{ "class=", NULL },
		{ "class=nothing", NULL },
		{ "prefix=192.0.2.1/24", NULL },
		{ "prefix=", NULL },
		{ "own,\x1b[2J", NULL },
	};
	char why[256], buf[SCOPE_TEXT];
	struct door_scope s;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int r = scope_parse(rows[i].text, &s, why, sizeof(why));
		assert_int_equal(r == 0, rows[i].printed != NULL);
		assert_true(r == 0 || !strchr(why, '\x1b'));
		if (r == 0) {
			assert_string_equal(scope_print(&s, buf), rows[i].printed);
			assert_true(scope_sane(&s));
		}
	}
	assert_int_equal(scope_parse("prefix=10.0.0.1,prefix=10.0.0.2,prefix=10.0.0.3,prefix=10.0.0.4,prefix=10.0.0.5,"
				     "prefix=10.0.0.6,prefix=10.0.0.7,prefix=10.0.0.8,prefix=10.0.0.9",
			     &s, why, sizeof(why)), -22);
	s = (struct door_scope){ .own = 2 };
	assert_false(scope_sane(&s));
	s = (struct door_scope){ .prefix = { [1] = { { 4, { 1 } }, 8 } } };
	assert_false(scope_sane(&s));
	s = (struct door_scope){ .prefix = { { { 4, { 1, 2 } }, 8 } } };
	assert_false(scope_sane(&s));
	s = (struct door_scope){ .classes = 1u << CLASS_N };
	assert_false(scope_sane(&s));
}

static void
names(void **state)
{
	char name[NAME_TEXT], most[DOOR_NAME + 2];
	uint8_t x[32], y[32];
	(void)state;
	assert_true(door_name("Web-1.example", name));
	assert_string_equal(name, "web-1.example");
	assert_false(door_name("", name));
	assert_false(door_name("a b", name));
	assert_false(door_name("\x1b[2J", name));
	memset(most, 'a', sizeof(most));
	most[DOOR_NAME + 1] = '\0';
	assert_false(door_name(most, name));
	most[DOOR_NAME] = '\0';
	assert_true(door_name(most, name));
	door_hash(DOOR_MACHINE, "a", "secret", x);
	door_hash(DOOR_BOUNCER, "a", "secret", y);
	assert_memory_not_equal(x, y, 32);
	door_hash(DOOR_MACHINE, "as", "ecret", y);
	assert_memory_not_equal(x, y, 32);
}

/* --- decisions ------------------------------------------------------------------------------------- */

static struct order
filter(uint64_t no, enum class_id cls, const char *target, const char *peer)
{
	struct order o = { .no = no, .case_no = no, .rung = RUNG_FILTER, .cls = cls, .target = pfx(target), .proto = 6,
		.port = 23, .at = 1000, .expiry = 2000 };
	if (peer)
		o.peer = pfx(peer);
	return o;
}

static void
give(const struct order *o, size_t n, msec left)
{
	struct door_order v[16] = { 0 };
	struct msg_door_orders m = { .n = (uint32_t)n };
	int fd;
	for (size_t i = 0; i < n; i++)
		v[i] = (struct door_order){ o[i], left };
	assert_int_equal(seal_make("orders", v, n ? n * sizeof(v[0]) : 1, &fd), 0);
	stream_orders(&h, &m, fd);
	close(fd);
}

static void
pulls(bool startup, const char *want)
{
	struct stream_want w = { NULL, NULL, NULL, NULL };
	size_t n;
	char *text = stream_pull(&h, &b, startup, &w, &n);
	char got[2048] = "";
	/* Only who and where: the rest depends on the clock. */
	for (const char *p = text; (p = strpbrk(p, "vdn")) != NULL; p++) {
		if (strncmp(p, "value\":\"", 8) == 0)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), " %.*s", (int)strcspn(p + 8, "\""), p + 8);
		else if (strncmp(p, "deleted\":", 9) == 0)
			strcat(got, " -");
	}
	assert_int_equal(strlen(text), n);
	if (strcmp(got, want) != 0)
		fail_msg("'%s', not '%s': %s", got, want, text);
	free(text);
}

static int
set_up(void **state)
{
	static const char text[] = "name = \"n.example\" alerts = \"127.0.0.1:1\" hand { lease = \"2 min\" }\n"
				   "prefix \"198.18.0.0/15\" { kind = \"residential\" }\n"
				   "prefix \"2001:db8::/32\" { kind = \"residential\" delegated = \"56\" }\n";
	static const char rules[] = "mode enforce\nnever 198.18.9.0/24\nnever 203.0.113.99/32\n";
	char why[256];
	struct conf *c;
	(void)state;
	if (conf_parse("test", text, strlen(text), &c, why, sizeof(why)) < 0)
		fail_msg("%s", why);
	ctx.conf = c;
	h.c = &ctx;
	h.may = true;
	h.con = conscience_new();
	assert_int_equal(conscience_parse(h.con, rules, strlen(rules), false, "rules", why, sizeof(why)), 0);
	b = (struct member){ .row = { .name = "fw", .kind = DOOR_BOUNCER } };
	return 0;
}

static void
told(void **state)
{
	struct order o[] = {
		filter(1, CLASS_C2_CONTACT, "198.18.0.1", "203.0.113.5"),
		filter(2, CLASS_C2_CONTACT, "198.18.0.2", "203.0.113.5"),  /* the same server */
		filter(3, CLASS_DDOS_SOURCE, "198.18.0.3", "203.0.113.6"), /* a victim */
		filter(4, CLASS_C2_CONTACT, "198.18.0.4", "203.0.113.99"), /* never touched */
		filter(5, CLASS_C2_CONTACT, "198.18.9.1", "203.0.113.7"),  /* likewise */
		filter(6, CLASS_C2_CONTACT, "198.18.0.5", "198.18.0.6"),   /* ours */
		filter(7, CLASS_C2_CONTACT, "192.0.2.1", "203.0.113.8"),   /* not ours */
	};
	const size_t n = sizeof(o) / sizeof(o[0]);
	(void)state;
	give(o, n, MSEC_HOUR);
	pulls(true, " 203.0.113.5 -");
	pulls(false, " -");
	/* It stays as long as one of them does. */
	give(o + 1, n - 1, MSEC_HOUR);
	pulls(false, " -");
	give(o + 2, n - 2, MSEC_HOUR);
	pulls(false, " - 203.0.113.5");
	/* Own lines are for who was given them. */
	b.row.scope.own = 1;
	pulls(true, " 198.18.0.3 198.18.0.5 -");
	b.row.scope.classes = 1u << CLASS_DDOS_SOURCE;
	pulls(true, " 198.18.0.3 -");
	b.row.scope.prefix[0] = pfx("198.18.0.4/31");
	pulls(true, " -");
	b.row.scope.classes = 0;
	pulls(true, " 198.18.0.5 -");
	b.row.scope.prefix[0] = pfx("198.18.0.0/24");
	pulls(true, " 198.18.0.3 198.18.0.5 -");
	/* The word goes: all of it goes. */
	h.may = false;
	stream_build(&h);
	pulls(false, " - 198.18.0.3 198.18.0.5");
	pulls(true, " -");
	h.may = true;
	stream_build(&h);
	pulls(false, " 198.18.0.3 198.18.0.5 -");
	conscience_free(h.con);
	h.con = NULL;
	stream_build(&h);
	pulls(false, " - 198.18.0.3 198.18.0.5");
}

static void
leases(void **state)
{
	struct order o[] = { filter(1, CLASS_BOT, "198.18.0.1", NULL), filter(2, CLASS_BOT, "2001:db8:0:100::/56", NULL) };
	(void)state;
	b.row.scope.own = 1;
	give(o, 2, MSEC_HOUR);
	pulls(true, " 198.18.0.1 2001:db8:0:100::/56 -");
	assert_true(b.given[0].until - clock_mono() <= 2 * MSEC_MINUTE);
	/* Half of it is over: taken away and put again. */
	b.given[0].until -= 61 * MSEC_SECOND;
	pulls(false, " 198.18.0.1 - 198.18.0.1");
	pulls(false, " -");
	/* A life before this one told it something. */
	b.began = false;
	pulls(false, " 198.18.0.1 2001:db8:0:100::/56 - 198.18.0.1 2001:db8:0:100::/56");
	/* The order ends sooner than it was said. */
	give(o, 2, 20 * MSEC_SECOND);
	pulls(false, " 198.18.0.1 2001:db8:0:100::/56 - 198.18.0.1 2001:db8:0:100::/56");
	give(o, 2, 0);
	pulls(false, " - 198.18.0.1 2001:db8:0:100::/56");
	give(NULL, 0, 0);
	pulls(false, " -");
}

/* What a captured judge may say is no more than what it says. */
static void
hostile(void **state)
{
	struct order o[8];
	(void)state;
	b.row.scope.own = 1;
	for (size_t i = 0; i < 8; i++)
		o[i] = filter(i + 1, CLASS_BOT, "198.18.0.1", NULL);
	o[0].rung = (enum rung)99;
	o[1].cls = (enum class_id)99;
	o[2].target.len = 99;
	o[3].target.a.fam = 9;
	o[4].all = 7;
	o[5].target = pfx("198.18.0.0/15");
	o[6].rung = RUNG_NOTIFY;
	o[7].target.a.b[3] = 0, o[7].target.len = 24, o[7].target.a.b[2] = 1;
	give(o, 8, MSEC_HOUR);
	pulls(true, " -");
	struct msg_door_orders m = { .n = 3 };
	int fd;
	assert_int_equal(seal_make("orders", o, sizeof(o[0]), &fd), 0);
	stream_orders(&h, &m, fd); /* shorter than it says */
	close(fd);
	pulls(true, " -");
}

static void
asked(void **state)
{
	struct order o[] = { filter(1, CLASS_BOT, "198.18.0.1", NULL), filter(2, CLASS_BOT, "2001:db8:0:100::/56", NULL) };
	struct stream_want w = { NULL, NULL, NULL, NULL };
	struct prefix p = pfx("2001:db8:0:1ff::1");
	size_t n;
	(void)state;
	b.row.scope.own = 1;
	give(o, 2, MSEC_HOUR);
	char *text = stream_ask(&h, &b, &p, &w, &n);
	assert_non_null(strstr(text, "\"scope\":\"Range\",\"value\":\"2001:db8:0:100::/56\""));
	free(text);
	p = pfx("198.18.0.2");
	text = stream_ask(&h, &b, &p, &w, &n);
	assert_string_equal(text, "null");
	free(text);
	p = pfx("198.18.0.1");
	w.scopes = "range";
	text = stream_ask(&h, &b, &p, &w, &n);
	assert_string_equal(text, "null");
	free(text);
	w = (struct stream_want){ "Ip,range", "lymph", "bot", "c2" };
	text = stream_ask(&h, &b, &p, &w, &n);
	assert_non_null(strstr(text, "\"id\":1,\"origin\":\"lymph\",\"type\":\"ban\",\"scope\":\"Ip\",\"value\":\"198.18.0.1\""));
	free(text);
	w.without = "x,bot";
	text = stream_ask(&h, &b, &p, &w, &n);
	assert_string_equal(text, "null");
	free(text);
}

static int
tear_down(void **state)
{
	(void)state;
	conscience_free(h.con);
	conf_free((struct conf *)(uintptr_t)ctx.conf);
	free(h.ban);
	free(h.order);
	free(b.given);
	memset(&h, 0, sizeof(h));
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scopes),
		cmocka_unit_test(names),
		cmocka_unit_test_setup_teardown(told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(leases, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hostile, set_up, tear_down),
		cmocka_unit_test_setup_teardown(asked, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
