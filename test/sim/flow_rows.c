/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows that rest on own flows and on the order of the looks: nobody known yet beside a flood of sybils,
 * with a probe that does six full checks a second; and lines somebody frames, with a collector that
 * answers by how sure it is. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUBJECTS   7000
#define REPORTS    100000
#define SYBIL_KEYS 20000
#define FINDERS    5        /* honest keys nobody knows */
#define EACH       4        /* open proxies each of them reports */
#define CHECK      (MSEC_SECOND / 6)
#define CHECK_TAKES (3 * MSEC_SECOND)
#define NETS       28       /* /24s all of this is in */
#define FRAMED     200
#define SCANNERS   20       /* and they do what is said of them */
#define SENSOR0    900000   /* own detectors, as keys */
#define SENSORS    3

/* What is to happen: a report, or the answer to a look or a question. */
struct coming {
	msec at;
	uint64_t order;
	struct fact fact;
};

struct play {
	struct judge *judge;
	struct policy *policy;
	struct effects out;
	struct coming *v;        /* a heap, the next first */
	size_t n, room;
	uint64_t order, seq, rs;
	msec now;
	bool frames;
	uint8_t *handed;         /* looks, by number */
	size_t handed_room;
	msec verified[FINDERS * EACH];
	unsigned watched, above; /* framed lines that ever were */
};

static bool
before(const struct coming *a, const struct coming *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void
come(struct play *p, msec at, const struct fact *f)
{
	if (p->n == p->room) {
		p->room = p->room ? 2 * p->room : 1024;
		p->v = reallocarray(p->v, p->room, sizeof(*p->v));
		if (!p->v)
			abort();
	}
	struct coming x = { .at = at, .order = p->order++, .fact = *f };
	size_t i = p->n++;
	for (; i && before(&x, &p->v[(i - 1) / 2]); i = (i - 1) / 2)
		p->v[i] = p->v[(i - 1) / 2];
	p->v[i] = x;
}

static struct coming
take(struct play *p)
{
	struct coming top = p->v[0], x = p->v[--p->n];
	size_t i = 0, k;
	while ((k = 2 * i + 1) < p->n) {
		k += k + 1 < p->n && before(&p->v[k + 1], &p->v[k]);
		if (before(&x, &p->v[k]))
			break;
		p->v[i] = p->v[k];
		i = k;
	}
	p->v[i] = x;
	return top;
}

/* 10.6.NET.HOST. Hosts from 250 on are the open proxies of the first row. */
static struct addr
host(unsigned n, unsigned each, unsigned from)
{
	return (struct addr){ .fam = 4, .b = { 10, 6, (uint8_t)(n / each), (uint8_t)(from + n % each) } };
}

static int
proxy_of(const struct addr *a)
{
	return a->b[3] >= 250 ? (a->b[2] * 5 + a->b[3] - 250) : -1;
}

/* Frames of a line, by its number: spoofed SYNs; a forged exporter; one web page of a C&C address. From
 * FRAMED on they are scanners. */
static unsigned
frame_of(unsigned n)
{
	return n >= FRAMED ? 3 : n % 3;
}

static unsigned
line_of_addr(const struct addr *a)
{
	return a->b[2] * 100u + a->b[3];
}

static void
flows_say(struct play *p, const struct flow_ask *a)
{
	struct fact f = { .kind = FACT_FLOW, .flow = { .subject = a->subject, .port = a->port,
		.cls = a->cls, .when = a->when, .covered = sim_unit(&p->rs) < 0.95 } };
	struct flow_seen *s = &f.flow;
	if (!p->frames) {
		s->answered_inbound = proxy_of(&a->subject) >= 0 && sim_unit(&p->rs) < 0.97;
	} else if (frame_of(line_of_addr(&a->subject)) == 1) {
		s->covered = false; /* its sequence numbers are in disorder: the collector knows */
	} else if (frame_of(line_of_addr(&a->subject)) == 2) {
		/* The page was fetched, with an answer; "now" is five minutes. */
		msec ago = p->now - (SIM_T0 + 12 * MSEC_MINUTE);
		s->active = s->answered_inbound = ago >= 0 && ago <= 5 * MSEC_MINUTE;
		s->proto = 6;
		s->far_port = 80;
		s->peer = (struct prefix){ { .fam = 4, .b = { 198, 18, 5, 7 } }, 32 };
		s->samples = 4;
	} else if (frame_of(line_of_addr(&a->subject)) == 3) {
		s->active = true;
		s->proto = 6;
		s->far_port = 23;
		s->samples = 40;
	}
	come(p, p->now + 2 * MSEC_SECOND, &f);
}

static void
step(struct play *p, struct fact *f)
{
	f->seq = ++p->seq;
	f->at = p->now;
	effects_clear(&p->out);
	judge_step(p->judge, f, &p->out, NULL);
	for (size_t i = 0; i < p->out.n; i++) {
		const struct effect *e = &p->out.v[i];
		struct view_case c;
		if (e->kind == EFFECT_ASK)
			flows_say(p, &e->ask);
		if (e->kind != EFFECT_EVENT || e->event.kind != EVENT_VERIFIED || p->frames)
			continue;
		if (view_case(p->judge, e->event.case_no, p->now, &c) && proxy_of(&c.target) >= 0 &&
		    !p->verified[proxy_of(&c.target)])
			p->verified[proxy_of(&c.target)] = p->now;
	}
	judge_dirty(p->judge, NULL, NULL);
}

/* The probe takes the next look it was not handed yet. */
static void
check(struct play *p)
{
	struct look l;
	size_t it = 0;
	do {
		if (!judge_pending(p->judge, &it, &l))
			return;
		if (l.no >= p->handed_room) {
			size_t room = 2 * l.no + 1024;
			p->handed = reallocarray(p->handed, room, 1);
			if (!p->handed)
				abort();
			memset(p->handed + p->handed_room, 0, room - p->handed_room);
			p->handed_room = room;
		}
	} while (p->handed[l.no]);
	p->handed[l.no] = 1;
	enum verdict v = proxy_of(&l.target) >= 0 ? sim_unit(&p->rs) < 0.9 ? VERDICT_OPEN : VERDICT_NO_ANSWER
	    : l.target.b[3] % 10 < 3 ? VERDICT_NO_ANSWER : VERDICT_CLOSED;
	struct fact f = { .kind = FACT_LOOK, .look = { .no = l.no, .cls = l.cls, .target = l.target,
		.port = l.port ? l.port : PROXY_PORT, .vantage = l.vantage, .verdict = v } };
	come(p, p->now + CHECK_TAKES, &f);
}

static void
run(struct play *p, msec until)
{
	msec next_check = p->now;
	for (;;) {
		msec due = judge_due(p->judge), at = next_check;
		bool fact = p->n && p->v[0].at <= at && p->v[0].at <= due;
		at = fact ? p->v[0].at : due < at ? due : at;
		if (at >= until)
			break;
		p->now = at > p->now ? at : p->now;
		struct fact tick = { .kind = FACT_TICK };
		if (fact) {
			struct coming x = take(p);
			step(p, &x.fact);
		} else if (due <= p->now) {
			step(p, &tick);
		} else {
			check(p);
			next_check = p->now + CHECK;
		}
	}
}

static void
out_of_memory(void)
{
	abort();
}

static struct play *
play_new(uint64_t seed)
{
	struct play *p = calloc(1, sizeof(*p));
	struct policy_row row = { .kind = KIND_RESIDENTIAL, .probe = true, .notify = true,
		.top = RUNG_QUARANTINE };
	if (!p || !(p->policy = policy_new()))
		abort();
	if (prefix_parse("10.6.0.0/16", 11, &row.lpm.prefix) < 0 || policy_add(p->policy, &row) < 0)
		abort();
	p->policy->vantages = 2;
	p->policy->flow_source = true;
	p->judge = judge_new(out_of_memory);
	p->now = SIM_T0;
	p->rs = seed * 86028121;
	struct fact f = { .kind = FACT_CONF, .conf.policy = p->policy };
	step(p, &f);
	return p;
}

static void
play_free(struct play *p)
{
	effects_free(&p->out);
	judge_free(p->judge);
	policy_free(p->policy);
	free(p->v);
	free(p->handed);
	free(p);
}

static void
says(struct play *p, msec at, uint32_t who, uint32_t as, struct addr a, enum class_id cls, enum evidence e)
{
	struct fact f = { .kind = FACT_REPORT, .report = { .key = sim_key(who), .cls = cls, .evidence = e,
		.subject = a, .event = at - MSEC_MINUTE, .origin_as = as, .count = 1,
		.port = cls == CLASS_OPEN_PROXY ? PROXY_PORT : 0 } };
	memcpy(f.report.sender_hash, f.report.key.b, 16);
	come(p, at, &f);
}

void
cold_rows(unsigned seeds)
{
	static const char *const names[] = { "cold start, networks apart", "cold start, the same network",
		"cold start, the flood first" };
	for (int how = 0; how < 3; how++) {
		unsigned late = 0;
		msec worst = 0;
		char b[160];
		for (unsigned i = 0; i < seeds; i++) {
			struct play *p = play_new(i + 1);
			msec said[FINDERS * EACH];
			for (unsigned n = 0; n < REPORTS; n++) {
				uint32_t who = (uint32_t)sim_below(&p->rs, SYBIL_KEYS);
				bool proxy = how == 2 && n < FINDERS * EACH; /* named first by a sybil */
				struct addr a = proxy ? host(n, 5, 250) :
				    host((unsigned)sim_below(&p->rs, SUBJECTS), 250, 0);
				msec at = proxy ? SIM_T0 + MSEC_MINUTE :
				    SIM_T0 + (msec)sim_below(&p->rs, (uint64_t)MSEC_HOUR);
				uint32_t as = how == 1 ? 64500 : 50000 + who % 300;
				says(p, at, SYBIL_KEYS + who, proxy ? 50000 : as, a, CLASS_OPEN_PROXY,
				    EVIDENCE_TEXT);
			}
			for (unsigned n = 0; n < FINDERS * EACH; n++) {
				said[n] = SIM_T0 + (msec)sim_below(&p->rs, 15 * (uint64_t)MSEC_MINUTE);
				says(p, said[n], n % FINDERS, how == 1 ? 64500 : 64500 + n % FINDERS,
				    host(n, 5, 250), CLASS_OPEN_PROXY, EVIDENCE_TEXT);
			}
			run(p, SIM_T0 + 2 * MSEC_HOUR);
			for (unsigned n = 0; n < FINDERS * EACH; n++) {
				msec took = p->verified[n] ? p->verified[n] - said[n] : 2 * MSEC_HOUR;
				late += took > MSEC_HOUR;
				worst = took > worst ? took : worst;
			}
			play_free(p);
		}
		snprintf(b, sizeof(b), "%u of %u open proxies not verified within 1 h of their report, the last "
		    "after %lld min", late, FINDERS * EACH * seeds, (long long)(worst / MSEC_MINUTE));
		sim_row(names[how], late == 0, b);
	}
}

static void
frame(struct play *p, unsigned n)
{
	struct addr a = { .fam = 4, .b = { 10, 6, (uint8_t)(n / 100), (uint8_t)(n % 100) } };
	unsigned how = frame_of(n);
	enum class_id cls = how == 2 ? CLASS_C2_CONTACT : CLASS_SCANNER;
	msec from = SIM_T0 + (msec)sim_below(&p->rs, 10 * (uint64_t)MSEC_MINUTE);
	for (unsigned k = 0; k < SENSORS && how == 0; k++) /* what the detectors see, they tell again */
		for (int again = 0; again < 6; again++)
			says(p, from + again * MSEC_HOUR, SENSOR0 + k, 0, a, cls, EVIDENCE_WEAK);
	if (how == 3)
		says(p, from, SENSOR0, 0, a, cls, EVIDENCE_STRONG);
	/* Who frames it says so, too, by many keys in many networks; and honest ones see bare SYNs. */
	for (uint32_t k = 0; k < (how == 3 ? 1 : 40); k++)
		says(p, from + (msec)sim_below(&p->rs, (uint64_t)MSEC_HOUR), how == 3 ? 5 : SYBIL_KEYS + k, 50000 + k,
		    a, cls, EVIDENCE_STRONG);
	for (uint32_t k = 0; k < 3 && how == 0; k++)
		says(p, from + (msec)sim_below(&p->rs, (uint64_t)MSEC_HOUR), SENSOR0 + 100 + k, 64600 + k, a,
		    cls, EVIDENCE_WEAK);
}

void
framed_rows(unsigned seeds)
{
	unsigned watched = 0, above = 0, filtered = 0;
	char b[160];
	for (unsigned i = 0; i < seeds; i++) {
		struct play *p = play_new(i + 101);
		struct view_case c;
		uint64_t no = 0;
		p->frames = true;
		for (unsigned k = 0; k < SENSORS + 3; k++) {
			bool own = k < SENSORS;
			struct fact f = { .kind = FACT_REPORTER, .reporter = {
				.key = sim_key(own ? SENSOR0 + k : SENSOR0 + 100 + k - SENSORS),
				.standing = own ? STANDING_OWN : STANDING_NETWORK } };
			step(p, &f);
		}
		for (unsigned n = 0; n < FRAMED + SCANNERS; n++)
			frame(p, n);
		run(p, SIM_T0 + 12 * MSEC_HOUR);
		while (view_case_next(p->judge, &no, p->now, &c)) {
			bool real = line_of_addr(&c.target) >= FRAMED;
			watched += !real && c.rung == RUNG_WATCH;
			above += !real && c.rung > RUNG_WATCH;
			filtered += real && c.rung >= RUNG_FILTER;
		}
		play_free(p);
	}
	snprintf(b, sizeof(b), "%u of %u framed lines watched, %u above; %u of %u real scanners filtered", watched,
	    FRAMED * seeds, above, filtered, SCANNERS * seeds);
	sim_row("framed lines", above == 0 && filtered == SCANNERS * seeds, b);
}
