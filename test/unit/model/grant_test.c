/* SPDX-License-Identifier: BSD-2-Clause */
/* Grants: the scope in words and back, what it covers, and that no other bytes decode to one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../parse.h"
#include "model/grant.h"

static struct grant
made(const char *const *words)
{
	struct grant g = { .no = 7, .name = "noc", .until = MSEC_NEVER, .made = 5, .uid = 1001, .since = 9 };
	for (; *words; words++)
		assert_int_equal(grant_scope_add(&g, *words), 0);
	return g;
}

static void
test_words(void **state)
{
	char buf[GRANT_SCOPE];
	struct grant g = { 0 };
	(void)state;
	g = made((const char *[]){ "evidence", "open-proxy", "192.0.2.0/24", "2001:db8::/32", "192.0.2.0/24", NULL });
	assert_string_equal(grant_scope_print(&g, buf), "192.0.2.0/24 2001:db8::/32 open-proxy evidence");
	assert_int_equal(g.flags, GRANT_REPORTS | GRANT_EVIDENCE);
	g = made((const char *[]){ "all", "reports", "inside", NULL });
	assert_string_equal(grant_scope_print(&g, buf), "all inside reports");
	assert_int_equal(grant_scope_add(&g, "everything"), -EINVAL);
	assert_int_equal(grant_scope_add(&g, ""), -EINVAL);
	assert_int_equal(grant_scope_add(&g, "192.0.2.1/24"), -EDOM);
	for (int i = 0; i < GRANT_PREFIXES; i++) {
		char p[PREFIX_TEXT];
		struct prefix x = { .a = { 4, { 10, (uint8_t)i } }, .len = 16 };
		assert_int_equal(grant_scope_add(&g, prefix_print(&x, p)), 0);
	}
	assert_int_equal(grant_scope_add(&g, "192.0.2.0/24"), -E2BIG);
	assert_true(strlen(grant_scope_print(&g, buf)) < sizeof(buf));
}

static void
test_covers(void **state)
{
	(void)state;
	struct grant g = made((const char *[]){ "192.0.2.0/24", "2001:db8::/32", "bot", NULL });
	struct addr in = addr("192.0.2.255"), out = addr("192.0.3.0"), six = addr("2001:db8:1::1");
	assert_true(grant_covers(&g, &in, CLASS_BOT));
	assert_false(grant_covers(&g, &in, CLASS_SCANNER));
	assert_false(grant_covers(&g, &out, CLASS_BOT));
	assert_true(grant_covers(&g, &six, CLASS_BOT));
	struct grant all = made((const char *[]){ "all", NULL });
	assert_true(grant_covers(&all, &out, CLASS_SCANNER));
	struct grant none = { 0 };
	assert_false(grant_covers(&none, &in, CLASS_BOT));
	g.until = 100;
	assert_true(grant_lasts(&g, 99));
	assert_false(grant_lasts(&g, 100));
}

static void
test_names(void **state)
{
	(void)state;
	assert_true(grant_name_ok("noc-2.example"));
	assert_false(grant_name_ok(""));
	assert_false(grant_name_ok("-x"));
	assert_false(grant_name_ok("a b"));
	assert_false(grant_name_ok("a\033[2J"));
	assert_false(grant_name_ok("a234567890123456789012345678901234567890"));
}

static void
test_bytes(void **state)
{
	uint8_t buf[GRANT_BYTES];
	struct grant back;
	(void)state;
	struct grant g = made((const char *[]){ "192.0.2.0/24", "2001:db8::/32", "bot", "evidence", NULL });
	memcpy(g.mail, "a@b.example", 12);
	memset(g.token, 3, sizeof(g.token));
	struct writer w = writer_of(buf, sizeof(buf));
	grant_encode(&w, &g);
	assert_false(w.bad);
	size_t n = writer_len(&w);
	assert_int_equal(grant_decode(buf, n, &back), 0);
	assert_string_equal(back.mail, g.mail);
	assert_int_equal(back.until, MSEC_NEVER);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(grant_decode(buf, i, &back), -EBADMSG);
	assert_int_equal(grant_decode(buf, n + 1, &back), -EBADMSG);
	/* Whatever decodes is what would have been written. */
	srand(1);
	for (int i = 0; i < 200000; i++) {
		uint8_t x[GRANT_BYTES], y[GRANT_BYTES];
		memcpy(x, buf, n);
		for (int k = rand() % 3; k >= 0; k--)
			x[rand() % (int)n] ^= (uint8_t)(1 << rand() % 8);
		if (grant_decode(x, n, &back) < 0)
			continue;
		w = writer_of(y, sizeof(y));
		grant_encode(&w, &back);
		assert_int_equal(writer_len(&w), n);
		assert_memory_equal(x, y, n);
	}
	/* Neither all nor a prefix: nobody's; both: wider than it says. */
	g.all = true;
	w = writer_of(buf, sizeof(buf));
	grant_encode(&w, &g);
	assert_int_equal(grant_decode(buf, writer_len(&w), &back), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
