/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of information elements (IANA's registry; RFC 5102, 5103, 5477, 8158) and where each field
 * lies. Must hold nothing but facts: an element we do not use has no row and costs nothing.
 */
#include "wire/flow_ie.h"

#define FLOW(m) { false, sizeof(((struct flow *)0)->m), offsetof(struct flow, m) }
#define RAW(m)  { true, sizeof(((struct ie_raw *)0)->m), offsetof(struct ie_raw, m) }

const struct ie_place ie_place[IE_N] = {
	[IE_SRC4] = { false, 4, offsetof(struct flow, src.b) },
	[IE_DST4] = { false, 4, offsetof(struct flow, dst.b) },
	[IE_SRC6] = { false, 16, offsetof(struct flow, src.b) },
	[IE_DST6] = { false, 16, offsetof(struct flow, dst.b) },
	[IE_PROTO] = FLOW(proto),
	[IE_FLAGS] = FLOW(tcp_flags),
	[IE_SPORT] = FLOW(sport),
	[IE_DPORT] = FLOW(dport),
	[IE_IN] = FLOW(in_if),
	[IE_OUT] = FLOW(out_if),
	[IE_PACKETS] = FLOW(packets),
	[IE_BYTES] = FLOW(bytes),
	[IE_FIRST_UP] = RAW(first_up),
	[IE_LAST_UP] = RAW(last_up),
	[IE_FIRST] = RAW(first),
	[IE_LAST] = RAW(last),
	[IE_FIRST_AGO] = RAW(first_ago),
	[IE_LAST_AGO] = RAW(last_ago),
	[IE_DURATION] = RAW(duration),
	[IE_INIT] = RAW(init),
	[IE_ICMP] = RAW(icmp),
	[IE_ICMP_TYPE] = RAW(icmp_type),
	[IE_ICMP_CODE] = RAW(icmp_code),
	[IE_FRAGMENT] = RAW(fragment),
	[IE_TCP_SEQ] = RAW(tcp_seq),
	[IE_DIR] = RAW(dir),
	[IE_FLAGS_TOO] = RAW(flags_too),
	[IE_NAT_SRC4] = RAW(nat_src4),
	[IE_NAT_DST4] = RAW(nat_dst4),
	[IE_NAT_SRC6] = RAW(nat_src6),
	[IE_NAT_DST6] = RAW(nat_dst6),
	[IE_NAT_SPORT] = RAW(nat_sport),
	[IE_NAT_DPORT] = RAW(nat_dport),
	[IE_EVENT] = RAW(event),
	[IE_R_PACKETS] = RAW(r_packets),
	[IE_R_BYTES] = RAW(r_bytes),
	[IE_R_FLAGS] = RAW(r_flags),
	[IE_R_FLAGS_TOO] = RAW(r_flags_too),
	[IE_R_FIRST] = RAW(r_first),
	[IE_R_LAST] = RAW(r_last),
	[IE_SAMPLER] = RAW(sampler),
	[IE_SELECTOR] = RAW(selector),
	[IE_INTERVAL] = RAW(interval),
	[IE_SAMPLED] = RAW(sampled),
	[IE_SPACE] = RAW(space),
	[IE_SIZE] = RAW(size),
	[IE_POPULATION] = RAW(population),
	[IE_PROBABILITY] = RAW(probability),
	[IE_SCOPE_IF] = RAW(scope_if),
	[IE_SCOPE_TEMPLATE] = RAW(scope_template),
	[IE_FRAME] = RAW(section),
	[IE_IP] = RAW(section),
	[IE_FRAME_SIZE] = RAW(frame_size),
	[IE_IP_SIZE] = RAW(ip_size),
};

/* By enterprise, then number: searched by halves when a template comes. */
static const struct ie_row rows[] = {
	{ 1, 0, IE_BYTES, READ_UINT, 0 },         /* octetDeltaCount */
	{ 2, 0, IE_PACKETS, READ_UINT, 0 },       /* packetDeltaCount */
	{ 4, 0, IE_PROTO, READ_UINT, 0 },         /* protocolIdentifier */
	{ 6, 0, IE_FLAGS, READ_LOW, 0 },          /* tcpControlBits: 1 or 2 bytes (RFC 7125) */
	{ 7, 0, IE_SPORT, READ_UINT, 0 },         /* sourceTransportPort */
	{ 8, 0, IE_SRC4, READ_BYTES, 0 },         /* sourceIPv4Address */
	{ 10, 0, IE_IN, READ_UINT, 0 },           /* ingressInterface */
	{ 11, 0, IE_DPORT, READ_UINT, 0 },        /* destinationTransportPort */
	{ 12, 0, IE_DST4, READ_BYTES, 0 },        /* destinationIPv4Address */
	{ 14, 0, IE_OUT, READ_UINT, 0 },          /* egressInterface */
	{ 21, 0, IE_LAST_UP, READ_LOW, 0 },       /* flowEndSysUpTime */
	{ 22, 0, IE_FIRST_UP, READ_LOW, 0 },      /* flowStartSysUpTime */
	{ 23, 0, IE_BYTES, READ_UINT, 3 },        /* postOctetDeltaCount; v9 OUT_BYTES */
	{ 24, 0, IE_PACKETS, READ_UINT, 3 },      /* postPacketDeltaCount; v9 OUT_PKTS */
	{ 27, 0, IE_SRC6, READ_BYTES, 0 },        /* sourceIPv6Address */
	{ 28, 0, IE_DST6, READ_BYTES, 0 },        /* destinationIPv6Address */
	{ 32, 0, IE_ICMP, READ_UINT, 0 },         /* icmpTypeCodeIPv4 */
	{ 34, 0, IE_INTERVAL, READ_UINT, 0 },     /* samplingInterval */
	{ 48, 0, IE_SAMPLER, READ_UINT, 0 },      /* samplerId */
	{ 50, 0, IE_INTERVAL, READ_UINT, 1 },     /* samplerRandomInterval */
	{ 61, 0, IE_DIR, READ_UINT, 0 },          /* flowDirection */
	{ 85, 0, IE_BYTES, READ_UINT, 1 },        /* octetTotalCount */
	{ 86, 0, IE_PACKETS, READ_UINT, 1 },      /* packetTotalCount */
	{ 88, 0, IE_FRAGMENT, READ_UINT, 0 },     /* fragmentOffset */
	{ 103, 0, IE_FRAME_SIZE, READ_UINT, 1 },  /* v9 layer2packetSectionSize */
	{ 104, 0, IE_FRAME, READ_SECTION, 1 },    /* v9 layer2packetSectionData */
	{ 139, 0, IE_ICMP, READ_UINT, 1 },        /* icmpTypeCodeIPv6 */
	{ 145, 0, IE_SCOPE_TEMPLATE, READ_UINT, 0 }, /* templateId */
	{ 150, 0, IE_FIRST, READ_SECONDS, 3 },    /* flowStartSeconds */
	{ 151, 0, IE_LAST, READ_SECONDS, 3 },     /* flowEndSeconds */
	{ 152, 0, IE_FIRST, READ_UINT, 0 },       /* flowStartMilliseconds */
	{ 153, 0, IE_LAST, READ_UINT, 0 },        /* flowEndMilliseconds */
	{ 154, 0, IE_FIRST, READ_NTP, 1 },        /* flowStartMicroseconds */
	{ 155, 0, IE_LAST, READ_NTP, 1 },         /* flowEndMicroseconds */
	{ 156, 0, IE_FIRST, READ_NTP, 2 },        /* flowStartNanoseconds */
	{ 157, 0, IE_LAST, READ_NTP, 2 },         /* flowEndNanoseconds */
	{ 158, 0, IE_FIRST_AGO, READ_UINT, 0 },   /* flowStartDeltaMicroseconds */
	{ 159, 0, IE_LAST_AGO, READ_UINT, 0 },    /* flowEndDeltaMicroseconds */
	{ 160, 0, IE_INIT, READ_UINT, 0 },        /* systemInitTimeMilliseconds */
	{ 161, 0, IE_DURATION, READ_UINT, 0 },    /* flowDurationMilliseconds */
	{ 162, 0, IE_DURATION, READ_MICROS, 1 },  /* flowDurationMicroseconds */
	{ 176, 0, IE_ICMP_TYPE, READ_UINT, 0 },   /* icmpTypeIPv4 */
	{ 177, 0, IE_ICMP_CODE, READ_UINT, 0 },   /* icmpCodeIPv4 */
	{ 178, 0, IE_ICMP_TYPE, READ_UINT, 1 },   /* icmpTypeIPv6 */
	{ 179, 0, IE_ICMP_CODE, READ_UINT, 1 },   /* icmpCodeIPv6 */
	{ 180, 0, IE_SPORT, READ_UINT, 1 },       /* udpSourcePort */
	{ 181, 0, IE_DPORT, READ_UINT, 1 },       /* udpDestinationPort */
	{ 182, 0, IE_SPORT, READ_UINT, 2 },       /* tcpSourcePort */
	{ 183, 0, IE_DPORT, READ_UINT, 2 },       /* tcpDestinationPort */
	{ 184, 0, IE_TCP_SEQ, READ_UINT, 0 },     /* tcpSequenceNumber */
	{ 193, 0, IE_PROTO, READ_UINT, 1 },       /* nextHeaderIPv6 */
	{ 224, 0, IE_IP_SIZE, READ_UINT, 0 },     /* ipTotalLength */
	{ 225, 0, IE_NAT_SRC4, READ_BYTES, 0 },   /* postNATSourceIPv4Address */
	{ 226, 0, IE_NAT_DST4, READ_BYTES, 0 },   /* postNATDestinationIPv4Address */
	{ 227, 0, IE_NAT_SPORT, READ_UINT, 0 },   /* postNAPTSourceTransportPort */
	{ 228, 0, IE_NAT_DPORT, READ_UINT, 0 },   /* postNAPTDestinationTransportPort */
	{ 230, 0, IE_EVENT, READ_UINT, 0 },       /* natEvent (RFC 8158) */
	{ 231, 0, IE_BYTES, READ_UINT, 2 },       /* initiatorOctets */
	{ 232, 0, IE_R_BYTES, READ_UINT, 2 },     /* responderOctets */
	{ 252, 0, IE_IN, READ_UINT, 1 },          /* ingressPhysicalInterface */
	{ 253, 0, IE_OUT, READ_UINT, 1 },         /* egressPhysicalInterface */
	{ 281, 0, IE_NAT_SRC6, READ_BYTES, 0 },   /* postNATSourceIPv6Address */
	{ 282, 0, IE_NAT_DST6, READ_BYTES, 0 },   /* postNATDestinationIPv6Address */
	{ 298, 0, IE_PACKETS, READ_UINT, 2 },     /* initiatorPackets */
	{ 299, 0, IE_R_PACKETS, READ_UINT, 2 },   /* responderPackets */
	{ 302, 0, IE_SELECTOR, READ_UINT, 0 },    /* selectorId */
	{ 305, 0, IE_SAMPLED, READ_UINT, 0 },     /* samplingPacketInterval */
	{ 306, 0, IE_SPACE, READ_UINT, 0 },       /* samplingPacketSpace */
	{ 307, 0, IE_SAMPLED, READ_UINT, 1 },     /* samplingTimeInterval */
	{ 308, 0, IE_SPACE, READ_UINT, 1 },       /* samplingTimeSpace */
	{ 309, 0, IE_SIZE, READ_UINT, 0 },        /* samplingSize */
	{ 310, 0, IE_POPULATION, READ_UINT, 0 },  /* samplingPopulation */
	{ 311, 0, IE_PROBABILITY, READ_DOUBLE, 0 }, /* samplingProbability */
	{ 312, 0, IE_FRAME_SIZE, READ_UINT, 0 },  /* dataLinkFrameSize */
	{ 313, 0, IE_IP, READ_SECTION, 0 },       /* ipHeaderPacketSection */
	{ 315, 0, IE_FRAME, READ_SECTION, 0 },    /* dataLinkFrameSection */
	{ 322, 0, IE_FIRST, READ_SECONDS, 7 },    /* observationTimeSeconds */
	{ 323, 0, IE_FIRST, READ_UINT, 4 },       /* observationTimeMilliseconds */
	{ 324, 0, IE_FIRST, READ_NTP, 5 },        /* observationTimeMicroseconds */
	{ 325, 0, IE_FIRST, READ_NTP, 6 },        /* observationTimeNanoseconds */
	{ 352, 0, IE_BYTES, READ_UINT, 4 },       /* layer2OctetDeltaCount */
	{ 353, 0, IE_BYTES, READ_UINT, 5 },       /* layer2OctetTotalCount */
	{ 14, 6871, IE_FLAGS, READ_LOW, 1 },      /* yaf initialTCPFlags: of the first packet */
	{ 15, 6871, IE_FLAGS_TOO, READ_LOW, 0 },  /* yaf unionTCPFlags: of the others */
	{ 16398, 6871, IE_R_FLAGS, READ_LOW, 1 }, /* the same of the answer: yaf's way to say reverse */
	{ 16399, 6871, IE_R_FLAGS_TOO, READ_LOW, 0 },
	{ 1, PEN_REVERSE, IE_R_BYTES, READ_UINT, 0 },
	{ 2, PEN_REVERSE, IE_R_PACKETS, READ_UINT, 0 },
	{ 6, PEN_REVERSE, IE_R_FLAGS, READ_LOW, 0 },
	{ 85, PEN_REVERSE, IE_R_BYTES, READ_UINT, 1 },
	{ 86, PEN_REVERSE, IE_R_PACKETS, READ_UINT, 1 },
	{ 150, PEN_REVERSE, IE_R_FIRST, READ_SECONDS, 3 },
	{ 151, PEN_REVERSE, IE_R_LAST, READ_SECONDS, 3 },
	{ 152, PEN_REVERSE, IE_R_FIRST, READ_UINT, 0 },
	{ 153, PEN_REVERSE, IE_R_LAST, READ_UINT, 0 },
	{ 154, PEN_REVERSE, IE_R_FIRST, READ_NTP, 1 },
	{ 155, PEN_REVERSE, IE_R_LAST, READ_NTP, 1 },
	{ 156, PEN_REVERSE, IE_R_FIRST, READ_NTP, 2 },
	{ 157, PEN_REVERSE, IE_R_LAST, READ_NTP, 2 },
	{ 2, PEN_SCOPE9, IE_SCOPE_IF, READ_UINT, 0 },       /* RFC 3954 6.1 */
	{ 5, PEN_SCOPE9, IE_SCOPE_TEMPLATE, READ_UINT, 0 },
};

const struct ie_row *
ie_find(uint32_t pen, uint16_t id)
{
	size_t lo = 0, hi = sizeof(rows) / sizeof(rows[0]);
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct ie_row *r = &rows[mid];
		if (r->pen == pen && r->id == id)
			return r;
		if (r->pen < pen || (r->pen == pen && r->id < id))
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}
