/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Forgetting in the judge: all it keeps of a line, an address or a reporter goes. Orders about the
 * forgotten end first. What a forgotten reporter said of others still counts, as the word of an unknown
 * key that nobody holds. It walks all cases: rare, and said by people.
 */
#include <string.h>

#include "judge/orders.h"

/* The line had that address while the case was fed, whatever the policy makes of leases. */
static bool
leased(const struct judge *j, const struct kase *c, const char *line)
{
	uint8_t key[17] = { c->target.fam };
	memcpy(key + 1, c->target.b, sizeof(c->target.b));
	const struct leases *l = (struct leases *)obj_find(j, STATE_LEASE, key, sizeof(key));
	for (int i = 0; l && i < LEASES_EACH; i++)
		if (strncmp(l->lease[i].line, line, LINE_TEXT) == 0 && l->lease[i].from <= c->last_report &&
		    l->lease[i].to > c->opened)
			return true;
	return false;
}

/* The case is about it: the very subject, or an address of the line that somebody named. */
static bool
about(const struct judge *j, const struct kase *c, const struct keep_set *p)
{
	if (population_is(c))
		return false; /* about the victim of many */
	if (p->what == KEEP_LINE)
		return strncmp(c->key.line, p->line, LINE_TEXT) == 0 || leased(j, c, p->line);
	struct prefix own = policy_subject(policy_find(j->policy, &p->addr), &p->addr);
	if (prefix_cmp(&c->subject, &own) == 0 || addr_eq(&c->target, &p->addr))
		return true;
	for (uint32_t i = 0; i < c->claims_n; i++)
		if (addr_eq(&c->claim[i]->subject, &p->addr))
			return true;
	return false;
}

/* Its orders, ended or not: ended ones stay else until a case could no more reopen. */
static void
forget_orders(struct judge *j, uint64_t case_no)
{
	struct given from = { .order = { .case_no = case_no } }, *g;
	while ((g = TREE_ENTRY(tree_from(&j->by_case, &from.by_case), struct given, by_case)) &&
	       g->order.case_no == case_no) {
		tree_del(&j->by_case, &g->by_case);
		obj_drop(j, &g->o);
	}
}

static void
forget_case(struct judge *j, struct kase *c)
{
	order_drop(j, c);
	forget_orders(j, c->no);
	case_forget(j, c);
}

/* A credit's key ends with whose line it was earned on. */
static bool
credit_about(const struct judge *j, const struct obj *o, const struct keep_set *p)
{
	const size_t at = 27;
	if (o->key_len <= at)
		return false;
	if (o->key[26])
		return p->what == KEEP_LINE && strncmp((const char *)o->key + at, p->line, LINE_TEXT - 1) == 0;
	if (p->what != KEEP_ADDRESS)
		return false;
	struct prefix own = policy_subject(policy_find(j->policy, &p->addr), &p->addr);
	return o->key[at] == own.a.fam && memcmp(o->key + at + 1, own.a.b, 16) == 0 &&
	    o->key[at + 17] == own.len;
}

static bool
credit_of(const struct obj *o, const struct keep_set *p)
{
	return o->key[1] == 'K' && memcmp(o->key + 2, p->key, 24) == 0;
}

/* Entries of that line leave; the lease of an address goes whole when it is the address. */
static void
forget_leases(struct judge *j, const struct keep_set *p)
{
	struct tree_node *n = tree_first(&j->of[STATE_LEASE]), *next;
	for (; n; n = next) {
		next = tree_next(&j->of[STATE_LEASE], n);
		struct leases *l = (struct leases *)TREE_ENTRY(n, struct obj, node);
		int left = 0, was = 0;
		for (int i = 0; i < LEASES_EACH; i++) {
			struct lease_seen *s = &l->lease[i];
			if (!s->line[0])
				continue;
			was++;
			bool goes = p->what == KEEP_LINE ? strncmp(s->line, p->line, sizeof(s->line)) == 0
							 : addr_eq(&s->addr, &p->addr);
			if (!goes)
				l->lease[left++] = *s;
		}
		if (left == was)
			continue;
		for (int i = left; i < LEASES_EACH; i++)
			l->lease[i] = (struct lease_seen){ 0 };
		if (left)
			obj_touch(j, &l->o);
		else
			obj_drop(j, &l->o);
	}
}

/* What own flows saw answer at the address. */
static void
forget_answers(struct judge *j, const struct keep_set *p)
{
	struct prefix own = policy_subject(policy_find(j->policy, &p->addr), &p->addr);
	struct tree_node *n = tree_first(&j->of[STATE_FLOW]), *next;
	for (; n; n = next) {
		next = tree_next(&j->of[STATE_FLOW], n);
		struct obj *o = TREE_ENTRY(n, struct obj, node);
		if (o->key[0] == own.a.fam && memcmp(o->key + 1, own.a.b, 16) == 0)
			obj_drop(j, o);
	}
}

static void
forget_credits(struct judge *j, const struct keep_set *p)
{
	struct tree_node *n = tree_first(&j->of[STATE_CREDIT]), *next;
	for (; n; n = next) {
		next = tree_next(&j->of[STATE_CREDIT], n);
		struct obj *o = TREE_ENTRY(n, struct obj, node);
		if (p->what == KEEP_REPORTER ? credit_of(o, p) : credit_about(j, o, p))
			obj_drop(j, o);
	}
}

static uint64_t
head_of(const uint8_t key[KEY_BYTES])
{
	uint64_t v = 0;
	for (int i = 0; i < 8; i++)
		v = v << 8 | key[i];
	return v;
}

/* In a case that stays: the reporter's name there is a number nobody has. */
static void
alias_case(struct judge *j, struct kase *c, const struct keep_set *p)
{
	struct key key, alias;
	memcpy(key.b, p->key, KEY_BYTES);
	memcpy(alias.b, p->alias, KEY_BYTES);
	bool any = claims_alias(c, &key, &alias);
	for (int i = 0; i < SLOTS; i++) {
		struct slot *s = &c->slot[i];
		if (!s->used || s->owner != head_of(p->key))
			continue;
		if (s->look.no)
			look_index(j, s, false);
		s->owner = head_of(p->alias);
		if (s->look.no)
			look_index(j, s, true);
		any = true;
	}
	if (any)
		obj_touch(j, &c->o);
}

static void
forget_reporter(struct judge *j, const struct keep_set *p)
{
	struct tree_node *n;
	struct reporter *r =
	    (struct reporter *)obj_find(j, STATE_REPORTER, p->key, KEY_BYTES);
	for (n = tree_first(&j->of[STATE_CASE]); n; n = tree_next(&j->of[STATE_CASE], n))
		alias_case(j, (struct kase *)TREE_ENTRY(n, struct obj, node), p);
	for (n = tree_first(&j->of[STATE_ORDER]); n; n = tree_next(&j->of[STATE_ORDER], n))
		order_alias(j, (struct given *)TREE_ENTRY(n, struct obj, node), p->key, p->alias);
	if (!r)
		return;
	if (r->name)
		tree_del(&j->by_name, &r->by_name);
	if (r->in_stale)
		tree_del(&j->stale, &r->stale);
	obj_drop(j, &r->o);
	j->m.forgotten++;
}

static void
forget_cases(struct judge *j, const struct keep_set *p)
{
	struct tree_node *n = tree_first(&j->of[STATE_CASE]), *next;
	for (; n; n = next) {
		next = tree_next(&j->of[STATE_CASE], n);
		struct kase *c = (struct kase *)TREE_ENTRY(n, struct obj, node);
		if (about(j, c, p))
			forget_case(j, c);
	}
}

/* Holds say nothing to the judge: whoever asks it to forget has looked at them. */
void
forget_said(struct judge *j, const struct keep_set *p, msec now)
{
	(void)now;
	if (p->verb != KEEP_FORGET)
		return;
	if (p->what == KEEP_REPORTER) {
		forget_reporter(j, p);
	} else if (p->what == KEEP_LINE || p->what == KEEP_ADDRESS) {
		forget_cases(j, p);
		forget_leases(j, p);
		if (p->what == KEEP_ADDRESS)
			forget_answers(j, p);
	}
	if (p->what != KEEP_CASE)
		forget_credits(j, p);
}
