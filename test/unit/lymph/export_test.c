/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exports are what they say they are: each XARF document passes our own parser, each ARF mail is read by
 * Python's, no cell of a table is a formula, and a pseudonymised export holds no name. With the hostile
 * documents of the golden tests as strangers' text. Argument: their folder.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/escape.h"
#include "lymph/export.h"
#include "wire/xarf.h"

#define TEXTS 4000

static const char *folder;
static char *texts[TEXTS];
static size_t texts_n;

static void
keep_text(const char *s)
{
	if (texts_n < TEXTS)
		texts[texts_n++] = strdup(s);
}

static void
gather(const json_t *v)
{
	const char *key;
	const json_t *m;
	size_t i;
	if (json_is_string(v))
		keep_text(json_string_value(v));
	json_object_foreach((json_t *)v, key, m) gather(m);
	json_array_foreach(v, i, m) gather(m);
}

static int
set_up(void **state)
{
	static const char *const own[] = { "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1+1", "\r=1", " =1",
		"a\"b", "\"", "\"\"=1", "x,y", "x\r\nFrom: evil", "\n.\n", "From me", "--", "\xff\xfe", "\x1b[31m",
		"\xe2\x80\xae" "evil", "", "%0a", "|ls", "<b>", "\xef\xbc\x9d" "1+1" };
	char path[512];
	struct dirent *e;
	(void)state;
	DIR *d = opendir(folder);
	assert_non_null(d);
	while ((e = readdir(d))) {
		if (!strstr(e->d_name, "hostile.json"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		json_t *doc = json_load_file(path, 0, NULL);
		assert_non_null(doc);
		gather(doc);
		json_decref(doc);
	}
	closedir(d);
	assert_true(texts_n > 100);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		keep_text(own[i]);
	return sodium_init() < 0;
}

static int
tear_down(void **state)
{
	(void)state;
	while (texts_n)
		free(texts[--texts_n]);
	return 0;
}

/* --- cells --------------------------------------------------------------------------------------- */

static void
check_cell(const char *s, size_t n)
{
	size_t len = strlen(s);
	assert_true(len >= 2 && len < n && s[0] == '"' && s[len - 1] == '"');
	assert_false(len > 2 && strchr("=+-@ \t\r\n|%", s[1]));
	for (size_t i = 1; i + 1 < len; i++) {
		assert_true((unsigned char)s[i] >= 0x20 && s[i] != 0x7f);
		if (s[i] == '"')
			assert_true(i + 2 < len && s[++i] == '"');
	}
	json_t *utf8 = json_string(s);
	assert_non_null(utf8);
	json_decref(utf8);
}

static void
test_cells(void **state)
{
	char buf[200];
	(void)state;
	for (size_t i = 0; i < texts_n; i++)
		for (size_t size = 8; size <= sizeof(buf); size += i % 3 ? 64 : 1) {
			escape_csv(texts[i], strlen(texts[i]), buf, size);
			check_cell(buf, size);
		}
	assert_string_equal(escape_csv("=1", 2, buf, sizeof(buf)), "\"'=1\"");
	assert_string_equal(escape_csv("a\"b,c", 5, buf, sizeof(buf)), "\"a\"\"b,c\"");
	assert_string_equal(escape_csv("", 0, buf, sizeof(buf)), "\"\"");
}

/* --- exports ------------------------------------------------------------------------------------- */

static char *
encoded(const char *s)
{
	size_t room = sodium_base64_ENCODED_LEN(strlen(s), sodium_base64_VARIANT_ORIGINAL);
	char *p = malloc(room);
	return sodium_bin2base64(p, room, (const uint8_t *)s, strlen(s), sodium_base64_VARIANT_ORIGINAL);
}

/* A XARF document as a reporter would send it, with hostile names. */
static char *
document(const char *text)
{
	struct xarf_item item = { "text/plain", text, text, strlen(text) };
	struct xarf_why why;
	size_t n;
	struct xarf_new d = { .timestamp = 1795305600000, .cls = CLASS_OPEN_PROXY, .org = text,
		.contact = "a@example.net", .domain = "example.net", .subject = { .fam = 4, .b = { 192, 0, 2, 7 } },
		.source_port = 3128, .service_port = 3128, .description = text, .items = &item, .item_count = 1,
		.handshake = -1, .count = 1 };
	memset(d.id, 5, sizeof(d.id));
	uuid_v4(d.id);
	return xarf_build(&d, &n, &why);
}

/* One page with every text as a name; every third with a document, a third with other bytes, a third bare. */
static json_t *
page_of(void)
{
	json_t *list = json_array();
	for (size_t i = 0; i < texts_n; i++) {
		char id[UUID_TEXT];
		uint8_t raw[16] = { (uint8_t)i, (uint8_t)(i >> 8) };
		uuid_v4(raw);
		char *doc = i % 3 == 0 ? document(texts[i]) : NULL;
		char *body = i % 3 < 2 ? encoded(doc ? doc : texts[i]) : NULL;
		const char *name = texts[i];
		json_t *utf8 = json_string(name);
		json_array_append_new(list, json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:I, s:i, s:s, s:s?, s:o}",
		    "fact", (json_int_t)i, "at", "2026-11-22T10:00:00.000Z", "report_id", uuid_print(raw, id),
		    "reporter", "SHA256:AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIIIJJJJKKK", "class", "open-proxy",
		    "subject", "192.0.2.7", "port", 3128, "event", "2026-11-22T09:00:00.000Z", "event_ms",
		    (json_int_t)1795338000000, "count", 3, "evidence", "text log", "body", body, "sender",
		    utf8 ? utf8 : json_string("?")));
		free(doc);
		free(body);
	}
	return json_pack("{s:{s:s, s:s}, s:i, s:I, s:o}", "case", "state", "acted", "line", "L-4711", "number", 12,
	    "now_ms", (json_int_t)1795338000000, "reports", list);
}

/* The export as text, malloc'ed. */
static char *
export(enum export_form form, bool pseudonyms, struct export *ret)
{
	char *text = NULL;
	size_t n = 0, i;
	const json_t *r;
	json_t *page = page_of();
	struct export x = { .form = form, .pseudonyms = pseudonyms, .to = open_memstream(&text, &n) };
	export_begin(&x);
	json_array_foreach(json_object_get(page, "reports"), i, r)
		assert_int_equal(export_report(&x, page, r), 0);
	fclose(x.to);
	json_decref(page);
	assert_true(n > 0);
	*ret = x;
	return text;
}

static void
no_names(const char *text)
{
	assert_null(strstr(text, "192.0.2."));
	assert_null(strstr(text, "L-4711"));
	assert_null(strstr(text, "AAAABBBB"));
	assert_null(strstr(text, "example.net"));
}

static void
test_xarf(void **state)
{
	struct export x;
	(void)state;
	for (int pseudonyms = 0; pseudonyms < 2; pseudonyms++) {
		char *text = export(EXPORT_XARF, pseudonyms, &x), *line = text;
		size_t lines = 0;
		for (char *nl; (nl = strchr(line, '\n')); line = nl + 1, lines++) {
			struct xarf *doc;
			struct xarf_why why = { "", "" };
			struct report r;
			if (xarf_parse(line, (size_t)(nl - line), &doc, &why) < 0)
				fail_msg("line %zu: %s: %s", lines, why.field, why.rule);
			if (xarf_report(doc, &r, &why) < 0)
				fail_msg("line %zu: %s: %s", lines, why.field, why.rule);
			assert_int_equal(r.cls, CLASS_OPEN_PROXY);
			assert_int_equal(r.subject.fam, pseudonyms ? 6 : 4);
			xarf_free(doc);
		}
		assert_string_equal(line, "");
		assert_int_equal(x.failed, 0);
		assert_int_equal(lines, texts_n);
		if (pseudonyms)
			no_names(text);
		free(text);
	}
}

static void
test_csv(void **state)
{
	struct export x;
	(void)state;
	for (int pseudonyms = 0; pseudonyms < 2; pseudonyms++) {
		char *text = export(EXPORT_CSV, pseudonyms, &x), *line = strstr(text, "\r\n");
		size_t lines = 0;
		for (line += 2; *line; line += 2, lines++) {
			char *end = strstr(line, "\r\n");
			size_t cells = 0;
			assert_non_null(end);
			for (char *p = line; p < end; cells++) {
				char *q = p + 1;
				while (*q != '"' || q[1] == '"')
					q += *q == '"' ? 2 : 1;
				char keep = q[1];
				q[1] = '\0';
				check_cell(p, 5000);
				q[1] = keep;
				p = q + (q[1] == ',' ? 2 : 1);
			}
			assert_int_equal(cells, 13);
			line = end;
		}
		assert_int_equal(lines, texts_n);
		if (pseudonyms)
			no_names(text);
		free(text);
	}
}

static void
test_arf(void **state)
{
	static const char program[] =
	    "import mailbox, email, json, sys\n"
	    "n = 0\n"
	    "for m in mailbox.mbox(sys.argv[1]):\n"
	    "    p = m.get_payload()\n"
	    "    assert m.get_content_type() == 'multipart/report', m.items()\n"
	    "    assert m.get_param('report-type') == 'feedback-report'\n"
	    "    assert [x.get_content_type() for x in p] == ['text/plain', 'message/feedback-report', 'message/rfc822'], p\n"
	    "    assert not m.defects and not any(x.defects for x in m.walk())\n"
	    "    f = p[1].get_payload()[0]\n"
	    "    assert f['Feedback-Type'] == 'abuse' and f['Version'] == '1' and f['Source-IP'] and f['User-Agent']\n"
	    "    assert set(f.keys()) == {'Feedback-Type', 'User-Agent', 'Version', 'Source-IP', 'Arrival-Date', 'Incidents', 'Source-Port'}, f.keys()\n"
	    "    d = json.loads(p[2].get_payload()[0].get_payload(decode=True))\n"
	    "    assert d['source_identifier'] == f['Source-IP']\n"
	    "    assert set(m.keys()) == {'From', 'To', 'Date', 'Message-ID', 'Subject', 'Auto-Submitted', 'MIME-Version', 'Content-Type'}, m.keys()\n"
	    "    n += 1\n"
	    "print(n)\n";
	char path[] = "/tmp/lymph-arf-XXXXXX", cmd[4096];
	struct export x;
	(void)state;
	if (system("command -v python3 >/dev/null") != 0)
		skip();
	for (int pseudonyms = 0; pseudonyms < 2; pseudonyms++) {
		char *text = export(EXPORT_ARF, pseudonyms, &x);
		int fd = mkstemp(path);
		FILE *f = fdopen(fd, "w");
		fputs(text, f);
		fclose(f);
		snprintf(cmd, sizeof(cmd), "python3 -c \"%s\" %s | grep -qx %zu", program, path, texts_n);
		assert_int_equal(system(cmd), 0);
		if (pseudonyms)
			no_names(text);
		unlink(path);
		memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
		free(text);
	}
}

/* The same name is the same in one export, another in the next. */
static void
test_pseudonyms(void **state)
{
	struct export a = { .to = stdout, .pseudonyms = true }, b = a;
	char x[EXPORT_ALIAS], y[EXPORT_ALIAS];
	struct addr v4 = { .fam = 4, .b = { 192, 0, 2, 7 } }, p, q;
	(void)state;
	export_begin(&a);
	export_begin(&b);
	assert_string_equal(export_alias(&a, "line", "L", x), export_alias(&a, "line", "L", y));
	assert_string_not_equal(export_alias(&a, "line", "L", x), export_alias(&b, "line", "L", y));
	assert_string_not_equal(export_alias(&a, "line", "L", x), export_alias(&a, "reporter", "L", y));
	p = export_alias_addr(&a, &v4);
	q = export_alias_addr(&a, &v4);
	assert_true(addr_eq(&p, &q));
	assert_int_equal(p.b[3], 0xb8);
	v4.b[3] = 8;
	q = export_alias_addr(&a, &v4);
	assert_false(addr_eq(&p, &q));
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_xarf),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_arf),
		cmocka_unit_test(test_pseudonyms),
	};
	folder = argc > 1 ? argv[1] : "test/golden/show";
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
