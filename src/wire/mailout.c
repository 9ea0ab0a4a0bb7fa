/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing mails, see mailout.h. What strangers wrote stands in encoded words, in quoted-printable or in
 * base64, never bare in a header. Parts end at a boundary made of a hash of the Message-ID, which nobody
 * whose text is in the mail could know. Must never write a byte that is not ASCII, or a bare CR or LF.
 */
#include "wire/mailout.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "wire/claim.h"
#include "wire/xarf.h"

#define SUBJECT 400 /* bytes of one, before it is encoded */
#define WORD    45  /* bytes in one encoded word: 60 characters, with its frame below 76 (RFC 2047 2) */
#define QP_LINE 73  /* and the "=" of a soft break (RFC 2045 6.7) */
#define BARE    78  /* a longer line is not left bare (RFC 5322 2.1.1) */
#define ID_MOST 250

struct out {
	char *p;
	size_t n, room;
	bool bad; /* out of memory */
};

static void
put_n(struct out *o, const char *s, size_t n)
{
	if (o->n + n > o->room && !o->bad) {
		size_t room = 2 * o->room + n + 1024;
		char *p = realloc(o->p, room);
		o->bad = !p;
		o->p = p ? p : o->p;
		o->room = p ? room : o->room;
	}
	if (o->bad)
		return;
	memcpy(o->p + o->n, s, n);
	o->n += n;
}

static void
put(struct out *o, const char *s)
{
	put_n(o, s, strlen(s));
}

static void
put_field(struct out *o, const char *name, const char *value)
{
	put(o, name);
	put(o, ": ");
	put(o, value);
	put(o, "\r\n");
}

/* RFC 5322 3.3, UTC. */
static void
put_date(struct out *o, msec t)
{
	static const char *const days[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" },
	    *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
		    "Dec" };
	char iso[MSEC_TEXT], line[80];
	if (t < 0 || t > INT64_C(253402300799999))
		t = 0;
	msec_print(t - t % MSEC_SECOND, iso); /* 2026-11-22T01:45:00Z */
	unsigned month = (unsigned)(iso[5] - '0') * 10 + (unsigned)(iso[6] - '0');
	snprintf(line, sizeof(line), "%s, %.2s %s %.4s %.8s +0000", days[t / MSEC_DAY % 7], iso + 8,
	    months[(month + 11) % 12], iso, iso + 11);
	put_field(o, "Date", line);
}

/* Characters that may follow one another bare; "=?" would begin an encoded word. */
static bool
is_bare(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || (unsigned char)s[i] > '~' || (s[i] == '=' && s[i + 1] == '?'))
			return false;
	return n == 0 || (s[0] != ' ' && s[n - 1] != ' ');
}

static void
put_word(struct out *o, const char *s, size_t n)
{
	char b64[sodium_base64_ENCODED_LEN(WORD, sodium_base64_VARIANT_ORIGINAL)];
	sodium_bin2base64(b64, sizeof(b64), (const uint8_t *)s, n, sodium_base64_VARIANT_ORIGINAL);
	put(o, "=?UTF-8?B?");
	put(o, b64);
	put(o, "?=");
}

static void
put_subject(struct out *o, const char *hostile)
{
	char s[SUBJECT];
	size_t n = claim_clean(hostile, strlen(hostile), s, sizeof(s));
	put(o, "Subject: ");
	if (n <= BARE - 10 && is_bare(s, n)) {
		put_n(o, s, n);
		put(o, "\r\n");
		return;
	}
	for (size_t at = 0; at < n;) { /* whole characters in each word */
		size_t len = n - at < WORD ? n - at : WORD;
		while (at + len < n && len > 1 && ((unsigned char)s[at + len] & 0xc0) == 0x80)
			len--;
		if (at)
			put(o, "\r\n ");
		put_word(o, s + at, len);
		at += len;
	}
	put(o, "\r\n");
}

static size_t
line_of(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));
	return nl ? (size_t)(nl - p) : (size_t)(end - p);
}

/* Lines of printable ASCII, none of which looks like an mbox's "From ". */
static bool
text_bare(const char *s, size_t n)
{
	const char *end = s + n;
	while (s < end) {
		size_t len = line_of(s, end);
		if (len > BARE || !is_bare(s, len) || (len >= 5 && memcmp(s, "From ", 5) == 0))
			return false;
		s += len + 1;
	}
	return true;
}

/* RFC 2045 6.7: one line, without its end. */
static void
put_qp(struct out *o, const char *s, size_t n)
{
	size_t column = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		bool last = i + 1 == n, begins = column == 0 && (c == 'F' || c == '.');
		bool plain = c > ' ' && c <= '~' && c != '=' && !begins;
		char hex[4];
		plain |= (c == ' ' || c == '\t') && !last;
		if (column + (plain ? 1 : 3) > QP_LINE) {
			put(o, "=\r\n");
			column = 0;
			i--; /* again, as the first of a line */
			continue;
		}
		snprintf(hex, sizeof(hex), "=%02X", c);
		put_n(o, plain ? s + i : hex, plain ? 1 : 3);
		column += plain ? 1 : 3;
	}
}

static void
put_text(struct out *o, const char *s)
{
	const char *end = s + strlen(s);
	bool bare = text_bare(s, strlen(s));
	put(o, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ");
	put(o, bare ? "7bit\r\n\r\n" : "quoted-printable\r\n\r\n");
	while (s < end) {
		size_t len = line_of(s, end);
		if (bare)
			put_n(o, s, len);
		else
			put_qp(o, s, len && s[len - 1] == '\r' ? len - 1 : len);
		put(o, "\r\n");
		s += len + 1;
	}
}

/* 76 characters a line. */
static void
put_base64(struct out *o, const uint8_t *p, size_t n)
{
	char line[sodium_base64_ENCODED_LEN(57, sodium_base64_VARIANT_ORIGINAL)];
	for (size_t i = 0; i < n; i += 57) {
		sodium_bin2base64(line, sizeof(line), p + i, n - i < 57 ? n - i : 57, sodium_base64_VARIANT_ORIGINAL);
		put(o, line);
		put(o, "\r\n");
	}
}

static void
put_lines(struct out *o, const char *s)
{
	for (const char *end = s + strlen(s); s < end;) {
		size_t len = line_of(s, end);
		if (len && len <= 900 && is_bare(s, len)) {
			put_n(o, s, len);
			put(o, "\r\n");
		}
		s += len + 1;
	}
}

bool
mailout_is_id(const char *s)
{
	size_t n = strlen(s);
	const char *at = strchr(s, '@');
	if (n < 5 || n > ID_MOST || s[0] != '<' || s[n - 1] != '>' || !at || at == s + 1 || at == s + n - 2)
		return false;
	for (size_t i = 1; i + 1 < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || strchr("<>()\",;\\", s[i]))
			return false;
	return strchr(at + 1, '@') == NULL;
}

static void
put_head(struct out *o, const struct mailout *m)
{
	char line[640];
	snprintf(line, sizeof(line), "%s%s%s<%s>", m->from_name[0] ? "\"" : "", m->from_name,
	    m->from_name[0] ? "\" " : "", m->from);
	put_field(o, "From", line);
	snprintf(line, sizeof(line), "<%s>", m->to);
	put_field(o, "To", line);
	if (m->reply_to) {
		snprintf(line, sizeof(line), "<%s>", m->reply_to);
		put_field(o, "Reply-To", line);
	}
	put_subject(o, m->subject);
	put_date(o, m->date);
	snprintf(line, sizeof(line), "<%s>", m->message_id);
	put_field(o, "Message-ID", line);
	if (m->in_reply_to && mailout_is_id(m->in_reply_to)) {
		put_field(o, "In-Reply-To", m->in_reply_to);
		put_field(o, "References", m->in_reply_to);
	}
	if (m->auto_submitted)
		put_field(o, "Auto-Submitted", m->auto_submitted);
	put_field(o, "MIME-Version", "1.0");
}

static void
put_boundary(struct out *o, const char *boundary, const char *end)
{
	put(o, "--");
	put(o, boundary);
	put(o, end);
	put(o, "\r\n");
}

static void
put_attached(struct out *o, const char *boundary, const char *name, const void *p, size_t n)
{
	char line[200];
	put_boundary(o, boundary, "");
	snprintf(line, sizeof(line), "application/json; name=\"%s\"", name);
	put_field(o, "Content-Type", line);
	snprintf(line, sizeof(line), "attachment; filename=\"%s\"", name);
	put_field(o, "Content-Disposition", line);
	put_field(o, "Content-Transfer-Encoding", "base64");
	put(o, "\r\n");
	put_base64(o, p, n);
}

static void
put_parts(struct out *o, const struct mailout *m)
{
	uint8_t h[16];
	char boundary[8 + 2 * sizeof(h) + 1] = "=_lymph_", line[200];
	crypto_generichash(h, sizeof(h), (const uint8_t *)m->message_id, strlen(m->message_id), NULL, 0);
	sodium_bin2hex(boundary + 8, sizeof(boundary) - 8, h, sizeof(h));
	snprintf(line, sizeof(line), "multipart/%s;\r\n boundary=\"%s\"",
	    m->feedback ? "report; report-type=feedback-report" : "mixed", boundary);
	put_field(o, "Content-Type", line);
	put(o, "\r\n");
	put_boundary(o, boundary, "");
	put_text(o, m->text);
	if (m->feedback) {
		put_boundary(o, boundary, "");
		put(o, "Content-Type: message/feedback-report\r\n\r\n");
		put_lines(o, m->feedback);
	}
	if (m->attached)
		put_attached(o, boundary, m->attached_name, m->attached, m->attached_n);
	for (size_t i = 0; i < m->more_n; i++) {
		snprintf(line, sizeof(line), "xarf-%zu.json", i + 2);
		put_attached(o, boundary, line, m->more[i].bytes, m->more[i].n);
	}
	put_boundary(o, boundary, "--");
}

char *
mailout_print(const struct mailout *m, size_t *n)
{
	struct out o = { 0 };
	char id[ID_MOST + 3];
	snprintf(id, sizeof(id), "<%s>", m->message_id);
	if (!xarf_mail_address(m->from) || !xarf_mail_address(m->to) || !mailout_is_id(id) ||
	    (m->reply_to && !xarf_mail_address(m->reply_to)) || !is_bare(m->from_name, strlen(m->from_name)) ||
	    strpbrk(m->from_name, "\"\\"))
		return NULL;
	put_head(&o, m);
	if (m->attached || m->feedback)
		put_parts(&o, m);
	else
		put_text(&o, m->text);
	if (o.bad) {
		free(o.p);
		return NULL;
	}
	*n = o.n;
	return o.p;
}
