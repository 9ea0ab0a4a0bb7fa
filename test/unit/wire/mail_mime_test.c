/* SPDX-License-Identifier: BSD-2-Clause */
/* The shape of mails: parts, parameters, encodings, charsets; and bombs, whose cost is counted
 * in bytes looked at and bytes made, not in seconds. */
#include <errno.h>

#include "mail_world.h"
#include "wire/mail_mime.h"
#include "wire/mail_text.h"

static struct mime_span
span(const char *s)
{
	return (struct mime_span){ s, strlen(s) };
}

static void
test_fields(void **state)
{
	(void)state;
	struct mime_span
	    head = span(
		"A: 1\nno field\n  B: folded\nLong: x\n\ty \n z\nA : 2\nC:\n: none\nbad name: 3\n"
		"bad\tname: 4\nbad\rname: 5\n"),
	    name, value;
	static const char *const want[] = { "A=1", "Long=x\n\ty \n z", "A=2", "C=" };
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		char got[100];
		assert_true(mime_field(&head, &name, &value));
		snprintf(got, sizeof(got), "%.*s=%.*s", (int)name.n, name.s, (int)value.n, value.s);
		assert_string_equal(got, want[i]);
	}
	assert_false(mime_field(&head, &name, &value));
}

static void
test_params(void **state)
{
	(void)state;
	static const struct {
		const char *value, *want; /* want NULL: absent */
	} rows[] = { { "x/y; name=a", "a" }, { "x/y; NAME=\"a b\"", "a b" },
		{ "x/y;name=\"a\\\"b;c\"", "a\"b;c" }, { "x/y; names=z; name=a", "a" },
		{ "x/y; other=\"; name=no\"", NULL }, { "x/y (; name=no)", NULL },
		{ "x/y; name (c) = (d) \"a\"", "a" },
		{ "x/y; name*=utf-8''a%20%c3%a4", "a \xc3\xa4" },
		{ "x/y; name*0=\"ab\"; name*1=cd", "abcd" },
		{ "x/y; name*0*=us-ascii'en'a%42; name*1=c", "aBc" },
		{ "x/y; name=a; name=b", "a" }, { "x/y; name=", "" },
		{ "x/y; name=\"open", "open" }, { "x/y", NULL }, { "x/y; name", NULL },
		{ ";;;=;name;=name=x", NULL }, { "x; name*=%4", "%4" },
		/* Pieces have numbers, not an order; of two with one number the first counts. */
		{ "x/y; name*2=c; name*0=a; x=y; name*1=b", "abc" },
		{ "x/y; name*1*=%41; name*0*=utf-8''%c3%a4", "\xc3\xa4" "A" },
		{ "x/y; name*0=a; name*0=b; name*1=c", "ac" },
		{ "x/y; name*0=a; name*1=b; name=c; name*2=d", "abd" },
		{ "x/y; name=c; name*0=a", "c" }, { "x/y; name*x=a; name*=b; name**=c", "b" },
		{ "x/y; name*x=a; name**=c; name*1x=d; name*99999999999=e", NULL },
		{ "x/y; name*31=a; name*32=b", "a" },
		/* No token, but what everybody reads (RFC 2045 5.1). */
		{ "x/y; name=a b\n\tc.csv ; x=y", "a b\tc.csv" }, { "x/y; name=a b.csv (c)", "a b.csv" },
		{ "x/y; name=a b=c; x=y", "a" }, { "x/y; name=a\n b=c", "a" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char buf[64], charset[32];
		bool is = mime_param(span(rows[i].value), "name", buf, sizeof(buf), charset);
		if (is != (rows[i].want != NULL) || (is && strcmp(buf, rows[i].want) != 0))
			fail_msg("%s: %s", rows[i].value, is ? buf : "absent");
	}
	char word[16];
	mime_word(span("(c) Text/ (d) HTML ; x"), word, sizeof(word));
	assert_string_equal(word, "text/html");
	mime_word(span("base64 x"), word, sizeof(word));
	assert_string_equal(word, "base64");
	mime_word(span("(c)Text / html charset=x"), word, sizeof(word));
	assert_string_equal(word, "text/html");
}

static struct mime
walk(const char *s, int want)
{
	struct mime m;
	const char *rule = "";
	int rc = mime_walk(span(s), MAIL_PARTS, MAIL_DEPTH, &m, &rule);
	if (rc != want)
		fail_msg("%d (%s), not %d", rc, rule, want);
	return m;
}

static void
test_walk(void **state)
{
	(void)state;
	struct mime m =
	    walk("Content-Type: multipart/mixed; boundary=\"b\"\n\npreamble\n--b\n\none\n\n--b "
		 "\t\nContent-Type: "
		 "multipart/alternative; boundary=bb\n\n--bb\n\ntwo\n--bb--\n--b\nContent-Type: "
		 "message/rfc822\n\n"
		 "Subject: in\n\nthree\n--bbb\n--b--\nepilogue\n--b\n\nno\n",
		0);
	assert_int_equal(m.parts, 6);
	assert_int_equal(m.part[1].body.n, 4); /* "one\n": the last line's end is the boundary's */
	assert_memory_equal(m.part[1].body.s, "one\n", 4);
	assert_int_equal(m.part[1].whole.n, 5);
	assert_int_equal(m.part[3].parent, 2);
	assert_memory_equal(m.part[3].body.s, "two", 3);
	assert_int_equal(m.part[3].body.n, 3);
	assert_true(m.part[4].message);
	assert_true(m.part[5].foreign);
	assert_int_equal(m.part[5].body.n, strlen("three\n--bbb"));
	mime_free(&m);
	/* Boundaries that do not come, do not end, or are none. */
	m = walk("Content-Type: multipart/mixed; boundary=b\n\n--c\n\nx", 0);
	assert_int_equal(m.parts, 1);
	assert_string_equal(m.part[0].type, "text/plain");
	mime_free(&m);
	m = walk("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx", 0);
	assert_int_equal(m.parts, 2);
	assert_int_equal(m.part[1].body.n, 1);
	mime_free(&m);
	m = walk("Content-Type: multipart/mixed\n\n--b\n\nx", 0);
	assert_int_equal(m.parts, 1);
	mime_free(&m);
	m = walk("Content-Type: multipart/mixed; boundary=b\n\n--b--\n", 0);
	assert_int_equal(m.parts, 1);
	mime_free(&m);
	/* A boundary's line begins with the end of a line of its own: no part in between (RFC 2046 5.1.1). */
	m = walk("Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\n--b\n\none\n--b\n--b--\n", 0);
	assert_int_equal(m.parts, 3);
	assert_int_equal(m.part[1].body.n, 0);
	assert_memory_equal(m.part[2].body.s, "one", 3);
	mime_free(&m);
	char s[2000], b[301];
	memset(b, 'b', 300);
	b[300] = '\0';
	snprintf(s, sizeof(s), "Content-Type: multipart/mixed; boundary=%s\n\n--%s\n\none\n--%s--\n", b, b, b);
	m = walk(s, 0);
	assert_int_equal(m.parts, 2);
	mime_free(&m);
	/* A digest's parts are mails; an encoded mail is not opened (RFC 2046 5.2.1). */
	m = walk("Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ny\n--b--", 0);
	assert_int_equal(m.parts, 3);
	mime_free(&m);
	m = walk("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQQ==", 0);
	assert_int_equal(m.parts, 1);
	mime_free(&m);
}

/* What is no type counts as if it were not there (RFC 2045 5.2). */
static void
test_types(void **state)
{
	(void)state;
	static const struct {
		const char *value, *type;
	} rows[] = { { "Text/CSV", "text/csv" }, { "text / csv", "text/csv" },
		{ "text/csv charset=utf-8", "text/csv" }, { "text", "text/plain" },
		{ "text/", "text/plain" }, { "/csv", "text/plain" }, { "a/b/c", "text/plain" },
		{ "\"text/csv\"", "text/plain" }, { "text/c?v", "text/plain" },
		{ "te<t/csv", "text/plain" }, { "text/csv, a/b", "text/plain" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char s[100];
		snprintf(s, sizeof(s), "Content-Type: %s\n\nx", rows[i].value);
		struct mime m = walk(s, 0);
		assert_string_equal(m.part[0].type, rows[i].type);
		mime_free(&m);
	}
}

static void
test_transfer(void **state)
{
	(void)state;
	static const struct {
		enum mime_coding coding;
		const char *in, *out;
	} rows[] = { { MIME_QP, "a=3Db=\nc=\r\nd= \ne", "a=bcde" }, { MIME_QP, "=zz=4=", "=zz=4=" },
		{ MIME_QP, "==3D=4z", "==3D=4z" },
		/* Blanks at a line's end go, all others stay (RFC 2045 6.7 (3)). */
		{ MIME_QP, "a \t\n b \t c\r\nd \r\n \n", "a\n b \t c\r\nd\r\n\n" },
		{ MIME_QP, "a= 41=\rb\n", "a= 41=\rb\n" }, { MIME_QP, "a=4\nb=4", "a=4\nb=4" },
		{ MIME_QP, "a=4 1", "a=4 1" }, { MIME_QP, "a \t", "a" }, { MIME_QP, "a\r", "a\r" },
		{ MIME_QP, "a=", "a" }, { MIME_QP, "a= \r\n", "a" }, { MIME_QP, "a=20\n", "a \n" },
		{ MIME_BASE64, "YW-_Jj", "abc" }, { MIME_BASE64, "YWJj\r\nZGU=", "abcde" },
		{ MIME_BASE64, "YW Jj!ZA==YQ==", "abcda" }, { MIME_BASE64, "YWJjZGU", "abcde" },
		{ MIME_BASE64, "====", "" }, { MIME_PLAIN, "=3D", "=3D" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* At once and byte by byte: the same. */
		for (size_t step = 1; step <= 64; step += 63) {
			char out[64 + TRANSFER_ROOM];
			struct transfer t = { 0 };
			size_t n = 0, len = strlen(rows[i].in);
			for (size_t at = 0; at < len; at += step)
				n += transfer_decode(rows[i].coding, &t, rows[i].in + at,
				    len - at < step ? len - at : step, out + n, at + step >= len);
			out[n] = '\0';
			if (strcmp(out, rows[i].out) != 0)
				fail_msg("%s: %s", rows[i].in, out);
		}
	}
}

/* More blanks than are held back: as they stand, and no byte more than there were. */
static void
test_many_blanks(void **state)
{
	(void)state;
	for (size_t n = 70; n < 400; n++) {
		char in[402], out[sizeof(in) + TRANSFER_ROOM];
		memset(in, ' ', n);
		in[0] = 'a';
		in[n] = 'b';
		for (size_t step = 1; step <= n + 1; step += n) {
			struct transfer t = { 0 };
			size_t got = 0;
			for (size_t at = 0; at <= n; at += step)
				got += transfer_decode(MIME_QP, &t, in + at, step, out + got, at == n);
			assert_int_equal(got + t.held, n + 1);
			assert_memory_equal(out, in, got);
		}
	}
}

struct got {
	char text[4096];
	size_t n, lines;
};

static int
collect(const char *s, size_t n, void *arg)
{
	struct got *g = arg;
	if (g->n + n + 2 < sizeof(g->text)) {
		memcpy(g->text + g->n, s, n);
		g->n += n;
		g->text[g->n++] = '|';
		g->text[g->n] = '\0';
	}
	g->lines++;
	return 0;
}

static void
lines_are(const char *mail, const char *want)
{
	struct mime m = walk(mail, 0);
	struct got g = { "", 0, 0 };
	assert_int_equal(part_lines(&m.part[0], MAIL_DECODED, &m.cost, collect, &g), 0);
	if (strcmp(g.text, want) != 0)
		fail_msg("%s: %s", mail, g.text);
	mime_free(&m);
}

static void
test_lines(void **state)
{
	(void)state;
	lines_are("\na\r\nb\n\nc", "a|b||c|");
	lines_are("Content-Type: text/plain; charset=ISO-8859-1\n\nf\xfcr\n", "f\xc3\xbcr|");
	lines_are("Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: "
		  "quoted-printable\n\n=C4=C1\n",
	    "\xd0\xb4\xd0\xb0|");
	lines_are("Content-Type: text/plain; charset=unheard-of\n\nx\xff\n", "x\xff|");
	lines_are(
	    "Content-Type: text/plain; charset=iso-2022-cn-ext\n\nx\x1b$)A\x0e\n", "x\x1b$)A\x0e|");
	lines_are("Content-Type: text/html\n\n<p>a&amp;b<br>c<td>d<style>p { x }</style>e<!-- f "
		  "-->g&#46;h&lt;</p>i",
	    "a&b|c deg.h<|i|");
	lines_are("Content-Type: text/html\n\n<a <b>x &unknown; &", "x &unknown; &|");
	/* An '&' that begins no reference is a letter like any other: nothing behind it is lost. */
	lines_are("Content-Type: text/html\n\nAT&T 192.0.2.1\n?a=1&b=2&c&\nd &<br>e&amp f&#46 &#x41;&#160;g&#8203;&#;",
	    "AT&T 192.0.2.1|?a=1&b=2&c&|d &|e&amp f&#46 A g &#;|");
	lines_are("Content-Type: text/html\n\n&averyveryverylongname;x&\n&amp", "&averyveryverylongname;x&|&amp|");
}

static void
test_header_text(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
	} rows[] = { { "plain", "plain" }, { "a\n b", "a b" },
		{ "=?utf-8?q?a_b=C3=A4?=", "a b\xc3\xa4" },
		{ "=?iso-8859-1?Q?=E4?= =?iso-8859-1?Q?=F6?=", "\xc3\xa4\xc3\xb6" },
		{ "x =?utf-8?b?w6Q=?= y", "x \xc3\xa4 y" }, { "=?utf-8*de?q?a?=", "a" },
		{ "=?utf-8?x?a?=", "=?utf-8?x?a?=" }, { "=?utf-8?q?no end", "=?utf-8?q?no end" },
		{ "=?", "=?" }, { "\xff", "?" }, { "", "" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char buf[64];
		text_header(span(rows[i].in), buf, sizeof(buf));
		if (strcmp(buf, rows[i].out) != 0)
			fail_msg("%s: %s", rows[i].in, buf);
	}
}

static void
test_words(void **state)
{
	(void)state;
	static const struct {
		const char *text, *phrases;
		bool has;
	} rows[] = { { "A Scam here", "scam", true }, { "scampi", "scam", false },
		{ "scampi", "scam*", true }, { "xscam", "scam", false },
		{ "open  DNS\tresolvers", "x|open dns resolver*", true },
		{ "\xd0\x94\xd0\x90", "\xd0\xb4\xd0\xb0", true }, { "\xc3\x84", "\xc3\xa4", true },
		{ "", "a", false }, { "a", "", false }, { "17 U.S.C. 512", "17 u.s.c.", true } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char buf[128];
		text_fold(rows[i].text, strlen(rows[i].text), buf, sizeof(buf));
		if (text_has(buf, rows[i].phrases) != rows[i].has)
			fail_msg("%s in %s", rows[i].phrases, rows[i].text);
	}
}

/* A mail of n bytes made of a head and a repeated tail. */
static char *
bomb(const char *head, const char *again, size_t n)
{
	size_t at = strlen(head), len = strlen(again);
	char *s = malloc(n);
	memcpy(s, head, at);
	for (; at + len <= n; at += len)
		memcpy(s + at, again, len);
	memset(s + at, '\n', n - at);
	return s;
}

static void
test_bombs(void **state)
{
	(void)state;
	static const struct {
		const char *head, *again, *rule;
		size_t bytes;
	} rows[] = {
		{ "Content-Type: multipart/mixed; boundary=b\n\n", "--b\n\n\n",
		    "more than 1000 parts", 70000 },
		{ "", "Content-Type: message/rfc822\n\n", "nested deeper", 3000 },
		{ "", "X: y\n", "header fields", 2 << 20 },
		{ "X: y\n", " z\n", "over 64 KiB", 2 << 20 },
		{ "", "X", "over 64 KiB", 2 << 20 },
		{ "Content-Type: multipart/digest; boundary=b\n\n", "--b\n\n",
		    "more than 1000 parts", 1 << 20 },
		{ "Content-Type: text/plain\n\n", "192.0.2.1 ", NULL, 2 << 20 },
		{ "Content-Type: text/html\n\n", "<", NULL, 2 << 20 },
		{ "Content-Type: text/html\n\n", "&", NULL, 2 << 20 },
		{ "Content-Type: text/plain; charset=iso-2022-jp\n\n", "\x1b$B", NULL, 2 << 20 },
		{ "Content-Type: text/plain; charset=utf-16\n\n", "\xd8", NULL, 2 << 20 },
		{ "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n", "=",
		    NULL, 2 << 20 },
		{ "Content-Type: multipart/mixed; boundary=b\n\n", "--b", NULL, 2 << 20 },
		{ "Content-Type: multipart/mixed; boundary=\"-\"\n\n", "--\n", NULL, 2 << 20 },
		{ "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n", "= ",
		    NULL, 2 << 20 },
		{ "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n", " ",
		    NULL, 2 << 20 },
		{ "Content-Type: multipart/mixed", "; boundary*1=", NULL, 60000 },
		{ "Content-Type: multipart/mixed; boundary=", "a ", NULL, 60000 },
		{ "Subject: ", "=?utf-8?q?a?= ", NULL, 60000 },
		{ "Content-Type: x; ", "(", NULL, 60000 },
		{ "From: ", "\"", NULL, 60000 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *s = bomb(rows[i].head, rows[i].again, rows[i].bytes);
		struct mail_seen m = world_read_n(s, rows[i].bytes);
		if (rows[i].rule && (m.tray != TRAY_UNREADABLE || !strstr(m.rule, rows[i].rule)))
			fail_msg("%zu: %s (%s)", i, tray_row(m.tray)->name, m.rule);
		mail_seen_free(&m);
		struct mime mi;
		const char *rule;
		mime_walk(
		    (struct mime_span){ s, rows[i].bytes }, MAIL_PARTS, MAIL_DEPTH, &mi, &rule);
		/* Every level of nesting looks at a byte once, headers are looked at once more. */
		assert_true(mi.cost.looked <= (uint64_t)rows[i].bytes * (MAIL_DEPTH + 2));
		assert_true(mi.parts <= MAIL_PARTS);
		for (int p = 0; p < mi.parts; p++) {
			struct got g = { "", 0, 0 };
			if (!mi.part[p].multi)
				part_lines(&mi.part[p], MAIL_DECODED, &mi.cost, collect, &g);
		}
		assert_true(mi.cost.decoded <= 4 * (uint64_t)rows[i].bytes * (MAIL_DEPTH + 2));
		mime_free(&mi);
		free(s);
	}
}

/* The 16 levels that are allowed, each a multipart, around as many lines as fit. */
static void
test_deep(void **state)
{
	(void)state;
	for (int depth = MAIL_DEPTH - 1; depth <= MAIL_DEPTH + 1; depth++) {
		size_t n = 1 << 20, at = 0;
		char *s = malloc(n);
		for (int i = 0; i < depth; i++)
			at += (size_t)sprintf(s + at,
			    "Content-Type: multipart/mixed; boundary=b%02d\n\n--b%02d\n", i, i);
		s[at++] = '\n';
		while (at + 4 < n) {
			memcpy(s + at, "--b\n", 4);
			at += 4;
		}
		struct mime m;
		const char *rule = "";
		int rc = mime_walk((struct mime_span){ s, at }, MAIL_PARTS, MAIL_DEPTH, &m, &rule);
		assert_int_equal(rc, depth <= MAIL_DEPTH ? 0 : -E2BIG);
		assert_true(m.cost.looked <= (uint64_t)at * (MAIL_DEPTH + 2));
		mime_free(&m);
		free(s);
	}
}

static void
test_decoded_cap(void **state)
{
	(void)state;
	struct mime m = walk("Content-Transfer-Encoding: base64\n\nYWJjZGVmZ2hp", 0);
	struct got g = { "", 0, 0 };
	char *bytes;
	size_t n;
	assert_int_equal(part_bytes(&m.part[0], 8, &m.cost, &bytes, &n), -E2BIG);
	assert_int_equal(part_lines(&m.part[0], 8, &m.cost, collect, &g), -E2BIG);
	m.cost.decoded = 0;
	assert_int_equal(part_bytes(&m.part[0], 20, &m.cost, &bytes, &n), 0);
	assert_int_equal(n, 9);
	assert_memory_equal(bytes, "abcdefghi", 9);
	assert_int_equal(m.cost.decoded, 9);
	free(bytes);
	mime_free(&m);
}

/* Larger than the cap: its header still sorts it. */
static void
test_too_large(void **state)
{
	(void)state;
	size_t n = MAIL_BYTES + 1;
	char *s = bomb("From: a@b.example\nSubject: big\n\n", "x", n);
	struct mail_seen m;
	assert_int_equal(mail_read(s, n, &world_terms, &m), 0);
	assert_int_equal(m.tray, TRAY_UNREADABLE);
	assert_string_equal(m.rule, "larger than 32 MiB");
	assert_string_equal(m.subject, "big");
	memcpy(s, "From: a@b.example\nSubject: csam\n", 32);
	assert_int_equal(mail_read(s, n, &world_terms, &m), 0);
	assert_int_equal(m.tray, TRAY_SEALED);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_fields),
		cmocka_unit_test(test_params), cmocka_unit_test(test_walk),
		cmocka_unit_test(test_types), cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_many_blanks), cmocka_unit_test(test_lines),
		cmocka_unit_test(test_header_text), cmocka_unit_test(test_words),
		cmocka_unit_test(test_bombs), cmocka_unit_test(test_deep),
		cmocka_unit_test(test_decoded_cap), cmocka_unit_test(test_too_large) };
	return cmocka_run_group_tests(tests, world_up, world_down);
}
