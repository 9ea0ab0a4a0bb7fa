/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outbox as rows of the store: a head, small, written at each step; a content, written once and gone
 * when the mail is over, both sealed by the mail's number; mailboxes held for dead. A decoder refuses what its
 * encoder could not have written.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/pack.h"
#include "lymphd/edge_speak_own.h"
#include "wire/url.h"

#define HEAD_BYTES 1600
#define DEAD_BYTES 512

int
speak_put_head(struct edge *e, const struct speak_head *h)
{
	uint8_t buf[HEAD_BYTES];
	struct writer w = writer_of(buf, sizeof(buf));
	struct shelf_no name = shelf_no(h->no);
	w8(&w, 2);
	w64(&w, (uint64_t)h->at);
	w64(&w, (uint64_t)h->due);
	w64(&w, (uint64_t)h->done);
	w8(&w, h->state);
	w8(&w, h->kind);
	w8(&w, h->tries);
	w8(&w, h->open);
	w16(&w, h->code);
	w32(&w, h->bytes);
	w64(&w, h->about);
	w64(&w, h->case_no);
	addr_encode(&w, &h->subject_addr);
	wbytes(&w, h->slot, sizeof(h->slot));
	wtext(&w, h->to, sizeof(h->to));
	wtext(&w, h->url, sizeof(h->url));
	wtext(&w, h->subject, sizeof(h->subject));
	wtext(&w, h->in_reply_to, sizeof(h->in_reply_to));
	wtext(&w, h->message_id, sizeof(h->message_id));
	wtext(&w, h->said, sizeof(h->said));
	w64(&w, h->of);
	w64(&w, h->lead);
	w8(&w, h->gather);
	return w.bad ? -EINVAL
		     : store_shelve(e->store, SHELF_SPEAK, name.b, sizeof(name.b), buf, writer_len(&w));
}

static int
head_of(const void *name, size_t name_n, const void *blob, size_t n, struct speak_head *ret)
{
	struct reader r = reader_of(blob, n);
	struct speak_head h = { 0 };
	if (!shelf_no_of(name, name_n, &h.no))
		return -EBADMSG;
	uint8_t version = r8(&r);
	r.bad |= version < 1 || version > 2;
	h.at = (msec)r64(&r);
	h.due = (msec)r64(&r);
	h.done = (msec)r64(&r);
	h.state = r8below(&r, SPEAK_STATE_N);
	h.kind = r8below(&r, SPEAK_KIND_N);
	h.tries = r8(&r);
	h.open = r8(&r);
	h.code = r16(&r);
	h.bytes = r32(&r);
	h.about = r64(&r);
	h.case_no = r64(&r);
	addr_decode(&r, &h.subject_addr);
	rbytes(&r, h.slot, sizeof(h.slot));
	rtext(&r, h.to, sizeof(h.to));
	rtext(&r, h.url, sizeof(h.url));
	rtext(&r, h.subject, sizeof(h.subject));
	rtext(&r, h.in_reply_to, sizeof(h.in_reply_to));
	rtext(&r, h.message_id, sizeof(h.message_id));
	rtext(&r, h.said, sizeof(h.said));
	if (version > 1) { /* the first went alone, all of them */
		h.of = r64(&r);
		h.lead = r64(&r);
		h.gather = r8below(&r, 2);
	}
	if (!reader_done(&r))
		return -EBADMSG;
	*ret = h;
	return 0;
}

int
speak_head(struct edge *e, uint64_t no, struct speak_head *ret)
{
	struct shelf_no name = shelf_no(no);
	void *p;
	size_t n;
	int r = store_shelved(e->store, SHELF_SPEAK, name.b, sizeof(name.b), &p, &n);
	if (r < 0)
		return r;
	r = head_of(name.b, sizeof(name.b), p, n, ret);
	free(p);
	return r;
}

struct each {
	struct edge *e;
	int (*cb)(const struct speak_head *h, void *arg);
	void *arg;
};

static int
see_head(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	const struct each *each = arg;
	struct speaking *s = each->e->speaking;
	struct speak_head h;
	uint64_t no = 0;
	if (shelf_no_of(name, name_n, &no) && no > s->last)
		s->last = no; /* nobody else's, whatever stands there */
	if (!n && no && s->losts < SPEAK_LOSTS)
		s->lost[s->losts++] = no;
	return head_of(name, name_n, blob, n, &h) == 0 ? each->cb(&h, each->arg) : 0;
}

int
speak_each(struct edge *e, int (*cb)(const struct speak_head *h, void *arg), void *arg)
{
	struct each each = { e, cb, arg };
	e->speaking->losts = 0;
	return store_each_shelved(e->store, SHELF_SPEAK, see_head, &each);
}

/* Four bytes of length for each of the three, then they, each text with its NUL. */
int
speak_put_body(struct edge *e, uint64_t no, const struct speak_mail *m, uint32_t *ret_bytes)
{
	size_t text = strnlen(m->text, SPEAK_TEXT), feedback = m->feedback ? strlen(m->feedback) + 1 : 0;
	size_t attached = m->attached ? m->attached_n : 0;
	if (feedback > SPEAK_FEEDBACK || attached > SPEAK_ATTACHED)
		return -E2BIG;
	while (text > 0 && text == SPEAK_TEXT && ((uint8_t)m->text[text] & 0xc0) == 0x80)
		text--; /* between characters */
	size_t n = 12 + text + 1 + feedback + attached;
	uint8_t *p = malloc(n);
	if (!p)
		return -ENOMEM;
	struct writer w = writer_of(p, n);
	struct shelf_no name = shelf_no(no);
	w32(&w, (uint32_t)text + 1);
	w32(&w, (uint32_t)feedback);
	w32(&w, (uint32_t)attached);
	wbytes(&w, m->text, text);
	w8(&w, 0);
	if (feedback)
		wbytes(&w, m->feedback, feedback);
	if (attached)
		wbytes(&w, m->attached, attached);
	int r = store_shelve(e->store, SHELF_SPEAK_BODY, name.b, sizeof(name.b), p, n);
	free(p);
	if (r == 0)
		*ret_bytes = (uint32_t)n;
	return r;
}

int
speak_body(struct edge *e, uint64_t no, struct speak_body *ret)
{
	struct shelf_no name = shelf_no(no);
	void *p;
	size_t n;
	int rc = store_shelved(e->store, SHELF_SPEAK_BODY, name.b, sizeof(name.b), &p, &n);
	if (rc < 0)
		return rc;
	struct reader r = reader_of(p, n);
	uint32_t text = r32(&r), feedback = r32(&r), attached = r32(&r);
	const uint8_t *t = rspan(&r, text), *f = rspan(&r, feedback), *a = rspan(&r, attached);
	if (!reader_done(&r) || text == 0 || t[text - 1] || (feedback && f[feedback - 1])) {
		free(p);
		return -EBADMSG;
	}
	*ret = (struct speak_body){ .bytes = p, .text = (const char *)t,
		.feedback = feedback ? (const char *)f : NULL, .attached = attached ? a : NULL,
		.attached_n = attached };
	return 0;
}

int
speak_take_out(struct edge *e, uint64_t no, bool head)
{
	struct shelf_no name = shelf_no(no);
	int r = store_shelve(e->store, SHELF_SPEAK_BODY, name.b, sizeof(name.b), NULL, 0);
	if (r == 0 && head)
		r = store_shelve(e->store, SHELF_SPEAK, name.b, sizeof(name.b), NULL, 0);
	return r;
}

/* --- addresses ----------------------------------------------------------------------------------- */

static void
hash(const char *s, size_t n, uint8_t ret[32])
{
	crypto_generichash_state h;
	crypto_generichash_init(&h, NULL, 0, 32);
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] | 0x20 : s[i]);
		crypto_generichash_update(&h, &c, 1);
	}
	crypto_generichash_final(&h, ret, 32);
}

void
speak_grave_name(const char *address, uint8_t ret[SPEAK_GRAVE])
{
	_Static_assert(SPEAK_GRAVE == 32, "a hash");
	hash(address, strlen(address), ret);
}

uint64_t
speak_hash(const char *s)
{
	uint8_t h[32];
	uint64_t v;
	hash(s, strlen(s), h);
	memcpy(&v, h, sizeof(v));
	return v;
}

void
speak_domain(const char *to, const char *url, char ret[SPEAK_TO])
{
	const char *at = strrchr(to, '@');
	struct url u;
	snprintf(ret, SPEAK_TO, "%s", !url[0] ? (at ? at + 1 : to) : url_split(url, &u) == 0 ? u.host : url);
}

int
speak_put_dead(struct edge *e, const struct speak_dead *d)
{
	uint8_t name[SPEAK_GRAVE], buf[DEAD_BYTES];
	struct writer w = writer_of(buf, sizeof(buf));
	speak_grave_name(d->address, name);
	w8(&w, 1);
	w64(&w, (uint64_t)d->since);
	w64(&w, (uint64_t)d->until);
	w32(&w, d->times);
	wtext(&w, d->address, sizeof(d->address));
	wtext(&w, d->said, sizeof(d->said));
	return w.bad ? -EINVAL
		     : store_shelve(e->store, SHELF_SPEAK_DEAD, name, sizeof(name), buf, writer_len(&w));
}

int
speak_drop_dead(struct edge *e, const uint8_t name[SPEAK_GRAVE])
{
	return store_shelve(e->store, SHELF_SPEAK_DEAD, name, SPEAK_GRAVE, NULL, 0);
}

static int
dead_of(const void *blob, size_t n, struct speak_dead *ret)
{
	struct reader r = reader_of(blob, n);
	struct speak_dead d = { 0 };
	r.bad |= r8(&r) != 1;
	d.since = (msec)r64(&r);
	d.until = (msec)r64(&r);
	d.times = r32(&r);
	rtext(&r, d.address, sizeof(d.address));
	rtext(&r, d.said, sizeof(d.said));
	if (!reader_done(&r))
		return -EBADMSG;
	*ret = d;
	return 0;
}

int
speak_get_dead(struct edge *e, const char *address, struct speak_dead *ret)
{
	uint8_t name[SPEAK_GRAVE];
	void *p;
	size_t n;
	speak_grave_name(address, name);
	int r = store_shelved(e->store, SHELF_SPEAK_DEAD, name, sizeof(name), &p, &n);
	if (r < 0)
		return r;
	r = dead_of(p, n, ret);
	free(p);
	return r;
}

struct each_dead {
	speak_dead_cb *cb;
	void *arg;
};

static int
see_dead(const void *name, size_t name_n, const void *blob, size_t n, void *arg)
{
	const struct each_dead *each = arg;
	struct speak_dead d;
	(void)name, (void)name_n;
	return dead_of(blob, n, &d) == 0 ? each->cb(&d, each->arg) : 0;
}

int
speak_each_dead(struct edge *e, speak_dead_cb *cb, void *arg)
{
	struct each_dead each = { cb, arg };
	return store_each_shelved(e->store, SHELF_SPEAK_DEAD, see_dead, &each);
}
