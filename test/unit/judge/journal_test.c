/* SPDX-License-Identifier: BSD-2-Clause */
/* A fixed pseudo-random journal of mixed facts through the judge. The hash over all effects and
 * the final state must be the committed one, whatever built this; a judge stored and restored on
 * the way must go on as if nothing had been; and what judge_dirty() names must add up to
 * judge_each(). Without cmocka, so that test/golden/journal.sh can build it with any compiler
 * and flag. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/state.h"
#include "judge/view.h"

#define FACTS    20000
#define GOLDEN   UINT64_C(0xc2353837c401688c)
#define T0       INT64_C(1700000000000)
#define POLICIES 3

static uint64_t seed;

static uint64_t
rnd(uint64_t n)
{
	uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % n;
}

static void
oom(void)
{
	abort();
}

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	printf("FAILED: %s\n", what);
	exit(1);
}

static uint64_t
fnv(uint64_t h, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ ((const uint8_t *)p)[i]) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t
fnv64(uint64_t h, uint64_t v)
{
	uint8_t b[8];
	for (int i = 0; i < 8; i++)
		b[i] = (uint8_t)(v >> (8 * i));
	return fnv(h, b, 8);
}

/* What own flows were asked, the newest last. */
static struct flow_ask asked[64];
static uint64_t asks;

static uint64_t
hash_effects(uint64_t h, const struct effects *e)
{
	uint8_t buf[ORDER_BYTES];
	for (size_t i = 0; i < e->n; i++) {
		const struct effect *x = &e->v[i];
		struct writer w = writer_of(buf, sizeof(buf));
		h = fnv64(h, x->kind);
		if (x->kind == EFFECT_ORDER) {
			order_encode(&w, &x->order);
			must(!w.bad, "an order fits its bytes");
			h = fnv(h, buf, writer_len(&w));
		} else if (x->kind == EFFECT_LOOK) {
			h = fnv64(fnv64(h, x->look.no), x->look.case_no);
			h = fnv64(fnv64(h, x->look.port), x->look.vantage);
			h = fnv64(fnv64(h, x->look.urgent), x->look.score);
		} else if (x->kind == EFFECT_ASK) {
			h = fnv64(fnv64(h, x->ask.no), x->ask.case_no);
			h = fnv64(fnv64(h, x->ask.port), x->ask.cls);
			h = fnv64(fnv(h, x->ask.subject.b, 16), (uint64_t)x->ask.when);
			asked[asks++ % 64] = x->ask;
		} else {
			h = fnv64(fnv64(h, x->event.kind), x->event.case_no);
			h = fnv64(fnv64(fnv64(h, x->event.a), x->event.b), x->event.q);
		}
	}
	return h;
}

static void
hash_blob(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	uint64_t *h = arg;
	*h = fnv(fnv(fnv64(*h, (uint64_t)kind), key, key_len), blob, n);
}

/* The store, in miniature. */
struct kept {
	struct tree_node node;
	int kind;
	size_t key_len, n;
	uint8_t key[STATE_KEY];
	void *blob;
};

static int
kept_cmp(const struct tree_node *x, const struct tree_node *y)
{
	const struct kept *a = TREE_ENTRY(x, const struct kept, node);
	const struct kept *b = TREE_ENTRY(y, const struct kept, node);
	if (a->kind != b->kind)
		return a->kind - b->kind;
	int c = memcmp(a->key, b->key, a->key_len < b->key_len ? a->key_len : b->key_len);
	return c ? c : (int)a->key_len - (int)b->key_len;
}

static void
keep(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	struct tree *map = arg;
	struct kept want = { .kind = kind, .key_len = key_len };
	memcpy(want.key, key, key_len);
	struct kept *k = TREE_ENTRY(tree_del(map, &want.node), struct kept, node);
	if (k) {
		free(k->blob);
		free(k);
	}
	if (!blob)
		return;
	k = malloc(sizeof(*k));
	if (!k)
		abort();
	*k = want;
	k->n = n;
	k->blob = malloc(n);
	if (!k->blob)
		abort();
	memcpy(k->blob, blob, n);
	tree_add(map, &k->node);
}

struct walk {
	const struct tree *map;
	size_t seen;
};

static void
compare(int kind, const uint8_t *key, size_t key_len, const void *blob, size_t n, void *arg)
{
	struct walk *w = arg;
	struct kept want = { .kind = kind, .key_len = key_len };
	memcpy(want.key, key, key_len);
	struct kept *k = TREE_ENTRY(tree_find(w->map, &want.node), struct kept, node);
	must(k != NULL, "judge_dirty named every object");
	must(k->n == n && memcmp(k->blob, blob, n) == 0, "judge_dirty named every change");
	w->seen++;
}

static void
drain(struct tree *map)
{
	while (map->root) {
		struct kept *k = TREE_ENTRY(tree_del(map, map->root), struct kept, node);
		free(k->blob);
		free(k);
	}
}

static struct judge *
restore(const struct tree *map, const struct policy *policy, msec now)
{
	struct judge *j = judge_new(oom);
	j->cap_reporters = 150;
	for (struct tree_node *n = tree_first(map); n; n = tree_next(map, n)) {
		struct kept *k = TREE_ENTRY(n, struct kept, node);
		must(judge_restore(j, k->kind, k->key, k->key_len, k->blob, k->n) == 0,
		    "restore takes "
		    "what was stored");
	}
	must(judge_restored(j, policy, now) == 0, "restored");
	return j;
}

static struct policy *policies[POLICIES];

static void
make_policies(void)
{
	static const struct {
		const char *prefix, *line;
		enum line_kind kind;
	} rows[] = {
		{ "192.0.2.0/28", "", KIND_RESIDENTIAL },
		{ "192.0.2.1", "line-1", KIND_RESIDENTIAL },
		{ "192.0.2.16/28", "", KIND_DYNAMIC },
		{ "192.0.2.32/29", "", KIND_BUSINESS },
		{ "192.0.2.40/29", "", KIND_CRITICAL },
		{ "2001:db8::/52", "", KIND_RESIDENTIAL },
		{ "192.0.2.48/31", "", KIND_CANARY },
	};
	for (int i = 0; i < POLICIES; i++) {
		struct policy *p = policies[i] = policy_new();
		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
			const struct kind_row *kind = kind_row(rows[k].kind);
			struct policy_row row = { .kind = rows[k].kind, .probe = kind->probe,
				.notify = kind->notify, .top = kind->top, .delegated = 56 };
			must(prefix_parse(
				 rows[k].prefix, strlen(rows[k].prefix), &row.lpm.prefix) == 0,
			    "prefix");
			snprintf(row.line, sizeof(row.line), "%s", rows[k].line);
			must(policy_add(p, &row) == 0, "policy");
		}
		struct prefix never;
		must(prefix_parse("192.0.2.9", 9, &never) == 0 && policy_protect(p, &never) == 0,
		    "protect");
		p->vantages = i == 1 ? 1 : 2;
		p->flow_source = i != 2;
		struct prefix reach;
		must(prefix_parse("198.51.100.53", 13, &reach) == 0 && policy_reach(p, &reach) == 0,
		    "reach");
		p->quarantine = i == 2 ? 1u << CLASS_OPEN_PROXY : 0;
		p->desk_from = i == 1 ? 22 * 60 : 0;
		p->desk_to = i == 1 ? 8 * 60 : 0;
		p->params.breaker_filters = 2 + i;
		p->params.quarantine_groups = 1;
		p->params.quarantine_from = Q32(90, 100);
		p->lines = 60;
	}
}

static struct addr
some_addr(void)
{
	struct addr a = { .fam = 4, .b = { 192, 0, 2, (uint8_t)rnd(50) } };
	if (rnd(10) == 0)
		a = (struct addr){ .fam = 6,
			.b = { 0x20, 1, 0xd, 0xb8, 0, 0, (uint8_t)rnd(3), 0, 0, 0, 0, 0, 0, 0, 0,
			    (uint8_t)rnd(3) } };
	return a;
}

static struct key
some_key(void)
{
	struct key k = { { 0 } };
	uint64_t n = rnd(10) < 7 ? rnd(30) : rnd(600);
	k.b[3] = (uint8_t)(n >> 8);
	k.b[4] = (uint8_t)n; /* number 0 is unsigned */
	return k;
}

static void
some_report(struct report *r, msec now)
{
	static const uint16_t ports[] = { 3128, 8080, 0, 1080, 8888, 1, 2, 3, 4, 5, 6, 7 };
	memset(r, 0, sizeof(*r));
	r->key = some_key();
	r->cls = rnd(3) ? CLASS_OPEN_PROXY : (enum class_id)rnd(CLASS_N);
	r->evidence = (enum evidence)rnd(3);
	r->subject = some_addr();
	if (rnd(4) == 0) { /* one victim of a flood */
		r->subject = (struct addr){ .fam = 4, .b = { 192, 0, 2, 5 } };
		r->cls = CLASS_OPEN_PROXY;
		r->key.b[3] = (uint8_t)rnd(2);
	}
	r->port = ports[rnd(rnd(8) ? 2 : 12)];
	r->event = now - (msec)rnd(rnd(3) ? 5 * MSEC_HOUR : 5 * MSEC_DAY) + MSEC_MINUTE;
	r->origin_as = rnd(3) ? (uint32_t)rnd(12) : 0;
	r->sender_hash[0] = (uint8_t)rnd(40);
	r->evidence_hash[0] = rnd(5) ? 0 : (uint8_t)rnd(40);
	r->from = (struct addr){ .fam = 4, .b = { 10, 0, 0, (uint8_t)rnd(9) } };
	r->two_way_claim = rnd(2);
	r->count = 1;
	snprintf(r->sender, sizeof(r->sender), "host-%d.example", (int)rnd(5));
}

static void
some_reporter(struct reporter_set *s)
{
	memset(s, 0, sizeof(*s));
	s->key = some_key();
	s->standing = (uint8_t)rnd(STANDING_N);
	s->pinned = rnd(3) == 0;
	s->pin = Q32(rnd(91), 100);
	s->notify_on_sight = rnd(6) == 0 ? (1u << CLASS_N) - 2 : 0;
	s->delay = (msec)rnd(2) * MSEC_HOUR;
	s->as = rnd(2) ? (uint32_t)rnd(12) : 0;
	if (rnd(2))
		snprintf(s->org, sizeof(s->org), "org-%d", (int)rnd(6));
	snprintf(s->name, sizeof(s->name), "name-%d", (int)rnd(50));
}

/* The answer to one of the looks asked for; a tick when there is none. */
static void
some_look(const struct judge *j, struct fact *f)
{
	static const enum verdict mostly[] = { VERDICT_OPEN, VERDICT_CLOSED, VERDICT_CLOSED,
		VERDICT_CLOSED, VERDICT_NO_ANSWER, VERDICT_AUTH, VERDICT_INCONCLUSIVE };
	struct look l;
	size_t it = 0;
	uint64_t skip = rnd(3);
	bool got = false;
	f->kind = FACT_TICK;
	while (judge_pending(j, &it, &l)) {
		got = true;
		if (skip-- == 0)
			break;
	}
	if (!got)
		return;
	f->kind = FACT_LOOK;
	/* What is open stays open: by address. */
	bool open = l.target.b[l.target.fam == 4 ? 3 : 15] % 3 == 0 && rnd(12);
	f->look = (struct look_result){ .no = l.no, .cls = l.cls, .target = l.target,
		.port = l.port ? l.port : 8080, .vantage = l.vantage,
		.verdict = open ? VERDICT_OPEN : mostly[rnd(7)] };
}

/* Mostly the answer to a question, else something told unasked. */
static void
some_flow(struct flow_seen *f, msec now)
{
	static const uint16_t far[] = { 23, 443, 6667, 0 };
	*f = (struct flow_seen){ .subject = some_addr(), .port = rnd(2) ? 3128 : 8080,
		.cls = (enum class_id)rnd(CLASS_N), .when = now - (msec)rnd(3600000) };
	if (asks && rnd(5)) {
		const struct flow_ask *a = &asked[(asks - 1 - rnd(asks < 64 ? asks : 64)) % 64];
		*f = (struct flow_seen){ .subject = a->subject, .port = a->port, .cls = a->cls,
			.when = a->when };
	}
	f->covered = rnd(4) > 0;
	f->active = rnd(3) == 0;
	f->answered_inbound = rnd(4) == 0;
	if (!f->active)
		return;
	f->proto = rnd(2) ? 6 : 17;
	f->far_port = far[rnd(4)];
	f->samples = (uint32_t)rnd(30);
	f->sampling = rnd(2) ? 1000 : 0;
	struct addr peer = { .fam = 4, .b = { 198, 51, 100, (uint8_t)rnd(4) } };
	if (rnd(2))
		f->peer = prefix_of(&peer, rnd(3) ? 32 : 24);
}

/* Any verb about a case or order that is there, mostly; questions are answered more often. */
static void
some_desk(const struct judge *j, struct desk_act *p)
{
	static const uint8_t as[] = { CLOSE_FIXED, CLOSE_FALSE_POSITIVE, CLOSE_WRONG_LINE, CLOSE_DUPLICATE,
		CLOSE_NOT_ABUSE, CLOSE_ACCEPTED, CLOSE_APPEALED, CLOSE_NONE };
	struct order o;
	uint64_t it = 0, cases = j->m.last_case + 1, orders = j->m.last_order + 1;
	memset(p, 0, sizeof(*p));
	p->verb = (uint8_t)rnd(rnd(4) ? DESK_MAIL_READ : 2);
	p->uid = 1000 + (uint32_t)rnd(5);
	p->as = p->verb == DESK_CLOSE || rnd(4) == 0 ? as[rnd(8)] : CLOSE_NONE;
	p->rungs = (uint8_t)rnd(1u << RUNG_N);
	p->into = cases - rnd(cases < 60 ? cases : 60);
	p->until = j->m.now + (msec)rnd(5 * (uint64_t)MSEC_DAY) - MSEC_DAY;
	snprintf(p->name, sizeof(p->name), "%s", rnd(3) ? "anna" : "");
	p->target = cases - rnd(cases < 60 ? cases : 60);
	if (!desk_verb_row((enum desk_verb)p->verb)->order)
		return;
	p->target = orders - rnd(orders < 60 ? orders : 60);
	while (p->verb != DESK_UNDO && rnd(8) && view_standing_next(j, &it, &o))
		if (o.asked)
			p->target = o.no;
}

static void
some_word(const struct judge *j, struct fact *f)
{
	static const uint8_t lens[] = { 32, 32, 32, 30, 28, 24 };
	uint64_t d = rnd(20);
	if (d < 15) {
		f->kind = FACT_DESK;
		some_desk(j, &f->desk);
	} else if (d < 17) {
		f->kind = FACT_MODE;
		f->mode = (struct mode_set){ .mode = rnd(3) > 0, .panic = rnd(5) == 0, .uid = 1001 };
	} else {
		struct addr a = some_addr();
		f->kind = FACT_PROTECT;
		f->protect = (struct protect_set){ .on = d == 17, .uid = 1001 };
		f->protect.prefix = prefix_of(&a, a.fam == 4 ? lens[rnd(6)] : 40 + rnd(89));
		size_t it = 0; /* what was said is mostly taken back */
		if (d > 17 && rnd(3))
			view_protect_next(j, &it, &f->protect.prefix);
	}
}

static void
some_fact(const struct judge *j, struct fact *f)
{
	uint64_t d = rnd(100);
	f->at += (msec)(rnd(3) ? rnd(10 * (uint64_t)MSEC_MINUTE) : rnd(90 * (uint64_t)MSEC_MINUTE));
	if (rnd(2000) == 0)
		f->at += (msec)rnd(100 * (uint64_t)MSEC_DAY);
	if (d < 45) {
		f->kind = FACT_REPORT;
		some_report(&f->report, f->at);
	} else if (d < 80) {
		some_look(j, f);
	} else if (d < 84) {
		f->kind = FACT_REPORTER;
		some_reporter(&f->reporter);
	} else if (d < 92) {
		f->kind = FACT_FLOW;
		some_flow(&f->flow, f->at);
	} else if (d < 94) {
		f->kind = FACT_LEASE;
		f->lease = (struct lease_seen){ .addr = some_addr(),
			.from = f->at - (msec)rnd(86400000),
			.to = rnd(2) ? MSEC_NEVER : f->at + (msec)rnd(86400000) };
		snprintf(f->lease.line, sizeof(f->lease.line), "dyn-%d", (int)rnd(8));
	} else if (d < 95) {
		f->kind = FACT_CANARY;
		f->canary.key = some_key();
		f->canary.when = f->at;
	} else if (d < 97) {
		some_word(j, f);
	} else if (rnd(4) == 0) {
		f->kind = FACT_POPULATION;
		f->population = (struct population){ .group = rnd(9), .lines = 20, .proto = 17, .source = 1,
			.port = rnd(4) ? 80 : 0, .samples = 9, .sampling = (uint32_t)rnd(3), .to = f->at,
			.victim = { { .fam = 4, .b = { 100, 64, (uint8_t)rnd(6) } }, rnd(2) ? 24 : 32 } };
	} else if (rnd(40) == 0) {
		f->kind = FACT_CONF;
		f->conf.text = "";
		f->conf.len = 0;
		f->conf.policy = policies[rnd(POLICIES)];
	} else {
		f->kind = FACT_TICK;
	}
}

/* One run; restores == 0: uninterrupted. counts: events, by kind. */
static uint64_t
run(bool restores, bool dirty, uint64_t counts[EVENT_N])
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	struct judge *j = judge_new(oom);
	struct effects out = { 0 };
	struct tree map;
	struct fact f = { .kind = FACT_CONF, .at = T0, .conf.policy = policies[0] };
	const struct policy *policy = policies[0];
	tree_init(&map, kept_cmp);
	j->cap_reporters = 150;
	asks = 0;
	seed = 1;
	for (uint64_t i = 1; i <= FACTS; i++) {
		f.seq = i;
		if (i > 1)
			some_fact(j, &f);
		if (f.kind == FACT_CONF)
			policy = f.conf.policy;
		uint64_t no = 0;
		effects_clear(&out);
		judge_step(j, &f, &out, &no);
		must(judge_due(j) > f.at, "no timer is left behind");
		h = fnv64(hash_effects(h, &out), no);
		for (size_t k = 0; k < out.n; k++)
			if (counts && out.v[k].kind == EFFECT_EVENT)
				counts[out.v[k].event.kind]++;
		if (dirty)
			judge_dirty(j, keep, &map);
		if (dirty && (i % 487 == 0 || i == FACTS)) {
			struct walk w = { .map = &map };
			judge_each(j, compare, &w);
			must(w.seen == map.count, "judge_dirty named every object that went");
		}
		if (restores && i % 333 == 0) {
			struct tree all;
			tree_init(&all, kept_cmp);
			judge_each(j, keep, &all);
			judge_free(j);
			j = restore(&all, policy, f.at);
			drain(&all);
		}
	}
	judge_each(j, hash_blob, &h);
	judge_free(j);
	effects_free(&out);
	drain(&map);
	return h;
}

/* With an argument: the hash alone. */
int
main(int argc, char **argv)
{
	uint64_t counts[EVENT_N] = { 0 };
	(void)argv;
	make_policies();
	uint64_t h = run(false, argc < 2, counts);
	for (int i = 0; i < EVENT_N; i++)
		printf(
		    "%-14s %llu\n", event_name((enum event_kind)i), (unsigned long long)counts[i]);
	for (int i = 0; i < EVENT_N; i++)
		must(counts[i] > 0, "the journal makes everything happen");
	printf("hash %016llx\n", (unsigned long long)h);
	must(argc > 1 || run(true, false, NULL) == h,
	    "a restored judge goes on as if nothing had been");
	must(h == GOLDEN, "the hash is the committed one");
	for (int i = 0; i < POLICIES; i++)
		policy_free(policies[i]);
	return 0;
}
