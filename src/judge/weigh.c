/* SPDX-License-Identifier: BSD-2-Clause */
/* The score: the chance that at least one independent source is right. Proven sources fall into
 * groups that count their maximum; unproven ones share one pool; one-way evidence has a cap of
 * its own. Unproven claims never join two proven groups: a forged sender must not cost anyone
 * weight. */
#include <string.h>

#include "judge/parts.h"

static q32
weigh_evidence(const struct judge *j, enum evidence e)
{
	return (q32)(e == EVIDENCE_STRONG ? P(j, ev_strong)
	        : e == EVIDENCE_TEXT      ? P(j, ev_text)
	                                  : P(j, ev_weak));
}

static bool
is_set(const uint8_t h[16])
{
	static const uint8_t zero[16];
	return memcmp(h, zero, 16) != 0;
}

static bool
is_own(const struct claim *a)
{
	return a->who && a->who->standing == STANDING_OWN;
}

static uint32_t
as_of(const struct claim *a)
{
	return a->who && a->who->as ? a->who->as : a->as;
}

/* Whether two claims are one source, as far as can be told. Own sensors go by kind of evidence; one that first
 * saw little and then more is one all the same. */
bool
claims_linked(const struct claim *a, const struct claim *b)
{
	if (is_own(a) || is_own(b))
		return is_own(a) && is_own(b) &&
		    (a->evidence == b->evidence || key_cmp(&a->key, &b->key) == 0);
	bool unsigned_a = key_is_zero(&a->key), unsigned_b = key_is_zero(&b->key);
	if (!unsigned_a && key_cmp(&a->key, &b->key) == 0)
		return true;
	if (unsigned_a && unsigned_b && addr_eq(&a->from, &b->from))
		return true;
	if (a->who && b->who && a->who->org && b->who->org && strcmp(a->who->org, b->who->org) == 0)
		return true;
	if (as_of(a) && as_of(a) == as_of(b))
		return true;
	if (is_set(a->evidence_hash) && memcmp(a->evidence_hash, b->evidence_hash, 16) == 0)
		return true;
	return is_set(a->sender_hash) && memcmp(a->sender_hash, b->sender_hash, 16) == 0;
}

static msec
age_of(const struct claim *a, msec now)
{
	return now - a->event - (a->who ? a->who->delay : 0);
}

/* D of one claim, which the score does not always need. */
q32
weigh_decay(const struct kase *c, const struct claim *a, msec now)
{
	return q32_decay(age_of(a, now), class_row(c->key.cls)->half_life);
}

/* Weighs v->claim, of which is known whether it is pooled. */
static void
weigh_one(const struct judge *j, const struct kase *c, struct weight *v, msec now)
{
	const struct class_row *row = class_row(c->key.cls);
	msec age = age_of(v->claim, now);
	q32 cap = (q32)(v->pooled ? P(j, cap_pool_key) : P(j, cap_group));
	v->t = rank_trust(j, v->claim->who, row->family, now);
	v->e = weigh_evidence(j, (enum evidence)v->claim->evidence);
	q32 te = q32_mul(v->t, v->e);
	/* Within one half-life D is at least one half: most of a flood needs no more than this. */
	if (v->pooled && age < row->half_life && te / 2 >= cap) {
		v->w = cap;
		return;
	}
	v->d = q32_decay(age, row->half_life);
	v->w = q32_mul(te, v->d);
	if (v->w > cap)
		v->w = cap;
}

q32
weigh_claim(const struct judge *j, const struct kase *c, const struct claim *a, msec now)
{
	struct weight v = { .claim = a };
	v.pooled = rank_pooled(j, a->who, class_row(c->key.cls)->family, now);
	weigh_one(j, c, &v, now);
	return v.w;
}

/* Marks the members of v[first]'s group: everything linked to it, directly or through another. */
static void
spread(struct tally *t, uint32_t first)
{
	uint32_t todo[CLAIMS + 1], n = 0;
	todo[n++] = first;
	t->v[first].group = first;
	while (n) {
		const struct weight *a = &t->v[todo[--n]];
		for (uint32_t i = first + 1; i < t->n; i++) {
			struct weight *b = &t->v[i];
			if (b->pooled || b->group != UINT32_MAX)
				continue;
			if (claims_linked(a->claim, b->claim)) {
				b->group = first;
				todo[n++] = i;
			}
		}
	}
}

/* Unsigned claims of one origin or sender count once, with their best; they stand first in the
 * case. */
static bool
nameless_beaten(const struct tally *t, uint32_t i)
{
	const struct weight *v = &t->v[i];
	for (uint32_t k = 0; k < t->n; k++) {
		const struct weight *o = &t->v[k];
		if (k == i || !o->claim || !o->pooled)
			continue;
		if (!key_is_zero(&o->claim->key))
			return false;
		if (claims_linked(o->claim, v->claim) &&
		    (o->w > v->w || (o->w == v->w && k < i)))
			return true;
	}
	return false;
}

/* Fills the pool, each key with its best claim; two-way and text evidence first, then one-way.
 * Unless all is asked for, the walk ends when the pool is full: the rest cannot change the
 * score. */
static void
pool(const struct judge *j, const struct kase *c, struct tally *t, bool all, msec now, q32 *strong,
    q32 *weak)
{
	q32 cap = (q32)P(j, cap_pool), s = 0, w = 0;
	for (uint32_t i = 0; i < t->n && key_is_zero(&t->v[i].claim->key); i++)
		weigh_one(j, c, &t->v[i], now);
	for (uint32_t i = 0, next; i < t->n && (all || s < cap); i = next) {
		struct weight *v = &t->v[i], *best = v;
		next = i + 1;
		if (!v->claim || !v->pooled)
			continue;
		t->pool_reports += v->claim->reports;
		if (key_is_zero(&v->claim->key)) {
			if (nameless_beaten(t, i))
				continue;
		} else {
			weigh_one(j, c, v, now);
		}
		for (; next < t->n && !key_is_zero(&v->claim->key) &&
		     key_cmp(&t->v[next].claim->key, &v->claim->key) == 0; next++) {
			weigh_one(j, c, &t->v[next], now);
			t->pool_reports += t->v[next].claim->reports;
			if (t->v[next].w > best->w)
				best = &t->v[next];
		}
		t->pool_keys++;
		*(best->weak ? &w : &s) += best->w;
	}
	t->pool_raw = s + w;
	*strong = s < cap ? s : cap;
	*weak = w < cap - *strong ? w : cap - *strong;
	t->pool = *strong + *weak;
}

/* One proven group: its strongest member counts. */
static void
group(struct tally *t, uint32_t first, q32 *not_strong, q32 *not_weak)
{
	const struct weight *top = &t->v[first];
	bool solid = false, own = false, network = false;
	spread(t, first);
	for (uint32_t i = first; i < t->n; i++) {
		if (t->v[i].group != first)
			continue;
		solid |= !t->v[i].weak;
		own |= is_own(t->v[i].claim);
		network |= t->v[i].claim->who && t->v[i].claim->who->standing == STANDING_NETWORK;
		if (t->v[i].w > top->w)
			top = &t->v[i];
	}
	t->groups++;
	t->proven += solid && !own;
	t->solid += solid;
	t->networks += network;
	q32 *into = top->weak ? not_weak : not_strong;
	*into = q32_mul(*into, q32_not(top->w));
}

static void
own_probe(const struct judge *j, const struct kase *c, msec now, struct tally *t)
{
	q32 own = q32_div((q32)P(j, start_own_a), (q32)(P(j, start_own_a) + P(j, start_own_b)));
	struct weight *v = &t->v[t->n++];
	*v = (struct weight){ .t = (q32)P(j, cap_group), .e = (q32)P(j, ev_strong),
		.d = q32_decay(now - c->proof_at, class_row(c->key.cls)->half_life) };
	if (own < v->t)
		v->t = own;
	v->w = q32_mul(q32_mul(v->t, v->e), v->d);
	t->groups++;
}

static void
weigh_all(const struct judge *j, const struct kase *c, bool all, msec now, struct tally *t)
{
	q32 strong = 0, weak = 0, not_strong = Q32_ONE, not_weak = Q32_ONE, lead = 0;
	enum family f = class_row(c->key.cls)->family;
	memset(t, 0, offsetof(struct tally, v));
	rank_resolve(j, c);
	for (uint32_t i = 0; i < c->claims_n; i++) {
		struct weight *v = &t->v[t->n++];
		*v = (struct weight){ .claim = c->claim[i], .group = UINT32_MAX,
			.weak = c->claim[i]->evidence == EVIDENCE_WEAK };
		v->pooled = rank_pooled(j, v->claim->who, f, now);
		if (!v->pooled)
			weigh_one(j, c, v, now);
		/* The strongest proven claim leads, else the first of the pool. */
		if (!is_own(v->claim) && (!t->lead || (!v->pooled && v->w > lead))) {
			t->lead = v->claim;
			lead = v->pooled ? 0 : v->w;
		}
		t->on_sight |= !v->pooled && (v->claim->who->notify_on_sight >> c->key.cls & 1);
	}
	for (uint32_t i = 0; i < t->n; i++)
		if (!t->v[i].pooled && t->v[i].group == UINT32_MAX)
			group(t, i, &not_strong, &not_weak);
	pool(j, c, t, all, now, &strong, &weak);
	if (c->proof_at) {
		own_probe(j, c, now, t);
		not_strong = q32_mul(not_strong, q32_not(t->v[t->n - 1].w));
	}
	if (c->pop.lines) {
		const q32 grade[] = { (q32)P(j, ev_weak), (q32)P(j, ev_text), (q32)P(j, ev_strong) };
		q32 w = q32_mul((q32)P(j, cap_group), grade[c->pop.source < 3 ? c->pop.source : 0]);
		q32 *into = c->pop.source ? &not_strong : &not_weak;
		*into = q32_mul(*into, q32_not(w));
		t->groups++;
	}
	t->weak_raw = q32_not(q32_mul(q32_not(weak), not_weak));
	t->weak = t->weak_raw < (q32)P(j, cap_weak) ? t->weak_raw : (q32)P(j, cap_weak);
	t->score = q32_not(q32_mul(q32_mul(q32_not(t->weak), q32_not(strong)), not_strong));
}

void
weigh(const struct judge *j, const struct kase *c, msec now, struct tally *ret)
{
	weigh_all(j, c, false, now, ret);
}

void
weigh_full(const struct judge *j, const struct kase *c, msec now, struct tally *ret)
{
	weigh_all(j, c, true, now, ret);
}

q32
weigh_score(const struct judge *j, const struct kase *c, msec now)
{
	struct tally t;
	weigh(j, c, now, &t);
	return t.score;
}

msec
weigh_until(const struct judge *j, const struct kase *c, msec now, q32 limit, msec most)
{
	msec low = 0, high = most / MSEC_MINUTE;
	if (weigh_score(j, c, now + most) >= limit)
		return now + most;
	while (low < high) {
		msec mid = low + (high - low + 1) / 2;
		if (weigh_score(j, c, now + mid * MSEC_MINUTE) >= limit)
			low = mid;
		else
			high = mid - 1;
	}
	return now + low * MSEC_MINUTE;
}
