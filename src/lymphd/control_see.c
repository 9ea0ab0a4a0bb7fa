/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what is asked for to what would be done: each target looked at before anything is a fact; what
 * makes no sense is left out, with the reason in words. And the opposite of a batch. Changes nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "lymphd/control_desk.h"

#define BIT(r) (1u << (r))

void
acts_free(struct acts *a)
{
	free(a->v);
	json_decref(a->skipped);
	*a = (struct acts){ 0 };
}

struct look_at {
	struct edge *e;
	struct acts *out;
	struct desk_act a;
	struct view_case v;
	struct order o;
	bool stands;
	char why[160];
};

static const char *
no_case(struct look_at *l)
{
	return view_case(l->e->judge, l->a.target, l->e->now, &l->v) ? NULL : "no such case";
}

static const char *
merged(struct look_at *l)
{
	snprintf(l->why, sizeof(l->why), "it is merged into case %llu",
	    (unsigned long long)l->v.merged_into);
	return l->why;
}

static unsigned
rungs_standing(const struct view_case *v)
{
	unsigned rungs = 0;
	for (unsigned r = RUNG_TICKET; r < RUNG_N; r++)
		rungs |= v->order[r] ? BIT(r) : 0;
	return rungs;
}

static void
count_rungs(struct look_at *l, unsigned rungs)
{
	for (unsigned r = RUNG_NOTIFY; r < RUNG_N; r++)
		l->out->orders += rungs >> r & 1;
}

/* Wider than one address, or than what one customer has of IPv6. */
static bool
is_wide(const struct edge *e, const struct prefix *p)
{
	struct prefix own = policy_subject(policy_find(e->c->conf->policy, &p->a), &p->a);
	return p->len < own.len;
}

/* What the judge would refuse an approval for; NULL: nothing. */
static const char *
not_approvable(struct look_at *l)
{
	static const char *const words[] = { "score", "verified", "not checkable", "inconclusive",
		"on sight", "verified twice", "enough groups", "active attack", "policy", "class",
		"always-reach", "lease", "cap", "never-touch", NULL, "answered", "operator's rule",
		"desk hours", "breaker", "rejected or undone before", "port to filter on" };
	uint32_t miss;
	size_t n = 0;
	if (view_approvable(l->e->judge, l->o.no, l->e->now, &miss))
		return NULL;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && n < sizeof(l->why); i++)
		if (miss >> i & 1 && words[i])
			n += (size_t)snprintf(l->why + n, sizeof(l->why) - n, "%s%s",
			    n ? ", " : "its gate is not open: lacks ", words[i]);
	return n ? l->why : "its case is about something else by now";
}

static const char *
see_order(struct look_at *l)
{
	if (!view_order(l->e->judge, l->a.target, &l->o, &l->stands))
		return "no such order";
	if (!l->stands)
		return l->o.dropped ? "it is withdrawn already" : "it has ended";
	l->out->orders++;
	l->a.rungs = (uint8_t)BIT(l->o.rung);
	return NULL;
}

static const char *
see_approve(struct look_at *l)
{
	const char *why = see_order(l);
	if (!why && !l->o.asked)
		why = "it does not ask for anybody";
	if (!why)
		why = not_approvable(l);
	if (!why)
		l->out->wide |= is_wide(l->e, &l->o.target);
	return why;
}

static const char *
see_reject(struct look_at *l)
{
	const char *why = see_order(l);
	return why ? why : l->o.asked ? NULL : "it does not ask for anybody";
}

static const char *
see_undo(struct look_at *l)
{
	const char *why = see_order(l);
	return why ? why : l->o.asked ? "it is not given yet: reject it" : NULL;
}

static const char *
see_allow(struct look_at *l)
{
	const char *why = no_case(l);
	unsigned rungs = l->a.rungs ? l->a.rungs & l->v.barred : l->v.barred;
	if (why)
		return why;
	if (!rungs)
		return "nothing is barred in it";
	l->a.rungs = (uint8_t)rungs;
	count_rungs(l, rungs);
	return NULL;
}

static const char *
see_release(struct look_at *l)
{
	const char *why = no_case(l);
	l->a.rungs = why ? 0 : view_releases(l->e->judge, l->a.target); /* what waits for room, too */
	if (why || !l->a.rungs)
		return why ? why : "no order stands in it";
	count_rungs(l, rungs_standing(&l->v));
	return NULL;
}

static const char *
see_close(struct look_at *l)
{
	const char *why = no_case(l);
	if (why || l->v.merged_into)
		return why ? why : merged(l);
	if (l->v.state == CASE_CLOSED && l->v.closed_as == l->a.as)
		return "it is closed already";
	l->a.was_as = (uint8_t)(l->v.state == CASE_CLOSED ? l->v.closed_as : CLOSE_NONE);
	count_rungs(l, rungs_standing(&l->v));
	return NULL;
}

static const char *
see_reopen(struct look_at *l)
{
	const char *why = no_case(l);
	if (why || l->v.merged_into)
		return why ? why : merged(l);
	if (l->v.state != CASE_CLOSED && !l->v.barred)
		return "it is open";
	l->a.was_as = (uint8_t)l->v.closed_as;
	return NULL;
}

static const char *
see_assign(struct look_at *l)
{
	const char *why = no_case(l);
	if (why || strcmp(l->v.assignee, l->a.name) == 0)
		return why ? why : "it is so already";
	snprintf(l->a.was_name, sizeof(l->a.was_name), "%s", l->v.assignee);
	return NULL;
}

static const char *
see_merge(struct look_at *l)
{
	const char *why = no_case(l);
	if (why)
		return why;
	switch (view_mergeable(l->e->judge, l->a.target, l->a.into)) {
	case 0: break;
	case -ENOENT: return "the case to merge it into is not there";
	case -EALREADY: return merged(l);
	case -EXDEV: return "the other case is of another class, or about a victim";
	default:
		return l->a.into == l->a.target ? "a case is not merged into itself"
						: "the two would be merged into each other";
	}
	l->a.was_as = (uint8_t)(l->v.state == CASE_CLOSED ? l->v.closed_as : CLOSE_NONE);
	count_rungs(l, rungs_standing(&l->v));
	return NULL;
}

static const char *
see_unmerge(struct look_at *l)
{
	const char *why = no_case(l);
	if (why || !l->v.merged_into)
		return why ? why : "it stands for itself";
	l->a.into = l->v.merged_into;
	return NULL;
}

static const char *
see_snooze(struct look_at *l)
{
	const char *why = no_case(l);
	msec was = l->v.snoozed > l->e->now ? l->v.snoozed : 0;
	if (why || (l->a.until && l->v.state == CASE_CLOSED))
		return why ? why : "it is closed";
	if (was == l->a.until)
		return was ? "it is so already" : "it is awake";
	l->a.was_until = was;
	return NULL;
}

static const char *(*const sees[DESK_VERB_N])(struct look_at *l) = {
	[DESK_APPROVE] = see_approve,
	[DESK_REJECT] = see_reject,
	[DESK_UNDO] = see_undo,
	[DESK_ALLOW] = see_allow,
	[DESK_RELEASE] = see_release,
	[DESK_CLOSE] = see_close,
	[DESK_REOPEN] = see_reopen,
	[DESK_NOTE] = no_case,
	[DESK_ASSIGN] = see_assign,
	[DESK_MERGE] = see_merge,
	[DESK_UNMERGE] = see_unmerge,
	[DESK_SNOOZE] = see_snooze,
};

static void
skip(struct acts *out, uint64_t no, const char *why)
{
	json_t *o = json_new(json_object());
	put_int(o, "no", no);
	put_text(o, "why", why);
	push(out->skipped, o);
}

/* Into out, or among what was left out. */
static void
consider(struct edge *e, struct acts *out, const struct desk_act *a)
{
	struct look_at l = { .e = e, .out = out, .a = *a };
	uint64_t orders = out->orders;
	const char *why = sees[a->verb](&l);
	if (why) {
		out->orders = orders;
		skip(out, a->target, why);
		return;
	}
	if (out->n == out->room) {
		out->room = out->room ? out->room * 2 : 16;
		out->v = reallocarray(out->v, out->room, sizeof(*out->v));
		if (!out->v)
			fatal_oom();
	}
	out->v[out->n++] = l.a;
}

/* --- taking a batch back ------------------------------------------------------------------------- */

/* The opposite of a; false: nothing takes it back. */
static bool
opposite(struct edge *e, const struct desk_act *a, uint64_t seq, struct desk_act *ret)
{
	struct order o;
	bool stands;
	enum desk_verb undo = desk_verb_row((enum desk_verb)a->verb)->undo;
	if (undo == DESK_VERB_N)
		return false;
	*ret = (struct desk_act){ .verb = (uint8_t)undo, .target = a->target, .undoes = seq };
	switch (undo) {
	case DESK_ALLOW: /* of a case; what was barred may have been said of an order */
		ret->rungs = a->rungs;
		if (desk_verb_row((enum desk_verb)a->verb)->order) {
			if (!view_order(e->judge, a->target, &o, &stands))
				return false;
			ret->target = o.case_no;
			ret->rungs = (uint8_t)BIT(o.rung);
		}
		break;
	case DESK_REOPEN: case DESK_UNMERGE: case DESK_CLOSE: ret->as = a->was_as; break;
	case DESK_ASSIGN: memcpy(ret->name, a->was_name, sizeof(ret->name)); break;
	case DESK_MERGE: ret->into = a->into; break;
	case DESK_SNOOZE: ret->until = a->was_until > e->now ? a->was_until : 0; break;
	default: break;
	}
	return true;
}

struct undoing {
	struct edge *e;
	const struct request *q;
	struct acts *out;
	bool any;
};

static int
undo_fact(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct undoing *u = arg;
	struct fact f;
	struct desk_act a;
	(void)case_no;
	int r = fact_decode(bytes, n, &f);
	if (r < 0)
		return r;
	if (f.kind != FACT_DESK || f.desk.batch != u->q->batch)
		return 1; /* facts of a batch stand together */
	u->any = true;
	if (!opposite(u->e, &f.desk, seq, &a)) {
		skip(u->out, f.desk.target, "nothing takes that back");
		return 0;
	}
	a.uid = u->q->like.uid;
	memcpy(a.text, u->q->like.text, sizeof(a.text));
	consider(u->e, u->out, &a);
	return 0;
}

static int
undo_acts(struct control_call *k, const struct request *q, struct acts *out)
{
	struct undoing u = { k->e, q, out, false };
	int r = store_people_facts(k->e->store, q->batch, undo_fact, &u);
	if (r < 0)
		return control_refuse(k, r, "the journal cannot be read: %s", strerror(-r));
	if (!u.any)
		return control_refuse(k, -ENOENT, "no batch %llu", (unsigned long long)q->batch);
	return 0;
}

int
request_acts(struct control_call *k, const struct request *q, struct acts *ret)
{
	struct acts out = { .skipped = json_new(json_array()) };
	int r = 0;
	edge_now(k->e);
	if (q->batch)
		r = undo_acts(k, q, &out);
	for (size_t i = 0; !q->batch && i < q->n; i++) {
		struct desk_act a = q->like;
		a.target = q->no[i];
		consider(k->e, &out, &a);
	}
	if (r < 0) {
		acts_free(&out);
		return r;
	}
	*ret = out;
	return 0;
}
