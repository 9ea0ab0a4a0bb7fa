/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the readers of flow logs share: a line cut into named cells, values out of cells, and the two
 * flows an exchange becomes. Only src/wire/flowtext*.c may include it.
 */
#ifndef WIRE_FLOWTEXT_OWN_H
#define WIRE_FLOWTEXT_OWN_H

#include <stdbool.h>

#include "model/flow.h"

/* Bytes of the line; n 0: absent, empty or "-". */
struct piece {
	const char *p;
	size_t n;
};

enum cell {
	CELL_TIME, CELL_START, CELL_END, CELL_DURATION, CELL_PROTO, CELL_SRC, CELL_DST, CELL_SPORT, CELL_DPORT,
	CELL_STATE, CELL_HISTORY, CELL_KIND, CELL_PACKETS, CELL_BYTES, CELL_SPACKETS, CELL_SBYTES,
	CELL_DPACKETS, CELL_DBYTES, CELL_SLOAD, CELL_DLOAD, CELL_FLAGS, CELL_SFLAGS, CELL_DFLAGS,
	CELL_ICMP_TYPE, CELL_ICMP_CODE, CELL_IN, CELL_OUT,
	CELL_N,
};
struct cells {
	struct piece v[CELL_N];
};

/* A column or JSON path and what it is; name NULL ends. The same cell may have several names. */
struct cell_name {
	const char *name;
	enum cell cell;
};
extern const struct cell_name zeek_names[], eve_names[], argus_names[], nfdump_names[];
/* CELL_N: none we want. Case does not matter. */
enum cell cell_named(const struct cell_name *names, struct piece s);

#define FLOWTEXT_COLUMNS 160
struct flowtext_state {
	uint8_t column[FLOWTEXT_COLUMNS]; /* enum cell of each; CELL_N: not wanted */
	size_t columns;                   /* 0: no header line yet */
	char separator;
	bool ended;                       /* nfdump: behind the records comes a summary */
	enum flowtext_eve { EVE_NONE, EVE_FLOW, EVE_NETFLOW } eve; /* which of the two this file is read by */
};

/* Both sides of an exchange: [0] what the source sent, [1] what came back. */
struct exchange {
	struct addr addr[2];
	uint16_t port[2];
	uint16_t icmp[2];      /* type << 8 | code of each side's packets */
	uint8_t proto;
	uint8_t flags[2];
	bool flags_known, answered_known;
	bool answered[2];      /* where answered_known; else by flags and counts */
	uint64_t packets[2], bytes[2];
	uint32_t in_if, out_if, sampling;
	msec first, last;
};
/* 0..2 flows: a side that sent nothing gives none. */
int exchange_flows(const struct exchange *x, struct flow ret[2]);
/* Other side's TCP flags, ored: did it take part, or only refuse? A reset alone is no answer. */
bool exchange_answers(uint8_t flags);

/* Values. All of the piece or -EINVAL, *ret untouched. */
int piece_number(struct piece s, uint64_t *ret);    /* decimal; a fraction is cut; at most 2^53 */
int piece_port(struct piece s, uint16_t *ret);      /* decimal or 0x... */
int piece_flags(struct piece s, uint8_t *ret);      /* letters of FSRPAU, others passed over */
int piece_addr(struct piece s, struct addr *ret);
int piece_seconds(struct piece s, msec *ret);       /* 12.345 as ms; not below 0 */
int piece_time(struct piece s, msec *ret);          /* seconds since 1970, or a date; UTC where no zone */
int piece_proto(struct piece s, uint8_t fam, uint8_t *ret); /* a name or number; -ENOENT: none of IP */
bool piece_is(struct piece s, const char *text);    /* case does not matter */

/* Readers: 0..2 flows or -EBADMSG with *rule. */
int zeek_exchange(const struct cells *c, struct flow ret[2], const char **rule);
int eve_exchange(struct flowtext_state *s, const struct cells *c, struct flow ret[2], const char **rule);
int argus_exchange(const struct cells *c, struct flow ret[2], const char **rule);
int nfdump_flow(const struct cells *c, struct flow ret[2], const char **rule);
/* Flags of both sides by Zeek's conn_state; false: no such state. */
bool zeek_state_flags(struct piece state, uint8_t flags[2]);
/* Time, addresses, protocol and ports: what all have. 0, -ENOENT (no IP), -EBADMSG. */
int cells_ends(const struct cells *c, struct exchange *x, const char **rule);
/* Counts of a cell, absent: 0. */
int cells_count(const struct cells *c, enum cell which, uint64_t *ret);

/* One JSON object's cells by path ("flow.start"). 0 or -EBADMSG. */
int flowtext_json(const struct cell_name *names, const char *line, size_t n, struct cells *ret,
    const char **rule);

#endif
