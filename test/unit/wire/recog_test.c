/* SPDX-License-Identifier: BSD-2-Clause */
/* The recognisers: what a line says of 192.0.2.1, by program and by attempt to frame it. */
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

#include "wire/recog.h"

#define T "[22/Nov/2026:01:45:00 +0000] "
#define UA " \"-\" \"curl/8.0\""

static struct recog *r;

static int
setup(void **state)
{
	(void)state;
	return recog_new(CLASS_OPEN_PROXY, &r);
}

static int
teardown(void **state)
{
	(void)state;
	recog_free(r);
	return 0;
}

static void
lines(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		enum recog_says says;
	} s[] = {
		{ "192.0.2.1 - - " T "\"GET / HTTP/1.1\" 200 1" UA, RECOG_SUPPORTS },
		{ "www.example.net:443 192.0.2.1 - - " T "\"GET / HTTP/1.1\" 200 1" UA, RECOG_SUPPORTS },
		{ "::ffff:192.0.2.1 - - " T "\"GET / HTTP/1.1\" 200 1" UA, RECOG_SUPPORTS },
		{ "192.0.2.1 - - " T "\"CONNECT mx.example:25 HTTP/1.1\" 405 1" UA, RECOG_SUPPORTS },
		{ "192.0.2.1 - - " T "\"\\x16\\x03\\x01\" 400 1" UA, RECOG_SUPPORTS },
		{ "192.0.2.1, 10.0.0.1 - - " T "\"GET / HTTP/1.1\" 200 1" UA, RECOG_SUPPORTS },
		{ "192.0.2.1 - - " T "\"GET / HTTP/1.1\" 200 1" UA " \"203.0.113.9\"", RECOG_SUPPORTS },
		{ "10.0.0.1 - - " T "\"GET / HTTP/1.1\" 200 1" UA " \"192.0.2.1\"", RECOG_SUPPORTS },
		{ "2026/11/22 01:45:00 [error] 1#1: *2 open() \"/x\" failed, client: 192.0.2.1, server: a, "
		  "request: \"GET /x HTTP/1.1\", host: \"a\"", RECOG_SUPPORTS },
		{ "[Sun Nov 22 01:45:00 2026] [error] [client 192.0.2.1:51234] no such file", RECOG_SUPPORTS },
		{ "Nov 22 01:45:00 lb haproxy[9]: 192.0.2.1:58444 [22/Nov/2026:01:45:00.1] f b 0/0 200 1 "
		  "\"GET / HTTP/1.1\"", RECOG_SUPPORTS },
		{ "2026-11-22 01:45:00 10.0.0.1 GET / - 80 - 192.0.2.1 curl 200 0 0 1", RECOG_SUPPORTS },
		{ "1795311900.123    456 192.0.2.1 TCP_TUNNEL/200 39 CONNECT mx.example:25 - HIER_DIRECT/203.0.113.1 -",
		    RECOG_SUPPORTS },
		{ "22-11-2026 04:45:00 +0300 PROXY.3128 00004 - 192.0.2.1:28783 203.0.113.1:80 0 0 0 GET http://a/",
		    RECOG_SUPPORTS },
		{ "Nov 22 01:45:00 h danted[1]: info: pass(1): tcp/connect [: 192.0.2.1.48362 203.0.113.7.1080 "
		  "-> 203.0.113.7.40000 203.0.113.9.80 (1)", RECOG_SUPPORTS },
		{ "Nov 22 01:45:00 h kernel: IN=e OUT= SRC=192.0.2.1 DST=203.0.113.1 LEN=40 PROTO=TCP", RECOG_SUPPORTS },
		{ "IP 192.0.2.1.4711 > 203.0.113.1.80: Flags [S]", RECOG_SUPPORTS },
		{ "{\"src_ip\":\"192.0.2.1\",\"dest_ip\":\"203.0.113.1\"}", RECOG_SUPPORTS },
		{ "{\"request\":{\"remote_ip\":\"192.0.2.1\",\"host\":\"x\"}}", RECOG_SUPPORTS },
		{ "Nov 22 01:45:00 h sshd[1]: Failed password for root from 192.0.2.1 port 4 ssh2", RECOG_SUPPORTS },
		{ "Nov 22 01:45:00 h postfix/smtpd[1]: connect from unknown[192.0.2.1]", RECOG_SUPPORTS },
		{ "user=bob ip=192.0.2.1 action=comment", RECOG_SUPPORTS },

		{ "203.0.113.5 - - " T "\"GET http://192.0.2.1/ HTTP/1.1\" 200 1" UA, RECOG_CONTRADICTS },
		{ "203.0.113.5 - - " T "\"GET / HTTP/1.1\" 200 1 \"http://192.0.2.1/\" \"x\"", RECOG_CONTRADICTS },
		{ "203.0.113.5 - - " T "\"GET / HTTP/1.1\" 200 1" UA " \"192.0.2.1\"", RECOG_CONTRADICTS },
		{ "203.0.113.5 - - " T "\"GET /?from=192.0.2.1 HTTP/1.1\" 200 1" UA, RECOG_CONTRADICTS },
		{ "203.0.113.5 - - " T "\"GET / HTTP/1.1\" 200 1 \"-\" \"x \\\" 192.0.2.1 - - " T "\\\"GET\"",
		    RECOG_CONTRADICTS },
		{ "1795311900.123    456 203.0.113.5 TCP_MISS/200 39 GET http://192.0.2.1/ - HIER_DIRECT/192.0.2.1 -",
		    RECOG_CONTRADICTS },
		{ "Nov 22 01:45:00 h kernel: IN= OUT=e SRC=203.0.113.1 DST=192.0.2.1 LEN=40 PROTO=TCP",
		    RECOG_CONTRADICTS },
		{ "IP 203.0.113.1.80 > 192.0.2.1.4711: Flags [S]", RECOG_CONTRADICTS },
		{ "{\"src_ip\":\"203.0.113.1\",\"dest_ip\":\"192.0.2.1\"}", RECOG_CONTRADICTS },
		{ "postfix/smtp[1]: 1A: to=<a@example.net>, relay=mx.example.net[192.0.2.1]:25, status=sent",
		    RECOG_CONTRADICTS },
		{ "connection to 192.0.2.1 refused", RECOG_CONTRADICTS },

		/* framing: the words of a client must not accuse */
		{ "{\"src_ip\":\"203.0.113.1\",\"ua\":\"x\\\"src_ip\\\":\\\"192.0.2.1\\\"\"}", RECOG_NEUTRAL },
		{ "sshd[1]: Invalid user from 192.0.2.1 from 203.0.113.5 port 4", RECOG_NEUTRAL },
		{ "2026/11/22 01:45:00 [error] 1#1: *2 open() \"/, client: 192.0.2.1, server: \" failed, "
		  "client: 203.0.113.5, server: a, request: \"GET / HTTP/1.1\"", RECOG_NEUTRAL },
		{ "[Sat Jun 01 02:17:42 2013] [error] [client 203.0.113.5] no file: /[client 192.0.2.1] user", RECOG_NEUTRAL },
		{ "192.0.2.1", RECOG_NEUTRAL },
		{ "", RECOG_NEUTRAL },
		{ "192.0.2.10 - - " T "\"GET / HTTP/1.1\" 200 1" UA, RECOG_NEUTRAL },
	};
	struct addr a;
	struct logfind f;
	const struct recog_row *row;
	addr_parse("192.0.2.1", 9, &a);
	logfind_init(&f, &a);
	for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		enum recog_says says = recog_line(r, &f, s[i].line, strlen(s[i].line), &row);
		if (says != s[i].says)
			fail_msg("%s (%s), not %s: %s", recog_says_name(says), row ? row->name : "no row",
			    recog_says_name(s[i].says), s[i].line);
	}
	recog_line(r, &f, s[15].line, strlen(s[15].line), &row);
	assert_true(row && (row->flags & RECOG_ONE_WAY));
	recog_line(r, &f, s[3].line, strlen(s[3].line), &row);
	assert_string_equal(row->name, "request to relay");
	recog_line(r, &f, s[6].line, strlen(s[6].line), &row);
	assert_string_equal(row->name, "request with a proxy's mark");
}

static void
classes(void **state)
{
	(void)state;
	struct recog *none = NULL;
	assert_int_equal(recog_new(CLASS_N, &none), -EINVAL);
	assert_null(none);
}

/* Bytes that are no text, lines that are too long, lines made to cost time. */
static void
hostile(void **state)
{
	(void)state;
	struct addr a;
	struct logfind f;
	const struct recog_row *row;
	size_t n = 2 * RECOG_LINE;
	char *big = malloc(n);
	assert_non_null(big);
	addr_parse("192.0.2.1", 9, &a);
	logfind_init(&f, &a);
	static const char bin[] = "\x01\x00\x01\xff 192.0.2.1\x00 - - " T "\"GET \x1b[31m\"";
	recog_line(r, &f, bin, sizeof(bin) - 1, &row);
	static const char fake[] = "\x01 - - " T "\"GET / HTTP/1.1\" 200 1 \"192.0.2.1\"";
	assert_int_equal(recog_line(r, &f, fake, sizeof(fake) - 1, &row), RECOG_CONTRADICTS);
	static const char *const fill[] = { "\"", " ", "[", "192.0.2.1 ", "from ", "1", "a.", "x to ", ", client: ",
		"[client ", "\"192.0.2.1\", ", "->", "ffff:", "src" };
	for (size_t i = 0; i < sizeof(fill) / sizeof(fill[0]); i++) {
		for (size_t k = 0; k < n; k++)
			big[k] = fill[i][k % strlen(fill[i])];
		memcpy(big, "192.0.2.1", 9);
		recog_line(r, &f, big, n, &row);
		memcpy(big, "x        ", 9);
		memcpy(big + RECOG_LINE - 9, "192.0.2.1", 9);
		recog_line(r, &f, big, n, &row);
	}
	free(big);
}

/* fail2ban's sample logs label who offended: those lines should support; other addresses in the same
 * lines should not. Printed, and held to what was measured when the rows were written. */
static unsigned offenders[2], supported[2], others, false_support; /* [1]: web servers and proxies */

static void
label(char *json, char *line, bool web)
{
	char *h = strstr(json, "\"host\""), *m = strstr(json, "\"match\"");
	if (!h || !m || !strstr(m, "true") || strstr(m, "true") > m + 12)
		return;
	h = strchr(h + 6, '"');
	char *e = h ? strchr(h + 1, '"') : NULL;
	struct addr a, b;
	struct logfind f;
	struct logfind_hit hit;
	const struct recog_row *row;
	size_t n = strcspn(line, "\r\n");
	if (!e || addr_parse(h + 1, (size_t)(e - h - 1), &a) < 0)
		return;
	logfind_init(&f, &a);
	if (!logfind_next(&f, line, n, 0, &hit))
		return;
	offenders[web]++;
	if (recog_line(r, &f, line, n, &row) == RECOG_SUPPORTS)
		supported[web]++;
	else if (getenv("RECOG_SHOW"))
		printf("%s %.*s\n", recog_says_name(recog_line(r, &f, line, n, &row)), (int)n, line);
	for (size_t i = 0; i < n; i++) { /* every other dotted address in the line */
		size_t len = strspn(line + i, "0123456789.");
		while (len && line[i + len - 1] == '.')
			len--;
		if (!len)
			continue;
		if (addr_parse(line + i, len, &b) == 0 && !addr_eq(&a, &b)) {
			logfind_init(&f, &b);
			others++;
			if (recog_line(r, &f, line, n, &row) == RECOG_SUPPORTS) {
				false_support++;
				if (getenv("RECOG_SHOW"))
					printf("FALSE %.*s (%s) %.*s\n", (int)len, line + i, row->name, (int)n, line);
			}
		}
		i += len;
	}
}

static void
labelled(void **state)
{
	(void)state;
	const char *data = getenv("LYMPH_DATA");
	char path[1024], *json = NULL, *line = NULL;
	size_t room = 0;
	snprintf(path, sizeof(path), "%s/logs/fail2ban", data ? data : "../shared/data");
	DIR *d = opendir(path);
	if (!d) {
		printf("no labelled logs at %s: not measured\n", path);
		skip();
	}
	for (struct dirent *e; (e = readdir(d));) {
		char file[2048];
		snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		FILE *f = e->d_name[0] == '.' ? NULL : fopen(file, "r");
		bool want = false, web = false;
		static const char *const webs[] = { "nginx", "apache", "haproxy", "lighttpd", "3proxy", "php" };
		for (size_t i = 0; i < sizeof(webs) / sizeof(webs[0]); i++)
			web |= strncmp(e->d_name, webs[i], strlen(webs[i])) == 0;
		while (f && getline(&line, &room, f) > 0) {
			if (strncmp(line, "# failJSON:", 11) == 0) {
				free(json);
				json = strdup(line);
				want = true;
			} else if (want && line[0] != '#' && line[0] != '\n') {
				label(json, line, web);
				want = false;
			}
		}
		if (f)
			fclose(f);
	}
	closedir(d);
	free(json);
	free(line);
	printf("recall %u of %u offenders in web and proxy logs, %u of %u in others; "
	       "false support %u of %u other addresses\n", supported[1], offenders[1], supported[0], offenders[0],
	    false_support, others);
	assert_true(supported[1] * 100 >= offenders[1] * 95);
	assert_true(supported[0] * 100 >= offenders[0] * 40);
	assert_true(false_support * 100 <= others * 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(classes),
		cmocka_unit_test(hostile),
		cmocka_unit_test(labelled),
	};
	return cmocka_run_group_tests_name("wire/recog", tests, setup, teardown);
}
