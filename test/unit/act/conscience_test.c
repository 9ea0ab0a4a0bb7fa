/* SPDX-License-Identifier: BSD-2-Clause */
/* The conscience: each rule by an order that breaks it and one that just does not, orders made of
 * garbage, and the file with its messages. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../parse.h"
#include "act/conscience.h"

static struct policy *policy;
static struct conscience *con;
static struct act_now now;
static char why[256];

static void
row(const char *prefix, enum line_kind kind)
{
	struct policy_row r = { .lpm.prefix = pfx(prefix), .kind = kind };
	assert_int_equal(policy_add(policy, &r), 0);
}

static int
parse(const char *text)
{
	return conscience_parse(con, text, strlen(text), false, "con", why, sizeof why);
}

static int
setup(void **state)
{
	(void)state;
	policy = policy_new();
	con = conscience_new();
	row("192.0.2.0/24", KIND_RESIDENTIAL);
	row("192.0.2.128/25", KIND_BUSINESS);
	row("192.0.2.200/32", KIND_CRITICAL);
	row("198.51.100.0/24", KIND_OWN_DESK);
	row("198.51.100.7/32", KIND_RESIDENTIAL);
	row("2001:db8::/32", KIND_RESIDENTIAL);
	struct prefix p = pfx("192.0.2.66/32");
	assert_int_equal(policy_protect(policy, &p), 0);
	p = pfx("203.0.113.53/32");
	assert_int_equal(policy_reach(policy, &p), 0);
	assert_int_equal(parse("mode enforce\nwidest4 24\nwidest6 48\nentries 10\nlongest 2 d\n"
			       "never 192.0.2.53\nnever 192.0.2.96/29\nnever 2001:db8:5:100::/56\n"
			       "never 203.0.113.0/28\nper-hour filter 3\nper-hour quarantine 1\n"),
	    0);
	now = (struct act_now) { .may = true };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	conscience_free(con);
	policy_free(policy);
	return 0;
}

static struct order
filter(const char *target)
{
	return (struct order) { .no = 1, .case_no = 1, .rung = RUNG_FILTER, .cls = CLASS_OPEN_PROXY,
		.target = pfx(target), .proto = 6, .port = 3128, .inbound = 1, .at = 1000,
		.expiry = 2000 };
}

static struct order
quarantine(const char *target)
{
	return (struct order) { .no = 2, .rung = RUNG_QUARANTINE, .cls = CLASS_BOT,
		.target = pfx(target) };
}

static enum act_rule
ask(struct order o)
{
	return conscience_check(con, policy, &now, &o, MSEC_HOUR);
}

static struct order
victim(const char *peer)
{
	struct prefix p = pfx(peer);
	return (struct order) { .no = 3, .rung = RUNG_FILTER, .cls = CLASS_DDOS_SOURCE, .all = 1,
		.target = { .a.fam = p.a.fam }, .peer = p, .proto = 17 };
}

/* A filter from all lines: only at one narrow foreign place, few of them, nothing of ours beside it. */
static void
bounds_what_all_lines_are_kept_from(void **state)
{
	(void)state;
	struct order o = victim("203.0.113.99/32");
	assert_int_equal(ask(o), RULE_NONE);
	o.all = 0;
	assert_int_equal(ask(o), RULE_NOT_OURS); /* 0/0 is no line */
	o.all = 2;
	assert_int_equal(ask(o), RULE_MALFORMED);
	assert_int_equal(ask(victim("203.0.112.0/24")), RULE_NONE);
	assert_int_equal(ask(victim("203.0.112.0/23")), RULE_VICTIM);
	assert_int_equal(ask(victim("0.0.0.0/0")), RULE_VICTIM);
	assert_int_equal(ask(victim("2001:db9::/48")), RULE_NONE);
	assert_int_equal(ask(victim("2001:db9::/47")), RULE_VICTIM);
	assert_int_equal(ask(victim("192.0.2.7/32")), RULE_VICTIM);   /* ours */
	assert_int_equal(ask(victim("198.51.100.0/24")), RULE_VICTIM);
	assert_int_equal(ask(victim("203.0.113.0/24")), RULE_NEVER);  /* never 203.0.113.0/28 is inside */
	o = victim("203.0.113.99/32");
	o.inbound = 1;
	assert_int_equal(ask(o), RULE_VICTIM);
	o = victim("203.0.113.99/32"), o.proto = 0;
	assert_int_equal(ask(o), RULE_VICTIM);
	o = victim("203.0.113.99/32"), o.target = pfx("192.0.2.0/24");
	assert_int_equal(ask(o), RULE_VICTIM);
	o = victim("203.0.113.99/32"), o.rung = RUNG_QUARANTINE;
	assert_int_equal(ask(o), RULE_VICTIM);
	now.victims = 16;
	assert_int_equal(ask(victim("203.0.113.99/32")), RULE_ENTRIES);
	assert_int_equal(ask(filter("192.0.2.1")), RULE_NONE);
	assert_int_equal(parse("victims 17\n"), 0);
	assert_int_equal(ask(victim("203.0.113.99/32")), RULE_NONE);
}

static void
asks_for_mode_and_ceiling(void **state)
{
	(void)state;
	assert_int_equal(ask(filter("192.0.2.1")), RULE_NONE);
	now.may = false;
	assert_int_equal(ask(filter("192.0.2.1")), RULE_MODE);
	now.may = true;
	struct conscience *fresh = conscience_new();
	struct order o = filter("192.0.2.1");
	assert_int_equal(conscience_check(fresh, policy, &now, &o, 1), RULE_MODE);
	assert_int_equal(conscience_ceiling(fresh), MODE_OBSERVE);
	conscience_free(fresh);
}

static void
malformed(struct order o)
{
	assert_int_equal(ask(o), RULE_MALFORMED);
}

static void
refuses_garbage(void **state)
{
	(void)state;
	const struct order good = filter("192.0.2.1");
	struct order o;
#define BROKEN(...) o = good, o.__VA_ARGS__, malformed(o)
	BROKEN(no = 0);
	BROKEN(rung = (enum rung)RUNG_N);
	BROKEN(rung = (enum rung)0xffffffff);
	BROKEN(cls = CLASS_NONE);
	BROKEN(cls = (enum class_id)CLASS_N);
	BROKEN(cls = (enum class_id)0x80000000);
	BROKEN(target.a.fam = 0);
	BROKEN(target.a.fam = 9);
	BROKEN(target.a.fam = 255);
	BROKEN(target.len = 33);
	BROKEN(target.len = 200);
	BROKEN(target.len = 24);     /* host bits */
	BROKEN(target.a.b[9] = 1);   /* behind an IPv4 address */
	BROKEN(peer.len = 1);        /* no family, a length */
	BROKEN(peer.a.fam = 7);
	BROKEN(peer.a.fam = 6, o.peer.len = 129);
	BROKEN(inbound = 2);
	BROKEN(at = -1);
	BROKEN(expiry = -5);
	BROKEN(expiry = 999);        /* before it was given */
	o = good;
	assert_int_equal(conscience_check(con, policy, &now, &o, 0), RULE_MALFORMED);
	assert_int_equal(conscience_check(con, policy, &now, &o, INT64_MIN), RULE_MALFORMED);
	assert_int_equal(conscience_check(con, policy, &now, &o, -1), RULE_MALFORMED);
	/* An IPv4 address dressed as IPv6 would pass by every IPv4 prefix. */
	o.target = (struct prefix) { .a = { .fam = 6, .b = { [10] = 0xff, [11] = 0xff, 192, 0, 2, 53 } },
		.len = 128 };
	malformed(o);
	/* Random bytes never crash it and never pass with a target that is not ours. */
	uint64_t x = 88172645463325252u;
	for (int i = 0; i < 200000; i++) {
		unsigned char raw[sizeof o];
		for (size_t k = 0; k < sizeof raw; k++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			raw[k] = (unsigned char)(i % 3 ? x : x % 7);
		}
		memcpy(&o, raw, sizeof o);
		if (conscience_check(con, policy, &now, &o, (msec)x) == RULE_NONE)
			assert_true(policy_owns(policy, &o.target));
	}
}

static void
touches_only_what_is_ours(void **state)
{
	(void)state;
	assert_int_equal(ask(filter("10.1.2.3")), RULE_NOT_OURS);
	assert_int_equal(ask(filter("192.0.3.0/24")), RULE_NOT_OURS);
	assert_int_equal(ask(quarantine("192.0.0.0/16")), RULE_NOT_OURS); /* around ours */
	assert_int_equal(ask(filter("2001:db9::1")), RULE_NOT_OURS);
	assert_int_equal(ask(filter("2001:db8::1")), RULE_NONE);
}

static void
never_touches(void **state)
{
	(void)state;
	assert_int_equal(ask(filter("192.0.2.53")), RULE_NEVER);
	assert_int_equal(ask(filter("192.0.2.52")), RULE_NONE);
	assert_int_equal(ask(filter("192.0.2.66")), RULE_NEVER);        /* lymphd.conf's */
	assert_int_equal(ask(quarantine("192.0.2.0/25")), RULE_NEVER);  /* around it */
	assert_int_equal(ask(quarantine("192.0.2.64/26")), RULE_NEVER);
	assert_int_equal(ask(filter("192.0.2.100")), RULE_NEVER);       /* inside it */
	assert_int_equal(ask(filter("192.0.2.104")), RULE_NONE);
	assert_int_equal(ask(quarantine("2001:db8:5::/48")), RULE_NEVER);
	assert_int_equal(ask(filter("2001:db8:5:1ff::1")), RULE_NEVER);
	assert_int_equal(ask(filter("2001:db8:5:200::1")), RULE_NONE);
	/* As the other side of a filter, too. */
	struct order o = filter("192.0.2.1");
	o.peer = pfx("203.0.113.15");
	assert_int_equal(ask(o), RULE_NEVER);
	o.peer = pfx("203.0.0.0/16");
	assert_int_equal(ask(o), RULE_NEVER);
	o.peer = pfx("203.0.113.16");
	assert_int_equal(ask(o), RULE_NONE);
	o.peer = pfx("0.0.0.0/0");
	assert_int_equal(ask(o), RULE_NEVER);
}

static void
bounds_width(void **state)
{
	(void)state;
	assert_int_equal(ask(quarantine("192.0.2.0/28")), RULE_NONE);
	assert_int_equal(ask(quarantine("2001:db8:6::/48")), RULE_NONE);
	assert_int_equal(ask(quarantine("2001:db8:8000::/47")), RULE_WIDTH);
	assert_int_equal(parse("widest4 32"), 0);
	assert_int_equal(ask(quarantine("192.0.2.0/31")), RULE_WIDTH);
	assert_int_equal(ask(quarantine("192.0.2.1")), RULE_NONE);
	/* All there is: refused even where it is "ours" and any width is allowed. */
	row("0.0.0.0/0", KIND_RESIDENTIAL);
	row("::/0", KIND_RESIDENTIAL);
	struct conscience *wide = conscience_new();
	const char text[] = "mode enforce\nwidest4 8\nwidest6 16\n";
	assert_int_equal(
	    conscience_parse(wide, text, sizeof text - 1, false, "w", why, sizeof why), 0);
	struct policy *open = policy_new();
	struct policy_row r = { .lpm.prefix = pfx("0.0.0.0/0"), .kind = KIND_RESIDENTIAL };
	assert_int_equal(policy_add(open, &r), 0);
	struct order o = filter("0.0.0.0/0");
	assert_int_equal(conscience_check(wide, open, &now, &o, 1), RULE_WIDTH);
	o = filter("9.0.0.0/8");
	assert_int_equal(conscience_check(wide, open, &now, &o, 1), RULE_NONE);
	o = filter("8.0.0.0/7");
	assert_int_equal(conscience_check(wide, open, &now, &o, 1), RULE_WIDTH);
	policy_free(open);
	conscience_free(wide);
}

static void
spares_lines_that_matter(void **state)
{
	(void)state;
	assert_int_equal(ask(quarantine("192.0.2.200")), RULE_KIND);
	assert_int_equal(ask(filter("192.0.2.200")), RULE_NONE); /* one port is no quarantine */
	assert_int_equal(ask(quarantine("192.0.2.192/26")), RULE_KIND); /* one inside */
	assert_int_equal(ask(quarantine("192.0.2.224/27")), RULE_NONE);
	assert_int_equal(ask(quarantine("198.51.100.8")), RULE_KIND);
	assert_int_equal(ask(quarantine("198.51.100.7")), RULE_NONE); /* the longest row rules */
	struct policy *bare = policy_new();
	struct policy_row r = { .lpm.prefix = pfx("192.0.2.0/24"), .kind = KIND_RESIDENTIAL };
	assert_int_equal(policy_add(bare, &r), 0);
	struct order o = quarantine("192.0.2.1");
	assert_int_equal(conscience_check(con, bare, &now, &o, 1), RULE_REACH);
	policy_free(bare);
}

static void
wants_a_whole_scope(void **state)
{
	(void)state;
	struct order o = filter("192.0.2.1");
	o.port = 0;
	assert_int_equal(ask(o), RULE_SCOPE);
	o = filter("192.0.2.1");
	o.proto = 0;
	assert_int_equal(ask(o), RULE_SCOPE);
	o.proto = 1; /* no ports there */
	assert_int_equal(ask(o), RULE_SCOPE);
	o.proto = 17;
	assert_int_equal(ask(o), RULE_NONE);
	o.peer = pfx("2001:db8:7::/48");
	assert_int_equal(ask(o), RULE_SCOPE);
}

static void
counts(void **state)
{
	(void)state;
	struct order o = filter("192.0.2.1");
	assert_int_equal(conscience_check(con, policy, &now, &o, 2 * MSEC_DAY), RULE_NONE);
	assert_int_equal(conscience_check(con, policy, &now, &o, 2 * MSEC_DAY + 1), RULE_LONGEST);
	assert_int_equal(conscience_check(con, policy, &now, &o, INT64_MAX), RULE_LONGEST);
	now.entries = 9;
	assert_int_equal(ask(o), RULE_NONE);
	now.entries = 10;
	assert_int_equal(ask(o), RULE_ENTRIES);
	now.entries = 0;
	now.hour[RUNG_FILTER] = 2;
	assert_int_equal(ask(o), RULE_NONE);
	now.hour[RUNG_FILTER] = 3;
	assert_int_equal(ask(o), RULE_HOUR);
	assert_int_equal(ask(quarantine("192.0.2.1")), RULE_NONE);
	now.hour[RUNG_QUARANTINE] = 1;
	assert_int_equal(ask(quarantine("192.0.2.1")), RULE_HOUR);
}

static void
has_words_for_each_rule(void **state)
{
	(void)state;
	for (int r = 0; r < RULE_N; r++) {
		assert_true(strlen(act_rule_name((enum act_rule)r)) > 2);
		assert_true(strlen(act_rule_text((enum act_rule)r)) > 10);
	}
	assert_non_null(act_rule_name((enum act_rule)99));
}

static void
knows_domains(void **state)
{
	(void)state;
	assert_int_equal(parse("never Example.NET.\nnever a_b.test\n"), 0);
	assert_true(conscience_domain(con, "example.net"));
	assert_true(conscience_domain(con, "MX1.example.net."));
	assert_true(conscience_domain(con, "a.b.c.d.example.net"));
	assert_false(conscience_domain(con, "badexample.net"));
	assert_false(conscience_domain(con, "example.net.evil.test"));
	assert_false(conscience_domain(con, "net"));
	assert_true(conscience_domain(con, "x.a_b.test"));
	/* What is no name may not be touched either. */
	assert_true(conscience_domain(con, ""));
	assert_true(conscience_domain(con, "."));
	assert_true(conscience_domain(con, "a..b"));
	assert_true(conscience_domain(con, "a\nb"));
	char huge[400];
	memset(huge, 'a', sizeof huge - 1);
	huge[sizeof huge - 1] = '\0';
	assert_true(conscience_domain(con, huge));
}

static void
says(const char *text, const char *message)
{
	assert_int_equal(parse(text), -EINVAL);
	if (!strstr(why, message))
		fail_msg("%s does not say %s", why, message);
}

static void
says_what_would_be_right(void **state)
{
	(void)state;
	says("mode enforce\n\nmode maybe\n", "con:3: mode takes observe or enforce");
	says("mode enforce\nmode observe\n", "con:2: said a second time");
	says("never 192.0.2.1/24\n", "con:1: \"192.0.2.1/24\" has bits set behind its length");
	says("never 192.0.2.256\n", "no address, prefix or domain");
	says("never fe80::1%eth0\n", "no address, prefix or domain");
	says("never\n", "takes one address");
	says("never a b\n", "takes one address");
	says("widest4 7\n", "takes a prefix length from 8 to 32");
	says("widest6 129\n", "16 to 128");
	says("entries 2000001\n", "0 to 2000000");
	says("entries -1\n", "0 to 2000000");
	says("entries 1 2\n", "0 to 2000000");
	says("longest 14\n", "takes a time");
	says("longest 401 d\n", "400 d");
	says("per-hour filter\n", "per-hour filter takes a number");
	says("per-hour watch 3\n", "per-hour takes ticket");
	says("entires 3\n", "no rule \"entires\"");
	says("a b c d e\n", "more words");
	says("never \x1b[2Jx\n", "\\x1b");
	assert_null(strchr(why, '\x1b'));
	/* After all that: as before. */
	assert_int_equal(conscience_entries(con), 10);
	assert_int_equal(ask(filter("192.0.2.1")), RULE_NONE);
	assert_int_equal(parse("# nothing\n\n   \t\nlongest 1d # all right\r\n"), 0);
	struct order o = filter("192.0.2.1");
	assert_int_equal(conscience_check(con, policy, &now, &o, MSEC_DAY + 1), RULE_LONGEST);
	/* The second file may only protect more. */
	assert_int_equal(
	    conscience_parse(con, "mode enforce\n", 13, true, "p", why, sizeof why), -EINVAL);
	assert_int_equal(
	    conscience_parse(con, "never 192.0.2.1\n", 16, true, "p", why, sizeof why), 0);
	assert_int_equal(ask(filter("192.0.2.1")), RULE_NEVER);
}

static void
lists_what_is_never_touched(void **state)
{
	(void)state;
	char buf[PREFIX_TEXT];
	unsigned n = 0;
	for (const struct prefix *p = NULL; (p = conscience_never(con, p)) != NULL; n++)
		if (n == 0)
			assert_string_equal(prefix_print(p, buf), "203.0.113.0/28");
	assert_int_equal(n, 4);
}

static void
wants_a_file_of_roots(void **state)
{
	(void)state;
	char path[] = "/tmp/lymph-conscience-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "entries 7\n", 10), 10);
	if (geteuid() != 0) {
		assert_int_equal(conscience_read(con, fd, false, path, why, sizeof why), -EPERM);
	} else {
		assert_int_equal(conscience_read(con, fd, false, path, why, sizeof why), 0);
		assert_int_equal(conscience_entries(con), 7);
		assert_int_equal(conscience_read(con, fd, true, path, why, sizeof why), -EINVAL);
		assert_int_equal(fchmod(fd, 0620), 0);
		assert_int_equal(conscience_read(con, fd, false, path, why, sizeof why), -EPERM);
		assert_non_null(strstr(why, "others than root"));
		assert_int_equal(fchmod(fd, 0644), 0);
		assert_int_equal(ftruncate(fd, (4 << 20) + 1), 0);
		assert_int_equal(conscience_read(con, fd, false, path, why, sizeof why), -EFBIG);
		assert_int_equal(fchown(fd, 1, 1), 0);
		assert_int_equal(conscience_read(con, fd, false, path, why, sizeof why), -EPERM);
	}
	close(fd);
	unlink(path);
	int dir = open("/tmp", O_RDONLY | O_DIRECTORY);
	assert_int_equal(conscience_read(con, dir, false, "/tmp", why, sizeof why), -EPERM);
	close(dir);
}

/* The example that is shipped says the defaults. */
static void
ships_its_defaults(void **state)
{
	(void)state;
	const char *path = getenv("LYMPH_SOURCE");
	char file[512], text[8192];
	snprintf(file, sizeof file, "%s/etc/conscience.example", path ? path : ".");
	FILE *f = fopen(file, "r");
	assert_non_null(f);
	size_t n = fread(text, 1, sizeof text, f);
	fclose(f);
	struct conscience *a = conscience_new(), *b = conscience_new();
	assert_int_equal(conscience_parse(a, text, n, false, file, why, sizeof why), 0);
	assert_int_equal(conscience_entries(a), conscience_entries(b));
	assert_int_equal(conscience_ceiling(a), conscience_ceiling(b));
	for (int r = 0; r < RUNG_N; r++)
		assert_int_equal(
		    conscience_per_hour(a, (enum rung)r), conscience_per_hour(b, (enum rung)r));
	conscience_free(a);
	conscience_free(b);
}

static struct conscience *
mind(const char *text)
{
	struct conscience *c = conscience_new();
	assert_non_null(c);
	assert_int_equal(conscience_parse(c, text, strlen(text), false, "x", why, sizeof why), 0);
	return c;
}

/* Each limit, one step looser than the other way round. */
static void
knows_what_is_looser(void **state)
{
	(void)state;
	static const struct {
		const char *tight, *loose, *what;
	} rows[] = {
		{ "mode observe", "mode enforce", "mode observe -> enforce" },
		{ "", "mode enforce", "mode observe -> enforce" },
		{ "widest4 25", "widest4 24", "widest4 25 -> 24" },
		{ "widest6 57", "", "widest6 57 -> 56" },
		{ "entries 1000", "entries 1001", "entries 1000 -> 1001" },
		{ "longest 14 d", "longest 15 d", "longest 14 d -> 15 d" },
		{ "per-hour ticket 0", "", "per-hour ticket 0 -> 100000" },
		{ "", "per-hour notify 1001", "per-hour notify 1000 -> 1001" },
		{ "per-hour filter 7", "per-hour filter 8", "per-hour filter 7 -> 8" },
		{ "", "per-hour quarantine 21", "per-hour quarantine 20 -> 21" },
		{ "never 192.0.2.1", "", "never 192.0.2.1/32 -> gone" },
		{ "never 192.0.2.0/24", "never 192.0.2.0/25\nnever 192.0.2.1", "never 192.0.2.0/24 -> gone" },
		{ "never 2001:db8::/48", "never 192.0.2.1", "never 2001:db8::/48 -> gone" },
		{ "never example.net", "never www.example.net", "never example.net -> gone" },
	};
	char what[128], no[128];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct conscience *a = mind(rows[i].tight), *b = mind(rows[i].loose);
		assert_true(conscience_looser(a, b, what, sizeof what));
		assert_string_equal(what, rows[i].what);
		assert_false(conscience_looser(a, a, no, sizeof no));
		assert_string_equal(no, "");
		/* The way back tightens, unless each has what the other has not. */
		if (!strstr(rows[i].loose, "never"))
			assert_false(conscience_looser(b, a, no, sizeof no));
		/* What is tightest of both loosens neither. */
		assert_int_equal(conscience_tighten(b, a), 0);
		assert_false(conscience_looser(a, b, no, sizeof no));
		conscience_free(a);
		conscience_free(b);
	}
	/* Covered by more than before is no less. */
	struct conscience *a = mind("never 192.0.2.1\nnever 2001:db8:1::/48\nnever www.example.net");
	struct conscience *b = mind("never 192.0.2.0/24\nnever 2001:db8::/32\nnever example.net");
	assert_false(conscience_looser(a, b, what, sizeof what));
	assert_true(conscience_looser(b, a, what, sizeof what));
	conscience_free(a);
	conscience_free(b);
}

/* Of a mixed change the tighter of each limit; printed, it is read back as the same. */
static void
takes_the_tighter_of_each(void **state)
{
	(void)state;
	struct conscience *a = mind("mode enforce\nentries 10\nlongest 36 h\nnever 192.0.2.1\nwidest4 24");
	struct conscience *b = mind("mode observe\nentries 20\nlongest 90 min\nnever 2001:db8::/48\n"
				    "never example.net\nwidest4 26\nper-hour quarantine 30");
	char *text, what[128];
	size_t n;
	assert_int_equal(conscience_tighten(a, b), 0);
	FILE *f = open_memstream(&text, &n);
	conscience_print(a, f);
	fclose(f);
	assert_string_equal(text, "mode observe\nwidest4 26\nwidest6 56\nentries 10\nlongest 90 min\nvictims 16\n"
				  "per-hour ticket 100000\nper-hour notify 1000\nper-hour filter 1000\n"
				  "per-hour quarantine 20\nnever 192.0.2.1/32\nnever 2001:db8::/48\n"
				  "never example.net\n");
	struct conscience *c = mind(text);
	assert_false(conscience_looser(a, c, what, sizeof what));
	assert_false(conscience_looser(c, a, what, sizeof what));
	free(text);
	conscience_free(a);
	conscience_free(b);
	conscience_free(c);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { T(asks_for_mode_and_ceiling),
		T(bounds_what_all_lines_are_kept_from), T(refuses_garbage),
		T(touches_only_what_is_ours), T(never_touches), T(bounds_width),
		T(spares_lines_that_matter), T(wants_a_whole_scope), T(counts),
		T(has_words_for_each_rule), T(knows_domains), T(says_what_would_be_right),
		T(lists_what_is_never_touched), T(wants_a_file_of_roots), T(ships_its_defaults),
		T(knows_what_is_looser), T(takes_the_tighter_of_each) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
