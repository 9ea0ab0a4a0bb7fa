/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store in memory, for tests and simulations, on the rows of ram_rows.c. Nothing survives it, so nothing
 * in it is sealed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/keep.h"
#include "store/ram.h"

static void
ram_close(struct store *s)
{
	struct ram *m = ram_of(s);
	ram_undo(m, false);
	for (struct tree_node *n; (n = m->rows.root) != NULL;) {
		struct row *r = TREE_ENTRY(n, struct row, node);
		tree_del(&m->rows, n);
		free(r->val);
		free(r);
	}
	free(m);
}

static int64_t
ram_room(const struct store *s)
{
	(void)s;
	return INT64_MAX;
}

static int
ram_begin(struct store *s)
{
	struct ram *m = ram_of(s);
	m->kept_seq = m->seq;
	m->kept_asides = m->asides;
	m->kept_mark = m->mark;
	return 0;
}

static int
ram_commit(struct store *s)
{
	ram_undo(ram_of(s), false);
	return 0;
}

static void
ram_rollback(struct store *s)
{
	struct ram *m = ram_of(s);
	ram_undo(m, true);
	m->seq = m->kept_seq;
	m->asides = m->kept_asides;
	m->mark = m->kept_mark;
}

static int
ram_fact(struct store *s, const struct fact_row *f, uint64_t *seq)
{
	struct ram *m = ram_of(s);
	struct fact_head head = { .at = f->at };
	uint64_t no = ++m->seq;
	struct row k = ram_key1(T_FACT, no);
	ram_put(m, &k, &head, sizeof(head), f->blob, f->n, false);
	if (f->kind == FACT_CONF) {
		k = ram_key1(T_CONF, no);
		ram_put(m, &k, NULL, 0, NULL, 0, false);
	}
	if (f->report) {
		k = ram_key(T_SEEN);
		ram_key_bytes(&k, f->report->key.b, KEY_BYTES);
		ram_key_bytes(&k, f->report->id, sizeof(f->report->id));
		ram_put(m, &k, &no, sizeof(no), f->report->body_hash, 32, false);
	}
	if (f->body) {
		k = ram_key1(T_BODY, no);
		ram_put(m, &k, NULL, 0, f->body->bytes, f->body->len, false);
		k = ram_key1(T_SIG, no);
		ram_put(m, &k, NULL, 0, f->body->sig, f->body->sig_len, false);
	}
	*seq = no;
	return 0;
}

static int
ram_fact_case(struct store *s, uint64_t seq, uint64_t case_no)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key1(T_FACT, seq), *r = ram_get(m, &k);
	struct fact_head head;
	if (!r)
		return -ENOENT;
	memcpy(&head, r->val, sizeof(head));
	head.case_no = case_no;
	uint8_t *rest = ram_copy(NULL, 0, r->val + sizeof(head), r->n - sizeof(head));
	ram_put(m, &k, &head, sizeof(head), rest, r->n - sizeof(head), false);
	free(rest);
	k = ram_key1(T_CASE, case_no);
	ram_key_num(&k, seq);
	ram_put(m, &k, NULL, 0, NULL, 0, false);
	return 0;
}

static int
ram_state(struct store *s, int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n)
{
	if (key_len > KEY_MAX - 17)
		return -EINVAL;
	struct row k = ram_key1(T_STATE, (uint64_t)kind);
	ram_key_bytes(&k, key, key_len);
	ram_was(ram_of(s), &k);
	ram_put(ram_of(s), &k, NULL, 0, blob, n, !blob);
	return 0;
}

static int
ram_order(struct store *s, const struct order *o, const void *blob, size_t n)
{
	struct row k = ram_key1(T_ORDER, o->no);
	ram_put(ram_of(s), &k, NULL, 0, blob, n, false);
	return 0;
}

static int
ram_out(struct store *s, const struct store_out *o, const void *blob, size_t n, uint64_t *no)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key1(T_OUT, o->to);
	ram_key_num(&k, ++m->outs); /* never taken back: no number is used again */
	ram_put(m, &k, &o->action, sizeof(o->action), blob, n, false);
	*no = m->outs;
	return 0;
}

static int
ram_event(struct store *s, const struct store_event *e)
{
	struct ram *m = ram_of(s);
	m->event_i = e->seq == m->event_seq ? m->event_i + 1 : 0;
	m->event_seq = e->seq;
	struct row k = ram_key1(T_EVENT, e->case_no);
	ram_key_num(&k, e->seq);
	ram_key_num(&k, m->event_i);
	ram_put(m, &k, e, sizeof(*e), NULL, 0, false);
	return 0;
}

static int
ram_aside(struct store *s, const struct store_aside *a)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key1(T_ASIDE, ++m->asides);
	struct store_aside head = *a;
	head.no = m->asides;
	ram_put(m, &k, &head, sizeof(head), a->bytes, a->len, false);
	return 0;
}

static int
ram_shelve(struct store *s, int shelf, const void *name, size_t name_n, const void *blob, size_t n)
{
	struct row k = ram_key1(T_SHELF, (uint64_t)shelf);
	ram_key_bytes(&k, name, name_n);
	ram_put(ram_of(s), &k, NULL, 0, blob, n, !blob);
	return 0;
}

static int
ram_shelved(struct store *s, int shelf, const void *name, size_t name_n, void **blob, size_t *n)
{
	struct row k = ram_key1(T_SHELF, (uint64_t)shelf), *r;
	if (name_n > SHELF_NAME)
		return -ENOENT;
	ram_key_bytes(&k, name, name_n);
	if (!(r = ram_get(ram_of(s), &k)))
		return -ENOENT;
	*blob = ram_copy(NULL, 0, r->val, r->n);
	*n = r->n;
	return 0;
}

static int
ram_shelve_from(struct store *s, int shelf, const void *name, size_t name_n, size_t n, store_read_cb *read,
    void *arg)
{
	void *p = malloc(n);
	int r = p ? read(arg, 0, p, n) : -ENOMEM;
	if (r == 0)
		r = ram_shelve(s, shelf, name, name_n, p, n);
	free(p);
	return r;
}

static int
ram_shelved_part(struct store *s, int shelf, const void *name, size_t name_n, uint64_t at, void *buf,
    size_t most, size_t *ret_n, size_t *size)
{
	void *p;
	size_t n;
	int r = ram_shelved(s, shelf, name, name_n, &p, &n);
	if (r < 0)
		return r;
	size_t from = at < n ? (size_t)at : n;
	*ret_n = n - from < most ? n - from : most;
	*size = n;
	memcpy(buf, (uint8_t *)p + from, *ret_n);
	free(p);
	return 0;
}

static int
ram_find_report(struct store *s, const struct key *key, const uint8_t id[16], struct store_seen *ret)
{
	struct ram *m = ram_of(s);
	struct store_seen seen = { 0 };
	struct fact_head head;
	struct row k = ram_key(T_SEEN);
	ram_key_bytes(&k, key->b, KEY_BYTES);
	ram_key_bytes(&k, id, 16);
	struct row *r = ram_get(m, &k);
	if (!r)
		return -ENOENT;
	memcpy(&seen.seq, r->val, 8);
	memcpy(seen.body_hash, r->val + 8, 32);
	k = ram_key1(T_FACT, seen.seq);
	r = ram_get(m, &k);
	memcpy(&head, r->val, sizeof(head));
	seen.case_no = head.case_no;
	*ret = seen;
	return 0;
}

static int
ram_last(struct store *s, uint64_t *seq, msec *at)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key1(T_FACT, m->seq), *r = ram_get(m, &k);
	struct fact_head head = { 0 };
	if (r)
		memcpy(&head, r->val, sizeof(head));
	*seq = m->seq;
	*at = head.at;
	return 0;
}

static int
ram_out_done(struct store *s, uint32_t to, uint64_t no)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key1(T_OUT, to), *r;
	while ((r = ram_walk(m, &k, 9)) != NULL && ram_num_at(r, 9) <= no) {
		struct row old = { .key_len = r->key_len };
		memcpy(old.key, r->key, r->key_len);
		ram_put(m, &old, NULL, 0, NULL, 0, true);
	}
	return 0;
}

static int
ram_each_out(struct store *s, uint32_t to, uint64_t from, size_t most, store_out_cb *cb, void *arg)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key1(T_OUT, to);
	int ret = 0;
	ram_key_num(&k, from);
	for (struct row *r = ram_walk(m, &k, 9); r && ret == 0 && most--; r = ram_walk_next(m, r, 9)) {
		struct store_out o = { .no = ram_num_at(r, 9), .to = to };
		memcpy(&o.action, r->val, sizeof(o.action));
		ret = order_decode(r->val + sizeof(o.action), r->n - sizeof(o.action), &o.order);
		if (ret == 0)
			ret = cb(&o, arg);
	}
	return ret;
}

static int
give_fact(struct ram *m, uint64_t seq, store_fact_cb *cb, void *arg)
{
	struct row k = ram_key1(T_FACT, seq), *r = ram_get(m, &k);
	struct fact_head head;
	memcpy(&head, r->val, sizeof(head));
	if (r->n == sizeof(head))
		return 0; /* shredded */
	return cb(seq, head.case_no, r->val + sizeof(head), r->n - sizeof(head), arg);
}

static int
ram_last_conf(struct store *s, uint64_t *generation, store_fact_cb *cb, void *arg)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key(T_CONF);
	uint64_t n = 0, newest = 0;
	for (struct row *r = ram_walk(m, &k, 1); r; r = ram_walk_next(m, r, 1)) {
		newest = ram_num_at(r, 1);
		n++;
	}
	*generation = n;
	return n ? give_fact(m, newest, cb, arg) : 0;
}

static bool
by_people(const struct row *r)
{
	struct fact f;
	return fact_decode(r->val + sizeof(struct fact_head), r->n - sizeof(struct fact_head), &f) == 0 &&
	    (f.kind == FACT_REPORTER || f.kind == FACT_DESK || f.kind == FACT_KEEP);
}

static int
ram_each_fact(struct store *s, uint64_t case_no, bool people, uint64_t from_seq, store_fact_cb *cb,
    void *arg)
{
	struct ram *m = ram_of(s);
	struct row k = case_no ? ram_key1(T_CASE, case_no) : ram_key(T_FACT);
	size_t same = k.key_len;
	int ret = 0;
	ram_key_num(&k, from_seq);
	for (struct row *r = ram_walk(m, &k, same); r && ret == 0; r = ram_walk_next(m, r, same))
		if (!people || by_people(r))
			ret = give_fact(m, ram_num_at(r, same), cb, arg);
	return ret;
}

static int
ram_each_state(struct store *s, store_state_cb *cb, void *arg)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key(T_STATE);
	int ret = 0;
	for (struct row *r = ram_walk(m, &k, 1); r && ret == 0; r = ram_walk_next(m, r, 1))
		ret = cb((int)ram_num_at(r, 1), r->key + 9, r->key_len - 9, r->val, r->n, arg);
	return ret;
}

static int
ram_each_order(struct store *s, store_order_cb *cb, void *arg)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key(T_ORDER);
	struct order o;
	int ret = 0;
	for (struct row *r = ram_walk(m, &k, 1); r && ret == 0; r = ram_walk_next(m, r, 1)) {
		ret = order_decode(r->val, r->n, &o);
		if (ret == 0)
			ret = cb(&o, arg);
	}
	return ret;
}

static int
ram_case_events(struct store *s, uint64_t case_no, size_t most, store_event_cb *cb, void *arg)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key1(T_EVENT, case_no);
	struct store_event e;
	size_t n = 0, skip;
	int ret = 0;
	for (struct row *r = ram_walk(m, &k, 9); r; r = ram_walk_next(m, r, 9))
		n++;
	skip = most && n > most ? n - most : 0;
	for (struct row *r = ram_walk(m, &k, 9); r && ret == 0; r = ram_walk_next(m, r, 9)) {
		if (skip && skip--)
			continue;
		memcpy(&e, r->val, sizeof(e));
		ret = cb(&e, arg);
	}
	return ret;
}

static int
ram_each_aside(struct store *s, store_aside_cb *cb, void *arg)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key(T_ASIDE);
	struct store_aside a;
	int ret = 0;
	for (struct row *r = ram_walk(m, &k, 1); r && ret == 0; r = ram_walk_next(m, r, 1)) {
		memcpy(&a, r->val, sizeof(a));
		a.bytes = r->val + sizeof(a);
		ret = cb(&a, arg);
	}
	return ret;
}

static int
ram_each_shelved(struct store *s, int shelf, store_shelf_cb *cb, void *arg)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key1(T_SHELF, (uint64_t)shelf);
	int ret = 0;
	for (struct row *r = ram_walk(m, &k, 9); r && ret == 0; r = ram_walk_next(m, r, 9))
		ret = cb(r->key + 9, r->key_len - 9, r->val, r->n, arg);
	return ret;
}

static int
ram_body(struct store *s, uint64_t seq, void **bytes, size_t *len, void **sig, size_t *sig_len)
{
	struct row kb = ram_key1(T_BODY, seq), ks = ram_key1(T_SIG, seq);
	struct row *b = ram_get(ram_of(s), &kb), *g = ram_get(ram_of(s), &ks);
	if (!b || !g)
		return -ENOENT;
	*bytes = ram_copy(NULL, 0, b->val, b->n);
	*len = b->n;
	*sig = ram_copy(NULL, 0, g->val, g->n);
	*sig_len = g->n;
	return 0;
}

static const struct store_ops ops = {
	.keep = &ram_keep,
	.close = ram_close,
	.room = ram_room,
	.begin = ram_begin,
	.commit = ram_commit,
	.rollback = ram_rollback,
	.fact = ram_fact,
	.fact_case = ram_fact_case,
	.state = ram_state,
	.order = ram_order,
	.out = ram_out,
	.out_done = ram_out_done,
	.event = ram_event,
	.aside = ram_aside,
	.shelve = ram_shelve,
	.shelved = ram_shelved,
	.shelve_from = ram_shelve_from,
	.shelved_part = ram_shelved_part,
	.each_shelved = ram_each_shelved,
	.find_report = ram_find_report,
	.last = ram_last,
	.last_conf = ram_last_conf,
	.each_fact = ram_each_fact,
	.each_state = ram_each_state,
	.each_order = ram_each_order,
	.each_out = ram_each_out,
	.case_events = ram_case_events,
	.each_aside = ram_each_aside,
	.body = ram_body,
};

int
store_ram_open(struct store **ret)
{
	struct ram *m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->s.ops = &ops;
	ram_rows_init(m);
	*ret = &m->s;
	return 0;
}
