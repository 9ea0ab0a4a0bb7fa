/* SPDX-License-Identifier: BSD-2-Clause */
/* What the detectors of floods and water torture keep about a line. All zero is a line never seen. */
#ifndef DETECT_FLOOD_STATE_H
#define DETECT_FLOOD_STATE_H

#include <stdint.h>

#include "base/addr.h"

#define FLOOD_WINDOW 5  /* s */
#define FLOOD_RING   16 /* windows */
#define FLOOD_RUN    3  /* windows in a row */
#define FLOOD_PEERS  10
#define FLOOD_NETS   6
#define FLOOD_TRACKS 2
#define FLOOD_TOP    4  /* ports */
#define FLOOD_UNIT   16 /* bytes: what sizes are counted in */

/* In every line. Counts are estimates of packets in the running window. */
struct flood_state {
	uint32_t window;       /* its number */
	uint32_t out[7];       /* by enum flood_class */
	uint32_t in[3];        /* tcp, udp, others; halved each window */
	uint16_t usual[7];     /* small_of(16 x packets a second): the line's own average */
	uint16_t dns_usual;
	uint32_t dns, dns_bytes;
	uint16_t dns_samples;  /* since dns_run began */
	uint8_t dns_run;       /* windows in a row with too many queries */
	uint8_t dns_far;       /* whom they went to, a bit of 8 each */
};
_Static_assert(sizeof(struct flood_state) <= 72, "room in a line");

/* One class of a line's packets, once there are many. */
struct flood_track {
	uint8_t used, cls, hot;
	uint8_t proto;
	uint16_t port[FLOOD_TOP];
	uint32_t port_weight[FLOOD_TOP];
	uint32_t began, newest, sent;        /* windows */
	uint32_t out[FLOOD_RING], size[FLOOD_RING]; /* by window: estimates of packets; of FLOOD_UNIT bytes */
	uint16_t samples[FLOOD_RING];
	uint32_t total_out, total_in;        /* halved with the peers */
	uint32_t pardon;                     /* what came in before it was looked at; fades */
	uint32_t records, slow;              /* slow: records longer than a window */
	uint32_t sampling;
};

struct flood_peer {
	struct addr addr;
	uint8_t track;                       /* 1 + number; 0: free */
	uint16_t port;                       /* most of it, by the vote of Boyer and Moore (1981) */
	uint32_t votes, size;
	uint32_t out, in;
};

struct flood_net {                           /* a /24 or /48: mix_net() */
	uint64_t net;
	uint32_t out;
	uint8_t track;                       /* as above */
};

/* In a suspect. */
struct flood_suspect {
	uint32_t halved;                     /* window */
	struct flood_track track[FLOOD_TRACKS];
	struct flood_peer peer[FLOOD_PEERS];
	struct flood_net net[FLOOD_NETS];
};
_Static_assert(sizeof(struct flood_suspect) <= 1024, "room in a suspect");

#endif
