/* SPDX-License-Identifier: BSD-2-Clause */
/* SOCKS as state machines, see socks.h. RFC 1928; SOCKS 4 and 4a as their memos say. */
#include "probe/socks.h"

#include <string.h>

#include "base/cursor.h"
#include "probe/http.h"

enum { S5_HELLO, S5_METHOD, S5_VERSION, S5_REPLY, S5_ZERO, S5_TYPE, S5_LENGTH, S5_BOUND,
	S5_TUNNEL };
enum { S4_ZERO, S4_REPLY, S4_BOUND, S4_TUNNEL };

/* What a reply code means; everything not here is closed. 1 and 3 to 6: it tried and failed. */
static const enum found s5_reply[] = { FOUND_NOTHING, FOUND_ONE_SIDED, FOUND_CLOSED,
	FOUND_ONE_SIDED, FOUND_ONE_SIDED, FOUND_ONE_SIDED, FOUND_ONE_SIDED };
#define S5_REPLIES (sizeof(s5_reply) / sizeof(s5_reply[0]))

static void
s5_begin(struct probe_talk *t)
{
	t->state = S5_HELLO;
	talk_say(t, "\5\1\0", 3); /* one method offered: none */
}

static void
s5_connect(struct probe_talk *t)
{
	uint8_t b[32];
	struct writer w = writer_of(b, sizeof(b));
	wbytes(&w, "\5\1\0", 3);
	w8(&w, t->goal.canary.fam == 6 ? 4 : 1);
	wbytes(&w, t->goal.canary.b, t->goal.canary.fam == 6 ? 16 : 4);
	w16(&w, t->goal.port);
	talk_say(t, b, writer_len(&w));
}

/* The bound address is skipped: it is the target's word, and we note the canary's instead. */
static void
s5_bound(struct probe_talk *t, unsigned n)
{
	t->left = (uint16_t)(n + 2);
	t->state = S5_BOUND;
}

static void
s5_byte(struct probe_talk *t, uint8_t b)
{
	switch (t->state) {
	case S5_HELLO:
	case S5_VERSION:
		if (b != 5)
			talk_wrong(t);
		t->state++;
		break;
	case S5_METHOD:
		if (b == 0xff || b == 2)
			talk_found(t, FOUND_AUTH);
		else if (b != 0)
			talk_found(t, FOUND_CLOSED);
		else
			s5_connect(t);
		t->state++;
		break;
	case S5_REPLY:
		talk_found(t, b < S5_REPLIES ? s5_reply[b] : FOUND_CLOSED);
		t->state++;
		break;
	case S5_ZERO: t->state++; break;
	case S5_TYPE:
		if (b == 1 || b == 4)
			s5_bound(t, b == 1 ? 4 : 16);
		else if (b == 3)
			t->state = S5_LENGTH;
		else
			talk_wrong(t);
		break;
	case S5_LENGTH: s5_bound(t, b); break;
	case S5_BOUND:
		if (--t->left > 0)
			break;
		t->state = S5_TUNNEL;
		http_ask(t);
		break;
	default: http_relayed(t, b); break;
	}
}

static void
s4_say(struct probe_talk *t, bool by_name)
{
	uint8_t b[96];
	char host[ADDR_TEXT];
	struct writer w = writer_of(b, sizeof(b));
	wbytes(&w, "\4\1", 2);
	w16(&w, t->goal.port);
	wbytes(&w, by_name ? (const uint8_t *)"\0\0\0\1" : t->goal.canary.b, 4);
	wbytes(&w, "lymph", 6); /* the user field names us; its NUL ends it */
	if (by_name) {
		addr_print(&t->goal.canary, host);
		wbytes(&w, host, strlen(host) + 1);
	}
	t->state = S4_ZERO;
	talk_say(t, b, writer_len(&w));
}

static void
s4_begin(struct probe_talk *t)
{
	s4_say(t, false);
}

static void
s4a_begin(struct probe_talk *t)
{
	s4_say(t, true);
}

static void
s4_byte(struct probe_talk *t, uint8_t b)
{
	switch (t->state) {
	case S4_ZERO:
		if (b != 0)
			talk_wrong(t);
		t->state++;
		break;
	case S4_REPLY:
		if (b == 0x5c || b == 0x5d) /* wants identd to vouch for the user */
			talk_found(t, FOUND_AUTH);
		else if (b == 0x5b)
			talk_found(t, FOUND_CLOSED);
		else if (b != 0x5a)
			talk_wrong(t);
		t->left = 6;
		t->state++;
		break;
	case S4_BOUND:
		if (--t->left > 0)
			break;
		t->state = S4_TUNNEL;
		http_ask(t);
		break;
	default: http_relayed(t, b); break;
	}
}

const struct probe_check check_socks5 = { .method = PROBE_SOCKS5, .port = 80, .begin = s5_begin,
	.byte = s5_byte };
const struct probe_check check_socks4 = { .method = PROBE_SOCKS4, .port = 80, .v4_only = true,
	.begin = s4_begin, .byte = s4_byte };
const struct probe_check check_socks4a = { .method = PROBE_SOCKS4A, .port = 80, .begin = s4a_begin,
	.byte = s4_byte };
