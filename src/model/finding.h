/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a detector found in the flows: an accusation with its numbers, so that a person can read it and
 * a machine can weigh it. A finding about a line becomes a report of one of our own sensors; one about
 * a population becomes one proposed order; an outbreak is shown.
 */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/msec.h"
#include "model/class.h"
#include "model/fact.h"

/* One row each in finding.c: name, title, class, family of evidence (which detectors are one group). */
enum detector {
	DETECT_SCAN,       /* D1 SYNs to many addresses on ports of IoT malware */
	DETECT_WALK,       /* D2 threshold random walk: contacts that fail (Jung et al. 2004) */
	DETECT_FLOOD,      /* D3 many packets, few answers; also summed over a /24 or /48 */
	DETECT_TORTURE,    /* D4 DNS water torture */
	DETECT_SPOOF,      /* D5 sources that do not belong behind the interface (RFC 2827) */
	DETECT_C2,         /* D6 contact with an indicator */
	DETECT_IDLE,       /* D7 a long idle session: weight only */
	DETECT_SPRAY,      /* D8 small datagrams to many: weight only */
	DETECT_RELAY,      /* D9 bytes in from one, out to others: weight only */
	DETECT_EXPOSED,    /* D10 strangers answered on a port of IoT malware: weight only */
	DETECT_POPULATION, /* many lines, one victim, the same seconds */
	DETECT_OUTBREAK,   /* a port or family spreading among own lines */
	DETECTORS,
};

struct detector_row {
	const char *name;   /* "scan": in tables, JSON, sensor names */
	const char *title;  /* "scan of IoT ports" */
	enum class_id cls;  /* what it accuses of; CLASS_NONE: of nothing */
	bool acts;          /* may support an order; else it only adds weight */
};
const struct detector_row *detector_row(enum detector d);

/* How sure the source address is: who could have written it (model/exporter.h). */
enum source {
	SOURCE_UNPROVEN, /* anybody with a connection that lets him: EVIDENCE_WEAK */
	SOURCE_BOUND,    /* belongs behind that interface: EVIDENCE_TEXT */
	SOURCE_PROVEN,   /* the line itself: strict SAV, or it took part in an exchange that needs the
	                    answers (a TCP connection with data both ways): EVIDENCE_STRONG */
};

#define FINDING_LEAST 8 /* samples below which nothing may act */
#define FINDING_PORTS 8
#define FINDING_PEERS 4

struct finding {
	uint8_t detector;       /* enum detector */
	uint8_t source;         /* enum source */
	uint8_t proto;          /* 0: several */
	uint8_t inbound;        /* the port is the line's own (DETECT_EXPOSED), else the far side's */
	uint8_t active;         /* goes on now */
	uint8_t two_way;        /* answers were seen in the exchanges that accuse */
	uint8_t flood;          /* enum flood_class of DETECT_FLOOD and DETECT_POPULATION */
	uint8_t shared;         /* the address is several lines' (CGNAT) */
	struct addr subject;    /* the line; fam 0: none (population, outbreak, a spoofing interface) */
	struct prefix peer;     /* victim, C&C, resolver; len below the family's: a carpet; fam 0: many */
	uint16_t port[FINDING_PORTS]; /* most used first; 0 ends */
	struct addr sample[FINDING_PEERS]; /* some far addresses; fam 0 ends */
	uint16_t exporter;
	uint32_t iface;         /* ifIndex; 0: several or not told */
	uint32_t samples;       /* records or sampled packets it rests on: FINDING_LEAST */
	uint32_t sampling;      /* one packet in so many; 0: unknown, and so is every rate below */
	uint32_t distinct;      /* far addresses (or lines: population, outbreak), at least */
	uint32_t permille;      /* share that tells: SYN-only, failed, unanswered */
	uint32_t lines;         /* own lines taking part: population, outbreak; else 1 */
	uint64_t pps, bps;      /* estimates, scaled by sampling where known. bits per second */
	uint64_t packets, bytes; /* estimates, in from..to */
	uint32_t mean_size;     /* IP bytes a packet */
	uint32_t error_permille; /* 95 % error of the estimates: 1960 / sqrt(samples) (sFlow rule) */
	uint64_t group;         /* population: its number; on the findings about its lines too; else 0 */
	char indicator[32];     /* DETECT_C2: the indicator's id, checked text */
	msec from, to;          /* data time */
};

enum flood_class { FLOOD_SYN, FLOOD_TCP, FLOOD_UDP, FLOOD_ICMP, FLOOD_GRE, FLOOD_FRAGMENT, FLOOD_OTHER, FLOOD_N };
const char *flood_name(enum flood_class f);

#define FINDING_TEXT 512
/* The evidence in one line, e.g. "41 addresses on tcp/23,2323, 100 % SYN-only, 10:01-10:09, sampled
 * 1:1000". Numbers and fixed words only. Returns buf. */
char *finding_print(const struct finding *f, char buf[FINDING_TEXT]);
/* Every enum, count and text of it is what an honest detector could have written. */
bool finding_sane(const struct finding *f);
/* The report our own sensor makes of it: key of the detector's sensor, class, grade of evidence by
 * source (EVIDENCE_WEAK if only its few samples keep it from acting), hashes of the text. from a
 * detector that accuses of nothing or nobody: false. */
bool finding_report(const struct finding *f, struct report *ret);
/* What own flows say of its line beyond that report: that it goes on now, or that the port was answered.
 * spoofed: forged sources came in through its interface within the last hour, so its flows prove
 * nothing. False: nothing. */
bool finding_seen(const struct finding *f, bool spoofed, struct flow_seen *ret);
/* The same the other way, as one line of text. */
char *population_print(const struct population *p, char buf[FINDING_TEXT]);
/* Of a population. */
void finding_population(const struct finding *f, struct population *ret);
/* The key own sensor d is known by in the journal: a fixed number, nobody can sign with it. */
struct key detector_key(enum detector d);

#endif
