/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The desk: what staff do with cases and orders. Shown first if so asked; then facts of one batch, in
 * one transaction as far as that goes; more than a few orders, or a wide one, wait for a second person,
 * in memory and for a short time: what nobody said yes to in time never runs. A preview must list
 * exactly what would be done.
 */
#include "lymphd/control_desk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"

#define CHUNK    500                 /* facts in one transaction */
#define SHOWN    50
#define SKIPPED  200                 /* told with reasons; the rest is counted */
#define ALONE    20                  /* orders one person may give or withdraw at once */
#define PENDING  16
#define PATIENCE (15 * MSEC_MINUTE)

static struct pending {
	uint64_t id;   /* 0: free */
	struct request q;
	size_t count;
	uid_t uid;
	uint32_t roles;
	msec at, until; /* wall clock, for showing */
	msec ends;      /* monotonic: when it is over */
} pendings[PENDING];
static uint64_t last_id;

static msec
patience(void)
{
	return clock_span("LYMPH_DESK_MS", PATIENCE);
}

static void
pending_drop(struct pending *p)
{
	request_free(&p->q);
	*p = (struct pending){ 0 };
}

static void
pendings_expire(void)
{
	for (size_t i = 0; i < PENDING; i++)
		if (pendings[i].id && pendings[i].ends <= clock_mono())
			pending_drop(&pendings[i]);
}

/* The next older one; the oldest for NULL. */
static const struct pending *
pending_after(const struct pending *p)
{
	const struct pending *best = NULL;
	for (size_t i = 0; i < PENDING; i++)
		if (pendings[i].id && (!p || pendings[i].id > p->id) && (!best || pendings[i].id < best->id))
			best = &pendings[i];
	return best;
}

void
desk_pendings(json_t *list)
{
	char id[24];
	pendings_expire();
	for (const struct pending *p = NULL; (p = pending_after(p)) != NULL;) {
		json_t *o = json_new(json_object());
		snprintf(id, sizeof(id), "b%llu", (unsigned long long)p->id);
		put_text(o, "id", id);
		put_text(o, "verb", request_verb(&p->q));
		put_int(o, "count", p->count);
		put_int(o, "by", p->uid);
		put_text(o, "text", p->q.like.text);
		put_time(o, "at", p->at);
		put_time(o, "until", p->until);
		push(list, o);
	}
}

/* --- showing ------------------------------------------------------------------------------------- */

static void
put_skipped(struct control_call *k, const struct acts *a)
{
	size_t n = json_array_size(a->skipped);
	json_t *list = json_new(json_array());
	for (size_t i = 0; i < n && i < SKIPPED; i++)
		if (json_array_append(list, json_array_get(a->skipped, i)) < 0)
			fatal_oom();
	put(k->answer, "skipped", list);
	put_int(k->answer, "skipped_total", n);
}

static json_t *
target_json(struct control_call *k, const struct desk_act *a)
{
	struct order o;
	struct view_case v;
	bool stands;
	if (desk_verb_row((enum desk_verb)a->verb)->order)
		return view_order(k->e->judge, a->target, &o, &stands)
			   ? control_order_json(k->e, &o, edge_now(k->e))
			   : NULL;
	return view_case(k->e->judge, a->target, edge_now(k->e), &v) ? control_case_json(&v) : NULL;
}

static bool
two_people(const struct acts *a)
{
	return a->orders > ALONE || a->wide;
}

static void
preview(struct control_call *k, const struct request *q, const struct acts *a)
{
	json_t *list = json_new(json_array());
	for (size_t i = 0; i < a->n && i < SHOWN; i++) {
		json_t *o = target_json(k, &a->v[i]);
		if (!o)
			continue;
		put_text(o, "verb", desk_verb_row((enum desk_verb)a->v[i].verb)->name);
		push(list, o);
	}
	put(k->answer, "preview", json_true());
	put_text(k->answer, "verb", request_verb(q));
	put_int(k->answer, "count", a->n);
	put_int(k->answer, "orders", a->orders);
	put(k->answer, "two_people", json_boolean(two_people(a)));
	put(k->answer, "targets", list);
	put_skipped(k, a);
}

/* --- doing --------------------------------------------------------------------------------------- */

/* Facts from *at on, one transaction. */
static int
chunk(struct edge *e, struct acts *a, size_t *at, uint64_t batch)
{
	size_t i = *at;
	int r = edge_begin(e);
	if (r < 0)
		return r;
	for (; r == 0 && i < a->n && i < *at + CHUNK; i++) {
		struct fact f = { .kind = FACT_DESK, .desk = a->v[i] };
		f.desk.batch = batch;
		r = edge_fact(e, &f, NULL, NULL, NULL);
	}
	r = edge_end(e, r);
	if (r == 0)
		*at = i;
	edge_settled(e);
	return r;
}

static int
run(struct control_call *k, const struct request *q, struct acts *a, uid_t second)
{
	uint64_t last = 0;
	size_t done = 0;
	msec at;
	int r = store_last(k->e->store, &last, &at);
	for (size_t i = 0; i < a->n; i++)
		a->v[i].second = second;
	while (r == 0 && done < a->n)
		r = chunk(k->e, a, &done, last + 1);
	if (done)
		word_audit(k->e, k->roles);
	if (r < 0 && !done)
		return control_refuse(k, r, "nothing was done: %s", strerror(-r));
	put_text(k->answer, "verb", request_verb(q));
	put_int(k->answer, "done", done);
	put(k->answer, "batch", done ? json_integer((json_int_t)(last + 1)) : json_null());
	put(k->answer, "atomic", json_boolean(a->n <= CHUNK));
	put_int(k->answer, "not_done", a->n - done);
	if (r < 0)
		put_text(k->answer, "stopped", strerror(-r));
	put_skipped(k, a);
	return 0;
}

static int
keep_pending(struct control_call *k, struct request *q, const struct acts *a)
{
	struct pending *p = NULL;
	char id[24];
	pendings_expire();
	if (k->uid == 0)
		return control_refuse(k, -EPERM, "%llu orders%s: this takes two people, and neither may "
		    "be root; ask as yourself", (unsigned long long)a->orders,
		    a->wide ? ", one of them wide" : "");
	for (size_t i = 0; i < PENDING && !p; i++)
		if (!pendings[i].id)
			p = &pendings[i];
	if (!p)
		return control_refuse(k, -E2BIG, "%d batches wait for a second person already", PENDING);
	*p = (struct pending){ .id = ++last_id,
		.q = *q,
		.count = a->n,
		.uid = k->uid,
		.roles = k->roles,
		.at = clock_real(),
		.until = clock_real() + patience(),
		.ends = clock_mono() + patience() };
	q->no = NULL; /* the pending's now */
	snprintf(id, sizeof(id), "b%llu", (unsigned long long)p->id);
	put_text(k->answer, "verb", request_verb(&p->q));
	put_text(k->answer, "pending", id);
	put_int(k->answer, "count", a->n);
	put_int(k->answer, "orders", a->orders);
	put_time(k->answer, "until", p->until);
	put_skipped(k, a);
	return 0;
}

/* The numbers shown were so many: what a filter finds may have grown since. */
static int
not_more(struct control_call *k, const struct acts *a)
{
	int64_t most;
	int r = control_arg_int(k, "count", INT64_MAX, &most);
	if (r == 0 && (most < 0 || a->n > (uint64_t)most))
		return control_refuse(k, -E2BIG, "%zu now, more than the %lld shown: look again", a->n,
		    (long long)most);
	return r;
}

static int
serve(struct control_call *k, struct request *q)
{
	struct acts a;
	bool looks = json_is_true(json_object_get(k->args, "preview"));
	int r = request_acts(k, q, &a);
	if (r < 0)
		return r;
	if (looks)
		preview(k, q, &a);
	else if ((r = not_more(k, &a)) == 0)
		r = two_people(&a) ? keep_pending(k, q, &a) : run(k, q, &a, 0);
	acts_free(&a);
	return r;
}

int
control_desk(struct control_call *k)
{
	struct request q = { 0 };
	int r = request_read(k, &q);
	if (r == 0)
		r = serve(k, &q);
	request_free(&q);
	return r;
}

int
control_batch_undo(struct control_call *k)
{
	struct request q = { .like.uid = k->uid };
	const char *text = control_arg_text(k, "text");
	int64_t batch;
	int r = control_arg_int(k, "batch", 0, &batch);
	if (r == 0 && batch < 1)
		r = control_refuse(k, -EINVAL, "batch takes the number of a batch");
	if (r < 0)
		return r;
	q.batch = (uint64_t)batch;
	if (text && strlen(text) >= sizeof(q.like.text))
		return control_refuse(k, -EINVAL, "text takes at most %d bytes", DESK_TEXT - 1);
	snprintf(q.like.text, sizeof(q.like.text), "%s", text ? text : "");
	return serve(k, &q);
}

static int
pending_find(struct control_call *k, struct pending **ret)
{
	const char *id = control_arg_text(k, "id");
	char *end = NULL;
	pendings_expire();
	unsigned long long no = id && *id == 'b' ? strtoull(id + 1, &end, 10) : 0;
	for (size_t i = 0; no && !*end && i < PENDING; i++) {
		if (pendings[i].id == no) {
			*ret = &pendings[i];
			return 0;
		}
	}
	return control_refuse(k, -ENOENT, "no such batch waits (any more): \"lymph plan\" shows those that do");
}

int
control_batch_approve(struct control_call *k)
{
	struct pending *p;
	struct acts a;
	int r = pending_find(k, &p);
	if (r < 0)
		return r;
	if (k->uid == 0 || k->uid == p->uid)
		return control_refuse(k, -EPERM, "a second person has to say so: neither root nor who "
		    "asked");
	if ((r = request_acts(k, &p->q, &a)) < 0)
		return r;
	/* Both have seen so many, and no more. */
	if (a.n > p->count)
		r = control_refuse(k, -E2BIG, "%zu now, more than the %zu asked for", a.n, p->count);
	else
		r = run(k, &p->q, &a, k->uid);
	acts_free(&a);
	if (r == 0)
		pending_drop(p);
	return r;
}

int
control_batch_reject(struct control_call *k)
{
	struct pending *p;
	int r = pending_find(k, &p);
	if (r < 0)
		return r;
	put_int(k->answer, "done", 1);
	put_int(k->answer, "count", p->count);
	put(k->answer, "batch", json_null());
	pending_drop(p);
	return 0;
}
