/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Distinct addresses in a sliding window: two epochs that overlap by half, so that what happens within
 * half a window is always whole in one of them. Exact up to TALLY_EXACT addresses, which decide; beyond,
 * HyperLogLog (Flajolet et al. 2007, 64 registers, 13 % error) says how many, at least. Retransmissions
 * count nothing. The hash is fixed: findings do not depend on a seed, and what decides is exact.
 */
#ifndef DETECT_TALLY_H
#define DETECT_TALLY_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/addr.h"

#define TALLY_EXACT 64
#define TALLY_HLL   64
#define TALLY_PORTS 8

struct tally_port {
	uint16_t port, n;
};

struct tally {
	uint32_t epoch;          /* its number + 1; 0: empty */
	uint32_t first, last;    /* s */
	uint32_t n;              /* exact ones */
	uint64_t busy;           /* which of them on busy ports only, a bit each */
	uint64_t sure[2];        /* whose flows had a source at least BOUND; PROVEN: a bit each */
	uint32_t addr[TALLY_EXACT];
	uint8_t hll[TALLY_HLL];
	struct tally_port port[TALLY_PORTS];
	uint32_t syn[3][2], all[3][2]; /* records by enum source and kind of port (QUIET, BUSY) */
	uint64_t packets, bytes; /* estimates */
};

/* 64 bits mixed well, always the same. */
static inline uint64_t
tally_mix(uint64_t v)
{
	v = (v ^ v >> 33) * UINT64_C(0xff51afd7ed558ccd);
	v = (v ^ v >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return v ^ v >> 33;
}
/* An address in 32 bits, never 0: IPv4 as it is, IPv6 by a hash; the upper half is its /16 (/32). */
uint32_t tally_addr6(const struct addr *a);
static inline uint32_t
tally_addr(const struct addr *a)
{
	uint32_t v;
	if (a->fam == 6)
		return tally_addr6(a);
	memcpy(&v, a->b, sizeof(v));
	return v ? be32toh(v) : 1;
}
/* Empties what is over: t[0], t[1] are then the epochs that hold sec; window in s. */
void tally_turn(struct tally t[2], uint32_t window, uint32_t sec);
struct tally_event {
	uint32_t addr;           /* tally_addr() */
	uint32_t sec;
	uint16_t port;           /* 0: not known */
	uint8_t source;          /* enum source */
	bool busy;
};
/* True: not met before in this epoch (beyond TALLY_EXACT: perhaps). */
bool tally_add(struct tally *t, const struct tally_event *e);
/* At least so many. */
uint32_t tally_distinct(const struct tally *t);
/* Distinct /16 (/32) among those of addr[n] whose bit is set in mask, counted up to most. n <= 64. */
uint32_t tally_nets(const uint32_t *addr, uint32_t n, uint64_t mask, uint32_t most);
/* One more of port, pushing out the least (Metwally et al. 2005: at most the least too many). */
void tally_port_add(struct tally_port p[TALLY_PORTS], uint16_t port);
/* The ports, most used first, into ret[n], 0 ends. */
void tally_ports(const struct tally_port p[TALLY_PORTS], uint16_t *ret, int n);

#endif
