/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated network, see sim.h. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_TAKES (40 * MSEC_SECOND) /* asked to answered */
#define FLOW_TAKES (2 * MSEC_SECOND)
/* An open proxy is used by many. Own flows are sampled, yet in the hours around a report they
 * show an answered exchange on the port nearly always; of innocents hardly ever. */
#define FLOW_SEEN     0.97
#define FLOW_INNOCENT 0.02

uint64_t
sim_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t
sim_below(uint64_t *state, uint64_t n)
{
	return sim_random(state) % n;
}

double
sim_unit(uint64_t *state)
{
	return (double)(sim_random(state) >> 11) / 9007199254740992.0;
}

/* Spread over the key space, so that key order says nothing about who it is. */
struct key
sim_key(uint32_t who)
{
	struct key k = { { 0 } };
	uint64_t s = who + UINT64_C(77);
	uint64_t r = sim_random(&s);
	memcpy(k.b, &r, sizeof(r));
	for (int i = 0; i < 4; i++)
		k.b[8 + i] = (uint8_t)(who >> (8 * i));
	k.b[31] = 1;
	return k;
}

struct addr
sim_addr(enum land land, unsigned n)
{
	return (struct addr){ .fam = 4, .b = { 10, (uint8_t)land, (uint8_t)(n >> 8), (uint8_t)n } };
}

void
said_add(struct said_list *l, struct said s)
{
	if (l->n == l->room) {
		l->room = l->room ? l->room * 2 : 1024;
		l->v = reallocarray(l->v, l->room, sizeof(*l->v));
		if (!l->v)
			abort();
	}
	s.order = l->n;
	l->v[l->n++] = s;
}

static int
said_cmp(const void *x, const void *y)
{
	const struct said *a = x, *b = y;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

void
said_sort(struct said_list *l)
{
	qsort(l->v, l->n, sizeof(*l->v), said_cmp);
}

/* Two good reporters share a network; a sloppy one has its own. */
static uint32_t
as_of_honest(uint32_t who)
{
	return who < GOOD ? 100 + who / 2 : 200 + who;
}

static void
honest_report(struct said_list *l, uint64_t *rs, uint32_t who, enum land land, unsigned what,
    msec event)
{
	double e = sim_unit(rs);
	enum evidence ev = who < GOOD ? (e < 0.7 ? EVIDENCE_TEXT : EVIDENCE_STRONG)
	                              : (e < 0.8 ? EVIDENCE_TEXT : EVIDENCE_WEAK);
	msec late = (msec)sim_below(rs, 4 * (uint64_t)MSEC_HOUR);
	said_add(l, (struct said){ .at = event + late, .event = event, .who = who,
	    .as = as_of_honest(who), .what = (uint16_t)what, .land = land, .cls = CLASS_OPEN_PROXY,
	    .evidence = ev });
}

/* A firewall that drops: such an address answers nobody, the probe or others. */
static bool
silent(unsigned n)
{
	return n % 10 < 3;
}

void
sim_world(uint64_t seed, struct truth *t, struct said_list *base)
{
	uint64_t rs = seed * 1000003;
	double right[HONEST];
	memset(t, 0, sizeof(*t));
	t->seed = seed;
	for (int i = 0; i < HONEST; i++)
		right[i] = i < GOOD ? 0.90 + 0.095 * sim_unit(&rs) : 0.2 + 0.4 * sim_unit(&rs);
	for (unsigned b = 0; b < BADS; b++) {
		msec day = SIM_T0 + (msec)(b / PER_DAY) * MSEC_DAY;
		t->bad[b].from = day + (msec)sim_below(&rs, (uint64_t)MSEC_DAY);
		t->bad[b].to =
		    t->bad[b].from + 10 * MSEC_DAY + (msec)sim_below(&rs, 10 * (uint64_t)MSEC_DAY);
		unsigned good = 5 + (unsigned)sim_below(&rs, 6),
			 sloppy = (unsigned)sim_below(&rs, 4);
		for (unsigned k = 0; k < good + sloppy; k++) {
			uint32_t who = k < good ? (uint32_t)sim_below(&rs, GOOD)
			                        : GOOD + (uint32_t)sim_below(&rs, SLOPPY);
			msec event = t->bad[b].from + (msec)sim_below(&rs, 2 * (uint64_t)MSEC_DAY);
			honest_report(base, &rs, who, LAND_BAD, b, event);
			/* Mistakes in proportion: p right means (1 - p) / p wrong ones beside
			 * each. */
			double wrong = (1 - right[who]) / right[who];
			for (; wrong > 0; wrong -= 1) {
				if (sim_unit(&rs) >= wrong)
					continue;
				unsigned what = (unsigned)sim_below(&rs, INNOCENTS);
				honest_report(base, &rs, who, LAND_INNOCENT, what,
				    event + (msec)sim_below(&rs, (uint64_t)MSEC_DAY));
			}
		}
	}
	said_sort(base);
}

static void
no_memory(void)
{
	abort();
}

static void
lease_all(struct sim *s, enum land land, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct fact f = { .kind = FACT_LEASE, .lease = { .addr = sim_addr(land, i),
			.from = SIM_T0 - MSEC_DAY, .to = MSEC_NEVER } };
		snprintf(f.lease.line, sizeof(f.lease.line), "line-%d-%u", (int)land, i);
		sim_fact(s, &f);
	}
}

static struct policy *
sim_policy(void)
{
	struct policy *p = policy_new();
	struct policy_row row = { .kind = KIND_DYNAMIC, .probe = true, .notify = true,
		.top = RUNG_QUARANTINE };
	if (!p || prefix_parse("10.0.0.0/13", 11, &row.lpm.prefix) < 0 || policy_add(p, &row) < 0)
		abort();
	p->vantages = 2;
	p->flow_source = true;
	return p;
}

struct sim *
sim_new(const struct truth *t, const struct said_list *base)
{
	struct sim *s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	s->judge = judge_new(no_memory);
	s->policy = sim_policy();
	s->truth = t;
	s->base = base;
	s->now = SIM_T0 - MSEC_HOUR;
	s->coverage = 0.95;
	struct fact f = { .kind = FACT_CONF, .conf.policy = s->policy };
	sim_fact(s, &f);
	lease_all(s, LAND_BAD, BADS);
	lease_all(s, LAND_INNOCENT, INNOCENTS);
	lease_all(s, LAND_VICTIM, VICTIMS);
	lease_all(s, LAND_OWN, OWN);
	lease_all(s, LAND_SPOOFED, SPOOFED);
	lease_all(s, LAND_CANARY, CANARIES);
	return s;
}

static double
trust(const struct sim *s, uint32_t who, double give_back)
{
	struct key k = sim_key(who);
	struct reporter *r = (struct reporter *)obj_find(s->judge, STATE_REPORTER, k.b, KEY_BYTES);
	q32 a, b;
	if (!r)
		return 0.2;
	rank_start(s->judge, r, &a, &b);
	struct beta x = rank_beta(s->judge, r, FAMILY_OPEN_SERVICE, s->now);
	double fa = (double)(a + x.a), fb = (double)(b + x.b) - give_back * (double)Q32_ONE;
	double t = fa / (fa + fb);
	return t < 0.9 ? t : 0.9;
}

/* An honest reporter paid for what was not its fault. */
static void
debit(struct sim *s, const struct event *e)
{
	uint32_t who = e->a < s->of_room ? s->who_of[e->a] : 0;
	enum land land = who ? s->land_of[e->a] : LAND_N;
	if (who == 0 || who - 1 >= HONEST || e->q == 0)
		return;
	if (land != LAND_BAD && land != LAND_SPOOFED && land != LAND_CANARY)
		return; /* its own mistake */
	who--;
	double d = (double)q32_decay(s->now - s->unjust_at[who], 60 * MSEC_DAY) / (double)Q32_ONE;
	s->unjust[who] = s->unjust[who] * d + (double)e->q / (double)Q32_ONE;
	s->unjust_at[who] = s->now;
	double fall = 1 - trust(s, who, 0) / trust(s, who, s->unjust[who]);
	if (fall > s->fall[who])
		s->fall[who] = fall;
}

static void
order(struct sim *s, const struct order *o)
{
	unsigned land = o->target.a.b[1], n = (unsigned)(o->target.a.b[2] << 8 | o->target.a.b[3]);
	if (o->dropped)
		return;
	if (land == LAND_BAD) {
		if (o->rung == RUNG_NOTIFY && !s->notified[n])
			s->notified[n] = o->at;
		if (o->rung == RUNG_FILTER && !s->filtered[n])
			s->filtered[n] = o->at;
		return;
	}
	if (s->rung[land][n] < o->rung)
		s->rung[land][n] = (uint8_t)o->rung;
}

void
sim_fact(struct sim *s, struct fact *f)
{
	f->seq = ++s->seq;
	f->at = s->now;
	if (s->seq >= s->of_room) {
		s->of_room = s->of_room ? s->of_room * 2 : 65536;
		s->who_of = reallocarray(s->who_of, s->of_room, sizeof(*s->who_of));
		s->land_of = reallocarray(s->land_of, s->of_room, 1);
		if (!s->who_of || !s->land_of)
			abort();
	}
	s->who_of[s->seq] = s->by;
	s->land_of[s->seq] = s->about;
	s->by = 0;
	effects_clear(&s->out);
	judge_step(s->judge, f, &s->out, NULL);
	for (size_t i = 0; i < s->out.n; i++) {
		const struct effect *e = &s->out.v[i];
		if (e->kind == EFFECT_LOOK) {
			if (s->asked_n == ASKED_ROOM)
				abort();
			s->asked[(s->asked_from + s->asked_n++) % ASKED_ROOM] =
			    (struct asked){ e->look, s->now + LOOK_TAKES };
		} else if (e->kind == EFFECT_ASK && s->coverage > 0) {
			if (s->question_n == ASKED_ROOM)
				abort();
			s->question[(s->question_from + s->question_n++) % ASKED_ROOM] =
			    (struct question){ e->ask, s->now + FLOW_TAKES };
		} else if (e->kind == EFFECT_ORDER) {
			order(s, &e->order);
		} else if (e->kind == EFFECT_EVENT && e->event.kind == EVENT_DEBIT) {
			debit(s, &e->event);
		}
	}
	judge_dirty(s->judge, NULL, NULL);
}

static enum verdict
look_at(const struct sim *s, const struct look *l)
{
	const struct truth *t = s->truth;
	unsigned land = l->target.b[1], n = (unsigned)(l->target.b[2] << 8 | l->target.b[3]);
	uint64_t rs = t->seed ^ ((uint64_t)land << 56) ^ ((uint64_t)n << 40) ^ (uint64_t)s->now ^
	    (uint64_t)l->vantage << 60;
	bool open = false, drops = false;
	if (land == LAND_BAD) {
		bool hides = l->vantage ? t->bad[n].hides1 : t->bad[n].hides0;
		open = t->bad[n].from <= s->now && s->now < t->bad[n].to && !hides;
	} else if (land == LAND_OWN) {
		open = t->own[n].from <= s->now && s->now < t->own[n].to;
	} else {
		drops = silent(n);
	}
	if (open && sim_unit(&rs) < 0.9)
		return VERDICT_OPEN;
	if (open)
		return sim_unit(&rs) < 0.5 ? VERDICT_CLOSED : VERDICT_NO_ANSWER;
	return drops ? VERDICT_NO_ANSWER : VERDICT_CLOSED;
}

static void
answer(struct sim *s)
{
	struct asked a = s->asked[s->asked_from];
	s->asked_from = (s->asked_from + 1) % ASKED_ROOM;
	s->asked_n--;
	struct fact f = { .kind = FACT_LOOK, .look = { .no = a.look.no, .cls = a.look.cls,
		.target = a.look.target, .port = a.look.port ? a.look.port : PROXY_PORT,
		.vantage = a.look.vantage, .verdict = look_at(s, &a.look) } };
	sim_fact(s, &f);
}

/* What the collector says about an address around a time. The same time gives the same answer: nobody gets
 * another by asking again. Nothing here does what a class of flows says, by a source beyond doubt. */
static void
flows_answer(struct sim *s)
{
	struct flow_ask a = s->question[s->question_from].ask;
	const struct truth *t = s->truth;
	unsigned land = a.subject.b[1], n = (unsigned)(a.subject.b[2] << 8 | a.subject.b[3]);
	uint64_t rs = t->seed * 7 ^ ((uint64_t)land << 56) ^ ((uint64_t)n << 40) ^
	    (uint64_t)a.when;
	double covered = sim_unit(&rs), seen = sim_unit(&rs);
	bool answered = !silent(n) && seen < FLOW_INNOCENT;
	s->question_from = (s->question_from + 1) % ASKED_ROOM;
	s->question_n--;
	if (land == LAND_BAD)
		answered = t->bad[n].from <= a.when && a.when < t->bad[n].to && seen < FLOW_SEEN;
	else if (land == LAND_OWN)
		answered = t->own[n].from <= a.when && a.when < t->own[n].to && seen < FLOW_SEEN;
	else if (land == LAND_CANARY)
		answered = false;
	struct fact f = { .kind = FACT_FLOW, .flow = { .subject = a.subject, .port = a.port,
		.cls = a.cls, .when = a.when, .answered_inbound = answered,
		.covered = covered < s->coverage } };
	sim_fact(s, &f);
}

/* Counts watched keys that leave the pool, asked after each of their reports. */
static void
watch(struct sim *s, uint32_t who)
{
	struct key k = sim_key(who);
	if (who < s->watch_from || who >= s->watch_from + WATCHED ||
	    s->out_of_pool[who - s->watch_from])
		return;
	struct reporter *r = (struct reporter *)obj_find(s->judge, STATE_REPORTER, k.b, KEY_BYTES);
	if (!r || rank_pooled(s->judge, r, FAMILY_OPEN_SERVICE, s->now))
		return;
	s->out_of_pool[who - s->watch_from] = true;
	s->left_pool++;
}

static void
say(struct sim *s, const struct said *x)
{
	struct fact f = { .kind = FACT_REPORT, .report = { .key = sim_key(x->who), .cls = x->cls,
		.evidence = x->evidence, .subject = sim_addr(x->land, x->what), .port = PROXY_PORT,
		.two_way_claim = x->two_way, .event = x->event, .origin_as = x->as, .count = 1,
		.from = { .fam = 4, .b = { 172, 16, (uint8_t)(x->who >> 8), (uint8_t)x->who } } } };
	memcpy(f.report.sender_hash, f.report.key.b, 16);
	memcpy(f.report.id, &x->order, sizeof(x->order));
	s->by = x->who + 1;
	s->about = x->land;
	sim_fact(s, &f);
	if (x->canary && x->two_way) { /* the edge sees a two-way claim about a canary */
		struct fact c = { .kind = FACT_CANARY,
			.canary = { .key = f.report.key, .when = s->now } };
		s->by = x->who + 1;
		s->about = x->land;
		sim_fact(s, &c);
	}
	watch(s, x->who);
}

void
sim_run(struct sim *s, msec until)
{
	for (;;) {
		msec at[5] = { MSEC_NEVER, MSEC_NEVER, MSEC_NEVER, judge_due(s->judge), MSEC_NEVER };
		int next = 0;
		if (s->base_at < s->base->n)
			at[0] = s->base->v[s->base_at].at;
		if (s->attack && s->attack_at < s->attack->n)
			at[1] = s->attack->v[s->attack_at].at;
		if (s->asked_n)
			at[2] = s->asked[s->asked_from].at;
		if (s->question_n)
			at[4] = s->question[s->question_from].at;
		for (int i = 1; i < 5; i++)
			if (at[i] < at[next])
				next = i;
		if (at[next] >= until)
			break;
		if (at[next] > s->now)
			s->now = at[next];
		if (next == 0) {
			say(s, &s->base->v[s->base_at++]);
		} else if (next == 1) {
			say(s, &s->attack->v[s->attack_at++]);
		} else if (next == 2) {
			answer(s);
		} else if (next == 4) {
			flows_answer(s);
		} else {
			struct fact f = { .kind = FACT_TICK };
			sim_fact(s, &f);
		}
	}
	s->now = until;
}

static void
put_back(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	if (judge_restore(arg, kind, key, key_len, blob, n) < 0)
		abort();
}

struct sim *
sim_fork(const struct sim *s)
{
	struct sim *t = malloc(sizeof(*t));
	if (!t)
		abort();
	memcpy(t, s, sizeof(*t));
	t->policy = sim_policy();
	t->out = (struct effects){ 0 };
	t->who_of = malloc(t->of_room * sizeof(*t->who_of));
	t->land_of = malloc(t->of_room);
	t->judge = judge_new(no_memory);
	if (!t->who_of || !t->land_of)
		abort();
	memcpy(t->who_of, s->who_of, t->of_room * sizeof(*t->who_of));
	memcpy(t->land_of, s->land_of, t->of_room);
	judge_each(s->judge, put_back, t->judge);
	if (judge_restored(t->judge, t->policy, t->now) < 0)
		abort();
	return t;
}

void
sim_free(struct sim *s)
{
	if (!s)
		return;
	judge_free(s->judge);
	policy_free(s->policy);
	effects_free(&s->out);
	free(s->who_of);
	free(s->land_of);
	free(s);
}
