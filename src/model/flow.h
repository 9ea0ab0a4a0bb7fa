/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One flow record, whoever exported it: NetFlow v5, v9, IPFIX, sFlow, a log of another sensor or our
 * own meter. One direction only; a biflow (RFC 5103) becomes two. Counts are as exported, NOT scaled:
 * packets times sampling is an estimate, and what cannot be said (sampling 0) stays visible.
 */
#ifndef MODEL_FLOW_H
#define MODEL_FLOW_H

#include <stdint.h>

#include "base/addr.h"
#include "base/msec.h"

enum flow_bits {
	FLOW_FLAGS = 1,      /* tcp_flags was exported */
	FLOW_DIR = 2,        /* the exporter said where it metered: FLOW_EGRESS, or else at ingress */
	FLOW_EGRESS = 4,
	FLOW_FRAGMENT = 8,   /* not the first fragment: no ports */
	FLOW_TIMES = 16,     /* first and last are the exporter's; else both are when it was exported */
	FLOW_PACKET = 32,    /* one sampled packet, not a flow: sFlow, PSAMP */
	FLOW_SEQ_DST = 64,   /* a SYN whose sequence number is the destination: Mirai's scanner */
	FLOW_ANSWERED = 128, /* the source is known to have been answered in this very exchange: both
	                        directions were seen by whoever wrote the record (biflow, Zeek, EVE) */
};

/* RFC 9293 3.1 */
enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };
enum { IPP_ICMP = 1, IPP_TCP = 6, IPP_UDP = 17, IPP_GRE = 47, IPP_ICMP6 = 58 };

struct flow {
	struct addr src, dst;
	uint8_t proto;         /* IP protocol */
	uint8_t tcp_flags;     /* all flags seen, ored */
	uint8_t bits;          /* enum flow_bits */
	uint16_t sport, dport; /* host order; ICMP: dport is type << 8 | code */
	uint16_t exporter;     /* row in the table of exporters (model/exporter.h) */
	uint32_t in_if, out_if; /* SNMP ifIndex; 0: not told */
	uint32_t sampling;     /* one packet in so many; 0: not known */
	uint64_t packets, bytes; /* IP bytes */
	msec first, last;      /* by our clock: moved by the exporter's skew where that is known */
};

#define FLOW_BATCH 64
/* Takes 1..FLOW_BATCH flows, valid inside only. */
typedef void flow_sink(void *arg, const struct flow *f, size_t n);

#endif
