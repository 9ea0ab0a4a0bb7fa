/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The check of raw JSON bytes, see json.h. A recursive descent whose depth is capped before it
 * descends. Must never read past the end, and must never let through what jansson would then choke
 * on late: everything but duplicate keys and number ranges is decided here.
 */
#include "wire/json.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#define DEPTH_MOST 64

struct scan {
	const uint8_t *start, *p, *end;
	unsigned depth, values; /* what is left */
	const char *rule;       /* set: refused at p */
	bool cap;               /* by a cap */
};

static bool
refuse(struct scan *s, const char *rule)
{
	s->rule = rule;
	return false;
}

static void
space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\t' || *s->p == '\r'))
		s->p++;
}

/* Four hex digits after \u; -1 if they are not. */
static int
hex4(struct scan *s)
{
	int v = 0;
	if (s->end - s->p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int c = s->p[i], lower = c | 0x20;
		if (c >= '0' && c <= '9')
			v = v * 16 + c - '0';
		else if (lower >= 'a' && lower <= 'f')
			v = v * 16 + lower - 'a' + 10;
		else
			return -1;
	}
	s->p += 4;
	return v;
}

static bool
escape(struct scan *s)
{
	s->p++;
	if (s->p == s->end)
		return refuse(s, "RFC 8259 7: the string ends");
	int c = *s->p;
	if (c != 'u') {
		if (c == 0 || !strchr("\"\\/bfnrt", c))
			return refuse(s, "RFC 8259 7: an escape that exists");
		s->p++;
		return true;
	}
	s->p++;
	int v = hex4(s);
	if (v < 0)
		return refuse(s, "RFC 8259 7: four hexadecimal digits after \\u");
	if (v == 0)
		return refuse(s, "no NUL in text");
	if (v < 0xd800 || v > 0xdfff)
		return true;
	if (v > 0xdbff || s->end - s->p < 6 || s->p[0] != '\\' || s->p[1] != 'u')
		return refuse(s, "RFC 8259 7: surrogates come in pairs");
	s->p += 2;
	v = hex4(s);
	if (v < 0xdc00 || v > 0xdfff)
		return refuse(s, "RFC 8259 7: surrogates come in pairs");
	return true;
}

/* One multi-byte character, shortest form, no surrogates, at most U+10FFFF (RFC 3629 4). */
static bool
utf8(struct scan *s)
{
	const uint8_t *p = s->p;
	size_t len = *p >= 0xc2 && *p <= 0xdf ? 2 : *p >= 0xe0 && *p <= 0xef ? 3 :
	    *p >= 0xf0 && *p <= 0xf4                                         ? 4 :
	                                                                       0;
	bool ok = len > 0 && (size_t)(s->end - p) >= len;
	for (size_t i = 1; ok && i < len; i++)
		ok = (p[i] & 0xc0) == 0x80;
	if (!ok || (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return refuse(s, "RFC 3629 4: valid UTF-8");
	s->p += len;
	return true;
}

static bool
string(struct scan *s)
{
	/* Bytes that need no thought: printable ASCII but the quote and the backslash. */
	static const uint64_t plain[2] = { 0xfffffffb00000000, 0xffffffffefffffff };
	s->p++;
	for (;;) {
		while (s->p < s->end && *s->p < 0x80 && (plain[*s->p >> 6] >> (*s->p & 63) & 1))
			s->p++;
		if (s->p == s->end)
			return refuse(s, "RFC 8259 7: the string ends");
		if (*s->p == '"') {
			s->p++;
			return true;
		}
		if (*s->p == '\\') {
			if (!escape(s))
				return false;
		} else if (*s->p >= 0x80) {
			if (!utf8(s))
				return false;
		} else {
			return refuse(s, *s->p ? "RFC 8259 7: control characters are escaped" :
			                         "no NUL in text");
		}
	}
}

static bool
digits(struct scan *s)
{
	const uint8_t *from = s->p;
	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > from || refuse(s, "RFC 8259 6: a digit");
}

static bool
number(struct scan *s)
{
	const uint8_t *from = s->p;
	if (*s->p == '-')
		s->p++;
	bool zero = s->p < s->end && *s->p == '0';
	const uint8_t *first = s->p;
	if (!digits(s))
		return false;
	if (zero && s->p - first > 1)
		return refuse(s, "RFC 8259 6: no leading zeros");
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (!digits(s))
			return false;
	}
	if (s->p < s->end && (*s->p | 0x20) == 'e') {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		if (!digits(s))
			return false;
	}
	return s->p - from <= 64 || refuse(s, "a number of at most 64 characters");
}

static bool
word(struct scan *s)
{
	static const char *const words[] = { "true", "false", "null" };
	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(words[i]);
		if ((size_t)(s->end - s->p) >= n && memcmp(s->p, words[i], n) == 0) {
			s->p += n;
			return true;
		}
	}
	return refuse(s, "RFC 8259 3: a value");
}

static bool value(struct scan *s);

/* After the opening bracket; members have keys in an object. */
static bool
container(struct scan *s, bool object, uint8_t close)
{
	if (s->depth == 0) {
		s->cap = true;
		return refuse(s, "nested too deep");
	}
	s->depth--;
	s->p++;
	space(s);
	if (s->p < s->end && *s->p == close) {
		s->p++;
		s->depth++;
		return true;
	}
	for (;;) {
		space(s);
		if (object) {
			if (s->p == s->end || *s->p != '"')
				return refuse(s, "RFC 8259 4: a key");
			if (!string(s))
				return false;
			space(s);
			if (s->p == s->end || *s->p != ':')
				return refuse(s, "RFC 8259 4: a colon after a key");
			s->p++;
		}
		if (!value(s))
			return false;
		space(s);
		if (s->p < s->end && *s->p == ',') {
			s->p++;
			continue;
		}
		if (s->p == s->end || *s->p != close)
			return refuse(s, "RFC 8259 4, 5: a comma or the closing bracket");
		s->p++;
		s->depth++;
		return true;
	}
}

static bool
value(struct scan *s)
{
	space(s);
	if (s->p == s->end)
		return refuse(s, "RFC 8259 3: a value");
	if (s->values == 0) {
		s->cap = true;
		return refuse(s, "too many values");
	}
	s->values--;
	switch (*s->p) {
	case '{': return container(s, true, '}');
	case '[': return container(s, false, ']');
	case '"': return string(s);
	default:
		if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'))
			return number(s);
		return word(s);
	}
}

int
json_scan(const void *p, size_t n, unsigned depth, unsigned values, struct json_why *why)
{
	struct scan s = { .start = p, .p = p, .end = (const uint8_t *)p + n,
		.depth = depth < DEPTH_MOST ? depth : DEPTH_MOST, .values = values };
	bool ok = value(&s);
	if (ok) {
		space(&s);
		ok = s.p == s.end || refuse(&s, "RFC 8259 2: one value and nothing after it");
	}
	if (ok)
		return 0;
	why->at = (size_t)(s.p - s.start);
	why->rule = s.rule;
	return s.cap ? -E2BIG : -EBADMSG;
}

int
json_read(const void *p, size_t n, unsigned depth, unsigned values, json_t **ret,
    struct json_why *why)
{
	int rc = n ? json_scan(p, n, depth, values, why) : -EBADMSG;
	if (n == 0)
		*why = (struct json_why){ 0, "RFC 8259 2: one value" };
	if (rc < 0)
		return rc;
	json_error_t err;
	json_t *root = json_loadb(p, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &err);
	if (!root) {
		enum json_error_code code = json_error_code(&err);
		why->at = err.position > 0 ? (size_t)err.position : 0;
		why->rule = code == json_error_duplicate_key ? "RFC 8259 4: each key once" :
		    code == json_error_numeric_overflow      ? "RFC 8259 6: a number within 64 bits" :
		                                               "RFC 8259: a JSON text";
		return code == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
	}
	*ret = root;
	return 0;
}

void
json_warm(void)
{
	json_object_seed(randombytes_random() | 1);
}
