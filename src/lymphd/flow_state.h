/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hear-flow says of itself every two seconds (M_FLOW_STATE), in sealed memory: one struct
 * flow_state, then exporter_seen, iface_seen, stranger_seen, top_row and memory_seen, so many of each
 * as the message says. No pointer in it: the reader is another process.
 */
#ifndef LYMPHD_FLOW_STATE_H
#define LYMPHD_FLOW_STATE_H

#include "detect/detect.h"
#include "wire/flowdec.h"

#define FLOW_STATE_EVERY (2 * MSEC_SECOND)
#define FLOW_SOCKETS     8
#define FLOW_STRANGERS   16
#define FLOW_IFACES      4096
#define FLOW_TOP         512
#define FLOW_MEMORY      32
#define FLOW_RULE        96

struct flow_state {
	msec at, since;              /* wall clock: of this, and of the role's start */
	struct detect_stats detect;
	uint64_t datagrams, bytes;   /* taken from the sockets */
	uint64_t kernel_drops;       /* lost before us: the receive buffer was full */
	uint64_t refused_source;     /* datagrams of those who are no exporter here */
	uint64_t refused_aside;      /* datagrams that crashed the role twice */
	uint64_t truncated;          /* longer than we read */
	uint64_t findings;           /* made */
	uint64_t waiting;            /* of them: the judge has not committed them yet */
	uint64_t dropped, dropped_acting; /* gone because 4096 waited; of them such as may act */
	uint64_t asks, watches;
	uint64_t indicators, indicators_skipped, indicators_line; /* line: of the first skipped, 0: none */
	msec indicators_at;          /* file read; 0: never */
	int32_t indicators_err;      /* why the file could not be read, -errno */
	char indicators_rule[FLOW_RULE]; /* of the first line skipped */
	uint64_t decoder_bytes;      /* flowdec_memory */
	uint32_t sockets;
	struct flow_socket {
		struct addr addr;
		uint16_t port;
		uint32_t buffer;     /* bytes the kernel really gave */
		uint64_t datagrams, kernel_drops;
	} socket[FLOW_SOCKETS];
	uint8_t lossy;               /* drops of the kernel, or over 5 % lost of an exporter, in 5 min */
	uint8_t truncated_lists;     /* more exporters, interfaces or lines than are told here */
};

/* Rates: of the last 10 s, a second. */
struct exporter_seen {
	char name[EXPORTER_NAME];
	struct addr addr;
	uint16_t row;
	uint8_t aside;               /* its datagrams killed hear-flow twice: refused for a while */
	struct exporter_stats s;     /* bad_rule: NULL here, */
	char bad_rule[FLOW_RULE];    /* because it is here */
	uint64_t datagram_rate, record_rate, flow_rate, byte_rate;
};

struct iface_seen {
	uint16_t exporter;           /* row */
	uint8_t side, sav;           /* as configured: enum side, enum sav */
	uint8_t configured;          /* a row of the configuration covers it */
	uint32_t ifindex;
	uint64_t in_flows, out_flows; /* flows that entered and left through it, ever */
	uint64_t in_bytes, out_bytes; /* as exported, times sampling where known */
	msec last;
};

/* Who sends and is no exporter: the newest. */
struct stranger_seen {
	struct addr addr;
	uint16_t port;
	uint64_t datagrams;
	msec first, last;
};

struct memory_seen {
	char kind[24];
	uint64_t entries, most, entry_bytes, bytes;
};

#endif
