/* SPDX-License-Identifier: BSD-2-Clause */
/* Forgetting in the back end in memory, see keep.h: what is shredded is freed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/keep.h"
#include "store/ram.h"

#define SHREDDED "shredded"

void
ram_was(struct ram *m, const struct row *key)
{
	struct row w = ram_key1(T_WAS, m->mark), *now = ram_get(m, key);
	uint8_t there = now != NULL;
	ram_key_bytes(&w, key->key + 1, key->key_len - 1);
	if (m->mark && !ram_get(m, &w))
		ram_put(m, &w, &there, 1, now ? now->val : NULL, now ? now->n : 0, false);
}

static void
drop(struct ram *m, const struct row *r)
{
	struct row old = { .key_len = r->key_len };
	memcpy(old.key, r->key, r->key_len);
	ram_put(m, &old, NULL, 0, NULL, 0, true);
}

static struct row
number_key(const char *name)
{
	struct row k = ram_key(T_NUMBER);
	ram_key_bytes(&k, name, strnlen(name, KEY_MAX - 2));
	return k;
}

static int
keep_number(struct store *s, const char *name, uint64_t *ret)
{
	struct row k = number_key(name), *r = ram_get(ram_of(s), &k);
	*ret = 0;
	if (r)
		memcpy(ret, r->val, sizeof(*ret));
	return 0;
}

static int
keep_number_set(struct store *s, const char *name, uint64_t v)
{
	struct row k = number_key(name);
	ram_put(ram_of(s), &k, NULL, 0, &v, sizeof(v), false);
	return 0;
}

static int
keep_shredded(struct store *s, uint64_t *ret)
{
	return keep_number(s, SHREDDED, ret);
}

static int
shred_fact(struct store *s, uint64_t seq)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key1(T_FACT, seq), *r = ram_get(m, &k), *seen;
	struct fact_head head;
	struct fact f;
	uint64_t gone;
	if (!r)
		return -ENOENT;
	memcpy(&head, r->val, sizeof(head));
	if (r->n == sizeof(head))
		return 0;
	if (fact_decode(r->val + sizeof(head), r->n - sizeof(head), &f) < 0 || fact_open(f.kind))
		return -EINVAL;
	ram_put(m, &k, &head, sizeof(head), NULL, 0, false);
	struct row t = ram_key(T_SEEN);
	for (seen = ram_walk(m, &t, 1); seen; seen = ram_walk_next(m, seen, 1))
		if (memcmp(seen->val, &seq, sizeof(seq)) == 0)
			break;
	if (seen)
		drop(m, seen);
	keep_number(s, SHREDDED, &gone);
	keep_number_set(s, SHREDDED, gone + 1);
	return STORE_FACT;
}

static int
keep_shred(struct store *s, uint64_t seq, unsigned what)
{
	struct ram *m = ram_of(s);
	int was = 0;
	const uint8_t tables[] = { T_BODY, T_SIG };
	for (int i = 0; i < 2 && what & STORE_BODY; i++) {
		struct row k = ram_key1(tables[i], seq);
		was |= ram_get(m, &k) ? STORE_BODY : 0;
		if (ram_get(m, &k))
			drop(m, &k);
	}
	int r = what & STORE_FACT ? shred_fact(s, seq) : 0;
	return r < 0 ? r : r | was;
}

static int
keep_each_body(struct store *s, uint64_t from, msec before, size_t most, uint64_t *next, store_fact_cb *cb,
    void *arg)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key1(T_BODY, from), *at;
	uint64_t last = 0;
	size_t seen = 0;
	int r = 0;
	for (struct row *b = ram_walk(m, &k, 1); b && r == 0 && seen < most; b = ram_walk_next(m, b, 1)) {
		struct fact_head head;
		struct row f = ram_key1(T_FACT, ram_num_at(b, 1));
		if (!(at = ram_get(m, &f)))
			return -EBADMSG;
		memcpy(&head, at->val, sizeof(head));
		if (head.at >= before)
			break;
		last = ram_num_at(b, 1);
		seen++;
		size_t n = at->n - sizeof(head);
		r = cb(last, head.case_no, n ? at->val + sizeof(head) : NULL, n, arg);
	}
	if (r == 0)
		*next = seen == most ? last + 1 : 0;
	return r;
}

static int
keep_order_get(struct store *s, uint64_t no, struct order *ret)
{
	struct row k = ram_key1(T_ORDER, no), *r = ram_get(ram_of(s), &k);
	return r ? order_decode(r->val, r->n, ret) : -ENOENT;
}

static int
keep_case_after(struct store *s, uint64_t no, uint64_t *ret, msec *first, msec *last)
{
	struct ram *m = ram_of(s);
	const uint8_t tables[] = { T_EVENT, T_CASE };
	struct store_event e;
	*ret = 0;
	*first = *last = 0;
	for (int i = 0; i < 2; i++) {
		struct row k = ram_key1(tables[i], no + 1), *r = ram_walk(m, &k, 1);
		if (r && (!*ret || ram_num_at(r, 1) < *ret))
			*ret = ram_num_at(r, 1);
	}
	struct row k = ram_key1(T_EVENT, *ret);
	for (struct row *r = *ret ? ram_walk(m, &k, 9) : NULL; r; r = ram_walk_next(m, r, 9)) {
		memcpy(&e, r->val, sizeof(e));
		*first = *first ? *first : e.at;
		*last = e.at > *last ? e.at : *last;
	}
	return 0;
}

static int
keep_case_drop(struct store *s, uint64_t no)
{
	struct ram *m = ram_of(s);
	const uint8_t tables[] = { T_EVENT, T_CASE };
	for (int i = 0; i < 2; i++) {
		struct row k = ram_key1(tables[i], no), *r;
		while ((r = ram_walk(m, &k, 9)) != NULL)
			drop(m, r);
	}
	return 0;
}

static int
keep_aside_strip(struct store *s, msec before)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key(T_ASIDE);
	struct store_aside a;
	for (struct row *r = ram_walk(m, &k, 1); r; r = ram_walk_next(m, r, 1)) {
		memcpy(&a, r->val, sizeof(a));
		if (a.at >= before || a.len == 0)
			continue;
		struct row same = { .key_len = r->key_len };
		memcpy(same.key, r->key, r->key_len);
		a.len = 0;
		ram_put(m, &same, &a, sizeof(a), NULL, 0, false);
	}
	return 0;
}

static int
keep_shelve_anew(struct store *s, int shelf, const void *name, size_t name_n, const void *blob, size_t n)
{
	return s->ops->shelve(s, shelf, name, name_n, blob, n);
}

static int
keep_mark_set(struct store *s, uint64_t seq)
{
	ram_of(s)->mark = seq;
	return 0;
}

static int
keep_mark(struct store *s, uint64_t *seq)
{
	*seq = ram_of(s)->mark;
	return 0;
}

static int
keep_mark_tidy(struct store *s, size_t most)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key(T_WAS), *r;
	size_t n = 0;
	while (n < most && (r = ram_walk(m, &k, 1)) != NULL && ram_num_at(r, 1) < m->mark) {
		drop(m, r);
		n++;
	}
	return n == most;
}

static int
keep_each_marked(struct store *s, store_state_cb *cb, void *arg)
{
	struct ram *m = ram_of(s);
	struct row k = ram_key(T_STATE), w = ram_key1(T_WAS, m->mark);
	int ret = 0;
	for (struct row *r = ram_walk(m, &k, 1); r && ret == 0; r = ram_walk_next(m, r, 1)) {
		struct row was = ram_key1(T_WAS, m->mark);
		ram_key_bytes(&was, r->key + 1, r->key_len - 1);
		if (!ram_get(m, &was))
			ret = cb((int)ram_num_at(r, 1), r->key + 9, r->key_len - 9, r->val, r->n, arg);
	}
	for (struct row *r = ram_walk(m, &w, 9); r && ret == 0; r = ram_walk_next(m, r, 9))
		if (r->val[0])
			ret = cb((int)ram_num_at(r, 9), r->key + 17, r->key_len - 17, r->val + 1, r->n - 1,
			    arg);
	return ret;
}

static int
keep_fold(struct store *s)
{
	(void)s;
	return 0;
}

const struct keep_ops ram_keep = {
	.shred = keep_shred,
	.each_body = keep_each_body,
	.order_get = keep_order_get,
	.case_after = keep_case_after,
	.case_drop = keep_case_drop,
	.aside_strip = keep_aside_strip,
	.shelve_anew = keep_shelve_anew,
	.shredded = keep_shredded,
	.number = keep_number,
	.number_set = keep_number_set,
	.mark_set = keep_mark_set,
	.mark = keep_mark,
	.mark_tidy = keep_mark_tidy,
	.each_marked = keep_each_marked,
	.fold = keep_fold,
};
