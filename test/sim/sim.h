/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A simulated network around the judge: good and sloppy reporters, bad addresses that come and go, a
 * probe that misses, own flows and leases. Attackers add reports to it. All chance comes from fixed
 * seeds; nothing is measured in wall-clock time.
 */
#ifndef TEST_SIM_H
#define TEST_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "judge/parts.h"
#include "judge/view.h"

#define DAYS      90
#define ATTACK    60        /* the day attacks begin */
#define PER_DAY   20        /* new bad addresses */
#define BADS      (DAYS * PER_DAY)
#define GOOD      120
#define SLOPPY    30
#define HONEST    (GOOD + SLOPPY)
#define INNOCENTS 2000
#define VICTIMS   50
#define OWN       64        /* lines an attacker holds */
#define SPOOFED   200
#define CANARIES  20
#define WATCHED   1024
#define PROXY_PORT 3128
#define SIM_T0    INT64_C(1700006400000) /* a midnight */

/* Kinds of address, each a /16 of its own: 10.KIND.x.y. */
enum land { LAND_BAD, LAND_INNOCENT, LAND_VICTIM, LAND_OWN, LAND_SPOOFED, LAND_CANARY, LAND_N };

/* One report to come. */
struct said {
	msec at, event;
	uint64_t order;       /* ties */
	uint32_t who;         /* key number */
	uint32_t as;
	uint16_t what;        /* number inside its land */
	uint8_t land, cls, evidence;
	bool two_way;
	bool canary;          /* the edge knows it names a canary */
};

struct said_list {
	struct said *v;
	size_t n, room;
};

/* What is true, and how the probe fares. */
struct truth {
	struct { msec from, to; bool hides0, hides1; } bad[BADS];
	struct { msec from, to; } own[OWN]; /* an attacker's bait: open in between */
	uint64_t seed;
};

struct asked {
	struct look look;
	msec at;
};

#define ASKED_ROOM 4096

/* A question to own flows on its way. */
struct question {
	struct flow_ask ask;
	msec at;
};

struct sim {
	struct judge *judge;
	struct policy *policy;
	const struct truth *truth;
	const struct said_list *base, *attack;
	size_t base_at, attack_at;
	struct effects out;
	msec now;
	uint64_t seq;
	struct asked asked[ASKED_ROOM];
	size_t asked_from, asked_n;
	struct question question[ASKED_ROOM];
	size_t question_from, question_n;
	double coverage;        /* share of answers that cover the line; 0: the collector is silent */
	uint32_t *who_of;       /* by seq: key number + 1, 0: not a report */
	uint8_t *land_of;       /* by seq */
	uint32_t by;            /* of the next fact: key number + 1 */
	uint8_t about;
	size_t of_room;
	/* What came of it. */
	msec notified[BADS], filtered[BADS];
	uint8_t rung[LAND_N][INNOCENTS]; /* highest order, per address that is not bad */
	uint32_t watch_from;    /* attackers' keys, WATCHED of them */
	bool out_of_pool[WATCHED];
	uint32_t left_pool;
	double unjust[HONEST];  /* b taken for lines that were bad, spoofed or canaries */
	msec unjust_at[HONEST];
	double fall[HONEST];    /* largest share of T so lost */
};

uint64_t sim_random(uint64_t *state);
uint64_t sim_below(uint64_t *state, uint64_t n);
double sim_unit(uint64_t *state);
struct key sim_key(uint32_t who);
struct addr sim_addr(enum land land, unsigned n);
void said_add(struct said_list *l, struct said s);
void said_sort(struct said_list *l);
/* The honest world of one seed. */
void sim_world(uint64_t seed, struct truth *t, struct said_list *base);
struct sim *sim_new(const struct truth *t, const struct said_list *base);
void sim_fact(struct sim *s, struct fact *f);
/* Runs until `until`. */
void sim_run(struct sim *s, msec until);
/* A second world that goes on from here by itself, its judge stored and restored. */
struct sim *sim_fork(const struct sim *s);
void sim_free(struct sim *s);

/* One line of the table; what does not hold fails the whole. */
void sim_row(const char *name, bool ok, const char *text);
/* flow_rows.c. */
void cold_rows(unsigned seeds);
void framed_rows(unsigned seeds);

#endif
