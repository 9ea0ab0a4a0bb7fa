/* SPDX-License-Identifier: BSD-2-Clause */
/* The fence's plan as text, and that nothing but the plan counts as the plan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lymphd/fence_plan.h"

static struct policy *policy;

static void
own(const char *text)
{
	struct policy_row row = { .kind = KIND_RESIDENTIAL };
	assert_int_equal(prefix_parse(text, strlen(text), &row.lpm.prefix), 0);
	assert_int_equal(policy_add(policy, &row), 0);
}

static int
setup(void **state)
{
	(void)state;
	policy = policy_new();
	own("192.0.2.0/24");
	own("192.0.2.1/32"); /* inside another */
	own("198.51.100.0/25");
	own("198.51.100.128/25"); /* next to another */
	own("203.0.113.7/32");
	own("2001:db8::/48");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	policy_free(policy);
	return 0;
}

static void
test_print(void **state)
{
	(void)state;
	char *s = NULL;
	size_t n;
	FILE *f = open_memstream(&s, &n);
	fence_plan_print(policy, 64002, f);
	fclose(f);
	assert_string_equal(s,
	    "table inet lymph_fence\ndelete table inet lymph_fence\ntable inet lymph_fence {\n"
	    "\tset own4 {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t\telements = {\n"
	    "\t\t\t192.0.2.0-192.0.2.255,\n\t\t\t198.51.100.0-198.51.100.255,\n\t\t\t203.0.113.7\n\t\t}\n\t}\n"
	    "\tset own6 {\n\t\ttype ipv6_addr\n\t\tflags interval\n\t\telements = {\n"
	    "\t\t\t2001:db8::-2001:db8:0:ffff:ffff:ffff:ffff:ffff\n\t\t}\n\t}\n"
	    "\tchain output {\n\t\ttype filter hook output priority 0; policy accept;\n"
	    "\t\tmeta skuid 64002 ip daddr @own4 accept\n\t\tmeta skuid 64002 ip6 daddr @own6 accept\n"
	    "\t\tmeta skuid 64002 counter drop\n\t}\n}\n");
	free(s);
}

#define SET4                                                                                        \
	"{\"set\":{\"name\":\"own4\",\"type\":\"ipv4_addr\",\"flags\":[\"interval\"],\"elem\":["     \
	"{\"prefix\":{\"addr\":\"192.0.2.0\",\"len\":24}},{\"prefix\":{\"addr\":\"198.51.100.0\","   \
	"\"len\":25}},{\"range\":[\"198.51.100.128\",\"198.51.100.255\"]},\"203.0.113.7\"%s]}}"
#define SET6                                                                                        \
	"{\"set\":{\"name\":\"own6\",\"type\":\"ipv6_addr\",\"elem\":[{\"prefix\":{\"addr\":"        \
	"\"2001:db8::\",\"len\":48}}]}}"
#define CHAIN                                                                                       \
	"{\"chain\":{\"name\":\"output\",\"type\":\"filter\",\"hook\":\"output\",\"prio\":0,"        \
	"\"policy\":\"%s\"}}"
#define SKUID                                                                                       \
	"{\"match\":{\"op\":\"==\",\"left\":{\"meta\":{\"key\":\"skuid\"}},\"right\":%s}}"
#define OWN(proto, set)                                                                             \
	"{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"" proto                      \
	"\",\"field\":\"daddr\"}},\"right\":\"@" set "\"}}"
#define RULE(x) "{\"rule\":{\"chain\":\"output\",\"expr\":[" x "]}}"

struct variant {
	const char *element, *policy, *uid, *verdict, *extra;
};

static int
compare(const struct variant *v)
{
	char s[4096];
	const char *why = NULL;
	int n = snprintf(s, sizeof s,
	    "{\"nftables\":[{\"metainfo\":{}},{\"table\":{\"name\":\"lymph_fence\"}}," SET4 "," SET6 "," CHAIN
	    "," RULE(SKUID "," OWN("ip", "own4") ",{\"accept\":null}") "," RULE(
	        SKUID "," OWN("ip6", "own6") ",{\"accept\":null}") "," RULE(SKUID
	        ",{\"counter\":{\"packets\":7,\"bytes\":420}},{\"%s\":null}") "%s]}",
	    v->element, v->policy, v->uid, v->uid, v->uid, v->verdict, v->extra);
	int rc = fence_plan_compare(policy, 64002, s, (size_t)n, &why);
	assert_int_equal(rc != 0, why != NULL);
	return rc;
}

static void
test_compare(void **state)
{
	(void)state;
	const char *why;
	assert_int_equal(compare(&(struct variant){ "", "accept", "64002", "drop", "" }), 0);
	const struct variant bad[] = {
		{ ",\"203.0.113.9\"", "accept", "64002", "drop", "" }, /* one address more */
		{ ",{\"prefix\":{\"addr\":\"0.0.0.0\",\"len\":0}}", "accept", "64002", "drop", "" },
		{ ",{\"elem\":{\"val\":\"203.0.113.7\",\"timeout\":5}}", "accept", "64002", "drop", "" },
		{ ",{\"prefix\":{\"addr\":\"0.0.0.0\",\"len\":99}}", "accept", "64002", "drop", "" },
		{ "", "drop", "64002", "drop", "" },
		{ "", "accept", "64003", "drop", "" },
		{ "", "accept", "\"root\"", "drop", "" },
		{ "", "accept", "64002", "accept", "" },
		{ "", "accept", "64002", "drop", "," RULE("{\"accept\":null}") },
		{ "", "accept", "64002", "drop", ",{\"map\":{\"name\":\"x\"}}" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_not_equal(compare(&bad[i]), 0);
	assert_int_not_equal(fence_plan_compare(policy, 1, "", 0, &why), 0);
	assert_int_not_equal(fence_plan_compare(policy, 1, "{}", 2, &why), 0);
	assert_int_not_equal(fence_plan_compare(policy, 1, "{\"nftables\":[]}", 15, &why), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_compare),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
