/* SPDX-License-Identifier: BSD-2-Clause */
/* Joining the two sides of a proof, see join.h. It must never call open what only one side saw. */
#include "lymphd/join.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
cmp(const struct tree_node *a, const struct tree_node *b)
{
	return memcmp(TREE_ENTRY(a, struct join_entry, node)->pair,
	    TREE_ENTRY(b, struct join_entry, node)->pair, sizeof(((struct join_entry *)0)->pair));
}

static int
side_init(struct join_side *s)
{
	tree_init(&s->by_pair, cmp);
	s->ring = calloc(JOIN_CAP, sizeof(*s->ring));
	return s->ring ? 0 : -ENOMEM;
}

int
join_init(struct join *j)
{
	*j = (struct join){ 0 };
	int r = side_init(&j->claims);
	if (r == 0)
		r = side_init(&j->sightings);
	if (r < 0)
		join_free(j);
	return r;
}

void
join_free(struct join *j)
{
	free(j->claims.ring);
	free(j->sightings.ring);
	*j = (struct join){ 0 };
}

static struct join_entry *
oldest(const struct join_side *s)
{
	return s->tail == s->head ? NULL : &s->ring[s->tail % JOIN_CAP];
}

static void
forget(struct join_side *s, struct join_entry *e)
{
	if (!e->used)
		return;
	tree_del(&s->by_pair, &e->node);
	e->used = false;
}

/* Drops what is no longer used from the tail. */
static void
settle(struct join_side *s)
{
	struct join_entry *e;
	while ((e = oldest(s)) != NULL && !e->used)
		s->tail++;
}

static struct join_entry
key_of(const uint8_t token[16], const uint8_t secret[16])
{
	struct join_entry key = { .used = true };
	memcpy(key.pair, token, 16);
	memcpy(key.pair + 16, secret, 16);
	return key;
}

static struct join_entry *
find(struct join_side *s, const struct join_entry *key)
{
	return TREE_ENTRY(tree_find(&s->by_pair, &key->node), struct join_entry, node);
}

/* A place at the head, or NULL when that very pair is there already. The oldest gives way. */
static struct join_entry *
place(struct join_side *s, msec mono, const struct join_entry *key)
{
	if (find(s, key))
		return NULL;
	if (s->head - s->tail == JOIN_CAP) {
		forget(s, oldest(s));
		s->tail++;
		s->evicted++;
	}
	struct join_entry *e = &s->ring[s->head++ % JOIN_CAP];
	*e = *key;
	e->at = mono;
	tree_add(&s->by_pair, &e->node);
	return e;
}

static void
expire_sightings(struct join *j, msec mono)
{
	struct join_entry *e;
	for (settle(&j->sightings); (e = oldest(&j->sightings)) && mono - e->at > JOIN_WAIT;
	     settle(&j->sightings))
		forget(&j->sightings, e);
}

static void
proven(struct join *j, struct look_result *r, const struct addr *egress)
{
	r->egress = *egress;
	r->verdict = VERDICT_OPEN;
	r->reason = REASON_NONE;
	j->pairs++;
}

static void
not_proven(struct join *j, struct look_result *r)
{
	r->verdict = VERDICT_INCONCLUSIVE;
	r->reason = REASON_ONE_SIDED;
	r->egress = (struct addr){ 0 };
	j->one_sided++;
}

bool
join_claim(struct join *j, msec mono, const struct msg_look_done *d, struct look_result *ret)
{
	struct look_result r = d->result;
	struct join_entry key = key_of(d->token, d->secret), *e;
	expire_sightings(j, mono);
	if ((e = find(&j->sightings, &key)) != NULL) {
		proven(j, &r, &e->egress);
		forget(&j->sightings, e);
		*ret = r;
		return true;
	}
	if ((e = place(&j->claims, mono, &key)) != NULL) {
		e->result = r;
		return false;
	}
	not_proven(j, &r); /* a pair claimed twice proves nothing */
	*ret = r;
	return true;
}

bool
join_sighting(struct join *j, msec mono, const struct msg_token_seen *t, struct look_result *ret)
{
	struct join_entry key = key_of(t->token, t->secret), *e;
	expire_sightings(j, mono);
	if ((e = find(&j->claims, &key)) != NULL && mono - e->at <= JOIN_WAIT) {
		struct look_result r = e->result;
		proven(j, &r, &t->egress);
		forget(&j->claims, e);
		*ret = r;
		return true;
	}
	if (!e && (e = place(&j->sightings, mono, &key)) != NULL)
		e->egress = t->egress;
	return false;
}

bool
join_over(struct join *j, msec mono, struct look_result *ret)
{
	settle(&j->claims);
	struct join_entry *e = oldest(&j->claims);
	bool full = j->claims.head - j->claims.tail == JOIN_CAP;
	if (!e || (!full && mono - e->at <= JOIN_WAIT))
		return false;
	j->claims.evicted += full;
	struct look_result r = e->result;
	forget(&j->claims, e);
	not_proven(j, &r);
	*ret = r;
	return true;
}

msec
join_due(const struct join *j)
{
	for (uint32_t i = j->claims.tail; i != j->claims.head; i++) {
		const struct join_entry *e = &j->claims.ring[i % JOIN_CAP];
		if (e->used)
			return e->at + JOIN_WAIT + 1;
	}
	return MSEC_NEVER;
}
