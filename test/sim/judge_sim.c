/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold under attack: the table of the design, run with fixed seeds. Prints a row per case
 * with its figures; status 1 if any row fails. `judge_sim N` runs only the first N seeds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define SEEDS   5
#define SYBIL0  10000  /* first sybil's key number */
#define SYBILS  1000
#define KEY_OF_WORKER 20000
#define KEY_OF_INSIDER 21000
#define KEY_OF_FARMER 22000
#define KEY_FRESH 100000 /* whitewashed keys */

static bool failed;

void
sim_row(const char *name, bool ok, const char *figures)
{
	printf("%-34s %-4s %s\n", name, ok ? "PASS" : "FAIL", figures);
	fflush(stdout);
	failed |= !ok;
}

static msec
day(int d)
{
	return SIM_T0 + d * MSEC_DAY;
}

static unsigned
above_ticket(const struct sim *s, enum land land, unsigned of)
{
	unsigned n = 0;
	for (unsigned i = 0; i < of; i++)
		n += s->rung[land][i] > RUNG_TICKET;
	return n;
}

static unsigned
ticketed(const struct sim *s, enum land land, unsigned of)
{
	unsigned n = 0;
	for (unsigned i = 0; i < of; i++)
		n += s->rung[land][i] == RUNG_TICKET;
	return n;
}

/* What falls of honest ranks a row may show. */
struct falls {
	double most, mean, worst_most;
	unsigned over, worst_over;
	double over_mean, most_mean, mean_mean;
};

static void
falls_add(struct falls *f, const struct sim *s, unsigned seeds)
{
	double most = 0, sum = 0;
	unsigned over = 0;
	for (int i = 0; i < GOOD; i++) {
		sum += s->fall[i];
		over += s->fall[i] > 0.05;
		if (s->fall[i] > most)
			most = s->fall[i];
	}
	f->most_mean += most / seeds;
	f->over_mean += (double)over / seeds;
	f->mean_mean += sum / GOOD / seeds;
	if (most > f->worst_most)
		f->worst_most = most;
	if (over > f->worst_over)
		f->worst_over = over;
}

static void
falls_row(const char *name, const struct falls *f, const char *more)
{
	char b[200];
	snprintf(b, sizeof(b),
	    "largest fall %.1f %% (worst %.1f), over 5 %%: %.1f of 120 (worst %u), mean fall %.2f "
	    "%%%s",
	    100 * f->most_mean, 100 * f->worst_most, f->over_mean, f->worst_over,
	    100 * f->mean_mean, more);
	sim_row(name, f->most_mean <= 0.20 && f->over_mean <= 8 && f->mean_mean <= 0.01 &&
	    f->worst_most <= 0.40 && f->worst_over <= 12, b);
}

static struct said
sybil_says(uint64_t *rs, uint32_t who, unsigned networks, enum land land, unsigned what, msec at)
{
	(void)rs;
	return (struct said){ .at = at, .event = at - 10 * MSEC_MINUTE, .who = who,
		.as = 50000 + who % networks, .land = land, .what = (uint16_t)what,
		.cls = CLASS_OPEN_PROXY, .evidence = EVIDENCE_TEXT };
}

/* All sybils accuse all victims, in [from, to). */
static void
accuse(struct said_list *l, uint64_t *rs, unsigned networks, msec from, msec to, enum class_id cls)
{
	for (unsigned v = 0; v < VICTIMS; v++) {
		for (uint32_t k = 0; k < SYBILS; k++) {
			struct said s = sybil_says(rs, SYBIL0 + k, networks, LAND_VICTIM, v,
			    from + (msec)sim_below(rs, (uint64_t)(to - from)));
			s.cls = cls;
			said_add(l, s);
		}
	}
}

/* Three sybils repeat each honest report within minutes; back-dated ones claim to have seen it
 * before. */
static void
echo(struct said_list *l, uint64_t *rs, const struct said_list *base, unsigned networks, msec from,
    msec to, bool back_dated)
{
	for (size_t i = 0; i < base->n; i++) {
		const struct said *b = &base->v[i];
		if (b->at < from || b->at >= to)
			continue;
		for (int k = 0; k < 3; k++) {
			struct said s = sybil_says(rs, SYBIL0 + (uint32_t)sim_below(rs, SYBILS),
			    networks, b->land, b->what,
			    b->at + (msec)sim_below(rs, 10 * (uint64_t)MSEC_MINUTE));
			if (back_dated)
				s.event = b->event - MSEC_HOUR;
			said_add(l, s);
		}
	}
}

enum attack { NAIVE, ECHO, ECHO_DATED, SLEEPER, WHITEWASH, CLASS_SWITCH, ATTACKS };
static const char *const attack_names[ATTACKS] = { "naive", "echo", "echo, back-dated", "sleeper",
	"whitewash", "class-switch" };

/* Twenty keys in twenty networks that do honest work at first, to switch class later. */
static void
workers(struct said_list *l, uint64_t *rs, const struct truth *t)
{
	for (unsigned b = 0; b < ATTACK * PER_DAY; b++) {
		uint32_t k = (uint32_t)sim_below(rs, 20);
		struct said s = sybil_says(rs, KEY_OF_WORKER + k, 300, LAND_BAD, b,
		    t->bad[b].from + (msec)sim_below(rs, (uint64_t)MSEC_HOUR));
		s.as = 60000 + k;
		said_add(l, s);
	}
	for (unsigned v = 0; v < VICTIMS; v++) {
		for (uint32_t k = 0; k < 20; k++) {
			struct said s = sybil_says(rs, KEY_OF_WORKER + k, 300, LAND_VICTIM, v,
			    day(ATTACK + 1) + (msec)sim_below(rs, 20 * (uint64_t)MSEC_DAY));
			s.as = 60000 + k;
			s.cls = k % 2 ? CLASS_C2_SERVER : CLASS_SCANNER;
			s.evidence = EVIDENCE_STRONG;
			said_add(l, s);
		}
	}
}

static void
plan(enum attack a, unsigned networks, const struct truth *t, const struct said_list *base,
    struct said_list *l)
{
	uint64_t rs = t->seed * 7919 + (uint64_t)a * 31 + networks;
	msec from = day(ATTACK), to = day(DAYS - 2);
	switch (a) {
	case NAIVE: accuse(l, &rs, networks, from, to, CLASS_OPEN_PROXY); break;
	case ECHO:
	case ECHO_DATED:
		echo(l, &rs, base, networks, day(0), to, a == ECHO_DATED);
		accuse(l, &rs, networks, from, to, CLASS_OPEN_PROXY);
		break;
	case SLEEPER: /* sixty days of echo, silence, then all at once */
		echo(l, &rs, base, networks, day(0), from, false);
		accuse(l, &rs, networks, day(75), day(75) + MSEC_HOUR, CLASS_OPEN_PROXY);
		break;
	case WHITEWASH: { /* a new key for every report */
		size_t first = l->n;
		accuse(l, &rs, networks, from, to, CLASS_OPEN_PROXY);
		for (size_t i = first; i < l->n; i++)
			l->v[i].who = (uint32_t)(KEY_FRESH + i);
		break;
	}
	case CLASS_SWITCH:
		echo(l, &rs, base, networks, day(0), from, false);
		workers(l, &rs, t);
		accuse(l, &rs, networks, from, day(75), CLASS_C2_SERVER);
		accuse(l, &rs, networks, day(75), to, CLASS_SCANNER);
		break;
	case ATTACKS: break;
	}
	said_sort(l);
}

/* Everything of one seed that several rows start from. */
struct seed {
	struct truth truth;
	struct said_list base;
	struct sim *day60; /* the honest world at the day attacks begin */
};

static struct sim *
attacked(const struct seed *sd, const struct said_list *attack, bool from_start)
{
	struct sim *s = from_start ? sim_new(&sd->truth, &sd->base) : sim_fork(sd->day60);
	s->attack = attack;
	s->watch_from = SYBIL0;
	s->left_pool = 0;
	memset(s->out_of_pool, 0, sizeof(s->out_of_pool));
	return s;
}

static void
clean_row(struct seed *sd, unsigned seeds)
{
	double recall_n = 1, recall_f = 1, late_n = 0, late_f = 0;
	unsigned tickets = 0, acted = 0, worst_cases = 0;
	struct falls f = { 0 };
	char b[200];
	for (unsigned i = 0; i < seeds; i++) {
		struct sim *s = sim_new(&sd[i].truth, &sd[i].base);
		unsigned bads = (DAYS - 4) * PER_DAY, n = 0, m = 0;
		double dn = 0, df = 0;
		sim_run(s, day(ATTACK));
		sd[i].day60 = sim_fork(s);
		sim_run(s, day(DAYS));
		for (unsigned k = 0; k < bads; k++) {
			const msec from = sd[i].truth.bad[k].from;
			n += s->notified[k] != 0;
			m += s->filtered[k] != 0;
			dn +=
			    s->notified[k] ? (double)(s->notified[k] - from) / (double)MSEC_DAY : 0;
			df +=
			    s->filtered[k] ? (double)(s->filtered[k] - from) / (double)MSEC_DAY : 0;
		}
		recall_n = (double)n / bads < recall_n ? (double)n / bads : recall_n;
		recall_f = (double)m / bads < recall_f ? (double)m / bads : recall_f;
		late_n += dn / n / seeds;
		late_f += df / m / seeds;
		acted += above_ticket(s, LAND_INNOCENT, INNOCENTS);
		tickets += ticketed(s, LAND_INNOCENT, INNOCENTS);
		if (s->judge->of[STATE_CASE].count > worst_cases)
			worst_cases = (unsigned)s->judge->of[STATE_CASE].count;
		falls_add(&f, s, seeds);
		sim_free(s);
	}
	snprintf(b, sizeof(b), "worst recall notify %.4f filter %.4f, mean delay %.2f / %.2f d, "
	    "innocents: %u ticketed, %u above", recall_n, recall_f, late_n, late_f, tickets, acted);
	sim_row("clean", recall_n >= 0.999 && recall_f >= 0.999 && late_n <= 0.4 && late_f <= 0.4 &&
	    acted == 0, b);
	falls_row("clean, falls by misses", &f, "");
}

static void
sybil_rows(const struct seed *sd, unsigned seeds)
{
	static const unsigned networks[] = { 5, 300 };
	for (int a = 0; a < ATTACKS; a++) {
		for (int k = 0; k < 2; k++) {
			unsigned acted = 0, innocent = 0, left = 0;
			char b[200], name[64];
			for (unsigned i = 0; i < seeds; i++) {
				struct said_list l = { 0 };
				plan((enum attack)a, networks[k], &sd[i].truth, &sd[i].base, &l);
				struct sim *s = attacked(&sd[i], &l, a != NAIVE && a != WHITEWASH);
				sim_run(s, day(DAYS));
				acted += above_ticket(s, LAND_VICTIM, VICTIMS);
				innocent += above_ticket(s, LAND_INNOCENT, INNOCENTS);
				left += s->left_pool;
				sim_free(s);
				free(l.v);
			}
			snprintf(
			    name, sizeof(name), "%s, %u networks", attack_names[a], networks[k]);
			snprintf(b, sizeof(b), "%u of %u victims above ticket, %u innocents, "
			    "%.1f of 1000 keys left the pool", acted, VICTIMS * seeds, innocent,
			    (double)left / seeds);
			sim_row(name, acted == 0 && innocent == 0, b);
		}
	}
}

/* Five who are trusted accuse every victim, again and again. */
static void
insider_rows(const struct seed *sd, unsigned seeds)
{
	for (int pinned = 0; pinned < 2; pinned++) {
		unsigned acted = 0, tickets = 0;
		char b[200];
		for (unsigned i = 0; i < seeds; i++) {
			struct said_list l = { 0 };
			uint64_t rs = sd[i].truth.seed * 104729 + (uint64_t)pinned;
			for (unsigned v = 0; v < VICTIMS; v++) {
				for (uint32_t k = 0; k < 5; k++) {
					for (int again = 0; again < 8; again++) {
						uint32_t who = pinned ? KEY_OF_INSIDER + k : k * 20;
						struct said s =
						    sybil_says(&rs, who, 300, LAND_VICTIM, v,
							day(ATTACK) + (msec)sim_below(&rs,
									  28 * (uint64_t)MSEC_DAY));
						s.as = pinned ? 70000 + k : 100 + who / 2;
						s.evidence = EVIDENCE_STRONG;
						s.two_way = true;
						said_add(&l, s);
					}
				}
			}
			said_sort(&l);
			struct sim *s = attacked(&sd[i], &l, false);
			for (uint32_t k = 0; pinned && k < 5; k++) {
				struct fact f = { .kind = FACT_REPORTER,
					.reporter = { .pinned = true,
					    .key = sim_key(KEY_OF_INSIDER + k),
					    .pin = Q32(90, 100) } };
				sim_fact(s, &f);
			}
			sim_run(s, day(DAYS));
			acted += above_ticket(s, LAND_VICTIM, VICTIMS);
			tickets += ticketed(s, LAND_VICTIM, VICTIMS);
			sim_free(s);
			free(l.v);
		}
		snprintf(b, sizeof(b), "%u of %u victims above ticket, %u ticketed", acted,
		    VICTIMS * seeds, tickets);
		sim_row(pinned ? "5 trusted turn, pinned" : "5 trusted turn, learned", acted == 0, b);
	}
}

/* Keys that open proxies on their own lines and report them at once, over and over; and keys that
 * copy a public feed of everybody's reports. Key n of a seed has n + 1 own lines. */
static void
farm_rows(struct seed *sd, unsigned seeds)
{
	unsigned few = 0, ten = 0, copy = 0, both = 0;
	char b[200];
	for (unsigned i = 0; i < seeds; i++) {
		static const unsigned lines[] = { 1, 2, 3, 4, 4, 10 };
		struct said_list l = { 0 };
		uint64_t rs = sd[i].truth.seed * 15485863;
		unsigned own = 0;
		for (uint32_t k = 0; k < 6; k++) {
			for (unsigned n = 0; n < lines[k]; n++, own++) {
				sd[i].truth.own[own].from = day(0);
				sd[i].truth.own[own].to = day(DAYS);
				for (int d = 1; d < DAYS - 2; d += 3) {
					struct said s =
					    sybil_says(&rs, KEY_OF_FARMER + k, 300, LAND_OWN, own,
						day(d) + (msec)sim_below(&rs, (uint64_t)MSEC_DAY));
					s.as = 80000 + k;
					said_add(&l, s);
				}
			}
		}
		/* Keys 6..9 only copy; key 4 farms four lines and copies besides. */
		for (size_t n = 0; n < sd[i].base.n; n++) {
			const struct said *x = &sd[i].base.v[n];
			uint32_t k = (uint32_t)sim_below(&rs, 5);
			struct said s =
			    sybil_says(&rs, KEY_OF_FARMER + (k ? 5 + k : 4), 300, x->land, x->what,
				x->at + 10 * MSEC_MINUTE +
				    (msec)sim_below(&rs, 50 * (uint64_t)MSEC_MINUTE));
			s.as = 80000 + (k ? 5 + k : 4);
			s.event = x->event;
			said_add(&l, s);
		}
		said_sort(&l);
		struct sim *s = attacked(&sd[i], &l, true);
		s->watch_from = KEY_OF_FARMER;
		sim_run(s, day(DAYS));
		for (int k = 0; k < 4; k++)
			few += s->out_of_pool[k];
		both += s->out_of_pool[4];
		ten += s->out_of_pool[5];
		for (int k = 6; k < 10; k++)
			copy += s->out_of_pool[k];
		sim_free(s);
		free(l.v);
		memset(sd[i].truth.own, 0, sizeof(sd[i].truth.own));
	}
	snprintf(b, sizeof(b),
	    "%u of %u keys with 1 to 4 own lines left the pool (with 10: %u of %u)", few, 4 * seeds,
	    ten, seeds);
	sim_row("rank farming", few == 0, b);
	snprintf(b, sizeof(b),
	    "%u of %u copying keys left the pool; %u of %u with 4 own lines besides", copy,
	    4 * seeds, both, seeds);
	sim_row("public-feed copying", copy == 0 && both == 0, b);
}

static void
hide_rows(struct seed *sd, unsigned seeds)
{
	for (int both = 0; both < 2; both++) {
		struct falls f = { 0 };
		double recall = 0;
		char b[100];
		for (unsigned i = 0; i < seeds; i++) {
			uint64_t rs = sd[i].truth.seed * 32452843;
			unsigned n = 0, bads = (DAYS - 4) * PER_DAY;
			for (unsigned k = 0; k < BADS; k++) {
				sd[i].truth.bad[k].hides0 = sim_unit(&rs) < 0.2;
				sd[i].truth.bad[k].hides1 = both && sd[i].truth.bad[k].hides0;
			}
			struct sim *s = attacked(&sd[i], NULL, true);
			sim_run(s, day(DAYS));
			for (unsigned k = 0; k < bads; k++)
				n += s->filtered[k] != 0;
			recall += (double)n / bads / seeds;
			falls_add(&f, s, seeds);
			sim_free(s);
			for (unsigned k = 0; k < BADS; k++)
				sd[i].truth.bad[k].hides0 = sd[i].truth.bad[k].hides1 = false;
		}
		snprintf(b, sizeof(b), "; recall %.3f", recall);
		falls_row(
		    both ? "20 % hide from both vantages" : "20 % hide from announced vantage", &f,
		    b);
	}
}

/* Forged packets make honest reporters report addresses that did nothing. One in a hundred wrongly
 * claims a two-way exchange. */
static void
spoof_rows(const struct seed *sd, unsigned seeds)
{
	for (int lines = 0; lines < 2; lines++) {
		struct falls f = { 0 };
		unsigned acted = 0;
		char b[100];
		for (unsigned i = 0; i < seeds; i++) {
			struct said_list l = { 0 };
			uint64_t rs = sd[i].truth.seed * 49979687 + (uint64_t)lines;
			unsigned of = lines ? SPOOFED : CANARIES;
			for (int sweep = 0; sweep < 3; sweep++) {
				for (uint32_t who = 0; who < HONEST; who++) {
					for (unsigned n = 0; n < of; n++) {
						if (sim_unit(&rs) >= 0.6)
							continue;
						struct said s = sybil_says(&rs, who, 300,
						    lines ? LAND_SPOOFED : LAND_CANARY, n,
						    day(ATTACK + 3 + 7 * sweep) +
							(msec)sim_below(&rs, (uint64_t)MSEC_HOUR));
						s.as = who < GOOD ? 100 + who / 2 : 200 + who;
						s.cls = CLASS_SCANNER;
						s.evidence = sim_unit(&rs) < 0.3 ? EVIDENCE_TEXT
										 : EVIDENCE_WEAK;
						s.canary = !lines;
						said_add(&l, s);
					}
				}
			}
			/* A sensor that takes a SYN for a handshake does so for a whole sweep:
			 * two per seed do once, none twice. */
			for (size_t n = 0; n < l.n; n++)
				l.v[n].two_way = l.v[n].who < 2 && l.v[n].at < day(ATTACK + 4);
			said_sort(&l);
			struct sim *s = attacked(&sd[i], &l, false);
			sim_run(s, day(DAYS));
			acted += above_ticket(s, LAND_SPOOFED, SPOOFED) +
				 above_ticket(s, LAND_CANARY, CANARIES);
			falls_add(&f, s, seeds);
			sim_free(s);
			free(l.v);
		}
		snprintf(b, sizeof(b), "; %u above ticket", acted);
		falls_row(lines ? "200 spoofed lines" : "spoofed sweep over canaries", &f, b);
		failed |= acted != 0;
	}
}

int
main(int argc, char **argv)
{
	static struct seed sd[SEEDS];
	unsigned seeds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : SEEDS;
	if (seeds < 1 || seeds > SEEDS)
		seeds = SEEDS;
	for (unsigned i = 0; i < seeds; i++)
		sim_world(i + 1, &sd[i].truth, &sd[i].base);
	printf("%u seeds, %d days, %zu honest reports in the first\n", seeds, DAYS, sd[0].base.n);
	clean_row(sd, seeds);
	sybil_rows(sd, seeds);
	insider_rows(sd, seeds);
	farm_rows(sd, seeds);
	hide_rows(sd, seeds);
	spoof_rows(sd, seeds);
	cold_rows(seeds);
	framed_rows(seeds);
	for (unsigned i = 0; i < seeds; i++) {
		sim_free(sd[i].day60);
		free(sd[i].base.v);
	}
	puts(failed ? "FAILED" : "all rows hold");
	return failed;
}
