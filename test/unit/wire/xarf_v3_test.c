/* SPDX-License-Identifier: BSD-2-Clause */
/* XARF v3: what is read, what is refused and by which field; and the samples of its authors,
 * where they are. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <sodium.h>

#include "wire/xarf_v3.h"

static json_t *
good(void)
{
	return json_pack("{s:s s:{s:s s:s s:s} s:b s:{s:s s:s s:s s:s s:i s:s s:[{s:s s:s}]}}",
	    "Version", "3", "ReporterInfo", "ReporterOrg", "Example", "ReporterOrgDomain",
	    "example.org", "ReporterOrgEmail", "a@example.org", "Disclosure", 1, "Report",
	    "ReportClass", "Activity", "ReportType", "LoginAttack", "Date", "2026-11-22T01:00:00Z",
	    "SourceIp", "192.0.2.7", "SourcePort", 40022, "DestinationIp", "198.51.100.1",
	    "Samples", "ContentType", "text/plain", "Payload", "Failed password from 192.0.2.7");
}

static int
read_json(const json_t *o, struct xarf3 *x, struct xarf_why *why)
{
	char *s = json_dumps(o, JSON_COMPACT);
	int rc = xarf3_read(s, strlen(s), x, why);
	free(s);
	return rc;
}

static void
test_read(void **state)
{
	(void)state;
	struct xarf3 x;
	struct xarf_why why = { "", "" };
	json_t *o = good();
	if (read_json(o, &x, &why) != 0)
		fail_msg("%s: %s", why.field, why.rule);
	assert_int_equal(x.tray, TRAY_CASE);
	assert_int_equal(x.claim.cls, CLASS_LOGIN_ATTACKER);
	assert_int_equal(x.claim.port, 40022);
	assert_int_equal(x.claim.event, 1795309200000);
	assert_int_equal(x.claim.evidence, EVIDENCE_TEXT);
	assert_string_equal(x.domain, "example.org");
	xarf3_free(&x);
	/* A sample that does not name the address is no evidence, a mail is. */
	json_t *sample =
	    json_array_get(json_object_get(json_object_get(o, "Report"), "Samples"), 0);
	json_object_set_new(sample, "Payload", json_string("somebody logged in"));
	assert_int_equal(read_json(o, &x, &why), 0);
	assert_int_equal(x.claim.evidence, EVIDENCE_WEAK);
	xarf3_free(&x);
	json_object_set_new(sample, "ContentType", json_string("message/rfc822"));
	assert_int_equal(read_json(o, &x, &why), 0);
	assert_int_equal(x.claim.evidence, EVIDENCE_TEXT);
	xarf3_free(&x);
	json_object_set_new(sample, "Base64Encoded", json_true());
	json_object_set_new(sample, "Payload", json_string("MTkyLjAuMi43"));
	assert_int_equal(read_json(o, &x, &why), 0);
	assert_memory_equal(x.claim.text, "192.0.2.7", 9);
	xarf3_free(&x);
	json_decref(o);
}

static void
test_types(void **state)
{
	(void)state;
	static const struct {
		const char *cls, *type, *service, *url;
		enum tray tray;
		enum class_id id;
	} rows[] = { { "Activity", "Spam", NULL, NULL, TRAY_CASE, CLASS_SPAM_SOURCE },
		{ "Activity", "DOS", NULL, NULL, TRAY_CASE, CLASS_DDOS_SOURCE },
		{ "Activity", "PortScan", NULL, NULL, TRAY_CASE, CLASS_SCANNER },
		{ "Activity", "Malware", NULL, NULL, TRAY_CASE, CLASS_BOT },
		{ "Content", "Botnet", NULL, NULL, TRAY_CASE, CLASS_BOT },
		{ "Vulnerability", "OpenService", "Squid proxy", NULL, TRAY_CASE,
		    CLASS_OPEN_PROXY },
		{ "Vulnerability", "OpenService", "dns", NULL, TRAY_CASE, CLASS_OPEN_RESOLVER },
		{ "Vulnerability", "OpenService", "NTP", NULL, TRAY_CASE, CLASS_AMPLIFIER },
		{ "Vulnerability", "OpenService", "redis", NULL, TRAY_CASE, CLASS_EXPOSED_SERVICE },
		{ "Content", "Phishing", NULL, "http://x.example/", TRAY_CONTENT, CLASS_NONE },
		{ "Activity", "WebCrawler", NULL, NULL, TRAY_SECURITY, CLASS_NONE },
		{ "Content", "ChildAbuse", NULL, NULL, TRAY_SEALED, CLASS_NONE } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct xarf3 x;
		struct xarf_why why = { "", "" };
		json_t *o = good(), *r = json_object_get(o, "Report");
		json_object_set_new(r, "ReportClass", json_string(rows[i].cls));
		json_object_set_new(r, "ReportType", json_string(rows[i].type));
		if (rows[i].service)
			json_object_set_new(r, "ServiceName", json_string(rows[i].service));
		if (rows[i].url)
			json_object_set_new(r, "SourceUrl", json_string(rows[i].url));
		if (read_json(o, &x, &why) != 0)
			fail_msg("%s: %s: %s", rows[i].type, why.field, why.rule);
		assert_int_equal(x.tray, rows[i].tray);
		if (rows[i].tray == TRAY_CASE)
			assert_int_equal(x.claim.cls, rows[i].id);
		xarf3_free(&x);
		json_decref(o);
	}
}

static void
test_refused(void **state)
{
	(void)state;
	static const struct {
		const char *in, *name, *json, *field; /* json NULL: taken out */
	} rows[] = { { "", "ReporterInfo", NULL, "ReporterInfo" },
		{ "", "Disclosure", NULL, "Disclosure" }, { "", "Version", "\"9\"", "Version" },
		{ "", "Report", "[]", "Report" },
		{ "ReporterInfo", "ReporterOrg", NULL, "ReporterInfo.ReporterOrg" },
		{ "ReporterInfo", "ReporterOrgEmail", "\"x\"", "ReporterInfo.ReporterOrgEmail" },
		{ "ReporterInfo", "Strange", "1", "ReporterInfo" },
		{ "Report", "Date", "\"today\"", "Report.Date" },
		{ "Report", "SourceIp", "\"192.0.2\"", "Report.SourceIp" },
		{ "Report", "SourceIp", NULL, "Report.SourceIp" },
		{ "Report", "SourcePort", "70000", "Report.SourcePort" },
		{ "Report", "SourcePort", "-1", "Report.SourcePort" },
		{ "Report", "DestinationPort", "[80, \"x\"]", "Report.DestinationPort" },
		{ "Report", "ReportType", "\"Nonsense\"", "Report.ReportType" },
		{ "Report", "ReportClass", "\"Content\"", "Report.ReportClass" },
		{ "Report", "Samples", "[]", "Report.Samples" },
		{ "Report", "Samples", "[{\"ContentType\": \"x\"}]", "Report.Samples[0].Payload" },
		{ "Report", "CVE", "\"CVE-1\"", "Report.CVE" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct xarf3 x;
		struct xarf_why why = { "", "" };
		json_t *o = good(), *in = rows[i].in[0] ? json_object_get(o, rows[i].in) : o;
		if (rows[i].json)
			json_object_set_new(
			    in, rows[i].name, json_loads(rows[i].json, JSON_DECODE_ANY, NULL));
		else
			json_object_del(in, rows[i].name);
		assert_int_equal(read_json(o, &x, &why), -EBADMSG);
		assert_string_equal(why.field, rows[i].field);
		assert_true(why.rule[0] != '\0');
		json_decref(o);
	}
	static const char *const broken[] = { "", "[]", "1", "{", "{\"a\":1,\"a\":2}", "\"Report\"",
		"null" };
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct xarf3 x;
		struct xarf_why why = { "", "" };
		assert_true(xarf3_read(broken[i], strlen(broken[i]), &x, &why) < 0);
		assert_true(why.rule[0] != '\0');
	}
}

/* Every file of a folder's subfolders: all read (or sorted with a reason), or all refused by a
 * named field. */
static int
samples(const char *top, bool positive)
{
	char path[4096];
	struct dirent *e, *f;
	int n = 0;
	DIR *d = opendir(top), *s;
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", top, e->d_name);
		if (e->d_name[0] == '.' || !(s = opendir(path)))
			continue;
		while ((f = readdir(s))) {
			static char bytes[1 << 20];
			struct xarf3 x;
			struct xarf_why why = { "", "" };
			if (!strstr(f->d_name, ".json"))
				continue;
			snprintf(path, sizeof(path), "%s/%s/%s", top, e->d_name, f->d_name);
			FILE *file = fopen(path, "rb");
			size_t len = fread(bytes, 1, sizeof(bytes), file);
			fclose(file);
			int rc = xarf3_read(bytes, len, &x, &why);
			if (positive ? rc != 0 || !x.rule[0]
				     : rc != -EBADMSG || !why.field[0] || !why.rule[0])
				fail_msg("%s: %d %s: %s", path, rc, why.field, why.rule);
			xarf3_free(&x);
			n++;
		}
		closedir(s);
	}
	if (d)
		closedir(d);
	return n;
}

static void
test_samples(void **state)
{
	(void)state;
	const char *data = getenv("LYMPH_DATA");
	char path[4096];
	snprintf(path, sizeof(path), "%s/xarf/v3/samples/positive", data ? data : "../shared/data");
	int good_ones = samples(path, true);
	snprintf(path, sizeof(path), "%s/xarf/v3/samples/negative", data ? data : "../shared/data");
	int bad_ones = samples(path, false);
	if (good_ones + bad_ones == 0) {
		printf("no %s: samples of the specification not checked\n", path);
		skip();
	}
	printf("%d read or sorted, %d refused by a named field\n", good_ones, bad_ones);
	snprintf(path, sizeof(path), "%s/xarf/v4/samples", data ? data : "../shared/data");
	assert_true(good_ones >= 40 && bad_ones >= 90);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_read),
		cmocka_unit_test(test_types), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_samples) };
	json_object_seed(1);
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
