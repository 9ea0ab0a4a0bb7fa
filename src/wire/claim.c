/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a claim to a report, see claim.h. Nothing here asks a clock or dice: id and bytes come from
 * what was claimed and where it stood. A stranger's text goes into the document as text alone, cut
 * and made valid UTF-8; as evidence it goes as the bytes it was.
 */
#include "wire/claim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include "wire/cve.h"
#include "wire/xarf_doc.h"

struct key
identity_key(const struct identity *i)
{
	static const char salt[] = "lymph source"; /* with its NUL */
	crypto_hash_sha256_state h;
	struct key k;
	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, (const uint8_t *)salt, sizeof(salt));
	crypto_hash_sha256_update(&h, (const uint8_t *)i->name, strnlen(i->name, sizeof(i->name)));
	crypto_hash_sha256_final(&h, k.b);
	return k;
}

static void
put_be(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

/* RFC 9562 5.8: a UUID of our own making. What the source said of the event's time counts, not
 * when it came: read again tomorrow it is the same report. How good the evidence is counts, too: of one
 * address a batch of lines makes claims that differ in nothing else. */
static void
id_of(const struct claim *c, const struct claim_from *f, uint8_t ret[16])
{
	static const char salt[] = "lymph claim";
	uint8_t h[crypto_hash_sha256_BYTES], fixed[1 + 16 + 1 + 2 + 8 + 3];
	crypto_hash_sha256_state s;
	fixed[0] = c->subject.fam;
	memcpy(fixed + 1, c->subject.b, 16);
	fixed[17] = (uint8_t)c->cls;
	put_be(fixed + 18, c->port, 2);
	put_be(fixed + 20, (uint64_t)c->event, 8);
	fixed[28] = (uint8_t)c->evidence;
	fixed[29] = c->two_way_claim;
	fixed[30] = c->zone_assumed;
	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, (const uint8_t *)salt, sizeof(salt));
	crypto_hash_sha256_update(&s, f->origin, sizeof(f->origin));
	crypto_hash_sha256_update(&s, fixed, sizeof(fixed));
	crypto_hash_sha256_final(&s, h);
	memcpy(ret, h, 16);
	ret[6] = (uint8_t)((ret[6] & 0x0f) | 0x80);
	ret[8] = (uint8_t)((ret[8] & 0x3f) | 0x80);
}

/* Length of the UTF-8 character at s (RFC 3629 4), 0 if there is none. */
static size_t
utf8_len(const uint8_t *s, size_t n)
{
	static const struct {
		uint8_t lo, hi, second_lo, second_hi;
		size_t n;
	} rows[] = { { 0x00, 0x7f, 0, 0, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 } };
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		if (s[0] < rows[r].lo || s[0] > rows[r].hi || n < rows[r].n)
			continue;
		if (rows[r].n > 1 && (s[1] < rows[r].second_lo || s[1] > rows[r].second_hi))
			return 0;
		for (size_t i = 2; i < rows[r].n; i++)
			if ((s[i] & 0xc0) != 0x80)
				return 0;
		return rows[r].n;
	}
	return 0;
}

size_t
claim_clean(const char *s, size_t n, char *buf, size_t size)
{
	size_t out = 0;
	for (size_t i = 0; i < n && s[i];) {
		size_t len = utf8_len((const uint8_t *)s + i, n - i);
		bool plain = len > 1 || (len == 1 && (uint8_t)s[i] >= ' ' && s[i] != 0x7f);
		size_t room = plain ? len : 1;
		if (out + room >= size)
			break;
		if (plain)
			memcpy(buf + out, s + i, len);
		else
			buf[out] = s[i] == '\t' || s[i] == '\n' || s[i] == '\r' ? ' ' : '?';
		out += room;
		i += len ? len : 1;
	}
	buf[out] = '\0';
	return out;
}

struct party {
	char org[200], contact[320], domain[254];
};

static void
fill(const char *s, const char *instead, char *buf, size_t size)
{
	if (!s || claim_clean(s, strlen(s), buf, size) == 0)
		snprintf(buf, size, "%s", instead);
}

/* What a source calls itself, else what we call it. A contact that is no mail address would not
 * pass XARF's core; .invalid (RFC 2606 2) is nobody's. */
static void
party_of(const struct claim_from *f, struct party *p)
{
	const char *colon = strchr(f->identity.name, ':');
	bool dkim = identity_kind(&f->identity) == IDENTITY_DKIM;
	fill(f->domain, dkim ? colon + 1 : "unknown.invalid", p->domain, sizeof(p->domain));
	fill(f->org, f->identity.name[0] ? f->identity.name : "unknown", p->org, sizeof(p->org));
	fill(f->contact, "", p->contact, sizeof(p->contact));
	if (!strchr(p->contact, '@'))
		snprintf(p->contact, sizeof(p->contact), "unknown@%s", p->domain);
}

/* What of the evidence goes along: all, or what ends with a line below the cap. */
static size_t
text_cut(const struct claim *c)
{
	size_t n = c->text_n;
	if (n <= CLAIM_TEXT)
		return n;
	for (n = CLAIM_TEXT; n > 0 && c->text[n - 1] != '\n'; n--)
		;
	return n ? n : CLAIM_TEXT;
}

static char *
document(const struct claim *c, const struct claim_from *f, const uint8_t id[16], size_t *n,
    struct xarf_why *why)
{
	const char *category = class_row(c->cls)->category;
	bool service = category && strcmp(category, "vulnerability") == 0;
	struct party p;
	char cve[CVE_TEXT] = "", words[256] = "";
	party_of(f, &p);
	if (!cve_find(c->what, strnlen(c->what, sizeof(c->what)), cve))
		cve_find(c->text, c->text_n, cve);
	claim_clean(f->description ? f->description : c->what,
	    f->description ? strlen(f->description) : strnlen(c->what, sizeof(c->what)), words,
	    sizeof(words));
	struct xarf_item item = { .content_type = "text/plain",
		.payload = c->text,
		.n = text_cut(c),
		.description = c->what[0] ? words : NULL };
	struct xarf_new x = { .timestamp = c->event ? c->event : f->arrived,
		.first_seen = c->first   ? c->first
			      : c->event ? c->event
					 : f->arrived,
		.last_seen = c->event,
		.org = p.org,
		.contact = p.contact,
		.domain = p.domain,
		.subject = c->subject,
		.source_port = service ? 0 : c->port,
		.service_port = service ? c->port : 0,
		.destination_port = c->far_port,
		.port_unnamed = c->port == 0,
		.proto = c->proto,
		.cve = cve[0] ? cve : NULL,
		.cls = c->cls,
		.evidence_source = c->text_n ? "server_logs" : "user_report",
		.description = words[0] ? words : NULL,
		.items = &item,
		.item_count = c->text_n ? 1 : 0,
		.handshake = c->two_way_claim ? 1 : -1,
		.count = c->count,
		.zone_assumed = c->zone_assumed };
	memcpy(x.id, id, sizeof(x.id));
	return xarf_build(&x, n, why);
}

char *
claim_report(const struct claim *c, const struct claim_from *f, size_t *n, struct report *ret,
    struct xarf_why *why)
{
	uint8_t id[16];
	struct xarf *x;
	struct report r;
	size_t len;
	if (f->now && c->event > f->now + XARF_FUTURE) {
		xarf_refuse(why, -EBADMSG, XARF_AHEAD, "last_seen");
		return NULL;
	}
	id_of(c, f, id);
	char *s = document(c, f, id, &len, why);
	if (!s)
		return NULL;
	if (xarf_parse(s, len, &x, why) < 0) {
		free(s);
		return NULL;
	}
	int rc = xarf_report(x, &r, why);
	xarf_free(x);
	if (rc < 0) {
		free(s);
		return NULL;
	}
	if (f->identity.name[0])
		r.key = identity_key(&f->identity);
	/* The form it came in decides what it proves, not the document we made of it. */
	r.evidence = c->evidence;
	r.two_way_claim = c->two_way_claim;
	r.port = c->port;
	r.count = c->count ? c->count : 1;
	crypto_hash_sha256(r.body_hash, (const uint8_t *)s, len);
	*n = len;
	*ret = r;
	return s;
}
