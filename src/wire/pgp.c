/* SPDX-License-Identifier: BSD-2-Clause */
/* Armour and packets of OpenPGP, see pgp.h. A rule names the section it comes from; what is not plainly
 * allowed is refused: no partial lengths, no compression, no encryption, no secret key. */
#include "wire/pgp.h"

#include <errno.h>
#include <string.h>

#include "base/cursor.h"
#include "wire/base64.h"

#define TAG_SIGNATURE 2
#define TAG_SECRET    5
#define TAG_PUBLIC    6
#define TAG_SECRET_SUB 7
#define TAG_TRUST     12
#define TAG_UID       13
#define TAG_PUBLIC_SUB 14
#define TAG_ATTRIBUTE 17

#define SUB_ISSUER      16
#define SUB_FINGERPRINT 33

static const char clear_begin[] = "-----BEGIN PGP SIGNED MESSAGE-----";
static const char sig_begin[] = "-----BEGIN PGP SIGNATURE-----";
static const char sig_end[] = "-----END PGP SIGNATURE-----";
static const char key_begin[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
static const char key_end[] = "-----END PGP PUBLIC KEY BLOCK-----";

static int
bad(const char **rule, const char *text)
{
	*rule = text;
	return -EBADMSG;
}

/* A line without its end and the blanks before that; *next behind it. */
struct line {
	const char *p;
	size_t n;
};

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct line
line_at(const char *p, const char *end, const char **next)
{
	const char *nl = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
	struct line l = { p, (size_t)((nl ? nl : end) - p) };
	*next = nl ? nl + 1 : end;
	while (l.n && blank(l.p[l.n - 1]))
		l.n--;
	return l;
}

static bool
line_is(struct line l, const char *text)
{
	return l.n == strlen(text) && memcmp(l.p, text, l.n) == 0;
}

static bool
only_space(const char *p, const char *end)
{
	for (; p < end; p++)
		if (!blank(*p) && *p != '\n')
			return false;
	return true;
}

/* Armour from its first line to the end of everything (RFC 4880 6.2). The checksum is not looked at:
 * what it guards is signed. */
static int
dearmor(const char *p, const char *end, const char *begin, const char *last, uint8_t *out, size_t room,
    size_t *out_n, const char **rule)
{
	char four[4];
	unsigned have = 0;
	size_t at = 0, got;
	bool ended = false;
	if (!line_is(line_at(p, end, &p), begin))
		return bad(rule, "RFC 4880 6.2: an armour header line, and nothing before it");
	for (struct line l; (l = line_at(p, end, &p)).n != 0;)
		if (p == end || !memchr(l.p, ':', l.n))
			return bad(rule, "RFC 4880 6.2: armour headers, then an empty line");
	for (;;) {
		if (p == end)
			return bad(rule, "RFC 4880 6.2: an armour tail line");
		struct line l = line_at(p, end, &p);
		if (line_is(l, last))
			break;
		if (l.n && l.p[0] == '=' && have == 0) { /* the checksum */
			ended = true;
			continue;
		}
		for (size_t i = 0; i < l.n; i++) {
			if (ended)
				return bad(rule, "RFC 4880 6.2: nothing behind padding or checksum");
			four[have++] = l.p[i];
			if (have < 4)
				continue;
			uint8_t three[3];
			if (base64_decode(four, 4, three, &got) < 0)
				return bad(rule, "RFC 4880 6.3: base64");
			if (room - at < got)
				return bad(rule, "lymph: OpenPGP data of this kind is not that long");
			memcpy(out + at, three, got);
			at += got;
			have = 0;
			ended = got < 3;
		}
	}
	if (have)
		return bad(rule, "RFC 4880 6.3: base64");
	if (!only_space(p, end))
		return bad(rule, "RFC 4880 6.2: nothing behind the armour tail line");
	*out_n = at;
	return 0;
}

/* The next packet (RFC 4880 4.2); 0, or -EBADMSG. */
static int
packet(struct reader *r, unsigned *tag, struct reader *body, const char **rule)
{
	uint8_t h = r8(r);
	uint32_t n;
	if (!(h & 0x80))
		return bad(rule, "RFC 4880 4.2: a packet header");
	if (h & 0x40) {
		uint8_t l = r8(r);
		*tag = h & 0x3f;
		if (l >= 224 && l < 255)
			return bad(rule, "lymph: no packet of partial length");
		n = l < 192 ? l : l < 224 ? (uint32_t)(l - 192) * 256 + r8(r) + 192 : r32(r);
	} else {
		*tag = h >> 2 & 0xf;
		if ((h & 3) == 3)
			return bad(rule, "lymph: no packet of indeterminate length");
		n = (h & 3) == 0 ? r8(r) : (h & 3) == 1 ? r16(r) : r32(r);
	}
	const uint8_t *p = rspan(r, n);
	if (!p)
		return bad(rule, "RFC 4880 4.2: a packet as long as it says");
	*body = reader_of(p, n);
	return 0;
}

/* Subpackets (RFC 4880 5.2.3.1): only who signed. */
static void
subpackets(struct reader *r, struct pgp_sig *s)
{
	while (reader_left(r)) {
		uint32_t n = r8(r);
		n = n < 192 ? n : n < 255 ? (n - 192) * 256 + r8(r) + 192 : r32(r);
		const uint8_t *p = rspan(r, n);
		if (!p || n == 0) {
			r->bad = true;
			return;
		}
		unsigned type = p[0] & 0x7f;
		const uint8_t *id = type == SUB_ISSUER && n == 1 + PGP_ID ? p + 1 :
		    type == SUB_FINGERPRINT && n == 22 && p[1] == 4       ? p + n - PGP_ID :
		                                                            NULL;
		if (id)
			memcpy(s->id, id, PGP_ID);
		s->has_id |= id != NULL;
	}
}

static int
signature(struct reader *r, struct pgp_sig *s, const char **rule)
{
	if (r8(r) != 4)
		return bad(rule, "RFC 4880 5.2.3: a signature of version 4");
	s->type = r8(r);
	s->algo = r8(r);
	s->hash = r8(r);
	if (s->type > 1)
		return bad(rule, "RFC 4880 5.2.1: a signature of a document (type 0x00 or 0x01)");
	for (int i = 0; i < 2; i++) {
		size_t n = r16(r);
		const uint8_t *p = rspan(r, n);
		struct reader sub = reader_of(p ? p : (const uint8_t *)"", p ? n : 0);
		subpackets(&sub, s);
		if (!p || sub.bad)
			return bad(rule, "RFC 4880 5.2.3: subpackets as long as they say");
	}
	if (reader_left(r) < 2)
		return bad(rule, "RFC 4880 5.2.3: a signature as long as it says");
	return 0;
}

static int
signatures(const uint8_t *p, size_t n, struct pgp_sigs *ret, const char **rule)
{
	struct reader r = reader_of(p, n), body;
	struct pgp_sigs s = { 0 };
	unsigned tag;
	int rc;
	while (reader_left(&r)) {
		if ((rc = packet(&r, &tag, &body, rule)) < 0)
			return rc;
		if (tag != TAG_SIGNATURE)
			return bad(rule, "RFC 4880 11.4: signature packets, and no other");
		if (s.n == PGP_SIGS)
			return bad(rule, "lymph: at most 8 signatures");
		if ((rc = signature(&body, &s.sig[s.n++], rule)) < 0)
			return rc;
	}
	if (s.n == 0)
		return bad(rule, "RFC 4880 11.4: a signature packet");
	*ret = s;
	return 0;
}

int
pgp_sig_read(const void *p, size_t n, uint8_t out[PGP_SIG_BYTES], size_t *out_n, struct pgp_sigs *ret,
    const char **rule)
{
	size_t len = n;
	int r = 0;
	if (n > PGP_SIG_TEXT)
		return bad(rule, "lymph: at most 16 KiB of signature");
	if (n && *(const char *)p == '-') {
		const char *s = p;
		r = dearmor(s, s + n, sig_begin, sig_end, out, PGP_SIG_BYTES, &len, rule);
	} else if (n > PGP_SIG_BYTES) {
		return bad(rule, "lymph: at most 8 KiB of signature");
	} else if (n) {
		memcpy(out, p, n);
	}
	if (r == 0)
		r = signatures(out, len, ret, rule);
	if (r == 0)
		*out_n = len;
	return r;
}

bool
pgp_is_clear(const void *p, size_t n)
{
	return n >= sizeof(clear_begin) - 1 && memcmp(p, clear_begin, sizeof(clear_begin) - 1) == 0;
}

/* The signed text's first byte and the armour behind it. */
static int
clear_parts(const char *p, size_t n, const char **text, const char **armor, const char **rule)
{
	const char *end = p + n, *next, *at;
	if (!line_is(line_at(p, end, &p), clear_begin))
		return bad(rule, "RFC 4880 7: a clear-signed text, and nothing before it");
	for (struct line l; (l = line_at(p, end, &p)).n != 0;)
		if (p == end || l.n < 5 || memcmp(l.p, "Hash:", 5) != 0)
			return bad(rule, "RFC 4880 7: no header but Hash, then an empty line");
	*text = p;
	for (at = p; at < end; at = next) {
		struct line l = line_at(at, end, &next);
		if (l.n == 0 || at[0] != '-' || (end - at > 1 && at[1] == ' '))
			continue;
		if (!line_is(l, sig_begin))
			return bad(rule, "RFC 4880 7.1: lines that begin with a dash are escaped");
		*armor = at;
		return 0;
	}
	return bad(rule, "RFC 4880 7: a signature behind the text");
}

int
pgp_clear_read(const void *p, size_t n, uint8_t out[PGP_SIG_BYTES], size_t *out_n, struct pgp_sigs *ret,
    const char **rule)
{
	const char *text, *armor, *end = (const char *)p + n;
	size_t len = 0;
	int r = clear_parts(p, n, &text, &armor, rule);
	if (r == 0 && (size_t)(end - armor) > PGP_SIG_TEXT)
		r = bad(rule, "lymph: at most 16 KiB of signature");
	if (r == 0)
		r = dearmor(armor, end, sig_begin, sig_end, out, PGP_SIG_BYTES, &len, rule);
	if (r == 0)
		r = signatures(out, len, ret, rule);
	if (r == 0)
		*out_n = len;
	return r;
}

size_t
pgp_clear_text(const void *p, size_t n, char *to)
{
	const char *text, *armor, *rule, *next;
	size_t at = 0;
	if (clear_parts(p, n, &text, &armor, &rule) < 0)
		return 0;
	for (; text < armor; text = next) {
		(void)line_at(text, armor, &next);
		size_t skip = next - text >= 2 && text[0] == '-' && text[1] == ' ' ? 2 : 0;
		memcpy(to + at, text + skip, (size_t)(next - text) - skip);
		at += (size_t)(next - text) - skip;
	}
	/* The line end before the signature is not part of the text (RFC 4880 7.1). */
	if (at && to[at - 1] == '\n')
		at--;
	if (at && to[at - 1] == '\r')
		at--;
	return at;
}

static int
key_packets(const uint8_t *p, size_t n, const char **rule)
{
	struct reader r = reader_of(p, n), body;
	unsigned tag, count = 0;
	int rc;
	while (reader_left(&r)) {
		if ((rc = packet(&r, &tag, &body, rule)) < 0)
			return rc;
		if (tag == TAG_SECRET || tag == TAG_SECRET_SUB)
			return bad(rule, "lymph: a public key, never a secret one");
		if ((count == 0) != (tag == TAG_PUBLIC))
			return bad(rule, "RFC 4880 11.1: one public key, which comes first");
		if (tag != TAG_PUBLIC && tag != TAG_PUBLIC_SUB && tag != TAG_UID && tag != TAG_ATTRIBUTE &&
		    tag != TAG_SIGNATURE && tag != TAG_TRUST)
			return bad(rule, "RFC 4880 11.1: what belongs to a public key, and nothing else");
		if (++count > PGP_PACKETS)
			return bad(rule, "lymph: at most 1000 packets in a key");
	}
	return count ? 0 : bad(rule, "RFC 4880 11.1: a public key");
}

int
pgp_key_read(const void *p, size_t n, uint8_t out[PGP_KEY_BYTES], size_t *out_n, const char **rule)
{
	const char *s = p, *end = s + n;
	size_t len = n;
	int r = 0;
	while (s < end && (blank(*s) || *s == '\n'))
		s++;
	if (s < end && *s == '-') {
		r = dearmor(s, end, key_begin, key_end, out, PGP_KEY_BYTES, &len, rule);
	} else if (n > PGP_KEY_BYTES) {
		return bad(rule, "lymph: a key of at most 48 KiB (gpg --export-options export-minimal)");
	} else if (n) {
		memcpy(out, p, n);
	}
	if (r == 0)
		r = key_packets(out, len, rule);
	if (r == 0)
		*out_n = len;
	return r;
}
