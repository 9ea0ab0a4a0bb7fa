/* SPDX-License-Identifier: BSD-2-Clause */
/* Feeding the journal to a new judge, see replay.h. It must never take a shortcut the running judge
 * does not take: facts in order, configuration parsed from the journal's own text. */
#include "lymph/replay.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "host/log.h"
#include "judge/judge.h"
#include "store/keep.h"

#define STRIDE 4096 /* facts between two words of progress */

struct object {
	int kind;
	uint8_t key[STATE_KEY];
	size_t key_len, n;
	uint8_t *blob;
};

struct run {
	struct replay *ret;
	struct judge *judge;
	struct effects fx;
	struct conf *conf;
	struct store *store;
	bool begun;            /* at the start, or with the state at the mark */
	uint64_t generation, last, seq, at_order, at_object;
	struct order *orders; /* in number order */
	size_t orders_n, orders_room;
	struct object *objects; /* in order of kind and key */
	size_t objects_n, objects_room;
	replay_progress *progress;
	void *arg;
};

static void *
grow(void *p, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return p;
	*room = *room ? *room * 2 : 256;
	p = realloc(p, *room * size);
	if (!p)
		fatal_oom();
	return p;
}

static void
differ(struct run *u, const char *what, uint64_t no)
{
	if (u->ret->identical)
		snprintf(u->ret->first, sizeof(u->ret->first), "%s %llu", what, (unsigned long long)no);
	u->ret->identical = false;
}

/* A later word about an order replaces the earlier one, as in the store. */
static void
keep_order(struct run *u, const struct order *o)
{
	size_t i = u->orders_n;
	while (i > 0 && u->orders[i - 1].no > o->no)
		i--;
	if (i > 0 && u->orders[i - 1].no == o->no) {
		u->orders[i - 1] = *o;
		return;
	}
	u->orders = grow(u->orders, u->orders_n, &u->orders_room, sizeof(*u->orders));
	memmove(u->orders + i + 1, u->orders + i, (u->orders_n - i) * sizeof(*u->orders));
	u->orders[i] = *o;
	u->orders_n++;
}

static void
forget_dirty(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	(void)kind, (void)key, (void)key_len, (void)blob, (void)n, (void)arg;
}

static int
restore_one(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	return judge_restore(arg, kind, key, key_len, blob, n);
}

/* The state at the mark, under the configuration that was in force there. */
static int
begin_at_mark(struct run *u)
{
	int r = store_each_marked(u->store, restore_one, u->judge);
	if (r == 0)
		r = u->conf ? judge_restored(u->judge, u->conf->policy, 0) : -EBADMSG;
	if (r < 0)
		snprintf(u->ret->first, sizeof(u->ret->first), "the state at the mark cannot be read");
	u->begun = true;
	return r;
}

static int
step(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct run *u = arg;
	struct fact f;
	struct conf *before = NULL;
	uint64_t joined = 0;
	int r = fact_decode(bytes, n, &f);
	if (r == 0 && f.kind == FACT_CONF) {
		char why[128];
		before = u->conf;
		u->conf = NULL;
		r = conf_parse("journal", f.conf.text, f.conf.len, &u->conf, why, sizeof(why));
		if (r == 0) {
			u->conf->policy->generation = ++u->generation;
			f.conf.policy = u->conf->policy;
		}
	}
	if (r < 0 || (!u->conf && u->generation == 0)) {
		conf_free(before);
		snprintf(u->ret->first, sizeof(u->ret->first), "fact %llu cannot be read",
		    (unsigned long long)seq);
		return r < 0 ? r : -EBADMSG;
	}
	u->ret->missing += seq - u->seq - 1;
	u->seq = seq;
	if (seq <= u->ret->mark) {
		conf_free(before);
		return 0;
	}
	if (!u->begun && (r = begin_at_mark(u)) < 0)
		return r;
	f.seq = seq;
	effects_clear(&u->fx);
	judge_step(u->judge, &f, &u->fx, &joined);
	conf_free(before);
	/* What flows answered is kept with the case that asked, which is no work of the judge's. */
	if (joined != case_no && f.kind != FACT_FLOW)
		differ(u, "another case for fact", seq);
	for (size_t i = 0; i < u->fx.n; i++)
		if (u->fx.v[i].kind == EFFECT_ORDER)
			keep_order(u, &u->fx.v[i].order);
	if (++u->ret->facts % STRIDE == 0) {
		judge_dirty(u->judge, forget_dirty, NULL);
		if (u->progress)
			u->progress(u->ret->facts, u->last, u->arg);
	}
	return 0;
}

static int
compare_order(const struct order *o, void *arg)
{
	struct run *u = arg;
	uint8_t a[ORDER_BYTES], b[ORDER_BYTES];
	struct writer wa = writer_of(a, sizeof(a)), wb = writer_of(b, sizeof(b));
	while (u->at_order < u->orders_n && u->orders[u->at_order].no < o->no)
		differ(u, "not in the store: order", u->orders[u->at_order++].no);
	uint64_t i = u->at_order;
	if (i >= u->orders_n || u->orders[i].no != o->no) {
		u->ret->old++;
		if (!u->ret->mark)
			differ(u, "not given again: order", o->no);
		return 0;
	}
	u->at_order++;
	order_encode(&wa, o);
	order_encode(&wb, &u->orders[i]);
	if (writer_len(&wa) != writer_len(&wb) || memcmp(a, b, writer_len(&wa)) != 0)
		differ(u, "not the same: order", o->no);
	return 0;
}

static void
collect(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	struct run *u = arg;
	u->objects = grow(u->objects, u->objects_n, &u->objects_room, sizeof(*u->objects));
	struct object *o = &u->objects[u->objects_n++];
	*o = (struct object){ .kind = kind, .key_len = key_len, .n = n, .blob = malloc(n + 1) };
	if (!o->blob || key_len > sizeof(o->key))
		fatal_oom();
	memcpy(o->key, key, key_len);
	if (n)
		memcpy(o->blob, blob, n);
}

static int
by_key(const void *a, const void *b)
{
	const struct object *x = a, *y = b;
	if (x->kind != y->kind)
		return (x->kind > y->kind) - (x->kind < y->kind);
	int c = memcmp(x->key, y->key, x->key_len < y->key_len ? x->key_len : y->key_len);
	return c ? c : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

static int
compare_state(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	struct run *u = arg;
	uint64_t i = u->at_object++;
	const struct object *o = &u->objects[i];
	if (i >= u->objects_n)
		differ(u, "an object of state too many in the store, kind", (uint64_t)kind);
	else if (o->kind != kind || o->key_len != key_len || memcmp(o->key, key, key_len) != 0)
		differ(u, "another key of state, kind", (uint64_t)kind);
	else if (o->n != n || (n && memcmp(o->blob, blob, n) != 0))
		differ(u, "another state, kind", (uint64_t)kind);
	return 0;
}

static void
hash_number(crypto_hash_sha256_state *st, uint64_t v)
{
	uint8_t b[8];
	struct writer w = writer_of(b, sizeof(b));
	w64(&w, v);
	crypto_hash_sha256_update(st, b, sizeof(b));
}

static void
hash_all(struct run *u)
{
	crypto_hash_sha256_state st;
	uint8_t b[ORDER_BYTES];
	crypto_hash_sha256_init(&st);
	for (size_t i = 0; i < u->orders_n; i++) {
		struct writer w = writer_of(b, sizeof(b));
		order_encode(&w, &u->orders[i]);
		crypto_hash_sha256_update(&st, b, writer_len(&w));
	}
	for (size_t i = 0; i < u->objects_n; i++) {
		const struct object *o = &u->objects[i];
		hash_number(&st, (uint64_t)o->kind);
		hash_number(&st, o->key_len);
		crypto_hash_sha256_update(&st, o->key, o->key_len);
		hash_number(&st, o->n);
		crypto_hash_sha256_update(&st, o->blob, o->n);
	}
	crypto_hash_sha256_final(&st, u->ret->hash);
}

static int
compare(struct run *u, struct store *s)
{
	judge_each(u->judge, collect, u);
	if (u->objects_n)
		qsort(u->objects, u->objects_n, sizeof(*u->objects), by_key);
	hash_all(u);
	u->ret->orders = u->orders_n;
	u->ret->objects = u->objects_n;
	int r = store_each_order(s, compare_order, u);
	if (r == 0)
		r = store_each_state(s, compare_state, u);
	if (r < 0)
		snprintf(u->ret->first, sizeof(u->ret->first), "the store cannot be read");
	if (u->at_order < u->orders_n)
		differ(u, "not in the store: order", u->orders[u->at_order].no);
	if (u->at_object < u->objects_n)
		differ(u, "not in the store: state, kind", (uint64_t)u->objects[u->at_object].kind);
	return r;
}

int
replay_run(struct store *s, replay_progress *progress, void *arg, struct replay *ret)
{
	*ret = (struct replay){ .identical = true };
	struct run u = { .ret = ret, .progress = progress, .arg = arg,
		.judge = judge_new((void (*)(void))fatal_oom), .store = s };
	msec at;
	int r = store_last(s, &u.last, &at);
	if (r == 0)
		r = store_mark(s, &ret->mark);
	u.begun = ret->mark == 0;
	if (r == 0)
		r = store_each_fact(s, 0, step, &u);
	if (r == 0 && !u.begun)
		r = begin_at_mark(&u); /* nothing came after it */
	ret->missing += u.last - u.seq;
	if (r == 0)
		r = compare(&u, s);
	if (r < 0)
		ret->identical = false;
	for (size_t i = 0; i < u.objects_n; i++)
		free(u.objects[i].blob);
	free(u.objects);
	free(u.orders);
	effects_free(&u.fx);
	judge_free(u.judge);
	conf_free(u.conf);
	return r;
}
