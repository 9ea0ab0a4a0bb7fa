/* SPDX-License-Identifier: BSD-2-Clause */
/* The ground of the judge: memory, kept objects, effects. Knows no rule and calls nobody above. */
#include <stdlib.h>
#include <string.h>

#include "judge/parts.h"

static const char *const event_names[EVENT_N] = { "case-opened", "case-reopened", "report",
	"report-capped", "look-asked", "look-done", "verified", "contested", "state", "gate",
	"order", "order-dropped", "order-expired", "credit", "debit", "backlog", "closed", "asked",
	"ask-ended", "desk", "mode", "breaker" };

const char *
event_name(enum event_kind k)
{
	return (unsigned)k < EVENT_N ? event_names[k] : "none";
}

void
effects_clear(struct effects *e)
{
	e->n = 0;
}

void
effects_free(struct effects *e)
{
	free(e->v);
	*e = (struct effects){ 0 };
}

void *
judge_alloc(struct judge *j, size_t n)
{
	void *p = calloc(1, n);
	if (!p) {
		j->oom();
		abort();
	}
	return p;
}

/* NULL for "": most reporters carry no text. */
char *
judge_text(struct judge *j, const char *s)
{
	size_t n = strnlen(s, NAME_TEXT - 1);
	if (n == 0)
		return NULL;
	char *p = judge_alloc(j, n + 1);
	memcpy(p, s, n);
	return p;
}

struct effect *
effect_add(struct judge *j, enum effect_kind kind)
{
	struct effects *e = j->out;
	if (e->n == e->room) {
		size_t room = e->room ? e->room * 2 : 16;
		struct effect *v = reallocarray(e->v, room, sizeof(*v));
		if (!v) {
			j->oom();
			abort();
		}
		e->v = v;
		e->room = room;
	}
	struct effect *x = &e->v[e->n++];
	memset(x, 0, sizeof(*x));
	x->kind = kind;
	return x;
}

void
tell(struct judge *j, enum event_kind kind, uint64_t case_no, uint64_t a, uint32_t b, q32 q)
{
	effect_add(j, EFFECT_EVENT)->event =
	    (struct event){ .kind = kind, .case_no = case_no, .a = a, .b = b, .q = q };
}

void
key_of_no(uint64_t no, uint8_t key[8])
{
	for (int i = 7; i >= 0; i--, no >>= 8)
		key[i] = (uint8_t)no;
}

struct obj *
obj_find(const struct judge *j, int kind, const void *key, size_t n)
{
	struct obj o = { .key_len = (uint8_t)n };
	memcpy(o.key, key, n);
	return TREE_ENTRY(tree_find(&j->of[kind], &o.node), struct obj, node);
}

void
obj_touch(struct judge *j, struct obj *o)
{
	if (o->dirty)
		return;
	o->dirty = true;
	o->next_dirty = NULL;
	*j->dirty_end = o;
	j->dirty_end = &o->next_dirty;
}

void
obj_add(struct judge *j, struct obj *o, int kind, const void *key, size_t n)
{
	o->kind = (uint8_t)kind;
	o->key_len = (uint8_t)n;
	memcpy(o->key, key, n);
	tree_add(&j->of[kind], &o->node);
	obj_touch(j, o);
}

void
obj_drop(struct judge *j, struct obj *o)
{
	tree_del(&j->of[o->kind], &o->node);
	o->gone = true;
	obj_touch(j, o);
}

/* struct obj leads every kept struct. */
void
obj_free(struct obj *o)
{
	if (o->kind == STATE_META)
		return;
	if (o->kind == STATE_REPORTER) {
		struct reporter *r = (struct reporter *)o;
		free(r->name);
		free(r->org);
		free(r->sender);
		free(r->rank);
	} else if (o->kind == STATE_CASE) {
		struct kase *c = (struct kase *)o;
		for (uint32_t i = 0; i < c->claims_n; i++)
			free(c->claim[i]);
		free(c->assignee);
	}
	free(o);
}

struct kase *
case_by_no(const struct judge *j, uint64_t no)
{
	uint8_t key[8];
	key_of_no(no, key);
	return (struct kase *)obj_find(j, STATE_CASE, key, sizeof(key));
}
