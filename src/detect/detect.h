/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flow records -> findings. Pure and integer: time is the data's, the same flows in the same order give
 * the same findings under any compiler; the seed of a table never shows in them. State is kept for own
 * lines only (IPv6 by delegated prefix), in tables of fixed size whose windows age when they are touched:
 * nothing walks over all lines.
 */
#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include "model/exporter.h"
#include "model/finding.h"
#include "model/flow.h"
#include "model/policy.h"

struct detect;
struct indicators; /* detect/indicators.h */

/* The detectors' numbers; detect_numbers() gives the defaults. Windows in ms. */
#define SCAN_PORTS 32
struct detect_numbers {
	uint16_t scan_port[SCAN_PORTS]; /* 0 ends; the default set of IoT malware */
	uint16_t scan_port_busy[8];     /* of them those with honest traffic: count at 3 times the threshold */
	uint32_t scan_distinct, scan_distinct_long; /* 8 in 15 min, 24 in 6 h */
	/* 5 of quiet ports in 15 min are told as well: samples too few to act on. In twice the time that 8
	 * take on average, Poisson draws stay below 8 in 1.0 % of cases, below 5 in 0.04 %. */
	uint32_t scan_early;
	uint32_t scan_share;            /* permille SYN-only: 600 */
	uint32_t scan_nets;             /* distinct /16 (/32 of IPv6): 3 */
	uint32_t walk_failures;         /* net failures at most: 12; fewer, to 8, while few lines are seen */
	uint32_t walk_sampling;         /* only where sampling is at most: 16 */
	uint32_t flood_pps;             /* 2,000 */
	uint32_t flood_times;           /* of the line's own average: 20 */
	uint32_t flood_ratio;           /* packets out per packet in: 50 */
	uint32_t flood_samples;         /* 30 */
	uint32_t torture_qps;           /* 100 */
	uint32_t population_lines;      /* lines at the same victim, port and size: 20 */
	uint64_t population_bps;        /* all of them together: 100 Mbit/s */
	uint32_t outbreak_lines;        /* new lines of one port in an hour: 10 */
	uint32_t least_samples;         /* below it nothing acts: 8 */
};
void detect_numbers(struct detect_numbers *ret);

typedef void finding_cb(void *arg, const struct finding *f);

struct detect_conf {
	const struct policy *policy;    /* own prefixes; must outlive it, as all below */
	const struct sights *sights;
	const struct indicators *indicators; /* NULL: none */
	struct detect_numbers numbers;
	uint32_t subscribers;           /* most lines with state at a time */
	uint64_t seed[2];               /* of the tables */
	finding_cb *found;              /* called in the order of the data */
	void *arg;
};
/* Allocates all it will ever need, but touches pages only as lines appear. NULL: out of memory. */
struct detect *detect_new(const struct detect_conf *c);
void detect_free(struct detect *d);
/* Others from now on; the old ones are no longer used when it returns. */
void detect_indicators(struct detect *d, const struct indicators *in);

/* Flows as they arrive; now: when they did (live), or their own last times (replay). Time never falls:
 * an earlier one counts as the latest so far. */
void detect_flows(struct detect *d, const struct flow *f, size_t n, msec now);
/* Time goes on though no flow comes: windows end. */
void detect_tick(struct detect *d, msec now);

/* "Does this line do what is claimed?" Independent of who said so. */
struct ask {
	uint64_t no;
	uint64_t case_no;
	struct addr subject;
	uint16_t port;       /* on the subject; 0: not named */
	enum class_id cls;
	msec when;           /* of the event */
};
/* covered: the line's traffic was seen through the 6 h before `when` and since, and the exporters
 * that see it lose less than 5 % (lossy: what the collector knows of that). Only then does silence
 * mean something. active comes with a scope: what a filter would have to name. */
void detect_ask(struct detect *d, const struct ask *a, bool lossy, struct flow_seen *ret);

/* Keeps the flows of one line until a time, in a ring of fixed size. At most WATCHED at a time; false:
 * no room. */
#define WATCHED    1024
#define WATCH_RING 512
bool detect_watch(struct detect *d, const struct prefix *subject, msec until);
/* The newest kept flows of a line, oldest first. How many. */
size_t detect_kept(const struct detect *d, const struct addr *a, struct flow *ret, size_t most);

/* For `lymph top`: own lines by suspicion, 0..1000, highest first. */
struct top_row {
	struct prefix subject;
	uint32_t suspicion;
	uint32_t detectors;  /* what was found about it in the last hour, a bit each */
	uint64_t pps, bps;   /* out, estimates of the last minute */
	msec last;
};
size_t detect_top(const struct detect *d, struct top_row *ret, size_t most);

struct detect_stats {
	uint64_t flows, counted;             /* taken; counted at a place where packets count */
	uint64_t foreign, elsewhere, unknown_if, ignored, double_dir; /* not counted, by reason */
	uint64_t found[DETECTORS], held[DETECTORS]; /* findings told; kept back by a trap guard */
	uint64_t lines, evicted, refused;    /* with state; pushed out; no room */
	uint64_t sampling_unknown;           /* flows whose sampling nobody said */
	uint64_t out_packets, out_bytes, in_packets, in_bytes; /* estimates, ever */
	uint64_t attack_packets, attack_bytes; /* of out: what findings of floods are made of */
	msec now;
};
void detect_stats_of(const struct detect *d, struct detect_stats *ret);
/* Bytes by kind, for `lymph show memory`: allocated and touched. */
struct memory_row {
	const char *kind;
	uint64_t entries, most, entry_bytes, bytes;
};
size_t detect_memory(const struct detect *d, struct memory_row *ret, size_t most);

#endif
