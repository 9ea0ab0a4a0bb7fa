/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What staff ask for, read: a verb, its words, and targets by number or filter. Reads only.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "lymphd/control_desk.h"

#define WALK  2000000     /* cases a filter looks at */
#define BIT(r) (1u << (r))

void
request_free(struct request *q)
{
	free(q->no);
	q->no = NULL;
}

const char *
request_verb(const struct request *q)
{
	return q->batch ? "undo-batch" : desk_verb_row((enum desk_verb)q->like.verb)->name;
}

/* --- targets ------------------------------------------------------------------------------------- */

static int
target_add(struct control_call *k, struct request *q, uint64_t no)
{
	if (q->n == DESK_MOST)
		return control_refuse(k, -E2BIG, "more than %d at once: narrow the filter", DESK_MOST);
	if ((q->n & (q->n - 1)) == 0 || q->n == 0) {
		void *v = reallocarray(q->no, q->n ? q->n * 2 : 1, sizeof(*q->no));
		if (!v)
			fatal_oom();
		q->no = v;
	}
	q->no[q->n++] = no;
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* In order, each once. */
static void
targets_sort(struct request *q)
{
	size_t n = 0;
	if (q->n)
		qsort(q->no, q->n, sizeof(*q->no), by_number);
	for (size_t i = 0; i < q->n; i++)
		if (!i || q->no[i] != q->no[i - 1])
			q->no[n++] = q->no[i];
	q->n = n;
}

/* A case as a target: itself, or the orders that stand for it. */
static int
case_target(struct control_call *k, struct request *q, const struct view_case *v, enum rung only)
{
	int r = 0;
	if (!desk_verb_row((enum desk_verb)q->like.verb)->order)
		return target_add(k, q, v->no);
	for (unsigned g = 0; r == 0 && g < RUNG_N; g++)
		if (v->order[g] && (only == RUNG_N || only == g))
			r = target_add(k, q, v->order[g]);
	return r;
}

struct filter {
	const char *state, *class, *line, *assignee;
	struct prefix prefix;
	enum rung rung; /* RUNG_N: any */
	int snoozed;    /* -1: either */
};

static int
rung_read(struct control_call *k, const char *s, enum rung *ret)
{
	for (unsigned r = 0; r < RUNG_N; r++) {
		if (strcmp(rung_name((enum rung)r), s) == 0) {
			*ret = (enum rung)r;
			return 0;
		}
	}
	return control_refuse(k, -EINVAL, "no such rung");
}

static int
filter_read(struct control_call *k, const json_t *o, struct filter *f)
{
	static const char *const keys[] = { "state", "class", "line", "prefix", "assignee", "rung",
		"snoozed" };
	const char *key, *s;
	const json_t *v;
	*f = (struct filter){ .rung = RUNG_N, .snoozed = -1 };
	if (!json_is_object(o) || json_object_size(o) == 0)
		return control_refuse(k, -EINVAL, "filter takes an object with at least one key");
	json_object_foreach((json_t *)o, key, v)
	{
		size_t i = 0, n = sizeof(keys) / sizeof(keys[0]);
		while (i < n && strcmp(keys[i], key) != 0)
			i++;
		if (i == n)
			return control_refuse(k, -EINVAL, "a filter goes by state, class, line, prefix, "
			    "assignee, rung or snoozed");
		if (i == 6 ? !json_is_boolean(v) : !json_is_string(v))
			return control_refuse(k, -EINVAL, "filter: %s takes %s", keys[i],
			    i == 6 ? "true or false" : "a text");
	}
	f->state = json_string_value(json_object_get(o, "state"));
	f->class = json_string_value(json_object_get(o, "class"));
	f->line = json_string_value(json_object_get(o, "line"));
	f->assignee = json_string_value(json_object_get(o, "assignee"));
	if ((v = json_object_get(o, "snoozed")))
		f->snoozed = json_is_true(v);
	if (f->class && class_by_name(f->class, strlen(f->class)) == CLASS_NONE)
		return control_refuse(k, -EINVAL, "filter: no such class");
	unsigned st = 0;
	while (f->state && st < CASE_STATE_N && strcmp(f->state, case_state_name(st)) != 0)
		st++;
	if (st == CASE_STATE_N)
		return control_refuse(k, -EINVAL, "filter: no such state");
	s = json_string_value(json_object_get(o, "prefix"));
	if (s && prefix_parse(s, strlen(s), &f->prefix) < 0)
		return control_refuse(k, -EINVAL, "filter: prefix takes a prefix or an address");
	s = json_string_value(json_object_get(o, "rung"));
	return s ? rung_read(k, s, &f->rung) : 0;
}

static bool
filter_has(const struct filter *f, const struct view_case *v, bool orders, msec now)
{
	return (!f->state || strcmp(f->state, case_state_name(v->state)) == 0) &&
	    (!f->class || strcmp(f->class, class_row(v->cls)->name) == 0) &&
	    (!f->line || strcmp(f->line, v->line) == 0) &&
	    (!f->assignee || strcmp(f->assignee, v->assignee) == 0) &&
	    (!f->prefix.a.fam || prefix_has(&f->prefix, &v->subject.a)) &&
	    (orders || f->rung == RUNG_N || f->rung == v->rung) &&
	    (f->snoozed < 0 || f->snoozed == (v->snoozed > now));
}

static int
targets_filter(struct control_call *k, const json_t *o, struct request *q)
{
	struct filter f;
	struct view_case v;
	uint64_t no = 0;
	msec now = edge_now(k->e);
	bool orders = desk_verb_row((enum desk_verb)q->like.verb)->order;
	int r = filter_read(k, o, &f);
	for (unsigned n = 0; r == 0 && view_case_next(k->e->judge, &no, now, &v); n++) {
		if (n == WALK)
			return control_refuse(k, -E2BIG, "more cases than a filter looks through");
		if (filter_has(&f, &v, orders, now))
			r = case_target(k, q, &v, f.rung);
	}
	return r;
}

static int
targets_numbers(struct control_call *k, const json_t *list, bool cases, struct request *q)
{
	size_t i;
	const json_t *v;
	struct view_case c;
	bool orders = desk_verb_row((enum desk_verb)q->like.verb)->order;
	int r = 0;
	if (!json_is_array(list) || json_array_size(list) == 0)
		return control_refuse(k, -EINVAL, "orders and cases take a list of numbers");
	if (!cases && !orders)
		return control_refuse(k, -EINVAL, "%s is said of cases", request_verb(q));
	json_array_foreach(list, i, v)
	{
		if (!json_is_integer(v) || json_integer_value(v) < 1)
			return control_refuse(k, -EINVAL, "orders and cases take a list of numbers");
		uint64_t no = (uint64_t)json_integer_value(v);
		if (!cases || !orders)
			r = target_add(k, q, no);
		else if (view_case(k->e->judge, no, edge_now(k->e), &c))
			r = case_target(k, q, &c, RUNG_N);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- words --------------------------------------------------------------------------------------- */

static int
text_read(struct control_call *k, const char *key, char *to, size_t room)
{
	const char *s = control_arg_text(k, key);
	if (!s)
		return json_object_get(k->args, key) && !json_is_null(json_object_get(k->args, key))
			   ? control_refuse(k, -EINVAL, "%s takes a text", key)
			   : 0;
	if (strlen(s) >= room)
		return control_refuse(k, -EINVAL, "%s takes at most %zu bytes", key, room - 1);
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return control_refuse(k, -EINVAL, "%s takes plain text, one line", key);
	snprintf(to, room, "%s", s);
	return 0;
}

static int
words_read(struct control_call *k, struct desk_act *a)
{
	const char *as = control_arg_text(k, "as"), *rung = control_arg_text(k, "rung");
	int64_t into, until;
	enum rung only = RUNG_N;
	int r = text_read(k, "text", a->text, sizeof(a->text));
	if (r == 0)
		r = text_read(k, "name", a->name, sizeof(a->name));
	if (r == 0)
		r = control_arg_int(k, "into", 0, &into);
	if (r == 0)
		r = control_arg_int(k, "until_ms", 0, &until);
	if (r < 0)
		return r;
	enum close_as c = as ? close_as_by_name(as) : CLOSE_NONE;
	if (a->verb == DESK_CLOSE && (c == CLOSE_AS_N || c < CLOSE_FIXED))
		return control_refuse(k, -EINVAL, "close takes as: fixed, false-positive, wrong-line, "
		    "duplicate, not-abuse, accepted or appealed");
	if (a->verb == DESK_NOTE && !a->text[0])
		return control_refuse(k, -EINVAL, "a note takes a text");
	if (a->verb == DESK_MERGE && into < 1)
		return control_refuse(k, -EINVAL, "merge takes into: the number of a case");
	if (a->verb == DESK_SNOOZE && until != 0 && until <= edge_now(k->e))
		return control_refuse(k, -EINVAL, "until_ms lies in the past");
	if (rung && (r = rung_read(k, rung, &only)) < 0)
		return r;
	a->as = a->verb == DESK_CLOSE ? (uint8_t)c : 0;
	a->into = a->verb == DESK_MERGE ? (uint64_t)into : 0;
	a->until = a->verb == DESK_SNOOZE ? until : 0;
	a->rungs = a->verb == DESK_ALLOW && rung ? (uint8_t)BIT(only) : 0;
	if (a->verb != DESK_ASSIGN)
		a->name[0] = '\0';
	return 0;
}

int
request_read(struct control_call *k, struct request *ret)
{
	const char *verb = control_arg_text(k, "verb");
	const json_t *orders = json_object_get(k->args, "orders");
	const json_t *cases = json_object_get(k->args, "cases");
	const json_t *filter = json_object_get(k->args, "filter");
	struct request q = { .like.verb = (uint8_t)(verb ? desk_verb_by_name(verb) : DESK_VERB_N) };
	int r;
	if (q.like.verb >= DESK_VERB_N || desk_verb_row((enum desk_verb)q.like.verb)->mail)
		return control_refuse(k, -EINVAL, "verb takes approve, reject, undo, allow, release, "
		    "close, reopen, note, assign, merge, unmerge or snooze");
	if ((orders != NULL) + (cases != NULL) + (filter != NULL) != 1)
		return control_refuse(k, -EINVAL, "which? orders, cases or filter, one of them");
	q.like.uid = k->uid;
	r = words_read(k, &q.like);
	if (r == 0)
		r = filter ? targets_filter(k, filter, &q)
			   : targets_numbers(k, cases ? cases : orders, cases != NULL, &q);
	if (r < 0) {
		request_free(&q);
		return r;
	}
	targets_sort(&q);
	*ret = q;
	return 0;
}
