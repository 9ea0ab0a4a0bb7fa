/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Synthetic traffic of an access network as flow records, the same for the same seed: for load and for
 * tests of detectors. Nothing here was recorded anywhere, and nothing of it is a real host's.
 */
#ifndef SYNTH_TRAFFIC_H
#define SYNTH_TRAFFIC_H

#include "model/flow.h"

struct dice {
	uint64_t s; /* SplitMix64 */
};
/* Streams of different seeds have nothing to do with each other. */
struct dice dice_of(uint64_t seed);
uint64_t dice_roll(struct dice *d);
/* 0..n-1, n > 0. */
uint32_t dice_below(struct dice *d, uint32_t n);
/* How many of n packets a sampler that takes each with chance 1/one_in takes (binomial, seen as the
 * waits between them). */
uint64_t dice_sampled(struct dice *d, uint64_t n, uint32_t one_in);
/* The wait until the next of events that come at `rate` a second on average (Poisson), in ms of 1/1000. */
int64_t dice_wait_us(struct dice *d, double rate);
/* Any address of the Internet that is not ours, not special, and not one Mirai's scanner leaves out. */
struct addr dice_address(struct dice *d);

/* Interfaces: one border, ten with customers behind them; a line's is its number modulo ten. */
enum { SYNTH_BORDER = 1, SYNTH_CUSTOMER = 10, SYNTH_CUSTOMERS = 10 };
/* IPv4 lines are 10.0.0.0 and up, at most 2^20; IPv6 lines the /56 from 2001:db8:: up, at most 2^16. */
struct addr synth_line(uint32_t line);
struct addr synth_line6(uint32_t line, struct dice *d);
uint32_t synth_iface(uint32_t line);

struct traffic_conf {
	uint64_t seed;
	uint32_t lines, lines6;     /* own lines with traffic */
	uint32_t sampling;          /* what the exporter did before we see it; 1: nothing */
	uint32_t scanner_permille;  /* records that are SYNs of scanning lines */
	uint32_t carpet_permille;   /* records of one carpet flood, from 200 lines to 203.0.113.0/24 */
	uint32_t six_permille;      /* of the others: IPv6 */
};
/* 1,000,000 and 50,000 lines, unsampled, 1 % scanners, 1 % carpet, 20 % IPv6. */
void traffic_defaults(struct traffic_conf *ret);

struct traffic;
struct traffic *traffic_new(const struct traffic_conf *c);
void traffic_free(struct traffic *t);
/* The next record: mostly conversations, whose two directions come a few thousand records apart, as a
 * router's cache lets them go. first and last are how long ago (0 or below, ms). */
void traffic_next(struct traffic *t, struct flow *ret);

#endif
