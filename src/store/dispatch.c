/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store's face, see store.h: encodes facts and orders, insists on a transaction around every
 * write, and hands on to the back end. It must never write outside a transaction.
 */
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>

#include "store/back.h"

void
store_close(struct store *s)
{
	if (!s)
		return;
	if (s->writing)
		s->ops->rollback(s);
	s->ops->close(s);
}

int64_t
store_room(const struct store *s)
{
	return s->ops->room(s);
}

int
store_begin(struct store *s)
{
	if (s->writing)
		return -EBUSY;
	int r = s->ops->begin(s);
	s->writing = r == 0;
	return r;
}

int
store_commit(struct store *s)
{
	if (!s->writing)
		return -EINVAL;
	int r = s->ops->commit(s);
	if (r == 0)
		s->writing = false;
	return r;
}

void
store_rollback(struct store *s)
{
	if (s->writing)
		s->ops->rollback(s);
	s->writing = false;
}

int
store_fact(struct store *s, const struct fact *f, const struct store_body *body, uint64_t *seq)
{
	uint8_t small[FACT_BYTES], *buf = small;
	size_t room = sizeof(small);
	if (!s->writing)
		return -EINVAL;
	if (f->kind == FACT_CONF) {
		room += f->conf.len;
		buf = malloc(room);
		if (!buf)
			return -ENOMEM;
	}
	struct writer w = writer_of(buf, room);
	fact_encode(&w, f);
	struct fact_row row = {
		.at = f->at,
		.kind = f->kind,
		.blob = buf,
		.n = writer_len(&w),
		.report = f->kind == FACT_REPORT ? &f->report : NULL,
		.body = body,
	};
	int r = w.bad ? -EINVAL : s->ops->fact(s, &row, seq);
	if (buf != small)
		free(buf);
	return r;
}

int
store_fact_case(struct store *s, uint64_t seq, uint64_t case_no)
{
	return s->writing ? s->ops->fact_case(s, seq, case_no) : -EINVAL;
}

int
store_state(struct store *s, int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n)
{
	return s->writing ? s->ops->state(s, kind, key, key_len, blob, n) : -EINVAL;
}

int
store_order(struct store *s, const struct order *o)
{
	uint8_t buf[ORDER_BYTES];
	struct writer w = writer_of(buf, sizeof(buf));
	order_encode(&w, o);
	if (!s->writing || w.bad)
		return -EINVAL;
	return s->ops->order(s, o, buf, writer_len(&w));
}

int
store_out(struct store *s, const struct store_out *o, uint64_t *ret)
{
	uint8_t buf[ORDER_BYTES];
	struct writer w = writer_of(buf, sizeof(buf));
	order_encode(&w, &o->order);
	if (!s->writing || w.bad)
		return -EINVAL;
	return s->ops->out(s, o, buf, writer_len(&w), ret);
}

int
store_out_done(struct store *s, uint32_t to, uint64_t no)
{
	return s->writing ? s->ops->out_done(s, to, no) : -EINVAL;
}

int
store_event(struct store *s, const struct store_event *e)
{
	return s->writing ? s->ops->event(s, e) : -EINVAL;
}

int
store_aside(struct store *s, const struct store_aside *a)
{
	return s->writing ? s->ops->aside(s, a) : -EINVAL;
}

int
store_shelve(struct store *s, int shelf, const void *name, size_t name_n, const void *blob, size_t n)
{
	if (!s->writing || name_n == 0 || name_n > SHELF_NAME)
		return -EINVAL;
	return s->ops->shelve(s, shelf, name, name_n, blob, n);
}

int
store_shelve_from(struct store *s, int shelf, const void *name, size_t name_n, size_t n,
    store_read_cb *read, void *arg)
{
	if (!s->writing || name_n != 8 || shelf != SHELF_MAIL_BODY || n == 0)
		return -EINVAL;
	return s->ops->shelve_from(s, shelf, name, name_n, n, read, arg);
}

int
store_shelved_part(struct store *s, int shelf, const void *name, size_t name_n, uint64_t at, void *buf,
    size_t most, size_t *ret_n, size_t *size)
{
	return s->ops->shelved_part(s, shelf, name, name_n, at, buf, most, ret_n, size);
}

int
store_shelved(struct store *s, int shelf, const void *name, size_t name_n, void **blob, size_t *n)
{
	return s->ops->shelved(s, shelf, name, name_n, blob, n);
}

int
store_each_shelved(struct store *s, int shelf, store_shelf_cb *cb, void *arg)
{
	return s->ops->each_shelved(s, shelf, cb, arg);
}

int
store_find_report(struct store *s, const struct report *p, struct store_seen *ret)
{
	struct key owner = store_owner(p);
	struct store_seen old;
	int r = s->ops->find_report(s, &owner, p->id, ret);
	if (r != -ENOENT || !key_is_zero(&p->key))
		return r;
	r = s->ops->find_report(s, &p->key, p->id, &old);
	if (r == 0 && memcmp(old.body_hash, p->body_hash, sizeof(old.body_hash)) != 0)
		return -ENOENT;
	if (r == 0)
		*ret = old;
	return r;
}

struct key
store_owner(const struct report *p)
{
	struct key k = p->key;
	if (key_is_zero(&k))
		memcpy(k.b, p->body_hash, KEY_BYTES);
	return k;
}

int
store_last(struct store *s, uint64_t *seq, msec *at)
{
	return s->ops->last(s, seq, at);
}

int
store_last_conf(struct store *s, uint64_t *generation, store_fact_cb *cb, void *arg)
{
	return s->ops->last_conf(s, generation, cb, arg);
}

int
store_each_fact(struct store *s, uint64_t from_seq, store_fact_cb *cb, void *arg)
{
	return s->ops->each_fact(s, 0, false, from_seq, cb, arg);
}

int
store_people_facts(struct store *s, uint64_t from_seq, store_fact_cb *cb, void *arg)
{
	return s->ops->each_fact(s, 0, true, from_seq, cb, arg);
}

int
store_case_facts(struct store *s, uint64_t case_no, uint64_t from_seq, store_fact_cb *cb, void *arg)
{
	return case_no ? s->ops->each_fact(s, case_no, false, from_seq, cb, arg) : 0;
}

int
store_each_state(struct store *s, store_state_cb *cb, void *arg)
{
	return s->ops->each_state(s, cb, arg);
}

int
store_each_order(struct store *s, store_order_cb *cb, void *arg)
{
	return s->ops->each_order(s, cb, arg);
}

int
store_each_out(struct store *s, uint32_t to, uint64_t from, size_t most, store_out_cb *cb, void *arg)
{
	return s->ops->each_out(s, to, from, most, cb, arg);
}

int
store_case_events(struct store *s, uint64_t case_no, size_t most, store_event_cb *cb, void *arg)
{
	return s->ops->case_events(s, case_no, most, cb, arg);
}

int
store_each_aside(struct store *s, store_aside_cb *cb, void *arg)
{
	return s->ops->each_aside(s, cb, arg);
}

int
store_body(struct store *s, uint64_t seq, void **bytes, size_t *len, void **sig, size_t *sig_len)
{
	return s->ops->body(s, seq, bytes, len, sig, sig_len);
}
