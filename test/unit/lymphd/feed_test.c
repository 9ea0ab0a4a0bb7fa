/* SPDX-License-Identifier: BSD-2-Clause */
/* How often a registry may be asked, in data time; and the file of answers as a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lymphd/feed_file.h"
#include "lymphd/feed_pace.h"
#include "wire/json.h"

static struct url
url(const char *s)
{
	struct url u;
	assert_int_equal(url_split(s, &u), 0);
	return u;
}

static unsigned
burst(struct feed_pace *p, const struct url *u, msec now)
{
	unsigned n = 0;
	while (n < 1000 && feed_pace_take(p, u, now) == 0)
		n++;
	return n;
}

static void
test_pace(void **state)
{
	struct feed_pace p;
	struct url a = url("https://a.example/"), b = url("https://b.example/"), c = url("https://a.example:8443/");
	msec now = 1000;
	(void)state;
	feed_pace_init(&p, 10, now);
	assert_int_equal(burst(&p, &a, now), 10);
	assert_int_equal(burst(&p, &b, now), 10); /* each has its own */
	assert_int_equal(burst(&p, &c, now), 10);
	assert_int_equal(feed_pace_take(&p, &a, now), now + 6001); /* when to come again */
	/* However often it is tried, ten a minute. */
	unsigned n = 0;
	for (; now < 1000 + 10 * MSEC_MINUTE; now += 3)
		n += feed_pace_take(&p, &a, now) == 0;
	assert_in_range(n, 98, 100);
	/* All together: what six may. */
	feed_pace_init(&p, 10, now);
	n = 0;
	for (int i = 0; i < 100; i++) {
		char s[64];
		snprintf(s, sizeof(s), "https://x%d.example/", i);
		struct url u = url(s);
		n += burst(&p, &u, now);
	}
	assert_int_equal(n, 60);
	assert_true(p.forgotten > 0); /* rows of a table of fixed size */
}

static void
test_pause(void **state)
{
	struct feed_pace p;
	struct url a = url("https://a.example/");
	msec now = 1000;
	(void)state;
	feed_pace_init(&p, 10, now);
	feed_pace_failed(&p, &a, 0, now);
	assert_int_equal(feed_pace_take(&p, &a, now), now + MSEC_MINUTE);
	now += MSEC_MINUTE;
	assert_int_equal(feed_pace_take(&p, &a, now), 0);
	feed_pace_failed(&p, &a, 0, now); /* twice in a row: longer */
	assert_int_equal(feed_pace_take(&p, &a, now), now + 2 * MSEC_MINUTE);
	for (int i = 0; i < 40; i++)
		feed_pace_failed(&p, &a, 0, now);
	assert_int_equal(feed_pace_take(&p, &a, now), now + MSEC_HOUR);
	now += MSEC_HOUR;
	feed_pace_fine(&p, &a, now);
	feed_pace_failed(&p, &a, 600, now); /* as it says */
	assert_int_equal(feed_pace_take(&p, &a, now), now + 10 * MSEC_MINUTE);
	feed_pace_fine(&p, &a, now);
	feed_pace_failed(&p, &a, UINT32_MAX, now); /* within reason */
	assert_int_equal(feed_pace_take(&p, &a, now), now + MSEC_HOUR);
}

static unsigned begun, refuse_at;

static int
begin(const void *line, size_t n)
{
	assert_true(n > 0 && ((const char *)line)[n - 1] != '\n');
	return ++begun == refuse_at ? -1 : 0;
}

static void
end(void)
{
}

#define LINE(first, last, name) "{\"objectClassName\":\"ip network\",\"startAddress\":\"" first "\",\"endAddress\":\"" last \
	"\",\"name\":\"" name "\"}\n"

static const char *
name_at(const struct feed_file_table *t, const char *a)
{
	static struct rdap_net r;
	struct addr x;
	assert_int_equal(addr_parse(a, strlen(a), &x), 0);
	return feed_file_find(t, &x, &r) ? r.name : "-";
}

static void
test_file(void **state)
{
	static const char text[] = "# answers\n\n  \t\r\n" LINE("10.0.0.0", "10.0.2.127", "odd") LINE("10.0.1.0", "10.0.1.255", "inner")
	    "{ bad }\n" LINE("10.0.1.0", "10.0.1.255", "newer") LINE("2001:db8::", "2001:db8::ffff", "six")
	    LINE("0.0.0.0", "255.255.255.255", "all") "{\"objectClassName\"";
	uint64_t bad = 0;
	(void)state;
	begun = refuse_at = 0;
	struct feed_file_table *t = feed_file_read(text, sizeof(text) - 1, &bad, begin, end);
	assert_int_equal(bad, 2);
	assert_int_equal(begun, 7);
	assert_int_equal(feed_file_rows(t), 2 + 1 + 1 + 1);
	assert_string_equal(name_at(t, "10.0.0.1"), "odd");
	assert_string_equal(name_at(t, "10.0.2.127"), "odd");
	assert_string_equal(name_at(t, "10.0.2.128"), "all");
	assert_string_equal(name_at(t, "10.0.1.1"), "newer");
	assert_string_equal(name_at(t, "2001:db8::1:0"), "-");
	assert_string_equal(name_at(t, "2001:db8::1"), "six");
	feed_file_free(t);
	begun = 0;
	refuse_at = 1; /* it killed the reader twice: the others are read all the same */
	t = feed_file_read(text, sizeof(text) - 1, &bad, begin, end);
	assert_int_equal(bad, 3);
	assert_string_equal(name_at(t, "10.0.0.1"), "all");
	assert_string_equal(name_at(t, "10.0.1.1"), "newer");
	feed_file_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_file),
	};
	json_warm();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
