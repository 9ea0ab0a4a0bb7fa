/* SPDX-License-Identifier: BSD-2-Clause */
/* A report for others: it is about the same, and nothing of it names who made it, whatever he wrote where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/xarf_outward.h"

#define WHO "secret-reporter.example"

/* Every field a reporter can write into holds his name. */
static const char body[] =
    "{\"xarf_version\":\"4.2.0\",\"report_id\":\"0b9a0000-1111-4222-8333-444455556666\","
    "\"timestamp\":\"2026-11-22T02:00:00Z\",\"reporter\":{\"org\":\"" WHO "\",\"contact\":\"a@" WHO
    "\",\"domain\":\"" WHO "\"},\"sender\":{\"org\":\"" WHO "\",\"contact\":\"a@" WHO "\",\"domain\":\"" WHO
    "\"},\"source_identifier\":\"192.0.2.1\",\"category\":\"vulnerability\",\"type\":\"open_service\","
    "\"service\":\"open-proxy\",\"service_port\":3128,\"description\":\"by " WHO "\",\"tags\":[\"x:" WHO "\"],"
    "\"_internal\":{\"x\":\"" WHO "\"},\"" WHO "\":1,\"lymph\":{\"reply_to\":\"a@" WHO "\",\"aud\":\"" WHO
    "\",\"count\":7,\"handshake\":null,\"x\":\"" WHO "\"},\"evidence\":[{\"content_type\":\"text/plain\","
    "\"description\":\"" WHO "\",\"payload\":\"MTkyLjAuMi4xIGRpZCBpdA==\",\"x\":\"" WHO "\"}]}";

static struct report
read_body(void)
{
	struct xarf *x;
	struct xarf_why why;
	struct report r;
	if (xarf_parse(body, sizeof(body) - 1, &x, &why) < 0 || xarf_report(x, &r, &why) < 0)
		fail_msg("%s: %s", why.field, why.rule);
	xarf_free(x);
	return r;
}

static struct report
again(const char *text, size_t n)
{
	struct xarf *x;
	struct xarf_why why;
	struct report r;
	if (xarf_parse(text, n, &x, &why) < 0 || xarf_report(x, &r, &why) < 0)
		fail_msg("%s: %s in %s", why.field, why.rule, text);
	xarf_free(x);
	return r;
}

static void
test_names(void **state)
{
	struct report p = read_body();
	size_t n;
	(void)state;
	for (int evidence = 0; evidence < 2; evidence++) {
		char *text = xarf_outward(&p, "node.example", evidence, body, sizeof(body) - 1, &n);
		assert_non_null(text);
		assert_int_equal(strlen(text), n);
		assert_null(strstr(text, "secret"));
		assert_int_equal(strstr(text, "MTkyLjAuMi4xIGRpZCBpdA==") != NULL, evidence);
		assert_non_null(strstr(text, "abuse@node.example"));
		struct report r = again(text, n);
		assert_memory_equal(r.id, p.id, sizeof(p.id));
		assert_true(addr_eq(&r.subject, &p.subject));
		assert_int_equal(r.cls, CLASS_OPEN_PROXY);
		assert_int_equal(r.port, 3128);
		assert_int_equal(r.count, 7);
		assert_int_equal(r.event, p.event);
		free(text);
	}
}

static void
test_odd(void **state)
{
	struct report p = read_body();
	size_t n;
	(void)state;
	/* No body, or one that is no document: without evidence. A name that is no domain. */
	char *text = xarf_outward(&p, "node", true, "no json", 7, &n);
	assert_non_null(text);
	assert_null(strstr(text, "payload"));
	again(text, n);
	free(text);
	text = xarf_outward(&p, "node.example", true, NULL, 0, &n);
	assert_non_null(text);
	free(text);
	/* Every class there is fits, with a port and, where its type can do without, without. */
	for (unsigned cls = CLASS_NONE + 1; cls < CLASS_N; cls++) {
		p.cls = (enum class_id)cls;
		p.port = cls % 2 && cls != CLASS_KNOWN_DEFECTIVE ? 0 : 25;
		text = xarf_outward(&p, "node.example", false, NULL, 0, &n);
		if (!text)
			fail_msg("%s", class_row(p.cls)->name);
		assert_int_equal(again(text, n).cls, cls);
		free(text);
	}
	p.cls = CLASS_NONE;
	assert_null(xarf_outward(&p, "node.example", false, NULL, 0, &n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_odd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
