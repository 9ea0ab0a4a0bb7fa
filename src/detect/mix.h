/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hashes and small sums for the tables of detectors. Seeded, so that nobody outside can choose who
 * shares a bucket with whom; what comes of it never shows in a finding.
 */
#ifndef DETECT_MIX_H
#define DETECT_MIX_H

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "base/addr.h"

/* The finalizer of splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t
mix64(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static inline uint64_t
mix_addr(const struct addr *a, uint64_t seed)
{
	uint64_t w[2];
	memcpy(w, a->b, sizeof(w));
	if (a->fam == 4)
		return mix64(w[0] ^ seed);
	return mix64(mix64(w[0] ^ seed) + w[1]);
}

/* The /24 (IPv4) or /48 (IPv6) around a, as a number of at most 49 bits: equal for equal nets only. */
static inline uint64_t
mix_net(const struct addr *a)
{
	uint64_t v;
	memcpy(&v, a->b, sizeof(v));
	v = be64toh(v);
	return a->fam == 4 ? v >> 40 : v >> 16 | UINT64_C(1) << 48;
}

/* The prefix a number of mix_net() is. */
static inline struct prefix
mix_net_prefix(uint64_t net)
{
	bool six = net >> 48;
	struct prefix p = { { six ? 6 : 4, { 0 } }, six ? 48 : 24 };
	unsigned n = six ? 6 : 3;
	for (unsigned i = 0; i < n; i++)
		p.a.b[i] = (uint8_t)(net >> 8 * (n - 1 - i));
	return p;
}

static inline unsigned
mix_net_len(const struct addr *a)
{
	return a->fam == 4 ? 24 : 48;
}

static inline uint32_t
add_sat32(uint32_t a, uint64_t b)
{
	return b > UINT32_MAX - a ? UINT32_MAX : a + (uint32_t)b;
}

static inline uint16_t
add_sat16(uint16_t a, uint64_t b)
{
	return b > (uint64_t)(UINT16_MAX - a) ? UINT16_MAX : (uint16_t)(a + b);
}

/* Up to 2^32 in 16 bits, to one part in 2,048: for averages kept in every line. */
static inline uint16_t
small_of(uint32_t v)
{
	unsigned e = 0;
	while (v >> e >= 2048)
		e++;
	return (uint16_t)(e << 11 | (v >> e));
}

static inline uint32_t
small_value(uint16_t s)
{
	return (uint32_t)(s & 2047) << (s >> 11);
}

/* Whole square root. */
static inline uint32_t
root64(uint64_t v)
{
	uint64_t r = 0, bit = UINT64_C(1) << 62;
	for (; bit; bit >>= 2) {
		if (v >= r + bit) {
			v -= r + bit;
			r = (r >> 1) + bit;
		} else {
			r >>= 1;
		}
	}
	return (uint32_t)r;
}

/* The 95 % error of an estimate from k samples, in permille: 1960 / sqrt(k) (sflow.org, "Packet Sampling
 * Basics"); at most 1960. */
static inline uint32_t
error_of(uint64_t k)
{
	uint32_t r = root64(k > UINT64_C(1) << 40 ? UINT64_C(1) << 60 : k << 20); /* sqrt(k) * 1024 */
	return r <= 1024 ? 1960 : (1960u * 1024 + r / 2) / r;
}

/* Distinct things from a bitmap of m bits of which z are still zero: m ln(m / z) (linear counting, Whang et
 * al. 1990); m a power of two, at most 2^12. */
uint32_t mix_distinct(uint32_t m, uint32_t z);

#endif
