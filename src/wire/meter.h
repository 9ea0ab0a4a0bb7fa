/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small meter: packets into flows as a router would export them, with active and inactive timeout
 * and, where asked, 1:N sampling. Time is the packets'.
 */
#ifndef WIRE_METER_H
#define WIRE_METER_H

#include "model/flow.h"

struct meter;
/* active, inactive: ms; sampling: count-based, one packet in so many (1: all), from a start drawn from
 * seed. most: flows held at a time; a full table ends the longest idle one. NULL: out of memory. */
struct meter *meter_new(msec active, msec inactive, uint32_t sampling, uint64_t seed, size_t most,
    flow_sink *sink, void *arg);
/* One packet as packet_parse gives it, first == last == when. */
void meter_packet(struct meter *m, const struct flow *packet);
/* Ends all flows. */
void meter_flush(struct meter *m);
void meter_free(struct meter *m);

#endif
