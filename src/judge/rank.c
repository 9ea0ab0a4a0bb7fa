/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is to be believed: a Beta count per reporter and class family. What outcomes earned decays to
 * the start with a half-life; the start and the way out of the pool follow the standing, which only
 * the operator gives. Nothing a report says about its sender is believed here. */
#include <stdlib.h>
#include <string.h>

#include "judge/parts.h"

#define DELAY_MOST (90 * MSEC_DAY) /* nobody delivers later */

/* Kept keys that have nothing to lose may be forgotten: no standing, no outcome, no flag. */
static bool
forgettable(const struct reporter *r)
{
	return r->standing == STANDING_KEY && !r->pinned && !r->rank && !r->name &&
	       !r->canary_day && !r->flags;
}

void
rank_stale(struct judge *j, struct reporter *r)
{
	bool want = forgettable(r);
	if (want == r->in_stale)
		return;
	r->in_stale = want;
	if (want)
		tree_add(&j->stale, &r->stale);
	else
		tree_del(&j->stale, &r->stale);
}

/* Forgets the sixteenth seen longest ago. Claims find their reporter again when next weighed. */
static void
forget(struct judge *j)
{
	size_t n = j->cap_reporters / 16 + 1;
	struct reporter *r;
	for (struct tree_node *t = tree_first(&j->of[STATE_CASE]); t;
	     t = tree_next(&j->of[STATE_CASE], t)) {
		struct kase *c = (struct kase *)TREE_ENTRY(t, struct obj, node);
		for (uint32_t i = 0; i < c->claims_n; i++)
			c->claim[i]->who = NULL;
	}
	while (n-- && (r = TREE_ENTRY(tree_first(&j->stale), struct reporter, stale))) {
		tree_del(&j->stale, &r->stale);
		obj_drop(j, &r->o);
		j->m.forgotten++;
	}
}

/* Fills in claims' reporters where forgetting took them out: who is only a shortcut for the key. */
void
rank_resolve(const struct judge *j, const struct kase *c)
{
	if (j->m.forgotten == 0)
		return;
	for (uint32_t i = 0; i < c->claims_n; i++)
		if (!c->claim[i]->who && !key_is_zero(&c->claim[i]->key))
			c->claim[i]->who = (struct reporter *)obj_find(j, STATE_REPORTER,
			    c->claim[i]->key.b, KEY_BYTES);
}

static struct reporter *
reporter(struct judge *j, const struct key *key, bool always, msec now)
{
	if (key_is_zero(key))
		return NULL;
	struct reporter *r = (struct reporter *)obj_find(j, STATE_REPORTER, key->b, KEY_BYTES);
	if (r)
		return r;
	/* Forgetting walks all cases: only for as many at once as make it worth while. */
	if (j->of[STATE_REPORTER].count >= j->cap_reporters) {
		if (j->stale.count > j->cap_reporters / 16) {
			forget(j);
		} else if (!always) {
			j->m.forgotten++; /* at once: its claims are looked up anew, too */
			return NULL;
		}
	}
	r = judge_alloc(j, sizeof(*r));
	r->first = r->last = now;
	obj_add(j, &r->o, STATE_REPORTER, key->b, KEY_BYTES);
	rank_stale(j, r);
	return r;
}

/* NULL: unsigned, or one key more than are remembered and none to forget: it weighs as unknown. */
struct reporter *
rank_reporter(struct judge *j, const struct key *key, msec now)
{
	return reporter(j, key, false, now);
}

void
rank_seen(struct judge *j, struct reporter *r, const struct report *p, msec now)
{
	if (r->in_stale)
		tree_del(&j->stale, &r->stale);
	r->last = now;
	r->reports++;
	if (r->in_stale)
		tree_add(&j->stale, &r->stale);
	if (strncmp(r->sender ? r->sender : "", p->sender, NAME_TEXT - 1) != 0) {
		free(r->sender);
		r->sender = judge_text(j, p->sender);
	}
	obj_touch(j, &r->o);
}

/* Only the operator gives names, so no stranger makes this index long. */
void
rank_named(struct judge *j, struct reporter *r)
{
	if (r->name)
		tree_add(&j->by_name, &r->by_name);
}

void
rank_set(struct judge *j, const struct reporter_set *s, msec now)
{
	struct reporter *r = reporter(j, &s->key, true, now); /* the operator's word is always kept */
	if (!r)
		return;
	if (r->name)
		tree_del(&j->by_name, &r->by_name);
	free(r->name);
	free(r->org);
	r->name = judge_text(j, s->name);
	rank_named(j, r);
	r->org = judge_text(j, s->org);
	r->standing = s->standing;
	r->pinned = s->pinned;
	r->notify_on_sight = s->notify_on_sight;
	r->pin = s->pin;
	r->delay = s->delay < 0 ? 0 : s->delay < DELAY_MOST ? s->delay : DELAY_MOST;
	r->as = s->as;
	rank_stale(j, r);
	obj_touch(j, &r->o);
}

struct beta
rank_beta(const struct judge *j, const struct reporter *r, enum family f, msec now)
{
	if (!r || !r->rank)
		return (struct beta){ .at = now };
	struct beta x = r->rank->family[f];
	if (x.a || x.b) {
		q32 d = q32_decay(now - x.at, P(j, rank_half_life));
		x.a = q32_mul(x.a, d);
		x.b = q32_mul(x.b, d);
	}
	x.at = now;
	return x;
}

void
rank_start(const struct judge *j, const struct reporter *r, q32 *a, q32 *b)
{
	const struct params *p = &j->policy->params;
	const int64_t starts[STANDING_N][2] = {
		[STANDING_KEY] = { p->start_key_a, p->start_key_b },
		[STANDING_ORG] = { p->start_org_a, p->start_org_b },
		[STANDING_NETWORK] = { p->start_net_a, p->start_net_b },
		[STANDING_OWN] = { p->start_own_a, p->start_own_b },
	};
	unsigned s = r ? r->standing : STANDING_KEY;
	*a = (q32)starts[s][0];
	*b = (q32)starts[s][1];
}

static q32
capped(const struct judge *j, q32 t)
{
	return t < (q32)P(j, cap_group) ? t : (q32)P(j, cap_group);
}

q32
rank_trust_all(const struct judge *j, const struct reporter *r, msec now)
{
	q32 a, b;
	if (r && r->pinned)
		return capped(j, r->pin);
	rank_start(j, r, &a, &b);
	for (int f = 0; f < FAMILY_N; f++) {
		struct beta x = rank_beta(j, r, (enum family)f, now);
		a += x.a;
		b += x.b;
	}
	return capped(j, q32_div(a, a + b));
}

/* A family without an outcome of its own falls back to what is known from all; an unknown key
 * cannot carry rank from one family into another beyond a cap. */
q32
rank_trust(const struct judge *j, const struct reporter *r, enum family f, msec now)
{
	q32 a, b;
	if (r && r->pinned)
		return capped(j, r->pin);
	struct beta x = rank_beta(j, r, f, now);
	if (r && r->rank && x.right + x.wrong == 0 && x.b == 0) {
		q32 t = rank_trust_all(j, r, now);
		if (r->standing == STANDING_KEY && t > (q32)P(j, cap_fallback))
			t = (q32)P(j, cap_fallback);
		return t;
	}
	rank_start(j, r, &a, &b);
	a += x.a;
	b += x.b;
	return capped(j, q32_div(a, a + b));
}

/* Out of the pool: by the operator's word, or by a Beta a earned on enough different lines.
 * Decay only lowers a: most keys are told without computing it. */
bool
rank_pooled(const struct judge *j, const struct reporter *r, enum family f, msec now)
{
	if (!r)
		return true;
	if (r->pinned || r->standing != STANDING_KEY)
		return false;
	if (!r->rank || r->rank->family[f].lines < (uint64_t)P(j, proven_lines) ||
	    (q32)P(j, start_key_a) + r->rank->family[f].a < (q32)P(j, proven_a))
		return true;
	return (q32)P(j, start_key_a) + rank_beta(j, r, f, now).a < (q32)P(j, proven_a);
}

void
rank_add(struct judge *j, struct reporter *r, enum family f, q32 a, q32 b, msec now)
{
	if (!r->rank)
		r->rank = judge_alloc(j, sizeof(*r->rank));
	struct beta x = rank_beta(j, r, f, now);
	x.a += a;
	x.b += b;
	r->rank->family[f] = x;
	rank_stale(j, r);
	obj_touch(j, &r->o);
}

/* Two canaries on different days, and not for a key the operator pinned: then a person decides. */
void
rank_canary(struct judge *j, const struct canary_hit *h, msec now)
{
	struct reporter *r = rank_reporter(j, &h->key, now);
	int64_t day = now / MSEC_DAY + 1;
	if (!r)
		return;
	if (!r->canary_day) {
		r->canary_day = day;
	} else if (r->canary_day != day) {
		r->canary_day = 0;
		r->flags++;
		if (!r->pinned) {
			for (int f = 0; f < FAMILY_N; f++)
				rank_add(j, r, (enum family)f, 0, (q32)P(j, canary_b), now);
			tell(j, EVENT_DEBIT, 0, j->seq, 0, (q32)P(j, canary_b));
		}
	}
	rank_stale(j, r);
	obj_touch(j, &r->o);
}
