/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at the judge, see view.h. Nothing here changes state. */
#include "judge/view.h"

#include <errno.h>
#include <string.h>

#include "judge/orders.h"

static void
text(char *to, const char *from, size_t room)
{
	memset(to, 0, room);
	if (from)
		memcpy(to, from, strnlen(from, room - 1));
}

static void
show_case(const struct judge *j, const struct kase *c, msec now, struct view_case *v)
{
	const struct policy_row *row = policy_find(j->policy, &c->target);
	*v = (struct view_case){ .no = c->no, .state = c->state, .closed_as = c->closed_as,
		.cls = c->key.cls, .subject = c->subject, .target = c->target,
		.port = c->proven_port, .kind = row ? row->kind : KIND_NONE, .opened = c->opened,
		.last_report = c->last_report, .verified_at = c->verified_at,
		.closed_at = c->state == CASE_CLOSED ? c->closed_at : 0, .next = c->due,
		.reports = c->reports, .verified_times = c->verified_times, .k = c->k,
		.contested = c->contested, .score = weigh_score(j, c, now) };
	text(v->assignee, c->assignee, DESK_NAME);
	v->snoozed = c->snoozed > now ? c->snoozed : 0;
	v->merged_into = c->merged_into;
	v->population = c->pop;
	v->proof_by = c->proof_by;
	v->seen_at = c->seen_at;
	v->seen_covered = c->seen & SEEN_COVERED;
	v->seen_active = c->seen & SEEN_ACTIVE;
	v->seen_answered = c->seen & SEEN_ANSWERED;
	v->scope.peer = c->scope.peer;
	v->scope.port = c->scope.port;
	v->scope.proto = c->scope.proto;
	v->scope.samples = c->scope.samples;
	v->scope.sampling = c->scope.sampling;
	v->barred = c->barred;
	memcpy(v->order, c->order, sizeof(v->order));
	if (c->state != CASE_CLOSED)
		v->closed_as = CLOSE_NONE;
	text(v->line,
	    c->key.line[0]           ? c->key.line
	    : row && c->attributable ? row->line
				     : "",
	    LINE_TEXT);
	text(v->party, row ? row->party : "", PARTY_TEXT);
	for (enum rung r = RUNG_LOG; r < RUNG_N; r++)
		if (c->latched & (1u << r))
			v->rung = r;
	for (int i = 0; i < SLOTS; i++) {
		const struct slot *s = &c->slot[i];
		v->looks_pending += s->look.no != 0;
		for (int k = 0; k < VANTAGES; k++) {
			if (s->at[k] <= v->last_look_at[k])
				continue;
			v->last_look_at[k] = s->at[k];
			v->last_verdict[k] = s->verdict[k];
			if (s->at[k] > v->last_look)
				v->last_look = s->at[k];
			if (!c->proven_port)
				v->port = s->port;
		}
	}
}

bool
view_case_next(const struct judge *j, uint64_t *no, msec now, struct view_case *ret)
{
	struct obj o = { .key_len = 8 };
	key_of_no(*no, o.key);
	struct tree_node *n = tree_from(&j->of[STATE_CASE], &o.node);
	if (!n)
		return false;
	const struct kase *c = (const struct kase *)TREE_ENTRY(n, struct obj, node);
	show_case(j, c, now, ret);
	*no = c->no + 1;
	return true;
}

bool
view_case(const struct judge *j, uint64_t no, msec now, struct view_case *ret)
{
	const struct kase *c = case_by_no(j, no);
	if (!c)
		return false;
	show_case(j, c, now, ret);
	return true;
}

bool
view_case_of(const struct judge *j, const struct addr *a, uint64_t *no, msec now,
    struct view_case *ret)
{
	const struct policy_row *row = policy_find(j->policy, a);
	const struct kase *best = NULL;
	struct case_key key[2] = { { .line = "" }, { .line = "" } };
	if (!row)
		return false;
	line_of(j, a, now, key[0].line);
	key[1].subject = policy_subject(row, a);
	for (int k = key[0].line[0] ? 0 : 1; k < 2; k++) {
		for (int cls = CLASS_NONE + 1; cls < CLASS_N; cls++) {
			key[k].cls = (enum class_id)cls;
			const struct kase *c = index_case(j, &key[k]);
			if (c && c->no >= *no && (!best || c->no < best->no))
				best = c;
		}
	}
	if (!best)
		return false;
	show_case(j, best, now, ret);
	*no = best->no + 1;
	return true;
}

static void
show_group(const struct kase *c, const struct tally *t, uint32_t first, msec now,
    struct view_group *v)
{
	const struct weight *w = &t->v[first];
	*v = (struct view_group){ .t = w->t, .e = w->e, .d = w->d, .w = w->w, .pooled = w->pooled,
		.weak = w->weak };
	if (!w->claim) {
		v->own_probe = true;
		v->own_flows = c->proof_by == METHOD_FLOWS;
		v->standing = STANDING_OWN;
		v->evidence = EVIDENCE_STRONG;
		v->reports = 1;
		return;
	}
	for (uint32_t i = first; i < t->n; i++) {
		const struct weight *m = &t->v[i];
		if (i != first && (w->pooled || m->group != first))
			continue;
		v->reports += m->claim->reports;
		v->keys += i == first || key_cmp(&m->claim->key, &t->v[i - 1].claim->key) != 0;
		if (m->w > w->w)
			w = m;
	}
	const struct claim *a = w->claim;
	v->t = w->t;
	v->e = w->e;
	v->d = weigh_decay(c, a, now);
	v->w = w->w;
	v->weak = w->weak;
	v->key = a->key;
	v->evidence = a->evidence;
	v->event = a->event;
	v->arrival = a->arrival;
	v->seq = a->seq;
	if (!a->who)
		return;
	text(v->name, a->who->name, NAME_TEXT);
	text(v->sender, a->who->sender, NAME_TEXT);
	v->standing = a->who->standing;
	v->pinned = a->who->pinned;
}

/* Groups first, strongest evidence as the score takes them, then the pool's members. */
void
view_score(const struct judge *j, uint64_t case_no, msec now, struct view_score *ret)
{
	struct tally t;
	const struct kase *c = case_by_no(j, case_no);
	memset(ret, 0, sizeof(*ret));
	if (!c)
		return;
	weigh_full(j, c, now, &t);
	ret->score = t.score;
	ret->pool = t.pool;
	ret->pool_raw = t.pool_raw;
	ret->pool_keys = t.pool_keys;
	ret->pool_reports = t.pool_reports;
	ret->weak = t.weak;
	ret->weak_raw = t.weak_raw;
	ret->groups = t.groups;
	if (c->proof_at) { /* the tally's last */
		show_group(c, &t, t.n - 1, now, &ret->group[ret->shown++]);
		ret->group[0].event = ret->group[0].arrival = c->proof_at;
		t.n--;
	}
	for (int pooled = 0; pooled < 2; pooled++)
		for (uint32_t i = 0; i < t.n && ret->shown < VIEW_LINES; i++)
			if (t.v[i].pooled == pooled && (pooled || t.v[i].group == i))
				show_group(c, &t, i, now, &ret->group[ret->shown++]);
}

void
view_gates(const struct judge *j, uint64_t case_no, msec now, struct view_gate ret[RUNG_N])
{
	struct tally t;
	struct gates g;
	const struct kase *c = case_by_no(j, case_no);
	memset(ret, 0, RUNG_N * sizeof(ret[0]));
	if (!c)
		return;
	weigh(j, c, now, &t);
	ladder_gates(j, c, &t, now, &g);
	for (enum rung r = RUNG_LOG; r < RUNG_N; r++)
		ret[r] = (struct view_gate){ .rung = r,
			.open = g.open[r],
			.latched = c->latched & (1u << r),
			.holds = g.have[r],
			.missing = g.missing[r] };
}

static void
show_reporter(const struct judge *j, const struct reporter *r, msec now, struct view_reporter *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->key.b, r->o.key, KEY_BYTES);
	text(ret->name, r->name, NAME_TEXT);
	text(ret->org, r->org, NAME_TEXT);
	text(ret->sender, r->sender, NAME_TEXT);
	ret->standing = r->standing;
	ret->pinned = r->pinned;
	ret->notify_on_sight = r->notify_on_sight;
	ret->pin = r->pin;
	ret->first = r->first;
	ret->last = r->last;
	ret->delay = r->delay;
	ret->reports = r->reports;
	ret->as = r->as;
	ret->all_t = rank_trust_all(j, r, now);
	for (int f = 0; f < FAMILY_N; f++) {
		struct beta x = rank_beta(j, r, (enum family)f, now);
		q32 a, b;
		rank_start(j, r, &a, &b);
		ret->family[f].a = a + x.a;
		ret->family[f].b = b + x.b;
		ret->family[f].right = x.right;
		ret->family[f].wrong = x.wrong;
		ret->family[f].lines = x.lines;
		ret->family[f].t = rank_trust(j, r, (enum family)f, now);
		ret->family[f].pooled = rank_pooled(j, r, (enum family)f, now);
	}
}

bool
view_reporter_next(const struct judge *j, const struct key *after, msec now,
    struct view_reporter *ret)
{
	struct obj o = { .key_len = KEY_BYTES };
	if (after)
		memcpy(o.key, after->b, KEY_BYTES);
	struct tree_node *n = after ? tree_next(&j->of[STATE_REPORTER], &o.node)
	                            : tree_first(&j->of[STATE_REPORTER]);
	if (!n)
		return false;
	show_reporter(j, (const struct reporter *)TREE_ENTRY(n, struct obj, node), now, ret);
	return true;
}

bool
view_reporter_of(const struct judge *j, const struct key *key, msec now, struct view_reporter *ret)
{
	const struct reporter *r = (const struct reporter *)obj_find(j, STATE_REPORTER, key->b, KEY_BYTES);
	if (!r)
		return false;
	show_reporter(j, r, now, ret);
	return true;
}

bool
view_reporter_named(const struct judge *j, const char *name, msec now, struct view_reporter *ret)
{
	char text[NAME_TEXT];
	struct reporter like = { .name = text }; /* its key is the lowest */
	if (!*name || strlen(name) >= NAME_TEXT)
		return false;
	memcpy(text, name, strlen(name) + 1);
	const struct reporter *r =
	    TREE_ENTRY(tree_from(&j->by_name, &like.by_name), const struct reporter, by_name);
	if (!r || strcmp(r->name, name) != 0)
		return false;
	show_reporter(j, r, now, ret);
	return true;
}

void
view_totals(const struct judge *j, struct view_totals *ret)
{
	*ret = (struct view_totals){ .facts = j->m.facts,
		.reports = j->m.reports,
		.unsigned_reports = j->m.unsigned_reports,
		.looks = j->m.looks,
		.orders = j->m.orders,
		.cases = j->of[STATE_CASE].count,
		.reporters = j->of[STATE_REPORTER].count,
		.looks_pending = j->queue.count,
		.claims_dropped = j->m.claims_dropped,
		.backlog = j->by_wait.count,
		.flow_source = j->policy && j->policy->flow_source };
	for (struct tree_node *n = tree_first(&j->of[STATE_CASE]); n;
	     n = tree_next(&j->of[STATE_CASE], n))
		ret->by_state[((const struct kase *)TREE_ENTRY(n, struct obj, node))->state]++;
}

bool
view_order_next(const struct judge *j, uint64_t *no, struct order *ret)
{
	struct obj o = { .key_len = 8 };
	key_of_no(*no, o.key);
	struct tree_node *n = tree_from(&j->of[STATE_ORDER], &o.node);
	if (!n)
		return false;
	*ret = ((const struct given *)TREE_ENTRY(n, struct obj, node))->order;
	*no = ret->no + 1;
	return true;
}

bool
view_order(const struct judge *j, uint64_t no, struct order *ret, bool *standing)
{
	const struct given *g = order_find(j, no);
	if (!g)
		return false;
	*ret = g->order;
	*standing = !g->ended;
	return true;
}

bool
view_order_of(const struct judge *j, uint64_t case_no, uint64_t *no, struct order *ret, bool *standing)
{
	struct given from = { .order = { .case_no = case_no, .no = *no } };
	const struct given *g =
	    TREE_ENTRY(tree_from(&j->by_case, &from.by_case), const struct given, by_case);
	if (!g || g->order.case_no != case_no)
		return false;
	*ret = g->order;
	*standing = !g->ended;
	*no = ret->no + 1;
	return true;
}

bool
view_standing_next(const struct judge *j, uint64_t *no, struct order *ret)
{
	struct given from = { .order = { .no = *no } };
	const struct given *g =
	    TREE_ENTRY(tree_from(&j->standing, &from.standing), const struct given, standing);
	if (!g)
		return false;
	*ret = g->order;
	*no = ret->no + 1;
	return true;
}

bool
view_approvable(const struct judge *j, uint64_t no, msec now, uint32_t *missing)
{
	struct tally t;
	const struct given *g = order_find(j, no);
	const struct kase *c = g && g->order.asked && !g->ended ? case_by_no(j, g->order.case_no) : NULL;
	*missing = 0;
	if (!c)
		return false;
	weigh(j, c, now, &t);
	return ladder_approvable(j, c, g->order.rung, &t, now, missing);
}

uint8_t
view_releases(const struct judge *j, uint64_t case_no)
{
	const struct kase *c = case_by_no(j, case_no);
	return c && c->state != CASE_CLOSED ? desk_releases(c) : 0;
}

int
view_mergeable(const struct judge *j, uint64_t case_no, uint64_t into)
{
	struct kase *c = case_by_no(j, case_no), *to = case_by_no(j, into);
	return c && to ? merge_refused(j, c, to) : -ENOENT;
}

void
view_desk(const struct judge *j, struct view_desk *ret)
{
	*ret = (struct view_desk){ .mode = (enum mode)j->m.mode, .panic = j->m.panic != 0,
		.breaker = j->m.breaker_at != 0, .asked = j->asked, .would = j->would, .standing = j->standing.count,
		.enforced = j->enforced, .missed = j->m.desk_missed };
}

bool
view_protect_next(const struct judge *j, size_t *it, struct prefix *ret)
{
	struct lpm_node *last = (struct lpm_node *)*it;
	struct lpm_node *n = last ? lpm_next(&j->protect, last) : lpm_first(&j->protect);
	if (!n)
		return false;
	*it = (size_t)n;
	*ret = n->prefix;
	return true;
}

bool
view_protected(const struct judge *j, const struct addr *a)
{
	return policy_protected(j->policy, a) || lpm_find(&j->protect, a);
}
