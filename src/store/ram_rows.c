/* SPDX-License-Identifier: BSD-2-Clause */
/* One ordered set of rows, key bytes to value bytes, the first key byte naming the table, and an undo list for
 * rollback. Must never change a row without a way back. */
#include <stdlib.h>
#include <string.h>

#include "store/ram.h"

struct undo {
	struct undo *next;
	uint8_t key[KEY_MAX];
	size_t key_len;
	uint8_t *val; /* NULL: was not there */
	size_t n;
};

static int
cmp(const struct tree_node *a, const struct tree_node *b)
{
	const struct row *x = TREE_ENTRY(a, struct row, node), *y = TREE_ENTRY(b, struct row, node);
	size_t n = x->key_len < y->key_len ? x->key_len : y->key_len;
	int c = memcmp(x->key, y->key, n);
	return c ? c : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

struct row
ram_key(uint8_t table)
{
	struct row r = { .key_len = 1 };
	r.key[0] = table;
	return r;
}

void
ram_key_num(struct row *r, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		r->key[r->key_len++] = (uint8_t)(v >> (56 - 8 * i));
}

void
ram_key_bytes(struct row *r, const void *p, size_t n)
{
	memcpy(r->key + r->key_len, p, n);
	r->key_len += n;
}

struct row
ram_key1(uint8_t table, uint64_t a)
{
	struct row r = ram_key(table);
	ram_key_num(&r, a);
	return r;
}

uint64_t
ram_num_at(const struct row *r, size_t at)
{
	uint64_t v = 0;
	for (size_t i = at; i < at + 8; i++)
		v = v << 8 | r->key[i];
	return v;
}

struct row *
ram_get(const struct ram *m, const struct row *key)
{
	return TREE_ENTRY(tree_find(&m->rows, &key->node), struct row, node);
}

/* Sets key to head + val (val NULL with n 0 and no head: removes it), no undo. */
static void
set_raw(struct ram *m, const uint8_t *key, size_t key_len, uint8_t *val, size_t n)
{
	struct row k = { .key_len = key_len };
	memcpy(k.key, key, key_len);
	struct row *r = ram_get(m, &k);
	if (r && !val) {
		tree_del(&m->rows, &k.node);
		free(r->val);
		free(r);
		return;
	}
	if (!val)
		return;
	if (!r) {
		r = calloc(1, sizeof(*r));
		if (!r)
			abort();
		memcpy(r->key, key, key_len);
		r->key_len = key_len;
		tree_add(&m->rows, &r->node);
	}
	free(r->val);
	r->val = val;
	r->n = n;
}

uint8_t *
ram_copy(const void *head, size_t head_n, const void *p, size_t n)
{
	uint8_t *val = malloc(head_n + n + 1);
	if (!val)
		abort(); /* tests only */
	if (head_n)
		memcpy(val, head, head_n);
	if (n)
		memcpy(val + head_n, p, n);
	return val;
}

void
ram_put(struct ram *m, const struct row *key, const void *head, size_t head_n, const void *p, size_t n,
    bool gone)
{
	struct row *old = ram_get(m, key);
	struct undo *u = calloc(1, sizeof(*u));
	if (!u)
		abort();
	memcpy(u->key, key->key, key->key_len);
	u->key_len = key->key_len;
	if (old) {
		u->val = ram_copy(NULL, 0, old->val, old->n);
		u->n = old->n;
	}
	u->next = m->undo;
	m->undo = u;
	set_raw(m, key->key, key->key_len, gone ? NULL : ram_copy(head, head_n, p, n), head_n + n);
}

void
ram_undo(struct ram *m, bool apply)
{
	for (struct undo *u = m->undo, *next; u; u = next) {
		next = u->next;
		if (apply)
			set_raw(m, u->key, u->key_len, u->val, u->n);
		else
			free(u->val);
		free(u);
	}
	m->undo = NULL;
}

struct row *
ram_walk(struct ram *m, const struct row *key, size_t same)
{
	struct row *r = TREE_ENTRY(tree_from(&m->rows, &key->node), struct row, node);
	return r && r->key_len >= same && memcmp(r->key, key->key, same) == 0 ? r : NULL;
}

struct row *
ram_walk_next(struct ram *m, const struct row *at, size_t same)
{
	struct row *r = TREE_ENTRY(tree_next(&m->rows, &at->node), struct row, node);
	return r && r->key_len >= same && memcmp(r->key, at->key, same) == 0 ? r : NULL;
}

void
ram_rows_init(struct ram *m)
{
	tree_init(&m->rows, cmp);
}
