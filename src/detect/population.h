/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of the detector of populations to each other: what is kept of a place that many own lines send to,
 * and of the group of lines that is accused. Not for use outside this folder.
 */
#ifndef DETECT_POPULATION_H
#define DETECT_POPULATION_H

#include "detect/flood.h"

#define POP_WINDOW 2     /* s */
#define POP_RING   32    /* windows */
#define POP_RUN    3     /* windows that are summed */
#define POP_STALE  5     /* windows: a place nobody sends to gives way */
#define POP_SETS   512
#define POP_WAYS   8
#define POP_PLACES (POP_SETS * POP_WAYS)
#define POP_LINES  128   /* of a place, drawn by hash */
#define POP_SIZES  8
#define POP_GROUPS 64
#define POP_MEMBERS 1024 /* lines of a group that are named; a power of two */
#define POP_SURE   32    /* packets of a line until no answer means something, where others are answered */
#define POP_RECENT 10    /* windows a drawn line stays */

struct pop_line {
	uint32_t hash, since, when; /* windows; when 0: free */
	uint32_t out, in;           /* packets as exported */
	uint32_t size;              /* of FLOOD_UNIT bytes */
};

/* An address, or a /24 (/48), and one class of packets to it. */
struct pop_place {
	struct prefix victim;
	uint8_t cls, proto;
	bool fresh;                 /* in the list of those to weigh at the next tick */
	uint16_t group;             /* 1 + number; 0: none */
	uint32_t newest, touched;   /* windows; guard: one of its addresses is a group of its own */
	uint32_t guard;
	uint64_t bytes[POP_RING];
	uint32_t out[POP_RING], in[POP_RING], samples[POP_RING];
	uint32_t limit;             /* lines whose hash is at most this are drawn */
	uint32_t size[POP_SIZES];   /* packets by size */
	uint16_t port[FLOOD_TOP];
	uint32_t port_weight[FLOOD_TOP];
	uint32_t source[3];
	uint32_t sampling, records, slow;
	uint32_t over;              /* window since it has been too much; 0: it is not */
	uint64_t usual;             /* bytes a window */
	struct addr host;           /* of a net: who gets most, by vote */
	uint32_t host_votes, host_all;
	uint64_t number;            /* of its last group */
	uint32_t ended;             /* s */
	struct pop_line line[POP_LINES];
};

struct pop_member {
	uint64_t key;               /* of the line; 0: free */
	uint64_t packets, bytes, told;
	uint32_t samples, in;       /* packets as exported */
	uint32_t since, when, told_at; /* s */
};

struct pop_group {
	uint64_t number;            /* 0: free */
	struct pop_place *place;
	uint32_t from, last;        /* s */
	uint32_t told_at, told_lines;
	uint64_t told_bps, packets, bytes, samples;
	uint32_t members, left_out;
	bool mixed;                 /* honest clients are there too */
	struct pop_member member[POP_MEMBERS];
};

/* What a place looks like now. */
struct pop_view {
	uint32_t lines;             /* that send and are not answered, an estimate */
	uint64_t bps, pps;
	uint32_t samples, permille; /* unanswered */
	bool answered;              /* some that send there get answers */
};

/* A window has ended: does this place get too much now, unanswered? Then *ret is what it looks like. */
bool pop_weigh(const struct detect *d, struct pop_place *p, uint32_t w, struct pop_view *ret);

struct pop_groups;
struct pop_groups *pop_groups_new(void);
void pop_groups_free(struct pop_groups *g);
/* The place is too much now: makes it a group, or keeps its group going; tells when there is news. */
void pop_group_on(struct detect *d, struct pop_groups *g, struct pop_place *p, const struct pop_view *v);
/* A record to a place that is a group. False: its line is answered, and not of the group. */
bool pop_group_out(struct detect *d, struct pop_groups *g, struct pop_place *p, const struct seen *s);
void pop_group_in(struct pop_groups *g, struct pop_place *p, const struct seen *s);
/* Groups without a word for a minute end. */
void pop_group_tick(struct detect *d, struct pop_groups *g);
size_t pop_groups_bytes(const struct pop_groups *g);

/* Asks for what is read first when f, of class c, that leaves for a foreign address, is looked at. Returns
 * where that is, for struct seen; bit 0: should it have no place yet, f could bring it one. */
uint64_t population_ask(const struct detect *d, const struct flow *f, enum flood_class c);
uint16_t pop_port(const struct pop_place *p);
struct prefix pop_victim(const struct pop_place *p);

extern const struct detector_ops population_ops;

#endif
