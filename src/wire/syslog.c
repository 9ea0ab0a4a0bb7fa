/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Syslog messages and their framing, see syslog.h. Written for whatever stands behind a UDP port; must
 * never look behind the end it was given, nor take a sender's word for who it is.
 */
#include "wire/syslog.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COUNT_DIGITS 7 /* of MSG-LEN: enough for any cap of ours, few enough to wait for */

struct scan {
	const char *p, *end;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
left(const struct scan *s)
{
	return (size_t)(s->end - s->p);
}

/* "<0>" to "<191>", no leading zeros (RFC 5424 6.2.1). Taken whole or not at all. */
static bool
take_pri(struct scan *s, struct syslog_msg *m)
{
	const char *p = s->p;
	unsigned v = 0, digits = 0;
	if (p == s->end || *p++ != '<')
		return false;
	for (; p < s->end && is_digit(*p) && digits < 3; p++, digits++)
		v = v * 10 + (unsigned)(*p - '0');
	if (p == s->end || *p != '>' || digits == 0 || v > 191 || (digits > 1 && s->p[1] == '0'))
		return false;
	m->pri = true;
	m->facility = (uint8_t)(v / 8);
	m->severity = (uint8_t)(v % 8);
	s->p = p + 1;
	return true;
}

static void
take_stamp(const struct logtime_ref *ref, const char *s, size_t n, struct syslog_msg *m)
{
	struct logtime t;
	if (logtime_parse(ref, s, n, &t) < 0)
		return;
	m->at = t.at;
	m->zone_assumed = t.zone_assumed;
	m->year_assumed = t.year_assumed;
}

/* A header field of 1 to most printable characters (RFC 5424 6) and the blank behind it. */
static int
field(struct scan *s, size_t most, bool last, struct syslog_part *ret)
{
	const char *from = s->p;
	while (s->p < s->end && *s->p > ' ' && *s->p < 0x7f)
		s->p++;
	size_t n = (size_t)(s->p - from);
	if (n == 0 || n > most || (s->p == s->end ? !last : *s->p != ' '))
		return -EBADMSG;
	*ret = (struct syslog_part){ from, n };
	if (n == 1 && *from == '-') /* NILVALUE */
		*ret = (struct syslog_part){ 0 };
	s->p += s->p < s->end;
	return 0;
}

/* SD-NAME: 1 to 32 printable characters, none of = ] " (RFC 5424 6.3.2). */
static bool
sd_name(struct scan *s)
{
	const char *from = s->p;
	while (s->p < s->end && *s->p > ' ' && *s->p < 0x7f && !strchr("=]\"", *s->p))
		s->p++;
	return s->p > from && s->p - from <= 32;
}

/* The value up to its closing quote; a backslash hides the next byte (RFC 5424 6.3.3). */
static bool
sd_value(struct scan *s)
{
	if (left(s) < 2 || s->p[0] != '=' || s->p[1] != '"')
		return false;
	for (s->p += 2; s->p < s->end && *s->p != '"'; s->p++) {
		if (*s->p == ']') /* must be escaped */
			return false;
		if (*s->p == '\\' && left(s) > 1 && strchr("\"\\]", s->p[1]))
			s->p++;
	}
	if (s->p == s->end)
		return false;
	s->p++;
	return true;
}

/* One "[id name="value" ...]". */
static bool
sd_element(struct scan *s)
{
	s->p++; /* [ */
	if (!sd_name(s))
		return false;
	for (unsigned params = 0; s->p < s->end && *s->p != ']'; params++)
		if (*s->p++ != ' ' || params == SYSLOG_ELEMENTS || !sd_name(s) || !sd_value(s))
			return false;
	if (s->p == s->end)
		return false;
	s->p++;
	return true;
}

static bool
sd_walk(struct scan *s)
{
	for (unsigned n = 0; s->p < s->end && *s->p == '['; n++)
		if (n == SYSLOG_ELEMENTS || !sd_element(s))
			return false;
	return true;
}

static void
take_text(struct scan *s, struct syslog_msg *m)
{
	if (left(s) >= 3 && memcmp(s->p, "\xef\xbb\xbf", 3) == 0)
		s->p += 3;
	m->text = (struct syslog_part){ s->p, left(s) };
}

/* After PRI: "1 STAMP HOST APP PROCID MSGID DATA [TEXT]" (RFC 5424 6). */
static int
parse_modern(struct scan *s, const struct logtime_ref *ref, struct syslog_msg *m, const char **rule)
{
	m->modern = true;
	s->p += 2;
	*rule = "RFC 5424 6.2.3: TIMESTAMP";
	if (field(s, 32, false, &m->stamp) < 0)
		return -EBADMSG;
	if (m->stamp.s) {
		take_stamp(ref, m->stamp.s, m->stamp.n, m);
		if (!m->at)
			return -EBADMSG;
	}
	*rule = "RFC 5424 6.2.4: HOSTNAME, 1 to 255 printable characters";
	if (field(s, 255, false, &m->host) < 0)
		return -EBADMSG;
	*rule = "RFC 5424 6.2.5: APP-NAME, 1 to 48 printable characters";
	if (field(s, 48, false, &m->app) < 0)
		return -EBADMSG;
	*rule = "RFC 5424 6.2.6: PROCID, 1 to 128 printable characters";
	if (field(s, 128, false, &m->procid) < 0)
		return -EBADMSG;
	*rule = "RFC 5424 6.2.7: MSGID, 1 to 32 printable characters";
	if (field(s, 32, false, &m->msgid) < 0)
		return -EBADMSG;
	*rule = "RFC 5424 6.3: STRUCTURED-DATA";
	const char *from = s->p;
	if (s->p == s->end)
		return -EBADMSG;
	if (*s->p == '-')
		s->p++;
	else if (*s->p != '[' || !sd_walk(s))
		return -EBADMSG;
	if (s->p < s->end && *s->p != ' ')
		return -EBADMSG;
	if (*from == '[')
		m->data = (struct syslog_part){ from, (size_t)(s->p - from) };
	s->p += s->p < s->end;
	take_text(s, m);
	return 0;
}

/* How long the stamp at the start is, in the dialects there are: "Nov  2 11:00:00", with a fraction, with a
 * year, or one word of ISO 8601. 0: none. */
static size_t
stamp_of(const struct scan *s, const struct logtime_ref *ref, struct syslog_msg *m)
{
	static const size_t sizes[] = { 24, 23, 22, 20, 19, 15 };
	size_t n = left(s);
	if (n == 0)
		return 0;
	if (is_digit(*s->p)) {
		const char *blank = memchr(s->p, ' ', n < 40 ? n : 40);
		size_t word = blank ? (size_t)(blank - s->p) : n;
		if (word >= 19 && word < 40)
			take_stamp(ref, s->p, word, m);
		return m->at ? word : 0;
	}
	if (n < 15 || s->p[3] != ' ')
		return 0;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (n < sizes[i] || (n > sizes[i] && !strchr(" :", s->p[sizes[i]])))
			continue;
		take_stamp(ref, s->p, sizes[i], m);
		if (m->at)
			return sizes[i];
	}
	return 0;
}

static bool
tag_char(char c)
{
	return c > ' ' && c < 0x7f && c != ':' && c != '[';
}

/* "app: ", "app[pid]: ": taken whole or not at all. RFC 3164 4.1.3 allows 32 characters; paths are longer. */
static bool
take_tag(struct scan *s, struct syslog_msg *m)
{
	const char *p = s->p, *pid = NULL;
	while (p < s->end && tag_char(*p) && p - s->p < 128)
		p++;
	struct syslog_part app = { s->p, (size_t)(p - s->p) };
	if (app.n == 0 || p == s->end)
		return false;
	size_t pid_n = 0;
	if (*p == '[') {
		pid = ++p;
		while (p<s->end && * p> ' ' && *p < 0x7f && *p != ']' && p - pid < 128)
			p++;
		pid_n = (size_t)(p - pid);
		if (p == s->end || *p++ != ']')
			return false;
	}
	if (p == s->end || *p++ != ':')
		return false;
	m->app = app;
	m->procid = pid_n ? (struct syslog_part){ pid, pid_n } : (struct syslog_part){ 0 };
	s->p = p + (p < s->end && *p == ' ');
	return true;
}

/* RFC 3164 and its kin. A host is a word behind a stamp that is no tag; /dev/log leaves it out. */
static void
parse_old(struct scan *s, const struct logtime_ref *ref, struct syslog_msg *m)
{
	const char *from = s->p;
	size_t n = stamp_of(s, ref, m);
	if (n) {
		m->stamp = (struct syslog_part){ s->p, n };
		s->p += n;
		while (s->p < s->end &&
		       (*s->p == ' ' || *s->p == ':')) /* Cisco ends it with a colon */
			s->p++;
		struct scan word = *s;
		if (!take_tag(&word, m) && field(&word, 255, false, &m->host) == 0) {
			s->p = word.p;
			take_tag(s, m);
		} else if (m->app.s) {
			s->p = word.p;
		}
	} else if (m->pri) {
		take_tag(s, m);
	} else {
		s->p = from;
	}
	take_text(s, m);
}

int
syslog_parse(const char *s, size_t n, const struct logtime_ref *ref, struct syslog_msg *ret,
    const char **rule)
{
	struct scan scan = { s, s + n };
	struct syslog_msg m = { .facility = 1, .severity = 5 };
	bool pri = take_pri(&scan, &m);
	if (pri && left(&scan) >= 2 && scan.p[0] == '1' && scan.p[1] == ' ') {
		const char *why = "";
		if (parse_modern(&scan, ref, &m, &why) < 0) {
			*rule = why;
			return -EBADMSG;
		}
	} else {
		parse_old(&scan, ref, &m);
	}
	*ret = m;
	return 0;
}

static size_t
put(char *buf, size_t size, size_t at, const char *s, size_t n)
{
	if (n > size - at)
		n = size - at;
	memcpy(buf + at, s, n);
	return at + n;
}

size_t
syslog_line(const struct syslog_msg *m, char *buf, size_t size)
{
	const struct syslog_part *head[] = { &m->stamp, &m->host };
	size_t at = 0;
	for (size_t i = 0; i < 2; i++) {
		if (!head[i]->s)
			continue;
		at = put(buf, size, at, head[i]->s, head[i]->n);
		at = put(buf, size, at, " ", 1);
	}
	if (m->app.s) {
		at = put(buf, size, at, m->app.s, m->app.n);
		if (m->procid.s) {
			at = put(buf, size, at, "[", 1);
			at = put(buf, size, at, m->procid.s, m->procid.n);
			at = put(buf, size, at, "]", 1);
		}
		at = put(buf, size, at, ": ", 2);
	}
	return put(buf, size, at, m->text.s, m->text.n);
}

/* Streams */

/* What is held and not yet taken begins here. */
static const char *
front(const struct syslog_stream *st, size_t *n)
{
	*n = st->n - st->at;
	return st->held + st->at;
}

/* Is it the head of a counted message? 1 with *count and *head; 0: no; -EAGAIN: too early to say. */
static int
counted(const char *s, size_t n, size_t *count, size_t *head)
{
	size_t v = 0, i = 0;
	if (n == 0 || s[0] < '1' || s[0] > '9')
		return 0;
	for (; i < n && is_digit(s[i]); i++) {
		if (i == COUNT_DIGITS)
			return 0;
		v = v * 10 + (size_t)(s[i] - '0');
	}
	if (i == n)
		return -EAGAIN;
	if (s[i] != ' ')
		return 0;
	if (i + 1 == n)
		return -EAGAIN;
	if (s[i + 1] != '<')
		return 0;
	*count = v;
	*head = i + 1;
	return 1;
}

static int
give(const char *s, size_t n, syslog_cb *cb, void *arg)
{
	if (n && s[n - 1] == '\r')
		n--;
	return n ? cb(s, n, arg) : 0;
}

static bool
step_skip(struct syslog_stream *st, size_t n)
{
	size_t now = st->skip < n ? st->skip : n;
	st->skip -= now;
	st->at += now;
	return now < n;
}

/* False: more bytes are needed. */
static bool
step_counted(struct syslog_stream *st, const char *s, size_t n, size_t count, size_t head,
    syslog_cb *cb, void *arg, int *said)
{
	size_t most = sizeof(st->held) - head, now = count < most ? count : most;
	if (n < head + now)
		return false;
	st->over += now < count;
	st->skip = count - now;
	st->at += head + now;
	*said = give(s + head, now, cb, arg);
	return true;
}

static bool
step_line(struct syslog_stream *st, const char *s, size_t n, syslog_cb *cb, void *arg, int *said)
{
	size_t end = 0;
	while (end < n && s[end] != '\n' && s[end] != '\0')
		end++;
	bool whole = end < n, drop = st->drop;
	if (!whole && !drop && n < sizeof(st->held))
		return false;
	st->at += end + whole;
	st->drop = !whole;
	if (drop)
		return whole;
	st->over += !whole;
	*said = give(s, end, cb, arg);
	return whole;
}

/* Takes one message out of what is held. False: more bytes are needed. */
static bool
step(struct syslog_stream *st, syslog_cb *cb, void *arg, int *said)
{
	size_t n, count, head;
	const char *s = front(st, &n);
	if (n == 0)
		return false;
	if (st->skip)
		return step_skip(st, n);
	int rc = st->drop ? 0 : counted(s, n, &count, &head);
	if (rc == 1)
		return step_counted(st, s, n, count, head, cb, arg, said);
	if (rc == -EAGAIN && n < sizeof(st->held))
		return false;
	return step_line(st, s, n, cb, arg, said);
}

int
syslog_feed(struct syslog_stream *st, const void *bytes, size_t n, syslog_cb *cb, void *arg)
{
	const char *p = bytes;
	int said = 0;
	while (n && !said) {
		size_t take = sizeof(st->held) - st->n;
		if (take > n)
			take = n;
		memcpy(st->held + st->n, p, take);
		st->n += take;
		p += take;
		n -= take;
		while (!said && step(st, cb, arg, &said))
			;
		memmove(st->held, st->held + st->at, st->n - st->at);
		st->n -= st->at;
		st->at = 0;
	}
	return said;
}

int
syslog_end(struct syslog_stream *st, syslog_cb *cb, void *arg)
{
	size_t count, head;
	int said = 0;
	if (st->n && !st->skip && !st->drop && counted(st->held, st->n, &count, &head) != 1)
		said = give(st->held, st->n, cb, arg);
	st->n = st->skip = 0;
	st->drop = false;
	return said;
}
