/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose address it was at a time (leases, or a policy that names the line), and whether own
 * flows saw it answer. Both tables are ours to fill; flows still have a cap, since strangers
 * cause them. */
#include <stdlib.h>
#include <string.h>

#include "judge/parts.h"

static size_t
addr_key(const struct addr *a, uint8_t key[STATE_KEY])
{
	key[0] = a->fam;
	memcpy(key + 1, a->b, sizeof(a->b));
	return 1 + sizeof(a->b);
}

/* The line behind an address at a time. False: not attributable; then only a kind of line that
 * never needs a lease may be acted on, as its subject. */
bool
line_of(const struct judge *j, const struct addr *a, msec when, char line[LINE_TEXT])
{
	const struct policy_row *row = policy_find(j->policy, a);
	uint8_t key[STATE_KEY];
	memset(line, 0, LINE_TEXT);
	if (!row)
		return false;
	if (!kind_row(row->kind)->needs_lease) {
		memcpy(line, row->line, strnlen(row->line, LINE_TEXT - 1));
		return true;
	}
	struct leases *l = (struct leases *)obj_find(j, STATE_LEASE, key, addr_key(a, key));
	for (int i = 0; l && i < LEASES_EACH; i++) {
		const struct lease_seen *s = &l->lease[i];
		if (s->line[0] && s->from <= when && when < s->to) {
			memcpy(line, s->line, strnlen(s->line, LINE_TEXT - 1));
			return true;
		}
	}
	return false;
}

/* The newest lease ends the one before it; the same start again is an update. */
void
line_lease(struct judge *j, const struct lease_seen *s)
{
	uint8_t key[STATE_KEY];
	size_t n = addr_key(&s->addr, key);
	if (!policy_find(j->policy, &s->addr))
		return;
	struct leases *l = (struct leases *)obj_find(j, STATE_LEASE, key, n);
	if (!l) {
		l = judge_alloc(j, sizeof(*l));
		obj_add(j, &l->o, STATE_LEASE, key, n);
	}
	int at = 0;
	while (at < LEASES_EACH && l->lease[at].line[0] && l->lease[at].from > s->from)
		at++;
	if (at == LEASES_EACH)
		return; /* older than all we keep */
	if (!l->lease[at].line[0] || l->lease[at].from != s->from)
		memmove(&l->lease[at + 1], &l->lease[at],
		    (size_t)(LEASES_EACH - 1 - at) * sizeof(l->lease[0]));
	l->lease[at] = (struct lease_seen){ .addr = s->addr, .from = s->from, .to = s->to };
	memcpy(l->lease[at].line, s->line, strnlen(s->line, LINE_TEXT - 1));
	for (int i = at; i < LEASES_EACH; i++) {
		struct lease_seen *e = &l->lease[i];
		if (i > 0 && e->line[0] && e->to > l->lease[i - 1].from)
			e->to = l->lease[i - 1].from;
	}
	obj_touch(j, &l->o);
}

static size_t
answer_key(const struct judge *j, const struct addr *a, uint16_t port, uint8_t key[STATE_KEY])
{
	struct prefix p = policy_subject(policy_find(j->policy, a), a);
	size_t n = addr_key(&p.a, key);
	key[n++] = p.len;
	key[n++] = (uint8_t)(port >> 8);
	key[n++] = (uint8_t)port;
	return n;
}

/* What is older than a day clears nobody any more. At most once an hour: it walks the table. */
static void
prune(struct judge *j)
{
	msec hour = j->m.now / MSEC_HOUR;
	struct tree_node *n = tree_first(&j->of[STATE_FLOW]), *next;
	if (j->m.pruned_hour == hour)
		return;
	j->m.pruned_hour = hour;
	for (; n; n = next) {
		next = tree_next(&j->of[STATE_FLOW], n);
		struct answers *s = (struct answers *)TREE_ENTRY(n, struct obj, node);
		if (s->at[0] < j->m.now - MSEC_DAY)
			obj_drop(j, &s->o);
	}
}

static struct answers *
answers_at(struct judge *j, const uint8_t *key, size_t n)
{
	struct answers *s = (struct answers *)obj_find(j, STATE_FLOW, key, n);
	if (!s && j->of[STATE_FLOW].count >= FLOWS)
		prune(j);
	if (s || j->of[STATE_FLOW].count >= FLOWS)
		return s; /* full: what is not kept cannot clear anyone, and costs no one rank below */
	s = judge_alloc(j, sizeof(*s));
	obj_add(j, &s->o, STATE_FLOW, key, n);
	return s;
}

/* Kept under its port, and under port 0 for reports that name none. */
void
line_answered(struct judge *j, const struct flow_seen *f, msec when)
{
	for (int any = 0; any < 2; any++) {
		uint8_t key[STATE_KEY];
		struct answers *s = answers_at(j, key,
		    answer_key(j, &f->subject, any ? 0 : f->port, key));
		if (!s || (any && f->port == 0))
			continue;
		memmove(&s->at[1], &s->at[0], (ANSWERS_EACH - 1) * sizeof(s->at[0]));
		s->at[0] = when;
		obj_touch(j, &s->o);
	}
}

/* An answered inbound exchange in the hours around `when`. A full table counts as one: rank is
 * never taken on what was not kept. */
bool
line_answers(const struct judge *j, const struct addr *a, uint16_t port, msec when)
{
	uint8_t key[STATE_KEY];
	const struct answers *s = (struct answers *)obj_find(j, STATE_FLOW, key,
	    answer_key(j, a, port, key));
	if (!s)
		return j->of[STATE_FLOW].count >= FLOWS;
	for (int i = 0; i < ANSWERS_EACH; i++)
		if (s->at[i] && s->at[i] > when - P(j, false_within) &&
		    s->at[i] < when + P(j, false_within))
			return true;
	return false;
}

/* A line as one number, for telling different lines apart (FNV-1a over its canonical name). */
uint64_t
line_id(const struct kase *c)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	uint8_t name[LINE_TEXT + 18];
	memcpy(name, c->key.line, LINE_TEXT);
	name[LINE_TEXT] = c->key.subject.a.fam;
	memcpy(name + LINE_TEXT + 1, c->key.subject.a.b, 16);
	name[LINE_TEXT + 17] = c->key.subject.len;
	for (size_t i = 0; i < sizeof(name); i++)
		h = (h ^ name[i]) * UINT64_C(0x100000001b3);
	return h;
}
