/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the judge keeps beside its cases, and how much of it: reporters and their rank, credits, orders,
 * leases, answered exchanges, protections.
 */
#ifndef JUDGE_KEPT_H
#define JUDGE_KEPT_H

#include "base/lpm.h"
#include "base/tree.h"
#include "judge/judge.h"

/* Caps of what strangers can feed. Full: the rule stands beside each use, and META counts. */
#define CASES        800000    /* cases remembered; the oldest nobody proven stands behind goes first */
#define CLAIMS       128       /* reports of one case that still count */
#define CLAIMS_ALL   8000000   /* ... of all cases; beyond it a case keeps CLAIMS_LEAST */
#define CLAIMS_LEAST 8
#define SLOTS        8         /* ports of one case under check */
#define SLOTS_PROVEN 2         /* of them for reports of proven sources alone ... */
#define SLOTS_LIST   1         /* ... and for those, or reports that name no port */
#define REPORTERS    1000000   /* keys remembered */
#define CREDITS      4000000   /* (group, line, family) remembered */
#define FLOWS        1000000   /* (subject, port) with answered exchanges remembered */
#define LEASES_EACH  4         /* leases of one address remembered, newest */
#define ANSWERS_EACH 4         /* answered exchanges of one subject and port remembered */
#define FALSE_LINES  8         /* lines a reporter was wrong about, newest */
#define KINDS        10        /* above the last enum state_kind */

struct obj {
	struct tree_node node; /* in judge.of[kind], by key */
	struct obj *next_dirty;
	uint8_t kind, key_len;
	bool dirty, gone;
	uint8_t key[STATE_KEY];
};

/* What outcomes earned on top of the start, decaying from `at` on. */
struct beta {
	q32 a, b;
	msec at;
	uint32_t right, wrong, lines;
};

struct wrong_line {
	uint64_t line;
	msec at;
};

struct rank {
	struct beta family[FAMILY_N];
	struct wrong_line wrong[FAMILY_N][FALSE_LINES];
};

/* Key: the Ed25519 key. */
struct reporter {
	struct obj o;
	struct tree_node stale; /* in judge.stale while it may be forgotten */
	struct tree_node by_name; /* in judge.by_name while it has one */
	char *name, *org, *sender; /* NULL: "" */
	struct rank *rank;         /* NULL: no outcome yet */
	uint8_t standing;
	bool pinned, in_stale;
	uint32_t notify_on_sight; /* classes, a bit each */
	q32 pin;
	msec delay, first, last;
	int64_t canary_day;        /* day of a first canary hit; 0: none waiting */
	uint32_t as, flags;        /* flags: canaries counted */
	uint64_t reports;
};

/* Key: family, tag, whom, line. */
struct credit {
	struct obj o;
	msec at;
};

#define CHARGE_BYTES 33
/* Key: its number. Kept while it stands and until its case is forgotten. */
struct given {
	struct obj o;
	struct tree_node by_case;  /* in judge.by_case */
	struct tree_node standing; /* in judge.standing while not ended */
	struct order order;
	bool ended;
	uint8_t charge[CHARGE_BYTES]; /* whose cap it uses; not while asked for */
};

/* How many orders in force one group has at one rung. An index. */
struct charge {
	struct tree_node node;
	uint8_t rung, whom[CHARGE_BYTES];
	uint64_t n;
};

/* Key: the address. */
struct leases {
	struct obj o;
	struct lease_seen lease[LEASES_EACH]; /* newest first; line "": none */
};

/* Key: the prefix. Never touched, said by command. */
struct protect {
	struct obj o;
	struct lpm_node lpm; /* in judge.protect */
	uint32_t uid;
};

/* Key: an AS, while looks it reported are pending. Whose turn was longest ago goes first. */
struct turn {
	struct obj o;
	struct tree_node by_served; /* in judge.turns */
	uint32_t as;
	uint64_t served;           /* judge.m.turns when it last was, or came */
	uint32_t pending;          /* the rest is an index, and where a walk stands */
	uint64_t walk;
	struct slot *next;
	struct turn *link;
};

/* How much of one /24 or /48 is pending. An index. */
struct net {
	struct tree_node node; /* in judge.nets */
	struct prefix prefix;
	uint32_t pending, walked;
	uint64_t walk;
};

/* Where a pending look stands beside the order by score. An index. */
struct place {
	struct tree_node by_turn, by_owner, by_audit;
	struct slot *slot;
	struct turn *of;
	struct net *net;
	uint64_t audit, walk;  /* walk: the last over the queue that came by */
	struct slot *later;    /* of that walk: its network had enough */
};

/* Key: subject, port. */
struct answers {
	struct obj o;
	msec at[ANSWERS_EACH]; /* newest first; 0: none */
};

#endif
