/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Synthetic scenes: what known bots are documented to send, and what ordinary lines do beside them, on a
 * timeline, as an exporter would tell it: sampled packets one by one (sFlow), or flow records with their
 * timeouts. All of it is made, none of it recorded. Behaviour only: nothing here sends a packet.
 */
#ifndef SYNTH_SCENE_H
#define SYNTH_SCENE_H

#include "traffic.h"

struct scene;

struct scene_conf {
	uint64_t seed;
	uint32_t sampling;      /* one packet in so many is seen, each with the same chance; 1: all */
	bool records;           /* flow records after the sampler; else a flow for each sampled packet */
	msec active, inactive;  /* the exporter's timeouts, for records */
	uint32_t lines;         /* own lines with ordinary traffic */
	uint32_t ordinary;      /* their conversations' records a second, as sampled; 0: none */
	msec start;
};
/* 1:1, records, 60 s and 15 s, 2,000 lines without traffic, from 2026-01-01. */
void scene_defaults(struct scene_conf *ret);

/* NULL: out of memory. */
struct scene *scene_new(const struct scene_conf *c);
void scene_free(struct scene *s);
/* The next record and when it comes (in order of time). Valid until the next call. */
const struct flow *scene_next(struct scene *s, msec *at);

/* `line` is a line's number, from..to in ms after the start. */
/* 160 SYN of 40 bytes a second in a burst, one source port, every tenth to 2323, the others to 23, to
 * addresses drawn as Mirai's scanner.c draws them. Nobody answers. */
void scene_mirai(struct scene *s, uint32_t line, msec from, msec to);
/* One new address a second on `port`, 60-byte SYNs, three retransmissions: as the bot in Slips' test7. */
void scene_slow_bot(struct scene *s, uint32_t line, const uint16_t *ports, unsigned n, msec from, msec to);
/* `pps` packets of `size` bytes to one victim and port: not one of them is answered. */
void scene_flood(struct scene *s, uint32_t line, struct addr victim, uint8_t proto, uint16_t port, uint32_t pps,
    uint32_t size, msec from, msec to);
/* A single request to a server and its answer, about the line. */
void scene_fetch(struct scene *s, uint32_t line, struct addr server, uint16_t port, msec when);
/* SYNs that enter at interface `iface` with the sources of lines from..from+n, to many addresses on 23:
 * somebody else wrote those sources. `pps` of them a second together. */
void scene_framed(struct scene *s, uint32_t from_line, uint32_t n, uint32_t iface, uint32_t pps, msec from, msec to);

#endif
