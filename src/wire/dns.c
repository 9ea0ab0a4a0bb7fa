/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS messages, see dns.h. Compressed names are followed backwards only, so that none is followed
 * for ever (RFC 1035 4.1.4). Must never take an address of another name than the one asked for.
 */
#include "wire/dns.h"

#include <errno.h>
#include <string.h>

#include "base/cursor.h"
#include "wire/url.h"

#define CNAME   5
#define OPT     41
#define IN      1
#define ALIASES 8
#define RECORDS 128
#define NAME    256 /* as text with its end: at most 253 bytes and a dot */

size_t
dns_ask(uint16_t id, const char *name, uint16_t type, bool edns, uint8_t buf[DNS_QUERY_MOST])
{
	struct writer w = writer_of(buf, DNS_QUERY_MOST);
	if (!url_host_ok(name, strlen(name)))
		return 0;
	w16(&w, id);
	w16(&w, 0x0100); /* recursion desired */
	w16(&w, 1);
	w32(&w, 0);
	w16(&w, edns); /* the OPT record */
	for (const char *p = name; *p;) {
		size_t n = strcspn(p, ".");
		w8(&w, (uint8_t)n);
		wbytes(&w, p, n);
		p += n + (p[n] == '.');
	}
	w8(&w, 0);
	w16(&w, type);
	w16(&w, IN);
	if (!edns)
		return writer_len(&w);
	w8(&w, 0); /* the root's name */
	w16(&w, OPT);
	w16(&w, DNS_REPLY_MOST);
	w32(&w, 0);
	w16(&w, 0);
	return writer_len(&w);
}

/* A name as lower-case text with dots. What no host has in its name is no name of ours: bad. */
static void
name_read(struct reader *r, const uint8_t *start, char ret[NAME])
{
	struct reader at = *r;
	const uint8_t *limit = r->p; /* a pointer must go before here */
	bool jumped = false;
	size_t n = 0;
	for (;;) {
		uint8_t len = r8(&at);
		if (at.bad || len == 0)
			break;
		if (len >= 0xc0) {
			size_t to = (size_t)(len & 0x3f) << 8 | r8(&at);
			if (!jumped)
				r->p = at.p;
			jumped = true;
			if (at.bad || start + to >= limit) {
				r->bad = true;
				return;
			}
			at.p = limit = start + to;
			continue;
		}
		const uint8_t *label = len < 64 ? rspan(&at, len) : NULL;
		if (!label || n + len + 2 > NAME) {
			r->bad = true;
			return;
		}
		for (uint8_t i = 0; i < len; i++) {
			uint8_t c = label[i];
			bool upper = c >= 'A' && c <= 'Z', plain = c > ' ' && c < 127 && c != '.';
			/* A dot inside a label would make two names one. */
			ret[n++] = (char)(upper ? c | 0x20 : plain ? c : '?');
		}
		ret[n++] = '.';
	}
	ret[n ? n - 1 : 0] = '\0';
	if (at.bad)
		r->bad = true;
	else if (!jumped)
		r->p = at.p;
}

struct rr {
	char owner[NAME], alias[NAME]; /* the second of a CNAME */
	uint16_t type;
	uint32_t ttl;
	const uint8_t *data;
	uint16_t n;
};

static void
rr_read(struct reader *r, const uint8_t *start, struct rr *ret)
{
	name_read(r, start, ret->owner);
	ret->type = r16(r);
	uint16_t cls = r16(r);
	ret->ttl = r32(r);
	ret->n = r16(r);
	struct reader data = *r;
	ret->data = rspan(r, ret->n);
	if (r->bad)
		return;
	if (cls != IN && ret->type != OPT)
		ret->type = 0;
	if (ret->type == CNAME) {
		name_read(&data, start, ret->alias);
		r->bad |= data.bad || data.p > r->p;
	}
}

struct found {
	struct addr *v;
	size_t n, most;
	uint32_t ttl;
};

/* One pass over the answers: addresses of name, or where it is an alias to. */
static int
pass(const struct reader *from, const uint8_t *start, unsigned answers, uint16_t type, char name[NAME],
    struct found *f)
{
	struct reader r = *from;
	struct rr rr;
	char next[NAME] = "";
	for (unsigned i = 0; i < answers; i++) {
		rr_read(&r, start, &rr);
		if (r.bad)
			return -EPROTO;
		if (strcmp(rr.owner, name) != 0)
			continue;
		uint16_t want = type == DNS_A ? 4 : 16;
		if (rr.type == CNAME && !next[0])
			memcpy(next, rr.alias, sizeof(next));
		if (rr.type != CNAME && (rr.type != type || rr.n != want))
			continue;
		f->ttl = rr.ttl < f->ttl ? rr.ttl : f->ttl;
		if (rr.type == type && f->n < f->most) {
			f->v[f->n] = (struct addr){ .fam = type == DNS_A ? 4 : 6 };
			memcpy(f->v[f->n++].b, rr.data, want);
		}
	}
	if (f->n || !next[0])
		return 0;
	memcpy(name, next, sizeof(next));
	return 1;
}

int
dns_told(const void *p, size_t n, uint16_t id, const char *name, uint16_t type, struct addr *ret,
    size_t most, size_t *ret_n, uint32_t *ret_ttl)
{
	struct reader r = reader_of(p, n);
	char asked[NAME], told[NAME];
	size_t len = strlen(name);
	if (len >= NAME)
		return -EPROTO;
	for (size_t i = 0; i <= len; i++)
		asked[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 0x20) : name[i];
	bool mine = r16(&r) == id;
	uint16_t flags = r16(&r), questions = r16(&r);
	unsigned answers = r16(&r);
	r32(&r);
	if (r.bad || !mine || !(flags & 0x8000) || (flags >> 11 & 15) || questions != 1)
		return -EPROTO;
	name_read(&r, p, told);
	uint16_t told_type = r16(&r), told_class = r16(&r);
	if (r.bad || strcmp(told, asked) != 0 || told_type != type || told_class != IN)
		return -EPROTO;
	unsigned code = flags & 15;
	if (code == 3)
		return -ENOENT;
	if (code)
		return -EAGAIN;
	if (answers > RECORDS)
		return -EPROTO;
	struct found f = { ret, 0, most, UINT32_MAX };
	int more = 1;
	for (unsigned i = 0; more > 0 && i <= ALIASES; i++)
		if ((more = pass(&r, p, answers, type, asked, &f)) < 0)
			return flags & 0x0200 ? -EAGAIN : more; /* cut short: may end anywhere */
	if (f.n == 0)
		return flags & 0x0200 ? -EAGAIN : -ENOENT;
	*ret_n = f.n;
	*ret_ttl = f.ttl;
	return 0;
}
