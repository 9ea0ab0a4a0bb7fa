/* SPDX-License-Identifier: BSD-2-Clause */
/* Gathering of claims: sums, bounds, order, and what must stay apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "wire/gather.h"

static struct claim out[2 * GATHER_OPEN];
static char text[2 * GATHER_OPEN][128];
static size_t outs, longest;
static int refuse_after = -1;

static int
sink(const struct claim *c, void *arg)
{
	(void)arg;
	if (refuse_after == 0)
		return -EAGAIN;
	refuse_after -= refuse_after > 0;
	if (c->text_n > longest)
		longest = c->text_n;
	assert_true(c->text_n && c->text[c->text_n - 1] == '\n');
	snprintf(text[outs], sizeof(text[0]), "%.*s", (int)(c->text_n < 100 ? c->text_n : 100), c->text);
	out[outs++] = *c;
	return 0;
}

static struct claim
claim(unsigned host, const char *line)
{
	return (struct claim){ .subject = { 4, { 192, 0, (uint8_t)(host >> 8), (uint8_t)host } },
		.cls = CLASS_SCANNER, .evidence = EVIDENCE_TEXT, .count = 1, .first = 1000, .event = 1000, .port = 7,
		.far_port = 22, .proto = 6, .text = line, .text_n = strlen(line) };
}

static int
fresh(void **state)
{
	outs = longest = 0;
	refuse_after = -1;
	*state = gather_new();
	return *state ? 0 : -1;
}

static int
gone(void **state)
{
	gather_free(*state);
	return 0;
}

static void
test_sums(void **state)
{
	struct gather *g = *state;
	struct claim a = claim(1, "one"), b = claim(1, "two");
	b.event = 5000;
	b.first = 500;
	b.far_port = 23;
	assert_int_equal(gather_add(g, &a, sink, NULL), 0);
	assert_int_equal(gather_add(g, &b, sink, NULL), 0);
	assert_int_equal(gather_count(g), 1);
	assert_int_equal(gather_flush(g, sink, NULL), 0);
	assert_int_equal(outs, 1);
	assert_int_equal(out[0].count, 2);
	assert_int_equal(out[0].first, 500);
	assert_int_equal(out[0].event, 5000);
	assert_int_equal(out[0].port, 7);
	assert_int_equal(out[0].far_port, 0);
	assert_int_equal(out[0].proto, 6);
	assert_string_equal(text[0], "one\ntwo\n");
	assert_int_equal(gather_flush(g, sink, NULL), 0);
	assert_int_equal(outs, 1);
}

/* Weak evidence must not borrow from strong, nor one class from another. */
static void
test_apart(void **state)
{
	struct gather *g = *state;
	struct claim c[5];
	for (size_t i = 0; i < 5; i++)
		c[i] = claim(1, "x");
	c[1].evidence = EVIDENCE_WEAK;
	c[2].two_way_claim = true;
	c[3].cls = CLASS_BOT;
	c[4].zone_assumed = true;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(gather_add(g, &c[i], sink, NULL), 0);
	assert_int_equal(gather_count(g), 5);
}

static void
test_counts_end(void **state)
{
	struct gather *g = *state;
	struct claim c = claim(1, "x");
	c.count = UINT32_MAX - 1;
	gather_add(g, &c, sink, NULL);
	gather_add(g, &c, sink, NULL);
	gather_flush(g, sink, NULL);
	assert_int_equal(out[0].count, UINT32_MAX);
}

/* A full table gives out the oldest, and a sink that says no loses nothing. */
static void
test_full(void **state)
{
	struct gather *g = *state;
	struct claim c;
	for (unsigned i = 0; i < GATHER_OPEN; i++) {
		c = claim(i, "x");
		assert_int_equal(gather_add(g, &c, sink, NULL), 0);
	}
	c = claim(GATHER_OPEN, "x");
	refuse_after = 0;
	assert_int_equal(gather_add(g, &c, sink, NULL), -EAGAIN);
	assert_int_equal(gather_count(g), GATHER_OPEN);
	refuse_after = -1;
	assert_int_equal(gather_add(g, &c, sink, NULL), 0);
	assert_int_equal(outs, 1);
	assert_int_equal(out[0].subject.b[3], 0);
	refuse_after = 3;
	assert_int_equal(gather_flush(g, sink, NULL), -EAGAIN);
	assert_int_equal(outs, 4);
	refuse_after = -1;
	assert_int_equal(gather_flush(g, sink, NULL), 0);
	assert_int_equal(outs, GATHER_OPEN + 1);
	for (size_t i = 0; i < outs; i++)
		assert_int_equal(out[i].subject.b[2] << 8 | out[i].subject.b[3], i);
}

/* The first lines and the last stay, whatever comes between, within the bound. */
static void
test_text(void **state)
{
	struct gather *g = *state;
	static char huge[200000];
	char line[600];
	memset(huge, 'h', sizeof(huge) - 1);
	for (unsigned i = 0; i < 5000; i++) {
		int n = snprintf(line, sizeof(line), "line %u ", i);
		memset(line + n, 'x', (i * 37) % 500);
		line[n + (int)((i * 37) % 500)] = '\0';
		struct claim c = claim(1, i == 2500 ? huge : line);
		assert_int_equal(gather_add(g, &c, sink, NULL), 0);
	}
	gather_flush(g, sink, NULL);
	assert_int_equal(outs, 1);
	assert_int_equal(out[0].count, 5000);
	assert_memory_equal(text[0], "line 0 \n", 8);
	assert_true(longest <= GATHER_HEAD + 48 + GATHER_TAIL);
	assert_non_null(memmem(out[0].text, out[0].text_n, "line 4999 ", 10));
	assert_non_null(memmem(out[0].text, out[0].text_n, " lines left out]\n", 17));
	struct claim c = claim(1, huge);
	gather_add(g, &c, sink, NULL);
	gather_flush(g, sink, NULL);
	assert_true(out[1].text_n <= GATHER_HEAD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sums, fresh, gone),
		cmocka_unit_test_setup_teardown(test_apart, fresh, gone),
		cmocka_unit_test_setup_teardown(test_counts_end, fresh, gone),
		cmocka_unit_test_setup_teardown(test_full, fresh, gone),
		cmocka_unit_test_setup_teardown(test_text, fresh, gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
