/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP CONNECT and HTTP GET, and the request inside any tunnel, see http.h. */
#include "probe/http.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define BODY_LOOK 256 /* the secret is the first line; a chunk's size may precede */
#define WORDS     360 /* longest request, with room */

enum { HTTP_LINE, HTTP_REASON, HTTP_HEAD, HTTP_BODY };
enum { CONNECT_ANSWER, CONNECT_TUNNEL };

/* A canary's host as text, brackets around IPv6; ":port" behind it unless that is 80 or 0. */
#define HOST_TEXT (ADDR_TEXT + 2 + 6)
static char *
host_print(const struct addr *a, unsigned port, char buf[HOST_TEXT])
{
	char text[ADDR_TEXT], tail[8] = "";
	addr_print(a, text);
	if (port && port != 80)
		snprintf(tail, sizeof(tail), ":%u", port & 0xffff);
	snprintf(buf, HOST_TEXT, a->fam == 6 ? "[%s]%s" : "%s%s", text, tail);
	return buf;
}

static char *
token_text(const uint8_t token[PROBE_TOKEN], char buf[2 * PROBE_TOKEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	for (unsigned i = 0; i < PROBE_TOKEN; i++) {
		buf[2 * i] = digits[token[i] >> 4];
		buf[2 * i + 1] = digits[token[i] & 15];
	}
	buf[2 * PROBE_TOKEN] = '\0';
	return buf;
}

/* Every request says who asks and where to read why. */
static void
say_request(struct probe_talk *t, const char *line)
{
	char words[WORDS], host[HOST_TEXT], bare[HOST_TEXT];
	int n = snprintf(words, sizeof(words),
	    "%s\r\nHost: %s\r\nUser-Agent: lymph-probe/1 (+http://%s/why)\r\n\r\n", line,
	    host_print(&t->goal.canary, t->goal.port, host), host_print(&t->goal.canary, 0, bare));
	if (n < 0 || (size_t)n >= sizeof(words)) {
		talk_found(t, FOUND_LOCAL);
		return;
	}
	talk_say(t, words, (size_t)n);
}

void
http_ask(struct probe_talk *t)
{
	char line[80], token[2 * PROBE_TOKEN + 1];
	snprintf(line, sizeof(line), "GET /%s HTTP/1.0", token_text(t->goal.token, token));
	t->granted = true;
	memset(&t->http, 0, sizeof(t->http));
	say_request(t, line);
}

/* One line of the body: the secret stands alone in it. An echo of our token is none. */
static void
body_line(struct probe_talk *t)
{
	if (!t->http.odd && t->http.run == 2 * PROBE_TOKEN &&
	    memcmp(t->http.hex, t->goal.token, PROBE_TOKEN) != 0) {
		memcpy(t->secret, t->http.hex, PROBE_TOKEN);
		talk_found(t, FOUND_OPEN);
	}
	t->http.run = 0;
	t->http.odd = false;
}

static void
body_byte(struct probe_talk *t, uint8_t b)
{
	if (++t->http.body > BODY_LOOK) {
		talk_found(t, FOUND_CLOSED);
		return;
	}
	if (b == '\n') {
		body_line(t);
		return;
	}
	if (b == '\r')
		return;
	int digit = b >= '0' && b <= '9' ? b - '0' : b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
	if (digit < 0 || t->http.run == 2 * PROBE_TOKEN) {
		t->http.odd = true;
		return;
	}
	uint8_t *to = &t->http.hex[t->http.run / 2];
	*to = (uint8_t)(t->http.run % 2 ? *to << 4 | digit : digit);
	t->http.run++;
}

/* The status line up to the code; true when the code is complete. */
static bool
line_byte(struct probe_talk *t, uint8_t b)
{
	static const char form[] = "HTTP/d.d ddd"; /* d: a digit */
	char want = form[t->http.col];
	if (want == 'd' ? !isdigit(b) : b != (uint8_t)want) {
		talk_wrong(t);
		return false;
	}
	if (t->http.col > 8)
		t->http.status = (uint16_t)(t->http.status * 10 + (b - '0'));
	return ++t->http.col == sizeof(form) - 1;
}

/* Feeds one byte to the answer's head. True at its end, when the status means go on. */
static bool
head_byte(struct probe_talk *t, uint8_t b)
{
	switch (t->http.phase) {
	case HTTP_LINE:
		if (!line_byte(t, b))
			return false;
		t->http.phase = HTTP_REASON;
		if (t->http.status == 407)
			talk_found(t, FOUND_AUTH);
		else if (t->http.status >= 502 && t->http.status <= 504)
			talk_found(t, FOUND_ONE_SIDED); /* a gateway that tried */
		else if (t->http.status / 100 != 1 && t->http.status != 200)
			talk_found(t, FOUND_CLOSED); /* a redirect, too: never followed */
		return false;
	case HTTP_REASON:
		if (b == '\n')
			t->http.phase = HTTP_HEAD;
		return false;
	default:
		if (b != '\n') {
			t->http.line |= b != '\r';
			return false;
		}
		if (t->http.line) {
			t->http.line = false;
			return false;
		}
		if (t->http.status / 100 == 1) { /* "100 Continue": the real answer follows */
			memset(&t->http, 0, sizeof(t->http));
			return false;
		}
		return true;
	}
}

void
http_relayed(struct probe_talk *t, uint8_t b)
{
	if (t->http.phase == HTTP_BODY)
		body_byte(t, b);
	else if (head_byte(t, b))
		t->http.phase = HTTP_BODY;
}

static void
connect_begin(struct probe_talk *t)
{
	char line[HOST_TEXT + 32], text[ADDR_TEXT];
	snprintf(line, sizeof(line), t->goal.canary.fam == 6 ? "CONNECT [%s]:%u HTTP/1.1"
	    : "CONNECT %s:%u HTTP/1.1", addr_print(&t->goal.canary, text), t->goal.port);
	t->state = CONNECT_ANSWER;
	say_request(t, line);
}

static void
connect_byte(struct probe_talk *t, uint8_t b)
{
	if (t->state == CONNECT_TUNNEL) {
		http_relayed(t, b);
	} else if (head_byte(t, b)) {
		t->state = CONNECT_TUNNEL;
		http_ask(t);
	}
}

static void
get_begin(struct probe_talk *t)
{
	char line[HOST_TEXT + 80], host[HOST_TEXT], token[2 * PROBE_TOKEN + 1];
	snprintf(line, sizeof(line), "GET http://%s/%s HTTP/1.0",
	    host_print(&t->goal.canary, t->goal.port, host), token_text(t->goal.token, token));
	say_request(t, line);
}

const struct probe_check check_http_connect = { .method = PROBE_HTTP_CONNECT, .port = 443,
	.begin = connect_begin, .byte = connect_byte };
const struct probe_check check_http_get = { .method = PROBE_HTTP_GET, .port = 80,
	.begin = get_begin, .byte = http_relayed };
