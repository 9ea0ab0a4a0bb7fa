/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said in a case: one claim per source and grade of evidence, in the order of their keys, as
 * many as may be; and what becomes of them when the desk merges two cases. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/parts.h"

#define OLD_CLAIM 5    /* half-lives after which a claim counts no more */
#define MERGES    1000 /* longest chain of merged cases that is followed */

static int
claim_cmp(const struct claim *a, const struct claim *b)
{
	int c = key_cmp(&a->key, &b->key);
	if (c == 0 && key_is_zero(&a->key)) {
		c = addr_cmp(&a->from, &b->from);
		if (c == 0)
			c = memcmp(a->sender_hash, b->sender_hash, sizeof(a->sender_hash));
	}
	if (c == 0)
		c = (int)a->evidence - (int)b->evidence;
	return c ? c : a->home < b->home ? -1 : a->home > b->home;
}

static struct claim *
claim_take(struct judge *j, struct kase *c, uint32_t at)
{
	struct claim *x = c->claim[at];
	c->claims_n--;
	j->claims--;
	memmove(&c->claim[at], &c->claim[at + 1], (c->claims_n - at) * sizeof(c->claim[0]));
	return x;
}

/* Makes room for one more: what is too old to count goes; else, of the pooled claims, the one
 * with the least evidence, then the latest, so that a flood cannot wash out who came first.
 * False: the new one is itself what would go. */
static bool
claim_room(struct judge *j, struct kase *c, const struct claim *a, msec now)
{
	const struct class_row *row = class_row(c->key.cls);
	uint32_t most = j->claims < CLAIMS_ALL ? CLAIMS : CLAIMS_LEAST;
	int worst = -1;
	if (c->claims_n < most)
		return true;
	rank_resolve(j, c);
	for (uint32_t i = c->claims_n; i-- > 0;)
		if (now - c->claim[i]->event > OLD_CLAIM * row->half_life)
			free(claim_take(j, c, i));
	if (c->claims_n < most)
		return true;
	for (uint32_t i = 0; i < c->claims_n; i++) {
		const struct claim *x = c->claim[i], *w = worst < 0 ? NULL : c->claim[worst];
		if (!rank_pooled(j, x->who, row->family, now))
			continue;
		if (!w || x->evidence < w->evidence ||
		    (x->evidence == w->evidence && x->first_arrival > w->first_arrival))
			worst = (int)i;
	}
	j->m.claims_dropped++;
	if (worst < 0 || (rank_pooled(j, a->who, row->family, now) &&
	    a->evidence <= c->claim[worst]->evidence))
		return false;
	free(claim_take(j, c, (uint32_t)worst));
	return true;
}

/* Where a stands among the claims, or would. */
static uint32_t
claim_place(const struct kase *c, const struct claim *a)
{
	uint32_t low = 0, high = c->claims_n;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (claim_cmp(a, c->claim[mid]) > 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
claim_put(struct judge *j, struct kase *c, struct claim *x)
{
	uint32_t low = claim_place(c, x);
	memmove(&c->claim[low + 1], &c->claim[low], (c->claims_n - low) * sizeof(c->claim[0]));
	c->claim[low] = x;
	c->claims_n++;
	j->claims++;
}

/* Adds a report to its key's claim of that grade, or makes one. The newest event counts for weight,
 * the first for the order of credits. NULL: the case is full. */
struct claim *
claim_join(struct judge *j, struct kase *c, const struct report *p, struct reporter *who,
    uint64_t home, msec event, msec now)
{
	msec said = now - (who ? who->delay : 0) - P(j, arrival_slack);
	struct claim a = { .key = p->key, .who = who, .from = p->from, .subject = p->subject,
		.as = p->origin_as, .reports = 1, .port = p->port, .evidence = (uint8_t)p->evidence,
		.event = event, .arrival = now, .first = event > said ? event : said,
		.first_arrival = now, .seq = j->seq, .home = home, .two_way = p->two_way_claim };
	memcpy(a.evidence_hash, p->evidence_hash, sizeof(a.evidence_hash));
	memcpy(a.sender_hash, p->sender_hash, sizeof(a.sender_hash));
	uint32_t low = claim_place(c, &a);
	if (low < c->claims_n && claim_cmp(&a, c->claim[low]) == 0) {
		struct claim *x = c->claim[low];
		a.first = x->first;
		a.first_arrival = x->first_arrival;
		a.settled = x->settled;
		a.debited = x->debited;
		a.k = x->k;
		a.reports = x->reports + 1;
		a.event = x->event > event ? x->event : event;
		*x = a;
		return x;
	}
	if (!claim_room(j, c, &a, now))
		return NULL;
	struct claim *x = judge_alloc(j, sizeof(*x));
	*x = a;
	claim_put(j, c, x);
	return x;
}

static int
by_claim(const void *a, const void *b)
{
	return claim_cmp(*(struct claim *const *)a, *(struct claim *const *)b);
}

bool
claims_alias(struct kase *c, const struct key *key, const struct key *alias)
{
	bool any = false;
	for (uint32_t i = 0; i < c->claims_n; i++) {
		struct claim *x = c->claim[i];
		if (key_cmp(&x->key, key) != 0)
			continue;
		x->key = *alias;
		x->who = NULL;
		x->from = (struct addr){ 0 };
		memset(x->sender_hash, 0, sizeof(x->sender_hash));
		any = true;
	}
	if (any) /* no two of them are equal, so there is one order only */
		qsort(c->claim, c->claims_n, sizeof(c->claim[0]), by_claim);
	return any;
}

/* Where what is said about c counts: itself, or the case it is merged into, and that one's. A case that
 * is gone, or a chain without an end, merges nothing. */
struct kase *
merge_root(const struct judge *j, struct kase *c)
{
	struct kase *at = c;
	for (int i = 0; i < MERGES; i++) {
		if (!at->merged_into)
			return at;
		at = case_by_no(j, at->merged_into);
		if (!at)
			break;
	}
	return c;
}

/* c is where claims made about `home` went on their way. */
static bool
on_the_way(const struct judge *j, uint64_t home, const struct kase *c)
{
	const struct kase *at = home ? case_by_no(j, home) : NULL;
	for (int i = 0; at && i < MERGES; i++) {
		if (at == c)
			return true;
		at = at->merged_into ? case_by_no(j, at->merged_into) : NULL;
	}
	return false;
}

/* Takes x into c; what finds no room is dropped, as a report would be. */
static void
claim_move(struct judge *j, struct kase *from, uint32_t i, struct kase *to, uint64_t home, msec now)
{
	struct claim *x = claim_take(j, from, i);
	from->reports -= x->reports < from->reports ? x->reports : from->reports;
	to->reports += x->reports;
	if (x->arrival > to->last_report)
		to->last_report = x->arrival;
	x->home = home;
	uint32_t at = claim_place(to, x);
	bool twin = at < to->claims_n && claim_cmp(x, to->claim[at]) == 0;
	if (twin || !claim_room(j, to, x, now))
		free(x);
	else
		claim_put(j, to, x);
}

int
merge_refused(const struct judge *j, struct kase *c, struct kase *into)
{
	if (c->merged_into && merge_root(j, c) != c)
		return -EALREADY;
	if (c->key.cls != into->key.cls || c->pop.lines || into->pop.lines)
		return -EXDEV; /* rank and checks are by class; a victim is nobody's line */
	return c == into || merge_root(j, into) == c ? -ELOOP : 0;
}

struct kase *
merge_claims(struct judge *j, struct kase *c, struct kase *into, msec now)
{
	struct kase *root = merge_root(j, into);
	rank_resolve(j, c);
	for (uint32_t i = c->claims_n; i-- > 0;)
		claim_move(j, c, i, root, c->claim[i]->home ? c->claim[i]->home : c->no, now);
	c->merged_into = into->no;
	return root;
}

void
unmerge_claims(struct judge *j, struct kase *c, msec now)
{
	struct kase *root = merge_root(j, c);
	if (root != c)
		rank_resolve(j, root);
	for (uint32_t i = root == c ? 0 : root->claims_n; i-- > 0;) {
		uint64_t home = root->claim[i]->home;
		if (on_the_way(j, home, c))
			claim_move(j, root, i, c, home == c->no ? 0 : home, now);
	}
	obj_touch(j, &root->o);
	c->merged_into = 0;
}
