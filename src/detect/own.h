/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is this address ours, and whose? The policy's prefixes compiled for tens of nanoseconds a look-up: a
 * trie of 16 bits, then 8 at a time. Built once per configuration, then only read.
 */
#ifndef DETECT_OWN_H
#define DETECT_OWN_H

#include "model/policy.h"

struct own_row {
	const struct policy_row *row;
	uint8_t unit;   /* bits of one subject's prefix (policy_subject) */
	bool shared;    /* one address, many lines (CGNAT) */
	bool single;    /* IPv6, longer than /64: the row is one line */
	uint32_t first, place; /* IPv4: its first address, and that one's place; 0: it has none */
};

struct own;

/* p must outlive it. NULL: out of memory. Rows beyond 65,535 are left out, and told. */
struct own *own_new(const struct policy *p, size_t *left_out);
void own_free(struct own *o);
/* The number of the longest match, from 1; 0: not ours. */
uint16_t own_find(const struct own *o, const struct addr *a);
/* no: from own_find, not 0. */
const struct own_row *own_row(const struct own *o, uint16_t no);
size_t own_rows(const struct own *o);
size_t own_bytes(const struct own *o);

/*
 * The line an address of row no belongs to, as a number: an IPv4 address, or an IPv6 delegated prefix of
 * at most 64 bits. Never 0. Delegations longer than /64 count together as their /64, but for a row that
 * is itself longer: it is one line.
 */
uint64_t own_key(const struct own *o, uint16_t no, const struct addr *a);
struct prefix own_prefix(const struct own *o, uint16_t no, uint64_t key);

/* IPv4 addresses are dense: each has a place, 1..own_places(). 0: an IPv6 line, or no places, being more
 * than 2^31 of them. */
uint32_t own_place(const struct own *o, uint16_t no, uint64_t key);
uint32_t own_places(const struct own *o);

#endif
