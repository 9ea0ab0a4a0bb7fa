/* SPDX-License-Identifier: BSD-2-Clause */
/* EVE lines: who is accused of what, how good it is; and the scanner against a whole JSON parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/eve.h"
#include "wire/eve_scan.h"

static bool
ours(const struct addr *a, void *arg)
{
	static const uint8_t six[4] = { 0x20, 0x01, 0x0d, 0xb8 };
	(void)arg;
	return (a->fam == 4 && a->b[0] == 192 && a->b[1] == 0 && a->b[2] == 2) ||
	    (a->fam == 6 && memcmp(a->b, six, 4) == 0);
}

static const struct eve_terms terms = { .ours = ours, .ref = { .now = INT64_C(1795348800000) } };

#define HEAD(type, src, sp, dst, dp, proto) \
	"{\"timestamp\":\"2026-11-22T11:00:00.123456+0100\",\"flow_id\":1,\"in_iface\":\"eth0\",\"event_type\":\"" type \
	"\",\"src_ip\":\"" src "\",\"src_port\":" #sp ",\"dest_ip\":\"" dst "\",\"dest_port\":" #dp ",\"proto\":\"" proto "\""
#define RULE(sig, cat, more) \
	",\"alert\":{\"action\":\"allowed\",\"gid\":1,\"signature_id\":2001219,\"rev\":20,\"signature\":\"" sig \
	"\",\"category\":\"" cat "\",\"severity\":2" more "}"
#define FLOW(to, back) ",\"flow\":{\"pkts_toserver\":" #to ",\"pkts_toclient\":" #back ",\"start\":\"x\"}"
#define OUR "192.0.2.7"
#define FAR "198.51.100.9"
#define SCAN_RULE RULE("ET SCAN Potential SSH Scan OUTBOUND", "Attempted Information Leak", "")
#define CNC_RULE RULE("ET MALWARE Some CnC Beacon", "Malware Command and Control Activity Detected", "")

static const struct {
	const char *line;
	enum eve_says says;
	enum class_id cls;
	enum evidence evidence;
	uint16_t port;
} rows[] = {
	/* Scans: one packet proves nothing, a session that was understood does. */
	{ HEAD("alert", OUR, 40000, FAR, 22, "TCP") SCAN_RULE FLOW(1, 0) "}", EVE_ACCUSES, CLASS_SCANNER, EVIDENCE_WEAK, 40000 },
	{ HEAD("alert", OUR, 40000, FAR, 22, "TCP") SCAN_RULE ",\"app_proto\":\"ssh\"" FLOW(5, 4) "}", EVE_ACCUSES, CLASS_SCANNER,
	    EVIDENCE_STRONG, 40000 },
	{ HEAD("alert", OUR, 40000, FAR, 22, "TCP") SCAN_RULE ",\"app_proto\":\"failed\"" FLOW(5, 4) "}", EVE_ACCUSES,
	    CLASS_SCANNER, EVIDENCE_WEAK, 40000 },
	{ HEAD("alert", OUR, 40000, FAR, 22, "TCP") SCAN_RULE ",\"app_proto\":\"ssh\"}", EVE_ACCUSES, CLASS_SCANNER,
	    EVIDENCE_TEXT, 40000 },
	{ HEAD("alert", OUR, 40000, FAR, 53, "UDP") SCAN_RULE ",\"app_proto\":\"dns\"" FLOW(9, 9) "}", EVE_ACCUSES, CLASS_SCANNER,
	    EVIDENCE_WEAK, 40000 },
	/* Ours is the one that was scanned. */
	{ HEAD("alert", FAR, 40000, OUR, 22, "TCP") SCAN_RULE FLOW(1, 0) "}", EVE_NEUTRAL, 0, 0, 0 },
	/* The packet is an answer: who opened the flow did it. */
	{ HEAD("alert", FAR, 21, OUR, 40000, "TCP") RULE("ET SCAN Potential FTP Brute-Force attempt response",
	    "Unsuccessful User Privilege Gain", "") ",\"app_proto\":\"ftp\",\"direction\":\"to_client\"}", EVE_ACCUSES,
	    CLASS_LOGIN_ATTACKER, EVIDENCE_TEXT, 40000 },
	{ HEAD("alert", OUR, 21, FAR, 40000, "TCP") RULE("ET SCAN Potential FTP Brute-Force attempt response",
	    "Unsuccessful User Privilege Gain", "") ",\"app_proto\":\"ftp\",\"direction\":\"to_client\"}", EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("alert", FAR, 21, OUR, 40000, "TCP") RULE("x brute force", "Misc activity", "")
	    ",\"flow\":{\"src_ip\":\"" OUR "\",\"dest_ip\":\"" FAR "\"}}", EVE_ACCUSES, CLASS_LOGIN_ATTACKER, EVIDENCE_WEAK, 40000 },
	/* The rule's own word on who was attacked. */
	{ HEAD("alert", FAR, 80, OUR, 40000, "TCP") RULE("ET WEB_SERVER Something", "Web Application Attack",
	    ",\"source\":{\"ip\":\"" OUR "\",\"port\":40000},\"target\":{\"ip\":\"" FAR "\"}") "}", EVE_ACCUSES, CLASS_SCANNER,
	    EVIDENCE_WEAK, 40000 },
	{ HEAD("alert", OUR, 40000, FAR, 80, "TCP") RULE("ET EXPLOIT Browser", "Attempted User Privilege Gain",
	    ",\"metadata\":{\"attack_target\":[\"Client_Endpoint\"]}") "}", EVE_NEUTRAL, 0, 0, 0 },
	/* Malware: the client is infected; it speaks to a command server, which may be ours. */
	{ HEAD("alert", OUR, 40000, FAR, 443, "TCP") CNC_RULE ",\"app_proto\":\"tls\",\"direction\":\"to_server\"" FLOW(9, 9) "}",
	    EVE_ACCUSES, CLASS_C2_CONTACT, EVIDENCE_STRONG, 40000 },
	{ HEAD("alert", FAR, 40000, OUR, 443, "TCP") CNC_RULE ",\"app_proto\":\"tls\",\"direction\":\"to_server\"" FLOW(9, 9) "}",
	    EVE_ACCUSES, CLASS_C2_SERVER, EVIDENCE_STRONG, 443 },
	{ HEAD("alert", FAR, 40000, OUR, 53, "UDP") CNC_RULE ",\"app_proto\":\"dns\",\"direction\":\"to_server\"" FLOW(1, 1) "}",
	    EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("alert", FAR, 40000, OUR, 443, "TCP") CNC_RULE "}", EVE_NEUTRAL, 0, 0, 0 }, /* direction not told */
	{ HEAD("alert", OUR, 40000, FAR, 80, "TCP") RULE("ET MALWARE Mirai Variant UA Outbound", "A Network Trojan was detected", "")
	    ",\"app_proto\":\"http\"}", EVE_ACCUSES, CLASS_BOT, EVIDENCE_TEXT, 40000 },
	/* Amplification: the question's source is the victim; the answer's is who can be used. */
	{ HEAD("alert", OUR, 123, FAR, 4444, "UDP") RULE("ET DOS Possible NTP DDoS Multiple MON_LIST Response", "Attempted Denial of Service", "")
	    ",\"direction\":\"to_client\"" FLOW(1, 50) "}", EVE_ACCUSES, CLASS_AMPLIFIER, EVIDENCE_TEXT, 123 },
	{ HEAD("alert", OUR, 4444, FAR, 123, "UDP") RULE("ET DOS Possible NTP DDoS Inbound Frequent Un-Authed MON_LIST Requests",
	    "Attempted Denial of Service", "") "}", EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("alert", OUR, 4444, FAR, 80, "UDP") RULE("LOCAL flood", "Detection of a Denial of Service Attack", "") "}", EVE_ACCUSES,
	    CLASS_DDOS_SOURCE, EVIDENCE_WEAK, 4444 },
	/* What accuses nobody. */
	{ HEAD("alert", OUR, 1, FAR, 2, "TCP") RULE("SURICATA STREAM bad window update", "Generic Protocol Command Decode", "") "}",
	    EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("alert", OUR, 1, FAR, 2, "TCP") RULE("ET CINS Active Threat Intelligence Poor Reputation IP group 7", "Misc Attack", "") "}",
	    EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("alert", OUR, 1, FAR, 2, "TCP") RULE("something nobody knows", "Misc activity", "") "}", EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("alert", OUR, 40000, FAR, 22, "TCP") RULE("ET SCAN x", "Detection of a Network Scan",
	    ",\"metadata\":{\"signature_severity\":[\"Informational\"]}") "}", EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("alert", OUR, 40000, FAR, 22, "TCP") RULE("ET SCAN x", "Detection of a Network Scan",
	    ",\"metadata\":{\"confidence\":[\"Low\"]}") ",\"app_proto\":\"ssh\"" FLOW(9, 9) "}", EVE_ACCUSES, CLASS_SCANNER,
	    EVIDENCE_TEXT, 40000 },
	/* Without a rule. */
	{ HEAD("dns", FAR, 4444, OUR, 53, "UDP") ",\"dns\":{\"type\":\"answer\",\"rcode\":\"NOERROR\",\"ra\":true,\"rrname\":\"x\"}}",
	    EVE_ACCUSES, CLASS_OPEN_RESOLVER, EVIDENCE_TEXT, 53 },
	{ HEAD("dns", OUR, 53, FAR, 4444, "UDP") ",\"dns\":{\"type\":\"answer\",\"rcode\":\"NOERROR\",\"ra\":true}}", EVE_ACCUSES,
	    CLASS_OPEN_RESOLVER, EVIDENCE_TEXT, 53 },
	{ HEAD("dns", FAR, 4444, OUR, 53, "UDP") ",\"dns\":{\"type\":\"answer\",\"rcode\":\"REFUSED\",\"ra\":true}}", EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("dns", FAR, 4444, OUR, 53, "UDP") ",\"dns\":{\"type\":\"answer\",\"rcode\":\"NOERROR\",\"aa\":true,\"ra\":true}}",
	    EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("dns", "192.0.2.9", 4444, OUR, 53, "UDP") ",\"dns\":{\"type\":\"answer\",\"rcode\":\"NOERROR\",\"ra\":true}}",
	    EVE_NEUTRAL, 0, 0, 0 }, /* our own resolver serves our own */
	{ HEAD("dns", OUR, 4444, FAR, 53, "UDP") ",\"dns\":{\"type\":\"query\",\"rrname\":\"x\"}}", EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("http", FAR, 4444, OUR, 8080, "TCP") ",\"http\":{\"http_method\":\"CONNECT\",\"url\":\"x:443\",\"status\":200}}",
	    EVE_ACCUSES, CLASS_OPEN_PROXY, EVIDENCE_TEXT, 8080 },
	/* RFC 9112 3.2.2: any web server takes a whole URL, and answers with its own page. */
	{ HEAD("http", FAR, 4444, OUR, 8080, "TCP") ",\"http\":{\"http_method\":\"GET\",\"url\":\"http:\\/\\/x\\/\",\"status\":200}}",
	    EVE_ACCUSES, CLASS_OPEN_PROXY, EVIDENCE_WEAK, 8080 },
	{ HEAD("http", FAR, 4444, OUR, 80, "TCP") ",\"http\":{\"http_method\":\"GET\",\"url\":\"http:\\/\\/x\\/\",\"status\":200}"
	    ",\"app_proto\":\"http\"" FLOW(9, 9) "}", EVE_ACCUSES, CLASS_OPEN_PROXY, EVIDENCE_WEAK, 80 },
	{ HEAD("http", FAR, 4444, OUR, 80, "TCP") ",\"http\":{\"http_method\":\"CONNECT\",\"url\":\"x:443\",\"status\":200}"
	    ",\"app_proto\":\"http\"" FLOW(9, 9) "}", EVE_ACCUSES, CLASS_OPEN_PROXY, EVIDENCE_STRONG, 80 },
	{ HEAD("http", FAR, 4444, OUR, 8080, "TCP") ",\"http\":{\"http_method\":\"CONNECT\",\"url\":\"x:443\",\"status\":405}}",
	    EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("http", FAR, 4444, OUR, 80, "TCP") ",\"http\":{\"http_method\":\"GET\",\"url\":\"/\",\"status\":200}}", EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("flow", OUR, 4444, FAR, 80, "TCP") ",\"flow\":{\"state\":\"new\"}}", EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("anomaly", OUR, 4444, FAR, 80, "TCP") ",\"anomaly\":{\"type\":\"stream\",\"event\":\"stream.pkt_invalid_timestamp\"}}",
	    EVE_NEUTRAL, 0, 0, 0 },
	{ HEAD("anomaly", OUR, 4444, FAR, 80, "TCP") ",\"anomaly\":{\"type\":\"stream\",\"event\":\"stream.3whs_syn_flood\"}}",
	    EVE_ACCUSES, CLASS_DDOS_SOURCE, EVIDENCE_WEAK, 4444 },
	{ "{\"timestamp\":\"x\",\"event_type\":\"stats\",\"stats\":{\"uptime\":1}}", EVE_NEUTRAL, 0, 0, 0 },
	/* Others' addresses, IPv6 as Suricata writes it, forms that are no line. */
	{ HEAD("alert", "203.0.113.1", 1, FAR, 2, "TCP") SCAN_RULE "}", EVE_ELSEWHERE, 0, 0, 0 },
	{ HEAD("alert", "2001:0db8:0000:0000:0000:0000:0000:0007", 1, "2a00:0000:0000:0000:0000:0000:0000:0001", 2, "TCP") SCAN_RULE "}",
	    EVE_ACCUSES, CLASS_SCANNER, EVIDENCE_WEAK, 1 },
	{ HEAD("alert", OUR, 1, FAR, 2, "TCP") SCAN_RULE, EVE_BROKEN, 0, 0, 0 },
	{ HEAD("alert", OUR, 1, FAR, 2, "TCP") SCAN_RULE "}x", EVE_BROKEN, 0, 0, 0 },
	{ HEAD("alert", OUR, 1, FAR, 2, "TCP") SCAN_RULE ",\"src_ip\":\"203.0.113.1\"}", EVE_BROKEN, 0, 0, 0 },
	{ HEAD("alert", "192.0.2", 1, FAR, 2, "TCP") SCAN_RULE "}", EVE_BROKEN, 0, 0, 0 },
	{ "[]", EVE_BROKEN, 0, 0, 0 },
	{ "{}", EVE_BROKEN, 0, 0, 0 },
	{ "", EVE_BROKEN, 0, 0, 0 },
	/* What a client sent is no key. */
	{ HEAD("alert", FAR, 1, OUR, 80, "TCP") ",\"http\":{\"url\":\"\\\",\\\"src_ip\\\":\\\"192.0.2.7\\\",\\\"x\\\":\\\"\\\\\"}" SCAN_RULE "}",
	    EVE_NEUTRAL, 0, 0, 0 },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct claim c = { 0 };
		const struct eve_row *row;
		enum eve_says says = eve_line(&terms, rows[i].line, strlen(rows[i].line), &c, &row);
		if (says != rows[i].says || (says == EVE_ACCUSES && (c.cls != rows[i].cls ||
		    c.evidence != rows[i].evidence || c.port != rows[i].port)))
			fail_msg("row %zu: says %d class %s evidence %d port %u (%s)\n%s", i, says, class_row(c.cls)->name,
			    c.evidence, c.port, row ? row->name : "no row", rows[i].line);
		if (says != EVE_ACCUSES)
			continue;
		assert_true(ours(&c.subject, NULL));
		assert_int_equal(c.event, INT64_C(1795341600123));
		assert_false(c.zone_assumed);
		assert_int_equal(c.count, 1);
		assert_true(c.two_way_claim == (c.evidence == EVIDENCE_STRONG) || c.evidence == EVIDENCE_TEXT);
		assert_ptr_equal(c.text, rows[i].line);
		assert_true(c.what[0]);
	}
}

/* A line cut anywhere accuses nobody. */
static void
test_cut(void **state)
{
	(void)state;
	const char *s = rows[1].line;
	struct claim c;
	for (size_t n = 0; n < strlen(s); n++) {
		char *copy = malloc(n + 1); /* its own end, for the sanitizer to see */
		memcpy(copy, s, n);
		assert_int_equal(eve_line(&terms, copy, n, &c, NULL), EVE_BROKEN);
		free(copy);
	}
}

static void
test_depth(void **state)
{
	(void)state;
	static char s[200000];
	struct claim c;
	size_t n = (size_t)sprintf(s, HEAD("alert", OUR, 1, FAR, 2, "TCP") ",\"x\":");
	memset(s + n, '[', 100000);
	assert_int_equal(eve_line(&terms, s, n + 100000, &c, NULL), EVE_BROKEN);
	memset(s + n, '[', 20);
	memset(s + n + 20, ']', 20);
	strcpy(s + n + 40, SCAN_RULE "}");
	assert_int_equal(eve_line(&terms, s, strlen(s), &c, NULL), EVE_ACCUSES);
}

/* Every row can be reached, so none is dead, and its words do what they say. */
static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < eve_row_count; i++) {
		const struct eve_row *r = &eve_rows[i];
		assert_true(r->name && *r->name);
		assert_true((unsigned)r->cls < CLASS_N && (unsigned)r->other < CLASS_N && r->event < EVE_EVENT_N);
		if (r->cls == CLASS_NONE)
			assert_true(r->other == CLASS_NONE && !r->attack);
		for (size_t j = 0; j < i; j++)
			if (eve_rows[j].event == r->event)
				assert_true(eve_rows[j].category || eve_rows[j].words);
	}
}

/* The scanner and jansson say the same about what both read. */
static const struct {
	enum eve_field field;
	const char *path[4];
} oracle[] = {
	{ EVE_F_TIMESTAMP, { "timestamp" } }, { EVE_F_EVENT_TYPE, { "event_type" } }, { EVE_F_SRC_IP, { "src_ip" } },
	{ EVE_F_DEST_PORT, { "dest_port" } }, { EVE_F_APP_PROTO, { "app_proto" } }, { EVE_F_DIRECTION, { "direction" } },
	{ EVE_F_SIGNATURE, { "alert", "signature" } }, { EVE_F_SIGNATURE_ID, { "alert", "signature_id" } },
	{ EVE_F_CATEGORY, { "alert", "category" } }, { EVE_F_SOURCE_IP, { "alert", "source", "ip" } },
	{ EVE_F_CONFIDENCE, { "alert", "metadata", "confidence" } }, { EVE_F_PKTS_TOSERVER, { "flow", "pkts_toserver" } },
	{ EVE_F_DNS_RA, { "dns", "ra" } }, { EVE_F_HTTP_URL, { "http", "url" } },
	{ EVE_F_ANOMALY_EVENT, { "anomaly", "event" } }, { EVE_F_TCP_STATE, { "tcp", "state" } },
};

static void
same_value(const struct eve_part *p, const json_t *v, const char *line)
{
	if (json_is_array(v))
		v = json_is_string(json_array_get(v, 0)) ? json_array_get(v, 0) : NULL;
	if (!v || json_is_object(v)) {
		if (p->s)
			fail_msg("read what is not there: %s", line);
		return;
	}
	char *text = malloc(p->n + 3);
	size_t n = (size_t)sprintf(text, json_is_string(v) ? "\"%.*s\"" : "%.*s", (int)p->n, p->s ? p->s : "");
	json_t *mine = p->s ? json_loadb(text, n, JSON_DECODE_ANY, NULL) : NULL;
	if (!mine || !json_equal(mine, v))
		fail_msg("differs: %s in %s", text, line);
	json_decref(mine);
	free(text);
}

static unsigned agreed, refused;

static void
compare(const char *s, size_t n)
{
	struct eve_part f[EVE_FIELDS];
	json_t *doc = json_loadb(s, n, JSON_REJECT_DUPLICATES, NULL);
	int rc = eve_scan(s, n, f, NULL, NULL);
	if (!json_is_object(doc)) { /* ours may be kinder to what it passes over; but not to what it uses */
		refused++;
		json_decref(doc);
		return;
	}
	if (rc)
		fail_msg("refused: %.*s", (int)n, s);
	for (size_t i = 0; i < sizeof(oracle) / sizeof(oracle[0]); i++) {
		const json_t *v = doc;
		for (size_t k = 0; k < 4 && oracle[i].path[k]; k++)
			v = json_object_get(v, oracle[i].path[k]);
		same_value(&f[oracle[i].field], v, s);
	}
	agreed++;
	json_decref(doc);
}

static uint64_t seed = 1;

static uint32_t
rnd(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static void
test_differential(void **state)
{
	(void)state;
	static const char *const bits[] = { "{", "}", "[", "]", "\"", ",", ":", "\\\"", "\\\\", " ", "\t", "null", "true",
		"-1.5e3", "\"alert\"", "\"src_ip\":\"::1\"", "\"metadata\":{\"confidence\":[\"High\",\"x\"]}", "\\u00e9", "\xc3\xa9",
		"\"a\":{},", "\"b\":[1,{\"src_ip\":2}],", "{\"c\":", "0" };
	char s[8192];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		compare(rows[i].line, strlen(rows[i].line));
	assert_true(agreed > 30);
	for (unsigned round = 0; round < 60000; round++) {
		size_t n = strlen(strcpy(s, rows[rnd(sizeof(rows) / sizeof(rows[0]))].line));
		for (unsigned k = rnd(4); n && k > 0; k--) {
			const char *b = bits[rnd(sizeof(bits) / sizeof(bits[0]))];
			size_t at = rnd((uint32_t)n + 1), cut = rnd(3) ? 0 : rnd((uint32_t)(n - at) + 1) % 9, m = strlen(b);
			memmove(s + at + m, s + at + cut, n - at - cut);
			memcpy(s + at, b, m);
			n += m - cut;
		}
		s[n] = '\0';
		compare(s, n);
	}
	print_message("%u lines read alike, %u refused by jansson\n", agreed, refused);
	assert_true(agreed > 15000);
}

/* Whatever EVE logs the folder of samples holds. */
static void
test_real(void **state)
{
	(void)state;
	const char *data = getenv("LYMPH_DATA");
	char path[512], command[1024];
	static char line[1 << 20];
	unsigned lines = 0;
	snprintf(path, sizeof(path), "%s/logs", data ? data : "/nonexistent");
	snprintf(command, sizeof(command), "grep -rhE '^\\{.*\"event_type\"' '%s' 2>/dev/null", path);
	FILE *p = popen(command, "r");
	while (p && fgets(line, sizeof(line), p)) {
		size_t n = strcspn(line, "\n");
		compare(line, n);
		lines++;
	}
	if (p)
		pclose(p);
	if (!lines) {
		print_message("no EVE lines below %s\n", path);
		skip();
	}
}

static void
test_looks_like(void **state)
{
	(void)state;
	assert_true(eve_is(rows[0].line, strlen(rows[0].line)));
	assert_false(eve_is("{\"a\":1}", 7));
	assert_false(eve_is("x", 1));
	assert_false(eve_is("", 0));
}

/* Who attacks us from elsewhere, where that is asked: by a rule's alert, and nobody who answers what we ask. */
static bool
others(const struct addr *a, void *arg)
{
	return a->fam == 4 && a->b[0] != 10 && !ours(a, arg);
}

static void
test_others(void **state)
{
	(void)state;
	struct eve_terms t = terms;
	static const struct {
		const char *line;
		enum eve_says says;
		enum class_id cls;
	} lines[] = {
		{ HEAD("alert", FAR, 40000, OUR, 22, "TCP") SCAN_RULE ",\"app_proto\":\"ssh\"" FLOW(5, 4) "}", EVE_ACCUSES,
		    CLASS_SCANNER },
		{ HEAD("alert", "10.0.0.1", 40000, OUR, 22, "TCP") SCAN_RULE "}", EVE_NEUTRAL, 0 },
		{ HEAD("alert", FAR, 40000, "198.51.100.10", 22, "TCP") SCAN_RULE "}", EVE_ELSEWHERE, 0 }, /* not us */
		/* We ask their resolver and their proxy. */
		{ HEAD("dns", OUR, 4444, FAR, 53, "UDP") ",\"dns\":{\"type\":\"answer\",\"rcode\":\"NOERROR\",\"ra\":true}}",
		    EVE_NEUTRAL, 0 },
		{ HEAD("http", OUR, 4444, FAR, 8080, "TCP") ",\"http\":{\"http_method\":\"CONNECT\",\"url\":\"x:443\",\"status\":200}}",
		    EVE_NEUTRAL, 0 },
		/* Ours first: a command server of ours is not its clients' fault. */
		{ HEAD("alert", FAR, 40000, OUR, 443, "TCP") CNC_RULE ",\"app_proto\":\"tls\",\"direction\":\"to_server\"" FLOW(9, 9) "}",
		    EVE_ACCUSES, CLASS_C2_SERVER },
	};
	t.others = others;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct claim c = { 0 };
		enum eve_says says = eve_line(&t, lines[i].line, strlen(lines[i].line), &c, NULL);
		if (says != lines[i].says || (says == EVE_ACCUSES && c.cls != lines[i].cls))
			fail_msg("%zu: says %d, class %d", i, says, c.cls);
		if (i == 0)
			assert_int_equal(c.subject.b[3], 9);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_differential),
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_looks_like),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
