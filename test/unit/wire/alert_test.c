/* SPDX-License-Identifier: BSD-2-Clause */
/* Alerts of CrowdSec's agents: what accuses whom of what, and what is only counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/alert.h"
#include "wire/claim.h"

#define NOW INT64_C(1795348800000)
/* As the agent of Debian 12 (1.4.6) pushes one. */
#define ALERT(scenario, scope, value, more) \
	"{\"capacity\":5,\"events\":[{\"meta\":[{\"key\":\"log_type\",\"value\":\"ssh_failed-auth\"}," \
	"{\"key\":\"source_ip\",\"value\":\"" value "\"},{\"key\":\"target_user\",\"value\":\"ro\\u0007ot\"}]," \
	"\"timestamp\":\"2026-11-22T10:00:01Z\"}],\"events_count\":6,\"labels\":null,\"leakspeed\":\"10s\",\"message\":\"x\"," \
	"\"remediation\":true,\"scenario\":\"" scenario "\",\"scenario_hash\":\"abc\",\"scenario_version\":\"0.1\"," \
	"\"simulated\":false,\"source\":{\"ip\":\"" value "\",\"scope\":\"" scope "\",\"value\":\"" value "\"}," \
	"\"start_at\":\"2026-11-22T10:00:00.123456789Z\",\"stop_at\":\"2026-11-22T10:00:09Z\"" more "}"
#define DECISION ",\"decisions\":[{\"duration\":\"4h\",\"origin\":\"crowdsec\",\"scope\":\"Ip\",\"type\":\"ban\"," \
	"\"value\":\"192.0.2.1\",\"scenario\":\"x\"},{}]"

static char text[CLAIM_TEXT];

static struct alert
read_one(const char *s)
{
	struct alert a;
	char *copy = malloc(strlen(s)); /* exactly: an over-read is seen */
	assert_non_null(copy);
	memcpy(copy, s, strlen(s));
	alert_read(copy, strlen(s), NOW, text, &a);
	free(copy);
	return a;
}

static void
accuses(void **state)
{
	static const struct {
		const char *scenario;
		enum class_id cls;
		enum evidence evidence;
	} rows[] = {
		{ "crowdsecurity/ssh-bf", CLASS_LOGIN_ATTACKER, EVIDENCE_TEXT },
		{ "crowdsecurity/ssh-slow-bf_user-enum", CLASS_LOGIN_ATTACKER, EVIDENCE_TEXT },
		{ "crowdsecurity/http-bf-wordpress_bf", CLASS_LOGIN_ATTACKER, EVIDENCE_TEXT },
		{ "crowdsecurity/dovecot-spam", CLASS_LOGIN_ATTACKER, EVIDENCE_TEXT },
		{ "crowdsecurity/iptables-scan-multi_ports", CLASS_SCANNER, EVIDENCE_WEAK },
		{ "crowdsecurity/http-crawl-non_statics", CLASS_SCANNER, EVIDENCE_TEXT },
		{ "crowdsecurity/apache_log4j2_cve-2021-44228", CLASS_SCANNER, EVIDENCE_TEXT },
		{ "crowdsecurity/nginx-req-limit-exceeded", CLASS_DDOS_SOURCE, EVIDENCE_TEXT },
		{ "crowdsecurity/postfix-spam", CLASS_SPAM_SOURCE, EVIDENCE_TEXT },
		{ "own/Telnet-BF", CLASS_LOGIN_ATTACKER, EVIDENCE_TEXT },
		{ "thespad/sshesame-honeypot", CLASS_LOGIN_ATTACKER, EVIDENCE_TEXT },
		/* Anybody may have forged the packet. */
		{ "crowdsecurity/asterisk_bf", CLASS_LOGIN_ATTACKER, EVIDENCE_WEAK },
		{ "mstilkerich/bind9-refused", CLASS_SCANNER, EVIDENCE_WEAK },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct alert_row *r = alert_row_of(rows[i].scenario);
		assert_non_null(r);
		if (r->cls != rows[i].cls || r->evidence != rows[i].evidence)
			fail_msg("%s is %s", rows[i].scenario, class_row(r->cls)->name);
		assert_true(r->two_way == (r->evidence != EVIDENCE_WEAK));
	}
	struct alert a = read_one(ALERT("crowdsecurity/ssh-bf", "Ip", "192.0.2.1", DECISION));
	char addr[ADDR_TEXT];
	assert_int_equal(a.fate, ALERT_ACCUSES);
	assert_int_equal(a.decisions, 2);
	assert_string_equal(addr_print(&a.claim.subject, addr), "192.0.2.1");
	assert_int_equal(a.claim.cls, CLASS_LOGIN_ATTACKER);
	assert_int_equal(a.claim.count, 6);
	assert_int_equal(a.claim.first, INT64_C(1795341600123));
	assert_int_equal(a.claim.event, INT64_C(1795341609000));
	assert_string_equal(a.claim.what, "CrowdSec scenario crowdsecurity/ssh-bf");
	/* Evidence: text, without what could do something to who reads it. */
	static const char want[] = "scenario crowdsecurity/ssh-bf 0.1\n2026-11-22T10:00:01Z log_type=ssh_failed-auth "
				   "source_ip=192.0.2.1 target_user=ro?ot\n";
	assert_int_equal(a.claim.text_n, sizeof(want) - 1);
	assert_memory_equal(a.claim.text, want, sizeof(want) - 1);
}

/* The claim makes a report, the same each time. */
static void
reports(void **state)
{
	struct alert a = read_one(ALERT("crowdsecurity/ssh-bf", "Ip", "192.0.2.1", DECISION));
	struct claim_from from = { .arrived = NOW, .org = "node.example" };
	struct report r[2];
	struct xarf_why why;
	size_t n[2];
	char *doc[2];
	(void)state;
	assert_true(identity_make(IDENTITY_MACHINE, "Web1", &from.identity));
	assert_string_equal(from.identity.name, "machine:web1");
	for (int i = 0; i < 2; i++) {
		from.arrived += i;
		doc[i] = claim_report(&a.claim, &from, &n[i], &r[i], &why);
		assert_non_null(doc[i]);
	}
	assert_int_equal(n[0], n[1]);
	assert_memory_equal(doc[0], doc[1], n[0]);
	assert_memory_equal(r[0].id, r[1].id, sizeof(r[0].id));
	assert_int_equal(r[0].evidence, EVIDENCE_TEXT);
	assert_null(strstr(doc[0], "4h")); /* nothing of what it decided */
	free(doc[0]);
	free(doc[1]);
}

static void
counted(void **state)
{
	static const struct {
		const char *s;
		enum alert_fate fate;
		uint32_t decisions;
	} rows[] = {
		{ ALERT("crowdsecurity/ssh-bf", "Range", "192.0.2.0/24", ""), ALERT_NO_ADDRESS, 0 },
		{ ALERT("crowdsecurity/ssh-bf", "username", "root", DECISION), ALERT_NO_ADDRESS, 2 },
		{ ALERT("crowdsecurity/ssh-bf", "Ip", "192.0.2.300", ""), ALERT_NO_ADDRESS, 0 },
		{ ALERT("crowdsecurity/impossible-travel", "Ip", "192.0.2.1", ""), ALERT_NO_CLASS, 0 },
		{ ALERT("crowdsecurity/CVE-2021-4034", "Ip", "192.0.2.1", ""), ALERT_NO_CLASS, 0 },
		{ ALERT("somebody/strange", "Ip", "192.0.2.1", DECISION), ALERT_NO_CLASS, 2 },
		{ "{\"scenario\":\"manual 'ban' from 'x'\",\"events\":[],\"source\":{\"scope\":\"Ip\",\"value\":\"192.0.2.1\"}"
		  DECISION "}", ALERT_ORDER, 2 },
		{ "{\"scenario\":\"crowdsecurity/ssh-bf\",\"simulated\":true}", ALERT_SIMULATED, 0 },
		{ "{\"scenario\":\"crowdsecurity/ssh-bf\",\"source\":{\"scope\":\"Ip\",\"value\":\"192.0.2.1\"}}", ALERT_BROKEN, 0 },
		{ "{\"scenario\":7}", ALERT_BROKEN, 0 },
		{ "{\"scenario\":\"crowdsecurity/ssh-bf\"}", ALERT_BROKEN, 0 },
		{ "[]", ALERT_BROKEN, 0 },
		{ "7", ALERT_BROKEN, 0 },
		{ "{\"a\":1,\"a\":2}", ALERT_BROKEN, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct alert a = read_one(rows[i].s);
		if (a.fate != rows[i].fate || a.decisions != rows[i].decisions)
			fail_msg("row %zu: fate %d, %u decisions", i, (int)a.fate, a.decisions);
	}
}

static void
large(void **state)
{
	size_t room = 4 << 20, n = 0;
	char *s = malloc(room);
	(void)state;
	assert_non_null(s);
	n += (size_t)sprintf(s + n, "{\"scenario\":\"crowdsecurity/ssh-bf\",\"start_at\":\"2026-11-22 10:00:00 +0000 UTC\","
	    "\"source\":{\"scope\":\"ip\",\"value\":\"2001:db8::1\"},\"events\":[");
	for (int i = 0; i < 200; i++)
		n += (size_t)sprintf(s + n, "%s{\"timestamp\":\"t\",\"meta\":[{\"key\":\"%0200d\",\"value\":\"%0700d\"},"
		    "{\"key\":\"k\",\"value\":\"%0700d\"},{\"key\":\"k\",\"value\":\"%0700d\"},{\"key\":\"k\",\"value\":\"%0700d\"}]}",
		    i ? "," : "", i, i, i, i, i);
	n += (size_t)sprintf(s + n, "],\"events_count\":-3}");
	struct alert a = read_one(s);
	assert_int_equal(a.fate, ALERT_ACCUSES);
	assert_int_equal(a.claim.count, 1);
	assert_int_equal(a.claim.event, INT64_C(1795341600000));
	assert_true(a.claim.text_n <= CLAIM_TEXT && a.claim.text[a.claim.text_n - 1] == '\n');
	memset(s, ' ', ALERT_MOST);
	strcpy(s + ALERT_MOST, "{}");
	assert_int_equal(read_one(s).fate, ALERT_BROKEN);
	free(s);
}

static void
splits(void **state)
{
	static const struct {
		const char *s, *parts;
	} rows[] = {
		{ "[]", "" },
		{ " [ ] ", "" },
		{ "[1]", "1|" },
		{ " [ {\"a\":[1,2]} , \"],\\\"[\" ,{}]", "{\"a\":[1,2]} |\"],\\\"[\" |{}|" },
		{ "[\"\\\\\",2]", "\"\\\\\"|2|" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char got[128] = "";
		const char *p;
		size_t at = 0, n;
		while (alert_next(rows[i].s, strlen(rows[i].s), &at, &p, &n))
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%.*s|", (int)n, p);
		assert_string_equal(got, rows[i].parts);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accuses),
		cmocka_unit_test(reports),
		cmocka_unit_test(counted),
		cmocka_unit_test(large),
		cmocka_unit_test(splits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
