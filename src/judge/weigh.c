/* SPDX-License-Identifier: BSD-2-Clause */
/* The score: the chance that at least one independent source is right. Proven sources fall into
 * groups that count their maximum; unproven ones share one pool; one-way evidence has a cap of its
 * own. Unproven claims never join two proven groups: a forged sender must not cost anyone weight. */
#include <string.h>

#include "judge/parts.h"

q32
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

/* Whether two claims are one source, as far as can be told. Own sensors go by kind of evidence. */
bool
claims_linked(const struct judge *j, const struct claim *a, const struct claim *b)
{
	(void)j;
	if (is_own(a) || is_own(b))
		return is_own(a) && is_own(b) && a->evidence == b->evidence;
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

static struct weight
weight_of(const struct judge *j, const struct kase *c, const struct claim *a, msec now)
{
	const struct class_row *row = class_row(c->key.cls);
	struct weight w = { .claim = a, .group = UINT32_MAX };
	msec age = now - a->event - (a->who ? a->who->delay : 0);
	w.pooled = rank_pooled(j, a->who, row->family, now);
	w.weak = a->evidence == EVIDENCE_WEAK;
	w.t = rank_trust(j, a->who, row->family, now);
	w.e = weigh_evidence(j, (enum evidence)a->evidence);
	w.d = q32_decay(age, row->half_life);
	w.w = q32_mul(q32_mul(w.t, w.e), w.d);
	q32 cap = (q32)(w.pooled ? P(j, cap_pool_key) : P(j, cap_group));
	if (w.w > cap)
		w.w = cap;
	return w;
}

/* Marks the members of v[first]'s group: everything linked to it, directly or through another. */
static void
spread(const struct judge *j, struct tally *t, uint32_t first)
{
	uint32_t todo[CLAIMS + 1], n = 0;
	todo[n++] = first;
	t->v[first].group = first;
	while (n) {
		const struct weight *a = &t->v[todo[--n]];
		for (uint32_t i = first + 1; i < t->n; i++) {
			struct weight *b = &t->v[i];
			if (b->pooled || !b->claim || b->group != UINT32_MAX)
				continue;
			if (claims_linked(j, a->claim, b->claim)) {
				b->group = first;
				todo[n++] = i;
			}
		}
	}
}

/* One key counts once in the pool, with its best; so do all unsigned ones of one origin or sender.
 * Claims of a key stand side by side; unsigned ones, few, come first. */
static bool
pool_twin(const struct judge *j, const struct tally *t, uint32_t i)
{
	const struct claim *a = t->v[i].claim;
	bool nameless = key_is_zero(&a->key);
	for (uint32_t k = 0; k < t->n; k++) {
		const struct weight *o = &t->v[k];
		if (k == i || !o->pooled || !o->claim)
			continue;
		if (key_cmp(&o->claim->key, &a->key) != 0)
			continue;
		if (nameless && !claims_linked(j, o->claim, a))
			continue;
		if (o->w > t->v[i].w || (o->w == t->v[i].w && k < i))
			return true;
	}
	return false;
}

/* The same for signed keys without the walk: neighbours only. */
static bool
pool_beaten(const struct judge *j, const struct tally *t, uint32_t i)
{
	const struct claim *a = t->v[i].claim;
	if (key_is_zero(&a->key))
		return pool_twin(j, t, i);
	for (uint32_t k = i; k-- > 0 && t->v[k].claim && key_cmp(&t->v[k].claim->key, &a->key) == 0;)
		if (t->v[k].pooled && t->v[k].w >= t->v[i].w)
			return true;
	for (uint32_t k = i + 1; k < t->n && key_cmp(&t->v[k].claim->key, &a->key) == 0; k++)
		if (t->v[k].pooled && t->v[k].w > t->v[i].w)
			return true;
	return false;
}

/* Fills the pool, two-way and text evidence first, then one-way. */
static void
pool(const struct judge *j, struct tally *t, q32 *strong, q32 *weak)
{
	q32 cap = (q32)P(j, cap_pool), s = 0, w = 0;
	for (uint32_t i = 0; i < t->n; i++) {
		const struct weight *v = &t->v[i];
		if (!v->pooled)
			continue;
		t->pool_reports += v->claim->reports;
		if (pool_beaten(j, t, i))
			continue;
		t->pool_keys++;
		*(v->weak ? &w : &s) += v->w;
	}
	t->pool_raw = s + w;
	*strong = s < cap ? s : cap;
	*weak = w < cap - *strong ? w : cap - *strong;
	t->pool = *strong + *weak;
}

/* One proven group: its strongest member counts. */
static void
group(const struct judge *j, struct tally *t, uint32_t first, q32 *not_strong, q32 *not_weak)
{
	const struct weight *top = &t->v[first];
	bool solid = false, own = false;
	spread(j, t, first);
	for (uint32_t i = first; i < t->n; i++) {
		if (t->v[i].group != first)
			continue;
		solid |= !t->v[i].weak;
		own |= is_own(t->v[i].claim);
		if (t->v[i].w > top->w)
			top = &t->v[i];
	}
	t->groups++;
	t->proven += solid && !own;
	q32 *into = top->weak ? not_weak : not_strong;
	*into = q32_mul(*into, q32_not(top->w));
}

void
weigh(const struct judge *j, const struct kase *c, msec now, struct tally *t)
{
	q32 strong = 0, weak = 0, not_strong = Q32_ONE, not_weak = Q32_ONE, lead = 0;
	memset(t, 0, offsetof(struct tally, v));
	if (c->proof_at) {
		struct weight *w = &t->v[t->n++];
		*w = (struct weight){ .t = (q32)P(j, cap_group), .e = (q32)P(j, ev_strong),
			.d = q32_decay(now - c->proof_at, class_row(c->key.cls)->half_life) };
		q32 own = q32_div((q32)P(j, start_own_a), (q32)(P(j, start_own_a) + P(j, start_own_b)));
		if (own < w->t)
			w->t = own;
		w->w = q32_mul(q32_mul(w->t, w->e), w->d);
		t->groups++;
		not_strong = q32_not(w->w);
	}
	for (uint32_t i = 0; i < c->claims_n; i++) {
		struct weight *w = &t->v[t->n++];
		*w = weight_of(j, c, c->claim[i], now);
		if (!is_own(w->claim) && (!t->lead || w->w > lead)) {
			t->lead = w->claim;
			lead = w->w;
		}
		t->on_sight |= !w->pooled && w->claim->who->notify_on_sight;
	}
	for (uint32_t i = 0; i < t->n; i++)
		if (t->v[i].claim && !t->v[i].pooled && t->v[i].group == UINT32_MAX)
			group(j, t, i, &not_strong, &not_weak);
	pool(j, t, &strong, &weak);
	t->weak_raw = q32_not(q32_mul(q32_not(weak), not_weak));
	t->weak = t->weak_raw < (q32)P(j, cap_weak) ? t->weak_raw : (q32)P(j, cap_weak);
	t->score = q32_not(q32_mul(q32_mul(q32_not(t->weak), q32_not(strong)), not_strong));
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
