/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Information elements: what of an exporter's record becomes what of a flow. One table, a row each;
 * NetFlow v9's field types are IPFIX's elements up to 127 and are rows of the same table.
 */
#ifndef WIRE_FLOW_IE_H
#define WIRE_FLOW_IE_H

#include <stddef.h>

#include "model/flow.h"

/* A private enterprise number of ours for the scope fields of NetFlow v9 options (RFC 3954 6.1), which
 * are numbered apart. No exporter can write it: theirs have 32 bits, but rows of this one are asked
 * for with v9's scopes only. */
#define PEN_SCOPE9  UINT32_MAX
#define PEN_REVERSE 29305u /* RFC 5103 6.1 */

/* Where it goes; has-bits of a template are 1 << this. */
enum ie_field {
	IE_SRC4, IE_DST4, IE_SRC6, IE_DST6, IE_PROTO, IE_FLAGS, IE_SPORT, IE_DPORT, IE_IN, IE_OUT,
	IE_PACKETS, IE_BYTES,
	IE_FIRST_UP, IE_LAST_UP,   /* ms of the exporter's uptime */
	IE_FIRST, IE_LAST,         /* ms since 1970 */
	IE_FIRST_AGO, IE_LAST_AGO, /* us before the export */
	IE_DURATION, IE_INIT,      /* ms; when uptime was 0 */
	IE_ICMP, IE_ICMP_TYPE, IE_ICMP_CODE, IE_FRAGMENT, IE_TCP_SEQ, IE_DIR, IE_FLAGS_TOO,
	IE_NAT_SRC4, IE_NAT_DST4, IE_NAT_SRC6, IE_NAT_DST6, IE_NAT_SPORT, IE_NAT_DPORT, IE_EVENT,
	IE_R_PACKETS, IE_R_BYTES, IE_R_FLAGS, IE_R_FLAGS_TOO, IE_R_FIRST, IE_R_LAST,
	IE_SAMPLER, IE_SELECTOR, IE_INTERVAL, IE_SAMPLED, IE_SPACE, IE_SIZE, IE_POPULATION,
	IE_PROBABILITY, IE_SCOPE_IF, IE_SCOPE_TEMPLATE,
	IE_FRAME, IE_IP, IE_FRAME_SIZE, IE_IP_SIZE,
	IE_N,
};
_Static_assert(IE_N <= 64, "a bit each");
#define IE_BIT(f) (UINT64_C(1) << (f))

/* What does not go straight into struct flow. Only what a template has is written, or read. */
struct ie_raw {
	const uint8_t *section; /* IE_FRAME, IE_IP: into the datagram */
	uint64_t first, last, first_ago, last_ago, duration, init;
	uint64_t r_packets, r_bytes, r_first, r_last;
	uint64_t interval, sampled, space, size, population, probability;
	uint64_t sampler, selector;
	uint32_t first_up, last_up, tcp_seq, section_len, frame_size, ip_size, scope_if, scope_template;
	uint16_t icmp, fragment, nat_sport, nat_dport;
	uint8_t icmp_type, icmp_code, dir, flags_too, event, r_flags, r_flags_too;
	uint8_t src6[16], dst6[16], nat_src4[4], nat_dst4[4], nat_src6[16], nat_dst6[16];
};

enum ie_read {
	READ_UINT,    /* any length of 1..8 (RFC 7011 6.2); what does not fit becomes the highest value */
	READ_LOW,     /* bits: the low ones */
	READ_BYTES,   /* exactly the field's length */
	READ_SECONDS, /* into ms */
	READ_MICROS,  /* into ms */
	READ_NTP,     /* RFC 7011 6.1.8, into ms since 1970 */
	READ_DOUBLE,  /* a probability, into one in so many */
	READ_SECTION, /* bytes of a packet, of any length */
};

struct ie_row {
	uint16_t id;
	uint32_t pen;
	uint8_t field; /* enum ie_field */
	uint8_t read;  /* enum ie_read */
	uint8_t rank;  /* of several rows for one field in a template the lowest counts */
};
/* NULL: nothing of it is of use here. */
const struct ie_row *ie_find(uint32_t pen, uint16_t id);

struct ie_place {
	bool raw;      /* in struct ie_raw, else in struct flow */
	uint8_t size;
	uint16_t off;
};
extern const struct ie_place ie_place[IE_N];

#endif
