/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much one source may send: buckets that fill with time, each holding one hour's worth, in a table of
 * fixed size. A source is any bytes (a key, a network); the table keeps a keyed hash of them, so nobody can
 * choose whose place he takes. When its row is full, the bucket that is nearest to being full again goes:
 * who has spent least loses least. It knows no clock and no socket.
 */
#ifndef LYMPHD_HEAR_REPORTS_QUOTA_H
#define LYMPHD_HEAR_REPORTS_QUOTA_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/msec.h"

#define QUOTA_UNIT  65536u    /* bytes of a body that cost as much as a report */
#define QUOTA_SLOTS (1u << 15) /* sources remembered */

struct quota {
	struct quota_bucket {
		uint64_t who;   /* keyed hash; 0: free */
		int64_t full;   /* microseconds: when it will be full again */
		int64_t last;   /* until then the places of quota_queue are given away */
	} *bucket;
	uint32_t per_hour;
	uint8_t secret[16];
	uint64_t refused, evicted; /* for metrics */
};

/* per_hour units; 0: no bound, and no table. Fatal when there is no memory. */
void quota_init(struct quota *q, uint32_t per_hour);
void quota_clear(struct quota *q);
/* Takes units (at least 1; more than an hour's worth counts as that) from the bucket of who. now: any clock
 * that never falls. 0, or how long until so many are there again: then nothing was taken. */
msec quota_take(struct quota *q, const void *who, size_t n, uint32_t units, msec now);
/* The same for who can be told when to come again: those that wait get places one after the other, as the bucket
 * fills, and nobody who comes later goes before them. COMES: gets a place. WAITED: had one, and its time has
 * come. PASSES: comes again when it likes, and takes no place. 0, or how long until its place, at least 1. */
enum quota_turn { QUOTA_COMES, QUOTA_WAITED, QUOTA_PASSES, QUOTA_TURN_N };
msec quota_queue(struct quota *q, const void *who, size_t n, uint32_t units, msec now, enum quota_turn turn);
/* What a report with a body of n bytes costs. */
uint32_t quota_units(size_t n);
/* The network an address counts for: its /24, in IPv6 its /48. fam 0: none. */
struct prefix quota_network(const struct addr *a);

#endif
