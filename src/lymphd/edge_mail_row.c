/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of a mail, as it stands on the shelves: a short row that is also in memory, and a head that is
 * read when somebody asks. Must never take for a mail what another build wrote. */
#include <errno.h>
#include <stdlib.h>

#include "base/pack.h"
#include "lymphd/edge_mail.h"
#include "lymphd/edge_mail_own.h"
#include "store/keep.h"

#define HEAD_BYTES 2048
#define ROW_BYTES  16

int
mail_put_row(struct edge *e, const struct mail_row *r)
{
	uint8_t buf[ROW_BYTES];
	struct writer w = writer_of(buf, sizeof(buf));
	struct shelf_no name = shelf_no(r->no);
	w8(&w, 1);
	w64(&w, (uint64_t)r->at);
	w32(&w, r->size);
	w8(&w, r->tray);
	w8(&w, r->state);
	w8(&w, r->vouched);
	return w.bad ? -EINVAL
		     : store_shelve(e->store, SHELF_MAIL, name.b, sizeof(name.b), buf, writer_len(&w));
}

int
mail_get_row(const void *name, size_t name_n, const void *blob, size_t n, struct mail_row *ret)
{
	struct reader r = reader_of(blob, n);
	struct mail_row row = { 0 };
	if (!shelf_no_of(name, name_n, &row.no))
		return -EBADMSG;
	r.bad |= r8(&r) != 1;
	row.at = (msec)r64(&r);
	row.size = r32(&r);
	row.tray = r8below(&r, TRAY_N);
	row.state = r8below(&r, MAIL_STATE_N);
	row.vouched = r8below(&r, 2);
	if (!reader_done(&r))
		return -EBADMSG;
	*ret = row;
	return 0;
}

int
mail_put_head(struct edge *e, uint64_t no, const struct mail_head *h, bool anew)
{
	uint8_t buf[HEAD_BYTES];
	struct writer w = writer_of(buf, sizeof(buf));
	struct shelf_no name = shelf_no(no);
	w8(&w, 1);
	w64(&w, (uint64_t)h->date);
	w64(&w, (uint64_t)h->arrived);
	w64(&w, (uint64_t)h->changed);
	w64(&w, h->bytes);
	w32(&w, h->claims);
	w32(&w, h->elsewhere);
	w32(&w, h->uid);
	w8(&w, (uint8_t)h->cases);
	for (uint32_t i = 0; i < MAIL_CASES; i++)
		w64(&w, h->case_no[i]);
	w8(&w, (uint8_t)(h->may_answer | h->unverified << 1 | h->handed_on << 2));
	wbytes(&w, h->digest, sizeof(h->digest));
	wtext(&w, h->identity, sizeof(h->identity));
	wtext(&w, h->rule, sizeof(h->rule));
	wtext(&w, h->from, sizeof(h->from));
	wtext(&w, h->subject, sizeof(h->subject));
	wtext(&w, h->message_id, sizeof(h->message_id));
	wtext(&w, h->reply_to, sizeof(h->reply_to));
	if (w.bad)
		return -EINVAL;
	return (anew ? store_shelve_anew : store_shelve)(e->store, SHELF_MAIL_HEAD, name.b, sizeof(name.b), buf,
	    writer_len(&w));
}

int
mails_head(struct edge *e, uint64_t no, struct mail_head *ret)
{
	struct shelf_no name = shelf_no(no);
	struct mail_head h = { 0 };
	void *p;
	size_t n;
	int rc = store_shelved(e->store, SHELF_MAIL_HEAD, name.b, sizeof(name.b), &p, &n);
	if (rc < 0)
		return rc;
	struct reader r = reader_of(p, n);
	r.bad |= r8(&r) != 1;
	h.date = (msec)r64(&r);
	h.arrived = (msec)r64(&r);
	h.changed = (msec)r64(&r);
	h.bytes = r64(&r);
	h.claims = r32(&r);
	h.elsewhere = r32(&r);
	h.uid = r32(&r);
	h.cases = r8below(&r, MAIL_CASES + 1);
	for (uint32_t i = 0; i < MAIL_CASES; i++)
		h.case_no[i] = r64(&r);
	uint8_t flags = r8below(&r, 8);
	h.may_answer = flags & 1;
	h.unverified = flags >> 1 & 1;
	h.handed_on = flags >> 2 & 1;
	rbytes(&r, h.digest, sizeof(h.digest));
	rtext(&r, h.identity, sizeof(h.identity));
	rtext(&r, h.rule, sizeof(h.rule));
	rtext(&r, h.from, sizeof(h.from));
	rtext(&r, h.subject, sizeof(h.subject));
	rtext(&r, h.message_id, sizeof(h.message_id));
	rtext(&r, h.reply_to, sizeof(h.reply_to));
	bool good = reader_done(&r);
	free(p);
	if (!good)
		return -EBADMSG;
	*ret = h;
	return 0;
}
