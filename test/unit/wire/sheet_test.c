/* SPDX-License-Identifier: BSD-2-Clause */
/* Sheets: what the columns mean, what a row claims, that a stream can stop at any claim and go on, and that
 * what is not a table, or a bomb, is refused by its rule after little work. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "sheet_make.h"
#include "wire/sheet_own.h"

#define HEAD "\"timestamp\",\"ip\",\"protocol\",\"port\",\"hostname\",\"tag\",\"asn\",\"geo\"\n"

static msec
hour_east(msec local, void *arg)
{
	(void)local;
	(void)arg;
	return MSEC_HOUR;
}

static const struct logtime_ref ref = { .now = 1795305600000,
	.zone = hour_east }; /* 22 November 2026 */

/* 192.0.2.0/24 and 2001:db8::/32 are ours. */
static bool
ours(const struct addr *a, void *arg)
{
	(void)arg;
	return (a->fam == 4 && a->b[0] == 192 && a->b[1] == 0 && a->b[2] == 2) ||
	       (a->fam == 6 && a->b[0] == 0x20 && a->b[1] == 1 && a->b[2] == 0xd &&
		   a->b[3] == 0xb8);
}

/* What was read: the last claim, and all of them as lines. */
struct heard {
	struct claim last;
	char text[CLAIM_TEXT], refused[CLAIM_WHAT];
	struct buf lines;
	unsigned refuse; /* one in that many is refused first; 0: none */
	uint64_t seed;
};

static uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static int
hear(const struct claim *c, void *arg)
{
	struct heard *h = arg;
	char line[512], who[ADDR_TEXT];
	assert_true(c->cls > CLASS_NONE && c->cls < CLASS_N);
	assert_true(c->count >= 1 && c->text_n > 0 && c->text_n <= CLAIM_TEXT);
	assert_non_null(memchr(c->what, 0, sizeof(c->what)));
	if (h->refused[0]) { /* the very same is offered again */
		assert_string_equal(h->refused, c->what);
		h->refused[0] = 0;
	} else if (h->refuse && draw(&h->seed) % h->refuse == 0) {
		memcpy(h->refused, c->what, sizeof(h->refused));
		return -EAGAIN;
	}
	h->last = *c;
	memcpy(h->text, c->text, c->text_n);
	h->last.text = h->text;
	snprintf(line, sizeof(line), "%s|%s|%u|%u|%u|%lld|%u\n", c->what,
	    addr_print(&c->subject, who), c->cls, c->port, c->far_port, (long long)c->event,
	    c->count);
	buf_text(&h->lines, line);
	return 0;
}

/* Feeds it in pieces of at most `piece`, going on where it was refused. */
static int
read_all(const char *name, const void *p, size_t n, size_t piece, struct heard *h,
    struct sheet_counts *counts, const char **rule)
{
	struct sheet *s;
	int rc = 0;
	assert_int_equal(sheet_new(name, ours, &ref, hear, h, &s), 0);
	*rule = NULL;
	for (size_t i = 0; i <= n;) {
		size_t give = n - i < piece ? n - i : piece, used;
		bool end = i + give == n;
		/* A copy of the exact size: reading past it is seen. */
		uint8_t *copy = malloc(give ? give : 1);
		assert_non_null(copy);
		if (give)
			memcpy(copy, (const uint8_t *)p + i, give);
		rc = sheet_feed(s, copy, give, end, &used, rule);
		free(copy);
		assert_true(used <= give);
		i += used;
		if (rc != 0 && rc != -EAGAIN)
			break;
		if (rc == 0) {
			assert_int_equal(used, give);
			if (end)
				break;
		}
	}
	*counts = *sheet_counted(s);
	assert_int_equal(
	    counts->rows, counts->claims + counts->elsewhere + counts->broken + counts->unmapped);
	sheet_free(s);
	return rc;
}

static int
read_text(const char *name, const char *text, struct heard *h, struct sheet_counts *counts,
    const char **rule)
{
	return read_all(name, text, strlen(text), SIZE_MAX, h, counts, rule);
}

static msec
at(const char *s)
{
	msec t = 0;
	assert_int_equal(msec_parse(s, strlen(s), &t), 0);
	return t;
}

static void
shadowserver(void **state)
{
	(void)state;
	static struct heard h;
	struct sheet_counts n;
	const char *rule;
	assert_int_equal(
	    read_text("2026-11-21-scan_telnet-example-asn.csv",
		HEAD
		"\"2026-11-21 "
		"03:04:05\",\"192.0.2.7\",\"tcp\",23,\"a,\"\"b\"\"\",\"telnet\",64500,\"NL\"\r\n"
		"\"2026-11-21 03:04:06\",\"198.51.100.7\",\"tcp\",23,,\"telnet\",64500,\"NL\"\n",
		&h, &n, &rule),
	    0);
	assert_int_equal(n.claims, 1);
	assert_int_equal(n.elsewhere, 1);
	assert_string_equal(h.last.what, "Shadowserver scan_telnet, row 1");
	assert_int_equal(h.last.cls, CLASS_EXPOSED_SERVICE);
	assert_int_equal(h.last.evidence, EVIDENCE_STRONG);
	assert_true(h.last.two_way_claim && !h.last.zone_assumed);
	assert_int_equal(h.last.port, 23);
	assert_int_equal(h.last.proto, 6);
	/* Shadowserver's times are UTC, whatever our own zone. */
	assert_int_equal(h.last.event, at("2026-11-21T03:04:05Z"));
	assert_memory_equal(h.text, HEAD, strlen(HEAD));
	assert_memory_equal(h.text + strlen(HEAD), "\"2026-11-21 03:04:05\",\"192.0.2.7\"", 33);

	static struct heard e;
	assert_int_equal(read_text("2026-11-21-event6_sinkhole-example-asn.csv",
			     "timestamp,protocol,src_ip,src_port,dst_ip,dst_port,infection,count\n"
			     "2026-11-21 03:04:05,tcp,2001:db8::7,40000,198.51.100.1,80,mirai,12\n",
			     &e, &n, &rule),
	    0);
	assert_int_equal(n.claims, 1);
	assert_int_equal(e.last.cls, CLASS_BOT);
	assert_int_equal(e.last.port, 40000);
	assert_int_equal(e.last.far_port, 80);
	assert_int_equal(e.last.count, 12);
	assert_string_equal(e.last.what, "Shadowserver event4_sinkhole, row 1");
	assert_int_equal(e.last.evidence, EVIDENCE_STRONG);
	/* A datagram's source is anybody's word. */
	assert_int_equal(
	    read_text("2026-11-21-event4_sinkhole-example-asn.csv",
		"timestamp,protocol,src_ip,src_port\n2026-11-21 03:04:05,udp,192.0.2.7,16464\n", &e,
		&n, &rule),
	    0);
	assert_int_equal(e.last.evidence, EVIDENCE_WEAK);
	assert_false(e.last.two_way_claim);
	/* Known by its columns where the file's name says nothing. */
	assert_int_equal(
	    read_text("test.csv",
		"timestamp,ip,port,tag,naics,name\n2026-11-21 03:04:05,192.0.2.7,445,smb,1\n", &h,
		&n, &rule),
	    0);
	assert_string_equal(h.last.what, "Shadowserver scan_smb, row 1");
	assert_int_equal(h.last.event, at("2026-11-21T03:04:05Z"));
	assert_int_equal(h.last.evidence, EVIDENCE_STRONG);
	buf_free(&h.lines);
	buf_free(&e.lines);
}

/* Those that accuse nobody, even with own addresses in them, and without a column for one. */
static void
no_accusation(void **state)
{
	(void)state;
	static struct heard h;
	struct sheet_counts n;
	const char *rule;
	assert_int_equal(
	    read_text("2026-11-21-event4_honeypot_ddos_target-x.csv",
		"timestamp,dst_ip,dst_port,src_ip\n2026-11-21 03:04:05,192.0.2.7,80,192.0.2.8\n",
		&h, &n, &rule),
	    0);
	assert_int_equal(n.unmapped, 1);
	assert_int_equal(
	    read_text("2026-11-21-compromised_account-x.csv",
		"timestamp,email,infection\n2026-11-21 03:04:05,a@example.net,stealer\n", &h, &n,
		&rule),
	    0);
	assert_int_equal(n.unmapped, 1);
	assert_int_equal(n.claims, 0);
	/* A type that counts services, but says of this one that it was taken over. */
	assert_int_equal(
	    read_text("2026-11-21-scan_exchange-x.csv",
		"timestamp,ip,port,tag\n2026-11-21 03:04:05,192.0.2.7,443,exchange;webshell\n", &h,
		&n, &rule),
	    0);
	assert_int_equal(h.last.cls, CLASS_BOT);
	buf_free(&h.lines);
}

static void
types(void **state)
{
	(void)state;
	for (size_t i = 0; i < sheet_type_count; i++) {
		const struct sheet_type *t = &sheet_types[i];
		assert_ptr_equal(sheet_type_find(t->name, strlen(t->name)), t); /* no name twice */
		assert_true((t->cls == CLASS_NONE) == (t->why != NULL));
		assert_true(t->cls < CLASS_N && (t->why || t->port));
	}
	static const struct {
		const char *file, *type;
	} files[] = {
		{ "2026-11-21-scan_telnet-example-asn.csv", "scan_telnet" },
		{ "2026-11-21-scan6_telnet-example-asn.csv", "scan_telnet" },
		{ "inbox/2026-11-21-event6_sinkhole_http_referer-1-x.csv",
		    "event4_sinkhole_http_referer" },
		{ "2026-11-21-device_id6-x.csv", "device_id" },
		{ "2026-11-21-compromised_website6-x.csv", "compromised_website" },
		{ "2026-11-21-population6_http_proxy-x.csv", "population_http_proxy" },
		{ "2020-01-01-outdated_dnssec_key_v6-x.csv", "outdated_dnssec_key" },
		{ "2019-01-01-botnet_drone-x-asn.zip", "botnet_drone" },
		{ "2019-01-01-cisco_smart_install-x-asn.csv", "cisco_smart_install" },
		{ "scan_dns.csv", "scan_dns" },
		{ "report.csv", NULL },
		{ "2026-11-21-.csv", NULL },
		{ "", NULL },
	};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const struct sheet_type *t = sheet_type_of_file(files[i].file);
		if (files[i].type) {
			assert_non_null(t);
			assert_string_equal(t->name, files[i].type);
		} else {
			assert_null(t);
		}
	}
}

/* Sheets of others: by the words of their headers. */
static void
words(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int claims;
		enum class_id cls;
		uint16_t port;
		const char *when; /* NULL: none */
		bool assumed;
	} s[] = {
		{ "source ip;source port;type;source "
		  "time\n192.0.2.7;5;brute-force;2026-11-21T03:04:05Z\n",
		    1, CLASS_LOGIN_ATTACKER, 5, "2026-11-21T03:04:05Z", false },
		{ "source.ip\tclassification.type\ttime.source\n192.0.2.7\tinfected-system\t2026-"
		  "11-21 04:04:05\n",
		    1, CLASS_BOT, 0, "2026-11-21T03:04:05Z", true },
		{ "ip,malware,firstseen (UTC)\n192.0.2.7,mirai,2026-11-21 03:04:05\n", 1, CLASS_BOT,
		    0, "2026-11-21T03:04:05Z", false },
		{ "#made "
		  "today\n#category|address|asn|timestamp|info\n\nproxy|192.0.2.7|64500|2026-11-21 "
		  "04:04:05|x\n",
		    1, CLASS_OPEN_PROXY, 0, "2026-11-21T03:04:05Z", true },
		{ "# ASN  |  ASname  |  ipaddr  |  utc  |  category\n#\n64500 | X \"Y\" |   "
		  "192.0.2.7   |  2026-11-21 03:04:05  |"
		  "  sshpwauth\n",
		    1, CLASS_LOGIN_ATTACKER, 0, "2026-11-21T03:04:05Z", false },
		{ "ip,tag\n192.0.2.7,telnet\n", 1, CLASS_EXPOSED_SERVICE, 0, NULL, false },
		{ "src_ip,dst_ip,category\n198.51.100.1,192.0.2.7,scanner\n", 0, 0, 0, NULL,
		    false },
		{ "ip,type\n192.0.2.7,malware url\n", 0, 0, 0, NULL, false },
		{ "ip,type\n192.0.2.7,phishing\n", 0, 0, 0, NULL, false },
		{ "ip,type,malware\n192.0.2.7,something new,mirai\n", 0, 0, 0, NULL, false },
		{ "ip,type\n192.0.2.7 192.0.2.8,scan\n", 0, 0, 0, NULL, false },
		{ "ip,type\n192.0.2.7,scan,extra\n", 0, 0, 0, NULL, false },
		{ "ip,type,note\n192.0.2.7,scan\n", 1, CLASS_SCANNER, 0, NULL, false },
		{ "ip,type,note\n192.0.2.7,scan", 0, 0, 0, NULL, false },
		{ "ip,malware\n192.0.2.7,ssh-brute-force\n", 1, CLASS_LOGIN_ATTACKER, 0, NULL,
		    false },
		{ "# Format: report|ip|asn\nbots|192.0.2.7|64500\n", 1, CLASS_BOT, 0, NULL, false },
		{ "ip,type\n192.0.2.7\n", 0, 0, 0, NULL, false },
		{ "\xef\xbb\xbfip,type\n192.0.2.7,Port Scan\r\n", 1, CLASS_SCANNER, 0, NULL,
		    false },
		{ "ip,type\r192.0.2.7,open-resolver\r", 1, CLASS_OPEN_RESOLVER, 0, NULL, false },
		{ "ip,note,type\n192.0.2.7,\"two\nlines, \"\"quoted\"\"\",scanner", 1,
		    CLASS_SCANNER, 0, NULL, false },
	};
	for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		static struct heard h;
		struct sheet_counts n;
		const char *rule;
		int rc = read_text("feed.csv", s[i].text, &h, &n, &rule);
		if (rc != 0 || (int)n.claims != s[i].claims)
			fail_msg("%zu: %d, %s, %d claims", i, rc, rule ? rule : "-", (int)n.claims);
		if (s[i].claims) {
			assert_int_equal(h.last.cls, s[i].cls);
			assert_int_equal(h.last.port, s[i].port);
			assert_int_equal(h.last.event, s[i].when ? at(s[i].when) : 0);
			assert_int_equal(h.last.zone_assumed, s[i].assumed);
			assert_int_equal(h.last.evidence, EVIDENCE_TEXT);
		}
		buf_free(&h.lines);
	}
}

/* A sheet with some own addresses, quotes and long cells. */
static void
make_sheet(struct buf *b, unsigned rows, uint64_t seed)
{
	buf_text(b, HEAD);
	for (unsigned i = 0; i < rows; i++) {
		char line[512], note[200];
		size_t n = draw(&seed) % 180;
		for (size_t k = 0; k < n; k++)
			note[k] = "ab,;\n\r xyz"[draw(&seed) % 10];
		note[n] = 0;
		snprintf(line, sizeof(line),
		    "2026-11-%02u 03:04:05,%s.%u,udp,%u,\"%s\"\"\",dns,64500,NL%s",
		    (unsigned)(draw(&seed) % 21 + 1), draw(&seed) % 3 ? "198.51.100" : "192.0.2",
		    (unsigned)(draw(&seed) % 256), (unsigned)(draw(&seed) % 65536), note,
		    draw(&seed) % 4 ? "\n" : "\r\n");
		buf_text(b, line);
	}
}

/* Every form of the same sheet, in pieces of every size, stopped at random: the same claims. */
static void
stops(void **state)
{
	(void)state;
	static struct heard plain, h;
	struct buf sheet = { 0 }, form[6] = { 0 };
	struct sheet_counts n;
	const char *rule, *name = "2026-11-21-scan_dns-x.csv";
	make_sheet(&sheet, 3000, 7);
	assert_int_equal(read_all(name, sheet.p, sheet.n, SIZE_MAX, &plain, &n, &rule), 0);
	assert_true(n.claims > 500 && n.broken == 0);
	uint64_t claims = n.claims, rows = n.rows;

	struct entry e = {
		.name = "2026-11-21-scan_dns-x.csv", .p = sheet.p, .n = sheet.n, .method = 8
	};
	struct entry readme = {
		.name = "README.txt", .p = "Dear customer,\n", .n = 15, .method = 8
	};
	struct entry image = {
		.name = "logo.png", .p = "\x89PNG\0\0", .n = 6, .method = 8, .flags = 8
	};
	buf_add(&form[0], sheet.p, sheet.n);
	make_gzip(&form[1], sheet.p, sheet.n / 2);
	make_gzip(&form[1], sheet.p + sheet.n / 2, sheet.n - sheet.n / 2);
	make_entry(&form[2], &readme);
	make_entry(&form[2], &e);
	e.method = 0;
	make_entry(&form[3], &e);
	e.method = 8;
	e.flags = 8;
	make_entry(&form[4], &image);
	make_entry(&form[4], &e);
	e.unsigned_descriptor = true;
	make_entry(&form[5], &e);
	make_entry(&form[5], &image);
	for (int f = 2; f < 6; f++)
		make_end(&form[f]);
	for (int f = 0; f < 6; f++) {
		static const size_t pieces[] = { 1, 3, 7, 100, 4096, 65536, SIZE_MAX };
		for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
			h = (struct heard){ .refuse = 3, .seed = 11 + i };
			int rc = read_all(name, form[f].p, form[f].n, pieces[i], &h, &n, &rule);
			if (rc != 0)
				fail_msg("form %d, pieces of %zu: %d, %s", f, pieces[i], rc,
				    rule ? rule : "-");
			assert_int_equal(n.rows, rows);
			assert_int_equal(n.claims, claims);
			assert_int_equal(n.bytes, form[f].n);
			assert_int_equal(h.lines.n, plain.lines.n);
			assert_memory_equal(h.lines.p, plain.lines.p, plain.lines.n);
			buf_free(&h.lines);
		}
		buf_free(&form[f]);
	}
	buf_free(&plain.lines);
	buf_free(&sheet);
}

/* Two sheets in one archive: each by its own name, rows counted on. */
static void
two_tables(void **state)
{
	(void)state;
	static struct heard h;
	struct sheet_counts n;
	const char *rule;
	struct buf b = { 0 };
	const char *one = HEAD "2026-11-21 03:04:05,192.0.2.7,udp,53,,dns,64500,NL";
	const char *two = "src_ip;timestamp\n192.0.2.8;2026-11-21 03:04:05\n";
	make_entry(
	    &b, &(struct entry){
		    .name = "2026-11-21-scan_dns-x.csv", .p = one, .n = strlen(one), .method = 8 });
	make_entry(
	    &b, &(struct entry){
		    .name = "2026-11-21-event4_sinkhole-x.csv", .p = two, .n = strlen(two) });
	make_end(&b);
	assert_int_equal(read_all("both.zip", b.p, b.n, 5, &h, &n, &rule), 0);
	assert_int_equal(n.claims, 2);
	assert_string_equal(h.last.what, "Shadowserver event4_sinkhole, row 2");
	buf_free(&h.lines);
	buf_free(&b);
}

/* Zip64, as what packs a stream writes it: sizes of eight bytes in front or behind, whatever else stands
 * in the extra fields. */
static void
big_zips(void **state)
{
	(void)state;
	static const uint8_t other[] = { 2, 0, 3, 0, 9, 9, 9 };
	static const size_t pieces[] = { 1, 7, SIZE_MAX };
	static struct heard h;
	const char *text = HEAD "2026-11-21 03:04:05,192.0.2.7,udp,53,,dns,64500,NL\n", *rule;
	const struct entry forms[] = { { .method = 8 }, { .method = 0 }, { .method = 8, .flags = 8 },
		{ .method = 8, .flags = 8, .unsigned_descriptor = true },
		{ .method = 8, .extra = other, .extra_n = sizeof(other) } };
	struct sheet_counts n;
	for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		struct buf b = { 0 };
		struct entry e = forms[f];
		e.name = "2026-11-21-scan_dns-x.csv";
		e.p = text;
		e.n = strlen(text);
		e.zip64 = true;
		make_entry(&b, &e);
		e.zip64 = false; /* and one of the old kind behind it */
		make_entry(&b, &e);
		make_end(&b);
		for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
			if (read_all("a.zip", b.p, b.n, pieces[i], &h, &n, &rule) != 0)
				fail_msg("form %zu: %s", f, rule);
			assert_int_equal(n.claims, 2);
			buf_free(&h.lines);
		}
		buf_free(&b);
	}
}

struct refusal {
	const char *rule; /* how it begins */
	struct buf b;
	uint64_t bytes; /* it must not take more than that */
};

static void
refused(struct refusal *r)
{
	static const size_t pieces[] = { 7, 65536, SIZE_MAX };
	static struct heard h;
	struct sheet_counts n;
	for (size_t i = r->b.n > 1 << 20; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		const char *rule;
		int rc =
		    read_all("2026-11-21-scan_dns-x.zip", r->b.p, r->b.n, pieces[i], &h, &n, &rule);
		if (rc != -EBADMSG || !rule || strncmp(rule, r->rule, strlen(r->rule)) != 0)
			fail_msg("wanted \"%s\", got %d, \"%s\"", r->rule, rc, rule ? rule : "-");
		if (r->bytes)
			assert_true(n.bytes <= r->bytes + 65536);
		buf_free(&h.lines);
	}
	buf_free(&r->b);
}

static void
not_tables(void **state)
{
	(void)state;
	static const struct {
		const char *rule, *text;
	} s[] = {
		{ "empty", "" },
		{ "no header", "\n\n# nothing\n" },
		{ "markup", "\n <html>\n" },
		{ "JSON", "[{\"ip\": \"192.0.2.7\"}]\n" },
		{ "RFC 4180 2: no header", "192.0.2.7,scan\n" },
		{ "RFC 4180 2: no header", "domain,type\n" },
		{ "RFC 4180 2: a quote", HEAD "\"2026,192.0.2.7" },
		{ "APPNOTE 4.3.7", "PK\5\6................" },
		{ "RFC 1951", "\x1f\x8b\x09.........................." },
	};
	for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		struct refusal r = { .rule = s[i].rule };
		buf_add(&r.b, s[i].text, strlen(s[i].text));
		refused(&r);
	}
	struct refusal utf16 = { .rule = "a byte 0" };
	buf_add(&utf16.b, "\xff\xfei\0p\0,\0", 8);
	refused(&utf16);
	struct refusal late = { .rule = "a byte 0" };
	buf_add(&late.b, HEAD "2026,192.0.2.7,\0", strlen(HEAD) + 16);
	refused(&late);
	struct refusal cut = { .rule = "RFC 1952" };
	make_gzip(&cut.b, HEAD, strlen(HEAD));
	cut.b.n -= 4;
	refused(&cut);
}

/* A zip of one entry with something wrong. */
static void
bad_zip(const char *rule, struct entry e, bool ended)
{
	struct refusal r = { .rule = rule };
	if (!e.name)
		e.name = "a.csv";
	if (!e.p) {
		e.p = HEAD;
		e.n = strlen(HEAD);
	}
	make_entry(&r.b, &e);
	if (ended)
		make_end(&r.b);
	refused(&r);
}

static void
bad_zips(void **state)
{
	(void)state;
	static const uint8_t zip64[] = { 1, 0, 4, 0, 9, 9, 9, 9 }, twice[] = { 1, 0, 0, 0, 1, 0, 0, 0 },
			     long_extra[] = { 2, 0, 9, 0, 9, 9, 9, 9 };
	char name[300];
	memset(name, 'n', sizeof(name));
	memcpy(name + 295, ".csv", 5);
	bad_zip("APPNOTE 4.4.4: an encrypted", (struct entry){ .method = 8, .flags = 1 }, true);
	bad_zip("APPNOTE 4.4.4: an encrypted", (struct entry){ .method = 8, .flags = 0x41 }, true);
	bad_zip("APPNOTE 4.4.4: patch", (struct entry){ .method = 8, .flags = 0x20 }, true);
	bad_zip("APPNOTE 4.4.8: a size that is said", (struct entry){ .method = 8, .csize = UINT32_MAX }, true);
	bad_zip("APPNOTE 4.5.3: a zip64 field too short",
	    (struct entry){ .method = 8, .csize = UINT32_MAX, .extra = zip64, .extra_n = 8 }, true);
	bad_zip("APPNOTE 4.5.3: two zip64", (struct entry){ .method = 8, .extra = twice, .extra_n = 8 }, true);
	bad_zip("APPNOTE 4.4.8: not the size",
	    (struct entry){ .method = 8, .flags = 8, .csize = 20, .zip64 = true }, true);
	bad_zip("APPNOTE 4.4.8: packed bytes end", (struct entry){ .method = 8, .csize = 90000, .zip64 = true },
	    true);
	bad_zip("APPNOTE 4.4.8: stored", (struct entry){ .csize = 9, .zip64 = true }, true);
	bad_zip("APPNOTE 4.5.1", (struct entry){ .method = 8, .extra = long_extra, .extra_n = 8 },
	    true);
	bad_zip("APPNOTE 4.4.5", (struct entry){ .method = 12 }, true);
	bad_zip("APPNOTE 4.3.9: stored", (struct entry){ .flags = 8 }, true);
	bad_zip("APPNOTE 4.4.8: stored", (struct entry){ .csize = 9 }, true);
	bad_zip(
	    "APPNOTE 4.4.8: packed bytes end", (struct entry){ .method = 8, .csize = 90000 }, true);
	bad_zip(
	    "APPNOTE 4.4.8: packed bytes go on", (struct entry){ .method = 8, .csize = 20 }, true);
	bad_zip("APPNOTE 4.4.8: not the size",
	    (struct entry){ .method = 8, .flags = 8, .csize = 20 }, true);
	bad_zip("APPNOTE 4.4.7", (struct entry){ .method = 8, .wrong_crc = true }, true);
	bad_zip("APPNOTE 4.4.7", (struct entry){ .wrong_crc = true }, true);
	bad_zip(
	    "APPNOTE 4.4.7", (struct entry){ .method = 8, .flags = 8, .wrong_crc = true }, true);
	bad_zip("APPNOTE 4.3.6", (struct entry){ .method = 8 }, false);
	bad_zip("an entry's name", (struct entry){ .method = 8, .name = name }, true);
	bad_zip("no table", (struct entry){ .method = 8, .name = "a.exe" }, true);
	bad_zip("no table", (struct entry){ .method = 8, .name = "a/", .p = "", .n = 0 }, true);
	bad_zip("an archive in an archive", (struct entry){ .name = "b.zip" }, true);
	bad_zip("markup", (struct entry){ .method = 8, .p = "<html>", .n = 6 }, true);
	struct refusal many = { .rule = "more than 64 entries" };
	for (int i = 0; i < 65; i++)
		make_entry(&many.b, &(struct entry){ .name = "a.png", .p = "x", .n = 1 });
	make_end(&many.b);
	refused(&many);
	struct refusal junk = { .rule = "APPNOTE 4.3.7: no header" };
	make_entry(&junk.b, &(struct entry){ .name = "a.csv", .p = HEAD, .n = strlen(HEAD) });
	buf_text(&junk.b, "junk, junk, junk");
	refused(&junk);
}

static void
bombs(void **state)
{
	(void)state;
	size_t n = 16u << 20;
	char *p = calloc(1, n + 1);
	assert_non_null(p);
	/* Ten gigabytes of nothing. */
	struct refusal zeros = { .rule = "a byte 0" };
	make_repeated(&zeros.b, "", 0, p, n, 640);
	refused(&zeros);
	struct refusal line = { .rule = "a row over", .bytes = 1000 };
	memset(p, 'a', n);
	make_repeated(&line.b, "", 0, p, n, 640);
	refused(&line);
	/* Ten gigabytes of rows, all foreign. */
	for (size_t i = 0; i < n; i += 32)
		memcpy(p + i, "2026,198.51.100.1,u,1,,,64500,N\n", 32);
	struct refusal rows = { .rule = "unpacks to more than 200", .bytes = (16u << 20) / 200 };
	make_repeated(&rows.b, HEAD, strlen(HEAD), p, n, 640);
	refused(&rows);
	/* A row without an end, 100,000 columns, 32,000 of them, plain. */
	struct refusal endless = { .rule = "a row over", .bytes = 1u << 17 };
	buf_text(&endless.b, HEAD);
	memset(p, 'a', n);
	buf_add(&endless.b, p, n);
	refused(&endless);
	for (size_t i = 0; i < 200000; i += 2)
		memcpy(p + i, "a,", 2);
	struct refusal columns = { .rule = "a row over", .bytes = 1u << 16 };
	buf_add(&columns.b, p, 200000);
	refused(&columns);
	memcpy(p, "ip", 2);
	struct refusal fewer = { .rule = "RFC 4180 2: no header" };
	buf_add(&fewer.b, p, 64000);
	buf_text(&fewer.b, "\n192.0.2.1\n");
	refused(&fewer);
	/* As 42.zip is made: archives in archives. One entry is not opened, nor is the next. */
	struct refusal nested = { .rule = "an archive in an archive" };
	for (int i = 0; i < 16; i++)
		make_entry(&nested.b,
		    &(struct entry){ .name = "lib.zip", .p = "PK\3\4....", .n = 8, .method = 8 });
	make_end(&nested.b);
	refused(&nested);
	/* A bomb that is no table is not even unpacked, where its size stands in front. */
	memset(p, 'a', n);
	struct refusal passed = { .rule = "no table" };
	make_entry(&passed.b, &(struct entry){ .name = "a.bin", .p = p, .n = n, .method = 8 });
	make_end(&passed.b);
	refused(&passed);
	free(p);
}

static long
most_rss(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

/* Half a million rows, made as they are read. */
static void
half_a_million(void **state)
{
	(void)state;
	static struct heard h;
	struct sheet *s;
	const char *rule;
	size_t used;
	assert_int_equal(sheet_new("2026-11-21-scan_dns-x.csv", ours, &ref, hear, &h, &s), 0);
	assert_int_equal(sheet_feed(s, HEAD, strlen(HEAD), false, &used, &rule), 0);
	long before = 0;
	for (unsigned i = 0; i < 500000; i++) {
		char line[512];
		int n = snprintf(line, sizeof(line),
		    "2026-11-21 "
		    "03:04:05,%s.%u,udp,53,\"host%u.example.net\",openresolver,64500,NL\n",
		    i % 1000 ? "198.51.100" : "192.0.2", i % 256, i);
		assert_int_equal(sheet_feed(s, line, (size_t)n, i == 499999, &used, &rule), 0);
		if (i == 1000)
			before = most_rss();
	}
	assert_int_equal(sheet_counted(s)->rows, 500000);
	assert_int_equal(sheet_counted(s)->claims, 500);
	assert_true(most_rss() - before < 4096); /* KiB: the test's own lines among it */
	sheet_free(s);
	buf_free(&h.lines);
}

/* Whatever is changed in it: an answer, and counts that add up. */
static void
mutations(void **state)
{
	(void)state;
	struct buf sheet = { 0 }, form[3] = { 0 };
	uint64_t seed = 99;
	make_sheet(&sheet, 40, 3);
	struct entry e = {
		.name = "scan_dns.csv", .p = sheet.p, .n = sheet.n, .method = 8, .flags = 8
	};
	buf_add(&form[0], sheet.p, sheet.n);
	make_gzip(&form[1], sheet.p, sheet.n);
	make_entry(&form[2], &e);
	make_end(&form[2]);
	for (int i = 0; i < 6000; i++) {
		static struct heard h;
		struct sheet_counts n;
		const char *rule;
		const struct buf *f = &form[i % 3];
		uint8_t *copy = malloc(f->n);
		assert_non_null(copy);
		memcpy(copy, f->p, f->n);
		for (uint64_t k = draw(&seed) % 4 + 1; k > 0; k--)
			copy[draw(&seed) % f->n] = draw(&seed) % 2
						       ? (uint8_t)draw(&seed)
						       : (uint8_t) ",;\"\n\r|\t#"[draw(&seed) % 8];
		size_t len = draw(&seed) % 8 ? f->n : draw(&seed) % f->n;
		h = (struct heard){ .refuse = 5, .seed = seed };
		int rc = read_all("x.csv", copy, len, draw(&seed) % 300 + 1, &h, &n, &rule);
		assert_true(rc == 0 || (rc == -EBADMSG && rule));
		buf_free(&h.lines);
		free(copy);
	}
	for (int i = 0; i < 3; i++)
		buf_free(&form[i]);
	buf_free(&sheet);
}

static bool
everybody(const struct addr *a, void *arg)
{
	(void)a;
	(void)arg;
	return true;
}

static int
count(const struct claim *c, void *arg)
{
	(void)c;
	++*(unsigned *)arg;
	return 0;
}

static unsigned files, readable, claimed;

static void
one_file(const char *path)
{
	static char text[1u << 20];
	struct sheet *s;
	const char *rule = NULL;
	size_t used;
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	size_t n = fread(text, 1, sizeof(text), f);
	fclose(f);
	const char *name = strrchr(path, '/') + 1;
	assert_int_equal(sheet_new(name, everybody, &ref, count, &claimed, &s), 0);
	int rc = sheet_feed(s, text, n, true, &used, &rule);
	assert_true(rc == 0 || (rc == -EBADMSG && rule));
	const struct sheet_counts *k = sheet_counted(s);
	print_message("%-34s %s; %llu rows, %llu claims, %llu unmapped, %llu broken\n", name,
	    rc ? rule : "read", (unsigned long long)k->rows, (unsigned long long)k->claims,
	    (unsigned long long)k->unmapped, (unsigned long long)k->broken);
	/* What is read must have said something of its rows. */
	assert_true(rc != 0 || k->rows == k->claims + k->unmapped + k->broken);
	files++;
	readable += rc == 0;
	sheet_free(s);
}

/* Real samples of many feeds: each is read, or refused by a rule. */
static void
samples(void **state)
{
	(void)state;
	char top[4096], path[8192];
	const char *data = getenv("LYMPH_DATA");
	snprintf(top, sizeof(top), "%s/mail-and-csv/intelmq-parsers", data ? data : "");
	DIR *d = opendir(top);
	if (!d) {
		print_message("skipped: no sample data (LYMPH_DATA)\n");
		skip();
	}
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", top, e->d_name);
		DIR *in = opendir(path);
		for (struct dirent *g; in && (g = readdir(in));) {
			struct stat st;
			snprintf(path, sizeof(path), "%s/%s/%s", top, e->d_name, g->d_name);
			size_t len = strlen(g->d_name);
			if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
			    (len < 8 || strcmp(g->d_name + len - 8, ".license") != 0))
				one_file(path);
		}
		if (in)
			closedir(in);
	}
	closedir(d);
	print_message("%u files, %u read, %u claims\n", files, readable, claimed);
	assert_true(files > 0 && readable > 0 && claimed > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shadowserver),
		cmocka_unit_test(no_accusation),
		cmocka_unit_test(types),
		cmocka_unit_test(words),
		cmocka_unit_test(stops),
		cmocka_unit_test(two_tables),
		cmocka_unit_test(not_tables),
		cmocka_unit_test(big_zips),
		cmocka_unit_test(bad_zips),
		cmocka_unit_test(bombs),
		cmocka_unit_test(half_a_million),
		cmocka_unit_test(mutations),
		cmocka_unit_test(samples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
