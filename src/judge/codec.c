/* SPDX-License-Identifier: BSD-2-Clause */
/* Kept objects as bytes: canonical, big-endian, one version byte in front. Each reader stands
 * beside its writer, and refuses what the writer could not have written. A change of layout
 * raises VERSION. Indexes are not written; judge_restored() makes them again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"

#include "judge/orders.h"

#define VERSION 3

static bool
rbool(struct reader *r)
{
	return r8below(r, 2) != 0;
}

static msec
rmsec(struct reader *r)
{
	return (msec)r64(r);
}

static void
wmsec(struct writer *w, msec t)
{
	w64(w, (uint64_t)t);
}

/* Kept texts are shorter than NAME_TEXT; NULL: "". */
static void
write_text(struct writer *w, const char *s)
{
	wtext(w, s ? s : "", NAME_TEXT);
}

/* The meta counters are all 64 bits wide. */
#define META_WORDS (sizeof(struct meta) / 8)

static void
meta_write(struct writer *w, const struct judge *j)
{
	uint64_t v[META_WORDS];
	memcpy(v, &j->m, sizeof(v));
	for (size_t i = 0; i < META_WORDS; i++)
		w64(w, v[i]);
}

static struct obj *
meta_read(struct reader *r, struct judge *j)
{
	uint64_t v[META_WORDS];
	for (size_t i = 0; i < META_WORDS; i++)
		v[i] = r64(r);
	struct meta m;
	memcpy(&m, v, sizeof(m));
	r->bad |= m.mode >= MODE_N || m.panic > 1;
	if (reader_done(r))
		j->m = m;
	return NULL;
}

static void
beta_write(struct writer *w, const struct beta *x)
{
	w64(w, x->a);
	w64(w, x->b);
	wmsec(w, x->at);
	w32(w, x->right);
	w32(w, x->wrong);
	w32(w, x->lines);
}

static void
beta_read(struct reader *r, struct beta *x)
{
	x->a = r64(r);
	x->b = r64(r);
	x->at = rmsec(r);
	x->right = r32(r);
	x->wrong = r32(r);
	x->lines = r32(r);
}

static void
rank_write(struct writer *w, const struct rank *x)
{
	for (int f = 0; f < FAMILY_N; f++) {
		beta_write(w, &x->family[f]);
		for (int i = 0; i < FALSE_LINES; i++) {
			w64(w, x->wrong[f][i].line);
			wmsec(w, x->wrong[f][i].at);
		}
	}
}

static void
rank_read(struct reader *r, struct rank *x)
{
	for (int f = 0; f < FAMILY_N; f++) {
		beta_read(r, &x->family[f]);
		for (int i = 0; i < FALSE_LINES; i++) {
			x->wrong[f][i].line = r64(r);
			x->wrong[f][i].at = rmsec(r);
		}
	}
}

static void
reporter_write(struct writer *w, const struct reporter *x)
{
	write_text(w, x->name);
	write_text(w, x->org);
	write_text(w, x->sender);
	w8(w, x->standing);
	w8(w, x->pinned);
	w32(w, x->notify_on_sight);
	w64(w, x->pin);
	wmsec(w, x->delay);
	wmsec(w, x->first);
	wmsec(w, x->last);
	w64(w, (uint64_t)x->canary_day);
	w32(w, x->as);
	w32(w, x->flags);
	w64(w, x->reports);
	w8(w, x->rank != NULL);
	if (x->rank)
		rank_write(w, x->rank);
}

static struct obj *
reporter_read(struct reader *r, struct judge *j)
{
	struct reporter *x = judge_alloc(j, sizeof(*x));
	char text[NAME_TEXT];
	rtext(r, text, sizeof(text));
	x->name = judge_text(j, text);
	rtext(r, text, sizeof(text));
	x->org = judge_text(j, text);
	rtext(r, text, sizeof(text));
	x->sender = judge_text(j, text);
	x->standing = r8below(r, STANDING_N);
	x->pinned = rbool(r);
	x->notify_on_sight = r32(r);
	x->pin = r64(r);
	x->delay = rmsec(r);
	x->first = rmsec(r);
	x->last = rmsec(r);
	x->canary_day = (int64_t)r64(r);
	x->as = r32(r);
	x->flags = r32(r);
	x->reports = r64(r);
	if (rbool(r)) {
		x->rank = judge_alloc(j, sizeof(*x->rank));
		rank_read(r, x->rank);
	}
	return &x->o;
}

static void
claim_write(struct writer *w, const struct claim *x)
{
	wbytes(w, x->key.b, KEY_BYTES);
	wbytes(w, x->evidence_hash, 16);
	wbytes(w, x->sender_hash, 16);
	addr_encode(w, &x->from);
	addr_encode(w, &x->subject);
	w32(w, x->as);
	w32(w, x->reports);
	w32(w, x->k);
	w16(w, x->port);
	w8(w, x->evidence);
	w8(w, x->settled);
	w8(w, x->wrong);
	w8(w, x->debited);
	w8(w, x->two_way);
	w8(w, x->bitten);
	wmsec(w, x->event);
	wmsec(w, x->arrival);
	wmsec(w, x->first);
	wmsec(w, x->first_arrival);
	w64(w, x->seq);
	w64(w, x->home);
}

static void
claim_read(struct reader *r, struct claim *x)
{
	rbytes(r, x->key.b, KEY_BYTES);
	rbytes(r, x->evidence_hash, 16);
	rbytes(r, x->sender_hash, 16);
	addr_decode(r, &x->from);
	addr_decode(r, &x->subject);
	x->as = r32(r);
	x->reports = r32(r);
	x->k = r32(r);
	x->port = r16(r);
	x->evidence = r8below(r, EVIDENCE_STRONG + 1);
	x->settled = rbool(r);
	x->wrong = rbool(r);
	x->debited = rbool(r);
	x->two_way = rbool(r);
	x->bitten = rbool(r);
	x->event = rmsec(r);
	x->arrival = rmsec(r);
	x->first = rmsec(r);
	x->first_arrival = rmsec(r);
	x->seq = r64(r);
	x->home = r64(r);
}

static void
slot_write(struct writer *w, const struct slot *x)
{
	w8(w, x->used);
	if (!x->used)
		return;
	addr_encode(w, &x->target);
	w16(w, x->port);
	w64(w, x->look.no);
	w8(w, x->look.vantage);
	w8(w, x->look.urgent);
	w64(w, x->look.score);
	w8(w, x->retried);
	w8(w, x->retry_vantage);
	w8(w, x->outcome);
	w8(w, x->pairs);
	w8(w, x->closed);
	wmsec(w, x->retry_at);
	wmsec(w, x->began);
	wmsec(w, x->done_at);
	wmsec(w, x->pair_began);
	wmsec(w, x->pair_done);
	w64(w, x->owner);
	w32(w, x->as);
	w32(w, x->turn);
	wmsec(w, x->false_at);
	wmsec(w, x->false_event);
	wmsec(w, x->false_until);
	w8(w, x->false_tries);
	for (int v = 0; v < VANTAGES; v++) {
		w8(w, x->verdict[v]);
		wmsec(w, x->at[v]);
	}
}

static void
slot_read(struct reader *r, const struct kase *c, struct slot *x)
{
	x->used = rbool(r);
	if (!x->used)
		return;
	addr_decode(r, &x->target);
	x->port = r16(r);
	struct look look = { .no = r64(r), .case_no = c->no, .cls = c->key.cls, .target = x->target,
		.port = x->port };
	look.vantage = r8below(r, VANTAGES);
	look.urgent = rbool(r);
	look.score = r64(r);
	if (look.no)
		x->look = look;
	else if (look.vantage || look.urgent || look.score)
		r->bad = true;
	x->retried = rbool(r);
	x->retry_vantage = r8below(r, VANTAGES);
	x->outcome = r8below(r, OUTCOME_UNSURE + 1);
	x->pairs = r8below(r, 3);
	x->closed = r8below(r, 4);
	x->retry_at = rmsec(r);
	x->began = rmsec(r);
	x->done_at = rmsec(r);
	x->pair_began = rmsec(r);
	x->pair_done = rmsec(r);
	x->owner = r64(r);
	x->as = r32(r);
	x->turn = r32(r);
	x->false_at = rmsec(r);
	x->false_event = rmsec(r);
	x->false_until = rmsec(r);
	x->false_tries = r8(r);
	for (int v = 0; v < VANTAGES; v++) {
		x->verdict[v] = r8below(r, VERDICT_N);
		x->at[v] = rmsec(r);
	}
}

/* The case's times in the order they are written. */
#define TIMES(c)                                                                                      \
	{ &(c)->opened, &(c)->last_report, &(c)->verified_at, &(c)->verified_first, &(c)->proof_at,   \
	    &(c)->closed_at, &(c)->active_at, &(c)->again_at, &(c)->recheck_at, &(c)->pair_at,        \
	    &(c)->fade_at, &(c)->probation_end, &(c)->recheck_from, &(c)->hold_at, &(c)->snoozed,     \
	    &(c)->seen_at, &(c)->asked_at, &(c)->quiet_at, &(c)->ask_at }
#define TIMES_N 19
#define COUNTS(c)                                                                                     \
	{ &(c)->reports, &(c)->verified_times, &(c)->k, &(c)->rechecks, &(c)->flow_windows,           \
	    &(c)->asks_left, &(c)->scope.samples, &(c)->scope.sampling }
#define COUNTS_N 8

static void
case_write(struct writer *w, const struct kase *c)
{
	const msec *times[TIMES_N] = TIMES(c);
	const uint32_t *counts[COUNTS_N] = COUNTS(c);
	write_text(w, c->key.line);
	prefix_encode(w, &c->key.subject);
	w8(w, (uint8_t)c->key.cls);
	w8(w, (uint8_t)c->state);
	w8(w, (uint8_t)c->closed_as);
	prefix_encode(w, &c->subject);
	addr_encode(w, &c->target);
	w16(w, c->proven_port);
	w8(w, c->verified);
	w8(w, c->contested);
	w8(w, c->unsure);
	w8(w, c->attributable);
	w8(w, c->acted_once);
	w8(w, c->latched);
	w8(w, c->waiting);
	w8(w, c->barred);
	w8(w, c->asked);
	w8(w, c->ask_spent);
	wtext(w, c->assignee ? c->assignee : "", DESK_NAME);
	w64(w, c->merged_into);
	w64(w, c->wait_score);
	w64(w, (uint64_t)c->flow_window);
	w64(w, (uint64_t)c->told_window);
	w8(w, c->proof_by);
	w8(w, c->seen);
	prefix_encode(w, &c->scope.peer);
	w16(w, c->scope.port);
	w8(w, c->scope.proto);
	for (int i = 0; i < TIMES_N; i++)
		wmsec(w, *times[i]);
	for (int i = 0; i < COUNTS_N; i++)
		w32(w, *counts[i]);
	for (int i = 0; i < RUNG_N; i++) {
		w64(w, c->order[i]);
		wmsec(w, c->order_end[i]);
	}
	for (int i = 0; i < SLOTS; i++)
		slot_write(w, &c->slot[i]);
	w8(w, population_is(c));
	if (population_is(c))
		population_encode(w, &c->pop);
	w32(w, c->claims_n);
	for (uint32_t i = 0; i < c->claims_n; i++)
		claim_write(w, c->claim[i]);
}

static void
case_read_rest(struct reader *r, struct judge *j, struct kase *c)
{
	msec *times[TIMES_N] = TIMES(c);
	uint32_t *counts[COUNTS_N] = COUNTS(c);
	for (int i = 0; i < TIMES_N; i++)
		*times[i] = rmsec(r);
	for (int i = 0; i < COUNTS_N; i++)
		*counts[i] = r32(r);
	for (int i = 0; i < RUNG_N; i++) {
		c->order[i] = r64(r);
		c->order_end[i] = rmsec(r);
	}
	for (int i = 0; i < SLOTS; i++)
		slot_read(r, c, &c->slot[i]);
	if (rbool(r))
		population_decode(r, &c->pop);
	uint32_t n = r32(r);
	if (n > CLAIMS)
		r->bad = true;
	for (uint32_t i = 0; i < n && !r->bad; i++) {
		c->claim[i] = judge_alloc(j, sizeof(*c->claim[i]));
		c->claims_n = i + 1;
		claim_read(r, c->claim[i]);
	}
}

static struct obj *
case_read(struct reader *r, struct judge *j, const uint8_t *key, size_t key_len)
{
	struct kase *c = judge_alloc(j, sizeof(*c));
	char text[DESK_NAME];
	for (size_t i = 0; i < key_len; i++)
		c->no = c->no << 8 | key[i];
	rtext(r, c->key.line, sizeof(c->key.line));
	prefix_decode(r, &c->key.subject);
	c->key.cls = r8below(r, CLASS_N);
	c->state = r8below(r, CASE_STATE_N);
	c->closed_as = r8below(r, CLOSE_AS_N);
	prefix_decode(r, &c->subject);
	addr_decode(r, &c->target);
	c->proven_port = r16(r);
	c->verified = rbool(r);
	c->contested = rbool(r);
	c->unsure = rbool(r);
	c->attributable = rbool(r);
	c->acted_once = rbool(r);
	c->latched = r8below(r, 1u << RUNG_N);
	c->waiting = r8below(r, 1u << RUNG_N);
	c->barred = r8below(r, 1u << RUNG_N);
	c->asked = r8below(r, 1u << RUNG_N);
	c->ask_spent = rbool(r);
	rtext(r, text, sizeof(text));
	c->assignee = judge_text(j, text);
	c->merged_into = r64(r);
	c->wait_score = r64(r);
	c->flow_window = (int64_t)r64(r);
	c->told_window = (int64_t)r64(r);
	c->proof_by = r8below(r, METHOD_FLOWS + 1);
	c->seen = r8below(r, 2 * SEEN_ANSWERED);
	prefix_decode(r, &c->scope.peer);
	c->scope.port = r16(r);
	c->scope.proto = r8(r);
	c->due = MSEC_NEVER;
	case_read_rest(r, j, c);
	return &c->o;
}

static void
given_write(struct writer *w, const struct given *g)
{
	w8(w, g->ended);
	wbytes(w, g->charge, CHARGE_BYTES);
	order_encode(w, &g->order);
}

static struct obj *
given_read(struct reader *r, struct judge *j)
{
	struct given *g = judge_alloc(j, sizeof(*g));
	g->ended = rbool(r);
	rbytes(r, g->charge, CHARGE_BYTES);
	size_t n = reader_left(r);
	const uint8_t *p = rspan(r, n);
	if (!p || order_decode(p, n, &g->order) < 0)
		r->bad = true;
	return &g->o;
}

static void
leases_write(struct writer *w, const struct leases *l)
{
	for (int i = 0; i < LEASES_EACH; i++) {
		const struct lease_seen *s = &l->lease[i];
		write_text(w, s->line);
		if (!s->line[0])
			continue;
		addr_encode(w, &s->addr);
		wmsec(w, s->from);
		wmsec(w, s->to);
	}
}

static struct obj *
leases_read(struct reader *r, struct judge *j)
{
	struct leases *l = judge_alloc(j, sizeof(*l));
	for (int i = 0; i < LEASES_EACH; i++) {
		struct lease_seen *s = &l->lease[i];
		rtext(r, s->line, sizeof(s->line));
		if (!s->line[0])
			continue;
		addr_decode(r, &s->addr);
		s->from = rmsec(r);
		s->to = rmsec(r);
	}
	return &l->o;
}

static struct obj *
answers_read(struct reader *r, struct judge *j)
{
	struct answers *x = judge_alloc(j, sizeof(*x));
	for (int i = 0; i < ANSWERS_EACH; i++)
		x->at[i] = rmsec(r);
	return &x->o;
}

/* The key says which; a blob under another key is not one we wrote. */
static void
protect_write(struct writer *w, const struct protect *x)
{
	prefix_encode(w, &x->lpm.prefix);
	w32(w, x->uid);
}

static struct obj *
protect_read(struct reader *r, struct judge *j, const uint8_t *key, size_t key_len)
{
	struct protect *x = judge_alloc(j, sizeof(*x));
	uint8_t want[STATE_KEY];
	prefix_decode(r, &x->lpm.prefix);
	x->uid = r32(r);
	if (!x->lpm.prefix.a.fam || protect_key(&x->lpm.prefix, want) != key_len ||
	    memcmp(want, key, key_len) != 0)
		r->bad = true;
	return &x->o;
}

static struct obj *
credit_read(struct reader *r, struct judge *j)
{
	struct credit *x = judge_alloc(j, sizeof(*x));
	x->at = rmsec(r);
	return &x->o;
}

static struct obj *
turn_read(struct reader *r, struct judge *j, const uint8_t *key, size_t key_len)
{
	struct turn *x = judge_alloc(j, sizeof(*x));
	for (size_t i = 0; i < key_len; i++)
		x->as = x->as << 8 | key[i];
	x->served = r64(r);
	return &x->o;
}

size_t
codec_encode(const struct judge *j, const struct obj *o, void *buf, size_t n)
{
	struct writer w = writer_of(buf, n);
	w8(&w, VERSION);
	switch (o->kind) {
	case STATE_META: meta_write(&w, j); break;
	case STATE_REPORTER: reporter_write(&w, (const struct reporter *)o); break;
	case STATE_CASE: case_write(&w, (const struct kase *)o); break;
	case STATE_CREDIT: wmsec(&w, ((const struct credit *)o)->at); break;
	case STATE_ORDER: given_write(&w, (const struct given *)o); break;
	case STATE_LEASE: leases_write(&w, (const struct leases *)o); break;
	case STATE_PROTECT: protect_write(&w, (const struct protect *)o); break;
	case STATE_TURN: w64(&w, ((const struct turn *)o)->served); break;
	case STATE_FLOW:
		for (int i = 0; i < ANSWERS_EACH; i++)
			wmsec(&w, ((const struct answers *)o)->at[i]);
		break;
	}
	return writer_len(&w);
}

int
codec_decode(
    struct judge *j, int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n)
{
	struct reader r = reader_of(blob, n);
	struct obj *o = NULL;
	uint8_t version = r8(&r);
	if (r.bad || version == 0 || key_len == 0 || key_len > STATE_KEY)
		return -EBADMSG;
	if (version != VERSION)
		return version > VERSION ? -ENOTSUP : -ESTALE;
	if (kind == STATE_META) {
		meta_read(&r, j);
		return reader_done(&r) ? 0 : -EBADMSG;
	}
	if ((kind == STATE_REPORTER && key_len != KEY_BYTES) ||
	    ((kind == STATE_CASE || kind == STATE_ORDER) && key_len != 8) ||
	    (kind == STATE_TURN && key_len != 4))
		return -EBADMSG;
	switch (kind) {
	case STATE_REPORTER: o = reporter_read(&r, j); break;
	case STATE_CASE: o = case_read(&r, j, key, key_len); break;
	case STATE_CREDIT: o = credit_read(&r, j); break;
	case STATE_ORDER: o = given_read(&r, j); break;
	case STATE_LEASE: o = leases_read(&r, j); break;
	case STATE_FLOW: o = answers_read(&r, j); break;
	case STATE_PROTECT: o = protect_read(&r, j, key, key_len); break;
	case STATE_TURN: o = turn_read(&r, j, key, key_len); break;
	default: return -ENOTSUP;
	}
	o->kind = (uint8_t)kind;
	if (!reader_done(&r) || obj_find(j, kind, key, key_len)) {
		obj_free(o);
		return -EBADMSG;
	}
	obj_add(j, o, kind, key, key_len);
	return 0;
}
