/* SPDX-License-Identifier: BSD-2-Clause */
/* What a check teaches about those who reported. True: one credit of 1/k to the k-th group that
 * said so, once per line and family in credit_every. False: only after four closed looks, only
 * where own flows could have cleared the reporter, and from the second false line on. */
#include <stdlib.h>
#include <string.h>

#include "judge/parts.h"

/* The claims of one source and the one of them that may earn. */
struct party {
	struct claim *lead;
	bool pooled, settled;
};

/* The earliest counts; among equals who came first, then the key. */
static bool
earlier(const struct claim *a, const struct claim *b)
{
	if (a->first != b->first)
		return a->first < b->first;
	if (a->first_arrival != b->first_arrival)
		return a->first_arrival < b->first_arrival;
	int c = key_cmp(&a->key, &b->key);
	return c ? c < 0 : a->evidence > b->evidence;
}

/* Within a party our own clock decides: its members may be strangers to each other, one of whom put the
 * other's name on his report, and an event's time is the reporter's word. */
static bool
came_first(const struct claim *a, const struct claim *b)
{
	if (a->first_arrival != b->first_arrival)
		return a->first_arrival < b->first_arrival;
	return earlier(a, b);
}

static void
join(struct party *p, struct claim *a, bool pooled)
{
	p->settled |= a->settled;
	if (p->pooled && !pooled) { /* a proven member leads whatever the unproven ones say */
		p->pooled = false;
		p->lead = a;
	} else if (p->pooled == pooled && came_first(a, p->lead)) {
		p->lead = a;
	}
}

/* Claims into parties. Proven claims group as they do in the score. An unproven claim joins the
 * first party it is linked to, and never welds two: a forged sender must not take a credit away. */
static uint32_t
parties(const struct judge *j, const struct kase *c, msec now, struct party p[CLAIMS])
{
	enum family f = class_row(c->key.cls)->family;
	uint32_t of[CLAIMS], n = 0, todo[CLAIMS], deep;
	bool pooled[CLAIMS];
	for (uint32_t i = 0; i < c->claims_n; i++) {
		of[i] = UINT32_MAX;
		pooled[i] = rank_pooled(j, c->claim[i]->who, f, now);
	}
	for (uint32_t i = 0; i < c->claims_n; i++) {
		if (pooled[i] || of[i] != UINT32_MAX)
			continue;
		p[n] = (struct party){ .lead = c->claim[i] };
		of[i] = n;
		for (todo[0] = i, deep = 1; deep;) {
			struct claim *a = c->claim[todo[--deep]];
			join(&p[n], a, false);
			for (uint32_t k = i + 1; k < c->claims_n; k++) {
				if (pooled[k] || of[k] != UINT32_MAX ||
				    !claims_linked(a, c->claim[k]))
					continue;
				of[k] = n;
				todo[deep++] = k;
			}
		}
		n++;
	}
	for (uint32_t i = 0; i < c->claims_n; i++) {
		if (!pooled[i] || key_is_zero(&c->claim[i]->key))
			continue;
		for (uint32_t k = 0; k < c->claims_n && of[i] == UINT32_MAX; k++)
			if (of[k] != UINT32_MAX && claims_linked(c->claim[i], c->claim[k]))
				of[i] = of[k];
		if (of[i] == UINT32_MAX) {
			of[i] = n++;
			p[of[i]] = (struct party){ .lead = c->claim[i], .pooled = true };
		}
		join(&p[of[i]], c->claim[i], true);
	}
	return n;
}

/* Who a credit is remembered by: the key, and what makes it one source with others. */
static size_t
credit_key(const struct kase *c, enum family f, char tag, const void *whom, size_t n,
    uint8_t key[STATE_KEY])
{
	size_t at = 27;
	memset(key, 0, STATE_KEY);
	key[0] = (uint8_t)f;
	key[1] = (uint8_t)tag;
	memcpy(key + 2, whom, n < 24 ? n : 24);
	key[26] = c->key.line[0] ? 1 : 0;
	if (c->key.line[0]) {
		memcpy(key + at, c->key.line, LINE_TEXT - 1);
		return at + LINE_TEXT - 1;
	}
	key[at++] = c->key.subject.a.fam;
	memcpy(key + at, c->key.subject.a.b, 16);
	key[at + 16] = c->key.subject.len;
	return at + 17;
}

/* All names of one source; the first is the key itself. Operator-given names are theirs alone; an
 * unproven key's AS and sender bar only other unproven keys. */
static int
names(const struct kase *c, const struct party *p, uint8_t key[3][STATE_KEY], size_t n[3])
{
	const struct claim *a = p->lead;
	enum family f = class_row(c->key.cls)->family;
	uint32_t as = a->who && a->who->as ? a->who->as : a->as;
	int k = 0;
	n[k] = credit_key(c, f, 'K', a->key.b, KEY_BYTES, key[k]);
	k++;
	if (as) {
		n[k] = credit_key(c, f, p->pooled ? 'a' : 'A', &(uint8_t[]){ (uint8_t)(as >> 24),
		    (uint8_t)(as >> 16), (uint8_t)(as >> 8), (uint8_t)as }, 4, key[k]);
		k++;
	}
	if (p->pooled) {
		n[k] = credit_key(c, f, 's', a->sender_hash, 16, key[k]);
		k++;
	} else if (a->who && a->who->org) {
		n[k] = credit_key(c, f, 'O', a->who->org, strlen(a->who->org), key[k]);
		k++;
	}
	return k;
}

/* Forgets credits that bar nobody any more. */
static void
prune(struct judge *j, msec now)
{
	struct tree_node *n = tree_first(&j->of[STATE_CREDIT]), *next;
	for (; n; n = next) {
		next = tree_next(&j->of[STATE_CREDIT], n);
		struct credit *c = (struct credit *)TREE_ENTRY(n, struct obj, node);
		if (now - c->at > 2 * P(j, credit_every))
			obj_drop(j, &c->o);
	}
}

static void
earn(struct judge *j, struct kase *c, const struct party *p, uint32_t k, msec now)
{
	uint8_t key[3][STATE_KEY];
	size_t n[3];
	struct reporter *r = p->lead->who;
	enum family f = class_row(c->key.cls)->family;
	if (!r || (p->pooled && (k > (uint64_t)P(j, credit_unproven_k) ||
	    p->lead->first_arrival > c->verified_first)))
		return;
	int names_n = names(c, p, key, n);
	bool before = obj_find(j, STATE_CREDIT, key[0], n[0]) != NULL;
	for (int i = 0; i < names_n; i++) {
		struct credit *x = (struct credit *)obj_find(j, STATE_CREDIT, key[i], n[i]);
		if (x && now - x->at < P(j, credit_every))
			return;
	}
	if (j->of[STATE_CREDIT].count >= CREDITS)
		prune(j, now);
	if (j->of[STATE_CREDIT].count >= CREDITS)
		return; /* full: nobody earns, nobody loses */
	for (int i = 0; i < names_n; i++) {
		struct credit *x = (struct credit *)obj_find(j, STATE_CREDIT, key[i], n[i]);
		if (!x) {
			x = judge_alloc(j, sizeof(*x));
			obj_add(j, &x->o, STATE_CREDIT, key[i], n[i]);
		}
		x->at = now;
		obj_touch(j, &x->o);
	}
	q32 credit = Q32_ONE / k;
	rank_add(j, r, f, credit, 0, now);
	r->rank->family[f].right++;
	/* Only a line one was the first to name counts towards leaving the pool: who copies a
	 * public feed shares in credits (1/2, 1/3), and must not become a source of its own by
	 * that. */
	r->rank->family[f].lines += k == 1 && !before;
	p->lead->k = k;
	tell(j, EVENT_CREDIT, c->no, p->lead->seq, k, credit);
}

static int
by_first(const void *x, const void *y)
{
	const struct party *a = x, *b = y;
	return earlier(a->lead, b->lead) ? -1 : earlier(b->lead, a->lead);
}

/* A source is ordered once; k goes on counting over verifications and relapses. Own sensors neither
 * earn nor take a place. */
void
outcome_true(struct judge *j, struct kase *c, msec now)
{
	struct party p[CLAIMS];
	rank_resolve(j, c);
	uint32_t n = parties(j, c, now, p);
	qsort(p, n, sizeof(p[0]), by_first);
	for (uint32_t i = 0; i < n; i++) {
		struct reporter *r = p[i].lead->who;
		if (p[i].settled || (r && r->standing == STANDING_OWN))
			continue;
		earn(j, c, &p[i], ++c->k, now);
	}
	for (uint32_t i = 0; i < c->claims_n; i++)
		c->claim[i]->settled = true;
	obj_touch(j, &c->o);
}

/* Remembers a line the reporter was wrong about; how many different ones in the window. 0: this
 * line has been counted. */
static uint32_t
wrong_lines(const struct judge *j, struct wrong_line *x, uint64_t line, msec now)
{
	uint32_t n = 1, oldest = 0;
	for (uint32_t i = 0; i < FALSE_LINES; i++) {
		bool inside = x[i].at && now - x[i].at < P(j, false_window);
		if (inside && x[i].line == line)
			return 0;
		n += inside;
		if (x[i].at < x[oldest].at)
			oldest = i;
	}
	x[oldest].line = line;
	x[oldest].at = now;
	return n;
}

/* The desk says it was not so: b += 1 for each who said it, once per line. */
void
outcome_verdict(struct judge *j, struct kase *c, msec now)
{
	enum family f = class_row(c->key.cls)->family;
	rank_resolve(j, c);
	for (uint32_t i = 0; i < c->claims_n; i++) {
		struct claim *a = c->claim[i];
		if (!a->who || a->who->pinned || a->who->standing == STANDING_OWN || a->wrong)
			continue;
		rank_add(j, a->who, f, 0, 0, now);
		uint32_t n = wrong_lines(j, a->who->rank->wrong[f], line_id(c), now);
		if (n == 0)
			continue;
		a->wrong = a->debited = true;
		a->who->rank->family[f].wrong++;
		rank_add(j, a->who, f, 0, Q32_ONE, now);
		tell(j, EVENT_DEBIT, c->no, a->seq, n, Q32_ONE);
	}
	obj_touch(j, &c->o);
}

void
outcome_take_back(struct judge *j, struct kase *c, msec now)
{
	enum family f = class_row(c->key.cls)->family;
	rank_resolve(j, c);
	for (uint32_t i = 0; i < c->claims_n; i++) {
		struct claim *a = c->claim[i];
		if (!a->debited)
			continue;
		a->wrong = a->debited = false;
		if (!a->who || !a->who->rank)
			continue;
		struct beta *x = &a->who->rank->family[f];
		struct wrong_line *line = a->who->rank->wrong[f];
		rank_add(j, a->who, f, 0, 0, now); /* to today */
		q32 left = q32_decay(now - c->closed_at, P(j, rank_half_life));
		x->b -= left < x->b ? left : x->b;
		x->wrong -= x->wrong > 0;
		for (int k = 0; k < FALSE_LINES; k++)
			if (line[k].line == line_id(c))
				line[k] = (struct wrong_line){ 0 };
	}
	obj_touch(j, &c->o);
}

/* But for what flows say: at the time of the second closed pair. */
static bool
is_false(const struct judge *j, const struct kase *c, const struct slot *s, const struct claim *a,
    msec now)
{
	char then[LINE_TEXT], at[LINE_TEXT];
	if (!a->who || a->who->standing == STANDING_OWN || a->evidence == EVIDENCE_WEAK || a->wrong)
		return false;
	if (a->port != s->port || !addr_eq(&a->subject, &s->target))
		return false;
	if (a->event > s->pair_began || now - a->event > P(j, false_within))
		return false;
	if (!line_of(j, &a->subject, a->event, then) || !line_of(j, &a->subject, now, at) ||
	    strcmp(then, at) != 0 || strcmp(then, c->key.line) != 0)
		return false;
	return !line_answers(j, &a->subject, a->port, a->event);
}

/* Nobody loses without a flow source, nor once something was done. */
static bool
trains(const struct judge *j, const struct kase *c)
{
	return j->policy->flow_source && !c->acted_once && !c->contested && !c->verified;
}

msec
outcome_suspect(const struct judge *j, const struct kase *c, const struct slot *s, msec now)
{
	msec first = MSEC_NEVER;
	rank_resolve(j, c);
	for (uint32_t i = 0; trains(j, c) && i < c->claims_n; i++)
		if (is_false(j, c, s, c->claim[i], now) && c->claim[i]->event < first)
			first = c->claim[i]->event;
	return first;
}

/* The second closed pair was in at s->false_at, and own flows, which covered the line since before the
 * first event, saw no answered exchange either. What was said after that has not been checked. */
void
outcome_false(struct judge *j, struct kase *c, const struct slot *s, msec now)
{
	enum family f = class_row(c->key.cls)->family;
	if (!trains(j, c))
		return;
	rank_resolve(j, c);
	for (uint32_t i = 0; i < c->claims_n; i++) {
		struct claim *a = c->claim[i];
		if (a->event < s->false_event || !is_false(j, c, s, a, s->false_at))
			continue;
		a->wrong = true;
		rank_add(j, a->who, f, 0, 0, now);
		struct beta *x = &a->who->rank->family[f];
		uint32_t n = wrong_lines(j, a->who->rank->wrong[f], line_id(c), now);
		if (n == 0)
			continue;
		x->wrong++;
		q32 cost = n >= (uint64_t)P(j, false_from) ? Q32_ONE : 0;
		rank_add(j, a->who, f, 0, cost, now);
		tell(j, EVENT_DEBIT, c->no, a->seq, n, cost);
	}
	obj_touch(j, &c->o);
}

void
outcome_canary(struct judge *j, struct kase *c, const struct addr *a, uint16_t port, msec from, msec now)
{
	for (uint32_t i = 0; i < c->claims_n; i++) {
		struct claim *x = c->claim[i];
		if (!x->two_way || x->bitten || x->event < from || x->port != port ||
		    !addr_eq(&x->subject, a) || key_is_zero(&x->key))
			continue;
		x->bitten = true;
		rank_canary(j, &(struct canary_hit){ .key = x->key, .when = now }, now);
	}
	obj_touch(j, &c->o);
}
