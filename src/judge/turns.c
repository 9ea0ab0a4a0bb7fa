/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose look is next: the order of the queue. Half goes by score; half by turns over the networks (AS)
 * that reported, and inside one over its keys, so that a hundred thousand reports from one place delay
 * another's by one; one in twenty at random, from a hash. What is kept is when each network was last
 * served; all else is an index made again after a restart. It must never lose a look: each stands in all
 * three orders, and a walk comes by each once. */
#include <stdlib.h>
#include <string.h>

#include "judge/parts.h"

#define AUDIT_EACH 20 /* one in so many is drawn */

enum lane { LANE_SCORE, LANE_TURN, LANE_AUDIT };

/* One walk over the queue. */
struct walk {
	uint64_t no;
	uint64_t n;                    /* looks taken by lane so far, on top of those ever done */
	struct tree_node *rank, *audit;
	struct turn *round, **at;      /* networks that still have some, in order; whose is next */
	struct slot *later, **later_end;
	bool begun;                    /* the rounds are laid out */
};

static struct place *
place_of(const struct tree_node *by_turn)
{
	return TREE_ENTRY(by_turn, struct place, by_turn);
}

static size_t
as_key(uint32_t as, uint8_t key[4])
{
	for (int i = 0; i < 4; i++)
		key[i] = (uint8_t)(as >> (24 - 8 * i));
	return 4;
}

static struct turn *
turn_of(const struct judge *j, uint32_t as)
{
	uint8_t key[4];
	return (struct turn *)obj_find(j, STATE_TURN, key, as_key(as, key));
}

/* The first pending look of a network by turn; NULL: none. */
static struct slot *
head(const struct judge *j, uint32_t as)
{
	struct slot at = { .as = as };
	struct place key = { .slot = &at };
	struct place *p = place_of(tree_from(&j->by_turn, &key.by_turn));
	return p && p->slot->as == as ? p->slot : NULL;
}

/* Behind what its owner already waits for; an owner with nothing pending is level with the next due. */
static uint32_t
turn_for(const struct judge *j, uint32_t as, uint64_t owner)
{
	struct slot at = { .as = as, .owner = owner, .turn = UINT32_MAX };
	struct place key = { .slot = &at };
	struct place *last = TREE_ENTRY(tree_from(&j->by_owner, &key.by_owner), struct place, by_owner);
	if (last && last->slot->as == as && last->slot->owner == owner)
		return last->slot->turn + 1;
	struct slot *first = head(j, as);
	return first ? first->turn : 0;
}

static uint64_t
owner_of(const struct key *key)
{
	uint64_t owner = 0;
	for (int i = 0; i < 8; i++)
		owner = owner << 8 | key->b[i];
	return owner;
}

/* Whom the look is for. While it is pending, another who reports the same takes it where it comes sooner:
 * nobody can keep a look by having named its target first. */
void
turns_own(struct judge *j, struct slot *s, uint32_t as, const struct key *key)
{
	uint64_t owner = owner_of(key);
	if (s->look.no) {
		struct turn *mine = turn_of(j, as), *theirs = turn_of(j, s->as);
		bool fewer = as != s->as && theirs && (!mine || mine->pending + 1 < theirs->pending);
		bool sooner = as == s->as && turn_for(j, as, owner) < s->turn;
		if (!fewer && !sooner)
			return;
		look_index(j, s, false);
	}
	s->as = as;
	s->owner = owner;
	if (!s->look.no)
		return;
	turns_begin(j, s);
	look_index(j, s, true);
}

void
turns_begin(struct judge *j, struct slot *s)
{
	s->turn = turn_for(j, s->as, s->owner);
}

static struct net *
net_of(struct judge *j, const struct addr *a)
{
	struct net want = { .prefix = prefix_of(a, NET_OF(a)) };
	struct net *n = TREE_ENTRY(tree_find(&j->nets, &want.node), struct net, node);
	if (n)
		return n;
	n = judge_alloc(j, sizeof(*n));
	n->prefix = want.prefix;
	tree_add(&j->nets, &n->node);
	return n;
}

/* A lot nobody chooses: from the look's number and whose it is. */
static uint64_t
draw(const struct slot *s)
{
	uint64_t z = (s->look.no + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ s->owner;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void
into(struct judge *j, struct slot *s)
{
	struct turn *t = turn_of(j, s->as);
	struct place *p = s->place = judge_alloc(j, sizeof(*p));
	uint8_t key[4];
	if (!t) {
		t = judge_alloc(j, sizeof(*t));
		t->as = s->as;
		t->served = j->m.turns;
		obj_add(j, &t->o, STATE_TURN, key, as_key(s->as, key));
	}
	if (t->pending++ == 0)
		tree_add(&j->turns, &t->by_served);
	p->slot = s;
	p->of = t;
	p->net = net_of(j, &s->target);
	p->net->pending++;
	p->audit = draw(s);
	tree_add(&j->by_turn, &p->by_turn);
	tree_add(&j->by_owner, &p->by_owner);
	tree_add(&j->by_audit, &p->by_audit);
}

static void
out(struct judge *j, struct slot *s)
{
	struct place *p = s->place;
	tree_del(&j->by_turn, &p->by_turn);
	tree_del(&j->by_owner, &p->by_owner);
	tree_del(&j->by_audit, &p->by_audit);
	if (--p->of->pending == 0) {
		tree_del(&j->turns, &p->of->by_served);
		obj_drop(j, &p->of->o);
	}
	if (--p->net->pending == 0) {
		tree_del(&j->nets, &p->net->node);
		free(p->net);
	}
	free(p);
	s->place = NULL;
}

void
turns_index(struct judge *j, struct slot *s, bool in)
{
	(in ? into : out)(j, s);
}

void
turns_served(struct judge *j, struct slot *s)
{
	struct turn *t = s->place->of;
	tree_del(&j->turns, &t->by_served);
	t->served = ++j->m.turns;
	tree_add(&j->turns, &t->by_served);
	obj_touch(j, &t->o);
}

struct walk *
turns_walk(struct judge *j)
{
	return judge_alloc(j, sizeof(struct walk));
}

void
turns_free(struct judge *j)
{
	struct tree_node *n;
	while ((n = j->by_turn.root) != NULL) {
		tree_del(&j->by_turn, n);
		free(place_of(n));
	}
	while ((n = j->nets.root) != NULL) {
		tree_del(&j->nets, n);
		free(TREE_ENTRY(n, struct net, node));
	}
	free(j->walk);
}

static struct place *
ranked(const struct tree_node *by_rank)
{
	struct slot *s = TREE_ENTRY(by_rank, struct slot, by_rank);
	return s ? s->place : NULL;
}

static struct place *
next_ranked(const struct judge *j, struct walk *w)
{
	struct place *p;
	while ((p = ranked(w->rank)) && p->walk == w->no)
		w->rank = tree_next(&j->queue, w->rank);
	return p;
}

static struct place *
next_drawn(const struct judge *j, struct walk *w)
{
	struct place *p;
	while ((p = TREE_ENTRY(w->audit, struct place, by_audit)) && p->walk == w->no)
		w->audit = tree_next(&j->by_audit, w->audit);
	return p;
}

static void
lay_out(const struct judge *j, struct walk *w)
{
	struct turn **end = &w->round;
	for (struct tree_node *n = tree_first(&j->turns); n; n = tree_next(&j->turns, n)) {
		struct turn *t = TREE_ENTRY(n, struct turn, by_served);
		t->next = head(j, t->as);
		*end = t;
		end = &t->link;
	}
	*end = NULL;
	w->at = &w->round;
	w->begun = true;
}

/* One look of the network whose turn it is; then it is the next one's. */
static struct place *
next_turn(const struct judge *j, struct walk *w)
{
	if (!w->begun)
		lay_out(j, w);
	while (w->round) {
		struct turn *t = *w->at;
		if (!t) {
			w->at = &w->round;
			continue;
		}
		while (t->next && t->next->place->walk == w->no) {
			struct place *p = place_of(tree_next(&j->by_turn, &t->next->place->by_turn));
			t->next = p && p->of == t ? p->slot : NULL;
		}
		if (t->next) {
			w->at = &t->link;
			return t->next->place;
		}
		*w->at = t->link; /* it has no more */
	}
	return NULL;
}

static enum lane
lane_of(uint64_t n)
{
	return n % AUDIT_EACH == AUDIT_EACH - 1 ? LANE_AUDIT : n % 2 ? LANE_TURN : LANE_SCORE;
}

static struct place *
next(const struct judge *j, struct walk *w)
{
	struct place *p = next_ranked(j, w);
	if (!p || p->slot->look.urgent)
		return p;
	switch (lane_of(w->n++)) {
	case LANE_TURN: return next_turn(j, w);
	case LANE_AUDIT: return next_drawn(j, w);
	case LANE_SCORE: break;
	}
	return p;
}

/* Its network has as much in flight as it may while others wait. */
static bool
enough(struct walk *w, struct place *p)
{
	struct net *n = p->net;
	if (n->walk != w->no)
		n->walked = 0;
	n->walk = w->no;
	if (n->walked++ < NET_LOOKS || p->slot->look.urgent)
		return false;
	*w->later_end = p->slot;
	p->later = NULL;
	w->later_end = &p->later;
	return true;
}

/* The lanes alternate over what was ever done, too: who takes one at a time gets of all of them. */
static void
start(const struct judge *j, struct walk *w)
{
	*w = (struct walk){ .no = w->no + 1, .n = j->m.looks, .rank = tree_first(&j->queue),
		.audit = tree_first(&j->by_audit) };
	w->later_end = &w->later;
}

bool
judge_pending(const struct judge *j, size_t *it, struct look *ret)
{
	struct walk *w = j->walk;
	struct place *p;
	if (*it == 0)
		start(j, w);
	*it = 1;
	while ((p = next(j, w)) != NULL) {
		p->walk = w->no;
		if (enough(w, p))
			continue;
		*ret = p->slot->look;
		return true;
	}
	if (!w->later)
		return false;
	*ret = w->later->look;
	w->later = w->later->place->later;
	return true;
}
