/* SPDX-License-Identifier: BSD-2-Clause */
/* The judge as a whole: making, restoring and walking it, and the dispatch of facts. What a fact
 * means is decided below; this file must never know a rule. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/orders.h"

struct judge *
judge_new(void (*oom)(void))
{
	struct judge *j = calloc(1, sizeof(*j));
	if (!j) {
		oom();
		abort();
	}
	j->oom = oom;
	j->cap_reporters = REPORTERS;
	j->cap_cases = CASES;
	j->dirty_end = &j->dirty;
	j->buf = judge_alloc(j, BLOB_MOST);
	j->walk = turns_walk(j);
	index_init(j);
	obj_add(j, &j->meta, STATE_META, "meta", 4);
	return j;
}

void
judge_free(struct judge *j)
{
	struct tree_node *n;
	if (!j)
		return;
	judge_dirty(j, NULL, NULL);
	turns_free(j); /* its order needs the cases */
	for (int k = 0; k < KINDS; k++) {
		while ((n = j->of[k].root) != NULL) {
			tree_del(&j->of[k], n);
			obj_free(TREE_ENTRY(n, struct obj, node));
		}
	}
	while ((n = j->charges.root) != NULL) {
		tree_del(&j->charges, n);
		free(TREE_ENTRY(n, struct charge, node));
	}
	free(j->buf);
	free(j);
}

void
judge_dirty(struct judge *j, judge_dirty_cb *cb, void *arg)
{
	struct obj *o = j->dirty, *next;
	for (; o; o = next) {
		next = o->next_dirty;
		o->dirty = false;
		o->next_dirty = NULL;
		if (cb && o->gone)
			cb(o->kind, o->key, o->key_len, NULL, 0, arg);
		else if (cb)
			cb(o->kind, o->key, o->key_len, j->buf,
			    codec_encode(j, o, j->buf, BLOB_MOST), arg);
		if (o->gone)
			obj_free(o);
	}
	j->dirty = NULL;
	j->dirty_end = &j->dirty;
}

void
judge_each(const struct judge *j, judge_dirty_cb *cb, void *arg)
{
	for (int k = 0; k < KINDS; k++) {
		for (struct tree_node *n = tree_first(&j->of[k]); n; n = tree_next(&j->of[k], n)) {
			struct obj *o = TREE_ENTRY(n, struct obj, node);
			cb(k, o->key, o->key_len, j->buf, codec_encode(j, o, j->buf, BLOB_MOST),
			    arg);
		}
	}
}

msec
judge_due(const struct judge *j)
{
	struct kase *c = TREE_ENTRY(tree_first(&j->by_due), struct kase, by_due);
	msec due = c ? c->due : MSEC_NEVER;
	return j->m.breaker_at && j->m.breaker_at < due ? j->m.breaker_at : due;
}

/* A timer runs at the time it was due, however late the fact that brings it: what happens does not
 * depend on how often the clock was looked at. */
static void
run_timers(struct judge *j, msec now)
{
	msec due;
	while ((due = judge_due(j)) <= now) {
		struct kase *c = TREE_ENTRY(tree_first(&j->by_due), struct kase, by_due);
		msec at = due > j->m.now ? due : j->m.now;
		j->m.now = at;
		if (j->m.breaker_at && j->m.breaker_at <= due)
			breaker_timer(j, at);
		else
			case_timer(j, c, at);
		ladder_release(j, at);
	}
}

/* No clock says this; with it, no sum of times below overflows. */
#define LATEST (INT64_C(1) << 52)

void
judge_step(struct judge *j, const struct fact *f, struct effects *out, uint64_t *case_no)
{
	msec at = f->at < LATEST ? f->at : LATEST;
	msec now = at > j->m.now ? at : j->m.now;
	uint64_t no = 0;
	j->out = out;
	j->seq = f->seq;
	if (f->kind == FACT_CONF)
		j->policy = f->conf.policy;
	if (!j->policy)
		return;
	run_timers(j, now);
	j->m.now = now;
	j->m.facts++;
	obj_touch(j, &j->meta);
	switch (f->kind) {
	case FACT_REPORT: no = case_report(j, &f->report, now); break;
	case FACT_LOOK: no = case_look(j, &f->look, now); break;
	case FACT_REPORTER: rank_set(j, &f->reporter, now); break;
	case FACT_FLOW: flows_seen(j, &f->flow, now); break;
	case FACT_LEASE: line_lease(j, &f->lease); break;
	case FACT_CANARY: rank_canary(j, &f->canary, now); break;
	case FACT_MODE: mode_set(j, &f->mode); break;
	case FACT_PROTECT: mode_protect(j, &f->protect); break;
	case FACT_DESK: no = desk_act(j, &f->desk, now); break;
	case FACT_CONF: mode_sweep(j); break;
	case FACT_KEEP: forget_said(j, &f->keep, now); break;
	case FACT_POPULATION: no = population_seen(j, &f->population, now); break;
	case FACT_TICK:
	case FACT_NONE:
	case FACT_N: break;
	}
	ladder_release(j, now);
	j->out = NULL;
	if (case_no)
		*case_no = no;
}

int
judge_restore(
    struct judge *j, int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n)
{
	return codec_decode(j, kind, key, key_len, blob, n);
}

/* What was restored is in the store already: nothing of it is dirty. */
int
judge_restored(struct judge *j, const struct policy *policy, msec now)
{
	struct tree_node *n;
	j->policy = policy;
	if (now > j->m.now && j->m.facts == 0)
		j->m.now = now;
	for (n = tree_first(&j->of[STATE_REPORTER]); n; n = tree_next(&j->of[STATE_REPORTER], n)) {
		rank_stale(j, (struct reporter *)TREE_ENTRY(n, struct obj, node));
		rank_named(j, (struct reporter *)TREE_ENTRY(n, struct obj, node));
	}
	for (n = tree_first(&j->of[STATE_ORDER]); n; n = tree_next(&j->of[STATE_ORDER], n)) {
		struct given *g = (struct given *)TREE_ENTRY(n, struct obj, node);
		order_index(j, g);
	}
	for (n = tree_first(&j->of[STATE_PROTECT]); n; n = tree_next(&j->of[STATE_PROTECT], n))
		lpm_add(&j->protect, &((struct protect *)TREE_ENTRY(n, struct obj, node))->lpm);
	for (n = tree_first(&j->of[STATE_CASE]); n; n = tree_next(&j->of[STATE_CASE], n)) {
		struct kase *c = (struct kase *)TREE_ENTRY(n, struct obj, node);
		if (tree_add(&j->by_key, &c->by_key))
			return -EBADMSG;
		c->due = MSEC_NEVER;
		j->claims += c->claims_n;
		case_due(j, c);
		if (c->waiting)
			tree_add(&j->by_wait, &c->by_wait);
		for (int i = 0; i < SLOTS; i++)
			if (c->slot[i].look.no)
				look_index(j, &c->slot[i], true);
		for (uint32_t i = 0; i < c->claims_n; i++)
			c->claim[i]->who = (struct reporter *)obj_find(j, STATE_REPORTER,
			    c->claim[i]->key.b, KEY_BYTES);
	}
	judge_dirty(j, NULL, NULL);
	return 0;
}
