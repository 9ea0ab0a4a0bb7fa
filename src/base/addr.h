/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP addresses and prefixes as plain values. An IPv4 address has one form only: the v4-mapped
 * IPv6 notation parses to IPv4. Comparison and printing depend on nothing but the bytes.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr {
	uint8_t fam;   /* 4, 6; 0: none */
	uint8_t b[16]; /* network order; IPv4 in b[0..3], the rest zero */
};

struct prefix {
	struct addr a; /* host bits zero */
	uint8_t len;   /* 0..32 or 0..128 */
};

#define ADDR_TEXT   48
#define PREFIX_TEXT 52

/* An address and nothing else: no brackets, no zone, no prefix length, no leading zeros in IPv4.
 * Returns 0, or -EINVAL with *ret untouched. */
int addr_parse(const char *s, size_t n, struct addr *ret);
/* RFC 5952 text. Returns buf; "-" for no address. */
char *addr_print(const struct addr *a, char buf[ADDR_TEXT]);
int addr_cmp(const struct addr *a, const struct addr *b);
bool addr_eq(const struct addr *a, const struct addr *b);
/* 127.0.0.0/8 or ::1. */
bool addr_is_loopback(const struct addr *a);
/* 32, 128, or 0 for no address. */
unsigned addr_bits(const struct addr *a);

/* "192.0.2.0/24", or an address alone (its full length). Host bits set: -EDOM. Else -EINVAL. */
int prefix_parse(const char *s, size_t n, struct prefix *ret);
char *prefix_print(const struct prefix *p, char buf[PREFIX_TEXT]);
bool prefix_has(const struct prefix *p, const struct addr *a);
/* By family, then length, then bytes. */
int prefix_cmp(const struct prefix *a, const struct prefix *b);
/* The prefix of that length around a. len is cut to the family's width. */
struct prefix prefix_of(const struct addr *a, unsigned len);

#endif
