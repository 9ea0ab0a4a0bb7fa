/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scanner for one JSON object on one line, for the keys eve_scan.h names and no others: values are skipped,
 * not built, so a line costs little more than a look at its bytes. Depth is capped; a key we need that
 * stands twice makes the line broken, for then two readers would read two things. It knows where strings
 * end, so nothing a client sent can pass for a key. Must never look behind the end.
 */
#include "wire/eve_scan.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define DEPTH 32

struct scan {
	const char *p, *end;
	struct eve_part *field;
	bool (*on_field)(const struct eve_part f[EVE_FIELDS], enum eve_field which, void *arg);
	void *arg;
};

/* Keys of one object: a field, or an object of its own. */
struct entry {
	const char *name;
	uint8_t n;
	uint8_t field;
	const struct entry *in;
};
#define KEY(s, f)                                                                                  \
	{                                                                                          \
		s, sizeof(s) - 1, f, NULL                                                          \
	}
#define SUB(s, k)                                                                                  \
	{                                                                                          \
		s, sizeof(s) - 1, 0, k                                                             \
	}

static const struct entry source_keys[] = { KEY("ip", EVE_F_SOURCE_IP), { 0 } };
static const struct entry target_keys[] = { KEY("ip", EVE_F_TARGET_IP), { 0 } };
static const struct entry metadata_keys[] = { KEY("confidence", EVE_F_CONFIDENCE),
	KEY("signature_severity", EVE_F_SIGNATURE_SEVERITY),
	KEY("attack_target", EVE_F_ATTACK_TARGET), { 0 } };
static const struct entry alert_keys[] = { KEY("signature", EVE_F_SIGNATURE),
	KEY("signature_id", EVE_F_SIGNATURE_ID), KEY("gid", EVE_F_GID),
	KEY("category", EVE_F_CATEGORY), KEY("severity", EVE_F_SEVERITY),
	SUB("source", source_keys), SUB("target", target_keys), SUB("metadata", metadata_keys),
	{ 0 } };
static const struct entry flow_keys[] = { KEY("src_ip", EVE_F_FLOW_SRC_IP),
	KEY("dest_ip", EVE_F_FLOW_DEST_IP), KEY("state", EVE_F_FLOW_STATE),
	KEY("pkts_toserver", EVE_F_PKTS_TOSERVER), KEY("pkts_toclient", EVE_F_PKTS_TOCLIENT),
	{ 0 } };
static const struct entry tcp_keys[] = { KEY("state", EVE_F_TCP_STATE), { 0 } };
static const struct entry anomaly_keys[] = { KEY("event", EVE_F_ANOMALY_EVENT),
	KEY("type", EVE_F_ANOMALY_TYPE), { 0 } };
static const struct entry dns_keys[] = { KEY("type", EVE_F_DNS_TYPE), KEY("rcode", EVE_F_DNS_RCODE),
	KEY("ra", EVE_F_DNS_RA), KEY("aa", EVE_F_DNS_AA), { 0 } };
static const struct entry http_keys[] = { KEY("http_method", EVE_F_HTTP_METHOD),
	KEY("status", EVE_F_HTTP_STATUS), KEY("url", EVE_F_HTTP_URL), { 0 } };
static const struct entry top_keys[] = { KEY("timestamp", EVE_F_TIMESTAMP),
	KEY("event_type", EVE_F_EVENT_TYPE), KEY("src_ip", EVE_F_SRC_IP),
	KEY("src_port", EVE_F_SRC_PORT), KEY("dest_ip", EVE_F_DEST_IP),
	KEY("dest_port", EVE_F_DEST_PORT), KEY("proto", EVE_F_PROTO),
	KEY("app_proto", EVE_F_APP_PROTO), KEY("direction", EVE_F_DIRECTION),
	SUB("alert", alert_keys), SUB("flow", flow_keys), SUB("tcp", tcp_keys),
	SUB("anomaly", anomaly_keys), SUB("dns", dns_keys), SUB("http", http_keys), { 0 } };

bool
eve_same(const struct eve_part *p, const char *s)
{
	return p->s && p->n == strlen(s) && memcmp(p->s, s, p->n) == 0;
}

bool
eve_starts_fold(const struct eve_part *p, const char *s)
{
	size_t n = strlen(s);
	if (!p->s || p->n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((p->s[i] >= 'A' && p->s[i] <= 'Z' ? p->s[i] + 32 : p->s[i]) != s[i])
			return false;
	return true;
}

bool
eve_same_fold(const struct eve_part *p, const char *s)
{
	return eve_starts_fold(p, s) && p->n == strlen(s);
}

static void
blank(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r' || *s->p == '\n'))
		s->p++;
}

static bool
take(struct scan *s, char c)
{
	blank(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* From behind the opening quote to behind the closing one. */
static bool
string(struct scan *s, struct eve_part *ret)
{
	const char *from = s->p;
	for (;;) {
		const char *q = memchr(s->p, '"', (size_t)(s->end - s->p));
		if (!q)
			return false;
		const char *b = q;
		while (b > from && b[-1] == '\\')
			b--;
		s->p = q + 1;
		if ((q - b) % 2 == 0) {
			*ret = (struct eve_part){ from, (size_t)(q - from) };
			return true;
		}
	}
}

static bool
bare_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '+' || c == '.';
}

/* A number or a word. */
static bool
bare(struct scan *s, struct eve_part *ret)
{
	const char *from = s->p;
	while (s->p < s->end && bare_char(*s->p))
		s->p++;
	*ret = (struct eve_part){ from, (size_t)(s->p - from) };
	return ret->n > 0;
}

/* The rest of an array or object whose opening bracket is behind us; commas and colons are not checked:
 * nothing of it is used. */
static bool
skip_deep(struct scan *s, char open, unsigned depth)
{
	char close[DEPTH];
	struct eve_part ignored;
	unsigned n = 0;
	close[n++] = open == '{' ? '}' : ']';
	while (n) {
		if (s->p == s->end)
			return false;
		char c = *s->p++;
		if (c == '"') {
			if (!string(s, &ignored))
				return false;
		} else if (c == '{' || c == '[') {
			if (n + depth >= DEPTH)
				return false;
			close[n++] = c == '{' ? '}' : ']';
		} else if (c == '}' || c == ']') {
			if (c != close[--n])
				return false;
		} else if (!bare_char(c) && !strchr(" \t\r\n:,", c)) {
			return false;
		}
	}
	return true;
}

/* A value: of an array of strings the first. */
static bool
value(struct scan *s, struct eve_part *ret, unsigned depth)
{
	*ret = (struct eve_part){ 0 };
	blank(s);
	if (s->p == s->end)
		return false;
	char c = *s->p;
	if (c == '"') {
		s->p++;
		return string(s, ret);
	}
	if (c != '{' && c != '[')
		return bare(s, ret);
	s->p++;
	struct scan first = *s;
	if (c == '[' && take(&first, '"') && !string(&first, ret))
		return false;
	return skip_deep(s, c, depth);
}

static const struct entry *
key_of(const struct entry *keys, const struct eve_part *name)
{
	if (keys)
		for (const struct entry *k = keys; k->name; k++)
			if (k->n == name->n && memcmp(k->name, name->s, k->n) == 0)
				return k;
	return NULL;
}

static int members(struct scan *s, const struct entry *keys, unsigned depth);

/* What stands behind "name":. 0, 1 or -EBADMSG. */
static int
member(
    struct scan *s, const struct entry *keys, const struct entry *k, unsigned depth, uint32_t *seen)
{
	struct eve_part v;
	if (k) {
		uint32_t bit = (uint32_t)1 << (k - keys);
		if (*seen & bit)
			return -EBADMSG;
		*seen |= bit;
	}
	if (k && k->in) {
		blank(s);
		if (s->p < s->end && *s->p == '{') {
			s->p++;
			return members(s, k->in, depth + 1);
		}
		return value(s, &v, depth) ? 0 : -EBADMSG;
	}
	if (!value(s, &v, depth))
		return -EBADMSG;
	if (!k || !v.s)
		return 0;
	s->field[k->field] = v;
	return s->on_field && !s->on_field(s->field, (enum eve_field)k->field, s->arg) ? 1 : 0;
}

/* Behind the opening brace to behind the closing one. The tables are three deep, so is this. */
static int
members(struct scan *s, const struct entry *keys, unsigned depth)
{
	struct eve_part name;
	uint32_t seen = 0;
	if (take(s, '}'))
		return 0;
	for (;;) {
		if (!take(s, '"') || !string(s, &name) || !take(s, ':'))
			return -EBADMSG;
		int rc = member(s, keys, key_of(keys, &name), depth, &seen);
		if (rc)
			return rc;
		if (take(s, '}'))
			return 0;
		if (!take(s, ','))
			return -EBADMSG;
	}
}

int
eve_scan(const char *s, size_t n, struct eve_part ret[EVE_FIELDS],
    bool (*on_field)(const struct eve_part f[EVE_FIELDS], enum eve_field which, void *arg),
    void *arg)
{
	struct scan scan = { s, s + n, ret, on_field, arg };
	memset(ret, 0, EVE_FIELDS * sizeof(*ret));
	if (n > EVE_LINE || !take(&scan, '{'))
		return -EBADMSG;
	int rc = members(&scan, top_keys, 1);
	if (rc)
		return rc;
	blank(&scan);
	return scan.p == scan.end ? 0 : -EBADMSG;
}
