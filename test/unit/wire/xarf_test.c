/* SPDX-License-Identifier: BSD-2-Clause */
/* XARF: what is accepted, what is refused and by which name, what evidence is worth. */
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

#include "wire/base64.h"
#include "wire/xarf.h"
#include "wire/xarf_type.h"

#define LOG_LINE "2026-11-22T01:00:00Z 192.0.2.1 CONNECT example.net:443 200"

static json_t *
item(const char *type, const char *payload, size_t n)
{
	size_t room = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL);
	char *b64 = malloc(room);
	sodium_bin2base64(b64, room, (const uint8_t *)payload, n, sodium_base64_VARIANT_ORIGINAL);
	json_t *o = json_pack("{s:s, s:s}", "content_type", type, "payload", b64);
	free(b64);
	return o;
}

static json_t *
need_value(const struct xarf_need *need)
{
	char word[32] = "";
	switch (need->kind) {
	case XARF_STRING: return json_string("something");
	case XARF_WORD:
		memccpy(word, need->words, ' ', sizeof(word) - 1);
		word[strcspn(word, " ")] = '\0';
		return json_string(word);
	case XARF_TIME: return json_string("2026-11-22T00:30:00Z");
	case XARF_PORT: return json_integer(8080);
	case XARF_COUNT: return json_integer(need->least);
	case XARF_LIST: return json_array();
	case XARF_LIST_SOME: return json_pack("[s]", "one");
	}
	return NULL;
}

/* A good document of a type, with one log line as evidence. */
static json_t *
document(const char *category, const char *type)
{
	json_t *o = json_pack("{s:s s:s s:s s:{s:s s:s s:s} s:{s:s s:s s:s} s:s s:i s:s s:s}",
	    "xarf_version", "4.2.0", "report_id", "0b6ab4b5-7b8d-4d3a-9d1c-0f7c3e1f2a10", "timestamp",
	    "2026-11-22T01:00:00Z", "reporter", "org", "Example Org", "contact", "abuse@example.org",
	    "domain", "example.org", "sender", "org", "Example Org", "contact", "abuse@example.org",
	    "domain", "example.org", "source_identifier", "192.0.2.1", "source_port", 40000, "category",
	    category, "type", type);
	const struct xarf_type *t = xarf_type_find(category, type);
	assert_non_null(o);
	assert_non_null(t);
	for (size_t i = 0; i < XARF_NEEDS && t->need[i].name; i++)
		json_object_set_new(o, t->need[i].name, need_value(&t->need[i]));
	json_object_set_new(o, "evidence",
	    json_pack("[o]", item("text/plain", LOG_LINE, strlen(LOG_LINE))));
	return o;
}

static json_t *
proxy(void)
{
	json_t *o = document("vulnerability", "open_service");
	json_object_set_new(o, "service", json_string("open-proxy"));
	json_object_set_new(o, "service_port", json_integer(3128));
	return o;
}

static int
parse(const json_t *o, struct report *r, struct xarf_why *why)
{
	struct xarf *x = NULL;
	char *s = json_dumps(o, JSON_COMPACT);
	memset(why, 0, sizeof(*why));
	int rc = xarf_parse(s, strlen(s), &x, why);
	if (rc == 0 && r)
		rc = xarf_report(x, r, why);
	xarf_free(x);
	free(s);
	return rc;
}

/* Takes o. */
static void
refused(json_t *o, int rc, const char *field, const char *rule)
{
	struct xarf_why why;
	struct report r;
	assert_int_equal(parse(o, &r, &why), rc);
	assert_string_equal(why.field, field);
	if (!strstr(why.rule, rule))
		fail_msg("%s: \"%s\" does not say \"%s\"", field, why.rule, rule);
	json_decref(o);
}

static void
test_mandatory(void **state)
{
	(void)state;
	static const char *const core[] = { "xarf_version", "report_id", "timestamp", "reporter", "sender",
		"source_identifier", "category", "type" };
	static const char *const parties[] = { "reporter", "sender" };
	static const char *const members[] = { "org", "contact", "domain" };
	struct xarf_why why;
	for (const struct xarf_type *t = xarf_types; t->category; t++) {
		json_t *o = document(t->category, t->type);
		if (parse(o, NULL, &why) != 0)
			fail_msg("%s/%s: %s: %s", t->category, t->type, why.field, why.rule);
		for (size_t i = 0; i < sizeof(core) / sizeof(core[0]); i++) {
			json_t *c = json_deep_copy(o);
			json_object_del(c, core[i]);
			refused(c, -EBADMSG, core[i], "required");
			c = json_deep_copy(o);
			json_object_set_new(c, core[i], json_integer(7));
			refused(c, -EBADMSG, core[i], "XARF 4 core");
		}
		for (size_t i = 0; i < 6; i++) {
			char field[64];
			json_t *c = json_deep_copy(o);
			json_object_del(json_object_get(c, parties[i / 3]), members[i % 3]);
			snprintf(field, sizeof(field), "%s.%s", parties[i / 3], members[i % 3]);
			refused(c, -EBADMSG, field, "required");
		}
		for (size_t i = 0; i < XARF_NEEDS && t->need[i].name; i++) {
			json_t *c = json_deep_copy(o);
			json_object_del(c, t->need[i].name);
			refused(c, -EBADMSG, t->need[i].name, "XARF 4 type: required");
			c = json_deep_copy(o);
			json_object_set_new(c, t->need[i].name, json_string(""));
			refused(c, -EBADMSG, t->need[i].name, "");
		}
		json_decref(o);
	}
}

static void
test_report(void **state)
{
	(void)state;
	struct xarf_why why;
	struct report r;
	char addr[ADDR_TEXT];
	json_t *o = proxy();
	json_object_set_new(o, "last_seen", json_string("2026-11-22T02:00:00+01:00"));
	json_object_set_new(o, "lymph", json_pack("{s:s s:n s:i}", "aud", "as64500", "handshake", "count", 17));
	assert_int_equal(parse(o, &r, &why), 0);
	assert_int_equal(r.cls, CLASS_OPEN_PROXY);
	assert_int_equal(r.evidence, EVIDENCE_TEXT);
	assert_string_equal(addr_print(&r.subject, addr), "192.0.2.1");
	assert_int_equal(r.port, 3128);
	assert_int_equal(r.count, 17);
	assert_int_equal(r.event, INT64_C(1795309200000));
	assert_false(r.two_way_claim);
	assert_string_equal(r.sender, "example.org");
	struct report twin;
	json_object_set_new(o, "sender", json_pack("{s:s s:s s:s}", "org", "EXAMPLE ORG ", "contact",
	                                     "Abuse@example.org", "domain", "example.org"));
	assert_int_equal(parse(o, &twin, &why), 0);
	assert_memory_equal(r.sender_hash, twin.sender_hash, 16);
	assert_memory_equal(r.evidence_hash, twin.evidence_hash, 16);
	json_decref(o);
}

/* type, text, handshake, what it is worth */
static void
test_evidence(void **state)
{
	(void)state;
	static const struct {
		const char *type, *text;
		int handshake; /* 2: no lymph object */
		enum evidence want;
	} rows[] = {
		{ "text/plain", LOG_LINE, 2, EVIDENCE_TEXT },
		{ "text/plain", LOG_LINE, -1, EVIDENCE_TEXT },
		{ "text/plain", LOG_LINE, 1, EVIDENCE_STRONG },
		{ "text/plain", LOG_LINE, 0, EVIDENCE_WEAK },
		{ "text/plain", "192.0.2.11 CONNECT", 1, EVIDENCE_WEAK },
		{ "text/plain", "1192.0.2.1 CONNECT", -1, EVIDENCE_WEAK },
		{ "Text/CSV", "a,::ffff:192.0.2.1,b", -1, EVIDENCE_TEXT },
		{ "text/plain", "", 1, EVIDENCE_WEAK },
		{ "application/vnd.tcpdump.pcap", "\1\2\3", -1, EVIDENCE_TEXT },
		{ "message/rfc822", "From: x", 1, EVIDENCE_STRONG },
		{ "application/json", "{}", -1, EVIDENCE_WEAK },
		{ "application/octet-stream", "", 1, EVIDENCE_WEAK },
	};
	struct xarf_why why;
	struct report r;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *o = proxy();
		json_object_set_new(o, "evidence",
		    json_pack("[o]", item(rows[i].type, rows[i].text, strlen(rows[i].text))));
		if (rows[i].handshake != 2)
			json_object_set_new(o, "lymph", json_pack("{s:o}", "handshake", rows[i].handshake < 0 ?
			                                     json_null() : json_boolean(rows[i].handshake)));
		assert_int_equal(parse(o, &r, &why), 0);
		if (r.evidence != rows[i].want)
			fail_msg("row %zu: %s", i, evidence_name(r.evidence));
		json_decref(o);
	}
	/* A source port the schema wants: taken without, worth less; ICMP has none. */
	json_t *o = document("connection", "ddos");
	assert_int_equal(parse(o, &r, &why), 0);
	assert_int_equal(r.evidence, EVIDENCE_TEXT);
	assert_int_equal(r.port, 40000);
	json_object_del(o, "source_port");
	assert_int_equal(parse(o, &r, &why), 0);
	assert_int_equal(r.evidence, EVIDENCE_WEAK);
	json_object_set_new(o, "source_port", json_integer(0));
	json_object_set_new(o, "protocol", json_string("icmp"));
	assert_int_equal(parse(o, &r, &why), 0);
	assert_int_equal(r.evidence, EVIDENCE_TEXT);
	json_object_del(o, "evidence");
	assert_int_equal(parse(o, &r, &why), 0);
	assert_int_equal(r.evidence, EVIDENCE_WEAK);
	json_decref(o);
}

static void
test_class(void **state)
{
	(void)state;
	struct xarf_why why;
	struct report r;
	json_t *o = document("infrastructure", "compromised_server");
	assert_int_equal(parse(o, &r, &why), 0);
	assert_int_equal(r.cls, CLASS_NONE);
	json_object_set_new(o, "compromise_method", json_string("c2-server"));
	assert_int_equal(parse(o, &r, &why), 0);
	assert_int_equal(r.cls, CLASS_C2_SERVER);
	json_decref(o);
	o = document("reputation", "threat_intelligence");
	assert_int_equal(parse(o, &r, &why), 0);
	assert_int_equal(r.cls, CLASS_NONE);
	json_object_set_new(o, "tags", json_pack("[s, s]", "cve:CVE-2021-44228", "botnet:command-and-control"));
	assert_int_equal(parse(o, &r, &why), 0);
	assert_int_equal(r.cls, CLASS_C2_SERVER);
	json_decref(o);
}

static json_t *
with(json_t *o, const char *name, json_t *v)
{
	json_object_set_new(o, name, v);
	return o;
}

static json_t *
with_item(const char *name, json_t *v)
{
	json_t *o = proxy();
	json_object_set_new(json_array_get(json_object_get(o, "evidence"), 0), name, v);
	return o;
}

static void
test_refusals(void **state)
{
	(void)state;
	static const char *const not_one_address[] = { "192.0.2.0/24", "192.0.2.1/32", "host.example",
		"[2001:db8::1]", "192.0.2.1:80", "fe80::1%eth0", " 192.0.2.1", "192.0.2.1-192.0.2.9", "192.0.2" };
	for (size_t i = 0; i < sizeof(not_one_address) / sizeof(not_one_address[0]); i++)
		refused(with(proxy(), "source_identifier", json_string(not_one_address[i])), -EBADMSG,
		    "source_identifier", "one IP address");
	refused(with(proxy(), "xarf_version", json_string("3.0.0")), -EBADMSG, "xarf_version", "4.");
	refused(with(proxy(), "xarf_version", json_string("4.1")), -EBADMSG, "xarf_version", "4.");
	refused(with(proxy(), "report_id", json_string("7")), -EBADMSG, "report_id", "UUID");
	refused(with(proxy(), "timestamp", json_string("yesterday")), -EBADMSG, "timestamp", "RFC 3339");
	refused(with(proxy(), "timestamp", json_string("2026-11-22T01:00:00")), -EBADMSG, "timestamp", "zone");
	refused(with(proxy(), "category", json_string("weather")), -EBADMSG, "category", "exists");
	refused(with(proxy(), "type", json_string("spam")), -EBADMSG, "type", "this category");
	refused(with(proxy(), "source_port", json_integer(65536)), -EBADMSG, "source_port", "65535");
	refused(with(proxy(), "source_port", json_string("80")), -EBADMSG, "source_port", "65535");
	refused(with(proxy(), "service_port", json_real(80.5)), -EBADMSG, "service_port", "65535");
	refused(with(proxy(), "confidence", json_real(1.5)), -EBADMSG, "confidence", "0 to 1");
	refused(with(proxy(), "last_seen", json_integer(1)), -EBADMSG, "last_seen", "RFC 3339");
	refused(with(proxy(), "tags", json_string("x")), -EBADMSG, "tags", "list");
	refused(with(proxy(), "tags", json_pack("[i]", 1)), -EBADMSG, "tags[0]", "string");
	refused(with(proxy(), "lymph", json_integer(1)), -EBADMSG, "lymph", "object");
	refused(with(proxy(), "lymph", json_pack("{s:i}", "handshake", 1)), -EBADMSG, "lymph.handshake",
	    "true");
	refused(with(proxy(), "lymph", json_pack("{s:i}", "count", 0)), -EBADMSG, "lymph.count", "1 to");
	refused(with(proxy(), "lymph", json_pack("{s:i}", "aud", 0)), -EBADMSG, "lymph.aud", "string");
	refused(with(proxy(), "evidence", json_object()), -EBADMSG, "evidence", "list");
	refused(with(proxy(), "evidence", json_pack("[i]", 1)), -EBADMSG, "evidence[0]", "object");
	refused(with_item("payload", json_string("not base64!")), -EBADMSG, "evidence[0].payload", "4648");
	refused(with_item("payload", json_string("QQ")), -EBADMSG, "evidence[0].payload", "4648");
	refused(with_item("payload", json_string("QR==")), -EBADMSG, "evidence[0].payload", "4648");
	refused(with_item("payload", json_string("QQ==\nQQ==")), -EBADMSG, "evidence[0].payload", "4648");
	refused(with_item("payload", json_integer(0)), -EBADMSG, "evidence[0].payload", "string");
	refused(with_item("hash", json_string("sha256:00")), -EBADMSG, "evidence[0].hash", "the hash");
	refused(with_item("hash", json_string("crc32:00")), -EBADMSG, "evidence[0].hash", "algorithm");
	refused(with_item("size", json_integer(1)), -EBADMSG, "evidence[0].size", "the size");
	refused(with_item("size", json_integer(-1)), -EBADMSG, "evidence[0].size", "5242880");
}

static void
test_caps(void **state)
{
	(void)state;
	struct xarf_why why;
	struct xarf *x;
	json_t *o = proxy(), *list = json_array();
	for (int i = 0; i < 51; i++)
		json_array_append_new(list, item("text/plain", "x", 1));
	json_object_set_new(o, "evidence", list);
	refused(json_incref(o), -E2BIG, "evidence", "50");
	json_array_remove(list, 0);
	assert_int_equal(parse(o, NULL, &why), 0);

	char *big = malloc(XARF_MAX_ITEM + 4);
	memset(big, 'a', XARF_MAX_ITEM + 4);
	json_t *most = item("text/plain", big, XARF_MAX_ITEM);
	for (size_t over = 1; over <= 4; over += 3) {
		json_array_clear(list);
		json_array_append_new(list, item("text/plain", big, XARF_MAX_ITEM + over));
		refused(json_incref(o), -E2BIG, "evidence[0].payload", "5 MB");
	}
	json_array_clear(list);
	for (int i = 0; i < 3; i++)
		json_array_append(list, most);
	json_decref(most);
	assert_int_equal(parse(o, NULL, &why), 0);
	json_array_append_new(list, item("text/plain", "x", 1));
	refused(json_incref(o), -E2BIG, "evidence", "15 MB");
	json_decref(o);
	free(big);

	char *huge = malloc(XARF_MAX_BYTES + 1);
	memset(huge, ' ', XARF_MAX_BYTES + 1);
	assert_int_equal(xarf_parse(huge, XARF_MAX_BYTES + 1, &x, &why), -E2BIG);
	assert_int_equal(xarf_parse(huge, XARF_MAX_BYTES, &x, &why), -EBADMSG);
	free(huge);
}

/* Our decoder takes what libsodium takes, and gives the same; but no bytes of 0x80 and above, some of
 * which libsodium 1.0.18 takes for letters. */
static void
test_base64(void **state)
{
	(void)state;
	static const char alphabet[] = "AQgwBRhxZ/+0=9\n\xff ";
	char text[64];
	uint8_t a[64], b[64];
	size_t an, bn;
	const char *end;
	for (int i = 0; i < 200000; i++) {
		size_t n = randombytes_uniform(20);
		if (i % 2) { /* mostly right, then one byte wrong */
			randombytes_buf(a, n);
			sodium_bin2base64(text, sizeof(text), a, n, sodium_base64_VARIANT_ORIGINAL);
			n = strlen(text);
			if (n && i % 4 == 1)
				text[randombytes_uniform((uint32_t)n)] = alphabet[randombytes_uniform(17)];
		} else {
			for (size_t k = 0; k < n; k++)
				text[k] = alphabet[randombytes_uniform(17)];
		}
		char *exact = malloc(n ? n : 1);
		uint8_t *out = malloc(BASE64_ROOM(n));
		memcpy(exact, text, n);
		int theirs = !memchr(text, 0xff, n) && sodium_base642bin(b, sizeof(b), text, n, NULL, &bn, &end,
		                 sodium_base64_VARIANT_ORIGINAL) == 0 && end == text + n;
		int ours = base64_decode(exact, n, out, &an) == 0;
		assert_int_equal(ours, theirs);
		if (ours) {
			assert_int_equal(an, bn);
			assert_memory_equal(out, b, an);
		}
		free(exact);
		free(out);
	}
}

static void
test_truncated(void **state)
{
	(void)state;
	json_t *o = proxy();
	char *s = json_dumps(o, JSON_INDENT(1));
	size_t n = strlen(s);
	struct xarf_why why;
	struct xarf *x;
	for (size_t cut = 0; cut < n; cut++) {
		char *part = malloc(cut ? cut : 1); /* exactly: a sanitizer sees an over-read */
		memcpy(part, s, cut);
		assert_int_equal(xarf_parse(part, cut, &x, &why), -EBADMSG);
		assert_int_equal(strncmp(why.field, "byte ", 5), 0);
		free(part);
	}
	free(s);
	json_decref(o);
}

static void
test_times(void **state)
{
	(void)state;
	struct xarf_why why;
	struct xarf *x;
	json_t *o = with(proxy(), "last_seen", json_string("2026-11-24T01:00:01Z"));
	char *s = json_dumps(o, 0);
	msec now = INT64_C(1795309200000);
	assert_int_equal(xarf_parse(s, strlen(s), &x, &why), 0);
	assert_int_equal(xarf_in_time(x, now + MSEC_HOUR, &why), 0);
	assert_int_equal(xarf_in_time(x, now, &why), -EBADMSG);
	assert_string_equal(why.field, "last_seen");
	assert_string_equal(why.rule, XARF_AHEAD);
	/* A year later it says nothing any more; when it began may lie further back. */
	assert_int_equal(xarf_in_time(x, now + 366 * MSEC_DAY + 48 * MSEC_HOUR, &why), 0);
	assert_int_equal(xarf_in_time(x, now + 367 * MSEC_DAY + 48 * MSEC_HOUR, &why), -EBADMSG);
	assert_string_equal(why.field, "last_seen");
	xarf_free(x);
	free(s);
	json_object_del(o, "last_seen");
	s = json_dumps(o, 0);
	assert_int_equal(xarf_parse(s, strlen(s), &x, &why), 0);
	assert_int_equal(xarf_in_time(x, now + 364 * MSEC_DAY, &why), 0);
	assert_int_equal(xarf_in_time(x, now + 370 * MSEC_DAY, &why), -EBADMSG);
	assert_string_equal(why.field, "timestamp");
	xarf_free(x);
	free(s);
	json_decref(o);
}

static void
round_trip(const char *name, const char *s, size_t n)
{
	struct xarf *x, *y;
	struct xarf_why why;
	size_t an, bn;
	if (xarf_parse(s, n, &x, &why) != 0)
		fail_msg("%s: %s: %s", name, why.field, why.rule);
	char *a = xarf_print(x, &an);
	assert_int_equal(xarf_parse(a, an, &y, &why), 0);
	char *b = xarf_print(y, &bn);
	assert_int_equal(an, bn);
	assert_memory_equal(a, b, an);
	json_t *whole = json_loadb(s, n, 0, NULL), *printed = json_loadb(a, an, 0, NULL);
	json_object_del(whole, "_internal");
	assert_true(json_equal(whole, printed));
	json_decref(whole);
	json_decref(printed);
	free(a);
	free(b);
	xarf_free(x);
	xarf_free(y);
}

static void
test_round_trip(void **state)
{
	(void)state;
	for (const struct xarf_type *t = xarf_types; t->category; t++) {
		json_t *o = document(t->category, t->type);
		json_object_set_new(o, "confidence", json_real(0.1));
		json_object_set_new(o, "_internal", json_pack("{s:s}", "ticket", "secret"));
		json_object_set_new(o, "description", json_string("gr\xc3\xbc\xc3\x9f \xf0\x9f\xa6\xa0 \033[2J"));
		char *s = json_dumps(o, JSON_INDENT(3));
		round_trip(t->type, s, strlen(s));
		free(s);
		json_decref(o);
	}
}

static void
test_samples(void **state)
{
	(void)state;
	const char *data = getenv("LYMPH_DATA");
	char path[1024], dir[512];
	snprintf(dir, sizeof(dir), "%s/xarf/v4/samples/v4", data ? data : "../shared/data");
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;
	if (!d) {
		printf("no %s: samples of the specification not checked\n", dir);
		skip();
	}
	while ((e = readdir(d))) {
		char *buf = NULL;
		size_t size = 0;
		if (!strstr(e->d_name, ".json"))
			continue;
		snprintf(path, sizeof(path), "%s/%.255s", dir, e->d_name);
		FILE *f = fopen(path, "r");
		assert_non_null(f);
		ssize_t len = getdelim(&buf, &size, '\0', f);
		fclose(f);
		assert_true(len > 0);
		round_trip(e->d_name, buf, (size_t)len);
		free(buf);
		n++;
	}
	closedir(d);
	printf("%d samples\n", n);
	assert_true(n >= 24);
}

static void
test_build(void **state)
{
	(void)state;
	struct xarf_item item = { "text/plain", "from access.log", LOG_LINE, strlen(LOG_LINE) };
	struct xarf_new x = { .timestamp = 1795309200000, .first_seen = 1795309100000, .org = "Example",
		.contact = "abuse@example.org", .domain = "example.org", .items = &item, .item_count = 1,
		.evidence_source = "server_logs", .aud = "as64500", .handshake = -1, .count = 3,
		.source_port = 40000, .service_port = 3128 };
	struct xarf_why why;
	struct xarf *d;
	struct report r;
	char uuid[UUID_TEXT];
	uint8_t id[16];
	size_t n;
	memset(x.id, 0xff, 16);
	uuid_v4(x.id);
	assert_string_equal(uuid_print(x.id, uuid), "ffffffff-ffff-4fff-bfff-ffffffffffff");
	assert_int_equal(uuid_parse(uuid, 36, id), 0);
	assert_memory_equal(id, x.id, 16);
	assert_int_equal(addr_parse("192.0.2.1", 9, &x.subject), 0);
	int built = 0;
	for (enum class_id c = CLASS_NONE; c < CLASS_N; c++) {
		x.cls = c;
		char *s = xarf_build(&x, &n, &why);
		if (c == CLASS_NONE) {
			assert_null(s);
			continue;
		}
		if (!s)
			fail_msg("%s: %s: %s", class_row(c)->name, why.field, why.rule);
		assert_int_equal(xarf_parse(s, n, &d, &why), 0);
		assert_int_equal(xarf_report(d, &r, &why), 0);
		assert_int_equal(r.cls, c);
		assert_int_equal(r.evidence, EVIDENCE_TEXT);
		assert_int_equal(r.count, 3);
		assert_string_equal(xarf_aud(d), "as64500");
		xarf_free(d);
		free(s);
		built++;
	}
	assert_int_equal(built, CLASS_N - 1);
	x.cls = CLASS_DDOS_SOURCE;
	x.source_port = 0;
	assert_null(xarf_build(&x, &n, &why));
	assert_string_equal(why.field, "source_port");
	x.cls = CLASS_OPEN_PROXY;
	x.org = "bad \xff text";
	assert_null(xarf_build(&x, &n, &why));
	assert_string_equal(why.field, "reporter");
}

static void
test_mail_address(void **state)
{
	(void)state;
	static const char *const good[] = { "a@b.example", "abuse+tag=1%2@noc.b-c.example" };
	static const char *const bad[] = { "", "a", "@b.example", "a@", "a@b", "a@.example", "a@b.example.",
		"a@-b.example", "-a@b.example", "a b@c.example", "a@b.example\nBcc: x@y.example", "a@b.example ",
		"a@b@c.example", "a@127.0.0.1", "<a@b.example>", "a@b.example,c@d.example", "a@b\xc3\xbc.example",
		"https://a.example/x", "a\"@b.example",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.example",
		("a@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
		 "bbbbbbbbbbbbbbbbbbbbbbbbbbb.example") };
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(xarf_mail_address(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (xarf_mail_address(bad[i]))
			fail_msg("taken: %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mandatory),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_evidence),
		cmocka_unit_test(test_class),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_mail_address),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
